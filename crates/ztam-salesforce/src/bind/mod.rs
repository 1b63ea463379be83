//! Reads what a project says about Salesforce, against the catalogue and the org's inventory: facts for resolving and
//! judging, findings, and what emission must know besides.

mod assets;
mod beneath;
mod carried;
mod fields;
mod muting;
mod rights;
mod settings;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ztam_backend::rules::{BINDING, UNDECLARED};
use ztam_graph::access::Conditions;
use ztam_graph::facts::RightId;
use ztam_graph::facts::{Evidence, PlatformFacts};
use ztam_graph::ids::{AssetId, EnvironmentId, FieldId, Names, RoleId};
use ztam_model::inventory::PlatformInventory;
use ztam_model::project::Text;
use ztam_source::de::DeError;
use ztam_source::finding::{Finding, Safety, TextEdit};
use ztam_source::idx::IndexVec;
use ztam_source::raw::Raw;
use ztam_source::span::Span;
use ztam_source::suggest;

use crate::catalog;
use crate::shapes::LayoutWord;
use crate::verbatim::Element;
use crate::{PLATFORM, TITLE};

/// A project bound to Salesforce.
pub(crate) struct Bound {
    pub(crate) facts: PlatformFacts,
    pub(crate) findings: Vec<Finding>,
    pub(crate) package: Package,
}

/// What emission must know besides the access.
#[derive(Debug)]
pub(crate) struct Package {
    /// The environment's settings.
    pub(crate) settings: Settings,
    /// Whether the environment wants a package.
    pub(crate) emitted: bool,
    /// The object of each asset.
    pub(crate) objects: IndexVec<AssetId, Option<Object>>,
    /// Position of each asset in the byte order of object names.
    pub(crate) rank: IndexVec<AssetId, u32>,
    /// Rights as they are written, in the order of the file.
    pub(crate) rights: IndexVec<RightId, GrantedRight>,
    /// Custom permissions that the package brings along: name and label.
    pub(crate) custom_permissions: BTreeMap<String, String>,
    /// What each role carries, by kind and key, with the rights of each; that of the roles it extends too.
    pub(crate) carried: IndexVec<RoleId, CarriedRows>,
    /// What each role carries of elements that nobody knows; never what the roles it extends do.
    pub(crate) elements: BTreeMap<RoleId, Vec<Element>>,
    /// Muting permission sets by name.
    pub(crate) muting: BTreeMap<String, Muting>,
    /// How each role is emitted.
    pub(crate) roles: IndexVec<RoleId, RoleSettings>,
    /// Conditions that are enforced by session activation.
    pub(crate) session: Conditions,
    /// Names, folded, that the org has and no package of ours made.
    pub(crate) foreign: BTreeSet<String>,
}

/// Settings of the package.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) api_version: String,
    pub(crate) layout: LayoutWord,
    pub(crate) directory: String,
    /// Whether declared sharing defaults go along.
    pub(crate) sharing_defaults: bool,
    /// Whether sharing rules go along.
    pub(crate) sharing_rules: bool,
    /// The profile of everybody from inside whose role names none.
    pub(crate) profile: Option<Text>,
}

/// An object with what its rows in a permission set depend on.
#[derive(Debug)]
pub(crate) struct Object {
    pub(crate) name: Arc<str>,
    pub(crate) family: Family,
    /// Fields that may get field permissions, in the byte order of their names.
    pub(crate) fields: Vec<ObjectField>,
    /// Listed fields of which it is not known whether they take field permissions.
    pub(crate) doubtful: Vec<FieldId>,
    /// Whether every field of the object is known.
    pub(crate) fields_known: bool,
    /// What reading it needs to read in the same set; `None` stands for an object without an asset.
    pub(crate) reads: Vec<Option<AssetId>>,
    /// What viewing all of it needs to view all of in the same set.
    pub(crate) views: Vec<Option<AssetId>>,
    /// Whether the sharing defaults come from the inventory.
    pub(crate) default_seen: bool,
    /// The same for people from outside.
    pub(crate) external_default_seen: bool,
    /// The sharing defaults that the package sets, in the platform's words: inside and outside.
    pub(crate) shipped: ShippedDefaults,
}

/// Sharing defaults that go along with the permission sets, in the platform's words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ShippedDefaults {
    pub(crate) inside: Option<&'static str>,
    pub(crate) outside: Option<&'static str>,
}

