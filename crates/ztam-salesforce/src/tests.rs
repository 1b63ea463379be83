//! Small projects through binding, resolving, planning and emission.

mod muting;
mod sharing;
mod truth;

use std::collections::BTreeMap;
use std::sync::Arc;

use ztam_backend::Emitter;
use ztam_backend::plan::Plan;
use ztam_graph::access::Access;
use ztam_graph::ids::Names;
use ztam_graph::resolve::resolve;
use ztam_model::assignments;
use ztam_model::date::Date;
use ztam_model::inventory::PlatformInventory;
use ztam_model::lower::{assemble, read_file};
use ztam_model::project::Project;
use ztam_model::shape::ShapeCheck;
use ztam_source::example::example;
use ztam_source::file::FileId;
use ztam_source::finding::Finding;

use crate::{PLATFORM, RULES, SalesforceEmitter, bind, shapes};

const HEAD: &str = "ztam: 1\nproject: page\ntitle: Page\nowner: o@acme.example\n";

/// Vocabulary that most tests share.
const WORDS: &str = "
classes:
  - {id: internal}
  - {id: confidential}
domains:
  sales: {}
conditions:
  mfa: {salesforce: {by: external, control: CA-017}}
  session: {salesforce: {by: session-activation}}
  wish: {}
";

const OPPORTUNITY: &str = "
assets:
  opportunity:
    class: internal
    domains: [sales]
    salesforce: {object: Opportunity}
    fields:
      amount: {class: confidential, salesforce: Amount}
      margin: {class: confidential, salesforce: Margin__c}
      stage: {salesforce: NextStep}
";

fn project(text: &str, inventory: Option<&str>) -> Project {
    let shape = ShapeCheck::new(vec![shapes::schema()]);
    let items = read_file(FileId(0), &format!("{HEAD}{text}"), &[PLATFORM], &shape);
    let told: Vec<_> = items.findings.iter().map(|it| (&it.title, it.primary())).collect();
    assert!(told.is_empty(), "{told:?}");
    let (mut project, findings) = assemble(vec![Arc::new(items)]);
    assert!(findings.is_empty(), "{findings:?}");
    if let Some(json) = inventory {
        let read: PlatformInventory = serde_json::from_str(json).unwrap();
        project.inventory.platforms.insert(PLATFORM.to_owned(), read);
    }
    project
}

pub(crate) struct Built {
    bound: Vec<Finding>,
    plan: Plan,
    rows: BTreeMap<String, Vec<String>>,
    pub(crate) files: BTreeMap<String, String>,
}

impl Built {
    fn rows(&self, set: &str) -> &[String] {
        self.rows.get(set).unwrap_or_else(|| panic!("no set {set} in {:?}", self.rows.keys()))
    }

    fn less(&self) -> Vec<String> {
        let told = self.plan.less.iter().filter(|it| it.reason != "unlisted-fields");
        told.map(|it| {
            let actions: Vec<_> = it.actions.iter().map(|it| it.as_str()).collect();
            format!("{} {} {}", it.reason, it.subject, actions.join(" ")).trim_end().to_owned()
        })
        .collect()
    }

    fn obligations(&self, kind: &str) -> Vec<String> {
        let told = self.plan.obligations.iter().filter(|it| it.kind == kind);
        told.map(|it| format!("{}: {} ({:?})", it.subject, it.sentence, it.settled)).collect()
    }

    pub(crate) fn ids(&self) -> Vec<&str> {
        self.bound.iter().chain(&self.plan.findings).map(Finding::id).collect()
    }
}

