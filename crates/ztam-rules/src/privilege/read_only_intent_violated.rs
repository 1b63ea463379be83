//! A role that is meant to change nothing, and does.

use ztam_graph::access::Holder;
use ztam_graph::facts::RightFlags;
use ztam_graph::ids::RoleId;
use ztam_graph::scopes::ScopeWord;
use ztam_model::words::Action;
use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};
use ztam_source::idx::Idx;
use ztam_source::span::Span;

use super::unverified;
use crate::cx::Cx;
use crate::need::HeldRight;
use crate::route;
use crate::sink::{Sink, Subject};

pub(super) static META: RuleMeta = RuleMeta {
    id: "privilege/read-only-intent-violated",
    summary: "a role that is meant to change nothing changes something",
    severity: Severity::Medium,
    confidence: Confidence::Proven,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST AC-6", "ISO A.5.18"],
    page: include_str!("read_only_intent_violated.md"),
};

const WRITES: &[Action] = &[Action::Create, Action::Edit, Action::Delete, Action::Share, Action::Assign];

/// Rights that change something, whatever the cells say.
const CHANGES: [RightFlags; 9] = [
    RightFlags::BLINDS,
    RightFlags::DESTROYS,
    RightFlags::FORGES,
    RightFlags::GRANTS_ACCESS,
    RightFlags::MOVES_SCOPE,
    RightFlags::OPENS_APPS,
    RightFlags::RUNS_CODE,
    RightFlags::TAKES_IDENTITIES,
    RightFlags::WEAKENS_LOGIN,
];

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    for role in &cx.roles {
        let Some(meant) = cx.access.names.roles.get(*role).read_only.filter(|it| it.value) else { continue };
        of_data(cx, *role, meant.span, out);
        for platform in 0..cx.access.platforms.len() {
            of_rights(cx, *role, platform, meant.span, out);
        }
    }
}

fn of_data(cx: &Cx<'_>, role: RoleId, meant: Span, out: &mut Sink<'_>) {
    let writes = ScopeWord::mask(WRITES);
    for entry in &cx.access.roles[role].entries {
        for (action, _) in entry.scopes.and(writes).iter() {
            let Some(source) = route::source(cx, &[role], entry.slot, action) else { continue };
            let asset = cx.access.names.assets.name(cx.access.slots[entry.slot].asset);
            let subject = Subject::of(Holder::Role(role)).called(format!("{} {asset}", action.as_str()));
            out.push(&META, None, source.span(cx), &subject, || {
                let who = cx.title(Holder::Role(role));
                let title = format!("{who} may {} {asset}, and is meant to change nothing", action.as_str());
                source
                    .primary(cx, Finding::new(&META, title), &format!("gives {}", action.as_str()))
                    .because(meant, "meant to change nothing")
                    .help("take it away, or take `read-only` away and review the role again")
                    .fact("action", action.as_str())
                    .fact("asset", asset)
            });
        }
    }
}

fn of_rights(cx: &Cx<'_>, role: RoleId, platform: usize, meant: Span, out: &mut Sink<'_>) {
    let held = cx.access.roles[role].closure.get(platform);
    let Some((facts, held)) = cx.access.platforms.get(platform).zip(held) else { return };
    let changes = |flags: RightFlags| CHANGES.iter().any(|it| flags.has(*it));
    for (right, _) in
        facts.rights.iter_ids().filter(|(right, about)| held.contains(right.index()) && changes(about.flags))
    {
        let held = HeldRight { role, platform, right };
        let source = held.source(cx);
        out.push(&META, None, source.span(cx), &held.subject(cx), || {
            let (name, on) = (held.name(cx), held.on(cx));
            let who = cx.title(Holder::Role(role));
            let title = format!("{who} holds `{name}` on {on}, and is meant to change nothing");
            let finding = source
                .primary(cx, Finding::new(&META, title), &format!("brings `{name}`"))
                .because(meant, "meant to change nothing");
            unverified(cx, held, finding)
                .help("do not hold it, or take `read-only` away and review the role again")
                .fact("right", name)
        });
    }
}
