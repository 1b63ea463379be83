//! Proposals as YAML: entries put into the mappings that are there, block or flow, with everything around them untouched.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use ztam_model::names::kebab;
use ztam_model::write::scalar;
use ztam_source::edit;
use ztam_source::file::{FileId, SourceMap};
use ztam_source::finding::TextEdit;
use ztam_source::span::Span;
use ztam_source::tree::{Limits, NodeId, NodeKind, Tree, parse};

use super::words::{Classes, Rank};
use super::{Question, Wanted};

/// Where new assets belong until somebody decides: no role works there, so nobody reaches them.
const DOMAIN: &str = "unreviewed";

/// The changes of one asset.
#[derive(Debug)]
pub(super) struct AssetEdit<'q> {
    id: &'q str,
    platform: &'q str,
    taken: BTreeSet<String>,
    /// Fields whose class is raised: id and class.
    raised: Vec<(String, String)>,
    /// New fields: id and what stands behind it, in flow style.
    added: Vec<(String, String)>,
}

impl<'q> AssetEdit<'q> {
    pub(super) fn new(id: &'q str, platform: &'q str, taken: BTreeSet<&str>) -> Self {
        let taken = taken.into_iter().map(str::to_owned).collect();
        Self { id, platform, taken, raised: Vec::new(), added: Vec::new() }
    }

    pub(super) fn raise(&mut self, field: &str, class: &str) {
        self.raised.push((field.to_owned(), class.to_owned()));
    }

    pub(super) fn add(&mut self, wanted: &Wanted<'_>, class: &str) {
        let id = free(&field_id(wanted.name), &mut self.taken);
        self.added.push((id, field(wanted, class, self.platform)));
    }
}

/// The files of the matrix, parsed where they are changed.
#[derive(Debug)]
pub(super) struct Files<'q> {
    sources: &'q SourceMap,
    trees: BTreeMap<FileId, Tree<'q>>,
    edits: Vec<TextEdit>,
}

impl<'q> Files<'q> {
    pub(super) fn new(sources: &'q SourceMap) -> Self {
        let matrix = |path: &str| path == "ztam.yaml" || path.ends_with(".ztam.yaml");
        let trees = sources
            .iter()
            .filter(|(_, source)| matrix(&source.path))
            .map(|(id, source)| (id, parse(id, &source.text, &Limits::default()).0))
            .collect();
        Self { sources, trees, edits: Vec::new() }
    }

    /// Plans the edits of one asset; false where they cannot be made without changing anything else.
    pub(super) fn edit(&mut self, asset: &AssetEdit<'_>) -> bool {
        let found = self.trees.iter().find_map(|(file, tree)| {
            let node = tree.get(tree.get(tree.root(), "assets")?, asset.id)?;
            Some((*file, tree, node))
        });
        let Some((file, tree, node)) = found else { return false };
        let text = self.sources.file(file).text.as_str();
        let writer = Writer { file, tree, text };
        let mut edits = Vec::new();
        let fields = tree.get(node, "fields");
        for (field, class) in &asset.raised {
            let Some(field) = fields.and_then(|it| tree.get(it, field)) else { return false };
            edits.push(match tree.get(field, "class") {
                Some(now) => TextEdit { span: tree.span(now), text: scalar(class) },
                None => writer.insert(field, &[("class".to_owned(), scalar(class))]),
            });
        }
        if !asset.added.is_empty() {
            edits.push(match fields {
                Some(fields) => writer.insert(fields, &asset.added),
                None if tree.is_flow(node) => {
                    let inner: Vec<_> = asset.added.iter().map(|(id, it)| format!("{id}: {it}")).collect();
                    writer.insert(node, &[("fields".to_owned(), format!("{{{}}}", inner.join(", ")))])
                }
                None => writer.insert_block(node, "fields", &asset.added),
            });
        }
        self.accept(file, edits)
    }

    /// Puts new classes into the list, in their places.
    pub(super) fn classes(&mut self, classes: &Classes) {
        let found = self.trees.iter().find_map(|(file, tree)| {
            let list = tree.get(tree.root(), "classes")?;
            (tree.items(list).next().is_some()).then_some((*file, tree, list))
        });
        let Some((file, tree, list)) = found else { return };
        let writer = Writer { file, tree, text: self.sources.file(file).text.as_str() };
        let items: Vec<NodeId> = tree.items(list).collect();
        let mut edits: Vec<TextEdit> = Vec::new();
        let mut passed = 0;
        for rank in classes.all() {
            match &rank.new {
                None => passed += 1,
                Some(word) => edits.push(writer.insert_class(list, &items, passed, rank, word)),
            }
        }
        if !edits.is_empty() {
            self.accept(file, edits);
        }
    }

