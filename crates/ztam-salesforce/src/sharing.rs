//! Sharing that goes along with permission sets, where an environment asks for it: the sharing defaults that assets declare,
//! and sharing rules between the people of one unit or team.
//!
//! A rule gives rows to everybody of a unit or team who has the right on the object, through whatever set. It is written
//! only where that is what every role there says; where it is not, it stays an obligation, with the reason.

use std::collections::{BTreeMap, BTreeSet};

use ztam_backend::fidelity::Obligation;
use ztam_backend::plan::{Beside, Row};
use ztam_backend::removal::Thing;
use ztam_graph::access::{Layer, LayerId};
use ztam_graph::facts::{AssetFacts, RowDefault};
use ztam_graph::ids::{AssetId, RoleId};
use ztam_graph::scopes::{ScopeSet, ScopeWord};
use ztam_model::words::{Action, Scope};

use crate::PLATFORM;
use crate::bind::{Family, Object};
use crate::names::{fitting_label, fitting_name};
use crate::plan::role_names;
use crate::rows::{Sets, is_outside};

/// A standard object whose sharing a package can set.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct StandardSharing {
    name: &'static str,
    /// Whether whoever sees a row sees its account too, whatever sharing says of the account.
    shows_account: bool,
}

/// Standard objects that the Metadata API documents with owner-based sharing rules of their own. That they take a sharing
/// default from a file that says nothing else is not verified (`docs/unverified.md#partial-objects`).
const STANDARD: &[StandardSharing] = &[
    StandardSharing { name: "Account", shows_account: false },
    StandardSharing { name: "Campaign", shows_account: false },
    StandardSharing { name: "Case", shows_account: true },
    StandardSharing { name: "Contact", shows_account: true },
    StandardSharing { name: "Lead", shows_account: false },
    StandardSharing { name: "Opportunity", shows_account: true },
];

const ACCOUNT: &str = "Account";
/// Kind of a sharing rule.
pub(crate) const RULE: &str = "SharingOwnerRule";
/// Kind of the one row of a sharing rule: its element.
pub(crate) const ROW: &str = "sharingOwnerRules";
/// How the names of our rules begin, so that they stay apart from those that an org makes itself.
pub(crate) const RULE_PREFIX: &str = "Ztam_";

/// What is known of a standard object's sharing.
pub(crate) fn standard(object: &str) -> Option<&'static StandardSharing> {
    STANDARD.iter().find(|it| it.name == object)
}

/// Sharing defaults in the platform's words, the narrowest first.
const DEFAULTS: &[&str] = &["Private", "Read", "ReadWrite", "ReadWriteTransfer", "FullAccess"];

/// How much a sharing default lets through; `None` where another object says it, or where the word is not known.
pub(crate) fn width(word: &str) -> Option<u8> {
    DEFAULTS.iter().position(|it| *it == word).and_then(|at| u8::try_from(at).ok())
}

/// Whether rules of an object say what they give of rows below it: nothing here.
pub(crate) fn has_account_settings(object: &str) -> bool {
    object == ACCOUNT
}

/// Between whose people rows are shared.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Who {
    /// A public group: a team.
    Group(String),
    /// A role of the org: a unit.
    Role(String),
}

impl Who {
    /// The element that names it in a rule.
    pub(crate) fn element(&self) -> &'static str {
        match self {
            Self::Group(_) => "group",
            Self::Role(_) => "role",
        }
    }

    /// Its API name.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Group(name) | Self::Role(name) => name,
        }
    }

    /// What it is to people.
    fn words(&self) -> String {
        match self {
            Self::Group(name) => format!("the public group `{name}`"),
            Self::Role(name) => format!("the org's role `{name}`"),
        }
    }

    fn scope(&self) -> Scope {
        match self {
            Self::Group(_) => Scope::Team,
            Self::Role(_) => Scope::Unit,
        }
    }
}

/// What a rule lets people do with each other's rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Access {
    Read,
    Edit,
}

impl Access {
    /// The platform's word.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Read => "Read",
            Self::Edit => "Edit",
        }
    }

    /// The levels that it stands for: who edits a row reads it.
    pub(crate) fn rights(self) -> &'static [&'static str] {
        match self {
            Self::Read => &["Read"],
            Self::Edit => &["Edit", "Read"],
        }
    }

    /// What it gives; edit of a row is read of it too.
    fn actions(self) -> &'static [Action] {
        match self {
            Self::Read => &[Action::Read],
            Self::Edit => &[Action::Read, Action::Edit],
        }
    }
}

