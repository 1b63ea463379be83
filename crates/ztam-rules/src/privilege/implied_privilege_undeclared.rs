//! Rights that come along with others and that no capability of the role lists.

use std::collections::BTreeMap;

use fixedbitset::FixedBitSet;
use ztam_graph::closure::Closure;
use ztam_graph::facts::{PlatformFacts, RightId};
use ztam_graph::ids::{CapabilityId, RoleId};
use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};
use ztam_source::idx::Idx;

use crate::cx::Cx;
use crate::route::held;
use crate::sink::{Sink, Subject};

pub(super) static META: RuleMeta = RuleMeta {
    id: "matrix/implied-privilege-undeclared",
    summary: "a right brings along others that the matrix does not list",
    severity: Severity::Medium,
    confidence: Confidence::Advisory,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST AC-6", "NIST AC-6(1)", "NIST CM-3", "ISO A.8.2", "SBS-ACS-004"],
    page: include_str!("implied_privilege_undeclared.md"),
};

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    for (platform, facts) in cx.access.platforms.iter().enumerate() {
        if facts.implications.is_empty() {
            continue;
        }
        let closure = Closure::new(facts);
        let mut brought: BTreeMap<CapabilityId, FixedBitSet> = BTreeMap::new();
        for role in &cx.roles {
            let access = &cx.access.roles[*role];
            let (Some(granted), Some(all)) = (access.granted.get(platform), access.closure.get(platform))
            else {
                continue;
            };
            let mut unlisted = all.clone();
            unlisted.difference_with(granted);
            if unlisted.is_clear() {
                continue;
            }
            for capability in access.capabilities.ones().map(CapabilityId::from_usize) {
                let own = brought.entry(capability).or_insert_with(|| closure.of(&bits(facts, capability)));
                for right in own.intersection(&unlisted).map(RightId::from_usize) {
                    let found = Found { cx, role: *role, facts, closure: &closure, capability, right };
                    found.report(out);
                }
            }
        }
    }
}

fn bits(facts: &PlatformFacts, capability: CapabilityId) -> FixedBitSet {
    let mut rights = FixedBitSet::with_capacity(facts.rights.len());
    facts.capabilities[capability].iter().for_each(|right| rights.insert(right.index()));
    rights
}

struct Found<'c, 'a> {
    cx: &'c Cx<'a>,
    role: RoleId,
    facts: &'c PlatformFacts,
    closure: &'c Closure,
    capability: CapabilityId,
    right: RightId,
}

impl Found<'_, '_> {
    /// One finding for a capability: who holds it changes nothing about what it brings.
    fn report(&self, out: &mut Sink<'_>) {
        let place = self.cx.access.names.capabilities.span(self.capability);
        let subject =
            Subject::default().holding(self.capability).called(&*self.facts.rights[self.right].name);
        out.push(&META, None, Some(place), &subject, || self.finding());
    }

    fn finding(&self) -> Finding {
        let names = &self.cx.access.names;
        let name = |right: RightId| format!("`{}`", self.facts.rights[right].name);
        let route = self.closure.route(&bits(self.facts, self.capability), self.right);
        let chain: Vec<_> = route.into_iter().map(name).collect();
        let who = names.role_title(self.role);
        let capability = names.capabilities.name(self.capability);
        let title = format!(
            "you also grant {} on {} with `{capability}`, which does not list it",
            name(self.right),
            self.facts.title
        );
        let finding = Finding::new(&META, title)
            .at(names.capabilities.span(self.capability), "brings more than it lists");
        let finding = match held(self.cx, self.role, self.capability) {
            Some(held) => held.context(self.cx, finding, &format!("{who} holds it")),
            None => finding,
        };
        finding
            .note(format!("why: {}", chain.join(" brings ")))
            .help(
                "list it in the capability, so that whoever approves it sees it, or grant something smaller",
            )
            .fact("right", &*self.facts.rights[self.right].name)
    }
}
