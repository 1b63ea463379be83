//! Somebody who gives others more than they have.

use ztam_graph::access::Holder;
use ztam_graph::facts::{Bound, Edge, Evidence, Gain, PlatformFacts, RightFlags, RightId};
use ztam_graph::ids::{ClassId, RoleId};
use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};
use ztam_source::idx::Idx;

use super::danger::{self, Danger};
use crate::cx::Cx;
use crate::sink::{Sink, Subject};

pub(super) static META: RuleMeta = RuleMeta {
    id: "escalation/grants-beyond-own",
    summary: "a role that does not run the platform defines or gives roles stronger than itself",
    severity: Severity::High,
    confidence: Confidence::Proven,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST AC-6(1)", "NIST AC-6(10)", "NIST AC-2", "ISO A.5.18"],
    page: include_str!("grants_beyond_own.md"),
};

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    for role in cx.roles.iter().filter(|role| !danger::runs_the_platform(cx, **role)) {
        for (platform, facts) in cx.access.platforms.iter().enumerate() {
            by_rights(cx, *role, platform, facts, out);
            by_delegation(cx, *role, platform, facts, out);
        }
    }
}

/// Edges that define or give roles, without a bound that keeps them at or below the giver's own rights.
fn by_rights(cx: &Cx<'_>, role: RoleId, platform: usize, facts: &PlatformFacts, out: &mut Sink<'_>) {
    let gives = |edge: &&Edge| matches!(edge.gain, Gain::EditsRoles | Gain::AssignsRoles);
    let alone = facts.edges.iter().filter(gives).filter(|edge| edge.bound == Bound::Unbounded);
    let mut edges: Vec<(RightId, &Edge)> =
        alone.filter_map(|edge| Some((*edge.from.first().filter(|_| edge.from.len() == 1)?, edge))).collect();
    edges.retain(|(right, _)| facts.rights[*right].flags.has(RightFlags::GRANTS_ACCESS));
    let held = danger::of_role(cx, role, platform, |right| right.flags.has(RightFlags::GRANTS_ACCESS));
    for found in held {
        let Some((_, edge)) = edges.iter().find(|(right, _)| *right == found.right) else { continue };
        let stronger = stronger_roles(cx, role, platform);
        if edge.gain == Gain::AssignsRoles && stronger.is_empty() {
            continue;
        }
        let mut found = found;
        found.is_proven &= edge.evidence != Evidence::Unverified;
        let title = || {
            let (who, right) = (found.who(), found.name());
            let does = if edge.gain == Gain::EditsRoles { "define" } else { "give people" };
            format!("{who} can {does} roles on {} that are stronger than itself, by `{right}`", facts.title)
        };
        let build = |finding: Finding| {
            let finding = finding.note(format!("who holds it {}", edge.how));
            let finding = match stronger.first() {
                Some(other) => finding.because(cx.access.names.roles.span(*other), "stronger, for example"),
                None => finding,
            };
            finding.help("take it out; let a role that runs the platform give access, after an approval")
        };
        found.report(&META, out, build, title);
    }
}

/// Roles that it gives by delegated administration.
fn by_delegation(cx: &Cx<'_>, role: RoleId, platform: usize, facts: &PlatformFacts, out: &mut Sink<'_>) {
    let names = &cx.access.names;
    let lineage = &cx.access.roles[role].lineage;
    let gives = |giver: &RoleId| !names.roles.get(*giver).assigns.is_empty();
    if !lineage.iter().any(gives) || !cx.access.roles[role].platforms.has(platform) {
        return;
    }
    let stronger = stronger_roles(cx, role, platform);
    for giver in lineage {
        for entry in &names.roles.get(*giver).assigns {
            let Some(given) = names.roles.find(&entry.value).filter(|given| stronger.contains(given)) else {
                continue;
            };
            let subject = Subject::of(Holder::Role(role)).called(names.roles.name(given));
            out.push(&META, None, Some(entry.span), &subject, || {
                let (who, other) = (names.role_title(role), names.role_title(given));
                let title = format!(
                    "{who} can give people {other} on {}, which is stronger than itself",
                    facts.title
                );
                Finding::new(&META, title)
                    .at(entry.span, "may be given by delegated administration")
                    .because(names.roles.span(given), format!("has what {who} has not"))
                    .note(format!("why: {}", reason(cx, role, given, platform)))
                    .help("take it out of the list, or let a role that runs the platform give it")
                    .fact("given", names.roles.name(given))
                    .fact("platform", facts.platform)
            });
        }
    }
}

fn stronger_roles(cx: &Cx<'_>, role: RoleId, platform: usize) -> Vec<RoleId> {
    let is_there = |other: &&RoleId| **other != role && cx.access.roles[**other].platforms.has(platform);
    let others = cx.roles.iter().filter(is_there).copied();
    others.filter(|other| !reason(cx, role, *other, platform).is_empty()).collect()
}

/// Why a role is stronger than another one: a right of a tier that the other lacks, or a class above all that the other
/// touches. Empty where it is not.
fn reason(cx: &Cx<'_>, role: RoleId, other: RoleId, platform: usize) -> String {
    let own = cx.access.roles[role].possible.get(platform);
    let rights = danger::of_role(cx, other, platform, |right| right.tier.is_some_and(|tier| tier.level <= 2));
    let lacks = |it: &&Danger<'_, '_>| !own.is_some_and(|own| own.contains(it.right.index()));
    if let Some(right) = rights.iter().find(lacks) {
        return format!("{} holds `{}`", right.who(), right.name());
    }
    let (highest, theirs) = (highest(cx, role, platform), highest(cx, other, platform));
    match theirs.filter(|class| highest.is_none_or(|own| own < *class)) {
        Some(class) => format!("{} reaches {} data", cx.access.names.role_title(other), cx.class_name(class)),
        None => String::new(),
    }
}

/// The last class that a role touches on a platform: later classes are more sensitive.
fn highest(cx: &Cx<'_>, role: RoleId, platform: usize) -> Option<ClassId> {
    let entries = cx.access.roles[role].entries.iter().filter(|entry| entry.platforms.has(platform));
    entries.filter_map(|entry| cx.slot_class(entry.slot)).max()
}
