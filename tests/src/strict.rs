//! The textbook example holds under the strict profile: nothing blocks, and what is left is what its page speaks of.

use std::collections::BTreeSet;

use ztam_source::finding::Level;

use crate::project::{AS_OF, findings, repository};

#[test]
fn the_textbook_example_is_clean_under_the_strict_profile() {
    let project = repository().join("matrices/acme-crm");
    let settings = std::fs::read_to_string(project.join("ztam.yaml")).unwrap();
    assert!(settings.contains("rules: {profile: strict}"));
    let (found, _) = findings(&project, AS_OF);
    let blocking: Vec<_> =
        found.iter().filter(|it| it.level >= Level::Blocking && it.waived_by.is_none()).collect();
    assert!(blocking.is_empty(), "{blocking:?}");
    let left: BTreeSet<&str> = found.iter().map(|it| it.id()).collect();
    let page = std::fs::read_to_string(repository().join("docs/acme-crm.md")).unwrap();
    let (said, _) = page.split_once("Generated:").unwrap();
    for id in left {
        assert!(said.contains(&format!("`{id}`")), "{id} is not explained");
    }
}
