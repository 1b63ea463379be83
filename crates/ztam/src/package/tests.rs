#![expect(clippy::disallowed_methods, reason = "tests look at what was written")]

use super::*;
use std::fs;
use ztam_model::date::Date;
use ztam_report::json::Tool;

use crate::disk::RealDisk;

fn world(directory: &Path) -> World {
    let today = Date::parse("2026-11-22").unwrap();
    World::new(today, directory.to_path_buf())
}

fn text(path: &str, content: &'static str) -> Artifact<'static> {
    Artifact::stream(path, move |out| out.write_all(content.as_bytes()))
}

fn wanted(outputs: Vec<FileRecord>) -> Manifest {
    Manifest {
        format_version: ztam_report::manifest::FORMAT_VERSION,
        tool: Tool::ztam("0.0.0"),
        project: "p".into(),
        environment: "prod".into(),
        as_of: "2026-11-22".into(),
        right_until: None,
        previous: None,
        bytes: outputs.iter().map(|it| it.bytes).sum(),
        inputs: Vec::new(),
        outputs,
    }
}

fn build(out: &Path, artifacts: &[Artifact<'_>]) -> Result<Written, Failure> {
    Folder::open(&world(out), out.to_path_buf())?.write(artifacts, false, wanted)
}

fn read(out: &Path, path: &str) -> String {
    String::from_utf8(fs::read(out.join(path)).unwrap()).unwrap()
}

fn names(out: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(out).unwrap().map(|it| it.unwrap().file_name().into_string().unwrap()).collect();
    names.retain(|name| name != LOCK);
    names.sort();
    names
}

#[test]
fn a_build_is_whole_and_its_manifest_true() {
    let out = tempfile::tempdir().unwrap();
    let folder = out.path().join("new/build");
    let written = build(&folder, &[text("b/two.xml", "two"), text("a.xml", "one")]).unwrap();
    assert_eq!(written, Written { written: 2, ..Written::default() });
    assert_eq!(names(&folder), ["a.xml", "b", FILE_NAME]);
    let manifest = Manifest::read(&read(&folder, FILE_NAME)).unwrap();
    assert_eq!(manifest.bytes, 6);
    assert_eq!(
        manifest.outputs[0].sha256,
        "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed"
    );
}

#[test]
fn unchanged_files_are_not_touched() {
    let out = tempfile::tempdir().unwrap();
    build(out.path(), &[text("a.xml", "one"), text("b.xml", "two")]).unwrap();
    let time = |name: &str| fs::metadata(out.path().join(name)).unwrap().modified().unwrap();
    let before = (time("a.xml"), time("b.xml"));
    std::thread::sleep(std::time::Duration::from_millis(20));
    let written = build(out.path(), &[text("a.xml", "one"), text("b.xml", "new")]).unwrap();
    assert_eq!(written, Written { written: 1, unchanged: 1, ..Written::default() });
    assert_eq!(time("a.xml"), before.0);
    assert_ne!(time("b.xml"), before.1);
}

#[test]
fn a_foreign_file_stops_everything() {
    let out = tempfile::tempdir().unwrap();
    fs::write(out.path().join("b.xml"), "theirs").unwrap();
    let failure = build(out.path(), &[text("a.xml", "one"), text("b.xml", "two")]).unwrap_err();
    assert_eq!(failure.exit().code(), 2);
    assert_eq!(
        (names(out.path()), read(out.path(), "b.xml")),
        (vec!["b.xml".to_owned()], "theirs".to_owned())
    );
    let failure = build(out.path(), &[text("b.xml/c.xml", "two")]).unwrap_err();
    assert!(failure.to_string().starts_with("b.xml in "), "{failure}");
}

#[cfg(unix)]
#[test]
fn links_are_foreign() {
    let out = tempfile::tempdir().unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(elsewhere.path(), out.path().join("salesforce")).unwrap();
    assert!(build(out.path(), &[text("salesforce/a.xml", "one")]).is_err());
    assert!(names(elsewhere.path()).is_empty());
}

#[test]
fn old_files_go_unless_somebody_changed_them() {
    let out = tempfile::tempdir().unwrap();
    build(out.path(), &[text("x/a.xml", "one"), text("y/b.xml", "two"), text("c.xml", "three")]).unwrap();
    fs::write(out.path().join("y/b.xml"), "edited").unwrap();
    fs::write(out.path().join("c.xml"), "edited").unwrap();
    let written = build(out.path(), &[text("c.xml", "three")]).unwrap();
    assert_eq!(written.removed, ["x/a.xml"]);
    assert_eq!(written.kept, ["y/b.xml"]);
    assert_eq!(written.restored, ["c.xml"]);
    assert_eq!(names(out.path()), ["c.xml", "y", FILE_NAME]);
    // What stays is theirs from now on.
    assert!(build(out.path(), &[text("y/b.xml", "two")]).is_err());
}

#[test]
fn a_build_that_was_cut_off_is_made_good() {
    let out = tempfile::tempdir().unwrap();
    build(out.path(), &[text("a.xml", "one"), text("gone.xml", "gone")]).unwrap();
    // Cut off after moving the first of two files: the list of what was begun is still in the staging folder.
    let staging = out.path().join(".ztam-tmp-1");
    fs::create_dir(&staging).unwrap();
    let begun = [("new.xml", "new"), ("other.xml", "other")].map(|(path, content)| {
        fs::write(staging.join(path), content).unwrap();
        let (sha256, bytes) = render::hash(&RealDisk, &staging.join(path)).unwrap();
        FileRecord { path: path.into(), bytes, sha256 }
    });
    fs::write(staging.join(FILE_NAME), wanted(begun.into()).to_text()).unwrap();
    fs::rename(staging.join("new.xml"), out.path().join("new.xml")).unwrap();
    let written = build(out.path(), &[text("a.xml", "one"), text("new.xml", "newer")]).unwrap();
    assert_eq!(written.removed, ["gone.xml"]);
    assert_eq!(names(out.path()), ["a.xml", "new.xml", FILE_NAME]);
    assert_eq!(read(out.path(), "new.xml"), "newer");
}

#[test]
fn a_failed_rendering_leaves_nothing() {
    let out = tempfile::tempdir().unwrap();
    let broken = Artifact::stream("b.xml", |_| Err(io::Error::other("template")));
    let failure = build(out.path(), &[text("a.xml", "one"), broken]).unwrap_err();
    assert_eq!(failure.exit().code(), 70);
    assert!(names(out.path()).is_empty());
}

#[test]
fn the_same_build_is_current_until_something_changes() {
    let out = tempfile::tempdir().unwrap();
    let world = world(out.path());
    let is_current =
        |wanted: &Manifest| Folder::open(&world, out.path().to_path_buf()).unwrap().is_current(wanted);
    assert!(!is_current(&wanted(Vec::new())));
    build(out.path(), &[text("a.xml", "one")]).unwrap();
    assert!(is_current(&wanted(Vec::new())));
    assert!(!is_current(&Manifest { as_of: "2026-11-23".into(), ..wanted(Vec::new()) }));
    std::thread::sleep(std::time::Duration::from_millis(20));
    fs::write(out.path().join("a.xml"), "two").unwrap();
    assert!(!is_current(&wanted(Vec::new())));
}

#[test]
fn a_zip_depends_on_its_entries_alone() {
    let out = tempfile::tempdir().unwrap();
    let zip = || Artifact::zip("s.zip", vec![text("solution.xml", "<a/>"), text("x/y.xml", "<b/>")]);
    let (first, second) = (out.path().join("1"), out.path().join("2"));
    build(&first, &[zip()]).unwrap();
    std::thread::sleep(std::time::Duration::from_millis(2_100));
    build(&second, &[zip()]).unwrap();
    assert_eq!(fs::read(first.join("s.zip")).unwrap(), fs::read(second.join("s.zip")).unwrap());
    let mut archive = zip::ZipArchive::new(fs::File::open(first.join("s.zip")).unwrap()).unwrap();
    let names: Vec<_> =
        (0..archive.len()).map(|at| archive.by_index(at).unwrap().name().unwrap().into_owned()).collect();
    assert_eq!(names, ["solution.xml", "x/y.xml"]);
    assert_eq!(io::read_to_string(archive.by_name("x/y.xml").unwrap()).unwrap(), "<b/>");
}

#[test]
fn paths_stay_inside_and_apart() {
    for path in ["../a", "/a", "a//b", "a/./b", "", "a\\b", "c:a", FILE_NAME] {
        assert!(check_paths(&[text(path, "")]).is_err(), "{path:?}");
    }
    assert!(check_paths(&[text("a/B.xml", ""), text("a/b.xml", "")]).is_err());
    assert!(check_paths(&[text("a/B.xml", ""), text("b/b.xml", "")]).is_ok());
}

#[test]
fn a_manifest_that_is_not_ours_is_foreign() {
    let out = tempfile::tempdir().unwrap();
    fs::write(out.path().join(FILE_NAME), "{}").unwrap();
    let failure = build(out.path(), &[text("a.xml", "one")]).unwrap_err();
    assert_eq!(failure.exit().code(), 2);
}
