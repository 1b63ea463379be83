//! What reading a file and putting files together tells: rule, place and words.

use std::sync::Arc;

use serde_json::json;
use ztam_source::file::FileId;
use ztam_source::finding::{Finding, Safety};

use crate::lower::{FileItems, assemble, read_file};
use crate::rules;
use crate::schema::{PlatformSchema, Position};
use crate::shape::ShapeCheck;

fn check() -> ShapeCheck {
    let part = json!({
        "type": "object",
        "properties": {"object": {"type": "string"}, "sharing": {"$ref": "#/$defs/Sharing"}},
        "required": ["object"],
        "$defs": {"Sharing": {"type": "string", "enum": ["private", "public"]}}
    });
    ShapeCheck::new(vec![PlatformSchema {
        platform: "anvil",
        title: "Anvil",
        parts: vec![(Position::Asset, part)],
    }])
}

/// Files are read by several threads with one check.
const _: () = {
    const fn shared<T: Send + Sync>() {}
    shared::<ShapeCheck>();
    shared::<FileItems>();
};

fn read(file: u32, text: &str) -> FileItems {
    read_file(FileId(file), text, &["anvil"], &check())
}

/// Rule, the text at the primary label, and title of each finding.
fn told<'a>(findings: &'a [Finding], text: &'a str) -> Vec<(&'a str, &'a str, &'a str)> {
    let place = |it: &Finding| {
        let span = it.primary().unwrap().span;
        text.get(span.start as usize..span.end as usize).unwrap()
    };
    findings.iter().map(|it| (it.rule.id, place(it), it.title.as_str())).collect()
}

/// The text after the first fix of a finding.
fn fixed(finding: &Finding, text: &str) -> String {
    let edit = &finding.fixes[0].edits[0];
    let (start, end) = (edit.span.start as usize, edit.span.end as usize);
    format!("{}{}{}", text.get(..start).unwrap(), edit.text, text.get(end..).unwrap())
}

#[test]
fn all_mistakes_of_a_file_come_together_each_in_its_place() {
    let text = r#"
roles:
  sales-rep:
    title: 2026
    extend: [employee]
    may:
      internal: {raed: team, edit: owm}
    within: sales
  support: {kind: staff}
waivers:
  W-1: {rule: a/b, for: [x], reason: r, owner: o, approved-by: [p], from: 2026/1/5, until: 2026-02-30}
  W-2: {rule: a/b, for: [x], reason: r, owner: o, approved-by: [p], from: 2026-01-05}
domains:
  Field Sales: {}
  "good": {title: Good}
assets:
  deal:
    anvil: {sharing: privat}
guard: {}
"#;
    let items = read(0, text);
    let found = told(&items.findings, text);
    let expected = [
        ("shape/wrong-type", "2026", "`title` takes a text, not the number `2026`"),
        ("shape/unknown-key", "extend", "a role has no key `extend`"),
        ("shape/unknown-key", "raed", "a class cell has no key `raed`"),
        ("shape/unknown-word", "owm", "`owm` is not a scope"),
        ("shape/wrong-type", "sales", "`within` takes a list, not the text `sales`"),
        ("shape/unknown-word", "staff", "`staff` is not a kind of role"),
        ("shape/bad-date", "2026/1/5", "`2026/1/5` is not a date"),
        ("shape/bad-date", "2026-02-30", "there is no day `2026-02-30`"),
        ("shape/missing-key", "W-2", "a waiver needs `until`"),
        ("shape/bad-name", "Field Sales", "`Field Sales` is not written as names are"),
        ("shape/missing-key", "anvil", "`anvil` needs `object`"),
        ("shape/unknown-word", "privat", "`privat` is not a word that `sharing` takes"),
        ("shape/unknown-key", "guard", "a source file has no key `guard`"),
    ];
    assert_eq!(found, expected);
    assert!(!items.complete);
    let fixes: Vec<_> = items.findings.iter().flat_map(|it| &it.fixes).collect();
    assert!(fixes.iter().all(|it| it.safety == Safety::NeedsApproval));
    let edits: Vec<_> = fixes.iter().map(|it| it.edits[0].text.as_str()).collect();
    let words =
        ["\"2026\"", "extends", "read", "own", "[sales]", "2026-01-05", "field-sales", "private", "guards"];
    assert_eq!(edits, words);
}

