//! The files: an unpacked solution for review and version control, the packed one for import, and what must be enforced
//! after the import. Every file is streamed role by role; nothing holds a whole one.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::{Arc, LazyLock};

use minijinja::value::{Object, Value};
use ztam_backend::Emitter;
use ztam_backend::artifact::Artifact;
use ztam_backend::fidelity::Cells;
use ztam_backend::plan::{Container, Plan, Row};
use ztam_backend::removal::{Gone, Step};
use ztam_backend::support::Support;
use ztam_backend::template::Templates;
use ztam_graph::access::Access;
use ztam_graph::ids::RoleId;

use crate::after_import;
use crate::bind::{Package, PrivilegeId, Said, is_in_file_names, is_role_name};
use crate::catalog::Level;
use crate::columns;
use crate::parts::Inherit;
use crate::plan::{BASE, PROFILE, Planner, ROLE, TEAM};
use crate::promises;
use crate::removal;
use crate::solution::Solution;
use crate::supports::supports;
use crate::switch::Switch;

macro_rules! templates {
    ($($name:literal),+ $(,)?) => {
        &[$(($name, include_str!(concat!("../../../templates/dataverse/", $name, ".j2")))),+]
    };
}

const SOURCES: &[(&str, &str)] = templates![
    "content_types.xml",
    "customizations_foot.xml",
    "customizations_head.xml",
    "customizations_middle.xml",
    "customizations_roles.xml",
    "declaration.xml",
    "entity_foot.xml",
    "entity_head.xml",
    "profile.xml",
    "profiles_foot.xml",
    "profiles_head.xml",
    "role.xml",
    "solution.xml",
];

static TEMPLATES: LazyLock<Result<Templates, String>> =
    LazyLock::new(|| Templates::new(SOURCES).map_err(|error| error.to_string()));

fn render(name: &str, context: Value, out: &mut dyn Write) -> io::Result<()> {
    match &*TEMPLATES {
        Ok(templates) => templates.render(name, context, out),
        Err(error) => Err(io::Error::other(error.clone())),
    }
}

