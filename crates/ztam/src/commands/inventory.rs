//! `ztam inventory`: what an org has, as `inventory/*.json`; what of it the matrix does not know; and the classes that the
//! platform's own classification asks for, as edits that a person looks at.

mod draw;
mod report;
mod store;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use clap::builder::BoolishValueParser;
use clap::{ArgAction, Args};
use ztam_backend::Backend;
use ztam_backend::classify::{self, Question};
use ztam_backend::read::ReadContainer;
use ztam_backend::rules::MISNAMED;
use ztam_backend::survey::{Interest, Survey};
use ztam_model::inventory::PlatformInventory;
use ztam_report::inventory::{InventoryReport, Ours, State};
use ztam_source::file::{FileId, SourceMap};
use ztam_source::finding::{Finding, Level};

use crate::exit::{Exit, Failure};
use crate::files;
use crate::intake::{self, Intake, Want};
use crate::reporter::Reporter;
use crate::session::{BACKENDS, Loaded, Session};
use crate::sides::made_by;
use crate::world::World;

use store::Stored;
pub(crate) use store::text;

/// Arguments of `ztam inventory`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Folders, files and archives: Salesforce metadata in source or metadata format, Dataverse solutions unpacked or as zip,
    /// an export of `privileges`, an export of `PermissionDependency`
    #[arg(required = true, value_name = "PATH", env = "ZTAM_PATHS", value_delimiter = ';')]
    pub paths: Vec<PathBuf>,
    /// The project that gets the inventory [default: the nearest upwards with a `ztam.yaml`]
    #[arg(long, value_name = "PROJECT", env = "ZTAM_INTO", conflicts_with = "out")]
    pub into: Option<PathBuf>,
    /// A file for the inventory, instead of a project; `-` prints it
    #[arg(long, value_name = "FILE", env = "ZTAM_OUT")]
    pub out: Option<PathBuf>,
    /// Take only what is read now; without it an earlier inventory is kept and joined
    #[arg(long, env = "ZTAM_REPLACE", action = ArgAction::SetTrue, value_parser = BoolishValueParser::new())]
    pub replace: bool,
    /// Keep the whole definitions of columns, so that a Dataverse package can secure them (some 3 kB a column)
    #[arg(long, env = "ZTAM_DEFINITIONS", action = ArgAction::SetTrue, value_parser = BoolishValueParser::new())]
    pub definitions: bool,
    /// The folder of a build that was deployed: the roles and permission sets that it made are marked as ours, and a build
    /// may replace them
    #[arg(long, value_name = "DIR", env = "ZTAM_BUILT", conflicts_with = "out")]
    pub built: Option<PathBuf>,
    /// Write the proposed classes into the matrix
    #[arg(long, env = "ZTAM_APPLY", action = ArgAction::SetTrue, value_parser = BoolishValueParser::new(), conflicts_with = "out")]
    pub apply: bool,
    /// The class for a word of the platform, such as `Restricted=confidential`; may be given several times
    #[arg(long = "class", value_name = "WORD=CLASS", env = "ZTAM_CLASS", value_delimiter = ',', value_parser = choice)]
    pub classes: Vec<(String, String)>,
}

fn choice(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((word, class)) if !word.trim().is_empty() && !class.trim().is_empty() => {
            Ok((word.trim().to_owned(), class.trim().to_owned()))
        }
        _ => Err("write the platform's word, `=` and the class".to_owned()),
    }
}

/// What the files of one platform say.
struct Found {
    backend: &'static dyn Backend,
    inventory: PlatformInventory,
    /// The files that say it.
    files: BTreeSet<FileId>,
    /// What of it a build made, where one was given.
    ours: Option<Ours>,
}

