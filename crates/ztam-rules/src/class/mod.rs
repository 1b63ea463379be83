//! Rules of the group `class`.

use crate::Rule;

/// The rules of this group.
pub(crate) const RULES: &[Rule] = &[];
