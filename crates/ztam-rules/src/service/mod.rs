//! Rules of the group `service`: accounts of machines, applications, and machines that decide by themselves.

mod agent_exceeds_principal;
mod connected_app_overreach;
mod non_human_interactive;
mod privileged_non_human_uncompensated;
#[cfg(test)]
mod tests;

use crate::Rule;

/// The rules of this group.
pub(crate) const RULES: &[Rule] = &[
    Rule { meta: &agent_exceeds_principal::META, check: agent_exceeds_principal::check },
    Rule { meta: &connected_app_overreach::META, check: connected_app_overreach::check },
    Rule { meta: &non_human_interactive::META, check: non_human_interactive::check },
    Rule {
        meta: &privileged_non_human_uncompensated::META,
        check: privileged_non_human_uncompensated::check,
    },
];
