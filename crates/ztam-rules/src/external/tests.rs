use crate::testing::{examples, findings_with_assignments, of_rule, only};

#[test]
fn examples_of_the_pages() {
    examples(super::RULES);
}

const WORLD: &str = "
classes: [{id: public}, {id: internal, controls: {export: named}}]
domains: {portal: {title: Portal}}
assets:
  product: {class: public, domains: [portal], salesforce: {object: Product2}}
  case: {class: internal, domains: [portal], salesforce: {object: Case}, fields: {note: {class: public, salesforce: Note}}}
capabilities:
  form: {automation: {runs-as: system, does: {create: [case]}, reviewed-by: a@a.example}, salesforce: {rights: [flow]}}
  api: {salesforce: {rights: [ApiEnabled]}}
  all: {salesforce: {rights: [edit-all]}}
  delegate: {salesforce: {rights: [DelegatedPortalUserAdmin]}}
roles:
";

fn world(roles: &str) -> String {
    format!("{WORLD}{roles}")
}

fn guest(cells: &str, more: &str) -> String {
    world(&format!(
        "  visitor: {{kind: guest, platforms: [salesforce], within: [portal], also: [{cells}]{more}}}\n"
    ))
}

#[test]
fn guests_who_write() {
    let rule = "external/guest-write";
    assert_eq!(only(rule, &guest("{of: [case], create: own}", "")), [format!("{rule} @ own")]);
    for action in ["edit", "delete", "assign"] {
        assert_eq!(only(rule, &guest(&format!("{{of: [product], {action}: own}}"), "")).len(), 1, "{action}");
    }
    assert_eq!(only(rule, &guest("{of: [product], read: org}", "")), [""; 0]);
    let insider = guest("{of: [case], create: own}", "").replace("kind: guest", "kind: external");
    assert_eq!(only(rule, &insider), [""; 0]);
    let carried = format!(
        "{}carry: {{old: {{role: visitor, salesforce: {{rights: [edit-all]}}}}}}\n",
        guest("{of: [product], read: org}", "")
    );
    assert_eq!(only(rule, &carried).len(), 1, "by a right");
    let inherited = world(
        "  base: {abstract: true, within: [portal], also: [{of: [case], create: own}]}
  visitor: {kind: guest, platforms: [salesforce], extends: [base]}\n",
    );
    assert_eq!(only(rule, &inherited).len(), 1, "inherited");
}

#[test]
fn guests_leave_something_by_a_reviewed_flow() {
    let rule = "external/guest-write";
    let yaml = guest("{of: [product], read: org}", ", holds: [form]");
    assert_eq!(only(rule, &yaml), [""; 0]);
    assert_eq!(only(rule, &yaml.replace(", reviewed-by: a@a.example", "")), [format!("{rule} @ form")]);
    let user = yaml.replace(", reviewed-by: a@a.example", "").replace("runs-as: system", "runs-as: user");
    assert_eq!(only(rule, &user), [""; 0], "with their own rights");
}

#[test]
fn guests_above_public() {
    let rule = "external/guest-above-public";
    assert_eq!(only(rule, &guest("{of: [case], read: shared}", "")), [format!("{rule} @ shared")]);
    assert_eq!(only(rule, &guest("{of: [product], read: shared}", "")), [""; 0]);
    assert_eq!(only(rule, &guest("{of: [case], create: own}", "")), [""; 0], "writes, and sees nothing");
    let all = guest("{of: [product], read: shared}", ", holds: [all]");
    assert_eq!(only(rule, &all).len(), 1, "by a right");
}

#[test]
fn guests_with_rights() {
    let rule = "external/guest-forbidden-privilege";
    let with =
        |holds: &str| only(rule, &guest("{of: [product], read: shared}", &format!(", holds: [{holds}]")));
    assert_eq!(with("api"), [format!("{rule} @ api")]);
    assert_eq!(with("all"), [format!("{rule} @ all")]);
    assert_eq!(with("form"), [""; 0]);
}

