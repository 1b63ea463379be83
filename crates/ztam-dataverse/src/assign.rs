//! Who holds which role and is a member of which profile: no solution says it, so these are tables for the person who sees
//! to it, and the calls that do it. Columns and steps are in `docs/assignments.md`.

use std::io::{self, Write};
use std::sync::{Arc, OnceLock};

use serde_json::{Value, json};
use ztam_backend::artifact::Artifact;
use ztam_backend::csv::record;
use ztam_backend::holders::{Holders, earlier};
use ztam_backend::plan::{Container, Plan};
use ztam_graph::access::Access;
use ztam_graph::ids::RoleId;
use ztam_model::date::Date;

use crate::bind::Package;
use crate::catalog::Level;
use crate::parts::Inherit;
use crate::plan::{BASE, PROFILE, Planner, ROLE, TEAM};

/// The tables and calls of a package. The table of what is left out is there only where something is.
pub(crate) fn artifacts<'a>(
    package: &'a Package,
    access: &'a Access<'a>,
    plan: &'a Plan,
) -> Vec<Artifact<'a>> {
    let Some(planner) = Planner::new(package, access) else { return Vec::new() };
    let sheets = Arc::new(Sheets { planner, plan, holders: Holders::new(access), carried: OnceLock::new() });
    let file = |name: &str, write: fn(&Sheets<'a>, &mut dyn Write) -> io::Result<()>| {
        let sheets = Arc::clone(&sheets);
        Artifact::stream(format!("assignments/{name}"), move |out| write(&sheets, out))
    };
    let mut all = vec![
        file("calls.json", Sheets::calls),
        file("group-teams.csv", Sheets::group_teams),
        file("profile-members.csv", Sheets::profile_members),
        file("role-holders.csv", Sheets::role_holders),
    ];
    if sheets.holders.left_out().iter().any(|it| sheets.is_here(it.role)) {
        all.push(file("left-out.csv", Sheets::left_out));
    }
    all
}

struct Sheets<'a> {
    planner: Planner<'a, 'a>,
    plan: &'a Plan,
    holders: Holders<'a>,
    /// Made when the first table is written.
    carried: OnceLock<Vec<Carried<'a>>>,
}

/// By whom an emitted role is carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum HeldBy {
    /// A team that a group of the directory fills; its members have the role's own rows themselves.
    GroupTeam,
    /// Teams that own the rows.
    OwnerTeam,
    /// Each person: the platform gives a role of teams alone to no team of a directory group.
    Person,
}

impl HeldBy {
    fn word(self) -> &'static str {
        match self {
            Self::GroupTeam => "group-team",
            Self::OwnerTeam => "owner-team",
            Self::Person => "person",
        }
    }
}

/// An emitted role, or a profile that stands alone, with all that carrying it means.
struct Carried<'a> {
    container: &'a Container,
    role: &'a str,
    held_by: HeldBy,
    /// Whether its rows count from the business unit that carries it.
    counts_from_unit: bool,
    conditions: String,
    until: Option<Date>,
    /// The profiles whose members are those who carry it.
    profiles: Vec<&'a Container>,
}

impl Carried<'_> {
    /// How many teams there are, and where.
    fn unit_rule(&self) -> &'static str {
        match self.held_by {
            HeldBy::OwnerTeam => "teams-that-own-the-rows",
            HeldBy::GroupTeam if self.counts_from_unit => "one-team-per-unit-never-root",
            HeldBy::GroupTeam => "one-team",
            HeldBy::Person if self.counts_from_unit => "unit-of-the-person-never-root",
            HeldBy::Person => "unit-of-the-person",
        }
    }

    /// What the team is called; one for each unit has the unit's name in it.
    fn team(&self) -> String {
        match self.held_by {
            HeldBy::GroupTeam if self.counts_from_unit => format!("{} - {{unit}}", self.container.name),
            HeldBy::GroupTeam => self.container.name.clone(),
            HeldBy::OwnerTeam => "{team}".to_owned(),
            HeldBy::Person => String::new(),
        }
    }
}

impl<'a> Sheets<'a> {
    fn is_here(&self, role: RoleId) -> bool {
        self.plan.containers.iter().any(|it| it.role == role)
    }

