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
#[derive(Clone, Debug)]
pub(crate) struct BlockCell<'p> {
    /// The role whose block it is, or that a temporary grant is for.
    pub(crate) owner: RoleId,
    /// What kind of block.
    pub(crate) block: Block,
    /// The domains of the block.
    pub(crate) within: &'p [Text],
    /// Its scopes by action.
    pub(crate) scopes: Vec<(Action, Spanned<Scope>)>,
    /// The names by which it reaches something, with what comes of each.
    pub(crate) tokens: Vec<Token<'p>>,
    /// Its conditions.
    pub(crate) conditions: Conditions,
    kind: Kind<'p>,
}

#[derive(Clone, Copy, Debug)]
enum Kind<'p> {
    Class(&'p Text, &'p Cell),
    Also(&'p AlsoCell),
}

/// The cells of one role, read once for all rules.
#[derive(Clone, Debug, Default)]
pub(crate) struct RoleCells<'p> {
    /// Those of its own block, and what the environment adds to it.
    own: Vec<BlockCell<'p>>,
    /// Those of its temporary grants in force.
    temporary: Vec<BlockCell<'p>>,
}

/// A name in a cell, and what comes of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Token<'p> {
    /// As written: the class of a cell without `of`, else a name in `of`.
    pub(crate) text: &'p Text,
    /// What is named, where there is such a thing.
    pub(crate) named: Option<Named>,
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

    /// Why it is needed.
    pub(crate) fn because(&self) -> Option<&'p Text> {
        match self.kind {
            Kind::Class(_, cell) => cell.because.as_ref(),
            Kind::Also(cell) => cell.because.as_ref(),
        }
    }

    /// Its conditions as written.
    pub(crate) fn when(&self) -> &'p [Text] {
        self.kind.when()
    }

    /// Whether an asset is in a domain of the block.
    pub(crate) fn works_at(&self, cx: &Cx<'_>, asset: AssetId) -> bool {
        shares_domain(cx, self.within, asset)
    }

    /// The names that reach something.
    pub(crate) fn reaching(&self) -> impl Iterator<Item = &Token<'p>> {
        self.tokens.iter().filter(|token| token.outcome == Outcome::Reaches)
    }
}

impl<'p> Kind<'p> {
    fn when(self) -> &'p [Text] {
        match self {
            Self::Class(_, cell) => &cell.when,
            Self::Also(cell) => &cell.when,
        }
    }

    fn scopes(self) -> Vec<(Action, Spanned<Scope>)> {
        match self {
            Self::Class(_, cell) => cell.scopes().collect(),
            Self::Also(cell) => cell.scopes().collect(),
        }
    }

    fn tokens(self, cx: &Cx<'p>, within: &[Text]) -> Vec<Token<'p>> {
        match self {
            Self::Class(class, cell) if cell.of.is_empty() => vec![Token::new(cx, within, class, None)],
            Self::Class(class, cell) => {
                let own = cx.access.names.class(&class.value);
                cell.of.iter().map(|text| Token::new(cx, within, text, own)).collect()
            }
            Self::Also(cell) => cell.of.iter().map(|text| Token::new(cx, within, text, None)).collect(),
        }
    }
}

impl<'p> Token<'p> {
    /// `wanted` is the class that a class cell asks of what it names.
    fn new(cx: &Cx<'p>, within: &[Text], text: &'p Text, wanted: Option<ClassId>) -> Self {
        let access = cx.access;
        let named = slots::named(&access.names, &text.value);
        let (class, asset) = match named {
            Some(Named::Class(class)) => {
                return Self { text, named, class: Some(class), outcome: class_outcome(cx, within, class) };
            }
            Some(Named::Asset(asset)) => (access.asset_classes[asset], asset),
            Some(Named::Field(field)) => (access.field_classes[field], access.names.fields[field].asset),
            None => return Self { text, named, class: None, outcome: Outcome::Unclassified },
        };
        let outcome = if class.is_none() {
            Outcome::Unclassified
        } else if wanted.is_some() && wanted != class {
            Outcome::OtherClass
        } else if !shares_domain(cx, within, asset) {
            Outcome::OutsideDomains(asset)
        } else {
            Outcome::Reaches
        };
        Self { text, named, class, outcome }
    }
}

