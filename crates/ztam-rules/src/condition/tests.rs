use crate::testing::{examples, of_rule, only};

#[test]
fn examples_of_the_pages() {
    examples(super::RULES);
}

const VOCABULARY: &str = "
classes:
  - id: internal
conditions:
  mfa: {title: Multi-factor sign-in, salesforce: {by: external, control: c}}
  session: {salesforce: {by: session-activation}, dataverse: {by: external, control: d}}
domains: {sales: {}}
assets:
  deal: {class: internal, domains: [sales], salesforce: {object: Deal}, dataverse: {table: deal}}
  list: {class: internal, domains: [sales], salesforce: {object: List}}
";

fn role(platforms: &str, keys: &str) -> String {
    format!("{VOCABULARY}roles:\n  rep: {{platforms: [{platforms}], within: [sales], {keys}}}\n")
}

#[test]
fn unenforceable_condition() {
    let rule = "condition/unenforceable-condition";
    let cell = "may: {internal: {read: own, when: [mfa]}}";
    assert_eq!(only(rule, &role("salesforce", cell)), [""; 0]);
    assert_eq!(only(rule, &role("dataverse", cell)), [format!("{rule} @ mfa")]);
    assert_eq!(only(rule, &role("salesforce, dataverse", cell)), [format!("{rule} @ mfa")]);
    assert_eq!(only(rule, &role("dataverse", "may: {internal: {read: own, when: [session]}}")), [""; 0]);
    let elsewhere = "also: [{of: [list], read: own, when: [mfa]}]";
    assert_eq!(
        only(rule, &role("salesforce, dataverse", elsewhere)),
        [""; 0],
        "nothing of it is on the other platform"
    );
    let found = of_rule(rule, &role("dataverse", cell));
    assert_eq!(found[0].title, "Rep has access on Dataverse under mfa, which nothing enforces there");
}

#[test]
fn unattested() {
    let rule = "condition/unattested";
    let cell = "may: {internal: {read: own, when: [mfa]}}";
    let attested = |more: &str| {
        let responsibility =
            format!("responsibilities:\n  r: {{statement: s, party: customer, attests: [mfa]{more}}}\n");
        only(rule, &format!("{}{responsibility}", role("salesforce", cell)))
    };
    let mfa = [format!("{rule} @ mfa")];
    assert_eq!(only(rule, &role("salesforce", cell)), mfa);
    assert_eq!(attested(""), mfa, "never verified");
    assert_eq!(attested(", verified: 2026-09-01"), [""; 0]);
    assert_eq!(attested(", verified: 2025-09-20"), [""; 0], "365 days old");
    assert_eq!(attested(", verified: 2025-09-19"), mfa, "366 days old");
    assert_eq!(attested(", verified: 2026-09-01, max-age-days: 19"), [""; 0]);
    assert_eq!(attested(", verified: 2026-09-01, max-age-days: 18"), mfa);
    assert_eq!(attested(", verified: 2026-09-21"), mfa, "in the future");
}

#[test]
fn only_conditions_that_a_control_outside_enforces_and_that_are_used() {
    let rule = "condition/unattested";
    let session = "may: {internal: {read: own, when: [session]}}";
    assert_eq!(only(rule, &role("salesforce", session)), [""; 0]);
    assert_eq!(only(rule, &role("dataverse", session)), [format!("{rule} @ session")]);
    assert_eq!(only(rule, &role("salesforce", "may: {internal: {read: own}}")), [""; 0]);
}
