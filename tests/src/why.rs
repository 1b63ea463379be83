//! Every row of a build is explained by lines of the matrix, and the lines are right: without them the row is gone or
//! narrower.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde_json::Value;
use xtask::generate::{Params, generate};
use ztam::exit::Exit;
use ztam::session::{EmitterOf, Loaded, Session};
use ztam::why;
use ztam_backend::plan::{Container, Row};
use ztam_graph::access::Access;
use ztam_graph::ids::Names;
use ztam_model::project::{AlsoCell, Cell, Document};
use ztam_report::why::Reason;
use ztam_source::entries::Entries;
use ztam_source::span::Span;

use crate::project::{AS_OF, OnDisk, date, repository, run, world};
use crate::schemas::mistakes;

/// How many generated projects are tried.
const GENERATED: u64 = 40;

fn load(root: &Path) -> Loaded {
    Session::new().load(&world(root), root).unwrap()
}

fn resolve<'p>(session: &Session, loaded: &'p Loaded, environment: &str) -> (Access<'p>, Vec<EmitterOf<'p>>) {
    let environment = Names::new(&loaded.project).environments.find(environment);
    let (access, emitters, _) = session.resolve(loaded, environment, date(AS_OF));
    (access, emitters)
}

/// Takes cells and held capabilities out of a matrix, by the place of the scope or the entry.
fn without(document: &mut Document, places: &BTreeSet<Span>) {
    macro_rules! clear {
        ($cell:expr) => {
            for scope in [
                &mut $cell.read,
                &mut $cell.create,
                &mut $cell.edit,
                &mut $cell.delete,
                &mut $cell.share,
                &mut $cell.assign,
                &mut $cell.append,
                &mut $cell.append_to,
                &mut $cell.unmask,
            ] {
                if scope.is_some_and(|it| places.contains(&it.span)) {
                    *scope = None;
                }
            }
        };
    }
    let block = |may: &mut Entries<Cell>, also: &mut Vec<AlsoCell>| {
        may.0.iter_mut().for_each(|(_, cell)| clear!(cell));
        also.iter_mut().for_each(|cell| clear!(cell));
    };
    for (_, role) in &mut document.roles.0 {
        block(&mut role.may, &mut role.also);
        role.holds.retain(|it| !places.contains(&it.span));
    }
    for (_, temporary) in &mut document.temporary.0 {
        block(&mut temporary.may, &mut temporary.also);
    }
    for (_, environment) in &mut document.environments.0 {
        environment.changes.iter_mut().for_each(|it| block(&mut it.may, &mut it.also));
    }
}

/// The deciding places of reasons of a right that are of some kinds.
fn deciding(reasons: &[Reason], right: &str, kinds: &[&str]) -> BTreeSet<Span> {
    let wanted = reasons.iter().filter(|it| it.right == right && kinds.contains(&it.kind));
    wanted.filter_map(|it| it.places.first()).map(|(span, _)| *span).collect()
}

/// One environment of a project, with a copy whose lines are taken out in turn.
struct Trial<'p> {
    session: &'p Session,
    environment: &'p str,
    changed: Loaded,
    /// Every so many rows one is tried.
    sample: usize,
    counts: Counts,
}

#[derive(Debug, Default)]
struct Counts {
    rows: usize,
    /// Reasons by platform and kind.
    kinds: BTreeMap<(&'static str, &'static str), usize>,
    /// Rights that were tried without their lines.
    tried: usize,
    /// Lines that were tried without the others of the same right.
    alone: usize,
}

