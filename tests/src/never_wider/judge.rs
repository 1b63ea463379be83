//! Holds what emitted files give against what the cells say.

use std::collections::{BTreeMap, BTreeSet};

use crate::naive::{Grant, Matrix, NaiveAccess, Names, Subject, covers};
use crate::platform_model::dataverse::Solution;
use crate::platform_model::facts::Facts;
use crate::platform_model::salesforce::{Sets, foreign};
use crate::platform_model::{Emission, Reading, Rows, Way};

use super::build::Less;
use super::cells::{Cell, Fidelity};

const PLATFORMS: [&str; 2] = ["salesforce", "dataverse"];

/// A project as its sources say it, in one environment.
pub(super) struct Case {
    pub(super) facts: Facts,
    pub(super) access: NaiveAccess,
    /// The members of each together set and what it has, under the set's name.
    together: BTreeMap<String, (Vec<String>, Having)>,
}

type Having = BTreeMap<Subject, BTreeSet<Grant>>;

/// Access that the files give and the cells do not.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Wider {
    /// What kind, and so which refusal would have kept it from being emitted.
    pub(super) kind: Kind,
    /// `one role` or `a together set`.
    pub(super) holder: &'static str,
    pub(super) text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// Rows, or rows beyond a scope.
    Rows,
    /// All rows, because sharing is open by default.
    Public,
    /// A field that takes no permissions of its own.
    Unprotected,
    /// A field with permissions of its own.
    Field,
    /// A right that nothing accounts for.
    Right,
}

/// What was found, and how much of the matrix came through unchanged.
#[derive(Debug, Default)]
pub(super) struct Verdict {
    pub(super) wider: BTreeSet<Wider>,
    /// Cells that are granted exactly, those granted less with a reason, by platform.
    pub(super) exact: BTreeMap<&'static str, (u64, u64)>,
    /// Cells that are granted less and no reason is told.
    pub(super) untold: BTreeSet<String>,
    /// Cells that are said to be exact, held against the files, by platform.
    pub(super) compared: BTreeMap<&'static str, u64>,
    /// Those of them that the files do not give exactly.
    pub(super) inexact: BTreeSet<String>,
}

impl Case {
    pub(super) fn new(files: &[(String, String)], environment: &str, as_of: &str) -> Self {
        let matrix = Matrix::read(files);
        let access = matrix.evaluate(Some(environment), as_of);
        let mut facts = Facts::read(files);
        for ((role, target, action), grants) in &access.grants {
            let is_there = grants.iter().any(|it| it.0 == "dataverse");
            if action == "unmask" && is_there && facts.roles[role].has_dataverse_role() {
                facts.masked.insert(target.clone());
            }
        }
        let together = facts
            .together
            .iter()
            .map(|(name, roles)| {
                let access = matrix.evaluate_together(name, roles, Some(environment), as_of);
                (name.clone(), (roles.clone(), access))
            })
            .collect();
        Self { facts, access, together }
    }

    fn capabilities(&self, roles: &[String]) -> Names {
        roles.iter().filter_map(|it| self.access.capabilities.get(it)).flatten().cloned().collect()
    }

    /// Compares every role and every together set.
    pub(super) fn judge(
        &self,
        emission: &Emission,
        less: &[Less],
        fidelity: &BTreeMap<&'static str, Fidelity>,
    ) -> Verdict {
        let mut verdict = Verdict::default();
        let sets = Sets::read(emission, &self.facts);
        let (solution, packed) = (Solution::unpacked(emission), Solution::packed(emission));
        for path in foreign(emission) {
            verdict.wider.insert(Wider {
                kind: Kind::Right,
                holder: "one role",
                text: format!("a file that no role is for: {path}"),
            });
        }
        if solution.foreign() + packed.foreign() > 0 {
            verdict.wider.insert(Wider {
                kind: Kind::Right,
                holder: "one role",
                text: "a role or profile that no role is for".to_owned(),
            });
        }
        for container in &emission.containers {
            if self.facts.roles.get(&container.role).is_none_or(|it| it.is_abstract) {
                let text = format!("{} is for {}, which nobody holds", container.name, container.role);
                verdict.wider.insert(Wider { kind: Kind::Right, holder: "one role", text });
            }
        }
        let one = |role: &String| (role.clone(), vec![role.clone()], &self.access.grants);
        let roles = self.facts.roles.iter().filter(|(_, it)| !it.is_abstract).map(|(role, _)| one(role));
        let together =
            self.together.iter().map(|(name, (roles, access))| (name.clone(), roles.clone(), access));
        for (name, roles, grants) in roles.chain(together) {
            let capabilities = self.capabilities(&roles);
            let readings = [
                ("salesforce", sets.holder(&roles, &capabilities, &self.facts)),
                ("dataverse", solution.holder(&roles, &capabilities, &self.facts)),
                ("dataverse", packed.holder(&roles, &capabilities, &self.facts)),
            ];
            for (platform, reading) in &readings {
                let holder = Holder { case: self, name: &name, roles: &roles, grants, platform };
                holder.wider(reading, &mut verdict);
            }
            if roles.len() == 1 {
                for (platform, reading) in &readings[..2] {
                    let holder = Holder { case: self, name: &name, roles: &roles, grants, platform };
                    holder.narrower(reading, less, &mut verdict);
                    let cells = fidelity.get(platform);
                    cells.iter().for_each(|it| holder.exact(reading, it, &mut verdict));
                }
            }
        }
        verdict
    }
}

