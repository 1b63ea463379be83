//! What the sources say about names: which object or table an asset is, which columns are protected, which rights a
//! capability stands for. Read from the YAML and the inventory by themselves.

use std::collections::BTreeMap;

use serde_yaml::Value;

use super::Names;

/// What is known of a project's things.
#[derive(Clone, Debug, Default)]
pub(crate) struct Facts {
    /// By asset.
    pub(crate) objects: BTreeMap<String, Object>,
    /// By asset.
    pub(crate) tables: BTreeMap<String, Table>,
    pub(crate) roles: BTreeMap<String, Role>,
    /// Platform and right (`prvExportToExcel`, `userPermissions/RunReports`) to depth, by capability.
    pub(crate) capabilities: BTreeMap<String, Rights>,
    /// Conditions that activation for a session enforces on Salesforce.
    pub(crate) session_conditions: Names,
    /// Roles that one person may hold, by the name of the set.
    pub(crate) together: BTreeMap<String, Vec<String>>,
    /// Fields that somebody may see unmasked, as `asset.field`.
    pub(crate) masked: Names,
}

pub(crate) type Rights = BTreeMap<(&'static str, String), String>;

/// An object of Salesforce.
#[derive(Clone, Debug, Default)]
pub(crate) struct Object {
    pub(crate) name: String,
    /// `Private`, `Read`, `ReadWrite`.
    pub(crate) sharing: String,
    pub(crate) external_sharing: String,
    /// API name of each listed field.
    pub(crate) fields: BTreeMap<String, String>,
    /// API names of fields that follow their row.
    pub(crate) without_permissions: Names,
    /// API names of fields that only the inventory knows.
    pub(crate) unlisted: Names,
}

/// A table of Dataverse.
#[derive(Clone, Debug, Default)]
pub(crate) struct Table {
    pub(crate) name: String,
    /// What stands in the names of its privileges.
    pub(crate) entity: String,
    pub(crate) is_organization_owned: bool,
    /// Logical name of each listed field.
    pub(crate) columns: BTreeMap<String, String>,
    /// Logical names of the columns that are secured.
    pub(crate) secured: Names,
}

/// A role, as far as cells do not say it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Role {
    pub(crate) is_abstract: bool,
    pub(crate) is_outside: bool,
    pub(crate) derives: bool,
    pub(crate) licensed: bool,
    /// Carried by the role itself, block by block.
    carried: Vec<Rights>,
    extends: Names,
}

impl Role {
    /// Whether a role for it may stand in a solution: nobody's and unlicensed people's may not.
    pub(crate) fn has_dataverse_role(&self) -> bool {
        !self.is_abstract && (!self.is_outside || self.licensed)
    }
}

