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
    /// Fields that stand not in the matrix get no field permissions, whatever the inventory knows. Without it they get the rights of their rows.
    pub(crate) listed_only: Option<Spanned<bool>>,
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
    /// Agents that may be used.
    pub(crate) agents: Texts,
    /// Principals of external credentials, as `Credential-Principal`.
    pub(crate) external_credentials: Texts,
    /// Presence statuses of service agents.
    pub(crate) presence_statuses: Texts,
    /// E-mail routing addresses that may be used.
    pub(crate) email_routing_addresses: Texts,
    /// Definitions of computed summaries that may be used.
    pub(crate) summary_definitions: Texts,
}

/// Rows of a permission set that are emitted unchanged, merged into those that the role's cells give. Names are not held
/// against catalogue and inventory: they stood in the org.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct CarryShape {
    /// A muting permission set that takes the rights away inside the groups that name it. Then the block has no role.
    pub(crate) muting: Option<MutingShape>,
    /// Elements that ztam does not know. They are written as they are, and nobody judges what they grant.
    pub(crate) elements: Vec<ElementShape>,
    /// Object permissions by API name of the object.
    pub(crate) objects: Entries<Vec<Spanned<ObjectRightWord>>>,
    /// Field permissions by `Object.Field`.
    pub(crate) fields: Entries<Spanned<FieldRightWord>>,
    /// User permissions, by API name.
    pub(crate) user_permissions: Texts,
    /// Custom permissions that the package brings along: API name to label.
    pub(crate) custom_permissions: Entries<Text>,
    /// Custom permissions that the org has already, by API name.
    pub(crate) existing_custom_permissions: Texts,
    /// Apps, by API name.
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
    /// Agents that may be used.
    pub(crate) agents: Texts,
    /// Principals of external credentials.
    pub(crate) external_credentials: Texts,
    /// Presence statuses of service agents.
    pub(crate) presence_statuses: Texts,
    /// E-mail routing addresses that may be used.
    pub(crate) email_routing_addresses: Texts,
    /// Definitions of computed summaries that may be used.
    pub(crate) summary_definitions: Texts,
}

impl CarryShape {
    /// What has the form of a capability, apart from the rest.
    pub(crate) fn into_capability(self) -> CapabilityShape {
        CapabilityShape {
            user_permissions: self.user_permissions,
            custom_permissions: self.custom_permissions,
            existing_custom_permissions: self.existing_custom_permissions,
            applications: self.applications,
            tabs: self.tabs,
            apex_classes: self.apex_classes,
            apex_pages: self.apex_pages,
            flows: self.flows,
            record_types: self.record_types,
            custom_metadata_types: self.custom_metadata_types,
            custom_settings: self.custom_settings,
            external_data_sources: self.external_data_sources,
            agents: self.agents,
            external_credentials: self.external_credentials,
            presence_statuses: self.presence_statuses,
            email_routing_addresses: self.email_routing_addresses,
            summary_definitions: self.summary_definitions,
        }
    }
}

/// An element of a permission set or group that ztam does not know.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct ElementShape {
    /// Its name.
    pub(crate) name: Text,
    /// Its attributes by name.
    #[serde(default)]
    pub(crate) attributes: Entries<Text>,
    /// What is inside, as XML.
    pub(crate) content: Text,
    /// The row that it is a part of.
    pub(crate) row: Option<ElementRowShape>,
}

/// A row that ztam knows, with a part that it does not.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct ElementRowShape {
    /// Name of the row's element: `objectPermissions`.
    pub(crate) element: Text,
    /// What the row is about: `Account`.
    pub(crate) key: Text,
}

/// A muting permission set. What it takes away is not counted when access is judged.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct MutingShape {
    /// Its API name.
    pub(crate) name: Text,
    /// Its label.
    pub(crate) label: Text,
    /// Its description.
    pub(crate) description: Option<Text>,
    /// The license that it is bound to.
    pub(crate) license: Option<Text>,
}

/// A right of an object permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ObjectRightWord {
    /// Rows may be read.
    Read,
    /// Rows may be made.
    Create,
    /// Rows may be changed.
    Edit,
    /// Rows may be removed.
    Delete,
    /// View All Records.
    ViewAll,
    /// Modify All Records.
    ModifyAll,
    /// View All Fields: every field may be read, also those to come.
    ViewAllFields,
    /// The setup of the object may be seen.
    ViewSetup,
    /// The setup of the object may be changed.
    CustomizeSetup,
    /// The setup of the object may be removed.
    DeleteSetup,
}

/// A field permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum FieldRightWord {
    /// Readable.
    Read,
    /// Readable and editable.
    Edit,
    /// Editable and not readable, which Salesforce refuses.
    EditOnly,
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
    /// The profile that people of the role have, by name. What the inventory says that it grants counts in every judgement and is never emitted. Default: that of the roles that it extends, or else of the environment.
    pub(crate) profile: Option<Text>,
    /// Accepts that Modify All Records, given where read, edit, delete, share and assign are all `org`, also transfers rows and passes by approval locks.
    pub(crate) accept_modify_all: Option<Spanned<bool>>,
    /// The org's roles (API names) that people of this role have: each is one business unit. Sharing rules are written between their people.
    pub(crate) units: Texts,
    /// Public groups (API names) of people of this role: each is one team. Sharing rules are written between their people.
    pub(crate) teams: Texts,
    /// The permission set or group stands in the org already: it is replaced, written even where it grants nothing, and its description is `description` alone.
    pub(crate) takes_over: Option<Spanned<bool>>,
    /// Description as it is written. Default: the role's purpose and what made it.
    pub(crate) description: Option<Text>,
    /// Whether a session must activate all that the role gives (`hasActivationRequired`). It is judged as if it always held.
    pub(crate) activation: Option<Spanned<bool>>,
    /// The role is a permission set group: of the permission sets of the roles that it extends.
    pub(crate) group: Option<GroupShape>,
}

/// A permission set group: what it has besides the permission sets of the roles that its role extends.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct GroupShape {
    /// Permission sets that are no roles of this matrix, by API name. What they give is not judged.
    pub(crate) other_sets: Texts,
    /// Muting permission sets, by API name. What they take away is not counted.
    pub(crate) muting: Texts,
    /// How far the org was with computing the group, as it was read. The org sets it anew.
    pub(crate) status: Option<Text>,
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
    /// The profile of everybody whose role names none, people from outside aside.
    pub(crate) profile: Option<Text>,
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
            (Position::Carry, part::<CarryShape>()),
            (Position::Role, part::<RoleShape>()),
            (Position::Environment, part::<EnvironmentShape>()),
        ],
    }
}

fn part<T: JsonSchema>() -> serde_json::Value {
    SchemaSettings::draft2020_12().for_deserialize().into_generator().into_root_schema_for::<T>().to_value()
}
