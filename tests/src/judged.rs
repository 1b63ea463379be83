//! What is rebuilt from public repositories passes judges that share no line with the product, however the originals are
//! written. What the judges have against an original is the original's own, and importing it names the place.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command as Process;

use xtask::corpus::{repositories, round_trips};
use ztam::exit::Exit;

use crate::project::{contents_of, run as command, shared};
use crate::roundtrip::{backend, read};

/// Something that a judge has against a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Complaint {
    file: PathBuf,
    /// What it is, without the place.
    says: String,
}

/// What a judge says of files, a line a complaint that begins with the file; nothing where the judge is not installed.
fn complaints(mut judge: Process, files: &[PathBuf], mark: &str) -> Vec<Complaint> {
    if files.is_empty() {
        return Vec::new();
    }
    let Ok(done) = judge.args(files).output() else {
        assert!(std::env::var_os("CI").is_none(), "{:?} must be there", judge.get_program());
        println!("skipped: {:?} is not there", judge.get_program());
        return Vec::new();
    };
    let said = [done.stdout, done.stderr].concat();
    let complaint = |line: &str| {
        let (place, says) = line.split_once(mark)?;
        let file = files.iter().find(|it| place.starts_with(&*it.to_string_lossy()))?;
        Some(Complaint { file: file.clone(), says: says.trim().to_owned() })
    };
    let said = String::from_utf8_lossy(&said).into_owned();
    let all: Vec<_> = said.lines().filter_map(complaint).collect();
    let told = said.lines().filter(|it| it.contains(mark)).count();
    assert_eq!(all.len(), told, "a complaint is about no file: {said}");
    all
}

fn schema(shared: &Path, name: &str, files: &[PathBuf]) -> Vec<Complaint> {
    let mut judge = Process::new("xmllint");
    judge.args(["--noout", "--nonet", "--schema"]).arg(shared.join("oracle").join(name));
    complaints(judge, files, " error : ")
}

fn of(folder: &Path, end: &str) -> Vec<PathBuf> {
    contents_of(folder, end).into_keys().map(|it| folder.join(it)).collect()
}

/// What a platform's judges have against the files of a folder, and how many files there are.
type Judge = fn(&Path, &Path) -> (usize, Vec<Complaint>);

/// Permission sets, groups and muting sets.
fn salesforce(shared: &Path, folder: &Path) -> (usize, Vec<Complaint>) {
    let sets = of(folder, ".permissionset-meta.xml");
    let others = [".permissionsetgroup-meta.xml", ".mutingpermissionset-meta.xml"].map(|it| of(folder, it));
    let all = [sets.clone(), others.concat()].concat();
    let mut check = Process::new("python3");
    check.arg(shared.join("oracle/salesforce/check_permset.py"));
    let mut wrong = schema(shared, "salesforce/sf-metadata-66-strict.xsd", &all);
    wrong.extend(complaints(check, &sets, ": E "));
    (all.len(), wrong)
}

/// Roles and column security profiles: as files of their own, and as they stand in a packed solution, which has other things
/// besides that the judge knows nothing of.
fn dataverse(shared: &Path, folder: &Path) -> (usize, Vec<Complaint>) {
    let is_own = |it: &PathBuf| {
        let name = it.file_name().unwrap_or_default();
        let is_role = it.parent().is_some_and(|it| it.ends_with("Roles"));
        is_role || name == "FieldSecurityProfiles.xml"
    };
    let mut all: Vec<_> = of(folder, ".xml").into_iter().filter(is_own).collect();
    let parts = tempfile::tempdir().unwrap();
    let mut texts: Vec<String> = of(folder, ".xml")
        .iter()
        .filter(|it| it.file_name().is_some_and(|it| it.eq_ignore_ascii_case("customizations.xml")))
        .map(|it| std::fs::read_to_string(it).unwrap())
        .collect();
    texts.extend(archives(folder).iter().map(|it| customizations(it)));
    for text in texts {
        for part in [elements(&text, "Role"), elements(&text, "FieldSecurityProfiles")].concat() {
            let place = parts.path().join(format!("{}.xml", all.len()));
            std::fs::write(&place, part).unwrap();
            all.push(place);
        }
    }
    let wrong = schema(shared, "dataverse/dataverse-security.xsd", &all);
    (all.len(), wrong)
}

fn archives(folder: &Path) -> Vec<PathBuf> {
    let mut open = vec![folder.to_path_buf()];
    let mut found = Vec::new();
    while let Some(path) = open.pop() {
        for entry in std::fs::read_dir(path).unwrap() {
            let path = entry.unwrap().path();
            match path.extension() {
                _ if path.is_dir() => open.push(path),
                Some(end) if end == "zip" => found.push(path),
                _ => {}
            }
        }
    }
    found.sort();
    found
}

/// What a packed solution customizes.
fn customizations(archive: &Path) -> String {
    let mut zip = zip::ZipArchive::new(std::fs::File::open(archive).unwrap()).unwrap();
    let mut text = String::new();
    std::io::Read::read_to_string(&mut zip.by_name("customizations.xml").unwrap(), &mut text).unwrap();
    text
}