    /// Takes edits that change nothing else.
    fn accept(&mut self, file: FileId, edits: Vec<TextEdit>) -> bool {
        let Some(before) = self.trees.get(&file) else { return false };
        let text = &self.sources.file(file).text;
        let Ok(after) = edit::apply(text, &edits) else { return false };
        let fits = edit::verify(before, &edits, &parse(file, &after, &Limits::default()).0).is_ok();
        if fits {
            self.edits.extend(edits);
        }
        fits
    }

    pub(super) fn finish(self) -> Vec<TextEdit> {
        self.edits
    }
}

/// Writes into one file.
struct Writer<'w> {
    file: FileId,
    tree: &'w Tree<'w>,
    text: &'w str,
}

impl Writer<'_> {
    fn at(&self, offset: usize, text: String) -> TextEdit {
        let offset = u32::try_from(offset).unwrap_or(u32::MAX);
        TextEdit { span: Span::new(self.file, offset, offset), text }
    }

    /// Puts entries at the end of a mapping.
    fn insert(&self, mapping: NodeId, entries: &[(String, String)]) -> TextEdit {
        let span = self.tree.span(mapping);
        if self.tree.kind(mapping) == NodeKind::Mapping && self.tree.is_flow(mapping) {
            let inner: Vec<_> = entries.iter().map(|(key, it)| format!("{key}: {it}")).collect();
            let inner = inner.join(", ");
            return match self.tree.entries(mapping).next() {
                // In front of the first: the end of a flow mapping may stand behind a comment.
                Some(first) => self.at(self.tree.span(first.key).start as usize, format!("{inner}, ")),
                None => self.at(span.start as usize + 1, inner),
            };
        }
        let indent = " ".repeat(self.column(span.start as usize));
        let lines: String = entries.iter().map(|(key, it)| format!("{indent}{key}: {it}\n")).collect();
        self.below(span.end as usize, lines)
    }

    /// Puts a key with a block mapping at the end of a block mapping.
    fn insert_block(&self, mapping: NodeId, key: &str, entries: &[(String, String)]) -> TextEdit {
        let span = self.tree.span(mapping);
        let indent = " ".repeat(self.column(span.start as usize));
        let mut lines = format!("{indent}{key}:\n");
        for (key, it) in entries {
            let _ = writeln!(lines, "{indent}  {key}: {it}");
        }
        self.below(span.end as usize, lines)
    }

    /// Puts a new class before the item at a position, or behind the last.
    fn insert_class(&self, list: NodeId, items: &[NodeId], at: usize, rank: &Rank, word: &str) -> TextEdit {
        let flow = format!("{{id: {}, title: {}}}", rank.id, scalar(&title(word)));
        let item = items.get(at).copied();
        let previous = at.checked_sub(1).and_then(|it| items.get(it).copied());
        match (previous, item) {
            (Some(previous), _) if self.tree.is_flow(list) => {
                self.at(self.tree.span(previous).end as usize, format!(", {flow}"))
            }
            (None, Some(item)) if self.tree.is_flow(list) => {
                self.at(self.tree.span(item).start as usize, format!("{flow}, "))
            }
            (Some(previous), _) => {
                let span = self.tree.span(previous);
                self.below(span.end as usize, self.class_lines(span.start as usize, rank, word))
            }
            (None, item) => {
                let start = item.map_or(0, |it| self.tree.span(it).start as usize);
                let line = self.line_start(start);
                self.at(line, self.class_lines(start, rank, word))
            }
        }
    }

    fn class_lines(&self, item: usize, rank: &Rank, word: &str) -> String {
        let line = self.line_start(item);
        let before = self.text.get(line..item).unwrap_or_default();
        let indent = " ".repeat(before.find('-').unwrap_or(before.len()));
        class(&indent, rank, word)
    }

    /// Lines below the line that holds the end of something.
    fn below(&self, end: usize, lines: String) -> TextEdit {
        let before = self.text.get(..end).unwrap_or_default();
        if before.ends_with('\n') || before.is_empty() {
            return self.at(end, lines);
        }
        match self.text.get(end..).and_then(|it| it.find('\n')) {
            Some(rest) => self.at(end + rest + 1, lines),
            None => self.at(self.text.len(), format!("\n{lines}")),
        }
    }

    fn line_start(&self, offset: usize) -> usize {
        self.text.get(..offset).and_then(|it| it.rfind('\n')).map_or(0, |it| it + 1)
    }

    fn column(&self, offset: usize) -> usize {
        offset - self.line_start(offset)
    }
}

fn class(indent: &str, rank: &Rank, word: &str) -> String {
    format!("{indent}- id: {}\n{indent}  title: {}\n", rank.id, scalar(&title(word)))
}

/// `MissionCritical` as people write it.
fn title(word: &str) -> String {
    let mut title = String::new();
    for letter in word.chars() {
        if letter.is_uppercase() && !title.is_empty() && !title.ends_with(' ') {
            title.push(' ');
        }
        title.push(letter);
    }
    title
}

