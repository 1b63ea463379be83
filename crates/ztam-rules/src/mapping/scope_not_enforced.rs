//! Rows that the org's own sharing opens to whoever holds the right on the object.

use std::collections::BTreeMap;

use fixedbitset::FixedBitSet;
use ztam_graph::access::{Holder, Target};
use ztam_graph::facts::RowDefault;
use ztam_graph::ids::{AssetId, RoleId};
use ztam_graph::path::Cause;
use ztam_graph::scopes::ScopeSet;
use ztam_model::words::{Action, RoleKind, Scope};
use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};
use ztam_source::idx::Idx;

use super::cell;
use crate::cx::Cx;
use crate::layers::{Moment, OnAsset, Piece, in_moment, per_asset};
use crate::sink::{Sink, Subject};
use crate::whatif::{Unwanted, offer_scope};
use crate::wording;

pub(super) static META: RuleMeta = RuleMeta {
    id: "mapping/scope-not-enforced",
    summary: "the org's sharing default opens more rows than the matrix says",
    severity: Severity::High,
    confidence: Confidence::Proven,
    // What is emitted would be wider than the matrix: nothing excuses that.
    waivable: false,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST AC-3", "ISO A.8.3"],
    page: include_str!("scope_not_enforced.md"),
};

/// Longest chain of objects that are controlled by their parents.
const DEEPEST: u8 = 8;

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    let sharing = Sharing::new(cx);
    for holder in &cx.holders {
        // Together, roles open more than each alone only through the rows of a parent.
        let is_alone = matches!(holder, Holder::Role(_));
        if sharing.open.is_clear() || !is_alone && sharing.parents.is_clear() {
            continue;
        }
        let is_outside = |role: &RoleId| matches!(cx.kind(*role), RoleKind::External | RoleKind::Guest);
        let outside = cx.access.roles_of(*holder).iter().all(is_outside);
        let mut rows = BTreeMap::new();
        if !sharing.parents.is_clear() {
            per_asset(cx.access, *holder, |on| {
                if sharing.parents.contains(on.asset.index()) {
                    rows.insert(on.asset, on.rows.to_vec());
                }
            });
        }
        per_asset(cx.access, *holder, |on| {
            if !sharing.open.contains(on.asset.index()) {
                return;
            }
            let look = Look { cx, holder: *holder, outside, rows: &rows };
            for piece in on.rows.iter().filter(|piece| piece.is_cell()) {
                for action in [Action::Read, Action::Edit, Action::Delete] {
                    look.at(out, on, piece, action);
                }
            }
        });
    }
}

/// What the sharing of the platforms may open at all.
struct Sharing {
    /// Assets of which some default opens rows, to people inside or outside.
    open: FixedBitSet,
    /// Assets whose rows others follow.
    parents: FixedBitSet,
}

impl Sharing {
    fn new(cx: &Cx<'_>) -> Self {
        let none = FixedBitSet::with_capacity(cx.access.names.assets.len());
        let mut sharing = Self { open: none.clone(), parents: none };
        for (asset, facts) in cx.access.platforms.iter().flat_map(|facts| facts.assets.iter_ids()) {
            let Some(facts) = facts else { continue };
            if [facts.default, facts.external_default].into_iter().any(opens) {
                sharing.open.insert(asset.index());
            }
            sharing.parents.extend(facts.controlled_by.iter().map(|parent| parent.index()));
        }
        sharing
    }
}

/// Whether a default may open rows.
fn opens(default: RowDefault) -> bool {
    match default {
        RowDefault::Read | RowDefault::ReadWrite | RowDefault::Parent => true,
        RowDefault::Unknown | RowDefault::Private | RowDefault::InRight => false,
    }
}

struct Look<'c, 'a, 'r> {
    cx: &'c Cx<'a>,
    holder: Holder,
    outside: bool,
    /// The rows of each asset that others follow.
    rows: &'r BTreeMap<AssetId, Vec<Piece>>,
}

/// What opens more than a cell says.
struct Opened {
    platform: usize,
    /// The asset whose default or rows it is.
    by: AssetId,
    default: RowDefault,
    /// The rows that are open.
    scopes: ScopeSet,
}

