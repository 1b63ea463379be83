//! Duties that lie with one person: the pairs of the packs, and what is judged in every project.

mod access_admin_and_audit_admin;
mod build_and_deploy;
mod control_bypass_privilege;
mod mitigation_stale;
mod requester_and_approver;
#[cfg(test)]
mod tests;
mod toxic_pair;
mod vacuous_sod_rule;

use crate::Rule;

/// The rules of this group.
pub(crate) const RULES: &[Rule] = &[
    Rule { meta: &toxic_pair::META, check: toxic_pair::check },
    Rule { meta: &access_admin_and_audit_admin::META, check: access_admin_and_audit_admin::check },
    Rule { meta: &build_and_deploy::META, check: build_and_deploy::check },
    Rule { meta: &requester_and_approver::META, check: requester_and_approver::check },
    Rule { meta: &vacuous_sod_rule::META, check: vacuous_sod_rule::check },
    Rule { meta: &mitigation_stale::META, check: mitigation_stale::check },
    Rule { meta: &control_bypass_privilege::META, check: control_bypass_privilege::check },
];
