//! Promises in sentences: three truth values, and for a broken promise the route that breaks it.

use ztam_model::sentence::{self, Predicate, Sentence, What, Who};
use ztam_model::words::{Action, Scope};
use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};

use crate::access::{Access, Conditions, Grant, Holder, Target};
use crate::facts::RowDefault;
use crate::ids::{AssetId, RoleId};
use crate::path;
use crate::scopes::ScopeSet;

/// A promise that is not true.
pub static FAILED: RuleMeta = RuleMeta {
    id: "test/failed",
    summary: "a promise of the project is not true",
    severity: Severity::High,
    confidence: Confidence::Proven,
    waivable: false,
    stage: Stage::Promise,
    since: "0.1.0",
    controls: &["NIST CA-7", "NIST AC-6"],
    page: include_str!("pages/test/failed.md"),
};

/// A promise that says nothing, because what it is about does not exist.
pub static VACUOUS: RuleMeta = RuleMeta {
    id: "test/vacuous",
    summary: "a promise is about nothing that exists, or nothing could break it",
    severity: Severity::High,
    confidence: Confidence::Proven,
    waivable: false,
    stage: Stage::Promise,
    since: "0.1.0",
    controls: &["NIST CA-7"],
    page: include_str!("pages/test/vacuous.md"),
};

/// The rules by which promises report.
pub static RULES: &[&RuleMeta] = &[&FAILED, &VACUOUS];

/// What came of a project's promises in one environment.
#[derive(Debug, Default)]
pub struct Promises {
    /// How many sentences were held against the access.
    pub total: usize,
    /// One for each that is not true.
    pub findings: Vec<Finding>,
}

/// Whether somebody has an access.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Truth {
    /// Never.
    No,
    /// Under conditions, or for a time.
    Conditional,
    /// Always.
    Yes,
}

/// Holds every promise of the access's environment against it.
#[must_use]
pub fn run(access: &Access<'_>) -> Promises {
    let items = &access.names.project.items;
    let mut promises = Promises::default();
    for (group, sentences) in items.tests.iter() {
        let only_in = items.tests_in.get(&group.value);
        let here = access.environment.map(|id| access.names.environments.name(id));
        if only_in.is_some_and(|list| !list.iter().any(|name| Some(name.value.as_str()) == here)) {
            continue;
        }
        for text in sentences {
            if let Ok(sentence) = sentence::parse(text) {
                promises.total += 1;
                promises.findings.extend(judge(access, &sentence));
            }
        }
    }
    promises
}

/// A sentence's finding where it is not true.
#[must_use]
pub fn judge(access: &Access<'_>, sentence: &Sentence) -> Option<Finding> {
    let roles: Vec<RoleId> = access.names.roles.ids().filter(|role| !access.is_abstract(*role)).collect();
    let named: Vec<RoleId> = match &sentence.who {
        Who::Roles(names) => names.iter().filter_map(|name| access.names.roles.find(&name.value)).collect(),
        Who::Everyone(_) => roles.clone(),
        Who::Nobody(_) => Vec::new(),
    };
    let question = Question::new(access, &sentence.says);
    // `nobody can` binds every role to the opposite; `only` binds the others to it.
    let nobody = matches!(sentence.who, Who::Nobody(_));
    let negated = question.negated != nobody;
    let abstract_role = named.iter().find(|role| access.is_abstract(**role));
    if let Some((why, help)) = vacuous(access, &question, negated, abstract_role.copied()) {
        let title = format!("\"{sentence}\" says nothing: {why}");
        let finding = Finding::new(&VACUOUS, title).at(sentence.span, "could never be broken");
        return Some(finding.help(help));
    }
    let bound = if nobody { &roles } else { &named };
    let broken = bound.iter().find_map(|role| {
        let answer = question.answer(*role, negated || sentence.only);
        let kept = if negated {
            answer.truth == Truth::No
        } else {
            answer.truth > Truth::No && (sentence.only || answer.truth == Truth::Yes)
        };
        (!kept).then_some((*role, answer, negated))
    });
    let others = || roles.iter().filter(|role| !named.contains(role));
    let broken = broken.or_else(|| {
        let intruder = |role: &RoleId| {
            let answer = question.answer(*role, true);
            (answer.truth != Truth::No).then_some((*role, answer, true))
        };
        sentence.only.then(|| others().find_map(intruder)).flatten()
    });
    broken.map(|(role, answer, forbidden)| finding(access, sentence, &question, role, &answer, forbidden))
}