impl Trial<'_> {
    /// Explains every row, and tries some without the lines that are said to give them.
    fn run(&mut self, loaded: &Loaded) {
        let (access, emitters) = resolve(self.session, loaded, self.environment);
        for it in emitters.iter().filter(|it| it.emitted) {
            for container in &it.emitter.plan(&access).containers {
                assert!(!why::head(&access, container).is_empty());
                for row in it.emitter.rows(&access, container) {
                    let reasons = why::row(&access, it, container, &row);
                    self.explained(it.platform, &row, &reasons);
                    if self.counts.rows.is_multiple_of(self.sample) {
                        for right in &row.rights {
                            self.without(&reasons, right, (it.platform, container, &row));
                        }
                    }
                }
            }
        }
    }

    fn explained(&mut self, platform: &'static str, row: &Row, reasons: &[Reason]) {
        self.counts.rows += 1;
        for right in &row.rights {
            assert!(reasons.iter().any(|it| it.right == *right), "{} {right}", row.key);
        }
        for reason in reasons {
            assert!(row.rights.contains(&reason.right), "{} {reason:?}", row.key);
            assert_eq!(reason.places.is_empty(), reason.kind == "everybody", "{} {reason:?}", row.key);
            *self.counts.kinds.entry((platform, reason.kind)).or_default() += 1;
        }
    }

    fn without(&mut self, reasons: &[Reason], right: &str, subject: (&str, &Container, &Row)) {
        let about = format!("{} {} {right} in {}", subject.1.name, subject.2.key, self.environment);
        let fixed = ["everybody", "carried", "member"];
        if reasons.iter().any(|it| it.right == right && fixed.contains(&it.kind)) {
            return;
        }
        let giving = ["gives", "with-row", "repeated", "related", "capability"];
        let all = deciding(reasons, right, &giving);
        let left = self.rights_without(&all, subject);
        assert!(!left.contains(&right), "{about}: stays without {all:?}");
        self.counts.tried += 1;
        let needed = deciding(reasons, right, &["needed"]);
        if !needed.is_empty() {
            let left = self.rights_without(&needed, subject);
            assert!(!left.contains(&right), "{about}: stays without {needed:?}");
        }
        // Where one action gives a right, each of its lines gives it by itself.
        let gives = deciding(reasons, right, &["gives"]);
        let several =
            ["editable", "modifyAllRecords"].contains(&right) || subject.2.kind == "fieldPermissions";
        if gives.len() < 2 || gives.len() < all.len() || !needed.is_empty() || several {
            return;
        }
        for one in &gives {
            let others = gives.iter().filter(|it| *it != one).copied().collect();
            let left = self.rights_without(&others, subject);
            assert!(left.contains(&right), "{about}: not by {one:?}");
            self.counts.alone += 1;
        }
    }

    /// The rights of a row once some lines are gone; none where it is gone too.
    fn rights_without(
        &mut self,
        places: &BTreeSet<Span>,
        (platform, container, row): (&str, &Container, &Row),
    ) -> Vec<&'static str> {
        let whole = self.changed.project.items.clone();
        without(&mut self.changed.project.items, places);
        let rights = {
            let (access, emitters) = resolve(self.session, &self.changed, self.environment);
            let it = emitters.iter().find(|it| it.platform == platform).unwrap();
            let plan = it.emitter.plan(&access);
            let is_same = |it: &&Container| (it.kind, &it.name) == (container.kind, &container.name);
            let same = plan.containers.iter().find(is_same);
            let rows = same.map_or_else(Vec::new, |same| it.emitter.rows(&access, same));
            rows.into_iter().find(|it| (it.kind, &it.key) == (row.kind, &row.key))
        };
        self.changed.project.items = whole;
        rights.map_or_else(Vec::new, |it| it.rights)
    }
}

fn run_all(root: &Path, sample: usize) -> Vec<Counts> {
    let session = Session::new();
    let loaded = load(root);
    let each = loaded.environments().into_iter().map(|environment| {
        let counts = Counts::default();
        let mut trial = Trial { session: &session, environment, changed: load(root), sample, counts };
        trial.run(&loaded);
        trial.counts
    });
    each.collect()
}

fn sum(all: Vec<Counts>) -> Counts {
    all.into_iter().fold(Counts::default(), |mut sum, it| {
        sum.rows += it.rows;
        sum.tried += it.tried;
        sum.alone += it.alone;
        it.kinds.into_iter().for_each(|(kind, count)| *sum.kinds.entry(kind).or_default() += count);
        sum
    })
}

#[test]
fn every_row_of_the_example_has_its_lines_and_none_stays_without_them() {
    let all = sum(run_all(&repository().join("matrices/acme-crm"), 1));
    println!("acme-crm: {all:?}");
    assert!(all.rows > 1000 && all.tried > 1000, "{all:?}");
}

#[test]
fn every_row_of_generated_projects_has_its_lines_and_none_stays_without_them() {
    let counts = (0..GENERATED).flat_map(|seed| {
        let files = generate(&Params::tiny(), seed);
        let disk = OnDisk::new(files.iter().map(|(path, text)| (path.as_str(), text.as_bytes())));
        run_all(disk.path(), 37)
    });
    let all = sum(counts.collect());
    println!("{GENERATED} generated projects: {all:?}");
    assert!(all.tried > 100 && all.alone > 0, "{all:?}");
    let kinds = [("dataverse", "gives"), ("dataverse", "capability"), ("salesforce", "repeated")];
    for kind in kinds {
        assert!(all.kinds.contains_key(&kind), "no {kind:?}: {all:?}");
    }
}

