use crate::testing::{examples, findings_with_assignments, lines, of_rule, only};

#[test]
fn examples_of_the_pages() {
    examples(super::RULES);
}

const VENDORS: &str = "
classes: [{id: internal}]
domains: {finance: {title: Finance}}
capabilities:
  release: {salesforce: {rights: [let-go]}}
assets:
  vendor: {class: internal, domains: [finance], salesforce: {object: Vendor}}
  payment: {class: internal, domains: [finance], salesforce: {object: Payment}}
packs:
  procure-to-pay:
    bind: {vendor: [vendor], vendor-payment: [payment]}
    without: {p2p-02: none, p2p-03: none, p2p-04: none, p2p-05: none, p2p-06: none, p2p-07: none, p2p-08: none, p2p-09: none, p2p-10: none}
roles:
";

fn vendors(roles: &str) -> String {
    format!("{VENDORS}{roles}")
}

const BASE: &str = "  base: {abstract: true, within: [finance], also: [{of: [vendor], edit: own}]}\n";
const CLERK: &str = "  clerk: {platforms: [salesforce], within: [finance], extends: [base], also: [{of: [payment], create: own}]}\n";
const PAIR: &str = "duty/toxic-pair/p2p-01";

#[test]
fn a_pair_is_complete_by_inheritance() {
    let yaml = vendors(&format!("{BASE}{CLERK}"));
    assert_eq!(only(PAIR, &yaml), [format!("{PAIR} @ clerk")]);
    let finding = &of_rule(PAIR, &yaml)[0];
    assert_eq!(finding.severity().as_str(), "critical");
    assert_eq!(
        finding.helps.last().map(String::as_str),
        Some("the smallest change is 1 grant less: edit vendor of Base")
    );
    let one_word = vendors(&format!("{}{CLERK}", BASE.replace("edit: own", "read: own")));
    assert_eq!(only(PAIR, &one_word), [""; 0], "who reads vendors may pay them");
    let not_inherited = vendors(&format!("{BASE}{}", CLERK.replace("extends: [base], ", "")));
    assert_eq!(only(PAIR, &not_inherited), [""; 0]);
}

#[test]
fn a_pair_is_complete_by_rights_and_carried_blocks() {
    let carry = "carry: {old: {role: clerk, salesforce: {rights: [edit-all]}}}\n";
    let clerk = CLERK.replace("extends: [base], ", "");
    assert_eq!(only(PAIR, &format!("{}{carry}", vendors(&clerk))), [format!("{PAIR} @ clerk")]);
    let reads = carry.replace("edit-all", "read-all");
    assert_eq!(only(PAIR, &format!("{}{reads}", vendors(&clerk))), [""; 0]);
}

#[test]
fn a_word_bound_to_a_capability_is_held() {
    let yaml = vendors(
        "  clerk: {platforms: [salesforce], within: [finance], holds: [release], also: [{of: [vendor], edit: own}]}\n",
    )
    .replace("vendor-payment: [payment]", "vendor-payment: [payment, release]");
    assert_eq!(only(PAIR, &yaml), [format!("{PAIR} @ clerk")]);
    assert_eq!(only(PAIR, &yaml.replace("holds: [release], ", "")), [""; 0]);
}

#[test]
fn a_set_and_a_person_come_to_both() {
    let two = "  one: {platforms: [salesforce], within: [finance], also: [{of: [vendor], edit: own}]}
  two: {platforms: [salesforce], within: [finance], also: [{of: [payment], create: own}]}\n";
    let set = format!("{}together: {{both: [one, two]}}\n", vendors(two));
    assert_eq!(only(PAIR, &set), [format!("{PAIR} @ both")]);
    let of = |csv: &str| -> Vec<_> {
        let found = findings_with_assignments(&vendors(two), csv);
        found.into_iter().filter(|it| it.id() == PAIR).map(|it| it.level.as_str()).collect()
    };
    assert_eq!(of("person,role\nann,one\nann,two\n"), ["advisory"]);
    assert_eq!(of("person,role\nann,one\nbob,two\n"), [""; 0]);
    assert_eq!(of("person,role,from,until\nann,one,,2026-09-19\nann,two,,\n"), [""; 0], "not at once");
}

