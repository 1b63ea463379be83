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
use ztam_model::project::{Role, Text};
use ztam_model::words::{Action, MovedKind, RoleKind, Scope};
use ztam_source::de::DeError;
use ztam_source::define_id;
use ztam_source::finding::{Finding, RuleMeta};
use ztam_source::idx::{Idx, IndexVec};
use ztam_source::raw::Raw;

use crate::catalog::{Level, Levels};
use crate::parts::{
    AssetPart, CapabilityPart, CarryPart, ColumnWord, ConditionPart, EnvironmentPart, Inherit, RolePart,
    UnsaidWord,
};
use crate::rights::{CellPrivilege, Rights, action_of, scope_of_level};
use crate::rules::{AUTO_ASSIGNED_ROLE, UNLICENSED_ROLE};
use crate::solution::Solution;
use crate::tables::{ColumnFacts, Known, TableFacts};
use crate::{PLATFORM, TITLE};

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

/// An emitted role's own settings.
#[derive(Clone, Debug)]
pub(crate) struct BoundRole {
    pub(crate) name: String,
    pub(crate) id: Option<String>,
    pub(crate) inherit: Inherit,
    /// What its file says of it; nothing where it is silent.
    pub(crate) said: Said,
    /// Privileges of the floor that the role, which exists, does not have.
    pub(crate) without_floor: BTreeSet<String>,
    /// Whether only a profile is emitted.
    pub(crate) profile_only: bool,
    /// What ids are made of: the role's first name, if it was renamed.
    pub(crate) key: String,
    pub(crate) description: String,
}

