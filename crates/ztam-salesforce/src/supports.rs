//! What the rows of a permission set stand on.

use ztam_backend::plan::{Container, Row};
use ztam_backend::support::{Basis, Cells, Part, Support};
use ztam_graph::access::{LayerId, SlotId};
use ztam_graph::ids::{AssetId, FieldId};
use ztam_graph::scopes::ScopeWord;
use ztam_model::words::{Action, Scope};

use crate::emit::written_rights;
use crate::plan::{GROUP, MEMBER, is_base};
use crate::rows::{MODIFY_ALL_ACTIONS, Sets, is_within};

/// What a row stands on.
pub(crate) fn supports(sets: &Sets<'_>, container: &Container, row: &Row) -> Vec<Support> {
    let mut found = Vec::new();
    match (row.kind, container.layers.first()) {
        (MEMBER, _) => {
            let is_member = container.kind == GROUP && container.members.contains(&row.key);
            let rights = row.rights.iter().filter(|_| is_member);
            found.extend(rights.map(|right| Support { right, basis: Basis::Member }));
        }
        ("objectPermissions", Some(layer)) => {
            let objects = sets.package.objects.iter_ids();
            let same = objects.filter(|(_, it)| it.as_ref().is_some_and(|it| *it.name == *row.key));
            same.for_each(|(asset, _)| Finder::new(sets, container, *layer).object(asset, row, &mut found));
        }
        ("fieldPermissions", Some(layer)) => {
            for (asset, object) in sets.package.objects.iter_ids() {
                let fields = object.as_ref().map_or(&[][..], |it| &it.fields);
                for field in fields.iter().filter(|it| *it.name == *row.key) {
                    let rows = sets.access.rows_slot(asset);
                    let slot = field.listed.map_or(Some(rows), |it| sets.access.field_slot(it));
                    let Some(slot) = slot else { continue };
                    let first = found.len();
                    Finder::new(sets, container, *layer).field(rows, slot, row, &mut found);
                    found.iter_mut().skip(first).for_each(|it| name_field(it, slot, field.listed));
                }
            }
        }
        _ => rights(sets, container, row, &mut found),
    }
    if is_base(sets.access, container) {
        carried(sets, container, row, &mut found);
    }
    found
}

/// The rights of the row that are carried.
fn carried(sets: &Sets<'_>, container: &Container, row: &Row, found: &mut Vec<Support>) {
    let rows = &sets.package.carried[container.role];
    let Some(own) = rows.get(&(row.kind, row.key.clone())) else { return };
    for right in row.rights.iter().copied().filter(|it| own.contains(it)) {
        let name = format!("{} {right}", row.key);
        let mut known = sets.package.rights.iter_ids();
        let carried = known.find(|(_, it)| it.kind.element() == row.kind && *it.name == *name);
        let basis = |id| Basis::Right { platform: sets.platform, right: id, called: vec![row.key.clone()] };
        found.extend(carried.map(|(id, _)| Support { right, basis: basis(id) }));
    }
}

/// Says which field cells are about. One that the matrix does not list goes with its row.
fn name_field(support: &mut Support, slot: SlotId, listed: Option<FieldId>) {
    let Basis::Cells(cells) = &mut support.basis else { return };
    if cells.slot == slot && listed.is_some() {
        cells.field = listed;
    } else if listed.is_none() && cells.part == Part::Gives {
        cells.part = Part::WithRow;
    }
}

/// The rights of capabilities that the row is.
fn rights(sets: &Sets<'_>, container: &Container, row: &Row, found: &mut Vec<Support>) {
    for id in written_rights(sets, container) {
        let known = &sets.package.rights[id];
        if known.kind.element() == row.kind && *known.name == *row.key {
            let called = vec![row.key.clone()];
            let basis = Basis::Right { platform: sets.platform, right: id, called };
            found.push(Support { right: known.kind.grants(), basis });
        }
    }
}

/// Looks for the cells behind one container.
struct Finder<'s, 'a> {
    sets: &'s Sets<'a>,
    container: &'s Container,
    layer: LayerId,
}

impl<'s, 'a> Finder<'s, 'a> {
    fn new(sets: &'s Sets<'a>, container: &'s Container, layer: LayerId) -> Self {
        Self { sets, container, layer }
    }

