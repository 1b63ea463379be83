//! Bulk export of a class that asks for a declared capability, by a right that no capability names.

use std::collections::BTreeSet;

use ztam_graph::access::Holder;
use ztam_graph::facts::{RightFlags, RightId};
use ztam_graph::ids::{ClassId, RoleId};
use ztam_graph::path;
use ztam_model::words::{Action, ExportRule};
use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};
use ztam_source::idx::Idx;

use crate::cx::Cx;
use crate::route::Source;
use crate::sink::{Sink, Subject};

pub(super) static META: RuleMeta = RuleMeta {
    id: "class/export-not-named",
    summary: "a role can export a class in bulk by a right that no capability names",
    severity: Severity::Medium,
    confidence: Confidence::Advisory,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST AC-4", "NIST AC-6", "NIST AC-21", "ISO A.8.12", "GDPR 5(1)(f)", "CCPA 1798.100(e)"],
    page: include_str!("export_not_named.md"),
};

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    let asks = |class: &ztam_model::project::Class| class.controls.as_ref().and_then(|it| it.export);
    let named = cx.access.names.classes.iter_ids();
    let named: BTreeSet<ClassId> = named
        .filter(|(_, class)| asks(class).is_some_and(|it| it.value == ExportRule::Named))
        .map(|(id, _)| id)
        .collect();
    if named.is_empty() {
        return;
    }
    for role in &cx.roles {
        for platform in 0..cx.access.platforms.len() {
            for right in unnamed(cx, *role, platform) {
                if let Some(class) = read(cx, *role, platform, &named) {
                    report(cx, *role, platform, right, class, out);
                }
            }
        }
    }
}

/// Rights of the role that take data out and that none of its capabilities lists.
fn unnamed(cx: &Cx<'_>, role: RoleId, platform: usize) -> Vec<RightId> {
    let access = cx.access;
    let held = access.roles[role].closure.get(platform);
    let Some((facts, held)) = access.platforms.get(platform).zip(held) else { return Vec::new() };
    let exports = held
        .ones()
        .map(RightId::from_usize)
        .filter(|right| facts.rights[*right].flags.has(RightFlags::EXPORTS));
    let listed = |right: &RightId| {
        let mut own = access.names.capabilities.ids().filter(|id| access.is_given(role, *id));
        own.any(|id| facts.capabilities[id].contains(right))
    };
    exports.filter(|right| !listed(right)).collect()
}

/// The most sensitive of some classes that the role reads on a platform.
fn read(cx: &Cx<'_>, role: RoleId, platform: usize, classes: &BTreeSet<ClassId>) -> Option<ClassId> {
    let reads = cx.access.roles[role]
        .entries
        .iter()
        .filter(|entry| entry.platforms.has(platform) && !entry.scopes.get(Action::Read).is_empty());
    reads.filter_map(|entry| cx.slot_class(entry.slot)).filter(|class| classes.contains(class)).max()
}

fn report(cx: &Cx<'_>, role: RoleId, platform: usize, right: RightId, class: ClassId, out: &mut Sink<'_>) {
    let source = Source::Right(path::right_cause(cx.access, role, platform, right));
    let name = cx.access.platforms.get(platform).map_or("", |facts| &facts.rights[right].name);
    let subject = Subject::of(Holder::Role(role)).called(name);
    out.push(&META, None, source.span(cx), &subject, || {
        let names = &cx.access.names;
        let (who, class_name) = (names.role_title(role), cx.class_name(class));
        let title = format!("{who} can take {class_name} data out in bulk by `{name}`, which no capability of the role names");
        let finding = source.primary(cx, Finding::new(&META, title), &format!("brings {name}"));
        let asks = names.classes[class].controls.as_ref().and_then(|it| it.export);
        let finding = match asks {
            Some(asks) => finding.because(asks.span, format!("export of {class_name} data must be named")),
            None => finding,
        };
        finding
            .help("declare a capability that lists the right and let the role hold it, or take away what brings it")
            .fact("class", class_name)
            .fact("right", name)
    });
}
