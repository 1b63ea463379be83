//! The project that is imported into, as it is on the disk, or begun in memory.

use std::path::{Path, PathBuf};

use ztam_model::inventory::PlatformInventory;

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
}

impl Project {
    pub(super) fn open(world: &World, session: &Session, into: &Path) -> Result<Self, Failure> {
        let root = world.resolve(into);
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
        Ok(Self { root, files, exists, loaded })
    }

    /// Has another inventory of a platform, in memory.
    pub(super) fn have(&mut self, file: &SourceBytes, inventory: PlatformInventory) {
        self.files.retain(|it| it.record.path != file.record.path);
        self.files.push(file.clone());
        self.loaded.project.inventory.platforms.insert(inventory.platform.clone(), inventory);
    }
}
