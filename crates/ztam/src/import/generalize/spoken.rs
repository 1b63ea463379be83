//! Whether a project says something about the classes of an import. What a class cell reaches has a class of its own, and a
//! guard, a duty, a promise or a control on `unreviewed` would not cover it: judgement would be weaker than with exact cells.

use ztam_source::file::FileId;
use ztam_source::scalar::Scalar;
use ztam_source::tree::{Limits, NodeId, NodeKind, Tree, parse};

use super::super::text::{FIELDS, ROWS};
use crate::files::{FileKind, SourceBytes};

/// What the import itself says of its classes.
const OF_CLASSES: &[&str] = &["id", "title", "means", "reach", "unreviewed"];

/// The first place where the files of a project speak of a class of an import, as half a sentence; giving a thing the
/// class, and declaring it as an import does, is none.
pub(in crate::import) fn spoken_of(files: &[SourceBytes]) -> Option<String> {
    files.iter().filter(|it| it.kind == FileKind::Matrix).find_map(|file| {
        let text = std::str::from_utf8(&file.bytes).ok()?;
        let (tree, _) = parse(FileId(0), text, &Limits::default());
        let (node, class) = in_file(&tree)?;
        let line = text.get(..tree.span(node).start as usize)?.split('\n').count();
        let path = &file.record.path;
        Some(format!(
            "{path}, line {line}, speaks of `{class}`, which a class cell of an import does not reach"
        ))
    })
}

fn in_file(tree: &Tree<'_>) -> Option<(NodeId, &'static str)> {
    tree.entries(tree.root()).find_map(|entry| match tree.text(entry.key) {
        "classes" => tree.items(entry.value).find_map(|it| in_class(tree, it)),
        section => below(tree, entry.value, section == "tests"),
    })
}

/// A class of an import of which somebody has said more than the import does.
fn in_class(tree: &Tree<'_>, node: NodeId) -> Option<(NodeId, &'static str)> {
    let class = named(tree.text(tree.get(node, "id")?), false)?;
    let is_more = |key: &str, value: NodeId| match key {
        "reach" => tree.text(value) != "named",
        "unreviewed" => tree.scalar(value) != Some(Scalar::Bool(true)),
        _ => !OF_CLASSES.contains(&key),
    };
    let more = tree.entries(node).find(|it| is_more(tree.text(it.key), it.value))?;
    Some((more.key, class))
}

fn below(tree: &Tree<'_>, node: NodeId, in_sentences: bool) -> Option<(NodeId, &'static str)> {
    match tree.kind(node) {
        NodeKind::Sequence => tree.items(node).find_map(|it| below(tree, it, in_sentences)),
        NodeKind::Mapping => tree.entries(node).find_map(|it| {
            let key = tree.text(it.key);
            // `unreviewed: true` is another word.
            let is_flag = matches!(tree.scalar(it.value), Some(Scalar::Bool(_)));
            let as_key = named(key, in_sentences).filter(|_| !is_flag).map(|class| (it.key, class));
            as_key.or_else(|| (key != "class").then(|| below(tree, it.value, in_sentences)).flatten())
        }),
        NodeKind::Plain | NodeKind::Quoted | NodeKind::Block => {
            named(tree.text(node), in_sentences).map(|class| (node, class))
        }
    }
}

/// The class that a text names: as a whole, or as a word of a sentence.
fn named(text: &str, in_sentences: bool) -> Option<&'static str> {
    let is_end = |it: char| !it.is_ascii_alphanumeric() && it != '-';
    let is_it = |class: &&str| text == *class || (in_sentences && text.split(is_end).any(|it| it == *class));
    [ROWS, FIELDS].into_iter().find(is_it)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spoken(text: &str) -> Option<String> {
        spoken_of(&[SourceBytes::matrix("a.ztam.yaml".to_owned(), text.to_owned())])
    }

    #[test]
    fn everything_that_judges_by_the_class_is_noticed() {
        for text in [
            "guards:\n  g: {nobody: [everyone], may: [read], of: [unreviewed]}\n",
            "roles:\n  r: {never: [unreviewed-field]}\n",
            "roles:\n  r: {may: {unreviewed: {read: org, of: [a]}}}\n",
            "duties:\n  d: {can: [{read: unreviewed}]}\n",
            "tests:\n  - nobody can read unreviewed\n",
            "environments:\n  prod: {changes: [{narrow: r, may: {unreviewed: {read: own}}}]}\n",
            "classes:\n  - {id: unreviewed, reach: named, unreviewed: true, requires: [mfa]}\n",
            "classes:\n  - {id: unreviewed, reach: domain}\n",
            "classes:\n  - {id: unreviewed, unreviewed: false}\n",
        ] {
            let told = spoken(text).unwrap_or_default();
            assert!(
                told.starts_with("a.ztam.yaml, line ") && told.contains("speaks of `unreviewed"),
                "{text}"
            );
        }
    }

    #[test]
    fn what_an_import_writes_and_what_is_prose_is_not() {
        for text in [
            "classes:\n  - {id: unreviewed, title: Unreviewed, means: x, reach: named, unreviewed: true}\n",
            "classes:\n  - {id: mine, unreviewed: true, requires: [mfa]}\n",
            "assets:\n  a: {class: unreviewed, fields: {f: {class: unreviewed-field}}}\n",
            "roles:\n  r: {unreviewed: true, purpose: still unreviewed}\n",
        ] {
            assert_eq!(spoken(text), None, "{text}");
        }
    }
}
