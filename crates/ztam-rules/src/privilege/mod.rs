//! Rules of the group `privilege`, and what rights bring along (`matrix/implied-privilege-undeclared`).

mod implied_privilege_undeclared;
mod org_wide_data_permission;
#[cfg(test)]
mod tests;

use crate::Rule;

/// The rules of this group.
pub(crate) const RULES: &[Rule] = &[
    Rule { meta: &implied_privilege_undeclared::META, check: implied_privilege_undeclared::check },
    Rule { meta: &org_wide_data_permission::META, check: org_wide_data_permission::check },
];