    fn object(&self, asset: AssetId, row: &Row, found: &mut Vec<Support>) {
        let slot = self.sets.access.rows_slot(asset);
        for right in &row.rights {
            let (actions, reaching): (&[Action], _) = match *right {
                "allowCreate" => (&[Action::Create], None),
                "allowDelete" => (&[Action::Delete], None),
                "allowEdit" => (&[Action::Edit], None),
                "modifyAllRecords" => (MODIFY_ALL_ACTIONS, Some(Scope::Org)),
                "viewAllRecords" => (&[Action::Read], Some(Scope::Org)),
                _ => (&[Action::Read], None),
            };
            let mut is_repeated = false;
            for action in actions {
                let own = self.own(slot).get(*action);
                let gives = reaching.map_or(!own.is_empty(), |it| own.has(it));
                let part = if gives { Part::Gives } else { Part::Repeated };
                is_repeated |= !gives;
                found.push(self.cells(right, slot, *action, reaching, part));
            }
            if is_repeated {
                self.needing(asset, right, actions, found);
            }
        }
    }

    /// The cells of the container that need a right which they do not give themselves: others on the same rows, or those
    /// on rows that hang on these.
    fn needing(&self, asset: AssetId, right: &'static str, given: &[Action], found: &mut Vec<Support>) {
        for (other, object) in self.sets.package.objects.iter_ids() {
            if object.is_none() || (other != asset && !self.hangs_on(other, asset)) {
                continue;
            }
            let slot = self.sets.access.rows_slot(other);
            let own = self.own(slot);
            let actions = own.iter().map(|(action, _)| action);
            for action in actions.filter(|it| other != asset || !given.contains(it)) {
                found.push(self.cells(right, slot, action, None, Part::Needs));
            }
        }
    }

    /// Whether reading the rows of an asset needs reading those of another one, over however many steps.
    fn hangs_on(&self, asset: AssetId, other: AssetId) -> bool {
        let mut seen = vec![asset];
        let mut next = 0;
        while let Some(current) = seen.get(next).copied() {
            let object = self.sets.package.objects[current].as_ref();
            let needs = object.into_iter().flat_map(|it| it.reads.iter().chain(&it.views)).flatten();
            for need in needs {
                if !seen.contains(need) {
                    seen.push(*need);
                }
            }
            next += 1;
        }
        seen.iter().skip(1).any(|it| *it == other)
    }

    fn field(&self, rows: SlotId, slot: SlotId, row: &Row, found: &mut Vec<Support>) {
        let own = self.own(slot);
        let writes = [Action::Create, Action::Edit];
        for right in &row.rights {
            if *right == "editable" {
                for action in writes {
                    let part = if own.get(action).is_empty() { Part::Both } else { Part::Gives };
                    found.push(self.cells(right, slot, action, None, part));
                }
                continue;
            }
            if !own.get(Action::Read).is_empty() {
                found.push(self.cells(right, slot, Action::Read, None, Part::Gives));
            } else {
                found.push(self.cells(right, slot, Action::Read, None, Part::Repeated));
                for action in writes.into_iter().filter(|it| !own.get(*it).is_empty()) {
                    found.push(self.cells(right, slot, action, None, Part::Needs));
                }
            }
            if slot != rows {
                let mut cells = self.cells(right, rows, Action::Read, None, Part::Needed);
                // Whatever shows the row shows its fields.
                if let Basis::Cells(cells) = &mut cells.basis {
                    cells.layers = self.sets.access.layers.ids().collect();
                }
                found.push(cells);
            }
        }
    }

    /// What the cells of the container's own layer say.
    fn own(&self, slot: SlotId) -> ScopeWord {
        self.sets.own(self.sets.access.entries(self.container.role, slot), self.layer)
    }

    /// Cells of the own layer, or of every layer that holds whenever it does.
    fn cells(
        &self,
        right: &'static str,
        slot: SlotId,
        action: Action,
        reaching: Option<Scope>,
        part: Part,
    ) -> Support {
        let layers = &self.sets.access.layers;
        let own = layers[self.layer];
        let layers = match part {
            Part::Gives | Part::Needs => vec![self.layer],
            _ => layers.iter_ids().filter(|(_, it)| is_within(**it, &[own])).map(|(id, _)| id).collect(),
        };
        Support { right, basis: Basis::Cells(Cells { slot, field: None, action, layers, reaching, part }) }
    }
}
