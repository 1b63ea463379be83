//! A right by which somebody forges who did what.

use ztam_graph::facts::RightFlags;
use ztam_graph::ids::{AssetId, RoleId};
use ztam_model::project::Text;
use ztam_model::words::Action;
use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};

use super::danger;
use crate::cx::Cx;
use crate::sink::Sink;

pub(super) static META: RuleMeta = RuleMeta {
    id: "escalation/attribution-forgery",
    summary: "a role writes who did something, or when",
    severity: Severity::Medium,
    confidence: Confidence::Proven,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST AU-10", "NIST AU-9", "ISO A.8.15", "SOX 404"],
    page: include_str!("attribution_forgery.md"),
};

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    danger::each(cx, RightFlags::FORGES, |found| {
        let financial = financial_work(cx, found.role, found.platform);
        let title = || {
            let (who, on, right) = (found.who(), found.facts.title, found.name());
            format!("{who} can write on {on} who did something, or when, by `{right}`")
        };
        let build = |finding: Finding| {
            let finding = finding
                .help("take it out; a migration gets it by a role of its own, waived until its last day");
            match financial {
                // What a right can do that no source confirms is said, and asks nobody to act.
                _ if !found.is_confirmed() => finding.with_severity(Severity::Low),
                Some(asset) => finding
                    .note(format!(
                        "it also changes {}, whose records must name who did it",
                        cx.access.names.asset_title(asset)
                    ))
                    .with_severity(Severity::High),
                None => finding,
            }
        };
        found.report(&META, out, build, title);
    });
}

/// An asset tagged `sox` that the role changes on the platform.
fn financial_work(cx: &Cx<'_>, role: RoleId, platform: usize) -> Option<AssetId> {
    let names = &cx.access.names;
    let is_tagged = |tags: &[Text]| tags.iter().any(|tag| tag.value.eq_ignore_ascii_case("sox"));
    let writes = [Action::Create, Action::Edit, Action::Delete];
    let entries = cx.access.roles[role].entries.iter().filter(|entry| {
        entry.platforms.has(platform) && writes.iter().any(|action| !entry.scopes.get(*action).is_empty())
    });
    let mut assets = entries.filter_map(|entry| {
        let asset = cx.access.slots[entry.slot].asset;
        let of_field = || {
            let fields = cx.access.fields_in(entry.slot);
            fields.into_iter().any(|field| is_tagged(&names.fields[field].field.tags))
        };
        (is_tagged(&names.assets.get(asset).tags) || of_field()).then_some(asset)
    });
    assets.next()
}
