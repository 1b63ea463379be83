//! Separations of duties, held against effective access. Each reports under its own id, `separate/NAME`.

use ztam_graph::access::Holder;
use ztam_graph::ids::{DutyId, SeparationId};
use ztam_graph::resolve::in_force;
use ztam_model::project::{Separation, Waiver};
use ztam_model::words::SeverityWord;
use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};
use ztam_source::idx::IndexVec;
use ztam_source::span::Span;

use super::duty::{Duty, Way};
use crate::cx::Cx;
use crate::sink::{Sink, Subject};
use crate::waive;

pub(super) static META: RuleMeta = RuleMeta {
    id: "separate/broken",
    summary: "one person can do two duties that the project keeps apart",
    severity: Severity::High,
    confidence: Confidence::Proven,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST AC-5", "ISO A.5.3", "SOX 404", "COBIT DSS06.03"],
    page: include_str!("broken.md"),
};

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    let names = &cx.access.names;
    if names.separations.is_empty() {
        return;
    }
    let duties: IndexVec<DutyId, Duty> = names.duties.ids().map(|id| Duty::new(cx, id)).collect();
    let by_role: Vec<Ways> = cx.holders.iter().map(|holder| ways(cx, &duties, *holder)).collect();
    for (id, name, separation) in names.separations.iter() {
        let judged = Judged { cx, id, full_id: format!("separate/{name}"), separation, duties: &duties };
        for (holder, ways) in cx.holders.iter().zip(&by_role) {
            let broken = judged.broken(ways);
            let is_news = match holder {
                Holder::Role(_) => true,
                // What one role of the set can do alone is found at the role.
                Holder::Together(_) => {
                    let roles = cx.access.roles_of(*holder);
                    let mut alone = cx
                        .holders
                        .iter()
                        .zip(&by_role)
                        .filter(|(one, _)| matches!(one, Holder::Role(role) if roles.contains(role)));
                    alone.all(|(_, ways)| judged.broken(ways).len() < 2)
                }
            };
            if broken.len() > 1 && is_news {
                judged.report(*holder, &broken, out);
            }
        }
    }
}

/// By which way a holder can do each duty.
type Ways = IndexVec<DutyId, Option<Way>>;

fn ways(cx: &Cx<'_>, duties: &IndexVec<DutyId, Duty>, holder: Holder) -> Ways {
    let roles = cx.access.roles_of(holder);
    duties.iter().map(|duty| duty.way(cx, &roles)).collect()
}

struct Judged<'c, 'a> {
    cx: &'c Cx<'a>,
    id: SeparationId,
    full_id: String,
    separation: &'a Separation,
    duties: &'c IndexVec<DutyId, Duty>,
}

impl Judged<'_, '_> {
    /// The duties of the separation that can be done.
    fn broken(&self, ways: &Ways) -> Vec<(DutyId, Way)> {
        let duties =
            self.separation.duties.iter().filter_map(|text| self.cx.access.names.duties.find(&text.value));
        let mut done: Vec<(DutyId, Way)> = duties.filter_map(|duty| Some((duty, ways[duty]?))).collect();
        done.dedup_by_key(|(duty, _)| *duty);
        done
    }

    fn report(&self, holder: Holder, done: &[(DutyId, Way)], out: &mut Sink<'_>) {
        let names = &self.cx.access.names;
        let (span, said) = match holder {
            Holder::Role(role) => (names.roles.span(role), "this role has them all"),
            Holder::Together(set) => (names.together.span(set), "whoever holds these roles has them all"),
        };
        out.push(&META, Some(&self.full_id), Some(span), &Subject::of(holder), || {
            let titles: Vec<_> =
                done.iter().map(|(duty, _)| format!("\"{}\"", self.duties[*duty].title(self.cx))).collect();
            let title = format!(
                "{} has duties that belong to different people: {}",
                self.cx.title(holder),
                titles.join(" and ")
            );
            let mut finding =
                Finding::new(&META, title).with_severity(severity(self.separation)).at(span, said);
            let roles = self.cx.access.roles_of(holder);
            for (duty, way) in done {
                finding = way.show(self.cx, finding, &roles, &self.duties[*duty].title(self.cx));
            }
            finding = finding.because(self.separated(), "must be different people");
            if let Some(why) = &self.separation.why {
                finding = finding.because(why.span, "because");
            }
            self.ended(finding, holder)
        });
    }

    /// The list of duties in the separation.
    fn separated(&self) -> Span {
        match self.separation.duties.as_slice() {
            [first, .., last] => first.span.to(last.span),
            _ => self.cx.access.names.separations.span(self.id),
        }
    }

    /// Names the waiver that excused it, or was meant to, where there is one.
    fn ended(&self, finding: Finding, holder: Holder) -> Finding {
        let names = &self.cx.access.names;
        let holder = match holder {
            Holder::Role(role) => names.roles.name(role),
            Holder::Together(set) => names.together.name(set),
        };
        let meant = |waiver: &Waiver| {
            waiver.rule.value == self.full_id && waiver.r#for.iter().any(|it| it.value == holder)
        };
        let waiver =
            names.waivers.iter().find(|(_, _, it)| meant(it) && !waive::is_valid(it, self.cx.access));
        let Some((id, _, waiver)) = waiver else {
            return finding.help("split the role, so that the duties lie with different people");
        };
        let finding = finding.because(names.waivers.span(id), "this waiver is about it");
        let (span, text) = self.invalid(waiver);
        finding
            .because(span, text)
            .note(format!("evaluated as of {} (`--as-of`)", self.cx.access.as_of))
            .help(format!("split the role, or have {} renew the waiver", waiver.owner.value))
    }

    fn invalid(&self, waiver: &Waiver) -> (Span, String) {
        let as_of = self.cx.access.as_of;
        if in_force(waiver.from.value, waiver.until.value, as_of) {
            return (waiver.owner.span, "but nobody else than its owner approved it".to_owned());
        }
        if as_of < waiver.from.value {
            return (waiver.from.span, "but it has not begun".to_owned());
        }
        let days = as_of.days_since(waiver.until.value);
        let plural = if days == 1 { "day" } else { "days" };
        (waiver.until.span, format!("but it ended {days} {plural} ago"))
    }
}

fn severity(separation: &Separation) -> Severity {
    match separation.severity.map(|it| it.value) {
        Some(SeverityWord::Low) => Severity::Low,
        Some(SeverityWord::Medium) => Severity::Medium,
        Some(SeverityWord::High) | None => Severity::High,
        Some(SeverityWord::Critical) => Severity::Critical,
    }
}