/// A sharing rule: the rows that people own are shared among them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct OwnerRule {
    pub(crate) who: Who,
    pub(crate) access: Access,
}

impl OwnerRule {
    /// API name, distinct on its object. A unit or team has one rule an object, whose level may change under its name.
    pub(crate) fn name(&self) -> String {
        let kind = if self.who.scope() == Scope::Team { "Team" } else { "Unit" };
        fitting_name(format!("{RULE_PREFIX}{kind}_{}", self.who.name()))
    }

    /// What it gives, as its file says it.
    fn row(&self) -> Row {
        let who = format!("{} {}", self.who.element(), self.who.name());
        Row { kind: ROW, key: format!("{who} -> {who}"), rights: self.access.rights().to_vec() }
    }

    /// Label for people.
    pub(crate) fn label(&self) -> String {
        fitting_label(&format!("{} of {}", self.access.word(), self.who.name()), " (access matrix)")
    }
}

/// Rules that are not written, for one reason.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Refused {
    roles: BTreeSet<RoleId>,
    access: Access,
    scope: Scope,
    why: String,
}

/// The sharing of a package.
#[derive(Default)]
pub(crate) struct Sharing {
    /// Rules by asset.
    pub(crate) rules: BTreeMap<AssetId, BTreeSet<OwnerRule>>,
    /// With the objects, and the units or teams, that they are about.
    refused: BTreeMap<Refused, (BTreeSet<String>, BTreeSet<String>)>,
    /// The roles whose people each unit or team is of.
    people: BTreeMap<Who, BTreeSet<RoleId>>,
}

/// Decides which rules are written; none where the environment does not ask for them.
pub(crate) fn sharing(sets: &Sets<'_>, roles: &[RoleId]) -> Sharing {
    let mut sharing = Sharing::default();
    if !sets.package.settings.sharing_rules {
        return sharing;
    }
    let people = people(sets, roles);
    for (who, roles) in &people {
        for (asset, object) in sets.package.objects.iter_ids() {
            if let Some(object) = object.as_ref().filter(|it| takes_rules(it)) {
                sharing.decide(sets, &Candidate { asset, object, who, roles });
            }
        }
    }
    sharing.people = people;
    sharing
}

/// The roles that have people in each unit or team. The platform compares names without regard to case: two spellings are one
/// unit, and the first one names it.
fn people(sets: &Sets<'_>, roles: &[RoleId]) -> BTreeMap<Who, BTreeSet<RoleId>> {
    let mut all: BTreeMap<(Scope, String), (Who, BTreeSet<RoleId>)> = BTreeMap::new();
    for role in roles.iter().filter(|it| !is_outside(sets.kind(**it))) {
        let settings = &sets.package.roles[*role];
        let teams = settings.teams.iter().map(|it| Who::Group(it.clone()));
        for who in teams.chain(settings.units.iter().map(|it| Who::Role(it.clone()))) {
            let folded = (who.scope(), who.name().to_ascii_lowercase());
            all.entry(folded).or_insert_with(|| (who, BTreeSet::new())).1.insert(*role);
        }
    }
    all.into_values().collect()
}

/// Whether owner-based sharing rules exist for an object. Details have none, which their default says.
fn takes_rules(object: &Object) -> bool {
    object.family == Family::Usual && (object.name.ends_with("__c") || standard(&object.name).is_some())
}

/// A unit or team, and an object whose rows its people might share.
struct Candidate<'a> {
    asset: AssetId,
    object: &'a Object,
    who: &'a Who,
    roles: &'a BTreeSet<RoleId>,
}

impl Sharing {
    fn decide(&mut self, sets: &Sets<'_>, candidate: &Candidate<'_>) {
        let mut refused: Vec<Refused> = Vec::new();
        // The narrower rule may be exact where the wider one is not.
        for access in [Access::Edit, Access::Read] {
            let roles = candidate.wanted(sets, access);
            if roles.is_empty() {
                continue;
            }
            let Some(why) = candidate.too_wide(sets, access) else {
                let rule = OwnerRule { who: candidate.who.clone(), access };
                self.rules.entry(candidate.asset).or_default().insert(rule);
                break;
            };
            if refused.last().is_none_or(|it| it.why != why || it.roles != roles) {
                refused.push(Refused { roles, access, scope: candidate.who.scope(), why });
            }
        }
        for it in refused {
            let group = self.refused.entry(it).or_default();
            group.0.insert(sets.object_name(candidate.asset));
            group.1.insert(candidate.who.words());
        }
    }

