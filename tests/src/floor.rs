//! What lies beneath the roles is part of the truth: the rights of a profile or base role that the inventory knows and the
//! matrix names count in every judgement, and nothing of them is emitted.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use xtask::generate::{AS_OF, Params, generate};
use ztam::session::{Session, prevents_graph};
use ztam_backend::artifact::Body;
use ztam_backend::fidelity::Obligation;
use ztam_graph::ids::Names;
use ztam_model::inventory::Grants;

use crate::project::{OnDisk, date, findings, world};

/// Path and text.
type Files = Vec<(String, String)>;

const SEEDS: u64 = 25;

const MATRIX: &str = "ztam: 1
project: floor
title: Floor
owner: a@acme.example
rules: {profile: strict}
classes:
  - {id: internal, title: Internal}
  - {id: restricted, title: Restricted, reach: named}
domains: {sales: {title: Sales, owner: a@acme.example}}
assets:
  deal:
    title: Deal
    class: internal
    domains: [sales]
    salesforce: {object: Opportunity, sharing: private}
    dataverse: {table: opportunity}
    fields: {margin: {class: restricted, salesforce: Margin__c}}
  payment: {title: Payment, class: restricted, domains: [sales], salesforce: {object: Payment__c, custom: true, sharing: private}, dataverse: {table: account}}
capabilities: {boss: {title: All data, risk: critical, salesforce: {user-permissions: [ModifyAllData]}}}
";

const PROD: &str = "environments:
  prod:
    title: Production
    salesforce: {api-version: \"66.0\"}
    dataverse: {solution: Floor, publisher: acme, prefix: acme}
";

/// A matrix with one role, what the matrix says besides, and what two profiles or roles grant.
struct Case<'c> {
    /// Keys of the role.
    role: &'c str,
    /// More sections.
    more: &'c str,
    /// What the profile or role `Everyday` grants.
    everyday: Value,
}

impl Default for Case<'_> {
    fn default() -> Self {
        Self { role: "salesforce: {profile: Everyday}", more: "", everyday: json!({}) }
    }
}

impl Case<'_> {
    fn files(&self) -> Files {
        let role = self.role;
        let roles = format!(
            "roles:\n  rep:\n    title: Rep\n    purpose: Works deals\n    owner: b@acme.example\n    platforms: \
             [salesforce, dataverse]\n    within: [sales]\n    may: {{internal: {{read: own, edit: own}}}}\n    never: \
             [restricted]\n    {role}\n"
        );
        let other = json!({
            "objectPermissions": {"Payment__c": ["allowEdit", "allowRead"]},
            "userPermissions": {"ModifyAllData": ["enabled"]},
            "RolePrivilege": {"prvReadAccount": ["Global"]},
        });
        let of = |platform: &str, kind: &str| {
            let containers = json!([
                {"kind": kind, "name": "Everyday", "grants": self.everyday},
                {"kind": kind, "name": "Other", "grants": other},
                {"kind": kind, "name": "Unread"},
            ]);
            let text = json!({"format_version": 1, "platform": platform, "containers": containers});
            (format!("inventory/{platform}.json"), text.to_string())
        };
        vec![
            ("ztam.yaml".to_owned(), format!("{MATRIX}{roles}{PROD}{}", self.more)),
            of("salesforce", "Profile"),
            of("dataverse", "Role"),
        ]
    }

    /// What is found by a rule, in the words of the finding: title and notes.
    fn found(&self, rule: &str) -> Vec<String> {
        let project = on_disk(&self.files());
        let (found, _) = findings(project.path(), AS_OF);
        let wrong: Vec<_> =
            found.iter().filter(|it| prevents_graph(it)).map(|it| it.title.as_str()).collect();
        assert!(wrong.is_empty() || rule.starts_with("mapping/"), "{wrong:?}");
        let text = |it: &ztam_source::finding::Finding| {
            [it.title.clone()].into_iter().chain(it.notes.clone()).collect::<Vec<_>>().join("; ")
        };
        found.iter().filter(|it| it.id() == rule).map(text).collect()
    }
}

