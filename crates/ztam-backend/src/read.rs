//! What reading a package gives back: the same containers of rows that a build writes, each with its place in the files.
//!
//! A back end reads whatever bytes it is given and never fails: what it cannot read becomes a finding that points into the
//! file. Nothing here decides what a row means; import, drift and verification do.

pub mod cut;
pub mod xml;

use std::collections::BTreeMap;

use ztam_source::file::FileId;
use ztam_source::finding::Finding;
use ztam_source::span::Span;

use crate::plan::Row;
use crate::rules::{DUPLICATE_CONTAINER, DUPLICATE_ROW};

/// One file of a package. Entries of an archive are files of their own, with the archive's path before theirs.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// What findings and places call it.
    pub file: FileId,
    /// Path, with `/`; back ends tell by it what the file holds.
    pub path: &'a str,
    /// Its bytes. Spans count in them, byte order mark and line ends included.
    pub bytes: &'a [u8],
}

impl<'a> Input<'a> {
    /// The last part of the path.
    #[must_use]
    pub fn name(&self) -> &'a str {
        self.path.rsplit('/').next().unwrap_or(self.path)
    }

    /// A place in the file.
    #[must_use]
    pub fn span(&self, range: &std::ops::Range<usize>) -> Span {
        let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Span::new(self.file, offset(range.start), offset(range.end))
    }
}

/// A row with the element that says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadRow {
    /// The fact.
    pub row: Row,
    /// The element; the first one where several say the same.
    pub span: Span,
}

/// An element or attribute that the back end does not know. It may grant something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// Its name.
    pub name: String,
    /// Where it stands; its text is there.
    pub span: Span,
}

/// An unknown element that can be written again as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verbatim {
    /// Its name.
    pub name: String,
    /// Its attributes, sorted.
    pub attributes: Vec<(String, String)>,
    /// What is inside, in one form whatever it was written as.
    pub content: String,
    /// Kind and key of the known row that it is a part of.
    pub row: Option<(&'static str, String)>,
    /// Where it stands; one of the container's unknown elements stands there too.
    pub span: Span,
}

/// The rows of a container in short: enough to say whether another one has the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Brief {
    /// How many there are.
    pub rows: usize,
    /// A cryptographic digest of all of them.
    pub digest: [u8; 32],
}

impl Verbatim {
    /// The row that it is a part of and its attributes, as the beginning of a text; empty where there is neither.
    #[must_use]
    pub fn about(&self) -> String {
        let row = self.row.as_ref().map(|(kind, key)| format!("{kind} {key}: ")).unwrap_or_default();
        self.attributes.iter().fold(row, |all, (name, value)| format!("{all}{name}={value:?} "))
    }
}

/// One thing in a package that carries rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadContainer {
    /// What it is, in the platform's word: `PermissionSet`, `Role` ...
    pub kind: &'static str,
    /// API name or name.
    pub name: String,
    /// Id where the platform has one that travels, in lower case and without braces.
    pub id: Option<String>,
    /// Label; empty where there is none.
    pub label: String,
    /// Description; empty where there is none.
    pub description: String,
    /// The licence that it is bound to.
    pub licence: Option<String>,
    /// Whether it counts only where a session has activated it.
    pub activation: bool,
    /// What else is said of it, in the platform's words, sorted.
    pub attributes: Vec<(&'static str, String)>,
    /// What it grants, sorted, each key once.
    pub rows: Vec<ReadRow>,
    /// How many rows it has that grant nothing; they are not among `rows`.
    pub inert: usize,
    /// What the rows come to, where they were left out.
    pub brief: Option<Brief>,
    /// What could not be read.
    pub unknown: Vec<Unknown>,
    /// Those of the unknown elements that can be written again, in the order of the file.
    pub verbatim: Vec<Verbatim>,
    /// The whole element.
    pub place: Span,
}

