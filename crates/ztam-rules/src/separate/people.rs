//! People who hold several roles today, from the tables of assignments.

use std::collections::{BTreeMap, BTreeSet};

use ztam_graph::access::Holder;
use ztam_graph::ids::RoleId;
use ztam_model::assignments::Assignment;
use ztam_source::span::Span;

use crate::cx::Cx;

/// Somebody with several roles that no together set allows: what those sets allow is judged as a set.
#[derive(Clone, Debug)]
pub(crate) struct Person<'p> {
    /// As written in the table.
    pub(crate) name: &'p str,
    /// The roles, sorted.
    pub(crate) roles: Vec<RoleId>,
    /// The assignment of the last of them.
    pub(crate) place: Span,
}

/// Everybody with several roles that no set allows; of people with the same roles, the first.
pub(crate) fn with_several_roles<'p>(cx: &Cx<'p>) -> Vec<Person<'p>> {
    let mut people: BTreeMap<&str, BTreeMap<RoleId, Span>> = BTreeMap::new();
    for assignment in cx.access.names.project.assignments.iter().filter(|it| counts(cx, it)) {
        if let Some(role) = cx.access.names.roles.find(&assignment.role.value) {
            people.entry(&assignment.person.value).or_default().entry(role).or_insert(assignment.role.span);
        }
    }
    let sets: Vec<_> =
        cx.access.names.together.ids().map(|set| cx.access.roles_of(Holder::Together(set))).collect();
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for (name, held) in people {
        let Some(place) = held.values().next_back().copied() else { continue };
        let roles: Vec<_> = held.into_keys().collect();
        let is_allowed = sets.iter().any(|set| roles.iter().all(|role| set.contains(role)));
        if roles.len() > 1 && !is_allowed && seen.insert(roles.clone()) {
            found.push(Person { name, roles, place });
        }
    }
    found
}

/// Whether an assignment counts on the day of the run; without a first or last day it has no beginning or end.
pub(crate) fn counts(cx: &Cx<'_>, assignment: &Assignment) -> bool {
    let day = cx.access.as_of;
    assignment.from.is_none_or(|from| from.value <= day)
        && assignment.until.is_none_or(|until| day <= until.value)
}
