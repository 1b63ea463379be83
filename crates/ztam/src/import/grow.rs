//! What an import adds to files that the project has: fields at the end of the `fields` of its assets, and its vocabulary at the
//! end of the project's lists. One way for all of them, whether a person wrote the file or an earlier import did.

use std::collections::{BTreeMap, BTreeSet};

use ztam_backend::import::{Imported, ImportedAsset, ImportedField, Target, Withheld, Withholding};
use ztam_graph::ids::Names;
use ztam_report::import::Extended;

use super::extend::{Addition, Group, extended_by_groups};
use super::ids::Ids;
use super::text::{FIELDS, field_as};
use crate::files::SourceBytes;
use crate::session::Loaded;

/// Files of the project with something added, and what that is.
#[derive(Clone, Debug, Default)]
pub(super) struct Grown(BTreeMap<String, (SourceBytes, Vec<String>)>);

impl Grown {
    /// A file of the project as it is by now.
    pub(super) fn current<'a>(&'a self, file: &'a SourceBytes) -> &'a SourceBytes {
        self.0.get(&file.record.path).map_or(file, |(file, _)| file)
    }

    /// A file with something more added.
    pub(super) fn put(&mut self, file: SourceBytes, added: Vec<String>) {
        let told = self.0.remove(&file.record.path).map(|(_, told)| told).unwrap_or_default();
        let told = told.into_iter().chain(added).collect();
        self.0.insert(file.record.path.clone(), (file, told));
    }

    /// The files.
    pub(super) fn files(&self) -> impl Iterator<Item = &SourceBytes> {
        self.0.values().map(|(file, _)| file)
    }

    /// What was added, by file.
    pub(super) fn told(&self) -> Vec<Extended> {
        let told = |(path, (_, added)): (&String, &(SourceBytes, Vec<String>))| Extended {
            path: path.clone(),
            added: added.clone(),
        };
        self.0.iter().map(told).collect()
    }
}

/// Lists the new fields of assets that the project has, in the files that have the assets. What cannot be listed there without
/// touching other text is withheld.
pub(super) fn fields(
    names: &Names<'_>,
    imported: &Imported,
    platform: &str,
    loaded: &Loaded,
    files: &[SourceBytes],
) -> (Grown, Withholding) {
    let ids = Ids::new(names, imported);
    let mut by_file: BTreeMap<&str, Vec<&ImportedAsset>> = BTreeMap::new();
    for asset in imported.assets.iter().filter(|it| new_fields(it).next().is_some()) {
        let id = asset.known.as_deref().and_then(|id| names.assets.find(id));
        let path = id.map(|id| loaded.sources.file(names.assets.span(id).file).path.as_str());
        by_file.entry(path.unwrap_or_default()).or_default().push(asset);
    }
    let (mut grown, mut withheld) = (Grown::default(), Withholding::new());
    for (path, assets) in by_file {
        let groups: Vec<Group> = assets.iter().map(|it| additions(&ids, platform, it)).collect();
        let file = files.iter().find(|it| it.record.path == path);
        let text = file.and_then(|it| std::str::from_utf8(&it.bytes).ok());
        let (after, refused) = match text {
            Some(text) => extended_by_groups(text, &groups),
            None => (String::new(), (0..groups.len()).collect()),
        };
        let refused: BTreeSet<usize> = refused.into_iter().collect();
        let mut told = Vec::new();
        for (number, asset) in assets.into_iter().enumerate() {
            if refused.contains(&number) {
                withheld.extend(new_fields(asset).map(|it| (it, Withheld::Text)));
            } else {
                told.extend(new_fields(asset).map(|it| format!("field {}", ids.target(&it))));
            }
        }
        if !told.is_empty() {
            grown.put(SourceBytes::matrix(path.to_owned(), after), told);
        }
    }
    (grown, withheld)
}

/// The fields that an asset of the project gets; none for an asset that is new itself.
pub(super) fn new_fields(asset: &ImportedAsset) -> impl Iterator<Item = Target> {
    let new = asset.fields.iter().filter(|it| asset.known.is_some() && it.known.is_none());
    new.map(|it| Target { asset: asset.key.clone(), field: Some(it.key.clone()) })
}

/// What the file of an asset gets for its new fields, the inner places first.
fn additions(ids: &Ids, platform: &str, asset: &ImportedAsset) -> Group {
    let path = |keys: &[&str]| {
        ["assets", ids.asset(&asset.key)].iter().chain(keys).map(|it| (*it).to_owned()).collect()
    };
    let new = || asset.fields.iter().filter(|it| it.known.is_none());
    let lists: BTreeSet<&'static str> = new().filter_map(|it| it.declared).collect();
    let named = |list: &'static str| {
        let named = new().filter(|it| it.declared == Some(list)).map(|it| it.key.clone());
        (path(&[platform]), Addition::Names(list, named.collect()))
    };
    let entry =
        |it: &ImportedField| (ids.field(&asset.key, &it.key).to_owned(), field_as(FIELDS, platform, it));
    let fields = (path(&[]), Addition::Section("fields", new().map(entry).collect()));
    lists.into_iter().map(named).chain([fields]).collect()
}
