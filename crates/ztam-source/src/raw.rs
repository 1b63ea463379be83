//! A part of a file kept as it is, with places, for someone who will know what it means.

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::de::{DataNode, DeError, Key, Shape, read};
use crate::scalar::Scalar;
use crate::span::{Span, Spanned};

/// An owned tree.
#[derive(Clone, Debug, PartialEq)]
pub struct Raw {
    /// Where it stands.
    pub span: Span,
    /// What it is.
    pub kind: RawKind,
}

/// What an owned tree is made of.
#[derive(Clone, Debug, PartialEq)]
pub enum RawKind {
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// Text.
    String(Box<str>),
    /// A list.
    Sequence(Vec<Raw>),
    /// Keys with values, in order.
    Mapping(Vec<(Spanned<Box<str>>, Raw)>),
}

impl Raw {
    /// Reads the value as a type, under the same rules as a tree is read.
    ///
    /// # Errors
    /// The first mistake, with its place.
    pub fn deserialize<'t, T: Deserialize<'t>>(&'t self) -> Result<T, DeError> {
        read(self, None, &[])
    }

    /// The value of a key, where this is a mapping that has it.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        let RawKind::Mapping(entries) = &self.kind else { return None };
        entries.iter().find(|(name, _)| *name.value == *key).map(|(_, value)| value)
    }

    /// Where a text stands in it: the first key or value that is exactly the text.
    #[must_use]
    pub fn place_of(&self, text: &str) -> Option<Span> {
        match &self.kind {
            RawKind::String(own) => (**own == *text).then_some(self.span),
            RawKind::Sequence(items) => items.iter().find_map(|it| it.place_of(text)),
            RawKind::Mapping(entries) => entries.iter().find_map(|(name, value)| {
                if *name.value == *text { Some(name.span) } else { value.place_of(text) }
            }),
            RawKind::Bool(_) | RawKind::Int(_) | RawKind::Float(_) => None,
        }
    }
}

/// What entries of several outside systems say, each under the name of the system, in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bindings(pub Vec<(Spanned<String>, Raw)>);

impl Bindings {
    /// What is said for a system.
    #[must_use]
    pub fn get(&self, platform: &str) -> Option<&Raw> {
        self.0.iter().find(|(name, _)| name.value == platform).map(|(_, raw)| raw)
    }

    /// Names with values in order.
    pub fn iter(&self) -> std::slice::Iter<'_, (Spanned<String>, Raw)> {
        self.0.iter()
    }

    /// Whether nothing is said for any system.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'a> IntoIterator for &'a Bindings {
    type Item = &'a (Spanned<String>, Raw);
    type IntoIter = std::slice::Iter<'a, (Spanned<String>, Raw)>;
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<'de> Deserialize<'de> for Bindings {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::entries::Entries::deserialize(deserializer).map(|entries| Self(entries.0))
    }
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Spanned { value, span } = Spanned::<RawKind>::deserialize(deserializer)?;
        Ok(Self { span, kind: value })
    }
}

impl<'de> Deserialize<'de> for RawKind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = RawKind;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<RawKind, E> {
        Ok(RawKind::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<RawKind, E> {
        Ok(RawKind::Int(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<RawKind, E> {
        Ok(RawKind::Float(value))
    }

    fn visit_str<E>(self, text: &str) -> Result<RawKind, E> {
        Ok(RawKind::String(text.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<RawKind, A::Error> {
        let mut all = Vec::new();
        while let Some(item) = items.next_element()? {
            all.push(item);
        }
        Ok(RawKind::Sequence(all))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<RawKind, A::Error> {
        let mut all = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            all.push(entry);
        }
        Ok(RawKind::Mapping(all))
    }
}

pub(crate) struct RawEntries<'t>(std::slice::Iter<'t, (Spanned<Box<str>>, Raw)>);

impl<'t> Iterator for RawEntries<'t> {
    type Item = (Key<'t>, &'t Raw);
    fn next(&mut self) -> Option<Self::Item> {
        let (key, value) = self.0.next()?;
        // A key that is not text never came this far.
        Some((Key { text: &key.value, span: key.span, is_text: true }, value))
    }
}

impl<'t> DataNode<'t> for &'t Raw {
    type Items = std::slice::Iter<'t, Raw>;
    type Entries = RawEntries<'t>;

    fn span(self) -> Span {
        self.span
    }

    fn shape(self) -> Shape<'t, Self> {
        match &self.kind {
            RawKind::Bool(value) => Shape::Scalar(Scalar::Bool(*value)),
            RawKind::Int(value) => Shape::Scalar(Scalar::Int(*value)),
            RawKind::Float(value) => Shape::Scalar(Scalar::Float(*value)),
            RawKind::String(text) => Shape::Scalar(Scalar::String(text)),
            RawKind::Sequence(items) => Shape::Sequence(items.iter()),
            RawKind::Mapping(entries) => Shape::Mapping(RawEntries(entries.iter())),
        }
    }

    fn has_refused_entries(self) -> bool {
        false
    }
}
