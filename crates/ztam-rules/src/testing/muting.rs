//! Groups that take away, on the platforms of the tests: `group: {muting: [...], other-sets: [...]}` in a role's binding, and in a
//! carried block `muting: {name: ...}` with `objects`, `fields`, `user-permissions` or `rights`.

use ztam_graph::facts::{Effect, EffectOn, PlatformFacts};
use ztam_graph::ids::Names;
use ztam_graph::muting::{MutedGroup, Taken};
use ztam_graph::scopes::{ScopeSet, ScopeWord};
use ztam_model::words::{Action, Scope};
use ztam_source::raw::{Raw, RawKind};
use ztam_source::span::Span;

use super::text;

/// The muted groups of a platform.
pub(super) fn groups(names: &Names<'_>, facts: &PlatformFacts) -> Vec<MutedGroup> {
    let mut all = Vec::new();
    for (role, _, declared) in names.roles.iter() {
        let group = declared.bindings.get(facts.platform).and_then(|it| it.get("group"));
        let has_others = group.is_some_and(|it| !items(it.get("other-sets")).is_empty());
        for said in items(group.and_then(|it| it.get("muting"))) {
            let set = names.carries.iter().find_map(|(_, _, carry)| {
                let binding = carry.bindings.get(facts.platform)?;
                (text(binding.get("muting")?.get("name")) == text(Some(said))).then_some(binding)
            });
            if let Some(set) = set {
                let name = text(Some(said)).into();
                let taken = taken(names, facts, set);
                all.push(MutedGroup { role, name, said: said.span, is_known: !has_others, taken });
            }
        }
    }
    all
}

fn items(raw: Option<&Raw>) -> &[Raw] {
    match raw.map(|it| &it.kind) {
        Some(RawKind::Sequence(items)) => items,
        _ => &[],
    }
}

fn taken(names: &Names<'_>, facts: &PlatformFacts, set: &Raw) -> Vec<Taken> {
    let mut all = Vec::new();
    let mut add = |name: String, span: Span, cells: Option<Effect>| {
        let right = facts.rights.iter_ids().find(|(_, it)| *it.name == *name).map(|(id, _)| id);
        all.push(Taken { kind: "right", name: name.into(), span, right, cells: cells.into_iter().collect() });
    };
    for name in ["rights", "user-permissions"].into_iter().flat_map(|key| items(set.get(key))) {
        add(text(Some(name)).to_owned(), name.span, None);
    }
    if let Some(RawKind::Mapping(objects)) = set.get("objects").map(|it| &it.kind) {
        for (object, words) in objects {
            let is_it = |raw: &Raw| text(raw.get("object")) == &*object.value;
            let bound =
                names.assets.iter().find(|(_, _, it)| it.bindings.get(facts.platform).is_some_and(is_it));
            for word in items(Some(words)) {
                let on = bound.map(|(id, ..)| EffectOn::Assets(vec![id]));
                let rows = of_object(text(Some(word)));
                let cells = on.map(|on| Effect { on, rows, fields: ScopeWord::NONE });
                add(format!("{} {}", object.value, text(Some(word))), word.span, cells);
            }
        }
    }
    if let Some(RawKind::Mapping(fields)) = set.get("fields").map(|it| &it.kind) {
        for (name, word) in fields {
            let field = names.fields.iter_ids().find(|(id, _)| names.field_name(*id) == *name.value);
            let actions: &[Action] =
                if text(Some(word)) == "read" { &[Action::Read] } else { &[Action::Create, Action::Edit] };
            let on = field.map(|(id, _)| EffectOn::Fields(vec![id]));
            let cells = on.map(|on| Effect { on, rows: ScopeWord::NONE, fields: ScopeWord::mask(actions) });
            add(format!("{} {}", name.value, text(Some(word))), word.span, cells);
        }
    }
    all
}

fn of_object(word: &str) -> ScopeWord {
    let all = |actions: &[Action], scopes| {
        actions.iter().fold(ScopeWord::NONE, |word, it| word.union(ScopeWord::of_set(*it, scopes)))
    };
    let shared = ScopeSet::down(Scope::Shared);
    match word {
        "read" => all(&[Action::Read], shared),
        "create" => all(&[Action::Create], ScopeSet::ALL),
        "edit" => all(&[Action::Edit], shared),
        "delete" => all(&[Action::Delete], shared),
        "view-all" => all(&[Action::Read], ScopeSet::of(Scope::Org)),
        "modify-all" => all(&[Action::Edit, Action::Delete, Action::Share], ScopeSet::of(Scope::Org)),
        other => panic!("no right {other}"),
    }
}
