//! What a role is left with once the groups that take away have taken it: the rights, with all that they bring, and the cells.

use fixedbitset::FixedBitSet;
use ztam_graph::access::{Holder, Origin, SlotId, SlotKind, Target};
use ztam_graph::closure::Closure;
use ztam_graph::escalation::granted;
use ztam_graph::facts::{Effect, EffectOn, PlatformFacts, RightId};
use ztam_graph::ids::RoleId;
use ztam_graph::muting::{MutedGroup, Taken};
use ztam_graph::path;
use ztam_graph::promise::target_name;
use ztam_graph::scopes::{ScopeSet, ScopeWord};
use ztam_model::words::Action;
use ztam_source::finding::Finding;
use ztam_source::idx::Idx;

use crate::cx::Cx;
use crate::need::HeldRight;
use crate::route::Source;
use crate::sink::Subject;
use crate::wording;

/// A platform on which groups take something away.
pub(super) struct Muting<'a> {
    pub(super) platform: usize,
    pub(super) facts: &'a PlatformFacts,
    proven: Closure,
    possible: Closure,
}

/// The platforms with such groups.
pub(super) fn platforms<'a>(cx: &'a Cx<'_>) -> impl Iterator<Item = Muting<'a>> {
    let all = cx.access.platforms.iter().enumerate().filter(|(_, facts)| !facts.muted.is_empty());
    all.map(|(platform, facts)| Muting {
        platform,
        facts,
        proven: Closure::new(facts),
        possible: Closure::with_advisory(facts),
    })
}

/// What a role is left with.
pub(super) struct Left {
    role: RoleId,
    /// Rights, with all that they bring.
    pub(super) rights: FixedBitSet,
    /// Those that may come with them too.
    possible: FixedBitSet,
}

/// One place that a right of cells stands for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Spot {
    pub(super) slot: SlotId,
    pub(super) target: Target,
    pub(super) action: Action,
    pub(super) scopes: ScopeSet,
}

/// How something that is taken away is there all the same.
#[derive(Clone, Copy, Debug)]
pub(super) enum Still {
    /// As the right itself; where `is_sure` is not set, by a pair of rights that is not proven.
    Right { right: RightId, is_sure: bool },
    /// As access: by a right or, without one, by a cell.
    Access { spot: Spot, by: Option<RightId> },
}

