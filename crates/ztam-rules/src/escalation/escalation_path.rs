//! A way from a role to more than it is, over other people and roles.

use ztam_graph::access::Holder;
use ztam_graph::escalation::{Goal, Search, Witness};
use ztam_graph::ids::RoleId;
use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};
use ztam_source::idx::Idx;

use super::danger;
use super::ways::Ways;
use crate::cx::{Cx, Sensitivity};
use crate::machines::{Deed, Machine, Start};
use crate::sink::{Sink, Subject};

pub(super) static META: RuleMeta = RuleMeta {
    id: "escalation/escalation-path",
    summary: "a role or a set of roles reaches the whole org, or rights over identities, by way of others",
    severity: Severity::Critical,
    confidence: Confidence::Proven,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST AC-6", "NIST AC-6(10)", "NIST AC-4", "ISO A.8.2", "MITRE T1098", "MITRE T1078"],
    page: include_str!("escalation_path.md"),
};

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    by_machines(cx, out);
    for platform in 0..cx.access.platforms.len() {
        let whole = Search::new(cx.access, platform, Goal::WholeOrg);
        let identities = Search::new(cx.access, platform, Goal::Identities);
        let Some((whole, identities)) = whole.zip(identities) else { continue };
        let holders = cx.holders.iter().filter(|holder| !is_declared(cx, **holder));
        for holder in holders {
            let ways = Ways::new(cx, &whole, *holder);
            if !ways.found.list.is_empty() {
                if is_news(cx, &whole, *holder, &ways) {
                    report(cx, *holder, &ways, Goal::WholeOrg, out);
                }
                continue;
            }
            if has_strong_rights(cx, *holder, platform) {
                continue;
            }
            let ways = Ways::new(cx, &identities, *holder);
            if !ways.found.list.is_empty() && is_news(cx, &identities, *holder, &ways) {
                report(cx, *holder, &ways, Goal::Identities, out);
            }
        }
    }
}

/// Restricted data that a role comes to only by automation that it may start.
fn by_machines(cx: &Cx<'_>, out: &mut Sink<'_>) {
    for role in cx.roles.iter().filter(|_| !cx.machines().is_empty()) {
        let is_news = |deed: &Deed<'_>| {
            let class = cx.slot_class(deed.slot);
            class.is_some_and(|class| cx.sensitivity(class) == Sensitivity::Restricted)
                && !cx.slots_of(*role, deed.action).contains(deed.slot.index())
        };
        for machine in Machine::of(cx, *role) {
            for deed in machine.deeds().filter(is_news) {
                of_machine(cx, &Start::new(cx, *role, machine, deed), machine.is_read(), out);
            }
        }
    }
}

fn of_machine(cx: &Cx<'_>, start: &Start<'_, '_>, is_read: bool, out: &mut Sink<'_>) {
    out.push(&META, None, start.cause(cx), &start.subject(), || {
        let title = format!("{}, and by no cell", start.words(cx));
        let finding = start
            .show(cx, Finding::new(&META, title).with_severity(Severity::High))
            .note("automation with the rights of the system asks nobody's cells")
            .help("do not hold it, let it run as whoever starts it, or have somebody read what it does: `reviewed-by`");
        // Who has read it has decided that this is what it is for.
        if is_read { finding.advisory() } else { finding }
    });
}

/// Whether somebody of the holder is declared to run the platform.
fn is_declared(cx: &Cx<'_>, holder: Holder) -> bool {
    cx.access.roles_of(holder).iter().any(|role| danger::runs_the_platform(cx, *role))
}

/// Whether no other finding tells it: of a role, that it needs no others; of a set, that one of its roles goes as far alone,
/// and as surely.
fn is_news(cx: &Cx<'_>, search: &Search<'_, '_>, holder: Holder, ways: &Ways<'_, '_>) -> bool {
    match holder {
        Holder::Role(_) => ways.found.list.iter().all(Witness::leads_over_others),
        Holder::Together(_) => {
            let roles = cx.access.roles_of(holder);
            let mut alone = roles.iter().map(|role| search.witnesses(Holder::Role(*role)));
            if ways.found.is_proven() {
                !alone.any(|found| found.is_proven())
            } else {
                alone.all(|found| found.list.is_empty())
            }
        }
    }
}

/// Whether the holder has a right over identities and grants already.
fn has_strong_rights(cx: &Cx<'_>, holder: Holder, platform: usize) -> bool {
    let strong = |role: &RoleId| {
        !danger::of_role(cx, *role, platform, |right| right.tier.is_some_and(|tier| tier.level <= 1))
            .is_empty()
    };
    cx.access.roles_of(holder).iter().any(strong)
}

fn report(cx: &Cx<'_>, holder: Holder, ways: &Ways<'_, '_>, goal: Goal, out: &mut Sink<'_>) {
    let subject = Subject::of(holder);
    out.push(&META, None, ways.place(), &subject, || {
        let (who, on) = (cx.title(holder), ways.title());
        let title = match goal {
            Goal::WholeOrg => format!("{who} can come to rule all of {on}, step by step"),
            Goal::Identities => {
                format!("{who} can come to rights over identities and grants on {on}, step by step")
            }
        };
        let (severity, tier) =
            if goal == Goal::WholeOrg { (Severity::Critical, "0") } else { (Severity::High, "1") };
        let finding = ways.tell(Finding::new(&META, title).with_severity(severity)).fact("tier", tier);
        ways.tell_cut(finding, "")
    });
}
