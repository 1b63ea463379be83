use ztam_graph::facts::{Evidence, PlatformFacts, RowDefault, Securable};
use ztam_graph::ids::AssetId;
use ztam_graph::scopes::{ScopeSet, ScopeWord};
use ztam_model::words::{Action, Scope};
use ztam_source::example::example;
use ztam_source::finding::{Finding, Level, Safety};

use crate::testing::{findings, fixed, is_around, lines, of_rule};

const NARROW: &str = "mapping/field-narrower-than-row";
const CONDITIONAL: &str = "mapping/scope-not-conditional";
const OPEN: &str = "mapping/scope-not-enforced";
const UNSUPPORTED: &str = "mapping/scope-unsupported";
const MISSING: &str = "mapping/missing-dependency";
const SECURABLE: &str = "mapping/field-not-securable";

/// An account with a confidential limit and a case that hangs on it, two conditions, and roles as given.
fn project(roles: &str) -> String {
    format!(
        "classes: [{{id: internal}}, {{id: confidential}}]
conditions:
  mfa: {{salesforce: {{by: external}}, dataverse: {{by: external}}}}
  session: {{salesforce: {{by: session-activation}}, dataverse: {{by: external}}}}
domains: {{sales: {{title: Sales}}}}
assets:
  account:
    class: internal
    domains: [sales]
    salesforce: {{object: Account}}
    dataverse: {{table: account}}
    fields:
      limit: {{class: confidential, salesforce: Limit__c, dataverse: acme_limit}}
      rating: {{class: confidential, salesforce: Rating__c}}
      phone: {{salesforce: Phone}}
  case:
    class: internal
    domains: [sales]
    salesforce: {{object: Case}}
{roles}"
    )
}

fn clerk(body: &str) -> String {
    project(&format!(
        "roles:\n  clerk:\n    title: Clerk\n    platforms: [salesforce]\n    within: [sales]\n    {body}\n"
    ))
}

fn found(id: &str, yaml: &str, change: impl Fn(&mut PlatformFacts)) -> Vec<Finding> {
    let mut found = findings(yaml, change);
    found.retain(|finding| finding.id() == id);
    found
}

fn of(id: &str, yaml: &str, change: impl Fn(&mut PlatformFacts)) -> Vec<String> {
    lines(yaml, &found(id, yaml, change))
}

fn asset(facts: &PlatformFacts, name: &str) -> AssetId {
    facts
        .assets
        .iter_ids()
        .find(|(_, it)| it.as_ref().is_some_and(|it| &*it.name == name))
        .expect("an asset")
        .0
}

fn on_salesforce(facts: &mut PlatformFacts, name: &str, change: impl Fn(&mut ztam_graph::facts::AssetFacts)) {
    if facts.platform == "salesforce" {
        let id = asset(facts, name);
        change(facts.assets[id].as_mut().expect("bound"));
    }
}

fn narrow(body: &str) -> Vec<String> {
    of(NARROW, &clerk(body), |_| {})
}

#[test]
fn a_field_is_seen_in_every_row() {
    assert_eq!(
        narrow("may: {internal: {read: team}, confidential: {read: own}}"),
        [format!("{NARROW} @ own")]
    );
    assert_eq!(narrow("may: {internal: {read: team}, confidential: {read: team}}"), [""; 0]);
    assert_eq!(narrow("may: {internal: {read: own}, confidential: {read: team}}"), [""; 0]);
    // A field that is not granted at all is not seen.
    assert_eq!(narrow("may: {internal: {read: team, edit: own}, confidential: {edit: own}}"), [""; 0]);
    // Beside each other, neither within the other.
    assert_eq!(
        narrow("kind: external\n    may: {internal: {read: account}, confidential: {read: own}}"),
        [format!("{NARROW} @ own")]
    );
    assert_eq!(
        narrow("may: {internal: {read: org}, confidential: {unmask: own}}"),
        [format!("{NARROW} @ own")]
    );
}

