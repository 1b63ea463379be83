//! What an org has is read without loss: fields and columns are counted in the text, by other means than the reader's. And
//! every classification of a real package becomes a class, whichever it is.

use std::collections::{BTreeMap, BTreeSet};

use ztam::session::Session;
use ztam_backend::classify::{Proposal, Question, propose};
use ztam_backend::read::Input;
use ztam_backend::survey::{Interest, Survey};
use ztam_model::inventory::PlatformInventory;
use ztam_model::names::kebab;
use ztam_source::file::FileId;

use crate::project::{AS_OF, OnDisk, blocks, findings, shared, world};
use crate::roundtrip::{Files, backend, files_below};

/// What a back end makes of the files that it wants.
pub(crate) fn survey(platform: &str, files: &Files) -> Survey {
    let backend = backend(platform);
    let wanted = |kind| files.iter().filter(move |it| backend.interest(&it.0) == kind);
    let inputs: Vec<_> = wanted(Interest::Content)
        .enumerate()
        .map(|(at, (path, bytes))| Input { file: FileId(u32::try_from(at).unwrap()), path, bytes })
        .collect();
    let names: Vec<_> = wanted(Interest::Name).map(|it| it.0.clone()).collect();
    backend.inventory(&inputs, &names)
}

/// Fields of an inventory, folded.
fn fields(inventory: &PlatformInventory) -> BTreeSet<(String, String)> {
    let fields = |(object, it): (&String, &ztam_model::inventory::InventoryObject)| {
        let object = object.to_lowercase();
        it.fields.keys().map(|field| (object.clone(), field.to_lowercase())).collect::<Vec<_>>()
    };
    inventory.objects.iter().flat_map(fields).collect()
}

/// The text between the first `open` and the `close` after it.
fn between<'t>(text: &'t str, open: &str, close: &str) -> Option<&'t str> {
    text.split_once(open)?.1.split_once(close).map(|(inner, _)| inner.trim())
}

/// Fields in the text of one file of Salesforce metadata.
fn fields_in_text(path: &str, text: &str) -> Vec<(String, String)> {
    let parts: Vec<_> = path.rsplit('/').collect();
    let folded = |object: &str, field: &str| (object.to_lowercase(), field.to_lowercase());
    if parts[0].ends_with(".field-meta.xml") {
        return vec![folded(parts[2], between(text, "<fullName>", "</fullName>").unwrap())];
    }
    let Some(object) = parts[0].strip_suffix(".object") else { return Vec::new() };
    let blocks = text.split("<fields>").skip(1).filter(|it| it.trim_start().starts_with('<'));
    blocks.map(|it| folded(object, between(it, "<fullName>", "</fullName>").unwrap())).collect()
}

#[test]
fn every_field_of_the_corpus_is_in_the_inventory() {
    let Some(shared) = shared() else { return };
    let root = shared.join("corpus/salesforce");
    let files = files_below(&root, &root);
    let (mut in_files, mut in_objects) = (0, 0);
    let mut expected = BTreeSet::new();
    for (path, bytes) in &files {
        let found = fields_in_text(path, &String::from_utf8_lossy(bytes));
        *(if path.ends_with(".object") { &mut in_objects } else { &mut in_files }) += found.len();
        expected.extend(found);
    }
    let survey = survey("salesforce", &files);
    let found = fields(&survey.inventory);
    println!(
        "{in_files} field files, {in_objects} fields in objects, {} fields of one name each",
        found.len()
    );
    assert_eq!(in_files, 2209);
    assert_eq!(
        found.symmetric_difference(&expected).take(5).collect::<Vec<_>>(),
        Vec::<&(String, String)>::new()
    );
    let wrong: Vec<_> = survey.findings.iter().filter(|it| blocks(it)).map(|it| &it.title).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn every_column_of_the_corpus_is_in_the_inventory() {
    let Some(shared) = shared() else { return };
    let root = shared.join("corpus/dataverse");
    let files = files_below(&root, &root);
    let mut expected = BTreeSet::new();
    let mut count = 0;
    for (_, bytes) in files.iter().filter(|it| it.0.to_lowercase().ends_with(".xml")) {
        let text = String::from_utf8_lossy(bytes);
        for table in text.split("<entity Name=\"").skip(1) {
            let name = table.split('"').next().unwrap().to_lowercase();
            for column in table.split("<attribute PhysicalName=\"").skip(1) {
                let column = between(column, "<LogicalName>", "</LogicalName>").unwrap();
                expected.insert((name.clone(), column.to_lowercase()));
                count += 1;
            }
        }
    }
    let survey = survey("dataverse", &files);
    let found = fields(&survey.inventory);
    println!("{count} columns in the text, {} of one name each", found.len());
    assert!(count > 1500, "{count}");
    assert_eq!(
        found.symmetric_difference(&expected).take(5).collect::<Vec<_>>(),
        Vec::<&(String, String)>::new()
    );
    let roles = survey.inventory.containers.iter().filter(|it| it.kind == "Role");
    assert!(roles.count() >= 12 && survey.inventory.containers.iter().all(|it| it.id.is_some()));
}

/// What a field file says of its sensitivity.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Said {
    class: String,
    groups: Vec<String>,
}

