//! What a role reaches, class by class: what cells give it, what rights give it, and the classes that its own part of the
//! matrix speaks of.

use std::collections::BTreeMap;

use ztam_graph::access::{Entry, Origin, PlatformSet, SlotKind, recombine};
use ztam_graph::ids::{ClassId, RoleId};
use ztam_graph::scopes::ScopeWord;
use ztam_model::words::Action;
use ztam_source::span::Span;

use crate::cells;
use crate::cx::Cx;

/// What somebody may do who sees a field masked only.
const MASKED: [Action; 3] = [Action::Read, Action::Create, Action::Edit];

/// All that somebody reaches of one class. A field counts only with its row, and in its rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reached {
    /// The class.
    pub(crate) class: ClassId,
    /// What cells give, append and append-to that follow from them included.
    pub(crate) cells: ScopeWord,
    /// What rights give.
    pub(crate) rights: ScopeWord,
    /// Where something of it is read.
    pub(crate) read_on: PlatformSet,
}

/// What a role reaches, in the order of classes.
pub(crate) fn reached(cx: &Cx<'_>, role: RoleId) -> Vec<Reached> {
    let access = cx.access;
    let mut found: BTreeMap<ClassId, Reached> = BTreeMap::new();
    let asset = |entry: &Entry| access.slots[entry.slot].asset;
    for on_asset in access.roles[role].entries.chunk_by(|a, b| asset(a) == asset(b)) {
        let is_row = |entry: &Entry| access.slots[entry.slot].kind == SlotKind::Rows;
        let (rows, _) = on_asset.split_at(on_asset.partition_point(is_row));
        for entry in on_asset {
            let Some(class) = cx.slot_class(entry.slot) else { continue };
            let (mut scopes, platforms) =
                if is_row(entry) { (entry.scopes, entry.platforms) } else { in_rows(entry, rows) };
            let reads = |it: &Entry| it.slot == entry.slot && !it.scopes.get(Action::Read).is_empty();
            // Nothing is unmasked for whoever does not read the field.
            if !scopes.get(Action::Unmask).is_empty() && !on_asset.iter().any(reads) {
                scopes = scopes.and(ScopeWord::mask(&MASKED));
            }
            if scopes.is_empty() {
                continue;
            }
            let nothing = Reached {
                class,
                cells: ScopeWord::NONE,
                rights: ScopeWord::NONE,
                read_on: PlatformSet::default(),
            };
            let sum = found.entry(class).or_insert(nothing);
            match entry.origin {
                Origin::Right => sum.rights = sum.rights.union(scopes),
                Origin::Matrix | Origin::Derived => sum.cells = sum.cells.union(scopes),
            }
            if !scopes.get(Action::Read).is_empty() {
                sum.read_on = PlatformSet(sum.read_on.0 | platforms.0);
            }
        }
    }
    found.into_values().collect()
}

/// What a field's entry comes to in the rows that are there, and on which platforms.
fn in_rows(field: &Entry, rows: &[Entry]) -> (ScopeWord, PlatformSet) {
    let mut sum = (ScopeWord::NONE, PlatformSet::default());
    for row in rows {
        let common = row.platforms.and(field.platforms);
        let scopes = recombine(row.scopes, field.scopes);
        if !common.is_empty() && !scopes.is_empty() {
            sum = (sum.0.union(scopes), PlatformSet(sum.1.0 | common.0));
        }
    }
    sum
}

/// The most sensitive class that a role may touch by its own word, with the place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Clearance {
    /// The class; none where no cell names one.
    pub(crate) class: Option<ClassId>,
    /// The class in the cell.
    pub(crate) said: Option<Span>,
}

impl Clearance {
    /// Whether a class is above it.
    pub(crate) fn is_exceeded_by(self, class: ClassId) -> bool {
        self.class.is_none_or(|own| class > own)
    }
}

/// The clearance of a role: the highest class that its `may` speaks of, or that of the building blocks it is made of. A role
/// that has no `may` of its own is made of the roles it extends, whoever holds them.
pub(crate) fn clearance(cx: &Cx<'_>, role: RoleId) -> Clearance {
    let own = highest(cx, &own_part(cx, role));
    if own.class.is_some() { own } else { highest(cx, &cx.access.roles[role].lineage) }
}

/// Whether a role speaks of classes itself, or by its building blocks.
pub(crate) fn has_clearance_of_its_own(cx: &Cx<'_>, role: RoleId) -> bool {
    highest(cx, &own_part(cx, role)).class.is_some()
}

/// The role and the building blocks (abstract roles) that it extends without a role between that people hold.
pub(crate) fn own_part(cx: &Cx<'_>, role: RoleId) -> Vec<RoleId> {
    let names = &cx.access.names;
    let mut part = vec![role];
    let mut next = 0;
    while let Some(current) = part.get(next).copied() {
        let parents =
            names.roles.get(current).extends.iter().filter_map(|text| names.roles.find(&text.value));
        let blocks: Vec<_> = parents.filter(|it| cx.access.is_abstract(*it) && !part.contains(it)).collect();
        part.extend(blocks);
        next += 1;
    }
    part
}

fn highest(cx: &Cx<'_>, roles: &[RoleId]) -> Clearance {
    let names = &cx.access.names;
    let mut best = Clearance { class: None, said: None };
    for cell in roles.iter().flat_map(|role| cells::own(cx, *role)) {
        if let Some(text) = cell.class()
            && let Some(class) = names.class(&text.value)
            && best.is_exceeded_by(class)
        {
            best = Clearance { class: Some(class), said: Some(text.span) };
        }
    }
    best
}
