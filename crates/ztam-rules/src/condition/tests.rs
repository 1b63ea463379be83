use crate::testing::{examples, of_rule, only};

#[test]
fn examples_of_the_pages() {
    examples(super::RULES);
}

const VOCABULARY: &str = "
classes:
  - id: internal
conditions:
  mfa: {title: Multi-factor sign-in, salesforce: {by: external, control: c}}
  session: {salesforce: {by: session-activation}, dataverse: {by: external, control: d}}
domains: {sales: {}}
assets:
  deal: {class: internal, domains: [sales], salesforce: {object: Deal}, dataverse: {table: deal}}
  list: {class: internal, domains: [sales], salesforce: {object: List}}
";

fn role(platforms: &str, keys: &str) -> String {
    format!("{VOCABULARY}roles:\n  rep: {{platforms: [{platforms}], within: [sales], {keys}}}\n")
}

#[test]
fn unenforceable_condition() {
    let rule = "condition/unenforceable-condition";
    let cell = "may: {internal: {read: own, when: [mfa]}}";
    assert_eq!(only(rule, &role("salesforce", cell)), [""; 0]);
    assert_eq!(only(rule, &role("dataverse", cell)), [format!("{rule} @ mfa")]);
    assert_eq!(only(rule, &role("salesforce, dataverse", cell)), [format!("{rule} @ mfa")]);
    assert_eq!(only(rule, &role("dataverse", "may: {internal: {read: own, when: [session]}}")), [""; 0]);
    let elsewhere = "also: [{of: [list], read: own, when: [mfa]}]";
    assert_eq!(
        only(rule, &role("salesforce, dataverse", elsewhere)),
        [""; 0],
        "nothing of it is on the other platform"
    );
    let found = of_rule(rule, &role("dataverse", cell));
    assert_eq!(found[0].title, "Rep has access on Dataverse under mfa, which nothing enforces there");
}

#[test]
fn unattested() {
    let rule = "condition/unattested";
    let cell = "may: {internal: {read: own, when: [mfa]}}";
    let attested = |more: &str| {
        let responsibility =
            format!("responsibilities:\n  r: {{statement: s, party: customer, attests: [mfa]{more}}}\n");
        only(rule, &format!("{}{responsibility}", role("salesforce", cell)))
    };
    let mfa = [format!("{rule} @ mfa")];
    assert_eq!(only(rule, &role("salesforce", cell)), mfa);
    assert_eq!(attested(""), mfa, "never verified");
    assert_eq!(attested(", verified: 2026-09-01"), [""; 0]);
    assert_eq!(attested(", verified: 2025-09-20"), [""; 0], "365 days old");
    assert_eq!(attested(", verified: 2025-09-19"), mfa, "366 days old");
    assert_eq!(attested(", verified: 2026-09-01, max-age-days: 19"), [""; 0]);
    assert_eq!(attested(", verified: 2026-09-01, max-age-days: 18"), mfa);
    assert_eq!(attested(", verified: 2026-09-21"), mfa, "in the future");
}

#[test]
fn only_conditions_that_a_control_outside_enforces_and_that_are_used() {
    let rule = "condition/unattested";
    let session = "may: {internal: {read: own, when: [session]}}";
    assert_eq!(only(rule, &role("salesforce", session)), [""; 0]);
    assert_eq!(only(rule, &role("dataverse", session)), [format!("{rule} @ session")]);
    assert_eq!(only(rule, &role("salesforce", "may: {internal: {read: own}}")), [""; 0]);
}

const STRONG: &str = "condition/privileged-without-strong-mfa";
const GUARD: &str = "condition/sensitive-without-session-guard";
const ALTERNATE: &str = "condition/unguarded-alternate-path";
const NETWORK: &str = "condition/network-range-too-wide";

