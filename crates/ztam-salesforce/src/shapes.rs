//! What a matrix may say under the key `salesforce`: one type a position. The JSON Schema that editors use and the
//! reading of bindings come from the same types.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Deserialize;
use serde_json::json;
use ztam_model::project::{Text, Texts};
use ztam_model::schema::{PlatformSchema, Position};
use ztam_source::entries::Entries;
use ztam_source::span::Spanned;

use crate::{PLATFORM, TITLE};

/// What an asset is.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct AssetShape {
    /// API name of the object: `Opportunity`, `Invoice__c`.
    pub(crate) object: Text,
    /// Declares an object that neither the built-in catalogue nor the inventory knows to take object permissions.
    pub(crate) custom: Option<Spanned<bool>>,
    /// Sharing default for people inside, where no inventory says it.
    pub(crate) sharing: Option<Spanned<SharingWord>>,
    /// Sharing default for people from outside, where no inventory says it.
    pub(crate) external_sharing: Option<Spanned<SharingWord>>,
    /// API names of the objects that its rows are details of (master-detail).
    #[serde(default)]
    pub(crate) parents: Texts,
    /// Fields that are required on every row and therefore take no field permissions.
    #[serde(default)]
    pub(crate) required: Texts,
    /// Fields that are computed: they can be read only.
    #[serde(default)]
    pub(crate) formula: Texts,
    /// Fields that take field permissions, where the built-in catalogue does not know.
    #[serde(default)]
    pub(crate) securable: Texts,
}

/// A sharing default.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum SharingWord {
    /// Only the owner and those above.
    Private,
    /// Everybody reads every row.
    Read,
    /// Everybody reads and edits every row.
    ReadWrite,
    /// As the parent row.
    ControlledByParent,
}

/// Who enforces a condition.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct ConditionShape {
    /// What enforces it.
    pub(crate) by: Spanned<EnforcerWord>,
    /// The control outside the package, for `external`.
    pub(crate) control: Option<Text>,
}

/// What enforces a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum EnforcerWord {
    /// A permission set of its own that is activated for one session.
    SessionActivation,
    /// A control outside the package.
    External,
}

/// The rights of a capability.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct CapabilityShape {
    /// User permissions, by API name.
    pub(crate) user_permissions: Texts,
    /// Custom permissions that the package brings along: API name to label.
    pub(crate) custom_permissions: Entries<Text>,
    /// Custom permissions that the org has already, by API name.
    pub(crate) existing_custom_permissions: Texts,
    /// Apps, by API name: `standard__Sales`.
    pub(crate) applications: Texts,
    /// Tabs: `standard-Account` to `visible` or `available`.
    pub(crate) tabs: Entries<Spanned<TabWord>>,
    /// Apex classes that may be called.
    pub(crate) apex_classes: Texts,
    /// Visualforce pages.
    pub(crate) apex_pages: Texts,
    /// Flows that may be run.
    pub(crate) flows: Texts,
    /// Record types that may be chosen, as `Object.Name`.
    pub(crate) record_types: Texts,
    /// Custom metadata types that may be read.
    pub(crate) custom_metadata_types: Texts,
    /// Custom settings that may be read.
    pub(crate) custom_settings: Texts,
    /// External data sources that may be used.
    pub(crate) external_data_sources: Texts,
}

/// How a tab is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum TabWord {
    /// Can be added by the person.
    Available,
    /// Stands in the navigation.
    Visible,
}

/// How a role is emitted.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct RoleShape {
    /// API name of its permission set. Default: the role's id in capitals, `sales-rep` as `SalesRep`.
    pub(crate) name: Option<Text>,
    /// Label of its permission set. Default: the role's title.
    pub(crate) label: Option<Text>,
    /// License that its permission sets are bound to. An existing set cannot change it.
    pub(crate) license: Option<Text>,
    /// The profile that people of the role have. What the profile gives is not read: it must be a minimum-access one.
    pub(crate) profile: Option<Text>,
    /// Accepts that Modify All Records, given where read, edit, delete, share and assign are all `org`, also transfers rows and passes by approval locks.
    pub(crate) accept_modify_all: Option<Spanned<bool>>,
    /// The org's roles (API names) that people of this role have: each is one business unit. Sharing rules are written between their people.
    pub(crate) units: Texts,
    /// Public groups (API names) of people of this role: each is one team. Sharing rules are written between their people.
    pub(crate) teams: Texts,
}

/// Settings of the package.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct EnvironmentShape {
    /// Version of the Metadata API, 40.0 or later, quoted. Default `66.0`.
    pub(crate) api_version: Option<Text>,
    /// Whether people get permission sets or one group a role. Default `sets`.
    pub(crate) layout: Option<Spanned<LayoutWord>>,
    /// Folder of the package inside the project. Default `force-app`.
    pub(crate) package_directory: Option<Text>,
    /// What goes along with the permission sets, so that fewer rows depend on settings made by hand.
    pub(crate) supporting: Vec<Spanned<SupportingWord>>,
}

/// Metadata beside permission sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum SupportingWord {
    /// The sharing defaults that assets on standard objects declare under `sharing` and `external-sharing`.
    SharingDefaults,
    /// Sharing rules for the scopes `team` and `unit` where they give exactly these rows.
    SharingRules,
}

/// What people are assigned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum LayoutWord {
    /// Permission sets.
    #[default]
    Sets,
    /// A permission set group for each role.
    Group,
}

/// The platform's part of the language.
pub(crate) fn schema() -> PlatformSchema {
    let field = json!({
        "type": "string",
        "description": "API name of the field without its object: `Amount`, `Margin__c`.",
    });
    PlatformSchema {
        platform: PLATFORM,
        title: TITLE,
        parts: vec![
            (Position::Asset, part::<AssetShape>()),
            (Position::Field, field),
            (Position::Condition, part::<ConditionShape>()),
            (Position::Capability, part::<CapabilityShape>()),
            (Position::Role, part::<RoleShape>()),
            (Position::Environment, part::<EnvironmentShape>()),
        ],
    }
}

fn part<T: JsonSchema>() -> serde_json::Value {
    SchemaSettings::draft2020_12().for_deserialize().into_generator().into_root_schema_for::<T>().to_value()
}
