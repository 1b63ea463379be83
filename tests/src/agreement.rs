//! The resolver and the naive evaluator agree on thousands of small wild projects, and made-up sound projects hold what
//! they promise. The facts of the platforms are made by hand here: whatever has a binding is known and can express every
//! scope, so that only the semantics of the language are compared.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use xtask::generate::{AS_OF, Params, generate};
use ztam_graph::access::{Access, Holder, Target};
use ztam_graph::facts::{
    ActionNeeds, AssetFacts, Evidence, FieldFacts, PlatformFacts, RowDefault, Securable,
};
use ztam_graph::ids::Names;
use ztam_graph::resolve::resolve;
use ztam_graph::scopes::ScopeWord;
use ztam_model::date::Date;
use ztam_model::lower::{assemble, read_file};
use ztam_model::project::Project;
use ztam_model::shape::ShapeCheck;
use ztam_model::words::Action;
use ztam_source::file::FileId;
use ztam_source::finding::Level;

use crate::naive::{Grant, Matrix, NaiveAccess, Subject, covers, evaluate, prune};

const PLATFORMS: [(&str, &str); 2] = [("dataverse", "Dataverse"), ("salesforce", "Salesforce")];
const WILD_PROJECTS: u64 = 2_000;
const ENVIRONMENTS: [Option<&str>; 5] = [Some("prod"), Some("sandbox"), Some("prod"), Some("sandbox"), None];

type Files = [(String, String)];

/// Reads a project the way the product does; every file must be read without a finding.
fn read(files: &Files) -> Project {
    let shape = ShapeCheck::new(Vec::new());
    let sources = files.iter().filter(|(path, _)| path.ends_with(".yaml"));
    let items = sources.enumerate().map(|(at, (path, text))| {
        let file = FileId(u32::try_from(at).unwrap());
        let items = read_file(file, text, &PLATFORMS.map(|it| it.0), &shape);
        let titles: Vec<_> = items.findings.iter().map(|it| &it.title).collect();
        assert!(items.complete && titles.is_empty(), "{path}: {titles:?}\n{text}");
        Arc::new(items)
    });
    let (project, findings) = assemble(items.collect());
    assert!(findings.is_empty(), "{:?}", findings.iter().map(|it| &it.title).collect::<Vec<_>>());
    project
}

fn facts(names: &Names<'_>, (platform, title): (&'static str, &'static str)) -> PlatformFacts {
    let mut facts = PlatformFacts::empty(platform, title, names);
    facts.emitted = true;
    for (id, name, asset) in names.assets.iter() {
        facts.assets[id] = asset.bindings.get(platform).map(|_| AssetFacts {
            name: name.into(),
            scopes: ScopeWord::mask(Action::ALL),
            default: RowDefault::Unknown,
            external_default: RowDefault::Unknown,
            controlled_by: Vec::new(),
            read_needs: Vec::new(),
            read_needs_unbound: Vec::new(),
            twins: Vec::new(),
            twins_unbound: Vec::new(),
            unlisted: Vec::new(),
            references: Vec::new(),
            needs: ActionNeeds::default(),
            evidence: Evidence::Declared,
        });
    }
    for (id, row) in names.fields.iter_ids() {
        facts.fields[id] = row.field.bindings.get(platform).map(|_| FieldFacts {
            name: row.name.value.as_str().into(),
            securable: Securable::Yes,
            secured: None,
            read_only: false,
            edit_is_create: false,
            evidence: Evidence::Declared,
        });
    }
    facts
}

