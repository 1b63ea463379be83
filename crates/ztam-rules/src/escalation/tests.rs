use ztam_graph::facts::{Basis, Evidence, Implication, PlatformFacts};
use ztam_source::finding::{Confidence, Finding, Level, Severity};

use crate::testing::{examples, findings, of_rule, only, right};

const SHADOW: &str = "escalation/shadow-admin";
const PATH: &str = "escalation/escalation-path";
const UNJUSTIFIED: &str = "escalation/privileged-permission-unjustified";
const BEYOND: &str = "escalation/grants-beyond-own";
const TAKEOVER: &str = "escalation/identity-takeover";
const ACTS_AS: &str = "escalation/impersonation-privilege";
const MOVES: &str = "escalation/hierarchy-manipulation";
const BLINDS: &str = "escalation/audit-tampering";
const FORGES: &str = "escalation/attribution-forgery";
const APPS: &str = "escalation/self-authorised-app";

/// Two capabilities, `a` and `b`, of some rights, and roles.
fn project(a: &str, b: &str, roles: &str) -> String {
    format!(
        "classes: [{{id: public}}, {{id: secret, reach: named}}]
domains: {{sales: {{title: Sales}}}}
assets:
  note: {{class: public, domains: [sales], salesforce: {{object: Note}}}}
  deal: {{class: secret, domains: [sales], tags: [sox], salesforce: {{object: Deal}}}}
capabilities:
  a: {{salesforce: {{rights: [{a}]}}}}
  b: {{salesforce: {{rights: [{b}]}}}}
roles:
{roles}"
    )
}

fn role(id: &str, more: &str) -> String {
    format!("  {id}: {{platforms: [salesforce], within: [sales], {more}}}\n")
}

const SAID: &str = "owner: a@b, justification: Because, reviewed: 2026-09-01";

fn one(id: &str, yaml: &str) -> Finding {
    let mut found = of_rule(id, yaml);
    assert_eq!(found.len(), 1, "{found:#?}");
    found.remove(0)
}

#[test]
fn the_examples_of_the_pages_hold() {
    examples(super::RULES);
}

#[test]
fn a_powerful_right_needs_justification_owner_and_review() {
    let of = |said: &str| project("ManageInteraction", "plain", &role("ops", &format!("holds: [a], {said}")));
    let found = one(UNJUSTIFIED, &of("title: Ops"));
    assert_eq!(found.severity(), Severity::Critical);
    assert!(
        found.title.contains("a `justification` and an `owner` and a date of `reviewed`"),
        "{}",
        found.title
    );
    assert_eq!(of_rule(UNJUSTIFIED, &of(SAID)).len(), 0);
    for missing in ["owner: a@b, ", "justification: Because, ", ", reviewed: 2026-09-01"] {
        assert_eq!(of_rule(UNJUSTIFIED, &of(&SAID.replace(missing, ""))).len(), 1, "{missing}");
    }
    let none = project("ViewRoles", "plain", &role("ops", "holds: [a]"));
    assert_eq!(of_rule(UNJUSTIFIED, &none).len(), 0, "no tier");
}

#[test]
fn the_tier_decides_the_severity() {
    let rights = [
        ("ManageInteraction", Severity::Critical),
        ("ResetPasswords", Severity::High),
        ("CreateAuditFields", Severity::Medium),
    ];
    for (name, severity) in rights {
        let text = project(name, "plain", &role("ops", "holds: [a]"));
        assert_eq!(one(UNJUSTIFIED, &text).severity(), severity, "{name}");
    }
}

#[test]
fn an_undeclared_administrator_is_found_by_the_closure() {
    let of = |rights: &str, kind: &str| {
        project(rights, "plain", &role("ops", &format!("holds: [a], kind: {kind}")))
    };
    let found = one(SHADOW, &of("ManageInteraction", "employee"));
    assert_eq!((found.severity(), found.level), (Severity::Critical, Level::Blocking));
    assert!(
        found.notes.iter().any(|it| it.starts_with("step 1: Ops has `ManageInteraction`")),
        "{:#?}",
        found.notes
    );
    assert_eq!(found.helps.len(), 1);
    assert!(
        found.helps[0].starts_with("take out 1 grant and no way is left: `a` in `holds` of `ops`"),
        "{:?}",
        found.helps
    );
    for kind in ["administrator", "break-glass"] {
        assert_eq!(of_rule(SHADOW, &of("ManageInteraction", kind)).len(), 0);
    }
    assert_eq!(of_rule(SHADOW, &of("ManageRoles", "employee")).len(), 0, "tier 1 alone");
    // By what another right brings along: proven if documented, else advice.
    for (evidence, confidence) in
        [(Evidence::Documented, Confidence::Proven), (Evidence::Unverified, Confidence::Advisory)]
    {
        let found = with_pair(&of("one", "employee"), "one", "InstallPackaging", evidence);
        let found: Vec<_> = found.into_iter().filter(|it| it.id() == SHADOW).collect();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].confidence(), confidence);
    }
}

