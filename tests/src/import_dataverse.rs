//! Roles and profiles of an environment go into a project and come out of a build again: every privilege at its depth, every
//! column, every id and setting, and no privilege more.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use xtask::corpus::{repositories, round_trips};
use ztam::exit::Exit;
use ztam::import::{Order, Outcome, import};
use ztam_report::import::Import;

use crate::project::{AS_OF, OnDisk, contents, date, run as command, shared, world};

const LEVELS: [&str; 4] = ["Basic", "Local", "Deep", "Global"];
const FLOOR: [&str; 9] = [
    "prvCreateSharePointData",
    "prvReadPluginAssembly",
    "prvReadPluginType",
    "prvReadSdkMessage",
    "prvReadSdkMessageProcessingStep",
    "prvReadSdkMessageProcessingStepImage",
    "prvReadSharePointData",
    "prvReadSharePointDocument",
    "prvWriteSharePointData",
];

/// A role as the platform writes it, privileges in its order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Role {
    pub(crate) id: String,
    name: String,
    /// After the name in the first tag: `isinherited="1"`.
    head: String,
    /// Elements before the privileges.
    body: String,
    privileges: BTreeMap<String, &'static str>,
}

impl Role {
    pub(crate) fn new(number: u32, name: &str, privileges: &[(&str, &'static str)]) -> Self {
        Self {
            id: format!("0000000a-0000-4000-8000-{number:012x}"),
            name: name.to_owned(),
            head: " isinherited=\"1\"".to_owned(),
            body: "  <IsCustomizable>1</IsCustomizable>\n".to_owned(),
            privileges: privileges.iter().map(|(name, level)| ((*name).to_owned(), *level)).collect(),
        }
    }

    pub(crate) fn with_floor(mut self) -> Self {
        self.privileges.extend(FLOOR.map(|it| (it.to_owned(), "Global")));
        self
    }

    pub(crate) fn xml(&self) -> String {
        let mut rows: Vec<_> = self.privileges.iter().collect();
        rows.sort_by_key(|(name, _)| (name.to_lowercase(), (*name).clone()));
        let mut out = format!(
            "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<Role id=\"{{{}}}\" name=\"{}\"{} xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">\n{}  <RolePrivileges>\n",
            self.id, self.name, self.head, self.body
        );
        for (name, level) in rows {
            let _ = writeln!(out, "    <RolePrivilege name=\"{name}\" level=\"{level}\" />");
        }
        out + "  </RolePrivileges>\n</Role>"
    }
}

/// A profile with columns: table, column, and what stands for read, update, create and, where there is one, unmasked.
pub(crate) fn profile(number: u32, head: &str, columns: &[(&str, &str, [u8; 3], Option<u8>)]) -> String {
    let mut out = format!(
        "  <FieldSecurityProfile {head} fieldsecurityprofileid=\"{{0000000b-0000-4000-8000-{number:012x}}}\">\n    <FieldPermissions>\n"
    );
    for (table, column, [read, update, create], unmasked) in columns {
        let unmasked =
            unmasked.map_or_else(String::new, |it| format!("<CanReadUnmasked>{it}</CanReadUnmasked>"));
        let _ = writeln!(
            out,
            "<FieldPermission><EntityName>{table}</EntityName><AttributeName>{column}</AttributeName><CanRead>{read}</CanRead><CanUpdate>{update}</CanUpdate><CanCreate>{create}</CanCreate>{unmasked}</FieldPermission>"
        );
    }
    out + "    </FieldPermissions>\n  </FieldSecurityProfile>\n"
}

pub(crate) fn profiles(all: &[String]) -> String {
    format!("<FieldSecurityProfiles>\n{}</FieldSecurityProfiles>", all.concat())
}

/// Something of every kind, and what no cell can say.
fn roles() -> Vec<Role> {
    let mut clerk = Role::new(
        1,
        "Clerk",
        &[
            ("prvReadAccount", "Deep"),
            ("prvCreateAccount", "Basic"),
            ("prvWriteAccount", "Local"),
            ("prvDeleteAccount", "Global"),
            ("prvAppendAccount", "Basic"),
            ("prvAppendToAccount", "Deep"),
            ("prvAssignAccount", "Local"),
            ("prvShareAccount", "Basic"),
            ("prvReadActivity", "Local"),
            ("prvReadacme_Order", "Local"),
            ("prvAppendToacme_Order", "Basic"),
            ("prvReadacme_order", "Global"),
            ("prvReadacme_Rate", "Global"),
            ("prvExportToExcel", "Global"),
            ("prvNobodyKnowsThis", "Deep"),
            ("prvReadNobodyKnows", "Local"),
            ("PrvReadContact", "Basic"),
            ("prvreadcontact", "Local"),
        ],
    )
    .with_floor();
    clerk.body.push_str(
        "  <Description>Keeps \"books\" &amp; &lt;more&gt;, on\ntwo lines: a #1 - {x}</Description>\n",
    );
    let mut robot = Role::new(
        2,
        "Robot: a/b v1.2 'x' &amp; \"quoted\"".replace('"', "&quot;").as_str(),
        &[
            ("prvReadContact", "Local"),
            ("prvReadSharePointData", "Basic"),
            ("prvWriteSharePointData", "Global"),
        ],
    );
    robot.head = " isinherited=\"0\"".to_owned();
    robot.body = "  <IsCustomizable>0</IsCustomizable>\n  <IsAutoAssigned>1</IsAutoAssigned>\n".to_owned();
    let mut silent = Role::new(3, "Silent", &[]);
    (silent.head, silent.body) = (String::new(), String::new());
    let mut usual = Role::new(4, "Usual", &[("prvReadContact", "Basic")]).with_floor();
    usual.body.push_str("  <IsAutoAssigned>0</IsAutoAssigned>\n");
    vec![clerk, robot, silent, usual]
}

fn masked() -> String {
    profiles(&[
        profile(
            1,
            "name=\"See: all / of it\" description=\"Two&#10;lines &amp; more\"",
            &[
                ("acme_order", "acme_price", [4, 4, 4], Some(3)),
                ("acme_order", "acme_iban", [4, 0, 4], Some(1)),
                ("acme_order", "acme_name", [4, 0, 0], Some(0)),
                ("acme_order", "acme_odd", [0, 4, 0], None),
                ("acme_order", "acme_shut", [0, 0, 0], None),
            ],
        ),
        profile(2, "name=\"Clerk\"", &[]),
    ])
}

pub(crate) fn files(roles: &[Role], profiles: Option<String>) -> Vec<(String, String)> {
    let mut all: Vec<_> = roles.iter().map(|it| (format!("src/Roles/{}.xml", &it.id), it.xml())).collect();
    all.extend(profiles.map(|it| ("src/Other/FieldSecurityProfiles.xml".to_owned(), it)));
    all
}

pub(crate) fn on_disk(files: &[(String, String)]) -> OnDisk {
    OnDisk::new(files.iter().map(|(path, text)| (path.as_str(), text.as_bytes())))
}

pub(crate) fn run(from: &Path, into: &Path) -> Outcome {
    let order = Order {
        platform: "dataverse".to_owned(),
        paths: vec![from.to_path_buf()],
        into: into.to_path_buf(),
        environment: "imported".to_owned(),
        as_of: date(AS_OF),
        generalize: false,
    };
    import(&world(into), &order).unwrap()
}

pub(crate) fn report(outcome: &Outcome) -> &Import {
    let told: Vec<_> = outcome.findings.iter().map(|it| format!("{} {}", it.id(), it.title)).collect();
    outcome.report.as_ref().unwrap_or_else(|| panic!("{told:#?}"))
}

pub(crate) fn fresh() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let into = folder.path().join("acme-env");
    (folder, into)
}

pub(crate) fn text(into: &Path, name: &str) -> String {
    let text = std::fs::read_to_string(into.join(format!("imported/dataverse/{name}.ztam.yaml"))).unwrap();
    // Long lines are broken somewhere.
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The roles that a real build of the project writes, by id: the whole file.
pub(crate) fn built(folder: &TempDir, into: &Path) -> BTreeMap<String, String> {
    let out = folder.path().join("dist");
    let paths = [into.to_str().unwrap(), out.to_str().unwrap()];
    let exit = command(folder.path(), &["build", paths[0], "--env", "imported", "--out", paths[1]]);
    assert!(matches!(exit, Exit::Clean), "{exit:?}");
    let roles = contents(&out.join("dataverse/solution/Roles")).into_values();
    roles.map(|text| (text.split(['{', '}']).nth(1).unwrap().to_owned(), text)).collect()
}

#[test]
fn an_environment_comes_back_as_it_was_and_a_second_import_changes_nothing() {
    let roles = roles();
    let from = on_disk(&files(&roles, Some(masked())));
    let (folder, into) = fresh();
    let first = run(from.path(), &into);
    let it = report(&first);
    assert!(it.holds(), "{}", it.to_human("acme-env"));
    assert_eq!(first.exit, Exit::Clean, "{:#?}", first.findings);
    let kinds: Vec<_> = it.imported.iter().map(|it| (it.kind.as_str(), it.count)).collect();
    assert_eq!(kinds, [("FieldSecurityProfile", 2), ("Role", 4)]);
    // By hand: 18 and the floor of nine; 3; none; 1 and the floor; 4, 3, 1 and 1 rights on columns.
    assert_eq!((it.facts_in, it.facts_out), (27 + 3 + 10 + 9, 49));
    let built = built(&folder, &into);
    for role in &roles {
        assert_eq!(built[&role.id], role.xml(), "the very bytes");
    }
    assert_eq!(built.len(), roles.len(), "no role for a profile");
    let before = contents(&into);
    let second = run(from.path(), &into);
    let again = report(&second);
    assert!(again.holds() && again.written.is_empty(), "{}", again.to_human("acme-env"));
    assert_eq!(again.known.iter().map(|it| it.count).sum::<usize>(), 6);
    assert_eq!(contents(&into), before);
}

#[test]
fn what_the_language_says_is_in_cells_and_the_rest_is_carried_with_its_reason() {
    let from = on_disk(&files(&roles(), Some(masked())));
    let (_folder, into) = fresh();
    let outcome = run(from.path(), &into);
    let because: Vec<_> =
        report(&outcome).carried_because.iter().map(|it| (it.kind.as_str(), it.count)).collect();
    assert_eq!(because, [("columns-without-rows", 9), ("floor-at-another-depth", 1), ("unknown-names", 5)]);
    let roles = text(&into, "roles");
    for line in [
        "of: [account] read: unit-tree create: own edit: unit delete: org share: own assign: unit append: own append-to: unit-tree",
        "{of: [activitypointer], read: unit}",
        "{of: [acme-order], read: unit, append-to: own}",
        "{of: [acme-rate], read: org}",
        "inherit: team-only auto-assigned: true customizable: false without-floor: [ prvCreateSharePointData, prvReadPluginAssembly,",
        "not-said: [inherit, auto-assigned, customizable]",
        "profile-only: true",
        "# Every new user gets it",
    ] {
        assert!(roles.contains(line), "{line} in\n{roles}");
    }
    let catalog = text(&into, "catalog");
    for line in [
        "dataverse: {table: acme_order, ownership: user, schema-name: acme_Order}",
        "dataverse: {table: acme_rate, ownership: organization, schema-name: acme_Rate}",
        "dataverse: {table: account}",
    ] {
        assert!(catalog.contains(line), "{line} in\n{catalog}");
    }
    let carry = text(&into, "carry");
    assert!(carry.contains("acme_order.acme_iban: [read, create, unmask-one]"), "{carry}");
    assert!(text(&into, "capabilities").contains("privileges: {prvExportToExcel: org}"));
}

#[test]
fn roles_of_one_name_are_refused_and_nothing_is_written() {
    let one = Role::new(1, "Clerk", &[("prvReadContact", "Basic")]);
    let two = Role::new(2, "clerk", &[("prvReadContact", "Global")]);
    let from = on_disk(&files(&[one.clone(), two.clone()], None));
    let (_folder, into) = fresh();
    let outcome = run(from.path(), &into);
    assert!(outcome.report.is_none() && outcome.exit == Exit::Blocking);
    assert!(!into.exists());
    let first = on_disk(&files(&[one], None));
    assert!(report(&run(first.path(), &into)).holds());
    let before = contents(&into);
    let later = on_disk(&files(&[two], None));
    assert_eq!(run(later.path(), &into).exit, Exit::Blocking, "the name is taken in the project");
    assert_eq!(contents(&into), before);
}

#[test]
fn a_packed_solution_is_the_same() {
    let element = |text: String| text.split_once("?>\n").unwrap().1.to_owned();
    let all: String = roles().iter().map(|it| element(it.xml())).collect();
    let packed = format!("<ImportExportXml><Entities /><Roles>{all}</Roles>{}</ImportExportXml>", masked());
    let manifest = "<ImportExportXml><SolutionManifest><UniqueName>Acme</UniqueName><Version>1.0.0.0</Version><Managed>1</Managed></SolutionManifest></ImportExportXml>";
    let from = on_disk(&[
        ("x/customizations.xml".to_owned(), packed),
        ("x/solution.xml".to_owned(), manifest.to_owned()),
    ]);
    let (_folder, into) = fresh();
    let outcome = run(from.path(), &into);
    let it = report(&outcome);
    assert!(it.holds() && it.facts_in == 49, "{}", it.to_human("acme-env"));
    assert_eq!(it.aside.len(), 1, "the solution itself");
    let manifest = std::fs::read_to_string(into.join("ztam.yaml")).unwrap();
    assert!(
        manifest.contains("solution: ImportedAccess"),
        "never the solution that they came in: {manifest}"
    );
}

const PROJECT: &str = "
ztam: 1
project: page
title: Page
owner: o@acme.example
classes:
  - {id: internal, title: Internal}
domains:
  sales: {title: Sales, owner: o@acme.example}
assets:
  contact:
    title: Contact
    class: internal
    domains: [sales]
    dataverse: {table: contact}
    fields: {mail: {dataverse: emailaddress1}}
  order: {title: Order, class: internal, domains: [sales], dataverse: {table: acme_order}}
roles:
  rep:
    title: Rep
    purpose: Sells
    owner: o@acme.example
    platforms: [dataverse]
    within: [sales]
    may: {internal: {read: own}}
environments:
  imported: {title: Here, dataverse: {solution: Page, publisher: acme, prefix: acme}}
";
const INVENTORY: &str = r#"{"format_version": 1, "platform": "dataverse", "objects": {
  "acme_order": {"label": "Order", "ownership": "UserOwned", "schema_name": "acme_Order", "fields": {"acme_price": {"secured": true}}},
  "acme_line": {"label": "Line: \"1\" # x", "ownership": "OrganizationOwned", "schema_name": "acme_Line", "fields": {"acme_cost": {"secured": true}, "acme_open": {"secured": false}}}}}"#;

