//! What the files of an import say of objects and fields themselves: it goes into the project's inventory before a role is put
//! into words, so that who owns rows and which fields are protected is what the org says and not what its roles suggest.

use std::collections::BTreeSet;

use ztam_backend::Backend;
use ztam_backend::read::Reading;
use ztam_graph::ids::Names;
use ztam_model::inventory::{Keep, Part, PlatformInventory};
use ztam_report::import::{Changed, Described as Told};
use ztam_source::finding::Finding;

use super::stored::Stored;
use super::{Project, blocks};
use crate::commands::inventory::text;
use crate::exit::Failure;
use crate::intake::Intake;
use crate::session::Loaded;
use crate::world::World;

/// What the files describe. What is wrong with them is added to what was read, each thing once.
pub(super) fn found(backend: &dyn Backend, taken: &Intake, reading: &mut Reading) -> PlatformInventory {
    let survey = backend.described(&taken.inputs());
    let key = |it: &Finding| {
        (it.rule.id, it.title.clone(), it.labels.iter().map(|label| label.span).collect::<Vec<_>>())
    };
    let known: BTreeSet<_> = reading.findings.iter().map(key).collect();
    reading.findings.extend(survey.findings.into_iter().filter(|it| !known.contains(&key(it))));
    survey.inventory
}

/// The project's inventory with what the files describe.
pub(super) struct Described {
    pub(super) stored: Stored,
    pub(super) told: Told,
    /// What the matrix says otherwise than the files.
    pub(super) contradictions: Vec<Finding>,
}

impl Described {
    /// Joins what was found with the project's inventory, as taking one does: what the files say now counts. The project
    /// has the joined one from then on, in memory. `None` where nothing was found.
    pub(super) fn join(
        world: &World,
        backend: &dyn Backend,
        project: &mut Project,
        found: PlatformInventory,
    ) -> Result<Option<Self>, Failure> {
        if found.objects.is_empty() {
            return Ok(None);
        }
        let platform = backend.platform();
        let earlier = project.loaded.project.inventory.platforms.get(platform);
        let found = without_definitions(found, earlier);
        let fields = || found.objects.values().flat_map(|it| it.fields.values());
        let (objects, all) = (found.objects.len(), fields().count());
        let secured = fields().filter(|it| it.secured == Some(true)).count();
        let (joined, differences) = match earlier {
            Some(earlier) => {
                let mut earlier = earlier.clone();
                let differences = earlier.join(found, Keep::Last);
                (earlier, differences)
            }
            // Nothing else of the org was looked at.
            None => {
                let partial = [Part::Fields, Part::Names, Part::Rights].into();
                (PlatformInventory { partial, ..found }, Vec::new())
            }
        };
        let changed = differences.into_iter();
        let changed = changed.map(|it| Changed { of: it.of, fact: it.fact.to_owned() }).collect();
        let told = Told { objects, fields: all, secured, changed };
        let stored = Stored::prepare(world, project, platform, text(&joined)?)?;
        let before = told_of_bindings(backend, &project.loaded);
        project.have(stored.file(), joined);
        let mut contradictions = told_of_bindings(backend, &project.loaded);
        contradictions.retain(|it| blocks(it) && !before.iter().any(|known| known.title == it.title));
        let contradictions = contradictions
            .into_iter()
            .map(|it| it.note("the files that are imported say what it is; nothing was written"));
        Ok(Some(Self { stored, told, contradictions: contradictions.collect() }))
    }
}

/// Whole definitions of fields are kept where the project keeps them already: a package secures a field by its definition.
fn without_definitions(
    mut found: PlatformInventory,
    earlier: Option<&PlatformInventory>,
) -> PlatformInventory {
    for (object, it) in &mut found.objects {
        let known = earlier.and_then(|it| it.objects.get(object));
        for (name, field) in &mut it.fields {
            let known = known.and_then(|it| it.fields.get(name));
            if known.is_none_or(|it| it.definition.is_none()) {
                field.definition = None;
            }
        }
    }
    found
}

fn told_of_bindings(backend: &dyn Backend, loaded: &Loaded) -> Vec<Finding> {
    backend.bind(&Names::new(&loaded.project), None).findings
}
