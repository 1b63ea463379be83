//! A machine that decides by itself and can do more than the people whom it acts for.

use ztam_graph::access::{Entry, Holder, SlotId, SlotKind, Target};
use ztam_graph::facts::RightFlags;
use ztam_graph::ids::RoleId;
use ztam_graph::path;
use ztam_graph::scopes::{ScopeSet, ScopeWord};
use ztam_model::words::{Action, RoleKind};
use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};

use crate::cx::{Cx, Sensitivity};
use crate::powers;
use crate::route::{self, Source};
use crate::sink::{Sink, Subject};
use crate::wording::verb;

pub(super) static META: RuleMeta = RuleMeta {
    id: "service/agent-exceeds-principal",
    summary: "a machine that decides by itself can do more than the people it acts for",
    severity: Severity::High,
    confidence: Confidence::Advisory,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST AC-6", "NIST AC-3", "ISO A.8.2"],
    page: include_str!("agent_exceeds_principal.md"),
};

/// Actions that change or move something.
const WRITES: [Action; 5] = [Action::Create, Action::Edit, Action::Delete, Action::Share, Action::Assign];

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    for role in cx.roles.iter().filter(|role| cx.kind(**role) == RoleKind::Agent) {
        let agent = Agent::new(cx, *role);
        if agent.principals.is_empty() {
            agent.for_nobody(out);
        } else {
            agent.beyond_principals(out);
        }
        agent.unapproved(out);
    }
}

struct Agent<'c, 'a> {
    cx: &'c Cx<'a>,
    role: RoleId,
    principals: Vec<RoleId>,
}

impl<'c, 'a> Agent<'c, 'a> {
    fn new(cx: &'c Cx<'a>, role: RoleId) -> Self {
        let names = &cx.access.names;
        let account = names.roles.get(role).account.as_ref();
        let acts_for = account.iter().flat_map(|it| &it.acts_for);
        Self { cx, role, principals: acts_for.filter_map(|it| names.roles.find(&it.value)).collect() }
    }

    fn for_nobody(&self, out: &mut Sink<'_>) {
        let names = &self.cx.access.names;
        let place = names.roles.span(self.role);
        out.push(&META, None, Some(place), &Subject::of(Holder::Role(self.role)), || {
            let title = format!("{} decides by itself, and acts for nobody", names.role_title(self.role));
            Finding::new(&META, title)
                .at(place, "no `acts-for`")
                .help("name in `account: {acts-for: [...]}` the roles of the people it works for: it may do what they may")
        });
    }

    /// What the agent has and one of its principals has not: it serves each of them, so each bounds it.
    fn beyond_principals(&self, out: &mut Sink<'_>) {
        for entry in &self.cx.access.roles[self.role].entries {
            for principal in &self.principals {
                let beyond = beyond(entry, &self.cx.access.slot_grants(&[*principal], entry.slot));
                if let Some((action, _)) = beyond.iter().next() {
                    self.report(*principal, entry.slot, action, out);
                }
            }
        }
        for (platform, right) in powers::of_role(self.cx, self.role) {
            for principal in &self.principals {
                let held = self.cx.access.roles[*principal].closure.get(platform);
                if !held.is_some_and(|held| held.contains(right.0 as usize)) {
                    let source = Source::Right(path::right_cause(self.cx.access, self.role, platform, right));
                    let name = self.cx.access.platforms.get(platform).map_or("", |it| &it.rights[right].name);
                    self.push(*principal, &source, None, &format!("holds `{name}`"), out);
                }
            }
        }
    }

    fn report(&self, principal: RoleId, slot: SlotId, action: Action, out: &mut Sink<'_>) {
        if let Some(source) = route::source(self.cx, &[self.role], slot, action) {
            let what = what(self.cx, slot);
            self.push(principal, &source, Some(slot), &format!("may {} {what}", verb(action)), out);
        }
    }

