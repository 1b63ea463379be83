//! Minimal sets of leaves from which a goal is reached by steps that need several nodes each. Knows nothing of rights.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Most minimal sets of one node. Ways beyond them are not looked for, and the result says so.
const MOST_SETS: usize = 256;
/// Most unions in one search, with the same consequence.
const MOST_UNIONS: usize = 400_000;

/// A step: all of `from` lead to `to`.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    pub(super) from: Vec<u32>,
    pub(super) to: u32,
}

/// A sorted set of leaves.
pub(super) type Set = Vec<u32>;

/// Steps, with those of each node at hand.
#[derive(Clone, Debug)]
pub(super) struct Rules {
    rules: Vec<Rule>,
    /// Per node: the rules that need it.
    needing: Vec<Vec<usize>>,
}

impl Rules {
    pub(super) fn new(nodes: usize, rules: Vec<Rule>) -> Self {
        let mut needing = vec![Vec::new(); nodes];
        for (index, rule) in rules.iter().enumerate() {
            for node in &rule.from {
                if let Some(list) = needing.get_mut(*node as usize) {
                    list.push(index);
                }
            }
        }
        Self { rules, needing }
    }

    /// Whether some leaves reach a goal without the nodes that are closed, and by which rules each node was reached first: rules
    /// in the order of use.
    pub(super) fn forward(&self, leaves: &[u32], goal: u32, closed: &[u32]) -> Option<Vec<usize>> {
        // Few rules are touched by most holders, so what is missing of each is noted when it is.
        let mut missing: BTreeMap<usize, usize> = BTreeMap::new();
        let mut reached_by: Vec<Option<usize>> = vec![None; self.needing.len()];
        let mut seen = vec![false; self.needing.len()];
        let mut queue: VecDeque<u32> = leaves.iter().copied().collect();
        leaves.iter().for_each(|leaf| mark(&mut seen, *leaf));
        while let Some(node) = queue.pop_front() {
            if node == goal {
                return Some(self.used(&reached_by, goal));
            }
            for index in self.needing.get(node as usize).into_iter().flatten() {
                let Some(rule) = self.rules.get(*index) else { continue };
                let left = missing.entry(*index).or_insert(rule.from.len());
                *left -= 1;
                if *left == 0 && !is_marked(&seen, rule.to) && !closed.contains(&rule.to) {
                    mark(&mut seen, rule.to);
                    if let Some(by) = reached_by.get_mut(rule.to as usize) {
                        *by = Some(*index);
                    }
                    queue.push_back(rule.to);
                }
            }
        }
        None
    }

    /// The rules that were used on the way to a node, causes before what they cause.
    fn used(&self, reached_by: &[Option<usize>], goal: u32) -> Vec<usize> {
        let mut order = Vec::new();
        let mut done = BTreeSet::new();
        let mut open = vec![(goal, false)];
        while let Some((node, is_ready)) = open.pop() {
            let Some(index) = reached_by.get(node as usize).copied().flatten() else { continue };
            if is_ready {
                if done.insert(index) {
                    order.push(index);
                }
                continue;
            }
            if done.contains(&index) {
                continue;
            }
            open.push((node, true));
            let from = self.rules.get(index).map_or(&[][..], |rule| &rule.from);
            open.extend(from.iter().rev().map(|node| (*node, false)));
        }
        order
    }

    /// All minimal sets of leaves that reach the goal without the nodes that are closed, smallest first, and whether these are
    /// all of them.
    pub(super) fn minimal(&self, leaves: &[u32], goal: u32, closed: &[u32]) -> (Vec<Set>, bool) {
        let mut sets: Vec<Vec<Set>> = vec![Vec::new(); self.needing.len()];
        let mut work = Work { unions: 0, complete: true };
        let mut queue = VecDeque::new();
        for leaf in leaves {
            if let Some(own) = sets.get_mut(*leaf as usize) {
                own.push(vec![*leaf]);
                queue.push_back(*leaf);
            }
        }
        while let Some(node) = queue.pop_front() {
            for index in self.needing.get(node as usize).into_iter().flatten() {
                let Some(rule) = self.rules.get(*index).filter(|rule| !closed.contains(&rule.to)) else {
                    continue;
                };
                let made = work.joined(&sets, &rule.from);
                let Some(own) = sets.get_mut(rule.to as usize) else { continue };
                let mut is_new = false;
                for set in made {
                    is_new |= work.insert(own, set);
                }
                if is_new && rule.to != goal && !queue.contains(&rule.to) {
                    queue.push_back(rule.to);
                }
            }
        }
        let mut found = sets.get(goal as usize).cloned().unwrap_or_default();
        found.sort_by(|a, b| (a.len(), a).cmp(&(b.len(), b)));
        (found, work.complete)
    }
}

struct Work {
    unions: usize,
    complete: bool,
}

impl Work {
    /// One set of each node, united, in every combination.
    fn joined(&mut self, sets: &[Vec<Set>], nodes: &[u32]) -> Vec<Set> {
        let mut all: Vec<Set> = vec![Vec::new()];
        for node in nodes {
            let of_node = sets.get(*node as usize).map_or(&[][..], Vec::as_slice);
            let mut next = Vec::new();
            for left in &all {
                for right in of_node {
                    self.unions += 1;
                    if self.unions > MOST_UNIONS {
                        self.complete = false;
                        return Vec::new();
                    }
                    self.insert(&mut next, union(left, right));
                }
            }
            all = next;
        }
        all
    }

    /// Adds a set unless one in it is there already; takes out what contains it. Whether it was added.
    fn insert(&mut self, sets: &mut Vec<Set>, set: Set) -> bool {
        if sets.iter().any(|known| is_subset(known, &set)) {
            return false;
        }
        sets.retain(|known| !is_subset(&set, known));
        if sets.len() >= MOST_SETS {
            self.complete = false;
            return false;
        }
        sets.push(set);
        true
    }
}

fn mark(seen: &mut [bool], node: u32) {
    if let Some(it) = seen.get_mut(node as usize) {
        *it = true;
    }
}

fn is_marked(seen: &[bool], node: u32) -> bool {
    seen.get(node as usize).copied().unwrap_or(true)
}

/// Both, sorted.
pub(super) fn union(a: &[u32], b: &[u32]) -> Set {
    let all: BTreeSet<u32> = a.iter().chain(b).copied().collect();
    all.into_iter().collect()
}

/// Whether every item of a sorted set is in another one.
pub(super) fn is_subset(small: &[u32], large: &[u32]) -> bool {
    let mut rest = large.iter();
    small.iter().all(|item| rest.any(|other| other == item))
}
