//! What a holder has at the same time: entries of all its roles, asset by asset, and which layers hold together.

use ztam_graph::access::{Access, Conditions, Entry, Holder, Layer, Origin, SlotKind};
use ztam_graph::ids::{AssetId, RoleId, TemporaryId};
use ztam_graph::scopes::{ScopeSet, ScopeWord};
use ztam_model::words::Action;

/// A moment: the conditions that are met and the temporary grants that are used. The narrowest in which one or two layers
/// hold; whatever else holds then is there too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Moment {
    pub(crate) conditions: Conditions,
    pub(crate) temporaries: [Option<TemporaryId>; 2],
}

impl Moment {
    /// When a layer holds.
    pub(crate) fn of(layer: Layer) -> Self {
        Self { conditions: layer.conditions, temporaries: [layer.temporary, None] }
    }

    /// When another layer holds too. Only for a moment of one layer.
    pub(crate) fn and(self, layer: Layer) -> Self {
        let [first, _] = self.temporaries;
        Self { conditions: self.conditions.union(layer.conditions), temporaries: [first, layer.temporary] }
    }

    /// Whether a layer holds in it.
    pub(crate) fn has(self, layer: Layer) -> bool {
        let used = |id: TemporaryId| self.temporaries.contains(&Some(id));
        layer.conditions.within(self.conditions) && layer.temporary.is_none_or(used)
    }

    /// Whether it is always: no condition, no temporary grant.
    pub(crate) fn is_always(self) -> bool {
        self.conditions.is_empty() && self.temporaries == [None, None]
    }
}

/// An entry with the role that has it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Piece {
    pub(crate) role: RoleId,
    pub(crate) entry: Entry,
    pub(crate) layer: Layer,
}

impl Piece {
    /// Its scopes of an action on a platform.
    pub(crate) fn scopes(&self, platform: usize, action: Action) -> ScopeSet {
        if self.entry.platforms.has(platform) { self.entry.scopes.get(action) } else { ScopeSet::NONE }
    }

    /// Whether a cell of the matrix gives it.
    pub(crate) fn is_cell(&self) -> bool {
        self.entry.origin == Origin::Matrix
    }
}

/// All that a holder has on one asset.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OnAsset<'e> {
    pub(crate) asset: AssetId,
    /// On its rows.
    pub(crate) rows: &'e [Piece],
    /// On its fields, slot by slot.
    pub(crate) fields: &'e [Piece],
}

/// Shows all that a holder has, asset by asset.
pub(crate) fn per_asset(access: &Access<'_>, holder: Holder, mut see: impl FnMut(OnAsset<'_>)) {
    let piece = |role, entry: &Entry| Piece { role, entry: *entry, layer: access.layers[entry.layer] };
    let asset = |entry: &Entry| access.slots[entry.slot].asset;
    let mut show = |pieces: &[Piece]| {
        let is_row = |piece: &Piece| access.slots[piece.entry.slot].kind == SlotKind::Rows;
        let (rows, fields) = pieces.split_at(pieces.partition_point(is_row));
        if let Some(first) = pieces.first() {
            see(OnAsset { asset: asset(&first.entry), rows, fields });
        }
    };
    if let Holder::Role(role) = holder {
        // One role has its entries in order: only those on one asset are held at a time.
        let mut pieces = Vec::new();
        for group in access.roles[role].entries.chunk_by(|a, b| asset(a) == asset(b)) {
            pieces.clear();
            pieces.extend(group.iter().map(|entry| piece(role, entry)));
            show(&pieces);
        }
        return;
    }
    let roles = access.roles_of(holder);
    let all = roles.iter().flat_map(|role| access.roles[*role].entries.iter().map(|it| piece(*role, it)));
    let mut pieces: Vec<Piece> = all.collect();
    pieces.sort_by_key(|piece| (piece.entry, piece.role));
    pieces.chunk_by(|a, b| asset(&a.entry) == asset(&b.entry)).for_each(show);
}

/// The scopes of an action on a platform that some pieces give in a moment.
pub(crate) fn in_moment<'e>(
    pieces: impl IntoIterator<Item = &'e Piece>,
    moment: Moment,
    platform: usize,
    action: Action,
) -> ScopeSet {
    let held = pieces.into_iter().filter(|piece| moment.has(piece.layer));
    held.fold(ScopeSet::NONE, |all, piece| all.union(piece.scopes(platform, action)))
}

/// What `entry` of a role gives beyond the entries of `base`, on its own slot: for a field only where the role has the row
/// in `rows`. `base` and `rows` are (layer, entry) of the same role.
pub(crate) fn beyond(
    layer: Layer,
    entry: &Entry,
    base: &[(Layer, Entry)],
    rows: Option<&[(Layer, Entry)]>,
) -> ScopeWord {
    let moment = Moment::of(layer);
    let mut more = ScopeWord::NONE;
    for platform in entry.platforms.iter() {
        let scopes = |all: &[(Layer, Entry)], action: Action| {
            let held =
                all.iter().filter(|(layer, other)| moment.has(*layer) && other.platforms.has(platform));
            held.fold(ScopeSet::NONE, |sum, (_, other)| sum.union(other.scopes.get(action)))
        };
        for (action, given) in entry.scopes.iter() {
            let row = if action == Action::Unmask { Action::Read } else { action };
            let opened = rows.is_none_or(|rows| !scopes(rows, row).is_empty());
            if opened && !scopes(base, action).contains(given) {
                more = more.union(ScopeWord::of_set(action, given));
            }
        }
    }
    more
}
