//! A separation with a duty that nobody can ever do: of the project, or of a pack that it switches on.

use std::collections::{BTreeMap, BTreeSet};

use ztam_graph::ids::DutyId;
use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};

use super::duty::Duty;
use crate::cx::Cx;
use crate::sink::{Sink, Subject};

pub(super) static META: RuleMeta = RuleMeta {
    id: "separate/vacuous",
    summary: "a separation keeps apart a duty that no role can do",
    severity: Severity::Medium,
    confidence: Confidence::Advisory,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST AC-5", "NIST CM-6"],
    page: include_str!("vacuous.md"),
};

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    let names = &cx.access.names;
    let kept = names.separations.iter().flat_map(|(_, _, it)| &it.duties);
    let separated: BTreeSet<DutyId> = kept.filter_map(|text| names.duties.find(&text.value)).collect();
    let resolved = separated.into_iter().map(|id| (id, Duty::of_project(cx, id)));
    let idle: BTreeMap<DutyId, Duty> = resolved.filter(|(_, duty)| !can_be_done(cx, duty)).collect();
    for (id, name, separation) in names.separations.iter() {
        for text in &separation.duties {
            let duty = names.duties.find(&text.value);
            let Some((duty, resolved)) = duty.and_then(|id| idle.get_key_value(&id)) else { continue };
            let subject = Subject::default().called(text.value.as_str());
            out.push(&META, None, Some(text.span), &subject, || {
                let title = format!(
                    "No role can do the duty \"{}\", so {name} keeps nothing apart from it",
                    resolved.title
                );
                Finding::new(&META, title)
                    .at(text.span, "nobody can do this")
                    .because(names.duties.span(*duty), "the duty")
                    .because(names.separations.span(id), "the separation")
                    .note("a separation that cannot be broken looks like a control and proves nothing")
                    .help("correct what the duty names, or take the duty out until a role can do it")
                    .fact("duty", text.value.as_str())
            });
        }
    }
}

/// Whether some role, or some set of roles that one person may hold, can do a duty.
pub(crate) fn can_be_done(cx: &Cx<'_>, duty: &Duty) -> bool {
    cx.holders.iter().any(|holder| duty.done(cx, &cx.access.roles_of(*holder)).is_some())
}
