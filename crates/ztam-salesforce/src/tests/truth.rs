//! What the platform does by itself, and what must therefore not be emitted.

use super::*;

const INVOICE: &str = "
assets:
  invoice:
    class: internal
    domains: [sales]
    salesforce: {object: Invoice__c, custom: true}
    fields:
      amount: {class: confidential, salesforce: Amount__c}
      note: {salesforce: Note__c}
";

/// A clerk with these lines, on an invoice.
fn clerk(lines: &str) -> Built {
    build(&format!(
        "{INVOICE}roles:\n  clerk:\n    title: Clerk\n    platforms: [salesforce]\n    within: [sales]\n{lines}"
    ))
}

#[test]
fn names_are_the_same_whatever_their_case() {
    let fields = "{a: {salesforce: Amount__c}, b: {class: confidential, salesforce: amount__c}}";
    let told = blamed("{object: Thing__c, custom: true}", fields);
    assert_eq!(told, [("mapping/binding".to_owned(), "amount__c".to_owned())]);
    let told = blamed("{object: Account, securable: [industry]}", "{a: {salesforce: industry}}");
    assert_eq!(told, [("mapping/undeclared".to_owned(), "industry".to_owned())]);
    assert_eq!(
        blamed("{object: account, custom: true}", "{}"),
        [("mapping/undeclared".to_owned(), "account".to_owned())]
    );
    let twice = build(
        "assets:
  one: {class: internal, domains: [sales], salesforce: {object: Invoice__c, custom: true}}
  two: {class: confidential, domains: [sales], salesforce: {object: INVOICE__C, custom: true}}
roles:
  clerk: {platforms: [salesforce], within: [sales], may: {internal: {read: org}}}
",
    );
    assert_eq!(twice.ids(), ["mapping/binding"]);
}

#[test]
fn another_spelling_does_not_pass_by_the_inventory() {
    let inventory = r#"{"format_version": 1, "platform": "salesforce", "objects": {
        "Invoice__c": {"sharing": "ReadWrite", "fields": {"Margin__c": {}}}}}"#;
    let text = |object: &str, field: &str, more: &str| {
        format!(
            "{WORDS}assets:\n  invoice:\n    class: internal\n    domains: [sales]\n    salesforce: {{object: {object}, {more}}}\n    fields: {{margin: {{class: confidential, salesforce: {field}}}}}\nroles:\n  clerk: {{platforms: [salesforce], within: [sales], may: {{internal: {{read: org}}}}}}\n"
        )
    };
    let object = build_with(&text("invoice__c", "Margin__c", "custom: true"), Some(inventory));
    assert_eq!(object.ids(), ["mapping/undeclared"]);
    let field = build_with(&text("Invoice__c", "margin__c", "securable: [margin__c]"), Some(inventory));
    assert_eq!(field.ids(), ["mapping/undeclared"]);
    let right = build_with(&text("Invoice__c", "Margin__c", ""), Some(inventory));
    assert!(right.ids().is_empty(), "{:?}", right.ids());
    assert_eq!(
        right.rows("Clerk"),
        ["Invoice__c allowRead viewAllRecords"],
        "the confidential field stays closed"
    );
}

#[test]
fn derived_names_that_are_taken_stay_apart() {
    let words = WORDS.replace(
        "conditions:\n",
        "conditions:\n  b-c: {salesforce: {by: external, control: One}}\n  bc: {salesforce: {by: external, control: Two}}\n",
    );
    let text = "
assets:
  invoice: {class: internal, domains: [sales], salesforce: {object: Invoice__c, custom: true}}
roles:
  big-clerk:
    platforms: [salesforce]
    within: [sales]
    also:
      - {of: [invoice], read: org, when: [b-c]}
      - {of: [invoice], read: org, when: [bc]}
temporary:
  T-1.2: {role: big-clerk, within: [sales], may: {internal: {read: org}}, reason: r, owner: a@x.example, approved-by: [b@x.example], from: 2026-09-15, until: 2026-10-10}
  T-1-2: {role: big-clerk, within: [sales], may: {internal: {read: org}}, reason: r, owner: a@x.example, approved-by: [b@x.example], from: 2026-09-15, until: 2026-10-10}
  T-1_2: {role: big-clerk, within: [sales], may: {internal: {read: org}}, reason: r, owner: a@x.example, approved-by: [b@x.example], from: 2026-09-15, until: 2026-10-10}
";
    let built = build_with(&format!("{words}{text}"), None);
    let mut folded: Vec<_> = built.plan.containers.iter().map(|it| it.name.to_lowercase()).collect();
    folded.sort();
    folded.dedup();
    assert_eq!(folded.len(), 5, "{folded:?}");
    assert!(built.plan.containers.iter().all(|it| crate::names::is_developer_name(&it.name)), "{folded:?}");
}

