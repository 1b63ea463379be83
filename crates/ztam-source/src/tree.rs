//! YAML as a flat tree in which every key and value knows its place.

use std::borrow::Cow;

use crate::confusable::quoted;
use crate::events::{Event, Events, Findings, check_characters, too_deep};
use crate::file::FileId;
use crate::finding::{Finding, Safety, TextEdit};
use crate::idx::{Idx, IndexVec};
use crate::rules;
use crate::scalar::{Scalar, resolve_plain};
use crate::span::Span;

crate::define_id! {
    /// A node of a [`Tree`].
    NodeId
}

/// What stops the reading of one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Most bytes of a file.
    pub bytes: usize,
    /// Most scalars, sequences and mappings of a file.
    pub nodes: usize,
    /// Most collections inside each other.
    pub depth: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { bytes: 16 * 1024 * 1024, nodes: 4_000_000, depth: 64 }
    }
}

/// How a node is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NodeKind {
    /// A scalar without quotes: it may be a number, a truth value or nothing.
    Plain,
    /// A text in quotes.
    Quoted,
    /// A text after `|` or `>`.
    Block,
    /// A list.
    Sequence,
    /// Keys with values.
    Mapping,
}

/// Where a comment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placement {
    /// On its own line, directly above what it describes.
    Above,
    /// Behind something on the same line.
    Right,
    /// On its own line, apart from its neighbours.
    Free,
    /// At the end of the file.
    Last,
}

/// A comment, from its `#` to the end of the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Comment {
    /// The whole comment without the line break.
    pub span: Span,
    /// Where it stands.
    pub placement: Placement,
}

#[derive(Clone, Debug)]
struct Node<'a> {
    start: u32,
    end: u32,
    /// The first node after this one and all below it.
    next: u32,
    kind: NodeKind,
    flow: bool,
    key: bool,
    /// A key whose entry was refused: reported, and left out of every view.
    hidden: bool,
    value: Cow<'a, str>,
}

/// One key with its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The key, a scalar.
    pub key: NodeId,
    /// The value.
    pub value: NodeId,
}

/// The document of one file. The root is always a mapping, an empty one where the file holds none.
///
/// Entries that the profile refuses (a repeated key, a merge key, a key that is no scalar) are left out; a refused or
/// missing value is [`Scalar::Null`]. Each of them has a finding.
#[derive(Clone, Debug)]
pub struct Tree<'a> {
    file: FileId,
    nodes: IndexVec<NodeId, Node<'a>>,
    comments: Vec<Comment>,
    root: NodeId,
    complete: bool,
}

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

impl<'a> Tree<'a> {
    /// The file.
    #[must_use]
    pub fn file(&self) -> FileId {
        self.file
    }

    /// Whether all that the file says is in the tree: no syntax error, limit or refused construct took part of it.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// The mapping of the whole file.
    #[must_use]
    pub fn root(&self) -> NodeId {
        self.root
    }

    /// Comments in order.
    #[must_use]
    pub fn comments(&self) -> &[Comment] {
        &self.comments
    }

    /// How many nodes there are, keys included.
    #[must_use]
    pub fn node_count(&self) -> usize {
        self.nodes.len()
    }

    /// Where a node stands. A block collection reaches from its first key or item to the end of its last value.
    #[must_use]
    pub fn span(&self, node: NodeId) -> Span {
        let it = &self.nodes[node];
        Span::new(self.file, it.start, it.end)
    }

    /// How a node is written.
    #[must_use]
    pub fn kind(&self, node: NodeId) -> NodeKind {
        self.nodes[node].kind
    }

    /// Whether a collection is written in brackets or braces.
    #[must_use]
    pub fn is_flow(&self, node: NodeId) -> bool {
        self.nodes[node].flow
    }

    /// Whether a node is a key.
    #[must_use]
    pub fn is_key(&self, node: NodeId) -> bool {
        self.nodes[node].key
    }

    /// The text of a scalar after unquoting and folding; empty for a collection.
    #[must_use]
    pub fn text(&self, node: NodeId) -> &str {
        &self.nodes[node].value
    }

