//! An org that took the earlier package, then the new one and its removal, has exactly what the new package says: held by a
//! reader of its own, over an org that forgets as little as the documents allow. An import of roles and profiles only adds
//! there; a permission set that is deployed replaces the one of its name; what is not deleted stays.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command as Process;

use clap::Parser as _;
use serde_json::Value;
use xtask::generate::{AS_OF, Params, generate};
use ztam::cli::Cli;
use ztam::exit::{Exit, Failure};
use ztam::reporter::Reporter;

use crate::project::{OnDisk, shared, world};

const PAIRS: u64 = 40;

fn build(project: &Path, out: &Path, previous: Option<&Path>, as_of: &str) -> Result<Exit, Failure> {
    let text = |path: &Path| path.to_str().unwrap().to_owned();
    let mut line: Vec<String> = ["ztam", "build", "--quiet", "--env", "prod", "--as-of", as_of]
        .map(str::to_owned)
        .into_iter()
        .chain([text(project), "--out".into(), text(out)])
        .collect();
    line.extend(previous.into_iter().flat_map(|it| ["--previous".to_owned(), text(it)]));
    let cli = Cli::try_parse_from(line).unwrap();
    let world = world(project);
    cli.command.run(&world, &Reporter::new(&world, &cli.common))
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut found: Vec<PathBuf> = Vec::new();
    for path in entries.map(|it| it.unwrap().path()) {
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

type Facts = BTreeSet<String>;

/// What an org holds: facts by thing. Things of Salesforce by kind and name, of Dataverse by kind and id.
#[derive(Clone, Debug, Default, PartialEq)]
struct Org(BTreeMap<String, Facts>);

/// The rows of a permission file: each element with elements inside, and each member of a group.
fn salesforce_facts(text: &str) -> Facts {
    let document = roxmltree::Document::parse(text).unwrap();
    let rows = document.root_element().children().filter(roxmltree::Node::is_element);
    rows.filter(|it| {
        it.children().any(|it| it.is_element())
            || it.has_tag_name(("http://soap.sforce.com/2006/04/metadata", "permissionSets"))
    })
    .map(|row| {
        let leaves = row.descendants().filter(|it| it.is_element() && it.children().all(|it| it.is_text()));
        let leaves: Vec<_> =
            leaves.map(|it| format!("{}={}", it.tag_name().name(), it.text().unwrap_or_default())).collect();
        format!("{} {}", row.tag_name().name(), leaves.join(" "))
    })
    .collect()
}

impl Org {
    fn deploy(&mut self, folder: &Path) {
        for path in files(folder) {
            let name = path.file_name().unwrap().to_str().unwrap();
            let bare = name.strip_suffix("-meta.xml").unwrap_or(name);
            let Some((stem, kind)) = bare.rsplit_once('.') else { continue };
            if ["permissionset", "permissionsetgroup", "customPermission"].contains(&kind) {
                let facts = salesforce_facts(&std::fs::read_to_string(&path).unwrap());
                self.0.insert(format!("{} {}", kind.to_lowercase(), stem.to_lowercase()), facts);
            }
        }
    }

    /// Deletes what a list names; an assigned set that still grants something would show that emptying came too late.
    fn delete(&mut self, folder: &Path) {
        let Ok(text) = std::fs::read_to_string(folder.join("destructiveChangesPost.xml")) else { return };
        let document = roxmltree::Document::parse(&text).unwrap();
        let mut kinds = Vec::new();
        for types in document.descendants().filter(|it| it.tag_name().name() == "types") {
            let of = |tag: &str| {
                let all = types.children().filter(|it| it.tag_name().name() == tag);
                all.map(|it| it.text().unwrap().to_lowercase()).collect::<Vec<_>>()
            };
            let kind = of("name").remove(0);
            for name in of("members") {
                let gone = self.0.remove(&format!("{kind} {name}"));
                assert_eq!(
                    gone,
                    Some(Facts::new()),
                    "{kind} {name} is deleted and not there, or not emptied before"
                );
            }
            kinds.push(kind);
        }
        let order = ["permissionsetgroup", "permissionset", "custompermission"];
        assert!(kinds.is_sorted_by_key(|kind| order.iter().position(|it| it == kind).unwrap()), "{kinds:?}");
        assert!(!std::fs::read_to_string(folder.join("package.xml")).unwrap().contains("<types>"));
    }

    /// Imports roles and profiles: rows come, none go.
    fn import(&mut self, solution: &Path) {
        for path in files(solution) {
            let text = std::fs::read_to_string(&path).unwrap();
            let document = roxmltree::Document::parse(&text).unwrap();
            for thing in document.descendants() {
                let (key, rows) = match thing.tag_name().name() {
                    "Role" => (thing.attribute("id").map(|id| format!("role {id}")), "RolePrivilege"),
                    "FieldSecurityProfile" => (
                        thing.attribute("fieldsecurityprofileid").map(|id| format!("profile {id}")),
                        "FieldPermission",
                    ),
                    _ => continue,
                };
                let facts = self.0.entry(key.unwrap().replace(['{', '}'], "")).or_default();
                for row in thing.descendants().filter(|it| it.tag_name().name() == rows) {
                    facts.extend(dataverse_facts(row));
                }
            }
        }
    }

    /// Replaces the set of each role and profile that the list names.
    fn after_import(&mut self, path: &Path) {
        let list: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        for (kind, things, names) in [("role", "roles", "privileges"), ("profile", "profiles", "columns")] {
            let names: Vec<_> =
                list[names].as_array().unwrap().iter().map(|it| it.as_str().unwrap()).collect();
            for thing in list[things].as_array().unwrap() {
                let sets = thing.as_object().unwrap().iter().filter(|it| it.1.is_array());
                let facts = sets.flat_map(|(word, numbers)| {
                    decoded(numbers).into_iter().map(|at| format!("{} {word}", names[at])).collect::<Vec<_>>()
                });
                let old = self.0.insert(format!("{kind} {}", thing["id"].as_str().unwrap()), facts.collect());
                assert!(old.is_some(), "{thing} is replaced and was never there");
            }
        }
    }

    /// Where there is no package any more, people empty what is listed.
    fn empty_listed(&mut self, path: &Path) {
        let list: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let floor = list["emptied_role"]["Global"].as_array().unwrap();
        let floor: Facts = floor.iter().map(|it| format!("{} Global", it.as_str().unwrap())).collect();
        for (kind, things, left) in [("role", "roles", floor), ("profile", "profiles", Facts::new())] {
            for thing in list[things].as_array().unwrap() {
                self.0.insert(format!("{kind} {}", thing["id"].as_str().unwrap()), left.clone());
            }
        }
    }

    fn delete_listed(&mut self, path: &Path, floor: &Facts) {
        let Ok(text) = std::fs::read_to_string(path) else { return };
        let list: Value = serde_json::from_str(&text).unwrap();
        for (kind, things) in [("role", "roles"), ("profile", "profiles")] {
            for thing in list[things].as_array().unwrap() {
                let left = self.0.remove(&format!("{kind} {}", thing["id"].as_str().unwrap())).unwrap();
                assert!(left.is_subset(floor), "{thing} holds {left:?} when it is deleted");
                assert!(kind == "profile" || left == *floor, "an emptied role has the floor");
            }
        }
    }
}

/// A row as the words of `after-import.json` say it: one fact for each right.
fn dataverse_facts(row: roxmltree::Node<'_, '_>) -> Vec<String> {
    if let Some(name) = row.attribute("name") {
        return vec![format!("{name} {}", row.attribute("level").unwrap())];
    }
    let text = |name: &str| row.children().find(|it| it.tag_name().name() == name).and_then(|it| it.text());
    let column = format!("{}.{}", text("EntityName").unwrap(), text("AttributeName").unwrap());
    let rights = [
        ("CanRead", "read"),
        ("CanUpdate", "update"),
        ("CanCreate", "create"),
        ("CanReadUnmasked", "unmasked"),
    ];
    let allowed = rights.into_iter().filter(|it| text(it.0).is_some_and(|it| it != "0"));
    allowed.map(|(_, word)| format!("{column} {word}")).collect()
}

fn decoded(numbers: &Value) -> Vec<usize> {
    let number = |it: &Value| usize::try_from(it.as_u64().unwrap()).unwrap();
    let run = |it: &Value| match it.as_array() {
        Some(pair) => (number(&pair[0])..=number(&pair[1])).collect(),
        None => vec![number(it)],
    };
    numbers.as_array().unwrap().iter().flat_map(run).collect()
}

fn fresh(out: &Path) -> Org {
    let mut org = Org::default();
    org.deploy(&out.join("salesforce"));
    org.import(&out.join("dataverse/solution"));
    org
}

/// The org of the earlier build after the new one by its runbook, and what had to go.
fn carried_out(old: &Path, new: &Path) -> Org {
    let mut org = fresh(old);
    org.deploy(&new.join("salesforce"));
    org.import(&new.join("dataverse/solution"));
    if new.join("dataverse/after-import.json").exists() {
        org.after_import(&new.join("dataverse/after-import.json"));
    }
    let removal = new.join("removal");
    org.deploy(&removal.join("salesforce/1-empty"));
    org.delete(&removal.join("salesforce/2-delete"));
    if !new.join("dataverse/after-import.json").exists() {
        org.empty_listed(&removal.join("dataverse/removals.json"));
    }
    let floor = org.0.iter().filter(|it| it.0.starts_with("role ")).map(|it| it.1);
    let floor = floor.cloned().reduce(|all, it| &all & &it).unwrap_or_default();
    org.delete_listed(&removal.join("dataverse/removals.json"), &floor);
    org
}

/// What a list says has to go, as `KIND NAME`.
fn listed(out: &Path, list: &str) -> BTreeSet<String> {
    let text = std::fs::read_to_string(out.join("removal/changes.json")).unwrap();
    let changes: Value = serde_json::from_str(&text).unwrap();
    let all = changes["platforms"].as_array().unwrap().iter().flat_map(|it| it[list].as_array().unwrap());
    all.map(|it| format!("{} {}", it["kind"].as_str().unwrap(), it["name"].as_str().unwrap())).collect()
}

/// The judges of Salesforce files, over everything that is deployed below `removal`.
fn judge(out: &Path) -> usize {
    let Some(shared) = shared() else { return 0 };
    let schema = shared.join("oracle/salesforce/sf-metadata-66-strict.xsd");
    let all = files(&out.join("removal/salesforce"));
    let all: Vec<_> = all.into_iter().filter(|it| it.extension().is_some_and(|it| it != "csv")).collect();
    if all.is_empty() {
        return 0;
    }
    match Process::new("xmllint").args(["--noout", "--nonet", "--schema"]).arg(schema).args(&all).output() {
        Ok(done) => assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr)),
        Err(_) => println!("skipped: xmllint is not there"),
    }
    let sets = all.iter().filter(|it| it.extension().is_some_and(|it| it == "permissionset"));
    let sets: Vec<_> = sets.collect();
    let check = shared.join("oracle/salesforce/check_permset.py");
    if !sets.is_empty() {
        match Process::new("python3").arg(check).args(sets).output() {
            Ok(done) => assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stdout)),
            Err(_) => println!("skipped: python3 is not there"),
        }
    }
    all.len()
}

