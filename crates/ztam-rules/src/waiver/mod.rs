//! Rules of the group `waiver`.

use ztam_graph::access::Access;
use ztam_source::finding::Finding;

use crate::Rule;

/// The rules of this group.
pub(crate) const RULES: &[Rule] = &[];

/// Waivers that excused nothing in this run. Not a rule like the others: it looks at what all the others found.
pub(crate) fn unused(_: &Access<'_>, _: &[Finding]) -> Vec<Finding> {
    Vec::new()
}
