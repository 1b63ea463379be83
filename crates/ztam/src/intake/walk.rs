//! Folders and single files.

use std::io;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::{Gathering, Want, archive, is_archive, is_left_out, last, size};
use crate::exit::Failure;
use crate::world::{EntryKind, World};

/// Files that are read at once, and about how many bytes.
const BATCH: usize = 512;
const BATCH_BYTES: usize = 64 << 20;
/// What a zip archive begins with.
const ARCHIVE: &[u8] = b"PK\x03\x04";

/// Gathers what the paths hold. A path below another one is part of it and not taken twice.
pub(super) fn walk(world: &World, paths: &[PathBuf], gathering: &mut Gathering<'_>) -> Result<(), Failure> {
    let roots = paths.iter().map(|path| Root::new(world, path)).collect::<Result<Vec<_>, _>>()?;
    let mut search = Search { world, roots: &roots, gathering, files: Vec::new() };
    for (at, root) in roots.iter().enumerate() {
        let is_part = |(other, it): (usize, &Root)| {
            root.home.starts_with(&it.home) && (other < at || root.home != it.home)
        };
        if !roots.iter().enumerate().any(is_part) {
            search.root(root)?;
        }
    }
    search.read()
}

/// A path of the command line.
struct Root {
    /// Where it is, every link followed.
    home: PathBuf,
    /// As it was given.
    shown: String,
}

impl Root {
    fn new(world: &World, path: &Path) -> Result<Self, Failure> {
        let shown = shown(path);
        let home = world.canonical(&world.resolve(path)).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => Failure::usage(format!("there is no {shown}")),
            _ => unreadable(&shown, &error),
        })?;
        Ok(Self { home, shown })
    }
}

/// A file to read.
struct Found {
    place: PathBuf,
    path: String,
    bytes: usize,
}

struct Search<'s, 'w> {
    world: &'s World,
    roots: &'s [Root],
    gathering: &'s mut Gathering<'w>,
    files: Vec<Found>,
}

impl Search<'_, '_> {
    fn root(&mut self, root: &Root) -> Result<(), Failure> {
        let entry = self.world.disk.look(&root.home).map_err(|error| unreadable(&root.shown, &error))?;
        match entry.map(|it| (it.kind, it.bytes)) {
            Some((EntryKind::Folder, _)) => self.folder(&root.home, &root.shown, 0),
            Some((EntryKind::File, bytes)) => {
                self.found(root.home.clone(), root.shown.clone(), size(bytes));
                Ok(())
            }
            _ => Err(Failure::usage(format!("{} is neither a file nor a folder", root.shown))),
        }
    }

    fn folder(&mut self, folder: &Path, path: &str, depth: usize) -> Result<(), Failure> {
        if depth > self.gathering.limits.depth {
            let title = format!("`{path}` lies more than {} folders deep", self.gathering.limits.depth);
            self.gathering.too_large(path, title);
            return Ok(());
        }
        let entries = self.world.list(folder).map_err(|error| unreadable(path, &error))?;
        if !self.gathering.look_at(entries.len(), path) {
            return Ok(());
        }
        for (name, kind) in entries {
            let place = folder.join(&name);
            let Some(text) = name.to_str() else {
                self.not_text(path, &name.to_string_lossy());
                continue;
            };
            let below = join(path, text);
            match kind {
                EntryKind::Folder if is_left_out(text) => self.gathering.left_out.push(below),
                EntryKind::Folder => self.folder(&place, &below, depth + 1)?,
                EntryKind::File => self.file(place, below)?,
                EntryKind::Link => self.link(&place, &below),
                EntryKind::Other => {}
            }
        }
        Ok(())
    }

    /// A name that is not UTF-8 cannot be shown or held against others.
    fn not_text(&mut self, folder: &str, name: &str) {
        let path = join(folder, name);
        if (self.gathering.want)(&path) != Want::Nothing || is_archive(&path) {
            let title = format!("the name of a file in `{folder}` is not UTF-8, so the file is not read");
            self.gathering.refuse(&path, title, Some("rename the file".to_owned()));
        }
    }

