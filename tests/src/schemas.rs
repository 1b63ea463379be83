//! What a build writes fits the schemas that stand in `schemas/`, and the schemas refuse what lacks something.

use std::fs;
use std::path::Path;

use serde_json::Value;
use ztam::exit::Exit;

use crate::project::{repository, run};

fn read(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// What is wrong with a document, each mistake with its place.
pub(crate) fn mistakes(schema: &str, document: &Value) -> Vec<String> {
    let schema = read(&repository().join(format!("schemas/{schema}.schema.json")));
    let validator = jsonschema::validator_for(&schema).unwrap();
    validator.iter_errors(document).map(|it| format!("{}: {it}", it.instance_path())).collect()
}

#[test]
fn the_documents_of_a_build_fit_their_schemas() {
    let folder = tempfile::tempdir().unwrap();
    let example = repository().join("matrices/acme-crm");
    let example = example.to_str().unwrap();
    let at = |name: &str| folder.path().join(name);
    let to = |name: &str| format!("json={}", at(name).display());
    let run = |line: &[&str]| run(folder.path(), line);
    assert_eq!(
        run(&["build", example, "--env", "prod", "--out", "out", "--output", &to("findings")]),
        Exit::Clean
    );
    assert_eq!(run(&["verify", "out", example, "--output", &to("right")]), Exit::Clean);
    fs::write(at("out/dataverse/solution/Other/Solution.xml"), "changed").unwrap();
    assert_eq!(run(&["verify", "out", example, "--output", &to("changed")]), Exit::Wider);
    assert_eq!(run(&["rules", "--output", &to("rules")]), Exit::Clean);
    let project = "ztam: 1\nproject: p\nowner: o@acme.example\nclasses: [{id: internal}]\n";
    let field = "<CustomField xmlns=\"http://soap.sforce.com/2006/04/metadata\"><fullName>Sum__c</fullName><type>Text</type>\
        <securityClassification>Confidential</securityClassification></CustomField>";
    for (path, text) in
        [("p/ztam.yaml", project), ("org/objects/Claim__c/fields/Sum__c.field-meta.xml", field)]
    {
        fs::create_dir_all(at(path).parent().unwrap()).unwrap();
        fs::write(at(path), text).unwrap();
    }
    assert_eq!(run(&["inventory", "org", "--into", "p", "--output", &to("into")]), Exit::Clean);
    assert_eq!(run(&["inventory", "org", "--out", "alone.json", "--output", &to("alone")]), Exit::Clean);
    let into = read(&at("into"));
    assert!(
        into["platforms"][0]["matrix"]["proposed"][0]["class"] == "confidential"
            && !into["edits"][0].is_null()
    );
    let documents = [
        ("fidelity", "out/fidelity.json"),
        ("findings", "findings"),
        ("inventory-report", "into"),
        ("inventory-report", "alone"),
        ("manifest", "out/ztam-manifest.json"),
        ("obligations", "out/obligations.json"),
        ("rules", "rules"),
        ("verification", "right"),
        ("verification", "changed"),
    ];
    for (schema, name) in documents {
        let document = read(&at(name));
        assert_eq!(mistakes(schema, &document), Vec::<String>::new(), "{name}");
        for key in document.as_object().unwrap().keys() {
            let mut lacking = document.clone();
            lacking.as_object_mut().unwrap().remove(key);
            let may_lack =
                [("manifest", "right_until"), ("manifest", "previous"), ("verification", "package")]
                    .contains(&(schema, key.as_str()));
            assert_eq!(mistakes(schema, &lacking).is_empty(), may_lack, "{name} without `{key}`");
        }
    }
}
