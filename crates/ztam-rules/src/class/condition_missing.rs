//! A grant on a class without the conditions that the class requires.

use std::collections::BTreeSet;

use ztam_graph::access::{Conditions, Holder, Origin};
use ztam_graph::ids::{ClassId, RoleId};
use ztam_model::project::{Document, Responsibility, Text};
use ztam_model::words::{Action, Party};
use ztam_source::finding::{Confidence, Finding, RuleMeta, Safety, Severity, Stage, TextEdit};
use ztam_source::span::{Span, Spanned};

use crate::cells::{self, BlockCell, Token};
use crate::cx::Cx;
use crate::sink::{Sink, Subject};
use crate::whatif::{self, Unwanted};

pub(super) static META: RuleMeta = RuleMeta {
    id: "class/condition-missing",
    summary: "a class is granted without a condition that it requires",
    severity: Severity::High,
    confidence: Confidence::Proven,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST IA-2(1)", "NIST IA-2(2)", "NIST AC-12", "ISO A.8.5", "PCI 8.4"],
    page: include_str!("condition_missing.md"),
};

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    for role in &cx.roles {
        let open = open(cx, *role);
        if open.is_empty() {
            continue;
        }
        for cell in cells::of_role(cx, *role) {
            let given = cell.conditions;
            for token in cell.reaching() {
                let Some(class) = token.class.filter(|class| open.contains(&(*class, given))) else {
                    continue;
                };
                let missing = missing(cx, *role, class, given);
                let subject = Subject::of(Holder::Role(*role)).called(token.text.value.as_str());
                let cause = cell.class().unwrap_or(token.text).span;
                out.push(&META, None, Some(cause), &subject, || {
                    finding(cx, *role, cell, token, (class, &missing))
                });
            }
        }
    }
}

/// Classes that the role has without all that they require, with the conditions under which it has them.
fn open(cx: &Cx<'_>, role: RoleId) -> BTreeSet<(ClassId, Conditions)> {
    let required: Vec<Conditions> =
        cx.access.names.classes.ids().map(|class| cells::conditions(cx, required(cx, role, class))).collect();
    let cells = cx.access.roles[role].entries.iter().filter(|entry| entry.origin == Origin::Matrix);
    let open = cells.filter_map(|entry| {
        let class = cx.slot_class(entry.slot)?;
        let given = cx.access.layers[entry.layer].conditions;
        (!required.get(class.0 as usize)?.within(given)).then_some((class, given))
    });
    open.collect()
}

/// What a class requires of a role: what it says for the role's kind, or else of everybody.
fn required<'p>(cx: &Cx<'p>, role: RoleId, class: ClassId) -> &'p [Text] {
    let declared = cx.access.names.classes[class];
    declared.requires_by_kind.get(cx.kind(role).as_str()).unwrap_or(&declared.requires)
}

fn missing<'p>(cx: &Cx<'p>, role: RoleId, class: ClassId, given: Conditions) -> Vec<&'p Text> {
    let is_missing = |text: &&Text| !cells::conditions(cx, std::slice::from_ref(*text)).within(given);
    required(cx, role, class).iter().filter(is_missing).collect()
}

fn finding(
    cx: &Cx<'_>,
    role: RoleId,
    cell: &BlockCell<'_>,
    token: &Token<'_>,
    (class, missing): (ClassId, &[&Text]),
) -> Finding {
    let names = &cx.access.names;
    let class = cx.class_name(class);
    let verb = match cell.scopes.first() {
        Some((Action::AppendTo | Action::Append, _)) | None => "relates",
        Some((Action::Unmask, _)) => "unmasks",
        Some((action, _)) => &format!("{}s", action.as_str()),
    };
    let titles: Vec<_> = missing.iter().map(|text| title(cx, text)).collect();
    let ids: Vec<_> = missing.iter().map(|text| text.value.as_str()).collect();
    let ids = ids.join(", ");
    let who = names.role_title(role);
    let mut finding =
        Finding::new(&META, format!("{who} {verb} {class} data without {}", titles.join(" and ")));
    let place = cell.class().unwrap_or(token.text).span;
    finding = finding.at(place, format!("needs `when: [{ids}]`"));
    if cell.owner != role {
        let text = format!("{who} has it from {}", names.role_title(cell.owner));
        finding = finding.because(names.roles.span(role), text);
    }
    for text in missing {
        finding = finding.because(text.span, format!("every grant on {class} requires it"));
    }
    let kind = cx.kind(role).as_str();
    if let Some((of_kind, _)) =
        names.classes[token_class(token)].requires_by_kind.iter().find(|(name, _)| name.value == kind)
    {
        finding = finding.because(of_kind.span, format!("{who} is of this kind"));
    }
    finding = finding.fact("class", class).fact("conditions", ids.clone());
    let edit = insertion(cell, &ids).filter(|_| helps(cx, role, cell, missing));
    match edit {
        Some(edit) => finding.fix("add the condition", Safety::Safe, vec![edit]),
        None => finding.help(format!("add {ids} to `when` of the cell")),
    }
}

