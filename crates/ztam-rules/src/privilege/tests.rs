use ztam_graph::facts::{Basis, Evidence, Implication, PlatformFacts, Tier};
use ztam_source::finding::{Confidence, Severity};

use crate::testing::{examples, findings, lines, only, right};

const ALL: &str = "privilege/org-wide-data-permission";
const IMPLIED: &str = "matrix/implied-privilege-undeclared";

#[test]
fn examples_of_the_pages() {
    // What rights bring along is known by the back ends.
    for rule in super::RULES.iter().filter(|rule| rule.meta.id != IMPLIED) {
        examples(std::slice::from_ref(rule));
    }
}

fn project(kind: &str, rights: &str, holds: &str) -> String {
    format!(
        "classes: [{{id: internal}}]
domains: {{sales: {{title: Sales}}}}
assets:
  account: {{class: internal, domains: [sales], salesforce: {{object: Account}}}}
capabilities:
  power: {{salesforce: {{rights: {rights}}}}}
  other: {{salesforce: {{rights: [brought]}}}}
roles:
  base: {{abstract: true, holds: {holds}}}
  clerk:
    kind: {kind}
    platforms: [salesforce]
    extends: [base]
    within: [sales]
    may: {{internal: {{read: org}}}}
"
    )
}

#[test]
fn all_data_needs_a_kind_that_runs_the_platform() {
    assert_eq!(only(ALL, &project("employee", "[read-all]", "[power]")), [format!("{ALL} @ power")]);
    assert_eq!(only(ALL, &project("service", "[read-all]", "[power]")), [format!("{ALL} @ power")]);
    for kind in ["administrator", "break-glass"] {
        assert_eq!(only(ALL, &project(kind, "[read-all]", "[power]")), [""; 0]);
    }
    assert_eq!(only(ALL, &project("employee", "[export]", "[power]")), [""; 0]);
    assert_eq!(only(ALL, &project("employee", "[read-all]", "[other]")), [""; 0]);
}

/// `install` brings `read-all`, `one` brings `brought`.
fn implying(evidence: Evidence) -> impl Fn(&mut PlatformFacts) {
    move |facts| {
        for (from, to) in [("install", "read-all"), ("one", "brought")] {
            if facts.platform == "salesforce" {
                let (from, to) = (right(facts, from), right(facts, to));
                facts.implications.push(Implication { from, to, evidence, basis: Basis::default() });
            }
        }
    }
}

fn with(yaml: &str, evidence: Evidence, id: &str) -> Vec<String> {
    let mut found = findings(yaml, implying(evidence));
    found.retain(|it| it.id() == id);
    lines(yaml, &found)
}

#[test]
fn what_a_right_brings_counts() {
    let text = project("employee", "[install]", "[power]");
    assert_eq!(with(&text, Evidence::Documented, ALL), [format!("{ALL} @ power")]);
    assert_eq!(with(&text, Evidence::Unverified, ALL), [format!("{ALL} @ power")]);
    let confidence = |evidence| {
        let found = findings(&text, implying(evidence));
        found.iter().find(|it| it.id() == ALL).unwrap().confidence()
    };
    assert_eq!(confidence(Evidence::Documented), Confidence::Proven);
    assert_eq!(confidence(Evidence::Unverified), Confidence::Advisory, "one source is no proof");
    let mut found = findings(&text, implying(Evidence::Documented));
    found.retain(|it| it.id() == ALL);
    assert!(found[0].notes[0].contains("install brings read-all"), "{:?}", found[0].notes);
}

#[test]
fn what_comes_along_is_listed_or_said() {
    let text = project("employee", "[one]", "[power]");
    assert_eq!(with(&text, Evidence::Documented, IMPLIED), [format!("{IMPLIED} @ power")]);
    // Another capability of the role lists it.
    assert_eq!(with(&project("employee", "[one]", "[power, other]"), Evidence::Documented, IMPLIED), [""; 0]);
    assert_eq!(
        with(&project("employee", "[one, brought]", "[power]"), Evidence::Documented, IMPLIED),
        [""; 0]
    );
}

