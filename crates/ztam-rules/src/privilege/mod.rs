//! Rules of the group `privilege`.

use crate::Rule;

/// The rules of this group.
pub(crate) const RULES: &[Rule] = &[];
