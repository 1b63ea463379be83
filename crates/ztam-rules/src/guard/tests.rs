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
  see-all: {salesforce: {rights: [read-all]}}
  setup: {salesforce: {rights: [manage]}}
assets:
  deal:
    class: internal
    domains: [sales]
    tags: [sox]
    salesforce: {object: Deal}
    fields:
      margin: {class: restricted, tags: [pii], salesforce: Margin, dataverse: margin}
      size: {class: restricted, dataverse: size}
    dataverse: {table: deal}
  price: {class: internal, domains: [sales], salesforce: {object: Price}}
roles:
  rep: {platforms: [salesforce], within: [sales], may: {internal: {read: own}, restricted: {read: own}}}
  clerk: {platforms: [salesforce], within: [sales], may: {internal: {edit: own, read: own}}, holds: [setup]}
";

/// What a guard finds.
fn guard(says: &str) -> Vec<String> {
    only("guard/", &format!("{VOCABULARY}guards:\n  g: {{{says}}}\n"))
}

#[test]
fn judges_effective_access() {
    let own = ["guard/g @ own"];
    assert_eq!(guard("nobody: [rep], may: [read], of: [restricted]"), own);
    assert_eq!(guard("nobody: [rep], may: [edit], of: [restricted]"), [""; 0]);
    assert_eq!(guard("nobody: [clerk], may: [read], of: [restricted]"), [""; 0]);
    assert_eq!(guard("nobody: [rep], may: [read], of: [deal.margin]"), own);
    assert_eq!(
        guard("nobody: [rep], may: [read], of: [deal.size]"),
        [""; 0],
        "no such field on its platform"
    );
    assert_eq!(guard("nobody: [rep], may: [read], of: ['tag:pii']"), own);
    assert_eq!(guard("nobody: [rep], may: [create], of: ['tag:pii']"), [""; 0]);
    assert_eq!(guard("nobody: [clerk], may: [edit], of: ['tag:sox']"), own);
    assert_eq!(
        guard("nobody: [clerk], may: [read], of: [setup]"),
        ["guard/g @ setup"],
        "held, whatever it may"
    );
    assert_eq!(guard("nobody: [rep], may: [read], of: [setup]"), [""; 0]);
}

#[test]
fn everyone_means_everyone_but_the_excepted() {
    assert_eq!(guard("nobody: [everyone], may: [read], of: [deal]").len(), 2);
    assert_eq!(guard("nobody: [everyone], except: [rep], may: [read], of: [deal]").len(), 1);
    assert_eq!(guard("nobody: [everyone], except: [rep, clerk], may: [read], of: [deal]"), [""; 0]);
}

#[test]
fn a_right_that_reads_everything_breaks_it() {
    let yaml = format!(
        "{VOCABULARY}  bot: {{platforms: [salesforce], holds: [see-all]}}\nguards:\n  g: {{nobody: [bot], may: [read], of: [deal], why: because}}\n"
    );
    let found = of_rule("guard/g", &yaml);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].title, "Bot may read deal (internal): against guard/g");
    assert!(found[0].notes[0].starts_with("why: bot holds see-all"), "{:?}", found[0].notes);
    assert_eq!(only("guard/", &yaml.replace("may: [read]", "may: [edit]")), [""; 0]);
    assert_eq!(
        only("guard/", &yaml.replace("platforms: [salesforce], holds", "platforms: [dataverse], holds")),
        [""; 0]
    );
}

#[test]
fn a_set_is_judged_for_what_no_role_does_alone() {
    let yaml = format!(
        "{VOCABULARY}  auditor: {{platforms: [salesforce], within: [sales], also: [{{of: [deal.margin], read: own}}]}}
  reader: {{platforms: [salesforce], within: [sales], also: [{{of: [deal], read: own}}]}}
together:
  both: [auditor, reader]
guards:
  g: {{nobody: [auditor, reader], may: [read], of: [deal.margin]}}\n"
    );
    let found = of_rule("guard/g", &yaml);
    assert_eq!(found.len(), 1);
    assert_eq!(
        found[0].facts.iter().find(|(key, _)| *key == "together").map(|(_, name)| name.as_str()),
        Some("both")
    );
    assert_eq!(only("guard/", &yaml.replace("together:\n  both: [auditor, reader]\n", "")), [""; 0]);
    assert_eq!(
        only("guard/", &yaml.replace("[deal], read: own", "[price], read: own")),
        [""; 0],
        "other rows"
    );
    let alone = yaml.replace("of: [deal.margin], read: own", "of: [deal, deal.margin], read: own");
    let found = of_rule("guard/g", &alone);
    assert!(
        found.iter().all(|it| it.facts.iter().any(|(key, _)| *key == "role")),
        "said at the role already"
    );
}

#[test]
fn a_waiver_excuses_by_the_guards_own_id() {
    let waiver = "waivers:
  W-1: {rule: guard/g, for: [rep], reason: r, owner: a@b.example, approved-by: [c@d.example], from: 2026-09-01, until: 2026-09-30}\n";
    let yaml =
        format!("{VOCABULARY}guards:\n  g: {{nobody: [rep], may: [read], of: [restricted]}}\n{waiver}");
    assert_eq!(only("guard/", &yaml), ["guard/g @ own (waived)"]);
    assert_eq!(only("guard/", &yaml.replace("for: [rep]", "for: [clerk]")), ["guard/g @ own"]);
}
