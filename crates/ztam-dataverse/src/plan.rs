//! What is emitted: which roles and profiles, and the rows of each. A privilege is granted at the depth that every asset
//! behind it allows, rounded down to one that exists.

use std::collections::{BTreeMap, BTreeSet};

use ztam_backend::plan::{Container, Plan};
use ztam_backend::rules::{BINDING, FOREIGN_NAME};
use ztam_graph::access::{Access, Entry, LayerId, Origin, SlotId, SlotKind};
use ztam_graph::facts::{Enforcement, RightId};
use ztam_graph::holding::{Holding, holdings};
use ztam_graph::ids::{AssetId, FieldId, RoleId};
use ztam_graph::names::COLLISION;
use ztam_graph::scopes::ScopeSet;
use ztam_model::words::{Action, Scope};
use ztam_source::finding::Finding;
use ztam_source::idx::Idx;

use crate::bind::{BoundRole, CarriedColumn, LONGEST_NAME, Package, PrivilegeId, emitted_name, units};
use crate::catalog::{Level, Levels};
use crate::parts::Inherit;
use crate::rights::scope_of_level;
use crate::{PLATFORM, columns, promises};

/// Kind of a container: a security role.
pub const ROLE: &str = "Role";
/// Kind of a container: a column security profile.
pub const PROFILE: &str = "FieldSecurityProfile";
/// Holder of a container: an owner team.
pub const TEAM: &str = "team";

/// Privileges with their depths, in the order of emission.
pub(crate) type Privileges = Vec<(PrivilegeId, Level)>;

/// The privileges that the cells of one layer give, by who carries them.
#[derive(Debug, Default)]
pub(crate) struct LayerPrivileges {
    pub(crate) user: Privileges,
    pub(crate) team: Privileges,
}

/// Looks at access through the eyes of one package.
#[derive(Debug)]
pub(crate) struct Planner<'a, 'p> {
    pub(crate) package: &'a Package,
    pub(crate) access: &'a Access<'p>,
    /// Position of the platform.
    pub(crate) platform: usize,
    /// The bound columns of each slot that has any.
    pub(crate) columns: BTreeMap<SlotId, Vec<FieldId>>,
    /// Columns that the import secures.
    pub(crate) switched: BTreeSet<FieldId>,
}

impl<'a, 'p> Planner<'a, 'p> {
    /// `None` where the access was resolved without this platform.
    pub(crate) fn new(package: &'a Package, access: &'a Access<'p>) -> Option<Self> {
        let platform = access.platforms.iter().position(|facts| facts.platform == PLATFORM)?;
        let mut columns: BTreeMap<SlotId, Vec<FieldId>> = BTreeMap::new();
        for (field, column) in package.columns.iter_ids() {
            if column.is_some()
                && let Some(slot) = access.field_slot(field)
            {
                columns.entry(slot).or_default().push(field);
            }
        }
        let mut planner = Self { package, access, platform, columns, switched: BTreeSet::new() };
        planner.switched = columns::switched(&planner);
        Some(planner)
    }

    /// Whether a column is secured, or will be with the import.
    pub(crate) fn is_secured(&self, field: FieldId) -> bool {
        let known = self.package.columns.lookup(field).and_then(Option::as_ref);
        known.is_some_and(|it| it.facts.secured == Some(true)) || self.switched.contains(&field)
    }

    /// The emitted roles with their settings.
    pub(crate) fn roles(&self) -> impl Iterator<Item = (RoleId, &'a BoundRole)> + use<'a, 'p> {
        self.package.roles.iter_ids().filter_map(|(id, role)| Some((id, role.as_ref()?)))
    }

