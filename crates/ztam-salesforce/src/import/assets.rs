//! The assets and fields that imported cells are about: those of the project, and new ones for what it does not have.

use std::collections::{BTreeMap, BTreeSet};

use ztam_backend::import::{ImportedAsset, ImportedField, Request, Target, Withheld, Withholding};
use ztam_graph::ids::{AssetId, Names};
use ztam_model::inventory::PlatformInventory;
use ztam_model::yaml::Yaml;
use ztam_source::raw::RawKind;

use crate::bind::{self, Found, field_as_found, not_a_table, object_is_other_spelling};
use crate::names::is_api_name;
use crate::{PLATFORM, catalog};

/// Collects what cells are about.
pub(super) struct Assets<'r> {
    names: &'r Names<'r>,
    inventory: Option<&'r PlatformInventory>,
    /// Assets of the project by folded object.
    known: BTreeMap<String, (String, AssetId)>,
    /// Ids of fields of the project by asset and folded name.
    known_fields: BTreeMap<(AssetId, String), String>,
    /// Fields of the project that nobody can grant as they are listed, by asset and folded name.
    unbound: BTreeSet<(AssetId, String)>,
    /// Assets of the project whose rows open fields along with them: a cell on one of them says more than its rows.
    open: BTreeSet<AssetId>,
    /// What the catalogue of the project must not get.
    withheld: &'r Withholding,
    /// Objects by folded name; `None` cannot be an asset.
    objects: BTreeMap<String, Option<Draft>>,
}

/// An object while it is collected.
struct Draft {
    object: String,
    known: Option<AssetId>,
    /// Whether the matrix must declare it.
    declare: bool,
    /// Fields by folded name.
    fields: BTreeMap<String, Option<(String, Found)>>,
}

impl<'r> Assets<'r> {
    /// `wanted` are the fields of the containers that are imported, as object and field.
    pub(super) fn new(request: &Request<'r>, bound: &bind::Bound, wanted: &BTreeSet<(&str, &str)>) -> Self {
        let names = request.names;
        let objects = bound.package.objects.iter_ids();
        let known = objects.filter_map(|(id, object)| {
            let name = &object.as_ref()?.name;
            Some((name.to_ascii_lowercase(), (name.to_string(), id)))
        });
        let fields = bound.facts.fields.iter_ids().filter_map(|(id, field)| {
            let row = &names.fields[id];
            Some(((row.asset, field.as_ref()?.name.to_ascii_lowercase()), row.name.value.clone()))
        });
        let mut assets = Self {
            names,
            inventory: names.project.inventory.platforms.get(PLATFORM),
            known: known.collect(),
            known_fields: fields.collect(),
            unbound: unbound_fields(names, bound),
            open: BTreeSet::new(),
            withheld: request.withheld,
            objects: BTreeMap::new(),
        };
        let is_open = |asset: &AssetId| assets.has_fields_of_own_class(bound, *asset, wanted);
        assets.open = names.assets.ids().filter(is_open).collect();
        assets
    }

    /// Whether an asset has a field of its own class, listed or not, once everything that is wanted is listed.
    fn has_fields_of_own_class(
        &self,
        bound: &bind::Bound,
        asset: AssetId,
        wanted: &BTreeSet<(&str, &str)>,
    ) -> bool {
        let names = self.names;
        let mut listed = names.fields_of(asset);
        let Some(facts) = bound.facts.assets[asset].as_ref() else { return false };
        let is_listed_soon = |field: &str| {
            wanted.contains(&(&*facts.name, field))
                && self.withheld(&facts.name, Some(field)).is_none()
                && self.as_found(&facts.name, field).is_some()
        };
        listed.any(|field| {
            bound.facts.fields[field].is_some() && names.class_of_field(field) == names.class_of_asset(asset)
        }) || !facts.unlisted.iter().all(|it| is_listed_soon(it))
    }

    fn as_found(&self, object: &str, field: &str) -> Option<Found> {
        let org = self.inventory.and_then(|it| it.objects.get(object)).map(|it| &it.fields);
        field_as_found(object, field, org.filter(|it| !it.is_empty()))
    }

    /// Whether cells can be about the rows of an object.
    pub(super) fn has(&mut self, object: &str) -> bool {
        self.draft(object).is_some()
    }

    /// Whether a cell on the rows of an object would open fields along with them.
    pub(super) fn opens_fields(&self, object: &str) -> bool {
        self.known.get(&object.to_ascii_lowercase()).is_some_and(|(_, id)| self.open.contains(id))
    }