    /// The rules as the platform names them, sorted.
    pub(crate) fn beside(&self, sets: &Sets<'_>) -> Vec<Beside> {
        let of_asset = |(asset, rules): (&AssetId, &BTreeSet<OwnerRule>)| {
            let object = sets.object_name(*asset);
            let beside = |it: &OwnerRule| Beside {
                thing: Thing { kind: RULE.to_owned(), name: format!("{object}.{}", it.name()), id: None },
                rows: vec![it.row()],
            };
            rules.iter().map(beside).collect::<Vec<_>>()
        };
        let mut all: Vec<_> = self.rules.iter().flat_map(of_asset).collect();
        all.sort_unstable();
        all
    }

    /// What must hold so that the rules give these rows to these people.
    pub(crate) fn obligations(&self, sets: &Sets<'_>) -> Vec<Obligation> {
        let mut audiences: BTreeMap<&Who, BTreeSet<RoleId>> = BTreeMap::new();
        for rule in self.rules.values().flatten() {
            audiences.entry(&rule.who).or_default().extend(self.people.get(&rule.who).into_iter().flatten());
        }
        let members = audiences.into_iter().map(|(who, roles)| Obligation {
            platform: PLATFORM,
            kind: "sharing-members",
            subject: who.name().to_owned(),
            audience: role_names(sets, &roles),
            action: None,
            scope: Some(who.scope()),
            sentence: format!("{} has people of these roles and nobody else", who.words()),
            broken_by: vec!["other people in it", "managers above it, who see the same rows"],
            settled: None,
        });
        let refused = self.refused.iter().map(|(it, (objects, people))| Obligation {
            platform: PLATFORM,
            kind: "sharing-by-hand",
            subject: listed(objects, ", "),
            audience: role_names(sets, &it.roles),
            action: it.access.actions().last().copied(),
            scope: Some(it.scope),
            sentence: format!(
                "something other than a sharing rule gives these rows to the people of {}: {}",
                listed(people, " and of "),
                it.why
            ),
            broken_by: vec!["a sharing rule for everybody there"],
            settled: None,
        });
        members.chain(refused).collect()
    }
}

impl Candidate<'_> {
    /// The roles that are to have these rows and would not have them without a rule.
    fn wanted(&self, sets: &Sets<'_>, access: Access) -> BTreeSet<RoleId> {
        let action = if access == Access::Edit { Action::Edit } else { Action::Read };
        let lacks = |default| match access {
            Access::Read => default == RowDefault::Private,
            Access::Edit => matches!(default, RowDefault::Private | RowDefault::Read),
        };
        let wants = |role: &&RoleId| {
            let always = always(sets, &[**role], self.asset);
            lacks(sets.default(**role, self.asset))
                && always.get(action).widest().has(self.who.scope())
                && always.get(Action::Read).contains(ScopeSet::of(self.who.scope()))
        };
        self.roles.iter().filter(wants).copied().collect()
    }

    /// Why a rule would give somebody more than the matrix says; `None` where it would not.
    fn too_wide(&self, sets: &Sets<'_>, access: Access) -> Option<String> {
        self.holders(sets).into_iter().find_map(|roles| self.too_wide_for(sets, access, &roles))
    }

    /// The roles that one person there may hold: each, and each with those that it may be held together with.
    fn holders(&self, sets: &Sets<'_>) -> Vec<Vec<RoleId>> {
        let alone = self.roles.iter().map(|it| vec![*it]);
        let together = sets.together.iter().filter(|it| it.iter().any(|role| self.roles.contains(role)));
        alone.chain(together.cloned()).collect()
    }

    fn too_wide_for(&self, sets: &Sets<'_>, access: Access, roles: &[RoleId]) -> Option<String> {
        let names = &sets.access.names;
        let who: Vec<_> = roles.iter().map(|it| format!("`{}`", names.roles.name(*it))).collect();
        let who = match who.as_slice() {
            [one] => one.clone(),
            several => format!("whoever holds {}", several.join(" and ")),
        };
        let own = std::iter::once((self.asset, access.actions()));
        let below = details(sets, self.asset).map(|it| (it, actions_below(sets, it, access)));
        for (asset, actions) in own.chain(below) {
            let fewer = |it: &&Action| !has_all(sets, roles, asset, **it, self.who.scope());
            if let Some(action) = actions.iter().find(fewer) {
                let (asset, action) = (names.assets.name(asset), action.as_str());
                let there = if roles.len() == 1 { "has people" } else { "may be" };
                return Some(format!("{who} {there} there and has fewer rows of `{asset}` to {action}"));
            }
        }
        let account = self.shown_account(sets)?;
        let reads_all = has_all(sets, roles, account, Action::Read, Scope::Org);
        (!reads_all).then(|| format!("whoever sees the row sees its account, and {who} reads fewer accounts"))
    }

    fn shown_account(&self, sets: &Sets<'_>) -> Option<AssetId> {
        let shows = standard(&self.object.name).is_some_and(|it| it.shows_account);
        let is_account = |object: &Option<Object>| object.as_ref().is_some_and(|it| &*it.name == ACCOUNT);
        sets.package.objects.iter_ids().find(|(_, object)| shows && is_account(object)).map(|(id, _)| id)
    }
}