#[test]
fn a_carried_right_is_found_at_its_block() {
    let mut text = project("employee", "[export]", "[power]");
    text.push_str("carry:\n  legacy: {role: clerk, why: imported, salesforce: {rights: [read-all]}}\n");
    assert_eq!(only(ALL, &text), [format!("{ALL} @ legacy")]);
}

/// Three classes, one of them named, and two platforms; `sales-rep` with the given lines.
fn crm(lines: &str) -> String {
    format!(
        "classes:
  - id: public
  - id: internal
  - {{id: confidential, controls: {{audit: true}}}}
  - {{id: restricted, reach: named}}
domains: {{sales: {{}}, service: {{}}, finance: {{}}}}
capabilities:
  office: {{risk: low, salesforce: {{rights: [export]}}}}
  way-out: {{risk: high, salesforce: {{rights: [export]}}}}
  erase: {{risk: critical, salesforce: {{rights: [BulkApiHardDelete]}}}}
  code: {{risk: critical, salesforce: {{rights: [code]}}}}
  two: {{salesforce: {{rights: [code, other]}}}}
assets:
  brochure: {{class: public, domains: [sales, service, finance], salesforce: {{object: Brochure}}}}
  case: {{class: internal, domains: [service], salesforce: {{object: Case}}}}
  deal:
    class: internal
    domains: [sales]
    salesforce: {{object: Deal}}
    dataverse: {{table: deal}}
    fields:
      margin: {{class: confidential, salesforce: Margin, dataverse: margin}}
  contract: {{class: confidential, domains: [sales], salesforce: {{object: Contract}}, dataverse: {{table: contract}}}}
  invoice: {{class: confidential, domains: [finance], salesforce: {{object: Invoice}}}}
  payment: {{class: restricted, domains: [sales], salesforce: {{object: Payment}}}}
roles:
  sales-rep:
    platforms: [salesforce]
    within: [sales]
{lines}"
    )
}

fn rep(rule: &str, lines: &str) -> Vec<String> {
    only(rule, &crm(lines))
}

/// Fires at a place, and not with one word changed.
fn near(rule: &str, lines: &str, place: &str, changes: &[(&str, &str)]) {
    assert_eq!(rep(rule, lines), [format!("{rule} @ {place}")], "{lines}");
    for (old, new) in changes {
        assert!(lines.contains(old), "{old}");
        assert_eq!(rep(rule, &lines.replacen(old, new, 1)), [""; 0], "{new}");
    }
}

/// The severity of the only finding of a rule.
fn severity(rule: &str, lines: &str) -> &'static str {
    let found = crate::testing::of_rule(rule, &crm(lines));
    assert_eq!(found.len(), 1, "{found:#?}");
    found[0].severity().as_str()
}

/// A role that only inherits what `sales-rep` has.
const HEIR: &str = "  heir: {platforms: [salesforce], extends: [sales-rep]}\n";

#[test]
fn all_rows_need_a_reason() {
    let rule = "privilege/org-wide-row-scope";
    let cell = "    may: {confidential: {edit: org}}\n";
    let reasons = [
        ("edit: org", "edit: unit"),
        ("edit: org", "edit: org, because: yearly review"),
        ("    may", "    justification: yearly review\n    may"),
        ("confidential: {edit: org}", "internal: {edit: org}"),
    ];
    near(rule, cell, "org", &reasons);
    near(rule, "    may: {confidential: {edit: org, because: \" \"}}\n", "org", &[("\" \"", "audit")]);
    assert_eq!(severity(rule, cell), "high");
    assert_eq!(severity(rule, "    may: {restricted: {edit: org, of: [payment]}}\n"), "critical");
    assert_eq!(severity(rule, "    may: {restricted: {read: org, of: [payment]}}\n"), "high");
    assert_eq!(rep(rule, &format!("{cell}{HEIR}")).len(), 2, "whoever inherits it has it");
    let justified = HEIR.replace("{platforms", "{justification: audit, platforms");
    assert_eq!(rep(rule, &format!("{cell}{justified}")).len(), 1, "each role says it for itself");
    let field = "    may: {internal: {edit: org}}\n    also: [{of: [deal.margin], edit: org}]\n";
    near(rule, field, "org", &[("{internal: {edit: org}}", "{internal: {edit: unit}}")]);
    let elsewhere = "    may: {confidential: {edit: org}}\n    holds: [way-out]\n";
    let text = crm(elsewhere).replace("platforms: [salesforce]", "platforms: []");
    assert_eq!(only(rule, &text), [""; 0], "on no platform it reaches nothing");
}

