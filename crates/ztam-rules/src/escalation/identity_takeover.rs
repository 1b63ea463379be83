//! A right by which somebody signs in as somebody else.

use ztam_graph::facts::RightFlags;
use ztam_graph::ids::RoleId;
use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};

use super::danger;
use crate::cx::Cx;
use crate::sink::Sink;

pub(super) static META: RuleMeta = RuleMeta {
    id: "escalation/identity-takeover",
    summary: "a role that does not run the platform changes credentials or second factors of others",
    severity: Severity::High,
    confidence: Confidence::Proven,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST IA-2", "NIST IA-5", "NIST AC-6", "ISO A.5.17", "MITRE T1098"],
    page: include_str!("identity_takeover.md"),
};

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    let strongest: Vec<_> = (0..cx.access.platforms.len()).map(|platform| whole_org(cx, platform)).collect();
    danger::each(cx, RightFlags::TAKES_IDENTITIES, |found| {
        if danger::runs_the_platform(cx, found.role) {
            return;
        }
        let target = strongest.get(found.platform).into_iter().flatten().find(|it| **it != found.role);
        let title = || {
            let (who, on, right) = (found.who(), found.facts.title, found.name());
            format!("{who} can change how others sign in to {on} by `{right}`")
        };
        let build = |finding: Finding| {
            let finding = finding
                .note("whoever resets a password or a second factor can sign in as that person")
                .help("take it out, or give it to a role that runs the platform; people reset their own factors themselves");
            match target {
                Some(role) => finding
                    .because(
                        cx.access.names.roles.span(*role),
                        "has a right over the whole org, and its holders are among the others",
                    )
                    .with_severity(Severity::Critical),
                None => finding,
            }
        };
        found.report(&META, out, build, title);
    });
}

/// Roles with a right over the whole org.
fn whole_org(cx: &Cx<'_>, platform: usize) -> Vec<RoleId> {
    let is_over_all = |role: &&RoleId| {
        let rights =
            danger::of_role(cx, **role, platform, |right| right.tier.is_some_and(|it| it.level == 0));
        rights.first().is_some_and(|it| it.is_proven)
    };
    cx.roles.iter().filter(is_over_all).copied().collect()
}
