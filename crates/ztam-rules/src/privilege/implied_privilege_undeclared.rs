//! Rights that come along with others and that no capability of the role lists.

use std::collections::{BTreeMap, BTreeSet};

use fixedbitset::FixedBitSet;
use ztam_graph::closure::Closure;
use ztam_graph::facts::{PlatformFacts, RightId};
use ztam_graph::ids::{CapabilityId, RoleId};
use ztam_graph::path;
use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};
use ztam_source::idx::Idx;

use crate::cx::Cx;
use crate::route::held;
use crate::sink::{Sink, Subject};
use crate::wording::count;

pub(super) static META: RuleMeta = RuleMeta {
    id: "matrix/implied-privilege-undeclared",
    summary: "a right brings along others that the matrix does not list",
    severity: Severity::High,
    confidence: Confidence::Proven,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST AC-6", "NIST AC-6(1)", "NIST CM-3", "ISO A.8.2", "SBS-ACS-004"],
    page: include_str!("implied_privilege_undeclared.md"),
};

/// Rights that a finding says the way of.
const MOST: usize = 8;

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    for (platform, facts) in cx.access.platforms.iter().enumerate() {
        if facts.implications.is_empty() {
            continue;
        }
        let closures = Closures { proven: Closure::new(facts), all: Closure::with_advisory(facts) };
        for (capability, brought) in unlisted(cx, platform, facts, &closures) {
            Found { cx, platform, facts, closures: &closures, capability, brought }.report(out);
        }
    }
}

struct Closures {
    proven: Closure,
    all: Closure,
}

/// What capabilities bring along and some role does not list, with the first such role.
fn unlisted(
    cx: &Cx<'_>,
    platform: usize,
    facts: &PlatformFacts,
    closures: &Closures,
) -> BTreeMap<CapabilityId, Brought> {
    let mut brought: BTreeMap<CapabilityId, FixedBitSet> = BTreeMap::new();
    let mut found: BTreeMap<CapabilityId, Brought> = BTreeMap::new();
    for role in &cx.roles {
        let access = &cx.access.roles[*role];
        let Some((granted, all)) = access.granted.get(platform).zip(access.possible.get(platform)) else {
            continue;
        };
        let mut missing = all.clone();
        missing.difference_with(granted);
        without_same_names(facts, granted, &mut missing);
        if missing.is_clear() {
            continue;
        }
        for capability in access.capabilities.ones().map(CapabilityId::from_usize) {
            let own = brought.entry(capability).or_insert_with(|| closures.all.of(&bits(facts, capability)));
            let mut here = own.clone();
            here.intersect_with(&missing);
            if !here.is_clear() {
                let it =
                    found.entry(capability).or_insert_with(|| Brought { role: *role, rights: here.clone() });
                it.rights.union_with(&here);
                // Somebody whose role was reviewed answers for it, if there is one.
                if is_unreviewed(cx, it.role) {
                    it.role = *role;
                }
            }
        }
    }
    found
}

/// Takes out what is another depth of something granted: it is the same line, and nobody grants it besides.
fn without_same_names(facts: &PlatformFacts, granted: &FixedBitSet, missing: &mut FixedBitSet) {
    let name = |right: usize| {
        let about = &facts.rights[RightId::from_usize(right)];
        (about.kind, &*about.name)
    };
    let listed: BTreeSet<_> = granted.ones().map(name).collect();
    let same: Vec<usize> = missing.ones().filter(|right| listed.contains(&name(*right))).collect();
    same.into_iter().for_each(|right| missing.set(right, false));
}

fn is_unreviewed(cx: &Cx<'_>, role: RoleId) -> bool {
    cx.access.names.roles.get(role).unreviewed.is_some_and(|it| it.value)
}

fn bits(facts: &PlatformFacts, capability: CapabilityId) -> FixedBitSet {
    let mut rights = FixedBitSet::with_capacity(facts.rights.len());
    facts.capabilities[capability].iter().for_each(|right| rights.insert(right.index()));
    rights
}

