use ztam_source::finding::{Level, Severity};

use crate::testing::{check, examples, findings_with_assignments, of_rule, only};

const OWNER: &str = "lifecycle/owner-missing";
const REVIEW: &str = "lifecycle/review-overdue";
const UNBOUNDED: &str = "lifecycle/temporary-grant-unbounded";

#[test]
fn pages_hold() {
    examples(super::RULES);
}

/// A project with a role `ops` as given, and capabilities that are powerful or not.
fn project(role: &str, more: &str) -> String {
    format!(
        "classes: [{{id: internal}}, {{id: secret, controls: {{audit: true, review-days: 30}}}}]
domains: {{sales: {{owner: sales@acme.example}}}}
assets:
  deal: {{class: internal, domains: [sales], salesforce: {{object: Deal}}}}
  plan: {{class: secret, domains: [sales], salesforce: {{object: Plan}}}}
  card: {{class: internal, tags: [pci], domains: [sales], salesforce: {{object: Card}}}}
capabilities:
  give: {{salesforce: {{rights: [give]}}}}
  other: {{salesforce: {{rights: [report]}}}}
roles:
  parent: {{purpose: p, owner: team, abstract: true, within: [sales], holds: [give]}}
  ops: {{purpose: p, owner: team, platforms: [salesforce], within: [sales], {role}}}
{more}"
    )
}

const READS: &str = "also: [{of: [deal], read: own}]";

#[test]
fn a_role_needs_an_owner_and_a_purpose() {
    let with = |keys: &str| {
        only(OWNER, &project(READS, "").replace("ops: {purpose: p, owner: team", &format!("ops: {{{keys}")))
    };
    assert_eq!(with("purpose: p, owner: team"), [""; 0]);
    assert_eq!(with("purpose: p"), [format!("{OWNER} @ ops")]);
    assert_eq!(with("owner: team"), [format!("{OWNER} @ ops")]);
    assert_eq!(with("purpose: p, owner: \" \""), [format!("{OWNER} @ ops")]);
    assert_eq!(with("purpose: p, owner: ops"), [format!("{OWNER} @ ops")], "the role itself");
    assert_eq!(with("purpose: p, owner: opsy"), [""; 0]);
    let title =
        &of_rule(OWNER, &project(READS, "").replace("ops: {purpose: p, owner: team", "ops: {purpose: p"))[0]
            .title;
    assert_eq!(title, "nobody answers for Ops");
}

#[test]
fn an_abstract_role_and_an_application_need_one_too() {
    let text = project(READS, "").replace("parent: {purpose: p, owner: team", "parent: {purpose: p");
    assert_eq!(only(OWNER, &text), [format!("{OWNER} @ parent")]);
    let app = |keys: &str| {
        only(OWNER, &project(READS, &format!("apps: {{loader: {{platform: salesforce{keys}}}}}\n")))
    };
    assert_eq!(app(", owner: team, purpose: p"), [""; 0]);
    assert_eq!(app(", purpose: p"), [format!("{OWNER} @ loader")]);
}

#[test]
fn an_asset_has_the_owner_of_a_domain() {
    let text = project(READS, "").replace("{owner: sales@acme.example}", "{}");
    assert_eq!(only(OWNER, &text).len(), 3);
    assert!(of_rule(OWNER, &text).iter().all(|it| it.level == Level::Advisory));
    assert_eq!(
        only(OWNER, &text.replace("domains: [sales], salesforce", "domains: [sales], owner: x, salesforce")),
        [""; 0]
    );
}

#[test]
fn an_owner_who_left_answers_for_nothing() {
    let found = |csv: &str| {
        let found = findings_with_assignments(&project(READS, ""), csv);
        found.into_iter().filter(|it| it.id() == OWNER).map(|it| it.title).collect::<Vec<_>>()
    };
    let left = ["who answers for Ops is no longer there", "who answers for Parent is no longer there"];
    assert_eq!(found("person,role,from,until\nteam,ops,,2026-09-19\n"), left);
    assert_eq!(found("person,role,from,until\nteam,ops,,2026-09-20\n"), [""; 0]);
    assert_eq!(found("person,role,from,until\nteam,ops,,2026-09-19\nteam,ops,2026-09-20,\n"), [""; 0]);
}

