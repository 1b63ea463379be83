//! The cells of the matrix as rules see them: whose block they stand in, and what each of their names reaches.

use ztam_graph::access::Conditions;
use ztam_graph::ids::{AssetId, ClassId, RoleId};
use ztam_graph::path::Block;
use ztam_graph::slots::{self, Named};
use ztam_model::project::{AlsoCell, Cell, Text};
use ztam_model::words::{Action, Reach, Scope};
use ztam_source::entries::Entries;
use ztam_source::span::{Span, Spanned};

use crate::cx::Cx;

/// A cell in its block.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BlockCell<'p> {
    /// The role whose block it is, or that a temporary grant is for.
    pub(crate) owner: RoleId,
    /// What kind of block.
    pub(crate) block: Block,
    /// The domains of the block.
    pub(crate) within: &'p [Text],
    kind: Kind<'p>,
}

#[derive(Clone, Copy, Debug)]
enum Kind<'p> {
    Class(&'p Text, &'p Cell),
    Also(&'p AlsoCell),
}

/// A name in a cell, and what comes of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Token<'p> {
    /// As written: the class of a cell without `of`, else a name in `of`.
    pub(crate) text: &'p Text,
    /// The class of what is named.
    pub(crate) class: Option<ClassId>,
    /// Whether it reaches anything.
    pub(crate) outcome: Outcome,
}

/// What comes of a name in a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It reaches something.
    Reaches,
    /// The asset is in none of the block's domains.
    OutsideDomains(AssetId),
    /// It is not of the cell's class.
    OtherClass,
    /// It has no class at all.
    Unclassified,
    /// The class reaches only what is named, and the cell names a class.
    NotNamed,
    /// Nothing of the class is in the block's domains.
    Empty,
}

impl<'p> BlockCell<'p> {
    /// The class of a class cell.
    pub(crate) fn class(&self) -> Option<&'p Text> {
        match self.kind {
            Kind::Class(class, _) => Some(class),
            Kind::Also(_) => None,
        }
    }

    /// Its scopes by action.
    pub(crate) fn scopes(&self) -> Vec<(Action, Spanned<Scope>)> {
        match self.kind {
            Kind::Class(_, cell) => cell.scopes().collect(),
            Kind::Also(cell) => cell.scopes().collect(),
        }
    }

    /// Why it is needed.
    pub(crate) fn because(&self) -> Option<&'p Text> {
        match self.kind {
            Kind::Class(_, cell) => cell.because.as_ref(),
            Kind::Also(cell) => cell.because.as_ref(),
        }
    }

    /// Its conditions as written.
    pub(crate) fn when(&self) -> &'p [Text] {
        match self.kind {
            Kind::Class(_, cell) => &cell.when,
            Kind::Also(cell) => &cell.when,
        }
    }

    /// Its conditions.
    pub(crate) fn conditions(&self, cx: &Cx<'_>) -> Conditions {
        conditions(cx, self.when())
    }

    /// The names by which it reaches something, with what comes of each.
    pub(crate) fn tokens(&self, cx: &Cx<'p>) -> Vec<Token<'p>> {
        match self.kind {
            Kind::Class(class, cell) if cell.of.is_empty() => vec![self.token(cx, class, None)],
            Kind::Class(class, cell) => {
                let own = cx.access.names.class(&class.value);
                cell.of.iter().map(|text| self.token(cx, text, own)).collect()
            }
            Kind::Also(cell) => cell.of.iter().map(|text| self.token(cx, text, None)).collect(),
        }
    }

    /// `wanted` is the class that a class cell asks of what it names.
    fn token(&self, cx: &Cx<'p>, text: &'p Text, wanted: Option<ClassId>) -> Token<'p> {
        let access = cx.access;
        let (class, asset) = match slots::named(&access.names, &text.value) {
            Some(Named::Class(class)) => {
                return Token { text, class: Some(class), outcome: self.class_outcome(cx, class) };
            }
            Some(Named::Asset(asset)) => (access.asset_classes[asset], asset),
            Some(Named::Field(field)) => (access.field_classes[field], access.names.fields[field].asset),
            None => return Token { text, class: None, outcome: Outcome::Unclassified },
        };
        let domains = &access.names.assets.get(asset).domains;
        let outcome = if class.is_none() {
            Outcome::Unclassified
        } else if wanted.is_some() && wanted != class {
            Outcome::OtherClass
        } else if !domains.iter().any(|domain| self.within.iter().any(|own| own.value == domain.value)) {
            Outcome::OutsideDomains(asset)
        } else {
            Outcome::Reaches
        };
        Token { text, class, outcome }
    }

    fn class_outcome(&self, cx: &Cx<'_>, class: ClassId) -> Outcome {
        let names = &cx.access.names;
        let mut domains = self.within.iter().filter_map(|domain| names.domains.find(&domain.value));
        if slots::reach(names, class) == Reach::Named {
            Outcome::NotNamed
        } else if domains.any(|domain| cx.inhabited.contains(&(class, domain))) {
            Outcome::Reaches
        } else {
            Outcome::Empty
        }
    }
}

