//! The command line. Every option has a variable; an option wins over its variable.

use std::path::PathBuf;

use clap::builder::BoolishValueParser;
use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};
use ztam_model::date::Date;

use crate::commands;
use crate::exit::{Exit, Failure};
use crate::reporter::Reporter;
use crate::world::World;

/// Compiles a zero-trust access matrix into Salesforce permission sets and Dataverse roles
#[derive(Debug, Parser)]
#[command(name = "ztam", version, max_term_width = 100, disable_help_subcommand = true, after_help = EXIT_CODES)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// Options of every command.
    #[command(flatten)]
    pub common: Common,
}

const EXIT_CODES: &str = "Exit codes:
  0   clean
  1   a finding blocks
  2   the command cannot be carried out as given
  3   the project does not compile
  4   a promise failed
  5   not what the matrix says
  70  ztam itself failed";

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Write a first project to start from
    Init(commands::init::Arguments),
    /// Read, resolve and prove a project
    Check(commands::Arguments),
    /// Hold a project against its promises
    Test(commands::Arguments),
    /// Write the packages of one environment
    Build(commands::build::Arguments),
    /// Take over what an org has, and prove that a build gives it again
    Import(commands::import::Arguments),
    /// Say whether a package is untouched, what the matrix says, and right today
    Verify(commands::verify::Arguments),
    /// Say what an org has, and what of it the matrix does not know
    Inventory(commands::inventory::Arguments),
    /// Say how what is live differs from the matrix, and what of that has drifted
    Plan(commands::plan::Arguments),
    /// Say why a row of a built package is there
    Why(commands::why::Arguments),
    /// Show the page of a rule
    Explain(commands::explain::Arguments),
    /// List all rules
    Rules(commands::rules::Arguments),
    /// Print the JSON Schema of the language
    Schema(commands::schema::Arguments),
}

impl Command {
    /// Carries it out.
    ///
    /// # Errors
    /// It cannot be carried out.
    pub fn run(&self, world: &World, reporter: &Reporter<'_>) -> Result<Exit, Failure> {
        match self {
            Self::Init(arguments) => commands::init::run(arguments, world, reporter),
            Self::Check(arguments) => commands::check::run(arguments, world, reporter),
            Self::Test(arguments) => commands::test::run(arguments, world, reporter),
            Self::Build(arguments) => commands::build::run(arguments, world, reporter),
            Self::Import(arguments) => commands::import::run(arguments, world, reporter),
            Self::Verify(arguments) => commands::verify::run(arguments, world, reporter),
            Self::Inventory(arguments) => commands::inventory::run(arguments, world, reporter),
            Self::Plan(arguments) => commands::plan::run(arguments, world, reporter),
            Self::Why(arguments) => commands::why::run(arguments, world, reporter),
            Self::Explain(arguments) => commands::explain::run(arguments, world),
            Self::Rules(arguments) => commands::rules::run(arguments, reporter),
            Self::Schema(arguments) => commands::schema::run(arguments, world),
        }
    }
}

/// Options of every command.
#[derive(Debug, Args)]
pub struct Common {
    /// How to report: human or json, to the terminal or a file; may be given several times
    #[arg(long, global = true, value_name = "FORMAT[=FILE]", env = "ZTAM_OUTPUT", value_delimiter = ',', value_parser = output)]
    pub output: Vec<Output>,
    /// When to use colors
    #[arg(long, global = true, value_name = "WHEN", env = "ZTAM_COLOR", default_value = "auto")]
    pub color: Color,
    /// Say only what fails the run
    #[arg(long, short, global = true, env = "ZTAM_QUIET", action = ArgAction::SetTrue, value_parser = BoolishValueParser::new())]
    pub quiet: bool,
}

/// When to use colors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// A format and where it goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// The format.
    pub format: Format,
    /// A file; without one, the terminal for people and the standard output stream for machines.
    pub file: Option<PathBuf>,
}

/// How findings are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For people.
    Human,
    /// For machines.
    Json,
}

/// Which project, where and when.
#[derive(Debug, Args)]
pub struct Target {
    /// The project's folder [default: the nearest upwards with a `ztam.yaml`]
    #[arg(env = "ZTAM_PROJECT")]
    pub project: Option<PathBuf>,
    /// The day to judge for, YYYY-MM-DD, UTC [default: today]
    #[arg(long, value_name = "DATE", env = "ZTAM_AS_OF", value_parser = date)]
    pub as_of: Option<Date>,
}

fn output(text: &str) -> Result<Output, String> {
    let (format, file) = match text.split_once('=') {
        Some((_, "")) => return Err("the file's name is missing after `=`".to_owned()),
        Some((format, file)) => (format, Some(PathBuf::from(file))),
        None => (text, None),
    };
    let format = match format {
        "human" => Format::Human,
        "json" => Format::Json,
        _ => return Err("the formats are `human` and `json`".to_owned()),
    };
    Ok(Output { format, file })
}

/// A day as an argument.
pub(crate) fn date(text: &str) -> Result<Date, String> {
    Date::parse(text).ok_or_else(|| "a day is written YYYY-MM-DD".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_option_has_a_variable() {
        let command = Cli::command();
        let all =
            std::iter::once(&command).chain(command.get_subcommands()).flat_map(clap::Command::get_arguments);
        for option in all.filter(|it| it.get_long().is_some_and(|name| !matches!(name, "help" | "version"))) {
            let name = option.get_long().unwrap().to_uppercase().replace('-', "_");
            assert_eq!(option.get_env().unwrap().to_str(), Some(format!("ZTAM_{name}").as_str()));
        }
    }

    #[test]
    fn outputs_are_a_format_and_perhaps_a_file() {
        assert_eq!(output("json=a=b"), Ok(Output { format: Format::Json, file: Some("a=b".into()) }));
        assert!(output("json=").is_err());
        assert!(output("xml").is_err());
    }
}
