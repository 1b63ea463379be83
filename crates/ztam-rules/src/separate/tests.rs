use crate::testing::{examples, of_rule, only};

#[test]
fn examples_of_the_pages() {
    examples(super::RULES);
}

const VOCABULARY: &str = "
classes:
  - id: internal
  - id: restricted
domains: {sales: {}}
capabilities:
  setup: {salesforce: {rights: [manage]}}
assets:
  payee:
    class: internal
    domains: [sales]
    salesforce: {object: Payee}
    fields:
      account: {class: restricted, salesforce: Account}
  payment: {class: internal, domains: [sales], dataverse: {table: payment}, salesforce: {object: Payment}}
duties:
  maintain: {title: Change where money goes, can: {edit: [payee.account]}}
  release: {title: Let money go, can: {edit: [payment], hold: [setup]}}
separate:
  s: {duties: [maintain, release], severity: critical, why: fraud}
roles:
";

fn roles(roles: &str) -> String {
    format!("{VOCABULARY}{roles}")
}

const BOTH: &str = "  clerk: {platforms: [salesforce], within: [sales], also: [{of: [payee, payee.account, payment], edit: own}]}\n";

#[test]
fn one_role_with_both_duties() {
    let yaml = roles(BOTH);
    let found = of_rule("separate/s", &yaml);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].severity().as_str(), "critical");
    let title =
        "Clerk has duties that belong to different people: \"Change where money goes\" and \"Let money go\"";
    assert_eq!(found[0].title, title);
    let texts: Vec<_> = found[0].labels.iter().map(|label| label.text.as_ref()).collect();
    for expected in [
        "edit payee.account: Change where money goes",
        "edit payment: Let money go",
        "must be different people",
        "because",
    ] {
        assert!(texts.contains(&expected), "{texts:#?}");
    }
    assert_eq!(only("separate/s", &yaml.replace("payee.account, payment]", "payee.account]")), [""; 0]);
    assert_eq!(only("separate/s", &yaml.replace("edit: own", "read: own")), [""; 0]);
    assert_eq!(
        only("separate/s", &yaml.replace("[payee, payee.account", "[payee.account")),
        [""; 0],
        "no field without its row"
    );
}

#[test]
fn holding_a_capability_is_a_way() {
    let yaml = roles(
        "  clerk: {platforms: [salesforce], within: [sales], holds: [setup], also: [{of: [payee, payee.account], edit: own}]}\n",
    );
    assert_eq!(only("separate/s", &yaml), ["separate/s @ clerk"]);
    assert_eq!(only("separate/s", &yaml.replace("holds: [setup], ", "")), [""; 0]);
    // What it gives counts, and not its name.
    let setup = VOCABULARY.lines().find_map(|line| line.strip_prefix("  setup: ")).unwrap();
    let again = yaml.replacen("capabilities:\n", &format!("capabilities:\n  again: {setup}\n"), 1);
    let again = again.replace("holds: [setup]", "holds: [again]");
    assert!(again.contains("again: ") && again.contains("holds: [again]"), "{again}");
    let found = of_rule("separate/s", &again);
    assert_eq!(found.len(), 1);
    assert!(format!("{:?}", found[0].labels).contains("holds setup"), "{found:#?}");
}

#[test]
fn a_set_counts_across_platforms() {
    let set =
        "  one: {platforms: [salesforce], within: [sales], also: [{of: [payee, payee.account], edit: own}]}
  two: {platforms: [dataverse], within: [sales], also: [{of: [payment], edit: own}]}
together:
  pair: [one, two]\n";
    assert_eq!(only("separate/s", &roles(set)), ["separate/s @ pair"]);
    assert_eq!(only("separate/s", &roles(&set.replace("pair: [one, two]", "pair: [one]"))), [""; 0]);
    let alone = format!("{BOTH}{}", set.replace("pair: [one, two]", "pair: [clerk, two]"));
    assert_eq!(only("separate/s", &roles(&alone)), ["separate/s @ clerk"], "said at the role already");
}

#[test]
fn a_waiver_that_ended_is_named() {
    let waiver = "waivers:
  W-1: {rule: separate/s, for: [clerk], reason: r, owner: cfo@a.example, approved-by: [ciso@a.example], from: 2026-08-01, until: 2026-09-19}\n";
    let yaml = roles(&format!("{BOTH}{waiver}"));
    let found = of_rule("separate/s", &yaml);
    let labels: Vec<_> = found[0].labels.iter().map(|label| label.text.as_ref()).collect();
    assert!(labels.contains(&"but it ended 1 day ago"), "{labels:#?}");
    assert!(
        found[0].notes.contains(&"evaluated as of 2026-09-20 (`--as-of`)".to_owned()),
        "{:?}",
        found[0].notes
    );
    assert_eq!(
        only("separate/s", &yaml.replace("until: 2026-09-19", "until: 2026-09-20")),
        ["separate/s @ clerk (waived)"]
    );
    let other = yaml.replace("for: [clerk]", "for: [payee]");
    assert!(of_rule("separate/s", &other)[0].notes.is_empty());
}

