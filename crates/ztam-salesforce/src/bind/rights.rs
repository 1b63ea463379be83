//! Capabilities and carried blocks as rights, and what the rights bring along.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ztam_backend::escalation;
use ztam_backend::rules::UNKNOWN_RIGHT;
use ztam_graph::facts::{
    Base, Basis, Effect, EffectOn, Evidence, Implication, PlatformFacts, Right, RightFlags, RightId,
};
use ztam_graph::ids::AssetId;
use ztam_graph::scopes::ScopeWord;
use ztam_model::inventory::{Part, PlatformInventory};
use ztam_model::project::Text;
use ztam_model::words::{Action, Scope};
use ztam_source::finding::Finding;
use ztam_source::idx::IndexVec;
use ztam_source::raw::Raw;
use ztam_source::span::Span;

use super::beneath::Profiles;
use super::carried::Carried;
use super::{Binder, GrantedRight, did_you_mean, evidence, meant};
use ztam_backend::danger::Flag;

use crate::catalog::{self, Grade};
use crate::names::{fitting_label, is_component_name, is_developer_name};
use crate::shapes::{CapabilityShape, TabWord};
use crate::{PLATFORM, TITLE};

/// What a right is, in the order of a permission set file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum RightKind {
    Agent,
    Application,
    ApexClass,
    CustomMetadataType,
    CustomPermission,
    CustomSetting,
    EmailRoutingAddress,
    ExternalCredential,
    ExternalDataSource,
    /// Of a carried row; its name is `Object.Field right`.
    FieldPermission,
    Flow,
    SummaryDefinition,
    /// Of a carried row; its name is `Object right`.
    ObjectPermission,
    ApexPage,
    RecordType,
    PresenceStatus,
    TabAvailable,
    TabVisible,
    UserPermission,
}

impl RightKind {
    /// The word of findings and facts.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Application => "app",
            Self::ApexClass => "Apex class",
            Self::CustomMetadataType => "custom metadata type",
            Self::CustomPermission => "custom permission",
            Self::CustomSetting => "custom setting",
            Self::EmailRoutingAddress => "e-mail routing address",
            Self::ExternalCredential => "principal of an external credential",
            Self::ExternalDataSource => "external data source",
            Self::FieldPermission => "field permission",
            Self::Flow => "flow",
            Self::SummaryDefinition => "definition of a computed summary",
            Self::ObjectPermission => "object permission",
            Self::ApexPage => "Visualforce page",
            Self::RecordType => "record type",
            Self::PresenceStatus => "presence status",
            Self::TabAvailable => "available tab",
            Self::TabVisible => "visible tab",
            Self::UserPermission => "user permission",
        }
    }

    /// The element of a permission set, its key included.
    pub(crate) fn element(self) -> &'static str {
        match self {
            Self::Agent => "agentAccesses",
            Self::Application => "applicationVisibilities",
            Self::ApexClass => "classAccesses",
            Self::CustomMetadataType => "customMetadataTypeAccesses",
            Self::CustomPermission => "customPermissions",
            Self::CustomSetting => "customSettingAccesses",
            Self::EmailRoutingAddress => "emailRoutingAddressAccesses",
            Self::ExternalCredential => "externalCredentialPrincipalAccesses",
            Self::ExternalDataSource => "externalDataSourceAccesses",
            Self::FieldPermission => "fieldPermissions",
            Self::Flow => "flowAccesses",
            Self::SummaryDefinition => "genComputingSummaryDefAccesses",
            Self::ObjectPermission => "objectPermissions",
            Self::ApexPage => "pageAccesses",
            Self::RecordType => "recordTypeVisibilities",
            Self::PresenceStatus => "servicePresenceStatusAccesses",
            Self::TabAvailable | Self::TabVisible => "tabSettings",
            Self::UserPermission => "userPermissions",
        }
    }

    /// The word that its row grants by.
    pub(crate) fn grants(self) -> &'static str {
        match self {
            Self::TabAvailable => "Available",
            Self::TabVisible => "Visible",
            Self::Application | Self::RecordType => "visible",
            _ => "enabled",
        }
    }

    /// Whether it stands in a capability; the others are rows that are carried.
    pub(crate) fn is_of_capability(self) -> bool {
        !matches!(self, Self::FieldPermission | Self::ObjectPermission)
    }
}

/// A right: what it is, and its name.
pub(super) type Key = (RightKind, String);

/// Object rights that a user permission gives on one object.
const OBJECT_EFFECTS: &[(&str, &str, &[Action])] = &[
    ("ManageInternalUsers", "User", &[Action::Read, Action::Create, Action::Edit]),
    ("ManageUsers", "User", &[Action::Read, Action::Create, Action::Edit]),
    ("TransferAnyCase", "Case", &[Action::Assign]),
    ("TransferAnyLead", "Lead", &[Action::Assign]),
    ("ViewAllUsers", "User", &[Action::Read]),
];

