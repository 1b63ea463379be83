//! Findings and the metadata of rules, as plain data: reading, resolving, judging and emitting all report with these.

use std::borrow::Cow;

use crate::span::Span;

/// How bad it is that the finding is true.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Hygiene.
    Low,
    /// Weakens a protection.
    Medium,
    /// Large exposure, or evidence lost.
    High,
    /// Breaks a security boundary.
    Critical,
}

impl Severity {
    /// The word of the contract.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

/// How sure we are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Confidence {
    /// Needs judgement, or rests on a fact that is not verified.
    Advisory,
    /// Follows from the input alone.
    Proven,
}

impl Confidence {
    /// The word of the contract.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Advisory => "advisory",
            Self::Proven => "proven",
        }
    }
}

/// What a finding does to the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Not reported.
    Off,
    /// Reported, never fails a run.
    Advisory,
    /// Fails the run unless waived.
    Blocking,
    /// Fails the run; no setting and no waiver changes that.
    Forbid,
}

impl Level {
    /// The word of the contract.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Advisory => "advisory",
            Self::Blocking => "blocking",
            Self::Forbid => "forbid",
        }
    }
}

/// When a rule's finding stops what follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// No access graph can be made: reading, lowering, names, cycles. Exit code 3.
    Compile,
    /// A judgement of the graph. Exit code 1 when it blocks.
    Judge,
    /// A promise. Exit code 4.
    Promise,
}

/// What is fixed about a rule. One `static` a rule, beside the code that reports it.
#[derive(Debug)]
pub struct RuleMeta {
    /// `group/kebab-name`: the contract.
    pub id: &'static str,
    /// One line, lower case, no full stop.
    pub summary: &'static str,
    /// Default severity.
    pub severity: Severity,
    /// Default confidence.
    pub confidence: Confidence,
    /// Whether a project may lower or waive it.
    pub waivable: bool,
    /// Where in the run it is found.
    pub stage: Stage,
    /// First version that has it.
    pub since: &'static str,
    /// Control ids, from the closed list in the documentation.
    pub controls: &'static [&'static str],
    /// The page, Markdown with fixed headings.
    pub page: &'static str,
}

impl RuleMeta {
    /// The level before any setting: proven and high or critical blocks, the rest advises; what is not waivable forbids.
    #[must_use]
    pub fn default_level(&self) -> Level {
        if !self.waivable {
            Level::Forbid
        } else if self.confidence == Confidence::Proven && self.severity >= Severity::High {
            Level::Blocking
        } else {
            Level::Advisory
        }
    }
}

/// What a label is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LabelKind {
    /// The thing to change; at most one a finding.
    Primary,
    /// Why.
    Context,
    /// Never drawn; lets tools find the finding from this place too.
    Hidden,
}

/// A place with a remark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// What stands there; may be empty.
    pub text: Cow<'static, str>,
    /// What it is for.
    pub kind: LabelKind,
}

/// One replacement of source text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextEdit {
    /// What is replaced; empty to insert.
    pub span: Span,
    /// The new text.
    pub text: String,
}

/// Whether a machine may apply a fix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Safety {
    /// Narrows access or changes none.
    Safe,
    /// May widen access: a person decides.
    NeedsApproval,
}

/// A way to make a finding go away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What it does, as an imperative: "narrow the rows".
    pub title: String,
    /// Whether a machine may apply it.
    pub safety: Safety,
    /// The edits, all or none.
    pub edits: Vec<TextEdit>,
}

