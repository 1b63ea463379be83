//! What exists, as part of what `ztam import` tells: how far containers reach, what of them does nothing, what repeats. Machines
//! get all of it, people the first few.

use schemars::JsonSchema;
use serde::Serialize;
use ztam_source::confusable::neutralise;

use crate::import::{Count, Fact};

/// How many of each list people are shown.
const SHOWN: usize = 3;

/// What exists in the files that were read.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct Estate {
    /// Containers by kind.
    pub containers: Vec<Count>,
    /// Rights of rows, by kind of row.
    pub grants: Vec<Count>,
    /// Rows that grant nothing at all.
    pub empty_rows: usize,
    /// The ten widest containers, the widest first. Dangerous rights count first, tier by tier; then deleting, editing and
    /// reading every record of every object, then of how many objects; then objects, then rights. A group counts with what its
    /// members give.
    pub widest: Vec<Wide>,
    /// Rights that a container does not name and that come along with what it names, by what is verified.
    pub surprises: Vec<Surprise>,
    /// Rights that open nothing that the same container does not open by another right.
    pub redundant: Vec<Idle>,
    /// Rights that open nothing as long as the container stands alone.
    pub inert: Vec<Idle>,
    /// Containers of a kind that are nearly the same, the nearest first.
    pub near_duplicates: NearDuplicates,
    /// Groups whose members repeat each other's grants.
    pub groups: Vec<Group>,
}

/// How far one container reaches.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Wide {
    /// Kind and name of the container.
    pub container: String,
    /// Dangerous rights that it has or that come along, the worst first.
    pub dangerous: Vec<Danger>,
    /// What it allows with every record of every object: `read`, `edit`, `delete`.
    pub everything: Vec<String>,
    /// Objects of which it reads every record; none where it reads everything.
    pub read_all: usize,
    /// Objects of which it edits every record; none where it edits everything.
    pub edit_all: usize,
    /// Objects of which it deletes every record; none where it deletes everything.
    pub delete_all: usize,
    /// Objects on which it gives any right.
    pub objects: usize,
    /// Rights that it gives.
    pub grants: usize,
}

/// A dangerous right.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Danger {
    /// The right, or rights that are dangerous together.
    pub right: String,
    /// How far it escalates: 0 the whole org, 1 identities and grants, 2 escapes limits of rows or fields, 3 data out in bulk, 4
    /// weakens a control.
    pub tier: u8,
}

/// A right that comes along.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Surprise {
    /// Kind and name of the container.
    pub container: String,
    /// What comes along.
    pub right: String,
    /// What brings it: a right that the container names, then what comes between.
    pub through: Vec<String>,
}

/// A right that does nothing.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Idle {
    /// Kind and name of the container.
    pub container: String,
    /// Kind of the row.
    pub kind: String,
    /// Key of the row.
    pub key: String,
    /// The right.
    pub right: String,
    /// Why it does nothing: a word that the documentation of the import explains.
    pub reason: String,
    /// The right that gives it already; empty for one that is inert.
    pub by: String,
}

/// Containers that are nearly the same.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct NearDuplicates {
    /// From which share on two containers count, in thousandths: rights that both have, of rights that either has.
    pub least_shared_per_mille: usize,
    /// How many pairs there are; more than are listed where there are very many.
    pub count: usize,
    /// The nearest ones.
    pub pairs: Vec<Pair>,
}

/// Two containers that are nearly the same.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Pair {
    /// Kind and name of one.
    pub first: String,
    /// Kind and name of the other.
    pub second: String,
    /// Rights that both have.
    pub shared: usize,
    /// Rights that either has.
    pub all: usize,
    /// Rights that one of them has alone; the container says which.
    pub differ: Vec<Fact>,
    /// What else differs, besides names and texts.
    pub beside: Vec<Beside>,
}

/// Something that is said of both containers, and differs.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Beside {
    /// What: licence, when it is in force.
    pub what: String,
    /// In the first one.
    pub first: String,
    /// In the second one.
    pub second: String,
}

/// A group whose members repeat grants.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Group {
    /// Kind and name of the group.
    pub container: String,
    /// Members whose rights are known.
    pub members: usize,
    /// Members that are not among what was read.
    pub unknown: Vec<String>,
    /// Rights that the known members give together, each counted once.
    pub grants: usize,
    /// Those of them that more than one member gives.
    pub repeated: usize,
    /// Members that give nothing which those that are left do not give; all of them together can go.
    pub superfluous: Vec<Superfluous>,
}

/// A member that adds nothing to its group.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Superfluous {
    /// Its name.
    pub member: String,
    /// Members that stay and share a right with it.
    pub by: Vec<String>,
}

