//! Rules of the group `compliance`: what tags of regulated data ask of whoever reaches it.

mod financial_asset_outside_sod;
mod phi_minimum_necessary;
mod regulated_in_nonprod;
mod regulated_without_justification;
#[cfg(test)]
mod tests;

use crate::Rule;

/// Tags of regulated data.
pub(super) const REGULATED: [&str; 6] = ["ccpa", "gdpr", "hipaa", "pci", "phi", "sox"];

/// The rules of this group.
pub(crate) const RULES: &[Rule] = &[
    Rule { meta: &financial_asset_outside_sod::META, check: financial_asset_outside_sod::check },
    Rule { meta: &phi_minimum_necessary::META, check: phi_minimum_necessary::check },
    Rule { meta: &regulated_in_nonprod::META, check: regulated_in_nonprod::check },
    Rule { meta: &regulated_without_justification::META, check: regulated_without_justification::check },
];
