//! What an import costs against merely reading and parsing the same files with the same reader.
//!
//! Both run on files that the system has in memory already. Time of the processor is that of the whole process, and memory the
//! most that a process of its own held; Linux alone tells both, elsewhere the columns are empty.

use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use ztam::import::{Order, import};
use ztam::intake::{Want, intake};
use ztam::session::BACKENDS;
use ztam::world::World;
use ztam_source::file::SourceMap;

use crate::corpus::{order, packages, repositories};

/// Ticks of a second in `/proc/self/stat`, on every Linux that Rust knows.
const TICKS: u64 = 100;

/// Time that something took.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cost {
    /// By the clock.
    pub wall: Duration,
    /// Of the processors, user and system together; zero where the system does not say.
    pub processor: Duration,
}

impl Cost {
    /// Carries something out so many times, and adds what that took.
    fn of<E>(times: usize, mut run: impl FnMut(usize) -> Result<(), E>) -> Result<Self, E> {
        let (start, before) = (Instant::now(), processor());
        (0..times).try_for_each(&mut run)?;
        Ok(Self { wall: start.elapsed(), processor: processor().saturating_sub(before) })
    }

    fn add(&mut self, other: Self) {
        self.wall += other.wall;
        self.processor += other.processor;
    }
}

/// What one package costs, each a number of times.
#[derive(Debug)]
pub struct Row {
    /// The repository's folder, with the number of the package where it has several.
    pub name: String,
    /// Reading and parsing alone.
    pub reading: Cost,
    /// The whole import into a new project.
    pub import: Cost,
    /// Most memory that a process held for either.
    pub memory: Option<Memory>,
}

/// Most memory, in kilobytes, that a process held.
#[derive(Clone, Copy, Debug)]
pub struct Memory {
    /// For reading and parsing alone.
    pub reading: u64,
    /// For the whole import.
    pub import: u64,
}

/// What a process of its own does, of which the memory is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Work {
    /// Reading and parsing.
    Read,
    /// The whole import.
    Import,
}

/// Measures every package of a corpus.
///
/// # Errors
/// Files cannot be read or written, or a package cannot be imported.
pub fn measure(corpus: &Path, platform: &str, times: usize) -> Result<Vec<Row>, Box<dyn Error>> {
    let mut rows = Vec::new();
    for repository in repositories(corpus, platform)? {
        let name = repository.file_name().map(|it| it.to_string_lossy().into_owned()).unwrap_or_default();
        for (paths, number) in packages(&repository)?.into_iter().zip(1..) {
            let name = if number == 1 { name.clone() } else { format!("{name} ({number})") };
            let folder = tempfile::tempdir()?;
            let package = copied(&repository, &paths, folder.path())?;
            rows.extend(row(name, &[package], platform, times)?);
        }
    }
    Ok(rows)
}

/// The files of a package in a folder by themselves, as somebody would give them.
fn copied(repository: &Path, paths: &[PathBuf], folder: &Path) -> Result<PathBuf, Box<dyn Error>> {
    for path in paths {
        let to = folder.join(path.strip_prefix(repository)?);
        fs::create_dir_all(to.parent().unwrap_or(folder))?;
        fs::copy(path, to)?;
    }
    Ok(folder.canonicalize()?)
}

/// Measures one package; nothing where it has nothing to import.
fn row(name: String, paths: &[PathBuf], platform: &str, times: usize) -> Result<Option<Row>, Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let into = folder.path().canonicalize()?;
    let of = |number: usize| order(paths.to_vec(), platform, &into.join(number.to_string()));
    let first = of(0)?;
    let world = World::new(first.as_of, into.clone());
    if import(&world, &first).map_or(true, |it| it.report.is_none()) {
        return Ok(None);
    }
    let mut held = 0;
    let reading = Cost::of(times, |_| read(&world, platform, paths).map(|containers| held += containers))?;
    let cost = Cost::of(times, |number| imported(&world, &of(number + 1)?))?;
    let memory = memory(paths, platform);
    Ok((held > 0).then_some(Row { name, reading, import: cost, memory }))
}