#[test]
fn a_carried_right_over_all_rows_needs_a_reason() {
    use ztam_graph::facts::{Effect, EffectOn};
    use ztam_graph::scopes::ScopeWord;
    use ztam_model::words::{Action, Scope};
    let text = crm("    may: {internal: {read: own}}\n");
    let text = format!("{text}carry:\n  legacy: {{role: sales-rep, salesforce: {{rights: [view-all]}}}}\n");
    let view_all = |on: &'static str| {
        move |facts: &mut PlatformFacts| {
            let assets =
                facts.assets.iter_ids().filter(|(_, it)| it.as_ref().is_some_and(|it| &*it.name == on));
            let on = EffectOn::Assets(assets.map(|(id, _)| id).collect());
            let (rows, fields) = (ScopeWord::of(Action::Read, Scope::Org), ScopeWord::NONE);
            let id = right(facts, "view-all");
            facts.rights[id].effects = vec![Effect { on, rows, fields }];
        }
    };
    let found = |text: &str, on: &'static str| {
        let mut found = findings(text, view_all(on));
        found.retain(|it| it.id() == "privilege/org-wide-row-scope");
        lines(text, &found)
    };
    assert_eq!(found(&text, "contract"), ["privilege/org-wide-row-scope @ legacy"]);
    assert_eq!(found(&text, "deal"), [""; 0], "internal");
    assert_eq!(
        found(&text.replace("    within", "    justification: audit\n    within"), "contract"),
        [""; 0]
    );
}

#[test]
fn deleting_needs_a_reason() {
    let rule = "privilege/delete-without-reason";
    let cell = "    may: {internal: {delete: own}}\n";
    let changes = [
        ("delete: own", "edit: own"),
        ("delete: own", "delete: own, because: duplicates"),
        ("internal", "public"),
        ("    may", "    justification: duplicates\n    may"),
    ];
    near(rule, cell, "own", &changes);
    assert_eq!(severity(rule, cell), "medium");
    assert_eq!(severity(rule, "    also: [{of: [payment], delete: own}]\n"), "high");
    let bulk = "privilege/bulk-or-hard-delete";
    let all = "    may: {confidential: {delete: org}}\n";
    near(bulk, all, "org", &[("org", "unit"), ("confidential", "internal"), ("org", "org, because: purge")]);
    assert_eq!(rep(rule, all), [""; 0], "one finding for one word");
    assert_eq!(severity(bulk, "    may: {restricted: {delete: org, of: [payment]}}\n"), "critical");
}

#[test]
fn a_temporary_grant_has_a_reason() {
    let grant = "temporary:\n  T-1: {role: sales-rep, within: [sales], may: {confidential: {read: org, delete: own, share: own}}, reason: r, owner: a@a.example, approved-by: [b@a.example], from: 2026-09-01, until: 2026-09-30}\n";
    let text = format!("{}{grant}", crm("    may: {internal: {read: own}}\n"));
    for rule in ["org-wide-row-scope", "delete-without-reason", "share-or-reassign-right"] {
        assert_eq!(only(&format!("privilege/{rule}"), &text), [""; 0]);
    }
}

#[test]
fn erasing_for_good_needs_a_reason() {
    let rule = "privilege/bulk-or-hard-delete";
    let holds = "    may: {internal: {read: own}}\n    holds: [erase]\n";
    near(rule, holds, "erase", &[("erase", "way-out"), ("    may", "    justification: purge\n    may")]);
    assert_eq!(rep(rule, &format!("{holds}{HEIR}")).len(), 2);
    let carried = "    may: {internal: {read: own}}\ncarry:\n  legacy: {role: sales-rep, salesforce: {rights: [BulkApiHardDelete]}}\n";
    near(rule, carried, "legacy", &[("BulkApiHardDelete", "export")]);
    let unverified = findings(&crm(holds), |facts| {
        let id = right(facts, "BulkApiHardDelete");
        facts.rights[id].evidence = Evidence::Unverified;
    });
    let found = unverified.iter().find(|it| it.id() == rule).unwrap();
    assert_eq!(found.level, ztam_source::finding::Level::Advisory);
    assert!(found.notes.iter().any(|it| it.contains("not verified")), "{:?}", found.notes);
}

