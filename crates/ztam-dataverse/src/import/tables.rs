//! The assets and columns that imported privileges are about: those of the project, and new ones for what it does not have.

use std::collections::{BTreeMap, BTreeSet};

use ztam_backend::import::{Assumed, Assumption, ImportedAsset, ImportedField, Request, Target, Withholding};
use ztam_backend::read::ReadContainer;
use ztam_graph::ids::{AssetId, Names};
use ztam_model::project::Text;
use ztam_model::words::Action;
use ztam_model::yaml::Yaml;
use ztam_source::file::FileId;
use ztam_source::span::{Span, Spanned};

use super::roles::privileges;
use crate::PLATFORM;
use crate::bind::Bound;
use crate::catalog::{self, Level, Levels, PrivilegeKind, Verb};
use crate::parts::{AssetPart, OwnershipWord};
use crate::plan::PROFILE;
use crate::rights::{action_of, is_privilege_name};
use crate::tables::Known;

/// Collects what cells are about.
pub(super) struct Tables<'r> {
    names: &'r Names<'r>,
    known: Known<'r>,
    /// Assets of the project by table.
    assets: BTreeMap<String, AssetId>,
    /// Privileges that cells on assets of the project give: what they do, and to which of them.
    bound: BTreeMap<String, BoundPrivilege>,
    /// Assets of the project whose rows open columns along with them: a cell on one says more than its rows.
    open: BTreeSet<AssetId>,
    /// Tables of the inventory by the name in their privileges.
    by_entity: BTreeMap<&'r str, &'r str>,
    /// Tables that the project has no asset for, by logical name.
    drafts: BTreeMap<String, Draft>,
    /// Assets of the project that cells are about.
    used: BTreeSet<AssetId>,
    /// What the catalogue of the project must not get.
    withheld: &'r Withholding,
}

/// A privilege that cells on assets of the project give.
struct BoundPrivilege {
    action: Action,
    levels: Levels,
    assets: Vec<(AssetId, String)>,
}

/// A table while it is collected.
#[derive(Default)]
struct Draft {
    /// The name in privileges, where only the privileges tell it.
    schema: Option<String>,
    /// Privileges that were asked for.
    wanted: BTreeSet<(Verb, Level)>,
    /// Who owns its rows, where only the privileges tell it.
    ownership: Option<OwnershipWord>,
    /// The privileges that cells on it give; `None` where it cannot be an asset.
    privileges: Option<BTreeMap<String, (Action, Levels)>>,
    /// Columns that are known to be secured: nobody has them with the row.
    columns: BTreeSet<String>,
}

/// What a privilege is about, by its name.
struct Place {
    table: String,
    verb: Verb,
    schema: Option<String>,
}

impl<'r> Tables<'r> {
    pub(super) fn new(request: &Request<'r>, bound: &Bound) -> Self {
        let names = request.names;
        let inventory = names.project.inventory.platforms.get(PLATFORM);
        let tables = bound.package.tables.iter_ids();
        let assets = tables.filter_map(|(id, table)| Some((table.as_ref()?.name.clone(), id))).collect();
        let cells = bound.package.privileges.iter().filter_map(|row| {
            let (action, assets) = row.cell.as_ref()?;
            let named = |id: &AssetId| Some((*id, bound.package.tables[*id].as_ref()?.name.clone()));
            let assets = assets.iter().filter_map(named).collect();
            Some((row.name.clone(), BoundPrivilege { action: *action, levels: row.levels, assets }))
        });
        let of_own_class = |asset: AssetId| {
            names.fields_of(asset).any(|field| {
                bound.facts.fields[field].is_some()
                    && names.class_of_field(field) == names.class_of_asset(asset)
            })
        };
        let objects = inventory.into_iter().flat_map(|it| &it.objects);
        let by_entity = objects.filter_map(|(table, object)| {
            let entity = object.privilege_entity.as_ref().or(object.schema_name.as_ref())?;
            Some((entity.as_str(), table.as_str()))
        });
        Self {
            names,
            known: Known { inventory },
            assets,
            bound: cells.collect(),
            open: names.assets.ids().filter(|it| of_own_class(*it)).collect(),
            by_entity: by_entity.collect(),
            drafts: BTreeMap::new(),
            used: BTreeSet::new(),
            withheld: request.withheld,
        }
    }

    /// Notes what a container asks for.
    pub(super) fn want(&mut self, container: &ReadContainer) {
        if container.kind == PROFILE {
            for row in &container.rows {
                if let Some((table, column)) = row.row.key.split_once('.') {
                    self.want_column(table, column);
                }
            }
            return;
        }
        for (name, level) in privileges(container) {
            if let Some(it) = self.bound.get(name) {
                self.used.extend(it.assets.iter().map(|(id, _)| *id));
            } else if let Some(place) = self.place(name) {
                let draft = self.drafts.entry(place.table).or_default();
                draft.wanted.insert((place.verb, level));
                // Of two spellings the first counts; the other is carried.
                draft.schema = draft.schema.take().or(place.schema);
            }
        }
    }

