//! The steps of one platform: implications, edges, roles that can be got hold of, automation.

use fixedbitset::FixedBitSet;
use ztam_model::words::RunsAs;
use ztam_source::idx::Idx;

use super::supports::{Rule, Rules};
use crate::access::Access;
use crate::facts::{Bound, Edge, Evidence, Gain, PlatformFacts, RightFlags, RightId};
use crate::ids::{CapabilityId, RoleId};

/// What is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Goal {
    /// The whole org: a right of tier 0, or a way to give oneself any.
    WholeOrg,
    /// Another role with a right over identities and grants, or over the whole org: tiers 0 and 1.
    Identities,
}

/// One step of a way, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What is needed.
    pub needs: Vec<RightId>,
    /// Why it leads on.
    pub why: Why,
    /// Whether nothing that is not verified is needed.
    pub is_proven: bool,
}

/// Why a step leads on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// One right brings another one along: the implication's position.
    Brings(usize),
    /// An edge, by its position, and the role that it gives, if it gives one.
    Edge(usize, Option<RoleId>),
    /// The role may give another one to people, by delegated administration.
    Delegated(RoleId),
    /// Whoever has got hold of a role holds its rights.
    Has(RoleId, RightId),
    /// Automation with the rights of the system does what a capability gives.
    Automation(CapabilityId, RightId),
    /// A right is one over the whole org by itself.
    Tier(RightId),
    /// A role has a right over identities and grants.
    Stronger(RoleId, RightId),
}

/// A delegation: somebody who has `giver` may give `given`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Delegation {
    pub(super) giver: RoleId,
    /// Position in the giver's list.
    pub(super) entry: usize,
    pub(super) given: RoleId,
}

/// The steps of one platform, as rules over nodes: rights, then roles, then delegations, then the goal.
#[derive(Clone, Debug)]
pub(super) struct Steps {
    pub(super) steps: Vec<Step>,
    pub(super) all: Rules,
    /// Only what is proven; positions in `steps` are in `proven_steps`.
    pub(super) proven: Rules,
    pub(super) proven_steps: Vec<usize>,
    pub(super) delegations: Vec<Delegation>,
    first_role: u32,
    first_delegation: u32,
    pub(super) goal: u32,
}

impl Steps {
    pub(super) fn new(access: &Access<'_>, platform: usize, facts: &PlatformFacts, goal: Goal) -> Self {
        let rights = facts.rights.len();
        let delegations = delegations(access, platform);
        let first_delegation = small(rights + access.names.roles.len());
        let last = first_delegation + small(delegations.len());
        let mut builder =
            Builder { access, platform, facts, goal: last, steps: Vec::new(), rules: Vec::new() };
        builder.implications();
        builder.edges(goal);
        builder.delegations(&delegations, first_delegation);
        builder.automation();
        builder.roles(goal);
        let Builder { steps, rules, .. } = builder;
        let nodes = last as usize + 1;
        let proven_steps: Vec<_> =
            steps.iter().enumerate().filter(|(_, step)| step.is_proven).map(|(index, _)| index).collect();
        let proven = proven_steps.iter().filter_map(|index| rules.get(*index).cloned()).collect();
        Self {
            steps,
            proven: Rules::new(nodes, proven),
            all: Rules::new(nodes, rules),
            proven_steps,
            delegations,
            first_role: small(rights),
            first_delegation,
            goal: last,
        }
    }

    /// The node of a role.
    pub(super) fn role(&self, role: RoleId) -> u32 {
        self.first_role + small(role.index())
    }

    /// The node of a delegation by its position.
    pub(super) fn delegation(&self, position: usize) -> u32 {
        self.first_delegation + small(position)
    }
}

struct Builder<'a, 'p> {
    access: &'a Access<'p>,
    platform: usize,
    facts: &'a PlatformFacts,
    goal: u32,
    steps: Vec<Step>,
    rules: Vec<Rule>,
}

