//! From the `dataverse` keys of a matrix to facts: every binding is read, checked against catalogue and inventory, and
//! refused with its place where it does not hold.

use std::collections::{BTreeMap, BTreeSet};

use ztam_backend::ids::stable_id;
use ztam_backend::rules::{BINDING, SETTING};
use ztam_graph::facts::{
    ActionNeeds, AssetFacts, EmittedName, Enforcement, FieldFacts, PlatformFacts, RightId, RowDefault,
};
use ztam_graph::ids::{AssetId, CarryId, EnvironmentId, FieldId, Names, RoleId};
use ztam_graph::scopes::{ScopeSet, ScopeWord};
use ztam_model::inventory::InventoryField;
use ztam_model::project::Text;
use ztam_model::words::{Action, Scope};
use ztam_source::de::DeError;
use ztam_source::define_id;
use ztam_source::finding::{Finding, RuleMeta};
use ztam_source::idx::{Idx, IndexVec};
use ztam_source::raw::Raw;

use crate::catalog::{Level, Levels};
use crate::parts::{AssetPart, CapabilityPart, CarryPart, ColumnWord, ConditionPart, EnvironmentPart};
use crate::rights::{CellPrivilege, Rights, action_of, scope_of_level};
use crate::solution::Solution;
use crate::tables::{ColumnFacts, Known, TableFacts};
use crate::{PLATFORM, TITLE};

mod beneath;
mod roles;

use beneath::BaseRoles;
pub(crate) use roles::{BoundRole, Said, is_in_file_names, is_kept, is_role_name};

define_id! {
    /// A privilege that some role may get, in the order of emission.
    PrivilegeId
}

/// Longest name of a role, as [`units`] counts.
pub(crate) const LONGEST_NAME: usize = 100;

/// A privilege that some role may get.
#[derive(Clone, Debug)]
pub(crate) struct PrivilegeRow {
    pub(crate) name: String,
    /// The depths it exists at; only asked for where cells grant it.
    pub(crate) levels: Levels,
    /// What it does with rows, and whose, where cells grant it.
    pub(crate) cell: Option<(Action, Vec<AssetId>)>,
}

/// A bound table.
#[derive(Clone, Debug)]
pub(crate) struct BoundTable {
    pub(crate) name: String,
    /// As its definition spells it, and its title; both the logical name where nobody says more.
    pub(crate) schema_name: String,
    pub(crate) title: String,
    /// By position of the action in [`Action::ALL`].
    pub(crate) privileges: Vec<Option<PrivilegeId>>,
    /// Tables outside the project with the same privileges.
    pub(crate) sharing: Vec<String>,
    /// Secured columns that the matrix does not list.
    pub(crate) unlisted_secured: Vec<String>,
}

/// A bound column.
#[derive(Clone, Debug)]
pub(crate) struct BoundColumn {
    pub(crate) name: String,
    pub(crate) facts: ColumnFacts,
}

/// A project bound to Dataverse and one environment.
#[derive(Debug)]
pub struct Bound {
    /// What resolving and judging must know.
    pub facts: PlatformFacts,
    /// What is wrong with the bindings.
    pub findings: Vec<Finding>,
    /// What plans and writes the package.
    pub package: Package,
}

/// Plans and writes the package of one environment.
#[derive(Clone, Debug)]
pub struct Package {
    pub(crate) project: String,
    pub(crate) solution: Option<Solution>,
    pub(crate) privileges: IndexVec<PrivilegeId, PrivilegeRow>,
    pub(crate) tables: IndexVec<AssetId, Option<BoundTable>>,
    pub(crate) columns: IndexVec<FieldId, Option<BoundColumn>>,
    pub(crate) rights: IndexVec<RightId, (PrivilegeId, Level)>,
    pub(crate) floor: Vec<PrivilegeId>,
    /// What carried rights on columns are.
    pub(crate) carried_columns: BTreeMap<RightId, CarriedColumn>,
    pub(crate) roles: IndexVec<RoleId, Option<BoundRole>>,
    /// What people of each role hold besides, and whether it is known what that grants.
    pub(crate) beneath: IndexVec<RoleId, Option<(String, bool)>>,
    /// Names of roles and profiles that exist and are not ours: folded name to (kind, name, id).
    pub(crate) foreign: BTreeMap<String, Vec<Foreign>>,
}

/// A right on a column that is carried.
#[derive(Clone, Debug)]
pub(crate) struct CarriedColumn {
    pub(crate) table: String,
    pub(crate) column: String,
    pub(crate) word: ColumnWord,
}

