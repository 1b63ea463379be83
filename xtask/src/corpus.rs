//! Imports public repositories one by one into projects that are thrown away, and says in a table what came of it.

pub mod findings;

use std::collections::BTreeMap;
use std::error::Error;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Parser as _;
use ztam::cli::Cli;
use ztam::import::{Order, import};
use ztam::reporter::Reporter;
use ztam::world::World;
use ztam_model::date::Date;
use ztam_report::import::Import;

/// What importing one repository gave.
#[derive(Debug)]
pub struct Row {
    /// The folder's name.
    pub repository: String,
    /// What was done; absent with a reason where nothing could be.
    pub report: Result<Import, String>,
    /// Milliseconds for reading, building, proving and writing.
    pub milliseconds: u128,
    /// Whether a second import changed nothing.
    pub settled: bool,
    /// Role files that are a file each, before and after.
    pub files: Files,
}

/// Role files of a package against those of a build.
#[derive(Debug, Default)]
pub struct Files {
    /// How many come back byte for byte.
    pub same: usize,
    /// Roles of packed solutions, which stand deeper in another file, and how many of them come back line for line.
    pub packed: (usize, usize),
    /// Those that do not, each with the first line that differs.
    pub differing: Vec<String>,
}

impl Files {
    /// Compares the role files among `paths` with those of a build.
    #[expect(clippy::disallowed_methods, reason = "bytes are compared apart from what the product reads")]
    fn compare(paths: &[PathBuf], built: &Path) -> Result<Self, Box<dyn Error>> {
        let mut files = Self::default();
        let is_packed =
            |it: &&PathBuf| it.file_name().is_some_and(|it| it.eq_ignore_ascii_case("customizations.xml"));
        let roles = built.join("dataverse/solution/Roles");
        for path in paths.iter().filter(is_packed) {
            files.compare_packed(&fs::read_to_string(path)?, &roles)?;
        }
        for path in paths.iter().filter(|it| it.parent().is_some_and(|it| it.ends_with("Roles"))) {
            let Some(name) = path.file_name() else { continue };
            let before = fs::read(path)?;
            let after = fs::read(roles.join(name)).unwrap_or_default();
            if before == after {
                files.same += 1;
                continue;
            }
            let lines = |bytes: &[u8]| -> Vec<String> {
                String::from_utf8_lossy(bytes).split('\n').map(str::to_owned).collect()
            };
            let (before, after) = (lines(&before), lines(&after));
            let at =
                before.iter().zip(&after).position(|(a, b)| a != b).unwrap_or(before.len().min(after.len()));
            let line = |all: &[String]| all.get(at).map_or_else(String::new, |it| it.trim().to_owned());
            files.differing.push(format!(
                "{}, line {}: `{}` became `{}`",
                name.to_string_lossy(),
                at + 1,
                line(&before),
                line(&after)
            ));
        }
        Ok(files)
    }

    /// Compares the roles of a packed solution with those of a build, but for indentation and the declaration of the namespace
    /// that only a file of its own has.
    #[expect(clippy::disallowed_methods, reason = "bytes are compared apart from what the product reads")]
    fn compare_packed(&mut self, text: &str, roles: &Path) -> Result<(), Box<dyn Error>> {
        let lines = |text: &str| -> Vec<String> {
            let plain = text.replace(" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"", "");
            plain.lines().map(|it| it.trim().to_owned()).collect()
        };
        let mut built = Vec::new();
        for entry in fs::read_dir(roles).into_iter().flatten() {
            let text = fs::read_to_string(entry?.path())?;
            built.push(lines(
                text.trim_start_matches('\u{feff}').split_once("?>").map_or("", |it| it.1.trim()),
            ));
        }
        for role in text.split("<Role ").skip(1) {
            let role = role.split("</Role>").next().unwrap_or_default();
            self.packed.0 += 1;
            self.packed.1 += usize::from(built.contains(&lines(&format!("<Role {role}</Role>"))));
        }
        Ok(())
    }
}

impl Row {
    /// Whether everything came back, and a second import changed nothing.
    #[must_use]
    pub fn is_right(&self) -> bool {
        self.has_nothing() || (self.settled && self.report.as_ref().is_ok_and(Import::holds))
    }

    /// Whether the repository has nothing of the platform that gives anybody access.
    #[must_use]
    pub fn has_nothing(&self) -> bool {
        self.report.as_ref().is_err_and(|why| why.starts_with("there is nothing of "))
    }
}

/// The repositories of a platform, sorted.
///
/// # Errors
/// The folder cannot be read.
pub fn repositories(corpus: &Path, platform: &str) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut all = Vec::new();
    for entry in fs::read_dir(corpus.join(platform))? {
        let path = entry?.path();
        if path.is_dir() {
            all.push(path);
        }
    }
    all.sort();
    Ok(all)
}

/// Imports one repository, each of its packages into a project of its own below a folder: one package has a name once.
///
/// # Errors
/// Files cannot be read or written.
pub fn round_trips(repository: &Path, platform: &str, out: &Path) -> Result<Vec<Row>, Box<dyn Error>> {
    let name = repository.file_name().map(|it| it.to_string_lossy().into_owned()).unwrap_or_default();
    let packages = packages(repository)?;
    let several = packages.len() > 1;
    let all = packages.into_iter().zip(1..).map(|(paths, number)| {
        let name = if several { format!("{name} ({number})") } else { name.clone() };
        let into = out.join(&name);
        fs::create_dir_all(&into)?;
        round_trip(name, paths, platform, &into.canonicalize()?)
    });
    all.collect()
}

