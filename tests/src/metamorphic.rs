//! What must not matter does not: other names, another order, other files, a role as one or as two. What adds access
//! takes no finding about access away.

use std::collections::{BTreeMap, BTreeSet};

use xtask::generate::{AS_OF, Params, generate};
use ztam_source::finding::Finding;

use crate::project::{OnDisk, findings};

/// Path and text.
type Files = Vec<(String, String)>;

const SEEDS: u64 = 40;

/// Rights that made-up roles hold, so that there is something to find.
const POWERS: [&str; 7] = [
    "ExportReport",
    "ViewAllFieldsGlobal",
    "BulkApiHardDelete",
    "ViewAllData",
    "ViewEncryptedData",
    "ManageUsers",
    "TransferAnyEntity",
];

const DUTIES: &str = "duties:
  change: {can: {edit: [internal]}}
  look: {can: {read: [internal]}}
separate:
  looking-and-changing: {duties: [change, look]}
";

/// A wild project in which roles hold powers, classes ask for something, and duties are kept apart.
fn project(seed: u64) -> Files {
    let mut files = generate(&Params::wild(), seed);
    for (_, text) in &mut files {
        let means = "    means: Data that is confidential\n";
        *text = text.replace(means, &format!("{means}    controls: {{audit: true, widest-read: unit}}\n"));
        for at in 0.. {
            let power = POWERS[(seed as usize + at) % POWERS.len()];
            let more = text.replacen("[RunReports]", &format!("[{power}]"), 1);
            if more == *text {
                break;
            }
            *text = more;
        }
    }
    files.push(("duties.ztam.yaml".to_owned(), DUTIES.to_owned()));
    files
}

/// What is found about access: rule, and the facts that do not depend on which of several places is named first.
fn found(files: &Files) -> BTreeSet<String> {
    let project = OnDisk::new(files.iter().map(|(path, text)| (path.as_str(), text.as_bytes())));
    let (found, _) = findings(project.path(), AS_OF);
    assert!(!found.is_empty());
    found.iter().filter(|it| is_about_access(it.id())).map(key).collect()
}

fn is_about_access(id: &str) -> bool {
    const RULES: [&str; 6] = [
        "privilege/org-wide-row-scope",
        "privilege/org-wide-data-permission",
        "privilege/delete-without-reason",
        "privilege/bulk-or-hard-delete",
        "privilege/undeclared-export-channel",
        "privilege/share-or-reassign-right",
    ];
    // What cells are written as is no access, and neither is what nobody can do.
    let others = [
        "class/named-without-names",
        "class/platform-label-mismatch",
        "separate/vacuous",
        "duty/vacuous-sod-rule",
    ];
    let is_text = others.contains(&id);
    let group = ["class/", "duty/", "separate/", "escalation/"].iter().any(|group| id.starts_with(group));
    RULES.contains(&id) || group && !is_text
}

fn key(finding: &Finding) -> String {
    let wanted = ["role", "together", "class", "action", "right"];
    let facts = finding.facts.iter().filter(|(key, _)| wanted.contains(key));
    let facts: BTreeSet<_> = facts.map(|(key, value)| format!("{key} {value}")).collect();
    format!("{}: {}", finding.id(), facts.into_iter().collect::<Vec<_>>().join(", "))
}

fn changes_nothing(change: impl Fn(&Files) -> Files, back: impl Fn(&str) -> String) {
    let mut rules = BTreeSet::new();
    for seed in 0..SEEDS {
        let files = project(seed);
        let before = found(&files);
        let after: BTreeSet<_> = found(&change(&files)).iter().map(|it| back(it)).collect();
        assert_eq!(before, after, "seed {seed}");
        rules.extend(before.iter().filter_map(|it| it.split_once(':')).map(|(rule, _)| rule.to_owned()));
    }
    assert!(rules.len() > 9, "only {rules:?} are found at all");
}

#[test]
fn other_names() {
    // The numbers are turned around, so that the order of the names changes too.
    let renamed = |files: &Files| {
        let turn = |text: &str| {
            [("role-", "actor-"), ("asset-", "thing-"), ("field-", "part-"), ("capability-", "power-")]
                .iter()
                .fold(text.to_owned(), |text, (from, to)| turned(&text, from, to))
        };
        files.iter().map(|(path, text)| (path.clone(), turn(text))).collect()
    };
    changes_nothing(renamed, |key| turned(key, "actor-", "role-"));
}

