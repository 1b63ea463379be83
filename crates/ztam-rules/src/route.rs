//! How a holder comes to an access, as labels of a finding: the cell or the right that gives it, and the way along
//! `extends` from the role to the block.

use std::collections::VecDeque;

use ztam_graph::access::{SlotId, SlotKind};
use ztam_graph::ids::{CapabilityId, CarryId, RoleId};
use ztam_graph::path::{self, Cause, RightCause};
use ztam_model::words::Action;
use ztam_source::finding::Finding;
use ztam_source::idx::Idx;
use ztam_source::span::Span;

use crate::cx::Cx;
use crate::pattern::Hit;

/// What gives an access.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    /// A cell.
    Cell(Cause),
    /// A right.
    Right(RightCause),
}

/// What gives some roles an action on a slot: a cell if there is one, else a right.
pub(crate) fn source(cx: &Cx<'_>, roles: &[RoleId], slot: SlotId, action: Action) -> Option<Source> {
    let cell = roles.iter().find_map(|role| path::causes(cx.access, *role, slot, action).into_iter().next());
    let right = || {
        roles.iter().find_map(|role| path::right_causes(cx.access, *role, slot, action).into_iter().next())
    };
    cell.map(Source::Cell).or_else(|| right().map(Source::Right))
}

impl Source {
    /// The place that findings of the same cause share: one word of a cell that names many things is one decision.
    pub(crate) fn span(&self, cx: &Cx<'_>) -> Option<Span> {
        match self {
            Self::Cell(cause) => Some(cause.scope.span),
            Self::Right(cause) => right_span(cx, cause),
        }
    }

    /// The word that grants, with the way to it: `said` is put at the word.
    pub(crate) fn primary(&self, cx: &Cx<'_>, finding: Finding, said: &str) -> Finding {
        match self {
            Self::Cell(cause) => inherited(cx, finding.at(cause.scope.span, said.to_owned()), cause),
            Self::Right(cause) => right(cx, finding, cause, said, true),
        }
    }

    /// The same as a reason beside another primary place.
    pub(crate) fn context(&self, cx: &Cx<'_>, finding: Finding, said: &str) -> Finding {
        match self {
            Self::Cell(cause) => inherited(cx, finding.because(cause.scope.span, said.to_owned()), cause),
            Self::Right(cause) => right(cx, finding, cause, said, false),
        }
    }
}

/// For a field of one role in the rows of another: the row's side, as a reason.
pub(crate) fn rows_beside(cx: &Cx<'_>, finding: Finding, roles: &[RoleId], hit: Hit) -> Finding {
    let key = cx.access.slots[hit.slot];
    if key.kind == SlotKind::Rows || roles.len() < 2 {
        return finding;
    }
    let needed = if hit.action == Action::Unmask { Action::Read } else { hit.action };
    let text = format!("the rows of {} come from here", cx.access.names.assets.name(key.asset));
    match source(cx, roles, cx.access.rows_slot(key.asset), needed) {
        Some(source) => source.context(cx, finding, &text),
        None => finding,
    }
}

/// Adds the way along `extends`, and the name in the cell that reaches the target.
fn inherited(cx: &Cx<'_>, mut finding: Finding, cause: &Cause) -> Finding {
    finding = extends(cx, finding, &cause.route, &cause.extends);
    match cause.of {
        Some(of) => finding.because(of, "which reaches it"),
        None => finding,
    }
}

fn extends(cx: &Cx<'_>, mut finding: Finding, route: &[RoleId], spans: &[Span]) -> Finding {
    for (pair, span) in route.windows(2).zip(spans) {
        if let [child, parent] = pair {
            let names = &cx.access.names;
            let text = format!("{} extends {}", names.role_title(*child), names.role_title(*parent));
            finding = finding.because(*span, text);
        }
    }
    finding
}

fn right(cx: &Cx<'_>, finding: Finding, cause: &RightCause, said: &str, primary: bool) -> Finding {
    let line = path::right_sentence(cx.access, cause);
    let held = cause.capability.and_then(|capability| held(cx, cause.role, capability));
    let span = held.as_ref().map(|it| it.span).or_else(|| right_span(cx, cause));
    let finding = match (span, primary) {
        (Some(span), true) => finding.at(span, said.to_owned()),
        (Some(span), false) => finding.because(span, said.to_owned()),
        (None, _) => finding,
    };
    let finding = match held {
        Some(held) => extends(cx, finding, &held.route, &held.extends),
        None => finding,
    };
    finding.note(format!("why: {line}"))
}

/// Where a right comes into the matrix: the capability in `holds`, the carried block, the name of what lies beneath, or else
/// the role.
pub(crate) fn right_span(cx: &Cx<'_>, cause: &RightCause) -> Option<Span> {
    let names = &cx.access.names;
    if let Some(capability) = cause.capability {
        return held(cx, cause.role, capability).map(|it| it.span);
    }
    if let Some((_, span)) = path::base_cause(cx.access, cause) {
        return Some(span);
    }
    let carried = carried(cx, cause);
    Some(carried.map_or_else(|| names.roles.span(cause.role), |id| names.carries.span(id)))
}