/// What roles have on the rows of an asset at all times.
fn always(sets: &Sets<'_>, roles: &[RoleId], asset: AssetId) -> ScopeWord {
    by_layer(sets, roles, asset)
        .into_iter()
        .filter(|(layer, _)| sets.access.layers[*layer] == Layer::default())
        .fold(ScopeWord::NONE, |all, (_, word)| all.union(word))
}

fn by_layer(sets: &Sets<'_>, roles: &[RoleId], asset: AssetId) -> BTreeMap<LayerId, ScopeWord> {
    let mut all: BTreeMap<LayerId, ScopeWord> = BTreeMap::new();
    let slot = sets.access.rows_slot(asset);
    let entries = roles.iter().flat_map(|it| sets.access.entries(*it, slot));
    for entry in entries.filter(|it| it.platforms.has(sets.platform)) {
        let word = all.entry(entry.layer).or_default();
        *word = word.union(entry.scopes);
    }
    all
}

/// Whether somebody with these roles who may do something with rows of an asset may do it with all rows of a scope: at all
/// times, or where they never may without a condition, under each one.
fn has_all(sets: &Sets<'_>, roles: &[RoleId], asset: AssetId, action: Action, scope: Scope) -> bool {
    let wanted = ScopeSet::of(scope);
    let always = always(sets, roles, asset).get(action);
    if !always.is_empty() {
        return always.contains(wanted);
    }
    let layers = by_layer(sets, roles, asset);
    layers.values().map(|it| it.get(action)).all(|it| it.is_empty() || it.contains(wanted))
}

/// Assets whose rows follow those of another, or may: those whose parents nobody knows.
fn details(sets: &Sets<'_>, asset: AssetId) -> impl Iterator<Item = AssetId> {
    let assets = sets.access.platforms.get(sets.platform).map(|it| &it.assets);
    let mut found = BTreeSet::new();
    let mut open = vec![asset];
    while let Some(parent) = open.pop() {
        for (id, facts) in assets.into_iter().flat_map(|it| it.iter_ids()) {
            let follows = facts
                .as_ref()
                .is_some_and(|it| it.controlled_by.contains(&parent) || has_unknown_parents(sets, id, it));
            if follows && id != asset && found.insert(id) {
                open.push(id);
            }
        }
    }
    found.into_iter()
}

/// What a rule gives of rows that follow those that it shares. Who edits a row deletes what follows it; and where the field
/// that names the parent says so, which nobody knows of a custom object, whoever reads the parent edits and deletes it too.
fn actions_below(sets: &Sets<'_>, asset: AssetId, access: Access) -> &'static [Action] {
    let by_reading = sets.object_name(asset).ends_with("__c");
    if by_reading || access == Access::Edit {
        &[Action::Read, Action::Edit, Action::Delete]
    } else {
        access.actions()
    }
}

/// Whether the rows of an asset follow others that nothing names. A custom object names its parents, bound or not.
fn has_unknown_parents(sets: &Sets<'_>, asset: AssetId, facts: &AssetFacts) -> bool {
    let object = sets.package.objects.lookup(asset).and_then(Option::as_ref);
    let named = object.is_some_and(|it| it.name.ends_with("__c") && !it.reads.is_empty());
    facts.default == RowDefault::Parent && facts.controlled_by.is_empty() && !named
}

fn listed(words: &BTreeSet<String>, between: &str) -> String {
    words.iter().map(String::as_str).collect::<Vec<_>>().join(between)
}
