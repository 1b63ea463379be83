//! Source text and what is said about it: files with line tables, YAML as a tree with spans, text edits, and findings
//! with the metadata of rules as plain data.
//!
//! This crate knows nothing of what the files mean.

#![warn(missing_docs)]

pub mod file;
pub mod finding;
pub mod idx;
pub mod span;
