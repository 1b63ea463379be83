//! A temporary grant that nobody else allowed, or that can never count.

use ztam_graph::access::Holder;
use ztam_model::project::Temporary;
use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};
use ztam_source::span::Span;

use crate::cx::Cx;
use crate::need::says;
use crate::sink::{Sink, Subject};

pub(super) static META: RuleMeta = RuleMeta {
    id: "temporary/invalid",
    summary: "a temporary grant ends before it begins, or nobody but its owner allowed it",
    severity: Severity::High,
    confidence: Confidence::Proven,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST AC-2(2)", "NIST AC-6(2)", "ISO A.8.2", "PCI 7.2.2"],
    page: include_str!("invalid.md"),
};

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    let names = &cx.access.names;
    for (id, name, grant) in names.temporaries.iter() {
        let subject = names
            .roles
            .find(&grant.role.value)
            .map_or_else(Subject::default, |role| Subject::of(Holder::Role(role)));
        for (place, finding) in findings(name, grant, names.temporaries.span(id)) {
            let about = subject.clone().called(name);
            out.push(&META, None, Some(place), &about, || finding.fact("temporary", name));
        }
    }
}

fn findings(name: &str, grant: &Temporary, span: Span) -> Vec<(Span, Finding)> {
    let mut found = Vec::new();
    if grant.from.value > grant.until.value {
        let finding =
            Finding::new(&META, format!("{name} grants nothing on any day: it ends before it begins"))
                .at(grant.until.span, "the last day")
                .because(grant.from.span, "the first day is later")
                .help("swap the dates, or take the grant out");
        found.push((grant.until.span, finding));
    }
    if grant.approved_by.is_empty() {
        let finding = Finding::new(&META, format!("nobody allowed {name}"))
            .at(span, "no approver")
            .because(grant.owner.span, "only its owner stands behind it")
            .help("name in `approved-by` who allowed it: somebody else than the owner");
        found.push((span, finding));
    }
    let said = [(&grant.owner, "who answers for it"), (&grant.reason, "why it is needed")];
    let said = said.into_iter().chain(grant.approved_by.iter().map(|it| (it, "who allowed it")));
    for (text, what) in said.filter(|(text, _)| !says(Some(text))) {
        let finding = Finding::new(&META, format!("nobody says of {name} {what}"))
            .at(text.span, "nothing")
            .help(format!("say {what}"));
        found.push((text.span, finding));
    }
    let own = grant.owner.value.trim();
    for approver in
        grant.approved_by.iter().filter(|it| says(Some(it)) && it.value.trim().eq_ignore_ascii_case(own))
    {
        let finding = Finding::new(&META, format!("{name} was allowed by its own owner"))
            .at(approver.span, "approver")
            .because(grant.owner.span, "and owner")
            .help("have somebody else allow it");
        found.push((approver.span, finding));
    }
    found
}
