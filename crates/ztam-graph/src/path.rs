//! Why somebody has access: the cells that give it, found again from the declarations. Nothing of this is stored; a cause is
//! computed when a finding or a question needs it.

use std::collections::{BTreeMap, VecDeque};

use fixedbitset::FixedBitSet;
use ztam_model::project::{AlsoCell, Cell, Text};
use ztam_model::words::{Action, Reach, Scope};
use ztam_source::entries::Entries;
use ztam_source::idx::Idx;
use ztam_source::span::{Span, Spanned};

use crate::access::{Access, Conditions, Holder, Layer, SlotId, SlotKind, Target};
use crate::closure::Closure;
use crate::facts::{Base, Evidence, Implication, RightId};
use crate::ids::{CapabilityId, ClassId, RoleId, TemporaryId};
use crate::resolve::in_force;
use crate::slots::{conditions, reach};

/// One cell that gives an action on a slot to a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// The role that has the access.
    pub role: RoleId,
    /// From that role to the role whose block says it, both included; one role where the block is its own.
    pub route: Vec<RoleId>,
    /// The `extends` entries along the route.
    pub extends: Vec<Span>,
    /// Where the block is.
    pub block: Block,
    /// The scope that is granted, with its place.
    pub scope: Spanned<Scope>,
    /// The conditions of the cell.
    pub conditions: Conditions,
    /// The class token of the cell, or the `of` token of an `also` cell.
    pub token: Span,
    /// The class of the cell; `None` for an `also` cell that names an asset or a field.
    pub class: Option<ClassId>,
    /// The `of` token, where the cell names what it reaches.
    pub of: Option<Span>,
    /// The domain that role and asset share: its token in the block and in the asset.
    pub domain: (Span, Span),
}

/// Where a cell stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Block {
    /// In the role.
    Role,
    /// In a temporary grant.
    Temporary(TemporaryId),
    /// In the environment's changes.
    Environment,
}

/// A right that gives an action on a slot to a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RightCause {
    /// The role.
    pub role: RoleId,
    /// The platform's position.
    pub platform: usize,
    /// From the granted right to the one that has the effect.
    pub route: Vec<RightId>,
    /// The capability that grants the first one, where it is a capability.
    pub capability: Option<CapabilityId>,
}

/// All cells that give a role an action on a slot, in the order of the lineage.
#[must_use]
pub fn causes(access: &Access<'_>, role: RoleId, slot: SlotId, action: Action) -> Vec<Cause> {
    let mut finder = Finder::new(access, role, slot, action);
    for ancestor in &access.roles[role].lineage {
        let declared = access.names.roles.get(*ancestor);
        finder.block(*ancestor, Block::Role, &declared.within, &declared.may, &declared.also);
        for change in access.environment.iter().flat_map(|id| &access.names.environments.get(*id).changes) {
            let widened = change.widen.as_ref().and_then(|name| access.names.roles.find(&name.value));
            if widened == Some(*ancestor) {
                finder.block(*ancestor, Block::Environment, &change.within, &change.may, &change.also);
            }
        }
    }
    for (id, _, temporary) in access.names.temporaries.iter() {
        let holder = access.names.roles.find(&temporary.role.value);
        if holder == Some(role) && in_force(temporary.from.value, temporary.until.value, access.as_of) {
            finder.block(role, Block::Temporary(id), &temporary.within, &temporary.may, &temporary.also);
        }
    }
    finder.found
}

/// The causes for a target: those of the rows, and for a field those of the field too.
#[must_use]
pub fn causes_of_target(access: &Access<'_>, role: RoleId, target: Target, action: Action) -> Vec<Cause> {
    match target {
        Target::Rows(asset) => causes(access, role, access.rows_slot(asset), action),
        Target::Field(field) => {
            let slot = access.field_slot(field);
            slot.map_or_else(Vec::new, |slot| causes(access, role, slot, action))
        }
    }
}

