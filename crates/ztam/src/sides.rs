//! The sides of a comparison, each as containers by their keys: what the matrix gives, what is live, and what an earlier
//! build made.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use ztam_backend::Backend;
use ztam_backend::artifact::{Artifact, Body};
use ztam_backend::compare::{Built, Standing};
use ztam_backend::plan::Plan;
use ztam_backend::read::{Input, ReadContainer};
use ztam_backend::removal::Thing;
use ztam_backend::rules::{DUPLICATE_ROW, INTERLEAVED, MISSING_RIGHT, UNKNOWN_ELEMENT};
use ztam_graph::access::Access;
use ztam_report::manifest::{FILE_NAME, FileRecord, Manifest};
use ztam_source::file::{FileId, SourceMap};
use ztam_source::finding::{Finding, Level};

use crate::exit::Failure;
use crate::intake::{Intake, Want, intake, layout};
use crate::package::{Folder, is_ours};
use crate::session::{BACKENDS, EmitterOf};
use crate::settings::Settings;
use crate::world::World;

/// Most bytes of one file of an earlier build.
const MOST_BYTES: usize = 2 * 1024 * 1024 * 1024;

/// Containers by the keys that their platform tells them by.
pub(crate) type Containers = BTreeMap<String, ReadContainer>;

/// What a container is called and told by.
pub(crate) fn thing(it: &ReadContainer) -> Thing {
    Thing { kind: it.kind.to_owned(), name: it.name.clone(), id: it.id.clone() }
}

/// What the matrix gives on a platform: its files, made and read back, so that exactly what would be deployed is compared.
///
/// # Errors
/// A file cannot be made.
pub(crate) fn given(
    backend: &dyn Backend,
    emitter: &EmitterOf<'_>,
    access: &Access<'_>,
    plan: &Plan,
) -> Result<Containers, Failure> {
    let artifacts = emitter.emitter.artifacts(access, plan);
    let files: Vec<_> = artifacts
        .iter()
        .filter(|it| matches!(it.body, Body::Stream(_)) && backend.holds_containers(&it.path))
        .collect();
    let read: Vec<Vec<ReadContainer>> = files
        .into_par_iter()
        .map(|it| {
            let bytes = it
                .bytes()
                .map_err(|error| Failure::internal(format!("{} cannot be made: {error}", it.path)))?;
            pieces(backend, &it.path, &bytes)
                .map_err(|problem| Failure::internal(format!("{} cannot be read back: {problem}", it.path)))
        })
        .collect::<Result<_, Failure>>()?;
    Ok(by_key(backend, read.into_iter().flatten()))
}

/// What the matrix sets on a platform besides containers.
///
/// # Errors
/// A file cannot be made.
pub(crate) fn set(
    backend: &dyn Backend,
    emitter: &EmitterOf<'_>,
    access: &Access<'_>,
    plan: &Plan,
) -> Result<Settings, Failure> {
    let artifacts = emitter.emitter.artifacts(access, plan);
    let said = artifacts.iter().filter(|it| {
        matches!(it.body, Body::Stream(_))
            && backend.says_settings(&it.path)
            && !backend.holds_containers(&it.path)
    });
    let bytes = |it: &Artifact<'_>| {
        let bytes = it.bytes();
        bytes.map_err(|error| Failure::internal(format!("{} cannot be made: {error}", it.path)))
    };
    let files = said.map(|it| Ok((it.path.clone(), bytes(it)?))).collect::<Result<Vec<_>, Failure>>()?;
    Ok(Settings::of(backend, &files))
}

/// The containers of a file that a build writes, whatever its size; the problem where it cannot be read.
fn pieces(backend: &dyn Backend, path: &str, bytes: &[u8]) -> Result<Vec<ReadContainer>, String> {
    let mut containers = Vec::new();
    for piece in backend.pieces(path, bytes) {
        let reading = backend.read(&[Input { file: FileId(0), path, bytes: &piece.document() }]);
        if let Some(wrong) = reading.findings.into_iter().find(|it| it.level >= Level::Blocking) {
            return Err(wrong.title);
        }
        containers.extend(reading.package.containers);
    }
    Ok(containers)
}

