//! Rules of the group `guard`.

use crate::Rule;

/// The rules of this group.
pub(crate) const RULES: &[Rule] = &[];