#[test]
fn what_is_taken_out_or_waived_is_silent() {
    let yaml = vendors(&format!("{BASE}{CLERK}"));
    let out = yaml.replace("without: {", "without: {p2p-01: none, ");
    assert_eq!(only("duty/", &out), [""; 0]);
    let waiver = "waivers:
  W-1: {rule: duty/toxic-pair/p2p-01, for: [clerk], reason: r, owner: cfo@a.example, approved-by: [ciso@a.example], from: 2026-09-01, until: 2026-09-20,
    mitigated-by: {control: c, owner: o@a.example, tested: 2026-09-01, every-days: 30}}\n";
    assert_eq!(only("duty/", &format!("{yaml}{waiver}")), [format!("{PAIR} @ clerk (waived)")]);
    assert_eq!(
        only("waiver/", &format!("{yaml}{waiver}")),
        ["waiver/ends-soon @ 2026-09-20"],
        "the rule exists"
    );
}

#[test]
fn what_we_infer_advises() {
    let yaml = "
classes: [{id: internal}]
domains: {sales: {title: Sales}}
assets:
  prices: {class: internal, domains: [sales], salesforce: {object: Prices}}
  quote: {class: internal, domains: [sales], salesforce: {object: Quote}}
packs: {quote-to-cash: {bind: {price-list: [prices], quote: [quote]}}}
roles:
  rep: {platforms: [salesforce], within: [sales], also: [{of: [prices, quote], edit: own}]}
";
    let found = of_rule("duty/toxic-pair/q2c-10", yaml);
    assert_eq!((found.len(), found[0].confidence().as_str()), (1, "advisory"));
    assert!(found[0].notes.iter().any(|note| note.contains("our inference")), "{:?}", found[0].notes);
}

const VACUOUS: &str = "duty/vacuous-sod-rule";

#[test]
fn a_side_that_nothing_matches() {
    let both = vendors(&format!("{BASE}{CLERK}"));
    assert_eq!(only(VACUOUS, &both), [""; 0]);
    let unbound = both.replace(", vendor-payment: [payment]", "");
    assert_eq!(only(VACUOUS, &unbound), [format!("{VACUOUS} @ procure-to-pay")]);
    let nobody =
        vendors("  clerk: {platforms: [salesforce], within: [finance], also: [{of: [vendor], edit: own}]}\n");
    assert_eq!(only(VACUOUS, &nobody), [format!("{VACUOUS} @ vendor-payment")]);
}

const ADMIN: &str = "
classes: [{id: internal}]
domains: {sales: {title: Sales}}
assets: {account: {class: internal, domains: [sales], salesforce: {object: Account}, dataverse: {table: account}}}
capabilities:
  users: {salesforce: {rights: [ManageUsers]}}
  history: {dataverse: {rights: [prvDeleteAuditPartitions]}}
  look: {dataverse: {rights: [prvReadRecordAuditHistory]}}
  roles: {dataverse: {rights: [prvAssignRole]}}
  code: {salesforce: {rights: [AuthorApex]}}
  deploy: {salesforce: {rights: [ModifyMetadata]}}
  import: {dataverse: {rights: [prvImportCustomization]}}
  bypass: {dataverse: {rights: [prvBypassCustomPlugins]}}
roles:
";

fn admin(roles: &str) -> String {
    format!("{ADMIN}{roles}")
}

fn role(name: &str, kind: &str, holds: &str) -> String {
    format!(
        "  {name}: {{kind: {kind}, platforms: [salesforce, dataverse], never: [internal], holds: [{holds}]}}\n"
    )
}

