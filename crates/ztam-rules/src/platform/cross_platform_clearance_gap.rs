//! Roles that read more sensitive data of an asset on one platform than on the other.

use std::collections::BTreeMap;

use ztam_graph::access::{Holder, PlatformSet, SlotId, SlotKind, Target};
use ztam_graph::ids::{AssetId, ClassId, RoleId};
use ztam_model::words::Action;
use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};
use ztam_source::idx::IndexVec;

use crate::cx::Cx;
use crate::route;
use crate::sink::{Sink, Subject};

pub(super) static META: RuleMeta = RuleMeta {
    id: "platform/cross-platform-clearance-gap",
    summary: "a role reads more sensitive data of an asset on one platform than on the other",
    severity: Severity::High,
    confidence: Confidence::Proven,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST AC-3", "NIST AC-6", "ISO A.5.15"],
    page: include_str!("cross_platform_clearance_gap.md"),
};

/// The most sensitive slot that is read of an asset, per platform.
type Highest = BTreeMap<usize, (ClassId, SlotId)>;

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    let several = |role: &&RoleId| cx.access.roles[**role].platforms.0.count_ones() > 1;
    let mut roles = cx.roles.iter().filter(several).peekable();
    if roles.peek().is_none() {
        return;
    }
    let bound = bound(cx);
    roles.for_each(|role| judge(cx, *role, &bound, out));
}

/// The platforms on which there is something of a slot.
fn bound(cx: &Cx<'_>) -> IndexVec<SlotId, PlatformSet> {
    let access = cx.access;
    let mut bound = IndexVec::filled(access.slots.len(), PlatformSet(0));
    for (slot, key) in access.slots.iter_ids() {
        if key.kind == SlotKind::Rows {
            let there = access.platforms.iter().enumerate().filter(|(_, it)| it.assets[key.asset].is_some());
            bound[slot] = PlatformSet(there.fold(0, |bits, (bit, _)| bits | 1 << bit));
        }
    }
    for (field, slot) in cx.field_slots.iter_ids() {
        if let Some(slot) = slot {
            bound[*slot] = PlatformSet(bound[*slot].0 | access.platforms_of_field(field).0);
        }
    }
    bound
}

/// What a role reads at most of each asset; fields count where their rows are read too. Entries are sorted by slot: those of
/// an asset stand together, and its rows come first.
fn judge(cx: &Cx<'_>, role: RoleId, bound: &IndexVec<SlotId, PlatformSet>, out: &mut Sink<'_>) {
    let access = cx.access;
    let mut current: Option<(AssetId, u8, Highest)> = None;
    for entry in access.roles[role].entries.iter().filter(|it| !it.scopes.get(Action::Read).is_empty()) {
        let key = access.slots[entry.slot];
        let is_same = current.as_ref().is_some_and(|(asset, ..)| *asset == key.asset);
        if !is_same && let Some((asset, _, highest)) = current.replace((key.asset, 0, Highest::new())) {
            gap(cx, role, asset, &highest, bound, out);
        }
        let Some(((_, rows, highest), class)) = current.as_mut().zip(cx.slot_class(entry.slot)) else {
            continue;
        };
        if key.kind == SlotKind::Rows {
            *rows |= entry.platforms.0;
        }
        for platform in entry.platforms.and(PlatformSet(*rows)).and(bound[entry.slot]).iter() {
            let most = highest.entry(platform).or_insert((class, entry.slot));
            if most.0 < class {
                *most = (class, entry.slot);
            }
        }
    }
    if let Some((asset, _, highest)) = current {
        gap(cx, role, asset, &highest, bound, out);
    }
}

fn gap(
    cx: &Cx<'_>,
    role: RoleId,
    asset: AssetId,
    highest: &Highest,
    bound: &IndexVec<SlotId, PlatformSet>,
    out: &mut Sink<'_>,
) {
    let most = highest.iter().max_by_key(|(platform, (class, _))| (*class, std::cmp::Reverse(**platform)));
    let least = highest.iter().min_by_key(|(platform, (class, _))| (*class, **platform));
    let (Some((there, (high, slot))), Some((here, (low, _)))) = (most, least) else { return };
    if high == low || cx.sensitivity(*high) == cx.sensitivity(*low) {
        return;
    }
    // What only one platform has cannot be given on the other: the role may say so.
    let only_there = !bound[*slot].has(*here);
    let names = &cx.access.names;
    if only_there && names.roles.get(role).asymmetry.is_some() {
        return;
    }
    let source = route::source(cx, &[role], *slot, Action::Read);
    let place = source.as_ref().and_then(|it| it.span(cx));
    out.push(&META, None, place, &Subject::of(Holder::Role(role)).on(Target::Rows(asset)), || {
        let title_of = |platform: &usize| cx.access.platforms.get(*platform).map_or("", |it| it.title);
        let title = format!(
            "{} reads {} data of {} on {}, and no more than {} data of it on {}",
            names.role_title(role),
            cx.class_name(*high),
            names.asset_title(asset),
            title_of(there),
            cx.class_name(*low),
            title_of(here)
        );
        let finding = Finding::new(&META, title);
        let finding = match &source {
            Some(source) => source.primary(cx, finding, &format!("reaches {} data", cx.class_name(*high))),
            None => finding.at(names.roles.span(role), "reads more there"),
        };
        let finding = finding
            .because(names.assets.span(asset), "one asset on both platforms")
            .note("whoever holds both reads it where it is easiest: the weaker platform decides");
        let finding = if only_there {
            finding.help("narrow the wider side, or say with the role why its platforms differ: `asymmetry`")
        } else {
            finding.help("narrow the wider side, so that the role reads the same on both platforms")
        };
        finding.fact("class", cx.class_name(*high))
    });
}
