//! Permission sets, groups and muting sets in the words of the matrix: what the language says of each row, and what is carried.
//!
//! A row's right becomes a cell or part of a capability only where a build of it gives that right again. What is known to
//! come out otherwise is carried with its reason; what turns out to is named by the caller, who builds and compares.

mod assets;
mod carry;
mod rights;
mod sets;

use std::collections::{BTreeMap, BTreeSet};

use ztam_backend::import::{ContainerKey, Imported, ImportedRole, Parent, Request};
use ztam_backend::read::ReadContainer;
use ztam_model::inventory::PlatformInventory;
use ztam_model::yaml::Yaml;

use assets::Assets;
use carry::Carried;

use crate::PLATFORM;
use crate::bind;
use crate::plan::{GROUP, MEMBER, MUTED, MUTING, SET};

/// What stands above the imported roles.
const LEGEND: &[&str] = &[
    "`shared` are the rows that the org's own sharing gives. Field permissions know no rows: a field opens in every",
    "row that the person has, which is `org`.",
];

/// Puts a package into the words of the matrix.
pub(crate) fn import(request: &Request<'_>) -> Imported {
    let bound = bind::bind(request.names, None);
    let known = Known::new(request, &bound);
    let sets = request.package.containers.iter().filter(|it| it.kind == SET && !known.has(it));
    let rows = sets.flat_map(|it| &it.rows).map(|it| &it.row).filter(|it| it.kind == sets::FIELDS);
    let wanted = rows.filter_map(|it| it.key.split_once('.')).collect();
    let mut importer = Importer {
        request,
        inventory: request.names.project.inventory.platforms.get(PLATFORM),
        assets: Assets::new(request, &bound, &wanted),
        known,
        out: Imported::default(),
    };
    for container in &request.package.containers {
        importer.container(container);
    }
    let Importer { assets, mut out, .. } = importer;
    out.assets = assets.finish();
    out.environment = Yaml::default();
    out.legend = LEGEND;
    out
}

/// What of a package the project has already.
struct Known {
    /// Ids of roles by kind and folded name of what they become.
    roles: BTreeMap<(&'static str, String), String>,
    muting: BTreeSet<String>,
    /// Permission sets of the package by folded name.
    sets: BTreeMap<String, ContainerKey>,
}

impl Known {
    fn new(request: &Request<'_>, bound: &bind::Bound) -> Self {
        let names = request.names;
        let roles = names.roles.ids().filter(|id| bound.facts.role_names[*id].is_some()).map(|id| {
            let settings = &bound.package.roles[id];
            let kind = if settings.group.is_some() { GROUP } else { SET };
            ((kind, settings.name.to_lowercase()), names.roles.name(id).to_owned())
        });
        let sets = request.package.containers.iter().filter(|it| it.kind == SET);
        Self {
            roles: roles.collect(),
            muting: bound.package.muting.keys().map(|it| it.to_lowercase()).collect(),
            sets: sets.map(|it| (it.name.to_lowercase(), key(it))).collect(),
        }
    }

    fn has(&self, container: &ReadContainer) -> bool {
        let name = container.name.to_lowercase();
        match container.kind {
            MUTING => self.muting.contains(&name),
            kind => self.roles.contains_key(&(kind, name)),
        }
    }
}

fn key(container: &ReadContainer) -> ContainerKey {
    (container.kind, container.name.clone())
}

struct Importer<'r> {
    request: &'r Request<'r>,
    inventory: Option<&'r PlatformInventory>,
    assets: Assets<'r>,
    known: Known,
    out: Imported,
}

impl Importer<'_> {
    fn container(&mut self, container: &ReadContainer) {
        if !matches!(container.kind, SET | GROUP | MUTING) {
            let why = match container.kind {
                "Profile" => "a deployment merges a profile into the one that is there, so none is written",
                _ => "it gives nobody access by itself",
            };
            self.out.aside.push((key(container), why));
        } else if self.known.has(container) {
            self.out.known.push(key(container));
        } else if !crate::names::is_set_name(&container.name) {
            self.out.aside.push((key(container), "its name is no API name, so it cannot be written"));
        } else {
            match container.kind {
                GROUP => self.group(container),
                MUTING => self.muting(container),
                _ => self.set(container),
            }
        }
    }

    /// What a role says of the container as a whole.
    fn settings(container: &ReadContainer) -> Vec<(String, Yaml)> {
        let mut all = vec![
            ("name".to_owned(), Yaml::from(container.name.as_str())),
            ("takes-over".to_owned(), true.into()),
        ];
        let mut add = |key: &str, value: Option<Yaml>| all.extend(value.map(|it| (key.to_owned(), it)));
        let text = |it: &str| Some(it).filter(|it| !it.is_empty()).map(Yaml::from);
        add("description", text(&container.description));
        add("license", container.licence.as_deref().and_then(text));
        add("activation", container.activation.then(|| true.into()));
        all
    }

    fn group(&mut self, container: &ReadContainer) {
        let (mut extends, mut others, mut muting) = (Vec::new(), Vec::new(), Vec::new());
        for row in container.rows.iter().map(|it| &it.row) {
            let folded = row.key.to_lowercase();
            match row.kind {
                MUTED => muting.push(row.key.clone()),
                MEMBER => {
                    match (self.known.roles.get(&(SET, folded.clone())), self.known.sets.get(&folded)) {
                        (Some(id), _) => extends.push(Parent::Known(id.clone())),
                        (None, Some(set)) if set.1 == row.key && crate::names::is_set_name(&set.1) => {
                            extends.push(Parent::Imported(set.clone()));
                        }
                        _ => others.push(row.key.clone()),
                    }
                }
                _ => {}
            }
        }
        let mut group = Vec::new();
        let mut notes = Vec::new();
        if !others.is_empty() {
            notes.push("What the sets under `other-sets` give is not known here and not judged".to_owned());
            group.push(("other-sets", Yaml::texts(others)));
        }
        if !muting.is_empty() {
            notes.push(
                "What a muting set takes away is not counted: access is judged as if it were there"
                    .to_owned(),
            );
            group.push(("muting", Yaml::texts(muting)));
        }
        let status = container.attribute("status").filter(|it| it.bytes().all(|it| it.is_ascii_alphabetic()));
        group.extend(status.filter(|it| !it.is_empty()).map(|it| ("status", Yaml::from(it))));
        let mut carried = Carried::default();
        carried.unknown(container);
        self.out.carries.extend(carried.of_role(&key(container)));
        let mut settings = Self::settings(container);
        settings.push(("group".to_owned(), Yaml::map(group)));
        self.out.roles.push(ImportedRole {
            container: key(container),
            what: "permission set group",
            title: container.label.clone(),
            extends,
            cells: Vec::new(),
            rights: Vec::new(),
            binding: Yaml::Map(settings),
            notes,
        });
    }

    fn muting(&mut self, container: &ReadContainer) {
        let mut carried = Carried::default();
        carried.unknown(container);
        for row in container.rows.iter().map(|it| &it.row) {
            for right in &row.rights {
                carried.add("muting", row.kind, &row.key, right);
            }
        }
        let mut settings = vec![
            ("name", Yaml::from(container.name.as_str())),
            ("label", Yaml::from(container.label.as_str())),
        ];
        let text = |it: &str| Some(it).filter(|it| !it.is_empty()).map(Yaml::from);
        settings.extend(text(&container.description).map(|it| ("description", it)));
        settings.extend(container.licence.as_deref().and_then(text).map(|it| ("license", it)));
        self.out.carries.push(carried.muting(key(container), Yaml::map(settings)));
    }
}
