//! The file of an inventory: joined with the earlier one, never over anything else.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use ztam_backend::Backend;
use ztam_model::inventory::{self, Difference, InventoryContainer, Keep, PlatformInventory};
use ztam_report::human::one_line;
use ztam_report::inventory::{Ours, Sizes, State};

use super::Found;
use crate::exit::Failure;
use crate::world::World;

/// Most bytes of an earlier inventory.
const MOST_BYTES: usize = 256 << 20;
/// Most names that are tried for a file beside its place.
const MOST_BESIDE: usize = 100;

/// An inventory with its place on the disk.
pub(super) struct Stored {
    pub(super) backend: &'static dyn Backend,
    pub(super) inventory: PlatformInventory,
    /// How much was read.
    pub(super) found: Sizes,
    pub(super) ours: Option<Ours>,
    path: PathBuf,
    /// As people read it.
    pub(super) shown: String,
    pub(super) state: State,
    /// What changed against the earlier inventory.
    pub(super) differences: Vec<Difference>,
    pub(super) after: String,
}

impl Stored {
    /// The inventory of a project, joined with the earlier one.
    pub(super) fn prepare(world: &World, root: &Path, found: Found, replace: bool) -> Result<Self, Failure> {
        let shown = format!("inventory/{}.json", found.backend.platform());
        Self::at(world, root.join(&shown), shown, found, replace)
    }

    /// The inventory at a path, joined with the one that is there.
    pub(super) fn at(
        world: &World,
        path: PathBuf,
        shown: String,
        found: Found,
        replace: bool,
    ) -> Result<Self, Failure> {
        let before = earlier(world, &path, &shown)?;
        let sizes = sizes(&found.inventory);
        let Found { backend, inventory: mut joined, ours, .. } = found;
        let mut differences = Vec::new();
        if let Some(text) = &before {
            let mut earlier = read(text, &shown, &joined.platform)?;
            if !replace {
                differences = earlier.join(joined, Keep::Last);
                joined = earlier;
            }
        }
        let after = text(&joined)?;
        let state = match before {
            None => State::New,
            Some(before) if before == after => State::Same,
            Some(_) if replace => State::Replaced,
            Some(_) => State::Joined,
        };
        Ok(Self { backend, inventory: joined, found: sizes, ours, path, shown, state, differences, after })
    }

    /// The inventory as it is printed.
    pub(super) fn printed(found: Found) -> Result<Self, Failure> {
        let Found { backend, inventory, ours, .. } = found;
        let (found, after) = (sizes(&inventory), text(&inventory)?);
        let (path, shown, differences) = (PathBuf::new(), "-".to_owned(), Vec::new());
        Ok(Self { backend, inventory, found, ours, path, shown, state: State::Printed, differences, after })
    }

    /// Writes it beside its place and moves it there: a reader never sees half of it.
    pub(super) fn write(&self, world: &World) -> Result<(), Failure> {
        if self.state == State::Same {
            return Ok(());
        }
        replace(world, &self.path, &self.after)
            .map_err(|error| Failure::usage(format!("{} cannot be written: {error}", self.shown)))
    }
}

/// How much an inventory holds.
pub(super) fn sizes(inventory: &PlatformInventory) -> Sizes {
    let fields = || inventory.objects.values().flat_map(|it| it.fields.values());
    Sizes {
        objects: inventory.objects.len(),
        fields: fields().count(),
        classified: fields().filter(|it| it.classification.is_some()).count(),
        secured: fields().filter(|it| it.secured == Some(true)).count(),
        rights: inventory.rights.len(),
        containers: inventory.containers.len(),
        granted: inventory.containers.iter().map(InventoryContainer::facts).sum(),
        names: inventory.names.values().map(Vec::len).sum(),
    }
}

/// Writes a file beside its place and moves it there. What stands beside it already, or is a link to somewhere else, is not
/// ours and stays.
pub(crate) fn replace(world: &World, path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        world.disk.make_folders(folder)?;
    }
    for number in 1..=MOST_BESIDE {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(if number == 1 { ".new".to_owned() } else { format!(".new-{number}") });
        let beside = path.with_file_name(name);
        match world.disk.create(&beside) {
            Ok(mut file) => {
                file.write_all(text.as_bytes())?;
                drop(file);
                return world.disk.rename(&beside, path);
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::Error::other("too many files stand beside it"))
}

/// The text of an inventory, with a final line feed.
pub(crate) fn text(inventory: &PlatformInventory) -> Result<String, Failure> {
    serde_json::to_string_pretty(inventory)
        .map(|text| text + "\n")
        .map_err(|error| Failure::internal(format!("the inventory cannot be written: {error}")))
}

fn earlier(world: &World, path: &Path, shown: &str) -> Result<Option<String>, Failure> {
    let wrong = |error| Failure::usage(format!("{shown} cannot be read: {error}"));
    if world.kind(path).map_err(wrong)?.is_none() {
        return Ok(None);
    }
    let bytes = world.read(path, MOST_BYTES).map_err(wrong)?;
    String::from_utf8(bytes).map(Some).map_err(|_| not_ours(shown))
}

/// An earlier inventory of the same platform. Anything else stays as it is.
fn read(text: &str, shown: &str, platform: &str) -> Result<PlatformInventory, Failure> {
    let earlier = inventory::read(text).map_err(|problem| {
        not_ours(&format!("{shown}, line {}: {}: it", problem.line, one_line(&problem.message)))
    })?;
    if earlier.platform == platform {
        Ok(earlier)
    } else {
        Err(Failure::usage(format!("{shown} is the inventory of another platform"))
            .help("move it away; nothing was written"))
    }
}

fn not_ours(shown: &str) -> Failure {
    Failure::usage(format!("{shown} is no inventory that this release can read"))
        .help("move the file away; nothing was written")
}
