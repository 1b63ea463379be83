//! A role that builds on a profile or role which the vendor ships for everyday work or for running the platform.

use ztam_graph::access::Holder;
use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};

use crate::cx::Cx;
use crate::sink::{Sink, Subject};

pub(super) static META: RuleMeta = RuleMeta {
    id: "privilege/broad-base-role",
    summary: "a role lies over a profile or role that the vendor ships and that grants much",
    severity: Severity::High,
    confidence: Confidence::Advisory,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST AC-6", "NIST AC-2", "ISO A.5.18", "PCI 7.2.1", "CIS 6.8"],
    page: include_str!("broad_base_role.md"),
};

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    for facts in &cx.access.platforms {
        for role in &cx.roles {
            let Some(shipped) = facts.shipped.lookup(*role).and_then(Option::as_ref) else { continue };
            let subject = Subject::of(Holder::Role(*role)).called(&*shipped.name);
            out.push(&META, None, Some(shipped.span), &subject, || {
                let title = format!(
                    "{} comes on top of the {} {} of {}, which grants much that the matrix does not",
                    cx.access.names.role_title(*role),
                    shipped.kind,
                    shipped.name,
                    facts.title
                );
                Finding::new(&META, title)
                    .at(shipped.span, "named here")
                    .note("why: what the vendor ships grows with each release, and people have all of it besides their role")
                    .help("give people one that grants next to nothing, and write the rest as cells")
                    .advisory()
            });
        }
    }
}
