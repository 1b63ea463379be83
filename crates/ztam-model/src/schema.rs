//! The JSON Schema of a source file: made from the types of [`crate::project`] and the parts that the platforms add.
//!
//! It serves the shape check, editors and readers of the published schema alike. It has no unions: every position has one
//! shape, so editors complete exactly and every error has one meaning. It is written as draft-07, the newest draft that
//! the common YAML editor plugins know completely.

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use crate::names;
use crate::project::Document;
use crate::words::RoleKind;

/// Where in the language a platform may say something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Position {
    /// In an asset.
    Asset,
    /// In a field of an asset.
    Field,
    /// In a condition.
    Condition,
    /// In a capability.
    Capability,
    /// In a role.
    Role,
    /// In an environment.
    Environment,
    /// In a `carry` entry; takes the part of a capability where a platform gives none of its own.
    Carry,
}

impl Position {
    /// Every position.
    pub const ALL: &'static [Self] = &[
        Self::Asset,
        Self::Field,
        Self::Condition,
        Self::Capability,
        Self::Role,
        Self::Environment,
        Self::Carry,
    ];

    /// The name of the type that has the position.
    fn definition(self) -> &'static str {
        match self {
            Self::Asset => "Asset",
            Self::Field => "Field",
            Self::Condition => "Condition",
            Self::Capability => "Capability",
            Self::Role => "Role",
            Self::Environment => "Environment",
            Self::Carry => "Carry",
        }
    }

    /// What the platform's key holds here, for an editor's hover.
    fn describe(self, title: &str) -> String {
        match self {
            Self::Asset => format!("What it is in {title}."),
            Self::Field => format!("What it is called in {title}."),
            Self::Condition => format!("Who enforces it in {title}."),
            Self::Capability => format!("The rights in {title}."),
            Self::Role => format!("Its name and settings in {title}."),
            Self::Environment => format!("Settings of the package for {title}."),
            Self::Carry => format!("The rights in {title}, emitted unchanged."),
        }
    }
}

/// What one platform adds to the language.
#[derive(Clone, Debug)]
pub struct PlatformSchema {
    /// The key in the matrix.
    pub platform: &'static str,
    /// The name for people.
    pub title: &'static str,
    /// One JSON Schema a position, each complete in itself: its references point into its own `$defs`.
    pub parts: Vec<(Position, Value)>,
}

/// The schema of a source file of a project that may speak of these platforms.
#[must_use]
pub fn schema(platforms: &[PlatformSchema]) -> Value {
    let generator = SchemaSettings::draft2020_12().for_deserialize().into_generator();
    let mut root = take_object(generator.into_root_schema_for::<Document>().to_value());
    let mut definitions = take_object(root.shift_remove("$defs").unwrap_or_default());
    name_patterns(&mut root, &mut definitions);
    for platform in platforms {
        add_platform(&mut definitions, platform);
    }
    definitions.sort_keys();
    root.insert("definitions".to_owned(), Value::Object(definitions));
    root.shift_insert(0, "$schema".to_owned(), json!("http://json-schema.org/draft-07/schema#"));
    let mut schema = Value::Object(root);
    plain(&mut schema);
    schema
}

fn take_object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

/// Maps of the document whose keys are ids.
const NAMED: &[&str] = &[
    "conditions",
    "domains",
    "assets",
    "capabilities",
    "roles",
    "guards",
    "duties",
    "separate",
    "together",
    "responsibilities",
    "apps",
    "syncs",
    "monitors",
    "packs",
    "environments",
    "tests",
    "tests-in",
    "carry",
];