fn with_access<T>(
    project: &Project,
    test: impl FnOnce(&SalesforceEmitter, &Access<'_>, Vec<Finding>) -> T,
) -> T {
    let names = Names::new(project);
    let environment = names.environments.ids().next();
    let bound = bind::bind(&names, environment);
    let emitter = SalesforceEmitter::new(bound.package);
    let access = resolve(names, vec![bound.facts], environment, Date::parse("2026-09-20").unwrap());
    test(&emitter, &access, bound.findings)
}

fn build_with(text: &str, inventory: Option<&str>) -> Built {
    build_project(&project(text, inventory))
}

/// With people who hold roles.
pub(crate) fn build_assigned(text: &str, csv: &str) -> Built {
    let mut project = project(&format!("{WORDS}{text}"), None);
    let (people, wrong) = assignments::parse(FileId(1), csv);
    assert!(wrong.is_empty(), "{wrong:?}");
    project.assignments = people;
    build_project(&project)
}

fn build_project(project: &Project) -> Built {
    with_access(project, |emitter, access, bound| {
        let plan = emitter.plan(access);
        let rows = plan.containers.iter().map(|it| {
            let rows = emitter.rows(access, it);
            (it.name.clone(), rows.iter().map(|it| format!("{} {}", it.key, it.rights.join(" "))).collect())
        });
        let rows = rows.collect();
        let files = emitter.artifacts(access, &plan).into_iter().map(|it| {
            let bytes = it.bytes().unwrap();
            assert_eq!(bytes, it.bytes().unwrap(), "rendering twice gives the same bytes");
            (it.path, String::from_utf8(bytes).unwrap())
        });
        let files = files.collect();
        Built { bound, plan, rows, files }
    })
}

pub(crate) fn build(text: &str) -> Built {
    build_with(&format!("{WORDS}{text}"), None)
}

/// A project with the opportunity and one role with these lines.
fn role(lines: &str) -> Built {
    build(&format!(
        "{OPPORTUNITY}roles:\n  sales-rep:\n    platforms: [salesforce]\n    within: [sales]\n{lines}"
    ))
}

#[test]
fn a_permission_set_is_written_as_salesforce_writes_it() {
    let built = build(&format!(
        "{OPPORTUNITY}
capabilities:
  work:
    salesforce:
      applications: [standard__Sales]
      tabs: {{standard-Opportunity: visible, standard-Account: available}}
      user-permissions: [RunReports]
      custom-permissions: {{Approve_Deal: Approve <deals>}}
      record-types: [Opportunity.New_Business]
roles:
  sales-rep:
    purpose: Works the opportunities of R&D
    platforms: [salesforce]
    within: [sales]
    may:
      internal: {{read: org, create: own, edit: own}}
      confidential: {{read: org}}
    holds: [work]
"
    ));
    assert_eq!(built.ids(), Vec::<&str>::new());
    let set = &built.files["force-app/main/default/permissionsets/SalesRep.permissionset-meta.xml"];
    assert_eq!(set, include_str!("golden/SalesRep.permissionset-meta.xml"));
    assert_eq!(
        built.files["force-app/main/default/customPermissions/Approve_Deal.customPermission-meta.xml"],
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <CustomPermission xmlns=\"http://soap.sforce.com/2006/04/metadata\">\n    \
         <isLicensed>false</isLicensed>\n    <label>Approve &lt;deals&gt;</label>\n</CustomPermission>\n"
    );
    assert_eq!(
        built.files["manifest/package.xml"],
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Package xmlns=\"http://soap.sforce.com/2006/04/metadata\">\n    \
         <types>\n        <members>Approve_Deal</members>\n        <name>CustomPermission</name>\n    </types>\n    \
         <types>\n        <members>SalesRep</members>\n        <name>PermissionSet</name>\n    </types>\n    \
         <version>66.0</version>\n</Package>\n"
    );
    let project: serde_json::Value = serde_json::from_str(&built.files["sfdx-project.json"]).unwrap();
    assert_eq!(project["packageDirectories"][0]["path"], "force-app");
}

#[test]
fn scopes_below_org_are_object_rights_with_an_obligation() {
    let built = role("    may:\n      internal: {read: team, edit: own}\n");
    assert_eq!(
        built.rows("SalesRep"),
        ["Opportunity.NextStep editable readable", "Opportunity allowEdit allowRead"],
        "a field is editable where it may be edited in every row that may"
    );
    assert_eq!(
        built.obligations("row-sharing"),
        [
            "Opportunity: people of these roles read the rows of their team and no more (None)",
            "Opportunity: people of these roles edit the rows that they own and no more (None)",
        ]
    );
    assert_eq!(
        built.obligations("sharing-default"),
        ["Opportunity: the organization-wide default is Private (None)"]
    );
}

#[test]
fn modify_all_needs_all_five_and_acceptance() {
    let all = "    may:\n      internal: {read: org, create: org, edit: org, delete: org, share: org, assign: org}\n";
    let refused = role(all);
    let row = refused.rows("SalesRep").iter().find(|it| it.starts_with("Opportunity allow")).unwrap();
    assert_eq!(row, "Opportunity allowCreate allowDelete allowEdit allowRead viewAllRecords");
    assert_eq!(
        refused.less(),
        [
            "no-assign-right opportunity assign",
            "no-share-right opportunity share",
            "org-write-without-modify-all opportunity edit delete",
        ]
    );
    let accepted = role(&format!("{all}    salesforce: {{accept-modify-all: true}}\n"));
    let row = accepted.rows("SalesRep").iter().find(|it| it.starts_with("Opportunity allow")).unwrap();
    assert_eq!(
        row,
        "Opportunity allowCreate allowDelete allowEdit allowRead modifyAllRecords viewAllRecords"
    );
    assert!(accepted.less().is_empty(), "{:?}", accepted.less());
    let narrower = role(&format!(
        "{}    salesforce: {{accept-modify-all: true}}\n",
        all.replace("assign: org", "assign: own")
    ));
    assert!(!narrower.rows("SalesRep").iter().any(|it| it.contains("modifyAll")));
}

#[test]
fn what_is_missing_is_never_added() {
    let built = role("    may:\n      internal: {create: own}\n");
    assert!(built.plan.containers.is_empty());
    assert_eq!(built.less(), ["missing-read opportunity create"]);
    let built = role("    may:\n      internal: {read: own, delete: own}\n");
    assert_eq!(built.rows("SalesRep"), ["Opportunity.NextStep readable", "Opportunity allowRead"]);
    assert_eq!(built.less(), ["delete-needs-edit opportunity delete"]);
}

#[test]
fn a_conditional_set_stands_alone_and_repeats_no_wider() {
    let built = role(
        "    may:\n      internal: {read: org}\n    also:\n      - {of: [opportunity], edit: own, when: [session, mfa]}\n",
    );
    assert_eq!(
        built.rows("SalesRep"),
        ["Opportunity.NextStep readable", "Opportunity allowRead viewAllRecords"]
    );
    assert_eq!(
        built.rows("SalesRep_Mfa_Session"),
        ["Opportunity.NextStep editable readable", "Opportunity allowEdit allowRead"],
        "read is repeated, view-all is not"
    );
    let set =
        &built.files["force-app/main/default/permissionsets/SalesRep_Mfa_Session.permissionset-meta.xml"];
    assert!(set.contains("<hasActivationRequired>true</hasActivationRequired>"));
    assert!(set.contains("<label>Sales Rep (when mfa, session)</label>"));
    assert_eq!(built.obligations("session-set-outside-groups").len(), 1);
    assert_eq!(built.obligations("external-control").len(), 1);
}

#[test]
fn a_field_is_editable_only_where_it_follows_its_row() {
    // The row may be created and edited, the field may be edited only.
    let built = role(
        "    may:\n      internal: {read: own, create: own, edit: own}\n      confidential: {read: own, edit: own}\n",
    );
    assert_eq!(
        built.rows("SalesRep"),
        [
            "Opportunity.Amount readable",
            "Opportunity.Margin__c readable",
            "Opportunity.NextStep editable readable",
            "Opportunity allowCreate allowEdit allowRead",
        ]
    );
    assert_eq!(built.less(), ["editable-is-both opportunity (confidential fields) edit"]);
    // The row is edited in a session only; the field has no edit there, so its create must not make it editable.
    let built = role(
        "    may:\n      internal: {read: own, create: own}\n      confidential: {read: own, create: own}\n    also:\n      - {of: [opportunity], edit: own, when: [session]}\n",
    );
    assert!(built.rows("SalesRep").contains(&"Opportunity.Amount readable".to_owned()), "{:?}", built.rows);
    // Unlisted and own-class fields follow the row into the session.
    assert!(built.rows("SalesRep").contains(&"Opportunity.NextStep editable readable".to_owned()));
}

#[test]
fn a_right_on_all_data_takes_part_in_what_is_editable() {
    let built = build(&format!(
        "{OPPORTUNITY}
capabilities:
  all: {{salesforce: {{user-permissions: [ModifyAllData]}}}}
roles:
  admin:
    kind: administrator
    platforms: [salesforce]
    within: [sales]
    may:
      internal: {{read: own, create: own}}
      confidential: {{read: own, create: own}}
    holds: [all]
"
    ));
    assert!(built.rows("Admin").contains(&"Opportunity.Amount readable".to_owned()), "{:?}", built.rows);
}

#[test]
fn a_field_without_its_row_gets_nothing() {
    let built = role("    may:\n      confidential: {read: own}\n");
    assert!(built.plan.containers.is_empty(), "{:?}", built.rows);
}

#[test]
fn nothing_enforces_nothing_granted() {
    let built = role("    may:\n      internal: {read: own, when: [wish]}\n");
    assert!(built.plan.containers.is_empty());
    assert_eq!(built.less(), ["condition-not-enforced wish"]);
}

#[test]
fn a_temporary_grant_is_a_set_of_its_own() {
    let built = build(&format!(
        "{OPPORTUNITY}
roles:
  sales-rep: {{platforms: [salesforce], within: [sales], may: {{internal: {{read: own}}}}}}
temporary:
  T-2026-007:
    role: sales-rep
    within: [sales]
    may: {{internal: {{edit: own}}}}
    reason: Backlog
    owner: a@acme.example
    approved-by: [b@acme.example]
    from: 2026-09-15
    until: 2026-10-10
"
    ));
    assert_eq!(
        built.rows("SalesRep_T_2026_007"),
        ["Opportunity.NextStep editable readable", "Opportunity allowEdit allowRead"]
    );
    assert_eq!(
        built.obligations("assignment-expires"),
        ["SalesRep_T_2026_007: every assignment expires on 2026-10-10 (None)"]
    );
}

const DETAIL: &str = "
assets:
  invoice: {class: internal, domains: [sales], salesforce: {object: Invoice__c, custom: true}}
  line:
    class: confidential
    domains: [sales]
    salesforce: {object: Line__c, custom: true, parents: [Invoice__c]}
roles:
  clerk:
    platforms: [salesforce]
    within: [sales]
";

#[test]
fn a_detail_needs_its_parent() {
    let alone = build(&format!("{DETAIL}    may: {{confidential: {{read: org}}}}\n"));
    assert!(alone.plan.containers.is_empty());
    assert_eq!(alone.less(), ["parent-not-readable line read"]);
    let narrow =
        build(&format!("{DETAIL}    may: {{internal: {{read: own}}, confidential: {{read: org}}}}\n"));
    assert_eq!(narrow.rows("Clerk"), ["Invoice__c allowRead", "Line__c allowRead"]);
    assert_eq!(narrow.less(), ["parent-not-viewable line read"]);
    let both = build(&format!(
        "{DETAIL}    may: {{internal: {{read: org}}, confidential: {{read: org, when: [session]}}}}\n"
    ));
    assert_eq!(
        both.rows("Clerk_Session"),
        ["Invoice__c allowRead viewAllRecords", "Line__c allowRead viewAllRecords"],
        "the parent's rows are repeated from the set that always holds"
    );
}

#[test]
fn an_inventory_opens_what_the_matrix_does_not_list() {
    let inventory = r#"{"format_version": 1, "platform": "salesforce",
        "containers": [{"kind": "PermissionSet", "name": "salesrep"}],
        "objects": {"Opportunity": {"sharing": "Read", "external_sharing": "Private", "fields": {
            "Amount": {}, "Margin__c": {"formula": true}, "NextStep": {"required": true},
            "Note__c": {}, "Total__c": {"type": "Summary"}, "Must__c": {"required": true},
            "Parent__c": {"master_detail": true}, "Place__Latitude__s": {}, "Id": {}, "Name": {}}}}}"#;
    let text = format!(
        "{WORDS}{OPPORTUNITY}roles:\n  sales-rep:\n    platforms: [salesforce]\n    within: [sales]\n    may:\n      internal: {{read: own, edit: own}}\n      confidential: {{read: own, edit: own}}\n"
    );
    let built = build_with(&text, Some(inventory));
    assert_eq!(
        built.rows("SalesRep"),
        [
            "Opportunity.Amount editable readable",
            "Opportunity.Margin__c readable",
            "Opportunity.Note__c editable readable",
            "Opportunity.Total__c readable",
            "Opportunity allowEdit allowRead",
        ]
    );
    assert_eq!(built.less(), ["read-only-field opportunity.margin edit"]);
    assert_eq!(
        built.obligations("sharing-default"),
        ["Opportunity: the organization-wide default is Private (Some(false))"]
    );
    assert_eq!(built.ids(), ["emit/foreign-name"]);
}

