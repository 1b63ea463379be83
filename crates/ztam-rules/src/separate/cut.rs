//! The smallest set of grants whose removal parts two duties. Exact for as many grants as occur: the search removes one grant
//! of a conflict that is left, and deepens step by step. Where it gives up it says so.

use std::collections::{BTreeMap, BTreeSet};

use ztam_graph::access::{SlotId, SlotKind};
use ztam_graph::facts::RightId;
use ztam_graph::holding::{Holding, holdings};
use ztam_graph::ids::{AssetId, CapabilityId, RoleId};
use ztam_graph::path;
use ztam_graph::promise::target_name;
use ztam_model::words::{Action, Quantity, Same};
use ztam_source::idx::Idx;
use ztam_source::span::Span;

use super::duty::{Done, Duty, Way};
use super::judge::may_meet;
use crate::cx::Cx;
use crate::pattern::Hit;

/// More grants than these are no advice that a person follows.
const MOST_GRANTS: usize = 6;
/// States that are looked at before the search gives up.
const MOST_STATES: usize = 20_000;

/// What removes a conflict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    /// These grants, and no fewer would do.
    Smallest(Vec<String>),
    /// Not found within the bounds.
    GivenUp,
}

/// A way as conditions on grants: of each group one must be left. No group at all is a way that nothing takes away.
#[derive(Clone, Debug)]
struct Reach {
    asset: Option<AssetId>,
    groups: Vec<Vec<usize>>,
}

/// A duty: ways by part.
#[derive(Debug)]
struct Side {
    needs: Quantity,
    parts: Vec<Vec<Reach>>,
}

/// Finds the smallest cut between two duties that the same person can do.
pub(crate) fn smallest(cx: &Cx<'_>, roles: &[RoleId], sides: [(&Duty, &Done); 2], same: Same) -> Cut {
    let mut grants = Grants { cx, roles, numbers: BTreeMap::new(), texts: Vec::new() };
    let sides = sides.map(|(duty, done)| grants.side(duty, done));
    let mut search = Search { cx, same, sides: &sides, states: 0 };
    for most in 1..=MOST_GRANTS {
        if let Some(cut) = search.without(&mut BTreeSet::new(), most) {
            let texts = cut.into_iter().filter_map(|grant| grants.texts.get(grant).cloned());
            return Cut::Smallest(texts.collect());
        }
    }
    Cut::GivenUp
}

/// Numbers the grants behind ways, by the places that would be removed.
struct Grants<'c, 'a> {
    cx: &'c Cx<'a>,
    roles: &'c [RoleId],
    numbers: BTreeMap<Span, usize>,
    texts: Vec<String>,
}

impl Grants<'_, '_> {
    fn side(&mut self, duty: &Duty, done: &Done) -> Side {
        let mut parts: Vec<Vec<Reach>> = duty.parts.iter().map(|_| Vec::new()).collect();
        for (number, way) in &done.ways {
            let reaches = self.reaches(duty, *number, way);
            if let Some(part) = parts.get_mut(*number) {
                part.extend(reaches);
            }
        }
        Side { needs: duty.needs, parts }
    }

    fn number(&mut self, span: Span, text: String) -> usize {
        let next = self.numbers.len();
        let number = *self.numbers.entry(span).or_insert(next);
        if number == next {
            self.texts.push(text);
        }
        number
    }

    fn reaches(&mut self, duty: &Duty, part: usize, way: &Way) -> Vec<Reach> {
        let asset = duty.asset(self.cx, way);
        match way {
            Way::Reaches(hit) | Way::Copied(hit, _) => {
                let actions =
                    duty.parts.get(part).map_or_else(|| vec![hit.action], |it| it.actions(hit.action));
                actions.into_iter().filter_map(|action| self.reach(asset, *hit, action)).collect()
            }
            Way::Holds(capability) => {
                let platforms = 0..self.cx.access.platforms.len();
                let held = platforms.filter(|it| self.cx.access.hold_on(self.roles, *capability, *it));
                let groups: Vec<_> = held.map(|platform| self.rights(*capability, platform)).collect();
                if groups.is_empty() {
                    return vec![Reach { asset, groups: vec![self.named(*capability)] }];
                }
                groups.into_iter().map(|groups| Reach { asset, groups }).collect()
            }
            Way::Can(held) => {
                let groups = self.bringing(held.role, held.platform, held.right).into_iter().collect();
                vec![Reach { asset, groups }]
            }
        }
    }