#[test]
fn the_finding_says_where_why_and_what_to_do() {
    let yaml = clerk("may: {internal: {read: team}, confidential: {read: own}}");
    let found = of_rule(NARROW, &yaml);
    let finding = &found[0];
    assert_eq!(
        finding.title,
        "Clerk would read `account.limit` in the whole team's rows, but may read confidential data only in their own rows"
    );
    let labels: Vec<_> = finding
        .labels
        .iter()
        .map(|it| (yaml.get(it.span.start as usize..it.span.end as usize).expect("a place"), &*it.text))
        .collect();
    assert_eq!(
        labels,
        [
            ("own", "confidential: in their own rows only"),
            ("team", "but the rows of `account` (internal) are the whole team's rows"),
            ("account", "the row is internal"),
            ("limit", "this field of it is confidential"),
        ]
    );
    assert_eq!(finding.notes[0], "Salesforce cannot hide a field in some rows and show it in others");
    assert_eq!(finding.notes[1], "same cause, 1 more: account.rating");
    let fixes: Vec<_> = finding.fixes.iter().map(|fix| (fix.title.as_str(), fix.safety)).collect();
    assert_eq!(
        fixes,
        [
            ("narrow the rows", Safety::Safe),
            ("widen the cell, which reaches 2 more fields", Safety::NeedsApproval)
        ]
    );
    for fix in 0..2 {
        assert_eq!(of(NARROW, &fixed(&yaml, finding, fix), |_| {}), [""; 0]);
    }
}

#[test]
fn a_fix_that_does_not_help_is_not_offered() {
    // Two cells give the rows: narrowing one of them changes nothing.
    let yaml = clerk(
        "may: {internal: {read: team}, confidential: {read: own}}\n    also: [{of: [account], read: team}]",
    );
    let titles: Vec<_> = of_rule(NARROW, &yaml)[0].fixes.iter().map(|fix| fix.title.clone()).collect();
    assert_eq!(titles, ["widen the cell, which reaches 2 more fields"]);
}

#[test]
fn a_fix_that_adds_a_finding_is_not_offered() {
    // The rows of the case are confidential, and an internal field of it would be narrower than they.
    let yaml = clerk("may: {internal: {read: team}, confidential: {read: own}}")
        .replace(
            "  case:\n    class: internal",
            "  case:\n    class: internal\n    fields: {note: {class: confidential, salesforce: N__c}}",
        )
        .replace(
            "platforms: [salesforce]\n    within",
            "platforms: [salesforce]\n    also: [{of: [case.note], read: own}]\n    within",
        );
    let found = of_rule(NARROW, &yaml);
    assert_eq!(found.len(), 2, "{:?}", lines(&yaml, &found));
    // Widening the class cell leaves the named field behind, which is another finding that stays as it is.
    assert!(found.iter().all(|finding| !finding.fixes.is_empty()));
}

#[test]
fn conditional_rows_show_the_field_too() {
    let bad = "may: {internal: {read: own}, confidential: {read: own}}\n    also: [{of: [account], read: org, when: [mfa]}]";
    let found = found(NARROW, &clerk(bad), |_| {});
    assert_eq!(found.len(), 1);
    assert!(
        found[0].title.starts_with("Clerk would read `account.limit` in all rows when mfa, but"),
        "{}",
        found[0].title
    );
    // The field follows under the same condition.
    let good = "may: {internal: {read: own}, confidential: {read: own}}
    also: [{of: [account, account.limit, account.rating], read: org, when: [mfa]}]";
    assert_eq!(narrow(good), [""; 0]);
    // A field that is wide only under a condition is seen in the wide rows without it.
    let worse = "may: {internal: {read: team}, confidential: {read: own}}
    also: [{of: [account.limit, account.rating], read: team, when: [mfa]}]";
    assert_eq!(narrow(worse).len(), 1);
    let better = "may: {internal: {read: team}}\n    also: [{of: [account.limit], read: team, when: [mfa]}]";
    assert_eq!(narrow(better), [""; 0]);
}

#[test]
fn roles_of_one_person_recombine() {
    let roles = |wide: &str| {
        project(&format!(
            "roles:
  rows: {{platforms: [salesforce], within: [sales], may: {{internal: {{read: team}}}}}}
  field: {{platforms: [salesforce], within: [sales], may: {{internal: {{read: {wide}}}, confidential: {{read: {wide}}}}}}}
together:
  both: [rows, field]
"
        ))
    };
    assert_eq!(of(NARROW, &roles("own"), |_| {}), [format!("{NARROW} @ own")]);
    assert_eq!(of(NARROW, &roles("team"), |_| {}), [""; 0]);
    let text = roles("own");
    let finding = &of_rule(NARROW, &text)[0];
    assert!(finding.facts.contains(&("together", "both".to_owned())), "{:?}", finding.facts);
}