/// A role or profile that exists in the environment and that no package of ours made.
#[derive(Clone, Debug)]
pub(crate) struct Foreign {
    pub(crate) kind: String,
    pub(crate) id: Option<String>,
}

/// Binds a project to Dataverse and one environment.
#[must_use]
pub fn bind(names: &Names<'_>, environment: Option<EnvironmentId>) -> Bound {
    let inventory = names.project.inventory.platforms.get(PLATFORM);
    let mut binder = Binder {
        names,
        known: Known { inventory },
        facts: PlatformFacts::empty(PLATFORM, TITLE, names),
        findings: Vec::new(),
    };
    let solution = environment.and_then(|it| binder.solution(it));
    let parts = binder.asset_parts();
    let tables = binder.tables(&parts);
    let columns = binder.columns(&parts);
    let cells = cell_privileges(&tables);
    binder.conditions();
    let bases = binder.bases(environment);
    let (grants, floor, carried_columns) = binder.rights(&cells, &tables, &columns, &bases);
    let roles = binder.roles();
    let privileges = privilege_rows(&cells, &grants);
    let find = |name: &str| find_privilege(&privileges, name);
    let bound_tables = binder.finish_tables(&tables, &parts, &cells, &find);
    let package = Package {
        project: names.project.items.project.as_ref().map_or_else(String::new, |it| it.value.clone()),
        solution,
        tables: bound_tables,
        columns,
        rights: grants.iter().filter_map(|(name, level)| Some((find(name)?, *level))).collect(),
        floor: floor.iter().filter_map(|right| find(&grants[*right].0)).collect(),
        carried_columns,
        roles,
        beneath: bases.named(),
        foreign: foreign(inventory),
        privileges,
    };
    let mut findings = binder.findings;
    findings.sort_by_key(|finding| finding.primary().map(|label| label.span));
    Bound { facts: binder.facts, findings, package }
}

struct Binder<'a, 'p> {
    names: &'a Names<'p>,
    known: Known<'p>,
    facts: PlatformFacts,
    findings: Vec<Finding>,
}

type Parts = IndexVec<AssetId, Option<AssetPart>>;
/// Privilege and depth of each right.
type Grants = IndexVec<RightId, (String, Level)>;
type Tables = IndexVec<AssetId, Option<TableFacts>>;

