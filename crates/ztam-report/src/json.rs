//! Findings for machines. Lines and columns count from 1, columns count Unicode scalar values; byte ranges are half open.

use schemars::JsonSchema;
use serde::Serialize;
use ztam_source::file::SourceMap;
use ztam_source::finding::{Finding, Fix, Label, LabelKind, Level, Safety};
use ztam_source::span::Span;

use crate::human::Summary;

/// The version of this format. A reader ignores keys it does not know, and refuses another version.
pub const FORMAT_VERSION: u32 = 1;

/// The findings of one run.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(title = "ztam findings")]
pub struct Findings {
    /// Version of this format: 1.
    pub format_version: u32,
    /// What wrote it.
    pub tool: Tool,
    /// Counts.
    pub summary: Counts,
    /// Findings, in the order of the terminal.
    pub findings: Vec<JsonFinding>,
}

/// The program that wrote a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, serde::Deserialize, JsonSchema)]
pub struct Tool {
    /// `ztam`.
    pub name: String,
    /// Its version.
    pub version: String,
}

impl Tool {
    /// This program, in a version.
    #[must_use]
    pub fn ztam(version: &str) -> Self {
        Self { name: "ztam".to_owned(), version: version.to_owned() }
    }
}

/// How many findings there are.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Counts {
    /// Findings that fail the run.
    pub blocking: usize,
    /// Findings that do not.
    pub advisory: usize,
    /// Findings that a waiver excuses.
    pub waived: usize,
    /// Findings, waived ones left out, that an edit can mend.
    pub fixable: usize,
}

/// One finding.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct JsonFinding {
    /// Rule id: `group/name`. It is what a waiver names.
    pub rule: String,
    /// `info`, `low`, `medium`, `high` or `critical`.
    pub severity: &'static str,
    /// `proven` or `advisory`.
    pub confidence: &'static str,
    /// `advisory`, `blocking` or `forbid`.
    pub level: &'static str,
    /// The waiver that excuses it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waived_by: Option<String>,
    /// One sentence.
    pub title: String,
    /// The place to change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<Location>,
    /// Places that say why.
    pub related: Vec<Location>,
    /// Further facts.
    pub notes: Vec<String>,
    /// What to do.
    pub helps: Vec<String>,
    /// Ways out, as edits.
    pub fixes: Vec<JsonFix>,
    /// Names and values.
    pub facts: Vec<Fact>,
    /// Whether a waiver can excuse it.
    pub waivable: bool,
    /// The rule's page below `docs/rules/`.
    pub page: String,
}

/// A place with a remark.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Location {
    /// Path below the project, with `/`.
    pub path: String,
    /// First character.
    pub start: Position,
    /// First character after the end.
    pub end: Position,
    /// What stands there.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub text: String,
}

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Position {
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1.
    pub column: u32,
    /// Byte offset, from 0.
    pub byte: u32,
}

/// A way out.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct JsonFix {
    /// What it does.
    pub title: String,
    /// Whether it widens no access, so that a machine may apply it.
    pub safe: bool,
    /// The edits: all or none.
    pub edits: Vec<JsonEdit>,
}

/// One replacement.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct JsonEdit {
    /// Path below the project, with `/`.
    pub path: String,
    /// First character that is replaced.
    pub start: Position,
    /// First character that stays.
    pub end: Position,
    /// The new text.
    pub text: String,
}

/// A name with its value.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Fact {
    /// The name.
    pub name: &'static str,
    /// The value.
    pub value: String,
}

impl Findings {
    /// The document of a run; findings that are off are left out.
    #[must_use]
    pub fn new(findings: &[Finding], sources: &SourceMap, version: &str) -> Self {
        let Summary { blocking, advisory, waived, fixable } = Summary::of(findings);
        Self {
            format_version: FORMAT_VERSION,
            tool: Tool::ztam(version),
            summary: Counts { blocking, advisory, waived, fixable },
            findings: findings
                .iter()
                .filter(|it| it.level != Level::Off)
                .map(|it| finding(it, sources))
                .collect(),
        }
    }

    /// The text of the document, with a final line feed.
    #[must_use]
    pub fn to_text(&self) -> String {
        text(self)
    }
}

