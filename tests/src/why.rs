//! Every row of a build is explained by lines of the matrix, and the lines are right: without them the row is gone or
//! narrower.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde_json::Value;
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

use crate::project::{AS_OF, date, repository, run, world};
use crate::schemas::mistakes;

/// Every so many rows one is tried without its lines.
const SAMPLE: usize = 23;

fn load() -> Loaded {
    let root = repository().join("matrices/acme-crm");
    Session::new().load(&world(&root), &root).unwrap()
}

fn resolve<'p>(session: &Session, loaded: &'p Loaded) -> (Access<'p>, Vec<EmitterOf<'p>>) {
    let prod = Names::new(&loaded.project).environments.find("prod");
    let (access, emitters, _) = session.resolve(loaded, prod, date(AS_OF));
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

/// The rights of a row once some lines are gone; none where it is gone too.
fn rights_without(
    session: &Session,
    loaded: &mut Loaded,
    places: &BTreeSet<Span>,
    (platform, container, row): (&str, &Container, &Row),
) -> Vec<&'static str> {
    let whole = loaded.project.items.clone();
    without(&mut loaded.project.items, places);
    let (access, emitters) = resolve(session, loaded);
    let it = emitters.iter().find(|it| it.platform == platform).unwrap();
    let plan = it.emitter.plan(&access);
    let same = plan.containers.iter().find(|it| (it.kind, &it.name) == (container.kind, &container.name));
    let rows = same.map_or_else(Vec::new, |it_is| it.emitter.rows(&access, it_is));
    let rights = rows.into_iter().find(|it| (it.kind, &it.key) == (row.kind, &row.key));
    drop((access, emitters));
    loaded.project.items = whole;
    rights.map_or_else(Vec::new, |it| it.rights)
}

/// The deciding places of reasons of a right that are of some kinds.
fn deciding(reasons: &[Reason], right: &str, kinds: &[&str]) -> BTreeSet<Span> {
    let wanted = reasons.iter().filter(|it| it.right == right && kinds.contains(&it.kind));
    wanted.filter_map(|it| it.places.first()).map(|(span, _)| *span).collect()
}

#[test]
fn every_row_of_the_example_has_its_lines_and_none_stays_without_them() {
    let session = Session::new();
    let (loaded, mut changed) = (load(), load());
    let (access, emitters) = resolve(&session, &loaded);
    let mut kinds: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let (mut rows, mut tried, mut alone) = (0, 0, 0);
    for it in emitters.iter().filter(|it| it.emitted) {
        for container in &it.emitter.plan(&access).containers {
            assert!(!why::head(&access, container).is_empty());
            for row in it.emitter.rows(&access, container) {
                let about = format!("{} {} {}", container.name, row.key, row.rights.join(" "));
                let reasons = why::row(&access, it, container, &row);
                for right in &row.rights {
                    assert!(reasons.iter().any(|it| it.right == *right), "{about}: {right}");
                }
                for reason in &reasons {
                    assert!(row.rights.contains(&reason.right), "{about}");
                    assert_eq!(reason.places.is_empty(), reason.kind == "everybody", "{about}: {reason:?}");
                    *kinds.entry((it.platform, reason.kind)).or_default() += 1;
                }
                rows += 1;
                if rows % SAMPLE > 0 {
                    continue;
                }
                let subject = (it.platform, container, &row);
                for right in row.rights.iter().filter(|right| {
                    !reasons.iter().any(|it| {
                        it.right == **right && ["everybody", "carried", "member"].contains(&it.kind)
                    })
                }) {
                    let giving = ["gives", "with-row", "repeated", "related", "capability"];
                    let all = deciding(&reasons, right, &giving);
                    let left = rights_without(&session, &mut changed, &all, subject);
                    assert!(!left.contains(right), "{about}: {right} stays without {all:?}");
                    tried += 1;
                    let needed = deciding(&reasons, right, &["needed"]);
                    if !needed.is_empty() {
                        let left = rights_without(&session, &mut changed, &needed, subject);
                        assert!(!left.contains(right), "{about}: {right} stays without {needed:?}");
                    }
                    // Each line that gives a right to read gives it by itself.
                    let gives = deciding(&reasons, right, &["gives"]);
                    if gives.len() == all.len() && needed.is_empty() && row.kind != "fieldPermissions" {
                        for one in &gives {
                            let others =
                                gives.iter().filter(|it| *it != one).copied().collect::<BTreeSet<_>>();
                            if !others.is_empty() && *right != "modifyAllRecords" {
                                let left = rights_without(&session, &mut changed, &others, subject);
                                assert!(left.contains(right), "{about}: {right} is not by {one:?}");
                                alone += 1;
                            }
                        }
                    }
                }
            }
        }
    }
    println!("{rows} rows explained by {kinds:?}; {tried} rights tried without, {alone} by one line alone");
    assert!(rows > 1000 && tried > 50 && alone > 0, "{rows} {tried} {alone}");
    for kind in ["gives", "everybody", "capability"] {
        assert!(kinds.contains_key(&("dataverse", kind)), "{kind}");
    }
    for kind in ["gives", "repeated", "needs-it", "with-row", "capability"] {
        assert!(kinds.contains_key(&("salesforce", kind)), "{kind}");
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

fn copy(from: &std::path::Path, to: &std::path::Path) {
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
