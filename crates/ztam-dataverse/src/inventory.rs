//! What an environment has, read from its solutions: tables with their columns and references, unpacked (a file a table) or
//! packed (all in `customizations.xml`), the names and ids of roles and column security profiles, and the list of privileges
//! that the Web API exports.
//!
//! A solution holds what somebody put into it, so columns are partial. A list of privileges is the environment's whole list.

use roxmltree::Node;
use ztam_backend::read::xml::{elements, leaf, parse};
use ztam_backend::read::{Input, Reading};
use ztam_backend::rules::MALFORMED;
use ztam_backend::survey::records::{Record, records};
use ztam_backend::survey::{Interest, Survey, Surveyor, Words};
use ztam_model::inventory::{InventoryField, InventoryObject, Part};
use ztam_source::finding::{Finding, Stage};

use crate::PLATFORM;
use crate::catalog::Level;
use crate::plan::{PROFILE, ROLE};

/// Columns of Dataverse have no classification: what is secured is what somebody found sensitive.
pub(crate) static WORDS: Words =
    Words { object_key: "table", classifications: &[], no_compliance: &[], is_data: |_, _| true };

/// What a file holds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Holds {
    Customizations,
    Table,
    Relationships,
    /// A role or profile, which reading packages knows.
    Containers,
}

fn holds(path: &str) -> Option<Holds> {
    let mut parts = path.rsplit('/');
    let name = parts.next()?.to_ascii_lowercase();
    let (folder, above) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    match name.as_str() {
        "customizations.xml" => Some(Holds::Customizations),
        "entity.xml" if above == "Entities" => Some(Holds::Table),
        "fieldsecurityprofiles.xml" => Some(Holds::Containers),
        _ if !name.ends_with(".xml") => None,
        _ if folder == "Relationships" => Some(Holds::Relationships),
        _ if folder == "Roles" => Some(Holds::Containers),
        _ => None,
    }
}

/// What is wanted of a file.
pub(crate) fn interest(path: &str) -> Interest {
    if holds(path).is_some() { Interest::Content } else { Interest::None }
}

/// Whether a file describes columns.
pub(crate) fn says_columns(path: &str) -> bool {
    matches!(holds(path), Some(Holds::Table | Holds::Customizations))
}

