//! Projects in temporary folders, run through the whole product.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Parser as _;
use tempfile::TempDir;
use ztam::cli::Cli;
use ztam::exit::Exit;
use ztam::reporter::Reporter;
use ztam::session::{Session, prevents_graph};
use ztam::world::World;
use ztam_model::date::Date;
use ztam_source::file::SourceMap;
use ztam_source::finding::{Finding, Level};

/// The day of every test that does not say another.
pub(crate) const AS_OF: &str = "2026-09-20";

/// The repository.
pub(crate) fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

/// The judges and the corpora, where they are: `ZTAM_SHARED`, or `shared` beside the checkout. In CI they must be.
pub(crate) fn shared() -> Option<PathBuf> {
    let told = std::env::var_os("ZTAM_SHARED").map(PathBuf::from);
    let beside = repository().parent().map(|it| it.join("shared"));
    let found = told.or(beside).filter(|it| it.join("oracle").is_dir());
    assert!(
        found.is_some() || std::env::var_os("CI").is_none(),
        "the judges are not there, and in CI they must be"
    );
    if found.is_none() {
        println!("skipped: the judges are not there; set ZTAM_SHARED or put `shared` beside the checkout");
    }
    found
}

/// The texts of all files below a folder, by their paths in it.
pub(crate) fn contents(folder: &Path) -> BTreeMap<String, String> {
    contents_of(folder, "")
}

/// The same of the files whose names end so.
pub(crate) fn contents_of(folder: &Path, ending: &str) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(path) = open.pop() {
        for entry in std::fs::read_dir(path).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.to_string_lossy().ends_with(ending) {
                let name = path.strip_prefix(folder).unwrap().to_string_lossy().replace('\\', "/");
                all.insert(name, std::fs::read_to_string(&path).unwrap());
            }
        }
    }
    all
}

/// A project on disk.
pub(crate) struct OnDisk {
    folder: TempDir,
}

impl OnDisk {
    /// Writes files, given as path and bytes.
    pub(crate) fn new<'a>(files: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (path, bytes) in files {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, bytes).unwrap();
        }
        Self { folder }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// A world of the tests: no terminal, a fixed day.
pub(crate) fn world(directory: &Path) -> World {
    World::new(date(AS_OF), directory.to_path_buf())
}

pub(crate) fn date(text: &str) -> Date {
    Date::parse(text).unwrap()
}

/// Carries out a command line as the program does, for the day of the tests; the findings go nowhere but into files.
pub(crate) fn run(directory: &Path, line: &[&str]) -> Exit {
    let cli = Cli::try_parse_from(["ztam", "--quiet"].iter().chain(line)).unwrap();
    let world = world(directory);
    cli.command.run(&world, &Reporter::new(&world, &cli.common)).unwrap()
}

/// Every finding of a project in all its environments, those of planning for every platform included, with the texts they
/// point at.
pub(crate) fn findings(root: &Path, as_of: &str) -> (Vec<Finding>, SourceMap) {
    let session = Session::new();
    let loaded = session.load(&world(root), root).unwrap();
    let compiled = session.compile(&loaded);
    let mut all = compiled.clone();
    if !compiled.iter().any(prevents_graph) {
        let names = ztam_graph::ids::Names::new(&loaded.project);
        let environments: Vec<_> = if names.environments.is_empty() {
            vec![None]
        } else {
            names.environments.ids().map(Some).collect()
        };
        all.clear();
        for environment in environments {
            let analysis = session.analyze(&loaded, &compiled, environment, date(as_of));
            let plans = analysis.emitters.iter().map(|it| it.emitter.plan(&analysis.access));
            all.extend(plans.flat_map(|plan| plan.findings));
            all.extend(analysis.findings);
        }
    }
    (all, loaded.sources)
}

/// Whether a finding fails a run.
pub(crate) fn blocks(finding: &Finding) -> bool {
    finding.level >= Level::Blocking && finding.waived_by.is_none()
}
