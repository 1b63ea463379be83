//! Whether a build of what was imported is what was imported: facts in, facts out.

use std::collections::{BTreeMap, BTreeSet};

use ztam_backend::import::{ContainerKey, Unsayable};
use ztam_backend::read::{Package, ReadContainer};
use ztam_report::import::Fact;

/// What was compared.
#[derive(Debug, Default)]
pub(super) struct Proof {
    /// Rights that the containers have.
    pub(super) facts_in: usize,
    /// Rights that a build gives them.
    pub(super) facts_out: usize,
    /// What a build does not give.
    pub(super) lost: Vec<Fact>,
    /// What only a build gives.
    pub(super) added: Vec<Fact>,
    /// What the rows that differ hold, as the import must carry it.
    pub(super) differing: Unsayable,
}

/// Right of a row: kind, key, right.
type Right = (&'static str, String, String);

/// Compares the containers of these keys.
pub(super) fn compare(before: &Package, after: &Package, keys: &BTreeSet<ContainerKey>) -> Proof {
    let mut built: BTreeMap<(&str, String), &ReadContainer> = BTreeMap::new();
    for container in &after.containers {
        built.insert((container.kind, identity(container)), container);
    }
    let mut proof = Proof::default();
    for container in &before.containers {
        let key = (container.kind, container.name.clone());
        if keys.contains(&key) {
            proof.container(key, container, built.get(&(container.kind, identity(container))).copied());
        }
    }
    proof
}

/// What a container is known by: its id, where the platform has one that travels.
fn identity(container: &ReadContainer) -> String {
    container.id.clone().unwrap_or_else(|| container.name.to_lowercase())
}

impl Proof {
    /// Whether nothing differs.
    pub(super) fn holds(&self) -> bool {
        self.lost.is_empty() && self.added.is_empty()
    }

    fn container(&mut self, key: ContainerKey, before: &ReadContainer, after: Option<&ReadContainer>) {
        let (rights, about) = (rights(before), about(before));
        let out = after.map(|it| (self::rights(it), self::about(it))).unwrap_or_default();
        self.facts_in += rights.len();
        self.facts_out += out.0.len();
        let fact = |(kind, name, right): &Right| Fact {
            container: format!("{} {}", key.0, key.1),
            kind: (*kind).to_owned(),
            key: name.clone(),
            right: right.clone(),
        };
        let all = rights.iter().chain(&about).collect::<BTreeSet<_>>();
        let all_out = out.0.iter().chain(&out.1).collect::<BTreeSet<_>>();
        self.lost.extend(all.difference(&all_out).map(|it| fact(it)));
        self.added.extend(all_out.difference(&all).map(|it| fact(it)));
        let lost: BTreeSet<_> =
            rights.difference(&out.0).map(|(kind, name, _)| (*kind, name.clone())).collect();
        let added: BTreeSet<_> =
            out.0.difference(&rights).map(|(kind, name, _)| (*kind, name.clone())).collect();
        for row in before.rows.iter().map(|it| &it.row) {
            let place = (row.kind, row.key.clone());
            for right in &row.rights {
                // Where a build gives more, the whole row is carried; where it gives less, what is missing.
                let missing = lost.contains(&place)
                    && !out.0.contains(&(row.kind, row.key.clone(), (*right).to_owned()));
                if added.contains(&place) || missing {
                    self.differing.insert((key.clone(), row.kind, row.key.clone(), right));
                }
            }
        }
    }
}

/// What a container grants. What the reader does not know may grant something, so it counts.
fn rights(container: &ReadContainer) -> BTreeSet<Right> {
    let rows = container.rows.iter().map(|it| &it.row);
    let known =
        rows.flat_map(|row| row.rights.iter().map(|it| (row.kind, row.key.clone(), (*it).to_owned())));
    let kept = container.verbatim.iter().map(|it| ("unknown", it.name.clone(), it.about() + &it.content));
    let is_kept = |span| container.verbatim.iter().any(|it| it.span == span);
    let unknown = container.unknown.iter().filter(|it| !is_kept(it.span));
    let unknown = unknown.map(|it| ("unknown", it.name.clone(), String::new()));
    known.chain(kept).chain(unknown).collect()
}

/// Attributes that a build keeps; the others of a platform are set by the platform itself, or are no part of access.
const KEPT: &[&str] = &["IsAutoAssigned", "IsCustomizable", "isinherited"];

/// What else is said of a container. A label that is missing is one that the platform asks for: the build has one.
fn about(container: &ReadContainer) -> BTreeSet<Right> {
    let said = |kind: &'static str, text: &str| (kind, text.to_owned(), String::new());
    let mut all = BTreeSet::from([said("description", &container.description)]);
    if !container.label.is_empty() {
        all.insert(said("label", &container.label));
    }
    all.extend(container.id.as_deref().map(|it| said("id", it)));
    if container.id.is_some() {
        // Found by its id, it could have another name.
        all.insert(said("name", &container.name));
    }
    let kept = container.attributes.iter().filter(|(name, _)| KEPT.contains(name));
    all.extend(kept.map(|(name, value)| ("attribute", (*name).to_owned(), value.clone())));
    all.extend(container.licence.as_deref().filter(|it| !it.is_empty()).map(|it| said("licence", it)));
    all.extend(container.attribute("status").map(|it| said("status", it)));
    if container.activation {
        all.insert(said("activation", "required"));
    }
    all
}
