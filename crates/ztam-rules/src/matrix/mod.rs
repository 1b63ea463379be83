//! Rules of the group `matrix`.

use crate::Rule;

/// The rules of this group.
pub(crate) const RULES: &[Rule] = &[];
