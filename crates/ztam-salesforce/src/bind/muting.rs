//! What muting sets take away, as facts: of which group, which rights, and what of the cells that its members are made of.

use std::collections::BTreeMap;

use ztam_graph::facts::{Effect, EffectOn, PlatformFacts, RightId, RowDefault};
use ztam_graph::ids::{AssetId, Names, RoleId};
use ztam_graph::muting::{MutedGroup, Taken};
use ztam_graph::resolve::lineage;
use ztam_graph::scopes::{ScopeSet, ScopeWord};
use ztam_model::words::{Action, RoleKind, Scope};
use ztam_source::idx::IndexVec;
use ztam_source::span::Span;

use super::carried::{Carried, Muting};
use super::rights::{Key, RightKind};
use super::{GrantedRight, RoleSettings};
use crate::shapes::CarryShape;

/// Where a carried block says each of its rights.
#[derive(Debug, Default)]
pub(super) struct Places(BTreeMap<String, Span>);

impl Places {
    pub(super) fn of(shape: &CarryShape) -> Self {
        let lists = [
            &shape.user_permissions,
            &shape.existing_custom_permissions,
            &shape.applications,
            &shape.apex_classes,
            &shape.apex_pages,
            &shape.flows,
            &shape.record_types,
            &shape.custom_metadata_types,
            &shape.custom_settings,
            &shape.external_data_sources,
            &shape.agents,
            &shape.external_credentials,
            &shape.presence_statuses,
            &shape.email_routing_addresses,
            &shape.summary_definitions,
        ];
        let mut all: BTreeMap<String, Span> =
            lists.into_iter().flatten().map(|it| (it.value.clone(), it.span)).collect();
        all.extend(shape.custom_permissions.iter().map(|(name, _)| (name.value.clone(), name.span)));
        all.extend(shape.tabs.iter().map(|(name, _)| (name.value.clone(), name.span)));
        for (object, words) in &shape.objects {
            let of_word = words.iter().map(|it| (format!("{} {}", object.value, it.value.right()), it.span));
            all.extend(of_word);
        }
        for (field, word) in &shape.fields {
            let rights = word.value.rights().iter();
            all.extend(rights.map(|right| (format!("{} {right}", field.value), word.span)));
        }
        Self(all)
    }

    /// The place of a right, or else that of the block.
    pub(super) fn find(&self, key: &Key, block: Span) -> Span {
        self.0.get(&key.1).copied().unwrap_or(block)
    }
}

/// The groups of a project with what is taken away in them, one a muting set.
pub(super) fn groups(
    names: &Names<'_>,
    facts: &PlatformFacts,
    roles: &IndexVec<RoleId, RoleSettings>,
    carried: &Carried,
    rights: &IndexVec<RightId, GrantedRight>,
) -> Vec<MutedGroup> {
    let mut all = Vec::new();
    for (role, settings) in roles.iter_ids() {
        let Some(group) = &settings.group else { continue };
        for (name, said) in &group.muting_said {
            let Some(muting) = carried.muting.get(name) else { continue };
            let of_group = Group::new(names, facts, roles, role);
            all.push(MutedGroup {
                role,
                name: name.as_str().into(),
                said: *said,
                is_known: group.other_sets.is_empty()
                    && group.muting.iter().all(|it| carried.muting.contains_key(it))
                    && muting.elements.is_empty(),
                taken: of_group.taken(muting, carried, rights),
            });
        }
    }
    all
}

/// What decides how much of a cell a right stands for in a group.
struct Group<'a> {
    facts: &'a PlatformFacts,
    /// Whether a member may be given Modify All for cells on all rows.
    accepts_modify_all: bool,
    is_outside: bool,
}

impl<'a> Group<'a> {
    fn new(
        names: &Names<'_>,
        facts: &'a PlatformFacts,
        roles: &IndexVec<RoleId, RoleSettings>,
        role: RoleId,
    ) -> Self {
        let accepts_modify_all = lineage(names, role).into_iter().any(|it| roles[it].accept_modify_all);
        let kind = names.roles.get(role).kind.map_or(RoleKind::Employee, |it| it.value);
        Self { facts, accepts_modify_all, is_outside: crate::rows::is_outside(kind) }
    }

    fn taken(
        &self,
        muting: &Muting,
        carried: &Carried,
        rights: &IndexVec<RightId, GrantedRight>,
    ) -> Vec<Taken> {
        let taken = muting.taken.iter().map(|(key, span)| {
            let known = rights.iter_ids().find(|(_, it)| it.kind == key.0 && *it.name == *key.1);
            let effects = carried.effects.get(key).map_or(&[][..], Vec::as_slice);
            Taken {
                kind: key.0.word(),
                name: key.1.as_str().into(),
                span: *span,
                right: known.map(|(id, _)| id),
                cells: if key.0 == RightKind::FieldPermission {
                    effects.iter().map(whole_field).collect()
                } else {
                    effects.iter().filter_map(|it| self.of_object(it)).collect()
                },
            }
        });
        taken.collect()
    }

    /// The part of cells on rows that an object permission stands for: the plain one for all scopes but `org`, and for that too
    /// where nothing wider is written for it; View All and Modify All for `org` alone. A right that passes by field
    /// protection is no cell's.
    fn of_object(&self, effect: &Effect) -> Option<Effect> {
        let EffectOn::Assets(assets) = &effect.on else { return None };
        let asset = *assets.first()?;
        let is_modify_all = !effect.rows.get(Action::Share).is_empty();
        let rows = effect.rows.iter().filter(|(action, _)| !(is_modify_all && *action == Action::Read));
        let rows = rows.fold(ScopeWord::NONE, |all, (action, scopes)| {
            let of_action = if scopes.has(Scope::Org) {
                ScopeSet::of(Scope::Org)
            } else if self.is_all_of_org(asset, action) {
                ScopeSet::ALL
            } else {
                ScopeSet::down(Scope::Shared)
            };
            all.union(ScopeWord::of_set(action, of_action))
        });
        (!rows.is_empty()).then(|| Effect { on: effect.on.clone(), rows, fields: ScopeWord::NONE })
    }

    /// Whether cells of an action on all rows are written as the plain right.
    fn is_all_of_org(&self, asset: AssetId, action: Action) -> bool {
        let known = self.facts.assets[asset].as_ref();
        let default = known
            .map_or(RowDefault::Unknown, |it| if self.is_outside { it.external_default } else { it.default });
        match action {
            Action::Read => matches!(default, RowDefault::Read | RowDefault::ReadWrite),
            Action::Edit | Action::Delete => {
                !self.accepts_modify_all || self.is_outside || default == RowDefault::ReadWrite
            }
            _ => true,
        }
    }
}

/// A field permission knows no rows: cells of every scope are written as it.
fn whole_field(effect: &Effect) -> Effect {
    let actions: Vec<Action> = effect.fields.iter().map(|(action, _)| action).collect();
    Effect { on: effect.on.clone(), rows: ScopeWord::NONE, fields: ScopeWord::mask(&actions) }
}