impl ReadContainer {
    /// One without rows.
    #[must_use]
    pub fn new(kind: &'static str, name: impl Into<String>, place: Span) -> Self {
        Self {
            kind,
            name: name.into(),
            id: None,
            label: String::new(),
            description: String::new(),
            licence: None,
            activation: false,
            attributes: Vec::new(),
            rows: Vec::new(),
            inert: 0,
            brief: None,
            unknown: Vec::new(),
            verbatim: Vec::new(),
            place,
        }
    }

    /// An attribute's value.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| *key == name).map(|(_, value)| value.as_str())
    }

    /// The unknown elements of a name as they can be written again, sorted; `None` where not all of them can.
    #[must_use]
    pub fn verbatim_of(&self, name: &str) -> Option<Vec<String>> {
        let own = self.verbatim.iter().filter(|it| it.name == name);
        let mut kept: Vec<_> = own.map(|it| it.about() + &it.content).collect();
        kept.sort_unstable();
        let all = self.unknown.iter().filter(|it| it.name == name).count();
        (kept.len() == all).then_some(kept)
    }

    /// How many rows it has, left out or not.
    #[must_use]
    pub fn row_count(&self) -> usize {
        self.brief.map_or(self.rows.len(), |it| it.rows)
    }

    /// Whether both have the same rows. Of two that were shortened by the same measure, that is what this says.
    #[must_use]
    pub fn has_rows_of(&self, other: &Self) -> bool {
        self.brief == other.brief
            && self.rows.iter().map(|it| &it.row).eq(other.rows.iter().map(|it| &it.row))
    }

    /// Whether both say the same, wherever they stand.
    fn says_the_same(&self, other: &Self) -> bool {
        (&self.name, &self.id, &self.description, &self.attributes, self.activation)
            == (&other.name, &other.id, &other.description, &other.attributes, other.activation)
            && self.unknown.is_empty()
            && other.unknown.is_empty()
            && self.has_rows_of(other)
    }
}

/// What the files of one platform hold.
#[derive(Clone, Debug, Default)]
pub struct Package {
    /// Containers, sorted by kind and name; each once.
    pub containers: Vec<ReadContainer>,
}

/// What reading found.
#[derive(Debug, Default)]
pub struct Reading {
    /// What the files hold.
    pub package: Package,
    /// What is wrong with the files, in the order of files and places.
    pub findings: Vec<Finding>,
    /// Files that hold nothing that the back end reads.
    pub unread: Vec<FileId>,
}

/// Collects findings: what repeats in a file is told once, with a count.
#[derive(Debug, Default)]
pub struct Sink {
    told: Vec<(Finding, usize)>,
    by_subject: BTreeMap<(&'static str, Option<FileId>, String), usize>,
}

impl Sink {
    /// Tells a finding, unless the same rule has told of the subject in this file.
    pub fn tell(&mut self, subject: &str, finding: Finding) {
        let file = finding.primary().map(|it| it.span.file);
        let position = self.told.len();
        let known = *self.by_subject.entry((finding.rule.id, file, subject.to_owned())).or_insert(position);
        match self.told.get_mut(known) {
            Some((_, count)) => *count += 1,
            None => self.told.push((finding, 1)),
        }
    }

    /// What was told, in the order of files and places.
    #[must_use]
    pub fn finish(self) -> Vec<Finding> {
        let mut findings: Vec<_> = self
            .told
            .into_iter()
            .map(|(finding, count)| match count {
                1 => finding,
                _ => finding.note(format!("the same holds for {} more in this file", count - 1)),
            })
            .collect();
        findings.sort_by_key(|it| it.primary().map(|label| label.span));
        findings
    }
}

/// Collects the rows of a container; rows of the same key become one.
#[derive(Debug)]
pub struct Rows {
    rows: Vec<ReadRow>,
    positions: BTreeMap<(&'static str, String), usize>,
    /// The rights of two rows that say different things of one key; never narrower than either.
    join: fn(&[&'static str], &[&'static str]) -> Vec<&'static str>,
}

impl Rows {
    /// None yet.
    #[must_use]
    pub fn new(join: fn(&[&'static str], &[&'static str]) -> Vec<&'static str>) -> Self {
        Self { rows: Vec::new(), positions: BTreeMap::new(), join }
    }

