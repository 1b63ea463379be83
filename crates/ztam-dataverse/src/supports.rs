//! What the rows of roles and profiles stand on.

use ztam_backend::plan::{Container, Row};
use ztam_backend::support::{Basis, Cells, Part, Support};
use ztam_graph::access::{LayerId, Origin, SlotId};
use ztam_graph::facts::RightId;
use ztam_graph::ids::AssetId;
use ztam_model::words::{Action, Scope};
use ztam_source::idx::Idx;

use crate::bind::PrivilegeId;
use crate::catalog::Level;
use crate::columns::column_word;
use crate::plan::{BASE, PROFILE, Planner, TEAM};
use crate::rights::{APP_OPENER, scope_of_level};

/// What a capability calls the preset for people who open an app.
const PRESET: &str = "app-opener";

/// What a row stands on.
pub(crate) fn supports(planner: &Planner<'_, '_>, container: &Container, row: &Row) -> Vec<Support> {
    let Some(layer) = container.layers.first().copied() else { return Vec::new() };
    let finder = Finder { planner, container, layer };
    if container.kind == PROFILE { finder.column(row) } else { finder.privilege(row) }
}

struct Finder<'s, 'a, 'p> {
    planner: &'s Planner<'a, 'p>,
    container: &'s Container,
    layer: LayerId,
}

