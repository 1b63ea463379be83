//! Something that grants access and that nobody answers for.

use std::collections::BTreeMap;

use ztam_graph::access::{Holder, Target};
use ztam_graph::ids::RoleId;
use ztam_model::project::Text;
use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};
use ztam_source::span::Span;

use crate::cx::Cx;
use crate::sink::{Sink, Subject};

pub(super) static META: RuleMeta = RuleMeta {
    id: "lifecycle/owner-missing",
    summary: "nobody answers for a role, an application or an asset, or nobody says what it is for",
    severity: Severity::High,
    confidence: Confidence::Proven,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST AC-2", "ISO A.5.2", "ISO A.5.9", "CIS 5.1", "CIS 5.5", "PCI 7.2.4"],
    page: include_str!("owner_missing.md"),
};

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    let leavers = leavers(cx);
    for role in cx.access.names.roles.ids() {
        of_role(cx, role, &leavers, out);
    }
    for (name, app) in cx.access.names.project.items.apps.iter() {
        let title = app.title.as_ref().map_or(name.value.as_str(), |it| &it.value);
        let thing = Thing { title, key: &name.value, place: name.span, subject: Subject::default() };
        thing.owner(app.owner.as_ref(), &leavers, out);
        thing.purpose(app.purpose.as_ref(), out);
    }
    assets(cx, &leavers, out);
}

fn of_role(cx: &Cx<'_>, role: RoleId, leavers: &BTreeMap<&str, Span>, out: &mut Sink<'_>) {
    let names = &cx.access.names;
    let declared = names.roles.get(role);
    let title = names.role_title(role);
    let subject = Subject::of(Holder::Role(role));
    let thing = Thing { title: &title, key: names.roles.name(role), place: names.roles.span(role), subject };
    thing.owner(declared.owner.as_ref(), leavers, out);
    thing.purpose(declared.purpose.as_ref(), out);
}

/// Assets that can be reached, and that have an owner neither themselves nor by a domain. Nobody is let in by that, so it
/// advises.
fn assets(cx: &Cx<'_>, leavers: &BTreeMap<&str, Span>, out: &mut Sink<'_>) {
    let names = &cx.access.names;
    for (id, name, asset) in names.assets.iter() {
        let mut domains = asset.domains.iter().filter_map(|it| names.domains.find(&it.value)).peekable();
        let is_reachable = cx.access.asset_classes[id].is_some() && domains.peek().is_some();
        let owned = domains.any(|domain| !is_blank(names.domains.get(domain).owner.as_ref()));
        let title = asset.title.as_ref().map_or(name, |it| &it.value);
        let subject = Subject::default().on(Target::Rows(id));
        let thing = Thing { title, key: name, place: names.assets.span(id), subject };
        if !is_blank(asset.owner.as_ref()) {
            thing.owner(asset.owner.as_ref(), leavers, out);
        } else if is_reachable && !owned {
            out.push(&META, None, Some(thing.place), &thing.subject, || {
                Finding::new(&META, format!("nobody answers for {title}, nor for a domain of it"))
                    .at(thing.place, "no owner")
                    .help("name in `owner` the person or team that answers for it, or for its domain")
                    .with_severity(Severity::Medium)
            });
        }
    }
}

/// People of the assignments whose last day is over.
fn leavers<'p>(cx: &Cx<'p>) -> BTreeMap<&'p str, Span> {
    let mut people: BTreeMap<&str, (Span, bool)> = BTreeMap::new();
    for assignment in &cx.access.names.project.assignments {
        let ended = assignment.until.is_some_and(|until| until.value < cx.access.as_of);
        let span = assignment.until.map_or(assignment.person.span, |until| until.span);
        let person = people.entry(assignment.person.value.as_str()).or_insert((span, true));
        person.1 &= ended;
    }
    people.into_iter().filter(|(_, (_, ended))| *ended).map(|(name, (span, _))| (name, span)).collect()
}

fn is_blank(text: Option<&Text>) -> bool {
    text.is_none_or(|text| text.value.trim().is_empty())
}

/// What needs an owner.
struct Thing<'t> {
    title: &'t str,
    key: &'t str,
    place: Span,
    subject: Subject,
}

impl Thing<'_> {
    fn owner(&self, owner: Option<&Text>, leavers: &BTreeMap<&str, Span>, out: &mut Sink<'_>) {
        let Some(owner) = owner.filter(|text| !text.value.trim().is_empty()) else {
            self.push(self.place, out, || {
                Finding::new(&META, format!("nobody answers for {}", self.title))
                    .at(self.place, "no owner")
                    .help("name in `owner` the person or team that answers for it")
            });
            return;
        };
        if owner.value.trim() == self.key {
            self.push(owner.span, out, || {
                Finding::new(&META, format!("{} answers for itself", self.title))
                    .at(owner.span, "its own name")
                    .help("name a person or a team")
            });
        }
        if let Some(last) = leavers.get(owner.value.trim()) {
            self.push(owner.span, out, || {
                Finding::new(&META, format!("who answers for {} is no longer there", self.title))
                    .at(owner.span, "all assignments of this person have ended")
                    .because(*last, "the last day")
                    .help("name who answers for it now")
            });
        }
    }

    fn purpose(&self, purpose: Option<&Text>, out: &mut Sink<'_>) {
        if is_blank(purpose) {
            self.push(self.place, out, || {
                Finding::new(&META, format!("nobody says what {} is for", self.title))
                    .at(self.place, "no purpose")
                    .help("say in `purpose`, in one sentence, what it is for")
            });
        }
    }

    /// Each complaint stands for itself: one place may lack two things.
    fn push(&self, place: Span, out: &mut Sink<'_>, build: impl Fn() -> Finding) {
        let finding = build();
        let subject = self.subject.clone().called(finding.title.clone());
        out.push(&META, None, Some(place), &subject, || finding);
    }
}