#[test]
fn rows_by_a_right_count_for_administrators() {
    let yaml = |kind: &str| {
        clerk(&format!(
            "kind: {kind}\n    holds: [all]\n    may: {{internal: {{read: own}}, confidential: {{read: own}}}}"
        )) + "capabilities: {all: {salesforce: {rights: [read-all]}}}\n"
    };
    // Once for the confidential cell, once for the internal one, which is the phone's.
    assert_eq!(of(NARROW, &yaml("administrator"), |_| {}).len(), 2);
    // For anybody else the right itself is the finding.
    assert_eq!(of(NARROW, &yaml("employee"), |_| {}), [""; 0]);
}

fn follows_holder(facts: &mut PlatformFacts) {
    facts.rows_follow_holder = facts.platform == "salesforce";
}

#[test]
fn a_condition_cannot_hold_back_rows() {
    let of = |also: &str| {
        let body = format!("may: {{internal: {{read: own, edit: own}}}}\n    also: [{also}]");
        of(CONDITIONAL, &clerk(&body), follows_holder)
    };
    assert_eq!(of("{of: [case], read: team, when: [session]}"), [format!("{CONDITIONAL} @ team")]);
    assert_eq!(of("{of: [case], read: own, when: [session]}"), [""; 0]);
    assert_eq!(of("{of: [case], read: org, when: [session]}"), [""; 0]);
    assert_eq!(of("{of: [case], edit: org, when: [session]}"), [format!("{CONDITIONAL} @ org")]);
    assert_eq!(of("{of: [case], delete: org, when: [session]}"), [""; 0]);
    assert_eq!(of("{of: [case], read: team}"), [""; 0]);
    let all = "{of: [case], read: org, edit: org, delete: org, share: org, assign: org, when: [session]}";
    assert_eq!(of(all), [""; 0]);
}

#[test]
fn rows_that_come_with_the_right_may_be_conditional() {
    let body = "may: {internal: {read: own}}\n    also: [{of: [case], read: team, when: [session]}]";
    assert_eq!(of(CONDITIONAL, &clerk(body), |_| {}), [""; 0]);
}

#[test]
fn a_temporary_grant_is_no_way_to_wider_rows() {
    let yaml = |read: &str| {
        clerk("may: {internal: {read: own}}")
            + &format!(
                "temporary:\n  T-1: {{role: clerk, within: [sales], may: {{internal: {{read: {read}}}}}, reason: r, owner: a, approved-by: [b], from: 2026-09-01, until: 2026-09-30}}\n"
            )
    };
    let text = yaml("unit");
    let found = found(CONDITIONAL, &text, follows_holder);
    assert_eq!(lines(&text, &found), [format!("{CONDITIONAL} @ unit")]);
    assert!(found[0].title.contains("not only while T-1 lasts"), "{}", found[0].title);
    assert_eq!(of(CONDITIONAL, &yaml("org"), follows_holder), [""; 0]);
}

#[test]
fn conditions_are_no_wall_between_each_other() {
    let body = "also: [{of: [case], read: own, when: [mfa]}, {of: [case], read: team, when: [session]}]";
    assert_eq!(of(CONDITIONAL, &clerk(body), follows_holder), [format!("{CONDITIONAL} @ team")]);
    let body = "also: [{of: [case], read: team, when: [mfa]}, {of: [case], read: own, when: [session]}]";
    assert_eq!(of(CONDITIONAL, &clerk(body), follows_holder), [format!("{CONDITIONAL} @ team")]);
}

#[test]
fn a_public_default_is_not_own() {
    let of = |cell: &str, default: RowDefault| {
        of(OPEN, &clerk(&format!("may: {{internal: {cell}}}")), |facts| {
            on_salesforce(facts, "case", |it| it.default = default)
        })
    };
    assert_eq!(of("{read: own}", RowDefault::Read), [format!("{OPEN} @ own")]);
    assert_eq!(of("{read: org}", RowDefault::Read), [""; 0]);
    assert_eq!(of("{read: shared}", RowDefault::Read), [""; 0]);
    assert_eq!(of("{read: own}", RowDefault::Private), [""; 0]);
    assert_eq!(of("{read: own}", RowDefault::Unknown), [""; 0]);
    assert_eq!(of("{read: org, edit: team}", RowDefault::Read), [""; 0]);
    assert_eq!(of("{read: org, edit: team}", RowDefault::ReadWrite), [format!("{OPEN} @ team")]);
    assert_eq!(of("{read: org, edit: org, delete: own}", RowDefault::ReadWrite), [""; 0]);
}