/// What a capability brings that a role of its holders does not list.
struct Brought {
    role: RoleId,
    rights: FixedBitSet,
}

struct Found<'c, 'a> {
    cx: &'c Cx<'a>,
    platform: usize,
    facts: &'c PlatformFacts,
    closures: &'c Closures,
    capability: CapabilityId,
    brought: Brought,
}

impl Found<'_, '_> {
    /// One finding for a capability: who holds it changes nothing about what it brings.
    fn report(&self, out: &mut Sink<'_>) {
        let place = self.cx.access.names.capabilities.span(self.capability);
        let subject = Subject::default().holding(self.capability).called(self.facts.title);
        out.push(&META, None, Some(place), &subject, || self.finding());
    }

    /// Rights by what is sure, then by tier.
    fn rights(&self) -> Vec<(RightId, bool)> {
        let proven = self.closures.proven.of(&bits(self.facts, self.capability));
        let rights = self.brought.rights.ones().map(RightId::from_usize);
        let mut rights: Vec<_> = rights.map(|right| (right, proven.contains(right.index()))).collect();
        rights.sort_by_key(|(right, is_proven)| {
            (!is_proven, self.facts.rights[*right].tier.map_or(5, |tier| tier.level), *right)
        });
        rights
    }

    fn finding(&self) -> Finding {
        let names = &self.cx.access.names;
        let rights = self.rights();
        let capability = names.capabilities.name(self.capability);
        let listed: Vec<_> = rights.iter().map(|(right, _)| &*self.facts.rights[*right].name).collect();
        let noun =
            if listed.len() == 1 { format!("`{}`", listed.join("")) } else { count(listed.len(), "right") };
        let title = format!(
            "you also grant {noun} on {} with `{capability}`, which does not list it",
            self.facts.title
        );
        let title = if listed.len() == 1 { title } else { title.replace("list it", "list them") };
        let finding = Finding::new(&META, title)
            .at(names.capabilities.span(self.capability), "brings more than it lists");
        let who = names.role_title(self.brought.role);
        let finding = match held(self.cx, self.brought.role, self.capability) {
            Some(held) => held.context(self.cx, finding, &format!("{who} holds it")),
            None => finding,
        };
        let finding =
            rights.iter().take(MOST).fold(finding, |finding, right| finding.note(self.way(right.0)));
        let more = rights.len().saturating_sub(MOST);
        let finding =
            if more > 0 { finding.note(format!("and {}", count(more, "more right"))) } else { finding };
        let finding = finding
            .help("list what comes along in the capability, so that whoever approves it sees it, or grant something smaller")
            .fact("role", names.roles.name(self.brought.role))
            .fact("rights", listed.join(", "))
            .fact("platform", self.facts.platform);
        self.weighed(finding, &rights)
    }

    /// High where something dangerous comes along for sure, low where nothing does, advice where no source is sure.
    fn weighed(&self, finding: Finding, rights: &[(RightId, bool)]) -> Finding {
        let sure: Vec<_> = rights.iter().filter(|(_, is_proven)| *is_proven).collect();
        let counted: Vec<_> = if sure.is_empty() { rights.iter().collect() } else { sure.clone() };
        let is_dangerous = counted.iter().any(|(right, _)| self.facts.rights[*right].tier.is_some());
        let finding = if is_dangerous { finding } else { finding.with_severity(Severity::Low) };
        if sure.is_empty() { finding.advisory() } else { finding }
    }

    fn way(&self, right: RightId) -> String {
        let own = bits(self.facts, self.capability);
        let proven = self.closures.proven.route(&own, right);
        let route = if proven.is_empty() { self.closures.all.route(&own, right) } else { proven };
        let tier =
            self.facts.rights[right].tier.map_or_else(String::new, |it| format!(", of tier {}", it.level));
        format!("why: {}{tier}", path::chain(self.cx.access, self.platform, &route))
    }
}