fn with_pair(text: &str, from: &str, to: &str, evidence: Evidence) -> Vec<Finding> {
    findings(text, |facts: &mut PlatformFacts| {
        if facts.platform == "salesforce" {
            let (from, to) = (right(facts, from), right(facts, to));
            facts.implications.push(Implication { from, to, evidence, basis: Basis::default() });
        }
    })
}

/// A help desk, somebody who could be taken over, and perhaps a set that one person holds.
fn help_desk(rights: &str, admin: &str, more: &str) -> String {
    let roles =
        role("desk", "holds: [a]") + &role("chief", &format!("kind: administrator, holds: [{admin}]"));
    project(rights, "ManageProfilesPermissionsets", &roles) + more
}

#[test]
fn a_way_over_somebody_else_is_told_step_by_step() {
    let found = one(PATH, &help_desk("ResetPasswords, DelegatedTwoFactor", "b", ""));
    assert_eq!((found.severity(), found.level), (Severity::Critical, Level::Blocking));
    let step = |text: &str| found.notes.iter().any(|it| it.contains(text));
    assert!(
        step("step 1: Desk has `DelegatedTwoFactor` and `ResetPasswords`")
            || step("step 1: Desk has `ResetPasswords` and `DelegatedTwoFactor`"),
        "{:#?}",
        found.notes
    );
    assert!(
        step("so comes to Chief") && step("Chief has `ManageProfilesPermissionsets`"),
        "{:#?}",
        found.notes
    );
    assert!(
        found.facts.iter().any(|(key, value)| *key == "cut" && value == "a in holds of desk"),
        "{:?}",
        found.facts
    );
}

#[test]
fn half_of_a_way_is_none() {
    for rights in ["ResetPasswords", "DelegatedTwoFactor", "ViewSetup, ViewRoles"] {
        assert_eq!(of_rule(PATH, &help_desk(rights, "b", "")).len(), 0, "{rights}");
    }
    // Nobody to take over: no role of the project has more.
    assert_eq!(of_rule(PATH, &help_desk("ResetPasswords, DelegatedTwoFactor", "a", "")).len(), 0);
}

#[test]
fn a_condition_stays_in_the_way_and_makes_it_advice() {
    let found = one(PATH, &help_desk("AssignPermissionSets", "b", ""));
    assert_eq!((found.confidence(), found.level), (Confidence::Advisory, Level::Advisory));
    assert!(found.notes.iter().any(|it| it.contains(", if the licence fits")), "{:#?}", found.notes);
}

#[test]
fn bounded_edges_lead_nowhere() {
    for rights in ["prvAssignRole", "prvActOnBehalfOfAnotherUser"] {
        let text = help_desk(rights, "b", "");
        assert_eq!(only(PATH, &text), [""; 0], "{rights}");
        assert_eq!(only(SHADOW, &text), [""; 0], "{rights}");
        assert_eq!(only(BEYOND, &text), [""; 0], "{rights}");
    }
}

#[test]
fn two_roles_of_one_person_go_further_than_each() {
    let roles = role("resets", "holds: [a]") + &role("unlocks", "holds: [b]");
    let chief = role("chief", "kind: administrator, holds: [c]");
    let text = project("ResetPasswords", "DelegatedTwoFactor", &(roles + &chief))
        .replace("roles:\n", "  c: {salesforce: {rights: [ManageProfilesPermissionsets]}}\nroles:\n");
    assert_eq!(of_rule(PATH, &text).len(), 0, "nobody holds both");
    let found = one(PATH, &(text + "together: {desk: [resets, unlocks]}\n"));
    assert!(found.title.starts_with("whoever holds desk"), "{}", found.title);
    assert!(found.helps[0].starts_with("take out 1 grant"), "{:?}", found.helps);
    assert!(found.facts.contains(&("together", "desk".to_owned())));
}

