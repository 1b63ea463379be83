//! Which findings a waiver excuses on the day of the run. The only place that decides it.

use ztam_graph::access::Access;
use ztam_graph::resolve::in_force;
use ztam_model::project::Waiver;
use ztam_source::finding::{Finding, RuleMeta};

/// Whether a waiver counts on the day of the run: it is in force, and somebody else than its owner approved it.
pub(crate) fn is_valid(waiver: &Waiver, access: &Access<'_>) -> bool {
    in_force(waiver.from.value, waiver.until.value, access.as_of) && is_approved(waiver)
}

/// Whether somebody approved it, and every approver is somebody else than the owner.
pub(crate) fn is_approved(waiver: &Waiver) -> bool {
    let same = |name: &str| name.trim().eq_ignore_ascii_case(waiver.owner.value.trim());
    !waiver.approved_by.is_empty() && !waiver.approved_by.iter().any(|approver| same(&approver.value))
}

/// The first valid waiver, in the order of names, that excuses a rule for one of the subjects.
pub(crate) fn waiver_for(access: &Access<'_>, meta: &RuleMeta, id: &str, subjects: &[String]) -> Option<String> {
    if !meta.waivable {
        return None;
    }
    let matching = access.names.waivers.iter().find(|(_, _, waiver)| {
        waiver.rule.value == id
            && is_valid(waiver, access)
            && waiver.r#for.iter().any(|name| subjects.contains(&name.value))
    });
    matching.map(|(_, name, _)| name.to_owned())
}

/// Excuses a finding that was made elsewhere, by the names in its facts.
pub(crate) fn excuse(access: &Access<'_>, mut finding: Finding) -> Finding {
    if finding.waived_by.is_none() {
        let subjects: Vec<_> = finding
            .facts
            .iter()
            .filter(|(key, _)| matches!(*key, "role" | "together" | "asset" | "field" | "capability"))
            .map(|(_, value)| value.clone())
            .collect();
        finding.waived_by = waiver_for(access, finding.rule, finding.id(), &subjects);
    }
    finding
}
