//! A condition that lets in too much of the net to be one.

use ztam_graph::ids::ConditionId;
use ztam_model::project::Text;
use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};

use super::network::{Range, size};
use crate::cx::Cx;
use crate::sink::{Sink, Subject};

pub(super) static META: RuleMeta = RuleMeta {
    id: "condition/network-range-too-wide",
    summary: "a condition lets in more of the net than a known network has",
    severity: Severity::High,
    confidence: Confidence::Proven,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST AC-17", "NIST SC-7(5)", "ISO A.8.5", "CIS 12"],
    page: include_str!("network_range_too_wide.md"),
};

/// Addresses of version 4 that a house may have: as many as the largest private network.
const MOST_V4: u128 = 1 << 24;
/// More of these are worth a question.
const MANY_V4: u128 = 100_000;
/// Addresses of version 6 that a house may have: one site, with a prefix of 48 bits.
const MOST_V6: u128 = 1 << 80;

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    let limits = cx.access.names.project.items.limits.as_ref();
    let forbidden: &[Text] = limits.map_or(&[], |it| &it.forbidden_networks);
    for text in forbidden.iter().filter(|text| Range::parse(&text.value).is_none()) {
        let subject = Subject::default().called(&*text.value);
        out.push(&META, None, Some(text.span), &subject, || no_network(text));
    }
    let forbidden: Vec<_> =
        forbidden.iter().filter_map(|text| Some((text, Range::parse(&text.value)?))).collect();
    for condition in cx.access.names.conditions.ids() {
        of_condition(cx, condition, &forbidden, out);
    }
}

fn of_condition(cx: &Cx<'_>, condition: ConditionId, forbidden: &[(&Text, Range)], out: &mut Sink<'_>) {
    let names = &cx.access.names;
    let name = names.conditions.name(condition);
    let networks = &names.conditions.get(condition).networks;
    let mut push = |finding: Finding| {
        let place = finding.primary().map(|label| label.span);
        out.push(&META, None, place, &Subject::default().called(name), || finding.fact("condition", name));
    };
    let mut ranges = Vec::new();
    for text in networks {
        let Some(range) = Range::parse(&text.value) else {
            push(no_network(text));
            continue;
        };
        if let Some((of, _)) = forbidden.iter().find(|(_, it)| it.meets(&range)) {
            push(
                Finding::new(&META, format!("{name} lets in what this project forbids: {}", of.value))
                    .at(text.span, "has addresses of it")
                    .because(of.span, "forbidden here")
                    .help("leave the forbidden addresses out of the range"),
            );
        }
        ranges.push(range);
    }
    let (v4, v6) = (size(&ranges, false), size(&ranges, true));
    let Some(first) = networks.first() else { return };
    if v4 > MOST_V4 || v6 > MOST_V6 {
        push(too_wide(name, first, networks, v4, v6));
    } else if v4 > MANY_V4 {
        push(too_wide(name, first, networks, v4, v6).with_severity(Severity::Medium));
    }
}

fn no_network(text: &Text) -> Finding {
    Finding::new(&META, format!("`{}` is no network", text.value))
        .at(text.span, "no address, no range, no prefix")
        .help("write an address, a range as `192.0.2.0-192.0.2.15`, or a prefix as `192.0.2.0/28` or `2001:db8::/48`")
}

fn too_wide(name: &str, first: &Text, networks: &[Text], v4: u128, v6: u128) -> Finding {
    let whole = v4 == 1 << 32 || v6 == u128::MAX;
    let what = if whole {
        "the whole internet".to_owned()
    } else if v4 > MANY_V4 {
        format!("{v4} addresses")
    } else {
        format!("{} networks of the size of a site", v6 / MOST_V6)
    };
    let mut finding = Finding::new(&META, format!("{name} lets in {what}, which is no known network"))
        .at(first.span, "all of these count together");
    for text in networks.iter().skip(1).take(5) {
        finding = finding.because(text.span, "and this");
    }
    finding.help("name the addresses that people and machines of this house really come from")
}
