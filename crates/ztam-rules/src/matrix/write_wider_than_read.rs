//! Rows that a role may change but not read.

use ztam_graph::access::{Entry, Holder, Origin, SlotKind, Target};
use ztam_graph::ids::{AssetId, RoleId};
use ztam_graph::path::{self, Cause};
use ztam_graph::scopes::ScopeSet;
use ztam_model::words::Action;
use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};

use crate::cx::Cx;
use crate::sink::{Sink, Subject};
use crate::whatif::{self, Unwanted};

pub(super) static META: RuleMeta = RuleMeta {
    id: "matrix/write-wider-than-read",
    summary: "a role may change rows that it may not read",
    severity: Severity::High,
    confidence: Confidence::Proven,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST AC-3", "NIST AC-6", "ISO A.8.3"],
    page: include_str!("write_wider_than_read.md"),
};

const WRITES: [Action; 4] = [Action::Edit, Action::Delete, Action::Share, Action::Assign];

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    for role in &cx.roles {
        for entries in cx.access.roles[*role].entries.chunk_by(|a, b| a.slot == b.slot) {
            let Some(first) = entries.first() else { continue };
            let key = cx.access.slots[first.slot];
            if key.kind == SlotKind::Rows {
                rows(cx, *role, key.asset, entries, out);
            }
        }
    }
}

fn rows(cx: &Cx<'_>, role: RoleId, asset: AssetId, entries: &[Entry], out: &mut Sink<'_>) {
    for entry in entries.iter().filter(|entry| entry.origin == Origin::Matrix) {
        for platform in entry.platforms.iter() {
            let read = read_beside(cx, entry, platform, entries);
            // Where the platform refuses a write without any read, that is a missing dependency and reported as such.
            if read.is_empty() && needs_read(cx, platform, asset) {
                continue;
            }
            let wider = WRITES.iter().find(|action| !read.contains(entry.scopes.get(**action)));
            if let Some(action) = wider {
                report(cx, role, asset, (*action, entry), read, out);
                break;
            }
        }
    }
}

fn needs_read(cx: &Cx<'_>, platform: usize, asset: AssetId) -> bool {
    let facts = cx.access.platforms.get(platform).and_then(|facts| facts.assets[asset].as_ref());
    facts.is_some_and(|facts| facts.needs.write_needs_read)
}

/// The scopes that can be read on a platform whenever an entry holds.
fn read_beside(cx: &Cx<'_>, entry: &Entry, platform: usize, entries: &[Entry]) -> ScopeSet {
    let own = cx.access.layers[entry.layer];
    let holds = |other: &&Entry| {
        let layer = cx.access.layers[other.layer];
        let lasts = layer.temporary.is_none() || layer.temporary == own.temporary;
        other.platforms.has(platform) && lasts && layer.conditions.within(own.conditions)
    };
    entries.iter().filter(holds).fold(ScopeSet::NONE, |all, other| all.union(other.scopes.get(Action::Read)))
}

fn report(
    cx: &Cx<'_>,
    role: RoleId,
    asset: AssetId,
    (action, entry): (Action, &Entry),
    read: ScopeSet,
    out: &mut Sink<'_>,
) {
    let layer = cx.access.layers[entry.layer];
    let causes = path::causes(cx.access, role, entry.slot, action);
    let is_cause = |it: &&Cause| path::layer_of(it) == layer && !read.contains(ScopeSet::of(it.scope.value));
    let cause = causes.iter().find(is_cause);
    let subject = Subject::of(Holder::Role(role)).on(Target::Rows(asset));
    out.push(&META, None, cause.map(|it| it.token), &subject, || {
        let names = &cx.access.names;
        let (who, what) = (names.role_title(role), names.asset_title(asset));
        let (verb, write) = (action.as_str(), entry.scopes.get(action).words());
        let reads = if read.is_empty() { "reads none of it".to_owned() } else { format!("reads only `{}`", read.words()) };
        let title = format!("{who} may {verb} {what} in the scope `{write}`, but {reads}");
        let mut finding = Finding::new(&META, title);
        finding = match cause {
            Some(cause) => finding.at(cause.scope.span, format!("{verb}: {write}")),
            None => finding.at(names.roles.span(role), "this role"),
        };
        let seen = path::causes(cx.access, role, entry.slot, Action::Read);
        if let Some(reading) = seen.first() {
            finding = finding.because(reading.scope.span, format!("read: {}", reading.scope.value.as_str()));
        }
        for span in cause.iter().flat_map(|it| &it.extends) {
            finding = finding.because(*span, "by way of this");
        }
        let finding = finding
            .note("what is changed unseen cannot be checked by who changes it, and the platforms refuse it or open more than the cell says")
            .help(if read.is_empty() {
                format!("add `read` to the cell, or take `{verb}` out")
            } else {
                format!("narrow {verb} to `{}`, or widen read if the role needs to see those rows", read.words())
            })
            .fact("action", verb);
        narrower(cx, finding, role, cause, read)
    });
}

/// Offers the scope that is read for the write, where it is one.
fn narrower(cx: &Cx<'_>, finding: Finding, role: RoleId, cause: Option<&Cause>, read: ScopeSet) -> Finding {
    let mut scopes = read.widest().iter();
    let (Some(scope), None, Some(cause)) = (scopes.next(), scopes.next(), cause) else { return finding };
    let unwanted = Unwanted { rule: META.id, at: cause.scope.span, holder: Some(Holder::Role(role)) };
    let owner = cause.route.last().copied().unwrap_or(role);
    whatif::offer_scope(cx, finding, unwanted, owner, ("narrow the write", cause.scope, scope))
}
