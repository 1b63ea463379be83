//! Sharing defaults and rules that go along with permission sets.

use super::*;

const ROOT: &str = "force-app/main/default";

fn environment(supporting: &str) -> String {
    format!("environments:\n  prod:\n    salesforce: {{supporting: [{supporting}]}}\n")
}

/// An object that is private, one role with a unit and a team, and more roles.
fn shared(cells: &str, more: &str) -> Built {
    build(&format!(
        "{}assets:
  deal: {{class: internal, domains: [sales], salesforce: {{object: Deal__c, custom: true, sharing: private}}}}
roles:
  rep:
    platforms: [salesforce]
    within: [sales]
    salesforce: {{units: [Sales_North], teams: [Deal_Desk]}}
    may: {{internal: {cells}}}
{more}",
        environment("sharing-rules")
    ))
}

/// The rules of an object, one line each: name, level, between whom.
fn rules(built: &Built, object: &str) -> Vec<String> {
    let Some(text) = built.files.get(&format!("{ROOT}/sharingRules/{object}.sharingRules-meta.xml")) else {
        return Vec::new();
    };
    let document = roxmltree::Document::parse(text).unwrap();
    let rules = document.root_element().children().filter(roxmltree::Node::is_element);
    let who = |rule: roxmltree::Node<'_, '_>, end: &str| {
        let end = rule.children().find(|it| it.tag_name().name() == end).unwrap();
        let named = end.children().find(roxmltree::Node::is_element).unwrap();
        format!("{} {}", named.tag_name().name(), named.text().unwrap())
    };
    rules
        .map(|rule| {
            let named = |name: &str| {
                let found = rule.children().find(|it| it.tag_name().name() == name);
                found.and_then(|it| it.text()).unwrap_or_default().to_owned()
            };
            assert_eq!(who(rule, "sharedTo"), who(rule, "sharedFrom"), "people share among themselves");
            format!("{} {} {}", named("fullName"), named("accessLevel"), who(rule, "sharedTo"))
        })
        .collect()
}

#[test]
fn a_unit_and_a_team_share_what_the_cells_say() {
    let unit = shared("{read: unit, edit: own}", "");
    assert_eq!(unit.ids(), Vec::<&str>::new());
    assert_eq!(rules(&unit, "Deal__c"), ["Ztam_Unit_Sales_North Read role Sales_North"]);
    let team = shared("{read: team, edit: team}", "");
    assert_eq!(rules(&team, "Deal__c"), ["Ztam_Team_Deal_Desk Edit group Deal_Desk"]);
    let both = shared("{read: unit, edit: team}", "");
    assert_eq!(
        rules(&both, "Deal__c"),
        ["Ztam_Team_Deal_Desk Edit group Deal_Desk", "Ztam_Unit_Sales_North Read role Sales_North"]
    );
    assert!(both.files["manifest/package.xml"].contains("<name>SharingRules</name>"));
    assert_eq!(both.obligations("sharing-members").len(), 2);
    for cells in ["{read: own, edit: own}", "{read: org}", "{read: unit-tree}", "{create: own}"] {
        assert_eq!(rules(&shared(cells, ""), "Deal__c"), Vec::<String>::new(), "{cells}");
    }
}

#[test]
fn no_rule_gives_more_than_any_role_of_the_unit_says() {
    let other = |units: &str, cells: &str| {
        format!(
            "  desk:\n    platforms: [salesforce]\n    within: [sales]\n    salesforce: {{units: [{units}]}}\n    may: {{internal: {cells}}}\n"
        )
    };
    let cells = "{read: unit, edit: unit}";
    let alone = shared(cells, &other("Sales_South", "{read: own}"));
    assert_eq!(
        rules(&alone, "Deal__c"),
        ["Ztam_Unit_Sales_North Edit role Sales_North"],
        "another unit is not asked, and its own wants none"
    );
    let narrower = shared(cells, &other("Sales_North", "{read: own}"));
    assert_eq!(rules(&narrower, "Deal__c"), Vec::<String>::new());
    let told = narrower.obligations("sharing-by-hand");
    assert!(told.iter().all(|it| it.contains("`desk` has people there")), "{told:?}");
    assert_eq!(told.len(), 1, "the wider rule and the narrower one are refused for one reason: {told:?}");
    let reads = shared(cells, &other("Sales_North", "{read: unit, edit: own}"));
    assert_eq!(rules(&reads, "Deal__c"), ["Ztam_Unit_Sales_North Read role Sales_North"]);
    let nothing = shared(cells, &other("Sales_North", "{create: own}"));
    assert_eq!(rules(&nothing, "Deal__c"), ["Ztam_Unit_Sales_North Edit role Sales_North"]);
    let wider = shared(cells, &other("Sales_North", "{read: org, edit: unit-tree}"));
    assert_eq!(rules(&wider, "Deal__c"), ["Ztam_Unit_Sales_North Edit role Sales_North"]);
}

