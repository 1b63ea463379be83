//! The files of an import: roles, catalogue, capabilities and carried blocks as YAML with comments that say what to decide.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use ztam_backend::import::{
    Imported, ImportedAsset, ImportedField, ImportedRights, ImportedRole, Parent, Target,
};
use ztam_graph::ids::Names;
use ztam_model::words::{Action, Scope};
use ztam_model::yaml::Yaml;
use ztam_source::confusable::neutralise;

use super::generalize::{self, General, Scopes};
use super::ids::Ids;

/// Class of the rows of imported assets.
pub(super) const ROWS: &str = "unreviewed";
/// Class of their fields: another one, so that a cell on an asset reaches its rows alone.
pub(super) const FIELDS: &str = "unreviewed-field";
/// Domain of imported assets.
pub(super) const DOMAIN: &str = "imported";
/// Owner of what nobody owns yet.
pub(super) const OWNER: &str = "to-be-decided";

/// A file's name without its ending, and its text.
pub(super) type Files = Vec<(&'static str, String)>;

/// Writes everything that an import brings from a platform, given as key and title; with class cells where there are some.
pub(super) fn files(
    names: &Names<'_>,
    imported: &Imported,
    (platform, title): (&str, &str),
    general: Option<&General>,
) -> Files {
    let ids = Ids::new(names, imported);
    let mut writer = Writer { names, imported, platform, general, ids, capabilities: Vec::new() };
    writer.collect_capabilities();
    let all = [
        ("catalog", writer.catalog(), CATALOG.to_owned()),
        ("capabilities", writer.capabilities(), CAPABILITIES.to_owned()),
        ("roles", writer.roles(), writer.head_of_roles()),
        ("carry", writer.carries(), CARRY.to_owned()),
    ];
    let with_head = |(name, body, head): (&'static str, String, String)| {
        let text =
            format!("# Imported from {title} by `ztam import`. Everything here may be edited.\n{head}{body}");
        (!body.is_empty()).then_some((name, text))
    };
    all.into_iter().filter_map(with_head).collect()
}

/// What a catalogue says of a field that is new: the same on an asset that is new and on one that the project has.
pub(super) fn field_as(class: &str, platform: &str, field: &ImportedField) -> Yaml {
    Yaml::map([("class", Yaml::from(class)), (platform, field.binding.clone())])
}

/// How many names exact cells write.
pub(super) fn exact_cells(imported: &Imported) -> usize {
    imported.roles.iter().map(|it| it.cells.len()).sum()
}

struct Writer<'a> {
    names: &'a Names<'a>,
    imported: &'a Imported,
    platform: &'a str,
    general: Option<&'a General>,
    ids: Ids,
    capabilities: Vec<Capability<'a>>,
}

/// Names that get the same scopes, and whether they are fields.
type Group<'r> = (bool, &'r [(Action, Scope)], Vec<String>);

/// Rights that one or several roles hold, as one capability.
struct Capability<'a> {
    id: String,
    rights: &'a ImportedRights,
    holders: Vec<&'a ImportedRole>,
}

const CATALOG: &str = "\
# To decide, asset by asset: its class, its domains, its owner; and the class of each field.
# A field that gets the class of its asset is reached by every cell on that asset.
assets:
";
const CAPABILITIES: &str = "\
# To decide: who may hold each of them, and how dangerous it is here.
capabilities:
";
const ROLES: &str = "\
# To decide, role by role: what it is for, who answers for it, which cells it needs. While a role says
# `unreviewed: true`, findings about it advise and do not block.
";
const CARRY: &str = "\
# What the language has no word for: written into the packages unchanged, and part of every judgement.
carry:
";

impl<'a> Writer<'a> {
    fn collect_capabilities(&mut self) {
        let mut known: BTreeMap<(&str, String), usize> = BTreeMap::new();
        for role in &self.imported.roles {
            for rights in &role.rights {
                let key = (rights.topic, rights.binding.flow());
                if let Some(one) = known.get(&key).and_then(|at| self.capabilities.get_mut(*at)) {
                    one.holders.push(role);
                    continue;
                }
                let id = self.ids.capabilities.give(&[format!(
                    "{}-{}",
                    self.ids.role(&role.container),
                    rights.topic
                )]);
                known.insert(key, self.capabilities.len());
                self.capabilities.push(Capability { id, rights, holders: vec![role] });
            }
        }
    }