#[test]
fn the_cut_goes_through_what_roles_share() {
    let roles = "  base: {abstract: true, holds: [a]}\n".to_owned()
        + "  more: {abstract: true, holds: [b]}\n"
        + &role("ops", "extends: [base, more]");
    let text = project("ManageInteraction", "InstallPackaging", &roles);
    let found = one(SHADOW, &text);
    assert!(found.helps[0].starts_with("take out 2 grants"), "{:?}", found.helps);
    assert!(found.notes.iter().any(|it| it.starts_with("way 2, step 1")), "{:#?}", found.notes);
}

#[test]
fn delegated_administration_reaches_the_listed_roles_only() {
    let roles = |given: &str| {
        role("lead", &format!("may: {{public: {{read: own}}}}, assigns: [{given}]"))
            + &role("same", "may: {public: {read: own}}")
            + &role("strong", "holds: [a], kind: administrator")
            + &role("higher", "may: {secret: {read: own, of: [deal]}}")
    };
    let of = |rights: &str, given: &str| project(rights, "plain", &roles(given));
    assert_eq!(of_rule(BEYOND, &of("ManageInteraction", "same")).len(), 0);
    assert_eq!(of_rule(PATH, &of("ManageInteraction", "same")).len(), 0);
    assert_eq!(one(BEYOND, &of("ManageInteraction", "strong")).severity(), Severity::High);
    assert_eq!(one(PATH, &of("ManageInteraction", "strong")).severity(), Severity::Critical);
    assert_eq!(one(PATH, &of("ManageRoles", "strong")).severity(), Severity::High, "identities and grants");
    assert_eq!(of_rule(PATH, &of("CreateAuditFields", "strong")).len(), 0);
    let by_data = one(BEYOND, &of("plain", "higher"));
    assert!(by_data.notes[0].contains("reaches secret data"), "{:?}", by_data.notes);
    // What changes all data cannot be delegated.
    let all = findings(&of("ModifyAllData", "strong"), |facts| {
        if facts.platform == "salesforce" {
            let all = right(facts, "ModifyAllData");
            facts.rights[all].tier = Some(ztam_graph::facts::Tier { level: 0, confirmed: true });
        }
    });
    assert!(!all.iter().any(|it| it.id() == PATH));
}

#[test]
fn automation_with_the_rights_of_the_system_counts() {
    let of = |runs_as: &str| {
        let text = project("RunFlow", "ManageInteraction", &role("clerk", "holds: [a]"));
        let automation = format!("a: {{automation: {{runs-as: {runs_as}, does: {{hold: [b]}}}}, salesforce:");
        text.replace("a: {salesforce:", &automation)
    };
    let found = one(PATH, &of("system"));
    assert!(
        found.notes.iter().any(|it| it.contains("runs with the rights of the system")),
        "{:#?}",
        found.notes
    );
    assert_eq!(of_rule(PATH, &of("user")).len(), 0);
}

#[test]
fn giving_roles_needs_a_stronger_one_to_give() {
    let of = |admin: &str, kind: &str| {
        let roles = role("lead", &format!("holds: [a], kind: {kind}"))
            + &role("chief", &format!("kind: administrator, holds: [{admin}]"));
        project("AssignPermissionSets", "ManageInteraction", &roles)
    };
    assert_eq!(one(BEYOND, &of("b", "employee")).level, Level::Blocking);
    assert_eq!(of_rule(BEYOND, &of("a", "employee")).len(), 0, "nobody is stronger");
    assert_eq!(of_rule(BEYOND, &of("b", "administrator")).len(), 0);
    let defines = project("ManageProfilesPermissionsets", "plain", &role("lead", "holds: [a]"));
    assert_eq!(of_rule(BEYOND, &defines).len(), 1, "who defines roles is always beyond");
}

#[test]
fn taking_over_is_worse_where_there_is_more_to_take() {
    let of = |right: &str, admin: &str| help_desk(right, admin, "");
    assert_eq!(one(TAKEOVER, &of("DelegatedTwoFactor", "b")).severity(), Severity::Critical);
    assert_eq!(one(TAKEOVER, &of("DelegatedTwoFactor", "a")).severity(), Severity::High);
    assert_eq!(of_rule(TAKEOVER, &of("SelfReset", "b")).len(), 0);
}