#[test]
fn what_a_shared_row_shows_besides_counts() {
    let account = |cells: &str| {
        build(&format!(
            "{}assets:
  account: {{class: internal, domains: [sales], salesforce: {{object: Account, sharing: private}}}}
  deal: {{class: internal, domains: [sales], salesforce: {{object: Opportunity, sharing: private}}}}
  line: {{class: internal, domains: [sales], salesforce: {{object: Line__c, custom: true, parents: [Deal__c]}}}}
  folder: {{class: internal, domains: [sales], salesforce: {{object: Deal__c, custom: true, sharing: private}}}}
roles:
  rep:
    platforms: [salesforce]
    within: [sales]
    salesforce: {{units: [Sales_North]}}
    also:
{cells}",
            environment("sharing-rules")
        ))
    };
    let deals = "      - {of: [deal], read: unit}\n";
    assert_eq!(rules(&account(deals), "Opportunity").len(), 1, "nothing reads accounts");
    let narrow = account(&format!("{deals}      - {{of: [account], read: unit}}\n"));
    assert_eq!(rules(&narrow, "Opportunity"), Vec::<String>::new(), "a deal shows its account");
    assert_eq!(rules(&narrow, "Account"), ["Ztam_Unit_Sales_North Read role Sales_North"]);
    let wide = account(&format!("{deals}      - {{of: [account], read: org}}\n"));
    assert_eq!(rules(&wide, "Opportunity").len(), 1);
    let same = account("      - {of: [folder, line], read: unit}\n");
    assert_eq!(rules(&same, "Deal__c").len(), 1);
    assert_eq!(rules(&same, "Line__c").len(), 0, "a detail has no sharing of its own");
}

#[test]
fn a_rule_deletes_no_details_that_the_cells_do_not() {
    let built = |folder: &str, line: &str| {
        build(&format!(
            "{}assets:
  folder: {{class: internal, domains: [sales], salesforce: {{object: Deal__c, custom: true, sharing: private}}}}
  line: {{class: internal, domains: [sales], salesforce: {{object: Line__c, custom: true, parents: [Deal__c]}}}}
roles:
  rep:
    platforms: [salesforce]
    within: [sales]
    salesforce: {{units: [Sales_North]}}
    also:
      - {{of: [folder], {folder}}}
      - {{of: [line], {line}}}
",
            environment("sharing-rules")
        ))
    };
    let none = Vec::<String>::new();
    let all = "read: unit, edit: unit";
    assert_eq!(rules(&built(all, all), "Deal__c"), ["Ztam_Unit_Sales_North Edit role Sales_North"]);
    let deletes = built(all, &format!("{all}, delete: own"));
    assert_eq!(rules(&deletes, "Deal__c"), none, "who edits a folder deletes its lines");
    let some = "read: unit, edit: own";
    assert_eq!(rules(&built(some, "read: unit"), "Deal__c").len(), 1);
    assert_eq!(rules(&built(some, some), "Deal__c"), none, "who reads a folder may edit its lines");
}

#[test]
fn a_condition_shares_nothing() {
    let told = shared("{read: own}", "    also: [{of: [deal], edit: unit, when: [mfa]}]\n");
    assert_eq!(told.ids(), Vec::<&str>::new());
    assert_eq!(rules(&told, "Deal__c"), Vec::<String>::new());
    let unasked = build(
        "assets:\n  deal: {class: internal, domains: [sales], salesforce: {object: Deal__c, custom: true, sharing: private}}\nroles:\n  rep: {platforms: [salesforce], within: [sales], salesforce: {units: [Sales_North]}, may: {internal: {read: unit}}}\n",
    );
    assert_eq!(rules(&unasked, "Deal__c"), Vec::<String>::new(), "nobody asked for rules");
    let unknown = build(&format!(
        "{}assets:\n  deal: {{class: internal, domains: [sales], salesforce: {{object: Deal__c, custom: true}}}}\nroles:\n  rep: {{platforms: [salesforce], within: [sales], salesforce: {{units: [Sales_North]}}, may: {{internal: {{read: unit}}}}}}\n",
        environment("sharing-rules")
    ));
    assert_eq!(rules(&unknown, "Deal__c"), Vec::<String>::new(), "nobody knows the default");
}

