//! What a machine copies: whoever writes at the source of a sync writes at its end, with the rights of the machine.

use ztam_graph::access::Entry;
use ztam_graph::ids::{AssetId, RoleId};
use ztam_graph::scopes::ScopeWord;
use ztam_model::project::Text;
use ztam_model::surroundings::Sync;
use ztam_model::words::Action;
use ztam_source::span::{Span, Spanned};

use super::duty::{Way, asset_of};
use crate::cx::Cx;
use crate::pattern::Pattern;

/// Data that arrives at what a duty is about from another asset.
#[derive(Clone, Debug)]
pub(crate) struct Flow {
    /// What arrives there.
    pub(crate) into: AssetId,
    /// The platform on which it arrives.
    pub(crate) to: usize,
    /// Where the sync is declared.
    pub(crate) declared: Span,
    from: usize,
    actions: ScopeWord,
    pattern: Pattern,
}

/// The syncs that bring new or changed rows to what a duty names, where they come from another asset.
pub(super) fn flows(cx: &Cx<'_>, actions: &[Action], targets: &[Text]) -> Vec<Flow> {
    let written: Vec<_> =
        actions.iter().copied().filter(|it| matches!(it, Action::Create | Action::Edit)).collect();
    if written.is_empty() {
        return Vec::new();
    }
    let names = &cx.access.names;
    let platform = |key: &str| cx.access.platforms.iter().position(|facts| facts.platform == key);
    let mut found = Vec::new();
    for (name, sync) in names.project.items.syncs.iter() {
        let Some(into) = sync.into.as_ref().and_then(|into| names.assets.find(&into.value)) else { continue };
        let Some((from, to)) = platform(&sync.from.value).zip(platform(&sync.to.value)) else { continue };
        let sources = sources(cx, sync, into, targets);
        if !sources.is_empty() {
            found.push(Flow {
                into,
                to,
                declared: name.span,
                from,
                actions: ScopeWord::mask(&written),
                pattern: Pattern::new(cx, &sources),
            });
        }
    }
    found
}

/// What is read for those of the targets that are in the asset which is written: the asset, or fields of the same name.
fn sources(cx: &Cx<'_>, sync: &Sync, into: AssetId, targets: &[Text]) -> Vec<Text> {
    let names = &cx.access.names;
    let of = &sync.of;
    let mut sources = Vec::new();
    for target in targets.iter().filter(|target| asset_of(cx, &target.value) == Some(into)) {
        let Some((_, field)) = target.value.split_once('.') else {
            sources.push(of.clone());
            continue;
        };
        let source = format!("{}.{field}", of.value);
        let is_left_out = sync.without.iter().any(|text| text.value == source);
        if !is_left_out && names.field(&of.value, field).is_some() {
            sources.push(Spanned { value: source, span: of.span });
        }
    }
    sources
}

impl Flow {
    /// Whether some roles may reach what is copied.
    pub(super) fn may_be_there(&self, cx: &Cx<'_>, roles: &[RoleId]) -> bool {
        self.pattern.may_hit(cx, roles, self.actions)
    }

    /// How some roles write what is copied.
    pub(super) fn ways(&self, cx: &Cx<'_>, roles: &[RoleId]) -> Vec<Way> {
        let hits = self.pattern.hits(cx, roles, self.actions).into_iter();
        let there =
            |entry: &Entry| entry.platforms.has(self.from) && !entry.scopes.and(self.actions).is_empty();
        let is_there = |slot| roles.iter().any(|role| cx.access.entries(*role, slot).iter().any(there));
        hits.filter(|hit| is_there(hit.slot)).map(|hit| Way::Copied(hit, self.clone())).collect()
    }

    /// The asset that is written, by its name.
    pub(super) fn name<'a>(&self, cx: &Cx<'a>) -> &'a str {
        cx.access.names.assets.name(self.into)
    }
}
