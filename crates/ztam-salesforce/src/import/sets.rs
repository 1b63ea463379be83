//! One permission set as a role: cells for objects and fields, capabilities for the rest.

use std::collections::{BTreeMap, BTreeSet};

use ztam_backend::import::{ContainerKey, ImportedRole, Target, Withheld};
use ztam_backend::read::ReadContainer;
use ztam_model::words::{Action, Scope};
use ztam_model::yaml::Yaml;

use super::carry::Carried;
use super::rights::{capabilities, kind_of, lacking, refused};
use super::{Importer, key};
use crate::bind::{Family, RightKind, family, not_a_table};
use crate::catalog;
use crate::names::is_api_name;

/// Rights on the rows of objects that cells can stand for.
const CELLS: &[(&str, Action)] = &[
    ("allowRead", Action::Read),
    ("allowCreate", Action::Create),
    ("allowEdit", Action::Edit),
    ("allowDelete", Action::Delete),
];
/// What Modify All stands for.
const ALL: &[Action] = &[Action::Read, Action::Edit, Action::Delete, Action::Share, Action::Assign];
const SETUP: &[&str] = &["customizeSetup", "deleteSetup", "viewSetup"];
const OBJECTS: &str = "objectPermissions";
/// Kind of the rows about fields.
pub(super) const FIELDS: &str = "fieldPermissions";

/// A set while it is put into words.
#[derive(Default)]
struct Words {
    cells: Vec<(Target, Vec<(Action, Scope)>)>,
    rights: BTreeSet<(RightKind, String)>,
    carried: Carried,
    modifies_all: bool,
}

type Rights = BTreeSet<&'static str>;

