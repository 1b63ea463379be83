//! Roles and profiles that exist and are taken over as they are.

use super::*;

fn rows(text: &str) -> Vec<String> {
    with(text, "", |findings, package, access| {
        let told: Vec<_> = findings.iter().map(|it| &it.title).collect();
        assert!(told.is_empty(), "{told:?}");
        let plan = package.plan(access);
        assert!(plan.findings.is_empty(), "{:?}", plan.findings);
        let mut out = Vec::new();
        for container in &plan.containers {
            out.push(format!("{} {}", container.kind, container.name));
            let rows = package.rows(access, container);
            out.extend(rows.iter().map(|row| format!("{} {}", row.key, row.rights.join(" "))));
            for row in rows {
                assert!(!package.supports(access, container, &row).is_empty(), "{row:?} stands on nothing");
            }
        }
        out
    })
}

#[test]
fn a_role_without_the_floor_is_not_given_it() {
    let names: Vec<_> = catalog::floor().map(|it| it.name).collect();
    let without = format!("    dataverse: {{without-floor: [{}]}}", names.join(", "));
    assert_eq!(rows(&role(&without)), ["Role Rep"]);
    let carry =
        format!("carry:\n  x: {{role: rep, why: w, dataverse: {{privileges: {{{}: own}}}}}}\n", names[0]);
    assert_eq!(rows(&(role(&without) + &carry)), ["Role Rep".to_owned(), format!("{} Basic", names[0])]);
    let all = carry.replace(": own}", ": org}");
    assert_eq!(
        rows(&(role(&without) + &all))[1],
        format!("{} Global", names[0]),
        "granted by somebody after all"
    );
    // What is made beside the role is new, so the platform gives it the floor.
    let team = role(&format!("    may: {{internal: {{read: team}}}}\n{without}"));
    let rows = rows(&team);
    let at = rows.iter().position(|it| it == "Role Rep - Team").unwrap();
    assert_eq!((at, rows.len()), (1, 2 + 9 + 1), "{rows:?}");
    assert!(
        found(&role("    dataverse: {without-floor: [prvReadAccount]}"), "").starts_with("mapping/binding")
    );
}