/// Reads what the files say.
pub(crate) fn inventory(files: &[Input<'_>]) -> Survey {
    let mut taking = Taking::new();
    let mut packages = Vec::new();
    for input in files {
        let Some(holds) = holds(input.path) else {
            if !taking.privileges(input) {
                taking.surveyor.unread(input.file);
            }
            continue;
        };
        taking.surveyor.partial(Part::Fields);
        if holds != Holds::Containers {
            taking.file(input, holds);
        }
        if matches!(holds, Holds::Containers | Holds::Customizations) {
            packages.push(*input);
        }
    }
    taking.containers(crate::read::read(&packages));
    taking.finish()
}

/// Reads what solutions say of tables and columns; their roles and profiles, and other files, are left alone.
pub(crate) fn described(files: &[Input<'_>]) -> Survey {
    let mut taking = Taking::new();
    for input in files {
        if let Some(holds) = holds(input.path).filter(|it| *it != Holds::Containers) {
            taking.surveyor.partial(Part::Fields);
            taking.file(input, holds);
        }
    }
    taking.finish()
}

struct Taking {
    surveyor: Surveyor,
    /// Table, column, and the table it refers to.
    references: Vec<(String, String, String)>,
}

impl Taking {
    fn new() -> Self {
        Self { surveyor: Surveyor::new(PLATFORM), references: Vec::new() }
    }

    fn finish(mut self) -> Survey {
        // Tables may stand in files behind those of their relationships.
        for (table, column, to) in self.references {
            self.surveyor.reference(&table, &column, &to);
        }
        self.surveyor.finish()
    }

    fn file(&mut self, input: &Input<'_>, holds: Holds) {
        let Some(document) = parse(input, &mut self.surveyor.sink) else { return };
        let root = document.root_element();
        let wanted = match holds {
            Holds::Table => "Entity",
            Holds::Relationships => "EntityRelationships",
            Holds::Customizations | Holds::Containers => "ImportExportXml",
        };
        if !root.has_tag_name(wanted) {
            let start = root.range().start;
            let place = input.span(&(start..start + 1 + root.tag_name().name().len()));
            let title =
                format!("`{}` holds no `{wanted}`, which its place in the solution asks for", input.name());
            let finding = Finding::new(&MALFORMED, title)
                .at(place, format!("a `{}`", root.tag_name().name()))
                .fact("path", input.path);
            self.surveyor.sink.tell("file", finding);
            return;
        }
        match holds {
            Holds::Table => self.table(input, root),
            Holds::Relationships => self.relationships(root),
            Holds::Customizations | Holds::Containers => {
                for list in elements(root) {
                    match list.tag_name().name() {
                        "Entities" => elements(list).for_each(|it| self.table(input, it)),
                        "EntityRelationships" => self.relationships(list),
                        _ => {}
                    }
                }
            }
        }
    }

    /// One table. What is only a part of a table, such as its forms, says nothing of it.
    fn table(&mut self, input: &Input<'_>, node: Node<'_, '_>) {
        let info = child(node, "EntityInfo").and_then(|it| child(it, "entity"));
        let Some((info, schema)) = info.and_then(|it| Some((it, it.attribute("Name")?.trim()))) else {
            return;
        };
        let table = schema.to_ascii_lowercase();
        let object = InventoryObject {
            label: label(info, "LocalizedNames", "LocalizedName"),
            ownership: text(info, "OwnershipTypeMask"),
            schema_name: Some(schema.to_owned()),
            audited: flag(info, "IsAuditEnabled"),
            ..InventoryObject::default()
        };
        let start = info.range().start;
        self.surveyor.object(&table, object, input.span(&(start..start + "<entity".len())));
        for column in child(info, "attributes").into_iter().flat_map(elements) {
            self.column(input, &table, column);
        }
    }

    fn column(&mut self, input: &Input<'_>, table: &str, node: Node<'_, '_>) {
        let start = node.range().start;
        let place = input.span(&(start..start + 1 + node.tag_name().name().len()));
        let physical = node.attribute("PhysicalName").map(str::to_ascii_lowercase);
        let Some(name) = text(node, "LogicalName").or(physical).filter(|it| !it.is_empty()) else {
            let title = format!("a column of `{table}` has no name, so nobody can say which it is");
            self.surveyor
                .sink
                .tell("column", Finding::new(&MALFORMED, title).at(place, "lacks `LogicalName`"));
            return;
        };
        let field = InventoryField {
            r#type: text(node, "Type"),
            label: label(node, "displaynames", "displayname"),
            required: matches!(text(node, "RequiredLevel").as_deref(), Some("required" | "systemrequired")),
            formula: text(node, "SourceType").is_some_and(|it| it != "0"),
            secured: flag(node, "IsSecured"),
            audited: flag(node, "IsAuditEnabled"),
            definition: node.document().input_text().get(node.range()).map(str::to_owned),
            ..InventoryField::default()
        };
        self.surveyor.field(table, &name, field, place);
    }

    fn relationships(&mut self, list: Node<'_, '_>) {
        for node in elements(list) {
            let name = |key: &str| text(node, key).map(|it| it.to_ascii_lowercase());
            let from = (name("ReferencingEntityName"), name("ReferencingAttributeName"));
            if let ((Some(table), Some(column)), Some(to)) = (from, name("ReferencedEntityName")) {
                self.references.push((table, column, to));
            }
        }
    }

    fn containers(&mut self, reading: Reading) {
        for it in reading.package.containers {
            match it.kind {
                ROLE => self.surveyor.granting(it),
                PROFILE => self.surveyor.container(it.kind, it.name, it.id),
                _ => {}
            }
        }
        // What is wrong with rows is nothing to an inventory; what could not be read at all is.
        for finding in reading.findings.into_iter().filter(|it| it.rule.stage == Stage::Compile) {
            let subject = finding.title.clone();
            self.surveyor.sink.tell(&subject, finding);
        }
    }

    /// Reads the environment's own list of privileges, if the file is one.
    fn privileges(&mut self, input: &Input<'_>) -> bool {
        let Some(records) = records(input.bytes) else { return false };
        let is_list = |it: &Record| it.contains_key("name") && it.contains_key("canbeglobal");
        if records.is_empty() || !records.iter().all(is_list) {
            return false;
        }
        for record in &records {
            let can =
                |key: &str| record.get(key).is_some_and(|it| it == "1" || it.eq_ignore_ascii_case("true"));
            let levels: Vec<String> = Level::ALL
                .into_iter()
                .map(Level::word)
                .filter(|word| can(&format!("canbe{}", word.to_ascii_lowercase())))
                .map(str::to_owned)
                .collect();
            // A privilege of no depth can be granted to nobody: it is as if it were not there.
            if let Some(name) = record.get("name").filter(|it| !it.is_empty() && !levels.is_empty()) {
                self.surveyor.right(name, levels, Vec::new());
            }
        }
        true
    }
}

fn child<'a, 'input>(node: Node<'a, 'input>, name: &str) -> Option<Node<'a, 'input>> {
    elements(node).find(|it| it.has_tag_name(name))
}

fn text(node: Node<'_, '_>, name: &str) -> Option<String> {
    child(node, name).and_then(leaf).filter(|it| !it.is_empty())
}

fn flag(node: Node<'_, '_>, name: &str) -> Option<bool> {
    match text(node, name)?.to_ascii_lowercase().as_str() {
        "1" | "true" => Some(true),
        "0" | "false" => Some(false),
        _ => None,
    }
}

/// The first of the names for people.
fn label(node: Node<'_, '_>, list: &str, item: &str) -> Option<String> {
    let first = child(node, list).and_then(|it| child(it, item))?;
    first.attribute("description").map(str::to_owned).filter(|it| !it.is_empty())
}

#[cfg(test)]
mod tests {
    use ztam_source::file::FileId;

    use super::*;

    fn survey(files: &[(&str, &str)]) -> Survey {
        let inputs = files.iter().enumerate().map(|(at, (path, text))| Input {
            file: FileId(u32::try_from(at).unwrap()),
            path,
            bytes: text.as_bytes(),
        });
        inventory(&inputs.collect::<Vec<_>>())
    }

    const TABLE: &str = r#"<Entity><Name>acme_Claim</Name><EntityInfo><entity Name="acme_Claim">
        <LocalizedNames><LocalizedName description="Claim" languagecode="1033" /></LocalizedNames>
        <attributes>
          <attribute PhysicalName="acme_Iban"><Type>nvarchar</Type><LogicalName>acme_iban</LogicalName>
            <IsSecured>1</IsSecured><IsAuditEnabled>1</IsAuditEnabled><SourceType>0</SourceType></attribute>
          <attribute PhysicalName="acme_PayeeId"><Type>lookup</Type><IsSecured>0</IsSecured></attribute>
        </attributes>
        <OwnershipTypeMask>UserOwned</OwnershipTypeMask><IsAuditEnabled>0</IsAuditEnabled></entity></EntityInfo></Entity>"#;
    const RELATIONSHIP: &str = "<EntityRelationship Name=\"r\"><ReferencingEntityName>acme_Claim</ReferencingEntityName>\
        <ReferencingAttributeName>acme_PayeeId</ReferencingAttributeName><ReferencedEntityName>Contact</ReferencedEntityName>\
        </EntityRelationship>";
    const ROLE_TEXT: &str =
        r#"<Role id="{AAAAAAAA-0000-0000-0000-00000000000A}" name="Clerk"><RolePrivileges /></Role>"#;

    #[test]
    fn both_forms_say_the_same() {
        let packed = format!(
            "\u{feff}<ImportExportXml><Entities>{TABLE}<Entity><Name>contact</Name><FormXml /></Entity></Entities>\
             <Roles>{ROLE_TEXT}</Roles><EntityRelationships>{RELATIONSHIP}</EntityRelationships></ImportExportXml>"
        );
        let packed = survey(&[("s.zip/customizations.xml", &packed)]);
        let list = format!("<EntityRelationships>{RELATIONSHIP}</EntityRelationships>");
        let loose = survey(&[
            ("src/Other/Relationships/Contact.xml", list.as_str()),
            ("src/Entities/acme_Claim/Entity.xml", TABLE),
            ("src/Roles/Clerk.xml", ROLE_TEXT),
            ("src/Other/Customizations.xml", "<ImportExportXml><Entities /></ImportExportXml>"),
        ]);
        assert!(packed.findings.is_empty() && loose.findings.is_empty(), "{:?}", loose.findings);
        assert_eq!(packed.inventory, loose.inventory);
        let claim = &packed.inventory.objects["acme_claim"];
        assert_eq!((claim.label.as_deref(), claim.ownership.as_deref()), (Some("Claim"), Some("UserOwned")));
        assert_eq!((claim.schema_name.as_deref(), claim.audited), (Some("acme_Claim"), Some(false)));
        assert_eq!(
            (claim.fields["acme_iban"].secured, claim.fields["acme_iban"].audited),
            (Some(true), Some(true))
        );
        assert_eq!(claim.fields["acme_payeeid"].references, ["contact"]);
        assert_eq!(
            packed.inventory.containers[0].id.as_deref(),
            Some("aaaaaaaa-0000-0000-0000-00000000000a")
        );
        assert!(!packed.inventory.objects.contains_key("contact"));
    }

    #[test]
    fn the_environments_own_privileges_are_rights() {
        let json = r#"{"@odata.context": "x", "value": [
            {"name": "prvReadA", "canbebasic": true, "canbelocal": false, "canbedeep": false, "canbeglobal": true},
            {"name": "prvNever", "canbebasic": false, "canbelocal": false, "canbedeep": false, "canbeglobal": false}]}"#;
        let found = survey(&[("privileges.json", json)]).inventory;
        assert_eq!(found.rights.len(), 1);
        assert_eq!(found.rights["prvReadA"].levels, ["Basic", "Global"]);
        assert!(found.partial.is_empty());
        assert_eq!(survey(&[("x.json", "{\"value\": [{\"name\": \"a\"}]}")]).unread.len(), 1);
    }

    #[test]
    fn what_is_something_else_is_told() {
        for (path, text) in [("Entities/A/Entity.xml", "<Role/>"), ("customizations.xml", "<!DOCTYPE a><a/>")]
        {
            let found = survey(&[(path, text)]);
            assert!(
                found.findings.iter().all(|it| it.id() == "read/malformed") && !found.findings.is_empty()
            );
        }
    }
}
