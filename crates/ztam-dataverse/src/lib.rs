//! Every Dataverse word: what is known of the platform, what a matrix says about it, and the solution that grants it.
//!
//! Access on Dataverse is what all roles of a person give together. A role is a list of privileges, each with a depth;
//! secured columns follow profiles. Two scopes share a depth: `own` and `team` are both Basic, told apart by who carries
//! the role, so a role with `team` cells becomes two.

#![warn(missing_docs)]

mod after_import;
mod assign;
pub mod bind;
pub mod catalog;
mod columns;
mod emit;
mod import;
mod inventory;
mod parts;
pub mod plan;
mod promises;
mod read;
mod reasons;
mod removal;
mod rights;
pub mod rules;
mod solution;
mod spoken;
mod supports;
mod switch;
mod tables;
#[cfg(test)]
mod tests;
mod verdicts;
mod weigh;

use ztam_backend::compare::{Aspect, Spoken, Standing};
use ztam_backend::estate::Weight;
use ztam_backend::import::{Imported, Request};
use ztam_backend::plan::Row;
use ztam_backend::read::{Input, ReadContainer, Reading};
use ztam_backend::removal::{Held, Piece, Removed, Thing};
use ztam_backend::survey::{Interest, Survey, Words};
use ztam_backend::{Backend, Binding};
use ztam_graph::ids::{EnvironmentId, Names};
use ztam_model::inventory::PlatformInventory;
use ztam_model::schema::PlatformSchema;
use ztam_source::finding::RuleMeta;

/// The platform's key in the matrix.
pub const PLATFORM: &str = "dataverse";

/// The platform's title.
pub const TITLE: &str = "Dataverse";

/// The back end.
pub const BACKEND: &dyn Backend = &Dataverse;

struct Dataverse;

impl Backend for Dataverse {
    fn platform(&self) -> &'static str {
        PLATFORM
    }

    fn title(&self) -> &'static str {
        TITLE
    }

    fn schema(&self) -> PlatformSchema {
        parts::schema()
    }

    fn rules(&self) -> &'static [&'static RuleMeta] {
        rules::RULES
    }

    fn bind<'p>(&self, names: &Names<'p>, environment: Option<EnvironmentId>) -> Binding<'p> {
        let bound = bind::bind(names, environment);
        Binding { facts: bound.facts, findings: bound.findings, emitter: Box::new(bound.package) }
    }

    fn read_file(&self, file: &Input<'_>, keep: &dyn Fn(ReadContainer) -> ReadContainer) -> Reading {
        read::read_file(file, keep)
    }

    fn gather(&self, files: Vec<Reading>) -> Reading {
        read::gather(files)
    }

    fn key(&self, thing: &Thing) -> Option<String> {
        removal::key(thing)
    }

    fn removed(&self, container: &ReadContainer) -> Option<Removed> {
        removal::removed(container)
    }

    fn pieces<'b>(&self, path: &str, bytes: &'b [u8]) -> Vec<Piece<'b>> {
        removal::pieces(path, bytes)
    }

    fn held(&self, path: &str, bytes: &[u8]) -> Vec<Held> {
        removal::held(path, bytes)
    }

    fn holds_containers(&self, path: &str) -> bool {
        read::holds_containers(path)
    }

    fn speak(&self, row: &Row) -> Spoken {
        spoken::speak(row)
    }

    fn aspects(&self, container: &ReadContainer) -> Vec<Aspect> {
        spoken::aspects(container)
    }

    fn standing(&self, kind: &str) -> Standing {
        spoken::standing(kind)
    }

    fn says_settings(&self, path: &str) -> bool {
        inventory::says_columns(path)
    }

    fn words(&self) -> Words {
        inventory::WORDS
    }

    fn interest(&self, path: &str) -> Interest {
        inventory::interest(path)
    }

    fn import(&self, request: &Request<'_>) -> Option<Imported> {
        Some(import::import(request))
    }

    fn inventory(&self, files: &[Input<'_>], _names: &[String]) -> Survey {
        inventory::inventory(files)
    }

    fn described(&self, files: &[Input<'_>]) -> Survey {
        inventory::described(files)
    }

    fn weigh(&self, container: &ReadContainer, inventory: Option<&PlatformInventory>) -> Option<Weight> {
        let _ = inventory;
        weigh::weigh(container)
    }
}
