//! The naive judge: roles as lists, every subset tried. It reads the data files of the back ends with its own eyes.

use std::collections::{BTreeMap, BTreeSet};

type Names = BTreeSet<String>;

/// A right on Dataverse that a cell amounts to: asset, action, privilege.
const CELLS: [(&str, &str, &str); 5] = [
    ("assembly", "create", "prvCreatePluginAssembly"),
    ("plugin", "create", "prvCreatePluginType"),
    ("step", "create", "prvCreateSdkMessageProcessingStep"),
    ("grants", "edit", "prvWriteRole"),
    ("crew", "edit", "prvWriteTeam"),
];

const SALESFORCE: [&str; 13] = [
    "ResetPasswords",
    "DelegatedTwoFactor",
    "AssignPermissionSets",
    "ManageTwoFactor",
    "ManageInternalUsers",
    "AuthorApex",
    "ManageInteraction",
    "ApiEnabled",
    "ViewSetup",
    "CanApproveUninstalledApps",
    "ManageCertificates",
    "RunReports",
    "EmailSingle",
];

const DATAVERSE: [&str; 5] = [
    "prvImportCustomization",
    "prvActOnBehalfOfAnotherUser",
    "prvReadAuditSummary",
    "prvApproveRejectEmailAddress",
    "prvExportToExcel",
];

#[derive(Debug, Default)]
struct Role {
    is_abstract: bool,
    extends: Vec<String>,
    holds: Vec<String>,
    assigns: Vec<String>,
    /// Positions in [`CELLS`].
    cells: Vec<usize>,
}

/// A small project.
#[derive(Debug)]
pub(super) struct Case {
    is_salesforce: bool,
    capabilities: BTreeMap<String, Names>,
    roles: BTreeMap<String, Role>,
    facts: Facts,
}

/// An entry that can be taken out: the role, what it is, and what it names.
type Token = (String, &'static str, String);

#[derive(Debug)]
struct Facts {
    /// From, to, whether it is proven.
    brings: Vec<(String, String, bool)>,
    /// Rights that are all needed, whether the whole org is in reach, whether it is proven.
    edges: Vec<(Names, bool, bool)>,
    /// Rights over the whole org, and whether a source confirms it.
    top: BTreeMap<String, bool>,
}

struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % sides
    }

    fn some<T: Clone>(&mut self, of: &[T], most: usize) -> Vec<T> {
        let count = self.roll(most + 1);
        let mut found: Vec<usize> = (0..count).map(|_| self.roll(of.len())).collect();
        found.sort_unstable();
        found.dedup();
        found.into_iter().map(|at| of[at].clone()).collect()
    }
}

fn lines(text: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    text.lines().filter(|line| !line.starts_with('#')).map(|line| line.split('\t').collect())
}

impl Facts {
    fn read(is_salesforce: bool) -> Self {
        let (edges, rights, brings) = if is_salesforce {
            (
                include_str!("../../../crates/ztam-salesforce/src/data/escalation.tsv"),
                include_str!("../../../crates/ztam-salesforce/src/data/user_permissions.tsv"),
                include_str!("../../../crates/ztam-salesforce/src/data/implications.tsv"),
            )
        } else {
            (
                include_str!("../../../crates/ztam-dataverse/src/data/escalation.tsv"),
                include_str!("../../../crates/ztam-dataverse/src/data/privileges.tsv"),
                "",
            )
        };
        let tier_at = if is_salesforce { 2 } else { 6 };
        let tiers: BTreeMap<&str, &str> = lines(rights).map(|row| (row[0], row[tier_at])).collect();
        let top = tiers.iter().filter(|(_, tier)| tier.starts_with('0'));
        let brings = lines(brings).map(|row| {
            let (holds, of): (u32, u32) = (row[3].parse().unwrap(), row[4].parse().unwrap());
            let is_proven = row[2] == "docs" || (row[2] == "partial" && of >= 10 && holds * 10 >= of * 9);
            (row[0].to_owned(), row[1].to_owned(), is_proven)
        });
        let edges = lines(edges).filter(|row| row[1].is_empty() && row[0] != "impersonates").map(|row| {
            let from: Names = row[2].split(' ').map(str::to_owned).collect();
            let doubtful = from.len() == 1 && from.iter().any(|it| tiers[it.as_str()].ends_with('?'));
            let is_whole = matches!(row[0], "edits-roles" | "runs-code" | "imports");
            (from, is_whole, row[3] != "u" && row[4].is_empty() && !doubtful)
        });
        Self {
            brings: brings.collect(),
            edges: edges.collect(),
            top: top.map(|(name, tier)| ((*name).to_owned(), !tier.ends_with('?'))).collect(),
        }
    }
}

