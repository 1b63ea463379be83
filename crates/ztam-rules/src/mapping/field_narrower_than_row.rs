//! A field that is granted in fewer rows than the rows themselves.

use ztam_graph::access::{Holder, PlatformSet, Target};
use ztam_graph::facts::RightFlags;
use ztam_graph::ids::{AssetId, FieldId};
use ztam_graph::path::{self, Cause};
use ztam_graph::scopes::{ScopeSet, ScopeWord};
use ztam_model::words::{Action, RoleKind};
use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};

use super::cell;
use crate::cx::Cx;
use crate::layers::{Moment, OnAsset, Piece, in_moment, per_asset};
use crate::sink::{Sink, Subject};
use crate::whatif::{Unwanted, offer_scope};
use crate::wording;

pub(super) static META: RuleMeta = RuleMeta {
    id: "mapping/field-narrower-than-row",
    summary: "a field is granted in fewer rows than the platform would show it in",
    severity: Severity::High,
    confidence: Confidence::Proven,
    // What is emitted would be wider than the matrix: nothing excuses that.
    waivable: false,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST AC-3", "NIST AC-6", "ISO A.8.3"],
    page: include_str!("field_narrower_than_row.md"),
};

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    for holder in &cx.holders {
        per_asset(cx.access, *holder, |on| {
            for field in on.fields {
                for action in ScopeWord::FIELD_ACTIONS {
                    look(cx, out, *holder, on, field, *action);
                }
            }
        });
    }
}

/// One action of one grant on fields against all rows of the asset: the first row that shows the fields too widely.
fn look(cx: &Cx<'_>, out: &mut Sink<'_>, holder: Holder, on: OnAsset<'_>, field: &Piece, action: Action) {
    if field.entry.scopes.get(action).is_empty() {
        return;
    }
    let breaks = on.rows.iter().find_map(|row| {
        // What one role does alone is found at the role.
        let is_new = matches!(holder, Holder::Role(_)) || row.role != field.role;
        let breach = is_new.then(|| breach(on, field, row, action)).flatten()?;
        (!is_reported_by_right(cx, row, row_action(action))).then_some(breach)
    });
    let Some(breach) = breaks else { return };
    let cause = cell::of(cx.access, field, action, ScopeSet::NONE);
    for id in cx.access.fields_in(field.entry.slot) {
        let platforms = breach.platforms.and(cx.access.platforms_of_field(id));
        if platforms.is_empty() {
            continue;
        }
        let subject = Subject::of(holder).on(Target::Field(id));
        let at = cell::place(cx.access, field, cause.as_ref());
        out.push(&META, None, Some(at), &subject, || {
            let about = About { cx, holder, asset: on.asset, field: id, action, platforms };
            about.finding(field, &breach, cause.as_ref())
        });
    }
}

/// The rows in which a field is shown, where they are wider than its own grant.
#[derive(Clone, Copy)]
struct Breach<'e> {
    row: &'e Piece,
    moment: Moment,
    platforms: PlatformSet,
    /// What the field may be seen in.
    allowed: ScopeSet,
    /// What it would be seen in.
    shown: ScopeSet,
}

fn breach<'e>(on: OnAsset<'e>, field: &Piece, row: &'e Piece, action: Action) -> Option<Breach<'e>> {
    let shown = row.entry.scopes.get(row_action(action));
    if shown.is_empty() || field.entry.scopes.get(action).contains(shown) {
        return None;
    }
    let moment = Moment::of(field.layer).and(row.layer);
    let same = on.fields.iter().filter(|piece| piece.entry.slot == field.entry.slot);
    let mut found: Option<Breach<'e>> = None;
    for platform in field.entry.platforms.and(row.entry.platforms).iter() {
        let allowed = in_moment(same.clone(), moment, platform, action);
        if !allowed.contains(shown) {
            let platforms = found.map_or(0, |it| it.platforms.0) | 1 << platform;
            found = Some(Breach { row, moment, platforms: PlatformSet(platforms), allowed, shown });
        }
    }
    found
}

/// Unmasking follows the rows that are read.
fn row_action(action: Action) -> Action {
    if action == Action::Unmask { Action::Read } else { action }
}

/// Whether the rows come from a right that reaches all data in hands where that is an error by itself.
fn is_reported_by_right(cx: &Cx<'_>, row: &Piece, action: Action) -> bool {
    if row.is_cell() || matches!(cx.kind(row.role), RoleKind::Administrator | RoleKind::BreakGlass) {
        return false;
    }
    path::right_causes(cx.access, row.role, row.entry.slot, action).iter().any(|cause| {
        let facts = cx.access.platforms.get(cause.platform);
        let right = facts.zip(cause.route.last()).and_then(|(facts, right)| facts.rights.lookup(*right));
        right.is_some_and(|right| right.flags.has(RightFlags::ALL_DATA))
    })
}

