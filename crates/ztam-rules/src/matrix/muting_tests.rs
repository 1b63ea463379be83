//! What groups take away and what is left, for both rules that ask.

use ztam_graph::facts::{ActionNeeds, Basis, Evidence, Implication, PlatformFacts};
use ztam_source::finding::{Confidence, Finding, Level};

use crate::testing::{findings, of_rule, only};

const CONTRADICTORY: &str = "matrix/contradictory-grant";
const UNENFORCEABLE: &str = "matrix/unenforceable-deny";

const VOCABULARY: &str = "
classes: [{id: internal}, {id: restricted}]
domains: {sales: {}}
capabilities:
  out: {salesforce: {rights: [ExportReport]}}
  reports: {salesforce: {rights: [build-reports]}}
  everything: {salesforce: {rights: [read-all]}}
assets:
  case:
    class: internal
    domains: [sales]
    salesforce: {object: Case}
    fields: {note: {class: restricted, salesforce: Note}}
  deal: {class: internal, domains: [sales], salesforce: {object: Deal}}
";

/// A group of one member with a muting set, and what else there is.
fn group(member: &str, muted: &str, more: &str) -> String {
    format!(
        "{VOCABULARY}roles:
  agent: {{platforms: [salesforce], within: [sales], {member}}}
  desk: {{platforms: [salesforce], extends: [agent], salesforce: {{group: {{muting: [Less]}}}}}}
{more}
carry:
  less:
    salesforce: {{muting: {{name: Less, label: Less}}, {muted}}}
"
    )
}

/// A second role, held together with the group.
fn beside(role: &str) -> String {
    format!(
        "  clerk: {{platforms: [salesforce], within: [sales], {role}}}\ntogether: {{both: [desk, clerk]}}"
    )
}

fn titles(rule: &str, yaml: &str) -> Vec<String> {
    of_rule(rule, yaml).into_iter().map(|it| it.title).collect()
}

const WORKS: &str = "may: {internal: {read: shared, edit: shared, delete: shared}}";
const NO_DELETE: &str = "objects: {Case: [delete]}";

#[test]
fn what_a_member_grants_and_its_group_takes_away_is_neither() {
    let yaml = group(WORKS, NO_DELETE, "");
    assert_eq!(only(CONTRADICTORY, &yaml), [""; 0]);
    assert_eq!(only(UNENFORCEABLE, &yaml), [""; 0]);
    let yaml = group("holds: [out]", "rights: [ExportReport]", "");
    assert_eq!(only(CONTRADICTORY, &yaml), [""; 0]);
    assert_eq!(only(UNENFORCEABLE, &yaml), [""; 0]);
}

#[test]
fn a_wider_scope_of_the_same_action_contradicts() {
    let all = |muted: &str| {
        only(
            CONTRADICTORY,
            &group("may: {internal: {read: org}}", &format!("objects: {{Case: [{muted}]}}"), ""),
        )
    };
    assert_eq!(all("read"), [format!("{CONTRADICTORY} @ read")]);
    assert_eq!(all("view-all"), [""; 0], "the plain right is left, which reads less");
    assert_eq!(all("read, view-all"), [""; 0]);
    assert_eq!(all("delete"), [""; 0]);
}

#[test]
fn a_right_that_gives_the_same_contradicts() {
    let member = |holds: &str| {
        group(
            &format!("holds: [{holds}], may: {{internal: {{read: shared}}}}"),
            "objects: {Case: [read]}",
            "",
        )
    };
    let found = of_rule(CONTRADICTORY, &member("everything"));
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].title, "Desk takes away read on case, and something else in it still gives that");
    assert!(found[0].notes.iter().any(|it| it.contains("read-all")), "{:?}", found[0].notes);
    assert_eq!(only(CONTRADICTORY, &member("out")), [""; 0]);
    let both = "rights: [read-all], objects: {Case: [read]}";
    let yaml = group("holds: [everything], may: {internal: {read: shared}}", both, "");
    assert_eq!(only(CONTRADICTORY, &yaml), [""; 0], "that is taken away too");
}

#[test]
fn what_a_group_keeps_by_what_its_member_inherits_or_carries_counts() {
    let parent = "  base: {abstract: true, holds: [everything]}";
    let yaml = group("extends: [base], may: {internal: {read: shared}}", "objects: {Case: [read]}", parent);
    assert_eq!(only(CONTRADICTORY, &yaml).len(), 1);
    let carried = group("may: {internal: {read: shared}}", "objects: {Case: [read]}", "");
    let carried = format!("{carried}  kept: {{role: agent, salesforce: {{rights: [read-all]}}}}\n");
    assert_eq!(only(CONTRADICTORY, &carried).len(), 1);
    assert_eq!(only(CONTRADICTORY, &carried.replace("read-all", "write-mail")), [""; 0]);
}