    /// The matrix's entries of a role on this platform, derived ones included. What comes with a right is emitted by
    /// that right alone.
    pub(crate) fn entries(&self, role: RoleId) -> impl Iterator<Item = &'a Entry> + use<'a, 'p> {
        let platform = self.platform;
        let entries: &'a [Entry] = &self.access.roles[role].entries;
        entries.iter().filter(move |entry| entry.origin != Origin::Right && entry.platforms.has(platform))
    }

    /// Those on rows, with the asset.
    pub(crate) fn row_entries(
        &self,
        role: RoleId,
    ) -> impl Iterator<Item = (AssetId, &'a Entry)> + use<'a, 'p> {
        let access = self.access;
        self.entries(role).filter_map(move |entry| {
            let key = access.slots[entry.slot];
            (key.kind == SlotKind::Rows).then_some((key.asset, entry))
        })
    }

    /// The privilege for an action on an asset, if the platform has one.
    pub(crate) fn privilege(&self, asset: AssetId, action: Action) -> Option<PrivilegeId> {
        let table = self.package.tables[asset].as_ref()?;
        table.privileges.get(action as usize).copied().flatten()
    }

    /// Whether what is granted under `layer` holds whenever `other` does.
    pub(crate) fn holds_with(&self, layer: LayerId, other: LayerId) -> bool {
        let (layer, other) = (self.access.layers[layer], self.access.layers[other]);
        let temporary = layer.temporary.is_none() || layer.temporary == other.temporary;
        temporary && layer.conditions.within(other.conditions)
    }

    /// Whether somebody enforces every condition of a layer. What nobody enforces would hold always, so it is not emitted.
    pub(crate) fn is_enforced(&self, layer: LayerId) -> bool {
        let Some(facts) = self.access.platforms.get(self.platform) else { return false };
        let conditions = self.access.layers[layer].conditions;
        conditions.iter().all(|it| facts.conditions.lookup(it).is_some_and(|by| *by != Enforcement::Nobody))
    }

    /// The layers of a role that are emitted, the base layer first.
    pub(crate) fn layers(&self, role: RoleId) -> Vec<LayerId> {
        let layers: BTreeSet<LayerId> = self.entries(role).map(|entry| entry.layer).collect();
        let conditional = layers.into_iter().filter(|layer| *layer != BASE && self.is_enforced(*layer));
        std::iter::once(BASE).chain(conditional).collect()
    }

    /// Scopes of an action on an asset over the layers that `counts` accepts, as far as the platform has words for them.
    fn scopes(
        &self,
        role: RoleId,
        asset: AssetId,
        action: Action,
        counts: impl Fn(LayerId) -> bool,
    ) -> ScopeSet {
        let entries = self.access.entries(role, self.access.rows_slot(asset)).iter();
        let counted = entries.filter(|entry| {
            entry.origin != Origin::Right && entry.platforms.has(self.platform) && counts(entry.layer)
        });
        let all = counted.fold(ScopeSet::NONE, |all, entry| all.union(entry.scopes.get(action)));
        without(without(all, Scope::Shared), Scope::Account).widest()
    }

    /// What a privilege may reach in one layer: never more than each asset behind it is granted there.
    pub(crate) fn allowed(&self, role: RoleId, layer: LayerId, privilege: PrivilegeId) -> ScopeSet {
        let Some((action, assets)) = &self.package.privileges[privilege].cell else { return ScopeSet::NONE };
        let wanted = assets.iter().fold(ScopeSet::NONE, |all, asset| {
            all.union(self.scopes(role, *asset, *action, |it| it == layer))
        });
        let held = |asset: &AssetId| self.scopes(role, *asset, *action, |it| self.holds_with(it, layer));
        match assets.as_slice() {
            [_] => wanted.widest(),
            _ => assets.iter().fold(wanted, |allowed, asset| allowed.meet(held(asset))),
        }
    }

    /// The privileges of one layer of a role.
    pub(crate) fn layer_privileges(&self, role: RoleId, layer: LayerId) -> LayerPrivileges {
        let inherit = self.package.roles[role].as_ref().map_or_else(Inherit::default, |it| it.inherit);
        let entries = self.row_entries(role).filter(|(_, entry)| entry.layer == layer);
        let ids: BTreeSet<PrivilegeId> = entries
            .flat_map(|(asset, entry)| entry.scopes.iter().map(move |(action, _)| (asset, action)))
            .filter_map(|(asset, action)| self.privilege(asset, action))
            .collect();
        let mut privileges = LayerPrivileges::default();
        for id in ids {
            let depths = depths(self.package.privileges[id].levels, self.allowed(role, layer, id), inherit);
            privileges.user.extend(depths.user.map(|level| (id, level)));
            privileges.team.extend(depths.team.map(|level| (id, level)));
        }
        privileges
    }

    /// Every privilege of an emitted role, the floor included.
    pub(crate) fn role_privileges(&self, role: RoleId, layer: LayerId, holder: &str) -> Privileges {
        let cells = self.layer_privileges(role, layer);
        let is_base = layer == BASE && holder != TEAM;
        let lacks = |id: &PrivilegeId| is_base && self.lacks_of_floor(role, *id);
        let floor = self.package.floor.iter().filter(|id| !lacks(id));
        let mut all: BTreeMap<PrivilegeId, Level> = floor.map(|id| (*id, Level::Global)).collect();
        let mut add = |(id, level): (PrivilegeId, Level)| {
            let held = all.entry(id).or_insert(level);
            *held = (*held).max(level);
        };
        if holder == TEAM {
            cells.team.into_iter().for_each(add);
        } else {
            cells.user.into_iter().for_each(&mut add);
            if is_base {
                self.given(role).for_each(add);
            }
        }
        all.into_iter().collect()
    }

    /// Whether a role that was taken over does not have a privilege of the floor.
    pub(crate) fn lacks_of_floor(&self, role: RoleId, privilege: PrivilegeId) -> bool {
        let bound = self.package.roles[role].as_ref();
        bound.is_some_and(|it| it.without_floor.contains(&self.package.privileges[privilege].name))
    }

    /// What [`Self::granted`] is, without what only the floor gives and the role, which was taken over, does not have.
    fn given(&self, role: RoleId) -> impl Iterator<Item = (PrivilegeId, Level)> + use<'a, 'p, '_> {
        let rights = self.granted_rights(role);
        rights.filter_map(move |right| {
            let (id, level) = *self.package.rights.lookup(right)?;
            let only_floor = || {
                let ways = holdings(self.access, role, self.platform, right);
                ways.iter().all(|it| *it == Holding::Everybody)
            };
            let lacks = level == Level::Global && self.lacks_of_floor(role, id) && only_floor();
            (!lacks).then_some((id, level))
        })
    }

    fn granted_rights(&self, role: RoleId) -> impl Iterator<Item = RightId> + use<'a, 'p> {
        let rights = self.access.roles[role].granted.get(self.platform);
        rights.into_iter().flat_map(|it| it.ones()).map(RightId::from_usize)
    }

    /// Rights on columns through carried blocks.
    pub(crate) fn carried_columns(
        &self,
        role: RoleId,
    ) -> impl Iterator<Item = &'a CarriedColumn> + use<'a, 'p> {
        let package = self.package;
        self.granted_rights(role).filter_map(|right| package.carried_columns.get(&right))
    }

    /// Privileges through capabilities and carried blocks, and the floor.
    pub(crate) fn granted(&self, role: RoleId) -> impl Iterator<Item = (PrivilegeId, Level)> + use<'a, 'p> {
        let package = self.package;
        self.granted_rights(role).filter_map(|right| package.rights.lookup(right).copied())
    }

    fn containers(&self) -> Vec<Container> {
        let mut containers = Vec::new();
        for (id, role) in self.roles() {
            for layer in self.layers(id) {
                if role.profile_only {
                    if layer == BASE || !columns::rights(self, id, layer).is_empty() {
                        containers.push(self.container(PROFILE, id, role, layer, ""));
                    }
                    continue;
                }
                let privileges = self.layer_privileges(id, layer);
                if layer == BASE || !privileges.user.is_empty() {
                    containers.push(self.container(ROLE, id, role, layer, ""));
                }
                if !privileges.team.is_empty() {
                    containers.push(self.container(ROLE, id, role, layer, TEAM));
                }
                if !columns::rights(self, id, layer).is_empty() {
                    containers.push(self.container(PROFILE, id, role, layer, ""));
                }
            }
        }
        let folded = |it: &Container| (it.kind, emitted_name(&it.name).folded, it.id.clone());
        containers.sort_by_cached_key(|it| (std::cmp::Reverse(it.kind == ROLE), folded(it)));
        containers
    }

    fn container(
        &self,
        kind: &'static str,
        id: RoleId,
        role: &BoundRole,
        layer: LayerId,
        holder: &'static str,
    ) -> Container {
        let (words, key) = self.suffix(layer, holder);
        let kind_of_id = if kind == ROLE { "role" } else { "profile" };
        let stable = self.package.id_of(role, kind_of_id, &key);
        let full = std::iter::once(role.name.clone()).chain(words).collect::<Vec<_>>().join(" - ");
        Container {
            kind,
            name: fitting(&full, &stable),
            id: Some(stable),
            label: String::new(),
            description: if (kind == ROLE) != role.profile_only {
                role.description.clone()
            } else {
                String::new()
            },
            role: id,
            layers: vec![layer],
            holder,
            members: Vec::new(),
        }
    }

    /// What sets a container apart from the base one of its role, in names and in ids.
    fn suffix(&self, layer: LayerId, holder: &str) -> (Vec<String>, String) {
        let layer = self.access.layers[layer];
        let mut words = Vec::new();
        let mut key = String::new();
        if let Some(temporary) = layer.temporary {
            let name = self.access.names.temporaries.name(temporary);
            // A dot in a role's name makes the packager lose the ending of its file.
            words.push(name.replace('.', "-"));
            key.push_str(&format!("/until:{name}"));
        }
        if !layer.conditions.is_empty() {
            let names = self.access.condition_names(layer.conditions);
            words.push(names.join(", "));
            key.push_str(&format!("/when:{}", names.join(",")));
        }
        if holder == TEAM {
            words.push("Team".to_owned());
            key.push_str("/team");
        }
        (words, key)
    }

    /// Names that would replace each other, or something that is not ours.
    fn name_findings(&self, containers: &[Container]) -> Vec<Finding> {
        let names = &self.access.names;
        let mut findings = Vec::new();
        let mut seen: BTreeMap<(&str, String), &Container> = BTreeMap::new();
        for container in containers {
            let folded = emitted_name(&container.name).folded;
            let title = names.role_title(container.role);
            let foreign = self.package.foreign.get(&folded).into_iter().flatten();
            if foreign
                .into_iter()
                .any(|it| it.kind == container.kind && (it.id.is_none() || it.id != container.id))
            {
                let text = format!(
                    "{title} would stand beside a role called `{}` that ztam did not make",
                    container.name
                );
                let finding = Finding::new(&FOREIGN_NAME, text)
                    .at(names.roles.span(container.role), "this role")
                    .help("give it another name: `dataverse: {name: ...}`, or the other's `id` to take that one over")
                    .fact("name", container.name.clone());
                findings.push(finding);
            }
            match seen.insert((container.kind, folded), container) {
                // Two roles whose own names are the same are reported before any plan is made.
                Some(first) if !self.is_base(first, container) => {
                    let text = format!("two emitted roles would be called `{}`", container.name);
                    let finding = Finding::new(&COLLISION, text)
                        .at(names.roles.span(container.role), "one comes from this role")
                        .because(names.roles.span(first.role), "the other from this one")
                        .help("give one of them another name: `dataverse: {name: ...}`");
                    findings.push(finding);
                }
                _ => {}
            }
        }
        findings
    }

    /// Roles that emit nothing but a profile and are given what no profile can hold.
    fn profiles_with_more(&self) -> Vec<Finding> {
        let names = &self.access.names;
        let floor = &self.package.floor;
        let has_more = |role: RoleId| {
            self.row_entries(role).next().is_some() || self.granted(role).any(|(id, _)| !floor.contains(&id))
        };
        let roles = self.roles().filter(|(id, role)| role.profile_only && has_more(*id));
        let finding = |(id, _): (RoleId, &BoundRole)| {
            let title = format!(
                "{} is a column security profile alone, and a profile gives neither rows nor privileges",
                names.role_title(id)
            );
            Finding::new(&BINDING, title)
                .at(names.roles.span(id), "has more than columns")
                .help("move them to another role, or remove `profile-only`")
                .fact("role", names.roles.name(id))
        };
        roles.map(finding).collect()
    }

    /// Whether both names are the roles' own.
    fn is_base(&self, first: &Container, second: &Container) -> bool {
        let name =
            |it: &Container| self.package.roles[it.role].as_ref().map(|role| emitted_name(&role.name).folded);
        first.role != second.role && name(first) == name(second)
    }
}

