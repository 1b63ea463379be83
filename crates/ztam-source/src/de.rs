//! Typed values out of a tree: a strict `serde::Deserializer` over a node, with the place of everything.
//!
//! Types are never converted: a text wants a scalar that the core schema reads as text, so `version: 1.10` is an
//! error with the advice to quote it. [`Spanned`] works around any value and any key.
//!
//! A struct with a field renamed to [`BINDINGS`] receives there, as one mapping, the entries whose keys the caller
//! captures; for all other keys it can still deny what it does not know.

use std::fmt::{self, Display};

use serde::de::{
    self, Deserialize, DeserializeSeed, Deserializer, Expected, MapAccess, SeqAccess, Unexpected, Visitor,
    value::BorrowedStrDeserializer,
};

use crate::confusable::quoted;
use crate::file::FileId;
use crate::scalar::Scalar;
use crate::span::{Span, Spanned};
use crate::suggest;
use crate::tree::{NodeId, NodeKind, Tree};

/// The field that receives the captured entries of a struct.
pub const BINDINGS: &str = "$bindings";

const SPANNED: &str = "$spanned";
const SPANNED_FIELDS: &[&str] = &["$file", "$start", "$end", "$value"];

/// What kind of mistake an error is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeErrorKind {
    /// A key that the type does not have.
    UnknownKey,
    /// A required key is not there.
    MissingKey,
    /// A value of another type.
    WrongType,
    /// A word that is not among those allowed here.
    UnknownWord,
    /// A value of the right type that does not fit.
    WrongValue,
}

/// Why a node is not what the type asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct DeError {
    /// What kind of mistake it is.
    pub kind: DeErrorKind,
    /// One sentence without a full stop.
    pub message: String,
    /// What to do, if that is known.
    pub help: Option<String>,
    /// The name that was probably meant, to replace the text of `span`.
    pub suggestion: Option<String>,
    /// The key or value to change.
    pub span: Span,
    /// Whether reading the file has already reported the cause: then this error is only its consequence.
    pub reported: bool,
}

impl Display for DeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for DeError {}

/// An error on its way up; it takes the first place that is offered.
#[derive(Debug)]
pub(crate) struct Fault(Box<FaultData>);

#[derive(Debug)]
struct FaultData {
    kind: DeErrorKind,
    message: String,
    help: Option<String>,
    /// For a wrong name: the name and those that are known.
    name: String,
    known: Vec<String>,
    span: Option<Span>,
    reported: bool,
}

impl Fault {
    fn new(kind: DeErrorKind, message: String) -> Self {
        let (name, known) = (String::new(), Vec::new());
        Self(Box::new(FaultData { kind, message, help: None, name, known, span: None, reported: false }))
    }

    fn names(kind: DeErrorKind, message: String, name: &str, known: &[&str]) -> Self {
        let mut fault = Self::new(kind, message);
        name.clone_into(&mut fault.0.name);
        fault.0.known = known.iter().filter(|it| **it != BINDINGS).map(|it| (*it).to_owned()).collect();
        fault
    }

    fn at(mut self, span: Span) -> Self {
        self.0.span.get_or_insert(span);
        self
    }

    fn with_help(mut self, help: String) -> Self {
        self.0.help = Some(help);
        self
    }

    fn reported_if(mut self, reported: bool) -> Self {
        self.0.reported |= reported;
        self
    }

    fn finish(self, fallback: Span) -> DeError {
        let FaultData { kind, message, help, name, known, span, reported } = *self.0;
        let known = known.iter().map(String::as_str);
        let suggestion = suggest::closest(&name, known.clone()).map(str::to_owned);
        let help = help.or_else(|| match &suggestion {
            Some(meant) => Some(format!("did you mean `{meant}`?")),
            None => suggest::list(known).map(|list| format!("known here: {list}")),
        });
        DeError { kind, message, help, suggestion, span: span.unwrap_or(fallback), reported }
    }
}

impl Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl std::error::Error for Fault {}

impl de::Error for Fault {
    fn custom<T: Display>(message: T) -> Self {
        Self::new(DeErrorKind::WrongValue, message.to_string())
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::new(DeErrorKind::WrongType, format!("{} stands where {expected} is expected", describe(found)))
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let expected = expected.to_string();
        let expected = integer_range(&expected).unwrap_or(&expected);
        Self::new(
            DeErrorKind::WrongValue,
            format!("{} does not fit: {expected} is expected", describe(found)),
        )
    }

