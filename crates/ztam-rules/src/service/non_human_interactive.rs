//! A machine that can sign in as a person does, that serves several systems, or whose access a person has.

use ztam_graph::access::Holder;
use ztam_graph::ids::RoleId;
use ztam_model::words::SignIn;
use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};

use crate::cx::Cx;
use crate::powers;
use crate::sink::{Sink, Subject};
use crate::wording::platforms;

pub(super) static META: RuleMeta = RuleMeta {
    id: "service/non-human-interactive",
    summary: "a machine can sign in like a person, serves several systems, or lends its role to people",
    severity: Severity::High,
    confidence: Confidence::Proven,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST IA-2", "NIST IA-4", "NIST AC-6", "ISO A.5.16", "CIS 5.5"],
    page: include_str!("non_human_interactive.md"),
};

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    for role in &cx.roles {
        if powers::is_machine(cx, *role) {
            interactive(cx, *role, out);
            shared(cx, *role, out);
        } else {
            extended(cx, *role, out);
        }
    }
    for set in cx.access.names.together.ids() {
        together(cx, Holder::Together(set), out);
    }
}

fn interactive(cx: &Cx<'_>, role: RoleId, out: &mut Sink<'_>) {
    let names = &cx.access.names;
    let sign_in = names.roles.get(role).account.as_ref().and_then(|it| it.sign_in);
    if sign_in.is_some_and(|it| it.value == SignIn::Application) {
        return;
    }
    let titles = platforms(cx.access, cx.access.roles[role].platforms);
    if titles.is_empty() {
        return;
    }
    let place = sign_in.map_or_else(|| names.roles.span(role), |it| it.span);
    out.push(&META, None, Some(place), &Subject::of(Holder::Role(role)).called("sign-in"), || {
        let who = names.role_title(role);
        let said = if sign_in.is_some() { "as a person does" } else { "no `sign-in`" };
        Finding::new(
            &META,
            format!("{who} is a machine and can sign in as a person does on {}", titles.join(" and ")),
        )
        .at(place, said)
        .help("make it an application with a key of its own, and say so: `account: {sign-in: application}`")
    });
}

fn shared(cx: &Cx<'_>, role: RoleId, out: &mut Sink<'_>) {
    let names = &cx.access.names;
    let Some(account) = &names.roles.get(role).account else { return };
    let Some(second) = account.systems.get(1) else { return };
    out.push(&META, None, Some(second.span), &Subject::of(Holder::Role(role)).called("systems"), || {
        let systems: Vec<_> = account.systems.iter().map(|it| it.value.as_str()).collect();
        let who = names.role_title(role);
        Finding::new(
            &META,
            format!(
                "{} use one account, {who}: nobody can tell which of them did something",
                systems.join(" and ")
            ),
        )
        .at(second.span, "another system")
        .because(names.roles.span(role), "one account")
        .help("give each system an account and a role of its own")
    });
}

fn extended(cx: &Cx<'_>, role: RoleId, out: &mut Sink<'_>) {
    let names = &cx.access.names;
    let machine = cx.access.roles[role].lineage.iter().skip(1).find(|it| powers::is_machine(cx, **it));
    let Some(machine) = machine else { return };
    let entry = names.roles.get(role).extends.iter().find(|text| {
        let parent = names.roles.find(&text.value);
        parent.is_some_and(|parent| cx.access.roles[parent].lineage.contains(machine))
    });
    let place = entry.map_or_else(|| names.roles.span(role), |text| text.span);
    out.push(&META, None, Some(place), &Subject::of(Holder::Role(role)).called("extends"), || {
        let title = format!(
            "people with {} have the access of the machine {}",
            names.role_title(role),
            names.role_title(*machine)
        );
        Finding::new(&META, title)
            .at(place, "brings the machine's role")
            .because(names.roles.span(*machine), format!("kind {}", cx.kind(*machine).as_str()))
            .help("put what both need into an abstract role of neither kind")
    });
}

fn together(cx: &Cx<'_>, holder: Holder, out: &mut Sink<'_>) {
    let Holder::Together(set) = holder else { return };
    let names = &cx.access.names;
    let roles = cx.access.roles_of(holder);
    let machine = roles.iter().find(|role| powers::is_machine(cx, **role));
    let person = roles.iter().find(|role| !powers::is_machine(cx, **role));
    let (Some(machine), Some(person)) = (machine, person) else { return };
    let place = names.together.span(set);
    out.push(&META, None, Some(place), &Subject::of(holder), || {
        let title = format!(
            "one person may hold {} and the role of a machine, {}",
            names.role_title(*person),
            names.role_title(*machine)
        );
        Finding::new(&META, title)
            .at(place, "one person holds all of this")
            .because(names.roles.span(*machine), format!("kind {}", cx.kind(*machine).as_str()))
            .help("take the machine's role out of the set")
    });
}