impl Binder<'_, '_> {
    /// Fills in rights, capabilities, carried blocks and implications; returns the rights as they are written, and the
    /// custom permissions that the package brings along.
    pub(super) fn rights(
        &mut self,
        facts: &mut PlatformFacts,
        carried: &mut Carried,
        profiles: &Profiles,
    ) -> (IndexVec<RightId, GrantedRight>, BTreeMap<String, String>) {
        let names = self.names;
        let mut declared = BTreeMap::new();
        let mut capabilities = Vec::new();
        for (_, name, capability) in names.capabilities.iter() {
            let raw = capability.bindings.get(PLATFORM);
            capabilities.push(raw.map_or_else(Vec::new, |raw| self.capability(raw, name, &mut declared)));
        }
        let carries = self.carries(carried, &mut declared);
        let of_profiles = profiles.iter().flat_map(|(_, keys)| keys);
        let granted: BTreeSet<Key> =
            capabilities.iter().chain(&carries).flatten().chain(of_profiles).cloned().collect();
        let reached = self.closure(granted);
        let ids: BTreeMap<&Key, RightId> = reached
            .keys()
            .enumerate()
            .map(|(at, key)| (key, RightId(u32::try_from(at).unwrap_or(u32::MAX))))
            .collect();
        let to_ids =
            |keys: &Vec<Key>| keys.iter().filter_map(|key| ids.get(key).copied()).collect::<BTreeSet<_>>();
        facts.capabilities = capabilities.iter().map(|keys| to_ids(keys).into_iter().collect()).collect();
        facts.carries = carries.iter().map(|keys| to_ids(keys).into_iter().collect()).collect();
        let base = |(name, keys): &(Box<str>, BTreeSet<Key>)| {
            let rights = keys.iter().filter_map(|key| ids.get(key).copied()).collect();
            Base { kind: "profile", name: name.clone(), rights }
        };
        facts.bases = profiles.iter().map(base).collect();
        let mut written = IndexVec::new();
        for (key, brings) in &reached {
            let id = facts.rights.push(right(key, facts, carried));
            let mut needs = Vec::new();
            for it in brings {
                let Some(to) = ids.get(&(RightKind::UserPermission, it.to.clone())).copied() else {
                    continue;
                };
                let (evidence, basis) = (it.evidence, it.basis);
                facts.implications.push(Implication { from: id, to, evidence, basis });
                if it.is_needed() {
                    needs.push(to);
                }
            }
            written.push(GrantedRight { kind: key.0, name: Arc::from(key.1.as_str()), needs });
        }
        let by_name = |name: &str| ids.get(&(RightKind::UserPermission, name.to_owned())).copied();
        facts.edges = escalation::edges(catalog::escalations(), by_name);
        let custom = declared.into_iter().map(|(name, label): (String, Text)| (name, label.value)).collect();
        (written, custom)
    }

    /// Everything that the granted rights bring along, with what each brings by itself.
    fn closure(&self, granted: BTreeSet<Key>) -> BTreeMap<Key, Vec<Brought>> {
        let mut open: Vec<Key> = granted.into_iter().collect();
        let mut reached = BTreeMap::new();
        while let Some(key) = open.pop() {
            if reached.contains_key(&key) {
                continue;
            }
            let brings =
                if key.0 == RightKind::UserPermission { brings(self.inventory, &key.1) } else { Vec::new() };
            open.extend(brings.iter().map(|it| (RightKind::UserPermission, it.to.clone())));
            reached.insert(key, brings);
        }
        reached
    }

    fn capability(&mut self, raw: &Raw, name: &str, declared: &mut BTreeMap<String, Text>) -> Vec<Key> {
        let shape = self.read::<CapabilityShape>(raw, &format!("capability `{name}`"));
        shape.map_or_else(Vec::new, |shape| self.listed(shape, declared, false))
    }

