//! What a finding does to the run: the rule's default, the project's profile, the project's levels, and whether what it is
//! about was imported and waits for a review. A level of `forbid` cannot be lowered.

use ztam_graph::ids::{ClassId, Names};
use ztam_model::project::Role;
use ztam_model::words::{LevelWord, Profile};
use ztam_source::finding::{Finding, Level, Severity, Stage};

/// The fact that names the classes about which a role says nothing.
pub(crate) const UNDECIDED: &str = "classes";

/// Applies profile and levels. Findings of a level `off` are dropped.
pub(crate) fn apply(names: &Names<'_>, findings: &mut Vec<Finding>) {
    let project = names.project;
    let settings = project.items.rules.as_ref();
    let profile = settings.and_then(|it| it.profile).map_or(Profile::Standard, |profile| profile.value);
    for finding in findings.iter_mut() {
        if finding.level == Level::Forbid || finding.rule.stage == Stage::Compile {
            continue;
        }
        finding.level = of_profile(profile, finding);
        let own =
            settings.and_then(|it| it.levels.get(finding.id()).or_else(|| it.levels.get(finding.rule.id)));
        if let Some(level) = own {
            finding.level = level_of(level.value);
        }
        if finding.level == Level::Blocking && is_unreviewed(names, finding) {
            finding.level = Level::Advisory;
            finding.helps.push(
                "it was imported as it was found: decide, then take `unreviewed` away, and it blocks"
                    .to_owned(),
            );
        }
    }
    findings.retain(|finding| finding.level != Level::Off);
}

/// Whether a finding is about what an import found and nobody has reviewed: a role, or else a capability by whoever holds it, or
/// an asset or a field by its class; or that a role says nothing of classes in which things wait for a review. What a role set
/// breaks is no fault of one role, and somebody wrote the set.
fn is_unreviewed(names: &Names<'_>, finding: &Finding) -> bool {
    let fact =
        |key: &str| finding.facts.iter().find(|(known, _)| *known == key).map(|(_, value)| value.as_str());
    if fact("together").is_some() {
        return false;
    }
    let is_waiting =
        |class: Option<ClassId>| class.and_then(|it| names.classes[it].unreviewed).is_some_and(|it| it.value);
    if fact(UNDECIDED).is_some_and(|classes| classes.split(", ").all(|it| is_waiting(names.class(it)))) {
        return true;
    }
    if let Some(role) = fact("role") {
        let role = names.roles.find(role).map(|it| names.roles.get(it));
        return role.and_then(|it| it.unreviewed).is_some_and(|it| it.value);
    }
    if let Some(capability) = fact("capability") {
        let holds = |role: &Role| role.holds.iter().any(|it| it.value == capability);
        let mut holders = names.roles.iter().map(|(_, _, role)| role).filter(|role| holds(role)).peekable();
        return holders.peek().is_some() && holders.all(|role| role.unreviewed.is_some_and(|it| it.value));
    }
    let field = fact("field").and_then(|it| it.split_once('.'));
    let asset = fact("asset").or_else(|| Some(field?.0)).and_then(|it| names.assets.find(it));
    let field = field.and_then(|(asset, field)| names.field(asset, field));
    is_waiting(asset.and_then(|it| names.class_of_asset(it)))
        || is_waiting(field.and_then(|it| names.class_of_field(it)))
}

/// What `minimal` lets block: that the matrix means one thing, that no class is reached above what a role may touch, that
/// nobody becomes an administrator, that guests stay out, and what the project itself forbids.
const MINIMAL: &[&str] = &[
    "class/clearance-exceeded",
    "emit/session-set-in-group",
    "escalation/escalation-path",
    "escalation/privileged-permission-unjustified",
    "escalation/shadow-admin",
    "external/guest-above-public",
    "external/guest-forbidden-privilege",
    "external/guest-write",
    "guard/",
    "mapping/missing-dependency",
    "mapping/scope-unsupported",
    "matrix/",
    "names/",
    "separate/",
];