    fn invalid_length(length: usize, expected: &dyn Expected) -> Self {
        Self::new(DeErrorKind::WrongValue, format!("{length} items stand where {expected} is expected"))
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        let message = format!("{} is not allowed here", quoted(variant));
        Self::names(DeErrorKind::UnknownWord, message, variant, expected)
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        let message = format!("there is no key {} here", quoted(field));
        Self::names(DeErrorKind::UnknownKey, message, field, expected)
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new(DeErrorKind::MissingKey, format!("`{field}` is missing"))
    }

    fn duplicate_field(field: &'static str) -> Self {
        Self::new(DeErrorKind::WrongValue, format!("`{field}` is written twice"))
    }
}

/// Integer types expect their own name, which says nothing to a reader.
fn integer_range(name: &str) -> Option<&'static str> {
    Some(match name {
        "u8" => "a whole number from 0 to 255",
        "u16" => "a whole number from 0 to 65535",
        "u32" => "a whole number from 0 to 4294967295",
        "u64" | "u128" | "usize" => "a whole number that is not negative",
        "i8" | "i16" | "i32" | "i64" | "i128" | "isize" => "a smaller whole number",
        _ => return None,
    })
}

fn describe(found: Unexpected<'_>) -> String {
    match found {
        Unexpected::Bool(value) => format!("`{value}`"),
        Unexpected::Unsigned(value) => format!("`{value}`"),
        Unexpected::Signed(value) => format!("`{value}`"),
        Unexpected::Float(value) => format!("`{value}`"),
        Unexpected::Str(text) => quoted(text),
        Unexpected::Unit | Unexpected::Option => "nothing".to_owned(),
        Unexpected::Seq => "a list".to_owned(),
        Unexpected::Map => "a mapping".to_owned(),
        _ => "another kind of value".to_owned(),
    }
}

/// A tree that can be read typed. The lifetime is that of the texts.
pub(crate) trait DataNode<'de>: Copy {
    type Items: Iterator<Item = Self>;
    type Entries: Iterator<Item = (Key<'de>, Self)>;
    fn span(self) -> Span;
    fn shape(self) -> Shape<'de, Self>;
    /// Whether entries of this mapping were refused when the file was read.
    fn has_refused_entries(self) -> bool;
}

pub(crate) enum Shape<'de, N: DataNode<'de>> {
    Scalar(Scalar<'de>),
    Sequence(N::Items),
    Mapping(N::Entries),
}

#[derive(Clone, Copy)]
pub(crate) struct Key<'de> {
    pub(crate) text: &'de str,
    pub(crate) span: Span,
    /// Whether the core schema reads the key as text.
    pub(crate) is_text: bool,
}

impl<'a> Tree<'a> {
    /// Reads a node as a value of a type.
    ///
    /// # Errors
    /// The first mistake, with its place.
    pub fn deserialize<'t, T: Deserialize<'t>>(&'t self, node: NodeId) -> Result<T, DeError> {
        self.deserialize_capturing(node, &[])
    }

    /// Reads a node as a value of a type; structs with a field [`BINDINGS`] receive the entries of these keys there.
    ///
    /// # Errors
    /// The first mistake, with its place.
    pub fn deserialize_capturing<'t, T: Deserialize<'t>>(
        &'t self,
        node: NodeId,
        captures: &[&str],
    ) -> Result<T, DeError> {
        read(TreeNode { tree: self, id: node }, self.key_span(node), captures)
    }
}

pub(crate) fn read<'de, N: DataNode<'de>, T: Deserialize<'de>>(
    node: N,
    key: Option<Span>,
    captures: &[&str],
) -> Result<T, DeError> {
    T::deserialize(NodeReader { node, key, captures }).map_err(|fault| fault.finish(node.span()))
}

#[derive(Clone, Copy)]
struct TreeNode<'t> {
    tree: &'t Tree<'t>,
    id: NodeId,
}

struct TreeItems<'t>(&'t Tree<'t>, crate::tree::Items<'t>);

impl<'t> Iterator for TreeItems<'t> {
    type Item = TreeNode<'t>;
    fn next(&mut self) -> Option<Self::Item> {
        Some(TreeNode { tree: self.0, id: self.1.next()? })
    }
}

