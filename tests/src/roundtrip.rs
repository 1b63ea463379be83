//! What a build writes, reading gives back: container by container and row by row, for both platforms. And what others
//! write is read without loss: facts are counted in the text, by other means than the reader's, and in what was read.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use xtask::generate::{Params, generate};
use ztam::exit::Exit;
use ztam::import::{Order, import};
use ztam::session::{BACKENDS, EmitterOf, Session};
use ztam_backend::Backend;
use ztam_backend::artifact::{Artifact, Body};
use ztam_backend::plan::{Plan, Row};
use ztam_backend::read::{Input, Reading};
use ztam_graph::access::Access;
use ztam_graph::ids::Names;
use ztam_source::file::FileId;
use ztam_source::finding::Finding;

use crate::inventory::survey;
use crate::project::{OnDisk, blocks, date, repository, shared, world};

const GENERATED: u64 = 200;

/// Files as path and bytes.
pub(crate) type Files = Vec<(String, Vec<u8>)>;

pub(crate) fn backend(platform: &str) -> &'static dyn Backend {
    *BACKENDS.iter().find(|it| it.platform() == platform).unwrap()
}

pub(crate) fn read(backend: &dyn Backend, files: &Files) -> Reading {
    let inputs = files.iter().enumerate().map(|(at, (path, bytes))| Input {
        file: FileId(u32::try_from(at).unwrap()),
        path,
        bytes,
    });
    backend.read(&inputs.collect::<Vec<_>>())
}

/// What reading finds, with what speaks against the places of the files.
pub(crate) fn read_in_place(backend: &dyn Backend, files: &Files) -> Reading {
    let mut reading = read(backend, files);
    let inputs = files.iter().enumerate().map(|(at, (path, bytes))| Input {
        file: FileId(u32::try_from(at).unwrap()),
        path,
        bytes,
    });
    reading.findings.extend(backend.layout(&inputs.collect::<Vec<_>>(), &[]));
    reading
}

fn told(reading: &Reading) -> Vec<String> {
    let line = |it: &Finding| format!("{} {}", it.id(), it.title);
    reading.findings.iter().map(line).collect()
}

