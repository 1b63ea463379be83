//! Financial data that somebody may change and that no separation of duties speaks of.

use std::collections::BTreeSet;

use ztam_graph::access::Target;
use ztam_graph::ids::AssetId;
use ztam_graph::slots::{Named, named};
use ztam_model::project::Text;
use ztam_model::words::Action;
use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};
use ztam_source::span::Span;

use crate::cx::Cx;
use crate::sink::{Sink, Subject};
use crate::wording::verb;

pub(super) static META: RuleMeta = RuleMeta {
    id: "compliance/financial-asset-outside-sod",
    summary: "financial data can be changed, and no separation of duties speaks of it",
    severity: Severity::Medium,
    confidence: Confidence::Proven,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["SOX 302", "SOX 404", "PCAOB AS 2201", "ISO A.5.3", "COBIT DSS06.03"],
    page: include_str!("financial_asset_outside_sod.md"),
};

/// The tag of data that financial reports rest on.
const FINANCIAL: &str = "sox";
/// What changes rows.
const WRITES: [Action; 3] = [Action::Create, Action::Edit, Action::Delete];

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    let names = &cx.access.names;
    let tag =
        |tags: &[Text]| tags.iter().find(|tag| tag.value.eq_ignore_ascii_case(FINANCIAL)).map(|it| it.span);
    let mut financial: Vec<(AssetId, Span)> = Vec::new();
    for (id, _, asset) in names.assets.iter() {
        let fields = names.fields_of(id).find_map(|it| tag(&names.fields[it].field.tags));
        financial.extend(tag(&asset.tags).or(fields).map(|span| (id, span)));
    }
    if financial.is_empty() {
        return;
    }
    let kept_apart = kept_apart(cx);
    for (asset, tag) in financial.into_iter().filter(|(asset, _)| !kept_apart.contains(asset)) {
        report(cx, asset, tag, out);
    }
}

/// The assets that some separation, or a pack that is switched on, speaks of.
fn kept_apart(cx: &Cx<'_>) -> BTreeSet<AssetId> {
    let names = &cx.access.names;
    let duties = names.separations.iter().flat_map(|(_, _, it)| &it.duties);
    let duties = duties.filter_map(|name| names.duties.find(&name.value));
    let targets = duties.flat_map(|duty| names.duties.get(duty).can.targets().map(|(_, target)| target));
    let packs = names.project.items.packs.iter();
    let bound = packs.flat_map(|(_, pack)| pack.bind.iter().flat_map(|(_, targets)| targets));
    targets.chain(bound).flat_map(|target| assets(cx, &target.value)).collect()
}

fn assets(cx: &Cx<'_>, target: &str) -> Vec<AssetId> {
    let names = &cx.access.names;
    if let Some(tag) = target.strip_prefix("tag:") {
        let has = |asset: &AssetId| names.assets.get(*asset).tags.iter().any(|it| it.value == tag);
        return names.assets.ids().filter(has).collect();
    }
    match named(names, target) {
        Some(Named::Asset(asset)) => vec![asset],
        Some(Named::Field(field)) => vec![names.fields[field].asset],
        Some(Named::Class(class)) => {
            names.assets.ids().filter(|asset| cx.access.asset_classes[*asset] == Some(class)).collect()
        }
        None => Vec::new(),
    }
}

fn report(cx: &Cx<'_>, asset: AssetId, tag: Span, out: &mut Sink<'_>) {
    let slot = cx.access.rows_slot(asset);
    let writes = |role: &_| {
        let entries = cx.access.entries(*role, slot);
        WRITES.iter().copied().find(|action| entries.iter().any(|it| !it.scopes.get(*action).is_empty()))
    };
    let Some((role, action)) = cx.roles.iter().find_map(|role| Some((*role, writes(role)?))) else { return };
    out.push(&META, None, Some(tag), &Subject::default().on(Target::Rows(asset)), || {
        let names = &cx.access.names;
        let what = names.asset_title(asset);
        Finding::new(&META, format!("financial data, {what}, can be changed, and no separation of duties speaks of it"))
            .at(tag, "financial reports rest on it")
            .because(names.roles.span(role), format!("may {} it", verb(action)))
            .help("say in `duties` what is done with it and in `separate` what one person must not do alone, or bind a pack to it")
    });
}
