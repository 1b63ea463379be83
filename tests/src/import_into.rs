//! Imports into a project that has the assets already: their files get the fields that are new, nothing else of them changes, and
//! nobody who was there before has more or less.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use xtask::corpus::{order, packages, repositories};
use ztam::exit::Exit;
use ztam::import::{Order, Outcome, import};
use ztam_report::import::Import;

use crate::import::{field, object, on_disk, report, run, xml};
use crate::project::{AS_OF, OnDisk, contents, contents_of, date, findings, run as command, shared, world};

/// Everything but the catalogue: somebody reads all that is plain in sales.
const PROJECT: &str = "ztam: 1
project: p
title: P
owner: o@acme.example
classes:
  - {id: plain, title: Plain}
  - {id: detail, title: Detail}
domains:
  sales: {title: Sales, owner: o@acme.example}
environments:
  imported: {title: Imported, salesforce: {}}
roles:
  reader:
    title: Reader
    purpose: Reads
    owner: o@acme.example
    platforms: [salesforce]
    within: [sales]
    may:
      plain: {read: org}
      detail: {read: org}
    salesforce: {name: Reader}
";

/// A catalogue in block style, with what people write between the lines.
const BLOCK: &str = "assets:
  # The heart of it
  account:
    class: plain
    domains: [sales]
    fields: # those that matter
      industry: {class: detail, salesforce: Industry} # which trade
      # more to come
    salesforce: {object: Account, listed-only: true}
  lead: {class: plain, domains: [sales], salesforce: {object: Lead, listed-only: true}}
";

/// A project in a folder of its own, with what it was before.
struct Project {
    _folder: TempDir,
    path: PathBuf,
}

impl Project {
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("access");
        for (name, text) in files {
            let file = path.join(name);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, text).unwrap();
        }
        Self { _folder: folder, path }
    }

    fn text(&self, path: &str) -> String {
        std::fs::read_to_string(self.path.join(path)).unwrap()
    }

    fn import(&self, org: &OnDisk) -> Outcome {
        run(org.path(), &self.path, "imported")
    }

    /// The permission sets of a build.
    fn sets(&self) -> BTreeMap<String, String> {
        let folder = self.path.parent().unwrap();
        let out = tempfile::tempdir_in(folder).unwrap();
        let name = out.path().join("dist");
        let line = ["build", "access", "--env", "imported", "--out", name.to_str().unwrap()];
        assert_eq!(command(folder, &line), Exit::Clean);
        contents_of(&name, ".permissionset-meta.xml")
    }
}

fn set(name: &str, body: &str) -> OnDisk {
    let path = format!("permissionsets/{name}.permissionset-meta.xml");
    on_disk(&[(path.as_str(), xml("PermissionSet", &format!("<label>{name}</label>{body}")))])
}

/// A set with fields that the catalogue lists and fields that it does not.
fn sales() -> OnDisk {
    let read = ["allowRead"];
    let body = [
        object("Account", &["allowCreate", "allowEdit", "allowRead"]),
        object("Lead", &read),
        field("Account.Industry", false),
        field("Account.Rank__c", true),
        field("Account.Site", false),
        field("Lead.Score__c", false),
    ];
    set("Sales", &body.concat())
}

fn because(report: &Import) -> Vec<&str> {
    report.carried_because.iter().map(|it| it.kind.as_str()).collect()
}

fn added(report: &Import, path: &str) -> Vec<String> {
    let of_file = report.extended.iter().find(|it| it.path == path);
    of_file.map(|it| it.added.clone()).unwrap_or_default()
}

/// Imports twice: nothing is lost or added, nothing blocks, and those who were there have what they had.
fn taken(project: &Project, org: &OnDisk) -> Import {
    let before = project.sets();
    let first = project.import(org);
    let it = report(&first).clone();
    assert!(it.holds() && first.exit == Exit::Clean, "{} {:#?}", it.to_human("access"), first.findings);
    for (path, text) in before {
        let now = project.sets().into_iter().find(|it| it.0.ends_with(path.rsplit('/').next().unwrap()));
        assert_eq!(now.unwrap().1, text, "{path}");
    }
    let files = contents(&project.path);
    let again = project.import(org);
    assert!(report(&again).written.is_empty() && report(&again).extended.is_empty());
    assert_eq!(contents(&project.path), files, "a second import changes nothing");
    it
}

const RANK: &str = "rank: {class: unreviewed-field, salesforce: Rank__c}";
const SITE: &str = "site: {class: unreviewed-field, salesforce: Site}";
const SCORE: &str = "score: {class: unreviewed-field, salesforce: Score__c}";