#[test]
fn a_project_that_has_an_inventory_and_assets_keeps_them() {
    let role = Role::new(
        1,
        "Clerk",
        &[
            ("prvReadContact", "Local"),
            ("prvReadacme_Order", "Deep"),
            ("prvReadacme_Line", "Global"),
            ("prvWriteacme_Line", "Local"),
        ],
    )
    .with_floor();
    let columns = profile(
        1,
        "name=\"Cost\"",
        &[("acme_line", "acme_cost", [4, 0, 0], None), ("acme_line", "acme_open", [4, 0, 0], None)],
    );
    let from = on_disk(&files(&[role], Some(profiles(&[columns]))));
    let (_folder, into) = fresh();
    std::fs::create_dir_all(into.join("inventory")).unwrap();
    std::fs::write(into.join("ztam.yaml"), PROJECT).unwrap();
    std::fs::write(into.join("inventory/dataverse.json"), INVENTORY).unwrap();
    let outcome = run(from.path(), &into);
    let it = report(&outcome);
    assert!(it.holds(), "{}", it.to_human("acme-env"));
    let because: Vec<_> = it.carried_because.iter().map(|it| (it.kind.as_str(), it.count)).collect();
    // A cell on the contact would open its mail to the role too; the line is of the organisation, so it knows no Local.
    assert_eq!(
        because,
        [("columns-of-the-same-class", 1), ("columns-without-rows", 2), ("level-not-known", 1)]
    );
    let roles = text(&into, "roles");
    assert!(roles.contains("{of: [order], read: unit-tree}"), "{roles}");
    let catalog = text(&into, "catalog");
    assert!(catalog.contains("dataverse: {table: acme_line}"), "{catalog}");
    assert!(catalog.contains("acme-cost: {class: unreviewed-field, dataverse: acme_cost}"), "{catalog}");
    assert!(!catalog.contains("acme_open"), "a column that is not secured follows its row: {catalog}");
    assert!(report(&run(from.path(), &into)).written.is_empty());
}

