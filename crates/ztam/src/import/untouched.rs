//! Whether what a project gives to its own roles is the same with an import as without it. A field that a file starts to list, or
//! an asset that joins the catalogue, is reached by whatever cell is on its class and domain; an import gives nobody anything
//! but to the roles that it brings.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use ztam_backend::import::{Imported, Target};
use ztam_backend::plan::Row;
use ztam_graph::access::{Access, Layer, Origin, PlatformSet, SlotId};
use ztam_graph::ids::{AssetId, EnvironmentId, FieldId, Names, RoleId};
use ztam_graph::scopes::ScopeWord;
use ztam_model::date::Date;
use ztam_report::import::Fact;

use super::ids::Ids;
use crate::session::{EmitterOf, Loaded, Session};

/// Kind of a difference in what cells give.
const CELL: &str = "cell";

/// What roles of the project have otherwise than before.
#[derive(Debug, Default)]
pub(super) struct Touched {
    /// New assets and fields that a role reaches, or that change what it is given.
    pub(super) targets: BTreeSet<Target>,
    /// Every difference: of a role on a target, of a container in a row.
    pub(super) facts: BTreeSet<Fact>,
}

impl Touched {
    /// A role of the project that a cell gives something else, and on what.
    pub(super) fn by_cell(&self) -> Option<&Fact> {
        self.facts.iter().find(|it| it.kind == CELL)
    }
}

/// Compares what the roles of a project have, in every environment that it has, today and whenever a temporary grant begins.
pub(super) fn touched(
    session: &Session,
    before: &Loaded,
    after: &Loaded,
    imported: &Imported,
    as_of: Date,
) -> Touched {
    let names = Names::new(&before.project);
    if names.roles.is_empty() {
        return Touched::default();
    }
    let new = New::of(&names, imported);
    let mut all: Vec<Option<EnvironmentId>> = names.environments.ids().map(Some).collect();
    if all.is_empty() {
        all.push(None);
    }
    // A temporary grant that has not begun reaches what is there when it begins.
    let begins = names.temporaries.iter().map(|(_, _, it)| it.from.value).filter(|it| *it > as_of);
    let dates: BTreeSet<Date> = begins.chain([as_of]).collect();
    let mut touched = Touched::default();
    for (environment, date) in all.into_iter().flat_map(|it| dates.iter().map(move |date| (it, *date))) {
        let name = environment.map(|it| names.environments.name(it));
        let other = name.and_then(|it| Names::new(&after.project).environments.find(it));
        let (access, emitters, _) = session.resolve(before, environment, date);
        let (access_after, emitters_after, _) = session.resolve(after, other, date);
        cells(&access, &access_after, &new, &mut touched);
        let (one, two) = (rows(&access, &emitters), rows(&access_after, &emitters_after));
        compare(&one, &two, &new, &mut touched);
    }
    touched
}

/// What is new in the catalogue: by id, and by the keys of rows about it.
struct New {
    by_id: BTreeMap<String, Target>,
    by_key: BTreeMap<String, Target>,
}

impl New {
    fn of(names: &Names<'_>, imported: &Imported) -> Self {
        let ids = Ids::new(names, imported);
        let mut new = Self { by_id: BTreeMap::new(), by_key: BTreeMap::new() };
        for asset in &imported.assets {
            let whole = Target { asset: asset.key.clone(), field: None };
            if asset.known.is_none() {
                new.by_id.insert(ids.target(&whole), whole.clone());
                new.by_key.insert(asset.key.clone(), whole.clone());
            }
            for field in asset.fields.iter().filter(|it| it.known.is_none()) {
                let target = Target { field: Some(field.key.clone()), ..whole.clone() };
                new.by_id.insert(ids.target(&target), target.clone());
                new.by_key.insert(format!("{}.{}", asset.key, field.key), target);
            }
        }
        new
    }
}

/// A target, and the slots that stand for it before and after; nothing before where it is new.
#[derive(Clone, Copy)]
struct Pair {
    asset: AssetId,
    field: Option<FieldId>,
    before: Option<SlotId>,
    after: Option<SlotId>,
    /// The platforms that have it.
    on: PlatformSet,
}