#[test]
fn a_group_and_a_set_never_share_a_name() {
    let built = build(&format!(
        "{INVOICE}environments: {{prod: {{salesforce: {{layout: group}}}}}}
roles:
  clerk: {{platforms: [salesforce], within: [sales], may: {{internal: {{read: org}}}}}}
  other: {{platforms: [salesforce], within: [sales], may: {{internal: {{read: org}}}}, salesforce: {{name: Clerk_Group}}}}
"
    ));
    let mut names: Vec<_> = built.plan.containers.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names.len(), 4);
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), 4, "{names:?}");
    assert!(names.contains(&"Clerk_Group") && names.contains(&"Clerk_Group_Group"), "{names:?}");
}

#[test]
fn the_role_hierarchy_writes_what_it_shows() {
    let narrower = clerk("    may:\n      internal: {read: unit-tree, edit: own, delete: own}\n");
    assert_eq!(
        narrower.rows("Clerk"),
        ["Invoice__c.Note__c editable readable", "Invoice__c allowRead"],
        "the field is granted, the row is not"
    );
    assert_eq!(narrower.less(), ["hierarchy-writes invoice edit delete"]);
    let alike = clerk("    may:\n      internal: {read: unit-tree, edit: unit-tree, delete: unit-tree}\n");
    assert!(alike.rows("Clerk").contains(&"Invoice__c allowDelete allowEdit allowRead".to_owned()));
    assert!(alike.less().is_empty(), "{:?}", alike.less());
    let by_rules = clerk("    may:\n      internal: {read: unit, edit: own}\n");
    assert!(by_rules.rows("Clerk").contains(&"Invoice__c allowEdit allowRead".to_owned()));
    // The hierarchy is there whether a session is active or not.
    let session = clerk(
        "    may:\n      internal: {read: unit-tree}\n    also:\n      - {of: [invoice], edit: own, when: [session]}\n",
    );
    assert!(!session.rows.values().flatten().any(|it| it.contains("allowEdit")), "{:?}", session.rows);
    let wide = clerk(
        "    may:\n      internal: {read: unit-tree, edit: own}\n    also:\n      - {of: [invoice], edit: unit-tree, when: [session]}\n",
    );
    assert!(wide.rows("Clerk").contains(&"Invoice__c allowRead".to_owned()), "{:?}", wide.rows);
    assert!(wide.rows("Clerk_Session").contains(&"Invoice__c allowEdit allowRead".to_owned()));
}

#[test]
fn the_role_hierarchy_writes_across_roles_of_one_person() {
    let of = |together: &str| {
        build(&format!(
            "assets:
  invoice: {{class: internal, domains: [sales], salesforce: {{object: Invoice__c, custom: true}}}}
roles:
  chief: {{platforms: [salesforce], within: [sales], may: {{internal: {{read: unit-tree}}}}}}
  clerk: {{platforms: [salesforce], within: [sales], may: {{internal: {{read: own, edit: own}}}}}}
{together}"
        ))
    };
    assert_eq!(of("").rows("Clerk"), ["Invoice__c allowEdit allowRead"]);
    let both = of("together: {lead: [chief, clerk]}\n");
    assert_eq!(both.rows("Clerk"), ["Invoice__c allowRead"]);
    assert!(both.less().contains(&"hierarchy-writes invoice edit".to_owned()), "{:?}", both.less());
}

#[test]
fn a_detail_has_no_sharing_of_its_own() {
    let built = build(
        "assets:
  invoice: {class: internal, domains: [sales], salesforce: {object: Invoice__c, custom: true}}
  line: {class: confidential, domains: [sales], salesforce: {object: Line__c, custom: true, parents: [Invoice__c], sharing: private}}
roles:
  clerk: {platforms: [salesforce], within: [sales], may: {internal: {read: org}, confidential: {read: own}}}
",
    );
    assert_eq!(built.ids(), ["mapping/binding"]);
}

