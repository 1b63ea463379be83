//! A waiver that excused nothing. Looks at what all other rules found, so it runs after them.

use ztam_graph::access::Access;
use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};

use crate::cx::Cx;
use crate::sink::Sink;
use crate::waive::is_valid;

pub(super) static META: RuleMeta = RuleMeta {
    id: "waiver/unused",
    summary: "a waiver excused nothing in this run",
    severity: Severity::Low,
    confidence: Confidence::Proven,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST CM-6"],
    page: include_str!("unused.md"),
};

/// Nothing: see [`after`].
pub(super) fn check(_: &Cx<'_>, _: &mut Sink<'_>) {}

/// Waivers that could excuse and did not.
pub(super) fn after(access: &Access<'_>, findings: &[Finding]) -> Vec<Finding> {
    let names = &access.names;
    let invalid = |name: &str| {
        let says =
            |finding: &Finding| finding.facts.iter().any(|(key, value)| *key == "waiver" && value == name);
        findings.iter().any(|finding| finding.id() == super::invalid::META.id && says(finding))
    };
    let unused = names.waivers.iter().filter(|(_, name, waiver)| {
        let used = findings.iter().any(|finding| finding.waived_by.as_deref() == Some(*name));
        is_valid(waiver, access) && !used && !invalid(name)
    });
    let findings = unused.map(|(id, name, waiver)| {
        let subjects: Vec<_> = waiver.r#for.iter().map(|it| it.value.as_str()).collect();
        let title = format!(
            "{name} excuses nothing: `{}` finds nothing about {}",
            waiver.rule.value,
            subjects.join(", ")
        );
        Finding::new(&META, title)
            .at(names.waivers.span(id), "excused nothing in this run")
            .because(waiver.rule.span, "this rule found nothing for it")
            .help("take it out, before it hides tomorrow's finding")
            .fact("waiver", name)
    });
    findings.collect()
}
