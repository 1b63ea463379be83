//! Findings for people: drawn with annotate-snippets, several files in one frame and fixes as diffs, from miette's
//! protocol alone, so that whatever speaks it is drawn alike.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use annotate_snippets::renderer::DEFAULT_TERM_WIDTH;
use annotate_snippets::{AnnotationKind, Element, Group, Level as Tone, Patch, Renderer, Snippet};
use miette::{Diagnostic, LabeledSpan, ReportHandler, Severity, SourceCode};
use ztam_source::confusable::neutralise;
use ztam_source::file::SourceMap;
use ztam_source::finding::{Finding, Level};

use crate::diagnostic::{AnswerDiagnostic, FindingDiagnostic, part};
use crate::excerpt::Excerpt;

/// Lines between two places up to which they are drawn in one piece.
const FAR: usize = 60;
/// Most lines that one label may underline; a longer one underlines its first line.
const TALL: usize = 8;

/// How to draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Columns that may be used.
    pub width: usize,
    /// Whether to use terminal colors.
    pub color: bool,
}

impl Default for Style {
    fn default() -> Self {
        Self { width: DEFAULT_TERM_WIDTH, color: false }
    }
}

/// Draws diagnostics.
#[derive(Clone, Debug)]
pub struct Handler {
    renderer: Renderer,
}

/// Counts for the last line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Findings that fail the run.
    pub blocking: usize,
    /// Findings that do not.
    pub advisory: usize,
    /// Findings that a waiver excuses.
    pub waived: usize,
    /// Findings, waived ones left out, that an edit can mend.
    pub fixable: usize,
}

/// All findings, drawn, with the counts below; empty without findings.
#[must_use]
pub fn findings(findings: &[Finding], sources: &SourceMap, style: Style) -> String {
    let handler = Handler::new(style);
    let mut out = String::new();
    for finding in findings.iter().filter(|it| it.level != Level::Off) {
        out.push_str(&handler.finding(finding, sources));
        out.push_str("\n\n");
    }
    if let Some(line) = Summary::of(findings).line(findings) {
        out.push_str(&line);
        out.push('\n');
    }
    out
}

impl Summary {
    /// Counts findings.
    #[must_use]
    pub fn of(findings: &[Finding]) -> Self {
        let mut summary = Self::default();
        for finding in findings {
            match finding.level {
                Level::Off => continue,
                _ if finding.waived_by.is_some() => summary.waived += 1,
                Level::Advisory => summary.advisory += 1,
                Level::Blocking | Level::Forbid => summary.blocking += 1,
            }
            summary.fixable += usize::from(finding.waived_by.is_none() && !finding.fixes.is_empty());
        }
        summary
    }

    fn line(self, findings: &[Finding]) -> Option<String> {
        let first = findings.iter().find(|it| it.level != Level::Off)?;
        let counts = [(self.blocking, "blocking"), (self.advisory, "advisory"), (self.waived, "waived")];
        let counts: Vec<_> = counts
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, word)| format!("{count} {word}"))
            .collect();
        let fixable = if self.fixable > 0 { format!("; {} with a fix", self.fixable) } else { String::new() };
        let several = findings.iter().any(|it| it.level != Level::Off && it.id() != first.id());
        let rule = if several { "RULE" } else { first.id() };
        Some(format!("{}{fixable}; `ztam explain {rule}` says more", counts.join(", ")))
    }
}

impl Handler {
    /// A handler for a terminal or a file.
    #[must_use]
    pub fn new(style: Style) -> Self {
        let renderer = if style.color { Renderer::styled() } else { Renderer::plain() };
        Self { renderer: renderer.term_width(style.width) }
    }

    /// One finding, without a final line feed.
    #[must_use]
    pub fn finding(&self, finding: &Finding, sources: &SourceMap) -> String {
        self.draw(&FindingDiagnostic::new(finding, sources))
    }

    /// An answer: drawn like a finding, as a note and without a rule.
    pub(crate) fn answer(&self, finding: &Finding, sources: &SourceMap) -> String {
        self.draw(&AnswerDiagnostic(FindingDiagnostic::new(finding, sources)))
    }

