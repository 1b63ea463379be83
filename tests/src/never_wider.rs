//! What is emitted is never wider than the matrix: thousands of made-up projects are built, their files are read by a model
//! of the platforms that shares nothing with the product, and what the files give is held against what a second evaluator
//! says the cells give. Where the platform would give more, the build must be refused.

mod build;
mod cells;
mod faults;
mod judge;
mod vary;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use xtask::generate::AS_OF;

use build::{Built, Product};
use judge::{Case, Kind, Verdict};

const PROJECTS: u64 = 10_000;
const ENVIRONMENTS: [&str; 2] = ["prod", "sandbox"];

/// How many projects: `ZTAM_PROJECTS` says otherwise, for a quick look or a long night.
fn projects() -> u64 {
    std::env::var("ZTAM_PROJECTS").ok().and_then(|it| it.parse().ok()).unwrap_or(PROJECTS)
}

/// The refusals that keep a kind of excess from being emitted.
fn refusals(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Unprotected => &["emit/column-not-secured", "mapping/field-not-securable"],
        // A detail that says sharing of its own is refused before anybody asks what the sharing opens.
        Kind::Public => &["mapping/scope-not-enforced", "mapping/binding"],
        Kind::Rows | Kind::Field | Kind::Right => &[],
    }
}

/// What all projects showed.
#[derive(Default)]
struct Tally {
    projects: u64,
    /// Projects with at least one cell beyond what the cells say, all refused, by kind.
    refused: BTreeMap<Kind, u64>,
    /// Projects that the product would build.
    buildable: u64,
    blocking: BTreeMap<String, u64>,
    exact: BTreeMap<&'static str, (u64, u64)>,
    features: BTreeMap<&'static str, u64>,
    less: BTreeMap<(&'static str, &'static str), u64>,
    /// Cells by platform and verdict, and exact ones that were compared with what the files give.
    verdicts: BTreeMap<(&'static str, String), u64>,
    compared: BTreeMap<&'static str, u64>,
    wrong: BTreeMap<String, (u64, String)>,
}

impl Tally {
    fn add(&mut self, seed: u64, built: &Built, verdict: &Verdict, features: &[&'static str]) {
        self.projects += 1;
        let ids: BTreeSet<&str> = built.blocking.iter().map(|(id, _)| id.as_str()).collect();
        self.buildable += u64::from(ids.is_empty());
        ids.iter().for_each(|id| *self.blocking.entry((*id).to_owned()).or_default() += 1);
        let mut refused = BTreeSet::new();
        for wider in &verdict.wider {
            if refusals(wider.kind).iter().any(|id| ids.contains(id)) {
                refused.insert(wider.kind);
            } else {
                self.wrong(format!("wider: {:?} of {}", wider.kind, wider.holder), seed, &wider.text);
            }
        }
        refused.into_iter().for_each(|kind| *self.refused.entry(kind).or_default() += 1);
        for text in &verdict.untold {
            // Instead of granting less, the build is refused and says why.
            if text.contains(" on dataverse:") && ids.contains("mapping/shared-privilege") {
                continue;
            }
            let words: Vec<_> = text.split(' ').collect();
            let what = format!("narrower without a word: {} on {}", words[1], words[4].trim_end_matches(':'));
            self.wrong(what, seed, text);
        }
        for (platform, (exact, less)) in &verdict.exact {
            let total = self.exact.entry(platform).or_default();
            (total.0, total.1) = (total.0 + exact, total.1 + less);
        }
        for (platform, fidelity) in &built.fidelity {
            for text in &fidelity.wrong {
                self.wrong(format!("cells on {platform} that are not told once"), seed, text);
            }
            for verdict in fidelity.cells.values() {
                *self.verdicts.entry((platform, cells::words(*verdict))).or_default() += 1;
            }
        }
        for text in &verdict.inexact {
            self.wrong("said to be exact and is not".to_owned(), seed, text);
        }
        for (platform, count) in &verdict.compared {
            *self.compared.entry(platform).or_default() += count;
        }
        features.iter().for_each(|it| *self.features.entry(it).or_default() += 1);
        for it in built.less.iter() {
            *self.less.entry((it.platform, it.reason)).or_default() += 1;
        }
    }

    fn wrong(&mut self, what: String, seed: u64, text: &str) {
        let entry = self.wrong.entry(what).or_insert_with(|| (0, format!("seed {seed}: {text}")));
        entry.0 += 1;
    }
}

/// Features of a project, as they show in access and in files.
fn features(files: &[(String, String)], case: &Case, built: &Built) -> Vec<&'static str> {
    let text: String = files.iter().map(|(_, text)| text.as_str()).collect();
    let grants = || case.access.grants.values().flatten();
    let containers = &built.emission.containers;
    let secured =
        case.facts.tables.values().any(|it| it.columns.values().any(|name| it.secured.contains(name)));
    let seen = [
        ("inheritance", text.contains("extends:")),
        ("also", text.contains("also:")),
        ("of", text.contains(" of:")),
        ("condition", grants().any(|it| !it.1.is_empty())),
        ("temporary", grants().any(|it| !it.2.is_empty())),
        ("both platforms", judge::platforms().iter().all(|platform| grants().any(|it| it.0 == *platform))),
        ("secured column", secured),
        ("column profile", containers.iter().any(|it| it.kind == "FieldSecurityProfile")),
        ("team role", containers.iter().any(|it| it.is_for_teams)),
        ("view all", built.emission.salesforce.values().any(|it| it.contains("<viewAllRecords>true"))),
        ("together set", text.contains("together:")),
        ("changed environment", text.contains("changes:")),
    ];
    seen.into_iter().filter(|(_, is)| *is).map(|(feature, _)| feature).collect()
}

fn run(product: &Product, next: &AtomicU64, tally: &Mutex<Tally>) {
    loop {
        let seed = next.fetch_add(1, Ordering::Relaxed);
        if seed >= projects() {
            return;
        }
        let files = vary::project(seed);
        let environment = ENVIRONMENTS[usize::try_from(seed / 4 % 2).unwrap()];
        let built = product.build(&files, environment, AS_OF);
        let case = Case::new(&files, environment, AS_OF);
        let verdict = case.judge(&built.emission, &built.less, &built.fidelity);
        let features = features(&files, &case, &built);
        tally.lock().unwrap().add(seed, &built, &verdict, &features);
    }
}

#[test]
fn nothing_emitted_is_wider_than_the_matrix() {
    let product = Product::new();
    let (next, tally) = (AtomicU64::new(0), Mutex::new(Tally::default()));
    let threads = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| run(&product, &next, &tally));
        }
    });
    let tally = tally.into_inner().unwrap();
    report(&tally);
    for (what, (count, first)) in &tally.wrong {
        println!("{what}: {count}; the first: {first}");
    }
    assert!(tally.wrong.is_empty(), "{} kinds of disagreement", tally.wrong.len());
    assert_eq!(tally.projects, projects());
    for (platform, (exact, less)) in &tally.exact {
        assert!(*exact * 100 >= (exact + less) * 50, "{platform}: too few cells came through exactly");
    }
    for platform in judge::platforms() {
        assert!(tally.compared.get(platform) > Some(&(10 * projects())), "{platform}: too few exact cells");
    }
    for (feature, count) in &tally.features {
        assert!(count * 100 >= tally.projects * 30, "too few projects have `{feature}`");
    }
    for kind in [Kind::Unprotected, Kind::Public] {
        assert!(tally.refused.contains_key(&kind), "no project shows that {kind:?} is refused");
    }
}

