//! The cells behind entries, for labels and fixes.

use ztam_graph::access::Access;
use ztam_graph::ids::RoleId;
use ztam_graph::path::{self, Cause};
use ztam_graph::scopes::ScopeSet;
use ztam_model::words::{Action, Scope};
use ztam_source::finding::{Finding, Level};
use ztam_source::span::Span;

use crate::layers::Piece;

/// The cell that gives a piece's action: one that says a scope of `wanted`, or else the widest.
pub(super) fn of(access: &Access<'_>, piece: &Piece, action: Action, wanted: ScopeSet) -> Option<Cause> {
    let mut causes = all(access, piece, action);
    let at = causes.iter().position(|cause| wanted.has(cause.scope.value));
    let widest = || causes.iter().enumerate().max_by_key(|(_, cause)| cause.scope.value).map(|(at, _)| at);
    let at = at.or_else(widest)?;
    Some(causes.swap_remove(at))
}

/// Every cell that gives a piece's action.
pub(super) fn all(access: &Access<'_>, piece: &Piece, action: Action) -> Vec<Cause> {
    let mut causes = path::causes(access, piece.role, piece.entry.slot, action);
    causes.retain(|cause| path::layer_of(cause) == piece.layer);
    causes
}

/// The role in whose block a cell stands.
pub(super) fn owner(cause: &Cause) -> RoleId {
    cause.route.last().copied().unwrap_or(cause.role)
}

/// The one scope of a set, for a fix that writes it.
pub(super) fn single(scopes: ScopeSet) -> Option<Scope> {
    let widest = scopes.widest();
    let mut all = widest.iter();
    all.next().filter(|_| all.next().is_none())
}

/// Adds the way along `extends` to the block of a cell.
pub(super) fn inherited(access: &Access<'_>, mut finding: Finding, cause: &Cause) -> Finding {
    for (pair, span) in cause.route.windows(2).zip(&cause.extends) {
        if let [child, parent] = pair {
            let text =
                format!("{} extends {}", access.names.role_title(*child), access.names.role_title(*parent));
            finding = finding.because(*span, text);
        }
    }
    finding
}

/// Where a piece is blamed: its cell, or the role where a right gives it.
pub(super) fn place(access: &Access<'_>, piece: &Piece, cause: Option<&Cause>) -> Span {
    cause.map_or_else(|| access.names.roles.span(piece.role), |cause| cause.scope.span)
}

/// A judgement that rests on a fact nobody has verified advises only.
pub(super) fn unverified(mut finding: Finding) -> Finding {
    finding.level = finding.level.min(Level::Advisory);
    finding.note("rests on a fact about the platform that is not verified")
}
