//! `ztam check`: reads, resolves and proves, in one environment or in every one.

use ztam_source::finding::Finding;

use crate::commands::{Arguments, count, judge, places};
use crate::exit::{Exit, Failure};
use crate::reporter::Reporter;
use crate::session::Analysis;
use crate::world::World;

pub(crate) fn run(arguments: &Arguments, world: &World, reporter: &Reporter<'_>) -> Result<Exit, Failure> {
    let (opened, judged) = match judge(arguments, world, reporter, "proving", all_findings)? {
        Ok(both) => both,
        Err(exit) => return Ok(exit),
    };
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
