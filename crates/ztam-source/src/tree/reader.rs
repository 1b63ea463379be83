//! The reading of one file: events in, tree and findings out.

use std::borrow::Cow;

use super::{Comment, Limits, Node, NodeId, NodeKind, Placement, Tree, narrow};
use crate::confusable::quoted;
use crate::events::{Event, Events, Findings, check_characters, too_deep};
use crate::file::FileId;
use crate::finding::{Finding, Safety, TextEdit};
use crate::idx::{Idx, IndexVec};
use crate::rules;
use crate::scalar::{Scalar, resolve_plain};
use crate::span::Span;

/// Reads one file. Reading never fails: what could be read is in the tree, what is wrong with it in the findings,
/// in order of place.
#[must_use]
pub fn parse<'a>(file: FileId, text: &'a str, limits: &Limits) -> (Tree<'a>, Vec<Finding>) {
    let mut builder = Builder::new(file, limits);
    if text.len() > limits.bytes || u32::try_from(text.len()).is_err() {
        builder.too_large(text.len());
    } else {
        check_characters(text, &mut builder.findings);
        builder.read(text);
    }
    builder.finish(text.len())
}

/// A collection that is still open.
struct Frame {
    node: NodeId,
    mapping: bool,
    flow: bool,
    /// A key was read, its value not yet.
    awaits_value: bool,
    /// End of the last thing in it.
    last_end: u32,
}

struct Builder<'a> {
    tree: Tree<'a>,
    open: Vec<Frame>,
    findings: Findings,
    limits: Limits,
    root: Option<NodeId>,
}

/// What the parent makes of a new node.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Position {
    Root,
    Key,
    Value,
    Item,
}

impl<'a> Builder<'a> {
    fn new(file: FileId, limits: &Limits) -> Self {
        let tree =
            Tree { file, nodes: IndexVec::new(), comments: Vec::new(), root: NodeId(0), complete: true };
        Self { tree, open: Vec::new(), findings: Findings::new(file), limits: *limits, root: None }
    }

    fn too_large(&mut self, bytes: usize) {
        self.tree.complete = false;
        let span = self.findings.span(0, 0);
        let limit = self.limits.bytes;
        self.findings.add(&rules::TOO_LARGE, || {
            Finding::new(
                &rules::TOO_LARGE,
                format!("the file has {bytes} bytes, more than the limit of {limit}"),
            )
            .at(span, "not read")
            .help("split it: the sections of a project may stand in any number of files")
        });
    }

    fn read(&mut self, text: &'a str) {
        let mut events = Events::new(text, &self.limits);
        while let Some((event, start, end)) = events.next(&mut self.findings) {
            let (start, end) = (narrow(start), narrow(end));
            let go_on = match event {
                Event::Scalar { kind, value } => self.scalar(text, kind, value, start, end),
                Event::Alias => {
                    self.tree.complete = false;
                    self.add(NodeKind::Plain, false, Cow::Borrowed(""), start, end);
                    true
                }
                Event::Start { kind, flow } => {
                    let start = if flow { start } else { self.block_start(text, kind, start) };
                    self.start(kind, flow, start, end)
                }
                Event::End => {
                    self.close(end);
                    true
                }
                Event::Comment(placement) => {
                    let span = Span::new(self.tree.file, start, end);
                    self.tree.comments.push(Comment { span, placement });
                    true
                }
                Event::Stopped => false,
            };
            if !go_on {
                self.stopped(text);
                return;
            }
        }
    }

    /// Marks the tree as partial; where a bracket is open, the finding shows it: it is the usual cause.
    fn stopped(&mut self, text: &str) {
        self.tree.complete = false;
        let Some(frame) = self.open.last().filter(|frame| frame.flow) else { return };
        let start = self.tree.nodes[frame.node].start;
        // The mapping of `[a: b]` has no brace of its own.
        if text.get(start as usize..).is_some_and(|rest| rest.starts_with(['[', '{'])) {
            let span = Span::new(self.tree.file, start, start.saturating_add(1));
            self.findings.label_last_syntax(span);
        }
    }

