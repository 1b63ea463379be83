//! What an org has goes into a project and comes out of a build again: every right, every label, every licence.

use std::path::Path;

use tempfile::TempDir;
use xtask::corpus::{repositories, round_trips};
use ztam::exit::Exit;
use ztam::import::{Order, Outcome, import};
use ztam_report::import::Import;
use ztam_source::finding::Level;

use crate::project::{
    AS_OF, OnDisk, contents, contents_of, date, findings, repository, run as command, shared, world,
};

const NAMESPACE: &str = "http://soap.sforce.com/2006/04/metadata";

pub(crate) fn xml(root: &str, body: &str) -> String {
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<{root} xmlns=\"{NAMESPACE}\">{body}</{root}>\n")
}

pub(crate) fn object(name: &str, rights: &[&str]) -> String {
    let rights: String = rights.iter().map(|it| format!("<{it}>true</{it}>")).collect();
    format!("<objectPermissions><object>{name}</object>{rights}</objectPermissions>")
}

pub(crate) fn field(name: &str, editable: bool) -> String {
    format!(
        "<fieldPermissions><editable>{editable}</editable><field>{name}</field><readable>true</readable></fieldPermissions>"
    )
}

fn enabled(element: &str, key: &str, name: &str) -> String {
    format!("<{element}><{key}>{name}</{key}><enabled>true</enabled></{element}>")
}

/// An org with something of every kind, and with what no cell can say.
fn org() -> Vec<(&'static str, String)> {
    let read = ["allowRead"];
    let write = ["allowCreate", "allowEdit", "allowRead"];
    let all =
        ["allowDelete", "allowEdit", "allowRead", "modifyAllRecords", "viewAllFields", "viewAllRecords"];
    let sales = [
        "<description>Sells, \"fast\" &amp; well</description><label>Sales: the &lt;core&gt;</label>".to_owned(),
        "<hasActivationRequired>false</hasActivationRequired><license>Salesforce</license>".to_owned(),
        object("Account", &write),
        object("Contract__c", &all),
        object("Case", &read),
        field("Account.Industry", true),
        field("Account.Rank__c", false),
        field("Case.Score__c", true),
        field("Lead.Industry", true),
        field("Contract__c.Price__c", false),
        enabled("userPermissions", "name", "RunReports"),
        enabled("userPermissions", "name", "NobodyKnowsThisOne"),
        enabled("classAccesses", "apexClass", "Seller"),
        enabled("customPermissions", "name", "Close_Deals"),
        enabled("agentAccesses", "agentName", "Helper"),
        "<tabSettings><tab>standard-Account</tab><visibility>Visible</visibility></tabSettings>".to_owned(),
        "<tabSettings><tab>standard-Case</tab><visibility>Available</visibility></tabSettings>".to_owned(),
        "<recordTypeVisibilities><recordType>Account.Partner</recordType><visible>true</visible></recordTypeVisibilities>".to_owned(),
        "<applicationVisibilities><application>standard__Sales</application><visible>false</visible></applicationVisibilities>".to_owned(),
    ];
    let odd = [
        "<label>Odd</label><hasActivationRequired>true</hasActivationRequired>".to_owned(),
        object("Lead", &["allowEdit", "allowRead"]),
        object("Task", &read),
        object("%%%NAMESPACE%%%Thing__c", &read),
        field("Account.BillingStreet", true),
    ];
    let muting = [
        "<label>Less</label>".to_owned(),
        object("Account", &["allowEdit"]),
        field("Account.Rank__c", false),
        enabled("userPermissions", "name", "RunReports"),
    ];
    let members = "<permissionSets>Sales</permissionSets><permissionSets>ns__Odd</permissionSets><permissionSets>Elsewhere</permissionSets>";
    let group = format!(
        "<description>Everybody in sales</description><label>Sales</label><mutingPermissionSets>Less</mutingPermissionSets>{members}<status>Updated</status>"
    );
    vec![
        ("main/permissionsets/Sales.permissionset-meta.xml", xml("PermissionSet", &sales.concat())),
        ("main/permissionsets/ns__Odd.permissionset-meta.xml", xml("PermissionSet", &odd.concat())),
        ("main/permissionsets/Empty.permissionset-meta.xml", xml("PermissionSet", "<label>Empty</label>")),
        (
            "main/mutingpermissionsets/Less.mutingpermissionset-meta.xml",
            xml("MutingPermissionSet", &muting.concat()),
        ),
        ("main/permissionsetgroups/Sales.permissionsetgroup-meta.xml", xml("PermissionSetGroup", &group)),
        ("main/profiles/Admin.profile-meta.xml", xml("Profile", &object("Account", &read))),
    ]
}

