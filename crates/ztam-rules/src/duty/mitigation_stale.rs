//! A waived conflict of duties whose compensating control nobody tests.

use ztam_graph::access::{Access, Holder};
use ztam_model::project::Waiver;
use ztam_model::surroundings::Mitigation;
use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};

use crate::cx::Cx;
use crate::sink::{Sink, Subject};
use crate::waive;

pub(super) static META: RuleMeta = RuleMeta {
    id: "duty/mitigation-stale",
    summary: "a waived conflict of duties rests on a control that nobody tests",
    severity: Severity::High,
    confidence: Confidence::Proven,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST AC-5", "NIST CA-7", "ISO A.5.3", "SOX 404"],
    page: include_str!("mitigation_stale.md"),
};

/// Rules about duties that lie with one person: what their ids begin with.
const CONFLICTS: [&str; 6] = [
    "separate/",
    "duty/toxic-pair",
    "duty/access-admin-and-audit-admin",
    "duty/build-and-deploy",
    "duty/control-bypass-privilege",
    "platform/cross-platform-toxic-pair",
];

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    let names = &cx.access.names;
    for (id, name, waiver) in names.waivers.iter() {
        let is_conflict = CONFLICTS.iter().any(|prefix| waiver.rule.value.starts_with(prefix));
        if !is_conflict || waiver.rule.value == "separate/vacuous" || !waive::is_valid(waiver, cx.access) {
            continue;
        }
        let finding = match (&waiver.mitigated_by, &waiver.compensating_control) {
            (Some(control), _) => stale(cx, name, control),
            (None, Some(text)) => Some(
                Finding::new(&META, format!("{name} names a control that cannot be held against a date"))
                    .at(text.span, "who runs it, and when was it tested?")
                    .help("say so: `mitigated-by: {control: ..., owner: ..., tested: ..., every-days: ...}`")
                    .advisory(),
            ),
            (None, None) => Some(
                Finding::new(&META, format!("{name} leaves a conflict of duties with nothing in its place"))
                    .at(names.waivers.span(id), "names no control")
                    .help(
                        "name one: `mitigated-by: {control: ..., owner: ..., tested: ..., every-days: ...}`",
                    )
                    .advisory(),
            ),
        };
        let Some(finding) = finding else { continue };
        let place = finding.primary().map(|label| label.span);
        out.push(&META, None, place, &subject(cx.access, waiver).called(name), || {
            finding
                .because(waiver.rule.span, "excused meanwhile")
                .note("a conflict of duties is bearable only while something else would notice the abuse")
                .fact("waiver", name)
        });
    }
}

/// What is wrong with a control on the day of the run.
fn stale(cx: &Cx<'_>, name: &str, control: &Mitigation) -> Option<Finding> {
    let missing: Vec<_> = [
        ("owner", control.owner.is_none()),
        ("tested", control.tested.is_none()),
        ("every-days", control.every_days.is_none()),
    ]
    .into_iter()
    .filter_map(|(key, is_missing)| is_missing.then_some(key))
    .collect();
    if !missing.is_empty() {
        let keys = missing.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ");
        let title = format!(
            "{name} rests on a control that nobody can be asked about: it has no {}",
            missing.join(", no ")
        );
        let finding = Finding::new(&META, title).at(control.control.span, "stands in for the rule");
        return Some(finding.help(format!("add {keys} to `mitigated-by`")));
    }
    let (tested, every) = control.tested.zip(control.every_days)?;
    let age = cx.access.as_of.days_since(tested.value);
    if (0..=i64::from(every.value)).contains(&age) {
        return None;
    }
    let said = if age < 0 {
        format!("{name} rests on a control whose test lies in the future")
    } else {
        let late = age - i64::from(every.value);
        format!("{name} rests on a control whose test is {late} days overdue")
    };
    let finding = Finding::new(&META, said)
        .at(tested.span, "last tested")
        .because(every.span, "to be tested every so many days")
        .note(format!("evaluated as of {} (`--as-of`)", cx.access.as_of));
    Some(finding.help("test the control and correct the date, or end the waiver"))
}

/// Whom the waiver is for.
fn subject(access: &Access<'_>, waiver: &Waiver) -> Subject {
    let role = waiver.r#for.iter().find_map(|text| access.names.roles.find(&text.value));
    role.map_or_else(Subject::default, |role| Subject::of(Holder::Role(role)))
}
