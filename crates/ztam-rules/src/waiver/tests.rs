use ztam_source::example::example;
use ztam_source::finding::{Confidence, Finding, Level, RuleMeta, Severity, Stage};

use crate::testing::{fixed, is_around, lines, of_rule, only, with_access};
use crate::{judge, registry};

/// A rule of another part of the program that nobody may waive or lower.
static FORBIDDEN: RuleMeta = RuleMeta {
    id: "emit/wider",
    summary: "the platform can only grant more than the matrix says",
    severity: Severity::Critical,
    confidence: Confidence::Proven,
    waivable: false,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &[],
    page: "",
};

fn all(yaml: &str, others: Vec<Finding>) -> Vec<Finding> {
    with_access(
        yaml,
        None,
        |_| {},
        |access| {
            let known: Vec<_> = registry::all().map(|rule| rule.meta).chain([&FORBIDDEN]).collect();
            judge(access, others, &known)
        },
    )
}

fn of(yaml: &str) -> Vec<String> {
    let mut found = all(yaml, Vec::new());
    found.retain(|it| it.rule.id.starts_with("waiver/") || it.rule.id.starts_with("names/"));
    lines(yaml, &found)
}

/// A clerk who reads confidential data of the team, where the class allows own rows only.
fn project(rule: &str, approved: &str, from: &str, until: &str) -> String {
    format!(
        "classes: [{{id: internal}}, {{id: confidential, controls: {{widest-read: own}}}}]
domains: {{sales: {{title: Sales}}}}
assets:
  account:
    class: internal
    domains: [sales]
    salesforce: {{object: Account}}
    fields:
      limit: {{class: confidential, salesforce: Limit__c}}
roles:
  clerk: {{platforms: [salesforce], within: [sales], may: {{internal: {{read: team}}, confidential: {{read: team}}}}}}
guards:
  no-guests: {{nobody: [clerk], may: [delete], of: [account]}}
waivers:
  W-1:
    rule: {rule}
    for: [clerk]
    reason: Until the teams are cut
    owner: a@acme.example
    approved-by: {approved}
    from: {from}
    until: {until}
"
    )
}

const WIDEST: &str = "class/widest-read";

fn with(rule: &str, approved: &str, from: &str, until: &str) -> Vec<String> {
    of(&project(rule, approved, from, until))
}

#[test]
fn a_sound_waiver_excuses_and_is_silent() {
    let yaml = project(WIDEST, "[b@acme.example]", "2026-09-01", "2026-12-31");
    assert_eq!(of(&yaml), [""; 0]);
    assert_eq!(only(WIDEST, &yaml), [format!("{WIDEST} @ team (waived)")]);
}

#[test]
fn the_rule_exists_and_may_be_waived() {
    let with = |rule: &str| with(rule, "[b@acme.example]", "2026-09-01", "2026-12-31");
    assert_eq!(with("class/widest-raed"), ["waiver/invalid @ class/widest-raed"]);
    assert_eq!(with("emit/wider"), ["waiver/invalid @ emit/wider"]);
    // It exists, and finds nothing.
    assert_eq!(with("guard/no-guests"), ["waiver/unused @ W-1"]);
    assert_eq!(with("guard/no-guets"), ["waiver/invalid @ guard/no-guets"]);
}

#[test]
fn the_rule_that_was_meant_is_offered() {
    let yaml = project("class/widest-raed", "[b@acme.example]", "2026-09-01", "2026-12-31");
    let found = of_rule("waiver/invalid", &yaml);
    assert_eq!(of(&fixed(&yaml, &found[0], 0)), [""; 0]);
}

#[test]
fn dates_are_in_order_and_not_over() {
    let with = |from: &str, until: &str| with(WIDEST, "[b@acme.example]", from, until);
    assert_eq!(with("2026-09-30", "2026-09-29"), ["waiver/invalid @ 2026-09-29"]);
    assert_eq!(with("2026-09-01", "2026-09-19"), ["waiver/ended @ 2026-09-19"]);
    assert_eq!(with("2026-09-01", "2026-09-20"), ["waiver/ends-soon @ 2026-09-20"]);
    assert_eq!(with("2026-09-01", "2026-10-04"), ["waiver/ends-soon @ 2026-10-04"]);
    assert_eq!(with("2026-09-01", "2026-10-05"), [""; 0]);
    assert_eq!(with("2026-09-01", "2027-08-31"), [""; 0]);
    assert_eq!(with("2026-09-01", "2027-09-01"), ["waiver/too-long @ 2027-09-01"]);
}

