//! Security roles and column security profiles as Dataverse takes them: the union over what a person carries, themselves
//! or through teams.

use std::collections::{BTreeMap, BTreeSet};

use roxmltree::{Document, Node};

use super::facts::{Facts, Table};
use super::{Container, Emission, Names, Reading, Rows};

/// What the platform gives to every new role by itself, at Global.
const FLOOR: [&str; 9] = [
    "prvCreateSharePointData",
    "prvReadPluginAssembly",
    "prvReadPluginType",
    "prvReadSdkMessage",
    "prvReadSdkMessageProcessingStep",
    "prvReadSdkMessageProcessingStepImage",
    "prvReadSharePointData",
    "prvReadSharePointDocument",
    "prvWriteSharePointData",
];

/// Verbs in privileges with the actions of the matrix; the longer word first where one begins with the other.
const VERBS: [(&str, &str); 8] = [
    ("AppendTo", "append-to"),
    ("Append", "append"),
    ("Assign", "assign"),
    ("Create", "create"),
    ("Delete", "delete"),
    ("Read", "read"),
    ("Share", "share"),
    ("Write", "edit"),
];

const LEVELS: [&str; 4] = ["Basic", "Local", "Deep", "Global"];

/// A role or profile.
#[derive(Clone, Debug)]
struct Held {
    owner: Option<Container>,
    /// Depth by privilege.
    privileges: BTreeMap<String, String>,
    /// Values by table and column.
    columns: BTreeMap<(String, String), BTreeMap<String, String>>,
}

/// All roles and profiles of a solution.
#[derive(Clone, Debug)]
pub(crate) struct Solution(Vec<Held>);

impl Solution {
    /// Reads the unpacked solution.
    pub(crate) fn unpacked(emission: &Emission) -> Self {
        let of_roles = |path: &str| path.starts_with("solution/Roles/");
        let files = emission.dataverse.iter();
        let read = files.filter(|(path, _)| of_roles(path) || path.ends_with("FieldSecurityProfiles.xml"));
        Self(read.flat_map(|(_, text)| held(text, &emission.containers)).collect())
    }

    /// Reads the packed solution.
    pub(crate) fn packed(emission: &Emission) -> Self {
        let text = emission.dataverse.get("packed/customizations.xml");
        Self(text.into_iter().flat_map(|text| held(text, &emission.containers)).collect())
    }

    /// Names of roles and profiles for which nothing says whose they are.
    pub(crate) fn foreign(&self) -> usize {
        self.0.iter().filter(|it| it.owner.is_none()).count()
    }

    /// What a person with some roles has.
    pub(crate) fn holder(&self, roles: &[String], capabilities: &Names, facts: &Facts) -> Reading {
        let mut reading = Reading::default();
        let mine = |it: &&Held| it.owner.as_ref().is_some_and(|owner| roles.contains(&owner.role));
        let held: Vec<&Held> = self.0.iter().filter(mine).collect();
        for held in &held {
            let Some(owner) = &held.owner else { continue };
            for (privilege, level) in &held.privileges {
                rows(&mut reading, owner, (privilege, level), roles, capabilities, facts);
            }
        }
        for (asset, table) in &facts.tables {
            open_columns(&mut reading, asset, table, facts);
        }
        for held in &held {
            let Some(owner) = &held.owner else { continue };
            for ((table, column), values) in &held.columns {
                protected_column(&mut reading, owner, (table, column), values, facts);
            }
        }
        reading
    }
}

fn held(text: &str, containers: &[Container]) -> Vec<Held> {
    let document = Document::parse(text.trim_start_matches('\u{feff}')).unwrap();
    let mut all = Vec::new();
    for node in document.descendants().filter(Node::is_element) {
        let kind = node.tag_name().name();
        if !matches!(kind, "Role" | "FieldSecurityProfile") {
            continue;
        }
        let name = node.attribute("name").unwrap_or_default();
        let owner = containers.iter().find(|it| it.kind == kind && it.name == name).cloned();
        let mut held = Held { owner, privileges: BTreeMap::new(), columns: BTreeMap::new() };
        for row in node.descendants().filter(Node::is_element) {
            match row.tag_name().name() {
                "RolePrivilege" => {
                    let attribute = |key| row.attribute(key).unwrap_or_default().to_owned();
                    held.privileges.insert(attribute("name"), attribute("level"));
                }
                "FieldPermission" => {
                    let values = row.children().filter(Node::is_element);
                    let mut values: BTreeMap<String, String> = values
                        .map(|it| (it.tag_name().name().to_owned(), it.text().unwrap_or_default().to_owned()))
                        .collect();
                    let mut take = |key: &str| values.remove(key).unwrap_or_default();
                    let key = (take("EntityName"), take("AttributeName"));
                    held.columns.insert(key, values);
                }
                _ => {}
            }
        }
        all.push(held);
    }
    all
}

