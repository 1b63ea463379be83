//! From declared cells to access: blocks united along inheritance, environments applied, platform rights joined.

use std::collections::BTreeSet;

use fixedbitset::FixedBitSet;
use petgraph::graph::{DiGraph, NodeIndex};
use ztam_model::date::Date;
use ztam_model::project::{Change, Temporary};
use ztam_model::words::{Action, Relate};
use ztam_source::idx::{Idx, IndexVec};

use crate::access::{Access, Entry, Layer, LayerId, Origin, PlatformSet, RoleAccess, SlotId, SlotKind};
use crate::closure::Closure;
use crate::facts::PlatformFacts;
use crate::ids::{EnvironmentId, Names, RoleId, TemporaryId, TogetherId};
use crate::scopes::{ScopeSet, ScopeWord};
use crate::slots::{Reached, Slots, reached_by_block, resolve_domains, word};

/// Computes the access that a project grants in one environment on one day. Never fails: what does not resolve reaches
/// nothing, and [`crate::names::check`] says so.
#[must_use]
pub fn resolve<'p>(
    names: Names<'p>,
    platforms: Vec<PlatformFacts>,
    environment: Option<EnvironmentId>,
    as_of: Date,
) -> Access<'p> {
    let has_bases = |it: &PlatformFacts| it.beneath.iter().any(Option::is_some);
    let bare = platforms.iter().any(has_bases).then(|| {
        // Rights and slots keep their numbers: what is told of a package is looked up in either.
        let mut bare = platforms.clone();
        bare.iter_mut().flat_map(|it| it.beneath.iter_mut()).for_each(|it| *it = None);
        Box::new(judged(names.clone(), bare, environment, as_of))
    });
    Access { bare, ..judged(names, platforms, environment, as_of) }
}

/// The same for judgements alone, of which nothing is emitted.
#[must_use]
pub fn judged<'p>(
    names: Names<'p>,
    platforms: Vec<PlatformFacts>,
    environment: Option<EnvironmentId>,
    as_of: Date,
) -> Access<'p> {
    let slots = Slots::new(&names, &platforms, environment);
    let changes: &[Change] = environment.map_or(&[], |id| &names.environments.get(id).changes);
    let blocks = Blocks::new(&names, &slots, changes, as_of);
    let reach = Platforms::new(&names, &slots, &platforms);
    let lineages: IndexVec<RoleId, _> = names.roles.ids().map(|role| lineage(&names, role)).collect();
    let layers = blocks.layers();
    let mut roles = IndexVec::new();
    for role in names.roles.ids() {
        let lineage = &lineages[role];
        let mut entries = blocks.entries(role, lineage, &layers, reach.roles[role], &reach);
        narrow(&names, &slots, changes, role, &mut entries);
        relate(&names, &slots, &platforms, role, reach.roles[role], &mut entries);
        // What is derived from capped cells is capped too.
        narrow(&names, &slots, changes, role, &mut entries);
        let by_cells = platforms.iter().enumerate();
        let by_cells = by_cells.map(|(at, facts)| cell_rights(&slots, facts, at, &entries)).collect();
        let mut access = rights(&names, &platforms, &reach, role, lineage, by_cells);
        effects(&slots, &platforms, &reach, &access, &mut entries);
        editable_is_both(&names, &slots, &platforms, role, &mut entries);
        access.entries = join(entries);
        access.lineage.clone_from(lineage);
        access.platforms = reach.roles[role];
        roles.push(access);
    }
    let together = names.together.ids().map(|set| together(&names, set)).collect();
    Access {
        names,
        together,
        as_of,
        environment,
        platforms,
        slots: slots.keys,
        slot_starts: slots.starts,
        layers,
        roles,
        asset_classes: slots.asset_classes,
        field_classes: slots.field_classes,
        closures: reach.closures,
        advisory_closures: reach.advisory_closures,
        bare: None,
    }
}

/// Whether something with a first and a last day counts on a day. The one place that decides it, for temporary grants and
/// waivers alike: both days count, in UTC.
#[must_use]
pub fn in_force(from: Date, until: Date, as_of: Date) -> bool {
    from <= as_of && as_of <= until
}

/// The roles of a together set, sorted.
fn together(names: &Names<'_>, set: TogetherId) -> Vec<RoleId> {
    let mut roles: Vec<_> =
        names.together.get(set).iter().filter_map(|name| names.roles.find(&name.value)).collect();
    roles.sort_unstable();
    roles.dedup();
    roles
}

