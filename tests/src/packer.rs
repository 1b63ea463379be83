//! What the vendor's packer loses silently must not be in a solution: every case is impossible by construction or refused.

use std::collections::{BTreeMap, BTreeSet};

use xtask::generate::{Params, generate};
use ztam::session::{Session, prevents_graph};
use ztam_backend::artifact::Body;
use ztam_graph::ids::Names;

use crate::project::{AS_OF, OnDisk, blocks, date, findings, repository, world};

/// The files of the unpacked solution of one environment, by path below `solution/`.
fn solution(root: &std::path::Path, environment: &str, as_of: &str) -> BTreeMap<String, String> {
    let session = Session::new();
    let loaded = session.load(&world(root), root).unwrap();
    let compiled = session.compile(&loaded);
    assert!(!compiled.iter().any(prevents_graph), "{compiled:#?}");
    let environment = Names::new(&loaded.project).environments.find(environment);
    let analysis = session.analyze(&loaded, &compiled, environment, date(as_of));
    let dataverse = analysis.emitters.iter().find(|it| it.platform == "dataverse").unwrap();
    let plan = dataverse.emitter.plan(&analysis.access);
    let mut files = BTreeMap::new();
    for artifact in dataverse.emitter.artifacts(&analysis.access, &plan) {
        if let (Body::Stream(_), Some(path)) = (&artifact.body, artifact.path.strip_prefix("solution/")) {
            let text = String::from_utf8(artifact.bytes().unwrap()).unwrap();
            assert!(files.insert(path.to_owned(), text).is_none(), "{path} is written twice");
        }
    }
    files
}

/// What stands between two marks, each time.
fn between<'t>(text: &'t str, before: &str, after: &str) -> Vec<&'t str> {
    text.split(before).skip(1).filter_map(|rest| rest.split(after).next()).collect()
}

/// Everything that the packer checks, and everything that it loses without a word.
fn holds(name: &str, files: &BTreeMap<String, String>) {
    let manifest = files.get("Other/Solution.xml").unwrap_or_else(|| panic!("{name}: no Solution.xml"));
    let customizations =
        files.get("Other/Customizations.xml").unwrap_or_else(|| panic!("{name}: no Customizations.xml"));
    assert!(manifest.contains(" generatedBy=\""), "{name}: the packer dies without generatedBy");
    for placeholder in ["<Roles />", "<FieldSecurityProfiles />", "<Entities />", "<Language>"] {
        assert!(
            customizations.contains(placeholder),
            "{name}: without {placeholder} the packer drops what belongs there"
        );
    }
    let roots: BTreeSet<&str> =
        between(manifest, "<RootComponent type=\"", "\" behavior=\"0\" />").into_iter().collect();
    let (mut made, mut names) = (BTreeSet::new(), BTreeSet::new());
    for (path, text) in files {
        let Some(file) = path.strip_prefix("Roles/") else { continue };
        let id = between(text, "<Role id=\"", "\"").first().copied().unwrap();
        let role = between(text, " name=\"", "\"").first().copied().unwrap();
        assert!(made.insert(format!("20\" id=\"{id}")), "{name}: two roles have the id {id}");
        assert!(names.insert(role.to_lowercase()), "{name}: two roles are called {role}");
        assert!(
            file.strip_suffix(".xml")
                .is_some_and(|stem| !stem.contains(['.', '/', '\\', ':', '<', '>', '|'])),
            "{name}: {file} would lose its ending or its name"
        );
        assert!(text.contains("<RolePrivilege "), "{name}: {file} has no privilege");
    }
    if let Some(profiles) = files.get("Other/FieldSecurityProfiles.xml") {
        for id in between(profiles, "fieldsecurityprofileid=\"", "\"") {
            assert!(made.insert(format!("70\" id=\"{id}")), "{name}: two profiles have the id {id}");
        }
        let titles = between(profiles, "<FieldSecurityProfile name=\"", "\"");
        let folded: BTreeSet<_> = titles.iter().map(|it| it.to_lowercase()).collect();
        assert_eq!(folded.len(), titles.len(), "{name}: two profiles have one name");
    }
    let listed: BTreeSet<String> = roots.iter().map(|it| (*it).to_owned()).collect();
    assert_eq!(listed, made, "{name}: root components and files must be the same");
    let known = |path: &str| {
        path.starts_with("Roles/")
            || ["Other/Solution.xml", "Other/Customizations.xml", "Other/FieldSecurityProfiles.xml"]
                .contains(&path)
    };
    assert!(files.keys().all(|path| known(path)), "{name}: a stray file would be packed: {:?}", files.keys());
    for (path, text) in files {
        assert!(
            text.starts_with('\u{feff}') && !text.ends_with('\n') && !text.contains('\r'),
            "{name}: {path} is not a fixpoint of the packer"
        );
    }
}

#[test]
fn nothing_that_is_built_can_be_lost_in_packing() {
    let acme = repository().join("matrices/acme-crm");
    for environment in ["prod", "sandbox"] {
        holds(environment, &solution(&acme, environment, AS_OF));
    }
    for seed in 0..40 {
        let files = generate(&Params::tiny(), seed);
        let project = OnDisk::new(files.iter().map(|(path, text)| (path.as_str(), text.as_bytes())));
        holds(&format!("seed {seed}"), &solution(project.path(), "prod", xtask::generate::AS_OF));
    }
}

const MATRIX: &str = "
classes: [{id: internal}]
domains: {sales: {title: Sales}}
assets: {lead: {class: internal, domains: [sales], dataverse: {table: lead}}}
roles:
  one: {purpose: Reads, owner: o@acme.example, platforms: [dataverse], within: [sales], may: {internal: {read: own}}, dataverse: {name: NAME}}
  two: {purpose: Reads, owner: o@acme.example, platforms: [dataverse], within: [sales], may: {internal: {read: unit}}, dataverse: {name: Second}}
environments:
  prod: {dataverse: {solution: SOLUTION, version: VERSION, publisher: acme, prefix: acme, option-prefix: 10000}}
";

/// What is refused of a matrix with other words.
fn refused(name: &str, solution: &str, version: &str) -> Vec<&'static str> {
    let text = MATRIX.replace("NAME", name).replace("SOLUTION", solution).replace("VERSION", version);
    let project = OnDisk::new([
        ("ztam.yaml", b"ztam: 1\nproject: packer\n".as_slice()),
        ("roles.ztam.yaml", text.as_bytes()),
    ]);
    let mut rules: Vec<_> =
        findings(project.path(), AS_OF).0.iter().filter(|it| blocks(it)).map(|it| it.rule.id).collect();
    rules.sort_unstable();
    rules.dedup();
    rules
}

#[test]
fn names_that_the_packer_would_lose_are_refused() {
    assert_eq!(refused("First", "AcmeAccess", "1.0.0.0"), [""; 0]);
    for name in ["\"App v1.2\"", "a/b", "'a\\b'", "\"\"", "\" \""] {
        assert_eq!(refused(name, "AcmeAccess", "1.0.0.0").len(), 1, "a role called {name} must be refused");
    }
    assert_eq!(refused("SECOND", "AcmeAccess", "1.0.0.0"), ["names/collision"]);
    for solution in ["\"Acme Access\"", "\"1Acme\"", "acme.access", "a-b"] {
        assert_eq!(refused("First", solution, "1.0.0.0"), ["mapping/setting"], "solution {solution}");
    }
    for version in ["abc", "\"1.0\"", "1.0.0.0.0", "1.0.0.x"] {
        assert_eq!(refused("First", "AcmeAccess", version), ["mapping/setting"], "version {version}");
    }
}
