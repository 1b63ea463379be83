//! Class cells and domains give exactly what exact cells give: made-up orgs are imported both ways, a second evaluator says
//! what each project's cells give, and the packages of both are held against each other byte by byte.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use ztam::exit::Exit;
use ztam::import::{Order, import};
use ztam_report::import::Import;

use crate::naive;
use crate::project::{AS_OF, OnDisk, contents_of, date, run, world};

const NAMESPACE: &str = "http://soap.sforce.com/2006/04/metadata";
const OBJECTS: u64 = 8;
const FIELDS: u64 = 4;
const ORGS: u64 = 60;

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

fn flags(names: &[&str]) -> String {
    names.iter().map(|it| format!("<{it}>true</{it}>")).collect()
}

/// A permission set that has much the same on most of some objects, and now and then something else.
fn set(dice: &mut Dice) -> String {
    const READ: &[&str] = &["allowRead"];
    const EDIT: &[&str] = &["allowCreate", "allowEdit", "allowRead"];
    const VIEW: &[&str] = &["allowRead", "viewAllRecords"];
    const ALL: &[&str] =
        &["allowCreate", "allowDelete", "allowEdit", "allowRead", "modifyAllRecords", "viewAllRecords"];
    let words = [READ, EDIT, VIEW, ALL];
    let (usual, first, odd) = (dice.roll(4), dice.roll(OBJECTS), 2 + dice.roll(12));
    let editable = dice.roll(2) == 0;
    let (mut objects, mut fields) = (String::new(), String::new());
    for object in 0..OBJECTS {
        if object < first && dice.roll(odd) != 0 {
            continue;
        }
        let word = if dice.roll(odd) == 0 { dice.roll(4) } else { usual };
        let rights = flags(words[word as usize]);
        let _ =
            write!(objects, "<objectPermissions><object>O{object}__c</object>{rights}</objectPermissions>");
        for field in 0..FIELDS {
            if dice.roll(odd * 2) == 0 {
                continue;
            }
            let edits = editable != (dice.roll(odd * 2) == 0);
            let _ = write!(
                fields,
                "<fieldPermissions><editable>{edits}</editable><field>O{object}__c.F{field}__c</field><readable>true</readable></fieldPermissions>"
            );
        }
    }
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<PermissionSet xmlns=\"{NAMESPACE}\"><label>S</label>{objects}{fields}</PermissionSet>\n"
    )
}

fn imported(org: &Path, into: &Path, generalize: bool) -> Import {
    imported_from("salesforce", org, into, generalize)
}

fn imported_from(platform: &str, org: &Path, into: &Path, generalize: bool) -> Import {
    let order = Order {
        platform: platform.to_owned(),
        paths: vec![org.to_path_buf()],
        into: into.to_path_buf(),
        environment: "imported".to_owned(),
        as_of: date(AS_OF),
        generalize,
    };
    let outcome = import(&world(into), &order).unwrap();
    let told: Vec<_> = outcome.findings.iter().map(|it| it.title.clone()).collect();
    let report = outcome.report.unwrap_or_else(|| panic!("{told:#?}"));
    assert!(report.holds(), "{}", report.to_human("x"));
    report
}

fn given(project: &Path) -> naive::NaiveAccess {
    let files: Vec<(String, String)> = contents_of(project, ".yaml").into_iter().collect();
    naive::evaluate(&files, Some("imported"), AS_OF)
}

fn package(folder: &Path, project: &str, out: &str) -> BTreeMap<String, String> {
    assert_eq!(run(folder, &["build", project, "--env", "imported", "--out", out]), Exit::Clean);
    contents_of(&folder.join(out), ".permissionset-meta.xml")
}

