//! What `ztam check` says of the imported projects: findings per rule and repository.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::Row;

/// The findings of every rule in every repository under the profile `standard`, as a table for people. Packages of one
/// repository are added up. Findings with one cause count once.
#[must_use]
pub fn table(rows: &[Row]) -> String {
    let mut counts: BTreeMap<&str, BTreeMap<&str, usize>> = BTreeMap::new();
    let mut repositories = BTreeSet::new();
    for row in rows {
        let Ok(report) = &row.report else { continue };
        let repository = row.repository.split(" (").next().unwrap_or_default();
        repositories.insert(repository);
        for finding in &report.findings {
            *counts.entry(&finding.kind).or_default().entry(repository).or_default() += finding.count;
        }
    }
    let mut out = String::from("| rule |");
    repositories.iter().for_each(|it| out.extend([" ", *it, " |"]));
    out.push_str("\n|---|");
    repositories.iter().for_each(|_| out.push_str("---|"));
    out.push('\n');
    for (rule, of) in &counts {
        let _ = write!(out, "| {rule} |");
        for repository in &repositories {
            let count = of.get(repository).map_or_else(String::new, usize::to_string);
            let _ = write!(out, " {count} |");
        }
        out.push('\n');
    }
    out
}
