use ztam_source::finding::Finding;

use crate::testing::{examples, of_rule, only};

const EXPORT: &str = "monitoring/bulk-export-undetected";
const POWER: &str = "monitoring/privileged-use-unmonitored";
const AUDIT: &str = "monitoring/sensitive-asset-unaudited";

#[test]
fn pages_hold() {
    examples(super::RULES);
}

fn project(asset: &str, role: &str, more: &str) -> String {
    format!(
        "classes: [{{id: internal}}, {{id: secret, controls: {{audit: true}}}}]
domains: {{sales: {{}}}}
assets:
  deal: {{class: internal, domains: [sales], salesforce: {{object: Deal}}, dataverse: {{table: deal}}}}
  plan: {{class: secret, domains: [sales], salesforce: {{object: Plan}}{asset}}}
capabilities:
  out: {{salesforce: {{rights: [export]}}}}
  give: {{salesforce: {{rights: [give]}}}}
  blind: {{salesforce: {{rights: [blind]}}}}
  plain: {{salesforce: {{rights: [report]}}}}
roles:
  base: {{abstract: true, holds: [out, give]}}
  rep: {{platforms: [salesforce], within: [sales], {role}}}
{more}"
    )
}

fn monitor(keys: &str, verified: &str) -> String {
    format!(
        "monitors: {{alarm: {{by: b, {keys}}}}}
responsibilities: {{r: {{statement: s, party: customer, owner: o, verified: {verified}, attests: [alarm]}}}}\n"
    )
}

const SECRET: &str = "may: {secret: {read: own}}";

#[test]
fn an_export_of_sensitive_data_is_noticed() {
    let found = |role: &str, more: &str| only(EXPORT, &project("", role, more));
    let held = format!("{SECRET}, holds: [out]");
    let line = [format!("{EXPORT} @ out")];
    assert_eq!(found(&held, ""), line);
    assert_eq!(found(&held, &monitor("watches: [bulk-export]", "2026-09-01")), [""; 0]);
    assert_eq!(found(&held, &monitor("watches: [bulk-delete]", "2026-09-01")), line);
    assert_eq!(found(&held, &monitor("watches: [bulk-export]", "2025-09-19")), line, "366 days old");
    assert_eq!(found(&held, &monitor("watches: [bulk-export]", "2025-09-20")), [""; 0]);
    assert_eq!(found(&held, &monitor("watches: [bulk-export], platforms: [dataverse]", "2026-09-01")), line);
    assert_eq!(
        found(&held, &monitor("watches: [bulk-export], platforms: [salesforce]", "2026-09-01")),
        [""; 0]
    );
    assert_eq!(found(&held, &monitor("watches: [bulk-export], of: [base]", "2026-09-01")), line);
    assert_eq!(found(&held, &monitor("watches: [bulk-export], of: [rep]", "2026-09-01")), [""; 0]);
    assert_eq!(found("may: {internal: {read: own}}, holds: [out]", ""), [""; 0], "not sensitive");
    assert_eq!(found(&format!("{SECRET}, holds: [plain]"), ""), [""; 0]);
    assert_eq!(found(&format!("{SECRET}, extends: [base]"), ""), line, "inherited");
    let carried = format!(
        "{}carry: {{old: {{role: rep, salesforce: {{rights: [export]}}}}}}\n",
        project("", SECRET, "")
    );
    assert_eq!(only(EXPORT, &carried), [format!("{EXPORT} @ old")]);
}

#[test]
fn a_monitor_that_nothing_attests_is_told() {
    let text = project(
        "",
        &format!("{SECRET}, holds: [out]"),
        "monitors: {alarm: {by: b, watches: [bulk-export]}}\n",
    );
    let found: Vec<Finding> = of_rule(EXPORT, &text);
    assert!(
        found[0].labels.iter().any(|it| it.text.contains("nothing current attests")),
        "{:?}",
        found[0].labels
    );
}

#[test]
fn powerful_rights_are_watched() {
    let found = |role: &str, more: &str| {
        only(POWER, &project("", &format!("may: {{internal: {{read: own}}}}, {role}"), more))
    };
    assert_eq!(found("holds: [give]", ""), [format!("{POWER} @ give")]);
    assert_eq!(found("holds: [blind]", ""), [format!("{POWER} @ blind")]);
    assert_eq!(found("holds: [plain]", ""), [""; 0]);
    assert_eq!(found("holds: [give]", &monitor("watches: [role-changes]", "2026-09-01")), [""; 0]);
    assert_eq!(found("holds: [give]", &monitor("watches: [privileged-use]", "2026-09-01")), [""; 0]);
    assert_eq!(found("holds: [give]", &monitor("watches: [app-consent]", "2026-09-01")).len(), 1);
    assert_eq!(found("holds: [blind]", &monitor("watches: [audit-changes]", "2026-09-01")), [""; 0]);
    assert_eq!(found("holds: [blind]", &monitor("watches: [role-changes]", "2026-09-01")).len(), 1);
    assert_eq!(found("extends: [base]", "").len(), 1, "inherited");
}

#[test]
fn changes_of_sensitive_data_are_recorded() {
    let found = |asset: &str| only(AUDIT, &project(asset, SECRET, ""));
    assert_eq!(found(""), [format!("{AUDIT} @ plan")]);
    assert_eq!(found(", audit: {changes: true}"), [""; 0]);
    assert_eq!(found(", audit: {changes: false}").len(), 1);
    assert_eq!(found(", audit: {reads: true}").len(), 1);
    let field = "classes: [{id: internal}, {id: secret, controls: {audit: true}}]
domains: {sales: {}}
assets:
  deal:
    class: internal
    domains: [sales]
    salesforce: {object: Deal}
    fields: {margin: {class: secret, salesforce: Margin}, stage: {salesforce: Stage}}
";
    assert_eq!(only(AUDIT, field), [format!("{AUDIT} @ margin")]);
    assert_eq!(only(AUDIT, &field.replace("class: secret, ", "")), [""; 0]);
    assert_eq!(only(AUDIT, &field.replace("    fields", "    audit: {changes: true}\n    fields")), [""; 0]);
}

#[test]
fn reads_and_years_are_recorded_where_class_or_tag_ask() {
    let with = |controls: &str, asset: &str| {
        only(
            AUDIT,
            &project(&format!(", {asset}"), SECRET, "")
                .replace("audit: true}", &format!("audit: true, {controls}}}")),
        )
    };
    assert_eq!(with("audit-reads: true", "audit: {changes: true}").len(), 1);
    assert_eq!(with("audit-reads: true", "audit: {changes: true, reads: true}"), [""; 0]);
    assert_eq!(with("audit-reads: false", "audit: {changes: true}"), [""; 0]);
    assert_eq!(with("retention-days: 100", "audit: {changes: true}").len(), 1);
    assert_eq!(with("retention-days: 100", "audit: {changes: true, retention-days: 99}").len(), 1);
    assert_eq!(with("retention-days: 100", "audit: {changes: true, retention-days: 100}"), [""; 0]);
    assert_eq!(
        with("retention-days: 9", "tags: [hipaa], audit: {changes: true, retention-days: 2189}").len(),
        1
    );
    assert_eq!(
        with("retention-days: 9", "tags: [hipaa], audit: {changes: true, retention-days: 2190}"),
        [""; 0]
    );
    assert_eq!(
        with("retention-days: 9", "tags: [gdpr], audit: {changes: true, retention-days: 2189}"),
        [""; 0]
    );
}
