//! From the tree of a file to the sections it holds, and from all files to one project.
//!
//! Lowering goes entity by entity: one bad role does not hide the others. Reading never fails; what is wrong is in the
//! findings, and [`FileItems::complete`] says whether something is missing.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use ztam_source::confusable::quoted;
use ztam_source::file::FileId;
use ztam_source::finding::{Finding, Safety, TextEdit};
use ztam_source::scalar::Scalar;
use ztam_source::span::{Span, Spanned};
use ztam_source::tree::{Entry, Limits, NodeId, NodeKind, Tree};
use ztam_source::{DeError, DeErrorKind, Entries};

use crate::names;
use crate::project::{Asset, Change, Class, Document, Environment, Project, Texts};
use crate::rules;
use crate::sentence;
use crate::shape::{self, ShapeCheck};
use crate::words::RoleKind;

/// The edition that this release reads.
pub const EDITION: u32 = 1;

/// What could be lowered of one file.
#[derive(Clone, Debug, Default)]
pub struct Lowered {
    /// Every section and entity that could be lowered.
    pub items: Document,
    /// Whether something could not.
    pub faulty: bool,
    /// Why not: the first mistake of each entity.
    pub faults: Vec<DeError>,
    /// What was lowered and still makes no sense: sentences, changes, reserved names, the edition.
    pub findings: Vec<Finding>,
    /// The section keys in order.
    sections: Vec<(String, Span)>,
}

/// What one file says. It refers to no other file, so an editor can keep it until the text changes.
#[derive(Clone, Debug)]
pub struct FileItems {
    /// The file.
    pub file: FileId,
    /// Every section and entity that could be lowered.
    pub items: Document,
    /// Whether nothing is missing: the file was read to its end, and every entity was lowered.
    pub complete: bool,
    /// What is wrong with the file, in order of place.
    pub findings: Vec<Finding>,
    /// The section keys in order.
    sections: Vec<(String, Span)>,
    /// Where a line can be put above the project's name, if the file declares it.
    manifest_line: Option<Span>,
}

/// Reads one file: parses and lowers it, and checks its shape where lowering found a fault.
///
/// `platforms` are the keys that are kept as bindings; they should be those that `shape` knows.
#[must_use]
pub fn read_file(file: FileId, text: &str, platforms: &[&str], shape: &ShapeCheck) -> FileItems {
    let (tree, mut findings) = ztam_source::parse(file, text, &Limits::default());
    let lowered = lower(&tree, file, platforms);
    if lowered.faulty {
        let cut = cut_off(&tree, &findings).unwrap_or(u32::MAX);
        let mut found = shape.check(&tree, file);
        found.retain(|it| it.primary().is_none_or(|label| label.span.start < cut));
        // The two agree; where they should not, lowering has the last word, because it decides what is granted.
        let missed = lowered
            .faults
            .iter()
            .filter(|it| !it.reported && it.span.start < cut && !covers(&found, it.span));
        let room = shape::MOST_FINDINGS.saturating_sub(found.len());
        let missed: Vec<_> = missed.take(room).map(shape::finding_of_fault).collect();
        findings.extend(found.into_iter().chain(missed));
    }
    findings.extend(lowered.findings);
    findings.sort_by_key(|it| it.primary().map(|label| label.span));
    let manifest_line = lowered
        .sections
        .iter()
        .find(|(name, _)| name == "project" && !tree.is_flow(tree.root()))
        .map(|(_, span)| Span::new(file, span.start, span.start));
    let complete = tree.is_complete() && !lowered.faulty;
    FileItems { file, items: lowered.items, complete, findings, sections: lowered.sections, manifest_line }
}

/// Where the entity begins in which reading stopped: what is missing or misshapen from there on follows from that.
fn cut_off(tree: &Tree<'_>, findings: &[Finding]) -> Option<u32> {
    const STOPS: [&str; 4] = ["yaml/syntax", "yaml/tab-indentation", "yaml/too-deep", "yaml/too-many-nodes"];
    findings.iter().find(|it| STOPS.contains(&it.rule.id))?;
    let last_entry = |node| tree.entries(node).last();
    let Some(section) = last_entry(tree.root()) else { return Some(0) };
    let key = last_entry(section.value).map_or(section.key, |entity| entity.key);
    Some(tree.span(key).start.min(tree.span(section.value).start))
}

fn covers(findings: &[Finding], span: Span) -> bool {
    findings
        .iter()
        .filter_map(Finding::primary)
        .any(|label| label.span.start <= span.end && span.start <= label.span.end)
}

