//! `ztam plan`: how what is live differs from what a build would emit, role by role; what somebody changed in the matrix
//! apart from what has drifted. Writes nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use clap::Args;
use ztam_backend::Backend;
use ztam_backend::compare::{Built, Origin, Standing, compare};
use ztam_backend::plan::Plan as Planned;
use ztam_backend::read::ReadContainer;
use ztam_backend::removal::Thing;
use ztam_report::json::Tool;
use ztam_report::plan::{
    ComparedPlatform, ContainerPlan, Elsewhere, FORMAT_VERSION, NotCompared, NotComparedReason, Plan,
    PlanDifference, PlanLevel, Verdict,
};
use ztam_report::verification::Package;

use crate::VERSION;
use crate::brief::Known;
use crate::cli::Target;
use crate::commands::{Opened, open};
use crate::exit::{Exit, Failure};
use crate::reporter::Reporter;
use crate::session::{Analysis, BACKENDS};
use crate::settings::{self, Compared, Earlier, Settings};
use crate::sides::{Containers, EarlierSide, Given, Live, manifest_of, set, thing};
use crate::world::World;

/// Arguments of `ztam plan`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// Which project and when.
    #[command(flatten)]
    pub target: Target,
    /// The environment that is compared
    #[arg(long = "env", value_name = "ENV", env = "ZTAM_ENV")]
    pub environment: String,
    /// What is live: a folder of Salesforce metadata in source or metadata format, a Dataverse solution unpacked or as zip, or
    /// the folder of an earlier build; may be given several times
    #[arg(long, required = true, value_name = "PATH", env = "ZTAM_AGAINST", value_delimiter = ';')]
    pub against: Vec<PathBuf>,
    /// The folder of the build that was deployed: tells what was meant to change from what has drifted [default: the one that
    /// is compared with, where that is a build]
    #[arg(long, value_name = "DIR", env = "ZTAM_BUILT")]
    pub built: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments, world: &World, reporter: &Reporter<'_>) -> Result<Exit, Failure> {
    match open(arguments.target.project.as_deref(), world, reporter)? {
        Ok(opened) => plan(&opened, arguments, world, reporter),
        Err(exit) => Ok(exit),
    }
}

fn plan(
    opened: &Opened,
    arguments: &Arguments,
    world: &World,
    reporter: &Reporter<'_>,
) -> Result<Exit, Failure> {
    let as_of = arguments.target.as_of.unwrap_or(world.today);
    let environment = opened.environment(&arguments.environment)?;
    let progress = reporter.progress("making what would be built");
    let analysis = opened.session.analyze(&opened.loaded, &opened.compiled, Some(environment), as_of);
    let plans = analysis.plans();
    let mut findings = analysis.findings.clone();
    findings.extend(plans.iter().flatten().flat_map(|plan| plan.findings.iter().cloned()));
    let exit = Exit::of(&findings);
    if exit != Exit::Clean {
        drop(progress);
        reporter.findings(&findings, &opened.loaded.sources)?;
        reporter.say("nothing was compared: there would be no build\n");
        return Ok(exit);
    }
    let mut known = Known::default();
    let mut all_given = Vec::new();
    for ((backend, plan), emitter) in BACKENDS.iter().zip(&plans).zip(&analysis.emitters) {
        let given = plan.as_ref().map(|it| Given::new(*backend, emitter, &analysis.access, it, &mut known));
        all_given.push(given.transpose()?);
    }
    drop(progress);
    let progress = reporter.progress("reading what is live");
    let mut live = Live::read(world, &arguments.against, &known)?;
    drop(progress);
    let (findings, sources) = live.findings(world)?;
    let exit = Exit::of(findings);
    if exit != Exit::Clean || !reporter.wants_json() {
        reporter.findings(findings, sources)?;
    }
    if exit != Exit::Clean {
        reporter.say("nothing was compared: what was read is not everything\n");
        return Ok(exit);
    }
    let progress = reporter.progress("comparing");
    let earlier = earlier(arguments, world, opened.loaded.name(), &known)?;
    let comparing = Comparing { world, analysis: &analysis, live: &live, earlier: earlier.as_ref() };
    let mut document = document(opened, arguments, &analysis, earlier.as_ref());
    for (at, backend) in BACKENDS.iter().enumerate() {
        if let (Some(Some(plan)), Some(Some(given))) = (plans.get(at), all_given.get(at)) {
            comparing.platform(at, *backend, (plan, given), &mut document)?;
        }
    }
    if !document.platforms.iter().any(|it| it.compared) {
        return Err(Failure::usage("nothing of the platforms of this environment is in what was given")
            .help("give a folder with permission sets, or a Dataverse solution, unpacked or as zip"));
    }
    let document = document.settled();
    drop(progress);
    let fails = document.level > PlanLevel::Change;
    reporter.drawing(|style| document.to_human(style), &document.to_text(), fails)?;
    Ok(if fails { Exit::Wider } else { Exit::Clean })
}