    fn scalar(&mut self, text: &'a str, kind: NodeKind, value: Cow<'a, str>, start: u32, end: u32) -> bool {
        let empty = kind == NodeKind::Plain && resolve_plain(&value) == Scalar::Null;
        let merge = kind == NodeKind::Plain && value == "<<";
        let folded = matches!(value, Cow::Owned(_));
        let (node, position) = self.add(kind, false, value, start, end);
        let lines = folded && text.get(start as usize..end as usize).is_some_and(|it| it.contains('\n'));
        match position {
            Position::Key if lines => self.complex_key(node, "a key is written over several lines"),
            Position::Key if merge => self.merge_key(node),
            Position::Key if empty => self.empty_key(node),
            Position::Value | Position::Item if empty => self.empty_value(text, node, position),
            Position::Key | Position::Value | Position::Item | Position::Root => {}
        }
        self.within_limit(start, end)
    }

    /// A list that is not indented below its key is reported behind its first dash; it begins at the dash.
    fn block_start(&self, text: &str, kind: NodeKind, start: u32) -> u32 {
        let is_value = self.open.last().is_some_and(|frame| frame.mapping && frame.awaits_value);
        if kind != NodeKind::Sequence || !is_value {
            return start;
        }
        let Some(key) = self.tree.nodes.as_slice().last() else { return start };
        let mut at = key.end;
        for line in text.get(at as usize..start as usize).unwrap_or_default().split_inclusive('\n') {
            let content = line.trim_start();
            if content.starts_with('-') {
                return at + narrow(line.len() - content.len());
            }
            at += narrow(line.len());
        }
        start
    }

    fn start(&mut self, kind: NodeKind, flow: bool, start: u32, end: u32) -> bool {
        let (node, position) = self.add(kind, flow, Cow::Borrowed(""), start, end);
        if position == Position::Key {
            self.complex_key(node, "a list or mapping stands where a key is expected");
        }
        let mapping = kind == NodeKind::Mapping;
        self.open.push(Frame { node, mapping, flow, awaits_value: false, last_end: end });
        if self.open.len() > self.limits.depth {
            let span = Span::new(self.tree.file, start, end);
            self.findings.add(&rules::TOO_DEEP, || too_deep(span));
            return false;
        }
        self.within_limit(start, end)
    }

    /// Appends a node and tells the parent.
    fn add(
        &mut self,
        kind: NodeKind,
        flow: bool,
        value: Cow<'a, str>,
        start: u32,
        end: u32,
    ) -> (NodeId, Position) {
        let id = NodeId::from_usize(self.tree.nodes.len());
        let position = match self.open.last_mut() {
            None => {
                self.root.get_or_insert(id);
                Position::Root
            }
            Some(frame) => {
                frame.last_end = end;
                match (frame.mapping, frame.awaits_value) {
                    (false, _) => Position::Item,
                    (true, false) => {
                        frame.awaits_value = true;
                        Position::Key
                    }
                    (true, true) => {
                        frame.awaits_value = false;
                        Position::Value
                    }
                }
            }
        };
        let key = position == Position::Key;
        let next = id.0.saturating_add(1);
        self.tree.nodes.push(Node { start, end, next, kind, flow, key, hidden: false, value });
        (id, position)
    }

    fn within_limit(&mut self, start: u32, end: u32) -> bool {
        let limit = self.limits.nodes;
        if self.tree.nodes.len() <= limit {
            return true;
        }
        let span = Span::new(self.tree.file, start, end);
        self.findings.add(&rules::TOO_MANY_NODES, || {
            Finding::new(&rules::TOO_MANY_NODES, format!("the file has more than {limit} keys and values"))
                .at(span, "reading stops here")
                .help("split it: the sections of a project may stand in any number of files")
        });
        false
    }

    fn close(&mut self, event_end: u32) {
        let Some(frame) = self.open.pop() else { return };
        let next = narrow(self.tree.nodes.len());
        let node = &mut self.tree.nodes[frame.node];
        node.next = next;
        node.end = if frame.flow { event_end } else { frame.last_end };
        let end = node.end;
        if let Some(parent) = self.open.last_mut() {
            parent.last_end = end;
        }
        if frame.mapping {
            self.check_duplicates(frame.node);
        }
    }

