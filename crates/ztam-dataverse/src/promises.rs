//! What the package does not do by itself: obligations that must hold beside it, and cells that it grants less than the
//! matrix says.

use std::collections::{BTreeMap, BTreeSet};

use ztam_backend::fidelity::{Cells, Less, Obligation, Tally, Verdict, VerdictGroup};
use ztam_backend::plan::Container;
use ztam_graph::access::{LayerId, Origin, SlotId};
use ztam_graph::facts::Enforcement;
use ztam_graph::ids::{AssetId, RoleId};
use ztam_graph::scopes::ScopeSet;
use ztam_model::words::{Action, RoleKind, Scope};
use ztam_source::finding::Finding;
use ztam_source::suggest;

use crate::PLATFORM;
use crate::bind::PrivilegeId;
use crate::catalog;
use crate::columns;
use crate::parts::Inherit;
use crate::plan::{Depths, Planner, ROLE, TEAM, depths};
use crate::reasons::Reason;
use crate::rules::SHARED_PRIVILEGE;
use crate::verdicts::{
    COLUMN_FOLLOWS_ROW, COLUMN_SECURED, HELD_BY_OWNER_TEAM, HELD_IN_UNIT, Judge, MASKING_RULE, may_be_secured,
};

/// The twin of a money column, an obligation.
const BASE_COLUMN: &str = "base-column";

/// Everything beside the package that must hold, sorted.
pub(crate) fn obligations(planner: &Planner<'_, '_>, containers: &[Container]) -> Vec<Obligation> {
    let mut all = of_containers(planner, containers);
    all.extend(of_depths(planner));
    all.extend(of_tables(planner));
    all.extend(of_columns(planner));
    all.sort();
    all
}

fn obligation(
    kind: &'static str,
    subject: impl Into<String>,
    audience: Vec<String>,
    sentence: String,
) -> Obligation {
    Obligation {
        platform: PLATFORM,
        kind,
        subject: subject.into(),
        audience,
        action: None,
        scope: None,
        sentence,
        broken_by: Vec::new(),
        settled: None,
    }
}

fn of_containers(planner: &Planner<'_, '_>, containers: &[Container]) -> Vec<Obligation> {
    let names = &planner.access.names;
    let mut all = Vec::new();
    let mut by_control: BTreeMap<(String, String), BTreeSet<String>> = BTreeMap::new();
    for container in containers {
        let role = names.roles.name(container.role).to_owned();
        let name = &container.name;
        if container.kind == ROLE && container.holder == TEAM {
            let sentence = format!("the role `{name}` is held by owner teams only, never by a person");
            let mut held = obligation(HELD_BY_OWNER_TEAM, name, vec![role.clone()], sentence);
            held.scope = Some(Scope::Team);
            held.broken_by = vec!["a person who holds the role", "a team that owns rows of other teams"];
            all.push(held);
        }
        if container.kind != ROLE {
            let sentence = format!(
                "the members of the column security profile `{name}` are those who hold the role, and nobody else"
            );
            let mut members = obligation("profile-members", name, vec![role.clone()], sentence);
            members.broken_by = vec!["membership does not travel in a solution"];
            all.push(members);
        }
        for layer in container.layers.iter().map(|layer| planner.access.layers[*layer]) {
            if let Some(temporary) = layer.temporary {
                let until = names.temporaries.get(temporary).until.value;
                let sentence = format!("whoever is assigned `{name}` loses it after {until}");
                let mut expires = obligation("assignment-expires", name, vec![role.clone()], sentence);
                expires.broken_by = vec!["an assignment that nobody takes away"];
                all.push(expires);
            }
            for condition in layer.conditions.iter() {
                let facts = planner.access.platforms.get(planner.platform);
                if let Some(Enforcement::External(control)) =
                    facts.and_then(|it| it.conditions.lookup(condition))
                {
                    let key = (names.conditions.name(condition).to_owned(), control.clone());
                    by_control.entry(key).or_default().insert(role.clone());
                }
            }
        }
    }
    all.extend(by_control.into_iter().map(|((condition, control), roles)| {
        let sentence = format!("the roles for `{condition}` are active only under its control: {control}");
        let mut control = obligation("external-control", condition, roles.into_iter().collect(), sentence);
        control.broken_by = vec!["the control being off, or people being exempt from it"];
        control
    }));
    all.extend(nothing_beside(planner));
    all.extend(beneath(planner));
    all
}