/// A map for templates that gives out values without copies of their text.
#[derive(Debug)]
struct Fields<const N: usize>([(&'static str, Value); N]);

impl<const N: usize> Object for Fields<N> {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get_value_by_str(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        self.0.iter().find(|(name, _)| *name == key).map(|(_, value)| value.clone())
    }
}

fn map<const N: usize>(fields: [(&'static str, Value); N]) -> Value {
    Value::from_object(Fields(fields))
}

/// A list for templates, whose items are made when they are printed.
fn list<T: Send + Sync + 'static>(items: Vec<T>, item: fn(&T) -> Value) -> Value {
    Value::make_object_iterable((items, item), |(items, item)| Box::new(items.iter().map(item)))
}

/// Text that templates use again and again: names of privileges and depths.
#[derive(Debug)]
struct Words {
    privileges: Vec<Value>,
    levels: [(Level, Value); 4],
}

impl Words {
    fn new(package: &Package) -> Self {
        let privileges = package.privileges.iter().map(|row| Value::from(row.name.as_str())).collect();
        Self { privileges, levels: Level::ALL.map(|level| (level, Value::from(level.word()))) }
    }

    fn privilege(&self, id: PrivilegeId, level: Level) -> (Value, Value) {
        let name = self.privileges.get(id.0 as usize).cloned().unwrap_or_default();
        let word = self.levels.iter().find(|(it, _)| *it == level).map(|(_, word)| word.clone());
        (name, word.unwrap_or_default())
    }
}

/// Writes the parts of one package.
struct Writer<'a> {
    planner: Planner<'a, 'a>,
    solution: &'a Solution,
    plan: &'a Plan,
    words: Words,
    switches: Switches<'a>,
}

/// A table by its logical name, with how its definition calls it.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Table<'a> {
    name: &'a String,
    schema_name: &'a String,
    title: &'a String,
}

/// The columns that the import secures, by table, in the order of their names.
type Switches<'a> = BTreeMap<Table<'a>, Vec<&'a Switch>>;

fn switches<'a>(planner: &Planner<'a, 'a>) -> Switches<'a> {
    let mut by_name: BTreeMap<Table<'a>, BTreeMap<&str, &Switch>> = BTreeMap::new();
    for (slot, fields) in &planner.columns {
        let Some(table) = &planner.package.tables[planner.access.slots[*slot].asset] else { continue };
        for field in fields.iter().filter(|it| planner.switched.contains(it)) {
            let Some(column) = &planner.package.columns[*field] else { continue };
            let table = Table { name: &table.name, schema_name: &table.schema_name, title: &table.title };
            let switch = column.facts.switch.as_ref();
            by_name.entry(table).or_default().extend(switch.map(|it| (column.name.as_str(), it)));
        }
    }
    by_name.into_iter().map(|(table, switches)| (table, switches.into_values().collect())).collect()
}

impl<'a> Writer<'a> {
    fn of_kind(&self, kind: &'static str) -> impl Iterator<Item = &'a Container> + use<'a> {
        self.plan.containers.iter().filter(move |container| container.kind == kind)
    }

    fn manifest(&self, out: &mut dyn Write) -> io::Result<()> {
        let it = self.solution;
        let solution = map([
            ("name", it.name.as_str().into()),
            ("title", it.title.as_str().into()),
            ("version", it.version.as_str().into()),
            ("managed", it.managed().into()),
            ("publisher", it.publisher.as_str().into()),
            ("publisher_title", it.publisher_title.as_str().into()),
            ("prefix", it.prefix.as_str().into()),
            ("option_prefix", it.option_prefix.into()),
            ("language", it.language.into()),
        ]);
        let components = self.plan.containers.iter().map(|it| (component_type(it.kind), braced(it)));
        let components = list(components.collect(), |(kind, id): &(u8, String)| {
            map([("type", (*kind).into()), ("id", id.as_str().into())])
        });
        let tables: Vec<_> = self.switches.keys().map(|table| Value::from(table.name.as_str())).collect();
        let context = map([("solution", solution), ("tables", tables.into()), ("components", components)]);
        declaration(out)?;
        render("solution.xml", context, out)
    }

    /// A table with the columns that the import secures, and nothing else of it.
    fn table(
        &self,
        table: &Table<'_>,
        indent: &'static str,
        unpacked: bool,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let head = map([
            ("indent", indent.into()),
            ("unpacked", unpacked.into()),
            ("title", table.title.as_str().into()),
            ("name", table.schema_name.as_str().into()),
        ]);
        render("entity_head.xml", head, out)?;
        for switch in self.switches.get(table).into_iter().flatten() {
            switch.write(indent.len() + 8, out)?;
        }
        render("entity_foot.xml", map([("indent", indent.into())]), out)
    }

    fn role(
        &self,
        container: &Container,
        indent: &'static str,
        unpacked: bool,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let layer = container.layers.first().copied().unwrap_or(BASE);
        let privileges = self.planner.role_privileges(container.role, layer, container.holder);
        let rows: Vec<_> =
            privileges.into_iter().map(|(id, level)| self.words.privilege(id, level)).collect();
        let bound = self.planner.package.roles[container.role].as_ref();
        let inherit = bound.map_or_else(Inherit::default, |it| it.inherit);
        // Only the role itself is one that was taken over: what is made beside it is new, and never given to everybody.
        let said = bound.map(|it| it.said).filter(|_| layer == BASE && container.holder != TEAM);
        let said = said.unwrap_or(Said {
            inherited: Some(inherit == Inherit::Direct),
            auto_assigned: Some(false),
            customizable: Some(true),
        });
        let role = map([
            ("id", braced(container).into()),
            ("name", in_attribute(&container.name)),
            ("inherited", digit(said.inherited).into()),
            ("automatic", digit(said.auto_assigned).into()),
            ("customizable", digit(said.customizable).into()),
            ("description", in_text(&container.description)),
            (
                "privileges",
                list(rows, |(name, level)| map([("name", name.clone()), ("level", level.clone())])),
            ),
        ]);
        let context = map([("role", role), ("indent", indent.into()), ("unpacked", unpacked.into())]);
        render("role.xml", context, out)
    }

    fn profile(&self, container: &Container, indent: &'static str, out: &mut dyn Write) -> io::Result<()> {
        let layer = container.layers.first().copied().unwrap_or(BASE);
        let columns = columns::rights(&self.planner, container.role, layer);
        let columns = columns.into_iter().map(|it| {
            map([
                ("table", it.table.into()),
                ("name", it.column.into()),
                ("read", allowed(it.rights.read)),
                ("update", allowed(it.rights.update)),
                ("create", allowed(it.rights.create)),
                // 3 is all rows, 1 is one at a time; it has a meaning only where the column has a masking rule.
                ("unmasked", if it.rights.unmasked { 3 } else { u8::from(it.rights.unmasked_one) }.into()),
            ])
        });
        let profile = map([
            ("id", braced(container).into()),
            ("name", in_attribute(&container.name)),
            ("description", in_attribute(&container.description)),
            ("columns", list(columns.collect(), Value::clone)),
        ]);
        render("profile.xml", map([("profile", profile), ("indent", indent.into())]), out)
    }

    fn profiles(&self, out: &mut dyn Write) -> io::Result<()> {
        declaration(out)?;
        render("profiles_head.xml", map([]), out)?;
        for profile in self.of_kind(PROFILE) {
            self.profile(profile, "  ", out)?;
        }
        render("profiles_foot.xml", map([]), out)
    }

    /// Unpacked, the file has only places for what lies beside it; packed, it has the roles and profiles themselves.
    fn customizations(&self, packed: bool, out: &mut dyn Write) -> io::Result<()> {
        let some = |kind| Value::from(packed && self.of_kind(kind).next().is_some());
        declaration(out)?;
        let entities = Value::from(packed && !self.switches.is_empty());
        render("customizations_head.xml", map([("entities", entities.clone())]), out)?;
        for table in self.switches.keys().filter(|_| packed) {
            self.table(table, "    ", false, out)?;
            out.write_all(b"\n")?;
        }
        render("customizations_roles.xml", map([("entities", entities), ("roles", some(ROLE))]), out)?;
        for role in self.of_kind(ROLE).filter(|_| packed) {
            self.role(role, "    ", false, out)?;
            out.write_all(b"\n")?;
        }
        render("customizations_middle.xml", map([("roles", some(ROLE)), ("profiles", some(PROFILE))]), out)?;
        for profile in self.of_kind(PROFILE).filter(|_| packed) {
            self.profile(profile, "    ", out)?;
        }
        let foot = map([("profiles", some(PROFILE)), ("language", self.solution.language.into())]);
        render("customizations_foot.xml", foot, out)
    }
}

fn declaration(out: &mut dyn Write) -> io::Result<()> {
    render("declaration.xml", map([]), out)
}

fn allowed(yes: bool) -> Value {
    if yes { 4 } else { 0 }.into()
}

/// Text between tags, escaped as the platform and its packager do: unpacking leaves every byte as it is.
fn in_text(text: &str) -> Value {
    escaped(text, |it| match it {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        '\r' => Some("&#xD;"),
        _ => None,
    })
}

/// Text between quotes. A line end that stood there as such would be read as a space.
fn in_attribute(text: &str) -> Value {
    escaped(text, |it| match it {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        '"' => Some("&quot;"),
        '\t' => Some("&#x9;"),
        '\n' => Some("&#xA;"),
        '\r' => Some("&#xD;"),
        _ => None,
    })
}

fn escaped(text: &str, entity: fn(char) -> Option<&'static str>) -> Value {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match entity(letter) {
            Some(entity) => out.push_str(entity),
            None => out.push(letter),
        }
    }
    Value::from_safe_string(out)
}

