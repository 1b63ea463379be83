//! `ztam why`: from a line of a built package back to the lines of the matrix that it stands on. Writes nothing.

use std::io::{Cursor, Read as _};
use std::path::{Path, PathBuf};

use clap::Args;
use ztam_backend::plan::{Container, Plan, Row};
use ztam_backend::read::{Input, Package as Read, ReadContainer, ReadRow};
use ztam_graph::access::Access;
use ztam_graph::ids::Names;
use ztam_report::json::Tool;
use ztam_report::manifest::{FILE_NAME, Manifest};
use ztam_report::verification::{Difference, DifferenceKind, Package};
use ztam_report::why::{Answer, ExplainedRow, FORMAT_VERSION, RowText, Why, to_human};
use ztam_source::file::{FileId, SourceFile};
use ztam_source::span::Span;

use crate::commands::verify::{date, of_sources};
use crate::commands::{Opened, open};
use crate::exit::{Exit, Failure};
use crate::package::Folder;
use crate::reporter::Reporter;
use crate::session::{BACKENDS, EmitterOf};
use crate::world::World;
use crate::{VERSION, why};

/// Most bytes of a file of a package, and of a file inside an archive.
const MOST_BYTES: usize = 512 * 1024 * 1024;

/// Arguments of `ztam why`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// A line of a package, as FILE:LINE; inside an archive as ARCHIVE.zip!FILE:LINE
    #[arg(long, value_name = "FILE:LINE", env = "ZTAM_ARTIFACT", value_parser = artifact)]
    pub artifact: Artifact,
    /// The project's folder [default: the nearest upwards with a `ztam.yaml`]
    #[arg(env = "ZTAM_PROJECT")]
    pub project: Option<PathBuf>,
}

/// A line of a built file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Artifact {
    /// The file.
    pub file: PathBuf,
    /// The file inside it, where it is an archive.
    pub entry: Option<String>,
    /// The line, from 1.
    pub line: u32,
}

fn artifact(text: &str) -> Result<Artifact, String> {
    let (place, line) = text.rsplit_once(':').ok_or("the line is missing: write FILE:LINE")?;
    let line = line.parse().ok().filter(|line| *line > 0).ok_or("the line is a number from 1 on")?;
    let (file, entry) = match place.split_once(".zip!") {
        Some((archive, entry)) => (format!("{archive}.zip"), Some(entry.to_owned())),
        None => (place.to_owned(), None),
    };
    if file.is_empty() {
        return Err("the file is missing: write FILE:LINE".to_owned());
    }
    Ok(Artifact { file: PathBuf::from(file), entry, line })
}

/// The built file that is asked about.
struct Built {
    /// Path in the package; inside an archive with `/` before the name there.
    path: String,
    manifest: Manifest,
    /// Whether the file is as it was written.
    is_intact: bool,
    bytes: Vec<u8>,
}

pub(crate) fn run(arguments: &Arguments, world: &World, reporter: &Reporter<'_>) -> Result<Exit, Failure> {
    let built = Built::open(&arguments.artifact, world)?;
    match open(arguments.project.as_deref(), world, reporter)? {
        Ok(opened) => answer(&arguments.artifact, &built, &opened, reporter),
        Err(exit) => Ok(exit),
    }
}

