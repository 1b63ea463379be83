//! Writes a build into a folder, so that the folder is always whole: everything is rendered beside its place first, then
//! moved, and the manifest last. The manifest says which files are ours; a file of somebody else is never touched.

mod render;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use ztam_backend::artifact::Artifact;
use ztam_report::manifest::{FILE_NAME, FileRecord, Manifest};

use crate::exit::Failure;
use crate::world::{EntryKind, World};

/// Beginning of the names of folders that hold what is not yet in place.
const STAGING: &str = ".ztam-tmp-";
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
        let mut folder = Self { world, path, earlier: None, begun: Vec::new(), left: Vec::new() };
        let entries = match world.list(&folder.path) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(folder),
            Err(error) => {
                return Err(Failure::usage(format!("{} cannot be used: {error}", folder.path.display())));
            }
        };
        folder.earlier = match world
            .kind(&folder.path.join(FILE_NAME))
            .map_err(|error| folder.unwritable(FILE_NAME, &error))?
        {
            None => None,
            Some(_) => Some(folder.manifest(&folder.path.join(FILE_NAME)).map_err(|problem| {
                Failure::usage(format!(
                    "{FILE_NAME} in {} is not of a build: {problem}",
                    folder.path.display()
                ))
                .help("build into another folder, or remove the file")
            })?),
        };
        for (name, kind) in entries {
            if kind == EntryKind::Folder && name.to_str().is_some_and(|name| name.starts_with(STAGING)) {
                let left = folder.path.join(name);
                folder.begun.extend(folder.manifest(&left.join(FILE_NAME)));
                folder.left.push(left);
            }
        }
        Ok(folder)
    }

    fn manifest(&self, path: &Path) -> Result<Manifest, String> {
        let bytes = self.world.read(path, MOST_MANIFEST_BYTES).map_err(|error| error.to_string())?;
        Manifest::read(std::str::from_utf8(&bytes).map_err(|error| error.to_string())?)
    }

    /// What the last build wrote, if there was one.
    #[must_use]
    pub fn earlier(&self) -> Option<&Manifest> {
        self.earlier.as_ref()
    }

    /// Whether the folder holds exactly what a build of `wanted`'s inputs would write: same inputs and settings, every
    /// output there, of its size and not newer than the manifest. `wanted` has no outputs yet.
    #[must_use]
    pub fn is_current(&self, wanted: &Manifest) -> bool {
        let Some(earlier) = self.earlier.as_ref().filter(|_| self.left.is_empty()) else { return false };
        let bare = Manifest { outputs: Vec::new(), bytes: 0, ..earlier.clone() };
        let modified = |path: &str| {
            std::fs::symlink_metadata(self.path.join(path)).and_then(|it| Ok((it.modified()?, it)))
        };
        let Ok((built, _)) = modified(FILE_NAME) else { return false };
        bare == *wanted
            && earlier.outputs.par_iter().all(|output| {
                modified(&output.path)
                    .is_ok_and(|(time, it)| it.is_file() && it.len() == output.bytes && time <= built)
            })
    }

    /// Writes a build: `artifacts` and, last, the manifest that `manifest` makes of their records (sorted by path).
    /// Files that have the right bytes already are not touched.
    ///
    /// # Errors
    /// A file of somebody else is in the way (nothing is written then), or writing fails.
    pub fn write(
        self,
        artifacts: &[Artifact<'_>],
        manifest: impl FnOnce(Vec<FileRecord>) -> Manifest,
    ) -> Result<Written, Failure> {
        check_paths(artifacts)?;
        for artifact in artifacts {
            self.check_place(&artifact.path)?;
        }
        std::fs::create_dir_all(&self.path).map_err(|error| self.unwritable("", &error))?;
        let staging = Staging::new(&self)?;
        let mut records: Vec<_> =
            artifacts.par_iter().enumerate().map(|it| staging.render(it)).collect::<Result<_, _>>()?;
        let places: BTreeMap<String, PathBuf> = records
            .iter()
            .map(|(record, place): &(FileRecord, PathBuf)| (record.path.clone(), place.clone()))
            .collect();
        records.sort_unstable_by(|a, b| a.0.path.cmp(&b.0.path));
        let manifest = manifest(records.into_iter().map(|(record, _)| record).collect());
        let text = manifest.to_text();
        let staged = staging.path.join(FILE_NAME);
        // From here on, a build that is cut off leaves the list of what it was putting in place.
        std::fs::write(&staged, &text).map_err(|error| self.unwritable(FILE_NAME, &error))?;
        let mut written = self.place(&manifest, &places)?;
        self.remove_old(&manifest, &mut written)?;
        self.rename(&staged, FILE_NAME)?;
        Ok(written)
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
            Some(EntryKind::File) if self.is_ours(path) => Ok(()),
            Some(_) => Err(self.foreign(path)),
        }
    }

    fn is_ours(&self, path: &str) -> bool {
        let listed = |manifest: &Manifest| manifest.output(path).is_some();
        let begun = || self.begun.iter().filter_map(|it| it.output(path)).any(|record| self.has(record));
        self.earlier.as_ref().is_some_and(listed) || begun()
    }

    /// Whether the file of a record is on disk with its bytes.
    fn has(&self, record: &FileRecord) -> bool {
        let path = self.path.join(&record.path);
        let same_size =
            std::fs::symlink_metadata(&path).is_ok_and(|it| it.is_file() && it.len() == record.bytes);
        same_size && render::hash(&path).is_ok_and(|(hash, _)| hash == record.sha256)
    }

    fn place(&self, manifest: &Manifest, places: &BTreeMap<String, PathBuf>) -> Result<Written, Failure> {
        let current: Vec<bool> = manifest.outputs.par_iter().map(|record| self.has(record)).collect();
        let mut written = Written::default();
        for (record, current) in manifest.outputs.iter().zip(current) {
            if current {
                written.unchanged += 1;
                continue;
            }
            let earlier = self.earlier.as_ref().and_then(|it| it.output(&record.path));
            let exists = self.path.join(&record.path).exists();
            if exists && self.begun.is_empty() && earlier.is_some_and(|it| !self.has(it)) {
                written.restored.push(record.path.clone());
            }
            let staged =
                places.get(&record.path).ok_or_else(|| Failure::internal("a file was not rendered"))?;
            self.rename(staged, &record.path)?;
            written.written += 1;
        }
        Ok(written)
    }

    /// Removes what earlier builds made and this one does not, unless somebody changed it.
    fn remove_old(&self, manifest: &Manifest, written: &mut Written) -> Result<(), Failure> {
        let old: BTreeSet<&FileRecord> =
            self.earlier.iter().chain(&self.begun).flat_map(|it| &it.outputs).collect();
        let gone =
            old.into_iter().filter(|record| manifest.output(&record.path).is_none() && is_safe(&record.path));
        for record in gone {
            if !matches!(self.world.kind(&self.path.join(&record.path)), Ok(Some(_))) {
                continue;
            }
            if self.has(record) {
                std::fs::remove_file(self.path.join(&record.path))
                    .map_err(|error| self.unwritable(&record.path, &error))?;
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
            if std::fs::remove_dir(self.path.join(path.get(..at).unwrap_or_default())).is_err() {
                return;
            }
        }
    }

    fn rename(&self, staged: &Path, path: &str) -> Result<(), Failure> {
        let place = self.path.join(path);
        if let Some(parent) = place.parent() {
            std::fs::create_dir_all(parent).map_err(|error| self.unwritable(path, &error))?;
        }
        std::fs::rename(staged, &place).map_err(|error| self.unwritable(path, &error))
    }

    fn foreign(&self, path: &str) -> Failure {
        Failure::usage(format!("{path} in {} is not from a build and stands in the way", self.path.display()))
            .help("build into a folder of its own, or move the file away; nothing was written")
    }

    fn unwritable(&self, path: &str, error: &io::Error) -> Failure {
        // Templates fail with errors of no particular kind; the system's have one.
        if error.kind() == ErrorKind::Other {
            return Failure::internal(format!("{path} cannot be made: {error}"));
        }
        Failure::usage(format!("{} cannot be written: {error}", self.path.join(path).display()))
    }
}