pub(crate) fn on_disk(files: &[(&str, String)]) -> OnDisk {
    OnDisk::new(files.iter().map(|(path, text)| (*path, text.as_bytes())))
}

pub(crate) fn run(org: &Path, into: &Path, environment: &str) -> Outcome {
    let order = Order {
        platform: "salesforce".to_owned(),
        paths: vec![org.to_path_buf()],
        into: into.to_path_buf(),
        environment: environment.to_owned(),
        as_of: date(AS_OF),
        generalize: false,
    };
    import(&world(into), &order).unwrap()
}

pub(crate) fn report(outcome: &Outcome) -> &Import {
    let told: Vec<_> = outcome.findings.iter().map(|it| format!("{} {}", it.id(), it.title)).collect();
    outcome.report.as_ref().unwrap_or_else(|| panic!("{told:#?}"))
}

fn fresh() -> (TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let into = folder.path().join("acme-org");
    (folder, into)
}

#[test]
fn an_org_comes_back_as_it_was_and_a_second_import_changes_nothing() {
    let org = on_disk(&org());
    let (_folder, into) = fresh();
    let first = run(org.path(), &into, "imported");
    let it = report(&first);
    assert!(it.holds(), "{}", it.to_human("acme-org"));
    assert_eq!(first.exit, Exit::Clean, "{:#?}", first.findings);
    let kinds: Vec<_> = it.imported.iter().map(|it| (it.kind.as_str(), it.count)).collect();
    assert_eq!(kinds, [("MutingPermissionSet", 1), ("PermissionSet", 3), ("PermissionSetGroup", 1)]);
    assert_eq!(it.aside.len(), 1, "the profile");
    // By hand: 10 object rights of Sales, 8 of its fields, 8 others; 4 and 2 of ns__Odd; 3 muted; 4 in the group.
    assert_eq!((it.facts_in, it.facts_out), (39, 39));
    let before = contents(&into);
    let second = run(org.path(), &into, "imported");
    let again = report(&second);
    assert!(again.holds() && again.written.is_empty(), "{}", again.to_human("acme-org"));
    assert_eq!(again.known.iter().map(|it| it.count).sum::<usize>(), 5);
    assert_eq!(contents(&into), before);
    let (all, _) = findings(&into, AS_OF);
    let blocking: Vec<_> = all.iter().filter(|it| it.level >= Level::Blocking).map(|it| &it.title).collect();
    assert_eq!(blocking, Vec::<&String>::new(), "it builds at once");
}