/// With another word before numbers, and each number taken from a hundred.
fn turned(text: &str, from: &str, to: &str) -> String {
    let mut parts = text.split(from);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = part.trim_start_matches(|it: char| it.is_ascii_digit());
        match part.strip_suffix(rest).unwrap_or_default().parse::<u32>() {
            Ok(number) => out.push_str(&format!("{to}{}{rest}", 100 - number)),
            Err(_) => out.push_str(&format!("{from}{part}")),
        }
    }
    out
}

#[test]
fn another_order() {
    let turned_around = |files: &Files| {
        let turn = |text: &str| {
            let sections = sections(text).into_iter().map(|(head, mut entries)| {
                entries.reverse();
                format!("{head}{}", entries.concat())
            });
            sections.rev().collect::<String>()
        };
        files.iter().rev().map(|(path, text)| (path.clone(), turn(text))).collect()
    };
    changes_nothing(turned_around, str::to_owned);
}

/// The sections of a file: the first line, and the entries. What is no mapping of names is one entry, as the order of
/// classes means something.
fn sections(text: &str) -> Vec<(String, Vec<String>)> {
    let mut sections: Vec<(String, Vec<String>)> = Vec::new();
    for line in text.split_inclusive('\n') {
        let name = line.strip_prefix("  ");
        let is_name = name.is_some_and(|it| it.starts_with(|it: char| it.is_ascii_alphanumeric()));
        match sections.last_mut() {
            Some((_, entries)) if is_name => entries.push(line.to_owned()),
            Some((head, entries)) if line.starts_with(' ') => match entries.last_mut() {
                Some(entry) => entry.push_str(line),
                None => head.push_str(line),
            },
            _ => sections.push((line.to_owned(), Vec::new())),
        }
    }
    sections
}

#[test]
fn other_files() {
    let split = |files: &Files| {
        let mut all = Files::new();
        for (path, text) in files {
            if !path.ends_with(".ztam.yaml") {
                all.push((path.clone(), text.clone()));
                continue;
            }
            for (head, entries) in sections(text) {
                let number = all.len();
                if entries.is_empty() {
                    all.push((format!("split/{number}.ztam.yaml"), head.clone()));
                }
                for (at, entry) in entries.iter().enumerate() {
                    all.push((format!("split/{number}-{at}.ztam.yaml"), format!("{head}{entry}")));
                }
            }
        }
        all
    };
    changes_nothing(split, str::to_owned);
}

/// A role in the text: its name, and its keys with their lines.
struct Role {
    name: String,
    keys: Vec<(String, String)>,
}

impl Role {
    fn read(entry: &str) -> Self {
        let mut lines = entry.split_inclusive('\n');
        let name = lines.next().unwrap().trim().trim_end_matches(':').to_owned();
        let mut keys: Vec<(String, String)> = Vec::new();
        for line in lines {
            match keys.last_mut() {
                Some((_, text)) if line.starts_with("     ") => text.push_str(line),
                _ => {
                    let key = line.trim().split(':').next().unwrap().to_owned();
                    keys.push((key, line.to_owned()));
                }
            }
        }
        Self { name, keys }
    }

    fn get(&self, key: &str) -> Option<&str> {
        self.keys.iter().find(|(own, _)| own == key).map(|(_, text)| text.as_str())
    }

    fn is_abstract(&self) -> bool {
        self.get("abstract").is_some()
    }

    fn extends(&self) -> Vec<String> {
        let list =
            self.get("extends").and_then(|it| it.split_once('[')).and_then(|(_, it)| it.split_once(']'));
        list.map_or(Vec::new(), |(list, _)| list.split(", ").map(str::to_owned).collect())
    }

    fn write(&self) -> String {
        let keys: String = self.keys.iter().map(|(_, text)| text.as_str()).collect();
        format!("  {}:\n{keys}", self.name)
    }
}

/// With every file of roles written anew.
fn with_roles(files: &Files, change: impl Fn(Vec<Role>) -> Vec<Role>) -> Files {
    let is_roles = |path: &str| path.starts_with("roles/");
    let mut all: Files = files.iter().filter(|(path, _)| !is_roles(path)).cloned().collect();
    let texts = files.iter().filter(|(path, _)| is_roles(path)).flat_map(|(_, text)| sections(text));
    let roles = texts.flat_map(|(_, entries)| entries).map(|entry| Role::read(&entry)).collect();
    let written: String = change(roles).iter().map(Role::write).collect();
    all.push(("roles/all.ztam.yaml".to_owned(), format!("roles:\n{written}")));
    all
}

