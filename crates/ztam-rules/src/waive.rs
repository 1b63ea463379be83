//! Which findings a waiver excuses on the day of the run. The only place that decides it.

use ztam_graph::access::Access;
use ztam_graph::resolve::in_force;
use ztam_model::project::Waiver;
use ztam_model::words::LevelWord;
use ztam_source::finding::{Finding, RuleMeta};

use crate::need::says;

/// Whether a waiver counts on the day of the run: it is in force, somebody else than its owner approved it, and owner and
/// reason say something.
pub(crate) fn is_valid(waiver: &Waiver, access: &Access<'_>) -> bool {
    in_force(waiver.from.value, waiver.until.value, access.as_of)
        && is_approved(waiver)
        && says(Some(&waiver.owner))
        && says(Some(&waiver.reason))
}

/// Whether somebody approved it, and every approver is somebody else than the owner.
pub(crate) fn is_approved(waiver: &Waiver) -> bool {
    let same = |name: &str| name.trim().eq_ignore_ascii_case(waiver.owner.value.trim());
    let approvers = &waiver.approved_by;
    !approvers.is_empty() && approvers.iter().all(|it| says(Some(it)) && !same(&it.value))
}

/// The first valid waiver, in the order of names, that excuses a rule for one of the subjects. These are asked for only
/// where some waiver is about the rule.
pub(crate) fn waiver_for(
    access: &Access<'_>,
    meta: &RuleMeta,
    id: &str,
    subjects: impl FnOnce() -> Vec<String>,
) -> Option<String> {
    if !meta.waivable || is_forbidden(access, meta, id) {
        return None;
    }
    let about_it = |waiver: &Waiver| waiver.rule.value == id && is_valid(waiver, access);
    let mut waivers = access.names.waivers.iter().filter(|(_, _, waiver)| about_it(waiver)).peekable();
    waivers.peek()?;
    let subjects = subjects();
    let excuses = |waiver: &Waiver| waiver.r#for.iter().any(|name| subjects.contains(&name.value));
    waivers.find(|(_, _, waiver)| excuses(waiver)).map(|(_, name, _)| name.to_owned())
}

/// Whether the project sets a rule to `forbid`: then no waiver excuses it.
pub(crate) fn is_forbidden(access: &Access<'_>, meta: &RuleMeta, id: &str) -> bool {
    let settings = access.names.project.items.rules.as_ref();
    let level = settings.and_then(|it| it.levels.get(id).or_else(|| it.levels.get(meta.id)));
    level.is_some_and(|level| level.value == LevelWord::Forbid)
}

/// The names by which waivers may speak of a finding, from its facts. A field is also spoken of by its asset.
pub(crate) fn subjects(finding: &Finding) -> Vec<String> {
    let about = |key: &str| matches!(key, "role" | "together" | "asset" | "field" | "capability");
    let mut all: Vec<String> =
        finding.facts.iter().filter(|(key, _)| about(key)).map(|(_, value)| value.clone()).collect();
    let assets: Vec<_> =
        all.iter().filter_map(|name| name.split_once('.')).map(|(asset, _)| asset.to_owned()).collect();
    all.extend(assets);
    all
}

/// Excuses a finding that was made elsewhere, by the names in its facts.
pub(crate) fn excuse(access: &Access<'_>, mut finding: Finding) -> Finding {
    if finding.waived_by.is_none() {
        finding.waived_by = waiver_for(access, finding.rule, finding.id(), || subjects(&finding));
    }
    finding
}
