//! `ztam build`: writes the packages of one environment. Nothing is written while anything blocks or a promise fails.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use clap::builder::BoolishValueParser;
use clap::{ArgAction, Args};
use ztam_backend::plan::Plan;
use ztam_report::manifest::Manifest;
use ztam_report::removal::{self, Changes};

use crate::cli::Target;
use crate::commands::{Opened, count, open};
use crate::contents::{self, Contents};
use crate::exit::{Exit, Failure};
use crate::package::{Folder, Written};
use crate::previous::Earlier;
use crate::reporter::Reporter;
use crate::session::Analysis;
use crate::world::World;

/// Arguments of `ztam build`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Which project and when.
    #[command(flatten)]
    pub target: Target,
    /// The environment to build for
    #[arg(long = "env", value_name = "ENV", env = "ZTAM_ENV")]
    pub environment: String,
    /// The folder for the packages
    #[arg(long, value_name = "DIR", env = "ZTAM_OUT")]
    pub out: PathBuf,
    /// The folder of an earlier build: also write what must go for the change to be complete
    #[arg(long, value_name = "DIR", env = "ZTAM_PREVIOUS")]
    pub previous: Option<PathBuf>,
    /// Render everything again, even where nothing changed
    #[arg(long, env = "ZTAM_FORCE", action = ArgAction::SetTrue, value_parser = BoolishValueParser::new())]
    pub force: bool,
}

pub(crate) fn run(arguments: &Arguments, world: &World, reporter: &Reporter<'_>) -> Result<Exit, Failure> {
    match open(arguments.target.project.as_deref(), world, reporter)? {
        Ok(opened) => build(&opened, arguments, world, reporter),
        Err(exit) => Ok(exit),
    }
}

/// Builds a project that was read.
pub(crate) fn build(
    opened: &Opened,
    arguments: &Arguments,
    world: &World,
    reporter: &Reporter<'_>,
) -> Result<Exit, Failure> {
    refuse_sources(world, &opened.loaded.root, &arguments.out)?;
    let as_of = arguments.target.as_of.unwrap_or(world.today);
    let environment = opened.environment(&arguments.environment)?;
    let progress = reporter.progress("proving");
    let analysis = opened.session.analyze(&opened.loaded, &opened.compiled, Some(environment), as_of);
    let plans = analysis.plans();
    drop(progress);
    let mut findings = analysis.findings.clone();
    findings.extend(plans.iter().flatten().flat_map(|plan| plan.findings.iter().cloned()));
    reporter.findings(&findings, &opened.loaded.sources)?;
    let exit = Exit::of(&findings);
    if exit != Exit::Clean {
        reporter.say("nothing was written\n");
        return Ok(exit);
    }
    if plans.iter().all(Option::is_none) {
        return Err(Failure::usage(format!("the environment `{}` names no platform", arguments.environment))
            .help("give it the settings of a package, for instance `salesforce: {}`"));
    }
    let wanted = contents::manifest(&opened.loaded, &arguments.environment, &analysis, &plans, &findings);
    package(&analysis, plans, wanted, arguments, world, reporter)
}

/// Writes the packages of what is proved, unless they are there already.
fn package(
    analysis: &Analysis<'_>,
    mut plans: Vec<Option<Plan>>,
    mut wanted: Manifest,
    arguments: &Arguments,
    world: &World,
    reporter: &Reporter<'_>,
) -> Result<Exit, Failure> {
    let shown = arguments.out.display();
    let folder = Folder::open(world, world.resolve(&arguments.out))?;
    if let Some(other) = folder.earlier().filter(|earlier| earlier.project != wanted.project) {
        return Err(Failure::usage(format!("{shown} holds the packages of `{}`", other.project))
            .help("build into another folder; nothing was written"));
    }
    let earlier = earlier(arguments, world, &wanted)?;
    let is_own = is_same(world, arguments.previous.as_deref(), &arguments.out);
    wanted.previous = match &earlier {
        // A build compared with itself has nothing to say; what it said of the one before it stays.
        Some(_) if is_own => folder.earlier().and_then(|it| it.previous.clone()),
        other => other.as_ref().map(|it| it.record.clone()),
    };
    if !arguments.force && folder.is_current(&wanted) {
        reporter.say(&format!("{shown}: nothing changed since the last build\n"));
        return Ok(Exit::Clean);
    }
    let progress = reporter.progress("writing the packages");
    let changes = earlier.map(|it| changes_since(&it, is_own, analysis, &plans, &wanted)).transpose()?;
    wanted.previous = changes.as_ref().map(|it| it.previous.clone());
    if let Some(changes) = &changes {
        contents::take_over(analysis, &mut plans, changes);
    }
    let is_forgotten = changes.is_none() && has_list(&folder);
    let folder = if is_own { folder.pinned() } else { folder };
    let contents = Contents::new(analysis, &plans, &wanted, changes.as_ref());
    let mut summary = write(&contents, &wanted, folder, arguments.force)?;
    summary.push_str(&changes.as_ref().map(what_goes).unwrap_or_default());
    if is_forgotten {
        summary.push_str(FORGOTTEN);
    }
    drop(progress);
    reporter.say(&format!("{} for {} in {shown}\n{summary}", wanted.project, wanted.environment));
    Ok(Exit::Clean)
}

/// The earlier build that is asked for.
fn earlier<'w>(
    arguments: &Arguments,
    world: &'w World,
    wanted: &Manifest,
) -> Result<Option<Earlier<'w>>, Failure> {
    let Some(shown) = &arguments.previous else { return Ok(None) };
    Earlier::open(Folder::open(world, world.resolve(shown))?, shown, wanted).map(Some)
}

