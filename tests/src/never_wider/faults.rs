//! The judge judged: faults planted into a package, each of which must be caught.

use crate::platform_model::facts::Facts;
use crate::platform_model::{Container, Emission, Names};

use super::build::Product;
use super::judge::Case;

const MATRIX: &str = r#"
ztam: 1
project: faults
classes: [{id: internal}, {id: confidential}, {id: restricted}]
conditions:
  mfa:
    salesforce: {by: external, control: Sign-in policy}
    dataverse: {by: external, control: Sign-in policy}
  session:
    salesforce: {by: session-activation}
    dataverse: {by: external, control: Activation}
domains: {sales: {title: Sales}}
assets:
  deal:
    class: internal
    domains: [sales]
    salesforce: {object: Deal__c, custom: true, sharing: private, external-sharing: private}
    dataverse: {table: gen_deal, ownership: user, schema-name: gen_deal}
    fields:
      margin: {class: confidential, salesforce: Margin__c, dataverse: gen_margin}
      note: {salesforce: Note__c, dataverse: gen_note}
  visit:
    class: internal
    domains: [sales]
    salesforce: {object: Visit__c, custom: true, sharing: private, external-sharing: private}
    dataverse: {table: gen_visit, ownership: user, schema-name: gen_visit}
  ledger:
    class: restricted
    domains: [sales]
    salesforce: {object: Ledger__c, custom: true, sharing: private, external-sharing: private}
    dataverse: {table: gen_ledger, ownership: user, schema-name: gen_ledger}
  rate:
    class: restricted
    domains: [sales]
    dataverse: {table: gen_rate, ownership: organization, schema-name: gen_rate}
capabilities:
  export:
    risk: high
    salesforce: {user-permissions: [RunReports]}
    dataverse: {privileges: {prvExportToExcel: org}}
roles:
  base: {purpose: Shared, abstract: true, within: [sales], may: {internal: {read: own}}}
  rep:
    purpose: Sells
    platforms: [salesforce, dataverse]
    within: [sales]
    may: {internal: {read: team, create: own, edit: own}}
    also: [{of: [ledger], read: unit, when: [mfa]}]
  manager:
    purpose: Leads
    platforms: [salesforce, dataverse]
    within: [sales]
    extends: [rep]
    holds: [export]
    may: {confidential: {read: team}}
    also:
      - {of: [ledger], read: unit, edit: own, when: [session]}
      - {of: [rate], read: org}
  auditor:
    purpose: Looks
    platforms: [salesforce, dataverse]
    within: [sales]
    may: {internal: {read: org}}
temporary:
  T-1:
    role: auditor
    within: [sales]
    also: [{of: [ledger], read: own}]
    reason: Year end
    owner: a@gen.example
    approved-by: [b@gen.example]
    from: 2026-09-15
    until: 2026-10-10
responsibilities:
  controls:
    statement: Controls are on
    party: customer
    owner: a@gen.example
    evidence: https://wiki.gen.example/controls
    verified: 2026-08-30
    attests: [mfa, session]
environments:
  prod:
    salesforce: {api-version: "66.0"}
    dataverse: {solution: Faults, version: 1.0.0.0, publisher: gen, prefix: gen, option-prefix: 10000, language: 1033, package: unmanaged}
"#;

const INVENTORY: &str = r#"{"format_version": 1, "platform": "dataverse", "objects":
{"gen_deal": {"fields": {"gen_margin": {"securable": true, "secured": true}, "gen_note": {"securable": true, "secured": true}}}}}"#;

const DAY: &str = "2026-10-01";
const LATER: &str = "2026-10-11";

/// What a fault changes: the package, and what the reader is told about the org.
type Plant = fn(&mut Emission, &mut Facts);

fn set_path(name: &str) -> String {
    format!("force-app/main/default/permissionsets/{name}.permissionset-meta.xml")
}

/// Changes one element of a file, found by something in it.
fn change(text: &mut String, element: &str, has: &str, from: &str, to: &str) {
    let (open, close) = (format!("<{element}>"), format!("</{element}>"));
    let blocks: Vec<_> = text.match_indices(&open).map(|(start, _)| start).collect();
    for start in blocks {
        let end = start + text.get(start..).unwrap().find(&close).unwrap() + close.len();
        let block = text.get(start..end).unwrap();
        if block.contains(has) {
            assert!(block.contains(from), "{from} in {block}");
            let changed = block.replacen(from, to, 1);
            text.replace_range(start..end, &changed);
            return;
        }
    }
    panic!("no {element} with {has} in {text}");
}

