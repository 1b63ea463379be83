//! What must hold outside the package for it to mean what the matrix says. Object rights say nothing of rows: below `org`
//! every scope is an obligation on sharing, an upper and a lower bound. The same obligation of the same roles on several
//! objects is told once.

use std::collections::{BTreeMap, BTreeSet};

use ztam_backend::fidelity::Obligation;
use ztam_backend::plan::Container;
use ztam_graph::facts::{Enforcement, RowDefault};
use ztam_graph::ids::{AssetId, ConditionId, RoleId, TemporaryId};
use ztam_model::words::{Action, Scope};

use super::less::role_names;
use super::{SET, needs_activation};
use crate::rows::{Sets, is_outside};
use crate::verdicts::{ROW_SHARING, ROWS_OF_PARENT, is_wider};
use crate::{PLATFORM, sharing};

/// What gives rows besides what is meant to.
const ROWS_BROKEN_BY: &[&str] = &[
    "role hierarchy",
    "sharing rules",
    "manual and team sharing",
    "Apex managed sharing",
    "access to a contact, case or opportunity, which shows its account",
    "View All or Modify All from another set or profile",
];
const PARENT_BROKEN_BY: &[&str] =
    &["a parent whose rows are shared further", "a detail that becomes a lookup"];
const DEFAULT_BROKEN_BY: &[&str] = &["a wider organization-wide default"];
const PROFILE_BROKEN_BY: &[&str] = &["rights in the profile", "another permission set"];
const READ_PROFILE_BROKEN_BY: &[&str] =
    &["another profile", "rights that the profile has and the inventory does not", "another permission set"];
const ASSIGNMENT_BROKEN_BY: &[&str] = &["an assignment without an expiration date"];
const GROUP_BROKEN_BY: &[&str] =
    &["a permission set group that holds the set and needs no activation itself"];
const UNJUDGED_BROKEN_BY: &[&str] = &["rights that the element grants"];
const CONTROL_BROKEN_BY: &[&str] = &["the control being off, or people being exempt from it"];

/// Rows that some roles reach: action, scope, whether they come from outside.
type Reach = (Action, Scope, bool);
/// What an obligation is about, by name, and whose access depends on it.
type Named = (Vec<String>, BTreeSet<RoleId>);

/// Parents whose rows are followed, whether that is settled, and by whom.
type Followed = (Vec<String>, Option<bool>, BTreeSet<RoleId>);

/// All obligations of a package, sorted.
pub(super) fn obligations(sets: &Sets<'_>, roles: &[RoleId], containers: &[Container]) -> Vec<Obligation> {
    let reaches = reaches(sets, roles);
    let mut all = rows(sets, &reaches);
    all.extend(details(sets, roles));
    all.extend(defaults(sets, &reaches));
    all.extend(profiles(sets, roles));
    all.extend(of_containers(sets, containers));
    all.extend(unjudged(sets, roles));
    all.extend(sharing::sharing(sets, roles).obligations(sets));
    all.sort();
    all
}

/// Per object: what is bounded, and for whom. `shared` bounds nothing, and `org` only where an open default stands in for
/// Modify All.
fn reaches(sets: &Sets<'_>, roles: &[RoleId]) -> BTreeMap<AssetId, BTreeMap<Reach, BTreeSet<RoleId>>> {
    let mut all: BTreeMap<AssetId, BTreeMap<Reach, BTreeSet<RoleId>>> = BTreeMap::new();
    for role in roles {
        let outside = is_outside(sets.kind(*role));
        for group in sets.groups(*role) {
            let default = sets.default(*role, group.asset);
            if default == RowDefault::Parent && is_bounded_by_parents(sets, *role, group.asset) {
                continue;
            }
            let always = sets.always(group.rows);
            for cell in group.rows.iter().filter(|it| sets.is_cell(it)) {
                for action in [Action::Read, Action::Edit, Action::Delete] {
                    let scopes = cell.scopes.get(action).widest();
                    if is_wider(always.get(action), scopes) {
                        continue;
                    }
                    for scope in scopes.iter() {
                        let open = action == Action::Edit && default == RowDefault::ReadWrite;
                        if scope == Scope::Shared || (scope == Scope::Org && !open) {
                            continue;
                        }
                        let reach = (action, scope, outside);
                        all.entry(group.asset).or_default().entry(reach).or_default().insert(*role);
                    }
                }
            }
        }
    }
    all
}

