//! Rules of the group `class`.

mod clearance_creep;
mod clearance_exceeded;
#[cfg(test)]
mod clearance_tests;
mod condition_missing;
mod export_not_named;
mod named_without_names;
mod platform_label_mismatch;
mod sensitive_field_unsecured;
#[cfg(test)]
mod tests;
mod unmasked_read;
mod view_all_fields_bypass;
mod widest;

use crate::Rule;

/// The rules of this group.
pub(crate) const RULES: &[Rule] = &[
    Rule { meta: &condition_missing::META, check: condition_missing::check },
    Rule { meta: &export_not_named::META, check: export_not_named::check },
    Rule { meta: &named_without_names::META, check: named_without_names::check },
    Rule { meta: &widest::READ, check: widest::check_read },
    Rule { meta: &widest::WRITE, check: widest::check_write },
    Rule { meta: &clearance_exceeded::META, check: clearance_exceeded::check },
    Rule { meta: &sensitive_field_unsecured::META, check: sensitive_field_unsecured::check },
    Rule { meta: &view_all_fields_bypass::META, check: view_all_fields_bypass::check },
    Rule { meta: &clearance_creep::META, check: clearance_creep::check },
    Rule { meta: &unmasked_read::META, check: unmasked_read::check },
    Rule { meta: &platform_label_mismatch::META, check: platform_label_mismatch::check },
];