#[test]
fn profiles_stay_as_the_floor() {
    let admin = |rights: &[&str]| {
        let rights: String = rights.iter().map(|it| format!("<{it}>true</{it}>")).collect();
        let body = format!("<objectPermissions>{rights}<object>Account</object></objectPermissions>");
        xml("Profile", &format!("{body}<loginFlows><x>y</x></loginFlows>"))
    };
    let mut files = org();
    files.retain(|(path, _)| !path.contains("profiles/"));
    files.push(("one/profiles/Admin.profile-meta.xml", admin(&["allowRead"])));
    files.push(("two/profiles/Admin.profile-meta.xml", admin(&["allowEdit", "allowRead"])));
    let org = on_disk(&files);
    let (_folder, into) = fresh();
    let first = run(org.path(), &into, "imported");
    let it = report(&first);
    let beneath = it.beneath.as_ref().unwrap();
    let facts = (beneath.containers, beneath.facts_in, beneath.facts_out);
    assert_eq!((beneath.kind.as_str(), facts), ("Profile", (1, 2, 2)), "both parts of it count");
    assert!(it.written.contains(&"inventory/salesforce.json".to_owned()) && it.written.is_sorted());
    let inventory = contents(&into)["inventory/salesforce.json"].clone();
    assert!(inventory.contains("allowEdit") && !inventory.contains("loginFlows"), "{inventory}");
    assert!(report(&run(org.path(), &into, "imported")).written.is_empty());
    // A role that names it has its rights, and the same package.
    let roles = into.join("imported/salesforce/roles.ztam.yaml");
    let text = std::fs::read_to_string(&roles).unwrap();
    let named = text.replacen("salesforce: {name: ns__Odd", "salesforce: {profile: admin, name: ns__Odd", 1);
    assert_ne!(named, text);
    std::fs::write(&roles, named).unwrap();
    let again = run(org.path(), &into, "imported");
    assert!(report(&again).holds() && report(&again).written.is_empty());
    // An inventory that knows more keeps it.
    let known = inventory.replace("\"platform\"", "\"objects\": {\"Deal__c\": {}}, \"platform\"");
    std::fs::write(into.join("inventory/salesforce.json"), known).unwrap();
    report(&run(org.path(), &into, "imported"));
    let joined = contents(&into)["inventory/salesforce.json"].clone();
    assert!(joined.contains("Deal__c") && joined.contains("allowEdit"), "{joined}");
}

#[test]
fn what_the_language_says_is_in_cells_and_the_rest_is_carried_with_its_reason() {
    let org = on_disk(&org());
    let (_folder, into) = fresh();
    let outcome = run(org.path(), &into, "imported");
    let because: Vec<_> = report(&outcome).carried_because.iter().map(|it| it.kind.as_str()).collect();
    assert_eq!(
        because,
        [
            "all-fields",
            "fields-without-rows",
            "fields-without-write",
            "muting",
            "no-api-name",
            "not-an-asset",
            "unknown-names"
        ]
    );
    let files = contents(&into);
    let roles = &files["imported/salesforce/roles.ztam.yaml"];
    for line in [
        "{of: [account], read: shared, create: shared, edit: shared}",
        "{of: [contract], read: org, edit: org, delete: org, share: org, assign: org}",
        "{of: [account.industry], read: org, create: org, edit: org}",
        "group: {other-sets: [Elsewhere], muting: [Less], status: Updated}",
        "extends: [sales, ns-odd]",
    ] {
        assert!(roles.contains(line), "{line} in\n{roles}");
    }
    let carry = &files["imported/salesforce/carry.ztam.yaml"];
    assert!(carry.contains("objects: {Contract__c: [view-all-fields]}"), "{carry}");
    assert!(carry.contains("fields: {Lead.Industry: edit}"), "{carry}");
}

#[test]
fn a_project_that_is_there_keeps_its_files_and_gets_more() {
    let org = on_disk(&org());
    let (_folder, into) = fresh();
    std::fs::create_dir_all(&into).unwrap();
    let starter = contents(&repository().join("matrices/starter"));
    for (path, text) in &starter {
        std::fs::write(into.join(path), text).unwrap();
    }
    let outcome = run(org.path(), &into, "imported");
    let it = report(&outcome);
    assert!(it.holds(), "{}", it.to_human("acme-org"));
    let after = contents(&into);
    for (path, text) in &starter {
        let added: Vec<_> = after[path].lines().filter(|line| !text.lines().any(|it| it == *line)).collect();
        assert!(text.lines().all(|line| after[path].contains(line)), "{path} lost a line");
        let expected = match path.as_str() {
            "vocabulary.ztam.yaml" => 10,
            "catalog.ztam.yaml" => 2,
            _ => 0,
        };
        assert_eq!(added.len(), expected, "{path}: {added:?}");
    }
    let before = contents(&into);
    assert!(report(&run(org.path(), &into, "imported")).written.is_empty());
    assert_eq!(contents(&into), before);
}