    fn file(&mut self, place: PathBuf, path: String) -> Result<(), Failure> {
        match (self.gathering.want)(&path) {
            Want::Name => self.gathering.names.push(path),
            Want::Nothing if !is_archive(&path) => {}
            Want::Later if !is_archive(&path) => {
                let bytes = self.bytes(&place, &path)?;
                if self.gathering.has_room(&path, bytes) {
                    self.gathering.take_later(path, place, bytes);
                }
            }
            Want::Bytes | Want::Later | Want::Nothing => {
                let bytes = self.bytes(&place, &path)?;
                self.found(place, path, bytes);
            }
        }
        Ok(())
    }

    fn bytes(&self, place: &Path, path: &str) -> Result<usize, Failure> {
        let entry = self.world.disk.look(place).map_err(|error| unreadable(path, &error))?;
        Ok(entry.map_or(0, |it| size(it.bytes)))
    }

    fn found(&mut self, place: PathBuf, path: String, bytes: usize) {
        if self.gathering.is_small_enough(&path, bytes) {
            self.files.push(Found { place, path, bytes });
        }
    }

    /// What a link leads to is read where it stands, if it stands in what was given; else it is told where it may matter.
    fn link(&mut self, place: &Path, path: &str) {
        let target = self.world.canonical(place);
        if target.as_ref().is_ok_and(|it| self.roots.iter().any(|root| it.starts_with(&root.home))) {
            return;
        }
        let is_folder = target.as_ref().is_ok_and(|it| it.is_dir());
        let is_wanted = (self.gathering.want)(path) != Want::Nothing || is_archive(path);
        if is_left_out(last(path)) {
            self.gathering.left_out.push(path.to_owned());
        } else if is_folder || is_wanted {
            let title = format!("`{path}` is a link that leads out of what was given, and is not followed");
            let help = match target {
                Ok(target) => format!("give what it leads to as a path of its own: {}", target.display()),
                Err(_) => "remove the link: nothing is there".to_owned(),
            };
            self.gathering.refuse(path, title, Some(help));
        }
    }

    /// Reads what was found, some files at a time, in order.
    fn read(self) -> Result<(), Failure> {
        let mut rest = self.files.as_slice();
        while !rest.is_empty() && !self.gathering.full {
            let mut bytes = 0;
            let more = rest.iter().take(BATCH).take_while(|it| {
                let fits = bytes == 0 || bytes + it.bytes <= BATCH_BYTES;
                bytes += it.bytes.max(1);
                fits
            });
            let (batch, later) = rest.split_at(more.count().max(1));
            rest = later;
            let limits = self.gathering.limits;
            let read: Vec<_> = batch.par_iter().map(|it| self.world.read(&it.place, limits.bytes)).collect();
            for (found, bytes) in batch.iter().zip(read) {
                let bytes = bytes.map_err(|error| unreadable(&found.path, &error))?;
                if is_archive(&found.path) || bytes.starts_with(ARCHIVE) {
                    archive::unpack(&found.path, &bytes, self.gathering);
                } else if self.gathering.has_room(&found.path, bytes.len()) {
                    self.gathering.take(found.path.clone(), bytes);
                }
            }
        }
        Ok(())
    }
}

fn join(folder: &str, name: &str) -> String {
    match folder {
        "." => name.to_owned(),
        _ => format!("{}/{name}", folder.trim_end_matches('/')),
    }
}

/// A path as people write it, with `/`.
pub(crate) fn shown(path: &Path) -> String {
    let text = path.to_string_lossy();
    let text = if std::path::MAIN_SEPARATOR == '/' { text.into_owned() } else { text.replace('\\', "/") };
    match text.trim_end_matches('/') {
        "" => text,
        trimmed => trimmed.strip_prefix("./").unwrap_or(trimmed).to_owned(),
    }
}

fn unreadable(path: &str, error: &io::Error) -> Failure {
    Failure::usage(format!("{path} cannot be read: {error}"))
}