    /// The places that say that a role holds a capability.
    fn named(&mut self, capability: CapabilityId) -> Vec<usize> {
        let names = &self.cx.access.names;
        let mut group = Vec::new();
        for role in self.roles {
            for owner in &self.cx.access.roles[*role].lineage {
                for text in &names.roles.get(*owner).holds {
                    if names.capabilities.find(&text.value) == Some(capability) {
                        group
                            .push(self.number(text.span, format!("{} of {}", text.value, self.role(*owner))));
                    }
                }
            }
        }
        group
    }

    /// A capability on a platform: for each of its rights the grants that it comes with.
    fn rights(&mut self, capability: CapabilityId, platform: usize) -> Vec<Vec<usize>> {
        let Some(facts) = self.cx.access.platforms.get(platform) else { return Vec::new() };
        let mut groups = Vec::new();
        for right in &facts.capabilities[capability] {
            let mut group = Some(Vec::new());
            for role in self.roles {
                let held = self.cx.access.roles[*role].closure.get(platform);
                if held.is_some_and(|held| held.contains(right.index())) {
                    let more = self.bringing(*role, platform, *right);
                    group = group.zip(more).map(|(all, more)| [all, more].concat());
                }
            }
            // What everybody has is not taken away here.
            groups.extend(group);
        }
        groups
    }

    /// The places by which a role is granted a right, or another one that brings it; `None` where some of it comes by cells or
    /// to everybody.
    fn bringing(&mut self, role: RoleId, platform: usize, right: RightId) -> Option<Vec<usize>> {
        let mut group = Vec::new();
        for first in path::bringing(self.cx.access, role, platform, right) {
            group.extend(self.holdings(role, platform, first)?);
        }
        Some(group)
    }

    /// An action on a slot: its own grants, and for a field those of the row.
    fn reach(&mut self, asset: Option<AssetId>, hit: Hit, action: Action) -> Option<Reach> {
        let key = self.cx.access.slots[hit.slot];
        let own = self.causes(hit.slot, action, &target_name(self.cx.access, hit.target));
        let mut groups = vec![own];
        if key.kind != SlotKind::Rows {
            let needed = if action == Action::Unmask { Action::Read } else { action };
            let name = self.cx.access.names.assets.name(key.asset);
            groups.push(self.causes(self.cx.access.rows_slot(key.asset), needed, name));
        }
        // An action that nothing gives is no way; one that everybody has is not taken away here.
        let groups: Vec<_> = groups.into_iter().flatten().collect();
        groups.iter().all(|group| !group.is_empty()).then_some(Reach { asset, groups })
    }

    /// The grants of an action on a slot; `None` where the platform gives it to everybody.
    fn causes(&mut self, slot: SlotId, action: Action, name: &str) -> Option<Vec<usize>> {
        let mut group = Vec::new();
        for role in self.roles {
            for cause in path::causes(self.cx.access, *role, slot, action) {
                let owner = cause.route.last().copied().unwrap_or(*role);
                let token = cause.class.map_or(name, |class| self.cx.class_name(class)).to_owned();
                let text = format!("{} {token} of {}", action.as_str(), self.role(owner));
                group.push(self.number(cause.scope.span, text));
            }
            for cause in path::right_causes(self.cx.access, *role, slot, action) {
                if let Some(right) = cause.route.last() {
                    group.extend(self.bringing(*role, cause.platform, *right)?);
                }
            }
        }
        Some(group)
    }