fn cells(before: &Access<'_>, after: &Access<'_>, new: &New, touched: &mut Touched) {
    let pairs = pairs(before, after);
    let of_role = |role: RoleId| {
        let name = before.names.roles.name(role);
        let other = after.names.roles.find(name);
        let differs = |pair: &&Pair| {
            let had = pair.before.map(|slot| given(before, role, slot, pair.on));
            let has = other.zip(pair.after).map(|(role, slot)| given(after, role, slot, pair.on));
            had.unwrap_or_default() != has.unwrap_or_default()
        };
        let of_pair = |pair: &Pair| {
            let asset = after.names.assets.name(pair.asset);
            let field = pair.field.map(|it| after.names.fields[it].name.value.as_str());
            (name.to_owned(), field.map_or(asset.to_owned(), |field| format!("{asset}.{field}")))
        };
        pairs.iter().filter(differs).map(of_pair).collect::<Vec<_>>()
    };
    let roles: Vec<RoleId> = before.names.roles.ids().collect();
    let found: Vec<(String, String)> = roles.into_par_iter().flat_map_iter(of_role).collect();
    for (role, id) in found {
        touched.targets.extend(new.by_id.get(&id).cloned());
        touched.facts.insert(Fact {
            container: format!("role {role}"),
            kind: CELL.to_owned(),
            key: id,
            right: String::new(),
        });
    }
}

/// Everything that there is with the import. Of fields that share their slots before and after one stands for all.
fn pairs(before: &Access<'_>, after: &Access<'_>) -> Vec<Pair> {
    let mut pairs = Vec::new();
    for asset in after.names.assets.ids() {
        let old = before.names.assets.find(after.names.assets.name(asset));
        let rows = old.map(|it| before.rows_slot(it));
        let everywhere = PlatformSet(u8::MAX);
        pairs.push(Pair {
            asset,
            field: None,
            before: rows,
            after: Some(after.rows_slot(asset)),
            on: everywhere,
        });
        let old = old.into_iter().flat_map(|it| before.names.fields_of(it));
        let old: BTreeMap<&str, Option<SlotId>> =
            old.map(|it| (before.names.fields[it].name.value.as_str(), before.field_slot(it))).collect();
        let mut seen = BTreeSet::new();
        for field in after.names.fields_of(asset) {
            let was = old.get(after.names.fields[field].name.value.as_str());
            let on = after.platforms_of_field(field);
            let pair = Pair {
                asset,
                field: Some(field),
                before: was.copied().flatten(),
                after: after.field_slot(field),
                on,
            };
            // Each new one is told by its name.
            if seen.insert((pair.before, pair.after, on)) || was.is_none() {
                pairs.push(pair);
            }
        }
    }
    pairs
}

/// What cells give a role on some platforms. What rights open beside them is not asked: it was open before anybody listed it.
fn given(
    access: &Access<'_>,
    role: RoleId,
    slot: SlotId,
    on: PlatformSet,
) -> BTreeSet<(Layer, Origin, PlatformSet, ScopeWord)> {
    let entries = access.entries(role, slot).iter().filter(|it| it.origin != Origin::Right);
    let entries = entries.map(|it| (access.layers[it.layer], it.origin, it.platforms.and(on), it.scopes));
    entries.filter(|(_, _, platforms, _)| !platforms.is_empty()).collect()
}

/// Rows by platform, kind and name of the container.
type Packages = BTreeMap<(&'static str, &'static str, String), BTreeSet<Row>>;

fn rows(access: &Access<'_>, emitters: &[EmitterOf<'_>]) -> Packages {
    let mut packages = Packages::new();
    for emitter in emitters.iter().filter(|it| it.emitted) {
        let plan = emitter.emitter.plan(access);
        let of_container = |container: &ztam_backend::plan::Container| {
            let rows = emitter.emitter.rows(access, container).into_iter().collect();
            ((emitter.platform, container.kind, container.name.clone()), rows)
        };
        packages.par_extend(plan.containers.par_iter().map(of_container));
    }
    packages
}

fn compare(before: &Packages, after: &Packages, new: &New, touched: &mut Touched) {
    let nothing = BTreeSet::new();
    for (key @ (_, kind, name), rows) in before {
        for row in rows.symmetric_difference(after.get(key).unwrap_or(&nothing)) {
            touched.targets.extend(new.by_key.get(&row.key).cloned());
            touched.facts.insert(Fact {
                container: format!("{kind} {name}"),
                kind: row.kind.to_owned(),
                key: row.key.clone(),
                right: row.rights.join(", "),
            });
        }
    }
}
