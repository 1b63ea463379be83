use crate::testing::{examples, of_rule, only};

#[test]
fn examples_of_the_pages() {
    examples(super::RULES);
}

const ESTATE: &str = "
classes: [{id: internal}, {id: restricted, requires: [mfa]}]
conditions: {mfa: {salesforce: {by: session-activation}, dataverse: {by: session-activation}}}
domains: {sales: {title: Sales}}
assets:
  customer:
    class: internal
    domains: [sales]
    salesforce: {object: Customer}
    dataverse: {table: customer}
    fields:
      tax-id: {class: restricted, dataverse: taxid}
  deal: {class: internal, domains: [sales], salesforce: {object: Deal}}
  copy: {class: internal, domains: [sales], dataverse: {table: copy}}
  payment: {class: internal, domains: [sales], dataverse: {table: payment}}
capabilities:
  look: {salesforce: {rights: [read-all]}}
roles:
";

fn estate(roles: &str) -> String {
    format!("{ESTATE}{roles}")
}

fn analyst(more: &str) -> String {
    estate(&format!("  analyst: {{platforms: [salesforce, dataverse], within: [sales]{more}}}\n"))
}

const GAP: &str = "platform/cross-platform-clearance-gap";
const BOTH: &str = ", may: {internal: {read: own}, restricted: {read: own, when: [mfa]}}";

#[test]
fn more_sensitive_on_one_platform() {
    assert_eq!(only(GAP, &analyst(BOTH)), [format!("{GAP} @ own")]);
    let title = &of_rule(GAP, &analyst(BOTH))[0].title;
    assert_eq!(
        title,
        "Analyst reads restricted data of Customer on Dataverse, and no more than internal data of it on Salesforce"
    );
    let both = analyst(BOTH).replace("dataverse: taxid", "salesforce: Tax, dataverse: taxid");
    assert_eq!(only(GAP, &both), [""; 0]);
    assert_eq!(only(GAP, &analyst(", may: {internal: {read: own}}, never: [restricted]")), [""; 0]);
    assert_eq!(only(GAP, &analyst(&format!(", asymmetry: a column of Dataverse{BOTH}"))), [""; 0], "said");
    assert_eq!(
        only(GAP, &analyst(BOTH).replace("[salesforce, dataverse]", "[dataverse]")),
        [""; 0],
        "one platform"
    );
}

#[test]
fn a_gap_by_a_right_is_told_whatever_the_role_says() {
    let more = ", asymmetry: because, holds: [fields], may: {internal: {read: own}}, never: []";
    let yaml = analyst(more)
        .replace("dataverse: taxid", "salesforce: Tax, dataverse: taxid")
        .replace("capabilities:", "capabilities:\n  fields: {dataverse: {rights: [all-fields, see]}}");
    let yaml = yaml.replace(", never: []", "");
    let found = crate::testing::findings(&yaml, |facts| {
        let all =
            ztam_graph::scopes::ScopeWord::of(ztam_model::words::Action::Read, ztam_model::words::Scope::Org);
        if facts.platform == "dataverse" {
            let right = crate::testing::right(facts, "all-fields");
            facts.rights[right].effects = vec![ztam_graph::facts::Effect {
                on: ztam_graph::facts::EffectOn::AllAssets,
                rows: all,
                fields: all,
            }];
        }
    });
    assert_eq!(found.iter().filter(|it| it.id() == GAP).count(), 1);
}

const UNEVEN: &str = "platform/cross-platform-asymmetry";

#[test]
fn different_things_on_platforms() {
    let more = ", may: {internal: {read: own}}, never: [restricted], holds: [look]";
    assert_eq!(only(UNEVEN, &analyst(more)), [format!("{UNEVEN} @ analyst")]);
    assert_eq!(only(UNEVEN, &analyst(&more.replace(", holds: [look]", ""))), [""; 0]);
    assert_eq!(only(UNEVEN, &analyst(&format!(", asymmetry: because{more}"))), [""; 0]);
    assert_eq!(of_rule(UNEVEN, &analyst(more))[0].level.as_str(), "advisory");
}

