//! A duty of the customer that the matrix leaves to the vendor, or a shared one of which it speaks of one half.

use ztam_model::packs::shared_responsibility::{SharedDuty, duty};
use ztam_model::project::{Responsibility, Text};
use ztam_model::words::Party;
use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};

use super::all;
use crate::cx::Cx;
use crate::sink::{Sink, Subject};

pub(super) static META: RuleMeta = RuleMeta {
    id: "responsibility/responsibility-misassigned",
    summary: "a duty of the customer is left to the vendor, or one half of a shared one is missing",
    severity: Severity::High,
    confidence: Confidence::Proven,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST SA-9", "ISO A.5.23", "SOC2 CC9.2"],
    page: include_str!("responsibility_misassigned.md"),
};

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    for (name, responsibility) in all(cx) {
        for (text, duty) in responsibility.covers.iter().filter_map(|text| Some((text, duty(&text.value)?))) {
            if duty.party == Party::Shared {
                half(cx, (name, responsibility), text, duty, out);
            } else if responsibility.party.value == Party::Provider {
                left_to_the_vendor((name, responsibility), text, duty, out);
            }
        }
    }
}

fn left_to_the_vendor(
    (name, responsibility): (&Text, &Responsibility),
    text: &Text,
    duty: &SharedDuty,
    out: &mut Sink<'_>,
) {
    let place = responsibility.party.span;
    out.push(&META, None, Some(place), &Subject::default().called(duty.name), || {
        Finding::new(&META, format!("the vendor does not do this, and nobody else would: {}", duty.statement))
            .at(place, "left to the vendor")
            .because(text.span, "stays with the customer")
            .help("find somebody of your own who answers for it: `party: customer`, with an owner")
            .fact("responsibility", name.value.as_str())
    });
}

/// A shared duty needs one responsibility that says both halves, or one for each.
fn half(
    cx: &Cx<'_>,
    (name, responsibility): (&Text, &Responsibility),
    text: &Text,
    duty: &SharedDuty,
    out: &mut Sink<'_>,
) {
    let own = responsibility.party.value;
    let other = |it: &Responsibility| {
        it.party.value != own && it.covers.iter().any(|covered| covered.value == duty.name)
    };
    if own == Party::Shared || all(cx).any(|(_, it)| other(it)) {
        return;
    }
    let place = responsibility.party.span;
    out.push(&META, None, Some(place), &Subject::default().called(duty.name), || {
        let missing = if own == Party::Customer { "the vendor's" } else { "the customer's" };
        Finding::new(&META, format!("{missing} half of this is described nowhere: {}", duty.statement))
            .at(place, "one half")
            .because(text.span, "both answer for it")
            .help("say both halves in the statement and write `party: shared`, or add a responsibility for the other half")
            .fact("responsibility", name.value.as_str())
    });
}
