//! What a matrix may say under its `dataverse` keys: one type for each position, and their JSON Schema.

use schemars::{JsonSchema, SchemaGenerator, generate::SchemaSettings};
use serde::Deserialize;
use ztam_model::project::{Text, Texts};
use ztam_model::schema::{PlatformSchema, Position};
use ztam_source::entries::Entries;
use ztam_source::span::Spanned;

use crate::{PLATFORM, TITLE};

/// Who owns the rows of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum OwnershipWord {
    /// Users and teams.
    User,
    /// The organisation: rows are granted all or not at all.
    Organization,
    /// Business units.
    Business,
}

/// How deep a privilege reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum LevelWord {
    /// The holder's own rows (Basic).
    Own,
    /// The business unit (Local).
    Unit,
    /// The business unit and those below it (Deep).
    UnitTree,
    /// The whole organisation (Global).
    Org,
}

/// Who enforces a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ConditionBy {
    /// A control outside the package, such as Conditional Access.
    External,
}

/// A set of privileges that ships with the product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Preset {
    /// What somebody needs to open a model-driven app. The list is not verified: no public source has it.
    AppOpener,
}

/// Whether people who hold a role through a team have its Basic rights themselves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Inherit {
    /// They have: their own rows too.
    #[default]
    Direct,
    /// Only the team has.
    TeamOnly,
}

/// What the file of a role that was taken over says nothing of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum UnsaidWord {
    /// Whether people have the rights of their teams themselves; judged as if they had.
    Inherit,
    /// Whether every new user gets it.
    AutoAssigned,
    /// Whether it may be customised.
    Customizable,
}

/// What a profile allows on a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ColumnWord {
    /// `CanRead`.
    Read,
    /// `CanUpdate`.
    Edit,
    /// `CanCreate`.
    Create,
    /// `CanReadUnmasked` for all rows.
    Unmask,
    /// `CanReadUnmasked` for one row at a time.
    UnmaskOne,
}

/// Whether the target may change what it imports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum PackageKind {
    /// It may.
    #[default]
    Unmanaged,
    /// It may not.
    Managed,
}

/// A table.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct AssetPart {
    /// Logical name, such as `account` or `acme_payment`.
    pub(crate) table: Text,
    /// Who owns the rows. Declares, with `schema-name`, a table that neither catalogue nor inventory knows.
    pub(crate) ownership: Option<Spanned<OwnershipWord>>,
    /// Name as in the table's privileges: `acme_Payment` in `prvReadacme_Payment`.
    pub(crate) schema_name: Option<Text>,
    /// Name in privileges where the table uses those of another, such as `Activity` for a custom activity.
    pub(crate) privilege_entity: Option<Text>,
    /// Logical names of the tables that its lookups point to.
    #[serde(default)]
    pub(crate) references: Texts,
    /// Logical names of columns that a profile can protect, where catalogue and inventory do not say so.
    #[serde(default)]
    pub(crate) securable: Texts,
}

/// Who enforces a condition.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct ConditionPart {
    /// Who enforces it.
    #[expect(dead_code, reason = "the one word says that the control is outside; it is written for readers")]
    pub(crate) by: ConditionBy,
    /// The control, so that an auditor finds it.
    pub(crate) control: Text,
}

/// Privileges that are not about the rows of one table.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct CapabilityPart {
    /// Privileges by name, such as `prvExportToExcel`, each with its depth.
    pub(crate) privileges: Entries<Spanned<LevelWord>>,
    /// Sets of privileges that ship with the product.
    pub(crate) presets: Vec<Spanned<Preset>>,
}

/// Privileges and rights on columns that are written as they were found.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct CarryPart {
    /// Privileges by name, each with its depth, also such as nothing knows.
    pub(crate) privileges: Entries<Spanned<LevelWord>>,
    /// Rights of a column security profile by table and column, such as `account.acme_rating`: the column opens in every row
    /// that its members have from whichever role.
    pub(crate) columns: Entries<Vec<Spanned<ColumnWord>>>,
}

