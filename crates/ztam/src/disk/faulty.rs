//! A disk on which any single operation fails, for tests of whatever must survive that.

use std::ffi::OsString;
use std::io::{self, ErrorKind, Read, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::{Disk, Entry, EntryKind, Lock, Output, RealDisk};

/// How a disk fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// One operation fails, and those after it work: a full disk that somebody clears, a file that vanishes.
    Once(ErrorKind),
    /// Nothing can be written from there on, and reading goes on: a full disk, where files can still be moved and removed,
    /// or one that has become read-only.
    NoWrites(ErrorKind),
    /// Nothing works from there on: the process is killed, or the disk is gone. A write is cut in the middle.
    ForGood,
}

/// A disk that fails at an operation.
#[derive(Clone, Debug)]
pub(crate) struct FaultyDisk {
    fault: Fault,
    at: usize,
    done: Arc<AtomicUsize>,
}

impl FaultyDisk {
    pub(crate) fn new(fault: Fault, at: usize) -> Self {
        Self { fault, at, done: Arc::default() }
    }

    pub(crate) fn has_failed(&self) -> bool {
        self.done.load(Ordering::SeqCst) > self.at
    }

    /// An operation that makes something, or moves or removes it.
    fn change(&self, makes: bool) -> io::Result<()> {
        let number = self.done.load(Ordering::SeqCst);
        self.step()?;
        match self.fault {
            Fault::NoWrites(kind)
                if number >= self.at && (makes || kind == ErrorKind::ReadOnlyFilesystem) =>
            {
                Err(kind.into())
            }
            _ => Ok(()),
        }
    }

    fn step(&self) -> io::Result<()> {
        let number = self.done.fetch_add(1, Ordering::SeqCst);
        match self.fault {
            Fault::Once(kind) if number == self.at => Err(kind.into()),
            Fault::ForGood if number >= self.at => Err(ErrorKind::Interrupted.into()),
            _ => Ok(()),
        }
    }
}

struct FaultyFile {
    disk: FaultyDisk,
    file: Output,
}

impl Write for FaultyFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let was_well = !self.disk.has_failed();
        // `Interrupted` would be tried again by whoever writes.
        if self.disk.change(true).is_err() {
            if was_well {
                self.file.write_all(&bytes[..bytes.len() / 2])?;
            }
            return Err(ErrorKind::StorageFull.into());
        }
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Disk for FaultyDisk {
    fn look(&self, path: &Path) -> io::Result<Option<Entry>> {
        self.step()?;
        RealDisk.look(path)
    }
    fn list(&self, folder: &Path) -> io::Result<Vec<(OsString, EntryKind)>> {
        self.step()?;
        RealDisk.list(folder)
    }
    fn open(&self, path: &Path) -> io::Result<(u64, Box<dyn Read + Send>)> {
        self.step()?;
        RealDisk.open(path)
    }
    fn create(&self, path: &Path) -> io::Result<Output> {
        self.change(true)?;
        Ok(Box::new(FaultyFile { disk: self.clone(), file: RealDisk.create(path)? }))
    }
    fn overwrite(&self, path: &Path) -> io::Result<Output> {
        self.change(true)?;
        RealDisk.overwrite(path)
    }
    fn make_folders(&self, path: &Path) -> io::Result<()> {
        self.change(true)?;
        RealDisk.make_folders(path)
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.change(false)?;
        RealDisk.rename(from, to)
    }
    fn remove_file(&self, path: &Path) -> io::Result<()> {
        self.change(false)?;
        RealDisk.remove_file(path)
    }
    fn remove_folder(&self, path: &Path) -> io::Result<()> {
        self.change(false)?;
        RealDisk.remove_folder(path)
    }
    fn lock(&self, path: &Path) -> io::Result<Lock> {
        self.step()?;
        RealDisk.lock(path)
    }
}
