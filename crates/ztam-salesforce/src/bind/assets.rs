//! Assets as objects: whether they exist, what they know, their sharing defaults, and what they depend on.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ztam_backend::rules::BINDING;
use ztam_graph::facts::{ActionNeeds, AssetFacts, Evidence, PlatformFacts, RowDefault};
use ztam_graph::ids::AssetId;
use ztam_graph::scopes::{ScopeSet, ScopeWord};
use ztam_model::inventory::{InventoryObject, PlatformInventory};
use ztam_model::project::Text;
use ztam_model::words::{Action, Scope};
use ztam_source::finding::Finding;
use ztam_source::idx::IndexVec;
use ztam_source::span::Spanned;

use super::{Binder, Family, Object, ShippedDefaults, evidence, meant};
use crate::catalog::{self, GovernedBy, ObjectRight};
use crate::names::is_api_name;
use crate::rules::NOT_A_TABLE;
use crate::shapes::{AssetShape, SharingWord};
use crate::{PLATFORM, TITLE, sharing};

/// Standard objects whose rows follow another object's where sharing is controlled by the parent.
const STANDARD_PARENTS: &[(&str, &str)] =
    &[("Asset", "Account"), ("CampaignMember", "Campaign"), ("Contact", "Account"), ("Order", "Account")];

/// An asset while it is bound: the shape and what its object depends on, by name.
struct Draft<'p> {
    shape: AssetShape,
    known: Option<&'p InventoryObject>,
    family: Family,
    evidence: Evidence,
    parents: BTreeSet<String>,
}

