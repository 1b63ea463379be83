//! A powerful machine without enough that bounds it.

use std::collections::BTreeSet;

use ztam_graph::access::{Holder, SlotKind};
use ztam_graph::facts::{RightFlags, RightId};
use ztam_graph::ids::RoleId;
use ztam_graph::path;
use ztam_graph::scopes::ScopeSet;
use ztam_model::words::{Action, Safeguard, Scope};
use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};
use ztam_source::idx::Idx;

use crate::cx::{Cx, Sensitivity};
use crate::powers;
use crate::route::{self, Source};
use crate::sink::{Sink, Subject};

pub(super) static META: RuleMeta = RuleMeta {
    id: "service/privileged-non-human-uncompensated",
    summary: "a machine with powerful access has fewer than two safeguards, or is not inventoried",
    severity: Severity::Critical,
    confidence: Confidence::Proven,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &[
        "NIST AC-6",
        "NIST IA-9",
        "NIST AC-2",
        "ISO A.5.16",
        "ISO A.8.2",
        "PCI 7.2.5",
        "PCI 8.6",
        "CIS 5.5",
    ],
    page: include_str!("privileged_non_human_uncompensated.md"),
};

/// So many safeguards make up for power.
const ENOUGH: usize = 2;

/// What makes a machine powerful.
struct Power {
    source: Source,
    /// As the end of a sentence: `holds ... on ...`.
    said: String,
    /// The right, where it is one.
    right: Option<(usize, RightId)>,
}

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    for role in cx.roles.iter().filter(|role| powers::is_machine(cx, **role)) {
        let lacking = lacking(cx, *role);
        if lacking.is_empty() {
            continue;
        }
        if let Some(power) = power(cx, *role) {
            let subject = Subject::of(Holder::Role(*role));
            out.push(&META, None, power.source.span(cx), &subject, || finding(cx, *role, &power, &lacking));
        }
    }
}

/// A powerful right, or else changing all rows of what is not public.
fn power(cx: &Cx<'_>, role: RoleId) -> Option<Power> {
    let strongest = powers::of_role(cx, role).first().copied().or_else(|| all_data(cx, role));
    if let Some((platform, right)) = strongest {
        let facts = cx.access.platforms.get(platform)?;
        let said = format!("holds `{}` on {}", facts.rights[right].name, facts.title);
        let source = Source::Right(path::right_cause(cx.access, role, platform, right));
        return Some(Power { source, said, right: Some((platform, right)) });
    }
    let all = ScopeSet::of(Scope::Org);
    let entries = cx.access.roles[role].entries.iter();
    let mut written =
        entries.filter(|entry| cx.access.slots[entry.slot].kind == SlotKind::Rows).flat_map(|entry| {
            let actions = [Action::Delete, Action::Edit, Action::Create, Action::Assign];
            actions.into_iter().filter(|it| entry.scopes.get(*it).widest() == all).map(|it| (entry.slot, it))
        });
    let (slot, action) = written.find(|(slot, _)| {
        cx.slot_class(*slot).is_some_and(|class| cx.sensitivity(class) > Sensitivity::Public)
    })?;
    let source = route::source(cx, &[role], slot, action)?;
    let asset = cx.access.names.asset_title(cx.access.slots[slot].asset);
    Some(Power { source, said: format!("may {} all rows of {asset}", action.as_str()), right: None })
}

/// A right over all data of the org, whatever its tier: one that only reads is of a lower one.
fn all_data(cx: &Cx<'_>, role: RoleId) -> Option<(usize, RightId)> {
    let held = &cx.access.roles[role].closure;
    cx.access.platforms.iter().zip(held).enumerate().find_map(|(platform, (facts, held))| {
        let mut rights = held.ones().map(RightId::from_usize);
        let right = rights.find(|it| facts.rights[*it].flags.has(RightFlags::ALL_DATA))?;
        Some((platform, right))
    })
}

/// What stands against the account, each as a sentence's part.
fn lacking(cx: &Cx<'_>, role: RoleId) -> Vec<String> {
    let declared = cx.access.names.roles.get(role);
    let account = declared.account.as_ref();
    let safeguards: BTreeSet<Safeguard> =
        account.iter().flat_map(|it| &it.safeguards).map(|it| it.value).collect();
    let mut lacking = Vec::new();
    if safeguards.len() < ENOUGH {
        let words: Vec<_> = safeguards.iter().map(|it| it.as_str()).collect();
        let has = if words.is_empty() { "none".to_owned() } else { format!("only {}", words.join(", ")) };
        lacking.push(format!("{ENOUGH} safeguards, and has {has}"));
    }
    let known = [
        ("an owner", declared.owner.is_some()),
        ("a purpose", declared.purpose.is_some()),
        ("its first day", account.is_some_and(|it| it.created.is_some())),
        ("the day it was last used", account.is_some_and(|it| it.last_used.is_some())),
    ];
    lacking.extend(known.into_iter().filter(|(_, known)| !known).map(|(what, _)| what.to_owned()));
    lacking
}

fn finding(cx: &Cx<'_>, role: RoleId, power: &Power, lacking: &[String]) -> Finding {
    let names = &cx.access.names;
    let who = names.role_title(role);
    let title = format!("{who} {}, and nothing makes up for it", power.said);
    let finding = power.source.primary(cx, Finding::new(&META, title), "makes the machine powerful");
    let place = names.roles.get(role).kind.map_or_else(|| names.roles.span(role), |kind| kind.span);
    let finding = match power.right {
        Some((platform, right)) => powers::as_sure_as(cx, platform, right, finding),
        None => finding,
    };
    let words: Vec<_> = Safeguard::ALL.iter().map(|it| it.as_str()).collect();
    finding
        .because(place, format!("kind {}", cx.kind(role).as_str()))
        .note(format!("a machine that powerful needs {}", lacking.join("; ")))
        .help(format!(
            "give it less, or say in `account` what bounds it (`safeguards`: two of {}) and when it was `created` and `last-used`",
            words.join(", ")
        ))
}
