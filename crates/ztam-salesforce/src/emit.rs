//! The files of the package. A permission set is rendered when it is asked for, from what access holds for its layer; the
//! names of fields and their rows are made once for all sets, so that a cell costs no text of its own.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::sync::Arc;

use minijinja::context;
use minijinja::value::{Object, Value};
use ztam_backend::Emitter;
use ztam_backend::artifact::Artifact;
use ztam_backend::fidelity::Cells;
use ztam_backend::plan::{Container, Plan, Row};
use ztam_backend::removal::{Gone, Step, Thing};
use ztam_backend::support::Support;
use ztam_backend::template::Templates;
use ztam_graph::access::{Access, Layer, SlotId};
use ztam_graph::facts::RightId;
use ztam_graph::ids::{AssetId, RoleId};
use ztam_source::idx::IndexVec;

use crate::bind::{CarriedRows, Muting, Package, RightKind, ShippedDefaults};
use crate::plan::{
    self, GROUP, MEMBER, MEMBER_RIGHT, MUTED, MUTED_RIGHT, MUTING, SET, granted_rights, is_base,
    needs_activation,
};
use crate::removal::{self, CUSTOM_PERMISSION};
use crate::rows::{FieldRight, ObjectRights, SetRows, Sets};
use crate::sharing::{RULE, Sharing};
use crate::supports::supports;
use crate::verbatim::Element;
use crate::{assign, sharing, verbatim};

const TEMPLATES: &[(&str, &str)] = &[
    ("customPermission", include_str!("../../../templates/salesforce/custom_permission.xml.j2")),
    ("object", include_str!("../../../templates/salesforce/object.xml.j2")),
    ("package", include_str!("../../../templates/salesforce/package.xml.j2")),
    ("permissionSet", include_str!("../../../templates/salesforce/permission_set.xml.j2")),
    ("permissionSetEmpty", include_str!("../../../templates/salesforce/permission_set_empty.xml.j2")),
    ("permissionSetGroup", include_str!("../../../templates/salesforce/permission_set_group.xml.j2")),
    ("project", include_str!("../../../templates/salesforce/sfdx_project.json.j2")),
    ("sharingRules", include_str!("../../../templates/salesforce/sharing_rules.xml.j2")),
];

/// Writes the Salesforce package of a bound project.
#[derive(Debug)]
pub struct SalesforceEmitter {
    package: Package,
    templates: Result<Templates, minijinja::Error>,
}

impl SalesforceEmitter {
    pub(crate) fn new(package: Package) -> Self {
        Self { package, templates: Templates::new(TEMPLATES) }
    }

    pub(crate) fn render(&self, template: &str, context: Value, out: &mut dyn Write) -> io::Result<()> {
        let templates = self.templates.as_ref().map_err(|error| io::Error::other(error.to_string()))?;
        templates.render(template, context, out)
    }

    pub(crate) fn api_version(&self) -> &str {
        &self.package.settings.api_version
    }

    /// Whether the environment wants a package.
    pub(crate) fn is_emitted(&self) -> bool {
        self.package.emitted
    }
}

impl Emitter for SalesforceEmitter {
    fn plan(&self, access: &Access<'_>) -> Plan {
        let access = access.emitted();
        plan::plan(&self.package, access)
    }

