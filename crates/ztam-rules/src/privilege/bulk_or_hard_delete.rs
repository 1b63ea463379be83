//! Deleting for good, in bulk or everywhere, where nobody says why.

use ztam_graph::access::Holder;
use ztam_graph::facts::RightFlags;
use ztam_graph::ids::RoleId;
use ztam_model::words::{Action, Scope};
use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};
use ztam_source::idx::Idx;

use super::unverified;
use crate::cx::{Cx, Sensitivity};
use crate::need::{self, HeldRight, Unexplained};
use crate::sink::Sink;

pub(super) static META: RuleMeta = RuleMeta {
    id: "privilege/bulk-or-hard-delete",
    summary: "a role deletes for good, in bulk or in all rows, and nobody says why",
    severity: Severity::High,
    confidence: Confidence::Proven,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST AC-6", "NIST CP-9", "ISO A.8.13"],
    page: include_str!("bulk_or_hard_delete.md"),
};

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    for role in &cx.roles {
        let cells = need::unexplained(cx, *role, &[Action::Delete], Sensitivity::Confidential);
        for found in cells.into_iter().filter(|found| found.scope.value == Scope::Org) {
            out.push(&META, None, Some(found.scope.span), &found.subject(), || of_cell(cx, &found));
        }
    }
    for (platform, facts) in cx.access.platforms.iter().enumerate() {
        let destroys = facts.rights.iter_ids().filter(|(_, right)| right.flags.has(RightFlags::DESTROYS));
        let destroys: Vec<_> = destroys.map(|(id, _)| id).collect();
        for role in cx.roles.iter().filter(|_| !destroys.is_empty()) {
            let Some(closure) = cx.access.roles[*role].closure.get(platform) else { continue };
            for right in destroys.iter().filter(|right| closure.contains(right.index())) {
                of_right(cx, HeldRight { role: *role, platform, right: *right }, out);
            }
        }
    }
}

fn of_cell(cx: &Cx<'_>, found: &Unexplained<'_>) -> Finding {
    let who = cx.title(Holder::Role(found.role));
    let class = cx.class_name(found.class);
    let title = format!("{who} may delete {class} data in all rows of the org, and nobody says why");
    let restricted = cx.sensitivity(found.class) == Sensitivity::Restricted;
    let severity = if restricted { Severity::Critical } else { Severity::High };
    found
        .show(cx, Finding::new(&META, title).with_severity(severity))
        .help("narrow the scope, or say why with `because` on the cell or `justification` on the role")
}

fn of_right(cx: &Cx<'_>, held: HeldRight, out: &mut Sink<'_>) {
    if held.is_justified(cx) {
        return;
    }
    let source = held.source(cx);
    out.push(&META, None, source.span(cx), &held.subject(cx), || {
        let who = who(cx, held.role);
        let (name, on) = (held.name(cx), held.on(cx));
        let title =
            format!("{who} deletes on {on} what no recycle bin keeps, by `{name}`, and nobody says why");
        let finding = source.primary(cx, Finding::new(&META, title), &format!("brings `{name}`"));
        unverified(cx, held, finding)
            .help("do not hold it, or say why with `justification` on the role")
            .fact("right", name)
    });
}

fn who(cx: &Cx<'_>, role: RoleId) -> String {
    cx.title(Holder::Role(role))
}
