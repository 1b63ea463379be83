//! The grants behind a witness: entries of the matrix that a person can take out.

use ztam_source::span::Span;

use super::search::{Leaf, Search};
use crate::access::Holder;
use crate::facts::RightId;
use crate::ids::RoleId;
use crate::path::causes;
use crate::scopes::ScopeSet;

/// Most ways along `extends` from one role to another that are followed.
const MOST_ROUTES: usize = 64;

/// An entry of the matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Grant {
    /// What it is; the order says which one a person would rather take out.
    pub kind: GrantKind,
    /// Its place.
    pub span: Span,
}

/// What a grant is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GrantKind {
    /// An entry of `holds`.
    Holds,
    /// An entry of `assigns`.
    Assigns,
    /// A cell.
    Cell,
    /// A carried block.
    Carry,
    /// The name of the profile or role beneath.
    Base,
    /// An entry of `extends`.
    Extends,
}

impl Search<'_, '_> {
    /// Every way in which a holder has a leaf: each needs all of its grants. A way without grants is what everybody has.
    pub(super) fn options(&self, holder: Holder, leaf: Leaf) -> Vec<Vec<Grant>> {
        let mut options = Vec::new();
        for role in self.access.roles_of(holder) {
            match leaf {
                Leaf::Right(right) => self.of_right(role, right, &mut options),
                Leaf::Delegation(giver, entry, _) => {
                    let entries = &self.access.names.roles.get(giver).assigns;
                    if let Some(entry) = entries.get(entry) {
                        let grant = Grant { kind: GrantKind::Assigns, span: entry.span };
                        self.along(role, giver, grant, &mut options);
                    }
                }
            }
        }
        options.iter_mut().for_each(|grants| grants.sort_unstable());
        options.sort();
        options.dedup();
        options
    }

    /// The grants of a first way in which a holder has a leaf.
    #[must_use]
    pub fn grants(&self, holder: Holder, leaf: Leaf) -> Vec<Grant> {
        self.options(holder, leaf).into_iter().min_by_key(Vec::len).unwrap_or_default()
    }

    fn of_right(&self, role: RoleId, right: RightId, options: &mut Vec<Vec<Grant>>) {
        let (access, names) = (self.access, &self.access.names);
        if !access.roles[role].platforms.has(self.platform) {
            return;
        }
        if self.facts.floor.contains(&right) {
            options.push(Vec::new());
        }
        let base = self.facts.base_of(role).filter(|(base, _)| base.rights.contains(&right));
        options.extend(base.map(|(_, span)| vec![Grant { kind: GrantKind::Base, span }]));
        for owner in &access.roles[role].lineage {
            for text in &names.roles.get(*owner).holds {
                let capability = names.capabilities.find(&text.value);
                if capability.is_some_and(|it| self.facts.capabilities[it].contains(&right)) {
                    let grant = Grant { kind: GrantKind::Holds, span: text.span };
                    self.along(role, *owner, grant, options);
                }
            }
            for (id, _, carry) in names.carries.iter() {
                let carrier = carry.role.as_ref().and_then(|it| names.roles.find(&it.value));
                if carrier == Some(*owner) && self.facts.carries[id].contains(&right) {
                    let grant = Grant { kind: GrantKind::Carry, span: names.carries.span(id) };
                    self.along(role, *owner, grant, options);
                }
            }
        }
        self.of_cells(role, right, options);
    }

    fn of_cells(&self, role: RoleId, right: RightId, options: &mut Vec<Vec<Grant>>) {
        for it in self.facts.cell_rights.iter().filter(|it| it.right == right) {
            let slot = self.access.rows_slot(it.asset);
            for cause in causes(self.access, role, slot, it.action) {
                let reaches = ScopeSet::of(cause.scope.value).reaches(it.at_least);
                if let Some(owner) = cause.route.last().filter(|_| reaches) {
                    self.along(
                        role,
                        *owner,
                        Grant { kind: GrantKind::Cell, span: cause.scope.span },
                        options,
                    );
                }
            }
        }
    }

    /// A grant of `owner`, by every way along `extends` from the role.
    fn along(&self, role: RoleId, owner: RoleId, grant: Grant, options: &mut Vec<Vec<Grant>>) {
        for route in self.routes(role, owner) {
            let extends = route.into_iter().map(|span| Grant { kind: GrantKind::Extends, span });
            options.push(extends.chain([grant]).collect());
        }
    }

    /// Every way along `extends` that meets no role twice, as its entries.
    fn routes(&self, from: RoleId, to: RoleId) -> Vec<Vec<Span>> {
        let mut found = Vec::new();
        let mut open = vec![(vec![from], Vec::new())];
        while let Some((route, spans)) = open.pop() {
            let Some(current) = route.last().copied() else { continue };
            if current == to {
                found.push(spans);
                if found.len() >= MOST_ROUTES {
                    break;
                }
                continue;
            }
            for text in &self.access.names.roles.get(current).extends {
                let parent = self.access.names.roles.find(&text.value);
                let leads = |it: &RoleId| !route.contains(it) && self.access.roles[*it].lineage.contains(&to);
                if let Some(parent) = parent.filter(leads) {
                    let spans: Vec<Span> = spans.iter().copied().chain([text.span]).collect();
                    open.push((route.iter().copied().chain([parent]).collect(), spans));
                }
            }
        }
        found
    }
}
