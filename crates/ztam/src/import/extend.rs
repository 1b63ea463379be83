//! Adding to a file of the user: entries or items more, at the end of a list or map that is there. Every byte that is there stays,
//! and everything that is there is read as before; where that cannot be, the file is left alone.

use std::collections::BTreeMap;

use ztam_model::yaml::Yaml;
use ztam_source::edit;
use ztam_source::file::FileId;
use ztam_source::finding::TextEdit;
use ztam_source::span::Span;
use ztam_source::tree::{Limits, NodeId, Tree, parse};

/// What is added.
#[derive(Clone, Debug)]
pub(super) enum Addition {
    /// Items at the end of a list.
    Items(Vec<Yaml>),
    /// Entries at the end of a map.
    Entries(Vec<(String, Yaml)>),
    /// Entries at the end of the map under a key; where the key is not there, it is added, with one entry a line where the text
    /// has lines.
    Section(&'static str, Vec<(String, Yaml)>),
    /// Names at the end of the list under a key, which is added where it is not there.
    Names(&'static str, Vec<String>),
}

/// Additions that are made all or none: each with the path of keys to the list or map. Of two places of which one is inside the
/// other, the inner one comes first.
pub(super) type Group = Vec<(Vec<String>, Addition)>;

/// The text with something added to the list or map at a path of keys; `None` where that is not there or cannot be added to.
pub(super) fn extended(text: &str, path: &[&str], addition: Addition) -> Option<String> {
    let path = path.iter().map(|it| (*it).to_owned()).collect();
    File::new(text).with(&[&vec![(path, addition)]])
}

/// The text with as many groups as can be added, and which could not, by their numbers.
pub(super) fn extended_by_groups(text: &str, groups: &[Group]) -> (String, Vec<usize>) {
    let file = File::new(text);
    let all: Vec<&Group> = groups.iter().collect();
    if let Some(after) = file.with(&all) {
        return (after, Vec::new());
    }
    let fits = |it: &&Group| file.with(&[it]).is_some();
    let (fit, refused): (Vec<_>, Vec<_>) = groups.iter().enumerate().partition(|(_, it)| fits(it));
    let fit: Vec<&Group> = fit.into_iter().map(|(_, it)| it).collect();
    match file.with(&fit) {
        Some(after) => (after, refused.into_iter().map(|(number, _)| number).collect()),
        None => (text.to_owned(), (0..groups.len()).collect()),
    }
}

/// A file of the user, read.
struct File<'t> {
    /// A mark at the beginning, which is not part of the text.
    mark: &'t str,
    text: &'t str,
    tree: Tree<'t>,
}

impl<'t> File<'t> {
    fn new(whole: &'t str) -> Self {
        let text = whole.strip_prefix('\u{feff}').unwrap_or(whole);
        let mark = whole.get(..whole.len() - text.len()).unwrap_or_default();
        Self { mark, text, tree: parse(FileId(0), text, &Limits::default()).0 }
    }

    /// The whole file with all of these groups; `None` where one of them cannot be added.
    fn with(&self, groups: &[&Group]) -> Option<String> {
        let mut edits = Vec::new();
        let mut grown: BTreeMap<NodeId, Vec<String>> = BTreeMap::new();
        for (path, addition) in groups.iter().copied().flatten() {
            let node = path.iter().try_fold(self.tree.root(), |node, key| self.tree.get(node, key))?;
            let below = addition.key().and_then(|key| self.tree.get(node, key));
            let (node, addition) = match below {
                Some(below) => (below, addition.below()),
                None => (node, addition.clone()),
            };
            edits.extend(self.added(node, &addition)?);
            grown.entry(node).or_default().extend(addition.keys());
        }
        let after = edit::apply(self.text, &edits).ok()?;
        let tree = parse(FileId(0), &after, &Limits::default()).0;
        edit::verify(&self.tree, &edits, &tree).ok()?;
        let is_same = tree.is_complete() && self.is_same(self.tree.root(), &tree, tree.root(), &grown);
        is_same.then(|| format!("{}{after}", self.mark))
    }

    /// Whether a node is read as before, but for what it has more at its end.
    fn is_same(
        &self,
        node: NodeId,
        after: &Tree<'_>,
        other: NodeId,
        grown: &BTreeMap<NodeId, Vec<String>>,
    ) -> bool {
        let before = &self.tree;
        let alike = |a: NodeId, b: NodeId| before.kind(a) == after.kind(b) && before.text(a) == after.text(b);
        let mut entries = after.entries(other);
        let mut items = after.items(other);
        let entries_are_same = before.entries(node).all(|it| {
            let of_after = entries.next();
            of_after.is_some_and(|other| {
                alike(it.key, other.key) && self.is_same(it.value, after, other.value, grown)
            })
        });
        let items_are_same = before
            .items(node)
            .all(|it| items.next().is_some_and(|other| self.is_same(it, after, other, grown)));
        let more: Vec<&str> =
            entries.map(|it| after.text(it.key)).chain(items.map(|_| Addition::ITEM)).collect();
        let expected = grown.get(&node).map(Vec::as_slice).unwrap_or_default();
        alike(node, other) && entries_are_same && items_are_same && more == expected
    }