    /// A table whose secured column a profile opens is an asset too.
    fn want_column(&mut self, table: &str, column: &str) {
        if secured(self.known, table).any(|it| it == column) && !self.assets.contains_key(table) {
            self.drafts.entry(table.to_owned()).or_default();
        }
    }

    /// The table that a privilege is about, if the project has no asset for it.
    fn place(&self, name: &str) -> Option<Place> {
        if catalog::floor().any(|it| it.name == name) || !is_privilege_name(name) {
            return None;
        }
        let seen = splits(name).find_map(|(verb, entity)| {
            let table = self.by_entity.get(entity)?;
            Some(Place { table: (*table).to_owned(), verb, schema: None })
        });
        let shipped = || {
            let PrivilegeKind::Table(verb, entity) = catalog::privilege(name)?.kind else { return None };
            Some(Place { table: table_of(entity)?.to_owned(), verb, schema: None })
        };
        // A table of a publisher has the publisher's prefix, in lower case; its logical name is its schema name in lower case.
        let custom = || {
            let (verb, entity) = splits(name).find(|(_, entity)| is_custom(entity))?;
            let schema = Some((*entity).to_owned());
            Some(Place { table: entity.to_ascii_lowercase(), verb, schema })
        };
        let place = seen.or_else(shipped).or_else(custom)?;
        (!self.assets.contains_key(&place.table)).then_some(place)
    }

    /// Decides what each new table is, once everything is asked for.
    pub(super) fn decide(&mut self) {
        let (known, withheld) = (self.known, self.withheld);
        for (table, draft) in &mut self.drafts {
            if known.has_entity(table) {
                draft.schema = None;
            }
            if !known.has_ownership(table) {
                draft.ownership = Some(ownership(&draft.wanted));
            }
            // One that may not be secured is not listed: nobody can say who sees it.
            let columns = secured(known, table).filter(|it| !is_withheld(withheld, table, Some(it)));
            draft.columns = columns.map(str::to_owned).collect();
            let facts = known.table(&draft.part(table)).ok();
            let facts = facts.filter(|_| !is_withheld(withheld, table, None));
            draft.privileges = facts.map(|facts| {
                let all = facts.privileges.into_iter();
                all.map(|it| (it.name, (action_of(it.verb), it.levels))).collect()
            });
        }
    }

    /// The tables whose cells give a privilege at a depth, or why none does; `None` where it is about no table.
    pub(super) fn cells(
        &self,
        name: &str,
        level: Level,
    ) -> Option<Result<(Vec<&str>, Action), &'static str>> {
        if let Some(it) = self.bound.get(name) {
            return Some(if it.assets.iter().any(|(id, _)| self.open.contains(id)) {
                Err("columns-of-the-same-class")
            } else if it.levels.contains(level) {
                Ok((it.assets.iter().map(|(_, table)| table.as_str()).collect(), it.action))
            } else {
                Err("level-not-known")
            });
        }
        let Some(place) = self.place(name) else {
            let is_table =
                catalog::privilege(name).is_some_and(|it| matches!(it.kind, PrivilegeKind::Table(..)));
            return is_table.then_some(Err("not-a-table"));
        };
        let (table, draft) = self.drafts.get_key_value(&place.table)?;
        if is_withheld(self.withheld, table, None) {
            return Some(Err("reaches-others"));
        }
        let Some(privileges) = &draft.privileges else { return Some(Err("not-a-table")) };
        Some(match privileges.get(name) {
            Some((action, levels)) if levels.contains(level) => Ok((vec![table.as_str()], *action)),
            Some(_) => Err("level-not-known"),
            None => Err("unknown-names"),
        })
    }

    /// Whether a capability can hold a privilege at a depth.
    pub(super) fn miscellaneous(&self, name: &str, level: Level) -> Result<(), &'static str> {
        let listed = catalog::privilege(name);
        let exists = self.known.right(name).map_or(listed.is_some(), |it| it.is_some());
        if !exists || !is_privilege_name(name) {
            return Err("unknown-names");
        }
        let levels = self.known.levels(name, listed.map_or(Levels::NONE, catalog::Privilege::known_levels));
        if levels.contains(level) { Ok(()) } else { Err("level-not-known") }
    }

    /// What new tables are taken for because nothing but roles says it.
    pub(super) fn assumed(&self) -> Vec<Assumed> {
        let drafts = self.drafts.iter().filter(|(_, it)| it.privileges.is_some());
        let assumed = drafts.filter_map(|(table, draft)| {
            Some(Assumed { asset: table.clone(), assumption: assumption(draft.ownership?) })
        });
        assumed.collect()
    }

    /// Everything that was asked for and can be said.
    pub(super) fn finish(self) -> Vec<ImportedAsset> {
        let of_project = |(table, id): (&String, &AssetId)| ImportedAsset {
            key: table.clone(),
            known: Some(self.names.assets.name(*id).to_owned()),
            title: String::new(),
            binding: Yaml::default(),
            fields: Vec::new(),
        };
        let used = self.assets.iter().filter(|(_, id)| self.used.contains(id));
        let mut all: Vec<_> = used.map(of_project).collect();
        for (table, draft) in self.drafts.iter().filter(|(_, it)| it.privileges.is_some()) {
            let label = self.known.object(table).and_then(|it| it.label.clone());
            let field = |column: &String| ImportedField {
                key: column.clone(),
                known: None,
                binding: Yaml::from(column.as_str()),
                declared: None,
            };
            all.push(ImportedAsset {
                key: table.clone(),
                known: None,
                title: label.unwrap_or_default(),
                binding: draft.binding(table),
                fields: draft.columns.iter().map(field).collect(),
            });
        }
        all.sort_by(|a, b| a.key.cmp(&b.key));
        all
    }
}

