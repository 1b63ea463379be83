//! What `ztam inventory` found: what was read, what of it is in the inventory now, what of that the matrix does not know, and
//! the classes that the platform's own facts ask for. For machines and people.

use std::fmt::Write as _;

use schemars::JsonSchema;
use serde::Serialize;

use crate::human::one_line;
use crate::import::Changed;
use crate::json::{JsonFinding, Tool};

/// The version of this format.
pub const FORMAT_VERSION: u32 = 1;
/// Most names that people are shown of one kind.
const SHOWN: usize = 10;
/// Most facts that have changed that people are shown.
const SHOWN_CHANGES: usize = 20;

/// What was found.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(title = "ztam inventory report")]
pub struct InventoryReport {
    /// Version of this format: 1.
    pub format_version: u32,
    /// What read.
    pub tool: Tool,
    /// What was given, in the order in which it was given.
    pub sources: Vec<Source>,
    /// Folders and archives that were left out, sorted: hidden ones, installed packages, archives in archives.
    pub left_out: Vec<String>,
    /// What is told of the files. None of it blocks: where something does, nothing is written, and the document of the run
    /// is that of its findings.
    pub findings: Vec<JsonFinding>,
    /// The platforms of which something was found.
    pub platforms: Vec<Surveyed>,
    /// Edits of the matrix's files that the proposed classes ask for, sorted by path.
    pub edits: Vec<ProposedEdit>,
    /// Whether the edits were written.
    pub applied: bool,
}

/// A path that was given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Source {
    /// The path as it was given.
    pub path: String,
    /// What was read below it, by platform; a platform that found nothing there is not listed.
    pub read: Vec<ReadOf>,
    /// Files of which only the name says something.
    pub names: usize,
}

/// What a platform read below a path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ReadOf {
    /// The platform's key.
    pub platform: String,
    /// How many files, those in archives counted one by one.
    pub files: usize,
}

/// One platform.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Surveyed {
    /// The platform's key.
    pub platform: String,
    /// Its title.
    pub title: String,
    /// What the platform calls an object: `object` or `table`.
    pub object_word: String,
    /// What it calls a field: `field` or `column`.
    pub field_word: String,
    /// The file of the inventory.
    pub file: String,
    /// What became of it.
    pub state: State,
    /// What the files hold.
    pub found: Sizes,
    /// What the inventory holds now.
    pub inventory: Sizes,
    /// Facts that an earlier inventory had otherwise. The files count.
    pub changed: Vec<Changed>,
    /// What a build of the project made; absent where no build was given.
    pub ours: Option<Ours>,
    /// What the matrix makes of it; absent where the inventory is for no project.
    pub matrix: Option<Unmatched>,
}

/// What became of the file of an inventory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// There was none before.
    New,
    /// It is as it was.
    Same,
    /// It was there, and what was read is joined with it.
    Joined,
    /// It was there, and what was read takes its place.
    Replaced,
    /// It was printed.
    Printed,
}

/// How much there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Sizes {
    /// Objects or tables.
    pub objects: usize,
    /// Their fields or columns.
    pub fields: usize,
    /// Fields that the org classifies.
    pub classified: usize,
    /// Fields that are protected by themselves.
    pub secured: usize,
    /// Rights that exist.
    pub rights: usize,
    /// Roles, permission sets, groups and profiles.
    pub containers: usize,
    /// Rights that they are known to grant.
    pub granted: usize,
    /// Names of other things.
    pub names: usize,
}

/// What of an inventory a build made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Ours {
    /// The environment of the build.
    pub environment: String,
    /// How many roles and permission sets are marked.
    pub marked: usize,
}

/// An inventory against the matrix.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Unmatched {
    /// Objects that no asset binds, sorted. Nobody has classified them.
    pub unbound: Vec<String>,
    /// Fields of bound objects that the matrix does not list, as `object.field`, sorted. They have their asset's class.
    pub unlisted: Vec<String>,
    /// Classified fields of objects that capabilities open instead of cells, as `object.field`, sorted.
    pub not_data: Vec<String>,
    /// Classified fields that the matrix has in a class at least as sensitive already.
    pub settled: usize,
    /// What becomes of the platform's words, from least to most sensitive.
    pub words: Vec<Word>,
    /// The classes that are proposed, sorted by field.
    pub proposed: Vec<ProposedClass>,
}

/// What becomes of a word by which the platform classifies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Word {
    /// The word.
    pub word: String,
    /// The class, where one fits.
    pub class: Option<String>,
    /// Whether the class is a new one.
    pub is_new: bool,
    /// Why there is none.
    pub why_not: Option<String>,
}

/// A class that is proposed for a field, and what it rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ProposedClass {
    /// The field, as `object.field`.
    pub field: String,
    /// The class.
    pub class: String,
    /// The classification that the org stores.
    pub classification: Option<String>,
    /// The compliance groups that the org stores.
    pub compliance: Vec<String>,
    /// Whether the field is protected by itself, where the org says so.
    pub secured: Option<bool>,
}

/// An edit of a file of the matrix.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ProposedEdit {
    /// The file, below the project.
    pub path: String,
    /// Whether it is a new file.
    pub is_new: bool,
    /// The whole text afterwards.
    pub text: String,
}

impl InventoryReport {
    /// The text of the document, with a final line feed.
    #[must_use]
    pub fn to_text(&self) -> String {
        crate::json::text(self)
    }

