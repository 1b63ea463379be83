//! What back ends share when they read what an org has: which files they want, and how the facts of many files become one
//! inventory.

pub mod records;

use std::collections::{BTreeMap, BTreeSet};

use ztam_model::inventory::{
    FORMAT_VERSION, Grants, InventoryContainer, InventoryField, InventoryObject, Keep, Part,
    PlatformInventory,
};
use ztam_source::file::FileId;
use ztam_source::finding::Finding;
use ztam_source::span::Span;

use crate::read::{ReadContainer, ReadRow, Sink};
use crate::rules::DUPLICATE_ROW;

/// What a back end wants of a file to say what an org has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Interest {
    /// Nothing.
    None,
    /// That it is there: its path names something.
    Name,
    /// Its bytes.
    Content,
}

/// The words of a platform that an inventory and a matrix share.
#[derive(Clone, Copy, Debug)]
pub struct Words {
    /// The key below an asset's platform that holds the name of its object or table.
    pub object_key: &'static str,
    /// Words by which the platform classifies fields, from least to most sensitive.
    pub classifications: &'static [&'static str],
    /// Words among the compliance groups that mean that there is none.
    pub no_compliance: &'static [&'static str],
    /// Whether an object of the inventory holds rows that cells open; others are opened by capabilities.
    pub is_data: fn(&str, &InventoryObject) -> bool,
}

/// What files say that an org has.
#[derive(Debug)]
pub struct Survey {
    /// The facts.
    pub inventory: PlatformInventory,
    /// What is wrong with the files, in the order of files and places.
    pub findings: Vec<Finding>,
    /// Files that say nothing about this platform.
    pub unread: Vec<FileId>,
}

impl Survey {
    /// Whether anything of the platform was found.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let it = &self.inventory;
        it.objects.is_empty() && it.rights.is_empty() && it.containers.is_empty() && it.names.is_empty()
    }
}

/// Collects facts, each with its place. Names that differ in case only are one: platforms fold them.
#[derive(Debug)]
pub struct Surveyor {
    out: PlatformInventory,
    /// Names as first written, by folded name: objects, and fields as `object.field`.
    spelling: BTreeMap<String, String>,
    places: BTreeMap<String, Span>,
    /// Facts on which files differ and that nothing may be built on.
    doubtful: BTreeSet<(String, &'static str)>,
    /// What is wrong.
    pub sink: Sink,
    unread: Vec<FileId>,
}

impl Surveyor {
    /// Nothing yet.
    #[must_use]
    pub fn new(platform: &str) -> Self {
        let out = PlatformInventory {
            format_version: FORMAT_VERSION,
            platform: platform.to_owned(),
            ..PlatformInventory::default()
        };
        Self {
            out,
            spelling: BTreeMap::new(),
            places: BTreeMap::new(),
            doubtful: BTreeSet::new(),
            sink: Sink::default(),
            unread: Vec::new(),
        }
    }

    /// Adds what one file says of an object; its fields come by themselves.
    pub fn object(&mut self, name: &str, object: InventoryObject, place: Span) {
        let name = self.spelled(name, name);
        let differ = self.out.objects.entry(name.clone()).or_default().join(object, Keep::First);
        self.differ(&name, &differ, place);
    }

    /// Adds what one file says of a field.
    pub fn field(&mut self, object: &str, name: &str, field: InventoryField, place: Span) {
        let object = self.spelled(object, object);
        let full = format!("{object}.{name}");
        let name = self.spelled(&full, name);
        let full = format!("{object}.{name}");
        let fields = &mut self.out.objects.entry(object).or_default().fields;
        let differ = match fields.get_mut(&name) {
            Some(known) => known.join(field, Keep::First),
            None => {
                fields.insert(name, field);
                Vec::new()
            }
        };
        self.differ(&full, &differ, place);
    }

    /// What a reference says of a field that may be described elsewhere.
    pub fn reference(&mut self, object: &str, name: &str, to: &str) {
        let object = self.spelled(object, object);
        let name = self.spelled(&format!("{object}.{name}"), name);
        let known = self.out.objects.get_mut(&object).and_then(|it| it.fields.get_mut(&name));
        if let Some(field) = known
            && !field.references.iter().any(|it| it == to)
        {
            field.references.push(to.to_owned());
            field.references.sort_unstable();
        }
    }

