//! The one judgement of duties that are kept apart: whose they are, on which assets, across which platforms. Separations of
//! the project, pairs of packs and the pairs that are always judged all come through here.

use ztam_graph::access::Holder;
use ztam_graph::ids::{AssetId, RoleId};
use ztam_model::packs::Pair;
use ztam_model::words::Same;
use ztam_source::confusable::quoted;
use ztam_source::entries::Entries;
use ztam_source::finding::{Finding, RuleMeta, Severity};
use ztam_source::span::Span;

use super::cut::{self, Cut};
use super::duty::{Done, Duty, Way};
use super::people::{self, Person};
use crate::cx::Cx;
use crate::sink::{Sink, Subject};
use crate::wording;

/// How many ways to one duty are shown.
const MOST_WAYS: usize = 3;

/// Duties that are kept apart.
pub(crate) struct Apart<'d> {
    /// The rule, and the full id where it is not the rule's.
    pub(crate) rule: (&'static RuleMeta, Option<String>),
    /// Which conflicts the rule reports.
    pub(crate) reports: Reports,
    pub(crate) duties: Vec<&'d Duty>,
    pub(crate) same: Same,
    /// Whether it is broken only by one duty on one platform and the other on another.
    pub(crate) across: bool,
    pub(crate) severity: Severity,
    /// Whether it advises, because it rests on what is not documented: the sentence that says so.
    pub(crate) unproven: Option<String>,
}

/// Which conflicts a rule reports: two rules share those of the packs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reports {
    /// All.
    All,
    /// Those that one platform sees.
    Within,
    /// Those that are complete only across platforms.
    Across,
}

/// Somebody who is judged.
#[derive(Clone, Copy)]
enum Who<'w> {
    Holder(Holder),
    Person(&'w Person<'w>),
}

/// What somebody breaks: which duties, and how they are done.
struct Broken {
    /// Positions in [`Apart::duties`] with how they are done.
    done: Vec<(usize, Done)>,
}

/// Holds a pair that is judged in every project, whether a pack is switched on or not, against everybody.
pub(crate) fn pair(cx: &Cx<'_>, meta: &'static RuleMeta, pair: &Pair, help: &str, out: &mut Sink<'_>) {
    let duties = pair.sides.each_ref().map(|side| Duty::of_side(cx, side, &Entries::default()));
    let apart = Apart {
        rule: (meta, None),
        reports: Reports::All,
        duties: duties.iter().collect(),
        same: Same::Any,
        across: false,
        severity: meta.severity,
        unproven: None,
    };
    judge(cx, &apart, &people::with_several_roles(cx), out, &|finding, _| {
        finding.note(format!("risk: {}", pair.risk)).help(help)
    });
}

/// Holds duties against everybody: each role, each together set, each person with further roles. `more` adds to a finding
/// what only its rule knows.
pub(crate) fn judge<'a>(
    cx: &Cx<'a>,
    apart: &Apart<'_>,
    people: &[Person<'a>],
    out: &mut Sink<'_>,
    more: &dyn Fn(Finding, Option<Holder>) -> Finding,
) {
    if apart.duties.iter().any(|duty| duty.parts.is_empty()) && apart.duties.len() < 3 {
        return;
    }
    for holder in &cx.holders {
        let roles = cx.access.roles_of(*holder);
        if let Some(broken) = apart.broken(cx, &roles)
            && (roles.len() < 2 || !apart.is_broken_alone(cx, &roles))
        {
            apart.report(cx, Who::Holder(*holder), &roles, &broken, out, more);
        }
    }
    for person in people {
        if let Some(broken) = apart.broken(cx, &person.roles)
            && !apart.is_broken_alone(cx, &person.roles)
        {
            apart.report(cx, Who::Person(person), &person.roles, &broken, out, more);
        }
    }
}