fn shares_domain(cx: &Cx<'_>, within: &[Text], asset: AssetId) -> bool {
    let domains = &cx.access.names.assets.get(asset).domains;
    domains.iter().any(|domain| within.iter().any(|own| own.value == domain.value))
}

fn class_outcome(cx: &Cx<'_>, within: &[Text], class: ClassId) -> Outcome {
    let names = &cx.access.names;
    let mut domains = within.iter().filter_map(|domain| names.domains.find(&domain.value));
    if slots::reach(names, class) == Reach::Named {
        Outcome::NotNamed
    } else if domains.any(|domain| cx.inhabited.contains(&(class, domain))) {
        Outcome::Reaches
    } else {
        Outcome::Empty
    }
}

/// Every block of the environment and day, each once: roles, what the environment adds to them, temporary grants.
pub(crate) fn all<'c, 'p>(cx: &'c Cx<'p>) -> impl Iterator<Item = &'c BlockCell<'p>> {
    let roles = || cx.access.names.roles.ids();
    let own = roles().flat_map(|role| &cx.cells(role).own);
    own.chain(roles().flat_map(|role| &cx.cells(role).temporary))
}

/// Every cell that gives something to a role: its own, inherited ones, and its temporary grants in force.
pub(crate) fn of_role<'c, 'p>(cx: &'c Cx<'p>, role: RoleId) -> impl Iterator<Item = &'c BlockCell<'p>> {
    let inherited = cx.access.roles[role].lineage.iter().flat_map(|ancestor| &cx.cells(*ancestor).own);
    inherited.chain(&cx.cells(role).temporary)
}

/// The cells of a role's own block, and what the environment adds to it.
pub(crate) fn own<'c, 'p>(cx: &'c Cx<'p>, role: RoleId) -> &'c [BlockCell<'p>] {
    &cx.cells(role).own
}

impl<'p> RoleCells<'p> {
    /// Reads the cells of a role.
    pub(crate) fn new(cx: &Cx<'p>, role: RoleId) -> Self {
        let names = &cx.access.names;
        let declared = names.roles.get(role);
        let is_meant = |name: &Text| name.value == names.roles.name(role);
        let mut own = cells(cx, (role, Block::Role), &declared.within, &declared.may, &declared.also);
        for change in cx.access.environment.iter().flat_map(|id| &names.environments.get(*id).changes) {
            if change.widen.as_ref().is_some_and(is_meant) {
                own.extend(cells(cx, (role, Block::Environment), &change.within, &change.may, &change.also));
            }
        }
        let mut temporary = Vec::new();
        for (id, _, grant) in names.temporaries.iter() {
            let counts = ztam_graph::resolve::in_force(grant.from.value, grant.until.value, cx.access.as_of);
            if counts && is_meant(&grant.role) {
                temporary.extend(cells(
                    cx,
                    (role, Block::Temporary(id)),
                    &grant.within,
                    &grant.may,
                    &grant.also,
                ));
            }
        }
        Self { own, temporary }
    }
}

/// The cells of a block: those of classes, then those of names.
fn cells<'p>(
    cx: &Cx<'p>,
    (owner, block): (RoleId, Block),
    within: &'p [Text],
    may: &'p Entries<Cell>,
    also: &'p [AlsoCell],
) -> Vec<BlockCell<'p>> {
    let classes = may.iter().map(|(class, cell)| Kind::Class(class, cell));
    let cell = |kind: Kind<'p>| BlockCell {
        owner,
        block,
        within,
        scopes: kind.scopes(),
        tokens: kind.tokens(cx, within),
        conditions: conditions(cx, kind.when()),
        kind,
    };
    classes.chain(also.iter().map(Kind::Also)).map(cell).collect()
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
