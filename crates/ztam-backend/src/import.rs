//! What importing a package gives: its containers in the words of the matrix, without ids and without text.
//!
//! A back end decides what the language can say of each row and what is carried. Who imports gives ids, writes the files and
//! proves that a build of them has the same rows; what turns out not to be said exactly comes back as [`Unsayable`], and the
//! back end is asked again.

use std::collections::{BTreeMap, BTreeSet};

use ztam_graph::ids::Names;
use ztam_model::words::{Action, Scope, SeverityWord};
use ztam_model::yaml::Yaml;
use ztam_source::finding::Finding;

use crate::read::Package;

/// A container by kind and name, as read.
pub type ContainerKey = (&'static str, String);

/// Rights that a build of the cells does not give exactly as they were: container, kind and key of the row, right.
pub type Unsayable = BTreeSet<(ContainerKey, &'static str, String, &'static str)>;

/// Why something is not put into the catalogue of a project, so that what a package says of it is carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Withheld {
    /// The user's file cannot be added to without touching other text of it.
    Text,
    /// A role that the project has would get something by it, or lose something.
    Others,
}

/// Assets and fields that the catalogue of the project must not get, by their keys on the platform.
pub type Withholding = BTreeMap<Target, Withheld>;

/// What is asked of a back end.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// What was read.
    pub package: &'a Package,
    /// The project that it is imported into, with its inventory; what it has already is not imported again.
    pub names: &'a Names<'a>,
    /// What must be carried, whatever the language seems to say.
    pub unsayable: &'a Unsayable,
    /// What the catalogue of the project must not get, however well the language could say it.
    pub withheld: &'a Withholding,
}

/// A package in the words of the matrix.
#[derive(Clone, Debug, Default)]
pub struct Imported {
    /// What the cells are about, sorted by key, each once; also assets that the project has.
    pub assets: Vec<ImportedAsset>,
    /// Containers that become roles, in the order of the package.
    pub roles: Vec<ImportedRole>,
    /// What the language cannot say.
    pub carries: Vec<ImportedCarry>,
    /// Containers that the project has already.
    pub known: Vec<ContainerKey>,
    /// Containers that are read and not imported, with the reason as half a sentence.
    pub aside: Vec<(ContainerKey, &'static str)>,
    /// Settings that an environment needs for the platform.
    pub environment: Yaml,
    /// What readers of the roles must know of the platform, line by line.
    pub legend: &'static [&'static str],
    /// Assets of whose objects nothing but their rights is known, sorted by key.
    pub assumed: Vec<Assumed>,
    /// What is wrong with what was read, beside the project; one that blocks prevents the import.
    pub findings: Vec<Finding>,
}

impl Imported {
    /// Whether nothing of what was read can be imported, or was.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.roles.is_empty() && self.carries.is_empty() && self.known.is_empty() && self.findings.is_empty()
    }
}

/// What an asset is taken for where neither catalogue nor inventory says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Assumption {
    /// What it is taken for, as the end of a sentence about it: `rows of the organisation`.
    pub taken_for: &'static str,
    /// Why, as half a sentence.
    pub why: &'static str,
}

/// An asset with what it is taken for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assumed {
    /// Its key.
    pub asset: String,
    /// What it is taken for.
    pub assumption: Assumption,
}

/// An asset that the project has or needs.
#[derive(Clone, Debug)]
pub struct ImportedAsset {
    /// What it is called on the platform.
    pub key: String,
    /// Its id, where the project has it.
    pub known: Option<String>,
    /// Title for people.
    pub title: String,
    /// What it is on the platform.
    pub binding: Yaml,
    /// Its fields, sorted by key.
    pub fields: Vec<ImportedField>,
}

/// A field that the project has or needs. An asset of the project gets those that its file does not list.
#[derive(Clone, Debug)]
pub struct ImportedField {
    /// What it is called on the platform, without the asset.
    pub key: String,
    /// Its id, where the project has it.
    pub known: Option<String>,
    /// What it is on the platform.
    pub binding: Yaml,
    /// The list in the binding of its asset that must name it, where nothing else says what it is: `securable`.
    pub declared: Option<&'static str>,
}

/// What a cell is about: an asset by its key, or a field of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Target {
    /// Key of the asset.
    pub asset: String,
    /// Key of the field.
    pub field: Option<String>,
}

/// A role that is in another role's `extends`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Parent {
    /// A role of the project, by id.
    Known(String),
    /// One of the imported ones.
    Imported(ContainerKey),
}

/// A container as a role.
#[derive(Clone, Debug)]
pub struct ImportedRole {
    /// What it was.
    pub container: ContainerKey,
    /// What people call the kind of container: `permission set`.
    pub what: &'static str,
    /// Title for people, as the platform shows it.
    pub title: String,
    /// Roles whose access it has too.
    pub extends: Vec<Parent>,
    /// Exact cells, in the order in which they should stand.
    pub cells: Vec<(Target, Vec<(Action, Scope)>)>,
    /// Rights that are not about rows and fields.
    pub rights: Vec<ImportedRights>,
    /// Its name and settings on the platform.
    pub binding: Yaml,
    /// What somebody must know or decide, each a sentence.
    pub notes: Vec<String>,
}

/// Rights of a role that make one capability. Equal ones of several roles become one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedRights {
    /// What they are about, as the end of an id: `code`.
    pub topic: &'static str,
    /// The same for people: `code that may be called`.
    pub title: &'static str,
    /// How dangerous they are.
    pub risk: SeverityWord,
    /// The capability on the platform.
    pub binding: Yaml,
}

/// A carried block.
#[derive(Clone, Debug)]
pub struct ImportedCarry {
    /// The container whose rows they are.
    pub container: ContainerKey,
    /// Whether the container became a role, which then carries it.
    pub has_role: bool,
    /// What they are about, as the end of an id: `fields-without-rows`.
    pub topic: &'static str,
    /// Why the language cannot say them.
    pub why: String,
    /// The block on the platform.
    pub binding: Yaml,
    /// How many rights of which kind of row they are.
    pub facts: Vec<(&'static str, usize)>,
}
