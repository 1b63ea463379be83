//! Ways to the whole org, on both platforms with their real facts: what must be found and what must not, and a second judge
//! that reads the data files by itself, tries every subset of grants, and shares nothing with the search.

use std::collections::{BTreeMap, BTreeSet};

use ztam::session::Session;
use ztam_graph::access::Holder;
use ztam_graph::escalation::{Cut, Goal, Leaf, Search};
use ztam_graph::ids::Names;

use crate::project::{AS_OF, OnDisk, date, world};

mod judge;

/// What is found for one holder on one platform: the rights of each way and whether it is proven, and the size of the cut with
/// whether it is called the smallest.
type Found = (BTreeSet<(BTreeSet<String>, bool)>, Option<(usize, bool)>);

/// Searches the ways of some holders, roles or sets, on a platform.
fn search(yaml: &str, platform: &str, holders: &[&str]) -> BTreeMap<String, Found> {
    let manifest = "ztam: 1\nproject: ways\ntitle: Ways\nowner: owner@acme.example\n";
    let folder = OnDisk::new([("ztam.yaml", manifest.as_bytes()), ("matrix.ztam.yaml", yaml.as_bytes())]);
    let session = Session::new();
    let loaded = session.load(&world(folder.path()), folder.path()).unwrap();
    let wrong: Vec<_> = session
        .compile(&loaded)
        .into_iter()
        .filter(ztam::session::prevents_graph)
        .map(|it| it.title)
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}\n{yaml}");
    let names = Names::new(&loaded.project);
    let environment = names.environments.ids().next();
    let (access, _, bound) = session.resolve(&loaded, environment, date(AS_OF));
    assert!(bound.is_empty(), "{:#?}\n{yaml}", bound.iter().map(|it| &it.title).collect::<Vec<_>>());
    let position = access.platforms.iter().position(|it| it.platform == platform).unwrap();
    let search = Search::new(&access, position, Goal::WholeOrg).unwrap();
    let one = |name: &&str| {
        let role = access.names.roles.find(name).map(Holder::Role);
        let holder = role.unwrap_or_else(|| Holder::Together(access.names.together.find(name).unwrap()));
        let found = search.witnesses(holder);
        assert!(found.is_complete);
        let name_of = |leaf: &Leaf| match leaf {
            Leaf::Right(right) => access.platforms[position].rights[*right].name.to_string(),
            Leaf::Delegation(giver, _, given) => {
                format!("{}>{}", access.names.roles.name(*giver), access.names.roles.name(*given))
            }
        };
        let ways = found.list.iter().map(|way| (way.leaves.iter().map(name_of).collect(), way.is_proven));
        let size = match search.cut(holder, &found) {
            Cut::Smallest(grants) => Some((grants.len(), true)),
            Cut::Found(grants) => Some((grants.len(), false)),
            Cut::Impossible => None,
            other => panic!("{other:?}"),
        };
        ((*name).to_owned(), (ways.collect(), size))
    };
    holders.iter().map(one).collect()
}

/// A role with rights, beside a declared administrator.
fn with_admin(rights: &str, admin: &str) -> String {
    format!(
        "capabilities:
  own: {{title: Own, salesforce: {{user-permissions: [{rights}]}}}}
  strong: {{title: Strong, salesforce: {{user-permissions: [{admin}]}}}}
classes: [{{id: internal}}]
domains: {{sales: {{title: Sales}}}}
assets: {{deal: {{class: internal, domains: [sales], salesforce: {{object: Opportunity, sharing: private}}}}}}
roles:
  tried: {{platforms: [salesforce], within: [sales], may: {{internal: {{read: own}}}}, holds: [own]}}
  admin: {{kind: administrator, platforms: [salesforce], within: [sales], may: {{internal: {{read: own}}}}, holds: [strong]}}
"
    )
}

/// A role on Dataverse with privileges and cells on system tables, beside a declared administrator.
fn on_dataverse(privileges: &str, cells: &str) -> String {
    format!(
        "capabilities:
  own: {{title: Own, dataverse: {{privileges: {{{privileges}}}}}}}
  strong: {{title: Strong, dataverse: {{privileges: {{prvImportCustomization: org}}}}}}
{}
roles:
  tried: {{platforms: [dataverse], within: [it], also: [{cells}], holds: [own]}}
  admin: {{kind: administrator, platforms: [dataverse], within: [it], may: {{internal: {{read: own}}}}, holds: [strong]}}
",
        tables()
    )
}