/// What people hold besides, where the matrix names it.
fn beneath(planner: &Planner<'_, '_>) -> Vec<Obligation> {
    let mut by_name: BTreeMap<(String, bool), BTreeSet<RoleId>> = BTreeMap::new();
    for (role, _) in planner.roles() {
        if let Some(named) = &planner.package.beneath[role] {
            by_name.entry(named.clone()).or_default().insert(role);
        }
    }
    let of_name = |((name, is_known), roles): ((String, bool), BTreeSet<RoleId>)| {
        let (kind, granted, broken) = if is_known {
            (
                "base-role-as-read",
                "grants what the inventory says",
                "rights that it has and the inventory does not",
            )
        } else {
            (
                "base-role",
                "grants nothing that the matrix does not",
                "rights of the role, which nobody has read",
            )
        };
        let sentence =
            format!("people of these roles hold the role {name} besides and no other, and it {granted}");
        let mut beside = obligation(kind, name, role_names(planner, roles), sentence);
        beside.broken_by =
            vec![broken, "System Administrator", "roles of other solutions", "teams with roles"];
        beside
    };
    by_name.into_iter().map(of_name).collect()
}

fn nothing_beside(planner: &Planner<'_, '_>) -> Option<Obligation> {
    let alone = planner.roles().filter(|(role, _)| planner.package.beneath[*role].is_none());
    let roles = role_names(planner, alone.map(|(role, _)| role));
    let sentence = "nobody who holds a role of this package holds Basic User or another role beside it that the matrix does not name";
    let mut beside = obligation("nothing-beside", "role assignments", roles, sentence.to_owned());
    beside.broken_by =
        vec!["Basic User", "System Administrator", "roles of other solutions", "teams with roles"];
    (!beside.audience.is_empty()).then_some(beside)
}

/// Local and Deep count from the business unit that carries the role.
fn of_depths(planner: &Planner<'_, '_>) -> Vec<Obligation> {
    let mut by_scope: BTreeMap<Scope, BTreeSet<RoleId>> = BTreeMap::new();
    for (role, _) in planner.roles() {
        for (_, entry) in planner.row_entries(role) {
            for scope in entry.scopes.iter().flat_map(|(_, scopes)| scopes.widest().iter()) {
                if matches!(scope, Scope::Unit | Scope::UnitTree) {
                    by_scope.entry(scope).or_default().insert(role);
                }
            }
        }
    }
    let of_scope = |(scope, roles): (Scope, BTreeSet<RoleId>)| {
        let sentence = format!(
            "roles that reach `{}` are held directly, or by one team for each business unit, never in the root unit",
            scope.as_str()
        );
        let mut held = obligation(HELD_IN_UNIT, "business unit", role_names(planner, roles), sentence);
        held.scope = Some(scope);
        held.broken_by =
            vec!["a role carried in the root business unit", "a team of one unit with members of others"];
        held
    };
    by_scope.into_iter().map(of_scope).collect()
}

/// What holds for a table, whoever reaches it.
fn of_tables(planner: &Planner<'_, '_>) -> Vec<Obligation> {
    let mut below_org: BTreeSet<AssetId> = BTreeSet::new();
    let mut reached_by: BTreeMap<AssetId, BTreeSet<RoleId>> = BTreeMap::new();
    for (role, _) in planner.roles() {
        for (asset, entry) in planner.row_entries(role) {
            if entry.scopes.iter().any(|(_, scopes)| !scopes.has(Scope::Org)) {
                below_org.insert(asset);
            }
            if planner.package.tables[asset].as_ref().is_some_and(|it| !it.sharing.is_empty()) {
                reached_by.entry(asset).or_default().insert(role);
            }
        }
    }
    let bounded = below_org.into_iter().filter_map(|asset| {
        let table = planner.package.tables[asset].as_ref()?;
        let sentence = format!("nothing beside its roles gives anybody rows of `{}`", table.name);
        let mut rows = obligation("rows-no-wider", &table.name, Vec::new(), sentence);
        rows.broken_by = vec!["hierarchy security", "sharing", "access teams", "cascading relationships"];
        Some(rows)
    });
    let mut all: Vec<_> = bounded.collect();
    all.extend(reached_by.into_iter().filter_map(|(asset, roles)| {
        let table = planner.package.tables[asset].as_ref()?;
        let others = suggest::list(table.sharing.iter().map(String::as_str))?;
        let sentence = format!(
            "whoever is granted `{}` is also granted {others}: they have one set of privileges",
            table.name
        );
        Some(obligation("also-granted", &table.name, role_names(planner, roles), sentence))
    }));
    all
}