/// `build-reports` brings `ExportReport`.
fn brings(evidence: Evidence) -> impl Fn(&mut PlatformFacts) {
    move |facts| {
        let by = |name: &str| facts.rights.iter_ids().find(|(_, it)| *it.name == *name).map(|(id, _)| id);
        if let (Some(from), Some(to)) = (by("build-reports"), by("ExportReport")) {
            facts.implications.push(Implication { from, to, evidence, basis: Basis::default() });
        }
    }
}

fn told(rule: &str, yaml: &str, change: impl Fn(&mut PlatformFacts)) -> Vec<Finding> {
    findings(yaml, change).into_iter().filter(|it| it.rule.id == rule).collect()
}

#[test]
fn a_right_that_comes_with_another_one_contradicts() {
    let yaml = group("holds: [out, reports]", "rights: [ExportReport]", "");
    let found = told(CONTRADICTORY, &yaml, brings(Evidence::Documented));
    assert_eq!(
        (found.len(), found[0].confidence(), found[0].level),
        (1, Confidence::Proven, Level::Blocking)
    );
    let found = told(CONTRADICTORY, &yaml, brings(Evidence::Unverified));
    assert_eq!((found.len(), found[0].confidence()), (1, Confidence::Advisory), "one source is no proof");
    assert!(found[0].notes.iter().any(|it| it.starts_with("advisory: ")), "{:?}", found[0].notes);
    assert!(
        told(CONTRADICTORY, &yaml.replace("[out, reports]", "[out]"), brings(Evidence::Documented))
            .is_empty()
    );
}

#[test]
fn what_cannot_be_without_what_is_taken_away_contradicts() {
    let needs = |facts: &mut PlatformFacts| {
        for asset in facts.assets.iter_mut().flatten() {
            asset.needs = ActionNeeds { write_needs_read: true, delete_needs_edit: true };
        }
    };
    let titles = |member: &str, muted: &str| -> Vec<String> {
        let yaml = group(member, &format!("objects: {{Case: [{muted}]}}"), "");
        told(CONTRADICTORY, &yaml, needs).into_iter().map(|it| it.title).collect()
    };
    let reads = "Desk takes away read on case and keeps edit, which cannot be without it";
    assert_eq!(titles("may: {internal: {read: shared, edit: own}}", "read"), [reads]);
    assert_eq!(titles("may: {internal: {read: shared, edit: own}}", "read, edit"), [""; 0]);
    assert_eq!(titles("may: {internal: {read: shared, edit: own}}", "edit"), [""; 0]);
    let edits = "Desk takes away edit on case and keeps delete, which cannot be without it";
    assert_eq!(titles(WORKS, "edit"), [edits]);
    assert_eq!(titles("may: {internal: {read: org, edit: own}}", "view-all"), [""; 0], "own rows are read");
    let yaml = group(WORKS, "objects: {Case: [read]}", "");
    assert_eq!(only(CONTRADICTORY, &yaml), [""; 0], "where the platform asks for nothing");
}

#[test]
fn a_field_whose_edit_stays_contradicts() {
    let cells = "may: {internal: {read: own, edit: own}, restricted: {read: own, edit: own}}";
    let of = |muted: &str| titles(CONTRADICTORY, &group(cells, &format!("fields: {muted}"), ""));
    let title = "Desk takes away read on case.note and keeps edit, which cannot be without it";
    assert_eq!(of("{case.note: read}"), [title]);
    assert_eq!(of("{case.note: edit}"), [""; 0]);
}

#[test]
fn another_role_of_a_together_set_gives_back() {
    let yaml = |role: &str| group(WORKS, NO_DELETE, &beside(role));
    let found = of_rule(UNENFORCEABLE, &yaml("may: {internal: {read: own, delete: own}}"));
    let title = "Desk takes away delete on case, and whoever holds both has it from Clerk all the same";
    assert_eq!(found.iter().map(|it| it.title.as_str()).collect::<Vec<_>>(), [title]);
    assert_eq!(found[0].level, Level::Blocking);
    assert_eq!(titles(UNENFORCEABLE, &yaml("may: {internal: {read: own, edit: own}}")), [""; 0]);
    assert_eq!(
        titles(UNENFORCEABLE, &yaml("also: [{of: [deal], delete: own}]")),
        [""; 0],
        "on another asset"
    );
    assert_eq!(titles(UNENFORCEABLE, &yaml("also: [{of: [case], delete: own}]")), [title]);
    let apart = yaml("may: {internal: {read: own, delete: own}}").replace("[desk, clerk]", "[agent, clerk]");
    assert_eq!(titles(UNENFORCEABLE, &apart), [""; 0], "the member is not the group");
}

