//! Automation that runs with the rights of the system: whoever may start it does what it does, whatever their cells say.

use ztam_graph::access::{Holder, SlotId};
use ztam_graph::ids::{CapabilityId, RoleId};
use ztam_graph::scopes::ScopeWord;
use ztam_model::project::Text;
use ztam_model::surroundings::Automation;
use ztam_model::words::{Action, RunsAs};
use ztam_source::finding::Finding;
use ztam_source::span::Span;

use crate::cx::Cx;
use crate::need::says;
use crate::pattern::Pattern;
use crate::route::{self, Holding};
use crate::sink::Subject;

/// Automation, with what it does resolved.
#[derive(Clone, Debug)]
pub(crate) struct Machine<'p> {
    /// What somebody holds who may start it.
    pub(crate) capability: CapabilityId,
    /// What is declared of it.
    pub(crate) automation: &'p Automation,
    does: Vec<(Action, &'p Text, Pattern)>,
}

/// Something that a machine does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Deed<'p> {
    /// What is done.
    pub(crate) action: Action,
    /// On what, as the declaration says it.
    pub(crate) what: &'p str,
    /// On what of it.
    pub(crate) slot: SlotId,
}

impl<'p> Machine<'p> {
    /// Every machine of the project.
    pub(crate) fn all(cx: &Cx<'p>) -> Vec<Self> {
        let machine = |id: CapabilityId, automation: &'p Automation| Self {
            capability: id,
            automation,
            does: automation
                .does
                .targets()
                .map(|(action, target)| (action, target, Pattern::new(cx, [target])))
                .collect(),
        };
        let declared = cx.access.names.capabilities.iter();
        let declared = declared.filter_map(|(id, _, it)| Some((id, it.automation.as_ref()?)));
        let of_system = declared.filter(|(_, it)| it.runs_as.value == RunsAs::System);
        of_system.map(|(id, automation)| machine(id, automation)).collect()
    }

    /// The machines that a role may start.
    pub(crate) fn of<'c>(cx: &'c Cx<'p>, role: RoleId) -> impl Iterator<Item = &'c Self> {
        cx.machines().iter().filter(move |it| cx.access.holds(Holder::Role(role), it.capability))
    }

    /// All that it does, in the order of the declaration.
    pub(crate) fn deeds(&self) -> impl Iterator<Item = Deed<'p>> {
        self.does.iter().flat_map(|(action, text, pattern)| {
            pattern.slots().map(move |slot| Deed { action: *action, what: &text.value, slot })
        })
    }

    /// The machines that a role may start and that nobody has read. Who has read one (`reviewed-by`) has decided that whoever
    /// starts it does what it does.
    pub(crate) fn unread<'c>(cx: &'c Cx<'p>, role: RoleId) -> impl Iterator<Item = &'c Self> {
        Self::of(cx, role).filter(|it| !it.is_read())
    }

    /// Whether somebody has read it.
    pub(crate) fn is_read(&self) -> bool {
        says(self.automation.reviewed_by.as_ref())
    }

    /// The first that it does of what a pattern is about, by one of some actions.
    pub(crate) fn meets(&self, pattern: &Pattern, actions: ScopeWord) -> Option<Deed<'p>> {
        let meant = self.does.iter().filter(|(action, ..)| !actions.get(*action).is_empty());
        meant.into_iter().find_map(|(action, text, own)| {
            Some(Deed { action: *action, what: &text.value, slot: own.shared(pattern)? })
        })
    }
}

/// A role that may start a machine, and something that this does.
#[derive(Clone, Debug)]
pub(crate) struct Start<'c, 'p> {
    role: RoleId,
    machine: &'c Machine<'p>,
    deed: Deed<'p>,
    holding: Option<Holding>,
}

impl<'c, 'p> Start<'c, 'p> {
    /// How the role comes to it.
    pub(crate) fn new(cx: &Cx<'p>, role: RoleId, machine: &'c Machine<'p>, deed: Deed<'p>) -> Self {
        Self { role, machine, deed, holding: route::holding(cx, &[role], machine.capability) }
    }

    /// The place that findings of the same cause share.
    pub(crate) fn cause(&self, cx: &Cx<'_>) -> Option<Span> {
        self.holding.as_ref().and_then(|it| it.span(cx))
    }

    /// Whom and what it is about.
    pub(crate) fn subject(&self) -> Subject {
        Subject::of(Holder::Role(self.role)).holding(self.machine.capability).called(self.deed.what)
    }

    /// Who may do what through it: the beginning of a sentence.
    pub(crate) fn words(&self, cx: &Cx<'_>) -> String {
        let names = &cx.access.names;
        let (who, by) = (names.role_title(self.role), names.capabilities.name(self.machine.capability));
        format!("{who} may {} {} through {by}", self.deed.action.as_str(), self.deed.what)
    }

    /// The place to change, and what says whose rights it runs with.
    pub(crate) fn show(&self, cx: &Cx<'_>, finding: Finding) -> Finding {
        let finding = match &self.holding {
            Some(holding) => holding.primary(cx, finding),
            None => finding,
        };
        finding
            .because(self.machine.automation.runs_as.span, "whoever starts it")
            .fact("action", self.deed.action.as_str())
    }
}
