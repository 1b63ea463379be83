//! Writing parts of a matrix: values as YAML that people like to read, in one line where it is short.

use crate::write::scalar;

/// Columns of a line.
pub const WIDTH: usize = 110;

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
        match self {
            Self::Bool(value) => value.to_string(),
            Self::Text(text) => scalar(text),
            Self::List(items) => {
                let items: Vec<_> = items.iter().map(Self::flow).collect();
                format!("[{}]", items.join(", "))
            }
            Self::Map(entries) => {
                let entry = |(key, value): &(String, Self)| format!("{}: {}", scalar(key), value.flow());
                let entries: Vec<_> = entries.iter().map(entry).collect();
                format!("{{{}}}", entries.join(", "))
            }
        }
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
        let line = format!("{head} {}\n", self.flow());
        let Self::Map(entries) = self else { return line };
        if line.len() <= WIDTH || entries.is_empty() {
            return line;
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
        let line = format!("{head} {}", self.flow());
        let is_short = line.chars().count() <= WIDTH;
        match self {
            Self::Map(entries) if !is_short && !entries.is_empty() => {
                out.push_str(head);
                out.push('\n');
                for (key, value) in entries {
                    let start = " ".repeat(indent + 2);
                    value.write(out, &format!("{start}{}:", scalar(key)), indent + 2);
                }
            }
            Self::List(items) if !is_short && items.iter().all(|it| matches!(it, Self::Text(_))) => {
                wrapped(out, head, items, indent + 2);
            }
            Self::List(items) if !is_short => {
                out.push_str(head);
                out.push('\n');
                items.iter().for_each(|it| out.push_str(&it.item(indent + 2)));
            }
            _ => {
                out.push_str(&line);
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
