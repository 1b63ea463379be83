use crate::testing::{examples, findings, fixed, of_rule, only};

#[test]
fn examples_of_the_pages() {
    examples(super::RULES);
}

const VOCABULARY: &str = "
classes:
  - id: public
  - id: internal
  - id: restricted
conditions:
  mfa: {salesforce: {by: external, control: c}}
  session: {salesforce: {by: session-activation}}
domains: {sales: {}, finance: {}}
capabilities:
  see-all: {salesforce: {rights: [read-all]}}
  setup: {salesforce: {rights: [manage]}}
assets:
  deal:
    class: internal
    domains: [sales]
    tags: [sox]
    salesforce: {object: Deal}
    fields:
      margin: {class: restricted, salesforce: Margin}
      size: {tags: [pii], salesforce: Size}
  price: {class: public, domains: [sales], salesforce: {object: Price}}
  payment: {class: restricted, domains: [finance], salesforce: {object: Payment}}
roles:
";

fn project(roles: &str) -> String {
    format!("{VOCABULARY}{roles}")
}

/// What a rule finds for one role with these keys.
fn role(rule: &str, keys: &str) -> Vec<String> {
    only(rule, &project(&format!("  rep:\n    platforms: [salesforce]\n    within: [sales]\n{keys}")))
}

#[test]
fn undecided_cell() {
    let rule = "matrix/undecided-cell";
    let rep = [format!("{rule} @ rep")];
    assert_eq!(role(rule, "    may: {internal: {read: own}, public: {read: own}}\n"), rep);
    assert_eq!(
        role(rule, "    may: {internal: {read: own}, public: {read: own}}\n    never: [restricted]\n"),
        [""; 0]
    );
    assert_eq!(
        role(rule, "    may: {internal: {read: own}, public: {read: own}}\n    never: [payment]\n"),
        rep
    );
    let by_asset =
        "    may: {internal: {read: own}, public: {read: own}}\n    also: [{of: [deal.margin], read: own}]\n";
    assert_eq!(role(rule, by_asset), [""; 0]);
    let inherited = project(
        "  base: {abstract: true, may: {restricted: {read: own, of: [payment]}}, never: [public]}
  rep: {platforms: [salesforce], extends: [base], within: [sales], may: {internal: {read: own}}}\n",
    );
    assert_eq!(only(rule, &inherited), rep, "`never` of a parent decides nothing");
    assert_eq!(
        only(
            rule,
            &inherited
                .replace("never: [public]", "platforms: []")
                .replace("{internal", "{public: {read: own}, internal")
        ),
        [""; 0]
    );
}

#[test]
fn undecided_cell_offers_never_where_the_list_is_in_brackets() {
    let text = |never: &str| {
        project(&format!(
            "  rep:\n    platforms: [salesforce]\n    within: [sales]\n    may: {{internal: {{read: own}}}}\n    never: {never}\n"
        ))
    };
    let yaml = text("[setup, see-all]");
    let found = of_rule("matrix/undecided-cell", &yaml);
    assert_eq!(fixed(&yaml, &found[0], 0), text("[setup, see-all, public, restricted]"));
    assert_eq!(only("matrix/undecided-cell", &text("[setup, see-all, public, restricted]")), [""; 0]);
    let in_lines = text("\n    - setup\n    - see-all");
    assert!(of_rule("matrix/undecided-cell", &in_lines)[0].fixes.is_empty());
    let by_right =
        yaml.replace("    never: [setup, see-all]", "    holds: [see-all]\n    never: [setup, tag:sox]");
    assert!(of_rule("matrix/undecided-cell", &by_right)[0].fixes.is_empty(), "it reads all by a right");
}

#[test]
fn inverted_cell() {
    let rule = "matrix/inverted-cell";
    assert_eq!(
        role(rule, "    may: {public: {read: own}, internal: {read: org}}\n"),
        [format!("{rule} @ org")]
    );
    assert_eq!(role(rule, "    may: {public: {read: org}, internal: {read: org}}\n"), [""; 0]);
    assert_eq!(
        role(rule, "    may: {public: {edit: own}, internal: {read: org}}\n"),
        [""; 0],
        "another action"
    );
    assert_eq!(role(rule, "    may: {public: {read: own}, internal: {read: org, when: [mfa]}}\n"), [""; 0]);
    assert_eq!(role(rule, "    may: {public: {read: own}, internal: {read: org, of: [deal]}}\n"), [""; 0]);
    assert_eq!(
        role(rule, "    may: {public: {read: team}, internal: {read: account}}\n"),
        [""; 0],
        "beside each other"
    );
}

