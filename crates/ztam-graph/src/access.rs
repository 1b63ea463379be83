//! Resolved access in compact form. A *slot* is an asset's rows, or its fields of one class, or one field that a cell names.
//! Per role there is a sorted list of (slot, layer, origin, platforms, scopes of all actions). No cell per field is stored
//! and no cause: both are computed when asked for (see [`crate::path`]).

use fixedbitset::FixedBitSet;
use ztam_model::date::Date;
use ztam_model::words::Action;
use ztam_source::define_id;
use ztam_source::idx::{Idx, IndexVec};

use crate::closure::Closure;
use crate::facts::{PlatformFacts, RightId};
use crate::ids::{
    AssetId, CapabilityId, ClassId, ConditionId, EnvironmentId, FieldId, Names, RoleId, TemporaryId,
    TogetherId,
};
use crate::scopes::{ScopeSet, ScopeWord};

define_id! {
    /// A slot.
    SlotId
}
define_id! {
    /// A layer: what is granted under the same conditions and by the same temporary grant. One container each.
    LayerId
}

/// What a slot is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SlotKind {
    /// The asset's rows, with every unlisted field.
    Rows,
    /// The asset's listed fields of one class that no cell names by themselves.
    Fields(ClassId),
    /// One field that some cell names.
    Field(FieldId),
}

/// A slot's asset and kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SlotKey {
    /// The asset.
    pub asset: AssetId,
    /// What of it.
    pub kind: SlotKind,
}

/// A set of conditions, one bit each. A project has at most 64 conditions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Conditions(pub u64);

impl Conditions {
    /// No condition.
    pub const NONE: Self = Self(0);

    /// With one more.
    #[must_use]
    pub fn with(self, condition: ConditionId) -> Self {
        Self(self.0 | 1u64.checked_shl(condition.0).unwrap_or(0))
    }

    /// Both.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether every condition of `self` is in `other`.
    #[must_use]
    pub fn within(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    /// The conditions, in the order of ids.
    pub fn iter(self) -> impl Iterator<Item = ConditionId> {
        (0..64).filter(move |bit| self.0 >> bit & 1 == 1).map(ConditionId)
    }
}

/// Under what a grant holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Layer {
    /// The temporary grant it comes from, if any.
    pub temporary: Option<TemporaryId>,
    /// Its conditions.
    pub conditions: Conditions,
}

/// A set of platforms, one bit each, in the order of [`Access::platforms`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PlatformSet(pub u8);

impl PlatformSet {
    /// Whether a platform is in it.
    #[must_use]
    pub fn has(self, platform: usize) -> bool {
        self.0 >> platform & 1 == 1
    }

    /// In both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The platforms' positions.
    pub fn iter(self) -> impl Iterator<Item = usize> {
        (0..8).filter(move |bit| self.has(*bit))
    }
}

/// Where an entry comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// Cells of the matrix: only these are emitted as rights on objects and fields.
    Matrix,
    /// Append and append-to derived from other cells (`relate: derived`); emitted too.
    Derived,
    /// The effect of a right that the role holds; emitted by that right alone.
    Right,
}

/// A grant on one slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// On what.
    pub slot: SlotId,
    /// Under what.
    pub layer: LayerId,
    /// From what.
    pub origin: Origin,
    /// Where.
    pub platforms: PlatformSet,
    /// What.
    pub scopes: ScopeWord,
}

/// All that one role has.
#[derive(Clone, Debug, Default)]
pub struct RoleAccess {
    /// Sorted by slot, layer, origin, platforms; one entry each.
    pub entries: Vec<Entry>,
    /// Capabilities held, own and inherited, by [`CapabilityId`].
    pub capabilities: FixedBitSet,
    /// Per platform: rights granted through capabilities and carried blocks, by [`RightId`].
    pub granted: Vec<FixedBitSet>,
    /// Per platform: rights that the cells of the role amount to, whatever their conditions. They are emitted as cells.
    pub by_cells: Vec<FixedBitSet>,
    /// Per platform: rights of the profile or role beneath the role. They are never emitted.
    pub beneath: Vec<FixedBitSet>,
    /// Per platform: all of those and all that they imply by pairs that a proven judgement may rest on.
    pub closure: Vec<FixedBitSet>,
    /// Per platform: all of those and all that they may imply, by pairs that only one source names or that depend on a release or
    /// feature too. What is here and not in `closure` is judged as advisory, and opens no data.
    pub possible: Vec<FixedBitSet>,
    /// The role and every role it extends, nearest first.
    pub lineage: Vec<RoleId>,
    /// Platforms it is on.
    pub platforms: PlatformSet,
}

