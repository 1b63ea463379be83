//! The program as people and scripts see it: words on the terminal, files, exit codes.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test fails where something is missing"
)]

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use tempfile::TempDir;

/// A run of the program in a folder, in an environment of its own.
fn ztam(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::cargo_bin("ztam").unwrap();
    let output = command
        .env_clear()
        .env("ZTAM_AS_OF", "2026-11-22")
        .current_dir(folder)
        .args(arguments)
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// The first project in a new folder.
fn starter() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let (code, _, err) = ztam(folder.path(), &["init", "."]);
    assert_eq!(code, 0, "{err}");
    folder
}

fn edit(folder: &Path, file: &str, from: &str, to: &str) {
    let path = folder.join(file);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(from), "{file} has no {from:?}");
    fs::write(path, text.replacen(from, to, 1)).unwrap();
}

/// Hashes and the program's version change from release to release.
macro_rules! assert_terminal {
    ($name:literal, $value:expr) => {
        insta::with_settings!({filters => vec![
            (r"\d+\.\d+\.\d+(-[a-z.0-9]+)?", "[VERSION]"),
            (r"\b[0-9a-f]{64}\b", "[SHA256]"),
            (r"\d+\.\d kB", "[SIZE]"),
            (r"/\S*/\.tmp\w+", "[FOLDER]"),
        ]}, { insta::assert_snapshot!($name, $value) });
    };
}

#[test]
fn a_first_project_is_clean_and_keeps_its_promises() {
    let folder = starter();
    assert_eq!(ztam(folder.path(), &["check"]).0, 0);
    assert_terminal!("check", ztam(folder.path(), &["check"]).2);
    assert_terminal!("test", ztam(folder.path(), &["test"]).2);
    assert_eq!(ztam(folder.path(), &["check", "--quiet"]), (0, String::new(), String::new()));
}

#[test]
fn init_says_what_comes_next_and_never_overwrites() {
    let folder = tempfile::tempdir().unwrap();
    assert_terminal!("init", ztam(folder.path(), &["init", "matrix"]).2);
    fs::write(folder.path().join("matrix/ztam.yaml"), "mine").unwrap();
    let (code, _, err) = ztam(folder.path(), &["init", "matrix"]);
    assert_eq!(code, 2);
    assert_terminal!("init_again", err);
    assert_eq!(fs::read_to_string(folder.path().join("matrix/ztam.yaml")).unwrap(), "mine");
}

#[test]
fn a_build_says_what_it_wrote() {
    let folder = starter();
    let (code, out, err) = ztam(folder.path(), &["build", "--env", "prod", "--out", "build"]);
    assert_eq!((code, out.as_str()), (0, ""), "{err}");
    assert_terminal!("build", err);
    let manifest = fs::read_to_string(folder.path().join("build/ztam-manifest.json")).unwrap();
    let manifest = ztam_report::manifest::Manifest::read(&manifest).unwrap();
    assert_eq!(manifest.inputs.len(), 7);
    for output in &manifest.outputs {
        assert_eq!(fs::metadata(folder.path().join("build").join(&output.path)).unwrap().len(), output.bytes);
    }
    assert!(manifest.outputs.iter().any(|it| it.path.starts_with("salesforce/")));
    assert!(manifest.outputs.iter().any(|it| it.path.starts_with("dataverse/") && it.path.ends_with(".zip")));
    assert_terminal!("build_again", ztam(folder.path(), &["build", "--env", "prod", "--out", "build"]).2);
}

#[test]
fn the_same_sources_make_the_same_bytes() {
    let folder = starter();
    for out in ["one", "two"] {
        assert_eq!(ztam(folder.path(), &["build", "--env", "prod", "--out", out]).0, 0);
    }
    let manifest =
        |out: &str| fs::read_to_string(folder.path().join(out).join("ztam-manifest.json")).unwrap();
    assert_eq!(manifest("one"), manifest("two"));
}