#[test]
fn write_wider_than_read() {
    let rule = "matrix/write-wider-than-read";
    assert_eq!(role(rule, "    may: {internal: {read: own, edit: team}}\n"), [format!("{rule} @ team")]);
    assert_eq!(role(rule, "    may: {internal: {read: team, edit: team}}\n"), [""; 0]);
    assert_eq!(
        role(rule, "    may: {internal: {read: own, create: team}}\n"),
        [""; 0],
        "what is made is not seen before"
    );
    assert_eq!(
        role(rule, "    may: {internal: {delete: own}}\n"),
        [format!("{rule} @ own")],
        "reads none of it"
    );
    let conditional = "    may: {internal: {read: own, edit: own}}\n    also:\n";
    let read = |when: &str| {
        format!(
            "{conditional}    - {{of: [deal], read: team, when: [{when}]}}\n    - {{of: [deal], edit: team, when: [mfa]}}\n"
        )
    };
    assert_eq!(role(rule, &read("mfa")), [""; 0]);
    assert_eq!(
        role(rule, &read("session")),
        [format!("{rule} @ team")],
        "the read may not hold when the write does"
    );
    assert_eq!(
        role(rule, "    holds: [see-all]\n    may: {internal: {edit: own}}\n"),
        [""; 0],
        "a right reads it"
    );
}

#[test]
fn write_wider_than_read_offers_the_scope_that_is_read() {
    let text = |edit: &str| {
        project(&format!(
            "  rep:\n    platforms: [salesforce]\n    within: [sales]\n    may: {{internal: {{read: own, edit: {edit}}}}}\n    never: [public, restricted]\n"
        ))
    };
    let yaml = text("team");
    let found = of_rule("matrix/write-wider-than-read", &yaml);
    assert_eq!(fixed(&yaml, &found[0], 0), text("own"));
}

#[test]
fn assets_of_one_cell_are_one_finding() {
    let yaml = project(
        "  rep: {platforms: [salesforce], within: [sales], also: [{of: [deal, price], edit: own}]}\n",
    );
    let found = of_rule("matrix/write-wider-than-read", &yaml);
    assert_eq!(found.len(), 2, "two names in `of`, two places to change");
    let yaml = project("  rep: {platforms: [salesforce], within: [sales], may: {internal: {edit: own}}}\n");
    let second = yaml.replace("  price: {class: public", "  price: {class: internal");
    let found = of_rule("matrix/write-wider-than-read", &second);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].notes.last().map(String::as_str), Some("same cause, 1 more: price"));
}

#[test]
fn unclassified() {
    let rule = "matrix/unclassified";
    let yaml = project("  rep: {platforms: [salesforce], within: [sales]}\n");
    assert_eq!(only(rule, &yaml), [""; 0]);
    assert_eq!(
        only(rule, &yaml.replace("  price: {class: public, ", "  price: {")),
        [format!("{rule} @ price")]
    );
    assert_eq!(
        only(rule, &yaml.replace("{class: restricted, salesforce: Margin}", "{salesforce: Margin}")),
        [""; 0],
        "as its asset"
    );
    let none = "domains: {sales: {}}\nassets:\n  a: {domains: [sales]}\n  b: {domains: [sales]}\n";
    assert_eq!(only(rule, none), [format!("{rule} @ a")], "one cause: no classes");
}

