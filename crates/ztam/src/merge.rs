//! Findings of several environments as one list: each once, with the environments it is about.

use std::collections::BTreeMap;

use ztam_source::finding::Finding;
use ztam_source::span::Span;

/// Joins the findings of environments, given as (name, findings). What is found everywhere is said once and without a
/// name; the order is that of the first environment that has it.
#[must_use]
pub fn merge(judged: Vec<(String, Vec<Finding>)>) -> Vec<Finding> {
    let all = judged.len();
    let mut seen: BTreeMap<Key, usize> = BTreeMap::new();
    let mut merged: Vec<(Finding, Vec<String>)> = Vec::new();
    for (environment, findings) in judged {
        for finding in findings {
            let at = *seen.entry(Key::of(&finding)).or_insert(merged.len());
            match merged.get_mut(at) {
                Some((_, environments)) if environments.last() != Some(&environment) => {
                    environments.push(environment.clone());
                }
                Some(_) => {}
                None => merged.push((finding, vec![environment.clone()])),
            }
        }
    }
    let named = |(finding, environments): (Finding, Vec<String>)| {
        if environments.len() == all {
            return finding;
        }
        let names = environments.join(", ");
        let word = if environments.len() == 1 { "environment" } else { "environments" };
        finding.note(format!("in the {word} {names}")).fact("environments", names)
    };
    merged.into_iter().map(named).collect()
}

/// What makes two findings one.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    id: String,
    title: String,
    level: &'static str,
    waived_by: Option<String>,
    places: Vec<Span>,
}

impl Key {
    fn of(finding: &Finding) -> Self {
        Self {
            id: finding.id().to_owned(),
            title: finding.title.clone(),
            level: finding.level.as_str(),
            waived_by: finding.waived_by.clone(),
            places: finding.labels.iter().map(|label| label.span).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_finding_is_said_once() {
        let finding = |title: &str| Finding::new(&ztam_source::rules::SYNTAX, title);
        let merged = merge(vec![
            ("dev".into(), vec![finding("a"), finding("both")]),
            ("prod".into(), vec![finding("both"), finding("b"), finding("b")]),
        ]);
        let said: Vec<_> = merged.iter().map(|it| (it.title.as_str(), it.notes.join("; "))).collect();
        let expected = [("a", "in the environment dev"), ("both", ""), ("b", "in the environment prod")];
        assert_eq!(said, expected.map(|(title, note)| (title, note.to_owned())));
    }

    #[test]
    fn one_environment_is_not_named() {
        let finding = Finding::new(&ztam_source::rules::SYNTAX, "a");
        assert!(merge(vec![("prod".into(), vec![finding])]).iter().all(|it| it.notes.is_empty()));
    }
}
