//! `ztam plan` as people and scripts see it: a copy of a build with one change planted is told by exactly that change.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test fails where something is missing"
)]

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

const SETS: &str = "salesforce/force-app/main/default/permissionsets";
const REP: &str = "SalesRep.permissionset-meta.xml";
const ROLE: &str = "dataverse/solution/Roles/Support Agent.xml";
const PROFILES: &str = "dataverse/solution/Other/FieldSecurityProfiles.xml";

fn ztam(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::cargo_bin("ztam").unwrap();
    command.env_clear().env("ZTAM_AS_OF", "2026-09-20").env("COLUMNS", "80");
    let output = command.current_dir(folder).args(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// A copy of the example, built into `live`.
struct Org(TempDir);

impl Org {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../matrices/acme-crm");
        copy(&example, &folder.path().join("matrix"));
        let org = Self(folder);
        let (code, _, err) =
            ztam(org.0.path(), &["build", "matrix", "--env", "prod", "--out", "live", "--quiet"]);
        assert_eq!(code, 0, "{err}");
        org
    }

    fn path(&self, file: &str) -> PathBuf {
        self.0.path().join(file)
    }

    fn text(&self, file: &str) -> String {
        fs::read_to_string(self.path(file)).unwrap()
    }

    fn edit(&self, file: &str, from: &str, to: &str) {
        let text = self.text(file);
        assert!(text.contains(from), "{file} has no {from:?}");
        fs::write(self.path(file), text.replacen(from, to, 1)).unwrap();
    }

    fn plan(&self, more: &[&str]) -> (i32, Value) {
        let arguments = [&["plan", "matrix", "--env", "prod", "--output", "json"], more].concat();
        let (code, out, err) = ztam(self.0.path(), &arguments);
        assert!(out.starts_with('{'), "{code} {out} {err}");
        (code, serde_json::from_str(&out).unwrap())
    }

    /// Plants a change, expects it to be told alone, with and without the manifest, and takes it back.
    fn planted(&self, file: &str, from: &str, to: &str, sentence: &str, is_wider: bool) {
        let before = self.text(file);
        self.edit(file, from, to);
        let level = if is_wider { "wider" } else { "drift" };
        assert_eq!(self.told(&["--against", "live"]), (5, level.into(), vec![sentence.into()]), "{file}");
        let apart = ["--against", "live/salesforce", "--against", "live/dataverse/solution"];
        let level = if is_wider { "wider" } else { "different" };
        assert_eq!(self.told(&apart), (5, level.into(), vec![sentence.into()]), "{file}");
        fs::write(self.path(file), before).unwrap();
    }

    /// Exit code, level and all sentences.
    fn told(&self, more: &[&str]) -> (i32, String, Vec<String>) {
        let (code, plan) = self.plan(more);
        let containers = plan["containers"].as_array().unwrap();
        let differences = containers.iter().flat_map(|it| it["differences"].as_array().unwrap());
        let sentences = differences.map(|it| it["sentence"].as_str().unwrap().to_owned()).collect();
        assert_eq!(plan["elsewhere"], Value::Array(Vec::new()));
        (code, plan["level"].as_str().unwrap().to_owned(), sentences)
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn between<'t>(text: &'t str, from: &str, to: &str) -> &'t str {
    text.split_once(from).unwrap().1.split_once(to).unwrap().0
}

#[test]
fn an_untouched_copy_has_no_difference() {
    let org = Org::new();
    assert_eq!(org.told(&["--against", "live"]), (0, "same".into(), Vec::new()));
    let packed = fs::read_dir(org.path("live/dataverse")).unwrap().map(|it| it.unwrap().path());
    let packed = packed.filter(|it| it.extension().is_some_and(|it| it == "zip")).collect::<Vec<_>>();
    let (code, plan) = org.plan(&["--against", packed[0].to_str().unwrap()]);
    assert_eq!((code, plan["level"].as_str()), (0, Some("same")), "the solution as zip");
    assert_eq!(plan["platforms"][1]["compared"], false, "nothing of Salesforce was given");
    let (code, _, err) = ztam(org.0.path(), &["plan", "matrix", "--env", "prod", "--against", "live"]);
    assert!(code == 0 && err.ends_with("\nlive is what the matrix says\n"), "{err}");
    let (code, _, err) = ztam(org.0.path(), &["plan", "matrix", "--env", "prod", "--against", "matrix"]);
    assert!(code == 2 && err.contains("nothing of the platforms"), "{err}");
}

#[test]
fn each_change_of_a_permission_set_is_told_alone() {
    let org = Org::new();
    let rep = &format!("live/{SETS}/{REP}");
    let added =
        "<userPermissions><enabled>true</enabled><name>ViewSetup</name></userPermissions></PermissionSet>";
    org.planted(rep, "</PermissionSet>", added, "loses user permission ViewSetup: enabled", true);
    let app = "<application>standard__Sales</application>\n        <visible>true";
    let hidden = app.replace("true", "false");
    org.planted(rep, app, &hidden, "gains app standard__Sales: visible", false);
    let rows = "<object>Access_Request__c</object>\n        <viewAllRecords>false";
    let sentence = "loses object Access_Request__c: read every record";
    org.planted(rep, rows, &rows.replace("false", "true"), sentence, true);
    let field = "<editable>false</editable>\n        <field>Knowledge__kav.Answer__c";
    let sentence = "loses field Knowledge__kav.Answer__c: edit";
    org.planted(rep, field, &field.replace("false", "true"), sentence, true);
    let sentence = "licence: \"Salesforce\" live, nothing in the matrix";
    org.planted(
        rep,
        "    <objectPermissions>",
        "    <license>Salesforce</license><objectPermissions>",
        sentence,
        false,
    );
    let sentence = "label: \"Rep\" live, \"Sales Rep\" in the matrix";
    org.planted(rep, "<label>Sales Rep<", "<label>Rep<", sentence, false);
    let glass = &format!("live/{SETS}/BreakGlass_Mfa_Session.permissionset-meta.xml");
    let sentence = "in force: \"always\" live, \"only in a session that activates it\" in the matrix";
    org.planted(glass, "Required>true<", "Required>false<", sentence, true);
    let described = org.text(rep);
    let described = between(&described, "<description>", "</description>");
    let sentence = format!("description: \"Mine\" live, \"{described}\" in the matrix");
    org.planted(rep, described, "Mine", &sentence, false);
    // The name of a set is the name of its file.
    fs::rename(org.path(rep), org.path(&rep.replace("SalesRep", "Seller"))).unwrap();
    let sentence = "name: \"Seller\" live, \"SalesRep\" in the matrix";
    assert_eq!(org.told(&["--against", "live"]), (5, "drift".into(), vec![sentence.into()]));
}

#[test]
fn each_change_of_a_role_is_told_alone() {
    let org = Org::new();
    let role = &format!("live/{ROLE}");
    let added = "<RolePrivilege name=\"prvDeleteContact\" level=\"Basic\" /></RolePrivileges>";
    org.planted(role, "</RolePrivileges>", added, "loses privilege prvDeleteContact: own rows", true);
    let read = "<RolePrivilege name=\"prvReadAccount\" level=\"Local\" />";
    org.planted(role, read, "", "gains privilege prvReadAccount: the business unit", false);
    let sentence = "loses privilege prvReadAccount: the organisation, and keeps the business unit";
    org.planted(role, read, &read.replace("Local", "Global"), sentence, true);
    let sentence = "gains privilege prvReadAccount: the business unit, up from own rows";
    org.planted(role, read, &read.replace("Local", "Basic"), sentence, false);
    let sentence = "given: \"to every new user\" live, \"by assignment\" in the matrix";
    org.planted(role, "AutoAssigned>0<", "AutoAssigned>1<", sentence, true);
    let sentence = "a team's member has: \"rows of the team only\" live, \"own rows too\" in the matrix";
    org.planted(role, "isinherited=\"1\"", "isinherited=\"0\"", sentence, false);
    let sentence = "name: \"Agent\" live, \"Support Agent\" in the matrix";
    org.planted(role, "name=\"Support Agent\"", "name=\"Agent\"", sentence, false);
    let text = org.text(role);
    let id = between(&text, "id=\"{", "}");
    let other = "11111111-2222-5333-8444-555555555555";
    let sentence = format!("id: \"{other}\" live, \"{id}\" in the matrix");
    org.planted(role, id, other, &sentence, false);
    let described = between(&text, "<Description>", "</Description>");
    let sentence = format!("description: \"Mine\" live, \"{described}\" in the matrix");
    org.planted(role, described, "Mine", &sentence, false);
    let profiles = &format!("live/{PROFILES}");
    let column = "<AttributeName>revenue</AttributeName>\n        <CanRead>4</CanRead>\n        <CanUpdate>0";
    let opened = column.replace("CanUpdate>0", "CanUpdate>4");
    org.planted(profiles, column, &opened, "loses column account.revenue: edit", true);
}

#[test]
fn what_is_of_others_is_named_and_no_drift() {
    let org = Org::new();
    let other = org.text(&format!("live/{SETS}/{REP}")).replacen("<label>Sales Rep<", "<label>Theirs<", 1);
    fs::write(org.path(&format!("live/{SETS}/Marketing_Read.permissionset-meta.xml")), other).unwrap();
    let (code, plan) = org.plan(&["--against", "live"]);
    assert_eq!((code, plan["level"].as_str()), (0, Some("same")));
    assert_eq!(plan["elsewhere"][0]["name"], "Marketing_Read");
    assert_eq!(plan["containers"], Value::Array(Vec::new()));
}

#[test]
fn what_the_matrix_changes_is_apart_from_drift() {
    let org = Org::new();
    fs::rename(org.path("live"), org.path("built")).unwrap();
    copy(&org.path("built"), &org.path("live"));
    fs::remove_file(org.path("live/ztam-manifest.json")).unwrap();
    let apart = ["--built", "built", "--against", "live/salesforce", "--against", "live/dataverse/solution"];
    assert_eq!(org.told(&apart), (0, "same".into(), Vec::new()));
    let file = roles(&org);
    org.edit(&file, "Solves the cases of their service centre", "Solves cases");
    let (code, plan) = org.plan(&apart);
    assert_eq!((code, plan["level"].as_str()), (0, Some("change")), "what is meant is no drift");
    assert!(plan["containers"].as_array().unwrap().iter().all(|it| it["origin"] == "change"));
    let read = "<RolePrivilege name=\"prvReadAccount\" level=\"Local\" />";
    org.edit(&format!("live/{ROLE}"), read, "");
    let (code, _, err) = {
        let arguments = [&["plan", "matrix", "--env", "prod"], apart.as_slice()].concat();
        ztam(org.0.path(), &arguments)
    };
    assert_eq!(code, 5);
    let (drift, change) = err.split_once("\nIntended: ").unwrap();
    assert!(drift.contains("gains privilege prvReadAccount: the business unit"), "{err}");
    assert!(!drift.contains("description") && change.contains("description: \"Solves the cases"), "{err}");
    assert!(err.lines().all(|line| line.chars().count() <= 80), "{err}");
    // The build is what it is asked about: one that was changed says nothing.
    org.edit(&format!("built/{ROLE}"), read, "");
    let arguments = [&["plan", "matrix", "--env", "prod"], apart.as_slice()].concat();
    let (code, _, err) = ztam(org.0.path(), &arguments);
    assert!(code == 2 && err.contains("does not say what was built"), "{err}");
}

#[test]
fn what_a_build_made_and_the_matrix_has_no_more_is_wider_until_it_goes() {
    let org = Org::new();
    let gone = org.text(&format!("live/{SETS}/{REP}"));
    // A set of the build's own that the matrix does not have: the manifest says that we made it.
    fs::rename(org.path("live"), org.path("built")).unwrap();
    let file = format!("{SETS}/Old_Role.permissionset-meta.xml");
    fs::write(org.path(&format!("built/{file}")), &gone).unwrap();
    let manifest = org.text("built/ztam-manifest.json");
    let mut parsed: Value = serde_json::from_str(&manifest).unwrap();
    let is_rep = |it: &&Value| it["path"].as_str().unwrap().ends_with(REP);
    let mut old = parsed["outputs"].as_array().unwrap().iter().find(is_rep).unwrap().clone();
    old["path"] = Value::String(file);
    parsed["outputs"].as_array_mut().unwrap().push(old);
    fs::write(org.path("built/ztam-manifest.json"), serde_json::to_string(&parsed).unwrap()).unwrap();
    let (code, plan) = org.plan(&["--against", "built"]);
    assert_eq!((code, plan["level"].as_str()), (5, Some("wider")));
    let only = &plan["containers"][0];
    assert_eq!((only["name"].as_str(), only["verdict"].as_str()), (Some("Old_Role"), Some("remove")));
    assert_eq!((only["origin"].as_str(), plan["elsewhere"].as_array().unwrap().len()), (Some("change"), 0));
}

/// The source file with the role that the tests change.
fn roles(org: &Org) -> String {
    let folder = org.path("matrix/roles");
    let names = fs::read_dir(folder).unwrap().map(|it| it.unwrap().file_name().into_string().unwrap());
    let mut files = names.map(|name| format!("matrix/roles/{name}"));
    files.find(|file| org.text(file).contains("Solves the cases of their service centre")).unwrap()
}