/// Whose access is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Holder {
    /// Somebody who holds one role.
    Role(RoleId),
    /// Somebody who holds all roles of a together set.
    Together(TogetherId),
}

/// What is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// An asset's rows.
    Rows(AssetId),
    /// A field.
    Field(FieldId),
}

/// One way in which a holder reaches a target: what holds under the same conditions, on the same platforms.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Grant {
    /// Conditions that must all hold.
    pub conditions: Conditions,
    /// Temporary grants that it needs.
    pub temporaries: Vec<TemporaryId>,
    /// On which platforms.
    pub platforms: PlatformSet,
    /// Scopes by action.
    pub scopes: ScopeWord,
}

impl Grant {
    /// Whether it holds always: no condition, no end.
    #[must_use]
    pub fn is_unconditional(&self) -> bool {
        self.conditions.is_empty() && self.temporaries.is_empty()
    }
}

/// The access that a project grants in one environment on one day.
#[derive(Clone, Debug)]
pub struct Access<'p> {
    /// Names as numbers.
    pub names: Names<'p>,
    /// The day it is true for.
    pub as_of: Date,
    /// The environment; `None` where the project has none.
    pub environment: Option<EnvironmentId>,
    /// Platforms, in the order of [`PlatformSet`]'s bits.
    pub platforms: Vec<PlatformFacts>,
    /// Slots, sorted by key.
    pub slots: IndexVec<SlotId, SlotKey>,
    /// First slot of each asset; one more entry at the end.
    pub(crate) slot_starts: Vec<u32>,
    /// Layers, sorted.
    pub layers: IndexVec<LayerId, Layer>,
    /// What each role has; abstract roles too.
    pub roles: IndexVec<RoleId, RoleAccess>,
    /// Class of each asset, where it has one.
    pub asset_classes: IndexVec<AssetId, Option<ClassId>>,
    /// Class of each field, where it has one.
    pub field_classes: IndexVec<FieldId, Option<ClassId>>,
    /// What rights imply, per platform.
    pub(crate) closures: Vec<Closure>,
    /// What rights may imply, per platform.
    pub(crate) advisory_closures: Vec<Closure>,
    /// The roles of each together set, sorted.
    pub(crate) together: IndexVec<TogetherId, Vec<RoleId>>,
    /// The same without what lies beneath the roles, where anything does.
    pub(crate) bare: Option<Box<Self>>,
}

