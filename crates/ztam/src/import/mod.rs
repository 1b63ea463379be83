//! Importing: an org's containers become files of a project that builds them again, and a build in memory proves it before
//! anything is written.
//!
//! What the project has already is left as it is: a role whose binding names a container stands for that container, so a
//! second import over the same files finds everything and changes nothing.

mod beneath;
mod described;
mod estate;
mod extend;
mod generalize;
mod grow;
mod ids;
mod place;
mod project;
mod proof;
mod report;
mod settle;
mod stored;
mod text;
mod told;
mod untouched;
mod vocabulary;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use ztam_backend::Backend;
use ztam_backend::artifact::{Artifact, Body};
use ztam_backend::import::{ContainerKey, Imported, Request, Unsayable, Withholding};
use ztam_backend::read::{Input, Package, Reading};
use ztam_backend::rules::DUPLICATE_CONTAINER;
use ztam_graph::ids::Names;
use ztam_model::date::Date;
use ztam_model::inventory::{InventoryContainer, PlatformInventory};
use ztam_report::estate::Estate;
use ztam_report::generalized::Generalized;
use ztam_report::import::Import;
use ztam_source::file::{FileId, SourceMap};
use ztam_source::finding::{Finding, Level};

use self::beneath::Floor;
use self::described::Described;
use self::generalize::General;
use self::grow::Grown;
use self::project::Project;
use self::proof::Proof;
use self::untouched::Touched;
use crate::exit::{Exit, Failure};
use crate::files::{self, FileKind, SourceBytes};
use crate::intake::{Want, intake, layout};
use crate::session::{BACKENDS, Loaded, Session, prevents_graph};
use crate::world::World;

/// What is imported, and where to.
#[derive(Clone, Debug)]
pub struct Order {
    /// The platform's key in the matrix.
    pub platform: String,
    /// Files, folders and archives to read.
    pub paths: Vec<PathBuf>,
    /// Folder of the project; without a manifest in it, a project is begun there.
    pub into: PathBuf,
    /// The environment that the imported roles are built for.
    pub environment: String,
    /// The day to build for.
    pub as_of: Date,
    /// Whether class cells and domains are written where they give exactly the same.
    pub generalize: bool,
}

/// What came of an import.
#[derive(Debug)]
pub struct Outcome {
    /// How the run ends.
    pub exit: Exit,
    /// What was done; absent where nothing could be imported.
    pub report: Option<Import>,
    /// What is wrong with the files that were read, or with the project.
    pub findings: Vec<Finding>,
    /// What the findings speak of.
    pub sources: SourceMap,
}

/// Imports. Nothing of the project is overwritten; files of the project are added to where the language asks for it.
///
/// # Errors
/// Files cannot be read or written, or there is no such platform.
pub fn import(world: &World, order: &Order) -> Result<Outcome, Failure> {
    let backend = BACKENDS.iter().copied().find(|it| it.platform() == order.platform);
    let backend =
        backend.ok_or_else(|| Failure::usage(format!("there is no platform `{}`", order.platform)))?;
    let mut sources = SourceMap::default();
    let Read { mut reading, beneath, described } = read(world, backend, &order.paths, &mut sources)?;
    if reading.findings.iter().any(blocks) {
        return Ok(Outcome { exit: Exit::Blocking, report: None, findings: reading.findings, sources });
    }
    if reading.package.containers.is_empty() {
        return Err(nothing(backend));
    }
    let session = Session::new();
    let mut project = Project::open(world, &session, &order.into)?;
    let compiled = session.compile(&project.loaded);
    if compiled.iter().any(prevents_graph) {
        let sources = project.loaded.sources;
        return Ok(Outcome { exit: Exit::of(&compiled), report: None, findings: compiled, sources });
    }
    let described = Described::join(world, backend, &mut project, described)?;
    let contradictions = described.as_ref().map_or(&[][..], |it| &it.contradictions).to_vec();
    if !contradictions.is_empty() {
        let (exit, sources) = (Exit::of(&contradictions), project.loaded.sources);
        return Ok(Outcome { exit, report: None, findings: contradictions, sources });
    }
    let importer = Importer { world, order, backend, session: &session, project: &project };
    let imported = importer.words(&reading.package, &Unsayable::new(), &Withholding::new())?;
    refuse_duplicates(&mut reading.findings, &imported);
    if imported.is_empty() {
        return Err(nothing(backend));
    }
    reading.findings.extend(imported.findings.iter().cloned());
    if reading.findings.iter().any(blocks) {
        return Ok(Outcome { exit: Exit::Blocking, report: None, findings: reading.findings, sources });
    }
    let imported = Imported { findings: Vec::new(), ..imported };
    let package = &reading.package;
    let floor = Floor::prepare(world, &project, backend, beneath)?;
    let (draft, estate) = rayon::join(|| importer.carry_out(package, imported), || importer.estate(package));
    let (draft, generalized) = draft?;
    let mut report = draft.report(order, package, estate);
    report.generalized = generalized;
    let inventories = described.iter().map(|it| it.stored.file());
    let inventories = inventories.chain(floor.iter().map(|it| it.stored.file()));
    let files = draft.created.iter().chain(draft.grown.files()).chain(inventories);
    report.written = project.write(world, files)?;
    report.described = described.map(|it| it.told);
    report.beneath = floor.map(|it| it.told);
    let blocking: Vec<Finding> =
        draft.findings.iter().filter(|it| blocks(it) && it.waived_by.is_none()).cloned().collect();
    if !blocking.is_empty() {
        let exit = Exit::of(&blocking).max(if report.holds() { Exit::Clean } else { Exit::Wider });
        return Ok(Outcome { exit, report: Some(report), findings: blocking, sources: draft.loaded.sources });
    }
    let exit = if report.holds() { Exit::Clean } else { Exit::Wider };
    Ok(Outcome { exit, report: Some(report), findings: reading.findings, sources })
}

