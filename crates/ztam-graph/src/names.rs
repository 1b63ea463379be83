//! Whether every name that is used is declared, and every declared name is used. Unknown names stop the compilation: a
//! typo in an access matrix silently grants or silently protects nothing.

use std::collections::{BTreeMap, BTreeSet};

use petgraph::algo::kosaraju_scc;
use ztam_model::packs::shared_responsibility;
use ztam_model::project::{AlsoCell, Cell, DutyActions, Guard, Text};
use ztam_model::rules::MISSING_KEY;
use ztam_model::sentence::{self, Predicate, What, Who};
use ztam_model::words::{MovedKind, RoleKind};
use ztam_source::entries::Entries;
use ztam_source::finding::{
    Confidence, Finding, Label, LabelKind, RuleMeta, Safety, Severity, Stage, TextEdit,
};
use ztam_source::idx::Idx;
use ztam_source::span::Span;
use ztam_source::suggest;

use crate::ids::{Names, RoleId};
use crate::resolve::inheritance;

/// A name that is used but declared nowhere.
pub static UNKNOWN: RuleMeta = RuleMeta {
    id: "names/unknown",
    summary: "a name is used that nothing declares",
    severity: Severity::Critical,
    confidence: Confidence::Proven,
    waivable: false,
    stage: Stage::Compile,
    since: "0.1.0",
    controls: &["NIST AC-3", "NIST CM-6", "ISO A.5.15", "PCI 7.2.1"],
    page: include_str!("pages/names/unknown.md"),
};

/// A name that means two things.
pub static COLLISION: RuleMeta = RuleMeta {
    id: "names/collision",
    summary: "two things share one name, in the matrix or after a platform folds it",
    severity: Severity::High,
    confidence: Confidence::Proven,
    waivable: false,
    stage: Stage::Compile,
    since: "0.1.0",
    controls: &["NIST CM-6", "ISO A.5.15"],
    page: include_str!("pages/names/collision.md"),
};

/// More names than a project may have.
pub static TOO_MANY: RuleMeta = RuleMeta {
    id: "names/too-many",
    summary: "a project has more names of a kind than can be proved",
    severity: Severity::High,
    confidence: Confidence::Proven,
    waivable: false,
    stage: Stage::Compile,
    since: "0.1.0",
    controls: &["NIST CM-6"],
    page: include_str!("pages/names/too-many.md"),
};

/// A name that nothing uses.
pub static UNUSED: RuleMeta = RuleMeta {
    id: "names/unused",
    summary: "a name is declared that nothing uses",
    severity: Severity::Low,
    confidence: Confidence::Proven,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST CM-6"],
    page: include_str!("pages/names/unused.md"),
};

/// Inheritance that comes back to where it began.
pub static CYCLE: RuleMeta = RuleMeta {
    id: "matrix/inheritance-cycle",
    summary: "a role extends itself, by way of others or not",
    severity: Severity::Critical,
    confidence: Confidence::Proven,
    waivable: false,
    stage: Stage::Compile,
    since: "0.1.0",
    controls: &["NIST AC-3", "ISO A.5.15"],
    page: include_str!("pages/matrix/inheritance-cycle.md"),
};

/// Every rule of this crate that is about names.
pub static RULES: &[&RuleMeta] = &[&UNKNOWN, &COLLISION, &TOO_MANY, &UNUSED, &CYCLE];

/// A project may declare this many conditions: each is a bit in a word.
pub const MAX_CONDITIONS: usize = 64;
/// A project may declare this many roles: ten times a large fleet.
pub const MAX_ROLES: usize = 50_000;
/// A project may declare this many assets.
pub const MAX_ASSETS: usize = 50_000;
/// A project may list this many fields over all assets.
pub const MAX_FIELDS: usize = 2_000_000;

/// A role may extend this many others, by way of others or not: nobody can review what comes along from more.
pub const MAX_ANCESTORS: usize = 500;

/// Most steps of a cycle that are printed and labelled.
const MOST_STEPS: usize = 12;
/// Most places of one unknown name that are labelled.
const MOST_PLACES: usize = 6;
/// How many names may be compared in search of what was meant, over all findings of a run.
const COMPARISONS: usize = 200_000;

/// What kind of thing a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Space {
    Class,
    Condition,
    Domain,
    Asset,
    Field,
    Capability,
    Role,
    Together,
    Duty,
    Monitor,
    Responsibility,
    Environment,
    TestGroup,
    Platform,
    RoleKind,
    Tag,
}