/// Whether what bounds the rows of every parent bounds these: the role has cells on all of them.
pub(crate) fn is_bounded_by_parents(sets: &Sets<'_>, role: RoleId, asset: AssetId) -> bool {
    let parents = parents(sets, asset);
    let has_cells = |parent: &AssetId| {
        let entries = sets.access.entries(role, sets.access.rows_slot(*parent));
        entries.iter().any(|it| sets.is_cell(it))
    };
    !parents.is_empty() && parents.iter().all(has_cells)
}

/// The assets that an asset's rows are details of.
fn parents<'a>(sets: &'a Sets<'_>, asset: AssetId) -> &'a [AssetId] {
    let facts = sets.access.platforms.get(sets.platform).and_then(|it| it.assets.lookup(asset)?.as_ref());
    facts.map_or(&[][..], |it| &it.controlled_by)
}

fn rows(sets: &Sets<'_>, reaches: &BTreeMap<AssetId, BTreeMap<Reach, BTreeSet<RoleId>>>) -> Vec<Obligation> {
    let mut grouped: BTreeMap<(Reach, &BTreeSet<RoleId>), Vec<String>> = BTreeMap::new();
    for (asset, by_reach) in reaches {
        for (reach, roles) in by_reach {
            grouped.entry((*reach, roles)).or_default().push(sets.object_name(*asset));
        }
    }
    grouped
        .into_iter()
        .map(|(((action, scope, _), roles), objects)| Obligation {
            platform: PLATFORM,
            kind: ROW_SHARING,
            subject: joined(objects),
            audience: role_names(sets, roles),
            action: Some(action),
            scope: Some(scope),
            sentence: format!("people of these roles {} {} and no more", action.as_str(), scope_words(scope)),
            broken_by: ROWS_BROKEN_BY.to_vec(),
            settled: None,
        })
        .collect()
}

/// Details whose rows follow those of their parents.
fn details(sets: &Sets<'_>, roles: &[RoleId]) -> Vec<Obligation> {
    let mut by_asset: BTreeMap<(AssetId, Option<bool>), BTreeSet<RoleId>> = BTreeMap::new();
    for role in roles {
        let outside = is_outside(sets.kind(*role));
        for group in sets.groups(*role) {
            let follows = sets.default(*role, group.asset) == RowDefault::Parent
                && is_bounded_by_parents(sets, *role, group.asset);
            if follows && group.rows.iter().any(|it| sets.is_cell(it)) {
                let object = group.object;
                let seen = if outside { object.external_default_seen } else { object.default_seen };
                by_asset.entry((group.asset, seen.then_some(true))).or_default().insert(*role);
            }
        }
    }
    let mut grouped: BTreeMap<Followed, Vec<String>> = BTreeMap::new();
    for ((asset, settled), roles) in by_asset {
        let parents = parents(sets, asset).iter().map(|it| sets.object_name(*it)).collect();
        grouped.entry((parents, settled, roles)).or_default().push(sets.object_name(asset));
    }
    grouped
        .into_iter()
        .map(|((parents, settled, roles), objects)| Obligation {
            platform: PLATFORM,
            kind: ROWS_OF_PARENT,
            subject: joined(objects),
            audience: role_names(sets, &roles),
            action: None,
            scope: None,
            sentence: format!("their rows are reached as far as those of {} and no further", joined(parents)),
            broken_by: PARENT_BROKEN_BY.to_vec(),
            settled,
        })
        .collect()
}

