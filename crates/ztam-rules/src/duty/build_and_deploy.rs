//! Development and deployment in one hand, several hands that deploy, or an everyday role that deploys.

use ztam_graph::access::Holder;
use ztam_graph::ids::RoleId;
use ztam_model::packs::Power;
use ztam_model::words::RoleKind;
use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};

use crate::cx::Cx;
use crate::separate::duty::Way;
use crate::separate::judge;
use crate::separate::power::{self, HeldRight};
use crate::sink::{Sink, Subject};

pub(super) static META: RuleMeta = RuleMeta {
    id: "duty/build-and-deploy",
    summary: "one role develops and deploys to production, or more than one deploys",
    severity: Severity::High,
    confidence: Confidence::Proven,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST CM-5", "NIST CM-5(1)", "NIST CM-3", "NIST AC-5", "ISO A.8.4", "SOX ITGC"],
    page: include_str!("build_and_deploy.md"),
};

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    if !is_production(cx) {
        return;
    }
    both(cx, out);
    let sure = |role: &RoleId| power::held(cx, &[*role], Power::Deploy).into_iter().find(|it| it.is_sure);
    let deploying: Vec<(RoleId, HeldRight)> =
        cx.roles.iter().filter_map(|role| Some((*role, sure(role)?))).collect();
    for (role, held) in &deploying {
        if matches!(cx.kind(*role), RoleKind::Employee | RoleKind::External) {
            everyday(cx, *role, *held, out);
        }
    }
    let regular: Vec<_> =
        deploying.iter().filter(|(role, _)| cx.kind(*role) != RoleKind::BreakGlass).collect();
    if let Some(((first, _), others)) = regular.split_first() {
        for (role, held) in others {
            several(cx, *first, *role, *held, out);
        }
    }
}

/// Whether real work is done in the environment. A project without environments has only production.
fn is_production(cx: &Cx<'_>) -> bool {
    let names = &cx.access.names;
    cx.access.environment.is_none_or(|id| match names.environments.get(id).production {
        Some(said) => said.value,
        None => matches!(names.environments.name(id), "prod" | "production"),
    })
}

fn both(cx: &Cx<'_>, out: &mut Sink<'_>) {
    let pairs = ztam_model::packs::all().iter().flat_map(|pack| &pack.pairs);
    for pair in pairs.filter(|pair| pair.rule == Some(META.id)) {
        judge::pair(cx, &META, pair, "let a machine deploy what somebody else than the author approved", out);
    }
}

fn everyday(cx: &Cx<'_>, role: RoleId, held: HeldRight, out: &mut Sink<'_>) {
    let subject = Subject::of(Holder::Role(role)).called("is an everyday role");
    let names = &cx.access.names;
    out.push(&META, None, Some(names.roles.span(role)), &subject, || {
        let title =
            format!("{} deploys to production and is a role for everyday work", names.role_title(role));
        let finding = Finding::new(&META, title).at(names.roles.span(role), "everyday work");
        Way::Can(held)
            .show(cx, finding, &[role], "deploys")
            .help("deploy with an identity of its own: a role of kind `service` that does nothing else")
    });
}

fn several(cx: &Cx<'_>, first: RoleId, role: RoleId, held: HeldRight, out: &mut Sink<'_>) {
    let subject = Subject::of(Holder::Role(role)).called("is not the only one that deploys");
    let names = &cx.access.names;
    out.push(&META, None, Some(names.roles.span(role)), &subject, || {
        let title = format!(
            "{} deploys to production, and so does {}",
            names.role_title(role),
            names.role_title(first)
        );
        let finding = Finding::new(&META, title)
            .at(names.roles.span(role), "deploys too")
            .because(names.roles.span(first), "deploys already");
        Way::Can(held)
            .show(cx, finding, &[role], "deploys")
            .note("what more than one identity deploys, nobody can account for")
            .help("leave deployment to one identity")
    });
}