/// Kinds of objects that know fewer rights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    /// Standard and custom objects.
    Usual,
    /// Big objects: nothing is shared row by row, and delete stands alone.
    Big,
    /// Platform events: read and create only.
    Event,
}

/// A field that may get field permissions.
#[derive(Debug)]
pub(crate) struct ObjectField {
    /// `Object.Field`.
    pub(crate) name: Arc<str>,
    /// The field of the matrix; `None` for one that only the inventory knows.
    pub(crate) listed: Option<FieldId>,
    pub(crate) read_only: bool,
}

/// A right as it is written.
#[derive(Debug)]
pub(crate) struct GrantedRight {
    pub(crate) kind: rights::RightKind,
    pub(crate) name: Arc<str>,
    /// Rights that the platform refuses it without.
    pub(crate) needs: Vec<RightId>,
}

/// How a role is emitted.
#[derive(Clone, Debug, Default)]
pub(crate) struct RoleSettings {
    pub(crate) name: String,
    pub(crate) label: String,
    pub(crate) license: Option<String>,
    /// The profile that the role itself names.
    pub(crate) own_profile: Option<Text>,
    /// The profile that its people have, wherever the matrix says it.
    pub(crate) profile: Option<Profile>,
    pub(crate) accept_modify_all: bool,
    /// The org's roles that its people have, each one unit.
    pub(crate) units: Vec<String>,
    /// Public groups of its people, each one team.
    pub(crate) teams: Vec<String>,
    /// It stands in the org already.
    pub(crate) takes_over: bool,
    /// As it is written.
    pub(crate) description: Option<String>,
    /// Whether a session must activate all of it.
    pub(crate) activation: bool,
    /// It is a permission set group.
    pub(crate) group: Option<GroupSettings>,
}

/// The profile beneath a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Profile {
    pub(crate) name: String,
    /// Whether the inventory says what it grants.
    pub(crate) is_known: bool,
}

/// What a group has besides the sets of the roles that its role extends; both by API name, sorted.
#[derive(Clone, Debug, Default)]
pub(crate) struct GroupSettings {
    pub(crate) other_sets: Vec<String>,
    pub(crate) muting: Vec<String>,
    pub(crate) status: Option<String>,
    /// Where each muting set is named.
    pub(crate) muting_said: BTreeMap<String, Span>,
}

pub(crate) use assets::{family, not_a_table, object_is_other_spelling};
pub(crate) use carried::{CarriedRows, Muting};
pub(crate) use fields::{Found, as_found as field_as_found};
pub(crate) use rights::{Brought as Brings, RightKind, brings};

use carried::Carried;

impl Package {
    /// What a role carries of elements that nobody knows.
    pub(crate) fn elements_of(&self, role: RoleId) -> &[Element] {
        self.elements.get(&role).map_or(&[], Vec::as_slice)
    }

    /// The muting sets of a role that is a group.
    pub(crate) fn muting_of(&self, role: RoleId) -> &[String] {
        self.roles[role].group.as_ref().map_or(&[], |it| &it.muting)
    }
}

/// OAuth scopes of a connected app that open all that its user can do: everything, and sessions in the browser.
const BROAD_SCOPES: &[&str] = &["full", "web"];

/// Binds a project to Salesforce in one environment.
pub(crate) fn bind(names: &Names<'_>, environment: Option<EnvironmentId>) -> Bound {
    let inventory = names.project.inventory.platforms.get(PLATFORM);
    let mut binder = Binder { names, inventory, ships_defaults: false, findings: Vec::new() };
    let mut facts = PlatformFacts::empty(PLATFORM, TITLE, names);
    facts.rows_follow_holder = true;
    facts.broad_scopes = BROAD_SCOPES;
    facts.emitted = emitted(names, environment);
    let settings = binder.settings(environment);
    binder.ships_defaults = settings.sharing_defaults;
    let session = binder.conditions(&mut facts);
    let objects = binder.assets(&mut facts);
    let mut carried = Carried::new(&facts, names);
    let mut roles = binder.roles(&mut facts);
    let profiles = binder.profiles(&mut facts, &mut roles, settings.profile.as_ref(), &mut carried);
    let (rights, custom_permissions) = binder.rights(&mut facts, &mut carried, &profiles);
    let has_others = |it: &RoleSettings| it.group.as_ref().is_some_and(|it| !it.other_sets.is_empty());
    facts.unread_parts = roles.iter_ids().filter(|(_, it)| has_others(it)).map(|(id, _)| id).collect();
    binder.refuse_in_groups(&roles, &carried);
    facts.muted = muting::groups(names, &facts, &roles, &carried, &rights);
    let package = Package {
        settings,
        emitted: facts.emitted,
        rank: ranks(&objects),
        objects,
        rights,
        custom_permissions,
        carried: carried.by_role(names),
        elements: carried.elements,
        muting: carried.muting,
        roles,
        session,
        foreign: foreign(inventory),
    };
    Bound { facts, findings: binder.findings, package }
}