#[test]
fn access_and_audit() {
    let rule = "duty/access-admin-and-audit-admin";
    let of = |holds: &str| only(rule, &admin(&role("boss", "administrator", holds)));
    assert_eq!(of("users, history"), [format!("{rule} @ boss")], "across platforms");
    assert_eq!(of("roles, history"), [format!("{rule} @ boss")], "on one platform");
    assert_eq!(of("users, look"), [""; 0], "reading is no conflict");
    let two = format!("{}{}", role("one", "administrator", "users"), role("two", "administrator", "history"));
    assert_eq!(only(rule, &admin(&two)), [""; 0]);
    assert_eq!(
        only(rule, &format!("{}together: {{both: [one, two]}}\n", admin(&two))),
        [format!("{rule} @ both")]
    );
}

#[test]
fn build_and_deploy() {
    let rule = "duty/build-and-deploy";
    let of = |roles: &str| only(rule, &admin(roles));
    assert_eq!(of(&role("dev", "administrator", "code, deploy")), [format!("{rule} @ dev")]);
    assert_eq!(of(&role("dev", "administrator", "code")), [""; 0]);
    assert_eq!(of(&role("bot", "service", "deploy")), [""; 0]);
    assert_eq!(of(&role("clerk", "employee", "deploy")), [format!("{rule} @ clerk")], "everyday");
    let two = format!("{}{}", role("bot", "service", "deploy"), role("two", "service", "import"));
    assert_eq!(of(&two), [format!("{rule} @ two")], "more than one");
    let glass = format!("{}{}", role("bot", "service", "deploy"), role("two", "break-glass", "import"));
    assert_eq!(of(&glass), [""; 0]);
    let sandbox = format!(
        "{}environments: {{sandbox: {{salesforce: {{}}}}}}\n",
        admin(&role("dev", "administrator", "code, deploy"))
    );
    assert_eq!(only(rule, &sandbox), [""; 0]);
    assert_eq!(
        only(rule, &sandbox.replace("sandbox: {", "sandbox: {production: true, ")),
        [format!("{rule} @ dev")]
    );
}

#[test]
fn administration_pairs_need_no_binding() {
    let packs = "packs: {cross-platform: {without: {xsd-01: none, xsd-02: none, xsd-03: none}}}\n";
    let of = |holds: &str| only("platform/", &format!("{}{packs}", admin(&role("bot", "service", holds))));
    assert_eq!(of("deploy, import"), ["platform/cross-platform-toxic-pair/xsd-05 @ bot"]);
    assert_eq!(of("deploy"), [""; 0], "one platform");
}

#[test]
fn bypass() {
    let rule = "duty/control-bypass-privilege";
    let more = "duties:
  sell: {can: {edit: [account]}}
  check: {can: {read: [account]}}
separate: {s: {duties: [sell, check]}}\n";
    let of = |action: &str, holds: &str| {
        let role = format!(
            "  old: {{kind: service, platforms: [dataverse], within: [sales], holds: [{holds}], also: [{{of: [account], {action}: own}}]}}\n"
        );
        only(rule, &format!("{}{more}", admin(&role)))
    };
    assert_eq!(of("edit", "bypass"), [format!("{rule} @ bypass")]);
    assert_eq!(of("edit", "look"), [""; 0]);
    assert_eq!(of("create", "bypass"), [""; 0], "without a duty");
    let both = "  old: {kind: service, platforms: [salesforce, dataverse], within: [sales], holds: [bypass], also: [{of: [account], edit: own}]}\n";
    let both = format!("{}{more}", admin(both));
    assert_eq!(only(rule, &both).len(), 1);
    let elsewhere = both.replace(", dataverse: {table: account}", "");
    assert_eq!(only(rule, &elsewhere), [""; 0], "the duty is done where nothing is passed by");
}

const STALE: &str = "duty/mitigation-stale";