struct TreeEntries<'t>(&'t Tree<'t>, crate::tree::Entries<'t>);

impl<'t> Iterator for TreeEntries<'t> {
    type Item = (Key<'t>, TreeNode<'t>);
    fn next(&mut self) -> Option<Self::Item> {
        let tree = self.0;
        let entry = self.1.next()?;
        let is_text = matches!(tree.scalar(entry.key), Some(Scalar::String(_)));
        let key = Key { text: tree.text(entry.key), span: tree.span(entry.key), is_text };
        Some((key, TreeNode { tree, id: entry.value }))
    }
}

impl<'t> DataNode<'t> for TreeNode<'t> {
    type Items = TreeItems<'t>;
    type Entries = TreeEntries<'t>;

    fn span(self) -> Span {
        self.tree.span(self.id)
    }

    fn shape(self) -> Shape<'t, Self> {
        match self.tree.scalar(self.id) {
            Some(scalar) => Shape::Scalar(scalar),
            None if self.tree.kind(self.id) == NodeKind::Sequence => {
                Shape::Sequence(TreeItems(self.tree, self.tree.items(self.id)))
            }
            None => Shape::Mapping(TreeEntries(self.tree, self.tree.entries(self.id))),
        }
    }

    fn has_refused_entries(self) -> bool {
        self.tree.has_refused_entries(self.id)
    }
}

/// Reads one node. `key` is the key that it is the value of.
struct NodeReader<'c, N> {
    node: N,
    key: Option<Span>,
    captures: &'c [&'c str],
}

impl<'de, N: DataNode<'de>> NodeReader<'_, N> {
    /// The error for a value of another type.
    fn wrong(&self, needed: &str) -> Fault {
        let (found, help) = match self.node.shape() {
            Shape::Sequence(_) => ("a list".to_owned(), None),
            Shape::Mapping(_) => ("a mapping".to_owned(), None),
            Shape::Scalar(Scalar::Null) => ("nothing".to_owned(), None),
            Shape::Scalar(Scalar::String(text)) => {
                let help = (needed == "a list").then(|| format!("write `[{text}]`"));
                (format!("the text {}", quoted(text)), help.filter(|it| it.len() < 60))
            }
            Shape::Scalar(Scalar::Bool(value)) => (format!("the truth value `{value}`"), quote_it(needed)),
            Shape::Scalar(Scalar::Int(value)) => (format!("the number `{value}`"), quote_it(needed)),
            Shape::Scalar(Scalar::Float(value)) => (format!("the number `{value}`"), quote_it(needed)),
        };
        let fault = Fault::new(DeErrorKind::WrongType, format!("{found} stands where {needed} is expected"));
        let fault = match help {
            Some(help) => fault.with_help(help),
            None => fault,
        };
        // A missing value has its own finding.
        fault.at(self.node.span()).reported_if(matches!(self.node.shape(), Shape::Scalar(Scalar::Null)))
    }

    fn text<V: Visitor<'de>>(&self, visitor: V) -> Result<V::Value, Fault> {
        match self.node.shape() {
            Shape::Scalar(Scalar::String(text)) => visitor.visit_borrowed_str(text),
            _ => Err(self.wrong("a text")),
        }
    }

    fn integer<V: Visitor<'de>>(&self, visitor: V) -> Result<V::Value, Fault> {
        match self.node.shape() {
            Shape::Scalar(Scalar::Int(value)) => match u64::try_from(value) {
                Ok(value) => visitor.visit_u64(value),
                Err(_) => visitor.visit_i64(value),
            },
            _ => Err(self.wrong("a whole number")),
        }
    }

    fn mapping<V: Visitor<'de>>(
        &self,
        entries: N::Entries,
        wants: bool,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let captures = if wants { self.captures } else { &[] };
        let access = EntryAccess {
            entries,
            value: None,
            all_captures: self.captures,
            captures,
            captured: Vec::new(),
            place: self.node.span(),
            bindings_next: false,
        };
        visitor.visit_map(access).map_err(|fault| {
            let missing = fault.0.kind == DeErrorKind::MissingKey && fault.0.span.is_none();
            let reported = missing && self.node.has_refused_entries();
            fault.at(self.place_of_absence()).reported_if(reported)
        })
    }

    /// Where to show that a mapping lacks something: its key, else its first key, else all of it.
    fn place_of_absence(&self) -> Span {
        self.key.unwrap_or_else(|| match self.node.shape() {
            Shape::Mapping(mut entries) => entries.next().map_or(self.node.span(), |(key, _)| key.span),
            _ => self.node.span(),
        })
    }
}

