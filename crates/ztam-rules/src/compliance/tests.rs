use crate::testing::{examples, of_rule, only};

const PURPOSE: &str = "compliance/regulated-without-justification";
const HEALTH: &str = "compliance/phi-minimum-necessary";
const MONEY: &str = "compliance/financial-asset-outside-sod";
const COPY: &str = "compliance/regulated-in-nonprod";

#[test]
fn pages_hold() {
    examples(super::RULES);
}

fn project(role: &str, more: &str) -> String {
    format!(
        "classes: [{{id: internal}}, {{id: secret, controls: {{audit: true}}}}]
conditions: {{ward: {{salesforce: {{by: external}}}}}}
domains: {{sales: {{}}}}
assets:
  deal:
    class: internal
    domains: [sales]
    salesforce: {{object: Deal}}
    fields: {{email: {{class: secret, tags: [gdpr], salesforce: Email}}, stage: {{salesforce: Stage}}}}
  plan: {{class: internal, tags: [sox], domains: [sales], salesforce: {{object: Plan}}}}
  patient: {{class: internal, tags: [phi], domains: [sales], salesforce: {{object: Patient}}}}
  note: {{class: internal, tags: [idea], domains: [sales], salesforce: {{object: Note}}}}
capabilities: {{all: {{salesforce: {{rights: [read-all]}}}}}}
roles:
  base: {{abstract: true, within: [sales], also: [{{of: [plan], read: own}}]}}
  rep: {{platforms: [salesforce], within: [sales], {role}}}
{more}"
    )
}

fn also(of: &str) -> String {
    format!("also: [{{of: [{of}], read: own}}]")
}

#[test]
fn regulated_data_needs_a_purpose() {
    let found = |role: &str| only(PURPOSE, &project(role, ""));
    let line = [format!("{PURPOSE} @ rep")];
    assert_eq!(found(&also("deal, deal.email")), line);
    assert_eq!(found(&also("deal")), [""; 0], "not the field");
    assert_eq!(found(&format!("{}, purposes: {{gdpr: Support}}", also("deal, deal.email"))), [""; 0]);
    assert_eq!(found(&format!("{}, purposes: {{gdpr: \" \"}}", also("deal, deal.email"))), line);
    assert_eq!(
        found(&format!("{}, purposes: {{sox: Books}}", also("deal, deal.email"))).len(),
        1,
        "for another tag"
    );
    assert_eq!(found(&also("note")), [""; 0], "no regulation");
    assert_eq!(found("extends: [base]"), line, "inherited");
    assert_eq!(found("holds: [all]").len(), 1, "by a right");
    let inherited =
        project("extends: [base]", "").replace("abstract: true,", "abstract: true, purposes: {sox: Books},");
    assert_eq!(only(PURPOSE, &inherited), [""; 0]);
}

#[test]
fn the_tags_of_a_role_are_told_in_one_finding() {
    let found = of_rule(PURPOSE, &project(&also("deal, deal.email, plan"), ""));
    assert_eq!(found.len(), 1);
    assert!(
        found[0].notes.iter().any(|it| it.contains("plan (sox)") || it.contains("deal.email (gdpr)")),
        "{:?}",
        found[0].notes
    );
}

#[test]
fn health_data_is_named_and_bounded() {
    let found = |role: &str| only(HEALTH, &project(role, ""));
    assert_eq!(found("may: {internal: {read: unit}}"), [format!("{HEALTH} @ unit")]);
    assert_eq!(found("may: {internal: {read: unit, of: [patient]}}"), [""; 0]);
    assert_eq!(found("may: {internal: {read: org, of: [patient]}}").len(), 1);
    assert_eq!(found("may: {internal: {read: org, of: [patient], when: [ward]}}"), [""; 0]);
    assert_eq!(found("may: {internal: {read: org, of: [note]}}"), [""; 0]);
    assert_eq!(found(&also("patient")), [""; 0]);
    assert_eq!(found("holds: [all]"), [format!("{HEALTH} @ all")]);
}

#[test]
fn financial_data_is_in_a_separation() {
    let found = |role: &str, more: &str| only(MONEY, &project(role, more));
    let edits = "also: [{of: [plan], read: own, edit: own}]";
    let apart = |target: &str| {
        format!(
            "duties: {{write: {{can: {{edit: [{target}]}}}}, look: {{can: {{read: [note]}}}}}}
separate: {{two: {{duties: [write, look]}}}}\n"
        )
    };
    assert_eq!(found(edits, ""), [format!("{MONEY} @ sox")]);
    assert_eq!(found(&also("plan"), ""), [""; 0], "nobody changes it");
    assert_eq!(found(edits, &apart("plan")), [""; 0]);
    assert_eq!(found(edits, &apart("internal")), [""; 0], "by its class");
    assert_eq!(found(edits, &apart("deal")), [format!("{MONEY} @ sox")]);
    let unused = "duties: {write: {can: {edit: [plan]}}}\n";
    assert_eq!(found(edits, unused).len(), 1, "a duty alone keeps nothing apart");
    assert_eq!(found("also: [{of: [note], read: own, edit: own}]", ""), [""; 0]);
}

#[test]
fn copies_are_masked() {
    let found = |environment: &str, role: &str| {
        only(COPY, &project(role, &format!("environments: {{{environment}}}\n")))
    };
    let reads = also("deal, deal.email");
    assert_eq!(found("test: {salesforce: {}}", &reads), [format!("{COPY} @ test")]);
    assert_eq!(found("prod: {salesforce: {}}", &reads), [""; 0]);
    assert_eq!(found("test: {production: true, salesforce: {}}", &reads), [""; 0]);
    assert_eq!(found("prod: {production: false, salesforce: {}}", &reads).len(), 1);
    for masked in ["secret", "deal", "tag:gdpr"] {
        assert_eq!(
            found(&format!("test: {{masked: [\"{masked}\"], salesforce: {{}}}}"), &reads),
            [""; 0],
            "{masked}"
        );
    }
    assert_eq!(found("test: {masked: [internal], salesforce: {}}", &reads).len(), 1);
    assert_eq!(found("test: {salesforce: {}}", &also("deal, note")), [""; 0]);
}