impl Draft {
    fn part(&self, table: &str) -> AssetPart {
        let nowhere = Span::new(FileId(0), 0, 0);
        AssetPart {
            table: Text::new(table.to_owned(), nowhere),
            ownership: self.ownership.map(|it| Spanned::new(it, nowhere)),
            schema_name: self.schema.clone().map(|it| Text::new(it, nowhere)),
            privilege_entity: None,
            references: Vec::new(),
            securable: Vec::new(),
        }
    }

    fn binding(&self, table: &str) -> Yaml {
        let ownership = self.ownership.map(|it| match it {
            OwnershipWord::User => "user",
            OwnershipWord::Organization => "organization",
            OwnershipWord::Business => "business",
        });
        let all = [("table", Some(table)), ("ownership", ownership), ("schema-name", self.schema.as_deref())];
        Yaml::map(all.into_iter().filter_map(|(key, value)| Some((key, Yaml::from(value?)))))
    }
}

/// What the privileges of roles prove of who owns the rows. A table of the organisation knows Global alone, so that is what
/// one is taken for of which nothing else was seen: whatever is written of it later is rounded down.
fn ownership(wanted: &BTreeSet<(Verb, Level)>) -> OwnershipWord {
    let proves =
        |(verb, level): &(Verb, Level)| *level != Level::Global || matches!(verb, Verb::Assign | Verb::Share);
    if wanted.iter().any(proves) { OwnershipWord::User } else { OwnershipWord::Organization }
}

/// What people are told of an ownership that only roles prove.
fn assumption(ownership: OwnershipWord) -> Assumption {
    match ownership {
        OwnershipWord::User | OwnershipWord::Business => Assumption {
            taken_for: "rows of users and teams",
            why: "roles have a depth below `org`, or may assign or share, and nothing else says who owns the rows",
        },
        OwnershipWord::Organization => Assumption {
            taken_for: "rows of the organisation",
            why: "roles have it at `org` alone, and nothing else says who owns the rows",
        },
    }
}

/// Whether a table, or a column of it, is kept out of the catalogue of the project.
fn is_withheld(withheld: &Withholding, table: &str, column: Option<&str>) -> bool {
    let target = Target { asset: table.to_owned(), field: column.map(str::to_owned) };
    withheld.contains_key(&target)
}

/// The columns of a table that are known to be secured.
fn secured<'p>(known: Known<'p>, table: &str) -> impl Iterator<Item = &'p str> {
    let fields = known.object(table).into_iter().flat_map(|it| &it.fields);
    fields.filter(|(_, it)| it.secured == Some(true)).map(|(name, _)| name.as_str())
}

/// The verb and the rest of the name of a privilege, longer verbs first.
pub(super) fn splits(name: &str) -> impl Iterator<Item = (Verb, &str)> {
    let rest = name.strip_prefix("prv").unwrap_or_default();
    let mut verbs = Verb::ALL;
    verbs.sort_by_key(|verb| std::cmp::Reverse(verb.word().len()));
    verbs.into_iter().filter_map(move |verb| {
        let entity = rest.strip_prefix(verb.word()).filter(|it| !it.is_empty())?;
        Some((verb, entity))
    })
}

pub(super) fn is_custom(entity: &str) -> bool {
    entity.split_once('_').is_some_and(|(prefix, rest)| {
        let letters = prefix.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit());
        letters && prefix.starts_with(|it: char| it.is_ascii_lowercase()) && !rest.is_empty()
    })
}

/// Of the tables that share privileges the one that they are named after.
fn table_of(entity: &str) -> Option<&'static str> {
    let all: Vec<_> = catalog::tables_of_privilege_entity(entity).collect();
    let named = all.iter().find(|it| it.schema == entity);
    let pointer = || all.iter().find(|it| it.name == "activitypointer");
    named.or_else(pointer).or(all.first()).map(|it| it.name)
}
