//! Rules of the group `monitoring`: where access is kept, what is done with it is recorded and noticed.

mod bulk_export_undetected;
mod privileged_use_unmonitored;
mod sensitive_asset_unaudited;
#[cfg(test)]
mod tests;

use crate::Rule;

/// The rules of this group.
pub(crate) const RULES: &[Rule] = &[
    Rule { meta: &bulk_export_undetected::META, check: bulk_export_undetected::check },
    Rule { meta: &privileged_use_unmonitored::META, check: privileged_use_unmonitored::check },
    Rule { meta: &sensitive_asset_unaudited::META, check: sensitive_asset_unaudited::check },
];