fn quote_it(needed: &str) -> Option<String> {
    (needed == "a text").then(|| "quote it".to_owned())
}

macro_rules! integers {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
            self.integer(visitor)
        }
    )*};
}

macro_rules! texts {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
            self.text(visitor)
        }
    )*};
}

impl<'de, N: DataNode<'de>> Deserializer<'de> for NodeReader<'_, N> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.node.shape() {
            Shape::Scalar(Scalar::Null) => {
                visitor.visit_unit().map_err(|fault: Fault| fault.reported_if(true))
            }
            Shape::Scalar(Scalar::Bool(value)) => visitor.visit_bool(value),
            Shape::Scalar(Scalar::Int(value)) => visitor.visit_i64(value),
            Shape::Scalar(Scalar::Float(value)) => visitor.visit_f64(value),
            Shape::Scalar(Scalar::String(text)) => visitor.visit_borrowed_str(text),
            Shape::Sequence(items) => visitor.visit_seq(ItemAccess { items, captures: self.captures }),
            Shape::Mapping(entries) => self.mapping(entries, false, visitor),
        }
    }

    integers! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
    }

    texts! { deserialize_char deserialize_str deserialize_string deserialize_identifier }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.node.shape() {
            Shape::Scalar(Scalar::Bool(value)) => visitor.visit_bool(value),
            _ => Err(self.wrong("`true` or `false`")),
        }
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_f64(visitor)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.node.shape() {
            Shape::Scalar(Scalar::Int(value)) => visitor.visit_i64(value),
            Shape::Scalar(Scalar::Float(value)) => visitor.visit_f64(value),
            _ => Err(self.wrong("a number")),
        }
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Fault> {
        Err(self.wrong("binary data, which the format does not have,"))
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_bytes(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.node.shape() {
            Shape::Scalar(Scalar::Null) => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.node.shape() {
            Shape::Scalar(Scalar::Null) => visitor.visit_unit(),
            _ => Err(self.wrong("nothing")),
        }
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.node.shape() {
            Shape::Sequence(items) => visitor.visit_seq(ItemAccess { items, captures: self.captures }),
            _ => Err(self.wrong("a list")),
        }
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.node.shape() {
            Shape::Mapping(entries) => self.mapping(entries, false, visitor),
            _ => Err(self.wrong("a mapping")),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        if name == SPANNED {
            let span = self.node.span();
            return visitor.visit_seq(SpannedAccess { span, step: 0, inner: Some(self) });
        }
        match self.node.shape() {
            Shape::Mapping(entries) => self.mapping(entries, fields.contains(&BINDINGS), visitor),
            _ => Err(self.wrong("a mapping")),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match self.node.shape() {
            Shape::Scalar(Scalar::String(text)) => visitor.visit_enum(BorrowedStrDeserializer::new(text)),
            _ => Err(self.wrong("a word")),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_unit()
    }
}

struct ItemAccess<'c, I> {
    items: I,
    captures: &'c [&'c str],
}

impl<'de, N: DataNode<'de>, I: Iterator<Item = N>> SeqAccess<'de> for ItemAccess<'_, I> {
    type Error = Fault;
    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Fault> {
        let Some(node) = self.items.next() else { return Ok(None) };
        seed.deserialize(NodeReader { node, key: None, captures: self.captures })
            .map(Some)
            .map_err(|fault| fault.at(node.span()))
    }
}

struct EntryAccess<'c, 'de, N, E> {
    entries: E,
    value: Option<(Span, N)>,
    /// What structs further down capture.
    all_captures: &'c [&'c str],
    /// What this struct captures.
    captures: &'c [&'c str],
    captured: Vec<(Key<'de>, N)>,
    place: Span,
    bindings_next: bool,
}

impl<'de, N: DataNode<'de>, E: Iterator<Item = (Key<'de>, N)>> MapAccess<'de> for EntryAccess<'_, 'de, N, E> {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Fault> {
        while let Some((key, node)) = self.entries.next() {
            if self.captures.contains(&key.text) {
                self.captured.push((key, node));
                continue;
            }
            self.value = Some((key.span, node));
            return seed.deserialize(KeyReader(key)).map(Some).map_err(|mut fault| {
                fault.0.known.extend(self.captures.iter().map(|it| (*it).to_owned()));
                fault.at(key.span)
            });
        }
        if self.captured.is_empty() {
            return Ok(None);
        }
        self.bindings_next = true;
        seed.deserialize(BorrowedStrDeserializer::new(BINDINGS)).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Fault> {
        if self.bindings_next {
            self.bindings_next = false;
            let entries = std::mem::take(&mut self.captured);
            return seed.deserialize(CapturedReader { entries, place: self.place });
        }
        let Some((key, node)) = self.value.take() else {
            return Err(de::Error::custom("a value was asked for before its key"));
        };
        seed.deserialize(NodeReader { node, key: Some(key), captures: self.all_captures })
            .map_err(|fault| fault.at(node.span()))
    }
}

struct KeyReader<'de>(Key<'de>);

impl<'de> Deserializer<'de> for KeyReader<'de> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        if self.0.is_text {
            return visitor.visit_borrowed_str(self.0.text);
        }
        let message = format!("the key {} is not read as text", quoted(self.0.text));
        Err(Fault::new(DeErrorKind::WrongType, message).with_help("quote it".to_owned()).at(self.0.span))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        if name == SPANNED {
            return visitor.visit_seq(SpannedAccess { span: self.0.span, step: 0, inner: Some(self) });
        }
        self.deserialize_any(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_enum(BorrowedStrDeserializer::new(self.0.text))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_some(self)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq
        tuple tuple_struct map identifier ignored_any
    }
}

