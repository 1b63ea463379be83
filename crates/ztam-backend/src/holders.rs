//! Who holds which role on the day of a build, from the project's assignments. What has ended or not begun is nobody's
//! access: it is told apart, so that no package hands it out.

use std::collections::BTreeMap;

use ztam_graph::access::Access;
use ztam_graph::ids::RoleId;
use ztam_graph::resolve::in_force;
use ztam_model::date::Date;

/// People by role, with the last day where there is one; sorted.
pub type People<'a> = BTreeMap<&'a str, Option<Date>>;

/// The people of a project on one day.
#[derive(Clone, Debug, Default)]
pub struct Holders<'a> {
    by_role: BTreeMap<RoleId, People<'a>>,
    left_out: Vec<LeftOut<'a>>,
}

/// An assignment that does not count on the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LeftOut<'a> {
    /// The person.
    pub person: &'a str,
    /// The role.
    pub role: RoleId,
    /// First day, where there is one.
    pub from: Option<Date>,
    /// Last day, where there is one.
    pub until: Option<Date>,
    /// `ended` or `not-yet`.
    pub reason: &'static str,
}

impl<'a> Holders<'a> {
    /// The holders on the day of the access. Somebody who is assigned a role twice holds it until the later end.
    #[must_use]
    pub fn new(access: &Access<'a>) -> Self {
        let mut holders = Self::default();
        for assignment in &access.names.project.assignments {
            let Some(role) = access.names.roles.find(&assignment.role.value) else { continue };
            let person = assignment.person.value.as_str();
            let (from, until) = (assignment.from.map(|it| it.value), assignment.until.map(|it| it.value));
            let reason = match (from, until) {
                (Some(from), _) if from > access.as_of => "not-yet",
                (_, Some(until)) if !in_force(from.unwrap_or(access.as_of), until, access.as_of) => "ended",
                _ => {
                    let people = holders.by_role.entry(role).or_default();
                    let last = people.entry(person).or_insert(until);
                    *last = last.zip(until).map(|(one, other)| one.max(other));
                    continue;
                }
            };
            holders.left_out.push(LeftOut { person, role, from, until, reason });
        }
        // What ended and was given again is held.
        let by_role = &holders.by_role;
        let is_held = |it: &LeftOut<'_>| by_role.get(&it.role).is_some_and(|all| all.contains_key(it.person));
        holders.left_out.retain(|it| it.reason == "not-yet" || !is_held(it));
        holders.left_out.sort_unstable();
        holders.left_out.dedup();
        holders
    }

    /// The people who hold a role, sorted.
    pub fn of(&self, role: RoleId) -> impl Iterator<Item = (&'a str, Option<Date>)> + '_ {
        self.by_role.get(&role).into_iter().flatten().map(|(person, until)| (*person, *until))
    }

    /// Assignments that do not count, sorted by person.
    #[must_use]
    pub fn left_out(&self) -> &[LeftOut<'a>] {
        &self.left_out
    }
}

/// The earlier of two ends, where `None` is no end.
#[must_use]
pub fn earlier(one: Option<Date>, other: Option<Date>) -> Option<Date> {
    one.into_iter().chain(other).min()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ztam_graph::ids::Names;
    use ztam_graph::resolve::resolve;
    use ztam_model::assignments::parse;
    use ztam_model::lower::lower;
    use ztam_model::project::Project;
    use ztam_source::file::FileId;
    use ztam_source::tree::{Limits, parse as tree};

    #[test]
    fn only_what_counts_on_the_day_is_held() {
        let (tree, _) = tree(FileId(0), "roles: {rep: {}, boss: {}}\n", &Limits::default());
        let csv = "person,role,from,until\n\
            ana,rep,2026-01-01,2026-12-31\n\
            ana,rep,,2027-06-30\n\
            bo,rep,,\n\
            bo,rep,,2026-12-31\n\
            cy,rep,,2026-11-22\n\
            di,rep,,2026-11-21\n\
            di,boss,2026-11-23,\n\
            ed,boss,,2026-01-01\n\
            ed,boss,2026-11-22,\n\
            flo,nobody,,\n";
        let project = Project {
            items: lower(&tree, FileId(0), &[]).items,
            assignments: parse(FileId(1), csv).0,
            complete: true,
            ..Project::default()
        };
        let access = resolve(Names::new(&project), Vec::new(), None, Date::parse("2026-11-22").unwrap());
        let holders = Holders::new(&access);
        let of = |role: &str| -> Vec<String> {
            let all = holders.of(access.names.roles.find(role).unwrap());
            all.map(|(who, until)| format!("{who} {}", until.map_or("-".into(), |it| it.to_string())))
                .collect()
        };
        assert_eq!(of("rep"), ["ana 2027-06-30", "bo -", "cy 2026-11-22"]);
        assert_eq!(of("boss"), ["ed -"]);
        let left: Vec<_> = holders.left_out().iter().map(|it| (it.person, it.reason)).collect();
        assert_eq!(left, [("di", "not-yet"), ("di", "ended")]);
        assert_eq!(earlier(Date::parse("2026-01-02"), None), Date::parse("2026-01-02"));
        assert_eq!(earlier(Date::parse("2026-01-02"), Date::parse("2026-01-01")), Date::parse("2026-01-01"));
    }
}
