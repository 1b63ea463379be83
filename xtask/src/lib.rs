//! Chores of the project, as a library so that tests can use the generator.

pub mod corpus;
pub mod generate;
pub mod import_cost;
pub mod kills;
pub mod mutate;
pub mod outputs;
pub mod stages;
