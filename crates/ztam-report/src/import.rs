//! What `ztam import` did: what became of the containers, what is carried, and the proof of the round trip. For machines and
//! people.

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
    /// Rights that are carried, by kind of row.
    pub carried: Vec<Count>,
    /// Rights that are carried, by why the language cannot say them.
    pub carried_because: Vec<Count>,
    /// Findings that the imported project has, by rule.
    pub findings: Vec<Count>,
    /// What lies beneath roles: the inventory has what it grants. Absent where there is none.
    pub beneath: Option<Beneath>,
    /// What class cells and domains make of the exact cells, where that was asked for.
    pub generalized: Option<Generalized>,
    /// What exists in the files that were read, whether it is imported or not.
    pub estate: Estate,
}

/// How many of a kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Count {
    /// The kind.
    pub kind: String,
    /// How many.
    pub count: usize,
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
    /// Whether a build gives what was there, nothing lost and nothing added.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.lost.is_empty() && self.added.is_empty()
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
        line("imported", counts(&self.imported));
        line("there before", counts(&self.known));
        for it in &self.aside {
            line("left out", format!("{} {}: {}", it.count, it.kind, it.why));
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
        for (name, facts) in [("lost", &self.lost), ("added", &self.added)] {
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
}

fn counts(all: &[Count]) -> String {
    let all: Vec<_> = all.iter().map(|it| format!("{} {}", it.count, it.kind)).collect();
    all.join(", ")
}

fn listed(paths: &[String]) -> String {
    paths.iter().map(|it| neutralise(it).into_owned()).collect::<Vec<_>>().join(", ")
}