#[test]
fn acting_in_the_name_of_others_needs_a_harmless_service() {
    let of = |right: &str, kind: &str, may: &str| {
        project(right, "plain", &role("bot", &format!("holds: [a], kind: {kind}, may: {may}")))
    };
    let public = "{public: {read: own}}";
    assert_eq!(
        one(ACTS_AS, &of("prvActOnBehalfOfAnotherUser", "employee", public)).severity(),
        Severity::High
    );
    assert_eq!(of_rule(ACTS_AS, &of("prvActOnBehalfOfAnotherUser", "service", public)).len(), 0);
    for may in ["{public: {read: own, delete: own}}", "{secret: {read: own, of: [deal]}}"] {
        assert_eq!(of_rule(ACTS_AS, &of("prvActOnBehalfOfAnotherUser", "service", may)).len(), 1, "{may}");
    }
    assert_eq!(of_rule(ACTS_AS, &of("plain", "employee", public)).len(), 0);
}

#[test]
fn moving_people_is_for_administrators_who_are_watched() {
    let of = |kind: &str, monitor: &str| {
        let text = project("ManageRoles", "plain", &role("it", &format!("holds: [a], kind: {kind}")));
        format!("{text}{monitor}")
    };
    let monitor =
        |watches: &str, of: &str| format!("monitors: {{m: {{watches: [{watches}], of: [{of}], by: D-1}}}}\n");
    assert_eq!(of_rule(MOVES, &of("employee", &monitor("role-changes", "it"))).len(), 1);
    assert_eq!(of_rule(MOVES, &of("administrator", "")).len(), 1);
    assert_eq!(of_rule(MOVES, &of("administrator", &monitor("role-changes", "it"))).len(), 0);
    assert_eq!(of_rule(MOVES, &of("administrator", &monitor("bulk-export", "it"))).len(), 1);
}

#[test]
fn tampering_is_worse_with_work_to_hide() {
    let of =
        |right: &str, may: &str| project(right, "plain", &role("audit", &format!("holds: [a], may: {may}")));
    assert_eq!(one(BLINDS, &of("blind", "{public: {read: own}}")).severity(), Severity::High);
    assert_eq!(one(BLINDS, &of("blind", "{public: {edit: own}}")).severity(), Severity::Critical);
    assert_eq!(one(BLINDS, &of("blind, give", "{public: {read: own}}")).severity(), Severity::Critical);
    assert_eq!(of_rule(BLINDS, &of("prvReadAuditSummary", "{public: {edit: own}}")).len(), 0);
}

#[test]
fn forging_is_worse_beside_financial_work() {
    let of =
        |right: &str, may: &str| project(right, "plain", &role("clerk", &format!("holds: [a], may: {may}")));
    assert_eq!(one(FORGES, &of("CreateAuditFields", "{public: {edit: own}}")).severity(), Severity::Medium);
    let financial = "{secret: {edit: own, of: [deal]}}";
    assert_eq!(one(FORGES, &of("CreateAuditFields", financial)).severity(), Severity::High);
    assert_eq!(
        one(FORGES, &of("CreateAuditFields", "{secret: {read: own, of: [deal]}}")).severity(),
        Severity::Medium
    );
    assert_eq!(of_rule(FORGES, &of("plain", financial)).len(), 0);
    let unconfirmed = findings(&of("CreateAuditFields", financial), |facts| {
        for right in facts.rights.iter_mut() {
            right.tier = right.tier.map(|tier| ztam_graph::facts::Tier { confirmed: false, ..tier });
        }
    });
    let unconfirmed = unconfirmed.iter().find(|it| it.id() == FORGES).unwrap();
    assert_eq!((unconfirmed.severity(), unconfirmed.level), (Severity::Low, Level::Advisory));
}

#[test]
fn letting_applications_in_is_waived_with_an_end_only() {
    let text = project("CanApproveUninstalledApps", "plain", &role("rep", "holds: [a]"));
    assert_eq!(one(APPS, &text).severity(), Severity::Critical);
    assert_eq!(of_rule(APPS, &text.replace("CanApproveUninstalledApps", "CanApproveApps")).len(), 0);
    let waiver = "waivers: {W-1: {rule: escalation/self-authorised-app, for: [rep], reason: r, owner: a@b, approved-by: [c@d, e@f], from: 2026-09-01, until: 2026-10-01}}\n";
    assert!(one(APPS, &(text + waiver)).waived_by.is_some());
}

#[test]
fn what_no_source_confirms_is_advice() {
    let text = project("CanApproveUninstalledApps", "plain", &role("rep", "holds: [a]"));
    let found = findings(&text, |facts| {
        for right in facts.rights.iter_mut() {
            right.tier = right.tier.map(|tier| ztam_graph::facts::Tier { confirmed: false, ..tier });
        }
    });
    let found = found.iter().find(|it| it.id() == APPS).unwrap();
    assert_eq!((found.confidence(), found.level), (Confidence::Advisory, Level::Advisory));
}