/// Lowers a tree. `platforms` are the keys that are kept as bindings.
#[must_use]
pub fn lower(tree: &Tree<'_>, file: FileId, platforms: &[&str]) -> Lowered {
    debug_assert_eq!(tree.file(), file, "the tree is of another file");
    let mut lowering = Lowering { tree, platforms, out: Lowered::default() };
    for entry in tree.entries(tree.root()) {
        lowering.section(entry);
    }
    lowering.out.faulty = !lowering.out.faults.is_empty();
    lowering.out
}

struct Lowering<'t> {
    tree: &'t Tree<'t>,
    platforms: &'t [&'t str],
    out: Lowered,
}

/// How the names of a map look.
#[derive(Clone, Copy)]
enum Naming {
    Id,
    ExceptionId,
}

impl Lowering<'_> {
    fn section(&mut self, entry: Entry) {
        let tree = self.tree;
        let (name, node) = (tree.text(entry.key), entry.value);
        self.out.sections.push((name.to_owned(), tree.span(entry.key)));
        match name {
            "ztam" => self.edition(node),
            "project" => self.project_name(node),
            "title" => self.out.items.title = self.value(node),
            "owner" => self.out.items.owner = self.value(node),
            "limits" => self.out.items.limits = self.value(node),
            "rules" => self.out.items.rules = self.value(node),
            "classes" => self.classes(node),
            "conditions" => self.out.items.conditions = self.named(node, Naming::Id),
            "domains" => self.out.items.domains = self.named(node, Naming::Id),
            "assets" => self.assets(node),
            "capabilities" => self.out.items.capabilities = self.named(node, Naming::Id),
            "roles" => self.out.items.roles = self.named(node, Naming::Id),
            "guards" => self.out.items.guards = self.named(node, Naming::Id),
            "duties" => self.out.items.duties = self.named(node, Naming::Id),
            "separate" => self.out.items.separate = self.named(node, Naming::Id),
            "together" => self.out.items.together = self.named(node, Naming::Id),
            "waivers" => self.out.items.waivers = self.named(node, Naming::ExceptionId),
            "temporary" => self.out.items.temporary = self.named(node, Naming::ExceptionId),
            "responsibilities" => self.out.items.responsibilities = self.named(node, Naming::Id),
            "apps" => self.out.items.apps = self.named(node, Naming::Id),
            "syncs" => self.out.items.syncs = self.named(node, Naming::Id),
            "monitors" => self.out.items.monitors = self.named(node, Naming::Id),
            "packs" => self.out.items.packs = self.named(node, Naming::Id),
            "environments" => self.environments(node),
            "tests" => self.tests(node),
            "tests-in" => self.tests_in(node),
            "moved" => self.out.items.moved = self.list(node).into_iter().map(|(_, it)| it).collect(),
            "carry" => self.out.items.carry = self.named(node, Naming::Id),
            _ => {
                let message = format!("there is no section {}", quoted(name));
                self.fault(DeErrorKind::UnknownKey, message, tree.span(entry.key));
            }
        }
    }

    fn edition(&mut self, node: NodeId) {
        self.out.items.ztam = self.value(node);
        if let Some(edition) = self.out.items.ztam.filter(|it| it.value != EDITION) {
            let title = format!(
                "the matrix is written in edition {}, which this release does not know",
                edition.value
            );
            self.out.findings.push(
                Finding::new(&rules::EDITION, title)
                    .at(edition.span, "not known")
                    .note("the same words may mean more in another edition")
                    .help(format!("this release reads edition {EDITION}"))
                    .fact("edition", edition.value.to_string()),
            );
        }
    }

    fn project_name(&mut self, node: NodeId) {
        self.out.items.project = self.value(node);
        if let Some(name) = self.out.items.project.clone() {
            self.check_name(&name.value, name.span, Naming::Id);
        }
    }

    fn classes(&mut self, node: NodeId) {
        for (item, class) in self.list::<Class>(node) {
            self.check_name(&class.id.value, class.id.span, Naming::Id);
            let kinds =
                self.tree.get(item, "requires-by-kind").into_iter().flat_map(|it| self.tree.entries(it));
            for kind in kinds.map(|it| it.key) {
                let name = self.tree.text(kind);
                if RoleKind::from_word(name).is_none() {
                    let message = format!("{} is not a kind of role", quoted(name));
                    self.fault(DeErrorKind::UnknownKey, message, self.tree.span(kind));
                }
            }
            self.out.items.classes.push(class);
        }
    }

    fn assets(&mut self, node: NodeId) {
        let assets: Entries<Asset> = self.named(node, Naming::Id);
        for (field, _) in assets.iter().flat_map(|(_, asset)| &asset.fields) {
            self.check_name(&field.value, field.span, Naming::Id);
        }
        self.out.items.assets = assets;
    }

    fn environments(&mut self, node: NodeId) {
        let tree = self.tree;
        let environments: Entries<Environment> = self.named(node, Naming::Id);
        for (name, environment) in &environments {
            let place = tree.get(node, &name.value).and_then(|it| tree.get(it, "changes"));
            let places = place.into_iter().flat_map(|it| tree.items(it));
            for (change, place) in environment.changes.iter().zip(places) {
                self.out.findings.extend(check_change(change, tree.span(place)));
            }
        }
        self.out.items.environments = environments;
    }

    fn tests(&mut self, node: NodeId) {
        let tests: Entries<Texts> = self.named(node, Naming::Id);
        for text in tests.iter().flat_map(|(_, promises)| promises) {
            let Err(error) = sentence::parse(text) else { continue };
            let mut finding =
                Finding::new(&rules::SENTENCE, format!("the promise cannot be read: {}", error.message))
                    .at(error.span, "here");
            if error.span != text.span {
                finding = finding.because(text.span, "in this promise");
            }
            finding.helps.extend(error.help);
            self.out.findings.push(finding);
        }
        self.out.items.tests = tests;
    }

    /// Promises that hold in no environment would never be tested.
    fn tests_in(&mut self, node: NodeId) {
        let tests_in: Entries<Texts> = self.named(node, Naming::Id);
        for (group, _) in tests_in.iter().filter(|(_, environments)| environments.is_empty()) {
            self.out.findings.push(
                Finding::new(&rules::WRONG_TYPE, format!("{} is empty", quoted(&group.value)))
                    .at(group.span, "so these promises would never be held against anything")
                    .help("name environments, or take the entry out: then the promises hold in all of them"),
            );
        }
        self.out.items.tests_in = tests_in;
    }

    /// The entities of a map, each lowered by itself.
    fn named<T: DeserializeOwned>(&mut self, node: NodeId, naming: Naming) -> Entries<T> {
        let tree = self.tree;
        if tree.kind(node) != NodeKind::Mapping {
            self.not_a("mapping", node);
        }
        let mut entries = Vec::new();
        for Entry { key, value } in tree.entries(node) {
            let name = Spanned::new(tree.text(key).to_owned(), tree.span(key));
            // A key such as `true` or `12` is no text, whatever it looks like.
            if matches!(tree.scalar(key), Some(Scalar::String(_))) {
                self.check_name(&name.value, name.span, naming);
            } else {
                self.fault(
                    DeErrorKind::WrongType,
                    format!("{} is not a text", quoted(&name.value)),
                    name.span,
                );
            }
            if let Some(entity) = self.value(value) {
                entries.push((name, entity));
            }
        }
        Entries(entries)
    }

    /// The items of a list, each lowered by itself, with their nodes.
    fn list<T: DeserializeOwned>(&mut self, node: NodeId) -> Vec<(NodeId, T)> {
        let tree = self.tree;
        if tree.kind(node) != NodeKind::Sequence {
            self.not_a("list", node);
        }
        tree.items(node).filter_map(|item| Some((item, self.value(item)?))).collect()
    }

    fn value<T: DeserializeOwned>(&mut self, node: NodeId) -> Option<T> {
        match self.tree.deserialize_capturing(node, self.platforms) {
            Ok(value) => Some(value),
            Err(fault) => {
                self.out.faults.push(fault);
                None
            }
        }
    }

    /// Names that are no names are faults; reserved ones have no shape of their own and are findings.
    fn check_name(&mut self, name: &str, span: Span, naming: Naming) {
        let good = match naming {
            Naming::Id => names::is_id(name),
            Naming::ExceptionId => names::is_exception_id(name),
        };
        if !good {
            self.fault(DeErrorKind::WrongValue, format!("{} is not a name", quoted(name)), span);
        } else if names::RESERVED.contains(&name) {
            self.out.findings.push(
                Finding::new(
                    &rules::BAD_NAME,
                    format!("`{name}` is a word of the language and cannot be a name"),
                )
                .at(span, "has a meaning in sentences and guards")
                .help("choose another name")
                .fact("name", name),
            );
        }
    }

    fn not_a(&mut self, wanted: &str, node: NodeId) {
        let reported = self.tree.scalar(node) == Some(Scalar::Null);
        let message = format!("a {wanted} is expected here");
        let span = self.tree.span(node);
        self.out.faults.push(DeError {
            kind: DeErrorKind::WrongType,
            message,
            help: None,
            suggestion: None,
            span,
            reported,
        });
    }

    fn fault(&mut self, kind: DeErrorKind, message: String, span: Span) {
        self.out.faults.push(DeError { kind, message, help: None, suggestion: None, span, reported: false });
    }
}

