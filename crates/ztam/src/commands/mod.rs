//! The commands, one file each, and what several of them begin with.

pub mod build;
pub mod check;
pub mod explain;
pub mod import;
pub mod init;
pub mod inventory;
pub mod plan;
pub mod rules;
pub mod schema;
pub mod test;
pub mod verify;
pub mod why;

use std::path::Path;

use clap::Args;
use rayon::prelude::*;
use ztam_graph::ids::{EnvironmentId, Names};
use ztam_model::date::Date;
use ztam_source::finding::Finding;
use ztam_source::suggest;

use crate::cli::Target;
use crate::exit::{Exit, Failure};
use crate::files;
use crate::merge::merge;
use crate::reporter::Reporter;
use crate::session::{Analysis, Loaded, Session, prevents_graph};
use crate::world::World;

/// A project that was read.
pub(crate) struct Opened {
    pub(crate) session: Session,
    pub(crate) loaded: Loaded,
    /// What holds in every environment.
    pub(crate) compiled: Vec<Finding>,
}

/// What came of judging environments.
pub(crate) struct Judged {
    pub(crate) findings: Vec<Finding>,
    /// How many promises were held against the access, over all environments.
    pub(crate) promises: usize,
    /// The environments' names; none where the project has none.
    pub(crate) environments: Vec<String>,
}

/// Arguments of the commands that judge one environment or every one.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Which project and when.
    #[command(flatten)]
    pub target: Target,
    /// The environment [default: every one]
    #[arg(long = "env", value_name = "ENV", env = "ZTAM_ENV")]
    pub environment: Option<String>,
}

/// Reads a project, judges it and reports what `select` takes of each environment; `Err` holds how the run ends where there
/// can be no access graph.
pub(crate) fn judge(
    arguments: &Arguments,
    world: &World,
    reporter: &Reporter<'_>,
    doing: &'static str,
    select: fn(&Analysis<'_>) -> Vec<Finding>,
) -> Result<Result<(Opened, Judged), Exit>, Failure> {
    let opened = match open(arguments.target.project.as_deref(), world, reporter)? {
        Ok(opened) => opened,
        Err(exit) => return Ok(Err(exit)),
    };
    let as_of = arguments.target.as_of.unwrap_or(world.today);
    let progress = reporter.progress(doing);
    let judged = opened.judge(arguments.environment.as_deref(), as_of, select)?;
    drop(progress);
    reporter.findings(&judged.findings, &opened.loaded.sources)?;
    Ok(Ok((opened, judged)))
}

/// Reads a project; `Err` holds how the run ends where there can be no access graph: that is reported already.
pub(crate) fn open(
    project: Option<&Path>,
    world: &World,
    reporter: &Reporter<'_>,
) -> Result<Result<Opened, Exit>, Failure> {
    let root = files::root(world, project)?;
    let session = Session::new();
    let progress = reporter.progress("reading the project");
    let loaded = session.load(world, &root)?;
    let compiled = session.compile(&loaded);
    drop(progress);
    if compiled.iter().any(prevents_graph) {
        reporter.findings(&compiled, &loaded.sources)?;
        return Ok(Err(Exit::of(&compiled)));
    }
    Ok(Ok(Opened { session, loaded, compiled }))
}

impl Opened {
    /// The environment of a name.
    pub(crate) fn environment(&self, name: &str) -> Result<EnvironmentId, Failure> {
        Names::new(&self.loaded.project).environments.find(name).ok_or_else(|| {
            let names = self.loaded.environments();
            let failure = Failure::usage(format!("there is no environment `{name}`"));
            match (suggest::closest(name, names.iter().copied()), suggest::list(names.iter().copied())) {
                (Some(meant), _) => failure.help(format!("did you mean `{meant}`?")),
                (None, Some(list)) => failure.help(format!("the environments are {list}")),
                (None, None) => failure.help("the project has none: declare one under `environments`"),
            }
        })
    }

    /// Judges the environment of a name, or every one; a project without environments is judged as it stands.
    pub(crate) fn judge(
        &self,
        environment: Option<&str>,
        as_of: Date,
        findings_of: impl Fn(&Analysis<'_>) -> Vec<Finding> + Sync,
    ) -> Result<Judged, Failure> {
        let names: Vec<String> = match environment {
            Some(name) => vec![name.to_owned()],
            None => self.loaded.environments().into_iter().map(str::to_owned).collect(),
        };
        let mut ids =
            names.iter().map(|name| self.environment(name).map(Some)).collect::<Result<Vec<_>, _>>()?;
        if ids.is_empty() {
            ids.push(None);
        }
        let judged: Vec<_> = ids
            .into_par_iter()
            .map(|id| {
                let analysis = self.session.analyze(&self.loaded, &self.compiled, id, as_of);
                (findings_of(&analysis), analysis.promises)
            })
            .collect();
        let promises = judged.iter().map(|(_, promises)| promises).sum();
        let labels = names.iter().cloned().chain(std::iter::once(String::new()));
        let findings = merge(labels.zip(judged).map(|(name, (findings, _))| (name, findings)).collect());
        Ok(Judged { findings, promises, environments: names })
    }
}

/// "in dev and prod", or nothing.
pub(crate) fn places(environments: &[String]) -> String {
    match environments {
        [] => String::new(),
        [one] => format!(" in {one}"),
        [first @ .., last] => format!(" in {} and {last}", first.join(", ")),
    }
}

/// "1 role", "2 roles".
pub(crate) fn count(number: usize, word: &str) -> String {
    format!("{number} {word}{}", if number == 1 { "" } else { "s" })
}