    fn complex_key(&mut self, node: NodeId, title: &'static str) {
        self.hide(node);
        self.tree.complete = false;
        let span = self.tree.span(node);
        self.findings.add(&rules::COMPLEX_KEY, || {
            Finding::new(&rules::COMPLEX_KEY, title)
                .at(span, "not a name")
                .help("a key is one text on one line; quote a text that holds brackets or braces")
        });
    }

    fn merge_key(&mut self, node: NodeId) {
        self.hide(node);
        self.tree.complete = false;
        let span = self.tree.span(node);
        self.findings.add(&rules::MERGE_KEY, || {
            Finding::new(&rules::MERGE_KEY, "the merge key `<<` copies entries from elsewhere")
                .at(span, "a merge key")
                .note("what counts must be readable in the place where it counts")
                .help("write the entries out")
        });
    }

    fn empty_key(&mut self, node: NodeId) {
        self.hide(node);
        let span = self.tree.span(node);
        self.findings.add(&rules::EMPTY_VALUE, || {
            Finding::new(&rules::EMPTY_VALUE, "an entry has no key").at(span, "a key is missing here")
        });
    }

    fn hide(&mut self, key: NodeId) {
        self.tree.nodes[key].hidden = true;
    }

    fn empty_value(&mut self, text: &'a str, node: NodeId, position: Position) {
        if position == Position::Item {
            let span = self.tree.span(node);
            self.findings.add(&rules::EMPTY_VALUE, || {
                Finding::new(&rules::EMPTY_VALUE, "an item of this list has no value")
                    .at(span, "nothing")
                    .help("write the value or remove the item")
            });
            return;
        }
        let Some(key) = self.tree.key_of(node).filter(|key| !self.tree.nodes[*key].hidden) else { return };
        let split = self.split_by_comma(text, key, node);
        let tree = &self.tree;
        self.findings.add(&rules::EMPTY_VALUE, || {
            let name = quoted(tree.text(key));
            let value = tree.span(node);
            let missing = value.start == value.end;
            let finding = if missing {
                Finding::new(&rules::EMPTY_VALUE, format!("{name} has no value"))
                    .at(tree.span(key), "no value")
            } else {
                Finding::new(&rules::EMPTY_VALUE, format!("{name} is null"))
                    .at(value, "nothing")
                    .because(tree.span(key), "this key")
            };
            match split {
                Some((start, whole)) => split_hint(finding, start, tree.span(key).end, tree.file, whole),
                None => finding
                    .note("nothing is not a value: it would be unclear whether it means all, none or the default")
                    .help("write the value, write `{}` or `[]` for an empty one, or remove the key"),
            }
        });
    }

    /// Where `{a: b, c}` may be one text `b, c`: its start, and the text, if quotes around it are enough.
    fn split_by_comma(&self, text: &'a str, key: NodeId, node: NodeId) -> Option<(u32, &'a str)> {
        let frame = self.open.last().filter(|frame| frame.flow)?;
        let value = &self.tree.nodes[node];
        if value.start != value.end || self.tree.kind(key) != NodeKind::Plain {
            return None;
        }
        let before = NodeId(key.0.checked_sub(1)?);
        let it = self.tree.nodes.lookup(before).filter(|it| it.kind == NodeKind::Plain && !it.key)?;
        if before <= frame.node || it.start == it.end {
            return None;
        }
        let whole = text.get(it.start as usize..self.tree.nodes[key].end as usize)?;
        (!whole.contains(['"', '\\', '\n', '#', '[', ']', '{', '}'])).then_some((it.start, whole))
    }

    /// One finding for each name that is written more than once; the first entry counts.
    fn check_duplicates(&mut self, mapping: NodeId) {
        if is_small_and_distinct(&self.tree, mapping) {
            return;
        }
        for group in repeated_keys(&self.tree, mapping) {
            for key in group.iter().skip(1) {
                self.hide(*key);
            }
            self.tree.complete = false;
            let tree = &self.tree;
            self.findings.add(&rules::DUPLICATE_KEY, || duplicate(tree, &group));
        }
    }

