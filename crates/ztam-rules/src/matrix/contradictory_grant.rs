//! A group that takes something away and keeps something else that gives it, or that cannot be without it.

use ztam_graph::access::{Holder, SlotKind, Target};
use ztam_graph::facts::ActionNeeds;
use ztam_graph::muting::{MutedGroup, Taken};
use ztam_graph::promise::target_name;
use ztam_model::words::Action;
use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};

use super::muting::{self, Left, Muting, Spot, Still};
use crate::cx::Cx;
use crate::sink::Sink;
use crate::wording;

pub(super) static META: RuleMeta = RuleMeta {
    id: "matrix/contradictory-grant",
    summary: "a group takes away what something else in it still gives, or needs",
    severity: Severity::High,
    confidence: Confidence::Proven,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST AC-3", "ISO A.5.15"],
    page: include_str!("contradictory_grant.md"),
};

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    for muting in muting::platforms(cx) {
        for group in &muting.facts.muted {
            let left = muting.left(cx, group.role);
            for taken in &group.taken {
                if let Some(still) = muting.still(cx, &left, taken) {
                    given(cx, &muting, group, taken, still, out);
                } else if let Some((spot, kept)) = needed(cx, &muting, &left, taken) {
                    needing(cx, group, taken, (spot, kept), out);
                }
            }
        }
    }
}

/// What is taken away and still given.
fn given(
    cx: &Cx<'_>,
    muting: &Muting<'_>,
    group: &MutedGroup,
    taken: &Taken,
    still: Still,
    out: &mut Sink<'_>,
) {
    let subject = muting::subject(cx, Holder::Role(group.role), taken);
    out.push(&META, None, Some(group.said), &subject, || {
        let (who, what) = (cx.access.names.role_title(group.role), muting.said(cx, taken));
        let title = format!("{who} takes away {what}, and something else in it still gives that");
        let finding = Finding::new(&META, title).at(taken.span, "taken away here");
        let finding = muting::shown(cx, finding, group, taken);
        let finding = match muting.source(cx, group.role, still) {
            Some(source) => source.context(cx, finding, "still given by this"),
            None => finding,
        };
        muting::sure(finding, still)
            .note("the group adds up what its members give, so what is left there counts")
            .help("take that away too, or put a member into the group that does not have it")
    });
}

/// The first action that is left and that the platform refuses without one that is taken away.
fn needed(cx: &Cx<'_>, muting: &Muting<'_>, left: &Left, taken: &Taken) -> Option<(Spot, Action)> {
    muting::spots(cx, taken).into_iter().find_map(|spot| {
        let word = muting.word(cx, left, spot.slot);
        let kept = needing_it(muting, cx, spot).iter().copied().find(|action| {
            let kept = word.get(*action);
            !kept.is_empty() && !word.get(spot.action).contains(kept)
        });
        kept.map(|kept| (spot, kept))
    })
}

/// The actions on a slot that need another one there.
fn needing_it(muting: &Muting<'_>, cx: &Cx<'_>, spot: Spot) -> &'static [Action] {
    let asset = cx.access.slots[spot.slot].asset;
    let needs = muting.facts.assets[asset].as_ref().map_or(ActionNeeds::default(), |it| it.needs);
    let is_row = cx.access.slots[spot.slot].kind == SlotKind::Rows;
    match spot.action {
        Action::Read if !is_row => &[Action::Edit],
        Action::Read if needs.write_needs_read && needs.delete_needs_edit => &[Action::Edit, Action::Delete],
        Action::Read if needs.write_needs_read => &[Action::Edit],
        Action::Edit if is_row && needs.delete_needs_edit => &[Action::Delete],
        _ => &[],
    }
}

fn needing(cx: &Cx<'_>, group: &MutedGroup, taken: &Taken, (spot, kept): (Spot, Action), out: &mut Sink<'_>) {
    let subject = muting::subject(cx, Holder::Role(group.role), taken);
    out.push(&META, None, Some(group.said), &subject, || {
        let who = cx.access.names.role_title(group.role);
        let (gone, kept) = (wording::verb(spot.action), wording::verb(kept));
        let on = target_name(cx.access, spot.target);
        let title = format!("{who} takes away {gone} on {on} and keeps {kept}, which cannot be without it");
        let finding = Finding::new(&META, title).at(taken.span, "taken away here");
        let what = if matches!(spot.target, Target::Rows(_)) { "rows" } else { "a field" };
        muting::shown(cx, finding, group, taken)
            .note(format!(
                "{kept} of {what} needs {gone}; which of the two wins in a group is documented nowhere"
            ))
            .help(format!("take {kept} away too, or take away neither"))
            .fact("action", kept)
    });
}
