//! What is taken away again inside a group of containers, as facts. Access never counts it: it is taken away in that group
//! alone, and a judgement that forgot the other ways would be too mild.

use ztam_source::span::Span;

use crate::facts::{Effect, RightId};
use crate::ids::RoleId;

/// A group that takes away again, inside it alone, what its members grant.
#[derive(Clone, Debug)]
pub struct MutedGroup {
    /// The role that is the group.
    pub role: RoleId,
    /// The set that takes away, as the platform calls it.
    pub name: Box<str>,
    /// Where the role names that set.
    pub said: Span,
    /// Whether nothing is in the group or the set that the project does not know.
    pub is_known: bool,
    /// What is taken away.
    pub taken: Vec<Taken>,
}

/// Something that is taken away.
#[derive(Clone, Debug)]
pub struct Taken {
    /// What it is, in the platform's word: `user permission`, `object permission` ...
    pub kind: &'static str,
    /// Its name there.
    pub name: Box<str>,
    /// Where the project says so.
    pub span: Span,
    /// The right, where anybody in the project can have it.
    pub right: Option<RightId>,
    /// What cells lose by it: exactly these scopes of these actions, of whatever is granted.
    pub cells: Vec<Effect>,
}
