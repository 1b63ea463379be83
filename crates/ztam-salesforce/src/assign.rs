//! Who gets which permission set: no metadata says it, so these are tables for the person who assigns. Columns and steps are
//! in `docs/assignments.md`.

use std::io::{self, Write};
use std::sync::{Arc, OnceLock};

use ztam_backend::artifact::Artifact;
use ztam_backend::csv::record;
use ztam_backend::holders::{Holders, earlier};
use ztam_backend::plan::{Container, Plan};
use ztam_graph::access::{Access, Layer};
use ztam_graph::ids::RoleId;
use ztam_model::date::Date;

use crate::bind::Package;
use crate::plan::{GROUP, SET, is_base, needs_activation};

/// Folder of the tables; no package directory may be called so.
pub(crate) const FOLDER: &str = "assignments";

/// The tables of a package. The one of what is left out is there only where something is.
pub(crate) fn artifacts<'a>(
    package: &'a Package,
    access: &'a Access<'a>,
    plan: &'a Plan,
) -> Vec<Artifact<'a>> {
    let sheets =
        Arc::new(Sheets { package, access, plan, holders: Holders::new(access), roles: OnceLock::new() });
    let table = |name: &str, write: fn(&Sheets<'a>, &mut dyn Write) -> io::Result<()>| {
        let sheets = Arc::clone(&sheets);
        Artifact::stream(format!("{FOLDER}/{name}.csv"), move |out| write(&sheets, out))
    };
    let mut all = vec![
        table("permission-set-assignments", Sheets::assignments),
        table("sets-by-role", Sheets::sets_by_role),
    ];
    if sheets.holders.left_out().iter().any(|it| sheets.is_here(it.role)) {
        all.push(table("left-out", Sheets::left_out));
    }
    all
}

struct Sheets<'a> {
    package: &'a Package,
    access: &'a Access<'a>,
    plan: &'a Plan,
    holders: Holders<'a>,
    /// What is assigned, by role; made when the first table is written.
    roles: OnceLock<Vec<(RoleId, Vec<Assigned<'a>>)>>,
}

/// A permission set or group that whoever holds the role is assigned.
struct Assigned<'a> {
    container: &'a Container,
    conditions: String,
    /// Whether a session must activate it.
    session: bool,
    until: Option<Date>,
}

impl<'a> Sheets<'a> {
    fn is_here(&self, role: RoleId) -> bool {
        self.plan.containers.iter().any(|it| it.role == role)
    }

