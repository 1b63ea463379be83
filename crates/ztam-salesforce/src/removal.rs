//! What an earlier build made and this one does not, in two packages in metadata format: one that empties sets and groups,
//! so that nobody has anything through them whoever still holds them, and one that deletes them once nobody does.

use std::io::{self, Write};

use minijinja::{Value, context};
use ztam_backend::artifact::Artifact;
use ztam_backend::csv::{record, records};
use ztam_backend::read::ReadContainer;
use ztam_backend::removal::{Gone, Held, Piece, Removed, Step, Thing};

use crate::emit::SalesforceEmitter;
use crate::names::{is_api_name, is_developer_name, is_set_name};
use crate::plan::{GROUP, MUTING, SET};
use crate::sharing::{RULE, RULE_PREFIX};

/// Kind of a custom permission.
pub(crate) const CUSTOM_PERMISSION: &str = "CustomPermission";
const EMPTY: &str = "1-empty";
const RULES: &str = "1-rules";
const DELETE: &str = "2-delete";
const DESCRIPTION: &str = "Not in the access matrix any more; emptied by ztam, to be deleted.";
const TABLE: &str = "assignments/permission-set-assignments.csv";

/// API names are told apart without regard to case. What has no name that we would give was not made by us.
pub(crate) fn key(thing: &Thing) -> Option<String> {
    let known = match thing.kind.as_str() {
        GROUP | SET | MUTING => is_set_name(&thing.name),
        CUSTOM_PERMISSION => is_developer_name(&thing.name),
        RULE => thing.name.split_once('.').is_some_and(|(object, rule)| {
            is_api_name(object) && is_developer_name(rule) && rule.starts_with(RULE_PREFIX)
        }),
        _ => false,
    };
    known.then(|| format!("{} {}", thing.kind, thing.name.to_lowercase()))
}

pub(crate) fn removed(container: &ReadContainer) -> Option<Removed> {
    let thing = Thing { kind: container.kind.to_owned(), name: container.name.clone(), id: None };
    key(&thing)?;
    Some(Removed {
        thing,
        label: container.label.clone(),
        licence: container.licence.clone(),
        activation: container.activation,
        columns: Vec::new(),
    })
}

/// Every set, group and custom permission is a file of its own; sharing rules are those of one object.
pub(crate) fn pieces<'b>(path: &str, bytes: &'b [u8]) -> Vec<Piece<'b>> {
    if path.ends_with("-meta.xml") { vec![Piece::whole(bytes)] } else { Vec::new() }
}

pub(crate) fn held(path: &str, bytes: &[u8]) -> Vec<Held> {
    let Some(text) = std::str::from_utf8(bytes).ok().filter(|_| path == TABLE) else { return Vec::new() };
    let row = |it: Vec<String>| {
        let [who, set, group, _, role] = <[String; 5]>::try_from(it).ok()?;
        let (kind, name) = if group.is_empty() { (SET, set) } else { (GROUP, group) };
        let thing = Thing { kind: kind.to_owned(), name, id: None };
        Some(Held { who, via: "person".to_owned(), thing, role })
    };
    records(text).into_iter().skip(1).filter_map(row).collect()
}

pub(crate) fn artifacts<'a>(emitter: &'a SalesforceEmitter, gone: &'a Gone) -> Vec<Artifact<'a>> {
    let mut all = Vec::new();
    let emptied: Vec<_> =
        [SET, GROUP].into_iter().filter(|kind| gone.of_kind(kind).next().is_some()).collect();
    if !emptied.is_empty() {
        all.push(list(emitter, format!("{EMPTY}/package.xml"), gone, emptied));
    }
    for it in gone.of_kind(SET) {
        let path = format!("{EMPTY}/permissionsets/{}.permissionset", it.thing.name);
        all.push(Artifact::stream(path, move |out| empty_set(emitter, it, out)));
    }
    for it in gone.of_kind(GROUP) {
        let path = format!("{EMPTY}/permissionsetgroups/{}.permissionsetgroup", it.thing.name);
        all.push(Artifact::stream(path, move |out| empty_group(emitter, it, out)));
    }
    // Rules give rows to whoever is there, so nobody has to be unassigned first. A group goes before the sets in it, and what
    // sets name goes after them.
    for (folder, kinds) in [(RULES, &[RULE][..]), (DELETE, &[GROUP, MUTING, SET, CUSTOM_PERMISSION])] {
        let kinds: Vec<_> =
            kinds.iter().copied().filter(|kind| gone.of_kind(kind).next().is_some()).collect();
        if !kinds.is_empty() {
            all.push(list(emitter, format!("{folder}/destructiveChangesPost.xml"), gone, kinds));
            all.push(list(emitter, format!("{folder}/package.xml"), gone, Vec::new()));
        }
    }
    if !gone.unassign.is_empty() {
        all.push(Artifact::stream("unassign.csv", move |out| unassign(gone, out)));
    }
    all.sort_by(|a, b| a.path.cmp(&b.path));
    all
}

