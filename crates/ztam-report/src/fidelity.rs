//! `fidelity.json`: how near the package comes to the matrix. Every cell has one verdict, in groups; what is granted less is
//! told again in sentences. It never grants more. The same counts as a table for people.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use schemars::JsonSchema;
use serde::Serialize;
use ztam_backend::fidelity::{Less, Unit, Verdict, VerdictGroup};
use ztam_model::words::Action;

/// The version of this format.
pub const FORMAT_VERSION: u32 = 1;

/// How near a build comes to the matrix.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(title = "ztam fidelity")]
pub struct Fidelity {
    /// Version of this format: 1.
    pub format_version: u32,
    /// The counts of each platform, sorted.
    pub platforms: Vec<JsonPlatform>,
    /// Cells and rights with the same verdict. Every one of them is in exactly one group.
    pub groups: Vec<JsonGroup>,
    /// What is granted less, in sentences, by platform, reason and subject.
    pub less: Vec<JsonLess>,
}

/// The counts of one platform. A cell is one action of one role on the rows of an asset or on one listed field, for each
/// combination of conditions and temporary grant under which the role has it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct JsonPlatform {
    /// The platform's key.
    pub platform: &'static str,
    /// Cells that the matrix grants there.
    pub cells: u64,
    /// Cells that the files give exactly.
    pub exact: u64,
    /// Cells that they give as long as an obligation holds.
    pub obligation: u64,
    /// Cells of which they give less, or nothing.
    pub less: u64,
    /// Rights that roles have through capabilities.
    pub rights: u64,
    /// Those of them that are written as they are.
    pub rights_exact: u64,
}

/// What shares a verdict.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct JsonGroup {
    /// The platform's key.
    pub platform: &'static str,
    /// `cell`, or `right` for what comes through a capability.
    pub unit: &'static str,
    /// `exact`, `obligation` or `less`.
    pub verdict: &'static str,
    /// The kind of the obligations that must hold; they are in `obligations.json`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub obligation: Option<&'static str>,
    /// Why less is granted, from a closed list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'static str>,
    /// Roles with at least one of the cells; not told of what is exact.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<String>,
    /// Assets with at least one of the cells; not told of what is exact.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub assets: Vec<String>,
    /// Actions of the cells.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub actions: Vec<&'static str>,
    /// How many there are.
    pub count: u64,
}

/// What grants less, in words.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct JsonLess {
    /// The platform's key.
    pub platform: &'static str,
    /// Why.
    pub reason: &'static str,
    /// The asset or field.
    pub subject: String,
    /// The roles.
    pub roles: Vec<String>,
    /// What they lack.
    pub actions: Vec<&'static str>,
    /// How many fields or rows of assets it stands for, over all roles.
    pub count: usize,
    /// The sentence for people.
    pub sentence: String,
}

impl JsonGroup {
    fn new(group: &VerdictGroup) -> Self {
        let (verdict, obligation, reason) = match group.verdict {
            Verdict::Exact => ("exact", None, None),
            Verdict::Obligation(kind) => ("obligation", Some(kind), None),
            Verdict::Less(reason) => ("less", None, Some(reason)),
        };
        Self {
            platform: group.platform,
            unit: if group.unit == Unit::Cell { "cell" } else { "right" },
            verdict,
            obligation,
            reason,
            roles: group.roles.clone(),
            assets: group.assets.clone(),
            actions: group.actions.iter().map(|action| Action::as_str(*action)).collect(),
            count: group.count,
        }
    }
}

impl JsonPlatform {
    fn add(&mut self, group: &VerdictGroup) {
        let exact = if group.verdict == Verdict::Exact { group.count } else { 0 };
        if group.unit == Unit::Right {
            self.rights += group.count;
            self.rights_exact += exact;
            return;
        }
        self.cells += group.count;
        self.exact += exact;
        match group.verdict {
            Verdict::Exact => {}
            Verdict::Obligation(_) => self.obligation += group.count,
            Verdict::Less(_) => self.less += group.count,
        }
    }
}

impl Fidelity {
    /// The document of one build; sorted.
    #[must_use]
    pub fn new(groups: &[&VerdictGroup], less: &[&Less]) -> Self {
        let mut groups = groups.to_vec();
        groups.sort_unstable();
        let mut platforms: BTreeMap<&'static str, JsonPlatform> = BTreeMap::new();
        for group in &groups {
            let empty = JsonPlatform { platform: group.platform, ..JsonPlatform::default() };
            platforms.entry(group.platform).or_insert(empty).add(group);
        }
        let mut sorted = less.to_vec();
        sorted.sort_unstable();
        let less = sorted.into_iter().map(|less| JsonLess {
            platform: less.platform,
            reason: less.reason,
            subject: less.subject.clone(),
            roles: less.roles.clone(),
            actions: less.actions.iter().map(|action| Action::as_str(*action)).collect(),
            count: less.count,
            sentence: less.sentence.clone(),
        });
        Self {
            format_version: FORMAT_VERSION,
            platforms: platforms.into_values().collect(),
            groups: groups.into_iter().map(JsonGroup::new).collect(),
            less: less.collect(),
        }
    }

    /// The text of the document, with a final line feed.
    #[must_use]
    pub fn to_text(&self) -> String {
        crate::json::text(self)
    }