/// The role and all roles it extends, nearest first; a cycle ends where it closes.
#[must_use]
pub fn lineage(names: &Names<'_>, role: RoleId) -> Vec<RoleId> {
    let mut found = vec![role];
    let mut next = 0;
    while let Some(current) = found.get(next).copied() {
        for parent in &names.roles.get(current).extends {
            if let Some(parent) = names.roles.find(&parent.value)
                && !found.contains(&parent)
            {
                found.push(parent);
            }
        }
        next += 1;
    }
    found
}

/// The inheritance as a graph from role to the roles it extends; nodes are role ids.
#[must_use]
pub(crate) fn inheritance(names: &Names<'_>) -> DiGraph<(), ()> {
    let mut graph = DiGraph::with_capacity(names.roles.len(), names.roles.len());
    for _ in names.roles.ids() {
        graph.add_node(());
    }
    for (role, _, declared) in names.roles.iter() {
        for parent in declared.extends.iter().filter_map(|parent| names.roles.find(&parent.value)) {
            graph.add_edge(NodeIndex::new(role.index()), NodeIndex::new(parent.index()), ());
        }
    }
    graph
}

/// Every block, resolved once: a role's own, what an environment adds to it, and temporary grants in force.
struct Blocks {
    own: IndexVec<RoleId, Reached>,
    temporary: Vec<(RoleId, TemporaryId, Reached)>,
}

impl Blocks {
    fn new(names: &Names<'_>, slots: &Slots, changes: &[Change], as_of: Date) -> Self {
        let mut own: IndexVec<RoleId, _> = names
            .roles
            .iter()
            .map(|(_, _, role)| reached_by_block(names, slots, &role.within, &role.may, &role.also))
            .collect();
        for change in changes {
            let widened = change.widen.as_ref().and_then(|role| names.roles.find(&role.value));
            if let Some(role) = widened {
                own[role].extend(reached_by_block(names, slots, &change.within, &change.may, &change.also));
            }
        }
        let temporary =
            names.temporaries.iter().filter(|(_, _, it)| counts(it, as_of)).filter_map(|(id, _, it)| {
                let role = names.roles.find(&it.role.value)?;
                Some((role, id, reached_by_block(names, slots, &it.within, &it.may, &it.also)))
            });
        Self { temporary: temporary.collect(), own }
    }

    fn layers(&self) -> IndexVec<LayerId, Layer> {
        let own = self
            .own
            .iter()
            .flatten()
            .map(|(_, conditions, _)| Layer { temporary: None, conditions: *conditions });
        let temporary = self.temporary.iter().flat_map(|(_, id, reached)| {
            reached.iter().map(|(_, conditions, _)| Layer { temporary: Some(*id), conditions: *conditions })
        });
        // The base layer is always there, and first: platform rights go into it.
        let all: BTreeSet<_> = std::iter::once(Layer::default()).chain(own).chain(temporary).collect();
        all.into_iter().collect()
    }

    /// The entries of one role: its lineage's blocks, and its own temporary grants, which nobody inherits.
    fn entries(
        &self,
        role: RoleId,
        lineage: &[RoleId],
        layers: &IndexVec<LayerId, Layer>,
        on: PlatformSet,
        reach: &Platforms,
    ) -> Vec<Entry> {
        let mut entries = Vec::new();
        let mut add = |temporary: Option<TemporaryId>, reached: &Reached| {
            for (slot, conditions, scopes) in reached {
                let platforms = on.and(reach.slots[*slot]);
                let layer = Layer { temporary, conditions: *conditions };
                if let Ok(layer) = layers.as_slice().binary_search(&layer)
                    && !platforms.is_empty()
                {
                    let layer = LayerId::from_usize(layer);
                    entries.push(Entry {
                        slot: *slot,
                        layer,
                        origin: Origin::Matrix,
                        platforms,
                        scopes: *scopes,
                    });
                }
            }
        };
        for ancestor in lineage {
            add(None, &self.own[*ancestor]);
        }
        for (_, id, reached) in self.temporary.iter().filter(|(holder, _, _)| *holder == role) {
            add(Some(*id), reached);
        }
        join(entries)
    }
}

fn counts(temporary: &Temporary, as_of: Date) -> bool {
    in_force(temporary.from.value, temporary.until.value, as_of)
}

