//! Kills real builds of a project at seeded moments and looks at what is left: the package of before, the new one, or one
//! that `ztam verify` calls interrupted; and the next build gives the bytes of one that nobody disturbed.

#![expect(clippy::disallowed_methods, reason = "a chore reads and writes files of projects")]

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use crate::generate::random::Random;

/// Part of a build's whole time up to which it is killed, in thousandths: some kills come too late.
const LAST: usize = 1050;
const MANIFEST: &str = "ztam-manifest.json";

/// What is killed, how often, and by which chance.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The program.
    pub ztam: PathBuf,
    /// The project.
    pub project: PathBuf,
    /// The environment to build.
    pub environment: String,
    /// The day to build for.
    pub as_of: String,
    /// How many builds are killed.
    pub times: usize,
    /// Which moments of all possible ones.
    pub seed: u64,
}

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// How often the package was the old one, the new one, or interrupted.
    pub states: BTreeMap<&'static str, usize>,
    /// How long an undisturbed build over another one takes.
    pub whole: Duration,
    /// Files of a package and their bytes.
    pub size: (usize, u64),
}

/// Builds two editions of the project in turn over each other, each build killed once and then built again.
///
/// # Errors
/// A command cannot be run, a build left something that is none of the three, or the next build made other bytes.
pub fn kills(plan: &Plan, scratch: &Path) -> Result<Outcome, Box<dyn Error>> {
    let run = Run { plan, scratch };
    let package = scratch.join("package");
    let mut old = Edition::new(&run, "first", false)?;
    let mut new = Edition::new(&run, "second", true)?;
    let mut outcome = Outcome { size: new.size(), ..Outcome::default() };
    for edition in [&old, &new, &old] {
        let started = Instant::now();
        run.build(&edition.project, "package")?;
        outcome.whole = started.elapsed();
    }
    let mut random = Random::new(plan.seed);
    for number in 0..plan.times {
        let moment = outcome.whole.mul_f64(random.below(LAST) as f64 / 1000.0);
        run.kill(&new.project, moment)?;
        let state = run.state(&old.package, &new.package)?;
        *outcome.states.entry(state).or_default() += 1;
        run.build(&new.project, "package")?;
        if tree(&package)? != new.package {
            return Err(format!("kill {number} at {moment:?} ({state}): the next build is another").into());
        }
        std::mem::swap(&mut old, &mut new);
    }
    Ok(outcome)
}

/// One of the two projects, with the package that an undisturbed build makes.
struct Edition {
    project: PathBuf,
    package: Tree,
}

impl Edition {
    fn new(run: &Run<'_>, name: &str, is_edited: bool) -> Result<Self, Box<dyn Error>> {
        let project = run.scratch.join(name);
        copy(&run.plan.project, &project, is_edited)?;
        run.build(&project, "undisturbed")?;
        let out = run.scratch.join("undisturbed");
        let package = tree(&out)?;
        fs::remove_dir_all(out)?;
        Ok(Self { project, package })
    }

    fn size(&self) -> (usize, u64) {
        (self.package.len(), self.package.values().map(|it| it.0).sum())
    }
}

struct Run<'p> {
    plan: &'p Plan,
    scratch: &'p Path,
}

impl Run<'_> {
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.plan.ztam);
        command.env_clear().current_dir(self.scratch).args(arguments);
        command.args(["--as-of", &self.plan.as_of, "--quiet"]);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    fn build_command(&self, edition: &Path, out: &str) -> Command {
        let mut command = self.command(&["build", "--env", &self.plan.environment, "--out", out]);
        command.arg(edition);
        command
    }

    fn build(&self, edition: &Path, out: &str) -> Result<(), Box<dyn Error>> {
        let status: ExitStatus = self.build_command(edition, out).status()?;
        if status.success() { Ok(()) } else { Err(format!("a build ended with {status}").into()) }
    }

    fn kill(&self, edition: &Path, moment: Duration) -> Result<(), Box<dyn Error>> {
        let mut child = self.build_command(edition, "package").spawn()?;
        std::thread::sleep(moment);
        child.kill()?;
        child.wait()?;
        Ok(())
    }

    /// What `ztam verify` says, held against the bytes.
    fn state(&self, old: &Tree, new: &Tree) -> Result<&'static str, Box<dyn Error>> {
        let report = self.scratch.join("report.json");
        let mut command = self.command(&["verify", "package"]);
        command.arg("--output").arg(format!("json={}", report.display()));
        command.status()?;
        let report: serde_json::Value = serde_json::from_str(&fs::read_to_string(&report)?)?;
        let files = report.get("files").and_then(serde_json::Value::as_str).unwrap_or_default();
        let now = tree(&self.scratch.join("package"))?;
        match files {
            "intact" if now == *old => Ok("old"),
            "intact" if now == *new => Ok("new"),
            "interrupted" if now != *old && now != *new => Ok("interrupted"),
            _ => Err(format!("verify says {files:?}, and the bytes are not that").into()),
        }
    }
}

/// Every file with its size and a hash of its bytes; what builds keep for themselves is left out.
type Tree = BTreeMap<String, (u64, u64)>;

fn tree(folder: &Path) -> Result<Tree, Box<dyn Error>> {
    let mut all = Tree::new();
    walk(folder, "", &mut all)?;
    if all.contains_key(MANIFEST) { Ok(all) } else { Err("there is no manifest".into()) }
}

fn walk(folder: &Path, below: &str, all: &mut Tree) -> Result<(), Box<dyn Error>> {
    use std::hash::{DefaultHasher, Hasher as _};
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = format!("{below}{}", entry.file_name().to_string_lossy());
        if name.starts_with(".ztam-") {
            continue;
        }
        if entry.file_type()?.is_dir() {
            walk(&entry.path(), &format!("{name}/"), all)?;
        } else {
            let bytes = fs::read(entry.path())?;
            let mut hasher = DefaultHasher::new();
            hasher.write(&bytes);
            all.insert(name, (bytes.len() as u64, hasher.finish()));
        }
    }
    Ok(())
}

/// Copies a project; the edited one has other descriptions in every role that has a purpose.
fn copy(from: &Path, to: &Path, is_edited: bool) -> Result<(), Box<dyn Error>> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type()?.is_dir() {
            copy(&source, &target, is_edited)?;
        } else if is_edited && source.extension().is_some_and(|it| it == "yaml") {
            let text = fs::read_to_string(&source)?;
            fs::write(target, text.replace("    purpose: ", "    purpose: Second edition. "))?;
        } else {
            fs::copy(&source, target)?;
        }
    }
    Ok(())
}