/// All rights whose effect gives a role an action on a slot.
#[must_use]
pub fn right_causes(access: &Access<'_>, role: RoleId, slot: SlotId, action: Action) -> Vec<RightCause> {
    let key = access.slots[slot];
    let mut found = Vec::new();
    for (platform, facts) in access.platforms.iter().enumerate() {
        let Some(held) = access.roles[role].closure.get(platform) else { continue };
        for (right, about) in facts.rights.iter_ids().filter(|(right, _)| held.contains(right.index())) {
            let hits = about.effects.iter().any(|effect| {
                let on = facts.assets[key.asset].is_some() && effect.on.hits(key);
                let scopes = if key.kind == SlotKind::Rows { effect.rows } else { effect.fields };
                on && !scopes.get(action).is_empty()
            });
            if hits {
                found.push(right_cause(access, role, platform, right));
            }
        }
    }
    found
}

/// How a role comes to hold a right.
#[must_use]
pub fn right_cause(access: &Access<'_>, role: RoleId, platform: usize, right: RightId) -> RightCause {
    let roles = &access.roles[role];
    let facts = access.platforms.get(platform);
    let granted = crate::escalation::granted(access, role, platform);
    let by = |closures: &[Closure]| {
        closures.get(platform).map_or_else(Vec::new, |closure| closure.route(&granted, right))
    };
    let proven = by(&access.closures);
    let route = if proven.is_empty() { by(&access.advisory_closures) } else { proven };
    let first = route.first().copied().unwrap_or(right);
    let capability = facts.and_then(|facts| {
        let held = access.names.capabilities.ids().filter(|id| roles.capabilities.contains(id.index()));
        held.into_iter().find(|id| facts.capabilities[*id].contains(&first))
    });
    RightCause { role, platform, route, capability }
}

/// The rights that a role is granted and that are or bring another one, by what is proven; where nothing is, by what advises.
#[must_use]
pub fn bringing(access: &Access<'_>, role: RoleId, platform: usize, right: RightId) -> Vec<RightId> {
    let granted = crate::escalation::granted(access, role, platform);
    let by = |closures: &[Closure]| {
        closures.get(platform).map_or_else(Vec::new, |it| it.bringing(&granted, right))
    };
    let proven = by(&access.closures);
    if proven.is_empty() { by(&access.advisory_closures) } else { proven }
}

/// The route as sentences for people, for the rows or the field of a target: who says it, and why it reaches.
#[must_use]
pub fn explain(access: &Access<'_>, holder: Holder, target: Target, action: Action) -> Vec<String> {
    let mut lines = Vec::new();
    for role in access.roles_of(holder) {
        if let Target::Field(field) = target {
            for cause in causes_of_target(access, role, target, action) {
                lines.push(sentence(access, &cause, action, &access.names.field_name(field)));
            }
        }
        let asset = match target {
            Target::Rows(asset) => asset,
            Target::Field(field) => access.names.fields[field].asset,
        };
        let rows = access.rows_slot(asset);
        for cause in causes(access, role, rows, action) {
            lines.push(sentence(access, &cause, action, access.names.assets.name(asset)));
        }
        for cause in right_causes(access, role, rows, action) {
            lines.push(right_sentence(access, &cause));
        }
    }
    lines.dedup();
    lines
}

/// A cause as a sentence, about what is called `subject`.
#[must_use]
pub fn sentence(access: &Access<'_>, cause: &Cause, action: Action, subject: &str) -> String {
    let names = &access.names;
    let who = cause.route.last().map_or("", |role| names.roles.name(*role));
    let inherited = match cause.route.as_slice() {
        [_] | [] => String::new(),
        route => {
            let ids: Vec<_> = route.iter().map(|role| names.roles.name(*role)).collect();
            format!("{}: ", ids.join(" extends "))
        }
    };
    let class = cause.class.map_or_else(String::new, |class| format!(" {} data", names.class_name(class)));
    let when = if cause.conditions.is_empty() {
        String::new()
    } else {
        format!(" when {}", access.condition_names(cause.conditions).join(", "))
    };
    let block = match cause.block {
        Block::Role => String::new(),
        Block::Temporary(id) => {
            format!(" until {} by {}", names.temporaries.get(id).until.value, names.temporaries.name(id))
        }
        Block::Environment => " in this environment".to_owned(),
    };
    let scope = cause.scope.value.as_str();
    format!("{inherited}{who} may {} {scope}{class}{when}{block}, which reaches {subject}", action.as_str())
}