#[test]
fn new_fields_are_listed_at_the_end_and_every_other_byte_stays() {
    let project = Project::new(&[("ztam.yaml", PROJECT), ("catalog/data.ztam.yaml", BLOCK)]);
    let it = taken(&project, &sales());
    assert_eq!(because(&it), Vec::<&str>::new(), "nothing of it is carried");
    assert_eq!(
        added(&it, "catalog/data.ztam.yaml"),
        ["field account.rank", "field account.site", "field lead.score"]
    );
    assert_eq!(added(&it, "ztam.yaml"), ["class unreviewed", "class unreviewed-field"]);
    assert!(it.to_human("access").contains("added to     catalog/data.ztam.yaml: field account.rank, "));
    let last = "salesforce: Industry} # which trade\n";
    let expected = BLOCK
        .replace(last, &format!("{last}      {RANK}\n      {SITE}\n"))
        .replace("Lead, listed-only: true}}", &format!("Lead, listed-only: true}}, fields: {{{SCORE}}}}}"));
    assert_eq!(project.text("catalog/data.ztam.yaml"), expected);
    let roles = project.text("imported/salesforce/roles.ztam.yaml");
    assert!(roles.contains("{of: [account.rank], read: org, create: org, edit: org}"), "{roles}");
    let (all, _) = findings(&project.path, AS_OF);
    let blocking: Vec<_> = all.iter().filter(|it| crate::project::blocks(it)).map(|it| &it.title).collect();
    assert_eq!(blocking, Vec::<&String>::new(), "it builds at once");
}

#[test]
fn any_way_to_write_an_asset_is_added_to_in_its_own_style() {
    let flow = "assets: {account: {class: plain, domains: [sales], salesforce: {object: Account, listed-only: true}, fields: {}}, lead: {class: plain, domains: [sales], salesforce: {object: Lead, listed-only: true}}}\n";
    let no_key = "assets:\n  account:\n    class: plain\n    domains: [sales]\n    salesforce: {object: Account, listed-only: true} # by name\n\n  lead:\n    salesforce: {object: Lead, listed-only: true}\n    class: plain\n    domains: [sales]";
    let lines = "assets:\n  account:\n    class: plain\n    domains: [sales]\n    salesforce: {object: Account, listed-only: true}\n    fields: {\n      industry: {class: detail, salesforce: Industry}, # trade\n    }\n  lead: {class: plain, domains: [sales], salesforce: {object: Lead, listed-only: true}}\n";
    let both = format!("{RANK}, {SITE}");
    let industry = "industry: {class: unreviewed-field, salesforce: Industry}";
    let cases = [
        (
            flow.to_owned(),
            flow.replace("fields: {}", &format!("fields: {{{industry}, {both}}}")).replace(
                "Lead, listed-only: true}}",
                &format!("Lead, listed-only: true}}, fields: {{{SCORE}}}}}"),
            ),
        ),
        (
            no_key.to_owned(),
            no_key.replace(
                "# by name\n",
                &format!("# by name\n    fields:\n      {industry}\n      {RANK}\n      {SITE}\n"),
            ) + &format!("\n    fields:\n      {SCORE}"),
        ),
        (
            lines.to_owned(),
            lines.replace("# trade\n", &format!("# trade\n      {RANK},\n      {SITE},\n")).replace(
                "Lead, listed-only: true}}",
                &format!("Lead, listed-only: true}}, fields: {{{SCORE}}}}}"),
            ),
        ),
    ];
    for (text, expected) in cases {
        for windows in [false, true] {
            let ends = |text: &str| if windows { text.replace('\n', "\r\n") } else { text.to_owned() };
            // In one file with everything else, which is added to as well.
            let own = match text.contains("class: detail") {
                true => PROJECT.to_owned(),
                false => PROJECT
                    .replace("      detail: {read: org}\n", "")
                    .replace("  - {id: detail, title: Detail}\n", ""),
            };
            let whole = ends(&format!("{own}{text}"));
            let project = Project::new(&[("ztam.yaml", whole.as_str())]);
            let it = taken(&project, &sales());
            assert_eq!(because(&it), Vec::<&str>::new());
            let after = project.text("ztam.yaml");
            let catalog = after.split_once("assets:").unwrap().1;
            assert_eq!(catalog, ends(&expected).split_once("assets:").unwrap().1);
            assert_eq!(after.matches('\n').count() == after.matches("\r\n").count(), windows);
        }
    }
}