impl<'p> Binder<'_, 'p> {
    /// Reads a binding as a type; what does not fit is reported under a rule.
    fn read<'t, T: serde::Deserialize<'t>>(&mut self, rule: &'static RuleMeta, raw: &'t Raw) -> Option<T> {
        match raw.deserialize() {
            Ok(value) => Some(value),
            Err(error) => {
                self.findings.extend(finding_of(rule, error));
                None
            }
        }
    }

    fn solution(&mut self, environment: EnvironmentId) -> Option<Solution> {
        let raw = self.names.environments.get(environment).bindings.get(PLATFORM)?;
        self.facts.emitted = true;
        let part: EnvironmentPart = self.read(&SETTING, raw)?;
        Solution::new(self.names, environment, part, &mut self.findings)
    }

    /// Bindings of assets. Of two assets that are the same table only the first counts.
    fn asset_parts(&mut self) -> Parts {
        let mut seen: BTreeMap<String, Text> = BTreeMap::new();
        let mut parts = IndexVec::new();
        for (_, _, asset) in self.names.assets.iter() {
            let raw = asset.bindings.get(PLATFORM);
            let part: Option<AssetPart> = raw.and_then(|raw| self.read(&BINDING, raw));
            let part = part.filter(|part| match seen.get(&part.table.value) {
                None => {
                    seen.insert(part.table.value.clone(), part.table.clone());
                    true
                }
                Some(first) => {
                    let title = format!("two assets are the table `{}`", part.table.value);
                    let finding = Finding::new(&BINDING, title)
                        .at(part.table.span, "its privileges cannot be granted twice")
                        .because(first.span, "the other asset")
                        .help("make them one asset; fields can have classes of their own");
                    self.findings.push(finding);
                    false
                }
            });
            parts.push(part);
        }
        parts
    }

    fn tables(&mut self, parts: &Parts) -> Tables {
        let known = self.known;
        let tables = parts.iter().map(|part| match known.table(part.as_ref()?) {
            Ok(table) => Some(table),
            Err(finding) => {
                self.findings.push(*finding);
                None
            }
        });
        tables.collect()
    }

    fn columns(&mut self, parts: &Parts) -> IndexVec<FieldId, Option<BoundColumn>> {
        let mut columns: IndexVec<FieldId, _> = IndexVec::filled(self.names.fields.len(), None);
        let mut seen: BTreeSet<(AssetId, String)> = BTreeSet::new();
        for field in self.names.fields.ids() {
            let row = &self.names.fields[field];
            let Some(raw) = row.field.bindings.get(PLATFORM) else { continue };
            let Some(name) = self.read::<Text>(&BINDING, raw).map(|it| Text::new(it.value, raw.span)) else {
                continue;
            };
            let Some(part) = &parts[row.asset] else { continue };
            if !seen.insert((row.asset, name.value.clone())) {
                let title = format!("two fields are the column `{}`", name.value);
                self.findings.push(Finding::new(&BINDING, title).at(name.span, "listed before"));
                continue;
            }
            match self.known.column(part, &name) {
                Ok(facts) => {
                    self.facts.fields[field] = Some(field_facts(&name.value, &facts));
                    columns[field] = Some(BoundColumn { name: name.value, facts });
                }
                Err(finding) => self.findings.push(*finding),
            }
        }
        columns
    }

    fn conditions(&mut self) {
        for (id, _, condition) in self.names.conditions.iter() {
            let part: Option<ConditionPart> =
                condition.bindings.get(PLATFORM).and_then(|raw| self.read(&BINDING, raw));
            if let Some(part) = part {
                self.facts.conditions[id] = Enforcement::External(part.control.value);
            }
        }
    }

    /// Privilege and depth of each right, the rights of the floor, and what carried rights on columns are.
    fn rights(
        &mut self,
        cells: &BTreeMap<String, CellPrivilege>,
        tables: &Tables,
        columns: &IndexVec<FieldId, Option<BoundColumn>>,
        bases: &BaseRoles,
    ) -> (Grants, Vec<RightId>, BTreeMap<RightId, CarriedColumn>) {
        let mut rights = Rights::new(self.names, self.known, cells);
        let floor = rights.floor();
        for (id, _, capability) in self.names.capabilities.iter() {
            let part =
                capability.bindings.get(PLATFORM).and_then(|raw| self.read::<CapabilityPart>(&BINDING, raw));
            self.facts.capabilities[id] = part.map(|it| rights.of_part(&it)).unwrap_or_default();
        }
        let carries = self.carries();
        for (id, part) in &carries {
            self.facts.carries[*id] = rights.carried(part);
        }
        self.facts.cell_rights = rights.cells();
        // After all privileges: a right on a column has no privilege, and ids of rights count the privileges first.
        let fields = column_fields(self.names, tables, columns);
        for (id, part) in &carries {
            let columns = rights.carried_columns(part, &fields);
            self.facts.carries[*id].extend(columns);
        }
        self.facts.bases = bases.bind(&mut rights);
        self.facts.implications = rights.implications();
        self.facts.edges = rights.edges();
        self.facts.rights = rights.rights;
        self.facts.floor.clone_from(&floor);
        self.findings.extend(rights.findings);
        let carried = |((name, word), id): ((String, ColumnWord), RightId)| {
            let (table, column) = name.split_once('.')?;
            Some((id, CarriedColumn { table: table.to_owned(), column: column.to_owned(), word }))
        };
        (rights.grants, floor, rights.columns.into_iter().filter_map(carried).collect())
    }

    /// The carried blocks of this platform. One that is carried for no role would grant nothing, whatever it says.
    fn carries(&mut self) -> Vec<(CarryId, CarryPart)> {
        let mut all = Vec::new();
        for (id, _, carry) in self.names.carries.iter() {
            let Some(raw) = carry.bindings.get(PLATFORM) else { continue };
            if carry.role.is_none() {
                let title = format!(
                    "`{}` is carried for no role, so nothing of it is granted on Dataverse",
                    self.names.carries.name(id)
                );
                let finding = Finding::new(&BINDING, title)
                    .at(self.names.carries.span(id), "lacks `role`")
                    .help("name the role that has these rights: `role: ...`; a profile without a role is a role with `dataverse: {profile-only: true}`");
                self.findings.push(finding);
            }
            all.extend(self.read::<CarryPart>(&BINDING, raw).map(|part| (id, part)));
        }
        all
    }

    /// Gives every table its privileges by id, and the graph its facts.
    fn finish_tables(
        &mut self,
        tables: &Tables,
        parts: &Parts,
        cells: &BTreeMap<String, CellPrivilege>,
        find: &dyn Fn(&str) -> Option<PrivilegeId>,
    ) -> IndexVec<AssetId, Option<BoundTable>> {
        let by_name: BTreeMap<&str, AssetId> =
            tables.iter_ids().filter_map(|(id, table)| Some((table.as_ref()?.name.as_str(), id))).collect();
        let mut bound = IndexVec::new();
        for (asset, table) in tables.iter_ids() {
            let Some(table) = table else {
                bound.push(None);
                continue;
            };
            let mut facts = asset_facts(asset, table, cells, &by_name);
            facts.unlisted = self.unlisted_open(asset, parts);
            let sharing = facts.twins_unbound.iter().map(|it| it.to_string()).collect();
            self.facts.assets[asset] = Some(facts);
            let mut privileges = vec![None; Action::ALL.len()];
            for privilege in &table.privileges {
                if let Some(slot) = privileges.get_mut(action_of(privilege.verb) as usize) {
                    *slot = find(&privilege.name);
                }
            }
            let unlisted_secured = self.unlisted_secured(asset, parts);
            let object = self.known.object(&table.name);
            let said = |it: Option<&String>| it.cloned().unwrap_or_else(|| table.name.clone());
            bound.push(Some(BoundTable {
                name: table.name.clone(),
                schema_name: said(
                    object
                        .and_then(|it| it.schema_name.as_ref())
                        .filter(|it| is_schema_name(it, &table.name)),
                ),
                title: said(object.and_then(|it| it.label.as_ref())),
                privileges,
                sharing,
                unlisted_secured,
            }));
        }
        bound
    }

    /// Columns that the org has and the matrix does not list.
    fn unlisted<'s>(
        &'s self,
        asset: AssetId,
        parts: &Parts,
    ) -> impl Iterator<Item = (&'s String, &'s InventoryField)> + use<'s, 'p> {
        let object = parts[asset].as_ref().and_then(|part| self.known.object(&part.table.value));
        let listed: BTreeSet<&str> = self
            .names
            .fields_of(asset)
            .filter_map(|field| self.facts.fields[field].as_ref().map(|it| &*it.name))
            .collect();
        let fields = object.into_iter().flat_map(|it| &it.fields);
        fields.filter(move |(name, _)| !listed.contains(name.as_str()))
    }

    /// Those that are closed to everybody without a profile.
    fn unlisted_secured(&self, asset: AssetId, parts: &Parts) -> Vec<String> {
        let secured = self.unlisted(asset, parts).filter(|(_, field)| field.secured == Some(true));
        secured.map(|(name, _)| name.clone()).collect()
    }

    /// Those that could be closed and follow their row.
    fn unlisted_open(&self, asset: AssetId, parts: &Parts) -> Vec<Box<str>> {
        let open = self.unlisted(asset, parts);
        let open = open.filter(|(_, field)| field.securable == Some(true) && field.secured != Some(true));
        open.map(|(name, _)| name.as_str().into()).collect()
    }
}

