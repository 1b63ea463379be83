//! Somebody with one duty of a pair who can bypass the logic that keeps the other one away.

use ztam_graph::access::Holder;
use ztam_graph::ids::RoleId;
use ztam_graph::path;
use ztam_model::packs::Power;
use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};

use crate::cx::Cx;
use crate::route::Source;
use crate::separate::duty::{Done, Duty};
use crate::separate::pairs;
use crate::separate::power::{self, HeldRight};
use crate::sink::{Sink, Subject};

pub(super) static META: RuleMeta = RuleMeta {
    id: "duty/control-bypass-privilege",
    summary: "a role with a duty that is kept apart can bypass the logic that keeps it apart",
    severity: Severity::High,
    confidence: Confidence::Proven,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST AC-5", "NIST AC-3", "NIST CM-5", "ISO A.5.3"],
    page: include_str!("control_bypass_privilege.md"),
};

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    let bypassing: Vec<_> = cx
        .holders
        .iter()
        .filter_map(|holder| {
            let held = power::held(cx, &cx.access.roles_of(*holder), Power::BypassLogic);
            Some((*holder, *held.first()?))
        })
        .collect();
    if bypassing.is_empty() {
        return;
    }
    let duties = duties(cx);
    // Logic of one platform keeps nothing apart on another.
    let first = |roles: &[RoleId], platform: usize| {
        duties.iter().find_map(|duty| {
            let done = duty.done(cx, roles)?;
            let is_there = done.ways.iter().any(|(_, way)| way.platforms(cx, roles).has(platform));
            is_there.then_some((duty, done))
        })
    };
    for (holder, held) in bypassing {
        let roles = cx.access.roles_of(holder);
        let breaks_alone = |role| {
            !power::held(cx, &[role], Power::BypassLogic).is_empty()
                && first(&[role], held.platform).is_some()
        };
        if roles.len() > 1 && roles.iter().any(|role| breaks_alone(*role)) {
            continue;
        }
        if let Some((duty, done)) = first(&roles, held.platform) {
            report(cx, holder, held, duty, &done, out);
        }
    }
}

/// Every duty that something keeps apart: those of the project's separations, then the sides of its packs.
fn duties(cx: &Cx<'_>) -> Vec<Duty> {
    let names = &cx.access.names;
    let named = names.separations.iter().flat_map(|(_, _, it)| &it.duties);
    let mut ids: Vec<_> = named.filter_map(|text| names.duties.find(&text.value)).collect();
    ids.sort_unstable();
    ids.dedup();
    let own = ids.into_iter().map(|id| Duty::of_project(cx, id));
    let packs = pairs::bound(cx).into_iter().flat_map(|pair| pair.duties);
    // A side that is a power would be the bypass itself, or another administrator's.
    let packs = packs.filter(|duty| duty.parts.iter().all(|part| part.is_business()));
    own.chain(packs).collect()
}

fn report(cx: &Cx<'_>, holder: Holder, held: HeldRight, duty: &Duty, done: &Done, out: &mut Sink<'_>) {
    let names = &cx.access.names;
    let source = Source::Right(path::right_cause(cx.access, held.role, held.platform, held.right));
    let place = match holder {
        Holder::Role(role) => names.roles.span(role),
        Holder::Together(set) => names.together.span(set),
    };
    let Some(facts) = cx.access.platforms.get(held.platform) else { return };
    let right = &facts.rights[held.right].name;
    let cause = source.span(cx).unwrap_or(place);
    out.push(&META, None, Some(cause), &Subject::of(holder).called(&**right), || {
        let title = format!(
            "{} has the duty \"{}\" and bypasses logic on {} by `{right}`",
            cx.title(holder),
            duty.title,
            facts.title
        );
        let finding = source.primary(cx, Finding::new(&META, title), "bypasses what keeps duties apart");
        let finding = match done.ways.first() {
            Some((_, way)) => way.show(cx, finding, &cx.access.roles_of(holder), &duty.title),
            None => finding,
        };
        let finding = finding
            .note("approvals and checks are logic on the platform: whoever passes by them does the other duty too")
            .help("take the right away, or give it for a time to a role without such a duty")
            .fact("right", &**right)
            .fact("duty", duty.title.as_str());
        if held.is_sure { finding } else { finding.advisory() }
    });
}
