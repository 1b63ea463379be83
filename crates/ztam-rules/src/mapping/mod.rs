//! Rules of the group `mapping`.

use crate::Rule;

/// The rules of this group.
pub(crate) const RULES: &[Rule] = &[];