fn by_key(backend: &dyn Backend, all: impl Iterator<Item = ReadContainer>) -> Containers {
    all.filter_map(|it| Some((backend.key(&thing(&it))?, it))).collect()
}

/// What is live.
#[derive(Debug)]
pub(crate) struct Live {
    taken: Intake,
    sources: SourceMap,
    /// What is wrong with the files.
    findings: Vec<Finding>,
    /// Containers, in the order of [`BACKENDS`].
    platforms: Vec<Vec<ReadContainer>>,
    /// What was read, builds by their platforms' folders.
    places: Vec<PathBuf>,
    /// Archives of builds: what is in them lies beside them unpacked.
    packed: BTreeSet<String>,
}

/// Whether a path is inside one of some archives.
fn is_packed(packed: &BTreeSet<String>, path: &str) -> bool {
    let archive = path.find(".zip/").and_then(|at| path.get(..at + 4));
    archive.is_some_and(|it| {
        packed.iter().any(|zip| {
            it.strip_suffix(zip.as_str()).is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
        })
    })
}

impl Live {
    /// Reads what is live. Of the folder of a build, the packages are read, unpacked.
    ///
    /// # Errors
    /// A path does not exist or cannot be read.
    pub(crate) fn read(world: &World, paths: &[PathBuf]) -> Result<Self, Failure> {
        let (mut places, mut packed) = (Vec::new(), BTreeSet::new());
        for path in paths {
            let Some(manifest) = manifest_of(world, path)? else {
                places.push(path.clone());
                continue;
            };
            let is_there = |it: &PathBuf| world.kind(&world.resolve(it)).ok().flatten().is_some();
            places.extend(BACKENDS.iter().map(|it| path.join(it.platform())).filter(is_there));
            let zips = manifest.outputs.into_iter().map(|it| it.path).filter(|it| it.ends_with(".zip"));
            packed.extend(zips);
        }
        let want = |path: &str| {
            let is_of = |it: &&dyn Backend| it.holds_containers(path) || it.is_layout(path);
            let is_wanted = BACKENDS.iter().any(is_of) && !is_packed(&packed, path);
            if is_wanted { Want::Bytes } else { Want::Nothing }
        };
        let mut sources = SourceMap::default();
        let taken = intake(world, &places, &want, &mut sources)?;
        let mut findings = taken.findings.clone();
        let inputs = taken.inputs();
        let readings: Vec<_> = BACKENDS.par_iter().map(|it| it.read(&inputs)).collect();
        let mut platforms = Vec::new();
        for (reading, backend) in readings.into_iter().zip(BACKENDS) {
            findings.extend(layout(world, *backend, &places, &taken));
            findings.extend(reading.findings.into_iter().map(as_live));
            platforms.push(reading.package.containers);
        }
        Ok(Self { findings, platforms, sources, taken, places, packed })
    }

    /// What is live of what packages of a platform set besides containers.
    ///
    /// # Errors
    /// A file cannot be read.
    pub(crate) fn settings(&self, world: &World, backend: &dyn Backend) -> Result<Settings, Failure> {
        let want = |path: &str| {
            let is_wanted = backend.says_settings(path) && !is_packed(&self.packed, path);
            if is_wanted { Want::Bytes } else { Want::Nothing }
        };
        let taken = intake(world, &self.places, &want, &mut SourceMap::default())?;
        let files: Vec<_> = taken.files.into_iter().map(|it| (it.path, it.bytes)).collect();
        Ok(Settings::of(backend, &files))
    }

    /// What is wrong with the files, with their texts.
    pub(crate) fn findings(&mut self) -> (&[Finding], &SourceMap) {
        self.taken.show(&self.findings, &mut self.sources);
        (&self.findings, &self.sources)
    }