impl Estate {
    /// Lines for people: what they are about, and the text. The names in them come from files, so the text is neutral.
    #[must_use]
    pub fn lines(&self) -> Vec<(&'static str, String)> {
        let mut lines = Lines::default();
        let total: usize = self.grants.iter().map(|it| it.count).sum();
        lines.add("exists", format!("{}; {total} grants", counted(&self.containers)));
        lines.list("widest", &self.widest, self.widest.len(), Wide::line);
        let containers = distinct(self.surprises.iter().map(|it| it.container.as_str()));
        let holders = if containers == 1 { "container" } else { "containers" };
        lines.head("comes along", self.surprises.len(), &format!("in {containers} {holders}"));
        lines.list("", &self.surprises, self.surprises.len(), Surprise::line);
        for (name, all) in [("redundant", &self.redundant), ("inert alone", &self.inert)] {
            lines.head(name, all.len(), &reasons(all));
            lines.list("", all, all.len(), Idle::line);
        }
        let near = &self.near_duplicates;
        lines.head("nearly same", near.count, if near.count == 1 { "pair" } else { "pairs" });
        lines.list("", &near.pairs, near.count, Pair::line);
        let repeating = self.groups.len();
        lines.head("groups", repeating, "with rights that more than one member gives");
        lines.list("", &self.groups, repeating, Group::line);
        if lines.cut {
            lines.add("", "`--output json` has all of it".to_owned());
        }
        lines.all
    }
}

#[derive(Default)]
struct Lines {
    all: Vec<(&'static str, String)>,
    /// Whether something was left out.
    cut: bool,
}

impl Lines {
    fn add(&mut self, name: &'static str, text: String) {
        self.all.push((name, neutralise(&text).into_owned()));
    }

    /// How many there are, where there are any.
    fn head(&mut self, name: &'static str, count: usize, text: &str) {
        if count > 0 {
            self.add(name, format!("{count} {text}").trim_end().to_owned());
        }
    }

    /// The first few of a list.
    fn list<T>(&mut self, name: &'static str, all: &[T], count: usize, line: fn(&T) -> String) {
        for (position, it) in all.iter().take(SHOWN).enumerate() {
            self.add(if position == 0 { name } else { "" }, format!("- {}", line(it)));
        }
        self.cut |= count > SHOWN;
    }
}

impl Wide {
    fn line(&self) -> String {
        let mut parts = Vec::new();
        let named: Vec<&str> = self.dangerous.iter().take(SHOWN).map(|it| it.right.as_str()).collect();
        match self.dangerous.len().saturating_sub(named.len()) {
            _ if named.is_empty() => {}
            0 => parts.push(named.join(", ")),
            more => parts.push(format!("{} and {more} more dangerous rights", named.join(", "))),
        }
        if !self.everything.is_empty() {
            parts.push(format!("{} every record of every object", self.everything.join(", ")));
        }
        let counts = [("read", self.read_all), ("edit", self.edit_all), ("delete", self.delete_all)];
        let counts: Vec<String> =
            counts.iter().filter(|it| it.1 > 0).map(|(what, n)| format!("{what} of {n}")).collect();
        if !counts.is_empty() {
            parts.push(format!("every record: {}", counts.join(", ")));
        }
        parts.push(format!("{} objects, {} grants", self.objects, self.grants));
        format!("{}: {}", self.container, parts.join("; "))
    }
}

impl Surprise {
    fn line(&self) -> String {
        format!("{}: {} through {}", self.container, self.right, self.through.join(", "))
    }
}

impl Idle {
    fn line(&self) -> String {
        let by = if self.by.is_empty() { String::new() } else { format!(" through {}", self.by) };
        format!("{}: {} {} {}, {}{by}", self.container, self.kind, self.key, self.right, self.reason)
    }
}

impl Pair {
    fn line(&self) -> String {
        let share = (self.shared * 1000).checked_div(self.all).unwrap_or(0);
        let differs = self.differ.iter().take(SHOWN);
        let mut differs: Vec<String> =
            differs.map(|it| format!("{} {} only in {}", it.key, it.right, it.container)).collect();
        differs.extend(self.beside.iter().map(|it| format!("{}: {} and {}", it.what, it.first, it.second)));
        if let Some(more) = self.differ.len().checked_sub(SHOWN).filter(|it| *it > 0) {
            differs.push(format!("{more} more"));
        }
        let how = if differs.is_empty() { "the same".to_owned() } else { differs.join("; ") };
        format!(
            "{} and {}, {}.{} % of {} grants: {how}",
            self.first,
            self.second,
            share / 10,
            share % 10,
            self.all
        )
    }
}

impl Group {
    fn line(&self) -> String {
        let names: Vec<&str> = self.superfluous.iter().take(SHOWN).map(|it| it.member.as_str()).collect();
        let more = self.superfluous.len().saturating_sub(names.len());
        let idle = match (names.len(), more) {
            (0, _) => String::new(),
            (_, 0) => format!("; nothing new from {}", names.join(", ")),
            _ => format!("; nothing new from {} and {more} more", names.join(", ")),
        };
        format!(
            "{}: {} of {} grants from more than one of {} members{idle}",
            self.container, self.repeated, self.grants, self.members
        )
    }
}

/// How many reasons of each kind.
fn reasons(all: &[Idle]) -> String {
    let mut counts: std::collections::BTreeMap<&str, usize> = std::collections::BTreeMap::new();
    for it in all {
        *counts.entry(&it.reason).or_default() += 1;
    }
    let counts: Vec<String> = counts.into_iter().map(|(reason, count)| format!("{count} {reason}")).collect();
    format!("in all: {}", counts.join(", "))
}

fn counted(all: &[Count]) -> String {
    all.iter().map(|it| format!("{} {}", it.count, it.kind)).collect::<Vec<_>>().join(", ")
}

fn distinct<'t>(all: impl Iterator<Item = &'t str>) -> usize {
    all.collect::<std::collections::BTreeSet<_>>().len()
}
