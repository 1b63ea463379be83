//! The sides of a comparison, each as containers by their keys: what the matrix gives, what is live, and what an earlier
//! build made.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use ztam_backend::Backend;
use ztam_backend::artifact::{Artifact, Body};
use ztam_backend::compare::{Built, Standing};
use ztam_backend::plan::Plan;
use ztam_backend::read::{Input, Package, ReadContainer, Reading};
use ztam_backend::removal::Thing;
use ztam_backend::rules::{DUPLICATE_ROW, INTERLEAVED, MISSING_RIGHT, UNKNOWN_ELEMENT};
use ztam_graph::access::Access;
use ztam_report::manifest::{FILE_NAME, FileRecord, Manifest};
use ztam_source::file::{FileId, SourceMap};
use ztam_source::finding::{Finding, Level};

use crate::brief::{Keep, Known, Wholes, digest, shorten};
use crate::exit::Failure;
use crate::intake::{Intake, Taken, Want, intake, layout};
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
pub(crate) struct Given<'a> {
    backend: &'static dyn Backend,
    /// The files that hold containers; a container's place says which one it is from.
    files: Vec<Artifact<'a>>,
    /// Containers, in short.
    pub(crate) containers: Containers,
}

impl<'a> Given<'a> {
    /// Makes and reads all files; they are `known` from then on.
    ///
    /// # Errors
    /// A file cannot be made.
    pub(crate) fn new(
        backend: &'static dyn Backend,
        emitter: &'a EmitterOf<'_>,
        access: &'a Access<'_>,
        plan: &'a Plan,
        known: &mut Known,
    ) -> Result<Self, Failure> {
        let is_wanted =
            |it: &Artifact<'_>| matches!(it.body, Body::Stream(_)) && backend.holds_containers(&it.path);
        let files: Vec<_> = emitter.emitter.artifacts(access, plan).into_iter().filter(is_wanted).collect();
        let mut given = Self { backend, files, containers: Containers::new() };
        let read: Vec<_> = (0..given.files.len())
            .into_par_iter()
            .map(|at| given.read(file_id(at), &shorten))
            .collect::<Result<_, Failure>>()?;
        let mut all = Vec::new();
        for (artifact, (digest, found)) in given.files.iter().zip(read) {
            if found.is_plain {
                known.add(backend, &artifact.path, digest, &found.containers);
            }
            all.extend(found.containers);
        }
        given.containers = by_key(backend, all.into_iter());
        Ok(given)
    }

    fn read(&self, file: FileId, keep: Keep<'_>) -> Result<([u8; 32], Pieces), Failure> {
        let Some(artifact) = self.files.get(file.0 as usize) else {
            return Err(Failure::internal("a container is from no file"));
        };
        let failed =
            |what: &str, why: String| Failure::internal(format!("{} cannot be {what}: {why}", artifact.path));
        let bytes = artifact.bytes().map_err(|error| failed("made", error.to_string()))?;
        let containers = pieces(self.backend, (file, &artifact.path), &bytes, keep);
        Ok((digest(&bytes), containers.map_err(|problem| failed("read back", problem))?))
    }

    /// Containers with their rows.
    ///
    /// # Errors
    /// A file cannot be made.
    pub(crate) fn wholes(&self, needed: &[&ReadContainer]) -> Result<Wholes, Failure> {
        Wholes::read(needed, |file, keep| Ok(self.read(file, keep)?.1.containers))
    }
}

