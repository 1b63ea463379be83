//! Powerful rights of people who do not sign in.

use ztam_graph::access::Holder;
use ztam_graph::facts::{Evidence, Right, RightFlags, RightId};
use ztam_graph::ids::RoleId;
use ztam_graph::path;
use ztam_model::words::RoleKind;
use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};
use ztam_source::idx::Idx;

use super::of_kind;
use crate::cx::Cx;
use crate::route::Source;
use crate::sink::{Sink, Subject};

pub(super) static META: RuleMeta = RuleMeta {
    id: "external/guest-forbidden-privilege",
    summary: "people who do not sign in hold a right that the platform refuses or takes from guests",
    severity: Severity::High,
    confidence: Confidence::Proven,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST AC-14", "NIST AC-6", "CIS 6.8"],
    page: include_str!("guest_forbidden_privilege.md"),
};

/// The highest tier that nobody may hold without signing in: up to bulk data out.
const WORST_TIERS: u8 = 3;

const DANGERS: RightFlags = RightFlags::ALL_DATA
    .union(RightFlags::EXPORTS)
    .union(RightFlags::BYPASSES_FIELDS)
    .union(RightFlags::BYPASSES_ROWS)
    .union(RightFlags::GRANTS_ACCESS)
    .union(RightFlags::IMPERSONATES)
    .union(RightFlags::RUNS_CODE)
    .union(RightFlags::TAKES_IDENTITIES)
    .union(RightFlags::OPENS_APPS);

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    for role in of_kind(cx, RoleKind::Guest) {
        for (platform, possible) in cx.access.roles[role].possible.iter().enumerate() {
            let Some(facts) = cx.access.platforms.get(platform) else { continue };
            let rights = possible.ones().map(RightId::from_usize);
            for right in rights.filter(|right| !facts.floor.contains(right)) {
                if is_forbidden(&facts.rights[right]) {
                    report(cx, role, platform, right, out);
                }
            }
        }
    }
}

fn is_forbidden(right: &Right) -> bool {
    right.tier.is_some_and(|tier| tier.level <= WORST_TIERS) || right.flags.meets(DANGERS)
}

fn report(cx: &Cx<'_>, role: RoleId, platform: usize, right: RightId, out: &mut Sink<'_>) {
    let Some(facts) = cx.access.platforms.get(platform) else { return };
    let about = &facts.rights[right];
    let source = Source::Right(path::right_cause(cx.access, role, platform, right));
    let proven = cx.access.roles[role].closure.get(platform).is_some_and(|it| it.contains(right.index()));
    let is_sure = proven
        && about.evidence != Evidence::Unverified
        && (about.tier.is_none_or(|tier| tier.confirmed) || about.flags.meets(DANGERS));
    out.push(&META, None, source.span(cx), &Subject::of(Holder::Role(role)).called(&*about.name), || {
        let who = cx.access.names.role_title(role);
        let title = format!("{who} holds `{}` on {} without signing in", about.name, facts.title);
        let finding = source
            .primary(cx, Finding::new(&META, title), "no right for whoever does not sign in")
            .note("the platform refuses such rights to guests or takes them away in silence, and what it leaves is everybody's")
            .help("take it out; one reviewed flow or page can do what visitors need")
            .fact("right", &*about.name);
        if is_sure { finding } else { finding.note("it is not verified that the right reaches so far").advisory() }
    });
}
