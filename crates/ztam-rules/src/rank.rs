//! Which of two findings matters more, so that a long list has a top: by the right it is about, by how sensitive the data
//! is, by how far the access reaches and by how many roles have it.

use std::cmp::Reverse;

use ztam_graph::access::{Holder, Target};
use ztam_graph::ids::{AssetId, ClassId, RoleId};
use ztam_model::words::Action;
use ztam_source::finding::{Finding, Severity};
use ztam_source::idx::Idx;
use ztam_source::span::Span;

use crate::cx::Cx;

/// Behind every tier.
const NO_TIER: u8 = u8::MAX;

/// The place of a finding in the list, the smallest first: what fails the run, by severity, then by tier, class and reach;
/// where all of that is the same, by rule, place and text, so that the order is the same in every run.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Rank {
    level: Reverse<ztam_source::finding::Level>,
    waived: bool,
    severity: Reverse<Severity>,
    tier: u8,
    class: Reverse<usize>,
    scope: Reverse<usize>,
    roles: Reverse<usize>,
    rule: String,
    place: Option<Span>,
    title: String,
}

/// Ranks findings. What many of them ask for is worked out once.
pub(crate) struct Ranking<'c, 'a> {
    cx: &'c Cx<'a>,
    /// Per role, how many roles that somebody holds have its access: itself and those that extend it.
    heirs: Vec<usize>,
}

impl<'c, 'a> Ranking<'c, 'a> {
    pub(crate) fn new(cx: &'c Cx<'a>) -> Self {
        let mut heirs = vec![0; cx.access.names.roles.len()];
        for role in cx.roles.iter().flat_map(|role| &cx.access.roles[*role].lineage) {
            if let Some(count) = heirs.get_mut(role.index()) {
                *count += 1;
            }
        }
        Self { cx, heirs }
    }

    pub(crate) fn of(&self, finding: &Finding) -> Rank {
        let about = About::new(self.cx, finding);
        Rank {
            level: Reverse(finding.level),
            waived: finding.waived_by.is_some(),
            severity: Reverse(finding.severity()),
            tier: self.tier(finding, &about),
            class: Reverse(self.class(&about)),
            scope: Reverse(self.scope(&about)),
            roles: Reverse(self.roles(&about)),
            rule: finding.id().to_owned(),
            place: finding.primary().map(|label| label.span),
            title: finding.title.clone(),
        }
    }

    /// The tier that a finding says it leads to, or the strongest of the right, or of the capability's rights, that it names.
    fn tier(&self, finding: &Finding, about: &About) -> u8 {
        if let Some(tier) = fact(finding, "tier").and_then(|it| it.parse().ok()) {
            return tier;
        }
        let right = fact(finding, "right");
        let capability =
            fact(finding, "capability").and_then(|it| self.cx.access.names.capabilities.find(it));
        let tiers = self.cx.access.platforms.iter().flat_map(|facts| {
            let named = facts.rights.iter().filter(move |it| right.is_some_and(|name| *it.name == *name));
            let held =
                capability.into_iter().flat_map(|it| &facts.capabilities[it]).map(|it| &facts.rights[*it]);
            named.chain(held).filter_map(|it| it.tier).map(|tier| tier.level)
        });
        // A right that a role holds counts; one that nobody in sight holds is no danger by itself.
        let known = tiers.min().unwrap_or(NO_TIER);
        if about.role.is_none() && known != NO_TIER { known.saturating_add(1) } else { known }
    }

    /// One more than the rank of the class, so that none is the least.
    fn class(&self, about: &About) -> usize {
        let of_role = || {
            let role = about.role.filter(|_| about.asset.is_none())?;
            self.cx.classes_of(role).max()
        };
        about.class.or_else(of_role).map_or(0, |class| class.index() + 1)
    }

    /// How far the role reaches what the finding is about.
    fn scope(&self, about: &About) -> usize {
        let (Some(role), Some(target)) = (about.role, about.target) else { return 0 };
        let widest = [Action::Delete, Action::Edit, Action::Read].into_iter().filter_map(|action| {
            let scopes = self.cx.access.reach(Holder::Role(role), target, action);
            scopes.top().map(|scope| scope as usize + 1)
        });
        widest.max().unwrap_or(0)
    }