/// Why a sentence is true whatever the matrix says, and what to write in its place.
fn vacuous(
    access: &Access<'_>,
    question: &Question<'_, '_>,
    negated: bool,
    abstract_role: Option<RoleId>,
) -> Option<(String, &'static str)> {
    if question.is_vacuous() {
        let why = "no asset and no field is of that kind".to_owned();
        return Some((why, "name what exists, or take the promise out"));
    }
    if let Some(role) = abstract_role.filter(|_| negated) {
        let why = format!("nobody holds {}, which is abstract", access.names.role_title(role));
        return Some((why, "name the roles that extend it"));
    }
    let beyond_all = |says: &Predicate| matches!(says, Predicate::Can { beyond: Some(bound), .. } if bound.value == Scope::Org);
    (negated && beyond_all(question.says))
        .then(|| ("no row is beyond `org`".to_owned(), "name a narrower bound, or leave `beyond` out"))
}

/// What a sentence asks of each role.
struct Question<'a, 'p> {
    access: &'a Access<'p>,
    says: &'a Predicate,
    negated: bool,
    targets: Vec<Target>,
}

/// The answer for one role, and where it was decided.
struct Answer {
    truth: Truth,
    target: Option<Target>,
    reason: Option<String>,
}

impl<'a, 'p> Question<'a, 'p> {
    fn new(access: &'a Access<'p>, says: &'a Predicate) -> Self {
        let (negated, targets) = match says {
            Predicate::Can { negated, what, .. } => (*negated, targets(access, what)),
            Predicate::Holds { negated, .. } => (*negated, Vec::new()),
        };
        Self { access, says, negated, targets }
    }

    fn is_vacuous(&self) -> bool {
        self.targets.is_empty() && matches!(self.says, Predicate::Can { .. })
    }

    /// The truth for one role. Over several targets, `any` asks for the widest answer (what `cannot` and `only` need) and
    /// otherwise for the narrowest (what `can` needs).
    fn answer(&self, role: RoleId, any: bool) -> Answer {
        let access = self.access;
        match self.says {
            Predicate::Holds { capability, .. } => {
                let id = access.names.capabilities.find(&capability.value);
                let holds = id.is_some_and(|id| access.holds(Holder::Role(role), id));
                Answer { truth: if holds { Truth::Yes } else { Truth::No }, target: None, reason: None }
            }
            Predicate::Can { action, scope, beyond, when, .. } => {
                let given = crate::slots::conditions(&access.names, when);
                let asked = Asked {
                    action: action.value,
                    scope: scope.map(|it| it.value),
                    beyond: beyond.map(|it| it.value),
                    given,
                };
                let answers =
                    self.targets.iter().map(|target| asked.of(access, role, *target, !when.is_empty()));
                let chosen =
                    if any { answers.max_by_key(|it| it.truth) } else { answers.min_by_key(|it| it.truth) };
                chosen.unwrap_or(Answer { truth: Truth::No, target: None, reason: None })
            }
        }
    }
}

/// A `can` question about one role and one target.
struct Asked {
    action: Action,
    scope: Option<Scope>,
    beyond: Option<Scope>,
    given: Conditions,
}

impl Asked {
    fn of(&self, access: &Access<'_>, role: RoleId, target: Target, with_conditions: bool) -> Answer {
        let grants = access.grants(Holder::Role(role), target);
        let asked = grants.iter().filter(|grant| !with_conditions || grant.conditions.within(self.given));
        let mut truth = Truth::No;
        let mut reason = None;
        for grant in asked {
            let (hit, why) = self.hits(access, target, grant);
            if hit {
                let always = grant.temporaries.is_empty() && grant.conditions.within(self.given);
                let this = if always { Truth::Yes } else { Truth::Conditional };
                if this > truth {
                    (truth, reason) = (this, why.or_else(|| limits(access, grant)));
                }
            }
        }
        Answer { truth, target: Some(target), reason }
    }

