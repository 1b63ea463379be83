//! A right that shows fields wherever they are, above what the role's own word reaches.

use ztam_graph::access::Holder;
use ztam_graph::facts::{Effect, EffectOn};
use ztam_graph::ids::{FieldId, RoleId};
use ztam_model::words::Action;
use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};
use ztam_source::idx::Idx;

use super::clearance_exceeded::exceeds;
use crate::cx::Cx;
use crate::need::HeldRight;
use crate::reach::{self, Clearance};
use crate::sink::Sink;

pub(super) static META: RuleMeta = RuleMeta {
    id: "class/view-all-fields-bypass",
    summary: "a right shows a role fields of a class above all that its own cells speak of",
    severity: Severity::Critical,
    confidence: Confidence::Proven,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST AC-3", "NIST AC-6", "ISO A.8.3"],
    page: include_str!("view_all_fields_bypass.md"),
};

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    for (platform, facts) in cx.access.platforms.iter().enumerate() {
        let shows = facts.rights.iter_ids().filter(|(_, right)| right.effects.iter().any(shows_fields));
        let shows: Vec<_> = shows.map(|(id, _)| id).collect();
        for role in cx.roles.iter().filter(|_| !shows.is_empty()) {
            let Some(closure) = cx.access.roles[*role].closure.get(platform) else { continue };
            for right in shows.iter().filter(|right| closure.contains(right.index())) {
                report(cx, HeldRight { role: *role, platform, right: *right }, out);
            }
        }
    }
}

/// Whether an effect reads every field of what it reaches.
fn shows_fields(effect: &Effect) -> bool {
    !effect.fields.get(Action::Read).is_empty() && !matches!(effect.on, EffectOn::Fields(_))
}

fn report(cx: &Cx<'_>, held: HeldRight, out: &mut Sink<'_>) {
    let clearance = reach::clearance(cx, held.role);
    let fields = shown(cx, held, clearance);
    let Some(first) = fields.first().copied() else { return };
    let source = held.source(cx);
    out.push(&META, None, source.span(cx), &held.subject(cx), || {
        let names = &cx.access.names;
        let who = cx.title(Holder::Role(held.role));
        let class = cx.access.field_classes[first].map_or("", |class| cx.class_name(class));
        let (name, on, field) = (held.name(cx), held.on(cx), names.field_name(first));
        let title = format!(
            "{who} sees {field} ({class}) on {on} by `{name}`, which passes by the protection of fields"
        );
        let mut finding = source.primary(cx, Finding::new(&META, title), &format!("brings `{name}`"));
        if let Some(said) = clearance.said {
            finding = finding.because(said, "the most sensitive class that the role speaks of");
        }
        if fields.len() > 1 {
            let rest: Vec<_> = fields.iter().skip(1).take(5).map(|it| names.field_name(*it)).collect();
            finding = finding.note(format!("{} more, such as {}", fields.len() - 1, rest.join(", ")));
        }
        finding
            .because(names.fields[first].name.span, format!("this field is {class}"))
            .help("do not hold it, and grant the fields that the work takes in cells")
            .fact("right", name)
            .fact("field", field)
            .fact("class", class)
    });
}

/// The fields above the clearance that a right shows, in rows that the role reads, the most sensitive first.
fn shown(cx: &Cx<'_>, held: HeldRight, clearance: Clearance) -> Vec<FieldId> {
    let access = cx.access;
    let Some(facts) = access.platforms.get(held.platform) else { return Vec::new() };
    let effects: Vec<_> =
        facts.rights[held.right].effects.iter().filter(|effect| shows_fields(effect)).collect();
    let reaches = |field: FieldId| {
        let asset = access.names.fields[field].asset;
        effects.iter().any(|effect| match &effect.on {
            EffectOn::AllAssets => true,
            EffectOn::Assets(assets) => assets.contains(&asset),
            EffectOn::Fields(_) => false,
        })
    };
    let mut fields: Vec<_> = access
        .names
        .fields
        .ids()
        .filter(|field| facts.fields[*field].is_some() && reaches(*field))
        .filter(|field| access.field_classes[*field].is_some_and(|class| exceeds(cx, clearance, class)))
        .filter(|field| reads_row(cx, held.role, held.platform, *field))
        .collect();
    fields.sort_by_key(|field| std::cmp::Reverse(access.field_classes[*field]));
    fields
}

fn reads_row(cx: &Cx<'_>, role: RoleId, platform: usize, field: FieldId) -> bool {
    let rows = cx.access.rows_slot(cx.access.names.fields[field].asset);
    let entries = cx.access.entries(role, rows).iter();
    entries
        .into_iter()
        .any(|entry| entry.platforms.has(platform) && !entry.scopes.get(Action::Read).is_empty())
}