#[test]
fn a_profile_alone_makes_no_role() {
    let text = role("    dataverse: {profile-only: true, name: \"A: b\", id: 0000000a-0000-4000-8000-00000000000b, description: d}")
        + "carry:
  x: {role: rep, why: w, dataverse: {columns: {account.acme_x: [read, unmask-one], account.acme_a: [edit, create, unmask]}}}
";
    assert_eq!(
        rows(&text),
        [
            "FieldSecurityProfile A: b",
            "account.acme_a CanUpdate CanCreate CanReadUnmasked",
            "account.acme_x CanRead CanReadUnmasked one"
        ]
    );
    with(&text, "", |_, package, access| {
        let plan = package.plan(access);
        let profile = &plan.containers[0];
        let id = "0000000a-0000-4000-8000-00000000000b";
        assert_eq!((profile.id.as_deref(), profile.description.as_str()), (Some(id), "d"));
        let file = |path: &str| {
            let artifacts = package.artifacts(access, &plan);
            let artifact = artifacts.iter().find(|it| it.path == path).unwrap();
            String::from_utf8(artifact.bytes().unwrap()).unwrap()
        };
        let after = file("after-import.json");
        assert!(after.contains(r#""columns": ["account.acme_a","account.acme_x"]"#), "{after}");
        assert!(after.contains(r#""unmasked_one":[1]"#), "{after}");
        assert!(file("solution/Other/Solution.xml").contains(r#"type="70""#));
    });
    let more = text.replace("platforms:", "also: [{of: [account], read: own}]\n    platforms:");
    assert!(found(&more, "").contains("is a column security profile alone"), "{}", found(&more, ""));
}

#[test]
fn what_is_carried_counts_on_the_assets_it_reaches() {
    let text = role("")
        + "carry:\n  x: {role: rep, why: w, dataverse: {privileges: {prvReadAccount: unit, prvwriteaccount: org}}}\n";
    let all = rows(&text);
    assert!(
        all.contains(&"prvReadAccount Local".to_owned())
            && all.contains(&"prvwriteaccount Global".to_owned())
    );
    with(&text, "", |_, _, access| {
        let (role, asset) =
            (access.names.roles.find("rep").unwrap(), access.names.assets.find("account").unwrap());
        let reach = |action| access.reach(Holder::Role(role), Target::Rows(asset), action);
        assert!(reach(Action::Read).reaches(Scope::Unit) && !reach(Action::Read).reaches(Scope::Org));
        // Another spelling may be the same privilege.
        assert!(reach(Action::Edit).reaches(Scope::Org));
    });
    for carry in ["privileges: {\"\": own}", "columns: {account: [read]}", "columns: {\".x\": [read]}"] {
        let text = role("") + &format!("carry:\n  x: {{role: rep, why: w, dataverse: {{{carry}}}}}\n");
        assert!(found(&text, "").starts_with("mapping/binding"), "{carry}: {}", found(&text, ""));
    }
    let nobody = role("") + "carry:\n  x: {why: w, dataverse: {privileges: {prvExportToExcel: org}}}\n";
    assert!(found(&nobody, "").contains("`x` is carried for no role"), "{}", found(&nobody, ""));
}

#[test]
fn a_file_says_what_it_said() {
    let head = |settings: &str| {
        let text = role(&format!("    may: {{internal: {{read: team}}}}\n    dataverse: {{{settings}}}"));
        with(&text, "", |_, package, access| {
            let plan = package.plan(access);
            let files = package.artifacts(access, &plan);
            let file = |name: &str| {
                let path = format!("solution/Roles/{name}.xml");
                let text =
                    String::from_utf8(files.iter().find(|it| it.path == path).unwrap().bytes().unwrap())
                        .unwrap();
                let (_, role) = text.split_once(" name=").unwrap();
                role.split_once("<RolePrivileges>")
                    .unwrap()
                    .0
                    .replace(" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"", "")
            };
            assert!(file("Rep - Team").contains("<IsAutoAssigned>0</IsAutoAssigned>"), "never to everybody");
            file("Rep").split_whitespace().collect::<Vec<_>>().join(" ")
        })
    };
    assert_eq!(
        head(""),
        "\"Rep\" isinherited=\"1\"> <IsCustomizable>1</IsCustomizable> <IsAutoAssigned>0</IsAutoAssigned>"
    );
    assert_eq!(head("not-said: [inherit, auto-assigned, customizable]"), "\"Rep\">");
    assert_eq!(
        head(
            "inherit: team-only, auto-assigned: true, customizable: false, description: \"a & \\\"b\\\" 'c' <d>\""
        ),
        "\"Rep\" isinherited=\"0\"> <IsCustomizable>0</IsCustomizable> <IsAutoAssigned>1</IsAutoAssigned> <Description>a &amp; \"b\" 'c' &lt;d&gt;</Description>"
    );
    let automatic = found(&role("    dataverse: {auto-assigned: true}"), "");
    assert!(automatic.starts_with("mapping/auto-assigned-role: every new user gets"), "{automatic}");
    let both = found(&role("    dataverse: {inherit: direct, not-said: [inherit]}"), "");
    assert!(both.contains("both says something of itself and does not"), "{both}");
}

#[test]
fn a_name_that_no_file_system_keeps_is_kept_where_it_exists() {
    let id = "id: 0000000a-0000-4000-8000-00000000000b";
    let named = |more: &str| role(&format!("    dataverse: {{name: \"A/b: v1.2 \", {more}}}"));
    assert!(found(&named("inherit: direct"), "").starts_with("mapping/binding"));
    let text = named(id);
    assert_eq!(found(&text, ""), "");
    with(&text, "", |_, package, access| {
        let plan = package.plan(access);
        let files = package.artifacts(access, &plan);
        let file = files.iter().find(|it| it.path.starts_with("solution/Roles/")).unwrap();
        assert_eq!(file.path, "solution/Roles/A_b_ v1_2 -0000000a.xml");
        assert!(String::from_utf8(file.bytes().unwrap()).unwrap().contains("name=\"A/b: v1.2 \""));
    });
}
