//! Grants wider than a class allows anybody: reading and writing are two rules with one check.

use std::collections::BTreeMap;

use ztam_graph::access::{Holder, Origin, SlotId};
use ztam_graph::ids::{ClassId, RoleId};
use ztam_graph::path;
use ztam_graph::scopes::{ScopeSet, ScopeWord};
use ztam_model::words::{Action, Scope};
use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};
use ztam_source::span::Spanned;

use crate::cells::{self, BlockCell, Token};
use crate::cx::Cx;
use crate::route::Source;
use crate::sink::{Sink, Subject};
use crate::whatif::{self, Unwanted};

pub(super) static READ: RuleMeta = RuleMeta {
    id: "class/widest-read",
    summary: "a class is read in a wider scope than it allows",
    severity: Severity::High,
    confidence: Confidence::Proven,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST AC-6", "NIST AC-3", "ISO A.8.3", "PCI 7.2.2", "HIPAA 164.502(b)"],
    page: include_str!("widest_read.md"),
};

pub(super) static WRITE: RuleMeta = RuleMeta {
    id: "class/widest-write",
    summary: "a class is changed in a wider scope than it allows",
    severity: Severity::High,
    confidence: Confidence::Proven,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST AC-6", "NIST AC-3", "ISO A.8.3", "PCI 7.2.2"],
    page: include_str!("widest_write.md"),
};

const WRITES: &[Action] = &[Action::Create, Action::Edit, Action::Delete, Action::Share, Action::Assign];

pub(super) fn check_read(cx: &Cx<'_>, out: &mut Sink<'_>) {
    let bounds = cx.access.names.classes.iter().map(|class| class.controls.as_ref()?.widest_read).collect();
    Check { cx, meta: &READ, actions: &[Action::Read], bounds }.run(out);
}

pub(super) fn check_write(cx: &Cx<'_>, out: &mut Sink<'_>) {
    let bounds = cx.access.names.classes.iter().map(|class| class.controls.as_ref()?.widest_write).collect();
    Check { cx, meta: &WRITE, actions: WRITES, bounds }.run(out);
}

struct Check<'c, 'a> {
    cx: &'c Cx<'a>,
    meta: &'static RuleMeta,
    actions: &'static [Action],
    /// By class.
    bounds: Vec<Option<Spanned<Scope>>>,
}

impl Check<'_, '_> {
    fn run(&self, out: &mut Sink<'_>) {
        if self.bounds.iter().all(Option::is_none) {
            return;
        }
        for role in &self.cx.roles {
            let (cells, rights) = self.wider(*role);
            if !cells.is_empty() {
                for cell in cells::of_role(self.cx, *role) {
                    self.cell(*role, cell, &cells, out);
                }
            }
            for ((class, action), slot) in rights {
                self.right(*role, class, action, slot, out);
            }
        }
    }

    fn bound(&self, class: ClassId) -> Option<Spanned<Scope>> {
        *self.bounds.get(class.0 as usize)?
    }

    /// What the role has beyond the bounds: by cells, per class; by rights, an example per class and action.
    fn wider(&self, role: RoleId) -> (BTreeMap<ClassId, ScopeWord>, BTreeMap<(ClassId, Action), SlotId>) {
        let (mut cells, mut rights) = (BTreeMap::new(), BTreeMap::new());
        for entry in &self.cx.access.roles[role].entries {
            let Some(class) = self.cx.slot_class(entry.slot) else { continue };
            let Some(bound) = self.bound(class) else { continue };
            for action in self.actions {
                let scopes = entry.scopes.get(*action);
                if ScopeSet::of(bound.value).contains(scopes) {
                    continue;
                }
                if entry.origin == Origin::Right {
                    rights.entry((class, *action)).or_insert(entry.slot);
                } else {
                    let all: &mut ScopeWord = cells.entry(class).or_default();
                    *all = all.union(ScopeWord::of_set(*action, scopes));
                }
            }
        }
        (cells, rights)
    }

    /// A cell counts only where its scope is still beyond the bound in the environment that is judged.
    fn cell(
        &self,
        role: RoleId,
        cell: &BlockCell<'_>,
        wider: &BTreeMap<ClassId, ScopeWord>,
        out: &mut Sink<'_>,
    ) {
        for token in cell.reaching() {
            let found = token.class.and_then(|class| Some((class, self.bound(class)?, *wider.get(&class)?)));
            let Some((class, bound, over)) = found else { continue };
            for (action, scope) in
                cell.scopes.iter().copied().filter(|(action, _)| self.actions.contains(action))
            {
                let is_wider = !ScopeSet::of(bound.value).contains(ScopeSet::of(scope.value));
                if is_wider && !over.get(action).is_empty() {
                    let cause = cell.class().unwrap_or(token.text).span;
                    let subject = Subject::of(Holder::Role(role)).called(label(action, token));
                    out.push(self.meta, None, Some(cause), &subject, || {
                        let finding = self.finding(role, class, (action, scope.value), bound);
                        let finding =
                            finding.at(scope.span, format!("{}: {}", action.as_str(), scope.value.as_str()));
                        let finding = self
                            .owner(finding, role, cell)
                            .because(bound.span, format!("{} no wider than this", self.cx.class_name(class)))
                            .help(format!(
                                "`{}` at most, or the class owner widens the bound",
                                bound.value.as_str()
                            ));
                        let holder = Some(Holder::Role(role));
                        let unwanted = Unwanted { rule: self.meta.id, at: scope.span, holder };
                        let change = ("narrow the cell", scope, bound.value);
                        whatif::offer_scope(self.cx, finding, unwanted, cell.owner, change)
                    });
                }
            }
        }
    }

    fn right(&self, role: RoleId, class: ClassId, action: Action, slot: SlotId, out: &mut Sink<'_>) {
        let Some(cause) = path::right_causes(self.cx.access, role, slot, action).into_iter().next() else {
            return;
        };
        let Some(bound) = self.bound(class) else { return };
        let source = Source::Right(cause);
        let subject = Subject::of(Holder::Role(role)).called(format!(
            "{} {}",
            action.as_str(),
            self.cx.class_name(class)
        ));
        out.push(self.meta, None, source.span(self.cx), &subject, || {
            let finding = self.finding(role, class, (action, Scope::Org), bound);
            source
                .primary(self.cx, finding, "a right that passes by the matrix")
                .because(bound.span, format!("{} no wider than this", self.cx.class_name(class)))
                .help("do not hold the right that brings it")
        });
    }

    fn owner(&self, finding: Finding, role: RoleId, cell: &BlockCell<'_>) -> Finding {
        if cell.owner == role {
            return finding;
        }
        let names = &self.cx.access.names;
        let text = format!("{} has it from {}", names.role_title(role), names.role_title(cell.owner));
        finding.because(names.roles.span(role), text)
    }

    fn finding(
        &self,
        role: RoleId,
        class: ClassId,
        (action, scope): (Action, Scope),
        bound: Spanned<Scope>,
    ) -> Finding {
        let who = self.cx.access.names.role_title(role);
        let (verb, class) = (action.as_str(), self.cx.class_name(class));
        let title = format!(
            "{who} may {verb} {class} data in the scope `{}`; the class allows `{}` at most",
            scope.as_str(),
            bound.value.as_str()
        );
        Finding::new(self.meta, title).fact("class", class).fact("action", verb).fact("scope", scope.as_str())
    }
}

fn label(action: Action, token: &Token<'_>) -> String {
    format!("{} {}", action.as_str(), token.text.value)
}
