//! What a project declares: the sections of edition 1, as written, names unresolved. Each section is one struct here; the
//! JSON Schema, the lowering and the reference documentation come from the same structs and their comments.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};
use ztam_source::entries::Entries;
use ztam_source::raw::Bindings;
use ztam_source::span::Spanned;

use crate::date::Date;
use crate::surroundings::{Account, App, Audit, Automation, Mitigation, Monitor, Pack, Sync};
use crate::words::{
    Action, ExportRule, LevelWord, Means, MovedKind, Party, Profile, Quantity, Reach, Relate, RoleKind, Same,
    Scope, SeverityWord,
};

/// A name or text with its place.
pub type Text = Spanned<String>;
/// A list of names or texts.
pub type Texts = Vec<Text>;

/// A list that says something: an empty one would read as "of nothing" and could mean "of all", or disarm a prohibition.
fn some<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    at_least(1, Vec::deserialize(deserializer)?)
}

/// What is kept apart is two at least.
fn several<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    at_least(2, Vec::deserialize(deserializer)?)
}

fn at_least<T, E: serde::de::Error>(least: usize, items: Vec<T>) -> Result<Vec<T>, E> {
    if items.len() < least {
        let count = items.len();
        return Err(E::custom(format!("{count} items stand where {least} or more are expected")));
    }
    Ok(items)
}

/// One source file: any sections, in any order.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
#[schemars(title = "ztam matrix, edition 1")]
pub struct Document {
    /// Edition of the language: `ztam: 1`. Stands in the manifest, `ztam.yaml`.
    pub ztam: Option<Spanned<u32>>,
    /// Short name of the project, used in emitted names and ids. Never change it later: ids of emitted roles come from it.
    pub project: Option<Text>,
    /// Title of the matrix, for people.
    pub title: Option<Text>,
    /// Who answers for the matrix.
    pub owner: Option<Text>,
    /// House limits on exceptions.
    pub limits: Option<Limits>,
    /// Which rules run at which strength.
    pub rules: Option<RuleSettings>,
    /// Data classes, from least to most sensitive.
    pub classes: Vec<Class>,
    /// Conditions of access, such as multi-factor sign-in. Each says who enforces it.
    pub conditions: Entries<Condition>,
    /// Business domains: the need-to-know axis.
    pub domains: Entries<Domain>,
    /// What exists: objects and tables with their class, domains, fields and names on each platform.
    pub assets: Entries<Asset>,
    /// Platform rights that are not table access.
    pub capabilities: Entries<Capability>,
    /// Who may do what.
    pub roles: Entries<Role>,
    /// What must never be: prohibitions that are proved at build time.
    pub guards: Entries<Guard>,
    /// Named duties, for separations.
    pub duties: Entries<Duty>,
    /// Duties that must lie with different people.
    pub separate: Entries<Separation>,
    /// Role sets that one person may hold together; checked as if they were one role.
    pub together: Entries<Texts>,
    /// Exceptions from rules, each with an end.
    pub waivers: Entries<Waiver>,
    /// Grants with an end.
    pub temporary: Entries<Temporary>,
    /// Who answers for what on the customer's side, with evidence.
    pub responsibilities: Entries<Responsibility>,
    /// Applications that come in with somebody's rights.
    pub apps: Entries<App>,
    /// Data that a machine copies from one platform to the other.
    pub syncs: Entries<Sync>,
    /// What raises an alarm.
    pub monitors: Entries<Monitor>,
    /// Packs of ready-made separations and duties that apply here.
    pub packs: Entries<Pack>,
    /// Where the matrix is deployed, with the differences of each place.
    pub environments: Entries<Environment>,
    /// Promises in sentences, by group.
    pub tests: Entries<Texts>,
    /// Limits a group of promises to environments: group name to environment names. A group that is not listed holds everywhere.
    pub tests_in: Entries<Texts>,
    /// Renames, so that they do not read as revoke and grant.
    pub moved: Vec<Moved>,
    /// Imported platform facts that the language cannot say; emitted unchanged and part of every judgement.
    pub carry: Entries<Carry>,
}

/// House limits on exceptions, in days.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Limits {
    /// Longest waiver, in days. Default 365.
    pub waiver_max_days: Option<Spanned<u32>>,
    /// Longest temporary grant, in days. Default 90.
    pub temporary_max_days: Option<Spanned<u32>>,
    /// The most sensitive class that roles of kind `external` and `guest` may read.
    pub external_cap: Option<Text>,
    /// Networks of which no condition lets anything in, such as those of a public cloud: addresses, `first-last` or with a
    /// prefix length.
    #[serde(default)]
    pub forbidden_networks: Texts,
}