#[test]
fn vacuous() {
    let rule = "separate/vacuous";
    let one = "  clerk: {platforms: [salesforce], within: [sales], also: [{of: [payment], edit: own}]}\n";
    assert_eq!(only(rule, &roles(one)), [format!("{rule} @ maintain")]);
    assert_eq!(only(rule, &roles(BOTH)), [""; 0]);
    let parts = "  one: {platforms: [salesforce], within: [sales], also: [{of: [payee, payment], edit: own}]}
  two: {platforms: [salesforce], within: [sales], also: [{of: [payee.account], edit: own}]}\n";
    assert_eq!(
        only(rule, &roles(parts)),
        [format!("{rule} @ maintain")],
        "row and field lie with different people"
    );
    assert_eq!(only(rule, &roles(&format!("{parts}together: {{pair: [one, two]}}\n"))), [""; 0]);
}

const QUANTITIES: &str = "
classes: [{id: internal}]
domains: {here: {}, there: {}}
assets:
  order: {class: internal, domains: [here], salesforce: {object: Order}}
  bill: {class: internal, domains: [here], salesforce: {object: Bill}}
  note: {class: internal, domains: [there], salesforce: {object: Note}}
capabilities: {sign: {salesforce: {rights: [x]}}}
";

fn quantities(duties: &str, separation: &str, cells: &str) -> Vec<String> {
    only(
        "separate/s",
        &format!(
            "{QUANTITIES}duties: {{{duties}}}\nseparate: {{s: {{duties: [one, two]{separation}}}}}
roles:\n  clerk: {{platforms: [salesforce], within: [here, there], {cells}}}\n"
        ),
    )
}

#[test]
fn all_of_a_duty_is_needed_where_it_says_so() {
    let duties = "one: {needs: all, can: {edit: [order, bill], hold: [sign]}}, two: {can: {create: [note]}}";
    let with = |of: &str, holds: &str| {
        let cells =
            format!("also: [{{of: [{of}], edit: own}}, {{of: [note], create: own}}], holds: [{holds}]");
        quantities(duties, "", &cells)
    };
    assert_eq!(with("order, bill", "sign"), ["separate/s @ clerk"]);
    assert_eq!(with("order", "sign"), [""; 0], "one of two");
    assert_eq!(with("order, bill", ""), [""; 0], "without the capability");
    let any = duties.replace("needs: all, ", "");
    let cells = "also: [{of: [order], edit: own}, {of: [note], create: own}]";
    assert_eq!(quantities(&any, "", cells), ["separate/s @ clerk"]);
}

#[test]
fn duties_conflict_on_what_they_share() {
    let duties = "one: {can: {create: [order, note]}}, two: {can: {edit: [order, bill]}}";
    let cells = "also: [{of: [order], create: own}, {of: [bill], edit: own}]";
    assert_eq!(quantities(duties, "", cells), ["separate/s @ clerk"]);
    assert_eq!(quantities(duties, ", same: domain", cells), ["separate/s @ clerk"]);
    assert_eq!(quantities(duties, ", same: asset", cells), [""; 0]);
    let far = "also: [{of: [note], create: own}, {of: [bill], edit: own}]";
    assert_eq!(quantities(duties, ", same: domain", far), [""; 0]);
    let same = "also: [{of: [order], create: own, edit: own}]";
    assert_eq!(quantities(duties, ", same: asset", same), ["separate/s @ clerk"]);
    let held = duties.replace("{create: [order, note]}", "{hold: [sign]}");
    assert_eq!(
        quantities(&held, ", same: asset", "holds: [sign], also: [{of: [bill], edit: own}]"),
        ["separate/s @ clerk"],
        "a capability is bound to no asset"
    );
}

#[test]
fn the_smallest_change_is_named() {
    let duties = "one: {can: {create: [order], edit: [bill]}}, two: {can: {create: [note]}}";
    let yaml = format!(
        "{QUANTITIES}duties: {{{duties}}}\nseparate: {{s: {{duties: [one, two]}}}}
roles:\n  clerk: {{platforms: [salesforce], within: [here, there], also: [{{of: [order], create: own}}, {{of: [bill], edit: own}}, {{of: [note], create: own}}]}}\n"
    );
    let help = of_rule("separate/s", &yaml)[0].helps.last().cloned();
    assert_eq!(help.as_deref(), Some("the smallest change is 1 grant less: create note of Clerk"));
    let more = yaml
        .replace("two: {can: {create: [note]}}", "two: {can: {create: [note], hold: [sign], edit: [note]}}")
        .replace("{of: [note], create: own}]", "{of: [note], create: own, edit: own}], holds: [sign]");
    let help = of_rule("separate/s", &more)[0].helps.last().cloned();
    assert_eq!(
        help.as_deref(),
        Some("the smallest change is 2 grants less: create order of Clerk, edit bill of Clerk")
    );
}
