//! The list of rules, for people and for machines.

use std::fmt::Write as _;

use schemars::JsonSchema;
use serde::Serialize;
use ztam_source::finding::RuleMeta;

use crate::json::Tool;

/// The version of this format.
pub const FORMAT_VERSION: u32 = 1;

/// Every rule of the program.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(title = "ztam rules")]
pub struct Rules {
    /// Version of this format: 1.
    pub format_version: u32,
    /// What wrote it.
    pub tool: Tool,
    /// The rules, sorted by id.
    pub rules: Vec<JsonRule>,
    /// Judgements that are no rules, because matrix, inventory and attestation do not decide them, sorted by id.
    pub left_out: Vec<JsonLeftOut>,
}

/// A judgement that is no rule.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct JsonLeftOut {
    /// The id that it would have.
    pub id: &'static str,
    /// What it would find.
    pub summary: &'static str,
    /// Why it is no rule.
    pub reason: &'static str,
}

/// One rule.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct JsonRule {
    /// `group/name`.
    pub id: &'static str,
    /// One line.
    pub summary: &'static str,
    /// `info`, `low`, `medium`, `high` or `critical`.
    pub severity: &'static str,
    /// `proven` or `advisory`.
    pub confidence: &'static str,
    /// What it does unless the project says otherwise: `advisory`, `blocking` or `forbid`.
    pub level: &'static str,
    /// Whether a waiver can excuse it.
    pub waivable: bool,
    /// First version that has it.
    pub since: &'static str,
    /// Controls of standards that it serves.
    pub controls: &'static [&'static str],
}

impl Rules {
    /// The list of these rules.
    #[must_use]
    pub fn new(rules: &[&'static RuleMeta], left_out: Vec<JsonLeftOut>, version: &str) -> Self {
        let mut rules: Vec<_> = rules.iter().map(|rule| JsonRule::new(rule)).collect();
        rules.sort_unstable_by_key(|rule| rule.id);
        Self { format_version: FORMAT_VERSION, tool: Tool::ztam(version), rules, left_out }
    }

    /// The document as text, with a final line feed.
    #[must_use]
    pub fn to_text(&self) -> String {
        crate::json::text(self)
    }

    /// The list in columns: id, level, severity, summary.
    #[must_use]
    pub fn to_table(&self) -> String {
        let width = |of: fn(&JsonRule) -> &'static str| {
            self.rules.iter().map(|rule| of(rule).len()).max().unwrap_or(0)
        };
        let (id, level, severity) = (width(|it| it.id), width(|it| it.level), width(|it| it.severity));
        let mut out = String::new();
        for rule in &self.rules {
            let _ = writeln!(
                out,
                "{:id$}  {:level$}  {:severity$}  {}",
                rule.id, rule.level, rule.severity, rule.summary
            );
        }
        if !self.left_out.is_empty() {
            out.push_str("\nleft out, because matrix, inventory and attestation do not decide it:\n");
        }
        for left in &self.left_out {
            let _ = writeln!(out, "{}  {}: {}", left.id, left.summary, left.reason);
        }
        out
    }
}

impl JsonRule {
    fn new(rule: &'static RuleMeta) -> Self {
        Self {
            id: rule.id,
            summary: rule.summary,
            severity: rule.severity.as_str(),
            confidence: rule.confidence.as_str(),
            level: rule.default_level().as_str(),
            waivable: rule.waivable,
            since: rule.since,
            controls: rule.controls,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ztam_source::rules::{SYNTAX, TAG};

    #[test]
    fn the_list_is_sorted_and_aligned() {
        let rules = Rules::new(&[&TAG, &SYNTAX], Vec::new(), "0.0.0");
        let expected = "yaml/syntax  forbid  high      the file is not valid YAML\n\
                        yaml/tag     forbid  critical  a tag changes how a value is read\n";
        assert_eq!(rules.to_table(), expected);
        assert!(rules.to_text().contains("\"id\": \"yaml/syntax\""));
        let left = JsonLeftOut { id: "a/b", summary: "somebody slept", reason: "nothing says so" };
        let table = Rules::new(&[], vec![left], "0.0.0").to_table();
        assert!(table.ends_with("decide it:\na/b  somebody slept: nothing says so\n"), "{table}");
    }
}
