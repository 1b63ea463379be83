//! People who do not sign in and write.

use ztam_graph::access::{Holder, SlotKind, Target};
use ztam_graph::ids::RoleId;
use ztam_graph::scopes::ScopeWord;
use ztam_model::words::{Action, RoleKind, RunsAs};
use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};

use super::of_kind;
use crate::cx::Cx;
use crate::route;
use crate::sink::{Sink, Subject};
use crate::wording;

pub(super) static META: RuleMeta = RuleMeta {
    id: "external/guest-write",
    summary: "people who do not sign in can write",
    severity: Severity::Critical,
    confidence: Confidence::Proven,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST AC-14", "NIST AC-22", "ISO A.8.3", "PCI 7.3.3"],
    page: include_str!("guest_write.md"),
};

/// What changes rows, or makes somebody their owner.
const WRITES: [Action; 4] = [Action::Create, Action::Edit, Action::Delete, Action::Assign];

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    for role in of_kind(cx, RoleKind::Guest) {
        rows(cx, role, out);
        automation(cx, role, out);
    }
}

fn rows(cx: &Cx<'_>, role: RoleId, out: &mut Sink<'_>) {
    let access = cx.access;
    for entry in &access.roles[role].entries {
        let key = access.slots[entry.slot];
        let Some((action, _)) = entry.scopes.and(ScopeWord::mask(&WRITES)).iter().next() else { continue };
        if key.kind != SlotKind::Rows {
            continue;
        }
        let source = route::source(cx, &[role], entry.slot, action);
        let place = source.as_ref().and_then(|it| it.span(cx));
        let subject = Subject::of(Holder::Role(role)).on(Target::Rows(key.asset));
        out.push(&META, None, place, &subject, || {
            let names = &access.names;
            let (who, asset) = (names.role_title(role), names.asset_title(key.asset));
            let on = wording::platforms(access, entry.platforms).join(" and ");
            let finding = Finding::new(
                &META,
                format!("{who} can {} {asset} on {on} without signing in", wording::verb(action)),
            );
            let finding = match &source {
                Some(source) => source.primary(cx, finding, "whoever does not sign in writes"),
                None => finding.at(names.roles.span(role), "whoever does not sign in writes"),
            };
            finding
                .because(names.roles.get(role).kind.map_or_else(|| names.roles.span(role), |it| it.span), "kind guest")
                .note("nobody can be asked about what was written without a name")
                .help("take it out, and let one flow that somebody has reviewed write it: a capability with `automation`")
        });
    }
}

/// Automation that writes with the rights of the system, and that nobody has read.
fn automation(cx: &Cx<'_>, role: RoleId, out: &mut Sink<'_>) {
    let names = &cx.access.names;
    for (id, name, capability) in names.capabilities.iter() {
        let Some(automation) = &capability.automation else { continue };
        let does = &automation.does;
        let writes = !(does.create.is_empty() && does.edit.is_empty() && does.delete.is_empty());
        let is_read = automation.reviewed_by.is_some();
        let is_system = automation.runs_as.value == RunsAs::System;
        if is_read || !is_system || !writes || !cx.access.holds(Holder::Role(role), id) {
            continue;
        }
        let held = route::held(cx, role, id);
        let place = held.as_ref().map(|it| it.span);
        out.push(&META, None, place, &Subject::of(Holder::Role(role)).holding(id), || {
            let title =
                format!("{} writes through {name}, which nobody has reviewed", names.role_title(role));
            let finding = Finding::new(&META, title);
            let finding = match &held {
                Some(held) => held.primary(cx, finding, "writes with the rights of the system"),
                None => finding.at(names.roles.span(role), "writes with the rights of the system"),
            };
            finding
                .because(automation.runs_as.span, "whoever starts it")
                .help("have somebody read what it does, and name them: `reviewed-by`")
        });
    }
}
