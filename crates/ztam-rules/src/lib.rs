//! The rules: one file and one page each, judged on resolved access. A rule never sees a back end; what it must know of a
//! platform stands in [`ztam_graph::facts::PlatformFacts`].
//!
//! Adding one: the file `GROUP/NAME.rs` with its `META` and `check`, the page `GROUP/NAME.md`, and its line in
//! `GROUP/mod.rs`.

pub mod cx;
pub mod left_out;
pub mod levels;
pub mod registry;
pub mod sink;
pub mod waive;

mod assignments;
mod cells;
mod class;
mod compliance;
mod condition;
mod duty;
mod environment;
mod escalation;
mod evidence;
mod external;
mod guard;
mod layers;
mod lifecycle;
mod machines;
mod mapping;
mod matrix;
mod monitoring;
mod need;
mod pattern;
mod platform;
mod powers;
mod privilege;
mod rank;
mod reach;
mod responsibility;
mod route;
mod separate;
mod service;
mod sign_in;
mod tagged;
mod temporary;
#[cfg(test)]
mod testing;
mod waiver;
mod whatif;
mod wording;

use rayon::prelude::*;
use ztam_graph::access::Access;
use ztam_source::finding::{Finding, RuleMeta};

use crate::cx::Cx;
use crate::rank::Ranking;
use crate::sink::Sink;

/// A rule: what is fixed about it, and the function that looks.
pub struct Rule {
    /// Id, severity, page.
    pub meta: &'static RuleMeta,
    /// Looks at the access and pushes what it finds.
    pub check: fn(&Cx<'_>, &mut Sink<'_>),
}

impl std::fmt::Debug for Rule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Rule").field(&self.meta.id).finish()
    }
}

/// Judges an access: runs every rule, joins what reading and binding found, applies levels and waivers to all of it, and
/// sorts by rank: what fails the run first, then by severity, tier of the right, class of the data and reach.
///
/// `known` are the ids of all rules of the program, so that waivers and levels can be held against them.
#[must_use]
pub fn judge(access: &Access<'_>, others: Vec<Finding>, known: &[&'static RuleMeta]) -> Vec<Finding> {
    let cx = Cx::new(access, known);
    let mut findings = found(&cx);
    findings.extend(others.into_iter().map(|finding| waive::excuse(access, finding)));
    findings.extend(waiver::unused(access, &findings));
    levels::apply(&access.names, &mut findings);
    let ranking = Ranking::new(&cx);
    findings.sort_by_cached_key(|finding| ranking.of(finding));
    findings
}

/// What all rules find. Each looks for itself, several at a time; what they found is joined in the order of the registry.
fn found(cx: &Cx<'_>) -> Vec<Finding> {
    let rules: Vec<&Rule> = registry::all().collect();
    let of_rule = |rule: &&Rule| {
        let mut sink = Sink::new(cx.access);
        (rule.check)(cx, &mut sink);
        sink
    };
    let sinks: Vec<Sink<'_>> = rules.par_iter().map(of_rule).collect();
    let mut all = Sink::new(cx.access);
    sinks.into_iter().for_each(|sink| all.join(sink));
    all.finish()
}
