//! A conditional or temporary grant that widens rows which the holder has anyway.

use ztam_graph::access::{Holder, PlatformSet, Target};
use ztam_graph::ids::AssetId;
use ztam_graph::path::Cause;
use ztam_graph::scopes::ScopeSet;
use ztam_model::words::{Action, Scope};
use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};

use super::cell;
use crate::cx::Cx;
use crate::layers::{Moment, OnAsset, Piece, in_moment, per_asset};
use crate::sink::{Sink, Subject};
use crate::whatif::{Unwanted, offer_scope};
use crate::wording;

pub(super) static META: RuleMeta = RuleMeta {
    id: "mapping/scope-not-conditional",
    summary: "a condition or an end date is put on rows that the platform would show always",
    severity: Severity::High,
    confidence: Confidence::Proven,
    // What is emitted would be wider than the matrix: nothing excuses that.
    waivable: false,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST AC-3", "NIST IA-2", "ISO A.8.5"],
    page: include_str!("scope_not_conditional.md"),
};

/// Making a row needs no rows.
const ON_ROWS: &[Action] = &[Action::Read, Action::Edit, Action::Delete, Action::Share, Action::Assign];

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    let follow = cx.access.platforms.iter().enumerate().filter(|(_, facts)| facts.rows_follow_holder);
    let follow = PlatformSet(follow.fold(0, |all, (bit, _)| all | 1 << bit));
    if follow.is_empty() || cx.access.layers.len() < 2 {
        return;
    }
    for holder in &cx.holders {
        per_asset(cx.access, *holder, |on| {
            if on.rows.len() < 2 {
                return;
            }
            for limited in
                on.rows.iter().filter(|piece| !Moment::of(piece.layer).is_always() && piece.is_cell())
            {
                for action in ON_ROWS {
                    look(cx, out, *holder, (on, limited, *action), follow);
                }
            }
        });
    }
}

fn look(
    cx: &Cx<'_>,
    out: &mut Sink<'_>,
    holder: Holder,
    (on, limited, action): (OnAsset<'_>, &Piece, Action),
    follow: PlatformSet,
) {
    let Some(base) = on.rows.iter().find_map(|base| {
        let is_new = matches!(holder, Holder::Role(_)) || base.role != limited.role;
        is_new.then(|| widened(on, base, limited, action, follow)).flatten()
    }) else {
        return;
    };
    let Some(cause) = cell::of(cx.access, limited, action, base.wider) else { return };
    let subject = Subject::of(holder).on(Target::Rows(on.asset));
    out.push(&META, None, Some(cause.scope.span), &subject, || {
        finding(cx, holder, on.asset, action, &base, limited, &cause)
    });
}

/// A grant without the limit, and what the limited one adds to its rows.
struct Base<'e> {
    piece: &'e Piece,
    moment: Moment,
    platform: usize,
    has: ScopeSet,
    wider: ScopeSet,
}

fn widened<'e>(
    on: OnAsset<'e>,
    base: &'e Piece,
    limited: &Piece,
    action: Action,
    follow: PlatformSet,
) -> Option<Base<'e>> {
    let moment = Moment::of(base.layer);
    if moment.has(limited.layer) || base.entry.scopes.get(action).is_empty() {
        return None;
    }
    base.entry.platforms.and(limited.entry.platforms).and(follow).iter().find_map(|platform| {
        let has = in_moment(on.rows, moment, platform, action);
        let more = limited.scopes(platform, action).widest();
        let wider = more.iter().filter(|scope| !has.contains(ScopeSet::of(*scope)));
        let wider = wider.filter(|scope| !(*scope == Scope::Org && is_in_right(limited, action)));
        let wider = wider.fold(ScopeSet::NONE, |all, scope| all.union(ScopeSet::of(scope)));
        (!wider.is_empty()).then_some(Base { piece: base, moment, platform, has, wider })
    })
}

/// Whether all rows come with the right itself and not with sharing: seeing all, or doing everything to all.
fn is_in_right(limited: &Piece, action: Action) -> bool {
    let org = |action: &Action| limited.entry.scopes.get(*action).has(Scope::Org);
    action == Action::Read || ON_ROWS.iter().all(org)
}

fn finding(
    cx: &Cx<'_>,
    holder: Holder,
    asset: AssetId,
    action: Action,
    base: &Base<'_>,
    limited: &Piece,
    cause: &Cause,
) -> Finding {
    let access = cx.access;
    let on = access.platforms.get(base.platform).map_or("", |facts| facts.title);
    let (wider, has) = (wording::rows(base.wider), wording::rows(base.has));
    let limit = wording::when(access, Moment::of(limited.layer));
    let name = access.names.assets.name(asset);
    let verb = wording::verb(action);
    let who = cx.title(holder);
    let title = if base.moment.is_always() {
        format!("{who} would always {verb} `{name}` in {wider} on {on}, not only{limit}")
    } else {
        let when = wording::when(access, base.moment);
        format!("{who} would {verb} `{name}` in {wider} on {on}{when}, not only{limit}")
    };
    let finding = Finding::new(&META, title).at(cause.scope.span, format!("meant to hold only{limit}"));
    let mut finding = cell::inherited(access, finding, cause);
    let other = cell::of(access, base.piece, action, base.has);
    if let Some(other) = &other {
        let always = if base.moment.is_always() {
            "without a condition".to_owned()
        } else {
            wording::when(access, base.moment)
        };
        finding = finding.because(other.scope.span, format!("{has}, {}", always.trim()));
    }
    finding = finding
        .note(format!("on {on} the rows belong to the person: the sharing that gives them is there whether the condition holds or not"))
        .fact("action", action.as_str());
    fixes(cx, finding, holder, base, cause, other.as_ref())
}

fn fixes(
    cx: &Cx<'_>,
    finding: Finding,
    holder: Holder,
    base: &Base<'_>,
    cause: &Cause,
    other: Option<&Cause>,
) -> Finding {
    let unwanted = Unwanted { rule: META.id, at: cause.scope.span, holder: Some(holder) };
    let mut finding = finding;
    if let Some(has) = cell::single(base.has) {
        finding = offer_scope(
            cx,
            finding,
            unwanted,
            cell::owner(cause),
            ("keep to the same rows", cause.scope, has),
        );
    }
    if let (Some(other), Some(wider)) = (other, cell::single(base.wider)) {
        let change = ("give the wider rows without the condition", other.scope, wider);
        finding = offer_scope(cx, finding, unwanted, cell::owner(other), change);
    }
    if finding.fixes.is_empty() {
        finding = finding.help("give both the same rows, or take the grant without the condition away");
    }
    finding
}
