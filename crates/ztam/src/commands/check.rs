//! `ztam check`: reads, resolves and proves, in one environment or in every one.

use clap::Args;
use ztam_source::finding::Finding;

use crate::cli::Target;
use crate::commands::{count, open, places};
use crate::exit::{Exit, Failure};
use crate::reporter::Reporter;
use crate::session::Analysis;
use crate::world::World;

/// Arguments of `ztam check`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Which project and when.
    #[command(flatten)]
    pub target: Target,
    /// The environment [default: every one]
    #[arg(long = "env", value_name = "ENV", env = "ZTAM_ENV")]
    pub environment: Option<String>,
}

pub(crate) fn run(arguments: &Arguments, world: &World, reporter: &Reporter<'_>) -> Result<Exit, Failure> {
    let opened = match open(arguments.target.project.as_deref(), world, reporter)? {
        Ok(opened) => opened,
        Err(exit) => return Ok(exit),
    };
    let as_of = arguments.target.as_of.unwrap_or(world.today);
    let progress = reporter.progress("proving");
    let judged = opened.judge(arguments.environment.as_deref(), as_of, all_findings)?;
    drop(progress);
    reporter.findings(&judged.findings, &opened.loaded.sources)?;
    if judged.findings.is_empty() {
        let items = &opened.loaded.project.items;
        reporter.say(&format!(
            "{}: nothing to report{}: {}, {}, {}\n",
            opened.loaded.name(),
            places(&judged.environments),
            count(items.roles.iter().count(), "role"),
            count(items.assets.iter().count(), "asset"),
            count(judged.promises, "promise")
        ));
    }
    Ok(Exit::of(&judged.findings))
}

/// What is wrong with the access, and what would forbid a build.
fn all_findings(analysis: &Analysis<'_>) -> Vec<Finding> {
    let mut findings = analysis.findings.clone();
    findings.extend(analysis.plans().into_iter().flatten().flat_map(|plan| plan.findings));
    findings
}
