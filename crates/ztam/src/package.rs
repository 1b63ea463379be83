//! Writes a build into a folder, so that the folder is always whole or known not to be: everything is rendered beside its
//! place first, then a journal says what is put in place, then files are moved, and the manifest comes last. The manifest
//! says which files are ours; a file of somebody else is never touched. `docs/packages.md` has the whole protocol.

mod inspect;
mod render;
mod staging;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use sha2::{Digest as _, Sha256};
use ztam_backend::artifact::Artifact;
use ztam_report::manifest::{FILE_NAME, FileRecord, Manifest};

pub use self::inspect::{Change, Inspection};
pub(crate) use self::render::would_be;
use self::staging::Staging;
use crate::disk::{Disk, EntryKind, Lock};
use crate::exit::Failure;
use crate::files::hexadecimal;
use crate::world::World;

/// The file that a build locks while it writes. It stays: a lock that is removed can be held twice.
const LOCK: &str = ".ztam-lock";
/// Most bytes of a manifest that is read.
const MOST_MANIFEST_BYTES: usize = 512 * 1024 * 1024;

/// An output folder.
#[derive(Debug)]
pub struct Folder<'w> {
    world: &'w World,
    path: PathBuf,
    /// What the last build wrote.
    earlier: Option<Manifest>,
    /// What builds that were cut off had begun to put in place.
    begun: Vec<Manifest>,
    /// What such builds left behind.
    left: Vec<PathBuf>,
    /// Whether something was worked out from the last build, so that another one in between would make it wrong.
    pinned: bool,
}

/// What a build did to its folder.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Files that are new or have new bytes.
    pub written: usize,
    /// Files that had the right bytes already.
    pub unchanged: usize,
    /// Files of earlier builds that are gone now.
    pub removed: Vec<String>,
    /// Files of earlier builds that are no longer made, but were changed by hand and therefore stay.
    pub kept: Vec<String>,
    /// Files that were changed by hand since the last build and are overwritten now.
    pub restored: Vec<String>,
}

