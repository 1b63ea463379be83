//! A right that the platform refuses without another one.

use ztam_graph::access::{Holder, Origin, Target};
use ztam_graph::facts::{AssetFacts, Evidence};
use ztam_graph::ids::{AssetId, RoleId};
use ztam_graph::path::Cause;
use ztam_graph::scopes::ScopeSet;
use ztam_model::words::Action;
use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};

use super::cell;
use crate::cx::Cx;
use crate::layers::{Moment, OnAsset, Piece, per_asset};
use crate::sink::{Sink, Subject};
use crate::wording;

pub(super) static META: RuleMeta = RuleMeta {
    id: "mapping/missing-dependency",
    summary: "a right is granted without another one that the platform asks for",
    severity: Severity::High,
    confidence: Confidence::Proven,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST CM-6", "ISO A.8.3"],
    page: include_str!("missing_dependency.md"),
};

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    for role in &cx.roles {
        let look = Look { cx, role: *role };
        per_asset(cx.access, Holder::Role(*role), |on| look.asset(out, on));
    }
}

/// What is missing for an action.
enum Missing {
    /// Another action on the same asset.
    Action(Action),
    /// Reading another asset.
    Parent(AssetId),
    /// Reading objects that the project has no asset for.
    Unbound(String),
}

/// An action without what it needs.
struct Lack<'e> {
    asset: AssetId,
    piece: &'e Piece,
    /// The platform's title.
    on: &'static str,
    action: Action,
    missing: Missing,
}

struct Look<'c, 'a> {
    cx: &'c Cx<'a>,
    role: RoleId,
}

impl Look<'_, '_> {
    fn asset(&self, out: &mut Sink<'_>, on: OnAsset<'_>) {
        for piece in on.rows.iter().filter(|piece| piece.is_cell()) {
            for platform in piece.entry.platforms.iter() {
                let Some(known) = self.cx.access.platforms.get(platform) else { continue };
                let (Some(facts), title) = (known.assets[on.asset].as_ref(), known.title) else { continue };
                for (action, _) in piece.entry.scopes.iter() {
                    for missing in self.missing(facts, on, piece, platform, action) {
                        let lack = Lack { asset: on.asset, piece, on: title, action, missing };
                        self.report(out, &lack, facts.evidence);
                    }
                }
            }
        }
    }

    /// What does not hold together with an action of a piece.
    fn missing(
        &self,
        facts: &AssetFacts,
        on: OnAsset<'_>,
        piece: &Piece,
        platform: usize,
        action: Action,
    ) -> Vec<Missing> {
        let moment = Moment::of(piece.layer);
        let has = |needed: Action| {
            let cells = on.rows.iter().filter(|row| row.is_cell() && moment.has(row.layer));
            cells.into_iter().any(|row| !row.scopes(platform, needed).is_empty())
        };
        let reads = |parent: AssetId| {
            let access = self.cx.access;
            let rows = access.entries(self.role, access.rows_slot(parent)).iter();
            let cells = rows.filter(|row| row.origin == Origin::Matrix && row.platforms.has(platform));
            cells
                .filter(|row| moment.has(access.layers[row.layer]))
                .any(|row| !row.scopes.get(Action::Read).is_empty())
        };
        let needed: &[Action] = match action {
            Action::Create | Action::Edit if facts.needs.write_needs_read => &[Action::Read],
            Action::Delete if facts.needs.delete_needs_edit => &[Action::Read, Action::Edit],
            _ => &[],
        };
        let own = needed.iter().filter(|needed| !has(**needed)).map(|needed| Missing::Action(*needed));
        let mut all: Vec<Missing> = own.collect();
        if action == Action::Read {
            let parents = facts.read_needs.iter().filter(|parent| !reads(**parent));
            all.extend(parents.map(|parent| Missing::Parent(*parent)));
            if !facts.read_needs_unbound.is_empty() {
                let names: Vec<_> = facts.read_needs_unbound.iter().map(|name| format!("`{name}`")).collect();
                all.push(Missing::Unbound(names.join(", ")));
            }
        }
        all
    }

    fn report(&self, out: &mut Sink<'_>, lack: &Lack<'_>, evidence: Evidence) {
        let access = self.cx.access;
        let names = &access.names;
        let sure = |finding: Finding| {
            if evidence == Evidence::Unverified { cell::unverified(finding) } else { finding }
        };
        let subject = Subject::default().on(Target::Rows(lack.asset));
        if let Missing::Unbound(objects) = &lack.missing {
            // Nobody can be granted it, so who asks for it is one list.
            let subject = subject.called(names.role_title(lack.piece.role));
            let place = names.assets.span(lack.asset);
            out.push(&META, None, Some(place), &subject, || sure(unbound(self.cx, lack, objects)));
            return;
        }
        let Some(cause) = cell::of(access, lack.piece, lack.action, ScopeSet::NONE) else { return };
        let subject = Subject { holder: Some(Holder::Role(lack.piece.role)), ..subject };
        out.push(&META, None, Some(cause.scope.span), &subject, || sure(self.finding(lack, &cause)));
    }

    fn finding(&self, lack: &Lack<'_>, cause: &Cause) -> Finding {
        let access = self.cx.access;
        let names = &access.names;
        let Lack { asset, piece, on, action, missing } = lack;
        let (who, name) = (names.role_title(piece.role), names.assets.name(*asset));
        let (verb, when) = (wording::verb(*action), wording::when(access, Moment::of(piece.layer)));
        let (lacks, needs, help) = match missing {
            Missing::Action(needed) => {
                let needed = needed.as_str();
                let help = format!(
                    "grant `{needed}` of `{name}` as well, at least as wide, or take `{}` out",
                    action.as_str()
                );
                (format!("cannot {needed} it"), needed.to_owned(), help)
            }
            Missing::Parent(parent) => {
                let parent = names.assets.name(*parent);
                let help = format!("grant `read` of `{parent}` as well, or take `{}` out", action.as_str());
                (format!("cannot read `{parent}`, on which it hangs"), parent.to_owned(), help)
            }
            Missing::Unbound(objects) => (String::new(), objects.clone(), String::new()),
        };
        let title = format!("{who} may {verb} `{name}`{when} but {lacks}, so {on} would refuse it");
        let finding =
            Finding::new(&META, title).at(cause.scope.span, format!("{verb}, without what it needs"));
        let mut finding = cell::inherited(access, finding, cause);
        if let Missing::Parent(parent) = missing {
            finding = finding.because(names.assets.span(*parent), "needed for it");
        }
        finding
            .because(names.assets.span(*asset), "this asset")
            .help(help)
            .fact("action", action.as_str())
            .fact("needs", needs)
    }
}

/// Nobody can be granted what the project does not know.
fn unbound(cx: &Cx<'_>, lack: &Lack<'_>, objects: &str) -> Finding {
    let names = &cx.access.names;
    let (who, name) = (names.role_title(lack.piece.role), names.assets.name(lack.asset));
    let on = lack.on;
    let title = format!("{who} may read `{name}`, which {on} refuses to whoever cannot read {objects}");
    Finding::new(&META, title)
        .at(names.assets.span(lack.asset), format!("hangs on {objects}"))
        .because(names.roles.span(lack.piece.role), format!("{who} may read it"))
        .help(format!("declare an asset for {objects} and say who may read it, or take `{name}` off {on}"))
        .fact("needs", objects)
}