    /// How many roles are concerned: those that have the role's access, or those that reach the asset.
    fn roles(&self, about: &About) -> usize {
        let of_asset = |asset: AssetId| {
            let slot = self.cx.access.rows_slot(asset);
            self.cx.roles.iter().filter(|role| !self.cx.access.entries(**role, slot).is_empty()).count()
        };
        match (about.role, about.asset) {
            (Some(role), _) => self.heirs.get(role.index()).copied().unwrap_or(0),
            (None, Some(asset)) => of_asset(asset),
            (None, None) => 0,
        }
    }
}

/// What the facts of a finding name.
struct About {
    role: Option<RoleId>,
    asset: Option<AssetId>,
    target: Option<Target>,
    class: Option<ClassId>,
}

impl About {
    fn new(cx: &Cx<'_>, finding: &Finding) -> Self {
        let names = &cx.access.names;
        let field = fact(finding, "field").and_then(|it| it.split_once('.'));
        let field = field.and_then(|(asset, field)| names.field(asset, field));
        let of_field = field.map(|field| names.fields[field].asset);
        let asset = of_field.or_else(|| fact(finding, "asset").and_then(|it| names.assets.find(it)));
        let own = match (field, asset) {
            (Some(field), _) => cx.access.field_classes[field],
            (None, Some(asset)) => cx.access.asset_classes[asset],
            (None, None) => None,
        };
        Self {
            role: fact(finding, "role").and_then(|it| names.roles.find(it)),
            asset,
            target: field.map(Target::Field).or_else(|| asset.map(Target::Rows)),
            class: fact(finding, "class").and_then(|it| names.class(it)).or(own),
        }
    }
}

fn fact<'f>(finding: &'f Finding, key: &str) -> Option<&'f str> {
    finding.facts.iter().find(|(known, _)| *known == key).map(|(_, value)| value.as_str())
}

#[cfg(test)]
mod tests {
    use crate::testing::of_rule;

    const TEXT: &str = "classes: [{id: public}, {id: internal, controls: {widest-read: own}}, {id: secret, controls: {widest-read: own}}]
domains: {sales: {}}
assets:
  deal: {class: internal, domains: [sales], salesforce: {object: Deal}}
  plan: {class: secret, domains: [sales], salesforce: {object: Plan}}
roles:
  base: {abstract: true, within: [sales]}
  a: {platforms: [salesforce], within: [sales], also: [{of: [deal], read: team}]}
  b: {platforms: [salesforce], within: [sales], also: [{of: [plan], read: team}]}
  c: {platforms: [salesforce], within: [sales], also: [{of: [plan], read: org}]}
  d: {platforms: [salesforce], within: [sales], also: [{of: [plan], read: team}]}
  e: {platforms: [salesforce], extends: [d]}
";

    #[test]
    fn the_most_sensitive_then_what_most_roles_have_comes_first() {
        let found = of_rule("class/widest-read", TEXT);
        let role = |it: &ztam_source::finding::Finding| {
            it.facts
                .iter()
                .find(|(key, _)| *key == "role")
                .map(|(_, value)| value.clone())
                .unwrap_or_default()
        };
        assert_eq!(found.iter().map(role).collect::<Vec<_>>(), ["d", "b", "c", "e", "a"]);
    }

    #[test]
    fn the_strongest_right_comes_first() {
        let roles = "classes: [{id: internal}]
capabilities: {give: {salesforce: {rights: [give]}}, all: {salesforce: {rights: [read-all]}}}
roles:
  a: {platforms: [salesforce], holds: [give]}
  b: {platforms: [salesforce], holds: [all]}
";
        let found = of_rule("monitoring/privileged-use-unmonitored", roles);
        let rights: Vec<_> = found.iter().map(|it| it.title.rsplit(' ').next().unwrap_or_default()).collect();
        assert_eq!(rights, ["`read-all`", "`give`"]);
    }
}
