//! People who are no employees: guests who do not sign in, partners, customers.

mod external_inherits_internal;
mod external_super_user;
mod guest_above_public;
mod guest_forbidden_privilege;
mod guest_write;
#[cfg(test)]
mod tests;

use ztam_graph::access::{SlotId, SlotKind, Target};
use ztam_graph::ids::RoleId;
use ztam_model::words::{Action, RoleKind};

use crate::Rule;
use crate::cx::Cx;

/// The rules of this group.
pub(crate) const RULES: &[Rule] = &[
    Rule { meta: &guest_write::META, check: guest_write::check },
    Rule { meta: &guest_above_public::META, check: guest_above_public::check },
    Rule { meta: &guest_forbidden_privilege::META, check: guest_forbidden_privilege::check },
    Rule { meta: &external_inherits_internal::META, check: external_inherits_internal::check },
    Rule { meta: &external_super_user::META, check: external_super_user::check },
];

/// The roles of a kind that somebody can hold.
fn of_kind(cx: &Cx<'_>, kind: RoleKind) -> impl Iterator<Item = RoleId> {
    cx.roles.iter().copied().filter(move |role| cx.kind(*role) == kind)
}

/// What a role reads: rows, and fields that are seen because their rows are.
fn read(cx: &Cx<'_>, role: RoleId) -> Vec<(SlotId, Target)> {
    let access = cx.access;
    let mut found = Vec::new();
    for entry in access.roles[role].entries.iter().filter(|it| !it.scopes.get(Action::Read).is_empty()) {
        let key = access.slots[entry.slot];
        let target = match key.kind {
            SlotKind::Rows => Target::Rows(key.asset),
            SlotKind::Field(field) => Target::Field(field),
            SlotKind::Fields(_) => match access.fields_in(entry.slot).first() {
                Some(field) => Target::Field(*field),
                None => continue,
            },
        };
        let rows = access.entries(role, access.rows_slot(key.asset)).iter();
        let is_shown = rows
            .filter(|row| !row.scopes.get(Action::Read).is_empty())
            .any(|row| !row.platforms.and(entry.platforms).is_empty());
        if is_shown {
            found.push((entry.slot, target));
        }
    }
    found.dedup();
    found
}