    /// Adds a name of something that rights refer to.
    pub fn name(&mut self, kind: &str, name: String) {
        self.out.names.entry(kind.to_owned()).or_default().push(name);
    }

    /// Adds a role, permission set or profile.
    pub fn container(&mut self, kind: &str, name: String, id: Option<String>) {
        let container =
            InventoryContainer { kind: kind.to_owned(), name, id, ..InventoryContainer::default() };
        self.out.containers.push(container);
    }

    /// Adds a container with what it grants. Elements that nobody knows are not in it.
    pub fn granting(&mut self, container: ReadContainer) {
        let mut grants = Grants::new();
        for ReadRow { row, .. } in container.rows.into_iter().filter(|it| !it.row.rights.is_empty()) {
            let rights = grants.entry(row.kind.to_owned()).or_default().entry(row.key).or_default();
            rights.extend(row.rights.iter().map(|it| (*it).to_owned()));
            rights.sort_unstable();
            rights.dedup();
        }
        self.out.containers.push(InventoryContainer {
            kind: container.kind.to_owned(),
            name: container.name,
            id: container.id,
            ours: false,
            grants: Some(grants),
        });
    }

    /// Adds a right with its levels and what it needs; of two that say different things, both.
    pub fn right(&mut self, name: &str, levels: Vec<String>, requires: Vec<String>) {
        let right = self.out.rights.entry(name.to_owned()).or_default();
        for (own, new) in [(&mut right.levels, levels), (&mut right.requires, requires)] {
            for it in new {
                if !own.contains(&it) {
                    own.push(it);
                }
            }
        }
    }

    /// Says that a part lists only some of what the org has.
    pub fn partial(&mut self, part: Part) {
        self.out.partial.insert(part);
    }

    /// Says that a file holds nothing of this platform.
    pub fn unread(&mut self, file: FileId) {
        self.unread.push(file);
    }

    /// Everything, sorted.
    #[must_use]
    pub fn finish(self) -> Survey {
        let Self { mut out, doubtful, sink, unread, .. } = self;
        for (object, fact) in doubtful {
            let (object, field) = object.split_once('.').unwrap_or((&object, ""));
            let Some(object) = out.objects.get_mut(object) else { continue };
            match fact {
                "secured" => object.fields.get_mut(field).into_iter().for_each(|it| it.secured = None),
                "sharing" => object.sharing = None,
                "external sharing" => object.external_sharing = None,
                "ownership" => object.ownership = None,
                _ => {}
            }
        }
        out.containers.sort_by(|a, b| (&a.kind, &a.name, &a.id).cmp(&(&b.kind, &b.name, &b.id)));
        // What several files grant in one name counts together.
        out.containers.dedup_by(|next, first| {
            let same = (&next.kind, &next.name, &next.id) == (&first.kind, &first.name, &first.id);
            if same {
                first.join_grants(next.grants.take(), Keep::First);
            }
            same
        });
        for names in out.names.values_mut() {
            names.sort_unstable();
            names.dedup();
        }
        Survey { inventory: out, findings: sink.finish(), unread }
    }

    fn spelled(&mut self, folded: &str, name: &str) -> String {
        self.spelling.entry(folded.to_lowercase()).or_insert_with(|| name.to_owned()).clone()
    }

    fn differ(&mut self, of: &str, facts: &[&'static str], place: Span) {
        let first = *self.places.entry(of.to_owned()).or_insert(place);
        for fact in facts {
            self.doubtful.insert((of.to_owned(), fact));
            let title = format!("files say different things about `{of}`: {fact}");
            let finding = Finding::new(&DUPLICATE_ROW, title)
                .at(place, "described here")
                .because(first, "and here")
                .note(match *fact {
                    "sharing" | "external sharing" | "ownership" | "secured" => {
                        "so nothing is taken for known of it, and nothing is built on it"
                    }
                    "required" | "formula" | "master-detail" => "what any of them says is taken for true",
                    _ => "what stands first is taken",
                })
                .help("give only the folders that describe one org")
                .fact("name", of.to_owned())
                .fact("fact", *fact);
            self.sink.tell(&format!("{of} {fact}"), finding);
        }
    }
}
