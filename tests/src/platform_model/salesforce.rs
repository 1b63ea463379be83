//! Permission sets and groups as Salesforce takes them: the union over what a person is assigned.

use std::collections::{BTreeMap, BTreeSet};

use roxmltree::{Document, Node};

use super::facts::{Facts, Object};
use super::{Container, Emission, Names, Reading, Rows};

/// A permission set as one kind of holder has it.
#[derive(Clone, Debug)]
struct Set {
    role: String,
    conditions: Names,
    temporaries: Names,
    /// Object rights that are `true`, by object.
    objects: BTreeMap<String, Names>,
    /// Field rights that are `true`, by `Object.Field`.
    fields: BTreeMap<String, Names>,
    /// Everything else, as `element/name`.
    others: Names,
    /// Problems with the file.
    strange: Names,
}

/// All sets of a package, with what groups make of them.
#[derive(Clone, Debug)]
pub(crate) struct Sets(Vec<Set>);

fn child(node: Node<'_, '_>, name: &str) -> String {
    let found = node.children().find(|it| it.has_tag_name_local(name));
    found.and_then(|it| it.text()).unwrap_or_default().to_owned()
}

trait Local {
    fn has_tag_name_local(&self, name: &str) -> bool;
}

impl Local for Node<'_, '_> {
    fn has_tag_name_local(&self, name: &str) -> bool {
        self.is_element() && self.tag_name().name() == name
    }
}

fn true_children(node: Node<'_, '_>) -> Names {
    let on = node.children().filter(|it| it.is_element() && it.text() == Some("true"));
    on.map(|it| it.tag_name().name().to_owned()).collect()
}

fn stem(path: &str) -> &str {
    path.rsplit('/').next().and_then(|it| it.split('.').next()).unwrap_or(path)
}

impl Sets {
    /// Reads the files of a package.
    pub(crate) fn read(emission: &Emission, facts: &Facts) -> Self {
        let mut sets = BTreeMap::new();
        for (path, text) in
            emission.salesforce.iter().filter(|(path, _)| path.ends_with(".permissionset-meta.xml"))
        {
            sets.insert(stem(path).to_owned(), Set::read(stem(path), text, &emission.containers, facts));
        }
        let mut all: Vec<Set> = sets.values().cloned().collect();
        for (path, text) in
            emission.salesforce.iter().filter(|(path, _)| path.ends_with(".permissionsetgroup-meta.xml"))
        {
            let holder = owner(&emission.containers, "PermissionSetGroup", stem(path));
            let document = Document::parse(text).unwrap();
            for member in document.descendants().filter(|it| it.has_tag_name_local("permissionSets")) {
                let Some(set) = sets.get(member.text().unwrap_or_default()) else { continue };
                let mut set = set.clone();
                // Whoever has the group has its members: no activation, no end, no other role.
                set.conditions.retain(|it| !facts.session_conditions.contains(it));
                set.temporaries.clear();
                set.role = holder.map_or_else(String::new, |it| it.role.clone());
                all.push(set);
            }
        }
        Self(all)
    }

    /// What a person with some roles has.
    pub(crate) fn holder(&self, roles: &[String], capabilities: &Names, facts: &Facts) -> Reading {
        let mut reading = Reading::default();
        let held: Vec<&Set> = self.0.iter().filter(|it| roles.contains(&it.role)).collect();
        let outside = roles.iter().all(|it| facts.roles.get(it).is_some_and(|it| it.is_outside));
        let by_object: BTreeMap<&str, (&String, &Object)> =
            facts.objects.iter().map(|(asset, object)| (object.name.as_str(), (asset, object))).collect();
        for set in &held {
            reading.strange.extend(set.strange.iter().cloned());
            for (name, rights) in &set.objects {
                match by_object.get(name.as_str()) {
                    Some((asset, object)) => rows(&mut reading, set, asset, object, rights, outside),
                    None => drop(reading.strange.insert(format!("object permissions on {name}"))),
                }
            }
            for other in &set.others {
                account_for(&mut reading, other, roles, capabilities, facts);
                everything(&mut reading, set, other, facts);
            }
        }
        for set in &held {
            for name in set.fields.keys() {
                let (object, field) = name.split_once('.').unwrap_or((name, ""));
                let known = by_object.get(object).is_some_and(|(_, it)| {
                    it.unlisted.contains(field) || it.fields.values().any(|it| it == field)
                });
                if !known {
                    reading.strange.insert(format!("field permissions on {name}"));
                }
            }
            for (asset, object) in &facts.objects {
                fields(&mut reading, set, asset, object);
            }
        }
        for (asset, object) in &facts.objects {
            let follow = object.fields.iter().filter(|(_, name)| object.without_permissions.contains(*name));
            for (field, _) in follow {
                for action in ["read", "create", "edit"] {
                    let always = (&Names::new(), &Names::new());
                    reading.combine(&format!("{asset}.{field}"), action, always, (asset, action));
                }
            }
        }
        reading
    }
}

fn owner<'c>(containers: &'c [Container], kind: &str, name: &str) -> Option<&'c Container> {
    containers.iter().find(|it| it.kind == kind && it.name == name)
}