/// A field whose text ends with empty lines of its own: nothing can stand behind it without changing it.
#[test]
fn what_cannot_be_added_is_carried_with_its_reason_and_the_file_stays() {
    let catalog = "assets:
  lead: {class: plain, domains: [sales], salesforce: {object: Lead, listed-only: true}}
  account:
    class: plain
    domains: [sales]
    salesforce: {object: Account, listed-only: true}
    fields:
      industry:
        class: detail
        salesforce: Industry
        title: |+
          Trade

";
    let project = Project::new(&[("ztam.yaml", PROJECT), ("data.ztam.yaml", catalog)]);
    let it = taken(&project, &sales());
    assert_eq!(because(&it), ["fields-not-listed"]);
    assert_eq!(added(&it, "data.ztam.yaml"), ["field lead.score"], "the other one is added");
    let head = catalog.lines().nth(1).unwrap();
    let after = project.text("data.ztam.yaml");
    assert_eq!(
        after,
        catalog.replace(head, &head.replace("true}}", &format!("true}}, fields: {{{SCORE}}}}}")))
    );
    let carry = project.text("imported/salesforce/carry.ztam.yaml");
    assert!(carry.contains("cannot be added to its file without touching other text"), "{carry}");
    assert!(carry.contains("Account.Rank__c: edit"), "{carry}");
}

/// Reads everything of the class that an import gives to fields, in the domain of the asset.
const CURIOUS: &str = "  curious:
    title: Curious
    purpose: Looks at what nobody has reviewed
    owner: o@acme.example
    platforms: [salesforce]
    within: [sales]
    may:
      plain: {read: org}
      detail: {read: org}
      unreviewed-field: {read: org}
";

#[test]
fn a_cell_that_is_there_does_not_get_what_an_import_lists() {
    let classes = "  - {id: detail, title: Detail}\n";
    let reached =
        format!("{classes}  - {{id: unreviewed-field, title: Unreviewed field, unreviewed: true}}\n");
    let manifest = format!("{}{CURIOUS}", PROJECT.replace(classes, &reached));
    let project = Project::new(&[("ztam.yaml", manifest.as_str()), ("data.ztam.yaml", BLOCK)]);
    let it = taken(&project, &sales());
    assert_eq!(because(&it), ["reaches-others"]);
    assert_eq!(project.text("data.ztam.yaml"), BLOCK, "nothing is listed that somebody would get");
    let sets = project.sets();
    let curious: String = sets.iter().filter(|it| it.0.contains("Curious")).map(|it| it.1.as_str()).collect();
    assert!(curious.contains("Account") && !curious.contains("Rank__c"), "{curious}");
}

/// A grant that begins later would reach what is listed by then.
#[test]
fn a_temporary_grant_that_has_not_begun_does_not_get_it_either() {
    let classes = "  - {id: detail, title: Detail}\n";
    let reached =
        format!("{classes}  - {{id: unreviewed-field, title: Unreviewed field, unreviewed: true}}\n");
    let later = "temporary:
  T-1:
    role: reader
    within: [sales]
    may: {unreviewed-field: {read: own}}
    reason: A look
    owner: o@acme.example
    approved-by: [p@acme.example]
    from: 2026-10-01
    until: 2026-10-20
";
    let manifest = format!("{}{later}", PROJECT.replace(classes, &reached));
    let project = Project::new(&[("ztam.yaml", manifest.as_str()), ("data.ztam.yaml", BLOCK)]);
    let outcome = project.import(&sales());
    let it = report(&outcome);
    assert!(it.holds(), "{}", it.to_human("access"));
    assert_eq!(because(it), ["reaches-others"]);
    assert_eq!(project.text("data.ztam.yaml"), BLOCK);
}

#[test]
fn a_field_that_goes_with_the_rows_stays_with_them() {
    let inventory = r#"{"format_version": 1, "platform": "salesforce", "objects": {"Account": {"fields":
        {"Industry": {"type": "Picklist", "securable": true}, "Rank__c": {"type": "Number", "securable": true}}},
        "Lead": {}}}"#;
    let catalog = BLOCK.replace("{object: Account, listed-only: true}", "{object: Account}");
    let files = [
        ("ztam.yaml", PROJECT),
        ("data.ztam.yaml", catalog.as_str()),
        ("inventory/salesforce.json", inventory),
    ];
    let project = Project::new(&files);
    let reader: String = project.sets().into_values().collect();
    assert!(reader.contains("Account.Rank__c"), "what is not listed goes with the rows: {reader}");
    let it = taken(&project, &sales());
    assert!(because(&it).contains(&"reaches-others"), "{:?}", because(&it));
    assert!(
        !project.text("data.ztam.yaml").contains("Rank__c"),
        "listed, it would be taken away from others"
    );
    // Where nobody has the rows, listing it takes nothing away.
    let nobody = PROJECT.replace("plain: {read: org}", "plain: {read: org, of: [lead]}");
    let files = [("ztam.yaml", nobody.as_str()), files[1], files[2]];
    let project = Project::new(&files);
    let it = taken(&project, &sales());
    assert!(!because(&it).contains(&"reaches-others"), "{:?}", because(&it));
    assert!(project.text("data.ztam.yaml").contains(RANK));
}

