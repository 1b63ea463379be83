//! How long the stages of a check take, one by one and in one process: reading a project, resolving it, judging it, and of
//! judging the search for ways of escalation with their cuts.

use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use ztam::session::{Session, all_rules};
use ztam::world::World;
use ztam_graph::access::{Access, Holder};
use ztam_graph::escalation::{Goal, Search};
use ztam_graph::ids::Names;
use ztam_model::date::Date;

/// A stage by name, and what measures it.
type Stage = (&'static str, fn(&Run) -> Duration);

/// One run of all stages.
#[derive(Clone, Copy, Debug, Default)]
struct Run {
    read: Duration,
    names: Duration,
    resolve: Duration,
    rules: Duration,
    search: Duration,
}

/// What was counted, the same in every run.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    findings: usize,
    holders: usize,
    ways: usize,
    cuts: usize,
}

/// Measures a project in an environment some times, and says the median of each stage.
///
/// # Errors
/// The project cannot be read, or the environment is not in it.
pub fn measure(
    project: &Path,
    environment: &str,
    as_of: &str,
    times: usize,
) -> Result<String, Box<dyn Error>> {
    let as_of = Date::parse(as_of).ok_or("no day")?;
    let (mut runs, mut counts) = (Vec::new(), Counts::default());
    for _ in 0..times.max(1) {
        let (run, counted) = once(project, environment, as_of)?;
        runs.push(run);
        counts = counted;
    }
    let stages: [Stage; 5] = [
        ("reading and parsing", |it| it.read),
        ("names and inheritance", |it| it.names),
        ("resolving", |it| it.resolve),
        ("all rules", |it| it.rules),
        ("of these, search and cuts", |it| it.search),
    ];
    let mut out = String::from("| stage | ms, median | least | most |\n|---|---|---|---|\n");
    for (stage, of) in stages {
        let mut all: Vec<_> = runs.iter().map(|run| of(run).as_secs_f64() * 1000.0).collect();
        all.sort_by(f64::total_cmp);
        let at = |at: usize| all.get(at).copied().unwrap_or_default();
        let _ =
            writeln!(out, "| {stage} | {:.1} | {:.1} | {:.1} |", at(all.len() / 2), at(0), at(all.len() - 1));
    }
    let Counts { findings, holders, ways, cuts } = counts;
    let _ = writeln!(
        out,
        "\n{findings} findings; {holders} holders with {ways} ways, {cuts} of them with a cut; {times} runs"
    );
    Ok(out)
}

fn once(project: &Path, environment: &str, as_of: Date) -> Result<(Run, Counts), Box<dyn Error>> {
    let world = World::new(as_of, project.to_path_buf());
    let session = Session::new();
    let (loaded, read) = timed(|| session.load(&world, project));
    let loaded = loaded.map_err(|failure| format!("{failure:?}"))?;
    let (compiled, names) = timed(|| session.compile(&loaded));
    let id = Names::new(&loaded.project).environments.find(environment).ok_or("no such environment")?;
    let ((access, ..), resolve) = timed(|| session.resolve(&loaded, Some(id), as_of));
    let (findings, rules) = timed(|| ztam_rules::judge(&access, compiled, &all_rules()));
    let (mut counts, search) = timed(|| search(&access));
    counts.findings = findings.len();
    Ok((Run { read, names, resolve, rules, search }, counts))
}

/// Every way of every role and every set to the whole org and to others' identities, with the smallest cut.
fn search(access: &Access<'_>) -> Counts {
    let mut counts = Counts::default();
    let roles = access.names.roles.ids().filter(|role| !access.is_abstract(*role)).map(Holder::Role);
    let holders: Vec<_> = roles.chain(access.names.together.ids().map(Holder::Together)).collect();
    for platform in 0..access.platforms.len() {
        for goal in [Goal::WholeOrg, Goal::Identities] {
            let Some(search) = Search::new(access, platform, goal) else { continue };
            for holder in &holders {
                let ways = search.witnesses(*holder);
                if !ways.list.is_empty() {
                    counts.holders += 1;
                    counts.ways += ways.list.len();
                    let is_cut = matches!(
                        search.cut(*holder, &ways),
                        ztam_graph::escalation::Cut::Smallest(_) | ztam_graph::escalation::Cut::Found(_)
                    );
                    counts.cuts += usize::from(is_cut);
                }
            }
        }
    }
    counts
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let done = work();
    (done, start.elapsed())
}