/// Which rules run at which strength.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RuleSettings {
    /// Preset. Default `standard`.
    pub profile: Option<Spanned<Profile>>,
    /// Level by rule id. A level of `forbid` cannot be lowered.
    #[serde(default)]
    pub levels: Entries<Spanned<LevelWord>>,
}

/// A data class.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Class {
    /// Name used in cells.
    pub id: Text,
    /// Title for people. Default: the id in words.
    pub title: Option<Text>,
    /// What belongs to the class, for people.
    pub means: Option<Text>,
    /// How far a class cell reaches: every asset of the class in the role's domains, or only what the cell names. Default `domain`.
    pub reach: Option<Spanned<Reach>>,
    /// Conditions without which nothing of this class is granted.
    #[serde(default)]
    pub requires: Texts,
    /// Conditions that stand in for `requires` for a kind of role, such as a machine that cannot do MFA.
    #[serde(default)]
    pub requires_by_kind: Entries<Texts>,
    /// Bounds and duties on every grant of the class.
    pub controls: Option<Controls>,
    /// A class for what an import found and nobody has classified yet: findings about its assets advise, and do not block.
    pub unreviewed: Option<Spanned<bool>>,
}

/// Bounds and duties on every grant of a class.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Controls {
    /// Changes must be audited.
    pub audit: Option<Spanned<bool>>,
    /// Whether bulk export needs a declared capability.
    pub export: Option<Spanned<ExportRule>>,
    /// Widest scope that may be read.
    pub widest_read: Option<Spanned<Scope>>,
    /// Widest scope that may be created, edited, deleted, shared or assigned.
    pub widest_write: Option<Spanned<Scope>>,
    /// Access is reviewed every so many days.
    pub review_days: Option<Spanned<u32>>,
    /// Reads must be audited.
    pub audit_reads: Option<Spanned<bool>>,
    /// Audit records are kept at least so many days.
    pub retention_days: Option<Spanned<u32>>,
}

/// A condition of access. What enforces it is said per platform.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Condition {
    /// Title for people.
    pub title: Option<Text>,
    /// What it asks of whoever signs in.
    #[serde(default)]
    pub means: Vec<Spanned<Means>>,
    /// Networks that it lets in: addresses, `first-last` or with a prefix length.
    #[serde(default)]
    pub networks: Texts,
    /// Who enforces it, per platform.
    #[serde(rename = "$bindings", default)]
    #[schemars(skip)]
    pub bindings: Bindings,
}

/// A business domain.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Domain {
    /// Title for people.
    pub title: Option<Text>,
    /// Who answers for the domain.
    pub owner: Option<Text>,
}

/// Something that holds data: an object on one platform, a table on another, or both.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Asset {
    /// Title for people.
    pub title: Option<Text>,
    /// Data class of its rows and of every field that has none of its own. Without one it cannot be reached.
    pub class: Option<Text>,
    /// Domains it belongs to. Without one it cannot be reached.
    #[serde(default)]
    pub domains: Texts,
    /// Compliance tags: pii, phi, pci, sox, gdpr and the like.
    #[serde(default)]
    pub tags: Texts,
    /// Who answers for it.
    pub owner: Option<Text>,
    /// Whether what happens to it is recorded, where no inventory says so.
    pub audit: Option<Audit>,
    /// Fields worth a line: those of another class, and those that emitted sets must open.
    #[serde(default)]
    pub fields: Entries<Field>,
    /// Its name and facts, per platform.
    #[serde(rename = "$bindings", default)]
    #[schemars(skip)]
    pub bindings: Bindings,
}

/// A field of an asset.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Field {
    /// Title for people.
    pub title: Option<Text>,
    /// Data class. Default: the asset's.
    pub class: Option<Text>,
    /// Compliance tags.
    #[serde(default)]
    pub tags: Texts,
    /// Its API or logical name, per platform.
    #[serde(rename = "$bindings", default)]
    #[schemars(skip)]
    pub bindings: Bindings,
}

/// A platform right that is not table access.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Capability {
    /// Title for people.
    pub title: Option<Text>,
    /// How dangerous it is, in the architect's judgement.
    pub risk: Option<Spanned<SeverityWord>>,
    /// What it starts, where that is more than a right: a flow, a class, a workflow.
    pub automation: Option<Automation>,
    /// The rights, per platform.
    #[serde(rename = "$bindings", default)]
    #[schemars(skip)]
    pub bindings: Bindings,
}

