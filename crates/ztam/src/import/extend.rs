//! Adding to a file of the user: one entry or item more, at the end of a list or map that is there. Everything else keeps its
//! bytes and its meaning, or the file is left alone.

use ztam_model::yaml::Yaml;
use ztam_source::edit;
use ztam_source::file::FileId;
use ztam_source::finding::TextEdit;
use ztam_source::span::Span;
use ztam_source::tree::{Limits, NodeId, Tree, parse};

/// What is added.
pub(super) enum Addition<'a> {
    /// Items at the end of a list.
    Items(&'a [Yaml]),
    /// Entries at the end of a map.
    Entries(&'a [(&'a str, Yaml)]),
}

/// The text with something added to the list or map at a path of keys; `None` where that is not there or cannot be added to.
pub(super) fn extended(text: &str, path: &[&str], addition: &Addition<'_>) -> Option<String> {
    let file = FileId(0);
    let limits = Limits::default();
    let (before, _) = parse(file, text, &limits);
    let node = path.iter().try_fold(before.root(), |node, key| before.get(node, key))?;
    let edits = [added(text, &before, node, addition)?];
    let after = edit::apply(text, &edits).ok()?;
    edit::verify(&before, &edits, &parse(file, &after, &limits).0).ok()?;
    Some(after)
}

fn added(text: &str, tree: &Tree<'_>, node: NodeId, addition: &Addition<'_>) -> Option<TextEdit> {
    let first = tree.items(node).next().or_else(|| tree.entries(node).next().map(|it| it.key))?;
    let span = tree.span(node);
    if tree.is_flow(node) {
        let parts: Vec<_> = match addition {
            Addition::Items(items) => items.iter().map(Yaml::flow).collect(),
            Addition::Entries(entries) => {
                entries.iter().map(|(key, value)| format!("{key}: {}", value.flow())).collect()
            }
        };
        return Some(at(tree.file(), span.end.checked_sub(1)?, format!(", {}", parts.join(", "))));
    }
    let start = tree.span(first).start as usize;
    let line = text.get(..start)?.rfind('\n').map_or(0, |it| it + 1);
    let indent = text.get(line..)?.bytes().take_while(|it| *it == b' ').count();
    let lines: String = match addition {
        Addition::Items(items) => items.iter().map(|it| it.item(indent)).collect(),
        Addition::Entries(entries) => entries.iter().map(|(key, value)| value.entry(key, indent)).collect(),
    };
    // After the last line that belongs to it, whatever comments follow.
    let body = text.get(..span.end as usize)?.trim_end();
    let end = body.len() + text.get(body.len()..)?.find('\n').unwrap_or(text.len() - body.len());
    let lines = format!("\n{}", lines.trim_end_matches('\n'));
    Some(at(tree.file(), u32::try_from(end).ok()?, lines))
}

fn at(file: FileId, offset: u32, text: String) -> TextEdit {
    TextEdit { span: Span::new(file, offset, offset), text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_and_maps_get_one_more() {
        let item = [Yaml::map([("id", Yaml::from("unreviewed"))])];
        let items = Addition::Items(&item);
        let text = "classes: # ordered\n  - id: a\n    title: A  # first\n\n# roles\nroles: {}\n";
        assert_eq!(
            extended(text, &["classes"], &items).as_deref(),
            Some(
                "classes: # ordered\n  - id: a\n    title: A  # first\n  - {id: unreviewed}\n\n# roles\nroles: {}\n"
            )
        );
        assert_eq!(
            extended("classes: [{id: a}]\n", &["classes"], &items).as_deref(),
            Some("classes: [{id: a}, {id: unreviewed}]\n")
        );
        assert_eq!(
            extended("classes:\n- id: a", &["classes"], &items).as_deref(),
            Some("classes:\n- id: a\n- {id: unreviewed}")
        );
        let entries = [("dataverse", Yaml::default())];
        let entries = Addition::Entries(&entries);
        let text = "environments:\n  prod:\n    salesforce: {}\n  dev: {salesforce: {}}\n";
        assert_eq!(
            extended(text, &["environments", "prod"], &entries).as_deref(),
            Some("environments:\n  prod:\n    salesforce: {}\n    dataverse: {}\n  dev: {salesforce: {}}\n")
        );
        assert_eq!(
            extended(text, &["environments", "dev"], &entries).as_deref(),
            Some("environments:\n  prod:\n    salesforce: {}\n  dev: {salesforce: {}, dataverse: {}}\n")
        );
        assert_eq!(extended(text, &["environments", "test"], &entries), None);
    }
}