/// Reads and parses, and counts the containers.
fn read(world: &World, platform: &str, paths: &[PathBuf]) -> Result<usize, Box<dyn Error>> {
    let backend = BACKENDS.iter().find(|it| it.platform() == platform).ok_or("there is no such platform")?;
    let taken = intake(world, paths, &|_| Want::Bytes, &mut SourceMap::default());
    Ok(backend.read(&taken.map_err(|it| it.to_string())?.inputs()).package.containers.len())
}

fn imported(world: &World, order: &Order) -> Result<(), Box<dyn Error>> {
    let outcome = import(world, order).map_err(|it| it.to_string())?;
    outcome.report.map(|_| ()).ok_or_else(|| "the import was refused".into())
}

/// Most memory for either, each in a process of its own; nothing where the system does not say.
fn memory(paths: &[PathBuf], platform: &str) -> Option<Memory> {
    let of = |work: &str| {
        let mut command = std::process::Command::new(std::env::current_exe().ok()?);
        command.args(["bench", "import-memory", "--platform", platform, work]).args(paths);
        String::from_utf8(command.output().ok()?.stdout).ok()?.trim().parse().ok()
    };
    Some(Memory { reading: of("read")?, import: of("import")? })
}

/// Reads or imports files once, and says how many kilobytes this process has held at most.
///
/// # Errors
/// Files cannot be read or written, the import is refused, or the system does not say it.
pub fn peak(paths: &[PathBuf], platform: &str, work: Work) -> Result<u64, Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let into = folder.path().canonicalize()?;
    let order = order(paths.to_vec(), platform, &into.join("project"))?;
    let world = World::new(order.as_of, into);
    match work {
        Work::Read => drop(read(&world, platform, paths)?),
        Work::Import => imported(&world, &order)?,
    }
    status("VmHWM:").ok_or_else(|| "the system does not say it".into())
}

/// A figure of this process in kilobytes.
#[expect(clippy::disallowed_methods, reason = "the system tells it in a file")]
fn status(key: &str) -> Option<u64> {
    let text = fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(key))?;
    line.split_whitespace().next()?.parse().ok()
}

/// The rows as a table for people, with their sum.
#[must_use]
pub fn table(rows: &[Row], times: usize) -> String {
    let mut out = String::from(
        "| repository | reading, ms | import, ms | times | reading, ms of processors | import, ms of processors | times | \
         reading, MB | import, MB | times |\n|---|---|---|---|---|---|---|---|---|---|\n",
    );
    let (reading, import) = (Cost::default(), Cost::default());
    let mut sum = Row { name: "all".to_owned(), reading, import, memory: None };
    for row in rows {
        sum.reading.add(row.reading);
        sum.import.add(row.import);
    }
    for Row { name, reading, import, memory } in rows.iter().chain([&sum]) {
        let wall = line(reading.wall, import.wall, times);
        let processor = line(reading.processor, import.processor, times);
        let memory = memory.map_or_else(|| "| |".to_owned(), megabytes);
        let _ = writeln!(out, "| {name} | {wall} | {processor} | {memory} |");
    }
    out
}

fn megabytes(Memory { reading, import }: Memory) -> String {
    let megabytes = |it: u64| it.div_ceil(1000);
    format!(
        "{} | {} | {}.{}",
        megabytes(reading),
        megabytes(import),
        import / reading,
        import * 10 / reading % 10
    )
}

fn line(reading: Duration, import: Duration, times: usize) -> String {
    if reading.is_zero() {
        return "| |".to_owned();
    }
    let each = |it: Duration| it.as_secs_f64() * 1000.0 / f64::from(u32::try_from(times).unwrap_or(u32::MAX));
    let ratio = import.as_secs_f64() / reading.as_secs_f64();
    format!("{:.1} | {:.1} | {ratio:.2}", each(reading), each(import))
}

/// Time that the processors spent on this process until now.
#[expect(clippy::disallowed_methods, reason = "the system tells it in a file")]
fn processor() -> Duration {
    let text = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The second field is a name in brackets, which may hold spaces.
    let fields = text.rsplit_once(')').map_or("", |(_, it)| it).split_whitespace();
    let ticks: u64 = fields.skip(11).take(2).filter_map(|it| it.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 1000 / TICKS)
}