    fn added(&self, node: NodeId, addition: &Addition) -> Option<Vec<TextEdit>> {
        let tree = &self.tree;
        // From the beginning of the last entry or item to its end.
        let last = tree.entries(node).last().map(|it| (it.key, it.value));
        let last = last.or_else(|| tree.items(node).last().map(|it| (it, it)));
        let last = last.map(|(key, value)| (tree.span(key).start as usize, tree.span(value).end as usize));
        if tree.is_flow(node) {
            return match last {
                Some((start, end)) => self.after_flow(start, end, &addition.parts()),
                None => {
                    let inside = tree.span(node).start as usize + 1;
                    Some(vec![at(inside, addition.parts().join(", "))?])
                }
            };
        }
        let first = tree.entries(node).next().map(|it| it.key).or_else(|| tree.items(node).next())?;
        let line = self.line_start(tree.span(first).start as usize)?;
        let indent = self.text.get(line..)?.bytes().take_while(|it| *it == b' ').count();
        let body = self.text.get(..last?.1)?.trim_end();
        let end = self.line_end(body.len())?;
        let lines = format!("\n{}", addition.lines(indent).trim_end_matches('\n'));
        Some(vec![at(end, lines.replace('\n', self.line_break(end)))?])
    }

    /// Behind the last of what stands in brackets or braces, on lines of their own where the last one has its own.
    fn after_flow(&self, start: usize, end: usize, parts: &[String]) -> Option<Vec<TextEdit>> {
        let before = self.text.get(self.line_start(start)?..start)?;
        if !before.trim().is_empty() {
            return Some(vec![at(end, format!(", {}", parts.join(", ")))?]);
        }
        let line_end = self.line_end(end)?;
        let start = format!("{}{before}", self.line_break(line_end));
        let rest = self.text.get(end..line_end)?;
        let has_comma = rest.starts_with(',');
        let is_free = {
            let rest = rest.trim_start_matches(',').trim_start();
            rest.is_empty() || rest.starts_with('#')
        };
        let lines = parts.join(&format!(",{start}"));
        Some(match (is_free, has_comma) {
            // What stands behind the last one on its line, a comment, stays there.
            (true, true) => vec![at(line_end, format!("{start}{lines},"))?],
            (true, false) => vec![at(end, ",".to_owned())?, at(line_end, format!("{start}{lines}"))?],
            (false, _) => vec![at(end, format!(",{start}{lines}"))?],
        })
    }

    fn line_start(&self, place: usize) -> Option<usize> {
        Some(self.text.get(..place)?.rfind('\n').map_or(0, |it| it + 1))
    }

    /// The end of a line, in front of its break.
    fn line_end(&self, place: usize) -> Option<usize> {
        let rest = self.text.get(place..)?;
        let line = rest.split('\n').next().unwrap_or(rest);
        Some(place + line.strip_suffix('\r').unwrap_or(line).len())
    }

    /// How lines end around the end of one.
    fn line_break(&self, line_end: usize) -> &'static str {
        let rest = self.text.get(line_end..).filter(|it| !it.is_empty()).unwrap_or(self.text);
        let end = rest.find('\n').and_then(|it| rest.get(..it));
        if end.is_some_and(|it| it.ends_with('\r')) { "\r\n" } else { "\n" }
    }
}

impl Addition {
    /// What stands for an item of a list, which has no key.
    const ITEM: &'static str = "-";

    /// The key that it is added under, where it has one.
    fn key(&self) -> Option<&'static str> {
        match self {
            Self::Items(_) | Self::Entries(_) => None,
            Self::Section(key, _) | Self::Names(key, _) => Some(key),
        }
    }

    /// The same where what it is added under is there.
    fn below(&self) -> Self {
        match self {
            Self::Section(_, entries) => Self::Entries(entries.clone()),
            Self::Names(_, names) => Self::Items(names.iter().map(|it| Yaml::from(it.as_str())).collect()),
            Self::Items(_) | Self::Entries(_) => self.clone(),
        }
    }

    /// The keys that a map gets.
    fn keys(&self) -> Vec<String> {
        match self {
            Self::Items(items) => vec![Self::ITEM.to_owned(); items.len()],
            Self::Entries(entries) => entries.iter().map(|(key, _)| key.clone()).collect(),
            Self::Section(key, _) | Self::Names(key, _) => vec![(*key).to_owned()],
        }
    }

    /// What stands between commas.
    fn parts(&self) -> Vec<String> {
        let entry = |key: &str, value: &Yaml| {
            let flow = Yaml::map([(key, value.clone())]).flow();
            flow.strip_prefix('{').and_then(|it| it.strip_suffix('}')).unwrap_or_default().to_owned()
        };
        match self {
            Self::Items(items) => items.iter().map(Yaml::flow).collect(),
            Self::Entries(entries) => entries.iter().map(|(key, value)| entry(key, value)).collect(),
            Self::Section(key, entries) => vec![entry(key, &Yaml::Map(entries.clone()))],
            Self::Names(key, names) => vec![entry(key, &Yaml::texts(names.iter().map(String::as_str)))],
        }
    }

    /// Lines with this indentation.
    fn lines(&self, indent: usize) -> String {
        match self {
            Self::Items(items) => items.iter().map(|it| it.item(indent)).collect(),
            Self::Entries(entries) => entries.iter().map(|(key, value)| value.entry(key, indent)).collect(),
            Self::Section(key, entries) => {
                let head = format!("{}{key}:\n", " ".repeat(indent));
                let lines = entries.iter().map(|(key, value)| value.entry(key, indent + 2));
                std::iter::once(head).chain(lines).collect()
            }
            Self::Names(key, names) => Yaml::texts(names.iter().map(String::as_str)).entry(key, indent),
        }
    }
}

fn at(offset: usize, text: String) -> Option<TextEdit> {
    let offset = u32::try_from(offset).ok()?;
    Some(TextEdit { span: Span::new(FileId(0), offset, offset), text })
}

#[cfg(test)]
mod tests;
