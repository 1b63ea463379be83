//! A cell, or a name in a cell, that reaches nothing.

use ztam_graph::access::Holder;
use ztam_graph::path::Block;
use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};

use crate::cells::{self, BlockCell, Outcome, Token};
use crate::cx::Cx;
use crate::sink::{Sink, Subject};

pub(super) static META: RuleMeta = RuleMeta {
    id: "matrix/unreachable-cell",
    summary: "a cell, or a name in a cell, reaches nothing",
    severity: Severity::Medium,
    confidence: Confidence::Proven,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST AC-3", "NIST CM-6"],
    page: include_str!("unreachable_cell.md"),
};

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    for role in cx.access.names.roles.ids() {
        for cell in cells::own(cx, role).iter().filter(|cell| cell.block == Block::Role) {
            for token in &cell.tokens {
                if let Some(reason) = reason(cx, cell, token) {
                    let subject = Subject::of(Holder::Role(role)).called(token.text.value.as_str());
                    out.push(&META, None, Some(token.text.span), &subject, || {
                        finding(cx, cell, token, reason)
                    });
                }
            }
        }
    }
}

/// Why a name reaches nothing, as a label; `None` where it does, or where another rule says so.
fn reason(cx: &Cx<'_>, cell: &BlockCell<'_>, token: &Token<'_>) -> Option<String> {
    let works = || {
        let domains: Vec<_> = cell.within.iter().map(|text| text.value.as_str()).collect();
        if domains.is_empty() {
            "the role works in no domain".to_owned()
        } else {
            format!("the role works in {}", domains.join(", "))
        }
    };
    match token.outcome {
        Outcome::OtherClass => {
            let class = token.class.map_or("", |class| cx.class_name(class));
            Some(format!("it is {class}"))
        }
        Outcome::OutsideDomains(asset) => {
            let domains = &cx.access.names.assets.get(asset).domains;
            let list: Vec<_> = domains.iter().map(|text| text.value.as_str()).collect();
            let there = if list.is_empty() {
                "it is in no domain".to_owned()
            } else {
                format!("it is in {}", list.join(", "))
            };
            Some(format!("{there}, {}", works()))
        }
        Outcome::Empty => Some(format!("nothing of this class is there: {}", works())),
        // Classes without names and assets without a class have rules of their own.
        Outcome::Reaches | Outcome::NotNamed | Outcome::Unclassified => None,
    }
}

fn finding(cx: &Cx<'_>, cell: &BlockCell<'_>, token: &Token<'_>, reason: String) -> Finding {
    let names = &cx.access.names;
    let who = names.role_title(cell.owner);
    let name = &token.text.value;
    if token.outcome == Outcome::OtherClass {
        return other_class(cx, cell, token, reason);
    }
    let title = match token.outcome {
        Outcome::Empty => format!("A cell of {who} reaches nothing: no {name} data is in its domains"),
        _ => format!("A cell of {who} names {name}, which it cannot reach: they share no domain"),
    };
    let finding = Finding::new(&META, title).at(token.text.span, reason);
    let finding = match (token.outcome, cell.within.first()) {
        (Outcome::OutsideDomains(asset), _) => finding.because(names.assets.span(asset), "declared here"),
        (_, Some(domain)) => finding.because(domain.span, "the cells of this block work here only"),
        _ => finding,
    };
    finding
        .help("add the domain to `within` if the role needs to know, or take the cell out")
        .fact("name", name.as_str())
}

fn other_class(cx: &Cx<'_>, cell: &BlockCell<'_>, token: &Token<'_>, reason: String) -> Finding {
    let who = cx.access.names.role_title(cell.owner);
    let name = &token.text.value;
    let wanted = cell.class();
    let class = wanted.map_or("", |class| class.value.as_str());
    let own = token.class.map_or("", |class| cx.class_name(class));
    let title = format!("{who} gets nothing of {name} from its {class} cell: {name} is {own}");
    let mut finding = Finding::new(&META, title).with_severity(Severity::High).at(token.text.span, reason);
    if let Some(wanted) = wanted {
        finding = finding.because(wanted.span, format!("this cell gives {class} data only"));
    }
    finding
        .note("the cell reads like a grant and is none; who wrote it believes in access that does not exist")
        .help(format!("name it in a cell of {own}, or correct the class in the catalogue"))
        .fact("name", name.as_str())
}