fn name_patterns(root: &mut Map<String, Value>, definitions: &mut Map<String, Value>) {
    let id = json!({"pattern": names::ID_PATTERN, "maxLength": names::LONGEST});
    let exception = json!({"pattern": names::EXCEPTION_ID_PATTERN, "maxLength": names::LONGEST});
    for (section, names) in
        NAMED.iter().map(|it| (*it, &id)).chain([("waivers", &exception), ("temporary", &exception)])
    {
        if let Some(schema) = property(root, section) {
            schema.insert("propertyNames".to_owned(), names.clone());
        }
    }
    if let Some(schema) = definition(definitions, "Asset").and_then(|it| property(it, "fields")) {
        schema.insert("propertyNames".to_owned(), id.clone());
    }
    let ids = [property(root, "project"), definition(definitions, "Class").and_then(|it| property(it, "id"))];
    for schema in ids.into_iter().flatten() {
        schema.insert("pattern".to_owned(), json!(names::ID_PATTERN));
        schema.insert("maxLength".to_owned(), json!(names::LONGEST));
    }
    // The keys are the words of a vocabulary: as properties, editors offer them.
    if let Some(schema) = definition(definitions, "Class").and_then(|it| property(it, "requires-by-kind")) {
        let item = schema.shift_remove("additionalProperties").unwrap_or_default();
        let kinds: Map<_, _> =
            RoleKind::ALL.iter().map(|it| (it.as_str().to_owned(), item.clone())).collect();
        schema.insert("properties".to_owned(), Value::Object(kinds));
    }
}

fn property<'a>(schema: &'a mut Map<String, Value>, name: &str) -> Option<&'a mut Map<String, Value>> {
    schema.get_mut("properties")?.get_mut(name)?.as_object_mut()
}

fn definition<'a>(definitions: &'a mut Map<String, Value>, name: &str) -> Option<&'a mut Map<String, Value>> {
    definitions.get_mut(name)?.as_object_mut()
}

fn add_platform(definitions: &mut Map<String, Value>, platform: &PlatformSchema) {
    let find = |position| platform.parts.iter().find(|(it, _)| *it == position).map(|(_, part)| part);
    for position in Position::ALL {
        let borrowed = find(*position).is_none() && *position == Position::Carry;
        let source = if borrowed { Position::Capability } else { *position };
        let Some(part) = find(source) else { continue };
        let name = format!("{}{}", capitalised(platform.platform), source.definition());
        if !borrowed {
            add_part(definitions, &name, part.clone());
        }
        let Some(holder) = definition(definitions, position.definition()) else { continue };
        let properties = holder.entry("properties").or_insert_with(|| json!({}));
        if let Some(properties) = properties.as_object_mut() {
            let description = position.describe(platform.title);
            let reference = format!("#/definitions/{name}");
            properties
                .insert(platform.platform.to_owned(), json!({"description": description, "$ref": reference}));
        }
    }
}

/// Puts a part and its own definitions, prefixed with the part's name, among the definitions.
fn add_part(definitions: &mut Map<String, Value>, name: &str, part: Value) {
    let mut part = take_object(part);
    part.shift_remove("$schema");
    part.shift_remove("$id");
    part.shift_remove("title");
    let own: Vec<_> = ["$defs", "definitions"]
        .into_iter()
        .filter_map(|key| part.shift_remove(key))
        .flat_map(take_object)
        .collect();
    let mut part = Value::Object(part);
    point_into(&mut part, name);
    definitions.insert(name.to_owned(), part);
    for (own_name, mut schema) in own {
        point_into(&mut schema, name);
        definitions.insert(format!("{name}{own_name}"), schema);
    }
}