#[test]
fn a_broken_promise_stops_the_build() {
    let folder = starter();
    edit(folder.path(), "tests.ztam.yaml", "sales-rep cannot read invoice", "sales-rep can read invoice");
    let (code, _, err) = ztam(folder.path(), &["build", "--env", "prod", "--out", "build"]);
    assert_eq!(code, 4);
    assert_terminal!("broken_promise", err);
    assert!(!folder.path().join("build").exists());
    assert_eq!(ztam(folder.path(), &["test"]).0, 4);
}

#[test]
fn a_name_that_nobody_declares_does_not_compile() {
    let folder = starter();
    edit(folder.path(), "roles.ztam.yaml", "within: [sales]", "within: [slaes]");
    let (code, _, err) = ztam(folder.path(), &["check"]);
    assert_eq!(code, 3);
    assert_terminal!("unknown_name", err);
}

#[test]
fn what_cannot_be_read_hides_what_depends_on_it() {
    let folder = starter();
    edit(folder.path(), "vocabulary.ztam.yaml", "domains:", "domains: [");
    let (code, out, _) = ztam(folder.path(), &["check", "--output", "json"]);
    assert_eq!(code, 3);
    let json: serde_json::Value = serde_json::from_str(&out).unwrap();
    let rules: Vec<_> =
        json["findings"].as_array().unwrap().iter().map(|it| it["rule"].as_str().unwrap()).collect();
    assert!(!rules.is_empty() && rules.iter().all(|rule| !rule.starts_with("names/")), "{rules:?}");
}

#[test]
fn bytes_that_are_no_text_are_a_finding() {
    let folder = starter();
    fs::write(folder.path().join("x.ztam.yaml"), b"roles:\n  \xff: {}\n").unwrap();
    let (code, _, err) = ztam(folder.path(), &["check"]);
    assert_eq!(code, 3);
    assert!(err.contains("yaml/not-utf8") && err.contains("x.ztam.yaml:2:3"), "{err}");
}

#[test]
fn findings_go_where_they_are_asked_for() {
    let folder = starter();
    edit(folder.path(), "tests.ztam.yaml", "sales-rep cannot read invoice", "sales-rep can read invoice");
    let (_, out, err) =
        ztam(folder.path(), &["check", "--output", "json=findings.json", "--output", "human"]);
    assert_eq!(out, "");
    assert!(err.contains("test/failed"));
    let json = fs::read_to_string(folder.path().join("findings.json")).unwrap();
    assert!(json.contains("\"format_version\": 1") && json.contains("\"test/failed\""));
    let colored = ztam(folder.path(), &["check", "--color", "always"]).2;
    assert!(colored.contains('\u{1b}') && !err.contains('\u{1b}'));
}

#[test]
fn a_foreign_file_in_the_way_stops_the_build() {
    let folder = starter();
    fs::create_dir(folder.path().join("build")).unwrap();
    fs::write(folder.path().join("build/obligations.md"), "mine").unwrap();
    let (code, _, err) = ztam(folder.path(), &["build", "--env", "prod", "--out", "build"]);
    assert_eq!(code, 2);
    assert_terminal!("foreign_file", err);
    assert_eq!(fs::read_dir(folder.path().join("build")).unwrap().count(), 1);
}

#[cfg(unix)]
#[test]
fn a_link_out_of_the_project_is_refused() {
    let (folder, elsewhere) = (starter(), tempfile::tempdir().unwrap());
    fs::write(elsewhere.path().join("more.ztam.yaml"), "roles: {}\n").unwrap();
    let link = folder.path().join("more.ztam.yaml");
    std::os::unix::fs::symlink(elsewhere.path().join("more.ztam.yaml"), &link).unwrap();
    let (code, _, err) = ztam(folder.path(), &["check"]);
    assert_eq!(code, 2);
    assert_terminal!("link_outside", err);
    // A folder behind a link is not entered, so a loop is harmless.
    fs::remove_file(link).unwrap();
    std::os::unix::fs::symlink(folder.path(), folder.path().join("loop")).unwrap();
    assert_eq!(ztam(folder.path(), &["check"]).0, 0);
}

