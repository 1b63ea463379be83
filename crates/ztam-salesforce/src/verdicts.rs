//! How near the permission sets of a role come to its cells, judged from the very rows that are emitted and from what was
//! lost on the way to them: no second opinion that could drift.

use std::collections::BTreeMap;

use ztam_backend::fidelity::{Cells, Verdict};
use ztam_graph::access::{Entry, Layer, LayerId, SlotId};
use ztam_graph::facts::RowDefault;
use ztam_graph::ids::{AssetId, ConditionId, FieldId, RoleId};
use ztam_graph::scopes::{ScopeSet, ScopeWord};
use ztam_model::words::{Action, Scope};

use crate::bind::Family;
use crate::plan::{is_bounded_by_parents, unenforced_of};
use crate::rows::{FieldRight, Group, Loss, ObjectRights, Reason, SetRows, Sets};

/// Rows that sharing gives, an obligation.
pub(crate) const ROW_SHARING: &str = "row-sharing";
/// Rows that follow those of their parents, an obligation.
pub(crate) const ROWS_OF_PARENT: &str = "rows-of-parent";
/// A condition that nothing enforces.
pub(crate) const NOT_ENFORCED: &str = "condition-not-enforced";
/// A field of which nobody says whether it takes field permissions.
pub(crate) const UNKNOWN_FIELD: &str = "field-permissions-unknown";
/// A field that can be read only.
pub(crate) const READ_ONLY: &str = "read-only-field";
/// A right of a capability without what it needs.
pub(crate) const NEEDS_OTHERS: &str = "right-needs-others";
/// Rights in a group that names muting sets: what those take away is not looked into.
const MUTED: &str = "muted-in-group";
/// A field whose rows are not granted; what is said of the rows explains it.
const ROW_NOT_GRANTED: &str = "row-not-granted";

/// What becomes of one layer of a role.
#[derive(Debug)]
pub(crate) struct LayerRows {
    pub(crate) layer: LayerId,
    /// A condition that nothing enforces; nothing of the layer is emitted then.
    pub(crate) unenforced: Option<ConditionId>,
    pub(crate) rows: SetRows,
    pub(crate) losses: Vec<Loss>,
}

/// What permissions a field takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum FieldKind {
    /// Readable and editable.
    Usual,
    /// Readable alone.
    ReadOnly,
    /// None: it is there with its row.
    WithRow,
    /// None, and it can be read only.
    ReadOnlyWithRow,
    /// Nobody knows.
    Doubtful,
}

/// The fields of a slot, apart by what they take.
type SlotFields = Vec<(FieldKind, Vec<FieldId>)>;

/// Judges cells.
pub(crate) struct Judge<'s, 'a> {
    sets: &'s Sets<'a>,
    fields: BTreeMap<SlotId, SlotFields>,
}

/// A layer of a role, to look things up in.
struct Emitted<'l> {
    layer: LayerId,
    unenforced: bool,
    objects: BTreeMap<AssetId, ObjectRights>,
    fields: BTreeMap<SlotId, FieldRight>,
    lost: BTreeMap<(SlotId, Action), &'l Loss>,
}

impl<'l> Emitted<'l> {
    fn new(it: &'l LayerRows) -> Self {
        Self {
            layer: it.layer,
            unenforced: it.unenforced.is_some(),
            objects: it.rows.objects.iter().copied().collect(),
            fields: it.rows.fields.iter().map(|(_, slot, right)| (*slot, *right)).collect(),
            // The first reason that is told is the one that counts.
            lost: it.losses.iter().rev().map(|loss| ((loss.slot, loss.action), loss)).collect(),
        }
    }

    fn rights(&self, asset: AssetId) -> ObjectRights {
        self.objects.get(&asset).copied().unwrap_or_default()
    }

    fn lost(&self, slot: SlotId, action: Action) -> Option<Verdict> {
        self.lost.get(&(slot, action)).map(|loss| Verdict::Less(loss.reason.word()))
    }
}

