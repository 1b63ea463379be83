//! A waiver in its last days.

use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};

use crate::cx::Cx;
use crate::sink::{Sink, Subject};
use crate::waive::is_valid;
use crate::wording::count;

pub(super) static META: RuleMeta = RuleMeta {
    id: "waiver/ends-soon",
    summary: "a waiver ends within two weeks",
    severity: Severity::Info,
    confidence: Confidence::Proven,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST CA-7"],
    page: include_str!("ends_soon.md"),
};

/// Days before the last one.
const SOON: i64 = 14;

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    let names = &cx.access.names;
    for (id, name, waiver) in names.waivers.iter().filter(|(_, _, waiver)| is_valid(waiver, cx.access)) {
        let days = waiver.until.value.days_since(cx.access.as_of);
        if days > SOON {
            continue;
        }
        out.push(&META, None, Some(waiver.until.span), &Subject::default().called(name), || {
            let left = match days {
                0 => "ends today".to_owned(),
                days => format!("ends in {}", count(usize::try_from(days).unwrap_or(0), "day")),
            };
            Finding::new(&META, format!("{name} {left}; then `{}` counts again", waiver.rule.value))
                .at(waiver.until.span, "the last day")
                .because(names.waivers.span(id), "this waiver")
                .note(format!("evaluated as of {}", cx.access.as_of))
                .help(format!("repair what it excuses, or have {} renew it in time", waiver.owner.value))
                .fact("waiver", name)
        });
    }
}
