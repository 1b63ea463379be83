//! Sensitive data in a session that nothing guards.

use std::collections::BTreeMap;

use ztam_graph::access::{Conditions, Entry, Holder, LayerId, PlatformSet};
use ztam_graph::facts::{Enforcement, RightFlags};
use ztam_graph::ids::{ClassId, RoleId};
use ztam_graph::path;
use ztam_model::words::{Action, Means, RoleKind};
use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};

use crate::cx::{Cx, Sensitivity};
use crate::powers;
use crate::route::{self, Source};
use crate::sign_in;
use crate::sink::{Sink, Subject};
use crate::wording::verb;

pub(super) static META: RuleMeta = RuleMeta {
    id: "condition/sensitive-without-session-guard",
    summary: "sensitive data is reached in a session that no second factor and no end guards",
    severity: Severity::High,
    confidence: Confidence::Proven,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST IA-2(2)", "NIST AC-12", "ISO A.8.5", "HIPAA 164.312(a)(2)(iii)", "HIPAA 164.312(d)"],
    page: include_str!("sensitive_without_session_guard.md"),
};

/// What guards the session of a person.
const OF_PEOPLE: [Means; 4] =
    [Means::SecondFactor, Means::PhishingResistant, Means::SessionEnd, Means::StepUp];
/// What guards that of a machine, which has no second factor.
const OF_MACHINES: [Means; 3] = [Means::Network, Means::SessionEnd, Means::Device];

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    for role in cx.roles.iter().filter(|role| cx.kind(**role) != RoleKind::Guest) {
        let means = if powers::is_machine(cx, *role) { &OF_MACHINES[..] } else { &OF_PEOPLE[..] };
        // The most sensitive class first: what is said of it counts for the others.
        for ((class, platform), entry) in unguarded(cx, *role, means).into_iter().rev() {
            report(cx, *role, platform, class, &entry, out);
        }
        if !powers::runs_the_platform(cx, *role) {
            weakened(cx, *role, out);
        }
    }
}

/// The sensitive classes that a role reaches on a platform with nothing that guards the session, each with a grant.
fn unguarded(cx: &Cx<'_>, role: RoleId, means: &[Means]) -> BTreeMap<(ClassId, usize), Entry> {
    let mut found = BTreeMap::new();
    let mut known: BTreeMap<LayerId, PlatformSet> = BTreeMap::new();
    let access = cx.access;
    if !access
        .names
        .classes
        .ids()
        .any(|class| is_sensitive(cx, class) && cx.classes_of(role).any(|it| it == class))
    {
        return found;
    }
    for entry in &access.roles[role].entries {
        let Some(class) = cx.slot_class(entry.slot).filter(|class| is_sensitive(cx, *class)) else {
            continue;
        };
        let open = known.entry(entry.layer).or_insert_with(|| {
            let conditions = access.layers[entry.layer].conditions;
            open_platforms(cx, role, conditions, means)
        });
        for platform in entry.platforms.and(*open).iter() {
            found.entry((class, platform)).or_insert(*entry);
        }
    }
    found
}

fn is_sensitive(cx: &Cx<'_>, class: ClassId) -> bool {
    cx.sensitivity(class) >= Sensitivity::Confidential
}

/// The platforms on which neither the conditions of a grant nor the sign-in of the role guard the session.
fn open_platforms(cx: &Cx<'_>, role: RoleId, conditions: Conditions, means: &[Means]) -> PlatformSet {
    let open = cx.access.platforms.iter().zip(0u32..).filter(|(facts, bit)| {
        let enforced = conditions.iter().filter(|it| facts.conditions[*it] != Enforcement::Nobody);
        let enforced = enforced.fold(Conditions::NONE, Conditions::with);
        let all = enforced.union(sign_in::enforced(cx, role, *bit as usize));
        !sign_in::asks(cx, all, means)
    });
    PlatformSet(open.fold(0, |all, (_, bit)| all | 1u8.checked_shl(bit).unwrap_or(0)))
}

fn report(cx: &Cx<'_>, role: RoleId, platform: usize, class: ClassId, entry: &Entry, out: &mut Sink<'_>) {
    let names = &cx.access.names;
    let Some(facts) = cx.access.platforms.get(platform) else { return };
    let action = if entry.scopes.get(Action::Read).is_empty() { entry.scopes.iter().next() } else { None };
    let action = action.map_or(Action::Read, |(action, _)| action);
    let Some(source) = route::source(cx, &[role], entry.slot, action) else { return };
    let subject =
        Subject::of(Holder::Role(role)).called(format!("{} on {}", cx.class_name(class), facts.title));
    out.push(&META, None, Some(names.roles.span(role)), &subject, || {
        let (who, class_name) = (names.role_title(role), cx.class_name(class));
        let title = format!(
            "{who} may {} {class_name} data on {} in a session that nothing guards",
            verb(action),
            facts.title
        );
        let finding = source.primary(cx, Finding::new(&META, title), "under no condition that guards the session");
        let help = if powers::is_machine(cx, role) {
            "name in `signs-in` of the role, or in `when` of the cell, a condition that means `network`"
        } else {
            "name in `signs-in` of the role, or in `when` of the cell, a condition that means `second-factor`, `session-end` or `step-up`"
        };
        let finding = finding.because(names.roles.span(role), "signs in without one").help(help).fact("class", class_name);
        if cx.sensitivity(class) == Sensitivity::Restricted { finding } else { finding.with_severity(Severity::Medium) }
    });
}

/// A right that makes sign-in weaker, in hands that reach sensitive data. Whoever runs the platform sets the policies of
/// sign-in for others; how strong their own is, `condition/privileged-without-strong-mfa` judges.
fn weakened(cx: &Cx<'_>, role: RoleId, out: &mut Sink<'_>) {
    for (platform, right) in powers::with_flag(cx, role, RightFlags::WEAKENS_LOGIN) {
        let class = cx.most_sensitive_read(role, platform).filter(|class| is_sensitive(cx, *class));
        let Some((class, facts)) = class.zip(cx.access.platforms.get(platform)) else { continue };
        let source = Source::Right(path::right_cause(cx.access, role, platform, right));
        let name = &facts.rights[right].name;
        let subject = Subject::of(Holder::Role(role)).called(&**name);
        out.push(&META, None, source.span(cx), &subject, || {
            let (who, class) = (cx.access.names.role_title(role), cx.class_name(class));
            let title =
                format!("{who} reaches {class} data on {} with a sign-in that `{name}` weakens", facts.title);
            source
                .primary(cx, Finding::new(&META, title), "makes the sign-in weaker")
                .help("take the right out")
                .fact("right", &**name)
        });
    }
}