impl Space {
    const DECLARED: &'static [Self] = &[
        Self::Class,
        Self::Condition,
        Self::Domain,
        Self::Asset,
        Self::Capability,
        Self::Role,
        Self::Together,
        Self::Duty,
        Self::Monitor,
        Self::Environment,
    ];

    fn noun(self) -> &'static str {
        match self {
            Self::Class => "class",
            Self::Condition => "condition",
            Self::Domain => "domain",
            Self::Asset => "asset",
            Self::Field => "field",
            Self::Capability => "capability",
            Self::Role => "role",
            Self::Together => "together set",
            Self::Duty => "duty",
            Self::Monitor => "monitor",
            Self::Responsibility => "duty of the pack `shared-responsibility`",
            Self::Environment => "environment",
            Self::TestGroup => "group of promises",
            Self::Platform => "platform",
            Self::RoleKind => "kind of role",
            Self::Tag => "tag",
        }
    }

    /// The noun with its article.
    fn one(self) -> String {
        let article = if matches!(self, Self::Asset | Self::Environment) { "an" } else { "a" };
        format!("{article} {}", self.noun())
    }
}

/// Checks every name of a project. `platforms` are the keys of the back ends. While some file could not be read, unknown
/// and unused names are held back: they may be declared or used in the part that is missing.
#[must_use]
pub fn check(names: &Names<'_>, platforms: &[&str]) -> Vec<Finding> {
    let mut check = Check::new(names, platforms);
    check.cycles();
    check.namespaces();
    check.limits();
    if names.project.complete {
        check.everything();
        check.count_places();
        check.unused();
    }
    check.findings
}

/// Two roles that a platform would take for one: the later deployment would replace the earlier. Emitted names are known
/// only after binding.
#[must_use]
pub fn emitted_collisions(access: &crate::access::Access<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for facts in &access.platforms {
        let mut seen: BTreeMap<&str, RoleId> = BTreeMap::new();
        for (role, emitted) in facts.role_names.iter_ids() {
            let Some(emitted) = emitted else { continue };
            if let Some(first) = seen.get(emitted.folded.as_str()) {
                let title = format!(
                    "{} and {} would be one on {}: both are called `{}` there",
                    access.names.role_title(*first),
                    access.names.role_title(role),
                    facts.title,
                    emitted.name
                );
                let finding = Finding::new(&COLLISION, title)
                    .at(access.names.roles.span(role), "this role would replace the other")
                    .because(access.names.roles.span(*first), "the other role")
                    .help(format!("give one of them another name: `{}: {{name: ...}}`", facts.platform))
                    .fact("name", emitted.name.clone());
                findings.push(finding);
            } else {
                seen.insert(&emitted.folded, role);
            }
        }
    }
    findings
}

struct Check<'n, 'p> {
    names: &'n Names<'p>,
    platforms: &'n [&'n str],
    tags: BTreeSet<&'p str>,
    used: BTreeSet<(Space, String)>,
    /// The finding of each unknown name by kinds and name, and in how many places the name stands.
    unknown: BTreeMap<(Vec<Space>, String), (usize, usize)>,
    /// How many names may still be compared.
    comparisons: usize,
    findings: Vec<Finding>,
}

/// Who uses a name: where it is declared, and how a label speaks of it.
type Owner<'t> = Option<(Span, &'t str)>;

