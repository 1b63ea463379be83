//! What rights let somebody do, in the words of the packs: read off the flags of what roles hold, with all that it brings.

use fixedbitset::FixedBitSet;
use ztam_graph::access::{SlotKind, Target};
use ztam_graph::facts::{Evidence, PlatformFacts, Right, RightFlags, RightId};
use ztam_graph::ids::RoleId;
use ztam_model::packs::Power;
use ztam_model::words::Action;
use ztam_source::idx::Idx;

use crate::cx::{Cx, Sensitivity};
use crate::pattern::Hit;

/// A right that gives a power.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct HeldRight {
    /// Who holds it.
    pub(crate) role: RoleId,
    /// Where.
    pub(crate) platform: usize,
    /// The right.
    pub(crate) right: RightId,
    /// Whether it is verified what the right does, and that the role has it.
    pub(crate) is_sure: bool,
}

/// The rights by which some roles have a power; sure ones first.
pub(crate) fn held(cx: &Cx<'_>, roles: &[RoleId], power: Power) -> Vec<HeldRight> {
    let mut found = Vec::new();
    for role in roles {
        let access = &cx.access.roles[*role];
        for (platform, (facts, possible)) in cx.access.platforms.iter().zip(&access.possible).enumerate() {
            if power == Power::ExportRestricted && restricted(cx, *role, Some(platform)).is_none() {
                continue;
            }
            let proven = access.closure.get(platform);
            let rights = possible.ones().map(RightId::from_usize);
            let gives = rights.filter(|right| gives(&facts.rights[*right], power));
            found.extend(gives.map(|right| HeldRight {
                role: *role,
                platform,
                right,
                is_sure: is_sure(facts, proven, right),
            }));
        }
    }
    found.sort_by_key(|it| !it.is_sure);
    found
}

fn is_sure(facts: &PlatformFacts, proven: Option<&FixedBitSet>, right: RightId) -> bool {
    facts.rights[right].evidence != Evidence::Unverified
        && proven.is_some_and(|proven| proven.contains(right.index()))
}

fn gives(right: &Right, power: Power) -> bool {
    let flags = right.flags;
    match power {
        Power::GrantAccess => flags.has(RightFlags::GRANTS_ACCESS),
        Power::AlterAudit => flags.has(RightFlags::ALTERS_AUDIT),
        Power::Develop => flags.has(RightFlags::DEVELOPS),
        Power::Deploy => flags.has(RightFlags::DEPLOYS),
        Power::BypassLogic => {
            let rewrites = right.effects.iter().any(|effect| !effect.rows.get(Action::Edit).is_empty());
            flags.meets(RightFlags::BYPASSES_LOGIC.union(RightFlags::DEVELOPS))
                || flags.has(RightFlags::ALL_DATA) && rewrites
        }
        Power::ManageKeys => flags.has(RightFlags::RULES_KEYS),
        Power::ReadEncrypted => flags.has(RightFlags::READS_ENCRYPTED),
        Power::OpenApps => flags.has(RightFlags::OPENS_APPS) && !flags.has(RightFlags::READS_SECRETS),
        Power::HoldSecrets => flags.has(RightFlags::READS_SECRETS),
        Power::Reclassify => flags.has(RightFlags::RECLASSIFIES),
        Power::ReadRestricted => false,
        Power::ExportRestricted => flags.has(RightFlags::EXPORTS),
        Power::Destroy => flags.has(RightFlags::DESTROYS),
    }
}

/// The first restricted data that a role reads, on one platform or anywhere.
pub(crate) fn restricted(cx: &Cx<'_>, role: RoleId, platform: Option<usize>) -> Option<Hit> {
    let is_restricted =
        |slot| cx.slot_class(slot).is_some_and(|class| cx.sensitivity(class) == Sensitivity::Restricted);
    let entry = cx.access.roles[role].entries.iter().find(|entry| {
        !entry.scopes.get(Action::Read).is_empty()
            && platform.is_none_or(|platform| entry.platforms.has(platform))
            && is_restricted(entry.slot)
    })?;
    let key = cx.access.slots[entry.slot];
    let target = match key.kind {
        SlotKind::Rows => Target::Rows(key.asset),
        SlotKind::Field(field) => Target::Field(field),
        SlotKind::Fields(_) => Target::Field(cx.access.fields_in(entry.slot).first().copied()?),
    };
    Some(Hit { slot: entry.slot, target, action: Action::Read })
}
