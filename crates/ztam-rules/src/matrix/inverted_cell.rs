//! A block that gives less of a less sensitive class than of a more sensitive one.

use ztam_graph::access::Holder;
use ztam_graph::ids::{ClassId, RoleId};
use ztam_graph::scopes::ScopeSet;
use ztam_model::project::{Cell, Text};
use ztam_model::words::{Action, Reach, Scope};
use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};
use ztam_source::span::Spanned;

use crate::cx::Cx;
use crate::sink::{Sink, Subject};

pub(super) static META: RuleMeta = RuleMeta {
    id: "matrix/inverted-cell",
    summary: "a role has less of a less sensitive class than of a more sensitive one",
    severity: Severity::Medium,
    confidence: Confidence::Advisory,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST AC-6", "ISO A.5.12", "ISO A.8.3"],
    page: include_str!("inverted_cell.md"),
};

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    for (role, _, declared) in cx.access.names.roles.iter() {
        let mut rows: Vec<Row<'_>> =
            declared.may.iter().filter_map(|(name, cell)| row(cx, name, cell)).collect();
        rows.sort_by_key(|row| row.class);
        for (position, high) in rows.iter().enumerate() {
            // The nearest class below says it best.
            for low in rows.iter().take(position).rev() {
                if let Some(inverted) = inverted(low, high) {
                    let subject = Subject::of(Holder::Role(role)).called(cx.class_name(high.class));
                    out.push(&META, None, Some(high.name.span), &subject, || {
                        finding(cx, role, low, high, inverted)
                    });
                    break;
                }
            }
        }
    }
}

/// A cell that holds always and for the whole class.
struct Row<'p> {
    class: ClassId,
    name: &'p Text,
    cell: &'p Cell,
}

fn row<'p>(cx: &Cx<'p>, name: &'p Text, cell: &'p Cell) -> Option<Row<'p>> {
    let class = cx.access.names.class(&name.value)?;
    let whole = cell.of.is_empty() && ztam_graph::slots::reach(&cx.access.names, class) == Reach::Domain;
    (whole && cell.when.is_empty()).then_some(Row { class, name, cell })
}

type Inverted = (Action, Spanned<Scope>, Spanned<Scope>);

/// The first action that both grant and the more sensitive class grants wider.
fn inverted(low: &Row<'_>, high: &Row<'_>) -> Option<Inverted> {
    high.cell.scopes().find_map(|(action, wide)| {
        let (_, narrow) = low.cell.scopes().find(|(other, _)| *other == action)?;
        let wider = !ScopeSet::of(narrow.value).contains(ScopeSet::of(wide.value));
        let covers = ScopeSet::of(wide.value).contains(ScopeSet::of(narrow.value));
        (wider && covers).then_some((action, narrow, wide))
    })
}

fn finding(
    cx: &Cx<'_>,
    role: RoleId,
    low: &Row<'_>,
    high: &Row<'_>,
    (action, narrow, wide): Inverted,
) -> Finding {
    let (low, high) = (cx.class_name(low.class), cx.class_name(high.class));
    let who = cx.access.names.role_title(role);
    let (verb, narrow_word, wide_word) = (action.as_str(), narrow.value.as_str(), wide.value.as_str());
    let title = format!(
        "{who} may {verb} {high} data in the scope `{wide_word}`, but the less sensitive {low} data only in `{narrow_word}`"
    );
    Finding::new(&META, title)
        .at(wide.span, format!("{high}: {wide_word}"))
        .because(narrow.span, format!("{low}, less sensitive: {narrow_word}"))
        .note("classes are ordered from least to most sensitive; a role that needs the more sensitive rows seldom needs fewer of the others")
        .help(format!("narrow {verb} on {high} to `{narrow_word}`, or widen {verb} on {low} if that was forgotten"))
        .fact("action", verb)
        .fact("class", high)
}
