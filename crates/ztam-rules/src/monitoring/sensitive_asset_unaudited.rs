//! Sensitive data whose changes, or reads, leave no record.

use ztam_graph::access::Target;
use ztam_graph::ids::{AssetId, ClassId};
use ztam_model::inventory::InventoryObject;
use ztam_model::surroundings::Audit;
use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};
use ztam_source::span::{Span, Spanned};

use crate::cx::{Cx, Sensitivity};
use crate::sink::{Sink, Subject};

pub(super) static META: RuleMeta = RuleMeta {
    id: "monitoring/sensitive-asset-unaudited",
    summary: "nothing records what happens to sensitive data, or not for long enough",
    severity: Severity::High,
    confidence: Confidence::Proven,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST AU-2", "NIST AU-12", "NIST AU-11", "ISO A.8.15", "HIPAA 164.312(b)", "PCI 10"],
    page: include_str!("sensitive_asset_unaudited.md"),
};

/// Days for which the records of data with a tag are kept at least: six years for health data, one for payment cards.
const KEPT: [(&str, u32); 3] = [("hipaa", 2190), ("phi", 2190), ("pci", 365)];

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    for asset in cx.access.names.assets.ids() {
        let judged = Judged::new(cx, asset);
        judged.changes(out);
        judged.reads(out);
        judged.retention(out);
    }
}

struct Judged<'c, 'a> {
    cx: &'c Cx<'a>,
    asset: AssetId,
    /// Classes of the asset and its fields that are sensitive.
    classes: Vec<ClassId>,
    declared: Audit,
}

impl<'c, 'a> Judged<'c, 'a> {
    fn new(cx: &'c Cx<'a>, asset: AssetId) -> Self {
        let fields = cx.access.names.fields_of(asset).map(|field| cx.access.field_classes[field]);
        let all = fields.chain([cx.access.asset_classes[asset]]).flatten();
        let mut classes: Vec<_> = all.filter(|it| cx.sensitivity(*it) >= Sensitivity::Confidential).collect();
        classes.sort_unstable();
        classes.dedup();
        let declared = cx.access.names.assets.get(asset).audit.clone().unwrap_or_default();
        Self { cx, asset, classes, declared }
    }

    /// One finding for a platform: the rows, or else each field, that nothing records.
    fn changes(&self, out: &mut Sink<'_>) {
        if self.classes.is_empty() {
            return;
        }
        for (platform, facts) in self.cx.access.platforms.iter().enumerate() {
            let Some(bound) = &facts.assets[self.asset] else { continue };
            let known = self.cx.access.names.project.inventory.platforms.get(facts.platform);
            let known = known.and_then(|it| it.objects.get(&*bound.name));
            for target in self.unrecorded(platform, known) {
                let subject = Subject::default().on(target);
                self.push(subject, facts.title, self.place(), out, |what| {
                    let title = format!("nothing records changes of {what} on {}", facts.title);
                    let said = if known.and_then(|it| it.audited).is_some() {
                        "the inventory says that it is not recorded"
                    } else {
                        "neither inventory nor `audit` says that it is recorded"
                    };
                    (title, said, "switch the recording on and take the inventory again, or say `audit: {changes: true}` where no inventory can")
                });
            }
        }
    }

    fn unrecorded(&self, platform: usize, known: Option<&InventoryObject>) -> Vec<Target> {
        let said = self.declared.changes.is_some_and(|it| it.value);
        let object = known.and_then(|it| it.audited).unwrap_or(said);
        let (access, names) = (self.cx.access, &self.cx.access.names);
        if access.asset_classes[self.asset].is_some_and(|it| self.classes.contains(&it)) && !object {
            return vec![Target::Rows(self.asset)];
        }
        let Some(facts) = access.platforms.get(platform) else { return Vec::new() };
        let fields = names.fields_of(self.asset).filter(|field| {
            let Some(bound) = &facts.fields[*field] else { return false };
            let field_known = known.and_then(|it| it.fields.get(&*bound.name)).and_then(|it| it.audited);
            let sensitive = access.field_classes[*field].is_some_and(|it| self.classes.contains(&it));
            let own = names.fields[*field].field.class.is_some();
            sensitive
                && own
                && !(object
                    && field_known.unwrap_or(said || known.is_some_and(|it| it.audited == Some(true))))
        });
        fields.map(Target::Field).collect()
    }

