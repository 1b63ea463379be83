//! What has changed since an earlier build: `removal/changes.json`, from which all else below `removal/` is made again, and
//! `removal/runbook.md` for the people who carry it out.

use std::fmt::Write as _;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ztam_backend::removal::{Gone, Held, Narrowed, Removed, Step, Thing};

use crate::manifest::Previous;
use crate::obligations::escape;

/// The version of this format.
pub const FORMAT_VERSION: u32 = 1;
/// Where the document lies in the output folder.
pub const FILE_NAME: &str = "removal/changes.json";
/// Where the runbook lies.
pub const RUNBOOK: &str = "removal/runbook.md";
/// Most names that the runbook lists in one place; the document has all.
const SHOWN: usize = 100;

/// What has changed between two builds of one environment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "ztam changes")]
pub struct Changes {
    /// Version of this format: 1.
    pub format_version: u32,
    /// The project's short name.
    pub project: String,
    /// The environment.
    pub environment: String,
    /// The earlier build.
    pub previous: Previous,
    /// By platform, in the order of their keys.
    pub platforms: Vec<PlatformChanges>,
}

/// What has changed on one platform. All lists are sorted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PlatformChanges {
    /// The platform's key.
    pub platform: String,
    /// What an earlier build made and this one does not, also what the earlier build itself had still listed here.
    pub removed: Vec<JsonRemoved>,
    /// What stays and grants less.
    pub narrowed: Vec<JsonNarrowed>,
    /// What is new.
    pub added: Vec<JsonThing>,
    /// Who holds what they no longer should, by the tables of the earlier build.
    pub unassign: Vec<JsonHeld>,
}

/// Something that a package makes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct JsonThing {
    /// What it is, in the platform's word.
    pub kind: String,
    /// API name or name.
    pub name: String,
    /// Id where the platform has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

/// Something that has to go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct JsonRemoved {
    /// What.
    #[serde(flatten)]
    pub thing: JsonThing,
    /// Its label.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub label: String,
    /// Its licence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub licence: Option<String>,
    /// Whether a session has to activate it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub activation: bool,
    /// Columns that stay secured.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<String>,
}

/// Something that grants less.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct JsonNarrowed {
    /// What.
    #[serde(flatten)]
    pub thing: JsonThing,
    /// Rows that are gone.
    pub rows_gone: usize,
    /// Rows without a right that they had.
    pub rows_less: usize,
}

/// Somebody who holds too much.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct JsonHeld {
    /// The person or team.
    pub who: String,
    /// How they hold it.
    pub via: String,
    /// What.
    #[serde(flatten)]
    pub thing: JsonThing,
    /// The role of the matrix.
    pub role: String,
}

impl Changes {
    /// The text of the document, with a final line feed.
    #[must_use]
    pub fn to_text(&self) -> String {
        crate::json::text(self)
    }

    /// Reads a document of this version of the format.
    ///
    /// # Errors
    /// What is wrong with the text, as a half sentence.
    pub fn read(text: &str) -> Result<Self, String> {
        let changes: Self = serde_json::from_str(text).map_err(|error| error.to_string())?;
        match changes.format_version {
            FORMAT_VERSION => Ok(changes),
            other => Err(format!("its format version is {other}, and this release reads {FORMAT_VERSION}")),
        }
    }

    /// What has changed on a platform.
    #[must_use]
    pub fn of(&self, platform: &str) -> Gone {
        self.platforms
            .iter()
            .find(|it| it.platform == platform)
            .map(PlatformChanges::to_gone)
            .unwrap_or_default()
    }