impl Look<'_, '_, '_> {
    fn at(&self, out: &mut Sink<'_>, on: OnAsset<'_>, piece: &Piece, action: Action) {
        if piece.entry.scopes.get(action).is_empty() {
            return;
        }
        let opened = piece.entry.platforms.iter().find_map(|platform| match self.holder {
            Holder::Role(_) => self.breach(platform, on, piece, action, None),
            // What one role does alone is found at the role.
            Holder::Together(_) => self
                .breach(platform, on, piece, action, None)
                .filter(|_| self.breach(platform, on, piece, action, Some(piece.role)).is_none()),
        });
        let Some((has, opened)) = opened else { return };
        let Some(cause) = cell::of(self.cx.access, piece, action, has) else { return };
        let subject = Subject::of(self.holder).on(Target::Rows(on.asset));
        out.push(&META, None, Some(cause.scope.span), &subject, || {
            self.finding(on.asset, action, has, &opened, &cause)
        });
    }

    /// The scopes of a cell and what opens more, in the first moment in which something does. `only` leaves out what other
    /// roles of the holder have.
    fn breach(
        &self,
        platform: usize,
        on: OnAsset<'_>,
        piece: &Piece,
        action: Action,
        only: Option<RoleId>,
    ) -> Option<(ScopeSet, Opened)> {
        let counts = |piece: &&Piece| only.is_none_or(|role| piece.role == role);
        let own = Moment::of(piece.layer);
        let parents = self.ancestors(platform, on.asset);
        let rows = parents.iter().filter_map(|parent| self.rows.get(parent)).flatten().filter(counts);
        let moments = std::iter::once(own).chain(rows.map(|row| own.and(row.layer)));
        moments.into_iter().find_map(|moment| {
            let has = in_moment(on.rows.iter().filter(counts), moment, platform, action);
            let opened = self.opened(platform, on.asset, action, (moment, only), 0)?;
            // `shared` means whatever the org's sharing opens.
            (!has.has(Scope::Shared) && !has.contains(opened.scopes)).then_some((has, opened))
        })
    }

    /// The assets whose rows an asset follows.
    fn ancestors(&self, platform: usize, asset: AssetId) -> Vec<AssetId> {
        let mut found = vec![asset];
        let mut next = 0;
        while let Some(current) = found.get(next).copied() {
            let facts = self.cx.access.platforms.get(platform).and_then(|it| it.assets[current].as_ref());
            for parent in facts.iter().flat_map(|facts| &facts.controlled_by) {
                if !found.contains(parent) {
                    found.push(*parent);
                }
            }
            next += 1;
        }
        found.remove(0);
        found
    }

    /// What sharing opens of an asset to whoever holds the right on it.
    fn opened(
        &self,
        platform: usize,
        asset: AssetId,
        action: Action,
        (moment, only): (Moment, Option<RoleId>),
        depth: u8,
    ) -> Option<Opened> {
        let facts = self.cx.access.platforms.get(platform)?.assets[asset].as_ref()?;
        let default = if self.outside { facts.external_default } else { facts.default };
        let opened = |scopes| Opened { platform, by: asset, default, scopes };
        match default {
            RowDefault::Read if action == Action::Read => Some(opened(ScopeSet::of(Scope::Org))),
            RowDefault::ReadWrite if action != Action::Delete => Some(opened(ScopeSet::of(Scope::Org))),
            RowDefault::Parent if depth < DEEPEST => {
                // Whoever may edit the parent may edit and delete what hangs on it.
                let on_parent = if action == Action::Read { Action::Read } else { Action::Edit };
                let parents = facts.controlled_by.iter();
                let all = parents.filter_map(|parent| {
                    let by_default = self.opened(platform, *parent, on_parent, (moment, only), depth + 1);
                    by_default.or_else(|| {
                        let rows = self.rows.get(parent)?;
                        let rows = rows.iter().filter(|row| only.is_none_or(|role| row.role == role));
                        let scopes = in_moment(rows, moment, platform, on_parent);
                        (!scopes.is_empty()).then_some(Opened { platform, by: *parent, default, scopes })
                    })
                });
                all.max_by_key(|opened| opened.scopes.widest().top())
            }
            RowDefault::Read
            | RowDefault::ReadWrite
            | RowDefault::Unknown
            | RowDefault::Private
            | RowDefault::Parent
            | RowDefault::InRight => None,
        }
    }

    fn finding(
        &self,
        asset: AssetId,
        action: Action,
        has: ScopeSet,
        opened: &Opened,
        cause: &Cause,
    ) -> Finding {
        let access = self.cx.access;
        let names = &access.names;
        let facts = access.platforms.get(opened.platform);
        let on = facts.map_or("", |facts| facts.title);
        let who = self.cx.title(self.holder);
        let why = match opened.default {
            RowDefault::Parent => format!("its rows are those of {}", names.asset_title(opened.by)),
            RowDefault::ReadWrite => "its sharing default lets everybody read and edit".to_owned(),
            _ => "its sharing default lets everybody read".to_owned(),
        };
        let title = format!(
            "{who} would {} {} in {}, not \"{}\": on {on} {why}",
            wording::verb(action),
            names.asset_title(asset),
            wording::rows(opened.scopes),
            has.words(),
        );
        let finding = Finding::new(&META, title)
            .at(cause.scope.span, format!("not true for `{}`", names.assets.name(asset)));
        let finding = cell::inherited(access, finding, cause).because(names.assets.span(opened.by), why);
        let finding = finding.fact("action", action.as_str()).fact("opened", opened.scopes.words());
        let finding = match opened.default {
            RowDefault::Parent => finding,
            _ => finding.help("make the default Private and record it with `ztam inventory`, or as `sharing: private` in the catalogue"),
        };
        let unwanted = Unwanted { rule: META.id, at: cause.scope.span, holder: Some(self.holder) };
        let Some(scope) = cell::single(opened.scopes) else { return finding };
        let title = format!("say `{}`", scope.as_str());
        offer_scope(self.cx, finding, unwanted, cell::owner(cause), (&title, cause.scope, scope))
    }
}
