//! A right by which somebody reaches rows by moving people.

use ztam_graph::facts::RightFlags;
use ztam_graph::ids::RoleId;
use ztam_model::project::Text;
use ztam_model::words::Watch;
use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};

use super::danger;
use crate::cx::Cx;
use crate::sink::Sink;

pub(super) static META: RuleMeta = RuleMeta {
    id: "escalation/hierarchy-manipulation",
    summary: "a role moves people or the hierarchy, and with them the rows they reach",
    severity: Severity::High,
    confidence: Confidence::Proven,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST AC-6", "NIST AC-3", "ISO A.8.2"],
    page: include_str!("hierarchy_manipulation.md"),
};

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    danger::each(cx, RightFlags::MOVES_SCOPE, |found| {
        if danger::runs_the_platform(cx, found.role) && is_watched(cx, found.role, found.facts.platform) {
            return;
        }
        let title = || {
            let (who, on, right) = (found.who(), found.facts.title, found.name());
            format!("{who} can move people or change the hierarchy on {on} by `{right}`")
        };
        let build = |finding: Finding| {
            let finding =
                finding.note("whoever stands higher sees the rows of everybody below, without any grant");
            if danger::runs_the_platform(cx, found.role) {
                finding.help("declare a monitor that watches `role-changes` or `privileged-use` of this role, so that a move is seen")
            } else {
                finding.help("take it out, or give it to a role that runs the platform and is watched")
            }
        };
        found.report(&META, out, build, title);
    });
}

/// Whether some monitor would notice.
fn is_watched(cx: &Cx<'_>, role: RoleId, platform: &str) -> bool {
    let names = &cx.access.names;
    let covers = |texts: &[Text], name: &str| texts.is_empty() || texts.iter().any(|it| it.value == name);
    names.project.items.monitors.iter().any(|(_, monitor)| {
        let sees = |watch: &Watch| matches!(watch, Watch::RoleChanges | Watch::PrivilegedUse);
        monitor.watches.iter().any(|watch| sees(&watch.value))
            && covers(&monitor.platforms, platform)
            && covers(&monitor.of, names.roles.name(role))
    })
}
