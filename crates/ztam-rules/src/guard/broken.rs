//! Guards, held against effective access. Each guard reports under its own id, `guard/NAME`.

use std::collections::BTreeMap;

use ztam_graph::access::Holder;
use ztam_graph::ids::{CapabilityId, GuardId, RoleId, TogetherId};
use ztam_graph::promise::target_name;
use ztam_graph::scopes::ScopeWord;
use ztam_model::project::Guard;
use ztam_model::words::Action;
use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};

use crate::cx::Cx;
use crate::machines::{Machine, Start};
use crate::pattern::{Hit, Pattern};
use crate::route;
use crate::sink::{Sink, Subject};

pub(super) static META: RuleMeta = RuleMeta {
    id: "guard/broken",
    summary: "a role has access that one of the project's guards forbids",
    severity: Severity::Critical,
    confidence: Confidence::Proven,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST AC-3", "NIST AC-4", "NIST AC-6", "ISO A.5.12", "ISO A.8.3", "GDPR 25(2)", "PCI 7.2.2"],
    page: include_str!("broken.md"),
};

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    for (id, name, declared) in cx.access.names.guards.iter() {
        let guard = Judged::new(cx, id, name, declared);
        for role in cx.roles.iter().filter(|role| guard.binds(**role)) {
            guard.role(*role, out);
        }
        for set in cx.access.names.together.ids() {
            guard.together(set, out);
        }
    }
}

/// A guard, resolved.
struct Judged<'c, 'a> {
    cx: &'c Cx<'a>,
    id: GuardId,
    full_id: String,
    declared: &'a Guard,
    pattern: Pattern,
    actions: ScopeWord,
}

impl<'c, 'a> Judged<'c, 'a> {
    fn new(cx: &'c Cx<'a>, id: GuardId, name: &str, declared: &'a Guard) -> Self {
        let actions: Vec<Action> = declared.may.iter().map(|action| action.value).collect();
        Self {
            cx,
            id,
            full_id: format!("guard/{name}"),
            declared,
            pattern: Pattern::new(cx, &declared.of),
            actions: ScopeWord::mask(&actions),
        }
    }

    fn binds(&self, role: RoleId) -> bool {
        let name = self.cx.access.names.roles.name(role);
        let nobody = &self.declared.nobody;
        let everyone = nobody.iter().any(|text| text.value == "everyone");
        let excepted = self.declared.except.iter().any(|text| text.value == name);
        nobody.iter().any(|text| text.value == name) || everyone && !excepted
    }

    fn role(&self, role: RoleId, out: &mut Sink<'_>) {
        let holder = Holder::Role(role);
        for hit in self.pattern.hits(self.cx, &[role], self.actions) {
            self.reached(holder, &[role], hit, out);
        }
        for capability in self.pattern.capabilities.iter().filter(|id| self.cx.access.holds(holder, **id)) {
            self.held(holder, &[role], *capability, out);
        }
        for machine in Machine::unread(self.cx, role) {
            if let Some(deed) = machine.meets(&self.pattern, self.actions) {
                self.started(&Start::new(self.cx, role, machine, deed), out);
            }
        }
    }

    /// A set breaks a guard only by what none of its roles can do alone: a field of one in the rows of another. The rest
    /// is found at the roles.
    fn together(&self, set: TogetherId, out: &mut Sink<'_>) {
        let holder = Holder::Together(set);
        let roles = self.cx.access.roles_of(holder);
        if !roles.iter().any(|role| self.binds(*role)) {
            return;
        }
        let alone = roles.iter().flat_map(|role| self.pattern.hits(self.cx, &[*role], self.actions));
        let alone: BTreeMap<_, _> = alone.map(|hit| (hit.slot, hit)).collect();
        for hit in self.pattern.hits(self.cx, &roles, self.actions) {
            if !alone.contains_key(&hit.slot) {
                self.reached(holder, &roles, hit, out);
            }
        }
        let access = self.cx.access;
        let is_new = |id: &&CapabilityId| {
            access.holds(holder, **id) && !roles.iter().any(|role| access.holds(Holder::Role(*role), **id))
        };
        for capability in self.pattern.capabilities.iter().filter(is_new) {
            self.held(holder, &roles, *capability, out);
        }
    }

    fn reached(&self, holder: Holder, roles: &[RoleId], hit: Hit, out: &mut Sink<'_>) {
        let source = route::source(self.cx, roles, hit.slot, hit.action);
        let cause = source.as_ref().and_then(|it| it.span(self.cx));
        let subject = Subject::of(holder).on(hit.target);
        out.push(&META, Some(&self.full_id), cause, &subject, || {
            let what = target_name(self.cx.access, hit.target);
            let class = self.cx.slot_class(hit.slot).map_or_else(String::new, |it| format!(" ({})", self.cx.class_name(it)));
            let verb = hit.action.as_str();
            let title = format!("{} may {verb} {what}{class}: {}", self.cx.title(holder), self.title());
            let mut finding = Finding::new(&META, title);
            finding = match &source {
                Some(source) => source.primary(self.cx, finding, &format!("gives {verb} on {what}")),
                None => finding.at(self.holder_span(holder), "held here"),
            };
            finding = route::rows_beside(self.cx, finding, roles, hit);
            let wayout = match holder {
                Holder::Role(_) => "take the access back where it is given, or take the role out of the guard with its owner's word",
                Holder::Together(_) => "take one role out of the set, or take the access back from one of them",
            };
            self.why(finding).help(wayout).fact("action", verb)
        });
    }

    fn held(&self, holder: Holder, roles: &[RoleId], capability: CapabilityId, out: &mut Sink<'_>) {
        let holding = route::holding(self.cx, roles, capability);
        let cause = holding.as_ref().and_then(|it| it.span(self.cx));
        let subject = Subject::of(holder).holding(capability);
        out.push(&META, Some(&self.full_id), cause, &subject, || {
            let names = &self.cx.access.names;
            let what = names.capabilities.name(capability);
            let mut finding =
                Finding::new(&META, format!("{} holds {what}: {}", self.cx.title(holder), self.title()));
            if let Some(holding) = &holding {
                finding = holding.primary(self.cx, finding);
            }
            self.why(finding).help("do not hold it, or take the role out of the guard with its owner's word")
        });
    }

    /// What automation does is done by whoever may start it.
    fn started(&self, start: &Start<'_, '_>, out: &mut Sink<'_>) {
        out.push(&META, Some(&self.full_id), start.cause(self.cx), &start.subject(), || {
            let title = format!("{}: {}", start.words(self.cx), self.title());
            self.why(start.show(self.cx, Finding::new(&META, title)))
                .help("do not hold it, or take the role out of the guard with its owner's word")
        });
    }

    fn holder_span(&self, holder: Holder) -> ztam_source::span::Span {
        match holder {
            Holder::Role(role) => self.cx.access.names.roles.span(role),
            Holder::Together(set) => self.cx.access.names.together.span(set),
        }
    }

    /// What the guard says, in the middle of a sentence.
    fn title(&self) -> String {
        match &self.declared.title {
            Some(title) => format!("against \"{}\"", title.value),
            None => format!("against {}", self.full_id),
        }
    }

    fn why(&self, finding: Finding) -> Finding {
        let finding = finding.because(self.cx.access.names.guards.span(self.id), "forbidden by this");
        match &self.declared.why {
            Some(why) => finding.because(why.span, "because"),
            None => finding,
        }
    }
}
