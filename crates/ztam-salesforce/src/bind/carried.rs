//! Carried blocks: rows of permission sets that the language has no word for. They are emitted unchanged and judged by what
//! they open. What a muting set takes away is kept and never counted: nobody is told to have less than they may have. What
//! it pretends is judged ([`super::muting`]).

use std::collections::{BTreeMap, BTreeSet};

use ztam_graph::facts::{Effect, EffectOn, PlatformFacts};
use ztam_graph::ids::{AssetId, FieldId, Names, RoleId};
use ztam_graph::resolve::lineage;
use ztam_graph::scopes::ScopeWord;
use ztam_model::project::Text;
use ztam_model::words::{Action, Scope};
use ztam_source::finding::Finding;
use ztam_source::idx::IndexVec;
use ztam_source::span::Span;

use super::Binder;
use super::muting::Places;
use super::rights::{Key, RightKind};
use crate::PLATFORM;
use crate::names::is_set_name;
use crate::rules::UNJUDGED;
use crate::shapes::{CarryShape, ElementShape, FieldRightWord, MutingShape, ObjectRightWord};
use crate::verbatim::Element;

/// Rows by kind and key, with the rights of each.
pub(crate) type CarriedRows = BTreeMap<(&'static str, String), BTreeSet<&'static str>>;

/// A muting permission set.
#[derive(Debug, Default)]
pub(crate) struct Muting {
    pub(crate) label: String,
    pub(crate) description: String,
    pub(crate) license: String,
    pub(crate) rows: CarriedRows,
    pub(crate) elements: Vec<Element>,
    /// What it takes away as rights, with the place of each.
    pub(crate) taken: Vec<(Key, Span)>,
}

/// What the carried blocks of a project hold.
#[derive(Debug)]
pub(super) struct Carried {
    rows: Vec<(Option<RoleId>, CarriedRows)>,
    pub(super) muting: BTreeMap<String, Muting>,
    /// Elements that nobody knows, by the role whose container they are written into.
    pub(super) elements: BTreeMap<RoleId, Vec<Element>>,
    /// What the rights of carried rows open.
    pub(super) effects: BTreeMap<Key, Vec<Effect>>,
    /// Assets by object and fields by object and field, folded.
    assets: BTreeMap<String, AssetId>,
    fields: BTreeMap<(AssetId, String), FieldId>,
}

impl Carried {
    pub(super) fn new(facts: &PlatformFacts, names: &Names<'_>) -> Self {
        let fold = |it: &str| it.to_ascii_lowercase();
        let assets = facts.assets.iter_ids().filter_map(|(id, it)| Some((fold(&it.as_ref()?.name), id)));
        let fields = facts.fields.iter_ids().filter_map(|(id, it)| {
            let name = fold(&it.as_ref()?.name);
            Some(((names.fields[id].asset, name), id))
        });
        Self {
            rows: Vec::new(),
            muting: BTreeMap::new(),
            elements: BTreeMap::new(),
            effects: BTreeMap::new(),
            assets: assets.collect(),
            fields: fields.collect(),
        }
    }

    /// Whether a role carries rows itself.
    pub(super) fn has_rows(&self, role: RoleId) -> bool {
        self.rows.iter().any(|(carrier, rows)| *carrier == Some(role) && !rows.is_empty())
    }

    /// What each role carries, with what it inherits.
    pub(super) fn by_role(&self, names: &Names<'_>) -> IndexVec<RoleId, CarriedRows> {
        let of_role = |role: RoleId| {
            let lineage = lineage(names, role);
            let mut all = CarriedRows::new();
            let own = self.rows.iter().filter(|(carrier, _)| carrier.is_some_and(|it| lineage.contains(&it)));
            for (key, rights) in own.flat_map(|(_, rows)| rows) {
                all.entry(key.clone()).or_default().extend(rights);
            }
            all
        };
        names.roles.ids().map(of_role).collect()
    }

    fn asset(&self, object: &str) -> Option<AssetId> {
        self.assets.get(&object.to_ascii_lowercase()).copied()
    }

    /// What an object right opens: the rows that sharing gives, or all of them.
    pub(super) fn object_effects(&self, object: &str, word: ObjectRightWord) -> Vec<Effect> {
        let Some(asset) = self.asset(object) else { return Vec::new() };
        let all = |actions: &[Action], scope| {
            actions.iter().fold(ScopeWord::NONE, |all, it| all.union(ScopeWord::of(*it, scope)))
        };
        let (rows, fields) = match word {
            ObjectRightWord::Read => (all(&[Action::Read], Scope::Shared), ScopeWord::NONE),
            ObjectRightWord::Create => (all(&[Action::Create], Scope::Shared), ScopeWord::NONE),
            ObjectRightWord::Edit => (all(&[Action::Edit], Scope::Shared), ScopeWord::NONE),
            ObjectRightWord::Delete => (all(&[Action::Delete], Scope::Shared), ScopeWord::NONE),
            ObjectRightWord::ViewAll => (all(&[Action::Read], Scope::Org), ScopeWord::NONE),
            ObjectRightWord::ModifyAll => {
                let actions = [Action::Read, Action::Edit, Action::Delete, Action::Share, Action::Assign];
                (all(&actions, Scope::Org), ScopeWord::NONE)
            }
            ObjectRightWord::ViewAllFields => (ScopeWord::NONE, all(&[Action::Read], Scope::Org)),
            ObjectRightWord::ViewSetup | ObjectRightWord::CustomizeSetup | ObjectRightWord::DeleteSetup => {
                return Vec::new();
            }
        };
        vec![Effect { on: EffectOn::Assets(vec![asset]), rows, fields }]
    }

    /// What a field permission opens: the field in every row that the person has, wherever the row comes from.
    pub(super) fn field_effects(&self, name: &str, actions: &[Action]) -> Vec<Effect> {
        let found = name.split_once('.').and_then(|(object, field)| {
            let asset = self.asset(object)?;
            self.fields.get(&(asset, field.to_ascii_lowercase())).copied()
        });
        let Some(field) = found else { return Vec::new() };
        let fields =
            actions.iter().fold(ScopeWord::NONE, |all, it| all.union(ScopeWord::of(*it, Scope::Org)));
        vec![Effect { on: EffectOn::Fields(vec![field]), rows: ScopeWord::NONE, fields }]
    }

    fn objects(&mut self, shape: &CarryShape, rows: &mut CarriedRows) -> Vec<Key> {
        let mut keys = Vec::new();
        for (object, words) in &shape.objects.0 {
            for word in words {
                let right = word.value.right();
                rows.entry(("objectPermissions", object.value.clone())).or_default().insert(right);
                let key = (RightKind::ObjectPermission, format!("{} {right}", object.value));
                let effects = self.object_effects(&object.value, word.value);
                self.effects.insert(key.clone(), effects);
                keys.push(key);
            }
        }
        keys
    }

    fn field_rows(&mut self, shape: &CarryShape, rows: &mut CarriedRows) -> Vec<Key> {
        let mut keys = Vec::new();
        for (field, word) in &shape.fields.0 {
            for right in word.value.rights() {
                rows.entry(("fieldPermissions", field.value.clone())).or_default().insert(right);
                let key = (RightKind::FieldPermission, format!("{} {right}", field.value));
                let actions: &[Action] =
                    if *right == "readable" { &[Action::Read] } else { &[Action::Create, Action::Edit] };
                let effects = self.field_effects(&field.value, actions);
                self.effects.insert(key.clone(), effects);
                keys.push(key);
            }
        }
        keys
    }
}

impl ObjectRightWord {
    /// Words with the element that says it.
    pub(crate) const ALL: &[(Self, &str, &str)] = &[
        (Self::Read, "read", "allowRead"),
        (Self::Create, "create", "allowCreate"),
        (Self::Edit, "edit", "allowEdit"),
        (Self::Delete, "delete", "allowDelete"),
        (Self::ViewAll, "view-all", "viewAllRecords"),
        (Self::ModifyAll, "modify-all", "modifyAllRecords"),
        (Self::ViewAllFields, "view-all-fields", "viewAllFields"),
        (Self::ViewSetup, "view-setup", "viewSetup"),
        (Self::CustomizeSetup, "customize-setup", "customizeSetup"),
        (Self::DeleteSetup, "delete-setup", "deleteSetup"),
    ];

    pub(super) fn right(self) -> &'static str {
        Self::ALL.iter().find(|(word, ..)| *word == self).map_or("allowRead", |(.., right)| right)
    }
}

