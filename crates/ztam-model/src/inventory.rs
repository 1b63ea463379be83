//! What an org really has, as generated JSON (`inventory/*.json`, one file a platform): objects, fields, sharing, ownership,
//! rights, containers. The words inside stay the platform's own; a back end reads them.

mod join;

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::marker::PhantomData;

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::de::{Deserializer, Error, MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use ztam_source::file::{FileId, SourceFile};
use ztam_source::finding::Finding;
use ztam_source::span::Span;

use crate::rules;

pub use join::{Difference, Keep};

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
    #[serde(default, deserialize_with = "distinct", skip_serializing_if = "BTreeMap::is_empty")]
    pub objects: BTreeMap<String, InventoryObject>,
    /// Rights that exist there, by API name. Where it is not empty it overrides the built-in catalogue.
    #[serde(default, deserialize_with = "distinct", skip_serializing_if = "BTreeMap::is_empty")]
    pub rights: BTreeMap<String, InventoryRight>,
    /// Roles, permission sets, profiles that exist there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub containers: Vec<InventoryContainer>,
    /// Parts that list only some of what the org has: what is missing in them may exist, and is judged as without an
    /// inventory. Files of a repository or a solution are never the whole org.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub partial: BTreeSet<Part>,
    /// Names of other things that rights refer to, by kind: apps, tabs, Apex classes, flows, record types.
    #[serde(default, deserialize_with = "distinct", skip_serializing_if = "BTreeMap::is_empty")]
    pub names: BTreeMap<String, Vec<String>>,
}

/// A part of an inventory that may be a part only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// The fields of the objects.
    Fields,
    /// The names of other things.
    Names,
    /// The rights.
    Rights,
}

/// An object or table.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InventoryObject {
    /// Label for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// What it is where it is no plain object or table, in the platform's word (`Hierarchy` or `List` for custom settings).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
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
    #[serde(default, deserialize_with = "distinct", skip_serializing_if = "BTreeMap::is_empty")]
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
    /// Its whole definition as the platform exports it, where a package is to change a setting of it and keep the rest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub definition: Option<String>,
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
    /// What it grants; absent where nobody has read it. Recorded of what can lie beneath the roles of a matrix: profiles of
    /// Salesforce, roles of Dataverse.
    #[serde(default, deserialize_with = "some_distinct", skip_serializing_if = "Option::is_none")]
    pub grants: Option<Grants>,
}

/// What a container grants: rights by kind of row and key, all in the platform's words. A row that grants nothing is not in it.
pub type Grants = BTreeMap<String, BTreeMap<String, Vec<String>>>;

impl InventoryContainer {
    /// How many rights it is known to grant.
    #[must_use]
    pub fn facts(&self) -> usize {
        self.grants.iter().flat_map(BTreeMap::values).flat_map(BTreeMap::values).map(Vec::len).sum()
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_false(value: &bool) -> bool {
    !*value
}

/// Why an inventory cannot be read, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// Line, from 1.
    pub line: usize,
    /// Column in bytes, from 1.
    pub column: usize,
    /// What is wrong, without a full stop.
    pub message: String,
}

/// Reads an inventory.
///
/// # Errors
///
/// The first thing that is wrong: JSON syntax, an unknown or repeated key, a type, or the version of the format.
pub fn read(text: &str) -> Result<PlatformInventory, Unreadable> {
    // The version first: another version may have other keys, and then the version is what is wrong.
    if let Ok(Version { format_version }) = serde_json::from_str::<Version>(text)
        && format_version != FORMAT_VERSION
    {
        let message = format!(
            "format version {format_version} is not known: this release reads version {FORMAT_VERSION}"
        );
        let before = text.find("\"format_version\"").and_then(|at| text.get(..at)).unwrap_or_default();
        let column = before.rsplit('\n').next().map_or(0, str::len) + 1;
        return Err(Unreadable { line: before.matches('\n').count() + 1, column, message });
    }
    serde_json::from_str(text).map_err(|error| {
        let (line, column) = (error.line().max(1), error.column().max(1));
        let message = error.to_string();
        let place = format!(" at line {} column {}", error.line(), error.column());
        Unreadable { line, column, message: message.strip_suffix(&place).unwrap_or(&message).to_owned() }
    })
}

#[derive(Deserialize)]
struct Version {
    format_version: u32,
}

/// The finding for an inventory that cannot be read.
#[must_use]
pub fn finding(file: FileId, source: &SourceFile, problem: &Unreadable) -> Finding {
    let line = source.line_range(u32::try_from(problem.line - 1).unwrap_or(u32::MAX));
    let start = (line.start + problem.column - 1).min(line.end);
    let narrow = |at| u32::try_from(at).unwrap_or(u32::MAX);
    let span = Span::new(file, narrow(start), narrow(start));
    Finding::new(&rules::INVENTORY_UNREADABLE, format!("the inventory cannot be read: {}", problem.message))
        .at(span, "here")
        .note("without it nothing is proved about what the org really has")
        .help("make it again: its form is in `inventory.schema.json`")
}

/// The JSON Schema of an inventory.
#[must_use]
pub fn schema() -> serde_json::Value {
    SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<PlatformInventory>().to_value()
}

/// A map whose keys are told once: JSON itself would let the last one win.
fn distinct<'de, D, T>(deserializer: D) -> Result<BTreeMap<String, T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    deserializer.deserialize_map(Distinct(PhantomData))
}

