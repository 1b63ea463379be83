//! Sound projects: every promise holds. Soundness is built in, not searched for: roles come in families whose cells all
//! have the same scope for the same action, so that no field is ever narrower than its row, whatever is inherited; and
//! conditional cells reach only what their family reaches in no other way.

mod judge;
mod prohibitions;
mod promises;

use std::rc::Rc;

use super::Params;
use super::model::{Asset, Block, Capability, Cell, Change, Class, Field, Project, Role, Scopes, Temporary};
use super::random::Random;

const PUBLIC: usize = 0;
const INTERNAL: usize = 1;
const CONFIDENTIAL: usize = 2;
const RESTRICTED: usize = 3;
const SECRET: usize = 4;
/// Longest chain of roles that extend each other.
const DEEPEST: usize = 4;
const ROLES_A_FAMILY: usize = 10;
/// Chance of each class for an asset, from the least sensitive.
const ASSET_CLASSES: [f64; 5] = [0.12, 0.43, 0.31, 0.09, 0.05];
const USER_PERMISSIONS: [&str; 10] = [
    "ActivateContract",
    "AddDirectMessageMembers",
    "AllowUniversalSearch",
    "ChatterInternalUser",
    "ChatterOwnGroups",
    "CreateTopics",
    "EditTopics",
    "LightningExperienceUser",
    "RunReports",
    "SelectFilesFromSalesforce",
];
const PRIVILEGES: [&str; 8] = [
    "prvAddressBook",
    "prvApproveKnowledgeArticle",
    "prvBrowseAvailability",
    "prvPublishArticle",
    "prvReadOwnCalendar",
    "prvRollupGoal",
    "prvSearchAvailability",
    "prvWriteOwnCalendar",
];

/// Makes one.
pub(super) fn project(params: &Params, seed: u64, random: &mut Random) -> Project {
    let name = format!("gen-{}-{seed}", params.roles);
    let project = Project { name, domains: params.domains, ..Project::default() };
    let mut sound =
        Sound { params, random, project, families: Vec::new(), family_of: Vec::new(), holders: Rc::new([]) };
    sound.vocabulary();
    sound.assets();
    sound.references();
    sound.capabilities();
    sound.roles();
    sound.hold();
    sound.temporaries();
    sound.changes();
    sound.never();
    sound.prohibitions();
    sound.promises();
    sound.extras();
    sound.project
}

/// What the roles of a family share.
#[derive(Default)]
struct Family {
    kind: &'static str,
    platforms: Vec<&'static str>,
    /// Domains of its work, at most three.
    domains: Vec<usize>,
    /// The scope of reading, and of editing.
    rows: &'static str,
    /// The scope of deleting.
    delete: &'static str,
    /// Classes that its roles may touch.
    classes: Vec<usize>,
}

struct Sound<'a> {
    params: &'a Params,
    random: &'a mut Random,
    project: Project,
    families: Vec<Rc<Family>>,
    /// Family of each role.
    family_of: Vec<usize>,
    /// Roles that somebody holds.
    holders: Rc<[usize]>,
}

