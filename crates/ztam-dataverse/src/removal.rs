//! What an earlier build made and this one does not. Importing an unmanaged solution deletes nothing, so roles and profiles
//! are emptied by calls and then deleted by hand.

use std::io::{self, Write};

use serde_json::json;
use ztam_backend::artifact::Artifact;
use ztam_backend::csv::{record, records};
use ztam_backend::read::ReadContainer;
use ztam_backend::removal::{Gone, Held, Piece, Removed, Step, Thing};

use crate::bind::Package;
use crate::plan::{PROFILE, ROLE};

const PROFILES_FILE: &str = "solution/Other/FieldSecurityProfiles.xml";
const END_OF_PROFILE: &[u8] = b"</FieldSecurityProfile>";
const START_OF_PROFILE: &[u8] = b"<FieldSecurityProfile ";

/// Roles and profiles are told by their ids, whatever they are called.
pub(crate) fn key(thing: &Thing) -> Option<String> {
    let known = thing.kind == ROLE || thing.kind == PROFILE;
    let id = thing.id.as_deref().map_or_else(|| thing.name.to_lowercase(), str::to_ascii_lowercase);
    known.then(|| format!("{} {id}", thing.kind))
}

pub(crate) fn removed(container: &ReadContainer) -> Option<Removed> {
    let thing =
        Thing { kind: container.kind.to_owned(), name: container.name.clone(), id: container.id.clone() };
    key(&thing)?;
    let columns = match container.kind {
        PROFILE => container.rows.iter().map(|it| it.row.key.clone()).collect(),
        _ => Vec::new(),
    };
    Some(Removed { thing, label: String::new(), licence: None, activation: false, columns })
}

/// Roles are a file each; all profiles are one file, too large for one document in a large estate. In text a `<` is written
/// as an entity, so the marks are elements.
pub(crate) fn pieces<'b>(path: &str, bytes: &'b [u8]) -> Vec<Piece<'b>> {
    if path.starts_with("solution/Roles/") {
        return vec![Piece::whole(bytes)];
    }
    if path != PROFILES_FILE {
        return Vec::new();
    }
    let mut pieces = Vec::new();
    let mut rest = bytes;
    while let Some(end) = find(rest, END_OF_PROFILE).map(|at| at + END_OF_PROFILE.len()) {
        let (profile, after) = rest.split_at_checked(end).unwrap_or((rest, &[]));
        let start = find(profile, START_OF_PROFILE).unwrap_or_default();
        let body = profile.get(start..).unwrap_or_default();
        pieces.push(Piece { head: "<FieldSecurityProfiles>", body, tail: "</FieldSecurityProfiles>" });
        rest = after;
    }
    pieces
}

fn find(bytes: &[u8], mark: &[u8]) -> Option<usize> {
    let first = *mark.first()?;
    let mut from = 0;
    loop {
        let rest = bytes.get(from..)?;
        let at = from + rest.iter().position(|it| *it == first)?;
        if bytes.get(at..)?.starts_with(mark) {
            return Some(at);
        }
        from = at + 1;
    }
}

pub(crate) fn held(path: &str, bytes: &[u8]) -> Vec<Held> {
    let Ok(text) = std::str::from_utf8(bytes) else { return Vec::new() };
    let rows = records(text).into_iter().skip(1);
    let thing = |kind: &str, name: String, id: String| Thing { kind: kind.to_owned(), name, id: Some(id) };
    match path {
        "assignments/role-holders.csv" => rows
            .filter_map(|it| {
                let [who, role, name, id, via, ..] = <[String; 7]>::try_from(it).ok()?;
                Some(Held { who, via, thing: thing(ROLE, name, id), role })
            })
            .collect(),
        "assignments/group-teams.csv" => rows
            .filter_map(|it| {
                let [role, name, id, via, who, ..] = <[String; 8]>::try_from(it).ok()?;
                (!who.is_empty()).then(|| Held {
                    who,
                    via: format!("{via} itself"),
                    thing: thing(ROLE, name, id),
                    role,
                })
            })
            .collect(),
        "assignments/profile-members.csv" => rows
            .filter_map(|it| {
                let [role, name, id, via, who, ..] = <[String; 6]>::try_from(it).ok()?;
                Some(Held { who, via, thing: thing(PROFILE, name, id), role })
            })
            .collect(),
        _ => Vec::new(),
    }
}

pub(crate) fn artifacts<'a>(package: &'a Package, gone: &'a Gone) -> Vec<Artifact<'a>> {
    let mut all = Vec::new();
    if !gone.removed.is_empty() {
        all.push(Artifact::stream("removals.json", move |out| removals(package, gone, out)));
    }
    if !gone.unassign.is_empty() {
        all.push(Artifact::stream("unassign.csv", move |out| unassign(gone, out)));
    }
    all
}