impl Builder<'_, '_> {
    fn push(&mut self, from: Vec<u32>, to: u32, needs: Vec<RightId>, why: Why, is_proven: bool) {
        self.rules.push(Rule { from, to });
        self.steps.push(Step { needs, why, is_proven });
    }

    fn role_node(&self, role: RoleId) -> u32 {
        small(self.facts.rights.len() + role.index())
    }

    fn implications(&mut self) {
        let facts = self.facts;
        for (index, pair) in facts.implications.iter().enumerate() {
            self.push(vec![pair.from.0], pair.to.0, vec![pair.from], Why::Brings(index), pair.is_proven());
        }
    }

    fn edges(&mut self, goal: Goal) {
        let facts = self.facts;
        for (index, edge) in facts.edges.iter().enumerate().filter(|(_, edge)| edge.bound == Bound::Unbounded)
        {
            let from: Vec<u32> = edge.from.iter().map(|right| right.0).collect();
            let is_proven = is_proven(edge) && self.is_tier_confirmed(edge);
            if edge.gain.is_whole_org() {
                if goal == Goal::WholeOrg {
                    self.push(from, self.goal, edge.from.clone(), Why::Edge(index, None), is_proven);
                }
            } else if matches!(edge.gain, Gain::AssignsRoles | Gain::TakesIdentities) {
                for role in self.others() {
                    let why = Why::Edge(index, Some(role));
                    self.push(from.clone(), self.role_node(role), edge.from.clone(), why, is_proven);
                }
            }
        }
        if goal == Goal::WholeOrg {
            for (right, about) in facts.rights.iter_ids() {
                if let Some(tier) = about.tier.filter(|tier| tier.level == 0) {
                    self.push(vec![right.0], self.goal, vec![right], Why::Tier(right), tier.confirmed);
                }
            }
        }
    }

    /// An edge of one right is no surer than the right's tier.
    fn is_tier_confirmed(&self, edge: &Edge) -> bool {
        match edge.from.as_slice() {
            [one] => self.facts.rights[*one].tier.is_none_or(|tier| tier.confirmed),
            _ => true,
        }
    }

    /// Roles that somebody can have on the platform.
    fn others(&self) -> Vec<RoleId> {
        let access = self.access;
        let is_held =
            |role: &RoleId| !access.is_abstract(*role) && access.roles[*role].platforms.has(self.platform);
        access.names.roles.ids().filter(is_held).collect()
    }

    fn delegations(&mut self, delegations: &[Delegation], first: u32) {
        for (position, it) in delegations.iter().enumerate() {
            if self.may_be_delegated(it.given) {
                let from = vec![first + small(position)];
                self.push(from, self.role_node(it.given), Vec::new(), Why::Delegated(it.given), true);
                self.handed_on(it);
            }
        }
    }

    /// Whoever has got hold of the giver's role gives too.
    fn handed_on(&mut self, it: &Delegation) {
        for role in self.others() {
            if role != it.given && self.access.roles[role].lineage.contains(&it.giver) {
                let (from, to) = (vec![self.role_node(role)], self.role_node(it.given));
                self.push(from, to, Vec::new(), Why::Delegated(it.given), true);
            }
        }
    }

    /// Delegated administrators cannot give what changes all data of the org.
    fn may_be_delegated(&self, role: RoleId) -> bool {
        let over_all = |right: RightId| {
            let about = &self.facts.rights[right];
            about.flags.has(RightFlags::ALL_DATA) && about.tier.is_some_and(|tier| tier.level == 0)
        };
        let held = self.access.roles[role].closure.get(self.platform);
        !held.is_some_and(|held| held.ones().map(RightId::from_usize).any(over_all))
    }

