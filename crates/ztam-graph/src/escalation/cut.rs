//! The smallest set of grants without which no way is left.

use std::collections::BTreeSet;

use super::grants::Grant;
use super::search::{Search, Witnesses};
use super::steps::Why;
use crate::access::Holder;

/// Most sets of grants that a cut is computed for.
const MOST_SETS: usize = 2048;
/// Most choices that the search for the smallest cut tries.
const MOST_CHOICES: usize = 200_000;

/// What to take out so that no way is left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cut {
    /// No smaller one exists.
    Smallest(Vec<Grant>),
    /// It cuts every way, but a smaller one may exist: there were too many to try, or others share what would be taken out.
    Found(Vec<Grant>),
    /// Nothing that the holder is granted cuts it: everybody has what it takes.
    Impossible,
    /// There are too many ways to say.
    GaveUp,
}

impl Search<'_, '_> {
    /// The smallest set of the holder's own grants that meets every witness. What others hold is taken as it is; where they are
    /// made of some of the same parts as the holder, a smaller set may do, and the cut is not called the smallest.
    #[must_use]
    pub fn cut(&self, holder: Holder, witnesses: &Witnesses) -> Cut {
        if !witnesses.is_complete {
            return Cut::GaveUp;
        }
        let mut sets: Vec<BTreeSet<Grant>> = Vec::new();
        for witness in &witnesses.list {
            let mut ways: Vec<BTreeSet<Grant>> = vec![BTreeSet::new()];
            for leaf in &witness.leaves {
                let options = self.options(holder, *leaf);
                let longer = ways.iter().flat_map(|way| {
                    options.iter().map(move |option| way.iter().chain(option).copied().collect())
                });
                ways = longer.take(MOST_SETS + 1).collect();
            }
            sets.extend(ways);
            if sets.len() > MOST_SETS {
                return Cut::GaveUp;
            }
        }
        let sets: Vec<Vec<Grant>> = sets.into_iter().map(|set| set.into_iter().collect()).collect();
        match smallest_cut(&sets) {
            Cut::Smallest(cut) if cut.len() > 1 && self.leads_over_kin(holder, witnesses) => Cut::Found(cut),
            cut => cut,
        }
    }

    /// Whether a way leads over a role that is made of some of the same parts as the holder: what is taken out of those is
    /// taken from both, so fewer grants may do.
    fn leads_over_kin(&self, holder: Holder, witnesses: &Witnesses) -> bool {
        let own: Vec<_> = self.access.roles_of(holder);
        let parts: BTreeSet<_> = own.iter().flat_map(|role| &self.access.roles[*role].lineage).collect();
        let over =
            witnesses.list.iter().flat_map(|witness| &witness.path).filter_map(|step| match step.why {
                Why::Has(role, _) | Why::Stronger(role, _) => Some(role),
                _ => None,
            });
        over.into_iter().any(|role| self.access.roles[role].lineage.iter().any(|part| parts.contains(part)))
    }
}

/// The smallest set that meets each of some sets; of equally small ones the first in the order of grants.
#[must_use]
pub fn smallest_cut(sets: &[Vec<Grant>]) -> Cut {
    let mut minimal: Vec<&Vec<Grant>> = Vec::new();
    let mut by_size: Vec<&Vec<Grant>> = sets.iter().collect();
    by_size.sort_by_key(|set| (set.len(), (*set).clone()));
    for set in by_size {
        if set.is_empty() {
            return Cut::Impossible;
        }
        if !minimal.iter().any(|known| known.iter().all(|grant| set.contains(grant))) {
            minimal.push(set);
        }
    }
    let mut tried = 0;
    for size in 0..=minimal.len() {
        let mut chosen = Vec::new();
        match choose(&minimal, &mut chosen, size, &mut tried) {
            Some(true) => {
                chosen.sort_unstable();
                return Cut::Smallest(chosen);
            }
            Some(false) => {}
            None => return Cut::Found(greedy(&minimal)),
        }
    }
    Cut::GaveUp
}

/// Whether some more grants meet every set that is not met yet; `None` where too many were tried.
fn choose(sets: &[&Vec<Grant>], chosen: &mut Vec<Grant>, left: usize, tried: &mut usize) -> Option<bool> {
    let unmet = sets.iter().find(|set| !set.iter().any(|grant| chosen.contains(grant)));
    let Some(unmet) = unmet else { return Some(true) };
    if left == 0 {
        return Some(false);
    }
    for grant in unmet.iter() {
        *tried += 1;
        if *tried > MOST_CHOICES {
            return None;
        }
        chosen.push(*grant);
        if choose(sets, chosen, left - 1, tried)? {
            return Some(true);
        }
        chosen.pop();
    }
    Some(false)
}

/// Takes what meets most of what is left.
fn greedy(sets: &[&Vec<Grant>]) -> Vec<Grant> {
    let mut left: Vec<&Vec<Grant>> = sets.to_vec();
    let mut chosen = Vec::new();
    while !left.is_empty() {
        let grants: BTreeSet<Grant> = left.iter().flat_map(|set| set.iter().copied()).collect();
        let count = |grant: &Grant| left.iter().filter(|set| set.contains(grant)).count();
        let Some(best) = grants.into_iter().min_by_key(|grant| (usize::MAX - count(grant), *grant)) else {
            break;
        };
        left.retain(|set| !set.contains(&best));
        chosen.push(best);
    }
    chosen.sort_unstable();
    chosen
}
