//! Health data in a grant that says neither which data nor under what.

use ztam_graph::access::{Entry, Holder, Origin, SlotId, SlotKind, Target};
use ztam_graph::ids::RoleId;
use ztam_graph::path;
use ztam_graph::promise::target_name;
use ztam_model::words::{Action, Scope};
use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};

use crate::cx::Cx;
use crate::route::Source;
use crate::sink::{Sink, Subject};
use crate::tagged;

pub(super) static META: RuleMeta = RuleMeta {
    id: "compliance/phi-minimum-necessary",
    summary: "health data is granted without naming it, or all of it without a condition",
    severity: Severity::High,
    confidence: Confidence::Proven,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["HIPAA 164.514(d)(2)", "HIPAA 164.308(a)(3)", "HIPAA 164.308(a)(4)", "NIST AC-6"],
    page: include_str!("phi_minimum_necessary.md"),
};

/// Tags of health data.
const HEALTH: [&str; 2] = ["hipaa", "phi"];

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    let slots = tagged::slots(cx, &HEALTH);
    for role in &cx.roles {
        for (slot, tagged, entries) in slots.reached_by(cx, *role) {
            let reads = entries.iter().filter(|it| !it.scopes.get(Action::Read).is_empty());
            for entry in reads {
                judge(cx, *role, slot, tagged.target, entry, out);
            }
        }
    }
}

fn judge(cx: &Cx<'_>, role: RoleId, slot: SlotId, target: Target, entry: &Entry, out: &mut Sink<'_>) {
    let conditions = cx.access.layers[entry.layer].conditions;
    // A field is read in the rows that somebody has: how many of them, the grant on the rows says.
    let is_rows = cx.access.slots[slot].kind == SlotKind::Rows;
    let all = is_rows && entry.scopes.get(Action::Read).reaches(Scope::Shared) && conditions.is_empty();
    if entry.origin == Origin::Right {
        for cause in path::right_causes(cx.access, role, slot, Action::Read) {
            report(cx, role, target, &Source::Right(cause), "by a right that names no data", out);
        }
        return;
    }
    let causes = path::causes(cx.access, role, slot, Action::Read).into_iter();
    for cause in causes.filter(|cause| cause.conditions == conditions) {
        let said = match (cause.class, cause.of) {
            (Some(_), None) => "by its class, without naming it",
            _ if all && matches!(cause.scope.value, Scope::Org | Scope::Shared) => {
                "all rows of it, under no condition"
            }
            _ => continue,
        };
        report(cx, role, target, &Source::Cell(cause), said, out);
    }
}

fn report(
    cx: &Cx<'_>,
    role: RoleId,
    target: Target,
    source: &Source,
    said: &'static str,
    out: &mut Sink<'_>,
) {
    let subject = Subject::of(Holder::Role(role)).on(target);
    out.push(&META, None, source.span(cx), &subject, || {
        let who = cx.access.names.role_title(role);
        let title = format!("{who} reads {}, which is health data, {said}", target_name(cx.access, target));
        source.primary(cx, Finding::new(&META, title), "more than the minimum").help(
            "name the assets and fields that the work needs, in rows narrower than all or under a condition",
        )
    });
}
