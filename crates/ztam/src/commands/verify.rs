//! `ztam verify`: whether a package is untouched, what this matrix says, and right today. Writes nothing.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::Args;
use rayon::prelude::*;
use ztam_graph::ids::Names;
use ztam_model::date::Date;
use ztam_report::json::Tool;
use ztam_report::manifest::{FileRecord, Manifest};
use ztam_report::removal::Changes;
use ztam_report::verification::{Difference, DifferenceKind as Kind, FORMAT_VERSION, Package, Verification};

use crate::cli::Target;
use crate::contents::{self, Contents};
use crate::exit::{Exit, Failure};
use crate::package::{Change, Folder, Inspection, would_be};
use crate::previous::recheck;
use crate::reporter::Reporter;
use crate::session::{Loaded, Session, prevents_graph};
use crate::world::World;
use crate::{VERSION, files};

/// Arguments of `ztam verify`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The folder that a build wrote
    #[arg(value_name = "DIR", env = "ZTAM_OUT")]
    pub folder: PathBuf,
    /// Which project and when. Without a project, only the files and the dates are looked at.
    #[command(flatten)]
    pub target: Target,
}

pub(crate) fn run(arguments: &Arguments, world: &World, reporter: &Reporter<'_>) -> Result<Exit, Failure> {
    let shown = arguments.folder.display().to_string();
    let inspection = Folder::open(world, world.resolve(&arguments.folder))?.inspect()?;
    if inspection.manifest.is_none() && !inspection.interrupted {
        return Err(Failure::usage(format!("there is no build in {shown}"))
            .help("give the folder that `ztam build` was given as `--out`"));
    }
    let progress = reporter.progress("comparing");
    let against = project(arguments, world)?;
    let day = arguments.target.as_of.unwrap_or(world.today);
    let against = against.as_ref().map(|(session, loaded)| (session, loaded));
    let verification = verify(&inspection, against, day, &shown)?;
    drop(progress);
    reporter.document(&verification.to_human(&shown), &verification.to_text(), !verification.right)?;
    Ok(if verification.right { Exit::Clean } else { Exit::Wider })
}

/// The project to compare with: the given one, or the nearest upwards if there is one.
fn project(arguments: &Arguments, world: &World) -> Result<Option<(Session, Loaded)>, Failure> {
    let root = match (files::root(world, arguments.target.project.as_deref()), &arguments.target.project) {
        (Ok(root), _) => root,
        (Err(failure), Some(_)) => return Err(failure),
        (Err(_), None) => return Ok(None),
    };
    let session = Session::new();
    let loaded = session.load(world, &root)?;
    Ok(Some((session, loaded)))
}

pub(crate) fn verify(
    inspection: &Inspection,
    against: Option<(&Session, &Loaded)>,
    day: Date,
    shown: &str,
) -> Result<Verification, Failure> {
    let mut differences: Vec<_> = inspection.changes.iter().map(of_file).collect();
    let is_mixed = inspection.interrupted && (inspection.manifest.is_none() || !differences.is_empty());
    let files = match (is_mixed, differences.is_empty()) {
        (true, _) => "interrupted",
        (false, true) => "intact",
        (false, false) => "modified",
    };
    let mut matrix = "not-compared";
    if let Some(manifest) = &inspection.manifest {
        differences.extend(of_dates(manifest, day)?);
        if let Some((session, loaded)) = against {
            let found = of_matrix(manifest, inspection.removal.as_ref(), session, loaded)?;
            matrix = if found.is_empty() { "same" } else { "different" };
            differences.extend(found);
        }
    } else {
        differences.push(Difference::new(Kind::Interrupted, shown));
    }
    differences.sort_unstable();
    Ok(Verification {
        format_version: FORMAT_VERSION,
        tool: Tool::ztam(VERSION),
        right: differences.is_empty(),
        day: day.to_string(),
        package: inspection.manifest.as_ref().map(Package::of),
        files,
        matrix,
        later_build_cut_off: inspection.interrupted && !is_mixed,
        differences,
    })
}

fn of_file(change: &Change) -> Difference {
    match change {
        Change::Changed(path) => Difference::new(Kind::FileChanged, path),
        Change::Missing(path) => Difference::new(Kind::FileMissing, path),
        Change::Extra(path) => Difference::new(Kind::FileExtra, path),
    }
}

/// A package is right from the day it was computed for to the day on which the first of its parts ends.
fn of_dates(manifest: &Manifest, day: Date) -> Result<Option<Difference>, Failure> {
    if date(&manifest.as_of)? > day {
        return Ok(Some(Difference::new(Kind::NotYetRight, &manifest.as_of)));
    }
    match &manifest.right_until {
        Some(until) if date(until)? < day => Ok(Some(Difference::new(Kind::NotRightAnyMore, until))),
        _ => Ok(None),
    }
}