    fn rows(&self, access: &Access<'_>, container: &Container) -> Vec<Row> {
        let access = access.emitted();
        if container.kind == GROUP {
            let row = |kind, right| move |it: &String| Row { kind, key: it.clone(), rights: vec![right] };
            let muting = self.package.muting_of(container.role).iter().map(row(MUTED, MUTED_RIGHT));
            return muting.chain(container.members.iter().map(row(MEMBER, MEMBER_RIGHT))).collect();
        }
        let Some(sets) = plan::sets(&self.package, access) else { return Vec::new() };
        let set = set_rows(&sets, container);
        let mut rows = Vec::new();
        for cells in set.fields.chunk_by(|a, b| a.0 == b.0) {
            let Some((asset, ..)) = cells.first().copied() else { continue };
            let fields = self.package.objects[asset].as_ref().map_or(&[][..], |it| &it.fields);
            for field in fields {
                let slot =
                    field.listed.map_or_else(|| Some(access.rows_slot(asset)), |it| access.field_slot(it));
                let right = cells.iter().find(|it| Some(it.1) == slot).map(|it| it.2);
                let rights = match right {
                    Some(FieldRight::Edit) if !field.read_only => vec!["editable", "readable"],
                    Some(_) => vec!["readable"],
                    None => continue,
                };
                rows.push(Row { kind: "fieldPermissions", key: field.name.to_string(), rights });
            }
        }
        for (asset, rights) in &set.objects {
            let Some(object) = self.package.objects[*asset].as_ref() else { continue };
            let rights =
                OBJECT_RIGHTS.iter().filter(|(_, right)| rights.has(*right)).map(|(name, _)| *name).collect();
            rows.push(Row { kind: "objectPermissions", key: object.name.to_string(), rights });
        }
        for right in written_rights(&sets, container) {
            let known = &self.package.rights[right];
            let rights = vec![known.kind.grants()];
            rows.push(Row { kind: known.kind.element(), key: known.name.to_string(), rights });
        }
        if is_base(access, container) {
            rows = merged(rows, &self.package.carried[container.role]);
        }
        rows.sort();
        rows
    }

    fn supports(&self, access: &Access<'_>, container: &Container, row: &Row) -> Vec<Support> {
        let access = access.emitted();
        let sets = plan::sets(&self.package, access);
        sets.map_or_else(Vec::new, |sets| supports(&sets, container, row))
    }

    fn verdicts(&self, access: &Access<'_>, role: RoleId, tell: &mut dyn FnMut(&Cells<'_>)) {
        let access = access.emitted();
        plan::verdicts(&self.package, access, role, tell);
    }

    fn artifacts<'a>(&'a self, access: &'a Access<'a>, plan: &'a Plan) -> Vec<Artifact<'a>> {
        let access = access.emitted();
        let Some(sets) = plan::sets(&self.package, access).filter(|_| self.package.emitted) else {
            return Vec::new();
        };
        let sharing = sharing::sharing(&sets, &plan::emitted_roles(&sets));
        let files = Arc::new(Files { emitter: self, fields: field_rows(&sets), sharing, sets, plan });
        let root = format!("{}/main/default", self.package.settings.directory);
        let mut all = Vec::new();
        for (name, label) in &self.package.custom_permissions {
            let files = Arc::clone(&files);
            all.push(Artifact::stream(
                format!("{root}/customPermissions/{name}.customPermission-meta.xml"),
                move |out| files.render("customPermission", context! { label => label }, out),
            ));
        }
        for (name, muting) in &self.package.muting {
            let files = Arc::clone(&files);
            let path = format!("{root}/mutingpermissionsets/{name}.mutingpermissionset-meta.xml");
            all.push(Artifact::stream(path, move |out| files.muting_set(muting, out)));
        }
        for container in &plan.containers {
            let files = Arc::clone(&files);
            let name = &container.name;
            let is_merged = is_base(access, container)
                && (!self.package.carried[container.role].is_empty()
                    || !self.package.elements_of(container.role).is_empty());
            all.push(if container.kind != GROUP && is_merged {
                let path = format!("{root}/permissionsets/{name}.permissionset-meta.xml");
                Artifact::stream(path, move |out| files.merged_set(container, out))
            } else if container.kind == GROUP {
                let path = format!("{root}/permissionsetgroups/{name}.permissionsetgroup-meta.xml");
                Artifact::stream(path, move |out| files.group(container, out))
            } else {
                let path = format!("{root}/permissionsets/{name}.permissionset-meta.xml");
                Artifact::stream(path, move |out| files.permission_set(container, out))
            });
        }
        for (asset, object) in self.package.objects.iter_ids() {
            let Some(object) = object else { continue };
            if object.shipped != ShippedDefaults::default() {
                let files = Arc::clone(&files);
                all.push(Artifact::stream(
                    format!("{root}/objects/{0}/{0}.object-meta.xml", object.name),
                    move |out| files.object(object, out),
                ));
            }
            if files.sharing.rules.contains_key(&asset) {
                let files = Arc::clone(&files);
                let path = format!("{root}/sharingRules/{}.sharingRules-meta.xml", object.name);
                all.push(Artifact::stream(path, move |out| files.sharing_rules(asset, object, out)));
            }
        }
        let project = Arc::clone(&files);
        all.push(Artifact::stream("sfdx-project.json", move |out| project.project(out)));
        all.push(Artifact::stream("manifest/package.xml", move |out| files.manifest(out)));
        all.extend(assign::artifacts(&self.package, access, plan));
        all.sort_by(|a, b| a.path.cmp(&b.path));
        all
    }

    fn made(&self, plan: &Plan) -> Vec<Thing> {
        let thing = |kind: &str, name: &str| Thing { kind: kind.to_owned(), name: name.to_owned(), id: None };
        let custom = self.package.custom_permissions.keys().map(|it| thing(CUSTOM_PERMISSION, it));
        let containers = plan.containers.iter().map(|it| thing(it.kind, &it.name));
        let muting = self.package.muting.keys().map(|it| thing(MUTING, it));
        containers.chain(custom).chain(muting).chain(plan.beside.iter().map(|it| it.thing.clone())).collect()
    }

    fn removal<'a>(&'a self, gone: &'a Gone) -> Vec<Artifact<'a>> {
        removal::artifacts(self, gone)
    }

    fn runbook(&self, gone: &Gone) -> Vec<Step> {
        removal::runbook(self, gone)
    }
}

