//! What a rule sees: the access, and things that many rules ask for, worked out once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, OnceLock, PoisonError};

use fixedbitset::FixedBitSet;
use ztam_graph::access::{Access, Holder, SlotId, SlotKey, SlotKind};
use ztam_graph::ids::{AssetId, ClassId, DomainId, FieldId, RoleId};
use ztam_model::project::Class;
use ztam_model::words::{Action, ExportRule, Reach, RoleKind};
use ztam_source::finding::RuleMeta;
use ztam_source::idx::{Idx, IndexVec};
use ztam_source::span::Spanned;

use crate::cells::RoleCells;
use crate::machines::Machine;
use crate::reach::{self, Reached};

/// Fixes that one rule tries in one run of a small project; findings after these say what to do in words.
const TRIALS: usize = 8;
/// The same for a project of any size.
const FEWEST_TRIALS: usize = 1;
/// Entries and fields that all trials of a rule may go through together, beyond the fewest.
const TRIED: usize = 200_000;

/// How sensitive a class is, in the words of the rules. A project names its classes as it likes; what it asks of them says
/// how sensitive they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sensitivity {
    /// The first class, where nothing is asked of it.
    Public,
    /// Any other class of which nothing is asked.
    Internal,
    /// Its changes are audited, or its export needs a declared capability; or nobody has reviewed it yet.
    Confidential,
    /// A cell reaches only what it names, or conditions are required.
    Restricted,
}

/// What a tag stands at.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tagged {
    pub(crate) assets: Vec<AssetId>,
    pub(crate) fields: Vec<FieldId>,
}

/// The view of a rule.
#[derive(Debug)]
pub struct Cx<'a> {
    /// The access that is judged.
    pub access: &'a Access<'a>,
    /// Every rule of the program.
    pub known: &'a [&'static RuleMeta],
    /// Roles that somebody can hold, in the order of names.
    pub roles: Vec<RoleId>,
    /// Those roles and every together set.
    pub holders: Vec<Holder>,
    /// The slot of each field.
    pub field_slots: IndexVec<FieldId, Option<SlotId>>,
    /// Where there is something of a class: what a class cell can reach.
    pub inhabited: BTreeSet<(ClassId, DomainId)>,
    /// How sensitive each class is.
    sensitivities: IndexVec<ClassId, Sensitivity>,
    /// The class of what each slot holds.
    slot_classes: IndexVec<SlotId, Option<ClassId>>,
    /// The fields of each slot.
    fields: IndexVec<SlotId, Vec<FieldId>>,
    /// The cells of each role, read when they are first asked for.
    cells: IndexVec<RoleId, OnceLock<RoleCells<'a>>>,
    /// What each role reaches, worked out when it is first asked for.
    reached: IndexVec<RoleId, OnceLock<Vec<Reached>>>,
    /// Per role and action, the slots on which it has it; worked out when it is first asked for.
    slots: IndexVec<RoleId, OnceLock<[FixedBitSet; Action::ALL.len()]>>,
    /// Automation with the rights of the system, worked out when it is first asked for.
    machines: OnceLock<Vec<Machine<'a>>>,
    /// What each tag stands at, worked out when it is first asked for.
    tags: OnceLock<BTreeMap<Box<str>, Tagged>>,
    /// How many fixes each rule may try in this run: each costs a resolving. None inside a trial.
    trials: u32,
    /// How many each rule has tried. Counted by rule, so that the order in which rules run does not matter.
    tried: Mutex<BTreeMap<&'static str, u32>>,
    /// Whether this is a trial of a fix.
    pub(crate) is_trial: bool,
}

