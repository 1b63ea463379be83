//! Pairs of the packs that a project switches on: two duties that one person can do.

use ztam_source::finding::{Confidence, RuleMeta, Severity, Stage};

use crate::cx::Cx;
use crate::separate::judge::Reports;
use crate::separate::{pairs, people};
use crate::sink::Sink;

pub(super) static META: RuleMeta = RuleMeta {
    id: "duty/toxic-pair",
    summary: "one person can do both duties of a pair that a pack keeps apart",
    severity: Severity::High,
    confidence: Confidence::Proven,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST AC-5", "ISO A.5.3", "SOX 404", "COSO 10", "COBIT DSS06.03"],
    page: include_str!("toxic_pair.md"),
};

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    if cx.access.names.project.items.packs.is_empty() {
        return;
    }
    let people = people::with_several_roles(cx);
    for pair in pairs::bound(cx) {
        pair.judge(cx, &people, &META, Reports::Within, out);
    }
}
