//! The project's own prohibitions: the family `guard/NAME`.

mod broken;
#[cfg(test)]
mod tests;

use crate::Rule;

/// The rules of this group.
pub(crate) const RULES: &[Rule] = &[Rule { meta: &broken::META, check: broken::check }];