/// Whether a name is that of a table but for case. Another one would have the import secure columns of another table.
fn is_schema_name(name: &str, table: &str) -> bool {
    name.eq_ignore_ascii_case(table)
}

fn finding_of(rule: &'static RuleMeta, error: DeError) -> Option<Finding> {
    if error.reported {
        return None;
    }
    let finding = Finding::new(rule, error.message).at(error.span, "");
    Some(match error.help {
        Some(help) => finding.help(help),
        None => finding,
    })
}

fn field_facts(name: &str, column: &ColumnFacts) -> FieldFacts {
    FieldFacts {
        name: name.into(),
        securable: column.securable.clone(),
        secured: column.secured,
        read_only: column.read_only,
        edit_is_create: false,
        evidence: column.evidence,
    }
}

fn asset_facts(
    asset: AssetId,
    table: &TableFacts,
    cells: &BTreeMap<String, CellPrivilege>,
    by_name: &BTreeMap<&str, AssetId>,
) -> AssetFacts {
    let mut scopes = table.privileges.iter().fold(ScopeWord::NONE, |all, privilege| {
        all.union(ScopeWord::of_set(action_of(privilege.verb), scopes_of(privilege.levels)))
    });
    // Unmasking follows the rows that are read.
    scopes = scopes.union(ScopeWord::of_set(Action::Unmask, scopes.get(Action::Read)));
    let shared = table.privileges.iter().filter_map(|privilege| cells.get(&privilege.name));
    let twins: BTreeSet<AssetId> =
        shared.flat_map(|it| &it.assets).copied().filter(|it| *it != asset).collect();
    let unbound = table.sharing.iter().filter(|name| !by_name.contains_key(name.as_str()));
    let references = table.references.iter().filter_map(|name| by_name.get(name.as_str()).copied());
    AssetFacts {
        name: table.name.as_str().into(),
        scopes,
        default: RowDefault::InRight,
        external_default: RowDefault::InRight,
        controlled_by: Vec::new(),
        read_needs: Vec::new(),
        read_needs_unbound: Vec::new(),
        twins: twins.into_iter().collect(),
        twins_unbound: unbound.map(|name| name.as_str().into()).collect(),
        unlisted: Vec::new(),
        references: references.collect::<BTreeSet<_>>().into_iter().collect(),
        needs: ActionNeeds::default(),
        evidence: table.evidence,
    }
}

