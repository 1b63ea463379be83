//! The vocabulary of what is imported: two classes, a domain, an environment. A project that is begun gets them in its
//! manifest; one that exists gets what it lacks, at the end of its own lists where the language wants one list.

use std::collections::BTreeSet;

use ztam_model::names::kebab;
use ztam_model::yaml::Yaml;

use super::extend::{Addition, extended};
use super::generalize::{self, General};
use super::grow::Grown;
use super::text::{DOMAIN, FIELDS, OWNER, ROWS};
use crate::exit::Failure;
use crate::files::{FileKind, MANIFEST, SourceBytes};
use crate::session::Loaded;

/// What an environment must have.
pub(super) struct Wanted<'a> {
    pub(super) environment: &'a str,
    pub(super) platform: &'a str,
    pub(super) binding: &'a Yaml,
    /// What class cells need.
    pub(super) general: Option<&'a General>,
}

/// The manifest of a project that is begun, in a folder of this name.
pub(super) fn manifest(folder: &str) -> SourceBytes {
    let project = kebab(folder).unwrap_or_else(|| "imported".to_owned());
    let mut text = format!("ztam: 1\nproject: {project}\n");
    text.push_str(&Yaml::from(format!("Imported access of {folder}")).entry("title", 0));
    text.push_str(&format!("owner: {OWNER}\n\n# From least to most sensitive. What is imported waits in the last two for a decision.\nclasses:\n"));
    classes().iter().for_each(|it| text.push_str(&it.item(2)));
    text.push_str("\ndomains:\n");
    text.push_str(&domain().entry(DOMAIN, 2));
    SourceBytes::matrix(MANIFEST.to_owned(), text)
}

fn classes() -> [Yaml; 2] {
    let rows = "Rows that an import found and nobody has classified yet";
    let fields = "Fields that an import found and nobody has classified yet";
    let named = ("reach", Yaml::from("named"));
    [
        class(ROWS, "Unreviewed", rows, Some(named.clone())),
        class(FIELDS, "Unreviewed field", fields, Some(named)),
    ]
}

/// Classes that class cells of an import reach by domain.
fn classes_by_domain(general: &General) -> Vec<Yaml> {
    let class = |id: &&str| match *id {
        generalize::ROWS => {
            class(id, "Unreviewed, by domain", "Rows that the same roles reach, as an import found", None)
        }
        _ => class(
            id,
            "Unreviewed field, by domain",
            "Fields that the same roles reach, as an import found",
            None,
        ),
    };
    general.classes().iter().map(class).collect()
}

fn class(id: &str, title: &str, means: &str, reach: Option<(&str, Yaml)>) -> Yaml {
    let about = [("id", Yaml::from(id)), ("title", title.into()), ("means", means.into())];
    Yaml::map(about.into_iter().chain(reach).chain([("unreviewed", true.into())]))
}

/// Domains that class cells of an import work in.
fn domains_by_touch(general: &General) -> Vec<(String, Yaml)> {
    let domain = |assets: &BTreeSet<String>| {
        let title = match assets.len() {
            1 => "Imported: one asset by itself".to_owned(),
            count => format!("Imported: {count} assets that the same roles reach"),
        };
        Yaml::map([("title", Yaml::from(title)), ("owner", OWNER.into())])
    };
    general.domains.iter().map(|(id, assets)| (id.clone(), domain(assets))).collect()
}

fn domain() -> Yaml {
    Yaml::map([("title", "Imported"), ("owner", OWNER)].map(|(key, value)| (key, Yaml::from(value))))
}

impl Wanted<'_> {
    fn environment(&self) -> Yaml {
        Yaml::map([("title", Yaml::from("As it was imported")), (self.platform, self.binding.clone())])
    }

    /// The manifest of a begun project, with its environment.
    pub(super) fn begin(&self, manifest: &SourceBytes) -> SourceBytes {
        let mut text = String::from_utf8_lossy(&manifest.bytes).into_owned();
        if let Some(general) = self.general {
            let (classes, domains) = (classes_by_domain(general), domains_by_touch(general));
            for (path, addition) in
                [("classes", Addition::Items(classes)), ("domains", Addition::Entries(domains))]
            {
                text = extended(&text, &[path], addition).unwrap_or(text);
            }
        }
        let environment = self.environment().entry(self.environment, 2);
        SourceBytes::matrix(manifest.record.path.clone(), format!("{text}\nenvironments:\n{environment}"))
    }

    /// Adds what a project lacks to its files; the text of a new file for the rest.
    pub(super) fn extend(
        &self,
        loaded: &Loaded,
        files: &[SourceBytes],
        grown: &mut Grown,
    ) -> Result<Option<String>, Failure> {
        let items = &loaded.project.items;
        let by_domain = self.general.map(classes_by_domain).unwrap_or_default();
        let ids = self.general.map(General::classes).unwrap_or_default();
        let missing = classes()
            .into_iter()
            .chain(by_domain)
            .zip([ROWS, FIELDS].into_iter().chain(ids))
            .filter(|(_, id)| !items.classes.iter().any(|it| it.id.value == *id));
        let (missing, ids): (Vec<Yaml>, Vec<&str>) = missing.unzip();
        let mut text = String::new();
        if items.classes.is_empty() {
            text.push_str("classes:\n");
            missing.iter().for_each(|it| text.push_str(&it.item(2)));
        } else if !missing.is_empty() {
            let told = ids.iter().map(|id| format!("class {id}")).collect();
            add(files, grown, &["classes"], Addition::Items(missing), told)?;
        }
        let domains = items.domains.get(DOMAIN).is_none().then(|| (DOMAIN.to_owned(), domain()));
        let by_touch = self.general.map(domains_by_touch).unwrap_or_default();
        let domains: Vec<_> = domains.into_iter().chain(by_touch).collect();
        if !domains.is_empty() {
            text.push_str("domains:\n");
            domains.iter().for_each(|(id, it)| text.push_str(&it.entry(id, 2)));
        }
        match items.environments.get(self.environment) {
            None => {
                text.push_str("environments:\n");
                text.push_str(&self.environment().entry(self.environment, 2));
            }
            Some(there) if there.bindings.get(self.platform).is_none() => {
                let entry = vec![(self.platform.to_owned(), self.binding.clone())];
                let told = vec![format!("environment {}: {}", self.environment, self.platform)];
                let path = ["environments", self.environment];
                add(files, grown, &path, Addition::Entries(entry), told)?;
            }
            Some(_) => {}
        }
        let head = "# What `ztam import` needed and the project did not have.\n";
        Ok((!text.is_empty()).then(|| format!("{head}{text}")))
    }
}

/// Adds to the file that has the list or map.
fn add(
    files: &[SourceBytes],
    grown: &mut Grown,
    path: &[&str],
    addition: Addition,
    told: Vec<String>,
) -> Result<(), Failure> {
    let matrices = files.iter().filter(|it| it.kind == FileKind::Matrix).map(|it| grown.current(it));
    let mut added = matrices.filter_map(|file| {
        let text = extended(std::str::from_utf8(&file.bytes).ok()?, path, addition.clone())?;
        Some(SourceBytes::matrix(file.record.path.clone(), text))
    });
    let file = added.next().ok_or_else(|| {
        Failure::usage(format!("nothing can be added to `{}` of the project", path.join(".")))
            .help("write it as a list or map with one entry a line; nothing was written")
    })?;
    drop(added);
    grown.put(file, told);
    Ok(())
}