fn default_of(object: &str, words: &str, inventory: Option<&str>) -> Built {
    build_with(
        &format!(
            "{WORDS}{}assets:\n  deal: {{class: internal, domains: [sales], salesforce: {{object: {object}, {words}}}}}\nroles:\n  rep: {{platforms: [salesforce], within: [sales], may: {{internal: {{read: own}}}}}}\n",
            environment("sharing-defaults")
        ),
        inventory,
    )
}

#[test]
fn declared_defaults_of_standard_objects_go_along() {
    let built = default_of("Lead", "sharing: private, external-sharing: private", None);
    assert_eq!(
        built.files[&format!("{ROOT}/objects/Lead/Lead.object-meta.xml")],
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<CustomObject xmlns=\"http://soap.sforce.com/2006/04/metadata\">\n    \
         <externalSharingModel>Private</externalSharingModel>\n    <sharingModel>Private</sharingModel>\n</CustomObject>\n"
    );
    assert!(
        built.files["manifest/package.xml"]
            .contains("<members>Lead</members>\n        <name>CustomObject</name>")
    );
    assert_eq!(
        built.obligations("sharing-default"),
        ["Lead: the organization-wide default is Private (Some(true))"]
    );
    let custom = default_of("Deal__c", "custom: true, sharing: private", None);
    assert!(!custom.files.keys().any(|it| it.contains("/objects/")), "its file would replace its definition");
    let unsaid = default_of("Lead", "securable: []", None);
    assert!(!unsaid.files.keys().any(|it| it.contains("/objects/")));
}

#[test]
fn a_default_is_narrowed_and_never_opened() {
    let org = |word: &str| {
        format!(
            r#"{{"format_version": 1, "platform": "salesforce", "objects": {{"Lead": {{"sharing": "{word}"}}}}}}"#
        )
    };
    let narrowed = default_of("Lead", "sharing: private", Some(&org("ReadWrite")));
    assert_eq!(narrowed.ids(), Vec::<&str>::new());
    assert!(narrowed.files.keys().any(|it| it.contains("/objects/Lead/")));
    let opened = default_of("Lead", "sharing: read-write", Some(&org("Private")));
    assert_eq!(opened.ids(), ["mapping/binding"]);
    let unseen = default_of("Lead", "sharing: read-write", None);
    assert!(!unseen.files.keys().any(|it| it.contains("/objects/")), "the org may be private");
    let beside = default_of(
        "Contact",
        "sharing: private",
        Some(&org("Private").replace("Lead", "Contact").replace("Private", "ControlledByParent")),
    );
    assert_eq!(beside.ids(), ["mapping/binding"]);
}

fn read_back(object: &str, text: &str) -> ztam_backend::read::Reading {
    let path = format!("{ROOT}/sharingRules/{object}.sharingRules-meta.xml");
    crate::BACKEND.read(&[ztam_backend::read::Input { file: FileId(0), path: &path, bytes: text.as_bytes() }])
}