#[test]
fn an_org_has_the_new_package_and_nothing_else() {
    let (mut pairs, mut gone, mut narrowed, mut judged) = (0, 0, 0, 0);
    for seed in 0..PAIRS {
        let disk = tempfile::tempdir().unwrap();
        let project = |seed: u64| {
            let files = generate(&Params::tiny(), seed);
            // One project with other roles in it.
            let text = |text: &str| {
                let line = |it: &str| {
                    if it.starts_with("project: ") { "project: gen".to_owned() } else { it.to_owned() }
                };
                text.lines().map(line).collect::<Vec<_>>().join("\n") + "\n"
            };
            let files: Vec<_> = files.iter().map(|(path, it)| (path.as_str(), text(it))).collect();
            OnDisk::new(files.iter().map(|(path, text)| (*path, text.as_bytes())))
        };
        let (first, second) = (project(2 * seed), project(2 * seed + 1));
        let out = |name: &str| disk.path().join(name);
        if build(first.path(), &out("old"), None, AS_OF).unwrap() != Exit::Clean {
            continue;
        }
        if build(second.path(), &out("new"), Some(&out("old")), AS_OF).unwrap() != Exit::Clean {
            continue;
        }
        pairs += 1;
        assert_eq!(carried_out(&out("old"), &out("new")), fresh(&out("new")), "seed {seed}");
        gone += listed(&out("new"), "removed").len();
        narrowed += listed(&out("new"), "narrowed").len();
        judged += judge(&out("new"));
        // And back again.
        assert_eq!(build(first.path(), &out("back"), Some(&out("new")), AS_OF).unwrap(), Exit::Clean);
        let back = carried_out_twice(&out("old"), &out("new"), &out("back"));
        assert_eq!(back, fresh(&out("old")), "seed {seed}, undone");
    }
    println!("{pairs} pairs: {gone} things went, {narrowed} were narrowed, {judged} files judged");
    assert!(pairs >= PAIRS / 2 && gone > 50 && narrowed > 50, "{pairs} {gone} {narrowed}");
}

