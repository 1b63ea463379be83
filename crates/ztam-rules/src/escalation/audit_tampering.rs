//! A right by which somebody hides what was done.

use ztam_graph::access::Entry;
use ztam_graph::facts::RightFlags;
use ztam_graph::ids::RoleId;
use ztam_model::words::Action;
use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};

use super::danger;
use crate::cx::Cx;
use crate::sink::Sink;

pub(super) static META: RuleMeta = RuleMeta {
    id: "escalation/audit-tampering",
    summary: "a role deletes, weakens or switches off what would show misuse",
    severity: Severity::High,
    confidence: Confidence::Proven,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST AU-9", "NIST AU-9(4)", "NIST AC-5", "ISO A.8.15", "MITRE T1070"],
    page: include_str!("audit_tampering.md"),
};

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    danger::each(cx, RightFlags::BLINDS, |found| {
        let work = work_to_hide(cx, found.role, found.platform);
        let title = || {
            let (who, on, right) = (found.who(), found.facts.title, found.name());
            format!("{who} can remove or weaken on {on} what would show misuse, by `{right}`")
        };
        let build = |finding: Finding| {
            let finding =
                finding.help("take it out; whoever keeps the records does nothing that they would show");
            match work {
                Some(work) => finding
                    .note(format!("it also {work}, so it can hide its own work"))
                    .with_severity(Severity::Critical),
                None => finding,
            }
        };
        found.report(&META, out, build, title);
    });
}

/// What a role does on the platform that records would show.
fn work_to_hide(cx: &Cx<'_>, role: RoleId, platform: usize) -> Option<&'static str> {
    let grants = danger::of_role(cx, role, platform, |right| right.flags.has(RightFlags::GRANTS_ACCESS));
    let writes = [Action::Create, Action::Edit, Action::Delete];
    let changes = |entry: &Entry| {
        entry.platforms.has(platform) && writes.iter().any(|action| !entry.scopes.get(*action).is_empty())
    };
    if cx.access.roles[role].entries.iter().any(changes) {
        Some("changes data")
    } else {
        grants.first().filter(|it| it.is_proven).map(|_| "gives people access")
    }
}
