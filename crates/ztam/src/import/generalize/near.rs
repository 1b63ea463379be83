//! Class cells that would nearly fit: what a role has on most of what it touches, and who would gain what if it had it on the
//! rest too. Only told, never written.

use std::collections::{BTreeMap, BTreeSet};

use ztam_backend::import::{ContainerKey, Imported, Target};
use ztam_model::words::{Action, Scope};

use super::Scopes;

/// A fit is near where at most one in so many targets would gain something.
const ONE_IN: usize = 10;

/// A class cell that nearly fits.
#[derive(Clone, Debug)]
pub(in crate::import) struct Near {
    /// Whose it would be.
    pub(in crate::import) role: ContainerKey,
    /// Whether it would be about fields.
    pub(in crate::import) is_field: bool,
    /// What it would give.
    pub(in crate::import) scopes: Scopes,
    /// How many exact cells it would stand for.
    pub(in crate::import) cells: usize,
    /// What the role would gain. It would lose nothing: what it has beyond stays in exact cells.
    pub(in crate::import) gains: Vec<(Target, Action, Scope)>,
}

/// Near fits of an import, those that give least away first: class cells over all that a role touches. Where nothing would be
/// gained a cell fits exactly and is not among them.
pub(in crate::import) fn near(imported: &Imported) -> Vec<Near> {
    let mut all = Vec::new();
    for role in &imported.roles {
        let has: BTreeMap<&Target, Scopes> =
            role.cells.iter().map(|(target, scopes)| (target, scopes.iter().copied().collect())).collect();
        let touched: BTreeSet<&str> = role.cells.iter().map(|it| it.0.asset.as_str()).collect();
        for is_field in [false, true] {
            let targets = imported.assets.iter().filter(|it| touched.contains(it.key.as_str()));
            let targets = targets.flat_map(|asset| {
                let target = |field| Target { asset: asset.key.clone(), field };
                if is_field {
                    asset.fields.iter().map(|it| target(Some(it.key.clone()))).collect()
                } else {
                    vec![target(None)]
                }
            });
            let targets: Vec<Target> = targets.collect();
            let Some((scopes, cells)) = most_common(&targets, &has) else { continue };
            let gains = gains(&targets, &has, &scopes);
            let gaining: BTreeSet<&Target> = gains.iter().map(|it| &it.0).collect();
            if !gains.is_empty() && gaining.len() * ONE_IN <= targets.len() {
                all.push(Near { role: role.container.clone(), is_field, scopes, cells, gains });
            }
        }
    }
    all.sort_by_key(|it| (it.gains.len(), std::cmp::Reverse(it.cells), it.role.clone(), it.is_field));
    all
}

/// What the role has on most targets, and on how many.
fn most_common(targets: &[Target], has: &BTreeMap<&Target, Scopes>) -> Option<(Scopes, usize)> {
    let mut counts: BTreeMap<&Scopes, usize> = BTreeMap::new();
    for scopes in targets.iter().filter_map(|it| has.get(it)) {
        *counts.entry(scopes).or_default() += 1;
    }
    let most = counts.into_iter().max_by_key(|(scopes, count)| (*count, std::cmp::Reverse(*scopes)))?;
    Some((most.0.clone(), most.1))
}

/// Whether the rows of one scope hold those of another.
fn covers(wide: Scope, narrow: Scope) -> bool {
    const LADDER: &[Scope] =
        &[Scope::Own, Scope::Team, Scope::Unit, Scope::UnitTree, Scope::Shared, Scope::Org];
    let step = |it: Scope| LADDER.iter().position(|step| *step == it);
    wide == narrow
        || wide == Scope::Org
        || step(narrow).is_some_and(|it| step(wide).is_some_and(|at| at > it))
}

fn gains(
    targets: &[Target],
    has: &BTreeMap<&Target, Scopes>,
    scopes: &Scopes,
) -> Vec<(Target, Action, Scope)> {
    let of = |target: &Target| {
        let held = has.get(target).cloned().unwrap_or_default();
        // What reaches less, or is not told to reach as far, would be widened.
        let less = scopes
            .iter()
            .filter(move |(action, scope)| held.get(*action).is_none_or(|it| !covers(*it, **scope)));
        less.map(|(action, scope)| (target.clone(), *action, *scope)).collect::<Vec<_>>()
    };
    targets.iter().flat_map(of).collect()
}