#[test]
fn a_carried_block_without_a_role_is_told() {
    let project =
        format!("{PROJECT}carry:\n  old: {{why: w, dataverse: {{privileges: {{prvExportToExcel: org}}}}}}\n");
    let on_disk =
        OnDisk::new([("ztam.yaml", project.as_bytes()), ("inventory/dataverse.json", INVENTORY.as_bytes())]);
    let (all, _) = crate::project::findings(on_disk.path(), AS_OF);
    let told: Vec<_> = all.iter().map(|it| (it.id(), it.title.as_str())).collect();
    assert!(
        told.contains(&(
            "mapping/binding",
            "`old` is carried for no role, so nothing of it is granted on Dataverse"
        )),
        "{told:?}"
    );
}

/// A small generator of numbers: the same ones in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }

    fn pick<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.roll(all.len())]
    }
}

fn random_role(dice: &mut Dice, number: u32) -> Role {
    let verbs = ["Create", "Read", "Write", "Delete", "Append", "AppendTo", "Assign", "Share"];
    let tables = [
        "Account",
        "Contact",
        "Activity",
        "Note",
        "User",
        "acme_Order",
        "acme_order",
        "acme_Line",
        "new_x_Y",
        "WebResource",
        "Organization",
        "BusinessUnit",
        "Nothing",
        "Email",
        "Queue",
        "QueueItem",
        "flowsession",
        "Workflow",
        "Role",
        "Team",
        "Currency",
        "BulkDelete",
        "Connection",
        "Goal",
        "acme_toacme_X",
        "To",
        "",
    ];
    let others = [
        "prvExportToExcel",
        "prvBulkEdit",
        "prvGoOffline",
        "prvPublish",
        "prvNobody",
        "prvActOnBehalfOfAnotherUser",
        "prvMerge",
        "prvActivateSynchronousWorkflow",
        "prvLanguageSettings",
        "ReadAccount",
        "prv read",
        "prvÄ",
    ];
    let mut role = Role::new(number, &format!("Role {number}"), &[]);
    for _ in 0..dice.roll(40) {
        let name = format!("prv{}{}", dice.pick(&verbs), dice.pick(&tables));
        role.privileges.insert(name, dice.pick(&LEVELS));
    }
    for _ in 0..dice.roll(6) {
        role.privileges.insert(dice.pick(&others).to_owned(), dice.pick(&LEVELS));
    }
    for name in FLOOR {
        if dice.roll(4) > 0 {
            let level = if dice.roll(5) == 0 { dice.pick(&LEVELS) } else { "Global" };
            role.privileges.insert(name.to_owned(), level);
        }
    }
    role.head = dice.pick(&["", " isinherited=\"0\"", " isinherited=\"1\""]).to_owned();
    let one_of = |dice: &mut Dice, name: &str| match dice.roll(3) {
        0 => String::new(),
        value => format!("  <{name}>{}</{name}>\n", value - 1),
    };
    role.body = one_of(dice, "IsCustomizable") + &one_of(dice, "IsAutoAssigned");
    role
}