    fn roles(&self) -> &[(RoleId, Vec<Assigned<'a>>)] {
        self.roles.get_or_init(|| {
            let mut containers: Vec<&'a Container> = self.plan.containers.iter().collect();
            containers.sort_by_key(|it| it.role);
            let by_role = containers.chunk_by(|a, b| a.role == b.role);
            by_role.filter_map(|all| Some((all.first()?.role, self.assigned(all)))).collect()
        })
    }

    /// What holds always first, then what a control outside guards, then what a session activates, then what ends.
    fn assigned(&self, containers: &[&'a Container]) -> Vec<Assigned<'a>> {
        let group = containers.iter().find(|it| it.kind == GROUP);
        let in_group =
            |it: &Container| group.is_some_and(|group| it.layers.iter().all(|id| group.layers.contains(id)));
        let outside = containers.iter().filter(|it| it.kind == GROUP || !in_group(it));
        let mut all: Vec<_> = outside.map(|it| (self.rank(it), self.entry(it))).collect();
        all.sort_by(|a, b| (a.0, &a.1.container.name).cmp(&(b.0, &b.1.container.name)));
        all.into_iter().map(|(_, entry)| entry).collect()
    }

    fn rank(&self, container: &Container) -> u8 {
        let layer = self.layer(container);
        match () {
            () if container.kind == GROUP || is_base(self.access, container) => 0,
            () if layer.temporary.is_some() => 3,
            () if needs_activation(self.package, container.role, layer) => 2,
            () => 1,
        }
    }

    fn entry(&self, container: &'a Container) -> Assigned<'a> {
        let names = &self.access.names;
        let layer = self.layer(container);
        let conditions = container.layers.iter().flat_map(|id| {
            let conditions = self.access.layers[*id].conditions;
            self.access.condition_names(conditions)
        });
        let mut conditions: Vec<_> = conditions.collect();
        conditions.sort_unstable();
        conditions.dedup();
        Assigned {
            container,
            conditions: conditions.join(" "),
            session: needs_activation(self.package, container.role, layer),
            until: layer.temporary.map(|id| names.temporaries.get(id).until.value),
        }
    }

    /// Under what a permission set holds. A group has several layers, none of which ends or is activated.
    fn layer(&self, container: &Container) -> Layer {
        let first = container.layers.first().filter(|_| container.kind == SET);
        first.map_or_else(Layer::default, |it| self.access.layers[*it])
    }

    fn assignments(&self, out: &mut dyn Write) -> io::Result<()> {
        record(["Username", "PermissionSet", "PermissionSetGroup", "ExpirationDate", "Role"], out)?;
        for (role, assigned) in self.roles() {
            for (person, until) in self.holders.of(*role) {
                for it in assigned {
                    let (set, group) = it.columns();
                    let expires = expiration(earlier(until, it.until));
                    record([person, set, group, &expires, self.access.names.roles.name(*role)], out)?;
                }
            }
        }
        Ok(())
    }

    fn sets_by_role(&self, out: &mut dyn Write) -> io::Result<()> {
        let head = ["Role", "Order", "PermissionSet", "PermissionSetGroup", "Activation", "Conditions"];
        record(head.into_iter().chain(["ExpirationDate", "License"]), out)?;
        for (role, assigned) in self.roles() {
            for (position, it) in assigned.iter().enumerate() {
                let (set, group) = it.columns();
                let order = (position + 1).to_string();
                let activation = if it.session { "session" } else { "none" };
                let license = self.package.roles[*role].license.as_deref().unwrap_or_default();
                let name = self.access.names.roles.name(*role);
                let expires = expiration(it.until);
                record([name, &order, set, group, activation, &it.conditions, &expires, license], out)?;
            }
        }
        Ok(())
    }

    fn left_out(&self, out: &mut dyn Write) -> io::Result<()> {
        record(["Username", "Role", "From", "Until", "Reason"], out)?;
        for it in self.holders.left_out().iter().filter(|it| self.is_here(it.role)) {
            let day = |date: Option<Date>| date.map_or_else(String::new, |it| it.to_string());
            let role = self.access.names.roles.name(it.role);
            record([it.person, role, &day(it.from), &day(it.until), it.reason], out)?;
        }
        Ok(())
    }
}

impl<'a> Assigned<'a> {
    /// The name in the column that it belongs to.
    fn columns(&self) -> (&'a str, &'a str) {
        let name = self.container.name.as_str();
        if self.container.kind == GROUP { ("", name) } else { (name, "") }
    }
}

/// The last moment of the last day, UTC: never longer than the day that the matrix says.
fn expiration(until: Option<Date>) -> String {
    until.map_or_else(String::new, |date| format!("{date}T23:59:59.000Z"))
}

#[cfg(test)]
mod tests {
    use crate::tests::{Built, build, build_assigned};

    const ROLES: &str = "
assets:
  opportunity:
    class: internal
    domains: [sales]
    salesforce: {object: Opportunity}
roles:
  sales-rep:
    platforms: [salesforce]
    within: [sales]
    may: {internal: {read: own}}
    also:
      - {of: [opportunity], create: own, when: [mfa]}
      - {of: [opportunity], edit: own, when: [session]}
  boss:
    platforms: [salesforce]
    within: [sales]
    may: {internal: {read: own}}
  draft: {abstract: true}
temporary:
  T-1:
    role: sales-rep
    within: [sales]
    also: [{of: [opportunity], edit: own}]
    reason: r
    owner: o@acme.example
    approved-by: [b@acme.example]
    from: 2026-09-01
    until: 2026-09-30
";

    const PEOPLE: &str = "person,role,from,until\n\
        ana@acme.example,sales-rep,,\n\
        bo@acme.example,sales-rep,,2026-09-25\n\
        bo@acme.example,boss,,2027-01-31\n\
        +cy@acme.example,boss,,\n\
        di@acme.example,boss,2026-10-01,\n\
        ed@acme.example,boss,,2026-09-19\n";

    fn table<'b>(built: &'b Built, name: &str) -> &'b str {
        &built.files[&format!("assignments/{name}.csv")]
    }

    fn lines(table: &str) -> Vec<&str> {
        table.lines().collect()
    }

    #[test]
    fn a_role_says_which_sets_are_assigned_and_how() {
        let built = build(ROLES);
        assert_eq!(
            lines(table(&built, "sets-by-role")),
            [
                "Role,Order,PermissionSet,PermissionSetGroup,Activation,Conditions,ExpirationDate,License",
                "boss,1,Boss,,none,,,",
                "sales-rep,1,SalesRep,,none,,,",
                "sales-rep,2,SalesRep_Mfa,,none,mfa,,",
                "sales-rep,3,SalesRep_Session,,session,session,,",
                "sales-rep,4,SalesRep_T_1,,none,,2026-09-30T23:59:59.000Z,",
            ]
        );
        let head = "Username,PermissionSet,PermissionSetGroup,ExpirationDate,Role\n";
        assert_eq!(table(&built, "permission-set-assignments"), head, "nobody is known");
        assert!(!built.files.contains_key("assignments/left-out.csv"));
    }

    #[test]
    fn people_get_the_sets_of_their_roles_until_the_earlier_end() {
        let built = build_assigned(ROLES, PEOPLE);
        assert_eq!(
            lines(table(&built, "permission-set-assignments")),
            [
                "Username,PermissionSet,PermissionSetGroup,ExpirationDate,Role",
                r#""'+cy@acme.example",Boss,,,boss"#,
                "bo@acme.example,Boss,,2027-01-31T23:59:59.000Z,boss",
                "ana@acme.example,SalesRep,,,sales-rep",
                "ana@acme.example,SalesRep_Mfa,,,sales-rep",
                "ana@acme.example,SalesRep_Session,,,sales-rep",
                "ana@acme.example,SalesRep_T_1,,2026-09-30T23:59:59.000Z,sales-rep",
                "bo@acme.example,SalesRep,,2026-09-25T23:59:59.000Z,sales-rep",
                "bo@acme.example,SalesRep_Mfa,,2026-09-25T23:59:59.000Z,sales-rep",
                "bo@acme.example,SalesRep_Session,,2026-09-25T23:59:59.000Z,sales-rep",
                "bo@acme.example,SalesRep_T_1,,2026-09-25T23:59:59.000Z,sales-rep",
            ]
        );
        assert_eq!(
            lines(table(&built, "left-out")),
            [
                "Username,Role,From,Until,Reason",
                "di@acme.example,boss,2026-10-01,,not-yet",
                "ed@acme.example,boss,,2026-09-19,ended",
            ]
        );
    }

    #[test]
    fn a_group_is_assigned_in_place_of_its_members() {
        let text = ROLES.replace("      - {of: [opportunity], edit: own, when: [session]}\n", "");
        let built = build_assigned(
            &format!("{text}environments:\n  prod: {{salesforce: {{layout: group}}}}\n"),
            "person,role\nana@acme.example,sales-rep\n",
        );
        assert_eq!(
            lines(table(&built, "permission-set-assignments")),
            [
                "Username,PermissionSet,PermissionSetGroup,ExpirationDate,Role",
                "ana@acme.example,,SalesRep_Group,,sales-rep",
                "ana@acme.example,SalesRep_T_1,,2026-09-30T23:59:59.000Z,sales-rep",
            ]
        );
    }

    #[test]
    fn no_table_lies_in_the_package() {
        let built = build_assigned(ROLES, PEOPLE);
        let inside = built.files.keys().filter(|it| it.ends_with(".csv") && !it.starts_with("assignments/"));
        assert_eq!(inside.count(), 0);
        let text =
            format!("{ROLES}environments:\n  prod: {{salesforce: {{package-directory: assignments/x}}}}\n");
        assert_eq!(build(&text).ids(), ["mapping/setting"]);
    }
}
