//! What is proposed: the edits of the matrix, for people as a diff.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use ztam_backend::classify::Proposal;
use ztam_report::human::one_line;
use ztam_report::inventory::ProposedEdit;
use ztam_source::edit;
use ztam_source::file::FileId;
use ztam_source::finding::TextEdit;

use super::store;
use crate::exit::Failure;
use crate::files::SourceBytes;
use crate::session::Loaded;
use crate::world::World;

/// Lines around a change.
const AROUND: usize = 2;

/// The files of the matrix as they would be.
#[derive(Debug, Default)]
pub(super) struct Changes {
    /// Path to the text before, which is empty for a new file, and after.
    files: BTreeMap<String, (String, String)>,
}

impl Changes {
    /// Adds what is proposed for one platform, for the project with the changes that are here already.
    pub(super) fn add(
        &mut self,
        world: &World,
        root: &Path,
        platform: &str,
        loaded: &Loaded,
        proposal: &Proposal,
    ) -> Result<(), Failure> {
        let mut by_file: BTreeMap<FileId, Vec<TextEdit>> = BTreeMap::new();
        for edit in &proposal.edits {
            by_file.entry(edit.span.file).or_default().push(edit.clone());
        }
        for (file, edits) in by_file {
            let source = loaded.sources.file(file);
            let after = edit::apply(&source.text, &edits)
                .map_err(|error| Failure::internal(format!("{}: {error}", source.path)))?;
            let both = self.files.entry(source.path.clone());
            both.or_insert_with(|| (source.text.clone(), String::new())).1 = after;
        }
        if !proposal.new_file.is_empty() {
            let path = free(world, root, platform)?;
            self.files.insert(path, (String::new(), proposal.new_file.clone()));
        }
        Ok(())
    }

    /// The files of a project with the changes.
    pub(super) fn over(&self, files: &[SourceBytes]) -> Vec<SourceBytes> {
        let kept = files.iter().filter(|it| !self.files.contains_key(&it.record.path)).cloned();
        let changed =
            self.files.iter().map(|(path, (_, text))| SourceBytes::matrix(path.clone(), text.clone()));
        let mut all: Vec<_> = kept.chain(changed).collect();
        all.sort_unstable_by(|a, b| a.record.path.cmp(&b.record.path));
        all
    }

    pub(super) fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Every file as it would be, for machines.
    pub(super) fn edits(&self) -> Vec<ProposedEdit> {
        let edit = |(path, (before, after)): (&String, &(String, String))| ProposedEdit {
            path: path.clone(),
            is_new: before.is_empty(),
            text: after.clone(),
        };
        self.files.iter().map(edit).collect()
    }

    /// Writes every file.
    pub(super) fn write(&self, world: &World, root: &Path) -> Result<(), Failure> {
        for (path, (_, after)) in &self.files {
            store::replace(world, &root.join(path), after)
                .map_err(|error| Failure::usage(format!("{path} cannot be written: {error}")))?;
        }
        Ok(())
    }

    /// The changes as a unified diff.
    pub(super) fn diff(&self) -> String {
        let mut out = String::new();
        for (path, (before, after)) in &self.files {
            let from = if before.is_empty() { "/dev/null".to_owned() } else { format!("a/{path}") };
            let _ = writeln!(out, "--- {}\n+++ b/{}", one_line(&from), one_line(path));
            for hunk in hunks(&lines(before), &lines(after)) {
                out.push_str(&hunk);
            }
        }
        out
    }
}

/// A name for a new file that nothing has.
fn free(world: &World, root: &Path, platform: &str) -> Result<String, Failure> {
    for number in 1..10_000 {
        let path = match number {
            1 => format!("{platform}-classified.ztam.yaml"),
            _ => format!("{platform}-classified-{number}.ztam.yaml"),
        };
        let kind = world.kind(&root.join(&path));
        if kind.map_err(|error| Failure::usage(format!("{path} cannot be looked at: {error}")))?.is_none() {
            return Ok(path);
        }
    }
    Err(Failure::usage(format!("there is no free name for the classified objects of {platform}")))
}