/// What the file of a role says besides its privileges.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Said {
    pub(crate) inherited: Option<bool>,
    pub(crate) auto_assigned: Option<bool>,
    pub(crate) customizable: Option<bool>,
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
    let (grants, floor, carried_columns) = binder.rights(&cells, &tables, &columns);
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
    ) -> (IndexVec<RightId, (String, Level)>, Vec<RightId>, BTreeMap<RightId, CarriedColumn>) {
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
        // After all privileges: a right on a column has no privilege, and ids of rights count the privileges first.
        let fields = column_fields(self.names, tables, columns);
        for (id, part) in &carries {
            let columns = rights.carried_columns(part, &fields);
            self.facts.carries[*id].extend(columns);
        }
        self.facts.implications = rights.implications();
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

    fn roles(&mut self) -> IndexVec<RoleId, Option<BoundRole>> {
        let mut roles = IndexVec::new();
        for (id, _, role) in self.names.roles.iter() {
            let is_here = role.platforms.iter().any(|it| it.value == PLATFORM);
            let is_abstract = role.r#abstract.as_ref().is_some_and(|it| it.value);
            let bound = (is_here && !is_abstract).then(|| self.role(id, role)).flatten();
            self.facts.role_names[id] = bound.as_ref().map(BoundRole::emitted_name);
            roles.push(bound);
        }
        roles
    }

    fn role(&mut self, id: RoleId, role: &'p Role) -> Option<BoundRole> {
        let part = match role.bindings.get(PLATFORM) {
            Some(raw) => self.read::<RolePart>(&BINDING, raw)?,
            None => RolePart::default(),
        };
        if !self.is_licensed(id, role, &part) {
            return None;
        }
        let profile_only = part.profile_only.is_some_and(|it| it.value);
        // What is taken over has the name that it has; its file gets another one where a file system would change it.
        let fits = if part.id.is_some() || profile_only { is_kept } else { is_role_name };
        let name = match &part.name {
            Some(name) if !fits(&name.value) => {
                let title = format!("Dataverse or its packager cannot keep a role called `{}`", name.value);
                let finding = Finding::new(&BINDING, title).at(
                    name.span,
                    "1 to 100 characters, without `. / \\ : * ? \" < > |` and without spaces at the ends",
                );
                self.findings.push(finding);
                return None;
            }
            Some(name) => name.value.clone(),
            None => ztam_graph::ids::title_or_words(None, self.names.roles.name(id)),
        };
        let own_id = match &part.id {
            Some(id) => Some(self.guid(id)?),
            None => None,
        };
        self.is_automatic(id, &part);
        let purpose =
            || role.purpose.as_ref().map_or_else(String::new, |it| crate::solution::one_line(&it.value));
        Some(BoundRole {
            name,
            id: own_id,
            inherit: part.inherit.map_or_else(Inherit::default, |it| it.value),
            said: self.said(&part),
            without_floor: self.without_floor(&part),
            profile_only,
            key: first_name(self.names, self.names.roles.name(id)),
            description: part.description.map_or_else(purpose, |it| it.value),
        })
    }

    /// Tells of a role that everybody gets.
    fn is_automatic(&mut self, id: RoleId, part: &RolePart) {
        if let Some(automatic) = part.auto_assigned.filter(|it| it.value) {
            let title = format!("every new user gets {} on Dataverse", self.names.role_title(id));
            let finding = Finding::new(&AUTO_ASSIGNED_ROLE, title)
                .at(automatic.span, "held beside every other role")
                .help("remove `auto-assigned`, and give the role to those who need it")
                .fact("role", self.names.roles.name(id));
            self.findings.push(finding);
        }
    }

    /// What the role's file says; a setting that is given and not said contradicts itself.
    fn said(&mut self, part: &RolePart) -> Said {
        let mut said = Said {
            inherited: Some(part.inherit.is_none_or(|it| it.value == Inherit::Direct)),
            auto_assigned: Some(part.auto_assigned.is_some_and(|it| it.value)),
            customizable: Some(part.customizable.is_none_or(|it| it.value)),
        };
        for word in &part.not_said {
            let (slot, given) = match word.value {
                UnsaidWord::Inherit => (&mut said.inherited, part.inherit.map(|it| it.span)),
                UnsaidWord::AutoAssigned => (&mut said.auto_assigned, part.auto_assigned.map(|it| it.span)),
                UnsaidWord::Customizable => (&mut said.customizable, part.customizable.map(|it| it.span)),
            };
            match given {
                None => *slot = None,
                Some(place) => self.findings.push(
                    Finding::new(&BINDING, "a role both says something of itself and does not")
                        .at(word.span, "not said")
                        .because(place, "said here")
                        .help("remove one of the two"),
                ),
            }
        }
        said
    }

    fn without_floor(&mut self, part: &RolePart) -> BTreeSet<String> {
        let mut all = BTreeSet::new();
        for name in &part.without_floor {
            if crate::catalog::floor().any(|it| it.name == name.value) {
                all.insert(name.value.clone());
            } else {
                let title = format!("`{}` is not among the privileges that every new role gets", name.value);
                let names: Vec<_> = crate::catalog::floor().map(|it| format!("`{}`", it.name)).collect();
                let finding = Finding::new(&BINDING, title).at(name.span, "not of the floor");
                self.findings.push(finding.help(format!("they are {}", names.join(", "))));
            }
        }
        all
    }

    fn is_licensed(&mut self, id: RoleId, role: &Role, part: &RolePart) -> bool {
        let kind = role.kind.as_ref().map_or(RoleKind::Employee, |it| it.value);
        let is_outside = matches!(kind, RoleKind::External | RoleKind::Guest);
        if !is_outside || part.licensed.is_some_and(|it| it.value) {
            return true;
        }
        let place = role.platforms.iter().find(|it| it.value == PLATFORM);
        let title =
            format!("{} is for people from outside and gets no role on Dataverse", self.names.role_title(id));
        let mut finding = Finding::new(&UNLICENSED_ROLE, title).fact("role", self.names.roles.name(id));
        if let Some(place) = place {
            finding = finding.at(place.span, "roles are for licensed users");
        }
        if let Some(kind) = &role.kind {
            finding = finding.because(kind.span, "the people are not of this organisation");
        }
        let help =
            "remove the platform, or add `dataverse: {licensed: true}` if they sign in as licensed users";
        self.findings.push(finding.help(help));
        false
    }

    fn guid(&mut self, id: &Text) -> Option<String> {
        let bare = id.value.strip_prefix('{').and_then(|it| it.strip_suffix('}')).unwrap_or(&id.value);
        let lengths = bare.split('-').map(str::len).collect::<Vec<_>>();
        if lengths == [8, 4, 4, 4, 12] && bare.bytes().all(|it| it.is_ascii_hexdigit() || it == b'-') {
            return Some(bare.to_ascii_lowercase());
        }
        let title = format!("`{}` is not the id of a role", id.value);
        let example = "32 hexadecimal digits, such as `c0ce7213-aafa-5905-974f-f594574fe682`";
        self.findings.push(Finding::new(&BINDING, title).at(id.span, example));
        None
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

/// Whether the platform keeps the name and the packager keeps the file of that name on every system.
pub(crate) fn is_role_name(name: &str) -> bool {
    is_kept(name) && name.trim() == name && name.chars().all(is_in_file_names)
}

pub(crate) fn is_in_file_names(letter: char) -> bool {
    !letter.is_control() && !"./\\:*?\"<>|".contains(letter)
}

/// Whether the platform keeps the name, whatever its file is called.
pub(crate) fn is_kept(name: &str) -> bool {
    !name.trim().is_empty() && units(name) <= LONGEST_NAME && !name.contains(char::is_control)
}

/// The length of a name as the platform stores it: an emoji counts twice.
pub(crate) fn units(name: &str) -> usize {
    name.encode_utf16().count()
}

/// A name as it is compared: without regard to case, also on file systems.
pub(crate) fn emitted_name(name: &str) -> EmittedName {
    EmittedName { name: name.to_owned(), folded: name.to_lowercase() }
}

/// A role's name before all renames that the project records: ids outlive names.
fn first_name(names: &Names<'_>, name: &str) -> String {
    let moved = &names.project.items.moved;
    let mut first = name;
    // As many steps as there are renames: a circle of them ends.
    for _ in moved {
        let step = moved.iter().find(|it| it.what.value == MovedKind::Role && it.to.value == first);
        match step {
            Some(step) => first = &step.from.value,
            None => break,
        }
    }
    first.to_owned()
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

impl BoundRole {
    /// Its name among those that must differ: a role and a profile may have the same.
    fn emitted_name(&self) -> EmittedName {
        let mut name = emitted_name(&self.name);
        if self.profile_only {
            name.folded.insert_str(0, "profile ");
        }
        name
    }
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
