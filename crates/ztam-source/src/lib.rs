//! Source text and what is said about it: files with line tables, YAML as a tree with spans, text edits, and findings
//! with the metadata of rules as plain data.
//!
//! This crate knows nothing of what the files mean. It reads a narrow profile of YAML: what the profile leaves out is
//! refused with a finding that shows the place, never silently skipped.

#![warn(missing_docs)]

pub mod confusable;
pub mod de;
pub mod edit;
pub mod entries;
mod events;
pub mod example;
pub mod file;
pub mod finding;
pub mod idx;
pub mod raw;
pub mod rules;
pub mod scalar;
mod schema;
pub mod span;
pub mod suggest;
pub mod tree;

pub use de::{DeError, DeErrorKind};
pub use entries::Entries;
pub use raw::{Bindings, Raw, RawKind};
pub use rules::RULES;
pub use tree::{Limits, NodeId, Tree, parse};

#[cfg(test)]
mod tree_tests;
