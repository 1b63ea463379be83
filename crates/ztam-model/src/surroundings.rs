//! What stands around the matrix and what judgements need to know of it: whose account a machine has, which applications
//! come in, what flows between the platforms, who watches what, and which packs of ready-made rules apply.

use schemars::JsonSchema;
use serde::Deserialize;
use ztam_source::entries::Entries;
use ztam_source::span::Spanned;

use crate::date::Date;
use crate::project::{DutyActions, Text, Texts};
use crate::words::{AppUsers, Refresh, RunsAs, Safeguard, SignIn, Watch};

/// The account behind a role of kind `service` or `agent`.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Account {
    /// Systems that use the account. One account, one system.
    pub systems: Texts,
    /// How it signs in.
    pub sign_in: Option<Spanned<SignIn>>,
    /// What bounds it besides its rights.
    pub safeguards: Vec<Spanned<Safeguard>>,
    /// First day of the account.
    pub created: Option<Spanned<Date>>,
    /// When it was last seen at work.
    pub last_used: Option<Spanned<Date>>,
    /// Roles of the people whom an agent acts for.
    pub acts_for: Texts,
    /// Whether a person approves each write and each export of sensitive data.
    pub approved_by_person: Option<Spanned<bool>>,
}

/// Whether what happens to an asset is recorded, where no inventory says so.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Audit {
    /// Changes are recorded.
    pub changes: Option<Spanned<bool>>,
    /// Reads are recorded.
    pub reads: Option<Spanned<bool>>,
    /// Records are kept so many days.
    pub retention_days: Option<Spanned<u32>>,
}

/// What a capability does in the name of the system, whatever the rights of whoever starts it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Automation {
    /// With whose rights it runs.
    pub runs_as: Spanned<RunsAs>,
    /// What it does, as far as it goes beyond the rights of whoever starts it.
    #[serde(default)]
    pub does: DutyActions,
    /// Who has read it.
    pub reviewed_by: Option<Text>,
}

/// An application that comes in with somebody's rights.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct App {
    /// Title for people.
    pub title: Option<Text>,
    /// What it is for.
    pub purpose: Option<Text>,
    /// Who answers for it.
    pub owner: Option<Text>,
    /// The platform it comes into.
    pub platform: Text,
    /// The role it works with, where it has one of its own.
    pub runs_as: Option<Text>,
    /// What it may ask for, in the platform's words: `api`, `full` ...
    #[serde(default)]
    pub scopes: Texts,
    /// Who may use it.
    pub users: Option<Spanned<AppUsers>>,
    /// How long it stays signed in.
    pub refresh: Option<Spanned<Refresh>>,
    /// Whether it may come from anywhere.
    pub any_network: Option<Spanned<bool>>,
    /// Whether it may sign in by a code that is typed on another device.
    pub device_flow: Option<Spanned<bool>>,
}

/// Data that a machine copies from one platform to the other.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Sync {
    /// Title for people.
    pub title: Option<Text>,
    /// Where it is read.
    pub from: Text,
    /// Where it is written.
    pub to: Text,
    /// What is read: an asset.
    pub of: Text,
    /// What is written, where it is another asset.
    pub into: Option<Text>,
    /// Fields (`asset.field`) that are left out.
    #[serde(default)]
    pub without: Texts,
    /// The role that does it.
    pub r#as: Option<Text>,
}

/// Something that raises an alarm.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Monitor {
    /// Title for people.
    pub title: Option<Text>,
    /// What it notices.
    pub watches: Vec<Spanned<Watch>>,
    /// Platforms it looks at. None means all.
    #[serde(default)]
    pub platforms: Texts,
    /// Roles it looks at. None means all.
    #[serde(default)]
    pub of: Texts,
    /// Where the alarm is defined: the name of the detection.
    pub by: Text,
}

/// A pack of ready-made separations or duties that the project switches on, by its name.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Pack {
    /// What the pack's words stand for here: assets, fields, capabilities.
    pub bind: Entries<Texts>,
    /// Rules of the pack that do not apply, each with the reason.
    pub without: Entries<Text>,
}

/// A control that stands in for a rule while a waiver excuses it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Mitigation {
    /// The control.
    pub control: Text,
    /// Who runs it.
    pub owner: Option<Text>,
    /// When it was last tested.
    pub tested: Option<Spanned<Date>>,
    /// How often it is tested, in days.
    pub every_days: Option<Spanned<u32>>,
}