    /// Any diagnostic, without a final line feed.
    #[must_use]
    pub fn draw(&self, diagnostic: &dyn Diagnostic) -> String {
        let (tone, code) = (tone(diagnostic), diagnostic.code().map(|it| it.to_string()));
        let title = tone.primary_title(safe(&diagnostic.to_string()));
        let mut first = Group::with_title(match code {
            Some(code) => title.id(safe(&code)),
            None => title,
        });
        let mut frames = frames(diagnostic);
        let (mut messages, mut fixes) = (Vec::new(), Vec::new());
        for related in diagnostic.related().into_iter().flatten() {
            let text = safe(&related.to_string());
            match related.code().map(|it| it.to_string()).as_deref() {
                Some(part::NOTE) => messages.push(Tone::NOTE.message(text)),
                Some(part::HELP) => messages.push(Tone::HELP.message(text)),
                Some(part::FIX) => fixes.push((text, related)),
                _ => frames.extend(self::frames(related)),
            }
        }
        if let Some(help) = diagnostic.help() {
            messages.push(Tone::HELP.message(safe(&help.to_string())));
        }
        let origins: Vec<_> = frames.iter().map(|frame| frame.origin.clone()).collect();
        first = first.elements(frames.into_iter().map(Frame::element));
        let mut groups = vec![first.elements(messages)];
        groups.extend(fix_groups(fixes, home(diagnostic).as_deref()));
        let mut drawn = self.renderer.render(&groups);
        for (counted, true_origin) in origins.iter().filter(|(counted, truth)| counted != truth) {
            correct(&mut drawn, counted, true_origin);
        }
        drawn
    }
}

impl ReportHandler for Handler {
    fn debug(&self, error: &dyn Diagnostic, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.draw(error))
    }
}

fn tone(diagnostic: &dyn Diagnostic) -> Tone<'static> {
    match diagnostic.severity() {
        None | Some(Severity::Error) => Tone::ERROR,
        Some(Severity::Warning) => Tone::WARNING,
        Some(Severity::Advice) => Tone::NOTE,
    }
}

/// Puts the true column where the renderer counted columns of the excerpt: hidden characters and cuts move them.
fn correct(drawn: &mut String, counted: &str, truth: &str) {
    let ends =
        |end: usize| !drawn.get(end..).is_some_and(|rest| rest.starts_with(|it: char| it.is_ascii_digit()));
    let found =
        drawn.match_indices(counted).map(|(start, it)| start..start + it.len()).find(|it| ends(it.end));
    if let Some(range) = found {
        drawn.replace_range(range, truth);
    }
}

/// Longest text of a title, label, note or help that is drawn, in characters: a name of a megabyte is not read anyway.
const WORDY: usize = 2000;

/// Text on one line: what a matrix says never looks like a line of ours.
fn safe(text: &str) -> String {
    let end = text.char_indices().nth(WORDY).map(|(at, _)| at);
    match end.and_then(|end| text.get(..end)) {
        Some(short) => one_line(short) + "…",
        None => one_line(text),
    }
}

/// A piece of one file with its labels.
struct Frame {
    path: String,
    /// How the place reads when counted in the excerpt, and how it truly reads.
    origin: (String, String),
    first_line: usize,
    text: String,
    marks: Vec<Mark>,
}

struct Mark {
    place: Range<usize>,
    text: Option<String>,
    primary: bool,
}

impl Frame {
    fn element(self) -> Element<'static> {
        let mut snippet = Snippet::source(self.text).line_start(self.first_line).path(self.path);
        for mark in self.marks {
            let kind = if mark.primary { AnnotationKind::Primary } else { AnnotationKind::Context };
            snippet = snippet.annotation(kind.span(mark.place).label(mark.text.map(|it| safe(&it))));
        }
        snippet.into()
    }
}

/// Reads the labels of a diagnostic, those near to each other in one piece.
fn frames(diagnostic: &dyn Diagnostic) -> Vec<Frame> {
    let (Some(source), Some(labels)) = (diagnostic.source_code(), diagnostic.labels()) else {
        return Vec::new();
    };
    let mut labels: Vec<_> = labels.map(|label| low(source, label)).collect();
    labels.sort_by_key(|label| (label.offset(), label.len()));
    let mut pieces = near(source, labels);
    // The piece that holds the thing to change comes first.
    pieces.sort_by_key(|piece| !piece.iter().any(LabeledSpan::primary));
    pieces.iter().filter_map(|piece| frame(source, piece)).collect()
}

/// Keeps a label from underlining a whole file.
fn low(source: &dyn SourceCode, label: LabeledSpan) -> LabeledSpan {
    let Ok(whole) = source.read_span(label.inner(), 0, 0) else { return label };
    if whole.line_count() <= TALL {
        return label;
    }
    let lines = whole.data().iter().position(|byte| *byte == b'\n').unwrap_or(whole.data().len());
    let end = (whole.span().offset() + lines).max(label.offset());
    let span = (label.offset(), end - label.offset());
    let text = label.label().map(str::to_owned);
    if label.primary() {
        LabeledSpan::new_primary_with_span(text, span)
    } else {
        LabeledSpan::new_with_span(text, span)
    }
}

