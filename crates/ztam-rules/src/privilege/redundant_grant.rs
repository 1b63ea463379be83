//! What a role says although it inherits it.

use fixedbitset::FixedBitSet;
use ztam_graph::access::Holder;
use ztam_graph::closure::Closure;
use ztam_graph::facts::{PlatformFacts, RightId};
use ztam_graph::ids::{CapabilityId, RoleId};
use ztam_graph::path::Block;
use ztam_graph::scopes::ScopeSet;
use ztam_graph::slots::Named;
use ztam_model::words::{Action, Scope};
use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};
use ztam_source::idx::{Idx, IndexVec};
use ztam_source::span::{Span, Spanned};

use crate::cells::{self, BlockCell};
use crate::cx::Cx;
use crate::sink::{Sink, Subject};

pub(super) static META: RuleMeta = RuleMeta {
    id: "privilege/redundant-grant",
    summary: "a role grants itself what it has anyway",
    severity: Severity::Low,
    confidence: Confidence::Proven,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST CM-6", "NIST AC-6(7)"],
    page: include_str!("redundant_grant.md"),
};

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    let brought = brought(cx);
    for role in cx.access.names.roles.ids() {
        let own = cells::own(cx, role).iter().filter(|it| it.block == Block::Role);
        let lineage = cx.access.roles[role].lineage.iter().skip(1);
        let inherited = lineage.flat_map(|ancestor| cells::own(cx, *ancestor));
        let inherited = inherited.filter(|it| it.block == Block::Role);
        let inherited: Vec<&BlockCell<'_>> = inherited.collect();
        own.for_each(|cell| repeated_cell(cx, role, cell, &inherited, out));
        repeated_holds(cx, role, out);
        contained_holds(cx, role, &brought, out);
    }
}

