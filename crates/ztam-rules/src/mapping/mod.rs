//! Rules of the group `mapping`: what the matrix says that a platform cannot keep.

mod also_granted;
mod cell;
mod field_narrower_than_row;
mod field_not_securable;
mod missing_dependency;
mod scope_not_conditional;
mod scope_not_enforced;
mod scope_unsupported;
#[cfg(test)]
mod tests;
mod unlisted_field;

use crate::Rule;

/// The rules of this group.
pub(crate) const RULES: &[Rule] = &[
    Rule { meta: &also_granted::META, check: also_granted::check },
    Rule { meta: &field_narrower_than_row::META, check: field_narrower_than_row::check },
    Rule { meta: &field_not_securable::META, check: field_not_securable::check },
    Rule { meta: &missing_dependency::META, check: missing_dependency::check },
    Rule { meta: &scope_not_conditional::META, check: scope_not_conditional::check },
    Rule { meta: &scope_not_enforced::META, check: scope_not_enforced::check },
    Rule { meta: &scope_unsupported::META, check: scope_unsupported::check },
    Rule { meta: &unlisted_field::META, check: unlisted_field::check },
];