/// There and back: what the first step listed and the way back makes again is not listed any more.
fn carried_out_twice(old: &Path, new: &Path, back: &Path) -> Org {
    let there = carried_out(old, new);
    assert_eq!(there, fresh(new));
    carried_out(new, back)
}

const MATRIX: &str = "\
ztam: 1
project: page
title: Page
owner: o@acme.example
classes:
  - {id: internal}
  - {id: confidential}
domains: {sales: {}}
conditions:
  mfa: {salesforce: {by: external, control: CA-017}, dataverse: {by: external, control: CA-017}}
responsibilities:
  ca: {statement: CA-017 asks for a second factor, party: customer, owner: o@acme.example, verified: 2026-09-01, attests: [mfa]}
assets:
  account:
    class: internal
    domains: [sales]
    salesforce: {object: Account, sharing: private}
    dataverse: {table: account}
    fields: {limit: {class: confidential, salesforce: AnnualRevenue, dataverse: creditlimit}}
  contact:
    class: internal
    domains: [sales]
    salesforce: {object: Contact, sharing: private}
    dataverse: {table: contact}
    fields: {birthday: {class: confidential, salesforce: Birthdate, dataverse: birthdate}}
capabilities:
  export: {salesforce: {custom-permissions: {Export_All: Export all}}}
