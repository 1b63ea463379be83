//! All rows of the org, where nobody says why.

use ztam_graph::access::Holder;
use ztam_graph::facts::{EffectOn, RightFlags};
use ztam_graph::ids::{AssetId, ClassId, RoleId};
use ztam_graph::scopes::ScopeWord;
use ztam_model::words::{Action, Scope};
use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};
use ztam_source::idx::Idx;

use crate::cx::{Cx, Sensitivity};
use crate::need::{self, HeldRight, Unexplained};
use crate::sink::Sink;

pub(super) static META: RuleMeta = RuleMeta {
    id: "privilege/org-wide-row-scope",
    summary: "a role reaches all rows of sensitive data, and nobody says why",
    severity: Severity::High,
    confidence: Confidence::Proven,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST AC-6", "NIST AC-3", "ISO A.8.3", "PCI 7.2.2", "HIPAA 164.502(b)"],
    page: include_str!("org_wide_row_scope.md"),
};

/// Deleting all rows is another rule's.
const ACTIONS: &[Action] = &[Action::Assign, Action::Share, Action::Edit, Action::Create, Action::Read];

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    for role in &cx.roles {
        let cells = need::unexplained(cx, *role, ACTIONS, Sensitivity::Confidential);
        for found in cells.into_iter().filter(|found| found.scope.value == Scope::Org) {
            out.push(&META, None, Some(found.scope.span), &found.subject(), || of_cell(cx, &found));
        }
        for platform in 0..cx.access.platforms.len() {
            of_rights(cx, *role, platform, out);
        }
    }
}

fn of_cell(cx: &Cx<'_>, found: &Unexplained<'_>) -> Finding {
    found
        .show(cx, finding(cx, found.role, found.class, found.action))
        .help("narrow the scope, or say why with `because` on the cell or `justification` on the role")
}

/// Rights over single assets; one over all data has a rule of its own.
fn of_rights(cx: &Cx<'_>, role: RoleId, platform: usize, out: &mut Sink<'_>) {
    let access = cx.access;
    let held = access.roles[role].closure.get(platform);
    let Some((facts, held)) = access.platforms.get(platform).zip(held) else { return };
    for (right, about) in facts.rights.iter_ids().filter(|(right, _)| held.contains(right.index())) {
        if about.effects.is_empty() || about.flags.has(RightFlags::ALL_DATA) {
            continue;
        }
        let reached = about.effects.iter().filter_map(|effect| match &effect.on {
            EffectOn::Assets(assets) => sensitive(cx, assets, effect.rows),
            EffectOn::AllAssets | EffectOn::Fields(_) => None,
        });
        let held = HeldRight { role, platform, right };
        let Some((class, action, asset)) = reached.max().filter(|_| !held.is_justified(cx)) else { continue };
        let source = held.source(cx);
        let subject = held.subject(cx);
        out.push(&META, None, source.span(cx), &subject, || {
            let said = format!("brings `{}`", held.name(cx));
            source
                .primary(cx, finding(cx, role, class, action), &said)
                .help("grant the rows in cells, or say why with `justification` on the role")
                .fact("class", cx.class_name(class))
                .fact("action", action.as_str())
                .fact("asset", access.names.assets.name(asset))
                .fact("right", held.name(cx))
        });
    }
}

/// The most sensitive of some assets, with an action in all of its rows.
fn sensitive(cx: &Cx<'_>, assets: &[AssetId], rows: ScopeWord) -> Option<(ClassId, Action, AssetId)> {
    let action = ACTIONS.iter().copied().find(|action| rows.get(*action).has(Scope::Org))?;
    let classes = assets.iter().filter_map(|asset| Some((cx.access.asset_classes[*asset]?, action, *asset)));
    classes.filter(|(class, ..)| cx.sensitivity(*class) >= Sensitivity::Confidential).max()
}

fn finding(cx: &Cx<'_>, role: RoleId, class: ClassId, action: Action) -> Finding {
    let who = cx.title(Holder::Role(role));
    let (verb, class_name) = (action.as_str(), cx.class_name(class));
    let title = format!("{who} may {verb} {class_name} data in all rows of the org, and nobody says why");
    let critical = action != Action::Read && cx.sensitivity(class) == Sensitivity::Restricted;
    let severity = if critical { Severity::Critical } else { Severity::High };
    Finding::new(&META, title).with_severity(severity)
}