#[test]
fn hidden_folders_and_projects_inside_are_left_out() {
    let folder = starter();
    for inside in [".hidden", "nested"] {
        fs::create_dir(folder.path().join(inside)).unwrap();
        fs::write(folder.path().join(inside).join("bad.ztam.yaml"), "nonsense: [").unwrap();
    }
    fs::write(folder.path().join("nested/ztam.yaml"), "ztam: 1\nproject: nested\n").unwrap();
    assert_eq!(ztam(folder.path(), &["check"]).0, 0);
}

#[test]
fn rules_explain_themselves() {
    let folder = tempfile::tempdir().unwrap();
    let (code, out, _) = ztam(folder.path(), &["explain", "yaml/anchor"]);
    assert_eq!(code, 0);
    assert!(out.starts_with("# yaml/anchor\n") && out.ends_with("since 0.1.0\n"), "{out}");
    let (code, _, err) = ztam(folder.path(), &["explain", "yaml/ancor"]);
    assert_eq!(code, 2);
    assert_terminal!("explain_unknown", err);
    for family in ["separate/payee-and-payment", "guard/no-export"] {
        assert_eq!(ztam(folder.path(), &["explain", family]).0, 0, "{family}");
    }
    let rules: serde_json::Value =
        serde_json::from_str(&ztam(folder.path(), &["rules", "--output", "json"]).1).unwrap();
    let (_, printed, _) = ztam(folder.path(), &["rules", "--output", "json=rules.json"]);
    let written = fs::read_to_string(folder.path().join("rules.json")).unwrap();
    assert_eq!(
        (printed.as_str(), serde_json::from_str::<serde_json::Value>(&written).unwrap()),
        ("", rules.clone())
    );
    let told = ztam(folder.path(), &["rules"]).1;
    let (table, left_out) = told.split_once("\n\n").unwrap();
    assert_eq!(table.lines().count(), rules["rules"].as_array().unwrap().len());
    assert!(left_out.contains("matrix/revocation-not-emitted"), "{left_out}");
}

#[test]
fn the_schema_is_the_one_that_init_writes() {
    let folder = starter();
    let (code, out, _) = ztam(folder.path(), &["schema"]);
    assert_eq!(code, 0);
    assert_eq!(out, fs::read_to_string(folder.path().join("ztam.schema.json")).unwrap());
}

#[test]
fn mistakes_on_the_command_line_end_with_two() {
    let folder = tempfile::tempdir().unwrap();
    assert_terminal!("no_project", ztam(folder.path(), &["check"]).2);
    for arguments in [&["check"][..], &["build"], &["nonsense"], &[], &["check", "--as-of", "today"]] {
        assert_eq!(ztam(folder.path(), arguments).0, 2, "{arguments:?}");
    }
    let folder = starter();
    let (code, _, err) = ztam(folder.path(), &["check", "--env", "porod"]);
    assert_eq!(code, 2);
    assert_terminal!("unknown_environment", err);
    assert_eq!(ztam(folder.path(), &["--version"]).0, 0);
}

