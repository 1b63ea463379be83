//! Which slots a project has, and which of them a cell reaches.

use std::collections::{BTreeMap, BTreeSet};

use fixedbitset::FixedBitSet;
use ztam_model::project::{AlsoCell, Cell, Text};
use ztam_model::words::{Action, Reach, Scope};
use ztam_source::entries::Entries;
use ztam_source::idx::{Idx, IndexVec};
use ztam_source::span::Spanned;

use crate::access::{Conditions, SlotId, SlotKey, SlotKind};
use crate::facts::{EffectOn, PlatformFacts};
use crate::ids::{AssetId, ClassId, DomainId, EnvironmentId, FieldId, Names};
use crate::scopes::ScopeWord;

/// What `of:` names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    /// An asset.
    Asset(AssetId),
    /// A field.
    Field(FieldId),
    /// A class.
    Class(ClassId),
}

/// Finds what `of:` names: an asset, `asset.field`, or a class.
#[must_use]
pub fn named(names: &Names<'_>, text: &str) -> Option<Named> {
    if let Some((asset, field)) = text.split_once('.') {
        return names.field(asset, field).map(Named::Field);
    }
    names.assets.find(text).map(Named::Asset).or_else(|| names.class(text).map(Named::Class))
}

/// The rows of a project that cells can reach, by class and domain.
#[derive(Debug)]
pub(crate) struct Slots {
    pub(crate) keys: IndexVec<SlotId, SlotKey>,
    pub(crate) starts: Vec<u32>,
    pub(crate) asset_classes: IndexVec<AssetId, Option<ClassId>>,
    pub(crate) field_classes: IndexVec<FieldId, Option<ClassId>>,
    field_assets: IndexVec<FieldId, AssetId>,
    asset_domains: IndexVec<AssetId, Vec<DomainId>>,
    by_class_and_domain: BTreeMap<(ClassId, DomainId), Vec<SlotId>>,
}

impl Slots {
    pub(crate) fn new(
        names: &Names<'_>,
        platforms: &[PlatformFacts],
        environment: Option<EnvironmentId>,
    ) -> Self {
        let asset_classes: IndexVec<_, _> =
            names.assets.ids().map(|asset| names.class_of_asset(asset)).collect();
        let field_classes: IndexVec<_, _> =
            names.fields.ids().map(|field| names.class_of_field(field)).collect();
        let asset_domains =
            names.assets.iter().map(|(_, _, asset)| resolve_domains(names, &asset.domains)).collect();
        let mut slots = Self {
            keys: IndexVec::new(),
            starts: Vec::with_capacity(names.assets.len() + 1),
            asset_classes,
            field_classes,
            field_assets: names.fields.iter().map(|row| row.asset).collect(),
            asset_domains,
            by_class_and_domain: BTreeMap::new(),
        };
        let mut named = named_fields(names, environment);
        let effects = platforms.iter().flat_map(|it| it.rights.iter()).flat_map(|it| &it.effects);
        for effect in effects {
            if let EffectOn::Fields(fields) = &effect.on {
                fields.iter().for_each(|field| named.insert(field.index()));
            }
        }
        slots.number(names, &named);
        slots.index();
        slots
    }

    fn number(&mut self, names: &Names<'_>, named: &FixedBitSet) {
        for asset in names.assets.ids() {
            self.starts.push(saturate(self.keys.len()));
            self.keys.push(SlotKey { asset, kind: SlotKind::Rows });
            let mut kinds: Vec<_> = names
                .fields_of(asset)
                .filter_map(|field| {
                    let class = self.field_classes[field]?;
                    let own = named.contains(field.index());
                    Some(if own { SlotKind::Field(field) } else { SlotKind::Fields(class) })
                })
                .collect();
            kinds.sort_unstable();
            kinds.dedup();
            for kind in kinds {
                self.keys.push(SlotKey { asset, kind });
            }
        }
        self.starts.push(saturate(self.keys.len()));
    }

    fn index(&mut self) {
        for (slot, key) in self.keys.iter_ids() {
            let Some(class) = self.class(slot) else { continue };
            for domain in &self.asset_domains[key.asset] {
                self.by_class_and_domain.entry((class, *domain)).or_default().push(slot);
            }
        }
    }

