//! What the commands that read an org's files take in: folders, single files and archives that nobody vouches for, as one
//! sorted list of files. Inventory, import and plan begin here.
//!
//! Nothing is unpacked onto the disk, no link is followed out of what was given, and every size is bounded before it is
//! paid for. What is refused is a finding; what is left out on purpose is listed.

mod archive;
mod walk;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::path::PathBuf;

use ztam_backend::Backend;
use ztam_backend::read::Input;
use ztam_backend::rules::{MALFORMED, NO_PROJECT, TOO_LARGE};
use ztam_source::file::{FileId, SourceFile, SourceMap};
use ztam_source::finding::{Finding, RuleMeta};
use ztam_source::span::Span;

use crate::exit::Failure;
use crate::world::World;

pub(crate) use walk::shown;

/// What a caller wants of a file, judged by its path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Want {
    /// Its bytes.
    Bytes,
    /// Its bytes, when [`Taken::load`] asks for them: of large estates not all files fit into memory at once. Those of an
    /// archive come at once.
    Later,
    /// That it is there.
    Name,
    /// Nothing.
    Nothing,
}

/// A file as taken.
#[derive(Clone, Debug)]
pub struct Taken {
    /// Path as given on the command line and below, with `/`; an archive's path before those of its entries.
    pub path: String,
    /// Its bytes; none where they are read later.
    pub bytes: Vec<u8>,
    /// Where they are read later.
    pub place: Option<PathBuf>,
    /// What findings call it.
    pub source: FileId,
}

/// Everything that was taken.
#[derive(Debug, Default)]
pub struct Intake {
    /// Files with their bytes, sorted by path, each once.
    pub files: Vec<Taken>,
    /// Paths of files of which only the name was wanted, sorted.
    pub names: Vec<String>,
    /// Folders and archives that were left out, sorted: hidden ones, installed packages, archives in archives.
    pub left_out: Vec<String>,
    /// What was refused. While one of them blocks, what was taken is not everything.
    pub findings: Vec<Finding>,
}

impl Intake {
    /// What back ends read.
    pub fn inputs(&self) -> Vec<Input<'_>> {
        self.files.iter().map(Taken::input).collect()
    }

    /// Puts the texts of the files that findings speak of into the map, so that they can be drawn. The others stay empty:
    /// an org's files are many.
    pub fn show(&self, findings: &[Finding], sources: &mut SourceMap) {
        for taken in self.spoken_of(findings) {
            sources.replace(taken.source, SourceFile::new(taken.path.as_str(), text(&taken.bytes)));
        }
    }

    /// The same where bytes are read later.
    ///
    /// # Errors
    /// A file cannot be read again.
    pub fn show_later(
        &self,
        world: &World,
        findings: &[Finding],
        sources: &mut SourceMap,
    ) -> Result<(), Failure> {
        for taken in self.spoken_of(findings) {
            let bytes = taken.load(world)?;
            sources.replace(taken.source, SourceFile::new(taken.path.as_str(), text(&bytes)));
        }
        Ok(())
    }

    fn spoken_of(&self, findings: &[Finding]) -> impl Iterator<Item = &Taken> {
        let spoken: BTreeSet<FileId> =
            findings.iter().flat_map(|it| &it.labels).map(|label| label.span.file).collect();
        self.files.iter().filter(move |it| spoken.contains(&it.source))
    }
}

impl Taken {
    /// Its bytes, now.
    ///
    /// # Errors
    /// The file cannot be read any more.
    pub fn load(&self, world: &World) -> Result<Cow<'_, [u8]>, Failure> {
        let Some(place) = &self.place else { return Ok(Cow::Borrowed(&self.bytes)) };
        let read = world.read(place, LIMITS.bytes);
        let bytes = read.map_err(|error| Failure::usage(format!("{} cannot be read: {error}", self.path)))?;
        if bytes.len() > LIMITS.bytes {
            return Err(Failure::usage(format!("{} has grown while it was read", self.path)));
        }
        Ok(Cow::Owned(bytes))
    }

    /// What back ends read.
    pub fn input(&self) -> Input<'_> {
        Input { file: self.source, path: &self.path, bytes: &self.bytes }
    }
}