roles:
  rep:
    purpose: Sells
    owner: o@acme.example
    platforms: [salesforce, dataverse]
    within: [sales]
    may: {internal: {read: own, edit: own}, confidential: {read: own}}
    also: [{of: [account], create: own, when: [mfa]}]
    holds: [export]
  boss:
    purpose: Leads
    owner: o@acme.example
    platforms: [salesforce, dataverse]
    within: [sales]
    may: {internal: {read: own, edit: own}, confidential: {read: own}}
temporary:
  T-1: {role: rep, within: [sales], also: [{of: [contact], create: own}], reason: r, owner: o@acme.example, approved-by: [b@acme.example], from: 2026-09-01, until: 2026-09-25}
environments:
  prod:
    salesforce: {layout: group}
    dataverse: {solution: PageAccess, publisher: acme, prefix: acme}
";

const SECURED: &str = r#"{"format_version": 1, "platform": "dataverse", "objects": {
    "account": {"fields": {"creditlimit": {"secured": true}}},
    "contact": {"fields": {"birthdate": {"secured": true}}}}}"#;

const BOSS: &str = "  boss:
    purpose: Leads
    owner: o@acme.example
    platforms: [salesforce, dataverse]
    within: [sales]
    may: {internal: {read: own, edit: own}, confidential: {read: own}}
";

/// What an edit of the matrix takes away.
struct Case {
    name: &'static str,
    edits: &'static [(&'static str, &'static str)],
    as_of: &'static str,
    removed: &'static [&'static str],
    narrowed: &'static [&'static str],
}

const DAY: &str = "2026-09-20";

