//! What would be if a word of the matrix were another one. A fix is offered only after it has been tried: the access is
//! resolved again with the other word, for the roles that it can concern, and every rule judges both.

use std::collections::{BTreeMap, BTreeSet};

use ztam_graph::access::{Access, Holder, Layer, Origin, SlotId};
use ztam_graph::ids::{Names, RoleId};
use ztam_graph::resolve::judged;
use ztam_graph::scopes::{ScopeSet, ScopeWord};
use ztam_model::project::{AlsoCell, Cell, Document, Project};
use ztam_model::words::Scope;
use ztam_source::entries::Entries;
use ztam_source::finding::{Finding, Safety, TextEdit};
use ztam_source::span::{Span, Spanned};

use crate::cx::Cx;
use crate::wording::count;

/// The finding that a fix must remove: its rule, its primary place, and whose it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Unwanted {
    pub(crate) rule: &'static str,
    pub(crate) at: Span,
    pub(crate) holder: Option<Holder>,
}

/// What a change that has been tried opens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Gain {
    /// Fields with a wider grant than before.
    pub(crate) fields: usize,
    /// Assets with a wider grant on their rows than before.
    pub(crate) assets: usize,
}

impl Gain {
    /// `, which reaches 5 more fields`; empty where nothing is wider.
    pub(crate) fn words(self) -> String {
        let fields = count(self.fields, "more field");
        let rows = format!("rows of {}", count(self.assets, "asset"));
        match (self.fields, self.assets) {
            (0, 0) => String::new(),
            (0, _) => format!(", which reaches {rows}"),
            (_, 0) => format!(", which reaches {fields}"),
            _ => format!(", which reaches {fields} and {rows}"),
        }
    }
}

