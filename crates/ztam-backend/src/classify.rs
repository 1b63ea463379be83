//! What an inventory holds against a matrix: what no asset or field binds, and the classes that the platform's own
//! classification asks for, as edits of the matrix that a person looks at.
//!
//! Nothing is guessed: a word of the platform becomes a class by its name, or a new class whose place among the others
//! follows from its neighbours' names. What fits nowhere is told. A class is raised, never lowered.

mod words;
mod yaml;

use std::collections::{BTreeMap, BTreeSet};

use ztam_model::inventory::{InventoryField, InventoryObject, PlatformInventory};
use ztam_model::names::kebab;
use ztam_model::project::{Asset, Project};
use ztam_source::file::SourceMap;
use ztam_source::finding::TextEdit;
use ztam_source::raw::RawKind;

use crate::survey::Words;

pub use words::{Classes, Mapping};

/// What is proposed for a project on one platform.
#[derive(Debug, Default)]
pub struct Proposal {
    /// Objects of the inventory that no asset binds.
    pub unbound: Vec<String>,
    /// Fields of bound objects that no field of the matrix binds, as `object.field`. They have their asset's class.
    pub unlisted: Vec<String>,
    /// What becomes of the platform's words.
    pub words: Vec<Mapping>,
    /// Fields, as `object.field`, with the class that is proposed for each.
    pub classes: BTreeMap<String, String>,
    /// How many classified fields the matrix has in a class that is at least as sensitive already.
    pub settled: usize,
    /// Classified fields of objects that no cell opens.
    pub not_data: Vec<String>,
    /// Edits of the matrix's files.
    pub edits: Vec<TextEdit>,
    /// The text of a new file for objects that no asset binds; empty where there is none.
    pub new_file: String,
}

/// Who asks, and about what.
#[derive(Debug)]
pub struct Question<'q> {
    /// The platform's key.
    pub platform: &'static str,
    /// Its title.
    pub title: &'static str,
    /// Its words.
    pub words: Words,
    /// What the org has.
    pub inventory: &'q PlatformInventory,
    /// The matrix.
    pub project: &'q Project,
    /// Its files.
    pub sources: &'q SourceMap,
    /// Classes that somebody chose for words.
    pub chosen: &'q BTreeMap<String, String>,
}

/// Holds an inventory against a matrix.
#[must_use]
pub fn propose(question: &Question<'_>) -> Proposal {
    let fields = question.inventory.objects.values().flat_map(|it| it.fields.values());
    let used: BTreeSet<&str> = fields.clone().filter_map(|it| it.classification.as_deref()).collect();
    let secured = fields.clone().any(|it| it.secured == Some(true));
    let classes = Classes::new(question, &used, secured);
    let mut proposer = Proposer {
        question,
        bound: bound_assets(question),
        files: yaml::Files::new(question.sources),
        new: yaml::NewAssets::new(question),
        out: Proposal { words: classes.mappings.clone(), ..Proposal::default() },
        classes,
    };
    for (name, object) in &question.inventory.objects {
        proposer.object(name, object);
    }
    proposer.finish()
}

/// A field with the class and tags that are proposed for it.
#[derive(Debug)]
struct Wanted<'q> {
    name: &'q str,
    class: usize,
    tags: Vec<String>,
}

struct Proposer<'q> {
    question: &'q Question<'q>,
    /// Assets by the folded name of their object.
    bound: BTreeMap<String, (&'q str, &'q Asset)>,
    classes: Classes,
    files: yaml::Files<'q>,
    new: yaml::NewAssets,
    out: Proposal,
}

