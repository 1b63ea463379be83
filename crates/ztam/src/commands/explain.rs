//! `ztam explain`: the page of a rule.

use clap::Args;
use ztam_source::finding::RuleMeta;
use ztam_source::suggest;

use crate::commands::schema::print;
use crate::exit::{Exit, Failure};
use crate::session::all_rules;
use crate::world::World;

/// Arguments of `ztam explain`.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The rule, as a finding shows it in brackets
    pub rule: String,
}

/// Groups whose rules the projects name themselves: one page for all of them.
const FAMILIES: &[&str] = &["guard", "separate"];

pub(crate) fn run(arguments: &Arguments, world: &World) -> Result<Exit, Failure> {
    let rules = all_rules();
    let rule = find(&rules, &arguments.rule).ok_or_else(|| unknown(&rules, &arguments.rule))?;
    let waivable = if rule.waivable { "a waiver can excuse it" } else { "nothing excuses it" };
    let facts = format!(
        "{} severity, {}, {} by default; {waivable}; since {}",
        rule.severity.as_str(),
        rule.confidence.as_str(),
        rule.default_level().as_str(),
        rule.since
    );
    print(world, &format!("{}\n\n{facts}\n", rule.page.trim_end()))
}

fn find(rules: &[&'static RuleMeta], id: &str) -> Option<&'static RuleMeta> {
    let exact = rules.iter().find(|rule| rule.id == id);
    let family = || {
        let group = id.split('/').next().unwrap_or(id);
        let group = FAMILIES.iter().find(|it| **it == group)?;
        rules
            .iter()
            .find(|rule| rule.id == *group || rule.id.split_once('/').is_some_and(|it| it.0 == *group))
    };
    exact.or_else(family).copied()
}

fn unknown(rules: &[&'static RuleMeta], id: &str) -> Failure {
    let failure = Failure::usage(format!("there is no rule `{id}`"));
    let of_group = rules.iter().map(|rule| rule.id).filter(|it| it.split('/').next() == id.split('/').next());
    match (suggest::closest(id, rules.iter().map(|rule| rule.id)), suggest::list(of_group)) {
        (Some(meant), _) => failure.help(format!("did you mean `{meant}`?")),
        (None, Some(list)) => failure.help(format!("rules of that group: {list}")),
        (None, None) => failure.help("`ztam rules` lists all of them"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_can_be_found_and_near_misses_are_named() {
        let rules = all_rules();
        for rule in &rules {
            assert_eq!(find(&rules, rule.id).map(|it| it.id), Some(rule.id));
        }
        assert!(find(&rules, "yaml/synta").is_none());
        assert!(
            miette::Diagnostic::help(&unknown(&rules, "yaml/synta"))
                .unwrap()
                .to_string()
                .contains("`yaml/syntax`")
        );
    }
}
