//! `after-import.json`: what must be enforced after the import, since an import does not reliably take away what a role or
//! profile had before. For each role the full set of privileges, for each profile the full list of columns; for those that an
//! earlier build made and this one does not, what is left when they are empty.
//!
//! Names of privileges and columns stand in two tables at the top, and everything else counts in them: a number is one
//! entry, a pair of numbers is all entries from the first to the second. One line a role or profile, each written as it is
//! made.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde_json::{Map, Value, json};
use ztam_backend::plan::{Container, Plan};

use crate::catalog::Level;
use crate::columns::{self, ColumnRights, ColumnRow};
use crate::plan::{BASE, PROFILE, Planner, Privileges, ROLE};

const FORMAT_VERSION: u32 = 2;

/// Writes the file.
pub(crate) fn write(planner: &Planner<'_, '_>, plan: &Plan, out: &mut dyn Write) -> io::Result<()> {
    let columns = Columns::new(planner);
    write!(out, "{{\n  \"format_version\": {FORMAT_VERSION},\n  \"privileges\": ")?;
    let privileges = &planner.package.privileges;
    serde_json::to_writer(&mut *out, &privileges.iter().map(|it| it.name.as_str()).collect::<Vec<_>>())?;
    out.write_all(b",\n  \"columns\": ")?;
    serde_json::to_writer(&mut *out, &columns.names())?;
    out.write_all(b",\n  \"roles\": [")?;
    let mut list = List { out, first: true };
    for it in plan.containers.iter().filter(|it| it.kind == ROLE) {
        let privileges = planner.role_privileges(it.role, layer(it), it.holder);
        list.entry(&entry(it.id.as_deref(), &it.name, levels(&privileges)))?;
    }
    let floor: Privileges = planner.package.floor.iter().map(|id| (*id, Level::Global)).collect();
    for it in plan.removed.iter().filter(|it| it.thing.kind == ROLE) {
        list.entry(&entry(it.thing.id.as_deref(), &it.thing.name, levels(&floor)))?;
    }
    list.out.write_all(b"\n  ],\n  \"profiles\": [")?;
    list.first = true;
    for it in plan.containers.iter().filter(|it| it.kind == PROFILE) {
        let rights = columns::rights(planner, it.role, layer(it));
        list.entry(&entry(it.id.as_deref(), &it.name, columns.rights(&rights)))?;
    }
    for it in plan.removed.iter().filter(|it| it.thing.kind == PROFILE) {
        list.entry(&entry(it.thing.id.as_deref(), &it.thing.name, Map::new()))?;
    }
    list.out.write_all(b"\n  ]\n}\n")
}

fn layer(container: &Container) -> ztam_graph::access::LayerId {
    container.layers.first().copied().unwrap_or(BASE)
}

/// Entries, each on a line of its own.
struct List<'o> {
    out: &'o mut dyn Write,
    first: bool,
}

impl List<'_> {
    fn entry(&mut self, value: &Value) -> io::Result<()> {
        self.out.write_all(if self.first { b"\n" } else { b",\n" })?;
        self.first = false;
        serde_json::to_writer(&mut *self.out, value).map_err(io::Error::from)
    }
}

fn entry(id: Option<&str>, name: &str, sets: Map<String, Value>) -> Value {
    let mut all = Map::from_iter([("id".to_owned(), json!(id)), ("name".to_owned(), json!(name))]);
    all.extend(sets);
    Value::Object(all)
}

/// Privileges by depth.
fn levels(privileges: &Privileges) -> Map<String, Value> {
    let of = |level: Level| {
        let numbers = privileges.iter().filter(|(_, it)| *it == level).map(|(id, _)| id.0 as usize);
        (level.word().to_owned(), numbers.collect::<Vec<_>>())
    };
    Level::ALL.into_iter().map(of).filter(|it| !it.1.is_empty()).map(|(word, it)| (word, runs(it))).collect()
}

/// Positions of the secured columns of the project, by table and column.
struct Columns<'a> {
    positions: BTreeMap<(&'a str, &'a str), usize>,
}

impl<'a> Columns<'a> {
    fn new(planner: &Planner<'a, '_>) -> Self {
        let package = planner.package;
        let mut all = BTreeMap::new();
        for (slot, fields) in &planner.columns {
            let Some(table) = &package.tables[planner.access.slots[*slot].asset] else { continue };
            let secured = fields.iter().filter(|it| planner.is_secured(**it));
            for column in secured.filter_map(|it| package.columns[*it].as_ref()) {
                all.insert((table.name.as_str(), column.name.as_str()), 0);
            }
        }
        for it in package.carried_columns.values() {
            all.insert((&it.table, &it.column), 0);
        }
        all.values_mut().enumerate().for_each(|(at, position)| *position = at);
        Self { positions: all }
    }

    fn names(&self) -> Vec<String> {
        self.positions.keys().map(|(table, column)| format!("{table}.{column}")).collect()
    }

    /// Columns by what may be done with them.
    fn rights(&self, rights: &[ColumnRow<'_>]) -> Map<String, Value> {
        let of = |(word, may): (&str, May)| {
            let allowed = rights.iter().filter(|it| may(&it.rights));
            let numbers = allowed.filter_map(|it| self.positions.get(&(it.table, it.column)).copied());
            (word.to_owned(), numbers.collect::<Vec<_>>())
        };
        RIGHTS.into_iter().map(of).filter(|it| !it.1.is_empty()).map(|(word, it)| (word, runs(it))).collect()
    }
}

/// Whether a right is among those on a column.
type May = fn(&ColumnRights) -> bool;

/// The lists of a profile.
const RIGHTS: [(&str, May); 5] = [
    ("read", |it| it.read),
    ("update", |it| it.update),
    ("create", |it| it.create),
    ("unmasked", |it| it.unmasked),
    ("unmasked_one", |it| it.unmasked_one && !it.unmasked),
];

/// Numbers in order, neighbours as a pair of the first and the last.
fn runs(mut numbers: Vec<usize>) -> Value {
    numbers.sort_unstable();
    numbers.dedup();
    let runs = numbers.chunk_by(|a, b| a + 1 == *b);
    runs.filter_map(|run| match run {
        [] => None,
        [one] => Some(json!(one)),
        [first, .., last] => Some(json!([first, last])),
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_a_pair() {
        assert_eq!(runs(vec![7, 1, 2, 3, 9, 10, 2]), json!([[1, 3], 7, [9, 10]]));
        assert_eq!(runs(Vec::new()), json!([]));
    }
}