/// Whether the conditions in the cell would remove the finding and bring no other. That a control outside must be attested
/// is no reason against it.
fn helps(cx: &Cx<'_>, role: RoleId, cell: &BlockCell<'_>, missing: &[&Text]) -> bool {
    let Some(class) = cell.class() else { return false };
    let unwanted = Unwanted { rule: META.id, at: class.span, holder: Some(Holder::Role(role)) };
    let change = |items: &mut Document| {
        let roles = items.roles.0.iter_mut().map(|(_, role)| &mut role.may);
        let temporary = items.temporary.0.iter_mut().map(|(_, grant)| &mut grant.may);
        let changes = items.environments.0.iter_mut().flat_map(|(_, environment)| &mut environment.changes);
        let cells =
            roles.chain(temporary).chain(changes.map(|change| &mut change.may)).flat_map(|may| &mut may.0);
        for (_, own) in cells.filter(|(name, _)| name.span == class.span) {
            own.when.extend(missing.iter().map(|text| (*text).clone()));
        }
        let verified = Some(Spanned::new(cx.access.as_of, class.span));
        let attests = missing.iter().map(|text| (*text).clone()).collect();
        let attested = Responsibility {
            statement: class.clone(),
            party: Spanned::new(Party::Customer, class.span),
            owner: Some(class.clone()),
            evidence: Some(class.clone()),
            verified,
            max_age_days: None,
            attests,
            covers: Vec::new(),
        };
        items.responsibilities.0.push((class.clone(), attested));
    };
    whatif::attempt(cx, &whatif::concerned(cx.access, cell.owner), unwanted, change).is_some()
}

fn token_class(token: &Token<'_>) -> ClassId {
    token.class.unwrap_or(ClassId(0))
}

fn title(cx: &Cx<'_>, condition: &Text) -> String {
    let names = &cx.access.names;
    let declared = names.conditions.find(&condition.value).map(|id| names.conditions.get(id));
    let title =
        declared.and_then(|it| it.title.as_ref()).map_or(condition.value.as_str(), |title| &title.value);
    let mut letters = title.chars();
    // In the middle of a sentence; what begins with an abbreviation stays.
    match (letters.next(), letters.clone().next()) {
        (Some(first), Some(second)) if second.is_lowercase() => first.to_lowercase().chain(letters).collect(),
        _ => title.to_owned(),
    }
}

/// Where and how the conditions go into the cell; `None` where its layout cannot be told from the places of its words.
fn insertion(cell: &BlockCell<'_>, ids: &str) -> Option<TextEdit> {
    let class = cell.class()?;
    if let Some(last) = cell.when().last() {
        let end = Span::new(last.span.file, last.span.end, last.span.end);
        let on_one_line = bracketed_start(class, cell).is_some();
        let at = if on_one_line { Some(end) } else { cells::end_of_bracketed(cell.when()) };
        return at.map(|span| TextEdit { span, text: format!(", {ids}") });
    }
    if let Some(start) = bracketed_start(class, cell) {
        return Some(TextEdit { span: start, text: format!("when: [{ids}], ") });
    }
    let (start, indent) = block_start(class, cell)?;
    Some(TextEdit { span: start, text: format!("when: [{ids}]\n{}", " ".repeat(indent)) })
}

/// The start of the first key of a cell in braces on one line: no more than `: {` stands between the class and that key,
/// and no block fits into that.
fn bracketed_start(class: &Text, cell: &BlockCell<'_>) -> Option<Span> {
    let start = first_key(class, cell)?;
    (start.start.checked_sub(class.span.end)? <= 3).then_some(start)
}

/// The start of the first key of a cell written in lines, and its indentation: the same number of blanks stands in front
/// of the first two keys, which a cell in braces cannot have.
fn block_start(class: &Text, cell: &BlockCell<'_>) -> Option<(Span, usize)> {
    let start = first_key(class, cell)?;
    let mut values = values(cell);
    let first = values.next()?;
    let (second_key, second) = values.next()?;
    // `:`, a line break and the blanks; a line break, the blanks and the key with its colon and blank.
    let indent = start.start.checked_sub(class.span.end)?.checked_sub(2)?;
    let next = second.start.checked_sub(first.1.end)?.checked_sub(saturate(second_key.len()) + 3)?;
    (indent == next && indent >= 4).then_some((start, indent as usize))
}

fn first_key(class: &Text, cell: &BlockCell<'_>) -> Option<Span> {
    let (key, value) = values(cell).next()?;
    let at = value.start.checked_sub(saturate(key.len()) + 2)?;
    (at > class.span.end && value.file == class.span.file).then(|| Span::new(value.file, at, at))
}

/// The actions of a cell with the places of their scopes, in the order of the text.
fn values(cell: &BlockCell<'_>) -> impl Iterator<Item = (&'static str, Span)> {
    let mut values: Vec<_> =
        cell.scopes.iter().map(|(action, scope)| (action.as_str(), scope.span)).collect();
    values.sort_by_key(|(_, span)| *span);
    values.into_iter()
}

fn saturate(value: usize) -> u32 {
    u32::try_from(value).unwrap_or(u32::MAX)
}
