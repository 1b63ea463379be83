//! Rules of the group `class`.

mod condition_missing;
mod export_not_named;
mod named_without_names;
#[cfg(test)]
mod tests;
mod widest;

use crate::Rule;

/// The rules of this group.
pub(crate) const RULES: &[Rule] = &[
    Rule { meta: &condition_missing::META, check: condition_missing::check },
    Rule { meta: &export_not_named::META, check: export_not_named::check },
    Rule { meta: &named_without_names::META, check: named_without_names::check },
    Rule { meta: &widest::READ, check: widest::check_read },
    Rule { meta: &widest::WRITE, check: widest::check_write },
];