fn entries<'v>(value: &'v Value, key: &str) -> Vec<(String, &'v Value)> {
    let Some(Value::Mapping(section)) = value.get(key) else { return Vec::new() };
    section.iter().map(|(name, it)| (text(name), it)).collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn texts(value: &Value, key: &str) -> Names {
    value.get(key).and_then(Value::as_sequence).into_iter().flatten().map(text).collect()
}

fn at(value: &Value, key: &str) -> String {
    value.get(key).map(text).unwrap_or_default()
}

impl Facts {
    /// Reads all files.
    pub(crate) fn read(files: &[(String, String)]) -> Self {
        let mut facts = Self::default();
        let documents: Vec<Value> = files
            .iter()
            .filter(|(path, _)| path.ends_with(".yaml"))
            .map(|(path, text)| serde_yaml::from_str(text).unwrap_or_else(|error| panic!("{path}: {error}")))
            .collect();
        for document in &documents {
            facts.document(document);
        }
        for document in &documents {
            for (_, carried) in entries(document, "carry") {
                let role = facts.roles.entry(at(carried, "role")).or_default();
                role.carried.push(rights(carried));
            }
        }
        for (path, text) in files.iter().filter(|(path, _)| path.starts_with("inventory/")) {
            let inventory: Value =
                serde_json::from_str(text).unwrap_or_else(|error| panic!("{path}: {error}"));
            facts.inventory(&inventory);
        }
        facts
    }

    /// What a role carries: its own, and that of all roles that it extends, however far away.
    pub(crate) fn carried(&self, role: &str) -> Vec<&Rights> {
        let (mut seen, mut open) = (Names::new(), vec![role.to_owned()]);
        let mut all = Vec::new();
        while let Some(name) = open.pop() {
            let Some(known) = self.roles.get(&name).filter(|_| seen.insert(name.clone())) else { continue };
            all.extend(&known.carried);
            open.extend(known.extends.iter().cloned());
        }
        all
    }

    fn document(&mut self, document: &Value) {
        for (name, asset) in entries(document, "assets") {
            if let Some(part) = asset.get("salesforce") {
                self.objects.insert(name.clone(), Object::declared(asset, part));
            }
            if let Some(part) = asset.get("dataverse") {
                self.tables.insert(name, Table::declared(asset, part));
            }
        }
        for (name, role) in entries(document, "roles") {
            let known = self.roles.entry(name).or_default();
            known.is_abstract = role.get("abstract").and_then(Value::as_bool).unwrap_or(false);
            known.is_outside = matches!(at(role, "kind").as_str(), "external" | "guest");
            known.derives = at(role, "relate") == "derived";
            known.extends = texts(role, "extends");
            let licensed = role.get("dataverse").and_then(|it| it.get("licensed"));
            known.licensed = licensed.and_then(Value::as_bool).unwrap_or(false);
        }
        for (name, roles) in entries(document, "together") {
            let roles = roles.as_sequence().into_iter().flatten().map(text);
            self.together.insert(name, roles.collect());
        }
        for (name, capability) in entries(document, "capabilities") {
            self.capabilities.insert(name, rights(capability));
        }
        for (name, condition) in entries(document, "conditions") {
            if condition.get("salesforce").is_some_and(|it| at(it, "by") == "session-activation") {
                self.session_conditions.insert(name);
            }
        }
    }

    fn inventory(&mut self, inventory: &Value) {
        let known: BTreeMap<_, _> = entries(inventory, "objects").into_iter().collect();
        if at(inventory, "platform") == "salesforce" {
            for object in self.objects.values_mut() {
                if let Some(seen) = known.get(&object.name) {
                    object.see(seen);
                }
            }
        } else {
            for table in self.tables.values_mut() {
                if let Some(seen) = known.get(&table.name) {
                    table.see(seen);
                }
            }
        }
    }
}

fn field_names(asset: &Value, platform: &str) -> BTreeMap<String, String> {
    let fields = entries(asset, "fields").into_iter();
    fields.filter_map(|(name, field)| Some((name, text(field.get(platform)?)))).collect()
}

impl Object {
    fn declared(asset: &Value, part: &Value) -> Self {
        let word = |key| match at(part, key).as_str() {
            "read" => "Read".to_owned(),
            "read-write" => "ReadWrite".to_owned(),
            _ => "Private".to_owned(),
        };
        Self {
            name: at(part, "object"),
            sharing: word("sharing"),
            external_sharing: word("external-sharing"),
            fields: field_names(asset, "salesforce"),
            without_permissions: texts(part, "required"),
            unlisted: Names::new(),
        }
    }

    fn see(&mut self, seen: &Value) {
        for (key, word) in [("sharing", &mut self.sharing), ("external_sharing", &mut self.external_sharing)]
        {
            if seen.get(key).is_some() {
                *word = at(seen, key);
            }
        }
        for (name, field) in entries(seen, "fields") {
            let is = |key: &str| field.get(key).and_then(Value::as_bool);
            if is("required") == Some(true)
                || is("master_detail") == Some(true)
                || is("securable") == Some(false)
            {
                self.without_permissions.insert(name.clone());
            }
            if !self.fields.values().any(|it| *it == name) {
                self.unlisted.insert(name);
            }
        }
    }
}

impl Table {
    fn declared(asset: &Value, part: &Value) -> Self {
        let entity = if part.get("privilege-entity").is_some() { "privilege-entity" } else { "schema-name" };
        Self {
            name: at(part, "table"),
            entity: at(part, entity),
            is_organization_owned: at(part, "ownership") == "organization",
            columns: field_names(asset, "dataverse"),
            secured: Names::new(),
        }
    }

    fn see(&mut self, seen: &Value) {
        for key in ["schema_name", "privilege_entity"] {
            if seen.get(key).is_some() {
                self.entity = at(seen, key);
            }
        }
        if seen.get("ownership").is_some() {
            self.is_organization_owned = at(seen, "ownership") == "OrganizationOwned";
        }
        let fields = entries(seen, "fields").into_iter();
        let secured = fields.filter(|(_, it)| it.get("secured").and_then(Value::as_bool) == Some(true));
        self.secured = secured.map(|(name, _)| name).collect();
    }
}

/// The rights of a capability or carried block.
fn rights(block: &Value) -> Rights {
    let mut rights = Rights::new();
    if let Some(part) = block.get("salesforce") {
        for (key, element) in [
            ("user-permissions", "userPermissions"),
            ("existing-custom-permissions", "customPermissions"),
            ("applications", "applicationVisibilities"),
            ("apex-classes", "classAccesses"),
        ] {
            for name in texts(part, key) {
                rights.insert(("salesforce", format!("{element}/{name}")), String::new());
            }
        }
        for (name, _) in entries(part, "custom-permissions") {
            rights.insert(("salesforce", format!("customPermissions/{name}")), String::new());
        }
        for (name, _) in entries(part, "tabs") {
            rights.insert(("salesforce", format!("tabSettings/{name}")), String::new());
        }
    }
    for (name, level) in block.get("dataverse").map(|it| entries(it, "privileges")).unwrap_or_default() {
        rights.insert(("dataverse", name), text(level));
    }
    rights
}