impl Case {
    pub(super) fn generate(seed: u64) -> Self {
        let mut dice = Dice(seed * 7919 + 13);
        let is_salesforce = !seed.is_multiple_of(3);
        let pool: Vec<String> = if is_salesforce { &SALESFORCE[..] } else { &DATAVERSE[..] }
            .iter()
            .map(|it| (*it).to_owned())
            .collect();
        let mut capabilities = BTreeMap::new();
        for at in 0..4 {
            let mut rights: Names = dice.some(&pool, 3).into_iter().collect();
            if rights.is_empty() {
                rights.insert(pool[dice.roll(pool.len())].clone());
            }
            capabilities.insert(format!("c{at}"), rights);
        }
        let names: Vec<String> = capabilities.keys().cloned().collect();
        let bases = ["base-a".to_owned(), "base-b".to_owned()];
        let real = ["r1".to_owned(), "r2".to_owned(), "r3".to_owned()];
        let mut roles = BTreeMap::new();
        for name in bases.iter().chain(&real) {
            let is_abstract = bases.contains(name);
            let extends = match name.as_str() {
                "base-a" => Vec::new(),
                "base-b" => dice.some(&bases[..1], 1),
                _ => dice.some(&bases, 2),
            };
            let cells: Vec<usize> = if is_salesforce { Vec::new() } else { dice.some(&[0, 1, 2, 3, 4], 2) };
            let holds = dice.some(&names, 2);
            let given: Vec<String> = real.iter().filter(|it| *it != name).cloned().collect();
            let assigns = if is_abstract || dice.roll(5) > 0 { Vec::new() } else { dice.some(&given, 1) };
            roles.insert(name.clone(), Role { is_abstract, extends, holds, assigns, cells });
        }
        Self { is_salesforce, capabilities, roles, facts: Facts::read(is_salesforce) }
    }