#[test]
fn what_is_generalized_gives_exactly_the_same() {
    let (mut applied, mut before, mut after, mut near) = (0, 0, 0, 0);
    for seed in 0..ORGS {
        let mut dice = Dice(seed);
        let sets: Vec<(String, String)> = (0..2 + dice.roll(5))
            .map(|it| (format!("permissionsets/S{it}.permissionset-meta.xml"), set(&mut dice)))
            .collect();
        let org = OnDisk::new(sets.iter().map(|(path, text)| (path.as_str(), text.as_bytes())));
        let folder = tempfile::tempdir().unwrap();
        let (exact, general) = (folder.path().join("exact"), folder.path().join("general"));
        imported(org.path(), &exact, false);
        let told = imported(org.path(), &general, true).generalized.unwrap();
        assert!(given(&exact) == given(&general), "{seed}: somebody has more or less");
        let (one, other) = (package(folder.path(), "exact", "a"), package(folder.path(), "general", "b"));
        assert!(!one.is_empty() && one == other, "{seed}: the packages differ");
        assert!(
            !told.why_not.contains("the same:"),
            "{seed}: it was tried and found wrong: {}",
            told.why_not
        );
        assert_eq!(told.applied, told.class_cells > 0);
        assert!(told.near.iter().all(|it| !it.gains.is_empty()), "what fits exactly is no near fit");
        if told.applied {
            assert!(told.cells_after < told.cells_before);
            applied += 1;
        }
        before += told.cells_before;
        after += told.cells_after;
        near += told.near.len();
        let again = imported(org.path(), &general, true);
        assert!(again.written.is_empty(), "{seed}: a second import changes something");
    }
    println!("{applied} of {ORGS} orgs, {before} cells become {after}, {near} near fits");
    assert!(applied > ORGS / 4 && near > 0 && after < before, "{applied} {near} {before} {after}");
}

#[test]
fn an_asset_that_is_added_later_is_reached_within_its_domain_alone() {
    let right = |object: &str| {
        format!("<objectPermissions><object>{object}</object><allowRead>true</allowRead></objectPermissions>")
    };
    let set = |objects: &[&str]| {
        let rows: String = objects.iter().map(|it| right(it)).collect();
        format!("<PermissionSet xmlns=\"{NAMESPACE}\"><label>S</label>{rows}</PermissionSet>")
    };
    let (left, right) =
        (["A__c", "B__c", "C__c", "D__c", "E__c", "F__c"], ["P__c", "Q__c", "R__c", "S__c", "T__c", "U__c"]);
    let files = [
        ("permissionsets/Left.permissionset-meta.xml", set(&left)),
        ("permissionsets/Right.permissionset-meta.xml", set(&right)),
    ];
    let org = OnDisk::new(files.iter().map(|(path, text)| (*path, text.as_bytes())));
    let folder = tempfile::tempdir().unwrap();
    let into = folder.path().join("project");
    let told = imported(org.path(), &into, true).generalized.unwrap();
    assert!(told.applied && told.domains == 2, "{told:?}");
    let catalog = into.join("imported/salesforce/catalog.ztam.yaml");
    let text = std::fs::read_to_string(&catalog).unwrap();
    let added = "  later:\n    class: unreviewed-by-domain\n    domains: [imported-1]\n    salesforce: {object: Later__c, custom: true, listed-only: true}\n";
    std::fs::write(&catalog, text + added).unwrap();
    let reached: Vec<String> =
        given(&into).grants.keys().filter(|it| it.1 == "later").map(|it| it.0.clone()).collect();
    assert_eq!(reached, ["left"], "whoever works in that domain, and nobody else");
}

/// Three sets that read the same objects, and one that reads some of them.
fn readers() -> OnDisk {
    let right = |object: &str| {
        format!("<objectPermissions><object>{object}</object><allowRead>true</allowRead></objectPermissions>")
    };
    let all: String = (0..8).map(|it| right(&format!("O{it}__c"))).collect();
    let text = format!("<PermissionSet xmlns=\"{NAMESPACE}\"><label>S</label>{all}</PermissionSet>");
    let path = |name: &str| format!("permissionsets/{name}.permissionset-meta.xml");
    let files = ["One", "Two", "Three"].map(|it| (path(it), text.clone()));
    OnDisk::new(files.iter().map(|(path, text)| (path.as_str(), text.as_bytes())))
}

/// A project with the classes of an import, and something of its own.
fn project(folder: &Path, own: &str) -> std::path::PathBuf {
    let into = folder.join("project");
    std::fs::create_dir_all(&into).unwrap();
    let classes = "classes:\n  - {id: unreviewed, title: Unreviewed, reach: named, unreviewed: true}\n";
    let text = format!(
        "ztam: 1\nproject: p\ntitle: P\nowner: o@acme.example\n{classes}domains:\n  sales: {{title: Sales, owner: o@acme.example}}\n\
         environments:\n  imported: {{salesforce: {{}}}}\n{own}"
    );
    std::fs::write(into.join("ztam.yaml"), text).unwrap();
    into
}