/// A folder for what is not yet in place, inside the output folder so that moving is one step. Gone when it is dropped.
struct Staging<'f> {
    folder: &'f Folder<'f>,
    path: PathBuf,
}

impl<'f> Staging<'f> {
    fn new(folder: &'f Folder<'f>) -> Result<Self, Failure> {
        for left in &folder.left {
            std::fs::remove_dir_all(left).map_err(|error| folder.unwritable(STAGING, &error))?;
        }
        let path = folder.path.join(format!("{STAGING}{}", std::process::id()));
        std::fs::create_dir(&path).map_err(|error| folder.unwritable(STAGING, &error))?;
        Ok(Self { folder, path })
    }

    fn render(&self, (number, artifact): (usize, &Artifact<'_>)) -> Result<(FileRecord, PathBuf), Failure> {
        let place = self.path.join(number.to_string());
        let (sha256, bytes) = render::render(artifact, &place)
            .map_err(|error| self.folder.unwritable(&artifact.path, &error))?;
        Ok((FileRecord { path: artifact.path.clone(), bytes, sha256 }, place))
    }
}

impl Drop for Staging<'_> {
    fn drop(&mut self) {
        // What cannot be removed now is removed by the next build.
        let _ = std::fs::remove_dir_all(&self.path);
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

fn is_safe(path: &str) -> bool {
    !path.contains(['\\', ':', '\0']) && path.split('/').all(|part| !matches!(part, "" | "." | ".."))
}

#[cfg(test)]
mod tests;
