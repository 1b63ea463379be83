use ztam_graph::facts::{Basis, Evidence, Implication, PlatformFacts};
use ztam_source::finding::Finding;

use crate::testing::{examples, findings, of_rule, only, right};

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

/// A clerk who holds what the capability of a guard gives by other names: in whole, in part, and with what brings it.
fn held(clerk: &str, of: &str) -> Vec<Finding> {
    let text = VOCABULARY.replace("holds: [setup]", clerk).replace(
        "  setup: {",
        "  again: {salesforce: {rights: [manage, other]}}
  both: {salesforce: {rights: [manage, third]}}
  third: {salesforce: {rights: [third]}}
  brings: {salesforce: {rights: [install]}}
  setup: {",
    );
    let text = format!("{text}guards:\n  g: {{nobody: [everyone], of: [{of}], why: nobody}}\n");
    let found = findings(&text, |facts: &mut PlatformFacts| {
        if facts.platform == "salesforce" && text.contains("[install]") {
            let (from, to) = (right(facts, "install"), right(facts, "manage"));
            let evidence = Evidence::Documented;
            facts.implications.push(Implication { from, to, evidence, basis: Basis::default() });
        }
    });
    found.into_iter().filter(|it| it.rule.id == "guard/broken").collect()
}

#[test]
fn a_capability_is_what_it_gives_and_not_its_name() {
    let titles = |clerk: &str, of: &str| -> Vec<String> {
        held(clerk, of).iter().map(|it| it.title.clone()).collect()
    };
    let holds = ["Clerk holds setup: against guard/g"];
    assert_eq!(titles("holds: [setup]", "setup"), holds);
    assert_eq!(titles("holds: [again]", "setup"), holds, "the same right by another name");
    assert_eq!(titles("holds: [brings]", "setup"), holds, "what brings the right");
    assert_eq!(titles("holds: [third]", "setup"), [""; 0]);
    assert_eq!(titles("holds: [again]", "both"), [""; 0], "a part of it is not it");
    assert_eq!(titles("holds: [again, third]", "both"), ["Clerk holds both: against guard/g"]);
    let brought = held("holds: [brings]", "setup");
    assert!(format!("{:?}", brought[0]).contains("install brings manage"), "{brought:#?}");
}

#[test]
fn a_set_holds_what_its_roles_come_to_together() {
    let text = "capabilities:
  one: {salesforce: {rights: [first]}}
  two: {salesforce: {rights: [second]}}
  both: {salesforce: {rights: [first, second]}}
roles:
  a: {platforms: [salesforce], holds: [one]}
  b: {platforms: [salesforce], holds: [two]}
together: {pair: [a, b]}
guards:
  g: {nobody: [everyone], of: [both], why: nobody}
";
    let found: Vec<_> = of_rule("guard/g", text).into_iter().map(|it| it.title).collect();
    assert_eq!(found, ["whoever holds pair holds both: against guard/g"]);
    assert_eq!(of_rule("guard/g", &text.replace("[a, b]", "[a]")).len(), 0);
}

#[test]
fn nothing_is_unmasked_for_whoever_does_not_read_the_field() {
    let masked = |rep: &str| {
        let text = VOCABULARY.replace("restricted: {read: own}}}", rep);
        only("guard/", &format!("{text}guards:\n  g: {{nobody: [rep], may: [unmask], of: [deal.margin]}}\n"))
    };
    assert_eq!(masked("restricted: {read: own, unmask: own}}}").len(), 1);
    assert_eq!(masked("restricted: {create: own, unmask: own}}}"), [""; 0]);
}

/// A rep who may start automation.
fn started(automation: &str, rep: &str) -> String {
    let flow =
        format!("  flow: {{salesforce: {{rights: [flow]}}, automation: {{{automation}}}}}\n  setup: {{");
    VOCABULARY.replace("  setup: {", &flow).replace(
        "may: {internal: {read: own}, restricted: {read: own}}}",
        &format!("may: {{internal: {{read: own}}}}, holds: [flow], {rep}}}"),
    )
}

#[test]
fn whoever_starts_automation_does_what_it_does() {
    let guard = |automation: &str, of: &str| {
        let text = format!(
            "{}guards:\n  g: {{nobody: [rep], may: [edit], of: [{of}]}}\n",
            started(automation, "never: []")
        );
        of_rule("guard/g", &text).into_iter().map(|it| it.title).collect::<Vec<_>>()
    };
    let does = "runs-as: system, does: {edit: [deal.margin]}";
    let found = ["Rep may edit deal.margin through flow: against guard/g"];
    assert_eq!(guard(does, "deal.margin"), found);
    assert_eq!(guard(does, "restricted"), found);
    assert_eq!(guard(does, "deal.size"), [""; 0]);
    assert_eq!(guard(&format!("{does}, reviewed-by: a@acme.example"), "deal.margin"), [""; 0]);
    assert_eq!(guard(&does.replace("edit", "read"), "deal.margin"), [""; 0]);
    assert_eq!(guard(&does.replace("system", "user"), "deal.margin"), [""; 0]);
    let never = |says: &str| only("matrix/never-broken", &started(does, &format!("never: [{says}]")));
    assert_eq!(never("restricted"), ["matrix/never-broken @ flow"]);
    assert_eq!(never("deal.size"), [""; 0]);
}

#[test]
fn restricted_data_by_automation_alone_is_told() {
    let found = |automation: &str, rep: &str| {
        let restricted =
            started(automation, rep).replace("  - id: restricted\n", "  - {id: restricted, reach: named}\n");
        let found = of_rule("escalation/escalation-path", &restricted);
        found
            .iter()
            .map(|it| (it.level >= ztam_source::finding::Level::Blocking, it.title.clone()))
            .collect::<Vec<_>>()
    };
    let does = "runs-as: system, does: {read: [deal.margin]}";
    let told =
        |blocks: bool| vec![(blocks, "Rep may read deal.margin through flow, and by no cell".to_owned())];
    assert_eq!(found(does, "never: []"), told(true));
    assert_eq!(found(&format!("{does}, reviewed-by: a@acme.example"), "never: []"), told(false));
    assert_eq!(found(does, "also: [{of: [deal, deal.margin], read: own}]"), []);
    assert_eq!(found("runs-as: system, does: {read: [deal]}", "never: []"), []);
}