fn object(emission: &mut Emission, set: &str, object: &str, right: &str) {
    let text = emission.salesforce.get_mut(&set_path(set)).unwrap_or_else(|| panic!("no set {set}"));
    let (from, to) = (format!("<{right}>false"), format!("<{right}>true"));
    change(text, "objectPermissions", &format!("<object>{object}<"), &from, &to);
}

fn into_set(emission: &mut Emission, set: &str, row: &str) {
    let text = emission.salesforce.get_mut(&set_path(set)).unwrap_or_else(|| panic!("no set {set}"));
    *text = text.replace("</PermissionSet>", &format!("{row}</PermissionSet>"));
}

fn role_text<'e>(emission: &'e mut Emission, role: &str) -> &'e mut String {
    let path = format!("solution/Roles/{role}.xml");
    let names: Vec<_> = emission.dataverse.keys().cloned().collect();
    emission.dataverse.get_mut(&path).unwrap_or_else(|| panic!("no {path} in {names:?}"))
}

fn privilege(emission: &mut Emission, role: &str, name: &str, level: &str) {
    let row = format!("<RolePrivilege name=\"{name}\" level=\"{level}\" /></RolePrivileges>");
    let text = role_text(emission, role);
    *text = text.replace("</RolePrivileges>", &row);
}

fn level(emission: &mut Emission, role: &str, name: &str, from: &str, to: &str) {
    let (from, to) = (format!("\"{name}\" level=\"{from}\""), format!("\"{name}\" level=\"{to}\""));
    let text = role_text(emission, role);
    assert!(text.contains(&from), "{from} in {text}");
    *text = text.replace(&from, &to);
}

fn column(emission: &mut Emission, name: &str, from: &str, to: &str) {
    let text = emission.dataverse.get_mut("solution/Other/FieldSecurityProfiles.xml").unwrap();
    change(text, "FieldPermission", &format!("<AttributeName>{name}<"), from, to);
}

fn container<'e>(emission: &'e mut Emission, kind: &str, name: &str) -> &'e mut Container {
    let all: Vec<_> = emission.containers.iter().map(|it| (it.kind, it.name.clone())).collect();
    emission
        .containers
        .iter_mut()
        .find(|it| it.kind == kind && it.name == name)
        .unwrap_or_else(|| panic!("no {kind} {name} in {all:?}"))
}

fn group(emission: &mut Emission, role: &str, member: &str) {
    let name = "Some_Group";
    let text = format!("<PermissionSetGroup><permissionSets>{member}</permissionSets></PermissionSetGroup>");
    let path = format!("force-app/main/default/permissionsetgroups/{name}.permissionsetgroup-meta.xml");
    emission.salesforce.insert(path, text);
    emission.containers.push(Container {
        kind: "PermissionSetGroup",
        name: name.to_owned(),
        role: role.to_owned(),
        conditions: Names::new(),
        temporaries: Names::new(),
        is_for_teams: false,
    });
}