#[test]
fn people_from_outside_have_their_own_default() {
    let of = |kind: &str| {
        let body = format!("kind: {kind}\n    may: {{internal: {{read: own}}}}");
        of(OPEN, &clerk(&body), |facts| {
            on_salesforce(facts, "case", |it| it.external_default = RowDefault::Read)
        })
    };
    assert_eq!(of("guest").len(), 1);
    assert_eq!(of("external").len(), 1);
    assert_eq!(of("employee"), [""; 0]);
}

#[test]
fn rows_of_a_parent_are_the_parents() {
    let of = |also: &str| {
        let body = format!("may: {{internal: {{read: own}}}}\n    also: [{also}]");
        of(OPEN, &clerk(&body), |facts| {
            if facts.platform == "salesforce" {
                let account = asset(facts, "account");
                on_salesforce(facts, "case", |it| {
                    it.default = RowDefault::Parent;
                    it.controlled_by = vec![account];
                });
            }
        })
    };
    assert_eq!(of("{of: [account], read: team}"), [format!("{OPEN} @ own")]);
    assert_eq!(of("{of: [account, case], read: team}"), [""; 0]);
    assert_eq!(of("{of: [account], delete: team}"), [""; 0]);
}

fn under_the_account(facts: &mut PlatformFacts) {
    if facts.platform == "salesforce" {
        let account = asset(facts, "account");
        on_salesforce(facts, "case", |it| {
            it.default = RowDefault::Parent;
            it.controlled_by = vec![account];
        });
    }
}

#[test]
fn rows_of_a_parent_come_from_anything_that_holds_too() {
    let conditional = "also: [{of: [case, account], read: own}, {of: [account], read: org, when: [mfa]}]";
    assert_eq!(of(OPEN, &clerk(conditional), under_the_account), [format!("{OPEN} @ own")]);
    let both = "also: [{of: [case, account], read: own}, {of: [account, case], read: org, when: [mfa]}]";
    assert_eq!(of(OPEN, &clerk(both), under_the_account), [""; 0]);
    let roles = |other: &str| {
        project(&format!(
            "roles:
  clerk: {{platforms: [salesforce], within: [sales], also: [{{of: [case, account], read: own}}]}}
  other: {{platforms: [salesforce], within: [sales], also: [{{of: [account], read: {other}}}]}}
together:
  both: [clerk, other]
"
        ))
    };
    assert_eq!(of(OPEN, &roles("team"), under_the_account), [format!("{OPEN} @ own")]);
    assert_eq!(of(OPEN, &roles("own"), under_the_account), [""; 0]);
}

#[test]
fn a_scope_without_a_word_is_said() {
    let only = |facts: &mut PlatformFacts| {
        on_salesforce(facts, "case", |it| it.scopes = ScopeWord::of(Action::Read, Scope::Org));
    };
    let class = found(UNSUPPORTED, &clerk("may: {internal: {read: own}}"), only);
    assert_eq!(class.len(), 1);
    assert_eq!(class[0].level, Level::Advisory);
    let also = found(UNSUPPORTED, &clerk("also: [{of: [case], read: own}]"), only);
    assert_eq!(also.len(), 1);
    assert_eq!(also[0].level, Level::Blocking);
    assert_eq!(also[0].fixes[0].title, "say `org`, which reaches rows of 1 asset");
    assert_eq!(of(UNSUPPORTED, &clerk("also: [{of: [case], read: org}]"), only), [""; 0]);
}

#[test]
fn an_action_that_another_platform_knows_is_not_blamed() {
    let none = |facts: &mut PlatformFacts| {
        on_salesforce(facts, "account", |it| {
            it.scopes = it.scopes.without(ScopeWord::of_set(Action::Append, ScopeSet::ALL))
        });
    };
    let both =
        |platforms: &str| clerk("also: [{of: [account], append: own}]").replace("[salesforce]", platforms);
    assert_eq!(of(UNSUPPORTED, &both("[salesforce, dataverse]"), none), [""; 0]);
    assert_eq!(of(UNSUPPORTED, &both("[salesforce]"), none).len(), 1);
}