#[test]
fn rows_under_a_parent_that_nobody_binds_are_an_obligation() {
    let contact = |more: &str, cells: &str| {
        build(&format!(
            "assets:
  contact: {{class: internal, domains: [sales], salesforce: {{object: Contact, sharing: controlled-by-parent}}}}
{more}roles:
  rep: {{platforms: [salesforce], within: [sales], also: [{{of: [contact], read: own}}{cells}]}}
"
        ))
    };
    let account = "  account: {class: confidential, domains: [sales], salesforce: {object: Account, sharing: private}}\n";
    let rows = |built: &Built| built.obligations("row-sharing");
    let own = |object: &str| {
        format!("{object}: people of these roles read the rows that they own and no more (None)")
    };
    assert_eq!(rows(&contact("", "")), [own("Contact")]);
    assert_eq!(rows(&contact(account, "")), [own("Contact")]);
    assert_eq!(rows(&contact(account, ", {of: [account], read: own}")), [own("Account")]);
}

#[test]
fn a_field_and_its_row_may_come_under_different_conditions() {
    let built = clerk(
        "    also:\n      - {of: [invoice], read: org, when: [session]}\n      - {of: [invoice.amount], read: org, when: [mfa]}\n",
    );
    // Whoever has one of the two sees nothing of the field.
    assert!(!built.rows("Clerk_Session").iter().any(|it| it.contains("Amount__c")), "{:?}", built.rows);
    assert_eq!(built.rows("Clerk_Mfa"), ["Invoice__c.Amount__c readable"], "no row comes with it");
}

#[test]
fn a_temporary_grant_under_a_condition_is_apart_from_both() {
    let built = build(&format!(
        "{INVOICE}roles:
  clerk: {{platforms: [salesforce], within: [sales], may: {{internal: {{read: own}}}}, also: [{{of: [invoice], create: own, when: [session]}}]}}
temporary:
  T-1: {{role: clerk, within: [sales], may: {{internal: {{edit: own, when: [session]}}}}, reason: r, owner: a@x.example, approved-by: [b@x.example], from: 2026-09-15, until: 2026-10-10}}
  T-2: {{role: clerk, within: [sales], may: {{internal: {{edit: own, when: [wish]}}}}, reason: r, owner: a@x.example, approved-by: [b@x.example], from: 2026-09-15, until: 2026-10-10}}
  T-3: {{role: clerk, within: [sales], may: {{internal: {{delete: org}}}}, reason: r, owner: a@x.example, approved-by: [b@x.example], from: 2026-08-15, until: 2026-09-19}}
"
    ));
    let objects = |set: &str| {
        let row = built.rows(set).iter().find(|it| it.starts_with("Invoice__c allow"));
        row.cloned().unwrap_or_default()
    };
    assert_eq!(objects("Clerk"), "Invoice__c allowRead");
    assert_eq!(objects("Clerk_Session"), "Invoice__c allowCreate allowRead");
    assert_eq!(objects("Clerk_T_1_Session"), "Invoice__c allowEdit allowRead", "create is not repeated");
    assert_eq!(
        built.rows.len(),
        3,
        "nobody enforces the second, the third has ended: {:?}",
        built.rows.keys()
    );
    let file = &built.files["force-app/main/default/permissionsets/Clerk_T_1_Session.permissionset-meta.xml"];
    assert!(file.contains("<hasActivationRequired>true</hasActivationRequired>"));
    assert_eq!(built.less(), ["condition-not-enforced wish"]);
}

#[test]
fn shared_and_account_are_the_object_right_alone() {
    let shared = clerk("    may:\n      internal: {read: shared, edit: shared}\n");
    assert!(shared.rows("Clerk").contains(&"Invoice__c allowEdit allowRead".to_owned()), "{:?}", shared.rows);
    let account = clerk("    kind: external\n    may:\n      internal: {read: account}\n");
    assert!(account.rows("Clerk").contains(&"Invoice__c allowRead".to_owned()));
    assert_eq!(
        account.obligations("row-sharing"),
        ["Invoice__c: people of these roles read the rows of their own account and no more (None)"]
    );
}