/// Where roles and slots exist.
struct Platforms {
    roles: IndexVec<RoleId, PlatformSet>,
    slots: IndexVec<SlotId, PlatformSet>,
    closures: Vec<Closure>,
    advisory_closures: Vec<Closure>,
}

impl Platforms {
    fn new(names: &Names<'_>, slots: &Slots, platforms: &[PlatformFacts]) -> Self {
        let set = |is_on: &dyn Fn(&PlatformFacts) -> bool| {
            let on = platforms.iter().enumerate().filter(|(_, facts)| is_on(facts));
            PlatformSet(on.fold(0, |all, (bit, _)| all | 1u8.checked_shl(saturate(bit)).unwrap_or(0)))
        };
        let of_role = |role: &ztam_model::project::Role| {
            set(&|facts| role.platforms.iter().any(|platform| platform.value == facts.platform))
        };
        let roles = names.roles.iter().map(|(_, _, role)| of_role(role)).collect();
        let field =
            |field| set(&|facts: &PlatformFacts| facts.fields.lookup(field).is_some_and(Option::is_some));
        let slots = slots
            .keys
            .iter()
            .map(|key| {
                let asset = set(&|facts| facts.assets.lookup(key.asset).is_some_and(Option::is_some));
                match key.kind {
                    SlotKind::Rows => asset,
                    SlotKind::Field(id) => asset.and(field(id)),
                    SlotKind::Fields(class) => {
                        let fields =
                            names.fields_of(key.asset).filter(|id| slots.field_classes[*id] == Some(class));
                        asset.and(PlatformSet(fields.fold(0, |all, id| all | field(id).0)))
                    }
                }
            })
            .collect();
        let closures = platforms.iter().map(Closure::new).collect();
        let advisory_closures = platforms.iter().map(Closure::with_advisory).collect();
        Self { roles, slots, closures, advisory_closures }
    }
}

/// Caps what an environment narrows, for the named role alone.
fn narrow(names: &Names<'_>, slots: &Slots, changes: &[Change], role: RoleId, entries: &mut Vec<Entry>) {
    for change in changes {
        let narrowed = change.narrow.as_ref().and_then(|name| names.roles.find(&name.value));
        if narrowed == Some(role) {
            apply_narrowing(names, slots, change, entries);
        }
    }
    entries.retain(|entry| !entry.scopes.is_empty());
}

fn apply_narrowing(names: &Names<'_>, slots: &Slots, change: &Change, entries: &mut [Entry]) {
    let domains = resolve_domains(names, &change.within);
    let within = (!change.within.is_empty()).then_some(domains.as_slice());
    for (name, cell) in &change.may.0 {
        let Some(class) = names.class(&name.value) else { continue };
        let reached = slots.reached_by_class_cell(names, class, &cell.of, within, false);
        cap(entries, &reached, word(cell.scopes()));
    }
    for cell in &change.also {
        let reached = slots.reached_by_also(names, &cell.of, within, false);
        cap(entries, &reached, word(cell.scopes()));
    }
    for (name, actions) in &change.without.0 {
        let Some(class) = names.class(&name.value) else { continue };
        let reached = slots.reached_by_class_cell(names, class, &[], within, false);
        let actions: Vec<Action> = actions.iter().map(|action| action.value).collect();
        let taken = ScopeWord::mask(&actions);
        for entry in entries.iter_mut().filter(|entry| reached.binary_search(&entry.slot).is_ok()) {
            entry.scopes = entry.scopes.without(taken);
        }
    }
}

fn cap(entries: &mut [Entry], reached: &[SlotId], caps: ScopeWord) {
    for entry in entries.iter_mut().filter(|entry| reached.binary_search(&entry.slot).is_ok()) {
        for (action, limit) in caps.iter() {
            let left = entry.scopes.get(action).meet(limit);
            let others = entry.scopes.without(ScopeWord::mask(&[action]));
            entry.scopes = others.union(ScopeWord::of_set(action, left));
        }
    }
}