#[test]
fn a_right_that_another_role_holds_survives() {
    let yaml = |role: &str| group("holds: [out]", "rights: [ExportReport]", &beside(role));
    let title =
        "Desk takes away the right `ExportReport`, and whoever holds both has it from Clerk all the same";
    assert_eq!(titles(UNENFORCEABLE, &yaml("holds: [out]")), [title]);
    assert_eq!(titles(UNENFORCEABLE, &yaml("holds: [everything]")), [""; 0]);
    let inherited = "extends: [base]}\n  base: {abstract: true, holds: [out]";
    assert_eq!(titles(UNENFORCEABLE, &yaml(inherited)), [title]);
    let found = told(UNENFORCEABLE, &yaml("holds: [reports]"), brings(Evidence::Documented));
    assert_eq!(found.len(), 1, "it comes with another right");
    let carried = format!(
        "{}  kept: {{role: clerk, salesforce: {{rights: [ExportReport]}}}}\n",
        yaml("holds: [reports]")
    );
    assert_eq!(titles(UNENFORCEABLE, &carried), [title]);
}

#[test]
fn a_member_that_is_held_beside_its_group_gives_back() {
    let yaml = |set: &str| group(WORKS, NO_DELETE, &format!("together: {{both: [{set}]}}"));
    assert_eq!(only(UNENFORCEABLE, &yaml("desk, agent")), [format!("{UNENFORCEABLE} @ delete")]);
    assert_eq!(only(UNENFORCEABLE, &yaml("desk")), [""; 0]);
}

#[test]
fn a_group_that_takes_the_same_away_gives_nothing_back() {
    let two = |muting: &str| {
        let second = format!(
            "  front: {{platforms: [salesforce], extends: [agent], salesforce: {{group: {{{muting}}}}}}}\ntogether: {{both: [desk, front]}}"
        );
        only(UNENFORCEABLE, &group(WORKS, NO_DELETE, &second))
    };
    assert_eq!(two("muting: [Less]"), [""; 0]);
    assert_eq!(two("other-sets: [Less]"), [format!("{UNENFORCEABLE} @ delete")]);
}

#[test]
fn who_extends_a_group_does_not_inherit_what_it_takes_away() {
    let heir = |parent: &str| {
        let heir = format!("  chief: {{platforms: [salesforce], extends: [{parent}]}}");
        titles(UNENFORCEABLE, &group(WORKS, NO_DELETE, &heir))
    };
    assert_eq!(
        heir("desk"),
        ["Desk takes away delete on case, and Chief, which extends it, has it all the same"]
    );
    assert_eq!(heir("agent"), [""; 0]);
}

#[test]
fn what_everybody_has_cannot_be_taken_away() {
    let floor = |name: &'static str| {
        move |facts: &mut PlatformFacts| {
            facts.floor =
                facts.rights.iter_ids().filter(|(_, it)| &*it.name == name).map(|(id, _)| id).collect();
        }
    };
    let yaml = group("holds: [out, everything]", "rights: [ExportReport]", "");
    let found = told(UNENFORCEABLE, &yaml, floor("ExportReport"));
    assert_eq!(found.len(), 1);
    assert_eq!(
        found[0].title,
        "Desk takes away the right `ExportReport`, which everybody has on Salesforce anyway"
    );
    assert!(told(UNENFORCEABLE, &yaml, floor("read-all")).is_empty());
    let yaml = group(&format!("holds: [everything], {WORKS}"), "objects: {Case: [read]}", "");
    assert_eq!(told(UNENFORCEABLE, &yaml, floor("read-all")).len(), 1);
    assert!(told(CONTRADICTORY, &yaml, floor("read-all")).is_empty(), "it is told once");
}

#[test]
fn a_set_that_takes_away_what_nothing_grants_is_told() {
    let of = |member: &str, muted: &str| titles(UNENFORCEABLE, &group(member, muted, ""));
    let title = "Desk takes away by `Less` only what nothing in it grants";
    assert_eq!(of("may: {internal: {read: shared, edit: shared}}", NO_DELETE), [title]);
    assert_eq!(
        of("may: {internal: {read: shared, edit: shared}}", "objects: {Case: [delete, edit]}"),
        [""; 0]
    );
    assert_eq!(of("holds: [reports]", "rights: [ExportReport]"), [title]);
    let unknown = group("holds: [reports]", "rights: [ExportReport]", "")
        .replace("{muting", "{other-sets: [Old], muting");
    assert_eq!(titles(UNENFORCEABLE, &unknown), [""; 0], "who knows what the other set grants");
}

#[test]
fn one_set_and_one_other_role_are_one_finding() {
    let yaml = group(WORKS, "objects: {Case: [delete, edit], Deal: [delete]}", &beside(WORKS));
    let found = of_rule(UNENFORCEABLE, &yaml);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].notes.last().map(String::as_str), Some("same cause, 2 more: Case edit, Deal delete"));
}

#[test]
fn imported_groups_wait_for_their_review() {
    let yaml = group("may: {internal: {read: org}}", "objects: {Case: [read]}", "");
    assert_eq!(of_rule(CONTRADICTORY, &yaml)[0].level, Level::Blocking);
    let imported = yaml.replace("desk: {", "desk: {unreviewed: true, ");
    assert_eq!(of_rule(CONTRADICTORY, &imported)[0].level, Level::Advisory);
}
