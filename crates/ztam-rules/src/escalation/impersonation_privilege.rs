//! A right by which somebody acts in the name of somebody else.

use ztam_graph::access::Entry;
use ztam_graph::facts::{Bound, RightFlags};
use ztam_graph::ids::RoleId;
use ztam_model::words::{Action, RoleKind};
use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};

use super::danger;
use crate::cx::{Cx, Sensitivity};
use crate::sink::Sink;

pub(super) static META: RuleMeta = RuleMeta {
    id: "escalation/impersonation-privilege",
    summary: "a role acts in the name of others",
    severity: Severity::High,
    confidence: Confidence::Proven,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST AC-6", "NIST AU-10", "NIST AC-2", "ISO A.5.16"],
    page: include_str!("impersonation_privilege.md"),
};

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    danger::each(cx, RightFlags::IMPERSONATES, |found| {
        if is_harmless_service(cx, found.role) {
            return;
        }
        let title = || {
            let (who, on, right) = (found.who(), found.facts.title, found.name());
            format!("{who} can act on {on} in the name of others by `{right}`")
        };
        let bounds = found.facts.edges.iter().filter(|edge| edge.from.contains(&found.right));
        let bounded = bounds.into_iter().any(|edge| edge.bound == Bound::Intersection);
        let build = |finding: Finding| {
            let finding = finding.note("records then name somebody who did not do it");
            let finding = if bounded {
                finding.note("it reaches what both may do, so it is no way to more rights, but one to the rows that the other person owns")
            } else {
                finding
            };
            finding
                .help("take it out; a service between two systems keeps it where it reads public data alone")
        };
        found.report(&META, out, build, title);
    });
}

/// A machine between two systems that reads public data and nothing else: nothing is forged by it.
fn is_harmless_service(cx: &Cx<'_>, role: RoleId) -> bool {
    let entries = &cx.access.roles[role].entries;
    let is_public = |entry: &Entry| {
        let class = cx.slot_class(entry.slot);
        class.is_some_and(|class| cx.sensitivity(class) == Sensitivity::Public)
            && entry.scopes.iter().all(|(action, _)| action == Action::Read)
    };
    matches!(cx.kind(role), RoleKind::Service) && entries.iter().all(is_public)
}