#[test]
fn outsiders_inherit() {
    let rule = "external/external-inherits-internal";
    let roles = "  rep: {platforms: [salesforce], within: [portal], also: [{of: [product], read: org}]}
  partner: {kind: external, platforms: [salesforce], within: [portal], extends: [rep]}\n";
    assert_eq!(only(rule, &world(roles)), [format!("{rule} @ rep")]);
    assert_eq!(only(rule, &world(&roles.replace("rep: {", "rep: {kind: external, "))), [""; 0]);
    let block = roles.replace("rep: {", "rep: {abstract: true, ");
    assert_eq!(only(rule, &world(&block)), [""; 0], "a block of outsiders alone");
    let shared = format!("{block}  clerk: {{platforms: [salesforce], within: [portal], extends: [rep]}}\n");
    assert_eq!(only(rule, &world(&shared)), [format!("{rule} @ rep")], "a block of insiders too");
    let far = "  rep: {platforms: [salesforce], within: [portal], also: [{of: [product], read: org}]}
  middle: {kind: external, abstract: true, extends: [rep]}
  partner: {kind: external, platforms: [salesforce], extends: [middle]}\n";
    assert_eq!(only(rule, &world(far)), [format!("{rule} @ middle")], "by way of another");
}

#[test]
fn outsiders_in_a_set_and_above_their_cap() {
    let rule = "external/external-inherits-internal";
    let roles = "  rep: {platforms: [salesforce], within: [portal], also: [{of: [product], read: org}]}
  partner: {kind: external, platforms: [salesforce], within: [portal], also: [{of: [case], read: account}]}\n";
    assert_eq!(only(rule, &world(roles)), [""; 0]);
    assert_eq!(
        only(rule, &format!("{}together: {{both: [rep, partner]}}\n", world(roles))),
        [format!("{rule} @ both")]
    );
    assert_eq!(
        only(rule, &format!("{}limits: {{external-cap: public}}\n", world(roles))),
        [format!("{rule} @ account")]
    );
    assert_eq!(only(rule, &format!("{}limits: {{external-cap: internal}}\n", world(roles))), [""; 0]);
}

const SUPER: &str = "external/external-super-user";

#[test]
fn super_users() {
    let partner = |more: &str| {
        world(&format!(
            "  partner: {{kind: external, platforms: [salesforce], within: [portal], also: [{{of: [case], read: account}}], holds: [delegate]{more}}}\n"
        ))
    };
    assert_eq!(only(SUPER, &partner("")), [format!("{SUPER} @ delegate")]);
    let declared = ", owner: o@a.example, justification: j, reviewed: 2026-01-01";
    assert_eq!(only(SUPER, &partner(declared)), [""; 0]);
    assert_eq!(only(SUPER, &partner(&declared.replace("2026-01-01", "2025-01-01"))).len(), 1, "too long ago");
    assert_eq!(only(SUPER, &partner(&declared.replace(", justification: j", ""))).len(), 1);
    let ends = |csv: &str| {
        let yaml = partner(", owner: o@a.example, justification: j");
        findings_with_assignments(&yaml, csv).iter().filter(|it| it.id() == SUPER).count()
    };
    assert_eq!(ends("person,role,from,until\nann,partner,,2026-12-31\n"), 0);
    assert_eq!(ends("person,role,from,until\nann,partner,,2026-12-31\nbob,partner,,\n"), 1);
    let carried = format!(
        "{}carry: {{old: {{role: partner, salesforce: {{rights: [PortalSuperUser]}}}}}}\n",
        partner(declared)
    );
    let found = of_rule(SUPER, &carried);
    assert_eq!(found.len(), 1, "not named by any capability");
    assert!(found[0].title.contains("PortalSuperUser"), "{}", found[0].title);
}

#[test]
fn rows_of_other_accounts() {
    let partner = |scope: &str, asset: &str| {
        world(&format!(
            "  partner: {{kind: external, platforms: [salesforce], within: [portal], also: [{{of: [{asset}], read: {scope}}}]}}\n"
        ))
    };
    assert_eq!(only(SUPER, &partner("unit-tree", "case")), [format!("{SUPER} @ unit-tree")]);
    assert_eq!(only(SUPER, &partner("account", "case")), [""; 0]);
    assert_eq!(only(SUPER, &partner("org", "product")), [""; 0], "public");
}