    /// Whether a grant gives what is asked; for `beyond`, whether it may give more than the bound.
    fn hits(&self, access: &Access<'_>, target: Target, grant: &Grant) -> (bool, Option<String>) {
        let scopes = grant.scopes.get(self.action);
        if scopes.is_empty() {
            return (false, None);
        }
        if let Some(bound) = self.beyond {
            if !ScopeSet::of(bound).contains(scopes) {
                return (true, Some(format!("in the rows of {}", scopes.words())));
            }
            return match unproven(access, target, grant, self.action) {
                Some(reason) if bound != Scope::Org && bound != Scope::Shared => (true, Some(reason)),
                _ => (false, None),
            };
        }
        (self.scope.is_none_or(|scope| scopes.reaches(scope)), None)
    }
}

fn limits(access: &Access<'_>, grant: &Grant) -> Option<String> {
    let mut parts = Vec::new();
    if !grant.conditions.is_empty() {
        parts.push(format!("only when {}", access.condition_names(grant.conditions).join(", ")));
    }
    for id in &grant.temporaries {
        let names = &access.names.temporaries;
        parts.push(format!("only until {} ({})", names.get(*id).until.value, names.name(*id)));
    }
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// Why the rows of a grant are not proven to stay within its scope: the platform's default opens more, or is not known.
fn unproven(access: &Access<'_>, target: Target, grant: &Grant, action: Action) -> Option<String> {
    let asset = match target {
        Target::Rows(asset) => asset,
        Target::Field(field) => access.names.fields[field].asset,
    };
    grant.platforms.iter().find_map(|platform| open_default(access, platform, asset, action, 0))
}

fn open_default(
    access: &Access<'_>,
    platform: usize,
    asset: AssetId,
    action: Action,
    depth: u8,
) -> Option<String> {
    let platform_facts = access.platforms.get(platform)?;
    let facts = platform_facts.assets[asset].as_ref()?;
    let on = platform_facts.title;
    match facts.default {
        RowDefault::Private | RowDefault::InRight => None,
        RowDefault::Read if action != Action::Read => None,
        RowDefault::Read | RowDefault::ReadWrite => {
            Some(format!("{on} opens every row of {} to whoever holds the right on the object", facts.name))
        }
        RowDefault::Unknown => Some(format!(
            "not proven: the sharing default of {} on {on} is not known; record it in the inventory or say `sharing:` in the catalogue",
            facts.name
        )),
        // A parent that no asset stands for, or parents that never end, prove nothing.
        RowDefault::Parent if depth > 8 || facts.controlled_by.is_empty() => Some(format!(
            "not proven: the rows of {} on {on} follow those of a parent that is not known",
            facts.name
        )),
        RowDefault::Parent => facts
            .controlled_by
            .iter()
            .find_map(|parent| open_default(access, platform, *parent, action, depth + 1)),
    }
}

/// What a sentence's object stands for: an asset's rows, a field, or all that is of a class or has a tag.
#[must_use]
pub fn targets(access: &Access<'_>, what: &What) -> Vec<Target> {
    let names = &access.names;
    match what {
        What::Field(asset, field) => {
            names.field(&asset.value, &field.value).map(Target::Field).into_iter().collect()
        }
        What::Name(name) => {
            if let Some(asset) = names.assets.find(&name.value) {
                return vec![Target::Rows(asset)];
            }
            let Some(class) = names.class(&name.value) else { return Vec::new() };
            let assets = names
                .assets
                .ids()
                .filter(|asset| access.asset_classes[*asset] == Some(class))
                .map(Target::Rows);
            let fields = names
                .fields
                .ids()
                .filter(|field| access.field_classes[*field] == Some(class))
                .map(Target::Field);
            assets.chain(fields).collect()
        }
        What::Tag(tag) => {
            let has = |tags: &[ztam_model::project::Text]| tags.iter().any(|it| it.value == tag.value);
            let assets = names
                .assets
                .iter()
                .filter(|(_, _, asset)| has(&asset.tags))
                .map(|(id, _, _)| Target::Rows(id));
            let fields = names
                .fields
                .iter_ids()
                .filter(|(_, row)| has(&row.field.tags))
                .map(|(id, _)| Target::Field(id));
            assets.chain(fields).collect()
        }
    }
}

/// A target's name in the matrix.
#[must_use]
pub fn target_name(access: &Access<'_>, target: Target) -> String {
    match target {
        Target::Rows(asset) => access.names.assets.name(asset).to_owned(),
        Target::Field(field) => access.names.field_name(field),
    }
}

fn finding(
    access: &Access<'_>,
    sentence: &Sentence,
    question: &Question<'_, '_>,
    role: RoleId,
    answer: &Answer,
    forbidden: bool,
) -> Finding {
    let title = access.names.role_title(role);
    let what = answer.target.map_or_else(String::new, |target| format!(" {}", target_name(access, target)));
    let says = match (question.says, forbidden) {
        (Predicate::Holds { .. }, true) => "holds it".to_owned(),
        (Predicate::Holds { .. }, false) => "does not hold it".to_owned(),
        (Predicate::Can { action, .. }, true) => {
            let limits = answer.reason.as_ref().map_or_else(String::new, |reason| format!(", {reason}"));
            format!("can {}{what}{limits}", action.value.as_str())
        }
        (Predicate::Can { action, .. }, false) => match &answer.reason {
            Some(reason) => format!("can {}{what} {reason}", action.value.as_str()),
            None => format!("cannot {}{what}", action.value.as_str()),
        },
    };
    let mut finding = Finding::new(&FAILED, format!("\"{sentence}\" is not true: {title} {says}"))
        .at(sentence.span, format!("{title} {says}"))
        .fact("sentence", sentence.to_string())
        .fact("role", access.names.roles.name(role));
    if let (Predicate::Can { action, .. }, Some(target)) = (question.says, answer.target) {
        let routes = path::explain(access, Holder::Role(role), target, action.value);
        for route in routes.into_iter().take(6) {
            finding = finding.note(format!("why: {route}"));
        }
        if answer.truth == Truth::No && !forbidden {
            finding = finding.note(nearest_miss(access, role, target, action.value));
        }
    }
    finding
}

/// The first of the keys that a role lacks for a target.
#[must_use]
pub fn nearest_miss(access: &Access<'_>, role: RoleId, target: Target, action: Action) -> String {
    let names = &access.names;
    let who = names.role_title(role);
    let (asset, slot) = match target {
        Target::Rows(asset) => (asset, Some(access.rows_slot(asset))),
        Target::Field(field) => (names.fields[field].asset, access.field_slot(field)),
    };
    let asset_title = names.assets.name(asset);
    if access.roles[role].platforms.is_empty() {
        return format!("nearest miss: {who} is on no platform (`platforms:`)");
    }
    let lineage = &access.roles[role].lineage;
    let domains = &names.assets.get(asset).domains;
    let within = lineage.iter().flat_map(|ancestor| &names.roles.get(*ancestor).within);
    let shares = within.into_iter().any(|own| domains.iter().any(|domain| domain.value == own.value));
    if !shares {
        let list: Vec<_> = domains.iter().map(|domain| domain.value.as_str()).collect();
        return format!(
            "nearest miss: {who} works in none of the domains of {asset_title} ({})",
            list.join(", ")
        );
    }
    let rows = access.rows_slot(asset);
    let has = |slot| access.entries(role, slot).iter().any(|entry| !entry.scopes.get(action).is_empty());
    if let Target::Field(_) = target
        && slot.is_some_and(has)
        && !has(rows)
    {
        return format!("nearest miss: {who} has the field, but not the rows of {asset_title}");
    }
    if slot.is_some_and(has) {
        return format!(
            "nearest miss: {who} has it in a narrower scope, or {asset_title} is not bound to a platform of the role"
        );
    }
    let class = match target {
        Target::Rows(asset) => access.asset_classes[asset],
        Target::Field(field) => access.field_classes[field],
    };
    let class = class.map_or("its class", |class| names.class_name(class));
    format!("nearest miss: no cell of {who} says {} for {class} there", action.as_str())
}