fn on_disk(files: &Files) -> OnDisk {
    OnDisk::new(files.iter().map(|(path, text)| (path.as_str(), text.as_bytes())))
}

/// Every file that a build of every environment writes, and what must hold beside it.
fn built(files: &Files) -> (BTreeMap<String, Vec<u8>>, Vec<Obligation>) {
    let project = on_disk(files);
    let session = Session::new();
    let loaded = session.load(&world(project.path()), project.path()).unwrap();
    let compiled = session.compile(&loaded);
    assert!(!compiled.iter().any(prevents_graph));
    let names = Names::new(&loaded.project);
    let (mut all, mut obligations) = (BTreeMap::new(), Vec::new());
    for environment in names.environments.ids() {
        let (access, emitters, _) = session.resolve(&loaded, Some(environment), date(AS_OF));
        for it in &emitters {
            let plan = it.emitter.plan(&access);
            for artifact in it.emitter.artifacts(&access, &plan) {
                let path =
                    format!("{}/{}/{}", names.environments.name(environment), it.platform, artifact.path);
                if matches!(artifact.body, Body::Stream(_)) {
                    all.insert(path, artifact.bytes().unwrap());
                }
            }
            obligations.extend(plan.obligations);
        }
    }
    (all, obligations)
}

fn one(found: &[String]) -> &str {
    assert_eq!(found.len(), 1, "{found:#?}");
    &found[0]
}

#[test]
fn what_only_the_profile_reaches_breaks_a_never() {
    let reads = |rights: Value| Case { everyday: json!({"objectPermissions": rights}), ..Case::default() };
    let broken = reads(json!({"Payment__c": ["allowRead"]})).found("matrix/never-broken");
    let said = one(&broken);
    assert!(said.contains("from the profile Everyday"), "{said}");
    // A row that grants nothing, another object, a profile that only others have, and a matrix that names none.
    assert!(reads(json!({})).found("matrix/never-broken").is_empty());
    assert!(reads(json!({"Opportunity": ["allowRead"]})).found("matrix/never-broken").is_empty());
    let names_none = Case { role: "salesforce: {label: Rep}", ..reads(json!({"Payment__c": ["allowRead"]})) };
    assert!(names_none.found("matrix/never-broken").is_empty());
    let field = json!({"fieldPermissions": {"Opportunity.Margin__c": ["readable"]}});
    let field = Case { everyday: field, ..Case::default() };
    assert_eq!(field.found("matrix/never-broken").len(), 1, "the field in the rows that the role gives");
}

#[test]
fn a_pair_of_duties_between_role_and_profile() {
    let duties = "duties:
  change: {title: Change deals, can: {edit: [deal]}}
  pay: {title: Pay, can: {edit: [payment]}}
separate:
  change-and-pay: {title: Nobody does both, duties: [change, pay], severity: high, why: R-1}
";
    let pair = |rights: &[&str]| {
        let everyday = json!({"objectPermissions": {"Payment__c": rights}});
        let case = Case { more: duties, everyday, ..Case::default() };
        case.found("separate/change-and-pay").len()
    };
    assert_eq!((pair(&["allowEdit", "allowRead"]), pair(&["allowRead"])), (1, 0));
}

#[test]
fn a_profile_over_all_data_is_found() {
    let rights = |name: &str| {
        let everyday = json!({"userPermissions": {name: ["enabled"]}});
        Case { everyday, ..Case::default() }.found("privilege/org-wide-data-permission")
    };
    let found = rights("ModifyAllData");
    assert!(found.iter().any(|it| it.contains("from the profile Everyday")), "{found:#?}");
    assert_eq!(rights("ApiEnabled"), Vec::<String>::new());
}

