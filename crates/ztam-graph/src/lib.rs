//! The access graph: names resolved to numbers, access computed, routes explained. This crate knows no rules and reads
//! nothing from outside; what it must know of a platform comes as [`facts::PlatformFacts`].

#![warn(missing_docs)]

pub mod access;
pub mod closure;
pub mod escalation;
pub mod facts;
pub mod holding;
pub mod ids;
pub mod muting;
pub mod names;
mod pack_names;
pub mod path;
pub mod promise;
pub mod resolve;
pub mod scopes;
pub mod slots;

#[cfg(test)]
mod tests;