/// Rows with those that are carried beside them: one row a key, with the rights of both.
fn merged(rows: Vec<Row>, carried: &CarriedRows) -> Vec<Row> {
    let mut all = carried.clone();
    for row in rows {
        all.entry((row.kind, row.key)).or_default().extend(row.rights);
    }
    let row = |((kind, key), mut rights): ((&'static str, String), BTreeSet<&'static str>)| {
        // A tab that is visible is not available besides.
        if rights.contains("Visible") {
            rights.remove("Available");
        }
        Row { kind, key, rights: rights.into_iter().collect() }
    };
    all.into_iter().map(row).collect()
}

/// Object rights as they are written.
const OBJECT_RIGHTS: &[(&str, ObjectRights)] = &[
    ("allowCreate", ObjectRights::CREATE),
    ("allowDelete", ObjectRights::DELETE),
    ("allowEdit", ObjectRights::EDIT),
    ("allowRead", ObjectRights::READ),
    ("modifyAllRecords", ObjectRights::MODIFY_ALL),
    ("viewAllRecords", ObjectRights::VIEW_ALL),
];

/// What a container grants on objects and fields.
fn set_rows(sets: &Sets<'_>, container: &Container) -> SetRows {
    match container.layers.first() {
        Some(layer) if container.kind == SET => sets.rows(container.role, *layer, &mut |_| {}),
        _ => SetRows::default(),
    }
}

/// The rights of capabilities that a container carries, in the order of the file. A tab that is visible is not available
/// besides.
pub(crate) fn written_rights(sets: &Sets<'_>, container: &Container) -> Vec<RightId> {
    if container.kind != SET || !is_base(sets.access, container) {
        return Vec::new();
    }
    let rights = &sets.package.rights;
    let (mut granted, _) = granted_rights(sets, container.role);
    granted.retain(|it| rights[*it].kind.is_of_capability());
    let visible: Vec<_> = granted
        .iter()
        .map(|it| &rights[*it])
        .filter(|it| it.kind == RightKind::TabVisible)
        .map(|it| it.name.clone())
        .collect();
    granted.retain(|it| rights[*it].kind != RightKind::TabAvailable || !visible.contains(&rights[*it].name));
    granted.sort_by(|a, b| {
        let (a, b) = (&rights[*a], &rights[*b]);
        (a.kind.element(), &a.name).cmp(&(b.kind.element(), &b.name))
    });
    granted
}

/// A field of an asset with its two possible rows, made once and shared by all sets.
struct FieldCell {
    slot: SlotId,
    readable: Value,
    editable: Value,
}

/// Fields of all assets in the order of the file.
fn field_rows(sets: &Sets<'_>) -> IndexVec<AssetId, Vec<FieldCell>> {
    let objects = sets.package.objects.iter_ids();
    objects
        .map(|(asset, object)| {
            let fields = object.as_ref().map_or(&[][..], |it| &it.fields);
            let cells = fields.iter().filter_map(|field| {
                let slot = match field.listed {
                    Some(listed) => sets.access.field_slot(listed)?,
                    None => sets.access.rows_slot(asset),
                };
                let name = Value::from(Arc::clone(&field.name));
                let row = |editable| Value::from_object(FieldPermission { name: name.clone(), editable });
                let readable = row(false);
                let editable = if field.read_only { readable.clone() } else { row(true) };
                Some(FieldCell { slot, readable, editable })
            });
            cells.collect()
        })
        .collect()
}

#[derive(Debug)]
struct FieldPermission {
    name: Value,
    editable: bool,
}

impl Object for FieldPermission {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        match key.as_str()? {
            "field" => Some(self.name.clone()),
            "editable" => Some(Value::from(self.editable)),
            "readable" => Some(Value::from(true)),
            _ => None,
        }
    }
}

