//! Under which conditions a role is used at all: what it says itself, and what the roles say that it extends.

use ztam_graph::access::Conditions;
use ztam_graph::facts::Enforcement;
use ztam_graph::ids::RoleId;
use ztam_model::project::Text;
use ztam_model::words::Means;

use crate::cx::Cx;

/// What stands in `signs-in` of a role and of all it extends: who has the access of a parent has it under its conditions.
pub(crate) fn all<'p>(cx: &Cx<'p>, role: RoleId) -> impl Iterator<Item = &'p Text> {
    let names = &cx.access.names;
    cx.access.roles[role].lineage.iter().flat_map(|role| names.roles.get(*role).signs_in.iter())
}

/// The conditions under which a role signs in and that somebody enforces on a platform.
pub(crate) fn enforced(cx: &Cx<'_>, role: RoleId, platform: usize) -> Conditions {
    let Some(facts) = cx.access.platforms.get(platform) else { return Conditions::NONE };
    let named = all(cx, role).filter_map(|text| cx.access.names.conditions.find(&text.value));
    let enforced = named.filter(|condition| facts.conditions[*condition] != Enforcement::Nobody);
    enforced.fold(Conditions::NONE, Conditions::with)
}

/// Whether one of some conditions asks for one of these.
pub(crate) fn asks(cx: &Cx<'_>, conditions: Conditions, means: &[Means]) -> bool {
    conditions.iter().any(|condition| {
        let declared = cx.access.names.conditions.get(condition);
        declared.means.iter().any(|it| means.contains(&it.value))
    })
}
