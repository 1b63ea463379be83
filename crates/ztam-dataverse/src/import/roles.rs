//! One role: cells for tables, a capability for the rest, its settings.

use std::collections::BTreeMap;

use ztam_backend::danger::Risk;
use ztam_backend::import::{Imported, ImportedRights, ImportedRole, Target};
use ztam_backend::read::ReadContainer;
use ztam_model::words::{Action, Scope, SeverityWord};
use ztam_model::yaml::Yaml;

use super::carry::Carried;
use super::{Importer, key, settings};
use crate::catalog::{self, Level};
use crate::rights::{scope_of_level, word_of_level};

/// Kind of the rows of a role.
pub(super) const PRIVILEGE: &str = "RolePrivilege";

/// A role while it is put into words.
#[derive(Default)]
struct Words {
    cells: BTreeMap<String, BTreeMap<Action, Scope>>,
    rights: BTreeMap<String, Level>,
    carried: Carried,
}

impl Importer<'_> {
    pub(super) fn role(&self, container: &ReadContainer, out: &mut Imported) -> Carried {
        let mut words = Words::default();
        let mut floor: BTreeMap<&str, bool> = catalog::floor().map(|it| (it.name, false)).collect();
        for (name, level) in privileges(container) {
            match floor.get_mut(name) {
                Some(has) if level == Level::Global => *has = true,
                Some(_) => words.carried.add("floor-at-another-depth", PRIVILEGE, name, level.word()),
                None => self.privilege(container, name, level, &mut words),
            }
        }
        let mut binding = settings(container);
        binding.extend(of_file(container));
        let without: Vec<_> = floor.into_iter().filter(|(_, has)| !has).map(|(name, _)| name).collect();
        if !without.is_empty() {
            binding.push(("without-floor".to_owned(), Yaml::texts(without)));
        }
        let cells = words
            .cells
            .into_iter()
            .map(|(asset, scopes)| (Target { asset, field: None }, scopes.into_iter().collect::<Vec<_>>()));
        out.roles.push(ImportedRole {
            container: key(container),
            what: "security role",
            title: container.name.clone(),
            extends: Vec::new(),
            cells: cells.collect(),
            rights: capability(&words.rights).into_iter().collect(),
            binding: Yaml::Map(binding),
            notes: notes(container),
        });
        words.carried
    }

    fn privilege(&self, container: &ReadContainer, name: &str, level: Level, words: &mut Words) {
        let is_unsayable = self.is_unsayable(container, PRIVILEGE, name, level.word());
        let reason = match self.tables.cells(name, level) {
            _ if is_unsayable => "not-as-cells",
            Some(Ok((tables, action))) => {
                for table in tables {
                    let scopes = words.cells.entry(table.to_owned()).or_default();
                    scopes.insert(action, scope_of_level(level));
                }
                return;
            }
            Some(Err(reason)) => reason,
            None => match self.tables.miscellaneous(name, level) {
                Ok(()) => {
                    words.rights.insert(name.to_owned(), level);
                    return;
                }
                Err(reason) => reason,
            },
        };
        words.carried.add(reason, PRIVILEGE, name, level.word());
    }
}

/// The privileges of a role with their depths.
pub(super) fn privileges(container: &ReadContainer) -> impl Iterator<Item = (&str, Level)> {
    let rows = container.rows.iter().map(|it| &it.row).filter(|it| it.kind == PRIVILEGE);
    rows.filter_map(|row| {
        let level = Level::ALL.into_iter().find(|level| row.rights.contains(&level.word()))?;
        Some((row.key.as_str(), level))
    })
}

/// Settings of the role that its file has or is silent about.
fn of_file(container: &ReadContainer) -> Vec<(String, Yaml)> {
    let mut all = Vec::new();
    let mut silent = Vec::new();
    let mut setting =
        |attribute: &str, usual: &str, other: &str, word: &'static str, key: &str, value: Yaml| {
            match container.attribute(attribute) {
                Some(it) if it == usual => {}
                Some(it) if it == other => all.push((key.to_owned(), value)),
                _ => silent.push(word),
            }
        };
    setting("isinherited", "1", "0", "inherit", "inherit", "team-only".into());
    setting("IsAutoAssigned", "0", "1", "auto-assigned", "auto-assigned", true.into());
    setting("IsCustomizable", "1", "0", "customizable", "customizable", false.into());
    if !silent.is_empty() {
        all.push(("not-said".to_owned(), Yaml::texts(silent)));
    }
    all
}

fn notes(container: &ReadContainer) -> Vec<String> {
    let automatic = container.attribute("IsAutoAssigned") == Some("1");
    automatic
        .then(|| "Every new user gets it: decide whether everybody may have it".to_owned())
        .into_iter()
        .collect()
}

fn capability(rights: &BTreeMap<String, Level>) -> Option<ImportedRights> {
    let risk = rights.keys().filter_map(|name| catalog::privilege(name)).map(|it| it.risk);
    let rank = |it: Risk| match it {
        Risk::Critical => 3,
        Risk::High => 2,
        Risk::Medium => 1,
        _ => 0,
    };
    let words = [SeverityWord::Low, SeverityWord::Medium, SeverityWord::High, SeverityWord::Critical];
    let risk = words.get(risk.map(rank).max().unwrap_or(0)).copied().unwrap_or(SeverityWord::Critical);
    let levels = rights.iter().map(|(name, level)| (name.clone(), Yaml::from(word_of_level(*level))));
    let binding = Yaml::map([("privileges", Yaml::Map(levels.collect()))]);
    (!rights.is_empty()).then_some(ImportedRights { topic: "privileges", title: "Privileges", risk, binding })
}
