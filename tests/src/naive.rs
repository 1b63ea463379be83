//! A second opinion on access, to judge the real resolver by: brute force over sets of strings, decoded by another YAML
//! reader into its own shapes. It shares no line and no type with `crates/`, and it is meant to be read beside the
//! language's semantics, not to be fast.

pub(crate) mod judge;

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_yaml::Value;

pub(crate) type Names = BTreeSet<String>;
type Map<T> = BTreeMap<String, T>;

/// All files of a project as one.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub(crate) struct Matrix {
    pub(crate) classes: Vec<Class>,
    pub(crate) assets: Map<Asset>,
    pub(crate) roles: Map<Role>,
    pub(crate) guards: Map<Guard>,
    pub(crate) temporary: Map<Temporary>,
    pub(crate) environments: Map<Environment>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Class {
    pub(crate) id: String,
    #[serde(default)]
    reach: String,
}

#[derive(Debug, Deserialize)]
#[serde(default)]
#[derive(Default)]
pub(crate) struct Asset {
    pub(crate) class: Option<String>,
    domains: Names,
    pub(crate) tags: Names,
    pub(crate) fields: Map<Field>,
    salesforce: Option<Value>,
    dataverse: Option<Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Field {
    class: Option<String>,
    pub(crate) tags: Names,
    salesforce: Option<Value>,
    dataverse: Option<Value>,
}

/// What stands beside a key of a cell: a scope beside an action, names beside `of` and `when`.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum Part {
    Scope(String),
    Names(Names),
}

type Cell = Map<Part>;