    /// The class of a slot, where it has one.
    pub(crate) fn class(&self, slot: SlotId) -> Option<ClassId> {
        let key = self.keys[slot];
        match key.kind {
            SlotKind::Rows => self.asset_classes[key.asset],
            SlotKind::Fields(class) => Some(class),
            SlotKind::Field(field) => self.field_classes[field],
        }
    }

    fn of_asset(&self, asset: AssetId) -> impl Iterator<Item = SlotId> + use<> {
        let at = |index: usize| self.starts.get(index).copied().unwrap_or(0);
        (at(asset.index())..at(asset.index() + 1)).map(SlotId)
    }

    /// The slot of an asset's rows: its first.
    pub(crate) fn rows(&self, asset: AssetId) -> SlotId {
        SlotId(self.starts.get(asset.index()).copied().unwrap_or(0))
    }

    /// The slots that an effect may hit.
    pub(crate) fn near(&self, on: &EffectOn) -> Vec<SlotId> {
        match on {
            EffectOn::AllAssets => self.keys.ids().collect(),
            EffectOn::Assets(assets) => assets.iter().flat_map(|it| self.of_asset(*it)).collect(),
            EffectOn::Fields(fields) => {
                let assets: BTreeSet<AssetId> = fields.iter().map(|it| self.field_assets[*it]).collect();
                assets.into_iter().flat_map(|it| self.of_asset(it)).collect()
            }
        }
    }

    fn is_within(&self, asset: AssetId, within: Option<&[DomainId]>) -> bool {
        within.is_none_or(|within| self.asset_domains[asset].iter().any(|domain| within.contains(domain)))
    }

    /// Slots of a class in some domains; `None` means in any or no domain.
    fn of_class(&self, class: ClassId, within: Option<&[DomainId]>) -> Vec<SlotId> {
        let Some(within) = within else {
            return self.keys.ids().filter(|slot| self.class(*slot) == Some(class)).collect();
        };
        let lists = within.iter().filter_map(|domain| self.by_class_and_domain.get(&(class, *domain)));
        let mut slots: Vec<_> = lists.flatten().copied().collect();
        if within.len() > 1 {
            slots.sort_unstable();
            slots.dedup();
        }
        slots
    }

    /// Slots that one name covers: an asset covers its rows and its fields of its own class, a field itself. With a
    /// class, only what is of that class.
    fn of_name(&self, name: Named, class: Option<ClassId>, within: Option<&[DomainId]>) -> Vec<SlotId> {
        let of_class = |slot: &SlotId| class.is_none() || self.class(*slot) == class;
        match name {
            Named::Asset(asset) if self.is_within(asset, within) => {
                let own = self.asset_classes[asset];
                self.of_asset(asset)
                    .filter(|slot| own.is_some() && self.class(*slot) == own)
                    .filter(of_class)
                    .collect()
            }
            Named::Field(field) => {
                let asset = self.field_assets[field];
                let own = |slot: &SlotId| self.keys[*slot].kind == SlotKind::Field(field);
                let reached = self.is_within(asset, within);
                self.of_asset(asset).filter(|_| reached).filter(own).filter(of_class).collect()
            }
            Named::Asset(_) | Named::Class(_) => Vec::new(),
        }
    }

    /// What a class cell reaches.
    pub(crate) fn reached_by_class_cell(
        &self,
        names: &Names<'_>,
        class: ClassId,
        of: &[Text],
        within: Option<&[DomainId]>,
        respect_reach: bool,
    ) -> Vec<SlotId> {
        if !of.is_empty() {
            let listed = of.iter().filter_map(|text| named(names, &text.value));
            return sorted(listed.flat_map(|name| self.of_name(name, Some(class), within)).collect());
        }
        if respect_reach && reach(names, class) == Reach::Named {
            return Vec::new();
        }
        self.of_class(class, within)
    }

