//! Which permission sets a project becomes, what must hold outside them, and what they cannot say.

mod less;
mod obligations;

pub(crate) use obligations::is_bounded_by_parents;

use std::collections::{BTreeMap, BTreeSet};

use ztam_backend::fidelity::{Cells, Tally, Verdict};
use ztam_backend::plan::{Container, Plan};
use ztam_backend::rules::FOREIGN_NAME;
use ztam_graph::access::{Access, Conditions, Holder, Layer, LayerId};
use ztam_graph::facts::Enforcement;
use ztam_graph::ids::{ConditionId, RoleId};
use ztam_model::words::{Action, RoleKind};
use ztam_source::finding::{Finding, Level};
use ztam_source::idx::Idx;

use crate::bind::{Package, RightKind};
use crate::names::{distinct_name, fitting_description, fitting_label, fitting_name, pascal, underscored};
use crate::rows::{Loss, Sets};
use crate::rules::{GUEST_RIGHT, SESSION_SET_IN_GROUP};
use crate::shapes::LayoutWord;
use crate::verdicts::{self, Judge, LayerRows, NEEDS_OTHERS};
use crate::{PLATFORM, TITLE, sharing};

pub(crate) use less::role_names;

/// Kind of a permission set.
pub(crate) const SET: &str = "PermissionSet";
/// Kind of a permission set group.
pub(crate) const GROUP: &str = "PermissionSetGroup";
/// Kind of a muting permission set.
pub(crate) const MUTING: &str = "MutingPermissionSet";
/// Kind of the row that puts a muting set into a group.
pub(crate) const MUTED: &str = "mutingPermissionSets";
/// What such a row does.
pub(crate) const MUTED_RIGHT: &str = "muting";
/// Kind of the row that puts a permission set into a group.
pub(crate) const MEMBER: &str = "permissionSets";
/// What such a row grants: all that the set grants.
pub(crate) const MEMBER_RIGHT: &str = "member";

/// Plans the package.
pub(crate) fn plan(package: &Package, access: &Access<'_>) -> Plan {
    let Some(sets) = sets(package, access).filter(|_| package.emitted) else { return Plan::default() };
    let mut planner = Planner {
        sets: &sets,
        judge: Judge::new(&sets),
        tally: Tally::new(PLATFORM, access),
        plan: Plan::default(),
        losses: BTreeMap::new(),
        unenforced: BTreeMap::new(),
    };
    let roles = emitted_roles(&sets);
    for role in &roles {
        planner.role(*role);
    }
    planner.rename_taken();
    planner.groups(&roles);
    planner.written_groups(&roles);
    planner.refuse_foreign();
    planner.refuse_session_in_group();
    let Planner { mut plan, tally, losses, unenforced, .. } = planner;
    plan.fidelity = tally.groups();
    plan.less = less::less(&sets, &roles, losses, &unenforced);
    plan.obligations = obligations::obligations(&sets, &roles, &plan.containers);
    plan.beside = sharing::sharing(&sets, &roles).beside(&sets);
    plan.containers.sort_by(|a, b| (a.kind, &a.name).cmp(&(b.kind, &b.name)));
    plan
}

/// Access as permission sets see it; `None` where the platform does not take part.
pub(crate) fn sets<'a>(package: &'a Package, access: &'a Access<'a>) -> Option<Sets<'a>> {
    let platform = access.platforms.iter().position(|it| it.platform == PLATFORM)?;
    let together = access.names.together.ids().map(|set| access.roles_of(Holder::Together(set))).collect();
    Some(Sets { package, access, platform, together })
}

/// The roles that become permission sets.
pub(crate) fn emitted_roles(sets: &Sets<'_>) -> Vec<RoleId> {
    sets.access.names.roles.ids().filter(|role| is_emitted(sets, *role)).collect()
}

