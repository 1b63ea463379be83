//! What people and machines are told: findings drawn for a terminal or written as JSON, and the documents that go with a
//! build. The only crate that serializes: the formats are structs of their own here, each with a version number.

#![warn(missing_docs)]

mod diagnostic;
pub mod estate;
mod excerpt;
pub mod fidelity;
pub mod generalized;
pub mod human;
pub mod import;
pub mod inventory;
pub mod json;
pub mod manifest;
pub mod obligations;
pub mod plan;
pub mod removal;
pub mod rules;
pub mod verification;
pub mod why;
