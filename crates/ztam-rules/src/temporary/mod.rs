//! Rules of the group `temporary`.

mod adds_nothing;
mod ended;
mod invalid;
#[cfg(test)]
mod tests;
mod too_long;

use crate::Rule;

/// The rules of this group.
pub(crate) const RULES: &[Rule] = &[
    Rule { meta: &adds_nothing::META, check: adds_nothing::check },
    Rule { meta: &ended::META, check: ended::check },
    Rule { meta: &invalid::META, check: invalid::check },
    Rule { meta: &too_long::META, check: too_long::check },
];