fn is_minimal(id: &str) -> bool {
    MINIMAL.iter().any(|it| id == *it || it.ends_with('/') && id.starts_with(it))
}

/// `minimal` lets only what [`MINIMAL`] names block, `standard` every proven rule of high severity and above, and `strict`
/// everything of medium severity and above, advisory rules too.
fn of_profile(profile: Profile, finding: &Finding) -> Level {
    match profile {
        Profile::Minimal if !is_minimal(finding.rule.id) => Level::Advisory.min(finding.level),
        Profile::Strict if finding.severity() >= Severity::Medium => Level::Blocking.max(finding.level),
        Profile::Minimal | Profile::Standard | Profile::Strict => finding.level,
    }
}

fn level_of(word: LevelWord) -> Level {
    match word {
        LevelWord::Off => Level::Off,
        LevelWord::Advisory => Level::Advisory,
        LevelWord::Blocking => Level::Blocking,
        LevelWord::Forbid => Level::Forbid,
    }
}

#[cfg(test)]
mod tests {
    use ztam_source::finding::{Finding, Level};

    use crate::testing::findings;

    fn level(profile: &str, id: &str) -> Option<Level> {
        let text = format!(
            "rules: {{profile: {profile}}}
classes: [{{id: internal, controls: {{widest-read: own}}}}, {{id: secret}}]
domains: {{sales: {{}}}}
assets:
  deal: {{class: internal, tags: [sox], domains: [sales], salesforce: {{object: Deal}}}}
  lost: {{domains: [sales], salesforce: {{object: Lost}}}}
roles:
  rep: {{platforms: [salesforce], within: [sales], kind: administrator, may: {{internal: {{read: org, edit: org}}}}}}
guards: {{look: {{nobody: [everyone], may: [read], of: [deal]}}}}
"
        );
        findings(&text, |_| {}).iter().find(|it: &&Finding| it.rule.id == id).map(|it| it.level)
    }

    /// What is imported waits for a review: a field by its own class, and a class about which a role says nothing.
    #[test]
    fn what_waits_for_a_review_advises() {
        let undecided = |role: &str, classes: &str| {
            let text = format!(
                "classes: [{{id: plain}}, {{id: new, unreviewed: true}}{classes}]
domains: {{sales: {{}}}}
assets:
  deal: {{class: plain, domains: [sales], salesforce: {{object: Deal}}, fields: {{rank: {{class: new, salesforce: Rank__c}}}}}}
roles:
  rep: {{{role}platforms: [salesforce], within: [sales], may: {{plain: {{read: org}}}}}}
"
            );
            let level = |id: &str| {
                let found = findings(&text, |_| {});
                found.iter().find(|it: &&Finding| it.rule.id == id).map(|it| it.level)
            };
            (level("matrix/undecided-cell"), level("monitoring/sensitive-asset-unaudited"))
        };
        let advises = Some(Level::Advisory);
        assert_eq!(undecided("", ""), (advises, advises));
        assert_eq!(undecided("", ", {id: secret}"), (Some(Level::Blocking), advises));
        assert_eq!(undecided("unreviewed: true, ", ", {id: secret}"), (advises, advises));
    }

    #[test]
    fn a_profile_decides_what_blocks() {
        for (id, minimal, standard, strict) in [
            ("guard/broken", Level::Blocking, Level::Blocking, Level::Blocking),
            ("matrix/unclassified", Level::Blocking, Level::Blocking, Level::Blocking),
            ("class/widest-read", Level::Advisory, Level::Blocking, Level::Blocking),
            ("condition/privileged-without-strong-mfa", Level::Advisory, Level::Blocking, Level::Blocking),
            ("compliance/financial-asset-outside-sod", Level::Advisory, Level::Advisory, Level::Blocking),
        ] {
            let levels = ["minimal", "standard", "strict"].map(|profile| level(profile, id));
            assert_eq!(levels, [Some(minimal), Some(standard), Some(strict)], "{id}");
        }
    }
}
