//! What generalizing an import comes to, for the report.

use ztam_backend::import::{Imported, Target};
use ztam_graph::ids::Names;
use ztam_report::generalized::{Generalized, NearFit};
use ztam_report::import::Fact;

use super::generalize::{General, Near, near};
use super::ids::Ids;
use super::{Draft, text};

/// Most near fits that are told.
const MOST_NEAR: usize = 50;

/// What there is to tell of.
pub(super) struct Told<'a> {
    pub(super) names: &'a Names<'a>,
    pub(super) imported: &'a Imported,
    pub(super) general: Option<&'a General>,
    pub(super) lines_before: usize,
}

impl Told<'_> {
    /// The report of a draft that is written; `why_not` says why it has exact cells though class cells were found.
    pub(super) fn report(&self, written: &Draft, why_not: Option<String>) -> Generalized {
        let applied = self.general.filter(|_| why_not.is_none());
        let short = "no class cell says the same more shortly";
        let ids = Ids::new(self.names, self.imported);
        let exact = text::exact_cells(self.imported);
        let near = near(self.imported);
        Generalized {
            applied: applied.is_some(),
            why_not: if applied.is_some() {
                String::new()
            } else {
                why_not.unwrap_or_else(|| short.to_owned())
            },
            cells_before: exact,
            cells_after: applied.map_or(exact, |it| it.cells_after + exact - it.cells_before),
            lines_before: self.lines_before,
            lines_after: written.lines(),
            domains: applied.map_or(0, |it| it.domains.len()),
            class_cells: applied.map_or(0, General::class_cell_count),
            near: near.iter().take(MOST_NEAR).map(|it| fit(it, &ids)).collect(),
        }
    }
}

fn fit(it: &Near, ids: &Ids) -> NearFit {
    let container = format!("{} {}", it.role.0, it.role.1);
    let gain = |target: &Target, action: &str, scope: &str| Fact {
        container: container.clone(),
        kind: action.to_owned(),
        key: ids.target(target),
        right: scope.to_owned(),
    };
    let gives = it.scopes.iter().map(|(action, scope)| format!("{}: {}", action.as_str(), scope.as_str()));
    NearFit {
        on: if it.is_field { "fields" } else { "rows" }.to_owned(),
        gives: gives.collect(),
        cells: it.cells,
        gains: it
            .gains
            .iter()
            .map(|(target, action, scope)| gain(target, action.as_str(), scope.as_str()))
            .collect(),
        container,
    }
}
