//! A waiver that can never excuse anything.

use ztam_graph::ids::WaiverId;
use ztam_model::project::Waiver;
use ztam_source::finding::{Confidence, Finding, RuleMeta, Safety, Severity, Stage, TextEdit};
use ztam_source::suggest;

use super::rules::{Known, find};
use crate::cx::Cx;
use crate::need::says;
use crate::sink::{Sink, Subject};
use crate::waive::is_forbidden;

pub(super) static META: RuleMeta = RuleMeta {
    id: "waiver/invalid",
    summary: "a waiver can never excuse anything",
    severity: Severity::High,
    confidence: Confidence::Proven,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST CA-7", "NIST AC-6", "ISO A.5.18"],
    page: include_str!("invalid.md"),
};

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    for (id, name, waiver) in cx.access.names.waivers.iter() {
        if waiver.from.value > waiver.until.value {
            let finding =
                Finding::new(&META, format!("{name} excuses nothing on any day: it ends before it begins"))
                    .at(waiver.until.span, "the last day")
                    .because(waiver.from.span, "the first day is later")
                    .help("swap the dates, or take the waiver out");
            push(out, name, finding);
        }
        for (text, what) in [(&waiver.owner, "who answers for it"), (&waiver.reason, "why it is needed")] {
            if !says(Some(text)) {
                let finding = Finding::new(&META, format!("{name} excuses nothing: nobody says {what}"))
                    .at(text.span, "nothing")
                    .help(format!("say {what}"));
                push(out, name, finding);
            }
        }
        if let Some(finding) = of_rule(cx, id, name, waiver) {
            push(out, name, finding);
        }
    }
}

fn push(out: &mut Sink<'_>, name: &str, finding: Finding) {
    let place = finding.primary().map(|label| label.span);
    out.push(&META, None, place, &Subject::default().called(name), || finding.fact("waiver", name));
}

/// What is wrong with the rule that a waiver names.
fn of_rule(cx: &Cx<'_>, id: WaiverId, name: &str, waiver: &Waiver) -> Option<Finding> {
    let rule = &waiver.rule;
    let because = |finding: Finding| finding.because(cx.access.names.waivers.span(id), "this waiver");
    match find(cx, &rule.value) {
        Known::Rule(meta) if !meta.waivable || is_forbidden(cx.access, meta, &rule.value) => {
            let finding =
                Finding::new(&META, format!("{name} cannot excuse `{}`: no waiver can", rule.value));
            let help = if meta.waivable {
                "this project sets the rule to `forbid`: repair what it finds"
            } else {
                "repair what it finds; what would be wider than the matrix is never let through"
            };
            Some(because(finding.at(rule.span, "not waivable")).help(help))
        }
        Known::Rule(_) | Known::Project => None,
        Known::Nothing { close } => {
            let finding =
                Finding::new(&META, format!("{name} excuses nothing: there is no rule `{}`", rule.value));
            let finding = because(finding.at(rule.span, "not the id of a rule"));
            Some(match close {
                Some(close) => {
                    let edit = TextEdit { span: rule.span, text: close.clone() };
                    finding.fix(format!("did you mean `{close}`?"), Safety::NeedsApproval, vec![edit])
                }
                None => match suggest::list(super::rules::of_group(cx, &rule.value)) {
                    Some(list) => finding.help(format!("rules of this group: {list}")),
                    None => finding.help(
                        "`ztam rules` lists all; the project's own are `guard/NAME` and `separate/NAME`",
                    ),
                },
            })
        }
    }
}
