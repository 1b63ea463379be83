//! Escalation: how somebody becomes more than the matrix says, by what they hold.
//!
//! Rights, roles and the goal are nodes; a *step* leads from nodes that are all needed to one more. Steps are what rights
//! bring along ([`Implication`](crate::facts::Implication)), the edges of the platforms ([`Edge`](crate::facts::Edge)), what
//! a role gives to whoever gets hold of it, and what automation does in the name of the system. Reaching is monotone: more
//! grants never reach less. So a holder's ways are told by the minimal sets of grants that reach the goal, the *witnesses*,
//! and the smallest set of grants that meets them all is the *cut*.
//!
//! Bounded edges give their holder nothing that the bound keeps back, so they are no steps: a role that may only be given
//! by who has all of it, and acting in somebody's name with what both may do. What rests on a condition, on a mechanism that no source
//! confirms, or on a pair that only one source names, makes a witness advisory.

mod cut;
mod grants;
mod search;
mod steps;
mod supports;
#[cfg(test)]
mod tests;

pub use cut::{Cut, smallest_cut};
pub use grants::{Grant, GrantKind};
pub use search::{Leaf, Search, Witness, Witnesses};
pub use steps::{Goal, Step, Why, granted};
