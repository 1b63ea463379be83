//! Containers that are nearly the same: the share of the rights of both that each has (Jaccard), counted on bit sets.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use fixedbitset::FixedBitSet;

use super::{Held, Right, Weighed, rights};
use crate::Backend;
use crate::import::ContainerKey;

/// Two containers are nearly the same from this share on, in thousandths: rights that both have, of rights that either has.
pub const LEAST_SHARED_PER_MILLE: usize = 900;
/// Most pairs that are named.
pub const MOST_PAIRS: usize = 50;

/// Two containers of a kind that are nearly the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// One of them.
    pub first: ContainerKey,
    /// The other.
    pub second: ContainerKey,
    /// Rights that both have.
    pub shared: usize,
    /// Rights that either has.
    pub all: usize,
    /// Rights of the first one alone, sorted.
    pub only_first: Vec<Right>,
    /// Rights of the second one alone, sorted.
    pub only_second: Vec<Right>,
    /// What else differs, besides names and texts: what, in the first one, in the second one.
    pub beside: Vec<(&'static str, String, String)>,
}

/// Two of the candidates by position, with what they share.
#[derive(Clone, Copy)]
struct Near {
    first: usize,
    second: usize,
    shared: usize,
    all: usize,
}

impl Near {
    /// The nearest first, of those the one with more rights, then by position.
    fn cmp(&self, other: &Self) -> Ordering {
        let share = |it: &Self, whole: &Self| it.shared * whole.all;
        let by_share = share(other, self).cmp(&share(self, other));
        by_share
            .then(other.all.cmp(&self.all))
            .then((self.first, self.second).cmp(&(other.first, other.second)))
    }
}

/// A container with its rights as bits.
struct Candidate<'p> {
    weighed: &'p Weighed<'p>,
    bits: FixedBitSet,
    size: usize,
}

/// The nearest pairs of containers of a kind, and how many there are. Containers that grant nothing, or whose rights are those of
/// others, are in no pair.
pub(super) fn near(backend: &dyn Backend, weighed: &[Weighed<'_>]) -> (Vec<Pair>, usize) {
    let mut universe: BTreeMap<Held<'_>, usize> = BTreeMap::new();
    let mut candidates: Vec<Candidate<'_>> = Vec::new();
    for it in weighed.iter().filter(|it| it.weight.members.is_empty()) {
        let mut numbers = Vec::new();
        for right in rights(it.container) {
            let next = universe.len();
            numbers.push(*universe.entry(right).or_insert(next));
        }
        let bits: FixedBitSet = numbers.iter().copied().collect();
        if !numbers.is_empty() {
            candidates.push(Candidate { weighed: it, bits, size: numbers.len() });
        }
    }
    candidates.sort_by_key(|it| (it.weighed.container.kind, it.size, it.weighed.container.name.as_str()));
    let (found, total) = nearest(&candidates);
    let pair = |near: &Near| {
        let (a, b) = (candidates.get(near.first)?.weighed, candidates.get(near.second)?.weighed);
        let (a, b) = if a.container.name <= b.container.name { (a, b) } else { (b, a) };
        Some(explained(backend, a, b, near))
    };
    (found.iter().filter_map(pair).collect(), total)
}

/// Pairs of candidates, which are sorted by kind and size: from some size on nothing can be near enough any more.
fn nearest(candidates: &[Candidate<'_>]) -> (Vec<Near>, usize) {
    let is_near = |shared: usize, all: usize| shared * 1000 >= all * LEAST_SHARED_PER_MILLE;
    let mut found: Vec<Near> = Vec::new();
    let mut total = 0;
    for (first, a) in candidates.iter().enumerate() {
        let rest = candidates.iter().enumerate().skip(first + 1);
        let comparable = rest.take_while(|(_, b)| {
            a.weighed.container.kind == b.weighed.container.kind && is_near(a.size, b.size)
        });
        for (second, b) in comparable {
            let shared = a.bits.intersection_count(&b.bits);
            let all = a.size + b.size - shared;
            if is_near(shared, all) {
                total += 1;
                found.push(Near { first, second, shared, all });
            }
        }
        // Only the nearest are kept, so that many equal containers do not fill the memory.
        if found.len() > 64 * MOST_PAIRS {
            found.sort_by(Near::cmp);
            found.truncate(MOST_PAIRS);
        }
    }
    found.sort_by(Near::cmp);
    found.truncate(MOST_PAIRS);
    (found, total)
}

fn explained(backend: &dyn Backend, a: &Weighed<'_>, b: &Weighed<'_>, near: &Near) -> Pair {
    let (left, right) = (rights(a.container), rights(b.container));
    let only = |one: &BTreeSet<Held<'_>>, other: &BTreeSet<Held<'_>>| {
        one.difference(other).map(|(kind, key, right)| (*kind, (*key).to_owned(), *right)).collect()
    };
    let texts = ["name", "id", "label", "description"];
    let aspects = backend.aspects(a.container).into_iter().zip(backend.aspects(b.container));
    let beside = aspects
        .filter(|(it, other)| !texts.contains(&it.name) && it.value != other.value)
        .map(|(it, other)| (it.name, it.value, other.value));
    Pair {
        first: a.key(),
        second: b.key(),
        shared: near.shared,
        all: near.all,
        only_first: only(&left, &right),
        only_second: only(&right, &left),
        beside: beside.collect(),
    }
}
