//! What muting sets take away, as facts.

use ztam_graph::facts::EffectOn;
use ztam_graph::muting::MutedGroup;
use ztam_graph::scopes::{ScopeSet, ScopeWord};
use ztam_model::words::{Action, Scope};

use super::{OPPORTUNITY, WORDS, project, with_access};

/// The muted groups of a project with one group, with the names of the rights that it knows.
fn muted(sharing: &str, member: &str, group: &str, less: &str) -> Vec<(MutedGroup, Vec<Option<String>>)> {
    let assets =
        OPPORTUNITY.replace("{object: Opportunity}", &format!("{{object: Opportunity, sharing: {sharing}}}"));
    let text = format!(
        "{WORDS}{assets}
capabilities: {{out: {{salesforce: {{user-permissions: [ExportReport, RunReports]}}}}}}
roles:
  rep: {{platforms: [salesforce], within: [sales], holds: [out], {member}}}
  all: {{platforms: [salesforce], extends: [rep], salesforce: {{group: {{{group}}}}}}}
carry:
  less: {{salesforce: {{muting: {{name: Less, label: Less}}, {less}}}}}
"
    );
    with_access(&project(&text, None), |_, access, findings| {
        assert!(findings.iter().all(|it| it.id() == "emit/unjudged"), "{findings:?}");
        let facts = &access.platforms[0];
        let names = |it: &MutedGroup| {
            it.taken.iter().map(|it| it.right.map(|id| facts.rights[id].name.to_string())).collect()
        };
        facts.muted.iter().map(|it| (it.clone(), names(it))).collect()
    })
}

/// What cells lose of an action by the one right that is muted.
fn lost(sharing: &str, member: &str, right: &str, action: Action) -> ScopeSet {
    let all = muted(sharing, member, "muting: [Less]", &format!("objects: {{Opportunity: [{right}]}}"));
    let taken = &all[0].0.taken;
    taken[0].cells.iter().fold(ScopeSet::NONE, |all, it| all.union(it.rows.get(action)))
}

const ACCEPTS: &str = "salesforce: {accept-modify-all: true}";

#[test]
fn a_plain_right_stands_for_cells_of_every_scope_that_nothing_wider_is_written_for() {
    let (shared, org) = (ScopeSet::down(Scope::Shared), ScopeSet::of(Scope::Org));
    assert_eq!(lost("private", "", "read", Action::Read), shared, "View All stands for the rest");
    assert_eq!(lost("read", "", "read", Action::Read), ScopeSet::ALL);
    assert_eq!(lost("private", "", "view-all", Action::Read), org);
    assert_eq!(lost("private", "", "create", Action::Create), ScopeSet::ALL);
    assert_eq!(lost("private", "", "edit", Action::Edit), ScopeSet::ALL, "Modify All is not written");
    assert_eq!(lost("private", ACCEPTS, "edit", Action::Edit), shared);
    assert_eq!(lost("read-write", ACCEPTS, "edit", Action::Edit), ScopeSet::ALL);
    assert_eq!(lost("private", ACCEPTS, "modify-all", Action::Edit), org);
    assert_eq!(lost("private", ACCEPTS, "modify-all", Action::Read), ScopeSet::NONE, "View All reads");
    assert_eq!(lost("private", ACCEPTS, "view-all-fields", Action::Read), ScopeSet::NONE);
}

#[test]
fn a_field_permission_stands_for_cells_of_every_scope() {
    let all = muted("private", "", "muting: [Less]", "fields: {Opportunity.Amount: edit}");
    let taken: Vec<_> = all[0].0.taken.iter().map(|it| (&*it.name, it.cells[0].fields)).collect();
    let read = ScopeWord::mask(&[Action::Read]);
    let edit = ScopeWord::mask(&[Action::Create, Action::Edit]);
    assert_eq!(taken, [("Opportunity.Amount editable", edit), ("Opportunity.Amount readable", read)]);
    assert!(matches!(&all[0].0.taken[0].cells[0].on, EffectOn::Fields(it) if it.len() == 1));
}

#[test]
fn rights_are_those_that_somebody_can_have() {
    let all = muted("private", "", "muting: [Less]", "user-permissions: [ExportReport, ManageUsers]");
    assert_eq!(all[0].1, [Some("ExportReport".to_owned()), None]);
    assert!(all[0].0.is_known && &*all[0].0.name == "Less");
}

#[test]
fn what_else_is_in_a_group_or_a_set_may_be_anything() {
    let exports = "user-permissions: [ExportReport]";
    let all = muted("private", "", "muting: [Less], other-sets: [Old]", exports);
    assert!(!all[0].0.is_known);
    let element = format!("{exports}, elements: [{{name: newAccesses, content: <name>X</name>}}]");
    assert!(muted("private", "", "muting: [Other]", exports).is_empty(), "its set is not in the project");
    assert!(!muted("private", "", "muting: [Less]", &element)[0].0.is_known);
}