    /// The containers of a platform that grant something or can; none where nothing of the platform was given.
    pub(crate) fn of(&self, backend: &dyn Backend) -> Vec<&ReadContainer> {
        let at = BACKENDS.iter().position(|it| it.platform() == backend.platform());
        let all = at.and_then(|at| self.platforms.get(at)).into_iter().flatten();
        all.filter(|it| backend.standing(it.kind) != Standing::Aside).collect()
    }

    /// Whether anything of a platform was given.
    pub(crate) fn has(&self, backend: &dyn Backend) -> bool {
        let at = BACKENDS.iter().position(|it| it.platform() == backend.platform());
        at.and_then(|at| self.platforms.get(at)).is_some_and(|it| !it.is_empty())
    }
}

/// What is read in full, however it is written, keeps nobody from comparing: it is live as it is.
fn as_live(mut finding: Finding) -> Finding {
    let is_read = [&DUPLICATE_ROW, &INTERLEAVED, &MISSING_RIGHT, &UNKNOWN_ELEMENT];
    if is_read.iter().any(|rule| rule.id == finding.rule.id) {
        finding.level = Level::Advisory;
    }
    finding
}

/// The manifest of a path that is the folder of a build.
pub(crate) fn manifest_of(world: &World, path: &Path) -> Result<Option<Manifest>, Failure> {
    let folder = world.resolve(path);
    if world.kind(&folder.join(FILE_NAME)).ok().flatten().is_none() {
        return Ok(None);
    }
    Ok(Folder::open(world, folder)?.earlier().cloned())
}

/// What a build of a project made, by the folder it wrote, in the order of [`BACKENDS`]; with the environment. Only files
/// that are as they were written speak for it.
///
/// # Errors
/// There is no build, or it is another project's.
pub(crate) fn made_by(
    world: &World,
    path: &Path,
    project: &str,
) -> Result<(String, Vec<Containers>), Failure> {
    let environment = manifest_of(world, path)?.map(|it| it.environment).unwrap_or_default();
    let side = EarlierSide::read(world, path, project, &environment, false)?;
    Ok((environment, side.platforms))
}

/// What an earlier build made.
#[derive(Debug)]
pub(crate) struct EarlierSide {
    pub(crate) manifest: Manifest,
    /// Containers of unchanged files, in the order of [`BACKENDS`].
    platforms: Vec<Containers>,
    /// What it set besides, by files that are as they were, in the same order.
    settings: Vec<Settings>,
    /// Platforms with files of containers that were changed since.
    changed: BTreeSet<&'static str>,
    /// Changed files that no container is read from.
    pub(crate) files_changed: Vec<String>,
    /// Whether it is also what is compared with.
    is_live: bool,
}

impl EarlierSide {
    /// Reads an earlier build, of the same project and environment. What was changed since is told apart where `is_live`:
    /// then the folder is what is compared with as well.
    ///
    /// # Errors
    /// There is no build, it is another's, or its files are not what it wrote.
    pub(crate) fn read(
        world: &World,
        path: &Path,
        project: &str,
        environment: &str,
        is_live: bool,
    ) -> Result<Self, Failure> {
        let shown = path.display();
        let Some(manifest) = manifest_of(world, path)? else {
            return Err(Failure::usage(format!("there is no build in {shown}"))
                .help("give the folder that `ztam build` was given as `--out`"));
        };
        let pairs =
            [("project", &manifest.project, project), ("environment", &manifest.environment, environment)];
        if let Some((what, theirs, ours)) = pairs.into_iter().find(|(_, theirs, ours)| theirs != ours) {
            return Err(Failure::usage(format!(
                "{shown} is a build of the {what} `{theirs}`, and this is `{ours}`"
            ))
            .help("give an earlier build of the same project and environment"));
        }
        let folder = Folder::open(world, world.resolve(path))?;
        let mut side = Self {
            platforms: Vec::new(),
            settings: Vec::new(),
            changed: BTreeSet::new(),
            files_changed: Vec::new(),
            manifest,
            is_live,
        };
        for backend in BACKENDS {
            let read = side.platform(*backend, &folder)?;
            side.platforms.push(read);
            let set = side.set(*backend, &folder)?;
            side.settings.push(set);
        }
        let wrong = side.changed.iter().map(|it| format!("files of {it}"));
        if let Some(wrong) = wrong.chain(side.files_changed.iter().cloned()).next().filter(|_| !is_live) {
            return Err(Failure::usage(format!(
                "{shown} does not say what was built: {wrong} changed or missing since"
            ))
            .help("give the folder as it was built; `ztam verify` lists what differs"));
        }
        Ok(side)
    }

