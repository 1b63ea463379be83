//! `ztam plan` over what a package sets besides permission sets: sharing defaults, and what is said not to be compared.

#![expect(
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
  opportunity: {title: Opportunity, class: internal, domains: [sales], salesforce: {object: Opportunity, sharing: private}}
roles:
  rep:
    title: Rep
    purpose: Sells
    owner: a@acme.example
    platforms: [salesforce]
    within: [sales]
    may:
      internal: {read: own, edit: own}
environments:
  prod: {title: Production, salesforce: {supporting: [sharing-defaults]}}
";

const OBJECT: &str = "live/salesforce/force-app/main/default/objects/Opportunity/Opportunity.object-meta.xml";
const SETS: &str = "live/salesforce/force-app/main/default/permissionsets";

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

/// Exit code, and the document.
fn plan(folder: &Path, against: &str) -> (i32, Value) {
    let arguments = ["plan", "matrix", "--env", "prod", "--output", "json", "--against", against];
    let (code, out, err) = ztam(folder, &arguments);
    assert!(out.starts_with('{'), "{code} {out} {err}");
    (code, serde_json::from_str(&out).unwrap())
}

fn not_compared(plan: &Value) -> Vec<&str> {
    plan["not_compared"].as_array().unwrap().iter().map(|it| it["what"].as_str().unwrap()).collect()
}

#[test]
fn the_same_default_is_no_difference_and_assignments_are_said_not_to_be_compared() {
    let org = org();
    let (code, document) = plan(org.path(), "live");
    assert_eq!((code, document["level"].as_str()), (0, Some("same")));
    assert_eq!(not_compared(&document), ["assignments"]);
    assert_eq!(document["platforms"][0]["settings"], 1);
    let (_, _, err) = ztam(org.path(), &["plan", "matrix", "--env", "prod", "--against", "live"]);
    assert!(err.contains("not compared: who holds what, which no package says"), "{err}");
}

#[test]
fn a_wider_default_is_told_as_wider() {
    let org = org();
    let path = org.path().join(OBJECT);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains("<sharingModel>Private<"), "{text}");
    fs::write(&path, text.replace("Private", "ReadWrite")).unwrap();
    for (against, origin) in [("live", "drift"), ("live/salesforce", "not-known")] {
        let (code, document) = plan(org.path(), against);
        assert_eq!((code, document["level"].as_str()), (5, Some("wider")), "{against}");
        let it = &document["containers"][0];
        assert_eq!((it["kind"].as_str(), it["name"].as_str()), (Some("object"), Some("Opportunity")));
        let difference = &it["differences"][0];
        assert_eq!(difference["sentence"], "sharing default: \"ReadWrite\" live, \"Private\" in the matrix");
        assert_eq!(
            (difference["wider"].as_bool(), difference["origin"].as_str()),
            (Some(true), Some(origin))
        );
    }
}

#[test]
fn what_was_not_given_is_said() {
    let org = org();
    let (code, document) = plan(org.path(), SETS);
    assert_eq!((code, document["level"].as_str()), (0, Some("same")));
    assert_eq!(not_compared(&document), ["assignments", "sharing default of Opportunity"]);
    let (_, _, err) = ztam(org.path(), &["plan", "matrix", "--env", "prod", "--against", SETS]);
    assert!(err.contains("not compared: sharing default of Opportunity; nothing that was given"), "{err}");
}