fn nothing(backend: &dyn Backend) -> Failure {
    Failure::usage(format!("there is nothing of {} to import in what was given", backend.title()))
        .help("give the folders that hold the metadata")
}

fn blocks(finding: &Finding) -> bool {
    finding.level >= Level::Blocking
}

/// Two containers of a name cannot both be imported, where they are imported at all.
fn refuse_duplicates(findings: &mut [Finding], imported: &Imported) {
    for finding in findings.iter_mut().filter(|it| it.rule.id == DUPLICATE_CONTAINER.id) {
        let fact =
            |key: &str| finding.facts.iter().find(|(it, _)| *it == key).map(|(_, value)| value.as_str());
        let is_it = |key: &ContainerKey| Some(key.0) == fact("kind") && Some(key.1.as_str()) == fact("name");
        if !imported.aside.iter().any(|(key, _)| is_it(key)) {
            finding.level = Level::Blocking;
            finding.helps = vec!["give the folders of one package at a time".to_owned()];
        }
    }
}

/// What is given, as read.
struct Read {
    reading: Reading,
    /// Containers that lie beneath roles.
    beneath: Vec<InventoryContainer>,
    /// Objects and fields.
    described: PlatformInventory,
}

/// Reads what is given.
fn read(
    world: &World,
    backend: &dyn Backend,
    paths: &[PathBuf],
    sources: &mut SourceMap,
) -> Result<Read, Failure> {
    let taken = intake(world, paths, &|_| Want::Bytes, sources)?;
    let mut reading = backend.read(&taken.inputs());
    let beneath = beneath::found(backend, &taken, &reading);
    let laid_out = layout(world, backend, paths, &taken);
    let described = described::found(backend, &taken, &mut reading);
    reading.findings.splice(0..0, taken.findings.iter().cloned().chain(laid_out));
    // Whether two of a name matter shows when it is known what is imported.
    for finding in reading.findings.iter_mut().filter(|it| it.rule.id == DUPLICATE_CONTAINER.id) {
        finding.level = finding.level.min(Level::Advisory);
    }
    taken.show(&reading.findings, sources);
    Ok(Read { reading, beneath, described })
}

struct Importer<'a> {
    world: &'a World,
    order: &'a Order,
    backend: &'a dyn Backend,
    session: &'a Session,
    project: &'a Project,
}

/// An import that was tried in memory.
struct Draft {
    imported: Imported,
    proof: Proof,
    /// Files that are new.
    created: Vec<SourceBytes>,
    /// Files of the project with something added.
    grown: Grown,
    /// What the roles of the project have otherwise.
    touched: Touched,
    /// What the project has against it.
    findings: Vec<Finding>,
    /// The project with them.
    loaded: Loaded,
}

