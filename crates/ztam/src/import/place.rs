//! Writing what an import makes: all of it or nothing. Everything is written into a folder beside the project's files first; a
//! journal there then says what goes where, and the files are moved. What fails is undone; what is cut off is finished by the next
//! import, unless somebody has changed the files since.

#[cfg(test)]
mod tests;

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::exit::Failure;
use crate::files::{self, hexadecimal};
use crate::world::World;

/// The folder, hidden so that nothing in it is taken for a part of the project.
const FOLDER: &str = ".ztam-import";
const JOURNAL: &str = "journal";
const UNFINISHED: &str = "journal-new";
/// More bytes than a file of a project has.
const MOST_BYTES: usize = 256 << 20;

/// A file as it is to be.
#[derive(Debug)]
pub(super) struct Placed<'a> {
    /// Its path in the project.
    pub(super) path: &'a str,
    pub(super) bytes: &'a [u8],
    /// What stands there; nothing where it is new.
    pub(super) before: Option<&'a [u8]>,
}

/// What goes where.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Journal {
    files: Vec<Move>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Move {
    path: String,
    /// SHA-256 of what stands there before; absent where nothing does.
    before: Option<String>,
    /// The same of what stands there afterwards.
    after: String,
}

/// Writes files of a project, all or none.
///
/// # Errors
/// They cannot be written, or have changed since they were read. Nothing is changed then, unless not even that could be done: the
/// next import finishes it.
pub(super) fn place(world: &World, root: &Path, files: &[Placed<'_>]) -> Result<(), Failure> {
    if files.is_empty() {
        return Ok(());
    }
    let was_there = world.kind(root).ok().flatten().is_some();
    let place = Place { world, root };
    place.check(files)?;
    let staged = place.stage(files);
    let moved = staged.and_then(|()| place.go(files));
    let Err((done, error)) = moved else {
        // What cannot be removed now is removed by the next import.
        let _ = place.clear(files.len());
        return Ok(());
    };
    let undone = place.undo(files, done).and_then(|()| place.clear(files.len()));
    if !was_there {
        let _ = world.disk.remove_folder(root);
    }
    let failure = Failure::usage(format!("the project cannot be written: {error}"));
    Err(match undone {
        Ok(()) => failure.help("nothing of it was changed"),
        Err(_) => failure.help("the next import into it begins by finishing this one"),
    })
}

/// Finishes an import that was cut off while it moved files; the paths of those that it moves now.
///
/// # Errors
/// They cannot be moved, or somebody has changed the files since.
pub(super) fn finish(world: &World, root: &Path) -> Result<(), Failure> {
    let place = Place { world, root };
    let path = place.staged(JOURNAL);
    if world.kind(&place.folder()).ok().flatten().is_none() {
        return Ok(());
    }
    let wrong = |why: String| {
        Failure::usage(format!("an import into this project was cut off, and cannot be finished: {why}"))
            .help(format!("remove the folder {FOLDER} to keep the files as they are"))
    };
    let told = |error: io::Error| wrong(error.to_string());
    if world.kind(&path).map_err(told)?.is_none() {
        // Nothing outside of the folder has changed.
        return place.clear(usize::MAX).map_err(told);
    }
    let bytes = world.read(&path, MOST_BYTES).map_err(told)?;
    let journal: Journal = serde_json::from_slice(&bytes).map_err(|error| wrong(error.to_string()))?;
    let mut left = Vec::new();
    for (number, it) in journal.files.iter().enumerate() {
        let is_ours = files::holds(&it.path).is_some() && !it.path.split('/').any(|part| part == "..");
        let now = place.hash(&root.join(&it.path)).map_err(told)?;
        if now.as_deref() == Some(it.after.as_str()) {
            continue;
        }
        let is_whole =
            place.hash(&place.staged(&number.to_string())).map_err(told)?.as_ref() == Some(&it.after);
        if !is_ours || now != it.before || !is_whole {
            return Err(wrong(format!("{} has changed since", it.path)));
        }
        left.push((number, it));
    }
    for (number, it) in left {
        place.move_to(number, &it.path).map_err(told)?;
    }
    place.clear(usize::MAX).map_err(told)
}

struct Place<'a> {
    world: &'a World,
    root: &'a Path,
}