/// A role.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Role {
    /// Title for people. Default: the id in words.
    pub title: Option<Text>,
    /// What the role is for, in one sentence.
    pub purpose: Option<Text>,
    /// Who answers for the role.
    pub owner: Option<Text>,
    /// Why it needs its powerful rights.
    pub justification: Option<Text>,
    /// When its access was last reviewed.
    pub reviewed: Option<Spanned<Date>>,
    /// It is meant to change nothing.
    pub read_only: Option<Spanned<bool>>,
    /// What it needs regulated data for, by tag.
    #[serde(default)]
    pub purposes: Entries<Text>,
    /// Why it may do different things on its platforms.
    pub asymmetry: Option<Text>,
    /// The account behind it, for kinds `service` and `agent`.
    pub account: Option<Account>,
    /// Conditions under which whoever holds it signs in at all. They bind no cell: they say how the account is protected.
    #[serde(default)]
    pub signs_in: Texts,
    /// Who holds it. Default `employee`.
    pub kind: Option<Spanned<RoleKind>>,
    /// A building block that nobody holds and nothing emits.
    pub r#abstract: Option<Spanned<bool>>,
    /// Taken over as it was found, and nobody has reviewed it yet: findings about it advise, and do not block.
    pub unreviewed: Option<Spanned<bool>>,
    /// Platforms it exists on; none is taken from its assets or parents.
    #[serde(default)]
    pub platforms: Texts,
    /// Roles whose access it has too.
    #[serde(default)]
    pub extends: Texts,
    /// Domains that its cells work in.
    #[serde(default)]
    pub within: Texts,
    /// The matrix: class, then action, then row scope.
    #[serde(default)]
    pub may: Entries<Cell>,
    /// Exact cells by asset, field or class, for what a class cell cannot say.
    #[serde(default)]
    pub also: Vec<AlsoCell>,
    /// Capabilities.
    #[serde(default)]
    pub holds: Texts,
    /// Roles that it gives to people by delegated administration, which is set up outside the package: a fact for judgements.
    #[serde(default)]
    pub assigns: Texts,
    /// Classes, assets, fields (`asset.field`), tags (`tag:pii`) and capabilities that it must never reach, inherited or not.
    #[serde(default)]
    pub never: Texts,
    /// Where append and append-to come from. Default `written`.
    pub relate: Option<Spanned<Relate>>,
    /// Names and settings, per platform.
    #[serde(rename = "$bindings", default)]
    #[schemars(skip)]
    pub bindings: Bindings,
}

/// Scopes by action, for one class.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Cell {
    /// See rows.
    pub read: Option<Spanned<Scope>>,
    /// Make rows.
    pub create: Option<Spanned<Scope>>,
    /// Change rows.
    pub edit: Option<Spanned<Scope>>,
    /// Remove rows.
    pub delete: Option<Spanned<Scope>>,
    /// Let others see rows.
    pub share: Option<Spanned<Scope>>,
    /// Give rows to another owner.
    pub assign: Option<Spanned<Scope>>,
    /// Attach these rows to others.
    pub append: Option<Spanned<Scope>>,
    /// Let others be attached to these rows.
    pub append_to: Option<Spanned<Scope>>,
    /// See unmasked values of fields.
    pub unmask: Option<Spanned<Scope>>,
    /// Only these assets or fields (`asset.field`) of the class.
    #[serde(deserialize_with = "some")]
    #[schemars(length(min = 1))]
    pub of: Texts,
    /// Only under these conditions.
    pub when: Texts,
    /// Why it is needed: asked of cells that delete, share, assign, unmask or reach the whole org.
    pub because: Option<Text>,
}

/// Scopes by action, for what `of` names: assets, fields (`asset.field`) or classes.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct AlsoCell {
    /// Assets, fields (`asset.field`) or classes. A class here reaches like a class cell.
    #[serde(deserialize_with = "some")]
    #[schemars(length(min = 1))]
    pub of: Texts,
    /// See rows.
    pub read: Option<Spanned<Scope>>,
    /// Make rows.
    pub create: Option<Spanned<Scope>>,
    /// Change rows.
    pub edit: Option<Spanned<Scope>>,
    /// Remove rows.
    pub delete: Option<Spanned<Scope>>,
    /// Let others see rows.
    pub share: Option<Spanned<Scope>>,
    /// Give rows to another owner.
    pub assign: Option<Spanned<Scope>>,
    /// Attach these rows to others.
    pub append: Option<Spanned<Scope>>,
    /// Let others be attached to these rows.
    pub append_to: Option<Spanned<Scope>>,
    /// See unmasked values of fields.
    pub unmask: Option<Spanned<Scope>>,
    /// Only under these conditions.
    #[serde(default)]
    pub when: Texts,
    /// Why it is needed: asked of cells that delete, share, assign, unmask or reach the whole org.
    pub because: Option<Text>,
}

