//! The file in which a project keeps the inventory of a platform, as an import adds to it.

use ztam_model::inventory;

use super::Project;
use crate::exit::Failure;
use crate::files::{FileKind, SourceBytes};
use crate::world::World;

/// The file of an inventory as it is to be.
pub(super) struct Stored {
    file: SourceBytes,
}

impl Stored {
    /// What the project's inventory of a platform is to be; written is nothing yet.
    ///
    /// # Errors
    /// Something else stands where the inventory would.
    pub(super) fn prepare(
        world: &World,
        project: &Project,
        platform: &str,
        text: String,
    ) -> Result<Self, Failure> {
        let of_platform = |file: &&SourceBytes| {
            let text = std::str::from_utf8(&file.bytes).unwrap_or_default();
            inventory::read(text.trim_start_matches('\u{feff}')).is_ok_and(|it| it.platform == platform)
        };
        let mut inventories = project.files.iter().filter(|it| it.kind == FileKind::Inventory);
        let before = inventories.find(of_platform);
        let path = before.map_or_else(|| format!("inventory/{platform}.json"), |it| it.record.path.clone());
        let place = project.root.join(&path);
        if before.is_none() && world.kind(&place).ok().flatten().is_some() {
            return Err(Failure::usage(format!("{path} is no inventory of this platform"))
                .help("move the file away; nothing was written"));
        }
        Ok(Self { file: SourceBytes::inventory(path, text) })
    }

    /// The file.
    pub(super) fn file(&self) -> &SourceBytes {
        &self.file
    }
}
