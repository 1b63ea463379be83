use crate::testing::{examples, fixed, of_rule, only};

#[test]
fn examples_of_the_pages() {
    let from_the_matrix =
        |id: &str| !matches!(id, "class/sensitive-field-unsecured" | "class/platform-label-mismatch");
    for rule in super::RULES.iter().filter(|rule| from_the_matrix(rule.meta.id)) {
        examples(std::slice::from_ref(rule));
    }
}

const VOCABULARY: &str = "
classes:
  - id: internal
  - id: restricted
    requires: [mfa]
    requires-by-kind: {service: [pinned]}
    controls: {export: named, widest-read: unit, widest-write: team}
  - id: secret
    reach: named
conditions:
  mfa: {title: Multi-factor sign-in, salesforce: {by: external, control: c}}
  pinned: {salesforce: {by: session-activation}}
domains: {sales: {}}
capabilities:
  see-all: {salesforce: {rights: [read-all]}}
  take-out: {salesforce: {rights: [export]}}
assets:
  deal:
    class: internal
    domains: [sales]
    salesforce: {object: Deal}
    fields:
      margin: {class: restricted, salesforce: Margin}
      plan: {class: secret, salesforce: Plan}
  payment: {class: restricted, domains: [sales], salesforce: {object: Payment}}
";

fn project(role: &str) -> String {
    format!("{VOCABULARY}roles:\n  rep:\n    platforms: [salesforce]\n    within: [sales]\n{role}")
}

fn role(rule: &str, keys: &str) -> Vec<String> {
    only(rule, &project(keys))
}

#[test]
fn condition_missing() {
    let rule = "class/condition-missing";
    let found = [format!("{rule} @ restricted")];
    assert_eq!(role(rule, "    may: {restricted: {read: own}}\n"), found);
    assert_eq!(role(rule, "    may: {restricted: {read: own, when: [mfa]}}\n"), [""; 0]);
    assert_eq!(role(rule, "    may: {restricted: {read: own, when: [pinned]}}\n"), found);
    assert_eq!(role(rule, "    may: {internal: {read: own}}\n"), [""; 0]);
    assert_eq!(
        role(rule, "    also: [{of: [deal.margin], read: own}]\n"),
        [format!("{rule} @ deal.margin")],
        "a field"
    );
    assert_eq!(role(rule, "    also: [{of: [deal], read: own}]\n"), [""; 0], "the row is internal");
    let elsewhere = project("    may: {restricted: {read: own}}\n").replace("within: [sales]", "within: []");
    assert_eq!(only(rule, &elsewhere), [""; 0], "reaches nothing");
}

#[test]
fn a_kind_of_role_has_its_own_conditions() {
    let rule = "class/condition-missing";
    let machine = |when: &str| {
        role(rule, &format!("    kind: service\n    may: {{restricted: {{read: own, when: [{when}]}}}}\n"))
    };
    assert_eq!(machine("pinned"), [""; 0]);
    assert_eq!(machine("mfa"), [format!("{rule} @ restricted")], "what stands in replaces");
}

#[test]
fn an_inherited_cell_counts_for_each_heir_by_its_kind() {
    let yaml = "    may: {restricted: {read: own, when: [mfa]}}\n  bot: {kind: service, platforms: [salesforce], extends: [rep]}\n";
    let found = of_rule("class/condition-missing", &project(yaml));
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].title, "Bot reads restricted data without pinned");
}

#[test]
fn condition_missing_puts_the_condition_in() {
    let check = |before: &str, after: &str| {
        let never = "    never: [internal, secret]\n";
        let (before, after) = (project(&format!("{before}{never}")), project(&format!("{after}{never}")));
        let found = of_rule("class/condition-missing", &before);
        assert_eq!(found[0].title, "Rep reads restricted data without multi-factor sign-in");
        assert_eq!(fixed(&before, &found[0], 0), after);
        assert_eq!(only("class/condition-missing", &after), [""; 0]);
    };
    check("    may: {restricted: {read: own}}\n", "    may: {restricted: {when: [mfa], read: own}}\n");
    check(
        "    may:\n      restricted: {read: own, edit: own, when: [pinned]}\n",
        "    may:\n      restricted: {read: own, edit: own, when: [pinned, mfa]}\n",
    );
    check(
        "    may:\n      restricted:\n        read: own\n        edit: own\n",
        "    may:\n      restricted:\n        when: [mfa]\n        read: own\n        edit: own\n",
    );
    for unsure in [
        "    may:\n      restricted:\n        read: own\n",
        "    may:\n      restricted: {\n        read: own,\n        edit: own}\n",
        "    may:\n      restricted:\n        read: own # all\n        edit: own\n",
    ] {
        let found = of_rule("class/condition-missing", &project(unsure));
        assert!(found[0].fixes.is_empty() && !found[0].helps.is_empty(), "{unsure}");
    }
}