    fn automation(&mut self) {
        let names = &self.access.names;
        for (id, _, capability) in names.capabilities.iter() {
            let Some(automation) = &capability.automation else { continue };
            let from = &self.facts.capabilities[id];
            if automation.runs_as.value != RunsAs::System || from.is_empty() {
                continue;
            }
            for done in automation.does.hold.iter().filter_map(|name| names.capabilities.find(&name.value)) {
                for right in &self.facts.capabilities[done] {
                    let nodes = from.iter().map(|right| right.0).collect();
                    self.push(nodes, right.0, from.clone(), Why::Automation(id, *right), true);
                }
            }
        }
    }

    /// What roles give to whoever gets hold of them; only rights that lead anywhere.
    fn roles(&mut self, goal: Goal) {
        let useful = self.useful();
        for role in self.others() {
            let node = self.role_node(role);
            for right in given(self.access, role, self.platform).ones() {
                if useful.contains(right) {
                    let right = RightId::from_usize(right);
                    self.push(vec![node], right.0, Vec::new(), Why::Has(role, right), true);
                }
            }
            if goal == Goal::Identities {
                self.stronger(role);
            }
        }
    }

    fn stronger(&mut self, role: RoleId) {
        let Some(held) = self.access.roles[role].possible.get(self.platform) else { return };
        let strong = |right: &RightId| self.facts.rights[*right].tier.is_some_and(|tier| tier.level <= 1);
        let proven = self.access.roles[role].closure.get(self.platform);
        let strongest = held.ones().map(RightId::from_usize).filter(strong).min_by_key(|right| {
            let tier = self.facts.rights[*right].tier;
            let is_proven = proven.is_some_and(|it| it.contains(right.index()));
            (!is_proven, tier.is_none_or(|tier| !tier.confirmed), tier.map(|tier| tier.level), *right)
        });
        if let Some(right) = strongest {
            let is_proven = proven.is_some_and(|it| it.contains(right.index()))
                && self.facts.rights[right].tier.is_some_and(|tier| tier.confirmed);
            let from = vec![self.role_node(role)];
            self.push(from, self.goal, Vec::new(), Why::Stronger(role, right), is_proven);
        }
    }

    /// Rights from which some step leads on.
    fn useful(&self) -> FixedBitSet {
        let mut useful = FixedBitSet::with_capacity(self.facts.rights.len());
        for node in self.rules.iter().flat_map(|rule| &rule.from) {
            if (*node as usize) < useful.len() {
                useful.insert(*node as usize);
            }
        }
        useful
    }
}

/// What somebody with a role is granted on a platform: by capabilities, carried blocks and cells, and by what lies beneath.
#[must_use]
pub fn granted(access: &Access<'_>, role: RoleId, platform: usize) -> FixedBitSet {
    let mut all = given(access, role, platform);
    if let Some(beneath) = access.roles[role].beneath.get(platform) {
        all.grow(beneath.len());
        all.union_with(beneath);
    }
    all
}

/// What a role gives to whoever gets hold of it. What lies beneath stays with the people who have it.
fn given(access: &Access<'_>, role: RoleId, platform: usize) -> FixedBitSet {
    let of_role = &access.roles[role];
    let mut all = of_role.granted.get(platform).cloned().unwrap_or_default();
    if let Some(cells) = of_role.by_cells.get(platform) {
        all.grow(cells.len());
        all.union_with(cells);
    }
    all
}

fn is_proven(edge: &Edge) -> bool {
    edge.condition.is_empty() && edge.evidence != Evidence::Unverified
}

/// Every delegation on a platform: both roles are there.
fn delegations(access: &Access<'_>, platform: usize) -> Vec<Delegation> {
    let is_here = |role: RoleId| access.roles[role].platforms.has(platform);
    let mut found = Vec::new();
    for (giver, _, role) in access.names.roles.iter() {
        for (entry, name) in role.assigns.iter().enumerate() {
            let given = access.names.roles.find(&name.value).filter(|given| is_here(*given));
            found.extend(given.map(|given| Delegation { giver, entry, given }));
        }
    }
    found
}

fn small(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}