impl<'p> Binder<'_, 'p> {
    /// Fills in asset and field facts; returns what emission must know of each object.
    pub(super) fn assets(&mut self, facts: &mut PlatformFacts) -> IndexVec<AssetId, Option<Object>> {
        let names = self.names;
        let mut drafts: IndexVec<AssetId, Option<Draft<'p>>> = IndexVec::new();
        let mut by_name: BTreeMap<String, AssetId> = BTreeMap::new();
        let mut folded: BTreeMap<String, AssetId> = BTreeMap::new();
        for (id, name, asset) in names.assets.iter() {
            let draft = asset.bindings.get(PLATFORM).and_then(|raw| {
                let shape: AssetShape = self.read(raw, &format!("asset `{name}`"))?;
                self.draft(name, shape)
            });
            let draft = draft.filter(|it| self.is_first(id, &it.shape.object, &folded));
            if let Some(draft) = &draft {
                folded.insert(draft.shape.object.value.to_ascii_lowercase(), id);
                by_name.insert(draft.shape.object.value.clone(), id);
            }
            drafts.push(draft);
        }
        let mut objects = IndexVec::new();
        for (id, draft) in drafts.iter_ids() {
            let object = draft.as_ref().map(|draft| {
                facts.assets[id] = Some(self.asset_facts(draft, &by_name));
                self.object(id, draft, &by_name, facts)
            });
            objects.push(object);
        }
        objects
    }

    /// Two assets on one object cannot be granted apart. The platform compares names without regard to case.
    fn is_first(&mut self, asset: AssetId, object: &Text, folded: &BTreeMap<String, AssetId>) -> bool {
        let Some(other) = folded.get(&object.value.to_ascii_lowercase()).copied() else { return true };
        let (own, first) = (self.names.assets.name(asset), self.names.assets.name(other));
        let title = format!("`{own}` and `{first}` are the same {TITLE} object and cannot be granted apart");
        let finding = Finding::new(&BINDING, title)
            .at(object.span, "bound here")
            .because(self.names.assets.span(other), "and here")
            .help("make them one asset");
        self.findings.push(finding);
        false
    }

    fn draft(&mut self, asset: &str, shape: AssetShape) -> Option<Draft<'p>> {
        let object = &shape.object;
        if !is_api_name(&object.value) {
            let title = format!("`{}` cannot be the API name of an object", object.value);
            self.wrong(
                object.span,
                title,
                "not an API name",
                "write the API name, such as `Opportunity` or `Invoice__c`",
            );
            return None;
        }
        let known = self.inventory.and_then(|it| it.objects.get(&object.value));
        let listed = catalog::object(&object.value);
        if let Some(instead) = not_a_table(&object.value, listed) {
            let title = format!(
                "asset `{asset}` can have no cells in {TITLE}: `{}` takes no object permissions",
                object.value
            );
            self.findings.push(
                Finding::new(&NOT_A_TABLE, title).at(object.span, "opened by other rights").help(instead),
            );
            return None;
        }
        let declared = shape.custom.as_ref().is_some_and(|it| it.value)
            && !object_is_other_spelling(self.inventory, &object.value);
        let sure = listed.filter(|it| it.takes_permissions == Some(true));
        let evidence = match (known, sure) {
            (Some(_), _) => Evidence::Declared,
            (None, Some(facts)) => evidence(facts.evidence),
            (None, None) if declared => Evidence::Declared,
            (None, None) => {
                self.undeclared_object(object, listed.is_some());
                return None;
            }
        };
        let parents = self.parents(&shape, known);
        Some(Draft { family: family(&object.value), shape, known, evidence, parents })
    }

    fn undeclared_object(&mut self, object: &Text, exists: bool) {
        if exists {
            let title = format!(
                "it is not known whether the {TITLE} object `{}` takes object permissions",
                object.value
            );
            self.undeclared(
                object.span,
                title,
                None,
                "take an inventory, or write `custom: true` beside it if it does",
            );
            return;
        }
        let mut candidates: Vec<&str> = catalog::object_names().collect();
        candidates.extend(self.inventory.iter().flat_map(|it| it.objects.keys()).map(String::as_str));
        let meant = meant(&object.value, candidates);
        let title = format!("there is no {TITLE} object `{}`", object.value);
        self.undeclared(
            object.span,
            title,
            meant,
            "correct the name, take an inventory, or declare it with `custom: true`",
        );
    }

    /// Master-detail parents, by name: what the matrix and the inventory say.
    fn parents(&mut self, shape: &AssetShape, known: Option<&InventoryObject>) -> BTreeSet<String> {
        let mut parents: BTreeSet<String> = known
            .into_iter()
            .flat_map(|it| it.fields.values())
            .filter(|it| it.master_detail)
            .flat_map(|it| it.references.iter().cloned())
            .collect();
        for parent in &shape.parents {
            let org = self.inventory.is_some_and(|it| it.objects.contains_key(&parent.value));
            let custom = parent.value.ends_with("__c") && is_api_name(&parent.value);
            if org || custom || catalog::object(&parent.value).is_some() {
                parents.insert(parent.value.clone());
            } else {
                let meant = meant(&parent.value, catalog::object_names());
                let title = format!("there is no {TITLE} object `{}`", parent.value);
                self.undeclared(parent.span, title, meant, "correct the name of the parent");
            }
        }
        parents.remove(&shape.object.value);
        parents
    }

    fn asset_facts(&mut self, draft: &Draft<'p>, by_name: &BTreeMap<String, AssetId>) -> AssetFacts {
        let name = draft.shape.object.value.as_str();
        let (default, external_default) = self.defaults(draft);
        let mut controllers = draft.parents.clone();
        if default == RowDefault::Parent && controllers.is_empty() {
            controllers.extend(
                STANDARD_PARENTS.iter().filter(|(child, _)| *child == name).map(|(_, it)| (*it).to_owned()),
            );
        }
        let controlled = default == RowDefault::Parent;
        let needed = read_needs(name, &draft.parents);
        let is_unbound = |it: &&String| !by_name.contains_key(*it);
        AssetFacts {
            name: name.into(),
            scopes: legal_scopes(draft.family),
            default,
            external_default,
            controlled_by: controllers
                .iter()
                .filter(|_| controlled)
                .filter_map(|it| by_name.get(it).copied())
                .collect(),
            read_needs: needed.iter().filter_map(|it| by_name.get(it).copied()).collect(),
            read_needs_unbound: needed.iter().filter(is_unbound).map(|it| it.as_str().into()).collect(),
            twins: Vec::new(),
            twins_unbound: Vec::new(),
            // The fields are bound after the objects.
            unlisted: Vec::new(),
            references: Vec::new(),
            needs: ActionNeeds { write_needs_read: true, delete_needs_edit: draft.family != Family::Big },
            evidence: draft.evidence,
        }
    }

    /// Sharing defaults for people inside and from outside: the inventory, or else the matrix.
    fn defaults(&mut self, draft: &Draft<'p>) -> (RowDefault, RowDefault) {
        let known = draft.known;
        if !draft.parents.is_empty() {
            self.refuse_own_sharing(draft);
            return (RowDefault::Parent, RowDefault::Parent);
        }
        let inside =
            self.default_of(draft.shape.sharing.as_ref(), known.and_then(|it| it.sharing.as_deref()), draft);
        let outside = self.default_of(
            draft.shape.external_sharing.as_ref(),
            known.and_then(|it| it.external_sharing.as_deref()),
            draft,
        );
        // What is open to people from outside is never wider than what is open inside.
        let outside = match (outside, inside) {
            (RowDefault::Unknown, RowDefault::Private | RowDefault::Parent) => inside,
            (known, _) => known,
        };
        (inside, outside)
    }

    /// The rows of a detail are those of its parents: it has no sharing of its own.
    fn refuse_own_sharing(&mut self, draft: &Draft<'p>) {
        let shape = &draft.shape;
        let said = [&shape.sharing, &shape.external_sharing];
        let own = |it: &&Spanned<SharingWord>| it.value != SharingWord::ControlledByParent;
        for word in said.into_iter().flatten().filter(own) {
            let parents: Vec<_> = draft.parents.iter().map(String::as_str).collect();
            let title = format!(
                "`{}` has no sharing of its own: its rows are those of {}",
                shape.object.value,
                parents.join(" and ")
            );
            let finding = Finding::new(&BINDING, title)
                .at(word.span, "the matrix says this")
                .help("take it away: whoever sees the parent sees its details");
            self.findings.push(finding);
        }
        // An org that gives it a sharing default of its own knows better: it is no detail of anything.
        let org = draft.known.into_iter().flat_map(|it| [&it.sharing, &it.external_sharing]).flatten();
        if let Some(word) = org.into_iter().find(|word| seen_default(word) != RowDefault::Parent) {
            let title = format!(
                "`{}` is no detail of another object: the inventory says that its sharing is {}",
                shape.object.value,
                ztam_source::confusable::quoted(word)
            );
            let finding = Finding::new(&BINDING, title)
                .at(shape.object.span, "bound as a detail of a parent")
                .help("take `parents` away, or take a new inventory if the object has become a detail");
            self.findings.push(finding);
        }
    }

    fn default_of(
        &mut self,
        said: Option<&Spanned<SharingWord>>,
        org: Option<&str>,
        draft: &Draft<'p>,
    ) -> RowDefault {
        let declared = said.map(|it| declared_default(it.value));
        let Some(word) = org else { return declared.unwrap_or(RowDefault::Unknown) };
        let seen = seen_default(word);
        if let (Some(said), Some(declared)) = (said, declared)
            && declared != seen
        {
            if self.ships(draft) && is_narrower(declared, seen) {
                return declared;
            }
            let title =
                format!("the sharing default of `{}` is not what the matrix says", draft.shape.object.value);
            let help = if self.ships(draft) {
                "correct it: a package narrows a sharing default, and never opens one"
            } else {
                "correct it, or take it away: the inventory is asked first"
            };
            let finding = Finding::new(&BINDING, title)
                .at(said.span, "the matrix says this")
                .note(format!("the inventory says `{word}`"))
                .help(help);
            self.findings.push(finding);
        }
        seen
    }

    /// Whether the package sets the sharing defaults of an object. That of a custom object travels with its whole
    /// definition only, which is not ours.
    fn ships(&self, draft: &Draft<'p>) -> bool {
        self.ships_defaults && sharing::standard(&draft.shape.object.value).is_some()
    }

    fn shipped(&self, draft: &Draft<'p>) -> ShippedDefaults {
        if !self.ships(draft) || !draft.parents.is_empty() {
            return ShippedDefaults::default();
        }
        // Where nobody has seen what the org has, only the narrowest default opens nothing.
        let word = |said: &Option<Spanned<SharingWord>>, org: Option<&String>| {
            let said = said.as_ref().map(|it| it.value);
            said.filter(|it| *it == SharingWord::Private || org.is_some()).map(platform_word)
        };
        let known = draft.known;
        ShippedDefaults {
            inside: word(&draft.shape.sharing, known.and_then(|it| it.sharing.as_ref())),
            outside: word(&draft.shape.external_sharing, known.and_then(|it| it.external_sharing.as_ref())),
        }
    }

    fn object(
        &mut self,
        id: AssetId,
        draft: &Draft<'p>,
        by_name: &BTreeMap<String, AssetId>,
        facts: &mut PlatformFacts,
    ) -> Object {
        let name = draft.shape.object.value.as_str();
        let fields = self.fields(id, &draft.shape, draft.known, facts);
        let bound = |names: BTreeSet<String>| names.iter().map(|it| by_name.get(it).copied()).collect();
        let shipped = self.shipped(draft);
        Object {
            name: Arc::from(name),
            family: draft.family,
            fields: fields.securable,
            doubtful: fields.doubtful,
            fields_known: fields.all_known,
            reads: bound(read_needs(name, &draft.parents)),
            views: bound(view_needs(name, &draft.parents)),
            default_seen: shipped.inside.is_some() || draft.known.is_some_and(|it| it.sharing.is_some()),
            external_default_seen: shipped.outside.is_some()
                || draft.known.is_some_and(|it| it.external_sharing.is_some()),
            shipped,
        }
    }
}

