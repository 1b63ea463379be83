//! The outside world: files, today's date, the terminal. Nothing else in the product reads any of them.

use std::ffi::OsString;
use std::io::{self, ErrorKind, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ztam_model::date::Date;

pub use crate::disk::EntryKind;
use crate::disk::{Disk, RealDisk};

/// What a run knows of its surroundings.
#[derive(Clone, Debug)]
pub struct World {
    /// Today, UTC: the default of `--as-of` and used for nothing else.
    pub today: Date,
    /// The folder that relative paths start from.
    pub directory: PathBuf,
    /// The terminal behind the standard error stream.
    pub terminal: Terminal,
    /// Files and folders.
    pub disk: Arc<dyn Disk>,
}

/// What the standard error stream is connected to.
#[derive(Clone, Copy, Debug, Default)]
pub struct Terminal {
    /// Whether a person is watching.
    pub interactive: bool,
    /// Whether colors are welcome there: a terminal that is not `dumb`, and no `NO_COLOR`.
    pub color: bool,
    /// Its columns, if the environment says.
    pub columns: Option<usize>,
}

impl World {
    /// The surroundings of this process.
    ///
    /// # Errors
    /// The current folder or the clock cannot be read.
    pub fn here() -> io::Result<Self> {
        Ok(Self { terminal: Terminal::here(), ..Self::new(today()?, std::env::current_dir()?) })
    }

    /// Surroundings with the disk of this machine, and nobody who watches.
    #[must_use]
    pub fn new(today: Date, directory: PathBuf) -> Self {
        Self { today, directory, terminal: Terminal::default(), disk: Arc::new(RealDisk) }
    }

    /// A path as given on the command line.
    #[must_use]
    pub fn resolve(&self, path: &Path) -> PathBuf {
        self.directory.join(path)
    }

    /// The bytes of a file; of a longer file the first `limit + 1`. Only regular files are read: a pipe would hang.
    ///
    /// # Errors
    /// The file cannot be read or is none.
    pub fn read(&self, path: &Path, limit: usize) -> io::Result<Vec<u8>> {
        let (size, file) = self.disk.open(path)?;
        let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(usize::MAX).min(limit) + 1);
        file.take(limit as u64 + 1).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// The entries of a folder, sorted by name.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn list(&self, folder: &Path) -> io::Result<Vec<(OsString, EntryKind)>> {
        self.disk.list(folder)
    }

    /// What a path is, links not followed; `None` where nothing is.
    ///
    /// # Errors
    /// The path cannot be looked at.
    pub fn kind(&self, path: &Path) -> io::Result<Option<EntryKind>> {
        Ok(self.disk.look(path)?.map(|it| it.kind))
    }

    /// The path with every link followed.
    ///
    /// # Errors
    /// Nothing is there.
    pub fn canonical(&self, path: &Path) -> io::Result<PathBuf> {
        path.canonicalize()
    }

    /// Writes a new file; an existing one is an error.
    ///
    /// # Errors
    /// The file exists or cannot be written.
    pub fn create(&self, path: &Path, text: &str) -> io::Result<()> {
        if let Some(folder) = path.parent() {
            self.disk.make_folders(folder)?;
        }
        self.disk.create(path)?.write_all(text.as_bytes())
    }

    /// Writes a file, whatever was there.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn replace(&self, path: &Path, text: &str) -> io::Result<()> {
        self.disk.overwrite(path)?.write_all(text.as_bytes())
    }

    /// Prints data.
    ///
    /// # Errors
    /// The standard output stream is full or broken; a reader that has gone away is no error.
    pub fn print(&self, text: &str) -> io::Result<()> {
        let mut out = io::stdout().lock();
        quiet(out.write_all(text.as_bytes()).and_then(|()| out.flush()))
    }

    /// Prints for people. Nobody can be told when that fails.
    pub fn tell(&self, text: &str) {
        let mut out = io::stderr().lock();
        let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    }
}

impl Terminal {
    fn here() -> Self {
        let interactive = io::stderr().is_terminal();
        let set = |name| variable(name).is_some_and(|value| !value.is_empty());
        let color = interactive && !set("NO_COLOR") && variable("TERM").is_none_or(|term| term != "dumb");
        let columns =
            variable("COLUMNS").and_then(|it| it.parse().ok()).filter(|it| (20..=1000).contains(it));
        Self { interactive, color, columns }
    }

    /// Columns to draw in: the terminal's, or what reads well in a log.
    #[must_use]
    pub fn width(self) -> usize {
        self.columns.unwrap_or(if self.interactive { 80 } else { 140 })
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

#[expect(clippy::disallowed_methods, reason = "the one place that reads the clock")]
fn today() -> io::Result<Date> {
    let since =
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_err(io::Error::other)?;
    let days = i64::try_from(since.as_secs() / 86_400).map_err(io::Error::other)?;
    Date::from_day_number(days).ok_or_else(|| io::Error::other("the clock shows no year from 1900 to 9999"))
}

fn quiet(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}