/// Whether two duties done on these assets conflict. What is done on no asset of its own counts on every one.
pub(crate) fn may_meet(cx: &Cx<'_>, same: Same, a: Option<AssetId>, b: Option<AssetId>) -> bool {
    let (Some(a), Some(b)) = (a, b) else { return true };
    match same {
        Same::Any => true,
        Same::Asset => a == b,
        Same::Domain => {
            let domains = |asset| &cx.access.names.assets.get(asset).domains;
            domains(a).iter().any(|one| domains(b).iter().any(|other| one.value == other.value))
        }
    }
}

impl Apart<'_> {
    /// The duties that these roles have and must not have together.
    fn broken(&self, cx: &Cx<'_>, roles: &[RoleId]) -> Option<Broken> {
        // Most roles can do one of them at most: that is cheaper to see than all the ways to it.
        if self.duties.iter().filter(|duty| duty.may_be_done(cx, roles)).count() < 2 {
            return None;
        }
        let done: Vec<_> = self
            .duties
            .iter()
            .enumerate()
            .filter_map(|(at, duty)| Some((at, duty.done(cx, roles)?)))
            .collect();
        let conflicts = |(at, one): &(usize, Done)| {
            done.iter().any(|(with, other)| with != at && self.conflict(cx, roles, one, other))
        };
        let kept: Vec<bool> = done.iter().map(conflicts).collect();
        let done: Vec<_> = done.into_iter().zip(kept).filter(|(_, kept)| *kept).map(|(it, _)| it).collect();
        (done.len() > 1).then_some(Broken { done })
    }

    /// Whether one of several roles breaks it by itself: that is found at the role.
    fn is_broken_alone(&self, cx: &Cx<'_>, roles: &[RoleId]) -> bool {
        let alone = roles.iter().filter(|role| !cx.access.is_abstract(**role));
        alone.into_iter().any(|role| self.broken(cx, &[*role]).is_some())
    }

    fn conflict(&self, cx: &Cx<'_>, roles: &[RoleId], a: &Done, b: &Done) -> bool {
        let meets = match self.same {
            Same::Any => true,
            _ if a.everywhere || b.everywhere => true,
            same => a
                .assets
                .iter()
                .any(|one| b.assets.iter().any(|other| may_meet(cx, same, Some(*one), Some(*other)))),
        };
        meets
            && (!self.across || {
                let (here, there) = (platforms(cx, roles, a), platforms(cx, roles, b));
                (0..8).any(|one| here >> one & 1 == 1 && there & !(1 << one) != 0)
            })
    }

    fn report(
        &self,
        cx: &Cx<'_>,
        who: Who<'_>,
        roles: &[RoleId],
        broken: &Broken,
        out: &mut Sink<'_>,
        more: &dyn Fn(Finding, Option<Holder>) -> Finding,
    ) {
        let (span, said, subject) = who.place(cx);
        let across = self.across || is_across(cx, roles, broken);
        if self.reports != Reports::All && across != (self.reports == Reports::Across) {
            return;
        }
        let (rule, id) = &self.rule;
        out.push(rule, id.as_deref(), Some(span), &subject, || {
            let finding = Finding::new(rule, self.title(cx, who, broken)).with_severity(self.severity);
            let finding = self.ways(cx, finding.at(span, said), roles, broken);
            let finding = self.how_sure(who, finding, broken);
            let finding = if across {
                finding.note("neither product sees both halves, so no check inside one of them finds it")
            } else {
                finding
            };
            let holder = if let Who::Holder(holder) = who { Some(holder) } else { None };
            self.parted(cx, more(finding, holder), roles, broken)
        });
    }

    fn title(&self, cx: &Cx<'_>, who: Who<'_>, broken: &Broken) -> String {
        let titles: Vec<_> = broken
            .done
            .iter()
            .filter_map(|(at, _)| Some(format!("\"{}\"", self.duties.get(*at)?.title)))
            .collect();
        format!("{} has duties that belong to different people: {}", who.name(cx), titles.join(" and "))
    }

    /// The ways to each duty.
    fn ways(&self, cx: &Cx<'_>, mut finding: Finding, roles: &[RoleId], broken: &Broken) -> Finding {
        for (at, done) in &broken.done {
            let Some(duty) = self.duties.get(*at) else { continue };
            let mut parts = Vec::new();
            // One way of each part first: with all of a duty, each is needed.
            let firsts = done.ways.iter().filter(|(part, _)| {
                let is_new = !parts.contains(part);
                parts.push(*part);
                is_new
            });
            for (_, way) in firsts.take(MOST_WAYS) {
                finding = way.show(cx, finding, roles, &duty.title);
            }
            let rest = done.ways.len().saturating_sub(1);
            if rest > 0 {
                let names: Vec<_> =
                    done.ways.iter().skip(1).take(MOST_WAYS).map(|(_, way)| way.name(cx)).collect();
                let dots = if rest > names.len() { ", ..." } else { "" };
                let ways = wording::count(rest, "more way");
                finding = finding.note(format!("{ways} to \"{}\": {}{dots}", duty.title, names.join(", ")));
            }
        }
        finding
    }

    /// What one person may come to hold is advisory, and so is what rests on a right that is not verified.
    fn how_sure(&self, who: Who<'_>, finding: Finding, broken: &Broken) -> Finding {
        let is_sure = broken.done.iter().all(|(_, done)| done.ways.iter().any(|(_, way)| way.is_sure()));
        let finding = match &self.unproven {
            Some(said) => finding.note(said.clone()).advisory(),
            None => finding,
        };
        let finding = if is_sure {
            finding
        } else {
            finding.note("it is not verified that the right does this, or that the role has it").advisory()
        };
        match who {
            Who::Holder(_) => finding,
            Who::Person(_) => finding
                .note("each role may be right by itself: it is the assignment that joins them")
                .advisory(),
        }
    }

    /// The smallest change that parts the first two duties.
    fn parted(&self, cx: &Cx<'_>, finding: Finding, roles: &[RoleId], broken: &Broken) -> Finding {
        let [(one, first), (other, second), ..] = broken.done.as_slice() else { return finding };
        let (Some(a), Some(b)) = (self.duties.get(*one), self.duties.get(*other)) else { return finding };
        match cut::smallest(cx, roles, [(a, first), (b, second)], self.same) {
            Cut::Smallest(grants) => {
                let number = wording::count(grants.len(), "grant");
                let finding =
                    finding.help(format!("the smallest change is {number} less: {}", grants.join(", ")));
                finding.fact("cut", grants.join("; "))
            }
            Cut::GivenUp => finding.note("no small set of grants was found that parts the duties"),
        }
    }
}