/// The build to ask: the given one, or the one that is compared with.
fn earlier(
    arguments: &Arguments,
    world: &World,
    project: &str,
    known: &Known,
) -> Result<Option<EarlierSide>, Failure> {
    let read = |path: &Path, is_live| {
        EarlierSide::read(world, path, project, &arguments.environment, (is_live, known))
    };
    if let Some(built) = &arguments.built {
        return read(built, false).map(Some);
    }
    let mut builds = Vec::new();
    for path in &arguments.against {
        if manifest_of(world, path)?.is_some() {
            builds.push(path);
        }
    }
    match builds.as_slice() {
        [] => Ok(None),
        [one] => read(one, true).map(Some),
        _ => Err(Failure::usage("several builds are given, and what is live is one of them at most")
            .help("give one of them as `--against`")),
    }
}

fn document(
    opened: &Opened,
    arguments: &Arguments,
    analysis: &Analysis<'_>,
    earlier: Option<&EarlierSide>,
) -> Plan {
    Plan {
        format_version: FORMAT_VERSION,
        tool: Tool::ztam(VERSION),
        project: opened.loaded.name().to_owned(),
        environment: arguments.environment.clone(),
        as_of: analysis.access.as_of.to_string(),
        against: arguments.against.iter().map(|it| it.display().to_string()).collect(),
        built: earlier.map(|it| Package::of(&it.manifest)),
        level: PlanLevel::Same,
        platforms: Vec::new(),
        containers: Vec::new(),
        elsewhere: Vec::new(),
        not_compared: Vec::new(),
        files_changed: earlier.map(|it| it.files_changed.clone()).unwrap_or_default(),
    }
}

/// What is compared.
struct Comparing<'a, 'p> {
    world: &'a World,
    analysis: &'a Analysis<'p>,
    live: &'a Live,
    earlier: Option<&'a EarlierSide>,
}

