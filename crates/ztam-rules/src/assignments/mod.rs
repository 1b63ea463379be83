//! Rules of the group `assignments`: who holds what, where the project says so.

use crate::Rule;

mod not_together;

/// The rules of this group.
pub(crate) const RULES: &[Rule] = &[Rule { meta: &not_together::META, check: not_together::check }];