#[test]
fn widest_read() {
    let rule = "class/widest-read";
    assert_eq!(role(rule, "    may: {restricted: {read: org}}\n"), [format!("{rule} @ org")]);
    assert_eq!(role(rule, "    may: {restricted: {read: unit}}\n"), [""; 0]);
    assert_eq!(
        role(rule, "    may: {restricted: {read: account}}\n"),
        [format!("{rule} @ account")],
        "stands beside unit"
    );
    assert_eq!(role(rule, "    may: {internal: {read: org}}\n"), [""; 0]);
    assert_eq!(role(rule, "    may: {restricted: {edit: org}}\n"), [""; 0]);
    assert_eq!(role(rule, "    also: [{of: [deal.margin], read: org}]\n"), [format!("{rule} @ org")]);
    assert_eq!(
        role(rule, "    holds: [see-all]\n"),
        [format!("{rule} @ see-all")],
        "a right that reads everything"
    );
    assert_eq!(role(rule, "    holds: [take-out]\n"), [""; 0]);
    let inherited = "    may: {restricted: {read: org}}\n    abstract: true\n  lead: {platforms: [salesforce], extends: [rep]}\n";
    assert_eq!(role(rule, inherited), [format!("{rule} @ org")]);
}

#[test]
fn widest_read_sees_what_an_environment_narrows() {
    let yaml = |scope: &str| {
        let cell = "    may: {restricted: {read: org, when: [mfa]}}\n";
        let narrow = format!("{{narrow: rep, may: {{restricted: {{read: {scope}}}}}, reason: r}}");
        format!("{}environments:\n  prod: {{changes: [{narrow}]}}\n", project(cell))
    };
    assert_eq!(only("class/widest-read", &yaml("unit")), [""; 0]);
    assert_eq!(only("class/widest-read", &yaml("unit-tree")), ["class/widest-read @ org"]);
}

#[test]
fn widest_write() {
    let rule = "class/widest-write";
    assert_eq!(role(rule, "    may: {restricted: {read: unit, delete: unit}}\n"), [format!("{rule} @ unit")]);
    assert_eq!(role(rule, "    may: {restricted: {read: unit, delete: team}}\n"), [""; 0]);
    let yaml = project(
        "    may: {restricted: {read: unit, edit: unit, when: [mfa]}}\n    never: [internal, secret]\n",
    );
    let found = of_rule(rule, &yaml);
    assert_eq!(fixed(&yaml, &found[0], 0), yaml.replace("edit: unit", "edit: team"));
}

#[test]
fn named_without_names() {
    let rule = "class/named-without-names";
    assert_eq!(role(rule, "    may: {secret: {read: own}}\n"), [format!("{rule} @ secret")]);
    assert_eq!(role(rule, "    may: {secret: {read: own, of: [deal.plan]}}\n"), [""; 0]);
    assert_eq!(role(rule, "    may: {restricted: {read: own}}\n"), [""; 0]);
    assert_eq!(role(rule, "    also: [{of: [secret], read: own}]\n"), [format!("{rule} @ secret")]);
    assert_eq!(role(rule, "    also: [{of: [restricted], read: own}]\n"), [""; 0]);
}

#[test]
fn export_not_named() {
    let rule = "class/export-not-named";
    let carry = |class: &str, rights: &str| {
        let keys = format!("    may: {{{class}: {{read: own}}}}\n");
        let carry = format!("carry:\n  found: {{role: rep, salesforce: {{rights: [{rights}]}}}}\n");
        only(rule, &format!("{}{carry}", project(&keys)))
    };
    assert_eq!(carry("restricted", "export"), [format!("{rule} @ found")]);
    assert_eq!(carry("internal", "export"), [""; 0]);
    assert_eq!(carry("restricted", "manage"), [""; 0]);
    let held = "    may: {restricted: {read: own}}\n    holds: [take-out]\n";
    assert_eq!(role(rule, held), [""; 0], "the capability names it");
}