/// A change says one thing, and only what its word knows.
fn check_change(change: &Change, span: Span) -> Option<Finding> {
    let conditions = || {
        let cells = change.may.iter().map(|(_, cell)| &cell.when);
        cells.chain(change.also.iter().map(|it| &it.when)).find_map(|when| when.first())
    };
    let finding =
        |title: &str, label: &'static str, span| Finding::new(&rules::CHANGE, title).at(span, label);
    match (&change.widen, &change.narrow) {
        (None, None) => Some(
            finding("a change says neither `widen` nor `narrow`", "whose access, and which way?", span)
                .help("begin with `widen: ROLE` for more access or `narrow: ROLE` for less"),
        ),
        (Some(widen), Some(narrow)) => Some(
            finding("a change says both `widen` and `narrow`", "and this", narrow.span)
                .because(widen.span, "this")
                .help("write two changes, one for each"),
        ),
        (Some(_), None) => change.without.0.first().map(|(class, _)| {
            finding("a change that widens takes something away", "`without` is for `narrow`", class.span)
                .help("write a second change that begins with `narrow`")
        }),
        (None, Some(_)) => conditions().map(|when| {
            finding("a change that narrows sets a condition", "`when` is for `widen`", when.span)
                .note("a bound holds for every grant, conditional or not")
                .help("remove `when`, or take the action away with `without` and add it with `widen`")
        }),
    }
}

