//! What an org really has, as generated JSON (`inventory/*.json`, one file a platform): objects, fields, sharing, ownership,
//! rights, containers. The words inside stay the platform's own; a back end reads them.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Version of the format that this release reads and writes.
pub const FORMAT_VERSION: u32 = 1;

/// Every platform's inventory of a project, by platform name.
#[derive(Clone, Debug, Default)]
pub struct Inventory {
    /// Platform name to what it has.
    pub platforms: BTreeMap<String, PlatformInventory>,
}

/// What one org of one platform has.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "ztam inventory")]
pub struct PlatformInventory {
    /// Version of this format: 1.
    pub format_version: u32,
    /// The platform's name in the matrix.
    pub platform: String,
    /// Day it was taken, `YYYY-MM-DD`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken: Option<String>,
    /// Objects or tables by API or logical name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub objects: BTreeMap<String, InventoryObject>,
    /// Rights that exist there, by API name. Where it is not empty it overrides the built-in catalogue.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub rights: BTreeMap<String, InventoryRight>,
    /// Roles, permission sets, profiles that exist there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub containers: Vec<InventoryContainer>,
    /// Names of other things that rights refer to, by kind: apps, tabs, Apex classes, flows, record types.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub names: BTreeMap<String, Vec<String>>,
}

/// An object or table.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InventoryObject {
    /// Label for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Internal sharing default, in the platform's word (`Private`, `Read`, `ReadWrite`, `ControlledByParent` ...).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sharing: Option<String>,
    /// External sharing default, in the platform's word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_sharing: Option<String>,
    /// Ownership, in the platform's word (`UserOwned`, `OrganizationOwned` ...).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ownership: Option<String>,
    /// Name in privileges where it differs from the logical name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema_name: Option<String>,
    /// Name whose privileges rule this table where that is another's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub privilege_entity: Option<String>,
    /// Whether changes are audited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audited: Option<bool>,
    /// Fields or columns by API or logical name. Empty means that fields are not known, not that there are none.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, InventoryField>,
}

/// A field or column.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InventoryField {
    /// Data type, in the platform's word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r#type: Option<String>,
    /// Label for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// Universally required: takes no field permissions on some platforms.
    #[serde(default, skip_serializing_if = "is_false")]
    pub required: bool,
    /// Computed: can be read only.
    #[serde(default, skip_serializing_if = "is_false")]
    pub formula: bool,
    /// The objects it refers to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<String>,
    /// Whether the reference makes the row a detail of the other.
    #[serde(default, skip_serializing_if = "is_false")]
    pub master_detail: bool,
    /// Whether it can be protected by itself, where the org says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub securable: Option<bool>,
    /// Whether it is protected by itself now (`IsSecured`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secured: Option<bool>,
    /// Whether changes are audited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audited: Option<bool>,
    /// The data classification that the org stores.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub classification: Option<String>,
    /// The compliance groups that the org stores.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub compliance: Vec<String>,
}

/// A right.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InventoryRight {
    /// Legal levels, in the platform's words; empty where the platform has none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub levels: Vec<String>,
    /// Rights that it needs or brings.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub requires: Vec<String>,
}

/// A permission set, role, profile or group that exists.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InventoryContainer {
    /// What it is, in the platform's word (`PermissionSet`, `Role`, `Profile` ...).
    pub kind: String,
    /// API name or name.
    pub name: String,
    /// Id, where the platform has one that travels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Whether a package of ours made it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub ours: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_false(value: &bool) -> bool {
    !*value
}
