//! The vendor's packer as judge: for the content of a solution that it packs and unpacks to the same bytes, we write those
//! bytes.

use std::collections::BTreeMap;
use std::path::Path;

use ztam::session::Session;
use ztam_backend::artifact::{Artifact, Body};
use ztam_graph::ids::Names;

use crate::project::{OnDisk, date, shared, world};

const MATRIX: &str = r#"
classes:
  - {id: internal}
  - {id: confidential}
domains: {service: {title: Service}}
assets:
  incident: {class: internal, domains: [service], dataverse: {table: incident}}
  account: {class: internal, domains: [service], dataverse: {table: account}}
  contact:
    class: internal
    domains: [service]
    dataverse: {table: contact}
    fields: {birthdate: {class: confidential, dataverse: birthdate}}
roles:
  case-reader:
    platforms: [dataverse]
    within: [service]
    also:
      - {of: [incident], read: unit-tree}
      - {of: [account], read: unit, append-to: unit}
      - {of: [contact, contact.birthdate], read: own}
    dataverse: {name: ZT Case Reader, id: c0ce7213-aafa-5905-974f-f594574fe682}
environments:
  prod:
    dataverse:
      solution: ZtAccess
      title: ZT Access
      version: 1.0.0.0
      publisher: ContosoPublisher
      publisher-title: Contoso
      prefix: cts
      option-prefix: 10000
      language: 1033
      package: unmanaged
"#;

const INVENTORY: &str = r#"{"format_version": 1, "platform": "dataverse", "objects": {"contact": {"fields": {"birthdate": {"secured": true}}}}}"#;

/// The package's files by path, entries of zips below the zip's place as `packed/`.
fn build() -> BTreeMap<String, String> {
    let project = OnDisk::new([
        ("ztam.yaml", b"ztam: 1\nproject: golden\n".as_slice()),
        ("roles.ztam.yaml", MATRIX.as_bytes()),
        ("inventory/dataverse.json", INVENTORY.as_bytes()),
    ]);
    let session = Session::new();
    let loaded = session.load(&world(project.path()), project.path()).unwrap();
    let compiled = session.compile(&loaded);
    let environment = Names::new(&loaded.project).environments.find("prod");
    let analysis = session.analyze(&loaded, &compiled, environment, date("2026-09-20"));
    let mut files = BTreeMap::new();
    let dataverse = analysis.emitters.iter().find(|it| it.platform == "dataverse").unwrap();
    let plan = dataverse.emitter.plan(&analysis.access);
    assert!(plan.findings.is_empty(), "{:#?}", plan.findings);
    let mut add = |prefix: &str, artifact: &Artifact<'_>| {
        files.insert(
            format!("{prefix}{}", artifact.path),
            String::from_utf8(artifact.bytes().unwrap()).unwrap(),
        );
    };
    for artifact in dataverse.emitter.artifacts(&analysis.access, &plan) {
        match &artifact.body {
            Body::Stream(_) => add("", &artifact),
            Body::Zip(entries) => entries.iter().for_each(|entry| add("packed/", entry)),
        }
    }
    files
}

/// The differences that are meant: whether a team's members have the role is always said, and a profile is called after its
/// role.
fn without_choices(text: &str) -> String {
    let mut text = text.replace(" isinherited=\"1\"", "").replace("ZT PII reader", "ZT Case Reader");
    let marks = ["fieldsecurityprofileid=\"{", "type=\"70\" id=\"{"];
    for mark in marks {
        if let Some((before, after)) = text.split_once(mark) {
            let rest = after.split_once('}').unwrap().1;
            text = format!("{before}{mark}}}{rest}");
        }
    }
    text
}

fn golden(oracle: &Path, path: &str) -> String {
    std::fs::read_to_string(oracle.join("dataverse/golden").join(path)).unwrap()
}

#[test]
fn the_unpacked_solution_is_what_the_packer_writes() {
    let Some(shared) = shared() else { return };
    let oracle = shared.join("oracle");
    let files = build();
    for path in [
        "Other/Customizations.xml",
        "Other/FieldSecurityProfiles.xml",
        "Roles/ZT Case Reader.xml",
        "Other/Solution.xml",
    ] {
        let ours = files
            .get(&format!("solution/{path}"))
            .unwrap_or_else(|| panic!("{path} is missing: {:?}", files.keys()));
        // The golden source packs both kinds of package; ours says which one it is.
        let theirs =
            golden(&oracle, &format!("src/{path}")).replace("<Managed>2</Managed>", "<Managed>0</Managed>");
        assert_eq!(without_choices(ours), without_choices(&theirs), "{path}");
    }
    let unpacked: Vec<_> = files.keys().filter(|path| path.starts_with("solution/")).collect();
    assert_eq!(unpacked.len(), 4, "a file that the packer would not expect: {unpacked:?}");
}

#[test]
fn the_packed_solution_is_what_the_packer_writes() {
    let Some(shared) = shared() else { return };
    let oracle = shared.join("oracle");
    let files = build();
    for path in ["solution.xml", "customizations.xml", "[Content_Types].xml"] {
        let ours = files
            .get(&format!("packed/{path}"))
            .unwrap_or_else(|| panic!("{path} is missing: {:?}", files.keys()));
        assert_eq!(
            without_choices(ours),
            without_choices(&golden(&oracle, &format!("packed/{path}"))),
            "{path}"
        );
    }
}
