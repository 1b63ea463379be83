//! A condition that nothing enforces on a platform of the role that uses it.

use std::collections::BTreeSet;

use ztam_graph::access::{Conditions, Holder, LayerId, PlatformSet};
use ztam_graph::facts::{Enforcement, PlatformFacts};
use ztam_graph::ids::{ConditionId, RoleId};
use ztam_model::project::Text;
use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};
use ztam_source::idx::IndexVec;

use crate::cells;
use crate::cx::Cx;
use crate::sink::{Sink, Subject};

pub(super) static META: RuleMeta = RuleMeta {
    id: "condition/unenforceable-condition",
    summary: "a role relies on a condition that nothing enforces on its platform",
    severity: Severity::High,
    confidence: Confidence::Proven,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST AC-3", "NIST AC-17", "ISO A.8.5", "NIST 800-207 tenets 5 and 6"],
    page: include_str!("unenforceable_condition.md"),
};

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    let layers = open_layers(cx);
    if layers.iter().all(|platforms| platforms.is_empty()) {
        return;
    }
    for role in &cx.roles {
        let open = unenforced(cx, *role, &layers);
        if open.is_empty() {
            continue;
        }
        for text in cells::of_role(cx, *role).flat_map(cells::BlockCell::when) {
            let Some(condition) = cx.access.names.conditions.find(&text.value) else { continue };
            for (_, platform) in open.iter().filter(|(id, _)| *id == condition) {
                report(cx, *role, text, (condition, *platform), out);
            }
        }
    }
}

/// Per layer: the platforms on which nobody enforces one of its conditions.
fn open_layers(cx: &Cx<'_>) -> IndexVec<LayerId, PlatformSet> {
    let open = |conditions: Conditions| {
        let is_open = |facts: &PlatformFacts| {
            conditions.iter().any(|condition| facts.conditions[condition] == Enforcement::Nobody)
        };
        let bits = cx.access.platforms.iter().zip(0u32..).filter(|(facts, _)| is_open(facts));
        PlatformSet(bits.fold(0, |all, (_, bit)| all | 1u8.checked_shl(bit).unwrap_or(0)))
    };
    cx.access.layers.iter().map(|layer| open(layer.conditions)).collect()
}

/// Conditions of the role's grants that nobody enforces, with the platform.
fn unenforced(
    cx: &Cx<'_>,
    role: RoleId,
    layers: &IndexVec<LayerId, PlatformSet>,
) -> BTreeSet<(ConditionId, usize)> {
    let access = cx.access;
    let entries = access.roles[role].entries.iter();
    let open: BTreeSet<(LayerId, PlatformSet)> = entries
        .map(|entry| (entry.layer, entry.platforms.and(layers[entry.layer])))
        .filter(|(_, on)| !on.is_empty())
        .collect();
    let mut found = BTreeSet::new();
    for (layer, platforms) in open {
        for platform in platforms.iter() {
            let Some(facts) = access.platforms.get(platform) else { continue };
            let conditions = access.layers[layer].conditions.iter();
            let nobody = conditions.filter(|condition| facts.conditions[*condition] == Enforcement::Nobody);
            found.extend(nobody.map(|condition| (condition, platform)));
        }
    }
    found
}

fn report(
    cx: &Cx<'_>,
    role: RoleId,
    text: &Text,
    (condition, platform): (ConditionId, usize),
    out: &mut Sink<'_>,
) {
    let Some(facts) = cx.access.platforms.get(platform) else { return };
    let subject = Subject::of(Holder::Role(role)).called(format!("{} on {}", text.value, facts.title));
    out.push(&META, None, Some(text.span), &subject, || {
        let names = &cx.access.names;
        let who = names.role_title(role);
        let title = format!("{who} has access on {} under {}, which nothing enforces there", facts.title, text.value);
        Finding::new(&META, title)
            .at(text.span, format!("not enforced on {}", facts.title))
            .because(names.conditions.span(condition), format!("says nothing for {}", facts.title))
            .because(names.roles.span(role), format!("is on {}", facts.title))
            .note("the grant would be emitted as if it were conditional, and hold always")
            .help(format!(
                "say who enforces it: `{}: {{by: external, control: ...}}` in the condition, or take the condition's platform from the role",
                facts.platform
            ))
            .fact("condition", text.value.as_str())
            .fact("platform", facts.platform)
    });
}