/// The captured entries as one mapping.
struct CapturedReader<'de, N> {
    entries: Vec<(Key<'de>, N)>,
    place: Span,
}

impl<'de, N: DataNode<'de>> Deserializer<'de> for CapturedReader<'de, N> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_map(EntryAccess {
            entries: self.entries.into_iter(),
            value: None,
            all_captures: &[],
            captures: &[],
            captured: Vec::new(),
            place: self.place,
            bindings_next: false,
        })
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_some(self)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq
        tuple tuple_struct map struct enum identifier ignored_any
    }
}

/// The four fields of [`Spanned`], by position.
struct SpannedAccess<D> {
    span: Span,
    step: u8,
    inner: Option<D>,
}

impl<'de, D: Deserializer<'de, Error = Fault>> SeqAccess<'de> for SpannedAccess<D> {
    type Error = Fault;
    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Fault> {
        use serde::de::IntoDeserializer;
        let number = match self.step {
            0 => self.span.file.0,
            1 => self.span.start,
            2 => self.span.end,
            _ => {
                return self.inner.take().map(|inner| seed.deserialize(inner)).transpose();
            }
        };
        self.step += 1;
        seed.deserialize(number.into_deserializer()).map(Some)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Spanned<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_struct(SPANNED, SPANNED_FIELDS, SpannedVisitor(std::marker::PhantomData))
    }
}

