//! Every rule of the language itself.

use crate::Rule;

/// All rules, group by group.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    [
        crate::matrix::RULES,
        crate::class::RULES,
        crate::guard::RULES,
        crate::separate::RULES,
        crate::assignments::RULES,
        crate::condition::RULES,
        crate::mapping::RULES,
        crate::privilege::RULES,
        crate::temporary::RULES,
        crate::environment::RULES,
        crate::waiver::RULES,
    ]
    .into_iter()
    .flatten()
}