/// Derives append and append-to for a role that asks for it: append as wide as its create and edit on the referencing
/// side, append-to as wide as its read on the referenced side, and only where it has both ends.
fn relate(
    names: &Names<'_>,
    slots: &Slots,
    platforms: &[PlatformFacts],
    role: RoleId,
    on: PlatformSet,
    entries: &mut Vec<Entry>,
) {
    let derived = names.roles.get(role).relate.is_some_and(|relate| relate.value == Relate::Derived);
    if !derived {
        return;
    }
    let rows: Vec<Entry> =
        entries.iter().filter(|entry| slots.keys[entry.slot].kind == SlotKind::Rows).copied().collect();
    for platform in on.iter() {
        let Some(facts) = platforms.get(platform) else { continue };
        for referencing in rows.iter().filter(|entry| entry.platforms.has(platform)) {
            let writes = referencing.scopes.get(Action::Create).union(referencing.scopes.get(Action::Edit));
            let asset = slots.keys[referencing.slot].asset;
            let Some(references) = facts.assets[asset].as_ref().map(|it| &it.references) else { continue };
            if writes.is_empty() {
                continue;
            }
            for referenced in rows.iter().filter(|entry| references.contains(&slots.keys[entry.slot].asset)) {
                let reads = referenced.scopes.get(Action::Read);
                if reads.is_empty()
                    || !referenced.platforms.has(platform)
                    || !may_meet(referencing, referenced)
                {
                    continue;
                }
                let layer =
                    if referencing.layer == LayerId(0) { referenced.layer } else { referencing.layer };
                let mut push = |slot, action, scopes: ScopeSet| {
                    let platforms = PlatformSet(1 << platform);
                    let scopes = ScopeWord::of_set(action, scopes);
                    entries.push(Entry { slot, layer, origin: Origin::Derived, platforms, scopes });
                };
                push(referencing.slot, Action::Append, writes);
                push(referenced.slot, Action::AppendTo, reads);
            }
        }
    }
}

/// Whether two entries of a role hold together under one of their layers: the same one, or one of them always.
fn may_meet(a: &Entry, b: &Entry) -> bool {
    a.layer == b.layer || a.layer == LayerId(0) || b.layer == LayerId(0)
}

/// Capabilities along the lineage, the rights they give on the role's own platforms, and what those imply.
fn rights(
    names: &Names<'_>,
    platforms: &[PlatformFacts],
    reach: &Platforms,
    role: RoleId,
    lineage: &[RoleId],
    by_cells: Vec<FixedBitSet>,
) -> RoleAccess {
    let on = reach.roles[role];
    let mut access = RoleAccess {
        capabilities: FixedBitSet::with_capacity(names.capabilities.len()),
        by_cells,
        ..RoleAccess::default()
    };
    for ancestor in lineage {
        let held = &names.roles.get(*ancestor).holds;
        for capability in held.iter().filter_map(|name| names.capabilities.find(&name.value)) {
            access.capabilities.insert(capability.index());
        }
    }
    for (position, facts) in platforms.iter().enumerate() {
        let mut granted = FixedBitSet::with_capacity(facts.rights.len());
        if on.has(position) {
            let held = names.capabilities.ids().filter(|id| access.capabilities.contains(id.index()));
            let carried = names.carries.iter().filter(|(_, _, it)| {
                let carrier = it.role.as_ref().and_then(|role| names.roles.find(&role.value));
                carrier.is_some_and(|it| lineage.contains(&it))
            });
            let all = held
                .flat_map(|id| &facts.capabilities[id])
                .chain(carried.flat_map(|(id, _, _)| &facts.carries[id]))
                .chain(&facts.floor);
            all.for_each(|right| granted.insert(right.index()));
        }
        let mut beneath = FixedBitSet::with_capacity(facts.rights.len());
        if let Some((base, _)) = facts.base_of(role).filter(|_| on.has(position)) {
            base.rights.iter().for_each(|right| beneath.insert(right.index()));
        }
        let mut all = granted.clone();
        all.union_with(&beneath);
        access.by_cells.get(position).into_iter().for_each(|cells| all.union_with(cells));
        let of = |closures: &[Closure]| {
            closures.get(position).map_or_else(FixedBitSet::new, |closure| closure.of(&all))
        };
        access.closure.push(of(&reach.closures));
        access.possible.push(of(&reach.advisory_closures));
        access.granted.push(granted);
        access.beneath.push(beneath);
    }
    access
}

