//! People who do not sign in and see what is not public.

use ztam_graph::access::Holder;
use ztam_model::words::{Action, RoleKind};
use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};

use super::{of_kind, read};
use crate::cx::{Cx, Sensitivity};
use crate::route;
use crate::sink::{Sink, Subject};

pub(super) static META: RuleMeta = RuleMeta {
    id: "external/guest-above-public",
    summary: "people who do not sign in see data that is not public",
    severity: Severity::Critical,
    confidence: Confidence::Proven,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST AC-14", "NIST AC-22", "NIST AC-3", "ISO A.8.3", "GDPR 32"],
    page: include_str!("guest_above_public.md"),
};

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    for role in of_kind(cx, RoleKind::Guest) {
        for (slot, target) in read(cx, role) {
            let Some(class) =
                cx.slot_class(slot).filter(|class| cx.sensitivity(*class) > Sensitivity::Public)
            else {
                continue;
            };
            let source = route::source(cx, &[role], slot, Action::Read);
            let place = source.as_ref().and_then(|it| it.span(cx));
            out.push(&META, None, place, &Subject::of(Holder::Role(role)).on(target), || {
                let names = &cx.access.names;
                let what = ztam_graph::promise::target_name(cx.access, target);
                let class_name = cx.class_name(class);
                let who = names.role_title(role);
                let finding = Finding::new(
                    &META,
                    format!("{who} sees {what}, which is {class_name}, without signing in"),
                );
                let finding = match &source {
                    Some(source) => source.primary(cx, finding, "whoever does not sign in sees it"),
                    None => finding.at(names.roles.span(role), "whoever does not sign in sees it"),
                };
                finding
                    .because(names.classes[class].id.span, "not public")
                    .help("take it out, or classify it as public where the world may know it")
                    .fact("class", class_name)
            });
        }
    }
}