impl Sound<'_> {
    fn vocabulary(&mut self) {
        let ids = ["public", "internal", "confidential", "restricted", "secret"];
        for (at, id) in ids.into_iter().enumerate().take(self.params.classes) {
            let named = at >= RESTRICTED;
            self.project.classes.push(Class {
                id,
                named,
                requires: if named { vec!["mfa"] } else { Vec::new() },
            });
        }
        self.project.conditions = ["mfa", "network-pinned", "session"].map(str::to_owned).into();
    }

    fn assets(&mut self) {
        for at in 1..=self.params.assets {
            let class = self.asset_class(at);
            let mut domains = vec![(at - 1) % self.params.domains];
            let second = self.random.below(self.params.domains);
            if self.random.chance(0.5) && !domains.contains(&second) {
                domains.push(second);
                domains.sort_unstable();
            }
            let both = self.random.chance(self.params.both_platforms);
            let salesforce_only = self.random.chance(0.5);
            let (salesforce, dataverse) = (both || salesforce_only, both || !salesforce_only);
            let fields =
                (1..=self.params.fields).map(|it| self.field(class, it, salesforce, dataverse)).collect();
            let tag = if class > PUBLIC && self.random.chance(0.05) { vec!["pii"] } else { Vec::new() };
            self.project.assets.push(Asset {
                id: format!("asset-{at:04}"),
                class: Some(class),
                domains,
                tags: tag,
                fields,
                salesforce: salesforce.then(|| format!("Gen{at:04}__c")),
                dataverse: dataverse.then(|| format!("gen_t{at:04}")),
                // Nobody writes public data, and everybody reads all of it: the only scope such a table has.
                organization_owned: class == PUBLIC && self.random.chance(0.3),
                references: Vec::new(),
            });
        }
    }

    /// The first assets are one of each class, so that every class has one.
    fn asset_class(&mut self, at: usize) -> usize {
        if at <= self.params.classes {
            return at - 1;
        }
        let mut drawn = self.random.below(1_000) as f64 / 1_000.0;
        for (class, share) in ASSET_CLASSES.into_iter().enumerate().take(self.params.classes) {
            if drawn < share {
                return class;
            }
            drawn -= share;
        }
        INTERNAL
    }

    /// A field is at least as sensitive as its asset, and public assets have public fields only.
    fn field(&mut self, asset: usize, at: usize, salesforce: bool, dataverse: bool) -> Field {
        let chances: &[(usize, f64)] = match asset {
            INTERNAL => &[(CONFIDENTIAL, 0.15), (RESTRICTED, 0.03)],
            CONFIDENTIAL => &[(RESTRICTED, 0.06)],
            RESTRICTED => &[(SECRET, 0.05)],
            _ => &[],
        };
        let mut class = None;
        for (other, chance) in chances {
            if *other < self.params.classes && self.random.chance(*chance) {
                class = Some(*other);
            }
        }
        let tags = if class.is_some() && self.random.chance(0.2) { vec!["pii"] } else { Vec::new() };
        Field {
            id: format!("field-{at:02}"),
            class,
            tags,
            salesforce: salesforce.then(|| format!("F{at:02}__c")),
            dataverse: dataverse.then(|| format!("gen_f{at:02}")),
        }
    }

    fn references(&mut self) {
        let tables: Vec<_> = self.project.assets.iter().filter_map(|it| it.dataverse.clone()).collect();
        let random = &mut *self.random;
        for asset in self.project.assets.iter_mut().filter(|it| it.dataverse.is_some()) {
            let other = random.pick(&tables);
            if random.chance(0.2) && asset.dataverse.as_ref() != Some(&other) {
                asset.references.push(other);
            }
        }
    }

    /// A capability in three has rights on both platforms. The first one is for machines.
    fn capabilities(&mut self) {
        let api_only = Some("{user-permissions: [ApiEnabled, ApiUserOnly]}".to_owned());
        self.project.capabilities.push(Capability {
            id: "machine".to_owned(),
            salesforce: api_only,
            dataverse: None,
        });
        for at in 1..self.params.capabilities {
            let permission = self.random.pick(&USER_PERMISSIONS);
            let privilege = self.random.pick(&PRIVILEGES);
            let salesforce = format!(
                "{{user-permissions: [{permission}], custom-permissions: {{Gen_Right_{at:04}: Made-up right {at}}}}}"
            );
            self.project.capabilities.push(Capability {
                id: format!("capability-{at:04}"),
                salesforce: (at % 3 != 1).then_some(salesforce),
                dataverse: (at % 3 != 2).then(|| format!("{{privileges: {{{privilege}: org}}}}")),
            });
        }
    }

    fn roles(&mut self) {
        for at in 0..self.params.roles {
            if at % ROLES_A_FAMILY == 0 {
                let family = self.family(at / ROLES_A_FAMILY);
                self.families.push(Rc::new(family));
            }
            let family = self.families.len() - 1;
            self.family_of.push(family);
            let role = self.role(at, at % ROLES_A_FAMILY);
            self.project.roles.push(role);
        }
        let roles = self.project.roles.iter().enumerate();
        self.holders = roles.filter(|(_, role)| !role.is_abstract).map(|(at, _)| at).collect();
    }

    fn family(&mut self, number: usize) -> Family {
        let kind = match number % 20 {
            7 => "external",
            13 => "service",
            _ => "employee",
        };
        let platforms = match (kind, self.random.below(4)) {
            ("external", _) | (_, 0) => vec!["salesforce"],
            (_, 1) => vec!["dataverse"],
            _ => vec!["salesforce", "dataverse"],
        };
        // Teams carry rows on both platforms in different ways; the hierarchy gives deleting with reading.
        let mut scopes = vec![("own", "own"), ("unit", "own"), ("unit-tree", "unit-tree")];
        if platforms == ["salesforce"] {
            scopes.push(("team", "own"));
        }
        let (rows, delete) = if kind == "external" { ("account", "own") } else { self.random.pick(&scopes) };
        let count = if self.random.chance(0.8) { 3 } else { 2 };
        let all: Vec<_> = (0..self.params.domains).collect();
        let domains = self.random.sample(&all, count);
        let mut classes = vec![PUBLIC, INTERNAL];
        if kind == "employee" {
            classes.extend(
                [CONFIDENTIAL, RESTRICTED, SECRET].into_iter().filter(|it| *it < self.params.classes),
            );
        }
        Family { kind, platforms, domains, rows, delete, classes }
    }

    /// The family of a role; every role has one.
    fn family_at(&self, role: usize) -> Rc<Family> {
        self.family_of.get(role).and_then(|it| self.families.get(*it)).cloned().unwrap_or_default()
    }

    /// A family starts with its building block.
    fn role(&mut self, at: usize, in_family: usize) -> Role {
        let family = self.family_at(at);
        let is_root = in_family == 0;
        let extends = if is_root { Vec::new() } else { self.parents(at - in_family, at) };
        let inherited = extends.iter().flat_map(|it| self.block_classes(*it)).collect::<Vec<_>>();
        let count = if is_root { 1 } else { self.random.between(1, 3) };
        let within = self.random.sample(&family.domains, count);
        let mut block = Block { within, ..Block::default() };
        for class in &family.classes {
            let chance = match *class {
                PUBLIC => 0.5,
                INTERNAL => 0.9,
                CONFIDENTIAL => 0.8,
                _ => self.params.conditions,
            };
            let needed = *class <= INTERNAL && !inherited.contains(class);
            let may = if is_root { *class <= INTERNAL } else { needed || self.random.chance(chance) };
            if may {
                block.may.extend(self.class_cell(&family, &block.within, *class));
            }
        }
        if block.may.is_empty() {
            block.may.extend(self.class_cell(&family, &block.within, INTERNAL));
        }
        self.also_cells(&family, &extends, &mut block);
        // Whoever takes over more sensitive data than they speak of themselves says why.
        let own = block.may.iter().filter_map(|cell| cell.class).max();
        let justified = inherited.iter().max().copied() > own;
        Role {
            justified,
            id: format!("role-{:04}", at + 1),
            kind: family.kind,
            is_abstract: is_root && self.random.chance(self.params.abstract_roles * ROLES_A_FAMILY as f64),
            derives: family.platforms.contains(&"dataverse") && self.random.chance(0.2),
            platforms: family.platforms.clone(),
            extends,
            block,
            ..Role::default()
        }
    }

    /// Parents from the role's own family, not too deep.
    fn parents(&mut self, first: usize, role: usize) -> Vec<usize> {
        if !self.random.chance(self.params.inheritance) {
            return Vec::new();
        }
        let shallow: Vec<_> = (first..role).filter(|it| self.depth(*it) < DEEPEST).collect();
        let count = if self.random.chance(0.1) { 2 } else { 1 };
        self.random.sample(&shallow, count)
    }

    fn depth(&self, role: usize) -> usize {
        let parents = self.project.roles.get(role).map_or(&[][..], |it| &it.extends);
        1 + parents.iter().map(|it| self.depth(*it)).max().unwrap_or(0)
    }

    /// Classes that a role and its parents have cells for.
    fn block_classes(&self, role: usize) -> Vec<usize> {
        let mut classes: Vec<_> =
            self.lineage(role).iter().flat_map(|it| &it.block.may).filter_map(|it| it.class).collect();
        classes.sort_unstable();
        classes.dedup();
        classes
    }

    /// The cell of a class; none where its domains have nothing to name.
    fn class_cell(&mut self, family: &Family, within: &[usize], class: usize) -> Option<Cell> {
        let mut of = Vec::new();
        if class >= RESTRICTED {
            let near = |it: &&Asset| {
                it.class == Some(class) && it.domains.iter().any(|domain| within.contains(domain))
            };
            let all: Vec<_> = self.project.assets.iter().filter(near).map(|it| it.id.clone()).collect();
            let count = self.random.between(1, 8);
            of = self.random.sample(&all, count);
            // Nobody is given all there is of a class by name.
            let there = self.project.assets.iter().filter(|it| it.class == Some(class)).count();
            if of.len() > 2 && of.len() == there {
                of.pop();
            }
            if of.is_empty() {
                return None;
            }
        }
        let when = match (class, family.kind) {
            (SECRET, _) => vec!["mfa", "session"],
            (RESTRICTED, _) => vec!["mfa"],
            (INTERNAL, "service") => vec!["network-pinned"],
            _ => Vec::new(),
        };
        let when = when.into_iter().map(str::to_owned).collect();
        Some(Cell { class: Some(class), scopes: self.class_scopes(family, class), of, when })
    }

    fn class_scopes(&mut self, family: &Family, class: usize) -> Scopes {
        if class == PUBLIC {
            return vec![("read", if family.kind == "external" { family.rows } else { "org" })];
        }
        let mut scopes = vec![("read", family.rows)];
        if self.random.chance(0.6) {
            scopes.extend([("create", "own"), ("edit", family.rows)]);
        }
        if family.platforms == ["dataverse"] && class == INTERNAL {
            scopes.extend([("append", family.rows), ("append-to", family.rows)]);
        }
        scopes
    }

    /// Exact cells: deleting what the role edits anyway, and restricted fields of what it reads anyway.
    fn also_cells(&mut self, family: &Family, extends: &[usize], block: &mut Block) {
        let may = |class| {
            let inherited = extends.iter().any(|it| self.block_classes(*it).contains(&class));
            inherited || block.may.iter().any(|cell| cell.class == Some(class))
        };
        let restricted = may(RESTRICTED);
        let own = |class: usize, action: &str| {
            let cells = block.may.iter().filter(|cell| cell.class == Some(class) && cell.when.is_empty());
            let mut scopes = cells.flat_map(|cell| &cell.scopes);
            scopes.any(|(it, _)| *it == action)
        };
        let near = |asset: &&Asset| asset.domains.iter().any(|domain| block.within.contains(domain));
        let assets = |action: &str| {
            let reached = |it: &&Asset| it.class.is_some_and(|class| class > PUBLIC && own(class, action));
            self.project.assets.iter().filter(near).filter(reached).collect::<Vec<_>>()
        };
        let edited: Vec<_> = assets("edit").iter().map(|it| it.id.clone()).collect();
        let fields: Vec<_> = assets("read").into_iter().flat_map(restricted_fields).collect();
        if !edited.is_empty() && self.random.chance(self.params.also) {
            let count = self.random.between(1, 3);
            let of = self.random.sample(&edited, count);
            let when = if self.random.chance(0.3) { vec!["session".to_owned()] } else { Vec::new() };
            block.also.push(Cell { class: None, scopes: vec![("delete", family.delete)], of, when });
        }
        if restricted && !fields.is_empty() && self.random.chance(self.params.also) {
            let count = self.random.between(1, 4);
            let of = self.random.sample(&fields, count);
            let when = vec!["mfa".to_owned()];
            block.also.push(Cell { class: None, scopes: vec![("read", family.rows)], of, when });
        }
    }

    /// Every capability is held by somebody on a platform where it has rights, the first one by machines.
    fn hold(&mut self) {
        let machines: Vec<_> =
            (0..self.project.roles.len()).filter(|it| self.family_at(*it).kind == "service").collect();
        for role in machines {
            self.give("machine".to_owned(), role);
        }
        let others: Vec<_> =
            (0..self.project.roles.len()).filter(|it| self.family_at(*it).kind == "employee").collect();
        for capability in self.project.capabilities.clone().into_iter().skip(1) {
            for _ in 0..self.random.between(1, 2) {
                let there: Vec<_> = others
                    .iter()
                    .copied()
                    .filter(|it| {
                        let platforms = &self.family_at(*it).platforms;
                        capability.salesforce.is_some() && platforms.contains(&"salesforce")
                            || capability.dataverse.is_some() && platforms.contains(&"dataverse")
                    })
                    .collect();
                if !there.is_empty() {
                    let role = self.random.pick(&there);
                    self.give(capability.id.clone(), role);
                }
            }
        }
        let held: Vec<_> = self.project.roles.iter().flat_map(|it| it.holds.clone()).collect();
        self.project.capabilities.retain(|it| held.contains(&it.id));
    }

    fn give(&mut self, capability: String, role: usize) {
        if let Some(role) = self.project.roles.get_mut(role)
            && !role.holds.contains(&capability)
        {
            role.holds.push(capability);
        }
    }

    /// Somebody stands in for a colleague of another domain for some weeks; internal data only.
    fn temporaries(&mut self) {
        let employees: Vec<_> =
            self.employees().filter(|it| self.block_classes(*it).contains(&INTERNAL)).collect();
        for _ in 0..self.params.temporaries {
            if employees.is_empty() {
                return;
            }
            let role = self.random.pick(&employees);
            let family = self.family_at(role);
            let free: Vec<_> = (0..self.project.domains).filter(|it| !family.domains.contains(it)).collect();
            let domains = if free.is_empty() { &family.domains } else { &free };
            let cell = Cell { class: Some(INTERNAL), scopes: vec![("read", family.rows)], ..Cell::default() };
            let block = Block { within: vec![self.random.pick(domains)], may: vec![cell], also: Vec::new() };
            self.project.temporaries.push(Temporary { role, block, from: "2026-09-15", until: "2026-10-10" });
        }
    }

    /// Roles that people of the house hold.
    fn employees(&self) -> impl Iterator<Item = usize> {
        let roles = self.project.roles.iter().enumerate();
        roles.filter(|(_, role)| !role.is_abstract && role.kind == "employee").map(|(at, _)| at)
    }

    /// In the sandbox somebody may clean up, and somebody else may not make confidential rows or edit all internal ones.
    fn changes(&mut self) {
        let edits: Vec<_> =
            self.employees().filter(|it| self.own_scope(*it, INTERNAL, "edit").is_some()).collect();
        let creates: Vec<_> =
            self.employees().filter(|it| self.own_scope(*it, CONFIDENTIAL, "create").is_some()).collect();
        if let [first, rest @ ..] = edits.as_slice()
            && self.random.chance(self.params.changes)
        {
            let family = self.family_at(*first);
            let within = self.project.roles.get(*first).map_or(Vec::new(), |it| it.block.within.clone());
            self.change("widen", *first, within, vec![("delete", family.delete)]);
            let capped = rest.iter().copied().find(|it| ["team", "unit"].contains(&self.family_at(*it).rows));
            if let Some(role) = capped {
                self.change("narrow", role, Vec::new(), vec![("edit", "own")]);
            }
        }
        if let Some(role) = creates.iter().rev().copied().find(|it| !edits.starts_with(&[*it]))
            && self.random.chance(self.params.changes)
        {
            let without = vec![(CONFIDENTIAL, vec!["create"])];
            let block = Block::default();
            self.project.changes.push(Change {
                environment: "sandbox",
                verb: "narrow",
                role,
                block,
                without,
            });
        }
    }

    fn change(&mut self, verb: &'static str, role: usize, within: Vec<usize>, scopes: Scopes) {
        let cell = Cell { class: Some(INTERNAL), scopes, ..Cell::default() };
        let block = Block { within, may: vec![cell], also: Vec::new() };
        self.project.changes.push(Change { environment: "sandbox", verb, role, block, without: Vec::new() });
    }

    /// The scope of an action in a role's own cell of a class, where that cell reaches an asset.
    fn own_scope(&self, role: usize, class: usize, action: &str) -> Option<&'static str> {
        let block = &self.project.roles.get(role)?.block;
        let near = |it: &Asset| {
            it.class == Some(class) && it.domains.iter().any(|domain| block.within.contains(domain))
        };
        self.project.assets.iter().any(near).then_some(())?;
        let cell = block.may.iter().find(|cell| cell.class == Some(class))?;
        cell.scopes.iter().find(|(it, _)| *it == action).map(|(_, scope)| *scope)
    }

    /// What a role does not have, it says so.
    fn never(&mut self) {
        for at in 0..self.project.roles.len() {
            let has = self.block_classes(at);
            let classes = self.project.classes.iter().enumerate().filter(|(class, _)| !has.contains(class));
            let never: Vec<_> = classes.map(|(_, class)| class.id.to_owned()).collect();
            if let Some(role) = self.project.roles.get_mut(at)
                && !role.is_abstract
            {
                role.never = never;
            }
        }
    }

    /// An imported right, and who holds what.
    fn extras(&mut self) {
        let carrier = self.employees().find(|it| self.family_at(*it).platforms.contains(&"dataverse"));
        if let Some(role) = carrier {
            let entry = format!(
                "  carried-0001:\n    role: {}\n    why: Found in the org\n    dataverse: {{privileges: {{prvReadLicense: org}}}}\n",
                self.project.role(role)
            );
            self.project.carried.push(entry);
        }
        let employees: Vec<_> = self.employees().collect();
        for (at, role) in employees.into_iter().enumerate().take(1_000) {
            let person = format!("person-{:04}@gen.example", at + 1);
            self.project.assignments.push((person, self.project.role(role).to_owned()));
        }
    }
}

fn restricted_fields(asset: &Asset) -> Vec<String> {
    let fields = asset.fields.iter().filter(|it| it.class == Some(RESTRICTED));
    fields.map(|field| format!("{}.{}", asset.id, field.id)).collect()
}