#[test]
fn what_a_platform_does_not_know_is_no_difference() {
    let yaml = analyst(", may: {internal: {read: own}}, never: [restricted], holds: [look]");
    let found = |of: ztam_model::words::Action| {
        let found = crate::testing::findings(&yaml, |facts| {
            let known = ztam_graph::scopes::ScopeWord::mask(&[of]);
            for asset in facts.assets.iter_mut().flatten().filter(|_| facts.platform == "dataverse") {
                asset.scopes = known;
            }
        });
        found.iter().filter(|it| it.id() == UNEVEN).count()
    };
    assert_eq!(found(ztam_model::words::Action::Read), 1);
    assert_eq!(found(ztam_model::words::Action::Append), 0, "it reads nothing there");
}

const PACK: &str = "packs:
  cross-platform:
    bind: {sale: [deal], money-release: [payment]}
    without: {xsd-02: none, xsd-03: none}
";
const PAIR: &str = "platform/cross-platform-toxic-pair/xsd-01";

#[test]
fn pairs_across() {
    let both = analyst(", also: [{of: [deal, payment], create: own}]");
    assert_eq!(
        only("platform/cross-platform-toxic", &format!("{both}{PACK}")),
        [format!("{PAIR} @ analyst")]
    );
    let reads = analyst(", also: [{of: [deal], read: own}, {of: [payment], create: own}]");
    assert_eq!(only(PAIR, &format!("{reads}{PACK}")), [""; 0]);
    let here = both.replace(
        "deal: {class: internal, domains: [sales], salesforce: {object: Deal}}",
        "deal: {class: internal, domains: [sales], dataverse: {table: deal}}",
    );
    assert_eq!(only("platform/cross-platform-toxic", &format!("{here}{PACK}")), [""; 0], "on one platform");
    assert_eq!(only("duty/toxic-pair", &format!("{here}{PACK}")), ["duty/toxic-pair/xsd-01 @ analyst"]);
}

#[test]
fn a_machine_completes_a_pair() {
    let rep = estate(
        "  rep: {platforms: [salesforce], within: [sales], also: [{of: [deal], create: own}]}
  payer: {platforms: [dataverse], within: [sales], also: [{of: [payment], create: own}]}\n",
    );
    let sync = "syncs: {s: {from: salesforce, to: dataverse, of: deal, into: payment}}\n";
    assert_eq!(only(PAIR, &format!("{rep}{PACK}")), [""; 0]);
    assert_eq!(only(PAIR, &format!("{rep}{PACK}{sync}")), [format!("{PAIR} @ rep")]);
    let back = sync.replace("from: salesforce, to: dataverse", "from: dataverse, to: salesforce");
    assert_eq!(only(PAIR, &format!("{rep}{PACK}{back}")), [""; 0], "written where the role is not");
}

const CLASS: &str = "platform/entity-classified-differently";

#[test]
fn copied_down() {
    let roles = "  rep: {platforms: [salesforce, dataverse], within: [sales], may: {internal: {read: own}}, never: [restricted]}\n";
    let sync = "syncs: {s: {from: dataverse, to: dataverse, of: customer, into: copy}}\n";
    let yaml = format!("{}{sync}", estate(roles));
    assert_eq!(
        only(CLASS, &yaml),
        [format!("{CLASS} @ s")],
        "a restricted field arrives in an internal asset"
    );
    assert_eq!(only(CLASS, &yaml.replace("into: copy", "into: copy, without: [customer.tax-id]")), [""; 0]);
    let there = yaml.replace("copy: {class: internal, domains: [sales], dataverse: {table: copy}}", "copy: {class: internal, domains: [sales], dataverse: {table: copy}, fields: {tax-id: {class: restricted, dataverse: tax}}}");
    assert_eq!(only(CLASS, &there), [""; 0], "a field of the same class");
    assert_eq!(
        only(CLASS, &yaml.replace("from: dataverse", "from: salesforce")),
        [""; 0],
        "not on that platform"
    );
    let rows = yaml.replace("customer:\n    class: internal", "customer:\n    class: restricted");
    assert_eq!(
        only(CLASS, &rows.replace("into: copy", "into: copy, without: [customer.tax-id]")),
        [format!("{CLASS} @ s")]
    );
    assert_eq!(only(CLASS, &yaml.replace(", into: copy", "")), [""; 0], "one asset has one class");
}