#[derive(Debug)]
struct ObjectPermission {
    name: Value,
    rights: ObjectRights,
}

impl Object for ObjectPermission {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let key = key.as_str()?;
        if key == "object" {
            return Some(self.name.clone());
        }
        let right = OBJECT_RIGHTS.iter().find(|(name, _)| *name == key).map(|(_, right)| *right);
        // What only carried rows have is false here.
        Some(Value::from(right.is_some_and(|it| self.rights.has(it))))
    }
}

/// An object permission with whatever rights it has.
#[derive(Debug)]
struct ObjectRow {
    object: String,
    rights: Vec<&'static str>,
}

impl Object for ObjectRow {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let key = key.as_str()?;
        Some(if key == "object" {
            Value::from(self.object.as_str())
        } else {
            Value::from(self.rights.contains(&key))
        })
    }
}

/// All that rendering one file needs.
struct Files<'a> {
    emitter: &'a SalesforceEmitter,
    sets: Sets<'a>,
    sharing: Sharing,
    plan: &'a Plan,
    fields: IndexVec<AssetId, Vec<FieldCell>>,
}

impl Files<'_> {
    fn render(&self, template: &str, context: Value, out: &mut dyn Write) -> io::Result<()> {
        self.emitter.render(template, context, out)
    }

    fn permission_set(&self, container: &Container, out: &mut dyn Write) -> io::Result<()> {
        let package = &self.emitter.package;
        let set = set_rows(&self.sets, container);
        let rights = written_rights(&self.sets, container);
        let list = |kind: RightKind| self.names(&rights, kind);
        let layer = container.layers.first().map_or_else(Layer::default, |it| self.sets.access.layers[*it]);
        let license = package.roles[container.role].license.as_deref().unwrap_or_default();
        let context = context! {
            agents => list(RightKind::Agent),
            applications => list(RightKind::Application),
            classes => list(RightKind::ApexClass),
            credentials => list(RightKind::ExternalCredential),
            presences => list(RightKind::PresenceStatus),
            routing => list(RightKind::EmailRoutingAddress),
            summaries => list(RightKind::SummaryDefinition),
            metadata_types => list(RightKind::CustomMetadataType),
            custom_permissions => list(RightKind::CustomPermission),
            custom_settings => list(RightKind::CustomSetting),
            description => container.description.as_str(),
            data_sources => list(RightKind::ExternalDataSource),
            fields => self.field_values(&set),
            flows => list(RightKind::Flow),
            activation => needs_activation(package, container.role, layer),
            root => SET,
            label => container.label.as_str(),
            license => license,
            objects => self.object_values(&set),
            pages => list(RightKind::ApexPage),
            record_types => list(RightKind::RecordType),
            tabs => self.tabs(&rights),
            user_permissions => list(RightKind::UserPermission),
        };
        self.render("permissionSet", context, out)
    }

    fn names(&self, rights: &[RightId], kind: RightKind) -> Value {
        let known = rights.iter().map(|it| &self.emitter.package.rights[*it]).filter(|it| it.kind == kind);
        known.map(|it| Value::from(Arc::clone(&it.name))).collect()
    }

    fn tabs(&self, rights: &[RightId]) -> Value {
        let known = rights.iter().map(|it| &self.emitter.package.rights[*it]);
        known
            .filter_map(|it| {
                let visibility = match it.kind {
                    RightKind::TabVisible => "Visible",
                    RightKind::TabAvailable => "Available",
                    _ => return None,
                };
                Some(context! { tab => Value::from(Arc::clone(&it.name)), visibility => visibility })
            })
            .collect()
    }

    fn field_values(&self, set: &SetRows) -> Value {
        let by_asset = set.fields.chunk_by(|a, b| a.0 == b.0);
        let rows = by_asset.flat_map(|cells| {
            let asset = cells.first().map(|it| it.0);
            let fields = asset.and_then(|it| self.fields.lookup(it)).map_or(&[][..], Vec::as_slice);
            fields.iter().filter_map(|field| {
                let (.., right) = cells.iter().find(|it| it.1 == field.slot)?;
                Some(if *right == FieldRight::Edit { field.editable.clone() } else { field.readable.clone() })
            })
        });
        rows.collect()
    }

    fn object_values(&self, set: &SetRows) -> Value {
        let rows = set.objects.iter().filter_map(|(asset, rights)| {
            let object = self.emitter.package.objects.lookup(*asset)?.as_ref()?;
            Some(Value::from_object(ObjectPermission {
                name: Value::from(Arc::clone(&object.name)),
                rights: *rights,
            }))
        });
        rows.collect()
    }

    /// A permission set with rows that are carried beside those of cells.
    fn merged_set(&self, container: &Container, out: &mut dyn Write) -> io::Result<()> {
        let package = &self.emitter.package;
        let layer = container.layers.first().map_or_else(Layer::default, |it| self.sets.access.layers[*it]);
        let context = context! {
            root => SET,
            activation => needs_activation(package, container.role, layer),
            description => container.description.as_str(),
            label => container.label.as_str(),
            license => package.roles[container.role].license.as_deref().unwrap_or_default(),
            ..of_rows(&self.emitter.rows(self.sets.access, container))
        };
        self.with_elements("permissionSet", context, package.elements_of(container.role), out)
    }

    /// A document with elements that nobody knows.
    fn with_elements(
        &self,
        template: &str,
        context: Value,
        elements: &[Element],
        out: &mut dyn Write,
    ) -> io::Result<()> {
        if elements.is_empty() {
            return self.render(template, context, out);
        }
        let mut bytes = Vec::new();
        self.render(template, context, &mut bytes)?;
        let text = String::from_utf8(bytes).map_err(io::Error::other)?;
        out.write_all(verbatim::insert(&text, elements).as_bytes())
    }

    fn muting_set(&self, muting: &Muting, out: &mut dyn Write) -> io::Result<()> {
        let context = context! {
            root => MUTING,
            description => muting.description.as_str(),
            label => muting.label.as_str(),
            license => muting.license.as_str(),
            ..of_rows(&merged(Vec::new(), &muting.rows))
        };
        self.with_elements("permissionSet", context, &muting.elements, out)
    }

    fn group(&self, container: &Container, out: &mut dyn Write) -> io::Result<()> {
        let package = &self.emitter.package;
        let names = |it: &[String]| -> Value { it.iter().map(|it| Value::from(it.as_str())).collect() };
        let settings = package.roles[container.role].group.as_ref();
        let elements = settings.map_or(&[][..], |_| package.elements_of(container.role));
        let context = context! {
            activation => package.roles[container.role].activation,
            description => container.description.as_str(),
            label => container.label.as_str(),
            members => names(&container.members),
            muting => names(package.muting_of(container.role)),
            status => settings.and_then(|it| it.status.as_deref()).unwrap_or_default(),
        };
        self.with_elements("permissionSetGroup", context, elements, out)
    }

    /// The sharing defaults of an object, and nothing else of it.
    fn object(&self, object: &crate::bind::Object, out: &mut dyn Write) -> io::Result<()> {
        let ShippedDefaults { inside, outside } = object.shipped;
        let word = |it: Option<&'static str>| it.unwrap_or_default();
        self.render("object", context! { inside => word(inside), outside => word(outside) }, out)
    }

    fn sharing_rules(
        &self,
        asset: AssetId,
        object: &crate::bind::Object,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let rules = self.sharing.rules.get(&asset).into_iter().flatten();
        let rules: Value = rules
            .map(|it| {
                context! {
                    name => it.name(), level => it.access.word(), label => it.label(),
                    kind => it.who.element(), who => it.who.name(),
                }
            })
            .collect();
        let account = sharing::has_account_settings(&object.name);
        self.render("sharingRules", context! { rules => rules, account => account }, out)
    }

    fn project(&self, out: &mut dyn Write) -> io::Result<()> {
        let settings = &self.emitter.package.settings;
        self.render("project", context! { directory => settings.directory.as_str(), api_version => settings.api_version.as_str() }, out)
    }

    fn manifest(&self, out: &mut dyn Write) -> io::Result<()> {
        let of_kind = |kind: &str| {
            let containers = self.plan.containers.iter().filter(|it| it.kind == kind);
            sorted(containers.map(|it| it.name.clone()))
        };
        let package = &self.emitter.package;
        let objects = || package.objects.iter_ids().filter_map(|(id, it)| Some((id, it.as_ref()?)));
        let defaults = objects().filter(|(_, it)| it.shipped != ShippedDefaults::default());
        let shared = objects().filter(|(id, _)| self.sharing.rules.contains_key(id));
        let rules =
            self.plan.beside.iter().filter(|it| it.thing.kind == RULE).map(|it| it.thing.name.clone());
        let types = [
            ("CustomObject", sorted(defaults.map(|(_, it)| it.name.to_string()))),
            (CUSTOM_PERMISSION, sorted(package.custom_permissions.keys().cloned())),
            (MUTING, package.muting.keys().cloned().collect()),
            (SET, of_kind(SET)),
            (GROUP, of_kind(GROUP)),
            (RULE, sorted(rules)),
            ("SharingRules", sorted(shared.map(|(_, it)| it.name.to_string()))),
        ];
        let types: Value = types
            .into_iter()
            .filter(|(_, members)| !members.is_empty())
            .map(|(name, members)| {
                let members: Value = members.into_iter().map(Value::from).collect();
                context! { name => name, members => members }
            })
            .collect();
        let version = &self.emitter.package.settings.api_version;
        self.render("package", context! { types => types, version => version }, out)
    }
}