impl Finder<'_, '_, '_> {
    fn privilege(&self, row: &Row) -> Vec<Support> {
        let package = self.planner.package;
        let Some(level) = Level::ALL.into_iter().find(|it| row.rights == [it.word()]) else {
            return Vec::new();
        };
        let Some((id, known)) = package.privileges.iter_ids().find(|(_, it)| it.name == row.key) else {
            return Vec::new();
        };
        let right = level.word();
        let mut found = Vec::new();
        if self.is_of_floor(id, level) {
            found.push(Support { right, basis: Basis::Everybody });
        }
        if let Some((action, assets)) = &known.cell
            && self.cells_give(id, level)
        {
            self.of_cells(*action, assets, level, &mut found);
        }
        if self.layer == BASE && self.container.holder != TEAM {
            self.of_rights(id, level, &row.key, &mut found);
        }
        found
    }

    /// Whether the platform gives the privilege at this depth to every role; to one that was taken over perhaps not.
    fn is_of_floor(&self, id: PrivilegeId, level: Level) -> bool {
        let is_base = self.layer == BASE && self.container.holder != TEAM;
        let lacks = is_base && self.planner.lacks_of_floor(self.container.role, id);
        level == Level::Global && self.planner.package.floor.contains(&id) && !lacks
    }

    /// Whether cells give the privilege at this very depth.
    fn cells_give(&self, id: PrivilegeId, level: Level) -> bool {
        let privileges = self.planner.layer_privileges(self.container.role, self.layer);
        let own = if self.container.holder == TEAM { privileges.team } else { privileges.user };
        own.contains(&(id, level))
    }

    fn of_cells(&self, action: Action, assets: &[AssetId], level: Level, found: &mut Vec<Support>) {
        let access = self.planner.access;
        let right = level.word();
        let reaching = if self.container.holder == TEAM { Scope::Team } else { scope_of_level(level) };
        for asset in assets {
            let slot = access.rows_slot(*asset);
            let here =
                |it: &&ztam_graph::access::Entry| it.layer == self.layer && !it.scopes.get(action).is_empty();
            let entries = access.entries(self.container.role, slot).iter();
            let own: Vec<_> = entries.filter(here).map(|it| it.origin).collect();
            let cells = |layers, part| {
                let cells = Cells { slot, field: None, action, layers, reaching: Some(reaching), part };
                Support { right, basis: Basis::Cells(cells) }
            };
            if own.contains(&Origin::Matrix) {
                found.push(cells(vec![self.layer], Part::Gives));
            }
            if own.contains(&Origin::Derived) {
                self.related(action, *asset, right, reaching, found);
            }
            if assets.len() > 1 {
                // The privilege is one for all its tables: each must have it as far.
                found.push(cells(self.layers(), Part::Needed));
            }
        }
    }

    /// What append and append-to are derived from: the writing side and the read side of a reference.
    fn related(
        &self,
        action: Action,
        asset: AssetId,
        right: &'static str,
        reaching: Scope,
        found: &mut Vec<Support>,
    ) {
        let Some(facts) = self.planner.access.platforms.get(self.planner.platform) else { return };
        let references = |from: AssetId| facts.assets[from].as_ref().map_or(&[][..], |it| &it.references);
        let pairs: Vec<(AssetId, AssetId)> = if action == Action::Append {
            references(asset).iter().map(|to| (asset, *to)).collect()
        } else {
            let all = facts.assets.iter_ids().map(|(from, _)| from);
            all.filter(|from| references(*from).contains(&asset)).map(|from| (from, asset)).collect()
        };
        for (from, to) in pairs {
            let sides = [(from, Action::Create), (from, Action::Edit), (to, Action::Read)];
            for (side, needed) in sides {
                let is_measure = (needed == Action::Read) == (action == Action::AppendTo);
                let cells = Cells {
                    slot: self.planner.access.rows_slot(side),
                    field: None,
                    action: needed,
                    layers: self.layers(),
                    reaching: is_measure.then_some(reaching),
                    part: Part::Related,
                };
                let support = Support { right, basis: Basis::Cells(cells) };
                if !found.contains(&support) {
                    found.push(support);
                }
            }
        }
    }

    fn of_rights(&self, id: PrivilegeId, level: Level, name: &str, found: &mut Vec<Support>) {
        let Some(granted) = self.planner.access.roles[self.container.role].granted.get(self.planner.platform)
        else {
            return;
        };
        for right in granted.ones().map(RightId::from_usize) {
            let same = self.planner.package.rights.lookup(right) == Some(&(id, level));
            if same && !self.is_of_floor(id, level) {
                let preset = APP_OPENER.contains(&name).then(|| PRESET.to_owned());
                let called = std::iter::once(name.to_owned()).chain(preset).collect();
                let basis = Basis::Right { platform: self.planner.platform, right, called };
                found.push(Support { right: level.word(), basis });
            }
        }
    }

    /// What carried blocks give of a column.
    fn carried(&self, row: &Row) -> Vec<Support> {
        let Some(granted) = self.planner.access.roles[self.container.role].granted.get(self.planner.platform)
        else {
            return Vec::new();
        };
        let platform = self.planner.platform;
        let of = |right: RightId| {
            let it = self.planner.package.carried_columns.get(&right)?;
            let name = format!("{}.{}", it.table, it.column);
            let word = row.rights.iter().find(|word| **word == column_word(it.word));
            let right_word = word.filter(|_| name == row.key && self.layer == BASE)?;
            Some(Support { right: right_word, basis: Basis::Right { platform, right, called: vec![name] } })
        };
        granted.ones().map(RightId::from_usize).filter_map(of).collect()
    }

    fn column(&self, row: &Row) -> Vec<Support> {
        let access = self.planner.access;
        let mut found = self.carried(row);
        for (field, column) in self.planner.package.columns.iter_ids() {
            let asset = access.names.fields[field].asset;
            let Some((column, table)) = column.as_ref().zip(self.planner.package.tables[asset].as_ref())
            else {
                continue;
            };
            let is_it = row.key.strip_prefix(&table.name).and_then(|it| it.strip_prefix('.'))
                == Some(column.name.as_str());
            let Some(slot) = access.field_slot(field).filter(|_| is_it) else { continue };
            for right in &row.rights {
                let (action, on_row) = match *right {
                    "CanUpdate" => (Action::Edit, Action::Edit),
                    "CanCreate" => (Action::Create, Action::Create),
                    "CanReadUnmasked" => (Action::Unmask, Action::Read),
                    _ => (Action::Read, Action::Read),
                };
                let cells = |slot: SlotId, action, layers, part| {
                    let field = (part == Part::Gives).then_some(field);
                    let cells = Cells { slot, field, action, layers, reaching: None, part };
                    Support { right, basis: Basis::Cells(cells) }
                };
                found.push(cells(slot, action, vec![self.layer], Part::Gives));
                // No column without its row, in whatever layer that is.
                let rows = access.rows_slot(asset);
                found.push(cells(rows, on_row, access.layers.ids().collect(), Part::Needed));
            }
        }
        found
    }

    /// The layers that hold whenever this one does.
    fn layers(&self) -> Vec<LayerId> {
        self.planner.access.layers.ids().filter(|it| self.planner.holds_with(*it, self.layer)).collect()
    }
}
