//! A waiver that nobody but its owner stands behind.

use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};

use crate::cx::Cx;
use crate::need::says;
use crate::sink::{Sink, Subject};
use crate::waive::is_approved;

pub(super) static META: RuleMeta = RuleMeta {
    id: "waiver/no-approver",
    summary: "a waiver was allowed by nobody, or by its own owner",
    severity: Severity::High,
    confidence: Confidence::Proven,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST CA-7", "NIST AC-5", "ISO A.5.3"],
    page: include_str!("no_approver.md"),
};

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    let names = &cx.access.names;
    for (id, name, waiver) in names.waivers.iter().filter(|(_, _, waiver)| !is_approved(waiver)) {
        let span = names.waivers.span(id);
        let own = waiver.owner.value.trim();
        let same = waiver.approved_by.iter().find(|it| it.value.trim().eq_ignore_ascii_case(own));
        let finding = match same {
            Some(same) => Finding::new(&META, format!("{name} excuses nothing: its own owner allowed it"))
                .at(same.span, "approver")
                .because(waiver.owner.span, "and owner")
                .help("have somebody else allow it, and take the owner out of `approved-by`"),
            None => Finding::new(&META, format!("{name} excuses nothing: nobody allowed it"))
                .at(
                    waiver.approved_by.iter().find(|it| !says(Some(it))).map_or(span, |it| it.span),
                    "no approver",
                )
                .because(waiver.owner.span, "only its owner stands behind it")
                .help("name in `approved-by` who allowed it: somebody else than the owner"),
        };
        let place = finding.primary().map(|label| label.span);
        out.push(&META, None, place, &Subject::default().called(name), || finding.fact("waiver", name));
    }
}