fn scope_words(scope: Scope) -> &'static str {
    match scope {
        Scope::Own => "the rows that they own",
        Scope::Account => "the rows of their own account",
        Scope::Team => "the rows of their team",
        Scope::Unit => "the rows of their business unit",
        Scope::UnitTree => "the rows of their business unit and those below it",
        Scope::Shared => "the rows that sharing gives",
        Scope::Org => "every row, by the organization-wide default",
    }
}

/// Sharing defaults that no bounded action may exceed.
fn defaults(
    sets: &Sets<'_>,
    reaches: &BTreeMap<AssetId, BTreeMap<Reach, BTreeSet<RoleId>>>,
) -> Vec<Obligation> {
    let mut grouped: BTreeMap<(bool, bool, Option<bool>), Named> = BTreeMap::new();
    for (asset, by_reach) in reaches {
        for outside in [false, true] {
            let bounded = |action: Action| {
                by_reach.iter().filter(move |((it, scope, out), _)| {
                    *it == action && *scope != Scope::Org && *out == outside
                })
            };
            let reads = bounded(Action::Read).next().is_some();
            let edits = bounded(Action::Edit).next().is_some();
            if !reads && !edits {
                continue;
            }
            let settled = settled(sets, *asset, outside, reads);
            let group = grouped.entry((outside, reads, settled)).or_default();
            group.0.push(sets.object_name(*asset));
            group.1.extend(bounded(Action::Read).chain(bounded(Action::Edit)).flat_map(|(_, roles)| roles));
        }
    }
    grouped
        .into_iter()
        .map(|((outside, private, settled), (objects, roles))| Obligation {
            platform: PLATFORM,
            kind: if outside { "external-sharing-default" } else { "sharing-default" },
            subject: joined(objects),
            audience: role_names(sets, &roles),
            action: None,
            scope: None,
            sentence: format!(
                "the {}organization-wide default is {}",
                if outside { "external " } else { "" },
                if private { "Private" } else { "Private or Public Read Only" }
            ),
            broken_by: DEFAULT_BROKEN_BY.to_vec(),
            settled,
        })
        .collect()
}

/// Only what the inventory has seen settles a default.
fn settled(sets: &Sets<'_>, asset: AssetId, outside: bool, private: bool) -> Option<bool> {
    let object = sets.package.objects.lookup(asset)?.as_ref()?;
    let facts = sets.access.platforms.get(sets.platform)?.assets.lookup(asset)?.as_ref()?;
    let (seen, default) = if outside {
        (object.external_default_seen, facts.external_default)
    } else {
        (object.default_seen, facts.default)
    };
    if !seen {
        return None;
    }
    match default {
        RowDefault::Private => Some(true),
        RowDefault::Read => Some(!private),
        RowDefault::ReadWrite => Some(false),
        RowDefault::Unknown | RowDefault::Parent | RowDefault::InRight => None,
    }
}

/// Permission sets only add: the profile below them must give nothing, or what was read and judged.
fn profiles(sets: &Sets<'_>, roles: &[RoleId]) -> Vec<Obligation> {
    let mut by_profile: BTreeMap<(String, bool), BTreeSet<RoleId>> = BTreeMap::new();
    for role in roles {
        let outside = is_outside(sets.kind(*role));
        let default = if outside { "external profile" } else { "Minimum Access - Salesforce" };
        let named = sets.package.roles[*role].profile.as_ref();
        let profile = named.map_or((default.to_owned(), false), |it| (it.name.clone(), it.is_known));
        by_profile.entry(profile).or_default().insert(*role);
    }
    let obligation = |((profile, is_known), roles): ((String, bool), BTreeSet<RoleId>)| {
        let (kind, sentence, broken_by) = if is_known {
            let sentence = format!(
                "people of these roles have exactly the profile {profile}, which grants what the inventory says, and no \
                 other permission sets"
            );
            ("profile-as-read", sentence, READ_PROFILE_BROKEN_BY)
        } else {
            let sentence = "people of these roles have a profile that gives no access to data, and no other permission sets";
            ("minimum-access-profile", sentence.to_owned(), PROFILE_BROKEN_BY)
        };
        Obligation {
            platform: PLATFORM,
            kind,
            subject: profile,
            audience: role_names(sets, &roles),
            action: None,
            scope: None,
            sentence,
            broken_by: broken_by.to_vec(),
            settled: None,
        }
    };
    by_profile.into_iter().map(obligation).collect()
}

