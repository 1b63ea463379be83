//! Duties judged a second time, naively, on generated projects: sets of strings instead of slots, and no code in common.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::testing::findings;

const ASSETS: [(&str, &str, &str); 4] =
    [("a0", "internal", "d0"), ("a1", "internal", "d1"), ("a2", "secret", "d0"), ("a3", "secret", "d1")];
const ACTIONS: [&str; 3] = ["read", "create", "edit"];
const PROJECTS: u64 = 400;

/// A small generator of numbers.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: u64) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) % most) as usize
    }

    fn some<T: Copy + Ord>(&mut self, of: &[T], least: usize) -> Vec<T> {
        let mut found: BTreeSet<T> = of.iter().copied().filter(|_| self.below(3) == 0).collect();
        while found.len() < least {
            found.insert(of[self.below(of.len() as u64)]);
        }
        found.into_iter().collect()
    }
}

struct Role {
    parent: Option<usize>,
    cells: Vec<(&'static str, Vec<&'static str>)>,
    holds: Vec<&'static str>,
}

struct Duty {
    can: Vec<(&'static str, Vec<&'static str>)>,
    hold: Vec<&'static str>,
    all: bool,
}

struct Model {
    roles: Vec<Role>,
    duties: Vec<Duty>,
    separations: Vec<(Vec<usize>, &'static str)>,
    sets: Vec<Vec<usize>>,
}

fn model(seed: u64) -> Model {
    let mut dice = Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    let cells = ["a0", "a1", "a2", "a3", "a0.f", "a2.f"];
    let targets = ["a0", "a1", "a2", "a3", "a0.f", "a2.f", "internal", "secret"];
    let roles = (0..4)
        .map(|at| Role {
            parent: (at > 0 && dice.below(2) == 0).then(|| dice.below(at as u64)),
            cells: ACTIONS.iter().map(|action| (*action, dice.some(&cells, 0))).collect(),
            holds: dice.some(&["c0", "c1"], 0),
        })
        .collect();
    let duties = (0..4)
        .map(|_| {
            let can: Vec<_> =
                dice.some(&ACTIONS, 0).into_iter().map(|it| (it, dice.some(&targets, 1))).collect();
            let hold = dice.some(&["c0", "c1"], usize::from(can.is_empty()));
            Duty { can, hold, all: dice.below(2) == 0 }
        })
        .collect();
    let separations =
        (0..3).map(|_| (dice.some(&[0, 1, 2, 3], 2), ["any", "asset", "domain"][dice.below(3)])).collect();
    let sets = (0..2).map(|_| dice.some(&[0, 1, 2, 3], 2)).collect();
    Model { roles, duties, separations, sets }
}

fn text(model: &Model) -> String {
    let mut yaml = "classes: [{id: internal}, {id: secret}]\ndomains: {d0: {}, d1: {}}\ncapabilities: {c0: {salesforce: {rights: [x]}}, c1: {salesforce: {rights: [y]}}}\nassets:\n".to_owned();
    for (name, class, domain) in ASSETS {
        let fields =
            if matches!(name, "a0" | "a2") { ", fields: {f: {class: internal, salesforce: F}}" } else { "" };
        writeln!(
            yaml,
            "  {name}: {{class: {class}, domains: [{domain}], salesforce: {{object: {name}}}{fields}}}"
        )
        .unwrap();
    }
    yaml.push_str("roles:\n");
    for (at, role) in model.roles.iter().enumerate() {
        writeln!(yaml, "  r{at}:\n    platforms: [salesforce]\n    within: [d0, d1]").unwrap();
        if let Some(parent) = role.parent {
            writeln!(yaml, "    extends: [r{parent}]").unwrap();
        }
        let also: Vec<_> = role.cells.iter().filter(|(_, of)| !of.is_empty()).collect();
        if !also.is_empty() {
            yaml.push_str("    also:\n");
        }
        for (action, of) in also {
            writeln!(yaml, "      - {{of: [{}], {action}: own}}", of.join(", ")).unwrap();
        }
        writeln!(yaml, "    holds: [{}]", role.holds.join(", ")).unwrap();
    }
    yaml.push_str("duties:\n");
    for (at, duty) in model.duties.iter().enumerate() {
        let mut can: Vec<_> =
            duty.can.iter().map(|(action, of)| format!("{action}: [{}]", of.join(", "))).collect();
        if !duty.hold.is_empty() {
            can.push(format!("hold: [{}]", duty.hold.join(", ")));
        }
        let needs = if duty.all { "all" } else { "any" };
        writeln!(yaml, "  u{at}: {{needs: {needs}, can: {{{}}}}}", can.join(", ")).unwrap();
    }
    yaml.push_str("separate:\n");
    for (at, (duties, same)) in model.separations.iter().enumerate() {
        let names: Vec<_> = duties.iter().map(|duty| format!("u{duty}")).collect();
        writeln!(yaml, "  s{at}: {{duties: [{}], same: {same}}}", names.join(", ")).unwrap();
    }
    yaml.push_str("together:\n");
    for (at, roles) in model.sets.iter().enumerate() {
        let names: Vec<_> = roles.iter().map(|role| format!("r{role}")).collect();
        writeln!(yaml, "  t{at}: [{}]", names.join(", ")).unwrap();
    }
    yaml
}

/// What some roles can do: `action target`, and `hold capability`.
fn powers(model: &Model, roles: &[usize]) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    let mut open = roles.to_vec();
    while let Some(role) = open.pop() {
        let role = &model.roles[role];
        open.extend(role.parent);
        for (action, of) in &role.cells {
            all.extend(of.iter().map(|of| format!("{action} {of}")));
            // The field of the class of its asset comes with the asset.
            if of.contains(&"a0") {
                all.insert(format!("{action} a0.f"));
            }
        }
        all.extend(role.holds.iter().map(|it| format!("hold {it}")));
    }
    // A field counts only with its row.
    let fields: Vec<_> = all.iter().filter(|it| it.ends_with(".f")).cloned().collect();
    for field in fields {
        if !all.contains(field.trim_end_matches(".f")) {
            all.remove(&field);
        }
    }
    all
}

