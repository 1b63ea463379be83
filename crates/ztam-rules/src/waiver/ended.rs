//! A waiver whose last day is over. Looks at what all other rules found, so it runs after them.

use ztam_graph::access::Access;
use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};

use crate::cx::Cx;
use crate::sink::Sink;
use crate::waive::subjects;
use crate::wording::count;

pub(super) static META: RuleMeta = RuleMeta {
    id: "waiver/ended",
    summary: "a waiver has ended and still stands in the matrix",
    severity: Severity::Medium,
    confidence: Confidence::Proven,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST CA-7", "ISO A.5.18"],
    page: include_str!("ended.md"),
};

/// How many findings are named.
const NAMED: usize = 5;

/// Nothing: see [`after`].
pub(super) fn check(_: &Cx<'_>, _: &mut Sink<'_>) {}

/// Ended waivers, each with what it no longer excuses.
pub(super) fn after(access: &Access<'_>, findings: &[Finding]) -> Vec<Finding> {
    let names = &access.names;
    let mut found = Vec::new();
    for (id, name, waiver) in names.waivers.iter() {
        let days = access.as_of.days_since(waiver.until.value);
        if days <= 0 || waiver.from.value > waiver.until.value {
            continue;
        }
        let named = |finding: &&Finding| {
            let about = subjects(finding);
            finding.id() == waiver.rule.value && waiver.r#for.iter().any(|name| about.contains(&name.value))
        };
        let open: Vec<_> = findings.iter().filter(named).filter(|it| it.waived_by.is_none()).collect();
        let ago = count(usize::try_from(days).unwrap_or(usize::MAX), "day");
        let mut finding = Finding::new(&META, format!("{name} ended {ago} ago and excuses nothing any more"))
            .at(waiver.until.span, "the last day")
            .because(names.waivers.span(id), "this waiver")
            .note(format!("evaluated as of {}", access.as_of))
            .fact("waiver", name);
        for open in open.iter().take(NAMED) {
            finding = finding.note(format!("no longer excused: {}", open.title));
        }
        finding = if open.is_empty() {
            finding.help("what it excused is gone: take it out")
        } else {
            finding.help(format!("repair it, or have {} renew the waiver", waiver.owner.value))
        };
        found.push(finding);
    }
    found
}
