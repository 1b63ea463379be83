//! Evidence that is missing, too old, or of another day.

use ztam_model::packs::shared_responsibility::{SharedDuty, duty};
use ztam_model::project::{Responsibility, Text};
use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};

use super::all;
use crate::cx::Cx;
use crate::evidence::MAX_AGE_DAYS;
use crate::sink::{Sink, Subject};

pub(super) static META: RuleMeta = RuleMeta {
    id: "responsibility/responsibility-evidence-stale",
    summary: "the evidence for a duty is missing or too old",
    severity: Severity::High,
    confidence: Confidence::Proven,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST CP-9(1)", "NIST CP-4", "NIST CA-7", "ISO A.8.13", "CIS 11", "HIPAA 164.308(a)(7)"],
    page: include_str!("responsibility_evidence_stale.md"),
};

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    for (name, responsibility) in all(cx) {
        let duties: Vec<_> = responsibility.covers.iter().filter_map(|text| duty(&text.value)).collect();
        if let Some(finding) = finding(cx, name, responsibility, &duties) {
            let place = finding.primary().map(|label| label.span);
            out.push(&META, None, place, &Subject::default().called(&*name.value), || {
                finding.fact("responsibility", name.value.as_str())
            });
        }
    }
}

fn finding(
    cx: &Cx<'_>,
    name: &Text,
    responsibility: &Responsibility,
    duties: &[&SharedDuty],
) -> Option<Finding> {
    let statement = &responsibility.statement.value;
    let Some(verified) = responsibility.verified else {
        // What attests nothing, covers nothing and names no age is a statement and asks for no evidence.
        let asks = !duties.is_empty() || responsibility.max_age_days.is_some();
        return asks.then(|| {
            Finding::new(&META, format!("nobody has looked at the evidence for this: {statement}"))
                .at(name.span, "no `verified`")
                .help("look at the evidence, and write the day into `verified`")
        });
    };
    let age = cx.access.as_of.days_since(verified.value);
    let most = i64::from(most(responsibility, duties));
    if age > most || age < 0 {
        let title = if age < 0 {
            format!("the evidence for this lies in the future: {statement}")
        } else {
            format!("the evidence for this is {age} days old: {statement}")
        };
        let finding = Finding::new(&META, title).at(verified.span, "last looked at");
        let finding = match responsibility.max_age_days {
            Some(days) => finding.because(days.span, "so old it may be"),
            None => finding.note(format!("it may be {most} days old")),
        };
        return Some(finding.help("look at the evidence again, and write the day into `verified`"));
    }
    let missing =
        !duties.is_empty() && responsibility.evidence.as_ref().is_none_or(|it| it.value.trim().is_empty());
    missing.then(|| {
        Finding::new(&META, format!("nobody says where the evidence for this is: {statement}"))
            .at(name.span, "no `evidence`")
            .help("say in `evidence` where it can be looked at")
    })
}

/// How old the evidence may be: as the responsibility says, or else the least of its duties.
fn most(responsibility: &Responsibility, duties: &[&SharedDuty]) -> u32 {
    let of_duties = duties.iter().filter_map(|duty| duty.max_age_days).min();
    responsibility.max_age_days.map(|days| days.value).or(of_duties).unwrap_or(MAX_AGE_DAYS)
}