    fn capabilities(&self) -> String {
        let mut out = String::new();
        for it in &self.capabilities {
            let title = match it.holders.as_slice() {
                [one] => format!("{} of {}", it.rights.title, self.title(one)),
                [first, rest @ ..] => {
                    format!("{} of {} and {} more", it.rights.title, self.title(first), rest.len())
                }
                [] => it.rights.title.to_owned(),
            };
            let _ = writeln!(out, "  {}:", it.id);
            out.push_str(&Yaml::from(title).entry("title", 4));
            out.push_str(&Yaml::from(it.rights.risk.as_str()).entry("risk", 4));
            out.push_str(&it.rights.binding.entry(self.platform, 4));
        }
        out
    }

    /// The title of a role, which is never empty.
    fn title(&self, role: &ImportedRole) -> String {
        let title = role.title.trim();
        if title.is_empty() { role.container.1.clone() } else { title.to_owned() }
    }

    fn catalog(&self) -> String {
        let mut out = String::new();
        for asset in self.imported.assets.iter().filter(|it| it.known.is_none()) {
            if let Some(it) = self.imported.assumed.iter().find(|it| it.asset == asset.key) {
                let _ = writeln!(out, "  # Taken for {}: {}.", it.assumption.taken_for, it.assumption.why);
            }
            let _ = writeln!(out, "  {}:", self.ids.asset(&asset.key));
            if !asset.title.is_empty() {
                out.push_str(&Yaml::from(asset.title.as_str()).entry("title", 4));
            }
            let (rows, domain) = (self.class_of(asset, None), self.domain_of(&asset.key));
            let _ = writeln!(out, "    class: {rows}\n    domains: [{domain}]");
            out.push_str(&asset.binding.entry(self.platform, 4));
            if !asset.fields.is_empty() {
                out.push_str("    fields:\n");
            }
            for field in &asset.fields {
                let class = self.class_of(asset, Some(&field.key));
                out.push_str(
                    &field_as(class, self.platform, field).entry(self.ids.field(&asset.key, &field.key), 6),
                );
            }
        }
        out
    }

    fn head_of_roles(&self) -> String {
        let legend: String = self.imported.legend.iter().map(|line| format!("# {line}\n")).collect();
        format!("{ROLES}{legend}roles:\n")
    }

    fn roles(&self) -> String {
        self.imported.roles.iter().map(|role| self.role(role)).collect()
    }

    fn role(&self, role: &ImportedRole) -> String {
        let mut out = String::new();
        let _ = writeln!(out, "  # {} {}", capital(role.what), comment(&role.container.1));
        for note in &role.notes {
            let _ = writeln!(out, "  # {}.", comment(note));
        }
        let _ = writeln!(out, "  {}:", self.ids.role(&role.container));
        out.push_str(&Yaml::from(self.title(role)).entry("title", 4));
        let _ = writeln!(out, "    owner: {OWNER}\n    unreviewed: true\n    platforms: [{}]", self.platform);
        let mut list = |key: &str, items: Vec<String>| {
            if !items.is_empty() {
                out.push_str(&Yaml::texts(items).entry(key, 4));
            }
        };
        list("extends", role.extends.iter().map(|it| self.parent(it)).collect());
        list("within", self.domains(role));
        let holds =
            self.capabilities.iter().filter(|it| it.holders.iter().any(|it| it.container == role.container));
        let holds: Vec<_> = holds.map(|it| it.id.clone()).collect();
        let of_classes = self.class_cells(role);
        if !of_classes.is_empty() {
            out.push_str(&of_classes.entry("may", 4));
        }
        let cells = self.cells(role);
        if !cells.is_empty() {
            out.push_str("    also:\n");
            cells.iter().for_each(|it| out.push_str(&it.item(6)));
        }
        if !holds.is_empty() {
            out.push_str(&Yaml::texts(holds).entry("holds", 4));
        }
        out.push_str(&role.binding.entry(self.platform, 4));
        out
    }

