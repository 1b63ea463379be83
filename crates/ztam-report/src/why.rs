//! What `ztam why` says of a line of a package: the rows there, and the lines of the matrix that they stand on. For people
//! drawn with those lines, for machines as a document.

use schemars::JsonSchema;
use serde::Serialize;
use ztam_source::file::SourceMap;
use ztam_source::finding::{Confidence, Finding, Level, RuleMeta, Severity, Stage};
use ztam_source::span::Span;

use crate::human::{Handler, Style, one_line};
use crate::json::{Location, Tool, place};
use crate::verification::{Difference, Package};

/// The version of this format.
pub const FORMAT_VERSION: u32 = 1;
/// Most reasons of one row that people are shown.
const SHOWN: usize = 8;
/// Most rows of one line that people are shown.
const ROWS: usize = 20;

/// One row of a package, or the head of a container, with its reasons.
#[derive(Clone, Debug)]
pub struct Answer {
    /// What the row stands in: `PermissionSet`, `Role` ...
    pub container: &'static str,
    /// The container's name.
    pub name: String,
    /// The role that the container is for, by its id in the matrix; `None` where this matrix has no such container.
    pub role: Option<String>,
    /// The row as the package has it; `None` for the head.
    pub row: Option<RowText>,
    /// What this matrix gives instead, where it is not what the package has; empty rights are no row.
    pub instead: Option<Vec<String>>,
    /// Why it is there.
    pub reasons: Vec<Reason>,
}

/// A row in the platform's words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RowText {
    /// What it is about: `objectPermissions`, `RolePrivilege` ...
    pub kind: String,
    /// Its key: the object, the field, the privilege.
    pub key: String,
    /// Its rights.
    pub rights: Vec<String>,
}

/// One thing that a row stands on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// The right of the row; empty for the head.
    pub right: &'static str,
    /// What kind of reason it is.
    pub kind: &'static str,
    /// The reason as one sentence.
    pub sentence: String,
    /// Places in the matrix with what stands there, the deciding one first.
    pub places: Vec<(Span, String)>,
}

/// The document of one answer.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(title = "ztam why")]
pub struct Why {
    /// Version of this format: 1.
    pub format_version: u32,
    /// What answered.
    pub tool: Tool,
    /// The file, as in the package; inside an archive with `!` before its name there.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// The package.
    pub package: Package,
    /// Whether file and matrix are those of the package: otherwise the answer is for the matrix as it is now.
    pub same: bool,
    /// What is not as the package was made.
    pub differences: Vec<Difference>,
    /// The rows on the line, or the head of the container that holds it.
    pub rows: Vec<ExplainedRow>,
}

/// A row with its reasons.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ExplainedRow {
    /// What it stands in: `PermissionSet`, `Role` ...
    pub container: &'static str,
    /// The container's name.
    pub name: String,
    /// The role that the container is for; absent where this matrix has no such container.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// The row; absent for the head.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub row: Option<RowText>,
    /// The rights that this matrix gives, where they are others than the row's; empty where it gives no such row.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instead: Option<Vec<String>>,
    /// Why it is there.
    pub reasons: Vec<ExplainedReason>,
}

/// One thing that a row stands on.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ExplainedReason {
    /// The right of the row; absent for the head.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub right: &'static str,
    /// `gives` (cells that give the right), `with-row` (cells of the row, for a field that the matrix does not list),
    /// `repeated` (cells that give it elsewhere), `needs-it` (cells that need it here), `needed` (cells without which it
    /// would not be there), `both` (the other half, where create and edit of a field are one right), `related` (cells that it is derived from), `capability`, `carried`, `beneath` (the profile or base role has it too), `everybody` (the platform
    /// adds it to every role), `member` (a set of a group); for the head `role`, `condition`, `temporary`, `holder`.
    pub kind: &'static str,
    /// The reason as one sentence.
    pub sentence: String,
    /// Places in the matrix, the deciding one first.
    pub places: Vec<Location>,
}