/// Roles over an internal and a restricted asset, with conditions of every meaning.
fn guarded(roles: &str) -> String {
    format!(
        "classes: [{{id: internal}}, {{id: inner, controls: {{audit: true}}}}, {{id: secret, requires: []}}, {{id: top, controls: {{audit-reads: true}}}}]
conditions:
  key: {{means: [phishing-resistant], salesforce: {{by: external}}}}
  code: {{means: [second-factor], salesforce: {{by: external}}, dataverse: {{by: external}}}}
  end: {{means: [session-end], salesforce: {{by: external}}}}
  net: {{means: [network], salesforce: {{by: external}}}}
  free: {{salesforce: {{by: external}}}}
domains: {{sales: {{}}}}
assets:
  deal: {{class: internal, domains: [sales], salesforce: {{object: Deal}}, dataverse: {{table: deal}}}}
  offer: {{class: inner, domains: [sales], salesforce: {{object: Offer}}}}
  pay: {{class: top, domains: [sales], salesforce: {{object: Pay}}, dataverse: {{table: pay}}}}
capabilities:
  give: {{salesforce: {{rights: [give]}}}}
  all: {{salesforce: {{rights: [read-all]}}}}
  weak: {{salesforce: {{rights: [weak]}}}}
roles:
{roles}"
    )
}

#[test]
fn powerful_roles_sign_in_with_what_withstands_phishing() {
    let found = |keys: &str| {
        only(
            STRONG,
            &guarded(&format!(
                "  rep: {{platforms: [salesforce], within: [sales], may: {{internal: {{read: own}}}}, {keys}}}\n"
            )),
        )
    };
    assert_eq!(found("holds: [give]"), [format!("{STRONG} @ rep")]);
    assert_eq!(found("holds: [give], signs-in: [code]"), [format!("{STRONG} @ code")]);
    assert_eq!(found("holds: [give], signs-in: [key]"), [""; 0]);
    assert_eq!(found("kind: administrator").len(), 1);
    assert_eq!(found("kind: break-glass").len(), 1);
    assert_eq!(found("kind: employee"), [""; 0]);
    assert_eq!(found("kind: service, holds: [give]"), [""; 0], "a machine has no second factor");
    let parents = |parent: &str, child: &str| {
        only(
            STRONG,
            &guarded(&format!(
                "  base: {{abstract: true, {parent}}}\n  rep: {{platforms: [salesforce, dataverse], within: [sales], extends: [base], \
                 may: {{internal: {{read: own}}}}{child}}}\n"
            )),
        )
    };
    assert_eq!(parents("holds: [give]", "").len(), 1, "an inherited right");
    assert_eq!(parents("holds: [give], signs-in: [key]", ""), [""; 0], "an inherited sign-in");
    assert_eq!(
        parents("signs-in: [key]", ", kind: administrator").len(),
        1,
        "nobody enforces it on the other platform"
    );
    let carried = format!(
        "{}carry: {{old: {{role: rep, salesforce: {{rights: [give]}}}}}}\n",
        guarded("  rep: {platforms: [salesforce], within: [sales], may: {internal: {read: own}}}\n")
    );
    assert_eq!(only(STRONG, &carried).len(), 1);
}

#[test]
fn sessions_with_sensitive_data_are_guarded() {
    let found = |keys: &str| {
        let text = guarded(&format!("  rep: {{platforms: [salesforce], within: [sales], {keys}}}\n"));
        of_rule(GUARD, &text).into_iter().map(|it| it.severity().as_str()).collect::<Vec<_>>()
    };
    assert_eq!(found("may: {top: {read: own}}"), ["high"]);
    assert_eq!(found("may: {inner: {read: own}}"), ["medium"]);
    assert_eq!(found("may: {internal: {read: own}}"), [""; 0]);
    for condition in ["key", "code", "end"] {
        assert_eq!(
            found(&format!("may: {{top: {{read: own, when: [{condition}]}}}}")),
            [""; 0],
            "{condition}"
        );
        assert_eq!(
            found(&format!("may: {{top: {{read: own}}}}, signs-in: [{condition}]")),
            [""; 0],
            "{condition}"
        );
    }
    for condition in ["net", "free"] {
        assert_eq!(
            found(&format!("may: {{top: {{read: own, when: [{condition}]}}}}")),
            ["high"],
            "{condition}"
        );
    }
    assert_eq!(found("kind: service, may: {top: {read: own, when: [net]}}"), [""; 0]);
    assert_eq!(
        found("kind: service, may: {top: {read: own, when: [code]}}"),
        ["high"],
        "a machine has no second factor"
    );
    assert_eq!(found("holds: [all], signs-in: [net]"), ["high"], "by a right");
    assert_eq!(
        found("may: {top: {read: own}}, signs-in: [code], holds: [weak]"),
        ["high"],
        "a weaker sign-in"
    );
    assert_eq!(found("may: {internal: {read: own}}, signs-in: [code], holds: [weak]"), [""; 0]);
    assert_eq!(
        found("kind: administrator, may: {top: {read: own}}, signs-in: [key], holds: [weak]"),
        [""; 0]
    );
    let both = guarded(
        "  rep: {platforms: [salesforce, dataverse], within: [sales], may: {top: {read: own, when: [end]}}}\n",
    );
    assert_eq!(only(GUARD, &both).len(), 1, "on the platform where nobody enforces it");
}

