//! Rules of the group `environment`.

use crate::Rule;

/// The rules of this group.
pub(crate) const RULES: &[Rule] = &[];
