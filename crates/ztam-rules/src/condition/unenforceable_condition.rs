//! A condition that nothing enforces on a platform of the role that uses it.

use std::collections::BTreeSet;

use ztam_graph::access::Holder;
use ztam_graph::facts::Enforcement;
use ztam_graph::ids::{ConditionId, RoleId};
use ztam_model::project::Text;
use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};

use crate::cells;
use crate::cx::Cx;
use crate::sink::{Sink, Subject};

pub(super) static META: RuleMeta = RuleMeta {
    id: "condition/unenforceable-condition",
    summary: "a role relies on a condition that nothing enforces on its platform",
    severity: Severity::High,
    confidence: Confidence::Proven,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST AC-3", "NIST AC-17", "ISO A.8.5", "NIST 800-207 tenets 5 and 6"],
    page: include_str!("unenforceable_condition.md"),
};

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    for role in &cx.roles {
        let open = unenforced(cx, *role);
        if open.is_empty() {
            continue;
        }
        for text in cells::of_role(cx, *role).iter().flat_map(cells::BlockCell::when) {
            let Some(condition) = cx.access.names.conditions.find(&text.value) else { continue };
            for (_, platform) in open.iter().filter(|(id, _)| *id == condition) {
                report(cx, *role, text, (condition, *platform), out);
            }
        }
    }
}

/// Conditions of the role's grants that nobody enforces, with the platform.
fn unenforced(cx: &Cx<'_>, role: RoleId) -> BTreeSet<(ConditionId, usize)> {
    let access = cx.access;
    let mut found = BTreeSet::new();
    for entry in &access.roles[role].entries {
        for condition in access.layers[entry.layer].conditions.iter() {
            for platform in entry.platforms.iter() {
                let enforcement = access.platforms.get(platform).map(|facts| &facts.conditions[condition]);
                if enforcement == Some(&Enforcement::Nobody) {
                    found.insert((condition, platform));
                }
            }
        }
    }
    found
}

fn report(
    cx: &Cx<'_>,
    role: RoleId,
    text: &Text,
    (condition, platform): (ConditionId, usize),
    out: &mut Sink<'_>,
) {
    let Some(facts) = cx.access.platforms.get(platform) else { return };
    let subject = Subject::of(Holder::Role(role)).called(format!("{} on {}", text.value, facts.title));
    out.push(&META, None, Some(text.span), &subject, || {
        let names = &cx.access.names;
        let who = names.role_title(role);
        let title = format!("{who} has access on {} under {}, which nothing enforces there", facts.title, text.value);
        Finding::new(&META, title)
            .at(text.span, format!("not enforced on {}", facts.title))
            .because(names.conditions.span(condition), format!("says nothing for {}", facts.title))
            .because(names.roles.span(role), format!("is on {}", facts.title))
            .note("the grant would be emitted as if it were conditional, and hold always")
            .help(format!(
                "say who enforces it: `{}: {{by: external, control: ...}}` in the condition, or take the condition's platform from the role",
                facts.platform
            ))
            .fact("condition", text.value.as_str())
            .fact("platform", facts.platform)
    });
}
