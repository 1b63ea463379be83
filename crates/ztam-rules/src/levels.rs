//! What a finding does to the run: the rule's default, the project's profile, the project's levels. A level of `forbid`
//! cannot be lowered.

use ztam_model::project::Project;
use ztam_model::words::{LevelWord, Profile};
use ztam_source::finding::{Finding, Level, Severity, Stage};

/// Applies profile and levels. Findings of a level `off` are dropped.
pub(crate) fn apply(project: &Project, findings: &mut Vec<Finding>) {
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
    }
    findings.retain(|finding| finding.level != Level::Off);
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