/// The package as it is on disk, and what its archives hold.
fn written(artifacts: &[Artifact<'_>]) -> (Files, Files) {
    let (mut loose, mut packed) = (Files::new(), Files::new());
    for artifact in artifacts {
        match &artifact.body {
            Body::Stream(_) => loose.push((artifact.path.clone(), artifact.bytes().unwrap())),
            Body::Zip(entries) => {
                let entry =
                    |it: &Artifact<'_>| (format!("{}/{}", artifact.path, it.path), it.bytes().unwrap());
                packed.extend(entries.iter().map(entry));
            }
        }
    }
    (loose, packed)
}

/// Rows of a plan, and what reading made of them, container by container. The number of rows.
fn compare(
    from: &str,
    plan: &Plan,
    rows: &BTreeMap<(&str, &str), Vec<Row>>,
    files: &Files,
    platform: &str,
) -> usize {
    let reading = read(backend(platform), files);
    assert_eq!(told(&reading), Vec::<String>::new(), "{from}");
    let kinds = ["FieldSecurityProfile", "PermissionSet", "PermissionSetGroup", "Role"];
    let mut read: Vec<_> = reading.package.containers.iter().filter(|it| kinds.contains(&it.kind)).collect();
    read.sort_by_key(|it| (it.kind, &it.name));
    let mut planned: Vec<_> = plan.containers.iter().collect();
    planned.sort_by_key(|it| (it.kind, &it.name));
    let name = |kind: &str, name: &str| format!("{kind} {name}");
    assert_eq!(
        read.iter().map(|it| name(it.kind, &it.name)).collect::<Vec<_>>(),
        planned.iter().map(|it| name(it.kind, &it.name)).collect::<Vec<_>>(),
        "{from}"
    );
    let mut count = 0;
    for (read, planned) in read.iter().zip(planned) {
        let about = |it: &str| format!("{from}: {} {}: {it}", planned.kind, planned.name);
        assert_eq!(read.id, planned.id, "{}", about("id"));
        assert_eq!(read.label, planned.label, "{}", about("label"));
        assert_eq!(read.description, planned.description, "{}", about("description"));
        assert_eq!((read.inert, read.unknown.len()), (0, 0), "{}", about("rows that say nothing"));
        let rows = &rows[&(planned.kind, planned.name.as_str())];
        let found: Vec<_> = read.rows.iter().map(|it| it.row.clone()).collect();
        assert_eq!(&found, rows, "{}", about("rows"));
        for row in &read.rows {
            let bytes = &files[row.span.file.0 as usize].1;
            let text = std::str::from_utf8(&bytes[row.span.start as usize..row.span.end as usize]).unwrap();
            let last = row.row.key.rsplit('.').next().unwrap();
            assert!(text.starts_with('<') && text.ends_with('>') && text.contains(last), "{text}");
        }
        count += found.len();
    }
    count
}

fn round_trip(from: &str, access: &Access<'_>, it: &EmitterOf<'_>) -> usize {
    let plan = it.emitter.plan(access);
    let rows = plan.containers.iter().map(|container| {
        let mut rows = it.emitter.rows(access, container);
        rows.sort();
        ((container.kind, container.name.as_str()), rows)
    });
    let rows = rows.collect();
    let (loose, packed) = written(&it.emitter.artifacts(access, &plan));
    let from = format!("{from} on {}", it.platform);
    let count = compare(&from, &plan, &rows, &loose, it.platform);
    if !packed.is_empty() {
        assert_eq!(compare(&format!("{from}, packed"), &plan, &rows, &packed, it.platform), count);
        let both = [loose, packed].concat();
        assert_eq!(compare(&format!("{from}, both forms"), &plan, &rows, &both, it.platform), count);
    }
    count
}

/// The rows of each platform, over all environments.
fn project(from: &str, root: &Path) -> BTreeMap<&'static str, usize> {
    let session = Session::new();
    let loaded = session.load(&world(root), root).unwrap();
    let compiled = session.compile(&loaded);
    let mut counts = BTreeMap::new();
    for name in loaded.environments() {
        let environment = Names::new(&loaded.project).environments.find(name);
        let analysis = session.analyze(&loaded, &compiled, environment, date("2026-09-20"));
        for it in analysis.emitters.iter().filter(|it| it.emitted) {
            *counts.entry(it.platform).or_default() +=
                round_trip(&format!("{from} {name}"), &analysis.access, it);
        }
    }
    counts
}

#[test]
fn the_example_comes_back() {
    let counts = project("acme-crm", &repository().join("matrices/acme-crm"));
    println!("acme-crm: rows {counts:?}");
    assert!(counts["dataverse"] > 100 && counts["salesforce"] > 100, "{counts:?}");
}

#[test]
fn generated_projects_come_back() {
    let mut all: BTreeMap<&str, usize> = BTreeMap::new();
    for seed in 0..GENERATED {
        let files = generate(&Params::tiny(), seed);
        let disk = OnDisk::new(files.iter().map(|(path, text)| (path.as_str(), text.as_bytes())));
        for (platform, count) in project(&format!("seed {seed}"), disk.path()) {
            *all.entry(platform).or_default() += count;
        }
    }
    println!("{GENERATED} generated projects: rows {all:?}");
    assert!(all["dataverse"] > 10_000 && all["salesforce"] > 10_000, "{all:?}");
}