    fn finish(mut self, text_len: usize) -> (Tree<'a>, Vec<Finding>) {
        while !self.open.is_empty() {
            let end = self.open.last().map_or(0, |frame| frame.last_end);
            self.close(end);
        }
        self.mark_last_comments();
        match self.root {
            Some(root) if self.tree.kind(root) == NodeKind::Mapping => self.tree.root = root,
            root => {
                if let Some(root) = root {
                    self.not_a_mapping(root);
                }
                let (at, next) = (narrow(text_len), narrow(self.tree.nodes.len()).saturating_add(1));
                self.tree.root = self.tree.nodes.push(Node {
                    start: at,
                    end: at,
                    next,
                    kind: NodeKind::Mapping,
                    flow: false,
                    key: false,
                    hidden: false,
                    value: Cow::Borrowed(""),
                });
            }
        }
        (self.tree, self.findings.finish())
    }

    /// The parser takes comments at the end for comments above the end of a block.
    fn mark_last_comments(&mut self) {
        let end = self.root.map_or(0, |root| self.tree.nodes[root].end);
        let behind =
            |comment: &&mut Comment| comment.span.start >= end && comment.placement != Placement::Right;
        self.tree.comments.iter_mut().rev().take_while(behind).for_each(|comment| {
            comment.placement = Placement::Last;
        });
    }

    /// A document of comments alone, or of `---` alone, is an empty mapping; anything else is refused.
    fn not_a_mapping(&mut self, root: NodeId) {
        let span = self.tree.span(root);
        if span.start == span.end && self.tree.kind(root) == NodeKind::Plain {
            return;
        }
        self.tree.complete = false;
        self.findings.add(&rules::NOT_A_MAPPING, || {
            Finding::new(&rules::NOT_A_MAPPING, "the file is not made of keys with values")
                .at(span, "this is the whole content")
                .help("begin with the name of a section and a colon")
        });
    }
}

/// Nearly every mapping is small: comparing its keys one by one needs no memory.
fn is_small_and_distinct(tree: &Tree<'_>, mapping: NodeId) -> bool {
    let mut seen = [""; 12];
    for (count, entry) in tree.entries(mapping).enumerate() {
        let key = tree.text(entry.key);
        let (before, rest) = seen.split_at_mut(count.min(12));
        let Some(free) = rest.first_mut() else { return false };
        if before.contains(&key) {
            return false;
        }
        *free = key;
    }
    true
}

/// The places of each name that a mapping has more than once.
fn repeated_keys(tree: &Tree<'_>, mapping: NodeId) -> Vec<Vec<NodeId>> {
    let mut keys: Vec<(&str, NodeId)> =
        tree.entries(mapping).map(|entry| (tree.text(entry.key), entry.key)).collect();
    keys.sort_unstable();
    keys.chunk_by(|left, right| left.0 == right.0)
        .filter(|group| group.len() > 1)
        .map(|group| group.iter().map(|(_, key)| *key).collect())
        .collect()
}

fn split_hint(finding: Finding, start: u32, end: u32, file: FileId, whole: &str) -> Finding {
    let span = Span::new(file, start, end);
    finding.note("a comma ends a text that is not quoted").help("did a comma split a text? quote it").fix(
        "quote the text",
        Safety::NeedsApproval,
        vec![TextEdit { span, text: format!("\"{whole}\"") }],
    )
}

fn duplicate(tree: &Tree<'_>, places: &[NodeId]) -> Finding {
    const MOST_LABELS: usize = 10;
    let name = places.first().map(|key| tree.text(*key)).unwrap_or_default();
    let times = if places.len() == 2 { "twice".to_owned() } else { format!("{} times", places.len()) };
    let mut finding = Finding::new(&rules::DUPLICATE_KEY, format!("{} is written {times}", quoted(name)))
        .note("readers of YAML disagree on which one counts")
        .help("keep one of them")
        .fact("key", name);
    for (position, key) in places.iter().take(MOST_LABELS).enumerate() {
        finding = match position {
            0 => finding.because(tree.span(*key), "first here"),
            1 => finding.at(tree.span(*key), "again here"),
            _ => finding.because(tree.span(*key), "and here"),
        };
    }
    finding
}