#[test]
fn an_object_that_a_cell_would_reach_is_carried() {
    let classes = "  - {id: detail, title: Detail}\n";
    let reached = format!("{classes}  - {{id: unreviewed, title: Unreviewed, unreviewed: true}}\n");
    let manifest = PROJECT
        .replace(classes, &reached)
        .replace("domains:\n", "domains:\n  imported: {title: Imported, owner: o@acme.example}\n")
        + &CURIOUS
            .replace("within: [sales]", "within: [imported, sales]")
            .replace("unreviewed-field: {read: org}", "unreviewed: {read: shared}");
    let catalog = format!(
        "{BLOCK}  old: {{class: unreviewed, domains: [imported], salesforce: {{object: Old__c, custom: true, listed-only: true}}}}\n"
    );
    let project = Project::new(&[("ztam.yaml", manifest.as_str()), ("data.ztam.yaml", catalog.as_str())]);
    let org = set("New", &[object("New__c", &["allowRead"]), field("New__c.Rank__c", false)].concat());
    let it = taken(&project, &org);
    assert_eq!(because(&it), ["reaches-others"]);
    let carry = project.text("imported/salesforce/carry.ztam.yaml");
    assert!(carry.contains("objects: {New__c: [read]}"), "{carry}");
}

/// The same on Dataverse: a cell on the class would give a table that the solution brings.
#[test]
fn a_table_that_a_cell_would_reach_is_carried() {
    let privilege = |name: &str| format!("<RolePrivilege name=\"prvRead{name}\" level=\"Local\" />");
    let role = format!(
        "<Role id=\"{{0000000a-0000-4000-8000-00000000000a}}\" name=\"New\" isinherited=\"1\"><IsCustomizable>1</IsCustomizable><RolePrivileges>{}</RolePrivileges></Role>",
        privilege("acme_Thing")
    );
    let org = on_disk(&[("Roles/New.xml", role)]);
    let environment = "salesforce: {}";
    let dataverse = "dataverse: {solution: P, publisher: acme, prefix: acme}";
    let manifest = format!("{PROJECT}{CURIOUS}")
        .replace(environment, dataverse)
        .replace("[salesforce]", "[dataverse]")
        .replace("salesforce: {name: Reader}", "dataverse: {name: Reader}")
        .replace("within: [sales]", "within: [imported, sales]")
        .replace("unreviewed-field: {read: org}", "unreviewed: {read: own}")
        .replace("domains:\n", "domains:\n  imported: {title: Imported, owner: o@acme.example}\n");
    for (reach, because_of) in [("", vec!["reaches-others"]), (", reach: named", vec![])] {
        let classes =
            format!("classes:\n  - {{id: unreviewed, title: Unreviewed, unreviewed: true{reach}}}\n");
        let manifest = manifest.replace("classes:\n", &classes);
        let catalog = "assets:\n  old: {class: unreviewed, domains: [imported], dataverse: {table: acme_old, ownership: user, schema-name: acme_Old}}\n";
        let project = Project::new(&[("ztam.yaml", manifest.as_str()), ("data.ztam.yaml", catalog)]);
        let order = Order {
            platform: "dataverse".to_owned(),
            paths: vec![org.path().to_path_buf()],
            into: project.path.clone(),
            environment: "imported".to_owned(),
            as_of: date(AS_OF),
            generalize: false,
        };
        let outcome = import(&world(&project.path), &order).unwrap();
        let it = report(&outcome);
        assert!(it.holds(), "{}", it.to_human("access"));
        assert_eq!(because(it), because_of, "{}", it.to_human("access"));
    }
}