    /// The runbook: what is done in which order, and how it is undone. `steps` are those of each platform, by its title.
    #[must_use]
    pub fn to_markdown(&self, steps: &[(&str, Vec<Step>)]) -> String {
        let mut out = format!(
            "# Runbook: {} for {}\n\nFrom the build of {} (manifest {}) to this one. Packages add and replace; what has to go \
             goes by these steps, in this order. *By hand* marks what no file does.\n",
            escape(&self.project),
            escape(&self.environment),
            escape(&self.previous.as_of),
            escape(&self.previous.sha256),
        );
        self.summary(&mut out);
        out.push_str(
            "\n## Before\n\n1. Keep the folder of the earlier build until all is done: undoing starts from it.\n\
             2. `ztam verify` this folder.\n3. Read `obligations.md`: what has to hold outside the packages.\n",
        );
        for (title, steps) in steps.iter().filter(|it| !it.1.is_empty()) {
            let _ = writeln!(out, "\n## {title}\n");
            for (position, step) in steps.iter().enumerate() {
                let hand = if step.by_hand { "*By hand.* " } else { "" };
                let _ = writeln!(out, "{}. {hand}{}", position + 1, step.text);
                list(&step.names, "   ", &mut out);
            }
        }
        out.push_str(
            "\n## After\n\n1. `ztam verify` this folder again, on the day of the deployment.\n2. Build once more without \
             `--previous`: this list is done with. A build with `--previous` keeps what is still listed here.\n",
        );
        self.undo(&mut out);
        out
    }

    fn summary(&self, out: &mut String) {
        out.push_str("\n## What changes\n\n");
        let mut nothing = true;
        for it in self.platforms.iter().filter(|it| !it.to_gone().is_empty() || !it.added.is_empty()) {
            nothing = false;
            let _ = writeln!(
                out,
                "- {}: {} to go, {} narrowed, {} new, {} to be unassigned",
                escape(&it.platform),
                it.removed.len(),
                it.narrowed.len(),
                it.added.len(),
                it.unassign.len(),
            );
        }
        if nothing {
            out.push_str("Nothing has to go, nothing is narrower, and nobody loses anything.\n");
        }
        for it in self.platforms.iter().filter(|it| !it.narrowed.is_empty()) {
            let _ = writeln!(out, "\nNarrowed on {}:\n", escape(&it.platform));
            let line = |it: &JsonNarrowed| {
                let (kind, name) = (&it.thing.kind, &it.thing.name);
                format!("{kind} {name}: {} rows gone, {} with fewer rights", it.rows_gone, it.rows_less)
            };
            list(&it.narrowed.iter().map(line).collect::<Vec<_>>(), "", out);
        }
    }

    fn undo(&self, out: &mut String) {
        out.push_str(
            "\n## Undo\n\nGoing back is a build of its own, from the earlier sources, compared with this one: \
             `ztam build --previous THIS --out OTHER` with the sources and the `--as-of` day of the earlier build. Its runbook then \
             takes away what is new here. Step by step:\n\n\
             1. Check out the sources of the earlier build and build them as above; without the sources, the kept folder of the \
             earlier build holds the same packages.\n\
             2. Deploy the package of Salesforce from there: each set gets back exactly the rights that it had. Import the solution \
             from there, then carry out its `after-import.json`.\n\
             3. *By hand.* What was deleted is made anew by that, but nobody holds it: assign it again. `unassign.csv` in this folder \
             and the tables of the earlier build say who had it.\n\
             4. Take away what is new here, by the runbook of that build.\n\
             5. Read back and `ztam verify`.\n",
        );
        for it in self.platforms.iter().filter(|it| !it.added.is_empty()) {
            let _ = writeln!(out, "\nNew on {}, and to go when this is undone:\n", escape(&it.platform));
            let line = |it: &JsonThing| format!("{} {}", it.kind, it.name);
            list(&it.added.iter().map(line).collect::<Vec<_>>(), "", out);
        }
    }
}

fn list(names: &[String], indent: &str, out: &mut String) {
    for name in names.iter().take(SHOWN) {
        let _ = writeln!(out, "{indent}- {}", escape(name));
    }
    if let Some(more) = names.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        let _ = writeln!(out, "{indent}- and {more} more, in `changes.json`");
    }
}

impl PlatformChanges {
    /// The document's part for a platform.
    #[must_use]
    pub fn new(platform: &str, gone: &Gone) -> Self {
        Self {
            platform: platform.to_owned(),
            removed: gone.removed.iter().map(JsonRemoved::new).collect(),
            narrowed: gone.narrowed.iter().map(JsonNarrowed::new).collect(),
            added: gone.added.iter().map(JsonThing::new).collect(),
            unassign: gone.unassign.iter().map(JsonHeld::new).collect(),
        }
    }

