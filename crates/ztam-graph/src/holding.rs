//! How a role comes to hold a right that it is granted: by a capability, by a carried block, from the profile or role beneath
//! it, or because the platform gives it to everybody. Like causes, computed when it is asked for.

use fixedbitset::FixedBitSet;
use ztam_source::idx::Idx;
use ztam_source::span::Span;

use crate::access::Access;
use crate::facts::RightId;
use crate::ids::{CapabilityId, CarryId, RoleId};
use crate::path::extends_route;

/// One way in which a role is granted a right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Holding {
    /// A capability that the role, or one that it extends, holds.
    Capability {
        /// The capability.
        capability: CapabilityId,
        /// From the role to the one that says `holds`, both included.
        route: Vec<RoleId>,
        /// The `extends` entries along the route.
        extends: Vec<Span>,
        /// The entry in `holds`.
        token: Span,
    },
    /// A carried block.
    Carry(CarryId),
    /// The profile or role beneath the role has it; where the matrix names that.
    Base(Span),
    /// The platform gives it to every role.
    Everybody,
}

/// All ways in which a role is granted a right of a platform, in the order of the lineage.
#[must_use]
pub fn holdings(access: &Access<'_>, role: RoleId, platform: usize, right: RightId) -> Vec<Holding> {
    let Some(facts) = access.platforms.get(platform) else { return Vec::new() };
    let has = |rights: &[FixedBitSet]| rights.get(platform).is_some_and(|it| it.contains(right.index()));
    let of_role = &access.roles[role];
    let base = facts.base_of(role).filter(|_| has(&of_role.beneath)).map(|(_, span)| Holding::Base(span));
    if !has(&of_role.granted) {
        return base.into_iter().collect();
    }
    let names = &access.names;
    let mut found = Vec::new();
    for owner in &access.roles[role].lineage {
        for text in &names.roles.get(*owner).holds {
            let Some(capability) = names.capabilities.find(&text.value) else { continue };
            if facts.capabilities[capability].contains(&right) {
                let (route, extends) = extends_route(access, role, *owner);
                found.push(Holding::Capability { capability, route, extends, token: text.span });
            }
        }
    }
    let lineage = &access.roles[role].lineage;
    let carried = names.carries.iter().filter(|(id, _, it)| {
        let carrier = it.role.as_ref().and_then(|role| names.roles.find(&role.value));
        carrier.is_some_and(|it| lineage.contains(&it)) && facts.carries[*id].contains(&right)
    });
    found.extend(carried.map(|(id, ..)| Holding::Carry(id)));
    found.extend(base);
    if facts.floor.contains(&right) {
        found.push(Holding::Everybody);
    }
    found
}
