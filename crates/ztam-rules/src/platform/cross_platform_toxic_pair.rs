//! Pairs of the packs that are complete only across platforms: one duty here, the other there.

use ztam_source::finding::{Confidence, RuleMeta, Severity, Stage};

use crate::cx::Cx;
use crate::separate::judge::Reports;
use crate::separate::{pairs, people};
use crate::sink::Sink;

pub(super) static META: RuleMeta = RuleMeta {
    id: "platform/cross-platform-toxic-pair",
    summary: "one person can do one duty of a pair on one platform and the other on another",
    severity: Severity::Critical,
    confidence: Confidence::Proven,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST AC-5", "ISO A.5.3", "SOX 404"],
    page: include_str!("cross_platform_toxic_pair.md"),
};

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    if cx.access.names.project.items.packs.is_empty() {
        return;
    }
    let people = people::with_several_roles(cx);
    for pair in pairs::bound(cx) {
        pair.judge(cx, &people, &META, Reports::Across, out);
    }
}
