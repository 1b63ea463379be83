//! A powerful role whose holders need no sign-in that withstands phishing.

use ztam_graph::access::Holder;
use ztam_graph::facts::RightId;
use ztam_graph::ids::RoleId;
use ztam_graph::path;
use ztam_model::words::{Means, RoleKind};
use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};

use crate::cx::Cx;
use crate::powers;
use crate::route::Source;
use crate::sign_in;
use crate::sink::{Sink, Subject};

pub(super) static META: RuleMeta = RuleMeta {
    id: "condition/privileged-without-strong-mfa",
    summary: "a powerful role can be used without a sign-in that withstands phishing",
    severity: Severity::Critical,
    confidence: Confidence::Proven,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST IA-2(1)", "NIST IA-2(8)", "ISO A.8.5", "PCI 8.4", "CIS 6.5"],
    page: include_str!("privileged_without_strong_mfa.md"),
};

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    // A machine has no second factor, and a visitor does not sign in: other rules speak of them.
    let is_person = |role: &&RoleId| !powers::is_machine(cx, **role) && cx.kind(**role) != RoleKind::Guest;
    for role in cx.roles.iter().filter(is_person) {
        for (platform, right) in powerful_on(cx, *role) {
            let enforced = sign_in::enforced(cx, *role, platform);
            if !sign_in::asks(cx, enforced, &[Means::PhishingResistant]) {
                report(cx, *role, platform, right, out);
            }
        }
    }
}

/// The platforms on which a role is powerful, each with the right that makes it so; none where its kind alone does.
fn powerful_on(cx: &Cx<'_>, role: RoleId) -> Vec<(usize, Option<RightId>)> {
    let rights = powers::of_role(cx, role);
    let by_kind = powers::runs_the_platform(cx, role);
    let on = cx.access.roles[role].platforms.iter().filter_map(|platform| {
        let right = rights.iter().find(|(at, _)| *at == platform);
        (right.is_some() || by_kind).then_some((platform, right.map(|(_, right)| *right)))
    });
    on.collect()
}

fn report(cx: &Cx<'_>, role: RoleId, platform: usize, right: Option<RightId>, out: &mut Sink<'_>) {
    let names = &cx.access.names;
    let Some(facts) = cx.access.platforms.get(platform) else { return };
    let declared = names.roles.get(role);
    let place = declared.signs_in.first().map_or_else(|| names.roles.span(role), |text| text.span);
    let subject = Subject::of(Holder::Role(role)).called(facts.title);
    out.push(&META, None, Some(place), &subject, || {
        let who = names.role_title(role);
        let title = format!("a stolen password is enough to use {who} on {}", facts.title);
        let said = if declared.signs_in.is_empty() {
            "no `signs-in`".to_owned()
        } else {
            format!("asks for nothing that withstands phishing and is enforced on {}", facts.title)
        };
        let mut finding = Finding::new(&META, title).at(place, said);
        finding = match (right, declared.kind) {
            (Some(right), _) => {
                let source = Source::Right(path::right_cause(cx.access, role, platform, right));
                let finding = source.context(cx, finding, "makes the role powerful");
                let by_kind = powers::runs_the_platform(cx, role);
                if by_kind { finding } else { powers::as_sure_as(cx, platform, right, finding) }
            }
            (None, Some(kind)) => finding.because(kind.span, "runs the platform"),
            (None, None) => finding,
        };
        for text in sign_in::all(cx, role) {
            let Some(condition) = names.conditions.find(&text.value) else { continue };
            let means: Vec<_> = names.conditions.get(condition).means.iter().map(|it| it.value.as_str()).collect();
            let says = if means.is_empty() { "nothing".to_owned() } else { means.join(", ") };
            finding = finding.because(names.conditions.span(condition), format!("means {says}"));
        }
        finding.help("name in `signs-in` of the role a condition with `means: [phishing-resistant]` that is enforced there")
    });
}