/// A column that the import secures: from then on nobody sees it without a profile, whether the matrix knows them or not.
fn switch(planner: &Planner<'_, '_>, subject: &str, roles: &BTreeSet<RoleId>) -> Obligation {
    let names = &planner.access.names;
    let is_machine = |role: &&RoleId| {
        names
            .roles
            .get(**role)
            .kind
            .as_ref()
            .is_some_and(|it| matches!(it.value, RoleKind::Service | RoleKind::Agent))
    };
    let machines = roles.iter().filter(is_machine).map(|role| format!("`{}`", names.roles.name(*role)));
    let machines: Vec<_> = machines.collect();
    let among = if machines.is_empty() {
        String::new()
    } else {
        format!(", the integrations {} among them", machines.join(" and "))
    };
    let sentence = format!(
        "the import secures `{subject}`: these roles reach the row and lose the column{among}, and so do all people, flows and \
         integrations outside the matrix that have no profile; they know of it before"
    );
    let mut switch =
        obligation("column-switched", subject, role_names(planner, roles.iter().copied()), sentence);
    switch.broken_by = vec!["an integration that writes the column fails from then on"];
    switch
}

fn of_columns(planner: &Planner<'_, '_>) -> Vec<Obligation> {
    let mut all = follows_row(planner);
    let masked: BTreeSet<_> = planner
        .roles()
        .flat_map(|(role, _)| planner.entries(role))
        .filter(|entry| !entry.scopes.get(Action::Unmask).is_empty())
        .map(|entry| entry.slot)
        .collect();
    let losers = columns::losers(planner);
    let mut holders: BTreeMap<SlotId, BTreeSet<RoleId>> = BTreeMap::new();
    for (role, _) in planner.roles() {
        for entry in planner.entries(role).filter(|it| planner.columns.contains_key(&it.slot)) {
            holders.entry(entry.slot).or_default().insert(role);
        }
    }
    // Told once for the columns that the same roles hold: a large project has many more columns than classes.
    let nobody = BTreeSet::new();
    let mut by_holders: BTreeMap<ColumnGroup<'_>, Vec<String>> = BTreeMap::new();
    for (slot, fields) in &planner.columns {
        let Some(table) = &planner.package.tables[planner.access.slots[*slot].asset] else { continue };
        let roles = holders.get(slot).unwrap_or(&nobody);
        for field in fields {
            let Some(column) = planner.package.columns[*field].as_ref() else { continue };
            let subject = format!("{}.{}", table.name, column.name);
            if let Some(roles) = losers.get(field) {
                all.push(switch(planner, &subject, roles));
            }
            let mut add = |kind, settled| {
                by_holders.entry((kind, settled, roles)).or_default().push(subject.clone());
            };
            if planner.is_secured(*field) {
                add(COLUMN_SECURED, (column.facts.secured == Some(true)).then_some(true));
                // A money column has a twin in the base currency, and nobody says whether securing closes both.
                if catalog::column(&table.name, &format!("{}_base", column.name)).is_some() {
                    add(BASE_COLUMN, None);
                }
            }
            if masked.contains(slot) {
                add(MASKING_RULE, None);
            }
        }
    }
    all.extend(by_holders.into_iter().map(|(group, columns)| column_obligation(planner, group, columns)));
    all
}

