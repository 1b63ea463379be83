//! Source files, kept for labels, with line tables.

use crate::idx::{Idx, IndexVec};
use crate::span::Span;

crate::define_id! {
    /// A file of a [`SourceMap`].
    FileId
}

/// One source text and where it came from.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// Path as shown to people: relative to the project, with `/`.
    pub path: String,
    /// The whole text.
    pub text: String,
    line_starts: Vec<u32>,
}

/// A place as people count: both from 1; the column counts Unicode scalar values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LineColumn {
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1.
    pub column: u32,
}

impl SourceFile {
    /// Builds the line table. Texts above 4 GiB do not occur: the reader's limit is far below.
    #[must_use]
    pub fn new(path: impl Into<String>, text: impl Into<String>) -> Self {
        let text = text.into();
        let line_starts = std::iter::once(0)
            .chain(memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| saturate(at + 1)))
            .collect();
        Self { path: path.into(), text, line_starts }
    }

    /// Line and column of a byte offset; an offset past the end is clamped to it.
    #[must_use]
    pub fn line_column(&self, offset: u32) -> LineColumn {
        let line = self.line_of(offset);
        let start = self.line_start(line);
        let column = self.text.get(start as usize..offset as usize).map_or(0, |it| it.chars().count());
        LineColumn { line: line + 1, column: saturate(column) + 1 }
    }

    /// The byte range of a line (from 0) with its line ending.
    #[must_use]
    pub fn line_range(&self, line: u32) -> std::ops::Range<usize> {
        let start = self.line_start(line) as usize;
        let end = self.line_starts.get(line as usize + 1).map_or(self.text.len(), |it| *it as usize);
        start..end
    }

    /// The line (from 0) that holds an offset.
    #[must_use]
    pub fn line_of(&self, offset: u32) -> u32 {
        saturate(self.line_starts.partition_point(|start| *start <= offset).saturating_sub(1))
    }

    /// How many lines there are.
    #[must_use]
    pub fn line_count(&self) -> u32 {
        saturate(self.line_starts.len())
    }

    fn line_start(&self, line: u32) -> u32 {
        self.line_starts.get(line as usize).copied().unwrap_or_else(|| saturate(self.text.len()))
    }
}

fn saturate(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}

/// All files of a run, in the order of their paths.
#[derive(Clone, Debug, Default)]
pub struct SourceMap {
    files: IndexVec<FileId, SourceFile>,
}

impl SourceMap {
    /// Adds a file.
    pub fn add(&mut self, file: SourceFile) -> FileId {
        self.files.push(file)
    }

    /// Puts another file in the place of one, for texts that are loaded only where something is said of them.
    pub fn replace(&mut self, id: FileId, file: SourceFile) {
        if let Some(place) = self.files.iter_mut().nth(id.index()) {
            *place = file;
        }
    }

    /// A file of this map.
    #[must_use]
    pub fn file(&self, id: FileId) -> &SourceFile {
        &self.files[id]
    }

    /// The text of a span; empty where the span does not fit.
    #[must_use]
    pub fn text(&self, span: Span) -> &str {
        self.file(span.file).text.get(span.start as usize..span.end as usize).unwrap_or_default()
    }

    /// Ids with files.
    pub fn iter(&self) -> impl Iterator<Item = (FileId, &SourceFile)> {
        self.files.iter_ids()
    }
}
