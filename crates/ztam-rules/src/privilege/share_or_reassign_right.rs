//! Passing sensitive rows on, where nobody says why.

use ztam_graph::access::Holder;
use ztam_graph::facts::{Effect, EffectOn};
use ztam_graph::ids::{ClassId, RoleId};
use ztam_model::words::{Action, Scope};
use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};
use ztam_source::idx::Idx;

use crate::cx::{Cx, Sensitivity};
use crate::need::{self, HeldRight};
use crate::sink::Sink;

pub(super) static META: RuleMeta = RuleMeta {
    id: "privilege/share-or-reassign-right",
    summary: "a role may share or give away sensitive rows, and nobody says why",
    severity: Severity::Medium,
    confidence: Confidence::Proven,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST AC-3", "NIST AC-6", "ISO A.5.15"],
    page: include_str!("share_or_reassign_right.md"),
};

const ACTIONS: &[Action] = &[Action::Share, Action::Assign];

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    for role in &cx.roles {
        let cells = need::unexplained(cx, *role, ACTIONS, Sensitivity::Confidential);
        // All rows of the org have a rule of their own.
        for found in cells.into_iter().filter(|found| found.scope.value != Scope::Org) {
            out.push(&META, None, Some(found.scope.span), &found.subject(), || {
                found.show(cx, finding(cx, role, found.action, found.class))
            });
        }
        for platform in 0..cx.access.platforms.len() {
            of_rights(cx, *role, platform, out);
        }
    }
}

/// Rights that give rows away wherever they are; one over named assets reaches all of their rows, which is another rule's.
fn of_rights(cx: &Cx<'_>, role: RoleId, platform: usize, out: &mut Sink<'_>) {
    let held = cx.access.roles[role].closure.get(platform);
    let Some((facts, held)) = cx.access.platforms.get(platform).zip(held) else { return };
    let passes = |effect: &Effect| {
        let action = ACTIONS.iter().find(|action| !effect.rows.get(**action).is_empty());
        action.copied().filter(|_| effect.on == EffectOn::AllAssets)
    };
    for (right, about) in facts.rights.iter_ids().filter(|(right, _)| held.contains(right.index())) {
        let Some(action) = about.effects.iter().find_map(passes) else { continue };
        let held = HeldRight { role, platform, right };
        let Some(class) = most_sensitive(cx, role, platform).filter(|_| !held.is_justified(cx)) else {
            continue;
        };
        let source = held.source(cx);
        out.push(&META, None, source.span(cx), &held.subject(cx), || {
            let said = format!("brings `{}`", held.name(cx));
            source.primary(cx, finding(cx, &role, action, class), &said).fact("right", held.name(cx))
        });
    }
}

/// The most sensitive class that a role reads on a platform, where it is sensitive.
fn most_sensitive(cx: &Cx<'_>, role: RoleId, platform: usize) -> Option<ClassId> {
    let read = cx.reached(role).iter().filter(|it| it.read_on.has(platform)).map(|it| it.class);
    read.max().filter(|class| cx.sensitivity(*class) >= Sensitivity::Confidential)
}

fn finding(cx: &Cx<'_>, role: &RoleId, action: Action, class: ClassId) -> Finding {
    let who = cx.title(Holder::Role(*role));
    let does = if action == Action::Share { "share" } else { "give away" };
    let title = format!("{who} may {does} {} rows, and nobody says why", cx.class_name(class));
    Finding::new(&META, title)
        .note("a row that somebody passes on is access that no review of the matrix sees")
        .help("take it away, or say why with `because` on the cell or `justification` on the role")
}
