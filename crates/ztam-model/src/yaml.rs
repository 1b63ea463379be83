//! Writing parts of a matrix: values as YAML that people like to read, in one line where it is short.

use crate::write::scalar;

/// Columns of a line.
pub const WIDTH: usize = 110;
/// Most bytes of a letter.
const MOST_BYTES: usize = 4;

/// A value to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Yaml {
    /// `true` or `false`.
    Bool(bool),
    /// A text or name.
    Text(String),
    /// A list.
    List(Vec<Yaml>),
    /// Keys with values, in order.
    Map(Vec<(String, Yaml)>),
}

impl Default for Yaml {
    fn default() -> Self {
        Self::Map(Vec::new())
    }
}

impl From<&str> for Yaml {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Yaml {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<bool> for Yaml {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl Yaml {
    /// A list of texts.
    pub fn texts<T: Into<String>>(texts: impl IntoIterator<Item = T>) -> Self {
        Self::List(texts.into_iter().map(|it| Self::Text(it.into())).collect())
    }

    /// A map.
    pub fn map<K: Into<String>>(entries: impl IntoIterator<Item = (K, Self)>) -> Self {
        Self::Map(entries.into_iter().map(|(key, value)| (key.into(), value)).collect())
    }

    /// Whether it is a map or list without anything in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        match self {
            Self::List(items) => items.is_empty(),
            Self::Map(entries) => entries.is_empty(),
            Self::Bool(_) | Self::Text(_) => false,
        }
    }

    /// On one line.
    #[must_use]
    pub fn flow(&self) -> String {
        self.flow_within(usize::MAX).unwrap_or_default()
    }

    /// On one line, where that is no longer than so many bytes. A long value is given up early: most of what an import
    /// writes is too long for one line, and each value stands in others.
    fn flow_within(&self, most: usize) -> Option<String> {
        let mut out = String::new();
        self.put(&mut out, most).then_some(out)
    }

    /// Adds it on one line; stops with `false` where all becomes longer than so many bytes.
    fn put(&self, out: &mut String, most: usize) -> bool {
        match self {
            Self::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Self::Text(text) => out.push_str(&scalar(text)),
            Self::List(items) => {
                out.push('[');
                for (position, item) in items.iter().enumerate() {
                    out.push_str(if position == 0 { "" } else { ", " });
                    if !item.put(out, most) {
                        return false;
                    }
                }
                out.push(']');
            }
            Self::Map(entries) => {
                out.push('{');
                for (position, (key, value)) in entries.iter().enumerate() {
                    out.push_str(if position == 0 { "" } else { ", " });
                    out.push_str(&scalar(key));
                    out.push_str(": ");
                    if !value.put(out, most) {
                        return false;
                    }
                }
                out.push('}');
            }
        }
        out.len() <= most
    }

    /// The line or lines of `key: value`, indented; each ends with a line feed.
    #[must_use]
    pub fn entry(&self, key: &str, indent: usize) -> String {
        let mut out = String::new();
        self.write(&mut out, &format!("{}{}:", " ".repeat(indent), scalar(key)), indent);
        out
    }

    /// The line or lines of an item of a list, indented; each ends with a line feed.
    #[must_use]
    pub fn item(&self, indent: usize) -> String {
        let head = format!("{}-", " ".repeat(indent));
        let line = |flow: String| format!("{head} {flow}\n");
        let entries = match self {
            Self::Map(entries) if !entries.is_empty() => entries,
            _ => return line(self.flow()),
        };
        if let Some(short) = self.flow_within(WIDTH).map(line).filter(|line| line.len() <= WIDTH) {
            return short;
        }
        let mut out = String::new();
        for (position, (key, value)) in entries.iter().enumerate() {
            let start = if position == 0 { head.clone() + " " } else { " ".repeat(indent + 2) };
            value.write(&mut out, &format!("{start}{}:", scalar(key)), indent + 2);
        }
        out
    }

    /// Writes the value after `head`, which ends with a colon.
    fn write(&self, out: &mut String, head: &str, indent: usize) {
        let short = self.flow_within(WIDTH * MOST_BYTES).map(|flow| format!("{head} {flow}"));
        if let Some(short) = short.filter(|line| line.chars().count() <= WIDTH) {
            out.push_str(&short);
            out.push('\n');
            return;
        }
        match self {
            Self::Map(entries) if !entries.is_empty() => {
                out.push_str(head);
                out.push('\n');
                for (key, value) in entries {
                    let start = " ".repeat(indent + 2);
                    value.write(out, &format!("{start}{}:", scalar(key)), indent + 2);
                }
            }
            Self::List(items) if items.iter().all(|it| matches!(it, Self::Text(_))) => {
                wrapped(out, head, items, indent + 2);
            }
            Self::List(items) => {
                out.push_str(head);
                out.push('\n');
                items.iter().for_each(|it| out.push_str(&it.item(indent + 2)));
            }
            Self::Map(_) | Self::Bool(_) | Self::Text(_) => {
                out.push_str(head);
                out.push(' ');
                out.push_str(&self.flow());
                out.push('\n');
            }
        }
    }
}

/// A list of texts as a flow that goes on in the next lines.
fn wrapped(out: &mut String, head: &str, items: &[Yaml], indent: usize) {
    out.push_str(head);
    out.push_str(" [\n");
    let start = " ".repeat(indent);
    let mut line = start.clone();
    for (position, item) in items.iter().enumerate() {
        let text = item.flow() + if position + 1 < items.len() { "," } else { "" };
        if line.len() > start.len() && line.chars().count() + 1 + text.chars().count() > WIDTH {
            out.push_str(line.trim_end());
            out.push('\n');
            line.clone_from(&start);
        }
        if line.len() > start.len() {
            line.push(' ');
        }
        line.push_str(&text);
    }
    out.push_str(&line);
    out.push('\n');
    out.push_str(&start);
    out.truncate(out.len() - 2);
    out.push_str("]\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_values_stand_on_one_line() {
        let value = Yaml::map([("of", Yaml::texts(["account", "no"])), ("takes-over", true.into())]);
        assert_eq!(value.entry("cell", 2), "  cell: {of: [account, \"no\"], takes-over: true}\n");
        assert_eq!(value.item(2), "  - {of: [account, \"no\"], takes-over: true}\n");
        assert!(Yaml::default().is_empty() && Yaml::default().flow() == "{}");
    }

    #[test]
    fn long_values_are_broken_and_read_back() {
        let names: Vec<String> = (0..40).map(|it| format!("a-rather-long-name-{it}")).collect();
        let value = Yaml::map([
            ("of", Yaml::texts(names.clone())),
            ("read", "shared".into()),
            (
                "cells",
                Yaml::List(vec![
                    Yaml::map([("of", Yaml::texts(names.clone()))]),
                    Yaml::map([("a", "b".into())]),
                ]),
            ),
        ]);
        let text = format!("{}list:\n{}", value.entry("map", 0), value.item(2));
        assert!(text.lines().all(|it| it.len() <= WIDTH), "{text}");
        let read: serde_json::Value = serde_yaml::from_str(&text).unwrap();
        let expected =
            serde_json::json!({"of": names, "read": "shared", "cells": [{"of": names}, {"a": "b"}]});
        assert_eq!(read, serde_json::json!({"map": expected, "list": [expected]}));
    }
}
