//! Who can do a duty, and by what: a duty of the project, or one side of a pair of a pack.

use std::collections::BTreeSet;

use ztam_graph::access::{Access, PlatformSet, SlotKind, Target};
use ztam_graph::ids::{AssetId, CapabilityId, DutyId, RoleId, title_or_words};
use ztam_graph::path;
use ztam_graph::promise::target_name;
use ztam_graph::scopes::ScopeWord;
use ztam_graph::slots::{Named, named};
use ztam_model::packs::{Item, Power, Side};
use ztam_model::project::{Text, Texts};
use ztam_model::words::{Action, Quantity};
use ztam_source::entries::Entries;
use ztam_source::finding::Finding;

use super::flow::{Flow, flows};
use super::power::{self, HeldRight};
use crate::cx::Cx;
use crate::pattern::{Hit, Pattern};
use crate::route;

/// A duty, resolved: what is done on what, what is held, and how much of it makes the duty.
#[derive(Debug)]
pub(crate) struct Duty {
    pub(crate) title: String,
    pub(crate) needs: Quantity,
    pub(crate) parts: Vec<Part>,
}

/// Something that is done, held or possible: any of what one part names is the part.
#[derive(Debug)]
pub(crate) enum Part {
    /// Actions on data, by one's own access or by what a machine copies.
    Does { actions: Vec<Action>, pattern: Pattern, flows: Vec<Flow> },
    /// A capability.
    Holds(CapabilityId),
    /// A power that rights give.
    Can(Power),
}

/// By what somebody can do a part of a duty.
#[derive(Clone, Debug)]
pub(crate) enum Way {
    /// By access.
    Reaches(Hit),
    /// By access to what a machine copies from there, as the sync of this place says.
    Copied(Hit, Flow),
    /// By a capability.
    Holds(CapabilityId),
    /// By a right.
    Can(HeldRight),
}

/// A duty that somebody can do.
#[derive(Clone, Debug, Default)]
pub(crate) struct Done {
    /// Each way with the number of the part that it is of.
    pub(crate) ways: Vec<(usize, Way)>,
    /// The assets on which it is done.
    pub(crate) assets: BTreeSet<AssetId>,
    /// Whether some way has no asset of its own: then it counts on every asset.
    pub(crate) everywhere: bool,
}

impl Duty {
    /// A duty of the project.
    pub(crate) fn of_project(cx: &Cx<'_>, id: DutyId) -> Self {
        let names = &cx.access.names;
        let declared = names.duties.get(id);
        let needs = declared.needs.map_or(Quantity::Any, |it| it.value);
        let mut parts = Vec::new();
        for action in
            [Action::Read, Action::Create, Action::Edit, Action::Delete, Action::Share, Action::Assign]
        {
            let targets: Vec<Text> = declared
                .can
                .targets()
                .filter(|(own, _)| *own == action)
                .map(|(_, text)| text.clone())
                .collect();
            match needs {
                Quantity::Any if targets.is_empty() => {}
                // What any of suffices is looked up at once.
                Quantity::Any => parts.push(does(cx, vec![action], &targets)),
                Quantity::All => {
                    parts.extend(targets.iter().map(|it| does(cx, vec![action], std::slice::from_ref(it))))
                }
            }
        }
        let held = declared.can.hold.iter().filter_map(|text| names.capabilities.find(&text.value));
        parts.extend(held.map(Part::Holds));
        let title = title_or_words(declared.title.as_ref(), names.duties.name(id));
        Self { title, needs, parts }
    }

    /// A side of a pair, with what the project binds its words to.
    pub(crate) fn of_side(cx: &Cx<'_>, side: &Side, bind: &Entries<Texts>) -> Self {
        let mut parts = Vec::new();
        for item in &side.items {
            match item {
                Item::Can(power) => parts.push(Part::Can(*power)),
                Item::On(actions, word) => {
                    let Some(targets) = bind.get(word) else { continue };
                    let capabilities = &cx.access.names.capabilities;
                    let is_data = |text: &&Text| is_data(cx, &text.value);
                    let data: Vec<Text> = targets.iter().filter(is_data).cloned().collect();
                    let held = targets.iter().filter(|text| !is_data(text));
                    parts.extend(held.filter_map(|text| capabilities.find(&text.value)).map(Part::Holds));
                    if !data.is_empty() {
                        parts.push(does(cx, actions.clone(), &data));
                    }
                }
            }
        }
        Self { title: side.title.to_owned(), needs: Quantity::Any, parts }
    }