struct Holder<'c> {
    case: &'c Case,
    name: &'c str,
    roles: &'c [String],
    grants: &'c BTreeMap<Subject, BTreeSet<Grant>>,
    platform: &'static str,
}

fn is_subset(few: &[String], many: &Names) -> bool {
    few.iter().all(|it| many.contains(it))
}

impl Holder<'_> {
    /// What the cells give for an action, and for those that it may be derived from.
    fn granted(&self, target: &str, action: &str) -> impl Iterator<Item = &Grant> {
        let derives = self.roles.iter().any(|it| self.case.facts.roles[it].derives);
        let sources: &[&str] = match action {
            "append" if derives => &["append", "create", "edit"],
            "append-to" if derives => &["append-to", "read"],
            _ => std::slice::from_ref(ACTIONS.iter().find(|it| **it == action).unwrap()),
        };
        let subject = |action: &str| (self.name.to_owned(), target.to_owned(), action.to_owned());
        let all: Vec<&Grant> =
            sources.iter().filter_map(|it| self.grants.get(&subject(it))).flatten().collect();
        all.into_iter().filter(|it| it.0 == self.platform)
    }

    fn wider(&self, reading: &Reading, verdict: &mut Verdict) {
        for text in &reading.strange {
            let text = format!("{} on {}: {text}", self.name, self.platform);
            verdict.wider.insert(Wider { kind: Kind::Right, holder: "one role", text });
        }
        for ((target, action), ways) in &reading.ways {
            let granted: Vec<_> = self.granted(target, action).collect();
            for way in ways {
                let held =
                    |it: &&&Grant| is_subset(&it.1, &way.conditions) && is_subset(&it.2, &way.temporaries);
                let allows = |it: &&Grant| match way.rows {
                    Rows::Shared => true,
                    Rows::Public => matches!(it.3.as_str(), "org" | "shared"),
                    Rows::Scope(scope) => covers(&it.3, scope),
                };
                let held: Vec<&Grant> = granted.iter().filter(held).copied().collect();
                if held.iter().any(allows) {
                    continue;
                }
                let kind = self.kind(target, way, !held.is_empty());
                let text = format!(
                    "{} can {action} {target} on {}: {way:?}; the cells say {granted:?}",
                    self.name, self.platform
                );
                verdict.wider.insert(Wider {
                    kind,
                    holder: if self.roles.len() > 1 { "a together set" } else { "one role" },
                    text,
                });
            }
        }
    }

    fn kind(&self, target: &str, way: &Way, some_rows: bool) -> Kind {
        if some_rows {
            return if way.rows == Rows::Public { Kind::Public } else { Kind::Rows };
        }
        let Some((asset, field)) = target.split_once('.') else { return Kind::Rows };
        let facts = &self.case.facts;
        let is_protected = if self.platform == "salesforce" {
            facts.objects.get(asset).is_some_and(|it| !it.without_permissions.contains(&it.fields[field]))
        } else {
            facts.tables.get(asset).is_some_and(|it| it.secured.contains(&it.columns[field]))
        };
        if is_protected { Kind::Field } else { Kind::Unprotected }
    }

    /// Counts what came through, and finds what is missing without a word.
    fn narrower(&self, reading: &Reading, less: &[Less], verdict: &mut Verdict) {
        let role = &self.case.facts.roles[self.name];
        if self.platform == "dataverse" && !role.has_dataverse_role() {
            return;
        }
        let from = (self.name.to_owned(), String::new(), String::new());
        let mine = self.grants.range(from..).take_while(|(subject, _)| subject.0 == self.name);
        let less: Vec<_> = less
            .iter()
            .filter(|it| {
                it.platform == self.platform && (it.roles.is_empty() || it.roles.contains(self.name))
            })
            .collect();
        for ((_, target, action), grants) in mine {
            let action = *ACTIONS.iter().find(|it| *it == action).unwrap();
            // No field can be unmasked by itself there, and the emitter says so once for rows.
            if self.platform == "salesforce" && action == "unmask" {
                continue;
            }
            let ways = reading.ways.get(&(target.clone(), action));
            for grant in grants.iter().filter(|it| it.0 == self.platform) {
                let is_exact = ways.into_iter().flatten().any(|way| gives(way, grant, action));
                let told = || less.iter().any(|it| it.explains(target, action));
                let count = verdict.exact.entry(self.platform).or_default();
                if is_exact {
                    count.0 += 1;
                } else if told() {
                    count.1 += 1;
                } else {
                    verdict.untold.insert(format!(
                        "{} {action} {target} on {}: {grant:?}; the files give {ways:?}",
                        self.name, self.platform
                    ));
                }
            }
        }
    }
}