/// The scopes that depths can express.
fn scopes_of(levels: Levels) -> ScopeSet {
    let exact =
        levels.iter().fold(ScopeSet::NONE, |all, level| all.union(ScopeSet::of(scope_of_level(level))));
    if levels.contains(Level::Basic) { exact.union(ScopeSet::of(Scope::Team)) } else { exact }
}

/// The privileges that cells can grant, each with all assets it reaches.
fn cell_privileges(tables: &Tables) -> BTreeMap<String, CellPrivilege> {
    let mut cells: BTreeMap<String, CellPrivilege> = BTreeMap::new();
    for (asset, table) in tables.iter_ids() {
        for privilege in table.iter().flat_map(|it| &it.privileges) {
            let action = action_of(privilege.verb);
            let cell = cells.entry(privilege.name.clone()).or_insert_with(|| CellPrivilege {
                action,
                levels: privilege.levels,
                assets: Vec::new(),
            });
            cell.assets.push(asset);
        }
    }
    cells
}

/// Every privilege that can be emitted, in the order in which the platform writes them.
fn privilege_rows(
    cells: &BTreeMap<String, CellPrivilege>,
    grants: &IndexVec<RightId, (String, Level)>,
) -> IndexVec<PrivilegeId, PrivilegeRow> {
    let names: BTreeSet<&String> = cells.keys().chain(grants.iter().map(|(name, _)| name)).collect();
    let mut names: Vec<_> = names.into_iter().collect();
    names.sort_by_cached_key(|name| order(name));
    let row = |name: &String| {
        let cell = cells.get(name);
        PrivilegeRow {
            name: name.clone(),
            levels: cell.map_or(Levels::NONE, |it| it.levels),
            cell: cell.map(|it| (it.action, it.assets.clone())),
        }
    };
    names.into_iter().map(row).collect()
}

/// The platform sorts by lower-cased ASCII.
fn order(name: &str) -> (String, String) {
    (name.to_ascii_lowercase(), name.to_owned())
}

fn find_privilege(privileges: &IndexVec<PrivilegeId, PrivilegeRow>, name: &str) -> Option<PrivilegeId> {
    let wanted = order(name);
    let found = privileges.as_slice().binary_search_by_key(&wanted, |row| order(&row.name));
    found.ok().map(PrivilegeId::from_usize)
}

/// The length of a name as the platform stores it: an emoji counts twice.
pub(crate) fn units(name: &str) -> usize {
    name.encode_utf16().count()
}

/// A name as it is compared: without regard to case, also on file systems.
pub(crate) fn emitted_name(name: &str) -> EmittedName {
    EmittedName { name: name.to_owned(), folded: name.to_lowercase() }
}

fn foreign(inventory: Option<&ztam_model::inventory::PlatformInventory>) -> BTreeMap<String, Vec<Foreign>> {
    let mut foreign: BTreeMap<String, Vec<Foreign>> = BTreeMap::new();
    for container in inventory.into_iter().flat_map(|it| &it.containers).filter(|it| !it.ours) {
        let id = container.id.as_ref().map(|id| id.trim_matches(['{', '}']).to_ascii_lowercase());
        let entry = Foreign { kind: container.kind.clone(), id };
        foreign.entry(emitted_name(&container.name).folded).or_default().push(entry);
    }
    foreign
}

/// The fields that are bound to columns, by table and column.
fn column_fields(
    names: &Names<'_>,
    tables: &Tables,
    columns: &IndexVec<FieldId, Option<BoundColumn>>,
) -> BTreeMap<String, FieldId> {
    let bound = columns.iter_ids().filter_map(|(field, column)| {
        let table = tables[names.fields[field].asset].as_ref()?;
        Some((format!("{}.{}", table.name, column.as_ref()?.name), field))
    });
    bound.collect()
}

impl Package {
    /// The id of an emitted role or profile: the same in every environment.
    pub(crate) fn id_of(&self, role: &BoundRole, kind: &str, suffix: &str) -> String {
        match &role.id {
            Some(id) if (kind == "role") != role.profile_only && suffix.is_empty() => id.clone(),
            _ => stable_id(&self.project, kind, &format!("{}{suffix}", role.key)),
        }
    }
}
