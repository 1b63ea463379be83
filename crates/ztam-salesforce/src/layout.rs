//! Where the files of a package stand: folders, endings, and the project file beside them.
//!
//! None of it changes what a file grants, so it is told apart from reading. Refused is what Salesforce's own tools refuse or
//! leave out; what they take is told.

use std::collections::BTreeSet;
use std::ops::Range;

use ztam_backend::read::{Input, Sink};
use ztam_backend::rules::{BAD_VALUE, MISNAMED, MISPLACED, NO_PROJECT};
use ztam_source::file::FileId;
use ztam_source::finding::Finding;
use ztam_source::span::Span;

use crate::read::format_of;

/// What says that a folder is a project, and where its packages are.
pub(crate) const PROJECT_FILE: &str = "sfdx-project.json";
/// What lies beside the folders of metadata format.
const PACKAGE_FILE: &str = "package.xml";

/// Whether a file says how others are laid out.
pub(crate) fn is_layout(path: &str) -> bool {
    matches!(last(path), PROJECT_FILE | PACKAGE_FILE)
}

/// What is wrong with the places of files. Of `names` only the paths are known.
pub(crate) fn check(files: &[Input<'_>], names: &[String]) -> Vec<Finding> {
    let mut sink = Sink::default();
    let projects: Vec<_> = files
        .iter()
        .filter(|it| last(it.path) == PROJECT_FILE)
        .map(|it| Project::read(it, &mut sink))
        .collect();
    let known = files.iter().map(|it| (it.path, Some(it.file)));
    let all: Vec<_> = known.chain(names.iter().map(|it| (it.as_str(), None))).collect();
    let packed = all.iter().filter(|(path, _)| last(path) == PACKAGE_FILE);
    let packed: BTreeSet<&str> = packed.map(|(path, _)| folder(path)).collect();
    for (path, file) in &all {
        let place = Place { path, file: *file };
        match format_of(path) {
            Some((true, suffix)) => place.folder_fits(suffix, &projects, &mut sink),
            Some((false, suffix)) => place.ending_fits(suffix, &projects, &packed, &mut sink),
            None => {}
        }
    }
    let first = all.iter().find(|(path, _)| format_of(path).is_some_and(|(is_source, _)| is_source));
    if let Some((path, file)) = first.filter(|_| projects.is_empty()) {
        let title =
            format!("there is no `{PROJECT_FILE}`, and Salesforce's tools take source files with one only");
        let finding = Place { path, file: *file }.label(Finding::new(&NO_PROJECT, title), "a source file");
        sink.tell("project", finding.help("give the folder that holds the project"));
    }
    sink.finish()
}

/// A file, and what findings call it where it was read.
struct Place<'a> {
    path: &'a str,
    file: Option<FileId>,
}

impl Place<'_> {
    fn label(&self, finding: Finding, text: &'static str) -> Finding {
        let finding = finding.fact("path", self.path);
        match self.file {
            Some(file) => finding.at(Span::new(file, 0, 0), text),
            None => finding,
        }
    }

    /// A source file in the folder of its kind, or below it. Salesforce takes it by its ending, wherever it stands.
    fn folder_fits(&self, suffix: &str, projects: &[Project<'_>], sink: &mut Sink) {
        let wanted = format!("{suffix}s");
        let is_there = folder(self.path).split('/').any(|it| it.eq_ignore_ascii_case(&wanted));
        if is_there || !projects.iter().any(|it| below(it.root, self.path).is_some()) {
            return;
        }
        let title = format!("`{}` stands in no folder `{wanted}`", last(self.path));
        let finding = Finding::new(&MISPLACED, title)
            .note("Salesforce's tools take it by its ending all the same, so it counts here")
            .help(format!("move it into a folder `{wanted}`"));
        sink.tell(self.path, self.label(finding, "this file"));
    }

    /// A file of metadata format stands in a package directory of a project, which holds source format only.
    fn ending_fits(&self, suffix: &str, projects: &[Project<'_>], packed: &BTreeSet<&str>, sink: &mut Sink) {
        if packed.iter().any(|root| below(root, self.path).is_some()) {
            return;
        }
        let inside =
            |project: &&Project<'_>| project.packages.iter().any(|it| below(it, self.path).is_some());
        let Some(project) = projects.iter().find(inside) else { return };
        let name = last(self.path);
        let title = format!(
            "`{name}` has the ending of metadata format and stands in a package directory of a project"
        );
        let finding = Finding::new(&MISNAMED, title)
            .note(format!(
                "a package directory holds source format, and metadata format has a `{PACKAGE_FILE}`"
            ))
            .help(format!("end its name in `.{suffix}-meta.xml`"));
        let finding = self.label(finding, "in this file");
        sink.tell(self.path, finding.because(project.place, "the project that it is in"));
    }
}

/// A project file.
struct Project<'a> {
    /// Its folder.
    root: &'a str,
    /// Its package directories, from the same start as paths.
    packages: Vec<String>,
    place: Span,
}