/// Every block of the environment and day, each once: roles, what the environment adds to them, temporary grants.
pub(crate) fn all<'p>(cx: &Cx<'p>) -> Vec<BlockCell<'p>> {
    let names = &cx.access.names;
    let own = names.roles.ids().flat_map(|role| own(cx, role));
    let temporary = names.roles.ids().flat_map(|role| temporary(cx, role));
    own.chain(temporary).collect()
}

/// Every cell that gives something to a role: its own, inherited ones, and its temporary grants in force.
pub(crate) fn of_role<'p>(cx: &Cx<'p>, role: RoleId) -> Vec<BlockCell<'p>> {
    let inherited = cx.access.roles[role].lineage.iter().flat_map(|ancestor| own(cx, *ancestor));
    inherited.chain(temporary(cx, role)).collect()
}

/// The cells of a role's own block, and what the environment adds to it.
pub(crate) fn own<'p>(cx: &Cx<'p>, role: RoleId) -> Vec<BlockCell<'p>> {
    let names = &cx.access.names;
    let declared = names.roles.get(role);
    let mut cells = Vec::new();
    push(&mut cells, role, Block::Role, &declared.within, &declared.may, &declared.also);
    for change in cx.access.environment.iter().flat_map(|id| &names.environments.get(*id).changes) {
        if change.widen.as_ref().is_some_and(|name| name.value == names.roles.name(role)) {
            push(&mut cells, role, Block::Environment, &change.within, &change.may, &change.also);
        }
    }
    cells
}

fn temporary<'p>(cx: &Cx<'p>, role: RoleId) -> Vec<BlockCell<'p>> {
    let names = &cx.access.names;
    let mut cells = Vec::new();
    for (id, _, grant) in names.temporaries.iter() {
        let counts = ztam_graph::resolve::in_force(grant.from.value, grant.until.value, cx.access.as_of);
        if counts && grant.role.value == names.roles.name(role) {
            push(&mut cells, role, Block::Temporary(id), &grant.within, &grant.may, &grant.also);
        }
    }
    cells
}

fn push<'p>(
    cells: &mut Vec<BlockCell<'p>>,
    owner: RoleId,
    block: Block,
    within: &'p [Text],
    may: &'p Entries<Cell>,
    also: &'p [AlsoCell],
) {
    cells.extend(may.iter().map(|(class, cell)| BlockCell {
        owner,
        block,
        within,
        kind: Kind::Class(class, cell),
    }));
    cells.extend(also.iter().map(|cell| BlockCell { owner, block, within, kind: Kind::Also(cell) }));
}

/// The conditions that a list names.
pub(crate) fn conditions(cx: &Cx<'_>, when: &[Text]) -> Conditions {
    let known = when.iter().filter_map(|text| cx.access.names.conditions.find(&text.value));
    known.fold(Conditions::NONE, Conditions::with)
}

/// Whether a list of names is written in brackets on one line. Only then is it known how to add to it: no more than a
/// comma and a blank can stand between two names in brackets, and no less than a line break, a dash and a blank elsewhere.
pub(crate) fn end_of_bracketed(list: &[Text]) -> Option<Span> {
    let narrow = |pair: &[Text]| match pair {
        [left, right] => {
            left.span.file == right.span.file && right.span.start.saturating_sub(left.span.end) <= 2
        }
        _ => false,
    };
    let last = list.last()?;
    (list.len() > 1 && list.windows(2).all(narrow))
        .then(|| Span::new(last.span.file, last.span.end, last.span.end))
}
