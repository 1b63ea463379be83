//! Sensitive data that comes with a role that other people hold.

use ztam_graph::access::Holder;
use ztam_graph::ids::{ClassId, RoleId};
use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};
use ztam_source::span::Span;

use super::clearance_exceeded::exceeds;
use crate::cx::Cx;
use crate::need;
use crate::reach::{self, Clearance};
use crate::sink::{Sink, Subject};

pub(super) static META: RuleMeta = RuleMeta {
    id: "class/clearance-creep",
    summary: "a role extends another one that reaches more sensitive data than its own cells speak of",
    severity: Severity::High,
    confidence: Confidence::Proven,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST AC-6", "ISO A.5.18"],
    page: include_str!("clearance_creep.md"),
};

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    for role in &cx.roles {
        // A role that speaks of no class is made of the roles it extends: it has taken on what they have.
        if !reach::has_clearance_of_its_own(cx, *role) || need::is_justified(cx, *role) {
            continue;
        }
        let clearance = reach::clearance(cx, *role);
        for (parent, extends) in taken_over(cx, *role) {
            if let Some(class) = above(cx, clearance, parent) {
                report(cx, *role, clearance, (parent, extends, class), out);
            }
        }
    }
}

/// The roles that people hold and that the role, or a building block of it, extends.
fn taken_over(cx: &Cx<'_>, role: RoleId) -> Vec<(RoleId, Span)> {
    let names = &cx.access.names;
    let part = reach::own_part(cx, role);
    let extends = part.iter().flat_map(|it| &names.roles.get(*it).extends);
    let parents = extends.filter_map(|text| Some((names.roles.find(&text.value)?, text.span)));
    parents.filter(|(parent, _)| !part.contains(parent)).collect()
}

/// The most sensitive class that a role reaches by cells, where it is above a clearance.
fn above(cx: &Cx<'_>, clearance: Clearance, parent: RoleId) -> Option<ClassId> {
    let reached = cx.reached(parent).iter().filter(|it| !it.cells.is_empty()).map(|it| it.class);
    reached.max().filter(|class| exceeds(cx, clearance, *class))
}

fn report(
    cx: &Cx<'_>,
    role: RoleId,
    clearance: Clearance,
    (parent, extends, class): (RoleId, Span, ClassId),
    out: &mut Sink<'_>,
) {
    let names = &cx.access.names;
    let subject = Subject::of(Holder::Role(role)).called(names.roles.name(parent));
    out.push(&META, None, Some(extends), &subject, || {
        let (who, from, class_name) = (names.role_title(role), names.role_title(parent), cx.class_name(class));
        let own = clearance.class.map_or("", |class| cx.class_name(class));
        let title = format!("{who} takes over {class_name} data from {from}, and speaks of {own} data at most itself");
        let mut finding = Finding::new(&META, title).at(extends, format!("brings {class_name} data"));
        if let Some(said) = clearance.said {
            finding = finding.because(said, "the most sensitive class that it speaks of");
        }
        finding
            .because(names.roles.span(parent), format!("{from} reaches {class_name} data"))
            .note("whatever the other role gains tomorrow, this one gains too")
            .help("extend a role without it, decide the class in a cell of the role, or say why with `justification`")
            .fact("class", class_name)
            .fact("parent", names.roles.name(parent))
    });
}
