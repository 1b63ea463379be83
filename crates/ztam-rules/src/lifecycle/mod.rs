//! Rules of the group `lifecycle`: who answers for access, when it was last looked at, and when it ends.

mod owner_missing;
mod review_overdue;
mod temporary_grant_unbounded;
#[cfg(test)]
mod tests;

use crate::Rule;

/// The rules of this group.
pub(crate) const RULES: &[Rule] = &[
    Rule { meta: &owner_missing::META, check: owner_missing::check },
    Rule { meta: &review_overdue::META, check: review_overdue::check },
    Rule { meta: &temporary_grant_unbounded::META, check: temporary_grant_unbounded::check },
];