/// Tells how each cell of a role comes through.
pub(crate) fn verdicts(
    package: &Package,
    access: &Access<'_>,
    role: RoleId,
    tell: &mut dyn FnMut(&Cells<'_>),
) {
    let sets = sets(package, access).filter(|it| package.emitted && is_emitted(it, role));
    if let Some(sets) = sets {
        Judge::new(&sets).cells(role, &verdicts::layers(&sets, role), tell);
    }
}

/// The condition of a set that nothing enforces, if there is one.
pub(crate) fn unenforced_of(sets: &Sets<'_>, conditions: Conditions) -> Option<ConditionId> {
    let facts = sets.access.platforms.get(sets.platform)?;
    conditions.iter().find(|it| facts.conditions.lookup(*it).is_none_or(|by| *by == Enforcement::Nobody))
}

/// Whether people hold the role and it is on the platform.
fn is_emitted(sets: &Sets<'_>, role: RoleId) -> bool {
    sets.access.roles[role].platforms.has(sets.platform) && !sets.access.is_abstract(role)
}

/// Whether a container carries the rights of capabilities.
pub(crate) fn is_base(access: &Access<'_>, container: &Container) -> bool {
    container.layers.iter().all(|layer| access.layers[*layer] == Layer::default())
}

/// The rights that a base set writes: those granted, without those whose documented needs are not granted too. Also those
/// that are left out.
pub(crate) fn granted_rights(
    sets: &Sets<'_>,
    role: RoleId,
) -> (Vec<ztam_graph::facts::RightId>, Vec<ztam_graph::facts::RightId>) {
    let Some(granted) = sets.access.roles[role].granted.get(sets.platform) else {
        return (Vec::new(), Vec::new());
    };
    let all: BTreeSet<_> = granted.ones().map(ztam_graph::facts::RightId::from_usize).collect();
    let mut kept = all.clone();
    loop {
        let complete = |right: &ztam_graph::facts::RightId| {
            let needs = sets.package.rights.lookup(*right).map(|it| it.needs.as_slice());
            needs.unwrap_or_default().iter().all(|need| kept.contains(need))
        };
        let next: BTreeSet<_> = kept.iter().copied().filter(complete).collect();
        if next.len() == kept.len() {
            break;
        }
        kept = next;
    }
    let dropped = all.difference(&kept).copied().collect();
    (kept.into_iter().collect(), dropped)
}

struct Planner<'s, 'a> {
    sets: &'s Sets<'a>,
    judge: Judge<'s, 'a>,
    tally: Tally<'a>,
    plan: Plan,
    /// Roles that lose something, by what they lose.
    losses: BTreeMap<Loss, BTreeSet<RoleId>>,
    /// Roles with cells under a condition that nothing enforces.
    unenforced: BTreeMap<ConditionId, BTreeSet<RoleId>>,
}

impl Planner<'_, '_> {
    fn role(&mut self, role: RoleId) {
        let sets = self.sets;
        let layers = verdicts::layers(sets, role);
        self.judge.cells(role, &layers, &mut |cells| {
            self.tally.cells(role, cells);
            if let Some(loss) = verdicts::untold(cells) {
                self.losses.entry(loss).or_default().insert(role);
            }
        });
        let settings = &sets.package.roles[role];
        let (rights, dropped) = granted_rights(sets, role);
        self.tally.rights(role, verdicts::of_rights(sets, role), rights.len() as u64);
        self.tally.rights(role, Verdict::Less(NEEDS_OTHERS), dropped.len() as u64);
        let rights_in_base = !rights.is_empty()
            || !sets.package.carried[role].is_empty()
            || (settings.group.is_none() && !sets.package.elements_of(role).is_empty());
        for LayerRows { layer, unenforced, rows, losses } in layers {
            // What a group gives always is in the sets of its members.
            if verdicts::is_by_members(sets, role, layer) {
                continue;
            }
            if let Some(nobody) = unenforced {
                self.unenforced.entry(nobody).or_default().insert(role);
                continue;
            }
            for loss in losses {
                self.losses.entry(loss).or_default().insert(role);
            }
            let base = sets.access.layers[layer] == Layer::default();
            if !rows.objects.is_empty() || !rows.fields.is_empty() || (base && rights_in_base) {
                let container = self.container(role, vec![layer]);
                self.plan.containers.push(container);
            }
        }
        let mut own = self.plan.containers.iter().rev().take_while(|it| it.role == role);
        let missing = !own.any(|it| is_base(sets.access, it));
        if settings.group.is_none() && missing && (rights_in_base || settings.takes_over) {
            let container = self.container(role, Vec::new());
            self.plan.containers.push(container);
        }
        self.refuse_guest(role);
    }

    fn container(&self, role: RoleId, layers: Vec<LayerId>) -> Container {
        let access = self.sets.access;
        let names = &access.names;
        let settings = &self.sets.package.roles[role];
        let layer = layers.first().map_or_else(Layer::default, |it| access.layers[*it]);
        let mut name = settings.name.clone();
        let mut when = Vec::new();
        if let Some(temporary) = layer.temporary {
            let id = names.temporaries.name(temporary);
            name = format!("{name}_{}", underscored(id));
            when.push(format!("{id} until {}", names.temporaries.get(temporary).until.value));
        }
        let conditions = access.condition_names(layer.conditions);
        for condition in &conditions {
            name = format!("{name}_{}", pascal(condition));
        }
        if !conditions.is_empty() {
            when.push(format!("when {}", conditions.join(", ")));
        }
        let suffix = if when.is_empty() { String::new() } else { format!(" ({})", when.join("; ")) };
        let purpose = names.roles.get(role).purpose.as_ref().map_or("", |it| it.value.as_str());
        let tail = format!(
            "Role {} of the access matrix; made by ztam, changes here are replaced.",
            names.roles.name(role)
        );
        let tail = if purpose.is_empty() { tail } else { format!(". {tail}") };
        Container {
            kind: SET,
            name: fitting_name(name),
            id: None,
            label: fitting_label(&settings.label, &suffix),
            description: self.description(role, &when, purpose, &tail),
            role,
            layers,
            holder: "",
            members: Vec::new(),
        }
    }

    /// The description of the base set is as it is written where it is; everything else says what it is.
    fn description(&self, role: RoleId, when: &[String], purpose: &str, tail: &str) -> String {
        let settings = &self.sets.package.roles[role];
        match &settings.description {
            Some(text) if when.is_empty() => text.clone(),
            None if when.is_empty() && settings.takes_over => String::new(),
            _ => fitting_description(purpose.trim_end_matches('.'), tail),
        }
    }

    /// Base names are judged elsewhere; a derived one that is taken gets a mark.
    fn rename_taken(&mut self) {
        let access = self.sets.access;
        let base = |it: &Container| is_base(access, it);
        let mut taken: BTreeSet<String> =
            self.plan.containers.iter().filter(|it| base(it)).map(|it| it.name.to_lowercase()).collect();
        for container in self.plan.containers.iter_mut().filter(|it| !base(it)) {
            if !taken.insert(container.name.to_lowercase()) {
                container.name = apart(access, container);
                taken.insert(container.name.to_lowercase());
            }
        }
    }

    /// One group a role: its base set and the sets whose conditions a control outside enforces. What is activated for a
    /// session or ends stays outside.
    fn groups(&mut self, roles: &[RoleId]) {
        if self.sets.package.settings.layout != LayoutWord::Group {
            return;
        }
        let access = self.sets.access;
        let sets: BTreeSet<String> = self.plan.containers.iter().map(|it| it.name.to_lowercase()).collect();
        for role in roles.iter().filter(|it| self.sets.package.roles[**it].group.is_none()) {
            let joins = |it: &&Container| {
                it.role == *role && it.layers.iter().all(|id| self.joins_group(*role, access.layers[*id]))
            };
            let members: Vec<_> = self.plan.containers.iter().filter(joins).collect();
            let Some(first) = members.first() else { continue };
            let settings = &self.sets.package.roles[*role];
            let mut group = Container {
                kind: GROUP,
                name: fitting_name(format!("{}_Group", settings.name)),
                id: None,
                label: fitting_label(&settings.label, " (group)"),
                description: first.description.clone(),
                role: *role,
                layers: members.iter().flat_map(|it| it.layers.iter().copied()).collect(),
                holder: "",
                members: members
                    .iter()
                    .map(|it| it.name.clone())
                    .collect::<BTreeSet<_>>()
                    .into_iter()
                    .collect(),
            };
            if sets.contains(&group.name.to_lowercase()) {
                group.name = apart(access, &group);
            }
            self.plan.containers.push(group);
        }
    }

    /// Roles that are groups: of the sets of the roles that they extend, but for what ends.
    fn written_groups(&mut self, roles: &[RoleId]) {
        let access = self.sets.access;
        for role in roles {
            let settings = &self.sets.package.roles[*role];
            let Some(group) = &settings.group else { continue };
            let extends = &access.names.roles.get(*role).extends;
            let parents: Vec<_> =
                extends.iter().filter_map(|it| access.names.roles.find(&it.value)).collect();
            let is_member = |it: &&Container| {
                let ends = it.layers.iter().any(|id| access.layers[*id].temporary.is_some());
                it.kind == SET && parents.contains(&it.role) && !ends
            };
            let own: Vec<_> = self.plan.containers.iter().filter(is_member).cloned().collect();
            let session = own.iter().find(|it| self.is_activated(it)).filter(|_| !settings.activation);
            if let Some(member) = session {
                let finding = self.session_in_group(*role, member);
                self.plan.findings.push(finding);
            }
            let names = own.iter().map(|it| it.name.clone()).chain(group.other_sets.iter().cloned());
            let mut container =
                self.container(*role, own.iter().flat_map(|it| it.layers.iter().copied()).collect());
            container.kind = GROUP;
            container.name.clone_from(&settings.name);
            container.label = fitting_label(&settings.label, "");
            container.description = match &settings.description {
                Some(text) => text.clone(),
                None if settings.takes_over => String::new(),
                None => container.description,
            };
            container.members = names.collect::<BTreeSet<_>>().into_iter().collect();
            self.plan.containers.push(container);
        }
    }

    /// A member that a session must activate. In a group that needs no activation it holds at once.
    fn session_in_group(&self, role: RoleId, member: &Container) -> Finding {
        let names = &self.sets.access.names;
        let title = format!(
            "{} holds the permission set `{}`, which a session must activate, and needs no activation itself",
            names.role_title(role),
            member.name
        );
        let mut finding = Finding::new(&SESSION_SET_IN_GROUP, title)
            .at(names.roles.span(role), "gives at once what the set gives in a session alone")
            .because(names.roles.span(member.role), "must be activated")
            .help("take the set out of the group, or write `activation: true` for the group")
            .fact("role", names.roles.name(role));
        // What an import found is as it is: it is told, and building it changes nothing.
        if names.roles.get(role).unreviewed.is_some_and(|it| it.value) {
            finding.level = Level::Advisory;
        }
        finding
    }

    fn is_activated(&self, container: &Container) -> bool {
        let layers = container.layers.iter().map(|it| self.sets.access.layers[*it]);
        layers.chain([Layer::default()]).any(|it| self.needs_activation(container.role, it))
    }

    fn joins_group(&self, role: RoleId, layer: Layer) -> bool {
        layer.temporary.is_none() && !self.needs_activation(role, layer)
    }

    fn needs_activation(&self, role: RoleId, layer: Layer) -> bool {
        needs_activation(self.sets.package, role, layer)
    }

    fn refuse_session_in_group(&mut self) {
        if self.sets.package.settings.layout != LayoutWord::Group {
            return;
        }
        let access = self.sets.access;
        let mut refused = BTreeSet::new();
        let groups = &self.sets.package.roles;
        for container in self.plan.containers.iter().filter(|it| groups[it.role].group.is_none()) {
            let session = self.is_activated(container);
            if session && refused.insert(container.role) {
                let role = container.role;
                let title = access.names.role_title(role);
                let finding = Finding::new(
                    &SESSION_SET_IN_GROUP,
                    format!("{title} has access that a session must activate, which a permission set group would give at once"),
                )
                .at(access.names.roles.span(role), "has cells under session activation")
                .help("write `layout: sets` in this environment")
                .fact("role", access.names.roles.name(role));
                self.plan.findings.push(finding);
            }
        }
    }

    fn refuse_foreign(&mut self) {
        let names = &self.sets.access.names;
        let foreign = &self.sets.package.foreign;
        let own = |it: &&Container| !self.sets.package.roles[it.role].takes_over;
        let taken = self.plan.containers.iter().filter(own);
        let taken = taken.filter(|it| foreign.contains(&it.name.to_lowercase()));
        let findings: Vec<_> = taken
            .map(|it| {
                let title = format!(
                    "{} would replace the permission set `{}`, which ztam did not make",
                    names.role_title(it.role),
                    it.name
                );
                Finding::new(&FOREIGN_NAME, title)
                    .at(names.roles.span(it.role), "emitted under a name that the org has")
                    .help("give the role another `name` under `salesforce`, or import the existing set first, which writes `takes-over: true`")
                    .fact("role", names.roles.name(it.role))
                    .fact("name", it.name.clone())
            })
            .collect();
        self.plan.findings.extend(findings);
    }

    /// Guests read and create, nothing else.
    fn refuse_guest(&mut self, role: RoleId) {
        if self.sets.kind(role) != RoleKind::Guest {
            return;
        }
        let names = &self.sets.access.names;
        let forbidden = [Action::Edit, Action::Delete, Action::Share, Action::Assign];
        for group in self.sets.groups(role) {
            let cells = group.rows.iter().filter(|it| self.sets.is_cell(it));
            let word = cells.fold(ztam_graph::scopes::ScopeWord::NONE, |word, it| word.union(it.scopes));
            let actions: Vec<_> =
                forbidden.iter().filter(|it| !word.get(**it).is_empty()).map(|it| it.as_str()).collect();
            if actions.is_empty() {
                continue;
            }
            let asset = names.assets.name(group.asset);
            let title = format!(
                "{} could {} {asset}, which {TITLE} gives to no guest",
                names.role_title(role),
                actions.join(" and ")
            );
            let finding = Finding::new(&GUEST_RIGHT, title)
                .at(names.roles.span(role), "a guest reads and creates, nothing else")
                .because(names.assets.span(group.asset), "the rows in question")
                .help("take the action out of the role's cells")
                .fact("role", names.roles.name(role))
                .fact("asset", asset);
            self.plan.findings.push(finding);
        }
    }
}

/// A name for a container whose derived name is taken: marked with what only this container is.
fn apart(access: &Access<'_>, container: &Container) -> String {
    let role = access.names.roles.name(container.role);
    distinct_name(&container.name, &format!("{} {role} {}", container.name, container.label))
}

/// Whether a set must be activated for a session.
pub(crate) fn needs_activation(package: &Package, role: RoleId, layer: Layer) -> bool {
    package.roles[role].activation || layer.conditions.0 & package.session.0 != 0
}

/// A right in words: kind and name.
pub(crate) fn right_name(kind: RightKind, name: &str) -> String {
    format!("{}: {name}", kind.element())
}