/// The layer of what holds always.
pub(crate) const BASE: LayerId = LayerId(0);

/// Who gets a privilege at which depth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Depths {
    pub(crate) user: Option<Level>,
    pub(crate) team: Option<Level>,
}

impl Depths {
    /// The rows that these depths reach.
    pub(crate) fn scopes(self) -> ScopeSet {
        let user = self.user.map_or(ScopeSet::NONE, |level| ScopeSet::of(scope_of_level(level)));
        self.team.map_or(user, |_| user.union(ScopeSet::of(Scope::Team)))
    }
}

/// The widest depths that exist and stay within the scopes. A depth that does not exist is rounded down, never up.
pub(crate) fn depths(levels: Levels, scopes: ScopeSet, inherit: Inherit) -> Depths {
    let scopes = scopes.widest();
    let reached = scopes.closure();
    let user = levels.iter().rfind(|level| reached.has(scope_of_level(*level)));
    let is_team = scopes.has(Scope::Team) && user == Some(Level::Basic);
    // Somebody who has the rights of a team role directly needs no second role for rows of their own.
    let own = user.filter(|_| !is_team || inherit == Inherit::TeamOnly);
    Depths { user: own, team: is_team.then_some(Level::Basic) }
}

/// Cuts a name that is too long, and keeps it apart from others by the start of its id.
fn fitting(name: &str, id: &str) -> String {
    if units(name) <= LONGEST_NAME {
        return name.to_owned();
    }
    let mark: String = id.chars().take(8).collect();
    let mut room = LONGEST_NAME - 9;
    let fits = |letter: &char| {
        let left = room.checked_sub(letter.len_utf16());
        room = left.unwrap_or(room);
        left.is_some()
    };
    let head: String = name.chars().take_while(fits).collect();
    format!("{}-{mark}", head.trim_end())
}