    /// The rights that a capability or carried block lists. What is carried stood in the org: its names are taken as they are.
    pub(super) fn listed(
        &mut self,
        shape: CapabilityShape,
        declared: &mut BTreeMap<String, Text>,
        is_carried: bool,
    ) -> Vec<Key> {
        let mut keys = Vec::new();
        for text in shape.user_permissions {
            if is_carried || self.user_permission(&text) {
                keys.push((RightKind::UserPermission, text.value));
            }
        }
        for (text, label) in shape.custom_permissions {
            if self.custom_permission(&text, &label, declared) {
                keys.push((RightKind::CustomPermission, text.value));
            }
        }
        for (text, word) in shape.tabs {
            let kind =
                if word.value == TabWord::Visible { RightKind::TabVisible } else { RightKind::TabAvailable };
            if is_carried || self.component(&text, kind, "tabs") {
                keys.push((kind, text.value));
            }
        }
        let lists = [
            (RightKind::CustomPermission, "existing-custom-permissions", shape.existing_custom_permissions),
            (RightKind::Application, "applications", shape.applications),
            (RightKind::ApexClass, "apex-classes", shape.apex_classes),
            (RightKind::ApexPage, "apex-pages", shape.apex_pages),
            (RightKind::Flow, "flows", shape.flows),
            (RightKind::RecordType, "record-types", shape.record_types),
            (RightKind::CustomMetadataType, "custom-metadata-types", shape.custom_metadata_types),
            (RightKind::CustomSetting, "custom-settings", shape.custom_settings),
            (RightKind::ExternalDataSource, "external-data-sources", shape.external_data_sources),
            (RightKind::Agent, "agents", shape.agents),
            (RightKind::ExternalCredential, "external-credentials", shape.external_credentials),
            (RightKind::PresenceStatus, "presence-statuses", shape.presence_statuses),
            (RightKind::EmailRoutingAddress, "email-routing-addresses", shape.email_routing_addresses),
            (RightKind::SummaryDefinition, "summary-definitions", shape.summary_definitions),
        ];
        for (kind, list, texts) in lists {
            for text in texts {
                if is_carried || self.component(&text, kind, list) {
                    keys.push((kind, text.value));
                }
            }
        }
        keys
    }

    /// Whether a user permission may be written: the org has it or, without an inventory of rights, the catalogue.
    fn user_permission(&mut self, text: &Text) -> bool {
        let org = self.inventory.filter(|it| !it.rights.is_empty());
        let says_all = |it: &PlatformInventory| {
            it.rights.contains_key(&text.value) || !it.partial.contains(&Part::Rights)
        };
        if let Some(rights) = org.filter(|it| says_all(it)).map(|it| &it.rights) {
            if rights.contains_key(&text.value) {
                return true;
            }
            let meant = meant(&text.value, rights.keys().map(String::as_str)).map(str::to_owned);
            return self.unknown_right(
                text.span,
                &text.value,
                "the inventory does not have it",
                meant.as_deref(),
            );
        }
        match catalog::user_permission(&text.value) {
            Some(known) if known.flags.contains(Flag::Removed) => {
                self.unknown_right(text.span, &text.value, "the platform no longer has it", None)
            }
            Some(known) if known.evidence == catalog::Evidence::Unverified => {
                self.unknown_right(text.span, &text.value, "no official source names it", None)
            }
            Some(_) => true,
            None => {
                let meant = meant(&text.value, catalog::user_permissions().map(|it| it.name));
                self.unknown_right(text.span, &text.value, "the catalogue does not have it", meant)
            }
        }
    }

    fn unknown_right(&mut self, span: Span, name: &str, label: &'static str, meant: Option<&str>) -> bool {
        let title = format!("there is no {TITLE} user permission `{name}`");
        let finding = Finding::new(&UNKNOWN_RIGHT, title)
            .at(span, label)
            .help("correct the name, or take an inventory of the rights that the org has");
        self.findings.push(did_you_mean(finding, span, meant));
        false
    }

    fn custom_permission(
        &mut self,
        name: &Text,
        label: &Text,
        declared: &mut BTreeMap<String, Text>,
    ) -> bool {
        if !is_developer_name(&name.value) {
            self.wrong(
                name.span,
                format!("`{}` cannot be the name of a custom permission", name.value),
                "not an API name",
                "letters, digits and single underscores; begin with a letter, do not end with an underscore",
            );
            return false;
        }
        if label.value.is_empty() || fitting_label(&label.value, "") != label.value {
            self.wrong(
                label.span,
                "a custom permission needs a label of 1 to 80 characters".to_owned(),
                "this label",
                "shorten it",
            );
            return false;
        }
        if let Some(other) = declared.get(&name.value).filter(|it| it.value != label.value) {
            let title = format!("custom permission `{}` is declared with two labels", name.value);
            let finding = Finding::new(&ztam_backend::rules::BINDING, title)
                .at(label.span, "one label")
                .because(other.span, "the other")
                .help("declare it once, and name it under `existing-custom-permissions` elsewhere");
            self.findings.push(finding);
        }
        declared.entry(name.value.clone()).or_insert_with(|| label.clone());
        true
    }

