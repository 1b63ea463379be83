//! What a prohibition or a duty is about (classes, assets, fields, tags, capabilities), held against access. Rows and
//! fields are found slot by slot; a field counts only together with its row, from whichever role either comes.

use std::collections::{BTreeMap, BTreeSet};

use fixedbitset::FixedBitSet;
use ztam_graph::access::{Access, Entry, SlotId, SlotKind, Target};
use ztam_graph::ids::{AssetId, CapabilityId, ClassId, FieldId, RoleId};
use ztam_graph::scopes::ScopeWord;
use ztam_graph::slots::{Named, named};
use ztam_model::project::Text;
use ztam_model::words::Action;
use ztam_source::idx::Idx;

use crate::cx::Cx;

/// Names resolved: which slots they are about, whole or in part.
#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    about: FixedBitSet,
    /// Slots of which only these fields are meant.
    parts: BTreeMap<SlotId, Vec<FieldId>>,
    /// The capabilities among the names.
    pub(crate) capabilities: Vec<CapabilityId>,
}

/// An access that a pattern is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Hit {
    /// The slot of the target.
    pub(crate) slot: SlotId,
    /// On what.
    pub(crate) target: Target,
    /// The first action of those that were asked for.
    pub(crate) action: Action,
}

impl Pattern {
    /// Resolves names. An asset stands for its rows and its fields of its own class, a tag of an asset for its fields too.
    pub(crate) fn new<'t>(cx: &Cx<'_>, of: impl IntoIterator<Item = &'t Text>) -> Self {
        let access = cx.access;
        let words = Words::new(cx, of);
        let mut about = FixedBitSet::with_capacity(access.slots.len());
        for (slot, key) in access.slots.iter_ids() {
            let class = cx.slot_class(slot);
            let is_own = || key.kind == SlotKind::Rows || class == access.asset_classes[key.asset];
            let by_asset = words.tagged.contains(&key.asset) || words.assets.contains(&key.asset) && is_own();
            about.set(slot.index(), by_asset || words.has_class(class));
        }
        let mut parts: BTreeMap<SlotId, Vec<FieldId>> = BTreeMap::new();
        for field in &words.fields {
            if let Some(slot) = cx.field_slots[*field].filter(|slot| !about.contains(slot.index())) {
                parts.entry(slot).or_default().push(*field);
            }
        }
        about.extend(parts.keys().map(|slot| slot.index()));
        Self { about, parts, capabilities: words.capabilities }
    }

    /// The slots that it is about, whole or in part.
    pub(crate) fn slots(&self) -> impl Iterator<Item = SlotId> {
        self.about.ones().map(SlotId::from_usize)
    }

    /// The first slot that both patterns are about; where both mean single fields of it, that they share one.
    pub(crate) fn shared(&self, other: &Self) -> Option<SlotId> {
        let both = self.about.intersection(&other.about).map(SlotId::from_usize);
        both.into_iter().find(|slot| match (self.parts.get(slot), other.parts.get(slot)) {
            (Some(own), Some(others)) => own.iter().any(|field| others.contains(field)),
            _ => true,
        })
    }

    /// Whether some roles may reach any of it by some actions: where this says no, there are no [`Pattern::hits`].
    pub(crate) fn may_hit(&self, cx: &Cx<'_>, roles: &[RoleId], actions: ScopeWord) -> bool {
        let may = |role: &RoleId| {
            actions.iter().any(|(action, _)| !cx.slots_of(*role, action).is_disjoint(&self.about))
        };
        roles.iter().any(may)
    }

    /// What some roles, held by one person, reach of it by some actions: one hit a slot, in the order of slots.
    pub(crate) fn hits(&self, cx: &Cx<'_>, roles: &[RoleId], actions: ScopeWord) -> Vec<Hit> {
        let mut hits = Vec::new();
        for role in roles.iter().filter(|role| self.may_hit(cx, std::slice::from_ref(*role), actions)) {
            let mut slots = FixedBitSet::with_capacity(self.about.len());
            for (action, _) in actions.iter() {
                slots.union_with(cx.slots_of(*role, action));
            }
            slots.intersect_with(&self.about);
            for slot in slots.ones().map(SlotId::from_usize) {
                let entries = cx.access.entries(*role, slot).iter();
                let meant = entries.filter(|entry| !entry.scopes.and(actions).is_empty());
                hits.extend(meant.filter_map(|entry| self.hit(cx, roles, entry, actions)));
            }
        }
        hits.sort_unstable();
        hits.dedup_by_key(|hit| hit.slot);
        hits
    }

    fn hit(&self, cx: &Cx<'_>, roles: &[RoleId], entry: &Entry, actions: ScopeWord) -> Option<Hit> {
        let access = cx.access;
        let key = access.slots[entry.slot];
        let scopes = entry.scopes.and(actions);
        if key.kind == SlotKind::Rows {
            let (action, _) = scopes.iter().next()?;
            return Some(Hit { target: Target::Rows(key.asset), slot: entry.slot, action });
        }
        let rows = access.rows_slot(key.asset);
        let opened = |action| {
            let needed = if action == Action::Unmask { Action::Read } else { action };
            let rows = roles.iter().flat_map(|role| access.entries(*role, rows));
            let opening = rows.filter(|row| !row.scopes.get(needed).is_empty());
            let opened = opening.fold(0, |all, row| all | row.platforms.and(entry.platforms).0);
            // Nothing is unmasked for whoever does not read the field.
            if action == Action::Unmask { opened & self::read_on(access, roles, entry.slot) } else { opened }
        };
        let fields = self.parts.get(&entry.slot).map_or_else(|| cx.fields_of(entry.slot), Vec::as_slice);
        for (action, _) in scopes.iter() {
            let platforms = opened(action);
            let field = fields.iter().find(|field| {
                let bound = |facts: &ztam_graph::facts::PlatformFacts| facts.fields[**field].is_some();
                access
                    .platforms
                    .iter()
                    .enumerate()
                    .any(|(bit, facts)| platforms >> bit & 1 == 1 && bound(facts))
            });
            if let Some(field) = field {
                return Some(Hit { target: Target::Field(*field), slot: entry.slot, action });
            }
        }
        None
    }
}

