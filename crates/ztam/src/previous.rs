//! The earlier build that `ztam build --previous` compares with: what it made is read from its files, each held against its
//! hash first, and compared with what is made now.
//!
//! A build that writes over the earlier one may have been cut off. Then a file is either still the earlier build's, or what
//! the cut-off build put there, and what that one had found is the first thing that it put in place.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use rayon::prelude::*;
use sha2::{Digest, Sha256};
use ztam_backend::Backend;
use ztam_backend::plan::{Beside, Container, Plan};
use ztam_backend::read::{Input, ReadContainer};
use ztam_backend::removal::{Gone, Held, Narrowed, Removed, Thing, narrowing, no_longer_held};
use ztam_report::manifest::{FILE_NAME, FileRecord, Manifest, Previous};
use ztam_report::removal::{self, Changes, PlatformChanges};
use ztam_source::file::FileId;
use ztam_source::finding::Level;

use crate::exit::Failure;
use crate::files::hexadecimal;
use crate::package::{Folder, is_ours};
use crate::session::{Analysis, BACKENDS, EmitterOf};

/// Most bytes of one file of an earlier build.
const MOST_BYTES: usize = 2 * 1024 * 1024 * 1024;

/// An earlier build, looked at and not yet read.
#[derive(Debug)]
pub(crate) struct Earlier<'w> {
    folder: Folder<'w>,
    /// What the user called it.
    shown: String,
    manifest: Manifest,
    /// What the coming manifest says of it.
    pub(crate) record: Previous,
}

impl<'w> Earlier<'w> {
    /// Looks at the folder of an earlier build.
    ///
    /// # Errors
    /// There is no build, or it is of another project or environment.
    pub(crate) fn open(folder: Folder<'w>, shown: &Path, wanted: &Manifest) -> Result<Self, Failure> {
        let shown = shown.display().to_string();
        let Some(manifest) = folder.earlier().cloned() else {
            return Err(Failure::usage(format!("there is no build in {shown}")).help(
                "give the folder of an earlier build, or leave out `--previous` if this is the first one",
            ));
        };
        for (what, theirs, ours) in [
            ("project", &manifest.project, &wanted.project),
            ("environment", &manifest.environment, &wanted.environment),
        ] {
            if theirs != ours {
                return Err(Failure::usage(format!(
                    "{shown} is a build of the {what} `{theirs}`, and this is `{ours}`"
                ))
                .help("give an earlier build of the same project and environment; nothing was written"));
            }
        }
        let bytes = folder.bytes_of(FILE_NAME, usize::MAX)?.unwrap_or_default();
        let record = Previous { as_of: manifest.as_of.clone(), sha256: hexadecimal(&Sha256::digest(&bytes)) };
        Ok(Self { folder, shown, manifest, record })
    }

    /// What has changed since, for the plans of this build.
    ///
    /// # Errors
    /// A file of the earlier build is not what it wrote, or cannot be read.
    pub(crate) fn changes(
        &self,
        analysis: &Analysis<'_>,
        plans: &[Option<Plan>],
        wanted: &Manifest,
    ) -> Result<Changes, Failure> {
        let listed = self.listed()?;
        let mut platforms = Vec::new();
        for ((it, plan), backend) in analysis.emitters.iter().zip(plans).zip(BACKENDS) {
            let now = Now::new(analysis, it, plan.as_ref(), *backend)?;
            let carried = listed.as_ref().map(|it| it.of(backend.platform())).unwrap_or_default();
            check_names(*backend, &carried)
                .map_err(|problem| self.unusable(&format!("{} {problem}", removal::FILE_NAME)))?;
            let gone = self.platform(&now, carried, listed.is_some())?;
            platforms.push(PlatformChanges::new(backend.platform(), &gone));
        }
        Ok(Changes {
            format_version: removal::FORMAT_VERSION,
            project: wanted.project.clone(),
            environment: wanted.environment.clone(),
            previous: self.record.clone(),
            platforms,
        })
    }

