//! What the org itself says of a field, held against the matrix.

use std::collections::BTreeMap;

use ztam_graph::access::Target;
use ztam_graph::facts::PlatformFacts;
use ztam_graph::ids::{ClassId, FieldId, title_or_words};
use ztam_model::inventory::InventoryField;
use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};

use crate::cx::{Cx, Sensitivity};
use crate::sink::{Sink, Subject};

pub(super) static META: RuleMeta = RuleMeta {
    id: "class/platform-label-mismatch",
    summary: "the org labels a field otherwise than the matrix classifies it",
    severity: Severity::Medium,
    confidence: Confidence::Advisory,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST RA-2", "ISO A.5.12", "ISO A.5.13"],
    page: include_str!("platform_label_mismatch.md"),
};

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    let names = &cx.access.names;
    for facts in &cx.access.platforms {
        let Some(inventory) = names.project.inventory.platforms.get(facts.platform) else { continue };
        let labels = inventory.objects.values().flat_map(|it| it.fields.values());
        let in_use = labels.into_iter().any(|field| field.classification.is_some());
        let mut named = BTreeMap::new();
        for (asset, bound) in facts.assets.iter_ids() {
            let object = bound.as_ref().and_then(|it| inventory.objects.get(&*it.name));
            let Some(object) = object else { continue };
            let there =
                |field: FieldId| Some((field, object.fields.get(&*facts.fields[field].as_ref()?.name)?));
            for (field, found) in names.fields_of(asset).filter_map(there) {
                let Some(class) = cx.access.field_classes[field] else { continue };
                for wrong in wrong(cx, field, class, found, (in_use, &mut named)) {
                    let subject = Subject::default().on(Target::Field(field));
                    out.push(&META, Some(META.id), Some(names.fields[field].name.span), &subject, || {
                        finding(cx, facts, field, &wrong)
                    });
                }
            }
        }
    }
}

/// The classes that labels name: a few labels stand at many fields.
type Labels<'i> = BTreeMap<&'i str, Option<ClassId>>;

/// What is different, each as the end of a sentence.
fn wrong<'i>(
    cx: &Cx<'_>,
    field: FieldId,
    class: ClassId,
    found: &'i InventoryField,
    (in_use, named): (bool, &mut Labels<'i>),
) -> Vec<String> {
    let own = cx.class_name(class);
    let is_own = cx.access.names.fields[field].field.class.is_some();
    let mut wrong = Vec::new();
    match &found.classification {
        Some(label) => {
            let named = *named.entry(label).or_insert_with(|| class_of_label(cx, label));
            if named != Some(class) {
                wrong.push(format!("is labelled `{}`, and {own} in the matrix", clean(label)));
            }
        }
        // Where the whole asset is of the class, the label of the object says it.
        None if in_use && is_own && cx.sensitivity(class) >= Sensitivity::Confidential => {
            wrong.push(format!("has no label, and is {own} in the matrix"));
        }
        None => {}
    }
    let row = &cx.access.names.fields[field];
    let tags = || cx.access.names.assets.get(row.asset).tags.iter().chain(&row.field.tags);
    for group in &found.compliance {
        if !tags().any(|tag| is_same_group(&tag.value, group)) {
            wrong.push(format!("is under `{}`, and has no such tag in the matrix", clean(group)));
        }
    }
    wrong
}

/// The class that a label names: by its id or title, whatever the case and what stands between the letters.
fn class_of_label(cx: &Cx<'_>, label: &str) -> Option<ClassId> {
    let wanted = folded(label);
    let is_named = |class: &ztam_model::project::Class| {
        let title = title_or_words(class.title.as_ref(), &class.id.value);
        folded(&class.id.value) == wanted || folded(&title) == wanted
    };
    cx.access.names.classes.iter_ids().find(|(_, class)| is_named(class)).map(|(id, _)| id)
}

fn folded(text: &str) -> String {
    text.chars().filter(|it| it.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Whether a tag and a compliance group mean the same. Health data goes by the law and by what it is.
fn is_same_group(tag: &str, group: &str) -> bool {
    let health = |it: &str| matches!(it, "hipaa" | "phi");
    let (tag, group) = (folded(tag), folded(group));
    tag == group || health(&tag) && health(&group)
}

/// A label of the org as it may stand in a message.
fn clean(text: &str) -> String {
    text.chars().filter(|it| !it.is_control() && *it != '`').take(80).collect()
}

fn finding(cx: &Cx<'_>, facts: &PlatformFacts, field: FieldId, wrong: &str) -> Finding {
    let names = &cx.access.names;
    let name = facts.fields[field].as_ref().map_or("", |bound| &*bound.name);
    let title = format!("{} on {} {wrong}", names.field_name(field), facts.title);
    let row = &names.fields[field];
    let place = row.field.class.as_ref().map_or(row.name.span, |class| class.span);
    Finding::new(&META, title)
        .at(place, format!("`{name}` there"))
        .note("two truths about one field: whoever reads the other one decides otherwise")
        .help("correct the label in the org or the class and tags in the matrix, and take a new inventory")
        .fact("label", wrong)
}