#[test]
fn a_project_that_speaks_of_unreviewed_things_keeps_exact_cells_and_its_guard_holds() {
    let org = readers();
    let guard = "guards:\n  nobody-deletes: {title: Nobody deletes what is not reviewed, nobody: [everyone], may: [delete], of: [unreviewed]}\n";
    for (own, applied) in [("", true), (guard, false)] {
        let folder = tempfile::tempdir().unwrap();
        let into = project(folder.path(), own);
        let told = imported(org.path(), &into, true).generalized.unwrap();
        assert_eq!(told.applied, applied, "{}", told.why_not);
        assert_eq!(told.why_not.contains("ztam.yaml, line 12, speaks of `unreviewed`"), !applied, "{told:?}");
        let catalog = contents_of(&into, "catalog.ztam.yaml").into_values().next().unwrap();
        assert_eq!(catalog.contains("class: unreviewed-by-domain"), applied);
    }
}

#[test]
fn both_platforms_go_into_one_project_with_class_cells() {
    let role = |number: u32, name: &str| {
        let rights: String = (0..6)
            .map(|it| format!("<RolePrivilege name=\"prvReadacme_T{it}\" level=\"Local\" />"))
            .collect();
        format!(
            "<Role id=\"{{0000000a-0000-4000-8000-{number:012x}}}\" name=\"{name}\" isinherited=\"1\"><IsCustomizable>1</IsCustomizable><RolePrivileges>{rights}</RolePrivileges></Role>"
        )
    };
    let roles = [("Roles/A.xml", role(1, "A")), ("Roles/B.xml", role(2, "B"))];
    let solution = OnDisk::new(roles.iter().map(|(path, text)| (*path, text.as_bytes())));
    let folder = tempfile::tempdir().unwrap();
    let (exact, general) = (folder.path().join("exact"), folder.path().join("general"));
    for (into, generalize) in [(&exact, false), (&general, true)] {
        let first = imported(readers().path(), into, generalize);
        let second = imported_from("dataverse", solution.path(), into, generalize);
        let applied = [first, second].map(|it| it.generalized.is_some_and(|it| it.applied));
        assert_eq!(applied, [generalize; 2]);
    }
    assert!(given(&exact) == given(&general), "somebody has more or less");
    let sets = |project: &str, out: &str| {
        let sets = package(folder.path(), project, out);
        let roles = contents_of(&folder.path().join(out).join("dataverse/solution/Roles"), ".xml");
        assert!(sets.len() == 3 && roles.len() == 2, "{sets:?} {roles:?}");
        (sets, roles)
    };
    assert!(sets("exact", "a") == sets("general", "b"), "the packages differ");
    let again = imported_from("dataverse", solution.path(), &general, true);
    assert!(again.written.is_empty(), "{:?}", again.written);
}

#[test]
fn roles_of_public_solutions_are_generalized_exactly() {
    let Some(shared) = crate::project::shared() else { return };
    let folder = tempfile::tempdir().unwrap();
    let (mut applied, mut before, mut after) = (0, 0, 0);
    for repository in xtask::corpus::repositories(&shared.join("corpus"), "dataverse").unwrap() {
        let name = repository.file_name().unwrap().to_string_lossy().into_owned();
        let packages = xtask::corpus::packages(&repository).unwrap();
        for (paths, number) in packages.into_iter().zip(0..) {
            let into = folder.path().join(format!("{name}-{number}"));
            let mut order = xtask::corpus::order(paths, "dataverse", &into).unwrap();
            order.generalize = true;
            let Ok(outcome) = import(&world(&into), &order) else { continue };
            let Some(report) = outcome.report else { continue };
            assert!(report.holds(), "{}", report.to_human(&name));
            let told = report.generalized.unwrap();
            assert!(!told.why_not.contains("would not give"), "{name}: {}", told.why_not);
            applied += usize::from(told.applied);
            before += told.cells_before;
            after += told.cells_after;
        }
    }
    println!("{applied} solutions, {before} cells become {after}");
    assert!(applied > 0 && after < before, "{applied} {before} {after}");
}