    /// What a build of these sources over itself says: what it said the first time. `None` where it is another build, or has
    /// no list of its own in place.
    ///
    /// # Errors
    /// The list cannot be read.
    pub(crate) fn own_list(
        &self,
        analysis: &Analysis<'_>,
        plans: &[Option<Plan>],
        wanted: &Manifest,
    ) -> Result<Option<Changes>, Failure> {
        let bare = Manifest { outputs: Vec::new(), bytes: 0, previous: None, ..self.manifest.clone() };
        let Some(record) = self.manifest.output(removal::FILE_NAME) else { return Ok(None) };
        let bytes = self.folder.bytes_of(removal::FILE_NAME, MOST_BYTES)?;
        if bare != (Manifest { previous: None, ..wanted.clone() })
            || !bytes.is_some_and(|it| is_ours(record, &it))
        {
            return Ok(None);
        }
        match self.listed()? {
            Some(changes) => recheck(&changes, analysis, plans),
            None => Ok(None),
        }
    }

    /// What the earlier build, or one that was cut off since, had listed itself.
    fn listed(&self) -> Result<Option<Changes>, Failure> {
        let recorded = self.manifest.output(removal::FILE_NAME).is_some();
        let Some(bytes) = self.folder.bytes_of(removal::FILE_NAME, MOST_BYTES)? else {
            return if recorded { Err(self.missing(removal::FILE_NAME)) } else { Ok(None) };
        };
        let mut records = std::iter::once(&self.manifest).chain(self.folder.begun());
        if !records.any(|it| it.output(removal::FILE_NAME).is_some_and(|record| is_ours(record, &bytes))) {
            return if recorded { Err(self.changed(removal::FILE_NAME)) } else { Ok(None) };
        }
        let text = std::str::from_utf8(&bytes).map_err(|error| self.unusable(&error.to_string()))?;
        let changes = Changes::read(text)
            .map_err(|problem| self.unusable(&format!("{} cannot be read: {problem}", removal::FILE_NAME)))?;
        Ok(Some(changes))
    }

    fn platform(&self, now: &Now<'_>, carried: Gone, has_list: bool) -> Result<Gone, Failure> {
        let below = format!("{}/", now.backend.platform());
        let files = self.manifest.outputs.iter().filter_map(|it| Some((it, it.path.strip_prefix(&below)?)));
        let files: Vec<_> = files.collect();
        let read: Vec<Part> = files
            .into_par_iter()
            .map(|(record, path)| self.file(now, record, path, has_list))
            .collect::<Result<_, _>>()?;
        let mut found = Part::default();
        read.into_iter().for_each(|it| found.join(it));
        Ok(now.compare(found, carried))
    }

    /// What one file of the earlier build made, and how it differs now.
    fn file(&self, now: &Now<'_>, record: &FileRecord, path: &str, has_list: bool) -> Result<Part, Failure> {
        // Builds that were cut off and had a list: theirs was the first file that they put in place.
        let begun =
            || self.folder.begun().iter().filter(|it| has_list && it.output(removal::FILE_NAME).is_some());
        let Some(bytes) = self.folder.bytes_of(&record.path, MOST_BYTES)? else {
            return if begun().next().is_some() {
                Ok(Part::default())
            } else {
                Err(self.missing(&record.path))
            };
        };
        let is_replaced = !is_ours(record, &bytes);
        if is_replaced && !begun().filter_map(|it| it.output(&record.path)).any(|it| is_ours(it, &bytes)) {
            return Err(self.changed(&record.path));
        }
        let mut part = Part { held: now.backend.held(path, &bytes), ..Part::default() };
        let pieces: Vec<Part> = now
            .backend
            .pieces(path, &bytes)
            .into_par_iter()
            .map(|it| self.piece(now, path, &it.document(), is_replaced))
            .collect::<Result<_, _>>()?;
        pieces.into_iter().for_each(|it| part.join(it));
        Ok(part)
    }