impl Place<'_> {
    fn folder(&self) -> PathBuf {
        self.root.join(FOLDER)
    }

    fn staged(&self, name: &str) -> PathBuf {
        self.folder().join(name)
    }

    /// Nothing has changed since the project was read.
    fn check(&self, files: &[Placed<'_>]) -> Result<(), Failure> {
        let changed = |it: &&Placed<'_>| {
            let now = self.hash(&self.root.join(it.path)).ok();
            now != Some(it.before.map(hash_of))
        };
        match files.iter().find(changed) {
            None => Ok(()),
            Some(it) => Err(Failure::usage(format!("{} has changed while it was imported into", it.path))
                .help("nothing was written; import again")),
        }
    }

    /// Writes everything into the folder, the journal last.
    fn stage(&self, files: &[Placed<'_>]) -> Result<(), (usize, io::Error)> {
        let nothing = |error| (0, error);
        let disk = &self.world.disk;
        disk.make_folders(&self.folder()).map_err(nothing)?;
        for (number, it) in files.iter().enumerate() {
            let mut file = disk.create(&self.staged(&number.to_string())).map_err(nothing)?;
            file.write_all(it.bytes).and_then(|()| file.flush()).map_err(nothing)?;
        }
        let of_file = |it: &Placed<'_>| Move {
            path: it.path.to_owned(),
            before: it.before.map(hash_of),
            after: hash_of(it.bytes),
        };
        let journal = Journal { files: files.iter().map(of_file).collect() };
        let text = serde_json::to_string_pretty(&journal).map_err(|error| nothing(error.into()))?;
        let unfinished = self.staged(UNFINISHED);
        let mut file = disk.create(&unfinished).map_err(nothing)?;
        file.write_all(text.as_bytes()).and_then(|()| file.flush()).map_err(nothing)?;
        drop(file);
        disk.rename(&unfinished, &self.staged(JOURNAL)).map_err(nothing)
    }

    /// Moves everything to its place; where that fails, how many were moved.
    fn go(&self, files: &[Placed<'_>]) -> Result<(), (usize, io::Error)> {
        for (number, it) in files.iter().enumerate() {
            self.move_to(number, it.path).map_err(|error| (number, error))?;
        }
        Ok(())
    }

    fn move_to(&self, number: usize, path: &str) -> io::Result<()> {
        let disk = &self.world.disk;
        let target = self.root.join(path);
        if let Some(folder) = target.parent() {
            disk.make_folders(folder)?;
        }
        // A link stays one: what it leads to is what was read.
        let target = match self.world.kind(&target)? {
            Some(_) => self.world.canonical(&target)?,
            None => target,
        };
        disk.rename(&self.staged(&number.to_string()), &target)
    }

    /// Puts back what was there before the first few were moved.
    fn undo(&self, files: &[Placed<'_>], moved: usize) -> io::Result<()> {
        let disk = &self.world.disk;
        for (number, it) in files.iter().enumerate().take(moved).rev() {
            let target = self.root.join(it.path);
            match it.before {
                Some(bytes) => {
                    let mut file = disk.create(&self.staged(&number.to_string()))?;
                    file.write_all(bytes)?;
                    drop(file);
                    self.move_to(number, it.path)?;
                }
                None => disk.remove_file(&target)?,
            }
        }
        for it in files.iter().filter(|it| it.before.is_none()) {
            // Folders that were made for it; one that holds something else stays.
            let above = Path::new(it.path).ancestors().skip(1).filter(|it| !it.as_os_str().is_empty());
            let _ = above.map(|it| self.root.join(it)).try_for_each(|it| disk.remove_folder(&it));
        }
        Ok(())
    }

    /// Removes the folder with what this program writes into it: the journal last, since it says that the rest is ours.
    fn clear(&self, files: usize) -> io::Result<()> {
        let disk = &self.world.disk;
        let folder = self.folder();
        let is_number = |name: &str| name.parse::<usize>().is_ok_and(|it| it < files);
        let mut entries = disk.list(&folder)?;
        entries.sort_by_key(|(name, _)| name == JOURNAL);
        for (name, _) in entries {
            if name.to_str().is_some_and(|it| is_number(it) || it == JOURNAL || it == UNFINISHED) {
                disk.remove_file(&folder.join(name))?;
            }
        }
        disk.remove_folder(&folder)
    }

    /// SHA-256 of a file; `None` where nothing is.
    fn hash(&self, path: &Path) -> io::Result<Option<String>> {
        match self.world.read(path, MOST_BYTES) {
            Ok(bytes) => Ok(Some(hash_of(&bytes))),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}

fn hash_of(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}
