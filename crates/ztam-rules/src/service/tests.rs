use crate::testing::{examples, findings, of_rule, only, right};
use ztam_graph::facts::{Basis, Evidence, Implication, PlatformFacts};

const POWER: &str = "service/privileged-non-human-uncompensated";
const SIGN_IN: &str = "service/non-human-interactive";
const APP: &str = "service/connected-app-overreach";
const AGENT: &str = "service/agent-exceeds-principal";

#[test]
fn pages_hold() {
    examples(super::RULES);
}

fn project(roles: &str, more: &str) -> String {
    format!(
        "classes: [{{id: public}}, {{id: internal}}, {{id: secret, controls: {{audit: true}}}}]
domains: {{sales: {{}}}}
assets:
  page: {{class: public, domains: [sales], salesforce: {{object: Page}}}}
  deal: {{class: internal, domains: [sales], salesforce: {{object: Deal}}}}
  plan: {{class: secret, domains: [sales], salesforce: {{object: Plan}}}}
capabilities:
  all: {{salesforce: {{rights: [edit-all]}}}}
  out: {{salesforce: {{rights: [export]}}}}
  brings: {{salesforce: {{rights: [one]}}}}
roles:
{roles}{more}"
    )
}

fn machine(keys: &str) -> String {
    project(
        &format!("  sync: {{platforms: [salesforce], within: [sales], purpose: p, owner: o, {keys}}}\n"),
        "",
    )
}

fn account(safeguards: &str) -> String {
    format!(
        "account: {{sign-in: application, safeguards: [{safeguards}], created: 2026-01-01, last-used: 2026-09-01}}"
    )
}

#[test]
fn a_powerful_machine_needs_two_safeguards() {
    let found =
        |keys: &str, safeguards: &str| only(POWER, &machine(&format!("{keys}, {}", account(safeguards))));
    let held = "kind: service, holds: [all], may: {internal: {read: own}}";
    assert_eq!(found(held, "network"), [format!("{POWER} @ all")]);
    assert_eq!(found(held, "network, network"), [format!("{POWER} @ all")], "the same twice is one");
    assert_eq!(found(held, "network, rotation"), [""; 0]);
    assert_eq!(found("kind: agent, holds: [all], may: {internal: {read: own}}", "").len(), 1);
    assert_eq!(found("kind: employee, holds: [all], may: {internal: {read: own}}", ""), [""; 0]);
    assert_eq!(
        found("kind: service, holds: [out], may: {internal: {read: own}}", ""),
        [""; 0],
        "not that powerful"
    );
    assert_eq!(found("kind: service, may: {internal: {read: org, edit: unit}}", ""), [""; 0]);
    assert_eq!(
        found("kind: service, may: {internal: {read: org, edit: org}}", ""),
        [format!("{POWER} @ org")]
    );
    assert_eq!(found("kind: service, may: {public: {read: org, edit: org}}", ""), [""; 0], "public");
}

#[test]
fn a_powerful_machine_is_inventoried() {
    let held = format!(
        "kind: service, holds: [all], may: {{internal: {{read: own}}}}, {}",
        account("network, rotation")
    );
    for missing in ["purpose: p, ", "owner: o, ", ", created: 2026-01-01", ", last-used: 2026-09-01"] {
        assert_eq!(
            only(POWER, &machine(&held).replace(missing, "")),
            [format!("{POWER} @ all")],
            "{missing}"
        );
    }
}

#[test]
fn what_a_right_brings_and_what_is_inherited_or_carried_makes_a_machine_powerful() {
    let implying = |facts: &mut PlatformFacts| {
        if facts.platform == "salesforce" {
            let (from, to) = (right(facts, "one"), right(facts, "edit-all"));
            let evidence = Evidence::Documented;
            facts.implications.push(Implication { from, to, evidence, basis: Basis::default() });
        }
    };
    let held = machine(&format!(
        "kind: service, holds: [brings], may: {{internal: {{read: own}}}}, {}",
        account("")
    ));
    assert_eq!(findings(&held, implying).iter().filter(|it| it.id() == POWER).count(), 1);
    assert_eq!(only(POWER, &held), [""; 0]);
    let inherited = project(
        &format!(
            "  base: {{abstract: true, holds: [all]}}\n  sync: {{platforms: [salesforce], within: [sales], kind: service, extends: [base], {}}}\n",
            account("")
        ),
        "",
    );
    assert_eq!(only(POWER, &inherited), [format!("{POWER} @ all")]);
    let carried = format!(
        "{}carry: {{old: {{role: sync, salesforce: {{rights: [edit-all]}}}}}}\n",
        machine(&format!("kind: service, may: {{internal: {{read: own}}}}, {}", account("")))
    );
    assert_eq!(only(POWER, &carried), [format!("{POWER} @ old")]);
}

#[test]
fn a_machine_signs_in_as_an_application() {
    let found = |keys: &str| only(SIGN_IN, &machine(&format!("may: {{internal: {{read: own}}}}, {keys}")));
    assert_eq!(found("kind: service"), [format!("{SIGN_IN} @ sync")]);
    assert_eq!(found("kind: service, account: {sign-in: interactive}"), [format!("{SIGN_IN} @ interactive")]);
    assert_eq!(found("kind: service, account: {sign-in: application}"), [""; 0]);
    assert_eq!(found("kind: employee"), [""; 0]);
    assert_eq!(found("kind: service, account: {sign-in: application, systems: [erp]}"), [""; 0]);
    assert_eq!(
        found("kind: service, account: {sign-in: application, systems: [erp, mail]}"),
        [format!("{SIGN_IN} @ mail")]
    );
}

