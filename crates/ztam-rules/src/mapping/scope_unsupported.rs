//! A scope that a platform has no word for.

use ztam_graph::access::{Holder, PlatformSet, SlotKind, Target};
use ztam_graph::ids::RoleId;
use ztam_graph::path::Cause;
use ztam_graph::scopes::ScopeSet;
use ztam_model::words::{Action, RoleKind, Scope};
use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};
use ztam_source::span::Spanned;

use super::cell;
use crate::cells;
use crate::cx::Cx;
use crate::layers::Piece;
use crate::sink::{Sink, Subject};
use crate::whatif::{Unwanted, offer_scope};
use crate::wording;

pub(super) static META: RuleMeta = RuleMeta {
    id: "mapping/scope-unsupported",
    summary: "a scope cannot be said on a platform, or not for people of that kind",
    severity: Severity::High,
    confidence: Confidence::Proven,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST AC-3", "ISO A.8.3"],
    page: include_str!("scope_unsupported.md"),
};

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    for role in &cx.roles {
        wrong_kind(cx, out, *role);
        for entry in &cx.access.roles[*role].entries {
            let piece = Piece { role: *role, entry: *entry, layer: cx.access.layers[entry.layer] };
            if piece.is_cell() && cx.access.slots[entry.slot].kind == SlotKind::Rows {
                for (action, scopes) in entry.scopes.iter() {
                    look(cx, out, &piece, action, scopes.widest());
                }
            }
        }
    }
}

/// Rows of an account are for people from outside, rows of a team or unit for people from inside.
fn wrong_kind(cx: &Cx<'_>, out: &mut Sink<'_>, role: RoleId) {
    let from_outside = is_from_outside(cx, role);
    let who = cx.access.names.role_title(role);
    for block in cells::of_role(cx, role) {
        for (_, scope) in
            block.scopes.iter().copied().filter(|(_, scope)| is_foreign(scope.value, from_outside))
        {
            let subject = Subject::of(Holder::Role(role)).called(scope.value.as_str());
            out.push(&META, None, Some(scope.span), &subject, || {
                kind_finding(cx, role, from_outside, scope, &who)
            });
        }
    }
}

fn kind_finding(cx: &Cx<'_>, role: RoleId, from_outside: bool, scope: Spanned<Scope>, who: &str) -> Finding {
    let word = scope.value.as_str();
    let (title, label, help) = if from_outside {
        (
            format!(
                "{who} comes from outside and has no {}",
                if scope.value == Scope::Team { "team" } else { "unit" }
            ),
            "people from outside have an account",
            "say `account` for the rows of their own account, or `own`",
        )
    } else {
        (
            format!("{who} works here and has no account of their own"),
            "only people from outside have an account",
            "say `own`, `team` or `unit`, or make the role `kind: external`",
        )
    };
    let kind = cx.access.names.roles.get(role).kind;
    let finding = Finding::new(&META, title).at(scope.span, label).fact("scope", word);
    let place = kind.map_or_else(|| cx.access.names.roles.span(role), |kind| kind.span);
    finding.because(place, format!("kind {}", cx.kind(role).as_str())).help(help)
}

fn is_from_outside(cx: &Cx<'_>, role: RoleId) -> bool {
    matches!(cx.kind(role), RoleKind::External | RoleKind::Guest)
}

fn is_foreign(scope: Scope, from_outside: bool) -> bool {
    match scope {
        Scope::Account => !from_outside,
        Scope::Team | Scope::Unit | Scope::UnitTree => from_outside,
        Scope::Own | Scope::Shared | Scope::Org => false,
    }
}

fn look(cx: &Cx<'_>, out: &mut Sink<'_>, piece: &Piece, action: Action, scopes: ScopeSet) {
    let access = cx.access;
    let asset = access.slots[piece.entry.slot].asset;
    let legal =
        |platform: usize| access.platforms.get(platform).map_or(ScopeSet::NONE, |it| it.legal(asset, action));
    // An action that some platform does not know at all is the business of the fidelity table, unless none knows it.
    let known_somewhere = piece.entry.platforms.iter().any(|platform| !legal(platform).is_empty());
    let from_outside = is_from_outside(cx, piece.role);
    for platform in piece.entry.platforms.iter() {
        let legal = legal(platform);
        if legal.is_empty() && known_somewhere {
            continue;
        }
        let lost = scopes.iter().filter(|scope| !legal.has(*scope) && !is_foreign(*scope, from_outside));
        let lost = lost.fold(ScopeSet::NONE, |all, scope| all.union(ScopeSet::of(scope)));
        if lost.is_empty() {
            continue;
        }
        let causes = cell::all(access, piece, action);
        for cause in causes.iter().filter(|cause| lost.has(cause.scope.value)) {
            let subject = Subject::of(Holder::Role(piece.role)).on(Target::Rows(asset));
            out.push(&META, None, Some(cause.scope.span), &subject, || {
                finding(cx, piece, platform, action, legal, cause)
            });
        }
    }
}

fn finding(
    cx: &Cx<'_>,
    piece: &Piece,
    platform: usize,
    action: Action,
    legal: ScopeSet,
    cause: &Cause,
) -> Finding {
    let access = cx.access;
    let names = &access.names;
    let asset = access.slots[piece.entry.slot].asset;
    let on = wording::platforms(access, PlatformSet(1 << platform)).concat();
    let (who, what) = (names.role_title(piece.role), names.asset_title(asset));
    let (verb, word) = (wording::verb(action), cause.scope.value.as_str());
    let known: Vec<_> = legal.iter().map(Scope::as_str).collect();
    let title = format!("{who} cannot {verb} \"{word}\" of {what} on {on}, so nothing is granted there");
    let finding = Finding::new(&META, title).at(cause.scope.span, format!("{on} has no \"{word}\" here"));
    let finding = cell::inherited(access, finding, cause)
        .because(names.assets.span(asset), "this asset")
        .note(if known.is_empty() {
            format!("{on} knows no {verb} for it")
        } else {
            format!("{on} knows for it: {}", known.join(", "))
        })
        .fact("platform", on)
        .fact("action", action.as_str())
        .fact("scope", word);
    if cause.class.is_some() {
        // A class says what is meant for all its assets; where one of them cannot have it, less is granted.
        let cell = format!("{{of: [{}], {}: ...}}", names.assets.name(asset), action.as_str());
        return finding
            .with_severity(Severity::Medium)
            .help(format!("say in an `also` cell what is meant for it: `{cell}`"));
    }
    let unwanted = Unwanted { rule: META.id, at: cause.scope.span, holder: Some(Holder::Role(piece.role)) };
    let narrower = ScopeSet::of(cause.scope.value).meet(legal).top();
    let nearest =
        narrower.filter(|it| legal.has(*it)).or_else(|| legal.iter().find(|it| *it > cause.scope.value));
    match nearest {
        Some(scope) => {
            let title = format!("say `{}`", scope.as_str());
            offer_scope(cx, finding, unwanted, cell::owner(cause), (&title, cause.scope, scope))
        }
        None => finding.help(format!("take `{}` out of the cell", action.as_str())),
    }
}
