//! Looks at what a build has left: whether every file is there with its bytes, and whether more is there.

use std::path::Path;

use rayon::prelude::*;
use ztam_report::manifest::{FileRecord, Manifest};
use ztam_report::removal::{self, Changes};

use super::{Folder, is_ours};
use crate::exit::Failure;
use crate::session::BACKENDS;
use crate::world::EntryKind;

/// One difference between an output folder and its manifest; paths as in the manifest.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// A file has other bytes.
    Changed(String),
    /// A file is gone, or something else stands there.
    Missing(String),
    /// Something that no build made lies in a folder of the package.
    Extra(String),
}

/// What was found.
#[derive(Debug)]
pub struct Inspection {
    /// What the last build that was completed wrote.
    pub manifest: Option<Manifest>,
    /// Whether a build has begun to put files in place and was cut off.
    pub interrupted: bool,
    /// Differences to the manifest, sorted.
    pub changes: Vec<Change>,
    /// The list of what has changed since an earlier build, where the build wrote one and it is as it was written.
    pub removal: Option<Changes>,
}

impl Folder<'_> {
    /// Compares the folder with its manifest, byte by byte. Writes nothing.
    ///
    /// # Errors
    /// A folder cannot be read.
    pub fn inspect(&self) -> Result<Inspection, Failure> {
        let interrupted = !self.begun.is_empty();
        let Some(manifest) = self.earlier.clone() else {
            return Ok(Inspection { manifest: None, interrupted, changes: Vec::new(), removal: None });
        };
        let found: Vec<Option<Change>> =
            manifest.outputs.par_iter().map(|record| self.change(record)).collect::<Result<_, _>>()?;
        let mut changes: Vec<Change> = found.into_iter().flatten().collect();
        let all = std::iter::once(&manifest).chain(&self.begun).flat_map(|it| &it.outputs);
        // What a build could have written is carried out by its place, also where this one wrote nothing there.
        let ours = BACKENDS.iter().map(|it| it.platform()).chain(removal::FILE_NAME.split('/').take(1));
        let mut folders: Vec<&str> =
            all.filter_map(|it| it.path.split_once('/')).map(|(top, _)| top).chain(ours).collect();
        folders.sort_unstable();
        folders.dedup();
        for top in folders {
            let path = self.path.join(top);
            match self.world.kind(&path).map_err(|error| self.unreadable(top, &error))? {
                Some(EntryKind::Folder) => self.extras(&manifest, top, &path, &mut changes)?,
                Some(_) => changes.push(Change::Extra(top.to_owned())),
                None => {}
            }
        }
        changes.sort_unstable();
        changes.dedup();
        let removal = self.removal(&manifest)?;
        Ok(Inspection { manifest: Some(manifest), interrupted, changes, removal })
    }

    fn removal(&self, manifest: &Manifest) -> Result<Option<Changes>, Failure> {
        let Some(record) = manifest.output(removal::FILE_NAME) else { return Ok(None) };
        // Whatever else stands there is among the changes.
        if !self.has(record)? {
            return Ok(None);
        }
        let bytes = self.bytes_of(removal::FILE_NAME, usize::MAX)?.filter(|it| is_ours(record, it));
        let text = bytes.and_then(|it| String::from_utf8(it).ok());
        Ok(text.and_then(|it| Changes::read(&it).ok()))
    }

    /// Whether a file of the last build has its bytes. One that no build made has not.
    ///
    /// # Errors
    /// It cannot be read.
    pub(crate) fn is_intact(&self, path: &str) -> Result<bool, Failure> {
        self.earlier.as_ref().and_then(|it| it.output(path)).map_or(Ok(false), |record| self.has(record))
    }

    fn change(&self, record: &FileRecord) -> Result<Option<Change>, Failure> {
        if self.has(record)? {
            return Ok(None);
        }
        let path = record.path.clone();
        let kind = self.world.kind(&self.path.join(&path)).map_err(|error| self.unreadable(&path, &error))?;
        Ok(Some(if kind == Some(EntryKind::File) { Change::Changed(path) } else { Change::Missing(path) }))
    }

    fn extras(
        &self,
        manifest: &Manifest,
        below: &str,
        folder: &Path,
        changes: &mut Vec<Change>,
    ) -> Result<(), Failure> {
        for (name, kind) in self.world.list(folder).map_err(|error| self.unreadable(below, &error))? {
            let path = format!("{below}/{}", name.to_string_lossy());
            if kind == EntryKind::Folder {
                self.extras(manifest, &path, &folder.join(name), changes)?;
            } else if manifest.output(&path).is_none() {
                changes.push(Change::Extra(path));
            }
        }
        Ok(())
    }
}
