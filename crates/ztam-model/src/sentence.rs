//! The sentence grammar of promises, questions and answers.

use ztam_source::span::{Span, Spanned};

use crate::words::{Action, Scope};

/// A sentence, names unresolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sentence {
    /// `only`: these and nobody else.
    pub only: bool,
    /// Whom it is about.
    pub who: Who,
    /// What it says of them.
    pub says: Predicate,
    /// The whole sentence.
    pub span: Span,
}

/// Whom a sentence is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// These roles.
    Roles(Vec<Spanned<String>>),
    /// No role at all.
    Nobody(Span),
    /// Every role that is not abstract.
    Everyone(Span),
}

/// What a sentence says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Predicate {
    /// `can` or `cannot`.
    Can {
        /// `cannot`.
        negated: bool,
        /// The action.
        action: Spanned<Action>,
        /// At least in this scope; with `cannot`, not in this scope or wider.
        scope: Option<Spanned<Scope>>,
        /// On what.
        what: What,
        /// At most in this scope.
        beyond: Option<Spanned<Scope>>,
        /// Granted that these conditions hold.
        when: Vec<Spanned<String>>,
    },
    /// `holds` or `does not hold`.
    Holds {
        /// `does not hold`.
        negated: bool,
        /// The capability.
        capability: Spanned<String>,
    },
}

/// On what an action is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// An asset or a class: their names are unique together.
    Name(Spanned<String>),
    /// A field of an asset.
    Field(Spanned<String>, Spanned<String>),
    /// Everything with a compliance tag.
    Tag(Spanned<String>),
}