#[test]
fn people_from_outside_never_view_all() {
    let built = role("    kind: external\n    may:\n      internal: {read: org}\n");
    assert_eq!(built.rows("SalesRep"), ["Opportunity.NextStep readable", "Opportunity allowRead"]);
    assert_eq!(built.less(), ["no-view-all-outside opportunity read"]);
}

#[test]
fn a_group_leaves_sessions_outside() {
    let built = build(&format!(
        "{OPPORTUNITY}
environments: {{prod: {{salesforce: {{layout: group, api-version: \"62.0\"}}}}}}
roles:
  sales-rep:
    platforms: [salesforce]
    within: [sales]
    may: {{internal: {{read: own}}}}
    also:
      - {{of: [opportunity], edit: own, when: [mfa]}}
      - {{of: [opportunity], delete: own, edit: own, when: [session]}}
"
    ));
    let group =
        &built.files["force-app/main/default/permissionsetgroups/SalesRep_Group.permissionsetgroup-meta.xml"];
    let members: Vec<_> = group.lines().filter(|it| it.contains("permissionSets")).map(str::trim).collect();
    assert_eq!(
        members,
        ["<permissionSets>SalesRep</permissionSets>", "<permissionSets>SalesRep_Mfa</permissionSets>"]
    );
    assert_eq!(built.ids(), ["emit/session-set-in-group"]);
    assert!(built.files["manifest/package.xml"].contains("<version>62.0</version>"));
}

#[test]
fn an_environment_without_the_platform_gets_nothing() {
    let built = build(&format!(
        "{OPPORTUNITY}environments: {{prod: {{title: Production}}}}\nroles:\n  sales-rep: {{platforms: [salesforce], within: [sales], may: {{internal: {{read: own}}}}}}\n"
    ));
    assert!(built.plan.containers.is_empty() && built.files.is_empty());
}

#[test]
fn a_right_without_what_it_needs_is_left_out() {
    let built = build(
        "
capabilities:
  reports: {salesforce: {user-permissions: [CreateCustomizeReports]}}
  both: {salesforce: {user-permissions: [CreateCustomizeReports, RunReports]}}
roles:
  a: {platforms: [salesforce], holds: [reports]}
  b: {platforms: [salesforce], holds: [both]}
",
    );
    assert_eq!(built.less(), ["right-needs-others userPermissions: CreateCustomizeReports"]);
    assert_eq!(built.rows("B"), ["CreateCustomizeReports enabled", "RunReports enabled"]);
    assert!(!built.rows.contains_key("A"));
}

#[test]
fn every_page_runs() {
    let shared = ztam_backend::rules::RULES.iter();
    for rule in RULES.iter().chain(shared) {
        for (heading, expected) in [("Bad", vec![rule.id]), ("Good", vec![])] {
            let Some(text) = example(rule.page, heading).map(|it| String::from_utf8(it).unwrap()) else {
                continue;
            };
            if text.contains("dataverse:") {
                continue;
            }
            let (_, section) = rule.page.split_once(&format!("## {heading}\n")).unwrap();
            let section = section.split("\n## ").next().unwrap();
            let inventory = section.split_once("```json inventory/salesforce.json\n");
            let inventory = inventory.and_then(|(_, rest)| rest.split("```").next());
            let built = build_with(&text, inventory);
            assert_eq!(built.ids(), expected, "{} {heading}", rule.id);
        }
    }
}

/// What one asset's binding is blamed for, with the text that the finding points at.
fn blamed(binding: &str, fields: &str) -> Vec<(String, String)> {
    let text = format!(
        "{WORDS}assets:\n  thing:\n    class: internal\n    domains: [sales]\n    salesforce: {binding}\n    fields: {fields}\n"
    );
    let source = format!("{HEAD}{text}");
    let built = build_with(&text, None);
    let place = |it: &Finding| {
        let span = it.primary().unwrap().span;
        source.get(span.start as usize..span.end as usize).unwrap().to_owned()
    };
    built.bound.iter().map(|it| (it.id().to_owned(), place(it))).collect()
}

#[test]
fn bindings_are_checked_where_they_stand() {
    let one = |rule: &str, place: &str| vec![(rule.to_owned(), place.to_owned())];
    assert_eq!(blamed("{object: account}", "{}"), one("mapping/undeclared", "account"));
    assert_eq!(blamed("{object: Quote}", "{}"), one("mapping/undeclared", "Quote"));
    assert_eq!(blamed("{object: Quote, custom: true}", "{}"), []);
    assert_eq!(blamed("{object: Event}", "{}"), one("mapping/not-a-table", "Event"));
    assert_eq!(blamed("{object: Rate__mdt}", "{}"), one("mapping/not-a-table", "Rate__mdt"));
    assert_eq!(blamed("{object: Acme-Thing}", "{}"), one("mapping/binding", "Acme-Thing"));
    assert_eq!(
        blamed("{object: Account}", "{a: {salesforce: BillingCity}}"),
        one("emit/wider", "BillingCity")
    );
    assert_eq!(
        blamed("{object: Account}", "{a: {salesforce: Industri}}"),
        one("mapping/undeclared", "Industri")
    );
    assert_eq!(
        blamed("{object: Account}", "{a: {salesforce: Account.Industry}}"),
        one("mapping/binding", "Account.Industry")
    );
    assert_eq!(
        blamed("{object: Account}", "{a: {salesforce: Industry}, b: {salesforce: Industry}}"),
        one("mapping/binding", "Industry")
    );
    assert_eq!(blamed("{object: Account}", "{a: {salesforce: X__c}, b: {salesforce: Name}}"), []);
}
