//! Every rule's page is complete, and its examples are true: the bad one raises this rule and none beside it but
//! those that look at the same rights from another side, the good one nothing.

use std::collections::BTreeSet;

use ztam::session::{BACKENDS, all_rules};
use ztam_source::example::example;
use ztam_source::finding::{Finding, RuleMeta};

use crate::project::{AS_OF, OnDisk, blocks, findings};
use crate::roundtrip::read_in_place;

const HEADINGS: [&str; 8] = [
    "What it finds",
    "Why it matters",
    "Bad",
    "Good",
    "How to fix",
    "When to waive",
    "Platforms",
    "Controls",
];

const MANIFEST: &str = "ztam: 1\nproject: page\ntitle: Page\nowner: owner@acme.example\n";

#[test]
fn pages_are_complete() {
    let mut wrong = Vec::new();
    let mut ids = BTreeSet::new();
    for rule in all_rules() {
        let first = rule.page.lines().next().unwrap_or_default();
        if first != format!("# {}", rule.id) {
            wrong.push(format!("{}: the page begins with {first:?}", rule.id));
        }
        let found: Vec<_> = rule.page.lines().filter_map(|line| line.strip_prefix("## ")).collect();
        if found != HEADINGS {
            wrong.push(format!("{}: headings are {found:?}", rule.id));
        }
        if !ids.insert(rule.id) {
            wrong.push(format!("{}: the id is there twice", rule.id));
        }
        let named = rule.id.split_once('/').is_some_and(|(group, name)| is_kebab(group) && is_kebab(name));
        if !named || rule.summary.is_empty() || rule.since.is_empty() || rule.summary.ends_with('.') {
            wrong.push(format!("{}: id, summary or version is not as it should be", rule.id));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(ids.len() > 60, "only {} rules", ids.len());
}

fn is_kebab(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '-')
}

#[test]
fn examples_are_true() {
    let wrong: Vec<_> = all_rules().into_iter().flat_map(judge_page).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Whether two rules look at the same dangerous rights from different sides, so that a bad example of one may raise the other.
fn overlap(a: &str, b: &str) -> bool {
    of_escalation(a) && of_escalation(b)
}

fn judge_page(rule: &'static RuleMeta) -> Vec<String> {
    let mut wrong = Vec::new();
    for (heading, is_bad) in [("Bad", true), ("Good", false)] {
        let Some(found) = found_in(rule, heading) else {
            wrong.push(format!("{}: no example below {heading}", rule.id));
            continue;
        };
        let raised = found.iter().any(|it| it.rule.id == rule.id);
        let others: BTreeSet<_> = found
            .iter()
            .filter(|it| blocks(it) && it.rule.id != rule.id)
            .filter(|it| !is_around(it) || of_escalation(it.rule.id) && of_escalation(rule.id))
            .filter(|it| !(is_bad && overlap(it.rule.id, rule.id)))
            .map(|it| format!("{}: {}", it.id(), it.title))
            .collect();
        if raised != is_bad {
            wrong.push(format!(
                "{}: {heading} {} the rule",
                rule.id,
                if raised { "raises" } else { "does not raise" }
            ));
        }
        if !others.is_empty() {
            wrong.push(format!("{}: {heading} raises {others:?}", rule.id));
        }
    }
    wrong
}

fn of_escalation(rule: &str) -> bool {
    rule.starts_with("escalation/")
}

/// Whether a finding asks for what stands around the matrix: owners, dates, alarms, safeguards of sign-in. An example is as
/// short as what it shows, so it leaves out what it does not show.
fn is_around(finding: &Finding) -> bool {
    let groups = [
        "escalation/",
        "matrix/implied-",
        "lifecycle/",
        "service/",
        "monitoring/",
        "compliance/",
        "responsibility/",
        "condition/privileged-",
        "condition/sensitive-",
    ];
    groups.iter().any(|group| finding.rule.id.starts_with(group))
}

/// What the example below a heading raises: a project's findings, or those of reading a package.
fn found_in(rule: &RuleMeta, heading: &str) -> Option<Vec<Finding>> {
    if !rule.id.starts_with("read/") {
        let project = project_of(rule.page, heading)?;
        return Some(findings(project.path(), AS_OF).0);
    }
    let files = package_of(rule.page, heading);
    let readings = BACKENDS.iter().map(|backend| read_in_place(*backend, &files));
    let reading = readings.into_iter().filter(|it| it.unread.len() < files.len());
    reading.map(|it| it.findings).reduce(|a, b| [a, b].concat())
}

/// The files of a package: blocks of XML or JSON whose info string holds their path. Behind it, `bytes` says that the block is bytes
/// in hexadecimal, `repeated N` that the last line is written N times.
fn package_of(page: &str, heading: &str) -> Vec<(String, Vec<u8>)> {
    let Some((_, section)) = page.split_once(&format!("\n## {heading}\n")) else { return Vec::new() };
    let section = section.split("\n## ").next().unwrap_or_default();
    let blocks = section.split("```").skip(1).step_by(2);
    let blocks = blocks.filter_map(|it| it.strip_prefix("xml ").or_else(|| it.strip_prefix("json ")));
    let file = |block: &str| {
        let (info, text) = block.split_once('\n').unwrap();
        let words: Vec<_> = info.split_whitespace().collect();
        let bytes = match words.as_slice() {
            [_] => text.into(),
            [_, "bytes"] => text.split_whitespace().map(|it| u8::from_str_radix(it, 16).unwrap()).collect(),
            [_, "repeated", times] => {
                let (before, line) = text.trim_end().rsplit_once('\n').unwrap();
                format!("{before}\n{}", format!("{line}\n").repeat(times.parse().unwrap())).into_bytes()
            }
            _ => panic!("{info}"),
        };
        (words[0].to_owned(), bytes)
    };
    blocks.map(file).collect()
}

/// The example below a heading as a project: the first YAML block is a source file; a block whose info string holds a path is
/// that file.
fn project_of(page: &str, heading: &str) -> Option<OnDisk> {
    let named = named_blocks(page, heading);
    let main = example(page, heading);
    if main.is_none() && named.is_empty() {
        return None;
    }
    let main = main.unwrap_or_default();
    let mut files: Vec<(&str, &[u8])> = vec![("roles.ztam.yaml", &main)];
    if !named.iter().any(|(path, _)| *path == "ztam.yaml") {
        files.push(("ztam.yaml", MANIFEST.as_bytes()));
    }
    files.extend(named.iter().map(|(path, text)| (*path, text.as_bytes())));
    Some(OnDisk::new(files))
}

fn named_blocks<'p>(page: &'p str, heading: &str) -> Vec<(&'p str, &'p str)> {
    let Some((_, section)) = page.split_once(&format!("\n## {heading}\n")) else { return Vec::new() };
    let section = section.split("\n## ").next().unwrap_or_default();
    let blocks = section.split("```").skip(1).step_by(2);
    blocks
        .filter_map(|block| {
            let (info, text) = block.split_once('\n')?;
            let path = info.split_whitespace().nth(1).filter(|word| word.contains('.'))?;
            Some((path, text))
        })
        .collect()
}
