//! The same access by two ways, one under conditions and the other under fewer: the conditions guard nothing.

use ztam_graph::access::{Conditions, Entry, Holder, Origin, PlatformSet, SlotId, SlotKind};
use ztam_graph::ids::RoleId;
use ztam_graph::path::{self, Cause};
use ztam_model::words::Action;
use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};

use crate::cx::Cx;
use crate::route::Source;
use crate::sink::{Sink, Subject};
use crate::wording::{platforms, verb};

pub(super) static META: RuleMeta = RuleMeta {
    id: "condition/unguarded-alternate-path",
    summary: "access that a condition guards is reached by another way without it",
    severity: Severity::High,
    confidence: Confidence::Proven,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST AC-3", "NIST IA-2", "ISO A.8.5", "NIST 800-207 tenets 3, 4 and 6"],
    page: include_str!("unguarded_alternate_path.md"),
};

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    if cx.access.names.conditions.is_empty() {
        return;
    }
    for holder in &cx.holders {
        let roles = cx.access.roles_of(*holder);
        for role in &roles {
            let guarded = cx.access.roles[*role]
                .entries
                .iter()
                .filter(|entry| entry.origin == Origin::Matrix && !conditions(cx, entry).is_empty());
            for entry in guarded {
                for other in &roles {
                    // What one role has by itself is told of that role, not again of the set.
                    if matches!(holder, Holder::Role(_)) || other != role {
                        beside(cx, *holder, (*role, entry), *other, out);
                    }
                }
            }
        }
    }
}

fn conditions(cx: &Cx<'_>, entry: &Entry) -> Conditions {
    cx.access.layers[entry.layer].conditions
}

/// Ways of `other` to what a guarded grant of `role` gives, under fewer conditions and as wide.
fn beside(cx: &Cx<'_>, holder: Holder, (role, guarded): (RoleId, &Entry), other: RoleId, out: &mut Sink<'_>) {
    let needed = conditions(cx, guarded);
    for way in cx.access.entries(other, guarded.slot) {
        let given = conditions(cx, way);
        let on = way.platforms.and(guarded.platforms);
        if given == needed || !given.within(needed) || on.is_empty() {
            continue;
        }
        let covered = guarded
            .scopes
            .iter()
            .find(|(action, scopes)| way.scopes.get(*action).closure().contains(*scopes));
        if let Some((action, _)) = covered {
            Way { cx, holder, role, other, slot: guarded.slot, action, needed, given, on }.report(out);
        }
    }
}

struct Way<'c, 'a> {
    cx: &'c Cx<'a>,
    holder: Holder,
    role: RoleId,
    other: RoleId,
    slot: SlotId,
    action: Action,
    needed: Conditions,
    given: Conditions,
    on: PlatformSet,
}

impl Way<'_, '_> {
    fn report(&self, out: &mut Sink<'_>) {
        let (Some(open), Some(guarded)) = (self.open(), self.cell(self.role, self.needed)) else { return };
        let what = self.what();
        let subject = Subject::of(self.holder).called(what.clone());
        out.push(&META, None, open.span(self.cx), &subject, || self.finding(&open, guarded, &what));
    }

    fn cell(&self, role: RoleId, under: Conditions) -> Option<Cause> {
        let causes = path::causes(self.cx.access, role, self.slot, self.action);
        causes.into_iter().find(|cause| cause.conditions == under)
    }

    fn open(&self) -> Option<Source> {
        let right = || {
            let causes = path::right_causes(self.cx.access, self.other, self.slot, self.action);
            causes.into_iter().find(|cause| self.on.has(cause.platform)).map(Source::Right)
        };
        self.cell(self.other, self.given).map(Source::Cell).or_else(right)
    }

    fn what(&self) -> String {
        let key = self.cx.access.slots[self.slot];
        let asset = self.cx.access.names.asset_title(key.asset);
        match key.kind {
            SlotKind::Rows => asset,
            SlotKind::Fields(class) => format!("{} fields of {asset}", self.cx.class_name(class)),
            SlotKind::Field(field) => self.cx.access.names.field_name(field),
        }
    }

    fn finding(&self, open: &Source, guarded: Cause, what: &str) -> Finding {
        let cx = self.cx;
        let spared = Conditions(self.needed.0 & !self.given.0);
        let spared = cx.access.condition_names(spared).join(" and ");
        let title = format!(
            "{} may {} {what} on {} without {spared}, by another way than the one that asks for it",
            cx.title(self.holder),
            verb(self.action),
            platforms(cx.access, self.on).join(" and "),
        );
        let finding = open.primary(cx, Finding::new(&META, title), "the same, unguarded");
        Source::Cell(guarded)
            .context(cx, finding, &format!("asks for {spared}"))
            .note("the easier way counts: what the condition should guard is reached without it")
            .help("put the same conditions on this way too, narrow it, or take the condition away")
            .fact("action", self.action.as_str())
    }
}
