//! A way out for sensitive data that nobody has declared as one.

use ztam_graph::access::Holder;
use ztam_graph::facts::RightFlags;
use ztam_graph::ids::{CapabilityId, ClassId};
use ztam_model::words::{ExportRule, RoleKind, SeverityWord};
use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};
use ztam_source::idx::Idx;

use super::unverified;
use crate::cx::{Cx, Sensitivity};
use crate::need::HeldRight;
use crate::sink::Sink;

pub(super) static META: RuleMeta = RuleMeta {
    id: "privilege/undeclared-export-channel",
    summary: "a role reads sensitive data and holds a way to take it out that nobody has declared as one",
    severity: Severity::High,
    confidence: Confidence::Proven,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST AC-4", "NIST AC-6", "NIST AC-21", "ISO A.8.12", "GDPR 5(1)(f)", "CCPA 1798.100(e)"],
    page: include_str!("undeclared_export_channel.md"),
};

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    for (platform, facts) in cx.access.platforms.iter().enumerate() {
        let exports = facts.rights.iter_ids().filter(|(_, right)| right.flags.has(RightFlags::EXPORTS));
        let exports: Vec<_> = exports.map(|(id, _)| id).collect();
        for role in cx.roles.iter().filter(|_| !exports.is_empty()) {
            let Some(closure) = cx.access.roles[*role].closure.get(platform) else { continue };
            let held = exports.iter().filter(|right| closure.contains(right.index()));
            let held: Vec<_> = held.map(|right| HeldRight { role: *role, platform, right: *right }).collect();
            let read =
                cx.reached(*role).iter().filter(|it| it.read_on.has(platform)).map(|it| it.class).max();
            let Some(class) = read.filter(|it| cx.sensitivity(*it) >= Sensitivity::Confidential) else {
                continue;
            };
            for held in held {
                if let Some(hidden) = undeclared(cx, held, class).filter(|_| !held.is_justified(cx)) {
                    report(cx, held, class, hidden, out);
                }
            }
        }
    }
}

/// Why a way out is not declared: the capability that lists it is rated low, or none lists it.
#[derive(Clone, Copy, Debug)]
enum Hidden {
    Rated(CapabilityId),
    Unlisted,
}

/// A channel is declared where every capability of the role that lists it is rated high or critical.
fn undeclared(cx: &Cx<'_>, held: HeldRight, class: ClassId) -> Option<Hidden> {
    let access = cx.access;
    let facts = access.platforms.get(held.platform)?;
    let listing = access.names.capabilities.ids().filter(|id| {
        access.roles[held.role].capabilities.contains(id.index())
            && facts.capabilities[*id].contains(&held.right)
    });
    let listing: Vec<_> = listing.collect();
    let is_rated = |id: &CapabilityId| {
        let risk = access.names.capabilities.get(*id).risk;
        risk.is_some_and(|risk| risk.value >= SeverityWord::High)
    };
    match listing.iter().find(|id| !is_rated(id)) {
        Some(low) => Some(Hidden::Rated(*low)),
        None if !listing.is_empty() => None,
        // Where the class asks for a named capability, `class/export-not-named` says that none names it.
        None => {
            let controls = access.names.classes[class].controls.as_ref();
            let named = controls.and_then(|it| it.export).is_some_and(|it| it.value == ExportRule::Named);
            (!named).then_some(Hidden::Unlisted)
        }
    }
}

fn report(cx: &Cx<'_>, held: HeldRight, class: ClassId, hidden: Hidden, out: &mut Sink<'_>) {
    let source = held.source(cx);
    out.push(&META, None, source.span(cx), &held.subject(cx), || {
        let who = cx.title(Holder::Role(held.role));
        let (name, on, class_name) = (held.name(cx), held.on(cx), cx.class_name(class));
        let title = format!("{who} can take {class_name} data out of {on} by `{name}`, which nobody declared as a way out");
        let outside = matches!(cx.kind(held.role), RoleKind::External | RoleKind::Guest);
        let severity = if outside { Severity::Critical } else { Severity::High };
        let finding = Finding::new(&META, title).with_severity(severity);
        let finding = source.primary(cx, finding, &format!("brings `{name}`"));
        let finding = match hidden {
            Hidden::Rated(capability) => {
                let names = &cx.access.names;
                let risk = names.capabilities.get(capability).risk;
                let place = risk.map_or_else(|| names.capabilities.span(capability), |risk| risk.span);
                finding
                    .because(place, "not rated as a way out for data")
                    .help("rate the capability `risk: high`, so that whoever grants it sees it, or take the right out")
            }
            Hidden::Unlisted => finding.help(
                "list the right in a capability rated `risk: high` that the role holds, or do not hold what brings it",
            ),
        };
        unverified(cx, held, finding).fact("class", class_name).fact("right", name)
    });
}
