//! How near the security roles and profiles of a role come to its cells, judged from the depths and column rights that are
//! emitted: no second opinion that could drift.

use std::collections::{BTreeMap, BTreeSet};

use ztam_backend::fidelity::{Cells, Tally, Verdict};
use ztam_graph::access::{Entry, SlotId, SlotKind};
use ztam_graph::facts::{RightId, Securable};
use ztam_graph::ids::{AssetId, FieldId, RoleId};
use ztam_graph::scopes::ScopeWord;
use ztam_model::words::Action;
use ztam_source::idx::Idx;

use crate::catalog::Level;
use crate::columns::{self, ColumnRights};
use crate::plan::{Depths, Planner};
use crate::promises::Outcome;
use crate::reasons::Reason;

/// A role that must be carried in the right business unit, an obligation.
pub(crate) const HELD_IN_UNIT: &str = "held-in-unit";
/// A role that only owner teams may carry, an obligation.
pub(crate) const HELD_BY_OWNER_TEAM: &str = "held-by-owner-team";
/// A column that is secured, an obligation.
pub(crate) const COLUMN_SECURED: &str = "column-secured";
/// A column whose masking no package says, an obligation.
pub(crate) const MASKING_RULE: &str = "masking-rule";
/// A column that is open with its row, as far as anybody knows, an obligation.
pub(crate) const COLUMN_FOLLOWS_ROW: &str = "column-follows-row";
/// A column whose rows are not granted; what is said of the rows explains it.
const ROW_NOT_GRANTED: &str = "row-not-granted";

/// What is known of a column, as far as verdicts tell columns apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct ColumnKind {
    /// Whether a profile decides on it.
    is_secured: bool,
    /// Whether it is known to be secured already, not by the import alone.
    is_settled: bool,
    /// Whether it may be secured without anybody here knowing.
    may_be_secured: bool,
    is_read_only: bool,
    /// Whether a profile can hold its rights to (create, update).
    writes: (bool, bool),
}

/// Judges cells.
pub(crate) struct Judge<'s, 'a, 'p> {
    planner: &'s Planner<'a, 'p>,
    columns: BTreeMap<SlotId, Vec<(ColumnKind, Vec<FieldId>)>>,
}

impl<'s, 'a, 'p> Judge<'s, 'a, 'p> {
    pub(crate) fn new(planner: &'s Planner<'a, 'p>) -> Self {
        let by_kind = |fields: &Vec<FieldId>| {
            let mut kinds: BTreeMap<ColumnKind, Vec<FieldId>> = BTreeMap::new();
            for field in fields {
                let Some(column) = &planner.package.columns[*field] else { continue };
                let facts = &column.facts;
                let kind = ColumnKind {
                    is_secured: planner.is_secured(*field),
                    is_settled: facts.secured == Some(true),
                    may_be_secured: may_be_secured(planner, *field),
                    is_read_only: facts.read_only,
                    writes: facts.writes,
                };
                kinds.entry(kind).or_default().push(*field);
            }
            kinds.into_iter().collect()
        };
        let columns = planner.columns.iter().map(|(slot, fields)| (*slot, by_kind(fields))).collect();
        Self { planner, columns }
    }