impl Importer<'_> {
    pub(super) fn set(&mut self, container: &ReadContainer) {
        let of_kind = |kind: &'static str| {
            let rows = container.rows.iter().map(|it| &it.row).filter(move |it| it.kind == kind);
            rows.map(|it| (it.key.as_str(), it.rights.iter().copied().collect::<Rights>()))
        };
        let set = key(container);
        let mut words = Words::default();
        let objects: BTreeMap<&str, Rights> = of_kind(OBJECTS).collect();
        for (object, rights) in &objects {
            self.object(&set, object, rights, &mut words);
        }
        for (field, rights) in of_kind(FIELDS) {
            self.field(&set, field, &rights, &objects, &mut words);
        }
        self.rights(&set, container, &mut words);
        words.carried.unknown(container);
        let mut settings = Self::settings(container);
        if words.modifies_all {
            settings.push(("accept-modify-all".to_owned(), true.into()));
        }
        let mut notes = Vec::new();
        if container.activation {
            notes.push("A session must activate it; it is judged as if it always held".to_owned());
        }
        self.out.carries.extend(words.carried.of_role(&set));
        self.out.roles.push(ImportedRole {
            container: set,
            what: "permission set",
            title: container.label.clone(),
            extends: Vec::new(),
            cells: words.cells,
            rights: capabilities(&words.rights),
            binding: Yaml::Map(settings),
            notes,
        });
    }

    /// Whether a build has shown that the language does not give this right exactly.
    fn is_unsayable(&self, set: &ContainerKey, kind: &'static str, key: &str, right: &'static str) -> bool {
        self.request.unsayable.contains(&(set.clone(), kind, key.to_owned(), right))
    }

    /// Why no cell is about an object or a field.
    fn why_not(&self, object: &str, field: Option<&str>) -> &'static str {
        let of_object = self.assets.withheld(object, None);
        match of_object.or_else(|| self.assets.withheld(object, field)) {
            Some(Withheld::Text) => "fields-not-listed",
            Some(Withheld::Others) => "reaches-others",
            None if !is_api_name(object) || field.is_some_and(|it| !is_api_name(it)) => "no-api-name",
            None if field.is_some() && not_a_table(object, catalog::object(object)).is_some() => {
                "fields-without-table"
            }
            None => "not-an-asset",
        }
    }

    fn object(&mut self, set: &ContainerKey, object: &str, rights: &Rights, words: &mut Words) {
        let has_asset = self.assets.has(object);
        let opens_fields = self.assets.opens_fields(object);
        let family = family(object);
        let mut said = Rights::new();
        for right in rights {
            let reason = match *right {
                right if SETUP.contains(&right) => Some("object-setup"),
                "viewAllFields" => Some("all-fields"),
                _ if !has_asset => Some(self.why_not(object, None)),
                right if !knows(family, right) => Some("not-on-this-object"),
                right if !is_complete(family, right, rights) => Some("incomplete"),
                _ if opens_fields => Some("fields-of-the-same-class"),
                right if self.is_unsayable(set, OBJECTS, object, right) => Some("not-as-cells"),
                _ => None,
            };
            match reason {
                Some(reason) => words.carried.add(reason, OBJECTS, object, right),
                None => {
                    said.insert(right);
                }
            }
        }
        let mut scopes: BTreeMap<Action, Scope> = CELLS
            .iter()
            .filter(|(right, _)| said.contains(right))
            .map(|(_, action)| (*action, Scope::Shared))
            .collect();
        if said.contains("viewAllRecords") {
            scopes.insert(Action::Read, Scope::Org);
        }
        if said.contains("modifyAllRecords") {
            scopes.extend(ALL.iter().map(|it| (*it, Scope::Org)));
            words.modifies_all = true;
        }
        if !scopes.is_empty() {
            let target = Target { asset: object.to_owned(), field: None };
            words.cells.push((target, scopes.into_iter().collect()));
        }
    }

    fn field(
        &mut self,
        set: &ContainerKey,
        name: &str,
        rights: &Rights,
        objects: &BTreeMap<&str, Rights>,
        words: &mut Words,
    ) {
        let (object, field) = name.split_once('.').unwrap_or((name, ""));
        // Asked for always: a carried field is judged by what it opens, so the matrix lists it.
        let found = self.assets.field(object, field);
        let row = objects.get(object);
        let has = |right: &str| row.is_some_and(|it| it.contains(right));
        let mut said = Rights::new();
        for right in rights {
            let edits = *right == "editable";
            let reason = match found {
                None => Some(self.why_not(object, Some(field))),
                Some(_) if !has("allowRead") => Some("fields-without-rows"),
                Some(_) if edits && !rights.contains("readable") => Some("incomplete"),
                Some(_) if edits && !has("allowCreate") && !has("allowEdit") => Some("fields-without-write"),
                Some(found) if edits && found.read_only => Some("read-only"),
                Some(_) if self.is_unsayable(set, FIELDS, name, right) => Some("not-as-cells"),
                Some(_) => None,
            };
            match reason {
                Some(reason) => words.carried.add(reason, FIELDS, name, right),
                None => {
                    said.insert(right);
                }
            }
        }
        // A field permission knows no rows: the field opens in every row that the person has. `editable` serves both create
        // and edit: what the rows do not give, a field gives in no row.
        let actions: &[(&str, Action)] = match (said.contains("readable"), said.contains("editable")) {
            (true, true) => {
                &[("allowRead", Action::Read), ("allowCreate", Action::Create), ("allowEdit", Action::Edit)]
            }
            (true, false) => &[("allowRead", Action::Read)],
            (false, _) => return,
        };
        let given = actions.iter().filter(|(right, _)| has(right));
        let scopes = given.map(|(_, action)| (*action, Scope::Org)).collect();
        let target = Target { asset: object.to_owned(), field: Some(field.to_owned()) };
        words.cells.push((target, scopes));
    }

    fn rights(&mut self, set: &ContainerKey, container: &ReadContainer, words: &mut Words) {
        let rows = || container.rows.iter().map(|it| &it.row);
        let permissions = rows().filter(|it| it.kind == RightKind::UserPermission.element());
        let permissions: BTreeSet<&str> = permissions.map(|it| it.key.as_str()).collect();
        let lacking = lacking(self.inventory, &permissions);
        for row in rows() {
            for right in &row.rights {
                let Some(kind) = kind_of(row.kind, right) else { continue };
                let reason = if refused(self.inventory, kind, &row.key) {
                    Some("unknown-names")
                } else if kind == RightKind::UserPermission && lacking.contains(row.key.as_str()) {
                    Some("needs-others")
                } else if self.is_unsayable(set, row.kind, &row.key, right) {
                    Some("not-as-cells")
                } else {
                    None
                };
                match reason {
                    Some(reason) => words.carried.add(reason, row.kind, &row.key, right),
                    None => {
                        words.rights.insert((kind, row.key.clone()));
                    }
                }
            }
        }
    }
}

/// Whether a kind of object knows a right.
fn knows(family: Family, right: &str) -> bool {
    match family {
        Family::Usual => true,
        Family::Big => !matches!(right, "viewAllRecords" | "modifyAllRecords"),
        Family::Event => matches!(right, "allowRead" | "allowCreate"),
    }
}

/// Whether what a right needs stands beside it.
fn is_complete(family: Family, right: &str, rights: &Rights) -> bool {
    let needs: &[&str] = match right {
        "allowRead" => &[],
        "allowDelete" if family != Family::Big => &["allowRead", "allowEdit"],
        "modifyAllRecords" => &["allowRead", "allowEdit", "allowDelete", "viewAllRecords"],
        _ => &["allowRead"],
    };
    needs.iter().all(|it| rights.contains(it))
}