impl Who<'_> {
    fn name(self, cx: &Cx<'_>) -> String {
        match self {
            Self::Holder(holder) => cx.title(holder),
            Self::Person(person) => quoted(person.name),
        }
    }

    fn place(self, cx: &Cx<'_>) -> (Span, &'static str, Subject) {
        let names = &cx.access.names;
        match self {
            Self::Holder(holder @ Holder::Role(role)) => {
                (names.roles.span(role), "this role has them all", Subject::of(holder))
            }
            Self::Holder(holder @ Holder::Together(set)) => {
                let said = "whoever holds these roles has them all";
                (names.together.span(set), said, Subject::of(holder))
            }
            Self::Person(person) => {
                let first = person.roles.first().map(|role| Subject::of(Holder::Role(*role)));
                let subject = first.unwrap_or_default().called(person.name);
                (person.place, "with this role, one person has them all", subject)
            }
        }
    }
}

/// Whether the first two duties have no platform in common, or a machine carries one of them across.
fn is_across(cx: &Cx<'_>, roles: &[RoleId], broken: &Broken) -> bool {
    let [(_, first), (_, second), ..] = broken.done.as_slice() else { return false };
    let (here, there) = (platforms(cx, roles, first), platforms(cx, roles, second));
    here != 0 && there != 0 && here & there == 0
        || [first, second]
            .into_iter()
            .any(|done| done.ways.iter().all(|(_, way)| matches!(way, Way::Copied(..))))
}

fn platforms(cx: &Cx<'_>, roles: &[RoleId], done: &Done) -> u8 {
    done.ways.iter().fold(0, |bits, (_, way)| bits | way.platforms(cx, roles).0)
}
