//! A role that nobody has, that nothing is built on, or that gives nothing.

use std::collections::BTreeSet;

use ztam_graph::access::Holder;
use ztam_graph::ids::RoleId;
use ztam_graph::resolve::in_force;
use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};

use crate::cx::Cx;
use crate::sink::{Sink, Subject};

pub(super) static META: RuleMeta = RuleMeta {
    id: "privilege/unused-role-or-grant",
    summary: "a role is held by nobody, or gives nothing",
    severity: Severity::Low,
    confidence: Confidence::Advisory,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST AC-2(3)", "NIST AC-6(7)", "ISO A.5.18", "CIS 5.3", "PCI 7.2.4"],
    page: include_str!("unused_role_or_grant.md"),
};

/// Days after which a machine that was last seen at work is asked about.
const IDLE_DAYS: i64 = 90;

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    let names = &cx.access.names;
    let assignments = &names.project.assignments;
    let held: BTreeSet<&str> = assignments.iter().map(|it| it.role.value.as_str()).collect();
    let extended = names.roles.iter().flat_map(|(_, _, role)| &role.extends);
    let extended: BTreeSet<&str> = extended.map(|it| it.value.as_str()).collect();
    for role in &cx.roles {
        let name = names.roles.name(*role);
        let is_base = extended.contains(name);
        if let Some(why) = useless(cx, *role, is_base, !held.is_empty() && !held.contains(name)) {
            report(cx, *role, why, out);
        }
        idle(cx, *role, out);
    }
}

/// Why a role is of no use, as the end of a sentence.
fn useless(cx: &Cx<'_>, role: RoleId, is_base: bool, is_unheld: bool) -> Option<&'static str> {
    let access = &cx.access.roles[role];
    let has_rights = cx.access.platforms.iter().zip(&access.granted).any(|(facts, granted)| {
        granted.ones().any(|right| !facts.floor.iter().any(|floor| floor.0 as usize == right))
    });
    let gives_unread = cx.access.platforms.iter().any(|it| it.unread_parts.contains(&role));
    if access.entries.is_empty() && !has_rights && !gives_unread && !is_base {
        return Some("gives nothing on any platform");
    }
    // Nobody is assigned to the role of a guest: whoever comes has it.
    let is_guest = cx.kind(role) == ztam_model::words::RoleKind::Guest;
    (is_unheld && !is_base && !is_guest).then_some("is held by nobody, and nothing is built on it")
}

fn report(cx: &Cx<'_>, role: RoleId, why: &str, out: &mut Sink<'_>) {
    let place = cx.access.names.roles.span(role);
    out.push(&META, None, Some(place), &Subject::of(Holder::Role(role)), || {
        let title = format!("{} {why}", cx.title(Holder::Role(role)));
        Finding::new(&META, title)
            .at(place, "this role")
            .note("access that nobody needs today is what somebody takes tomorrow")
            .help("take the role out, or assign it")
    });
}

/// A machine that was last seen at work long ago. One that is younger than that has time to begin.
fn idle(cx: &Cx<'_>, role: RoleId, out: &mut Sink<'_>) {
    let as_of = cx.access.as_of;
    let Some(account) = &cx.access.names.roles.get(role).account else { return };
    let Some(last) = account.last_used.filter(|it| as_of.days_since(it.value) > IDLE_DAYS) else { return };
    let is_new = account
        .created
        .is_some_and(|it| in_force(it.value, as_of, as_of) && as_of.days_since(it.value) <= IDLE_DAYS);
    if is_new {
        return;
    }
    out.push(&META, None, Some(last.span), &Subject::of(Holder::Role(role)), || {
        let days = as_of.days_since(last.value);
        let title = format!("{} was last seen at work {days} days ago", cx.title(Holder::Role(role)));
        Finding::new(&META, title)
            .with_severity(Severity::Medium)
            .at(last.span, "last used")
            .note(format!("evaluated as of {as_of} (`--as-of`)"))
            .help("take the role out, or write down when it was used last")
    });
}
