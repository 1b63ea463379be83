//! What a solution says of its own tables and columns is known when its roles are put into words: who owns the rows, which
//! columns are secured. Nothing is taken from the roles that the solution says itself.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;

use zip::ZipWriter;
use zip::write::SimpleFileOptions;
use ztam::exit::Exit;
use ztam_model::inventory::{self, PlatformInventory};
use ztam_report::import::Import;

use crate::import_dataverse::{Role, built, files, fresh, on_disk, profile, profiles, report, run, text};
use crate::project::{OnDisk, contents};
use crate::schemas::mistakes;

/// A table as the platform exports it: its schema name, its ownership, and its columns with whether they are secured.
fn entity(schema: &str, ownership: &str, columns: &[(&str, bool)]) -> String {
    let column = |(name, secured): &(&str, bool)| {
        let flag = u8::from(*secured);
        format!(
            "<attribute PhysicalName=\"{name}\"><Type>nvarchar</Type><LogicalName>{}</LogicalName><IsSecured>{flag}</IsSecured>\
             <IsAuditEnabled>1</IsAuditEnabled></attribute>",
            name.to_lowercase()
        )
    };
    let columns: String = columns.iter().map(column).collect();
    format!(
        "<Entity><Name>{schema}</Name><EntityInfo><entity Name=\"{schema}\"><LocalizedNames><LocalizedName description=\"{schema} in words\" \
         languagecode=\"1033\" /></LocalizedNames><attributes>{columns}</attributes><OwnershipTypeMask>{ownership}</OwnershipTypeMask>\
         <IsAuditEnabled>1</IsAuditEnabled></entity></EntityInfo></Entity>"
    )
}