/// Assets for objects that no asset binds, as the text of a file.
#[derive(Debug)]
pub(super) struct NewAssets {
    /// Names that classes, assets and capabilities have already.
    taken: BTreeSet<String>,
    platform: &'static str,
    object_key: &'static str,
    text: String,
}

impl NewAssets {
    pub(super) fn new(question: &Question<'_>) -> Self {
        let items = &question.project.items;
        let mut taken: BTreeSet<String> = items.assets.iter().map(|(id, _)| id.value.clone()).collect();
        taken.extend(items.capabilities.iter().map(|(id, _)| id.value.clone()));
        taken.extend(items.classes.iter().map(|it| it.id.value.clone()));
        let words = question.words.classifications.iter().filter_map(|it| kebab(it));
        taken.extend(words.chain(ztam_model::names::RESERVED.iter().map(|it| (*it).to_owned())));
        Self {
            taken,
            platform: question.platform,
            object_key: question.words.object_key,
            text: String::new(),
        }
    }

    pub(super) fn asset(
        &mut self,
        object: &str,
        label: Option<&str>,
        fields: &[Wanted<'_>],
        classes: &Classes,
    ) {
        let id = free(&asset_id(object), &mut self.taken);
        let class = fields.iter().map(|it| it.class).max().unwrap_or_default();
        let name = label.map_or_else(|| object.to_owned(), one_line);
        let _ = write!(
            self.text,
            "\n  {id}:\n    title: {}\n    class: {} # that of its most sensitive field; fields that are not listed have it too\n    \
             domains: [{DOMAIN}] # decide who needs to know it\n    {}: {{{}: {}}}\n    fields:\n",
            scalar(&name),
            classes.id(class),
            self.platform,
            self.object_key,
            scalar(object)
        );
        let mut taken = BTreeSet::new();
        for wanted in fields {
            let id = free(&field_id(wanted.name), &mut taken);
            let _ =
                writeln!(self.text, "      {id}: {}", field(wanted, classes.id(wanted.class), self.platform));
        }
    }

    pub(super) fn finish(
        self,
        question: &Question<'_>,
        classes: &Classes,
        has_classes: bool,
        needed: bool,
    ) -> String {
        if self.text.is_empty() || !needed {
            return String::new();
        }
        let items = &question.project.items;
        let mut out = format!(
            "# Objects of {} whose fields are classified there. Proposed from the inventory: nobody reaches them until their\n\
             # domains are decided.\n",
            question.title
        );
        if !has_classes {
            out.push_str("\nclasses: # from least to most sensitive\n");
            for rank in classes.all() {
                out.push_str(&class("  ", rank, rank.new.as_deref().unwrap_or(&rank.id)));
            }
        }
        if !items.domains.iter().any(|(id, _)| id.value == DOMAIN) {
            let owner = items.owner.as_ref().map(|it| format!(", owner: {}", scalar(&it.value)));
            let _ =
                write!(out, "\ndomains:\n  {DOMAIN}: {{title: Unreviewed{}}}\n", owner.unwrap_or_default());
        }
        let _ = write!(out, "\nassets:{}", self.text);
        out
    }
}

fn one_line(label: &str) -> String {
    label.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn field(wanted: &Wanted<'_>, class: &str, platform: &str) -> String {
    let tags = match wanted.tags.as_slice() {
        [] => String::new(),
        tags => format!("tags: [{}], ", tags.join(", ")),
    };
    format!("{{class: {class}, {tags}{platform}: {}}}", scalar(wanted.name))
}

/// An id from an API name: `acme__Bank_Account__c` becomes `acme-bank-account`.
fn field_id(name: &str) -> String {
    kebab(bare(name)).or_else(|| kebab(&format!("field {name}"))).unwrap_or_else(|| "field".to_owned())
}

fn asset_id(name: &str) -> String {
    kebab(bare(name)).or_else(|| kebab(&format!("object {name}"))).unwrap_or_else(|| "object".to_owned())
}

/// A name without the ending of custom things.
fn bare(name: &str) -> &str {
    match name.rsplit_once("__") {
        Some((bare, end)) if !bare.is_empty() && matches!(end, "c" | "b" | "e" | "pc" | "x") => bare,
        _ => name,
    }
}

/// The name, or the first of `name-2`, `name-3` ... that is free.
fn free(name: &str, taken: &mut BTreeSet<String>) -> String {
    let name: String = name.chars().take(ztam_model::names::LONGEST - 4).collect();
    let name = name.trim_end_matches('-');
    let mut candidate = name.to_owned();
    let mut number = 1;
    while !taken.insert(candidate.clone()) {
        number += 1;
        candidate = format!("{name}-{number}");
    }
    candidate
}
