//! Deleting, where nobody says why.

use ztam_graph::access::Holder;
use ztam_model::words::{Action, Scope};
use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};

use crate::cx::{Cx, Sensitivity};
use crate::need::{self, Unexplained};
use crate::sink::Sink;

pub(super) static META: RuleMeta = RuleMeta {
    id: "privilege/delete-without-reason",
    summary: "a role may delete data, and nobody says why",
    severity: Severity::Medium,
    confidence: Confidence::Proven,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST AC-6", "NIST SI-12", "NIST CP-9", "ISO A.8.3", "ISO A.8.13"],
    page: include_str!("delete_without_reason.md"),
};

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    for role in &cx.roles {
        let cells = need::unexplained(cx, *role, &[Action::Delete], Sensitivity::Internal);
        for found in cells.into_iter().filter(|found| !is_of_another_rule(cx, found)) {
            out.push(&META, None, Some(found.scope.span), &found.subject(), || finding(cx, &found));
        }
    }
}

/// Deleting all rows of sensitive data has a rule of its own.
fn is_of_another_rule(cx: &Cx<'_>, found: &Unexplained<'_>) -> bool {
    found.scope.value == Scope::Org && cx.sensitivity(found.class) >= Sensitivity::Confidential
}

fn finding(cx: &Cx<'_>, found: &Unexplained<'_>) -> Finding {
    let who = cx.title(Holder::Role(found.role));
    let title = format!("{who} may delete {} data, and nobody says why", cx.class_name(found.class));
    let restricted = cx.sensitivity(found.class) == Sensitivity::Restricted;
    let severity = if restricted { Severity::High } else { Severity::Medium };
    found
        .show(cx, Finding::new(&META, title).with_severity(severity))
        .note("what is deleted comes back only from a backup that somebody has tested")
        .help("take `delete` away, or say why with `because` on the cell or `justification` on the role")
}