/// An inventory of the same files says more of names and fields, and takes nothing away.
#[test]
fn an_inventory_that_is_there_changes_nothing_of_what_comes_back() {
    let files = org();
    let org = on_disk(&files);
    let bytes: Vec<_> =
        files.iter().map(|(path, text)| ((*path).to_owned(), text.clone().into_bytes())).collect();
    let mut inventory = crate::inventory::survey("salesforce", &bytes).inventory;
    let account = serde_json::json!({
        "sharing": "Private", "fields": {"Rank__c": {"type": "Number", "formula": true}}
    });
    inventory.objects.insert("Account".to_owned(), serde_json::from_value(account).unwrap());
    let (_folder, into) = fresh();
    std::fs::create_dir_all(into.join("inventory")).unwrap();
    for (path, text) in contents(&repository().join("matrices/starter")) {
        std::fs::write(into.join(path), text).unwrap();
    }
    let text = serde_json::to_string(&inventory).unwrap();
    std::fs::write(into.join("inventory/salesforce.json"), text).unwrap();
    let first = run(org.path(), &into, "imported");
    let it = report(&first);
    assert!(it.holds(), "{}", it.to_human("acme-org"));
    assert_eq!((it.facts_in, it.facts_out), (39, 39));
    assert!(report(&run(org.path(), &into, "imported")).written.is_empty());
}

#[test]
fn what_cannot_be_read_is_refused_and_nothing_is_written() {
    let mut files = org();
    files.push(("main/permissionsets/Bad.permissionset-meta.xml", "<PermissionSet><label>".to_owned()));
    let org = on_disk(&files);
    let (_folder, into) = fresh();
    let outcome = run(org.path(), &into, "imported");
    assert!(outcome.report.is_none() && outcome.exit == Exit::Blocking);
    assert!(!into.exists());
}

/// Elements that no release knows, written as nobody would.
const UNKNOWN: &str = "<brandNewAccesses><!-- x --><name>A &amp; <![CDATA[<b>]]></name>\n<p:deep xmlns:p=\"urn:p\" b=\"2\" a='\"'><p:c/>\
    </p:deep></brandNewAccesses><brandNewAccesses>true</brandNewAccesses><dataspaceScopes><dataspaceScope>default</dataspaceScope>\
    <objectAccessLevel>All</objectAccessLevel></dataspaceScopes>";

#[test]
fn what_nobody_knows_comes_back_word_for_word_and_is_named() {
    let set = format!("{UNKNOWN}<label>New</label><zzz/>");
    let group =
        format!("{UNKNOWN}<label>All</label><permissionSets>New</permissionSets><status>Updated</status>");
    let org = on_disk(&[
        ("x/permissionsets/New.permissionset-meta.xml", xml("PermissionSet", &set)),
        ("x/permissionsetgroups/All.permissionsetgroup-meta.xml", xml("PermissionSetGroup", &group)),
        ("x/mutingpermissionsets/M.mutingpermissionset-meta.xml", xml("MutingPermissionSet", &set)),
    ]);
    let (_folder, into) = fresh();
    let first = run(org.path(), &into, "imported");
    let it = report(&first);
    assert!(it.holds(), "{}", it.to_human("acme-org"));
    assert_eq!((first.exit, it.facts_in), (Exit::Clean, 4 + 4 + 4), "the member, and each element");
    assert!(report(&run(org.path(), &into, "imported")).written.is_empty());
    let (all, _) = findings(&into, AS_OF);
    let unjudged = all.iter().filter(|it| it.id() == "emit/unjudged");
    assert_eq!(unjudged.map(|it| it.level).collect::<Vec<_>>(), [Level::Advisory; 3]);
    let carry = &contents(&into)["imported/salesforce/carry.ztam.yaml"];
    assert!(carry.contains("{name: zzz, content: \"\"}"), "{carry}");
}