impl Holder<'_> {
    /// Holds what is said to be exact against the files: no less here, and no more in [`Holder::wider`].
    fn exact(&self, reading: &Reading, fidelity: &Fidelity, verdict: &mut Verdict) {
        for cell in fidelity.exact(self.name) {
            let is_equal = match cell.target.split_once('.') {
                Some((asset, _)) => follows(reading, cell, asset),
                None => self.as_granted(reading, cell),
            };
            *verdict.compared.entry(self.platform).or_default() += 1;
            if !is_equal {
                let ways = reading.ways.get(&(cell.target.clone(), cell.action));
                verdict.inexact.insert(format!("{} on {}: {cell:?}; {ways:?}", self.name, self.platform));
            }
        }
    }

    /// Whether the files give the rows that the cells say under the very conditions of one.
    fn as_granted(&self, reading: &Reading, cell: &Cell) -> bool {
        let ways = reading.ways.get(&(cell.target.clone(), cell.action));
        let ways: Vec<_> = ways.into_iter().flatten().filter(|it| cell.holds(it)).collect();
        let same =
            |it: &&Grant| it.1.iter().eq(cell.conditions.iter()) && it.2.iter().eq(cell.temporaries.iter());
        let covered = |grant: &Grant| {
            ways.iter().any(|way| match way.rows {
                Rows::Shared => grant.3 == "shared" || cell.action == "create",
                Rows::Public => matches!(grant.3.as_str(), "org" | "shared"),
                Rows::Scope(scope) => covers(scope, &grant.3),
            })
        };
        // What is derived the second evaluator only bounds from above.
        let subject = (self.name.to_owned(), cell.target.clone(), cell.action.to_owned());
        let granted = self.grants.get(&subject).into_iter().flatten().filter(|it| it.0 == self.platform);
        !ways.is_empty() && granted.filter(same).all(covered)
    }
}

/// Whether the files open a field in every row that they give, under the conditions of both, and that is at least one.
fn follows(reading: &Reading, cell: &Cell, asset: &str) -> bool {
    let row = if cell.action == "unmask" { "read" } else { cell.action };
    let rows = reading.ways.get(&(asset.to_owned(), row));
    let own = reading.ways.get(&(cell.target.clone(), cell.action));
    let opens = |row: &Way| {
        own.into_iter().flatten().any(|it| {
            let within = |one: &Names, row: &Names, cell: &Names| {
                one.iter().all(|name| row.contains(name) || cell.contains(name))
            };
            it.rows == row.rows
                && within(&it.conditions, &row.conditions, &cell.conditions)
                && within(&it.temporaries, &row.temporaries, &cell.temporaries)
        })
    };
    rows.is_some_and(|rows| !rows.is_empty() && rows.iter().all(opens))
}

/// Whether a way gives all that a grant says.
fn gives(way: &Way, grant: &Grant, action: &str) -> bool {
    let conditions = way.conditions.iter().all(|it| grant.1.contains(it));
    let temporaries = way.temporaries.iter().all(|it| grant.2.contains(it));
    let rows = match way.rows {
        Rows::Shared => grant.3 != "org" || action == "create",
        Rows::Public => true,
        Rows::Scope(scope) => covers(scope, &grant.3),
    };
    conditions && temporaries && rows
}

const ACTIONS: [&str; 9] =
    ["read", "create", "edit", "delete", "share", "assign", "append", "append-to", "unmask"];

impl Less {
    /// Whether it tells of a target: by name, through its row, or through a condition.
    fn explains(&self, target: &str, action: &str) -> bool {
        let asset = target.split('.').next().unwrap_or(target);
        let names = self.subject.split(", ").any(|it| it.split(['.', ' ']).next() == Some(asset));
        let acts = self.actions.is_empty() || self.actions.contains(action);
        // What cannot be read cannot be unmasked.
        let unread = action == "unmask" && self.actions.contains("read");
        (names && (acts || unread)) || self.reason == "condition-not-enforced"
    }
}

/// The platforms that something is on.
pub(super) fn platforms() -> [&'static str; 2] {
    PLATFORMS
}
