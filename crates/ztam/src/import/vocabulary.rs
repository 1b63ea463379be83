//! The vocabulary of what is imported: two classes, a domain, an environment. A project that is begun gets them in its
//! manifest; one that exists gets what it lacks, at the end of its own lists where the language wants one list.

use ztam_model::names::kebab;
use ztam_model::yaml::Yaml;

use super::extend::{Addition, extended};
use super::text::{DOMAIN, FIELDS, OWNER, ROWS};
use crate::exit::Failure;
use crate::files::{FileKind, MANIFEST, SourceBytes};
use crate::session::Loaded;

/// What an environment must have.
pub(super) struct Wanted<'a> {
    pub(super) environment: &'a str,
    pub(super) platform: &'a str,
    pub(super) binding: &'a Yaml,
}

/// What a project lacks.
pub(super) struct Extension {
    pub(super) new_file: Option<String>,
    pub(super) changed: Vec<SourceBytes>,
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
    let class = |id: &str, title: &str, means: &str| {
        Yaml::map([
            ("id", Yaml::from(id)),
            ("title", title.into()),
            ("means", means.into()),
            ("reach", "named".into()),
            ("unreviewed", true.into()),
        ])
    };
    [
        class(ROWS, "Unreviewed", "Rows that an import found and nobody has classified yet"),
        class(FIELDS, "Unreviewed field", "Fields that an import found and nobody has classified yet"),
    ]
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
        let text = String::from_utf8_lossy(&manifest.bytes);
        let environment = self.environment().entry(self.environment, 2);
        SourceBytes::matrix(manifest.record.path.clone(), format!("{text}\nenvironments:\n{environment}"))
    }

    /// What a project lacks.
    pub(super) fn extend(&self, loaded: &Loaded, files: &[SourceBytes]) -> Result<Extension, Failure> {
        let items = &loaded.project.items;
        let missing: Vec<Yaml> = classes()
            .into_iter()
            .zip([ROWS, FIELDS])
            .filter(|(_, id)| !items.classes.iter().any(|it| it.id.value == *id))
            .map(|(class, _)| class)
            .collect();
        let mut changed = Vec::new();
        let mut text = String::new();
        if items.classes.is_empty() {
            text.push_str("classes:\n");
            missing.iter().for_each(|it| text.push_str(&it.item(2)));
        } else if !missing.is_empty() {
            changed.push(add(files, &[], &["classes"], &Addition::Items(&missing))?);
        }
        if items.domains.get(DOMAIN).is_none() {
            text.push_str("domains:\n");
            text.push_str(&domain().entry(DOMAIN, 2));
        }
        match items.environments.get(self.environment) {
            None => {
                text.push_str("environments:\n");
                text.push_str(&self.environment().entry(self.environment, 2));
            }
            Some(there) if there.bindings.get(self.platform).is_none() => {
                let entry = [(self.platform, self.binding.clone())];
                let path = ["environments", self.environment];
                let file = add(files, &changed, &path, &Addition::Entries(&entry))?;
                changed.retain(|it| it.record.path != file.record.path);
                changed.push(file);
            }
            Some(_) => {}
        }
        let head = "# What `ztam import` needed and the project did not have.\n";
        let new_file = (!text.is_empty()).then(|| format!("{head}{text}"));
        Ok(Extension { new_file, changed })
    }
}

/// The file that has the list or map, with the addition; a file that was changed already is changed further.
fn add(
    files: &[SourceBytes],
    changed: &[SourceBytes],
    path: &[&str],
    addition: &Addition<'_>,
) -> Result<SourceBytes, Failure> {
    let current = |file: &SourceBytes| {
        let later = changed.iter().find(|it| it.record.path == file.record.path).cloned();
        later.unwrap_or_else(|| file.clone())
    };
    let matrices = files.iter().filter(|it| it.kind == FileKind::Matrix).map(current);
    let mut added = matrices.filter_map(|file| {
        let text = extended(std::str::from_utf8(&file.bytes).ok()?, path, addition)?;
        Some(SourceBytes::matrix(file.record.path, text))
    });
    added.next().ok_or_else(|| {
        Failure::usage(format!("nothing can be added to `{}` of the project", path.join(".")))
            .help("write it as a list or map with one entry a line; nothing was written")
    })
}