/// The layers of a role on the platform with what is emitted for each.
pub(crate) fn layers(sets: &Sets<'_>, role: RoleId) -> Vec<LayerRows> {
    let groups = sets.groups(role);
    let cells = groups.iter().flat_map(|it| it.rows.iter().chain(it.fields)).filter(|it| sets.is_cell(it));
    let mut layers: Vec<LayerId> = cells.map(|it| it.layer).collect();
    layers.sort_unstable();
    layers.dedup();
    let planned = layers.into_iter().map(|layer| {
        let unenforced = unenforced_of(sets, sets.access.layers[layer].conditions);
        let mut losses = Vec::new();
        let mut lose = |loss| losses.push(loss);
        let rows = match unenforced {
            Some(_) => SetRows::default(),
            None if is_by_members(sets, role, layer) => rows_of_members(sets, role, layer, &mut lose),
            None => sets.rows(role, layer, &mut lose),
        };
        LayerRows { layer, unenforced, rows, losses }
    });
    planned.collect()
}

/// Whether a layer of a role is given by the sets of the roles that it extends: the role is a group of them.
pub(crate) fn is_by_members(sets: &Sets<'_>, role: RoleId, layer: LayerId) -> bool {
    sets.package.roles[role].group.is_some() && sets.access.layers[layer].temporary.is_none()
}

/// How the rights of a role come through that are written somewhere.
pub(crate) fn of_rights(sets: &Sets<'_>, role: RoleId) -> Verdict {
    if sets.package.muting_of(role).is_empty() { Verdict::Exact } else { Verdict::Less(MUTED) }
}

/// What the sets of the roles that a role extends grant together under one layer.
fn rows_of_members(sets: &Sets<'_>, role: RoleId, layer: LayerId, lose: &mut dyn FnMut(Loss)) -> SetRows {
    let names = &sets.access.names;
    let extends = names.roles.get(role).extends.iter();
    let mut objects: BTreeMap<AssetId, ObjectRights> = BTreeMap::new();
    let mut fields: BTreeMap<(AssetId, SlotId), FieldRight> = BTreeMap::new();
    for member in extends.filter_map(|it| names.roles.find(&it.value)) {
        let rows = sets.rows(member, layer, lose);
        for (asset, rights) in rows.objects {
            let all = objects.entry(asset).or_default();
            *all = all.with(rights);
        }
        for (asset, slot, right) in rows.fields {
            let widest = fields.entry((asset, slot)).or_insert(right);
            *widest = (*widest).max(right);
        }
    }
    let fields = fields.into_iter().map(|((asset, slot), right)| (asset, slot, right)).collect();
    SetRows { objects: objects.into_iter().collect(), fields }
}

impl<'s, 'a> Judge<'s, 'a> {
    pub(crate) fn new(sets: &'s Sets<'a>) -> Self {
        let mut fields: BTreeMap<SlotId, SlotFields> = BTreeMap::new();
        for (asset, object) in sets.package.objects.iter_ids() {
            let Some(object) = object else { continue };
            let listed = object.fields.iter().filter_map(|it| Some((it.listed?, it.read_only)));
            let usual =
                |(field, read_only)| (field, if read_only { FieldKind::ReadOnly } else { FieldKind::Usual });
            let doubtful = object.doubtful.iter().map(|it| (*it, FieldKind::Doubtful));
            let known = listed.map(usual).chain(doubtful).collect();
            add_fields(sets, asset, &known, &mut fields);
        }
        Self { sets, fields }
    }