/// Makes one project of all files, in the order of their ids, which is the order of their paths.
///
/// The findings are those of the whole: names and sections declared twice, and the edition that nobody states. Those of
/// the single files stay in [`FileItems::findings`]. Inventory and assignments are for the caller to put in.
#[must_use]
pub fn assemble(mut files: Vec<Arc<FileItems>>) -> (Project, Vec<Finding>) {
    files.sort_by_key(|it| it.file);
    let mut findings = Vec::new();
    repeated_sections(&files, &mut findings);
    findings.extend(missing_edition(&files));
    let mut project = Project { complete: files.iter().all(|it| it.complete), ..Project::default() };
    for file in files {
        // An editor keeps the items of a file; a single run gives them away.
        let items = Arc::try_unwrap(file).map_or_else(|shared| shared.items.clone(), |own| own.items);
        append(&mut project.items, items);
    }
    repeated_names(&mut project.items, &mut findings);
    findings.sort_by_key(|it| it.primary().map(|label| label.span));
    (project, findings)
}

/// Sections that are about the whole project, so that two of them contradict each other. `classes` are among them because
/// their order has a meaning and the order of files has none. The edition may be stated in every file.
const ONCE: &[&str] = &["classes", "limits", "owner", "project", "rules", "title"];

fn repeated_sections(files: &[Arc<FileItems>], findings: &mut Vec<Finding>) {
    let mut first: BTreeMap<&str, Span> = BTreeMap::new();
    for (name, span) in
        files.iter().flat_map(|it| &it.sections).filter(|(name, _)| ONCE.contains(&name.as_str()))
    {
        match first.get(name.as_str()) {
            None => {
                first.insert(name, *span);
            }
            Some(earlier) => findings.push(
                twice("the section", name, *earlier, *span)
                    .note("it is about the whole project, and the order of files means nothing"),
            ),
        }
    }
}

fn missing_edition(files: &[Arc<FileItems>]) -> Option<Finding> {
    let said = |file: &FileItems| file.sections.iter().any(|(name, _)| name == "ztam");
    // While a file is incomplete, the edition may stand in what is missing.
    if files.iter().any(|it| said(it) || !it.complete) {
        return None;
    }
    let title = "the project does not say which edition of the language it is written in";
    let finding = Finding::new(&rules::EDITION, title)
        .help(format!("write `ztam: {EDITION}` as the first line of the manifest, `ztam.yaml`"));
    let Some(span) = files.iter().find_map(|it| it.manifest_line) else {
        let first = files.first()?;
        return Some(finding.at(Span::new(first.file, 0, 0), "no file has a line `ztam`"));
    };
    let edit = TextEdit { span, text: format!("ztam: {EDITION}\n") };
    Some(finding.at(span, "no line `ztam` above").fix("state the edition", Safety::Safe, vec![edit]))
}

