//! What the rules about single rights share: which dangerous rights a role comes to, how sure that is, and how a finding
//! tells where they come from.

use ztam_graph::access::Holder;
use ztam_graph::facts::{PlatformFacts, Right, RightFlags, RightId};
use ztam_graph::ids::RoleId;
use ztam_graph::path::{self, RightCause};
use ztam_model::words::RoleKind;
use ztam_source::finding::{Finding, RuleMeta};
use ztam_source::idx::Idx;
use ztam_source::span::Span;

use crate::cx::Cx;
use crate::route::{held, right_span};
use crate::sink::{Sink, Subject};

/// A dangerous right of a role.
#[derive(Clone, Copy)]
pub(super) struct Danger<'c, 'a> {
    pub(super) cx: &'c Cx<'a>,
    pub(super) role: RoleId,
    pub(super) platform: usize,
    pub(super) facts: &'c PlatformFacts,
    pub(super) right: RightId,
    /// Whether the role surely has it, and a source confirms what it does.
    pub(super) is_proven: bool,
}

/// The rights of a role on a platform, with all that they bring along, that are dangerous in a way; what is proven first,
/// then by tier, so that what is grouped is told by its worst.
pub(super) fn of_role<'c, 'a>(
    cx: &'c Cx<'a>,
    role: RoleId,
    platform: usize,
    counts: impl Fn(&Right) -> bool,
) -> Vec<Danger<'c, 'a>> {
    let access = &cx.access.roles[role];
    let Some((facts, possible)) = cx.access.platforms.get(platform).zip(access.possible.get(platform)) else {
        return Vec::new();
    };
    let surely = |right: RightId| {
        let is_held = access.closure.get(platform).is_some_and(|it| it.contains(right.index()));
        is_held && facts.rights[right].tier.is_none_or(|tier| tier.confirmed)
    };
    let rights = possible.ones().map(RightId::from_usize).filter(|right| {
        let about = &facts.rights[*right];
        counts(about) && !about.flags.has(RightFlags::REMOVED)
    });
    let mut found: Vec<_> =
        rights.map(|right| Danger { cx, role, platform, facts, right, is_proven: surely(right) }).collect();
    found.sort_by_key(|it| (!it.is_proven, it.level(), it.right));
    found
}

/// Every dangerous right of every role on every platform, role by role.
pub(super) fn each<'c, 'a>(cx: &'c Cx<'a>, flags: RightFlags, mut found: impl FnMut(Danger<'c, 'a>)) {
    for role in &cx.roles {
        for platform in 0..cx.access.platforms.len() {
            of_role(cx, *role, platform, |right| right.flags.has(flags)).into_iter().for_each(&mut found);
        }
    }
}

/// Whether a role is declared to run the platform.
pub(super) fn runs_the_platform(cx: &Cx<'_>, role: RoleId) -> bool {
    matches!(cx.kind(role), RoleKind::Administrator | RoleKind::BreakGlass)
}

impl<'a> Danger<'_, 'a> {
    pub(super) fn name(&self) -> &str {
        &self.facts.rights[self.right].name
    }

    pub(super) fn who(&self) -> String {
        self.cx.access.names.role_title(self.role)
    }

    /// Its tier; 5 where it has none.
    pub(super) fn level(&self) -> u8 {
        self.facts.rights[self.right].tier.map_or(5, |tier| tier.level)
    }

    /// Whether a source confirms what the right can do.
    pub(super) fn is_confirmed(&self) -> bool {
        self.facts.rights[self.right].tier.is_none_or(|tier| tier.confirmed)
    }

    fn cause(&self) -> RightCause {
        path::right_cause(self.cx.access, self.role, self.platform, self.right)
    }

    /// Reports a finding that `build` tells apart by title and help; the grant is its place.
    pub(super) fn report(
        &self,
        meta: &'static RuleMeta,
        out: &mut Sink<'_>,
        build: impl FnOnce(Finding) -> Finding,
        title: impl FnOnce() -> String,
    ) {
        let cause = self.cause();
        let place = self.place(&cause);
        let subject = Subject::of(Holder::Role(self.role)).called(self.name());
        let subject = cause.capability.map_or(subject.clone(), |it| subject.holding(it));
        out.push(meta, None, Some(place), &subject, || {
            let finding = self.at(Finding::new(meta, title()), &cause, place);
            let finding = build(finding).fact("right", self.name()).fact("platform", self.facts.platform);
            if self.is_proven { finding } else { self.unsure(finding) }
        });
    }

    /// Where the grant stands that brings the right.
    fn place(&self, cause: &RightCause) -> Span {
        let names = &self.cx.access.names;
        let of_cell = self.cell(cause).map(|(span, _)| span);
        of_cell.or_else(|| right_span(self.cx, cause)).unwrap_or_else(|| names.roles.span(self.role))
    }

    /// The cell that amounts to the first right of the route, and the `extends` entries on the way to it.
    fn cell(&self, cause: &RightCause) -> Option<(Span, Vec<Span>)> {
        if !path::is_by_cells(self.cx.access, cause) {
            return None;
        }
        let first = cause.route.first()?;
        let found = self.facts.cell_rights.iter().filter(|it| it.right == *first).find_map(|it| {
            let slot = self.cx.access.rows_slot(it.asset);
            path::causes(self.cx.access, self.role, slot, it.action).into_iter().next()
        })?;
        Some((found.scope.span, found.extends))
    }

    fn at(&self, finding: Finding, cause: &RightCause, place: Span) -> Finding {
        let said = format!("brings `{}`", self.name());
        let way = cause.capability.and_then(|capability| held(self.cx, self.role, capability));
        let finding = match way {
            Some(way) => way.primary(self.cx, finding, &said),
            None => finding.at(place, said),
        };
        let extends = self.cell(cause).map(|(_, spans)| spans).unwrap_or_default();
        let finding = extends.into_iter().fold(finding, |it, span| it.because(span, "by way of this"));
        finding.note(format!("why: {}", path::right_sentence(self.cx.access, cause)))
    }

    /// Advisory, and why.
    fn unsure(&self, finding: Finding) -> Finding {
        let finding = if !self.is_confirmed() {
            finding.note(format!("no source confirms what `{}` can do, so this is advice", self.name()))
        } else {
            finding.note("not every source says that it comes along, so this is advice")
        };
        finding.advisory()
    }
}
