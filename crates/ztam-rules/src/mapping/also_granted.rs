//! Tables outside the project that come along with one of its assets.

use ztam_graph::access::{Origin, SlotKind, Target};
use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};

use crate::cx::Cx;
use crate::sink::{Sink, Subject};

pub(super) static META: RuleMeta = RuleMeta {
    id: "mapping/also-granted",
    summary: "granting an asset grants tables that no asset stands for",
    severity: Severity::Info,
    confidence: Confidence::Proven,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST AC-6", "NIST CM-6"],
    page: include_str!("also_granted.md"),
};

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    let names = &cx.access.names;
    let shares = cx.access.platforms.iter().flat_map(|facts| facts.assets.iter().flatten());
    if shares.into_iter().all(|facts| facts.twins_unbound.is_empty()) {
        return;
    }
    for role in &cx.roles {
        for entry in cx.access.roles[*role].entries.iter().filter(|entry| entry.origin != Origin::Right) {
            let key = cx.access.slots[entry.slot];
            if key.kind != SlotKind::Rows {
                continue;
            }
            let on = entry.platforms.iter().filter_map(|platform| cx.access.platforms.get(platform));
            for facts in on {
                let Some(asset) = facts.assets[key.asset].as_ref().filter(|it| !it.twins_unbound.is_empty())
                else {
                    continue;
                };
                let place = names.assets.span(key.asset);
                let who = names.role_title(*role);
                let subject = Subject::default().on(Target::Rows(key.asset)).called(who.as_str());
                out.push(&META, None, Some(place), &subject, || {
                    let list: Vec<_> = asset.twins_unbound.iter().map(|name| format!("`{name}`")).collect();
                    let name = names.assets.name(key.asset);
                    let title = format!("whoever is granted `{name}` is granted {} too on {}", list.join(", "), facts.title);
                    Finding::new(&META, title)
                        .at(place, "shares its privileges with tables that no asset stands for")
                        .because(names.roles.span(*role), format!("{who} has it"))
                        .help("give each of these tables that holds data an asset with a class, so that the matrix says who reaches it")
                        .fact("platform", facts.platform)
                });
            }
        }
    }
}
