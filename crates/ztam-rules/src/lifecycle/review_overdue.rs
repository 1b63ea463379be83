//! Access that was not looked at for too long.

use ztam_graph::access::Holder;
use ztam_graph::ids::RoleId;
use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};
use ztam_source::span::Span;

use crate::cx::Cx;
use crate::powers;
use crate::sink::{Sink, Subject};
use crate::tagged;

pub(super) static META: RuleMeta = RuleMeta {
    id: "lifecycle/review-overdue",
    summary: "the access of a role was not reviewed for too long",
    severity: Severity::Medium,
    confidence: Confidence::Proven,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST AC-6(7)", "NIST AC-2", "ISO A.5.18", "PCI 7.2.4", "PCI 7.2.5.1"],
    page: include_str!("review_overdue.md"),
};

/// Days between reviews of powerful roles and of those of machines.
const POWERFUL: u32 = 90;
/// The same where payment card data is reached.
const CARD_DATA: u32 = 182;
/// The same for every other role.
const ANY: u32 = 365;

/// How often a role is reviewed, and why.
struct Period {
    days: u32,
    why: String,
    place: Option<Span>,
}

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    let cards = tagged::slots(cx, &["pci"]);
    for role in &cx.roles {
        let reviewed = cx.access.names.roles.get(*role).reviewed;
        let powerful = powers::reason(cx, *role);
        let period = period(cx, *role, powerful.as_deref(), &cards);
        let age = reviewed.map(|it| cx.access.as_of.days_since(it.value));
        let overdue = match age {
            // Nothing asks for a review of an ordinary role before its first year is over, and no date says when it began.
            None => period.days < ANY,
            Some(age) => age < 0 || age > i64::from(period.days),
        };
        if overdue {
            report(cx, *role, &period, powerful.is_some(), out);
        }
    }
}

fn period(cx: &Cx<'_>, role: RoleId, powerful: Option<&str>, cards: &tagged::Slots) -> Period {
    let mut shortest =
        Period { days: ANY, why: "every role is reviewed once a year".to_owned(), place: None };
    let mut ask = |days: u32, why: String, place: Option<Span>| {
        if days < shortest.days {
            shortest = Period { days, why, place };
        }
    };
    let who = cx.access.names.role_title(role);
    if let Some(why) = powerful {
        ask(POWERFUL, format!("{who} {why}"), None);
    }
    if powers::is_machine(cx, role) {
        ask(POWERFUL, format!("{who} is of kind {}", cx.kind(role).as_str()), None);
    }
    if cards.reached_by(cx, role).next().is_some() {
        ask(CARD_DATA, format!("{who} reaches data with the tag pci"), None);
    }
    for (class, declared) in cx.access.names.classes.iter_ids() {
        let days = declared.controls.as_ref().and_then(|it| it.review_days);
        if let Some(days) = days.filter(|days| days.value < ANY)
            && cx.classes_of(role).any(|it| it == class)
        {
            let why = format!("{who} reaches {} data", cx.class_name(class));
            ask(days.value, why, Some(days.span));
        }
    }
    shortest
}

fn report(cx: &Cx<'_>, role: RoleId, period: &Period, powerful: bool, out: &mut Sink<'_>) {
    let names = &cx.access.names;
    let reviewed = names.roles.get(role).reviewed;
    let place = reviewed.map_or_else(|| names.roles.span(role), |it| it.span);
    out.push(&META, None, Some(place), &Subject::of(Holder::Role(role)), || {
        let who = names.role_title(role);
        let age = reviewed.map(|it| cx.access.as_of.days_since(it.value));
        let title = match age {
            None => format!("nobody has reviewed what {who} may do"),
            Some(age) if age < 0 => format!("the review of {who} lies in the future"),
            Some(age) => format!("what {who} may do was last reviewed {age} days ago"),
        };
        let said = if age.is_some() { "the last review" } else { "no `reviewed`" };
        let finding = Finding::new(&META, title).at(place, said);
        let finding = match period.place {
            Some(place) => finding.because(place, "asks for it"),
            None => finding,
        };
        let finding = finding
            .note(format!("due every {} days: {}", period.days, period.why))
            .help("have the owner go through what the role may do and who holds it, and write the day into `reviewed`");
        if powerful { finding.with_severity(Severity::High) } else { finding }
    });
}
