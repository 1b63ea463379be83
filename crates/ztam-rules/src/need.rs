//! What a powerful grant is needed for: whether somebody has said it, and the grants of which nobody has.
//!
//! `because` on a cell speaks for the cell, `justification` on a role for all of its cells and rights, whoever inherits
//! them, and for all that the role itself inherits. What an environment or a temporary grant adds has a reason anyway.

use ztam_graph::access::{Holder, Origin, SlotId};
use ztam_graph::facts::RightId;
use ztam_graph::ids::{ClassId, FieldId, RoleId};
use ztam_graph::path::{self, Block};
use ztam_graph::slots::Named;
use ztam_model::project::Text;
use ztam_model::words::{Action, Scope};
use ztam_source::finding::Finding;
use ztam_source::span::Spanned;

use crate::cells::{self, BlockCell, Token};
use crate::cx::{Cx, Sensitivity};
use crate::route::{self, Source};
use crate::sink::Subject;

/// One action of one name in a cell that somebody has, and of which nobody says why.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Unexplained<'p> {
    /// Who has it.
    pub(crate) role: RoleId,
    /// The cell.
    pub(crate) cell: &'p BlockCell<'p>,
    /// The name that reaches.
    pub(crate) token: Token<'p>,
    /// The class of what is reached.
    pub(crate) class: ClassId,
    /// What is done.
    pub(crate) action: Action,
    /// In which rows, as written.
    pub(crate) scope: Spanned<Scope>,
}

/// Whether a text is there and says something.
pub(crate) fn says(text: Option<&Text>) -> bool {
    text.is_some_and(|text| !text.value.trim().is_empty())
}

/// Whether a role says why it needs what it has.
pub(crate) fn is_justified(cx: &Cx<'_>, role: RoleId) -> bool {
    says(cx.access.names.roles.get(role).justification.as_ref())
}

/// What a role has by cells of sensitive data, and of which nobody says why: some actions, on classes that are at least so
/// sensitive. The most sensitive come first, so that they name the finding where several have one cause.
pub(crate) fn unexplained<'p>(
    cx: &'p Cx<'_>,
    role: RoleId,
    actions: &[Action],
    least: Sensitivity,
) -> Vec<Unexplained<'p>> {
    let reached = cx.reached(role);
    let has = |class: ClassId, action: Action, scope: Scope| {
        reached.iter().any(|it| it.class == class && it.cells.get(action).reaches(scope))
    };
    let is_there = |action: &Action| {
        reached.iter().any(|it| !it.cells.get(*action).is_empty() && cx.sensitivity(it.class) >= least)
    };
    if is_justified(cx, role) || !actions.iter().any(is_there) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for cell in cells::of_role(cx, role) {
        if says(cell.because()) || cell.block != Block::Role || is_justified(cx, cell.owner) {
            continue;
        }
        for token in cell.reaching().copied() {
            let Some(class) = token.class.filter(|class| cx.sensitivity(*class) >= least) else { continue };
            for (action, scope) in cell.scopes.iter().copied() {
                let given = match token.named {
                    // A field is had in the rows of its asset, however far its own word goes.
                    Some(Named::Field(field)) => in_rows(cx, role, field, action, scope.value),
                    _ => has(class, action, scope.value),
                };
                if actions.contains(&action) && given {
                    found.push(Unexplained { role, cell, token, class, action, scope });
                }
            }
        }
    }
    found.sort_by_key(|it| std::cmp::Reverse(it.class));
    found
}

/// Whether the cells of a role give an action on a field so far: as far as they give it on the rows.
fn in_rows(cx: &Cx<'_>, role: RoleId, field: FieldId, action: Action, scope: Scope) -> bool {
    let of_cells =
        |slot: SlotId| cx.access.entries(role, slot).iter().filter(|it| it.origin != Origin::Right);
    let opens = |slot: SlotId| of_cells(slot).any(|it| !it.scopes.get(action).is_empty());
    // What is masked is unmasked in the rows that are read.
    let on_rows = if action == Action::Unmask { Action::Read } else { action };
    let rows = cx.access.rows_slot(cx.access.names.fields[field].asset);
    let reaches = of_cells(rows).any(|it| it.scopes.get(on_rows).reaches(scope));
    cx.field_slots[field].is_some_and(opens) && reaches
}

impl Unexplained<'_> {
    /// Whom and what it is about.
    pub(crate) fn subject(&self) -> Subject {
        let label = format!("{} {}", self.action.as_str(), self.token.text.value);
        Subject::of(Holder::Role(self.role)).called(label)
    }

    /// The place to change, how the role comes to it, and what would settle it.
    pub(crate) fn show(&self, cx: &Cx<'_>, finding: Finding) -> Finding {
        let said = format!("{}: {}", self.action.as_str(), self.scope.value.as_str());
        let mut finding = finding.at(self.scope.span, said);
        if self.token.text.span != self.scope.span {
            let text = format!("{} is reached here", self.token.text.value);
            finding = finding.because(self.token.text.span, text);
        }
        if self.cell.owner != self.role {
            let names = &cx.access.names;
            let (who, from) = (names.role_title(self.role), names.role_title(self.cell.owner));
            finding = finding.because(names.roles.span(self.role), format!("{who} has it from {from}"));
        }
        finding
            .fact("class", cx.class_name(self.class))
            .fact("action", self.action.as_str())
            .fact("scope", self.scope.value.as_str())
    }
}

/// A right that a role holds, with the platform.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HeldRight {
    /// Who holds it.
    pub(crate) role: RoleId,
    /// The platform's position.
    pub(crate) platform: usize,
    /// The right.
    pub(crate) right: RightId,
}

impl HeldRight {
    /// Whether the role, or the one through which it holds the right, says why.
    pub(crate) fn is_justified(self, cx: &Cx<'_>) -> bool {
        let cause = path::right_cause(cx.access, self.role, self.platform, self.right);
        let giver = match cause.capability {
            Some(capability) => route::held(cx, self.role, capability).and_then(|it| it.giver()),
            None => route::carrier(cx, &cause),
        };
        is_justified(cx, self.role) || giver.is_some_and(|giver| is_justified(cx, giver))
    }

    /// How the role comes to hold it.
    pub(crate) fn source(self, cx: &Cx<'_>) -> Source {
        Source::Right(path::right_cause(cx.access, self.role, self.platform, self.right))
    }

    /// Its name on the platform.
    pub(crate) fn name<'a>(self, cx: &'a Cx<'_>) -> &'a str {
        cx.access.platforms.get(self.platform).map_or("", |facts| &facts.rights[self.right].name)
    }

    /// The platform's title.
    pub(crate) fn on(self, cx: &Cx<'_>) -> &'static str {
        cx.access.platforms.get(self.platform).map_or("", |facts| facts.title)
    }

    /// Whom and what it is about.
    pub(crate) fn subject(self, cx: &Cx<'_>) -> Subject {
        let cause = path::right_cause(cx.access, self.role, self.platform, self.right);
        let subject = Subject::of(Holder::Role(self.role)).called(self.name(cx));
        cause.capability.map_or(subject.clone(), |capability| subject.holding(capability))
    }
}