const SALESFORCE: &[(&str, Plant)] = &[
    ("delete added to an object", |it, _| object(it, "Rep", "Deal__c", "allowDelete")),
    ("edit added to an object", |it, _| object(it, "Auditor", "Deal__c", "allowEdit")),
    ("create added to an object", |it, _| object(it, "Auditor", "Visit__c", "allowCreate")),
    ("View All set", |it, _| object(it, "Rep", "Deal__c", "viewAllRecords")),
    ("Modify All set", |it, _| object(it, "Rep", "Deal__c", "modifyAllRecords")),
    ("an object added", |it, _| {
        into_set(
            it,
            "Auditor",
            "<objectPermissions><allowRead>true</allowRead><object>Ledger__c</object></objectPermissions>",
        );
    }),
    ("an object that no asset is added", |it, _| {
        into_set(
            it,
            "Auditor",
            "<objectPermissions><allowRead>true</allowRead><object>Case</object></objectPermissions>",
        );
    }),
    ("View All Fields set", |it, _| {
        let text = it.salesforce.get_mut(&set_path("Rep")).unwrap();
        change(
            text,
            "objectPermissions",
            "<object>Deal__c<",
            "</object>",
            "</object><viewAllFields>true</viewAllFields>",
        );
    }),
    ("a field added", |it, _| {
        into_set(
            it,
            "Rep",
            "<fieldPermissions><field>Deal__c.Margin__c</field><readable>true</readable></fieldPermissions>",
        );
    }),
    ("a field that no field is added", |it, _| {
        into_set(
            it,
            "Rep",
            "<fieldPermissions><field>Deal__c.Other__c</field><readable>true</readable></fieldPermissions>",
        );
    }),
    ("create and edit leaked through editable", |it, _| {
        let text = it.salesforce.get_mut(&set_path("Manager")).unwrap();
        change(text, "fieldPermissions", "Deal__c.Margin__c", "<editable>false", "<editable>true");
    }),
    ("a condition lost", |it, _| container(it, "PermissionSet", "Rep_Mfa").conditions.clear()),
    ("activation lost", |it, _| {
        let text = it.salesforce.get_mut(&set_path("Manager_Session")).unwrap();
        *text = text.replace("<hasActivationRequired>true", "<hasActivationRequired>false");
    }),
    ("a session set put into a group", |it, _| group(it, "manager", "Manager_Session")),
    ("a temporary set put into a group", |it, _| group(it, "auditor", "Auditor_T_1")),
    ("another role's set put into a group", |it, _| group(it, "auditor", "Rep")),
    ("a temporary set held for good", |it, _| {
        container(it, "PermissionSet", "Auditor_T_1").temporaries.clear()
    }),
    ("a set given to another role", |it, _| {
        container(it, "PermissionSet", "Manager").role = "auditor".to_owned()
    }),
    ("a set given to a building block", |it, _| {
        container(it, "PermissionSet", "Rep").role = "base".to_owned()
    }),
    ("Modify All Data added", |it, _| {
        into_set(
            it,
            "Rep",
            "<userPermissions><enabled>true</enabled><name>ModifyAllData</name></userPermissions>",
        );
    }),
    ("a capability's right in a role without it", |it, _| {
        into_set(
            it,
            "Rep",
            "<userPermissions><enabled>true</enabled><name>RunReports</name></userPermissions>",
        );
    }),
    ("a set that nobody asked for", |it, _| {
        it.salesforce.insert(set_path("Extra"), "<PermissionSet/>".to_owned());
    }),
    ("a profile", |it, _| {
        let path = "force-app/main/default/profiles/Admin.profile-meta.xml";
        it.salesforce.insert(path.to_owned(), "<Profile/>".to_owned());
    }),
    ("sharing open by default", |_, facts| {
        facts.objects.get_mut("deal").unwrap().sharing = "Read".to_owned()
    }),
    ("a field that takes no permissions", |_, facts| {
        facts.objects.get_mut("deal").unwrap().without_permissions.insert("Margin__c".to_owned());
    }),
];

