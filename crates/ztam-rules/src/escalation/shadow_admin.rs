//! An administrator that nobody called one.

use ztam_graph::access::Holder;
use ztam_graph::escalation::{Goal, Search};
use ztam_graph::ids::RoleId;
use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};

use super::danger;
use super::ways::Ways;
use crate::cx::Cx;
use crate::sink::{Sink, Subject};

pub(super) static META: RuleMeta = RuleMeta {
    id: "escalation/shadow-admin",
    summary: "a role that is not declared to run the platform reaches the whole org by its own rights",
    severity: Severity::Critical,
    confidence: Confidence::Proven,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST AC-6(5)", "NIST AC-2", "ISO A.8.2", "SOX ITGC"],
    page: include_str!("shadow_admin.md"),
};

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    for platform in 0..cx.access.platforms.len() {
        let Some(search) = Search::new(cx.access, platform, Goal::WholeOrg) else { continue };
        for role in cx.roles.iter().filter(|role| !danger::runs_the_platform(cx, **role)) {
            let ways = Ways::new(cx, &search, Holder::Role(*role));
            if ways.found.list.iter().any(|it| !it.leads_over_others()) {
                report(cx, *role, &ways, out);
            }
        }
    }
}

fn report(cx: &Cx<'_>, role: RoleId, ways: &Ways<'_, '_>, out: &mut Sink<'_>) {
    let names = &cx.access.names;
    let subject = Subject::of(Holder::Role(role));
    out.push(&META, None, Some(names.roles.span(role)), &subject, || {
        let (who, on) = (names.role_title(role), ways.title());
        let title = format!(
            "{who} can become an administrator of {on} by its own rights, and is not declared as one"
        );
        let kind = names.roles.get(role).kind;
        let place = kind.map_or_else(|| names.roles.span(role), |kind| kind.span);
        let finding = ways.tell(Finding::new(&META, title)).fact("tier", "0");
        let finding = finding.because(place, format!("kind {}", cx.kind(role).as_str()));
        ways.tell_cut(
            finding,
            "or declare the role as what it is: `kind: administrator`, with justification and review",
        )
    });
}