/// The access of the real resolver, in the words of the naive one.
fn fast(files: &Files, environment: Option<&str>) -> NaiveAccess {
    let project = read(files);
    let names = Names::new(&project);
    let platforms = PLATFORMS.map(|platform| facts(&names, platform)).into();
    let environment = environment.map(|name| names.environments.find(name).expect("both evaluators know it"));
    let access = resolve(names, platforms, environment, Date::parse(AS_OF).unwrap());
    let mut all = NaiveAccess::default();
    for (role, name, _) in access.names.roles.iter() {
        let held = access.names.capabilities.ids().filter(|it| access.holds(Holder::Role(role), *it));
        all.capabilities
            .insert(name.to_owned(), held.map(|it| access.names.capabilities.name(it).to_owned()).collect());
        let assets = access.names.assets.iter().map(|(id, asset, _)| (Target::Rows(id), asset.to_owned()));
        let fields = access.names.fields.ids().map(|id| (Target::Field(id), access.names.field_name(id)));
        for (target, target_name) in assets.chain(fields) {
            add(&access, name, Holder::Role(role), target, &target_name, &mut all);
        }
    }
    for grants in all.grants.values_mut() {
        *grants = prune(std::mem::take(grants));
    }
    all
}

fn add(access: &Access<'_>, role: &str, holder: Holder, target: Target, name: &str, all: &mut NaiveAccess) {
    for grant in access.grants(holder, target) {
        let conditions: Vec<_> =
            access.condition_names(grant.conditions).into_iter().map(str::to_owned).collect();
        let temporaries = grant.temporaries.iter().map(|it| access.names.temporaries.name(*it).to_owned());
        let temporaries: Vec<_> = temporaries.collect();
        for (action, scopes) in grant.scopes.iter() {
            for platform in grant.platforms.iter() {
                let platform = access.platforms[platform].platform.to_owned();
                let subject: Subject = (role.to_owned(), name.to_owned(), action.as_str().to_owned());
                all.grants.entry(subject).or_default().extend(scopes.iter().map(|scope| -> Grant {
                    (platform.clone(), conditions.clone(), temporaries.clone(), scope.as_str().to_owned())
                }));
            }
        }
    }
}

/// What the two say differently, with the sources.
fn difference(files: &Files, fast: &NaiveAccess, naive: &NaiveAccess) -> String {
    let mut text = String::new();
    let subjects: BTreeSet<_> = fast.grants.keys().chain(naive.grants.keys()).collect();
    for subject in subjects {
        let (ours, theirs) = (fast.grants.get(subject), naive.grants.get(subject));
        if ours != theirs {
            text += &format!("{subject:?}\n  resolver: {ours:?}\n  naive:    {theirs:?}\n");
        }
    }
    if fast.capabilities != naive.capabilities {
        text += &format!("resolver: {:?}\nnaive:    {:?}\n", fast.capabilities, naive.capabilities);
    }
    text + &files.iter().map(|(path, text)| format!("# {path}\n{text}")).collect::<String>()
}

/// Features that show in the text of a project, and those that only access shows.
fn features(files: &Files, environment: Option<&str>, access: &NaiveAccess) -> Vec<&'static str> {
    let (narrows, widens) = environment.map_or((false, false), |it| Matrix::read(files).changes(it));
    let text: String = files.iter().map(|(_, text)| text.as_str()).collect();
    let words = [
        ("inheritance", "extends:"),
        ("of", " of:"),
        ("also", "also:"),
        ("abstract", "abstract:"),
        ("named class", "reach: named"),
    ];
    let mut found: Vec<_> =
        words.iter().filter(|(_, word)| text.contains(word)).map(|(feature, _)| *feature).collect();
    let grants = || access.grants.values().flatten();
    let shown = [
        ("condition", grants().any(|it| !it.1.is_empty())),
        ("temporary", grants().any(|it| !it.2.is_empty())),
        (
            "both platforms",
            ["salesforce", "dataverse"].iter().all(|platform| grants().any(|it| it.0 == *platform)),
        ),
        ("field", access.grants.keys().any(|it| it.1.contains('.'))),
        ("narrow", narrows),
        ("widen", widens),
        ("changed by its environment", (narrows || widens) && evaluate(files, None, AS_OF) != *access),
        ("several ways", access.grants.values().any(|it| it.len() > 2)),
    ];
    found.extend(shown.into_iter().filter(|(_, is)| *is).map(|(feature, _)| feature));
    found
}