    /// Tells how every cell of a role comes through, each once.
    pub(crate) fn cells(&self, role: RoleId, outcomes: &[Outcome], tell: &mut dyn FnMut(&Cells<'_>)) {
        let mut given = BTreeSet::new();
        let mut rows: BTreeMap<AssetId, ScopeWord> = BTreeMap::new();
        for it in outcomes {
            let all = rows.entry(it.asset).or_default();
            *all = all.union(ScopeWord::of_set(it.action, it.wanted));
            if it.depths.is_some_and(|depths| !depths.scopes().is_empty()) {
                given.insert((it.asset, it.action));
            }
            let slot = self.planner.access.rows_slot(it.asset);
            let verdict = row(it);
            tell(&Cells { slot, fields: &[], layer: it.layer, action: it.action, verdict });
        }
        for entry in self.planner.entries(role) {
            let key = self.planner.access.slots[entry.slot];
            if key.kind != SlotKind::Rows {
                let held = rows.get(&key.asset).copied().unwrap_or_default();
                self.columns(role, key.asset, entry, held, &given, tell);
            }
        }
    }

    fn columns(
        &self,
        role: RoleId,
        asset: AssetId,
        entry: &Entry,
        held: ScopeWord,
        given: &BTreeSet<(AssetId, Action)>,
        tell: &mut dyn FnMut(&Cells<'_>),
    ) {
        let Some(kinds) = self.columns.get(&entry.slot) else { return };
        let emitted = columns::rows_of(self.planner, role, asset);
        for action in ScopeWord::FIELD_ACTIONS.iter().copied() {
            let row = row_of(action);
            if entry.scopes.get(action).is_empty() || held.get(row).is_empty() {
                continue;
            }
            for (kind, fields) in kinds {
                let verdict = if !self.planner.is_enforced(entry.layer) {
                    Verdict::Less(Reason::ConditionNotEnforced.word())
                } else if given.contains(&(asset, row)) {
                    let rights = columns::allowed(entry.scopes, emitted, kind.writes);
                    column(*kind, action, &rights)
                } else {
                    Verdict::Less(ROW_NOT_GRANTED)
                };
                tell(&Cells { slot: entry.slot, fields, layer: entry.layer, action, verdict });
            }
        }
    }

    /// Counts the privileges that a role has apart from cells.
    pub(crate) fn rights(&self, role: RoleId, tally: &mut Tally<'_>) {
        let access = self.planner.access;
        let Some(facts) = access.platforms.get(self.planner.platform) else { return };
        let granted = access.roles[role].granted.get(self.planner.platform);
        let granted = granted.into_iter().flat_map(|it| it.ones()).map(RightId::from_usize);
        for right in granted.filter(|it| !facts.floor.contains(it)) {
            let level = self.planner.package.rights.lookup(right).map(|(_, level)| *level);
            let verdict = match level {
                Some(Level::Local | Level::Deep) => Verdict::Obligation(HELD_IN_UNIT),
                _ => Verdict::Exact,
            };
            tally.rights(role, verdict, 1);
        }
    }
}

/// Whether a column may be secured in the environment without anybody here knowing.
pub(crate) fn may_be_secured(planner: &Planner<'_, '_>, field: FieldId) -> bool {
    let known = planner.package.columns[field].as_ref().map(|it| &it.facts);
    !planner.is_secured(field)
        && known.is_some_and(|it| it.secured.is_none() && !matches!(it.securable, Securable::No(_)))
}

/// Whether the rows give an action on a column: what is unmasked is read.
fn row_of(action: Action) -> Action {
    if action == Action::Unmask { Action::Read } else { action }
}

fn row(outcome: &Outcome) -> Verdict {
    if let Some(lost) = outcome.lost {
        return Verdict::Less(lost.word());
    }
    match outcome.depths {
        Some(Depths { user: Some(Level::Local | Level::Deep), .. }) => Verdict::Obligation(HELD_IN_UNIT),
        Some(Depths { team: Some(_), .. }) => Verdict::Obligation(HELD_BY_OWNER_TEAM),
        Some(Depths { user: Some(_), .. }) => Verdict::Exact,
        Some(Depths { user: None, team: None }) | None => Verdict::Less(Reason::LevelNotAvailable.word()),
    }
}

fn column(kind: ColumnKind, action: Action, rights: &ColumnRights) -> Verdict {
    if action == Action::Unmask {
        return Verdict::Obligation(MASKING_RULE);
    }
    let writes = matches!(action, Action::Create | Action::Edit);
    if writes && kind.is_read_only {
        return Verdict::Less(Reason::ReadOnlyColumn.word());
    }
    if kind.is_secured {
        let may = match action {
            Action::Read => rights.read,
            Action::Create => rights.create,
            _ => rights.update,
        };
        return match (may, kind.is_settled) {
            (false, _) => Verdict::Less(Reason::ReadOnlyColumn.word()),
            (true, true) => Verdict::Exact,
            (true, false) => Verdict::Obligation(COLUMN_SECURED),
        };
    }
    if kind.may_be_secured { Verdict::Obligation(COLUMN_FOLLOWS_ROW) } else { Verdict::Exact }
}
