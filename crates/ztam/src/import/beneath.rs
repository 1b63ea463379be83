//! What an import leaves in the inventory: containers that lie beneath roles and that no package writes, with what they grant.

use std::path::PathBuf;

use ztam_backend::Backend;
use ztam_backend::read::Reading;
use ztam_backend::rules::DUPLICATE_CONTAINER;
use ztam_backend::survey::Surveyor;
use ztam_model::inventory::{self, InventoryContainer, Keep, Part, PlatformInventory};
use ztam_report::import::Beneath;

use super::Project;
use crate::commands::inventory::{replace, text};
use crate::exit::Failure;
use crate::files::FileKind;
use crate::intake::Intake;
use crate::world::World;

/// What lies beneath in the files that were read. Where several of them hold a part of one, all parts count.
pub(super) fn found(backend: &dyn Backend, taken: &Intake, reading: &Reading) -> Vec<InventoryContainer> {
    let Some(kind) = backend.beneath() else { return Vec::new() };
    let mut surveyor = Surveyor::new(backend.platform());
    let mut add = |reading: &Reading| {
        let all = reading.package.containers.iter().filter(|it| it.kind == kind);
        all.for_each(|it| surveyor.granting(it.clone()));
    };
    let is_kind = |key: &str, value: &str| key == "kind" && value == kind;
    let twice = reading.findings.iter().any(|it| {
        it.rule.id == DUPLICATE_CONTAINER.id && it.facts.iter().any(|(key, value)| is_kind(key, value))
    });
    if twice {
        taken.inputs().into_iter().for_each(|input| add(&backend.read(&[input])));
    } else {
        add(reading);
    }
    surveyor.finish().inventory.containers
}

/// The inventory of the project as it is to be.
pub(super) struct Floor {
    path: PathBuf,
    /// As people read it.
    shown: String,
    text: String,
    is_new: bool,
    pub(super) told: Beneath,
}

impl Floor {
    /// Joins what was found with the project's inventory; `None` where nothing was found.
    pub(super) fn prepare(
        project: &Project,
        backend: &dyn Backend,
        found: Vec<InventoryContainer>,
    ) -> Result<Option<Self>, Failure> {
        let Some(kind) = found.first().map(|it| it.kind.clone()) else { return Ok(None) };
        let platform = backend.platform();
        let names: Vec<String> = found.iter().map(|it| it.name.clone()).collect();
        let facts_in = found.iter().map(InventoryContainer::facts).sum();
        let new = PlatformInventory {
            format_version: inventory::FORMAT_VERSION,
            platform: platform.to_owned(),
            containers: found,
            ..PlatformInventory::default()
        };
        let (shown, before) = stored(project, platform);
        let joined = match project.loaded.project.inventory.platforms.get(platform) {
            Some(earlier) => {
                let mut earlier = earlier.clone();
                earlier.join(new, Keep::Last);
                earlier
            }
            // Nothing else of the org was looked at.
            None => PlatformInventory { partial: [Part::Fields, Part::Names, Part::Rights].into(), ..new },
        };
        let text = text(&joined)?;
        let written = inventory::read(&text).map_err(|it| Failure::internal(it.message))?;
        let there = written.containers.iter().filter(|it| it.kind == kind && names.contains(&it.name));
        let facts_out = there.map(InventoryContainer::facts).sum();
        let told = Beneath { kind, containers: names.len(), facts_in, facts_out };
        let is_new = before.as_deref() != Some(text.as_bytes());
        Ok(Some(Self { path: project.root.join(&shown), shown, text, is_new, told }))
    }

    /// Writes it, unless it is there as it is; the path in the project where it was written.
    pub(super) fn write(&self, world: &World) -> Result<Option<String>, Failure> {
        if !self.is_new {
            return Ok(None);
        }
        replace(world, &self.path, &self.text)
            .map_err(|error| Failure::usage(format!("{} cannot be written: {error}", self.shown)))?;
        Ok(Some(self.shown.clone()))
    }
}

/// Where the project keeps the inventory of a platform, and what is there.
fn stored(project: &Project, platform: &str) -> (String, Option<Vec<u8>>) {
    let of_platform = |bytes: &[u8]| {
        let text = std::str::from_utf8(bytes).unwrap_or_default();
        inventory::read(text.trim_start_matches('\u{feff}')).is_ok_and(|it| it.platform == platform)
    };
    let mut inventories = project.files.iter().filter(|it| it.kind == FileKind::Inventory);
    match inventories.find(|it| of_platform(&it.bytes)) {
        Some(file) => (file.record.path.clone(), Some(file.bytes.clone())),
        None => (format!("inventory/{platform}.json"), None),
    }
}