/// Splits sorted labels where many lines lie between them.
fn near(source: &dyn SourceCode, labels: Vec<LabeledSpan>) -> Vec<Vec<LabeledSpan>> {
    let mut pieces: Vec<Vec<LabeledSpan>> = Vec::new();
    let mut last_line = 0;
    for label in labels {
        let Ok(lines) = source.read_span(label.inner(), 0, 0) else { continue };
        let end = lines.line() + lines.line_count();
        match pieces.last_mut() {
            Some(piece) if lines.line() <= last_line + FAR => piece.push(label),
            _ => pieces.push(vec![label]),
        }
        last_line = last_line.max(end);
    }
    pieces
}

fn frame(source: &dyn SourceCode, labels: &[LabeledSpan]) -> Option<Frame> {
    let (raw, start, first_line) = lines(source, labels)?;
    let place = |label: &LabeledSpan| label.offset() - start..label.offset() - start + label.len();
    let places: Vec<_> = labels.iter().map(place).collect();
    let excerpt = Excerpt::new(&raw, &places);
    let marks = labels.iter().zip(&places).map(|(label, place)| Mark {
        place: excerpt.place(&raw, place),
        text: label.label().map(str::to_owned),
        primary: label.primary(),
    });
    let marks: Vec<_> = marks.collect();
    let first =
        labels.iter().zip(&marks).find(|(it, _)| it.primary()).or(labels.iter().zip(&marks).next())?;
    let at = source.read_span(first.0.inner(), 0, 0).ok()?;
    let before = excerpt.text.get(..first.1.place.start).unwrap_or_default();
    let drawn = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    let path = safe(at.name().unwrap_or_default());
    let origin = |column: usize| format!("{path}:{}:{column}", at.line() + 1);
    Some(Frame {
        origin: (origin(drawn), origin(at.column() + 1)),
        path,
        first_line,
        text: excerpt.text,
        marks,
    })
}

/// The lines from the first label to the last: text, offset of the first byte, number of the first line from 1.
fn lines<'a>(source: &'a dyn SourceCode, labels: &[LabeledSpan]) -> Option<(Cow<'a, str>, usize, usize)> {
    let start = labels.iter().map(LabeledSpan::offset).min()?;
    let end = labels.iter().map(|label| label.offset() + label.len()).max()?;
    let whole = source.read_span(&(start, end - start).into(), 0, 0).ok()?;
    let text = match std::str::from_utf8(whole.data()) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => return None,
    };
    Some((text, whole.span().offset(), whole.line() + 1))
}

/// The file of the diagnostic itself: fixes there need no path.
fn home(diagnostic: &dyn Diagnostic) -> Option<String> {
    let label = diagnostic.labels()?.next()?;
    name(diagnostic.source_code()?, &label)
}

fn name(source: &dyn SourceCode, label: &LabeledSpan) -> Option<String> {
    Some(source.read_span(label.inner(), 0, 0).ok()?.name()?.to_owned())
}

/// One group a fix: its title, then its edits file by file.
fn fix_groups(fixes: Vec<(String, &dyn Diagnostic)>, home: Option<&str>) -> Vec<Group<'static>> {
    let mut groups: Vec<Group<'static>> = Vec::new();
    for (title, fix) in fixes {
        let elements = patches(fix, home);
        if title.is_empty()
            && let Some(last) = groups.pop()
        {
            groups.push(last.elements(elements));
        } else {
            groups.push(Group::with_title(Tone::HELP.secondary_title(title)).elements(elements));
        }
    }
    groups
}

fn patches(fix: &dyn Diagnostic, home: Option<&str>) -> Vec<Element<'static>> {
    let (Some(source), Some(labels)) = (fix.source_code(), fix.labels()) else { return Vec::new() };
    let mut labels: Vec<_> = labels.collect();
    labels.sort_by_key(|label| (label.offset(), label.len()));
    labels.dedup_by(|next, last| next.offset() < last.offset() + last.len());
    let mut elements = Vec::new();
    for piece in near(source, labels) {
        let Some((raw, start, first_line)) = lines(source, &piece) else { continue };
        let places: Vec<_> =
            piece.iter().map(|it| it.offset() - start..it.offset() - start + it.len()).collect();
        let excerpt = Excerpt::new(&raw, &places);
        let mut snippet = Snippet::source(excerpt.text.clone()).line_start(first_line);
        for (label, place) in piece.iter().zip(&places) {
            let text = neutralise(label.label().unwrap_or_default()).into_owned();
            snippet = snippet.patch(Patch::new(excerpt.place(&raw, place), text));
        }
        let path = piece.first().and_then(|label| name(source, label)).filter(|it| Some(it.as_str()) != home);
        elements.push(snippet.path(path.map(|it| safe(&it))).into());
    }
    elements
}

/// What may stand on one line of a terminal: neutralised, line feeds as blanks.
#[must_use]
pub fn one_line(text: &str) -> String {
    neutralise(&text.replace(['\n', '\r', '\t'], " ")).into_owned()
}

#[cfg(test)]
mod tests;
