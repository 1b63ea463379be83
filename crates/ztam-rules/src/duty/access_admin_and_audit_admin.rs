//! Whoever gives access and can alter what is recorded, on any platforms.

use ztam_model::packs;
use ztam_source::finding::{Confidence, RuleMeta, Severity, Stage};

use crate::cx::Cx;
use crate::separate::judge;
use crate::sink::Sink;

pub(super) static META: RuleMeta = RuleMeta {
    id: "duty/access-admin-and-audit-admin",
    summary: "one person can give access and alter what is recorded",
    severity: Severity::Critical,
    confidence: Confidence::Proven,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST AC-5", "NIST AU-9", "NIST AU-9(4)", "ISO A.5.3", "ISO A.8.15"],
    page: include_str!("access_admin_and_audit_admin.md"),
};

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    let pair = packs::all().iter().flat_map(|pack| &pack.pairs).find(|pair| pair.rule == Some(META.id));
    if let Some(pair) = pair {
        judge::pair(
            cx,
            &META,
            pair,
            "let somebody else keep the records, in a role that gives no access",
            out,
        );
    }
}
