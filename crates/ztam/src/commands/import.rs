//! `ztam import`: turns an org's permission sets and roles into a project that builds them again, and proves it.

use std::path::PathBuf;

use clap::Args;
use clap::builder::PossibleValuesParser;
use ztam_model::date::Date;

use crate::cli::date;
use crate::exit::{Exit, Failure};
use crate::import::{Order, import};
use crate::reporter::Reporter;
use crate::session::BACKENDS;
use crate::world::World;

/// Arguments of `ztam import`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The platform that the files are of
    #[arg(value_parser = PossibleValuesParser::new(BACKENDS.iter().map(|it| it.platform())))]
    pub platform: String,
    /// Folders, files and archives to read
    #[arg(value_name = "PATH", required = true)]
    pub paths: Vec<PathBuf>,
    /// The project's folder; without a `ztam.yaml` in it, a project is begun there
    #[arg(long, value_name = "PROJECT", env = "ZTAM_INTO")]
    pub into: PathBuf,
    /// The environment that the imported roles are built for
    #[arg(long = "env", value_name = "ENV", env = "ZTAM_ENV", default_value = "imported")]
    pub environment: String,
    /// Write class cells and domains where they give exactly the same access, and tell which would nearly fit
    #[arg(long, env = "ZTAM_GENERALIZE")]
    pub generalize: bool,
    /// The day to judge for, YYYY-MM-DD, UTC [default: today]
    #[arg(long, value_name = "DATE", env = "ZTAM_AS_OF", value_parser = date)]
    pub as_of: Option<Date>,
}

pub(crate) fn run(arguments: &Arguments, world: &World, reporter: &Reporter<'_>) -> Result<Exit, Failure> {
    let order = Order {
        platform: arguments.platform.clone(),
        paths: arguments.paths.clone(),
        into: arguments.into.clone(),
        environment: arguments.environment.clone(),
        as_of: arguments.as_of.unwrap_or(world.today),
        generalize: arguments.generalize,
    };
    let progress = reporter.progress("importing");
    let outcome = import(world, &order)?;
    drop(progress);
    if outcome.report.is_none() || !reporter.wants_json() {
        reporter.findings(&outcome.findings, &outcome.sources)?;
    }
    match &outcome.report {
        Some(report) => {
            let shown = arguments.into.display().to_string();
            reporter.document(&report.to_human(&shown), &report.to_text(), !report.holds())?;
        }
        None => reporter.say("nothing was written\n"),
    }
    Ok(outcome.exit)
}
