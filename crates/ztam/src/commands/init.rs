//! `ztam init`: writes a first project, with the schema that editors complete from.

use std::path::PathBuf;

use clap::Args;

use crate::exit::{Exit, Failure};
use crate::reporter::Reporter;
use crate::session::Session;
use crate::world::{EntryKind, World};

/// Arguments of `ztam init`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The folder; it is made if it is not there
    #[arg(env = "ZTAM_PROJECT")]
    pub folder: PathBuf,
}

macro_rules! starter {
    ($($name:literal),+ $(,)?) => {
        &[$(($name, include_str!(concat!("../../../../matrices/starter/", $name)))),+]
    };
}

/// The first project, file by file.
const STARTER: &[(&str, &str)] = starter![
    "ztam.yaml",
    "vocabulary.ztam.yaml",
    "catalog.ztam.yaml",
    "roles.ztam.yaml",
    "guards.ztam.yaml",
    "tests.ztam.yaml",
    "environments.ztam.yaml",
];

/// The name that the first line of every starter file gives to the schema.
const SCHEMA: &str = "ztam.schema.json";

pub(crate) fn run(arguments: &Arguments, world: &World, reporter: &Reporter<'_>) -> Result<Exit, Failure> {
    let folder = world.resolve(&arguments.folder);
    let shown = arguments.folder.display();
    let schema = Session::new().schema()?;
    let files: Vec<(&str, &str)> = STARTER.iter().copied().chain([(SCHEMA, schema.as_str())]).collect();
    let look = |path: &std::path::Path| {
        world
            .kind(path)
            .map_err(|error| Failure::usage(format!("{} cannot be read: {error}", path.display())))
    };
    if !matches!(look(&folder)?, None | Some(EntryKind::Folder | EntryKind::Link)) {
        return Err(Failure::usage(format!("{shown} is not a folder")));
    }
    for (name, _) in &files {
        if look(&folder.join(name))?.is_some() {
            return Err(Failure::usage(format!("{name} exists in {shown} already"))
                .help("give another folder; nothing was written"));
        }
    }
    for (name, text) in &files {
        let wrong = |error| Failure::usage(format!("{name} cannot be written into {shown}: {error}"));
        world.create(&folder.join(name), text).map_err(wrong)?;
    }
    reporter.say(&next_steps(&arguments.folder.display().to_string(), files.len()));
    Ok(Exit::Clean)
}

fn next_steps(folder: &str, files: usize) -> String {
    format!(
        "{files} files written to {folder}. Next:\n\
         \x20 ztam check {folder}                           reads everything and proves it\n\
         \x20 ztam test {folder}                            holds it against its promises\n\
         \x20 ztam build {folder} --env prod --out build    writes the packages\n\
         Then make it yours, beginning with {folder}/vocabulary.ztam.yaml.\n"
    )
}
