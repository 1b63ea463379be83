//! Reading data of a class that the role's own word does not reach.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use ztam_graph::access::{Access, Holder, Origin, SlotId, SlotKind};
use ztam_graph::facts::{Effect, EffectOn};
use ztam_graph::ids::{ClassId, RoleId};
use ztam_graph::path::{self, Block, Cause};
use ztam_model::words::Action;
use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};
use ztam_source::idx::Idx;

use crate::cx::{Cx, Sensitivity};
use crate::need::{self, HeldRight};
use crate::reach::{self, Clearance};
use crate::route::Source;
use crate::sink::{Sink, Subject};

pub(super) static META: RuleMeta = RuleMeta {
    id: "class/clearance-exceeded",
    summary: "a role reads sensitive data of a class above all that its own cells speak of",
    severity: Severity::High,
    confidence: Confidence::Proven,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &[
        "NIST AC-3",
        "NIST AC-4",
        "NIST AC-6",
        "ISO A.5.12",
        "ISO A.8.3",
        "HIPAA 164.514(d)(2)",
        "GDPR 25(2)",
        "PCI 7.2.2",
    ],
    page: include_str!("clearance_exceeded.md"),
};

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    for role in &cx.roles {
        let clearance = reach::clearance(cx, *role);
        let above = |class: ClassId| exceeds(cx, clearance, class);
        let read = cx.reached(*role).iter().filter(|it| !it.read_on.is_empty());
        if read.map(|it| it.class).any(above) {
            of_cells(cx, *role, clearance, out);
        }
        for platform in 0..cx.access.platforms.len() {
            of_rights(cx, *role, platform, clearance, out);
        }
    }
}

/// Whether a class is sensitive and above a clearance.
pub(super) fn exceeds(cx: &Cx<'_>, clearance: Clearance, class: ClassId) -> bool {
    clearance.is_exceeded_by(class) && cx.sensitivity(class) >= Sensitivity::Confidential
}

/// Cells that reach above the clearance: inherited ones of somebody else's role, and those that name assets or fields of a
/// class that the role's own cells do not speak of. Temporary grants have somebody who approved them.
fn of_cells(cx: &Cx<'_>, role: RoleId, clearance: Clearance, out: &mut Sink<'_>) {
    let access = cx.access;
    let reads = access.roles[role]
        .entries
        .iter()
        .filter(|it| it.origin == Origin::Matrix && !it.scopes.get(Action::Read).is_empty());
    // The most sensitive first: it speaks for all that the same cell reaches.
    let above: BTreeSet<_> = reads
        .filter_map(|it| Some((Reverse(cx.slot_class(it.slot)?), it.slot)))
        .filter(|(class, _)| exceeds(cx, clearance, class.0))
        .collect();
    for (Reverse(class), slot) in above.into_iter().filter(|(_, slot)| is_shown(access, role, *slot)) {
        for cause in path::causes(access, role, slot, Action::Read) {
            let giver = cause.route.last().copied().unwrap_or(role);
            let said = need::is_justified(cx, role) || need::is_justified(cx, giver);
            if matches!(cause.block, Block::Temporary(_)) || said {
                continue;
            }
            report(cx, role, class, clearance, slot, cause, out);
        }
    }
}

/// Whether the row is read too, on some platform where the slot is.
fn is_shown(access: &Access<'_>, role: RoleId, slot: SlotId) -> bool {
    let key = access.slots[slot];
    let own = access.entries(role, slot);
    key.kind == SlotKind::Rows
        || access.entries(role, access.rows_slot(key.asset)).iter().any(|row| {
            let meets = own.iter().any(|it| !it.platforms.and(row.platforms).is_empty());
            meets && !row.scopes.get(Action::Read).is_empty()
        })
}

