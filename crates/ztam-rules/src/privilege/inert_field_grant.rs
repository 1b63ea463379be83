//! A field that a cell names, and whose row the role does not have.

use ztam_graph::access::{Access, Holder, SlotId};
use ztam_graph::ids::{AssetId, RoleId};
use ztam_graph::slots::Named;
use ztam_model::words::Action;
use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};

use crate::cells;
use crate::cx::Cx;
use crate::sink::{Sink, Subject};
use crate::wording;

pub(super) static META: RuleMeta = RuleMeta {
    id: "privilege/inert-field-grant",
    summary: "a cell grants a field in rows that the role does not have",
    severity: Severity::Low,
    confidence: Confidence::Advisory,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST CM-6"],
    page: include_str!("inert_field_grant.md"),
};

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    for role in &cx.roles {
        let mates = mates(cx.access, *role);
        for cell in cells::of_role(cx, *role) {
            for token in cell.reaching() {
                let Some(Named::Field(field)) = token.named else { continue };
                let asset = cx.access.names.fields[field].asset;
                for (action, scope) in cell.scopes.iter().copied() {
                    // Most cells name several things, and what is made anew is seldom all of them.
                    let counts = matches!(action, Action::Read | Action::Edit);
                    let given =
                        cx.field_slots[field].is_some_and(|slot| has(cx.access, &[*role], slot, action));
                    if !counts || !given || opens(cx.access, &mates, asset, action) {
                        continue;
                    }
                    let name = token.text.value.as_str();
                    let subject =
                        Subject::of(Holder::Role(*role)).called(format!("{} {name}", action.as_str()));
                    out.push(&META, None, Some(scope.span), &subject, || {
                        let (who, asset) =
                            (cx.title(Holder::Role(*role)), cx.access.names.assets.name(asset));
                        let verb = wording::verb(action);
                        let title =
                            format!("{who} may {verb} {name} in no row: it may {verb} no row of {asset}");
                        Finding::new(&META, title)
                            .at(token.text.span, "a field without its row")
                            .because(scope.span, "granted here")
                            .help(format!("grant {verb} on {asset} too, or take the field out"))
                            .fact("field", name)
                            .fact("action", action.as_str())
                    });
                }
            }
        }
    }
}

/// The role and all that somebody who holds it may hold with it.
fn mates(access: &Access<'_>, role: RoleId) -> Vec<RoleId> {
    let sets = access.names.together.ids().map(|set| access.roles_of(Holder::Together(set)));
    let mut mates: Vec<_> = sets.filter(|roles| roles.contains(&role)).flatten().collect();
    mates.push(role);
    mates.sort_unstable();
    mates.dedup();
    mates
}

fn opens(access: &Access<'_>, roles: &[RoleId], asset: AssetId, action: Action) -> bool {
    has(access, roles, access.rows_slot(asset), action)
}

fn has(access: &Access<'_>, roles: &[RoleId], slot: SlotId, action: Action) -> bool {
    let entries = roles.iter().flat_map(|role| access.entries(*role, slot));
    entries.into_iter().any(|entry| !entry.scopes.get(action).is_empty())
}