const TABLES: [(&str, &str); 6] = [
    ("deal", "opportunity"),
    ("assembly", "pluginassembly"),
    ("plugin", "plugintype"),
    ("step", "sdkmessageprocessingstep"),
    ("grants", "role"),
    ("crew", "team"),
];

fn tables() -> String {
    let asset = |(name, table): &(&str, &str)| {
        format!("  {name}: {{class: internal, domains: [it], dataverse: {{table: {table}}}}}\n")
    };
    let assets: String = TABLES.iter().map(asset).collect();
    format!("classes: [{{id: internal}}]\ndomains: {{it: {{title: IT}}}}\nassets:\n{assets}")
}

fn reaches(yaml: &str, platform: &str) -> bool {
    !search(yaml, platform, &["tried"])["tried"].0.is_empty()
}

#[test]
fn these_reach_the_whole_org() {
    for rights in
        ["InstallPackaging", "ManageTwoFactor", "ManageAuthProviders", "ManageUsers", "ManageInteraction"]
    {
        assert!(reaches(&with_admin(rights, "ViewRoles"), "salesforce"), "{rights}");
    }
    assert!(reaches(&with_admin("AssignPermissionSets", "ManageInteraction"), "salesforce"));
    assert!(reaches(&with_admin("ResetPasswords, DelegatedTwoFactor", "ManageInteraction"), "salesforce"));
    assert!(reaches(&on_dataverse("prvImportCustomization: org", "{of: [deal], read: own}"), "dataverse"));
    let plugin = "{of: [assembly, plugin, step], create: org}";
    assert!(reaches(&on_dataverse("prvReadAuditSummary: org", plugin), "dataverse"));
    assert!(reaches(&on_dataverse("prvReadAuditSummary: org", "{of: [grants], edit: org}"), "dataverse"));
}

#[test]
fn these_do_not() {
    for rights in ["ResetPasswords", "ViewSetup, ViewRoles", "ApiEnabled"] {
        assert!(!reaches(&with_admin(rights, "ManageInteraction"), "salesforce"), "{rights}");
    }
    assert!(!reaches(&with_admin("AssignPermissionSets", "ViewRoles"), "salesforce"), "nothing to give");
    assert!(!reaches(&with_admin("ResetPasswords, DelegatedTwoFactor", "ViewRoles"), "salesforce"));
    for (privileges, cells) in [
        ("prvActOnBehalfOfAnotherUser: org", "{of: [deal], read: own}"),
        ("prvReadAuditSummary: org", "{of: [deal], read: own}"),
        ("prvReadAuditSummary: org", "{of: [assembly, plugin], create: org}"),
        ("prvReadAuditSummary: org", "{of: [grants], assign: org}"),
    ] {
        assert!(!reaches(&on_dataverse(privileges, cells), "dataverse"), "{privileges} {cells}");
    }
    let delegated = |given: &str| {
        with_admin("ViewRoles", "ManageInteraction")
            .replace("holds: [own]}", &format!("holds: [own], assigns: [{given}]}}"))
            + "  basic: {platforms: [salesforce], within: [sales], may: {internal: {read: own}}}\n"
    };
    assert!(!reaches(&delegated("basic"), "salesforce"));
    assert!(reaches(&delegated("admin"), "salesforce"));
}

/// Two roles that one person holds: what each has, and what else there is.
struct Pair {
    platform: &'static str,
    first: &'static str,
    second: &'static str,
    capabilities: &'static str,
    is_proven: bool,
}

const PAIRS: [Pair; 10] = [
    sf("holds: [resets]", "holds: [unlocks]", true),
    sf("extends: [base]", "holds: [unlocks]", true),
    sf("assigns: [resetter]", "holds: [unlocks]", true),
    sf("holds: [starts]", "holds: [unlocks]", true),
    sf("extends: [base]", "assigns: [unlocker]", true),
    dv("also: [{of: [assembly, plugin], create: org}]", "also: [{of: [step], create: org}]", true),
    dv("also: [{of: [assembly], create: org}]", "also: [{of: [plugin, step], create: org}]", true),
    dv("assigns: [stepper]", "also: [{of: [assembly, plugin], create: org}]", true),
    dv("holds: [activates]", "holds: [builds]", false),
    dv("holds: [activates]", "assigns: [builder]", false),
];

const fn sf(first: &'static str, second: &'static str, is_proven: bool) -> Pair {
    Pair { platform: "salesforce", first, second, capabilities: SF, is_proven }
}

