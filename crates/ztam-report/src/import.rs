//! What `ztam import` did: what became of the containers, what is carried, and the proof of the round trip. For machines and
//! people.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use schemars::JsonSchema;
use serde::Serialize;
use ztam_source::confusable::neutralise;

use crate::estate::Estate;
use crate::generalized::Generalized;
use crate::json::Tool;

/// The version of this format.
pub const FORMAT_VERSION: u32 = 1;
/// Most facts that people are shown of each list.
const SHOWN: usize = 20;
/// Most additions to a file that people are shown.
const SHOWN_ADDED: usize = 10;

/// What was done.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(title = "ztam import")]
pub struct Import {
    /// Version of this format: 1.
    pub format_version: u32,
    /// What imported.
    pub tool: Tool,
    /// The platform.
    pub platform: String,
    /// The environment whose build was compared.
    pub environment: String,
    /// Files of the project that were written or added to, sorted.
    pub written: Vec<String>,
    /// Files that the project had before and that were added to, sorted by path; nothing else of them changed.
    pub extended: Vec<Extended>,
    /// Containers that were imported, by kind.
    pub imported: Vec<Count>,
    /// Containers that the project had already, by kind.
    pub known: Vec<Count>,
    /// Containers that were read and are not emitted.
    pub aside: Vec<Aside>,
    /// Rights that the containers have: container, kind of row, key, right.
    pub facts_in: usize,
    /// Rights that a build gives them.
    pub facts_out: usize,
    /// What a build does not give: rights, and label, description, licence, activation or id.
    pub lost: Vec<Fact>,
    /// What only a build gives.
    pub added: Vec<Fact>,
    /// What roles that the project had before have otherwise, by their cells or in their packages; nothing in a right import.
    pub others: Vec<Fact>,
    /// Rights that are carried, by kind of row.
    pub carried: Vec<Count>,
    /// Rights that are carried, by why the language cannot say them.
    pub carried_because: Vec<Count>,
    /// Findings that the imported project has, by rule.
    pub findings: Vec<Count>,
    /// What the files say of objects and fields themselves, as the inventory has it. Absent where they say nothing.
    pub described: Option<Described>,
    /// Objects that nothing describes, and what they are taken for.
    pub assumed: Vec<Assumed>,
    /// What lies beneath roles: the inventory has what it grants. Absent where there is none.
    pub beneath: Option<Beneath>,
    /// What class cells and domains make of the exact cells, where that was asked for.
    pub generalized: Option<Generalized>,
    /// What exists in the files that were read, whether it is imported or not.
    pub estate: Estate,
}

/// A file of the project that was added to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Extended {
    /// The file.
    pub path: String,
    /// What was added, in order: `field account.rank`, `class unreviewed`, `environment prod: salesforce`.
    pub added: Vec<String>,
}

/// How many of a kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Count {
    /// The kind.
    pub kind: String,
    /// How many.
    pub count: usize,
}

/// What the files say of objects and fields themselves. It is in the inventory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Described {
    /// Objects or tables.
    pub objects: usize,
    /// Their fields or columns.
    pub fields: usize,
    /// Fields that are protected by themselves.
    pub secured: usize,
    /// What an earlier inventory said otherwise: the files count.
    pub changed: Vec<Changed>,
}

/// A fact that an earlier inventory had otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Changed {
    /// The object, with the field where it is about one.
    pub of: String,
    /// The fact: `ownership`, `secured` ...
    pub fact: String,
}

/// An object of which neither the files nor catalogue nor inventory say what it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Assumed {
    /// The object or table.
    pub object: String,
    /// What it is taken for.
    pub taken_for: String,
    /// Why.
    pub why: String,
}

/// Containers that no package writes and that people have besides, as the inventory has them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Beneath {
    /// Their kind.
    pub kind: String,
    /// How many.
    pub containers: usize,
    /// Rights that they have in the files.
    pub facts_in: usize,
    /// Rights that the inventory has of them, read back.
    pub facts_out: usize,
}

/// Containers that are not emitted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Aside {
    /// Their kind.
    pub kind: String,
    /// How many.
    pub count: usize,
    /// Why.
    pub why: String,
}

/// A fact of a container.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Fact {
    /// Kind and name of the container.
    pub container: String,
    /// Kind of the row, or what is said of the container.
    pub kind: String,
    /// Key of the row.
    pub key: String,
    /// The right; empty where the key says all.
    pub right: String,
}