#[test]
fn options_have_variables() {
    let folder = starter();
    let mut command = Command::cargo_bin("ztam").unwrap();
    let run = command
        .env_clear()
        .env("ZTAM_PROJECT", folder.path())
        .env("ZTAM_QUIET", "yes")
        .env("ZTAM_OUTPUT", "json");
    let output =
        run.current_dir(std::env::temp_dir()).args(["check", "--as-of", "2026-11-22"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stdout.starts_with(b"{") && output.stderr.is_empty());
}

#[test]
fn a_package_verifies_until_something_is_different() {
    let folder = starter();
    let verify = |more: &[&str]| ztam(folder.path(), &[&["verify", "build"], more].concat());
    let (code, _, err) = verify(&[]);
    assert_eq!(code, 2);
    assert_terminal!("verify_nothing", err);
    assert_eq!(ztam(folder.path(), &["build", "--env", "prod", "--out", "build"]).0, 0);
    let (code, out, err) = verify(&[]);
    assert_eq!((code, out.as_str()), (0, ""), "{err}");
    assert_terminal!("verify", err);
    assert_eq!(verify(&["--quiet"]), (0, String::new(), String::new()));
    // Without a project only the files and the days are looked at.
    let package = folder.path().join("build");
    let elsewhere = tempfile::tempdir().unwrap();
    let (code, _, err) = ztam(elsewhere.path(), &["verify", package.to_str().unwrap()]);
    assert_eq!(code, 0, "{err}");
    assert!(err.contains("matrix  not compared"), "{err}");
    let (code, _, err) = verify(&["--as-of", "2026-11-21"]);
    assert_eq!(code, 5);
    assert!(err.contains("- the package is right from 2026-11-22 on"), "{err}");
}

#[test]
fn a_package_that_was_touched_is_not_right() {
    let folder = starter();
    assert_eq!(ztam(folder.path(), &["build", "--env", "prod", "--out", "build"]).0, 0);
    let package = folder.path().join("build");
    fs::write(package.join("obligations.md"), "nothing to see to").unwrap();
    fs::remove_file(package.join("dataverse/after-import.json")).unwrap();
    fs::write(package.join("salesforce/extra.xml"), "<a/>").unwrap();
    // What lies beside the packages is deployed with none of them.
    fs::write(package.join("README.txt"), "for whoever deploys").unwrap();
    let (code, out, err) = ztam(folder.path(), &["verify", "build", "--output", "human", "--output", "json"]);
    assert_eq!(code, 5);
    assert_terminal!("verify_touched", err);
    let json: serde_json::Value = serde_json::from_str(&out).unwrap();
    let kinds: Vec<_> =
        json["differences"].as_array().unwrap().iter().map(|it| it["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["file-changed", "file-missing", "file-extra"]);
    assert_eq!((json["files"].as_str(), json["matrix"].as_str()), (Some("modified"), Some("same")));
}

#[test]
fn a_package_of_another_matrix_is_not_right() {
    let folder = starter();
    assert_eq!(ztam(folder.path(), &["build", "--env", "prod", "--out", "build"]).0, 0);
    edit(folder.path(), "catalog.ztam.yaml", "title: Invoice", "title: Bill");
    edit(folder.path(), "roles.ztam.yaml", "  sales-rep:", "  seller:");
    let tests = fs::read_to_string(folder.path().join("tests.ztam.yaml")).unwrap();
    fs::write(folder.path().join("tests.ztam.yaml"), tests.replace("sales-rep", "seller")).unwrap();
    let (code, _, err) = ztam(folder.path(), &["verify", "build"]);
    assert_eq!(code, 5);
    assert_terminal!("verify_other_matrix", err);
    edit(folder.path(), "vocabulary.ztam.yaml", "domains:", "domains: [");
    let (code, _, err) = ztam(folder.path(), &["verify", "build"]);
    assert_eq!(code, 5);
    assert!(err.contains("- the project cannot be built for prod; `ztam check` says why"), "{err}");
}

#[test]
fn a_package_ends_with_the_first_thing_in_it() {
    let folder = starter();
    let evidence = "responsibilities:\n  backup:\n    statement: One owner of recovery\n    party: customer\n    \
                    owner: platform@acme.example\n    evidence: https://wiki.acme.example/dr\n    \
                    verified: 2026-11-20\n    max-age-days: 10\n";
    fs::write(folder.path().join("responsibilities.ztam.yaml"), evidence).unwrap();
    let (code, _, err) = ztam(folder.path(), &["build", "--env", "prod", "--out", "build"]);
    assert_eq!(code, 0, "{err}");
    let on = |day: &str| ztam(folder.path(), &["verify", "build", "--as-of", day]);
    assert_eq!(on("2026-11-30").0, 0);
    let (code, _, err) = on("2026-12-01");
    assert_eq!(code, 5);
    assert!(err.contains("- the package was right until 2026-11-30: something in it has ended"), "{err}");
}

#[test]
fn the_project_is_no_place_for_its_packages() {
    let folder = starter();
    for out in [".", ".."] {
        let (code, _, err) = ztam(folder.path(), &["build", "--env", "prod", "--out", out]);
        assert_eq!(code, 2, "{err}");
        assert!(err.contains("holds the project itself"), "{err}");
    }
    assert!(!folder.path().join("ztam-manifest.json").exists());
}

/// The first project, built, and then without its role `ROLE`.
fn before_and_after() -> TempDir {
    let folder = starter();
    let path = folder.path();
    fs::create_dir(path.join("assignments")).unwrap();
    fs::write(path.join("assignments/people.csv"), "person,role\nana@acme.example,sales-rep\n").unwrap();
    let (code, _, err) = ztam(path, &["build", "--env", "prod", "--out", "old"]);
    assert_eq!(code, 0, "{err}");
    for file in ["roles.ztam.yaml", "tests.ztam.yaml", "guards.ztam.yaml", "assignments/people.csv"] {
        let text = fs::read_to_string(path.join(file)).unwrap();
        fs::write(path.join(file), text.replace("sales-rep", "seller")).unwrap();
    }
    folder
}

fn files_below(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut left = vec![folder.to_path_buf()];
    while let Some(next) = left.pop() {
        for entry in fs::read_dir(next).unwrap().map(Result::unwrap) {
            if entry.path().is_dir() {
                left.push(entry.path());
            } else {
                found.push(entry.path().strip_prefix(folder).unwrap().to_str().unwrap().replace('\\', "/"));
            }
        }
    }
    found.sort();
    found
}

#[test]
fn what_an_earlier_build_made_is_taken_away() {
    let folder = before_and_after();
    let path = folder.path();
    let (code, _, err) = ztam(path, &["build", "--env", "prod", "--out", "new", "--previous", "old"]);
    assert_eq!(code, 0, "{err}");
    assert!(err.contains("since the build of 2026-11-22: "), "{err}");
    let removal = path.join("new/removal");
    assert_terminal!("removal_files", files_below(&removal).join("\n"));
    assert_terminal!("removal_runbook", fs::read_to_string(removal.join("runbook.md")).unwrap());
    assert_terminal!("removal_changes", fs::read_to_string(removal.join("changes.json")).unwrap());
    let (code, out, _) = ztam(path, &["verify", "new"]);
    assert_eq!(code, 0, "{out}");
    // Nothing comes of a second run, also where the folder is its own earlier build.
    let (_, _, err) = ztam(path, &["build", "--env", "prod", "--out", "new", "--previous", "old"]);
    assert!(err.ends_with("nothing changed since the last build\n"), "{err}");
    let list = fs::read(removal.join("changes.json")).unwrap();
    let (_, _, err) = ztam(path, &["build", "--env", "prod", "--out", "new", "--previous", "new"]);
    assert!(err.ends_with("nothing changed since the last build\n"), "{err}");
    assert_eq!(fs::read(removal.join("changes.json")).unwrap(), list);
    let line = ["build", "--env", "prod", "--out", "new", "--previous", "new", "--force"];
    assert_eq!(ztam(path, &line).0, 0);
    assert_eq!(fs::read(removal.join("changes.json")).unwrap(), list);
    // What is listed stays listed, and a build without an earlier one begins anew.
    assert_eq!(ztam(path, &["build", "--env", "prod", "--out", "third", "--previous", "new"]).0, 0);
    let names = |folder: &str| {
        files_below(&path.join(folder)).into_iter().filter(|it| it.contains("1-empty")).collect::<Vec<_>>()
    };
    assert_eq!(names("third"), names("new"));
    let (code, _, err) = ztam(path, &["build", "--env", "prod", "--out", "third"]);
    assert_eq!(code, 0, "{err}");
    assert!(!path.join("third/removal").exists());
    assert!(err.contains("what the last build here listed to go is listed no more"), "{err}");
    let (_, _, err) = ztam(path, &["build", "--env", "prod", "--out", "third", "--force"]);
    assert!(!err.contains("listed no more"), "{err}");
    // A runbook that no build wrote is not taken for ours.
    fs::create_dir(path.join("third/removal")).unwrap();
    fs::write(path.join("third/removal/runbook.md"), "Delete all.").unwrap();
    let (code, _, err) = ztam(path, &["verify", "third"]);
    assert_eq!(code, 5, "{err}");
    assert!(err.contains("removal/runbook.md was not written by a build"), "{err}");
    // Over the earlier build itself, the same bytes.
    assert_eq!(ztam(path, &["build", "--env", "prod", "--out", "old", "--previous", "old"]).0, 0);
    let all = |folder: &str| {
        let files = files_below(&path.join(folder));
        files.into_iter().map(|it| (fs::read(path.join(folder).join(&it)).unwrap(), it)).collect::<Vec<_>>()
    };
    assert!(all("old") == all("new"));
}

#[test]
fn nothing_to_take_away_is_said() {
    let folder = starter();
    let path = folder.path();
    assert_eq!(ztam(path, &["build", "--env", "prod", "--out", "old"]).0, 0);
    let (code, _, err) = ztam(path, &["build", "--env", "prod", "--out", "new", "--previous", "old"]);
    assert_eq!(code, 0);
    assert!(err.contains("0 to go, 0 narrowed, 0 assignments to take away"), "{err}");
    assert_eq!(files_below(&path.join("new/removal")), ["changes.json", "runbook.md"]);
    let runbook = fs::read_to_string(path.join("new/removal/runbook.md")).unwrap();
    assert!(runbook.contains("Nothing has to go"), "{runbook}");
}

#[test]
fn an_earlier_build_that_is_not_what_it_was_is_refused() {
    let folder = before_and_after();
    let path = folder.path();
    let refused = |problem: &str| {
        let line = ["build", "--env", "prod", "--out", "new", "--previous", "old"];
        let (code, _, err) = ztam(path, &line);
        assert_eq!(code, 2, "{err}");
        assert!(err.contains(problem), "{err}");
        assert!(!path.join("new").exists());
    };
    let set = "old/salesforce/force-app/main/default/permissionsets/SalesRep.permissionset-meta.xml";
    let text = fs::read_to_string(path.join(set)).unwrap();
    fs::write(path.join(set), text.replace("SalesRep", "Other").replace("true", "false")).unwrap();
    refused("was changed after it was written");
    fs::remove_file(path.join(set)).unwrap();
    refused("is missing");
    fs::write(path.join(set), &text).unwrap();
    let manifest = path.join("old/ztam-manifest.json");
    let written = fs::read_to_string(&manifest).unwrap();
    fs::write(&manifest, written.replace("\"environment\": \"prod\"", "\"environment\": \"test\"")).unwrap();
    refused("is a build of the environment `test`");
    let project = written.lines().find(|it| it.contains("\"project\"")).unwrap();
    fs::write(&manifest, written.replace(project, "  \"project\": \"another\",")).unwrap();
    refused("is a build of the project `another`");
    fs::write(&manifest, written.replace("\"salesforce/force-app", "\"../salesforce/force-app")).unwrap();
    refused("is no file below the folder");
    fs::remove_file(&manifest).unwrap();
    refused("there is no build in old");
    fs::write(&manifest, &written).unwrap();
    #[cfg(unix)]
    {
        fs::rename(path.join("old/salesforce"), path.join("elsewhere")).unwrap();
        std::os::unix::fs::symlink(path.join("elsewhere"), path.join("old/salesforce")).unwrap();
        refused("is no folder");
    }
}
