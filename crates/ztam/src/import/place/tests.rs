#![expect(clippy::disallowed_methods, reason = "tests look at what was written")]

use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;

use tempfile::TempDir;
use ztam_model::date::Date;

use super::*;
use crate::disk::faulty::{Fault, FaultyDisk};

const BEFORE: &str = "assets: {} # mine\n";
const AFTER: &str = "assets: {} # mine\nmore: {}\n";
/// More operations than placing takes.
const MOST: usize = 200;

fn world(root: &Path) -> World {
    World::new(Date::parse("2026-09-20").unwrap(), root.to_path_buf())
}

fn faulty(root: &Path, fault: Fault, at: usize) -> (World, FaultyDisk) {
    let disk = FaultyDisk::new(fault, at);
    (World { disk: Arc::new(disk.clone()), ..world(root) }, disk)
}

fn project() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("catalog")).unwrap();
    fs::write(folder.path().join("catalog/a.ztam.yaml"), BEFORE).unwrap();
    folder
}

/// A new file first and last, and between them one of the user.
fn files() -> [Placed<'static>; 3] {
    let file = |path, text: &'static str, before: Option<&'static str>| Placed {
        path,
        bytes: text.as_bytes(),
        before: before.map(str::as_bytes),
    };
    [
        file("imported/x/roles.ztam.yaml", "roles: {}\n", None),
        file("catalog/a.ztam.yaml", AFTER, Some(BEFORE)),
        file("inventory/x.json", "{}\n", None),
    ]
}

/// Everything below a folder, by path; of folders only that they are there.
fn contents(root: &Path) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    let mut left = vec![root.to_path_buf()];
    while let Some(folder) = left.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let shown = path.strip_prefix(root).unwrap().display().to_string();
            if path.is_dir() {
                all.insert(shown, String::new());
                left.push(path);
            } else {
                all.insert(shown, fs::read_to_string(&path).unwrap());
            }
        }
    }
    all
}

fn placed() -> BTreeMap<String, String> {
    let project = project();
    place(&world(project.path()), project.path(), &files()).unwrap();
    contents(project.path())
}

#[test]
fn everything_is_in_its_place_and_nothing_is_left_over() {
    let all = placed();
    assert_eq!(all["catalog/a.ztam.yaml"], AFTER);
    assert_eq!(all["imported/x/roles.ztam.yaml"], "roles: {}\n");
    assert!(!all.contains_key(FOLDER) && all.len() == 7, "{all:?}");
}

#[test]
fn what_fails_is_undone_and_what_is_cut_off_is_finished() {
    let (before, after) = (contents(project().path()), placed());
    let faults = [
        Fault::Once(ErrorKind::PermissionDenied),
        Fault::NoWrites(ErrorKind::StorageFull),
        Fault::NoWrites(ErrorKind::ReadOnlyFilesystem),
        Fault::ForGood,
    ];
    let (mut undone, mut finished) = (0, 0);
    for fault in faults {
        for at in 0..MOST {
            let project = project();
            let root = project.path();
            let (faulty, disk) = faulty(root, fault, at);
            let result = place(&faulty, root, &files());
            if !disk.has_failed() {
                break;
            }
            if matches!(fault, Fault::Once(_)) && result.is_err() {
                let mut left = contents(root);
                left.retain(|path, _| !path.starts_with(FOLDER));
                assert_eq!(left, before, "{fault:?} at {at}: nothing was changed");
                undone += 1;
            }
            finish(&world(root), root).unwrap();
            let left = contents(root);
            let of_files = |all: &BTreeMap<String, String>| {
                all.iter().filter(|it| !it.1.is_empty()).map(|it| it.0.clone()).collect::<Vec<_>>()
            };
            assert!(
                of_files(&left) == of_files(&before) && left["catalog/a.ztam.yaml"] == BEFORE
                    || left == after,
                "{fault:?} at {at}: all or nothing: {left:?}"
            );
            assert!(result.is_err() || left == after);
            finished += usize::from(result.is_err() && left == after);
        }
    }
    assert!(undone > 5 && finished > 3, "{undone} {finished}");
}

#[test]
fn what_somebody_has_changed_since_stays() {
    let project = project();
    let root = project.path();
    fs::write(root.join("catalog/a.ztam.yaml"), "assets: {b: {}}\n").unwrap();
    let failure = place(&world(root), root, &files()).unwrap_err();
    assert!(failure.to_string().contains("catalog/a.ztam.yaml has changed"), "{failure}");
    assert!(!root.join(FOLDER).exists() && !root.join("imported").exists());
}

#[test]
fn an_import_that_was_cut_off_does_not_overwrite_later_work() {
    for at in 0..MOST {
        let project = project();
        let root = project.path();
        let (faulty, _) = faulty(root, Fault::ForGood, at);
        let _ = place(&faulty, root, &files());
        if !root.join(FOLDER).join(JOURNAL).exists() {
            continue;
        }
        fs::write(root.join("catalog/a.ztam.yaml"), "mine: {}\n").unwrap();
        let failure = finish(&world(root), root).unwrap_err();
        assert!(failure.to_string().contains("has changed since"), "{failure}");
        assert_eq!(fs::read_to_string(root.join("catalog/a.ztam.yaml")).unwrap(), "mine: {}\n");
        return;
    }
    panic!("no journal was ever left");
}

#[test]
fn a_journal_that_leads_out_of_the_project_is_refused() {
    let project = project();
    let root = project.path().join("catalog");
    fs::create_dir(root.join(FOLDER)).unwrap();
    fs::write(root.join(FOLDER).join("0"), "x").unwrap();
    for path in ["../evil.ztam.yaml", "a.sh", "inventory/../../x.json"] {
        let journal =
            Journal { files: vec![Move { path: path.to_owned(), before: None, after: hash_of(b"x") }] };
        fs::write(root.join(FOLDER).join(JOURNAL), serde_json::to_string(&journal).unwrap()).unwrap();
        assert!(finish(&world(&root), &root).is_err(), "{path}");
        assert!(!root.join(path).exists());
    }
}