impl Importer<'_> {
    /// Tries and proves; with class cells, where somebody wants them.
    fn carry_out(
        &self,
        package: &Package,
        imported: Imported,
    ) -> Result<(Draft, Option<Generalized>), Failure> {
        let exact = self.settle(package, imported)?;
        self.generalize(package, exact)
    }

    /// The same with class cells and domains, where somebody wants it and it gives exactly the same.
    fn generalize(&self, package: &Package, exact: Draft) -> Result<(Draft, Option<Generalized>), Failure> {
        if !self.order.generalize {
            return Ok((exact, None));
        }
        let names = Names::new(&self.project.loaded.project);
        let taken: BTreeSet<&str> = names.domains.names().collect();
        let general = generalize::generalize(&exact.imported, &taken);
        let imported = exact.imported.clone();
        let (general, lines_before) = (general.as_ref(), exact.lines());
        let told = told::Told { names: &names, imported: &imported, general, lines_before };
        let Some(it) = general else {
            let told = told.report(&exact, None);
            return Ok((exact, Some(told)));
        };
        let spoken_of = self.project.exists.then(|| generalize::spoken_of(&self.project.files)).flatten();
        if spoken_of.is_some() {
            let told = told.report(&exact, spoken_of);
            return Ok((exact, Some(told)));
        }
        let (grown, _) = self.grow(&exact.imported);
        let draft = self.draft(package, exact.imported.clone(), grown, Some(it))?;
        let blocking = |draft: &Draft| draft.findings.iter().filter(|it| blocks(it)).count();
        let differs = if draft.proof.lost != exact.proof.lost || draft.proof.added != exact.proof.added {
            Some("a build would not give the same rows".to_owned())
        } else if draft.touched.facts != exact.touched.facts {
            Some("roles of the project would have more or less".to_owned())
        } else if blocking(&draft) > blocking(&exact) {
            Some("findings would block that do not block now".to_owned())
        } else {
            let differs =
                generalize::same::difference(self.session, &exact.loaded, &draft.loaded, self.order.as_of);
            differs.map(|it| format!("it would not give the same: {it}"))
        };
        match differs {
            Some(why) => {
                let told = told.report(&exact, Some(why));
                Ok((exact, Some(told)))
            }
            None => {
                let told = told.report(&draft, None);
                Ok((draft, Some(told)))
            }
        }
    }

    /// What exists in the package.
    fn estate(&self, package: &Package) -> Estate {
        let inventory = &self.project.loaded.project.inventory;
        let of_platform = inventory.platforms.get(self.backend.platform());
        estate::told(&ztam_backend::estate::survey(self.backend, package, of_platform))
    }

    /// The package in the words of the matrix.
    fn words(
        &self,
        package: &Package,
        unsayable: &Unsayable,
        withheld: &Withholding,
    ) -> Result<Imported, Failure> {
        let names = Names::new(&self.project.loaded.project);
        self.backend.import(&Request { package, names: &names, unsayable, withheld }).ok_or_else(|| {
            Failure::usage(format!("{} cannot be imported by this version of ztam", self.backend.title()))
        })
    }

    /// The files of the project with the fields that are new on its assets, and those that cannot be put there.
    fn grow(&self, imported: &Imported) -> (Grown, Withholding) {
        let names = Names::new(&self.project.loaded.project);
        grow::fields(&names, imported, self.backend.platform(), &self.project.loaded, &self.project.files)
    }

    /// Writes what is imported, with class cells where there are some, and proves it.
    fn draft(
        &self,
        package: &Package,
        imported: Imported,
        mut grown: Grown,
        general: Option<&General>,
    ) -> Result<Draft, Failure> {
        let names = Names::new(&self.project.loaded.project);
        let mut created = Vec::new();
        if !imported.roles.is_empty() || !imported.carries.is_empty() {
            let platform = (self.backend.platform(), self.backend.title());
            let texts = text::files(&names, &imported, platform, general);
            for (name, text) in texts {
                let path = self.free(&format!("imported/{}/{name}", self.backend.platform()), &created)?;
                created.push(SourceBytes::matrix(path, text));
            }
            self.vocabulary(&imported, general, &mut created, &mut grown)?;
        }
        self.prove(package, imported, created, grown)
    }

    /// A path of a matrix file that nothing has yet.
    fn free(&self, stem: &str, created: &[SourceBytes]) -> Result<String, Failure> {
        for number in 1..10_000 {
            let end = if number == 1 { String::new() } else { format!("-{number}") };
            let path = format!("{stem}{end}{}", files::ENDING);
            let taken = self.project.files.iter().chain(created).any(|it| it.record.path == path);
            let there = self.world.kind(&self.project.root.join(&path)).ok().flatten().is_some();
            if !taken && !there {
                return Ok(path);
            }
        }
        Err(Failure::usage(format!("there are too many files like {stem}{}", files::ENDING)))
    }

    /// Classes, domain and environment of what is imported, where the project does not have them.
    fn vocabulary(
        &self,
        imported: &Imported,
        general: Option<&General>,
        created: &mut Vec<SourceBytes>,
        grown: &mut Grown,
    ) -> Result<(), Failure> {
        let wanted = vocabulary::Wanted {
            environment: &self.order.environment,
            platform: self.backend.platform(),
            binding: &imported.environment,
            general,
        };
        if !self.project.exists {
            let begun = self.project.files.iter().filter(|it| it.kind == FileKind::Matrix);
            let begun = begun.map(|it| wanted.begin(it));
            created.extend(begun);
            return Ok(());
        }
        if let Some(text) = wanted.extend(&self.project.loaded, &self.project.files, grown)? {
            created.push(SourceBytes::matrix(self.free("imported/vocabulary", created)?, text));
        }
        Ok(())
    }

    /// Builds the project with the new files in memory and reads the result.
    fn prove(
        &self,
        package: &Package,
        imported: Imported,
        created: Vec<SourceBytes>,
        grown: Grown,
    ) -> Result<Draft, Failure> {
        let mut all: BTreeMap<String, SourceBytes> = BTreeMap::new();
        for file in self.project.files.iter().chain(&created).chain(grown.files()) {
            all.insert(file.record.path.clone(), file.clone());
        }
        let loaded = self.session.read(&self.project.root, all.into_values().collect());
        let compiled = self.session.compile(&loaded);
        if let Some(wrong) = compiled.iter().find(|it| prevents_graph(it)) {
            return Err(Failure::internal(format!("what was imported does not compile: {}", wrong.title)));
        }
        let (built, findings) = self.build(&loaded, &compiled)?;
        let aside = imported.aside.iter().map(|(key, _)| key);
        let aside: BTreeSet<&ContainerKey> = aside.collect();
        let keys = package.containers.iter().map(|it| (it.kind, it.name.clone()));
        let keys: BTreeSet<ContainerKey> = keys.filter(|it| !aside.contains(it)).collect();
        let proof = proof::compare(package, &built.package, &keys);
        let before = &self.project.loaded;
        let touched = untouched::touched(self.session, before, &loaded, &imported, self.order.as_of);
        Ok(Draft { imported, proof, created, grown, touched, findings, loaded })
    }

    /// What reading a build of the environment gives, and what is wrong with it.
    fn build(&self, loaded: &Loaded, compiled: &[Finding]) -> Result<(Reading, Vec<Finding>), Failure> {
        let environment = &self.order.environment;
        let id = Names::new(&loaded.project).environments.find(environment).ok_or_else(|| {
            Failure::usage(format!("there is no environment `{environment}`"))
                .help("give the one that the import was made for as `--env`")
        })?;
        let analysis = self.session.analyze(loaded, compiled, Some(id), self.order.as_of);
        let mut findings = analysis.findings.clone();
        let mut built = Reading::default();
        for (emitter, plan) in analysis.emitters.iter().zip(analysis.plans()) {
            let Some(plan) = plan.filter(|_| emitter.platform == self.backend.platform()) else { continue };
            findings.extend(plan.findings.iter().cloned());
            let artifacts = emitter.emitter.artifacts(&analysis.access, &plan);
            built = read_back(self.backend, &artifacts)?;
        }
        Ok((built, findings))
    }
}

/// Reads what a build would write, archives left out: they hold the same once more.
fn read_back(backend: &dyn Backend, artifacts: &[Artifact<'_>]) -> Result<Reading, Failure> {
    let mut files = Vec::new();
    for artifact in artifacts.iter().filter(|it| matches!(it.body, Body::Stream(_))) {
        let bytes =
            artifact.bytes().map_err(|error| Failure::internal(format!("{}: {error}", artifact.path)))?;
        files.push((artifact.path.as_str(), bytes));
    }
    let inputs = files.iter().zip(0..).map(|((path, bytes), id)| Input { file: FileId(id), path, bytes });
    Ok(backend.read(&inputs.collect::<Vec<_>>()))
}