    fn carried(&self) -> &[Carried<'a>] {
        self.carried.get_or_init(|| {
            let alone = |it: &Container| {
                self.planner.package.roles[it.role].as_ref().is_some_and(|role| role.profile_only)
            };
            let carried = self.plan.containers.iter().filter(|it| it.kind == ROLE || alone(it));
            let mut all: Vec<_> = carried.map(|it| self.carry(it)).collect();
            all.sort_by(|a, b| (a.role, &a.container.name).cmp(&(b.role, &b.container.name)));
            all
        })
    }

    fn roles(&self) -> impl Iterator<Item = &Carried<'a>> {
        self.carried().iter().filter(|it| it.container.kind == ROLE)
    }

    fn carry(&self, container: &'a Container) -> Carried<'a> {
        let planner = &self.planner;
        let layer = container.layers.first().copied().unwrap_or(BASE);
        let inherit =
            planner.package.roles[container.role].as_ref().map_or_else(Inherit::default, |it| it.inherit);
        let held_by = match inherit {
            // A profile that stands alone has no role whose teams could be its members.
            _ if container.kind != ROLE => HeldBy::Person,
            _ if container.holder == TEAM => HeldBy::OwnerTeam,
            Inherit::Direct => HeldBy::GroupTeam,
            Inherit::TeamOnly => HeldBy::Person,
        };
        let privileges = planner.role_privileges(container.role, layer, container.holder);
        let same = |it: &&Container| it.role == container.role && it.layers == container.layers;
        let has_user_role =
            || self.plan.containers.iter().filter(same).any(|it| it.kind == ROLE && it.holder != TEAM);
        // Who carries a role for teams carries the one for users too, and is a member through that one.
        let profiles = container.holder != TEAM || !has_user_role();
        let profiles = self.plan.containers.iter().filter(|it| profiles && it.kind == PROFILE).filter(same);
        let facts = planner.access.layers[layer];
        let names = &planner.access.names;
        Carried {
            container,
            role: names.roles.name(container.role),
            held_by,
            counts_from_unit: privileges.iter().any(|(_, level)| matches!(level, Level::Local | Level::Deep)),
            conditions: planner.access.condition_names(facts.conditions).join(" "),
            until: facts.temporary.map(|id| names.temporaries.get(id).until.value),
            profiles: profiles.collect(),
        }
    }

    fn people(&self, carried: &Carried<'_>) -> impl Iterator<Item = (&'a str, Option<Date>)> + '_ {
        let end = carried.until;
        self.holders.of(carried.container.role).map(move |(person, until)| (person, earlier(until, end)))
    }

    fn group_teams(&self, out: &mut dyn Write) -> io::Result<()> {
        let head =
            ["Role", "SecurityRole", "SecurityRoleId", "HeldBy", "Team", "UnitRule", "Conditions", "Until"];
        record(head, out)?;
        for it in self.roles() {
            let (name, id) = name_and_id(it.container);
            let until = day(it.until);
            let fields =
                [it.role, name, id, it.held_by.word(), &it.team(), it.unit_rule(), &it.conditions, &until];
            record(fields, out)?;
        }
        Ok(())
    }

    fn profile_members(&self, out: &mut dyn Write) -> io::Result<()> {
        record(["Role", "Profile", "ProfileId", "MemberKind", "Member", "Until"], out)?;
        for it in self.carried() {
            for profile in &it.profiles {
                let (name, id) = name_and_id(profile);
                if it.held_by == HeldBy::Person {
                    for (person, until) in self.people(it) {
                        record([it.role, name, id, "person", person, &day(until)], out)?;
                    }
                } else {
                    record([it.role, name, id, it.held_by.word(), &it.team(), &day(it.until)], out)?;
                }
            }
        }
        Ok(())
    }

    fn role_holders(&self, out: &mut dyn Write) -> io::Result<()> {
        record(["Person", "Role", "SecurityRole", "SecurityRoleId", "HeldBy", "Team", "Until"], out)?;
        for it in self.roles() {
            let (name, id) = name_and_id(it.container);
            for (person, until) in self.people(it) {
                record([person, it.role, name, id, it.held_by.word(), &it.team(), &day(until)], out)?;
            }
        }
        Ok(())
    }

    fn left_out(&self, out: &mut dyn Write) -> io::Result<()> {
        record(["Person", "Role", "From", "Until", "Reason"], out)?;
        for it in self.holders.left_out().iter().filter(|it| self.is_here(it.role)) {
            let role = self.planner.access.names.roles.name(it.role);
            record([it.person, role, &day(it.from), &day(it.until), it.reason], out)?;
        }
        Ok(())
    }

    /// One call a line. Names in braces are what the caller puts in: parameters, and what the lookups before gave.
    fn calls(&self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(b"{\n  \"format_version\": 1,\n  \"calls\": [")?;
        let mut first = true;
        for it in self.carried() {
            let calls = match it.held_by {
                HeldBy::GroupTeam => group_team_calls(it),
                HeldBy::OwnerTeam => owner_team_calls(it),
                HeldBy::Person => {
                    self.people(it).flat_map(|(person, until)| person_calls(it, person, until)).collect()
                }
            };
            for call in calls {
                out.write_all(if first { b"\n    " } else { b",\n    " })?;
                first = false;
                serde_json::to_writer(&mut *out, &call)?;
            }
        }
        out.write_all(b"\n  ]\n}\n")
    }
}