#[test]
fn a_way_out_is_declared() {
    let rule = "privilege/undeclared-export-channel";
    let holds = "    may: {internal: {read: own}, confidential: {read: own}}\n    holds: [office]\n";
    let changes = [
        ("office", "way-out"),
        ("confidential: {read: own}", "confidential: {create: own}"),
        ("    may", "    justification: reports to the board\n    may"),
    ];
    near(rule, holds, "office", &changes);
    assert_eq!(rep(rule, &holds.replace("office", "office, way-out")).len(), 1, "hidden is hidden");
    assert_eq!(severity(rule, holds), "high");
    assert_eq!(severity(rule, &format!("    kind: external\n{holds}")), "critical");
    let carried = "    may: {confidential: {read: own}}\ncarry:\n  legacy: {role: sales-rep, salesforce: {rights: [export]}}\n";
    near(rule, carried, "legacy", &[("[export]", "[table]")]);
    let named = crm(carried).replace("{audit: true}", "{audit: true, export: named}");
    assert_eq!(only(rule, &named), [""; 0], "another rule says it");
    let other = crm(holds).replace("platforms: [salesforce]", "platforms: [dataverse]");
    assert_eq!(only(rule, &other), [""; 0], "the way out is on the other platform");
}

#[test]
fn passing_rows_on_needs_a_reason() {
    let rule = "privilege/share-or-reassign-right";
    for action in ["share", "assign"] {
        let cell = format!("    may: {{confidential: {{{action}: team}}}}\n");
        near(rule, &cell, "team", &[("confidential", "internal"), ("team", "team, because: second signer")]);
    }
    assert_eq!(severity(rule, "    may: {restricted: {share: own, of: [payment]}}\n"), "medium");
    assert_eq!(rep(rule, "    may: {confidential: {share: org}}\n"), [""; 0], "all rows are another rule's");
    let right = "    may: {confidential: {read: own}}\ncarry:\n  legacy: {role: sales-rep, salesforce: {rights: [hand-over]}}\n";
    near(rule, right, "legacy", &[("hand-over", "other"), ("confidential", "internal")]);
}

#[test]
fn a_field_without_its_row() {
    let rule = "privilege/inert-field-grant";
    let cells = "    may: {internal: {read: own}}\n    also: [{of: [deal.margin], edit: own}]\n";
    near(
        rule,
        cells,
        "deal.margin",
        &[("read: own}", "read: own, edit: own}"), ("edit: own}]", "read: own}]")],
    );
    let two = cells.replace("deal.margin", "deal.margin, contract.end");
    let two = crm(&two)
        .replace("dataverse: {table: contract}}", "fields: {end: {class: internal, salesforce: End}}}");
    let found: Vec<_> = findings(&two, |_| {}).into_iter().filter(|it| it.id() == rule).collect();
    assert_eq!(found.len(), 1, "one word, one finding");
    assert!(
        found[0].notes.iter().any(|it| it.contains("same cause, 1 more: edit contract.end")),
        "{:?}",
        found[0].notes
    );
    let mate = "  clerk: {platforms: [salesforce], within: [sales], may: {internal: {edit: own}}}\n";
    assert_eq!(rep(rule, &format!("{cells}{mate}")).len(), 1);
    let together = format!("{cells}{mate}together: {{both: [sales-rep, clerk]}}\n");
    assert_eq!(rep(rule, &together), [""; 0], "the row may come from a role held with it");
    assert_eq!(rep(rule, &format!("{cells}{HEIR}")).len(), 2);
    let heir = HEIR.replace("extends", "within: [sales], may: {internal: {edit: own}}, extends");
    assert_eq!(rep(rule, &format!("{cells}{heir}")).len(), 1, "the heir has the row");
}