#[test]
fn accounts_are_for_people_from_outside() {
    let of = |kind: &str, scope: &str| {
        of(UNSUPPORTED, &clerk(&format!("kind: {kind}\n    may: {{internal: {{read: {scope}}}}}")), |_| {})
    };
    assert_eq!(of("employee", "account"), [format!("{UNSUPPORTED} @ account")]);
    assert_eq!(of("external", "account"), [""; 0]);
    assert_eq!(of("external", "team"), [format!("{UNSUPPORTED} @ team")]);
    assert_eq!(of("guest", "unit-tree"), [format!("{UNSUPPORTED} @ unit-tree")]);
    assert_eq!(of("service", "unit"), [""; 0]);
}

fn needs(facts: &mut PlatformFacts) {
    on_salesforce(facts, "case", |it| {
        it.needs.write_needs_read = true;
        it.needs.delete_needs_edit = true;
    });
}

#[test]
fn rights_rest_on_others() {
    let of = |body: &str| of(MISSING, &clerk(body), needs);
    assert_eq!(of("also: [{of: [case], edit: own}]"), [format!("{MISSING} @ own")]);
    assert_eq!(of("also: [{of: [case], read: own, edit: own}]"), [""; 0]);
    assert_eq!(of("also: [{of: [case], read: org, delete: own}]"), [format!("{MISSING} @ own")]);
    assert_eq!(of("also: [{of: [account], edit: own}]"), [""; 0]);
    // A condition may rest on what holds always, not the other way round.
    assert_eq!(of("also: [{of: [case], read: own}, {of: [case], edit: own, when: [mfa]}]"), [""; 0]);
    assert_eq!(of("also: [{of: [case], edit: own}, {of: [case], read: own, when: [mfa]}]").len(), 1);
}

#[test]
fn a_child_is_read_with_its_parent() {
    let parent = |facts: &mut PlatformFacts| {
        if facts.platform == "salesforce" {
            let account = asset(facts, "account");
            on_salesforce(facts, "case", |it| it.read_needs = vec![account]);
        }
    };
    assert_eq!(of(MISSING, &clerk("also: [{of: [case], read: own}]"), parent), [format!("{MISSING} @ own")]);
    assert_eq!(of(MISSING, &clerk("also: [{of: [case, account], read: own}]"), parent), [""; 0]);
    let unbound = |facts: &mut PlatformFacts| {
        on_salesforce(facts, "case", |it| it.read_needs_unbound = vec!["Contact".into()]);
    };
    let text = clerk("also: [{of: [case], read: own}]");
    let found = found(MISSING, &text, unbound);
    assert_eq!(lines(&text, &found), [format!("{MISSING} @ case")]);
    assert!(found[0].title.contains("`Contact`"), "{}", found[0].title);
}

#[test]
fn a_field_of_another_class_can_be_hidden() {
    let securable = |securable: Securable| {
        move |facts: &mut PlatformFacts| {
            let limit =
                facts.fields.iter_ids().find(|(_, it)| it.as_ref().is_some_and(|it| &*it.name == "limit"));
            if let Some(id) = limit.map(|(id, _)| id)
                && facts.platform == "salesforce"
            {
                facts.fields[id].as_mut().expect("bound").securable = securable.clone();
            }
        }
    };
    let yaml = clerk("may: {internal: {read: org}}");
    let no = found(SECURABLE, &yaml, securable(Securable::No("it is required")));
    assert_eq!(lines(&yaml, &no), [format!("{SECURABLE} @ confidential")]);
    assert!(no[0].title.ends_with("Salesforce cannot hide it, it is required"), "{}", no[0].title);
    assert_eq!(no[0].fixes[0].title, "raise `account` to confidential");
    let raised = fixed(&yaml, &no[0], 0);
    assert_eq!(of(SECURABLE, &raised, securable(Securable::No("it is required"))), [""; 0]);
    assert_eq!(of(SECURABLE, &yaml, securable(Securable::Unknown)).len(), 1);
    assert_eq!(of(SECURABLE, &yaml, securable(Securable::Yes)), [""; 0]);
    // Nobody has the row there.
    let nobody = yaml.replace("platforms: [salesforce]", "platforms: [dataverse]");
    assert_eq!(of(SECURABLE, &nobody, securable(Securable::Unknown)), [""; 0]);
    // The class of the row.
    let same = yaml.replace("limit: {class: confidential", "limit: {class: internal");
    assert_eq!(of(SECURABLE, &same, securable(Securable::Unknown)), [""; 0]);
}