    fn to_gone(&self) -> Gone {
        let removed = self.removed.iter().map(|it| Removed {
            thing: it.thing.to_thing(),
            label: it.label.clone(),
            licence: it.licence.clone(),
            activation: it.activation,
            columns: it.columns.clone(),
        });
        let narrowed = self.narrowed.iter().map(|it| Narrowed {
            thing: it.thing.to_thing(),
            rows_gone: it.rows_gone,
            rows_less: it.rows_less,
        });
        let unassign = self.unassign.iter().map(|it| Held {
            who: it.who.clone(),
            via: it.via.clone(),
            thing: it.thing.to_thing(),
            role: it.role.clone(),
        });
        Gone {
            removed: removed.collect(),
            narrowed: narrowed.collect(),
            added: self.added.iter().map(JsonThing::to_thing).collect(),
            unassign: unassign.collect(),
        }
    }
}

impl JsonThing {
    fn new(it: &Thing) -> Self {
        Self { kind: it.kind.clone(), name: it.name.clone(), id: it.id.clone() }
    }

    fn to_thing(&self) -> Thing {
        Thing { kind: self.kind.clone(), name: self.name.clone(), id: self.id.clone() }
    }
}

impl JsonRemoved {
    fn new(it: &Removed) -> Self {
        Self {
            thing: JsonThing::new(&it.thing),
            label: it.label.clone(),
            licence: it.licence.clone(),
            activation: it.activation,
            columns: it.columns.clone(),
        }
    }
}

impl JsonNarrowed {
    fn new(it: &Narrowed) -> Self {
        Self { thing: JsonThing::new(&it.thing), rows_gone: it.rows_gone, rows_less: it.rows_less }
    }
}

impl JsonHeld {
    fn new(it: &Held) -> Self {
        Self {
            who: it.who.clone(),
            via: it.via.clone(),
            thing: JsonThing::new(&it.thing),
            role: it.role.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changes(name: &str) -> Changes {
        let thing = Thing { kind: "PermissionSet".into(), name: name.into(), id: None };
        let gone = Gone {
            removed: vec![Removed {
                thing: thing.clone(),
                label: "Old".into(),
                licence: Some("Salesforce".into()),
                activation: true,
                columns: Vec::new(),
            }],
            narrowed: vec![Narrowed { thing: thing.clone(), rows_gone: 2, rows_less: 1 }],
            added: vec![thing.clone()],
            unassign: vec![Held { who: "ana".into(), via: "person".into(), thing, role: "rep".into() }],
        };
        Changes {
            format_version: FORMAT_VERSION,
            project: "acme-crm".into(),
            environment: "prod".into(),
            previous: Previous { as_of: "2026-11-01".into(), sha256: "ab".repeat(32) },
            platforms: vec![PlatformChanges::new("salesforce", &gone)],
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        let changes = changes("Rep");
        let read = Changes::read(&changes.to_text()).unwrap();
        assert_eq!(read, changes);
        assert_eq!(PlatformChanges::new("salesforce", &read.of("salesforce")), changes.platforms[0]);
        assert_eq!(read.of("dataverse"), Gone::default());
        assert!(
            Changes::read(&changes.to_text().replace("\"format_version\": 1", "\"format_version\": 9"))
                .is_err()
        );
    }

    #[test]
    fn a_runbook_has_steps_for_people() {
        let steps = vec![
            Step::deploy("Deploy it.", Vec::new()),
            Step::by_hand("Unassign these.", (0..102).map(|it| format!("Set{it}")).collect()),
        ];
        insta::assert_snapshot!(
            changes("Rep").to_markdown(&[("Salesforce", steps), ("Dataverse", Vec::new())])
        );
    }

    #[test]
    fn names_bring_no_markdown() {
        let hostile = "x\n# h [a](http://evil) <img> \u{202e}";
        let text = changes(hostile).to_markdown(&[("S", vec![Step::by_hand("Do.", vec![hostile.into()])])]);
        assert!(
            !text.contains('\u{202e}') && !text.contains("<img>") && !text.contains("[a](http://"),
            "{text}"
        );
        assert_eq!(text.lines().filter(|it| it.starts_with("# ")).count(), 1);
    }
}
