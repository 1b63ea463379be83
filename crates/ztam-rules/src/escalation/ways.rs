//! The ways of a holder as a finding tells them: step by step, with the lines of the matrix, and what to take out.

use std::collections::BTreeSet;

use ztam_graph::access::Holder;
use ztam_graph::escalation::{Cut, Grant, GrantKind, Leaf, Search, Step, Why, Witness, Witnesses};
use ztam_graph::facts::RightId;
use ztam_source::finding::Finding;
use ztam_source::span::Span;

use crate::cx::Cx;
use crate::wording::count;

/// Ways that a finding tells step by step; the others are in its facts.
const TOLD: usize = 3;

/// All minimal ways of a holder, and the lines that they start from.
pub(super) struct Ways<'c, 'a> {
    cx: &'c Cx<'a>,
    search: &'c Search<'c, 'a>,
    holder: Holder,
    pub(super) found: Witnesses,
}

impl<'c, 'a> Ways<'c, 'a> {
    pub(super) fn new(cx: &'c Cx<'a>, search: &'c Search<'c, 'a>, holder: Holder) -> Self {
        Self { cx, search, holder, found: search.witnesses(holder) }
    }

    /// The platform's title.
    pub(super) fn title(&self) -> &'static str {
        self.search.facts().title
    }

    /// The first line that a way starts from.
    pub(super) fn place(&self) -> Option<Span> {
        self.lines(self.found.list.first()?).first().map(|grant| grant.span)
    }

    /// Adds places, the ways step by step, and facts; advisory where no way is proven.
    pub(super) fn tell(&self, mut finding: Finding) -> Finding {
        let ways = &self.found.list;
        let starts: BTreeSet<Grant> = ways.iter().take(TOLD).flat_map(|way| self.lines(way)).collect();
        let first = self.place();
        for grant in &starts {
            let said = self.what(*grant);
            finding = if Some(grant.span) == first {
                finding.at(grant.span, said)
            } else {
                finding.because(grant.span, said)
            };
        }
        if first.is_none() {
            let roles = self.cx.access.roles_of(self.holder);
            if let Some(role) = roles.first() {
                finding = finding.at(self.cx.access.names.roles.span(*role), "has it from the platform");
            }
        }
        for (position, way) in ways.iter().take(TOLD).enumerate() {
            finding = self.tell_way(finding, position, way);
        }
        let more = ways.len().saturating_sub(TOLD);
        if more > 0 {
            finding = finding.note(format!("and {}", count(more, "more way")));
        }
        if !self.found.is_complete {
            finding = finding.note("there are so many ways that not all of them were looked for");
        }
        let all: Vec<_> = ways.iter().map(|way| self.start(way)).collect();
        finding = finding
            .fact("ways", all.join("; ").replace('`', ""))
            .fact("platform", self.search.facts().platform);
        if self.found.is_proven() { finding } else { finding.advisory() }
    }

    /// Adds what to take out.
    pub(super) fn tell_cut(&self, finding: Finding, or: &str) -> Finding {
        let named = |grants: &[Grant]| {
            let all: Vec<_> = grants.iter().map(|grant| self.name(*grant)).collect();
            all.join(", ")
        };
        let (said, cut) = match self.search.cut(self.holder, &self.found) {
            Cut::Smallest(grants) => {
                let said = format!("take out {} and no way is left: {}", count(grants.len(), "grant"), named(&grants));
                (said, grants)
            }
            Cut::Found(grants) => {
                let said = format!(
                    "take out these and no way is left: {}; fewer may do",
                    named(&grants)
                );
                (said, grants)
            }
            Cut::Impossible => ("nothing that is granted here cuts it: the platform gives it to everybody".to_owned(), Vec::new()),
            Cut::GaveUp => ("there are too many ways to say what cuts them all: take the rights of the first ones out and look again".to_owned(), Vec::new()),
        };
        let said = if or.is_empty() { said } else { format!("{said}; {or}") };
        let finding = finding.help(said);
        if cut.is_empty() { finding } else { finding.fact("cut", named(&cut).replace('`', "")) }
    }

    fn tell_way(&self, mut finding: Finding, position: usize, way: &Witness) -> Finding {
        let prefix =
            if self.found.list.len() > 1 { format!("way {}, step", position + 1) } else { "step".to_owned() };
        let mut step = 1;
        let mut say = |finding: Finding, text: String| {
            let line = format!("{prefix} {step}: {text}");
            step += 1;
            finding.note(line)
        };
        let mut start = format!("{} has {}", self.cx.title(self.holder), self.start(way));
        if !way.is_proven {
            start.push_str(" (advice: not every step is verified)");
        }
        finding = say(finding, start);
        for it in way.path.iter().filter(|it| !matches!(it.why, Why::Tier(_))) {
            finding = say(finding, self.step(it));
        }
        match way.path.last().map(|it| it.why) {
            Some(Why::Tier(right)) => {
                let name = self.right(right);
                say(finding, format!("{name} is a right over the whole of {}", self.title()))
            }
            _ => finding,
        }
    }

    fn step(&self, step: &Step) -> String {
        let (names, facts) = (&self.cx.access.names, self.search.facts());
        let needs: Vec<_> = step.needs.iter().map(|right| self.right(*right)).collect();
        let needs = needs.join(" and ");
        match step.why {
            Why::Brings(at) => facts.implications.get(at).map_or_else(String::new, |pair| {
                format!("{needs} brings {} ({})", self.right(pair.to), pair.said())
            }),
            Why::Edge(at, gained) => facts.edges.get(at).map_or_else(String::new, |edge| {
                let when = if edge.condition.is_empty() {
                    String::new()
                } else {
                    format!(", if {}", edge.condition)
                };
                let whom = gained
                    .map_or_else(String::new, |role| format!("; so comes to {}", names.role_title(role)));
                format!("whoever has {needs} {}{when}{whom}", edge.how)
            }),
            Why::Delegated(role) => {
                format!("may give people {} by delegated administration", names.role_title(role))
            }
            Why::Has(role, right) => format!("{} has {}", names.role_title(role), self.right(right)),
            Why::Automation(capability, right) => format!(
                "`{}` runs with the rights of the system and does what {} allows",
                names.capabilities.name(capability),
                self.right(right)
            ),
            Why::Tier(right) | Why::Stronger(_, right) => {
                format!("{} is a right over identities and grants", self.right(right))
            }
        }
    }

    /// What a way starts from.
    fn start(&self, way: &Witness) -> String {
        let leaves = way.leaves.iter().map(|leaf| match leaf {
            Leaf::Right(right) => self.right(*right),
            Leaf::Delegation(_, _, given) => {
                format!("the delegation to give `{}`", self.cx.access.names.roles.name(*given))
            }
        });
        leaves.collect::<Vec<_>>().join(" and ")
    }

    fn right(&self, right: RightId) -> String {
        format!("`{}`", self.search.facts().rights[right].name)
    }

    /// The lines that a way starts from.
    fn lines(&self, way: &Witness) -> Vec<Grant> {
        let mut all = BTreeSet::new();
        for leaf in &way.leaves {
            all.extend(self.search.grants(self.holder, *leaf));
        }
        all.into_iter().collect()
    }

    fn what(&self, grant: Grant) -> String {
        match grant.kind {
            GrantKind::Holds => "brings rights that a way starts from".to_owned(),
            GrantKind::Assigns => "may be given by delegated administration".to_owned(),
            GrantKind::Cell => "amounts to a right that a way starts from".to_owned(),
            GrantKind::Carry => "carries a right that a way starts from".to_owned(),
            GrantKind::Base => "has a right that a way starts from".to_owned(),
            GrantKind::Extends => "by way of this".to_owned(),
        }
    }

    /// A grant for people: what it is and whose.
    fn name(&self, grant: Grant) -> String {
        let names = &self.cx.access.names;
        for (role, id, declared) in names.roles.iter() {
            let lists =
                [("holds", &declared.holds), ("extends", &declared.extends), ("assigns", &declared.assigns)];
            for (key, list) in lists {
                if let Some(entry) = list.iter().find(|entry| entry.span == grant.span) {
                    return format!("`{}` in `{key}` of `{id}`", entry.value);
                }
            }
            if let Some(cell) = cell_of(names.roles.get(role), grant.span) {
                return format!("`{cell}` in a cell of `{id}`");
            }
        }
        if grant.kind == GrantKind::Base {
            let all = self.cx.access.platforms.iter();
            let named = all.flat_map(|facts| names.roles.ids().filter_map(|role| facts.base_of(role)));
            if let Some((base, _)) = named.into_iter().find(|(_, span)| *span == grant.span) {
                return format!("the {} `{}`", base.kind, base.name);
            }
        }
        let carried = names.carries.ids().find(|id| names.carries.span(*id) == grant.span);
        carried.map_or_else(
            || "the cell of a temporary grant".to_owned(),
            |id| format!("the carried `{}`", names.carries.name(id)),
        )
    }
}

/// Action and scope of a role's cell by the place of its scope.
fn cell_of(role: &ztam_model::project::Role, span: Span) -> Option<String> {
    let classes = role.may.iter().flat_map(|(_, cell)| cell.scopes());
    let also = role.also.iter().flat_map(|cell| cell.scopes());
    let found = classes.chain(also).find(|(_, scope)| scope.span == span);
    found.map(|(action, scope)| format!("{}: {}", action.as_str(), scope.value.as_str()))
}