#[test]
fn who_names_what_lies_beneath() {
    let everyday = || json!({"objectPermissions": {"Payment__c": ["allowRead"]}});
    let broken =
        |role: &str, more: &str| Case { role, more, everyday: everyday() }.found("matrix/never-broken").len();
    let parent = "  base: {title: Base, abstract: true, purpose: Is extended, owner: c@acme.example, platforms: [salesforce], within: [sales], salesforce: {profile: everyday}}\n";
    let with_parent = |role: &str| {
        let case = Case { role, everyday: everyday(), ..Case::default() };
        let mut files = case.files();
        files[0].1 = files[0].1.replace("roles:\n", &format!("roles:\n{parent}"));
        let project = on_disk(&files);
        let (found, _) = findings(project.path(), AS_OF);
        found.iter().filter(|it| it.id() == "matrix/never-broken").count()
    };
    assert_eq!(
        with_parent("extends: [base]"),
        1,
        "it comes with what a role extends, and case does not matter"
    );
    assert_eq!(with_parent("extends: [base]\n    salesforce: {profile: Other}"), 1, "one's own comes first");
    assert_eq!(broken("salesforce: {label: Rep}", ""), 0);
    let of_everybody = |kind: &str| {
        let case = Case { role: kind, everyday: everyday(), ..Case::default() };
        let mut files = case.files();
        files[0].1 = files[0].1.replace("\"66.0\"}", "\"66.0\", profile: Everyday}");
        let project = on_disk(&files);
        let (found, _) = findings(project.path(), AS_OF);
        found.iter().filter(|it| it.id() == "matrix/never-broken").count()
    };
    assert_eq!((of_everybody("kind: employee"), of_everybody("kind: external")), (1, 0));
}

#[test]
fn a_name_that_the_org_does_not_have() {
    let case = Case { role: "salesforce: {profile: Everday}", ..Case::default() };
    let project = on_disk(&case.files());
    let (found, _) = findings(project.path(), AS_OF);
    let unknown: Vec<_> = found.iter().filter(|it| it.id() == "mapping/undeclared").collect();
    assert_eq!(unknown.len(), 1, "{found:#?}");
    assert_eq!(unknown[0].title, "Salesforce has no profile `Everday`");
    assert_eq!(unknown[0].fixes[0].edits[0].text, "Everyday");
    // Nobody has read any profile: what it grants is an obligation, as ever.
    let mut files = case.files();
    files.truncate(1);
    let (found, _) = findings(on_disk(&files).path(), AS_OF);
    assert!(found.iter().all(|it| it.id() != "mapping/undeclared"), "{found:#?}");
}

#[test]
fn parents_over_two_profiles_decide_nothing() {
    let case = Case { role: "extends: [one, two]", ..Case::default() };
    let mut files = case.files();
    let parent = |name: &str, profile: &str| {
        format!(
            "  {name}: {{title: P, abstract: true, purpose: P, owner: c@acme.example, platforms: [salesforce], within: \
             [sales], salesforce: {{profile: {profile}}}}}\n"
        )
    };
    let parents = format!("roles:\n{}{}", parent("one", "Everyday"), parent("two", "Other"));
    files[0].1 = files[0].1.replace("roles:\n", &parents);
    let said = |files: &Files| {
        let (found, _) = findings(on_disk(files).path(), AS_OF);
        let about = found.iter().filter(|it| it.title.contains("nobody can say which profile"));
        about.count()
    };
    assert_eq!(said(&files), 1);
    files[0].1 = files[0].1.replace("profile: Other", "profile: everyday");
    assert_eq!(said(&files), 0, "both name the same");
}

#[test]
fn obligations_name_what_was_judged() {
    let kinds = |role: &str, names: &[&str]| {
        let (_, obligations) = built(&Case { role, ..Case::default() }.files());
        let about = obligations.iter().filter(|it| names.contains(&it.kind));
        about.map(|it| format!("{} {}", it.kind, it.subject)).collect::<Vec<_>>()
    };
    let salesforce = ["minimum-access-profile", "profile-as-read"];
    assert_eq!(kinds("salesforce: {profile: Everyday}", &salesforce), ["profile-as-read Everyday"]);
    assert_eq!(
        kinds("salesforce: {label: Rep}", &salesforce),
        ["minimum-access-profile Minimum Access - Salesforce"]
    );
    let dataverse = ["base-role", "base-role-as-read", "nothing-beside"];
    assert_eq!(kinds("dataverse: {base-role: Everyday}", &dataverse), ["base-role-as-read Everyday"]);
    assert_eq!(kinds("dataverse: {base-role: Nowhere}", &dataverse), ["base-role Nowhere"]);
    assert_eq!(kinds("dataverse: {name: Rep}", &dataverse), ["nothing-beside role assignments"]);
}

