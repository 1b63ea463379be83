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

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use ztam_model::lower::{assemble, read_file};
    use ztam_model::shape::ShapeCheck;
    use ztam_source::file::{SourceFile, SourceMap};

    const EXCEPTIONS: &str = "\
ztam: 1
project: p
waivers:
  W-1:
    {rule: x/y, for: [a], reason: r, owner: o, approved-by: [b], from: 2026-01-01, until: 2026-03-15}
temporary:
  T-now: {role: a, reason: r, owner: o, approved-by: [b], from: 2026-01-01, until: 2026-04-30}
  T-next: {role: a, reason: r, owner: o, approved-by: [b], from: 2026-04-01, until: 2026-06-30}
  T-old: {role: a, reason: r, owner: o, approved-by: [b], from: 2025-01-01, until: 2025-06-30}
responsibilities:
  review: {statement: s, party: customer, verified: 2026-01-01, max-age-days: 80}
";

    #[test]
    fn the_earliest_end_counts() {
        let mut sources = SourceMap::default();
        let id = sources.add(SourceFile::new("ztam.yaml", EXCEPTIONS));
        let file = read_file(id, EXCEPTIONS, &[], &ShapeCheck::new(Vec::new()));
        assert!(file.findings.is_empty(), "{:?}", file.findings);
        let (project, _) = assemble(vec![Arc::new(file)]);
        let mut waived = Finding::new(&ztam_source::rules::SYNTAX, "x");
        waived.waived_by = Some("W-1".into());
        let until = |as_of: &str, findings: &[Finding]| {
            right_until(&project, findings, Date::parse(as_of).unwrap()).map(|date| date.to_string())
        };
        assert_eq!(until("2026-01-10", &[]).as_deref(), Some("2026-03-22"), "evidence");
        assert_eq!(until("2026-03-25", &[]).as_deref(), Some("2026-03-31"), "the day before the next grant");
        assert_eq!(until("2026-01-10", &[waived]).as_deref(), Some("2026-03-15"), "the waiver");
        assert_eq!(until("2026-04-10", &[]).as_deref(), Some("2026-04-30"), "the grant");
        assert_eq!(until("2026-07-01", &[]), None);
    }
}
