//! A right by which somebody lets applications in that nobody approved.

use ztam_graph::facts::RightFlags;
use ztam_source::finding::{Confidence, RuleMeta, Severity, Stage};

use super::danger;
use crate::cx::Cx;
use crate::sink::Sink;

pub(super) static META: RuleMeta = RuleMeta {
    id: "escalation/self-authorised-app",
    summary: "a role lets applications in, or passes by the control of them",
    severity: Severity::Critical,
    confidence: Confidence::Proven,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST AC-6", "NIST SA-9", "NIST CM-11", "ISO A.5.23", "MITRE T1528"],
    page: include_str!("self_authorised_app.md"),
};

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    danger::each(cx, RightFlags::OPENS_APPS, |found| {
        let title = || {
            let (who, on, right) = (found.who(), found.facts.title, found.name());
            format!("{who} can let applications into {on}, or use their secrets, by `{right}`")
        };
        let build = |finding: ztam_source::finding::Finding| {
            finding
                .note("whoever is talked into agreeing to an application gives it all that they may do")
                .help("take it out and let an administrator approve applications; for the owner of an application, waive this with two approvers and an end")
        };
        found.report(&META, out, build, title);
    });
}
