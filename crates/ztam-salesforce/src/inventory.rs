//! What an org has, read from its metadata: objects and fields in source format (a file each) or metadata format (a file an
//! object), the names of what permissions refer to, and the names of permission sets, groups and profiles.
//!
//! A tree of files is never the whole org: standard fields and tabs, packages and what was not retrieved are missing, so
//! fields and names are partial.

use std::collections::{BTreeMap, BTreeSet};

use roxmltree::Node;
use ztam_backend::read::Input;
use ztam_backend::read::xml::{elements, leaf, parse};
use ztam_backend::rules::{BAD_VALUE, MALFORMED, MISNAMED, MISSING_PART, UNKNOWN_ELEMENT};
use ztam_backend::survey::records::{Record, records};
use ztam_backend::survey::{Interest, Survey, Surveyor, Words};
use ztam_model::inventory::{InventoryField, InventoryObject, Part};
use ztam_source::finding::{Finding, Stage};
use ztam_source::span::Span;

use crate::PLATFORM;
use crate::layout::is_layout;
use crate::names::is_api_name;
use crate::read::{self, NAMESPACE, PROFILE, decoded};

/// The words of `securityClassification`, from least to most sensitive, as Salesforce ships them.
pub(crate) static WORDS: Words = Words {
    object_key: "object",
    classifications: &["Public", "Internal", "Confidential", "Restricted", "MissionCritical"],
    no_compliance: &["None"],
    // Custom settings and custom metadata types have accesses of their own.
    is_data: |name, object| object.kind.is_none() && !name.ends_with("__mdt"),
};