/// Nothing where the file is silent.
fn digit(said: Option<bool>) -> &'static str {
    match said {
        Some(true) => "1",
        Some(false) => "0",
        None => "",
    }
}

/// What the file of a role is called. A name that the packager or a file system would change gets a file name of its own, as
/// the packager takes any.
fn file_name(role: &Container) -> String {
    if is_role_name(&role.name) {
        return role.name.clone();
    }
    let kept = |it: char| if is_in_file_names(it) { it } else { '_' };
    let name: String = role.name.chars().map(kept).collect();
    let id = role.id.as_deref().unwrap_or_default();
    format!("{name}-{}", id.chars().take(8).collect::<String>())
}

fn braced(container: &Container) -> String {
    format!("{{{}}}", container.id.as_deref().unwrap_or_default())
}

/// The platform's number for a kind of component.
fn component_type(kind: &str) -> u8 {
    if kind == ROLE { 20 } else { 70 }
}

impl Emitter for Package {
    fn plan(&self, access: &Access<'_>) -> Plan {
        let access = access.emitted();
        self.make_plan(access)
    }

    fn rows(&self, access: &Access<'_>, container: &Container) -> Vec<Row> {
        let access = access.emitted();
        let Some(planner) = Planner::new(self, access) else { return Vec::new() };
        let Some(layer) = container.layers.first().copied() else { return Vec::new() };
        if container.kind == PROFILE {
            return columns::rows(&planner, container.role, layer);
        }
        let privileges = planner.role_privileges(container.role, layer, container.holder);
        let row = |(id, level): (PrivilegeId, Level)| Row {
            kind: "RolePrivilege",
            key: self.privileges[id].name.clone(),
            rights: vec![level.word()],
        };
        privileges.into_iter().map(row).collect()
    }