#[test]
fn one_bad_role_hides_no_other() {
    let text = "roles:\n  a: {title: A}\n  b: {titel: B}\n  c: {title: C}\n";
    let items = read(0, text);
    let names: Vec<_> = items.items.roles.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["a", "c"]);
    assert!(!items.complete);
    assert_eq!(told(&items.findings, text), [("shape/unknown-key", "titel", "a role has no key `titel`")]);
    assert_eq!(
        fixed(&items.findings[0], text),
        "roles:\n  a: {title: A}\n  b: {title: B}\n  c: {title: C}\n"
    );
}

#[test]
fn what_reading_has_reported_is_not_told_twice() {
    for text in [
        "roles:\n",
        "roles:\n  a:\n",
        "roles:\n  a: {within: [~]}\n",
        "domains:\n  a: {title: x, title: y}\n",
    ] {
        let items = read(0, text);
        assert_eq!(items.findings.len(), 1, "{text}: {:?}", items.findings);
        assert!(items.findings[0].rule.id.starts_with("yaml/"), "{text}");
    }
}

#[test]
fn a_fault_that_no_schema_can_say_is_told_too() {
    for (text, place) in [("limits: {waiver-max-days: 1.0}\n", "1.0"), ("domains: {true: {}}\n", "true")] {
        let items = read(0, text);
        let found = told(&items.findings, text);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!((found[0].0, found[0].1), ("shape/wrong-type", place));
        assert!(!items.complete);
    }
}

#[test]
fn a_suggestion_that_would_repeat_a_key_is_only_a_hint() {
    let items = read(0, "roles:\n  a: {title: A, titel: B}\n");
    assert!(items.findings[0].fixes.is_empty());
    assert!(items.findings[0].helps[0].contains("it is there already"));
}

#[test]
fn many_mistakes_are_counted_not_listed() {
    let roles: String = (0..500).map(|it| format!("  r{it}: {{kind: 1}}\n")).collect();
    let items = read(0, &format!("roles:\n{roles}"));
    assert_eq!(items.findings.len(), crate::shape::MOST_FINDINGS);
    assert!(items.findings.last().unwrap().notes[0].contains("400 more mistakes"));
}

#[test]
fn changes_are_clearly_wider_or_narrower() {
    for (change, place, title) in [
        ("{reason: r}", "{reason: r}", "neither"),
        ("{widen: a, narrow: b, reason: r}", "b", "both"),
        ("{widen: a, without: {c: [read]}, reason: r}", "c", "takes something away"),
        ("{narrow: a, may: {c: {read: own, when: [m]}}, reason: r}", "m", "sets a condition"),
        ("{narrow: a, also: [{of: [x], read: own, when: [m]}], reason: r}", "m", "sets a condition"),
    ] {
        let text = format!(
            "environments:\n  prod:\n    changes:\n      - {{widen: z, reason: r}}\n      - {change}\n"
        );
        let items = read(0, &text);
        let found = told(&items.findings, &text);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!((found[0].0, found[0].1), ("shape/change", place));
        assert!(found[0].2.contains(title), "{found:?}");
        assert!(items.complete);
    }
}

#[test]
fn sentences_and_reserved_names_are_checked() {
    let text = "tests:\n  a:\n    - x can raed y\n    - \"x can read y when z k\"\nroles:\n  everyone: {}\n";
    let items = read(0, text);
    let found: Vec<_> = told(&items.findings, text).into_iter().map(|it| (it.0, it.1)).collect();
    assert_eq!(found, [("shape/sentence", "raed"), ("shape/sentence", "k"), ("shape/bad-name", "everyone")]);
}