fn lines(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

/// One change: lines that go, lines that come.
struct Change {
    at: usize,
    gone: usize,
    new_at: usize,
    new: usize,
}

/// The hunks between two texts that share most lines.
fn hunks(before: &[&str], after: &[&str]) -> Vec<String> {
    let mut hunks = Vec::new();
    let mut group: Vec<Change> = Vec::new();
    for change in changes(before, after) {
        let far = group.last().is_some_and(|last| change.at > last.at + last.gone + 2 * AROUND);
        if far {
            hunks.push(hunk(before, after, &group));
            group.clear();
        }
        group.push(change);
    }
    if !group.is_empty() {
        hunks.push(hunk(before, after, &group));
    }
    hunks
}

/// What differs, found by looking ahead for the next line that both have. Edits put in lines or change single ones, so the
/// nearest common line is the right one.
fn changes(before: &[&str], after: &[&str]) -> Vec<Change> {
    let mut out = Vec::new();
    let (mut a, mut b) = (0, 0);
    while a < before.len() || b < after.len() {
        if a < before.len() && before.get(a) == after.get(b) {
            a += 1;
            b += 1;
            continue;
        }
        let (rest_a, rest_b) = (before.len() - a, after.len() - b);
        let meets = (1..=rest_a + rest_b).find_map(|distance| {
            let gone = distance.saturating_sub(rest_b)..=distance.min(rest_a);
            gone.map(|gone| (gone, distance - gone)).find(|(gone, new)| {
                let ends = a + gone == before.len() && b + new == after.len();
                ends || (a + gone < before.len() && before.get(a + gone) == after.get(b + new))
            })
        });
        let (gone, new) = meets.unwrap_or((rest_a, rest_b));
        out.push(Change { at: a, gone, new_at: b, new });
        a += gone;
        b += new;
    }
    out
}

fn hunk(before: &[&str], after: &[&str], group: &[Change]) -> String {
    let (Some(first), Some(last)) = (group.first(), group.last()) else { return String::new() };
    let lead = first.at.min(AROUND);
    let start = first.at - lead;
    let end = (last.at + last.gone + AROUND).min(before.len());
    let grown: usize = group.iter().map(|it| it.new).sum();
    let shrunk: usize = group.iter().map(|it| it.gone).sum();
    let number = |start: usize, length: usize| if length == 0 { start } else { start + 1 };
    let (old, new) = (end - start, end - start + grown - shrunk);
    let mut out =
        format!("@@ -{},{old} +{},{new} @@\n", number(start, old), number(first.new_at - lead, new));
    let mut line = |mark: char, text: &str| {
        let _ = writeln!(out, "{mark}{}", one_line(text.trim_end_matches(['\n', '\r'])));
    };
    let mut at = start;
    for change in group {
        before.iter().take(change.at).skip(at).for_each(|it| line(' ', it));
        before.iter().skip(change.at).take(change.gone).for_each(|it| line('-', it));
        after.iter().skip(change.new_at).take(change.new).for_each(|it| line('+', it));
        at = change.at + change.gone;
    }
    before.iter().take(end).skip(at).for_each(|it| line(' ', it));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn diff(before: &str, after: &str) -> String {
        hunks(&lines(before), &lines(after)).concat()
    }

    #[test]
    fn hunks_say_what_goes_and_what_comes() {
        let before = "a\nb\nc\nd\ne\nf\ng\nh\ni\n";
        let after = "a\nb\nX\nd\ne\nf\ng\nh\nnew\ni\n";
        assert_eq!(
            diff(before, after),
            "@@ -1,5 +1,5 @@\n a\n b\n-c\n+X\n d\n e\n@@ -7,3 +7,4 @@\n g\n h\n+new\n i\n"
        );
        assert_eq!(diff("", "a\nb\n"), "@@ -0,0 +1,2 @@\n+a\n+b\n");
        assert_eq!(diff("a\n", "a\n"), "");
        assert_eq!(diff("a\nb\nc\n", "a\nc\nb\nc\n"), "@@ -1,3 +1,4 @@\n a\n+c\n b\n c\n");
    }
}
