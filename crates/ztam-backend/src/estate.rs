//! What exists: how far the containers of a package reach, which of their rights do nothing, which containers are nearly the
//! same, and which groups give a right more than once.
//!
//! What a right comes to is asked of the back end, one container at a time ([`Weight`]); counting, comparing and sorting are
//! the same for all platforms.

mod groups;
mod pairs;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use ztam_model::inventory::PlatformInventory;

use crate::Backend;
use crate::import::ContainerKey;
use crate::read::{Package, ReadContainer};

pub use groups::{Group, Superfluous};
pub use pairs::{LEAST_SHARED_PER_MILLE, MOST_PAIRS, Pair};

/// How many of the widest containers are named.
pub const WIDEST: usize = 10;

/// A right of a row: kind, key, right.
pub type Right = (&'static str, String, &'static str);

/// What the rights of one container come to, by itself.
#[derive(Clone, Debug, Default)]
pub struct Weight {
    /// Dangerous rights that it has or that come along with what it has, the worst first.
    pub dangers: Vec<Danger>,
    /// What it allows with every record of every object.
    pub everything: Actions<bool>,
    /// On how many objects it allows what with every record; those of `everything` are not counted again.
    pub org_wide: Actions<usize>,
    /// On how many objects it gives any right.
    pub objects: usize,
    /// Rights that it does not name and that come along with what it names.
    pub brought: Vec<Brought>,
    /// Rights that open nothing that the container does not open by another one.
    pub redundant: Vec<Idle>,
    /// Rights that open nothing where the container stands alone.
    pub inert: Vec<Idle>,
    /// Containers whose rights it has.
    pub members: Vec<ContainerKey>,
}

/// One thing for each of the actions that are told apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Actions<T> {
    /// Delete.
    pub delete: T,
    /// Edit.
    pub edit: T,
    /// Read.
    pub read: T,
}

/// A dangerous right. Sorted the worst first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Danger {
    /// How far it escalates: 0 is the whole org, 4 weakens a control ([`crate::danger::Tier`]).
    pub tier: u8,
    /// The right, or rights that are dangerous together.
    pub right: String,
}

/// A right that comes along with others.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Brought {
    /// What comes along.
    pub right: String,
    /// The way to it: a right that the container names, and what comes between.
    pub through: Vec<String>,
}

/// A right that does nothing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Idle {
    /// The right.
    pub right: Right,
    /// Why, as the end of an id: `fields-without-rows`.
    pub reason: &'static str,
    /// What gives it already; empty for one that is inert.
    pub by: String,
}

/// What exists.
#[derive(Clone, Debug, Default)]
pub struct Estate {
    /// Containers by kind.
    pub containers: BTreeMap<&'static str, usize>,
    /// Rights by kind of row.
    pub grants: BTreeMap<&'static str, usize>,
    /// How many rows grant nothing at all.
    pub empty_rows: usize,
    /// The widest ones, the widest first; a group with all that its members give.
    pub widest: Vec<Wide>,
    /// What comes along, by container.
    pub brought: Vec<(ContainerKey, Brought)>,
    /// Rights that are given already, by container.
    pub redundant: Vec<(ContainerKey, Idle)>,
    /// Rights that open nothing by themselves, by container.
    pub inert: Vec<(ContainerKey, Idle)>,
    /// Containers that are nearly the same, the nearest first; at most [`MOST_PAIRS`].
    pub pairs: Vec<Pair>,
    /// How many such pairs there are.
    pub all_pairs: usize,
    /// Groups with members that repeat each other's grants.
    pub groups: Vec<Group>,
}

/// One of the widest containers.
#[derive(Clone, Debug)]
pub struct Wide {
    /// The container.
    pub container: ContainerKey,
    /// What its rights come to.
    pub weight: Weight,
    /// How many rights it gives.
    pub grants: usize,
}

/// A container with what its rights come to.
pub(crate) struct Weighed<'p> {
    pub(crate) container: &'p ReadContainer,
    pub(crate) weight: Weight,
}

impl Weighed<'_> {
    pub(crate) fn key(&self) -> ContainerKey {
        (self.container.kind, self.container.name.clone())
    }
}

/// A right of a row as it stands there.
pub(crate) type Held<'p> = (&'static str, &'p str, &'static str);

/// Every right of a container.
pub(crate) fn rights(container: &ReadContainer) -> BTreeSet<Held<'_>> {
    let rows = container.rows.iter().map(|it| &it.row);
    rows.flat_map(|row| row.rights.iter().map(|right| (row.kind, row.key.as_str(), *right))).collect()
}

/// Says what exists in a package. `inventory` is what the org is known to have, which overrides the built-in catalogue.
#[must_use]
pub fn survey(backend: &dyn Backend, package: &Package, inventory: Option<&PlatformInventory>) -> Estate {
    let mut estate = Estate::default();
    for container in &package.containers {
        *estate.containers.entry(container.kind).or_default() += 1;
        estate.empty_rows += container.inert;
        for row in &container.rows {
            *estate.grants.entry(row.row.kind).or_default() += row.row.rights.len();
        }
    }
    let weighed = package.containers.iter();
    let weighed: Vec<Weighed<'_>> = weighed
        .filter_map(|container| {
            let weight = backend.weigh(container, inventory)?;
            Some(Weighed { container, weight })
        })
        .collect();
    for it in &weighed {
        let own = |all: &[Idle]| all.iter().map(|idle| (it.key(), idle.clone())).collect::<Vec<_>>();
        estate.redundant.extend(own(&it.weight.redundant));
        estate.inert.extend(own(&it.weight.inert));
        estate.brought.extend(it.weight.brought.iter().map(|brought| (it.key(), brought.clone())));
    }
    estate.widest = widest(backend, &weighed, inventory);
    (estate.pairs, estate.all_pairs) = pairs::near(backend, &weighed);
    estate.groups = groups::repeating(&weighed);
    estate
}

/// The widest containers. Dangerous rights count first, tier by tier; then deleting, editing and reading every record of every
/// object, then of how many objects; then the objects and the rights at all.
fn widest(
    backend: &dyn Backend,
    weighed: &[Weighed<'_>],
    inventory: Option<&PlatformInventory>,
) -> Vec<Wide> {
    let by_key: BTreeMap<ContainerKey, &ReadContainer> =
        weighed.iter().map(|it| (groups::folded(&it.key()), it.container)).collect();
    let wide = |it: &Weighed<'_>| {
        let members: Vec<&ReadContainer> =
            it.weight.members.iter().filter_map(|key| by_key.get(&groups::folded(key)).copied()).collect();
        if members.is_empty() {
            let weight = it.weight.clone();
            return Wide { container: it.key(), weight, grants: rights(it.container).len() };
        }
        let mut whole = it.container.clone();
        whole.rows.extend(members.iter().flat_map(|it| it.rows.iter().cloned()));
        let weight = backend.weigh(&whole, inventory).unwrap_or_default();
        let grants: BTreeSet<Held<'_>> = members.into_iter().flat_map(rights).collect();
        Wide { container: it.key(), weight, grants: grants.len() }
    };
    let mut all: Vec<Wide> = weighed.iter().map(wide).collect();
    all.sort_by_cached_key(|it| {
        let tiers = [0, 1, 2, 3, 4].map(|tier| it.weight.dangers.iter().filter(|it| it.tier == tier).count());
        let reach = (it.weight.everything, it.weight.org_wide, it.weight.objects, it.grants);
        (Reverse((tiers, reach)), it.container.clone())
    });
    all.truncate(WIDEST);
    all
}
