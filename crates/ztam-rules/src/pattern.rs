//! What a prohibition or a duty is about (classes, assets, fields, tags, capabilities), held against access. Rows and
//! fields are found slot by slot; a field counts only together with its row, from whichever role either comes.

use std::collections::{BTreeMap, BTreeSet};

use ztam_graph::access::{Access, Entry, SlotId, SlotKind, Target};
use ztam_graph::ids::{AssetId, CapabilityId, ClassId, FieldId, RoleId};
use ztam_graph::scopes::ScopeWord;
use ztam_graph::slots::{Named, named};
use ztam_model::project::Text;
use ztam_model::words::Action;
use ztam_source::idx::IndexVec;

use crate::cx::Cx;

/// Names resolved: which slots they are about, whole or in part.
#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    about: IndexVec<SlotId, bool>,
    slots: Vec<SlotId>,
    fields: BTreeMap<SlotId, Vec<FieldId>>,
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
        let words = Words::new(access, of);
        let mut about = IndexVec::filled(access.slots.len(), false);
        let mut fields: BTreeMap<SlotId, Vec<FieldId>> = BTreeMap::new();
        for (asset, _, declared) in access.names.assets.iter() {
            let tagged = words.tags_any(&declared.tags);
            let class = access.asset_classes[asset];
            let whole = tagged || words.assets.contains(&asset);
            about[access.rows_slot(asset)] = whole || words.has_class(class);
            for field in access.names.fields_of(asset) {
                let own = access.field_classes[field];
                let by_asset = tagged || words.assets.contains(&asset) && own == class;
                let by_field =
                    words.fields.contains(&field) || words.tags_any(&access.names.fields[field].field.tags);
                if let (Some(slot), true) =
                    (cx.field_slots[field], by_asset || by_field || words.has_class(own))
                {
                    about[slot] = true;
                    fields.entry(slot).or_default().push(field);
                }
            }
        }
        let slots = about.iter_ids().filter(|(_, about)| **about).map(|(slot, _)| slot).collect();
        Self { about, slots, fields, capabilities: words.capabilities }
    }

    /// What some roles, held by one person, reach of it by some actions: one hit a slot, in the order of slots.
    pub(crate) fn hits(&self, access: &Access<'_>, roles: &[RoleId], actions: ScopeWord) -> Vec<Hit> {
        let mut hits = Vec::new();
        let mut look = |entry: &Entry| {
            if !entry.scopes.and(actions).is_empty() {
                hits.extend(self.hit(access, roles, entry, actions));
            }
        };
        for role in roles {
            let entries = &access.roles[*role].entries;
            // A few slots are looked up; for many it is quicker to go through what the role has.
            if self.slots.len() < entries.len() / 16 {
                self.slots.iter().flat_map(|slot| access.entries(*role, *slot)).for_each(&mut look);
            } else {
                entries.iter().filter(|entry| self.about[entry.slot]).for_each(&mut look);
            }
        }
        hits.sort_unstable();
        hits.dedup_by_key(|hit| hit.slot);
        hits
    }

    fn hit(&self, access: &Access<'_>, roles: &[RoleId], entry: &Entry, actions: ScopeWord) -> Option<Hit> {
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
            opening.fold(0, |all, row| all | row.platforms.and(entry.platforms).0)
        };
        for (action, _) in scopes.iter() {
            let platforms = opened(action);
            let field = self.fields.get(&entry.slot)?.iter().find(|field| {
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

/// The names of a pattern by kind.
#[derive(Debug, Default)]
struct Words<'t> {
    classes: BTreeSet<ClassId>,
    assets: BTreeSet<AssetId>,
    fields: BTreeSet<FieldId>,
    tags: BTreeSet<&'t str>,
    capabilities: Vec<CapabilityId>,
}

impl<'t> Words<'t> {
    fn new(access: &Access<'_>, of: impl IntoIterator<Item = &'t Text>) -> Self {
        let mut words = Self::default();
        for text in of {
            if let Some(tag) = text.value.strip_prefix("tag:") {
                words.tags.insert(tag);
                continue;
            }
            match named(&access.names, &text.value) {
                Some(Named::Class(class)) => drop(words.classes.insert(class)),
                Some(Named::Asset(asset)) => drop(words.assets.insert(asset)),
                Some(Named::Field(field)) => drop(words.fields.insert(field)),
                None => words.capabilities.extend(access.names.capabilities.find(&text.value)),
            }
        }
        words
    }

    fn has_class(&self, class: Option<ClassId>) -> bool {
        class.is_some_and(|class| self.classes.contains(&class))
    }

    fn tags_any(&self, tags: &[Text]) -> bool {
        tags.iter().any(|tag| self.tags.contains(tag.value.as_str()))
    }
}
