//! The project that is imported into, as it is on the disk, or begun in memory.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use ztam_model::inventory::PlatformInventory;

use super::place::{self, Placed};
use super::vocabulary;
use crate::exit::Failure;
use crate::files::{self, FileKind, SourceBytes};
use crate::session::{Loaded, Session};
use crate::world::World;

/// The project that is imported into.
pub(super) struct Project {
    pub(super) root: PathBuf,
    /// Its files, with those that only begin it.
    pub(super) files: Vec<SourceBytes>,
    /// Whether there was one.
    pub(super) exists: bool,
    pub(super) loaded: Loaded,
    /// What stands on the disk where `files` has something else, by path.
    on_disk: BTreeMap<String, Option<Vec<u8>>>,
}

impl Project {
    pub(super) fn open(world: &World, session: &Session, into: &Path) -> Result<Self, Failure> {
        let root = world.resolve(into);
        place::finish(world, &root)?;
        let is_there = |path: &Path| world.kind(path).ok().flatten().is_some();
        let exists = is_there(&root.join(files::MANIFEST));
        let mut files = if is_there(&root) { files::read(world, &root)? } else { Vec::new() };
        if !exists {
            let name = root.file_name().map(|it| it.to_string_lossy().into_owned()).unwrap_or_default();
            // An inventory that was taken into the folder before is the project's.
            files.retain(|it| it.kind == FileKind::Inventory);
            files.push(vocabulary::manifest(&name));
        }
        let loaded = session.read(&root, files.clone());
        let begun = (!exists).then(|| (files::MANIFEST.to_owned(), None));
        Ok(Self { root, files, exists, loaded, on_disk: begun.into_iter().collect() })
    }

    /// Has another inventory of a platform, in memory.
    pub(super) fn have(&mut self, file: &SourceBytes, inventory: PlatformInventory) {
        let path = file.record.path.clone();
        let before = self.before(&path).map(<[u8]>::to_vec);
        self.on_disk.insert(path, before);
        self.files.retain(|it| it.record.path != file.record.path);
        self.files.push(file.clone());
        self.loaded.project.inventory.platforms.insert(inventory.platform.clone(), inventory);
    }

    /// What stands on the disk at a path of the project.
    fn before(&self, path: &str) -> Option<&[u8]> {
        if let Some(known) = self.on_disk.get(path) {
            return known.as_deref();
        }
        self.files.iter().find(|it| it.record.path == path).map(|it| it.bytes.as_slice())
    }

    /// Writes files, all or none; of two for one path the later. The paths of those that were not there as they are, sorted.
    ///
    /// # Errors
    /// They cannot be written, or have changed since they were read.
    pub(super) fn write<'f>(
        &self,
        world: &World,
        files: impl Iterator<Item = &'f SourceBytes>,
    ) -> Result<Vec<String>, Failure> {
        let files: BTreeMap<&str, &[u8]> =
            files.map(|it| (it.record.path.as_str(), it.bytes.as_slice())).collect();
        let placed = files.into_iter().map(|(path, bytes)| Placed { path, bytes, before: self.before(path) });
        let placed: Vec<_> = placed.filter(|it| it.before != Some(it.bytes)).collect();
        place::place(world, &self.root, &placed)?;
        Ok(placed.iter().map(|it| it.path.to_owned()).collect())
    }
}
