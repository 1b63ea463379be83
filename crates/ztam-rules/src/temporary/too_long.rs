//! A temporary grant that lasts longer than the house allows.

use ztam_graph::access::Holder;
use ztam_model::date::Date;
use ztam_source::finding::{Confidence, Finding, RuleMeta, Safety, Severity, Stage, TextEdit};

use crate::cx::Cx;
use crate::sink::{Sink, Subject};
use crate::wording::count;

pub(super) static META: RuleMeta = RuleMeta {
    id: "temporary/too-long",
    summary: "a temporary grant lasts longer than the house allows",
    severity: Severity::High,
    confidence: Confidence::Proven,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST AC-2(2)", "NIST AC-6(2)", "ISO A.8.2", "PCI 7.2.2"],
    page: include_str!("too_long.md"),
};

/// Days, where the project sets no limit.
const DEFAULT: u32 = 90;

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    let names = &cx.access.names;
    let limit = names.project.items.limits.as_ref().and_then(|limits| limits.temporary_max_days);
    let most = i64::from(limit.map_or(DEFAULT, |it| it.value));
    for (id, name, grant) in names.temporaries.iter() {
        let days = grant.until.value.days_since(grant.from.value) + 1;
        if days <= most {
            continue;
        }
        let role = names.roles.find(&grant.role.value);
        let subject = role.map_or_else(Subject::default, |role| Subject::of(Holder::Role(role))).called(name);
        out.push(&META, None, Some(grant.until.span), &subject, || {
            let days = count(usize::try_from(days).unwrap_or(usize::MAX), "day");
            let finding = Finding::new(&META, format!("{name} lasts {days}; at most {most} are allowed"))
                .at(grant.until.span, "the last day")
                .because(grant.from.span, "the first day")
                .because(names.temporaries.span(id), "this grant");
            let finding = match limit {
                Some(limit) => finding.because(limit.span, "the limit of this project"),
                None => finding.note(format!(
                    "without `limits: {{temporary-max-days: ...}}` the limit is {DEFAULT} days"
                )),
            };
            let last = Date::from_day_number(grant.from.value.day_number() + most - 1);
            let finding = match last.filter(|last| *last >= cx.access.as_of && most > 0) {
                Some(last) => {
                    let edit = TextEdit { span: grant.until.span, text: last.to_string() };
                    finding.fix(format!("end it on {last}"), Safety::Safe, vec![edit])
                }
                None => finding.help(
                    "end it, and have a new grant allowed; what is needed for good belongs into the role",
                ),
            };
            finding.fact("temporary", name)
        });
    }
}
