//! Column security: which secured columns a role may use, and which columns must be secured because somebody reaches
//! the row without them.

use std::collections::{BTreeMap, BTreeSet};

use ztam_backend::plan::Row;
use ztam_graph::access::{LayerId, Origin, SlotId, SlotKind};
use ztam_graph::facts::Securable;
use ztam_graph::ids::{AssetId, FieldId, RoleId};
use ztam_graph::scopes::ScopeWord;
use ztam_model::words::Action;
use ztam_source::finding::Finding;
use ztam_source::suggest;

use crate::parts::ColumnWord;
use crate::plan::{BASE, Planner};
use crate::rules::COLUMN_NOT_SECURED;

/// What a profile allows on one column.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ColumnRights {
    pub(crate) read: bool,
    pub(crate) update: bool,
    pub(crate) create: bool,
    pub(crate) unmasked: bool,
    /// One row at a time; all rows hold it too.
    pub(crate) unmasked_one: bool,
}

impl ColumnRights {
    fn any(self) -> bool {
        self.read || self.update || self.create || self.unmasked || self.unmasked_one
    }

    fn with(self, other: Self) -> Self {
        Self {
            read: self.read || other.read,
            update: self.update || other.update,
            create: self.create || other.create,
            unmasked: self.unmasked || other.unmasked,
            unmasked_one: self.unmasked_one || other.unmasked_one,
        }
    }

    fn add(&mut self, word: ColumnWord) {
        match word {
            ColumnWord::Read => self.read = true,
            ColumnWord::Edit => self.update = true,
            ColumnWord::Create => self.create = true,
            ColumnWord::Unmask => self.unmasked = true,
            ColumnWord::UnmaskOne => self.unmasked_one = true,
        }
    }
}

/// One row of a profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ColumnRow<'a> {
    pub(crate) table: &'a str,
    pub(crate) column: &'a str,
    pub(crate) rights: ColumnRights,
}

/// What cells on a column allow, given the rows of the role and whether a profile can hold the rights to create and update.
pub(crate) fn allowed(cells: ScopeWord, rows: ScopeWord, (creates, updates): (bool, bool)) -> ColumnRights {
    let may = |action, row| !cells.get(action).is_empty() && !rows.get(row).is_empty();
    ColumnRights {
        read: may(Action::Read, Action::Read),
        update: updates && may(Action::Edit, Action::Edit),
        create: creates && may(Action::Create, Action::Create),
        unmasked: may(Action::Unmask, Action::Read),
        unmasked_one: false,
    }
}

/// The secured columns that one layer of a role opens, sorted: by cells, where no column is open without its row, in whatever
/// layer that is; and by carried blocks, whose columns are written as they were found.
pub(crate) fn rights<'a>(planner: &Planner<'a, '_>, role: RoleId, layer: LayerId) -> Vec<ColumnRow<'a>> {
    let package = planner.package;
    let mut all: Vec<ColumnRow<'a>> = Vec::new();
    for entry in planner.entries(role).filter(|entry| entry.layer == layer && entry.origin == Origin::Matrix)
    {
        let Some(fields) = planner.columns.get(&entry.slot) else { continue };
        let asset = planner.access.slots[entry.slot].asset;
        let rows = rows_of(planner, role, asset);
        let Some(table) = &package.tables[asset] else { continue };
        for field in fields {
            let Some(column) = package.columns[*field].as_ref() else { continue };
            let rights = allowed(entry.scopes, rows, column.facts.writes);
            if planner.is_secured(*field) && rights.any() {
                all.push(ColumnRow { table: &table.name, column: &column.name, rights });
            }
        }
    }
    if layer == BASE {
        carried(planner, role, &mut all);
    }
    all.sort_by_key(|it| (it.table, it.column));
    all
}

/// Adds what carried blocks open.
fn carried<'a>(planner: &Planner<'a, '_>, role: RoleId, all: &mut Vec<ColumnRow<'a>>) {
    let mut carried: BTreeMap<(&'a str, &'a str), ColumnRights> = BTreeMap::new();
    for it in planner.carried_columns(role) {
        carried.entry((&it.table, &it.column)).or_default().add(it.word);
    }
    for row in all.iter_mut() {
        if let Some(more) = carried.remove(&(row.table, row.column)) {
            row.rights = row.rights.with(more);
        }
    }
    all.extend(carried.into_iter().map(|((table, column), rights)| ColumnRow { table, column, rights }));
}

