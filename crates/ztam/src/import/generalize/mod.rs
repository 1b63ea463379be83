//! Class cells and domains instead of exact cells, where both give exactly the same.
//!
//! Assets that the same roles have cells on share a domain, so a role works within domains of which it touches every asset. A
//! class cell then gives what the role has on all of them alike; what it has beyond stays in exact cells. Nothing here decides
//! what is written: who imports resolves both and compares ([`same`]).

mod near;
mod parts;
pub(super) mod same;
mod spoken;

use std::collections::{BTreeMap, BTreeSet};

use ztam_backend::import::{ContainerKey, Imported, Target};
use ztam_model::words::{Action, Scope};

use parts::{Kind, Parts};

pub(super) use near::{Near, near};
pub(super) use spoken::spoken_of;

/// Class of rows that a cell on the class reaches.
pub(super) const ROWS: &str = "unreviewed-by-domain";
/// Class of fields that a cell on the class reaches.
pub(super) const FIELDS: &str = "unreviewed-field-by-domain";

/// What somebody has on a target.
pub(super) type Scopes = BTreeMap<Action, Scope>;

/// How an import is written with class cells.
#[derive(Clone, Debug, Default)]
pub(super) struct General {
    /// Domains by id, with the assets in them.
    pub(super) domains: BTreeMap<String, BTreeSet<String>>,
    /// Domain of each asset that is in one.
    domain_of: BTreeMap<String, String>,
    /// Targets that are reached by class.
    by_class: BTreeSet<Target>,
    /// Class cells by role: on rows, on fields; empty where there is none.
    cells: BTreeMap<ContainerKey, (Scopes, Scopes)>,
    /// Names that exact cells write.
    pub(super) cells_before: usize,
    /// Names and classes that cells write now.
    pub(super) cells_after: usize,
}

impl General {
    /// The domain of an asset, where it has one of its own.
    pub(super) fn domain(&self, asset: &str) -> Option<&str> {
        self.domain_of.get(asset).map(String::as_str)
    }

    /// Whether a class cell reaches a target.
    pub(super) fn has(&self, target: &Target) -> bool {
        self.by_class.contains(target)
    }

    /// The class cells of a role.
    pub(super) fn class_cells(&self, role: &ContainerKey) -> Vec<(&'static str, &Scopes)> {
        let Some((rows, fields)) = self.cells.get(role) else { return Vec::new() };
        [(ROWS, rows), (FIELDS, fields)].into_iter().filter(|it| !it.1.is_empty()).collect()
    }

    /// How many class cells there are.
    pub(super) fn class_cell_count(&self) -> usize {
        self.cells.keys().map(|role| self.class_cells(role).len()).sum()
    }

    /// Whether a class cell of the role says all that an exact cell says.
    pub(super) fn says(&self, role: &ContainerKey, target: &Target, scopes: &[(Action, Scope)]) -> bool {
        let cells = self.cells.get(role).map(|it| if target.field.is_some() { &it.1 } else { &it.0 });
        let exact: Scopes = scopes.iter().copied().collect();
        self.has(target) && cells.is_some_and(|it| *it == exact)
    }

    /// Classes that are used.
    pub(super) fn classes(&self) -> Vec<&'static str> {
        let is_field = |it: &&Target| it.field.is_some();
        let fields = self.by_class.iter().filter(is_field).count();
        let rows = self.by_class.len() - fields;
        [(ROWS, rows), (FIELDS, fields)].into_iter().filter(|it| it.1 > 0).map(|it| it.0).collect()
    }
}

/// Finds class cells for an import; `taken` are ids of domains that the project has. `None` where they would not make it
/// shorter.
pub(super) fn generalize(imported: &Imported, taken: &BTreeSet<&str>) -> Option<General> {
    let parts = Parts::new(imported);
    let on = parts.choose();
    let mut general = General { cells_before: parts.exact_cells(), ..General::default() };
    for (group, is_on) in parts.groups.iter().zip(&on) {
        if *is_on {
            general.by_class.extend(group.targets.iter().cloned());
        }
    }
    general.cells_after = general.cells_before;
    for (number, role) in parts.roles.iter().enumerate() {
        let rows = parts.class_cell(number, Kind::Rows, &on);
        let fields = parts.class_cell(number, Kind::Fields, &on);
        for (_, saved) in [&rows, &fields] {
            general.cells_after -= saved.saturating_sub(1);
        }
        general.cells.insert(role.clone(), (rows.0, fields.0));
    }
    general.name_domains(&parts, taken);
    (general.cells_after < general.cells_before).then_some(general)
}

impl General {
    /// One domain for the assets that the same roles touch, as far as a class reaches anything of them.
    fn name_domains(&mut self, parts: &Parts, taken: &BTreeSet<&str>) {
        let reached: BTreeSet<&str> = self.by_class.iter().map(|it| it.asset.as_str()).collect();
        let mut alike: BTreeMap<&BTreeSet<usize>, Vec<&str>> = BTreeMap::new();
        for (asset, roles) in &parts.touched {
            if reached.contains(asset.as_str()) {
                alike.entry(roles).or_default().push(asset);
            }
        }
        let mut alike: Vec<Vec<&str>> = alike.into_values().collect();
        alike.sort();
        let mut numbers = 1..;
        for assets in alike {
            let free = |number: &usize| !taken.contains(format!("{}-{number}", super::text::DOMAIN).as_str());
            let Some(number) = numbers.find(free) else { return };
            let id = format!("{}-{number}", super::text::DOMAIN);
            for asset in &assets {
                self.domain_of.insert((*asset).to_owned(), id.clone());
            }
            self.domains.insert(id, assets.into_iter().map(str::to_owned).collect());
        }
    }
}