fn said(text: &str) -> Option<Said> {
    let class = between(text, "<securityClassification>", "</securityClassification>")?.to_owned();
    let groups = between(text, "<complianceGroup>", "</complianceGroup>").unwrap_or_default();
    let mut groups: Vec<_> =
        groups.split(';').filter(|it| !it.is_empty() && *it != "None").map(str::to_lowercase).collect();
    groups.sort();
    Some(Said { class, groups })
}

/// What is proposed for a project that declares nothing yet.
fn proposed(inventory: &PlatformInventory) -> Proposal {
    let project = OnDisk::new([("ztam.yaml", b"ztam: 1\nproject: new\n".as_slice())]);
    let loaded = Session::new().load(&world(project.path()), project.path()).unwrap();
    let salesforce = backend("salesforce");
    propose(&Question {
        platform: salesforce.platform(),
        title: salesforce.title(),
        words: salesforce.words(),
        inventory,
        project: &loaded.project,
        sources: &loaded.sources,
        chosen: &BTreeMap::new(),
    })
}

/// Holds what is proposed for the files against their texts; the number of classes.
fn holds(files: &Files) -> usize {
    let mut expected = BTreeMap::new();
    for (path, bytes) in files.iter().filter(|it| it.0.ends_with(".field-meta.xml")) {
        let text = String::from_utf8_lossy(bytes);
        let object = path.rsplit('/').nth(2).unwrap();
        let field = between(&text, "<fullName>", "</fullName>").unwrap();
        if let Some(said) = said(&text) {
            expected.insert(format!("{object}.{field}"), said);
        }
    }
    let survey = survey("salesforce", files);
    let proposal = proposed(&survey.inventory);
    let classes: BTreeMap<_, _> =
        expected.iter().map(|(name, it)| (name.clone(), kebab(&it.class).unwrap())).collect();
    assert_eq!(proposal.classes, classes);
    for (name, it) in &expected {
        let field = name.split_once('.').unwrap().1;
        let tags =
            if it.groups.is_empty() { String::new() } else { format!("tags: [{}], ", it.groups.join(", ")) };
        let line = format!(": {{class: {}, {tags}salesforce: {field}}}\n", kebab(&it.class).unwrap());
        assert!(proposal.new_file.contains(&line), "{line}");
    }
    let json = serde_json::to_string(&survey.inventory).unwrap();
    let project = OnDisk::new([
        ("ztam.yaml", b"ztam: 1\nproject: new\ntitle: New\nowner: a@b.example\n".as_slice()),
        ("classified.ztam.yaml", proposal.new_file.as_bytes()),
        ("inventory/salesforce.json", json.as_bytes()),
    ]);
    let wrong: Vec<_> =
        findings(project.path(), AS_OF).0.into_iter().filter(blocks).map(|it| it.title).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
    classes.len()
}

#[test]
fn every_classification_becomes_a_class_also_where_they_are_shuffled() {
    let Some(shared) = shared() else { return };
    let root = shared.join("corpus/salesforce/jongpie__NebulaLogger");
    let mut files = files_below(&root, &root);
    assert_eq!(holds(&files), 648);
    let mut state = 7_u64;
    let mut pick = |count: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % count
    };
    let words = ["Public", "Internal", "Confidential", "Restricted", "MissionCritical"];
    let groups = ["None", "PII", "HIPAA;GDPR", "PCI;CCPA;GDPR", "COPPA"];
    for (_, bytes) in files.iter_mut().filter(|it| it.0.ends_with(".field-meta.xml")) {
        let text = String::from_utf8_lossy(bytes).into_owned();
        let Some(said) = between(&text, "<securityClassification>", "</securityClassification>") else {
            continue;
        };
        let mut shuffled = text.replace(
            &format!("<securityClassification>{said}<"),
            &format!("<securityClassification>{}<", words[pick(5)]),
        );
        if let Some(group) = between(&text, "<complianceGroup>", "</complianceGroup>") {
            shuffled = shuffled.replace(
                &format!("<complianceGroup>{group}<"),
                &format!("<complianceGroup>{}<", groups[pick(5)]),
            );
        }
        *bytes = shuffled.into_bytes();
    }
    assert_eq!(holds(&files), 648);
}

