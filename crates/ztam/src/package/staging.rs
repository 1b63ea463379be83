//! What is not yet in place: a folder inside the output folder, so that moving a file is one step, and in it the journal,
//! which says what is being put in place. Until the journal is there, nothing outside has changed; once it is, it stays
//! until the build is done, and the next build knows by it which files are ours.

use std::cell::Cell;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use ztam_report::manifest::{FILE_NAME, Manifest};

use super::Folder;
use crate::disk::Disk;
use crate::exit::Failure;

/// Beginning of the names of such folders.
pub(super) const PREFIX: &str = ".ztam-tmp-";
/// The journal before it is whole.
const UNFINISHED: &str = "journal";
/// More folders than builds ever leave.
const MOST: usize = 10_000;

pub(super) struct Staging<'f> {
    disk: &'f dyn Disk,
    path: PathBuf,
    /// Whether files may have been moved out of it already.
    placing: Cell<bool>,
}

impl<'f> Staging<'f> {
    /// A new one. What builds that were cut off have left is emptied up to their journals.
    pub(super) fn new(folder: &'f Folder<'_>) -> Result<Self, Failure> {
        let disk = folder.disk();
        for left in &folder.left {
            empty(disk, left).map_err(|error| folder.unwritable(PREFIX, &error))?;
        }
        for number in 0..MOST {
            let path = folder.path.join(format!("{PREFIX}{number}"));
            match disk.look(&path) {
                Ok(Some(_)) => {}
                Ok(None) => {
                    disk.make_folders(&path).map_err(|error| folder.unwritable(PREFIX, &error))?;
                    return Ok(Self { disk, path, placing: Cell::new(false) });
                }
                Err(error) => return Err(folder.unwritable(PREFIX, &error)),
            }
        }
        Err(folder.unwritable(PREFIX, &ErrorKind::AlreadyExists.into()))
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether files may have been moved already.
    pub(super) fn is_placing(&self) -> bool {
        self.placing.get()
    }

    /// Writes the journal: the manifest that will stand in the folder. It appears whole or not at all.
    pub(super) fn begin(&self, manifest: &Manifest) -> io::Result<PathBuf> {
        let (unfinished, journal) = (self.path.join(UNFINISHED), self.path.join(FILE_NAME));
        self.disk.create(&unfinished)?.write_all(manifest.to_text().as_bytes())?;
        self.placing.set(true);
        self.disk.rename(&unfinished, &journal)?;
        Ok(journal)
    }

    /// Removes what the build and those before it have left. The manifest stands: what cannot be removed now is removed
    /// by the next build.
    pub(super) fn finish(self, left: &[PathBuf]) {
        self.placing.set(false);
        for path in left {
            let _ = remove(self.disk, path);
        }
    }
}

impl Drop for Staging<'_> {
    fn drop(&mut self) {
        // Once files are being moved, the journal must stay for the next build.
        if !self.placing.get() {
            let _ = remove(self.disk, &self.path);
        }
    }
}

/// Removes everything but the journal.
fn empty(disk: &dyn Disk, folder: &Path) -> io::Result<()> {
    let entries = disk.list(folder)?;
    if !entries.iter().any(|(name, _)| name == FILE_NAME) {
        return remove(disk, folder);
    }
    entries
        .iter()
        .filter(|(name, _)| name != FILE_NAME)
        .try_for_each(|(name, _)| disk.remove_file(&folder.join(name)))
}

fn remove(disk: &dyn Disk, folder: &Path) -> io::Result<()> {
    let mut entries = disk.list(folder)?;
    // The journal last: as long as it is there, it is whole.
    entries.sort_by_key(|(name, _)| name == FILE_NAME);
    entries.iter().try_for_each(|(name, _)| disk.remove_file(&folder.join(name)))?;
    disk.remove_folder(folder)
}
