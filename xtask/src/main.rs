//! `cargo x`: chores of the project.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};
use xtask::generate::{Params, generate};

/// Chores of the project.
#[derive(Parser)]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Measures, and makes what is measured.
    Bench {
        #[command(subcommand)]
        command: Bench,
    },
}

#[derive(Subcommand)]
enum Bench {
    /// Writes a made-up project; the same size and seed give the same bytes.
    Generate {
        /// How large.
        #[arg(long, ignore_case = true)]
        size: Size,
        /// Which of all such projects.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Folder to write to. Files of the same names are replaced, others stay.
        #[arg(long)]
        out: PathBuf,
    },
}

#[derive(Clone, Copy, ValueEnum)]
enum Size {
    /// 20 roles, 50 assets.
    S,
    /// 500 roles, 1,000 assets.
    M,
    /// 5,000 roles, 4,000 assets.
    L,
}

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            #[expect(clippy::print_stderr, reason = "a chore that fails says why")]
            {
                eprintln!("{error}");
            }
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> Result<(), Box<dyn Error>> {
    match &args.command {
        Command::Bench { command: Bench::Generate { size, seed, out } } => {
            let params = match size {
                Size::S => Params::small(),
                Size::M => Params::medium(),
                Size::L => Params::large(),
            };
            write(out, &generate(&params, *seed))
        }
    }
}

fn write(out: &Path, files: &[(String, String)]) -> Result<(), Box<dyn Error>> {
    for (name, text) in files {
        let path = out.join(name);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        }
        fs::write(&path, text).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    Ok(())
}
