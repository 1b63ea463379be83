//! A temporary grant whose last day is over.

use ztam_graph::access::Holder;
use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};

use crate::cx::Cx;
use crate::sink::{Sink, Subject};
use crate::wording::count;

pub(super) static META: RuleMeta = RuleMeta {
    id: "temporary/ended",
    summary: "a temporary grant has ended and still stands in the matrix",
    severity: Severity::Medium,
    confidence: Confidence::Proven,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST AC-2(2)", "ISO A.8.2", "PCI 7.2.2"],
    page: include_str!("ended.md"),
};

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    let names = &cx.access.names;
    for (id, name, grant) in names.temporaries.iter() {
        let days = cx.access.as_of.days_since(grant.until.value);
        // Dates that are the wrong way round are another finding.
        if days <= 0 || grant.from.value > grant.until.value {
            continue;
        }
        let role = names.roles.find(&grant.role.value);
        let subject = role.map_or_else(Subject::default, |role| Subject::of(Holder::Role(role))).called(name);
        out.push(&META, None, Some(grant.until.span), &subject, || {
            let who = role.map_or_else(|| grant.role.value.clone(), |role| names.role_title(role));
            let ago = count(usize::try_from(days).unwrap_or(usize::MAX), "day");
            Finding::new(&META, format!("{name} ended {ago} ago: {who} no longer has what it gave"))
                .at(grant.until.span, "the last day")
                .because(names.temporaries.span(id), "this grant")
                .note(format!("evaluated as of {}", cx.access.as_of))
                .help("take it out; assignments of its artefact must be gone too")
                .fact("temporary", name)
        });
    }
}