    fn supports(&self, access: &Access<'_>, container: &Container, row: &Row) -> Vec<Support> {
        let access = access.emitted();
        let planner = Planner::new(self, access);
        planner.map_or_else(Vec::new, |planner| supports(&planner, container, row))
    }

    fn verdicts(&self, access: &Access<'_>, role: RoleId, tell: &mut dyn FnMut(&Cells<'_>)) {
        let access = access.emitted();
        if let Some(planner) = Planner::new(self, access) {
            promises::verdicts(&planner, role, tell);
        }
    }

    fn artifacts<'a>(&'a self, access: &'a Access<'a>, plan: &'a Plan) -> Vec<Artifact<'a>> {
        let access = access.emitted();
        let Some(solution) = &self.solution else { return Vec::new() };
        let Some(planner) = Planner::new(self, access) else { return Vec::new() };
        let switches = switches(&planner);
        let writer = Arc::new(Writer { planner, solution, plan, words: Words::new(self), switches });
        let file = |path: &str, write: fn(&Writer<'a>, &mut dyn Write) -> io::Result<()>| {
            let writer = Arc::clone(&writer);
            Artifact::stream(path, move |out| write(&writer, out))
        };
        let entries = vec![
            file("[Content_Types].xml", |_, out| render("content_types.xml", map([]), out)),
            file("solution.xml", Writer::manifest),
            file("customizations.xml", |writer, out| writer.customizations(true, out)),
        ];
        let mut artifacts = vec![
            Artifact::zip(solution.file_name(), entries),
            file("after-import.json", |writer, out| after_import::write(&writer.planner, writer.plan, out)),
            file("solution/Other/Customizations.xml", |writer, out| writer.customizations(false, out)),
            file("solution/Other/Solution.xml", Writer::manifest),
        ];
        if writer.of_kind(PROFILE).next().is_some() {
            artifacts.push(file("solution/Other/FieldSecurityProfiles.xml", Writer::profiles));
        }
        for (position, table) in writer.switches.keys().enumerate() {
            let path = format!("solution/Entities/{}/Entity.xml", table.schema_name);
            let writer = Arc::clone(&writer);
            artifacts.push(Artifact::stream(path, move |out| {
                let Some(table) = writer.switches.keys().nth(position) else { return Ok(()) };
                declaration(out)?;
                writer.table(table, "", true, out)
            }));
        }
        for role in writer.of_kind(ROLE) {
            let writer = Arc::clone(&writer);
            artifacts.push(Artifact::stream(format!("solution/Roles/{}.xml", file_name(role)), move |out| {
                declaration(out)?;
                writer.role(role, "", true, out)
            }));
        }
        artifacts.extend(crate::assign::artifacts(self, access, plan));
        artifacts.sort_by(|a, b| a.path.cmp(&b.path));
        artifacts
    }

    fn removal<'a>(&'a self, gone: &'a Gone) -> Vec<Artifact<'a>> {
        removal::artifacts(self, gone)
    }

    fn runbook(&self, gone: &Gone) -> Vec<Step> {
        removal::runbook(self, gone)
    }
}
