//! What the product says of each cell, and whether it says it of every cell once. The cells are counted here by walking the
//! access, without asking a back end.

use std::collections::{BTreeMap, BTreeSet};

use ztam::session::EmitterOf;
use ztam_backend::fidelity::{Cells, Unit, Verdict};
use ztam_backend::plan::Plan;
use ztam_graph::access::{Access, Entry, LayerId, Origin, SlotKind};
use ztam_graph::ids::{FieldId, RoleId};
use ztam_graph::scopes::ScopeWord;
use ztam_model::words::Action;

use crate::platform_model::{Names, Way};

/// One cell as the sources call it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Cell {
    pub(super) role: String,
    /// `asset`, `asset.field`.
    pub(super) target: String,
    pub(super) action: &'static str,
    pub(super) conditions: Names,
    pub(super) temporaries: Names,
}

impl Cell {
    /// Whether a way is open whenever the cell is.
    pub(super) fn holds(&self, way: &Way) -> bool {
        way.conditions.is_subset(&self.conditions) && way.temporaries.is_subset(&self.temporaries)
    }
}

/// All that is said of one platform.
#[derive(Debug, Default)]
pub(super) struct Fidelity {
    pub(super) cells: BTreeMap<Cell, Verdict>,
    /// Cells that are told twice, not at all, or that do not exist.
    pub(super) wrong: Vec<String>,
}

impl Fidelity {
    pub(super) fn of(it: &EmitterOf<'_>, access: &Access<'_>, plan: &Plan) -> Self {
        let mut fidelity = Self::default();
        let Some(platform) = access.platforms.iter().position(|facts| facts.platform == it.platform) else {
            return fidelity;
        };
        let mut expected = BTreeSet::new();
        for role in access.names.roles.ids() {
            let is_emitted = plan.containers.iter().any(|it| it.role == role)
                || access.platforms[platform].role_names[role].is_some();
            if is_emitted && !access.is_abstract(role) {
                expected.extend(granted(access, role, platform));
            }
            it.emitter.verdicts(access, role, &mut |cells| fidelity.add(access, role, cells));
        }
        let told: BTreeSet<_> = fidelity.cells.keys().cloned().collect();
        let differ = told.symmetric_difference(&expected);
        fidelity.wrong.extend(differ.map(|cell| format!("told: {}, {cell:?}", told.contains(cell))));
        fidelity.counts(plan);
        fidelity
    }

    fn add(&mut self, access: &Access<'_>, role: RoleId, cells: &Cells<'_>) {
        let fields: Vec<_> = cells.fields.iter().map(|it| Some(*it)).collect();
        let targets = if fields.is_empty() { vec![None] } else { fields };
        for field in targets {
            let asset = access.names.assets.name(access.slots[cells.slot].asset);
            let target = field.map_or_else(|| asset.to_owned(), |it| access.names.field_name(it));
            let cell = cell(access, role, target, cells.layer, cells.action);
            if self.cells.insert(cell.clone(), cells.verdict).is_some() {
                self.wrong.push(format!("told twice: {cell:?}"));
            }
        }
    }

    /// The groups of the plan count every cell once, under its verdict.
    fn counts(&mut self, plan: &Plan) {
        let mut counted: BTreeMap<Verdict, u64> = BTreeMap::new();
        for verdict in self.cells.values() {
            *counted.entry(*verdict).or_default() += 1;
        }
        let groups = plan.fidelity.iter().filter(|it| it.unit == Unit::Cell);
        let grouped: BTreeMap<_, _> = groups.map(|it| (it.verdict, it.count)).collect();
        if counted != grouped {
            self.wrong.push(format!("the cells are {counted:?}, the groups {grouped:?}"));
        }
    }

    /// The cells of a role that are said to be exact.
    pub(super) fn exact(&self, role: &str) -> impl Iterator<Item = &Cell> {
        let exact = self.cells.iter().filter(|(_, verdict)| **verdict == Verdict::Exact);
        exact.map(|(cell, _)| cell).filter(move |cell| cell.role == role)
    }
}

/// A verdict for people.
pub(super) fn words(verdict: Verdict) -> String {
    match verdict {
        Verdict::Exact => "exact".to_owned(),
        Verdict::Obligation(kind) => format!("obligation {kind}"),
        Verdict::Less(reason) => format!("less {reason}"),
    }
}

fn cell(access: &Access<'_>, role: RoleId, target: String, layer: LayerId, action: Action) -> Cell {
    let layer = access.layers[layer];
    let temporaries = layer.temporary.into_iter().map(|it| access.names.temporaries.name(it).to_owned());
    Cell {
        role: access.names.roles.name(role).to_owned(),
        target,
        action: action.as_str(),
        conditions: access.condition_names(layer.conditions).into_iter().map(str::to_owned).collect(),
        temporaries: temporaries.collect(),
    }
}

/// Every cell that the access grants a role on a platform.
pub(super) fn granted(access: &Access<'_>, role: RoleId, platform: usize) -> BTreeSet<Cell> {
    let entries = access.roles[role].entries.iter();
    let entries: Vec<&Entry> =
        entries.filter(|it| it.origin != Origin::Right && it.platforms.has(platform)).collect();
    let mut cells = BTreeSet::new();
    for entry in &entries {
        let key = access.slots[entry.slot];
        let of_asset = |it: &&&Entry| it.slot == access.rows_slot(key.asset);
        let rows = entries.iter().filter(of_asset).fold(ScopeWord::NONE, |all, it| all.union(it.scopes));
        let mut add = |target: String, action| {
            cells.insert(cell(access, role, target, entry.layer, action));
        };
        for (action, _) in entry.scopes.iter() {
            let needs = if action == Action::Unmask { Action::Read } else { action };
            if key.kind == SlotKind::Rows {
                if action != Action::Unmask {
                    add(access.names.assets.name(key.asset).to_owned(), action);
                }
            } else if ScopeWord::FIELD_ACTIONS.contains(&action) && !rows.get(needs).is_empty() {
                let is_here = |it: &FieldId| access.platforms[platform].fields[*it].is_some();
                let fields = access.fields_in(entry.slot).into_iter().filter(is_here);
                fields.for_each(|it| add(access.names.field_name(it), action));
            }
        }
    }
    cells
}