fn append(all: &mut Document, items: Document) {
    all.ztam = all.ztam.take().or(items.ztam);
    all.project = all.project.take().or(items.project);
    all.title = all.title.take().or(items.title);
    all.owner = all.owner.take().or(items.owner);
    all.limits = all.limits.take().or(items.limits);
    all.rules = all.rules.take().or(items.rules);
    if all.classes.is_empty() {
        all.classes = items.classes;
    }
    all.moved.extend(items.moved);
    all.conditions.0.extend(items.conditions);
    all.domains.0.extend(items.domains);
    all.assets.0.extend(items.assets);
    all.capabilities.0.extend(items.capabilities);
    all.roles.0.extend(items.roles);
    all.guards.0.extend(items.guards);
    all.duties.0.extend(items.duties);
    all.separate.0.extend(items.separate);
    all.together.0.extend(items.together);
    all.waivers.0.extend(items.waivers);
    all.temporary.0.extend(items.temporary);
    all.responsibilities.0.extend(items.responsibilities);
    all.apps.0.extend(items.apps);
    all.syncs.0.extend(items.syncs);
    all.monitors.0.extend(items.monitors);
    all.packs.0.extend(items.packs);
    all.environments.0.extend(items.environments);
    all.tests.0.extend(items.tests);
    all.tests_in.0.extend(items.tests_in);
    all.carry.0.extend(items.carry);
}

fn repeated_names(items: &mut Document, findings: &mut Vec<Finding>) {
    distinct(&mut items.classes, |it| &it.id, "the class", findings);
    distinct(&mut items.conditions.0, |it| &it.0, "the condition", findings);
    distinct(&mut items.domains.0, |it| &it.0, "the domain", findings);
    distinct(&mut items.assets.0, |it| &it.0, "the asset", findings);
    distinct(&mut items.capabilities.0, |it| &it.0, "the capability", findings);
    distinct(&mut items.roles.0, |it| &it.0, "the role", findings);
    distinct(&mut items.guards.0, |it| &it.0, "the guard", findings);
    distinct(&mut items.duties.0, |it| &it.0, "the duty", findings);
    distinct(&mut items.separate.0, |it| &it.0, "the separation", findings);
    distinct(&mut items.together.0, |it| &it.0, "the role set", findings);
    distinct(&mut items.waivers.0, |it| &it.0, "the waiver", findings);
    distinct(&mut items.temporary.0, |it| &it.0, "the temporary grant", findings);
    distinct(&mut items.responsibilities.0, |it| &it.0, "the responsibility", findings);
    distinct(&mut items.apps.0, |it| &it.0, "the application", findings);
    distinct(&mut items.syncs.0, |it| &it.0, "the flow of data", findings);
    distinct(&mut items.monitors.0, |it| &it.0, "the monitor", findings);
    distinct(&mut items.packs.0, |it| &it.0, "the pack", findings);
    distinct(&mut items.environments.0, |it| &it.0, "the environment", findings);
    distinct(&mut items.tests.0, |it| &it.0, "the group of promises", findings);
    distinct(&mut items.tests_in.0, |it| &it.0, "the limit of promises", findings);
    distinct(&mut items.carry.0, |it| &it.0, "the carried right", findings);
}

/// Keeps the first item of each name and reports the others.
fn distinct<T>(
    items: &mut Vec<T>,
    name: impl Fn(&T) -> &Spanned<String>,
    what: &str,
    findings: &mut Vec<Finding>,
) {
    let mut order: Vec<(&str, usize)> = items.iter().map(|it| name(it).as_str()).zip(0..).collect();
    order.sort_unstable();
    let mut repeats = Vec::new();
    for group in order.chunk_by(|left, right| left.0 == right.0) {
        let Some(((text, first), others)) = group.split_first() else { continue };
        for (_, position) in others {
            let span = |at: usize| items.get(at).map(|it| name(it).span);
            if let (Some(earlier), Some(later)) = (span(*first), span(*position)) {
                findings.push(twice(what, text, earlier, later));
            }
            repeats.push(*position);
        }
    }
    if repeats.is_empty() {
        return;
    }
    repeats.sort_unstable();
    let mut position = 0..;
    items.retain(|_| position.next().is_none_or(|it| repeats.binary_search(&it).is_err()));
}

fn twice(what: &str, name: &str, earlier: Span, later: Span) -> Finding {
    Finding::new(&rules::DUPLICATE, format!("{what} `{name}` is declared twice"))
        .at(later, "again here")
        .because(earlier, "first here")
        .help("keep one of them, or give one another name")
        .fact("name", name)
}