/// A field that neither catalogue nor inventory has is declared where the asset says what it is.
#[test]
fn a_field_that_nobody_knows_is_declared_with_its_asset() {
    let inventory = r#"{"format_version": 1, "platform": "salesforce", "objects": {"Account": {"fields":
        {"Industry": {"type": "Picklist", "securable": true}}}, "Lead": {}}}"#;
    for (before, after) in [
        ("listed-only: true}\n  lead", "listed-only: true, securable: [Rank__c, Site]}\n  lead"),
        (
            "listed-only: true, securable: [Phone]}\n  lead",
            "listed-only: true, securable: [Phone, Rank__c, Site]}\n  lead",
        ),
    ] {
        let catalog = BLOCK.replace("listed-only: true}\n  lead", before);
        let project = Project::new(&[
            ("ztam.yaml", PROJECT),
            ("data.ztam.yaml", catalog.as_str()),
            ("inventory/salesforce.json", inventory),
        ]);
        let it = taken(&project, &sales());
        assert_eq!(because(&it), Vec::<&str>::new());
        let text = project.text("data.ztam.yaml");
        assert!(text.contains(after) || text.contains(&after.replace(", Site", "")), "{text}");
    }
}

struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

/// A permission set with some rights on some of the same objects and fields.
fn made_up(name: &str, dice: &mut Dice) -> (String, String) {
    let (mut fields, mut objects) = (String::new(), String::new());
    for number in 0..4 {
        let rights: &[&str] = match dice.roll(4) {
            // A field that opens beside another set alone.
            0 if number > 0 => {
                fields += &field(&format!("O{number}__c.F0__c"), false);
                continue;
            }
            1 => &["allowRead"],
            2 => &["allowCreate", "allowEdit", "allowRead"],
            _ => &["allowRead", "viewAllRecords"],
        };
        objects += &object(&format!("O{number}__c"), rights);
        for column in 0..5 {
            if dice.roll(2) == 0 {
                fields +=
                    &field(&format!("O{number}__c.F{column}__c"), rights.len() == 3 && dice.roll(2) == 0);
            }
        }
    }
    let body = format!("{fields}<label>{name}</label>{objects}");
    (format!("permissionsets/{name}.permissionset-meta.xml"), xml("PermissionSet", &body))
}

fn package(files: &[(String, String)]) -> OnDisk {
    OnDisk::new(files.iter().map(|(path, text)| (path.as_str(), text.as_bytes())))
}

#[test]
fn one_import_after_the_other_gives_what_both_at_once_give() {
    let mut grown = 0;
    for seed in 0..20 {
        let mut dice = Dice(seed);
        let (one, two) = (made_up("One", &mut dice), made_up("Two", &mut dice));
        let at_once = Project::new(&[]);
        report(&at_once.import(&package(&[one.clone(), two.clone()])));
        let in_turn = Project::new(&[]);
        report(&in_turn.import(&package(&[one])));
        let second = in_turn.import(&package(&[two]));
        let it = report(&second);
        assert!(it.holds(), "{}", it.to_human("access"));
        assert!(because(it).iter().all(|it| *it == "fields-without-rows"), "{:?}", because(it));
        assert_eq!(at_once.sets(), in_turn.sets(), "{seed}");
        let catalog = added(it, "imported/salesforce/catalog.ztam.yaml");
        grown += usize::from(!catalog.is_empty());
    }
    assert!(grown > 5, "{grown}");
}

#[test]
fn a_project_without_files_is_begun_and_a_folder_that_is_cut_off_is_finished() {
    let project = Project::new(&[("ztam.yaml", PROJECT), ("data.ztam.yaml", BLOCK)]);
    let left = project.path.join(".ztam-import");
    std::fs::create_dir(&left).unwrap();
    std::fs::write(left.join("0"), "half of a fi").unwrap();
    taken(&project, &sales());
    assert!(!left.exists(), "what was left over is gone");
    assert!(!Path::new(&project.path).join("0").exists());
}

#[test]
fn public_repositories_go_into_one_project_one_after_the_other() {
    let Some(shared) = shared() else { return };
    let project = Project::new(&[]);
    let (mut taken, mut grown) = (0, 0);
    for repository in repositories(&shared.join("corpus"), "salesforce").unwrap() {
        for paths in packages(&repository).unwrap() {
            let order = order(paths, "salesforce", &project.path).unwrap();
            let Ok(outcome) = import(&world(&project.path), &order) else { continue };
            let Some(it) = &outcome.report else { continue };
            assert!(it.others.is_empty(), "{}", it.to_human("access"));
            if !it.known.is_empty() {
                // Another set of a name that is there: it stands for that one, and differs.
                continue;
            }
            assert!(it.holds(), "{}", it.to_human("access"));
            assert!(!because(it).contains(&"fields-not-listed"), "{}", it.to_human("access"));
            assert!(!because(it).contains(&"reaches-others"), "{}", it.to_human("access"));
            taken += 1;
            grown += it.extended.iter().map(|it| it.added.len()).sum::<usize>();
        }
    }
    println!("{taken} packages into one project, {grown} additions to its files");
    assert!(taken > 3 && grown > 100, "{taken} {grown}");
}
