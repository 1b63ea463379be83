//! Access for emergencies that never ends, or that nobody notices.

use ztam_graph::access::Holder;
use ztam_graph::ids::RoleId;
use ztam_model::assignments::Assignment;
use ztam_model::words::{RoleKind, Watch};
use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};

use crate::cx::Cx;
use crate::evidence::{self, Watched};
use crate::sink::{Sink, Subject};
use crate::wording::count;

pub(super) static META: RuleMeta = RuleMeta {
    id: "lifecycle/temporary-grant-unbounded",
    summary: "access for emergencies or outsiders has no end, or nobody notices its use",
    severity: Severity::High,
    confidence: Confidence::Proven,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST AC-2(2)", "NIST AC-6(2)", "ISO A.8.2", "PCI 7.2.2"],
    page: include_str!("temporary_grant_unbounded.md"),
};

/// Longest assignment of somebody from outside, in days.
const OUTSIDERS: i64 = 365;

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    for role in cx.roles.iter().filter(|role| cx.kind(**role) == RoleKind::BreakGlass) {
        unnoticed(cx, *role, out);
    }
    for assignment in &cx.access.names.project.assignments {
        let Some(role) = cx.access.names.roles.find(&assignment.role.value) else { continue };
        if cx.kind(role) == RoleKind::External {
            unbounded(cx, role, assignment, out);
        }
    }
}

/// A sealed account is held for good. What ends is its use, and that must be seen.
fn unnoticed(cx: &Cx<'_>, role: RoleId, out: &mut Sink<'_>) {
    let names = &cx.access.names;
    for platform in cx.access.roles[role].platforms.iter() {
        let watched = evidence::watched(cx, role, platform, &[Watch::BreakGlassUse]);
        let Some(facts) = cx.access.platforms.get(platform) else { continue };
        if matches!(watched, Watched::Yes) {
            continue;
        }
        let kind = names.roles.get(role).kind.map_or_else(|| names.roles.span(role), |kind| kind.span);
        let subject = Subject::of(Holder::Role(role)).called(facts.title);
        out.push(&META, None, Some(kind), &subject, || {
            let who = names.role_title(role);
            let title = format!("nobody would notice that {who} is used on {}", facts.title);
            let finding = Finding::new(&META, title).at(kind, "for emergencies, and always there");
            evidence::unwatched(cx, finding, &watched, Watch::BreakGlassUse)
        });
    }
}

fn unbounded(cx: &Cx<'_>, role: RoleId, assignment: &Assignment, out: &mut Sink<'_>) {
    let names = &cx.access.names;
    let subject = Subject::of(Holder::Role(role)).called(&*assignment.person.value);
    let place = assignment.role.span;
    let days = assignment.until.map(|until| {
        let first = assignment.from.map_or(cx.access.as_of, |from| from.value);
        until.value.days_since(first) + 1
    });
    if days.is_some_and(|days| days <= OUTSIDERS) {
        return;
    }
    out.push(&META, None, Some(names.roles.span(role)), &subject, || {
        let who = names.role_title(role);
        let person = &assignment.person.value;
        let finding = match (days, assignment.until) {
            (Some(days), Some(until)) => {
                let days = count(usize::try_from(days).unwrap_or(usize::MAX), "day");
                Finding::new(
                    &META,
                    format!("{person} has {who} for {days}; people from outside at most {OUTSIDERS}"),
                )
                .at(until.span, "the last day")
            }
            _ => Finding::new(&META, format!("{person} comes from outside and has {who} without an end"))
                .at(place, "no last day"),
        };
        finding
            .because(names.roles.span(role), "for people from outside")
            .help("write the last day of their contract, a year away at most, into `until` of the assignment")
    });
}
