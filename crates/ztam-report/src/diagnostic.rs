//! A finding in miette's protocol. One `Diagnostic` has one source, so what lies in other files, and every note, help and
//! fix, is a related diagnostic whose code says which of them it is.

use std::fmt::{self, Display};

use miette::{
    Diagnostic, LabeledSpan, MietteError, MietteSpanContents, Severity, SourceCode, SourceSpan, SpanContents,
};
use ztam_source::file::{FileId, SourceFile, SourceMap};
use ztam_source::finding::{Finding, Fix, Label, LabelKind, Level, Safety, TextEdit};

/// The code of a related diagnostic.
pub(crate) mod part {
    /// Places in one more file.
    pub(crate) const PLACES: &str = "places";
    /// A further fact.
    pub(crate) const NOTE: &str = "note";
    /// What to do.
    pub(crate) const HELP: &str = "help";
    /// Edits in one file; the text of a label is what replaces its span. A fix without a title belongs to the one before.
    pub(crate) const FIX: &str = "fix";
}

/// A finding as a diagnostic.
#[derive(Debug)]
pub(crate) struct FindingDiagnostic<'a> {
    finding: &'a Finding,
    home: Option<FileSource<'a>>,
    labels: Vec<LabeledSpan>,
    related: Vec<Part<'a>>,
}

/// A part of a finding that has a source, or no place at all.
#[derive(Debug)]
struct Part<'a> {
    code: &'static str,
    text: String,
    source: Option<FileSource<'a>>,
    labels: Vec<LabeledSpan>,
}

/// A file with a line table: reading a span never scans the file.
#[derive(Clone, Copy, Debug)]
struct FileSource<'a>(&'a SourceFile);

impl<'a> FindingDiagnostic<'a> {
    /// Arranges a finding: its primary file first, the others in the order of its labels.
    pub(crate) fn new(finding: &'a Finding, sources: &'a SourceMap) -> Self {
        let mut files = by_file(finding).into_iter();
        let (home, labels) = match files.next() {
            Some((file, labels)) => (Some(FileSource(sources.file(file))), labels),
            None => (None, Vec::new()),
        };
        let mut related: Vec<_> = files
            .map(|(file, labels)| Part {
                code: part::PLACES,
                text: String::new(),
                source: Some(FileSource(sources.file(file))),
                labels,
            })
            .collect();
        related.extend(finding.notes.iter().map(|note| Part::text(part::NOTE, note.clone())));
        related.extend(waiving(finding).map(|(code, text)| Part::text(code, text)));
        related.extend(finding.helps.iter().map(|help| Part::text(part::HELP, help.clone())));
        for fix in &finding.fixes {
            related.extend(fix_parts(fix, sources));
        }
        Self { finding, home, labels, related }
    }
}

/// The drawn labels of each file, the primary's file first.
fn by_file(finding: &Finding) -> Vec<(FileId, Vec<LabeledSpan>)> {
    let mut files: Vec<(FileId, Vec<LabeledSpan>)> = Vec::new();
    let shown = |label: &&Label| label.kind != LabelKind::Hidden;
    let order = finding.primary().into_iter().chain(finding.labels.iter().filter(shown));
    for label in order {
        if !files.iter().any(|(file, _)| *file == label.span.file) {
            files.push((label.span.file, Vec::new()));
        }
    }
    for label in finding.labels.iter().filter(shown) {
        if let Some((_, labels)) = files.iter_mut().find(|(file, _)| *file == label.span.file) {
            labels.push(labeled(label));
        }
    }
    files
}

fn labeled(label: &Label) -> LabeledSpan {
    let text = (!label.text.is_empty()).then(|| label.text.clone().into_owned());
    let span = range(label.span.start, label.span.end);
    if label.kind == LabelKind::Primary {
        LabeledSpan::new_primary_with_span(text, span)
    } else {
        LabeledSpan::new_with_span(text, span)
    }
}

fn range(start: u32, end: u32) -> SourceSpan {
    SourceSpan::from((start as usize, end.saturating_sub(start) as usize))
}

/// How a finding is excused, or by what it is.
fn waiving(finding: &Finding) -> Option<(&'static str, String)> {
    if let Some(waiver) = &finding.waived_by {
        return Some((part::NOTE, format!("excused by the waiver {waiver}")));
    }
    if !finding.rule.waivable || finding.level != Level::Blocking {
        return None;
    }
    Some((part::NOTE, format!("a waiver with `rule: {}` can excuse it for a time", finding.id())))
}

