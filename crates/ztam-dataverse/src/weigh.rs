//! What the privileges of a role, or the columns of a profile, come to: how far they reach and what comes along.
//!
//! A role has a privilege once, at one depth, so none of its rows repeats another. Which privileges do nothing without others
//! is not documented well enough to say it of a row.

use std::collections::{BTreeMap, BTreeSet};

use ztam_backend::danger::Flag;
use ztam_backend::estate::{Actions, Brought, Danger, Weight};
use ztam_backend::read::ReadContainer;

use crate::catalog::{self, Level, PrivilegeKind, Verb};
use crate::plan::{PROFILE, ROLE};

/// What the rows of a container come to; `None` for what nobody holds.
pub(crate) fn weigh(container: &ReadContainer) -> Option<Weight> {
    match container.kind {
        ROLE => Some(role(container)),
        PROFILE => {
            let tables = container.rows.iter().filter_map(|it| it.row.key.split_once('.'));
            let tables: BTreeSet<&str> = tables.map(|it| it.0).collect();
            Some(Weight { objects: tables.len(), ..Weight::default() })
        }
        _ => None,
    }
}

fn role(role: &ReadContainer) -> Weight {
    let held: BTreeMap<&str, bool> = role
        .rows
        .iter()
        .map(|it| (it.row.key.as_str(), it.row.rights.contains(&Level::Global.word())))
        .collect();
    let mut weight = Weight::default();
    let mut entities = BTreeSet::new();
    for (name, is_global) in &held {
        let known = match catalog::privilege(name).map(|it| it.kind) {
            Some(PrivilegeKind::Table(verb, entity)) => Some((verb, entity)),
            Some(PrivilegeKind::Miscellaneous | PrivilegeKind::Privacy) => None,
            None => custom(name),
        };
        let Some((verb, entity)) = known else { continue };
        entities.insert(entity.to_lowercase());
        let Actions { delete, edit, read } = &mut weight.org_wide;
        match verb {
            Verb::Delete if *is_global => *delete += 1,
            Verb::Write if *is_global => *edit += 1,
            Verb::Read if *is_global => *read += 1,
            _ => {}
        }
    }
    weight.objects = entities.len();
    weight.dangers = dangers(&held);
    weight.brought = held.keys().flat_map(|name| twins(name)).collect();
    weight
}

/// The verb and entity of a table privilege that the catalogue does not list.
fn custom(name: &str) -> Option<(Verb, &str)> {
    let rest = name.strip_prefix("prv")?;
    let split = |verb: &Verb| Some((*verb, rest.strip_prefix(verb.word())?));
    Verb::ALL.iter().filter_map(split).filter(|it| !it.1.is_empty()).max_by_key(|it| it.0.word().len())
}

/// Privileges that escalate, alone or together. What every role has from the platform is not counted.
fn dangers(held: &BTreeMap<&str, bool>) -> Vec<Danger> {
    let alone = held.keys().filter_map(|name| {
        let known = catalog::privilege(name).filter(|it| !it.flags.contains(Flag::Floor))?;
        Some(Danger { tier: known.tier?.level, right: (*name).to_owned() })
    });
    let together = catalog::escalations().iter().filter(|it| it.rights.len() > 1 && it.gain.is_whole_org());
    let together = together.filter(|it| it.rights.iter().all(|name| held.contains_key(name)));
    let together = together.map(|it| Danger { tier: 0, right: it.rights.join(" with ") });
    let mut all: Vec<Danger> = alone.chain(together).collect();
    all.sort();
    all
}

/// Tables that a privilege opens besides the one it is called after.
fn twins(name: &str) -> Vec<Brought> {
    let Some(PrivilegeKind::Table(_, entity)) = catalog::privilege(name).map(|it| it.kind) else {
        return Vec::new();
    };
    let others = catalog::tables_of_privilege_entity(entity)
        .filter(|it| !it.schema.eq_ignore_ascii_case(entity) && !it.name.eq_ignore_ascii_case(entity));
    let brought = |table: &catalog::Table| Brought {
        right: format!("{} {}", name, table.name),
        through: vec![name.to_owned()],
    };
    others.map(brought).collect()
}

#[cfg(test)]
mod tests {
    use ztam_backend::plan::Row;
    use ztam_backend::read::ReadRow;
    use ztam_source::file::FileId;
    use ztam_source::span::Span;

    use super::*;

    #[test]
    fn privileges_count_by_depth_and_open_every_table_that_shares_them() {
        let place = Span::new(FileId(0), 0, 0);
        let mut role = ReadContainer::new(ROLE, "R", place);
        let rows = [
            ("prvReadAccount", "Global"),
            ("prvWriteAccount", "Local"),
            ("prvDeletenew_Thing", "Global"),
            ("prvReadActivity", "Basic"),
            ("prvActOnBehalfOfAnotherUser", "Global"),
        ];
        role.rows = rows
            .iter()
            .map(|(key, level)| ReadRow {
                row: Row { kind: "RolePrivilege", key: (*key).to_owned(), rights: vec![level] },
                span: place,
            })
            .collect();
        let weight = weigh(&role).unwrap();
        assert_eq!(weight.org_wide, Actions { delete: 1, edit: 0, read: 1 });
        assert_eq!(weight.objects, 3);
        assert_eq!(weight.dangers.len(), 1);
        assert!(weight.brought.iter().any(|it| it.right == "prvReadActivity email"), "{:?}", weight.brought);
    }
}