/// What has changed since the earlier build; over itself, a build says again what it said.
fn changes_since(
    earlier: &Earlier<'_>,
    is_own: bool,
    analysis: &Analysis<'_>,
    plans: &[Option<Plan>],
    wanted: &Manifest,
) -> Result<Changes, Failure> {
    let own = if is_own { earlier.own_list(analysis, plans, wanted)? } else { None };
    own.map_or_else(|| earlier.changes(analysis, plans, wanted), Ok)
}

/// Whether the earlier build lies where this one goes.
fn is_same(world: &World, previous: Option<&Path>, out: &Path) -> bool {
    let real = |path: &Path| world.canonical(&world.resolve(path)).ok();
    previous.and_then(real).is_some_and(|it| Some(it) == real(out))
}

/// What is said where a build without an earlier one takes the list of one with it away.
const FORGOTTEN: &str = "what the last build here listed to go is listed no more; if it has not gone, give a copy of that build as \
    `--previous`\n";

/// Whether the last build in a folder listed something that has to go.
fn has_list(folder: &Folder<'_>) -> bool {
    folder.earlier().is_some_and(|it| it.output(removal::FILE_NAME).is_some())
}

fn what_goes(changes: &Changes) -> String {
    let all = &changes.platforms;
    let removed: usize = all.iter().map(|it| it.removed.len()).sum();
    let narrowed: usize = all.iter().map(|it| it.narrowed.len()).sum();
    let unassign: usize = all.iter().map(|it| it.unassign.len()).sum();
    format!(
        "since the build of {}: {removed} to go, {narrowed} narrowed, {} to take away, in {}\n",
        changes.previous.as_of,
        count(unassign, "assignment"),
        removal::RUNBOOK
    )
}

/// A package must not lie among the sources, nor in a folder that holds them: what is built is owned and cleared by builds.
fn refuse_sources(world: &World, root: &Path, out: &Path) -> Result<(), Failure> {
    let folder = world.resolve(out);
    // A folder that does not exist yet holds nothing.
    let (Ok(folder), Ok(root)) = (world.canonical(&folder), world.canonical(root)) else { return Ok(()) };
    if root.starts_with(&folder) {
        return Err(Failure::usage(format!("{} holds the project itself", out.display()))
            .help("build into a folder of its own, such as `--out dist`; nothing was written"));
    }
    Ok(())
}

/// Writes everything and says what was written, in aligned lines.
fn write(
    contents: &Contents<'_>,
    wanted: &Manifest,
    folder: Folder<'_>,
    force: bool,
) -> Result<String, Failure> {
    let mut packages: BTreeMap<&str, (usize, u64)> = BTreeMap::new();
    let written = folder.write(&contents.artifacts(), force, |outputs| {
        for output in &outputs {
            if let Some(title) = contents.title_of(&output.path) {
                let (files, bytes) = packages.entry(title).or_default();
                *files += 1;
                *bytes += output.bytes;
            }
        }
        Manifest { bytes: outputs.iter().map(|it| it.bytes).sum(), outputs, ..wanted.clone() }
    })?;
    let mut lines: Vec<(String, String)> = packages
        .into_iter()
        .map(|(title, (files, bytes))| {
            (title.to_owned(), format!("{}, {}", count(files, "file"), size(bytes)))
        })
        .collect();
    lines.push((
        "obligations".into(),
        format!("{} to see to, in obligations.md", contents.obligations.obligations.len()),
    ));
    lines.push((
        "granted less".into(),
        format!("{}, in fidelity.json", count(contents.fidelity.less.len(), "group")),
    ));
    lines.push((
        "right until".into(),
        wanted.right_until.clone().unwrap_or_else(|| "nothing in it has an end".into()),
    ));
    lines.push(("written".into(), changes(&written)));
    let verdicts = format!("\nhow the cells of the matrix come through\n{}", contents.fidelity_table());
    Ok(aligned(&lines) + &remarks(&written) + &verdicts)
}

fn changes(written: &Written) -> String {
    let mut text = format!("{}, {} unchanged", count(written.written, "file"), written.unchanged);
    if !written.removed.is_empty() {
        let _ = write!(text, ", {} removed", written.removed.len());
    }
    text
}

/// What somebody must know whose own work was found in the folder.
fn remarks(written: &Written) -> String {
    let mut out = String::new();
    for path in &written.kept {
        let _ = writeln!(out, "kept {path}: no longer part of the build, but changed by hand");
    }
    for path in &written.restored {
        let _ = writeln!(out, "restored {path}: it had been changed by hand");
    }
    out
}

fn aligned(lines: &[(String, String)]) -> String {
    let width = lines.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    lines.iter().map(|(name, text)| format!("  {name:width$}  {text}\n")).collect()
}

fn size(bytes: u64) -> String {
    const UNITS: &[(&str, u64)] = &[("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1_000)];
    match UNITS.iter().find(|(_, unit)| bytes >= *unit) {
        Some((name, unit)) => format!("{}.{} {name}", bytes / unit, bytes % unit * 10 / unit),
        None => format!("{bytes} bytes"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_short() {
        for (bytes, text) in
            [(0, "0 bytes"), (999, "999 bytes"), (1_550, "1.5 kB"), (570_000_000, "570.0 MB")]
        {
            assert_eq!(size(bytes), text);
        }
    }
}
