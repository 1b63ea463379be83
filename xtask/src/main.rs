//! `cargo x`: chores of the project.

#![expect(clippy::disallowed_methods, reason = "chores read and write files of the project")]

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};
use xtask::corpus;
use xtask::generate::{Params, generate};
use xtask::outputs::outputs;
use xtask::{import_cost, kills, mutate, stages};

/// Chores of the project.
#[derive(Parser)]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Writes the files that are made from the code: schemas, rule pages, references.
    Generate {
        /// Only say which of them are stale, and fail if any is.
        #[arg(long)]
        check: bool,
    },
    /// Kills builds of a project at seeded moments, and says what each left behind.
    Kills {
        /// The project, for instance of `bench generate`.
        #[arg(long)]
        project: PathBuf,
        /// The environment to build.
        #[arg(long = "env", default_value = "prod")]
        environment: String,
        /// The day to build for.
        #[arg(long, default_value = "2026-09-20")]
        as_of: String,
        /// How many builds are killed.
        #[arg(long, default_value_t = 50)]
        times: usize,
        /// Which moments of all possible ones.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// The program [default: the one beside this].
        #[arg(long)]
        ztam: Option<PathBuf>,
    },
    /// Imports each repository of a corpus into a project of its own, builds, reads back, and prints what came of it.
    Corpus {
        /// Folder with `salesforce` and `dataverse` in it, one folder a repository below.
        corpus: PathBuf,
        /// The platform.
        #[arg(long, default_value = "salesforce")]
        platform: String,
        /// Folder for the projects; each is made anew.
        #[arg(long, default_value = "target/corpus")]
        out: PathBuf,
    },
    /// Holds every condition of the rules true and false in turn, and says of each rule how often its tests notice.
    MutateRules {
        /// Only rules whose id begins so.
        #[arg(default_value = "")]
        only: String,
    },
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
    /// Says how many times the cost of merely reading and parsing an import costs.
    Import {
        /// Folder with `salesforce` and `dataverse` in it, one folder a repository below.
        corpus: PathBuf,
        /// The platform.
        #[arg(long, default_value = "salesforce")]
        platform: String,
        /// How many times each package is read, and imported.
        #[arg(long, default_value_t = 10)]
        times: usize,
    },
    /// Says how many kilobytes a process holds at most that reads or imports files once.
    #[command(hide = true)]
    ImportMemory {
        /// What it does.
        work: import_cost::Work,
        /// The files.
        paths: Vec<PathBuf>,
        /// The platform.
        #[arg(long, default_value = "salesforce")]
        platform: String,
    },
    /// Times the stages of a check of a project, one by one in one process; of use with `--release`.
    Stages {
        /// The project.
        #[arg(long)]
        project: PathBuf,
        /// The environment.
        #[arg(long = "env", default_value = "prod")]
        environment: String,
        /// The day to judge for.
        #[arg(long, default_value = "2026-09-20")]
        as_of: String,
        /// How many runs.
        #[arg(long, default_value_t = 5)]
        times: usize,
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
        Command::Generate { check } => refresh(*check),
        Command::Kills { project, environment, as_of, times, seed, ztam } => {
            let beside =
                std::env::current_exe()?.with_file_name(format!("ztam{}", std::env::consts::EXE_SUFFIX));
            report(&kills::Plan {
                ztam: fs::canonicalize(ztam.as_ref().unwrap_or(&beside))?,
                project: fs::canonicalize(project)?,
                environment: environment.clone(),
                as_of: as_of.clone(),
                times: *times,
                seed: *seed,
            })
        }
        Command::Corpus { corpus, platform, out } => round_trips(corpus, platform, out),
        Command::MutateRules { only } => mutants(only),
        Command::Bench { command: Bench::Generate { size, seed, out } } => {
            let params = match size {
                Size::S => Params::small(),
                Size::M => Params::medium(),
                Size::L => Params::large(),
            };
            write(out, &generate(&params, *seed))
        }
        Command::Bench { command: Bench::Import { corpus, platform, times } } => {
            let rows = import_cost::measure(corpus, platform, *times)?;
            #[expect(clippy::print_stdout, reason = "the table is what the chore is for")]
            {
                print!("{}", import_cost::table(&rows, *times));
            }
            Ok(())
        }
        Command::Bench { command: Bench::ImportMemory { work, paths, platform } } => {
            let peak = import_cost::peak(paths, platform, *work)?;
            #[expect(clippy::print_stdout, reason = "the figure is what the chore is for")]
            {
                println!("{peak}");
            }
            Ok(())
        }
        Command::Bench { command: Bench::Stages { project, environment, as_of, times } } => {
            let table = stages::measure(&fs::canonicalize(project)?, environment, as_of, *times)?;
            #[expect(clippy::print_stdout, reason = "the table is what the chore is for")]
            {
                print!("{table}");
            }
            Ok(())
        }
    }
}