fn day(date: Option<Date>) -> String {
    date.map_or_else(String::new, |it| it.to_string())
}

fn name_and_id(container: &Container) -> (&str, &str) {
    (&container.name, container.id.as_deref().unwrap_or_default())
}

/// A text inside a filter.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Ask for one thing; anything but exactly one answer ends the run.
fn lookup(name: &str, set: &str, key: &str, filter: &str) -> Value {
    json!({"as": {name: key}, "get": format!("{set}?$select={key}&$filter={filter}")})
}

/// The same with the business unit that the thing belongs to.
fn lookup_with_unit(name: &str, set: &str, key: &str, filter: &str) -> Value {
    let unit = "_businessunitid_value";
    json!({"as": {name: key, "unit-id": unit}, "get": format!("{set}?$select={key},{unit}&$filter={filter}")})
}

/// The root unit, or the one that the caller names.
fn unit_lookup(it: &Carried<'_>) -> Value {
    let filter = if it.counts_from_unit { "name eq '{unit}'" } else { "_parentbusinessunitid_value eq null" };
    lookup("unit-id", "businessunits", "businessunitid", filter)
}

/// A role has a copy in every business unit, with an id of its own.
fn role_lookup(it: &Carried<'_>) -> Value {
    let filter = format!("name eq {} and _businessunitid_value eq {{unit-id}}", quoted(&it.container.name));
    lookup("role-id", "roles", "roleid", &filter)
}

fn profile_lookup(profile: &Container) -> Value {
    let filter = format!("name eq {}", quoted(&profile.name));
    lookup("profile-id", "fieldsecurityprofiles", "fieldsecurityprofileid", &filter)
}

/// What all calls for one carrier have in common.
struct Caller<'c> {
    carried: &'c Carried<'c>,
    /// For what the call is repeated: `once`, `unit`, `owner-team`.
    each: &'static str,
    until: Option<Date>,
}

impl Caller<'_> {
    fn call(&self, what: &str, lookups: Vec<Value>, path: &str, body: Value) -> Value {
        json!({
            "role": self.carried.role,
            "what": what,
            "for_each": self.each,
            "until": self.until.map(|date| date.to_string()),
            "lookups": lookups,
            "method": "POST",
            "path": path,
            "body": body,
        })
    }

    /// Gives the role to what `find` finds, and makes it a member of the profiles.
    fn carry(&self, who: &str, find: Vec<Value>) -> Vec<Value> {
        let (set, navigation) = match who {
            "person" => ("systemusers", "systemuser"),
            _ => ("teams", "team"),
        };
        let refer = |path: &str| json!({"@odata.id": path});
        let to = format!("{set}({{{who}-id}})");
        let path = format!("{to}/{navigation}roles_association/$ref");
        let add = find.iter().cloned().chain([role_lookup(self.carried)]).collect();
        let mut calls = Vec::new();
        if self.carried.container.kind == ROLE {
            calls.push(self.call(&format!("give-role-to-{who}"), add, &path, refer("roles({role-id})")));
        }
        for profile in &self.carried.profiles {
            let path = format!("fieldsecurityprofiles({{profile-id}})/{navigation}profiles_association/$ref");
            let lookups = find.iter().cloned().chain([profile_lookup(profile)]).collect();
            calls.push(self.call(&format!("add-{who}-to-profile"), lookups, &path, refer(&to)));
        }
        calls
    }
}