impl<'w> Folder<'w> {
    /// Looks at an output folder; it need not exist.
    ///
    /// # Errors
    /// It is no folder, cannot be read, or holds a manifest that is not ours.
    pub fn open(world: &'w World, path: PathBuf) -> Result<Self, Failure> {
        let mut folder =
            Self { world, path, earlier: None, begun: Vec::new(), left: Vec::new(), pinned: false };
        let entries = match world.list(&folder.path) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(folder),
            Err(error) => {
                return Err(Failure::usage(format!("{} cannot be used: {error}", folder.path.display())));
            }
        };
        folder.earlier = folder.manifest_at(&folder.path)?;
        for (name, kind) in entries {
            if kind == EntryKind::Folder
                && name.to_str().is_some_and(|name| name.starts_with(staging::PREFIX))
            {
                let left = folder.path.join(name);
                folder.begun.extend(folder.manifest_at(&left)?);
                folder.left.push(left);
            }
        }
        Ok(folder)
    }

    /// The manifest in a folder, or the journal, which is one.
    fn manifest_at(&self, folder: &Path) -> Result<Option<Manifest>, Failure> {
        let path = folder.join(FILE_NAME);
        if self.world.kind(&path).map_err(|error| self.unwritable(FILE_NAME, &error))?.is_none() {
            return Ok(None);
        }
        match self.manifest(&path) {
            // A build that is writing may have moved it just now.
            Err(_) if self.world.kind(&path).is_ok_and(|it| it.is_none()) => return Ok(None),
            other => other,
        }
        .map(Some)
        .map_err(|problem| {
            Failure::usage(format!("{FILE_NAME} in {} is not of a build: {problem}", folder.display()))
                .help("build into another folder, or remove the file")
        })
    }

    fn manifest(&self, path: &Path) -> Result<Manifest, String> {
        let bytes = self.world.read(path, MOST_MANIFEST_BYTES).map_err(|error| error.to_string())?;
        let manifest = Manifest::read(std::str::from_utf8(&bytes).map_err(|error| error.to_string())?)?;
        match manifest.outputs.iter().find(|it| !is_safe(&it.path)) {
            Some(output) => Err(format!("it lists {:?}, which is no file below the folder", output.path)),
            None => Ok(manifest),
        }
    }

    fn disk(&self) -> &'w dyn Disk {
        &*self.world.disk
    }

    /// What the last build wrote, if there was one.
    #[must_use]
    pub fn earlier(&self) -> Option<&Manifest> {
        self.earlier.as_ref()
    }

    /// What builds that were cut off had begun to put in place.
    #[must_use]
    pub fn begun(&self) -> &[Manifest] {
        &self.begun
    }

    /// Makes writing fail where another build has been completed since this folder was looked at.
    #[must_use]
    pub fn pinned(self) -> Self {
        Self { pinned: true, ..self }
    }

    /// The bytes of a file of the folder; `None` where there is none. No link is followed below the folder.
    ///
    /// # Errors
    /// Something else stands there, the file is larger than `limit`, or cannot be read.
    pub fn bytes_of(&self, path: &str, limit: usize) -> Result<Option<Vec<u8>>, Failure> {
        let look = |path: &str| {
            self.world.kind(&self.path.join(path)).map_err(|error| self.unreadable(path, &error))
        };
        let refused =
            |path: &str, what: &str| Failure::usage(format!("{} {what}", self.path.join(path).display()));
        for (at, _) in path.match_indices('/') {
            let folder = path.get(..at).unwrap_or_default();
            match look(folder)? {
                None => return Ok(None),
                Some(EntryKind::Folder) => {}
                Some(_) => return Err(refused(folder, "is no folder")),
            }
        }
        match look(path)? {
            None => return Ok(None),
            Some(EntryKind::File) => {}
            Some(_) => return Err(refused(path, "is no file")),
        }
        let limit = limit.min(usize::MAX - 1);
        let bytes =
            self.world.read(&self.path.join(path), limit).map_err(|error| self.unreadable(path, &error))?;
        if bytes.len() > limit {
            return Err(refused(path, &format!("has more than {limit} bytes")));
        }
        Ok(Some(bytes))
    }

    /// Whether the folder holds exactly what a build of `wanted`'s inputs would write: same inputs and settings, every
    /// output there, of its size and not newer than the manifest. `wanted` has no outputs yet.
    #[must_use]
    pub fn is_current(&self, wanted: &Manifest) -> bool {
        let Some(earlier) = self.earlier.as_ref().filter(|_| self.left.is_empty()) else { return false };
        let bare = Manifest { outputs: Vec::new(), bytes: 0, ..earlier.clone() };
        let look = |path: &str| self.disk().look(&self.path.join(path)).ok().flatten();
        let Some(built) = look(FILE_NAME).and_then(|it| it.modified) else { return false };
        let is_old = |output: &FileRecord| {
            look(&output.path).is_some_and(|it| {
                it.kind == EntryKind::File
                    && it.bytes == output.bytes
                    && it.modified.is_some_and(|time| time <= built)
            })
        };
        bare == *wanted && earlier.outputs.par_iter().all(is_old)
    }

    /// Writes a build: `artifacts` and, last, the manifest that `manifest` makes of their records (sorted by path).
    /// Files that have the right bytes already are not touched. Where the file system knows no locks, `force` goes on
    /// though another build may be writing.
    ///
    /// # Errors
    /// A file of somebody else is in the way (nothing is written then), another build is writing, or writing fails.
    pub fn write(
        self,
        artifacts: &[Artifact<'_>],
        force: bool,
        manifest: impl FnOnce(Vec<FileRecord>) -> Manifest,
    ) -> Result<Written, Failure> {
        check_paths(artifacts)?;
        if self.check_places(artifacts).is_err() {
            // What seems to be somebody else's may be of a build that is writing, or that was done a moment ago.
            self.refuse_while_writing(force)?;
            Self::open(self.world, self.path.clone())?.check_places(artifacts)?;
        }
        self.disk().make_folders(&self.path).map_err(|error| self.unwritable("", &error))?;
        let _lock = self.lock(force)?;
        // What another build did before the lock was ours counts.
        let folder = Self::open(self.world, self.path)?;
        if self.pinned && folder.earlier != self.earlier {
            let shown = folder.path.display();
            return Err(Failure::usage(format!("another build was completed in {shown} meanwhile"))
                .help("build again; nothing was written"));
        }
        folder.check_places(artifacts)?;
        folder.write_locked(artifacts, manifest)
    }

    /// Fails where another build is writing. The folder is left as it is.
    fn refuse_while_writing(&self, force: bool) -> Result<(), Failure> {
        let known = self.world.kind(&self.path.join(LOCK)).map_err(|error| self.unreadable(LOCK, &error))?;
        if known.is_some() { self.lock(force).map(|_| ()) } else { Ok(()) }
    }

    fn lock(&self, force: bool) -> Result<Option<Lock>, Failure> {
        let shown = self.path.display();
        match self.disk().lock(&self.path.join(LOCK)) {
            Ok(lock) => Ok(Some(lock)),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                Err(Failure::usage(format!("another build is writing into {shown}"))
                    .help("wait until it is done, or build into another folder"))
            }
            Err(error) if error.kind() == ErrorKind::Unsupported && (force || self.left.is_empty()) => Ok(None),
            Err(error) if error.kind() == ErrorKind::Unsupported => Err(Failure::usage(format!(
                "another build is writing into {shown}, or one was cut off; the file system there knows no locks"
            ))
            .help("make sure that no build is running, then build with `--force`")),
            Err(error) => Err(self.unwritable(LOCK, &error)),
        }
    }

    fn write_locked(
        &self,
        artifacts: &[Artifact<'_>],
        manifest: impl FnOnce(Vec<FileRecord>) -> Manifest,
    ) -> Result<Written, Failure> {
        let staging = Staging::new(self)?;
        let (disk, beside) = (self.disk(), staging.path());
        let mut rendered: Vec<(FileRecord, PathBuf)> = artifacts
            .par_iter()
            .enumerate()
            .map(|(number, artifact)| {
                let place = beside.join(number.to_string());
                let (sha256, bytes) = render::render(disk, artifact, &place)
                    .map_err(|error| self.unwritable(&artifact.path, &error))?;
                Ok((FileRecord { path: artifact.path.clone(), bytes, sha256 }, place))
            })
            .collect::<Result<_, Failure>>()?;
        rendered.sort_unstable_by(|a, b| a.0.path.cmp(&b.0.path));
        let places: BTreeMap<String, PathBuf> =
            rendered.iter().map(|(record, place)| (record.path.clone(), place.clone())).collect();
        let manifest = manifest(rendered.into_iter().map(|(record, _)| record).collect());
        let written = self.put_in_place(&staging, &manifest, &places).map_err(|failure| {
            if staging.is_placing() {
                failure.help("a part of the build is in place; build again and it is completed")
            } else {
                failure
            }
        })?;
        staging.finish(&self.left);
        Ok(written)
    }

    fn put_in_place(
        &self,
        staging: &Staging<'_>,
        manifest: &Manifest,
        places: &BTreeMap<String, PathBuf>,
    ) -> Result<Written, Failure> {
        let journal = staging.begin(manifest).map_err(|error| self.unwritable(FILE_NAME, &error))?;
        let mut written = self.place(manifest, places)?;
        self.remove_old(manifest, &mut written)?;
        self.rename(&journal, FILE_NAME)?;
        Ok(written)
    }

    fn check_places(&self, artifacts: &[Artifact<'_>]) -> Result<(), Failure> {
        artifacts.iter().try_for_each(|artifact| self.check_place(&artifact.path))
    }

    /// Refuses a path where something stands that no build of ours put there.
    fn check_place(&self, path: &str) -> Result<(), Failure> {
        let look = |path: &str| {
            self.world.kind(&self.path.join(path)).map_err(|error| self.unwritable(path, &error))
        };
        for (at, _) in path.match_indices('/') {
            let folder = path.get(..at).unwrap_or_default();
            if !matches!(look(folder)?, None | Some(EntryKind::Folder)) {
                return Err(self.foreign(folder));
            }
        }
        match look(path)? {
            None => Ok(()),
            Some(EntryKind::File) if self.is_ours(path)? => Ok(()),
            Some(_) => Err(self.foreign(path)),
        }
    }

    fn is_ours(&self, path: &str) -> Result<bool, Failure> {
        if self.earlier.as_ref().is_some_and(|it| it.output(path).is_some()) {
            return Ok(true);
        }
        for record in self.begun.iter().filter_map(|it| it.output(path)) {
            if self.has(record)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether the file of a record is on disk with its bytes.
    fn has(&self, record: &FileRecord) -> Result<bool, Failure> {
        let path = self.path.join(&record.path);
        let compare = || {
            let looked = self.disk().look(&path)?;
            if !looked.is_some_and(|it| it.kind == EntryKind::File && it.bytes == record.bytes) {
                return Ok(false);
            }
            Ok(render::hash(self.disk(), &path)?.0 == record.sha256)
        };
        compare().map_err(|error| self.unreadable(&record.path, &error))
    }

    fn place(&self, manifest: &Manifest, places: &BTreeMap<String, PathBuf>) -> Result<Written, Failure> {
        let current: Vec<bool> =
            manifest.outputs.par_iter().map(|record| self.has(record)).collect::<Result<_, _>>()?;
        let mut written = Written::default();
        // What has to go is said before anything is replaced that says what there was.
        let mut order: Vec<_> = manifest.outputs.iter().zip(current).collect();
        order.sort_by_key(|(record, _)| record.path != ztam_report::removal::FILE_NAME);
        for (record, current) in order {
            if current {
                written.unchanged += 1;
                continue;
            }
            if self.was_changed(&record.path)? {
                written.restored.push(record.path.clone());
            }
            let staged =
                places.get(&record.path).ok_or_else(|| Failure::internal("a file was not rendered"))?;
            self.rename(staged, &record.path)?;
            written.written += 1;
        }
        Ok(written)
    }

    /// Whether somebody changed a file of the last build.
    fn was_changed(&self, path: &str) -> Result<bool, Failure> {
        let Some(earlier) = self.earlier.as_ref().and_then(|it| it.output(path)) else { return Ok(false) };
        let look = || self.world.kind(&self.path.join(path)).map_err(|error| self.unreadable(path, &error));
        Ok(self.begun.is_empty() && look()?.is_some() && !self.has(earlier)?)
    }

    /// Removes what earlier builds made and this one does not, unless somebody changed it.
    fn remove_old(&self, manifest: &Manifest, written: &mut Written) -> Result<(), Failure> {
        let old: BTreeSet<&FileRecord> =
            self.earlier.iter().chain(&self.begun).flat_map(|it| &it.outputs).collect();
        for record in old.into_iter().filter(|record| manifest.output(&record.path).is_none()) {
            let path = self.path.join(&record.path);
            if self.world.kind(&path).map_err(|error| self.unreadable(&record.path, &error))?.is_none() {
                continue;
            }
            if self.has(record)? {
                self.disk().remove_file(&path).map_err(|error| self.unwritable(&record.path, &error))?;
                self.remove_empty_folders(&record.path);
                written.removed.push(record.path.clone());
            } else {
                written.kept.push(record.path.clone());
            }
        }
        // A file of two earlier builds may be gone by one record and kept by the other.
        written.kept.retain(|path| !written.removed.contains(path));
        written.kept.dedup();
        Ok(())
    }

    fn remove_empty_folders(&self, path: &str) {
        for (at, _) in path.rmatch_indices('/') {
            // Fails where the folder still holds something: then those above do too.
            if self.disk().remove_folder(&self.path.join(path.get(..at).unwrap_or_default())).is_err() {
                return;
            }
        }
    }

    fn rename(&self, staged: &Path, path: &str) -> Result<(), Failure> {
        let place = self.path.join(path);
        if let Some(parent) = place.parent() {
            self.disk().make_folders(parent).map_err(|error| self.unwritable(path, &error))?;
        }
        self.disk().rename(staged, &place).map_err(|error| self.unwritable(path, &error))
    }

    fn foreign(&self, path: &str) -> Failure {
        Failure::usage(format!("{path} in {} is not from a build and stands in the way", self.path.display()))
            .help("build into a folder of its own, or move the file away; nothing was written")
    }

    fn unreadable(&self, path: &str, error: &io::Error) -> Failure {
        Failure::usage(format!("{} cannot be read: {error}", self.path.join(path).display()))
    }

    fn unwritable(&self, path: &str, error: &io::Error) -> Failure {
        // Templates fail with errors of no particular kind; the system's have one.
        if error.kind() == ErrorKind::Other {
            return Failure::internal(format!("{path} cannot be made: {error}"));
        }
        let failure =
            Failure::usage(format!("{} cannot be written: {error}", self.path.join(path).display()));
        match error.kind() {
            ErrorKind::StorageFull => failure.help("make room and build again"),
            ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
                failure.help("build into a folder that may be written")
            }
            _ => failure,
        }
    }
}

/// Back ends name files; a name that leaves the folder, or two that some file system takes for one, is their fault.
fn check_paths(artifacts: &[Artifact<'_>]) -> Result<(), Failure> {
    let mut seen = BTreeSet::new();
    for artifact in artifacts {
        let path = &artifact.path;
        if !is_safe(path) || path == FILE_NAME {
            return Err(Failure::internal(format!("{path} is no name for a file of a package")));
        }
        if !seen.insert(path.to_lowercase()) {
            return Err(Failure::internal(format!("two files of the package are called {path}")));
        }
    }
    Ok(())
}

/// Whether bytes are those of a record.
pub(crate) fn is_ours(record: &FileRecord, bytes: &[u8]) -> bool {
    record.bytes == bytes.len() as u64 && record.sha256 == hexadecimal(&Sha256::digest(bytes))
}

fn is_safe(path: &str) -> bool {
    !path.contains(['\\', ':', '\0']) && path.split('/').all(|part| !matches!(part, "" | "." | ".."))
}

#[cfg(test)]
mod fault_tests;
#[cfg(test)]
mod tests;