/// A project without environments is emitted with the defaults.
fn emitted(names: &Names<'_>, environment: Option<EnvironmentId>) -> bool {
    match environment {
        Some(id) => names.environments.get(id).bindings.get(PLATFORM).is_some(),
        None => names.environments.is_empty(),
    }
}

fn ranks(objects: &IndexVec<AssetId, Option<Object>>) -> IndexVec<AssetId, u32> {
    let mut named: Vec<_> =
        objects.iter_ids().filter_map(|(id, object)| Some((object.as_ref()?.name.clone(), id))).collect();
    named.sort_unstable();
    let mut ranks = IndexVec::filled(objects.len(), u32::MAX);
    for (position, (_, asset)) in named.into_iter().enumerate() {
        ranks[asset] = u32::try_from(position).unwrap_or(u32::MAX);
    }
    ranks
}

fn foreign(inventory: Option<&PlatformInventory>) -> BTreeSet<String> {
    let containers = inventory.into_iter().flat_map(|it| &it.containers);
    let sets = containers.filter(|it| it.kind.starts_with("PermissionSet") && !it.ours);
    sets.map(|it| it.name.to_lowercase()).collect()
}

/// Reads bindings and keeps what is wrong with them.
struct Binder<'n, 'p> {
    names: &'n Names<'p>,
    inventory: Option<&'p PlatformInventory>,
    /// Whether the package sets the sharing defaults that the matrix declares.
    ships_defaults: bool,
    findings: Vec<Finding>,
}

impl Binder<'_, '_> {
    /// Reads a binding; what is wrong with it becomes a finding. `what` names the thing that it belongs to.
    fn read<'t, T: serde::Deserialize<'t>>(&mut self, raw: &'t Raw, what: &str) -> Option<T> {
        raw.deserialize().map_err(|error| self.malformed(error, what)).ok()
    }

    fn malformed(&mut self, error: DeError, what: &str) {
        if error.reported {
            return;
        }
        let finding = Finding::new(&BINDING, format!("what {what} is in {TITLE} cannot be read"));
        let mut finding = finding.at(error.span, error.message);
        if let Some(help) = error.help {
            finding = finding.help(help);
        }
        self.findings.push(finding);
    }

    fn wrong(&mut self, span: Span, title: String, label: &'static str, help: &str) {
        self.findings.push(Finding::new(&BINDING, title).at(span, label).help(help));
    }

    fn undeclared(&mut self, span: Span, title: String, meant: Option<&str>, help: &str) {
        let finding = Finding::new(&UNDECLARED, title)
            .at(span, "declared by neither catalogue, inventory nor matrix")
            .help(help);
        self.findings.push(did_you_mean(finding, span, meant));
    }
}

/// Offers the name that was probably meant.
fn did_you_mean(finding: Finding, span: Span, meant: Option<&str>) -> Finding {
    match meant {
        Some(meant) => finding.fix(
            format!("did you mean `{meant}`?"),
            Safety::NeedsApproval,
            vec![TextEdit { span, text: meant.to_owned() }],
        ),
        None => finding,
    }
}

/// The name that is meant: the same but for case, or else the closest.
fn meant<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let candidates: Vec<&str> = candidates.into_iter().collect();
    let same = candidates.iter().copied().find(|it| it.eq_ignore_ascii_case(name));
    same.or_else(|| suggest::closest(name, candidates))
}

/// The catalogue's marks in the words of the graph.
fn evidence(mark: catalog::Evidence) -> Evidence {
    match mark {
        catalog::Evidence::Documented => Evidence::Documented,
        catalog::Evidence::Observed | catalog::Evidence::Reported => Evidence::Observed,
        catalog::Evidence::Unverified => Evidence::Unverified,
    }
}