/// Elements that are written as they are: somebody must know what they grant.
fn unjudged(sets: &Sets<'_>, roles: &[RoleId]) -> Vec<Obligation> {
    let mut by_element: BTreeMap<String, BTreeSet<RoleId>> = BTreeMap::new();
    for role in roles {
        for element in sets.package.elements_of(*role) {
            by_element.entry(element.called()).or_default().insert(*role);
        }
    }
    let obligation = |(element, roles): (String, BTreeSet<RoleId>)| {
        Obligation {
        platform: PLATFORM,
        kind: "unknown-element",
        subject: element,
        audience: role_names(sets, &roles),
        action: None,
        scope: None,
        sentence: "what this element of the permission sets of these roles grants is looked up and accepted: ztam does not know it"
            .to_owned(),
        broken_by: UNJUDGED_BROKEN_BY.to_vec(),
        settled: None,
    }
    };
    by_element.into_iter().map(obligation).collect()
}

/// Obligations of sets that hold only for a time or under conditions.
fn of_containers(sets: &Sets<'_>, containers: &[Container]) -> Vec<Obligation> {
    let mut temporaries: BTreeMap<TemporaryId, Named> = BTreeMap::new();
    let mut controls: BTreeMap<ConditionId, BTreeSet<RoleId>> = BTreeMap::new();
    let mut sessions = Named::default();
    for container in containers.iter().filter(|it| it.kind == SET) {
        for layer in container.layers.iter().map(|it| sets.access.layers[*it]) {
            if let Some(temporary) = layer.temporary {
                let group = temporaries.entry(temporary).or_default();
                group.0.push(container.name.clone());
                group.1.insert(container.role);
            }
            for condition in layer.conditions.iter() {
                controls.entry(condition).or_default().insert(container.role);
            }
            if needs_activation(sets.package, container.role, layer) {
                sessions.0.push(container.name.clone());
                sessions.1.insert(container.role);
            }
        }
    }
    let plain = |kind, subject, roles: &BTreeSet<RoleId>, sentence, broken_by: &[&'static str]| Obligation {
        platform: PLATFORM,
        kind,
        subject,
        audience: role_names(sets, roles),
        action: None,
        scope: None,
        sentence,
        broken_by: broken_by.to_vec(),
        settled: None,
    };
    let mut all = Vec::new();
    for (temporary, (names, roles)) in temporaries {
        let until = sets.access.names.temporaries.get(temporary).until.value;
        let sentence = format!("every assignment expires on {until}");
        all.push(plain("assignment-expires", joined(names), &roles, sentence, ASSIGNMENT_BROKEN_BY));
    }
    let facts = sets.access.platforms.get(sets.platform);
    for (condition, roles) in controls {
        let by = facts.and_then(|it| it.conditions.lookup(condition));
        if let Some(Enforcement::External(control)) = by {
            let name = sets.access.names.conditions.name(condition);
            let sentence = format!("this control enforces `{name}` for people of these roles");
            all.push(plain("external-control", control.clone(), &roles, sentence, CONTROL_BROKEN_BY));
        }
    }
    if !sessions.0.is_empty() {
        let sentence =
            "these permission sets are in no permission set group, where they would need no activation"
                .to_owned();
        all.push(plain(
            "session-set-outside-groups",
            joined(sessions.0),
            &sessions.1,
            sentence,
            GROUP_BROKEN_BY,
        ));
    }
    all
}

fn joined(mut names: Vec<String>) -> String {
    names.sort_unstable();
    names.join(", ")
}
