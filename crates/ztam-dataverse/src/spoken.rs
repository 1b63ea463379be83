//! Rows and containers in words, for those who compare what is live with the matrix.

use ztam_backend::compare::{Aspect, Spoken, Standing};
use ztam_backend::plan::Row;
use ztam_backend::read::ReadContainer;

use crate::plan::{PROFILE, ROLE};

/// Depths, the narrowest first.
const DEPTHS: &[(&str, &str)] = &[
    ("Basic", "own rows"),
    ("Local", "the business unit"),
    ("Deep", "the business unit and those below"),
    ("Global", "the organisation"),
];

/// Rights on a secured column; whoever sees all rows unmasked sees one.
const COLUMN: &[(&str, &[&str])] = &[
    ("CanRead", &["read"]),
    ("CanCreate", &["set on create"]),
    ("CanUpdate", &["edit"]),
    ("CanReadUnmasked one", &["read unmasked, row by row"]),
    ("CanReadUnmasked", &["read unmasked, row by row", "read unmasked"]),
];

pub(crate) fn speak(row: &Row) -> Spoken {
    match row.kind {
        "RolePrivilege" => Spoken::ladder(format!("privilege {}", row.key), DEPTHS, row),
        "FieldPermission" => {
            let mut grants: Vec<String> = Vec::new();
            let held = COLUMN.iter().filter(|(right, _)| row.rights.contains(right));
            for word in held.flat_map(|(_, words)| *words) {
                if !grants.iter().any(|it| it == word) {
                    grants.push((*word).to_owned());
                }
            }
            Spoken::new(format!("column {}", row.key), grants)
        }
        _ => Spoken::plain(row),
    }
}

pub(crate) fn aspects(container: &ReadContainer) -> Vec<Aspect> {
    let mut all = Aspect::common(container);
    if container.kind == ROLE {
        let (inherited, is_direct) = match container.attribute("isinherited") {
            Some("0") => ("rows of the team only", false),
            Some("1") => ("own rows too", true),
            // A role that says nothing is taken as the wider of the two.
            _ => ("not said", true),
        };
        all.push(Aspect::with_width("a team's member has", inherited, is_direct));
        let is_automatic = container.attribute("IsAutoAssigned").is_some_and(|it| it != "0");
        let given = if is_automatic { "to every new user" } else { "by assignment" };
        all.push(Aspect::with_width("given", given, is_automatic));
        let is_fixed = container.attribute("IsCustomizable").is_some_and(|it| it == "0");
        all.push(Aspect::new("can be customised", if is_fixed { "no" } else { "yes" }));
    }
    all
}

/// What is neither role nor profile is the list of a solution's components.
pub(crate) fn standing(kind: &str) -> Standing {
    if kind == ROLE || kind == PROFILE { Standing::Unmarked } else { Standing::Aside }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn depths_hold_what_is_below() {
        let row = |level| Row { kind: "RolePrivilege", key: "prvReadAccount".into(), rights: vec![level] };
        assert_eq!(speak(&row("Local")).grants, ["own rows", "the business unit"]);
        assert_eq!(speak(&row("Global")).grants.len(), 4);
    }

    #[test]
    fn all_rows_unmasked_hold_one() {
        let of =
            |right| speak(&Row { kind: "FieldPermission", key: "a.b".into(), rights: vec![right] }).grants;
        let (one, all) = (of("CanReadUnmasked one"), of("CanReadUnmasked"));
        assert!(one.iter().all(|it| all.contains(it)) && all.len() == 2, "{all:?}");
    }
}
