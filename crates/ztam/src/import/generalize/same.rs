//! Whether two projects give the same: every role the same cells, every package the same rows, in every environment.

use std::collections::{BTreeMap, BTreeSet};

use ztam_backend::plan::Row;
use ztam_graph::access::{Access, Origin, SlotId};
use ztam_graph::ids::{EnvironmentId, Names, RoleId};
use ztam_model::date::Date;
use ztam_model::words::Action;

use crate::session::{Loaded, Session};

/// Cells by role and target: under what, from where, on which platforms, what.
type Cells = BTreeMap<(String, String), BTreeSet<Cell>>;
/// Rows by platform, kind and name of the container.
type Packages = BTreeMap<(&'static str, &'static str, String), Vec<Row>>;

#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Cell {
    conditions: Vec<String>,
    temporary: Option<String>,
    origin: Origin,
    platforms: u8,
    scopes: Vec<(Action, String)>,
}

/// What differs first, as half a sentence; `None` where nothing does.
pub(in crate::import) fn difference(
    session: &Session,
    before: &Loaded,
    after: &Loaded,
    as_of: Date,
) -> Option<String> {
    let (names, names_after) = (Names::new(&before.project), Names::new(&after.project));
    let all = names.environments.iter().map(|(id, name, _)| (id, name.to_owned()));
    let all: Vec<(EnvironmentId, String)> = all.collect();
    if names_after.environments.len() != all.len() {
        return Some("environments come or go".to_owned());
    }
    all.into_iter().find_map(|(id, name)| {
        let Some(other) = names_after.environments.find(&name) else {
            return Some(format!("environment {name} is gone"));
        };
        let (cells, packages) = given(session, before, id, as_of);
        let (cells_after, packages_after) = given(session, after, other, as_of);
        let cell = first_difference(&cells, &cells_after).map(|(role, target)| format!("{role} on {target}"));
        let row = || first_difference(&packages, &packages_after).map(|it| format!("{} {}", it.1, it.2));
        cell.or_else(row).map(|it| format!("{it} in environment {name}"))
    })
}

fn first_difference<K: Ord + Clone, V: PartialEq>(a: &BTreeMap<K, V>, b: &BTreeMap<K, V>) -> Option<K> {
    let keys: BTreeSet<&K> = a.keys().chain(b.keys()).collect();
    keys.into_iter().find(|it| a.get(it) != b.get(it)).cloned()
}

fn given(session: &Session, loaded: &Loaded, id: EnvironmentId, as_of: Date) -> (Cells, Packages) {
    let (access, emitters, _) = session.resolve(loaded, Some(id), as_of);
    let mut packages = Packages::new();
    for emitter in emitters.iter().filter(|it| it.emitted) {
        let plan = emitter.emitter.plan(&access);
        for container in &plan.containers {
            let mut rows = emitter.emitter.rows(&access, container);
            rows.sort();
            packages.insert((emitter.platform, container.kind, container.name.clone()), rows);
        }
    }
    (cells(&access), packages)
}

fn cells(access: &Access<'_>) -> Cells {
    let mut all = Cells::new();
    for role in access.names.roles.ids() {
        let name = access.names.roles.name(role).to_owned();
        for asset in access.names.assets.ids() {
            let title = access.names.assets.name(asset);
            let mut add = |target: String, slot| {
                let cells = on_slot(access, role, slot);
                if !cells.is_empty() {
                    all.insert((name.clone(), target), cells);
                }
            };
            add(title.to_owned(), access.rows_slot(asset));
            for field in access.names.fields_of(asset) {
                if let Some(slot) = access.field_slot(field) {
                    add(format!("{title}.{}", access.names.fields[field].name.value), slot);
                }
            }
        }
    }
    all
}

fn on_slot(access: &Access<'_>, role: RoleId, slot: SlotId) -> BTreeSet<Cell> {
    let cell = |entry: &ztam_graph::access::Entry| {
        let layer = access.layers[entry.layer];
        let conditions = access.condition_names(layer.conditions);
        Cell {
            conditions: conditions.into_iter().map(str::to_owned).collect(),
            temporary: layer.temporary.map(|it| access.names.temporaries.name(it).to_owned()),
            origin: entry.origin,
            platforms: entry.platforms.0,
            scopes: entry.scopes.iter().map(|(action, scopes)| (action, format!("{scopes:?}"))).collect(),
        }
    };
    access.entries(role, slot).iter().map(cell).collect()
}
