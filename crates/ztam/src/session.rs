//! One run over a project: reading its files, making the access graph of an environment, judging it, planning packages.
//! No arguments and no terminal here: tests, the command line and an editor use it alike.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;
use ztam_backend::plan::Plan;
use ztam_backend::{Backend, Binding, Emitter};
use ztam_graph::access::Access;
use ztam_graph::ids::{EnvironmentId, Names};
use ztam_graph::{names, promise, resolve};
use ztam_model::date::Date;
use ztam_model::lower::{self, FileItems};
use ztam_model::project::Project;
use ztam_model::shape::ShapeCheck;
use ztam_model::{assignments, inventory};
use ztam_report::manifest::FileRecord;
use ztam_source::file::{FileId, SourceFile, SourceMap};
use ztam_source::finding::{Finding, Level, RuleMeta, Stage};
use ztam_source::tree::decode;

use crate::exit::Failure;
use crate::files::{self, FileKind, SourceBytes};
use crate::world::World;

/// The platforms of this build of ztam. A new back end is one line here.
pub static BACKENDS: &[&dyn Backend] = &[ztam_dataverse::BACKEND, ztam_salesforce::BACKEND];

/// What stays the same from run to run.
#[derive(Debug)]
pub struct Session {
    platforms: Vec<&'static str>,
    shape: ShapeCheck,
    rules: Vec<&'static RuleMeta>,
}

/// A project as read.
#[derive(Debug)]
pub struct Loaded {
    /// Its folder.
    pub root: PathBuf,
    /// Every source file.
    pub sources: SourceMap,
    /// Everything they declare.
    pub project: Project,
    /// What is wrong with the files.
    pub findings: Vec<Finding>,
    /// Path, size and hash of every source file, sorted by path.
    pub inputs: Vec<FileRecord>,
}

/// A project judged in one environment on one day.
#[derive(Debug)]
pub struct Analysis<'p> {
    /// The access.
    pub access: Access<'p>,
    /// What emits it, by platform, in the order of [`BACKENDS`].
    pub emitters: Vec<EmitterOf<'p>>,
    /// Everything that is wrong, promises last.
    pub findings: Vec<Finding>,
    /// How many promises were held against the access.
    pub promises: usize,
}

/// The emitter of one platform.
pub struct EmitterOf<'p> {
    /// The platform's key.
    pub platform: &'static str,
    /// The platform's title.
    pub title: &'static str,
    /// Whether the environment wants a package.
    pub emitted: bool,
    /// Makes the package.
    pub emitter: Box<dyn Emitter + 'p>,
}

impl std::fmt::Debug for EmitterOf<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EmitterOf").field("platform", &self.platform).finish_non_exhaustive()
    }
}

impl Default for Session {
    fn default() -> Self {
        Self::new()
    }
}

impl Session {
    /// A session with every back end.
    #[must_use]
    pub fn new() -> Self {
        let platforms = BACKENDS.iter().map(|backend| backend.platform()).collect();
        let shape = ShapeCheck::new(BACKENDS.iter().map(|backend| backend.schema()).collect());
        Self { platforms, shape, rules: all_rules() }
    }

    /// The JSON Schema of the language, as text with a final line feed.
    ///
    /// # Errors
    /// The back ends' parts do not make one schema.
    pub fn schema(&self) -> Result<String, Failure> {
        let schema =
            self.shape.schema().map_err(|error| Failure::internal(format!("there is no schema: {error}")))?;
        serde_json::to_string_pretty(schema)
            .map(|text| text + "\n")
            .map_err(|error| Failure::internal(error.to_string()))
    }

    /// Reads a project. What is wrong with its files is in the findings.
    ///
    /// # Errors
    /// The files cannot be got at.
    pub fn load(&self, world: &World, root: &Path) -> Result<Loaded, Failure> {
        Ok(self.read(root, files::read(world, root)?))
    }

    /// Reads a project from files in memory.
    pub(crate) fn read(&self, root: &Path, files: Vec<SourceBytes>) -> Loaded {
        let texts: Vec<_> = files.into_par_iter().map(Text::new).collect();
        let mut sources = SourceMap::default();
        let (mut inputs, mut readable, mut findings) = (Vec::new(), Vec::new(), Vec::new());
        let mut complete = true;
        for text in texts {
            let id = sources.add(text.source);
            inputs.push(text.record);
            match text.wrong {
                None => readable.push((id, text.kind)),
                Some(bytes) => {
                    findings.extend(decode(&bytes).finding(id));
                    complete = false;
                }
            }
        }
        let of_kind =
            |kind| readable.iter().filter(move |(_, it)| *it == kind).map(|(id, _)| *id).collect::<Vec<_>>();
        let items: Vec<FileItems> = of_kind(FileKind::Matrix)
            .into_par_iter()
            .map(|id| lower::read_file(id, &sources.file(id).text, &self.platforms, &self.shape))
            .collect();
        findings.extend(items.iter().flat_map(|it| it.findings.iter().cloned()));
        let (mut project, assembled) = lower::assemble(items.into_iter().map(Arc::new).collect());
        findings.extend(assembled);
        project.complete &= complete;
        for id in of_kind(FileKind::Inventory) {
            findings.extend(read_inventory(&mut project, &sources, id));
        }
        for id in of_kind(FileKind::Assignments) {
            let (assignments, wrong) = assignments::parse(id, &sources.file(id).text);
            project.assignments.extend(assignments);
            findings.extend(wrong);
        }
        Loaded { root: root.to_path_buf(), sources, project, findings, inputs }
    }

