//! Makes every single operation of a build fail, in turn, and looks at what is left: the old package, the new one, or a
//! mixture that says so; and the next build always completes.

#![expect(clippy::disallowed_methods, reason = "tests look at what was written")]

use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;

use clap::Parser as _;
use ztam_model::date::Date;

use super::*;
use crate::cli::{Cli, Command};
use crate::commands::{Opened, build, verify};
use crate::disk::RealDisk;
use crate::disk::faulty::{Fault, FaultyDisk};
use crate::exit::Exit;
use crate::reporter::Reporter;
use crate::session::Session;

const DAY: &str = "2026-11-22";

fn world(disk: Arc<dyn Disk>) -> World {
    World { disk, ..World::new(Date::parse(DAY).unwrap(), std::env::temp_dir()) }
}

/// A project, read once and built often.
fn opened(root: &Path) -> Opened {
    let session = Session::new();
    let loaded = session.load(&world(Arc::new(RealDisk)), root).unwrap();
    let compiled = session.compile(&loaded);
    Opened { session, loaded, compiled }
}

/// The starter, or the starter without one of its roles.
fn starter(folder: &Path, edited: bool) -> Opened {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../matrices/starter");
    fs::create_dir_all(folder).unwrap();
    for entry in fs::read_dir(root).unwrap().map(Result::unwrap) {
        let mut text = fs::read_to_string(entry.path()).unwrap();
        if edited {
            // Another name is another file; another title changes a file that stays.
            text = text.replace("sales-rep", "seller").replace("Invoice", "Bill");
        }
        fs::write(folder.join(entry.file_name()), text).unwrap();
    }
    opened(folder)
}

/// Builds on one thread, so that operations have an order.
fn run_build(opened: &Opened, out: &Path, disk: Arc<dyn Disk>) -> Result<Exit, Failure> {
    run_build_after(opened, out, None, disk)
}

fn run_build_after(
    opened: &Opened,
    out: &Path,
    previous: Option<&Path>,
    disk: Arc<dyn Disk>,
) -> Result<Exit, Failure> {
    let mut line = vec!["ztam", "build", "--quiet", "--env", "prod", "--out", out.to_str().unwrap()];
    line.extend(previous.into_iter().flat_map(|it| ["--previous", it.to_str().unwrap()]));
    let cli = Cli::try_parse_from(line).unwrap();
    let Command::Build(arguments) = &cli.command else { panic!("no build") };
    let world = world(disk);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    pool.install(|| build::build(opened, arguments, &world, &Reporter::new(&world, &cli.common)))
}

/// Every file of a package with its bytes; what builds keep for themselves is left out.
fn tree(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    fn walk(folder: &Path, below: &str, all: &mut BTreeMap<String, Vec<u8>>) {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let name = format!("{below}{}", entry.file_name().to_str().unwrap());
            if name.starts_with(".ztam-") {
                continue;
            }
            if entry.path().is_dir() {
                walk(&entry.path(), &format!("{name}/"), all);
            } else {
                all.insert(name, fs::read(entry.path()).unwrap());
            }
        }
    }
    let mut all = BTreeMap::new();
    if folder.exists() {
        walk(folder, "", &mut all);
    }
    all
}

fn put(folder: &Path, files: &BTreeMap<String, Vec<u8>>) {
    for (name, bytes) in files {
        fs::create_dir_all(folder.join(name).parent().unwrap()).unwrap();
        fs::write(folder.join(name), bytes).unwrap();
    }
}

/// What verify says: whether the package is right by a matrix, and in which state its files are.
fn verified(out: &Path, opened: &Opened) -> Option<(bool, &'static str)> {
    let world = world(Arc::new(RealDisk));
    let inspection = Folder::open(&world, out.to_path_buf()).unwrap().inspect().unwrap();
    if inspection.manifest.is_none() && !inspection.interrupted {
        return None;
    }
    let against = Some((&opened.session, &opened.loaded));
    let found = verify::verify(&inspection, against, world.today, "out").unwrap();
    Some((found.right, found.files))
}

struct Case {
    folder: tempfile::TempDir,
    old: Opened,
    new: Opened,
    before: BTreeMap<String, Vec<u8>>,
    after: BTreeMap<String, Vec<u8>>,
    /// Whether the new build says what has to go of the old one, whose folder it writes into.
    compares: bool,
}

