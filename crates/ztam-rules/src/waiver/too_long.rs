//! A waiver that lasts longer than the house allows.

use ztam_model::date::Date;
use ztam_source::finding::{Confidence, Finding, RuleMeta, Safety, Severity, Stage, TextEdit};

use crate::cx::Cx;
use crate::sink::{Sink, Subject};
use crate::wording::count;

pub(super) static META: RuleMeta = RuleMeta {
    id: "waiver/too-long",
    summary: "a waiver lasts longer than the house allows",
    severity: Severity::High,
    confidence: Confidence::Proven,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST CA-7", "NIST AC-6", "ISO A.5.18"],
    page: include_str!("too_long.md"),
};

/// Days, where the project sets no limit.
const DEFAULT: u32 = 365;

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    let names = &cx.access.names;
    let limit = names.project.items.limits.as_ref().and_then(|limits| limits.waiver_max_days);
    let most = i64::from(limit.map_or(DEFAULT, |it| it.value));
    for (id, name, waiver) in names.waivers.iter() {
        let days = waiver.until.value.days_since(waiver.from.value) + 1;
        if days <= most {
            continue;
        }
        out.push(&META, None, Some(waiver.until.span), &Subject::default().called(name), || {
            let days = count(usize::try_from(days).unwrap_or(usize::MAX), "day");
            let finding = Finding::new(&META, format!("{name} lasts {days}; at most {most} are allowed"))
                .at(waiver.until.span, "the last day")
                .because(waiver.from.span, "the first day")
                .because(names.waivers.span(id), "this waiver");
            let finding = match limit {
                Some(limit) => finding.because(limit.span, "the limit of this project"),
                None => finding
                    .note(format!("without `limits: {{waiver-max-days: ...}}` the limit is {DEFAULT} days")),
            };
            let last = Date::from_day_number(waiver.from.value.day_number() + most - 1);
            let finding = match last.filter(|last| *last >= cx.access.as_of && most > 0) {
                Some(last) => {
                    let edit = TextEdit { span: waiver.until.span, text: last.to_string() };
                    finding.fix(format!("end it on {last}"), Safety::Safe, vec![edit])
                }
                None => finding.help(
                    "end it, and have a new one allowed; a rule that never fits is better set in `rules`",
                ),
            };
            finding.fact("waiver", name)
        });
    }
}