/// A list of components by kind, in the order of `kinds`.
fn list<'a>(
    emitter: &'a SalesforceEmitter,
    path: String,
    gone: &'a Gone,
    kinds: Vec<&'static str>,
) -> Artifact<'a> {
    Artifact::stream(path, move |out| {
        let types = kinds.iter().map(|kind| {
            let members: Value = gone.of_kind(kind).map(|it| Value::from(it.thing.name.as_str())).collect();
            context! { name => *kind, members => members }
        });
        let types: Value = types.collect();
        emitter.render("package", context! { types => types, version => emitter.api_version() }, out)
    })
}

/// The licence of a set that exists cannot be changed, so it stays.
fn empty_set(emitter: &SalesforceEmitter, it: &Removed, out: &mut dyn Write) -> io::Result<()> {
    let context = context! {
        description => DESCRIPTION,
        activation => it.activation,
        label => it.label.as_str(),
        license => it.licence.as_deref().unwrap_or_default(),
    };
    emitter.render("permissionSetEmpty", context, out)
}

fn empty_group(emitter: &SalesforceEmitter, it: &Removed, out: &mut dyn Write) -> io::Result<()> {
    let members: Value = std::iter::empty::<Value>().collect();
    let context = context! {
        activation => it.activation,
        description => DESCRIPTION,
        label => it.label.as_str(),
        members => members.clone(),
        muting => members,
        status => "",
    };
    emitter.render("permissionSetGroup", context, out)
}

fn unassign(gone: &Gone, out: &mut dyn Write) -> io::Result<()> {
    record(["Username", "PermissionSet", "PermissionSetGroup", "Role"], out)?;
    for it in &gone.unassign {
        let name = it.thing.name.as_str();
        let (set, group) = if it.thing.kind == GROUP { ("", name) } else { (name, "") };
        record([it.who.as_str(), set, group, &it.role], out)?;
    }
    Ok(())
}

pub(crate) fn runbook(emitter: &SalesforceEmitter, gone: &Gone) -> Vec<Step> {
    let names = |kind: &str| gone.of_kind(kind).map(|it| it.thing.name.clone()).collect::<Vec<_>>();
    let emptied = [names(SET), names(GROUP)].concat();
    let groups: Vec<_> =
        gone.narrowed.iter().filter(|it| it.thing.kind == GROUP).map(|it| it.thing.name.clone()).collect();
    let mut steps = Vec::new();
    if emitter.is_emitted() {
        let deploy = "Deploy the package in `salesforce/`. A set replaces the one of the same name: what is listed under narrowed above \
            is in force from here on.";
        steps.push(Step::deploy(deploy, Vec::new()));
    }
    if !groups.is_empty() {
        let text = "Query `PermissionSetGroupComponent` for these groups and remove members that their files do not have: that a \
            deployment does so is not verified (`docs/unverified.md#group-members-replaced`).";
        steps.push(Step::by_hand(text, groups));
    }
    if emitter.is_emitted() {
        let text = "Assign the new sets to those who are to hold them: `salesforce/assignments/`.";
        steps.push(Step::by_hand(text, Vec::new()));
    }
    if !emptied.is_empty() {
        let text = "Empty what goes: `sf project deploy start --metadata-dir removal/salesforce/1-empty`. From here on it grants \
            nothing, whoever holds it. If access must end before the new one begins, do this first.";
        steps.push(Step::deploy(text, emptied.clone()));
    }
    if gone.of_kind(RULE).next().is_some() {
        let text = "Delete the sharing rules that go: `sf project deploy start --metadata-dir removal/salesforce/1-rules`. People lose \
            these rows once sharing is calculated anew.";
        steps.push(Step::deploy(text, names(RULE)));
    }
    if !gone.unassign.is_empty() {
        let text = "Delete the `PermissionSetAssignment` rows that `removal/salesforce/unassign.csv` lists. It has those that the tables \
            of the earlier build name.";
        steps.push(Step::by_hand(text, Vec::new()));
    }
    if !emptied.is_empty() {
        let text = "Query `PermissionSetAssignment` for everybody else who holds one of these, and unassign them: what is assigned \
            cannot be deleted.";
        steps.push(Step::by_hand(text, emptied));
    }
    let held = gone.removed.iter().filter(|it| it.thing.kind != RULE);
    let held: Vec<_> = held.map(|it| it.thing.name.clone()).collect();
    if !held.is_empty() {
        let text = "Delete what goes: `sf project deploy start --metadata-dir removal/salesforce/2-delete`. It takes groups first, then \
            sets, then custom permissions; what an automation still names is refused, and somebody has to change that first.";
        steps.push(Step::deploy(text, held));
    }
    if emitter.is_emitted() || !steps.is_empty() {
        let text = "Retrieve permission sets and groups and compare them with `salesforce/`: nothing of what goes may be there.";
        steps.push(Step::by_hand(text, Vec::new()));
    }
    steps
}