/// The rows of a profile.
pub(crate) fn rows(planner: &Planner<'_, '_>, role: RoleId, layer: LayerId) -> Vec<Row> {
    let row = |ColumnRow { table, column, rights: it }: ColumnRow<'_>| {
        let words = [
            (it.read, "CanRead"),
            (it.update, "CanUpdate"),
            (it.create, "CanCreate"),
            (it.unmasked, "CanReadUnmasked"),
            (it.unmasked_one && !it.unmasked, "CanReadUnmasked one"),
        ];
        Row {
            kind: "FieldPermission",
            key: format!("{table}.{column}"),
            rights: words.into_iter().filter(|(may, _)| *may).map(|(_, word)| word).collect(),
        }
    };
    rights(planner, role, layer).into_iter().map(row).collect()
}

/// All that a role may do with rows of an asset, over all layers that are emitted.
pub(crate) fn rows_of(planner: &Planner<'_, '_>, role: RoleId, asset: AssetId) -> ScopeWord {
    let entries = planner.access.entries(role, planner.access.rows_slot(asset)).iter();
    let emitted = entries.filter(|entry| {
        entry.origin != Origin::Right
            && entry.platforms.has(planner.platform)
            && planner.is_enforced(entry.layer)
    });
    emitted.fold(ScopeWord::NONE, |all, entry| all.union(entry.scopes))
}

/// The platform's word for a right on a column.
pub(crate) fn column_word(word: ColumnWord) -> &'static str {
    match word {
        ColumnWord::Read => "CanRead",
        ColumnWord::Edit => "CanUpdate",
        ColumnWord::Create => "CanCreate",
        ColumnWord::Unmask => "CanReadUnmasked",
        ColumnWord::UnmaskOne => "CanReadUnmasked one",
    }
}

/// Rows that a role reaches: asset, layer, action.
type Reached = BTreeSet<(AssetId, LayerId, Action)>;

/// Actions on a row that a column can be closed for.
const GUARDED: [Action; 3] = [Action::Read, Action::Create, Action::Edit];

/// Columns that must be secured and are not proved to be: a package that is imported without that grants more than the
/// matrix. Decided over all roles, whatever the classes.
pub(crate) fn not_secured(planner: &Planner<'_, '_>) -> Vec<Finding> {
    findings(planner, &open(planner))
}

/// Columns that must be secured and that the import can secure.
pub(crate) fn switched(planner: &Planner<'_, '_>) -> BTreeSet<FieldId> {
    let package = planner.package;
    let can = |field: &FieldId| package.columns[*field].as_ref().is_some_and(|it| it.facts.switch.is_some());
    if !package.solution.as_ref().is_some_and(|it| it.secures_columns)
        || !planner.columns.values().flatten().any(can)
    {
        return BTreeSet::new();
    }
    let open = open(planner);
    open.keys()
        .flat_map(|slot| planner.columns.get(slot).into_iter().flatten().copied())
        .filter(can)
        .collect()
}

/// The roles of the matrix that reach rows of each column that the import secures, and not the column.
pub(crate) fn losers(planner: &Planner<'_, '_>) -> BTreeMap<FieldId, BTreeSet<RoleId>> {
    if planner.switched.is_empty() {
        return BTreeMap::new();
    }
    let mut losers = BTreeMap::new();
    for (slot, roles) in open(planner) {
        for field in planner.columns.get(&slot).into_iter().flatten() {
            if planner.switched.contains(field) {
                losers.insert(*field, roles.clone());
            }
        }
    }
    losers
}

/// Slots that somebody reaches the rows of and not the columns, and who.
fn open(planner: &Planner<'_, '_>) -> BTreeMap<SlotId, BTreeSet<RoleId>> {
    let masked = masked_slots(planner);
    let mut open: BTreeMap<SlotId, BTreeSet<RoleId>> = BTreeMap::new();
    for (role, _) in planner.roles() {
        let reached = reached(planner, role);
        let held = held(planner, role);
        for (asset, layer, action) in &reached {
            for slot in planner.access.slots_of(*asset) {
                if planner.access.slots[slot].kind == SlotKind::Rows || !planner.columns.contains_key(&slot) {
                    continue;
                }
                let has = |action: Action| {
                    held.range((slot, action, BASE)..=(slot, action, LayerId(u32::MAX)))
                        .any(|(_, _, given)| planner.holds_with(*given, *layer))
                };
                let sees_masked = *action == Action::Read && masked.contains(&slot) && !has(Action::Unmask);
                if !has(*action) || sees_masked {
                    open.entry(slot).or_default().insert(role);
                }
            }
        }
    }
    open
}

