//! Rules of the group `separate`.

use crate::Rule;

/// The rules of this group.
pub(crate) const RULES: &[Rule] = &[];