pub(crate) fn run(arguments: &Arguments, world: &World, reporter: &Reporter<'_>) -> Result<Exit, Failure> {
    let project = project(arguments, world)?;
    let prints = project.is_none() && arguments.out.as_deref().is_none_or(|it| it == Path::new("-"));
    if prints && reporter.prints_json() {
        return Err(Failure::usage("the inventory and the report would both be printed")
            .help("write one of them to a file: `--out FILE`, or `--output json=FILE`"));
    }
    let progress = reporter.progress("reading what the org has");
    let mut sources = SourceMap::default();
    let taken = intake::intake(world, &arguments.paths, &want, &mut sources)?;
    let (mut found, mut findings) = survey(&taken);
    let laid_out = BACKENDS.iter().flat_map(|it| intake::layout(world, *it, &arguments.paths, &taken));
    findings.extend(laid_out);
    if !arguments.definitions {
        let objects = found.iter_mut().flat_map(|it| it.inventory.objects.values_mut());
        objects.flat_map(|it| it.fields.values_mut()).for_each(|it| it.definition = None);
    }
    drop(progress);
    taken.show(&findings, &mut sources);
    let exit = Exit::of(&findings);
    if exit != Exit::Clean || !reporter.wants_json() {
        reporter.findings(&findings, &sources)?;
    }
    if exit != Exit::Clean {
        reporter.say("nothing was written: what was read is not everything\n");
        return Ok(exit);
    }
    if found.is_empty() {
        return Err(Failure::usage("there is nothing of a known platform in what was given")
            .help("give a folder of Salesforce metadata, or a Dataverse solution, unpacked or as zip"));
    }
    let report = report::begun(&arguments.paths, &taken, &found, (&findings, &sources));
    match project {
        Some(root) => {
            if let Some(built) = &arguments.built {
                mark_ours(world, built, &root, &mut found)?;
            }
            into_project(arguments, world, reporter, &root, found, report)
        }
        None => to_file(arguments, world, reporter, found, report),
    }
}

/// The project that is meant: the given one or, unless a file is wanted, the nearest upwards.
fn project(arguments: &Arguments, world: &World) -> Result<Option<PathBuf>, Failure> {
    match (&arguments.into, &arguments.out) {
        (Some(into), _) => files::root(world, Some(into)).map(Some),
        (None, Some(_)) => Ok(None),
        (None, None) => Ok(files::root(world, None).ok()),
    }
}

fn want(path: &str) -> Want {
    match BACKENDS.iter().map(|it| it.interest(path)).max() {
        Some(Interest::Content) => Want::Bytes,
        Some(Interest::Name) => Want::Name,
        Some(Interest::None) | None => Want::Nothing,
    }
}

/// What every platform finds in the files, and what is wrong with them.
fn survey(taken: &Intake) -> (Vec<Found>, Vec<Finding>) {
    let inputs = taken.inputs();
    let mut findings = taken.findings.clone();
    let mut found = Vec::new();
    let mut unread: BTreeMap<_, usize> = BTreeMap::new();
    for backend in BACKENDS {
        let survey = backend.inventory(&inputs, &taken.names);
        let is_empty = survey.is_empty();
        let Survey { inventory, findings: wrong, unread: others } = survey;
        findings.extend(wrong);
        let others: BTreeSet<_> = others.into_iter().collect();
        let files = inputs.iter().map(|it| it.file).filter(|it| !others.contains(it)).collect();
        others.into_iter().for_each(|file| *unread.entry(file).or_default() += 1);
        if !is_empty {
            found.push(Found { backend: *backend, inventory, files, ours: None });
        }
    }
    let nobody = taken.inputs().into_iter().filter(|it| unread.get(&it.file) == Some(&BACKENDS.len()));
    findings.extend(nobody.map(|input| {
        let mut finding =
            Finding::new(&MISNAMED, format!("`{}` holds nothing that an inventory is made of", input.path))
                .at(input.span(&(0..0)), "not read")
                .fact("path", input.path);
        finding.level = Level::Advisory;
        finding
    }));
    (found, findings)
}

/// Marks what a build of the project made. A name alone is no proof: somebody else's role may have it.
fn mark_ours(world: &World, built: &Path, root: &Path, found: &mut [Found]) -> Result<(), Failure> {
    let loaded = Session::new().load(world, root)?;
    let (environment, platforms) = made_by(world, built, loaded.name())?;
    for (backend, made) in BACKENDS.iter().zip(platforms) {
        let Some(it) = found.iter_mut().find(|it| it.backend.platform() == backend.platform()) else {
            continue;
        };
        let mut marked = 0;
        for container in &mut it.inventory.containers {
            let is_it = |other: &&ReadContainer| {
                other.kind == container.kind
                    && other.name.to_lowercase() == container.name.to_lowercase()
                    && (container.id.is_none() || other.id == container.id)
            };
            container.ours = made.values().any(|it| is_it(&it));
            marked += usize::from(container.ours);
        }
        it.ours = Some(Ours { environment: environment.clone(), marked });
    }
    Ok(())
}