    /// Tells how every cell of a role comes through, each once.
    pub(crate) fn cells(&self, role: RoleId, layers: &[LayerRows], tell: &mut dyn FnMut(&Cells<'_>)) {
        let emitted: Vec<_> = layers.iter().map(Emitted::new).collect();
        let muted = of_rights(self.sets, role);
        let tell = &mut |cells: &Cells<'_>| {
            let verdict = if muted == Verdict::Exact { cells.verdict } else { muted };
            tell(&Cells { verdict, ..*cells });
        };
        for group in self.sets.groups(role) {
            for layer in &emitted {
                self.rows(role, &group, layer, &emitted, tell);
            }
            let held = self.cells_of(group.rows);
            let given =
                emitted.iter().fold(ObjectRights::NONE, |all, layer| all.with(layer.rights(group.asset)));
            for cells in group.fields.chunk_by(|a, b| a.slot == b.slot) {
                emitted.iter().for_each(|layer| self.fields(cells, layer, held, given, tell));
            }
        }
    }

    /// What the cells on some slot say, over all layers.
    fn cells_of(&self, entries: &[Entry]) -> ScopeWord {
        let cells = entries.iter().filter(|it| self.sets.is_cell(it));
        cells.fold(ScopeWord::NONE, |all, it| all.union(it.scopes))
    }

