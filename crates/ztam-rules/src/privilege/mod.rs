//! Rules of the group `privilege`, and what rights bring along (`matrix/implied-privilege-undeclared`).

mod broad_base_role;
mod bulk_or_hard_delete;
mod delete_without_reason;
mod implied_privilege_undeclared;
mod inert_field_grant;
mod org_wide_data_permission;
mod org_wide_row_scope;
mod read_only_intent_violated;
mod redundant_grant;
mod share_or_reassign_right;
#[cfg(test)]
mod tests;
mod undeclared_export_channel;
mod unused_role_or_grant;
mod wildcard_grant;

use ztam_graph::facts::Evidence;
use ztam_source::finding::Finding;

use crate::Rule;
use crate::cx::Cx;
use crate::need::HeldRight;

/// The rules of this group.
pub(crate) const RULES: &[Rule] = &[
    Rule { meta: &implied_privilege_undeclared::META, check: implied_privilege_undeclared::check },
    Rule { meta: &wildcard_grant::META, check: wildcard_grant::check },
    Rule { meta: &redundant_grant::META, check: redundant_grant::check },
    Rule { meta: &unused_role_or_grant::META, check: unused_role_or_grant::check },
    Rule { meta: &org_wide_row_scope::META, check: org_wide_row_scope::check },
    Rule { meta: &org_wide_data_permission::META, check: org_wide_data_permission::check },
    Rule { meta: &delete_without_reason::META, check: delete_without_reason::check },
    Rule { meta: &bulk_or_hard_delete::META, check: bulk_or_hard_delete::check },
    Rule { meta: &undeclared_export_channel::META, check: undeclared_export_channel::check },
    Rule { meta: &share_or_reassign_right::META, check: share_or_reassign_right::check },
    Rule { meta: &inert_field_grant::META, check: inert_field_grant::check },
    Rule { meta: &broad_base_role::META, check: broad_base_role::check },
    Rule { meta: &read_only_intent_violated::META, check: read_only_intent_violated::check },
];

/// A judgement that rests on what no official source says of a right is advisory, and says so.
fn unverified(cx: &Cx<'_>, held: HeldRight, finding: Finding) -> Finding {
    let facts = cx.access.platforms.get(held.platform);
    let evidence = facts.map(|facts| facts.rights[held.right].evidence);
    if evidence != Some(Evidence::Unverified) {
        return finding;
    }
    finding.advisory().note(format!("what `{}` does is not verified, so this does not block", held.name(cx)))
}