macro_rules! scopes {
    ($cell:ident) => {
        impl $cell {
            /// The granted scopes by action, in the order of the language.
            pub fn scopes(&self) -> impl Iterator<Item = (Action, Spanned<Scope>)> + '_ {
                [
                    (Action::Read, self.read),
                    (Action::Create, self.create),
                    (Action::Edit, self.edit),
                    (Action::Delete, self.delete),
                    (Action::Share, self.share),
                    (Action::Assign, self.assign),
                    (Action::Append, self.append),
                    (Action::AppendTo, self.append_to),
                    (Action::Unmask, self.unmask),
                ]
                .into_iter()
                .filter_map(|(action, scope)| Some((action, scope?)))
            }
        }
    };
}

scopes!(Cell);
scopes!(AlsoCell);

/// A prohibition, judged on effective access.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Guard {
    /// The prohibition as a sentence.
    pub title: Option<Text>,
    /// Roles it binds; `[everyone]` means all.
    #[serde(deserialize_with = "some")]
    #[schemars(length(min = 1))]
    pub nobody: Texts,
    /// Roles that it does not bind, where `nobody` is `[everyone]`.
    #[serde(default)]
    pub except: Texts,
    /// Forbidden actions. Only a guard over nothing but capabilities needs none.
    #[serde(default, deserialize_with = "some")]
    #[schemars(length(min = 1))]
    pub may: Vec<Spanned<Action>>,
    /// On what: classes, assets, fields (`asset.field`), tags (`tag:pii`). A capability here is forbidden to hold, whatever `may` says.
    #[serde(deserialize_with = "some")]
    #[schemars(length(min = 1))]
    pub of: Texts,
    /// Why.
    pub why: Option<Text>,
}

/// A duty: it lies with whoever can do any of this, or all of it where it says so.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Duty {
    /// Title for people.
    pub title: Option<Text>,
    /// What makes up the duty.
    pub can: DutyActions,
    /// How much of it makes the duty. Default `any`.
    pub needs: Option<Spanned<Quantity>>,
}

/// Actions with what they are done on.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct DutyActions {
    /// Reads any of these.
    pub read: Texts,
    /// Creates any of these.
    pub create: Texts,
    /// Edits any of these.
    pub edit: Texts,
    /// Deletes any of these.
    pub delete: Texts,
    /// Shares any of these.
    pub share: Texts,
    /// Assigns any of these.
    pub assign: Texts,
    /// Holds any of these capabilities.
    pub hold: Texts,
}

impl DutyActions {
    /// Targets by action; capabilities are in `hold`.
    pub fn targets(&self) -> impl Iterator<Item = (Action, &Text)> {
        [
            (Action::Read, &self.read),
            (Action::Create, &self.create),
            (Action::Edit, &self.edit),
            (Action::Delete, &self.delete),
            (Action::Share, &self.share),
            (Action::Assign, &self.assign),
        ]
        .into_iter()
        .flat_map(|(action, targets)| targets.iter().map(move |target| (action, target)))
    }
}

/// Duties that must lie with different people: nobody has two of them.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Separation {
    /// The rule as a sentence.
    pub title: Option<Text>,
    /// Two or more duties.
    #[serde(deserialize_with = "several")]
    #[schemars(length(min = 2))]
    pub duties: Texts,
    /// What the duties must share before they conflict. Default `any`: nothing.
    pub same: Option<Spanned<Same>>,
    /// Default `high`.
    pub severity: Option<Spanned<SeverityWord>>,
    /// Why.
    pub why: Option<Text>,
}

/// An exception from a rule, with an end.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Waiver {
    /// The rule's id; `guard/NAME` and `separate/NAME` for the project's own.
    pub rule: Text,
    /// Roles, together sets, assets or fields that it excuses.
    #[serde(deserialize_with = "some")]
    #[schemars(length(min = 1))]
    pub r#for: Texts,
    /// Why the exception is needed.
    pub reason: Text,
    /// What stands in for the rule meanwhile.
    pub compensating_control: Option<Text>,
    /// The same with who runs it and when it was tested.
    pub mitigated_by: Option<Mitigation>,
    /// Who answers for the exception.
    pub owner: Text,
    /// Who allowed it: somebody else than the owner.
    pub approved_by: Texts,
    /// Where it was decided.
    pub ticket: Option<Text>,
    /// First day.
    pub from: Spanned<Date>,
    /// Last day.
    pub until: Spanned<Date>,
}