fn without(scopes: ScopeSet, scope: Scope) -> ScopeSet {
    ScopeSet(scopes.0 & !ScopeSet::of(scope).0)
}

impl Package {
    /// What is emitted.
    pub(crate) fn make_plan(&self, access: &Access<'_>) -> Plan {
        let Some(planner) = Planner::new(self, access) else { return Plan::default() };
        let containers = planner.containers();
        let mut findings = planner.name_findings(&containers);
        findings.extend(columns::not_secured(&planner));
        findings.extend(planner.profiles_with_more());
        let (fidelity, less, shared) = promises::less(&planner);
        findings.extend(shared);
        let obligations = promises::obligations(&planner, &containers);
        Plan { containers, obligations, less, fidelity, findings, beside: Vec::new(), removed: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn depth(levels: &[Level], scopes: &[Scope]) -> (Option<Level>, bool) {
        let scopes = scopes.iter().fold(ScopeSet::NONE, |all, it| all.union(ScopeSet::of(*it)));
        let depths = depths(Levels::of(levels), scopes, Inherit::Direct);
        assert!(scopes.contains(depths.scopes()), "never wider");
        (depths.user, depths.team.is_some())
    }

    #[test]
    fn depths_are_rounded_down() {
        let all = Level::ALL;
        assert_eq!(depth(&all, &[Scope::Own]), (Some(Level::Basic), false));
        assert_eq!(depth(&all, &[Scope::Own, Scope::Team]), (None, true));
        assert_eq!(depth(&all, &[Scope::Team, Scope::Unit]), (Some(Level::Local), false));
        assert_eq!(depth(&all, &[Scope::UnitTree]), (Some(Level::Deep), false));
        assert_eq!(depth(&all, &[Scope::Org]), (Some(Level::Global), false));
        assert_eq!(depth(&[Level::Global], &[Scope::UnitTree]), (None, false));
        assert_eq!(depth(&[Level::Basic, Level::Global], &[Scope::UnitTree]), (Some(Level::Basic), false));
        assert_eq!(depth(&[Level::Local, Level::Deep], &[Scope::Org]), (Some(Level::Deep), false));
        assert_eq!(depth(&[Level::Local, Level::Global], &[Scope::Team]), (None, false));
        let team_only = super::depths(Levels::of(&all), ScopeSet::of(Scope::Team), Inherit::TeamOnly);
        assert_eq!(team_only, Depths { user: Some(Level::Basic), team: Some(Level::Basic) });
    }

    #[test]
    fn long_names_stay_apart() {
        let name = "a".repeat(120);
        let (first, second) = (fitting(&name, "01234567-89"), fitting(&name, "76543210-89"));
        assert_eq!((first.len(), first.ends_with("-01234567")), (100, true));
        assert_ne!(first, second);
        assert_eq!(fitting("Sales Rep", "0"), "Sales Rep");
        let wide = fitting(&"𝄞".repeat(60), "01234567-89");
        assert_eq!((wide.encode_utf16().count(), wide.ends_with("𝄞-01234567")), (99, true));
    }
}