fn answer(
    artifact: &Artifact,
    built: &Built,
    opened: &Opened,
    reporter: &Reporter<'_>,
) -> Result<Exit, Failure> {
    let manifest = &built.manifest;
    let environment = Names::new(&opened.loaded.project).environments.find(&manifest.environment);
    let environment = environment.ok_or_else(|| {
        Failure::usage(format!(
            "the project has no environment `{}`, and the package is for it",
            manifest.environment
        ))
        .help("give the project that the package was built from")
    })?;
    let (access, emitters, _) =
        opened.session.resolve(&opened.loaded, Some(environment), date(&manifest.as_of)?);
    let (platform, inside) = built.path.split_once('/').unwrap_or_default();
    let emitter = emitters.iter().find(|it| it.platform == platform);
    let backend = BACKENDS.iter().find(|it| it.platform() == platform);
    let (Some(emitter), Some(backend)) = (emitter, backend) else { return Err(nothing(artifact, built)) };
    let input = Input { file: FileId(0), path: inside, bytes: &built.bytes };
    let read = backend.read(&[input]).package;
    let plan = emitter.emitter.plan(&access);
    let asked = asked(&read, &built.line(artifact.line).ok_or_else(|| nothing(artifact, built))?);
    let is_beside = |it: &ReadContainer| {
        plan.beside.iter().any(|made| (made.thing.kind.as_str(), &made.thing.name) == (it.kind, &it.name))
    };
    if let Some((it, _)) = asked.iter().find(|(it, _)| is_beside(it)) {
        return Err(Failure::usage(format!(
            "`{}` is a {}, which stands beside the rows of roles",
            it.name, it.kind
        ))
        .help(
            "obligations.md names what it is for; ask about a row of a permission set, a role or a profile",
        ));
    }
    let answers: Vec<_> =
        asked.into_iter().map(|it| Explained { access: &access, emitter, plan: &plan }.answer(it)).collect();
    if answers.is_empty() {
        return Err(nothing(artifact, built));
    }
    let mut differences = of_sources(manifest, &opened.loaded);
    if !built.is_intact {
        differences.push(Difference::new(DifferenceKind::FileChanged, &built.path));
    }
    let sources = &opened.loaded.sources;
    let is_given = answers.iter().all(|it| it.role.is_some() && it.instead.is_none());
    let why = Why {
        format_version: FORMAT_VERSION,
        tool: Tool::ztam(VERSION),
        file: built.shown(artifact),
        line: artifact.line,
        package: Package::of(manifest),
        same: differences.is_empty() && is_given,
        differences,
        rows: answers.iter().map(|it| ExplainedRow::new(it, sources)).collect(),
    };
    let draw = |style| to_human(&why, &answers, sources, style);
    reporter.drawing(draw, &why.to_text(), !why.same)?;
    Ok(if why.same { Exit::Clean } else { Exit::Wider })
}

fn nothing(artifact: &Artifact, built: &Built) -> Failure {
    Failure::usage(format!("line {} of {} grants nothing", artifact.line, built.shown(artifact)))
        .help("ask about a line of a permission set, a role or a profile")
}

impl Built {
    fn open(artifact: &Artifact, world: &World) -> Result<Self, Failure> {
        let file = world.resolve(&artifact.file);
        let shown = artifact.file.display();
        let unreadable =
            |error: &dyn std::fmt::Display| Failure::usage(format!("{shown} cannot be read: {error}"));
        let bytes = world.read(&file, MOST_BYTES).map_err(|error| unreadable(&error))?;
        let holds = |folder: &&Path| world.kind(&folder.join(FILE_NAME)).ok().flatten().is_some();
        let home = file.ancestors().skip(1).find(holds).ok_or_else(|| {
            Failure::usage(format!("{shown} is in no package: no folder above it has a {FILE_NAME}"))
                .help("give a file of a folder that `ztam build` wrote")
        })?;
        let below = file.strip_prefix(home).map_err(|error| unreadable(&error))?;
        let parts: Vec<_> = below.components().map(|it| it.as_os_str().to_string_lossy()).collect();
        let path = parts.join("/");
        let folder = Folder::open(world, home.to_path_buf())?;
        let manifest =
            folder.earlier().cloned().ok_or_else(|| unreadable(&"no build was completed there"))?;
        let is_intact = folder.is_intact(&path)?;
        let built = Self { path, manifest, is_intact, bytes };
        match &artifact.entry {
            Some(entry) => built.into_entry(entry).map_err(|error| unreadable(&error)),
            None => Ok(built),
        }
    }

    fn into_entry(self, entry: &str) -> std::io::Result<Self> {
        let mut archive = zip::ZipArchive::new(Cursor::new(&self.bytes))?;
        let mut bytes = Vec::new();
        archive.by_name(entry)?.take(MOST_BYTES as u64).read_to_end(&mut bytes)?;
        Ok(Self { path: format!("{}/{entry}", self.path), bytes, ..self })
    }

    /// The file as people write it.
    fn shown(&self, artifact: &Artifact) -> String {
        let inside = artifact.entry.as_ref().and_then(|entry| self.path.strip_suffix(entry.as_str()));
        match (inside, &artifact.entry) {
            (Some(archive), Some(entry)) => format!("{}!{entry}", archive.trim_end_matches('/')),
            _ => self.path.clone(),
        }
    }

