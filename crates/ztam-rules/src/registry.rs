//! Every rule of the language itself.

use crate::Rule;

/// All rules, group by group.
pub fn all() -> impl Iterator<Item = &'static Rule> {
    [
        crate::matrix::RULES,
        crate::class::RULES,
        crate::guard::RULES,
        crate::separate::RULES,
        crate::duty::RULES,
        crate::external::RULES,
        crate::platform::RULES,
        crate::assignments::RULES,
        crate::condition::RULES,
        crate::mapping::RULES,
        crate::privilege::RULES,
        crate::escalation::RULES,
        crate::temporary::RULES,
        crate::environment::RULES,
        crate::waiver::RULES,
        crate::lifecycle::RULES,
        crate::service::RULES,
        crate::monitoring::RULES,
        crate::compliance::RULES,
        crate::responsibility::RULES,
    ]
    .into_iter()
    .flatten()
}