/// Columns of which the same is owed: what, whether that is settled, and to whom it matters.
type ColumnGroup<'h> = (&'static str, Option<bool>, &'h BTreeSet<RoleId>);

fn column_obligation(
    planner: &Planner<'_, '_>,
    (kind, settled, roles): ColumnGroup<'_>,
    mut columns: Vec<String>,
) -> Obligation {
    columns.sort_unstable();
    let (sentence, broken_by): (_, &[&'static str]) = match kind {
        COLUMN_SECURED => (
            "these columns stay secured",
            &["securing is taken off", "a profile of another solution", "sharing of single columns"],
        ),
        BASE_COLUMN => (
            "their twins in the base currency, which end in `_base`, do not show what these columns hide",
            &["a twin that is not secured"],
        ),
        _ => (
            "these columns have a masking rule, else reading them shows them unmasked",
            &["a masking rule that is missing or taken off"],
        ),
    };
    let audience = role_names(planner, roles.iter().copied());
    let mut owed = obligation(kind, columns.join(", "), audience, sentence.to_owned());
    owed.broken_by = broken_by.to_vec();
    owed.settled = settled;
    owed
}

/// Columns that are open with their row, as far as anybody knows: roles that have them lose them once they are secured.
fn follows_row(planner: &Planner<'_, '_>) -> Vec<Obligation> {
    let mut columns: BTreeMap<SlotId, Vec<String>> = BTreeMap::new();
    for (slot, fields) in &planner.columns {
        let Some(table) = &planner.package.tables[planner.access.slots[*slot].asset] else { continue };
        let open = fields.iter().filter(|field| may_be_secured(planner, **field));
        let open = open.filter_map(|field| planner.package.columns[*field].as_ref());
        let names = open.map(|it| format!("{}.{}", table.name, it.name));
        let names: Vec<_> = names.collect();
        if !names.is_empty() {
            columns.insert(*slot, names);
        }
    }
    let mut audience: BTreeMap<SlotId, BTreeSet<RoleId>> = BTreeMap::new();
    for (role, _) in planner.roles() {
        for entry in planner.entries(role).filter(|it| columns.contains_key(&it.slot)) {
            audience.entry(entry.slot).or_default().insert(role);
        }
    }
    let mut grouped: BTreeMap<BTreeSet<RoleId>, Vec<String>> = BTreeMap::new();
    for (slot, roles) in audience {
        grouped.entry(roles).or_default().extend(columns.remove(&slot).unwrap_or_default());
    }
    let follows = |(roles, mut columns): (BTreeSet<RoleId>, Vec<String>)| {
        columns.sort_unstable();
        let sentence = "these columns are not secured and are seen and written with their row".to_owned();
        let mut follows =
            obligation(COLUMN_FOLLOWS_ROW, columns.join(", "), role_names(planner, roles), sentence);
        follows.broken_by = vec!["securing a column without a profile for these roles"];
        follows
    };
    grouped.into_iter().map(follows).collect()
}

/// Names of roles, sorted: ids are in the order of names.
fn role_names(planner: &Planner<'_, '_>, roles: impl IntoIterator<Item = RoleId>) -> Vec<String> {
    roles.into_iter().map(|role| planner.access.names.roles.name(role).to_owned()).collect()
}

/// What becomes of a role's cells on the rows of an asset: one action under one layer.
#[derive(Clone, Debug)]
pub(crate) struct Outcome {
    pub(crate) asset: AssetId,
    pub(crate) layer: LayerId,
    pub(crate) action: Action,
    /// The scopes of all cells.
    pub(crate) wanted: ScopeSet,
    /// The scopes of those that the matrix writes; the others are derived.
    written: ScopeSet,
    privilege: Option<PrivilegeId>,
    /// The rows that every asset behind the privilege allows.
    allowed: ScopeSet,
    /// What is emitted; `None` where nothing can be.
    pub(crate) depths: Option<Depths>,
    /// Why it is less than wanted.
    pub(crate) lost: Option<Reason>,
}

impl Outcome {
    /// Why what is emitted is less than wanted.
    fn why_less(&self) -> Option<Reason> {
        let wanted = self.wanted;
        if self.privilege.is_none() {
            return Some(Reason::NoPrivilege);
        }
        if self.depths.is_some_and(|it| it.scopes().contains(wanted)) {
            None
        } else if wanted.has(Scope::Shared) || wanted.has(Scope::Account) {
            Some(Reason::ScopeNotExpressible)
        } else if self.allowed.contains(wanted) {
            Some(Reason::LevelNotAvailable)
        } else {
            Some(Reason::SharedPrivilege)
        }
    }
}

/// What becomes of all cells of a role on rows.
pub(crate) fn outcomes(planner: &Planner<'_, '_>, role: RoleId, inherit: Inherit) -> Vec<Outcome> {
    let mut cells: BTreeMap<(AssetId, LayerId, Action), (ScopeSet, ScopeSet)> = BTreeMap::new();
    for (asset, entry) in planner.row_entries(role) {
        for (action, scopes) in entry.scopes.iter().filter(|(action, _)| *action != Action::Unmask) {
            let all = cells.entry((asset, entry.layer, action)).or_default();
            all.0 = all.0.union(scopes);
            if entry.origin == Origin::Matrix {
                all.1 = all.1.union(scopes);
            }
        }
    }
    let outcome = |((asset, layer, action), (all, written)): ((_, _, _), (ScopeSet, ScopeSet))| {
        let is_enforced = planner.is_enforced(layer);
        let privilege = planner.privilege(asset, action).filter(|_| is_enforced);
        let allowed = privilege.map_or(ScopeSet::NONE, |id| planner.allowed(role, layer, id));
        let (wanted, written) = (all.widest(), written.widest());
        let depths = privilege.map(|id| depths(planner.package.privileges[id].levels, allowed, inherit));
        let mut outcome =
            Outcome { asset, layer, action, wanted, written, privilege, allowed, depths, lost: None };
        outcome.lost = if is_enforced { outcome.why_less() } else { Some(Reason::ConditionNotEnforced) };
        outcome
    };
    cells.into_iter().map(outcome).collect()
}

/// How cells come through, those that are granted less in words, and where that is no rounding but a table that opens
/// another one, findings.
pub(crate) fn less(planner: &Planner<'_, '_>) -> (Vec<VerdictGroup>, Vec<Less>, Vec<Finding>) {
    let mut losses = Losses::default();
    let judge = Judge::new(planner);
    let mut tally = Tally::new(PLATFORM, planner.access);
    for (role, bound) in planner.roles() {
        let outcomes = outcomes(planner, role, bound.inherit);
        judge.cells(role, &outcomes, &mut |cells| {
            tally.cells(role, cells);
            if let Verdict::Less(word) = cells.verdict
                && let Some(reason) = Reason::named(word)
            {
                let asset = planner.access.slots[cells.slot].asset;
                losses.add(reason, asset, role, cells.action, cells.fields.len().max(1));
            }
        });
        judge.rights(role, &mut tally);
        for outcome in &outcomes {
            if let Some(twin) = stricter_twin(planner, role, outcome) {
                losses.shared.entry((outcome.asset, twin)).or_default().insert(role);
            }
        }
        unlisted_columns(planner, &mut losses, role);
    }
    (tally.groups(), losses.less(planner), losses.findings(planner))
}

/// Tells how each cell of a role comes through.
pub(crate) fn verdicts(planner: &Planner<'_, '_>, role: RoleId, tell: &mut dyn FnMut(&Cells<'_>)) {
    if let Some(bound) = &planner.package.roles[role] {
        Judge::new(planner).cells(role, &outcomes(planner, role, bound.inherit), tell);
    }
}

/// A more sensitive asset with the same privilege that the role does not reach as far.
fn stricter_twin(planner: &Planner<'_, '_>, role: RoleId, outcome: &Outcome) -> Option<AssetId> {
    let Outcome { asset, action, written, .. } = *outcome;
    // What is derived opens nothing: it stays out where a table with the same privilege is reached less far.
    let is_expressible = !written.has(Scope::Shared) && !written.has(Scope::Account);
    if written.is_empty() || !is_expressible || outcome.allowed.contains(written) {
        return None;
    }
    let (_, assets) = planner.package.privileges[outcome.privilege?].cell.as_ref()?;
    let class = |asset: AssetId| planner.access.asset_classes[asset];
    let falls_short = |twin: AssetId| {
        let entries = planner.access.entries(role, planner.access.rows_slot(twin)).iter();
        let held = entries.filter(|it| it.origin != Origin::Right && it.platforms.has(planner.platform));
        !held.fold(ScopeSet::NONE, |all, it| all.union(it.scopes.get(action))).contains(written)
    };
    assets.iter().copied().find(|twin| *twin != asset && class(*twin) > class(asset) && falls_short(*twin))
}

/// Secured columns that the matrix does not list: whoever reaches the row does not get them.
fn unlisted_columns(planner: &Planner<'_, '_>, losses: &mut Losses, role: RoleId) {
    let mut seen = BTreeSet::new();
    for (asset, entry) in planner.row_entries(role) {
        let Some(table) = &planner.package.tables[asset] else { continue };
        let reads = !entry.scopes.get(Action::Read).is_empty();
        if reads && !table.unlisted_secured.is_empty() && seen.insert(asset) {
            losses.add(Reason::SecuredUnlisted, asset, role, Action::Read, table.unlisted_secured.len());
        }
    }
}

#[derive(Debug, Default)]
struct Losses {
    groups: BTreeMap<(Reason, AssetId), Group>,
    /// Asset, and the more sensitive one that it would open.
    shared: BTreeMap<(AssetId, AssetId), BTreeSet<RoleId>>,
}

#[derive(Debug, Default)]
struct Group {
    roles: BTreeSet<RoleId>,
    actions: BTreeSet<Action>,
    count: usize,
}

impl Losses {
    fn add(&mut self, reason: Reason, asset: AssetId, role: RoleId, action: Action, count: usize) {
        let group = self.groups.entry((reason, asset)).or_default();
        group.roles.insert(role);
        group.actions.insert(action);
        group.count += count;
    }

    fn less(&self, planner: &Planner<'_, '_>) -> Vec<Less> {
        let less = |((reason, asset), group): (&(Reason, AssetId), &Group)| {
            let table = planner.package.tables[*asset].as_ref()?;
            Some(Less {
                platform: PLATFORM,
                reason: reason.word(),
                subject: planner.access.names.assets.name(*asset).to_owned(),
                roles: role_names(planner, group.roles.iter().copied()),
                actions: group.actions.iter().copied().collect(),
                count: group.count,
                sentence: reason.sentence(&table.name),
            })
        };
        let mut all: Vec<_> = self.groups.iter().filter_map(less).collect();
        all.sort();
        all
    }

    fn findings(&self, planner: &Planner<'_, '_>) -> Vec<Finding> {
        self.shared
            .iter()
            .map(|((asset, twin), roles)| shared_finding(planner, *asset, *twin, roles))
            .collect()
    }
}

fn shared_finding(
    planner: &Planner<'_, '_>,
    asset: AssetId,
    twin: AssetId,
    roles: &BTreeSet<RoleId>,
) -> Finding {
    let names = &planner.access.names;
    let who = suggest::list(roles.iter().map(|role| names.roles.name(*role))).unwrap_or_default();
    let class =
        |asset: AssetId| planner.access.asset_classes[asset].map_or("", |class| names.class_name(class));
    let (title, other) = (names.asset_title(asset), names.asset_title(twin));
    Finding::new(
        &SHARED_PRIVILEGE,
        format!("whoever is granted {title} on Dataverse is granted {other} as well"),
    )
    .at(names.assets.span(asset), format!("class {}", class(asset)))
    .because(names.assets.span(twin), format!("class {}, with the same privileges", class(twin)))
    .note(format!("these roles would reach it: {who}"))
    .note(format!("nothing of {title} is granted beyond what the matrix says of {other}"))
    .help(format!("give both the same class, or grant {other} as far as {title}"))
    .fact("asset", names.assets.name(asset))
    .fact("opens", names.assets.name(twin))
}
