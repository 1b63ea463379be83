//! An application that may do more, for longer, from more places or for more people than it needs.

use ztam_graph::access::Holder;
use ztam_graph::ids::RoleId;
use ztam_model::project::Text;
use ztam_model::surroundings::App;
use ztam_model::words::{AppUsers, Refresh};
use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};
use ztam_source::span::Span;

use crate::cx::{Cx, Sensitivity};
use crate::powers;
use crate::sink::{Sink, Subject};

pub(super) static META: RuleMeta = RuleMeta {
    id: "service/connected-app-overreach",
    summary: "an application may do more, for longer or from more places than it needs",
    severity: Severity::High,
    confidence: Confidence::Advisory,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST AC-20", "NIST SA-9", "NIST AC-6", "ISO A.5.23", "MITRE T1528"],
    page: include_str!("connected_app_overreach.md"),
};

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    for (name, app) in cx.access.names.project.items.apps.iter() {
        let found = [settings(cx, app), runs_as(cx, app).into_iter().collect()].concat();
        let Some((place, _)) = found.first() else { continue };
        let role = app.runs_as.as_ref().and_then(|role| cx.access.names.roles.find(&role.value));
        let subject = role.map_or_else(Subject::default, |role| Subject::of(Holder::Role(role)));
        out.push(&META, None, Some(*place), &subject.called(&*name.value), || finding(name, app, &found));
    }
}

/// What is too wide, with its place.
type Wide = (Span, String);

fn settings(cx: &Cx<'_>, app: &App) -> Vec<Wide> {
    let platform = cx.access.platforms.iter().find(|it| it.platform == app.platform.value);
    let broad = platform.map_or(&[][..], |it| it.broad_scopes);
    let is_broad = |scope: &&Text| broad.contains(&scope.value.as_str());
    let mut found: Vec<Wide> = app
        .scopes
        .iter()
        .filter(is_broad)
        .map(|scope| (scope.span, format!("`{}` opens all that its user can do", scope.value)))
        .collect();
    if let Some(refresh) = app.refresh.filter(|it| it.value == Refresh::Unbounded) {
        found.push((refresh.span, "it stays signed in until somebody takes that back".to_owned()));
    }
    if let Some(any) = app.any_network.filter(|it| it.value) {
        found.push((any.span, "it may come from anywhere".to_owned()));
    }
    if let Some(users) = app.users.filter(|it| it.value == AppUsers::Everyone) {
        found.push((users.span, "everybody may let it in".to_owned()));
    }
    if let Some(flow) = app.device_flow.filter(|it| it.value) {
        found.push((flow.span, "a code read out on the telephone lets it in".to_owned()));
    }
    found
}

/// An application works with a machine's role, and not with a powerful one or one that reads restricted data.
fn runs_as(cx: &Cx<'_>, app: &App) -> Option<Wide> {
    let text = app.runs_as.as_ref()?;
    let role: RoleId = cx.access.names.roles.find(&text.value)?;
    let who = cx.access.names.role_title(role);
    if !powers::is_machine(cx, role) {
        return Some((text.span, format!("it works with {who}, a role of people")));
    }
    let restricted = |platform| {
        let class = cx.most_sensitive_read(role, platform)?;
        (cx.sensitivity(class) == Sensitivity::Restricted).then_some(class)
    };
    let (right, class) = (powers::reason(cx, role), (0..cx.access.platforms.len()).find_map(restricted));
    match (right, class) {
        (Some(why), _) => Some((text.span, format!("it works with {who}, who {why}"))),
        (None, Some(class)) if app.purpose.is_none() => {
            let class = cx.class_name(class);
            Some((text.span, format!("it reads {class} data with {who}, and nobody says what for")))
        }
        _ => None,
    }
}

fn finding(name: &Text, app: &App, found: &[Wide]) -> Finding {
    let title = app.title.as_ref().map_or(name.value.as_str(), |title| &title.value);
    let on = &app.platform.value;
    let mut finding = Finding::new(&META, format!("{title} may do more on {on} than an application should"));
    for (at, (span, text)) in found.iter().enumerate() {
        finding =
            if at == 0 { finding.at(*span, text.clone()) } else { finding.because(*span, text.clone()) };
    }
    finding
        .because(name.span, "this application")
        .note("advisory: what an application needs stands in no matrix")
        .help("ask for narrow scopes only, bind it to networks and to users whom an administrator lets in, and let its sessions end")
        .fact("app", name.value.as_str())
}
