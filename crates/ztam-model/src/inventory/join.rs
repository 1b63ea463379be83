//! Several descriptions of one org as one: of several files, or an earlier inventory and a new one.

use std::collections::btree_map::Entry;

use super::{Grants, InventoryContainer, InventoryField, InventoryObject, PlatformInventory};

/// Whose word counts where two say different things.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// The first one's: both describe the same moment, and who joins decides what to make of it.
    First,
    /// The last one's: it is newer.
    Last,
}

/// Where two descriptions say different things.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The object, with the field where it is about one: `Account`, `Account.Phone`.
    pub of: String,
    /// The fact: `sharing`, `type` ...
    pub fact: &'static str,
}

impl PlatformInventory {
    /// Adds what another inventory of the platform says. Nothing of either is lost but facts that differ, of which `keep`
    /// says which stays; they are returned. The day and which parts are partial are taken from the other one.
    pub fn join(&mut self, other: Self, keep: Keep) -> Vec<Difference> {
        let mut differences = Vec::new();
        self.format_version = super::FORMAT_VERSION;
        self.taken = other.taken.or(self.taken.take());
        self.partial.extend(other.partial);
        for (name, mut object) in other.objects {
            let fields = std::mem::take(&mut object.fields);
            let own = self.objects.entry(name.clone()).or_default();
            let mut add = |of: String, facts: Vec<&'static str>| {
                differences.extend(facts.into_iter().map(|fact| Difference { of: of.clone(), fact }));
            };
            add(name.clone(), own.join(object, keep));
            for (field, facts) in fields {
                match own.fields.entry(field) {
                    Entry::Vacant(entry) => {
                        entry.insert(facts);
                    }
                    Entry::Occupied(mut entry) => {
                        let of = format!("{name}.{}", entry.key());
                        add(of, entry.get_mut().join(facts, keep));
                    }
                }
            }
        }
        for (name, right) in other.rights {
            match self.rights.entry(name) {
                Entry::Vacant(entry) => {
                    entry.insert(right);
                }
                Entry::Occupied(mut entry) if *entry.get() != right => {
                    differences.push(Difference { of: entry.key().clone(), fact: "right" });
                    if keep == Keep::Last {
                        entry.insert(right);
                    }
                }
                Entry::Occupied(_) => {}
            }
        }
        for container in other.containers {
            let same = |it: &&mut super::InventoryContainer| {
                it.kind == container.kind
                    && it.name == container.name
                    && (it.id == container.id || it.id.is_none())
            };
            match self.containers.iter_mut().find(same) {
                // What somebody has marked as ours stays so: no file says it.
                Some(own) => {
                    own.ours |= container.ours;
                    own.id = container.id.or(own.id.take());
                    if own.join_grants(container.grants, keep) {
                        differences.push(Difference { of: own.name.clone(), fact: "grants" });
                    }
                }
                None => self.containers.push(container),
            }
        }
        self.containers.sort_by(|a, b| (&a.kind, &a.name, &a.id).cmp(&(&b.kind, &b.name, &b.id)));
        for (kind, names) in other.names {
            let own = self.names.entry(kind).or_default();
            own.extend(names);
            own.sort_unstable();
            own.dedup();
        }
        differences
    }
}

impl InventoryContainer {
    /// Adds what another description says that it grants; whether both say something else. Of two descriptions of one moment
    /// both count: what lies beneath a role is an upper bound.
    pub fn join_grants(&mut self, other: Option<Grants>, keep: Keep) -> bool {
        let Some(other) = other else { return false };
        let Some(own) = self.grants.as_mut().filter(|_| keep == Keep::First) else {
            let differs = self.grants.as_ref().is_some_and(|own| *own != other);
            self.grants = Some(other);
            return differs;
        };
        let differs = *own != other;
        for (kind, rows) in other {
            let known = own.entry(kind).or_default();
            for (key, rights) in rows {
                let all = known.entry(key).or_default();
                all.extend(rights);
                all.sort_unstable();
                all.dedup();
            }
        }
        differs
    }
}