#[test]
fn every_way_is_guarded() {
    let roles = |first: &str, second: &str| {
        format!(
            "  rep: {{platforms: [salesforce], within: [sales], {first}}}\n  boss: {{platforms: [salesforce], within: [sales], {second}}}\n"
        )
    };
    let guard = "also: [{of: [pay], read: unit, when: [code]}]";
    let set = |second: &str| {
        only(ALTERNATE, &format!("{}together: {{both: [rep, boss]}}\n", guarded(&roles(guard, second))))
    };
    assert_eq!(set("also: [{of: [pay], read: unit}]"), [format!("{ALTERNATE} @ unit")]);
    assert_eq!(set("also: [{of: [pay], read: org}]").len(), 1);
    assert_eq!(set("also: [{of: [pay], read: own}]"), [""; 0], "less than what is guarded");
    assert_eq!(set("also: [{of: [pay], read: unit, when: [code]}]"), [""; 0]);
    assert_eq!(set("also: [{of: [pay], read: unit, when: [key]}]"), [""; 0], "guarded in another way");
    assert_eq!(set("also: [{of: [deal], read: org}]"), [""; 0]);
    assert_eq!(set("holds: [all]"), [format!("{ALTERNATE} @ all")], "by a right");
    assert_eq!(
        only(ALTERNATE, &guarded(&roles(guard, "also: [{of: [pay], read: unit}]"))),
        [""; 0],
        "not one person"
    );
    assert_eq!(
        only(
            ALTERNATE,
            &guarded(&roles(&format!("{guard}, extends: [boss]"), "also: [{of: [pay], read: unit}]"))
        )
        .len(),
        1,
        "inherited"
    );
    let twice = "also: [{of: [pay], read: unit, when: [code, end]}, {of: [pay], read: unit, when: [code]}]";
    assert_eq!(only(ALTERNATE, &guarded(&roles(twice, guard))).len(), 1, "under fewer conditions");
}

fn networks(list: &str, forbidden: &str) -> Vec<&'static str> {
    let text = format!(
        "limits: {{forbidden-networks: [{forbidden}]}}\nconditions: {{office: {{networks: [{list}], salesforce: {{by: external}}}}}}\n"
    );
    of_rule(NETWORK, &text).into_iter().map(|it| it.severity().as_str()).collect()
}

#[test]
fn a_known_network_is_small() {
    assert_eq!(networks("198.51.100.0/28", ""), [""; 0]);
    assert_eq!(networks("0.0.0.0-255.255.255.255", ""), ["high"]);
    assert_eq!(networks("0.0.0.0/1, 128.0.0.0/1", ""), ["high"], "two halves");
    assert_eq!(networks("10.0.0.0/8", ""), ["medium"], "as large as a private network may be");
    assert_eq!(networks("10.0.0.0/8, 192.0.2.1", ""), ["high"]);
    assert_eq!(networks("192.0.0.0-192.1.134.159", ""), [""; 0], "100,000");
    assert_eq!(networks("192.0.0.0-192.1.134.160", ""), ["medium"]);
    assert_eq!(networks("\"2001:db8:77::/48\"", ""), [""; 0]);
    assert_eq!(networks("\"2001:db8:76::/47\"", ""), ["high"]);
    assert_eq!(networks("\"::/0\"", ""), ["high"]);
    assert_eq!(networks("office", ""), ["high"], "no network");
    assert_eq!(networks("198.51.100.0/28", "198.51.100.8/30"), ["high"], "contains it");
    assert_eq!(networks("198.51.100.0/28", "198.51.0.0/16"), ["high"], "lies in it");
    assert_eq!(networks("198.51.100.0/28", "198.51.100.16/28"), [""; 0]);
    assert_eq!(networks("198.51.100.0/28", "cloud"), ["high"], "no network");
}