impl Why {
    /// The text of the document, with a final line feed.
    #[must_use]
    pub fn to_text(&self) -> String {
        crate::json::text(self)
    }
}

impl ExplainedRow {
    /// An answer with its places as lines and columns.
    #[must_use]
    pub fn new(answer: &Answer, sources: &SourceMap) -> Self {
        let reason = |it: &Reason| ExplainedReason {
            right: it.right,
            kind: it.kind,
            sentence: it.sentence.clone(),
            places: it.places.iter().map(|(span, text)| place(*span, text, sources)).collect(),
        };
        Self {
            container: answer.container,
            name: answer.name.clone(),
            role: answer.role.clone(),
            row: answer.row.clone(),
            instead: answer.instead.clone(),
            reasons: answer.reasons.iter().map(reason).collect(),
        }
    }
}

/// Answers for people: each drawn with the lines of the matrix that it stands on.
#[must_use]
pub fn to_human(why: &Why, answers: &[Answer], sources: &SourceMap, style: Style) -> String {
    let handler = Handler::new(style);
    let mut out = String::new();
    for answer in answers.iter().take(ROWS) {
        out.push_str(&handler.answer(&answer.drawn(), sources));
        out.push_str("\n\n");
    }
    if let Some(more) = answers.len().checked_sub(ROWS).filter(|more| *more > 0) {
        out.push_str(&format!("{more} more rows stand on this line; `--output json` lists all\n"));
    }
    for difference in why.differences.iter().take(SHOWN) {
        out.push_str(&format!("- {}\n", one_line(&difference.sentence)));
    }
    if !why.same {
        out.push_str("the package is not from these sources; the answer is for the sources as they are\n");
    }
    out
}

/// An answer is drawn by the means of a finding, and belongs to no rule.
static NO_RULE: RuleMeta = RuleMeta {
    id: "",
    summary: "",
    severity: Severity::Info,
    confidence: Confidence::Proven,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &[],
    page: "",
};

impl Answer {
    fn drawn(&self) -> Finding {
        let mut finding = Finding::new(&NO_RULE, self.title());
        finding.level = Level::Advisory;
        // Reasons of several rights that are the same are said once.
        let mut said: Vec<(&Reason, Vec<&str>)> = Vec::new();
        for reason in &self.reasons {
            match said.iter_mut().find(|(it, _)| it.sentence == reason.sentence) {
                Some((_, rights)) if rights.contains(&reason.right) => {}
                Some((_, rights)) => rights.push(reason.right),
                None => said.push((reason, vec![reason.right])),
            }
        }
        let mut marks: Vec<(Span, &str)> = Vec::new();
        for (reason, rights) in said.iter().take(SHOWN) {
            for (span, text) in &reason.places {
                if !marks.iter().any(|(known, _)| known == span) {
                    marks.push((*span, text));
                }
            }
            let rights = rights.join(", ");
            let colon = if rights.is_empty() { "" } else { ": " };
            finding = finding.note(format!("{rights}{colon}{}", reason.sentence));
        }
        for (position, (span, text)) in marks.into_iter().enumerate() {
            let text = text.to_owned();
            finding = if position == 0 { finding.at(span, text) } else { finding.because(span, text) };
        }
        match said.len().checked_sub(SHOWN).filter(|more| *more > 0) {
            Some(more) => finding.note(format!("and {more} more; `--output json` lists all")),
            None => finding,
        }
    }

    fn title(&self) -> String {
        let container = format!("{} `{}`", self.container, self.name);
        let what = match &self.row {
            Some(row) => format!("`{}` with {} in {container}", row.key, row.rights.join(", ")),
            None => container,
        };
        match (&self.role, self.instead.as_deref()) {
            (None, _) => format!("{what}: this matrix has no such container"),
            (Some(_), Some([])) => format!("{what}: this matrix gives no such row"),
            (Some(role), Some(rights)) => {
                format!("{what}, for {role}: this matrix gives {}", rights.join(", "))
            }
            (Some(role), None) => format!("{what}, for {role}"),
        }
    }
}