#[test]
fn people_and_machines_share_no_role() {
    let roles = |base: &str, more: &str| {
        project(
            &format!(
                "  base: {{platforms: [salesforce], within: [sales], kind: {base}, may: {{internal: {{read: own}}}}, \
                 account: {{sign-in: application}}}}
  clerk: {{platforms: [salesforce], within: [sales], may: {{internal: {{read: own}}}}{more}}}\n"
            ),
            "",
        )
    };
    assert_eq!(only(SIGN_IN, &roles("service", ", extends: [base]")), [format!("{SIGN_IN} @ base")]);
    assert_eq!(only(SIGN_IN, &roles("employee", ", extends: [base]")), [""; 0]);
    let set = |base: &str| format!("{}together: {{both: [base, clerk]}}\n", roles(base, ""));
    assert_eq!(only(SIGN_IN, &set("service")), [format!("{SIGN_IN} @ both")]);
    assert_eq!(only(SIGN_IN, &set("employee")), [""; 0]);
}

fn app(keys: &str) -> Vec<String> {
    let roles = "  sync: {platforms: [salesforce], within: [sales], kind: service, may: {internal: {read: own}}, account: {sign-in: application}}
  clerk: {platforms: [salesforce], within: [sales], may: {internal: {read: own}}}
  root: {platforms: [salesforce], within: [sales], kind: service, may: {internal: {read: own}}, holds: [all], account: {sign-in: application}}\n";
    only(APP, &project(roles, &format!("apps: {{loader: {{platform: salesforce, {keys}}}}}\n")))
}

#[test]
fn an_application_asks_for_little() {
    let narrow = "scopes: [api], users: approved, refresh: bounded, any-network: false, device-flow: false, runs-as: sync";
    assert_eq!(app(narrow), [""; 0]);
    for (narrow_word, wide) in [
        ("[api]", "[full]"),
        ("approved", "everyone"),
        ("bounded", "unbounded"),
        ("any-network: false", "any-network: true"),
        ("device-flow: false", "device-flow: true"),
        ("sync", "clerk"),
        ("sync", "root"),
    ] {
        assert_eq!(app(&narrow.replace(narrow_word, wide)).len(), 1, "{wide}");
    }
}

fn agent(keys: &str, acts_for: &str) -> String {
    project(
        &format!(
            "  clerk: {{platforms: [salesforce], within: [sales], may: {{internal: {{read: team, edit: own}}}}}}
  boss: {{platforms: [salesforce], within: [sales], may: {{internal: {{read: org}}, secret: {{read: org, edit: org}}}}, holds: [out]}}
  helper: {{platforms: [salesforce], within: [sales], kind: agent, {keys}, account: {{sign-in: application{acts_for}}}}}\n"
        ),
        "",
    )
}

#[test]
fn an_agent_does_what_its_people_may() {
    let found = |may: &str, acts_for: &str| only(AGENT, &agent(may, acts_for));
    let clerk = ", acts-for: [clerk]";
    assert_eq!(found("may: {internal: {read: team}}", clerk), [""; 0]);
    assert_eq!(found("may: {internal: {read: own, edit: own}}", clerk), [""; 0]);
    assert_eq!(found("may: {internal: {read: unit}}", clerk), [format!("{AGENT} @ unit")]);
    assert_eq!(found("may: {internal: {read: team, edit: team}}", clerk), [format!("{AGENT} @ team")]);
    assert_eq!(found("may: {secret: {read: own}}", clerk), [format!("{AGENT} @ own")]);
    assert_eq!(found("may: {secret: {read: own}}", ", acts-for: [boss]"), [""; 0]);
    assert_eq!(found("may: {secret: {read: own}}", ", acts-for: [boss, clerk]"), [format!("{AGENT} @ own")]);
    assert_eq!(found("may: {internal: {read: team}}", ""), [format!("{AGENT} @ helper")]);
    assert!(!found("holds: [all]", clerk).is_empty());
}

#[test]
fn a_person_approves_what_an_agent_changes_or_takes_out() {
    let found =
        |keys: &str, approved: &str| only(AGENT, &agent(keys, &format!(", acts-for: [boss]{approved}")));
    let approved = ", approved-by-person: true";
    assert_eq!(found("may: {secret: {read: own, edit: own}}", "").len(), 1);
    assert_eq!(found("may: {secret: {read: own, edit: own}}", approved), [""; 0]);
    assert_eq!(found("may: {secret: {read: own}}", ""), [""; 0]);
    assert_eq!(found("may: {secret: {read: own}}, holds: [out]", "").len(), 1);
    assert_eq!(found("may: {secret: {read: own}}, holds: [out]", approved), [""; 0]);
    let title =
        &of_rule(AGENT, &agent("may: {secret: {read: own, edit: own}}", ", acts-for: [boss]"))[0].title;
    assert_eq!(title, "Helper edits Plan by itself: no person approves it");
}

#[test]
fn a_machine_that_reads_all_data_is_powerful() {
    let rule = "service/privileged-non-human-uncompensated";
    let text = |kind: &str, right: &str| {
        format!(
            "classes: [{{id: internal}}]
domains: {{sales: {{}}}}
assets:
  deal: {{class: internal, domains: [sales], salesforce: {{object: Deal}}}}
capabilities:
  see: {{risk: critical, salesforce: {{rights: [{right}]}}}}
roles:
  sync: {{kind: {kind}, platforms: [salesforce], within: [sales], may: {{internal: {{read: own}}}}, holds: [see]}}
"
        )
    };
    assert_eq!(only(rule, &text("service", "ViewAllData")), [format!("{rule} @ see")]);
    assert_eq!(only(rule, &text("employee", "ViewAllData")), [""; 0]);
    assert_eq!(only(rule, &text("service", "show-masked")), [""; 0]);
}
