//! Edges of the escalation graph as back ends write them down: one readable row each, by the names of rights. A row whose
//! rights nobody in the project has takes no part.

use ztam_graph::facts::{Bound, Edge, Evidence, Gain, RightId};

/// A row of a data file: gain, bound, rights (all of them, with spaces between), evidence, condition, how it goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EdgeRow {
    /// What the rights lead to.
    pub gain: Gain,
    /// What bounds it.
    pub bound: Bound,
    /// Names of the rights; all of them are needed.
    pub rights: Vec<&'static str>,
    /// How well the mechanism is founded.
    pub evidence: Evidence,
    /// What else must be true; empty where nothing else is needed.
    pub condition: &'static str,
    /// How it goes: a half sentence whose subject is the holder.
    pub how: &'static str,
}

const GAINS: [(&str, Gain); 6] = [
    ("edits-roles", Gain::EditsRoles),
    ("assigns-roles", Gain::AssignsRoles),
    ("takes-identities", Gain::TakesIdentities),
    ("runs-code", Gain::RunsCode),
    ("imports", Gain::Imports),
    ("impersonates", Gain::Impersonates),
];

const BOUNDS: [(&str, Bound); 3] =
    [("", Bound::Unbounded), ("own-rights", Bound::OwnRights), ("intersection", Bound::Intersection)];

/// The rows of a data file; lines that begin with `#` say what it holds. A row that does not parse is left out; the tests
/// of the back ends see to it that none is.
#[must_use]
pub fn rows(text: &'static str) -> Vec<EdgeRow> {
    text.lines().filter(|line| !line.starts_with('#')).filter_map(row).collect()
}

fn row(line: &'static str) -> Option<EdgeRow> {
    let mut cells = line.split('\t');
    let gain = find(&GAINS, cells.next()?)?;
    let bound = find(&BOUNDS, cells.next()?)?;
    let rights: Vec<_> = cells.next()?.split_terminator(' ').collect();
    let evidence = match cells.next()? {
        "d" => Evidence::Documented,
        "o" => Evidence::Observed,
        "u" => Evidence::Unverified,
        _ => return None,
    };
    let (condition, how) = (cells.next()?, cells.next()?);
    let is_whole = cells.next().is_none() && !rights.is_empty() && !how.is_empty();
    is_whole.then_some(EdgeRow { gain, bound, rights, evidence, condition, how })
}

/// The edges whose rights are all there. `right` finds a right by its name.
pub fn edges(rows: &[EdgeRow], right: impl Fn(&str) -> Option<RightId>) -> Vec<Edge> {
    let bound = |row: &EdgeRow| {
        let from: Option<Vec<RightId>> = row.rights.iter().map(|name| right(name)).collect();
        Some(Edge {
            from: from?,
            gain: row.gain,
            bound: row.bound,
            condition: row.condition,
            evidence: row.evidence,
            how: row.how,
        })
    };
    rows.iter().filter_map(bound).collect()
}

fn find<T: Copy>(words: &[(&str, T)], word: &str) -> Option<T> {
    words.iter().find(|(known, _)| *known == word).map(|(_, value)| *value)
}
