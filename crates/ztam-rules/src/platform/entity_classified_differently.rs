//! Data that a machine copies to where it counts as less sensitive.

use ztam_graph::access::Target;
use ztam_graph::ids::{AssetId, ClassId};
use ztam_model::project::Text;
use ztam_model::surroundings::Sync;
use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};

use crate::cx::Cx;
use crate::sink::{Sink, Subject};

pub(super) static META: RuleMeta = RuleMeta {
    id: "platform/entity-classified-differently",
    summary: "a machine copies data to where it has a less sensitive class",
    severity: Severity::High,
    confidence: Confidence::Proven,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST AC-4", "NIST RA-2", "ISO A.5.12"],
    page: include_str!("entity_classified_differently.md"),
};

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    let names = &cx.access.names;
    for (name, sync) in names.project.items.syncs.iter() {
        let Some(of) = names.assets.find(&sync.of.value) else { continue };
        let into = sync.into.as_ref().and_then(|into| names.assets.find(&into.value)).unwrap_or(of);
        if into == of {
            continue;
        }
        if let Some((high, low)) = falls(cx.access.asset_classes[of], cx.access.asset_classes[into]) {
            report(cx, &Flow { name, sync, of, into }, Target::Rows(of), (high, low), out);
        }
        fields(cx, &Flow { name, sync, of, into }, out);
    }
}

/// A sync with its ends.
struct Flow<'p> {
    name: &'p Text,
    sync: &'p Sync,
    of: AssetId,
    into: AssetId,
}

/// Both classes, where the second is less sensitive.
fn falls(from: Option<ClassId>, to: Option<ClassId>) -> Option<(ClassId, ClassId)> {
    from.zip(to).filter(|(from, to)| from > to)
}

/// Fields with a class of their own: each arrives in the field of the same name, or else in a column that nobody classified.
fn fields(cx: &Cx<'_>, flow: &Flow<'_>, out: &mut Sink<'_>) {
    let access = cx.access;
    let names = &access.names;
    let from = access.platforms.iter().position(|facts| facts.platform == flow.sync.from.value);
    for field in names.fields_of(flow.of) {
        let full = names.field_name(field);
        let is_left_out = flow.sync.without.iter().any(|text| text.value == full);
        let is_read = from.is_some_and(|from| access.platforms_of_field(field).has(from));
        if is_left_out || !is_read || access.field_classes[field] == access.asset_classes[flow.of] {
            continue;
        }
        let arrives = names.field(names.assets.name(flow.into), &names.fields[field].name.value);
        let to = arrives.map_or(access.asset_classes[flow.into], |it| access.field_classes[it]);
        if let Some(classes) = falls(access.field_classes[field], to) {
            report(cx, flow, Target::Field(field), classes, out);
        }
    }
}

fn report(cx: &Cx<'_>, flow: &Flow<'_>, target: Target, (high, low): (ClassId, ClassId), out: &mut Sink<'_>) {
    let names = &cx.access.names;
    let subject = Subject::default().on(target);
    out.push(&META, None, Some(flow.name.span), &subject, || {
        let what = ztam_graph::promise::target_name(cx.access, target);
        let title = format!(
            "{} copies {what}, which is {}, to where it is {}",
            flow.name.value,
            cx.class_name(high),
            cx.class_name(low)
        );
        let place = match target {
            Target::Rows(asset) => names.assets.span(asset),
            Target::Field(field) => names.fields[field].name.span,
        };
        Finding::new(&META, title)
            .at(flow.name.span, "copies it down")
            .because(place, format!("{} here", cx.class_name(high)))
            .because(names.assets.span(flow.into), format!("{} there", cx.class_name(low)))
            .note("whoever may not read it at its source reads the copy")
            .help("give both ends the same class, or leave it out: `without`")
            .fact("class", cx.class_name(high))
    });
}