/// Whole elements of a name, by their text.
fn elements(text: &str, name: &str) -> Vec<String> {
    let end = format!("</{name}>");
    let starts = [format!("<{name} "), format!("<{name}>")];
    let of = |start: &String| {
        let rest = text.split(start.as_str()).skip(1);
        let inner = rest.filter_map(|it| it.split_once(&end));
        inner.map(|(inner, _)| format!("{start}{inner}{end}")).collect::<Vec<_>>()
    };
    starts.iter().flat_map(of).collect()
}

/// What came of one platform's repositories.
#[derive(Debug, Default)]
struct Tally {
    files: usize,
    /// Complaints about originals.
    own: Vec<Complaint>,
}

/// Rebuilds every repository and judges it before and after.
fn judged(shared: &Path, platform: &str, judge: Judge) -> Tally {
    let folder = tempfile::tempdir().unwrap();
    let mut tally = Tally::default();
    for repository in repositories(&shared.join("corpus"), platform).unwrap() {
        let (_, own) = judge(shared, &repository);
        let said: BTreeSet<&str> = own.iter().map(|it| it.says.as_str()).collect();
        for row in round_trips(&repository, platform, folder.path()).unwrap() {
            if row.report.is_err() {
                continue;
            }
            let line = ["build", &row.repository, "--env", "imported", "--out", "dist"];
            assert_eq!(command(folder.path(), &line), Exit::Clean, "{}", row.repository);
            let (count, wrong) = judge(shared, &folder.path().join("dist").join(platform));
            let (ours, kept): (Vec<_>, Vec<_>) =
                wrong.iter().partition(|it| !said.contains(it.says.as_str()));
            assert!(ours.is_empty(), "{}: {ours:#?}", row.repository);
            kept.iter().for_each(|it| println!("{}, as the original: {}", row.repository, it.says));
            tally.files += count;
            std::fs::remove_dir_all(folder.path().join("dist")).unwrap();
        }
        tally.own.extend(own);
    }
    tally
}

/// Complaints about originals that reading them does not tell.
fn unnamed(platform: &str, own: &[Complaint]) -> Vec<String> {
    let is_named = |it: &Complaint| {
        let path = it.file.to_string_lossy().into_owned();
        let quoted = it.says.split('\'').nth(1).and_then(|it| it.rsplit('}').next());
        let element = quoted.or(it.says.split_whitespace().last()).unwrap();
        let reading = read(backend(platform), &vec![(path, std::fs::read(&it.file).unwrap())]);
        reading.findings.iter().any(|finding| finding.title.contains(&format!("`{element}`")))
    };
    for it in own {
        println!("the original's own: {}: {}", it.file.file_name().unwrap().display(), it.says);
    }
    own.iter().filter(|it| !is_named(it)).map(|it| format!("{it:?}")).collect()
}

/// The originals have elements in another order, or under an old name; what is built has neither.
#[test]
fn what_is_built_from_public_permission_sets_passes_the_judges() {
    let Some(shared) = shared() else { return };
    let tally = judged(&shared, "salesforce", salesforce);
    println!("{} files pass; {} complaints about the originals", tally.files, tally.own.len());
    assert_eq!(unnamed("salesforce", &tally.own), Vec::<String>::new());
    assert!(tally.files > 100, "{tally:?}");
}

#[test]
fn what_is_built_from_public_solutions_passes_the_judge() {
    let Some(shared) = shared() else { return };
    let tally = judged(&shared, "dataverse", dataverse);
    println!("{} files and parts pass; {} complaints about the originals", tally.files, tally.own.len());
    assert_eq!(unnamed("dataverse", &tally.own), Vec::<String>::new());
    // Twelve roles and three repositories' profiles, in files and in a packed solution.
    assert!(tally.files >= 24, "{tally:?}");
}

/// The judge of roles notices what is wrong with one, so that its silence means something.
#[test]
fn the_judge_of_roles_is_awake() {
    let Some(shared) = shared() else { return };
    let role = "<Role id=\"{0000000a-0000-4000-8000-000000000001}\" name=\"Clerk\"><RolePrivileges>\
                <RolePrivilege name=\"prvReadAccount\" level=\"LEVEL\" /></RolePrivileges></Role>";
    let folder = tempfile::tempdir().unwrap();
    let judge = |level: &str| {
        let place = folder.path().join("src/Roles/Clerk.xml");
        std::fs::create_dir_all(place.parent().unwrap()).unwrap();
        std::fs::write(&place, role.replace("LEVEL", level)).unwrap();
        let packed =
            format!("<ImportExportXml><Roles>{}</Roles></ImportExportXml>", role.replace("LEVEL", level));
        std::fs::write(folder.path().join("customizations.xml"), packed).unwrap();
        let (files, wrong) = dataverse(&shared, folder.path());
        (files, wrong.iter().any(|it| it.says.contains("Everywhere")))
    };
    assert_eq!(judge("Global"), (2, false));
    if Process::new("xmllint").arg("--version").output().is_ok() {
        assert_eq!(judge("Everywhere"), (2, true));
    }
}
