//! Small projects from their text to what is emitted.

mod switch;
mod taken_over;
mod truth;

use ztam_backend::Emitter;
use ztam_backend::artifact::{Artifact, Body};
use ztam_backend::plan::Container;
use ztam_graph::access::{Access, Holder, Target};
use ztam_graph::ids::Names;
use ztam_graph::resolve::resolve;
use ztam_model::assignments;
use ztam_model::date::Date;
use ztam_model::inventory::PlatformInventory;
use ztam_model::lower::lower;
use ztam_model::project::Project;
use ztam_model::words::{Action, Scope};
use ztam_source::example::example;
use ztam_source::file::FileId;
use ztam_source::finding::{Finding, Level as RuleLevel};
use ztam_source::tree::{Limits, parse};

use crate::bind::{Bound, Package, bind};
use crate::catalog::Level;
use crate::plan::{PROFILE, ROLE, TEAM};
use crate::rights::scope_of_level;
use crate::{PLATFORM, catalog, rules};

const HEAD: &str = "
project: page
title: Page
classes:
  - {id: internal, title: Internal}
  - {id: confidential, title: Confidential}
conditions:
  mfa: {title: MFA, dataverse: {by: external, control: CA-017}}
  hope: {title: Nobody enforces it}
domains:
  sales: {title: Sales}
environments:
  prod:
    title: Production
    dataverse: {solution: PageAccess, publisher: acme, prefix: acme}
";

fn project(text: &str, inventory: &str) -> Project {
    let (tree, findings) = parse(FileId(0), text, &Limits::default());
    assert!(findings.is_empty(), "{findings:?}");
    let lowered = lower(&tree, FileId(0), &["salesforce", PLATFORM]);
    assert!(!lowered.faulty, "{:?}", lowered.faults);
    let mut project = Project { items: lowered.items, complete: true, ..Project::default() };
    if !inventory.is_empty() {
        let inventory: PlatformInventory = serde_json::from_str(inventory).unwrap();
        project.inventory.platforms.insert(PLATFORM.to_owned(), inventory);
    }
    project
}