/// What reading and taking an inventory say of each bad case, with `!` where the finding blocks.
const BAD_CASES: [(&str, &[&str]); 33] = [
    ("bad_api_name", &["read/bad-value!"]),
    ("bad_apiversion", &["read/bad-value!"]),
    ("bad_boolean", &["read/bad-value!"]),
    ("bad_utf8", &["read/not-text!"]),
    ("bare_amp", &["read/malformed!"]),
    ("bom", &["read/other-form"]),
    ("doctype_xxe", &["read/malformed!"]),
    ("dup_in_two_dirs", &["read/duplicate-container!"]),
    // Noted: an org keeps one row of each key, and published packages have such rows and are deployed.
    ("duplicate_entry", &["read/duplicate-row"]),
    ("duplicate_label", &["read/duplicate-row!"]),
    ("edit_without_read", &["read/missing-right!"]),
    ("empty_file", &["read/malformed!"]),
    ("field_fullname_mismatch", &["read/bad-value!"]),
    // Noted: fields of standard objects come alone in nearly every project.
    ("field_no_parent_meta", &["read/missing-part"]),
    ("field_wrong_loc", &["read/misnamed!"]),
    ("illegal_char_ref", &["read/malformed!"]),
    ("mdapi_suffix_in_source", &["read/misnamed!"]),
    ("missing_label", &["read/malformed!"]),
    ("missing_namespace", &["read/malformed!"]),
    ("muting_ok", &[]),
    // Noted: a folder that was given may lie in a project, and archives have none.
    ("no_sfdx_project", &["read/no-project"]),
    ("non_contiguous", &["read/interleaved!"]),
    ("ok", &[]),
    // Noted: more than half of all members in published groups come from other packages.
    ("psg_missing_member", &["read/missing-part"]),
    ("suffix_xml", &["read/misnamed!"]),
    ("truncated", &["read/malformed!"]),
    ("unclosed_tag", &["read/malformed!"]),
    // Noted: a newer release may know it; it is kept and carried through an import.
    ("unknown_element", &["read/unknown-element"]),
    // Noted: Salesforce takes a source file by its ending, and published projects rely on it.
    ("wrong_dir", &["read/misplaced"]),
    ("wrong_namespace", &["read/malformed!"]),
    ("wrong_order", &["read/other-form"]),
    ("wrong_root", &["read/malformed!"]),
    ("wrong_suffix_typo", &["read/misnamed!"]),
];

#[test]
fn bad_cases_are_refused_or_noted() {
    let Some(shared) = shared() else { return };
    let folder = tempfile::tempdir().unwrap();
    let cases = folder.path().join("cases");
    let script = shared.join("oracle/salesforce/make_bad_cases.py");
    let made = Command::new("python3").arg(script).arg(&cases).status();
    if !made.is_ok_and(|it| it.success()) {
        println!("skipped: python3 does not make the bad cases");
        return;
    }
    let salesforce = backend("salesforce");
    let mut wrong = Vec::new();
    let mut names: Vec<_> = BAD_CASES.iter().map(|it| it.0.to_owned()).collect();
    for (case, expected) in BAD_CASES {
        let root = cases.join(case);
        let files = files_below(&root, &root);
        let mut findings = read_in_place(salesforce, &files).findings;
        findings.extend(survey("salesforce", &files).findings);
        let rule = |it: &Finding| format!("{}{}", it.id(), if blocks(it) { "!" } else { "" });
        let rules: BTreeSet<_> = findings.iter().map(rule).collect();
        if rules != expected.iter().map(|it| (*it).to_owned()).collect() {
            let titles: Vec<_> = findings.iter().map(|it| &it.title).collect();
            wrong.push(format!("{case}: {rules:?}, not {expected:?}: {titles:?}"));
        }
        if expected.iter().any(|it| it.ends_with('!')) {
            is_refused(case, &root, &mut wrong);
        }
    }
    let mut made: Vec<_> = std::fs::read_dir(&cases)
        .unwrap()
        .map(|it| it.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    made.sort();
    names.sort();
    assert_eq!(made, names);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Neither an inventory nor an import is made of what is refused: nothing is written.
fn is_refused(case: &str, root: &Path, wrong: &mut Vec<String>) {
    let into = tempfile::tempdir().unwrap();
    let project = into.path().join("project");
    let order = Order {
        platform: "salesforce".to_owned(),
        paths: vec![root.to_path_buf()],
        into: project.clone(),
        environment: "imported".to_owned(),
        as_of: date("2026-09-20"),
        generalize: false,
    };
    let refused = import(&world(into.path()), &order).map_or(true, |it| it.exit == Exit::Blocking);
    if !refused || project.exists() {
        wrong.push(format!("{case}: is imported"));
    }
}

pub(crate) fn files_below(root: &Path, folder: &Path) -> Files {
    let mut found = Files::new();
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            found.extend(files_below(root, &path));
        } else {
            let name = path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
            found.push((name, std::fs::read(&path).unwrap()));
        }
    }
    found
}

