//! A right over all data in hands that are not meant to have one.

use fixedbitset::FixedBitSet;
use ztam_graph::access::Holder;
use ztam_graph::facts::{RightFlags, RightId};
use ztam_graph::ids::RoleId;
use ztam_graph::path::{self, RightCause};
use ztam_model::words::RoleKind;
use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};
use ztam_source::idx::Idx;

use crate::cx::Cx;
use crate::route::{held, right_span};
use crate::sink::{Sink, Subject};

pub(super) static META: RuleMeta = RuleMeta {
    id: "privilege/org-wide-data-permission",
    summary: "a role that does not run the platform reaches all data of the org",
    severity: Severity::Critical,
    confidence: Confidence::Proven,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST AC-6", "NIST AC-6(5)", "ISO A.8.2", "PCI 7.2.5", "SOC2 CC6.3"],
    page: include_str!("org_wide_data_permission.md"),
};

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    for (platform, facts) in cx.access.platforms.iter().enumerate() {
        let all_data = facts.rights.iter_ids().filter(|(_, right)| right.flags.has(RightFlags::ALL_DATA));
        let all_data: Vec<_> = all_data.map(|(id, _)| id).collect();
        for role in cx.roles.iter().filter(|role| !runs_the_platform(cx, **role)) {
            // What is proven comes first, so that a group of findings is as sure as its surest one.
            for is_proven in [true, false] {
                let counts = |right: &&RightId| holds(cx, *role, platform, **right) == Some(is_proven);
                for right in all_data.iter().filter(counts) {
                    let cause = path::right_cause(cx.access, *role, platform, *right);
                    let subject = Subject::of(Holder::Role(*role)).called(&*facts.rights[*right].name);
                    let subject = cause.capability.map_or(subject.clone(), |it| subject.holding(it));
                    let place = right_span(cx, &cause);
                    out.push(&META, None, place, &subject, || {
                        let found = finding(cx, &cause, &facts.rights[*right].name, facts.title);
                        if is_proven { found } else { found.advisory() }
                    });
                }
            }
        }
    }
}

/// Whether a role holds a right, and if so, whether that is proven.
fn holds(cx: &Cx<'_>, role: RoleId, platform: usize, right: RightId) -> Option<bool> {
    let access = &cx.access.roles[role];
    let is_in = |sets: &[FixedBitSet]| sets.get(platform).is_some_and(|set| set.contains(right.index()));
    is_in(&access.possible).then(|| is_in(&access.closure))
}

fn runs_the_platform(cx: &Cx<'_>, role: RoleId) -> bool {
    matches!(cx.kind(role), RoleKind::Administrator | RoleKind::BreakGlass)
}

fn finding(cx: &Cx<'_>, cause: &RightCause, right: &str, on: &str) -> Finding {
    let names = &cx.access.names;
    let who = names.role_title(cause.role);
    let title = format!("{who} reaches all data on {on} by `{right}`, whatever the matrix says");
    let finding = Finding::new(&META, title);
    let way = cause.capability.and_then(|capability| held(cx, cause.role, capability));
    let finding = match (&way, right_span(cx, cause)) {
        (Some(way), _) => way.primary(cx, finding, &format!("brings `{right}`")),
        (None, Some(place)) => finding.at(place, format!("brings `{right}`")),
        (None, None) => finding,
    };
    let kind = names.roles.get(cause.role).kind;
    let place = kind.map_or_else(|| names.roles.span(cause.role), |kind| kind.span);
    finding
        .because(place, format!("kind {}", cx.kind(cause.role).as_str()))
        .note(format!("why: {}", path::right_sentence(cx.access, cause)))
        .note("rows, classes, domains and conditions of the cells bind nobody who holds it")
        .help("take it out and write cells for what is needed; only kinds `administrator` and `break-glass` may hold it")
        .fact("right", right)
}
