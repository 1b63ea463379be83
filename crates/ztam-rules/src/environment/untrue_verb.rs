//! A change of an environment whose verb is not true: it widens or narrows nothing.

use std::collections::BTreeSet;

use ztam_graph::access::{Access, Entry, Holder, Layer, SlotId};
use ztam_graph::ids::{EnvironmentId, RoleId};
use ztam_model::project::{AlsoCell, Cell, Change, Document};
use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};

use crate::cx::Cx;
use crate::layers::beyond;
use crate::sink::{Sink, Subject};
use crate::whatif::imagine;

pub(super) static META: RuleMeta = RuleMeta {
    id: "environment/untrue-verb",
    summary: "a change of an environment widens or narrows nothing",
    severity: Severity::High,
    confidence: Confidence::Proven,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST CM-3", "NIST CM-6"],
    page: include_str!("untrue_verb.md"),
};

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    // A trial compares findings, and this rule would resolve once more for each change.
    if cx.is_trial {
        return;
    }
    let Some(environment) = cx.access.environment else { return };
    let changes = &cx.access.names.environments.get(environment).changes;
    for (position, change) in changes.iter().enumerate() {
        let Some((verb, name)) = verb(change) else { continue };
        let Some(role) = cx.access.names.roles.find(&name.value) else { continue };
        if !is_true(cx.access, environment, position, verb, role) {
            let subject = Subject::of(Holder::Role(role)).called(verb.as_str());
            out.push(&META, None, Some(name.span), &subject, || {
                finding(cx, environment, verb, role, name.span)
            });
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Verb {
    Widen,
    Narrow,
}

impl Verb {
    fn as_str(self) -> &'static str {
        match self {
            Self::Widen => "widen",
            Self::Narrow => "narrow",
        }
    }
}

fn verb(change: &Change) -> Option<(Verb, &ztam_model::project::Text)> {
    match (&change.widen, &change.narrow) {
        (Some(name), None) => Some((Verb::Widen, name)),
        (None, Some(name)) => Some((Verb::Narrow, name)),
        // The shape of a change is checked when it is read.
        _ => None,
    }
}

/// Whether the access of some role is another one without the change.
fn is_true(
    access: &Access<'_>,
    environment: EnvironmentId,
    position: usize,
    verb: Verb,
    role: RoleId,
) -> bool {
    let names = &access.names;
    let heirs = names.roles.ids().filter(|heir| match verb {
        Verb::Widen => access.roles[*heir].lineage.contains(&role),
        Verb::Narrow => *heir == role,
    });
    let heirs: Vec<RoleId> = heirs.filter(|heir| !access.is_abstract(*heir)).collect();
    let kept: BTreeSet<RoleId> =
        heirs.iter().flat_map(|heir| access.roles[*heir].lineage.iter().copied()).collect();
    let name = names.environments.name(environment);
    let without = |items: &mut Document| {
        let here = items.environments.0.iter_mut().filter(|(it, _)| it.value == name);
        let changes = here.flat_map(|(_, environment)| environment.changes.iter_mut());
        changes.skip(position).take(1).for_each(silence);
    };
    imagine(access, &kept, without, |without| {
        heirs.iter().any(|heir| match verb {
            Verb::Widen => gives_more(access, without, *heir),
            Verb::Narrow => gives_more(without, access, *heir),
        })
    })
}

/// Takes all scopes out of a change, and leaves what it names: what is named has a number of its own.
fn silence(change: &mut Change) {
    for (_, cell) in &mut change.may.0 {
        *cell = Cell {
            of: std::mem::take(&mut cell.of),
            when: std::mem::take(&mut cell.when),
            ..Cell::default()
        };
    }
    for cell in &mut change.also {
        let AlsoCell { read, create, edit, delete, share, assign, append, append_to, unmask, .. } = cell;
        for scope in [read, create, edit, delete, share, assign, append, append_to, unmask] {
            *scope = None;
        }
    }
    change.without.0.clear();
}

/// Whether a role has something in one access that it does not have in another one, under the same conditions.
fn gives_more(more: &Access<'_>, less: &Access<'_>, role: RoleId) -> bool {
    let on = |access: &Access<'_>, slot: SlotId| -> Vec<(Layer, Entry)> {
        access.entries(role, slot).iter().map(|entry| (access.layers[entry.layer], *entry)).collect()
    };
    more.roles[role].entries.iter().any(|entry| {
        let asset = more.slots[entry.slot].asset;
        let rows = more.rows_slot(asset);
        let rows = (rows != entry.slot).then(|| on(more, rows));
        !beyond(more.layers[entry.layer], entry, &on(less, entry.slot), rows.as_deref()).is_empty()
    })
}

fn finding(
    cx: &Cx<'_>,
    environment: EnvironmentId,
    verb: Verb,
    role: RoleId,
    at: ztam_source::span::Span,
) -> Finding {
    let names = &cx.access.names;
    let who = names.role_title(role);
    let place = names.environments.name(environment);
    let (title, help) = match verb {
        Verb::Widen => (
            format!(
                "`{place}` widens {who} by nothing: it has all of this anyway, or the change reaches nothing"
            ),
            "take the change out, or correct its classes, domains and scopes",
        ),
        Verb::Narrow => (
            format!("`{place}` takes nothing from {who}: it has no more than the change leaves"),
            "take the change out, or correct its classes, domains and scopes; what is inherited by others is narrowed at each of them",
        ),
    };
    Finding::new(&META, title)
        .at(at, format!("{} is not true", verb.as_str()))
        .because(names.environments.span(environment), "in this environment")
        .because(names.roles.span(role), "this role")
        .help(help)
        .fact("environment", place)
}