/// A fact: container, kind, key and right. The container is told apart by its place in the file.
type Fact = (usize, String, String, String);

/// Elements that are rows with the child that is their key.
const KEYS: [(&str, &str); 20] = [
    ("agentAccesses", "agentName"),
    ("applicationVisibilities", "application"),
    ("classAccesses", "apexClass"),
    ("customMetadataTypeAccesses", "name"),
    ("customPermissions", "name"),
    ("customSettingAccesses", "name"),
    ("emailRoutingAddressAccesses", "name"),
    ("externalCredentialPrincipalAccesses", "externalCredentialPrincipal"),
    ("externalDataSourceAccesses", "externalDataSource"),
    ("fieldPermissions", "field"),
    ("flowAccesses", "flow"),
    ("genComputingSummaryDefAccesses", "configName"),
    ("objectPermissions", "object"),
    ("pageAccesses", "apexPage"),
    ("recordTypeVisibilities", "recordType"),
    ("servicePresenceStatusAccesses", "servicePresenceStatus"),
    ("tabSettings", "tab"),
    ("tabVisibilities", "tab"),
    ("requiredPermission", "customPermission"),
    ("userPermissions", "name"),
];

/// Text between each opening and closing mark.
fn between<'t>(text: &'t str, open: &str, close: &str) -> Vec<&'t str> {
    text.split(open).skip(1).map(|it| it.split(close).next().unwrap()).collect()
}

fn unescaped(text: &str) -> String {
    let pairs = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")];
    pairs.iter().fold(text.trim().to_owned(), |text, (from, to)| text.replace(from, to))
}

/// Children of a row as name and text.
fn pairs(block: &str) -> Vec<(&str, &str)> {
    let opened = block.split('<').filter(|it| !it.starts_with('/'));
    opened.filter_map(|it| it.split_once('>')).map(|(name, text)| (name, text.trim())).collect()
}

/// The facts of a Salesforce file, by looking for marks in its text.
fn salesforce_facts(text: &str) -> BTreeSet<Fact> {
    let text = without_comments(text);
    let mut facts = BTreeSet::new();
    for (element, key_name) in KEYS {
        for block in between(&text, &format!("<{element}>"), &format!("</{element}>")) {
            let pairs = pairs(block);
            let key = pairs.iter().find(|it| it.0 == key_name).unwrap().1;
            for (name, value) in
                pairs.iter().filter(|it| it.0 != key_name && !it.0.to_lowercase().contains("default"))
            {
                let right = match *value {
                    "None" | "Hidden" | "false" => continue,
                    "true" | "True" => *name,
                    word => word,
                };
                facts.insert((0, element.to_owned(), unescaped(key), right.to_owned()));
            }
        }
    }
    for (element, right) in [("permissionSets", "member"), ("mutingPermissionSets", "muting")] {
        for member in between(&text, &format!("<{element}>"), &format!("</{element}>")) {
            facts.insert((0, element.to_owned(), unescaped(member), right.to_owned()));
        }
    }
    facts
}

fn without_comments(text: &str) -> String {
    let mut parts = text.split("<!--");
    let first = parts.next().unwrap().to_owned();
    parts.fold(first, |all, part| all + part.split_once("-->").map_or("", |it| it.1))
}

fn attribute(tag: &str, name: &str) -> String {
    unescaped(between(tag, &format!("{name}=\""), "\"").first().unwrap())
}