impl<'a> Project<'a> {
    fn read(input: &Input<'a>, sink: &mut Sink) -> Self {
        let root = folder(input.path);
        let place = input.span(&(0..0));
        let mut project = Self { root, packages: Vec::new(), place };
        let Ok(value) = serde_json::from_slice::<serde_json::Value>(input.bytes) else {
            let title = format!("`{}` is not JSON, and Salesforce's tools refuse the project", input.name());
            sink.tell("file", Finding::new(&NO_PROJECT, title).at(place, "this file"));
            return project;
        };
        let directories = value.get("packageDirectories").and_then(|it| it.as_array()).into_iter().flatten();
        let paths = directories.filter_map(|it| it.get("path")?.as_str());
        let parts =
            paths.map(|it| it.split('/').filter(|part| !matches!(*part, "" | ".")).collect::<Vec<_>>());
        project.packages = parts.map(|it| joined(root, &it.join("/"))).collect();
        if let Some(version) = value.get("sourceApiVersion") {
            let text = version.as_str().map_or_else(|| version.to_string(), str::to_owned);
            if !is_version(&text) {
                let title =
                    format!("`sourceApiVersion` is `{text}`, which is no version of the Metadata API");
                let finding = Finding::new(&BAD_VALUE, title)
                    .at(input.span(&value_of(input.bytes, "\"sourceApiVersion\"")), "not a version")
                    .help("write a version such as `66.0`")
                    .fact("value", text);
                sink.tell("version", finding);
            }
        }
        project
    }
}

/// `66.0`.
fn is_version(text: &str) -> bool {
    let number = text.strip_suffix(".0").unwrap_or_default();
    (1..=3).contains(&number.len()) && number.bytes().all(|it| it.is_ascii_digit())
}

/// Where the value of a key stands; the whole start of the file where it is not found as it was looked for.
fn value_of(bytes: &[u8], key: &str) -> Range<usize> {
    let text = String::from_utf8_lossy(bytes);
    let found = || {
        let after = text.find(key)? + key.len();
        let rest = text.get(after..)?;
        let start = after + rest.find(|it: char| it != ':' && !it.is_whitespace())?;
        let end = text.get(start..)?.find([',', '}', '\n', '\r'])?;
        Some(start..start + text.get(start..start + end)?.trim_end().len())
    };
    found().filter(|it| it.end <= bytes.len()).unwrap_or(0..0)
}

fn last(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

fn joined(root: &str, rest: &str) -> String {
    match (root, rest) {
        ("", rest) => rest.to_owned(),
        (root, "") => root.to_owned(),
        (root, rest) => format!("{root}/{rest}"),
    }
}

/// The path below a folder.
fn below<'p>(folder: &str, path: &'p str) -> Option<&'p str> {
    if folder.is_empty() { Some(path) } else { path.strip_prefix(folder)?.strip_prefix('/') }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(files: &[(&str, &str)], names: &[&str]) -> Vec<String> {
        let inputs = files.iter().zip(0..).map(|((path, text), id)| Input {
            file: FileId(id),
            path,
            bytes: text.as_bytes(),
        });
        let names: Vec<_> = names.iter().map(|it| (*it).to_owned()).collect();
        let found = check(&inputs.collect::<Vec<_>>(), &names);
        found.iter().map(|it| format!("{} {:?}", it.id(), it.level)).collect()
    }

    const PROJECT: (&str, &str) = (
        "a/sfdx-project.json",
        "{\"packageDirectories\": [{\"path\": \"./src/\"}], \"sourceApiVersion\": \"66.0\"}",
    );

    #[test]
    fn files_in_their_places_are_not_told() {
        let names = [
            "a/src/main/permissionsets/A.permissionset-meta.xml",
            "a/src/main/PermissionSets/sales/B.permissionset-meta.xml",
            "a/src/packed/package.xml",
            "a/src/packed/permissionsets/C.permissionset",
            "a/elsewhere/permissionsets/D.permissionset",
            "a/elsewhere/README.md",
        ];
        assert_eq!(told(&[PROJECT], &names), Vec::<String>::new());
        assert_eq!(told(&[], &["p/permissionsets/A.permissionset"]), Vec::<String>::new());
    }

    #[test]
    fn what_stands_elsewhere_is_told_and_what_is_left_out_is_refused() {
        let odd = "a/src/odd/A.permissionset-meta.xml";
        assert_eq!(told(&[PROJECT], &[odd]), ["read/misplaced Advisory"]);
        assert_eq!(told(&[PROJECT, (odd, "")], &[]), ["read/misplaced Advisory"]);
        let packed = "a/src/permissionsets/A.permissionset";
        assert_eq!(told(&[PROJECT], &[packed]), ["read/misnamed Blocking"]);
        assert_eq!(told(&[], &[odd]), ["read/no-project Advisory"]);
    }

    #[test]
    fn versions_that_the_tools_refuse_are_refused_where_they_stand() {
        for (version, expected) in
            [("\"66\"", true), ("66", true), ("\"66.0\"", false), ("66.0", false), ("\"x.0\"", true)]
        {
            let text = format!("{{\n  \"sourceApiVersion\" : {version}\n}}");
            let input = Input { file: FileId(0), path: "sfdx-project.json", bytes: text.as_bytes() };
            let found = check(&[input], &[]);
            assert_eq!(found.len(), usize::from(expected), "{version}");
            for it in found {
                let span = it.primary().unwrap().span;
                assert_eq!(text.get(span.start as usize..span.end as usize), Some(version));
            }
        }
        assert_eq!(told(&[("sfdx-project.json", "{")], &[]), ["read/no-project Advisory"]);
    }
}
