//! What an import says of what exists, against a second, slow judgement: a right does nothing if taking it away changes nothing
//! that the container opens, and that is tried right by right.

use std::collections::{BTreeMap, BTreeSet};

use ztam::session::BACKENDS;
use ztam_backend::Backend;
use ztam_backend::estate::{Estate, Idle, MOST_PAIRS, Right, survey};
use ztam_backend::plan::Row;
use ztam_backend::read::{Package, ReadContainer, ReadRow};
use ztam_source::file::FileId;
use ztam_source::span::Span;

const PLACE: Span = Span { file: FileId(0), start: 0, end: 0 };
const OBJECTS: &[&str] = &["Account", "Asset", "Case", "Thing__c"];
const FIELDS: &[&str] =
    &["Account.Industry", "Asset.Price", "Case.Subject", "Thing__c.A__c", "Thing__c.B__c"];
const ON_OBJECT: &[&str] = &[
    "allowCreate",
    "allowDelete",
    "allowEdit",
    "allowRead",
    "modifyAllRecords",
    "viewAllFields",
    "viewAllRecords",
];
const PERMISSIONS: &[&str] = &["ModifyAllData", "RunReports", "ViewAllData", "ViewAllFieldsGlobal"];

type Facts = BTreeSet<Right>;

fn salesforce() -> &'static dyn Backend {
    BACKENDS.iter().copied().find(|it| it.platform() == "salesforce").unwrap()
}

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    fn some(&mut self, all: &[&'static str], of: u64) -> Vec<&'static str> {
        all.iter().copied().filter(|_| self.roll(of) == 0).collect()
    }
}

fn container(kind: &'static str, name: &str, facts: &Facts) -> ReadContainer {
    let mut rows: BTreeMap<(&'static str, String), Vec<&'static str>> = BTreeMap::new();
    for (kind, key, right) in facts {
        rows.entry((kind, key.clone())).or_default().push(right);
    }
    let row = |((kind, key), rights)| ReadRow { row: Row { kind, key, rights }, span: PLACE };
    ReadContainer { rows: rows.into_iter().map(row).collect(), ..ReadContainer::new(kind, name, PLACE) }
}

fn facts(dice: &mut Dice) -> Facts {
    let mut facts = Facts::new();
    for object in OBJECTS {
        let rights = dice.some(ON_OBJECT, 2).into_iter();
        facts.extend(rights.map(|it| ("objectPermissions", (*object).to_owned(), it)));
    }
    for field in FIELDS {
        let rights = dice.some(&["editable", "readable"], 2).into_iter();
        facts.extend(rights.map(|it| ("fieldPermissions", (*field).to_owned(), it)));
    }
    let permissions = dice.some(PERMISSIONS, 4).into_iter();
    facts.extend(permissions.map(|it| ("userPermissions", it.to_owned(), "enabled")));
    facts
}

fn has(facts: &Facts, key: &str, right: &str) -> bool {
    facts.iter().any(|(_, it, of)| it == key && *of == right)
}

/// Everything that somebody can do who holds these rights and no others.
fn opens(facts: &Facts) -> BTreeSet<String> {
    let mut can: BTreeSet<String> =
        facts.iter().filter(|it| it.0 == "userPermissions").map(|it| it.1.clone()).collect();
    let (view, modify) = (can.contains("ViewAllData"), can.contains("ModifyAllData"));
    for object in OBJECTS {
        let on = |right: &str| has(facts, object, right);
        let mut add = |is_so: bool, what: &str| {
            if is_so {
                can.insert(format!("{object} {what}"));
            }
        };
        let every = [("read", view || modify || on("viewAllRecords") || on("modifyAllRecords"))];
        let changes = modify || on("modifyAllRecords");
        for (what, is_so) in every.into_iter().chain([("edit", changes), ("delete", changes)]) {
            add(is_so, &format!("{what} every record"));
            add(is_so, &format!("{what} records"));
        }
        add(on("allowRead"), "read records");
        add(on("allowEdit"), "edit records");
        add(on("allowDelete"), "delete records");
        add(on("allowCreate") || modify, "create records");
        let (reads, writes) = (
            can.contains(&format!("{object} read records")),
            can.contains(&format!("{object} edit records"))
                || can.contains(&format!("{object} create records")),
        );
        let all = can.contains("ViewAllFieldsGlobal") || on("viewAllFields");
        if reads && on("viewAllFields") {
            can.insert(format!("{object} every field"));
        }
        for field in FIELDS.iter().filter(|it| it.starts_with(&format!("{object}."))) {
            if reads && (has(facts, field, "readable") || all) {
                can.insert(format!("{field} read"));
            }
            if reads && writes && has(facts, field, "editable") {
                can.insert(format!("{field} edit"));
            }
        }
    }
    can
}

/// What a right is there for.
fn meant(right: &Right) -> String {
    let (_, key, right) = right;
    match *right {
        "allowCreate" => format!("{key} create records"),
        "allowDelete" => format!("{key} delete records"),
        "allowEdit" => format!("{key} edit records"),
        "allowRead" => format!("{key} read records"),
        "modifyAllRecords" => format!("{key} edit every record"),
        "viewAllRecords" => format!("{key} read every record"),
        "viewAllFields" => format!("{key} every field"),
        "readable" => format!("{key} read"),
        "editable" => format!("{key} edit"),
        _ => key.clone(),
    }
}

/// Rights that stand without one that Salesforce asks for beside them.
fn refused(facts: &Facts) -> BTreeSet<(String, &'static str, String)> {
    let mut wrong = BTreeSet::new();
    for (_, key, right) in facts {
        let needs: &[(&str, &str)] = match *right {
            "editable" => &[(key, "readable")],
            "allowCreate" | "allowEdit" | "viewAllRecords" => &[(key, "allowRead")],
            "allowDelete" => &[(key, "allowRead"), (key, "allowEdit")],
            "modifyAllRecords" => {
                &[(key, "allowRead"), (key, "allowEdit"), (key, "allowDelete"), (key, "viewAllRecords")]
            }
            "allowRead" if key == "Asset" => &[("Account", "allowRead"), ("Contact", "allowRead")],
            _ => &[],
        };
        let missing = needs.iter().filter(|(key, right)| !has(facts, key, right));
        wrong.extend(missing.map(|(of, it)| (format!("{key} {right}"), *right, format!("{of} {it}"))));
    }
    wrong
}

fn rights(all: &[(ztam_backend::import::ContainerKey, Idle)]) -> Facts {
    all.iter().map(|it| it.1.right.clone()).collect()
}

fn without(facts: &Facts, gone: &Facts) -> Facts {
    facts.difference(gone).cloned().collect()
}

#[test]
fn what_does_nothing_can_go_and_nothing_else_can() {
    let mut dice = Dice(7);
    let (mut redundant, mut inert) = (0, 0);
    for round in 0..2000 {
        let facts = facts(&mut dice);
        let package = Package { containers: vec![container("PermissionSet", "S", &facts)] };
        let estate = survey(salesforce(), &package, None);
        let (given, idle) = (rights(&estate.redundant), rights(&estate.inert));
        let open = opens(&facts);
        // Modify All stands for rights that Salesforce asks for beside it, and has none of its own that a row names.
        for right in facts.iter().filter(|it| it.0 != "userPermissions") {
            let does_nothing = !open.contains(&meant(right));
            assert_eq!(idle.contains(right), does_nothing, "{round}: inert {right:?} of {facts:#?}");
        }
        let left = without(&facts, &given);
        assert_eq!(opens(&left), open, "{round}: {given:#?} do something in {facts:#?}");
        assert!(
            refused(&left).is_subset(&refused(&facts)),
            "{round}: {given:#?} are asked for in {facts:#?}"
        );
        for right in left.iter().filter(|it| it.0 != "userPermissions" && !idle.contains(it)) {
            let one = Facts::from([right.clone()]);
            let less = without(&left, &one);
            let changes = opens(&less) != open || !refused(&less).is_subset(&refused(&left));
            assert!(changes, "{round}: {right:?} could go too in {facts:#?}");
        }
        redundant += given.len();
        inert += idle.len();
    }
    assert!(redundant > 1000 && inert > 1000, "{redundant} {inert}");
}

/// Pairs by share, judged on texts.
fn near(package: &Package) -> Vec<(usize, usize, String, String)> {
    let mut all = Vec::new();
    let said = |it: &ReadContainer| {
        let row = |row: &ReadRow| {
            row.row
                .rights
                .iter()
                .map(|it| format!("{} {} {it}", row.row.kind, row.row.key))
                .collect::<Vec<_>>()
        };
        it.rows.iter().flat_map(row).collect::<BTreeSet<String>>()
    };
    for (at, one) in package.containers.iter().enumerate() {
        for other in &package.containers[at + 1..] {
            let (a, b) = (said(one), said(other));
            let shared = a.iter().filter(|it| b.contains(*it)).count();
            let union = a.union(&b).count();
            if one.kind == other.kind && !a.is_empty() && shared * 10 >= union * 9 {
                let mut names = [one.name.clone(), other.name.clone()];
                names.sort();
                let [first, second] = names;
                all.push((shared, union, first, second));
            }
        }
    }
    all
}

#[test]
fn near_duplicates_are_those_that_a_slow_comparison_finds() {
    let mut dice = Dice(11);
    let bases: Vec<Facts> = (0..4).map(|_| facts(&mut dice)).collect();
    let containers = (0..120).map(|number| {
        let mut facts = bases[dice.roll(4) as usize].clone();
        for _ in 0..dice.roll(4) {
            let right = ("classAccesses", format!("C{}", dice.roll(9)), "enabled");
            if !facts.remove(&right) {
                facts.insert(right);
            }
        }
        let kind = if dice.roll(3) == 0 { "Profile" } else { "PermissionSet" };
        container(kind, &format!("N{number:03}"), &facts)
    });
    let package = Package { containers: containers.collect() };
    let estate = survey(salesforce(), &package, None);
    let expected = near(&package);
    assert_eq!(estate.all_pairs, expected.len());
    assert!(expected.len() > MOST_PAIRS && estate.pairs.len() == MOST_PAIRS);
    let known: BTreeSet<_> = expected.iter().cloned().collect();
    let mut worst = f64::INFINITY;
    for pair in &estate.pairs {
        let told = (pair.shared, pair.all, pair.first.1.clone(), pair.second.1.clone());
        assert!(known.contains(&told), "{told:?}");
        assert_eq!(pair.all - pair.shared, pair.only_first.len() + pair.only_second.len());
        let share = pair.shared as f64 / pair.all as f64;
        assert!(share <= worst, "the nearest first");
        worst = share;
    }
    let nearer = expected.iter().filter(|it| it.0 as f64 / it.1 as f64 > worst).count();
    assert!(nearer <= MOST_PAIRS, "none that is nearer is left out");
    let again = survey(salesforce(), &package, None);
    assert_eq!(estate.pairs, again.pairs);
}

/// A package with sets of a few classes each, and a group over all of them.
fn group(dice: &mut Dice) -> Package {
    let class = |it| ("classAccesses", format!("C{it}"), "enabled");
    let sets: Vec<Facts> = (0..5).map(|_| (0..dice.roll(5)).map(|_| class(dice.roll(6))).collect()).collect();
    let mut containers: Vec<ReadContainer> = sets
        .iter()
        .enumerate()
        .map(|(at, facts)| {
            let mut set = container("PermissionSet", &format!("S{at}"), facts);
            set.activation = dice.roll(5) == 0;
            set
        })
        .collect();
    let names = (0..5).map(|it| format!("s{it}")).chain(["Elsewhere".to_owned()]);
    let members = names.map(|it| ("permissionSets", it, "member")).collect();
    containers.push(container("PermissionSetGroup", "G", &members));
    Package { containers }
}

#[test]
fn members_that_add_nothing_can_all_go_and_no_other_can() {
    let mut dice = Dice(23);
    let mut found = 0;
    for round in 0..500 {
        let package = group(&mut dice);
        let estate: Estate = survey(salesforce(), &package, None);
        let gone: BTreeSet<&str> =
            estate.groups.iter().flat_map(|it| &it.superfluous).map(|it| it.member.as_str()).collect();
        let sets: Vec<&ReadContainer> =
            package.containers.iter().filter(|it| it.kind == "PermissionSet").collect();
        // What a session gives without activation, and what it gives with it.
        let given = |without: &BTreeSet<&str>| {
            let left = sets.iter().filter(|it| !without.contains(it.name.as_str()));
            left.flat_map(|set| set.rows.iter().map(|it| (it.row.key.clone(), set.activation)))
                .flat_map(|(key, activation)| {
                    let always = (!activation).then(|| (key.clone(), "always"));
                    always.into_iter().chain([(key, "activated")])
                })
                .collect::<BTreeSet<_>>()
        };
        assert_eq!(given(&gone), given(&BTreeSet::new()), "{round}: {gone:?} give something");
        for set in sets.iter().filter(|it| !gone.contains(it.name.as_str())) {
            let more: BTreeSet<&str> = gone.iter().copied().chain([set.name.as_str()]).collect();
            assert_ne!(given(&more), given(&BTreeSet::new()), "{round}: {} could go too", set.name);
        }
        let mut times: BTreeMap<&str, usize> = BTreeMap::new();
        for row in sets.iter().flat_map(|it| &it.rows) {
            *times.entry(&row.row.key).or_default() += 1;
        }
        let repeated = times.values().filter(|it| **it > 1).count();
        for group in &estate.groups {
            assert_eq!((group.members, group.grants, group.repeated), (5, times.len(), repeated));
            assert_eq!(group.unknown, ["elsewhere"]);
        }
        found += gone.len();
    }
    assert!(found > 100, "{found}");
}