fn fix_parts<'a>(fix: &Fix, sources: &'a SourceMap) -> Vec<Part<'a>> {
    let safety = match fix.safety {
        Safety::Safe => "safe",
        Safety::NeedsApproval => "needs approval",
    };
    let mut parts: Vec<(FileId, Part<'a>)> = Vec::new();
    for edit in &fix.edits {
        let file = edit.span.file;
        let known = parts.iter_mut().find(|(it, _)| *it == file);
        match known {
            Some((_, part)) => part.labels.push(replacement(edit)),
            None => {
                let text = if parts.is_empty() { format!("{} ({safety})", fix.title) } else { String::new() };
                let source = Some(FileSource(sources.file(file)));
                parts.push((file, Part { code: part::FIX, text, source, labels: vec![replacement(edit)] }));
            }
        }
    }
    if parts.is_empty() {
        return vec![Part::text(part::HELP, format!("{} ({safety})", fix.title))];
    }
    parts.into_iter().map(|(_, part)| part).collect()
}

fn replacement(edit: &TextEdit) -> LabeledSpan {
    LabeledSpan::new_with_span(Some(edit.text.clone()), range(edit.span.start, edit.span.end))
}

impl Part<'_> {
    fn text(code: &'static str, text: String) -> Self {
        Self { code, text, source: None, labels: Vec::new() }
    }
}

impl Display for FindingDiagnostic<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.finding.title)
    }
}

impl std::error::Error for FindingDiagnostic<'_> {}

impl Diagnostic for FindingDiagnostic<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn Display + 'a>> {
        Some(Box::new(self.finding.id()))
    }

    fn severity(&self) -> Option<Severity> {
        Some(match self.finding.level {
            _ if self.finding.waived_by.is_some() => Severity::Advice,
            Level::Off | Level::Advisory => Severity::Warning,
            Level::Blocking | Level::Forbid => Severity::Error,
        })
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.home.as_ref().map(|source| source as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.labels.iter().cloned()))
    }

    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn Diagnostic> + 'a>> {
        Some(Box::new(self.related.iter().map(|part| part as &dyn Diagnostic)))
    }
}

/// A finding that answers a question: it belongs to no rule and fails nothing.
#[derive(Debug)]
pub(crate) struct AnswerDiagnostic<'a>(pub(crate) FindingDiagnostic<'a>);

impl Display for AnswerDiagnostic<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for AnswerDiagnostic<'_> {}

impl Diagnostic for AnswerDiagnostic<'_> {
    fn severity(&self) -> Option<Severity> {
        Some(Severity::Advice)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.0.source_code()
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        self.0.labels()
    }

    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn Diagnostic> + 'a>> {
        self.0.related()
    }
}

impl Display for Part<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Part<'_> {}

impl Diagnostic for Part<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn Display + 'a>> {
        Some(Box::new(self.code))
    }

    fn severity(&self) -> Option<Severity> {
        Some(Severity::Advice)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.source.as_ref().map(|source| source as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.labels.iter().cloned()))
    }
}

impl SourceCode for FileSource<'_> {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        context_lines_before: usize,
        context_lines_after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let narrow = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let at = narrow(span.offset());
        let line = self.0.line_of(at).saturating_sub(narrow(context_lines_before));
        // A span that ends with its line must not bring the next line along.
        let last = at.max(narrow(span.offset() + span.len()).saturating_sub(u32::from(!span.is_empty())));
        let last =
            self.0.line_of(last).saturating_add(narrow(context_lines_after)).min(self.0.line_count() - 1);
        let lines = self.0.line_range(line).start..self.0.line_range(last).end;
        let data = self.0.text.as_bytes().get(lines.clone()).ok_or(MietteError::OutOfBounds)?;
        let column = self.0.line_column(at).column as usize - 1;
        let whole = SourceSpan::from((lines.start, lines.len()));
        let count = (last - line) as usize + 1;
        Ok(Box::new(MietteSpanContents::new_named(
            self.0.path.clone(),
            data,
            whole,
            line as usize,
            column,
            count,
        )))
    }
}
