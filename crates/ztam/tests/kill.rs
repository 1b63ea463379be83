//! Kills real builds at real moments: whatever is left says what it is, and the next build completes.

#![cfg(unix)]
#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// Kills at different moments of a build.
const KILLS: u32 = 8;

fn ztam(arguments: &[&str], folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ztam"));
    command.env_clear().current_dir(folder).args(arguments).args(["--as-of", "2026-09-20", "--quiet"]);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command
}

fn manifest(folder: &Path, out: &str) -> String {
    fs::read_to_string(folder.join(out).join("ztam-manifest.json")).unwrap()
}

/// The example, or the example with a role renamed: other files, other bytes.
fn project(to: &Path, from: &Path, renamed: bool) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        if source.is_dir() {
            project(&target, &source, renamed);
        } else {
            let text = fs::read_to_string(&source).unwrap();
            let text = if renamed { text.replace("sales-rep", "sales-person") } else { text };
            fs::write(target, text).unwrap();
        }
    }
}

#[test]
fn a_killed_build_leaves_old_new_or_known_to_be_mixed() {
    let folder = tempfile::tempdir().unwrap();
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../matrices/acme-crm");
    let folder = folder.path();
    project(&folder.join("old"), &example, false);
    project(&folder.join("new"), &example, true);
    let build = |project: &str, out: &str| ztam(&["build", project, "--env", "prod", "--out", out], folder);
    let started = std::time::Instant::now();
    assert!(build("new", "expected").status().unwrap().success());
    let whole = started.elapsed();
    let mut ends = BTreeMap::new();
    for number in 0..KILLS {
        assert!(build("old", "out").status().unwrap().success());
        let mut child = build("new", "out").spawn().unwrap();
        // Reading and proving come first: most kills fall into the second half, where files are written.
        std::thread::sleep(
            whole.mul_f64(0.3 + 0.8 * f64::from(number) / f64::from(KILLS)).max(Duration::from_millis(1)),
        );
        let _ = child.kill();
        let _ = child.wait();
        let right_by = |project: &str| ztam(&["verify", "out", project], folder).status().unwrap().success();
        let end = (right_by("old"), right_by("new"));
        assert_ne!(end, (true, true));
        *ends.entry(end).or_insert(0) += 1;
        assert!(
            build("new", "out").status().unwrap().success(),
            "the next build does not complete: {ends:?}"
        );
        assert!(right_by("new"), "the next build is not right: {ends:?}");
        assert_eq!(manifest(folder, "out"), manifest(folder, "expected"));
    }
    assert_eq!(ends.values().sum::<u32>(), KILLS);
}