impl Access<'_> {
    /// The access that packages are made of: what lies beneath roles is not in it, so a package is the same whatever the
    /// profiles and roles grant that nobody here writes. Back ends plan and emit from it; judgements never ask it.
    #[must_use]
    pub fn emitted(&self) -> &Self {
        self.bare.as_deref().unwrap_or(self)
    }

    /// The roles of a holder.
    #[must_use]
    pub fn roles_of(&self, holder: Holder) -> Vec<RoleId> {
        match holder {
            Holder::Role(role) => vec![role],
            Holder::Together(set) => self.together[set].clone(),
        }
    }

    /// Whether nobody holds the role by itself.
    #[must_use]
    pub fn is_abstract(&self, role: RoleId) -> bool {
        self.names.roles.get(role).r#abstract.as_ref().is_some_and(|it| it.value)
    }

    /// The slots of an asset: its rows first, then fields.
    pub fn slots_of(&self, asset: AssetId) -> impl Iterator<Item = SlotId> + use<> {
        let at = |index: u32| self.slot_starts.get(index as usize).copied().unwrap_or(0);
        (at(asset.0)..at(asset.0 + 1)).map(SlotId)
    }

    /// The slot of an asset's rows. Every asset has one, and it is its first.
    #[must_use]
    pub fn rows_slot(&self, asset: AssetId) -> SlotId {
        SlotId(self.slot_starts.get(asset.0 as usize).copied().unwrap_or(0))
    }

    /// The slot that holds a field; `None` where the field has no class.
    #[must_use]
    pub fn field_slot(&self, field: FieldId) -> Option<SlotId> {
        let asset = self.names.fields[field].asset;
        let class = self.field_classes[field]?;
        let own = SlotKind::Field(field);
        let group = SlotKind::Fields(class);
        let mut found = None;
        for slot in self.slots_of(asset) {
            let kind = self.slots[slot].kind;
            if kind == own {
                return Some(slot);
            }
            if kind == group {
                found = Some(slot);
            }
        }
        found
    }

    /// The fields of a slot, sorted.
    #[must_use]
    pub fn fields_in(&self, slot: SlotId) -> Vec<FieldId> {
        let key = self.slots[slot];
        match key.kind {
            SlotKind::Rows => Vec::new(),
            SlotKind::Field(field) => vec![field],
            SlotKind::Fields(_) => self
                .names
                .fields_of(key.asset)
                .filter(|field| self.field_slot(*field) == Some(slot))
                .collect(),
        }
    }

    /// The entries of a role on one slot.
    #[must_use]
    pub fn entries(&self, role: RoleId, slot: SlotId) -> &[Entry] {
        let entries = &self.roles[role].entries;
        let start = entries.partition_point(|entry| entry.slot < slot);
        // A slot has few entries: their end is near.
        let rest = entries.get(start..).unwrap_or_default();
        rest.get(..rest.iter().take_while(|entry| entry.slot == slot).count()).unwrap_or_default()
    }

    /// Every way in which a holder reaches a target, after recombination: a field is seen in every row that any container
    /// shows, so its scopes are those of the row, for the actions that the field has at all. Sorted; ways that add nothing
    /// to another one are left out.
    #[must_use]
    pub fn grants(&self, holder: Holder, target: Target) -> Vec<Grant> {
        let roles = self.roles_of(holder);
        let grants = match target {
            Target::Rows(asset) => self.slot_grants(&roles, self.rows_slot(asset)),
            Target::Field(field) => self.field_grants(&roles, field),
        };
        normalise(grants)
    }

    /// The grants of some roles on one slot as written, one per entry; for fields without regard to rows.
    #[must_use]
    pub fn slot_grants(&self, roles: &[RoleId], slot: SlotId) -> Vec<Grant> {
        let entries = roles.iter().flat_map(|role| self.entries(*role, slot));
        entries
            .map(|entry| {
                let layer = self.layers[entry.layer];
                Grant {
                    conditions: layer.conditions,
                    temporaries: layer.temporary.into_iter().collect(),
                    platforms: entry.platforms,
                    scopes: entry.scopes,
                }
            })
            .collect()
    }

    fn field_grants(&self, roles: &[RoleId], field: FieldId) -> Vec<Grant> {
        let Some(slot) = self.field_slot(field) else { return Vec::new() };
        let rows = self.slot_grants(roles, self.rows_slot(self.names.fields[field].asset));
        let own = self.slot_grants(roles, slot);
        let bound = self.platforms_of_field(field);
        let mut grants = Vec::new();
        for row in &rows {
            for cell in &own {
                let platforms = row.platforms.and(cell.platforms).and(bound);
                let scopes = recombine(row.scopes, cell.scopes);
                if platforms.is_empty() || scopes.is_empty() {
                    continue;
                }
                let mut temporaries = [row.temporaries.as_slice(), cell.temporaries.as_slice()].concat();
                temporaries.sort_unstable();
                temporaries.dedup();
                grants.push(Grant {
                    conditions: row.conditions.union(cell.conditions),
                    temporaries,
                    platforms,
                    scopes,
                });
            }
        }
        grants
    }

    /// The platforms that know a field; its slot may hold fields of other platforms too.
    #[must_use]
    pub fn platforms_of_field(&self, field: FieldId) -> PlatformSet {
        let known = self.platforms.iter().enumerate().filter(|(_, facts)| facts.fields[field].is_some());
        PlatformSet(known.fold(0, |all, (bit, _)| all | 1 << bit))
    }

    /// The scopes of one action on a target over all ways, conditional and temporary ones included.
    #[must_use]
    pub fn reach(&self, holder: Holder, target: Target, action: Action) -> ScopeSet {
        let all = self.grants(holder, target);
        all.iter().fold(ScopeSet::NONE, |scopes, grant| scopes.union(grant.scopes.get(action))).widest()
    }

    /// Whether a holder has what a capability gives ([`Self::hold`]).
    #[must_use]
    pub fn holds(&self, holder: Holder, capability: CapabilityId) -> bool {
        self.hold(&self.roles_of(holder), capability)
    }

    /// Whether somebody with some roles has what a capability gives: by its name, or because all of its rights on a platform
    /// come with what the roles are granted there, whatever they are called.
    #[must_use]
    pub fn hold(&self, roles: &[RoleId], capability: CapabilityId) -> bool {
        roles.iter().any(|role| self.is_given(*role, capability))
            || (0..self.platforms.len()).any(|platform| self.hold_on(roles, capability, platform))
    }

    /// The same on one platform, on which the capability has rights.
    #[must_use]
    pub fn hold_on(&self, roles: &[RoleId], capability: CapabilityId, platform: usize) -> bool {
        let Some(facts) = self.platforms.get(platform) else { return false };
        let rights = &facts.capabilities[capability];
        let named =
            |role: &RoleId| self.is_given(*role, capability) && self.roles[*role].platforms.has(platform);
        let has = |role: &RoleId, right: &RightId| {
            self.roles[*role].closure.get(platform).is_some_and(|held| held.contains(right.index()))
        };
        let comes_to_it = || rights.iter().all(|right| roles.iter().any(|role| has(role, right)));
        !rights.is_empty() && (roles.iter().any(named) || comes_to_it())
    }

    /// Whether a role, or one that it extends, says that it holds a capability.
    #[must_use]
    pub fn is_given(&self, role: RoleId, capability: CapabilityId) -> bool {
        self.roles[role].capabilities.contains(capability.index())
    }

    /// The rights of a holder on one platform, with all that they imply.
    #[must_use]
    pub fn rights(&self, holder: Holder, platform: usize) -> Vec<RightId> {
        let mut all = FixedBitSet::new();
        for role in self.roles_of(holder) {
            if let Some(rights) = self.roles[role].closure.get(platform) {
                all.grow(rights.len());
                all.union_with(rights);
            }
        }
        all.ones().map(|bit| RightId(u32::try_from(bit).unwrap_or(u32::MAX))).collect()
    }

    /// The condition names of a set, in the order of names.
    #[must_use]
    pub fn condition_names(&self, conditions: Conditions) -> Vec<&str> {
        conditions.iter().map(|condition| self.names.conditions.name(condition)).collect()
    }
}