    /// The same for people; the edits are shown apart.
    #[must_use]
    pub fn to_human(&self) -> String {
        self.platforms.iter().map(Surveyed::to_human).collect()
    }
}

impl Surveyed {
    fn to_human(&self) -> String {
        let mut out = String::new();
        if let Some(ours) = self.ours.as_ref().filter(|it| it.marked > 0) {
            let _ = writeln!(
                out,
                "{}: {} made by the build of {}, and marked as ours",
                self.title,
                ours.marked,
                one_line(&ours.environment)
            );
        }
        if self.state != State::Printed {
            self.stored(&mut out);
        }
        if let Some(matrix) = &self.matrix {
            self.against(matrix, &mut out);
        }
        out
    }

    fn stored(&self, out: &mut String) {
        let it = &self.inventory;
        let mut parts = vec![count(it.objects, &self.object_word), count(it.fields, &self.field_word)];
        let mut more = |number: usize, one: &str, many: &str| match number {
            0 => {}
            1 => parts.push(format!("1 {one}")),
            _ => parts.push(format!("{number} {many}")),
        };
        more(it.rights, "right", "rights");
        more(it.containers, "role or permission set", "roles or permission sets");
        more(it.granted, "right that they grant", "rights that they grant");
        more(it.names, "other name", "other names");
        let state = match self.state {
            State::New | State::Printed => "",
            State::Same => ", as before",
            State::Joined => ", joined with the earlier inventory",
            State::Replaced => ", in the place of the earlier inventory",
        };
        let _ = writeln!(out, "{}: {}{state}", one_line(&self.file), parts.join(", "));
        for it in self.changed.iter().take(SHOWN_CHANGES) {
            let _ = writeln!(out, "  {} has changed: {}", one_line(&it.of), it.fact);
        }
        if let Some(more) = self.changed.len().checked_sub(SHOWN_CHANGES).filter(|more| *more > 0) {
            let _ = writeln!(out, "  and {more} more have changed");
        }
    }

    fn against(&self, matrix: &Unmatched, out: &mut String) {
        let _ = writeln!(
            out,
            "{}: {} of {} bound by no asset, {} of bound objects not listed",
            self.title,
            count(matrix.unbound.len(), "object"),
            self.inventory.objects,
            count(matrix.unlisted.len(), "field")
        );
        list(out, "no asset", &matrix.unbound);
        list(out, "not listed, so of its asset's class", &matrix.unlisted);
        let proposed = matrix.proposed.len();
        if self.inventory.classified > 0 || proposed > 0 {
            let _ = writeln!(
                out,
                "  {} of {} classified by the org; {proposed} {} proposed, {} in such a class already",
                self.inventory.classified,
                count(self.inventory.fields, "field"),
                if proposed == 1 { "class" } else { "classes" },
                matrix.settled
            );
        }
        for it in &matrix.words {
            let word = one_line(&it.word);
            let _ = match (&it.class, it.is_new) {
                (Some(class), false) => writeln!(out, "  {word} is the class {class}"),
                (Some(class), true) => writeln!(out, "  {word} becomes a new class, {class}"),
                (None, _) => writeln!(
                    out,
                    "  {word} is no class: {}; decide with `--class {word}=CLASS`",
                    it.why_not.as_deref().unwrap_or("nothing fits")
                ),
            };
        }
        list(out, "classified, and opened by capabilities instead of cells", &matrix.not_data);
    }
}

fn list(out: &mut String, what: &str, names: &[String]) {
    if names.is_empty() {
        return;
    }
    let shown: Vec<_> = names.iter().take(SHOWN).map(|it| one_line(it)).collect();
    let more = names.len().saturating_sub(SHOWN);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let _ = writeln!(out, "  {what}: {}{more}", shown.join(", "));
}

fn count(number: usize, word: &str) -> String {
    format!("{number} {word}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_see_some_of_each_list_and_nothing_that_hides() {
        let names = |count: usize| (0..count).map(|it| format!("Object{it}\u{202e}")).collect::<Vec<_>>();
        let changed = (0..22).map(|it| Changed { of: format!("A.{it}"), fact: "type".to_owned() }).collect();
        let report = Surveyed {
            platform: "anvil".to_owned(),
            title: "Anvil".to_owned(),
            object_word: "table".to_owned(),
            field_word: "column".to_owned(),
            file: "inventory/anvil.json".to_owned(),
            state: State::Joined,
            found: Sizes::default(),
            inventory: Sizes {
                objects: 12,
                fields: 1,
                rights: 1,
                containers: 2,
                granted: 3,
                ..Sizes::default()
            },
            changed,
            ours: Some(Ours { environment: "prod".to_owned(), marked: 2 }),
            matrix: Some(Unmatched { unbound: names(12), ..Unmatched::default() }),
        };
        let told = report.to_human();
        for line in [
            "Anvil: 2 made by the build of prod, and marked as ours\n",
            "inventory/anvil.json: 12 tables, 1 column, 1 right, 2 roles or permission sets, 3 rights that they grant, joined with",
            "  A.19 has changed: type\n  and 2 more have changed\n",
            "Anvil: 12 objects of 12 bound by no asset, 0 fields of bound objects not listed\n",
            " and 2 more\n",
        ] {
            assert!(told.contains(line), "{line} in\n{told}");
        }
        assert!(!told.contains('\u{202e}') && !told.contains("A.20"), "{told}");
    }
}
