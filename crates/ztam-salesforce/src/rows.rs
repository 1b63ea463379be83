//! What one permission set grants on objects and fields: the cells of one layer of a role, rounded down to what Salesforce
//! can say.
//!
//! A set is complete in itself: what a right needs stands in the same set, or the right is dropped. What it needs may be
//! repeated from layers that hold whenever this one does, never at a wider scope, and nothing is ever added.

use ztam_graph::access::{Access, Entry, Layer, LayerId, Origin, SlotId, SlotKind};
use ztam_graph::facts::RowDefault;
use ztam_graph::ids::{AssetId, RoleId};
use ztam_graph::scopes::{ScopeSet, ScopeWord};
use ztam_model::words::{Action, RoleKind, Scope};

use crate::bind::{Family, Object, Package};

/// Rights on an object, one bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ObjectRights(u8);

impl ObjectRights {
    pub(crate) const NONE: Self = Self(0);
    pub(crate) const READ: Self = Self(1);
    pub(crate) const CREATE: Self = Self(1 << 1);
    pub(crate) const EDIT: Self = Self(1 << 2);
    pub(crate) const DELETE: Self = Self(1 << 3);
    pub(crate) const VIEW_ALL: Self = Self(1 << 4);
    pub(crate) const MODIFY_ALL: Self = Self(1 << 5);

    pub(crate) fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    pub(crate) fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

/// Object rights with the actions that they stand for.
const ROW_RIGHTS: &[(Action, ObjectRights)] = &[
    (Action::Read, ObjectRights::READ),
    (Action::Create, ObjectRights::CREATE),
    (Action::Edit, ObjectRights::EDIT),
    (Action::Delete, ObjectRights::DELETE),
];

/// What Modify All stands for.
pub(crate) const MODIFY_ALL_ACTIONS: &[Action] =
    &[Action::Read, Action::Edit, Action::Delete, Action::Share, Action::Assign];

/// Rights on the fields of a slot. A field that can be read only stays readable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum FieldRight {
    /// Readable.
    Read,
    /// Readable and editable.
    Edit,
}

/// What a permission set grants on objects and fields, both in the byte order of object names.
#[derive(Debug, Default)]
pub(crate) struct SetRows {
    pub(crate) objects: Vec<(AssetId, ObjectRights)>,
    /// The rows slot stands for the fields that the matrix does not list.
    pub(crate) fields: Vec<(AssetId, SlotId, FieldRight)>,
}

/// Why a cell is granted less.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reason {
    /// No right to append or append-to.
    NoAppendRight,
    /// Assign comes with Modify All alone.
    NoAssignRight,
    /// Share comes with Modify All alone.
    NoShareRight,
    /// A field that cannot be unmasked by itself.
    NoUnmaskRight,
    /// View All is not for people from outside.
    NoViewAllOutside,
    /// An action that the kind of object does not know.
    NotOnThisObject,
    /// Delete without edit.
    DeleteNeedsEdit,
    /// Rows that sharing gives to a team or unit cannot be deleted by it.
    DeleteNotShared,
    /// Field edit and create are one right, and only one of them is granted.
    EditableIsBoth,
    /// Create, edit or delete without read.
    MissingRead,
    /// Edit or delete of all rows without Modify All.
    OrgWriteWithoutModifyAll,
    /// Rows that come by the role hierarchy can be edited and deleted along with being read.
    HierarchyWrites,
    /// The parent cannot be read.
    ParentNotReadable,
    /// The parent cannot be viewed in full.
    ParentNotViewable,
}

impl Reason {
    /// The word of reports.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::NoAppendRight => "no-append-right",
            Self::NoAssignRight => "no-assign-right",
            Self::NoShareRight => "no-share-right",
            Self::NoUnmaskRight => "no-unmask-right",
            Self::NoViewAllOutside => "no-view-all-outside",
            Self::NotOnThisObject => "not-on-this-object",
            Self::DeleteNeedsEdit => "delete-needs-edit",
            Self::DeleteNotShared => "delete-not-shared",
            Self::EditableIsBoth => "editable-is-both",
            Self::HierarchyWrites => "hierarchy-writes",
            Self::MissingRead => "missing-read",
            Self::OrgWriteWithoutModifyAll => "org-write-without-modify-all",
            Self::ParentNotReadable => "parent-not-readable",
            Self::ParentNotViewable => "parent-not-viewable",
        }
    }
}