impl InventoryObject {
    /// Adds what another description says, fields aside; the facts that differ.
    pub fn join(&mut self, other: Self, keep: Keep) -> Vec<&'static str> {
        let mut joining = Joining { keep, differ: Vec::new() };
        joining.option("label", &mut self.label, other.label);
        joining.option("kind", &mut self.kind, other.kind);
        joining.option("sharing", &mut self.sharing, other.sharing);
        joining.option("external sharing", &mut self.external_sharing, other.external_sharing);
        joining.option("ownership", &mut self.ownership, other.ownership);
        joining.option("schema name", &mut self.schema_name, other.schema_name);
        joining.option("privilege entity", &mut self.privilege_entity, other.privilege_entity);
        joining.option("audited", &mut self.audited, other.audited);
        joining.differ
    }
}

impl InventoryField {
    /// Adds what another description says; the facts that differ.
    pub fn join(&mut self, other: Self, keep: Keep) -> Vec<&'static str> {
        let mut joining = Joining { keep, differ: Vec::new() };
        // A newer description that is silent about a protection does not vouch for it.
        let is_described = keep == Keep::Last && other.r#type.is_some();
        for (fact, own, other) in
            [("secured", &mut self.secured, other.secured), ("audited", &mut self.audited, other.audited)]
        {
            if is_described && other.is_none() && *own == Some(true) {
                *own = None;
                joining.differ.push(fact);
            }
        }
        joining.option("type", &mut self.r#type, other.r#type);
        joining.option("label", &mut self.label, other.label);
        joining.flag("required", &mut self.required, other.required);
        joining.flag("formula", &mut self.formula, other.formula);
        joining.flag("master-detail", &mut self.master_detail, other.master_detail);
        joining.option("securable", &mut self.securable, other.securable);
        joining.option("secured", &mut self.secured, other.secured);
        joining.option("audited", &mut self.audited, other.audited);
        joining.definition(&mut self.definition, other.definition);
        joining.option("classification", &mut self.classification, other.classification);
        joining.list(&mut self.references, other.references);
        joining.list(&mut self.compliance, other.compliance);
        joining.differ
    }
}

struct Joining {
    keep: Keep,
    differ: Vec<&'static str>,
}

impl Joining {
    fn option<T: PartialEq>(&mut self, fact: &'static str, own: &mut Option<T>, other: Option<T>) {
        let Some(other) = other else { return };
        let differs = own.as_ref().is_some_and(|it| *it != other);
        if differs {
            self.differ.push(fact);
        }
        if !differs || self.keep == Keep::Last {
            *own = Some(other);
        }
    }

    /// An old definition would undo what has changed since, so a later description without one takes it away. Of one moment,
    /// two that differ are no definition.
    fn definition(&mut self, own: &mut Option<String>, other: Option<String>) {
        if self.keep == Keep::Last {
            *own = other;
        } else if own.is_some() && other.is_some() && *own != other {
            self.differ.push("definition");
            *own = None;
        } else {
            *own = own.take().or(other);
        }
    }

    /// Of one moment, what is true anywhere is true.
    fn flag(&mut self, fact: &'static str, own: &mut bool, other: bool) {
        if *own != other {
            self.differ.push(fact);
        }
        *own = if self.keep == Keep::Last { other } else { *own || other };
    }

    fn list(&mut self, own: &mut Vec<String>, other: Vec<String>) {
        if self.keep == Keep::Last && !other.is_empty() {
            *own = other;
            return;
        }
        own.extend(other);
        own.sort_unstable();
        own.dedup();
    }
}

#[cfg(test)]
mod tests {
    use super::super::read;
    use super::*;

