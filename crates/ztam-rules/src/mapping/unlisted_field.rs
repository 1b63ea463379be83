//! Fields of the org that no line of the matrix speaks of.

use ztam_graph::access::Target;
use ztam_graph::ids::AssetId;
use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};
use ztam_source::suggest;

use crate::cx::Cx;
use crate::sink::{Sink, Subject};

pub(super) static META: RuleMeta = RuleMeta {
    id: "mapping/unlisted-field",
    summary: "the org has fields that the matrix does not list, and whoever has the row has them",
    severity: Severity::Medium,
    confidence: Confidence::Proven,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST RA-2", "NIST AC-6", "ISO A.5.12"],
    page: include_str!("unlisted_field.md"),
};

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    let access = cx.access;
    for (platform, facts) in access.platforms.iter().enumerate() {
        let unlisted = facts.assets.iter_ids().filter_map(|(asset, known)| Some((asset, known.as_ref()?)));
        for (asset, known) in unlisted.filter(|(_, known)| !known.unlisted.is_empty()) {
            if !is_reached(cx, asset, platform) {
                continue;
            }
            let names = &access.names;
            let place = names.assets.span(asset);
            let subject = Subject::default().on(Target::Rows(asset)).called(facts.title);
            out.push(&META, None, Some(place), &subject, || {
                let count = known.unlisted.len();
                let (fields, are, it) = if count == 1 { ("field", "is", "it") } else { ("fields", "are", "them") };
                let title = format!(
                    "{count} {fields} of {} that {} has {are} not in the matrix: whoever has the row has {it}",
                    names.asset_title(asset),
                    facts.title
                );
                let class = access.asset_classes[asset].map_or("no class", |class| names.class_name(class));
                let finding = Finding::new(&META, title)
                    .at(place, format!("everything that is not listed here is {class}"))
                    .help("list each of them below `fields`, with a class of its own where it is more sensitive than the row")
                    .fact("platform", facts.platform)
                    .fact("fields", known.unlisted.join(" "));
                match suggest::list(known.unlisted.iter().map(|name| &**name)) {
                    Some(list) => finding.note(format!("they are: {list}")),
                    None => finding,
                }
            });
        }
    }
}

/// Whether some role reaches the rows on a platform.
fn is_reached(cx: &Cx<'_>, asset: AssetId, platform: usize) -> bool {
    let slot = cx.access.rows_slot(asset);
    cx.roles
        .iter()
        .any(|role| cx.access.entries(*role, slot).iter().any(|entry| entry.platforms.has(platform)))
}