/// A grant with an end. It is emitted as an artefact of its own.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Temporary {
    /// Who gets it.
    pub role: Text,
    /// Domains that its cells work in.
    #[serde(default)]
    pub within: Texts,
    /// Class cells.
    #[serde(default)]
    pub may: Entries<Cell>,
    /// Exact cells.
    #[serde(default)]
    pub also: Vec<AlsoCell>,
    /// Why.
    pub reason: Text,
    /// Who answers for it.
    pub owner: Text,
    /// Who allowed it: somebody else than the owner.
    pub approved_by: Texts,
    /// Where it was decided.
    pub ticket: Option<Text>,
    /// First day.
    pub from: Spanned<Date>,
    /// Last day.
    pub until: Spanned<Date>,
}

/// A duty on the customer's side of the shared-responsibility line.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Responsibility {
    /// The duty as a sentence.
    pub statement: Text,
    /// Who answers for it.
    pub party: Spanned<Party>,
    /// The person or team.
    pub owner: Option<Text>,
    /// Where the evidence is.
    pub evidence: Option<Text>,
    /// When the evidence was last looked at.
    pub verified: Option<Spanned<Date>>,
    /// How old that may be, in days. Default 365.
    pub max_age_days: Option<Spanned<u32>>,
    /// Conditions whose outside enforcement, and monitors whose work, this evidence proves.
    #[serde(default)]
    pub attests: Texts,
    /// Duties of the pack `shared-responsibility` that this answers.
    #[serde(default)]
    pub covers: Texts,
}

/// A place the matrix is deployed to.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Environment {
    /// Title for people.
    pub title: Option<Text>,
    /// Whether real work is done here. Default: the environment is called `prod` or `production`.
    pub production: Option<Spanned<bool>>,
    /// Classes, assets and tags (`tag:pii`) whose data is masked or made up here.
    #[serde(default)]
    pub masked: Texts,
    /// What is different here.
    #[serde(default)]
    pub changes: Vec<Change>,
    /// Settings of the emitted package, per platform. A platform that is not named gets no package.
    #[serde(rename = "$bindings", default)]
    #[schemars(skip)]
    pub bindings: Bindings,
}

/// A difference of one environment: exactly one of `widen` and `narrow`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Change {
    /// The role that gets more here.
    pub widen: Option<Text>,
    /// The role that gets less here.
    pub narrow: Option<Text>,
    /// Domains it is about. For `narrow`, none means all.
    #[serde(default)]
    pub within: Texts,
    /// For `widen`, class cells that are added; for `narrow`, the widest scope that is left, by class and action.
    #[serde(default)]
    pub may: Entries<Cell>,
    /// For `widen`, exact cells that are added; for `narrow`, the widest scope that is left of what they name.
    #[serde(default)]
    pub also: Vec<AlsoCell>,
    /// For `narrow`: actions that are taken away, by class.
    #[serde(default)]
    pub without: Entries<Vec<Spanned<Action>>>,
    /// Why.
    pub reason: Text,
}

/// A rename.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Moved {
    /// What is renamed.
    pub what: Spanned<MovedKind>,
    /// The old name; nothing may have it now.
    pub from: Text,
    /// The new name.
    pub to: Text,
}

/// Imported rights of one role that the language has no word for. Roles that extend it have them too.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Carry {
    /// The role. None where what is carried gives nobody a right, such as a muting permission set.
    pub role: Option<Text>,
    /// Why it is carried.
    pub why: Option<Text>,
    /// The rights, per platform, in the form of a capability.
    #[serde(rename = "$bindings", default)]
    #[schemars(skip)]
    pub bindings: Bindings,
}

/// The declared project: all files as one, in the order of their paths.
#[derive(Clone, Debug, Default)]
pub struct Project {
    /// Every section, merged. Where a name is declared twice the first stands here and a finding shows both.
    pub items: Document,
    /// Whether every file could be read to its end and every entity was lowered. While it is not, unknown and unused
    /// names are not blamed: what they name may stand in the part that is missing.
    pub complete: bool,
    /// What the org really has, from `inventory/*.json`.
    pub inventory: crate::inventory::Inventory,
    /// Who holds what, from `assignments/*.csv`.
    pub assignments: Vec<crate::assignments::Assignment>,
}
