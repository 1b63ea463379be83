//! Regulated data in the hands of a role that does not say what for.

use std::collections::BTreeSet;

use ztam_graph::access::{Holder, SlotId, Target};
use ztam_graph::ids::RoleId;
use ztam_graph::promise::target_name;
use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};

use super::REGULATED;
use crate::cx::Cx;
use crate::route;
use crate::sink::{Sink, Subject};
use crate::tagged;
use crate::wording::verb;

pub(super) static META: RuleMeta = RuleMeta {
    id: "compliance/regulated-without-justification",
    summary: "a role reaches regulated data and does not say what for",
    severity: Severity::High,
    confidence: Confidence::Proven,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &[
        "GDPR 5(1)(b)",
        "GDPR 25(2)",
        "GDPR 30",
        "CCPA 1798.100(c)",
        "HIPAA 164.502(b)",
        "ISO A.5.34",
    ],
    page: include_str!("regulated_without_justification.md"),
};

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    let slots = tagged::slots(cx, &REGULATED);
    for role in &cx.roles {
        let given = purposes(cx, *role);
        for (slot, tagged, _) in slots.reached_by(cx, *role) {
            for tag in tagged.tags.iter().filter(|tag| !given.contains(tag.as_str())) {
                report(cx, *role, slot, tagged.target, tag, out);
            }
        }
    }
}

/// The tags for which a role, or one that it extends, gives a purpose.
fn purposes(cx: &Cx<'_>, role: RoleId) -> BTreeSet<String> {
    let names = &cx.access.names;
    let all = cx.access.roles[role].lineage.iter().flat_map(|role| names.roles.get(*role).purposes.iter());
    all.filter(|(_, purpose)| !purpose.value.trim().is_empty())
        .map(|(tag, _)| tag.value.to_lowercase())
        .collect()
}

fn report(cx: &Cx<'_>, role: RoleId, slot: SlotId, target: Target, tag: &str, out: &mut Sink<'_>) {
    let names = &cx.access.names;
    let place = names.roles.span(role);
    // One finding for each role and tag: the missing purpose is one.
    let id = format!("{} ({tag})", target_name(cx.access, target));
    let subject = Subject::of(Holder::Role(role)).on(target).called(id);
    let purposes = &names.roles.get(role).purposes;
    let cause = purposes.iter().next().map_or(place, |(text, _)| text.span);
    out.push(&META, None, Some(cause), &subject, || {
        let action = cx.access.entries(role, slot).iter().find_map(|it| it.scopes.iter().next());
        let action = action.map_or(ztam_model::words::Action::Read, |(action, _)| action);
        let who = names.role_title(role);
        let what = target_name(cx.access, target);
        let title = format!("{who} may {} {what}, which is under {tag}, and says not what for", verb(action));
        let finding = Finding::new(&META, title).at(place, "no purpose for it");
        let finding = match route::source(cx, &[role], slot, action) {
            Some(source) => source.context(cx, finding, "reaches it"),
            None => finding,
        };
        finding
            .help(format!(
                "say what the role needs it for: `purposes: {{{tag}: ...}}`; or take the access away"
            ))
            .fact("tag", tag)
    });
}
