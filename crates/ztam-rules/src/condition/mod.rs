//! Rules of the group `condition`.

#[cfg(test)]
mod tests;
mod unattested;
mod unenforceable_condition;

use crate::Rule;

/// The rules of this group.
pub(crate) const RULES: &[Rule] = &[
    Rule { meta: &unattested::META, check: unattested::check },
    Rule { meta: &unenforceable_condition::META, check: unenforceable_condition::check },
];