impl<'a> Comparing<'a, '_> {
    fn platform(
        &self,
        at: usize,
        backend: &'static dyn Backend,
        (plan, given): (&Planned, &Given<'_>),
        document: &mut Plan,
    ) -> Result<(), Failure> {
        let Some(emitter) = self.analysis.emitters.get(at) else { return Ok(()) };
        let wanted = &given.containers;
        let is_built = self.earlier.is_some_and(|it| it.is_live_for(backend));
        let compared = self.live.has(backend) || is_built;
        document.platforms.push(ComparedPlatform {
            platform: backend.platform().to_owned(),
            title: backend.title().to_owned(),
            compared,
            containers: wanted.len(),
            settings: 0,
        });
        if !compared {
            return Ok(());
        }
        self.settings(backend, set(backend, emitter, &self.analysis.access, plan)?, document)?;
        let roles = self.roles(backend, plan);
        let pairs = Pairs::new(backend, wanted, self.live.of(backend), |key| self.built(backend, key));
        let sides = pairs.pairs.into_iter().map(|(key, matrix, live)| {
            let built = self.built(backend, &key);
            Sides { role: roles.get(&key).cloned(), matrix, live, built }
        });
        let (short, long): (Vec<_>, Vec<_>) = sides.partition(Sides::is_told_in_short);
        document.containers.extend(short.into_iter().filter_map(|it| container(backend, it)));
        let mut rest = long.as_slice();
        while !rest.is_empty() {
            let mut rows = 0;
            let fits = |it: &&Sides<'_>| {
                rows += it.row_count();
                rows <= MOST_ROWS
            };
            let (some, later) = rest.split_at(rest.iter().take_while(fits).count().max(1));
            self.wholes(backend, given, some, document)?;
            rest = later;
        }
        document.elsewhere.extend(pairs.elsewhere.into_iter().map(|it| Elsewhere {
            platform: backend.platform().to_owned(),
            kind: it.kind.to_owned(),
            name: it.name.clone(),
            id: it.id.clone(),
            rows: it.row_count(),
            unknown: unknown(it),
        }));
        Ok(())
    }

    /// Compares containers with all of their rows.
    fn wholes(
        &self,
        backend: &dyn Backend,
        given: &Given<'_>,
        sides: &[Sides<'_>],
        document: &mut Plan,
    ) -> Result<(), Failure> {
        let matrix = given.wholes(&sides.iter().filter_map(|it| it.matrix).collect::<Vec<_>>())?;
        let live: Vec<_> = sides.iter().filter_map(|it| it.live).collect();
        let live = self.live.wholes(self.world, backend, &live)?;
        let built: Vec<_> = sides.iter().filter_map(Sides::built).collect();
        let earlier = self.earlier.map(|it| it.wholes(self.world, backend, &built)).transpose()?;
        let earlier = earlier.unwrap_or_default();
        for it in sides {
            let whole = Sides {
                role: it.role.clone(),
                matrix: it.matrix.map(|it| matrix.of(it)).transpose()?,
                live: it.live.map(|it| live.of(it)).transpose()?,
                built: match it.built {
                    Built::Known(Some(it)) => Built::Known(Some(earlier.of(it)?)),
                    other => other,
                },
            };
            document.containers.extend(container(backend, whole));
        }
        Ok(())
    }

    /// What the package sets besides, and what cannot be compared.
    fn settings(&self, backend: &dyn Backend, wanted: Settings, document: &mut Plan) -> Result<(), Failure> {
        let platform = backend.platform();
        let not_compared = |what, reason| NotCompared { platform: platform.to_owned(), what, reason };
        let holders = not_compared("assignments".to_owned(), NotComparedReason::InNoPackage);
        document.not_compared.push(holders);
        if wanted.is_empty() {
            return Ok(());
        }
        let live = self.live.settings(self.world, backend)?;
        let earlier = self.earlier.and_then(|it| it.settings_of(backend));
        let earlier = earlier.map_or(Earlier::NotAsked, Earlier::Known);
        let compared = settings::compare(backend, &wanted, &live, earlier);
        if let Some(it) = document.platforms.last_mut() {
            it.settings = compared.len();
        }
        for it in compared {
            let missing = it.not_said.iter().map(|setting| format!("{} of {}", setting.words(), it.object));
            let missing = missing.map(|what| not_compared(what, NotComparedReason::NotGiven));
            document.not_compared.extend(missing.collect::<Vec<_>>());
            document.containers.extend(settings_of_object(backend, it));
        }
        Ok(())
    }

    fn built(&self, backend: &dyn Backend, key: &str) -> Built<'a> {
        self.earlier.map_or(Built::NotAsked, |it| it.of(backend, key))
    }

    /// The role of each planned container, by its key.
    fn roles(&self, backend: &dyn Backend, plan: &Planned) -> BTreeMap<String, String> {
        let names = &self.analysis.access.names.roles;
        let entry = |it: &ztam_backend::plan::Container| {
            let thing = Thing { kind: it.kind.to_owned(), name: it.name.clone(), id: it.id.clone() };
            Some((backend.key(&thing)?, names.name(it.role).to_owned()))
        };
        plan.containers.iter().filter_map(entry).collect()
    }
}

/// Most rows of the matrix and of what is live that are held at once, where they differ.
const MOST_ROWS: usize = 1_000_000;

/// A container of the matrix, of what is live, and of the earlier build.
struct Sides<'a> {
    role: Option<String>,
    matrix: Option<&'a ReadContainer>,
    live: Option<&'a ReadContainer>,
    built: Built<'a>,
}

impl<'a> Sides<'a> {
    fn built(&self) -> Option<&'a ReadContainer> {
        match self.built {
            Built::Known(it) => it,
            Built::NotAsked | Built::Changed => None,
        }
    }

    /// Whether no row has to be read for it: nothing was left out, or no row differs, whatever the earlier build says.
    fn is_told_in_short(&self) -> bool {
        let is_same = self.matrix.zip(self.live).is_some_and(|(matrix, live)| matrix.has_rows_of(live));
        let all = [self.matrix, self.live, self.built()];
        is_same || all.into_iter().flatten().all(|it| it.brief.is_none())
    }

    fn row_count(&self) -> usize {
        [self.matrix, self.live, self.built()].into_iter().flatten().map(ReadContainer::row_count).sum()
    }
}

/// How the settings of an object differ; `None` where they do not.
fn settings_of_object(backend: &dyn Backend, found: Compared) -> Option<ContainerPlan> {
    let origin = found.differences.iter().map(|it| it.origin).min()?;
    Some(ContainerPlan {
        platform: backend.platform().to_owned(),
        role: None,
        kind: backend.words().object_key.to_owned(),
        name: found.object,
        id: None,
        verdict: Verdict::Change,
        origin: origin.into(),
        wider: found.differences.iter().any(|it| it.is_wider),
        unknown: Vec::new(),
        differences: found.differences.into_iter().map(PlanDifference::new).collect(),
    })
}

