//! The declared project: the sections of the language as types, their JSON Schema, the shape check, and the lowering of
//! files into one project. Names are not resolved here, and no platform is named here: what a matrix says about one
//! platform is kept as an opaque binding for that platform's back end.

#![warn(missing_docs)]

pub mod assignments;
pub mod date;
pub mod inventory;
pub mod project;
pub mod sentence;
pub mod words;