/// How a role comes to hold a right, as a sentence.
#[must_use]
pub fn right_sentence(access: &Access<'_>, cause: &RightCause) -> String {
    let names = &access.names;
    let holds = match cause.capability {
        Some(capability) => format!("holds {}", names.capabilities.name(capability)),
        None if is_by_cells(access, cause) => "has it by cells".to_owned(),
        None if let Some((base, _)) = base_cause(access, cause) => {
            format!("has it from the {} {}", base.kind, base.name)
        }
        None => "carries it, or everybody has it there".to_owned(),
    };
    format!("{} {holds}: {}", names.roles.name(cause.role), chain(access, cause.platform, &cause.route))
}

/// The profile or role beneath the role that a route begins in, and where the matrix names it; `None` where the matrix itself
/// grants the first right.
#[must_use]
pub fn base_cause<'a>(access: &'a Access<'_>, cause: &RightCause) -> Option<(&'a Base, Span)> {
    let first = cause.route.first()?;
    let of_role = &access.roles[cause.role];
    let has =
        |rights: &[FixedBitSet]| rights.get(cause.platform).is_some_and(|it| it.contains(first.index()));
    let only_beneath = has(&of_role.beneath) && !has(&of_role.granted) && !has(&of_role.by_cells);
    access.platforms.get(cause.platform)?.base_of(cause.role).filter(|_| only_beneath)
}

/// Whether the right that a route begins with is what cells amount to.
#[must_use]
pub fn is_by_cells(access: &Access<'_>, cause: &RightCause) -> bool {
    let cells = access.roles[cause.role].by_cells.get(cause.platform);
    cells.zip(cause.route.first()).is_some_and(|(cells, first)| cells.contains(first.index()))
}

/// Rights that bring each other, as one sentence; what is neither documented nor declared says what it rests on.
#[must_use]
pub fn chain(access: &Access<'_>, platform: usize, route: &[RightId]) -> String {
    let Some(facts) = access.platforms.get(platform) else { return String::new() };
    let mut text = route.first().map_or_else(String::new, |first| facts.rights[*first].name.to_string());
    for (from, to) in route.iter().zip(route.iter().skip(1)) {
        text.push_str(" brings ");
        text.push_str(&facts.rights[*to].name);
        let pair = facts.implications.iter().find(|it| (it.from, it.to) == (*from, *to));
        let is_to_be_said =
            |it: &&Implication| !matches!(it.evidence, Evidence::Documented | Evidence::Declared);
        if let Some(pair) = pair.filter(is_to_be_said) {
            text.push_str(" (");
            text.push_str(&pair.said());
            text.push(')');
        }
    }
    text
}

/// The layer of a cause.
#[must_use]
pub fn layer_of(cause: &Cause) -> Layer {
    let temporary = match cause.block {
        Block::Temporary(id) => Some(id),
        Block::Role | Block::Environment => None,
    };
    Layer { temporary, conditions: cause.conditions }
}

struct Finder<'a, 'p> {
    access: &'a Access<'p>,
    role: RoleId,
    slot: SlotId,
    action: Action,
    /// What the slot is called: its asset, and where it is one field, `asset.field`.
    asset: &'p str,
    field: Option<String>,
    class: Option<ClassId>,
    class_name: Option<&'p str>,
    found: Vec<Cause>,
}

impl<'a, 'p> Finder<'a, 'p> {
    fn new(access: &'a Access<'p>, role: RoleId, slot: SlotId, action: Action) -> Self {
        let key = access.slots[slot];
        let (class, field) = match key.kind {
            SlotKind::Rows => (access.asset_classes[key.asset], None),
            SlotKind::Fields(class) => (Some(class), None),
            SlotKind::Field(field) => (access.field_classes[field], Some(access.names.field_name(field))),
        };
        let asset = access.names.assets.name(key.asset);
        let class_name = class.map(|it| access.names.class_name(it));
        Self { access, role, slot, action, asset, field, class, class_name, found: Vec::new() }
    }

