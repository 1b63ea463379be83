//! YAML text as events with byte places, and the refusal of what the profile leaves out of YAML. The only file that
//! names the parser.

use std::borrow::Cow;

use granit_parser::{ErrorKind, Event as Raw, Parser, ScalarStyle, StrInput, StructureStyle};

use crate::confusable::{hidden_characters, neutralise, quoted};
use crate::file::FileId;
use crate::finding::{Finding, Label, LabelKind, RuleMeta};
use crate::rules;
use crate::span::Span;
use crate::tree::{Limits, NodeKind, Placement};

/// What comes next in the text.
pub(crate) enum Event<'a> {
    /// A scalar; `kind` is one of the three scalar kinds.
    Scalar { kind: NodeKind, value: Cow<'a, str> },
    /// An alias: refused and reported, but a node stands here.
    Alias,
    /// A sequence or mapping begins.
    Start { kind: NodeKind, flow: bool },
    /// The innermost collection ends.
    End,
    /// A comment.
    Comment(Placement),
    /// Reading stopped before the end of the text; the reason is in the findings.
    Stopped,
}

/// Findings of one file. Hostile text may deserve millions: each rule keeps its first ones and counts the rest.
pub(crate) struct Findings {
    pub(crate) file: FileId,
    kept: Vec<Finding>,
    counts: Vec<(&'static RuleMeta, usize)>,
}

/// How many findings of one rule a file may have.
const MOST_OF_A_RULE: usize = 100;

impl Findings {
    pub(crate) fn new(file: FileId) -> Self {
        Self { file, kept: Vec::new(), counts: Vec::new() }
    }

    pub(crate) fn span(&self, start: usize, end: usize) -> Span {
        Span::new(self.file, offset(start), offset(end))
    }

    /// Keeps what `make` returns, or only counts it.
    pub(crate) fn add(&mut self, rule: &'static RuleMeta, make: impl FnOnce() -> Finding) {
        let count = match self.counts.iter_mut().find(|(known, _)| known.id == rule.id) {
            Some((_, count)) => count,
            None => {
                self.counts.push((rule, 0));
                let Some((_, count)) = self.counts.last_mut() else { return };
                count
            }
        };
        *count += 1;
        if *count <= MOST_OF_A_RULE {
            self.kept.push(make());
        }
    }

    /// Shows the open bracket with a syntax error that was just reported.
    pub(crate) fn label_last_syntax(&mut self, bracket: Span) {
        if let Some(last) = self.kept.last_mut()
            && last.rule.id == rules::SYNTAX.id
        {
            last.labels.push(Label {
                span: bracket,
                text: "this is still open".into(),
                kind: LabelKind::Context,
            });
        }
    }

    pub(crate) fn has(&self, rule: &'static RuleMeta) -> bool {
        self.counts.iter().any(|(known, _)| known.id == rule.id)
    }

    /// In order of place.
    pub(crate) fn finish(mut self) -> Vec<Finding> {
        for (rule, count) in self.counts {
            let more = count.saturating_sub(MOST_OF_A_RULE);
            if more > 0
                && let Some(last) = self.kept.iter_mut().rfind(|finding| finding.rule.id == rule.id)
            {
                last.notes.push(format!("{more} more like this in the file are not shown"));
            }
        }
        self.kept.sort_by_key(|finding| finding.primary().map(|label| label.span));
        self.kept
    }
}

fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// Reports hidden characters and tabs in indentation: a pass over the bytes, since a parser stops at the first.
pub(crate) fn check_characters(text: &str, out: &mut Findings) {
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    let skipped = text.len() - body.len();
    for range in hidden_characters(body) {
        let span = out.span(range.start + skipped, range.end + skipped);
        out.add(&rules::CONTROL_CHARACTER, || {
            let found: String = body.get(range).unwrap_or_default().chars().take(4).collect();
            control_character(span, &found)
        });
    }
    for tab in indentation_tabs(text) {
        let span = out.span(tab.start, tab.end);
        out.add(&rules::TAB_INDENTATION, || tab_indentation(span));
    }
}

/// The first run of tabs in the indentation of each line that has one and is not blank.
fn indentation_tabs(text: &str) -> impl Iterator<Item = std::ops::Range<usize>> + '_ {
    let bytes = text.as_bytes();
    let mut line_checked = None;
    memchr::memchr_iter(b'\t', bytes).filter_map(move |tab| {
        let before = bytes.get(..tab)?;
        let spaces = before.iter().rev().take_while(|byte| **byte == b' ').count();
        let starts_line = spaces == tab || before.get(tab - spaces - 1) == Some(&b'\n');
        if !starts_line || line_checked == Some(tab - spaces) {
            return None;
        }
        line_checked = Some(tab - spaces);
        let rest = bytes.get(tab..)?;
        let content = rest.iter().find(|byte| !matches!(byte, b' ' | b'\t' | b'\r'))?;
        let width = rest.iter().take_while(|byte| **byte == b'\t').count();
        (*content != b'\n').then(|| tab..tab + width)
    })
}