#[test]
fn doubtful_facts_only_advise() {
    let doubtful = |facts: &mut PlatformFacts| {
        needs(facts);
        on_salesforce(facts, "case", |it| it.evidence = Evidence::Unverified);
    };
    let found = found(MISSING, &clerk("also: [{of: [case], edit: own}]"), doubtful);
    assert_eq!(found[0].level, Level::Advisory);
}

#[test]
fn tables_outside_the_project_are_named() {
    let id = "mapping/also-granted";
    let twins = |facts: &mut PlatformFacts| {
        on_salesforce(facts, "case", |it| it.twins_unbound = vec!["letter".into(), "fax".into()]);
    };
    let text = clerk("may: {internal: {read: own}}");
    let found = found(id, &text, twins);
    assert_eq!(lines(&text, &found), [format!("{id} @ case")]);
    assert!(found[0].title.contains("`letter`, `fax`"), "{}", found[0].title);
    assert_eq!(of(id, &clerk("also: [{of: [account], read: own}]"), twins), [""; 0]);
}

/// What the real platforms know about the examples of the pages.
fn as_on_the_platforms(facts: &mut PlatformFacts) {
    follows_holder(facts);
    for id in facts.assets.ids() {
        let Some(it) = facts.assets[id].as_mut() else { continue };
        it.needs.write_needs_read = true;
        it.needs.delete_needs_edit = facts.platform == "salesforce";
        if &*it.name == "territory" {
            it.scopes = Action::ALL
                .iter()
                .fold(ScopeWord::NONE, |all, action| all.union(ScopeWord::of(*action, Scope::Org)));
        }
        if &*it.name == "task" {
            it.twins_unbound = vec!["letter".into()];
        }
    }
    for it in facts.fields.iter_mut().flatten().filter(|it| &*it.name == "stage") {
        it.securable = Securable::No("it is required");
    }
}

#[test]
fn pages_hold() {
    // An example with an inventory needs the real platform.
    for rule in super::RULES.iter().filter(|rule| !rule.meta.page.contains("```json")) {
        let id = rule.meta.id;
        let text = |heading| {
            String::from_utf8(example(rule.meta.page, heading).expect("an example")).expect("a text")
        };
        let public = text("Bad").contains("sharing: read-write");
        let found = |yaml: &str| {
            let mut found = findings(yaml, |facts| {
                as_on_the_platforms(facts);
                if public && yaml.contains("read-write") {
                    on_salesforce(facts, "opportunity", |it| it.default = RowDefault::ReadWrite);
                }
            });
            found.retain(|it| it.level >= Level::Blocking && !is_around(it) || it.id() == id);
            lines(yaml, &found)
        };
        let (bad, good) = (found(&text("Bad")), found(&text("Good")));
        assert!(bad.len() == 1 && bad[0].starts_with(id), "{id}: {bad:?}");
        assert_eq!(good, [""; 0], "{id}");
        assert!(rule.meta.page.starts_with(&format!("# {id}\n")));
    }
}

#[test]
fn fields_that_nobody_listed_are_told_once_an_asset() {
    let yaml = "
classes: [{id: internal}]
domains: {sales: {title: Sales}}
assets:
  account: {class: internal, domains: [sales], salesforce: {object: Account}}
  lead: {class: internal, domains: [], salesforce: {object: Lead}}
roles:
  rep: {platforms: [salesforce], within: [sales], may: {internal: {read: own}}}
  chief: {platforms: [salesforce], within: [sales], may: {internal: {read: org}}}
";
    let of = |names: &[&str]| {
        let mut found = findings(yaml, |facts| {
            for asset in ["account", "lead"] {
                on_salesforce(facts, asset, |it| {
                    it.unlisted = names.iter().map(|name| (*name).into()).collect()
                });
            }
        });
        found.retain(|it| it.rule.id == "mapping/unlisted-field");
        found
    };
    let found = of(&["Margin__c", "Floor__c"]);
    // Nobody reaches the lead.
    assert_eq!(found.len(), 1);
    assert_eq!(
        found[0].title,
        "2 fields of Account that Salesforce has are not in the matrix: whoever has the row has them"
    );
    assert_eq!(found[0].notes, ["they are: `Margin__c`, `Floor__c`"]);
    assert!(of(&["Margin__c"])[0].title.ends_with("is not in the matrix: whoever has the row has it"));
    assert!(of(&[]).is_empty());
}
