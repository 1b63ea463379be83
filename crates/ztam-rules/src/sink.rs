//! Where rules push what they find. Findings with the same cause become one: the first builds the text, the others are
//! counted and five are named. A finding that a waiver excuses is never joined with one that nothing excuses.

use std::collections::BTreeMap;

use ztam_graph::access::{Access, Holder, Target};
use ztam_graph::ids::CapabilityId;
use ztam_graph::promise::target_name;
use ztam_source::finding::{Finding, RuleMeta};
use ztam_source::span::Span;

use crate::waive;

/// How many of the same cause are named.
const EXAMPLES: usize = 5;

/// Whom and what a finding is about: what waivers name in `for:`.
#[derive(Clone, Debug, Default)]
pub struct Subject {
    /// Whose access.
    pub holder: Option<Holder>,
    /// On what.
    pub target: Option<Target>,
    /// Which capability.
    pub capability: Option<CapabilityId>,
    /// How a list of the same cause names it; empty for the target's or capability's name.
    pub label: String,
}

impl Subject {
    /// About a holder.
    #[must_use]
    pub fn of(holder: Holder) -> Self {
        Self { holder: Some(holder), ..Self::default() }
    }

    /// About a target.
    #[must_use]
    pub fn on(mut self, target: Target) -> Self {
        self.target = Some(target);
        self
    }

    /// About a capability.
    #[must_use]
    pub fn holding(mut self, capability: CapabilityId) -> Self {
        self.capability = Some(capability);
        self
    }

    /// Under another name in lists.
    #[must_use]
    pub fn called(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }
}

/// Collects and groups.
#[derive(Debug)]
pub struct Sink<'a> {
    access: &'a Access<'a>,
    groups: BTreeMap<Key, Group>,
    order: usize,
}

/// What makes two findings one: the rule's id, the place that causes them, the holder, the waiver.
type Key = (String, Option<Span>, Option<Holder>, Option<String>);

#[derive(Debug)]
struct Group {
    order: usize,
    finding: Finding,
    examples: Vec<String>,
    count: usize,
}

impl<'a> Sink<'a> {
    pub(crate) fn new(access: &'a Access<'a>) -> Self {
        Self { access, groups: BTreeMap::new(), order: 0 }
    }

    /// Reports. `id` is the full id of a project's own rule (`guard/NAME`), else the rule's. `cause` is the place that
    /// causes it: findings of one rule, holder and cause are one. `build` runs for the first of them only.
    pub fn push(
        &mut self,
        meta: &'static RuleMeta,
        id: Option<&str>,
        cause: Option<Span>,
        subject: &Subject,
        build: impl FnOnce() -> Finding,
    ) {
        let id = id.unwrap_or(meta.id);
        let waiver = waive::waiver_for(self.access, meta, id, || self.subject_names(subject));
        let name = self.label(subject);
        let key = (id.to_owned(), cause, subject.holder, waiver.clone());
        if let Some(group) = self.groups.get_mut(&key) {
            if !group.examples.contains(&name) {
                group.count += 1;
                if group.examples.len() <= EXAMPLES {
                    group.examples.push(name);
                }
            }
            return;
        }
        let mut finding = build();
        if finding.id() != id {
            finding.id = Some(id.to_owned());
        }
        finding.waived_by = waiver;
        self.add_facts(&mut finding, subject);
        self.order += 1;
        self.groups.insert(key, Group { order: self.order, finding, examples: vec![name], count: 1 });
    }

    /// Adds what another one collected, as if it had been pushed here.
    pub(crate) fn join(&mut self, other: Self) {
        let mut groups: Vec<_> = other.groups.into_iter().collect();
        groups.sort_by_key(|(_, group)| group.order);
        for (key, group) in groups {
            self.order += 1;
            match self.groups.get_mut(&key) {
                Some(known) => known.join(group),
                None => drop(self.groups.insert(key, Group { order: self.order, ..group })),
            }
        }
    }

    pub(crate) fn finish(self) -> Vec<Finding> {
        let mut groups: Vec<_> = self.groups.into_values().collect();
        groups.sort_by_key(|group| group.order);
        groups.into_iter().map(Group::finish).collect()
    }

    /// Every name by which a waiver may speak of the subject.
    fn subject_names(&self, subject: &Subject) -> Vec<String> {
        let names = &self.access.names;
        let mut all = Vec::new();
        match subject.holder {
            Some(Holder::Role(role)) => all.push(names.roles.name(role).to_owned()),
            Some(Holder::Together(set)) => all.push(names.together.name(set).to_owned()),
            None => {}
        }
        if let Some(target) = subject.target {
            all.push(target_name(self.access, target));
            if let Target::Field(field) = target {
                all.push(names.assets.name(names.fields[field].asset).to_owned());
            }
        }
        all.extend(subject.capability.map(|it| names.capabilities.name(it).to_owned()));
        all
    }

    fn label(&self, subject: &Subject) -> String {
        if !subject.label.is_empty() {
            return subject.label.clone();
        }
        if let Some(target) = subject.target {
            return target_name(self.access, target);
        }
        subject.capability.map_or_else(String::new, |it| self.access.names.capabilities.name(it).to_owned())
    }

    fn add_facts(&self, finding: &mut Finding, subject: &Subject) {
        let names = &self.access.names;
        let mut add = |key: &'static str, value: &str| {
            if !finding.facts.iter().any(|(known, _)| *known == key) {
                finding.facts.push((key, value.to_owned()));
            }
        };
        match subject.holder {
            Some(Holder::Role(role)) => add("role", names.roles.name(role)),
            Some(Holder::Together(set)) => add("together", names.together.name(set)),
            None => {}
        }
        match subject.target {
            Some(Target::Rows(asset)) => add("asset", names.assets.name(asset)),
            Some(Target::Field(field)) => add("field", &names.field_name(field)),
            None => {}
        }
        if let Some(capability) = subject.capability {
            add("capability", names.capabilities.name(capability));
        }
    }
}

impl Group {
    /// Counts another group of the same cause; what both name counts once.
    fn join(&mut self, other: Self) {
        self.count += other.count - other.examples.len();
        for name in other.examples {
            if !self.examples.contains(&name) {
                self.count += 1;
                self.examples.push(name);
            }
        }
        self.examples.truncate(EXAMPLES + 1);
    }

    fn finish(self) -> Finding {
        let mut finding = self.finding;
        let more = self.count - 1;
        let named: Vec<_> =
            self.examples.into_iter().skip(1).take(EXAMPLES).filter(|name| !name.is_empty()).collect();
        if more > 0 && !named.is_empty() {
            let rest =
                if more > named.len() { format!(" and {} more", more - named.len()) } else { String::new() };
            finding.notes.push(format!("same cause, {more} more: {}{rest}", named.join(", ")));
            finding.facts.push(("more", more.to_string()));
        }
        finding
    }
}
