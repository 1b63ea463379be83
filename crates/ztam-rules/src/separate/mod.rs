//! The project's own separations of duties: the family `separate/NAME`.

mod broken;
mod duty;
#[cfg(test)]
mod tests;
mod vacuous;

use crate::Rule;

/// The rules of this group.
pub(crate) const RULES: &[Rule] = &[
    Rule { meta: &broken::META, check: broken::check },
    Rule { meta: &vacuous::META, check: vacuous::check },
];