#[test]
fn files_come_together_in_order_and_repeats_show_both_places() {
    let first =
        "ztam: 1\nproject: acme\nroles:\n  a: {title: First}\nmoved:\n  - {what: role, from: x, to: a}\n";
    let second =
        "project: other\nclasses:\n  - {id: k}\n  - {id: k}\nroles:\n  b: {}\n  a: {title: Second}\n";
    let third =
        "classes:\n  - {id: l}\nroles: {a: {title: Third}}\nmoved:\n  - {what: role, from: y, to: b}\n";
    let files: Vec<_> =
        [(2, third), (0, first), (1, second)].map(|(file, text)| Arc::new(read(file, text))).to_vec();
    let kept = Arc::clone(&files[0]);
    let (project, findings) = assemble(files);
    let place = |finding: &Finding, label: usize| {
        let span = finding.labels[label].span;
        let text = [first, second, third][span.file.0 as usize];
        (span.file.0, text.get(span.start as usize..span.end as usize).unwrap())
    };
    let found: Vec<_> = findings.iter().map(|it| (it.rule.id, place(it, 0), place(it, 1))).collect();
    assert_eq!(
        found,
        [
            ("names/duplicate", (1, "project"), (0, "project")),
            ("names/duplicate", (1, "k"), (1, "k")),
            ("names/duplicate", (1, "a"), (0, "a")),
            ("names/duplicate", (2, "classes"), (1, "classes")),
            ("names/duplicate", (2, "a"), (0, "a")),
        ]
    );
    let roles: Vec<_> = project.items.roles.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(roles, ["a", "b"]);
    assert_eq!(project.items.roles.get("a").unwrap().title.as_ref().unwrap().value, "First");
    assert_eq!(project.items.project.as_ref().unwrap().value, "acme");
    assert_eq!(project.items.classes.len(), 1);
    assert_eq!(project.items.moved[1].from.value, "y");
    assert!(project.complete);
    assert_eq!(kept.items.roles.len(), 1, "a file that is kept stays whole");
}

#[test]
fn the_edition_is_stated_and_known() {
    let edition = |texts: &[&str]| {
        let files: Vec<_> = texts.iter().zip(0..).map(|(text, file)| Arc::new(read(file, text))).collect();
        let own: Vec<_> = files.iter().flat_map(|it| it.findings.clone()).collect();
        let (_, findings) = assemble(files);
        (own, findings)
    };
    let (own, all) = edition(&["ztam: 1\nproject: a\n", "ztam: 1\nroles: {}\n"]);
    assert!(own.is_empty() && all.is_empty(), "every file may state it");
    let (own, all) = edition(&["ztam: 1\nproject: a\n", "ztam: 2\n"]);
    assert_eq!((own.len(), all.len(), own[0].rule.id), (1, 0, rules::EDITION.id));
    let text = "# manifest\nproject: a\n";
    let (own, all) = edition(&["roles: {}\n", text]);
    assert_eq!((own.len(), all.len(), all[0].rule.id), (0, 1, rules::EDITION.id));
    assert_eq!(fixed(&all[0], text), "# manifest\nztam: 1\nproject: a\n");
    let (_, all) = edition(&["{project: a}\n"]);
    assert!(all[0].fixes.is_empty(), "no line fits above a mapping in braces");
    let (_, all) = edition(&["project: a\n", "roles: [\n"]);
    assert!(all.is_empty(), "it may stand in what could not be read");
    let (_, all) = edition(&[]);
    assert!(all.is_empty());
}

#[test]
fn examples_of_pages_raise_their_rule_and_no_other() {
    let manifest = "ztam: 1\nproject: acme\n";
    for rule in rules::RULES.iter().filter(|it| it.id.starts_with("shape/") || it.id.starts_with("names/")) {
        for (heading, expected) in [("Bad", Some(rule.id)), ("Good", None)] {
            let text = String::from_utf8(ztam_source::example::example(rule.page, heading).unwrap()).unwrap();
            let files = vec![Arc::new(read(0, manifest)), Arc::new(read(1, &text))];
            let own: Vec<_> = files.iter().flat_map(|it| it.findings.clone()).collect();
            let (_, all) = assemble(files);
            let ids: Vec<_> = own.iter().chain(&all).map(|it| it.rule.id).collect();
            assert_eq!(ids, expected.into_iter().collect::<Vec<_>>(), "{} {heading}", rule.id);
        }
    }
}

#[test]
fn promises_that_hold_nowhere_are_refused() {
    let items = read(0, "tests-in:\n  one: []\n  two: [prod]\n");
    let titles: Vec<_> = items.findings.iter().map(|it| it.title.as_str()).collect();
    assert_eq!(titles, ["`one` is empty"]);
}

#[test]
fn an_empty_list_that_could_mean_all_or_nothing_is_refused() {
    let items = read(0, "guards:\n  lane: {nobody: [everyone], may: [read], of: []}\n");
    let titles: Vec<_> = items.findings.iter().map(|it| it.title.as_str()).collect();
    assert_eq!(titles, ["`of` is empty"]);
    assert!(!items.complete);
}