/// One line a role or profile. A profile that goes leaves its columns secured: who un-secures one opens it for everybody who
/// reaches the row.
fn removals(package: &Package, gone: &Gone, out: &mut dyn Write) -> io::Result<()> {
    let floor: Vec<_> = package.floor.iter().map(|id| package.privileges[*id].name.as_str()).collect();
    let held = |thing: &Thing| {
        let of = gone.unassign.iter().filter(move |it| key(&it.thing) == key(thing));
        of.map(|it| json!({"who": it.who, "via": it.via})).collect::<Vec<_>>()
    };
    out.write_all(b"{\n  \"format_version\": 1,\n  \"emptied_role\": ")?;
    serde_json::to_writer(&mut *out, &json!({"Global": floor}))?;
    for (list, kind) in [("roles", ROLE), ("profiles", PROFILE)] {
        write!(out, ",\n  \"{list}\": [")?;
        for (position, it) in gone.of_kind(kind).enumerate() {
            let mut entry =
                json!({"id": it.thing.id, "name": it.thing.name, "unassign_first": held(&it.thing)});
            if let Some(object) = entry.as_object_mut().filter(|_| kind == PROFILE) {
                object.insert("stay_secured".to_owned(), json!(it.columns));
            }
            out.write_all(if position == 0 { b"\n    " } else { b",\n    " })?;
            serde_json::to_writer(&mut *out, &entry)?;
        }
        out.write_all(b"\n  ]")?;
    }
    out.write_all(b"\n}\n")
}

fn unassign(gone: &Gone, out: &mut dyn Write) -> io::Result<()> {
    record(["Who", "Via", "Kind", "Name", "Id", "Role"], out)?;
    for it in &gone.unassign {
        let id = it.thing.id.as_deref().unwrap_or_default();
        record([&it.who, &it.via, &it.thing.kind, &it.thing.name, id, it.role.as_str()], out)?;
    }
    Ok(())
}

pub(crate) fn runbook(package: &Package, gone: &Gone) -> Vec<Step> {
    let names = |kind| gone.of_kind(kind).map(|it| it.thing.name.clone()).collect::<Vec<_>>();
    let (roles, profiles) = (names(ROLE), names(PROFILE));
    let mut steps = Vec::new();
    if let Some(solution) = &package.solution {
        let import = match solution.managed() {
            0 => "Import the solution, `dataverse/NAME_VERSION.zip`. An unmanaged one deletes nothing.",
            _ => {
                "Import the solution, `dataverse/NAME_VERSION.zip`, with a higher version and as an upgrade: an upgrade deletes roles and \
                profiles that it does not have, an update keeps them."
            }
        };
        steps.push(Step::deploy(import, Vec::new()));
        let replace = "Carry out `dataverse/after-import.json`: for each role `ReplacePrivilegesRole` with exactly its set; for each \
            profile, delete every `fieldpermission` that its list does not have and set the rest to what it says. An import takes \
            nothing away reliably; what is listed under narrowed above is in force from here on, and so are the emptied entries.";
        steps.push(Step::by_hand(replace, Vec::new()));
        let assign =
            "Give the new roles and profiles to those who are to hold them: `dataverse/assignments/`.";
        steps.push(Step::by_hand(assign, Vec::new()));
    }
    if package.solution.is_none() && !roles.is_empty() {
        let empty = "Empty these roles: `ReplacePrivilegesRole` with `emptied_role` of `removal/dataverse/removals.json`.";
        steps.push(Step::by_hand(empty, roles.clone()));
    }
    if package.solution.is_none() && !profiles.is_empty() {
        steps.push(Step::by_hand("Delete every `fieldpermission` of these profiles.", profiles.clone()));
    }
    if !gone.unassign.is_empty() {
        let text = "Take away from people and teams what `removal/dataverse/unassign.csv` lists. It has those that the tables of the \
            earlier build name; ask the environment for all others who hold what goes.";
        steps.push(Step::by_hand(text, Vec::new()));
    }
    if !roles.is_empty() {
        let text = "Delete these roles in the root business unit, once nobody holds them in any unit; their copies in the other units \
            go with them.";
        steps.push(Step::by_hand(text, roles));
    }
    if !profiles.is_empty() {
        let text = "Delete these column security profiles. Leave their columns secured (`stay_secured` in \
            `removal/dataverse/removals.json`): a column that is not secured follows its row.";
        steps.push(Step::by_hand(text, profiles));
    }
    if package.solution.is_some() || !steps.is_empty() {
        let text = "Read back with `RetrieveRolePrivilegesRole` and from `fieldpermissions`, and compare with \
            `dataverse/after-import.json`: nothing more may be there.";
        steps.push(Step::by_hand(text, Vec::new()));
    }
    steps
}