/// The row's scopes, for the actions that the field has. Unmasking follows the rows that are read.
#[must_use]
pub fn recombine(row: ScopeWord, field: ScopeWord) -> ScopeWord {
    ScopeWord::FIELD_ACTIONS.iter().fold(ScopeWord::NONE, |all, action| {
        if field.get(*action).is_empty() {
            return all;
        }
        let rows = if *action == Action::Unmask { Action::Read } else { *action };
        all.union(ScopeWord::of_set(*action, row.get(rows)))
    })
}

/// Joins grants of the same layer and platforms, drops what another grant with fewer conditions gives anyway, sorts.
fn normalise(mut grants: Vec<Grant>) -> Vec<Grant> {
    grants.sort();
    grants.dedup();
    let mut joined: Vec<Grant> = Vec::with_capacity(grants.len());
    for grant in grants {
        match joined.last_mut() {
            Some(last)
                if (last.conditions, &last.temporaries, last.platforms)
                    == (grant.conditions, &grant.temporaries, grant.platforms) =>
            {
                last.scopes = last.scopes.union(grant.scopes);
            }
            _ => joined.push(grant),
        }
    }
    let all = joined.clone();
    for grant in &mut joined {
        let easier = all.iter().filter(|other| is_easier(other, grant)).map(|other| other.scopes);
        let covered = easier.flat_map(ScopeWord::iter).fold(ScopeWord::NONE, |covered, (action, scopes)| {
            covered.union(ScopeWord::of_set(action, scopes.closure()))
        });
        grant.scopes = grant.scopes.widest().without(covered);
    }
    joined.retain(|grant| !grant.scopes.is_empty());
    joined
}

/// Whether `a` holds whenever and wherever `b` does, and is another grant.
fn is_easier(a: &Grant, b: &Grant) -> bool {
    let same = (a.conditions, &a.temporaries, a.platforms) == (b.conditions, &b.temporaries, b.platforms);
    !same
        && a.conditions.within(b.conditions)
        && a.temporaries.iter().all(|it| b.temporaries.contains(it))
        && b.platforms.and(a.platforms) == b.platforms
}
