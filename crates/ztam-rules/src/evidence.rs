//! What a responsibility proves on the day of the run, and which monitors work by that measure.

use ztam_graph::ids::RoleId;
use ztam_model::date::Date;
use ztam_model::project::{Responsibility, Text};
use ztam_model::surroundings::Monitor;
use ztam_model::words::Watch;
use ztam_source::finding::Finding;

use crate::cx::Cx;

/// How old evidence may be where a responsibility does not say.
pub(crate) const MAX_AGE_DAYS: u32 = 365;

/// Whether the evidence of a responsibility is young enough.
pub(crate) fn is_current(responsibility: &Responsibility, as_of: Date) -> bool {
    let max_age = responsibility.max_age_days.map_or(MAX_AGE_DAYS, |days| days.value);
    let age = responsibility.verified.map(|verified| as_of.days_since(verified.value));
    age.is_some_and(|age| (0..=i64::from(max_age)).contains(&age))
}

/// The responsibilities that attest a condition or a monitor.
pub(crate) fn attesting<'p>(cx: &Cx<'p>, name: &'p str) -> impl Iterator<Item = &'p Responsibility> {
    let all = cx.access.names.project.items.responsibilities.iter().map(|(_, it)| it);
    all.filter(move |it| it.attests.iter().any(|text| text.value == name))
}

/// Why the responsibilities that attest something prove nothing now.
pub(crate) fn stale<'p>(
    cx: &Cx<'p>,
    mut finding: Finding,
    attesting: impl Iterator<Item = &'p Responsibility>,
) -> Finding {
    for stale in attesting {
        finding = match stale.verified {
            Some(verified) => {
                let age = cx.access.as_of.days_since(verified.value);
                let text = if age < 0 {
                    "lies in the future".to_owned()
                } else {
                    format!("{age} days old, which is too old")
                };
                finding.because(verified.span, text)
            }
            None => finding.because(stale.statement.span, "attests it, but was never verified"),
        };
    }
    finding
}

/// Whether somebody notices what a role does.
#[derive(Clone, Debug)]
pub(crate) enum Watched<'p> {
    /// A monitor looks at it, and current evidence says that it works.
    Yes,
    /// A monitor looks at it, and nothing current says that it works.
    Unproven(&'p Text),
    /// No monitor looks at it.
    No,
}

/// Whether a monitor that notices one of `watches` looks at a role on a platform.
pub(crate) fn watched<'p>(cx: &Cx<'p>, role: RoleId, platform: usize, watches: &[Watch]) -> Watched<'p> {
    let key = cx.access.platforms.get(platform).map_or("", |facts| facts.platform);
    let role = cx.access.names.roles.name(role);
    let looks = |monitor: &Monitor| {
        monitor.watches.iter().any(|watch| watches.contains(&watch.value))
            && (monitor.platforms.is_empty() || monitor.platforms.iter().any(|it| it.value == key))
            && (monitor.of.is_empty() || monitor.of.iter().any(|it| it.value == role))
    };
    let mut unproven = None;
    for (name, _) in cx.access.names.project.items.monitors.iter().filter(|(_, it)| looks(it)) {
        if attesting(cx, &name.value).any(|it| is_current(it, cx.access.as_of)) {
            return Watched::Yes;
        }
        unproven = unproven.or(Some(name));
    }
    unproven.map_or(Watched::No, Watched::Unproven)
}

/// Adds what is known of a monitor that nothing proves, and what to do about it or about its absence.
pub(crate) fn unwatched<'p>(cx: &Cx<'p>, finding: Finding, watched: &Watched<'p>, watch: Watch) -> Finding {
    let word = watch.as_str();
    match watched {
        Watched::Unproven(name) => {
            let finding = finding.because(name.span, "would notice it, but nothing current attests that it works");
            stale(cx, finding, attesting(cx, &name.value)).help(format!(
                "look at the evidence and date it: a responsibility with `attests: [{}]` and `verified:`",
                name.value
            ))
        }
        Watched::Yes | Watched::No => finding.help(format!(
            "set up an alarm and declare it under `monitors` with `watches: [{word}]`, attested by a responsibility"
        )),
    }
}
