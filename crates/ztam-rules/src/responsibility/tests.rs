use crate::testing::{examples, of_rule, only};

const UNOWNED: &str = "responsibility/responsibility-unowned";
const STALE: &str = "responsibility/responsibility-evidence-stale";
const MISASSIGNED: &str = "responsibility/responsibility-misassigned";

#[test]
fn pages_hold() {
    examples(super::RULES);
}

fn duty(keys: &str) -> String {
    format!("responsibilities:\n  r: {{statement: s, {keys}}}\n")
}

#[test]
fn a_responsibility_has_an_owner() {
    assert_eq!(only(UNOWNED, &duty("party: customer, owner: cto")), [""; 0]);
    assert_eq!(only(UNOWNED, &duty("party: customer")), [format!("{UNOWNED} @ r")]);
    assert_eq!(only(UNOWNED, &duty("party: customer, owner: \"\"")), [format!("{UNOWNED} @ r")]);
}

#[test]
fn the_pack_asks_for_every_duty() {
    let all: Vec<_> = ztam_model::packs::shared_responsibility::DUTIES.iter().map(|it| it.name).collect();
    let covers =
        |names: &[&str]| duty(&format!("party: customer, owner: cto, covers: [{}]", names.join(", ")));
    let pack = "packs: {shared-responsibility: {}}\n";
    let found = of_rule(UNOWNED, &format!("{pack}{}", covers(&["mfa"])));
    assert_eq!(found.len(), 1, "one finding for the pack");
    assert!(found[0].notes[0].starts_with("same cause, 35 more"), "{:?}", found[0].notes);
    assert_eq!(only(UNOWNED, &covers(&["mfa"])), [""; 0], "not switched on");
    assert_eq!(only(UNOWNED, &format!("{pack}{}", covers(&all))), [""; 0]);
    let without: Vec<_> = all.iter().copied().filter(|it| *it != "recovery-owner").collect();
    assert_eq!(
        only(UNOWNED, &format!("{pack}{}", covers(&without))),
        [format!("{UNOWNED} @ shared-responsibility")]
    );
    let left_out = "packs: {shared-responsibility: {without: {recovery-owner: nothing to lose}}}\n";
    assert_eq!(only(UNOWNED, &format!("{left_out}{}", covers(&without))), [""; 0]);
}

#[test]
fn evidence_ends() {
    let found = |keys: &str| only(STALE, &duty(&format!("party: customer, owner: cto, {keys}")));
    let restore = "evidence: e, covers: [restore-tested]";
    assert_eq!(found(&format!("{restore}, verified: 2024-11-02")), [format!("{STALE} @ 2024-11-02")]);
    assert_eq!(found(&format!("{restore}, verified: 2026-03-24")), [""; 0], "180 days");
    assert_eq!(found(&format!("{restore}, verified: 2026-03-23")).len(), 1, "181 days");
    assert_eq!(found(&format!("{restore}, verified: 2026-09-21")).len(), 1, "in the future");
    assert_eq!(found(restore), [format!("{STALE} @ r")], "never");
    assert_eq!(
        found("covers: [restore-tested], verified: 2026-09-01"),
        [format!("{STALE} @ r")],
        "no evidence"
    );
    assert_eq!(found("verified: 2026-08-01, max-age-days: 50"), [""; 0]);
    assert_eq!(found("verified: 2026-08-01, max-age-days: 49").len(), 1);
    assert_eq!(found("verified: 2025-09-19").len(), 1, "a year, where nothing says how long");
    assert_eq!(found("max-age-days: 9").len(), 1);
    assert_eq!(found("evidence: e"), [""; 0], "asks for none");
}

#[test]
fn duties_stay_with_whose_they_are() {
    let found = |keys: &str| only(MISASSIGNED, &duty(keys));
    assert_eq!(found("party: provider, covers: [mfa]"), [format!("{MISASSIGNED} @ provider")]);
    assert_eq!(found("party: customer, covers: [mfa]"), [""; 0]);
    assert_eq!(found("party: shared, covers: [mfa]"), [""; 0]);
    assert_eq!(found("party: provider"), [""; 0]);
    assert_eq!(found("party: customer, covers: [encryption-keys]"), [format!("{MISASSIGNED} @ customer")]);
    assert_eq!(found("party: shared, covers: [encryption-keys]"), [""; 0]);
    let both = format!(
        "{}  other: {{statement: t, party: provider, covers: [encryption-keys]}}\n",
        duty("party: customer, covers: [encryption-keys]")
    );
    assert_eq!(only(MISASSIGNED, &both), [""; 0]);
}