/// Whether the org or the catalogue has the object under the same name but for case.
pub(crate) fn object_is_other_spelling(inventory: Option<&PlatformInventory>, object: &str) -> bool {
    let is_other = |it: &str| it != object && it.eq_ignore_ascii_case(object);
    let mut seen = inventory.into_iter().flat_map(|it| it.objects.keys());
    seen.any(|it| is_other(it)) || catalog::object_names().any(is_other)
}

/// What to do instead, where an object takes no object permissions.
pub(crate) fn not_a_table(name: &str, listed: Option<&catalog::ObjectFacts>) -> Option<String> {
    if name.ends_with("__mdt") {
        return Some("name it under `custom-metadata-types` of a capability".to_owned());
    }
    let listed = listed.filter(|it| it.takes_permissions == Some(false))?;
    Some(match &listed.governed_by {
        Some(GovernedBy::UserPermissions(names)) => {
            format!("grant a capability with `user-permissions: [{}]` instead", names.join(", "))
        }
        Some(GovernedBy::Objects(names)) => {
            format!("its rows follow {}: bind that instead", names.join(" and "))
        }
        None => "take it out of the assets".to_owned(),
    })
}

/// The kind of object, by its name.
pub(crate) fn family(name: &str) -> Family {
    if name.ends_with("__b") {
        Family::Big
    } else if name.ends_with("__e") {
        Family::Event
    } else {
        Family::Usual
    }
}