/// A cell that is granted less.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Loss {
    pub(crate) reason: Reason,
    pub(crate) slot: SlotId,
    pub(crate) action: Action,
}

/// Access as permission sets see it.
pub(crate) struct Sets<'a> {
    pub(crate) package: &'a Package,
    pub(crate) access: &'a Access<'a>,
    pub(crate) platform: usize,
    /// The roles of each together set.
    pub(crate) together: Vec<Vec<RoleId>>,
}

/// A role's entries on one asset.
#[derive(Clone, Copy)]
pub(crate) struct Group<'a> {
    pub(crate) asset: AssetId,
    pub(crate) object: &'a Object,
    pub(crate) rows: &'a [Entry],
    pub(crate) fields: &'a [Entry],
}

impl<'a> Sets<'a> {
    /// A role's entries by asset, in the order of assets; assets without an object are left out.
    pub(crate) fn groups(&self, role: RoleId) -> Vec<Group<'a>> {
        let access = self.access;
        let asset_of = |entry: &Entry| access.slots[entry.slot].asset;
        let entries: &'a [Entry] = &access.roles[role].entries;
        let by_asset = entries.chunk_by(|a, b| asset_of(a) == asset_of(b));
        by_asset
            .filter_map(|chunk| {
                let asset = chunk.first().map(asset_of)?;
                let object = self.package.objects.lookup(asset)?.as_ref()?;
                let rows = chunk.partition_point(|entry| access.slots[entry.slot].kind == SlotKind::Rows);
                let (rows, fields) = chunk.split_at_checked(rows)?;
                Some(Group { asset, object, rows, fields })
            })
            .collect()
    }

    /// Whether an entry is a cell that this package emits.
    pub(crate) fn is_cell(&self, entry: &Entry) -> bool {
        entry.platforms.has(self.platform) && entry.origin != Origin::Right
    }

    /// What the cells of a layer say.
    pub(crate) fn own(&self, entries: &[Entry], layer: LayerId) -> ScopeWord {
        let own = entries.iter().filter(|it| it.layer == layer && self.is_cell(it));
        own.fold(ScopeWord::NONE, |word, it| word.union(it.scopes))
    }

    /// What the cells say that hold always.
    pub(crate) fn always(&self, entries: &[Entry]) -> ScopeWord {
        self.held(entries, Layer::default())
    }

    /// What the cells say that hold whenever a layer does.
    fn held(&self, entries: &[Entry], layer: Layer) -> ScopeWord {
        let held =
            entries.iter().filter(|it| self.is_cell(it) && is_within(self.access.layers[it.layer], &[layer]));
        held.fold(ScopeWord::NONE, |word, it| word.union(it.scopes))
    }

    /// Cells without the edit and delete that would reach further than they say: whoever reads the rows of the units below
    /// through the role hierarchy edits and deletes all of them, once the right on the object is there at all. The rows may
    /// come from any role that the person may hold beside this one.
    fn beside_hierarchy(&self, role: RoleId, slot: SlotId, layer: Layer, word: ScopeWord) -> ScopeWord {
        let word = self.without_narrower(self.access.entries(role, slot), layer, word);
        self.together.iter().filter(|it| it.contains(&role)).fold(word, |word, roles| {
            let entries = roles.iter().flat_map(|it| self.access.entries(*it, slot)).copied();
            self.without_narrower(&entries.collect::<Vec<_>>(), layer, word)
        })
    }

    /// The same for what one holder has on the rows.
    fn without_narrower(&self, entries: &[Entry], layer: Layer, word: ScopeWord) -> ScopeWord {
        let by_hierarchy = |it: &Entry| it.scopes.get(Action::Read).widest().has(Scope::UnitTree);
        if !entries.iter().any(|it| self.is_cell(it) && by_hierarchy(it)) {
            return word;
        }
        let held = self.held(entries, layer);
        let narrower = [Action::Edit, Action::Delete]
            .into_iter()
            .filter(|it| !held.get(*it).contains(ScopeSet::of(Scope::UnitTree)));
        narrower.fold(word, |word, action| word.without(ScopeWord::mask(&[action])))
    }

    /// The object of an asset as the platform calls it.
    pub(crate) fn object_name(&self, asset: AssetId) -> String {
        let object = self.package.objects.lookup(asset).and_then(Option::as_ref);
        object.map_or_else(String::new, |it| it.name.to_string())
    }

    /// The kind of a role.
    pub(crate) fn kind(&self, role: RoleId) -> RoleKind {
        self.access.names.roles.get(role).kind.as_ref().map_or(RoleKind::Employee, |it| it.value)
    }

    /// What the permission set of a layer grants; what is lost on the way is told to `lose`.
    pub(crate) fn rows(&self, role: RoleId, layer: LayerId, lose: &mut dyn FnMut(Loss)) -> SetRows {
        let groups = self.groups(role);
        let mut set = SetRows { objects: self.objects(role, layer, &groups, lose), fields: Vec::new() };
        let together: Vec<_> =
            self.together.iter().map(Vec::as_slice).filter(|it| it.contains(&role)).collect();
        for group in &groups {
            self.fields(group, layer, &together, &mut set.fields, lose);
        }
        let rank = &self.package.rank;
        set.objects.sort_unstable_by_key(|(asset, _)| rank[*asset]);
        set.fields.sort_unstable_by_key(|(asset, slot, _)| (rank[*asset], *slot));
        set
    }

    fn objects(
        &self,
        role: RoleId,
        layer: LayerId,
        groups: &[Group<'a>],
        lose: &mut dyn FnMut(Loss),
    ) -> Vec<(AssetId, ObjectRights)> {
        let mut resolver = Resolver::new(self, role, self.access.layers[layer], groups);
        for (position, group) in groups.iter().enumerate() {
            let written = self.own(group.rows, layer);
            if written.is_empty() {
                continue;
            }
            let Some(slot) = group.rows.first().map(|it| it.slot) else { continue };
            let mut told = |reason, action| lose(Loss { reason, slot, action });
            let word = self.beside_hierarchy(role, slot, self.access.layers[layer], written);
            written.without(word).iter().for_each(|(action, _)| told(Reason::HierarchyWrites, action));
            let rights = resolver.rights(position, word, &mut told);
            self.losses_beside_rights(role, group, word, rights, &mut told);
            resolver.grant(position, rights);
        }
        resolver.granted(groups)
    }

    /// What no right of an object stands for, or stands for only in part.
    fn losses_beside_rights(
        &self,
        role: RoleId,
        group: &Group<'_>,
        word: ScopeWord,
        rights: ObjectRights,
        told: &mut dyn FnMut(Reason, Action),
    ) {
        let absent = [
            (Action::Share, Reason::NoShareRight),
            (Action::Assign, Reason::NoAssignRight),
            (Action::Append, Reason::NoAppendRight),
            (Action::AppendTo, Reason::NoAppendRight),
            (Action::Unmask, Reason::NoUnmaskRight),
        ];
        let all = rights.has(ObjectRights::MODIFY_ALL);
        for (action, reason) in absent.into_iter().filter(|(it, _)| !(all && MODIFY_ALL_ACTIONS.contains(it)))
        {
            let written =
                group.rows.iter().any(|it| it.origin == Origin::Matrix && !it.scopes.get(action).is_empty());
            if written && !word.get(action).is_empty() {
                told(reason, action);
            }
        }
        if all {
            return;
        }
        let default = self.default(role, group.asset);
        if rights.has(ObjectRights::EDIT)
            && word.get(Action::Edit).has(Scope::Org)
            && default != RowDefault::ReadWrite
        {
            told(Reason::OrgWriteWithoutModifyAll, Action::Edit);
        }
        if rights.has(ObjectRights::DELETE) {
            let scopes = word.get(Action::Delete).widest();
            if scopes.has(Scope::Org) {
                told(Reason::OrgWriteWithoutModifyAll, Action::Delete);
            } else if scopes.has(Scope::Team) || scopes.has(Scope::Unit) {
                told(Reason::DeleteNotShared, Action::Delete);
            }
        }
    }

    /// The sharing default that counts for a role.
    pub(crate) fn default(&self, role: RoleId, asset: AssetId) -> RowDefault {
        let facts = self.access.platforms.get(self.platform).and_then(|it| it.assets.lookup(asset)?.as_ref());
        match (facts, is_outside(self.kind(role))) {
            (Some(facts), false) => facts.default,
            (Some(facts), true) => facts.external_default,
            (None, _) => RowDefault::Unknown,
        }
    }

    fn fields(
        &self,
        group: &Group<'_>,
        layer: LayerId,
        together: &[&[RoleId]],
        out: &mut Vec<(AssetId, SlotId, FieldRight)>,
        lose: &mut dyn FnMut(Loss),
    ) {
        let rows_read =
            group.rows.iter().any(|it| self.is_here(it) && !it.scopes.get(Action::Read).is_empty());
        if !rows_read {
            return;
        }
        let unlisted = group.object.fields_known.then_some(group.rows).filter(|it| !it.is_empty());
        let slots = group.fields.chunk_by(|a, b| a.slot == b.slot);
        for cells in unlisted.into_iter().chain(slots) {
            let Some(slot) = cells.first().map(|it| it.slot) else { continue };
            let mut told = |reason, action| lose(Loss { reason, slot, action });
            if let Some(right) = self.field_right(cells, group.rows, layer, together, &mut told) {
                out.push((group.asset, slot, right));
            }
        }
    }

    /// The right on the fields of one slot that a layer's cells give. Readable opens the field in every row that the person
    /// reads; editable in every row that they create or edit, from whatever set: so it needs both where the rows have both,
    /// those of roles that the person may hold beside this one too.
    fn field_right(
        &self,
        cells: &[Entry],
        rows: &[Entry],
        layer: LayerId,
        together: &[&[RoleId]],
        told: &mut dyn FnMut(Reason, Action),
    ) -> Option<FieldRight> {
        let own = self.own(cells, layer);
        let own_layer = self.access.layers[layer];
        let writes = [Action::Create, Action::Edit];
        let row_has =
            |action: Action| rows.iter().any(|it| self.is_here(it) && !it.scopes.get(action).is_empty());
        let wanted: Vec<_> =
            writes.into_iter().filter(|it| !own.get(*it).is_empty() && row_has(*it)).collect();
        let reads = !self.held(cells, own_layer).get(Action::Read).is_empty();
        if !reads {
            wanted.iter().for_each(|action| told(Reason::MissingRead, *action));
            return None;
        }
        let editable = !wanted.is_empty()
            && writes.iter().all(|it| {
                self.follows_rows(&[cells], &[rows], own_layer, *it)
                    && together.iter().all(|roles| self.follows_rows_of(roles, cells, own_layer, *it))
            });
        if editable {
            return Some(FieldRight::Edit);
        }
        wanted.iter().for_each(|action| told(Reason::EditableIsBoth, *action));
        (!own.get(Action::Read).is_empty()).then_some(FieldRight::Read)
    }

    /// The same for somebody who holds several roles: both the field and the rows may come from any of them.
    fn follows_rows_of(&self, roles: &[RoleId], cells: &[Entry], own: Layer, action: Action) -> bool {
        let Some(slot) = cells.first().map(|it| it.slot) else { return true };
        let rows_slot = self.access.rows_slot(self.access.slots[slot].asset);
        let of = |slot| roles.iter().map(|role| self.access.entries(*role, slot)).collect::<Vec<_>>();
        self.follows_rows(&of(slot), &of(rows_slot), own, action)
    }

    /// Whether the field has an action in every row that has it, under what holds there.
    fn follows_rows(&self, cells: &[&[Entry]], rows: &[&[Entry]], own: Layer, action: Action) -> bool {
        let mut rows =
            rows.iter().copied().flatten().filter(|it| self.is_here(it) && !it.scopes.get(action).is_empty());
        rows.all(|row| {
            let both = [own, self.access.layers[row.layer]];
            cells.iter().copied().flatten().any(|it| {
                self.is_here(it)
                    && !it.scopes.get(action).is_empty()
                    && is_within(self.access.layers[it.layer], &both)
            })
        })
    }

    /// Whether an entry counts here, whatever it comes from.
    fn is_here(&self, entry: &Entry) -> bool {
        entry.platforms.has(self.platform)
    }
}

