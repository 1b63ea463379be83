use proptest::prelude::*;

use super::cut::smallest_cut;
use super::supports::{Rule, Rules};
use super::{Cut, Grant, GrantKind};
use ztam_source::file::FileId;
use ztam_source::span::Span;

fn grant(at: u32) -> Grant {
    Grant { kind: GrantKind::Holds, span: Span { file: FileId(0), start: at, end: at + 1 } }
}

fn sets(of: &[&[u32]]) -> Vec<Vec<Grant>> {
    of.iter().map(|set| set.iter().map(|at| grant(*at)).collect()).collect()
}

fn chosen(cut: Cut) -> Vec<u32> {
    match cut {
        Cut::Smallest(grants) => grants.into_iter().map(|it| it.span.start).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_cut_meets_every_way_with_as_few_as_can_be() {
    assert_eq!(chosen(smallest_cut(&sets(&[&[1, 2], &[2, 3], &[3, 4]]))).len(), 2);
    assert_eq!(chosen(smallest_cut(&sets(&[&[1, 2], &[2, 3], &[2, 4]]))), [2]);
    assert_eq!(chosen(smallest_cut(&sets(&[&[1], &[2], &[3]]))), [1, 2, 3]);
    assert_eq!(chosen(smallest_cut(&[])), [0; 0]);
    assert_eq!(smallest_cut(&sets(&[&[1], &[]])), Cut::Impossible);
}

#[test]
fn what_is_too_much_to_try_is_cut_and_says_so() {
    // Pairwise disjoint ways, each with a few grants: the smallest cut has one of each, and there are too many choices.
    let ways: Vec<Vec<Grant>> = (0..60)
        .map(|at| (0..3).map(|of| grant((at * 7 + of * 31) % 120)).collect::<std::collections::BTreeSet<_>>())
        .map(|set| set.into_iter().collect())
        .collect();
    match smallest_cut(&ways) {
        Cut::Found(cut) | Cut::Smallest(cut) => {
            assert!(ways.iter().all(|way| way.iter().any(|grant| cut.contains(grant))));
        }
        other => panic!("{other:?}"),
    }
}

/// Leaves 0 to 5, goal 11.
fn steps() -> impl Strategy<Value = Vec<(Vec<u32>, u32)>> {
    let step = (prop::collection::btree_set(0_u32..11, 1..4), 5_u32..12);
    prop::collection::vec(step.prop_map(|(from, to)| (from.into_iter().collect(), to)), 0..12)
}

/// Whether leaves reach the goal, tried until nothing is new.
fn reaches(steps: &[(Vec<u32>, u32)], leaves: &[u32]) -> bool {
    let mut known = leaves.to_vec();
    loop {
        let new =
            steps.iter().find(|(from, to)| !known.contains(to) && from.iter().all(|it| known.contains(it)));
        match new {
            Some((_, to)) => known.push(*to),
            None => return known.contains(&11),
        }
    }
}

proptest! {
    #[test]
    fn minimal_sets_are_those_that_every_subset_tells(steps in steps()) {
        let leaves: Vec<u32> = (0..6).collect();
        let rules = steps.iter().map(|(from, to)| Rule { from: from.clone(), to: *to }).collect();
        let rules = Rules::new(12, rules);
        let (found, complete) = rules.minimal(&leaves, 11, &[]);
        prop_assert!(complete);
        let mut expected: Vec<Vec<u32>> = Vec::new();
        for size in 0..=leaves.len() {
            for bits in 0_u32..64 {
                let set: Vec<u32> = leaves.iter().copied().filter(|leaf| bits >> leaf & 1 == 1).collect();
                let is_new = !expected.iter().any(|known| known.iter().all(|it| set.contains(it)));
                if set.len() == size && is_new && reaches(&steps, &set) {
                    expected.push(set);
                }
            }
        }
        expected.sort_by(|a, b| (a.len(), a).cmp(&(b.len(), b)));
        prop_assert_eq!(&found, &expected);
        for set in &found {
            // The way uses steps in an order in which each has what it needs.
            let mut known = set.clone();
            for index in rules.forward(set, 11, &[]).unwrap() {
                let (from, to) = &steps[index];
                prop_assert!(from.iter().all(|it| known.contains(it)));
                known.push(*to);
            }
            prop_assert!(known.contains(&11));
        }
        prop_assert_eq!(rules.forward(&leaves, 11, &[]).is_some(), !found.is_empty());
    }
}
