//! The pairs of the packs that a project switches on, bound to what the project has.

use ztam_model::packs::{self, Basis, Item, Pair, Side};
use ztam_model::project::{Text, Texts};
use ztam_model::words::Same;
use ztam_source::entries::Entries;
use ztam_source::finding::{Finding, RuleMeta};

use super::broken::severity_of;
use super::duty::Duty;
use super::judge::{self, Apart, Reports};
use super::people::Person;
use crate::cx::Cx;
use crate::sink::Sink;

/// A pair, bound.
pub(crate) struct Bound<'a> {
    /// The pack's name in the project.
    pub(crate) pack: &'a Text,
    /// What its words stand for.
    pub(crate) bind: &'a Entries<Texts>,
    /// The pair.
    pub(crate) pair: &'static Pair,
    /// Its sides as duties.
    pub(crate) duties: [Duty; 2],
}

/// Every pair that is switched on, not taken out, and not judged by a rule of its own.
pub(crate) fn bound<'a>(cx: &Cx<'a>) -> Vec<Bound<'a>> {
    let mut found = Vec::new();
    for (name, on) in cx.access.names.project.items.packs.iter() {
        let Some(pack) = packs::find(&name.value) else { continue };
        let is_on = |pair: &&Pair| pair.rule.is_none() && on.without.get(pair.name).is_none();
        for pair in pack.pairs.iter().filter(is_on) {
            let duties = pair.sides.each_ref().map(|side| Duty::of_side(cx, side, &on.bind));
            found.push(Bound { pack: name, bind: &on.bind, pair, duties });
        }
    }
    found
}

/// The ids under which the pairs of a project report: each rule that may find one, then the pair's name.
pub(crate) fn ids(packs: &Entries<ztam_model::surroundings::Pack>) -> Vec<String> {
    let on = packs.iter().filter_map(|(name, _)| packs::find(&name.value));
    let pairs = on.flat_map(|pack| &pack.pairs).filter(|pair| pair.rule.is_none());
    let rules = ["duty/toxic-pair", "platform/cross-platform-toxic-pair"];
    pairs.flat_map(|pair| rules.map(|rule| format!("{rule}/{}", pair.name))).collect()
}

/// The words of a side that nothing is bound to; none where some item of the side is there.
pub(crate) fn unbound<'s>(side: &'s Side, bind: &Entries<Texts>) -> Vec<&'s str> {
    let is_there = |item: &Item| match item {
        Item::Can(_) => true,
        Item::On(_, word) => bind.get(word).is_some_and(|targets| !targets.is_empty()),
    };
    if side.items.iter().any(is_there) {
        return Vec::new();
    }
    let words =
        side.items.iter().filter_map(|item| if let Item::On(_, word) = item { Some(*word) } else { None });
    words.collect()
}

impl Bound<'_> {
    /// Holds the pair against everybody, for the rule that reports these conflicts of it.
    pub(crate) fn judge<'a>(
        &self,
        cx: &Cx<'a>,
        people: &[Person<'a>],
        rule: &'static RuleMeta,
        reports: Reports,
        out: &mut Sink<'_>,
    ) {
        let apart = Apart {
            rule: (rule, Some(format!("{}/{}", rule.id, self.pair.name))),
            reports,
            duties: self.duties.iter().collect(),
            same: Same::Any,
            across: self.pair.across,
            severity: severity_of(self.pair.severity),
            unproven: self.unproven(),
        };
        judge::judge(cx, &apart, people, out, &|finding, _| self.reasons(finding));
    }

    fn unproven(&self) -> Option<String> {
        match self.pair.basis {
            Basis::Documented => None,
            Basis::Inference => Some("the pair is our inference: no source that we know names it".to_owned()),
            Basis::Unverified => Some("the pair is common practice, but we know no source for it".to_owned()),
        }
    }

    fn reasons(&self, finding: Finding) -> Finding {
        let words = self.pair.sides.iter().flat_map(|side| &side.items);
        let bound = words.filter_map(|item| if let Item::On(_, word) = item { Some(*word) } else { None });
        let mut finding = finding.because(self.pack.span, format!("{} of this pack", self.pair.name));
        for word in bound {
            if let Some((name, _)) = self.bind.iter().find(|(name, _)| name.value == *word) {
                finding = finding.because(name.span, "bound here");
            }
        }
        finding
            .note(format!("risk: {}", self.pair.risk))
            .help("split the role, so that the duties lie with different people")
            .fact("pair", self.pair.name)
    }
}
