//! A duty of the pack that nobody answers for.

use ztam_model::packs::shared_responsibility::{self, DUTIES, SharedDuty};
use ztam_model::project::Text;
use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};

use super::all;
use crate::cx::Cx;
use crate::sink::{Sink, Subject};

pub(super) static META: RuleMeta = RuleMeta {
    id: "responsibility/responsibility-unowned",
    summary: "nobody answers for a duty that stays with the customer",
    severity: Severity::High,
    confidence: Confidence::Proven,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST CP-9", "NIST CP-10", "NIST PL-2", "NIST AC-2", "ISO A.5.2", "ISO A.5.23"],
    page: include_str!("responsibility_unowned.md"),
};

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    for (name, responsibility) in all(cx) {
        if responsibility.owner.as_ref().is_none_or(|owner| owner.value.trim().is_empty()) {
            unowned(name, &responsibility.statement, out);
        }
    }
    let packs = &cx.access.names.project.items.packs;
    let Some((pack, settings)) = packs.iter().find(|(name, _)| name.value == shared_responsibility::NAME)
    else {
        return;
    };
    let left_out = |duty: &SharedDuty| settings.without.get(duty.name).is_some();
    let covered =
        |duty: &SharedDuty| all(cx).any(|(_, it)| it.covers.iter().any(|text| text.value == duty.name));
    for duty in DUTIES.iter().filter(|duty| !left_out(duty) && !covered(duty)) {
        unanswered(pack, duty, out);
    }
}

fn unowned(name: &Text, statement: &Text, out: &mut Sink<'_>) {
    out.push(&META, None, Some(name.span), &Subject::default().called(&*name.value), || {
        Finding::new(&META, format!("nobody answers for this: {}", statement.value))
            .at(name.span, "no owner")
            .help("name in `owner` the person or team that answers for it")
            .fact("responsibility", name.value.as_str())
    });
}

fn unanswered(pack: &Text, duty: &SharedDuty, out: &mut Sink<'_>) {
    out.push(&META, None, Some(pack.span), &Subject::default().called(duty.name), || {
        Finding::new(&META, format!("nobody answers for this: {}", duty.statement))
            .at(pack.span, "this pack asks for it")
            .help(format!(
                "add a responsibility with `covers: [{}]`, an owner and evidence; what does not apply goes into `without` of the pack, with the reason",
                duty.name
            ))
            .fact("duty", duty.name)
    });
}
