//! Rules of the group `condition`.

use crate::Rule;

/// The rules of this group.
pub(crate) const RULES: &[Rule] = &[];