fn report(tally: &Tally) {
    println!("{} projects, {} of them buildable", tally.projects, tally.buildable);
    for (kind, count) in &tally.refused {
        println!("refused for what the platform would give besides, {kind:?}: {count}");
    }
    for (platform, (exact, less)) in &tally.exact {
        let share = *exact as f64 * 100.0 / (exact + less).max(1) as f64;
        println!("{platform}: {exact} cells exact, {less} granted less and said so: {share:.1} % exact");
    }
    for ((platform, verdict), count) in &tally.verdicts {
        println!("verdict on {platform}, {verdict}: {count}");
    }
    for (platform, count) in &tally.compared {
        println!("{platform}: {count} cells said to be exact, all of them as the files give them");
    }
    for (feature, count) in &tally.features {
        println!("{feature}: {} %", count * 100 / tally.projects);
    }
    for ((platform, reason), count) in &tally.less {
        println!("less on {platform}, {reason}: {count}");
    }
    for (id, count) in &tally.blocking {
        println!("blocked by {id}: {count}");
    }
}

/// Two roles of one person: one edits a field of rows that it edits, the other creates rows without the field. Editable
/// would let the person create the field.
const TOGETHER: &str = r#"
ztam: 1
project: together
classes: [{id: internal}, {id: confidential}]
domains: {sales: {title: Sales}}
assets:
  deal:
    class: internal
    domains: [sales]
    salesforce: {object: Deal__c, custom: true, sharing: private, external-sharing: private}
    fields: {margin: {class: confidential, salesforce: Margin__c}}
roles:
  editor:
    purpose: Edits
    owner: o@acme.example
    platforms: [salesforce]
    within: [sales]
    may: {internal: {read: own, edit: own}, confidential: {read: own, edit: own}}
  maker:
    purpose: Creates
    owner: o@acme.example
    platforms: [salesforce]
    within: [sales]
    may: {internal: {read: own, create: own}}
together: {both: [editor, maker]}
environments: {prod: {salesforce: {api-version: "66.0"}}}
"#;

#[test]
fn editable_counts_what_one_person_may_hold_besides() {
    let is_editable = |text: &str| {
        let files = [("ztam.yaml".to_owned(), text.to_owned())];
        let built = Product::new().build(&files, "prod", AS_OF);
        let verdict = Case::new(&files, "prod", AS_OF).judge(&built.emission, &built.less, &built.fidelity);
        assert!(verdict.wider.is_empty() && verdict.untold.is_empty(), "{verdict:#?}");
        built.emission.salesforce.values().any(|it| it.contains("<editable>true"))
    };
    assert!(!is_editable(TOGETHER));
    assert!(is_editable(&TOGETHER.replace("together: {both: [editor, maker]}", "")));
}
