//! Tests of what is judged by the clearance of a role, by masks, by the protection of fields and by labels of the org.

use ztam_graph::facts::{Basis, Evidence, Implication, PlatformFacts};
use ztam_model::inventory;

use crate::testing::{findings, lines, of_rule, only, right};

const EXCEEDED: &str = "class/clearance-exceeded";
const CREEP: &str = "class/clearance-creep";
const BYPASS: &str = "class/view-all-fields-bypass";
const UNMASKED: &str = "class/unmasked-read";
const UNSECURED: &str = "class/sensitive-field-unsecured";

fn crm(roles: &str) -> String {
    format!(
        "classes:
  - id: public
  - id: internal
  - {{id: confidential, controls: {{audit: true}}}}
  - {{id: restricted, reach: named}}
domains: {{sales: {{}}}}
capabilities:
  fields: {{salesforce: {{rights: [all-fields]}}}}
  masks: {{salesforce: {{rights: [show-masked]}}}}
  rows: {{salesforce: {{rights: [ViewAllData]}}}}
  install: {{salesforce: {{rights: [install]}}}}
assets:
  case: {{class: internal, domains: [sales], salesforce: {{object: Case}}}}
  deal:
    class: internal
    domains: [sales]
    salesforce: {{object: Deal}}
    fields:
      margin: {{class: confidential, salesforce: Margin}}
      plan: {{class: restricted, salesforce: Plan}}
  payment: {{class: restricted, domains: [sales], salesforce: {{object: Payment}}}}
roles:
{roles}"
    )
}

fn near(rule: &str, roles: &str, place: &str, changes: &[(&str, &str)]) {
    assert_eq!(only(rule, &crm(roles)), [format!("{rule} @ {place}")], "{roles}");
    for (old, new) in changes {
        assert!(roles.contains(old), "{old}");
        assert_eq!(only(rule, &crm(&roles.replacen(old, new, 1))), [""; 0], "{new}");
    }
}

const VIEWER: &str = "  support-agent: {platforms: [salesforce], extends: [billing-viewer], within: [sales], may: {internal: {read: own}}}
  billing-viewer: {platforms: [salesforce], within: [sales], may: {restricted: {read: team, of: [payment]}}}\n";

#[test]
fn inherited_data_above_the_clearance() {
    let changes = [
        ("extends: [billing-viewer], ", ""),
        ("restricted: {read: team, of: [payment]}", "internal: {read: team}"),
        ("internal: {read: own}", "restricted: {read: own, of: [payment]}"),
        ("{platforms", "{justification: sees what was paid, platforms"),
    ];
    near(EXCEEDED, VIEWER, "team", &changes);
    near(CREEP, VIEWER, "billing-viewer", &changes);
    let found = of_rule(EXCEEDED, &crm(VIEWER));
    assert_eq!(found[0].severity().as_str(), "critical");
    let texts: Vec<_> = found[0].labels.iter().map(|label| label.text.as_ref()).collect();
    assert!(texts.contains(&"Support Agent extends Billing Viewer"), "{texts:?}");
    assert_eq!(of_rule(CREEP, &crm(VIEWER))[0].severity().as_str(), "high");
    let writes = VIEWER.replace("read: team", "edit: team");
    assert_eq!(only(EXCEEDED, &crm(&writes)), [""; 0], "nothing is read");
}

#[test]
fn one_word_of_a_cell_is_one_finding_led_by_the_most_sensitive() {
    let rep = |also: &str| {
        format!(
            "  rep: {{platforms: [salesforce], within: [sales], may: {{internal: {{read: own}}}}, also: [{also}]}}\n"
        )
    };
    let found = of_rule(EXCEEDED, &crm(&rep("{of: [deal.margin, deal.plan, payment], read: own}")));
    assert_eq!(found.len(), 1);
    assert!(found[0].title.contains("reads restricted data (deal)"), "{}", found[0].title);
    assert_eq!(found[0].severity().as_str(), "critical");
    assert!(
        found[0].notes.iter().any(|it| it.starts_with("same cause, 1 more: payment")),
        "{:?}",
        found[0].notes
    );
    let apart = rep("{of: [deal.margin], read: own}, {of: [payment], read: own}");
    assert_eq!(of_rule(EXCEEDED, &crm(&apart)).len(), 2, "two words are two decisions");
}

