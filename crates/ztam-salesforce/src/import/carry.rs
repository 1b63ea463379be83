//! What is carried of a container, by reason.

use std::collections::{BTreeMap, BTreeSet};

use ztam_backend::import::{ContainerKey, ImportedCarry};
use ztam_backend::read::{ReadContainer, Verbatim};
use ztam_model::yaml::Yaml;

use super::rights::{kind_of, list_of};
use crate::bind::RightKind;
use crate::shapes::ObjectRightWord;

/// Reasons with why the language cannot say it.
const REASONS: &[(&str, &str)] = &[
    ("all-fields", "View All Fields opens fields that nobody has listed yet, which no cell can"),
    (
        "fields-not-listed",
        "the project has the asset, and these fields cannot be added to its file without touching other text",
    ),
    (
        "fields-of-the-same-class",
        "a cell on this asset of the project would open fields of its class along with the rows",
    ),
    (
        "fields-without-rows",
        "the set gives no read on the object: the fields open beside another set that does",
    ),
    (
        "fields-without-table",
        "the object takes no object permissions: its rows come with other rights, for which no cell stands",
    ),
    (
        "fields-without-write",
        "the set gives neither create nor edit on the object: the fields are edited beside another set that does",
    ),
    ("incomplete", "a right stands without one that Salesforce asks for beside it"),
    ("muting", "rights that the groups which name this set take away"),
    ("needs-others", "Salesforce documents that these need rights which the set does not have"),
    (
        "no-api-name",
        "these are no API names, such as names with a token that a build tool resolves later: no asset can be bound to them",
    ),
    ("not-as-cells", "a build of cells would not give exactly this"),
    ("not-an-asset", "what is known of these objects and fields says that they take no such permissions"),
    ("not-on-this-object", "this kind of object does not know these rights"),
    ("object-setup", "rights on the setup of an object"),
    (
        "reaches-others",
        "roles that the project had before would get more or less if these objects or fields were in its catalogue",
    ),
    ("read-only", "edit on fields that can be read only, by what is known of them"),
    ("unknown-elements", "what these elements of the file grant is not known here, so nobody judges it"),
    (
        "unknown-names",
        "neither catalogue nor inventory knows these names, or they have an unusual form; the org had them",
    ),
];

/// The reason of elements that nobody knows.
const UNKNOWN: &str = "unknown-elements";

/// Rows by reason.
#[derive(Debug, Default)]
pub(super) struct Carried {
    by_reason: BTreeMap<&'static str, BTreeMap<(&'static str, String), BTreeSet<&'static str>>>,
    /// Elements that nobody knows.
    elements: Vec<Verbatim>,
}

impl Carried {
    /// Adds what is unknown of a container and can be written again.
    pub(super) fn unknown(&mut self, container: &ReadContainer) {
        self.elements.extend(container.verbatim.iter().cloned());
    }

    pub(super) fn add(&mut self, reason: &'static str, kind: &'static str, key: &str, right: &'static str) {
        let rows = self.by_reason.entry(reason).or_default();
        rows.entry((kind, key.to_owned())).or_default().insert(right);
    }

    /// The blocks of a container that became a role.
    pub(super) fn of_role(self, container: &ContainerKey) -> Vec<ImportedCarry> {
        let unknown = (!self.elements.is_empty()).then(|| ImportedCarry {
            container: container.clone(),
            has_role: true,
            topic: UNKNOWN,
            why: why(UNKNOWN).to_owned(),
            binding: Yaml::map([("elements", listed(&self.elements))]),
            facts: vec![("unknown", self.elements.len())],
        });
        let block = |(reason, rows)| block(container.clone(), true, reason, &rows, Vec::new());
        self.by_reason.into_iter().map(block).chain(unknown).collect()
    }

    /// The block of a muting set.
    pub(super) fn muting(self, container: ContainerKey, settings: Yaml) -> ImportedCarry {
        let rows = self.by_reason.into_values().next().unwrap_or_default();
        let mut binding = vec![("muting".to_owned(), settings)];
        if !self.elements.is_empty() {
            binding.push(("elements".to_owned(), listed(&self.elements)));
        }
        let mut block = block(container, false, "muting", &rows, binding);
        if !self.elements.is_empty() {
            block.facts.push(("unknown", self.elements.len()));
        }
        block
    }
}

fn block(
    container: ContainerKey,
    has_role: bool,
    topic: &'static str,
    rows: &BTreeMap<(&'static str, String), BTreeSet<&'static str>>,
    mut binding: Vec<(String, Yaml)>,
) -> ImportedCarry {
    let (mut objects, mut fields, mut tabs) = (Vec::new(), Vec::new(), Vec::new());
    let mut lists: BTreeMap<RightKind, Vec<&str>> = BTreeMap::new();
    let mut facts: BTreeMap<&'static str, usize> = BTreeMap::new();
    for ((kind, key), rights) in rows {
        *facts.entry(kind).or_default() += rights.len();
        match *kind {
            "objectPermissions" => objects.push((key.clone(), object_words(rights))),
            "fieldPermissions" => fields.push((key.clone(), field_word(rights))),
            "tabSettings" => tabs.push((key.clone(), tab_word(rights.contains("Visible")))),
            _ => {
                if let Some(kind) = kind_of(kind, "") {
                    lists.entry(kind).or_default().push(key);
                }
            }
        }
    }
    let mut add = |key: &str, entries: Vec<(String, Yaml)>| {
        if !entries.is_empty() {
            binding.push((key.to_owned(), Yaml::Map(entries)));
        }
    };
    add("objects", objects);
    add("fields", fields);
    add("tabs", tabs);
    binding.extend(lists.into_iter().map(|(kind, names)| (list_of(kind).to_owned(), Yaml::texts(names))));
    let binding = Yaml::Map(binding);
    ImportedCarry {
        container,
        has_role,
        topic,
        why: why(topic).to_owned(),
        binding,
        facts: facts.into_iter().collect(),
    }
}

fn why(topic: &str) -> &'static str {
    REASONS.iter().find(|(reason, _)| *reason == topic).map_or("", |(_, why)| why)
}

/// Elements as a matrix lists them.
fn listed(elements: &[Verbatim]) -> Yaml {
    let text = |text: &str| Yaml::from(text);
    let element = |it: &Verbatim| {
        let mut all = vec![("name", text(&it.name))];
        if !it.attributes.is_empty() {
            let attributes = it.attributes.iter().map(|(name, value)| (name.as_str(), text(value)));
            all.push(("attributes", Yaml::map(attributes)));
        }
        all.push(("content", text(&it.content)));
        if let Some((kind, key)) = &it.row {
            all.push(("row", Yaml::map([("element", text(kind)), ("key", text(key))])));
        }
        Yaml::map(all)
    };
    Yaml::List(elements.iter().map(element).collect())
}

fn object_words(rights: &BTreeSet<&'static str>) -> Yaml {
    let words = ObjectRightWord::ALL.iter().filter(|(.., right)| rights.contains(right));
    Yaml::texts(words.map(|(_, word, _)| *word))
}

fn field_word(rights: &BTreeSet<&'static str>) -> Yaml {
    match (rights.contains("readable"), rights.contains("editable")) {
        (true, true) => "edit".into(),
        (false, _) => "edit-only".into(),
        (true, false) => "read".into(),
    }
}

/// How a tab is shown, in the word of the matrix.
pub(super) fn tab_word(is_visible: bool) -> Yaml {
    if is_visible { "visible".into() } else { "available".into() }
}