    /// What an `also` cell reaches.
    pub(crate) fn reached_by_also(
        &self,
        names: &Names<'_>,
        of: &[Text],
        within: Option<&[DomainId]>,
        respect_reach: bool,
    ) -> Vec<SlotId> {
        let listed = of.iter().filter_map(|text| named(names, &text.value));
        let slots = listed.flat_map(|name| match name {
            Named::Class(class) => self.reached_by_class_cell(names, class, &[], within, respect_reach),
            Named::Asset(_) | Named::Field(_) => self.of_name(name, None, within),
        });
        sorted(slots.collect())
    }
}

/// A block's cells, resolved: what is granted on which slot under which conditions.
pub(crate) type Reached = Vec<(SlotId, Conditions, ScopeWord)>;

/// Resolves the cells of one block in its own domains.
pub(crate) fn reached_by_block(
    names: &Names<'_>,
    slots: &Slots,
    within: &[Text],
    may: &Entries<Cell>,
    also: &[AlsoCell],
) -> Reached {
    let within = resolve_domains(names, within);
    let mut reached = Vec::new();
    for (name, cell) in &may.0 {
        let Some(class) = names.class(&name.value) else { continue };
        let found = slots.reached_by_class_cell(names, class, &cell.of, Some(&within), true);
        push(&mut reached, slots, found, conditions(names, &cell.when), word(cell.scopes()));
    }
    for cell in also {
        let found = slots.reached_by_also(names, &cell.of, Some(&within), true);
        push(&mut reached, slots, found, conditions(names, &cell.when), word(cell.scopes()));
    }
    reached
}

fn push(reached: &mut Reached, slots: &Slots, found: Vec<SlotId>, conditions: Conditions, scopes: ScopeWord) {
    let for_fields = scopes.and(ScopeWord::mask(ScopeWord::FIELD_ACTIONS));
    let for_rows = scopes.without(ScopeWord::mask(&[Action::Unmask]));
    for slot in found {
        let scopes = if slots.keys[slot].kind == SlotKind::Rows { for_rows } else { for_fields };
        if !scopes.is_empty() {
            reached.push((slot, conditions, scopes));
        }
    }
}

/// The scopes of a cell in one word.
pub(crate) fn word(scopes: impl Iterator<Item = (Action, Spanned<Scope>)>) -> ScopeWord {
    scopes.fold(ScopeWord::NONE, |all, (action, scope)| all.union(ScopeWord::of(action, scope.value)))
}

/// The conditions that a cell names.
pub(crate) fn conditions(names: &Names<'_>, when: &[Text]) -> Conditions {
    let known = when.iter().filter_map(|text| names.conditions.find(&text.value));
    known.fold(Conditions::NONE, Conditions::with)
}

/// The domains that a list names, sorted.
pub(crate) fn resolve_domains(names: &Names<'_>, texts: &[Text]) -> Vec<DomainId> {
    let mut domains: Vec<_> = texts.iter().filter_map(|text| names.domains.find(&text.value)).collect();
    domains.sort_unstable();
    domains.dedup();
    domains
}

/// How far a cell of a class reaches.
#[must_use]
pub fn reach(names: &Names<'_>, class: ClassId) -> Reach {
    names.classes[class].reach.map_or(Reach::Domain, |reach| reach.value)
}

/// Every field that some cell of any role, temporary grant or change of the environment names by itself.
fn named_fields(names: &Names<'_>, environment: Option<EnvironmentId>) -> FixedBitSet {
    let mut found = FixedBitSet::with_capacity(names.fields.len());
    let mut cells = |may: &Entries<Cell>, also: &[AlsoCell]| {
        let of = may.0.iter().flat_map(|(_, cell)| &cell.of).chain(also.iter().flat_map(|cell| &cell.of));
        for text in of {
            if let Some(Named::Field(field)) = named(names, &text.value) {
                found.insert(field.index());
            }
        }
    };
    for (_, _, role) in names.roles.iter() {
        cells(&role.may, &role.also);
    }
    for (_, _, temporary) in names.temporaries.iter() {
        cells(&temporary.may, &temporary.also);
    }
    for change in environment.iter().flat_map(|id| &names.environments.get(*id).changes) {
        cells(&change.may, &change.also);
    }
    found
}

fn sorted(mut slots: Vec<SlotId>) -> Vec<SlotId> {
    slots.sort_unstable();
    slots.dedup();
    slots
}

fn saturate(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}
