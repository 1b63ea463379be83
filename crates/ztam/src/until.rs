//! Until when a build is right: the last day on which the same sources still mean the same.

use ztam_graph::resolve::in_force;
use ztam_model::date::Date;
use ztam_model::project::Project;
use ztam_source::finding::Finding;

/// How old evidence may be where the matrix does not say, in days.
const EVIDENCE_DAYS: u32 = 365;

/// The earliest end of what counts on a day: waivers that excused one of `findings`, temporary grants (and the day before
/// the next one begins), evidence of responsibilities. `None` where nothing ends.
#[must_use]
pub fn right_until(project: &Project, findings: &[Finding], as_of: Date) -> Option<Date> {
    let items = &project.items;
    let used = |name: &str| findings.iter().any(|it| it.waived_by.as_deref() == Some(name));
    let waivers = items.waivers.iter().filter(|(name, _)| used(&name.value)).map(|(_, it)| it.until.value);
    let temporary = items.temporary.iter().filter_map(|(_, it)| {
        let (from, until) = (it.from.value, it.until.value);
        if in_force(from, until, as_of) {
            Some(until)
        } else if from > as_of && from <= until {
            Date::from_day_number(from.day_number() - 1)
        } else {
            None
        }
    });
    let evidence = items.responsibilities.iter().filter_map(|(_, it)| {
        let days = it.max_age_days.map_or(EVIDENCE_DAYS, |days| days.value);
        Date::from_day_number(it.verified?.value.day_number() + i64::from(days)).filter(|last| *last >= as_of)
    });
    waivers.chain(temporary).chain(evidence).min()
}
