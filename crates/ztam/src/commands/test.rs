//! `ztam test`: holds the access against the project's promises, and nothing else.

use ztam_source::finding::{Finding, Stage};

use crate::commands::{Arguments, count, judge, places};
use crate::exit::{Exit, Failure};
use crate::reporter::Reporter;
use crate::session::Analysis;
use crate::world::World;

pub(crate) fn run(arguments: &Arguments, world: &World, reporter: &Reporter<'_>) -> Result<Exit, Failure> {
    let (opened, judged) = match judge(arguments, world, reporter, "testing", broken_promises)? {
        Ok(both) => both,
        Err(exit) => return Ok(exit),
    };
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