    fn platform(
        &mut self,
        backend: &'static dyn Backend,
        folder: &Folder<'_>,
    ) -> Result<Containers, Failure> {
        let below = format!("{}/", backend.platform());
        let records: Vec<(&FileRecord, &str)> =
            self.manifest.outputs.iter().filter_map(|it| Some((it, it.path.strip_prefix(&below)?))).collect();
        let read: Vec<Option<Vec<ReadContainer>>> = records
            .par_iter()
            .map(|(record, path)| {
                let bytes = folder.bytes_of(&record.path, MOST_BYTES)?.filter(|it| is_ours(record, it));
                let Some(bytes) = bytes else { return Ok(None) };
                if !backend.holds_containers(path) {
                    return Ok(Some(Vec::new()));
                }
                pieces(backend, path, &bytes)
                    .map(Some)
                    .map_err(|problem| Failure::usage(format!("{} cannot be read: {problem}", record.path)))
            })
            .collect::<Result<_, Failure>>()?;
        let mut all = Vec::new();
        for ((record, path), read) in records.iter().zip(read) {
            match read {
                Some(containers) => all.extend(containers),
                None if backend.holds_containers(path) => {
                    self.changed.insert(backend.platform());
                }
                None => self.files_changed.push(record.path.clone()),
            }
        }
        Ok(by_key(backend, all.into_iter()))
    }

    /// What it set on a platform besides containers.
    fn set(&self, backend: &dyn Backend, folder: &Folder<'_>) -> Result<Settings, Failure> {
        let below = format!("{}/", backend.platform());
        let mut files = Vec::new();
        for record in &self.manifest.outputs {
            let Some(path) = record.path.strip_prefix(&below) else { continue };
            if !backend.says_settings(path) || backend.holds_containers(path) {
                continue;
            }
            let bytes = folder.bytes_of(&record.path, MOST_BYTES)?.filter(|it| is_ours(record, it));
            files.extend(bytes.map(|it| (path.to_owned(), it)));
        }
        Ok(Settings::of(backend, &files))
    }

    /// What it says of the settings of a platform.
    pub(crate) fn settings_of(&self, backend: &dyn Backend) -> Option<&Settings> {
        let at = BACKENDS.iter().position(|it| it.platform() == backend.platform());
        at.and_then(|at| self.settings.get(at))
    }

    /// Whether it is compared with, and made something for a platform, there or not.
    pub(crate) fn is_live_for(&self, backend: &dyn Backend) -> bool {
        let below = format!("{}/", backend.platform());
        self.is_live && self.manifest.outputs.iter().any(|it| it.path.starts_with(&below))
    }

    /// What the earlier build says of a key.
    pub(crate) fn of(&self, backend: &dyn Backend, key: &str) -> Built<'_> {
        let at = BACKENDS.iter().position(|it| it.platform() == backend.platform());
        match at.and_then(|at| self.platforms.get(at)).and_then(|it| it.get(key)) {
            Some(container) => Built::Known(Some(container)),
            None if self.changed.contains(backend.platform()) => Built::Changed,
            None => Built::Known(None),
        }
    }
}