/// What speaks against the places of files. A project file above what was given counts as well as one in it.
pub fn layout(world: &World, backend: &dyn Backend, paths: &[PathBuf], taken: &Intake) -> Vec<Finding> {
    let mut findings = backend.layout(&taken.inputs(), &taken.names);
    let is_above = |name: &str| {
        paths.iter().any(|path| {
            let place = world.resolve(path);
            let place = world.canonical(&place).unwrap_or(place);
            place.ancestors().skip(1).any(|it| world.kind(&it.join(name)).ok().flatten().is_some())
        })
    };
    let is_told = findings.iter().any(|it| it.rule.id == NO_PROJECT.id);
    if is_told && backend.project_file().is_some_and(is_above) {
        findings.retain(|it| it.rule.id != NO_PROJECT.id);
    }
    findings
}

/// How much is taken at most.
#[derive(Clone, Copy, Debug)]
struct Limits {
    /// Deepest folder.
    depth: usize,
    /// Most entries of folders and archives that are looked at.
    entries: usize,
    /// Most files.
    files: usize,
    /// Most bytes of one file or archive.
    bytes: usize,
    /// Most bytes of all files together.
    total: usize,
    /// How many times larger than packed an entry and a whole archive may be. Metadata packs 10 to 60 times.
    ratio: usize,
    /// Bytes below which the ratio is not asked for.
    small: usize,
}

const LIMITS: Limits = Limits {
    depth: 64,
    entries: 2_000_000,
    files: 500_000,
    bytes: 1 << 30,
    total: 4 << 30,
    ratio: 250,
    small: 4 << 20,
};

/// Takes in files, folders with what is below, and archives. A path that names a file is always taken with its bytes; of
/// what lies in folders and archives, what `want` says. Every file gets an id in `sources`, without its text.
///
/// # Errors
/// A path does not exist or cannot be read.
pub fn intake(
    world: &World,
    paths: &[PathBuf],
    want: &(dyn Fn(&str) -> Want + Sync),
    sources: &mut SourceMap,
) -> Result<Intake, Failure> {
    intake_within(world, paths, want, sources, LIMITS)
}

fn intake_within(
    world: &World,
    paths: &[PathBuf],
    want: &(dyn Fn(&str) -> Want + Sync),
    sources: &mut SourceMap,
    limits: Limits,
) -> Result<Intake, Failure> {
    let mut gathering = Gathering::new(want, limits);
    walk::walk(world, paths, &mut gathering)?;
    Ok(gathering.finish(sources))
}

/// What has been found so far. Ids are given at the end, in the order of paths.
struct Gathering<'w> {
    want: &'w (dyn Fn(&str) -> Want + Sync),
    limits: Limits,
    files: Vec<(String, Contents)>,
    names: Vec<String>,
    left_out: Vec<String>,
    refused: Vec<Refused>,
    entries: usize,
    total: usize,
    /// A limit of the whole has been passed: nothing more is taken.
    full: bool,
}

/// What is in a file.
enum Contents {
    Here(Vec<u8>),
    There(PathBuf),
}

/// Something that is not taken, and why.
struct Refused {
    rule: &'static RuleMeta,
    path: String,
    title: String,
    help: Option<String>,
}

impl<'w> Gathering<'w> {
    fn new(want: &'w (dyn Fn(&str) -> Want + Sync), limits: Limits) -> Self {
        Self {
            want,
            limits,
            files: Vec::new(),
            names: Vec::new(),
            left_out: Vec::new(),
            refused: Vec::new(),
            entries: 0,
            total: 0,
            full: false,
        }
    }

    fn refuse(&mut self, path: &str, title: String, help: Option<String>) {
        self.refused.push(Refused { rule: &MALFORMED, path: path.to_owned(), title, help });
    }

    fn too_large(&mut self, path: &str, title: String) {
        self.refused.push(Refused { rule: &TOO_LARGE, path: path.to_owned(), title, help: None });
    }

