//! A class that reaches only what a cell names, in a cell that names nothing.

use ztam_graph::access::Holder;
use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};

use crate::cells::{self, BlockCell, Outcome, Token};
use crate::cx::Cx;
use crate::sink::{Sink, Subject};

pub(super) static META: RuleMeta = RuleMeta {
    id: "class/named-without-names",
    summary: "a cell of a class with `reach: named` names nothing",
    severity: Severity::High,
    confidence: Confidence::Proven,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST AC-3", "NIST AC-6", "ISO A.8.3"],
    page: include_str!("named_without_names.md"),
};

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    for cell in cells::all(cx) {
        for token in cell.tokens.iter().filter(|token| token.outcome == Outcome::NotNamed) {
            let subject = Subject::of(Holder::Role(cell.owner)).called(token.text.value.as_str());
            out.push(&META, None, Some(token.text.span), &subject, || finding(cx, cell, token));
        }
    }
}

fn finding(cx: &Cx<'_>, cell: &BlockCell<'_>, token: &Token<'_>) -> Finding {
    let who = cx.access.names.role_title(cell.owner);
    let class = &token.text.value;
    let finding =
        Finding::new(&META, format!("{who} gets no {class} data from this cell: it does not say which"))
            .at(token.text.span, "names no asset and no field");
    let declared = cx.access.names.classes.iter().find(|it| it.id.value == *class);
    let finding = match declared.and_then(|it| it.reach) {
        Some(reach) => finding.because(reach.span, format!("{class} reaches only what is named")),
        None => finding,
    };
    finding
        .note("the cell reads like a grant and is none; who wrote it believes in access that does not exist")
        .help(if cell.class().is_some() {
            "add `of:` with the assets and fields that the role needs, or take the cell out"
        } else {
            "name the assets and fields that the role needs in place of the class"
        })
        .fact("class", class.as_str())
}
