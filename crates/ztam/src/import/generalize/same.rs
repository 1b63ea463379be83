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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::SourceBytes;

    /// A role that reads two assets, by these words, for an environment with a package.
    fn project(session: &Session, role: &str) -> Loaded {
        let text = format!(
            "ztam: 1\nproject: p\ntitle: P\nowner: o@acme.example\nclasses:\n  - {{id: plain, title: Plain}}\n\
             domains:\n  sales: {{title: Sales, owner: o@acme.example}}\nenvironments:\n  prod: {{salesforce: {{}}}}\nassets:\n  \
             a: {{class: plain, domains: [sales], salesforce: {{object: A__c, custom: true, listed-only: true}}}}\n  \
             b: {{class: plain, domains: [sales], salesforce: {{object: B__c, custom: true, listed-only: true}}}}\n\
             roles:\n  r:\n    title: R\n    owner: o@acme.example\n    platforms: [salesforce]\n    within: [sales]\n    {role}\n"
        );
        let file = SourceBytes::matrix("ztam.yaml".to_owned(), text);
        let loaded = session.read(std::path::Path::new("."), vec![file]);
        let compiled = session.compile(&loaded);
        let wrong: Vec<_> = compiled.iter().filter(|it| crate::session::prevents_graph(it)).collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
        loaded
    }

    /// The difference between exact cells on both assets and other words.
    fn told(other: &str) -> Option<String> {
        let session = Session::new();
        let exact = project(&session, "also: [{of: [a, b], read: shared}]");
        difference(&session, &exact, &project(&session, other), Date::parse("2026-09-20").unwrap())
    }

    #[test]
    fn a_class_cell_that_gives_more_or_less_is_refused() {
        assert_eq!(told("may: {plain: {read: shared}}"), None);
        assert_eq!(told("also: [{of: [a], read: shared}, {of: [b], read: shared}]"), None);
        for other in [
            "may: {plain: {read: org}}",
            "may: {plain: {read: shared, create: shared}}",
            "also: [{of: [a], read: shared}]",
            "may: {plain: {read: shared, of: [b]}}",
            "may: {plain: {read: shared}}\n    salesforce: {name: Other}",
        ] {
            let told = told(other).unwrap_or_default();
            assert!(told.ends_with("in environment prod"), "{other}: {told}");
        }
    }
}