    /// What a scalar means; `None` for a collection.
    #[must_use]
    pub fn scalar(&self, node: NodeId) -> Option<Scalar<'_>> {
        let it = &self.nodes[node];
        match it.kind {
            NodeKind::Plain => Some(resolve_plain(&it.value)),
            NodeKind::Quoted | NodeKind::Block => Some(Scalar::String(&it.value)),
            NodeKind::Sequence | NodeKind::Mapping => None,
        }
    }

    /// All nodes in order of the text, keys and refused entries included.
    pub fn nodes(&self) -> impl Iterator<Item = NodeId> + use<'a> {
        self.nodes.ids()
    }

    /// The entries of a mapping in order; none for other nodes.
    #[must_use]
    pub fn entries(&self, node: NodeId) -> Entries<'_> {
        Entries { tree: self, all: self.all_entries(node) }
    }

    /// The items of a sequence in order; none for other nodes.
    #[must_use]
    pub fn items(&self, node: NodeId) -> Items<'_> {
        let it = &self.nodes[node];
        let at = if it.kind == NodeKind::Sequence { node.0 + 1 } else { it.next };
        Items { tree: self, at, end: it.next }
    }

    /// The value of a key of a mapping.
    #[must_use]
    pub fn get(&self, node: NodeId, key: &str) -> Option<NodeId> {
        self.entries(node).find(|entry| self.text(entry.key) == key).map(|entry| entry.value)
    }

    /// The key of a value; `None` for items of sequences, for keys and for the root.
    #[must_use]
    pub fn key_of(&self, value: NodeId) -> Option<NodeId> {
        let before = NodeId(value.0.checked_sub(1)?);
        let it = self.nodes.lookup(before)?;
        (it.key && it.next == value.0).then_some(before)
    }

    /// The place of the key of a value.
    #[must_use]
    pub fn key_span(&self, value: NodeId) -> Option<Span> {
        self.key_of(value).map(|key| self.span(key))
    }

    /// Whether a mapping has entries that were refused.
    #[must_use]
    pub fn has_refused_entries(&self, node: NodeId) -> bool {
        self.all_entries(node).any(|entry| self.nodes[entry.key].hidden)
    }

    /// The node that a JSON pointer (RFC 6901) names; the empty pointer is the root.
    #[must_use]
    pub fn at_pointer(&self, pointer: &str) -> Option<NodeId> {
        if pointer.is_empty() {
            return Some(self.root);
        }
        pointer.strip_prefix('/')?.split('/').try_fold(self.root, |node, step| {
            let step = step.replace("~1", "/").replace("~0", "~");
            match self.kind(node) {
                NodeKind::Mapping => self.get(node, &step),
                NodeKind::Sequence => self.items(node).nth(step.parse().ok()?),
                NodeKind::Plain | NodeKind::Quoted | NodeKind::Block => None,
            }
        })
    }

    /// The node as JSON with the types of the core schema. Numbers that JSON cannot say stay text.
    #[must_use]
    pub fn to_json(&self, node: NodeId) -> serde_json::Value {
        use serde_json::Value;
        match self.scalar(node) {
            Some(Scalar::Null) => Value::Null,
            Some(Scalar::Bool(value)) => Value::Bool(value),
            Some(Scalar::Int(value)) => Value::from(value),
            Some(Scalar::Float(value)) => serde_json::Number::from_f64(value)
                .map_or_else(|| Value::from(self.text(node)), Value::Number),
            Some(Scalar::String(text)) => Value::from(text),
            None if self.kind(node) == NodeKind::Sequence => {
                Value::Array(self.items(node).map(|item| self.to_json(item)).collect())
            }
            None => Value::Object(
                self.entries(node)
                    .map(|entry| (self.text(entry.key).to_owned(), self.to_json(entry.value)))
                    .collect(),
            ),
        }
    }

    fn all_entries(&self, node: NodeId) -> AllEntries<'_> {
        let it = &self.nodes[node];
        let at = if it.kind == NodeKind::Mapping { node.0 + 1 } else { it.next };
        AllEntries { tree: self, at, end: it.next }
    }
}

/// The entries of a mapping. See [`Tree::entries`].
#[derive(Clone, Debug)]
pub struct Entries<'t> {
    tree: &'t Tree<'t>,
    all: AllEntries<'t>,
}

impl Iterator for Entries<'_> {
    type Item = Entry;
    fn next(&mut self) -> Option<Entry> {
        self.all.find(|entry| !self.tree.nodes[entry.key].hidden)
    }
}