    #[test]
    fn a_definition_is_of_the_last_look() {
        let field = |definition: Option<&str>| InventoryField {
            definition: definition.map(str::to_owned),
            ..InventoryField::default()
        };
        let join = |own: Option<&str>, other: Option<&str>, keep| {
            let mut all = field(own);
            let differ = all.join(field(other), keep);
            (all.definition, differ)
        };
        assert_eq!(join(Some("old"), None, Keep::Last), (None, vec![]));
        assert_eq!(join(Some("old"), Some("new"), Keep::Last), (Some("new".to_owned()), vec![]));
        assert_eq!(join(None, Some("a"), Keep::First), (Some("a".to_owned()), vec![]));
        assert_eq!(join(Some("a"), Some("b"), Keep::First), (None, vec!["definition"]));
    }

    #[test]
    fn a_protection_that_a_newer_description_is_silent_about_is_gone() {
        let field = |r#type: Option<&str>, secured: Option<bool>| InventoryField {
            r#type: r#type.map(str::to_owned),
            secured,
            ..InventoryField::default()
        };
        let join = |other: InventoryField, keep| {
            let mut all = field(Some("text"), Some(true));
            let differ = all.join(other, keep);
            (all.secured, differ)
        };
        assert_eq!(join(field(Some("text"), None), Keep::Last), (None, vec!["secured"]));
        assert_eq!(join(field(Some("text"), Some(false)), Keep::Last), (Some(false), vec!["secured"]));
        assert_eq!(join(field(None, None), Keep::Last), (Some(true), vec![]), "named only");
        assert_eq!(join(field(Some("text"), None), Keep::First), (Some(true), vec![]));
    }

    #[test]
    fn what_a_profile_grants_is_of_the_last_look() {
        let one = |grants: &str| {
            read(&format!(
                "{{\"format_version\": 1, \"platform\": \"anvil\", \"containers\": [{{\"kind\": \"Profile\", \"name\": \"A\"{grants}}}]}}"
            ))
            .unwrap()
        };
        let (wide, other) = (r#", "grants": {"k": {"x": ["a", "b"]}}"#, r#", "grants": {"k": {"x": ["c"]}}"#);
        let join = |own: &str, new: &str, keep| {
            let mut all = one(own);
            let told = all.join(one(new), keep).len();
            (all.containers.len(), all.containers[0].facts(), told)
        };
        assert_eq!(join(wide, other, Keep::Last), (1, 1, 1));
        assert_eq!(join(wide, other, Keep::First), (1, 3, 1));
        assert_eq!(join(wide, "", Keep::Last), (1, 2, 0), "a name alone takes nothing away");
        assert_eq!(join("", wide, Keep::First), (1, 2, 0));
    }

    fn of(objects: &str) -> PlatformInventory {
        read(&format!("{{\"format_version\": 1, \"platform\": \"anvil\", \"objects\": {objects}}}")).unwrap()
    }

    #[test]
    fn nothing_is_lost_and_what_differs_is_told() {
        let first =
            of(r#"{"Deal": {"sharing": "Private", "fields": {"A": {"type": "Text"}, "B": {}}}, "Old": {}}"#);
        let second = of(
            r#"{"Deal": {"sharing": "Read", "label": "Deal", "fields": {"A": {"type": "Text", "required": true}, "C": {}}}}"#,
        );
        for (keep, sharing, required) in [(Keep::First, "Private", true), (Keep::Last, "Read", true)] {
            let mut joined = first.clone();
            let differences = joined.join(second.clone(), keep);
            let told: Vec<_> = differences.iter().map(|it| format!("{} {}", it.of, it.fact)).collect();
            assert_eq!(told, ["Deal sharing", "Deal.A required"]);
            let deal = &joined.objects["Deal"];
            assert_eq!((deal.sharing.as_deref(), deal.label.as_deref()), (Some(sharing), Some("Deal")));
            assert_eq!(deal.fields.keys().collect::<Vec<_>>(), ["A", "B", "C"]);
            assert_eq!((deal.fields["A"].required, joined.objects.contains_key("Old")), (required, true));
            let mut again = joined.clone();
            assert_eq!(again.join(joined.clone(), keep), []);
            assert_eq!(again, joined);
        }
        let mut newer = second;
        newer.join(first, Keep::Last);
        assert!(!newer.objects["Deal"].fields["A"].required, "the newer one says that it is not");
    }
}
