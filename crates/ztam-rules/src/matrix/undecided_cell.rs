//! A role and a class about which nobody has decided.

use std::collections::BTreeSet;

use ztam_graph::access::Holder;
use ztam_graph::ids::{ClassId, RoleId};
use ztam_graph::path::Block;
use ztam_model::project::Document;
use ztam_source::finding::{Confidence, Finding, RuleMeta, Safety, Severity, Stage, TextEdit};
use ztam_source::span::Spanned;

use crate::cells::{self, end_of_bracketed};
use crate::cx::Cx;
use crate::levels::UNDECIDED;
use crate::sink::{Sink, Subject};
use crate::whatif::{self, Unwanted};

pub(super) static META: RuleMeta = RuleMeta {
    id: "matrix/undecided-cell",
    summary: "a role says neither what it may do with a class nor that it never touches it",
    severity: Severity::High,
    confidence: Confidence::Proven,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST AC-3", "NIST AC-6", "ISO A.5.15"],
    page: include_str!("undecided_cell.md"),
};

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    for role in &cx.roles {
        let decided = decided(cx, *role);
        let open: Vec<ClassId> =
            cx.access.names.classes.ids().filter(|class| !decided.contains(class)).collect();
        if !open.is_empty() {
            let span = cx.access.names.roles.span(*role);
            out.push(&META, None, Some(span), &Subject::of(Holder::Role(*role)), || {
                finding(cx, *role, &open)
            });
        }
    }
}

/// The classes that the role or one of those it extends mentions, and those that it says it never touches.
fn decided(cx: &Cx<'_>, role: RoleId) -> BTreeSet<ClassId> {
    let access = cx.access;
    let names = &access.names;
    let never = names.roles.get(role).never.iter().filter_map(|text| names.class(&text.value));
    let mut decided: BTreeSet<ClassId> = never.collect();
    for ancestor in &access.roles[role].lineage {
        for cell in cells::own(cx, *ancestor).iter().filter(|cell| cell.block == Block::Role) {
            match cell.class() {
                Some(class) => decided.extend(names.class(&class.value)),
                None => decided.extend(cell.tokens.iter().filter_map(|token| token.class)),
            }
        }
    }
    decided
}

fn finding(cx: &Cx<'_>, role: RoleId, open: &[ClassId]) -> Finding {
    let names = &cx.access.names;
    let ids: Vec<_> = open.iter().map(|class| cx.class_name(*class)).collect();
    let list = ids.join(", ");
    let title = format!("Nobody has decided what {} may do with {list} data", names.role_title(role));
    let mut finding =
        Finding::new(&META, title).at(names.roles.span(role), format!("says nothing about {list}"));
    if let Some(class) = open.first() {
        finding = finding.because(names.classes[*class].id.span, "this class");
    }
    finding = finding
        .note("undecided means that the next cell, asset or parent decides by accident")
        .fact(UNDECIDED, list.clone());
    let Some(end) = end_of_bracketed(&names.roles.get(role).never) else {
        return finding.help(help(&list));
    };
    let unwanted = Unwanted { rule: META.id, at: names.roles.span(role), holder: Some(Holder::Role(role)) };
    let forswear = |items: &mut Document| {
        let own = items.roles.0.iter_mut().filter(|(name, _)| name.span == unwanted.at);
        own.for_each(|(_, role)| role.never.extend(ids.iter().map(|id| Spanned::new((*id).to_owned(), end))));
    };
    match whatif::attempt(cx, &whatif::concerned(cx.access, role), unwanted, forswear) {
        Some(_) => {
            let edit = TextEdit { span: end, text: format!(", {list}") };
            finding.fix("say that the role never touches it", Safety::Safe, vec![edit])
        }
        // It reaches the class by a right, which it cannot forswear.
        None => finding.help(help(&list)),
    }
}

fn help(list: &str) -> String {
    format!("add `never: [{list}]` to the role, or a cell that says what it may do")
}
