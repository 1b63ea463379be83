//! The ways of one holder on one platform.

use fixedbitset::FixedBitSet;
use ztam_source::idx::Idx;

use super::steps::{Goal, Step, Steps, Why, granted};
use super::supports::is_subset;
use crate::access::{Access, Holder};
use crate::facts::{PlatformFacts, RightId};
use crate::ids::RoleId;

/// Searches ways to a goal on one platform. Making it costs as much as reading the facts; asking it is cheap.
#[derive(Clone, Debug)]
pub struct Search<'a, 'p> {
    pub(super) access: &'a Access<'p>,
    pub(super) platform: usize,
    pub(super) facts: &'a PlatformFacts,
    pub(super) steps: Steps,
}

/// What a witness starts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Leaf {
    /// A right that is granted by a capability, a carried block or a cell, or that everybody has.
    Right(RightId),
    /// An entry of `assigns`: whose, its position, and the role that is given.
    Delegation(RoleId, usize, RoleId),
}

/// A minimal set of grants that reaches the goal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witness {
    /// All of them are needed.
    pub leaves: Vec<Leaf>,
    /// A shortest way from them, causes first.
    pub path: Vec<Step>,
    /// Whether no step needs anything that is not verified.
    pub is_proven: bool,
}

impl Witness {
    /// Whether the way leads over somebody else's role or over automation.
    #[must_use]
    pub fn leads_over_others(&self) -> bool {
        let over = |step: &Step| {
            matches!(step.why, Why::Has(..) | Why::Stronger(..) | Why::Automation(..) | Why::Delegated(..))
        };
        self.path.iter().any(over)
    }
}

/// All minimal ways of a holder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Witnesses {
    /// Proven ones first, then by size.
    pub list: Vec<Witness>,
    /// Whether these are all; false where there are so many that the search gave up.
    pub is_complete: bool,
}

impl Witnesses {
    /// Whether some way needs nothing that is not verified.
    #[must_use]
    pub fn is_proven(&self) -> bool {
        self.list.iter().any(|it| it.is_proven)
    }
}

impl<'a, 'p> Search<'a, 'p> {
    /// `None` for a platform that is not there.
    #[must_use]
    pub fn new(access: &'a Access<'p>, platform: usize, goal: Goal) -> Option<Self> {
        let facts = access.platforms.get(platform)?;
        Some(Self { access, platform, facts, steps: Steps::new(access, platform, facts, goal) })
    }

    /// Every minimal set of a holder's grants that reaches the goal.
    #[must_use]
    pub fn witnesses(&self, holder: Holder) -> Witnesses {
        let (leaves, nodes) = self.leaves(holder);
        let (goal, steps) = (self.steps.goal, &self.steps);
        // Whoever gets hold of a role that they have already gets nothing.
        let own: Vec<u32> = self.access.roles_of(holder).iter().map(|role| steps.role(*role)).collect();
        if steps.all.forward(&nodes, goal, &own).is_none() {
            return Witnesses { list: Vec::new(), is_complete: true };
        }
        let (proven, proven_complete) = steps.proven.minimal(&nodes, goal, &own);
        let (all, all_complete) = steps.all.minimal(&nodes, goal, &own);
        let to_leaves = |set: &[u32]| -> Vec<Leaf> {
            let positions = nodes.iter().zip(&leaves).filter(|(node, _)| set.contains(node));
            positions.map(|(_, leaf)| *leaf).collect()
        };
        let mut list = Vec::new();
        for set in &proven {
            let used = steps.proven.forward(set, goal, &own).unwrap_or_default();
            let used = used.into_iter().filter_map(|at| steps.proven_steps.get(at).copied());
            list.push(Witness { leaves: to_leaves(set), path: self.path(used), is_proven: true });
        }
        let is_known = |set: &[u32]| proven.iter().any(|known| is_subset(known, set));
        for set in all.iter().filter(|set| !is_known(set)) {
            let used = steps.all.forward(set, goal, &own).unwrap_or_default();
            list.push(Witness {
                leaves: to_leaves(set),
                path: self.path(used.into_iter()),
                is_proven: false,
            });
        }
        Witnesses { list, is_complete: proven_complete && all_complete }
    }

    fn path(&self, used: impl Iterator<Item = usize>) -> Vec<Step> {
        used.filter_map(|at| self.steps.steps.get(at).cloned()).collect()
    }

    /// The platform that is searched.
    #[must_use]
    pub fn facts(&self) -> &'a PlatformFacts {
        self.facts
    }

    /// The grants of a holder, with their nodes.
    fn leaves(&self, holder: Holder) -> (Vec<Leaf>, Vec<u32>) {
        let roles = self.access.roles_of(holder);
        let mut rights = FixedBitSet::new();
        let mut given = Vec::new();
        for role in &roles {
            let own = granted(self.access, *role, self.platform);
            rights.grow(own.len());
            rights.union_with(&own);
            let lineage = &self.access.roles[*role].lineage;
            if !self.access.roles[*role].platforms.has(self.platform) {
                continue;
            }
            for (position, it) in self.steps.delegations.iter().enumerate() {
                let leaf = (Leaf::Delegation(it.giver, it.entry, it.given), self.steps.delegation(position));
                if lineage.contains(&it.giver) && !given.contains(&leaf) {
                    given.push(leaf);
                }
            }
        }
        let rights = rights.ones().map(RightId::from_usize).map(|right| (Leaf::Right(right), right.0));
        rights.chain(given).unzip()
    }
}