fn group_team_calls(it: &Carried<'_>) -> Vec<Value> {
    let each = if it.counts_from_unit { "unit" } else { "once" };
    let caller = Caller { carried: it, each, until: it.until };
    let team = it.team();
    let body = json!({
        "name": team,
        "teamtype": 2,
        "membershiptype": 0,
        "azureactivedirectoryobjectid": "{group}",
        "businessunitid@odata.bind": "businessunits({unit-id})",
    });
    let filter =
        format!("name eq {} and teamtype eq 2 and _businessunitid_value eq {{unit-id}}", quoted(&team));
    let find = lookup("team-id", "teams", "teamid", &filter);
    let mut calls = vec![caller.call("make-group-team", vec![unit_lookup(it)], "teams", body)];
    calls.extend(caller.carry("team", vec![unit_lookup(it), find]));
    calls
}

fn owner_team_calls(it: &Carried<'_>) -> Vec<Value> {
    let find = lookup_with_unit("team-id", "teams", "teamid", "name eq '{team}' and teamtype eq 0");
    Caller { carried: it, each: "owner-team", until: it.until }.carry("team", vec![find])
}

fn person_calls(it: &Carried<'_>, person: &str, until: Option<Date>) -> Vec<Value> {
    let filter = format!("domainname eq {}", quoted(person));
    let find = lookup_with_unit("person-id", "systemusers", "systemuserid", &filter);
    Caller { carried: it, each: "once", until }.carry("person", vec![find])
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use crate::tests::assigned_files;

    const ROLES: &str = "
project: page
title: Page
classes: [{id: internal}, {id: confidential}]
domains: {sales: {}}
conditions:
  mfa: {dataverse: {by: external, control: CA-017}}
assets:
  account: {class: internal, domains: [sales], dataverse: {table: account}}
  contact:
    class: internal
    domains: [sales]
    dataverse: {table: contact}
    fields: {birthday: {class: confidential, dataverse: birthdate}}
environments:
  prod: {dataverse: {solution: PageAccess, publisher: acme, prefix: acme}}
roles:
  rep:
    platforms: [dataverse]
    within: [sales]
    may: {internal: {read: team, create: own}}
    also:
      - {of: [account], delete: unit, when: [mfa]}
  boss:
    platforms: [dataverse]
    within: [sales]
    may: {internal: {read: unit-tree}, confidential: {read: unit-tree}}
    dataverse: {name: \"=Chief's, role\"}
  clerk:
    platforms: [dataverse]
    within: [sales]
    may: {internal: {read: own}, confidential: {read: own}}
    dataverse: {inherit: team-only}
temporary:
  T-1:
    role: rep
    within: [sales]
    also: [{of: [account], edit: org}]
    reason: r
    owner: o@acme.example
    approved-by: [b@acme.example]
    from: 2026-11-01
    until: 2026-11-30
";

    const SECURED: &str = r#"{"format_version": 1, "platform": "dataverse",
        "objects": {"contact": {"fields": {"birthdate": {"secured": true}}}}}"#;

    const PEOPLE: &str = "person,role,from,until\n\
        ana@acme.example,rep,,2026-11-25\n\
        o'neil@acme.example,clerk,,2027-01-31\n\
        bo@acme.example,boss,2026-12-01,\n";

    fn built(people: &str) -> Vec<(String, String)> {
        assigned_files(ROLES, SECURED, people)
    }

    /// A table without ids, which are nothing to read.
    fn table(files: &[(String, String)], name: &str) -> Vec<String> {
        let path = format!("assignments/{name}");
        let text = &files.iter().find(|(it, _)| *it == path).unwrap_or_else(|| panic!("no {path}")).1;
        let is_id = |field: &str| field.len() == 36 && field.matches('-').count() == 4;
        let short = |line: &str| {
            line.split(',').map(|it| if is_id(it) { "ID" } else { it }).collect::<Vec<_>>().join(",")
        };
        text.lines().map(short).collect()
    }

    #[test]
    fn each_role_says_who_carries_it_and_where() {
        let files = built("person,role\n");
        assert_eq!(
            table(&files, "group-teams.csv"),
            [
                "Role,SecurityRole,SecurityRoleId,HeldBy,Team,UnitRule,Conditions,Until",
                r#"boss,"'=Chief's, role",ID,group-team,"'=Chief's, role - {unit}",one-team-per-unit-never-root,,"#,
                "clerk,Clerk,ID,person,,unit-of-the-person,,",
                "rep,Rep,ID,group-team,Rep,one-team,,",
                "rep,Rep - T-1,ID,group-team,Rep - T-1,one-team,,2026-11-30",
                "rep,Rep - Team,ID,owner-team,{team},teams-that-own-the-rows,,",
                "rep,Rep - mfa,ID,group-team,Rep - mfa - {unit},one-team-per-unit-never-root,mfa,",
            ]
        );
        assert_eq!(
            table(&files, "profile-members.csv"),
            [
                "Role,Profile,ProfileId,MemberKind,Member,Until",
                r#"boss,"'=Chief's, role",ID,group-team,"'=Chief's, role - {unit}","#,
            ]
        );
        assert_eq!(table(&files, "role-holders.csv").len(), 1, "nobody is known");
        assert!(files.iter().all(|(path, _)| path != "assignments/left-out.csv"));
    }

    #[test]
    fn people_hold_the_roles_until_the_earlier_end() {
        let files = built(PEOPLE);
        assert_eq!(
            table(&files, "role-holders.csv"),
            [
                "Person,Role,SecurityRole,SecurityRoleId,HeldBy,Team,Until",
                "o'neil@acme.example,clerk,Clerk,ID,person,,2027-01-31",
                "ana@acme.example,rep,Rep,ID,group-team,Rep,2026-11-25",
                "ana@acme.example,rep,Rep - T-1,ID,group-team,Rep - T-1,2026-11-25",
                "ana@acme.example,rep,Rep - Team,ID,owner-team,{team},2026-11-25",
                "ana@acme.example,rep,Rep - mfa,ID,group-team,Rep - mfa - {unit},2026-11-25",
            ]
        );
        assert_eq!(
            table(&files, "left-out.csv"),
            ["Person,Role,From,Until,Reason", "bo@acme.example,boss,2026-12-01,,not-yet"]
        );
        assert!(
            table(&files, "profile-members.csv")
                .contains(&"clerk,Clerk,ID,person,o'neil@acme.example,2027-01-31".to_owned())
        );
    }

    #[test]
    fn calls_look_everything_up_by_name_and_name_no_host() {
        let files = built(PEOPLE);
        let text = &files.iter().find(|(it, _)| it == "assignments/calls.json").unwrap().1;
        let document: Value = serde_json::from_str(text).unwrap();
        let calls = document["calls"].as_array().unwrap();
        assert!(!text.contains("://"));
        let told: Vec<_> = calls
            .iter()
            .map(|it| {
                format!(
                    "{} {} {}",
                    it["role"].as_str().unwrap(),
                    it["what"].as_str().unwrap(),
                    it["for_each"].as_str().unwrap()
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                "boss make-group-team unit",
                "boss give-role-to-team unit",
                "boss add-team-to-profile unit",
                "clerk give-role-to-person once",
                "clerk add-person-to-profile once",
                "rep make-group-team once",
                "rep give-role-to-team once",
                "rep make-group-team once",
                "rep give-role-to-team once",
                "rep give-role-to-team owner-team",
                "rep make-group-team unit",
                "rep give-role-to-team unit",
            ]
        );
        for call in calls {
            let asked: String =
                call["lookups"].as_array().unwrap().iter().map(|it| it["as"].to_string()).collect();
            let used = format!("{}{}", call["path"], call["body"]);
            for id in ["team-id", "role-id", "profile-id", "person-id", "unit-id"] {
                assert!(!used.contains(&format!("{{{id}}}")) || asked.contains(id), "{id} in {call}");
            }
        }
        assert!(text.contains("domainname eq 'o''neil@acme.example'"));
        assert!(text.contains("name eq '=Chief''s, role' and _businessunitid_value eq {unit-id}"));
    }
}
