//! What permission sets cannot say and therefore do not grant, grouped: the same loss of the same roles is told once.

use std::collections::{BTreeMap, BTreeSet};

use ztam_backend::fidelity::Less;
use ztam_graph::access::{SlotId, SlotKind};
use ztam_graph::ids::{AssetId, ConditionId, FieldId, RoleId};
use ztam_model::words::Action;

use super::{granted_rights, right_name};
use crate::PLATFORM;
use crate::rows::{Loss, Reason, Sets};
use crate::verdicts::{NEEDS_OTHERS, NOT_ENFORCED, READ_ONLY, UNKNOWN_FIELD};

/// Losses of all roles as groups, sorted.
pub(super) fn less(
    sets: &Sets<'_>,
    roles: &[RoleId],
    losses: BTreeMap<Loss, BTreeSet<RoleId>>,
    unenforced: &BTreeMap<ConditionId, BTreeSet<RoleId>>,
) -> Vec<Less> {
    let mut all = cells(sets, losses);
    all.extend(unenforced.iter().map(|(condition, roles)| Less {
        platform: PLATFORM,
        reason: NOT_ENFORCED,
        subject: sets.access.names.conditions.name(*condition).to_owned(),
        roles: role_names(sets, roles),
        actions: Vec::new(),
        count: roles.len(),
        sentence:
            "nothing enforces this condition on Salesforce, so what depends on it is not granted".to_owned(),
    }));
    let reached = reached(sets, roles);
    all.extend(reached.keys().filter_map(|asset| unlisted(sets, *asset)));
    all.extend(fields(sets, &reached));
    all.extend(rights(sets, roles));
    all.sort();
    all
}

/// Assets that emitted roles have cells on, with those roles.
fn reached(sets: &Sets<'_>, roles: &[RoleId]) -> BTreeMap<AssetId, BTreeSet<RoleId>> {
    let mut reached: BTreeMap<AssetId, BTreeSet<RoleId>> = BTreeMap::new();
    for role in roles {
        for group in sets.groups(*role) {
            if group.rows.iter().any(|it| sets.is_cell(it)) {
                reached.entry(group.asset).or_default().insert(*role);
            }
        }
    }
    reached
}

fn cells(sets: &Sets<'_>, losses: BTreeMap<Loss, BTreeSet<RoleId>>) -> Vec<Less> {
    let mut by_cause: BTreeMap<(Reason, Action, BTreeSet<RoleId>), BTreeSet<SlotId>> = BTreeMap::new();
    for (loss, roles) in losses {
        by_cause.entry((loss.reason, loss.action, roles)).or_default().insert(loss.slot);
    }
    let mut by_cells: BTreeMap<(Reason, BTreeSet<RoleId>, BTreeSet<SlotId>), Vec<Action>> = BTreeMap::new();
    for ((reason, action, roles), slots) in by_cause {
        by_cells.entry((reason, roles, slots)).or_default().push(action);
    }
    by_cells
        .into_iter()
        .map(|((reason, roles, slots), actions)| {
            let count = slots.iter().map(|it| slot_size(sets, *it)).sum::<usize>() * roles.len();
            let subjects: Vec<_> = slots.iter().map(|it| slot_name(sets, *it)).collect();
            let words: Vec<_> = actions.iter().map(|it| it.as_str()).collect();
            Less {
                platform: PLATFORM,
                reason: reason.word(),
                subject: subjects.join(", "),
                roles: role_names(sets, &roles),
                actions,
                count,
                sentence: format!("{}: {}", words.join(", "), sentence(reason)),
            }
        })
        .collect()
}

fn sentence(reason: Reason) -> &'static str {
    match reason {
        Reason::NoAppendRight => {
            "Salesforce has no right to relate rows; edit on the referencing side decides"
        }
        Reason::NoAssignRight => "Salesforce gives the transfer of rows with Modify All alone",
        Reason::NoShareRight => "Salesforce gives sharing of other people's rows with Modify All alone",
        Reason::NoUnmaskRight => "Salesforce has no right to unmask rows",
        Reason::NoViewAllOutside => {
            "View All is not for people from outside; sharing decides which rows they read"
        }
        Reason::NotOnThisObject => "this kind of object knows read and create only",
        Reason::DeleteNeedsEdit => {
            "delete needs edit in the same permission set, and the matrix does not grant it"
        }
        Reason::DeleteNotShared => {
            "sharing rules and teams give no delete; owners and those above them delete"
        }
        Reason::EditableIsBoth => {
            "a field is editable for create and edit alike, and the field has only one where the row has both; it stays readable"
        }
        Reason::HierarchyWrites => {
            "the role hierarchy gives edit and delete of all rows that it shows, which is more than the matrix grants"
        }
        Reason::MissingRead => "it needs read under the same conditions, and the matrix does not grant it",
        Reason::OrgWriteWithoutModifyAll => {
            "all rows need Modify All, which needs read, edit, delete, share and assign at `org` and `accept-modify-all`; sharing decides"
        }
        Reason::ParentNotReadable => "it needs read on every parent in the same permission set",
        Reason::ParentNotViewable => {
            "View All needs View All on the parent; sharing decides which rows are read"
        }
    }
}