#[derive(Clone, Debug)]
struct AllEntries<'t> {
    tree: &'t Tree<'t>,
    at: u32,
    end: u32,
}

impl Iterator for AllEntries<'_> {
    type Item = Entry;
    fn next(&mut self) -> Option<Entry> {
        if self.at >= self.end {
            return None;
        }
        let key = NodeId(self.at);
        // Where reading stopped behind a key, there is no value.
        let value = NodeId(self.tree.nodes[key].next);
        if value.0 >= self.end {
            return None;
        }
        self.at = self.tree.nodes[value].next;
        Some(Entry { key, value })
    }
}

/// The items of a sequence. See [`Tree::items`].
#[derive(Clone, Debug)]
pub struct Items<'t> {
    tree: &'t Tree<'t>,
    at: u32,
    end: u32,
}

impl Iterator for Items<'_> {
    type Item = NodeId;
    fn next(&mut self) -> Option<NodeId> {
        let item = NodeId(self.at);
        (self.at < self.end).then(|| {
            self.at = self.tree.nodes[item].next;
            item
        })
    }
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
                self.stopped();
                return;
            }
        }
    }

    /// Marks the tree as partial; where a bracket is open, the finding shows it: it is the usual cause.
    fn stopped(&mut self) {
        self.tree.complete = false;
        if let Some(frame) = self.open.last()
            && frame.flow
        {
            let start = self.tree.nodes[frame.node].start;
            let span = Span::new(self.tree.file, start, start.saturating_add(1));
            self.findings.label_last_syntax(span);
        }
    }

    fn scalar(&mut self, text: &'a str, kind: NodeKind, value: Cow<'a, str>, start: u32, end: u32) -> bool {
        let empty = kind == NodeKind::Plain && resolve_plain(&value) == Scalar::Null;
        let merge = kind == NodeKind::Plain && value == "<<";
        let (node, position) = self.add(kind, false, value, start, end);
        match position {
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
            self.complex_key(node, start, end);
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

    fn complex_key(&mut self, node: NodeId, start: u32, end: u32) {
        self.hide(node);
        self.tree.complete = false;
        let span = Span::new(self.tree.file, start, end.max(start.saturating_add(1)));
        self.findings.add(&rules::COMPLEX_KEY, || {
            Finding::new(&rules::COMPLEX_KEY, "a list or mapping stands where a key is expected")
                .at(span, "not a name")
                .help("a key is one word; quote a text that holds brackets or braces")
        });
    }

    fn merge_key(&mut self, node: NodeId) {
        self.hide(node);
        self.tree.complete = false;
        let span = self.tree.span(node);
        self.findings.add(&rules::MERGE_KEY, || {
            Finding::new(&rules::MERGE_KEY, "the merge key `<<` copies entries from elsewhere")
                .at(span, "a merge key")
                .note("what is granted must be readable in the place where it is granted")
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

fn narrow(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
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

/// The text of a file and, where its bytes are not UTF-8, the reason why it must not be used.
#[derive(Clone, Debug)]
pub struct Decoded<'a> {
    /// The text without a byte-order mark. Where bytes are not UTF-8 they are replaced: good for drawing a label,
    /// not for reading.
    pub text: Cow<'a, str>,
    /// First wrong byte and how many there are, in offsets of `text`.
    wrong: Option<(u32, u32)>,
}

impl Decoded<'_> {
    /// What is wrong, once the file has an id.
    #[must_use]
    pub fn finding(&self, file: FileId) -> Option<Finding> {
        let (start, len) = self.wrong?;
        let place = Span::new(file, start, start.saturating_add(len));
        Some(
            Finding::new(&rules::NOT_UTF8, "the file is not UTF-8")
                .at(place, "these bytes are not text")
                .note("nothing of the file was read")
                .help("save it as UTF-8"),
        )
    }
}

/// Takes bytes as UTF-8 text. A byte-order mark is dropped.
#[must_use]
pub fn decode(bytes: &[u8]) -> Decoded<'_> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => Decoded { text: Cow::Borrowed(text), wrong: None },
        Err(error) => {
            // One replacement character of three bytes stands for the first wrong sequence.
            let wrong = Some((narrow(error.valid_up_to()), narrow('\u{fffd}'.len_utf8())));
            Decoded { text: Cow::Owned(String::from_utf8_lossy(bytes).into_owned()), wrong }
        }
    }
}
