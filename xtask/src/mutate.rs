//! Whether the tests of the rules would notice a rule that looks away: every condition of a rule is held true or false once,
//! and some test must fail. All mutants are compiled into one copy of the crate, behind a switch in the environment.

#![expect(clippy::disallowed_methods, reason = "a chore copies the project and runs its tests")]

mod conditions;

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use self::conditions::{Condition, conditions};

/// The switch: number of a condition, and what it is held to.
const SWITCH: &str = "ZTAM_MUTANT";
/// A mutant may run into a loop without end.
const PATIENCE: Duration = Duration::from_secs(60);
/// Surviving mutants of a rule that the table names.
const NAMED: usize = 3;

/// Where rules are: each crate by itself, since its tests are its own.
const CRATES: &[&str] = &["ztam-rules", "ztam-graph"];

/// What stands in a mutated crate beside its own modules.
const SWITCHBOARD: &str = r#"
/// What a condition is held to.
pub(crate) mod mutant {
    use std::sync::OnceLock;

    static SWITCH: OnceLock<Option<(u32, bool)>> = OnceLock::new();

    pub(crate) fn held(number: u32, value: impl std::borrow::Borrow<bool>) -> bool {
        let read = || {
            let text = std::env::var("ZTAM_MUTANT").ok()?;
            let (number, held) = text.split_once(' ')?;
            Some((number.parse().ok()?, held == "true"))
        };
        match SWITCH.get_or_init(read) {
            Some((switched, held)) if *switched == number => *held,
            _ => *value.borrow(),
        }
    }
}
"#;

/// What came of the mutants of one rule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// How many there are.
    pub mutants: usize,
    /// How many a test noticed.
    pub noticed: usize,
    /// The first that no test noticed: place and what was held.
    pub survivors: Vec<String>,
}

/// Mutates every rule whose id begins with `only`, or every rule, in a copy of the project below `scratch`.
///
/// # Errors
/// The project cannot be read, copied or compiled, or its tests fail without any mutant.
pub fn mutate(root: &Path, scratch: &Path, only: &str) -> Result<BTreeMap<String, Verdict>, Box<dyn Error>> {
    copy(root, scratch)?;
    let mut verdicts = BTreeMap::new();
    for name in CRATES {
        let source = scratch.join("crates").join(name).join("src");
        let mutants = plant(&source, &mut 0, only)?;
        let tests = compile(scratch, name)?;
        if !passes(&tests, None, "")? {
            return Err(format!("the tests of {name} fail without any mutant").into());
        }
        for mutant in mutants {
            judge(&tests, &mutant, &mut verdicts)?;
        }
    }
    Ok(verdicts)
}

/// The verdicts as a table.
#[must_use]
pub fn table(verdicts: &BTreeMap<String, Verdict>) -> String {
    let mut text = "| rule | mutants | noticed | not noticed |\n|---|---|---|---|\n".to_owned();
    for (rule, verdict) in verdicts {
        let more = verdict.mutants.saturating_sub(verdict.noticed).saturating_sub(NAMED);
        let named = verdict.survivors.iter().take(NAMED).cloned().collect::<Vec<_>>().join("; ");
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let _ = writeln!(text, "| `{rule}` | {} | {} | {named}{more} |", verdict.mutants, verdict.noticed);
    }
    let all: usize = verdicts.values().map(|it| it.mutants).sum();
    let noticed: usize = verdicts.values().map(|it| it.noticed).sum();
    let _ = writeln!(text, "| {} rules | {all} | {noticed} | |", verdicts.len());
    text
}

/// A condition of rules, numbered.
struct Mutant {
    rules: BTreeSet<String>,
    number: u32,
    place: String,
}

fn judge(
    tests: &Path,
    mutant: &Mutant,
    verdicts: &mut BTreeMap<String, Verdict>,
) -> Result<(), Box<dyn Error>> {
    for held in [true, false] {
        let survives = survives(tests, mutant, held)?;
        for rule in &mutant.rules {
            let verdict = verdicts.entry(rule.clone()).or_default();
            verdict.mutants += 1;
            if survives {
                verdict.survivors.push(format!("{} held {held}", mutant.place));
            } else {
                verdict.noticed += 1;
            }
        }
    }
    Ok(())
}

/// Whether no test notices. Those of the rules' own groups are asked first: most mutants end there.
fn survives(tests: &Path, mutant: &Mutant, held: bool) -> Result<bool, Box<dyn Error>> {
    let switch = Some((mutant.number, held));
    let groups = mutant.rules.iter().filter_map(|rule| rule.split_once('/')).map(|(group, _)| group);
    for group in groups.collect::<BTreeSet<_>>() {
        if !passes(tests, switch, &format!("{group}::"))? {
            return Ok(false);
        }
    }
    passes(tests, switch, "")
}

