use crate::testing::{examples, only};

const ID: &str = "environment/";

#[test]
fn pages_hold() {
    examples(super::RULES);
}

fn of(change: &str) -> Vec<String> {
    let text = format!(
        "classes: [{{id: internal}}, {{id: confidential}}]
domains: {{sales: {{title: Sales}}, service: {{title: Service}}}}
assets:
  account:
    class: internal
    domains: [sales]
    salesforce: {{object: Account}}
    fields:
      limit: {{class: confidential, salesforce: Limit__c}}
  lead: {{class: internal, domains: [sales], salesforce: {{object: Lead}}}}
roles:
  base: {{abstract: true, within: [sales], may: {{internal: {{read: org}}, confidential: {{}}}}}}
  clerk: {{platforms: [salesforce], extends: [base], within: [sales], may: {{internal: {{edit: own}}}}}}
  boss: {{platforms: [salesforce], extends: [clerk], within: [sales], may: {{internal: {{edit: org}}}}}}
environments:
  dev:
    salesforce: {{}}
    changes:
      - {{{change}, reason: Tests}}
"
    );
    only(ID, &text)
}

#[test]
fn widen_adds_something() {
    assert_eq!(of("widen: clerk, within: [sales], may: {internal: {delete: own}}"), [""; 0]);
    assert_eq!(of("widen: clerk, within: [sales], may: {internal: {edit: team}}"), [""; 0]);
    assert_eq!(
        of("widen: clerk, within: [sales], may: {internal: {edit: own}}"),
        ["environment/untrue-verb @ clerk"]
    );
    assert_eq!(
        of("widen: clerk, within: [service], may: {internal: {delete: own}}"),
        ["environment/untrue-verb @ clerk"]
    );
    // A block of nobody's counts for those who extend it.
    assert_eq!(of("widen: base, within: [sales], may: {internal: {delete: own}}"), [""; 0]);
    assert_eq!(
        of("widen: base, within: [sales], may: {internal: {read: own}}"),
        ["environment/untrue-verb @ base"]
    );
}

#[test]
fn a_field_counts_with_its_row() {
    assert_eq!(of("widen: clerk, within: [sales], may: {confidential: {read: org}}"), [""; 0]);
    assert_eq!(
        of("widen: clerk, within: [sales], may: {confidential: {create: org}}"),
        ["environment/untrue-verb @ clerk"]
    );
    assert_eq!(of("widen: clerk, within: [sales], also: [{of: [account.limit], read: org}]"), [""; 0]);
}

#[test]
fn narrow_takes_something_away() {
    assert_eq!(of("narrow: clerk, may: {internal: {read: own}}"), [""; 0]);
    assert_eq!(of("narrow: clerk, without: {internal: [edit]}"), [""; 0]);
    assert_eq!(of("narrow: clerk, also: [{of: [lead], read: own}]"), [""; 0]);
    assert_eq!(of("narrow: clerk, may: {internal: {read: org}}"), ["environment/untrue-verb @ clerk"]);
    assert_eq!(of("narrow: clerk, without: {internal: [delete]}"), ["environment/untrue-verb @ clerk"]);
    assert_eq!(of("narrow: clerk, without: {confidential: [read]}"), ["environment/untrue-verb @ clerk"]);
    assert_eq!(of("narrow: base, may: {internal: {read: own}}"), ["environment/untrue-verb @ base"]);
}