/// The role whose carried block brings a right.
pub(crate) fn carrier(cx: &Cx<'_>, cause: &RightCause) -> Option<RoleId> {
    let names = &cx.access.names;
    let carry = names.carries.get(carried(cx, cause)?);
    names.roles.find(&carry.role.as_ref()?.value)
}

/// The carried block that brings a right.
fn carried(cx: &Cx<'_>, cause: &RightCause) -> Option<CarryId> {
    let names = &cx.access.names;
    let first = cause.route.first()?;
    let facts = cx.access.platforms.get(cause.platform)?;
    let mut carries = names.carries.iter().filter(|(_, _, carry)| {
        let carrier = carry.role.as_ref().and_then(|role| names.roles.find(&role.value));
        carrier.is_some_and(|it| cx.access.roles[cause.role].lineage.contains(&it))
    });
    carries.find(|(id, _, _)| facts.carries[*id].contains(first)).map(|(id, _, _)| id)
}

/// How a role holds a capability.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    /// The entry of `holds`.
    pub(crate) span: Span,
    route: Vec<RoleId>,
    extends: Vec<Span>,
}

impl Held {
    /// The role whose `holds` it is.
    pub(crate) fn giver(&self) -> Option<RoleId> {
        self.route.last().copied()
    }

    /// The entry of `holds` as the place to change.
    pub(crate) fn primary(&self, cx: &Cx<'_>, finding: Finding, said: &str) -> Finding {
        extends(cx, finding.at(self.span, said.to_owned()), &self.route, &self.extends)
    }

    /// The entry of `holds` as a reason.
    pub(crate) fn context(&self, cx: &Cx<'_>, finding: Finding, said: &str) -> Finding {
        extends(cx, finding.because(self.span, said.to_owned()), &self.route, &self.extends)
    }
}

/// How somebody comes to have what a capability gives.
#[derive(Clone, Debug)]
pub(crate) enum Holding {
    /// A role says that it holds it.
    Said(Held),
    /// Its rights come with other ones; how the first of them does.
    Comes(RightCause),
}

/// How somebody with some roles comes to have what a capability gives.
pub(crate) fn holding(cx: &Cx<'_>, roles: &[RoleId], capability: CapabilityId) -> Option<Holding> {
    if let Some(held) = roles.iter().find_map(|role| held(cx, *role, capability)) {
        return Some(Holding::Said(held));
    }
    let platform =
        (0..cx.access.platforms.len()).find(|platform| cx.access.hold_on(roles, capability, *platform))?;
    let right = *cx.access.platforms.get(platform)?.capabilities[capability].first()?;
    let has = |role: &&RoleId| {
        cx.access.roles[**role].closure.get(platform).is_some_and(|held| held.contains(right.index()))
    };
    let role = roles.iter().find(has)?;
    Some(Holding::Comes(path::right_cause(cx.access, *role, platform, right)))
}

impl Holding {
    /// The place that findings of the same cause share.
    pub(crate) fn span(&self, cx: &Cx<'_>) -> Option<Span> {
        match self {
            Self::Said(held) => Some(held.span),
            Self::Comes(cause) => right_span(cx, cause),
        }
    }

    /// The place to change.
    pub(crate) fn primary(&self, cx: &Cx<'_>, finding: Finding) -> Finding {
        match self {
            Self::Said(held) => held.primary(cx, finding, "held here"),
            Self::Comes(cause) => right(cx, finding, cause, "brings what it gives", true),
        }
    }

    /// It as a reason.
    pub(crate) fn context(&self, cx: &Cx<'_>, finding: Finding, said: &str) -> Finding {
        match self {
            Self::Said(held) => held.context(cx, finding, said),
            Self::Comes(cause) => right(cx, finding, cause, said, false),
        }
    }
}

/// The nearest block along `extends` that holds a capability.
pub(crate) fn held(cx: &Cx<'_>, role: RoleId, capability: CapabilityId) -> Option<Held> {
    let names = &cx.access.names;
    let name = names.capabilities.name(capability);
    let mut queue = VecDeque::from([(vec![role], Vec::new())]);
    let mut seen = vec![role];
    while let Some((route, spans)) = queue.pop_front() {
        let current = *route.last()?;
        let declared = names.roles.get(current);
        if let Some(text) = declared.holds.iter().find(|text| text.value == name) {
            return Some(Held { span: text.span, route, extends: spans });
        }
        for text in &declared.extends {
            let parent = names.roles.find(&text.value).filter(|parent| !seen.contains(parent));
            if let Some(parent) = parent {
                seen.push(parent);
                let longer = [route.as_slice(), &[parent]].concat();
                queue.push_back((longer, [spans.as_slice(), &[text.span]].concat()));
            }
        }
    }
    None
}
