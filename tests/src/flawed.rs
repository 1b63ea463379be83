//! The example that has a flaw for each group of rules: each group finds its own.

use std::collections::BTreeSet;

use crate::project::{AS_OF, findings, repository};

#[test]
fn every_group_of_the_analysis_finds_its_flaw() {
    let (found, _) = findings(&repository().join("matrices/flawed-crm"), AS_OF);
    let groups: BTreeSet<&str> =
        found.iter().filter_map(|it| it.rule.id.split_once('/')).map(|it| it.0).collect();
    let planted = [
        "class",
        "compliance",
        "condition",
        "duty",
        "escalation",
        "external",
        "lifecycle",
        "matrix",
        "monitoring",
        "platform",
        "privilege",
        "responsibility",
        "service",
    ];
    let silent: Vec<_> = planted.into_iter().filter(|group| !groups.contains(group)).collect();
    assert_eq!(silent, [""; 0], "groups that find nothing");
}