impl Case {
    /// A build over another one, or into nothing.
    fn new(over: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (old, new) =
            (starter(&folder.path().join("old"), false), starter(&folder.path().join("new"), true));
        let packages = [&old, &new].map(|opened| {
            let out = folder.path().join("package");
            assert_eq!(run_build(opened, &out, Arc::new(RealDisk)).unwrap(), Exit::Clean);
            let files = tree(&out);
            fs::remove_dir_all(out).unwrap();
            files
        });
        let [before, after] = packages;
        let names = |it: &BTreeMap<String, Vec<u8>>| it.keys().cloned().collect::<BTreeSet<_>>();
        assert!(names(&before).difference(&names(&after)).count() > 0, "something must go");
        assert!(names(&after).difference(&names(&before)).count() > 0, "something must come");
        let before = if over { before } else { BTreeMap::new() };
        Self { folder, old, new, before, after, compares: false }
    }

    /// A build over another one, compared with that one.
    fn comparing() -> Self {
        let mut case = Self::new(true);
        case.compares = true;
        let out = case.folder.path().join("package");
        put(&out, &case.before);
        assert_eq!(case.build(&out, Arc::new(RealDisk)).unwrap(), Exit::Clean);
        case.after = tree(&out);
        fs::remove_dir_all(out).unwrap();
        assert!(case.after.keys().any(|it| it.starts_with("removal/salesforce/1-empty/permissionsets/")));
        case
    }

    fn build(&self, out: &Path, disk: Arc<dyn Disk>) -> Result<Exit, Failure> {
        run_build_after(&self.new, out, self.compares.then_some(out), disk)
    }

    /// Fails one operation; `false` once the build is done before it comes to that.
    fn fail(&self, fault: Fault, at: usize) -> bool {
        let out = self.folder.path().join(format!("{at}"));
        put(&out, &self.before);
        let disk = FaultyDisk::new(fault, at);
        let result = self.build(&out, Arc::new(disk.clone()));
        self.look(&out, result.is_ok(), &format!("{fault:?} at {at}"));
        self.complete(&out, &format!("{fault:?} at {at}"));
        fs::remove_dir_all(out).unwrap();
        disk.has_failed()
    }

    fn look(&self, out: &Path, is_ok: bool, case: &str) {
        let now = tree(out);
        assert!(!is_ok || now == self.after, "{case}: a build that is not there was reported as done");
        let Some((right_by_new, files)) = verified(out, &self.new) else {
            assert!(now.is_empty() && self.before.is_empty(), "{case}: {:?}", now.keys());
            return;
        };
        assert_eq!(right_by_new, now == self.after, "{case}");
        // Where there was nothing, there is no old package to be right.
        let is_old = !now.is_empty() && now == self.before;
        assert_eq!(verified(out, &self.old).unwrap().0, is_old, "{case}");
        let expected = if is_old || now == self.after { "intact" } else { "interrupted" };
        assert_eq!(files, expected, "{case}");
    }

    fn complete(&self, out: &Path, case: &str) {
        assert_eq!(self.build(out, Arc::new(RealDisk)).unwrap(), Exit::Clean, "{case}");
        assert!(tree(out) == self.after, "{case}: the next build is another");
        let left = fs::read_dir(out)
            .unwrap()
            .filter(|it| it.as_ref().unwrap().file_name().to_str().unwrap().starts_with(staging::PREFIX));
        assert_eq!(left.count(), 0, "{case}: something is left");
    }

    fn fail_everywhere(&self, fault: Fault) {
        let operations = (0..).take_while(|at| self.fail(fault, *at)).count();
        assert!(operations > 60, "only {operations} operations");
    }
}

#[test]
fn a_build_over_another_survives_every_kill() {
    Case::new(true).fail_everywhere(Fault::ForGood);
}

#[test]
fn a_build_over_the_one_it_is_compared_with_survives_every_kill() {
    Case::comparing().fail_everywhere(Fault::ForGood);
}

#[test]
fn a_plain_build_that_was_cut_off_leaves_nothing_to_compare_with() {
    let case = Case::new(true);
    let mut refused = 0;
    for at in 0.. {
        let out = case.folder.path().join("compared");
        put(&out, &case.before);
        let disk = FaultyDisk::new(Fault::ForGood, at);
        let _ = run_build(&case.new, &out, Arc::new(disk.clone()));
        let now = tree(&out);
        let result = run_build_after(&case.new, &out, Some(&out), Arc::new(RealDisk));
        match result {
            Ok(_) => {
                let is_known = |it: &(&String, &Vec<u8>)| {
                    !it.0.starts_with("salesforce/") || now.get(it.0) == Some(it.1)
                };
                assert!(now == case.after || case.before.iter().all(|it| is_known(&it)), "{at}");
            }
            Err(failure) => {
                refused += 1;
                assert!(failure.to_string().contains("does not say what was deployed"), "{failure}");
            }
        }
        fs::remove_dir_all(&out).unwrap();
        if !disk.has_failed() {
            break;
        }
    }
    assert!(refused > 3, "{refused}");
}

#[test]
fn a_first_build_survives_every_kill() {
    Case::new(false).fail_everywhere(Fault::ForGood);
}

