//! Which files make up a project, and their texts.
//!
//! A project is the folder of a `ztam.yaml`: every `*.ztam.yaml` below it, `inventory/*.json` and `assignments/*.csv`.
//! Hidden folders and projects inside the project are left out. Folders behind links are not entered, and a link to a
//! file outside of the project is refused: what a matrix says stands in the project.

use std::io;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use sha2::{Digest, Sha256};
use ztam_report::manifest::FileRecord;

use crate::exit::Failure;
use crate::world::{EntryKind, World};

/// The manifest's name.
pub const MANIFEST: &str = "ztam.yaml";
/// Ending of all other matrix files.
pub const ENDING: &str = ".ztam.yaml";

/// Most source files of a project.
const MOST_FILES: usize = 20_000;
/// Most entries that are looked at on the way.
const MOST_ENTRIES: usize = 1_000_000;
/// Deepest folder.
const DEEPEST: usize = 32;
/// Most bytes of a matrix file; the reader refuses more.
pub const MOST_BYTES: usize = 16 * 1024 * 1024;
/// Most bytes of an inventory or of assignments.
const MOST_DATA_BYTES: usize = 256 * 1024 * 1024;

/// What a source file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// Sections of the matrix.
    Matrix,
    /// An inventory.
    Inventory,
    /// Assignments.
    Assignments,
}

/// A source file.
#[derive(Clone, Debug)]
pub struct SourceBytes {
    /// What it holds.
    pub kind: FileKind,
    /// Its bytes; more than the limit where it is too large.
    pub bytes: Vec<u8>,
    /// Path, size, hash.
    pub record: FileRecord,
}

impl SourceBytes {
    /// A matrix file that is not on the disk.
    #[must_use]
    pub fn matrix(path: String, text: String) -> Self {
        let bytes = text.into_bytes();
        let record = record(path, &bytes);
        Self { kind: FileKind::Matrix, bytes, record }
    }

    /// An inventory that is not on the disk.
    #[must_use]
    pub fn inventory(path: String, text: String) -> Self {
        Self { kind: FileKind::Inventory, ..Self::matrix(path, text) }
    }
}

fn record(path: String, bytes: &[u8]) -> FileRecord {
    FileRecord { path, bytes: bytes.len() as u64, sha256: hexadecimal(&Sha256::digest(bytes)) }
}

/// The folder of the project that a command is about: the given one, or the nearest upwards.
///
/// # Errors
/// There is no `ztam.yaml`.
pub fn root(world: &World, given: Option<&Path>) -> Result<PathBuf, Failure> {
    let is_project = |folder: &Path| world.kind(&folder.join(MANIFEST)).ok().flatten().is_some();
    if let Some(given) = given {
        let path = world.resolve(given);
        let folder = match (path.file_name(), path.parent()) {
            (Some(name), Some(parent)) if name == MANIFEST => parent.to_path_buf(),
            _ => path,
        };
        return if is_project(&folder) {
            Ok(folder)
        } else {
            Err(Failure::usage(format!("there is no {MANIFEST} in {}", given.display()))
                .help("give the folder that holds it, or start a project with `ztam init DIR`"))
        };
    }
    world.directory.ancestors().find(|folder| is_project(folder)).map(Path::to_path_buf).ok_or_else(|| {
        Failure::usage(format!("there is no {MANIFEST} here or in any folder above"))
            .help("give the project's folder, or start a project with `ztam init DIR`")
    })
}

/// Reads every source file of a project, sorted by path.
///
/// # Errors
/// A file or folder cannot be read, lies outside, or there are too many.
pub fn read(world: &World, root: &Path) -> Result<Vec<SourceBytes>, Failure> {
    let mut search = Search { world, root, home: None, found: Vec::new(), entries: 0 };
    search.folder(root, "", 0)?;
    let mut found = search.found;
    found.sort_unstable_by(|a, b| a.path.cmp(&b.path));
    if found.len() > MOST_FILES {
        return Err(Failure::usage(format!("the project has {} files, more than {MOST_FILES}", found.len())));
    }
    found.into_par_iter().map(|file| file.read(world, root)).collect()
}

