//! The same input gives the same bytes: whatever the names and order of files, the number of threads, and the number of
//! builds.

#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

fn example() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../matrices/acme-crm")
}

fn build(project: &Path, out: &Path, threads: &str) {
    let status = Command::new(env!("CARGO_BIN_EXE_ztam"))
        .args(["build", "--env", "prod", "--as-of", "2026-09-20", "--quiet", "--out"])
        .arg(out)
        .arg(project)
        .env("RAYON_NUM_THREADS", threads)
        .status()
        .unwrap();
    assert!(status.success(), "{} did not build", project.display());
}

/// The files below a folder with their bytes.
fn files(below: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![below.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(below).unwrap().to_string_lossy().into_owned();
                found.insert(name, std::fs::read(&path).unwrap());
            }
        }
    }
    found
}

/// The same project with its sources under other names, so that they are read in another order, and its sections cut
/// into other files.
fn shuffled(to: &Path) {
    for (number, (name, bytes)) in files(&example()).into_iter().rev().enumerate() {
        let target = match name.strip_suffix(".ztam.yaml") {
            Some(_) => to.join(format!("s{number:03}.ztam.yaml")),
            None => to.join(&name),
        };
        std::fs::create_dir_all(target.parent().unwrap()).unwrap();
        std::fs::write(target, bytes).unwrap();
    }
}

#[test]
fn threads_and_repeats_change_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let [one, eight, again] = ["one", "eight", "again"].map(|name| folder.path().join(name));
    build(&example(), &one, "1");
    build(&example(), &eight, "8");
    build(&example(), &again, "8");
    let expected = files(&one);
    assert!(expected.len() > 20, "{:?}", expected.keys());
    assert!(expected == files(&eight), "eight threads give other bytes than one");
    assert!(expected == files(&again), "a second build gives other bytes than the first");
}

#[test]
fn names_and_order_of_files_change_no_package() {
    let folder = tempfile::tempdir().unwrap();
    let project = folder.path().join("project");
    shuffled(&project);
    let [plain, other] = ["plain", "other"].map(|name| folder.path().join(name));
    build(&example(), &plain, "2");
    build(&project, &other, "2");
    // The manifest lists the inputs by their names; nothing else may differ.
    let without_manifest = |out: &Path| {
        let mut all = files(out);
        all.remove("ztam-manifest.json");
        all
    };
    let (expected, found) = (without_manifest(&plain), without_manifest(&other));
    let names: Vec<_> = expected.keys().filter(|name| found.get(*name) != expected.get(*name)).collect();
    assert!(expected == found, "differ: {names:?}");
}