    /// What stands on a line, blanks left out; `None` where there is nothing.
    fn line(&self, line: u32) -> Option<Span> {
        let text = String::from_utf8_lossy(&self.bytes);
        let source = SourceFile::new(self.path.as_str(), text);
        let range = (line <= source.line_count()).then(|| source.line_range(line - 1))?;
        let whole = source.text.get(range.clone())?;
        let start = range.start + (whole.len() - whole.trim_start().len());
        let end = range.start + whole.trim_end().len();
        (start < end).then(|| Input { file: FileId(0), path: "", bytes: &[] }.span(&(start..end)))
    }
}

/// The rows on a line, or else the head of the container that holds it.
fn asked<'r>(read: &'r Read, line: &Span) -> Vec<(&'r ReadContainer, Option<&'r ReadRow>)> {
    let touches = |span: &Span| span.start < line.end && line.start < span.end;
    let rows = read.containers.iter().flat_map(|it| it.rows.iter().map(move |row| (it, row)));
    let rows: Vec<_> = rows.filter(|(_, row)| touches(&row.span)).map(|(it, row)| (it, Some(row))).collect();
    if !rows.is_empty() {
        return rows;
    }
    read.containers.iter().filter(|it| touches(&it.place)).map(|it| (it, None)).collect()
}

/// Explains what was read by what is planned.
struct Explained<'e, 'p> {
    access: &'e Access<'p>,
    emitter: &'e EmitterOf<'p>,
    plan: &'e Plan,
}

impl Explained<'_, '_> {
    fn answer(&self, (read, row): (&ReadContainer, Option<&ReadRow>)) -> Answer {
        let text = |row: &Row| RowText {
            kind: row.kind.to_owned(),
            key: row.key.clone(),
            rights: row.rights.iter().map(|it| (*it).to_owned()).collect(),
        };
        let mut answer = Answer {
            container: read.kind,
            name: read.name.clone(),
            role: None,
            row: row.map(|it| text(&it.row)),
            instead: None,
            reasons: Vec::new(),
        };
        // A component of a solution stands for a role or profile.
        let component = row.filter(|it| it.row.kind == "RootComponent");
        let id = component.and_then(|it| it.row.key.split_once(' ')).map(|(_, id)| id);
        let planned = match id {
            Some(id) => self.plan.containers.iter().find(|it| it.id.as_deref() == Some(id)),
            None => self.planned(read),
        };
        let Some(planned) = planned else { return answer };
        answer.role = Some(self.access.names.roles.name(planned.role).to_owned());
        match row.filter(|_| component.is_none()) {
            None => answer.reasons = why::head(self.access, planned),
            Some(row) => {
                let rows = self.emitter.emitter.rows(self.access, planned);
                let same = |it: &&Row| (it.kind, &it.key) == (row.row.kind, &row.row.key);
                let now = rows.iter().find(same);
                let rights = now.map(|it| &it.rights);
                answer.instead = (rights != Some(&row.row.rights))
                    .then(|| now.map(|it| text(it).rights).unwrap_or_default());
                answer.reasons =
                    now.map_or_else(Vec::new, |now| why::row(self.access, self.emitter, planned, now));
            }
        }
        answer
    }

    fn planned(&self, read: &ReadContainer) -> Option<&Container> {
        let same = |it: &&Container| {
            it.kind == read.kind && if read.id.is_some() { it.id == read.id } else { it.name == read.name }
        };
        self.plan.containers.iter().find(same)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_file_and_a_number() {
        let of = |file: &str, entry: Option<&str>, line| {
            Ok(Artifact { file: file.into(), entry: entry.map(str::to_owned), line })
        };
        assert_eq!(artifact("a/b.xml:7"), of("a/b.xml", None, 7));
        assert_eq!(artifact("C:\\a.xml:7"), of("C:\\a.xml", None, 7));
        assert_eq!(artifact("s.zip!customizations.xml:3"), of("s.zip", Some("customizations.xml"), 3));
        for wrong in ["a.xml", "a.xml:0", "a.xml:x", ":3", "a.xml:"] {
            assert!(artifact(wrong).is_err(), "{wrong}");
        }
    }
}