    fn block(
        &mut self,
        owner: RoleId,
        block: Block,
        within: &[Text],
        may: &Entries<Cell>,
        also: &[AlsoCell],
    ) {
        let Some(domain) = self.shared_domain(within) else { return };
        for (name, cell) in may.iter() {
            let class = self.access.names.class(&name.value);
            let scope = cell.scopes().find(|(action, _)| *action == self.action);
            let (Some(class), Some((_, scope))) = (class, scope) else { continue };
            if let Some(of) = self.class_cell(class, &cell.of) {
                self.push(owner, block, domain, scope, &cell.when, (name.span, Some(class), of));
            }
        }
        for cell in also {
            let Some((_, scope)) = cell.scopes().find(|(action, _)| *action == self.action) else { continue };
            for text in &cell.of {
                if let Some(class) = self.also_name(&text.value) {
                    self.push(owner, block, domain, scope, &cell.when, (text.span, class, Some(text.span)));
                }
            }
        }
    }

    /// The tokens of the first domain that the block and the slot's asset share.
    fn shared_domain(&self, within: &[Text]) -> Option<(Span, Span)> {
        let key = self.access.slots[self.slot];
        let domains = &self.access.names.assets.get(key.asset).domains;
        within.iter().find_map(|own| {
            let other = domains.iter().find(|domain| domain.value == own.value)?;
            self.access.names.domains.find(&own.value)?;
            Some((own.span, other.span))
        })
    }

    /// Whether one name of `of` is that of the slot or of its asset, and covers it. Names are compared as they are: a cell
    /// may name thousands, and finding each in the project first costs more than all of the rest.
    fn covers(&self, name: &str) -> bool {
        self.field.as_deref() == Some(name)
            || (name == self.asset
                && self.class == self.access.asset_classes[self.access.slots[self.slot].asset])
    }

    /// Whether a class cell reaches the slot; inside, the `of` token that does it.
    fn class_cell(&self, class: ClassId, of: &[Text]) -> Option<Option<Span>> {
        if self.class != Some(class) {
            return None;
        }
        if of.is_empty() {
            return (reach(&self.access.names, class) == Reach::Domain).then_some(None);
        }
        let by = of.iter().find(|text| self.covers(&text.value));
        by.map(|text| Some(text.span))
    }

    /// Whether a name of an `also` cell reaches the slot; inside, the class that it names.
    fn also_name(&self, text: &str) -> Option<Option<ClassId>> {
        if self.covers(text) {
            return Some(None);
        }
        let class = self.class.filter(|_| self.class_name == Some(text))?;
        // An asset goes before a class of its name.
        self.access.names.assets.find(text).is_none().then_some(())?;
        self.class_cell(class, &[]).map(|_| Some(class))
    }

    fn push(
        &mut self,
        owner: RoleId,
        block: Block,
        domain: (Span, Span),
        scope: Spanned<Scope>,
        when: &[Text],
        (token, class, of): (Span, Option<ClassId>, Option<Span>),
    ) {
        let (route, extends) = extends_route(self.access, self.role, owner);
        let conditions = conditions(&self.access.names, when);
        self.found.push(Cause {
            role: self.role,
            route,
            extends,
            block,
            scope,
            conditions,
            token,
            class,
            of,
            domain,
        });
    }
}

/// A shortest way along `extends` from a role to another one, both included, with the entries on the way.
pub(crate) fn extends_route(access: &Access<'_>, role: RoleId, owner: RoleId) -> (Vec<RoleId>, Vec<Span>) {
    let mut queue = VecDeque::from([role]);
    let mut came_from: BTreeMap<RoleId, (RoleId, Span)> = BTreeMap::new();
    while let Some(current) = queue.pop_front() {
        if current == owner {
            return walked(owner, &came_from);
        }
        for text in &access.names.roles.get(current).extends {
            let Some(parent) = access.names.roles.find(&text.value) else { continue };
            if parent == role || came_from.contains_key(&parent) {
                continue;
            }
            came_from.insert(parent, (current, text.span));
            queue.push_back(parent);
        }
    }
    (vec![role], Vec::new())
}

/// The steps that led to a role, from the first to the last.
fn walked(owner: RoleId, came_from: &BTreeMap<RoleId, (RoleId, Span)>) -> (Vec<RoleId>, Vec<Span>) {
    let (mut route, mut spans) = (vec![owner], Vec::new());
    let mut current = owner;
    while let Some((before, span)) = came_from.get(&current) {
        route.push(*before);
        spans.push(*span);
        current = *before;
    }
    route.reverse();
    spans.reverse();
    (route, spans)
}