    /// Checks what must be true before there can be an access graph: files, names, inheritance. What it returns holds in
    /// every environment; while any of it blocks, there is no graph.
    #[must_use]
    pub fn compile(&self, loaded: &Loaded) -> Vec<Finding> {
        let mut findings = loaded.findings.clone();
        findings.extend(names::check(&Names::new(&loaded.project), &self.platforms));
        findings
    }

    /// Makes and judges the access of one environment. `compiled` is what [`Self::compile`] returned, nothing in it
    /// blocking.
    #[must_use]
    pub fn analyze<'p>(
        &self,
        loaded: &'p Loaded,
        compiled: &[Finding],
        environment: Option<EnvironmentId>,
        as_of: Date,
    ) -> Analysis<'p> {
        let (access, emitters, wrong) = self.resolve(loaded, environment, as_of);
        let mut findings = compiled.to_vec();
        findings.extend(wrong);
        findings.extend(names::emitted_collisions(&access));
        let mut findings = ztam_rules::judge(&access, findings, &self.rules);
        let promises = promise::run(&access);
        findings.extend(promises.findings);
        Analysis { access, emitters, findings, promises: promises.total }
    }

    /// Makes the access of one environment without judging it: with what emits it, and what is wrong with the bindings.
    #[must_use]
    pub fn resolve<'p>(
        &self,
        loaded: &'p Loaded,
        environment: Option<EnvironmentId>,
        as_of: Date,
    ) -> (Access<'p>, Vec<EmitterOf<'p>>, Vec<Finding>) {
        let project_names = Names::new(&loaded.project);
        let bindings: Vec<_> = BACKENDS
            .par_iter()
            .map(|backend| (*backend, backend.bind(&project_names, environment)))
            .collect();
        let (mut facts, mut emitters, mut findings) = (Vec::new(), Vec::new(), Vec::new());
        for (backend, Binding { facts: bound, findings: wrong, emitter }) in bindings {
            let (platform, title) = (backend.platform(), backend.title());
            emitters.push(EmitterOf { platform, title, emitted: bound.emitted, emitter });
            facts.push(bound);
            findings.extend(wrong);
        }
        (resolve::resolve(project_names, facts, environment, as_of), emitters, findings)
    }
}

impl Analysis<'_> {
    /// The plan of every platform that the environment wants, in the order of [`BACKENDS`]; `None` for the others.
    #[must_use]
    pub fn plans(&self) -> Vec<Option<Plan>> {
        let plan = |it: &EmitterOf<'_>| it.emitted.then(|| it.emitter.plan(&self.access));
        self.emitters.par_iter().map(plan).collect()
    }
}

impl Loaded {
    /// The environments' names, sorted.
    #[must_use]
    pub fn environments(&self) -> Vec<&str> {
        let mut names: Vec<_> =
            self.project.items.environments.iter().map(|(name, _)| name.value.as_str()).collect();
        names.sort_unstable();
        names
    }

    /// The project's short name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.project.items.project.as_ref().map_or("project", |name| &name.value)
    }
}

/// Whether a finding keeps the access graph from being made.
#[must_use]
pub fn prevents_graph(finding: &Finding) -> bool {
    finding.rule.stage == Stage::Compile && finding.level >= Level::Blocking
}

/// Every rule of every crate, sorted by id.
#[must_use]
pub fn all_rules() -> Vec<&'static RuleMeta> {
    let mut rules: Vec<&'static RuleMeta> =
        [ztam_source::RULES, ztam_model::RULES, names::RULES, promise::RULES, ztam_backend::rules::RULES]
            .concat();
    rules.extend(ztam_rules::registry::all().map(|rule| rule.meta));
    rules.extend(BACKENDS.iter().flat_map(|backend| backend.rules().iter().copied()));
    rules.sort_unstable_by_key(|rule| rule.id);
    rules.dedup_by_key(|rule| rule.id);
    rules
}

/// A file as text.
struct Text {
    kind: FileKind,
    record: FileRecord,
    source: SourceFile,
    /// The bytes, where they are no text.
    wrong: Option<Vec<u8>>,
}

impl Text {
    fn new(file: SourceBytes) -> Self {
        let SourceBytes { kind, bytes, record } = file;
        let path = record.path.clone();
        match String::from_utf8(bytes) {
            Ok(text) => {
                let text = text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text);
                Self { kind, record, source: SourceFile::new(path, text), wrong: None }
            }
            Err(error) => {
                let bytes = error.into_bytes();
                let source = SourceFile::new(path, decode(&bytes).text.as_ref());
                // A file that is too large was cut, perhaps inside a character: the reader says that it is too large.
                let wrong = (bytes.len() <= files::MOST_BYTES || kind != FileKind::Matrix).then_some(bytes);
                Self { kind, record, source, wrong }
            }
        }
    }
}

fn read_inventory(project: &mut Project, sources: &SourceMap, id: FileId) -> Option<Finding> {
    let source = sources.file(id);
    let platform = match inventory::read(&source.text) {
        Ok(platform) => platform,
        Err(problem) => return Some(inventory::finding(id, source, &problem)),
    };
    let earlier = project.inventory.platforms.insert(platform.platform.clone(), platform)?;
    let message = format!("another file holds the inventory of {} too", earlier.platform);
    Some(inventory::finding(id, source, &inventory::Unreadable { line: 1, column: 1, message }))
}