impl Set {
    fn read(name: &str, text: &str, containers: &[Container], facts: &Facts) -> Self {
        let container = owner(containers, "PermissionSet", name);
        let mut set = Self {
            role: container.map_or_else(String::new, |it| it.role.clone()),
            conditions: container.map_or_else(Names::new, |it| it.conditions.clone()),
            temporaries: container.map_or_else(Names::new, |it| it.temporaries.clone()),
            objects: BTreeMap::new(),
            fields: BTreeMap::new(),
            others: Names::new(),
            strange: Names::new(),
        };
        let document = Document::parse(text).unwrap();
        let mut session = false;
        for node in document.root_element().children().filter(Node::is_element) {
            match node.tag_name().name() {
                "objectPermissions" => drop(set.objects.insert(child(node, "object"), true_children(node))),
                "fieldPermissions" => drop(set.fields.insert(child(node, "field"), true_children(node))),
                "hasActivationRequired" => session = node.text() == Some("true"),
                "label" | "description" | "license" => {}
                element => {
                    let key = node.children().find(|it| {
                        it.is_element()
                            && !matches!(it.tag_name().name(), "enabled" | "visible" | "visibility")
                    });
                    let name = key.and_then(|it| it.text()).unwrap_or_default();
                    set.others.insert(format!("{element}/{name}"));
                }
            }
        }
        if !session {
            set.conditions.retain(|it| !facts.session_conditions.contains(it));
        }
        set
    }

    fn when(&self) -> (&Names, &Names) {
        (&self.conditions, &self.temporaries)
    }
}

fn rows(reading: &mut Reading, set: &Set, asset: &str, object: &Object, rights: &Names, outside: bool) {
    let sharing = if outside { &object.external_sharing } else { &object.sharing };
    let (read, edit) = match sharing.as_str() {
        "Read" => (Rows::Public, Rows::Shared),
        "ReadWrite" => (Rows::Public, Rows::Public),
        _ => (Rows::Shared, Rows::Shared),
    };
    let of = [
        ("allowRead", "read", read),
        ("allowCreate", "create", Rows::Shared),
        ("allowEdit", "edit", edit),
        ("allowDelete", "delete", Rows::Shared),
        ("viewAllRecords", "read", Rows::Scope("org")),
    ];
    for (right, action, rows) in of {
        if rights.contains(right) {
            reading.add(asset, action, set.when(), rows);
        }
    }
    if rights.contains("modifyAllRecords") {
        for action in ["read", "edit", "delete", "share", "assign"] {
            reading.add(asset, action, set.when(), Rows::Scope("org"));
        }
    }
    let known = [
        "allowRead",
        "allowCreate",
        "allowEdit",
        "allowDelete",
        "viewAllRecords",
        "modifyAllRecords",
        "viewAllFields",
    ];
    for right in rights.iter().filter(|it| !known.contains(&it.as_str())) {
        reading.strange.insert(format!("{right} on {}", object.name));
    }
}

fn fields(reading: &mut Reading, set: &Set, asset: &str, object: &Object) {
    let all = set.objects.get(&object.name).is_some_and(|it| it.contains("viewAllFields"))
        || set.others.contains("userPermissions/ViewAllFieldsGlobal");
    for (field, name) in &object.fields {
        let target = format!("{asset}.{field}");
        let rights = set.fields.get(&format!("{}.{name}", object.name));
        let has = |right: &str| rights.is_some_and(|it| it.contains(right));
        if has("readable") || all {
            reading.combine(&target, "read", set.when(), (asset, "read"));
        }
        if has("editable") {
            reading.combine(&target, "edit", set.when(), (asset, "edit"));
            reading.combine(&target, "create", set.when(), (asset, "create"));
        }
    }
}

/// Rights over all data.
fn everything(reading: &mut Reading, set: &Set, right: &str, facts: &Facts) {
    let actions: &[&'static str] = match right {
        "userPermissions/ViewAllData" => &["read"],
        "userPermissions/ModifyAllData" => &["read", "create", "edit", "delete", "share", "assign"],
        _ => &[],
    };
    for asset in facts.objects.keys() {
        for action in actions {
            reading.add(asset, action, set.when(), Rows::Scope("org"));
        }
    }
}

/// Everything that is no row and no field comes from a capability or a carried block.
fn account_for(reading: &mut Reading, right: &str, roles: &[String], capabilities: &Names, facts: &Facts) {
    let key = ("salesforce", right.to_owned());
    let held = capabilities.iter().filter_map(|it| facts.capabilities.get(it));
    let carried = roles.iter().flat_map(|it| facts.carried(it));
    if !held.chain(carried).any(|rights| rights.contains_key(&key)) {
        reading.strange.insert(format!("{right} without a capability"));
    }
}

/// Names of sets for which nothing says whose they are.
pub(crate) fn foreign(emission: &Emission) -> BTreeSet<String> {
    let kinds = [
        (".permissionset-meta.xml", "PermissionSet"),
        (".permissionsetgroup-meta.xml", "PermissionSetGroup"),
    ];
    let mut foreign = BTreeSet::new();
    for path in emission.salesforce.keys() {
        for (end, kind) in kinds {
            if path.ends_with(end) && owner(&emission.containers, kind, stem(path)).is_none() {
                foreign.insert(path.clone());
            }
        }
        if path.contains("/profiles/") {
            foreign.insert(path.clone());
        }
    }
    foreign
}
