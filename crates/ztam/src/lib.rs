//! The `ztam` program as a library: arguments, files, the terminal, packages, exit codes. All thinking is done in the
//! crates below; this is the only one that touches the outside world.

#![warn(missing_docs)]

mod brief;
pub mod cli;
pub mod commands;
mod contents;
pub mod disk;
pub mod exit;
pub mod files;
pub mod import;
pub mod intake;
pub mod merge;
pub mod package;
mod previous;
mod progress;
pub mod reporter;
pub mod session;
mod settings;
mod sides;
pub mod until;
pub mod why;
pub mod world;

use std::ffi::OsString;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

use clap::Parser as _;
use ztam_report::human::{Handler, Style, one_line};

use crate::cli::Cli;
use crate::exit::{Exit, Failure};
use crate::reporter::Reporter;
use crate::world::World;

/// The version of the program.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Carries out a command line and says how the run ended. A panic ends as a plain sentence and exit code 70.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<_> = arguments.into_iter().collect();
    let place = Arc::new(Mutex::new(String::new()));
    let seen = Arc::clone(&place);
    std::panic::set_hook(Box::new(move |panic| {
        *seen.lock().unwrap_or_else(PoisonError::into_inner) = panic.to_string();
    }));
    let exit = match World::here() {
        Ok(world) => catch_unwind(AssertUnwindSafe(|| run(arguments, &world))).unwrap_or_else(|_| {
            let what = place.lock().unwrap_or_else(PoisonError::into_inner).clone();
            let failure =
                Failure::internal(format!("ztam came to a point it should never reach: {}", one_line(&what)));
            report(&world, Style { width: world.terminal.width(), color: world.terminal.color }, &failure)
        }),
        Err(_) => Exit::Internal,
    };
    ExitCode::from(exit.code())
}

fn run(arguments: Vec<OsString>, world: &World) -> Exit {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version come this way too; a reader that has gone away is no error.
            let _ = error.print();
            return if error.use_stderr() { Exit::Usage } else { Exit::Clean };
        }
    };
    let reporter = Reporter::new(world, &cli.common);
    match cli.command.run(world, &reporter) {
        Ok(exit) => exit,
        Err(failure) => report(world, reporter.style(), &failure),
    }
}

fn report(world: &World, style: Style, failure: &Failure) -> Exit {
    world.tell(&format!("{}\n", Handler::new(style).draw(failure)));
    failure.exit()
}