#[test]
fn meant_to_change_nothing() {
    let rule = "privilege/read-only-intent-violated";
    let cell = "    read-only: true\n    may: {internal: {edit: own}}\n";
    near(rule, cell, "own", &[("edit", "read"), ("true", "false")]);
    let heir = HEIR.replace("{platforms", "{read-only: true, platforms");
    assert_eq!(
        rep(rule, &format!("    may: {{internal: {{create: own}}}}\n{heir}")),
        [format!("{rule} @ own")]
    );
    let holds = "    read-only: true\n    may: {internal: {read: own}}\n    holds: [code]\n";
    near(rule, holds, "code", &[("code", "way-out")]);
    let all = "    read-only: true\n    may: {internal: {read: own}}\ncarry:\n  legacy: {role: sales-rep, salesforce: {rights: [ModifyAllData]}}\n";
    near(rule, all, "legacy", &[("ModifyAllData", "ViewAllData")]);
}

#[test]
fn said_again() {
    let rule = "privilege/redundant-grant";
    let cell = "    may: {internal: {read: team}}\n  heir: {platforms: [salesforce], extends: [sales-rep], within: [sales], may: {internal: {read: own}}}\n";
    near(
        rule,
        cell,
        "own",
        &[
            ("read: own", "read: unit"),
            ("read: own", "edit: own"),
            ("within: [sales], may", "within: [service], may"),
        ],
    );
    near(
        rule,
        &cell.replace("internal: {read: own}", "internal: {read: own, of: [deal]}"),
        "own",
        &[("read: team", "read: team, of: [case]")],
    );
    let abstract_base = cell.replacen("    may", "    abstract: true\n    may", 1);
    assert_eq!(rep(rule, &abstract_base).len(), 1, "a building block is an ancestor too");
    let holds = "    may: {internal: {read: own}}\n    holds: [code]\n  heir: {platforms: [salesforce], extends: [sales-rep], holds: [code]}\n";
    near(rule, holds, "code", &[("holds: [code]}", "holds: [way-out]}")]);
    near(rule, "    holds: [code, two]\n", "code", &[("two", "erase")]);
    let conditional =
        format!("conditions: {{mfa: {{salesforce: {{by: session-activation}}}}}}\n{}", crm(cell));
    let when = conditional.replace("{read: team}", "{read: team, when: [mfa]}");
    assert_eq!(only(rule, &conditional).len(), 1);
    assert_eq!(only(rule, &when), [""; 0], "the inherited one holds under a condition");
}

#[test]
fn a_right_that_comes_along_is_said_again() {
    let text = crm("    holds: [code, erase]\n");
    let found = |evidence| {
        let found = findings(&text, |facts| {
            if facts.platform == "salesforce" {
                let (from, to) = (right(facts, "code"), right(facts, "BulkApiHardDelete"));
                facts.implications.push(Implication { from, to, evidence, basis: Basis::default() });
            }
        });
        found.iter().filter(|it| it.id() == "privilege/redundant-grant").count()
    };
    assert_eq!((found(Evidence::Documented), found(Evidence::Unverified)), (1, 0));
}

#[test]
fn without_a_bound() {
    let rule = "privilege/wildcard-grant";
    let all = |within: &str, may: &str| {
        crm("    holds: [way-out]\n")
            .replace("within: [sales]\n", &format!("within: [{within}]\n    may: {{{may}}}\n"))
    };
    let everything = all("sales, service, finance", "confidential: {read: own}");
    assert_eq!(only(rule, &everything), [format!("{rule} @ confidential")]);
    assert_eq!(only(rule, &everything.replace("sales, service, finance", "sales, finance")), [""; 0]);
    assert_eq!(only(rule, &everything.replace("confidential: {read", "public: {read")), [""; 0]);
    assert_eq!(
        only(
            rule,
            &everything
                .replace("platforms: [salesforce]", "kind: administrator\n    platforms: [salesforce]")
        ),
        [""; 0]
    );
    assert_eq!(
        only(rule, &all("sales, service, finance", "confidential: {read: own, of: [invoice]}")),
        [""; 0]
    );
    let heir = format!("{everything}{HEIR}");
    assert_eq!(only(rule, &heir).len(), 2);
    let third = everything
        .replace(
            "  payment:",
            "  quote: {class: confidential, domains: [sales], salesforce: {object: Quote}}\n  payment:",
        )
        .replace(
            "{confidential: {read: own}}",
            "{confidential: {read: own, of: [invoice, contract, quote]}}",
        );
    assert_eq!(only(rule, &third), [format!("{rule} @ invoice")], "a list of all there is");
    assert_eq!(only(rule, &third.replace("contract, quote]", "contract]")), [""; 0]);
}