impl<'a> Muting<'a> {
    fn groups_of(&self, role: RoleId) -> impl Iterator<Item = &'a MutedGroup> {
        self.facts.muted.iter().filter(move |it| it.role == role)
    }

    /// What a role is left with by itself: what everybody has anyway is left out.
    pub(super) fn left(&self, cx: &Cx<'_>, role: RoleId) -> Left {
        let mut own = granted(cx.access, role, self.platform);
        let taken = self.groups_of(role).flat_map(|it| &it.taken).filter_map(|it| it.right);
        let gone = taken.chain(self.facts.floor.iter().copied()).map(Idx::index);
        gone.filter(|it| *it < own.len()).collect::<Vec<_>>().into_iter().for_each(|it| own.remove(it));
        Left { role, rights: self.proven.of(&own), possible: self.possible.of(&own) }
    }

    /// What everybody has.
    pub(super) fn floor(&self) -> FixedBitSet {
        let mut floor = FixedBitSet::with_capacity(self.facts.rights.len());
        self.facts.floor.iter().for_each(|it| floor.insert(it.index()));
        self.proven.of(&floor)
    }

    /// Whether some rights give something that is taken away.
    pub(super) fn opens(&self, cx: &Cx<'_>, rights: &FixedBitSet, taken: &Taken) -> bool {
        taken.right.is_some_and(|it| rights.contains(it.index()))
            || spots(cx, taken).into_iter().any(|spot| self.opener(cx, rights, spot).is_some())
    }

    /// The right among some that opens a spot.
    fn opener(&self, cx: &Cx<'_>, rights: &FixedBitSet, spot: Spot) -> Option<RightId> {
        let mut all = self.opening(cx, rights, spot.slot);
        all.find(|(_, word)| !meet(word.get(spot.action), spot.scopes).is_empty()).map(|(right, _)| right)
    }

    /// How a role has something all the same that is taken away, here or in another group.
    pub(super) fn still(&self, cx: &Cx<'_>, left: &Left, taken: &Taken) -> Option<Still> {
        let held = |all: &FixedBitSet| taken.right.filter(|it| all.contains(it.index()));
        if let Some(right) = held(&left.rights) {
            return Some(Still::Right { right, is_sure: true });
        }
        let access = spots(cx, taken).into_iter().find_map(|spot| {
            let cells = self.cells(cx, left.role, spot.slot).get(spot.action);
            if !meet(cells, spot.scopes).is_empty() {
                return Some(Still::Access { spot, by: None });
            }
            let by = self.opener(cx, &left.rights, spot);
            by.map(|right| Still::Access { spot, by: Some(right) })
        });
        let unsure = || held(&left.possible).map(|right| Still::Right { right, is_sure: false });
        access.or_else(unsure)
    }

    /// All that a role is left with on a slot.
    pub(super) fn word(&self, cx: &Cx<'_>, left: &Left, slot: SlotId) -> ScopeWord {
        let rights = self.opening(cx, &left.rights, slot).map(|(_, word)| word);
        rights.fold(self.cells(cx, left.role, slot), ScopeWord::union)
    }

    /// The cells of a role on a slot, without what its groups take away.
    fn cells(&self, cx: &Cx<'_>, role: RoleId, slot: SlotId) -> ScopeWord {
        let entries = cx.access.entries(role, slot).iter();
        let own = entries.filter(|it| it.origin != Origin::Right && it.platforms.has(self.platform));
        let word = own.fold(ScopeWord::NONE, |word, it| word.union(it.scopes));
        let taken = self.groups_of(role).flat_map(|it| &it.taken).flat_map(|it| spots(cx, it));
        let taken = taken
            .filter(|it| it.slot == slot)
            .fold(ScopeWord::NONE, |all, it| all.union(ScopeWord::of_set(it.action, it.scopes)));
        taken.iter().fold(word, |word, (action, gone)| {
            let less = ScopeSet(word.get(action).closure().0 & !gone.0);
            word.without(ScopeWord::mask(&[action])).union(ScopeWord::of_set(action, less))
        })
    }

    /// The rights among some that open a slot, with what they open.
    fn opening(
        &self,
        cx: &Cx<'_>,
        rights: &FixedBitSet,
        slot: SlotId,
    ) -> impl Iterator<Item = (RightId, ScopeWord)> {
        let key = cx.access.slots[slot];
        let held = self.facts.rights.iter_ids().filter(|(id, _)| rights.contains(id.index()));
        held.filter_map(move |(id, about)| {
            let hits = about.effects.iter().filter(|it| it.on.hits(key));
            let of = |it: &Effect| if key.kind == SlotKind::Rows { it.rows } else { it.fields };
            let word = hits.fold(ScopeWord::NONE, |word, it| word.union(of(it)));
            (!word.is_empty()).then_some((id, word))
        })
    }

    /// What is taken away, for people: `delete on account`, or the right by its name.
    pub(super) fn said(&self, cx: &Cx<'_>, taken: &Taken) -> String {
        match spots(cx, taken).first() {
            Some(spot) => spot.said(cx),
            None => format!("the {} `{}`", taken.kind, taken.name),
        }
    }

    /// How a role has it all the same.
    pub(super) fn source(&self, cx: &Cx<'_>, role: RoleId, still: Still) -> Option<Source> {
        let right = |right| Some(HeldRight { role, platform: self.platform, right }.source(cx));
        match still {
            Still::Right { right: it, .. } | Still::Access { by: Some(it), .. } => right(it),
            Still::Access { spot, by: None } => {
                let is_taken = |cause: &path::Cause| {
                    let of_group = self.groups_of(role).flat_map(|it| &it.taken);
                    let mut here = of_group
                        .flat_map(|it| spots(cx, it))
                        .filter(|it| (it.slot, it.action) == (spot.slot, spot.action));
                    here.any(|it| it.scopes.has(cause.scope.value))
                };
                let causes = path::causes(cx.access, role, spot.slot, spot.action);
                causes.into_iter().find(|it| !is_taken(it)).map(Source::Cell)
            }
        }
    }
}

impl Spot {
    /// As the end of a sentence: `delete on account`.
    pub(super) fn said(self, cx: &Cx<'_>) -> String {
        format!("{} on {}", wording::verb(self.action), target_name(cx.access, self.target))
    }
}

/// Rows in both.
fn meet(held: ScopeSet, taken: ScopeSet) -> ScopeSet {
    ScopeSet(held.closure().0 & taken.0)
}

/// What of cells a right stands for, slot by slot.
pub(super) fn spots(cx: &Cx<'_>, taken: &Taken) -> Vec<Spot> {
    let mut all = Vec::new();
    for effect in &taken.cells {
        let mut add = |slot, target, word: ScopeWord| {
            all.extend(word.iter().map(|(action, scopes)| Spot { slot, target, action, scopes }));
        };
        match &effect.on {
            EffectOn::Assets(assets) => {
                for asset in assets {
                    add(cx.access.rows_slot(*asset), Target::Rows(*asset), effect.rows);
                }
            }
            EffectOn::Fields(fields) => {
                for (field, slot) in fields.iter().filter_map(|it| Some((*it, cx.access.field_slot(*it)?))) {
                    add(slot, Target::Field(field), effect.fields);
                }
            }
            EffectOn::AllAssets => {}
        }
    }
    all
}

/// About a group, or whoever has in another way what it takes away.
pub(super) fn subject(cx: &Cx<'_>, holder: Holder, taken: &Taken) -> Subject {
    let subject = Subject::of(holder).called(&*taken.name);
    spots(cx, taken).first().map_or(subject.clone(), |spot| subject.on(spot.target))
}

/// Adds where a group takes it away, and what is meant for machines.
pub(super) fn shown(cx: &Cx<'_>, finding: Finding, group: &MutedGroup, taken: &Taken) -> Finding {
    let who = cx.access.names.role_title(group.role);
    finding
        .because(group.said, format!("in the group {who}, and there alone"))
        .fact("right", &*taken.name)
        .fact("muting", &*group.name)
}

/// Says that a judgement rests on rights that may come with others.
pub(super) fn sure(finding: Finding, still: Still) -> Finding {
    match still {
        Still::Right { is_sure: false, .. } => {
            finding.advisory().note("advisory: that the one right brings the other is not verified")
        }
        _ => finding,
    }
}
