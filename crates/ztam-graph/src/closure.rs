//! What holding rights brings with it: the closure over implications that back ends give as data.

use fixedbitset::FixedBitSet;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::{Dfs, Reversed};
use ztam_source::idx::Idx;

use crate::facts::{Implication, PlatformFacts, RightId};

/// Implications of one platform as a graph: those that a proven judgement may rest on, or all that are known. What only the
/// second one reaches is advisory.
#[derive(Clone, Debug)]
pub struct Closure {
    graph: DiGraph<(), ()>,
}

impl Closure {
    /// The implications that a proven judgement may rest on.
    #[must_use]
    pub fn new(facts: &PlatformFacts) -> Self {
        Self::of_pairs(facts, Implication::is_proven)
    }

    /// All implications, those included that only one source names or that depend on release, licence or feature.
    #[must_use]
    pub fn with_advisory(facts: &PlatformFacts) -> Self {
        Self::of_pairs(facts, |_| true)
    }

    fn of_pairs(facts: &PlatformFacts, counts: fn(&Implication) -> bool) -> Self {
        let mut graph = DiGraph::with_capacity(facts.rights.len(), facts.implications.len());
        for _ in facts.rights.iter() {
            graph.add_node(());
        }
        let pairs = facts.implications.iter().filter(|pair| counts(pair));
        graph.extend_with_edges(pairs.map(|pair| (pair.from.0, pair.to.0)));
        Self { graph }
    }

    /// Everything that some rights bring, themselves included.
    #[must_use]
    pub fn of(&self, granted: &FixedBitSet) -> FixedBitSet {
        let mut all = granted.clone();
        all.grow(self.graph.node_count());
        // One search for all of them: what one has visited, no other needs to visit again.
        let mut search = Dfs::empty(&self.graph);
        for right in granted.ones() {
            search.move_to(NodeIndex::new(right));
            while let Some(node) = search.next(&self.graph) {
                all.insert(node.index());
            }
        }
        all
    }

    /// Those of some granted rights that are or imply another one.
    #[must_use]
    pub fn bringing(&self, granted: &FixedBitSet, to: RightId) -> Vec<RightId> {
        let backwards = Reversed(&self.graph);
        let mut search = Dfs::new(&backwards, NodeIndex::new(to.index()));
        let mut found = Vec::new();
        while let Some(node) = search.next(&backwards) {
            if granted.contains(node.index()) {
                found.push(RightId::from_usize(node.index()));
            }
        }
        found.sort_unstable();
        found
    }

    /// A shortest way from some granted rights to one that they imply, both ends included; empty where there is none.
    #[must_use]
    pub fn route(&self, granted: &FixedBitSet, to: RightId) -> Vec<RightId> {
        let shortest =
            granted.ones().filter_map(|from| self.path(NodeIndex::new(from), NodeIndex::new(to.index())));
        let nodes = shortest.min_by_key(|path| (path.len(), path.clone())).unwrap_or_default();
        nodes.into_iter().map(|node| RightId::from_usize(node.index())).collect()
    }

    fn path(&self, from: NodeIndex, to: NodeIndex) -> Option<Vec<NodeIndex>> {
        petgraph::algo::astar(&self.graph, from, |node| node == to, |_| 1u32, |_| 0).map(|(_, path)| path)
    }
}