#[test]
fn a_base_role_counts_on_dataverse() {
    let broken = |role: &str, rights: Value| {
        let everyday = json!({"RolePrivilege": rights});
        Case { role, everyday, ..Case::default() }.found("matrix/never-broken")
    };
    let found = broken("dataverse: {base-role: Everyday}", json!({"prvReadAccount": ["Global"]}));
    let said = one(&found);
    assert!(said.contains("from the base role Everyday"), "{said}");
    assert!(broken("dataverse: {base-role: Everyday}", json!({"prvReadContact": ["Global"]})).is_empty());
    assert!(broken("dataverse: {name: Rep}", json!({"prvReadAccount": ["Global"]})).is_empty());
    let powers = |rights: Value| {
        let everyday = json!({"RolePrivilege": rights});
        let case = Case { role: "dataverse: {base-role: Everyday}", everyday, ..Case::default() };
        let project = on_disk(&case.files());
        let (found, _) = findings(project.path(), AS_OF);
        found.iter().filter(|it| it.id().starts_with("escalation/")).count()
    };
    assert!(powers(json!({"prvAssignRole": ["Global"]})) > powers(json!({"prvReadAccount": ["Global"]})));
}

#[test]
fn a_field_that_may_be_written_opens_in_the_rows_of_the_profile() {
    // Create and edit of a field are one permission: with rows that the profile lets people create, edit is create too.
    let promise = "tests: {fields: [rep cannot create deal.margin]}\n";
    let also = "also: [{of: [deal.margin], read: own, edit: own}]";
    let kept = |rights: &[&str]| {
        let everyday = json!({"objectPermissions": {"Opportunity": rights}});
        let role = format!("salesforce: {{profile: Everyday}}\n    {also}");
        let case = Case { role: &role, more: promise, everyday };
        let mut files = case.files();
        files[0].1 = files[0].1.replace("    never: [restricted]\n", "    never: [payment]\n");
        let (found, _) = findings(on_disk(&files).path(), AS_OF);
        !found.iter().any(|it| it.id() == "test/failed")
    };
    assert!(kept(&["allowRead"]));
    assert!(!kept(&["allowCreate", "allowRead"]));
}

#[test]
fn what_the_vendor_ships_is_told_on_both_platforms() {
    let told = |role: &str| {
        let mut files = Case { role, ..Case::default() }.files();
        files.truncate(1);
        let (found, _) = findings(on_disk(&files).path(), AS_OF);
        found.iter().filter(|it| it.id() == "privilege/broad-base-role").count()
    };
    assert_eq!((told("dataverse: {base-role: Basic User}"), told("dataverse: {base-role: Basic}")), (1, 0));
    let case = Case { role: "kind: employee", ..Case::default() };
    let mut files = case.files();
    files.truncate(1);
    files[0].1 = files[0].1.replace("\"66.0\"}", "\"66.0\", profile: Standard User}");
    let (found, _) = findings(on_disk(&files).path(), AS_OF);
    assert_eq!(found.iter().filter(|it| it.id() == "privilege/broad-base-role").count(), 1);
}

/// A wild project over a floor that grants what the seed says, named for everybody.
fn floored(seed: u64, is_named: bool, grants_any: bool) -> Files {
    let mut files = generate(&Params::wild(), seed);
    for (_, text) in files.iter_mut().filter(|_| is_named) {
        *text = text
            .replace("{api-version: \"66.0\"}", "{api-version: \"66.0\", profile: Everyday}")
            .replace("package: unmanaged}", "package: unmanaged, base-role: Everyday}");
    }
    for (platform, kind) in [("salesforce", "Profile"), ("dataverse", "Role")] {
        let grants = if grants_any { grants(platform, seed) } else { Grants::new() };
        let containers = json!([{"kind": kind, "name": "Everyday", "grants": grants}]);
        let inventory = json!({"format_version": 1, "platform": platform, "containers": containers});
        files.push((format!("inventory/{platform}.json"), inventory.to_string()));
    }
    files
}