#[test]
fn a_building_block_is_part_of_the_role() {
    let block = VIEWER.replace("  billing-viewer: {", "  billing-viewer: {abstract: true, ");
    assert_eq!(only(CREEP, &crm(&block)), [""; 0]);
    assert_eq!(only(EXCEEDED, &crm(&block)), [""; 0]);
    // Behind a building block, a role that people hold is somebody else's again.
    let behind = VIEWER.replace("extends: [billing-viewer]", "extends: [block]").replace(
        "  billing-viewer:",
        "  block: {abstract: true, extends: [billing-viewer]}\n  billing-viewer:",
    );
    assert_eq!(only(CREEP, &crm(&behind)), [format!("{CREEP} @ billing-viewer")]);
    assert_eq!(only(EXCEEDED, &crm(&behind)).len(), 1);
    // A role without cells of its own is made of what it extends.
    let made = VIEWER.replace(", may: {internal: {read: own}}}", "}");
    assert_eq!(only(CREEP, &crm(&made)), [""; 0]);
    assert_eq!(only(EXCEEDED, &crm(&made)), [""; 0]);
}

#[test]
fn the_narrower_role_may_be_extended() {
    let around = "  intern: {platforms: [salesforce], within: [sales], may: {internal: {read: own}}}
  analyst: {platforms: [salesforce], extends: [intern], within: [sales], may: {restricted: {read: own, of: [payment]}}}\n";
    assert_eq!(only(CREEP, &crm(around)), [""; 0]);
    assert_eq!(only(EXCEEDED, &crm(around)), [""; 0]);
}

#[test]
fn a_cell_that_names_what_the_role_does_not_speak_of() {
    let names = "  clerk: {platforms: [salesforce], within: [sales], may: {internal: {read: own}}, also: [{of: [deal.margin], read: own}]}\n";
    let changes =
        [("deal.margin", "deal"), ("{read: own}}, also", "{read: own}, confidential: {create: own}}, also")];
    near(EXCEEDED, names, "own", &changes);
    assert_eq!(of_rule(EXCEEDED, &crm(names))[0].severity().as_str(), "high");
    assert_eq!(of_rule(EXCEEDED, &crm(&names.replace("margin", "plan")))[0].severity().as_str(), "critical");
    near(EXCEEDED, names, "own", &[("may: {internal: {read: own}}", "may: {internal: {edit: own}}")]);
}

#[test]
fn a_right_opens_more_than_the_role_speaks_of() {
    let holds =
        "  clerk: {platforms: [salesforce], within: [sales], may: {internal: {read: own}}, holds: [rows]}\n";
    near(
        EXCEEDED,
        holds,
        "rows",
        &[("rows", "masks"), ("internal: {read: own}", "restricted: {read: own, of: [payment]}")],
    );
    let carried = "  clerk: {platforms: [salesforce], within: [sales], may: {internal: {read: own}}}\ncarry:\n  legacy: {role: clerk, salesforce: {rights: [ViewAllData]}}\n";
    near(EXCEEDED, carried, "legacy", &[("ViewAllData", "export")]);
    let text = crm(&holds.replace("rows", "install"));
    let found = |evidence| {
        let found = findings(&text, |facts: &mut PlatformFacts| {
            if facts.platform == "salesforce" {
                let (from, to) = (right(facts, "install"), right(facts, "ViewAllData"));
                facts.implications.push(Implication { from, to, evidence, basis: Basis::default() });
            }
        });
        found.iter().filter(|it| it.id() == EXCEEDED).count()
    };
    assert_eq!((found(Evidence::Documented), found(Evidence::Unverified)), (1, 0));
}

#[test]
fn a_right_over_fields() {
    let holds = "  clerk: {platforms: [salesforce], within: [sales], may: {internal: {read: own}}, holds: [fields]}\n";
    let changes = [
        ("fields", "masks"),
        ("internal: {read: own}", "internal: {create: own}"),
        ("internal: {read: own}", "internal: {read: own}, restricted: {edit: own, of: [payment]}"),
    ];
    near(BYPASS, holds, "fields", &changes);
    let found = of_rule(BYPASS, &crm(holds));
    assert!(found[0].title.contains("deal.plan (restricted)"), "the most sensitive one: {}", found[0].title);
    let cleared = holds.replace("internal: {read: own}", "internal: {read: own}, confidential: {read: own}");
    assert_eq!(only(BYPASS, &crm(&cleared)).len(), 1, "restricted is above confidential");
    let heir = format!("{holds}  heir: {{platforms: [salesforce], extends: [clerk]}}\n");
    assert_eq!(only(BYPASS, &crm(&heir)).len(), 2);
}

