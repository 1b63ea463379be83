//! A powerful right that nobody explains.

use ztam_graph::access::Holder;
use ztam_graph::ids::RoleId;
use ztam_model::project::Text;
use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};

use super::danger::{self, Danger};
use crate::cx::Cx;
use crate::sink::{Sink, Subject};

/// Rights that a finding names.
const MOST: usize = 6;

pub(super) static META: RuleMeta = RuleMeta {
    id: "escalation/privileged-permission-unjustified",
    summary: "a role holds a powerful right without justification, owner and review date",
    severity: Severity::Critical,
    confidence: Confidence::Proven,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &[
        "NIST AC-6",
        "NIST AC-6(1)",
        "NIST AC-6(5)",
        "ISO A.8.2",
        "PCI 7.2.2",
        "PCI 7.2.5",
        "CIS 5.4",
    ],
    page: include_str!("privileged_permission_unjustified.md"),
};

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    for role in &cx.roles {
        let missing = missing(cx, *role);
        if missing.is_empty() {
            continue;
        }
        let platforms = 0..cx.access.platforms.len();
        let mut found: Vec<_> =
            platforms.flat_map(|it| danger::of_role(cx, *role, it, |right| right.tier.is_some())).collect();
        found.sort_by_key(|it| (!it.is_proven, it.level(), it.platform, it.right));
        if let Some(worst) = found.first() {
            let subject = Subject::of(Holder::Role(*role));
            let place = cx.access.names.roles.span(*role);
            out.push(&META, None, Some(place), &subject, || finding(worst, &found, &missing));
        }
    }
}

/// What the role does not say.
fn missing(cx: &Cx<'_>, role: RoleId) -> Vec<&'static str> {
    let declared = cx.access.names.roles.get(role);
    let is_said = |it: &Option<Text>| it.as_ref().is_some_and(|it| !it.value.trim().is_empty());
    let said = [
        (is_said(&declared.justification), "a `justification`"),
        (is_said(&declared.owner), "an `owner`"),
        (declared.reviewed.is_some(), "a date of `reviewed`"),
    ];
    said.into_iter().filter(|(is_said, _)| !is_said).map(|(_, word)| word).collect()
}

fn finding(worst: &Danger<'_, '_>, found: &[Danger<'_, '_>], missing: &[&str]) -> Finding {
    let names = &worst.cx.access.names;
    let listed: Vec<String> = found
        .iter()
        .take(MOST)
        .map(|it| {
            let sure = if it.is_proven { "" } else { ", unverified" };
            format!("`{}` (tier {}{sure})", it.name(), it.level())
        })
        .collect();
    let more = found.len().saturating_sub(MOST);
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    let title = format!("{} holds {} without {}", worst.who(), power(worst.level()), missing.join(" and "));
    let finding = Finding::new(&META, title)
        .at(names.roles.span(worst.role), "nobody says here why it needs them")
        .note(format!("it holds {}{rest}", listed.join(", ")))
        .note("tier 0 is the whole org, 1 identities and grants, 2 past row and field limits, 3 bulk data out, 4 blinded controls")
        .help(format!("add {} to the role, or take the rights out", missing.join(" and ")))
        .fact("tier", worst.level().to_string())
        .fact("missing", missing.join(", ").replace('`', ""))
        .with_severity(severity(worst.level()));
    if worst.is_proven { finding } else { finding.advisory() }
}

fn power(level: u8) -> &'static str {
    match level {
        0 => "a right over the whole org",
        1 => "a right over identities and grants",
        2 => "a right past the limits of rows and fields",
        3 => "a right to take data out in bulk",
        _ => "a right that weakens a control",
    }
}

fn severity(level: u8) -> Severity {
    match level {
        0 => Severity::Critical,
        1 | 2 => Severity::High,
        _ => Severity::Medium,
    }
}