/// The files of a repository: those whose name comes a second time, as a second package, and so on.
///
/// # Errors
/// A folder cannot be read.
pub fn packages(repository: &Path) -> Result<Vec<Vec<PathBuf>>, Box<dyn Error>> {
    let mut files = Vec::new();
    let mut open = vec![repository.to_path_buf()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() { open.push(path) } else { files.push(path) }
        }
    }
    files.sort();
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut packages: Vec<Vec<PathBuf>> = Vec::new();
    for path in files {
        let name = path.file_name().map(|it| it.to_string_lossy().to_lowercase()).unwrap_or_default();
        let is_set = name.contains(".permissionset") || name.contains(".mutingpermissionset");
        let at = seen.entry(name.trim_end_matches("-meta.xml").to_owned()).or_default();
        let package = if is_set { *at } else { 0 };
        *at += 1;
        if packages.len() <= package {
            packages.resize(package + 1, Vec::new());
        }
        packages.get_mut(package).into_iter().for_each(|it| it.push(path.clone()));
    }
    Ok(packages)
}

/// The import of files into a folder.
///
/// # Errors
/// There is no such day.
pub fn order(paths: Vec<PathBuf>, platform: &str, into: &Path) -> Result<Order, Box<dyn Error>> {
    Ok(Order {
        platform: platform.to_owned(),
        paths,
        into: into.to_path_buf(),
        environment: "imported".to_owned(),
        as_of: Date::parse("2026-09-20").ok_or("no day")?,
        generalize: false,
    })
}

/// Imports files into a folder, twice.
fn round_trip(name: String, paths: Vec<PathBuf>, platform: &str, into: &Path) -> Result<Row, Box<dyn Error>> {
    let order = order(paths, platform, into)?;
    let world = World::new(order.as_of, into.to_path_buf());
    let files_before = order.paths.clone();
    let start = Instant::now();
    let first = match import(&world, &order) {
        Ok(outcome) => outcome.report.ok_or_else(|| {
            outcome.findings.first().map_or_else(|| "refused".to_owned(), |it| it.title.clone())
        }),
        Err(failure) => Err(failure.to_string()),
    };
    let milliseconds = start.elapsed().as_millis();
    let second = first.is_ok().then(|| import(&world, &order)).transpose();
    let settled = match second {
        Ok(Some(outcome)) => outcome.report.is_some_and(|it| it.written.is_empty() && it.holds()),
        _ => false,
    };
    let files = match &first {
        Ok(_) if platform == "dataverse" => {
            let built = tempfile::tempdir()?;
            let out = built.path().join("dist");
            let line = ["ztam", "--quiet", "build"].map(OsString::from).into_iter();
            let line = line.chain([
                into.into(),
                "--env".into(),
                "imported".into(),
                "--out".into(),
                out.clone().into(),
            ]);
            let cli = Cli::try_parse_from(line)?;
            cli.command.run(&world, &Reporter::new(&world, &cli.common)).map_err(|it| it.to_string())?;
            Files::compare(&files_before, &out)?
        }
        _ => Files::default(),
    };
    Ok(Row { repository: name, report: first, milliseconds, settled, files })
}

/// The rows as a table for people.
#[must_use]
pub fn table(rows: &[Row]) -> String {
    let mut out = String::from(
        "| repository | containers | facts in | facts out | lost | added | carried | carried by kind | ms | again | same bytes | beneath: containers, facts in, in the inventory |\n\
         |---|---|---|---|---|---|---|---|---|---|---|---|\n",
    );
    for row in rows {
        let again = if row.settled || row.has_nothing() { "nothing" } else { "changes" };
        let line = match &row.report {
            Ok(it) => {
                let sum = |all: &[ztam_report::import::Count]| all.iter().map(|it| it.count).sum::<usize>();
                let carried = sum(&it.carried);
                let share = (carried * 1000).checked_div(it.facts_in).unwrap_or(0);
                let kinds: Vec<_> = it.carried.iter().map(|it| format!("{} {}", it.count, it.kind)).collect();
                format!(
                    "{} | {} | {} | {} | {} | {} ({}.{} %) | {}",
                    sum(&it.imported),
                    it.facts_in,
                    it.facts_out,
                    it.lost.len(),
                    it.added.len(),
                    carried,
                    share / 10,
                    share % 10,
                    kinds.join(", ")
                )
            }
            Err(why) => format!("{why} | | | | | |"),
        };
        let all = row.files.same + row.files.differing.len();
        let same = if all == 0 { String::new() } else { format!("{} of {all}", row.files.same) };
        let beneath = row.report.as_ref().ok().and_then(|it| it.beneath.as_ref());
        let beneath = beneath.map_or_else(String::new, |it| {
            format!("{} {}, {}, {}", it.containers, it.kind, it.facts_in, it.facts_out)
        });
        let _ = writeln!(
            out,
            "| {} | {line} | {} | {again} | {same} | {beneath} |",
            row.repository, row.milliseconds
        );
    }
    let sum = |of: fn(&Files) -> usize| rows.iter().map(|it| of(&it.files)).sum::<usize>();
    let (same, differing) = (sum(|it| it.same), sum(|it| it.differing.len()));
    let (packed, as_before) = (sum(|it| it.packed.0), sum(|it| it.packed.1));
    if same + differing + packed > 0 {
        let _ = writeln!(
            out,
            "\n{same} of {} role files come back byte for byte, {as_before} of {packed} roles of packed solutions line for line",
            same + differing
        );
    }
    for differing in rows.iter().flat_map(|it| &it.files.differing) {
        let _ = writeln!(out, "not the same bytes: {differing}");
    }
    out
}
