//! Which roles are powerful, and which are those of machines: what rules about sign-in, review and monitoring ask first.

use ztam_graph::facts::{Right, RightFlags, RightId};
use ztam_graph::ids::RoleId;
use ztam_model::words::RoleKind;
use ztam_source::finding::Finding;
use ztam_source::idx::Idx;

use crate::cx::Cx;

/// The first tier that is not powerful any more: tiers 0 and 1 are the whole org, and identities and grants.
const POWERFUL_BELOW: u8 = 2;

/// Whether a right is over the whole org, or over identities and grants.
pub(crate) fn is_powerful(right: &Right) -> bool {
    right.tier.is_some_and(|tier| tier.level < POWERFUL_BELOW)
}

/// The powerful rights that a role holds, with all that its rights bring: platform and right, confirmed ones
/// first, then the strongest.
pub(crate) fn of_role(cx: &Cx<'_>, role: RoleId) -> Vec<(usize, RightId)> {
    let mut found: Vec<_> = rights(cx, role, is_powerful).collect();
    found.sort_by_key(|(platform, right)| {
        let tier = cx.access.platforms.get(*platform).and_then(|facts| facts.rights[*right].tier);
        (tier.map(|tier| (!tier.confirmed, tier.level)), *platform, *right)
    });
    found
}

/// Makes a finding advisory where it rests on a tier that no source confirms.
pub(crate) fn as_sure_as(cx: &Cx<'_>, platform: usize, right: RightId, finding: Finding) -> Finding {
    let tier = cx.access.platforms.get(platform).and_then(|facts| facts.rights[right].tier);
    if tier.is_none_or(|tier| tier.confirmed) {
        return finding;
    }
    finding
        .advisory()
        .note("advisory: that the right is that powerful is our judgement, which no source confirms")
}

/// The rights of a role with some danger.
pub(crate) fn with_flag(cx: &Cx<'_>, role: RoleId, flag: RightFlags) -> Vec<(usize, RightId)> {
    rights(cx, role, |right| right.flags.has(flag)).collect()
}

fn rights(
    cx: &Cx<'_>,
    role: RoleId,
    wanted: impl Fn(&Right) -> bool + Copy,
) -> impl Iterator<Item = (usize, RightId)> {
    let held = cx.access.platforms.iter().zip(&cx.access.roles[role].closure).enumerate();
    held.flat_map(move |(platform, (facts, closure))| {
        let rights = closure.ones().map(RightId::from_usize);
        rights.filter(move |right| wanted(&facts.rights[*right])).map(move |right| (platform, right))
    })
}

/// Whether a role runs the platform or is for the day when everything else fails.
pub(crate) fn runs_the_platform(cx: &Cx<'_>, role: RoleId) -> bool {
    matches!(cx.kind(role), RoleKind::Administrator | RoleKind::BreakGlass)
}

/// Whether a role is that of a machine.
pub(crate) fn is_machine(cx: &Cx<'_>, role: RoleId) -> bool {
    matches!(cx.kind(role), RoleKind::Service | RoleKind::Agent)
}

/// What makes a role a powerful one, as the end of a sentence; `None` where nothing does.
pub(crate) fn reason(cx: &Cx<'_>, role: RoleId) -> Option<String> {
    if let Some((platform, right)) = of_role(cx, role).first()
        && let Some(facts) = cx.access.platforms.get(*platform)
    {
        return Some(format!("holds `{}` on {}", facts.rights[*right].name, facts.title));
    }
    runs_the_platform(cx, role).then(|| format!("is of kind {}", cx.kind(role).as_str()))
}
