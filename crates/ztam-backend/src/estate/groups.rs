//! Groups with members that repeat each other's grants.

use std::collections::{BTreeMap, BTreeSet};

use super::{Held, Weighed, rights};
use crate::import::ContainerKey;

/// A group some of whose members repeat each other's grants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// The group.
    pub container: ContainerKey,
    /// Members whose rights are known here.
    pub members: usize,
    /// Members that are not in the package.
    pub unknown: Vec<String>,
    /// Rights that the known members give together, each counted once.
    pub grants: usize,
    /// Those of them that more than one member gives.
    pub repeated: usize,
    /// Members that give nothing which those that are left do not give; all of them together can go.
    pub superfluous: Vec<Superfluous>,
}

/// A member that adds nothing to its group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Superfluous {
    /// Its name.
    pub member: String,
    /// Members that stay and share a right with it.
    pub by: Vec<String>,
}

/// Names are compared as platforms compare them.
pub(super) fn folded(key: &ContainerKey) -> ContainerKey {
    (key.0, key.1.to_lowercase())
}

/// A member with what it gives.
struct Member<'p> {
    name: &'p str,
    rights: BTreeSet<Held<'p>>,
    /// Only in a session that has activated it, and only for whom the licence lets have it.
    terms: (bool, Option<&'p str>),
}

impl Member<'_> {
    /// Whether whoever has this one by the group has the other's rights under no more terms.
    fn stands_in_for(&self, other: &Member<'_>) -> bool {
        let (activation, licence) = self.terms;
        (!activation || other.terms.0) && (licence.is_none() || licence == other.terms.1)
    }
}

/// All groups whose members repeat grants, in the order of the package.
pub(super) fn repeating(weighed: &[Weighed<'_>]) -> Vec<Group> {
    let by_key: BTreeMap<ContainerKey, &Weighed<'_>> =
        weighed.iter().map(|it| (folded(&it.key()), it)).collect();
    let groups = weighed.iter().filter_map(|group| {
        let (mut members, mut unknown) = (Vec::new(), Vec::new());
        let keys: BTreeSet<ContainerKey> = group.weight.members.iter().map(folded).collect();
        for key in keys {
            match by_key.get(&key) {
                Some(it) => members.push(Member {
                    name: &it.container.name,
                    rights: rights(it.container),
                    terms: (it.container.activation, it.container.licence.as_deref()),
                }),
                None => unknown.push(key.1),
            }
        }
        let mut times: BTreeMap<&Held<'_>, usize> = BTreeMap::new();
        for right in members.iter().flat_map(|it| &it.rights) {
            *times.entry(right).or_default() += 1;
        }
        let group = Group {
            container: group.key(),
            members: members.len(),
            unknown,
            grants: times.len(),
            repeated: times.values().filter(|it| **it > 1).count(),
            superfluous: superfluous(&members),
        };
        (group.repeated > 0 || !group.superfluous.is_empty()).then_some(group)
    });
    groups.collect()
}

/// Members that can all go: the smallest first, each only if those that are left give what it gives.
fn superfluous(members: &[Member<'_>]) -> Vec<Superfluous> {
    let mut left: Vec<&Member<'_>> = members.iter().collect();
    let mut order = left.clone();
    order.sort_by_key(|it| (it.rights.len(), it.name));
    let mut gone = Vec::new();
    for member in order {
        let others: Vec<&Member<'_>> =
            left.iter().copied().filter(|it| it.name != member.name && it.stands_in_for(member)).collect();
        if member.rights.iter().all(|right| others.iter().any(|it| it.rights.contains(right))) {
            left.retain(|it| it.name != member.name);
            gone.push((member, others));
        }
    }
    let stays = |name: &str| left.iter().any(|it| it.name == name);
    let mut all: Vec<Superfluous> = gone
        .into_iter()
        .map(|(member, others)| Superfluous {
            member: member.name.to_owned(),
            by: others
                .iter()
                .filter(|it| stays(it.name) && !it.rights.is_disjoint(&member.rights))
                .map(|it| it.name.to_owned())
                .collect(),
        })
        .collect();
    all.sort_by(|a, b| a.member.cmp(&b.member));
    all
}