    /// Why an object, or a field of it, is kept out of the catalogue of the project, where it is.
    pub(super) fn withheld(&self, object: &str, field: Option<&str>) -> Option<Withheld> {
        let target = Target { asset: object.to_owned(), field: field.map(str::to_owned) };
        self.withheld.get(&target).copied()
    }

    fn draft(&mut self, object: &str) -> Option<&mut Draft> {
        let folded = object.to_ascii_lowercase();
        if !self.objects.contains_key(&folded) {
            let draft = self.new_draft(object, &folded);
            self.objects.insert(folded.clone(), draft);
        }
        let draft = self.objects.get_mut(&folded)?.as_mut();
        // A second spelling is another row of the file and the same object: only one of them can be an asset.
        draft.filter(|it| it.object == object)
    }

    fn new_draft(&self, object: &str, folded: &str) -> Option<Draft> {
        let draft = |object: &str, known, declare| Draft {
            object: object.to_owned(),
            known,
            declare,
            fields: BTreeMap::new(),
        };
        if let Some((name, id)) = self.known.get(folded) {
            return Some(draft(name, Some(*id), false));
        }
        let listed = catalog::object(object);
        let is_refused = !is_api_name(object) || not_a_table(object, listed).is_some();
        if is_refused || self.withheld(object, None).is_some() {
            return None;
        }
        let in_org = self.inventory.is_some_and(|it| it.objects.contains_key(object));
        let is_sure = in_org || listed.is_some_and(|it| it.takes_permissions == Some(true));
        if !is_sure && object_is_other_spelling(self.inventory, object) {
            return None;
        }
        Some(draft(object, None, !is_sure))
    }

    /// Whether cells can be about a field, and what is known of it.
    pub(super) fn field(&mut self, object: &str, field: &str) -> Option<Found> {
        let folded = field.to_ascii_lowercase();
        let asset = self.draft(object)?.known;
        let is_listed = asset.is_some_and(|id| self.known_fields.contains_key(&(id, folded.clone())));
        let is_unbound = asset.is_some_and(|id| self.unbound.contains(&(id, folded.clone())));
        let is_withheld = is_unbound || !is_listed && self.withheld(object, Some(field)).is_some();
        let found = self.as_found(object, field).filter(|_| !is_withheld);
        let draft = self.draft(object)?;
        let entry =
            draft.fields.entry(folded).or_insert_with(|| found.map(|found| (field.to_owned(), found)));
        entry.as_ref().filter(|(name, _)| name == field).map(|(_, found)| *found)
    }

    /// Everything that was asked for and can be said.
    pub(super) fn finish(self) -> Vec<ImportedAsset> {
        let Self { names, inventory, known_fields, objects, .. } = self;
        let label = |object: &str| inventory.and_then(|it| it.objects.get(object)?.label.clone());
        let asset = |draft: Draft| {
            let mut binding = vec![("object", Yaml::from(draft.object.as_str()))];
            if draft.declare {
                binding.push(("custom", true.into()));
            }
            let kept: Vec<_> =
                draft.fields.into_iter().filter_map(|(folded, it)| Some((folded, it?))).collect();
            let declared: Vec<_> = kept
                .iter()
                .filter(|(_, (_, found))| found.declare)
                .map(|(_, (name, _))| name.clone())
                .collect();
            if !declared.is_empty() {
                binding.push(("securable", Yaml::texts(declared)));
            }
            binding.push(("listed-only", true.into()));
            let fields = kept.into_iter().map(|(folded, (name, found))| ImportedField {
                known: draft.known.and_then(|id| known_fields.get(&(id, folded)).cloned()),
                binding: Yaml::from(name.as_str()),
                declared: found.declare.then_some("securable"),
                key: name,
            });
            ImportedAsset {
                known: draft.known.map(|id| names.assets.name(id).to_owned()),
                title: label(&draft.object).unwrap_or_default(),
                binding: Yaml::map(binding),
                fields: fields.collect(),
                key: draft.object,
            }
        };
        let mut all: Vec<_> = objects.into_values().flatten().map(asset).collect();
        all.sort_by(|a, b| a.key.cmp(&b.key));
        all
    }
}

/// Fields that are listed and that what is known of them does not let anybody grant: they are not listed once more.
fn unbound_fields(names: &Names<'_>, bound: &bind::Bound) -> BTreeSet<(AssetId, String)> {
    let listed = names.fields.iter_ids().filter(|(id, _)| bound.facts.fields[*id].is_none());
    let name = listed.filter_map(|(_, row)| match &row.field.bindings.get(PLATFORM)?.kind {
        RawKind::String(name) => Some((row.asset, name.to_ascii_lowercase())),
        _ => None,
    });
    name.collect()
}