fn sorted(names: impl Iterator<Item = String>) -> Vec<String> {
    let mut names: Vec<_> = names.collect();
    names.sort_unstable();
    names
}

/// Rows as the template of permission sets takes them.
fn of_rows(rows: &[Row]) -> Value {
    let of = |kind: RightKind| rows.iter().filter(move |it| it.kind == kind.element());
    let list = |kind: RightKind| -> Value { of(kind).map(|it| Value::from(it.key.as_str())).collect() };
    let has = |row: &Row, right: &str| row.rights.contains(&right);
    let fields: Value = of(RightKind::FieldPermission)
        .map(|it| {
            let (editable, readable) = (has(it, "editable"), has(it, "readable"));
            context! { field => it.key.as_str(), editable => editable, readable => readable }
        })
        .collect();
    let objects: Value = of(RightKind::ObjectPermission)
        .map(|it| Value::from_object(ObjectRow { object: it.key.clone(), rights: it.rights.clone() }))
        .collect();
    let tabs: Value = of(RightKind::TabVisible)
        .map(|it| context! { tab => it.key.as_str(), visibility => it.rights.first().copied().unwrap_or_default() })
        .collect();
    context! {
        agents => list(RightKind::Agent),
        applications => list(RightKind::Application),
        classes => list(RightKind::ApexClass),
        credentials => list(RightKind::ExternalCredential),
        custom_permissions => list(RightKind::CustomPermission),
        custom_settings => list(RightKind::CustomSetting),
        data_sources => list(RightKind::ExternalDataSource),
        fields => fields,
        flows => list(RightKind::Flow),
        metadata_types => list(RightKind::CustomMetadataType),
        objects => objects,
        pages => list(RightKind::ApexPage),
        presences => list(RightKind::PresenceStatus),
        record_types => list(RightKind::RecordType),
        routing => list(RightKind::EmailRoutingAddress),
        summaries => list(RightKind::SummaryDefinition),
        tabs => tabs,
        user_permissions => list(RightKind::UserPermission),
    }
}