    fn piece(&self, now: &Now<'_>, path: &str, bytes: &[u8], is_replaced: bool) -> Result<Part, Failure> {
        let reading = now.backend.read(&[Input { file: FileId(0), path, bytes }]);
        if let Some(wrong) = reading.findings.iter().find(|it| it.level >= Level::Blocking) {
            return Err(self.unusable(&format!("{path} cannot be read: {}", wrong.title)));
        }
        let mut part = Part::default();
        reading.package.containers.iter().for_each(|it| part.add(now, it, is_replaced));
        Ok(part)
    }

    fn missing(&self, path: &str) -> Failure {
        self.unusable(&format!("{path} is missing"))
    }

    fn changed(&self, path: &str) -> Failure {
        self.unusable(&format!("{path} was changed after it was written"))
    }

    fn unusable(&self, problem: &str) -> Failure {
        Failure::usage(format!("{} does not say what was deployed: {problem}", self.shown)).help(
            "give the folder as it was built, for instance from where it was kept; `ztam verify` lists what differs",
        )
    }
}

/// A list can name only what a build of ours could have made.
fn check_names(backend: &dyn Backend, carried: &Gone) -> Result<(), String> {
    let removed = carried.removed.iter().map(|it| &it.thing);
    let mut all = removed.chain(carried.unassign.iter().map(|it| &it.thing));
    match all.find(|it| backend.key(it).is_none()) {
        Some(it) => Err(format!("lists {:?}, which no build makes", it.name)),
        None => Ok(()),
    }
}

/// What files of an earlier build hold.
#[derive(Default)]
struct Part {
    /// Everything that was made, by its key.
    made: BTreeMap<String, Removed>,
    narrowed: Vec<Narrowed>,
    held: Vec<Held>,
    /// Keys of what a build that was cut off has put another file in the place of.
    replaced: BTreeSet<String>,
}

impl Part {
    fn add(&mut self, now: &Now<'_>, container: &ReadContainer, is_replaced: bool) {
        let Some(mut removed) = now.backend.removed(container) else { return };
        let Some(key) = now.backend.key(&removed.thing) else { return };
        if now.made.contains_key(&key) {
            removed.columns = Vec::new();
        }
        if is_replaced {
            self.replaced.insert(key.clone());
        } else if let Some((rows_gone, rows_less)) = now.narrowing(&key, container) {
            self.narrowed.push(Narrowed { thing: removed.thing.clone(), rows_gone, rows_less });
        }
        self.made.insert(key, removed);
    }

    fn join(&mut self, other: Self) {
        self.made.extend(other.made);
        self.narrowed.extend(other.narrowed);
        self.held.extend(other.held);
        self.replaced.extend(other.replaced);
    }
}

/// What is made now, on one platform.
pub(crate) struct Now<'a> {
    backend: &'static dyn Backend,
    analysis: &'a Analysis<'a>,
    emitter: &'a EmitterOf<'a>,
    containers: BTreeMap<String, &'a Container>,
    beside: BTreeMap<String, &'a Beside>,
    made: BTreeMap<String, Thing>,
    held: Vec<Held>,
}

impl<'a> Now<'a> {
    /// # Errors
    /// A table cannot be rendered.
    pub(crate) fn new(
        analysis: &'a Analysis<'a>,
        emitter: &'a EmitterOf<'a>,
        plan: Option<&'a Plan>,
        backend: &'static dyn Backend,
    ) -> Result<Self, Failure> {
        let mut now = Self {
            backend,
            analysis,
            emitter,
            containers: BTreeMap::new(),
            beside: BTreeMap::new(),
            made: BTreeMap::new(),
            held: Vec::new(),
        };
        let Some(plan) = plan else { return Ok(now) };
        for thing in emitter.emitter.made(plan) {
            now.made.extend(backend.key(&thing).map(|key| (key, thing)));
        }
        for it in &plan.beside {
            now.beside.extend(backend.key(&it.thing).map(|key| (key, it)));
        }
        for it in &plan.containers {
            let thing = Thing { kind: it.kind.to_owned(), name: it.name.clone(), id: it.id.clone() };
            now.containers.extend(backend.key(&thing).map(|key| (key, it)));
        }
        for artifact in emitter.emitter.artifacts(&analysis.access, plan) {
            if artifact.path.ends_with(".csv") {
                let bytes = artifact.bytes().map_err(|error| {
                    Failure::internal(format!("{} cannot be made: {error}", artifact.path))
                })?;
                now.held.extend(backend.held(&artifact.path, &bytes));
            }
        }
        Ok(now)
    }