#[test]
fn held_by_nobody() {
    let rule = "privilege/unused-role-or-grant";
    let text = crm(
        "    may: {internal: {read: own}}\n  clerk: {platforms: [salesforce], within: [sales], may: {internal: {read: own}}}\n",
    );
    let found = |text: &str, csv: &str| {
        let mut found = crate::testing::findings_with_assignments(text, csv);
        found.retain(|it| it.id() == rule);
        lines(text, &found)
    };
    assert_eq!(found(&text, "person,role\nana,sales-rep\n"), [format!("{rule} @ clerk")]);
    assert_eq!(found(&text, "person,role\nana,sales-rep\nben,clerk\n"), [""; 0]);
    assert_eq!(found(&text, "person,role\n"), [""; 0], "no word about people, no judgement");
    assert_eq!(
        found(&text.replace("clerk: {", "clerk: {kind: guest, "), "person,role\nana,sales-rep\n"),
        [""; 0]
    );
    let elsewhere = findings(&crm("").replace("[sales]\n\n", "[sales]\n"), |facts| {
        facts.unread_parts = facts.role_names.iter_ids().map(|(id, _)| id).collect();
    });
    assert!(!elsewhere.iter().any(|it| it.id() == rule), "nobody knows what the rest of it gives");
    let nothing = "    holds: [code]\n  clerk: {within: [sales], may: {internal: {read: own}}}\n";
    near(rule, nothing, "clerk", &[("{within", "{platforms: [salesforce], within")]);
    let machine = "    kind: service\n    account: {created: 2026-01-01, last-used: 2026-06-21}\n    may: {internal: {read: own}}\n";
    near(rule, machine, "2026-06-21", &[("2026-06-21", "2026-06-22"), ("2026-01-01", "2026-07-01")]);
    assert_eq!(severity(rule, machine), "medium");
}

#[test]
fn what_comes_along_is_as_bad_as_its_tier_and_as_sure_as_its_source() {
    let tiered = |evidence, tier: Option<u8>| {
        let found = findings(&project("employee", "[one]", "[power]"), |facts| {
            implying(evidence)(facts);
            let it = right(facts, "brought");
            facts.rights[it].tier = tier.map(|level| Tier { level, confirmed: true });
        });
        let found = found.into_iter().find(|it| it.id() == IMPLIED).unwrap();
        (found.severity(), found.confidence())
    };
    assert_eq!(tiered(Evidence::Documented, Some(3)), (Severity::High, Confidence::Proven));
    assert_eq!(tiered(Evidence::Documented, None), (Severity::Low, Confidence::Proven));
    assert_eq!(tiered(Evidence::Unverified, Some(3)), (Severity::High, Confidence::Advisory));
}

#[test]
fn what_the_vendor_ships_is_no_floor() {
    const BROAD: &str = "privilege/broad-base-role";
    let found = |profile: &str| {
        let yaml = project("administrator", "[export]", "[other]");
        only(BROAD, &format!("{yaml}    salesforce: {{profile: {profile}}}\n"))
    };
    assert_eq!(found("System Administrator"), [format!("{BROAD} @ System Administrator")]);
    for other in ["Minimum Access - Salesforce", "System Administrator Light"] {
        assert_eq!(found(other), [""; 0]);
    }
    assert_eq!(only(BROAD, &project("employee", "[export]", "[other]")), [""; 0], "none is named");
}
