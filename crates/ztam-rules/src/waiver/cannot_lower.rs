//! Levels that a project sets: a rule that does not exist, or one that nobody may lower.

use ztam_graph::names::UNKNOWN;
use ztam_model::words::LevelWord;
use ztam_source::finding::{Confidence, Finding, Level, RuleMeta, Safety, Severity, Stage, TextEdit};
use ztam_source::suggest;

use super::rules::{Known, find, of_group};
use crate::cx::Cx;
use crate::sink::{Sink, Subject};

pub(super) static META: RuleMeta = RuleMeta {
    id: "waiver/cannot-lower",
    summary: "a level is set for a rule that nobody may lower",
    severity: Severity::High,
    confidence: Confidence::Proven,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST CA-7", "NIST CM-6"],
    page: include_str!("cannot_lower.md"),
};

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    let settings = cx.access.names.project.items.rules.as_ref();
    for (rule, level) in settings.iter().flat_map(|settings| settings.levels.iter()) {
        let about = Subject::default().called(rule.value.as_str());
        match find(cx, &rule.value) {
            Known::Rule(meta)
                if meta.default_level() == Level::Forbid && level.value != LevelWord::Forbid =>
            {
                out.push(&META, None, Some(level.span), &about, || {
                    let title = format!("`{}` stays as it is: nobody may lower it", rule.value);
                    Finding::new(&META, title)
                        .at(level.span, "has no effect")
                        .because(rule.span, meta.summary)
                        .help("take the line out, and repair what the rule finds")
                        .fact("rule", rule.value.as_str())
                });
            }
            Known::Rule(_) | Known::Project => {}
            Known::Nothing { close } => out.push(&UNKNOWN, None, Some(rule.span), &about, || {
                let finding = Finding::new(&UNKNOWN, format!("there is no rule `{}`", rule.value))
                    .at(rule.span, "not the id of a rule, so its level is set nowhere")
                    .fact("name", rule.value.as_str())
                    .fact("kind", "rule");
                match close {
                    Some(close) => {
                        let edit = TextEdit { span: rule.span, text: close.clone() };
                        finding.fix(format!("did you mean `{close}`?"), Safety::NeedsApproval, vec![edit])
                    }
                    None => match suggest::list(of_group(cx, &rule.value)) {
                        Some(list) => finding.help(format!("rules of this group: {list}")),
                        None => finding.help(
                            "`ztam rules` lists all; the project's own are `guard/NAME` and `separate/NAME`",
                        ),
                    },
                }
            }),
        }
    }
}
