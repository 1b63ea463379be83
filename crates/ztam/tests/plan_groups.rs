//! `ztam plan` over groups, muting sets and what narrows: every side that can be wider is told as such.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test fails where something is missing"
)]

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

const MATRIX: &str = "ztam: 1
project: p
owner: a@acme.example
classes:
  - {id: internal, title: Internal}
domains:
  sales: {title: Sales, owner: a@acme.example}
assets:
  opportunity: {title: Opportunity, class: internal, domains: [sales], salesforce: {object: Opportunity}}
roles:
  rep:
    title: Rep
    purpose: Sells
    owner: a@acme.example
    platforms: [salesforce]
    within: [sales]
    may:
      internal: {read: own, edit: own}
  all-of-sales:
    title: All of sales
    purpose: Has what sales needs
    owner: a@acme.example
    platforms: [salesforce]
    extends: [rep]
    salesforce: {name: Sales_All, activation: true, group: {muting: [Less]}}
carry:
  less:
    why: what the group takes away again
    salesforce:
      muting: {name: Less, label: Less}
      elements: [{name: newAccesses, content: <name>X</name>}]
      objects: {Opportunity: [delete, edit]}
environments:
  prod: {title: Production, salesforce: {}}
";

const BASE: &str = "salesforce/force-app/main/default";

fn ztam(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::cargo_bin("ztam").unwrap();
    command.env_clear().env("ZTAM_AS_OF", "2026-11-22");
    let output = command.current_dir(folder).args(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn org() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("matrix")).unwrap();
    fs::write(folder.path().join("matrix/ztam.yaml"), MATRIX).unwrap();
    let (code, _, err) =
        ztam(folder.path(), &["build", "matrix", "--env", "prod", "--out", "live", "--quiet"]);
    assert_eq!(code, 0, "{err}");
    folder
}

/// Exit code, level, and all sentences with whether each is wider.
fn plan(folder: &Path) -> (i32, String, Vec<(String, bool)>) {
    let (code, out, err) =
        ztam(folder, &["plan", "matrix", "--env", "prod", "--output", "json", "--against", "live"]);
    assert!(out.starts_with('{'), "{code} {out} {err}");
    let plan: Value = serde_json::from_str(&out).unwrap();
    let all =
        plan["containers"].as_array().unwrap().iter().flat_map(|it| it["differences"].as_array().unwrap());
    let all = all.map(|it| (it["sentence"].as_str().unwrap().to_owned(), it["wider"].as_bool().unwrap()));
    (code, plan["level"].as_str().unwrap().to_owned(), all.collect())
}

/// Replaces a text of a live file, and says what is told of it.
fn planted(file: &str, from: &str, to: &str) -> (String, Vec<(String, bool)>) {
    let folder = org();
    let path = folder.path().join("live").join(BASE).join(file);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{text}");
    fs::write(&path, text.replacen(from, to, 1)).unwrap();
    let (code, level, told) = plan(folder.path());
    assert_eq!(code, 5, "{told:?}");
    (level, told)
}

#[test]
fn an_untouched_group_with_its_muting_set_has_no_difference() {
    assert_eq!(plan(org().path()), (0, "same".to_owned(), Vec::new()));
}

#[test]
fn a_muting_set_that_takes_away_less_is_wider() {
    let file = "mutingpermissionsets/Less.mutingpermissionset-meta.xml";
    let (level, told) = planted(file, "<allowEdit>true<", "<allowEdit>false<");
    assert_eq!(level, "wider");
    assert!(told.len() == 1 && told[0].0.contains("object Opportunity: edit") && told[0].1, "{told:?}");
    let (level, told) = planted(file, "<allowRead>false<", "<allowRead>true<");
    assert_eq!(level, "drift", "it takes away more");
    assert!(told.len() == 1 && !told[0].1, "{told:?}");
}

#[test]
fn what_nobody_knows_is_compared_word_for_word() {
    let file = "mutingpermissionsets/Less.mutingpermissionset-meta.xml";
    let (level, told) = planted(file, "<name>X</name>", "<name>Y</name>");
    assert_eq!(level, "wider", "nobody knows what it grants");
    assert!(told.len() == 1 && told[0].0.contains("newAccesses"), "{told:?}");
}

#[test]
fn a_group_that_holds_at_once_is_wider_and_so_is_one_with_another_member_or_without_its_muting_set() {
    let file = "permissionsetgroups/Sales_All.permissionsetgroup-meta.xml";
    let (level, told) = planted(file, "Required>true<", "Required>false<");
    assert_eq!((level.as_str(), told.len(), told[0].1), ("wider", 1, true), "{told:?}");
    let member = "</permissionSets>\n    <permissionSets>Others</permissionSets>";
    let (level, told) = planted(file, "</permissionSets>", member);
    assert_eq!((level.as_str(), told.len(), told[0].1), ("wider", 1, true), "{told:?}");
    let (level, told) = planted(file, "    <mutingPermissionSets>Less</mutingPermissionSets>\n", "");
    assert_eq!((level.as_str(), told.len(), told[0].1), ("wider", 1, true), "{told:?}");
}

#[test]
fn what_the_matrix_narrows_is_meant_and_wider_until_it_is_deployed() {
    let folder = org();
    let narrower = MATRIX.replace("{read: own, edit: own}", "{read: own}");
    fs::write(folder.path().join("matrix/ztam.yaml"), narrower).unwrap();
    let (code, level, told) = plan(folder.path());
    assert_eq!((code, level.as_str()), (5, "wider"));
    assert!(
        told.iter().any(|(sentence, wider)| sentence.contains("loses object Opportunity: edit") && *wider)
    );
    let (_, out, _) =
        ztam(folder.path(), &["plan", "matrix", "--env", "prod", "--output", "json", "--against", "live"]);
    let plan: Value = serde_json::from_str(&out).unwrap();
    let origins: Vec<_> =
        plan["containers"].as_array().unwrap().iter().map(|it| it["origin"].as_str().unwrap()).collect();
    assert!(origins.iter().all(|it| *it == "change"), "{origins:?}");
}

#[test]
fn what_a_build_made_is_ours_when_the_org_is_read_again() {
    let folder = org();
    let run = |arguments: &[&str]| ztam(folder.path(), arguments);
    let read = ["inventory", "live/salesforce/force-app", "--into", "matrix"];
    assert_eq!(run(&read).0, 0);
    let (code, _, err) = run(&["build", "matrix", "--env", "prod", "--out", "again"]);
    assert!(code != 0 && err.contains("emit/foreign-name"), "{code} {err}");
    let (code, _, err) = run(&[&read[..], &["--built", "live"]].concat());
    assert!(code == 0 && err.contains("marked as ours"), "{code} {err}");
    let (code, _, err) = run(&["build", "matrix", "--env", "prod", "--out", "again", "--quiet"]);
    assert_eq!(code, 0, "{err}");
    let other = MATRIX.replace("project: p", "project: q");
    fs::write(folder.path().join("matrix/ztam.yaml"), other).unwrap();
    let (code, _, err) = run(&[&read[..], &["--built", "live"]].concat());
    assert!(code == 2 && err.contains("is a build of the project `p`"), "{code} {err}");
}