/// A role's name and settings.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct RolePart {
    /// Name of the emitted role. Default: the role's id in words.
    pub(crate) name: Option<Text>,
    /// Id of the emitted role, to take over one that exists. Default: made from project and role.
    pub(crate) id: Option<Text>,
    /// Description of the emitted role. Default: the role's purpose.
    pub(crate) description: Option<Text>,
    /// Whether people who hold the role through a team have its Basic rights themselves. Default `direct`.
    pub(crate) inherit: Option<Spanned<Inherit>>,
    /// Whether every new user gets the role. Default `false`.
    pub(crate) auto_assigned: Option<Spanned<bool>>,
    /// Whether the role may be customised where it is imported. Default `true`.
    pub(crate) customizable: Option<Spanned<bool>>,
    /// What the file of the role says nothing of, as in exports of some versions: the platform keeps what it has.
    pub(crate) not_said: Vec<Spanned<UnsaidWord>>,
    /// Privileges that every new role gets and that this one, which exists, does not have. It is judged as if it had them.
    pub(crate) without_floor: Texts,
    /// A column security profile alone is emitted, with this name and id, and no role.
    pub(crate) profile_only: Option<Spanned<bool>>,
    /// A role that the environment has, that no package of ours writes and that people of this role hold besides, by name. What the inventory says that it grants counts in every judgement and is never emitted. Default: that of the roles that it extends, or else of the environment.
    pub(crate) base_role: Option<Text>,
    /// The people have licences and sign in as users. Only then do external and guest roles get a role here.
    pub(crate) licensed: Option<Spanned<bool>>,
}

/// The solution that an environment gets.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct EnvironmentPart {
    /// Unique name of the solution.
    pub(crate) solution: Text,
    /// Title of the solution. Default: the project's.
    pub(crate) title: Option<Text>,
    /// Version, four numbers. Default `1.0.0.0`.
    pub(crate) version: Option<Text>,
    /// Unique name of the publisher.
    pub(crate) publisher: Text,
    /// Title of the publisher. Default: its unique name.
    pub(crate) publisher_title: Option<Text>,
    /// Customisation prefix of the publisher.
    pub(crate) prefix: Text,
    /// Prefix of the publisher's choice values, 10000 to 99999. Default 10000.
    pub(crate) option_prefix: Option<Spanned<u32>>,
    /// Language code of the titles. Default 1033, English.
    pub(crate) language: Option<Spanned<u32>>,
    /// Managed or unmanaged. Default `unmanaged`.
    pub(crate) package: Option<Spanned<PackageKind>>,
    /// The role that everybody holds besides whose role names none, people from outside aside.
    pub(crate) base_role: Option<Text>,
    /// What goes along with roles and profiles, so that less depends on settings made by hand.
    #[serde(default)]
    pub(crate) supporting: Vec<Spanned<SupportingWord>>,
}

/// What goes along with roles and profiles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum SupportingWord {
    /// The switch that secures a column, where a role reaches its row without it and the inventory has its definition.
    SecuredColumns,
}

/// The part of the JSON Schema that this platform adds.
pub(crate) fn schema() -> PlatformSchema {
    let parts = vec![
        (Position::Asset, part::<AssetPart>()),
        (Position::Field, part::<String>()),
        (Position::Condition, part::<ConditionPart>()),
        (Position::Capability, part::<CapabilityPart>()),
        (Position::Role, part::<RolePart>()),
        (Position::Environment, part::<EnvironmentPart>()),
        (Position::Carry, part::<CarryPart>()),
    ];
    PlatformSchema { platform: PLATFORM, title: TITLE, parts }
}

fn part<T: JsonSchema>() -> serde_json::Value {
    let generator: SchemaGenerator = SchemaSettings::draft2020_12().for_deserialize().into_generator();
    generator.into_root_schema_for::<T>().to_value()
}