#[test]
fn rules_are_read_back_and_can_go() {
    let built = shared("{read: unit, edit: team}", "");
    let text = &built.files[&format!("{ROOT}/sharingRules/Deal__c.sharingRules-meta.xml")];
    let reading = read_back("Deal__c", text);
    assert!(reading.findings.is_empty() && reading.unread.is_empty(), "{:?}", reading.findings);
    let read: Vec<_> = reading.package.containers.iter().map(|it| it.name.as_str()).collect();
    let made: Vec<_> = built.plan.beside.iter().map(|it| it.thing.name.as_str()).collect();
    assert_eq!(read, made);
    let read = reading.package.containers.iter().flat_map(|it| it.rows.iter().map(|row| row.row.clone()));
    let planned = built.plan.beside.iter().flat_map(|it| it.rows.clone());
    assert_eq!(read.collect::<Vec<_>>(), planned.collect::<Vec<_>>(), "what is read is what was planned");
    let rows: Vec<_> = reading.package.containers.iter().flat_map(|it| &it.rows).map(|it| &it.row).collect();
    assert_eq!((rows[0].key.as_str(), rows[0].rights[0]), ("group Deal_Desk -> group Deal_Desk", "Edit"));
    assert_eq!((rows[1].key.as_str(), rows[1].rights[0]), ("role Sales_North -> role Sales_North", "Read"));

    let removed: Vec<_> =
        reading.package.containers.iter().filter_map(|it| crate::BACKEND.removed(it)).collect();
    assert_eq!(removed.len(), 2);
    let gone = ztam_backend::removal::Gone { removed, ..Default::default() };
    let files = with_access(&project(&format!("{WORDS}{OPPORTUNITY}"), None), |emitter, _, _| {
        let files = emitter.removal(&gone).into_iter();
        files
            .map(|it| (it.path.clone(), String::from_utf8(it.bytes().unwrap()).unwrap()))
            .collect::<BTreeMap<_, _>>()
    });
    assert_eq!(
        files.keys().collect::<Vec<_>>(),
        ["1-rules/destructiveChangesPost.xml", "1-rules/package.xml"]
    );
    let list = &files["1-rules/destructiveChangesPost.xml"];
    assert!(
        list.contains("<members>Deal__c.Ztam_Team_Deal_Desk</members>") && list.contains("SharingOwnerRule")
    );
}

#[test]
fn rules_of_the_org_are_not_ours() {
    let built = shared("{read: unit}", "");
    let text = &built.files[&format!("{ROOT}/sharingRules/Deal__c.sharingRules-meta.xml")];
    let theirs = read_back("Deal__c", &text.replace("Ztam_Unit_Sales_North", "Northerners"));
    assert!(theirs.package.containers.is_empty() && theirs.findings.is_empty());
    let broken = read_back("Deal__c", &text.replace("<accessLevel>Read<", "<accessLevel>All<"));
    assert!(broken.package.containers.is_empty());
    assert_eq!(broken.findings.len(), 1, "a level that does not exist is told");
}

#[test]
fn roles_that_one_person_may_hold_count_together() {
    let roles = "  lead:
    platforms: [salesforce]
    within: [sales]
    salesforce: {units: [Sales_North]}
    may: {internal: {read: unit}}
  clerk:
    platforms: [salesforce]
    within: [sales]
    may: {internal: {read: own, edit: own}}
";
    let cells = "{read: unit, edit: unit}";
    let apart = shared(cells, roles);
    assert_eq!(rules(&apart, "Deal__c"), ["Ztam_Unit_Sales_North Edit role Sales_North"]);
    let both = shared(cells, &format!("{roles}together: {{pair: [lead, clerk]}}\n"));
    assert_eq!(
        rules(&both, "Deal__c"),
        ["Ztam_Unit_Sales_North Read role Sales_North"],
        "who is lead and clerk edits own rows alone, and would edit the unit's"
    );
}

#[test]
fn a_unit_is_one_however_its_name_is_spelled() {
    let other = "  desk:
    platforms: [salesforce]
    within: [sales]
    salesforce: {units: [SALES_north]}
    may: {internal: {read: own}}
";
    let told = shared("{read: unit}", other);
    assert_eq!(rules(&told, "Deal__c"), Vec::<String>::new());
    let wider = shared("{read: unit}", &other.replace("read: own", "read: unit"));
    assert_eq!(rules(&wider, "Deal__c").len(), 1, "{:?}", rules(&wider, "Deal__c"));
}

#[test]
fn rows_that_follow_an_unknown_parent_count() {
    let inventory = r#"{"format_version": 1, "platform": "salesforce", "objects": {
        "Lead": {"sharing": "Private"}, "Quote": {"sharing": "ControlledByParent"}}}"#;
    let built = |sharing: &str| {
        build_with(
            &format!(
                "{WORDS}{}assets:
  lead: {{class: internal, domains: [sales], salesforce: {{object: Lead}}}}
  quote: {{class: internal, domains: [sales], salesforce: {{object: Quote}}}}
roles:
  rep:
    platforms: [salesforce]
    within: [sales]
    salesforce: {{units: [Sales_North]}}
    also:
      - {{of: [lead], read: unit}}
      - {{of: [quote], read: own}}
",
                environment("sharing-rules")
            ),
            Some(&inventory.replace("ControlledByParent", sharing)),
        )
    };
    assert_eq!(rules(&built("Private"), "Lead").len(), 1);
    assert_eq!(rules(&built("ControlledByParent"), "Lead"), Vec::<String>::new());
}