/// The JSON Schema of a document as it is written: [`Findings`], or another document of this crate.
#[must_use]
pub fn schema<T: JsonSchema>() -> serde_json::Value {
    let generator = schemars::generate::SchemaSettings::draft2020_12().for_serialize().into_generator();
    generator.into_root_schema_for::<T>().to_value()
}

/// A document as text that people can read too, with a final line feed.
pub(crate) fn text<T: Serialize>(document: &T) -> String {
    // The structs of this crate hold texts, numbers and lists only: writing them cannot fail.
    let mut text = serde_json::to_string_pretty(document).unwrap_or_default();
    text.push('\n');
    text
}

fn finding(finding: &Finding, sources: &SourceMap) -> JsonFinding {
    let of_kind = |kind| move |label: &&Label| label.kind == kind;
    let related = finding.labels.iter().filter(of_kind(LabelKind::Context)).map(|it| location(it, sources));
    JsonFinding {
        rule: finding.id().to_owned(),
        severity: finding.severity().as_str(),
        confidence: finding.confidence().as_str(),
        level: finding.level.as_str(),
        waived_by: finding.waived_by.clone(),
        title: finding.title.clone(),
        location: finding.primary().map(|it| location(it, sources)),
        related: related.collect(),
        notes: finding.notes.clone(),
        helps: finding.helps.clone(),
        fixes: finding.fixes.iter().map(|it| fix(it, sources)).collect(),
        facts: finding.facts.iter().map(|(name, value)| Fact { name, value: value.clone() }).collect(),
        waivable: finding.rule.waivable,
        page: format!("{}.md", finding.rule.id),
    }
}

fn location(label: &Label, sources: &SourceMap) -> Location {
    place(label.span, &label.text, sources)
}

/// A place with a remark.
pub(crate) fn place(span: Span, text: &str, sources: &SourceMap) -> Location {
    let (path, start, end) = range(span, sources);
    Location { path, start, end, text: text.to_owned() }
}

fn fix(fix: &Fix, sources: &SourceMap) -> JsonFix {
    let edits = fix.edits.iter().map(|edit| {
        let (path, start, end) = range(edit.span, sources);
        JsonEdit { path, start, end, text: edit.text.clone() }
    });
    JsonFix { title: fix.title.clone(), safe: fix.safety == Safety::Safe, edits: edits.collect() }
}

fn range(span: Span, sources: &SourceMap) -> (String, Position, Position) {
    let file = sources.file(span.file);
    let position = |byte| {
        let at = file.line_column(byte);
        Position { line: at.line, column: at.column, byte }
    };
    (file.path.clone(), position(span.start), position(span.end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ztam_source::file::SourceFile;
    use ztam_source::finding::{Confidence, RuleMeta, Severity, Stage, TextEdit};

    static RULE: RuleMeta = RuleMeta {
        id: "class/condition-missing",
        summary: "a grant lacks a condition",
        severity: Severity::High,
        confidence: Confidence::Proven,
        waivable: true,
        stage: Stage::Judge,
        since: "0.1.0",
        controls: &[],
        page: "",
    };

    #[test]
    fn places_count_from_one() {
        let mut sources = SourceMap::default();
        let file = sources.add(SourceFile::new("roles/a.ztam.yaml", "é: 1\nrestricted:\n  read: own\n"));
        let span = Span::new(file, 6, 16);
        let edit = TextEdit { span: Span::new(file, 28, 28), text: "  when: [mfa]\n".into() };
        let finding = Finding::new(&RULE, "Sales Manager reads restricted data without multi-factor sign-in")
            .at(span, "needs `when: [mfa]`")
            .because(Span::new(file, 0, 2), "")
            .fix("add the condition", Safety::Safe, vec![edit])
            .fact("role", "sales-manager");
        let mut off = finding.clone();
        off.level = Level::Off;
        insta::assert_snapshot!(Findings::new(&[finding, off], &sources, "0.0.0").to_text());
    }

    #[test]
    fn the_schema_says_what_is_required() {
        let schema = schema::<Findings>();
        let required: Vec<_> =
            schema["required"].as_array().unwrap().iter().map(|it| it.as_str().unwrap()).collect();
        assert_eq!(required, ["format_version", "tool", "summary", "findings"]);
        assert!(
            schema["$defs"]["JsonFinding"]["required"].as_array().unwrap().iter().all(|it| it != "waived_by")
        );
    }
}