fn file_id(at: usize) -> FileId {
    FileId(u32::try_from(at).unwrap_or(u32::MAX))
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
fn pieces(
    backend: &dyn Backend,
    (file, path): (FileId, &str),
    bytes: &[u8],
    keep: Keep<'_>,
) -> Result<Pieces, String> {
    let mut found = Pieces { containers: Vec::new(), is_plain: true };
    for piece in backend.pieces(path, bytes) {
        let reading = backend.read_file(&Input { file, path, bytes: &piece.document() }, keep);
        found.is_plain &= reading.findings.is_empty();
        let reading = backend.gather(vec![reading]);
        if let Some(wrong) = reading.findings.into_iter().find(|it| it.level >= Level::Blocking) {
            return Err(wrong.title);
        }
        found.containers.extend(reading.package.containers);
    }
    Ok(found)
}

/// What a file that a build writes holds.
struct Pieces {
    containers: Vec<ReadContainer>,
    /// Whether there is nothing to tell of it.
    is_plain: bool,
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
    pub(crate) fn read(world: &World, paths: &[PathBuf], known: &Known) -> Result<Self, Failure> {
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
            let (holds, is_layout) = (
                BACKENDS.iter().any(|it| it.holds_containers(path)),
                BACKENDS.iter().any(|it| it.is_layout(path)),
            );
            match (holds, is_layout) {
                _ if is_packed(&packed, path) => Want::Nothing,
                (_, true) => Want::Bytes,
                (true, false) => Want::Later,
                (false, false) => Want::Nothing,
            }
        };
        let mut sources = SourceMap::default();
        let taken = intake(world, &places, &want, &mut sources)?;
        let mut findings = taken.findings.clone();
        let read: Vec<Vec<Reading>> =
            taken.files.par_iter().map(|it| readings(world, it, known)).collect::<Result<_, Failure>>()?;
        let mut by_backend: Vec<Vec<Reading>> = BACKENDS.iter().map(|_| Vec::new()).collect();
        for of_file in read {
            by_backend.iter_mut().zip(of_file).for_each(|(all, it)| all.push(it));
        }
        let mut platforms = Vec::new();
        for (readings, backend) in by_backend.into_iter().zip(BACKENDS) {
            let reading = backend.gather(readings);
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
    ///
    /// # Errors
    /// A file cannot be read again.
    pub(crate) fn findings(&mut self, world: &World) -> Result<(&[Finding], &SourceMap), Failure> {
        self.taken.show_later(world, &self.findings, &mut self.sources)?;
        Ok((&self.findings, &self.sources))
    }

    /// Containers with their rows.
    ///
    /// # Errors
    /// A file cannot be read again.
    pub(crate) fn wholes(
        &self,
        world: &World,
        backend: &dyn Backend,
        needed: &[&ReadContainer],
    ) -> Result<Wholes, Failure> {
        Wholes::read(needed, |file, keep| {
            let Some(taken) = self.taken.files.iter().find(|it| it.source == file) else {
                return Ok(Vec::new());
            };
            let input = Input { file, path: &taken.path, bytes: &taken.load(world)? };
            Ok(backend.read_file(&input, keep).package.containers)
        })
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

/// What each platform reads in a file, in short.
fn readings(world: &World, taken: &Taken, known: &Known) -> Result<Vec<Reading>, Failure> {
    let bytes = taken.load(world)?;
    let digest = digest(&bytes);
    let of = |backend: &&'static dyn Backend| match known.of(*backend, &taken.path, digest, taken.source) {
        Some(containers) => Reading { package: Package { containers }, ..Reading::default() },
        None => {
            let input = Input { file: taken.source, path: &taken.path, bytes: &bytes };
            backend.read_file(&input, &shorten)
        }
    };
    Ok(BACKENDS.iter().map(of).collect())
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
    let side = EarlierSide::read(world, path, project, &environment, (false, &Known::default()))?;
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
    /// Its folder.
    place: PathBuf,
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
        (is_live, known): (bool, &Known),
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
            place: path.to_owned(),
        };
        for backend in BACKENDS {
            let read = side.platform(*backend, &folder, known)?;
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
        known: &Known,
    ) -> Result<Containers, Failure> {
        let below = format!("{}/", backend.platform());
        let outputs = self.manifest.outputs.iter().enumerate();
        let records: Vec<(usize, &FileRecord, &str)> =
            outputs.filter_map(|(at, it)| Some((at, it, it.path.strip_prefix(&below)?))).collect();
        let read: Vec<Option<Vec<ReadContainer>>> = records
            .par_iter()
            .map(|(at, record, path)| {
                let bytes = folder.bytes_of(&record.path, MOST_BYTES)?.filter(|it| is_ours(record, it));
                let Some(bytes) = bytes else { return Ok(None) };
                if !backend.holds_containers(path) {
                    return Ok(Some(Vec::new()));
                }
                if let Some(containers) = known.of(backend, path, digest(&bytes), file_id(*at)) {
                    return Ok(Some(containers));
                }
                pieces(backend, (file_id(*at), path), &bytes, &shorten)
                    .map(|it| Some(it.containers))
                    .map_err(|problem| Failure::usage(format!("{} cannot be read: {problem}", record.path)))
            })
            .collect::<Result<_, Failure>>()?;
        let mut all = Vec::new();
        for ((_, record, path), read) in records.iter().zip(read) {
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

    /// Containers with their rows.
    ///
    /// # Errors
    /// A file cannot be read again, or is no longer what was written.
    pub(crate) fn wholes(
        &self,
        world: &World,
        backend: &dyn Backend,
        needed: &[&ReadContainer],
    ) -> Result<Wholes, Failure> {
        let folder = Folder::open(world, world.resolve(&self.place))?;
        Wholes::read(needed, |file, keep| {
            let Some(record) = self.manifest.outputs.get(file.0 as usize) else { return Ok(Vec::new()) };
            let path =
                record.path.strip_prefix(backend.platform()).unwrap_or_default().trim_start_matches('/');
            let bytes = folder.bytes_of(&record.path, MOST_BYTES)?.filter(|it| is_ours(record, it));
            let read = bytes.map(|it| pieces(backend, (file, path), &it, keep)).transpose();
            let read =
                read.map_err(|why| Failure::usage(format!("{} cannot be read: {why}", record.path)))?;
            Ok(read.map_or_else(Vec::new, |it| it.containers))
        })
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
