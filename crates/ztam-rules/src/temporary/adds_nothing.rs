//! A temporary grant that changes nothing.

use ztam_graph::access::{Entry, Holder, Layer, SlotId};
use ztam_graph::ids::{AssetId, RoleId, TemporaryId};
use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};

use crate::cx::Cx;
use crate::layers::beyond;
use crate::sink::{Sink, Subject};

pub(super) static META: RuleMeta = RuleMeta {
    id: "temporary/adds-nothing",
    summary: "a temporary grant reaches nothing, or nothing that the role does not have anyway",
    severity: Severity::Medium,
    confidence: Confidence::Proven,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST AC-6(7)", "NIST CM-6"],
    page: include_str!("adds_nothing.md"),
};

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    let names = &cx.access.names;
    for (id, name, grant) in names.temporaries.iter() {
        let counts = ztam_graph::resolve::in_force(grant.from.value, grant.until.value, cx.access.as_of);
        let Some(role) = names.roles.find(&grant.role.value).filter(|_| counts) else { continue };
        let reached = entries(cx, role, id);
        if reached.iter().any(|(layer, entry)| adds(cx, role, *layer, entry)) {
            continue;
        }
        let subject = Subject::of(Holder::Role(role)).called(name);
        out.push(&META, None, Some(names.temporaries.span(id)), &subject, || {
            let who = names.role_title(role);
            let title = if reached.is_empty() {
                format!("{name} gives {who} nothing: it reaches no asset")
            } else {
                format!("{name} gives {who} nothing that it does not have anyway")
            };
            Finding::new(&META, title)
                .at(names.temporaries.span(id), "changes nothing")
                .because(names.roles.span(role), "this role")
                .help(if reached.is_empty() {
                    "a grant reaches what is of its class and in its domains, on the role's platforms: correct it or take it out"
                } else {
                    "take it out"
                })
                .fact("temporary", name)
        });
    }
}

/// What a temporary grant gives on some day, entry by entry.
fn entries(cx: &Cx<'_>, role: RoleId, id: TemporaryId) -> Vec<(Layer, Entry)> {
    let entries = cx.access.roles[role].entries.iter().map(|entry| (cx.access.layers[entry.layer], *entry));
    entries.filter(|(layer, _)| layer.temporary == Some(id)).collect()
}

/// Whether an entry gives something that the role does not have without any temporary grant and condition.
fn adds(cx: &Cx<'_>, role: RoleId, layer: Layer, entry: &Entry) -> bool {
    let access = cx.access;
    let on = |slot: SlotId| -> Vec<(Layer, Entry)> {
        access.entries(role, slot).iter().map(|entry| (access.layers[entry.layer], *entry)).collect()
    };
    let always: Vec<_> = on(entry.slot).into_iter().filter(|(layer, _)| *layer == Layer::default()).collect();
    let asset: AssetId = access.slots[entry.slot].asset;
    let rows = access.rows_slot(asset);
    let rows = (rows != entry.slot).then(|| on(rows));
    !beyond(layer, entry, &always, rows.as_deref()).is_empty()
}