/// The rights of a platform that cells amount to.
fn cell_rights(slots: &Slots, facts: &PlatformFacts, platform: usize, entries: &[Entry]) -> FixedBitSet {
    let mut rights = FixedBitSet::with_capacity(facts.rights.len());
    if facts.cell_rights.is_empty() {
        return rights;
    }
    for entry in entries.iter().filter(|entry| entry.platforms.has(platform)) {
        let key = slots.keys[entry.slot];
        let of_asset = facts.cell_rights.iter().filter(|it| it.asset == key.asset);
        for it in of_asset
            .filter(|it| key.kind == SlotKind::Rows && entry.scopes.get(it.action).reaches(it.at_least))
        {
            rights.insert(it.right.index());
        }
    }
    rights
}

/// Adds what rights reach by themselves: all rows of the org, all fields.
fn effects(
    slots: &Slots,
    platforms: &[PlatformFacts],
    reach: &Platforms,
    access: &RoleAccess,
    entries: &mut Vec<Entry>,
) {
    for (position, facts) in platforms.iter().enumerate() {
        let Some(held) = access.closure.get(position) else { continue };
        for (right, about) in facts.rights.iter_ids() {
            if !held.contains(right.index()) {
                continue;
            }
            for effect in &about.effects {
                for slot in slots.near(&effect.on) {
                    let key = slots.keys[slot];
                    let scopes = if key.kind == SlotKind::Rows { effect.rows } else { effect.fields };
                    if effect.on.hits(key) && reach.slots[slot].has(position) && !scopes.is_empty() {
                        let platforms = PlatformSet(1 << position);
                        let layer = LayerId(0);
                        entries.push(Entry { slot, layer, origin: Origin::Right, platforms, scopes });
                    }
                }
            }
        }
    }
}

/// Where create and edit of a field are one permission, a package gives it if the cells have both wherever the rows have
/// both. What lies beneath a role is not asked for that. So where it gives the rows of the other action, the field opens for
/// that one too, and is judged so.
fn editable_is_both(
    names: &Names<'_>,
    slots: &Slots,
    platforms: &[PlatformFacts],
    role: RoleId,
    entries: &mut Vec<Entry>,
) {
    let mut opened = Vec::new();
    for (position, facts) in platforms.iter().enumerate().filter(|(_, it)| it.base_of(role).is_some()) {
        for cell in entries.iter().filter(|it| it.origin == Origin::Matrix && it.platforms.has(position)) {
            if !is_one_permission(names, slots, facts, cell.slot) {
                continue;
            }
            let rows = slots.rows(slots.keys[cell.slot].asset);
            let of_rows = |action, is_right: bool| {
                let on = entries.iter().filter(|it| it.slot == rows && it.platforms.has(position));
                on.filter(|it| (it.origin == Origin::Right) == is_right)
                    .any(|it| !it.scopes.get(action).is_empty())
            };
            for (given, other) in [(Action::Create, Action::Edit), (Action::Edit, Action::Create)] {
                let (scopes, is_open) = (cell.scopes.get(given), !cell.scopes.get(other).is_empty());
                if !scopes.is_empty() && !is_open && !of_rows(other, false) && of_rows(other, true) {
                    let (platforms, origin) = (PlatformSet(1 << position), Origin::Right);
                    opened.push(Entry {
                        platforms,
                        origin,
                        scopes: ScopeWord::of_set(other, scopes),
                        ..*cell
                    });
                }
            }
        }
    }
    entries.extend(opened);
}

/// Whether create and edit of the fields of a slot are one permission.
fn is_one_permission(names: &Names<'_>, slots: &Slots, facts: &PlatformFacts, slot: SlotId) -> bool {
    let is_one =
        |field| facts.fields.lookup(field).and_then(Option::as_ref).is_some_and(|it| it.edit_is_create);
    let key = slots.keys[slot];
    match key.kind {
        SlotKind::Rows => false,
        SlotKind::Field(field) => is_one(field),
        SlotKind::Fields(class) => {
            names.fields_of(key.asset).any(|it| slots.field_classes[it] == Some(class) && is_one(it))
        }
    }
}

/// Sorts entries and unites those of the same slot, layer, origin and platforms.
fn join(mut entries: Vec<Entry>) -> Vec<Entry> {
    entries.sort_unstable();
    entries.dedup_by(|next, first| {
        let same = (next.slot, next.layer, next.origin, next.platforms)
            == (first.slot, first.layer, first.origin, first.platforms);
        if same {
            first.scopes = first.scopes.union(next.scopes);
        }
        same
    });
    entries
}

fn saturate(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}