fn control_character(span: Span, found: &str) -> Finding {
    let shown = neutralise(found).into_owned();
    Finding::new(&rules::CONTROL_CHARACTER, format!("the text holds {shown}, which a reader cannot see"))
        .at(span, format!("{shown} stands here"))
        .note("hidden characters let a line mean something else than what a reviewer sees")
        .help("delete the character")
        .fact("character", shown)
}

fn tab_indentation(span: Span) -> Finding {
    Finding::new(&rules::TAB_INDENTATION, "this line is indented with a tab")
        .at(span, "a tab")
        .note("the width of a tab differs between programs, so what belongs to what would too")
        .help("indent with spaces")
}

/// The events of one document.
pub(crate) struct Events<'a> {
    text: &'a str,
    parser: Parser<'a, StrInput<'a>>,
    documents: usize,
    /// End of the last token that is part of the tree.
    last_end: usize,
    done: bool,
}

impl<'a> Events<'a> {
    pub(crate) fn new(text: &'a str, limits: &Limits) -> Self {
        let options = granit_parser::options! {
            disallow_directives: true,
            emit_unresolved_aliases: true,
            emit_anchor_events: true,
            flow_nesting_limit: limits.depth,
            block_nesting_limit: limits.depth,
            // A long header of comments is no attack: the whole text is in memory anyway.
            max_buffered_comment_events: usize::MAX,
        };
        let parser = Parser::new_from_str_with_options(text, options);
        Self { text, parser, documents: 0, last_end: 0, done: false }
    }

    /// The next event with its first byte and the first byte after it.
    pub(crate) fn next(&mut self, out: &mut Findings) -> Option<(Event<'a>, usize, usize)> {
        while !self.done {
            let (raw, span) = match self.parser.next_event()? {
                Ok(found) => found,
                Err(error) => {
                    let at = error.marker().byte_offset().unwrap_or_default();
                    return Some(self.stop(error.kind(), at, out));
                }
            };
            let range = span.byte_range().unwrap_or_default();
            self.refuse_tag(&span, out);
            if let Some(event) = self.translate(raw, range, out) {
                return Some(event);
            }
        }
        None
    }

    fn translate(
        &mut self,
        raw: Raw<'a>,
        range: std::ops::Range<usize>,
        out: &mut Findings,
    ) -> Option<(Event<'a>, usize, usize)> {
        let (mut start, mut end) = (range.start, range.end);
        let event = match raw {
            Raw::Scalar(value, style, ..) => {
                let kind = scalar_kind(style);
                if kind == NodeKind::Block {
                    (start, end) = self.block_scalar_range(start, end);
                }
                // The parser writes a missing value as "~".
                let value = if kind == NodeKind::Plain && start == end { Cow::Borrowed("") } else { value };
                if kind == NodeKind::Plain && value.starts_with(['?', ':']) {
                    self.refuse_indicator(start, out);
                }
                if matches!(value, Cow::Owned(_)) {
                    self.refuse_escaped(&value, start, end, out);
                }
                Event::Scalar { kind, value }
            }
            Raw::SequenceStart(style, ..) => {
                Event::Start { kind: NodeKind::Sequence, flow: style == StructureStyle::Flow }
            }
            Raw::MappingStart(style, ..) => {
                Event::Start { kind: NodeKind::Mapping, flow: style == StructureStyle::Flow }
            }
            Raw::SequenceEnd | Raw::MappingEnd => Event::End,
            Raw::Comment(_, placement) => Event::Comment(placement_of(placement)),
            Raw::Alias(_) | Raw::UnresolvedAlias(_) => {
                let name = self.text.get(start..end).unwrap_or_default();
                let span = out.span(start, end);
                out.add(&rules::ANCHOR, || alias(span, name));
                Event::Alias
            }
            Raw::Anchor(_, name) => {
                let span = out.span(start, end);
                out.add(&rules::ANCHOR, || anchor(span, &name));
                return None;
            }
            Raw::DocumentStart(..) => return self.document(start, end, out),
            Raw::StreamStart | Raw::DocumentEnd => return None,
            Raw::StreamEnd => {
                self.done = true;
                return None;
            }
            // What a later parser may invent is refused, not skipped.
            _ => return Some(self.stop(&ErrorKind::ExpectedNodeContent, start, out)),
        };
        if !matches!(event, Event::Comment(_)) {
            self.last_end = self.last_end.max(end);
        }
        Some((event, start, end))
    }