const fn dv(first: &'static str, second: &'static str, is_proven: bool) -> Pair {
    Pair { platform: "dataverse", first, second, capabilities: DV, is_proven }
}

const SF: &str = "capabilities:
  resets: {title: Resets, salesforce: {user-permissions: [ResetPasswords, ViewSetup]}}
  unlocks: {title: Unlocks, salesforce: {user-permissions: [DelegatedTwoFactor]}}
  starts: {title: Starts, automation: {runs-as: system, does: {hold: [resets]}}, salesforce: {flows: [Reset_Flow]}}
  rules: {title: Rules, salesforce: {user-permissions: [ManageInteraction]}}
classes: [{id: internal}]
domains: {it: {title: IT}}
assets: {deal: {class: internal, domains: [it], salesforce: {object: Opportunity, sharing: private}}}
roles:
  base: {abstract: true, holds: [resets]}
  resetter: {platforms: [salesforce], holds: [resets]}
  unlocker: {platforms: [salesforce], holds: [unlocks]}
  admin: {kind: administrator, platforms: [salesforce], holds: [rules]}
";
const DV: &str = "roles:
  stepper: {platforms: [dataverse], within: [it], also: [{of: [step], create: org}]}
  builder: {platforms: [dataverse], within: [it], holds: [builds]}
";
#[test]
fn ten_pairs_go_further_together_than_each_alone() {
    for (number, pair) in PAIRS.iter().enumerate() {
        let mut yaml = String::new();
        if pair.platform == "dataverse" {
            yaml.push_str("capabilities:\n");
            yaml.push_str("  activates: {title: Activates, dataverse: {privileges: {prvActivateSynchronousWorkflow: org}}}\n");
            yaml.push_str("  builds: {title: Reads, dataverse: {privileges: {prvReadAuditSummary: org}}}\n");
            yaml.push_str(&tables());
            yaml.push_str("  flowdef: {class: internal, domains: [it], dataverse: {table: workflow}}\n");
        }
        yaml.push_str(pair.capabilities);
        for (name, has) in [("first", pair.first), ("second", pair.second)] {
            yaml.push_str(&format!("  {name}: {{platforms: [{}], within: [it], {has}}}\n", pair.platform));
        }
        // Building a workflow is a right on its table: whoever "builds" has the cell too.
        let yaml = yaml.replace(
            "within: [it], holds: [builds]}",
            "within: [it], holds: [builds], also: [{of: [flowdef], create: org}]}",
        );
        let yaml = yaml + "together: {both: [first, second]}\n";
        let found = search(&yaml, pair.platform, &["first", "second", "both"]);
        let proven = |name: &str| found[name].0.iter().any(|way| way.1);
        let any = |name: &str| !found[name].0.is_empty();
        assert!(any("both"), "{number}: {found:#?}");
        assert_eq!(proven("both"), pair.is_proven, "{number}: {found:#?}");
        assert!(!proven("first") && !proven("second"), "{number}: {found:#?}");
        if !pair.is_proven {
            assert!(!any("first") && !any("second"), "{number}: {found:#?}");
        }
        assert!(found["both"].1.is_some_and(|(size, _)| size >= 1), "{number}");
    }
}

#[test]
fn another_judge_finds_the_same_ways_and_cuts() {
    let mut ways = 0;
    let (mut cuts, mut called) = (BTreeMap::new(), 0);
    for seed in 0..120 {
        let case = judge::Case::generate(seed);
        let found = search(&case.yaml(), case.platform(), &case.holders());
        for (holder, (witnesses, cut)) in &found {
            let expected = case.witnesses(holder);
            assert_eq!(*witnesses, expected, "seed {seed}, {holder}\n{}", case.yaml());
            if !witnesses.is_empty() {
                let (size, is_smallest) = (cut.map(|it| it.0), cut.is_some_and(|it| it.1));
                let text = || format!("seed {seed}, {holder}\n{}", case.yaml());
                assert_eq!(size, case.smallest_cut(holder, false), "{}", text());
                if is_smallest {
                    assert_eq!(size, case.smallest_cut(holder, true), "{}", text());
                }
                called += usize::from(is_smallest);
                *cuts.entry(size).or_insert(0) += 1;
            }
            ways += witnesses.len();
        }
    }
    assert!(ways > 100, "only {ways} ways");
    assert!(cuts.len() >= 3, "cuts of few sizes: {cuts:?}");
    assert!(called > 50, "only {called} cuts are called the smallest");
}
