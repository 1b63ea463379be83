//! What a rule sees: the access, and things that many rules ask for, worked out once.

use ztam_graph::access::{Access, Holder};
use ztam_graph::ids::RoleId;
use ztam_model::words::RoleKind;
use ztam_source::finding::RuleMeta;

/// The view of a rule.
#[derive(Debug)]
pub struct Cx<'a> {
    /// The access that is judged.
    pub access: &'a Access<'a>,
    /// Every rule of the program.
    pub known: &'a [&'static RuleMeta],
    /// Roles that somebody can hold, in the order of names.
    pub roles: Vec<RoleId>,
    /// Those roles and every together set.
    pub holders: Vec<Holder>,
}

impl<'a> Cx<'a> {
    pub(crate) fn new(access: &'a Access<'a>, known: &'a [&'static RuleMeta]) -> Self {
        let roles: Vec<_> = access.names.roles.ids().filter(|role| !access.is_abstract(*role)).collect();
        let sets = access.names.together.ids().map(Holder::Together);
        let holders = roles.iter().copied().map(Holder::Role).chain(sets).collect();
        Self { access, known, roles, holders }
    }

    /// The kind of a role; `employee` where it says nothing.
    #[must_use]
    pub fn kind(&self, role: RoleId) -> RoleKind {
        self.access.names.roles.get(role).kind.map_or(RoleKind::Employee, |kind| kind.value)
    }

    /// A holder for people: the role's title, or the set's name.
    #[must_use]
    pub fn title(&self, holder: Holder) -> String {
        match holder {
            Holder::Role(role) => self.access.names.role_title(role),
            Holder::Together(set) => format!("whoever holds {}", self.access.names.together.name(set)),
        }
    }
}