    /// Whether a name of another component may be written. `list` is its key in the inventory's names too.
    fn component(&mut self, text: &Text, kind: RightKind, list: &str) -> bool {
        if !is_component_name(&text.value) || (kind == RightKind::RecordType && !text.value.contains('.')) {
            let form =
                if kind == RightKind::RecordType { "write `Object.Name`" } else { "write its API name" };
            self.wrong(
                text.span,
                format!("`{}` cannot name a {}", text.value, kind.word()),
                "not an API name",
                form,
            );
            return false;
        }
        let whole = self.inventory.filter(|it| !it.partial.contains(&Part::Names));
        let known = whole.and_then(|it| it.names.get(list)).filter(|it| !it.is_empty());
        let Some(known) = known.filter(|it| !it.contains(&text.value)) else { return true };
        let meant = meant(&text.value, known.iter().map(String::as_str));
        let title = format!("the org has no {} `{}`", kind.word(), text.value);
        self.undeclared(text.span, title, meant, "correct the name, or take a new inventory");
        false
    }
}

/// A user permission that comes with another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Brought {
    pub(crate) to: String,
    evidence: Evidence,
    basis: Basis,
}

impl Brought {
    /// Whether the platform refuses the one without the other.
    pub(crate) fn is_needed(&self) -> bool {
        matches!(self.evidence, Evidence::Documented | Evidence::Declared)
    }

    /// Whether something confirms that it comes along.
    pub(crate) fn is_verified(&self) -> bool {
        self.evidence != Evidence::Unverified
    }
}

/// What one user permission brings: what the org says, or else the catalogue.
pub(crate) fn brings(inventory: Option<&PlatformInventory>, permission: &str) -> Vec<Brought> {
    let org = inventory.and_then(|it| it.rights.get(permission)).map(|it| &it.requires);
    if let Some(requires) = org.filter(|it| !it.is_empty()) {
        let unique: BTreeSet<_> = requires.iter().filter(|it| *it != permission).collect();
        let of_org =
            |to: &String| Brought { to: to.clone(), evidence: Evidence::Declared, basis: Basis::default() };
        return unique.into_iter().map(of_org).collect();
    }
    let known = catalog::implications_of(permission).iter();
    known.map(brought).collect()
}

fn brought(known: &catalog::Implication) -> Brought {
    let evidence = match known.grade {
        Grade::Docs => Evidence::Documented,
        Grade::Partial => Evidence::Observed,
        Grade::Feature | Grade::Single => Evidence::Unverified,
    };
    let basis = Basis { holds: known.holds, of: known.of, vintage: catalog::IMPLICATIONS_VINTAGE };
    Brought { to: known.to.to_owned(), evidence, basis }
}

/// What is known of a right.
fn right(key: &Key, facts: &PlatformFacts, carried: &Carried) -> Right {
    let (kind, name) = (key.0, key.1.as_str());
    let known = if kind == RightKind::UserPermission { catalog::user_permission(name) } else { None };
    Right {
        kind: kind.word(),
        name: name.into(),
        tier: known.and_then(|it| it.tier),
        flags: known.map_or_else(RightFlags::default, |it| it.flags.neutral()),
        effects: match kind {
            RightKind::UserPermission => effects(name, facts),
            _ => carried.effects.get(key).cloned().unwrap_or_default(),
        },
        evidence: known.map_or(Evidence::Declared, |it| evidence(it.evidence)),
    }
}

/// The access to data that comes with a user permission.
fn effects(name: &str, facts: &PlatformFacts) -> Vec<Effect> {
    let org = |actions: &[Action]| {
        actions.iter().fold(ScopeWord::NONE, |word, action| word.union(ScopeWord::of(*action, Scope::Org)))
    };
    let everywhere =
        |rows: ScopeWord, fields: ScopeWord| vec![Effect { on: EffectOn::AllAssets, rows, fields }];
    match name {
        "ViewAllData" | "QueryAllFiles" => return everywhere(org(&[Action::Read]), ScopeWord::NONE),
        "ModifyAllData" => {
            let all =
                [Action::Read, Action::Create, Action::Edit, Action::Delete, Action::Share, Action::Assign];
            return everywhere(org(&all), ScopeWord::NONE);
        }
        "TransferAnyEntity" => return everywhere(org(&[Action::Assign]), ScopeWord::NONE),
        "ViewAllFieldsGlobal" => return everywhere(ScopeWord::NONE, org(&[Action::Read])),
        "ViewEncryptedData" => return everywhere(ScopeWord::NONE, org(&[Action::Unmask])),
        _ => {}
    }
    let on_object = OBJECT_EFFECTS.iter().filter(|(permission, ..)| *permission == name);
    on_object
        .filter_map(|(_, object, actions)| {
            let assets: Vec<AssetId> = facts
                .assets
                .iter_ids()
                .filter(|(_, it)| it.as_ref().is_some_and(|it| *it.name == **object))
                .map(|(id, _)| id)
                .collect();
            let effect =
                Effect { on: EffectOn::Assets(assets.clone()), rows: org(actions), fields: ScopeWord::NONE };
            (!assets.is_empty()).then_some(effect)
        })
        .collect()
}