#[test]
fn masks_need_a_reason() {
    let cell = "  clerk: {platforms: [salesforce], within: [sales], may: {internal: {read: own}, confidential: {read: own, unmask: own}}}\n";
    let changes = [
        (", unmask: own", ""),
        ("unmask: own", "unmask: own, because: checks fraud"),
        ("{platforms", "{justification: checks fraud, platforms"),
        ("internal: {read: own}", "internal: {create: own}"),
    ];
    near(UNMASKED, cell, "own", &changes);
    let holds = "  clerk: {platforms: [salesforce], within: [sales], may: {internal: {read: own}, confidential: {read: own}}, holds: [masks]}\n";
    let changes = [
        ("masks", "rows"),
        (", confidential: {read: own}", ""),
        ("{platforms", "{justification: checks fraud, platforms"),
    ];
    near(UNMASKED, holds, "masks", &changes);
    let heir = format!("{holds}  heir: {{platforms: [salesforce], extends: [clerk]}}\n");
    assert_eq!(only(UNMASKED, &crm(&heir)).len(), 2);
}

#[test]
fn a_field_that_is_not_protected() {
    let text = crm("  clerk: {platforms: [salesforce], within: [sales], may: {internal: {read: own}}}\n");
    let found = |text: &str, secured: Option<bool>| {
        let mut found = findings(text, |facts| {
            for field in facts.fields.iter_mut().flatten() {
                field.secured = secured;
            }
        });
        found.retain(|it| it.id() == UNSECURED);
        found
    };
    let open = found(&text, Some(false));
    assert_eq!(lines(&text, &open), [format!("{UNSECURED} @ plan"), format!("{UNSECURED} @ margin")]);
    assert_eq!(open.iter().map(|it| it.severity().as_str()).collect::<Vec<_>>(), ["critical", "high"]);
    assert!(found(&text, Some(true)).is_empty());
    assert!(found(&text, None).is_empty(), "nothing is known");
    let ordinary = text
        .replace("margin: {class: confidential, ", "margin: {")
        .replace("plan: {class: restricted, ", "plan: {");
    assert!(found(&ordinary, Some(false)).is_empty());
}

/// What is found about labels, with the fields of an object as the org has them.
fn labels(text: &str, fields: &str) -> Vec<String> {
    let inventory = format!(
        r#"{{"format_version": 1, "platform": "salesforce", "objects": {{"deal": {{"fields": {{{fields}}}}}}}}}"#
    );
    let inventory = inventory::read(&inventory).unwrap();
    let found = crate::testing::findings_with_inventory(text, inventory);
    found.into_iter().filter(|it| it.id() == "class/platform-label-mismatch").map(|it| it.title).collect()
}

#[test]
fn labels_of_the_org() {
    let text = crm("  clerk: {platforms: [salesforce], within: [sales], may: {internal: {read: own}}}\n");
    let margin = |more: &str| labels(&text, &format!(r#""margin": {{{more}}}"#));
    let is = |found: Vec<String>, expected: &str| assert_eq!(found, [expected]);
    is(
        margin(r#""classification": "Internal""#),
        "deal.margin on Salesforce is labelled `Internal`, and confidential in the matrix",
    );
    assert_eq!(margin(r#""classification": "Confidential""#), [""; 0]);
    is(
        margin(r#""classification": "Confidential", "compliance": ["PII"]"#),
        "deal.margin on Salesforce is under `PII`, and has no such tag in the matrix",
    );
    let tagged = text.replace("margin: {class", "margin: {tags: [pii], class");
    let pii = r#""margin": {"classification": "Confidential", "compliance": ["PII"]}"#;
    assert_eq!(labels(&tagged, pii), [""; 0]);
    let plan = r#""margin": {"classification": "Confidential"}, "plan": {}"#;
    is(labels(&text, plan), "deal.plan on Salesforce has no label, and is restricted in the matrix");
    assert_eq!(labels(&text, r#""margin": {}, "plan": {}"#), [""; 0], "the org has no labels");
}
