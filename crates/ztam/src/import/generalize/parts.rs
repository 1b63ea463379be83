//! The cells of an import by role and target, in groups that are alike for every role, and the choice of the groups that are
//! reached by class.

use std::collections::{BTreeMap, BTreeSet};

use ztam_backend::import::{ContainerKey, Imported, Target};

use super::Scopes;

/// Most times that the choice is gone over again.
const PASSES: usize = 6;
/// What a domain costs: a key, a title, an owner.
const DOMAIN_COST: usize = 3;

/// Whether a cell is about rows or fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// The rows of an asset.
    Rows,
    /// A field.
    Fields,
}

/// Targets that are touched by the same roles, and on which every role has the same.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) kind: Kind,
    /// The roles that have a cell on the asset, its rows or a field of it.
    roles: BTreeSet<usize>,
    /// What roles have; nothing for those that are not here.
    has: BTreeMap<usize, Scopes>,
    pub(super) targets: Vec<Target>,
}

/// The cells of an import.
#[derive(Debug, Default)]
pub(super) struct Parts {
    pub(super) roles: Vec<ContainerKey>,
    /// Roles that keep exact cells: they have cells on assets of the project too, whose domains have assets of others.
    exact: BTreeSet<usize>,
    /// New assets that are touched, with the roles that do.
    pub(super) touched: BTreeMap<String, BTreeSet<usize>>,
    pub(super) groups: Vec<Group>,
    /// Groups by role.
    of_role: Vec<Vec<usize>>,
}

impl Parts {
    pub(super) fn new(imported: &Imported) -> Self {
        let mut parts = Self::default();
        let new: BTreeSet<&str> =
            imported.assets.iter().filter(|it| it.known.is_none()).map(|it| it.key.as_str()).collect();
        let mut has: BTreeMap<&Target, BTreeMap<usize, Scopes>> = BTreeMap::new();
        for (number, role) in imported.roles.iter().enumerate() {
            parts.roles.push(role.container.clone());
            for (target, scopes) in &role.cells {
                let scopes: Scopes = scopes.iter().copied().collect();
                if new.contains(target.asset.as_str()) {
                    parts.touched.entry(target.asset.clone()).or_default().insert(number);
                    let twice = has.entry(target).or_default().insert(number, scopes);
                    parts.exact.extend(twice.map(|_| number));
                } else {
                    parts.exact.insert(number);
                }
            }
        }
        parts.group(imported, &has);
        parts
    }

    fn group(&mut self, imported: &Imported, has: &BTreeMap<&Target, BTreeMap<usize, Scopes>>) {
        type Alike<'p> = (Kind, &'p BTreeSet<usize>, BTreeMap<usize, Scopes>);
        let mut groups: BTreeMap<Alike<'_>, Vec<Target>> = BTreeMap::new();
        for asset in &imported.assets {
            let Some(roles) = self.touched.get(&asset.key) else { continue };
            let target = |field| Target { asset: asset.key.clone(), field };
            let fields = asset.fields.iter().map(|it| target(Some(it.key.clone())));
            for target in std::iter::once(target(None)).chain(fields) {
                let kind = if target.field.is_some() { Kind::Fields } else { Kind::Rows };
                let has = has.get(&target).cloned().unwrap_or_default();
                groups.entry((kind, roles, has)).or_default().push(target);
            }
        }
        let group = |((kind, roles, has), targets): (Alike<'_>, Vec<Target>)| Group {
            kind,
            roles: roles.clone(),
            has,
            targets,
        };
        self.groups = groups.into_iter().map(group).collect();
        self.of_role = vec![Vec::new(); self.roles.len()];
        for (at, group) in self.groups.iter().enumerate() {
            for role in &group.roles {
                if let Some(groups) = self.of_role.get_mut(*role) {
                    groups.push(at);
                }
            }
        }
    }

    fn groups_of(&self, role: usize) -> impl Iterator<Item = (usize, &Group)> {
        let all = self.of_role.get(role).into_iter().flatten();
        all.filter_map(|at| Some((*at, self.groups.get(*at)?)))
    }

    /// How many names the exact cells write.
    pub(super) fn exact_cells(&self) -> usize {
        self.groups.iter().map(|it| it.has.len() * it.targets.len()).sum()
    }

    /// What a role has alike on everything of a kind that is reached by class and that it touches, and how many exact cells
    /// that says. Nothing where it would not say at least two.
    pub(super) fn class_cell(&self, role: usize, kind: Kind, on: &[bool]) -> (Scopes, usize) {
        let is_on = |at: usize| on.get(at).copied().unwrap_or(false);
        let reached = || self.groups_of(role).filter(|(at, it)| it.kind == kind && is_on(*at));
        let mut common: Option<Scopes> = None;
        for (_, group) in reached() {
            let Some(has) = group.has.get(&role) else { return (Scopes::new(), 0) };
            common = Some(match common {
                None => has.clone(),
                Some(common) => {
                    common.into_iter().filter(|(action, scope)| has.get(action) == Some(scope)).collect()
                }
            });
        }
        let common = common.filter(|it| !it.is_empty() && !self.exact.contains(&role));
        let Some(common) = common else { return (Scopes::new(), 0) };
        let said = reached().filter(|(_, it)| it.has.get(&role) == Some(&common));
        let said: usize = said.map(|(_, it)| it.targets.len()).sum();
        if said > 1 { (common, said) } else { (Scopes::new(), 0) }
    }

    /// The groups that are reached by class: none at first, then each is put in or taken out, the largest first, as long as
    /// that makes the whole shorter.
    pub(super) fn choose(&self) -> Vec<bool> {
        let mut on = vec![false; self.groups.len()];
        let mut order: Vec<usize> = (0..self.groups.len()).collect();
        let size = |at: &usize| self.groups.get(*at).map_or(0, |it| it.targets.len() * it.has.len());
        order.sort_by_key(|at| (std::cmp::Reverse(size(at)), *at));
        for _ in 0..PASSES {
            let mut changed = false;
            for at in &order {
                let before = self.cost(*at, &on);
                flip(&mut on, *at);
                if self.cost(*at, &on) < before {
                    changed = true;
                } else {
                    flip(&mut on, *at);
                }
            }
            if !changed {
                break;
            }
        }
        on
    }

    /// What the roles that touch a group write, and its domain: as names.
    fn cost(&self, at: usize, on: &[bool]) -> usize {
        let Some(group) = self.groups.get(at) else { return 0 };
        let cells = group.roles.iter().map(|role| {
            let exact: usize = self
                .groups_of(*role)
                .filter(|(_, it)| it.has.contains_key(role))
                .map(|(_, it)| it.targets.len())
                .sum();
            let saved =
                [Kind::Rows, Kind::Fields].map(|kind| self.class_cell(*role, kind, on).1.saturating_sub(1));
            exact - saved.iter().sum::<usize>()
        });
        let cells: usize = cells.sum();
        let mut alike = self.groups.iter().zip(on).filter(|(it, is_on)| **is_on && it.roles == group.roles);
        let domain = if alike.next().is_some() { DOMAIN_COST + group.roles.len() } else { 0 };
        cells + domain
    }
}

fn flip(on: &mut [bool], at: usize) {
    if let Some(it) = on.get_mut(at) {
        *it = !*it;
    }
}
