//! The declared project: the sections of the language as types, their JSON Schema, the shape check, and the lowering of
//! files into one project. Names are not resolved here, and no platform is named here: what a matrix says about one
//! platform is kept as an opaque binding for that platform's back end.

#![warn(missing_docs)]

pub mod assignments;
pub mod date;
pub mod inventory;
pub mod lower;
pub mod names;
pub mod packs;
pub mod project;
pub mod rules;
pub mod schema;
pub mod sentence;
pub mod shape;
pub mod surroundings;
pub mod words;
pub mod write;
pub mod yaml;

pub use rules::RULES;

#[cfg(test)]
mod agreement_tests;
#[cfg(test)]
mod reading_tests;