const CASES: &[Case] = &[
    Case { name: "nothing", edits: &[], as_of: DAY, removed: &[], narrowed: &[] },
    Case {
        name: "a role is gone",
        edits: &[(BOSS, "")],
        as_of: DAY,
        removed: &[
            "FieldSecurityProfile Boss",
            "PermissionSet Boss",
            "PermissionSetGroup Boss_Group",
            "Role Boss",
        ],
        narrowed: &[],
    },
    Case {
        name: "a role has another id in the matrix and the same names on the platforms",
        edits: &[
            ("  boss:\n", "  chief:\n    salesforce: {name: Boss}\n    dataverse: {name: Boss}\n"),
            ("temporary:\n", "moved: [{what: role, from: boss, to: chief}]\ntemporary:\n"),
        ],
        as_of: DAY,
        removed: &[],
        narrowed: &[],
    },
    Case {
        name: "a role has another name: a new set on Salesforce, the same role on Dataverse",
        edits: &[
            ("  boss:\n", "  chief:\n"),
            ("temporary:\n", "moved: [{what: role, from: boss, to: chief}]\ntemporary:\n"),
        ],
        as_of: DAY,
        removed: &["PermissionSet Boss", "PermissionSetGroup Boss_Group"],
        narrowed: &[],
    },
    Case {
        name: "a conditional layer is gone, and its set from the group",
        edits: &[("    also: [{of: [account], create: own, when: [mfa]}]\n", "")],
        as_of: DAY,
        removed: &["PermissionSet Rep_Mfa", "Role Rep - mfa"],
        narrowed: &["PermissionSetGroup Rep_Group"],
    },
    Case {
        name: "a temporary grant has ended",
        edits: &[],
        as_of: "2026-09-26",
        removed: &["PermissionSet Rep_T_1", "Role Rep - T-1"],
        narrowed: &[],
    },
    Case {
        name: "a profile is gone",
        edits: &[(
            BOSS,
            "  boss:
    purpose: Leads
    owner: o@acme.example
    platforms: [salesforce, dataverse]
    within: [sales]
    may: {internal: {read: own, edit: own}}
    never: [confidential]
",
        )],
        as_of: DAY,
        removed: &["FieldSecurityProfile Boss"],
        narrowed: &["PermissionSet Boss"],
    },
    Case {
        name: "a profile has a column less",
        edits: &[(
            BOSS,
            "  boss:
    purpose: Leads
    owner: o@acme.example
    platforms: [salesforce, dataverse]
    within: [sales]
    may: {internal: {read: own, edit: own}, confidential: {read: own, of: [account.limit]}}
",
        )],
        as_of: DAY,
        removed: &[],
        narrowed: &["FieldSecurityProfile Boss", "PermissionSet Boss"],
    },
    Case {
        name: "a custom permission is gone",
        edits: &[
            ("capabilities:\n  export: {salesforce: {custom-permissions: {Export_All: Export all}}}\n", ""),
            ("    holds: [export]\n", ""),
        ],
        as_of: DAY,
        removed: &["CustomPermission Export_All"],
        narrowed: &["PermissionSet Rep"],
    },
    Case {
        name: "groups are given up",
        edits: &[("layout: group", "layout: sets")],
        as_of: DAY,
        removed: &["PermissionSetGroup Boss_Group", "PermissionSetGroup Rep_Group"],
        narrowed: &[],
    },
    Case {
        name: "a platform is given up",
        edits: &[("    dataverse: {solution: PageAccess, publisher: acme, prefix: acme}\n", "")],
        as_of: DAY,
        removed: &[
            "FieldSecurityProfile Boss",
            "FieldSecurityProfile Rep",
            "Role Boss",
            "Role Rep",
            "Role Rep - T-1",
            "Role Rep - mfa",
        ],
        narrowed: &[],
    },
];

#[test]
fn an_edit_lists_what_it_takes_away() {
    let matrix = |text: &str| {
        OnDisk::new([("ztam.yaml", text.as_bytes()), ("inventory/dataverse.json", SECURED.as_bytes())])
    };
    let disk = tempfile::tempdir().unwrap();
    let old = disk.path().join("old");
    assert_eq!(build(matrix(MATRIX).path(), &old, None, DAY).unwrap(), Exit::Clean);
    let mut judged = 0;
    for (number, case) in CASES.iter().enumerate() {
        let name = case.name;
        let text = case.edits.iter().fold(MATRIX.to_owned(), |text, (from, to)| {
            assert!(text.contains(from), "{name}: {from:?} is not there");
            text.replace(from, to)
        });
        let project = matrix(&text);
        let new = disk.path().join(format!("{number}"));
        assert_eq!(build(project.path(), &new, Some(&old), case.as_of).unwrap(), Exit::Clean, "{name}");
        let expected = |names: &[&str]| names.iter().map(|it| (*it).to_owned()).collect::<BTreeSet<_>>();
        assert_eq!(listed(&new, "removed"), expected(case.removed), "{name}");
        assert_eq!(listed(&new, "narrowed"), expected(case.narrowed), "{name}");
        assert_eq!(carried_out(&old, &new), fresh(&new), "{name}");
        let runbook = std::fs::read_to_string(new.join("removal/runbook.md")).unwrap();
        for thing in case.removed {
            let thing = thing.split_once(' ').unwrap().1.replace('_', "\\_");
            assert!(runbook.contains(&format!("- {thing}\n")), "{name}: {thing} is not in\n{runbook}");
        }
        judged += judge(&new);
        // Over the earlier build itself it is the same.
        let own = disk.path().join("own");
        assert_eq!(build(matrix(MATRIX).path(), &own, None, DAY).unwrap(), Exit::Clean);
        assert_eq!(build(project.path(), &own, Some(&own), case.as_of).unwrap(), Exit::Clean);
        if !case.edits.is_empty() {
            let bytes = |folder: &Path| {
                let all = files(folder).into_iter();
                all.map(|it| (it.strip_prefix(folder).unwrap().to_owned(), std::fs::read(it).unwrap()))
                    .collect::<Vec<_>>()
            };
            assert!(bytes(&own) == bytes(&new), "{name}: over the earlier build it is another");
        }
        std::fs::remove_dir_all(own).unwrap();
    }
    println!("{} edits, {judged} files judged", CASES.len());
}