    pub(super) fn platform(&self) -> &'static str {
        if self.is_salesforce { "salesforce" } else { "dataverse" }
    }

    pub(super) fn holders(&self) -> Vec<&'static str> {
        vec!["r1", "r2", "r3", "both"]
    }

    pub(super) fn yaml(&self) -> String {
        let mut text = "capabilities:\n".to_owned();
        for (name, rights) in &self.capabilities {
            let rights: Vec<_> = rights.iter().map(String::as_str).collect();
            let binding = if self.is_salesforce {
                format!("salesforce: {{user-permissions: [{}]}}", rights.join(", "))
            } else {
                format!("dataverse: {{privileges: {{{}: org}}}}", rights.join(": org, "))
            };
            text.push_str(&format!("  {name}: {{title: T, {binding}}}\n"));
        }
        if self.is_salesforce {
            text.push_str("classes: [{id: internal}]\ndomains: {it: {title: IT}}\nassets: {deal: {class: internal, domains: [it], salesforce: {object: Opportunity, sharing: private}}}\n");
        } else {
            text.push_str(&super::tables());
        }
        text.push_str("roles:\n");
        for (name, role) in &self.roles {
            let cells: Vec<_> = role
                .cells
                .iter()
                .map(|at| format!("{{of: [{}], {}: org}}", CELLS[*at].0, CELLS[*at].1))
                .collect();
            let place = if role.is_abstract {
                "abstract: true".to_owned()
            } else {
                format!("platforms: [{}]", self.platform())
            };
            text.push_str(&format!(
                "  {name}: {{{place}, within: [it], extends: [{}], holds: [{}], assigns: [{}], also: [{}]}}\n",
                role.extends.join(", "),
                role.holds.join(", "),
                role.assigns.join(", "),
                cells.join(", ")
            ));
        }
        text + "together: {both: [r1, r2]}\n"
    }

    fn roles_of(&self, holder: &str) -> Vec<String> {
        if holder == "both" { vec!["r1".into(), "r2".into()] } else { vec![holder.to_owned()] }
    }

    /// What a role is granted, without some entries: rights, and delegations as `giver>given`.
    fn granted(&self, role: &str, without: &BTreeSet<Token>) -> Names {
        let own = &self.roles[role];
        let is_there =
            |what: &'static str, name: &str| !without.contains(&(role.to_owned(), what, name.to_owned()));
        let mut all = Names::new();
        for capability in own.holds.iter().filter(|it| is_there("holds", it)) {
            all.extend(self.capabilities[capability].iter().cloned());
        }
        for cell in own.cells.iter().filter(|at| is_there("cell", &at.to_string())) {
            all.insert(CELLS[*cell].2.to_owned());
        }
        for given in own.assigns.iter().filter(|it| is_there("assigns", it)) {
            all.insert(format!("{role}>{given}"));
        }
        for parent in own.extends.iter().filter(|it| is_there("extends", it)) {
            all.extend(self.granted(parent, without));
        }
        all
    }

    fn all_granted(&self, holder: &str, without: &BTreeSet<Token>) -> Names {
        self.roles_of(holder).iter().flat_map(|role| self.granted(role, without)).collect()
    }

    /// Whether some grants of a holder reach the whole org, with proven steps alone or with any. Getting hold of a role that
    /// the holder has already gives nothing, and every other one what it has without some entries.
    fn reaches(&self, holder: &str, start: &Names, only_proven: bool, without: &BTreeSet<Token>) -> bool {
        let own = self.roles_of(holder);
        let counts = |is_proven: bool| is_proven || !only_proven;
        let mut has = start.clone();
        loop {
            let mut next = has.clone();
            for (from, to, is_proven) in &self.facts.brings {
                if has.contains(from) && counts(*is_proven) {
                    next.insert(to.clone());
                }
            }
            let mut gained: Names =
                has.iter().filter_map(|it| it.split_once('>')).map(|(_, given)| given.to_owned()).collect();
            for (from, is_whole, is_proven) in &self.facts.edges {
                if from.is_subset(&has) && counts(*is_proven) {
                    if *is_whole {
                        return true;
                    }
                    gained.extend(
                        self.roles.iter().filter(|(_, it)| !it.is_abstract).map(|(name, _)| name.clone()),
                    );
                }
            }
            for role in gained.into_iter().filter(|role| !own.contains(role)) {
                next.extend(self.granted(&role, without));
            }
            if has.iter().any(|it| self.facts.top.get(it).is_some_and(|confirmed| counts(*confirmed))) {
                return true;
            }
            if next == has {
                return false;
            }
            has = next;
        }
    }

    /// Every minimal set of grants that reaches the whole org, and whether it does so by proven steps alone.
    pub(super) fn witnesses(&self, holder: &str) -> BTreeSet<(Names, bool)> {
        let granted: Vec<String> = self.all_granted(holder, &BTreeSet::new()).into_iter().collect();
        let subsets = |only_proven: bool| {
            let mut minimal: Vec<Names> = Vec::new();
            let mut all: Vec<Names> = (0..1_usize << granted.len())
                .map(|bits| {
                    let chosen = granted.iter().enumerate().filter(|(at, _)| bits >> at & 1 == 1);
                    chosen.map(|(_, name)| name.clone()).collect()
                })
                .collect();
            all.sort_by_key(Names::len);
            for set in all {
                if !minimal.iter().any(|known| known.is_subset(&set))
                    && self.reaches(holder, &set, only_proven, &BTreeSet::new())
                {
                    minimal.push(set);
                }
            }
            minimal
        };
        let (proven, any) = (subsets(true), subsets(false));
        let others = any.into_iter().filter(|set| !proven.iter().any(|known| known.is_subset(set)));
        let others: Vec<_> = others.map(|set| (set, false)).collect();
        proven.into_iter().map(|set| (set, true)).chain(others).collect()
    }

    /// Entries that the holder's roles and what they extend consist of.
    fn tokens(&self, holder: &str) -> BTreeSet<Token> {
        let mut open = self.roles_of(holder);
        let mut all = BTreeSet::new();
        while let Some(role) = open.pop() {
            let own = &self.roles[&role];
            let token = |what: &'static str, name: String| (role.clone(), what, name);
            all.extend(own.holds.iter().map(|it| token("holds", it.clone())));
            all.extend(own.extends.iter().map(|it| token("extends", it.clone())));
            all.extend(own.assigns.iter().map(|it| token("assigns", it.clone())));
            all.extend(own.cells.iter().map(|it| token("cell", it.to_string())));
            open.extend(own.extends.iter().cloned());
        }
        all
    }

    /// The size of the smallest set of the holder's entries without which nothing is reached: where they are gone `everywhere`,
    /// or where other roles keep them.
    pub(super) fn smallest_cut(&self, holder: &str, everywhere: bool) -> Option<usize> {
        let tokens: Vec<Token> = self.tokens(holder).into_iter().collect();
        let mut sets: Vec<usize> = (0..1_usize << tokens.len()).collect();
        sets.sort_by_key(|bits| bits.count_ones());
        sets.into_iter().find_map(|bits| {
            let chosen = tokens.iter().enumerate().filter(|(at, _)| bits >> at & 1 == 1);
            let without: BTreeSet<Token> = chosen.map(|(_, token)| token.clone()).collect();
            let left = self.all_granted(holder, &without);
            let others = if everywhere { without.clone() } else { BTreeSet::new() };
            (!self.reaches(holder, &left, false, &others)).then_some(without.len())
        })
    }
}