/// Whether a layer holds whenever all others do.
pub(crate) fn is_within(layer: Layer, others: &[Layer]) -> bool {
    let conditions =
        others.iter().fold(ztam_graph::access::Conditions::NONE, |all, it| all.union(it.conditions));
    let temporary = layer.temporary.is_none_or(|it| others.iter().any(|other| other.temporary == Some(it)));
    layer.conditions.within(conditions) && temporary
}

/// Whether a kind of role is held by people from outside.
pub(crate) fn is_outside(kind: RoleKind) -> bool {
    matches!(kind, RoleKind::External | RoleKind::Guest)
}

/// Settles what one set may hold when rights need other rights in the same set.
struct Resolver<'s, 'a> {
    groups: &'s [Group<'a>],
    /// Rights that hold whenever the layer does, by position of the group.
    held: Vec<ObjectRights>,
    kind: RoleKind,
    readable: Vec<Option<bool>>,
    viewable: Vec<Option<bool>>,
    granted: Vec<ObjectRights>,
}

impl<'s, 'a> Resolver<'s, 'a> {
    fn new(sets: &Sets<'a>, role: RoleId, layer: Layer, groups: &'s [Group<'a>]) -> Self {
        let kind = sets.kind(role);
        let accepts = sets.package.roles[role].accept_modify_all && !is_outside(kind);
        let held = groups.iter().map(|group| {
            let held = sets.held(group.rows, layer);
            let slot = group.rows.first().map(|it| it.slot);
            let word = slot.map_or(held, |slot| sets.beside_hierarchy(role, slot, layer, held));
            let rights = object_rights(word, kind, group.object.family);
            let all = MODIFY_ALL_ACTIONS.iter().all(|it| word.get(*it).has(Scope::Org));
            if accepts && all && group.object.family == Family::Usual {
                rights.with(ObjectRights::MODIFY_ALL)
            } else {
                rights
            }
        });
        Self {
            groups,
            held: held.collect(),
            kind,
            readable: vec![None; groups.len()],
            viewable: vec![None; groups.len()],
            granted: vec![ObjectRights::NONE; groups.len()],
        }
    }

    fn held(&self, position: usize) -> ObjectRights {
        self.held.get(position).copied().unwrap_or_default()
    }

    fn position(&self, asset: AssetId) -> Option<usize> {
        self.groups.binary_search_by_key(&asset, |it| it.asset).ok()
    }

    /// What a group's own cells give in this set.
    fn rights(
        &mut self,
        position: usize,
        word: ScopeWord,
        told: &mut dyn FnMut(Reason, Action),
    ) -> ObjectRights {
        let Some(group) = self.groups.get(position).copied() else { return ObjectRights::NONE };
        let held = self.held(position);
        let mut rights = object_rights(word, self.kind, group.object.family);
        for (action, right) in ROW_RIGHTS {
            if !word.get(*action).is_empty() && !rights.has(*right) && self.kind != RoleKind::Guest {
                told(Reason::NotOnThisObject, *action);
            }
        }
        if rights == ObjectRights::NONE {
            return rights;
        }
        if !self.can(position, ObjectRights::READ) {
            let reason =
                if held.has(ObjectRights::READ) { Reason::ParentNotReadable } else { Reason::MissingRead };
            let lost = ROW_RIGHTS.iter().filter(|(_, right)| rights.has(*right));
            lost.for_each(|(action, _)| told(reason, *action));
            return ObjectRights::NONE;
        }
        rights = rights.with(ObjectRights::READ);
        if word.get(Action::Read).has(Scope::Org) && is_outside(self.kind) {
            told(Reason::NoViewAllOutside, Action::Read);
        }
        if rights.has(ObjectRights::DELETE) && group.object.family != Family::Big {
            if held.has(ObjectRights::EDIT) {
                rights = rights.with(ObjectRights::EDIT);
            } else {
                rights = rights.without(ObjectRights::DELETE);
                told(Reason::DeleteNeedsEdit, Action::Delete);
            }
        }
        self.wide_rights(position, word, rights, told)
    }

    fn wide_rights(
        &mut self,
        position: usize,
        word: ScopeWord,
        rights: ObjectRights,
        told: &mut dyn FnMut(Reason, Action),
    ) -> ObjectRights {
        let viewable = self.can(position, ObjectRights::VIEW_ALL);
        let mut rights = rights;
        if rights.has(ObjectRights::VIEW_ALL) && !viewable {
            rights = rights.without(ObjectRights::VIEW_ALL);
            told(Reason::ParentNotViewable, Action::Read);
        }
        let adds = MODIFY_ALL_ACTIONS.iter().any(|it| word.get(*it).has(Scope::Org));
        if adds && viewable && self.held(position).has(ObjectRights::MODIFY_ALL) {
            let needed =
                [ObjectRights::EDIT, ObjectRights::DELETE, ObjectRights::VIEW_ALL, ObjectRights::MODIFY_ALL];
            rights = needed.into_iter().fold(rights, ObjectRights::with);
        }
        rights
    }

    /// Whether read or view-all can stand in this set with all that it needs.
    fn can(&mut self, position: usize, right: ObjectRights) -> bool {
        let memo = if right == ObjectRights::READ { &mut self.readable } else { &mut self.viewable };
        let Some(known) = memo.get_mut(position) else { return false };
        if let Some(known) = *known {
            return known;
        }
        // Objects that need each other in a circle are refused.
        *known = Some(false);
        let settled = self.held(position).has(right)
            && self.needs(position, right).into_iter().all(|need| {
                need.and_then(|asset| self.position(asset)).is_some_and(|it| self.can(it, right))
            })
            && (right == ObjectRights::READ || self.can(position, ObjectRights::READ));
        let memo = if right == ObjectRights::READ { &mut self.readable } else { &mut self.viewable };
        if let Some(known) = memo.get_mut(position) {
            *known = Some(settled);
        }
        settled
    }

    fn needs(&self, position: usize, right: ObjectRights) -> Vec<Option<AssetId>> {
        let object = self.groups.get(position).map(|it| it.object);
        let needs = object.map(|it| if right == ObjectRights::READ { &it.reads } else { &it.views });
        needs.cloned().unwrap_or_default()
    }

    /// Grants rights, and repeats on other objects what they need.
    fn grant(&mut self, position: usize, rights: ObjectRights) {
        let Some(granted) = self.granted.get_mut(position) else { return };
        if granted.has(rights) {
            return;
        }
        *granted = granted.with(rights);
        for right in [ObjectRights::READ, ObjectRights::VIEW_ALL] {
            if !rights.has(right) {
                continue;
            }
            let needed = if right == ObjectRights::VIEW_ALL { right.with(ObjectRights::READ) } else { right };
            for parent in self.needs(position, right).into_iter().flatten() {
                if let Some(parent) = self.position(parent) {
                    self.grant(parent, needed);
                }
            }
        }
    }

    fn granted(&self, groups: &[Group<'_>]) -> Vec<(AssetId, ObjectRights)> {
        let rows = groups.iter().zip(&self.granted);
        rows.filter(|(_, rights)| **rights != ObjectRights::NONE)
            .map(|(it, rights)| (it.asset, *rights))
            .collect()
    }
}

/// The object rights that cells stand for, before anything is needed or refused; Modify All apart.
fn object_rights(word: ScopeWord, kind: RoleKind, family: Family) -> ObjectRights {
    let narrow = kind == RoleKind::Guest || family == Family::Event;
    let known =
        ROW_RIGHTS.iter().filter(|(action, _)| !narrow || matches!(action, Action::Read | Action::Create));
    let rights = known
        .filter(|(action, _)| !word.get(*action).is_empty())
        .fold(ObjectRights::NONE, |rights, (_, right)| rights.with(*right));
    let all = word.get(Action::Read).has(Scope::Org) && !is_outside(kind) && family == Family::Usual;
    if all { rights.with(ObjectRights::VIEW_ALL) } else { rights }
}
