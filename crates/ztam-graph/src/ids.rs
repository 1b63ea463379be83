//! Names as numbers. Each kind of name has a table sorted by name, so that ids do not depend on the order of files;
//! classes keep their order, which is their rank.

use ztam_model::project::{
    Asset, Capability, Carry, Class, Condition, Domain, Duty, Environment, Field, Guard, Project, Role,
    Separation, Temporary, Text, Texts, Waiver,
};
use ztam_source::define_id;
use ztam_source::entries::Entries;
use ztam_source::idx::{Idx, IndexVec};
use ztam_source::span::Span;

define_id! {
    /// A data class; a higher number is more sensitive.
    ClassId
}
define_id! {
    /// A condition; also its bit in a [`crate::access::Conditions`].
    ConditionId
}
define_id! {
    /// A domain.
    DomainId
}
define_id! {
    /// An asset.
    AssetId
}
define_id! {
    /// A field of some asset.
    FieldId
}
define_id! {
    /// A capability.
    CapabilityId
}
define_id! {
    /// A role.
    RoleId
}
define_id! {
    /// A temporary grant.
    TemporaryId
}
define_id! {
    /// A set of roles that one person may hold.
    TogetherId
}
define_id! {
    /// An environment.
    EnvironmentId
}
define_id! {
    /// A guard.
    GuardId
}
define_id! {
    /// A duty.
    DutyId
}
define_id! {
    /// A separation of duties.
    SeparationId
}
define_id! {
    /// A waiver.
    WaiverId
}
define_id! {
    /// A carried block.
    CarryId
}

/// The names of one kind, sorted, with what they declare.
#[derive(Clone, Debug)]
pub struct Table<'p, I, T> {
    rows: IndexVec<I, (&'p Text, &'p T)>,
}

impl<'p, I: Idx, T> Table<'p, I, T> {
    fn new(entries: &'p Entries<T>) -> Self {
        let mut rows: Vec<_> = entries.0.iter().map(|(name, item)| (name, item)).collect();
        rows.sort_by(|a, b| a.0.value.cmp(&b.0.value));
        Self { rows: rows.into_iter().collect() }
    }

    /// The id of a name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<I> {
        self.rows
            .as_slice()
            .binary_search_by(|(text, _)| text.value.as_str().cmp(name))
            .ok()
            .map(I::from_usize)
    }

    /// The name.
    #[must_use]
    pub fn name(&self, id: I) -> &'p str {
        &self.rows[id].0.value
    }

    /// Where it is declared.
    #[must_use]
    pub fn span(&self, id: I) -> Span {
        self.rows[id].0.span
    }

    /// What it declares.
    #[must_use]
    pub fn get(&self, id: I) -> &'p T {
        self.rows[id].1
    }

    /// All ids, in the order of names.
    pub fn ids(&self) -> impl DoubleEndedIterator<Item = I> + ExactSizeIterator + use<I, T> {
        let count = self.rows.len();
        (0..count).map(I::from_usize)
    }

    /// Ids, names and declarations, in the order of names.
    pub fn iter(&self) -> impl Iterator<Item = (I, &'p str, &'p T)> + '_ {
        self.rows.iter_ids().map(|(id, (name, item))| (id, name.value.as_str(), *item))
    }

    /// All names, sorted.
    pub fn names(&self) -> impl Iterator<Item = &'p str> + '_ {
        self.rows.iter().map(|(name, _)| name.value.as_str())
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

/// A field with its asset.
#[derive(Clone, Copy, Debug)]
pub struct FieldRow<'p> {
    /// The asset.
    pub asset: AssetId,
    /// The field's own name.
    pub name: &'p Text,
    /// What it declares.
    pub field: &'p Field,
}

/// Every declared name of a project.
#[derive(Clone, Debug)]
pub struct Names<'p> {
    /// The project they come from.
    pub project: &'p Project,
    /// Classes, from least to most sensitive.
    pub classes: IndexVec<ClassId, &'p Class>,
    /// Conditions.
    pub conditions: Table<'p, ConditionId, Condition>,
    /// Domains.
    pub domains: Table<'p, DomainId, Domain>,
    /// Assets.
    pub assets: Table<'p, AssetId, Asset>,
    /// Fields of all assets: those of one asset stand together, sorted by name.
    pub fields: IndexVec<FieldId, FieldRow<'p>>,
    /// First field of each asset; one more entry at the end.
    field_starts: Vec<u32>,
    /// Capabilities.
    pub capabilities: Table<'p, CapabilityId, Capability>,
    /// Roles.
    pub roles: Table<'p, RoleId, Role>,
    /// Guards.
    pub guards: Table<'p, GuardId, Guard>,
    /// Duties.
    pub duties: Table<'p, DutyId, Duty>,
    /// Separations.
    pub separations: Table<'p, SeparationId, Separation>,
    /// Role sets.
    pub together: Table<'p, TogetherId, Texts>,
    /// Waivers.
    pub waivers: Table<'p, WaiverId, Waiver>,
    /// Temporary grants.
    pub temporaries: Table<'p, TemporaryId, Temporary>,
    /// Environments.
    pub environments: Table<'p, EnvironmentId, Environment>,
    /// Carried blocks.
    pub carries: Table<'p, CarryId, Carry>,
}