/// The lines of a text that hold a word, from 1.
fn lines(text: &str, word: &str) -> Vec<usize> {
    text.lines().enumerate().filter(|(_, line)| line.contains(word)).map(|(at, _)| at + 1).collect()
}

#[test]
fn a_line_of_a_file_is_answered_in_both_forms() {
    let folder = tempfile::tempdir().unwrap();
    let example = repository().join("matrices/acme-crm");
    let example = example.to_str().unwrap();
    let at = |name: &str| folder.path().join(name);
    let run = |line: &[&str]| run(folder.path(), line);
    let out = format!("json={}", at("answer").display());
    let ask = |place: &str, project: &str| -> (Exit, Value) {
        let exit = run(&["why", "--artifact", place, project, "--output", &out]);
        let answer = serde_json::from_str(&fs::read_to_string(at("answer")).unwrap()).unwrap();
        assert_eq!(mistakes("why", &answer), Vec::<String>::new());
        (exit, answer)
    };
    assert_eq!(run(&["build", example, "--env", "prod", "--out", "out"]), Exit::Clean);
    let loose = fs::read_to_string(at("out/dataverse/solution/Roles/Finance Analyst.xml")).unwrap();
    let row = lines(&loose, "prvReadAccount\"").into_iter().next().unwrap();
    let (exit, unpacked) = ask(&format!("out/dataverse/solution/Roles/Finance Analyst.xml:{row}"), example);
    assert_eq!((exit, &unpacked["rows"][0]["role"]), (Exit::Clean, &Value::from("finance-analyst")));
    assert_eq!(unpacked["rows"][0]["row"]["key"], "prvReadAccount");
    let archive = fs::read_dir(at("out/dataverse")).unwrap().map(|it| it.unwrap().file_name());
    let archive = archive.map(|it| it.into_string().unwrap()).find(|it| it.ends_with(".zip")).unwrap();
    let mut packed = String::new();
    let zip = fs::File::open(at("out/dataverse").join(&archive)).unwrap();
    let mut zip = zip::ZipArchive::new(zip).unwrap();
    std::io::Read::read_to_string(&mut zip.by_name("customizations.xml").unwrap(), &mut packed).unwrap();
    let answers: Vec<Value> = lines(&packed, "prvReadAccount\"")
        .into_iter()
        .map(|row| ask(&format!("out/dataverse/{archive}!customizations.xml:{row}"), example).1)
        .collect();
    assert!(answers.iter().any(|it| it["rows"] == unpacked["rows"]), "the archive answers otherwise");
    // The head of a container, a component of the solution, and a line that grants nothing.
    let (_, head) = ask("out/dataverse/solution/Roles/Finance Analyst.xml:2", example);
    assert_eq!(head["rows"][0]["reasons"][0]["kind"], "role");
    let solution = fs::read_to_string(at("out/dataverse/solution/Other/Solution.xml")).unwrap();
    let component = lines(&solution, "RootComponent ").into_iter().next().unwrap();
    let (_, component) = ask(&format!("out/dataverse/solution/Other/Solution.xml:{component}"), example);
    assert_eq!(component["rows"][0]["reasons"][0]["kind"], "role");
    // Another matrix: the answer is for that one, and says so.
    copy(&repository().join("matrices/acme-crm"), &at("edited"));
    let staff = fs::read_to_string(at("edited/roles/finance.ztam.yaml")).unwrap();
    fs::write(at("edited/roles/finance.ztam.yaml"), format!("{staff}# changed\n")).unwrap();
    let (exit, other) = ask(&format!("out/dataverse/solution/Roles/Finance Analyst.xml:{row}"), "edited");
    assert_eq!((exit, &other["same"]), (Exit::Wider, &Value::from(false)));
    assert_eq!(other["rows"][0]["reasons"], unpacked["rows"][0]["reasons"]);
    // A file that was changed by hand: the matrix gives no such row.
    let forged = loose.replacen("prvReadAccount", "prvReadForged", 1);
    fs::write(at("out/dataverse/solution/Roles/Finance Analyst.xml"), forged).unwrap();
    let (exit, forged) = ask(&format!("out/dataverse/solution/Roles/Finance Analyst.xml:{row}"), example);
    assert_eq!((exit, &forged["rows"][0]["instead"]), (Exit::Wider, &Value::from(Vec::<Value>::new())));
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target)
        } else {
            fs::copy(entry.path(), target).map(|_| ()).unwrap()
        }
    }
}
