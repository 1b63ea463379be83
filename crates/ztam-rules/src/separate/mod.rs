//! The project's own separations of duties: the family `separate/NAME`, and the judgement that they share with the packs.

mod broken;
mod cut;
pub(crate) mod duty;
mod flow;
pub(crate) mod judge;
#[cfg(test)]
mod naive_tests;
pub(crate) mod pairs;
pub(crate) mod people;
pub(crate) mod power;
#[cfg(test)]
mod tests;
mod vacuous;

pub(crate) use vacuous::can_be_done;

use crate::Rule;

/// The rules of this group.
pub(crate) const RULES: &[Rule] = &[
    Rule { meta: &broken::META, check: broken::check },
    Rule { meta: &vacuous::META, check: vacuous::check },
];
