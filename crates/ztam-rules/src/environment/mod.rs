//! Rules of the group `environment`.

#[cfg(test)]
mod tests;
mod untrue_verb;

use crate::Rule;

/// The rules of this group.
pub(crate) const RULES: &[Rule] = &[Rule { meta: &untrue_verb::META, check: untrue_verb::check }];