#[test]
fn an_ended_waiver_names_what_it_excused() {
    let yaml = project(WIDEST, "[b@acme.example]", "2026-08-01", "2026-09-19");
    let found = of_rule("waiver/ended", &yaml);
    assert_eq!(found[0].title, "W-1 ended 1 day ago and excuses nothing any more");
    assert!(
        found[0].notes[1].starts_with("no longer excused: Clerk may read confidential data in the scope"),
        "{:?}",
        found[0].notes
    );
}

#[test]
fn somebody_else_approves() {
    let with = |approved: &str| with(WIDEST, approved, "2026-09-01", "2026-12-31");
    assert_eq!(with("[]"), ["waiver/no-approver @ W-1"]);
    assert_eq!(with("[A@acme.example]"), ["waiver/no-approver @ A@acme.example"]);
    assert_eq!(with("[b@acme.example, a@acme.example]"), ["waiver/no-approver @ a@acme.example"]);
    assert_eq!(with("[b@acme.example]"), [""; 0]);
}

#[test]
fn a_waiver_that_excuses_nothing_is_unused() {
    let yaml = project(WIDEST, "[b@acme.example]", "2026-09-01", "2026-12-31")
        .replace(", controls: {widest-read: own}", "");
    assert_eq!(of(&yaml), ["waiver/unused @ W-1"]);
    // Not yet in force.
    let later = yaml.replace("2026-09-01", "2026-09-21");
    assert_eq!(of(&later), [""; 0]);
}

#[test]
fn findings_of_others_use_a_waiver_up() {
    let yaml = project("mapping/missing-dependency", "[b@acme.example]", "2026-09-01", "2026-12-31");
    let meta =
        registry::all().find(|rule| rule.meta.id == "mapping/missing-dependency").expect("a rule").meta;
    let found = all(&yaml, vec![Finding::new(meta, "x").fact("role", "clerk")]);
    assert!(!found.iter().any(|it| it.id() == "waiver/unused"));
    assert!(found.iter().any(|it| it.waived_by.as_deref() == Some("W-1")));
}

fn leveled(rule: &str, level: &str) -> Vec<String> {
    let base = project(WIDEST, "[b@acme.example]", "2026-09-01", "2026-12-31");
    of(&format!("rules: {{levels: {{{rule}: {level}}}}}\n{base}"))
}

#[test]
fn forbid_stays() {
    assert_eq!(leveled("emit/wider", "advisory"), ["waiver/cannot-lower @ advisory"]);
    assert_eq!(leveled("emit/wider", "forbid"), [""; 0]);
    assert_eq!(leveled("waiver/unused", "off"), [""; 0]);
    assert_eq!(leveled("guard/no-guests", "advisory"), [""; 0]);
    assert_eq!(leveled("waiver/unusde", "off"), ["names/unknown @ waiver/unusde"]);
}

#[test]
fn what_a_project_forbids_no_waiver_excuses() {
    assert_eq!(leveled(WIDEST, "forbid"), [format!("waiver/invalid @ {WIDEST}")]);
    let base = project(WIDEST, "[b@acme.example]", "2026-09-01", "2026-12-31");
    assert_eq!(
        only(WIDEST, &format!("rules: {{levels: {{{WIDEST}: forbid}}}}\n{base}")),
        [format!("{WIDEST} @ team")]
    );
}

#[test]
fn pages_hold() {
    for rule in super::RULES {
        let id = rule.meta.id;
        let found = |heading| {
            let text =
                String::from_utf8(example(rule.meta.page, heading).expect("an example")).expect("a text");
            let mut found = all(&text, Vec::new());
            found.retain(|it| {
                it.id() == id || it.level >= Level::Blocking && it.waived_by.is_none() && !is_around(it)
            });
            lines(&text, &found)
        };
        let bad = found("Bad");
        assert!(bad.len() == 1 && bad[0].starts_with(id), "{id}: {bad:?}");
        assert_eq!(found("Good"), [""; 0], "{id}");
        assert!(rule.meta.page.starts_with(&format!("# {id}\n")), "{id}");
    }
}

#[test]
fn a_blank_word_says_nothing() {
    let yaml = project(WIDEST, "[b@acme.example]", "2026-09-01", "2026-12-31");
    for said in ["owner: a@acme.example", "reason: Until the teams are cut"] {
        let key = said.split(':').next().unwrap_or_default();
        let blank = yaml.replace(said, &format!("{key}: ' '"));
        assert_eq!(of(&blank), ["waiver/invalid @ ' '"], "{said}");
        assert_eq!(only(WIDEST, &blank), [format!("{WIDEST} @ team")], "{said}");
    }
    assert_eq!(with(WIDEST, "[' ']", "2026-09-01", "2026-12-31"), ["waiver/no-approver @ ' '"]);
    assert_eq!(
        with(WIDEST, "[b@acme.example, ' ']", "2026-09-01", "2026-12-31"),
        ["waiver/no-approver @ ' '"]
    );
}