/// Containers that belong together: what the matrix gives and what is live.
struct Pairs<'a> {
    /// With the key of the matrix, or of what only is live.
    pairs: Vec<(String, Option<&'a ReadContainer>, Option<&'a ReadContainer>)>,
    /// What is live and not ours.
    elsewhere: Vec<&'a ReadContainer>,
}

impl<'a> Pairs<'a> {
    fn new(
        backend: &dyn Backend,
        wanted: &'a Containers,
        live: Vec<&'a ReadContainer>,
        built: impl Fn(&str) -> Built<'a>,
    ) -> Self {
        let mut out = Self { pairs: Vec::new(), elsewhere: Vec::new() };
        let mut found: BTreeSet<String> = BTreeSet::new();
        for it in live {
            let key = backend.key(&thing(it));
            match key {
                Some(key) if wanted.contains_key(&key) => {
                    out.pairs.push((key.clone(), wanted.get(&key), Some(it)));
                    found.insert(key);
                }
                Some(key) if matches!(built(&key), Built::Known(Some(_))) || is_marked(backend, it) => {
                    out.pairs.push((key, None, Some(it)));
                }
                _ => out.elsewhere.push(it),
            }
        }
        let missing: Vec<_> = wanted.iter().filter(|(key, _)| !found.contains(*key)).collect();
        for (key, matrix) in &missing {
            let live = out.moved(matrix, &missing);
            out.elsewhere.retain(|it| live.is_none_or(|live| !std::ptr::eq(*it, live)));
            out.pairs.push(((*key).clone(), Some(matrix), live));
        }
        out
    }

    /// A container that is not live under its key and is under another: of the same name, or with the same rows where only
    /// one of ours and one of theirs has them.
    fn moved(
        &self,
        matrix: &ReadContainer,
        missing: &[(&String, &ReadContainer)],
    ) -> Option<&'a ReadContainer> {
        let alike: Vec<_> = self.elsewhere.iter().filter(|it| it.kind == matrix.kind).collect();
        if let Some(named) = alike.iter().find(|it| it.name.to_lowercase() == matrix.name.to_lowercase()) {
            return Some(**named);
        }
        let is_unique = missing.iter().filter(|(_, it)| same_rows(it, matrix)).count() == 1;
        match alike.iter().filter(|it| same_rows(it, matrix)).collect::<Vec<_>>().as_slice() {
            [one] if is_unique && matrix.row_count() > 0 => Some(***one),
            _ => None,
        }
    }
}

fn is_marked(backend: &dyn Backend, it: &ReadContainer) -> bool {
    backend.standing(it.kind) == Standing::Marked
}

fn same_rows(a: &ReadContainer, b: &ReadContainer) -> bool {
    a.kind == b.kind && a.has_rows_of(b)
}

fn unknown(it: &ReadContainer) -> Vec<String> {
    let names: BTreeSet<_> = it.unknown.iter().map(|it| it.name.clone()).collect();
    names.into_iter().collect()
}

/// How a container differs; `None` where it does not.
fn container(backend: &dyn Backend, sides: Sides<'_>) -> Option<ContainerPlan> {
    let Sides { role, matrix, live, built } = sides;
    let shown = matrix.or(live)?;
    let found = compare(backend, matrix, live, built);
    let mut unknown = live.map(unknown).unwrap_or_default();
    unknown.retain(|name| {
        let same = live
            .zip(matrix)
            .and_then(|(live, matrix)| Some((live.verbatim_of(name)?, matrix.verbatim_of(name)?)));
        same.is_none_or(|(live, matrix)| live != matrix)
    });
    let verdict = match (matrix, live) {
        (Some(_), None) => Verdict::Add,
        (None, _) => Verdict::Remove,
        (Some(_), Some(_)) => Verdict::Change,
    };
    if verdict == Verdict::Change && found.is_empty() && unknown.is_empty() {
        return None;
    }
    let of_itself = match (verdict, built) {
        (_, Built::NotAsked) => Origin::NotKnown,
        (Verdict::Add, Built::Known(None)) | (Verdict::Remove, Built::Known(Some(_))) => Origin::Change,
        (Verdict::Change, _) if unknown.is_empty() => {
            found.iter().map(|it| it.origin).min().unwrap_or(Origin::Drift)
        }
        _ => Origin::Drift,
    };
    Some(ContainerPlan {
        platform: backend.platform().to_owned(),
        role,
        kind: shown.kind.to_owned(),
        name: shown.name.clone(),
        id: shown.id.clone(),
        verdict,
        origin: of_itself.into(),
        wider: found.iter().any(|it| it.is_wider),
        unknown,
        differences: found.into_iter().map(PlanDifference::new).collect(),
    })
}