/// Fields that stand in the wrong place or under another name are refused; a field whose object is described elsewhere is not.
#[test]
fn misplaced_fields_are_refused() {
    let field = |name: &str| {
        format!(
            "<CustomField xmlns=\"http://soap.sforce.com/2006/04/metadata\"><fullName>{name}</fullName><type>Text</type></CustomField>"
        )
        .into_bytes()
    };
    for (path, name, rules) in [
        ("force-app/main/default/fields/X__c.field-meta.xml", "X__c", vec!["read/misnamed"]),
        ("force-app/main/default/objects/Account/fields/X__c.field-meta.xml", "Y__c", vec!["read/bad-value"]),
        ("force-app/main/default/objects/Account/fields/X__c.field-meta.xml", "X__c", vec![]),
    ] {
        let survey = survey("salesforce", &vec![(path.to_owned(), field(name))]);
        let found: Vec<_> =
            survey.findings.iter().filter(|it| blocks(it)).map(|it| it.id().to_owned()).collect();
        assert_eq!(found, rules, "{path}");
    }
}

/// Rights of profiles in their text: profile, kind of row, key, right.
fn rights_in_text(path: &str, text: &str) -> Vec<(String, String, String, String)> {
    const KEYS: [(&str, &str); 18] = [
        ("agentAccesses", "agentName"),
        ("applicationVisibilities", "application"),
        ("categoryGroupVisibilities", "dataCategoryGroup"),
        ("classAccesses", "apexClass"),
        ("customMetadataTypeAccesses", "name"),
        ("customPermissions", "name"),
        ("customSettingAccesses", "name"),
        ("externalCredentialPrincipalAccesses", "externalCredentialPrincipal"),
        ("externalDataSourceAccesses", "externalDataSource"),
        ("fieldPermissions", "field"),
        ("flowAccesses", "flow"),
        ("genComputingSummaryDefAccesses", "configName"),
        ("objectPermissions", "object"),
        ("pageAccesses", "apexPage"),
        ("recordTypeVisibilities", "recordType"),
        ("servicePresenceStatusAccesses", "servicePresenceStatus"),
        ("tabVisibilities", "tab"),
        ("userPermissions", "name"),
    ];
    let file = path.rsplit('/').next().unwrap();
    let profile = file.split(".profile").next().unwrap().replace("%3A", ":").replace("%20", " ");
    let mut rights = Vec::new();
    for (kind, key) in KEYS {
        for row in text.split(&format!("<{kind}>")).skip(1) {
            let row = row.split(&format!("</{kind}>")).next().unwrap();
            let name = between(row, &format!("<{key}>"), &format!("</{key}>")).unwrap();
            let name = name.replace("&amp;", "&").replace("&apos;", "'").replace("&quot;", "\"");
            for child in row.split('<').filter(|it| !it.starts_with('/')) {
                let Some((tag, value)) = child.split_once('>') else { continue };
                let right = match (tag, value.trim()) {
                    ("default" | "personAccountDefault", _) | ("visibility", "Hidden" | "NONE") => continue,
                    ("visibility", word) => word,
                    (tag, "true" | "True") => tag,
                    _ => continue,
                };
                rights.push((profile.clone(), kind.to_owned(), name.clone(), right.to_owned()));
            }
        }
    }
    rights
}

#[test]
fn every_right_of_the_profiles_of_the_corpus_is_in_the_inventory() {
    let Some(shared) = shared() else { return };
    let root = shared.join("corpus/salesforce");
    let files = files_below(&root, &root);
    let mut expected = BTreeSet::new();
    let mut profiles = BTreeSet::new();
    for (path, bytes) in files.iter().filter(|(path, _)| path.contains(".profile")) {
        profiles.insert(path.clone());
        expected.extend(rights_in_text(path, &String::from_utf8_lossy(bytes)));
    }
    let inventory = survey("salesforce", &files).inventory;
    let mut found = BTreeSet::new();
    for it in inventory.containers.iter().filter(|it| it.kind == "Profile") {
        for (kind, rows) in it.grants.as_ref().unwrap() {
            for (key, rights) in rows {
                assert!(!rights.is_empty(), "{key} grants nothing");
                found.extend(
                    rights.iter().map(|right| (it.name.clone(), kind.clone(), key.clone(), right.clone())),
                );
            }
        }
    }
    let differing: Vec<_> = found.symmetric_difference(&expected).take(5).collect();
    println!(
        "{} profile files, {} rights in, {} in the inventory",
        profiles.len(),
        expected.len(),
        found.len()
    );
    assert_eq!(differing, Vec::<&(String, String, String, String)>::new());
    assert_eq!((profiles.len(), expected.len()), (20, 431));
    let text = serde_json::to_string(&inventory).unwrap();
    assert_eq!(ztam_model::inventory::read(&text).unwrap(), inventory, "what is written reads back");
}
