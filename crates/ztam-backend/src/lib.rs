//! What every platform back end shares: the trait, the plan of what is emitted, obligations and fidelity, the template
//! engine, stable ids, and artefacts that stream. A back end never sees a rule, and a rule never sees a back end.

#![warn(missing_docs)]

pub mod artifact;
pub mod base;
pub mod classify;
pub mod compare;
pub mod csv;
pub mod danger;
pub mod escalation;
pub mod estate;
pub mod fidelity;
pub mod holders;
pub mod ids;
pub mod import;
pub mod plan;
pub mod read;
pub mod removal;
pub mod rules;
pub mod support;
pub mod survey;
pub mod template;

use ztam_graph::access::Access;
use ztam_graph::facts::PlatformFacts;
use ztam_graph::ids::{EnvironmentId, Names, RoleId};
use ztam_model::inventory::PlatformInventory;
use ztam_model::schema::PlatformSchema;
use ztam_source::finding::{Finding, RuleMeta};

use crate::artifact::Artifact;
use crate::compare::{Aspect, Spoken, Standing};
use crate::estate::Weight;
use crate::fidelity::Cells;
use crate::import::{Imported, Request};
use crate::plan::{Container, Plan, Row};
use crate::read::{Input, ReadContainer, Reading};
use crate::removal::{Gone, Held, Piece, Removed, Step, Thing};
use crate::support::Support;
use crate::survey::{Interest, Survey, Surveyor, Words};

/// A platform that ztam writes packages for.
pub trait Backend: Sync {
    /// Its key in the matrix.
    fn platform(&self) -> &'static str;

    /// Its title.
    fn title(&self) -> &'static str;

    /// Its part of the JSON Schema, one for each position where the matrix speaks of platforms.
    fn schema(&self) -> PlatformSchema;

    /// The rules that binding and planning report by.
    fn rules(&self) -> &'static [&'static RuleMeta];

    /// Reads what the project says about this platform, for one environment, against catalogue and inventory.
    fn bind<'p>(&self, names: &Names<'p>, environment: Option<EnvironmentId>) -> Binding<'p>;

    /// Reads the containers of a package back from its files, in any order; what it cannot read is a finding.
    fn read(&self, files: &[Input<'_>]) -> Reading {
        self.gather(files.iter().map(|it| self.read_file(it, &|it| it)).collect())
    }

    /// Reads one file of a package by itself, so that a large one needs not be in memory with all others. `keep` says what is
    /// kept of each container; it may shorten it, and leaves its name, id and kind as they are.
    fn read_file(&self, file: &Input<'_>, keep: &dyn Fn(ReadContainer) -> ReadContainer) -> Reading;

    /// Puts what was read file by file together: each container once, with what is wrong between files.
    fn gather(&self, files: Vec<Reading>) -> Reading;

    /// By what the platform tells a thing of a package from all others; `None` for what no build makes.
    fn key(&self, thing: &Thing) -> Option<String>;

    /// What must be known of a container of an earlier build so that it can go; `None` where nothing has to.
    fn removed(&self, container: &ReadContainer) -> Option<Removed>;

    /// The documents in a file that a build wrote below the platform's folder; none where the file grants nothing.
    fn pieces<'b>(&self, path: &str, bytes: &'b [u8]) -> Vec<Piece<'b>>;

    /// Who holds what by a table that a build wrote; nobody by any other file. `path` is below the platform's folder.
    fn held(&self, path: &str, bytes: &[u8]) -> Vec<Held>;

    /// Whether a file, judged by its path, can hold containers: those that [`Self::read`] reads.
    fn holds_containers(&self, path: &str) -> bool;

    /// Whether a file, judged by its path, says how others are laid out: [`Self::layout`] reads it.
    fn is_layout(&self, path: &str) -> bool {
        let _ = path;
        false
    }

    /// What speaks against the places of files: their folders, their endings, the project they are in. Of `names` only the
    /// paths are known. It changes nothing of what the files grant.
    fn layout(&self, files: &[Input<'_>], names: &[String]) -> Vec<Finding> {
        let _ = (files, names);
        Vec::new()
    }

    /// The name of the file that makes a folder, with all below it, a project of the platform's tools.
    fn project_file(&self) -> Option<&'static str> {
        None
    }

    /// A row in words.
    fn speak(&self, row: &Row) -> Spoken;

    /// Whether the rows of containers of a kind take away instead of giving.
    fn takes_away(&self, kind: &str) -> bool {
        let _ = kind;
        false
    }

    /// What else is said of a container, always of the same things in the same order for its kind.
    fn aspects(&self, container: &ReadContainer) -> Vec<Aspect>;

    /// Whose containers of a kind are, as far as they show it themselves.
    fn standing(&self, kind: &str) -> Standing;

    /// Whether a file, judged by its path, says what else a package sets: sharing defaults, which columns are secured.
    /// [`Self::inventory`] reads it.
    fn says_settings(&self, path: &str) -> bool {
        let _ = path;
        false
    }

    /// How much a sharing default in the platform's word lets through, 0 for the narrowest; `None` where nobody can say.
    fn sharing_width(&self, word: &str) -> Option<u8> {
        let _ = word;
        None
    }

    /// The words that inventories and matrices of this platform share.
    fn words(&self) -> Words;

    /// What it wants of a file, judged by its path, to say what an org has.
    fn interest(&self, path: &str) -> Interest;

    /// Reads what an org has: from the files it wants, from lists of rights that were exported, and from `names`, the paths of
    /// files of which only the name counts. What it cannot read is a finding.
    fn inventory(&self, files: &[Input<'_>], names: &[String]) -> Survey;

    /// Reads what the files of a package say of objects and fields themselves, containers aside, so that an import puts its
    /// roles into words by what the org says. Nothing on platforms whose imports do without.
    fn described(&self, files: &[Input<'_>]) -> Survey {
        let _ = files;
        Surveyor::new(self.platform()).finish()
    }

    /// Puts the containers of a package into the words of the matrix; `None` where the back end cannot.
    fn import(&self, request: &Request<'_>) -> Option<Imported> {
        let _ = request;
        None
    }

    /// The kind of containers that no import makes roles of, because no package writes them, and that people have besides
    /// their roles.
    fn beneath(&self) -> Option<&'static str> {
        None
    }

    /// What the rights of a container come to by itself; `None` for what gives nobody access by itself. `inventory` is what the
    /// org is known to have.
    fn weigh(&self, container: &ReadContainer, inventory: Option<&PlatformInventory>) -> Option<Weight> {
        let _ = (container, inventory);
        None
    }
}

/// A project bound to one platform and environment.
pub struct Binding<'p> {
    /// What resolving and judging must know.
    pub facts: PlatformFacts,
    /// What is wrong with the bindings: unknown names, missing declarations, illegal settings.
    pub findings: Vec<Finding>,
    /// What emission must know besides.
    pub emitter: Box<dyn Emitter + 'p>,
}

impl std::fmt::Debug for Binding<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Binding")
            .field("facts", &self.facts)
            .field("findings", &self.findings)
            .finish_non_exhaustive()
    }
}