    /// Whether one person with these roles may do it: where this says no, it is not [`Duty::done`].
    pub(super) fn may_be_done(&self, cx: &Cx<'_>, roles: &[RoleId]) -> bool {
        let mut parts = self.parts.iter().map(|part| part.may_be_done(cx, roles));
        match self.needs {
            Quantity::Any => parts.any(|may| may),
            Quantity::All => parts.all(|may| may),
        }
    }

    /// How one person with these roles can do it; `None` where they cannot.
    pub(crate) fn done(&self, cx: &Cx<'_>, roles: &[RoleId]) -> Option<Done> {
        let mut done = Done::default();
        for (number, part) in self.parts.iter().enumerate() {
            let ways = part.ways(cx, roles);
            if ways.is_empty() && self.needs == Quantity::All {
                return None;
            }
            done.ways.extend(ways.into_iter().map(|way| (number, way)));
        }
        if done.ways.is_empty() {
            return None;
        }
        done.assets = done.ways.iter().filter_map(|(_, way)| self.asset(cx, way)).collect();
        // All of a duty that has an asset is done on that asset; its capabilities do not spread it.
        done.everywhere = match self.needs {
            Quantity::Any => done.ways.iter().any(|(_, way)| self.asset(cx, way).is_none()),
            Quantity::All => done.assets.is_empty(),
        };
        Some(done)
    }

    /// The asset on which a way does the duty.
    pub(crate) fn asset(&self, cx: &Cx<'_>, way: &Way) -> Option<AssetId> {
        match way {
            Way::Reaches(hit) => Some(cx.access.slots[hit.slot].asset),
            Way::Copied(_, flow) => Some(flow.into),
            Way::Holds(_) | Way::Can(_) => None,
        }
    }
}

impl Part {
    /// Whether it is work of the business, and not a power over the platform.
    pub(crate) fn is_business(&self) -> bool {
        !matches!(self, Self::Can(_))
    }

    /// The actions that this part is about, where it is about data; `found` is the one that was found.
    pub(super) fn actions(&self, found: Action) -> Vec<Action> {
        match self {
            Self::Does { actions, .. } => actions.clone(),
            Self::Holds(_) | Self::Can(_) => vec![found],
        }
    }

    fn may_be_done(&self, cx: &Cx<'_>, roles: &[RoleId]) -> bool {
        match self {
            Self::Does { actions, pattern, flows } => {
                pattern.may_hit(cx, roles, ScopeWord::mask(actions))
                    || flows.iter().any(|flow| flow.may_be_there(cx, roles))
            }
            Self::Holds(capability) => cx.access.hold(roles, *capability),
            Self::Can(_) => true,
        }
    }

    fn ways(&self, cx: &Cx<'_>, roles: &[RoleId]) -> Vec<Way> {
        match self {
            Self::Does { actions, pattern, flows } => {
                let hits = pattern.hits(cx, roles, ScopeWord::mask(actions));
                let own = hits.into_iter().map(Way::Reaches);
                let copied = flows.iter().flat_map(|flow| flow.ways(cx, roles));
                own.chain(copied).collect()
            }
            Self::Holds(capability) => {
                cx.access.hold(roles, *capability).then_some(Way::Holds(*capability)).into_iter().collect()
            }
            Self::Can(Power::ReadRestricted) => {
                let hit = roles.iter().find_map(|role| power::restricted(cx, *role, None));
                hit.map(Way::Reaches).into_iter().collect()
            }
            Self::Can(power) => power::held(cx, roles, *power).into_iter().map(Way::Can).collect(),
        }
    }
}

impl Way {
    /// Whether nothing that is not verified is needed for it.
    pub(crate) fn is_sure(&self) -> bool {
        !matches!(self, Self::Can(held) if !held.is_sure)
    }

