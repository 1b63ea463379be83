use crate::testing::{check, examples, fixed, of_rule, only};

#[test]
fn pages_hold() {
    examples(super::RULES);
}

fn project(limits: &str, role: &str, grant: &str, approved: &str, from: &str, until: &str) -> String {
    format!(
        "{limits}classes:
  - id: internal
  - id: confidential
domains:
  sales: {{title: Sales}}
  service: {{title: Service}}
assets:
  account:
    class: internal
    domains: [sales]
    salesforce: {{object: Account}}
    fields:
      limit: {{class: confidential, salesforce: Limit__c}}
roles:
  sales-rep:
    platforms: [salesforce]
    within: [sales]
    {role}
temporary:
  T-1:
    role: sales-rep
    {grant}
    reason: Backlog
    owner: a@acme.example
    approved-by: {approved}
    from: {from}
    until: {until}
"
    )
}

const OWN: &str = "may: {internal: {read: org}, confidential: {}}";

fn of(grant: &str, approved: &str, from: &str, until: &str) -> Vec<String> {
    only("temporary/", &project("", OWN, grant, approved, from, until))
}

const EDIT: &str = "within: [sales]\n    may: {internal: {edit: own}}";

#[test]
fn a_sound_grant_is_silent() {
    assert_eq!(of(EDIT, "[b@acme.example]", "2026-09-20", "2026-09-20"), [""; 0]);
    assert_eq!(of(EDIT, "[b@acme.example]", "2026-09-15", "2026-12-13"), [""; 0]);
}

#[test]
fn approval_is_somebody_elses() {
    assert_eq!(
        of(EDIT, "[A@acme.example]", "2026-09-15", "2026-10-01"),
        ["temporary/invalid @ A@acme.example"]
    );
    assert_eq!(of(EDIT, "[]", "2026-09-15", "2026-10-01"), ["temporary/invalid @ T-1"]);
    assert_eq!(of(EDIT, "[b@acme.example]", "2026-09-15", "2026-10-01"), [""; 0]);
}

#[test]
fn dates_are_in_order_and_not_over() {
    assert_eq!(of(EDIT, "[b@acme.example]", "2026-09-30", "2026-09-29"), ["temporary/invalid @ 2026-09-29"]);
    assert_eq!(of(EDIT, "[b@acme.example]", "2026-09-01", "2026-09-19"), ["temporary/ended @ 2026-09-19"]);
    assert_eq!(of(EDIT, "[b@acme.example]", "2026-09-01", "2026-09-20"), [""; 0]);
}

#[test]
fn the_limit_counts_both_days() {
    assert_eq!(of(EDIT, "[b@acme.example]", "2026-09-15", "2026-12-14"), ["temporary/too-long @ 2026-12-14"]);
    let short = "limits: {temporary-max-days: 10}\n";
    let text = project(short, OWN, EDIT, "[b@acme.example]", "2026-09-15", "2026-09-25");
    assert_eq!(only("temporary/", &text), ["temporary/too-long @ 2026-09-25"]);
    let found = of_rule("temporary/too-long", &text);
    let fixed = fixed(&text, &found[0], 0);
    assert!(fixed.contains("until: 2026-09-24"), "{fixed}");
    assert_eq!(only("temporary/", &fixed), [""; 0]);
}

#[test]
fn what_adds_nothing_is_said() {
    let of = |grant: &str| of(grant, "[b@acme.example]", "2026-09-15", "2026-10-01");
    let nothing = ["temporary/adds-nothing @ T-1"];
    assert_eq!(of("within: [sales]\n    may: {internal: {read: own}}"), nothing);
    assert_eq!(of("within: [service]\n    may: {internal: {edit: own}}"), nothing);
    assert_eq!(of("within: [sales]\n    may: {confidential: {read: org}}"), [""; 0]);
    // A field without its row reaches nothing.
    assert_eq!(of("within: [sales]\n    may: {confidential: {edit: org}}"), nothing);
}

#[test]
fn a_grant_that_is_only_conditional_otherwise_adds_something() {
    let role = "may: {internal: {read: org, when: [mfa]}, confidential: {}}";
    let mut text = project(
        "",
        role,
        "within: [sales]\n    may: {internal: {read: org}}",
        "[b@acme.example]",
        "2026-09-15",
        "2026-10-01",
    );
    text.push_str("conditions: {mfa: {salesforce: {by: external, control: x}}}\n");
    assert!(!check(&text).iter().any(|line| line.starts_with("temporary/")));
}

#[test]
fn a_blank_word_says_nothing() {
    let yaml = project("", OWN, EDIT, "[b@acme.example]", "2026-09-15", "2026-10-01");
    for said in ["owner: a@acme.example", "reason: Backlog", "approved-by: [b@acme.example]"] {
        let key = said.split(':').next().unwrap_or_default();
        let blank = if key == "approved-by" { "[' ']" } else { "' '" };
        let found = only("temporary/", &yaml.replace(said, &format!("{key}: {blank}")));
        assert_eq!(found, ["temporary/invalid @ ' '"], "{said}");
    }
}