impl<'n, 'p> Check<'n, 'p> {
    fn new(names: &'n Names<'p>, platforms: &'n [&'n str]) -> Self {
        let assets = names.assets.iter().flat_map(|(_, _, asset)| &asset.tags);
        let fields = names.fields.iter().flat_map(|row| &row.field.tags);
        let tags = assets.chain(fields).map(|tag| tag.value.as_str()).collect();
        Self {
            names,
            platforms,
            tags,
            used: BTreeSet::new(),
            unknown: BTreeMap::new(),
            comparisons: COMPARISONS,
            findings: Vec::new(),
        }
    }

    /// The declared names of a space, in order.
    fn declared(&self, space: Space) -> Vec<&str> {
        let names = self.names;
        let items = &names.project.items;
        match space {
            Space::Class => names.classes.iter().map(|class| class.id.value.as_str()).collect(),
            Space::Condition => names.conditions.names().collect(),
            Space::Domain => names.domains.names().collect(),
            Space::Asset => names.assets.names().collect(),
            Space::Field => Vec::new(),
            Space::Capability => names.capabilities.names().collect(),
            Space::Role => names.roles.names().collect(),
            Space::Together => names.together.names().collect(),
            Space::Duty => names.duties.names().collect(),
            Space::Monitor => items.monitors.iter().map(|(name, _)| name.value.as_str()).collect(),
            Space::Responsibility => shared_responsibility::DUTIES.iter().map(|duty| duty.name).collect(),
            Space::Environment => names.environments.names().collect(),
            Space::TestGroup => items.tests.iter().map(|(name, _)| name.value.as_str()).collect(),
            Space::Platform => self.platforms.to_vec(),
            Space::RoleKind => RoleKind::ALL.iter().map(|kind| kind.as_str()).collect(),
            Space::Tag => self.tags.iter().copied().collect(),
        }
    }

    fn is_declared(&self, space: Space, name: &str) -> bool {
        let names = self.names;
        match space {
            Space::Class => names.class(name).is_some(),
            Space::Condition => names.conditions.find(name).is_some(),
            Space::Domain => names.domains.find(name).is_some(),
            Space::Asset => names.assets.find(name).is_some(),
            Space::Field => {
                name.split_once('.').is_some_and(|(asset, field)| names.field(asset, field).is_some())
            }
            Space::Capability => names.capabilities.find(name).is_some(),
            Space::Role => names.roles.find(name).is_some(),
            Space::Together => names.together.find(name).is_some(),
            Space::Duty => names.duties.find(name).is_some(),
            Space::Environment => names.environments.find(name).is_some(),
            Space::Monitor => names.project.items.monitors.get(name).is_some(),
            Space::Responsibility => shared_responsibility::duty(name).is_some(),
            Space::TestGroup | Space::Platform | Space::RoleKind => self.declared(space).contains(&name),
            Space::Tag => self.tags.contains(name),
        }
    }

    /// Uses a name that may stand for one of several kinds of thing; the first kind is the one to expect.
    fn uses(&mut self, spaces: &[Space], text: &Text, owner: Owner<'_>) {
        self.uses_at(spaces, &text.value, text.span, owner);
    }

    fn uses_at(&mut self, spaces: &[Space], name: &str, span: Span, owner: Owner<'_>) {
        let (spaces, name) = if let Some(tag) = name.strip_prefix("tag:") {
            (&[Space::Tag][..], tag)
        } else if name.contains('.') && spaces.contains(&Space::Field) {
            (&[Space::Field][..], name)
        } else {
            (spaces, name)
        };
        if let Some(space) = spaces.iter().find(|space| self.is_declared(**space, name)) {
            self.used.insert((*space, name.to_owned()));
            if let (Space::Field, Some((asset, _))) = (space, name.split_once('.')) {
                self.used.insert((Space::Asset, asset.to_owned()));
            }
        } else {
            self.unknown(spaces, name, span, owner);
        }
    }

    /// One finding for each name: every place that uses it waits for the same declaration.
    fn unknown(&mut self, spaces: &[Space], name: &str, span: Span, owner: Owner<'_>) {
        let key = (spaces.to_vec(), name.to_owned());
        if let Some((finding, places)) = self.unknown.get_mut(&key) {
            *places += 1;
            if let Some(finding) = self.findings.get_mut(*finding) {
                also_here(finding, span, *places);
            }
            return;
        }
        self.unknown.insert(key, (self.findings.len(), 1));
        let nouns: Vec<_> = spaces
            .iter()
            .filter(|space| **space != Space::Field || spaces.len() == 1)
            .map(|it| it.noun())
            .collect();
        let mut finding = Finding::new(&UNKNOWN, format!("there is no {} `{name}`", nouns.join(" or ")))
            .at(span, "not declared in any file of this project");
        if let Some((at, text)) = owner {
            finding = finding.because(at, text.to_owned());
        }
        finding = finding.fact("name", name).fact("kind", nouns.join("|"));
        let elsewhere =
            Space::DECLARED.iter().find(|space| !spaces.contains(space) && self.is_declared(**space, name));
        let finding = match (elsewhere, spaces.first()) {
            (Some(space), Some(wanted)) => {
                finding.help(format!("`{name}` is {}, not {}", space.one(), wanted.one()))
            }
            _ => self.suggest(finding, spaces, name, span),
        };
        self.findings.push(finding);
    }

    fn suggest(&mut self, finding: Finding, spaces: &[Space], name: &str, span: Span) -> Finding {
        if spaces == [Space::Field] {
            return self.suggest_field(finding, name, span);
        }
        for space in spaces {
            if let Some(close) = self.closest(*space, name) {
                // What was meant is used, only misspelt: that nothing uses it would follow from this finding.
                self.used.insert((*space, close.clone()));
                return did_you_mean(finding, &close, span);
            }
        }
        for space in Space::DECLARED.iter().filter(|space| !spaces.contains(space)) {
            if let Some(close) = self.closest(*space, name) {
                return finding.help(format!("the closest name is `{close}`, which is {}", space.one()));
            }
        }
        if self.comparisons == 0 {
            return finding.help("declare it, or write the name of what is declared");
        }
        match suggest::list(spaces.iter().flat_map(|space| self.declared(*space))) {
            Some(list) => finding.help(format!("known: {list}")),
            None => finding.help("declare it first: nothing of that kind is declared yet"),
        }
    }

    /// The name of a space that was most likely meant. A text full of mistakes is not worth endless search: once many
    /// names were compared, nothing more is suggested.
    fn closest(&mut self, space: Space, name: &str) -> Option<String> {
        if self.comparisons == 0 {
            return None;
        }
        let candidates = self.declared(space);
        let left = self.comparisons.saturating_sub(candidates.len());
        let close = suggest::closest(name, candidates).map(str::to_owned);
        self.comparisons = left;
        close
    }

    fn suggest_field(&mut self, finding: Finding, name: &str, span: Span) -> Finding {
        let Some((asset, field)) = name.split_once('.') else { return finding };
        let Some(id) = self.names.assets.find(asset) else {
            return match self.closest(Space::Asset, asset) {
                Some(close) => did_you_mean(finding, &format!("{close}.{field}"), span),
                None => finding.help(format!("there is no asset `{asset}`")),
            };
        };
        let fields: Vec<_> =
            self.names.fields_of(id).map(|it| self.names.fields[it].name.value.as_str()).collect();
        match suggest::closest(field, fields.iter().copied()) {
            Some(close) => did_you_mean(finding, &format!("{asset}.{close}"), span),
            None => match suggest::list(fields.iter().copied()) {
                Some(list) => finding.help(format!("fields of `{asset}`: {list}")),
                None => {
                    finding.help(format!("`{asset}` lists no fields: list the field in the catalogue first"))
                }
            },
        }
    }

    fn everything(&mut self) {
        self.vocabulary();
        self.roles();
        self.rules_of_the_project();
        self.exceptions();
        self.surroundings();
        self.environments();
        self.promises();
    }

    fn vocabulary(&mut self) {
        let names = self.names;
        for class in names.classes.iter() {
            let owner = Some((class.id.span, "this class asks for it"));
            self.all(&[Space::Condition], &class.requires, owner);
            for (kind, conditions) in class.requires_by_kind.iter() {
                self.uses(&[Space::RoleKind], kind, owner);
                self.all(&[Space::Condition], conditions, owner);
            }
        }
        for (id, _, asset) in names.assets.iter() {
            let owner = Some((names.assets.span(id), "so this asset could not be reached"));
            self.all(&[Space::Class], asset.class.as_slice(), owner);
            self.all(&[Space::Domain], &asset.domains, owner);
            for field in names.fields_of(id) {
                let owner = Some((names.fields[field].name.span, "so this field could not be reached"));
                self.all(&[Space::Class], names.fields[field].field.class.as_slice(), owner);
            }
        }
        let cap = names.project.items.limits.as_ref().and_then(|limits| limits.external_cap.as_ref());
        self.all(&[Space::Class], cap.map(std::slice::from_ref).unwrap_or_default(), None);
    }

    fn all(&mut self, spaces: &[Space], texts: &[Text], owner: Owner<'_>) {
        for text in texts {
            self.uses(spaces, text, owner);
        }
    }

    fn cells(&mut self, may: &Entries<Cell>, also: &[AlsoCell], owner: Owner<'_>) {
        for (class, cell) in may.iter() {
            self.uses(&[Space::Class], class, owner);
            self.all(&[Space::Asset, Space::Field], &cell.of, owner);
            self.all(&[Space::Condition], &cell.when, owner);
        }
        for cell in also {
            self.all(&[Space::Asset, Space::Field, Space::Class], &cell.of, owner);
            self.all(&[Space::Condition], &cell.when, owner);
        }
    }

    fn roles(&mut self) {
        let names = self.names;
        for (id, _, role) in names.roles.iter() {
            let text = format!("so {} would not be what it says", names.role_title(id));
            let owner = Some((names.roles.span(id), text.as_str()));
            self.all(&[Space::Platform], &role.platforms, owner);
            self.all(&[Space::Role], &role.extends, owner);
            self.all(&[Space::Domain], &role.within, owner);
            self.all(&[Space::Condition], &role.signs_in, owner);
            self.cells(&role.may, &role.also, owner);
            self.all(&[Space::Capability], &role.holds, owner);
            self.all(&[Space::Role], &role.assigns, owner);
            self.all(&TARGETS, &role.never, owner);
        }
        for (id, _, roles) in names.together.iter() {
            self.all(&[Space::Role], roles, Some((names.together.span(id), "in this set")));
        }
        for (id, _, carry) in names.carries.iter() {
            if let Some(role) = &carry.role {
                self.uses(&[Space::Role], role, Some((names.carries.span(id), "carried for it")));
            }
        }
        for assignment in &names.project.assignments {
            self.uses(&[Space::Role], &assignment.role, None);
        }
        for moved in &names.project.items.moved {
            let space = match moved.what.value {
                MovedKind::Role => Space::Role,
                MovedKind::Asset => Space::Asset,
                MovedKind::Field => Space::Field,
                MovedKind::Class => Space::Class,
                MovedKind::Capability => Space::Capability,
                MovedKind::Domain => Space::Domain,
            };
            if !self.is_declared(space, &moved.to.value) {
                self.unknown(
                    &[space],
                    &moved.to.value,
                    moved.to.span,
                    Some((moved.from.span, "moved from here")),
                );
            }
        }
    }

    fn rules_of_the_project(&mut self) {
        let names = self.names;
        for (id, _, guard) in names.guards.iter() {
            let owner = Some((names.guards.span(id), "so this guard would protect less than it says"));
            for role in guard.nobody.iter().filter(|role| role.value != "everyone") {
                self.uses(&[Space::Role], role, owner);
            }
            self.all(&[Space::Role], &guard.except, owner);
            self.all(&TARGETS, &guard.of, owner);
            self.actions_of_guard(names.guards.name(id), names.guards.span(id), guard);
        }
        for (id, _, duty) in names.duties.iter() {
            let owner = Some((names.duties.span(id), "so this duty would be seen nowhere"));
            self.actions(&duty.can, owner);
        }
        for (id, _, separation) in names.separations.iter() {
            self.all(
                &[Space::Duty],
                &separation.duties,
                Some((names.separations.span(id), "so nothing would be kept apart")),
            );
        }
    }

    /// A guard over data that names no action would forbid nothing. Only capabilities are held, not acted upon.
    fn actions_of_guard(&mut self, name: &str, span: Span, guard: &Guard) {
        let is_data = |target: &&Text| {
            let name = target.value.as_str();
            name.contains([':', '.'])
                || self.names.class(name).is_some()
                || self.names.assets.find(name).is_some()
        };
        let Some(target) = guard.of.iter().find(is_data).filter(|_| guard.may.is_empty()) else { return };
        let title = format!("the guard `{name}` forbids no action on `{}`", target.value);
        let finding = Finding::new(&MISSING_KEY, title)
            .at(span, "needs `may`")
            .because(target.span, "so this would not be protected at all")
            .help("say what nobody may do: `may: [read, create, edit, delete]`");
        self.findings.push(finding);
    }

    fn exceptions(&mut self) {
        let names = self.names;
        for (id, _, waiver) in names.waivers.iter() {
            let owner = Some((names.waivers.span(id), "so this waiver would excuse nothing"));
            let spaces =
                [Space::Role, Space::Together, Space::Asset, Space::Field, Space::Class, Space::Capability];
            self.all(&spaces, &waiver.r#for, owner);
        }
        for (id, _, temporary) in names.temporaries.iter() {
            let owner = Some((names.temporaries.span(id), "so this grant would not be what it says"));
            self.uses(&[Space::Role], &temporary.role, owner);
            self.all(&[Space::Domain], &temporary.within, owner);
            self.cells(&temporary.may, &temporary.also, owner);
        }
        for (name, responsibility) in names.project.items.responsibilities.iter() {
            self.all(
                &[Space::Condition, Space::Monitor],
                &responsibility.attests,
                Some((name.span, "attested by this")),
            );
            let owner = Some((name.span, "so nobody would answer for it"));
            self.all(&[Space::Responsibility], &responsibility.covers, owner);
        }
    }

    /// What stands around the matrix: accounts, automation, applications, flows of data, monitors, packs.
    fn surroundings(&mut self) {
        let names = self.names;
        let items = &names.project.items;
        for (id, _, role) in names.roles.iter() {
            if let Some(account) = &role.account {
                self.all(&[Space::Role], &account.acts_for, Some((names.roles.span(id), "acts for them")));
            }
            for (tag, _) in role.purposes.iter() {
                let owner = Some((names.roles.span(id), "so this purpose would be about nothing"));
                self.uses(&[Space::Tag], tag, owner);
            }
        }
        for (id, _, capability) in names.capabilities.iter() {
            let owner = Some((names.capabilities.span(id), "so nobody would know what it does"));
            if let Some(automation) = &capability.automation {
                self.actions(&automation.does, owner);
            }
        }
        for (name, app) in items.apps.iter() {
            let owner = Some((name.span, "so nobody would know what this application reaches"));
            self.uses(&[Space::Platform], &app.platform, owner);
            self.all(&[Space::Role], app.runs_as.as_slice(), owner);
        }
        for (name, sync) in items.syncs.iter() {
            let owner = Some((name.span, "so nobody would know what flows here"));
            self.uses(&[Space::Platform], &sync.from, owner);
            self.uses(&[Space::Platform], &sync.to, owner);
            self.uses(&[Space::Asset], &sync.of, owner);
            self.all(&[Space::Asset], sync.into.as_slice(), owner);
            self.all(&[Space::Field], &sync.without, owner);
            self.all(&[Space::Role], sync.r#as.as_slice(), owner);
        }
        for (name, monitor) in items.monitors.iter() {
            let owner = Some((name.span, "so this would go unnoticed"));
            self.all(&[Space::Platform], &monitor.platforms, owner);
            self.all(&[Space::Role], &monitor.of, owner);
        }
        self.findings.extend(crate::pack_names::check(&items.packs));
        for (name, pack) in items.packs.iter() {
            for (_, targets) in pack.bind.iter() {
                let spaces = [Space::Asset, Space::Field, Space::Class, Space::Capability];
                self.all(&spaces, targets, Some((name.span, "so this pack would look at nothing")));
            }
        }
    }

    /// The targets of a list of actions.
    fn actions(&mut self, actions: &DutyActions, owner: Owner<'_>) {
        for (_, target) in actions.targets() {
            self.uses(&[Space::Asset, Space::Field, Space::Class], target, owner);
        }
        self.all(&[Space::Capability], &actions.hold, owner);
    }

    fn environments(&mut self) {
        let names = self.names;
        for (id, _, environment) in names.environments.iter() {
            let owner = Some((names.environments.span(id), "so this environment would not be what it says"));
            self.all(&[Space::Class, Space::Asset], &environment.masked, owner);
            for change in &environment.changes {
                let role = change.widen.as_slice().iter().chain(change.narrow.as_slice());
                role.for_each(|role| self.uses(&[Space::Role], role, owner));
                self.all(&[Space::Domain], &change.within, owner);
                self.cells(&change.may, &change.also, owner);
                for (class, _) in change.without.iter() {
                    self.uses(&[Space::Class], class, owner);
                }
            }
        }
    }

    fn promises(&mut self) {
        let items = &self.names.project.items;
        for (group, environments) in items.tests_in.iter() {
            self.uses(&[Space::TestGroup], group, None);
            self.all(
                &[Space::Environment],
                environments,
                Some((group.span, "so these promises would never be kept")),
            );
        }
        for (_, sentences) in items.tests.iter() {
            for text in sentences {
                // A sentence that does not parse is reported by the shape check.
                if let Ok(sentence) = sentence::parse(text) {
                    self.sentence(&sentence);
                }
            }
        }
    }

    fn sentence(&mut self, sentence: &sentence::Sentence) {
        if let Who::Roles(roles) = &sentence.who {
            self.all(&[Space::Role], roles, None);
        }
        match &sentence.says {
            Predicate::Can { what, when, .. } => {
                match what {
                    What::Name(name) => self.uses(&[Space::Asset, Space::Class], name, None),
                    What::Field(asset, field) => {
                        let name = format!("{}.{}", asset.value, field.value);
                        self.uses_at(&[Space::Field], &name, asset.span.to(field.span), None);
                    }
                    What::Tag(tag) => self.uses(&[Space::Tag], tag, None),
                }
                self.all(&[Space::Condition], when, None);
            }
            Predicate::Holds { capability, .. } => self.uses(&[Space::Capability], capability, None),
        }
    }

    /// Says of each unknown name where else it stands, as far as labels do not.
    fn count_places(&mut self) {
        for (finding, places) in self.unknown.values() {
            let more = places.saturating_sub(MOST_PLACES);
            if more > 0
                && let Some(finding) = self.findings.get_mut(*finding)
            {
                let noun = if more == 1 { "place" } else { "places" };
                finding.notes.push(format!("and in {more} more {noun}"));
            }
        }
    }

    /// Every cycle of inheritance. Not by Tarjan's search, which goes as deep on the stack as roles extend each other.
    fn cycles(&mut self) {
        let graph = inheritance(self.names);
        for component in kosaraju_scc(&graph) {
            let itself = component.first().is_some_and(|node| graph.contains_edge(*node, *node));
            if component.len() < 2 && !itself {
                continue;
            }
            let roles: BTreeSet<_> = component.iter().map(|node| RoleId::from_usize(node.index())).collect();
            self.cycle(&roles);
        }
    }

    fn cycle(&mut self, roles: &BTreeSet<RoleId>) {
        let Some(start) = roles.first().copied() else { return };
        let route = self.walk(start, roles);
        let ids: Vec<_> = route.iter().map(|(role, _)| self.names.roles.name(*role)).collect();
        let mut shown: Vec<_> = ids.iter().take(MOST_STEPS).copied().collect();
        let more = ids.len().saturating_sub(MOST_STEPS);
        let between = if more > 0 { format!("({more} more)") } else { String::new() };
        shown.extend((more > 0).then_some(between.as_str()));
        let printed = format!("{} -> {}", shown.join(" -> "), self.names.roles.name(start));
        let title = format!("{} extends itself: {printed}", self.names.role_title(start));
        let mut finding = Finding::new(&CYCLE, title).fact("cycle", ids.join(","));
        for (position, (role, span)) in route.iter().enumerate().take(MOST_STEPS) {
            let next = route.get(position + 1).map_or(start, |(next, _)| *next);
            let text = format!("{} extends {}", self.names.role_title(*role), self.names.role_title(next));
            finding = if position == 0 { finding.at(*span, text) } else { finding.because(*span, text) };
        }
        let finding = finding
            .help("take one of these out; what both roles share goes into an abstract role that both extend");
        self.findings.push(finding);
    }

    /// A shortest way from a role back to itself inside its component: each role with its `extends` entry for the next.
    fn walk(&self, start: RoleId, within: &BTreeSet<RoleId>) -> Vec<(RoleId, Span)> {
        let mut queue = std::collections::VecDeque::from([start]);
        let mut came_from: BTreeMap<RoleId, (RoleId, Span)> = BTreeMap::new();
        while let Some(current) = queue.pop_front() {
            for text in &self.names.roles.get(current).extends {
                let parent = self.names.roles.find(&text.value).filter(|parent| within.contains(parent));
                let Some(parent) = parent else { continue };
                if parent == start {
                    let mut route = vec![(current, text.span)];
                    while let Some(step) = route.last().and_then(|(role, _)| came_from.get(role)) {
                        route.push(*step);
                    }
                    route.reverse();
                    return route;
                }
                if let std::collections::btree_map::Entry::Vacant(entry) = came_from.entry(parent) {
                    entry.insert((current, text.span));
                    queue.push_back(parent);
                }
            }
        }
        Vec::new()
    }

    /// Classes, assets and capabilities stand in the same places of sentences and guards, so they share one namespace.
    fn namespaces(&mut self) {
        let names = self.names;
        let mut first: BTreeMap<&str, (Space, Span)> = BTreeMap::new();
        let classes =
            names.classes.iter().map(|class| (class.id.value.as_str(), Space::Class, class.id.span));
        let assets =
            names.assets.ids().map(|id| (names.assets.name(id), Space::Asset, names.assets.span(id)));
        let capabilities = names
            .capabilities
            .ids()
            .map(|id| (names.capabilities.name(id), Space::Capability, names.capabilities.span(id)));
        for (name, space, span) in classes.chain(assets).chain(capabilities) {
            let Some((other, at)) = first.get(name) else {
                first.insert(name, (space, span));
                continue;
            };
            let title = format!("`{name}` names both {} and {}", other.one(), space.one());
            let finding = Finding::new(&COLLISION, title)
                .at(span, format!("this {} has the same name", space.noun()))
                .because(*at, format!("this {}", other.noun()))
                .note("guards and promises name classes, assets and capabilities alike, so one name must mean one thing")
                .help("rename one of them")
                .fact("name", name);
            self.findings.push(finding);
        }
    }

    fn limits(&mut self) {
        let names = self.names;
        let conditions = names.conditions.ids().nth(MAX_CONDITIONS).map(|id| names.conditions.span(id));
        self.limit("conditions", MAX_CONDITIONS, names.conditions.len(), conditions);
        let roles = names.roles.ids().nth(MAX_ROLES).map(|id| names.roles.span(id));
        self.limit("roles", MAX_ROLES, names.roles.len(), roles);
        let assets = names.assets.ids().nth(MAX_ASSETS).map(|id| names.assets.span(id));
        self.limit("assets", MAX_ASSETS, names.assets.len(), assets);
        let fields = names.fields.iter().nth(MAX_FIELDS).map(|row| row.name.span);
        self.limit("fields", MAX_FIELDS, names.fields.len(), fields);
        self.ancestors();
    }

    /// The first role that extends more others than can be told apart in a review.
    fn ancestors(&mut self) {
        let names = self.names;
        let Some(role) = names.roles.ids().find(|role| extends_too_many(names, *role)) else { return };
        let title = format!(
            "{} extends more than {MAX_ANCESTORS} other roles, by way of others or not",
            names.role_title(role)
        );
        let finding = Finding::new(&TOO_MANY, title)
            .at(names.roles.span(role), "too many to review")
            .help("write what they grant together into fewer abstract roles");
        self.findings.push(finding);
    }

    fn limit(&mut self, nouns: &str, most: usize, count: usize, first_excess: Option<Span>) {
        if let Some(span) = first_excess {
            let title = format!("a project has at most {most} {nouns}; this one has {count}");
            let finding = Finding::new(&TOO_MANY, title)
                .at(span, "one too many")
                .help("split the matrix into projects that are deployed apart");
            self.findings.push(finding);
        }
    }

    fn unused(&mut self) {
        let names = self.names;
        let mut declared: Vec<(Space, &str, Span)> = Vec::new();
        // The classes of an import wait for what the next one finds.
        let classes = names.classes.iter().filter(|class| !class.unreviewed.is_some_and(|it| it.value));
        declared.extend(classes.map(|class| (Space::Class, class.id.value.as_str(), class.id.span)));
        declared.extend(
            names
                .conditions
                .ids()
                .map(|id| (Space::Condition, names.conditions.name(id), names.conditions.span(id))),
        );
        declared.extend(
            names.domains.ids().map(|id| (Space::Domain, names.domains.name(id), names.domains.span(id))),
        );
        declared.extend(
            names
                .capabilities
                .ids()
                .map(|id| (Space::Capability, names.capabilities.name(id), names.capabilities.span(id))),
        );
        declared
            .extend(names.duties.ids().map(|id| (Space::Duty, names.duties.name(id), names.duties.span(id))));
        let is_abstract = |id: &RoleId| names.roles.get(*id).r#abstract.is_some_and(|it| it.value);
        let blocks = names.roles.ids().filter(is_abstract);
        declared.extend(blocks.map(|id| (Space::Role, names.roles.name(id), names.roles.span(id))));
        for (space, name, span) in declared {
            if !self.used.contains(&(space, name.to_owned())) {
                let noun = if space == Space::Role { "abstract role" } else { space.noun() };
                let finding = Finding::new(&UNUSED, format!("nothing uses the {noun} `{name}`"))
                    .at(span, "declared here, used nowhere")
                    .note("what is declared and used nowhere is either a leftover or a typo in the place that should use it")
                    .help("use it or take it out")
                    .fact("name", name)
                    .fact("kind", noun);
                self.findings.push(finding);
            }
        }
    }
}

fn extends_too_many(names: &Names<'_>, role: RoleId) -> bool {
    let mut seen = BTreeSet::from([role]);
    let mut open = vec![role];
    while let Some(current) = open.pop() {
        for parent in names.roles.get(current).extends.iter().filter_map(|it| names.roles.find(&it.value)) {
            if seen.insert(parent) {
                open.push(parent);
            }
            if seen.len() > MAX_ANCESTORS + 1 {
                return true;
            }
        }
    }
    false
}

/// Another place of a name that is reported already: shown, and mended by the same fix. A fix of very many places is no
/// fix that a person reads.
fn also_here(finding: &mut Finding, span: Span, places: usize) {
    if places > MOST_PLACES {
        finding.fixes.clear();
        return;
    }
    finding.labels.push(Label { span, text: "and here".into(), kind: LabelKind::Context });
    for fix in &mut finding.fixes {
        let text = fix.edits.first().map(|edit| edit.text.clone()).unwrap_or_default();
        fix.edits.push(TextEdit { span, text });
    }
}

/// What guards and `never` name.
const TARGETS: [Space; 4] = [Space::Class, Space::Asset, Space::Field, Space::Capability];

pub(crate) fn did_you_mean(finding: Finding, name: &str, span: Span) -> Finding {
    // Another name is another access: a person decides.
    finding.fix(
        format!("did you mean `{name}`?"),
        Safety::NeedsApproval,
        vec![TextEdit { span, text: name.to_owned() }],
    )
}
