//! Text edits: applied all or none, and checked by reading the result again.

use std::ops::Range;

use crate::finding::TextEdit;
use crate::span::Span;
use crate::tree::{NodeId, NodeKind, Tree};

/// Why edits are refused. The text stays as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EditError {
    /// An edit ends before it begins, lies outside the text or cuts a character.
    BadRange(Span),
    /// An edit begins before the one in front of it ends.
    Overlap(Span),
    /// Edits of several files came together.
    OtherFile(Span),
    /// The edited text is not read completely.
    Broken,
    /// A value outside the edits would be read differently; the place is in the text before.
    ChangedElsewhere(Span),
}

impl std::fmt::Display for EditError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::BadRange(_) => "an edit does not fit the text",
            Self::Overlap(_) => "two edits change the same text",
            Self::OtherFile(_) => "the edits are for several files",
            Self::Broken => "the file would not be valid after the edit",
            Self::ChangedElsewhere(_) => "the edit would change the meaning of text beside it",
        })
    }
}

impl std::error::Error for EditError {}

/// Applies the edits of one file. Their order does not matter, except that insertions at the same place stay in the
/// order given.
///
/// # Errors
/// [`EditError::BadRange`], [`EditError::Overlap`] or [`EditError::OtherFile`]; nothing is applied then.
pub fn apply(text: &str, edits: &[TextEdit]) -> Result<String, EditError> {
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for edit in in_order(edits)? {
        let (start, end) = (edit.span.start as usize, edit.span.end as usize);
        out.push_str(text.get(done..start).ok_or(EditError::BadRange(edit.span))?);
        text.get(start..end).ok_or(EditError::BadRange(edit.span))?;
        out.push_str(&edit.text);
        done = end;
    }
    out.push_str(text.get(done..).unwrap_or_default());
    Ok(out)
}

fn in_order(edits: &[TextEdit]) -> Result<Vec<&TextEdit>, EditError> {
    let mut sorted: Vec<&TextEdit> = edits.iter().collect();
    sorted.sort_by_key(|edit| (edit.span.start, edit.span.end));
    for pair in sorted.windows(2) {
        let [left, right] = pair else { continue };
        if left.span.file != right.span.file {
            return Err(EditError::OtherFile(right.span));
        }
        if right.span.start < left.span.end {
            return Err(EditError::Overlap(right.span));
        }
    }
    Ok(sorted)
}

/// Checks that the edits changed the reading of the file nowhere else: every key and value that no edit touches must
/// have the same text, the same type, the same depth and the same owner as before. `after` is the tree of what
/// [`apply`] made of the text of `before`.
///
/// # Errors
/// [`EditError::Broken`] or [`EditError::ChangedElsewhere`]; the errors of [`apply`] where the edits do not fit
/// together.
pub fn verify(before: &Tree<'_>, edits: &[TextEdit], after: &Tree<'_>) -> Result<(), EditError> {
    let (old, new) = ranges(&in_order(edits)?);
    if before.is_complete() && !after.is_complete() {
        return Err(EditError::Broken);
    }
    let before_leaves = leaves(before, &old, &new);
    let after_leaves = leaves(after, &new, &new);
    let mut rest = after_leaves.iter();
    for leaf in &before_leaves {
        if rest.next().is_none_or(|it| it.what != leaf.what) {
            return Err(EditError::ChangedElsewhere(before.span(leaf.node)));
        }
    }
    match rest.next() {
        // Something new appeared outside the edits: the end of the file before is as near as it gets.
        Some(_) => Err(EditError::ChangedElsewhere(before.span(before.root()))),
        None => Ok(()),
    }
}

/// The edited ranges in the text before and in the text after.
fn ranges(edits: &[&TextEdit]) -> (Vec<Range<u64>>, Vec<Range<u64>>) {
    let (mut old, mut new) = (Vec::new(), Vec::new());
    let (mut read, mut written) = (0, 0);
    for edit in edits {
        let (start, end) = (u64::from(edit.span.start), u64::from(edit.span.end));
        written += start - read;
        old.push(start..end);
        new.push(written..written + edit.text.len() as u64);
        written += edit.text.len() as u64;
        read = end;
    }
    (old, new)
}

/// A place in the text after the edits, or inside an edit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    At(u64),
    Edited(usize),
    Top,
}

struct Leaf<'t> {
    node: NodeId,
    what: What<'t>,
}

/// What must stay the same. Spans may not: a text beside an edit may be folded differently.
#[derive(Debug, PartialEq)]
struct What<'t> {
    start: Place,
    depth: usize,
    /// The key that this key or value belongs to.
    owner: Place,
    kind: NodeKind,
    is_key: bool,
    text: &'t str,
}

