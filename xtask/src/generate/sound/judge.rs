//! Who reaches which rows in a made-up project, so that promises and prohibitions can be written that are true. Answers
//! count what any environment and any temporary grant adds, and no narrowing.

use super::super::model::{Asset, Block, Capability, Role};
use super::Sound;

/// How a role reaches something.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reach {
    /// Not at all, anywhere.
    No,
    /// Under conditions, for a time, or in one environment.
    Sometimes,
    /// Always.
    Always,
}

impl Sound<'_> {
    /// A role and all it extends.
    pub(super) fn lineage(&self, role: usize) -> Vec<&Role> {
        self.ancestors(role).into_iter().filter_map(|it| self.project.roles.get(it)).collect()
    }

    /// Positions of a role and all it extends.
    pub(super) fn ancestors(&self, role: usize) -> Vec<usize> {
        let mut found = vec![role];
        let mut next = 0;
        while let Some(current) = found.get(next).copied() {
            let parents = self.project.roles.get(current).map_or(&[][..], |it| &it.extends);
            found.extend(parents.iter().filter(|it| !found.contains(it)).copied().collect::<Vec<_>>());
            next += 1;
        }
        found
    }

    /// How a role reaches an asset's rows.
    pub(super) fn reach(&self, role: usize, action: &str, asset: &Asset) -> Reach {
        let there = |platform: &&str| match *platform {
            "salesforce" => asset.salesforce.is_some(),
            _ => asset.dataverse.is_some(),
        };
        if !self.project.roles.get(role).is_some_and(|it| it.platforms.iter().any(there)) {
            return Reach::No;
        }
        let ancestors = self.ancestors(role);
        let own = ancestors
            .iter()
            .filter_map(|it| self.project.roles.get(*it))
            .map(|it| self.cell(&it.block, action, asset));
        let temporary = self.project.temporaries.iter().filter(|it| it.role == role).map(|it| &it.block);
        let changes =
            self.project.changes.iter().filter(|it| it.verb == "widen" && ancestors.contains(&it.role));
        let added = temporary.chain(changes.map(|it| &it.block));
        let added = added.map(|it| self.cell(it, action, asset).min(Reach::Sometimes));
        own.chain(added).max().unwrap_or(Reach::No)
    }

    fn cell(&self, block: &Block, action: &str, asset: &Asset) -> Reach {
        if !asset.domains.iter().any(|it| block.within.contains(it)) {
            return Reach::No;
        }
        let cells = block.may.iter().chain(&block.also).filter(|cell| {
            let of_class = cell.class.is_none() || cell.class == asset.class;
            let named = cell.of.contains(&asset.id) || (cell.class.is_some() && cell.of.is_empty());
            of_class && named && cell.scopes.iter().any(|(it, _)| *it == action)
        });
        let reached = cells.map(|cell| if cell.when.is_empty() { Reach::Always } else { Reach::Sometimes });
        reached.max().unwrap_or(Reach::No)
    }

    /// Capabilities of which nobody has the rights by another one: each has a right of its own, and no others beside it.
    pub(super) fn unique_capabilities(&self) -> Vec<String> {
        let has_its_own =
            |it: &&Capability| it.salesforce.as_ref().is_some_and(|text| text.contains("Gen_Right"));
        let all = self.project.capabilities.iter().filter(|it| it.dataverse.is_none());
        all.filter(has_its_own).map(|it| it.id.clone()).collect()
    }

    /// Whether a role holds a capability, inherited or not.
    pub(super) fn has(&self, role: usize, capability: &str) -> bool {
        self.lineage(role).iter().any(|it| it.holds.iter().any(|held| held == capability))
    }
}