impl Import {
    /// Whether a build gives what was there, nothing lost and nothing added, and the project's own roles what they had.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.lost.is_empty() && self.added.is_empty() && self.others.is_empty()
    }

    /// The text of the document, with a final line feed.
    #[must_use]
    pub fn to_text(&self) -> String {
        crate::json::text(self)
    }

    /// The same for people; `folder` is the project's, as they wrote it.
    #[must_use]
    pub fn to_human(&self, folder: &str) -> String {
        let mut out = String::new();
        let written = if self.written.is_empty() { "nothing new".to_owned() } else { listed(&self.written) };
        let _ = writeln!(out, "{folder}: {written}");
        let mut line = |name: &str, text: String| {
            if !text.is_empty() {
                let _ = writeln!(out, "  {name:11}  {text}");
            }
        };
        for it in &self.extended {
            line("added to", it.line());
        }
        line("imported", counts(&self.imported));
        line("there before", counts(&self.known));
        for it in &self.aside {
            line("left out", format!("{} {}: {}", it.count, it.kind, it.why));
        }
        for (name, text) in self.described.iter().flat_map(Described::lines).chain(self.assumptions()) {
            line(name, text);
        }
        if let Some(Beneath { kind, containers, facts_in, facts_out }) = &self.beneath {
            let rights = format!("of their rights {facts_in} in, {facts_out} there");
            let text = format!("{containers} {kind} in the inventory; {rights}");
            line("beneath", text);
        }
        let carried: usize = self.carried.iter().map(|it| it.count).sum();
        let share = (carried * 1000).checked_div(self.facts_in).unwrap_or(0);
        if carried > 0 {
            let share = format!("{}.{} %", share / 10, share % 10);
            line("carried", format!("{carried} rights, {share}: {}", counts(&self.carried)));
            line("because", counts(&self.carried_because));
        }
        line("to decide", counts(&self.findings));
        let generalized = self.generalized.iter().flat_map(Generalized::lines);
        for (name, text) in generalized.chain(self.estate.lines()) {
            line(name, text);
        }
        for (name, facts) in [("lost", &self.lost), ("added", &self.added), ("others", &self.others)] {
            for fact in facts.iter().take(SHOWN) {
                let text = format!("{}: {} {} {}", fact.container, fact.kind, fact.key, fact.right);
                let _ = writeln!(out, "- {name}: {}", neutralise(text.trim_end()));
            }
            if let Some(more) = facts.len().checked_sub(SHOWN).filter(|more| *more > 0) {
                let _ = writeln!(out, "- {name}: {more} more; `--output json` lists all");
            }
        }
        let (lost, added) = (self.lost.len(), self.added.len());
        let _ =
            writeln!(out, "{} facts in, {} out, {lost} lost, {added} added", self.facts_in, self.facts_out);
        out
    }

    /// What is taken for what, each reason once.
    fn assumptions(&self) -> Vec<(&'static str, String)> {
        let mut all: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        for it in &self.assumed {
            *all.entry((&it.taken_for, &it.why)).or_default() += 1;
        }
        let line = |((taken_for, why), count): ((&str, &str), usize)| {
            let objects = if count == 1 { "object" } else { "objects" };
            ("assumed", format!("{count} {objects} to have {taken_for}: {why}"))
        };
        all.into_iter().map(line).collect()
    }
}

impl Described {
    fn lines(&self) -> Vec<(&'static str, String)> {
        let Self { objects, fields, secured, changed } = self;
        let all =
            format!("{objects} objects with {fields} fields, {secured} of them secured, in the inventory");
        let mut lines = vec![("described", all)];
        if !changed.is_empty() {
            let shown = changed.iter().take(SHOWN).map(|it| format!("{} of {}", it.fact, neutralise(&it.of)));
            let more = changed.len().saturating_sub(SHOWN);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            lines.push(("changed", format!("{}{more}", shown.collect::<Vec<_>>().join(", "))));
        }
        lines
    }
}

impl Extended {
    /// The file, and what was added: the first of it where it is much.
    fn line(&self) -> String {
        let mut shown: Vec<_> =
            self.added.iter().take(SHOWN_ADDED).map(|it| neutralise(it).into_owned()).collect();
        if let Some(more) = self.added.len().checked_sub(SHOWN_ADDED).filter(|more| *more > 0) {
            shown.push(format!("{more} more"));
        }
        format!("{}: {}", neutralise(&self.path), shown.join(", "))
    }
}

fn counts(all: &[Count]) -> String {
    let all: Vec<_> = all.iter().map(|it| format!("{} {}", it.count, it.kind)).collect();
    all.join(", ")
}

fn listed(paths: &[String]) -> String {
    paths.iter().map(|it| neutralise(it).into_owned()).collect::<Vec<_>>().join(", ")
}
