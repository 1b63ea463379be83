//! Reading data of a class that the role's own word does not reach.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use ztam_graph::access::{Access, Holder, Origin, SlotId, SlotKind};
use ztam_graph::facts::{Effect, EffectOn};
use ztam_graph::ids::{AssetId, ClassId, RoleId};
use ztam_graph::path::{self, Block};
use ztam_graph::slots::Named;
use ztam_model::words::Action;
use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};
use ztam_source::idx::Idx;
use ztam_source::span::Span;

use crate::cells::{self, BlockCell};
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
    let above = above.into_iter().filter(|(_, slot)| is_shown(access, role, *slot));
    let above: Vec<(ClassId, SlotId)> = above.map(|(Reverse(class), slot)| (class, slot)).collect();
    let giving = Giving::new(cx, role, &above);
    for (class, slot) in above {
        for scope in giving.to(cx, class, slot) {
            report(cx, role, class, clearance, (slot, scope), out);
        }
    }
}

/// Cells of a role that let it read, and of which nobody has said why: what [`path::causes`] finds for one slot, worked out
/// for many slots at once.
struct Giving<'c> {
    /// Per slot that a cell names, by itself or by its asset: the cell's number and scope.
    named: BTreeMap<SlotId, Vec<(usize, Span)>>,
    /// Cells by the class that they name.
    classes: Vec<(usize, ClassId, &'c BlockCell<'c>, Span)>,
}

impl<'c> Giving<'c> {
    fn new(cx: &'c Cx<'_>, role: RoleId, above: &[(ClassId, SlotId)]) -> Self {
        let access = cx.access;
        let mut of_asset: BTreeMap<AssetId, Vec<SlotId>> = BTreeMap::new();
        for (class, slot) in above {
            let asset = access.slots[*slot].asset;
            if access.asset_classes[asset] == Some(*class) {
                of_asset.entry(asset).or_default().push(*slot);
            }
        }
        let mut giving = Self { named: BTreeMap::new(), classes: Vec::new() };
        let is_said = |owner: RoleId| need::is_justified(cx, role) || need::is_justified(cx, owner);
        let cells = cells::of_role(cx, role).enumerate();
        for (number, cell) in
            cells.filter(|(_, cell)| !matches!(cell.block, Block::Temporary(_)) && !is_said(cell.owner))
        {
            let Some((_, scope)) = cell.scopes.iter().find(|(action, _)| *action == Action::Read) else {
                continue;
            };
            for token in cell.reaching() {
                let slots = match token.named {
                    Some(Named::Class(class)) => {
                        giving.classes.push((number, class, cell, scope.span));
                        continue;
                    }
                    Some(Named::Asset(asset)) => of_asset.get(&asset).map_or(&[][..], Vec::as_slice),
                    Some(Named::Field(field)) => cx.field_slots[field].as_slice(),
                    None => continue,
                };
                for slot in slots {
                    giving.named.entry(*slot).or_default().push((number, scope.span));
                }
            }
        }
        giving
    }

    /// The scopes of the cells that give a slot, in the order of the lineage.
    fn to(&self, cx: &Cx<'_>, class: ClassId, slot: SlotId) -> Vec<Span> {
        let asset = cx.access.slots[slot].asset;
        let by_class =
            self.classes.iter().filter(|(_, of, cell, _)| *of == class && cell.works_at(cx, asset));
        let by_class = by_class.map(|(number, _, _, scope)| (*number, *scope));
        let mut all: Vec<_> = self.named.get(&slot).into_iter().flatten().copied().chain(by_class).collect();
        all.sort_unstable();
        all.dedup();
        all.into_iter().map(|(_, scope)| scope).collect()
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
    (slot, scope): (SlotId, Span),
    out: &mut Sink<'_>,
) {
    let asset = cx.access.names.assets.name(cx.access.slots[slot].asset);
    let subject = Subject::of(Holder::Role(role)).called(asset);
    out.push(&META, None, Some(scope), &subject, || {
        let finding = finding(cx, role, class, clearance, asset);
        let cause = path::causes(cx.access, role, slot, Action::Read);
        let cause = cause.into_iter().find(|cause| cause.scope.span == scope).map(Source::Cell);
        let finding = match cause {
            Some(source) => source.primary(cx, finding, "reads it"),
            None => finding.at(scope, "reads it"),
        };
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::with_access;

    const TEXT: &str = "classes: [{id: internal}, {id: secret, controls: {audit: true}}, {id: named, reach: named}]
domains: {sales: {}, finance: {}, empty: {}}
assets:
  deal:
    class: secret
    domains: [sales, finance]
    salesforce: {object: Deal}
    fields:
      margin: {class: secret, salesforce: Margin}
      plan: {class: named, salesforce: Plan}
      note: {class: internal, salesforce: Note}
  bill:
    class: named
    domains: [finance]
    salesforce: {object: Bill}
    fields: {sum: {class: secret, salesforce: Sum}, line: {salesforce: Line}}
  chat: {class: internal, domains: [sales], salesforce: {object: Chat}}
roles:
  base: {abstract: true, within: [finance], may: {secret: {read: own}, named: {of: [bill, deal.plan], read: team}}}
  seller:
    platforms: [salesforce]
    extends: [base]
    within: [sales]
    may: {secret: {read: org, of: [deal, deal.margin]}}
    also: [{of: [secret, chat, deal.plan, bill, deal], read: own}, {of: [deal.margin], edit: own}, {of: [deal.note], read: own}]
  clerk: {platforms: [salesforce], extends: [seller], within: [finance, empty], also: [{of: [internal], read: own}]}
  said: {platforms: [salesforce], justification: works there, extends: [seller]}
environments:
  prod: {changes: [{widen: seller, within: [finance], also: [{of: [bill.line, bill.sum], read: team}], reason: audit}]}
";

    #[test]
    fn cells_that_give_many_slots_are_those_that_give_each() {
        with_access(
            TEXT,
            Some("prod"),
            |_| {},
            |access| {
                let cx = Cx::new(access, &[]);
                let all: Vec<_> =
                    access.slots.ids().filter_map(|slot| Some((cx.slot_class(slot)?, slot))).collect();
                let mut given = 0;
                for role in access.names.roles.ids() {
                    let giving = Giving::new(&cx, role, &all);
                    for (class, slot) in &all {
                        let causes = path::causes(access, role, *slot, Action::Read).into_iter();
                        let giver = |cause: &path::Cause| cause.route.last().copied().unwrap_or(role);
                        let unsaid = causes.filter(|it| {
                            !need::is_justified(&cx, role) && !need::is_justified(&cx, giver(it))
                        });
                        let mut scopes: Vec<_> = unsaid.map(|it| it.scope.span).collect();
                        scopes.dedup();
                        given += scopes.len();
                        assert_eq!(giving.to(&cx, *class, *slot), scopes, "{:?}", access.slots[*slot]);
                    }
                }
                assert!(given > 15, "{given}");
            },
        );
    }
}
