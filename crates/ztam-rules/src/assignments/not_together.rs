//! A person with roles that are not meant to be held together.

use std::collections::BTreeMap;

use ztam_graph::access::Holder;
use ztam_graph::ids::RoleId;
use ztam_model::assignments::Assignment;
use ztam_source::confusable::quoted;
use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};

use crate::cx::Cx;
use crate::sink::{Sink, Subject};

pub(super) static META: RuleMeta = RuleMeta {
    id: "assignments/not-together",
    summary: "a person holds roles that no together set allows",
    severity: Severity::High,
    confidence: Confidence::Proven,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST AC-5", "NIST AC-6", "ISO A.5.3"],
    page: include_str!("not_together.md"),
};

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    let mut people: BTreeMap<&str, Vec<(RoleId, &Assignment)>> = BTreeMap::new();
    for assignment in cx.access.names.project.assignments.iter().filter(|it| counts(cx, it)) {
        if let Some(role) = cx.access.names.roles.find(&assignment.role.value) {
            people.entry(&assignment.person.value).or_default().push((role, assignment));
        }
    }
    for (person, mut held) in people {
        held.sort_by_key(|(role, assignment)| (*role, assignment.role.span));
        held.dedup_by_key(|(role, _)| *role);
        if held.len() > 1 && !is_allowed(cx, &held) {
            report(cx, person, &held, out);
        }
    }
}

/// Whether an assignment counts on the day of the run; without a first or last day it has no beginning or end.
fn counts(cx: &Cx<'_>, assignment: &Assignment) -> bool {
    let day = cx.access.as_of;
    assignment.from.is_none_or(|from| from.value <= day)
        && assignment.until.is_none_or(|until| day <= until.value)
}

fn is_allowed(cx: &Cx<'_>, held: &[(RoleId, &Assignment)]) -> bool {
    cx.access.names.together.ids().any(|set| {
        let roles = cx.access.roles_of(Holder::Together(set));
        held.iter().all(|(role, _)| roles.contains(role))
    })
}

fn report(cx: &Cx<'_>, person: &str, held: &[(RoleId, &Assignment)], out: &mut Sink<'_>) {
    let Some(((first, assignment), others)) = held.split_first() else { return };
    let subject = Subject::of(Holder::Role(*first)).called(quoted(person));
    out.push(&META, None, Some(assignment.role.span), &subject, || {
        let names = &cx.access.names;
        let titles: Vec<_> = held.iter().map(|(role, _)| names.role_title(*role)).collect();
        let ids: Vec<_> = held.iter().map(|(role, _)| names.roles.name(*role)).collect();
        let finding =
            Finding::new(&META, format!("{} holds {} together", quoted(person), titles.join(" and ")))
                .at(assignment.role.span, "this role");
        let finding =
            others.iter().fold(finding, |it, (_, other)| it.because(other.role.span, "and this one"));
        finding
            .note("what a person can do with both is judged only for the sets that `together` lists")
            .help(format!(
                "take one of them away, or list the set: `together: {{NAME: [{}]}}`",
                ids.join(", ")
            ))
            .fact("person", person)
            .fact("roles", ids.join(" "))
    });
}

#[cfg(test)]
mod tests {
    use crate::testing::findings_with_assignments;

    const PROJECT: &str = "
classes: [{id: internal}]
domains: {sales: {title: Sales}}
assets: {account: {class: internal, domains: [sales], salesforce: {object: Account}}}
roles:
  rep: {platforms: [salesforce], within: [sales], may: {internal: {read: own}}}
  chief: {platforms: [salesforce], within: [sales], may: {internal: {read: org}}}
  agent: {platforms: [salesforce], within: [sales], may: {internal: {read: unit}}}
together: {lead: [chief, agent]}
";

    fn of(csv: &str) -> Vec<String> {
        let found = findings_with_assignments(PROJECT, csv).into_iter();
        found.filter(|it| it.rule.id == super::META.id).map(|it| it.title).collect()
    }

    #[test]
    fn fires_without_a_set() {
        assert_eq!(of("person,role\nann,rep\nann,chief\nbob,rep\n"), ["`ann` holds Chief and Rep together"]);
    }

    #[test]
    fn is_silent_with_a_set_or_one_role() {
        assert_eq!(of("person,role\nann,agent\nann,chief\nbob,rep\nbob,rep\n"), [""; 0]);
    }

    #[test]
    fn only_the_same_days_count() {
        let near = |until: &str| {
            of(&format!("person,role,from,until\nann,rep,2026-01-01,{until}\nann,chief,2026-01-01,\n"))
        };
        assert_eq!(near("2026-09-19"), [""; 0]);
        assert_eq!(near("2026-09-20").len(), 1);
    }
}