const DATAVERSE: &[(&str, Plant)] = &[
    ("one depth up", |it, _| level(it, "Rep - mfa", "prvReadgen_ledger", "Local", "Deep")),
    ("own raised to unit", |it, _| level(it, "Rep", "prvCreategen_deal", "Basic", "Local")),
    ("own raised to everything", |it, _| level(it, "Rep", "prvWritegen_deal", "Basic", "Global")),
    ("a team's rows raised to the unit's", |it, _| {
        level(it, "Rep - Team", "prvReadgen_visit", "Basic", "Local")
    }),
    ("own rows carried by a team", |it, _| privilege(it, "Rep - Team", "prvWritegen_deal", "Basic")),
    ("a person's role held by teams", |it, _| container(it, "Role", "Rep").is_for_teams = true),
    ("the depth of a sibling table", |it, _| privilege(it, "Rep", "prvReadgen_visit", "Global")),
    ("delete added", |it, _| privilege(it, "Rep", "prvDeletegen_deal", "Basic")),
    ("assign added", |it, _| privilege(it, "Rep", "prvAssigngen_deal", "Basic")),
    ("append-to added", |it, _| privilege(it, "Rep", "prvAppendTogen_deal", "Basic")),
    ("an unlisted table", |it, _| privilege(it, "Rep", "prvReadAccount", "Basic")),
    ("a capability's right in a role without it", |it, _| privilege(it, "Rep", "prvExportToExcel", "Global")),
    ("a depth that the table does not have", |it, _| {
        level(it, "Manager", "prvReadgen_rate", "Global", "Basic")
    }),
    ("a depth that nobody knows", |it, _| level(it, "Rep", "prvCreategen_deal", "Basic", "Filtered")),
    ("a condition lost", |it, _| container(it, "Role", "Rep - mfa").conditions.clear()),
    ("a temporary role held for good", |it, _| container(it, "Role", "Auditor - T-1").temporaries.clear()),
    ("a role given to another role", |it, _| container(it, "Role", "Manager").role = "auditor".to_owned()),
    ("update added to a column", |it, _| column(it, "gen_margin", "<CanUpdate>0", "<CanUpdate>4")),
    ("create added to a column", |it, _| column(it, "gen_margin", "<CanCreate>0", "<CanCreate>4")),
    ("unmask added to a column", |it, _| {
        column(it, "gen_margin", "</CanCreate>", "</CanCreate><CanReadUnmasked>3</CanReadUnmasked>");
    }),
    ("a column that no field is", |it, _| column(it, "gen_margin", "gen_margin", "gen_other")),
    ("a profile for another role", |it, _| {
        container(it, "FieldSecurityProfile", "Manager").role = "rep".to_owned()
    }),
    ("a column not secured", |_, facts| {
        facts.tables.get_mut("deal").unwrap().secured.remove("gen_margin");
    }),
    ("more in the packed solution than in the unpacked one", |it, _| {
        let text = it.dataverse.get_mut("packed/customizations.xml").unwrap();
        *text = text.replacen(
            "</RolePrivileges>",
            "<RolePrivilege name=\"prvDeletegen_ledger\" level=\"Global\" /></RolePrivileges>",
            1,
        );
    }),
    ("a role that nobody asked for", |it, _| {
        let text = "<Role name=\"Extra\"><RolePrivileges></RolePrivileges></Role>";
        it.dataverse.insert("solution/Roles/Extra.xml".to_owned(), text.to_owned());
    }),
];

#[test]
fn every_planted_fault_is_caught() {
    let files = [
        ("ztam.yaml".to_owned(), MATRIX.to_owned()),
        ("inventory/dataverse.json".to_owned(), INVENTORY.to_owned()),
    ];
    let built = Product::new().build(&files, "prod", DAY);
    let case = Case::new(&files, "prod", DAY);
    let sound = case.judge(&built.emission, &built.less, &built.fidelity);
    assert!(sound.wider.is_empty() && sound.untold.is_empty(), "{sound:#?}");
    for (platform, faults) in [("Salesforce", SALESFORCE), ("Dataverse", DATAVERSE)] {
        for (name, plant) in faults {
            let mut emission = built.emission.clone();
            let mut case = Case::new(&files, "prod", DAY);
            plant(&mut emission, &mut case.facts);
            let verdict = case.judge(&emission, &built.less, &built.fidelity);
            let caught = verdict.wider.iter().next();
            let caught = caught.unwrap_or_else(|| panic!("{platform}: {name} is not caught"));
            println!("{platform}: {name} -> {:?}: {}", caught.kind, caught.text);
        }
    }
}

#[test]
fn a_grant_that_has_ended_is_caught() {
    let files = [
        ("ztam.yaml".to_owned(), MATRIX.to_owned()),
        ("inventory/dataverse.json".to_owned(), INVENTORY.to_owned()),
    ];
    let built = Product::new().build(&files, "prod", DAY);
    let verdict = Case::new(&files, "prod", LATER).judge(&built.emission, &built.less, &built.fidelity);
    let kept: Vec<_> = verdict.wider.iter().map(|it| &it.text).collect();
    assert!(kept.len() >= 2 && kept.iter().all(|it| it.contains("ledger")), "{kept:#?}");
    println!("both: a temporary grant kept after its end -> {}", kept[0]);
    let built = Product::new().build(&files, "prod", LATER);
    let verdict = Case::new(&files, "prod", LATER).judge(&built.emission, &built.less, &built.fidelity);
    assert!(verdict.wider.is_empty(), "{verdict:#?}");
}