fn report(
    cx: &Cx<'_>,
    role: RoleId,
    class: ClassId,
    clearance: Clearance,
    slot: SlotId,
    cause: Cause,
    out: &mut Sink<'_>,
) {
    let asset = cx.access.names.assets.name(cx.access.slots[slot].asset);
    let subject = Subject::of(Holder::Role(role)).called(asset);
    let source = Source::Cell(cause);
    out.push(&META, None, source.span(cx), &subject, || {
        let finding = source.primary(cx, finding(cx, role, class, clearance, asset), "reads it");
        spoken(cx, finding, role, clearance)
            .help("take it away, or write a cell of the class in the role, so that its owner decides it")
    });
}

fn finding(cx: &Cx<'_>, role: RoleId, class: ClassId, clearance: Clearance, what: &str) -> Finding {
    let (who, class_name) = (cx.title(Holder::Role(role)), cx.class_name(class));
    let own = clearance.class.map_or("no class at all", |class| cx.class_name(class));
    let title = format!("{who} reads {class_name} data ({what}), and its own cells go no further than {own}");
    let restricted = cx.sensitivity(class) == Sensitivity::Restricted;
    Finding::new(&META, title)
        .with_severity(if restricted { Severity::Critical } else { Severity::High })
        .fact("class", class_name)
        .fact("asset", what)
}

/// Where the role's own word is.
fn spoken(cx: &Cx<'_>, finding: Finding, role: RoleId, clearance: Clearance) -> Finding {
    match clearance.said {
        Some(said) => finding.because(said, "the most sensitive class that it speaks of"),
        None => finding.because(cx.access.names.roles.span(role), "it speaks of no class"),
    }
}

/// Rights that open rows, or carried fields, above the clearance: one finding a right, about the most sensitive asset.
fn of_rights(cx: &Cx<'_>, role: RoleId, platform: usize, clearance: Clearance, out: &mut Sink<'_>) {
    let held = cx.access.roles[role].closure.get(platform);
    let Some((facts, held)) = cx.access.platforms.get(platform).zip(held) else { return };
    for (right, about) in facts.rights.iter_ids().filter(|(right, _)| held.contains(right.index())) {
        let opened = about.effects.iter().flat_map(|effect| opened(cx, role, platform, effect));
        let above =
            opened.filter(|(class, _)| exceeds(cx, clearance, *class)).max_by_key(|(class, _)| *class);
        let Some((class, slot)) = above else { continue };
        let held = HeldRight { role, platform, right };
        let source = held.source(cx);
        out.push(&META, None, source.span(cx), &held.subject(cx), || {
            let asset = cx.access.names.assets.name(cx.access.slots[slot].asset);
            let said = format!("brings `{}`", held.name(cx));
            let finding = source.primary(cx, finding(cx, role, class, clearance, asset), &said);
            spoken(cx, finding, role, clearance)
                .help("do not hold what brings it, or write a cell of the class in the role, so that its owner decides it")
                .fact("right", held.name(cx))
        });
    }
}

/// What an effect lets somebody read: rows, and single fields of rows that they have. Fields wherever they are have a rule
/// of their own.
fn opened(cx: &Cx<'_>, role: RoleId, platform: usize, effect: &Effect) -> Vec<(ClassId, SlotId)> {
    let access = cx.access;
    let is_there = |asset| access.platforms.get(platform).is_some_and(|it| it.assets[asset].is_some());
    let rows =
        |asset| Some((access.asset_classes[asset].filter(|_| is_there(asset))?, access.rows_slot(asset)));
    let reads = |scopes: ztam_graph::scopes::ScopeWord| !scopes.get(Action::Read).is_empty();
    match &effect.on {
        EffectOn::AllAssets if reads(effect.rows) => access.names.assets.ids().filter_map(rows).collect(),
        EffectOn::Assets(assets) if reads(effect.rows) => assets.iter().copied().filter_map(rows).collect(),
        EffectOn::Fields(fields) if reads(effect.fields) => {
            let slots = fields
                .iter()
                .filter_map(|field| Some((access.field_classes[*field]?, cx.field_slots[*field]?)));
            slots.filter(|(_, slot)| is_shown(access, role, *slot)).collect()
        }
        _ => Vec::new(),
    }
}
