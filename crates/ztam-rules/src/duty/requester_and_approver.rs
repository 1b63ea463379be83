//! Approvals by whoever profits from them: a waiver or a temporary grant approved by a member of the role it is for, or by
//! its own owner; a role whose owner is a member of it.

use ztam_graph::access::Holder;
use ztam_graph::ids::RoleId;
use ztam_model::assignments::Assignment;
use ztam_model::project::Text;
use ztam_source::finding::{Confidence, Finding, RuleMeta, Severity, Stage};
use ztam_source::span::Span;

use crate::cx::Cx;
use crate::separate::people::counts;
use crate::sink::{Sink, Subject};

pub(super) static META: RuleMeta = RuleMeta {
    id: "duty/requester-and-approver",
    summary: "somebody approves access of their own",
    severity: Severity::High,
    confidence: Confidence::Proven,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &["NIST AC-5", "NIST AC-2", "ISO A.5.3", "ISO A.5.18", "PCI 7.2.3"],
    page: include_str!("requester_and_approver.md"),
};

/// Something that needs an approval.
struct Approval<'p> {
    name: &'p str,
    span: Span,
    owner: &'p Text,
    approvers: &'p [Text],
    roles: Vec<RoleId>,
}

pub(super) fn check(cx: &Cx<'_>, out: &mut Sink<'_>) {
    let names = &cx.access.names;
    for (id, name, waiver) in names.waivers.iter() {
        let roles = waiver.r#for.iter().flat_map(|text| roles(cx, &text.value)).collect();
        let span = names.waivers.span(id);
        approval(
            cx,
            &Approval { name, span, owner: &waiver.owner, approvers: &waiver.approved_by, roles },
            out,
        );
    }
    for (id, name, grant) in names.temporaries.iter() {
        let roles = roles(cx, &grant.role.value);
        let span = names.temporaries.span(id);
        approval(
            cx,
            &Approval { name, span, owner: &grant.owner, approvers: &grant.approved_by, roles },
            out,
        );
    }
    for (role, _, declared) in names.roles.iter() {
        if let Some(owner) = &declared.owner
            && let Some(member) = membership(cx, &[role], &owner.value)
        {
            member_owns(cx, role, owner, member, out);
        }
    }
}

/// The roles that a name stands for: one role, or those of a set.
fn roles(cx: &Cx<'_>, name: &str) -> Vec<RoleId> {
    let names = &cx.access.names;
    let set = || names.together.find(name).map(|set| cx.access.roles_of(Holder::Together(set)));
    names.roles.find(name).map(|role| vec![role]).or_else(set).unwrap_or_default()
}

/// Whether two names are of one person.
fn is_same(one: &str, other: &str) -> bool {
    one.trim().eq_ignore_ascii_case(other.trim())
}

/// The assignment that gives somebody one of some roles today.
fn membership<'p>(cx: &Cx<'p>, roles: &[RoleId], person: &str) -> Option<&'p Assignment> {
    let assignments = cx.access.names.project.assignments.iter().filter(|it| counts(cx, it));
    let mut own = assignments.filter(|it| is_same(&it.person.value, person));
    own.find(|it| cx.access.names.roles.find(&it.role.value).is_some_and(|role| roles.contains(&role)))
}

fn approval(cx: &Cx<'_>, it: &Approval<'_>, out: &mut Sink<'_>) {
    let subject = it.roles.first().map_or_else(Subject::default, |role| Subject::of(Holder::Role(*role)));
    for approver in it.approvers {
        let member = membership(cx, &it.roles, &approver.value);
        let is_owner = is_same(&approver.value, &it.owner.value);
        if member.is_none() && !is_owner {
            continue;
        }
        out.push(&META, None, Some(approver.span), &subject.clone().called(it.name), || match member {
            Some(member) => {
                Finding::new(&META, format!("{} was approved by somebody who profits from it", it.name))
                    .at(approver.span, "approves it")
                    .because(member.role.span, "and holds the role that it is for")
                    .because(it.span, "approved")
                    .help("have somebody approve it who does not hold the role")
                    .fact("approval", it.name)
            }
            // It excuses or grants less already, and other rules say so: this one says whose duties meet.
            None => Finding::new(&META, format!("{} was approved by whoever asked for it", it.name))
                .with_severity(Severity::Medium)
                .at(approver.span, "approves it")
                .because(it.owner.span, "and owns it")
                .help("have somebody else approve it")
                .fact("approval", it.name),
        });
    }
}

fn member_owns(cx: &Cx<'_>, role: RoleId, owner: &Text, member: &Assignment, out: &mut Sink<'_>) {
    let title = cx.access.names.role_title(role);
    out.push(&META, None, Some(owner.span), &Subject::of(Holder::Role(role)), || {
        Finding::new(&META, format!("Whoever decides who holds {title} holds it too"))
            .at(owner.span, "answers for the role")
            .because(member.role.span, "and is a member of it")
            .help("let somebody answer for the role who does not hold it")
    });
}