struct SpannedVisitor<T>(std::marker::PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for SpannedVisitor<T> {
    type Value = Spanned<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value with its place")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<Self::Value, A::Error> {
        let mut place = [0; 3];
        for slot in &mut place {
            *slot = parts.next_element()?.ok_or_else(|| de::Error::custom("a place is missing"))?;
        }
        let [file, start, end] = place;
        let value = parts.next_element()?.ok_or_else(|| de::Error::custom("a value is missing"))?;
        Ok(Spanned { value, span: Span::new(FileId(file), start, end) })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    use super::*;
    use crate::entries::Entries;
    use crate::raw::{Bindings, Raw, RawKind};
    use crate::tree::{Limits, parse};

    #[derive(Debug, Deserialize, PartialEq, Clone, Copy)]
    #[serde(rename_all = "kebab-case")]
    enum Action {
        Read,
        Edit,
        ReadOnly,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields, rename_all = "kebab-case")]
    struct Task {
        title: Spanned<String>,
        #[serde(default)]
        within: Vec<Spanned<String>>,
        #[serde(default)]
        may: Entries<Entries<Spanned<Action>>>,
        #[serde(default)]
        max_age: Option<u8>,
        #[serde(default)]
        ratio: f64,
        #[serde(default)]
        active: bool,
        #[serde(rename = "$bindings", default)]
        bindings: Bindings,
    }

    const CAPTURES: &[&str] = &["mainframes", "directory"];

    fn at(text: &str, span: Span) -> &str {
        text.get(span.start as usize..span.end as usize).expect("inside the text")
    }

    /// Reads `/task` of a text.
    fn task(text: &str) -> Result<Task, DeError> {
        let (tree, _) = parse(FileId(3), text, &Limits::default());
        tree.deserialize_capturing(tree.at_pointer("/task").expect("a task"), CAPTURES)
    }

    /// The error as `text of its place: message | help`.
    fn complaint(text: &str) -> String {
        let error = task(text).expect_err("an error");
        let place = at(text, error.span);
        format!("{place}: {} | {}", error.message, error.help.unwrap_or_default())
    }

    #[test]
    fn reads_values_with_places() {
        let text = "task:\n  title: Sales Rep\n  within: [sales, \"no\"]\n  may: {internal: {read: edit}}\n  max-age: 5\n  ratio: 2\n  active: true\n";
        let task = task(text).expect("valid");
        assert_eq!(task.title.value, "Sales Rep");
        assert_eq!(task.title.span, Span::new(FileId(3), 15, 24));
        assert_eq!(task.within[1].value, "no");
        assert_eq!((task.max_age, task.ratio, task.active), (Some(5), 2.0, true));
        let (class, actions) = &task.may.0[0];
        assert_eq!((class.value.as_str(), at(text, class.span)), ("internal", "internal"));
        assert_eq!(**actions.get("read").expect("there"), Action::Edit);
        assert!(task.bindings.is_empty());
    }

    #[test]
    fn bindings_are_withheld_and_offered_together() {
        let text = "task:\n  mainframes: {name: Rep, n: [1, 2.5, true]}\n  title: T\n  directory: {id: x}\n";
        let task = task(text).expect("valid");
        let names: Vec<_> = task.bindings.iter().map(|(name, _)| name.value.as_str()).collect();
        assert_eq!(names, CAPTURES);
        assert_eq!(task.bindings.0[1].0.span.start, 64);
        let raw = task.bindings.get("mainframes").expect("there");
        assert_eq!(raw.get("name").map(|it| it.kind.clone()), Some(RawKind::String("Rep".into())));
        #[derive(Debug, Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Platform {
            name: Spanned<String>,
            n: (u8, f64, bool),
        }
        let platform: Platform = raw.deserialize().expect("valid");
        assert_eq!((platform.name.value.as_str(), platform.n), ("Rep", (1, 2.5, true)));
        assert_eq!(platform.name.span, raw.get("name").expect("there").span);
    }

    #[test]
    fn raw_values_complain_like_trees() {
        #[derive(Debug, Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Platform {
            #[expect(dead_code, reason = "only its absence is tested")]
            name: String,
        }
        let text = "task: {title: T, mainframes: {nam: x}, directory: {name: 1.10}}\n";
        let task = task(text).expect("valid");
        let error = |platform| {
            task.bindings.get(platform).expect("there").deserialize::<Platform>().expect_err("an error")
        };
        let unknown = error("mainframes");
        assert_eq!(unknown.message, "there is no key `nam` here");
        assert_eq!(unknown.suggestion.as_deref(), Some("name"));
        assert_eq!(at(text, unknown.span), "nam");
        assert_eq!(error("directory").help.as_deref(), Some("quote it"));
    }

    #[test]
    fn complaints_name_the_place_and_the_way_out() {
        for (text, expected) in [
            ("task: {titel: T}\n", "titel: there is no key `titel` here | did you mean `title`?"),
            (
                "task: {title: T, mainframe: {}}\n",
                "mainframe: there is no key `mainframe` here | did you mean `mainframes`?",
            ),
            (
                "task: {title: T, zzz: 1}\n",
                "zzz: there is no key `zzz` here | known here: `title`, `within`, `may`, `max-age`, `ratio` and 3 more",
            ),
            ("task: {within: []}\n", "task: `title` is missing | "),
            ("task: {}\n", "task: `title` is missing | "),
            ("task: T\n", "T: the text `T` stands where a mapping is expected | "),
            ("task: [T]\n", "[T]: a list stands where a mapping is expected | "),
            ("task: {title: 1.10}\n", "1.10: the number `1.1` stands where a text is expected | quote it"),
            ("task: {title: 12}\n", "12: the number `12` stands where a text is expected | quote it"),
            (
                "task: {title: true}\n",
                "true: the truth value `true` stands where a text is expected | quote it",
            ),
            (
                "task: {title: T, within: sales}\n",
                "sales: the text `sales` stands where a list is expected | write `[sales]`",
            ),
            ("task: {title: T, within: [{}]}\n", "{}: a mapping stands where a text is expected | "),
            (
                "task: {title: T, active: yes}\n",
                "yes: the text `yes` stands where `true` or `false` is expected | ",
            ),
            (
                "task: {title: T, max-age: 1.5}\n",
                "1.5: the number `1.5` stands where a whole number is expected | ",
            ),
            (
                "task: {title: T, max-age: 300}\n",
                "300: `300` does not fit: a whole number from 0 to 255 is expected | ",
            ),
            (
                "task: {title: T, max-age: -1}\n",
                "-1: `-1` does not fit: a whole number from 0 to 255 is expected | ",
            ),
            (
                "task: {title: T, may: {a: {read: raed}}}\n",
                "raed: `raed` is not allowed here | did you mean `read`?",
            ),
            ("task: {title: T, may: {a: {read: [x]}}}\n", "[x]: a list stands where a word is expected | "),
            ("task: {title: T, may: {12: {}}}\n", "12: the key `12` is not read as text | quote it"),
            ("task: {title: T, true: 1}\n", "true: the key `true` is not read as text | quote it"),
        ] {
            assert_eq!(complaint(text), expected);
        }
    }

    #[test]
    fn a_missing_key_in_a_list_is_shown_at_the_item() {
        #[derive(Debug, Deserialize)]
        struct Item {
            #[expect(dead_code, reason = "only its absence is tested")]
            id: String,
        }
        let text = "a:\n  - other: 1\n    more: 2\n";
        let (tree, _) = parse(FileId(0), text, &Limits::default());
        let error = tree.deserialize::<BTreeMap<String, Vec<Item>>>(tree.root()).expect_err("an error");
        assert_eq!(error.kind, DeErrorKind::MissingKey);
        assert_eq!(at(text, error.span), "other");
    }

    #[test]
    fn consequences_of_refusals_are_marked() {
        for text in [
            "task: {title: }\n",
            "task: {title: *x}\n",
            "task: {<<: {title: T}}\n",
            "task:\n",
            "task: {title: T, active: ~}\n",
        ] {
            assert!(task(text).expect_err("an error").reported, "{text}");
        }
        assert!(!task("task: {title: 1}\n").expect_err("an error").reported);
        assert!(!task("task: {}\n").expect_err("an error").reported);
        let text = "task: {title: T, mainframes: {a: ~}}\n";
        assert!(task(text).expect_err("an error").reported);
    }

    #[test]
    fn borrowed_and_spanned_keys() {
        let text = "b: 1\na: 2\n";
        let (tree, _) = parse(FileId(0), text, &Limits::default());
        let map: BTreeMap<&str, i64> = tree.deserialize(tree.root()).expect("valid");
        assert_eq!(map, BTreeMap::from([("a", 2), ("b", 1)]));
        let entries: Entries<Spanned<i64>> = tree.deserialize(tree.root()).expect("valid");
        let order: Vec<_> =
            entries.iter().map(|(key, value)| (key.value.as_str(), key.span.start, **value)).collect();
        assert_eq!(order, [("b", 0, 1), ("a", 5, 2)]);
        let raw: Raw = tree.deserialize(tree.root()).expect("valid");
        assert_eq!(raw.deserialize::<BTreeMap<&str, i64>>().expect("valid"), map);
    }

    #[test]
    fn words_of_two_parts() {
        let (tree, _) = parse(FileId(0), "a: read-only\n", &Limits::default());
        let map: BTreeMap<String, Action> = tree.deserialize(tree.root()).expect("valid");
        assert_eq!(map["a"], Action::ReadOnly);
    }
}