    /// The platforms on which it is done.
    pub(crate) fn platforms(&self, cx: &Cx<'_>, roles: &[RoleId]) -> PlatformSet {
        match self {
            Self::Reaches(hit) => platforms_of(cx.access, roles, *hit),
            Self::Copied(_, flow) => PlatformSet(1 << flow.to),
            Self::Holds(capability) => {
                let all = 0..cx.access.platforms.len();
                let held = all.filter(|platform| cx.access.hold_on(roles, *capability, *platform));
                PlatformSet(held.fold(0, |bits, bit| bits | 1 << bit))
            }
            Self::Can(held) => PlatformSet(1 << held.platform),
        }
    }

    /// What it is, for a list.
    pub(crate) fn name(&self, cx: &Cx<'_>) -> String {
        match self {
            Self::Reaches(hit) | Self::Copied(hit, _) => {
                format!("{} {}", hit.action.as_str(), target_name(cx.access, hit.target))
            }
            Self::Holds(capability) => format!("hold {}", cx.access.names.capabilities.name(*capability)),
            Self::Can(held) => {
                let facts = cx.access.platforms.get(held.platform);
                facts.map_or_else(String::new, |facts| facts.rights[held.right].name.to_string())
            }
        }
    }

    /// Adds how the roles come to it, as reasons.
    pub(crate) fn show(&self, cx: &Cx<'_>, finding: Finding, roles: &[RoleId], duty: &str) -> Finding {
        let text = format!("{}: {duty}", self.name(cx));
        match self {
            Self::Reaches(hit) => shown(cx, finding, roles, *hit, &text),
            Self::Copied(hit, flow) => {
                let text = format!("{}, which is copied into {}: {duty}", self.name(cx), flow.name(cx));
                shown(cx, finding, roles, *hit, &text).because(flow.declared, "copied by this")
            }
            Self::Holds(capability) => {
                let text = format!("holds {}: {duty}", cx.access.names.capabilities.name(*capability));
                match route::holding(cx, roles, *capability) {
                    Some(holding) => holding.context(cx, finding, &text),
                    None => finding,
                }
            }
            Self::Can(held) => {
                let cause = path::right_cause(cx.access, held.role, held.platform, held.right);
                let facts = cx.access.platforms.get(held.platform);
                let on = facts.map_or("", |facts| facts.title);
                let text = format!("{} on {on}: {duty}", self.name(cx));
                route::Source::Right(cause).context(cx, finding, &text)
            }
        }
    }
}

fn shown(cx: &Cx<'_>, finding: Finding, roles: &[RoleId], hit: Hit, text: &str) -> Finding {
    let finding = match route::source(cx, roles, hit.slot, hit.action) {
        Some(source) => source.context(cx, finding, text),
        None => finding,
    };
    route::rows_beside(cx, finding, roles, hit)
}

fn does(cx: &Cx<'_>, actions: Vec<Action>, targets: &[Text]) -> Part {
    let flows = flows(cx, &actions, targets);
    Part::Does { actions, pattern: Pattern::new(cx, targets), flows }
}

/// Whether a name is about data, and not a capability.
pub(super) fn is_data(cx: &Cx<'_>, name: &str) -> bool {
    name.starts_with("tag:") || named(&cx.access.names, name).is_some()
}

/// Whether a name is about an asset, whole or in part.
pub(super) fn asset_of(cx: &Cx<'_>, name: &str) -> Option<AssetId> {
    match named(&cx.access.names, name)? {
        Named::Asset(asset) => Some(asset),
        Named::Field(field) => Some(cx.access.names.fields[field].asset),
        Named::Class(_) => None,
    }
}

/// The platforms on which some roles have the action of a hit.
fn platforms_of(access: &Access<'_>, roles: &[RoleId], hit: Hit) -> PlatformSet {
    let with = |slot, action: Action| {
        let entries = roles.iter().flat_map(|role| access.entries(*role, slot));
        let having = entries.filter(|entry| !entry.scopes.get(action).is_empty());
        PlatformSet(having.fold(0, |bits, entry| bits | entry.platforms.0))
    };
    let own = with(hit.slot, hit.action);
    let key = access.slots[hit.slot];
    if key.kind == SlotKind::Rows {
        return own;
    }
    let needed = if hit.action == Action::Unmask { Action::Read } else { hit.action };
    let bound = match hit.target {
        Target::Field(field) => access.platforms_of_field(field),
        Target::Rows(_) => PlatformSet(u8::MAX),
    };
    own.and(with(access.rows_slot(key.asset), needed)).and(bound)
}
