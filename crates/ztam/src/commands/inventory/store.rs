//! The file of an inventory: joined with the earlier one, never over anything else.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use ztam_backend::Backend;
use ztam_model::inventory::{self, Difference, InventoryContainer, Keep, PlatformInventory};
use ztam_report::human::one_line;

use super::fields;
use crate::commands::count;
use crate::exit::Failure;
use crate::world::World;

/// Most bytes of an earlier inventory.
const MOST_BYTES: usize = 256 << 20;
/// Most differences that people are shown.
const SHOWN: usize = 20;
/// Most names that are tried for a file beside its place.
const MOST_BESIDE: usize = 100;

/// An inventory with its place on the disk.
pub(super) struct Stored {
    pub(super) backend: &'static dyn Backend,
    pub(super) inventory: PlatformInventory,
    path: PathBuf,
    shown: String,
    /// What was there, if anything.
    before: Option<String>,
    /// What changed against the earlier inventory.
    differences: Vec<Difference>,
    after: String,
}

impl Stored {
    /// The inventory of a project, joined with the earlier one.
    pub(super) fn prepare(
        world: &World,
        root: &Path,
        backend: &'static dyn Backend,
        inventory: PlatformInventory,
        replace: bool,
    ) -> Result<Self, Failure> {
        let shown = format!("inventory/{}.json", backend.platform());
        Self::at(world, root.join(&shown), shown, backend, inventory, replace)
    }

    /// The inventory at a path, joined with the one that is there.
    pub(super) fn at(
        world: &World,
        path: PathBuf,
        shown: String,
        backend: &'static dyn Backend,
        inventory: PlatformInventory,
        replace: bool,
    ) -> Result<Self, Failure> {
        let before = earlier(world, &path, &shown)?;
        let mut joined = inventory;
        let mut differences = Vec::new();
        if let Some(text) = &before {
            let mut earlier = read(text, &shown, &joined.platform)?;
            if !replace {
                differences = earlier.join(joined, Keep::Last);
                joined = earlier;
            }
        }
        let after = text(&joined)?;
        Ok(Self { backend, inventory: joined, path, shown, before, differences, after })
    }

    /// Writes it beside its place and moves it there: a reader never sees half of it.
    pub(super) fn write(&self, world: &World) -> Result<(), Failure> {
        if self.before.as_deref() == Some(self.after.as_str()) {
            return Ok(());
        }
        replace(world, &self.path, &self.after)
            .map_err(|error| Failure::usage(format!("{} cannot be written: {error}", self.shown)))
    }

    pub(super) fn summary(&self) -> String {
        let it = &self.inventory;
        let mut parts = vec![
            count(
                it.objects.len(),
                if self.backend.words().object_key == "table" { "table" } else { "object" },
            ),
            count(fields(it), if self.backend.words().object_key == "table" { "column" } else { "field" }),
        ];
        if !it.rights.is_empty() {
            parts.push(count(it.rights.len(), "right"));
        }
        if !it.containers.is_empty() {
            parts.push(count_of(it.containers.len(), "role or permission set"));
        }
        match it.containers.iter().map(InventoryContainer::facts).sum() {
            0 => {}
            1 => parts.push("1 right that they grant".to_owned()),
            more => parts.push(format!("{more} rights that they grant")),
        }
        let names: usize = it.names.values().map(Vec::len).sum();
        if names > 0 {
            parts.push(count(names, "other name"));
        }
        let state = match &self.before {
            None => "",
            Some(before) if *before == self.after => ", as before",
            Some(_) => ", joined with the earlier inventory",
        };
        let mut out = format!("{}: {}{state}\n", one_line(&self.shown), parts.join(", "));
        for it in self.differences.iter().take(SHOWN) {
            let _ = writeln!(out, "  {} has changed: {}", one_line(&it.of), it.fact);
        }
        if self.differences.len() > SHOWN {
            let _ = writeln!(out, "  and {} more have changed", self.differences.len() - SHOWN);
        }
        out
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

fn count_of(number: usize, word: &str) -> String {
    match word.split_once(" or ") {
        Some((first, rest)) if number != 1 => format!("{number} {first}s or {rest}s"),
        _ => count(number, word),
    }
}