fn entities() -> [(&'static str, String); 3] {
    [
        (
            "acme_Order",
            entity(
                "acme_Order",
                "UserOwned",
                &[("acme_Iban", true), ("acme_Cost", true), ("acme_Name", false)],
            ),
        ),
        ("acme_Rate", entity("acme_Rate", "OrgOwned", &[("acme_Value", false)])),
        ("acme_Silent", entity("acme_Silent", "UserOwned", &[("acme_Key", true)])),
    ]
}

/// The role has the order at Global alone, which a table of the organisation has too; a depth of the rate that a table of the
/// organisation does not have; and a table that the solution does not describe.
fn clerk() -> Role {
    let privileges = [
        ("prvReadacme_Order", "Global"),
        ("prvWriteacme_Order", "Global"),
        ("prvReadacme_Rate", "Global"),
        ("prvWriteacme_Rate", "Basic"),
        ("prvReadacme_Elsewhere", "Global"),
        ("prvCreateacme_Elsewhere", "Global"),
    ];
    Role::new(1, "Clerk", &privileges).with_floor()
}

/// A profile with the cost, which is secured, and with a column of a table that the solution does not describe.
fn costs() -> String {
    profiles(&[profile(
        1,
        "name=\"Costs\"",
        &[("acme_order", "acme_cost", [4, 4, 0], None), ("acme_elsewhere", "acme_sum", [4, 0, 0], None)],
    )])
}

fn unpacked() -> Vec<(String, String)> {
    let mut all = files(&[clerk()], Some(costs()));
    all.extend(entities().map(|(name, text)| (format!("src/Entities/{name}/Entity.xml"), text)));
    all
}

/// The same solution as the platform exports it.
fn packed() -> Vec<u8> {
    let entities: String = entities().into_iter().map(|it| it.1).collect();
    let role = clerk().xml().split_once("?>\n").unwrap().1.to_owned();
    let customizations = format!(
        "<ImportExportXml><Entities>{entities}</Entities><Roles>{role}</Roles>{}</ImportExportXml>",
        costs()
    );
    let manifest = "<ImportExportXml><SolutionManifest><UniqueName>Acme</UniqueName><Version>1.0.0.0</Version><Managed>1</Managed></SolutionManifest></ImportExportXml>";
    let mut zip = ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, text) in [("customizations.xml", customizations.as_str()), ("solution.xml", manifest)] {
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn inventory_of(into: &Path) -> PlatformInventory {
    inventory::read(&std::fs::read_to_string(into.join("inventory/dataverse.json")).unwrap()).unwrap()
}

fn because(it: &Import) -> Vec<(&str, usize)> {
    it.carried_because.iter().map(|it| (it.kind.as_str(), it.count)).collect()
}

fn assumed(it: &Import) -> Vec<(&str, &str)> {
    it.assumed.iter().map(|it| (it.object.as_str(), it.taken_for.as_str())).collect()
}

#[test]
fn a_solution_is_imported_by_what_it_says_of_its_tables() {
    let from = on_disk(&unpacked());
    let (folder, into) = fresh();
    let outcome = run(from.path(), &into);
    let it = report(&outcome);
    assert!(it.holds() && it.written.contains(&"inventory/dataverse.json".to_owned()), "{it:#?}");
    assert_eq!(outcome.exit, Exit::Clean, "{:#?}", outcome.findings);
    let document = serde_json::from_str(&it.to_text()).unwrap();
    assert_eq!(mistakes("import", &document), Vec::<String>::new());
    // By hand: six and the floor of nine; two and one rights on columns.
    assert_eq!((it.facts_in, it.facts_out), (6 + 9 + 3, 18));
    let described = it.described.as_ref().unwrap();
    assert_eq!((described.objects, described.fields, described.secured), (3, 5, 3));
    assert!(described.changed.is_empty());
    assert_eq!(assumed(it), [("acme_elsewhere", "rows of the organisation")]);
    // The rate is of the organisation, so nobody owns a row of it; a profile never has rows.
    assert_eq!(because(it), [("columns-without-rows", 3), ("level-not-known", 1)]);
    let catalog = text(&into, "catalog");
    for line in [
        "dataverse: {table: acme_order}",
        // Secured without a profile: nobody has it, and a cell on the row is not taken to open it.
        "acme-cost: {class: unreviewed-field, dataverse: acme_cost} acme-iban: {class: unreviewed-field, dataverse: acme_iban}",
        "dataverse: {table: acme_rate}",
        "# Taken for rows of the organisation: roles have it at `org` alone, and nothing else says who owns the rows. acme-elsewhere:",
        "dataverse: {table: acme_elsewhere, ownership: organization, schema-name: acme_Elsewhere}",
    ] {
        assert!(catalog.contains(line), "{line} in\n{catalog}");
    }
    assert!(!catalog.contains("acme_silent"), "no role and no profile speaks of it");
    let known = inventory_of(&into);
    assert_eq!(known.objects["acme_rate"].ownership.as_deref(), Some("OrgOwned"));
    assert!(known.objects.contains_key("acme_silent") && known.containers.is_empty());
    assert_eq!(known.objects["acme_order"].fields["acme_iban"].secured, Some(true));
    assert_eq!(known.objects["acme_order"].fields["acme_iban"].definition, None);
    // It builds at once, and a second import changes nothing.
    assert_eq!(built(&folder, &into).len(), 1);
    let before = contents(&into);
    assert!(report(&run(from.path(), &into)).written.is_empty());
    assert_eq!(contents(&into), before);
}

#[test]
fn a_packed_solution_says_the_same() {
    let both = [on_disk(&unpacked()), OnDisk::new([("acme.zip", packed().as_slice())])];
    let all = both.map(|from| {
        let (_folder, into) = fresh();
        let outcome = run(from.path(), &into);
        assert!(report(&outcome).holds(), "{:#?}", outcome.findings);
        contents(&into)
    });
    assert_eq!(all[0], all[1]);
}

#[test]
fn roles_alone_leave_the_ownership_to_be_guessed_and_it_is_told() {
    let from = on_disk(&files(&[clerk()], Some(costs())));
    let (_folder, into) = fresh();
    let outcome = run(from.path(), &into);
    let it = report(&outcome);
    assert!(it.holds() && it.described.is_none());
    let expected = [
        ("acme_elsewhere", "rows of the organisation"),
        ("acme_order", "rows of the organisation"),
        ("acme_rate", "rows of users and teams"),
    ];
    assert_eq!(assumed(it), expected);
    let told = it.to_human("acme-env");
    assert!(
        told.contains("assumed      2 objects to have rows of the organisation: roles have it"),
        "{told}"
    );
    assert!(!into.join("inventory").exists(), "nothing was said");
}

/// A project with the order as one of its assets, and what is declared of it.
fn project(declared: &str) -> String {
    format!(
        "ztam: 1\nproject: acme\ntitle: Acme\nowner: o@acme.example\nclasses:\n  - {{id: internal, title: Internal}}\n\
         domains:\n  sales: {{title: Sales, owner: o@acme.example}}\nassets:\n  order:\n    title: Order\n    class: internal\n    \
         domains: [sales]\n    dataverse: {{table: acme_order{declared}}}\nenvironments:\n  imported: {{title: Here, \
         dataverse: {{solution: Acme, publisher: acme, prefix: acme}}}}\n"
    )
}

fn with_project(files: &[(&str, &str)]) -> (tempfile::TempDir, std::path::PathBuf) {
    let (folder, into) = fresh();
    for (path, text) in files {
        let path = into.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    (folder, into)
}

const EARLIER: &str = r#"{"format_version": 1, "platform": "dataverse", "partial": ["fields"], "objects": {
  "acme_old": {"ownership": "UserOwned", "schema_name": "acme_Old"},
  "acme_order": {"ownership": "OrgOwned", "schema_name": "acme_Order", "fields": {
    "acme_iban": {"secured": false, "definition": "<attribute PhysicalName=\"acme_Iban\" />"}, "acme_gone": {"secured": true}}}}}"#;

#[test]
fn an_earlier_inventory_is_joined_and_what_has_changed_is_told() {
    let project = project("");
    let (_folder, into) = with_project(&[("ztam.yaml", &project), ("inventory/dataverse.json", EARLIER)]);
    let from = on_disk(&unpacked());
    let outcome = run(from.path(), &into);
    let it = report(&outcome);
    assert!(it.holds(), "{}", it.to_human("acme-env"));
    let changed = &it.described.as_ref().unwrap().changed;
    let changed: Vec<_> = changed.iter().map(|it| (it.of.as_str(), it.fact.as_str())).collect();
    assert_eq!(changed, [("acme_order", "ownership"), ("acme_order.acme_iban", "secured")]);
    let human = it.to_human("acme-env");
    assert!(
        human.contains("changed      ownership of acme_order, secured of acme_order.acme_iban"),
        "{human}"
    );
    let known = inventory_of(&into);
    assert!(known.objects.contains_key("acme_old"), "what the files do not speak of stays");
    let order = &known.objects["acme_order"];
    assert_eq!(order.ownership.as_deref(), Some("UserOwned"));
    assert_eq!(order.fields["acme_gone"].secured, Some(true));
    let definition = |name: &str| order.fields[name].definition.clone().unwrap_or_default();
    assert!(definition("acme_iban").contains("<IsSecured>1</IsSecured>"), "kept, and the newer one");
    assert_eq!(definition("acme_cost"), "", "nobody wanted that one");
    assert!(report(&run(from.path(), &into)).written.is_empty());
}

#[test]
fn an_inventory_that_was_taken_before_the_project_is_its_own() {
    let (_folder, into) = with_project(&[("inventory/dataverse.json", EARLIER)]);
    let from = on_disk(&files(&[Role::new(1, "Clerk", &[("prvReadacme_Old", "Global")])], None));
    let outcome = run(from.path(), &into);
    let it = report(&outcome);
    assert!(it.holds() && it.assumed.is_empty(), "{:?}", it.assumed);
    assert_eq!(contents(&into)["inventory/dataverse.json"], EARLIER);
    // A file of something else is nobody's to overwrite.
    let (_folder, into) = with_project(&[("inventory/dataverse.json", "{}")]);
    let before: BTreeMap<_, _> = contents(&into);
    let order = |from: &Path| {
        let line = ["import", "dataverse", from.to_str().unwrap(), "--into", into.to_str().unwrap()];
        let cli = <ztam::cli::Cli as clap::Parser>::try_parse_from(["ztam", "--quiet"].iter().chain(&line));
        let (cli, world) = (cli.unwrap(), crate::project::world(&into));
        cli.command.run(&world, &ztam::reporter::Reporter::new(&world, &cli.common))
    };
    let from = on_disk(&unpacked());
    assert!(!matches!(order(from.path()), Ok(Exit::Clean)));
    assert_eq!(contents(&into), before);
}

#[test]
fn what_the_matrix_declares_otherwise_is_refused_and_nothing_is_written() {
    let project = project(", ownership: organization, schema-name: acme_Order");
    let (_folder, into) = with_project(&[("ztam.yaml", &project)]);
    let from = on_disk(&unpacked());
    let outcome = run(from.path(), &into);
    assert!(outcome.report.is_none() && outcome.exit == Exit::Blocking, "{:#?}", outcome.findings);
    let told: Vec<_> = outcome.findings.iter().map(|it| (it.id(), it.title.as_str())).collect();
    let title = "the table `acme_order` has another ownership than the matrix says";
    assert_eq!(told, [("mapping/binding", title)]);
    assert_eq!(contents(&into).into_keys().collect::<Vec<_>>(), ["ztam.yaml"]);
}

#[test]
fn files_that_differ_prove_nothing_and_broken_ones_are_refused() {
    let mut all = unpacked();
    let other = entity("acme_Order", "OrgOwned", &[("acme_Iban", false), ("acme_Cost", true)]);
    all.push(("other/Entities/acme_Order/Entity.xml".to_owned(), other));
    let from = on_disk(&all);
    let (_folder, into) = fresh();
    let outcome = run(from.path(), &into);
    let it = report(&outcome);
    assert!(it.holds(), "{}", it.to_human("acme-env"));
    let twice =
        outcome.findings.iter().filter(|it| it.id() == "read/duplicate-row").map(|it| it.title.as_str());
    let expected = ["ownership", "acme_iban"].map(|it| twice.clone().any(|title| title.contains(it)));
    assert_eq!(expected, [true, true], "{:?}", twice.collect::<Vec<_>>());
    let order = &inventory_of(&into).objects["acme_order"];
    assert_eq!((&order.ownership, order.fields["acme_iban"].secured), (&None, None));
    assert!(assumed(it).contains(&("acme_order", "rows of the organisation")));
    let catalog = text(&into, "catalog");
    assert!(catalog.contains("acme-cost:") && !catalog.contains("acme-iban:"), "{catalog}");
    all.push(("src/Entities/acme_Bad/Entity.xml".to_owned(), "<Entity><EntityInfo>".to_owned()));
    let from = on_disk(&all);
    let (_folder, into) = fresh();
    let outcome = run(from.path(), &into);
    assert!(outcome.report.is_none() && outcome.exit == Exit::Blocking);
    assert!(!into.exists());
}
