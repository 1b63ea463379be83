//! Wild projects: small, every name known, no cycle, and otherwise anything goes.

use super::Params;
use super::model::{Asset, Block, Capability, Cell, Change, Class, Field, Project, Role, Scopes, Temporary};
use super::random::Random;

const CLASSES: [&str; 4] = ["public", "internal", "confidential", "restricted"];
const CONDITIONS: [&str; 3] = ["mfa", "network-pinned", "session"];
const ACTIONS: [&str; 9] =
    ["read", "create", "edit", "delete", "share", "assign", "append", "append-to", "unmask"];
const SCOPES: [&str; 7] = ["own", "account", "team", "unit", "unit-tree", "shared", "org"];
/// First and last day; the last two are not in force on [`super::AS_OF`].
const DAYS: [(&str, &str); 5] = [
    ("2026-09-15", "2026-10-10"),
    ("2026-10-01", "2026-10-20"),
    ("2026-09-10", "2026-10-01"),
    ("2026-09-01", "2026-09-30"),
    ("2026-10-02", "2026-10-20"),
];

/// Makes one.
pub(super) fn project(params: &Params, random: &mut Random) -> Project {
    let classes = random.between(2, CLASSES.len());
    let mut wild = Wild {
        params,
        random,
        project: Project {
            name: "wild".to_owned(),
            conditions: CONDITIONS.map(str::to_owned).into(),
            domains: params.domains,
            ..Project::default()
        },
    };
    wild.classes(classes);
    wild.assets();
    wild.capabilities();
    wild.roles();
    wild.temporaries();
    wild.changes();
    wild.project
}

struct Wild<'a> {
    params: &'a Params,
    random: &'a mut Random,
    project: Project,
}

