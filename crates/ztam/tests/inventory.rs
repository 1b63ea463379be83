//! `ztam inventory` as people and scripts see it.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test fails where something is missing"
)]

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

fn ztam(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::cargo_bin("ztam").unwrap();
    let output = command.env_clear().current_dir(folder).args(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

const SPACE: &str = "http://soap.sforce.com/2006/04/metadata";

fn object(sharing: &str) -> String {
    format!(
        "<CustomObject xmlns=\"{SPACE}\"><label>Claim</label><sharingModel>{sharing}</sharingModel></CustomObject>"
    )
}

fn field(name: &str, class: &str) -> String {
    format!(
        "<CustomField xmlns=\"{SPACE}\"><fullName>{name}</fullName><type>Text</type><securityClassification>{class}</securityClassification></CustomField>"
    )
}

const PROFILE: &str = "<Profile xmlns=\"http://soap.sforce.com/2006/04/metadata\"><objectPermissions>\
    <allowRead>true</allowRead><object>Account</object></objectPermissions><objectPermissions>\
    <allowRead>false</allowRead><object>Case</object></objectPermissions></Profile>";

/// A project and an org beside it.
fn both() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let put = |path: &str, text: &str| {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    let matrix = "ztam: 1\nproject: p\nowner: a@b.example\nclasses: # ordered\n  - id: internal\n  - id: restricted\n\
                  domains:\n  sales: {title: Sales}\nassets:\n  account: # ours\n    class: internal\n    domains: [sales]\n    \
                  salesforce: {object: Account}\n    fields:\n      iban: {salesforce: Iban__c} # keep\n";
    put("p/ztam.yaml", matrix);
    let at = "org/force-app/main/default/objects";
    put(&format!("{at}/Claim__c/Claim__c.object-meta.xml"), &object("Private"));
    put(&format!("{at}/Claim__c/fields/Sum__c.field-meta.xml"), &field("Sum__c", "Confidential"));
    put(&format!("{at}/Account/fields/Iban__c.field-meta.xml"), &field("Iban__c", "Restricted"));
    put("org/force-app/main/default/profiles/Clerk.profile-meta.xml", PROFILE);
    folder
}

#[test]
fn proposals_are_shown_then_applied_then_settled() {
    let folder = both();
    let matrix = || fs::read_to_string(folder.path().join("p/ztam.yaml")).unwrap();
    let before = matrix();
    let (code, diff, told) = ztam(folder.path(), &["inventory", "org", "--into", "p"]);
    assert_eq!((code, matrix()), (0, before.clone()), "{told}");
    assert!(diff.contains("-      iban: {salesforce: Iban__c} # keep\n+      iban: {class: restricted, salesforce: Iban__c} # keep\n"), "{diff}");
    assert!(
        diff.contains("+  - id: confidential\n") && diff.contains("+++ b/salesforce-classified.ztam.yaml\n"),
        "{diff}"
    );
    assert!(
        told.contains("Confidential becomes a new class, confidential") && told.contains("`--apply`"),
        "{told}"
    );
    assert_eq!(ztam(folder.path(), &["inventory", "org", "--into", "p", "--apply"]).0, 0);
    let expected = before
        .replace(
            "  - id: restricted\n",
            "  - id: confidential\n    title: Confidential\n  - id: restricted\n",
        )
        .replace("{salesforce: Iban__c}", "{class: restricted, salesforce: Iban__c}");
    assert_eq!(matrix(), expected);
    let (code, diff, told) = ztam(folder.path(), &["inventory", "org", "--into", "p", "--apply"]);
    assert_eq!((code, diff.as_str(), matrix()), (0, "", expected), "{told}");
    assert!(told.contains("as before") && told.contains("1 right that they grant"), "{told}");
    let (code, _, told) = ztam(folder.path(), &["check", "p"]);
    assert_eq!(code, 0, "{told}");
}

#[test]
fn an_earlier_inventory_is_joined_and_nothing_else_is_written_over() {
    let folder = both();
    let inventory = folder.path().join("p/inventory/salesforce.json");
    let run = |arguments: &[&str]| {
        let all: Vec<_> = ["inventory"].iter().chain(arguments).chain(&["--into", "p"]).copied().collect();
        ztam(folder.path(), &all)
    };
    assert_eq!(run(&["org"]).0, 0);
    fs::create_dir_all(folder.path().join("later/objects")).unwrap();
    fs::write(folder.path().join("later/objects/Claim__c.object"), object("ReadWrite")).unwrap();
    let (code, _, told) = run(&["later"]);
    assert!(code == 0 && told.contains("Claim__c has changed: sharing"), "{told}");
    let joined = fs::read_to_string(&inventory).unwrap();
    assert!(
        joined.contains("ReadWrite")
            && joined.contains("Iban__c")
            && joined.contains("Clerk")
            && joined.contains("allowRead")
            && !joined.contains("Case"),
        "{joined}"
    );
    assert_eq!(run(&["later", "--replace"]).0, 0);
    assert!(!fs::read_to_string(&inventory).unwrap().contains("Iban__c"));
    fs::write(&inventory, "{\"mine\": true}").unwrap();
    let (code, _, told) = run(&["later", "--replace"]);
    assert!(code == 2 && told.contains("is no inventory"), "{told}");
    assert_eq!(fs::read_to_string(&inventory).unwrap(), "{\"mine\": true}");
}

#[test]
fn what_cannot_be_read_writes_nothing() {
    let folder = both();
    let bad = "org/force-app/main/default/objects/Account/fields/Bad__c.field-meta.xml";
    fs::write(folder.path().join(bad), "<!DOCTYPE a [<!ENTITY e SYSTEM 'x'>]><a>&e;</a>").unwrap();
    let (code, out, told) = ztam(folder.path(), &["inventory", "org", "--into", "p"]);
    assert_eq!((code, out.as_str()), (3, ""), "{told}");
    assert!(told.contains("read/malformed") && told.contains("Bad__c.field-meta.xml:1:1"), "{told}");
    assert!(!folder.path().join("p/inventory").exists());
    fs::write(folder.path().join("notes.txt"), "nothing").unwrap();
    assert_eq!(ztam(folder.path(), &["inventory", "notes.txt", "--out", "-"]).0, 2);
}

#[test]
fn exported_rights_come_before_the_catalogue() {
    let folder = both();
    let csv = "Permission,PermissionType,RequiredPermission,RequiredPermissionType\nExportReport,User Permission,MyOwnOne,User Permission\n";
    fs::write(folder.path().join("dump.csv"), csv).unwrap();
    let privileges = "{\"value\": [{\"name\": \"prvReadacme_Claim\", \"canbebasic\": true, \"canbelocal\": false, \"canbedeep\": false, \"canbeglobal\": true}]}";
    fs::write(folder.path().join("privileges.json"), privileges).unwrap();
    let (code, out, told) = ztam(folder.path(), &["inventory", "dump.csv", "--out", "-"]);
    assert!(code == 0 && out.contains("\"MyOwnOne\"") && out.contains("\"partial\""), "{told}");
    let (code, _, told) = ztam(folder.path(), &["inventory", "dump.csv", "privileges.json", "--into", "p"]);
    assert_eq!(code, 0, "{told}");
    let dataverse = fs::read_to_string(folder.path().join("p/inventory/dataverse.json")).unwrap();
    assert!(
        dataverse.contains("\"Basic\"")
            && dataverse.contains("\"Global\"")
            && !dataverse.contains("\"Deep\"")
    );
    let (code, _, _) = ztam(folder.path(), &["inventory", "dump.csv", "privileges.json", "--out", "x.json"]);
    assert_eq!(code, 2, "two platforms do not fit into one file");
}

#[test]
fn what_stands_beside_an_inventory_stays() {
    let folder = both();
    let place = |path: &str| folder.path().join("p").join(path);
    fs::create_dir_all(place("inventory")).unwrap();
    fs::write(place("inventory/salesforce.json.new"), "mine").unwrap();
    fs::write(place("ztam.yaml.new"), "mine too").unwrap();
    let (code, _, told) = ztam(folder.path(), &["inventory", "org", "--into", "p", "--apply"]);
    assert_eq!(code, 0, "{told}");
    assert_eq!(fs::read_to_string(place("inventory/salesforce.json.new")).unwrap(), "mine");
    assert_eq!(fs::read_to_string(place("ztam.yaml.new")).unwrap(), "mine too");
    assert!(fs::read_to_string(place("inventory/salesforce.json")).unwrap().contains("Claim__c"));
    assert!(!place("inventory/salesforce.json.new-2").exists() && !place("ztam.yaml.new-2").exists());
}

#[test]
fn machines_read_one_document() {
    let folder = both();
    let entity = "<Entity><EntityInfo><entity Name=\"acme_Claim\"><attributes><attribute PhysicalName=\"acme_Iban\">\
        <Type>nvarchar</Type><LogicalName>acme_iban</LogicalName><IsSecured>1</IsSecured></attribute></attributes>\
        <OwnershipTypeMask>UserOwned</OwnershipTypeMask></entity></EntityInfo></Entity>";
    fs::create_dir_all(folder.path().join("org/Entities/acme_Claim")).unwrap();
    fs::write(folder.path().join("org/Entities/acme_Claim/Entity.xml"), entity).unwrap();
    fs::create_dir_all(folder.path().join("org/.git")).unwrap();
    let from = ["inventory", "org", "org/force-app/main/default/profiles"];
    let run = |rest: &[&str]| ztam(folder.path(), &[&from, rest].concat());
    let (code, out, told) = run(&["--into", "p", "--output", "json"]);
    assert_eq!(
        (code, told.as_str()),
        (0, "nothing of the matrix was changed; `--apply` writes these edits\n")
    );
    let report: Value = serde_json::from_str(&out).unwrap();
    let read = serde_json::json!([
        {"path": "org", "read": [{"platform": "dataverse", "files": 1}, {"platform": "salesforce", "files": 3}], "names": 0},
        {"path": "org/force-app/main/default/profiles", "read": [{"platform": "salesforce", "files": 1}], "names": 0},
    ]);
    assert_eq!((&report["sources"], &report["left_out"]), (&read, &serde_json::json!(["org/.git"])));
    let findings: Vec<_> = report["findings"].as_array().unwrap().iter().map(|it| &it["rule"]).collect();
    assert_eq!(findings, ["read/missing-part", "read/no-project"]);
    let [dataverse, salesforce] = report["platforms"].as_array().unwrap().as_slice() else {
        panic!("{report:#}")
    };
    assert_eq!(
        (&dataverse["found"]["secured"], &dataverse["matrix"]["unbound"][0]),
        (&1.into(), &"acme_claim".into())
    );
    assert_eq!((&salesforce["state"], &salesforce["inventory"]["granted"]), (&"new".into(), &1.into()));
    assert_eq!(salesforce["matrix"]["unbound"], serde_json::json!(["Claim__c"]));
    let proposed = serde_json::json!([
        {"field": "Account.Iban__c", "class": "restricted", "classification": "Restricted", "compliance": [], "secured": null},
        {"field": "Claim__c.Sum__c", "class": "confidential", "classification": "Confidential", "compliance": [], "secured": null},
    ]);
    assert_eq!(salesforce["matrix"]["proposed"], proposed);
    assert_eq!(report["applied"], false);
    let edits: Vec<_> = report["edits"].as_array().unwrap().iter().map(|it| &it["path"]).collect();
    assert_eq!(edits, ["dataverse-classified.ztam.yaml", "salesforce-classified.ztam.yaml", "ztam.yaml"]);
    // A file leaves the standard output stream to people, and people see nothing of the document.
    let (code, out, _) = run(&["--into", "p", "--apply", "--output", "json=report.json"]);
    assert!(code == 0 && out.starts_with("--- ") && !out.contains("format_version"), "{out}");
    let report: Value =
        serde_json::from_str(&fs::read_to_string(folder.path().join("report.json")).unwrap()).unwrap();
    assert_eq!((&report["applied"], &report["platforms"][1]["state"]), (&true.into(), &"same".into()));
    let (code, _, told) = ztam(folder.path(), &["check", "p"]);
    assert_eq!(code, 0, "{told}");
}

#[test]
fn two_documents_are_never_printed_at_once() {
    let folder = both();
    let (code, out, told) = ztam(folder.path(), &["inventory", "org", "--out", "-", "--output", "json"]);
    assert!(code == 2 && out.is_empty() && told.contains("would both be printed"), "{told}");
    let line = ["inventory", "org", "--out", "-", "--output", "json=report.json"];
    let (code, out, told) = ztam(folder.path(), &line);
    assert!(code == 0 && out.contains("\"platform\": \"salesforce\""), "{told}");
    let report = fs::read_to_string(folder.path().join("report.json")).unwrap();
    assert!(report.contains("\"state\": \"printed\"") && report.contains("\"matrix\": null"), "{report}");
    let bad = "org/force-app/main/default/objects/Account/fields/Bad__c.field-meta.xml";
    fs::write(folder.path().join(bad), "<a").unwrap();
    let (code, out, _) = ztam(folder.path(), &["inventory", "org", "--into", "p", "--output", "json"]);
    assert!(code == 3 && out.contains("read/malformed") && !out.contains("platforms"), "{out}");
}