/// The access with some roles alone and a change of what is declared. Names keep their numbers: the other roles are
/// there, but reach nothing.
pub(crate) fn imagine<T>(
    access: &Access<'_>,
    kept: &BTreeSet<RoleId>,
    change: impl FnOnce(&mut Document),
    look: impl FnOnce(&Access<'_>) -> T,
) -> T {
    let mut project =
        Project { items: access.names.project.items.clone(), complete: true, ..Project::default() };
    for (name, role) in &mut project.items.roles.0 {
        if !access.names.roles.find(&name.value).is_some_and(|id| kept.contains(&id)) {
            role.platforms.clear();
            role.within.clear();
        }
    }
    change(&mut project.items);
    let names = Names::new(&project);
    look(&judged(names, access.platforms.clone(), access.environment, access.as_of))
}

/// The roles whose access a block of `owner` is part of, everyone who may be held together with them, and the roles that
/// all these are made of.
pub(crate) fn concerned(access: &Access<'_>, owner: RoleId) -> BTreeSet<RoleId> {
    let heirs = access.names.roles.ids().filter(|role| access.roles[*role].lineage.contains(&owner));
    let mut found: BTreeSet<RoleId> = heirs.collect();
    for set in access.names.together.ids() {
        let mates = access.roles_of(Holder::Together(set));
        if mates.iter().any(|role| access.roles[*role].lineage.contains(&owner)) {
            found.extend(mates);
        }
    }
    let lineages: Vec<_> =
        found.iter().flat_map(|role| access.roles[*role].lineage.iter().copied()).collect();
    found.extend(lineages);
    found
}

/// Adds a fix that replaces one scope, if it removes the finding and adds none. A narrower scope is safe; any other one
/// needs approval, and the title says what it opens.
pub(crate) fn offer_scope(
    cx: &Cx<'_>,
    finding: Finding,
    unwanted: Unwanted,
    owner: RoleId,
    (title, old, new): (&str, Spanned<Scope>, Scope),
) -> Finding {
    let kept = concerned(cx.access, owner);
    let change = |items: &mut Document| set_scope(items, old.span, new);
    let Some(gain) = attempt(cx, &kept, unwanted, change) else { return finding };
    let narrower = ScopeSet::of(old.value).contains(ScopeSet::of(new));
    let safety = if narrower { Safety::Safe } else { Safety::NeedsApproval };
    let edit = TextEdit { span: old.span, text: new.as_str().to_owned() };
    finding.fix(format!("{title}{}", gain.words()), safety, vec![edit])
}

/// Tries a change; what it opens, if it removes the finding and adds none.
pub(crate) fn attempt(
    cx: &Cx<'_>,
    kept: &BTreeSet<RoleId>,
    unwanted: Unwanted,
    change: impl FnOnce(&mut Document),
) -> Option<Gain> {
    if !cx.may_try(unwanted.rule) {
        return None;
    }
    let look = |access: &Access<'_>| (tally(access, cx), grants(access, kept));
    let (before, had) = imagine(cx.access, kept, |_| {}, look);
    let (after, has, gain) = imagine(cx.access, kept, change, |access| {
        let (after, has) = look(access);
        let gain = gain(access, &had, &has);
        (after, has, gain)
    });
    drop(has);
    let key = key_of(cx.access, unwanted);
    let removed = before.contains_key(&key) && !after.contains_key(&key);
    let adds = after.iter().any(|(key, now)| before.get(key).is_none_or(|then| now > then));
    (removed && !adds).then_some(gain)
}

/// A finding for comparing runs: rule, primary place, holder.
type Key = (String, Option<Span>, Option<String>);

fn key_of(access: &Access<'_>, unwanted: Unwanted) -> Key {
    let holder = unwanted.holder.map(|holder| match holder {
        Holder::Role(role) => access.names.roles.name(role).to_owned(),
        Holder::Together(set) => access.names.together.name(set).to_owned(),
    });
    (unwanted.rule.to_owned(), Some(unwanted.at), holder)
}

/// What all rules find, with how many targets each finding stands for.
fn tally(access: &Access<'_>, cx: &Cx<'_>) -> BTreeMap<Key, usize> {
    let inner = Cx::of_trial(access, cx.known);
    let mut found = BTreeMap::new();
    for finding in crate::found(&inner) {
        let fact = |wanted: &str| {
            finding.facts.iter().find(|(key, _)| *key == wanted).map(|(_, value)| value.clone())
        };
        let more = fact("more").and_then(|it| it.parse::<usize>().ok()).unwrap_or(0);
        let key = (
            finding.id().to_owned(),
            finding.primary().map(|it| it.span),
            fact("role").or_else(|| fact("together")),
        );
        *found.entry(key).or_insert(0) += 1 + more;
    }
    found
}

type Grants = BTreeMap<(RoleId, SlotId, Layer), ScopeWord>;

/// What cells grant to some roles, without regard to platforms.
fn grants(access: &Access<'_>, roles: &BTreeSet<RoleId>) -> Grants {
    let mut all = Grants::new();
    for role in roles.iter().filter(|role| !access.is_abstract(**role)) {
        for entry in access.roles[*role].entries.iter().filter(|entry| entry.origin == Origin::Matrix) {
            let sum = all.entry((*role, entry.slot, access.layers[entry.layer])).or_insert(ScopeWord::NONE);
            *sum = sum.union(entry.scopes);
        }
    }
    all
}

fn gain(access: &Access<'_>, before: &Grants, after: &Grants) -> Gain {
    let wider = |(key, now): &(&(RoleId, SlotId, Layer), &ScopeWord)| {
        let then = before.get(*key).copied().unwrap_or_default();
        now.iter().any(|(action, scopes)| !then.get(action).contains(scopes))
    };
    let slots: BTreeSet<SlotId> = after.iter().filter(wider).map(|((_, slot, _), _)| *slot).collect();
    let rows = slots.iter().filter(|slot| access.rows_slot(access.slots[**slot].asset) == **slot).count();
    Gain { assets: rows, fields: slots.iter().map(|slot| access.fields_in(*slot).len()).sum() }
}

/// Replaces the scope that is written at a place.
fn set_scope(items: &mut Document, at: Span, new: Scope) {
    let set = |may: &mut Entries<Cell>, also: &mut Vec<AlsoCell>| {
        let cells = may.0.iter_mut().flat_map(|(_, cell)| slots_of_cell(cell));
        let scopes = cells.chain(also.iter_mut().flat_map(slots_of_also));
        for scope in scopes.flatten().filter(|scope| scope.span == at) {
            scope.value = new;
        }
    };
    items.roles.0.iter_mut().for_each(|(_, role)| set(&mut role.may, &mut role.also));
    items.temporary.0.iter_mut().for_each(|(_, grant)| set(&mut grant.may, &mut grant.also));
    let changes = items.environments.0.iter_mut().flat_map(|(_, environment)| &mut environment.changes);
    changes.for_each(|change| set(&mut change.may, &mut change.also));
}

fn slots_of_cell(cell: &mut Cell) -> [&mut Option<Spanned<Scope>>; 9] {
    let Cell { read, create, edit, delete, share, assign, append, append_to, unmask, .. } = cell;
    [read, create, edit, delete, share, assign, append, append_to, unmask]
}

fn slots_of_also(cell: &mut AlsoCell) -> [&mut Option<Spanned<Scope>>; 9] {
    let AlsoCell { read, create, edit, delete, share, assign, append, append_to, unmask, .. } = cell;
    [read, create, edit, delete, share, assign, append, append_to, unmask]
}