fn some_distinct<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Grants>, D::Error> {
    let kinds: BTreeMap<String, DistinctMap> = distinct(deserializer)?;
    Ok(Some(kinds.into_iter().map(|(kind, rows)| (kind, rows.0)).collect()))
}

/// The rows of one kind.
struct DistinctMap(BTreeMap<String, Vec<String>>);

impl<'de> Deserialize<'de> for DistinctMap {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        distinct(deserializer).map(Self)
    }
}

struct Distinct<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Distinct<T> {
    type Value = BTreeMap<String, T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut values = BTreeMap::new();
        while let Some((name, value)) = map.next_entry::<String, T>()? {
            match values.entry(name) {
                Entry::Vacant(entry) => {
                    entry.insert(value);
                }
                Entry::Occupied(entry) => {
                    return Err(A::Error::custom(format!("`{}` stands there twice", entry.key())));
                }
            }
        }
        Ok(values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back() {
        let text = r#"{"format_version": 1, "platform": "anvil", "taken": "2026-01-01",
            "objects": {"Deal": {"sharing": "Private", "fields": {"Amount": {"type": "Currency", "required": true}}}},
            "rights": {"Export": {"requires": ["Report"]}}, "containers": [{"kind": "Profile", "name": "Min", "grants": {"objectPermissions": {"Deal": ["allowRead"]}}},
                {"kind": "Profile", "name": "None", "grants": {}}],
            "names": {"apps": ["Sales"]}}"#;
        let inventory = read(text).unwrap();
        assert!(inventory.objects["Deal"].fields["Amount"].required);
        assert_eq!(inventory.containers[0].facts(), 1);
        assert_eq!(
            (&inventory.containers[1].grants, inventory.containers[1].facts()),
            (&Some(Grants::new()), 0)
        );
        let written = serde_json::to_string(&inventory).unwrap();
        assert_eq!(read(&written).unwrap(), inventory);
    }

    #[test]
    fn what_is_wrong_has_a_place() {
        for (text, line, column, message) in [
            ("{\"format_version\": 1,\n \"platform\": \"a\", \"x\": 1}", 2, 21, "unknown field `x`"),
            ("{\n  \"format_version\": 7, \"y\": {}}", 2, 3, "version 7 is not known"),
            ("{\"format_version\": 1}", 1, 21, "missing field `platform`"),
            ("[", 1, 1, "EOF"),
            ("", 1, 1, "EOF"),
            (
                "{\"format_version\": 1, \"platform\": \"a\", \"objects\": {\"b\": {}, \"b\": {}}}",
                1,
                68,
                "`b` stands there twice",
            ),
            (
                "{\"format_version\": 1, \"platform\": \"a\", \"containers\": [{\"kind\": \"P\", \"name\": \"n\", \
                 \"grants\": {\"k\": {\"x\": [], \"x\": []}}}]}",
                1,
                115,
                "`x` stands there twice",
            ),
        ] {
            let problem = read(text).unwrap_err();
            assert!(problem.message.contains(message), "{text}: {}", problem.message);
            assert!(!problem.message.contains(" at line "), "{}", problem.message);
            assert_eq!((problem.line, problem.column), (line, column), "{text}");
            let source = SourceFile::new("inventory/a.json", text);
            let span = finding(FileId(0), &source, &problem).primary().unwrap().span;
            assert!(span.end as usize <= text.len());
        }
    }

    #[test]
    fn the_schema_names_every_key() {
        let schema = schema();
        for key in ["format_version", "platform", "objects", "rights", "containers", "names"] {
            assert!(schema["properties"].get(key).is_some(), "{key}");
        }
        assert_eq!(schema["additionalProperties"], serde_json::json!(false));
    }
}
