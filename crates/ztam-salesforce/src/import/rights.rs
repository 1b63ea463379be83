//! Rights that are not about rows and fields, as capabilities.

use std::collections::{BTreeMap, BTreeSet};

use ztam_backend::danger::{Flag, Risk};
use ztam_backend::import::ImportedRights;
use ztam_model::inventory::PlatformInventory;
use ztam_model::words::SeverityWord;
use ztam_model::yaml::Yaml;

use super::carry::tab_word;
use crate::bind::{RightKind, brings};
use crate::catalog;
use crate::names::is_component_name;

/// The kind of right that a row of a file is; `None` for rows of objects and fields.
pub(super) fn kind_of(element: &str, right: &str) -> Option<RightKind> {
    let kind = LISTS.iter().map(|(kind, _)| *kind).find(|it| it.element() == element)?;
    Some(if kind == RightKind::TabVisible && right == RightKind::TabAvailable.grants() {
        RightKind::TabAvailable
    } else {
        kind
    })
}

/// The key of its list in capabilities and carried blocks.
pub(super) fn list_of(kind: RightKind) -> &'static str {
    LISTS.iter().find(|(it, _)| *it == kind).map_or("tabs", |(_, list)| list)
}

const LISTS: &[(RightKind, &str)] = &[
    (RightKind::UserPermission, "user-permissions"),
    (RightKind::CustomPermission, "existing-custom-permissions"),
    (RightKind::Application, "applications"),
    (RightKind::TabVisible, "tabs"),
    (RightKind::ApexClass, "apex-classes"),
    (RightKind::ApexPage, "apex-pages"),
    (RightKind::Flow, "flows"),
    (RightKind::RecordType, "record-types"),
    (RightKind::CustomMetadataType, "custom-metadata-types"),
    (RightKind::CustomSetting, "custom-settings"),
    (RightKind::ExternalDataSource, "external-data-sources"),
    (RightKind::Agent, "agents"),
    (RightKind::ExternalCredential, "external-credentials"),
    (RightKind::PresenceStatus, "presence-statuses"),
    (RightKind::EmailRoutingAddress, "email-routing-addresses"),
    (RightKind::SummaryDefinition, "summary-definitions"),
];

/// What becomes one capability: topic, title, kinds, least risk.
type Topic = (&'static str, &'static str, &'static [RightKind], SeverityWord);

const TOPICS: &[Topic] = &[
    (
        "permissions",
        "User and custom permissions",
        &[RightKind::UserPermission, RightKind::CustomPermission],
        SeverityWord::Low,
    ),
    (
        "workspace",
        "Apps and tabs",
        &[RightKind::Application, RightKind::TabAvailable, RightKind::TabVisible],
        SeverityWord::Low,
    ),
    (
        "code",
        "Apex classes, pages and flows",
        &[RightKind::ApexClass, RightKind::ApexPage, RightKind::Flow],
        SeverityWord::Medium,
    ),
    ("record-types", "Record types", &[RightKind::RecordType], SeverityWord::Low),
    (
        "settings",
        "Custom metadata and settings",
        &[RightKind::CustomMetadataType, RightKind::CustomSetting],
        SeverityWord::Low,
    ),
    (
        "connections",
        "Data sources, credentials and addresses outside",
        &[RightKind::ExternalDataSource, RightKind::ExternalCredential, RightKind::EmailRoutingAddress],
        SeverityWord::Medium,
    ),
    (
        "service",
        "Agents, presence and summaries",
        &[RightKind::Agent, RightKind::PresenceStatus, RightKind::SummaryDefinition],
        SeverityWord::Low,
    ),
];

/// Why a right cannot stand in a capability.
pub(super) fn refused(inventory: Option<&PlatformInventory>, kind: RightKind, name: &str) -> bool {
    if kind == RightKind::UserPermission {
        let org = inventory.map(|it| &it.rights).filter(|it| !it.is_empty());
        if let Some(rights) = org {
            return !rights.contains_key(name);
        }
        return catalog::user_permission(name).is_none_or(|it| {
            it.flags.contains(Flag::Removed) || it.evidence == catalog::Evidence::Unverified
        });
    }
    let known = inventory.and_then(|it| it.names.get(list_of(kind))).filter(|it| !it.is_empty());
    !is_component_name(name)
        || (kind == RightKind::RecordType && !name.contains('.'))
        || known.is_some_and(|it| !it.iter().any(|it| it == name))
}

/// Of all user permissions of a set, those that would be left out because what they need is not there.
pub(super) fn lacking<'n>(
    inventory: Option<&PlatformInventory>,
    all: &BTreeSet<&'n str>,
) -> BTreeSet<&'n str> {
    let mut kept = all.clone();
    loop {
        let complete = |name: &&str| {
            let needs = brings(inventory, name);
            needs.iter().filter(|it| it.is_needed()).all(|it| kept.contains(it.to.as_str()))
        };
        let next: BTreeSet<_> = kept.iter().copied().filter(complete).collect();
        if next.len() == kept.len() {
            return all.difference(&kept).copied().collect();
        }
        kept = next;
    }
}

/// Capabilities of what a set grants.
pub(super) fn capabilities(rights: &BTreeSet<(RightKind, String)>) -> Vec<ImportedRights> {
    let of_topic = |(topic, title, kinds, least): &Topic| {
        let mut lists: BTreeMap<&'static str, Vec<&str>> = BTreeMap::new();
        let mut tabs = Vec::new();
        let mut risk = *least;
        for (kind, name) in rights.iter().filter(|(kind, _)| kinds.contains(kind)) {
            risk = worse(risk, risk_of(*kind, name));
            match kind {
                RightKind::TabVisible | RightKind::TabAvailable => {
                    tabs.push((name.clone(), tab_word(*kind == RightKind::TabVisible)));
                }
                _ => lists.entry(list_of(*kind)).or_default().push(name),
            }
        }
        let mut binding: Vec<_> =
            lists.into_iter().map(|(list, names)| (list.to_owned(), Yaml::texts(names))).collect();
        if !tabs.is_empty() {
            tabs.sort_by(|a, b| a.0.cmp(&b.0));
            binding.push(("tabs".to_owned(), Yaml::Map(tabs)));
        }
        (!binding.is_empty()).then_some(ImportedRights { topic, title, risk, binding: Yaml::Map(binding) })
    };
    TOPICS.iter().filter_map(of_topic).collect()
}

fn risk_of(kind: RightKind, name: &str) -> SeverityWord {
    let known = (kind == RightKind::UserPermission).then(|| catalog::user_permission(name)).flatten();
    match known.map(|it| it.risk) {
        Some(Risk::Critical) => SeverityWord::Critical,
        Some(Risk::High) => SeverityWord::High,
        Some(Risk::Medium) => SeverityWord::Medium,
        _ => SeverityWord::Low,
    }
}

fn worse(a: SeverityWord, b: SeverityWord) -> SeverityWord {
    let rank = |it: SeverityWord| match it {
        SeverityWord::Low => 0,
        SeverityWord::Medium => 1,
        SeverityWord::High => 2,
        SeverityWord::Critical => 3,
    };
    if rank(b) > rank(a) { b } else { a }
}
