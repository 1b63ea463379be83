//! Powerful rights whose use nobody notices.

use ztam_graph::access::Holder;
use ztam_graph::facts::{RightFlags, RightId};
use ztam_graph::ids::RoleId;
use ztam_graph::path;
use ztam_model::words::Watch;
use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};

use crate::cx::Cx;
use crate::evidence::{self, Watched};
use crate::powers;
use crate::route::Source;
use crate::sink::{Sink, Subject};

pub(super) static META: RuleMeta = RuleMeta {
    id: "monitoring/privileged-use-unmonitored",
    summary: "a role holds a powerful right, and nothing notices its use",
    severity: Severity::High,
    confidence: Confidence::Proven,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST AC-6(9)", "NIST AU-6", "NIST SI-4", "ISO A.8.16", "MITRE T1098"],
    page: include_str!("privileged_use_unmonitored.md"),
};

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    for role in &cx.roles {
        let mut rights = powers::of_role(cx, *role);
        for flag in [RightFlags::GRANTS_ACCESS, RightFlags::BLINDS] {
            rights.extend(powers::with_flag(cx, *role, flag));
        }
        for platform in 0..cx.access.platforms.len() {
            // One right is enough to ask for an alarm, and one alarm is enough for all of them.
            let Some((_, right)) = rights.iter().find(|(at, _)| *at == platform) else { continue };
            let watches = watches(cx, platform, *right);
            let watched = evidence::watched(cx, *role, platform, &watches);
            if !matches!(watched, Watched::Yes) {
                report(cx, (*role, platform, *right), &watched, watches[0], out);
            }
        }
    }
}

/// What would notice the use of a right.
fn watches(cx: &Cx<'_>, platform: usize, right: RightId) -> [Watch; 2] {
    let flags = cx.access.platforms.get(platform).map_or(RightFlags::default(), |it| it.rights[right].flags);
    if flags.has(RightFlags::GRANTS_ACCESS) {
        [Watch::RoleChanges, Watch::PrivilegedUse]
    } else if flags.has(RightFlags::BLINDS) {
        [Watch::AuditChanges, Watch::PrivilegedUse]
    } else {
        [Watch::PrivilegedUse, Watch::RoleChanges]
    }
}

fn report<'a>(
    cx: &Cx<'a>,
    (role, platform, right): (RoleId, usize, RightId),
    watched: &Watched<'a>,
    watch: Watch,
    out: &mut Sink<'_>,
) {
    let Some(facts) = cx.access.platforms.get(platform) else { return };
    let source = Source::Right(path::right_cause(cx.access, role, platform, right));
    let name = &facts.rights[right].name;
    let subject = Subject::of(Holder::Role(role)).called(format!("{name} on {}", facts.title));
    out.push(&META, None, source.span(cx), &subject, || {
        let who = cx.access.names.role_title(role);
        let title = format!("nobody would notice what {who} does on {} with `{name}`", facts.title);
        let finding = source.primary(cx, Finding::new(&META, title), "a powerful right");
        let finding = powers::as_sure_as(cx, platform, right, finding);
        evidence::unwatched(cx, finding, watched, watch).fact("right", &**name)
    });
}
