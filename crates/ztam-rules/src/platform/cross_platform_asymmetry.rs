//! Roles that do different things to the same asset on their platforms, and do not say why.

use std::collections::BTreeSet;

use ztam_graph::access::{Conditions, Holder, PlatformSet, SlotId, SlotKind, Target};
use ztam_graph::ids::RoleId;
use ztam_graph::scopes::ScopeWord;
use ztam_model::words::Action;
use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};

use crate::cx::Cx;
use crate::sink::{Sink, Subject};
use crate::wording;

pub(super) static META: RuleMeta = RuleMeta {
    id: "platform/cross-platform-asymmetry",
    summary: "a role does different things to one asset on its platforms, and does not say why",
    severity: Severity::Medium,
    confidence: Confidence::Advisory,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST AC-3", "NIST CM-3", "ISO A.5.15"],
    page: include_str!("cross_platform_asymmetry.md"),
};

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    for role in &cx.roles {
        let platforms = cx.access.roles[*role].platforms;
        if platforms.0.count_ones() < 2 || cx.access.names.roles.get(*role).asymmetry.is_some() {
            continue;
        }
        let mut uneven: Vec<SlotId> = Vec::new();
        for entry in &cx.access.roles[*role].entries {
            let key = cx.access.slots[entry.slot];
            if key.kind != SlotKind::Rows || uneven.last() == Some(&entry.slot) {
                continue;
            }
            let shared = shared(cx, entry.slot, platforms);
            if shared.0.count_ones() > 1 && entry.platforms.and(shared) != shared {
                uneven.push(entry.slot);
            }
        }
        for slot in uneven {
            let shared = shared(cx, slot, platforms);
            compare(cx, *role, slot, shared, out);
        }
    }
}

/// The platforms of the role that have the asset.
fn shared(cx: &Cx<'_>, slot: SlotId, platforms: PlatformSet) -> PlatformSet {
    let asset = cx.access.slots[slot].asset;
    let have = cx.access.platforms.iter().enumerate().filter(|(_, facts)| facts.assets[asset].is_some());
    platforms.and(PlatformSet(have.fold(0, |bits, (bit, _)| bits | 1 << bit)))
}

/// The actions that every one of some platforms knows for the rows: no platform can be blamed for the others.
fn known(cx: &Cx<'_>, slot: SlotId, shared: PlatformSet) -> ScopeWord {
    let asset = cx.access.slots[slot].asset;
    let facts: Vec<_> = shared.iter().filter_map(|bit| cx.access.platforms.get(bit)).collect();
    let everywhere = |action: &&Action| facts.iter().all(|it| !it.legal(asset, **action).is_empty());
    let actions: Vec<_> = Action::ALL.iter().filter(everywhere).copied().collect();
    ScopeWord::mask(&actions)
}

/// What a role may do with the rows on one platform, of some actions, and under what.
fn on(
    cx: &Cx<'_>,
    role: RoleId,
    slot: SlotId,
    platform: usize,
    known: ScopeWord,
) -> (ScopeWord, BTreeSet<Conditions>) {
    let entries = cx.access.entries(role, slot).iter().filter(|entry| entry.platforms.has(platform));
    let counted = entries.filter(|entry| !entry.scopes.and(known).is_empty());
    counted.fold((ScopeWord::NONE, BTreeSet::new()), |(scopes, mut conditions), entry| {
        conditions.insert(cx.access.layers[entry.layer].conditions);
        (scopes.union(entry.scopes.and(known)).widest(), conditions)
    })
}

fn compare(cx: &Cx<'_>, role: RoleId, slot: SlotId, shared: PlatformSet, out: &mut Sink<'_>) {
    let known = known(cx, slot, shared);
    let mut platforms = shared.iter();
    let Some(first) = platforms.next() else { return };
    let here = on(cx, role, slot, first, known);
    let Some(other) = platforms.find(|other| on(cx, role, slot, *other, known) != here) else { return };
    let there = on(cx, role, slot, other, known);
    let names = &cx.access.names;
    let asset = cx.access.slots[slot].asset;
    let span = names.roles.span(role);
    out.push(&META, None, Some(span), &Subject::of(Holder::Role(role)).on(Target::Rows(asset)), || {
        let title = |platform: usize| cx.access.platforms.get(platform).map_or("", |facts| facts.title);
        let (who, what) = (names.role_title(role), names.asset_title(asset));
        Finding::new(
            &META,
            format!("{who} does not do the same with {what} on {} and {}", title(first), title(other)),
        )
        .at(span, "holds on both")
        .because(names.assets.span(asset), "one asset on both platforms")
        .note(format!("on {}: {}", title(first), said(cx, &here)))
        .note(format!("on {}: {}", title(other), said(cx, &there)))
        .help("grant the same on both, or say with the role why its platforms differ: `asymmetry`")
    });
}

fn said(cx: &Cx<'_>, (scopes, conditions): &(ScopeWord, BTreeSet<Conditions>)) -> String {
    let actions: Vec<_> = scopes
        .iter()
        .map(|(action, scopes)| format!("{} {}", wording::verb(action), scopes.words()))
        .collect();
    let bound: BTreeSet<_> = conditions.iter().flat_map(|it| cx.access.condition_names(*it)).collect();
    let when = match (bound.is_empty(), conditions.contains(&Conditions::NONE)) {
        (true, _) => String::new(),
        (false, true) => format!(", some of it when {}", bound.into_iter().collect::<Vec<_>>().join(", ")),
        (false, false) => format!(" when {}", bound.into_iter().collect::<Vec<_>>().join(", ")),
    };
    if actions.is_empty() { "nothing".to_owned() } else { format!("{}{when}", actions.join(", ")) }
}
