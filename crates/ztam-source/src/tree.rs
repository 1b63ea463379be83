//! YAML as a flat tree in which every key and value knows its place.

mod reader;

use std::borrow::Cow;

use crate::file::FileId;
use crate::finding::Finding;
use crate::idx::IndexVec;
use crate::rules;
use crate::scalar::{Scalar, resolve_plain};
use crate::span::Span;

pub use reader::parse;

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

fn narrow(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