fn repeated_cell(
    cx: &Cx<'_>,
    role: RoleId,
    cell: &BlockCell<'_>,
    inherited: &[&BlockCell<'_>],
    out: &mut Sink<'_>,
) {
    for token in cell.reaching() {
        for (action, scope) in cell.scopes.iter().copied() {
            let wanted = Wanted { cell, named: token.named, action, scope };
            let Some((other, said)) = inherited.iter().find_map(|it| Some((it, wanted.given_by(cx, it)?)))
            else {
                continue;
            };
            let subject =
                Subject::of(Holder::Role(role)).called(format!("{} {}", action.as_str(), token.text.value));
            out.push(&META, None, Some(scope.span), &subject, || {
                let names = &cx.access.names;
                let (who, from) = (names.role_title(role), names.role_title(other.owner));
                let what = &token.text.value;
                let title = format!("{who} may {} {what} already, from {from}", action.as_str());
                finding(title, scope.span, said, format!("{from} gives it")).fact("action", action.as_str())
            });
        }
    }
}

/// One action of one name of a cell.
struct Wanted<'c, 'p> {
    cell: &'c BlockCell<'p>,
    named: Option<Named>,
    action: Action,
    scope: Spanned<Scope>,
}

impl Wanted<'_, '_> {
    /// Where another cell gives all of it, under no more conditions.
    fn given_by(&self, cx: &Cx<'_>, other: &BlockCell<'_>) -> Option<Span> {
        let (_, given) = other.scopes.iter().find(|(action, _)| *action == self.action)?;
        let wide = ScopeSet::of(given.value).contains(ScopeSet::of(self.scope.value));
        if !wide || !other.conditions.within(self.cell.conditions) {
            return None;
        }
        other.reaching().any(|token| self.covered(cx, other, token.named)).then_some(given.span)
    }

    /// Whether another name reaches all that this one does.
    fn covered(&self, cx: &Cx<'_>, other: &BlockCell<'_>, by: Option<Named>) -> bool {
        let names = &cx.access.names;
        let Some((own, other_name)) = self.named.zip(by) else { return false };
        match (own, other_name) {
            (Named::Class(own), Named::Class(class)) => {
                own == class
                    && self.cell.within.iter().all(|it| other.within.iter().any(|to| to.value == it.value))
            }
            (Named::Asset(asset), Named::Class(class)) => {
                cx.access.asset_classes[asset] == Some(class) && other.works_at(cx, asset)
            }
            (Named::Field(field), Named::Class(class)) => {
                cx.access.field_classes[field] == Some(class) && other.works_at(cx, names.fields[field].asset)
            }
            (own, other_name) => own == other_name,
        }
    }
}

/// A capability that the role says it holds and inherits too.
fn repeated_holds(cx: &Cx<'_>, role: RoleId, out: &mut Sink<'_>) {
    let names = &cx.access.names;
    for text in &names.roles.get(role).holds {
        let ancestors = cx.access.roles[role].lineage.iter().skip(1);
        let again = ancestors.into_iter().find_map(|it| {
            Some((*it, names.roles.get(*it).holds.iter().find(|held| held.value == text.value)?.span))
        });
        let (Some((from, said)), Some(capability)) = (again, names.capabilities.find(&text.value)) else {
            continue;
        };
        let subject = Subject::of(Holder::Role(role)).holding(capability);
        out.push(&META, None, Some(text.span), &subject, || {
            let (who, from) = (names.role_title(role), names.role_title(from));
            finding(
                format!("{who} holds {} already, from {from}", text.value),
                text.span,
                said,
                format!("{from} holds it"),
            )
        });
    }
}

/// What each capability brings on a platform.
type Brought = IndexVec<CapabilityId, FixedBitSet>;

fn brought(cx: &Cx<'_>) -> Vec<Brought> {
    let of_platform = |facts: &PlatformFacts| {
        let closure = Closure::new(facts);
        let of_capability = |rights: &Vec<RightId>| {
            let mut granted = FixedBitSet::with_capacity(facts.rights.len());
            rights.iter().for_each(|right| granted.insert(right.index()));
            closure.of(&granted)
        };
        facts.capabilities.iter().map(of_capability).collect()
    };
    cx.access.platforms.iter().map(of_platform).collect()
}

/// A capability of which all rights come with another one that the role holds itself.
fn contained_holds(cx: &Cx<'_>, role: RoleId, brought: &[Brought], out: &mut Sink<'_>) {
    let names = &cx.access.names;
    let held: Vec<_> = names
        .roles
        .get(role)
        .holds
        .iter()
        .filter_map(|text| Some((text, names.capabilities.find(&text.value)?)))
        .collect();
    for (text, capability) in &held {
        let other = held.iter().find(|(other, wider)| {
            other.value != text.value && contains(cx, role, brought, (*wider, *capability))
        });
        let Some((wider, _)) = other else { continue };
        let subject = Subject::of(Holder::Role(role)).holding(*capability);
        out.push(&META, None, Some(text.span), &subject, || {
            let who = names.role_title(role);
            let title = format!("{who} holds all of {} with {} already", text.value, wider.value);
            finding(title, text.span, wider.span, "brings all of it".to_owned())
        });
    }
}

/// Whether what one capability brings on the role's platforms is more than another one, and all of it. Of two that are the
/// same the later name is the repetition.
fn contains(
    cx: &Cx<'_>,
    role: RoleId,
    brought: &[Brought],
    (wider, narrower): (CapabilityId, CapabilityId),
) -> bool {
    let mut found = false;
    let mut same = true;
    for platform in cx.access.roles[role].platforms.iter() {
        let Some(of) = brought.get(platform) else { continue };
        let (more, less) = (&of[wider], &of[narrower]);
        found |= !less.is_clear();
        if !less.is_subset(more) {
            return false;
        }
        same &= less == more;
    }
    found && (!same || wider.index() < narrower.index())
}

fn finding(title: String, at: Span, said: Span, text: String) -> Finding {
    Finding::new(&META, title)
        .at(at, "says it again")
        .because(said, text)
        .note("whoever takes one of them back believes that the access is gone")
        .help("keep one of them")
}
