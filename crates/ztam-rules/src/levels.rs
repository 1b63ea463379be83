//! What a finding does to the run: the rule's default, the project's profile, the project's levels, and whether what it is
//! about was imported and waits for a review. A level of `forbid` cannot be lowered.

use ztam_graph::ids::Names;
use ztam_model::words::{LevelWord, Profile};
use ztam_source::finding::{Finding, Level, Severity, Stage};

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

/// Whether a finding is about what an import found and nobody has reviewed: a role, or else an asset by its class. What a
/// role set breaks is no fault of one role, and somebody wrote the set.
fn is_unreviewed(names: &Names<'_>, finding: &Finding) -> bool {
    let fact =
        |key: &str| finding.facts.iter().find(|(known, _)| *known == key).map(|(_, value)| value.as_str());
    if fact("together").is_some() {
        return false;
    }
    if let Some(role) = fact("role") {
        let role = names.roles.find(role).map(|it| names.roles.get(it));
        return role.and_then(|it| it.unreviewed).is_some_and(|it| it.value);
    }
    let asset = fact("asset").or_else(|| fact("field")?.split_once('.').map(|(asset, _)| asset));
    let class = asset.and_then(|it| names.assets.find(it)).and_then(|it| names.class_of_asset(it));
    class.and_then(|it| names.classes[it].unreviewed).is_some_and(|it| it.value)
}

/// `minimal` lets only critical findings block; `strict` lets everything of medium severity and above block, advisory rules too.
fn of_profile(profile: Profile, finding: &Finding) -> Level {
    match profile {
        Profile::Minimal if finding.severity() < Severity::Critical => Level::Advisory.min(finding.level),
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
