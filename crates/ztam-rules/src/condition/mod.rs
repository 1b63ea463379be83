//! Rules of the group `condition`.

mod network;
mod network_range_too_wide;
mod privileged_without_strong_mfa;
mod sensitive_without_session_guard;
#[cfg(test)]
mod tests;
mod unattested;
mod unenforceable_condition;
mod unguarded_alternate_path;

use crate::Rule;

/// The rules of this group.
pub(crate) const RULES: &[Rule] = &[
    Rule { meta: &network_range_too_wide::META, check: network_range_too_wide::check },
    Rule { meta: &privileged_without_strong_mfa::META, check: privileged_without_strong_mfa::check },
    Rule { meta: &sensitive_without_session_guard::META, check: sensitive_without_session_guard::check },
    Rule { meta: &unattested::META, check: unattested::check },
    Rule { meta: &unenforceable_condition::META, check: unenforceable_condition::check },
    Rule { meta: &unguarded_alternate_path::META, check: unguarded_alternate_path::check },
];
