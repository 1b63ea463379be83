//! `ztam rules`: every rule with its level and one line.

use clap::Args;
use ztam_report::rules::{JsonLeftOut, Rules};
use ztam_rules::left_out::LEFT_OUT;

use crate::VERSION;
use crate::exit::{Exit, Failure};
use crate::reporter::Reporter;
use crate::session::all_rules;

/// Arguments of `ztam rules`.
#[derive(Debug, Args)]
pub struct Arguments {}

pub(crate) fn run(_: &Arguments, reporter: &Reporter<'_>) -> Result<Exit, Failure> {
    let left_out =
        LEFT_OUT.iter().map(|it| JsonLeftOut { id: it.id, summary: it.summary, reason: it.reason });
    let rules = Rules::new(&all_rules(), left_out.collect(), VERSION);
    reporter.data(&rules.to_table(), &rules.to_text())?;
    Ok(Exit::Clean)
}