    fn push(&self, principal: RoleId, source: &Source, slot: Option<SlotId>, does: &str, out: &mut Sink<'_>) {
        let names = &self.cx.access.names;
        let mut subject = Subject::of(Holder::Role(self.role)).called(does);
        if let Some(slot) = slot {
            subject = subject.on(Target::Rows(self.cx.access.slots[slot].asset));
        }
        out.push(&META, None, source.span(self.cx), &subject, || {
            let (who, other) = (names.role_title(self.role), names.role_title(principal));
            let title = format!("{who} {does}, and {other}, whom it acts for, may not");
            source
                .primary(self.cx, Finding::new(&META, title), "beyond whom it acts for")
                .because(names.roles.span(principal), "acts for this role")
                .note("advisory: whether the machine may do more than one of its people is a decision")
                .help("narrow the cell to what everybody it acts for may do, or take that role out of `acts-for`")
        });
    }

    /// What it changes or takes out of sensitive data without a person who approves it.
    fn unapproved(&self, out: &mut Sink<'_>) {
        let (cx, role) = (self.cx, self.role);
        let account = cx.access.names.roles.get(role).account.as_ref();
        if account.and_then(|it| it.approved_by_person).is_some_and(|it| it.value) {
            return;
        }
        let sensitive =
            |slot| cx.slot_class(slot).is_some_and(|it| cx.sensitivity(it) >= Sensitivity::Confidential);
        for entry in cx.access.roles[role].entries.iter().filter(|entry| sensitive(entry.slot)) {
            let Some(action) = WRITES.iter().find(|it| !entry.scopes.get(**it).is_empty()) else { continue };
            if let Some(source) = route::source(cx, &[role], entry.slot, *action) {
                self.alone(&source, &format!("{}s {}", verb(*action), what(cx, entry.slot)), out);
            }
        }
        for (platform, right) in powers::with_flag(cx, role, RightFlags::EXPORTS) {
            let class = cx.most_sensitive_read(role, platform);
            if class.is_some_and(|class| cx.sensitivity(class) >= Sensitivity::Confidential) {
                let source = Source::Right(path::right_cause(cx.access, role, platform, right));
                self.alone(&source, "takes sensitive data out in bulk", out);
            }
        }
    }

    fn alone(&self, source: &Source, does: &str, out: &mut Sink<'_>) {
        let subject = Subject::of(Holder::Role(self.role)).called(does);
        out.push(&META, None, source.span(self.cx), &subject, || {
            let who = self.cx.access.names.role_title(self.role);
            source
                .primary(
                    self.cx,
                    Finding::new(&META, format!("{who} {does} by itself: no person approves it")),
                    "sensitive",
                )
                .help(
                    "let a person approve each such step, and say so: `account: {approved-by-person: true}`",
                )
        });
    }
}

/// The scopes of an entry that are in none of some grants.
fn beyond(entry: &Entry, grants: &[ztam_graph::access::Grant]) -> ScopeWord {
    let on = grants.iter().filter(|grant| !grant.platforms.and(entry.platforms).is_empty());
    let all = on.fold(ScopeWord::NONE, |all, grant| all.union(grant.scopes));
    let left = entry.scopes.iter().filter(|(action, scopes)| {
        let allowed = all.get(*action).closure();
        scopes.iter().any(|scope| !allowed.contains(ScopeSet::of(scope)))
    });
    left.fold(ScopeWord::NONE, |word, (action, scopes)| word.union(ScopeWord::of_set(action, scopes)))
}

fn what(cx: &Cx<'_>, slot: SlotId) -> String {
    let key = cx.access.slots[slot];
    let asset = cx.access.names.asset_title(key.asset);
    match key.kind {
        SlotKind::Rows => asset,
        SlotKind::Fields(class) => format!("{} fields of {asset}", cx.class_name(class)),
        SlotKind::Field(field) => cx.access.names.field_name(field),
    }
}