impl FieldRightWord {
    pub(super) fn rights(self) -> &'static [&'static str] {
        match self {
            Self::Read => &["readable"],
            Self::Edit => &["editable", "readable"],
            Self::EditOnly => &["editable"],
        }
    }
}

impl Binder<'_, '_> {
    /// Reads the carried blocks; returns the rights of each.
    pub(super) fn carries(
        &mut self,
        carried: &mut Carried,
        declared: &mut BTreeMap<String, Text>,
    ) -> Vec<Vec<Key>> {
        let names = self.names;
        let mut all = Vec::new();
        for (id, name, carry) in names.carries.iter() {
            let raw = carry.bindings.get(PLATFORM);
            let shape = raw.and_then(|raw| self.read::<CarryShape>(raw, &format!("the carried `{name}`")));
            let Some(mut shape) = shape else {
                all.push(Vec::new());
                continue;
            };
            let muting = shape.muting.take();
            let role = carry.role.as_ref();
            if role.is_some() == muting.is_some() {
                let (label, help) = match role {
                    Some(_) => ("for a role and as a muting set", "take `role` away, or `muting`"),
                    None => ("carried for no role", "write the `role` that has it"),
                };
                let title = format!("nobody can say whose rights `{name}` are");
                self.wrong(names.carries.span(id), title, label, help);
            }
            let places = muting.as_ref().map(|_| Places::of(&shape));
            let mut rows = CarriedRows::new();
            let mut keys = carried.objects(&shape, &mut rows);
            keys.extend(carried.field_rows(&shape, &mut rows));
            let elements = self.elements(names.carries.span(id), name, &shape.elements);
            let listed = self.listed(shape.into_capability(), declared, true);
            for (kind, key) in &listed {
                rows.entry((kind.element(), key.clone())).or_default().insert(kind.grants());
            }
            keys.extend(listed);
            match muting {
                Some(muting) => {
                    let places = places.unwrap_or_default();
                    let carry = names.carries.span(id);
                    let taken = keys.into_iter().map(|it| (places.find(&it, carry), it));
                    let taken = taken.map(|(place, it)| (it, place)).collect();
                    self.mute(muting, Muting { rows, elements, taken, ..Muting::default() }, carried);
                    all.push(Vec::new());
                }
                None => {
                    let role = role.as_ref();
                    if let Some(role) = role.and_then(|it| names.roles.find(&it.value)) {
                        carried.elements.entry(role).or_default().extend(elements);
                    }
                    carried.rows.push((role.and_then(|it| names.roles.find(&it.value)), rows));
                    all.push(keys);
                }
            }
        }
        all
    }

