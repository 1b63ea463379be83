//! Separations of duties, held against effective access. Each reports under its own id, `separate/NAME`.

use ztam_graph::access::Holder;
use ztam_graph::ids::{DutyId, SeparationId};
use ztam_graph::resolve::in_force;
use ztam_model::project::{Separation, Waiver};
use ztam_model::words::{Same, SeverityWord};
use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};
use ztam_source::idx::IndexVec;
use ztam_source::span::Span;

use super::duty::Duty;
use super::judge::{self, Apart, Reports};
use super::people;
use crate::cx::Cx;
use crate::sink::Sink;
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
    let duties: IndexVec<DutyId, Duty> = names.duties.ids().map(|id| Duty::of_project(cx, id)).collect();
    let people = people::with_several_roles(cx);
    for (id, name, separation) in names.separations.iter() {
        let mut kept: Vec<_> =
            separation.duties.iter().filter_map(|text| names.duties.find(&text.value)).collect();
        kept.dedup();
        let full_id = format!("separate/{name}");
        let apart = Apart {
            rule: (&META, Some(full_id.clone())),
            reports: Reports::All,
            duties: kept.into_iter().map(|duty| &duties[duty]).collect(),
            same: separation.same.map_or(Same::Any, |it| it.value),
            across: false,
            severity: severity(separation),
            unproven: None,
        };
        let judged = Judged { cx, id, full_id, separation };
        judge::judge(cx, &apart, &people, out, &|finding, holder| judged.reasons(finding, holder));
    }
}

struct Judged<'c, 'a> {
    cx: &'c Cx<'a>,
    id: SeparationId,
    full_id: String,
    separation: &'a Separation,
}

impl Judged<'_, '_> {
    /// Why the duties are kept apart, and the waiver that was about it.
    fn reasons(&self, finding: Finding, holder: Option<Holder>) -> Finding {
        let finding = finding.because(self.separated(), "must be different people");
        let finding = match self.separation.same {
            Some(same) if same.value != Same::Any => {
                finding.because(same.span, format!("on the same {}", same.value.as_str()))
            }
            _ => finding,
        };
        let finding = match &self.separation.why {
            Some(why) => finding.because(why.span, "because"),
            None => finding,
        };
        match holder {
            Some(holder) => self.ended(finding, holder),
            None => finding.help("take one of the roles away, so that the duties lie with different people"),
        }
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
    separation.severity.map_or(Severity::High, |it| severity_of(it.value))
}

/// A severity of the language in the words of findings.
pub(super) fn severity_of(word: SeverityWord) -> Severity {
    match word {
        SeverityWord::Low => Severity::Low,
        SeverityWord::Medium => Severity::Medium,
        SeverityWord::High => Severity::High,
        SeverityWord::Critical => Severity::Critical,
    }
}
