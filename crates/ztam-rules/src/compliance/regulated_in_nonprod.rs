//! Regulated or sensitive data outside production that is real.

use std::collections::BTreeSet;

use ztam_graph::access::{SlotId, SlotKind, Target};
use ztam_graph::ids::{AssetId, EnvironmentId};
use ztam_model::project::Text;
use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};

use super::REGULATED;
use crate::cx::{Cx, Sensitivity};
use crate::sink::{Sink, Subject};

pub(super) static META: RuleMeta = RuleMeta {
    id: "compliance/regulated-in-nonprod",
    summary: "regulated or sensitive data is granted outside production and not masked there",
    severity: Severity::High,
    confidence: Confidence::Advisory,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST CM-5", "NIST SC-28", "ISO A.8.31", "ISO A.8.33", "GDPR 32"],
    page: include_str!("regulated_in_nonprod.md"),
};

/// Names of environments where real work is done, where the environment does not say.
const PRODUCTION: [&str; 2] = ["prod", "production"];

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    let Some(environment) = cx.access.environment else { return };
    let declared = cx.access.names.environments.get(environment);
    let name = cx.access.names.environments.name(environment);
    let production = declared.production.map_or_else(|| PRODUCTION.contains(&name), |it| it.value);
    if production {
        return;
    }
    let granted = granted(cx);
    for slot in granted {
        if let Some(why) = protected(cx, slot).filter(|_| !is_masked(cx, slot, &declared.masked)) {
            report(cx, environment, slot, &why, out);
        }
    }
}

/// The slots that somebody reaches.
fn granted(cx: &Cx<'_>) -> BTreeSet<SlotId> {
    cx.roles.iter().flat_map(|role| cx.access.roles[*role].entries.iter().map(|entry| entry.slot)).collect()
}

/// Why data must not be real outside production: its class, or a tag of it.
fn protected(cx: &Cx<'_>, slot: SlotId) -> Option<String> {
    let class = cx.slot_class(slot).filter(|class| cx.sensitivity(*class) >= Sensitivity::Confidential);
    if let Some(class) = class {
        return Some(cx.class_name(class).to_owned());
    }
    let tags = tags(cx, slot);
    let tag = tags.iter().find(|tag| REGULATED.contains(&tag.value.to_lowercase().as_str()))?;
    Some(format!("under {}", tag.value))
}

/// The tags of an asset, and of the fields of a slot.
fn tags<'p>(cx: &Cx<'p>, slot: SlotId) -> Vec<&'p Text> {
    let names = &cx.access.names;
    let asset = names.assets.get(cx.access.slots[slot].asset);
    let fields = cx.access.fields_in(slot);
    let own = fields.into_iter().flat_map(|it| &names.fields[it].field.tags);
    asset.tags.iter().chain(own).collect()
}

fn is_masked(cx: &Cx<'_>, slot: SlotId, masked: &[Text]) -> bool {
    let asset = cx.access.names.assets.name(cx.access.slots[slot].asset);
    let class = cx.slot_class(slot).map(|class| cx.class_name(class));
    masked.iter().any(|text| match text.value.strip_prefix("tag:") {
        Some(tag) => tags(cx, slot).iter().any(|it| it.value == tag),
        None => text.value == asset || class == Some(text.value.as_str()),
    })
}

fn report(cx: &Cx<'_>, environment: EnvironmentId, slot: SlotId, why: &str, out: &mut Sink<'_>) {
    let names = &cx.access.names;
    let key = cx.access.slots[slot];
    let asset: AssetId = key.asset;
    let target = match key.kind {
        SlotKind::Field(field) => Target::Field(field),
        SlotKind::Rows | SlotKind::Fields(_) => Target::Rows(asset),
    };
    let what = match key.kind {
        SlotKind::Rows => names.asset_title(asset),
        SlotKind::Fields(class) => format!("{} fields of {}", cx.class_name(class), names.asset_title(asset)),
        SlotKind::Field(field) => names.field_name(field),
    };
    let place = names.environments.span(environment);
    let subject = Subject::default().on(target).called(what.clone());
    out.push(&META, None, Some(place), &subject, || {
        let title = format!("{what}, which is {why}, is granted in {} as if it were real", names.environments.name(environment));
        Finding::new(&META, title)
            .at(place, "not production")
            .note("advisory: whether real data is there stands in no matrix")
            .help("mask the data there and say so (`masked: [...]`, classes, assets or `tag:pii`), or narrow the roles in `changes`")
            .fact("environment", names.environments.name(environment))
    });
}