impl<'p> Names<'p> {
    /// Numbers every declared name.
    #[must_use]
    pub fn new(project: &'p Project) -> Self {
        let items = &project.items;
        let assets: Table<'p, AssetId, Asset> = Table::new(&items.assets);
        let mut fields = IndexVec::new();
        let mut field_starts = Vec::with_capacity(assets.len() + 1);
        for (asset, _, declared) in assets.iter() {
            field_starts.push(u32::try_from(fields.len()).unwrap_or(u32::MAX));
            let mut own: Vec<_> = declared.fields.0.iter().collect();
            own.sort_by(|a, b| a.0.value.cmp(&b.0.value));
            for (name, field) in own {
                fields.push(FieldRow { asset, name, field });
            }
        }
        field_starts.push(u32::try_from(fields.len()).unwrap_or(u32::MAX));
        Self {
            project,
            classes: items.classes.iter().collect(),
            conditions: Table::new(&items.conditions),
            domains: Table::new(&items.domains),
            assets,
            fields,
            field_starts,
            capabilities: Table::new(&items.capabilities),
            roles: Table::new(&items.roles),
            guards: Table::new(&items.guards),
            duties: Table::new(&items.duties),
            separations: Table::new(&items.separate),
            together: Table::new(&items.together),
            waivers: Table::new(&items.waivers),
            temporaries: Table::new(&items.temporary),
            environments: Table::new(&items.environments),
            carries: Table::new(&items.carry),
        }
    }

    /// The class of a name.
    #[must_use]
    pub fn class(&self, name: &str) -> Option<ClassId> {
        self.classes.iter_ids().find(|(_, class)| class.id.value == name).map(|(id, _)| id)
    }

    /// A class's name.
    #[must_use]
    pub fn class_name(&self, id: ClassId) -> &'p str {
        &self.classes[id].id.value
    }

    /// The fields of an asset, sorted by name.
    pub fn fields_of(
        &self,
        asset: AssetId,
    ) -> impl DoubleEndedIterator<Item = FieldId> + ExactSizeIterator + use<> {
        let at = |index: usize| self.field_starts.get(index).copied().unwrap_or(0);
        (at(asset.index()) as usize..at(asset.index() + 1) as usize).map(FieldId::from_usize)
    }

    /// A field by the names of its asset and its own.
    #[must_use]
    pub fn field(&self, asset: &str, field: &str) -> Option<FieldId> {
        let asset = self.assets.find(asset)?;
        let start = *self.field_starts.get(asset.index())? as usize;
        let end = *self.field_starts.get(asset.index() + 1)? as usize;
        let own = self.fields.as_slice().get(start..end)?;
        let at = own.binary_search_by(|it| it.name.value.as_str().cmp(field)).ok()?;
        Some(FieldId::from_usize(start + at))
    }

    /// `asset.field`.
    #[must_use]
    pub fn field_name(&self, id: FieldId) -> String {
        let row = &self.fields[id];
        format!("{}.{}", self.assets.name(row.asset), row.name.value)
    }

    /// The asset's class, if it has one that exists.
    #[must_use]
    pub fn class_of_asset(&self, asset: AssetId) -> Option<ClassId> {
        self.class(&self.assets.get(asset).class.as_ref()?.value)
    }

    /// The field's class: its own, or else its asset's.
    #[must_use]
    pub fn class_of_field(&self, field: FieldId) -> Option<ClassId> {
        let row = &self.fields[field];
        match &row.field.class {
            Some(class) => self.class(&class.value),
            None => self.class_of_asset(row.asset),
        }
    }

    /// A role's title, or its id in words.
    #[must_use]
    pub fn role_title(&self, role: RoleId) -> String {
        title_or_words(self.roles.get(role).title.as_ref(), self.roles.name(role))
    }

    /// An asset's title, or its id in words.
    #[must_use]
    pub fn asset_title(&self, asset: AssetId) -> String {
        title_or_words(self.assets.get(asset).title.as_ref(), self.assets.name(asset))
    }
}

/// The title, or else the id in words: `sales-rep` becomes `Sales Rep`.
#[must_use]
pub fn title_or_words(title: Option<&Text>, id: &str) -> String {
    if let Some(title) = title {
        return title.value.clone();
    }
    let words = id.split('-').map(|word| {
        let mut letters = word.chars();
        letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
    });
    words.collect::<Vec<String>>().join(" ")
}
