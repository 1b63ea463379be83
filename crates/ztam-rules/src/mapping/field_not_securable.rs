//! A field of another class than its row that the platform cannot hide.

use ztam_graph::access::{SlotKind, Target};
use ztam_graph::facts::Securable;
use ztam_graph::ids::{AssetId, ClassId, FieldId, RoleId};
use ztam_model::project::{Document, Text};
use ztam_model::words::Action;
use ztam_source::finding::{Confidence, Finding, RuleMeta, Safety, Severity, Stage, TextEdit};
use ztam_source::idx::IndexVec;
use ztam_source::span::Span;

use crate::cx::Cx;
use crate::sink::{Sink, Subject};
use crate::whatif::{Unwanted, attempt};

pub(super) static META: RuleMeta = RuleMeta {
    id: "mapping/field-not-securable",
    summary: "a field of another class than its row cannot be granted apart from it",
    severity: Severity::High,
    confidence: Confidence::Proven,
    // What is emitted would be wider than the matrix: nothing excuses that.
    waivable: false,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST AC-3", "NIST AC-6", "ISO A.8.3"],
    page: include_str!("field_not_securable.md"),
};

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    let access = cx.access;
    for (platform, facts) in access.platforms.iter().enumerate() {
        let reached = reached(cx, platform);
        for (field, row) in access.names.fields.iter_ids() {
            let classes = access.field_classes[field].zip(access.asset_classes[row.asset]);
            let Some((class, rows)) = classes.filter(|(class, rows)| class != rows) else { continue };
            let Some(known) = facts.fields[field].as_ref() else { continue };
            let reason = match &known.securable {
                Securable::Yes => continue,
                Securable::No(reason) => Some(*reason),
                Securable::Unknown => None,
            };
            let Some(role) = reached[row.asset] else { continue };
            let about =
                About { cx, field, asset: row.asset, class, rows, role, platform: facts.title, reason };
            out.push(&META, None, Some(about.place()), &Subject::default().on(Target::Field(field)), || {
                about.finding()
            });
        }
    }
}

/// The assets whose rows some role sees or writes on a platform, each with the first such role.
fn reached(cx: &Cx<'_>, platform: usize) -> IndexVec<AssetId, Option<RoleId>> {
    let access = cx.access;
    let mut found = IndexVec::filled(access.names.assets.len(), None);
    for role in &cx.roles {
        for entry in access.roles[*role].entries.iter().filter(|entry| entry.platforms.has(platform)) {
            let key = access.slots[entry.slot];
            let opens = [Action::Read, Action::Create, Action::Edit]
                .iter()
                .any(|it| !entry.scopes.get(*it).is_empty());
            if key.kind == SlotKind::Rows && opens {
                found[key.asset].get_or_insert(*role);
            }
        }
    }
    found
}

/// What the finding is about.
struct About<'c, 'a> {
    cx: &'c Cx<'a>,
    field: FieldId,
    asset: AssetId,
    class: ClassId,
    rows: ClassId,
    /// Somebody who has the row.
    role: RoleId,
    platform: &'static str,
    /// Why it cannot be hidden; `None` where nobody says whether it can.
    reason: Option<&'static str>,
}

impl About<'_, '_> {
    /// The word that gives the field its class.
    fn place(&self) -> Span {
        let row = &self.cx.access.names.fields[self.field];
        row.field.class.as_ref().map_or(row.name.span, |class| class.span)
    }

    fn finding(&self) -> Finding {
        let access = self.cx.access;
        let names = &access.names;
        let (class, rows) = (names.class_name(self.class), names.class_name(self.rows));
        let field = names.field_name(self.field);
        let who = names.role_title(self.role);
        let title = match self.reason {
            Some(reason) => {
                format!("{who} would see `{field}` with its row: {} cannot hide it, {reason}", self.platform)
            }
            None => format!(
                "{who} may see `{field}` with its row: nothing says that {} can hide it",
                self.platform
            ),
        };
        let asset = names.assets.get(self.asset);
        let finding = Finding::new(&META, title).at(self.place(), format!("{class} cannot be kept here"));
        let finding = match &asset.class {
            Some(text) => finding.because(text.span, format!("the row is {rows}")),
            None => finding,
        };
        let finding = finding
            .because(names.roles.span(self.role), format!("{who} has the row"))
            .fact("platform", self.platform)
            .fact("class", class)
            .fact("row-class", rows);
        let finding = match self.reason {
            Some(_) => finding,
            None => finding.help(
                "take an inventory of the object, or say in the asset's binding that it can be: `securable: [...]`",
            ),
        };
        self.fix(finding)
    }

    /// The row takes the class of its most sensitive field; a field below its row takes the row's.
    fn fix(&self, finding: Finding) -> Finding {
        let names = &self.cx.access.names;
        let (class, rows) = (names.class_name(self.class), names.class_name(self.rows));
        let row = &names.fields[self.field];
        let asset = names.assets.name(self.asset);
        let (written, to, title) = if self.class > self.rows {
            (names.assets.get(self.asset).class.as_ref(), class, format!("raise `{asset}` to {class}"))
        } else {
            (row.field.class.as_ref(), rows, format!("give the field the class of its row, {rows}"))
        };
        let Some(written) = written else { return finding.help(title) };
        let unwanted = Unwanted { rule: META.id, at: self.place(), holder: None };
        let everyone = names.roles.ids().collect();
        if attempt(self.cx, &everyone, unwanted, |items| set_class(items, written.span, to)).is_none() {
            return finding.help(format!("{title}, or take the field out of the object"));
        }
        let edit = TextEdit { span: written.span, text: to.to_owned() };
        finding.fix(title, Safety::NeedsApproval, vec![edit])
    }
}

/// Replaces the class that is written at a place.
fn set_class(items: &mut Document, at: Span, to: &str) {
    let set = |class: &mut Option<Text>| {
        if let Some(text) = class.as_mut().filter(|text| text.span == at) {
            to.clone_into(&mut text.value);
        }
    };
    for (_, asset) in &mut items.assets.0 {
        set(&mut asset.class);
        asset.fields.0.iter_mut().for_each(|(_, field)| set(&mut field.class));
    }
}