    /// A limit of everything together is passed.
    fn stop(&mut self, path: &str, what: &str) {
        if !self.full {
            let help = Some("give fewer folders, or those that hold the metadata".to_owned());
            let title = format!("there is {what}, so `{path}` and what follows is not read");
            self.refused.push(Refused { rule: &TOO_LARGE, path: path.to_owned(), title, help });
        }
        self.full = true;
    }

    /// Counts entries of a folder or an archive; false where they are too many.
    fn look_at(&mut self, entries: usize, path: &str) -> bool {
        self.entries = self.entries.saturating_add(entries);
        if self.entries > self.limits.entries {
            let what = format!("more than {} files and folders to look at", self.limits.entries);
            self.stop(path, &what);
        }
        !self.full
    }

    /// Whether a file is not too large by itself.
    fn is_small_enough(&mut self, path: &str, bytes: usize) -> bool {
        let most = self.limits.bytes;
        if bytes > most {
            let title = format!("`{}` is larger than {} MiB and is not read", last(path), most >> 20);
            self.too_large(path, title);
        }
        bytes <= most
    }

    /// Whether a file of so many bytes may be taken beside those there are.
    fn has_room(&mut self, path: &str, bytes: usize) -> bool {
        if !self.is_small_enough(path, bytes) {
            return false;
        }
        if self.files.len() >= self.limits.files {
            self.stop(path, &format!("more than {} files to read", self.limits.files));
        } else if self.total.saturating_add(bytes) > self.limits.total {
            self.stop(path, &format!("more than {} MiB to read", self.limits.total >> 20));
        }
        !self.full
    }

    fn take(&mut self, path: String, bytes: Vec<u8>) {
        self.total = self.total.saturating_add(bytes.len());
        self.files.push((path, Contents::Here(bytes)));
    }

    /// Takes a file whose bytes are read later. It costs no memory now, and counts among the files and bytes all the same.
    fn take_later(&mut self, path: String, place: PathBuf, bytes: usize) {
        self.total = self.total.saturating_add(bytes);
        self.files.push((path, Contents::There(place)));
    }

    fn finish(self, sources: &mut SourceMap) -> Intake {
        let Self { mut files, mut names, mut left_out, refused, .. } = self;
        files.sort_by(|a, b| a.0.cmp(&b.0));
        files.dedup_by(|a, b| a.0 == b.0);
        names.sort_unstable();
        names.dedup();
        left_out.sort_unstable();
        left_out.dedup();
        let mut add = |path: &str| sources.add(SourceFile::new(path, String::new()));
        let files = files.into_iter().map(|(path, contents)| {
            let (bytes, place) = match contents {
                Contents::Here(bytes) => (bytes, None),
                Contents::There(place) => (Vec::new(), Some(place)),
            };
            Taken { source: add(&path), path, bytes, place }
        });
        let files = files.collect();
        let findings = refused.into_iter().map(|it| it.finding(&mut add)).collect();
        Intake { files, names, left_out, findings }
    }
}

impl Refused {
    fn finding(self, add: &mut impl FnMut(&str) -> FileId) -> Finding {
        let span = Span::new(add(&self.path), 0, 0);
        let finding = Finding::new(self.rule, self.title).at(span, "not read").fact("path", self.path);
        match self.help {
            Some(help) => finding.help(help),
            None => finding,
        }
    }
}

/// The last part of a path.
fn last(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn size(bytes: u64) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX)
}

/// Folders that hold no metadata of an org: hidden ones, and packages of other tools.
fn is_left_out(folder: &str) -> bool {
    folder.starts_with('.') || folder == "node_modules" || folder == "__MACOSX"
}

fn is_archive(path: &str) -> bool {
    path.len() > 4 && path.get(path.len() - 4..).is_some_and(|end| end.eq_ignore_ascii_case(".zip"))
}

/// A text of as many bytes, so that places stay where they are: what is not UTF-8 becomes question marks.
fn text(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| '?'));
    }
    text
}

#[cfg(test)]
mod tests;