/// Slots that somebody may see unmasked, so that others must not.
fn masked_slots(planner: &Planner<'_, '_>) -> BTreeSet<SlotId> {
    let entries = planner.roles().flat_map(|(role, _)| planner.entries(role));
    entries.filter(|entry| !entry.scopes.get(Action::Unmask).is_empty()).map(|entry| entry.slot).collect()
}

fn reached(planner: &Planner<'_, '_>, role: RoleId) -> Reached {
    let mut reached = Reached::new();
    for (asset, entry) in planner.row_entries(role).filter(|(_, entry)| planner.is_enforced(entry.layer)) {
        for action in GUARDED {
            if !entry.scopes.get(action).is_empty() && planner.privilege(asset, action).is_some() {
                reached.insert((asset, entry.layer, action));
            }
        }
    }
    // Carried table privileges and the floor reach rows too.
    for (privilege, _) in planner.granted(role) {
        if let Some((action, assets)) = &planner.package.privileges[privilege].cell
            && GUARDED.contains(action)
        {
            reached.extend(assets.iter().map(|asset| (*asset, BASE, *action)));
        }
    }
    reached
}

/// What a role may do with columns: slot, action, layer.
fn held(planner: &Planner<'_, '_>, role: RoleId) -> BTreeSet<(SlotId, Action, LayerId)> {
    let entries = planner.entries(role).filter(|entry| planner.columns.contains_key(&entry.slot));
    let enforced = entries.filter(|entry| planner.is_enforced(entry.layer));
    enforced
        .flat_map(|entry| entry.scopes.iter().map(|(action, _)| (entry.slot, action, entry.layer)))
        .collect()
}

/// One finding an asset.
fn findings(planner: &Planner<'_, '_>, open: &BTreeMap<SlotId, BTreeSet<RoleId>>) -> Vec<Finding> {
    let mut by_asset: BTreeMap<AssetId, (Vec<FieldId>, BTreeSet<RoleId>)> = BTreeMap::new();
    for (slot, roles) in open {
        let fields = planner.columns.get(slot).into_iter().flatten().copied();
        let unproved =
            |field: &FieldId| planner.package.columns[*field].is_some() && !planner.is_secured(*field);
        let fields: Vec<_> = fields.filter(unproved).collect();
        if !fields.is_empty() {
            let group = by_asset.entry(planner.access.slots[*slot].asset).or_default();
            group.0.extend(fields);
            group.1.extend(roles);
        }
    }
    by_asset.into_iter().map(|(asset, (fields, roles))| finding(planner, asset, fields, &roles)).collect()
}

fn finding(
    planner: &Planner<'_, '_>,
    asset: AssetId,
    mut fields: Vec<FieldId>,
    roles: &BTreeSet<RoleId>,
) -> Finding {
    let names = &planner.access.names;
    fields.sort_unstable();
    let columns =
        || fields.iter().filter_map(|field| Some((*field, planner.package.columns[*field].as_ref()?)));
    let listed = suggest::list(columns().map(|(_, it)| it.name.as_str())).unwrap_or_default();
    let who = suggest::list(roles.iter().map(|role| names.roles.name(*role))).unwrap_or_default();
    let count = roles.len();
    let plural = if count == 1 { "" } else { "s" };
    let title = format!(
        "{count} role{plural} would reach columns of {} that the matrix does not give them",
        names.asset_title(asset)
    );
    let mut finding = Finding::new(&COLUMN_NOT_SECURED, title);
    for (position, (field, column)) in columns().take(5).enumerate() {
        let text = match (&column.facts.securable, column.facts.secured) {
            (Securable::No(why), _) => format!("`{}` cannot be secured: {why}", column.name),
            (_, Some(false)) => format!("`{}` is not secured", column.name),
            _ => format!("nothing proves that `{}` is secured", column.name),
        };
        let span = names.fields[field].name.span;
        finding = if position == 0 { finding.at(span, text) } else { finding.because(span, text) };
    }
    finding
        .note(format!("a column that is not secured follows its row; it is about {listed}"))
        .note(format!("these roles reach the row without it, and lose it once it is secured: {who}"))
        .help("secure the columns in the environment, and take a new inventory that has them as `secured`")
        .help("or let the import secure them: `dataverse: {supporting: [secured-columns]}` in the environment, with an inventory that has their definitions")
        .help("or give the fields the class of their asset, if whoever sees the row may see them")
        .fact("asset", names.assets.name(asset))
        .fact("columns", columns().map(|(_, it)| it.name.as_str()).collect::<Vec<_>>().join(" "))
}