    /// The counts as a table, indented by two columns, for one platform after the other; `title` gives the name of a
    /// platform for people.
    #[must_use]
    pub fn to_table(&self, title: impl Fn(&str) -> &'static str) -> String {
        let mut rows = Vec::new();
        for platform in &self.platforms {
            rows.push(Row::total(title(platform.platform), platform.cells));
            let cells = self.groups.iter().filter(|it| it.platform == platform.platform && it.unit == "cell");
            rows.extend(cells.map(|it| Row::part(it, platform.cells)));
            if platform.rights > 0 {
                let left_out = platform.rights - platform.rights_exact;
                rows.push(Row::rights(platform.rights, left_out));
            }
        }
        Row::aligned(&rows)
    }
}

/// One line of the table.
struct Row {
    indent: usize,
    words: String,
    count: String,
    note: String,
}

impl Row {
    fn total(title: &str, cells: u64) -> Self {
        Self { indent: 2, words: title.to_owned(), count: grouped(cells), note: "cells".to_owned() }
    }

    fn part(group: &JsonGroup, cells: u64) -> Self {
        let words = match (group.obligation, group.reason) {
            (Some(kind), _) => format!("obligation {kind}"),
            (_, Some(reason)) => format!("less {reason}"),
            _ => group.verdict.to_owned(),
        };
        Self { indent: 4, words, count: grouped(group.count), note: share(group.count, cells) }
    }

    fn rights(rights: u64, left_out: u64) -> Self {
        let note = match left_out {
            0 => "of capabilities".to_owned(),
            some => format!("of capabilities, {} left out or obliged", grouped(some)),
        };
        Self { indent: 4, words: "rights".to_owned(), count: grouped(rights), note }
    }

    fn aligned(rows: &[Self]) -> String {
        let words = rows.iter().map(|it| it.indent + it.words.len()).max().unwrap_or(0);
        let counts = rows.iter().map(|it| it.count.len()).max().unwrap_or(0);
        let mut out = String::new();
        for row in rows {
            let width = words - row.indent;
            let _ = writeln!(
                out,
                "{:indent$}{:width$}  {:>counts$}  {}",
                "",
                row.words,
                row.count,
                row.note,
                indent = row.indent
            );
        }
        out
    }
}

/// Thousands apart: `1,234`.
fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut out = String::new();
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A share of a hundred with one decimal, rounded so that only all is `100.0 %` and only nothing is `0.0 %`.
fn share(part: u64, all: u64) -> String {
    let mille = (part * 1000 + all / 2).checked_div(all).unwrap_or(0);
    let mille = if part == all { 1000 } else { mille.clamp(u64::from(part > 0), 999) };
    format!("{:>3}.{} %", mille / 10, mille % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn less(subject: &str) -> Less {
        Less {
            platform: "dataverse",
            reason: "unlisted-fields",
            subject: subject.into(),
            roles: vec!["sales-rep".into()],
            actions: vec![Action::Read],
            count: 2,
            sentence: "two fields stay closed".into(),
        }
    }

    fn group(platform: &'static str, unit: Unit, verdict: Verdict, count: u64) -> VerdictGroup {
        let (roles, assets) = match verdict {
            Verdict::Exact => (Vec::new(), Vec::new()),
            _ => (vec!["sales-rep".to_owned()], vec!["deal".to_owned()]),
        };
        VerdictGroup { platform, unit, verdict, roles, assets, actions: vec![Action::Read], count }
    }

    #[test]
    fn groups_are_sorted() {
        let (a, b) = (less("a"), less("b"));
        let document = Fidelity::new(&[], &[&b, &a]);
        let subjects: Vec<_> = document.less.iter().map(|it| it.subject.as_str()).collect();
        assert_eq!(subjects, ["a", "b"]);
        assert!(document.to_text().contains("\"actions\": [\n        \"read\"\n      ]"));
    }

    #[test]
    fn the_table_says_every_group_once() {
        let groups = [
            group("salesforce", Unit::Cell, Verdict::Less("no-share-right"), 1),
            group("salesforce", Unit::Cell, Verdict::Obligation("row-sharing"), 480),
            group("dataverse", Unit::Cell, Verdict::Exact, 3),
            group("salesforce", Unit::Cell, Verdict::Exact, 1519),
            group("salesforce", Unit::Right, Verdict::Exact, 7),
        ];
        let document = Fidelity::new(&groups.iter().collect::<Vec<_>>(), &[]);
        let counts: Vec<_> = document.platforms.iter().map(|it| (it.cells, it.exact, it.less)).collect();
        assert_eq!(counts, [(3, 3, 0), (2000, 1519, 1)]);
        let table = document.to_table(|it| if it == "dataverse" { "Dataverse" } else { "Salesforce" });
        let expected = "  \
  Dataverse                     3  cells
    exact                       3  100.0 %
  Salesforce                2,000  cells
    exact                   1,519   76.0 %
    obligation row-sharing    480   24.0 %
    less no-share-right         1    0.1 %
    rights                      7  of capabilities
";
        assert_eq!(table, expected);
    }

    #[test]
    fn only_all_is_all() {
        assert_eq!((share(9_999, 10_000), share(1, 10_000)), (" 99.9 %".into(), "  0.1 %".into()));
        assert_eq!(
            (share(0, 7), share(7, 7), share(0, 0)),
            ("  0.0 %".into(), "100.0 %".into(), "100.0 %".into())
        );
        assert_eq!((grouped(0), grouped(1_234_567)), ("0".into(), "1,234,567".into()));
    }
}