/// Cells with the domains they work in.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Block {
    within: Names,
    may: Map<Cell>,
    also: Vec<Cell>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Role {
    #[serde(rename = "abstract")]
    pub(crate) is_abstract: bool,
    platforms: Names,
    extends: Names,
    holds: Names,
    pub(crate) never: Names,
    #[serde(flatten)]
    block: Block,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Guard {
    pub(crate) nobody: Names,
    pub(crate) except: Names,
    pub(crate) may: Names,
    pub(crate) of: Names,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Temporary {
    role: String,
    from: String,
    until: String,
    #[serde(flatten)]
    block: Block,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Environment {
    changes: Vec<Change>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Change {
    widen: Option<String>,
    narrow: Option<String>,
    without: Map<Names>,
    #[serde(flatten)]
    block: Block,
}

/// One way to do one thing: platform, conditions, temporary grants, scope.
pub(crate) type Grant = (String, Vec<String>, Vec<String>, String);
/// Role, `asset` or `asset.field`, action.
pub(crate) type Subject = (String, String, String);

/// The access that the cells of a project give.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct NaiveAccess {
    /// After recombination; a way that another one covers is left out.
    pub(crate) grants: BTreeMap<Subject, BTreeSet<Grant>>,
    /// Own and inherited, by role.
    pub(crate) capabilities: Map<Names>,
}

/// What a cell gives on one target before rows and fields are combined.
#[derive(Clone, Debug)]
struct Raw {
    target: String,
    action: String,
    scope: String,
    platform: &'static str,
    conditions: Names,
    temporaries: Names,
}

const ROW_ACTIONS: [&str; 8] = ["read", "create", "edit", "delete", "share", "assign", "append", "append-to"];
const FIELD_ACTIONS: [&str; 4] = ["read", "create", "edit", "unmask"];

/// The scopes whose rows are all among the rows of a scope.
fn contained(scope: &str) -> &'static [&'static str] {
    match scope {
        "own" => &["own"],
        "account" => &["own", "account"],
        "team" => &["own", "team"],
        "unit" => &["own", "team", "unit"],
        "unit-tree" => &["own", "team", "unit", "unit-tree"],
        "shared" => &["own", "account", "team", "unit", "unit-tree", "shared"],
        "org" => &["own", "account", "team", "unit", "unit-tree", "shared", "org"],
        other => panic!("`{other}` is no scope"),
    }
}

/// Whether every row of `narrow` is among those of `wide`.
pub(crate) fn covers(wide: &str, narrow: &str) -> bool {
    contained(wide).contains(&narrow)
}

/// The widest scope that both contain.
fn meet(a: &str, b: &str) -> String {
    let both: Vec<&str> = contained(a).iter().copied().filter(|it| contained(b).contains(it)).collect();
    let widest = both.iter().find(|it| both.iter().all(|other| covers(it, other)));
    (*widest.expect("`own` is in every scope, and scopes meet in one")).to_owned()
}

/// Reads all files as one project and computes who has what in an environment on a day (`YYYY-MM-DD`).
pub(crate) fn evaluate(files: &[(String, String)], environment: Option<&str>, as_of: &str) -> NaiveAccess {
    Matrix::read(files).evaluate(environment, as_of)
}

impl Matrix {
    /// Merges the sections of all YAML files.
    pub(crate) fn read(files: &[(String, String)]) -> Self {
        let mut all = serde_yaml::Mapping::new();
        for (path, text) in files.iter().filter(|(path, _)| path.ends_with(".yaml")) {
            let value: Value =
                serde_yaml::from_str(text).unwrap_or_else(|error| panic!("{path}: {error}\n{text}"));
            let Value::Mapping(sections) = value else { panic!("{path}: not a mapping") };
            for (name, section) in sections {
                match (all.get_mut(&name), section) {
                    (Some(Value::Mapping(old)), Value::Mapping(new)) => old.extend(new),
                    (Some(Value::Sequence(old)), Value::Sequence(new)) => old.extend(new),
                    (_, section) => drop(all.insert(name, section)),
                }
            }
        }
        serde_yaml::from_value(Value::Mapping(all)).expect("the sections have the shapes of the language")
    }

    /// Whether an environment narrows, and whether it widens.
    pub(crate) fn changes(&self, environment: &str) -> (bool, bool) {
        let changes = &self.environments[environment].changes;
        (changes.iter().any(|it| it.narrow.is_some()), changes.iter().any(|it| it.widen.is_some()))
    }

    /// The access of every role, abstract ones included.
    pub(crate) fn evaluate(&self, environment: Option<&str>, as_of: &str) -> NaiveAccess {
        let changes = environment.map_or(&[][..], |name| &self.environments[name].changes);
        let mut access = NaiveAccess::default();
        for name in self.roles.keys() {
            let raw = self.raw(name, changes, as_of);
            for (subject, grants) in self.recombine(name, &raw) {
                access.grants.insert(subject, prune(grants));
            }
            let held = self.lineage(name).iter().flat_map(|it| self.roles[it].holds.clone()).collect();
            access.capabilities.insert(name.clone(), held);
        }
        access
    }

    /// The access of one person who holds several roles at once: everything they have, combined, under one name.
    pub(crate) fn evaluate_together(
        &self,
        name: &str,
        roles: &[String],
        environment: Option<&str>,
        as_of: &str,
    ) -> BTreeMap<Subject, BTreeSet<Grant>> {
        let changes = environment.map_or(&[][..], |name| &self.environments[name].changes);
        let raw: Vec<_> = roles.iter().flat_map(|role| self.raw(role, changes, as_of)).collect();
        self.recombine(name, &raw).into_iter().map(|(subject, grants)| (subject, prune(grants))).collect()
    }

    /// The role and all that it extends.
    pub(crate) fn lineage(&self, role: &str) -> Names {
        let mut found = Names::from([role.to_owned()]);
        loop {
            let parents: Names = found.iter().flat_map(|it| self.roles[it].extends.clone()).collect();
            let before = found.len();
            found.extend(parents);
            if found.len() == before {
                return found;
            }
        }
    }

    /// Everything that cells give to a role: its own block and its parents', widenings of any of them, and its temporary
    /// grants; then less what the environment takes from this role.
    fn raw(&self, role: &str, changes: &[Change], as_of: &str) -> Vec<Raw> {
        let lineage = self.lineage(role);
        let mut raw = Vec::new();
        for ancestor in &lineage {
            self.apply(role, &self.roles[ancestor].block, None, &mut raw);
        }
        for change in changes.iter().filter(|it| it.widen.as_ref().is_some_and(|it| lineage.contains(it))) {
            self.apply(role, &change.block, None, &mut raw);
        }
        for (name, temporary) in &self.temporary {
            let holds_today = temporary.from.as_str() <= as_of && as_of <= temporary.until.as_str();
            if temporary.role == role && holds_today {
                self.apply(role, &temporary.block, Some(name), &mut raw);
            }
        }
        for change in changes.iter().filter(|it| it.narrow.as_deref() == Some(role)) {
            raw = raw.into_iter().filter_map(|grant| self.narrowed(grant, change)).collect();
        }
        raw
    }

    fn apply(&self, role: &str, block: &Block, temporary: Option<&String>, raw: &mut Vec<Raw>) {
        let class_cells = block.may.iter().map(|(class, cell)| (self.class_cell_targets(class, cell), cell));
        let also_cells = block.also.iter().map(|cell| (self.named_targets(&names(cell, "of")), cell));
        for (targets, cell) in class_cells.chain(also_cells) {
            for target in targets.iter().filter(|it| self.shares_domain(it, &block.within)) {
                for platform in self.platforms(role, target) {
                    for (action, scope) in scopes(cell, target) {
                        raw.push(Raw {
                            target: target.clone(),
                            action,
                            scope,
                            platform,
                            conditions: names(cell, "when"),
                            temporaries: temporary.into_iter().cloned().collect(),
                        });
                    }
                }
            }
        }
    }

    /// What a class cell reaches, before domains.
    fn class_cell_targets(&self, class: &str, cell: &Cell) -> Names {
        let of = names(cell, "of");
        if of.is_empty() {
            return self.whole_class(class);
        }
        let of: Names = of.into_iter().filter(|it| self.class_of(it).as_deref() == Some(class)).collect();
        self.named_targets(&of)
    }

    /// What `of` covers: a class as its class cell does, an asset with its fields of the same class, or a field.
    fn named_targets(&self, of: &Names) -> Names {
        let mut targets = Names::new();
        for name in of {
            if self.is_class(name) {
                targets.extend(self.whole_class(name));
            } else if let Some(class) = self.class_of(name) {
                targets.insert(name.clone());
                let own = self.all_targets().into_iter().filter(|it| it.split('.').next() == Some(name));
                targets.extend(own.filter(|it| self.class_of(it).as_ref() == Some(&class)));
            }
        }
        targets
    }

    fn whole_class(&self, class: &str) -> Names {
        if self.classes.iter().any(|it| it.id == class && it.reach == "named") {
            return Names::new();
        }
        self.of_class(class)
    }

    fn of_class(&self, class: &str) -> Names {
        self.all_targets().into_iter().filter(|it| self.class_of(it).as_deref() == Some(class)).collect()
    }

    /// Every asset, and every field as `asset.field`.
    pub(crate) fn all_targets(&self) -> Names {
        let fields = |(name, asset): (&String, &Asset)| {
            let fields: Vec<String> = asset.fields.keys().map(|field| format!("{name}.{field}")).collect();
            fields
        };
        self.assets.keys().cloned().chain(self.assets.iter().flat_map(fields)).collect()
    }

    pub(crate) fn is_class(&self, name: &str) -> bool {
        self.classes.iter().any(|it| it.id == name)
    }

    /// The class of an asset or field; a field without one has its asset's.
    pub(crate) fn class_of(&self, target: &str) -> Option<String> {
        let asset = &self.assets[asset_of(target)];
        match target.split_once('.') {
            Some((_, field)) => asset.fields[field].class.clone().or_else(|| asset.class.clone()),
            None => asset.class.clone(),
        }
    }

    fn shares_domain(&self, target: &str, within: &Names) -> bool {
        !self.assets[asset_of(target)].domains.is_disjoint(within)
    }

    /// Where a role can meet a target: the role is there, and so is the asset, and so is the field.
    fn platforms(&self, role: &str, target: &str) -> Vec<&'static str> {
        let asset = &self.assets[asset_of(target)];
        let field = target.split_once('.').map(|(_, field)| &asset.fields[field]);
        let bound = [
            ("salesforce", asset.salesforce.is_some() && field.is_none_or(|it| it.salesforce.is_some())),
            ("dataverse", asset.dataverse.is_some() && field.is_none_or(|it| it.dataverse.is_some())),
        ];
        let there =
            bound.into_iter().filter(|(name, bound)| *bound && self.roles[role].platforms.contains(*name));
        there.map(|(name, _)| name).collect()
    }

    /// A grant after one narrowing; `None` where it takes the action away.
    fn narrowed(&self, mut grant: Raw, change: &Change) -> Option<Raw> {
        if !change.block.within.is_empty() && !self.shares_domain(&grant.target, &change.block.within) {
            return Some(grant);
        }
        let class = self.class_of(&grant.target)?;
        if change.without.get(&class).is_some_and(|actions| actions.contains(&grant.action)) {
            return None;
        }
        let class_caps = change.block.may.iter().filter(|(name, _)| **name == class).map(|(_, cell)| cell);
        let named_caps =
            change.block.also.iter().filter(|cell| self.is_named(&grant.target, &names(cell, "of")));
        for cell in class_caps.chain(named_caps) {
            if let Some(Part::Scope(cap)) = cell.get(&grant.action) {
                grant.scope = meet(&grant.scope, cap);
            }
        }
        Some(grant)
    }

    /// Whether a narrowing's `of` is about a target. A class is meant as a whole here, whatever its reach.
    fn is_named(&self, target: &str, of: &Names) -> bool {
        let classes: Names = of.iter().filter(|it| self.is_class(it)).cloned().collect();
        let others: Names = of.difference(&classes).cloned().collect();
        self.class_of(target).is_some_and(|it| classes.contains(&it))
            || self.named_targets(&others).contains(target)
    }

    /// No field without its row; a field is seen in every row that is seen.
    fn recombine(&self, role: &str, raw: &[Raw]) -> BTreeMap<Subject, BTreeSet<Grant>> {
        let mut all: BTreeMap<Subject, BTreeSet<Grant>> = BTreeMap::new();
        for grant in raw {
            let subject = (role.to_owned(), grant.target.clone(), grant.action.clone());
            if !grant.target.contains('.') {
                all.entry(subject).or_default().insert(grant_of(grant, grant));
                continue;
            }
            let needed = if grant.action == "unmask" { "read" } else { &grant.action };
            for row in raw {
                let opens = row.target == asset_of(&grant.target) && row.action == needed;
                if opens && row.platform == grant.platform {
                    all.entry(subject.clone()).or_default().insert(grant_of(row, grant));
                }
            }
        }
        all
    }
}

fn asset_of(target: &str) -> &str {
    target.split('.').next().unwrap_or(target)
}

fn names(cell: &Cell, key: &str) -> Names {
    match cell.get(key) {
        Some(Part::Names(names)) => names.clone(),
        Some(Part::Scope(scope)) => panic!("`{key}: {scope}` should be a list"),
        None => Names::new(),
    }
}

/// The actions of a cell that a target knows, with their scopes.
fn scopes(cell: &Cell, target: &str) -> Vec<(String, String)> {
    let known: &[&str] = if target.contains('.') { &FIELD_ACTIONS } else { &ROW_ACTIONS };
    let actions = cell.iter().filter_map(|(action, part)| match part {
        Part::Scope(scope) if known.contains(&action.as_str()) => Some((action.clone(), scope.clone())),
        _ => None,
    });
    actions.collect()
}

/// The rows of one grant under the conditions of two.
fn grant_of(row: &Raw, other: &Raw) -> Grant {
    (
        row.platform.to_owned(),
        row.conditions.union(&other.conditions).cloned().collect(),
        row.temporaries.union(&other.temporaries).cloned().collect(),
        row.scope.clone(),
    )
}

/// Leaves out ways that another way with no more conditions and no narrower scope covers.
pub(crate) fn prune(grants: BTreeSet<Grant>) -> BTreeSet<Grant> {
    let subset = |a: &[String], b: &[String]| a.iter().all(|it| b.contains(it));
    let covered = |grant: &Grant| {
        grants.iter().any(|other| {
            other != grant
                && other.0 == grant.0
                && subset(&other.1, &grant.1)
                && subset(&other.2, &grant.2)
                && covers(&other.3, &grant.3)
        })
    };
    grants.iter().filter(|grant| !covered(grant)).cloned().collect()
}