impl<'a> Cx<'a> {
    pub(crate) fn new(access: &'a Access<'a>, known: &'a [&'static RuleMeta]) -> Self {
        let roles: Vec<_> = access.names.roles.ids().filter(|role| !access.is_abstract(*role)).collect();
        let sets = access.names.together.ids().map(Holder::Together);
        let holders = roles.iter().copied().map(Holder::Role).chain(sets).collect();
        let field_slots: IndexVec<FieldId, _> =
            access.names.fields.ids().map(|field| access.field_slot(field)).collect();
        let mut fields: IndexVec<SlotId, Vec<FieldId>> = IndexVec::filled(access.slots.len(), Vec::new());
        for (field, slot) in field_slots.iter_ids() {
            if let Some(slot) = *slot {
                fields[slot].push(field);
            }
        }
        Self {
            access,
            known,
            roles,
            holders,
            field_slots,
            inhabited: inhabited(access),
            slot_classes: access.slots.iter().map(|key| slot_class(access, *key)).collect(),
            fields,
            sensitivities: sensitivities(access),
            cells: access.roles.ids().map(|_| OnceLock::new()).collect(),
            reached: access.roles.ids().map(|_| OnceLock::new()).collect(),
            slots: access.roles.ids().map(|_| OnceLock::new()).collect(),
            machines: OnceLock::new(),
            tags: OnceLock::new(),
            trials: trials(access),
            tried: Mutex::default(),
            is_trial: false,
        }
    }

    /// The view inside a trial of a fix, where no further one is tried.
    pub(crate) fn of_trial(access: &'a Access<'a>, known: &'a [&'static RuleMeta]) -> Self {
        Self { trials: 0, is_trial: true, ..Self::new(access, known) }
    }

    /// Whether a rule may try one more fix; counts it.
    pub(crate) fn may_try(&self, rule: &'static str) -> bool {
        let mut tried = self.tried.lock().unwrap_or_else(PoisonError::into_inner);
        let count = tried.entry(rule).or_default();
        *count += 1;
        *count <= self.trials
    }

    /// The cells of a role.
    pub(crate) fn cells(&self, role: RoleId) -> &RoleCells<'a> {
        self.cells[role].get_or_init(|| RoleCells::new(self, role))
    }

    /// What a role reaches, in the order of classes.
    pub(crate) fn reached(&self, role: RoleId) -> &[Reached] {
        self.reached[role].get_or_init(|| reach::reached(self, role))
    }

    /// The fields of a slot, in the order of names.
    pub(crate) fn fields_of(&self, slot: SlotId) -> &[FieldId] {
        &self.fields[slot]
    }

    /// The slots on which a role has an action.
    pub(crate) fn slots_of(&self, role: RoleId, action: Action) -> &FixedBitSet {
        let all = self.slots[role].get_or_init(|| slots(self.access, role));
        let [first, ..] = all;
        all.get(action as usize).unwrap_or(first)
    }

    /// Automation with the rights of the system.
    pub(crate) fn machines(&self) -> &[Machine<'a>] {
        self.machines.get_or_init(|| Machine::all(self))
    }

    /// What a tag stands at.
    pub(crate) fn tagged(&self, tag: &str) -> Option<&Tagged> {
        self.tags.get_or_init(|| tags(self.access)).get(tag)
    }

    /// The classes that a role reaches in any way, in order.
    pub fn classes_of(&self, role: RoleId) -> impl Iterator<Item = ClassId> {
        self.reached(role).iter().map(|it| it.class)
    }

    /// The most sensitive class that a role reads on a platform, if it reads any.
    #[must_use]
    pub fn most_sensitive_read(&self, role: RoleId, platform: usize) -> Option<ClassId> {
        let read = self.reached(role).iter().filter(|it| it.read_on.has(platform));
        read.map(|it| it.class).max()
    }

    /// The class of what a slot holds.
    #[must_use]
    pub fn slot_class(&self, slot: SlotId) -> Option<ClassId> {
        self.slot_classes[slot]
    }

    /// How sensitive a class is: by what is asked of it, and at least as sensitive as every class before it.
    #[must_use]
    pub fn sensitivity(&self, class: ClassId) -> Sensitivity {
        self.sensitivities[class]
    }

    /// A class for people: its id, because cells and messages speak of it by that.
    #[must_use]
    pub fn class_name(&self, class: ClassId) -> &'a str {
        self.access.names.class_name(class)
    }

    /// The kind of a role; `employee` where it says nothing.
    #[must_use]
    pub fn kind(&self, role: RoleId) -> RoleKind {
        self.access.names.roles.get(role).kind.map_or(RoleKind::Employee, |kind| kind.value)
    }

    /// A holder for people: the role's title, or the set's name.
    #[must_use]
    pub fn title(&self, holder: Holder) -> String {
        match holder {
            Holder::Role(role) => self.access.names.role_title(role),
            Holder::Together(set) => format!("whoever holds {}", self.access.names.together.name(set)),
        }
    }
}

fn slot_class(access: &Access<'_>, key: SlotKey) -> Option<ClassId> {
    match key.kind {
        SlotKind::Rows => access.asset_classes[key.asset],
        SlotKind::Fields(class) => Some(class),
        SlotKind::Field(field) => access.field_classes[field],
    }
}

