//! `ztam test`: holds the access against the project's promises, and nothing else.

use clap::Args;
use ztam_source::finding::{Finding, Stage};

use crate::cli::Target;
use crate::commands::{count, open, places};
use crate::exit::{Exit, Failure};
use crate::reporter::Reporter;
use crate::session::Analysis;
use crate::world::World;

/// Arguments of `ztam test`.
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
    let progress = reporter.progress("testing");
    let judged = opened.judge(arguments.environment.as_deref(), as_of, broken_promises)?;
    drop(progress);
    reporter.findings(&judged.findings, &opened.loaded.sources)?;
    let (promises, places) = (count(judged.promises, "promise"), places(&judged.environments));
    reporter.say(&match (judged.promises, judged.findings.len()) {
        (0, _) => format!("{}: there are no promises; write some under `tests`\n", opened.loaded.name()),
        (_, 0) => format!("{}: {promises} kept{places}\n", opened.loaded.name()),
        (_, failed) => format!("{}: {failed} of {promises} not kept{places}\n", opened.loaded.name()),
    });
    Ok(Exit::of(&judged.findings))
}

fn broken_promises(analysis: &Analysis<'_>) -> Vec<Finding> {
    let promised = |finding: &&Finding| finding.rule.stage != Stage::Judge;
    analysis.findings.iter().filter(promised).cloned().collect()
}
