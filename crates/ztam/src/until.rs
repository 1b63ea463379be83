//! Until when a build is right: the last day on which the same sources still mean the same.

use std::collections::BTreeSet;

use ztam_backend::holders::Holders;
use ztam_backend::plan::Plan;
use ztam_graph::access::Access;
use ztam_graph::ids::RoleId;
use ztam_graph::resolve::in_force;
use ztam_model::date::Date;
use ztam_model::project::Project;
use ztam_source::finding::Finding;

/// How old evidence may be where the matrix does not say, in days.
const EVIDENCE_DAYS: u32 = 365;

/// The last day on which a build is right: the earliest end of what counts on its day. That is waivers that excused one of
/// `findings`, temporary grants (and the day before the next one begins), evidence of responsibilities, and what people are
/// assigned of the roles in `plans`, whose ends stand in the tables. `None` where nothing ends.
#[must_use]
pub fn right_until(access: &Access<'_>, plans: &[Option<Plan>], findings: &[Finding]) -> Option<Date> {
    let of_matrix = matrix_until(access.names.project, findings, access.as_of);
    of_matrix.into_iter().chain(assignments_until(access, plans)).min()
}

fn matrix_until(project: &Project, findings: &[Finding], as_of: Date) -> Option<Date> {
    let items = &project.items;
    let used = |name: &str| findings.iter().any(|it| it.waived_by.as_deref() == Some(name));
    let waivers = items.waivers.iter().filter(|(name, _)| used(&name.value)).map(|(_, it)| it.until.value);
    let temporary = items.temporary.iter().filter_map(|(_, it)| {
        let (from, until) = (it.from.value, it.until.value);
        if in_force(from, until, as_of) {
            Some(until)
        } else if from > as_of && from <= until {
            day_before(from)
        } else {
            None
        }
    });
    let evidence = items.responsibilities.iter().filter_map(|(_, it)| {
        let days = it.max_age_days.map_or(EVIDENCE_DAYS, |days| days.value);
        Date::from_day_number(it.verified?.value.day_number() + i64::from(days)).filter(|last| *last >= as_of)
    });
    waivers.chain(temporary).chain(evidence).min()
}

/// The last day on which the same people hold the roles of the packages until the same days.
fn assignments_until(access: &Access<'_>, plans: &[Option<Plan>]) -> Option<Date> {
    let containers = plans.iter().flatten().flat_map(|plan| &plan.containers);
    let roles: BTreeSet<RoleId> = containers.map(|it| it.role).collect();
    let holders = Holders::new(access);
    let held = roles.iter().flat_map(|role| holders.of(*role)).filter_map(|(_, until)| until);
    let coming = holders.left_out().iter().filter(|it| roles.contains(&it.role));
    let coming = coming.filter_map(|it| day_before(it.from.filter(|from| *from > access.as_of)?));
    held.chain(coming).min()
}

fn day_before(day: Date) -> Option<Date> {
    Date::from_day_number(day.day_number() - 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use ztam_backend::plan::Container;
    use ztam_graph::ids::Names;
    use ztam_graph::resolve::resolve;
    use ztam_model::lower::{assemble, read_file};
    use ztam_model::shape::ShapeCheck;
    use ztam_source::file::{SourceFile, SourceMap};

    const EXCEPTIONS: &str = "\
ztam: 1
project: p
waivers:
  W-1:
    {rule: x/y, for: [a], reason: r, owner: o, approved-by: [b], from: 2026-01-01, until: 2026-03-15}
temporary:
  T-now: {role: a, reason: r, owner: o, approved-by: [b], from: 2026-01-01, until: 2026-04-30}
  T-next: {role: a, reason: r, owner: o, approved-by: [b], from: 2026-04-01, until: 2026-06-30}
  T-old: {role: a, reason: r, owner: o, approved-by: [b], from: 2025-01-01, until: 2025-06-30}
responsibilities:
  review: {statement: s, party: customer, verified: 2026-01-01, max-age-days: 80}
";

    #[test]
    fn the_earliest_end_counts() {
        let mut sources = SourceMap::default();
        let id = sources.add(SourceFile::new("ztam.yaml", EXCEPTIONS));
        let file = read_file(id, EXCEPTIONS, &[], &ShapeCheck::new(Vec::new()));
        assert!(file.findings.is_empty(), "{:?}", file.findings);
        let (project, _) = assemble(vec![Arc::new(file)]);
        let mut waived = Finding::new(&ztam_source::rules::SYNTAX, "x");
        waived.waived_by = Some("W-1".into());
        let until = |as_of: &str, findings: &[Finding]| {
            matrix_until(&project, findings, Date::parse(as_of).unwrap()).map(|date| date.to_string())
        };
        assert_eq!(until("2026-01-10", &[]).as_deref(), Some("2026-03-22"), "evidence");
        assert_eq!(until("2026-03-25", &[]).as_deref(), Some("2026-03-31"), "the day before the next grant");
        assert_eq!(until("2026-01-10", &[waived]).as_deref(), Some("2026-03-15"), "the waiver");
        assert_eq!(until("2026-04-10", &[]).as_deref(), Some("2026-04-30"), "the grant");
        assert_eq!(until("2026-07-01", &[]), None);
    }

    #[test]
    fn the_ends_of_assignments_count_for_roles_that_are_emitted() {
        let project = |people: &str| {
            let mut sources = SourceMap::default();
            let text = "roles: {rep: {}, boss: {}}\n";
            let id = sources.add(SourceFile::new("ztam.yaml", text));
            let file = read_file(id, text, &[], &ShapeCheck::new(Vec::new()));
            let (mut project, _) = assemble(vec![Arc::new(file)]);
            project.assignments = ztam_model::assignments::parse(id, people).0;
            project
        };
        let until = |people: &str| {
            let project = project(&format!("person,role,from,until\n{people}"));
            let day = Date::parse("2026-09-20").unwrap();
            let access = resolve(Names::new(&project), Vec::new(), None, day);
            let rep = access.names.roles.find("rep").unwrap();
            let plan = Plan { containers: vec![container(rep)], ..Plan::default() };
            right_until(&access, &[None, Some(plan)], &[]).map(|date| date.to_string())
        };
        assert_eq!(until("ana,rep,,\n"), None);
        assert_eq!(until("ana,rep,,2026-12-31\nbo,rep,,2026-10-31\n").as_deref(), Some("2026-10-31"));
        assert_eq!(until("ana,rep,,2026-12-31\nana,rep,,2026-10-31\n").as_deref(), Some("2026-12-31"));
        assert_eq!(until("ana,rep,2026-10-01,2026-12-31\n").as_deref(), Some("2026-09-30"), "begins");
        assert_eq!(until("ana,rep,,2026-09-20\n").as_deref(), Some("2026-09-20"), "the last day counts");
        assert_eq!(until("ana,rep,,2026-09-19\n"), None, "over");
        assert_eq!(until("ana,boss,,2026-10-31\n"), None, "not in a package");
    }

    fn container(role: RoleId) -> Container {
        Container {
            kind: "Role",
            name: "Rep".into(),
            id: None,
            label: String::new(),
            description: String::new(),
            role,
            layers: Vec::new(),
            holder: "",
            members: Vec::new(),
        }
    }
}
