//! `ztam schema`: the JSON Schema of the language, for editors.

use clap::Args;

use crate::exit::{Exit, Failure};
use crate::session::Session;
use crate::world::World;

/// Arguments of `ztam schema`.
#[derive(Debug, Args)]
pub struct Arguments {}

pub(crate) fn run(_: &Arguments, world: &World) -> Result<Exit, Failure> {
    print(world, &Session::new().schema()?)
}

/// Prints data and ends clean.
pub(crate) fn print(world: &World, text: &str) -> Result<Exit, Failure> {
    world.print(text).map_err(|error| Failure::usage(format!("the output cannot be written: {error}")))?;
    Ok(Exit::Clean)
}