    /// By how much a container that is still made grants less; `None` where it grants no less or is not made.
    fn narrowing(&self, key: &str, earlier: &ReadContainer) -> Option<(usize, usize)> {
        let rows = match (self.containers.get(key), self.beside.get(key)) {
            (Some(container), _) => self.emitter.emitter.rows(&self.analysis.access, container),
            (None, Some(beside)) => beside.rows.clone(),
            (None, None) => return None,
        };
        Some(narrowing(&earlier.rows, &rows)).filter(|it| *it != (0, 0))
    }

    fn key(&self, thing: &Thing) -> String {
        self.backend.key(thing).unwrap_or_default()
    }

    /// What of the earlier build and its own list is not made now, and what is new.
    fn compare(&self, found: Part, carried: Gone) -> Gone {
        let Part { made: mut earlier, mut narrowed, held, replaced } = found;
        if !replaced.is_empty() {
            // What a cut-off build replaced cannot be compared any more; it was when the list was made. What is new in that
            // list was never part of the earlier build.
            for it in &carried.added {
                earlier.remove(&self.key(it));
            }
            narrowed
                .extend(carried.narrowed.into_iter().filter(|it| replaced.contains(&self.key(&it.thing))));
        }
        let added = self.made.iter().filter(|(key, _)| !earlier.contains_key(*key));
        let mut added: Vec<_> = added.map(|(_, it)| it.clone()).collect();
        for it in carried.removed {
            earlier.entry(self.key(&it.thing)).or_insert(it);
        }
        let mut removed: Vec<_> =
            earlier.into_iter().filter(|(key, _)| !self.made.contains_key(key)).map(|(_, it)| it).collect();
        removed.sort_unstable();
        narrowed.sort_unstable();
        added.sort_unstable();
        let held = held.into_iter().chain(carried.unassign).collect();
        let unassign = no_longer_held(held, &self.held, |it| self.key(it));
        Gone { removed, narrowed, added, unassign }
    }

    /// What is left of a list once nothing that is made or held now counts: a list is not believed against the matrix.
    pub(crate) fn recheck(&self, listed: Gone) -> Gone {
        let is_made = |it: &Thing| self.made.contains_key(&self.key(it));
        let mut gone = listed;
        gone.removed.retain(|it| !is_made(&it.thing));
        gone.narrowed.retain(|it| is_made(&it.thing));
        gone.added.retain(is_made);
        gone.unassign = no_longer_held(gone.unassign, &self.held, |it| self.key(it));
        gone
    }
}

/// A list as a build of these plans would have written it, as far as that can be told without the earlier build.
///
/// # Errors
/// A table cannot be rendered, or the list names what no build makes.
pub(crate) fn recheck(
    changes: &Changes,
    analysis: &Analysis<'_>,
    plans: &[Option<Plan>],
) -> Result<Option<Changes>, Failure> {
    let mut platforms = Vec::new();
    for ((it, plan), backend) in analysis.emitters.iter().zip(plans).zip(BACKENDS) {
        let listed = changes.of(backend.platform());
        if check_names(*backend, &listed).is_err() {
            return Ok(None);
        }
        let now = Now::new(analysis, it, plan.as_ref(), *backend)?;
        platforms.push(PlatformChanges::new(backend.platform(), &now.recheck(listed)));
    }
    Ok(Some(Changes { platforms, ..changes.clone() }))
}