    /// The places by which a role is granted a right; `None` where the platform gives it to everybody.
    fn holdings(&mut self, role: RoleId, platform: usize, right: RightId) -> Option<Vec<usize>> {
        let names = &self.cx.access.names;
        let mut group = Vec::new();
        for holding in holdings(self.cx.access, role, platform, right) {
            match holding {
                Holding::Capability { capability, token, route, .. } => {
                    let owner = route.last().copied().unwrap_or(role);
                    let text = format!("{} of {}", names.capabilities.name(capability), self.role(owner));
                    group.push(self.number(token, text));
                }
                Holding::Carry(id) => {
                    let text = format!("{}, which is carried", names.carries.name(id));
                    group.push(self.number(names.carries.span(id), text));
                }
                Holding::Base(span) => {
                    let base = self.cx.access.platforms.get(platform).and_then(|it| it.base_of(role));
                    let text =
                        base.map_or_else(String::new, |(it, _)| format!("the {} {}", it.kind, it.name));
                    group.push(self.number(span, text));
                }
                Holding::Everybody => return None,
            }
        }
        // What comes by cells is no grant of a right that could be taken away.
        (!group.is_empty()).then_some(group)
    }

    fn role(&self, role: RoleId) -> String {
        self.cx.access.names.role_title(role)
    }
}

struct Search<'c, 'a> {
    cx: &'c Cx<'a>,
    same: Same,
    sides: &'c [Side; 2],
    states: usize,
}

impl Search<'_, '_> {
    /// The grants that part the duties beside those that are gone, at most so many.
    fn without(&mut self, gone: &mut BTreeSet<usize>, most: usize) -> Option<Vec<usize>> {
        let Some(witness) = self.witness(gone) else { return Some(Vec::new()) };
        self.states += 1;
        if most == 0 || self.states > MOST_STATES {
            return None;
        }
        for grant in witness {
            gone.insert(grant);
            let rest = self.without(gone, most - 1);
            gone.remove(&grant);
            if let Some(rest) = rest {
                return Some([vec![grant], rest].concat());
            }
        }
        None
    }

    /// Grants of one conflict that is left: without one of them it would be another one or none.
    fn witness(&self, gone: &BTreeSet<usize>) -> Option<Vec<usize>> {
        let [a, b] = self.sides;
        let (left, right) = (alive(a, gone)?, alive(b, gone)?);
        let (one, other) = left.iter().find_map(|one| {
            let other = right
                .iter()
                .find(|other| may_meet(self.cx, self.same, place(a, &left, one), place(b, &right, other)))?;
            Some((*one, *other))
        })?;
        let mut grants = BTreeSet::new();
        for (side, reach) in [(a, one), (b, other)] {
            grants.extend(left_of(reach, gone));
            if side.needs == Quantity::All {
                let others = side.parts.iter().filter_map(|part| part.iter().find(|it| is_alive(it, gone)));
                others.for_each(|it| grants.extend(left_of(it, gone)));
            }
        }
        Some(grants.into_iter().collect())
    }
}

/// The asset on which a way counts: with all of a duty, a way without one counts where the others are.
fn place(side: &Side, alive: &[&Reach], reach: &Reach) -> Option<AssetId> {
    match side.needs {
        Quantity::Any => reach.asset,
        Quantity::All => reach.asset.or_else(|| alive.iter().find_map(|it| it.asset)),
    }
}

/// The ways that are left; `None` where the duty cannot be done.
fn alive<'s>(side: &'s Side, gone: &BTreeSet<usize>) -> Option<Vec<&'s Reach>> {
    let mut left = Vec::new();
    for part in &side.parts {
        let before = left.len();
        left.extend(part.iter().filter(|reach| is_alive(reach, gone)));
        if before == left.len() && side.needs == Quantity::All {
            return None;
        }
    }
    (!left.is_empty()).then_some(left)
}

fn is_alive(reach: &Reach, gone: &BTreeSet<usize>) -> bool {
    reach.groups.iter().all(|group| group.iter().any(|grant| !gone.contains(grant)))
}

/// One grant of each group that is left.
fn left_of<'r>(reach: &'r Reach, gone: &'r BTreeSet<usize>) -> impl Iterator<Item = usize> + 'r {
    reach.groups.iter().filter_map(|group| group.iter().copied().find(|grant| !gone.contains(grant)))
}
