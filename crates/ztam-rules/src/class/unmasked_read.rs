//! Values behind a mask, where nobody says why they are shown.

use ztam_graph::access::Holder;
use ztam_graph::ids::{ClassId, FieldId, RoleId};
use ztam_model::words::Action;
use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};
use ztam_source::idx::Idx;

use crate::cx::{Cx, Sensitivity};
use crate::need::{self, HeldRight};
use crate::sink::Sink;

pub(super) static META: RuleMeta = RuleMeta {
    id: "class/unmasked-read",
    summary: "a role sees masked values of sensitive fields, and nobody says why",
    severity: Severity::High,
    confidence: Confidence::Proven,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST AC-3", "NIST SC-28", "ISO A.8.3", "GDPR 32"],
    page: include_str!("unmasked_read.md"),
};

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    for role in &cx.roles {
        for found in need::unexplained(cx, *role, &[Action::Unmask], Sensitivity::Confidential) {
            out.push(&META, None, Some(found.scope.span), &found.subject(), || {
                let finding = finding(cx, *role, &found.token.text.value, found.class);
                found.show(cx, finding)
                    .help("take `unmask` away, or say why with `because` on the cell or `justification` on the role")
            });
        }
        for platform in 0..cx.access.platforms.len() {
            of_rights(cx, *role, platform, out);
        }
    }
}

fn of_rights(cx: &Cx<'_>, role: RoleId, platform: usize, out: &mut Sink<'_>) {
    let held = cx.access.roles[role].closure.get(platform);
    let Some((facts, held)) = cx.access.platforms.get(platform).zip(held) else { return };
    let unmasks = facts.rights.iter_ids().filter(|(right, about)| {
        let shows = about.effects.iter().any(|effect| !effect.fields.get(Action::Unmask).is_empty());
        shows && held.contains(right.index())
    });
    for (right, _) in unmasks {
        let held = HeldRight { role, platform, right };
        let Some((field, class)) = shown(cx, role, platform).filter(|_| !held.is_justified(cx)) else {
            continue;
        };
        let source = held.source(cx);
        out.push(&META, None, source.span(cx), &held.subject(cx), || {
            let said = format!("brings `{}`", held.name(cx));
            let name = cx.access.names.field_name(field);
            source
                .primary(cx, finding(cx, role, &name, class), &said)
                .help("do not hold it, or say why with `justification` on the role")
                .fact("right", held.name(cx))
                .fact("class", cx.class_name(class))
        });
    }
}

/// The most sensitive field that a role reads on a platform, where it is sensitive.
fn shown(cx: &Cx<'_>, role: RoleId, platform: usize) -> Option<(FieldId, ClassId)> {
    let access = cx.access;
    let facts = access.platforms.get(platform)?;
    let reads = |slot| {
        let entries = access.entries(role, slot).iter();
        entries.into_iter().any(|it| it.platforms.has(platform) && !it.scopes.get(Action::Read).is_empty())
    };
    let fields = facts.fields.iter_ids().filter(|(_, known)| known.is_some()).map(|(field, _)| field);
    let sensitive = fields.filter_map(|field| {
        let class =
            access.field_classes[field].filter(|it| cx.sensitivity(*it) >= Sensitivity::Confidential)?;
        let rows = access.rows_slot(access.names.fields[field].asset);
        (reads(cx.field_slots[field]?) && reads(rows)).then_some((class, std::cmp::Reverse(field)))
    });
    sensitive.max().map(|(class, field)| (field.0, class))
}

fn finding(cx: &Cx<'_>, role: RoleId, what: &str, class: ClassId) -> Finding {
    let (who, class_name) = (cx.title(Holder::Role(role)), cx.class_name(class));
    Finding::new(&META, format!("{who} sees {what} ({class_name}) behind its mask, and nobody says why"))
}
