//! Rules of the group `escalation`: rights that make their holder more than the matrix says, judged on all that they bring
//! along, and the ways that lead from them to the whole org.

mod attribution_forgery;
mod audit_tampering;
mod danger;
mod escalation_path;
mod grants_beyond_own;
mod hierarchy_manipulation;
mod identity_takeover;
mod impersonation_privilege;
mod privileged_permission_unjustified;
mod self_authorised_app;
mod shadow_admin;
#[cfg(test)]
mod tests;
mod ways;

use crate::Rule;

/// The rules of this group.
pub(crate) const RULES: &[Rule] = &[
    Rule { meta: &attribution_forgery::META, check: attribution_forgery::check },
    Rule { meta: &audit_tampering::META, check: audit_tampering::check },
    Rule { meta: &escalation_path::META, check: escalation_path::check },
    Rule { meta: &grants_beyond_own::META, check: grants_beyond_own::check },
    Rule { meta: &hierarchy_manipulation::META, check: hierarchy_manipulation::check },
    Rule { meta: &identity_takeover::META, check: identity_takeover::check },
    Rule { meta: &impersonation_privilege::META, check: impersonation_privilege::check },
    Rule { meta: &privileged_permission_unjustified::META, check: privileged_permission_unjustified::check },
    Rule { meta: &self_authorised_app::META, check: self_authorised_app::check },
    Rule { meta: &shadow_admin::META, check: shadow_admin::check },
];