    /// Elements that nobody knows. What is known is judged, so it may not stand here.
    fn elements(&mut self, carry: Span, name: &str, shapes: &[ElementShape]) -> Vec<Element> {
        let mut all = Vec::new();
        for shape in shapes {
            let attributes = shape.attributes.iter();
            let attributes: Vec<_> =
                attributes.map(|(name, value)| (name.value.as_str(), value.value.as_str())).collect();
            let row = shape.row.as_ref().map(|it| (it.element.value.as_str(), it.key.value.as_str()));
            match Element::new(&shape.name.value, &attributes, &shape.content.value, row) {
                Ok(element) => all.push(element),
                Err(why) => self.wrong(
                    shape.name.span,
                    format!("`{}` in the carried `{name}` {why}", shape.name.value),
                    "cannot be carried as it is",
                    "write what ztam knows under its own key, and the rest as it stood in the file",
                ),
            }
        }
        if let (Some(first), Some(element)) = (shapes.first(), all.first()) {
            let names: BTreeSet<_> = all.iter().map(|it| format!("`{}`", it.called())).collect();
            let names: Vec<_> = names.into_iter().collect();
            let title =
                format!("the carried `{name}` writes {}, and nobody judges what it grants", names.join(", "));
            self.findings.push(
                Finding::new(&UNJUDGED, title)
                    .at(first.name.span, "written as it is")
                    .because(carry, "carried here")
                    .help("look up what it grants, and say it in the words of the matrix where there are any")
                    .fact("element", element.called()),
            );
        }
        all
    }

    fn mute(&mut self, shape: MutingShape, found: Muting, carried: &mut Carried) {
        let name = &shape.name;
        if !is_set_name(&name.value) || carried.muting.contains_key(&name.value) {
            let title = format!("`{}` cannot be the name of a muting permission set", name.value);
            self.wrong(name.span, title, "no API name, or another has it", "write its API name, once");
            return;
        }
        let text = |it: Option<Text>| it.map(|it| it.value).unwrap_or_default();
        let muting = Muting {
            label: shape.label.value,
            description: text(shape.description),
            license: text(shape.license),
            ..found
        };
        carried.muting.insert(shape.name.value, muting);
    }
}