/// Kills builds and prints what came of it.
fn report(plan: &kills::Plan) -> Result<(), Box<dyn Error>> {
    let scratch = tempfile::tempdir()?;
    let outcome = kills::kills(plan, scratch.path())?;
    let states: Vec<_> = outcome.states.iter().map(|(state, count)| format!("{count} {state}")).collect();
    let (files, bytes) = outcome.size;
    #[expect(clippy::print_stdout, reason = "a chore says what it found")]
    {
        println!(
            "{} kills over {:.1} s of a build of {files} files and {bytes} bytes left: {}; each next build was whole",
            plan.times,
            outcome.whole.as_secs_f64(),
            states.join(", ")
        );
    }
    Ok(())
}

/// Imports every repository, and fails where something is lost or added.
fn round_trips(corpus: &Path, platform: &str, out: &Path) -> Result<(), Box<dyn Error>> {
    let out = out.join(platform);
    if out.exists() {
        fs::remove_dir_all(&out)?;
    }
    let mut rows = Vec::new();
    for repository in corpus::repositories(corpus, platform)? {
        rows.extend(corpus::round_trips(&repository, platform, &out)?);
    }
    #[expect(clippy::print_stdout, reason = "the table is what the chore is for")]
    {
        print!(
            "{}\nFindings under the profile `standard`:\n\n{}",
            corpus::table(&rows),
            corpus::findings::table(&rows)
        );
    }
    let wrong = rows.iter().filter(|it| !it.is_right()).count();
    if wrong == 0 {
        Ok(())
    } else {
        Err(format!("{wrong} repositories do not come back as they were").into())
    }
}

/// Mutates the rules, and fails where one has tests that notice nothing.
fn mutants(only: &str) -> Result<(), Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let scratch = tempfile::tempdir()?;
    let verdicts = mutate::mutate(&root, scratch.path(), only)?;
    #[expect(clippy::print_stdout, reason = "the table is what the chore is for")]
    {
        print!("{}", mutate::table(&verdicts));
    }
    let blind: Vec<_> =
        verdicts.iter().filter(|(_, it)| it.noticed == 0).map(|(rule, _)| rule.as_str()).collect();
    if blind.is_empty() {
        Ok(())
    } else {
        Err(format!("no test notices a mutant of: {}", blind.join(", ")).into())
    }
}

/// Writes what is generated, or says what is stale. A generated folder holds nothing else.
fn refresh(check: bool) -> Result<(), Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let files = outputs()?;
    let mut stale: Vec<_> = files
        .iter()
        .filter(|(name, text)| fs::read_to_string(root.join(name)).ok().as_ref() != Some(*text))
        .collect();
    let left_over = left_over(&root.join("docs/rules"), &files)?;
    if check {
        let names: Vec<_> = stale.iter().map(|(name, _)| (*name).clone()).chain(left_over).collect();
        return if names.is_empty() {
            Ok(())
        } else {
            Err(format!("stale, run `cargo x generate`: {}", names.join(", ")).into())
        };
    }
    for name in left_over {
        fs::remove_file(root.join(name))?;
    }
    stale.sort();
    write(&root, &stale.into_iter().map(|(name, text)| (name.clone(), text.clone())).collect::<Vec<_>>())
}

/// Pages of rules that are no more.
fn left_over(folder: &Path, files: &BTreeMap<String, String>) -> Result<Vec<String>, Box<dyn Error>> {
    let mut names = Vec::new();
    for group in fs::read_dir(folder).into_iter().flatten() {
        let group = group?;
        for page in fs::read_dir(group.path()).into_iter().flatten() {
            let name = format!("docs/rules/{}/{}", group.file_name().display(), page?.file_name().display());
            if !files.contains_key(&name) {
                names.push(name);
            }
        }
    }
    Ok(names)
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