fn random_profile(dice: &mut Dice, number: u32) -> String {
    let columns = ["acme_a", "acme_b", "emailaddress1", "creditlimit"];
    let mut chosen = BTreeSet::new();
    for _ in 0..dice.roll(5) {
        chosen.insert((dice.pick(&["account", "contact", "acme_order", "nothing"]), dice.pick(&columns)));
    }
    let rows: Vec<_> = chosen
        .into_iter()
        .map(|(table, column)| {
            let mut four = || 4 * u8::try_from(dice.roll(2)).unwrap();
            let rights = [four(), four(), four()];
            (table, column, rights, dice.pick(&[None, Some(0), Some(1), Some(3)]))
        })
        .collect();
    profile(number, &format!("name=\"Role {number}\""), &rows)
}

#[test]
fn whatever_an_environment_has_comes_back_exactly() {
    for seed in 0..12 {
        let mut dice = Dice(seed);
        let roles: Vec<_> = (0..4).map(|number| random_role(&mut dice, number)).collect();
        let all: Vec<_> = (0..3).map(|number| random_profile(&mut dice, number)).collect();
        let from = on_disk(&files(&roles, Some(profiles(&all))));
        let (folder, into) = fresh();
        let outcome = run(from.path(), &into);
        let it = report(&outcome);
        assert!(it.holds(), "{seed}: {}", it.to_human("acme-env"));
        let built = built(&folder, &into);
        for role in &roles {
            // Compared without our own reader too.
            assert_eq!(built[&role.id], role.xml(), "seed {seed}");
        }
        assert!(report(&run(from.path(), &into)).written.is_empty(), "{seed}");
    }
}

#[test]
fn public_repositories_come_back_as_they_were() {
    let Some(shared) = shared() else { return };
    let folder = tempfile::tempdir().unwrap();
    let (mut roles, mut same, mut packed) = (0, 0, 0);
    for repository in repositories(&shared.join("corpus"), "dataverse").unwrap() {
        for row in round_trips(&repository, "dataverse", folder.path()).unwrap() {
            let Ok(it) = &row.report else {
                assert!(row.has_nothing(), "{}: {:?}", row.repository, row.report);
                continue;
            };
            assert!(row.is_right(), "{}: {}", row.repository, it.to_human(&row.repository));
            assert_eq!(row.files.differing, Vec::<String>::new(), "{}", row.repository);
            roles += it.imported.iter().filter(|it| it.kind == "Role").map(|it| it.count).sum::<usize>();
            same += row.files.same;
            assert_eq!(row.files.packed.0, row.files.packed.1, "{}: packed roles", row.repository);
            packed += row.files.packed.1;
        }
    }
    println!("{roles} roles, {same} role files byte for byte, {packed} of packed solutions line for line");
    assert!(roles >= 12 && same >= 11 && packed >= 2, "{roles} {same} {packed}");
}