#[test]
fn never_broken() {
    let rule = "matrix/never-broken";
    let with = |never: &str, more: &str| {
        role(rule, &format!("    may: {{internal: {{read: own}}}}\n{more}    never: [{never}]\n"))
    };
    assert_eq!(with("internal", ""), [format!("{rule} @ own")]);
    assert_eq!(with("public", ""), [""; 0]);
    assert_eq!(with("deal", ""), [format!("{rule} @ own")]);
    assert_eq!(with("price", ""), [""; 0]);
    assert_eq!(with("deal.size", ""), [format!("{rule} @ own")]);
    assert_eq!(with("deal.margin", ""), [""; 0]);
    assert_eq!(with("'tag:pii'", ""), [format!("{rule} @ own")], "a field has the tag");
    assert_eq!(with("'tag:sox'", ""), [format!("{rule} @ own")], "the asset has the tag");
    assert_eq!(with("setup", "    holds: [setup]\n"), [format!("{rule} @ setup")]);
    assert_eq!(with("setup", "    holds: [see-all]\n"), [""; 0]);
    assert_eq!(
        with("payment", "    holds: [see-all]\n"),
        [format!("{rule} @ see-all")],
        "the right reads everything"
    );
    assert_eq!(with("payment", "    holds: [setup]\n"), [""; 0]);
}

#[test]
fn never_broken_shows_the_way_along_inheritance() {
    let yaml = project(
        "  base: {abstract: true, within: [sales], may: {internal: {read: own}}}
  middle: {abstract: true, extends: [base]}
  rep: {platforms: [salesforce], extends: [middle], never: [internal]}\n",
    );
    let found = of_rule("matrix/never-broken", &yaml);
    let labels: Vec<_> = found[0]
        .labels
        .iter()
        .filter_map(|label| {
            Some((yaml.get(label.span.start as usize..label.span.end as usize)?, label.text.as_ref()))
        })
        .collect();
    let expected = [
        ("own", "gives read on deal"),
        ("middle", "Rep extends Middle"),
        ("base", "Middle extends Base"),
        ("internal", "never, says Rep"),
    ];
    assert_eq!(labels, expected);
    assert_eq!(found[0].title, "Rep may read deal (internal), which it says it never would");
    let alone = yaml.replace("extends: [middle], ", "");
    assert!(of_rule("matrix/never-broken", &alone).is_empty());
}

#[test]
fn a_temporary_grant_breaks_never_while_it_lasts() {
    let yaml = project(
        "  rep: {platforms: [salesforce], within: [sales], never: [internal]}
temporary:
  T-1: {role: rep, within: [sales], may: {internal: {read: own}}, reason: r, owner: a@b, approved-by: [c@d], from: 2026-09-01, until: 2026-09-20}\n",
    );
    assert_eq!(only("matrix/never-broken", &yaml), ["matrix/never-broken @ own"]);
    assert_eq!(only("matrix/never-broken", &yaml.replace("until: 2026-09-20", "until: 2026-09-19")), [""; 0]);
}

#[test]
fn unreachable_cell() {
    let rule = "matrix/unreachable-cell";
    assert_eq!(role(rule, "    may: {internal: {read: own}}\n"), [""; 0]);
    assert_eq!(
        role(rule, "    also: [{of: [payment], read: own}]\n"),
        [format!("{rule} @ payment")],
        "in finance"
    );
    assert_eq!(role(rule, "    also: [{of: [deal], read: own}]\n"), [""; 0]);
    assert_eq!(role(rule, "    may: {internal: {read: own, of: [deal.size]}}\n"), [""; 0]);
    assert_eq!(
        role(rule, "    may: {internal: {read: own, of: [deal.margin]}}\n"),
        [format!("{rule} @ deal.margin")]
    );
    let empty = project(
        "  rep:\n    platforms: [salesforce]\n    within: [finance]\n    may: {internal: {read: own}}\n",
    );
    assert_eq!(only(rule, &empty), [format!("{rule} @ internal")]);
    assert_eq!(only(rule, &empty.replace("may: {internal", "may: {restricted")), [""; 0]);
}

#[test]
fn another_class_is_worse_than_another_domain() {
    let yaml = project(
        "  rep: {platforms: [salesforce], within: [sales], may: {internal: {read: own, of: [deal.margin]}}, also: [{of: [payment], read: own}]}\n",
    );
    let found = findings(&yaml, |_| {});
    let severity = |place: &str| {
        let at = |it: &&ztam_source::finding::Finding| {
            it.id() == "matrix/unreachable-cell"
                && it.facts.iter().any(|(key, value)| *key == "name" && value == place)
        };
        found.iter().find(at).map(|it| it.severity().as_str())
    };
    assert_eq!(severity("deal.margin"), Some("high"));
    assert_eq!(severity("payment"), Some("medium"));
}