#[test]
fn view_all_is_only_where_all_is_read_always() {
    let built = clerk(
        "    may:\n      internal: {read: own}\n    also:\n      - {of: [invoice], read: org, when: [mfa]}\n",
    );
    let objects = |set: &str| built.rows(set).iter().find(|it| it.contains("allow")).unwrap().clone();
    assert_eq!(objects("Clerk"), "Invoice__c allowRead");
    assert_eq!(objects("Clerk_Mfa"), "Invoice__c allowRead viewAllRecords");
    for kind in ["external", "guest"] {
        let outside = clerk(&format!(
            "    kind: {kind}\n    may:\n      internal: {{read: org}}\n    also:\n      - {{of: [invoice], read: org, when: [mfa]}}\n    salesforce: {{accept-modify-all: true}}\n"
        ));
        let wide = outside.rows.values().flatten().filter(|it| it.contains("All"));
        assert_eq!(wide.count(), 0, "{kind} {:?}", outside.rows);
    }
}

#[test]
fn modify_all_needs_all_five_at_the_same_time() {
    let built = clerk(
        "    salesforce: {accept-modify-all: true}\n    may:\n      internal: {read: org, edit: org, delete: org, share: org}\n    also:\n      - {of: [invoice], assign: org, when: [session]}\n",
    );
    let objects = |set: &str| built.rows.get(set)?.iter().find(|it| it.contains("allow")).cloned();
    assert_eq!(objects("Clerk").unwrap(), "Invoice__c allowDelete allowEdit allowRead viewAllRecords");
    assert_eq!(objects("Clerk_Session"), None, "assign alone is no right, in a session as little as always");
    assert!(built.less().contains(&"no-assign-right invoice assign".to_owned()), "{:?}", built.less());
}

#[test]
fn hostile_text_stays_text() {
    let built = build(&format!(
        "{INVOICE}roles:
  clerk:
    title: \"A ]]> <b>&\\\"'\"
    purpose: \"first\\nsecond ]]> <!-- & --> {{{{ 7 * 7 }}}} {{% if %}}\"
    platforms: [salesforce]
    within: [sales]
    may: {{internal: {{read: own}}}}
"
    ));
    let file = &built.files["force-app/main/default/permissionsets/Clerk.permissionset-meta.xml"];
    assert!(file.contains("<label>A ]]&gt; &lt;b&gt;&amp;&quot;&apos;</label>"), "{file}");
    assert!(file.contains("{{ 7 * 7 }} {% if %}"), "{file}");
    assert!(!file.contains("]]>") && !file.contains("<!--"), "{file}");
}

#[test]
fn nothing_comes_of_nothing() {
    let built = build(
        "roles:\n  clerk: {platforms: [salesforce], within: [sales]}\n  block: {abstract: true, platforms: [salesforce]}\n",
    );
    assert!(built.plan.containers.is_empty() && built.plan.less.is_empty());
    let manifest = &built.files["manifest/package.xml"];
    assert!(!manifest.contains("<members>"), "{manifest}");
    let abstract_only = build(&format!(
        "{INVOICE}roles:\n  block: {{abstract: true, platforms: [salesforce], within: [sales], may: {{internal: {{read: org}}}}}}\n"
    ));
    assert!(abstract_only.plan.containers.is_empty(), "{:?}", abstract_only.rows);
    let child = build(&format!(
        "{INVOICE}roles:
  block: {{abstract: true, platforms: [salesforce], within: [sales], may: {{internal: {{read: org}}}}}}
  heir: {{platforms: [salesforce], extends: [block]}}
  elsewhere: {{platforms: [], extends: [block]}}
"
    ));
    assert_eq!(child.rows.len(), 1, "{:?}", child.rows.keys());
    assert!(child.rows("Heir").contains(&"Invoice__c allowRead viewAllRecords".to_owned()));
}

#[test]
fn rights_on_all_data_count_as_such() {
    use ztam_graph::facts::{EffectOn, RightFlags};
    let known: Vec<_> = crate::catalog::user_permissions()
        .filter(|it| it.flags.contains(ztam_backend::danger::Flag::AllData))
        .map(|it| it.name)
        .collect();
    assert!(known.len() >= 4, "{known:?}");
    let text = format!(
        "{WORDS}capabilities:\n  all: {{salesforce: {{user-permissions: [{}]}}}}\nroles:\n  admin: {{kind: administrator, platforms: [salesforce], holds: [all]}}\n",
        known.join(", ")
    );
    with_access(&project(&text, None), |_, access, _| {
        for right in access.platforms[0].rights.iter().filter(|it| known.contains(&&*it.name)) {
            assert!(right.flags.has(RightFlags::ALL_DATA), "{}", right.name);
            assert!(right.effects.iter().any(|it| it.on == EffectOn::AllAssets), "{}", right.name);
        }
    });
}