impl Wild<'_> {
    fn classes(&mut self, count: usize) {
        for id in CLASSES.into_iter().take(count) {
            let named = self.random.chance(0.25);
            self.project.classes.push(Class { id, named, requires: Vec::new() });
        }
    }

    fn assets(&mut self) {
        let count = self.random.between(self.params.assets.div_ceil(2), self.params.assets);
        for at in 1..=count {
            let fields = self.random.between(self.params.fields.div_ceil(2), self.params.fields);
            let fields = (1..=fields).map(|it| self.field(it)).collect();
            let (salesforce, dataverse) = self.bound();
            let domains = if self.random.chance(0.05) { 0 } else { self.random.between(1, 2) };
            let asset = Asset {
                id: format!("asset-{at}"),
                class: self.class(0.95),
                domains: self.random.sample(&positions(self.project.domains), domains),
                fields,
                salesforce: salesforce.then(|| format!("Gen{at}__c")),
                dataverse: dataverse.then(|| format!("gen_t{at}")),
                ..Asset::default()
            };
            self.project.assets.push(asset);
        }
    }

    fn field(&mut self, at: usize) -> Field {
        let (salesforce, dataverse) = self.bound();
        Field {
            id: format!("field-{at}"),
            class: self.class(0.6),
            salesforce: salesforce.then(|| format!("F{at}__c")),
            dataverse: dataverse.then(|| format!("gen_f{at}")),
            ..Field::default()
        }
    }

    /// On which platforms something is: most often on both.
    fn bound(&mut self) -> (bool, bool) {
        if self.random.chance(self.params.both_platforms) {
            return (true, true);
        }
        (self.random.chance(0.5), self.random.chance(0.5))
    }

    fn class(&mut self, chance: f64) -> Option<usize> {
        self.random.chance(chance).then(|| self.random.below(self.project.classes.len()))
    }

    fn capabilities(&mut self) {
        for at in 1..=self.params.capabilities {
            let salesforce = Some("{user-permissions: [RunReports]}".to_owned());
            self.project.capabilities.push(Capability {
                id: format!("capability-{at}"),
                salesforce,
                dataverse: None,
            });
        }
    }

    fn roles(&mut self) {
        let count = self.random.between(self.params.roles.div_ceil(2), self.params.roles);
        let capabilities: Vec<_> = self.project.capabilities.iter().map(|it| it.id.clone()).collect();
        // Parents come from the roles before, in an order that is not that of names: so there is no cycle.
        for at in 0..count {
            let extends = if self.random.chance(self.params.inheritance) {
                let parents = self.random.between(1, 2);
                self.random.sample(&positions(at), parents)
            } else {
                Vec::new()
            };
            let role = Role {
                id: format!("role-{}", (at * 5 + 3) % 11),
                kind: "employee",
                is_abstract: self.random.chance(self.params.abstract_roles),
                platforms: self.platforms(),
                extends,
                block: self.block(),
                holds: if self.random.chance(0.3) {
                    self.random.sample(&capabilities, 1)
                } else {
                    Vec::new()
                },
                ..Role::default()
            };
            self.project.roles.push(role);
        }
    }

    fn platforms(&mut self) -> Vec<&'static str> {
        match self.random.below(8) {
            0 => vec!["salesforce"],
            1 => vec!["dataverse"],
            2 if self.random.chance(0.3) => Vec::new(),
            _ => vec!["salesforce", "dataverse"],
        }
    }

    fn block(&mut self) -> Block {
        let domains = self.random.between(1, 2);
        let mut block = Block {
            within: self.random.sample(&positions(self.project.domains), domains),
            ..Block::default()
        };
        for class in 0..self.project.classes.len() {
            if self.random.chance(0.6) {
                let cell = self.class_cell(class);
                block.may.push(cell);
            }
        }
        while self.random.chance(self.params.also) {
            let count = self.random.between(1, 2);
            let all = self.targets(|_| true, true);
            let of = self.random.sample(&all, count);
            block.also.push(Cell { class: None, scopes: self.scopes(), of, when: self.when() });
        }
        block
    }

    fn class_cell(&mut self, class: usize) -> Cell {
        let named = self.project.classes.get(class).is_some_and(|it| it.named);
        let of = if self.random.chance(if named { 0.9 } else { 0.15 }) {
            let count = self.random.between(1, 3);
            let all = self.targets(|it| it == Some(class), false);
            self.random.sample(&all, count)
        } else {
            Vec::new()
        };
        Cell { class: Some(class), scopes: self.scopes(), of, when: self.when() }
    }

    /// Assets and fields of some classes, and the classes themselves.
    fn targets(&self, of_class: impl Fn(Option<usize>) -> bool, with_classes: bool) -> Vec<String> {
        let mut targets = Vec::new();
        for asset in &self.project.assets {
            if of_class(asset.class) {
                targets.push(asset.id.clone());
            }
            let fields = asset.fields.iter().filter(|field| of_class(field.class.or(asset.class)));
            targets.extend(fields.map(|field| format!("{}.{}", asset.id, field.id)));
        }
        if with_classes {
            targets.extend(self.project.classes.iter().map(|it| it.id.to_owned()));
        }
        targets
    }

    fn scopes(&mut self) -> Scopes {
        let likely = [0.8, 0.4, 0.5, 0.25, 0.1, 0.1, 0.1, 0.1, 0.1];
        let mut scopes = Vec::new();
        for (action, chance) in ACTIONS.into_iter().zip(likely) {
            if self.random.chance(chance) {
                scopes.push((action, self.random.pick(&SCOPES)));
            }
        }
        if scopes.is_empty() { vec![("read", "team")] } else { scopes }
    }

    fn when(&mut self) -> Vec<String> {
        if !self.random.chance(self.params.conditions) {
            return Vec::new();
        }
        let count = self.random.between(1, 2);
        let conditions = self.project.conditions.clone();
        self.random.sample(&conditions, count)
    }

    fn temporaries(&mut self) {
        for _ in 0..self.params.temporaries {
            if self.random.chance(0.5) {
                let role = self.random.below(self.project.roles.len());
                let (from, until) = self.random.pick(&DAYS);
                let block = self.block();
                self.project.temporaries.push(Temporary { role, block, from, until });
            }
        }
    }

    fn changes(&mut self) {
        for environment in ["prod", "sandbox"] {
            if !self.random.chance(self.params.changes) {
                continue;
            }
            for _ in 0..self.random.between(1, 3) {
                let change = if self.random.chance(0.4) {
                    self.widening(environment)
                } else {
                    self.narrowing(environment)
                };
                self.project.changes.push(change);
            }
        }
    }

    fn widening(&mut self, environment: &'static str) -> Change {
        let role = self.random.below(self.project.roles.len());
        Change { environment, verb: "widen", role, block: self.block(), without: Vec::new() }
    }

    /// A narrowing caps under no condition; sometimes it takes actions away; sometimes it is about some domains only.
    fn narrowing(&mut self, environment: &'static str) -> Change {
        let role = self.random.below(self.project.roles.len());
        let mut block = self.block();
        if self.random.chance(0.5) {
            block.within.clear();
        }
        block.may.iter_mut().chain(&mut block.also).for_each(|cell| cell.when.clear());
        block.may.iter_mut().for_each(|cell| cell.of.clear());
        let mut without = Vec::new();
        if self.random.chance(0.4) {
            let count = self.random.between(1, 3);
            without
                .push((self.random.below(self.project.classes.len()), self.random.sample(&ACTIONS, count)));
        }
        Change { environment, verb: "narrow", role, block, without }
    }
}

fn positions(count: usize) -> Vec<usize> {
    (0..count).collect()
}