pub(crate) fn date(text: &str) -> Result<Date, Failure> {
    Date::parse(text).ok_or_else(|| {
        Failure::usage(format!("the manifest has {text:?} for a day"))
            .help("build again: the manifest was changed by hand")
    })
}

fn of_matrix(
    manifest: &Manifest,
    changes: Option<&Changes>,
    session: &Session,
    loaded: &Loaded,
) -> Result<Vec<Difference>, Failure> {
    let mut found = of_sources(manifest, loaded);
    found.extend(of_rendering(manifest, changes, session, loaded)?);
    Ok(found)
}

/// The sources against those that a package was made from.
pub(crate) fn of_sources(manifest: &Manifest, loaded: &Loaded) -> Vec<Difference> {
    let mut found = Vec::new();
    if manifest.project != loaded.name() {
        found.push(Difference::new(Kind::OtherProject, loaded.name()));
    }
    found.extend(compare(
        &manifest.inputs,
        &loaded.inputs,
        [Kind::InputMissing, Kind::InputChanged, Kind::InputNew],
    ));
    found
}

/// Renders everything again, for the package's day and environment, and compares hashes. What an earlier build made is taken
/// from the package's own list, as far as the matrix does not speak against it.
fn of_rendering(
    manifest: &Manifest,
    changes: Option<&Changes>,
    session: &Session,
    loaded: &Loaded,
) -> Result<Vec<Difference>, Failure> {
    let compiled = session.compile(loaded);
    let blocked = || vec![Difference::new(Kind::DoesNotBuild, &manifest.environment)];
    if compiled.iter().any(prevents_graph) {
        return Ok(blocked());
    }
    let Some(environment) = Names::new(&loaded.project).environments.find(&manifest.environment) else {
        return Ok(vec![Difference::new(Kind::NoEnvironment, &manifest.environment)]);
    };
    let as_of = date(&manifest.as_of)?;
    let analysis = session.analyze(loaded, &compiled, Some(environment), as_of);
    let mut plans = analysis.plans();
    let mut findings = analysis.findings.clone();
    findings.extend(plans.iter().flatten().flat_map(|plan| plan.findings.iter().cloned()));
    if Exit::of(&findings) != Exit::Clean {
        return Ok(blocked());
    }
    let wanted = contents::manifest(loaded, &manifest.environment, &analysis, &plans, &findings);
    let changes = match changes {
        Some(changes) => recheck(changes, &analysis, &plans)?.map(|it| Changes {
            project: wanted.project.clone(),
            environment: wanted.environment.clone(),
            previous: manifest.previous.clone().unwrap_or_else(|| it.previous.clone()),
            ..it
        }),
        None => None,
    };
    if let Some(changes) = &changes {
        contents::take_over(&analysis, &mut plans, changes);
    }
    let contents = Contents::new(&analysis, &plans, &wanted, changes.as_ref());
    let mut rendered = contents
        .artifacts()
        .par_iter()
        .map(|artifact| {
            let (sha256, bytes) = would_be(artifact)
                .map_err(|error| Failure::internal(format!("{} cannot be made: {error}", artifact.path)))?;
            Ok(FileRecord { path: artifact.path.clone(), bytes, sha256 })
        })
        .collect::<Result<Vec<_>, Failure>>()?;
    rendered.sort_unstable();
    let mut found =
        compare(&manifest.outputs, &rendered, [Kind::OutputExtra, Kind::OutputDiffers, Kind::OutputMissing]);
    if manifest.right_until != wanted.right_until {
        // The day is part of what the manifest promises, and no file holds it.
        found.push(Difference::new(Kind::OutputDiffers, ztam_report::manifest::FILE_NAME));
    }
    Ok(found)
}

/// What is recorded against what there is now; `kinds` are for what is gone, changed and new.
fn compare(recorded: &[FileRecord], now: &[FileRecord], kinds: [Kind; 3]) -> Vec<Difference> {
    let [gone, changed, new] = kinds;
    let mut by_path: BTreeMap<&str, (Option<&FileRecord>, Option<&FileRecord>)> = BTreeMap::new();
    for record in recorded {
        by_path.entry(&record.path).or_default().0 = Some(record);
    }
    for record in now {
        by_path.entry(&record.path).or_default().1 = Some(record);
    }
    let kind = |pair| match pair {
        (Some(_), None) => Some(gone),
        (None, Some(_)) => Some(new),
        (before, after) => (before != after).then_some(changed),
    };
    by_path.into_iter().filter_map(|(path, pair)| Some(Difference::new(kind(pair)?, path))).collect()
}