/// The slots of each action of a role, in the order of [`Action::ALL`].
fn slots(access: &Access<'_>, role: RoleId) -> [FixedBitSet; Action::ALL.len()] {
    let mut all = std::array::from_fn(|_| FixedBitSet::with_capacity(access.slots.len()));
    for entry in &access.roles[role].entries {
        for (action, _) in entry.scopes.iter() {
            if let Some(slots) = all.get_mut(action as usize) {
                slots.insert(entry.slot.index());
            }
        }
    }
    all
}

fn tags(access: &Access<'_>) -> BTreeMap<Box<str>, Tagged> {
    let mut all: BTreeMap<Box<str>, Tagged> = BTreeMap::new();
    for (asset, _, declared) in access.names.assets.iter() {
        declared
            .tags
            .iter()
            .for_each(|tag| all.entry(tag.value.as_str().into()).or_default().assets.push(asset));
    }
    for (field, declared) in access.names.fields.iter_ids() {
        declared
            .field
            .tags
            .iter()
            .for_each(|tag| all.entry(tag.value.as_str().into()).or_default().fields.push(field));
    }
    all
}

fn sensitivities(access: &Access<'_>) -> IndexVec<ClassId, Sensitivity> {
    let mut least = Sensitivity::Public;
    let classes = access.names.classes.iter_ids().map(|(id, declared)| {
        least = least.max(asked(id, declared));
        least
    });
    classes.collect()
}

fn asked(id: ClassId, class: &Class) -> Sensitivity {
    let controls = class.controls.as_ref();
    let is = |flag: Option<Spanned<bool>>| flag.is_some_and(|it| it.value);
    let export = controls.and_then(|it| it.export).is_some_and(|it| it.value == ExportRule::Named);
    let reads = controls.and_then(|it| it.audit_reads);
    let named = class.reach.is_some_and(|it| it.value == Reach::Named);
    if named || !class.requires.is_empty() || is(reads) {
        Sensitivity::Restricted
    } else if is(controls.and_then(|it| it.audit)) || export || is(class.unreviewed) {
        Sensitivity::Confidential
    } else if id.index() == 0 {
        Sensitivity::Public
    } else {
        Sensitivity::Internal
    }
}

/// How many fixes a project may try: a trial costs about as much as resolving it.
fn trials(access: &Access<'_>) -> u32 {
    let entries: usize = access.roles.iter().map(|role| role.entries.len()).sum();
    let size = entries + access.names.fields.len() + 1;
    u32::try_from((TRIED / size).clamp(FEWEST_TRIALS, TRIALS)).unwrap_or(0)
}

fn inhabited(access: &Access<'_>) -> BTreeSet<(ClassId, DomainId)> {
    let names = &access.names;
    let mut found = BTreeSet::new();
    for (id, _, asset) in names.assets.iter() {
        let fields = names.fields_of(id).map(|field| access.field_classes[field]);
        let classes: BTreeSet<_> = fields.chain([access.asset_classes[id]]).flatten().collect();
        for domain in asset.domains.iter().filter_map(|domain| names.domains.find(&domain.value)) {
            found.extend(classes.iter().map(|class| (*class, domain)));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::Sensitivity::{Confidential, Internal, Public, Restricted};
    use super::*;
    use crate::testing::with_access;

    fn sensitivities(classes: &str) -> Vec<Sensitivity> {
        let text = format!("classes:\n{classes}conditions: {{mfa: {{}}}}\n");
        with_access(
            &text,
            None,
            |_| {},
            |access| {
                let cx = Cx::new(access, &[]);
                access.names.classes.iter_ids().map(|(id, _)| cx.sensitivity(id)).collect()
            },
        )
    }

    #[test]
    fn a_class_is_as_sensitive_as_what_is_asked_of_it() {
        let four = "  - {id: a}\n  - {id: b}\n  - {id: c, controls: {export: named}}\n  - {id: d, requires: [mfa]}\n";
        assert_eq!(sensitivities(four), [Public, Internal, Confidential, Restricted]);
        assert_eq!(sensitivities("  - {id: a, controls: {export: any, audit: false}}\n"), [Public]);
        assert_eq!(sensitivities("  - {id: a, unreviewed: true}\n"), [Confidential]);
        assert_eq!(sensitivities("  - {id: a, controls: {audit-reads: true}}\n"), [Restricted]);
    }

    #[test]
    fn a_later_class_is_never_less_sensitive() {
        let falling = "  - {id: a}\n  - {id: b, reach: named}\n  - {id: c}\n";
        assert_eq!(sensitivities(falling), [Public, Restricted, Restricted]);
    }
}