struct Found {
    path: String,
    kind: FileKind,
}

struct Search<'w> {
    world: &'w World,
    root: &'w Path,
    /// The root with every link followed, once it is needed.
    home: Option<PathBuf>,
    found: Vec<Found>,
    entries: usize,
}

impl Search<'_> {
    fn folder(&mut self, folder: &Path, path: &str, depth: usize) -> Result<(), Failure> {
        if depth > DEEPEST {
            return Err(Failure::usage(format!("{path} lies more than {DEEPEST} folders deep")));
        }
        let entries = self.world.list(folder).map_err(|error| unreadable(&shown(path), &error))?;
        self.entries += entries.len();
        if self.entries > MOST_ENTRIES {
            return Err(Failure::usage(format!("the project's folder holds more than {MOST_ENTRIES} files"))
                .help("move the matrix into a folder of its own"));
        }
        if depth > 0 && entries.iter().any(|(name, _)| name == MANIFEST) {
            return Ok(());
        }
        for (name, kind) in entries {
            // A name that is not UTF-8 cannot be one of ours unless it ends like one.
            let Some(name) = name.to_str() else {
                if name.to_string_lossy().ends_with(ENDING) {
                    return Err(Failure::usage(format!(
                        "the name of a file in {} is not UTF-8",
                        shown(path)
                    )));
                }
                continue;
            };
            let below = if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") };
            match kind {
                EntryKind::Folder if !name.starts_with('.') => {
                    self.folder(&folder.join(name), &below, depth + 1)?
                }
                EntryKind::File | EntryKind::Link | EntryKind::Other => {
                    self.file(&folder.join(name), below, kind)?
                }
                EntryKind::Folder => {}
            }
        }
        Ok(())
    }

    fn file(&mut self, file: &Path, path: String, kind: EntryKind) -> Result<(), Failure> {
        let Some(holds) = holds(&path) else { return Ok(()) };
        if kind == EntryKind::Link {
            let target = self.world.canonical(file).map_err(|error| unreadable(&path, &error))?;
            if self.home.is_none() {
                self.home = Some(self.world.canonical(self.root).map_err(|error| unreadable(".", &error))?);
            }
            if !self.home.as_ref().is_some_and(|home| target.starts_with(home)) {
                return Err(Failure::usage(format!("{path} is a link to a file outside of the project"))
                    .help("put the file itself there: what a matrix says stands in the project"));
            }
        }
        self.found.push(Found { path, kind: holds });
        Ok(())
    }
}

/// What a path holds by its name.
pub(crate) fn holds(path: &str) -> Option<FileKind> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let directly_in =
        |folder: &str| path.strip_prefix(folder).is_some_and(|rest| rest.strip_prefix('/') == Some(name));
    if path == MANIFEST || (name.ends_with(ENDING) && !name.starts_with('.')) {
        Some(FileKind::Matrix)
    } else if directly_in("inventory") && name.ends_with(".json") {
        Some(FileKind::Inventory)
    } else if directly_in("assignments") && name.ends_with(".csv") {
        Some(FileKind::Assignments)
    } else {
        None
    }
}

impl Found {
    fn read(self, world: &World, root: &Path) -> Result<SourceBytes, Failure> {
        let limit = if self.kind == FileKind::Matrix { MOST_BYTES } else { MOST_DATA_BYTES };
        let bytes =
            world.read(&root.join(&self.path), limit).map_err(|error| unreadable(&self.path, &error))?;
        if bytes.len() > limit && self.kind != FileKind::Matrix {
            return Err(Failure::usage(format!("{} has more than {limit} bytes", self.path)));
        }
        let record = record(self.path, &bytes);
        Ok(SourceBytes { kind: self.kind, bytes, record })
    }
}

/// Bytes as lower-case hexadecimal digits.
#[must_use]
pub fn hexadecimal(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(u32::from(value), 16).unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

fn shown(path: &str) -> String {
    if path.is_empty() { "the project's folder".to_owned() } else { path.to_owned() }
}

fn unreadable(path: &str, error: &io::Error) -> Failure {
    Failure::usage(format!("{path} cannot be read: {error}"))
}