fn into_project(
    arguments: &Arguments,
    world: &World,
    reporter: &Reporter<'_>,
    root: &Path,
    found: Vec<Found>,
    mut report: InventoryReport,
) -> Result<Exit, Failure> {
    // Every file is looked at before the first is written.
    let stored = found
        .into_iter()
        .map(|it| Stored::prepare(world, root, it, arguments.replace))
        .collect::<Result<Vec<_>, _>>()?;
    for it in &stored {
        it.write(world)?;
    }
    let session = Session::new();
    let files = files::read(world, root)?;
    let chosen: BTreeMap<String, String> = arguments.classes.iter().cloned().collect();
    refuse_unknown_classes(&session.read(root, files.clone()), &chosen)?;
    let mut changes = draw::Changes::default();
    for it in &stored {
        // What is proposed for one platform is there for the next: both may need the same class or domain.
        let loaded = session.read(root, changes.over(&files));
        let proposal = classify::propose(&question(it, &loaded, &chosen));
        report.platforms.push(report::surveyed(it, Some(&proposal)));
        changes.add(world, root, it.backend.platform(), &loaded, &proposal)?;
    }
    report.edits = changes.edits();
    report.applied = arguments.apply && !changes.is_empty();
    if report.applied {
        changes.write(world, root)?;
    }
    reporter.document(&report.to_human(), &report.to_text(), false)?;
    if !reporter.prints_json() {
        print(world, &changes.diff())?;
    }
    if report.applied {
        reporter.say("written; `ztam check` says what is still to decide\n");
    } else if !changes.is_empty() {
        reporter.say("nothing of the matrix was changed; `--apply` writes these edits\n");
    }
    Ok(Exit::Clean)
}

fn question<'q>(
    stored: &'q Stored,
    loaded: &'q Loaded,
    chosen: &'q BTreeMap<String, String>,
) -> Question<'q> {
    Question {
        platform: stored.backend.platform(),
        title: stored.backend.title(),
        words: stored.backend.words(),
        inventory: &stored.inventory,
        project: &loaded.project,
        sources: &loaded.sources,
        chosen,
    }
}

fn refuse_unknown_classes(loaded: &Loaded, chosen: &BTreeMap<String, String>) -> Result<(), Failure> {
    let has = |class: &String| loaded.project.items.classes.iter().any(|it| it.id.value == *class);
    match chosen.values().find(|class| !has(class)) {
        Some(class) => Err(Failure::usage(format!("the project has no class `{class}`"))
            .help("add it under `classes`: where it stands there says how sensitive it is")),
        None => Ok(()),
    }
}

fn to_file(
    arguments: &Arguments,
    world: &World,
    reporter: &Reporter<'_>,
    mut found: Vec<Found>,
    mut report: InventoryReport,
) -> Result<Exit, Failure> {
    let (Some(found), true) = (found.pop(), found.is_empty()) else {
        return Err(Failure::usage(
            "what was given holds several platforms, and one file holds one inventory",
        )
        .help("give `--into PROJECT`, or the paths of one platform"));
    };
    let stored = match arguments.out.as_deref().filter(|it| *it != Path::new("-")) {
        None => Stored::printed(found)?,
        Some(out) => {
            let shown = out.display().to_string();
            let stored = Stored::at(world, world.resolve(out), shown, found, arguments.replace)?;
            stored.write(world)?;
            stored
        }
    };
    report.platforms.push(report::surveyed(&stored, None));
    reporter.document(&report.to_human(), &report.to_text(), false)?;
    if stored.state == State::Printed {
        print(world, &stored.after)?;
    }
    Ok(Exit::Clean)
}

fn print(world: &World, text: &str) -> Result<(), Failure> {
    world.print(text).map_err(|error| Failure::usage(format!("the output cannot be written: {error}")))
}