    fn parent(&self, parent: &Parent) -> String {
        match parent {
            Parent::Known(id) => id.clone(),
            Parent::Imported(container) => self.ids.role(container).to_owned(),
        }
    }

    /// The class of a new asset's rows, or of a field of it.
    fn class_of(&self, asset: &ImportedAsset, field: Option<&str>) -> &'static str {
        let target = Target { asset: asset.key.clone(), field: field.map(str::to_owned) };
        match (self.general.is_some_and(|it| it.has(&target)), field) {
            (false, None) => ROWS,
            (false, Some(_)) => FIELDS,
            (true, None) => generalize::ROWS,
            (true, Some(_)) => generalize::FIELDS,
        }
    }

    /// The domain of a new asset.
    fn domain_of(&self, asset: &str) -> &str {
        self.general.and_then(|it| it.domain(asset)).unwrap_or(DOMAIN)
    }

    fn class_cells(&self, role: &ImportedRole) -> Yaml {
        let cells = self.general.map(|it| it.class_cells(&role.container)).unwrap_or_default();
        let cell = |(class, scopes): (&'static str, &Scopes)| {
            let scopes = scopes.iter().map(|(action, scope)| (action.as_str(), Yaml::from(scope.as_str())));
            (class, Yaml::map(scopes))
        };
        Yaml::map(cells.into_iter().map(cell))
    }

    /// The domains of everything that the cells are about: a cell outside of them reaches nothing.
    fn domains(&self, role: &ImportedRole) -> Vec<String> {
        let mut all = BTreeSet::new();
        let assets: BTreeSet<&str> = role.cells.iter().map(|(target, _)| target.asset.as_str()).collect();
        for key in assets {
            let known = self.names.assets.find(self.ids.asset(key));
            match known {
                Some(id) => all.extend(self.names.assets.get(id).domains.iter().map(|it| it.value.clone())),
                None => {
                    all.insert(self.domain_of(key).to_owned());
                }
            }
        }
        all.into_iter().collect()
    }

    /// Cells with the same scopes as one; rows before fields, otherwise as they come.
    fn cells(&self, role: &ImportedRole) -> Vec<Yaml> {
        let mut groups: Vec<Group<'_>> = Vec::new();
        for (target, scopes) in &role.cells {
            if self.general.is_some_and(|it| it.says(&role.container, target, scopes)) {
                continue;
            }
            let is_field = target.field.is_some();
            let name = self.ids.target(target);
            match groups.iter_mut().find(|(field, other, _)| *field == is_field && other == scopes) {
                Some((.., names)) => names.push(name),
                None => groups.push((is_field, scopes, vec![name])),
            }
        }
        groups.sort_by_key(|(is_field, ..)| *is_field);
        let cell = |(_, scopes, names): Group<'_>| {
            let scopes = scopes.iter().map(|(action, scope)| (action.as_str(), Yaml::from(scope.as_str())));
            Yaml::map([("of", Yaml::texts(names))].into_iter().chain(scopes))
        };
        groups.into_iter().map(cell).collect()
    }

    fn carries(&mut self) -> String {
        let mut out = String::new();
        for carry in &self.imported.carries {
            let role = self.ids.role(&carry.container).to_owned();
            let first = if carry.has_role { role.as_str() } else { carry.container.1.as_str() };
            let id = self.ids.carries.give(&[format!("{first}-{}", carry.topic)]);
            let _ = writeln!(out, "  {id}:");
            if carry.has_role {
                out.push_str(&Yaml::from(role).entry("role", 4));
            }
            out.push_str(&Yaml::from(carry.why.as_str()).entry("why", 4));
            out.push_str(&carry.binding.entry(self.platform, 4));
        }
        out
    }
}

/// A text in a comment: on one line, with nothing hidden in it.
fn comment(text: &str) -> String {
    neutralise(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|it| it.to_ascii_uppercase()).into_iter().chain(letters).collect()
}
