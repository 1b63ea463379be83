//! What is carried of a role or profile, by reason.

use std::collections::{BTreeMap, BTreeSet};

use ztam_backend::import::{ContainerKey, ImportedCarry};
use ztam_model::yaml::Yaml;

use crate::catalog::Level;
use crate::columns::column_word;
use crate::parts::ColumnWord;
use crate::rights::word_of_level;

/// Reasons with why the language cannot say it.
const REASONS: &[(&str, &str)] = &[
    (
        "columns-of-the-same-class",
        "a cell on this asset of the project would open columns of its class along with the rows",
    ),
    (
        "columns-without-rows",
        "a profile gives no rows: its columns open beside the roles that give their rows",
    ),
    ("floor-at-another-depth", "every new role gets these privileges at `org`; this one has them less far"),
    (
        "level-not-known",
        "what is known of these privileges says that they do not exist at this depth; the environment had them",
    ),
    ("not-as-cells", "a build of cells would not give exactly this"),
    ("not-a-table", "privileges on tables that neither catalogue nor inventory knows"),
    (
        "reaches-others",
        "roles that the project had before would get more or less if these tables were in its catalogue",
    ),
    (
        "unknown-names",
        "neither catalogue nor inventory knows these names, or they have an unusual form; the environment had them",
    ),
];

/// Words of the matrix for rights on columns.
const COLUMN_WORDS: [(ColumnWord, &str); 5] = [
    (ColumnWord::Read, "read"),
    (ColumnWord::Edit, "edit"),
    (ColumnWord::Create, "create"),
    (ColumnWord::Unmask, "unmask"),
    (ColumnWord::UnmaskOne, "unmask-one"),
];

/// Rows by kind and key, with their rights.
type Rows = BTreeMap<(&'static str, String), BTreeSet<&'static str>>;

/// Rows by reason.
#[derive(Debug, Default)]
pub(super) struct Carried {
    by_reason: BTreeMap<&'static str, Rows>,
}

impl Carried {
    pub(super) fn add(&mut self, reason: &'static str, kind: &'static str, key: &str, right: &'static str) {
        let rows = self.by_reason.entry(reason).or_default();
        rows.entry((kind, key.to_owned())).or_default().insert(right);
    }

    /// The blocks of a container.
    pub(super) fn blocks(self, container: &ContainerKey) -> Vec<ImportedCarry> {
        self.by_reason.into_iter().map(|(reason, rows)| block(container.clone(), reason, &rows)).collect()
    }
}

fn block(container: ContainerKey, topic: &'static str, rows: &Rows) -> ImportedCarry {
    let (mut privileges, mut columns) = (Vec::new(), Vec::new());
    let mut facts: BTreeMap<&'static str, usize> = BTreeMap::new();
    for ((kind, key), rights) in rows {
        *facts.entry(kind).or_default() += rights.len();
        let level = Level::ALL.into_iter().find(|it| rights.contains(it.word()));
        match level {
            Some(level) => privileges.push((key.clone(), Yaml::from(word_of_level(level)))),
            None => {
                let words = COLUMN_WORDS.iter().filter(|(word, _)| rights.contains(column_word(*word)));
                columns.push((key.clone(), Yaml::texts(words.map(|(_, text)| *text))));
            }
        }
    }
    let lists = [("privileges", privileges), ("columns", columns)];
    let lists = lists.into_iter().filter(|(_, it)| !it.is_empty());
    let binding = lists.map(|(key, entries)| (key.to_owned(), Yaml::Map(entries))).collect();
    let why = REASONS.iter().find(|(reason, _)| *reason == topic).map_or("", |(_, why)| why);
    ImportedCarry {
        container,
        has_role: true,
        topic,
        why: why.to_owned(),
        binding: Yaml::Map(binding),
        facts: facts.into_iter().collect(),
    }
}
