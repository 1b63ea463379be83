//! Outsiders who see or administer more than their own account.

use ztam_graph::access::{Holder, SlotKind, Target};
use ztam_graph::facts::{Evidence, RightFlags, RightId};
use ztam_graph::ids::RoleId;
use ztam_graph::path;
use ztam_model::words::{Action, RoleKind, Scope};
use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};
use ztam_source::idx::Idx;

use super::of_kind;
use crate::cx::{Cx, Sensitivity};
use crate::route::{self, Source};
use crate::separate::people::counts;
use crate::sink::{Sink, Subject};

pub(super) static META: RuleMeta = RuleMeta {
    id: "external/external-super-user",
    summary: "an outsider sees or administers more than their own account",
    severity: Severity::High,
    confidence: Confidence::Proven,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST AC-6(6)", "NIST AC-2", "ISO A.5.19"],
    page: include_str!("external_super_user.md"),
};

/// Rights that reach beyond one's own rows, or over other people.
const SUPER: RightFlags =
    RightFlags::BYPASSES_ROWS.union(RightFlags::GRANTS_ACCESS).union(RightFlags::TAKES_IDENTITIES);
/// How long a review of a declared super user counts.
const REVIEWED_DAYS: i64 = 365;

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    for role in of_kind(cx, RoleKind::External) {
        for (platform, possible) in cx.access.roles[role].possible.iter().enumerate() {
            let Some(facts) = cx.access.platforms.get(platform) else { continue };
            for right in possible.ones().map(RightId::from_usize) {
                let is_super = facts.rights[right].flags.meets(SUPER) && !facts.floor.contains(&right);
                if is_super && !(is_named(cx, role, platform, right) && is_declared(cx, role)) {
                    held(cx, role, platform, right, out);
                }
            }
        }
        rolled_up(cx, role, out);
    }
}

/// Whether a capability of the role lists the right, so that somebody decided it.
fn is_named(cx: &Cx<'_>, role: RoleId, platform: usize, right: RightId) -> bool {
    let Some(facts) = cx.access.platforms.get(platform) else { return false };
    let mut own = cx.access.names.capabilities.ids().filter(|id| cx.access.is_given(role, *id));
    own.any(|id| facts.capabilities[id].contains(&right))
}

/// Whether the role says why, somebody answers for it, and it ends or was reviewed within a year.
fn is_declared(cx: &Cx<'_>, role: RoleId) -> bool {
    let names = &cx.access.names;
    let declared = names.roles.get(role);
    let age = declared.reviewed.map(|day| cx.access.as_of.days_since(day.value));
    let is_reviewed = age.is_some_and(|age| (0..=REVIEWED_DAYS).contains(&age));
    let name = names.roles.name(role);
    let mut members =
        names.project.assignments.iter().filter(|it| it.role.value == name && counts(cx, it)).peekable();
    let all_end = members.peek().is_some() && members.all(|it| it.until.is_some());
    declared.owner.is_some() && declared.justification.is_some() && (is_reviewed || all_end)
}

fn held(cx: &Cx<'_>, role: RoleId, platform: usize, right: RightId, out: &mut Sink<'_>) {
    let Some(facts) = cx.access.platforms.get(platform) else { return };
    let about = &facts.rights[right];
    let source = Source::Right(path::right_cause(cx.access, role, platform, right));
    let proven = cx.access.roles[role].closure.get(platform).is_some_and(|it| it.contains(right.index()));
    out.push(&META, None, source.span(cx), &Subject::of(Holder::Role(role)).called(&*about.name), || {
        let who = cx.access.names.role_title(role);
        let title = format!("{who} is for outsiders and holds `{}` on {}", about.name, facts.title);
        let finding = source.primary(cx, Finding::new(&META, title), "reaches beyond their own account");
        let finding = if is_named(cx, role, platform, right) {
            finding.help("take it out; or say with the role why, who answers for it and when it was reviewed: `justification`, `owner`, `reviewed`")
        } else {
            finding
                .note("it comes along with another right, and may stay when that one is taken away")
                .help("take out what brings it, or name it in a capability of the role")
        };
        let finding = finding.fact("right", &*about.name);
        if proven && about.evidence != Evidence::Unverified { finding } else { finding.advisory() }
    });
}

/// Rows that belong to other accounts, of what is not public.
fn rolled_up(cx: &Cx<'_>, role: RoleId, out: &mut Sink<'_>) {
    let access = cx.access;
    for entry in &access.roles[role].entries {
        let key = access.slots[entry.slot];
        let wide = [Action::Read, Action::Edit, Action::Delete].into_iter().find(|action| {
            let scopes = entry.scopes.get(*action);
            [Scope::UnitTree, Scope::Org].iter().any(|scope| scopes.has(*scope))
        });
        let Some(action) = wide.filter(|_| key.kind == SlotKind::Rows) else { continue };
        let class = cx.slot_class(entry.slot);
        if class.is_none_or(|class| cx.sensitivity(class) == Sensitivity::Public) || is_declared(cx, role) {
            continue;
        }
        let source = route::source(cx, &[role], entry.slot, action);
        let place = source.as_ref().and_then(|it| it.span(cx));
        out.push(&META, None, place, &Subject::of(Holder::Role(role)).on(Target::Rows(key.asset)), || {
            let names = &access.names;
            let (who, asset) = (names.role_title(role), names.asset_title(key.asset));
            let title = format!("{who} is for outsiders and can {} {asset} of other accounts", action.as_str());
            let finding = Finding::new(&META, title);
            let finding = match &source {
                Some(source) => source.primary(cx, finding, "beyond their own account"),
                None => finding.at(names.roles.span(role), "beyond their own account"),
            };
            finding.help("narrow the rows to `account` or `own`; or say with the role why, who answers for it and when it was reviewed")
        });
    }
}