/// The facts of a Dataverse file.
fn dataverse_facts(text: &str) -> BTreeSet<Fact> {
    let text = without_comments(text);
    let mut facts = BTreeSet::new();
    for (at, role) in between(&text, "<Role ", "</Role>").into_iter().enumerate() {
        for row in between(role, "<RolePrivilege ", ">") {
            facts.insert((at, "RolePrivilege".to_owned(), attribute(row, "name"), attribute(row, "level")));
        }
    }
    for (at, profile) in
        between(&text, "<FieldSecurityProfile ", "</FieldSecurityProfile>").into_iter().enumerate()
    {
        for row in between(profile, "<FieldPermission>", "</FieldPermission>") {
            let pairs = pairs(row);
            let value = |name: &str| pairs.iter().find(|it| it.0 == name).unwrap().1.to_owned();
            let key = format!("{}.{}", value("EntityName"), value("AttributeName"));
            for (name, _) in pairs.iter().filter(|it| it.0.starts_with("Can") && it.1 != "0") {
                facts.insert((at, "FieldPermission".to_owned(), key.clone(), (*name).to_owned()));
            }
        }
    }
    facts
}

/// What was read as facts; components of a solution are not counted.
fn read_facts(reading: &Reading) -> BTreeSet<Fact> {
    let mut facts = BTreeSet::new();
    let mut containers: Vec<_> = reading.package.containers.iter().collect();
    containers.sort_by_key(|it| it.place);
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for container in containers.iter().filter(|it| it.kind != "Solution") {
        let at = seen.entry(container.kind).or_default();
        for row in &container.rows {
            for right in &row.row.rights {
                facts.insert((*at, row.row.kind.to_owned(), row.row.key.clone(), (*right).to_owned()));
            }
        }
        *at += 1;
    }
    facts
}

#[derive(Default)]
struct Tally {
    files: usize,
    containers: usize,
    in_text: usize,
    read: usize,
    inert: usize,
    unknown: usize,
    advisories: usize,
}

#[test]
fn what_others_wrote_is_read_without_loss() {
    let Some(shared) = shared() else { return };
    let mut tallies: BTreeMap<String, Tally> = BTreeMap::new();
    let mut wrong = Vec::new();
    type FactsOf = fn(&str) -> BTreeSet<Fact>;
    let count: [(&str, FactsOf); 2] = [("salesforce", salesforce_facts), ("dataverse", dataverse_facts)];
    for (platform, facts_of) in count {
        let root = shared.join("corpus").join(platform);
        for file in files_below(&root, &root) {
            let text = String::from_utf8_lossy(&file.1).into_owned();
            let path = file.0.clone();
            let reading = read(backend(platform), &vec![file]);
            if !reading.unread.is_empty() {
                continue;
            }
            let repository = path.split('/').next().unwrap();
            let tally = tallies.entry(format!("{platform} {repository}")).or_default();
            let blocking: Vec<_> =
                reading.findings.iter().filter(|it| blocks(it)).map(|it| &it.title).collect();
            let (expected, found) = (facts_of(&text), read_facts(&reading));
            if !blocking.is_empty() || expected != found {
                let lost: Vec<_> = expected.symmetric_difference(&found).take(5).collect();
                wrong.push(format!("{path}: {blocking:?}, differs in {lost:?}"));
            }
            tally.files += 1;
            tally.in_text += expected.len();
            tally.read += found.len();
            tally.advisories += reading.findings.len();
            for container in &reading.package.containers {
                tally.containers += 1;
                tally.inert += container.inert;
                tally.unknown += container.unknown.len();
            }
        }
    }
    println!(
        "{:<62} {:>5} {:>10} {:>13} {:>10} {:>6} {:>7} {:>8}",
        "", "files", "containers", "facts in text", "facts read", "inert", "unknown", "findings"
    );
    for (name, it) in &tallies {
        println!(
            "{name:<62} {:>5} {:>10} {:>13} {:>10} {:>6} {:>7} {:>8}",
            it.files, it.containers, it.in_text, it.read, it.inert, it.unknown, it.advisories
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let files: usize = tallies.values().map(|it| it.files).sum();
    assert!(files > 150, "only {files} files");
}
