//! Who can do a duty, and by what.

use ztam_graph::access::Holder;
use ztam_graph::ids::{CapabilityId, DutyId, RoleId, title_or_words};
use ztam_graph::promise::target_name;
use ztam_graph::scopes::ScopeWord;
use ztam_model::words::Action;
use ztam_source::finding::Finding;

use crate::cx::Cx;
use crate::pattern::{Hit, Pattern};
use crate::route;

/// A duty, resolved: what is done on what, and what is held.
#[derive(Debug)]
pub(super) struct Duty {
    pub(super) id: DutyId,
    patterns: Vec<(Action, Pattern)>,
    held: Vec<CapabilityId>,
}

/// By what somebody can do a duty.
#[derive(Clone, Copy, Debug)]
pub(super) enum Way {
    /// By access.
    Reaches(Hit),
    /// By a capability.
    Holds(CapabilityId),
}

impl Duty {
    pub(super) fn new(cx: &Cx<'_>, id: DutyId) -> Self {
        let can = &cx.access.names.duties.get(id).can;
        let mut patterns = Vec::new();
        for action in
            [Action::Read, Action::Create, Action::Edit, Action::Delete, Action::Share, Action::Assign]
        {
            let targets: Vec<_> =
                can.targets().filter(|(own, _)| *own == action).map(|(_, text)| text).collect();
            if !targets.is_empty() {
                patterns.push((action, Pattern::new(cx, targets)));
            }
        }
        let held =
            can.hold.iter().filter_map(|text| cx.access.names.capabilities.find(&text.value)).collect();
        Self { id, patterns, held }
    }

    /// The first way in which one person with these roles can do it.
    pub(super) fn way(&self, cx: &Cx<'_>, roles: &[RoleId]) -> Option<Way> {
        let hits = self.patterns.iter().find_map(|(action, pattern)| {
            pattern.hits(cx.access, roles, ScopeWord::mask(&[*action])).into_iter().next()
        });
        let held = || {
            let holds =
                |id: &&CapabilityId| roles.iter().any(|role| cx.access.holds(Holder::Role(*role), **id));
            self.held.iter().find(holds).map(|id| Way::Holds(*id))
        };
        hits.map(Way::Reaches).or_else(held)
    }

    pub(super) fn title(&self, cx: &Cx<'_>) -> String {
        let names = &cx.access.names;
        title_or_words(names.duties.get(self.id).title.as_ref(), names.duties.name(self.id))
    }
}

impl Way {
    /// Adds how the roles come to it, as reasons.
    pub(super) fn show(self, cx: &Cx<'_>, finding: Finding, roles: &[RoleId], duty: &str) -> Finding {
        match self {
            Self::Reaches(hit) => {
                let text = format!("{} {}: {duty}", hit.action.as_str(), target_name(cx.access, hit.target));
                let finding = match route::source(cx, roles, hit.slot, hit.action) {
                    Some(source) => source.context(cx, finding, &text),
                    None => finding,
                };
                route::rows_beside(cx, finding, roles, hit)
            }
            Self::Holds(capability) => {
                let held = roles.iter().find_map(|role| route::held(cx, *role, capability));
                let text = format!("holds {}: {duty}", cx.access.names.capabilities.name(capability));
                match held {
                    Some(held) => held.context(cx, finding, &text),
                    None => finding,
                }
            }
        }
    }
}
