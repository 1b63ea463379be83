//! Words that messages share: rows, moments, platforms, lists.

use ztam_graph::access::{Access, PlatformSet};
use ztam_graph::scopes::ScopeSet;
use ztam_model::words::{Action, Scope};

use crate::layers::Moment;

/// The rows of a scope, after "in": `their own rows`.
pub(crate) fn rows(scopes: ScopeSet) -> String {
    let words = scopes.widest().iter().map(|scope| match scope {
        Scope::Own => "their own rows",
        Scope::Account => "the rows of their account",
        Scope::Team => "the whole team's rows",
        Scope::Unit => "the whole unit's rows",
        Scope::UnitTree => "the rows of the unit and all below it",
        Scope::Shared => "all rows that sharing opens",
        Scope::Org => "all rows",
    });
    words.collect::<Vec<_>>().join(" and ")
}

/// When something holds, to be put behind a sentence: ` when mfa`, ` while T-1 lasts`; empty for always.
pub(crate) fn when(access: &Access<'_>, moment: Moment) -> String {
    let mut text = String::new();
    if !moment.conditions.is_empty() {
        text = format!(" when {}", access.condition_names(moment.conditions).join(", "));
    }
    let [first, second] = moment.temporaries;
    let second = second.filter(|_| second != first);
    let names: Vec<_> = first.into_iter().chain(second).map(|id| access.names.temporaries.name(id)).collect();
    if !names.is_empty() {
        text = format!("{text} while {} lasts", names.join(" and "));
    }
    text
}

/// The titles of platforms.
pub(crate) fn platforms(access: &Access<'_>, set: PlatformSet) -> Vec<&'static str> {
    set.iter().filter_map(|bit| access.platforms.get(bit)).map(|facts| facts.title).collect()
}

/// What somebody does, as a verb for people.
pub(crate) fn verb(action: Action) -> &'static str {
    match action {
        Action::AppendTo => "append to",
        other => other.as_str(),
    }
}

/// `1 field`, `2 fields`.
pub(crate) fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}
