//! What the crates may not say and the project may not hold.

use std::path::{Path, PathBuf};

use crate::project::repository;

fn files(below: &Path, endings: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![below.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        for entry in entries.flatten() {
            let path = entry.path();
            let name = entry.file_name().to_string_lossy().into_owned();
            if path.is_dir() {
                if !matches!(name.as_str(), "target" | ".git" | "dist" | "node_modules") {
                    folders.push(path);
                }
            } else if endings.iter().any(|ending| name.ends_with(ending)) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Code without comments, documentation and test modules.
fn code(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap();
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default().to_owned();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

fn is_test_file(path: &Path) -> bool {
    let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    name == "tests"
        || name == "testing"
        || name.ends_with("_tests")
        || path.components().any(|it| it.as_os_str() == "tests")
}

fn must_not_say(crate_name: &str, words: &[&str], except: &[&str]) {
    let mut wrong = Vec::new();
    let folder = repository().join("crates").join(crate_name).join("src");
    for path in files(&folder, &[".rs"]).into_iter().filter(|path| !is_test_file(path)) {
        if except.iter().any(|name| path.ends_with(name)) {
            continue;
        }
        let text = code(&path);
        for word in words {
            if let Some(line) = text.lines().find(|line| line.contains(word)) {
                wrong.push(format!("{}: {word:?} in {}", path.display(), line.trim()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_crate_minds_its_own_business() {
    must_not_say("ztam-source", &["Salesforce", "salesforce", "Dataverse", "dataverse", "RoleKind"], &[]);
    must_not_say("ztam-model", &["Salesforce", "salesforce", "Dataverse", "dataverse"], &[]);
    must_not_say("ztam-graph", &["Salesforce", "salesforce", "Dataverse", "dataverse"], &[]);
    let rights = [
        "ModifyAllData",
        "ViewAllData",
        "prvRead",
        "prvWrite",
        "PermissionSet",
        "ztam_salesforce",
        "ztam_dataverse",
        "ztam_backend",
    ];
    must_not_say("ztam-rules", &rights, &[]);
    must_not_say("ztam-backend", &["ztam_rules", "Salesforce", "Dataverse"], &[]);
    must_not_say("ztam-salesforce", &["ztam_rules", "ztam_dataverse"], &[]);
    must_not_say("ztam-dataverse", &["ztam_rules", "ztam_salesforce"], &[]);
}

#[test]
fn one_file_knows_each_fickle_crate() {
    for (krate, word, place) in
        [("ztam-source", "granit_parser", "events.rs"), ("ztam-model", "jsonschema", "shape.rs")]
    {
        must_not_say(krate, &[word], &[place]);
    }
}

#[test]
fn only_the_binary_touches_the_world() {
    let words = [
        "std::fs",
        "std::env",
        "std::net",
        "std::process",
        "SystemTime",
        "Instant::now",
        "stdout(",
        "stderr(",
    ];
    for krate in [
        "ztam-source",
        "ztam-model",
        "ztam-graph",
        "ztam-rules",
        "ztam-backend",
        "ztam-salesforce",
        "ztam-dataverse",
        "ztam-report",
    ] {
        must_not_say(krate, &words, &[]);
    }
}

#[test]
fn every_page_belongs_to_a_registered_rule() {
    let known = ztam::session::all_rules();
    let mut wrong = Vec::new();
    let mut seen = 0;
    for page in files(&repository().join("crates"), &[".md"]) {
        let text = std::fs::read_to_string(&page).unwrap();
        if !known.iter().any(|rule| rule.page == text) {
            wrong.push(page.display().to_string());
        }
        seen += 1;
    }
    assert!(wrong.is_empty(), "pages that no registered rule shows: {wrong:#?}");
    assert_eq!(seen, known.len(), "a page a rule");
}

#[test]
fn no_path_of_a_machine_is_in_the_project() {
    let mut wrong = Vec::new();
    for path in files(&repository(), &[".rs", ".md", ".toml", ".yaml", ".j2", ".json", ".tsv", ".txt"]) {
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        for home in ["/home/", "/root/", "/Users/", "/tmp/"] {
            if let Some(line) =
                text.lines().find(|line| line.contains(home)).filter(|_| !path.ends_with("tidy.rs"))
            {
                wrong.push(format!("{}: {}", path.display(), line.trim()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
