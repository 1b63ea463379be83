//! What exists, from the words of the back ends into those of the report.

use std::collections::BTreeMap;

use ztam_backend::estate::{self, LEAST_SHARED_PER_MILLE, Right};
use ztam_backend::import::ContainerKey;
use ztam_report::estate::{
    Beside, Danger, Estate, Group, Idle, NearDuplicates, Pair, Superfluous, Surprise, Wide,
};
use ztam_report::import::{Count, Fact};

/// The report of what exists.
pub(super) fn told(all: &estate::Estate) -> Estate {
    let surprises = all.brought.iter().map(|(container, it)| Surprise {
        container: named(container),
        right: it.right.clone(),
        through: it.through.clone(),
    });
    Estate {
        containers: counted(&all.containers),
        grants: counted(&all.grants),
        empty_rows: all.empty_rows,
        widest: all.widest.iter().map(wide).collect(),
        surprises: surprises.collect(),
        redundant: idle(&all.redundant),
        inert: idle(&all.inert),
        near_duplicates: NearDuplicates {
            least_shared_per_mille: LEAST_SHARED_PER_MILLE,
            count: all.all_pairs,
            pairs: all.pairs.iter().map(pair).collect(),
        },
        groups: all.groups.iter().map(group).collect(),
    }
}

fn named(container: &ContainerKey) -> String {
    format!("{} {}", container.0, container.1)
}

fn counted(all: &BTreeMap<&'static str, usize>) -> Vec<Count> {
    all.iter().map(|(kind, count)| Count { kind: (*kind).to_owned(), count: *count }).collect()
}

fn wide(it: &estate::Wide) -> Wide {
    let weight = &it.weight;
    let everything = [
        ("read", weight.everything.read),
        ("edit", weight.everything.edit),
        ("delete", weight.everything.delete),
    ];
    let danger = |it: &estate::Danger| Danger { right: it.right.clone(), tier: it.tier };
    Wide {
        container: named(&it.container),
        dangerous: weight.dangers.iter().map(danger).collect(),
        everything: everything.iter().filter(|it| it.1).map(|it| it.0.to_owned()).collect(),
        read_all: weight.org_wide.read,
        edit_all: weight.org_wide.edit,
        delete_all: weight.org_wide.delete,
        objects: weight.objects,
        grants: it.grants,
    }
}

fn idle(all: &[(ContainerKey, estate::Idle)]) -> Vec<Idle> {
    let one = |(container, it): &(ContainerKey, estate::Idle)| Idle {
        container: named(container),
        kind: it.right.0.to_owned(),
        key: it.right.1.clone(),
        right: it.right.2.to_owned(),
        reason: it.reason.to_owned(),
        by: it.by.clone(),
    };
    all.iter().map(one).collect()
}

fn pair(it: &estate::Pair) -> Pair {
    let facts = |container: &ContainerKey, rights: &[Right]| {
        let fact = |(kind, key, right): &Right| Fact {
            container: named(container),
            kind: (*kind).to_owned(),
            key: key.clone(),
            right: (*right).to_owned(),
        };
        rights.iter().map(fact).collect::<Vec<_>>()
    };
    let beside = it.beside.iter().map(|(what, first, second)| Beside {
        what: (*what).to_owned(),
        first: first.clone(),
        second: second.clone(),
    });
    Pair {
        first: named(&it.first),
        second: named(&it.second),
        shared: it.shared,
        all: it.all,
        differ: [facts(&it.first, &it.only_first), facts(&it.second, &it.only_second)].concat(),
        beside: beside.collect(),
    }
}

fn group(it: &estate::Group) -> Group {
    let superfluous = it.superfluous.iter();
    Group {
        container: named(&it.container),
        members: it.members,
        unknown: it.unknown.clone(),
        grants: it.grants,
        repeated: it.repeated,
        superfluous: superfluous
            .map(|it| Superfluous { member: it.member.clone(), by: it.by.clone() })
            .collect(),
    }
}