#[test]
#[expect(clippy::print_stdout, reason = "what the two agreed on is part of the result")]
fn the_resolver_agrees_with_brute_force() {
    let params = Params::wild();
    let mut seen: BTreeMap<&str, u64> = BTreeMap::new();
    let (mut wrong, mut first) = (0, String::new());
    for seed in 0..WILD_PROJECTS {
        let files = generate(&params, seed);
        let environment = ENVIRONMENTS[usize::try_from(seed).unwrap() % ENVIRONMENTS.len()];
        let naive = evaluate(&files, environment, AS_OF);
        let fast = fast(&files, environment);
        if fast != naive {
            wrong += 1;
            if first.is_empty() {
                first = format!(
                    "seed {seed}, environment {environment:?}\n{}",
                    difference(&files, &fast, &naive)
                );
            }
        }
        for feature in features(&files, environment, &naive) {
            *seen.entry(feature).or_default() += 1;
        }
    }
    assert_eq!(wrong, 0, "of {WILD_PROJECTS} projects; the first:\n{first}");
    for (feature, count) in seen {
        let share = count * 100 / WILD_PROJECTS;
        println!("{feature}: {share} %");
        assert!(share >= 30, "only {share} % of the projects have `{feature}`");
    }
}

/// A sound project decides every cell, breaks nothing of its own, opens no field in fewer rows than its asset, does
/// nothing without reading, and keeps its promises: in both environments.
fn sound(params: &Params, seed: u64) {
    let files = generate(params, seed);
    let matrix = Matrix::read(&files);
    assert_eq!(unknown_names(&files), [""; 0], "seed {seed}");
    assert_eq!(matrix.undecided(), [], "seed {seed}");
    for environment in [Some("prod"), Some("sandbox")] {
        let access = matrix.evaluate(environment, AS_OF);
        assert!(access == fast(&files, environment), "seed {seed}, {environment:?}");
        assert!(matrix.broken_nevers(&access).is_empty(), "seed {seed}");
        assert_eq!(matrix.broken_guards(&access), [], "seed {seed}");
        assert_eq!(matrix.narrow_fields(environment, AS_OF), BTreeSet::new(), "seed {seed}");
        for ((role, target, action), grants) in &access.grants {
            let has =
                |needed: &str| access.grants.contains_key(&(role.clone(), target.clone(), needed.to_owned()));
            let needed: &[&str] = match action.as_str() {
                "read" => &[],
                "delete" => &["read", "edit"],
                _ => &["read"],
            };
            assert!(
                needed.iter().all(|it| has(it)),
                "seed {seed}: {role} cannot {needed:?} but {action} {target}"
            );
            let wide = |it: &Grant| access.ways(role, target, "read").any(|read| covers(&read.3, &it.3));
            assert!(grants.iter().all(wide), "seed {seed}: {role} {action} {target} beyond reading");
        }
        for sentence in sentences(&files) {
            assert_ne!(
                matrix.holds(&access, &sentence),
                Some(false),
                "seed {seed}, {environment:?}: {sentence}"
            );
        }
    }
}

/// What the check of names finds and blocks.
fn unknown_names(files: &Files) -> Vec<String> {
    let project = read(files);
    let findings = ztam_graph::names::check(&Names::new(&project), &PLATFORMS.map(|it| it.0));
    let blocking = findings.into_iter().filter(|it| it.level > Level::Advisory);
    blocking.map(|it| format!("{}: {}", it.id(), it.title)).collect()
}

fn sentences(files: &Files) -> Vec<String> {
    let promises = files.iter().filter(|(path, _)| path.starts_with("tests/"));
    promises
        .flat_map(|(_, text)| text.lines())
        .filter_map(|it| it.strip_prefix("    - "))
        .map(str::to_owned)
        .collect()
}

#[test]
fn sound_projects_are_sound() {
    for seed in 0..60 {
        sound(&Params::tiny(), seed);
    }
    sound(&Params::small(), 1);
}