    fn rows(
        &self,
        role: RoleId,
        group: &Group<'_>,
        layer: &Emitted<'_>,
        all: &[Emitted<'_>],
        tell: &mut dyn FnMut(&Cells<'_>),
    ) {
        let Some(slot) = group.rows.first().map(|it| it.slot) else { return };
        let word = self.sets.own(group.rows, layer.layer);
        let is_base = |it: &&Emitted<'_>| self.sets.access.layers[it.layer] == Layer::default();
        let base = all.iter().find(is_base).map(|it| (it, self.sets.always(group.rows)));
        for (action, scopes) in word.iter().filter(|(action, _)| *action != Action::Unmask) {
            let verdict = match &base {
                _ if layer.unenforced => Verdict::Less(NOT_ENFORCED),
                _ if layer.lost.contains_key(&(slot, action)) => {
                    self.row(role, group, (slot, layer), action, scopes)
                }
                // What holds always gives it anyway, so it comes through as that does.
                Some((base, always)) if is_wider(always.get(action), scopes) => {
                    self.row(role, group, (slot, base), action, always.get(action))
                }
                _ => self.row(role, group, (slot, layer), action, scopes),
            };
            tell(&Cells { slot, fields: &[], layer: layer.layer, action, verdict });
        }
    }

    fn row(
        &self,
        role: RoleId,
        group: &Group<'_>,
        (slot, layer): (SlotId, &Emitted<'_>),
        action: Action,
        scopes: ScopeSet,
    ) -> Verdict {
        if let Some(lost) = layer.lost(slot, action) {
            return lost;
        }
        let rights = layer.rights(group.asset);
        let (needed, all) = match action {
            Action::Read => (ObjectRights::READ, ObjectRights::VIEW_ALL),
            Action::Create => (ObjectRights::CREATE, ObjectRights::CREATE),
            Action::Edit => (ObjectRights::EDIT, ObjectRights::MODIFY_ALL),
            Action::Delete => (ObjectRights::DELETE, ObjectRights::MODIFY_ALL),
            Action::Share | Action::Assign => (ObjectRights::MODIFY_ALL, ObjectRights::MODIFY_ALL),
            Action::Append | Action::AppendTo => return Verdict::Less(Reason::NoAppendRight.word()),
            Action::Unmask => return Verdict::Less(Reason::NoUnmaskRight.word()),
        };
        if !rights.has(needed) {
            return Verdict::Less(Reason::NotOnThisObject.word());
        }
        let scopes = scopes.widest();
        // Nothing of these is shared row by row: the right alone reaches all.
        let all_rows = rights.has(all) || group.object.family != Family::Usual;
        if action == Action::Create || scopes.has(Scope::Shared) || (scopes.has(Scope::Org) && all_rows) {
            return Verdict::Exact;
        }
        let default = self.sets.default(role, group.asset);
        match default {
            RowDefault::Parent if is_bounded_by_parents(self.sets, role, group.asset) => {
                Verdict::Obligation(ROWS_OF_PARENT)
            }
            _ => Verdict::Obligation(ROW_SHARING),
        }
    }

    fn fields(
        &self,
        cells: &[Entry],
        layer: &Emitted<'_>,
        held: ScopeWord,
        given: ObjectRights,
        tell: &mut dyn FnMut(&Cells<'_>),
    ) {
        let Some(slot) = cells.first().map(|it| it.slot) else { return };
        let word = self.sets.own(cells, layer.layer);
        let kinds = self.fields.get(&slot).map_or(&[][..], Vec::as_slice);
        for action in ScopeWord::FIELD_ACTIONS.iter().copied() {
            let row = if action == Action::Unmask { Action::Read } else { action };
            if word.get(action).is_empty() || held.get(row).is_empty() {
                continue;
            }
            for (kind, fields) in kinds {
                let verdict = field(slot, layer, action, *kind, given);
                tell(&Cells { slot, fields, layer: layer.layer, action, verdict });
            }
        }
    }
}

/// What a verdict says of a loss that nothing on the way to the rows told.
pub(crate) fn untold(cells: &Cells<'_>) -> Option<Loss> {
    let reasons = [Reason::NoAppendRight, Reason::NoUnmaskRight];
    let reason = reasons.into_iter().find(|it| cells.verdict == Verdict::Less(it.word()))?;
    Some(Loss { reason, slot: cells.slot, action: cells.action })
}

/// Whether some scopes contain others and more.
pub(crate) fn is_wider(these: ScopeSet, others: ScopeSet) -> bool {
    these.contains(others) && these.widest() != others.widest()
}

fn add_fields(
    sets: &Sets<'_>,
    asset: AssetId,
    known: &BTreeMap<FieldId, FieldKind>,
    all: &mut BTreeMap<SlotId, SlotFields>,
) {
    let Some(facts) = sets.access.platforms.get(sets.platform) else { return };
    let mut by_kind: BTreeMap<(SlotId, FieldKind), Vec<FieldId>> = BTreeMap::new();
    for field in sets.access.names.fields_of(asset) {
        let (Some(bound), Some(slot)) = (&facts.fields[field], sets.access.field_slot(field)) else {
            continue;
        };
        let with_row = if bound.read_only { FieldKind::ReadOnlyWithRow } else { FieldKind::WithRow };
        let kind = known.get(&field).copied().unwrap_or(with_row);
        by_kind.entry((slot, kind)).or_default().push(field);
    }
    for ((slot, kind), fields) in by_kind {
        all.entry(slot).or_default().push((kind, fields));
    }
}

fn field(slot: SlotId, layer: &Emitted<'_>, action: Action, kind: FieldKind, given: ObjectRights) -> Verdict {
    if layer.unenforced {
        return Verdict::Less(NOT_ENFORCED);
    }
    let row = match action {
        Action::Read => ObjectRights::READ,
        Action::Create => ObjectRights::CREATE,
        Action::Edit => ObjectRights::EDIT,
        _ => return Verdict::Less(Reason::NoUnmaskRight.word()),
    };
    if !given.has(row) {
        return Verdict::Less(ROW_NOT_GRANTED);
    }
    match kind {
        FieldKind::WithRow => return Verdict::Exact,
        FieldKind::Doubtful => return Verdict::Less(UNKNOWN_FIELD),
        FieldKind::ReadOnly | FieldKind::ReadOnlyWithRow if action != Action::Read => {
            return Verdict::Less(READ_ONLY);
        }
        FieldKind::ReadOnlyWithRow => return Verdict::Exact,
        FieldKind::Usual | FieldKind::ReadOnly => {}
    }
    if let Some(lost) = layer.lost(slot, action) {
        return lost;
    }
    match layer.fields.get(&slot) {
        Some(FieldRight::Edit) => Verdict::Exact,
        Some(FieldRight::Read) if action == Action::Read => Verdict::Exact,
        Some(FieldRight::Read) => Verdict::Less(Reason::EditableIsBoth.word()),
        None => Verdict::Less(ROW_NOT_GRANTED),
    }
}
