//! A sensitive field that the platform shows to everybody who has the row.

use ztam_graph::access::Target;
use ztam_graph::facts::{FieldFacts, PlatformFacts, Securable};
use ztam_graph::ids::{ClassId, FieldId};
use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};

use crate::cx::{Cx, Sensitivity};
use crate::sink::{Sink, Subject};

pub(super) static META: RuleMeta = RuleMeta {
    id: "class/sensitive-field-unsecured",
    summary: "a sensitive field is not protected, and goes with its row",
    severity: Severity::High,
    confidence: Confidence::Proven,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST AC-3", "NIST AC-6", "ISO A.8.3", "HIPAA 164.312(a)(1)", "GDPR 32(1)(b)"],
    page: include_str!("sensitive_field_unsecured.md"),
};

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    for facts in &cx.access.platforms {
        for (field, known) in facts.fields.iter_ids() {
            let Some(known) = known.as_ref().filter(|it| is_open(it)) else { continue };
            let asset = cx.access.names.fields[field].asset;
            let class =
                cx.access.field_classes[field].filter(|it| Some(*it) > cx.access.asset_classes[asset]);
            let Some(class) = class.filter(|it| cx.sensitivity(*it) >= Sensitivity::Confidential) else {
                continue;
            };
            let subject = Subject::default().on(Target::Field(field));
            let place = cx.access.names.fields[field].name.span;
            out.push(&META, None, Some(place), &subject, || finding(cx, facts, (field, known), class));
        }
    }
}

/// Whether it is known that the platform does not protect the field. What cannot be protected at all has a rule of its own.
fn is_open(field: &FieldFacts) -> bool {
    field.secured == Some(false) && field.securable == Securable::Yes
}

fn finding(
    cx: &Cx<'_>,
    facts: &PlatformFacts,
    (field, known): (FieldId, &FieldFacts),
    class: ClassId,
) -> Finding {
    let names = &cx.access.names;
    let row = &names.fields[field];
    let (asset, class_name) = (names.assets.name(row.asset), cx.class_name(class));
    let own = cx.access.asset_classes[row.asset].map_or("unclassified", |class| cx.class_name(class));
    let title = format!(
        "{} shows {} ({class_name}) to everybody who reads {asset} ({own})",
        facts.title,
        names.field_name(field)
    );
    let restricted = cx.sensitivity(class) == Sensitivity::Restricted;
    Finding::new(&META, title)
        .with_severity(if restricted { Severity::Critical } else { Severity::High })
        .at(row.name.span, format!("`{}` is not secured there", known.name))
        .because(names.assets.span(row.asset), format!("the row is {own}"))
        .note("every role of the org that reads the row reads the field, those outside this matrix too")
        .help("secure the column in the org, and take a new inventory")
        .fact("class", class_name)
        .fact("column", &*known.name)
}