fn point_into(schema: &mut Value, prefix: &str) {
    if let Some(Value::String(reference)) = schema.get_mut("$ref") {
        let target = reference.strip_prefix("#/$defs/").or_else(|| reference.strip_prefix("#/definitions/"));
        if let Some(target) = target {
            *reference = format!("#/definitions/{prefix}{target}");
        }
    }
    children(schema, &mut |child| point_into(child, prefix));
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|it| it.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

/// Every schema directly inside a schema. `properties` and `definitions` are maps of schemas, not schemas.
fn children(schema: &mut Value, visit: &mut dyn FnMut(&mut Value)) {
    let Some(map) = schema.as_object_mut() else { return };
    for (key, value) in map.iter_mut() {
        match key.as_str() {
            "properties" | "definitions" | "patternProperties" => {
                value.as_object_mut().into_iter().flat_map(Map::values_mut).for_each(&mut *visit);
            }
            "items" | "additionalProperties" | "propertyNames" => visit(value),
            "oneOf" | "anyOf" | "allOf" => {
                value.as_array_mut().into_iter().flatten().for_each(&mut *visit);
            }
            _ => {}
        }
    }
}

/// Brings what the generator writes into the plain form: no unions, no null, closed objects, bounded integers,
/// words as `enum`, paragraphs on one line.
fn plain(schema: &mut Value) {
    children(schema, &mut plain);
    let Some(map) = schema.as_object_mut() else { return };
    if let Some(Value::String(text)) = map.get_mut("description") {
        *text = text.split("\n\n").map(|it| it.replace('\n', " ")).collect::<Vec<_>>().join("\n\n");
    }
    without_null(map);
    reference_only(map);
    words_as_enum(map);
    if map.contains_key("properties") && !map.contains_key("additionalProperties") {
        map.insert("additionalProperties".to_owned(), json!(false));
    }
    references(map);
    integer_bounds(map);
}

/// An optional value is an absent key, never null.
fn without_null(map: &mut Map<String, Value>) {
    if let Some(Value::Array(types)) = map.get_mut("type") {
        types.retain(|it| it != "null");
        if let [one] = types.as_slice() {
            let one = one.clone();
            map.insert("type".to_owned(), one);
        }
    }
    for list in ["enum", "anyOf", "oneOf"] {
        if let Some(Value::Array(options)) = map.get_mut(list) {
            options.retain(|it| !it.is_null() && it.get("type").is_none_or(|it| it != "null"));
        }
    }
}

/// A union of one is that one; what stands beside it, such as the description, wins.
fn reference_only(map: &mut Map<String, Value>) {
    for union in ["anyOf", "oneOf", "allOf"] {
        if map.get(union).and_then(Value::as_array).is_none_or(|it| it.len() != 1) {
            continue;
        }
        let Some(Value::Array(options)) = map.shift_remove(union) else { continue };
        for (key, value) in options.into_iter().flat_map(take_object) {
            map.entry(key).or_insert(value);
        }
    }
}

/// `oneOf` of described constants becomes `enum` with the descriptions where editors look for them.
fn words_as_enum(map: &mut Map<String, Value>) {
    let Some(options) = map.get("oneOf").and_then(Value::as_array) else {
        if let Some(one) = map.shift_remove("const") {
            map.insert("enum".to_owned(), json!([one]));
        }
        return;
    };
    let mut words = Vec::new();
    for option in options {
        let described = option.get("description").and_then(Value::as_str).unwrap_or_default();
        // Undescribed variants come together as one plain enum.
        match option.get("enum").and_then(Value::as_array) {
            Some(several) => words.extend(several.iter().map(|it| (it.clone(), described.to_owned()))),
            None => return,
        }
    }
    map.shift_remove("oneOf");
    let lines: Vec<_> = words
        .iter()
        .map(|(word, text)| format!("- `{}`: {text}", word.as_str().unwrap_or_default()))
        .collect();
    let intro = map.get("description").and_then(Value::as_str).unwrap_or_default().replace('\n', " ");
    map.insert("description".to_owned(), json!(format!("{intro}\n\n{}", lines.join("\n")).trim_start()));
    let (words, texts): (Vec<_>, Vec<_>) = words.into_iter().unzip();
    map.insert("type".to_owned(), json!("string"));
    map.insert("enum".to_owned(), Value::Array(words));
    map.insert("enumDescriptions".to_owned(), json!(texts));
    map.insert("markdownEnumDescriptions".to_owned(), json!(texts));
}

fn references(map: &mut Map<String, Value>) {
    if let Some(Value::String(reference)) = map.get_mut("$ref")
        && let Some(target) = reference.strip_prefix("#/$defs/")
    {
        *reference = format!("#/definitions/{target}");
    }
}

/// Machine integer formats mean nothing to an editor; their bounds do.
fn integer_bounds(map: &mut Map<String, Value>) {
    let bounds = match map.get("format").and_then(Value::as_str) {
        Some("uint8") => (0, i64::from(u8::MAX)),
        Some("uint16") => (0, i64::from(u16::MAX)),
        Some("uint32") => (0, i64::from(u32::MAX)),
        Some("int32") => (i64::from(i32::MIN), i64::from(i32::MAX)),
        _ => return,
    };
    map.shift_remove("format");
    map.insert("minimum".to_owned(), json!(bounds.0));
    map.insert("maximum".to_owned(), json!(bounds.1));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> PlatformSchema {
        let part = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": "AssetPart",
            "type": "object",
            "properties": {
                "object": {"type": "string"},
                "sharing": {"anyOf": [{"$ref": "#/$defs/Sharing"}, {"type": "null"}]},
                "level": {"type": ["integer", "null"], "format": "uint8", "minimum": 0}
            },
            "$defs": {"Sharing": {"oneOf": [
                {"type": "string", "const": "private", "description": "Owner only."},
                {"type": "string", "const": "read", "description": "All read."}
            ]}}
        });
        PlatformSchema {
            platform: "anvil",
            title: "Anvil",
            parts: vec![(Position::Asset, part.clone()), (Position::Capability, part)],
        }
    }

    fn walk(value: &Value, visit: &mut dyn FnMut(&Map<String, Value>)) {
        match value {
            Value::Object(map) => {
                visit(map);
                map.values().for_each(|it| walk(it, visit));
            }
            Value::Array(items) => items.iter().for_each(|it| walk(it, visit)),
            _ => {}
        }
    }

    #[test]
    fn no_unions_no_null_and_every_reference_resolves() {
        let schema = schema(&[sample()]);
        walk(&schema, &mut |map| {
            for key in ["oneOf", "anyOf", "allOf", "not", "$defs", "const", "$id"] {
                assert!(!map.contains_key(key), "{key} in {map:?}");
            }
            if let Some(kind) = map.get("type") {
                assert!(!kind.is_array() && kind != "null", "{map:?}");
            }
            if let Some(reference) = map.get("$ref").and_then(Value::as_str) {
                assert!(schema.pointer(reference.trim_start_matches('#')).is_some(), "{reference}");
            }
        });
    }

    #[test]
    fn every_object_is_closed_and_every_key_described() {
        let schema = schema(&[sample()]);
        let own =
            schema["definitions"].as_object().unwrap().iter().filter(|(name, _)| !name.starts_with("Anvil"));
        for (name, definition) in own.chain([(&"Document".to_owned(), &schema)]) {
            let Some(properties) = definition.get("properties").and_then(Value::as_object) else { continue };
            assert_eq!(definition["additionalProperties"], json!(false), "{name}");
            for (key, property) in properties {
                assert!(property.get("description").is_some(), "{name}.{key} has no description");
            }
        }
    }

    #[test]
    fn a_platform_adds_its_key_and_prefixed_definitions() {
        let schema = schema(&[sample()]);
        let asset = &schema["definitions"]["Asset"]["properties"]["anvil"];
        assert_eq!(asset["$ref"], "#/definitions/AnvilAsset");
        let carry = &schema["definitions"]["Carry"]["properties"]["anvil"];
        assert_eq!(carry["$ref"], "#/definitions/AnvilCapability");
        let part = &schema["definitions"]["AnvilAsset"];
        assert_eq!(part["properties"]["sharing"]["$ref"], "#/definitions/AnvilAssetSharing");
        assert_eq!(part["properties"]["level"], json!({"type": "integer", "minimum": 0, "maximum": 255}));
        assert_eq!(part["additionalProperties"], json!(false));
        let words = &schema["definitions"]["AnvilAssetSharing"];
        assert_eq!(words["enum"], json!(["private", "read"]));
        assert!(words["description"].as_str().unwrap().contains("- `read`: All read."));
        assert!(schema["definitions"]["Domain"]["properties"].get("anvil").is_none());
    }

    #[test]
    fn names_have_patterns_and_dates_a_format() {
        let schema = schema(&[]);
        assert_eq!(schema["properties"]["roles"]["propertyNames"]["pattern"], names::ID_PATTERN);
        assert_eq!(schema["properties"]["waivers"]["propertyNames"]["pattern"], names::EXCEPTION_ID_PATTERN);
        assert_eq!(schema["properties"]["project"]["maxLength"], 64);
        assert_eq!(schema["definitions"]["Class"]["properties"]["id"]["pattern"], names::ID_PATTERN);
        let kinds = &schema["definitions"]["Class"]["properties"]["requires-by-kind"];
        assert_eq!(kinds["properties"]["service"]["type"], "array");
        assert_eq!(kinds["additionalProperties"], json!(false));
        let levels = schema["definitions"]["RuleSettings"]["properties"]["levels"].clone();
        assert!(levels.get("propertyNames").is_none());
        assert_eq!(schema["definitions"]["Date"]["format"], "date");
    }
}
