//! Every Salesforce word: the catalogue of permissions, objects and fields, what a matrix may say about Salesforce, which
//! permission sets a role becomes, and the files of the package.
//!
//! The crate knows no rules of the matrix beyond those of its own bindings. It never grants what access does not hold:
//! what Salesforce cannot say exactly is left out and told, see `docs/backends/salesforce.md`.

#![warn(missing_docs)]

mod assign;
mod bind;
pub mod catalog;
mod emit;
mod import;
mod inventory;
mod layout;
mod names;
mod plan;
mod read;
mod removal;
mod rows;
mod rules;
mod shapes;
mod sharing;
mod spoken;
mod supports;
#[cfg(test)]
mod tests;
mod verbatim;
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
use ztam_source::finding::{Finding, RuleMeta};

pub use emit::SalesforceEmitter;
pub use rules::RULES;

/// The platform's key in the matrix.
pub const PLATFORM: &str = "salesforce";
const TITLE: &str = "Salesforce";

/// The Salesforce back end.
pub const BACKEND: &dyn Backend = &Salesforce;

struct Salesforce;

impl Backend for Salesforce {
    fn platform(&self) -> &'static str {
        PLATFORM
    }

    fn title(&self) -> &'static str {
        TITLE
    }

    fn schema(&self) -> PlatformSchema {
        shapes::schema()
    }

    fn rules(&self) -> &'static [&'static RuleMeta] {
        RULES
    }

    fn bind<'p>(&self, names: &Names<'p>, environment: Option<EnvironmentId>) -> Binding<'p> {
        let bind::Bound { facts, findings, package } = bind::bind(names, environment);
        Binding { facts, findings, emitter: Box::new(SalesforceEmitter::new(package)) }
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

    fn is_layout(&self, path: &str) -> bool {
        layout::is_layout(path)
    }

    fn layout(&self, files: &[Input<'_>], names: &[String]) -> Vec<Finding> {
        layout::check(files, names)
    }

    fn project_file(&self) -> Option<&'static str> {
        Some(layout::PROJECT_FILE)
    }

    fn speak(&self, row: &Row) -> Spoken {
        spoken::speak(row)
    }

    fn takes_away(&self, kind: &str) -> bool {
        kind == plan::MUTING
    }

    fn aspects(&self, container: &ReadContainer) -> Vec<Aspect> {
        spoken::aspects(container)
    }

    fn standing(&self, kind: &str) -> Standing {
        spoken::standing(kind)
    }

    fn says_settings(&self, path: &str) -> bool {
        inventory::is_object(path)
    }

    fn sharing_width(&self, word: &str) -> Option<u8> {
        sharing::width(word)
    }

    fn words(&self) -> Words {
        inventory::WORDS
    }

    fn interest(&self, path: &str) -> Interest {
        inventory::interest(path)
    }

    fn inventory(&self, files: &[Input<'_>], names: &[String]) -> Survey {
        inventory::inventory(files, names)
    }

    fn import(&self, request: &Request<'_>) -> Option<Imported> {
        Some(import::import(request))
    }

    fn beneath(&self) -> Option<&'static str> {
        Some(read::PROFILE)
    }

    fn weigh(&self, container: &ReadContainer, inventory: Option<&PlatformInventory>) -> Option<Weight> {
        weigh::weigh(container, inventory)
    }
}