/// Elements with attributes, and parts of rows that no release knows: in a row with cells, in one that is carried, in one that
/// grants nothing else.
const PARTS: &str = "<brandNewAccesses at=\"1 &lt; 2\" b=''><name>X</name></brandNewAccesses>\
    <fieldPermissions><editable>false</editable><field>Account.Industry</field><masked mode=\"last-4\">true</masked>\
    <readable>true</readable></fieldPermissions><label>New</label>\
    <objectPermissions><allowArchive>true</allowArchive><allowRead>true</allowRead><object>Account</object></objectPermissions>\
    <objectPermissions><allowRead>false</allowRead><object>Nobody__c</object><zone><a/>x</zone></objectPermissions>\
    <tabSettings><pinned>true</pinned><tab>T</tab><visibility>None</visibility></tabSettings>";

#[test]
fn parts_of_known_rows_and_attributes_come_back_word_for_word_and_are_named() {
    let org = on_disk(&[
        ("x/permissionsets/New.permissionset-meta.xml", xml("PermissionSet", PARTS)),
        ("x/mutingpermissionsets/M.mutingpermissionset-meta.xml", xml("MutingPermissionSet", PARTS)),
    ]);
    let (_folder, into) = fresh();
    let first = run(org.path(), &into, "imported");
    let it = report(&first);
    assert!(it.holds(), "{}", it.to_human("acme-org"));
    assert_eq!((first.exit, it.facts_in), (Exit::Clean, 2 * (2 + 5)), "two rights, and five unknown things");
    assert!(report(&run(org.path(), &into, "imported")).written.is_empty());
    let (all, _) = findings(&into, AS_OF);
    let unjudged: Vec<_> = all.iter().filter(|it| it.id() == "emit/unjudged").collect();
    assert_eq!(unjudged.len(), 2);
    assert!(
        unjudged[0].title.contains("`allowArchive of objectPermissions Account`"),
        "{}",
        unjudged[0].title
    );
    let out = into.parent().unwrap().join("dist");
    let line = ["build", "acme-org", "--env", "imported", "--out", "dist"];
    assert_eq!(command(into.parent().unwrap(), &line), Exit::Clean);
    let built = contents_of(&out, "New.permissionset-meta.xml").into_values().next().unwrap();
    for text in [
        "    <brandNewAccesses at=\"1 &lt; 2\" b=\"\"><name>X</name></brandNewAccesses>\n",
        "        <field>Account.Industry</field>\n        <masked mode=\"last-4\">true</masked>\n",
        "        <allowArchive>true</allowArchive>\n        <allowCreate>false</allowCreate>\n",
        "        <object>Nobody__c</object>\n",
        "        <zone><a></a>x</zone>\n    </objectPermissions>\n",
        "        <pinned>true</pinned>\n        <tab>T</tab>\n        <visibility>None</visibility>\n",
    ] {
        assert!(built.contains(text), "{text} in\n{built}");
    }
}

#[test]
fn what_nobody_can_keep_counts_as_lost() {
    let body = "<brandNewAccesses xmlns:p=\"urn:p\" p:at=\"1\"><name p:b=\"p:c\">X</name></brandNewAccesses>\
        <label xmlns:p=\"urn:p\" p:at=\"1\">New</label>";
    let org = on_disk(&[("x/permissionsets/New.permissionset-meta.xml", xml("PermissionSet", body))]);
    let (_folder, into) = fresh();
    let outcome = run(org.path(), &into, "imported");
    let lost: Vec<_> = report(&outcome).lost.iter().map(|it| it.key.as_str()).collect();
    assert_eq!(lost, ["at"], "what the label would mean with it, nobody knows; the element keeps its own");
    let carry = &contents(&into)["imported/salesforce/carry.ztam.yaml"];
    assert!(carry.contains("p:at") && carry.contains("xmlns:p"), "{carry}");
    assert_eq!(outcome.exit, Exit::Wider);
}

#[test]
fn public_repositories_come_back_as_they_were() {
    let Some(shared) = shared() else { return };
    let folder = tempfile::tempdir().unwrap();
    for repository in repositories(&shared.join("corpus"), "salesforce").unwrap() {
        for row in round_trips(&repository, "salesforce", folder.path()).unwrap() {
            let told = row.report.as_ref().map_or_else(Clone::clone, |it| it.to_human(&row.repository));
            assert!(row.is_right(), "{}: {told}", row.repository);
        }
    }
}