/// What the finding is about.
struct About<'c, 'a> {
    cx: &'c Cx<'a>,
    holder: Holder,
    asset: AssetId,
    field: FieldId,
    action: Action,
    platforms: PlatformSet,
}

impl About<'_, '_> {
    fn finding(&self, field: &Piece, breach: &Breach<'_>, cause: Option<&Cause>) -> Finding {
        let access = self.cx.access;
        let rows = cell::of(access, breach.row, row_action(self.action), breach.shown);
        let finding = Finding::new(&META, self.title(breach));
        let allowed = wording::rows(breach.allowed);
        let finding =
            finding.at(cell::place(access, field, cause), format!("{}: in {allowed} only", self.class()));
        let finding = self.contexts(finding, breach, rows.as_ref());
        let finding = match cause {
            Some(cause) => cell::inherited(access, finding, cause),
            None => finding,
        };
        let finding = finding
            .note(self.cannot())
            .fact("action", self.action.as_str())
            .fact("rows", breach.shown.words())
            .fact("granted", breach.allowed.words());
        self.fixes(finding, breach, cause, rows.as_ref())
    }

    fn title(&self, breach: &Breach<'_>) -> String {
        let access = self.cx.access;
        let (shown, allowed) = (wording::rows(breach.shown), wording::rows(breach.allowed));
        format!(
            "{} would {} `{}` in {shown}{}, but may {} {} only in {allowed}",
            self.cx.title(self.holder),
            wording::verb(self.action),
            access.names.field_name(self.field),
            wording::when(access, breach.moment),
            wording::verb(self.action),
            self.class_of_field().map_or_else(|| "it".to_owned(), |class| format!("{class} data")),
        )
    }

    /// The field's class, where it is not the asset's.
    fn class_of_field(&self) -> Option<&str> {
        let access = self.cx.access;
        let class =
            access.field_classes[self.field].filter(|class| access.asset_classes[self.asset] != Some(*class));
        class.map(|class| access.names.class_name(class))
    }

    fn class(&self) -> String {
        self.class_of_field().unwrap_or("this field").to_owned()
    }

    fn contexts(&self, finding: Finding, breach: &Breach<'_>, rows: Option<&Cause>) -> Finding {
        let names = &self.cx.access.names;
        let class = self.cx.access.asset_classes[self.asset].map_or("", |class| names.class_name(class));
        let asset = names.assets.name(self.asset);
        let finding = match rows {
            Some(rows) => {
                let text = format!("but the rows of `{asset}` ({class}) are {}", wording::rows(breach.shown));
                finding.because(rows.scope.span, text)
            }
            None => self.rights(finding, breach),
        };
        let text = self
            .class_of_field()
            .map_or_else(|| "of this field".to_owned(), |it| format!("this field of it is {it}"));
        finding
            .because(names.assets.span(self.asset), format!("the row is {class}"))
            .because(names.fields[self.field].name.span, text)
    }

    fn rights(&self, finding: Finding, breach: &Breach<'_>) -> Finding {
        let access = self.cx.access;
        let slot = breach.row.entry.slot;
        let causes = path::right_causes(access, breach.row.role, slot, row_action(self.action));
        causes
            .iter()
            .take(1)
            .fold(finding, |it, cause| it.note(format!("why: {}", path::right_sentence(access, cause))))
    }

    fn cannot(&self) -> String {
        let titles = wording::platforms(self.cx.access, self.platforms);
        match titles.as_slice() {
            [first, second] => {
                format!("neither {first} nor {second} can hide a field in some rows and show it in others")
            }
            _ => format!("{} cannot hide a field in some rows and show it in others", titles.join(", ")),
        }
    }

    fn fixes(
        &self,
        finding: Finding,
        breach: &Breach<'_>,
        cause: Option<&Cause>,
        rows: Option<&Cause>,
    ) -> Finding {
        let Some(cause) = cause else { return finding };
        let unwanted = Unwanted { rule: META.id, at: cause.scope.span, holder: Some(self.holder) };
        let (allowed, shown) = (cell::single(breach.allowed), cell::single(breach.shown));
        let mut finding = finding;
        let written = finding.fixes.len();
        if let (Some(rows), Some(allowed)) = (rows, allowed) {
            let change = ("narrow the rows", rows.scope, allowed);
            finding = offer_scope(self.cx, finding, unwanted, cell::owner(rows), change);
        }
        if let Some(shown) = shown {
            let change = ("widen the cell", cause.scope, shown);
            finding = offer_scope(self.cx, finding, unwanted, cell::owner(cause), change);
        }
        if finding.fixes.len() == written {
            let asset = self.cx.access.names.assets.name(self.asset);
            finding = finding.help(format!(
                "narrow the rows of `{asset}` to those of the field, widen the field to its rows (asks for approval), or leave the field out"
            ));
        }
        finding
    }
}