/// The platforms on which some roles read a slot.
fn read_on(access: &Access<'_>, roles: &[RoleId], slot: SlotId) -> u8 {
    let entries = roles.iter().flat_map(|role| access.entries(*role, slot));
    let reading = entries.filter(|entry| !entry.scopes.get(Action::Read).is_empty());
    reading.fold(0, |all, entry| all | entry.platforms.0)
}

/// The names of a pattern by kind.
#[derive(Debug, Default)]
struct Words {
    classes: BTreeSet<ClassId>,
    assets: BTreeSet<AssetId>,
    /// Assets that a tag names, with all of their fields.
    tagged: BTreeSet<AssetId>,
    /// Fields by their names and by tags.
    fields: BTreeSet<FieldId>,
    capabilities: Vec<CapabilityId>,
}

impl Words {
    fn new<'t>(cx: &Cx<'_>, of: impl IntoIterator<Item = &'t Text>) -> Self {
        let (mut words, names) = (Self::default(), &cx.access.names);
        for text in of {
            if let Some(tag) = text.value.strip_prefix("tag:") {
                let tagged = cx.tagged(tag);
                words.tagged.extend(tagged.iter().flat_map(|it| &it.assets));
                words.fields.extend(tagged.iter().flat_map(|it| &it.fields));
                continue;
            }
            match named(names, &text.value) {
                Some(Named::Class(class)) => drop(words.classes.insert(class)),
                Some(Named::Asset(asset)) => drop(words.assets.insert(asset)),
                Some(Named::Field(field)) => drop(words.fields.insert(field)),
                None => words.capabilities.extend(names.capabilities.find(&text.value)),
            }
        }
        words
    }

    fn has_class(&self, class: Option<ClassId>) -> bool {
        class.is_some_and(|class| self.classes.contains(&class))
    }
}