/// What a file of some kind says.
#[derive(Clone, Copy)]
enum Holds {
    Object,
    Field,
    /// A name of this kind in the inventory.
    Name(&'static str),
    /// A name of this kind, below the object it belongs to.
    NameOfObject(&'static str),
    Container(&'static str),
    /// What lies beneath permission sets: what it grants counts.
    Profile,
}

/// End of a file's name in metadata format, the folder it stands in there, and what it says.
static KINDS: &[(&str, &str, Holds)] = &[
    ("app", "applications", Holds::Name("applications")),
    ("cls", "classes", Holds::Name("apex-classes")),
    ("customPermission", "customPermissions", Holds::Name("existing-custom-permissions")),
    ("dataSource", "dataSources", Holds::Name("external-data-sources")),
    ("field", "fields", Holds::Field),
    ("flow", "flows", Holds::Name("flows")),
    ("mutingpermissionset", "mutingpermissionsets", Holds::Container("MutingPermissionSet")),
    ("object", "objects", Holds::Object),
    ("page", "pages", Holds::Name("apex-pages")),
    ("permissionset", "permissionsets", Holds::Container("PermissionSet")),
    ("permissionsetgroup", "permissionsetgroups", Holds::Container("PermissionSetGroup")),
    ("profile", "profiles", Holds::Profile),
    ("recordType", "recordTypes", Holds::NameOfObject("record-types")),
    ("tab", "tabs", Holds::Name("tabs")),
];

const RECORD_TYPES: &str = "record-types";

/// What a path says: which kind, and the name in it.
fn kind(path: &str) -> Option<(Holds, &str)> {
    let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
    let (bare, is_source) = match name.strip_suffix("-meta.xml") {
        Some(bare) => (bare, true),
        None => (name, false),
    };
    let (stem, suffix) = bare.rsplit_once('.')?;
    let (_, folder, holds) = KINDS.iter().find(|(it, ..)| *it == suffix)?;
    // Other tools use these endings too; the folder says that it is metadata.
    let fits = is_source || folders.split('/').any(|it| it == *folder);
    (fits && !stem.is_empty()).then_some((*holds, stem))
}

/// What is wanted of a file.
pub(crate) fn interest(path: &str) -> Interest {
    match kind(path) {
        Some((Holds::Object | Holds::Field | Holds::Profile, _)) => Interest::Content,
        Some(_) => Interest::Name,
        None if is_layout(path) => Interest::Content,
        None => Interest::None,
    }
}

/// Whether a file describes an object, its sharing defaults among the rest.
pub(crate) fn is_object(path: &str) -> bool {
    matches!(kind(path), Some((Holds::Object, _)))
}

/// Reads what the files say.
pub(crate) fn inventory(files: &[Input<'_>], names: &[String]) -> Survey {
    let mut survey = Taking {
        surveyor: Surveyor::new(PLATFORM),
        is_tree: false,
        described: BTreeSet::new(),
        with_fields: BTreeMap::new(),
    };
    let mut profiles = Vec::new();
    for input in files {
        match kind(input.path) {
            Some((Holds::Object, stem)) => survey.object_file(input, &decoded(stem)),
            Some((Holds::Field, _)) => survey.field_file(input),
            Some((Holds::Profile, _)) => profiles.push(*input),
            Some(_) => survey.named(input.path),
            None if is_layout(input.path) || survey.dependencies(input) => {}
            None => survey.surveyor.unread(input.file),
        }
    }
    survey.profiles(&profiles);
    for path in names {
        survey.named(path);
    }
    survey.objects_without_file();
    if survey.is_tree {
        survey.surveyor.partial(Part::Fields);
        survey.surveyor.partial(Part::Names);
    }
    survey.surveyor.finish()
}

struct Taking {
    surveyor: Surveyor,
    /// Whether anything came from files of metadata.
    is_tree: bool,
    /// Objects that have a file, folded.
    described: BTreeSet<String>,
    /// Objects with fields in files of their own by folded name: as written, and the first field.
    with_fields: BTreeMap<String, (String, Span)>,
}

impl Taking {
    fn named(&mut self, path: &str) {
        let Some((holds, stem)) = kind(path) else { return };
        self.is_tree = true;
        let name = decoded(stem);
        match holds {
            Holds::Name("flows") => self.surveyor.name("flows", without_version(&name).to_owned()),
            Holds::Name(kind) => self.surveyor.name(kind, name),
            Holds::NameOfObject(kind) => {
                if let Some(object) = object_of(path, "recordTypes") {
                    self.surveyor.name(kind, format!("{object}.{name}"));
                }
            }
            Holds::Container(kind) => self.surveyor.container(kind, name, None),
            Holds::Profile => self.surveyor.container(PROFILE, name, None),
            Holds::Object | Holds::Field => {}
        }
    }

    /// Profiles with what they grant. What is wrong with their rows is nothing to an inventory; what could not be read at all
    /// is, and so is what may grant something that nobody knows.
    fn profiles(&mut self, files: &[Input<'_>]) {
        self.is_tree |= !files.is_empty();
        let told = |it: &Finding| it.rule.stage == Stage::Compile || it.rule.id == UNKNOWN_ELEMENT.id;
        // One by one: each package of a tree may hold its own part of a profile, and all of them count.
        for reading in files.iter().map(|it| read::gather(vec![read::read_file(it, &|it| it)])) {
            for it in reading.package.containers.into_iter().filter(|it| it.kind == PROFILE) {
                self.surveyor.granting(it);
            }
            for finding in reading.findings.into_iter().filter(told) {
                let subject = finding.title.clone();
                self.surveyor.sink.tell(&subject, finding);
            }
        }
    }

    /// Tells of objects with fields and without a file: fields of standard objects often come alone, and then nobody knows
    /// how the object's rows are shared.
    fn objects_without_file(&mut self) {
        let described = &self.described;
        let missing: Vec<_> =
            self.with_fields.iter().filter(|(it, _)| !described.contains(*it)).map(|(_, it)| it).collect();
        let Some((object, place)) = missing.first() else { return };
        let (subject, have) = match missing.len() {
            1 => (format!("`{object}`"), "has fields here and no file of its own"),
            more => (
                format!("`{object}` and {} more objects", more - 1),
                "have fields here and no files of their own",
            ),
        };
        let names: Vec<_> = missing.iter().map(|(name, _)| name.as_str()).collect();
        let finding = Finding::new(&MISSING_PART, format!("{subject} {have}"))
            .at(*place, "the first of its fields")
            .note("nothing is known of how rows are shared, other than what an earlier inventory says")
            .help("retrieve the objects too")
            .fact("objects", names.join(", "));
        self.surveyor.sink.tell("object", finding);
    }

    fn object_file(&mut self, input: &Input<'_>, name: &str) {
        self.is_tree = true;
        self.described.insert(name.to_lowercase());
        let Some(document) = parse(input, &mut self.surveyor.sink) else { return };
        let root = document.root_element();
        if !self.is_root(input, root, "CustomObject") {
            return;
        }
        let object = InventoryObject {
            label: text(root, "label"),
            kind: text(root, "customSettingsType"),
            sharing: text(root, "sharingModel"),
            external_sharing: text(root, "externalSharingModel"),
            audited: flag(root, "enableHistory"),
            ..InventoryObject::default()
        };
        let list = match (&object.kind, name.ends_with("__mdt")) {
            (Some(_), _) => Some("custom-settings"),
            (None, true) => Some("custom-metadata-types"),
            (None, false) => None,
        };
        if let Some(list) = list {
            self.surveyor.name(list, name.to_owned());
        }
        self.surveyor.object(name, object, head(input, root));
        for child in elements(root) {
            match child.tag_name().name() {
                "fields" => self.field(input, child, name),
                "recordTypes" => {
                    if let Some(record_type) = text(child, "fullName") {
                        self.surveyor.name(RECORD_TYPES, format!("{name}.{record_type}"));
                    }
                }
                _ => {}
            }
        }
    }

    fn field_file(&mut self, input: &Input<'_>) {
        self.is_tree = true;
        let Some(object) = object_of(input.path, "fields") else {
            let title =
                format!("`{}` stands below no object, so nobody can say whose field it is", input.name());
            let finding = Finding::new(&MISNAMED, title)
                .at(input.span(&(0..0)), "in this file")
                .help("put it into `objects/OBJECT/fields`")
                .fact("path", input.path);
            self.surveyor.sink.tell("file", finding);
            return;
        };
        let Some(document) = parse(input, &mut self.surveyor.sink) else { return };
        let root = document.root_element();
        if !self.is_root(input, root, "CustomField") {
            return;
        }
        let stem = kind(input.path).map(|(_, stem)| decoded(stem));
        let full = text(root, "fullName");
        if let (Some(stem), Some(full)) = (&stem, &full)
            && stem != full
        {
            let title = format!(
                "`{}` holds the field `{full}`, and nobody can say which of the two is meant",
                input.name()
            );
            let place =
                child(root, "fullName").map_or_else(|| head(input, root), |it| input.span(&it.range()));
            let finding = Finding::new(&BAD_VALUE, title)
                .at(place, "not the name of the file")
                .help("name the file as the field");
            self.surveyor.sink.tell("name", finding);
            return;
        }
        self.with_fields.entry(object.to_lowercase()).or_insert_with(|| (object.clone(), head(input, root)));
        self.field(input, root, &object);
    }

    fn field(&mut self, input: &Input<'_>, node: Node<'_, '_>, object: &str) {
        let place = head(input, node);
        let Some(name) = text(node, "fullName").filter(|it| !it.is_empty()) else {
            let title = format!("a field of `{object}` has no `fullName`, so nobody can say which it is");
            self.surveyor.sink.tell("fullName", Finding::new(&MALFORMED, title).at(place, "lacks it"));
            return;
        };
        if !is_api_name(&name) {
            let title = format!("`{name}` of `{object}` is no API name");
            let finding = Finding::new(&BAD_VALUE, title)
                .with_severity(ztam_source::finding::Severity::Low)
                .at(place, "kept as it stands");
            self.surveyor.sink.tell("API name", finding);
        }
        let r#type = text(node, "type");
        let references = elements(node).filter(|it| it.has_tag_name((NAMESPACE, "referenceTo")));
        let groups = text(node, "complianceGroup").unwrap_or_default();
        let field = InventoryField {
            label: text(node, "label"),
            required: flag(node, "required") == Some(true),
            formula: child(node, "formula").is_some() && r#type.as_deref() != Some("Lookup"),
            references: sorted(references.filter_map(leaf)),
            master_detail: r#type.as_deref() == Some("MasterDetail"),
            audited: flag(node, "trackHistory"),
            classification: text(node, "securityClassification"),
            compliance: sorted(groups.split(';').map(|it| it.trim().to_owned())),
            r#type,
            ..InventoryField::default()
        };
        self.surveyor.field(object, &name, field, place);
    }

    fn is_root(&mut self, input: &Input<'_>, root: Node<'_, '_>, wanted: &str) -> bool {
        let fits = root.has_tag_name((NAMESPACE, wanted));
        if !fits {
            let title = format!("`{}` is named as a {wanted} and holds something else", input.name());
            let finding = Finding::new(&MALFORMED, title)
                .at(head(input, root), format!("a `{}`", root.tag_name().name()))
                .help(format!("the root element is `<{wanted} xmlns=\"{NAMESPACE}\">`"));
            self.surveyor.sink.tell("file", finding);
        }
        fits
    }

    /// Reads the org's own list of what permissions ask for, if the file is one.
    fn dependencies(&mut self, input: &Input<'_>) -> bool {
        let Some(records) = records(input.bytes) else { return false };
        let column = |record: &Record, name: &str| record.get(name).cloned().unwrap_or_default();
        let is_list = |it: &Record| it.contains_key("permission") && it.contains_key("requiredpermission");
        if records.is_empty() || !records.iter().all(is_list) {
            return false;
        }
        for record in &records {
            if !is_user_permission(&column(record, "permissiontype")) {
                continue;
            }
            let permission = column(record, "permission");
            let required = column(record, "requiredpermission");
            let mut requires = Vec::new();
            if is_user_permission(&column(record, "requiredpermissiontype")) && !required.is_empty() {
                let required = plain(&required).to_owned();
                self.surveyor.right(&required, Vec::new(), Vec::new());
                requires.push(required);
            }
            if !permission.is_empty() {
                self.surveyor.right(plain(&permission), Vec::new(), requires);
            }
        }
        self.surveyor.partial(Part::Rights);
        true
    }
}

/// Whether the type of a permission in the org's list is that of user permissions; the others are of objects.
fn is_user_permission(word: &str) -> bool {
    let word: String = word.chars().filter(char::is_ascii_alphabetic).collect();
    word.is_empty() || word.eq_ignore_ascii_case("userpermission") || word.eq_ignore_ascii_case("user")
}

/// A permission's name without what the fields of `PermissionSet` put before it.
fn plain(permission: &str) -> &str {
    permission.strip_prefix("Permissions").filter(|it| !it.is_empty()).unwrap_or(permission)
}

/// The object whose folder holds the file: `objects/OBJECT/FOLDER/file`.
fn object_of(path: &str, folder: &str) -> Option<String> {
    let mut parts = path.rsplit('/').skip(1);
    if parts.next() != Some(folder) {
        return None;
    }
    let object = parts.next()?;
    (parts.next() == Some("objects")).then(|| decoded(object))
}

/// Flows of old releases end in a version.
fn without_version(name: &str) -> &str {
    match name.rsplit_once('-') {
        Some((flow, version)) if !version.is_empty() && version.bytes().all(|it| it.is_ascii_digit()) => flow,
        _ => name,
    }
}

fn child<'a, 'input>(node: Node<'a, 'input>, name: &str) -> Option<Node<'a, 'input>> {
    elements(node).find(|it| it.has_tag_name((NAMESPACE, name)))
}

fn text(node: Node<'_, '_>, name: &str) -> Option<String> {
    child(node, name).and_then(leaf).filter(|it| !it.is_empty())
}

fn flag(node: Node<'_, '_>, name: &str) -> Option<bool> {
    match text(node, name)?.to_ascii_lowercase().as_str() {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

fn sorted(items: impl Iterator<Item = String>) -> Vec<String> {
    let mut items: Vec<_> = items.filter(|it| !it.is_empty()).collect();
    items.sort_unstable();
    items.dedup();
    items
}

/// The start of an element's first tag.
fn head(input: &Input<'_>, node: Node<'_, '_>) -> Span {
    let start = node.range().start;
    input.span(&(start..start + 1 + node.tag_name().name().len()))
}

#[cfg(test)]
mod tests {
    use ztam_source::file::FileId;

    use super::*;

    fn survey(files: &[(&str, &str)], names: &[&str]) -> Survey {
        let inputs = files.iter().enumerate().map(|(at, (path, text))| Input {
            file: FileId(u32::try_from(at).unwrap()),
            path,
            bytes: text.as_bytes(),
        });
        let names: Vec<_> = names.iter().map(|it| (*it).to_owned()).collect();
        inventory(&inputs.collect::<Vec<_>>(), &names)
    }

    fn field(body: &str) -> String {
        format!("<CustomField xmlns=\"{NAMESPACE}\">{body}</CustomField>")
    }

    fn told(survey: &Survey) -> Vec<String> {
        survey.findings.iter().map(|it| format!("{} {:?}", it.id(), it.level)).collect()
    }

    #[test]
    fn both_formats_say_the_same() {
        let object = "<label>Claim</label><sharingModel>Private</sharingModel><externalSharingModel>Private</externalSharingModel>";
        let payee = "<fullName>Payee__c</fullName><label>Payee</label><referenceTo>Contact</referenceTo><required>True</required><type>Lookup</type>";
        let iban = "<fullName>Iban__c</fullName><complianceGroup>PII;GDPR</complianceGroup><securityClassification>Restricted</securityClassification><type>Text</type>";
        let root = |body: &str| {
            format!(
                "\u{feff}<?xml version=\"1.0\"?>\r\n<CustomObject xmlns=\"{NAMESPACE}\">{body}</CustomObject>"
            )
        };
        let record = "<recordTypes><fullName>Car</fullName></recordTypes>";
        let monolith = root(&format!("{object}<fields>{payee}</fields><fields>{iban}</fields>{record}"));
        let packed = survey(&[("src/objects/Claim__c.object", &monolith)], &[]);
        let at = "force-app/main/default/objects/Claim__c";
        let source = survey(
            &[
                (&format!("{at}/Claim__c.object-meta.xml"), root(object).as_str()),
                (&format!("{at}/fields/Iban__c.field-meta.xml"), field(iban).as_str()),
                (&format!("{at}/fields/Payee__c.field-meta.xml"), field(payee).as_str()),
            ],
            &[&format!("{at}/recordTypes/Car.recordType-meta.xml")],
        );
        assert_eq!(told(&packed), Vec::<String>::new());
        assert_eq!(packed.inventory, source.inventory);
        let claim = &packed.inventory.objects["Claim__c"];
        assert_eq!((claim.sharing.as_deref(), claim.fields.len()), (Some("Private"), 2));
        assert!(claim.fields["Payee__c"].required && claim.fields["Payee__c"].references == ["Contact"]);
        assert_eq!(claim.fields["Iban__c"].compliance, ["GDPR", "PII"]);
        assert_eq!(packed.inventory.names["record-types"], ["Claim__c.Car"]);
    }

    #[test]
    fn profiles_have_what_they_grant() {
        let profile =
            |body: &str| format!("<Profile xmlns=\"{NAMESPACE}\"><custom>true</custom>{body}</Profile>");
        let one = profile(
            "<objectPermissions><allowEdit>false</allowEdit><allowRead>true</allowRead><object>Account</object></objectPermissions>\
             <objectPermissions><allowRead>false</allowRead><object>Case</object></objectPermissions>\
             <new><secret>x</secret></new>",
        );
        let other = profile(
            "<objectPermissions><allowEdit>true</allowEdit><object>Account</object></objectPermissions>\
             <userPermissions><enabled>true</enabled><name>ApiEnabled</name></userPermissions>",
        );
        let files = [
            ("a/profiles/My Base.profile-meta.xml", one.as_str()),
            ("b/profiles/My Base.profile", other.as_str()),
            ("b/profiles/Nothing.profile", &profile("")),
        ];
        let found = survey(&files, &[]);
        assert_eq!(told(&found), ["read/unknown-element Advisory"]);
        let both = found.inventory;
        let grants = serde_json::to_value(&both.containers).unwrap();
        let expected = serde_json::json!([
            {"kind": "Profile", "name": "My Base", "grants": {
                "objectPermissions": {"Account": ["allowEdit", "allowRead"]},
                "userPermissions": {"ApiEnabled": ["enabled"]},
            }},
            {"kind": "Profile", "name": "Nothing", "grants": {}},
        ]);
        assert_eq!(grants, expected, "rows that grant nothing are left out, and what nobody knows");
        assert!(both.partial.contains(&Part::Fields));
        assert_eq!(survey(&[("p/profiles/A.profile", "<Other/>")], &[]).inventory.containers, []);
    }

    #[test]
    fn names_come_from_paths() {
        let at = "unpackaged/";
        let names = [
            "applications/Sales.app",
            "classes/deep/Pay.cls",
            "classes/Pay.cls-meta.xml",
            "flows/Approve-12.flow",
            "profiles/Read%20Only.profile",
            "permissionsets/A.permissionset-meta.xml",
            "permissionsetgroups/G.permissionsetgroup-meta.xml",
            "elsewhere/x.app",
        ];
        let names: Vec<_> = names.iter().map(|it| format!("{at}{it}")).collect();
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        let found = survey(&[], &names).inventory;
        let lists: Vec<_> =
            found.names.iter().map(|(kind, names)| format!("{kind} {}", names.join(" "))).collect();
        assert_eq!(lists, ["apex-classes Pay", "applications Sales", "flows Approve"]);
        let containers: Vec<_> =
            found.containers.iter().map(|it| format!("{} {}", it.kind, it.name)).collect();
        assert_eq!(containers, ["PermissionSet A", "PermissionSetGroup G", "Profile Read Only"]);
        assert_eq!(found.partial.len(), 2);
    }

    #[test]
    fn what_is_misplaced_or_says_two_things_is_told() {
        let x = field("<fullName>X__c</fullName><type>Text</type>");
        let y = field("<fullName>Y__c</fullName><type>Text</type>");
        let number = field("<fullName>X__c</fullName><type>Number</type>");
        assert_eq!(told(&survey(&[("a/fields/X__c.field-meta.xml", &x)], &[])), ["read/misnamed Blocking"]);
        let at = "a/objects/A/fields/X__c.field-meta.xml";
        assert_eq!(told(&survey(&[(at, &y)], &[])), ["read/bad-value Blocking"]);
        let both = survey(&[(at, &x), ("b/objects/a/fields/X__c.field-meta.xml", &number)], &[]);
        assert_eq!(told(&both), ["read/missing-part Advisory", "read/duplicate-row Advisory"]);
        assert_eq!(both.inventory.objects["A"].fields["X__c"].r#type.as_deref(), Some("Text"));
        let object = |sharing: &str| {
            format!(
                "<CustomObject xmlns=\"{NAMESPACE}\"><sharingModel>{sharing}</sharingModel></CustomObject>"
            )
        };
        let (private, open) = (object("Private"), object("ReadWrite"));
        let files = [
            ("a/objects/A.object", private.as_str()),
            ("b/objects/A.object", &open),
            ("c/objects/A.object", &private),
        ];
        let found = survey(&files, &[]);
        assert_eq!(found.inventory.objects["A"].sharing, None, "doubtful is unknown");
        assert_eq!(told(&survey(&[("objects/A.object", "<CustomObject/>")], &[])), ["read/malformed Forbid"]);
    }

    #[test]
    fn the_orgs_own_dependencies_are_rights() {
        let csv = "Id,Permission,PermissionType,RequiredPermission,RequiredPermissionType\n\
                   1,PermissionsExportReport,User Permission,RunReports,User Permission\n\
                   2,Account<edit>,Object Permission,Account<read>,Object Permission\n";
        let found = survey(&[("dump.csv", csv)], &[]);
        assert!(found.unread.is_empty());
        let rights: Vec<_> = found
            .inventory
            .rights
            .iter()
            .map(|(name, it)| format!("{name} {}", it.requires.join(" ")))
            .collect();
        assert_eq!(rights, ["ExportReport RunReports", "RunReports "]);
        assert_eq!(found.inventory.partial.len(), 1);
        assert_eq!(survey(&[("other.csv", "a,b\n1,2\n")], &[]).unread.len(), 1);
    }
}
