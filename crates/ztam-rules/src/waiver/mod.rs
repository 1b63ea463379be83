//! Rules of the group `waiver`: exceptions that do not count, end, or are too many.

mod cannot_lower;
mod ended;
mod ends_soon;
mod invalid;
mod no_approver;
mod rules;
#[cfg(test)]
mod tests;
mod too_long;
mod unused;

use ztam_graph::access::Access;
use ztam_source::finding::Finding;

use crate::Rule;

/// The rules of this group.
pub(crate) const RULES: &[Rule] = &[
    Rule { meta: &cannot_lower::META, check: cannot_lower::check },
    Rule { meta: &ended::META, check: ended::check },
    Rule { meta: &ends_soon::META, check: ends_soon::check },
    Rule { meta: &invalid::META, check: invalid::check },
    Rule { meta: &no_approver::META, check: no_approver::check },
    Rule { meta: &too_long::META, check: too_long::check },
    Rule { meta: &unused::META, check: unused::check },
];

/// Waivers that excused nothing in this run, and ended ones with what they no longer excuse. Not rules like the others:
/// they look at what all the others found.
pub(crate) fn unused(access: &Access<'_>, findings: &[Finding]) -> Vec<Finding> {
    let mut found = ended::after(access, findings);
    found.extend(unused::after(access, findings));
    found
}
