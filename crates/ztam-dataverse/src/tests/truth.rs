//! What the platform does by itself, and what must therefore not be emitted.

use super::*;

#[test]
fn containers_of_one_role_never_share_a_name() {
    let grant = |id: &str| {
        format!(
            "  {id}: {{role: rep, within: [sales], also: [{{of: [account], edit: own}}], reason: r, owner: a@x.example, approved-by: [b@x.example], from: 2026-11-15, until: 2026-12-10}}\n"
        )
    };
    let cells = "    also: [{of: [account], read: own}]";
    let one = format!("{}temporary:\n{}", role(cells), grant("T-1.2"));
    assert_eq!(found(&one, ""), "");
    let two = format!("{}{}", one, grant("T-1-2"));
    assert!(found(&two, "").contains("would be called `Rep - T-1-2`"), "{}", found(&two, ""));
    let words =
        |text: String| text.replacen("  mfa:", "  team: {dataverse: {by: external, control: X}}\n  mfa:", 1);
    let named_team =
        words(role("    also: [{of: [account], read: team}, {of: [account], edit: org, when: [team]}]"));
    assert!(found(&named_team, "").contains("would be called `Rep - "), "{}", found(&named_team, ""));
}

#[test]
fn a_name_is_as_long_as_the_platform_stores_it() {
    let named = |name: &str| role(&format!("    dataverse: {{name: \"{name}\"}}"));
    assert_eq!(found(&named(&"𝄞".repeat(50)), ""), "");
    assert!(found(&named(&"𝄞".repeat(51)), "").starts_with("mapping/binding"));
    assert_eq!(found(&named(&"ä".repeat(100)), ""), "");
}

/// A contact with a confidential birthdate, and roles as given.
fn contact(roles: &str) -> String {
    format!(
        "{HEAD}
assets:
  contact:
    class: internal
    domains: [sales]
    dataverse: {{table: contact}}
    fields: {{birthdate: {{class: confidential, dataverse: birthdate}}}}
roles:
{roles}"
    )
}

const PROVED: &str = r#"{"format_version": 1, "platform": "dataverse", "objects": {"contact": {"fields": {
    "birthdate": {"secured": true}, "governmentid": {"secured": true}, "fullname": {}}}}}"#;

#[test]
fn a_column_under_a_condition_is_open_only_then() {
    let text = contact(
        "  rep: {platforms: [dataverse], within: [sales], may: {internal: {read: own}}, also: [{of: [contact.birthdate], read: own, when: [mfa]}]}\n",
    );
    assert!(found(&text, "").starts_with("emit/column-not-secured"), "{}", found(&text, ""));
    let out = emitted(&text, PROVED);
    assert!(out.contains("FieldSecurityProfile Rep - mfa\n  contact.birthdate CanRead\n"), "{out}");
    assert!(!out.contains("FieldSecurityProfile Rep\n"), "{out}");
    assert_eq!(
        less(&text, PROVED),
        "secured-unlisted contact rep [read] 1\n",
        "it stays closed, and that is told"
    );
}

#[test]
fn one_role_without_the_column_is_enough() {
    let both = "  rep: {platforms: [dataverse], within: [sales], may: {internal: {read: own}, confidential: {read: own}}}\n";
    assert_eq!(found(&contact(both), ""), "", "whoever has the row has the column");
    let other = format!(
        "{both}  other: {{platforms: [dataverse], within: [sales], may: {{internal: {{create: own}}}}}}\n"
    );
    assert!(found(&contact(&other), "").starts_with("emit/column-not-secured"));
    let grant = format!(
        "{both}  other: {{platforms: [dataverse], within: [sales]}}
temporary:
  T-1: {{role: other, within: [sales], also: [{{of: [contact], read: own}}], reason: r, owner: a@x.example, approved-by: [b@x.example], from: 2026-11-15, until: 2026-12-10}}
"
    );
    assert!(
        found(&contact(&grant), "").starts_with("emit/column-not-secured"),
        "{}",
        found(&contact(&grant), "")
    );
    let nobody = format!(
        "{both}  block: {{abstract: true, platforms: [dataverse], within: [sales], may: {{internal: {{read: own}}}}}}\n"
    );
    assert_eq!(found(&contact(&nobody), ""), "", "nobody holds an abstract role");
}

#[test]
fn hostile_text_stays_text() {
    let text = role(
        "    purpose: \"first\\nsecond ]]> <b> & {{ 7 * 7 }}\"\n    dataverse: {name: \"A & ]] 'b'\"}\n    also: [{of: [account], read: own}]",
    );
    let files = files(&text, "");
    let (_, file) = files.iter().find(|(path, _)| path.starts_with("solution/Roles/")).unwrap();
    assert!(!file.contains("]]>") && !file.contains("<b>"), "{file}");
    assert!(file.contains("first second ]]&gt; &lt;b&gt; &amp; {{ 7 * 7 }}"), "{file}");
    assert!(file.contains("name=\"A &amp; ]] "), "{file}");
}

#[test]
fn people_from_outside_get_a_role_only_where_they_are_licensed() {
    let outside = |kind: &str, more: &str| {
        role(&format!("    kind: {kind}\n    also: [{{of: [account], read: account, create: own}}]\n{more}"))
    };
    for kind in ["external", "guest"] {
        assert!(found(&outside(kind, ""), "").starts_with("mapping/unlicensed-role"), "{kind}");
    }
    let licensed = outside("external", "    dataverse: {licensed: true}");
    assert_eq!(emitted(&licensed, ""), "Role Rep\n  prvCreateAccount Basic\n");
    assert_eq!(less(&licensed, ""), "scope-not-expressible account rep [read] 1\n");
}

#[test]
fn a_role_is_on_the_platforms_it_names() {
    let text = format!(
        "{HEAD}{ACCOUNT}roles:
  block: {{abstract: true, platforms: [dataverse], within: [sales], may: {{internal: {{read: org}}}}}}
  heir: {{platforms: [dataverse], extends: [block]}}
  elsewhere: {{platforms: [salesforce], extends: [block]}}
"
    );
    assert_eq!(emitted(&text, ""), "Role Heir\n  prvReadAccount Global\n");
}