fn review(role: &str) -> Vec<(String, Severity)> {
    let found = of_rule(REVIEW, &project(role, ""));
    found.into_iter().map(|it| (it.title.clone(), it.severity())).collect()
}

#[test]
fn a_powerful_role_is_reviewed_every_90_days() {
    let days = |reviewed: &str| review(&format!("{READS}, holds: [give], reviewed: {reviewed}"));
    assert_eq!(
        days("2026-03-04"),
        [("what Ops may do was last reviewed 200 days ago".to_owned(), Severity::High)]
    );
    assert_eq!(days("2026-06-21").len(), 1, "91 days");
    assert_eq!(days("2026-06-22"), [], "90 days");
    assert_eq!(days("2026-09-21").len(), 1, "in the future");
    assert_eq!(review(&format!("{READS}, holds: [give]")).len(), 1, "never");
    assert_eq!(review(&format!("{READS}, holds: [other]")), [], "not powerful");
    assert_eq!(review(&format!("{READS}, extends: [parent]")).len(), 1, "by a role that it extends");
}

#[test]
fn others_are_reviewed_as_kind_class_and_tag_ask() {
    let sees = |keys: &str| review(keys).first().map(|it| it.1);
    assert_eq!(sees(&format!("{READS}, reviewed: 2025-11-24")), None, "300 days");
    assert_eq!(sees(&format!("{READS}, reviewed: 2025-09-19")), Some(Severity::Medium), "366 days");
    assert_eq!(sees(&format!("{READS}, kind: service, reviewed: 2026-06-21")), Some(Severity::Medium));
    assert_eq!(sees(&format!("{READS}, kind: service, reviewed: 2026-06-22")), None);
    assert_eq!(sees(&format!("{READS}, kind: administrator")), Some(Severity::High));
    assert_eq!(
        sees("also: [{of: [card], read: own}], reviewed: 2026-03-21"),
        Some(Severity::Medium),
        "183 days"
    );
    assert_eq!(sees("also: [{of: [card], read: own}], reviewed: 2026-03-22"), None);
    assert_eq!(
        sees("also: [{of: [plan], read: own}], reviewed: 2026-08-20"),
        Some(Severity::Medium),
        "31 days"
    );
    assert_eq!(sees("also: [{of: [plan], read: own}], reviewed: 2026-08-21"), None);
}

#[test]
fn emergency_access_is_noticed() {
    let monitor = |watches: &str, verified: &str| {
        format!(
            "monitors: {{alarm: {{watches: [{watches}], by: b}}}}
responsibilities: {{r: {{statement: s, party: customer, owner: o, verified: {verified}, attests: [alarm]}}}}\n"
        )
    };
    let found = |more: &str| only(UNBOUNDED, &project(&format!("{READS}, kind: break-glass"), more));
    assert_eq!(found(""), [format!("{UNBOUNDED} @ break-glass")]);
    assert_eq!(found(&monitor("break-glass-use", "2026-09-01")), [""; 0]);
    assert_eq!(found(&monitor("privileged-use", "2026-09-01")), [format!("{UNBOUNDED} @ break-glass")]);
    assert_eq!(
        found(&monitor("break-glass-use", "2025-09-01")),
        [format!("{UNBOUNDED} @ break-glass")],
        "too old"
    );
    assert_eq!(only(UNBOUNDED, &project(&format!("{READS}, kind: administrator"), "")), [""; 0]);
}

#[test]
fn people_from_outside_have_an_end() {
    let found = |kind: &str, line: &str| {
        let csv = format!("person,role,from,until\n{line}\n");
        let found = findings_with_assignments(&project(&format!("{READS}, kind: {kind}"), ""), &csv);
        found.iter().filter(|it| it.id() == UNBOUNDED).count()
    };
    assert_eq!(found("external", "pat,ops,2026-01-01,"), 1);
    assert_eq!(found("external", "pat,ops,2026-01-01,2026-12-31"), 0);
    assert_eq!(found("external", "pat,ops,2026-01-01,2027-01-01"), 1);
    assert_eq!(found("employee", "pat,ops,2026-01-01,"), 0);
}

#[test]
fn a_project_that_answers_for_everything_is_clean() {
    let found = check(&project(READS, ""));
    assert!(!found.iter().any(|it| it.starts_with("lifecycle/")), "{found:?}");
}
