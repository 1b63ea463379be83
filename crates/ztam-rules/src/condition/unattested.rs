//! A condition that a control outside the package enforces, without current evidence that it does.

use std::collections::BTreeSet;

use ztam_graph::facts::Enforcement;
use ztam_graph::ids::{ConditionId, title_or_words};
use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};

use crate::cx::Cx;
use crate::evidence::{self, attesting, is_current};
use crate::sign_in;
use crate::sink::{Sink, Subject};

pub(super) static META: RuleMeta = RuleMeta {
    id: "condition/unattested",
    summary: "nothing proves that a condition is enforced outside the package",
    severity: Severity::Medium,
    confidence: Confidence::Advisory,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST CA-7", "NIST IA-2", "ISO A.8.5"],
    page: include_str!("unattested.md"),
};

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    for (condition, platform) in external(cx) {
        if !attesting(cx, cx.access.names.conditions.name(condition))
            .any(|it| is_current(it, cx.access.as_of))
        {
            report(cx, condition, platform, out);
        }
    }
}

/// Conditions that some role's access rests on and that a control outside enforces, with the platform.
fn external(cx: &Cx<'_>) -> BTreeSet<(ConditionId, usize)> {
    let access = cx.access;
    let mut found = BTreeSet::new();
    let mut seen = BTreeSet::new();
    for entry in cx.roles.iter().flat_map(|role| &access.roles[*role].entries) {
        if !seen.insert((entry.layer, entry.platforms)) {
            continue;
        }
        for condition in access.layers[entry.layer].conditions.iter() {
            let is_external = |platform: &usize| {
                let facts = access.platforms.get(*platform);
                facts.is_some_and(|facts| matches!(facts.conditions[condition], Enforcement::External(_)))
            };
            found.extend(entry.platforms.iter().filter(is_external).map(|platform| (condition, platform)));
        }
    }
    for (role, text) in cx.roles.iter().flat_map(|role| sign_in::all(cx, *role).map(move |it| (*role, it))) {
        let Some(condition) = access.names.conditions.find(&text.value) else { continue };
        let on = access.platforms.iter().enumerate().filter(|(at, _)| access.roles[role].platforms.has(*at));
        let outside = on.filter(|(_, it)| matches!(it.conditions[condition], Enforcement::External(_)));
        found.extend(outside.map(|(platform, _)| (condition, platform)));
    }
    found
}

fn report(cx: &Cx<'_>, condition: ConditionId, platform: usize, out: &mut Sink<'_>) {
    let names = &cx.access.names;
    let span = names.conditions.span(condition);
    let Some(facts) = cx.access.platforms.get(platform) else { return };
    let subject = Subject::default().called(facts.title);
    out.push(&META, None, Some(span), &subject, || {
        let declared = names.conditions.get(condition);
        let title = title_or_words(declared.title.as_ref(), names.conditions.name(condition));
        let control = match &facts.conditions[condition] {
            Enforcement::External(control) => control.as_str(),
            Enforcement::Native | Enforcement::Nobody => "",
        };
        let finding = Finding::new(
            &META,
            format!("Access under \"{title}\" on {} is conditional, unproven: nothing attests the control", facts.title),
        )
        .at(span, format!("enforced outside the package: {control}"));
        evidence::stale(cx, finding, attesting(cx, names.conditions.name(condition)))
            .help("add a responsibility with `attests:` and the date its evidence was last looked at (`verified:`)")
            .fact("condition", names.conditions.name(condition))
            .fact("platform", facts.platform)
    });
}
