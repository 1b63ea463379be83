//! An asset without a class, and a project without classes.

use ztam_graph::access::Target;
use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};

use crate::cx::Cx;
use crate::sink::{Sink, Subject};

pub(super) static META: RuleMeta = RuleMeta {
    id: "matrix/unclassified",
    summary: "an asset or a field has no class",
    severity: Severity::High,
    confidence: Confidence::Proven,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST RA-2", "NIST AC-6", "ISO A.5.12", "ISO A.5.13", "GDPR 30"],
    page: include_str!("unclassified.md"),
};

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    let names = &cx.access.names;
    // Assets in a project without classes all have the same cause.
    let root = names.classes.is_empty();
    for (id, _, _) in names.assets.iter().filter(|(_, _, asset)| asset.class.is_none()) {
        let span = names.assets.span(id);
        let cause = if root { None } else { Some(span) };
        let subject = Subject::default().on(Target::Rows(id));
        out.push(&META, None, cause, &subject, || {
            let title = format!("{} has no class, so no role can reach it", names.asset_title(id));
            let finding = Finding::new(&META, title).at(span, "not classified");
            if root {
                return finding
                    .note("the project declares no class at all; nothing can be granted without one")
                    .help(
                        "declare `classes:`, from least to most sensitive, and give every asset one of them",
                    );
            }
            let classified = names.fields_of(id).find_map(|field| names.fields[field].field.class.as_ref());
            let finding = match classified {
                Some(class) => finding
                    .because(class.span, "this field has a class, but no field is reached without its row"),
                None => finding,
            };
            let classes = classes(cx);
            finding.help(format!(
                "write `class:` with one of {}; if in doubt, the most sensitive",
                classes.join(", ")
            ))
        });
    }
}

fn classes<'a>(cx: &Cx<'a>) -> Vec<&'a str> {
    cx.access.names.classes.ids().map(|class| cx.class_name(class)).collect()
}
