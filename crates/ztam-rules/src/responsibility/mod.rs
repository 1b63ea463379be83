//! Rules of the group `responsibility`: what the customer answers for, with evidence and dates.

mod responsibility_evidence_stale;
mod responsibility_misassigned;
mod responsibility_unowned;
#[cfg(test)]
mod tests;

use ztam_model::project::{Responsibility, Text};

use crate::Rule;
use crate::cx::Cx;

/// The rules of this group.
pub(crate) const RULES: &[Rule] = &[
    Rule { meta: &responsibility_evidence_stale::META, check: responsibility_evidence_stale::check },
    Rule { meta: &responsibility_misassigned::META, check: responsibility_misassigned::check },
    Rule { meta: &responsibility_unowned::META, check: responsibility_unowned::check },
];

/// Every responsibility with its name.
fn all<'p>(cx: &Cx<'p>) -> impl Iterator<Item = (&'p Text, &'p Responsibility)> {
    cx.access.names.project.items.responsibilities.iter().map(|(name, it)| (name, it))
}