    /// Reads are recorded where a class asks for it.
    fn reads(&self, out: &mut Sink<'_>) {
        let asks = |class: &ClassId| -> Option<Span> {
            let controls = self.cx.access.names.classes[*class].controls.as_ref()?;
            controls.audit_reads.filter(|it| it.value).map(|it| it.span)
        };
        let Some(asked) = self.classes.iter().find_map(asks) else { return };
        if !self.declared.reads.is_some_and(|it| it.value) {
            let place = self.declared.reads.map_or_else(|| self.place(), |it| it.span);
            self.ask(place, asked, out, |what| {
                (
                    format!("nothing records who reads {what}"),
                    "no `audit: {reads: true}`",
                    "record reads, and say so: `audit: {reads: true}`",
                )
            });
        }
    }

    /// Records are kept as long as class and tags ask.
    fn retention(&self, out: &mut Sink<'_>) {
        let kept = self.declared.retention_days;
        let Some((days, asked)) = self.longest() else { return };
        if kept.is_some_and(|it| it.value >= days) {
            return;
        }
        let place = kept.map_or_else(|| self.place(), |it| it.span);
        self.ask(place, asked, out, |what| {
            let title = match kept {
                Some(kept) => {
                    format!("records of {what} are kept {} days of the {days} that are asked for", kept.value)
                }
                None => format!("nobody says that records of {what} are kept {days} days"),
            };
            (title, "not long enough", "keep the records longer, and say so: `audit: {retention-days: ...}`")
        });
    }

    /// How long records are kept by what classes ask, and by tags where the asset says how long they are kept.
    fn longest(&self) -> Option<(u32, Span)> {
        let names = &self.cx.access.names;
        let asked = self.classes.iter().filter_map(|it| names.classes[*it].controls.as_ref()?.retention_days);
        let asked = asked.map(|days: Spanned<u32>| (days.value, days.span));
        let fields = names.fields_of(self.asset).flat_map(|it| &names.fields[it].field.tags);
        let tags = names.assets.get(self.asset).tags.iter().chain(fields).filter_map(|tag| {
            let kept = KEPT.iter().find(|(name, _)| tag.value.eq_ignore_ascii_case(name));
            kept.map(|(_, days)| (*days, tag.span))
        });
        let tags = tags.filter(|_| self.declared.retention_days.is_some());
        asked.chain(tags).max_by_key(|(days, _)| *days)
    }

    fn place(&self) -> Span {
        self.declared.changes.map_or_else(|| self.cx.access.names.assets.span(self.asset), |it| it.span)
    }

    fn ask(
        &self,
        place: Span,
        asked: Span,
        out: &mut Sink<'_>,
        words: impl Fn(&str) -> (String, &'static str, &'static str),
    ) {
        let what = self.cx.access.names.asset_title(self.asset);
        let (title, said, help) = words(&what);
        let subject = Subject::default().on(Target::Rows(self.asset)).called(title.clone());
        out.push(&META, None, Some(place), &subject, || {
            Finding::new(&META, title).at(place, said).because(asked, "asks for it").help(help)
        });
    }

    fn push(
        &self,
        subject: Subject,
        platform: &str,
        place: Span,
        out: &mut Sink<'_>,
        words: impl Fn(&str) -> (String, &'static str, &'static str),
    ) {
        let names = &self.cx.access.names;
        let (what, span) = match subject.target {
            Some(Target::Field(field)) => (names.field_name(field), Some(names.fields[field].name.span)),
            _ => (names.asset_title(self.asset), None),
        };
        let subject = subject.called(format!("{what} on {platform}"));
        out.push(&META, None, Some(place), &subject, || {
            let (title, said, help) = words(&what);
            let finding = Finding::new(&META, title).at(span.unwrap_or(place), said);
            let class = self.classes.last().map(|it| names.classes[*it].id.span);
            let finding =
                class.map_or(finding.clone(), |class| finding.because(class, "has data of this class"));
            finding.help(help)
        });
    }
}
