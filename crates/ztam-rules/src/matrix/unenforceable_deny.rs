//! Something that a group takes away and that its people have in another way, or that nothing in the group grants.

use ztam_graph::access::{Holder, Origin};
use ztam_graph::ids::RoleId;
use ztam_graph::muting::{MutedGroup, Taken};
use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};
use ztam_source::idx::Idx;

use super::muting::{self, Muting, Still};
use crate::cx::Cx;
use crate::sink::{Sink, Subject};

pub(super) static META: RuleMeta = RuleMeta {
    id: "matrix/unenforceable-deny",
    summary: "a group takes away what its people have in another way, or nothing at all",
    severity: Severity::High,
    confidence: Confidence::Proven,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST AC-3", "NIST AC-6", "ISO A.8.3", "PCI 7.3.3"],
    page: include_str!("unenforceable_deny.md"),
};

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    for muting in muting::platforms(cx) {
        for group in &muting.facts.muted {
            beside(cx, &muting, group, out);
            below(cx, &muting, group, out);
            everybody(cx, &muting, group, out);
            nothing(cx, &muting, group, out);
        }
    }
}

/// What another role of a together set gives back.
fn beside(cx: &Cx<'_>, muting: &Muting<'_>, group: &MutedGroup, out: &mut Sink<'_>) {
    for set in cx.access.names.together.ids() {
        let holder = Holder::Together(set);
        let roles = cx.access.roles_of(holder);
        if roles.contains(&group.role) {
            for other in roles.into_iter().filter(|it| *it != group.role) {
                survives(cx, muting, group, (holder, other), out);
            }
        }
    }
}

/// What a role gives back that extends the group: it inherits what the members give, not what the group takes away.
fn below(cx: &Cx<'_>, muting: &Muting<'_>, group: &MutedGroup, out: &mut Sink<'_>) {
    let heirs = cx.roles.iter().filter(|it| **it != group.role);
    for heir in heirs.filter(|it| cx.access.roles[**it].lineage.contains(&group.role)) {
        survives(cx, muting, group, (Holder::Role(*heir), *heir), out);
    }
}

/// All that is taken away and that another role gives.
fn survives(
    cx: &Cx<'_>,
    muting: &Muting<'_>,
    group: &MutedGroup,
    (holder, other): (Holder, RoleId),
    out: &mut Sink<'_>,
) {
    let left = muting.left(cx, other);
    for taken in &group.taken {
        if let Some(still) = muting.still(cx, &left, taken) {
            let subject = muting::subject(cx, holder, taken);
            out.push(&META, None, Some(group.said), &subject, || {
                survivor(cx, muting, group, taken, (holder, other, still))
            });
        }
    }
}

fn survivor(
    cx: &Cx<'_>,
    muting: &Muting<'_>,
    group: &MutedGroup,
    taken: &Taken,
    (holder, other, still): (Holder, RoleId, Still),
) -> Finding {
    let names = &cx.access.names;
    let (who, by) = (names.role_title(group.role), names.role_title(other));
    let what = muting.said(cx, taken);
    let title = match holder {
        Holder::Together(_) => {
            format!("{who} takes away {what}, and {} has it from {by} all the same", cx.title(holder))
        }
        Holder::Role(_) => {
            format!("{who} takes away {what}, and {by}, which extends it, has it all the same")
        }
    };
    let finding = Finding::new(&META, title).at(taken.span, "taken away here");
    let mut finding = muting::shown(cx, finding, group, taken);
    if let Holder::Together(set) = holder {
        finding = finding.because(names.together.span(set), "held together here");
    }
    if let Some(source) = muting.source(cx, other, still) {
        finding = source.context(cx, finding, "gives it outside the group");
    }
    let help = match holder {
        Holder::Together(_) => "take it out of the other role too, or do not hold the two together",
        Holder::Role(_) => "extend the members of the group that do not have it, and not the group",
    };
    muting::sure(finding, still).help(help).fact("by", names.roles.name(other))
}

/// What everybody has anyway.
fn everybody(cx: &Cx<'_>, muting: &Muting<'_>, group: &MutedGroup, out: &mut Sink<'_>) {
    let floor = muting.floor();
    for taken in group.taken.iter().filter(|it| muting.opens(cx, &floor, it)) {
        let subject = muting::subject(cx, Holder::Role(group.role), taken);
        out.push(&META, None, Some(group.said), &subject, || {
            let (who, what) = (cx.access.names.role_title(group.role), muting.said(cx, taken));
            let title =
                format!("{who} takes away {what}, which everybody has on {} anyway", muting.facts.title);
            let finding = Finding::new(&META, title).at(taken.span, "taken away here");
            muting::shown(cx, finding, group, taken)
                .help("take it out of the profile or role that everybody has")
        });
    }
}

/// A set that takes away nothing of what is in the group.
fn nothing(cx: &Cx<'_>, muting: &Muting<'_>, group: &MutedGroup, out: &mut Sink<'_>) {
    let grants = group.taken.iter().any(|it| is_granted(cx, muting, group.role, it));
    if grants || !group.is_known || group.taken.is_empty() {
        return;
    }
    let subject = Subject::of(Holder::Role(group.role)).called(&*group.name);
    out.push(&META, None, Some(group.said), &subject, || {
        let who = cx.access.names.role_title(group.role);
        let title = format!("{who} takes away by `{}` only what nothing in it grants", group.name);
        let finding = Finding::new(&META, title).at(group.said, "takes away nothing");
        let finding = group.taken.iter().take(1).fold(finding, |it, taken| {
            it.because(taken.span, format!("no member of the group has {}", muting.said(cx, taken)))
        });
        finding
            .note("somebody meant to keep people from something; where they have it, they have it by another role")
            .help("take the set out of the group, or name the members that it is meant for")
            .fact("muting", &*group.name)
    });
}

/// Whether a group grants, before anything is taken away, something of it.
fn is_granted(cx: &Cx<'_>, muting: &Muting<'_>, role: RoleId, taken: &Taken) -> bool {
    let held = cx.access.roles[role].possible.get(muting.platform);
    let as_right = taken.right.is_some_and(|it| held.is_some_and(|held| held.contains(it.index())));
    let as_cell = || {
        muting::spots(cx, taken).into_iter().any(|spot| {
            let entries = cx.access.entries(role, spot.slot).iter();
            let here = entries.filter(|it| it.platforms.has(muting.platform) && it.origin != Origin::Derived);
            here.into_iter().any(|it| it.scopes.get(spot.action).closure().0 & spot.scopes.0 != 0)
        })
    };
    as_right || as_cell()
}