/// What a floor grants on what wild projects have, and on more.
fn grants(platform: &str, seed: u64) -> Grants {
    let mut grants = Grants::new();
    let mut row = |kind: &str, key: String, rights: &[&str]| {
        let rights = rights.iter().map(|it| (*it).to_owned()).collect();
        grants.entry(kind.to_owned()).or_default().insert(key, rights);
    };
    for at in 1..=8 {
        let dice = seed as usize + at;
        if platform == "dataverse" {
            for verb in ["Read", "Write", "Append"].iter().skip(dice % 3) {
                let level = ["Basic", "Local", "Deep", "Global"][dice % 4];
                row("RolePrivilege", format!("prv{verb}gen_t{at}"), &[level]);
            }
            continue;
        }
        let rights: &[&str] = match dice % 4 {
            0 => &["allowRead"],
            1 => &["allowCreate", "allowRead"],
            2 => &["allowEdit", "allowRead", "viewAllRecords"],
            _ => &[],
        };
        row("objectPermissions", format!("Gen{at}__c"), rights);
        for field in (1..=6).skip(dice % 3).step_by(2) {
            row("fieldPermissions", format!("Gen{at}__c.F{field}__c"), &["editable", "readable"]);
        }
    }
    let powers = ["ExportReport", "ManageUsers", "ViewEncryptedData", "ApiEnabled"];
    if platform == "salesforce" {
        row("userPermissions", powers[seed as usize % 4].to_owned(), &["enabled"]);
    }
    grants
}

#[test]
fn a_floor_changes_no_byte_of_a_package() {
    for seed in 0..SEEDS {
        let (bare, without) = built(&floored(seed, false, true));
        assert!(!bare.is_empty());
        for grants_any in [false, true] {
            let (named, with) = built(&floored(seed, true, grants_any));
            assert_eq!(bare.keys().collect::<Vec<_>>(), named.keys().collect::<Vec<_>>(), "seed {seed}");
            for (path, bytes) in &bare {
                assert_eq!(
                    String::from_utf8_lossy(bytes),
                    String::from_utf8_lossy(&named[path]),
                    "seed {seed}: {path}"
                );
            }
            let others = |all: &[Obligation]| {
                let of_floor =
                    ["profile-as-read", "minimum-access-profile", "base-role-as-read", "nothing-beside"];
                all.iter().filter(|it| !of_floor.contains(&it.kind)).cloned().collect::<Vec<_>>()
            };
            assert!(others(&without) == others(&with), "seed {seed}");
        }
    }
}

#[test]
fn a_floor_takes_no_finding_away() {
    let found = |files: &Files| {
        let (found, _) = findings(on_disk(files).path(), AS_OF);
        let groups =
            ["class/", "duty/", "separate/", "escalation/", "guard/", "external/", "matrix/never-broken"];
        let about = found.iter().filter(|it| groups.iter().any(|group| it.id().starts_with(group)));
        let of_holder = |it: &ztam_source::finding::Finding| {
            let who = it.facts.iter().filter(|(key, _)| ["role", "together"].contains(key));
            let who: Vec<_> = who.map(|(key, value)| format!("{key} {value}")).collect();
            format!("{} {}", it.id(), who.join(" "))
        };
        about.map(of_holder).collect::<BTreeSet<_>>()
    };
    let mut more = 0;
    for seed in 0..SEEDS {
        let (bare, empty) = (found(&floored(seed, false, true)), found(&floored(seed, true, false)));
        assert_eq!(
            bare, empty,
            "seed {seed}: a floor that grants nothing, or that nobody names, says nothing"
        );
        let full = found(&floored(seed, true, true));
        let lost: Vec<_> = bare.difference(&full).collect();
        assert!(lost.is_empty(), "seed {seed}: {lost:#?}");
        more += full.difference(&bare).count();
    }
    assert!(more > 20, "{more} more are found: the floor is hardly anything");
}