/// Turns access into the files of one platform.
pub trait Emitter: Send + Sync {
    /// Decides what is emitted: containers without their rows, obligations, and what the platform cannot express. Never
    /// wider than the access: what does not fit is left out and said.
    fn plan(&self, access: &Access<'_>) -> Plan;

    /// The rows of one container of a plan, in the order of the file; what reading the file gives back.
    fn rows(&self, access: &Access<'_>, container: &Container) -> Vec<Row>;

    /// What a row of a container stands on, for each of its rights at least one thing; nothing for a row that the container
    /// does not have.
    fn supports(&self, access: &Access<'_>, container: &Container, row: &Row) -> Vec<Support>;

    /// How each cell of a role comes through, from the same decisions as the plan. Every cell on the platform is told once.
    fn verdicts(&self, access: &Access<'_>, role: RoleId, tell: &mut dyn FnMut(&Cells<'_>));

    /// The files of a plan, in the order of their paths. Rendering them is lazy and may run on any thread.
    fn artifacts<'a>(&'a self, access: &'a Access<'a>, plan: &'a Plan) -> Vec<Artifact<'a>>;

    /// Everything that the package makes on the platform.
    fn made(&self, plan: &Plan) -> Vec<Thing> {
        let thing =
            |it: &Container| Thing { kind: it.kind.to_owned(), name: it.name.clone(), id: it.id.clone() };
        plan.containers.iter().map(thing).collect()
    }

    /// The files that take away what an earlier build made, in the order of their paths; also where the environment wants
    /// no package of this platform any more.
    fn removal<'a>(&'a self, gone: &'a Gone) -> Vec<Artifact<'a>>;

    /// What is done, in this order, so that the platform grants what the matrix says and nothing else.
    fn runbook(&self, gone: &Gone) -> Vec<Step>;
}