    /// The first document is read, another one is refused and ends the reading.
    fn document(
        &mut self,
        start: usize,
        end: usize,
        out: &mut Findings,
    ) -> Option<(Event<'a>, usize, usize)> {
        self.documents += 1;
        if self.documents < 2 {
            return None;
        }
        self.done = true;
        let span = out.span(start, end);
        out.add(&rules::SEVERAL_DOCUMENTS, || {
            Finding::new(&rules::SEVERAL_DOCUMENTS, "a second document begins in this file")
                .at(span, "the second document")
                .note("many readers take only the first document, so the rest would be lost without a word")
                .help("put it into a file of its own, or remove the line `---`")
        });
        Some((Event::Stopped, start, end))
    }

    fn refuse_tag(&self, span: &granit_parser::Span, out: &mut Findings) {
        let Some(start) = span.tag_start().and_then(|mark| mark.byte_offset()) else {
            return;
        };
        let end = span.tag_span().and_then(|tag| tag.end.byte_offset()).unwrap_or(start + 1);
        let tag = self.text.get(start..end).unwrap_or_default();
        let span = out.span(start, end);
        out.add(&rules::TAG, || {
            Finding::new(&rules::TAG, format!("the tag {} changes how a value is read", quoted(tag)))
                .at(span, "this tag")
                .note("types follow from the place of a value in the file, never from a tag")
                .help("remove the tag; quote the value if it must be text")
        });
    }

    /// Readers disagree on `{?a: b}`: some read the key `a`, some `?a`.
    fn refuse_indicator(&self, start: usize, out: &mut Findings) {
        let span = out.span(start, start + 1);
        let indicator = self.text.get(start..=start).unwrap_or_default();
        out.add(&rules::SYNTAX, || {
            Finding::new(&rules::SYNTAX, format!("an unquoted text cannot begin with `{indicator}`"))
                .at(span, "readers of YAML disagree on this")
                .help("quote the text")
        });
    }

    /// A double-quoted text can name a hidden character without holding it.
    fn refuse_escaped(&self, value: &str, start: usize, end: usize, out: &mut Findings) {
        if !self.text.get(start..end).is_some_and(|source| source.starts_with('"')) {
            return;
        }
        let source = self.text.get(start..end).unwrap_or_default();
        // What stands there unescaped was found in the pass over the bytes.
        if let Some(range) = hidden_characters(value).next()
            && hidden_characters(source).next().is_none()
        {
            let span = out.span(start, end);
            let found: String = value.get(range).unwrap_or_default().chars().take(4).collect();
            out.add(&rules::CONTROL_CHARACTER, || control_character(span, &found));
        }
    }

    /// The parser gives the content only; the node begins at its `|` or `>`, and the last line break is not part of it.
    fn block_scalar_range(&self, start: usize, end: usize) -> (usize, usize) {
        let before = self.text.get(self.last_end..start).unwrap_or_default();
        let mut in_comment = false;
        let header = before.bytes().position(|byte| {
            in_comment = match byte {
                b'\n' => false,
                b'#' => true,
                _ => in_comment,
            };
            !in_comment && matches!(byte, b'|' | b'>')
        });
        let start = header.map_or(start, |at| self.last_end + at);
        let content = self.text.get(start..end).unwrap_or_default().trim_end();
        (start, start + content.len())
    }

    fn stop(&mut self, kind: &ErrorKind, at: usize, out: &mut Findings) -> (Event<'a>, usize, usize) {
        self.done = true;
        let at = floor_char(self.text, at);
        let width =
            self.text.get(at..).and_then(|rest| rest.chars().next()).filter(|it| *it != '\n' && *it != '\r');
        let end = at + width.map_or(0, char::len_utf8);
        let span = out.span(at, end);
        match kind {
            ErrorKind::RecursionLimitExceeded => out.add(&rules::TOO_DEEP, || too_deep(span)),
            ErrorKind::DirectiveDisallowed => out.add(&rules::DIRECTIVE, || directive(span)),
            ErrorKind::TabNotAllowed
            | ErrorKind::TabInBlockIndentation
            | ErrorKind::TabInIndentation
            | ErrorKind::TabAtBlockScalarStart
            | ErrorKind::TabInPlainScalar => {
                if !out.has(&rules::TAB_INDENTATION) {
                    out.add(&rules::TAB_INDENTATION, || tab_indentation(span));
                }
            }
            // The character was reported by the pass over the bytes.
            ErrorKind::UnexpectedCharacter { .. } | ErrorKind::BomInsideDocument
                if width.is_some_and(crate::confusable::is_hidden) => {}
            _ => out.add(&rules::SYNTAX, || syntax(kind, span)),
        }
        (Event::Stopped, at, end)
    }
}

fn floor_char(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default()
}

fn scalar_kind(style: ScalarStyle) -> NodeKind {
    match style {
        ScalarStyle::Plain => NodeKind::Plain,
        ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => NodeKind::Quoted,
        ScalarStyle::Literal | ScalarStyle::Folded => NodeKind::Block,
    }
}