/// The rows of a depth. Basic is the rows of whoever carries the role: a person's own, or a team's.
fn scope(level: &str, is_for_teams: bool) -> Option<&'static str> {
    Some(match level {
        "Basic" if is_for_teams => "team",
        "Basic" => "own",
        "Local" => "unit",
        "Deep" => "unit-tree",
        "Global" => "org",
        _ => return None,
    })
}

fn rows(
    reading: &mut Reading,
    owner: &Container,
    (privilege, level): (&str, &str),
    roles: &[String],
    capabilities: &Names,
    facts: &Facts,
) {
    let Some(scope) = scope(level, owner.is_for_teams) else {
        reading.strange.insert(format!("{privilege} at a depth called {level}"));
        return;
    };
    let mut is_row = false;
    for (verb, action) in VERBS {
        let Some(entity) = privilege.strip_prefix("prv").and_then(|it| it.strip_prefix(verb)) else {
            continue;
        };
        for (asset, table) in facts.tables.iter().filter(|(_, table)| table.entity == entity) {
            is_row = true;
            reading.add(asset, action, (&owner.conditions, &owner.temporaries), Rows::Scope(scope));
            if table.is_organization_owned && (level != "Global" || matches!(action, "assign" | "share")) {
                reading
                    .strange
                    .insert(format!("{privilege} at {level}, which an organisation's table does not have"));
            }
        }
    }
    let is_floor = FLOOR.contains(&privilege) && level == "Global";
    if !is_row && !is_floor && !is_accounted_for(privilege, level, roles, capabilities, facts) {
        reading.strange.insert(format!("{privilege} at {level} without a capability"));
    }
}

fn is_accounted_for(
    privilege: &str,
    level: &str,
    roles: &[String],
    capabilities: &Names,
    facts: &Facts,
) -> bool {
    let key = ("dataverse", privilege.to_owned());
    let rank = |level: &str| LEVELS.iter().position(|it| *it == level);
    let declared = capabilities.iter().filter_map(|it| facts.capabilities.get(it));
    let carried = roles.iter().flat_map(|it| facts.carried(it));
    declared.chain(carried).filter_map(|rights| rights.get(&key)).any(|declared| {
        let widest = match declared.as_str() {
            "own" => "Basic",
            "unit" => "Local",
            "unit-tree" => "Deep",
            _ => "Global",
        };
        rank(level) <= rank(widest)
    })
}

/// A column that nothing protects follows its row.
fn open_columns(reading: &mut Reading, asset: &str, table: &Table, facts: &Facts) {
    let always = (&Names::new(), &Names::new());
    for (field, _) in table.columns.iter().filter(|(_, column)| !table.secured.contains(*column)) {
        let target = format!("{asset}.{field}");
        for action in ["read", "create", "edit"] {
            reading.combine(&target, action, always, (asset, action));
        }
        if facts.masked.contains(&target) {
            reading.combine(&target, "unmask", always, (asset, "read"));
        }
    }
}

fn protected_column(
    reading: &mut Reading,
    owner: &Container,
    (table, column): (&str, &str),
    values: &BTreeMap<String, String>,
    facts: &Facts,
) {
    let known = facts.tables.iter().find_map(|(asset, it)| {
        let field = it.columns.iter().find(|(_, name)| *name == column)?.0;
        (it.name == table).then(|| (asset, format!("{asset}.{field}")))
    });
    let Some((asset, target)) = known else {
        reading.strange.insert(format!("a column {table}.{column} that no field is"));
        return;
    };
    let when = (&owner.conditions, &owner.temporaries);
    let rights = [
        ("CanRead", "read", "read"),
        ("CanUpdate", "edit", "edit"),
        ("CanCreate", "create", "create"),
        ("CanReadUnmasked", "unmask", "read"),
    ];
    for (right, action, row) in rights {
        if values.get(right).is_some_and(|it| it != "0") {
            reading.combine(&target, action, when, (asset, row));
        }
    }
    let words: BTreeSet<&str> = rights.iter().map(|it| it.0).collect();
    for (right, value) in values {
        let legal: &[&str] = if right == "CanReadUnmasked" { &["0", "1", "3"] } else { &["0", "4"] };
        if !words.contains(right.as_str()) || !legal.contains(&value.as_str()) {
            reading.strange.insert(format!("{right} {value} on {table}.{column}"));
        }
    }
}
