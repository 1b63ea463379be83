//! Roles and column security profiles in the words of the matrix: what the language says of each privilege, and what is carried.
//!
//! A privilege becomes a cell or part of a capability only where a build of it gives that privilege again, at the depth that
//! it had. What is known to come out otherwise is carried with its reason; what turns out to is named by the caller, who builds
//! and compares. A profile gives no rows, so it is a role of its own that emits nothing else and carries its columns.

mod carry;
mod known;
mod roles;
mod tables;
#[cfg(test)]
mod tests;

use ztam_backend::import::{ContainerKey, Imported, ImportedRole, Request};
use ztam_backend::read::ReadContainer;
use ztam_model::yaml::Yaml;

use carry::Carried;
use known::Known;
use tables::Tables;

use crate::bind;
use crate::plan::{PROFILE, ROLE};

/// What stands above the imported roles.
const LEGEND: &[&str] = &[
    "`own`, `unit`, `unit-tree` and `org` are the depths Basic, Local, Deep and Global. `id` is the role that exists, and",
    "`not-said` is what its file is silent about. Who holds a role or is a member of a profile is in no solution.",
];

/// Puts a package into the words of the matrix.
pub(crate) fn import(request: &Request<'_>) -> Imported {
    let bound = bind::bind(request.names, None);
    let mut known = Known::new(&bound);
    let mut out = Imported { legend: LEGEND, environment: environment(), ..Imported::default() };
    let mut new = Vec::new();
    for container in &request.package.containers {
        if !matches!(container.kind, ROLE | PROFILE) {
            out.aside.push((key(container), "it gives nobody access by itself"));
        } else if known.has(container) {
            out.known.push(key(container));
        } else if !bind::is_kept(&container.name) {
            out.aside.push((key(container), "its name cannot be written"));
        } else if let Some(finding) = known.clash(container) {
            out.findings.push(finding);
        } else {
            new.push(container);
        }
    }
    // Of a role and a profile of one name the role gets the name in the project.
    new.sort_by_key(|it| it.kind == PROFILE);
    let mut tables = Tables::new(request, &bound);
    for container in &new {
        tables.want(container);
    }
    tables.decide();
    let importer = Importer { request, tables: &tables };
    for container in new {
        let carried = match container.kind {
            PROFILE => importer.profile(container, &mut out),
            _ => importer.role(container, &mut out),
        };
        out.carries.extend(carried.blocks(&key(container)));
    }
    out.assumed = tables.assumed();
    out.assets = tables.finish();
    out
}

struct Importer<'r> {
    request: &'r Request<'r>,
    tables: &'r Tables<'r>,
}

impl Importer<'_> {
    /// Whether a build has shown that the language does not give this right exactly.
    fn is_unsayable(
        &self,
        container: &ReadContainer,
        kind: &'static str,
        name: &str,
        right: &'static str,
    ) -> bool {
        self.request.unsayable.contains(&(key(container), kind, name.to_owned(), right))
    }

    fn profile(&self, container: &ReadContainer, out: &mut Imported) -> Carried {
        let mut carried = Carried::default();
        for row in container.rows.iter().map(|it| &it.row) {
            for right in &row.rights {
                carried.add("columns-without-rows", row.kind, &row.key, right);
            }
        }
        let mut binding = settings(container);
        binding.push(("profile-only".to_owned(), true.into()));
        out.roles.push(ImportedRole {
            container: key(container),
            what: "column security profile",
            title: container.name.clone(),
            extends: Vec::new(),
            cells: Vec::new(),
            rights: Vec::new(),
            binding: Yaml::Map(binding),
            notes: vec![
                "Its columns open in the rows that its members have from other roles: name those in a `together` set"
                    .to_owned(),
            ],
        });
        carried
    }
}

/// What a role says of the container as a whole, whatever it is.
fn settings(container: &ReadContainer) -> Vec<(String, Yaml)> {
    let mut all = vec![("name".to_owned(), Yaml::from(container.name.as_str()))];
    all.extend(container.id.as_deref().map(|it| ("id".to_owned(), it.into())));
    if !container.description.is_empty() {
        all.push(("description".to_owned(), container.description.as_str().into()));
    }
    all
}

/// A solution of its own: one of the name that the roles came in would take that one's other parts away where it is imported
/// as an upgrade.
fn environment() -> Yaml {
    let settings = [("solution", "ImportedAccess"), ("publisher", "imported"), ("prefix", "imported")];
    Yaml::map(settings.map(|(key, value)| (key, Yaml::from(value))))
}

fn key(container: &ReadContainer) -> ContainerKey {
    (container.kind, container.name.clone())
}