fn placement_of(placement: granit_parser::Placement) -> Placement {
    match placement {
        granit_parser::Placement::Above => Placement::Above,
        granit_parser::Placement::Right => Placement::Right,
        granit_parser::Placement::Last => Placement::Last,
        _ => Placement::Free,
    }
}

pub(crate) fn too_deep(span: Span) -> Finding {
    Finding::new(&rules::TOO_DEEP, "lists and mappings are nested too deep here")
        .at(span, "too deep")
        .note("no valid file comes near the limit; reading stops here")
        .help("check the brackets and the indentation")
}

fn directive(span: Span) -> Finding {
    Finding::new(&rules::DIRECTIVE, "a `%` directive changes how the file is read")
        .at(span, "a directive")
        .help("remove the line; a text that begins with `%` needs quotes")
}

fn alias(span: Span, name: &str) -> Finding {
    Finding::new(
        &rules::ANCHOR,
        format!("the alias {} stands for text that is written elsewhere", quoted(name)),
    )
    .at(span, "an alias")
    .note("what counts must be readable in the place where it counts")
    .help("write the value out; a value that begins with `*` needs quotes")
}

fn anchor(span: Span, name: &str) -> Finding {
    Finding::new(&rules::ANCHOR, format!("the anchor {} marks text for use elsewhere", quoted(name)))
        .at(span, "an anchor")
        .note("what counts must be readable in the place where it counts")
        .help("remove the anchor; a value that begins with `&` needs quotes")
}

fn syntax(kind: &ErrorKind, span: Span) -> Finding {
    let (title, help) = explain(kind);
    let finding = Finding::new(&rules::SYNTAX, title).at(span, "reading stops here");
    if help.is_empty() { finding } else { finding.help(help) }
}

/// What is wrong, and what usually mends it.
fn explain(kind: &ErrorKind) -> (String, &'static str) {
    use ErrorKind as K;
    const BRACKETS: &str = "look for a bracket, brace or comma that is missing above";
    const INDENT: &str = "check the indentation of this line and of the lines above";
    let (title, help) = match kind {
        K::UnclosedFlowCollection { open } => return (format!("`{open}` is never closed"), BRACKETS),
        K::MismatchedFlowCollectionEnd { open, close } => {
            return (format!("`{open}` is closed by `{close}`"), BRACKETS);
        }
        K::UnexpectedCharacter { character } => {
            let found = quoted(character.encode_utf8(&mut [0; 4]));
            return (format!("an unquoted text cannot begin with {found}"), "quote the text");
        }
        K::MisplacedFlowCollectionEnd => ("this bracket closes nothing", BRACKETS),
        K::UnclosedQuotedScalar => ("a quoted text is never closed", "add the closing quote"),
        K::InvalidQuotedScalarIndent => {
            ("a quoted text is not closed, or its next line is not indented", "add the closing quote")
        }
        K::InvalidTrailingSingleQuotedScalar | K::InvalidTrailingDoubleQuotedScalar => (
            "something follows a closed quotation",
            "quote the whole text, and write `''` for a quote inside `'…'`",
        ),
        K::UnknownQuotedScalarEscape => {
            ("this backslash sequence has no meaning", "use single quotes, or write `\\\\` for a backslash")
        }
        K::MappingValueNotAllowed | K::InvalidColonPlacement => (
            "a second `: ` cannot stand here",
            "quote the text if the colon belongs to it, else check the line above",
        ),
        K::SimpleKeyExpected | K::InvalidSimpleKey => ("a key without `:`", INDENT),
        K::ExpectedBlockMappingKey => ("a key is expected here", INDENT),
        K::ExpectedBlockSequenceEntry => ("a list item `- ` is expected here", INDENT),
        K::BlockSequenceEntryNotAllowed | K::BlockEntryInFlowCollection => {
            ("a list item `- ` cannot stand here", "begin the list on its own line, or write `[a, b]`")
        }
        K::ExpectedFlowMappingSeparator | K::UnexpectedEofFlowMapping => {
            ("`,` or `}` is expected here", BRACKETS)
        }
        K::ExpectedFlowSequenceSeparator | K::UnexpectedEofFlowSequence => {
            ("`,` or `]` is expected here", BRACKETS)
        }
        K::UnexpectedEofImplicitFlowMapping | K::ExpectedNodeContent => {
            ("a value is expected here", "look for a comma too many")
        }
        K::ExpectedDocumentStart
        | K::InvalidIndentation
        | K::InvalidFlowScalarIndent
        | K::InvalidBlockScalarIndent => ("the indentation of this line fits no line above", INDENT),
        other => return (format!("this is not valid YAML: {}", neutralise(&other.to_string())), ""),
    };
    (title.to_owned(), help)
}