/// The scalars and empty collections that no edit touches, with places moved from `own` ranges to `target` ranges.
fn leaves<'t>(tree: &'t Tree<'_>, own: &[Range<u64>], target: &[Range<u64>]) -> Vec<Leaf<'t>> {
    let mut out = Vec::new();
    let mut todo = vec![(tree.root(), 0, Place::Top)];
    while let Some((node, depth, owner)) = todo.pop() {
        let span = tree.span(node);
        let start = moved(u64::from(span.start), own, target);
        let first = todo.len();
        for item in tree.items(node) {
            todo.push((item, depth + 1, owner));
        }
        for entry in tree.entries(node) {
            let key = moved(u64::from(tree.span(entry.key).start), own, target);
            todo.push((entry.key, depth + 1, owner));
            todo.push((entry.value, depth + 1, key));
        }
        if todo.len() > first {
            todo.get_mut(first..).unwrap_or_default().reverse();
        } else if !is_touched(span, own) {
            let (kind, is_key, text) = (tree.kind(node), tree.is_key(node), tree.text(node));
            out.push(Leaf { node, what: What { start, depth, owner, kind, is_key, text } });
        }
    }
    out
}

fn is_touched(span: Span, edited: &[Range<u64>]) -> bool {
    let (start, end) = (u64::from(span.start), u64::from(span.end));
    let next = edited.partition_point(|range| range.end < start);
    edited.get(next).is_some_and(|range| range.start <= end)
}

fn moved(at: u64, own: &[Range<u64>], target: &[Range<u64>]) -> Place {
    let next = own.partition_point(|range| range.end < at);
    if own.get(next).is_some_and(|range| range.start <= at) {
        return Place::Edited(next);
    }
    let before = next.checked_sub(1).and_then(|last| own.get(last).zip(target.get(last)));
    Place::At(before.map_or(at, |(from, to)| to.end + (at - from.end)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file::FileId;
    use crate::tree::{Limits, parse};

    const FILE: FileId = FileId(0);

    fn edit(start: u32, end: u32, text: &str) -> TextEdit {
        TextEdit { span: Span::new(FILE, start, end), text: text.to_owned() }
    }

    /// Replaces the first `from` by `to` and checks it.
    fn replaced(text: &str, from: &str, to: &str) -> Result<String, EditError> {
        let start = text.find(from).expect("in the text");
        let edits = [edit(start as u32, (start + from.len()) as u32, to)];
        let after = apply(text, &edits)?;
        let limits = Limits::default();
        verify(&parse(FILE, text, &limits).0, &edits, &parse(FILE, &after, &limits).0)?;
        Ok(after)
    }

    #[test]
    fn edits_are_applied_in_order_of_place() {
        let edits = [edit(4, 5, "two"), edit(0, 1, "one"), edit(5, 5, "!"), edit(5, 5, "?"), edit(2, 3, "")];
        assert_eq!(apply("a b c\n", &edits).as_deref(), Ok("one  two!?\n"));
        assert_eq!(apply("a", &[]).as_deref(), Ok("a"));
    }

    #[test]
    fn edits_that_do_not_fit_are_refused() {
        assert_eq!(
            apply("abcdef", &[edit(0, 3, ""), edit(2, 4, "")]),
            Err(EditError::Overlap(Span::new(FILE, 2, 4)))
        );
        assert!(matches!(apply("abc", &[edit(2, 9, "")]), Err(EditError::BadRange(_))));
        assert!(matches!(apply("abc", &[edit(2, 1, "")]), Err(EditError::BadRange(_))));
        assert!(matches!(apply("é", &[edit(1, 2, "")]), Err(EditError::BadRange(_))));
        let other = TextEdit { span: Span::new(FileId(1), 2, 2), text: String::new() };
        assert!(matches!(apply("abc", &[edit(0, 1, ""), other]), Err(EditError::OtherFile(_))));
    }

    const TEXT: &str = "rep: # who\n  may: {a: {read: team, edit: own}}\n  in: [x, y]\nlast: z\n";

    #[test]
    fn edits_that_stay_in_their_place_are_fine() {
        for (from, to) in [
            ("team", "own"),
            ("edit: own", "edit: own, of: [b, c]"),
            ("{read: team, edit: own}", "{}"),
            (", y", ""),
            ("[x, y]", "[x,\n    y]"),
            ("  in: [x, y]\n", ""),
            ("rep", "sales-rep"),
            ("\nlast", "\nnew: {w: [1]}\nlast"),
            ("  in", "  of:\n    - b\n  in"),
            (" # who", ""),
        ] {
            let after = replaced(TEXT, from, to);
            assert_eq!(after, Ok(TEXT.replacen(from, to, 1)), "{from}");
        }
    }

    #[test]
    fn edits_that_reach_further_are_refused() {
        for (from, to) in [
            ("team", "team # "),
            ("team", "\"team"),
            ("  in", "last:\n  in"),
            ("x,", "x"),
            ("may: ", "may: \n    deep: "),
            ("rep:", "top:\n rep:"),
            ("last: z", "last: &a z\n--- "),
        ] {
            assert!(replaced(TEXT, from, to).is_err(), "{from:?} to {to:?}");
        }
    }
}
