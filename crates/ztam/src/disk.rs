//! Files and folders, behind a trait: one place to see what the program does to a disk, and a place where tests make any
//! operation fail.

#[cfg(test)]
pub(crate) mod faulty;

use std::any::Any;
use std::ffi::OsString;
use std::fmt::Debug;
use std::fs::{File, FileType, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Read, Write};
use std::path::Path;
use std::time::SystemTime;

/// What a directory entry is, links not followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// A file.
    File,
    /// A folder.
    Folder,
    /// A link to whatever.
    Link,
    /// A pipe, a socket, a device.
    Other,
}

/// What stands at a path, links not followed.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// What it is.
    pub kind: EntryKind,
    /// Its size, if it is a file.
    pub bytes: u64,
    /// When it was last written, where the file system says.
    pub modified: Option<SystemTime>,
}

/// A file that is being written.
pub type Output = Box<dyn Write + Send>;

/// Keeps others out until it is dropped or the process ends, however it ends.
pub type Lock = Box<dyn Any + Send>;

/// The operations on files and folders that the program needs. All paths are absolute.
pub trait Disk: Debug + Send + Sync {
    /// What stands at a path; `None` where nothing does.
    ///
    /// # Errors
    /// It cannot be looked at.
    fn look(&self, path: &Path) -> io::Result<Option<Entry>>;

    /// The entries of a folder, sorted by name.
    ///
    /// # Errors
    /// It cannot be read.
    fn list(&self, folder: &Path) -> io::Result<Vec<(OsString, EntryKind)>>;

    /// A regular file's size and bytes, links followed. Nothing else is opened: a pipe would hang.
    ///
    /// # Errors
    /// It cannot be read, or is no file.
    fn open(&self, path: &Path) -> io::Result<(u64, Box<dyn Read + Send>)>;

    /// A new file.
    ///
    /// # Errors
    /// Something stands there, or it cannot be written.
    fn create(&self, path: &Path) -> io::Result<Output>;

    /// A file, emptied if it is there.
    ///
    /// # Errors
    /// It cannot be written.
    fn overwrite(&self, path: &Path) -> io::Result<Output>;

    /// A folder and those above it, as far as they are not there.
    ///
    /// # Errors
    /// They cannot be made.
    fn make_folders(&self, path: &Path) -> io::Result<()>;

    /// Moves a file in one step, over another file if need be.
    ///
    /// # Errors
    /// It cannot be moved.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Removes a file or a link.
    ///
    /// # Errors
    /// It cannot be removed.
    fn remove_file(&self, path: &Path) -> io::Result<()>;

    /// Removes an empty folder.
    ///
    /// # Errors
    /// It cannot be removed, or is not empty.
    fn remove_folder(&self, path: &Path) -> io::Result<()>;

    /// Locks a file, which is made if it is not there and stays when the lock is gone.
    ///
    /// # Errors
    /// `WouldBlock` where another process or thread has the lock, `Unsupported` where the file system knows no locks.
    fn lock(&self, path: &Path) -> io::Result<Lock>;
}

/// The disk of this machine.
#[derive(Clone, Copy, Debug)]
pub struct RealDisk;

impl Disk for RealDisk {
    fn look(&self, path: &Path) -> io::Result<Option<Entry>> {
        match std::fs::symlink_metadata(path) {
            Ok(it) => {
                Ok(Some(Entry { kind: kind(it.file_type()), bytes: it.len(), modified: it.modified().ok() }))
            }
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<(OsString, EntryKind)>> {
        let mut entries = Vec::new();
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            entries.push((entry.file_name(), kind(entry.file_type()?)));
        }
        entries.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        Ok(entries)
    }

    fn open(&self, path: &Path) -> io::Result<(u64, Box<dyn Read + Send>)> {
        let metadata = std::fs::metadata(path)?;
        if !metadata.is_file() {
            return Err(io::Error::new(ErrorKind::InvalidInput, "not a regular file"));
        }
        Ok((metadata.len(), Box::new(File::open(path)?)))
    }

    fn create(&self, path: &Path) -> io::Result<Output> {
        Ok(Box::new(File::create_new(path)?))
    }

    fn overwrite(&self, path: &Path) -> io::Result<Output> {
        Ok(Box::new(File::create(path)?))
    }

    fn make_folders(&self, path: &Path) -> io::Result<()> {
        std::fs::create_dir_all(path)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        std::fs::rename(from, to)
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        std::fs::remove_file(path)
    }

    fn remove_folder(&self, path: &Path) -> io::Result<()> {
        std::fs::remove_dir(path)
    }

    fn lock(&self, path: &Path) -> io::Result<Lock> {
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(path)?;
        match file.try_lock() {
            Ok(()) => Ok(Box::new(file)),
            Err(TryLockError::WouldBlock) => Err(ErrorKind::WouldBlock.into()),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}

fn kind(kind: FileType) -> EntryKind {
    if kind.is_symlink() {
        EntryKind::Link
    } else if kind.is_dir() {
        EntryKind::Folder
    } else if kind.is_file() {
        EntryKind::File
    } else {
        EntryKind::Other
    }
}