fn mitigated(by: &str) -> Vec<String> {
    let waiver = format!(
        "waivers:
  W-1: {{rule: duty/toxic-pair/p2p-01, for: [clerk], reason: r, owner: cfo@a.example, approved-by: [ciso@a.example], from: 2026-09-01, until: 2026-12-31{by}}}\n"
    );
    let yaml = format!("{}{waiver}", vendors(&format!("{BASE}{CLERK}")));
    let found = of_rule(STALE, &yaml);
    found.iter().map(|it| format!("{}: {}", it.level.as_str(), it.title)).collect()
}

#[test]
fn mitigation() {
    let by = |more: &str| mitigated(&format!(", mitigated-by: {{control: CC-17{more}}}"));
    let whole = |tested: &str| by(&format!(", owner: o@a.example, tested: {tested}, every-days: 30"));
    assert_eq!(whole("2026-08-21"), [""; 0], "tested 30 days ago");
    assert_eq!(whole("2026-08-20"), ["blocking: W-1 rests on a control whose test is 1 days overdue"]);
    assert_eq!(whole("2026-09-21").len(), 1, "in the future");
    assert_eq!(
        by(", owner: o@a.example, every-days: 30"),
        ["blocking: W-1 rests on a control that nobody can be asked about: it has no tested"]
    );
    assert_eq!(by("").len(), 1);
    assert!(mitigated(", compensating-control: somebody looks")[0].starts_with("advisory"));
    assert!(mitigated("")[0].starts_with("advisory"));
}

#[test]
fn only_conflicts_need_a_mitigation() {
    let waiver = "waivers:
  W-1: {rule: matrix/unreachable-cell, for: [clerk], reason: r, owner: cfo@a.example, approved-by: [ciso@a.example], from: 2026-09-01, until: 2026-12-31, mitigated-by: {control: c}}\n";
    let yaml = format!("{}{waiver}", vendors(&format!("{BASE}{CLERK}")));
    assert_eq!(only(STALE, &yaml), [""; 0]);
    let ended = waiver
        .replace("matrix/unreachable-cell", "duty/toxic-pair/p2p-01")
        .replace("2026-12-31", "2026-09-19");
    assert_eq!(
        only(STALE, &format!("{}{ended}", vendors(&format!("{BASE}{CLERK}")))),
        [""; 0],
        "not in force"
    );
}

#[test]
fn who_approves() {
    let rule = "duty/requester-and-approver";
    let of = |owner: &str, approver: &str, csv: &str| -> Vec<String> {
        let waiver = format!(
            "waivers:
  W-1: {{rule: matrix/unreachable-cell, for: [clerk], reason: r, owner: {owner}, approved-by: [{approver}], from: 2026-09-01, until: 2026-12-31}}\n"
        );
        let yaml = format!(
            "{}{waiver}",
            vendors(&format!("{BASE}{}", CLERK.replace("{platforms", "{owner: eve, platforms")))
        );
        let mut found = findings_with_assignments(&yaml, csv);
        found.retain(|it| it.id() == rule);
        let text = lines(&yaml, &found);
        found.iter().zip(text).map(|(it, line)| format!("{} {line}", it.level.as_str())).collect()
    };
    assert_eq!(of("ana", "ben", "person,role\ncai,clerk\n"), [""; 0]);
    assert_eq!(of("ana", "ana", "person,role\ncai,clerk\n"), [format!("advisory {rule} @ ana")]);
    assert_eq!(of("ana", "Cai", "person,role\ncai,clerk\n"), [format!("blocking {rule} @ Cai")], "profits");
    assert_eq!(of("ana", "cai", "person,role,from,until\ncai,clerk,,2026-09-19\n"), [""; 0], "no more");
    assert_eq!(
        of("ana", "ben", "person,role\neve,clerk\n"),
        [format!("blocking {rule} @ eve")],
        "owner and member"
    );
}

#[test]
fn nothing_is_said_of_a_project_without_packs() {
    let yaml = vendors(&format!("{BASE}{CLERK}"));
    let (before, rest) = yaml.split_once("packs:").expect("packs");
    let (_, roles) = rest.split_once("roles:").expect("roles");
    assert_eq!(only("duty/", &format!("{before}roles:{roles}")), [""; 0]);
}
