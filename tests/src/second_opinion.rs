//! A second reader and a second judge of shape: for every project here and every generated one, another YAML reader sees the
//! same data, and the JSON Schema that editors use accepts what lowering accepted.

use std::path::Path;

use xtask::generate::{Params, generate};
use ztam::session::BACKENDS;
use ztam_model::lower::read_file;
use ztam_model::shape::ShapeCheck;
use ztam_source::file::FileId;
use ztam_source::tree::Limits;

use crate::project::repository;

fn sources(folder: &Path, found: &mut Vec<(String, String)>) {
    let mut entries: Vec<_> =
        std::fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|it| it == "yaml") {
            found.push((path.display().to_string(), std::fs::read_to_string(&path).unwrap()));
        }
    }
}

fn agree(shape: &ShapeCheck, path: &str, text: &str) {
    let (tree, findings) = ztam_source::parse(FileId(0), text, &Limits::default());
    assert!(findings.is_empty(), "{path}: {findings:#?}");
    let theirs: serde_json::Value =
        serde_yaml::from_str(text).unwrap_or_else(|error| panic!("{path}: {error}"));
    let ours = tree.to_json(tree.root());
    assert!(ours == theirs, "{path}: the second reader sees other data");
    let wrong = shape.check(&tree, FileId(0));
    assert!(
        wrong.is_empty(),
        "{path}: the schema refuses what is here: {:#?}",
        wrong.first().map(|it| &it.title)
    );
    let platforms: Vec<_> = BACKENDS.iter().map(|backend| backend.platform()).collect();
    let items = read_file(FileId(0), text, &platforms, shape);
    assert!(items.complete && items.findings.is_empty(), "{path}: {:#?}", items.findings);
}

fn shape() -> ShapeCheck {
    let shape = ShapeCheck::new(BACKENDS.iter().map(|backend| backend.schema()).collect());
    assert!(shape.schema().is_ok(), "{:?}", shape.schema());
    shape
}

#[test]
fn examples_read_alike_and_fit_the_schema() {
    let mut found = Vec::new();
    sources(&repository().join("matrices"), &mut found);
    assert!(found.len() > 10, "{found:?}");
    let shape = shape();
    for (path, text) in found {
        agree(&shape, &path, &text);
    }
}

#[test]
fn generated_projects_read_alike_and_fit_the_schema() {
    let shape = shape();
    for seed in 0..20 {
        for (path, text) in generate(&Params::small(), seed) {
            if path.ends_with(".yaml") {
                agree(&shape, &format!("{path} of seed {seed}"), &text);
            }
        }
    }
}

#[test]
fn the_schema_has_no_unions() {
    fn walk(value: &serde_json::Value, path: &str, wrong: &mut Vec<String>) {
        match value {
            serde_json::Value::Object(map) => {
                for (key, inner) in map {
                    let union = ["oneOf", "anyOf", "allOf"].contains(&key.as_str()) && inner.is_array();
                    if union || (key == "type" && inner.is_array()) {
                        wrong.push(format!("{path}/{key}"));
                    }
                    walk(inner, &format!("{path}/{key}"), wrong);
                }
            }
            serde_json::Value::Array(items) => items.iter().for_each(|it| walk(it, path, wrong)),
            _ => {}
        }
    }
    let shape = shape();
    let mut wrong = Vec::new();
    walk(shape.schema().unwrap(), "", &mut wrong);
    assert!(wrong.is_empty(), "{wrong:#?}");
}