/// Copies what cargo needs; what is built stays where it is.
fn copy(root: &Path, scratch: &Path) -> Result<(), Box<dyn Error>> {
    let listed = Command::new("git")
        .arg("-C")
        .arg(root)
        .args(["ls-files", "-z", "-co", "--exclude-standard"])
        .output()?;
    if !listed.status.success() {
        return Err(String::from_utf8_lossy(&listed.stderr).into());
    }
    for name in String::from_utf8(listed.stdout)?.split_terminator('\0') {
        let (from, to) = (root.join(name), scratch.join(name));
        if let Some(folder) = to.parent() {
            fs::create_dir_all(folder)?;
        }
        // A file that is deleted and not yet committed is listed, too.
        if from.is_file() {
            fs::copy(from, to)?;
        }
    }
    Ok(())
}

/// Puts the conditions of every rule below a folder behind the switch.
fn plant(source: &Path, count: &mut u32, only: &str) -> Result<Vec<Mutant>, Box<dyn Error>> {
    let mut mutants = Vec::new();
    for path in files(source)? {
        let text = fs::read_to_string(&path)?;
        let found = conditions(&text).map_err(|error| format!("{}: {error}", path.display()))?;
        let is_wanted = |it: &Condition| it.rules.iter().any(|rule| rule.starts_with(only));
        let wanted: Vec<_> = found.into_iter().filter(is_wanted).collect();
        let mut numbers = Vec::new();
        for Condition { rules, line, .. } in &wanted {
            let file = path.strip_prefix(source).unwrap_or(&path).display();
            numbers.push(*count);
            mutants.push(Mutant { rules: rules.clone(), number: *count, place: format!("{file}:{line}") });
            *count += 1;
        }
        fs::write(&path, switched(&text, &wanted, &numbers))?;
    }
    let library = source.join("lib.rs");
    let text = fs::read_to_string(&library)?;
    fs::write(&library, text + SWITCHBOARD)?;
    Ok(mutants)
}

/// The text with each condition behind the switch; conditions may stand inside others.
fn switched(text: &str, conditions: &[Condition], numbers: &[u32]) -> String {
    let mut marks: Vec<(usize, bool, usize, String)> = Vec::new();
    for (condition, number) in conditions.iter().zip(numbers) {
        let length = condition.range.len();
        marks.push((
            condition.range.start,
            true,
            usize::MAX - length,
            format!("crate::mutant::held({number}, "),
        ));
        marks.push((condition.range.end, false, length, ")".to_owned()));
    }
    // At one place: first what ends, the shorter first; then what begins, the longer first.
    marks.sort();
    let mut out = String::with_capacity(text.len() * 2);
    let mut from = 0;
    for (at, _, _, mark) in marks {
        out.push_str(text.get(from..at).unwrap_or_default());
        out.push_str(&mark);
        from = at;
    }
    out.push_str(text.get(from..).unwrap_or_default());
    out
}

fn files(folder: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            found.extend(files(&path)?);
        } else if name.ends_with(".rs") && !is_of_tests(&name) && name != "lib.rs" {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn is_of_tests(name: &str) -> bool {
    matches!(name, "tests.rs" | "testing.rs") || name.ends_with("_tests.rs")
}

/// Compiles the tests of a crate; their program.
fn compile(scratch: &Path, name: &str) -> Result<PathBuf, Box<dyn Error>> {
    let out = Command::new("cargo")
        .args(["test", "--offline", "--lib", "--no-run", "--message-format", "json", "-p", name])
        .current_dir(scratch)
        .stderr(Stdio::inherit())
        .output()?;
    let text = String::from_utf8(out.stdout)?;
    let messages = text.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let mut program = None;
    let mut wrong = String::new();
    for message in messages {
        if let Some(path) = message.get("executable").and_then(serde_json::Value::as_str) {
            program = Some(PathBuf::from(path));
        }
        if let Some(rendered) = message.pointer("/message/rendered").and_then(serde_json::Value::as_str)
            && message.pointer("/message/level").and_then(serde_json::Value::as_str) == Some("error")
        {
            wrong.push_str(rendered);
        }
    }
    match program {
        Some(program) if out.status.success() => Ok(program),
        _ => Err(format!("the mutants of {name} do not compile\n{wrong}").into()),
    }
}

/// Whether all tests pass under a mutant. A run that takes too long counts as noticed.
/// Whether tests pass, those whose name has `among` in it.
fn passes(tests: &Path, mutant: Option<(u32, bool)>, among: &str) -> Result<bool, Box<dyn Error>> {
    let mut command = Command::new(tests);
    command.args(["--quiet", among]).stdout(Stdio::null()).stderr(Stdio::null()).env_remove(SWITCH);
    if let Some((number, held)) = mutant {
        command.env(SWITCH, format!("{number} {held}"));
    }
    // Tests look for their files beside the crate.
    if let Some(folder) = tests.ancestors().find(|it| it.join("Cargo.toml").exists()) {
        command.current_dir(folder);
    }
    let mut child = command.spawn()?;
    let started = std::time::Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status.success());
        }
        if started.elapsed() > PATIENCE {
            child.kill()?;
            child.wait()?;
            return Ok(false);
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}
