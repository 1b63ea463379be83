//! Both platforms as one estate: what a role may do on one and not on the other, and what flows between them.

mod cross_platform_asymmetry;
mod cross_platform_clearance_gap;
mod cross_platform_toxic_pair;
mod entity_classified_differently;
#[cfg(test)]
mod tests;

use crate::Rule;

/// The rules of this group.
pub(crate) const RULES: &[Rule] = &[
    Rule { meta: &cross_platform_clearance_gap::META, check: cross_platform_clearance_gap::check },
    Rule { meta: &cross_platform_asymmetry::META, check: cross_platform_asymmetry::check },
    Rule { meta: &cross_platform_toxic_pair::META, check: cross_platform_toxic_pair::check },
    Rule { meta: &entity_classified_differently::META, check: entity_classified_differently::check },
];
