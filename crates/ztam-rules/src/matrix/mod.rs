//! Rules of the group `matrix`.

mod contradictory_grant;
mod inverted_cell;
mod muting;
#[cfg(test)]
mod muting_tests;
mod never_broken;
#[cfg(test)]
mod tests;
mod unclassified;
mod undecided_cell;
mod unenforceable_deny;
mod unreachable_cell;
mod write_wider_than_read;

use crate::Rule;

/// The rules of this group.
pub(crate) const RULES: &[Rule] = &[
    Rule { meta: &contradictory_grant::META, check: contradictory_grant::check },
    Rule { meta: &inverted_cell::META, check: inverted_cell::check },
    Rule { meta: &never_broken::META, check: never_broken::check },
    Rule { meta: &unclassified::META, check: unclassified::check },
    Rule { meta: &undecided_cell::META, check: undecided_cell::check },
    Rule { meta: &unenforceable_deny::META, check: unenforceable_deny::check },
    Rule { meta: &unreachable_cell::META, check: unreachable_cell::check },
    Rule { meta: &write_wider_than_read::META, check: write_wider_than_read::check },
];