/// What Salesforce can say, exactly or with sharing that must be set up. Sharing rules and teams give no delete; share and
/// assign come with Modify All alone.
fn legal_scopes(family: Family) -> ScopeWord {
    let all = |action| ScopeWord::of_set(action, ScopeSet::ALL);
    let some = |action, scopes: &[Scope]| {
        scopes.iter().fold(ScopeWord::NONE, |word, scope| word.union(ScopeWord::of(action, *scope)))
    };
    let usual = all(Action::Read).union(all(Action::Create));
    if family == Family::Event {
        return usual;
    }
    let delete = [Scope::Own, Scope::Account, Scope::UnitTree, Scope::Shared, Scope::Org];
    usual
        .union(all(Action::Edit))
        .union(some(Action::Delete, &delete))
        .union(some(Action::Share, &[Scope::Org]))
        .union(some(Action::Assign, &[Scope::Org]))
}

/// Objects that must be read in the same set.
fn read_needs(name: &str, parents: &BTreeSet<String>) -> BTreeSet<String> {
    needs(name, parents, ObjectRight::Read)
}

/// Objects that must be viewed in full in the same set.
fn view_needs(name: &str, parents: &BTreeSet<String>) -> BTreeSet<String> {
    needs(name, parents, ObjectRight::ViewAll)
}

fn needs(name: &str, parents: &BTreeSet<String>, right: ObjectRight) -> BTreeSet<String> {
    let documented = catalog::object_dependencies(name).iter();
    let documented = documented.filter(|it| it.from_right == Some(right) && it.to_right == right);
    parents.iter().cloned().chain(documented.map(|it| it.to.to_owned())).collect()
}

fn declared_default(word: SharingWord) -> RowDefault {
    match word {
        SharingWord::Private => RowDefault::Private,
        SharingWord::Read => RowDefault::Read,
        SharingWord::ReadWrite => RowDefault::ReadWrite,
        SharingWord::ControlledByParent => RowDefault::Parent,
    }
}

/// Whether a default opens less than another; those that follow a parent, or are not known, stand beside all others.
fn is_narrower(default: RowDefault, other: RowDefault) -> bool {
    match default {
        RowDefault::Private => matches!(other, RowDefault::Read | RowDefault::ReadWrite),
        RowDefault::Read => other == RowDefault::ReadWrite,
        _ => false,
    }
}

fn platform_word(word: SharingWord) -> &'static str {
    match word {
        SharingWord::Private => "Private",
        SharingWord::Read => "Read",
        SharingWord::ReadWrite => "ReadWrite",
        SharingWord::ControlledByParent => "ControlledByParent",
    }
}

fn seen_default(word: &str) -> RowDefault {
    match word {
        "Private" => RowDefault::Private,
        "Read" => RowDefault::Read,
        "ReadWrite" | "ReadWriteTransfer" | "FullAccess" => RowDefault::ReadWrite,
        "ControlledByParent" | "ControlledByCampaign" | "ControlledByLeadOrContact" => RowDefault::Parent,
        _ => RowDefault::Unknown,
    }
}
