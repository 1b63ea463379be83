//! How near the packages of the example come to its matrix.

use std::collections::BTreeMap;

use ztam::session::Session;
use ztam_backend::fidelity::{Cells, Verdict};
use ztam_graph::access::{Access, Origin, SlotKind};
use ztam_graph::ids::{Names, RoleId};
use ztam_graph::scopes::ScopeSet;
use ztam_model::words::{Action, Scope};

use crate::project::{date, repository, world};

/// What a figure is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fact {
    /// A row cell of Dataverse that its table can express: own, unit, unit-tree or org.
    LegalRows,
    /// A row cell of Salesforce at `org`, or to create.
    Object,
    /// A field of Salesforce.
    Field,
    /// A row cell of Salesforce below `org`.
    NarrowRows,
    /// The rest.
    Other,
}

/// The scopes of the cells that are judged.
fn wanted(access: &Access<'_>, platform: usize, role: RoleId, cells: &Cells<'_>) -> ScopeSet {
    let entries = access.entries(role, cells.slot).iter();
    let cells = entries
        .filter(|it| it.layer == cells.layer && it.origin != Origin::Right && it.platforms.has(platform))
        .map(|it| it.scopes.get(cells.action));
    cells.fold(ScopeSet::NONE, ScopeSet::union).widest()
}

fn fact(access: &Access<'_>, platform: usize, role: RoleId, cells: &Cells<'_>) -> Fact {
    let key = access.slots[cells.slot];
    let scopes = wanted(access, platform, role, cells);
    let facts = &access.platforms[platform];
    if facts.platform == "dataverse" {
        let steps = [Scope::Own, Scope::Unit, Scope::UnitTree, Scope::Org];
        let is_step = scopes.iter().all(|it| steps.contains(&it));
        let is_legal = scopes.iter().all(|it| facts.legal(key.asset, cells.action).has(it));
        return if key.kind == SlotKind::Rows && is_step && is_legal { Fact::LegalRows } else { Fact::Other };
    }
    match key.kind {
        SlotKind::Rows if cells.action == Action::Create || scopes.has(Scope::Org) => Fact::Object,
        SlotKind::Rows => Fact::NarrowRows,
        _ => Fact::Field,
    }
}

/// Cells kept (exact, or an obligation that the build lists), and all, by environment and fact.
type Figures = BTreeMap<(String, Fact), (usize, usize)>;

fn figures() -> Figures {
    let root = repository().join("matrices/acme-crm");
    let session = Session::new();
    let loaded = session.load(&world(&root), &root).unwrap();
    let compiled = session.compile(&loaded);
    let mut figures = Figures::new();
    for (environment, name, _) in Names::new(&loaded.project).environments.iter() {
        let analysis = session.analyze(&loaded, &compiled, Some(environment), date("2026-09-20"));
        let access = &analysis.access;
        for it in analysis.emitters.iter().filter(|it| it.emitted) {
            let plan = it.emitter.plan(access);
            let platform = access.platforms.iter().position(|facts| facts.platform == it.platform).unwrap();
            for role in access.names.roles.ids() {
                let role_name = access.names.roles.name(role);
                it.emitter.verdicts(access, role, &mut |cells| {
                    let is_kept = match cells.verdict {
                        Verdict::Exact => true,
                        Verdict::Obligation(kind) => plan
                            .obligations
                            .iter()
                            .any(|it| it.kind == kind && it.audience.iter().any(|name| name == role_name)),
                        Verdict::Less(_) => false,
                    };
                    let fact = fact(access, platform, role, cells);
                    let count = cells.fields.len().max(1);
                    let figure = figures.entry((name.to_owned(), fact)).or_default();
                    figure.0 += if is_kept { count } else { 0 };
                    figure.1 += count;
                });
            }
        }
    }
    figures
}

#[test]
fn the_example_comes_through() {
    let figures = figures();
    for ((environment, fact), (kept, all)) in &figures {
        println!("{environment}, {fact:?}: {kept} of {all} exact or obliged");
    }
    for environment in ["prod", "sandbox"] {
        let figure = |fact| figures[&(environment.to_owned(), fact)];
        let (kept, all) = figure(Fact::LegalRows);
        assert!(all > 50 && kept * 10 >= all * 9, "{environment}: {kept} of {all} on Dataverse");
        for fact in [Fact::Object, Fact::Field] {
            let (kept, all) = figure(fact);
            assert!(all > 10 && kept == all, "{environment}: {kept} of {all}, {fact:?} on Salesforce");
        }
    }
}
