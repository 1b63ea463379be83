//! A cell without a bound: everything of a class, whatever the domain, what comes later included; or a list of all there is.

use std::collections::BTreeSet;

use ztam_graph::access::Holder;
use ztam_graph::ids::{AssetId, ClassId, RoleId};
use ztam_graph::path::Block;
use ztam_graph::slots::Named;
use ztam_model::words::RoleKind;
use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};
use ztam_source::span::Span;

use crate::cells::{self, BlockCell, Token};
use crate::cx::{Cx, Sensitivity};
use crate::sink::{Sink, Subject};

pub(super) static META: RuleMeta = RuleMeta {
    id: "privilege/wildcard-grant",
    summary: "a cell reaches everything of a class, whatever the domain",
    severity: Severity::High,
    confidence: Confidence::Proven,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST AC-6", "ISO A.8.3", "PCI 7.3.3", "SOC2 CC6.1"],
    page: include_str!("wildcard_grant.md"),
};

/// With fewer there is no axis to be narrow on.
const FEWEST: usize = 3;

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    let bounds = Bounds::new(cx);
    for role in cx.roles.iter().filter(|role| !runs_the_platform(cx, **role)) {
        for cell in cells::of_role(cx, *role).filter(|cell| cell.block == Block::Role) {
            if let Some((token, class)) = bounds.passed(cx, cell) {
                report(cx, *role, cell, token, class, out);
            }
        }
    }
}

fn runs_the_platform(cx: &Cx<'_>, role: RoleId) -> bool {
    matches!(cx.kind(role), RoleKind::Administrator | RoleKind::BreakGlass)
}

/// What everything is.
struct Bounds {
    /// The domains in which there is something.
    domains: BTreeSet<String>,
    /// The assets of each class.
    assets: Vec<(ClassId, BTreeSet<AssetId>)>,
}

impl Bounds {
    fn new(cx: &Cx<'_>) -> Self {
        let names = &cx.access.names;
        let domains = cx.inhabited.iter().map(|(_, domain)| names.domains.name(*domain).to_owned());
        let of_class = |class: ClassId| {
            let assets = names.assets.ids().filter(|asset| cx.access.asset_classes[*asset] == Some(class));
            (class, assets.collect())
        };
        Self { domains: domains.collect(), assets: names.classes.ids().map(of_class).collect() }
    }

    /// The names of a cell that pass every bound, with the class of which they reach everything.
    fn passed<'p>(&self, cx: &Cx<'p>, cell: &BlockCell<'p>) -> Option<(Token<'p>, ClassId)> {
        let tokens: Vec<_> = cell.reaching().copied().collect();
        let counts = |class: &ClassId| cx.sensitivity(*class) >= Sensitivity::Internal;
        let within: BTreeSet<&str> = cell.within.iter().map(|it| it.value.as_str()).collect();
        let all = self.domains.len() >= FEWEST && self.domains.iter().all(|it| within.contains(it.as_str()));
        let is_class = |token: &&Token<'_>| matches!(token.named, Some(Named::Class(_)));
        if all && let Some(token) = tokens.iter().find(is_class) {
            return token.class.filter(counts).map(|class| (*token, class));
        }
        let listed: BTreeSet<AssetId> = tokens
            .iter()
            .filter_map(|token| match token.named {
                Some(Named::Asset(asset)) => Some(asset),
                _ => None,
            })
            .collect();
        let whole = |(class, assets): &&(ClassId, BTreeSet<AssetId>)| {
            assets.len() >= FEWEST && counts(class) && assets.is_subset(&listed)
        };
        let (class, _) = self.assets.iter().rev().find(whole)?;
        tokens.into_iter().find(|token| token.class == Some(*class)).map(|token| (token, *class))
    }
}

fn report(
    cx: &Cx<'_>,
    role: RoleId,
    cell: &BlockCell<'_>,
    token: Token<'_>,
    class: ClassId,
    out: &mut Sink<'_>,
) {
    let at = token.text.span;
    let subject = Subject::of(Holder::Role(role)).called(token.text.value.as_str());
    out.push(&META, None, Some(at), &subject, || {
        let (who, class_name) = (cx.title(Holder::Role(role)), cx.class_name(class));
        let by_class = token.text.value == class_name;
        let title = if by_class {
            format!("{who} reaches everything that is {class_name}, in every domain, and all that will be")
        } else {
            format!("{who} reaches everything that is {class_name}: a cell lists all of it")
        };
        let restricted = cx.sensitivity(class) == Sensitivity::Restricted;
        let severity = if restricted { Severity::Critical } else { Severity::High };
        let mut finding = Finding::new(&META, title).with_severity(severity).at(at, "reaches all of it");
        if let Some(domains) = bracket(cell).filter(|_| by_class) {
            finding = finding.because(domains, "every domain there is");
        }
        if cell.owner != role {
            let names = &cx.access.names;
            finding = finding.because(
                names.roles.span(role),
                format!("{who} has it from {}", names.role_title(cell.owner)),
            );
        }
        finding.help("name the domains or the assets that the work takes").fact("class", class_name)
    });
}

/// The list of domains.
fn bracket(cell: &BlockCell<'_>) -> Option<Span> {
    let (first, last) = (cell.within.first()?, cell.within.last()?);
    Some(first.span.to(last.span))
}