    /// Adds a row, also one that grants nothing; the second of a key is told.
    pub fn add(&mut self, row: Row, span: Span, sink: &mut Sink) {
        let key = (row.kind, row.key.clone());
        let Some(first) = self.positions.get(&key).and_then(|at| self.rows.get_mut(*at)) else {
            self.positions.insert(key, self.rows.len());
            self.rows.push(ReadRow { row, span });
            return;
        };
        let same = first.row.rights == row.rights;
        let title = if same {
            format!("`{}` is granted twice, with the same rights", row.key)
        } else {
            format!("`{}` is granted twice, with different rights", row.key)
        };
        let finding = Finding::new(&DUPLICATE_ROW, title)
            .at(span, "the second time")
            .because(first.span, "the first time")
            .fact("kind", row.kind)
            .fact("key", row.key);
        let finding =
            if same { finding } else { finding.note("both count here, whichever the platform takes") };
        sink.tell(if same { "same" } else { "different" }, finding);
        first.row.rights = (self.join)(&first.row.rights, &row.rights);
    }

    /// Puts the rows into a container, sorted; those that grant nothing are counted only.
    pub fn finish(self, container: &mut ReadContainer) {
        let all = self.rows.len();
        container.rows = self.rows.into_iter().filter(|it| !it.row.rights.is_empty()).collect();
        container.inert = all - container.rows.len();
        container.rows.sort_by(|a, b| a.row.cmp(&b.row));
    }
}

/// Puts readings of single files together. `across` tells what is wrong between containers of different files.
pub fn gather(
    files: Vec<Reading>,
    identity: fn(&ReadContainer) -> String,
    two_forms: bool,
    across: fn(&[ReadContainer], &mut Sink),
) -> Reading {
    let mut sink = Sink::default();
    let (mut containers, mut findings, mut unread) = (Vec::new(), Vec::new(), Vec::new());
    for file in files {
        containers.extend(file.package.containers);
        findings.extend(file.findings);
        unread.extend(file.unread);
    }
    across(&containers, &mut sink);
    let mut all = settle(containers, identity, two_forms, sink, unread);
    findings.append(&mut all.findings);
    findings.sort_by_key(|it| it.primary().map(|label| label.span));
    Reading { findings, ..all }
}

/// Sorts containers and keeps one of each identity; a second one is told, except where the platform writes a thing in two
/// forms and both say the same.
pub fn settle(
    mut containers: Vec<ReadContainer>,
    identity: fn(&ReadContainer) -> String,
    two_forms: bool,
    mut sink: Sink,
    unread: Vec<FileId>,
) -> Reading {
    containers.sort_by(|a, b| (a.kind, &a.name, a.place).cmp(&(b.kind, &b.name, b.place)));
    let mut kept: Vec<ReadContainer> = Vec::new();
    let mut known: BTreeMap<(&'static str, String), usize> = BTreeMap::new();
    for container in containers {
        let key = (container.kind, identity(&container));
        let Some(first) = known.get(&key).and_then(|at| kept.get(*at)) else {
            known.insert(key, kept.len());
            kept.push(container);
            continue;
        };
        if two_forms && first.says_the_same(&container) {
            continue;
        }
        let title = format!("the {} `{}` is in the package twice", container.kind, container.name);
        let finding = Finding::new(&DUPLICATE_CONTAINER, title)
            .at(container.place, "a second one")
            .because(first.place, "the one that counts here")
            .help("leave out the one that is not meant")
            .fact("kind", container.kind)
            .fact("name", container.name.clone());
        sink.tell(&container.name, finding);
    }
    Reading { package: Package { containers: kept }, findings: sink.finish(), unread }
}
