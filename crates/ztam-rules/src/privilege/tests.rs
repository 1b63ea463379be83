use ztam_graph::facts::{Basis, Evidence, Implication, PlatformFacts};
use ztam_source::finding::Confidence;

use crate::testing::{findings, lines, only, right};

const ALL: &str = "privilege/org-wide-data-permission";
const IMPLIED: &str = "matrix/implied-privilege-undeclared";

fn project(kind: &str, rights: &str, holds: &str) -> String {
    format!(
        "classes: [{{id: internal}}]
domains: {{sales: {{title: Sales}}}}
assets:
  account: {{class: internal, domains: [sales], salesforce: {{object: Account}}}}
capabilities:
  power: {{salesforce: {{rights: {rights}}}}}
  other: {{salesforce: {{rights: [brought]}}}}
roles:
  base: {{abstract: true, holds: {holds}}}
  clerk:
    kind: {kind}
    platforms: [salesforce]
    extends: [base]
    within: [sales]
    may: {{internal: {{read: org}}}}
"
    )
}

#[test]
fn all_data_needs_a_kind_that_runs_the_platform() {
    assert_eq!(only(ALL, &project("employee", "[read-all]", "[power]")), [format!("{ALL} @ power")]);
    assert_eq!(only(ALL, &project("service", "[read-all]", "[power]")), [format!("{ALL} @ power")]);
    for kind in ["administrator", "break-glass"] {
        assert_eq!(only(ALL, &project(kind, "[read-all]", "[power]")), [""; 0]);
    }
    assert_eq!(only(ALL, &project("employee", "[export]", "[power]")), [""; 0]);
    assert_eq!(only(ALL, &project("employee", "[read-all]", "[other]")), [""; 0]);
}

/// `install` brings `read-all`, `one` brings `brought`.
fn implying(evidence: Evidence) -> impl Fn(&mut PlatformFacts) {
    move |facts| {
        for (from, to) in [("install", "read-all"), ("one", "brought")] {
            if facts.platform == "salesforce" {
                let (from, to) = (right(facts, from), right(facts, to));
                facts.implications.push(Implication { from, to, evidence, basis: Basis::default() });
            }
        }
    }
}

fn with(yaml: &str, evidence: Evidence, id: &str) -> Vec<String> {
    let mut found = findings(yaml, implying(evidence));
    found.retain(|it| it.id() == id);
    lines(yaml, &found)
}

#[test]
fn what_a_right_brings_counts() {
    let text = project("employee", "[install]", "[power]");
    assert_eq!(with(&text, Evidence::Documented, ALL), [format!("{ALL} @ power")]);
    assert_eq!(with(&text, Evidence::Unverified, ALL), [format!("{ALL} @ power")]);
    let confidence = |evidence| {
        let found = findings(&text, implying(evidence));
        found.iter().find(|it| it.id() == ALL).unwrap().confidence()
    };
    assert_eq!(confidence(Evidence::Documented), Confidence::Proven);
    assert_eq!(confidence(Evidence::Unverified), Confidence::Advisory, "one source is no proof");
    let mut found = findings(&text, implying(Evidence::Documented));
    found.retain(|it| it.id() == ALL);
    assert!(found[0].notes[0].contains("install brings read-all"), "{:?}", found[0].notes);
}

#[test]
fn what_comes_along_is_listed_or_said() {
    let text = project("employee", "[one]", "[power]");
    assert_eq!(with(&text, Evidence::Documented, IMPLIED), [format!("{IMPLIED} @ power")]);
    // Another capability of the role lists it.
    assert_eq!(with(&project("employee", "[one]", "[power, other]"), Evidence::Documented, IMPLIED), [""; 0]);
    assert_eq!(
        with(&project("employee", "[one, brought]", "[power]"), Evidence::Documented, IMPLIED),
        [""; 0]
    );
}

#[test]
fn a_carried_right_is_found_at_its_block() {
    let mut text = project("employee", "[export]", "[power]");
    text.push_str("carry:\n  legacy: {role: clerk, why: imported, salesforce: {rights: [read-all]}}\n");
    assert_eq!(only(ALL, &text), [format!("{ALL} @ legacy")]);
}
