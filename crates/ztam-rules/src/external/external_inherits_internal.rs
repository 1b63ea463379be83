//! Outsiders who have what insiders have: by inheritance, by a set, or above the class that outsiders may reach.

use ztam_graph::access::Holder;
use ztam_graph::ids::{ClassId, RoleId};
use ztam_model::project::Text;
use ztam_model::words::{Action, RoleKind};
use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};

use super::read;
use crate::cx::Cx;
use crate::route;
use crate::sink::{Sink, Subject};

pub(super) static META: RuleMeta = RuleMeta {
    id: "external/external-inherits-internal",
    summary: "an outsider's role has the access of an internal role, or more than outsiders may have",
    severity: Severity::Critical,
    confidence: Confidence::Proven,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST AC-6(6)", "NIST AC-20", "NIST IA-8", "ISO A.5.19", "PCI 7.2.4"],
    page: include_str!("external_inherits_internal.md"),
};

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    let cap = cx.access.names.project.items.limits.as_ref().and_then(|it| it.external_cap.as_ref());
    for role in cx.roles.iter().copied().filter(|role| is_outsider(cx, *role)) {
        inherited(cx, role, out);
        if let Some(cap) = cap
            && let Some(most) = cx.access.names.class(&cap.value)
        {
            above(cx, role, cap, most, out);
        }
    }
    for set in cx.access.names.together.ids() {
        let roles = cx.access.roles_of(Holder::Together(set));
        let outsider = roles.iter().find(|role| is_outsider(cx, **role));
        let insider = roles.iter().find(|role| !is_outsider(cx, **role));
        if let (Some(outsider), Some(insider)) = (outsider, insider) {
            let names = &cx.access.names;
            let span = names.together.span(set);
            out.push(&META, None, Some(span), &Subject::of(Holder::Together(set)), || {
                let (one, other) = (names.role_title(*outsider), names.role_title(*insider));
                Finding::new(&META, format!("one person may hold {one}, which is for outsiders, and {other}"))
                    .at(span, "joins outsiders and insiders")
                    .because(names.roles.span(*outsider), "for outsiders")
                    .because(names.roles.span(*insider), "for insiders")
                    .help("take one of them out of the set")
            });
        }
    }
}

fn is_outsider(cx: &Cx<'_>, role: RoleId) -> bool {
    matches!(cx.kind(role), RoleKind::External | RoleKind::Guest)
}

/// Whether a parent belongs to insiders. A building block without a kind belongs to whoever extends it.
fn is_internal(cx: &Cx<'_>, parent: RoleId) -> bool {
    let says = cx.access.names.roles.get(parent).kind.is_some();
    if says || !cx.access.is_abstract(parent) {
        return !is_outsider(cx, parent);
    }
    let mut insiders = cx.roles.iter().filter(|role| !is_outsider(cx, **role));
    insiders.any(|role| cx.access.roles[*role].lineage.contains(&parent))
}

/// The nearest internal role along each entry of `extends`.
fn inherited(cx: &Cx<'_>, role: RoleId, out: &mut Sink<'_>) {
    let names = &cx.access.names;
    for text in &names.roles.get(role).extends {
        let Some(parent) = names.roles.find(&text.value) else { continue };
        let mut lineage = cx.access.roles[parent].lineage.iter();
        let Some(internal) = lineage.find(|it| is_internal(cx, **it)) else { continue };
        out.push(&META, None, Some(text.span), &Subject::of(Holder::Role(role)), || {
            let (who, whose) = (names.role_title(role), names.role_title(*internal));
            Finding::new(&META, format!("{who} is for outsiders and has everything that {whose} has"))
                .at(text.span, "extends it")
                .because(names.roles.span(*internal), "for insiders")
                .note("whatever is added to the internal role later reaches outsiders too")
                .help("write the cells of outsiders into their own role, or into an abstract role of kind external")
        });
    }
}

fn above(cx: &Cx<'_>, role: RoleId, cap: &Text, most: ClassId, out: &mut Sink<'_>) {
    for (slot, target) in read(cx, role) {
        let Some(class) = cx.slot_class(slot).filter(|class| *class > most) else { continue };
        let source = route::source(cx, &[role], slot, Action::Read);
        let place = source.as_ref().and_then(|it| it.span(cx));
        out.push(&META, None, place, &Subject::of(Holder::Role(role)).on(target), || {
            let names = &cx.access.names;
            let what = ztam_graph::promise::target_name(cx.access, target);
            let (who, class) = (names.role_title(role), cx.class_name(class));
            let title = format!("{who} is for outsiders and reads {what}, which is {class}");
            let finding = Finding::new(&META, title);
            let finding = match &source {
                Some(source) => source.primary(cx, finding, "above what outsiders may reach"),
                None => finding.at(names.roles.span(role), "above what outsiders may reach"),
            };
            finding
                .because(cap.span, "outsiders reach nothing above this")
                .help("take it out of the role")
                .fact("class", class)
        });
    }
}