/// Names and values of a finding for machines and for grouping: (key, value) in a fixed order.
pub type Facts = Vec<(&'static str, String)>;

/// One thing to tell.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The rule; project families (`guard/NAME`) share one metadata and set `id`.
    pub rule: &'static RuleMeta,
    /// Full id where it differs from the rule's: `separate/payee-and-payment`.
    pub id: Option<String>,
    /// Severity where it differs from the rule's.
    pub severity: Option<Severity>,
    /// Confidence where it differs from the rule's: one judgement of a proven rule may rest on a fact that is not verified.
    pub confidence: Option<Confidence>,
    /// What it does to the run. Set from the rule; changed by the project's settings and waivers only.
    pub level: Level,
    /// The waiver that excuses it on the date of the run.
    pub waived_by: Option<String>,
    /// One sentence about access; no full stop.
    pub title: String,
    /// Places; exactly one primary where the finding has a place at all.
    pub labels: Vec<Label>,
    /// Further facts, each a sentence.
    pub notes: Vec<String>,
    /// What to do where no edit can be offered.
    pub helps: Vec<String>,
    /// Ways out, checked.
    pub fixes: Vec<Fix>,
    /// For machines; also what a fingerprint is made of.
    pub facts: Facts,
}

impl Finding {
    /// A finding of a rule, at the rule's default level.
    #[must_use]
    pub fn new(rule: &'static RuleMeta, title: impl Into<String>) -> Self {
        Self {
            rule,
            id: None,
            severity: None,
            confidence: None,
            level: rule.default_level(),
            waived_by: None,
            title: title.into(),
            labels: Vec::new(),
            notes: Vec::new(),
            helps: Vec::new(),
            fixes: Vec::new(),
            facts: Vec::new(),
        }
    }

    /// The id to print and to waive by.
    #[must_use]
    pub fn id(&self) -> &str {
        self.id.as_deref().unwrap_or(self.rule.id)
    }

    /// The severity that counts.
    #[must_use]
    pub fn severity(&self) -> Severity {
        self.severity.unwrap_or(self.rule.severity)
    }

    /// The place to change.
    #[must_use]
    pub fn primary(&self) -> Option<&Label> {
        self.labels.iter().find(|label| label.kind == LabelKind::Primary)
    }

    /// Sets the id of a project's own rule.
    #[must_use]
    pub fn with_id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// The confidence that counts.
    #[must_use]
    pub fn confidence(&self) -> Confidence {
        self.confidence.unwrap_or(self.rule.confidence)
    }

    /// Sets a severity other than the rule's, and the level that follows from it.
    #[must_use]
    pub fn with_severity(mut self, severity: Severity) -> Self {
        self.severity = Some(severity);
        self.with_level()
    }

    /// Makes it advisory, because it rests on something that is not verified, and sets the level that follows from it.
    #[must_use]
    pub fn advisory(mut self) -> Self {
        self.confidence = Some(Confidence::Advisory);
        self.with_level()
    }

    fn with_level(mut self) -> Self {
        if self.rule.waivable {
            let blocks = self.confidence() == Confidence::Proven && self.severity() >= Severity::High;
            self.level = if blocks { Level::Blocking } else { Level::Advisory };
        }
        self
    }

    /// Adds the place to change.
    #[must_use]
    pub fn at(mut self, span: Span, text: impl Into<Cow<'static, str>>) -> Self {
        self.labels.push(Label { span, text: text.into(), kind: LabelKind::Primary });
        self
    }

    /// Adds a place that says why.
    #[must_use]
    pub fn because(mut self, span: Span, text: impl Into<Cow<'static, str>>) -> Self {
        self.labels.push(Label { span, text: text.into(), kind: LabelKind::Context });
        self
    }

    /// Adds a further fact.
    #[must_use]
    pub fn note(mut self, text: impl Into<String>) -> Self {
        self.notes.push(text.into());
        self
    }

    /// Adds what to do.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.helps.push(text.into());
        self
    }

    /// Adds a way out.
    #[must_use]
    pub fn fix(mut self, title: impl Into<String>, safety: Safety, edits: Vec<TextEdit>) -> Self {
        self.fixes.push(Fix { title: title.into(), safety, edits });
        self
    }

    /// Adds a fact for machines.
    #[must_use]
    pub fn fact(mut self, key: &'static str, value: impl Into<String>) -> Self {
        self.facts.push((key, value.into()));
        self
    }
}