impl<'q> Proposer<'q> {
    fn object(&mut self, name: &'q str, object: &'q InventoryObject) {
        if !(self.question.words.is_data)(name, object) {
            let classified = object.fields.iter().filter(|(_, it)| it.classification.is_some());
            self.out.not_data.extend(classified.map(|(field, _)| format!("{name}.{field}")));
            return;
        }
        match self.bound.get(&name.to_lowercase()).copied() {
            Some((id, asset)) => self.known(name, object, id, asset),
            None => {
                self.out.unbound.push(name.to_owned());
                let last = self.classes.last();
                let wanted: Vec<_> =
                    object.fields.iter().filter_map(|(name, it)| self.wanted(name, it, last)).collect();
                if !wanted.is_empty() {
                    self.record(name, &wanted);
                    self.new.asset(name, object.label.as_deref(), &wanted, &self.classes);
                }
            }
        }
    }

    fn known(&mut self, name: &'q str, object: &'q InventoryObject, id: &'q str, asset: &'q Asset) {
        let of_asset = asset.class.as_ref().and_then(|it| self.classes.rank(&it.value));
        let mut listed: BTreeMap<String, (&str, Option<usize>)> = BTreeMap::new();
        for (key, field) in &asset.fields {
            let Some(RawKind::String(api)) = field.bindings.get(self.question.platform).map(|it| &it.kind)
            else {
                continue;
            };
            let own = field.class.as_ref().map(|it| self.classes.rank(&it.value));
            listed.insert(api.to_lowercase(), (key.value.as_str(), own.unwrap_or(of_asset)));
        }
        let taken: BTreeSet<&str> = asset.fields.iter().map(|(key, _)| key.value.as_str()).collect();
        let mut edit = yaml::AssetEdit::new(id, self.question.platform, taken);
        let mut changed = Vec::new();
        for (field, facts) in &object.fields {
            let known = listed.get(&field.to_lowercase()).copied();
            if known.is_none() {
                self.out.unlisted.push(format!("{name}.{field}"));
            }
            let next = of_asset.map(|it| (it + 1).min(self.classes.last().unwrap_or(it)));
            let Some(wanted) = self.wanted(field, facts, next) else { continue };
            let now = known.map_or(of_asset, |(_, class)| class);
            if now.is_some_and(|it| it >= wanted.class) {
                self.out.settled += 1;
                continue;
            }
            match known {
                Some((key, _)) => edit.raise(key, self.classes.id(wanted.class)),
                None => edit.add(&wanted, self.classes.id(wanted.class)),
            }
            changed.push(wanted);
        }
        if !changed.is_empty() && self.files.edit(&edit) {
            self.record(name, &changed);
        }
    }

    /// The class and tags that the platform's own facts ask for. Without a classification, what is secured by itself asks for
    /// the class `secured`.
    fn wanted(&self, name: &'q str, field: &'q InventoryField, secured: Option<usize>) -> Option<Wanted<'q>> {
        let class = match field.classification.as_deref() {
            Some(word) => self.classes.of_word(word)?,
            None if field.secured == Some(true) => secured?,
            None => return None,
        };
        let none = self.question.words.no_compliance;
        let groups = field.compliance.iter().filter(|it| !none.contains(&it.as_str()));
        Some(Wanted { name, class, tags: groups.filter_map(|it| kebab(it)).collect() })
    }

    fn record(&mut self, object: &str, wanted: &[Wanted<'_>]) {
        for it in wanted {
            self.out.classes.insert(format!("{object}.{}", it.name), self.classes.id(it.class).to_owned());
        }
    }

    fn finish(mut self) -> Proposal {
        self.files.classes(&self.classes);
        let has_classes = !self.question.project.items.classes.is_empty();
        self.out.new_file =
            self.new.finish(self.question, &self.classes, has_classes, !self.out.classes.is_empty());
        self.out.edits = self.files.finish();
        self.out
    }
}

fn bound_assets<'q>(question: &Question<'q>) -> BTreeMap<String, (&'q str, &'q Asset)> {
    let object =
        |asset: &Asset| match &asset.bindings.get(question.platform)?.get(question.words.object_key)?.kind {
            RawKind::String(name) => Some(name.to_lowercase()),
            _ => None,
        };
    let assets = question.project.items.assets.iter();
    assets.filter_map(|(id, asset)| Some((object(asset)?, (id.value.as_str(), asset)))).collect()
}

#[cfg(test)]
mod tests;