#[test]
fn a_role_as_parent_and_child() {
    let split = |files: &Files| {
        with_roles(files, |roles| {
            let parts = roles.into_iter().flat_map(|role| {
                if role.is_abstract() {
                    return vec![role];
                }
                let moves = |key: &str| ["within", "may", "also", "holds", "extends"].contains(&key);
                let (mut given, mut kept): (Vec<_>, Vec<_>) =
                    role.keys.into_iter().partition(|(key, _)| moves(key));
                let part = format!("{}-part", role.name);
                given.insert(0, ("abstract".to_owned(), "    abstract: true\n".to_owned()));
                kept.push(("extends".to_owned(), format!("    extends: [{part}]\n")));
                vec![Role { name: part, keys: given }, Role { name: role.name, keys: kept }]
            });
            parts.collect()
        })
    };
    changes_nothing(split, str::to_owned);
}

#[test]
fn more_inheritance_takes_nothing_away() {
    let mut more = 0;
    for seed in 0..SEEDS {
        let files = project(seed);
        let mut speaks = BTreeMap::new();
        let heirs = with_roles(&files, |roles| heirs(roles, seed as usize));
        with_roles(&files, |roles| roles).iter().filter(|(path, _)| path.starts_with("roles/")).for_each(
            |(_, text)| {
                let roles = sections(text).into_iter().flat_map(|(_, entries)| entries);
                speaks.extend(
                    roles.map(|it| Role::read(&it)).map(|it| (it.name.clone(), it.get("may").is_some())),
                );
            },
        );
        // A role without cells of its own is made of what it extends, and speaks by that.
        let counts = |key: &&String| {
            let by_clearance =
                ["class/clearance-", "class/view-all-fields"].iter().any(|it| key.starts_with(it));
            let role = key.split("role ").nth(1).unwrap_or_default();
            !by_clearance || speaks.get(role).copied().unwrap_or(true)
        };
        // Where several classes have one cause the most sensitive one is named, and a worse one may take its place.
        let rough = |files: &Files| found(files).iter().map(|it| without_class(it)).collect::<BTreeSet<_>>();
        let (before, after) = (rough(&files), rough(&heirs));
        let lost: Vec<_> = before.difference(&after).filter(counts).collect();
        assert!(lost.is_empty(), "seed {seed}: {lost:#?}");
        more += after.difference(&before).count();
    }
    assert!(more > 20, "{more} more are found: what is inherited is hardly anything");
}

/// A key without the class that it names.
fn without_class(key: &str) -> String {
    let (rule, facts) = key.split_once(": ").unwrap();
    let facts: Vec<_> = facts.split(", ").filter(|it| !it.starts_with("class ")).collect();
    format!("{rule}: {}", facts.join(", "))
}

/// Each role extends one more that people hold, where that makes no circle.
fn heirs(mut roles: Vec<Role>, seed: usize) -> Vec<Role> {
    let reaches = |roles: &[Role], from: &str, to: &str| {
        let mut open = vec![from.to_owned()];
        let mut seen = BTreeSet::new();
        while let Some(name) = open.pop() {
            if name == to {
                return true;
            }
            if seen.insert(name.clone()) {
                open.extend(roles.iter().filter(|it| it.name == name).flat_map(Role::extends));
            }
        }
        false
    };
    for at in 0..roles.len() {
        let name = roles[at].name.clone();
        let order = (0..roles.len()).map(|it| (it + at + seed) % roles.len());
        let parent = order.map(|it| &roles[it]).find(|it| {
            !it.is_abstract() && !reaches(&roles, &it.name, &name) && !reaches(&roles, &name, &it.name)
        });
        let Some(parent) = parent.map(|it| it.name.clone()) else { continue };
        let mut extends = roles[at].extends();
        extends.push(parent);
        roles[at].keys.retain(|(key, _)| key != "extends");
        roles[at].keys.push(("extends".to_owned(), format!("    extends: [{}]\n", extends.join(", "))));
    }
    roles
}
