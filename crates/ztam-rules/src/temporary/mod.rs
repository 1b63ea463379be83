//! Rules of the group `temporary`.

use crate::Rule;

/// The rules of this group.
pub(crate) const RULES: &[Rule] = &[];