/// What binding finds and what is emitted.
fn with<T>(text: &str, inventory: &str, look: impl FnOnce(&[Finding], &Package, &Access<'_>) -> T) -> T {
    with_project(&project(text, inventory), look)
}

fn with_project<T>(project: &Project, look: impl FnOnce(&[Finding], &Package, &Access<'_>) -> T) -> T {
    let names = Names::new(project);
    let environment = names.environments.ids().next();
    let Bound { facts, findings, package } = bind(&names, environment);
    let access = resolve(names, vec![facts], environment, Date::new(2026, 11, 22).unwrap());
    look(&findings, &package, &access)
}

/// Containers with their rows; the floor is left out where it is as it always is.
fn emitted(text: &str, inventory: &str) -> String {
    with(text, inventory, |findings, package, access| {
        let blocking: Vec<_> = findings.iter().map(|it| (it.id(), &it.title)).collect();
        assert!(blocking.is_empty(), "{blocking:?}");
        let plan = package.plan(access);
        let mut out = String::new();
        for container in &plan.containers {
            out.push_str(&format!("{} {}\n", container.kind, container.name));
            let rows = package.rows(access, container);
            let floor = catalog::floor().map(|it| it.name).collect::<Vec<_>>();
            let is_floor = |key: &str, rights: &[&str]| floor.contains(&key) && rights == ["Global"];
            let kept: Vec<_> = rows.iter().filter(|row| !is_floor(&row.key, &row.rights)).collect();
            assert_eq!(
                rows.len() - kept.len(),
                if container.kind == PROFILE { 0 } else { 9 },
                "the floor is complete"
            );
            assert!(
                rows.windows(2).all(|pair| pair[0].key.to_lowercase() < pair[1].key.to_lowercase()),
                "sorted"
            );
            never_wider(package, access, container);
            for row in kept {
                out.push_str(&format!("  {} {}\n", row.key, row.rights.join(" ")));
            }
        }
        out
    })
}

/// Every privilege stays within what the role reaches on every asset behind it.
fn never_wider(package: &Package, access: &Access<'_>, container: &Container) {
    for row in package.rows(access, container).iter().filter(|_| container.kind == ROLE) {
        let privilege = package.privileges.iter().find(|it| it.name == row.key).unwrap();
        let level = Level::ALL.into_iter().find(|it| it.word() == row.rights[0]).unwrap();
        let scope = if container.holder == TEAM { Scope::Team } else { scope_of_level(level) };
        // The floor comes from the platform, and reaches no table of these projects.
        let is_floor = level == Level::Global && container.holder == TEAM;
        for (action, assets) in privilege.cell.iter().filter(|_| !is_floor) {
            for asset in assets {
                let reach = access.reach(Holder::Role(container.role), Target::Rows(*asset), *action);
                assert!(reach.reaches(scope), "{} {:?} on {asset:?}, allowed {reach:?}", row.key, scope);
            }
        }
    }
}

/// Ids and titles of everything that binding and planning find.
fn found(text: &str, inventory: &str) -> String {
    with(text, inventory, |findings, package, access| {
        let plan = package.plan(access);
        let all = findings.iter().chain(&plan.findings);
        all.map(|it| format!("{}: {}\n", it.id(), it.title)).collect()
    })
}

/// What is granted less.
fn less(text: &str, inventory: &str) -> String {
    with(text, inventory, |_, package, access| {
        let line = |it: &ztam_backend::fidelity::Less| {
            let actions: Vec<_> = it.actions.iter().map(|action| action.as_str()).collect();
            format!(
                "{} {} {} [{}] {}\n",
                it.reason,
                it.subject,
                it.roles.join(" "),
                actions.join(" "),
                it.count
            )
        };
        package.plan(access).less.iter().map(line).collect()
    })
}

fn obligations(text: &str, inventory: &str) -> String {
    with(text, inventory, |_, package, access| {
        let line = |it: &ztam_backend::fidelity::Obligation| {
            format!("{} {} [{}]: {}\n", it.kind, it.subject, it.audience.join(" "), it.sentence)
        };
        package.plan(access).obligations.iter().map(line).collect()
    })
}

const ACCOUNT: &str = "
assets:
  account:
    class: internal
    domains: [sales]
    dataverse: {table: account}
";

fn role(cells: &str) -> String {
    format!("{HEAD}{ACCOUNT}roles:\n  rep:\n    platforms: [dataverse]\n    within: [sales]\n{cells}\n")
}

#[test]
fn scopes_become_depths() {
    let text = role(
        "    may: {internal: {read: org, create: own, edit: unit, delete: unit-tree, share: own, assign: unit}}",
    );
    insta::assert_snapshot!(emitted(&text, ""), @"
    Role Rep
      prvAssignAccount Local
      prvCreateAccount Basic
      prvDeleteAccount Deep
      prvReadAccount Global
      prvShareAccount Basic
      prvWriteAccount Local
    ");
}

#[test]
fn team_cells_go_into_a_role_for_owner_teams() {
    let text = role("    may: {internal: {read: team, create: own, edit: team}}");
    insta::assert_snapshot!(emitted(&text, ""), @"
    Role Rep
      prvCreateAccount Basic
    Role Rep - Team
      prvReadAccount Basic
      prvWriteAccount Basic
    ");
    insta::assert_snapshot!(obligations(&text, ""), @"
    also-granted account [rep]: whoever is granted `account` is also granted `customeraddress`: they have one set of privileges
    held-by-owner-team Rep - Team [rep]: the role `Rep - Team` is held by owner teams only, never by a person
    nothing-beside role assignments [rep]: nobody who holds a role of this package holds Basic User or another role beside it that the matrix does not name
    rows-no-wider account []: nothing beside its roles gives anybody rows of `account`
    ");
}

#[test]
fn a_role_with_team_cells_only_still_has_its_user_role() {
    let text = role("    may: {internal: {read: team}}");
    insta::assert_snapshot!(emitted(&text, ""), @"
    Role Rep
    Role Rep - Team
      prvReadAccount Basic
    ");
}

#[test]
fn conditions_and_ends_have_roles_of_their_own() {
    let text = role(
        "    may: {internal: {read: own}}\n    also:\n      - {of: [account], edit: own, when: [mfa]}\n      - {of: [account], delete: own, when: [hope]}",
    ) + "temporary:\n  T.1: {role: rep, within: [sales], may: {internal: {read: org}}, reason: r, owner: a@b.example, approved-by: [c@d.example], from: 2026-11-01, until: 2026-11-30}\n";
    insta::assert_snapshot!(emitted(&text, ""), @"
    Role Rep
      prvReadAccount Basic
    Role Rep - mfa
      prvWriteAccount Basic
    Role Rep - T-1
      prvReadAccount Global
    ");
    insta::assert_snapshot!(less(&text, ""), @"condition-not-enforced account rep [delete] 1");
    assert!(obligations(&text, "").contains(
        "assignment-expires Rep - T-1 [rep]: whoever is assigned `Rep - T-1` loses it after 2026-11-30"
    ));
    assert!(obligations(&text, "").contains(
        "external-control mfa [rep]: the roles for `mfa` are active only under its control: CA-017"
    ));
}

#[test]
fn depths_that_do_not_exist_are_rounded_down() {
    let text = format!(
        "{HEAD}
assets:
  competitor: {{class: internal, domains: [sales], dataverse: {{table: competitor}}}}
  payment: {{class: internal, domains: [sales], dataverse: {{table: acme_payment, ownership: user, schema-name: acme_Payment}}}}
  team: {{class: internal, domains: [sales], dataverse: {{table: team}}}}
roles:
  rep:
    platforms: [dataverse]
    within: [sales]
    may: {{internal: {{read: unit, share: org}}}}
  boss:
    platforms: [dataverse]
    within: [sales]
    may: {{internal: {{read: own}}}}
    also: [{{of: [competitor], read: org}}]
"
    );
    insta::assert_snapshot!(emitted(&text, ""), @"
    Role Boss
      prvReadacme_Payment Basic
      prvReadCompetitor Global
    Role Rep
      prvReadacme_Payment Local
      prvReadTeam Local
      prvShareacme_Payment Global
    ");
    insta::assert_snapshot!(less(&text, ""), @"
    level-not-available competitor rep [read] 1
    level-not-available team boss [read] 1
    no-privilege competitor rep [share] 1
    no-privilege team rep [share] 1
    ");
}

#[test]
fn tables_with_one_set_of_privileges_get_the_narrower_grant() {
    let assets = |class: &str| {
        format!(
            "{HEAD}
assets:
  call: {{class: internal, domains: [sales], dataverse: {{table: phonecall}}}}
  letter: {{class: {class}, domains: [sales], dataverse: {{table: letter}}}}
roles:
  rep:
    platforms: [dataverse]
    within: [sales]
    also: [{{of: [call], read: org, edit: own}}, {{of: [letter], read: unit}}]
"
        )
    };
    insta::assert_snapshot!(emitted(&assets("internal"), ""), @"
    Role Rep
      prvReadActivity Local
    ");
    insta::assert_snapshot!(less(&assets("internal"), ""), @"shared-privilege call rep [read edit] 2");
    assert_eq!(found(&assets("internal"), ""), "");
    insta::assert_snapshot!(found(&assets("confidential"), ""), @"mapping/shared-privilege: whoever is granted Call on Dataverse is granted Letter as well");
}

#[test]
fn the_narrower_grant_counts_across_conditions_too() {
    let text = format!(
        "{HEAD}
assets:
  call: {{class: internal, domains: [sales], dataverse: {{table: phonecall}}}}
  letter: {{class: internal, domains: [sales], dataverse: {{table: letter}}}}
roles:
  rep:
    platforms: [dataverse]
    within: [sales]
    also: [{{of: [call], read: org}}, {{of: [letter], read: unit, when: [mfa]}}]
"
    );
    insta::assert_snapshot!(emitted(&text, ""), @"
    Role Rep
    Role Rep - mfa
      prvReadActivity Local
    ");
}

const COLUMNS: &str = "
assets:
  opportunity:
    class: internal
    domains: [sales]
    dataverse: {table: opportunity}
    fields:
      amount: {class: confidential, dataverse: estimatedvalue}
      note: {dataverse: description}
roles:
  rep: {platforms: [dataverse], within: [sales], may: {internal: {read: own, edit: own}}, never: [confidential]}
  boss:
    platforms: [dataverse]
    within: [sales]
    may: {internal: {read: org, edit: own}, confidential: {read: org, edit: own, unmask: org, when: [mfa]}}
";

fn secured(columns: &str) -> String {
    format!(
        r#"{{"format_version": 1, "platform": "dataverse", "objects": {{"opportunity": {{"fields": {{{columns}}}}}}}}}"#
    )
}

#[test]
fn a_column_that_somebody_must_not_see_must_be_secured() {
    let text = format!("{HEAD}{COLUMNS}");
    let title = "emit/column-not-secured: 2 roles would reach columns of Opportunity that the matrix does not give them\n";
    assert_eq!(found(&text, ""), title);
    let open = secured(r#""estimatedvalue": {"secured": false}, "description": {}"#);
    assert_eq!(found(&text, &open), title);
    with(&text, &open, |_, package, access| {
        let finding = &package.plan(access).findings[0];
        assert_eq!(finding.level, RuleLevel::Forbid);
        assert_eq!(finding.primary().unwrap().text, "`estimatedvalue` is not secured");
        assert!(finding.notes[1].ends_with("`boss`, `rep`"), "{:?}", finding.notes);
    });
    let closed = secured(r#""estimatedvalue": {"secured": true}, "description": {}"#);
    assert_eq!(found(&text, &closed), "");
    insta::assert_snapshot!(emitted(&text, &closed), @"
    Role Boss
      prvReadOpportunity Global
      prvWriteOpportunity Basic
    Role Rep
      prvReadOpportunity Basic
      prvWriteOpportunity Basic
    FieldSecurityProfile Boss - mfa
      opportunity.estimatedvalue CanRead CanUpdate CanReadUnmasked
    ");
    assert!(obligations(&text, &closed).contains("masking-rule opportunity.estimatedvalue [boss]"));
    assert!(obligations(&text, &closed).contains("profile-members Boss - mfa [boss]"));
}

#[test]
fn secured_columns_of_the_rows_class_need_profiles_too() {
    let inventory = secured(
        r#""estimatedvalue": {"secured": true}, "description": {"secured": true}, "name": {"secured": true}"#,
    );
    let text = format!("{HEAD}{COLUMNS}");
    insta::assert_snapshot!(emitted(&text, &inventory), @"
    Role Boss
      prvReadOpportunity Global
      prvWriteOpportunity Basic
    Role Rep
      prvReadOpportunity Basic
      prvWriteOpportunity Basic
    FieldSecurityProfile Boss
      opportunity.description CanRead CanUpdate
    FieldSecurityProfile Boss - mfa
      opportunity.estimatedvalue CanRead CanUpdate CanReadUnmasked
    FieldSecurityProfile Rep
      opportunity.description CanRead CanUpdate
    ");
    insta::assert_snapshot!(less(&text, &inventory), @"secured-unlisted opportunity boss rep [read] 2");
}

#[test]
fn capabilities_and_carried_rights_go_to_the_base_role() {
    let text = role("    may: {internal: {read: team}}\n    holds: [export, app]")
        + "capabilities:
  export: {risk: high, dataverse: {privileges: {prvExportToExcel: org}}}
  app: {risk: low, dataverse: {presets: [app-opener]}}
carry:
  old: {role: rep, dataverse: {privileges: {prvReadacme_Old: unit, prvReadContact: own}}}
";
    let all = emitted(&text, "");
    let (base, team) = all.split_once("Role Rep - Team").unwrap();
    for line in [
        "prvExportToExcel Global",
        "prvReadacme_Old Local",
        "prvReadContact Basic",
        "prvReadUserQuery Basic",
        "prvReadAppModule Global",
    ] {
        assert!(base.contains(line), "{line} in {base}");
    }
    assert_eq!(base.lines().count(), 1 + 3 + 24);
    assert_eq!(team, "\n  prvReadAccount Basic\n");
}

#[test]
fn what_nobody_knows_is_refused_with_its_place() {
    let text = format!(
        "{HEAD}
assets:
  acount: {{class: internal, domains: [sales], dataverse: {{table: acount}}}}
  thing: {{class: internal, domains: [sales], dataverse: {{table: acme_thing, ownership: user}}}}
  account:
    class: internal
    domains: [sales]
    dataverse: {{table: account, ownership: organization}}
  contact:
    class: internal
    domains: [sales]
    dataverse: {{table: contact}}
    fields: {{x: {{dataverse: frstname}}, own: {{dataverse: acme_own}}, y: {{dataverse: acme_own}}}}
  person: {{class: internal, domains: [sales], dataverse: {{table: contact}}}}
capabilities:
  a: {{dataverse: {{privileges: {{prvexporttoexcel: org}}}}}}
  b: {{dataverse: {{privileges: {{prvExportToExcel: own}}}}}}
  c: {{dataverse: {{privileges: {{prvReadContact: own}}}}}}
  d: {{dataverse: {{privileges: {{prvReadLead: own}}}}}}
  e: {{dataverse: {{rights: []}}}}
roles:
  guest: {{kind: guest, platforms: [dataverse], within: [sales], may: {{internal: {{read: own}}}}}}
  dotted: {{platforms: [dataverse], within: [sales], may: {{internal: {{read: own}}}}, dataverse: {{name: v1.2}}}}
  nine: {{platforms: [dataverse], within: [sales], may: {{internal: {{read: own}}}}, dataverse: {{id: 12}}}}
"
    );
    let complaints = with(&text, "", |findings, _, _| {
        let line = |it: &Finding| {
            let span = it.primary().unwrap().span;
            let place = text.get(span.start as usize..span.end as usize).unwrap();
            format!("{} at `{place}`: {} | {}\n", it.id(), it.title, it.helps.join(" "))
        };
        findings.iter().map(line).collect::<String>()
    });
    insta::assert_snapshot!(complaints, @"
    mapping/undeclared at `acount`: no table `acount` is known | did you mean `account`?
    mapping/binding at `acme_thing`: the table `acme_thing` is declared without the name that its privileges have | add `schema-name:`, as it stands in privileges: `acme_Payment` in `prvReadacme_Payment`
    mapping/binding at `organization`: the table `account` has another ownership than the matrix says | remove `ownership:`; the depths of its privileges follow from what it really is
    mapping/undeclared at `frstname`: the table `contact` is not known to have a column `frstname` | did you mean `firstname`?
    mapping/binding at `acme_own`: two fields are the column `acme_own` | 
    mapping/binding at `contact`: two assets are the table `contact` | make them one asset; fields can have classes of their own
    mapping/unknown-right at `prvexporttoexcel`: no privilege `prvexporttoexcel` is known | did you mean `prvExportToExcel`?
    mapping/illegal-level at `own`: `prvExportToExcel` does not exist at the depth `own` | 
    mapping/table-right-in-capability at `prvReadContact`: `prvReadContact` grants rows, and rows are granted in cells | write it as a cell of the role: `also: [{of: [contact], read: own}]`
    mapping/table-right-in-capability at `prvReadLead`: `prvReadLead` grants rows, and rows are granted in cells | declare an asset for the table (`lead`) and grant it in a cell
    mapping/binding at `rights`: there is no key `rights` here | known here: `privileges`, `presets`
    mapping/unlicensed-role at `dataverse`: Guest is for people from outside and gets no role on Dataverse | remove the platform, or add `dataverse: {licensed: true}` if they sign in as licensed users
    mapping/binding at `v1.2`: Dataverse or its packager cannot keep a role called `v1.2` | 
    mapping/binding at `12`: the number `12` stands where a text is expected | quote it
    ");
}

#[test]
fn derived_relations_are_emitted_between_bound_tables() {
    let text = format!(
        "{HEAD}
assets:
  account: {{class: internal, domains: [sales], dataverse: {{table: account}}}}
  payment:
    class: internal
    domains: [sales]
    dataverse: {{table: acme_payment, ownership: user, schema-name: acme_Payment, references: [account]}}
roles:
  rep:
    platforms: [dataverse]
    within: [sales]
    relate: derived
    also: [{{of: [account], read: unit}}, {{of: [payment], read: unit, create: own}}]
"
    );
    insta::assert_snapshot!(emitted(&text, ""), @"
    Role Rep
      prvAppendacme_Payment Basic
      prvAppendToAccount Local
      prvCreateacme_Payment Basic
      prvReadAccount Local
      prvReadacme_Payment Local
    ");
}

#[test]
fn the_inventory_counts_before_the_catalogue() {
    let text = role("    may: {internal: {read: unit, edit: unit, delete: own}}");
    let inventory = r#"{"format_version": 1, "platform": "dataverse", "rights": {
        "prvReadAccount": {"levels": ["Basic", "Global"]}, "prvWriteAccount": {}}}"#;
    insta::assert_snapshot!(emitted(&text, inventory), @"
    Role Rep
      prvReadAccount Basic
      prvWriteAccount Local
    ");
    insta::assert_snapshot!(less(&text, inventory), @"
    level-not-available account rep [read] 1
    no-privilege account rep [delete] 1
    ");
}

#[test]
fn names_that_exist_are_not_replaced() {
    let text = role("    may: {internal: {read: team}}");
    let foreign = r#"{"format_version": 1, "platform": "dataverse", "containers": [
        {"kind": "Role", "name": "rep - team"}, {"kind": "Role", "name": "Rep", "ours": true}]}"#;
    assert_eq!(
        found(&text, foreign),
        "emit/foreign-name: Rep would stand beside a role called `Rep - Team` that ztam did not make\n"
    );
    let taken = text
        + "  other: {platforms: [dataverse], within: [sales], may: {internal: {read: own}}, dataverse: {name: REP - team}}\n";
    assert_eq!(found(&taken, ""), "names/collision: two emitted roles would be called `REP - team`\n");
}

#[test]
fn ids_outlive_names() {
    let id = |text: &str| {
        with(text, "", |_, package, access| package.plan(access).containers[0].id.clone().unwrap())
    };
    let first = id(&role("    may: {internal: {read: own}}"));
    let renamed = role("    may: {internal: {read: own}}").replace("  rep:", "  seller:");
    assert_ne!(id(&renamed), first);
    assert_eq!(id(&(renamed + "moved: [{what: role, from: rep, to: seller}]\n")), first);
    let taken = role(
        "    may: {internal: {read: own}}\n    dataverse: {id: '{C0CE7213-AAFA-5905-974F-F594574FE682}'}",
    );
    assert_eq!(id(&taken), "c0ce7213-aafa-5905-974f-f594574fe682");
}

#[test]
fn settings_of_the_solution_are_checked() {
    let bad = HEAD.replace(
        "{solution: PageAccess, publisher: acme, prefix: acme}",
        "{solution: Page Access, publisher: acme, prefix: mscrmx, version: 1.0.0, option-prefix: 1, language: 7}",
    );
    let text = format!("{bad}{ACCOUNT}");
    insta::assert_snapshot!(found(&text, ""), @"
    mapping/setting: Dataverse refuses a solution called `Page Access`
    mapping/setting: Dataverse refuses the prefix `mscrmx`
    mapping/setting: `1.0.0` is not the version of a solution
    mapping/setting: Dataverse refuses the choice prefix `1`
    mapping/setting: `7` is not a language code
    ");
}

/// The files of a project: path, text; entries of a zip as `zip!entry`.
pub(crate) fn files(text: &str, inventory: &str) -> Vec<(String, String)> {
    assigned_files(text, inventory, "person,role\n")
}

/// With people who hold roles.
pub(crate) fn assigned_files(text: &str, inventory: &str, csv: &str) -> Vec<(String, String)> {
    fn add(prefix: &str, artifacts: &[Artifact<'_>], out: &mut Vec<(String, String)>) {
        for artifact in artifacts {
            let path = format!("{prefix}{}", artifact.path);
            match &artifact.body {
                Body::Zip(entries) => add(&format!("{path}!"), entries, out),
                Body::Stream(_) => {
                    let bytes = artifact.bytes().unwrap();
                    assert_eq!(bytes, artifact.bytes().unwrap(), "rendered twice, same bytes");
                    out.push((path, String::from_utf8(bytes).unwrap()));
                }
            }
        }
    }
    let mut project = project(text, inventory);
    let (people, wrong) = assignments::parse(FileId(1), csv);
    assert!(wrong.is_empty(), "{wrong:?}");
    project.assignments = people;
    with_project(&project, |findings, package, access| {
        assert!(findings.is_empty(), "{findings:?}");
        let plan = package.plan(access);
        let mut out = Vec::new();
        add("", &package.artifacts(access, &plan), &mut out);
        out
    })
}

const READER: &str = "
project: page
title: ZT Access
classes: [{id: internal, title: Internal}, {id: confidential, title: Confidential}]
domains: {service: {title: Service}}
assets:
  incident: {class: internal, domains: [service], dataverse: {table: incident}}
  contact:
    class: internal
    domains: [service]
    dataverse: {table: contact}
    fields: {birthday: {class: confidential, dataverse: birthdate}}
roles:
  case-reader:
    purpose: Reads cases & <people>
    platforms: [dataverse]
    within: [service]
    may: {confidential: {read: own}}
    also: [{of: [incident], read: unit-tree}, {of: [contact], read: own}]
    dataverse: {name: ZT Case Reader, id: c0ce7213-aafa-5905-974f-f594574fe682}
environments:
  prod:
    dataverse: {solution: ZtAccess, publisher: ContosoPublisher, publisher-title: Contoso, prefix: cts, package: managed}
";

#[test]
fn files_are_as_the_packager_writes_them() {
    let inventory = r#"{"format_version": 1, "platform": "dataverse",
        "objects": {"contact": {"fields": {"birthdate": {"secured": true}}}}}"#;
    let id = ztam_backend::ids::stable_id("page", "profile", "case-reader");
    let named = |(path, text): (String, String)| (path, text.replace(&id, "PROFILE-ID"));
    let files: Vec<_> = files(READER, inventory).into_iter().map(named).collect();
    let paths: Vec<_> = files.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(
        paths,
        [
            "ZtAccess_1_0_0_0.zip![Content_Types].xml",
            "ZtAccess_1_0_0_0.zip!solution.xml",
            "ZtAccess_1_0_0_0.zip!customizations.xml",
            "after-import.json",
            "assignments/calls.json",
            "assignments/group-teams.csv",
            "assignments/profile-members.csv",
            "assignments/role-holders.csv",
            "solution/Other/Customizations.xml",
            "solution/Other/FieldSecurityProfiles.xml",
            "solution/Other/Solution.xml",
            "solution/Roles/ZT Case Reader.xml",
        ]
    );
    let text = |path: &str| files.iter().find(|(it, _)| it == path).map(|(_, text)| text.as_str()).unwrap();
    for (path, text) in &files {
        if !path.ends_with(".json") && !path.ends_with(".csv") {
            assert!(
                text.starts_with("\u{feff}<?xml") && text.ends_with('>') && !text.contains('\r'),
                "{path}"
            );
        }
    }
    assert_eq!(text("solution/Roles/ZT Case Reader.xml"), format!("{DECLARATION}{ROLE_FILE}"));
    assert_eq!(text("solution/Other/FieldSecurityProfiles.xml"), format!("{DECLARATION}{PROFILES_FILE}"));
    assert_eq!(text("solution/Other/Solution.xml"), format!("{DECLARATION}{SOLUTION_FILE}"));
    assert_eq!(text("ZtAccess_1_0_0_0.zip!solution.xml"), text("solution/Other/Solution.xml"));
    let packed = |file: &str, element: &str| {
        let lines = file.lines().map(|line| format!("    {line}\n")).collect::<String>();
        format!("  <{element}>\n{}  </{element}>\n", lines.replace(SCHEMA, ""))
    };
    let profiles =
        PROFILES_FILE.replace(SCHEMA, "").lines().map(|line| format!("  {line}\n")).collect::<String>();
    let expected = CUSTOMIZATIONS_FILE
        .replace("  <Roles />\n", &packed(ROLE_FILE, "Roles"))
        .replace("  <FieldSecurityProfiles />\n", &profiles);
    assert_eq!(text("ZtAccess_1_0_0_0.zip!customizations.xml"), format!("{DECLARATION}{expected}"));
    assert_eq!(text("solution/Other/Customizations.xml"), format!("{DECLARATION}{CUSTOMIZATIONS_FILE}"));
    assert_eq!(text("after-import.json"), AFTER_IMPORT);
}

const DECLARATION: &str = "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?>\n";
const SCHEMA: &str = " xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"";

const ROLE_FILE: &str = r#"<Role id="{c0ce7213-aafa-5905-974f-f594574fe682}" name="ZT Case Reader" isinherited="1" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <IsCustomizable>1</IsCustomizable>
  <IsAutoAssigned>0</IsAutoAssigned>
  <Description>Reads cases &amp; &lt;people&gt;</Description>
  <RolePrivileges>
    <RolePrivilege name="prvCreateSharePointData" level="Global" />
    <RolePrivilege name="prvReadContact" level="Basic" />
    <RolePrivilege name="prvReadIncident" level="Deep" />
    <RolePrivilege name="prvReadPluginAssembly" level="Global" />
    <RolePrivilege name="prvReadPluginType" level="Global" />
    <RolePrivilege name="prvReadSdkMessage" level="Global" />
    <RolePrivilege name="prvReadSdkMessageProcessingStep" level="Global" />
    <RolePrivilege name="prvReadSdkMessageProcessingStepImage" level="Global" />
    <RolePrivilege name="prvReadSharePointData" level="Global" />
    <RolePrivilege name="prvReadSharePointDocument" level="Global" />
    <RolePrivilege name="prvWriteSharePointData" level="Global" />
  </RolePrivileges>
</Role>"#;

const PROFILES_FILE: &str = r#"<FieldSecurityProfiles xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <FieldSecurityProfile name="ZT Case Reader" fieldsecurityprofileid="{PROFILE-ID}">
    <FieldPermissions>
      <FieldPermission>
        <EntityName>contact</EntityName>
        <AttributeName>birthdate</AttributeName>
        <CanRead>4</CanRead>
        <CanUpdate>0</CanUpdate>
        <CanCreate>0</CanCreate>
      </FieldPermission>
    </FieldPermissions>
  </FieldSecurityProfile>
</FieldSecurityProfiles>"#;

const CUSTOMIZATIONS_FILE: &str = r#"<ImportExportXml xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <Entities />
  <Roles />
  <Workflows />
  <FieldSecurityProfiles />
  <Templates />
  <EntityMaps />
  <EntityRelationships />
  <OrganizationSettings />
  <optionsets />
  <CustomControls />
  <EntityDataProviders />
  <Languages>
    <Language>1033</Language>
  </Languages>
</ImportExportXml>"#;

const SOLUTION_FILE: &str = r#"<ImportExportXml version="9.2.25063.198" SolutionPackageVersion="9.2" languagecode="1033" generatedBy="CrmLive" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <SolutionManifest>
    <UniqueName>ZtAccess</UniqueName>
    <LocalizedNames>
      <LocalizedName description="ZT Access" languagecode="1033" />
    </LocalizedNames>
    <Descriptions />
    <Version>1.0.0.0</Version>
    <Managed>1</Managed>
    <Publisher>
      <UniqueName>ContosoPublisher</UniqueName>
      <LocalizedNames>
        <LocalizedName description="Contoso" languagecode="1033" />
      </LocalizedNames>
      <Descriptions />
      <EMailAddress></EMailAddress>
      <SupportingWebsiteUrl></SupportingWebsiteUrl>
      <CustomizationPrefix>cts</CustomizationPrefix>
      <CustomizationOptionValuePrefix>10000</CustomizationOptionValuePrefix>
      <Addresses />
    </Publisher>
    <RootComponents>
      <RootComponent type="20" id="{c0ce7213-aafa-5905-974f-f594574fe682}" behavior="0" />
      <RootComponent type="70" id="{PROFILE-ID}" behavior="0" />
    </RootComponents>
    <MissingDependencies />
  </SolutionManifest>
</ImportExportXml>"#;

const AFTER_IMPORT: &str = r#"{
  "format_version": 2,
  "privileges": ["prvAppendContact","prvAppendIncident","prvAppendToContact","prvAppendToIncident","prvAssignContact","prvAssignIncident","prvCreateContact","prvCreateIncident","prvCreateSharePointData","prvDeleteContact","prvDeleteIncident","prvReadContact","prvReadIncident","prvReadPluginAssembly","prvReadPluginType","prvReadSdkMessage","prvReadSdkMessageProcessingStep","prvReadSdkMessageProcessingStepImage","prvReadSharePointData","prvReadSharePointDocument","prvShareContact","prvShareIncident","prvWriteContact","prvWriteIncident","prvWriteSharePointData"],
  "columns": ["contact.birthdate"],
  "roles": [
{"id":"c0ce7213-aafa-5905-974f-f594574fe682","name":"ZT Case Reader","Basic":[11],"Deep":[12],"Global":[8,[13,19],24]}
  ],
  "profiles": [
{"id":"PROFILE-ID","name":"ZT Case Reader","read":[0]}
  ]
}
"#;

#[test]
fn an_empty_package_keeps_the_places_of_what_it_lacks() {
    let text = format!("{HEAD}{ACCOUNT}");
    let files = files(&text, "");
    assert_eq!(files.len(), 10, "no profiles, no roles");
    let (_, packed) = &files[2];
    let (_, unpacked) = &files[8];
    assert_eq!(packed, unpacked);
    assert!(packed.contains("  <Roles />\n  <Workflows />\n  <FieldSecurityProfiles />\n  <Templates />\n"));
    assert!(files[9].1.contains("    <RootComponents />\n    <MissingDependencies />\n"));
}

/// What a page's example finds, by rule; what only other parts of the product find is not here.
fn of_example(page: &str, heading: &str) -> Vec<String> {
    let text = String::from_utf8(example(page, heading).unwrap()).unwrap();
    let (_, section) = page.split_once(&format!("## {heading}\n")).unwrap();
    let inventory = section.split("\n## ").next().unwrap().split_once("```json inventory/dataverse.json\n");
    let inventory = inventory.map_or("", |(_, rest)| rest.split("```").next().unwrap());
    with(&text, inventory, |findings, package, access| {
        let plan = package.plan(access);
        let mut ids: Vec<_> = findings.iter().chain(&plan.findings).map(|it| it.id().to_owned()).collect();
        ids.dedup();
        ids
    })
}

#[test]
fn pages_show_what_they_say() {
    for rule in rules::RULES {
        assert_eq!(of_example(rule.page, "Bad"), [rule.id], "{}", rule.id);
        assert!(of_example(rule.page, "Good").is_empty(), "{}", rule.id);
    }
}

#[test]
fn the_schema_covers_every_position() {
    let schema = crate::BACKEND.schema();
    assert_eq!(schema.parts.len(), 7);
    assert_eq!(crate::BACKEND.platform(), "dataverse");
    let asset = &schema.parts[0].1;
    assert_eq!(asset["additionalProperties"], false);
    assert_eq!(asset["required"], serde_json::json!(["table"]));
}
