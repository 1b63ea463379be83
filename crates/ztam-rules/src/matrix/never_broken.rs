//! A role that reaches what it says it never would.

use std::collections::BTreeMap;

use ztam_graph::access::{Holder, Target};
use ztam_graph::ids::{CapabilityId, RoleId};
use ztam_graph::promise::target_name;
use ztam_graph::scopes::ScopeWord;
use ztam_graph::slots::{Named, named};
use ztam_model::project::Text;
use ztam_model::words::Action;
use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};

use crate::cx::Cx;
use crate::machines::{Machine, Start};
use crate::pattern::{Hit, Pattern};
use crate::route::{self, Source};
use crate::sink::{Sink, Subject};

pub(super) static META: RuleMeta = RuleMeta {
    id: "matrix/never-broken",
    summary: "a role reaches what it says it never would",
    severity: Severity::Critical,
    confidence: Confidence::Proven,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST AC-3", "NIST AC-6", "ISO A.5.15", "ISO A.5.18"],
    page: include_str!("never_broken.md"),
};

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    // Many roles forswear the same.
    let mut patterns: BTreeMap<Vec<&str>, Pattern> = BTreeMap::new();
    for role in &cx.roles {
        let never = &cx.access.names.roles.get(*role).never;
        if never.is_empty() {
            continue;
        }
        let key = never.iter().map(|text| text.value.as_str()).collect();
        let pattern = patterns.entry(key).or_insert_with(|| Pattern::new(cx, never));
        for hit in pattern.hits(cx, &[*role], ScopeWord::mask(Action::ALL)) {
            reached(cx, *role, hit, out);
        }
        let held = pattern.capabilities.iter().filter(|id| cx.access.holds(Holder::Role(*role), **id));
        held.for_each(|capability| holds(cx, *role, *capability, out));
        for machine in Machine::unread(cx, *role) {
            if let Some(deed) = machine.meets(pattern, ScopeWord::mask(Action::ALL)) {
                starts(cx, &Start::new(cx, *role, machine, deed), out);
            }
        }
    }
}

fn reached(cx: &Cx<'_>, role: RoleId, hit: Hit, out: &mut Sink<'_>) {
    let source = route::source(cx, &[role], hit.slot, hit.action);
    let cause = source.as_ref().and_then(|it| it.span(cx));
    let subject = Subject::of(Holder::Role(role)).on(hit.target);
    out.push(&META, None, cause, &subject, || {
        let names = &cx.access.names;
        let (verb, what) = (hit.action.as_str(), target_name(cx.access, hit.target));
        let class =
            cx.slot_class(hit.slot).map_or_else(String::new, |class| format!(" ({})", cx.class_name(class)));
        let who = names.role_title(role);
        let title = format!("{who} may {verb} {what}{class}, which it says it never would");
        let mut finding = Finding::new(&META, title);
        finding = match &source {
            Some(source) => source.primary(cx, finding, &format!("gives {verb} on {what}")),
            None => finding.at(names.roles.span(role), "this role"),
        };
        if let Some(text) = sworn(cx, role, hit.target) {
            finding = finding.because(text.span, format!("never, says {who}"));
        }
        finding.help(help(&source)).fact("action", verb)
    });
}

fn help(source: &Option<Source>) -> &'static str {
    match source {
        Some(Source::Cell(cause)) if cause.route.len() > 1 => {
            "extend a role that does not have it, or take the name out of `never` if the role needs it"
        }
        Some(Source::Right(_)) => "do not hold the right that brings it, or take the name out of `never`",
        Some(Source::Cell(_)) | None => {
            "take the cell back, or take the name out of `never` if the role needs it"
        }
    }
}

/// The name in `never` that a target falls under.
fn sworn<'p>(cx: &Cx<'p>, role: RoleId, target: Target) -> Option<&'p Text> {
    let access = cx.access;
    let names = &access.names;
    let (asset, field, class) = match target {
        Target::Rows(asset) => (asset, None, access.asset_classes[asset]),
        Target::Field(field) => (names.fields[field].asset, Some(field), access.field_classes[field]),
    };
    let never = &names.roles.get(role).never;
    never.iter().find(|text| {
        if let Some(tag) = text.value.strip_prefix("tag:") {
            let of_field = field.into_iter().flat_map(|field| &names.fields[field].field.tags);
            return names.assets.get(asset).tags.iter().chain(of_field).any(|it| it.value == tag);
        }
        match named(names, &text.value) {
            Some(Named::Class(own)) => Some(own) == class,
            Some(Named::Asset(own)) => own == asset && access.asset_classes[asset] == class,
            Some(Named::Field(own)) => Some(own) == field,
            None => false,
        }
    })
}

/// What automation does is done by whoever may start it.
fn starts(cx: &Cx<'_>, start: &Start<'_, '_>, out: &mut Sink<'_>) {
    out.push(&META, None, start.cause(cx), &start.subject(), || {
        let title = format!("{}, which it says it never would", start.words(cx));
        let finding = start.show(cx, Finding::new(&META, title));
        finding.help("do not hold it, or take the name out of `never` if the role needs it")
    });
}

fn holds(cx: &Cx<'_>, role: RoleId, capability: CapabilityId, out: &mut Sink<'_>) {
    let names = &cx.access.names;
    let holding = route::holding(cx, &[role], capability);
    let subject = Subject::of(Holder::Role(role)).holding(capability);
    out.push(&META, None, holding.as_ref().and_then(|it| it.span(cx)), &subject, || {
        let (who, what) = (names.role_title(role), names.capabilities.name(capability));
        let mut finding = Finding::new(&META, format!("{who} holds {what}, which it says it never would"));
        if let Some(holding) = &holding {
            finding = holding.primary(cx, finding);
        }
        let never = names.roles.get(role).never.iter().find(|text| text.value == what);
        if let Some(text) = never {
            finding = finding.because(text.span, format!("never, says {who}"));
        }
        finding.help("do not hold it, or take the name out of `never` if the role needs it")
    });
}
