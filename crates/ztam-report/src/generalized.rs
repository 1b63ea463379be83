//! What class cells and domains make of an import, as part of what `ztam import` tells.

use schemars::JsonSchema;
use serde::Serialize;
use ztam_source::confusable::neutralise;

use crate::import::Fact;

/// How many near fits people are shown, and how many gains of each.
const SHOWN: usize = 3;

/// Class cells and domains instead of exact cells.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Generalized {
    /// Whether they are written: they give every role the same cells and every package the same rows, and are shorter.
    pub applied: bool,
    /// Why they are not written, as half a sentence; empty where they are.
    pub why_not: String,
    /// Names that exact cells write.
    pub cells_before: usize,
    /// Names and classes that cells write now.
    pub cells_after: usize,
    /// Lines of the files with exact cells.
    pub lines_before: usize,
    /// Lines of the files that are written.
    pub lines_after: usize,
    /// Domains that are written.
    pub domains: usize,
    /// Class cells that are written.
    pub class_cells: usize,
    /// Class cells that would nearly fit, those that give least away first. None of them is written.
    pub near: Vec<NearFit>,
}

/// A class cell that would nearly fit.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct NearFit {
    /// Kind and name of the container whose role would have it.
    pub container: String,
    /// Whether it would be about `rows` or `fields`.
    pub on: String,
    /// What it would give, as `action: scope`.
    pub gives: Vec<String>,
    /// How many exact cells it would stand for.
    pub cells: usize,
    /// What holders would gain: the action as kind, the target as key, the scope as right. They would lose nothing.
    pub gains: Vec<Fact>,
}

impl Generalized {
    /// Lines for people: what they are about, and the text. The names in them come from files, so the text is neutral.
    pub fn lines(&self) -> Vec<(&'static str, String)> {
        let mut lines = Vec::new();
        let text = if self.applied {
            let (cells, lines) = (many(self.cells_before, "cell"), many(self.lines_before, "line"));
            let (class_cells, domains) = (many(self.class_cells, "class cell"), many(self.domains, "domain"));
            let verb = if self.class_cells == 1 { "gives" } else { "give" };
            format!(
                "{cells} become {}, {lines} {}; {class_cells} in {domains} {verb} exactly the same",
                self.cells_after, self.lines_after
            )
        } else {
            format!("nothing: {}", self.why_not)
        };
        lines.push(("generalized", text));
        if !self.near.is_empty() {
            let count = many(self.near.len(), "class cell");
            lines.push(("nearly fits", format!("{count} that would give more, not written")));
        }
        lines.extend(self.near.iter().take(SHOWN).map(|it| ("", format!("- {}", it.line()))));
        lines.into_iter().map(|(name, text)| (name, neutralise(&text).into_owned())).collect()
    }
}

impl NearFit {
    fn line(&self) -> String {
        let gains = self.gains.iter().take(SHOWN);
        let mut gains: Vec<String> =
            gains.map(|it| format!("{} {} at {}", it.kind, it.key, it.right)).collect();
        if let Some(more) = self.gains.len().checked_sub(SHOWN).filter(|it| *it > 0) {
            gains.push(format!("{more} more"));
        }
        let gives = self.gives.join(", ");
        let (container, on, cells) = (&self.container, &self.on, many(self.cells, "cell"));
        format!("{container}: {gives} on {on} for {cells}; gains {}, loses nothing", gains.join(", "))
    }
}

/// A number of things.
fn many(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}
