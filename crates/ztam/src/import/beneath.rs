//! What an import leaves in the inventory: containers that lie beneath roles and that no package writes, with what they grant.

use ztam_backend::Backend;
use ztam_backend::read::Reading;
use ztam_backend::rules::DUPLICATE_CONTAINER;
use ztam_backend::survey::Surveyor;
use ztam_model::inventory::{self, InventoryContainer, Keep, Part, PlatformInventory};
use ztam_report::import::Beneath;

use super::Project;
use super::stored::Stored;
use crate::commands::inventory::text;
use crate::exit::Failure;
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
    pub(super) stored: Stored,
    pub(super) told: Beneath,
}

impl Floor {
    /// Joins what was found with the project's inventory; `None` where nothing was found.
    pub(super) fn prepare(
        world: &World,
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
        Ok(Some(Self { stored: Stored::prepare(world, project, platform, text)?, told }))
    }
}
