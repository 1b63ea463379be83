//! Sensitive data that can be taken out in bulk, and nobody notices.

use ztam_graph::access::Holder;
use ztam_graph::facts::{RightFlags, RightId};
use ztam_graph::ids::{ClassId, RoleId};
use ztam_graph::path;
use ztam_model::words::Watch;
use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};

use crate::cx::{Cx, Sensitivity};
use crate::evidence::{self, Watched};
use crate::powers;
use crate::route::Source;
use crate::sink::{Sink, Subject};

pub(super) static META: RuleMeta = RuleMeta {
    id: "monitoring/bulk-export-undetected",
    summary: "sensitive data can be taken out in bulk, and nothing notices",
    severity: Severity::High,
    confidence: Confidence::Proven,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST SI-4", "NIST AU-6", "NIST AC-2(12)", "ISO A.8.16", "SOC2 CC7.2", "MITRE T1567"],
    page: include_str!("bulk_export_undetected.md"),
};

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    for role in &cx.roles {
        for (platform, right) in powers::with_flag(cx, *role, RightFlags::EXPORTS) {
            let class = cx.most_sensitive_read(*role, platform);
            let Some(class) = class.filter(|it| cx.sensitivity(*it) >= Sensitivity::Confidential) else {
                continue;
            };
            let watched = evidence::watched(cx, *role, platform, &[Watch::BulkExport]);
            if !matches!(watched, Watched::Yes) {
                report(cx, (*role, platform, right), class, &watched, out);
            }
        }
    }
}

fn report<'a>(
    cx: &Cx<'a>,
    (role, platform, right): (RoleId, usize, RightId),
    class: ClassId,
    watched: &Watched<'a>,
    out: &mut Sink<'_>,
) {
    let Some(facts) = cx.access.platforms.get(platform) else { return };
    let source = Source::Right(path::right_cause(cx.access, role, platform, right));
    let name = &facts.rights[right].name;
    let subject = Subject::of(Holder::Role(role)).called(format!("{name} on {}", facts.title));
    out.push(&META, None, source.span(cx), &subject, || {
        let (who, class) = (cx.access.names.role_title(role), cx.class_name(class));
        let title =
            format!("{who} can take {class} data out of {} in bulk, and nobody would notice", facts.title);
        let finding = source.primary(cx, Finding::new(&META, title), &format!("brings `{name}`"));
        evidence::unwatched(cx, finding, watched, Watch::BulkExport)
            .fact("class", class)
            .fact("right", &**name)
    });
}