/// The assets on which an action on a target is done.
fn places(powers: &BTreeSet<String>, action: &str, target: &str) -> BTreeSet<&'static str> {
    let mut found = BTreeSet::new();
    for (asset, class, _) in ASSETS {
        let row = powers.contains(&format!("{action} {asset}"));
        let field = powers.contains(&format!("{action} {asset}.f"));
        // Both fields are internal, whatever their assets are.
        let hit = (row && (target == asset || target == class))
            || (field
                && (target == format!("{asset}.f")
                    || target == "internal"
                    || target == "a0" && asset == "a0"));
        if hit {
            found.insert(asset);
        }
    }
    found
}

/// Where a duty is done: assets, and the empty name for what has none. Nothing where it cannot be done.
fn done(powers: &BTreeSet<String>, duty: &Duty) -> BTreeSet<&'static str> {
    let mut items: Vec<BTreeSet<&'static str>> = Vec::new();
    for (action, of) in &duty.can {
        items.extend(of.iter().map(|target| places(powers, action, target)));
    }
    let data: BTreeSet<_> = items.iter().flatten().copied().collect();
    let held: Vec<bool> = duty.hold.iter().map(|it| powers.contains(&format!("hold {it}"))).collect();
    let anywhere = BTreeSet::from([""]);
    if duty.all {
        let complete = items.iter().all(|it| !it.is_empty()) && held.iter().all(|it| *it);
        return match (complete, data.is_empty()) {
            (false, _) => BTreeSet::new(),
            (true, true) => anywhere,
            (true, false) => data,
        };
    }
    if held.contains(&true) { data.union(&anywhere).copied().collect() } else { data }
}

fn meet(same: &str, a: &str, b: &str) -> bool {
    let domain = |asset: &str| ASSETS.iter().find(|(name, ..)| *name == asset).map(|(_, _, domain)| *domain);
    match same {
        _ if a.is_empty() || b.is_empty() => true,
        "asset" => a == b,
        "domain" => domain(a) == domain(b),
        _ => true,
    }
}

fn is_broken(model: &Model, separation: usize, roles: &[usize]) -> bool {
    let (duties, same) = &model.separations[separation];
    let powers = powers(model, roles);
    let done: BTreeMap<usize, _> = duties.iter().map(|it| (*it, done(&powers, &model.duties[*it]))).collect();
    done.iter().any(|(one, here)| {
        done.iter()
            .any(|(other, there)| one < other && here.iter().any(|a| there.iter().any(|b| meet(same, a, b))))
    })
}

fn expected(model: &Model) -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for at in 0..model.separations.len() {
        for role in 0..model.roles.len() {
            if is_broken(model, at, &[role]) {
                all.insert(format!("separate/s{at} r{role}"));
            }
        }
        for (set, roles) in model.sets.iter().enumerate() {
            if is_broken(model, at, roles) && !roles.iter().any(|role| is_broken(model, at, &[*role])) {
                all.insert(format!("separate/s{at} t{set}"));
            }
        }
    }
    all
}

#[test]
fn duties_agree_with_brute_force() {
    let (mut broken, mut kept) = (0, 0);
    for seed in 0..PROJECTS {
        let model = model(seed);
        let yaml = text(&model);
        let found = findings(&yaml, |_| {});
        let family = found.iter().filter(|it| it.id().starts_with("separate/s"));
        let fact = |finding: &ztam_source::finding::Finding| {
            let facts = finding.facts.iter().find(|(key, _)| matches!(*key, "role" | "together"));
            facts.map_or("", |(_, value)| value.as_str()).to_owned()
        };
        let got: BTreeSet<_> = family.map(|it| format!("{} {}", it.id(), fact(it))).collect();
        let want = expected(&model);
        assert_eq!(got, want, "project {seed}\n{yaml}");
        broken += want.len();
        kept += model.separations.len() * (model.roles.len() + model.sets.len()) - want.len();
    }
    assert!(broken > 500 && kept > 500, "{broken} broken, {kept} kept");
}