#[test]
fn a_build_survives_every_single_fault() {
    Case::new(true).fail_everywhere(Fault::Once(ErrorKind::StorageFull));
}

#[test]
fn a_build_survives_a_disk_that_fills_up_and_stays_full() {
    Case::new(true).fail_everywhere(Fault::NoWrites(ErrorKind::StorageFull));
}

#[test]
fn a_build_survives_a_disk_that_becomes_read_only() {
    Case::new(true).fail_everywhere(Fault::NoWrites(ErrorKind::ReadOnlyFilesystem));
}

#[test]
fn builds_that_race_leave_the_package_of_one() {
    let case = Case::new(false);
    let out = case.folder.path().join("race");
    for _ in 0..20 {
        let ends = std::thread::scope(|scope| {
            let builds = [&case.old, &case.new].map(|opened| {
                let out = &out;
                scope.spawn(move || run_build(opened, out, Arc::new(RealDisk)))
            });
            builds.map(|it| it.join().unwrap())
        });
        let now = tree(&out);
        let is_new = now == case.after;
        let right = verified(&out, if is_new { &case.new } else { &case.old });
        assert_eq!(right, Some((true, "intact")));
        for (end, is_it) in ends.iter().zip([!is_new, is_new]) {
            match end {
                Ok(exit) => assert_eq!(*exit, Exit::Clean),
                Err(failure) => {
                    assert!(failure.to_string().starts_with("another build is writing into "), "{failure}");
                    assert!(!is_it, "what stands there was refused");
                }
            }
        }
    }
}

#[test]
fn a_build_survives_a_kill_after_a_kill() {
    let case = Case::new(true);
    for first in (3..).step_by(17) {
        let out = case.folder.path().join("twice");
        put(&out, &case.before);
        let disk = FaultyDisk::new(Fault::ForGood, first);
        let _ = run_build(&case.new, &out, Arc::new(disk.clone()));
        // The second build is of the old matrix: what the first one put in place must go again.
        for second in (first % 13..).step_by(13) {
            let disk = FaultyDisk::new(Fault::ForGood, second);
            let _ = run_build(&case.old, &out, Arc::new(disk.clone()));
            case.look(&out, false, &format!("kills at {first} and {second}"));
            if !disk.has_failed() {
                break;
            }
        }
        case.complete(&out, &format!("kill at {first}"));
        fs::remove_dir_all(&out).unwrap();
        if !disk.has_failed() {
            break;
        }
    }
}

#[test]
fn a_full_disk_and_a_folder_that_cannot_be_written_say_what_to_do() {
    let case = Case::new(false);
    for (kind, help) in [
        (ErrorKind::StorageFull, "make room and build again"),
        (ErrorKind::PermissionDenied, "build into a folder that may be written"),
        (ErrorKind::ReadOnlyFilesystem, "build into a folder that may be written"),
    ] {
        let mut helps: Vec<String> = Vec::new();
        for at in 0.. {
            let out = case.folder.path().join(format!("{kind:?}-{at}"));
            let disk = FaultyDisk::new(Fault::Once(kind), at);
            let failure = run_build(&case.new, &out, Arc::new(disk.clone())).err();
            helps.extend(failure.and_then(|it| Some(miette::Diagnostic::help(&it)?.to_string())));
            if !disk.has_failed() {
                break;
            }
        }
        assert!(helps.iter().any(|it| it == help), "{helps:?}");
    }
}

#[test]
fn a_source_that_vanishes_is_named() {
    let folder = tempfile::tempdir().unwrap();
    starter(folder.path(), false);
    let session = Session::new();
    let mut named = 0;
    for at in 0.. {
        let disk = FaultyDisk::new(Fault::Once(ErrorKind::NotFound), at);
        match session.load(&world(Arc::new(disk.clone())), folder.path()) {
            Err(failure) => {
                assert_eq!(failure.exit(), Exit::Usage);
                named += usize::from(failure.to_string().contains(".yaml cannot be read"));
            }
            Ok(_) => {
                assert!(!disk.has_failed(), "operation {at} failed, and nobody said so");
                break;
            }
        }
    }
    assert_eq!(named, 7);
}

#[test]
fn two_builds_into_one_folder_do_not_mix() {
    let case = Case::new(false);
    let out = case.folder.path().join("one");
    fs::create_dir(&out).unwrap();
    let lock = RealDisk.lock(&out.join(LOCK)).unwrap();
    let failure = run_build(&case.new, &out, Arc::new(RealDisk)).unwrap_err();
    assert!(failure.to_string().starts_with("another build is writing into "), "{failure}");
    assert!(tree(&out).is_empty());
    drop(lock);
    case.complete(&out, "after the other build");
}