/// Without an inventory only listed fields can get rows.
fn unlisted(sets: &Sets<'_>, asset: AssetId) -> Option<Less> {
    let object = sets.package.objects.lookup(asset)?.as_ref()?;
    (!object.fields_known).then(|| Less {
        platform: PLATFORM,
        reason: "unlisted-fields",
        subject: sets.access.names.assets.name(asset).to_owned(),
        roles: Vec::new(),
        actions: vec![Action::Read, Action::Create, Action::Edit],
        count: 1,
        sentence: "fields that the matrix does not list get no field permissions, because no inventory says which there are"
            .to_owned(),
    })
}

/// Listed fields that are not granted, or only readable, whoever reaches them.
fn fields(sets: &Sets<'_>, reached: &BTreeMap<AssetId, BTreeSet<RoleId>>) -> Vec<Less> {
    let mut all = Vec::new();
    for (asset, roles) in reached {
        let Some(object) = sets.package.objects.lookup(*asset).and_then(Option::as_ref) else { continue };
        for field in &object.doubtful {
            let sentence = "it is not known whether the field takes field permissions, so it gets none";
            let actions = [Action::Read, Action::Create, Action::Edit];
            all.extend(field_less(sets, roles, *field, UNKNOWN_FIELD, &actions, sentence));
        }
        for field in sets.access.names.fields_of(*asset).filter(|it| is_read_only(sets, *it)) {
            let sentence = "the field can only be read, whatever is granted";
            all.extend(field_less(sets, roles, field, READ_ONLY, &[Action::Create, Action::Edit], sentence));
        }
    }
    all
}

fn is_read_only(sets: &Sets<'_>, field: FieldId) -> bool {
    let facts = sets.access.platforms.get(sets.platform).and_then(|it| it.fields.lookup(field)?.as_ref());
    facts.is_some_and(|it| it.read_only)
}

fn field_less(
    sets: &Sets<'_>,
    roles: &BTreeSet<RoleId>,
    field: FieldId,
    reason: &'static str,
    candidates: &[Action],
    sentence: &str,
) -> Option<Less> {
    let slot = sets.access.field_slot(field)?;
    let mut losing = BTreeSet::new();
    let mut actions = BTreeSet::new();
    for role in roles {
        let cells = sets.access.entries(*role, slot).iter().filter(|it| sets.is_cell(it));
        for cell in cells {
            for action in candidates.iter().filter(|it| !cell.scopes.get(**it).is_empty()) {
                losing.insert(*role);
                actions.insert(*action);
            }
        }
    }
    (!losing.is_empty()).then(|| Less {
        platform: PLATFORM,
        reason,
        subject: sets.access.names.field_name(field),
        roles: role_names(sets, &losing),
        actions: actions.into_iter().collect(),
        count: losing.len(),
        sentence: sentence.to_owned(),
    })
}

/// Rights of capabilities that are left out because what they need is not granted.
fn rights(sets: &Sets<'_>, roles: &[RoleId]) -> Vec<Less> {
    let mut dropped: BTreeMap<_, BTreeSet<RoleId>> = BTreeMap::new();
    for role in roles {
        let carried = &sets.package.carried[*role];
        for right in granted_rights(sets, *role).1 {
            let known = &sets.package.rights[right];
            if carried.contains_key(&(known.kind.element(), known.name.to_string())) {
                continue;
            }
            dropped.entry(right).or_default().insert(*role);
        }
    }
    let told = dropped.into_iter().filter_map(|(right, roles)| {
        let known = sets.package.rights.lookup(right)?;
        let needs: Vec<_> =
            known.needs.iter().filter_map(|it| sets.package.rights.lookup(*it)).map(|it| &*it.name).collect();
        Some(Less {
            platform: PLATFORM,
            reason: NEEDS_OTHERS,
            subject: right_name(known.kind, &known.name),
            roles: role_names(sets, &roles),
            actions: Vec::new(),
            count: roles.len(),
            sentence: format!(
                "it is refused without {}; grant them in the same capability",
                needs.join(", ")
            ),
        })
    });
    told.collect()
}

fn slot_name(sets: &Sets<'_>, slot: SlotId) -> String {
    let key = sets.access.slots[slot];
    let asset = sets.access.names.assets.name(key.asset);
    match key.kind {
        SlotKind::Rows => asset.to_owned(),
        SlotKind::Fields(class) => format!("{asset} ({} fields)", sets.access.names.class_name(class)),
        SlotKind::Field(field) => sets.access.names.field_name(field),
    }
}

fn slot_size(sets: &Sets<'_>, slot: SlotId) -> usize {
    match sets.access.slots[slot].kind {
        SlotKind::Fields(_) => sets.access.fields_in(slot).len(),
        SlotKind::Rows | SlotKind::Field(_) => 1,
    }
}

/// The names of roles, sorted.
pub(crate) fn role_names(sets: &Sets<'_>, roles: &BTreeSet<RoleId>) -> Vec<String> {
    roles.iter().map(|role| sets.access.names.roles.name(*role).to_owned()).collect()
}
