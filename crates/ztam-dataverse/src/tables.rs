//! What a table and a column are: catalogue, inventory and matrix asked in turn, and refused where none of them knows.

use std::collections::BTreeSet;

use ztam_backend::rules::{BINDING, UNDECLARED};
use ztam_graph::facts::{Evidence, Securable};
use ztam_model::inventory::{InventoryObject, InventoryRight, Part, PlatformInventory};
use ztam_model::project::Text;
use ztam_source::finding::Finding;
use ztam_source::suggest;

use crate::catalog::{self, Level, Levels, Ownership, Verb};
use crate::parts::{AssetPart, OwnershipWord};
use crate::switch::Switch;

/// A privilege of a table.
#[derive(Clone, Debug)]
pub(crate) struct TablePrivilege {
    pub(crate) verb: Verb,
    pub(crate) name: String,
    pub(crate) levels: Levels,
}

/// What is known of a bound table.
#[derive(Clone, Debug)]
pub(crate) struct TableFacts {
    pub(crate) name: String,
    pub(crate) privileges: Vec<TablePrivilege>,
    /// Other tables with the same privileges, by logical name.
    pub(crate) sharing: BTreeSet<String>,
    /// Logical names of tables that its lookups point to.
    pub(crate) references: BTreeSet<String>,
    pub(crate) evidence: Evidence,
}

/// What is known of a bound column.
#[derive(Clone, Debug)]
pub(crate) struct ColumnFacts {
    pub(crate) securable: Securable,
    /// `IsSecured` as the inventory has it.
    pub(crate) secured: Option<bool>,
    /// What the import says to secure it, where the inventory has its definition.
    pub(crate) switch: Option<Switch>,
    pub(crate) read_only: bool,
    /// Whether a profile can hold its rights to (create, update).
    pub(crate) writes: (bool, bool),
    pub(crate) evidence: Evidence,
}

/// What can be asked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known<'p> {
    pub(crate) inventory: Option<&'p PlatformInventory>,
}

impl<'p> Known<'p> {
    pub(crate) fn object(self, table: &str) -> Option<&'p InventoryObject> {
        self.inventory?.objects.get(table)
    }

    /// The inventory's word on a right: `None` where it has no list of rights, `Some(None)` where the right is not in it.
    #[expect(clippy::option_option, reason = "no list and not in the list are different answers")]
    pub(crate) fn right(self, name: &str) -> Option<Option<&'p InventoryRight>> {
        let rights = &self.inventory?.rights;
        let listed = rights.get(name);
        let says_all = !rights.is_empty() && !self.is_partial(Part::Rights);
        (says_all || listed.is_some()).then_some(listed)
    }

    fn is_partial(self, part: Part) -> bool {
        self.inventory.is_some_and(|it| it.partial.contains(&part))
    }

    /// The depths of a privilege: the inventory's if it has them, else these.
    pub(crate) fn levels(self, name: &str, otherwise: Levels) -> Levels {
        match self.right(name) {
            Some(Some(right)) if !right.levels.is_empty() => {
                let named =
                    |level: &Level| right.levels.iter().any(|word| word.eq_ignore_ascii_case(level.word()));
                let levels: Vec<_> = Level::ALL.into_iter().filter(named).collect();
                Levels::of(&levels)
            }
            Some(None) => Levels::NONE,
            _ => otherwise,
        }
    }

    /// Whether inventory or catalogue say who owns the rows of a table.
    pub(crate) fn has_ownership(self, table: &str) -> bool {
        let seen = self.object(table).and_then(|it| it.ownership.as_deref()).and_then(ownership_of_word);
        seen.is_some() || catalog::table(table).is_some_and(|it| it.ownership != Ownership::Unknown)
    }

    /// Whether inventory or catalogue say what the privileges of a table are called.
    pub(crate) fn has_entity(self, table: &str) -> bool {
        let seen = |it: &InventoryObject| it.privilege_entity.is_some() || it.schema_name.is_some();
        self.object(table).is_some_and(seen) || catalog::table(table).is_some()
    }

    /// What the bound table is.
    pub(crate) fn table(self, part: &AssetPart) -> Result<TableFacts, Box<Finding>> {
        let name = part.table.value.as_str();
        let object = self.object(name);
        let shipped = catalog::table(name);
        let declared = part.ownership.is_some();
        if object.is_none() && shipped.is_none() && !declared {
            return Err(self.unknown_table(&part.table));
        }
        if declared && object.is_none() && shipped.is_none() && part.schema_name.is_none() {
            let title = format!("the table `{name}` is declared without the name that its privileges have");
            let help =
                "add `schema-name:`, as it stands in privileges: `acme_Payment` in `prvReadacme_Payment`";
            return Err(Box::new(
                Finding::new(&BINDING, title).at(part.table.span, "declared here").help(help),
            ));
        }
        let ownership = self.ownership(part, object, shipped)?;
        let entity = entity(part, object, shipped)?;
        let evidence = match (object, shipped) {
            (Some(_), _) | (None, None) => Evidence::Declared,
            (None, Some(table)) if table.evidence == catalog::Evidence::Documented => Evidence::Documented,
            (None, Some(_)) => Evidence::Observed,
        };
        let lookups = object.into_iter().flat_map(|it| it.fields.values()).flat_map(|it| &it.references);
        let references = lookups.cloned().chain(catalog::references(name).map(str::to_owned));
        Ok(TableFacts {
            name: name.to_owned(),
            privileges: self.privileges(ownership, &entity, shipped),
            sharing: self.sharing(name, &entity),
            references: references.chain(part.references.iter().map(|it| it.value.clone())).collect(),
            evidence,
        })
    }

    fn unknown_table(self, table: &Text) -> Box<Finding> {
        let own = self.inventory.into_iter().flat_map(|it| it.objects.keys().map(String::as_str));
        let all = catalog::tables().map(|it| it.name).chain(own);
        let meant = catalog::canonical_table(&table.value).or_else(|| suggest::closest(&table.value, all));
        let title = format!("no table `{}` is known", table.value);
        let finding = Finding::new(&UNDECLARED, title)
            .at(table.span, "neither the catalogue nor an inventory has it")
            .fact("table", table.value.clone());
        Box::new(match meant {
            Some(meant) => finding.help(format!("did you mean `{meant}`?")),
            None => finding.help(
                "add the table to `inventory/`, or declare it here with `ownership:` and `schema-name:`",
            ),
        })
    }

    fn ownership(
        self,
        part: &AssetPart,
        object: Option<&InventoryObject>,
        shipped: Option<&catalog::Table>,
    ) -> Result<Ownership, Box<Finding>> {
        let seen = object.and_then(|it| it.ownership.as_deref()).and_then(ownership_of_word);
        let known = seen.or_else(|| shipped.map(|it| it.ownership).filter(|it| *it != Ownership::Unknown));
        let declared = part.ownership.map(|it| match it.value {
            OwnershipWord::User => Ownership::User,
            OwnershipWord::Organization => Ownership::Organisation,
            OwnershipWord::Business => Ownership::Business,
        });
        if let (Some(known), Some(declared), Some(place)) = (known, declared, part.ownership)
            && known != declared
        {
            let title =
                format!("the table `{}` has another ownership than the matrix says", part.table.value);
            let finding = Finding::new(&BINDING, title)
                .at(place.span, format!("it is owned by {}", ownership_words(known)))
                .help("remove `ownership:`; the depths of its privileges follow from what it really is");
            return Err(Box::new(finding));
        }
        Ok(known.or(declared).unwrap_or(Ownership::Unknown))
    }

    /// The privileges that the table has, in the order of the role editor.
    fn privileges(
        self,
        ownership: Ownership,
        entity: &Entity<'_>,
        shipped: Option<&catalog::Table>,
    ) -> Vec<TablePrivilege> {
        let mut privileges = Vec::new();
        for verb in Verb::ALL {
            let listed = match entity {
                Entity::Shipped(table) => table.privilege(verb),
                Entity::Named(entity) => catalog::privilege_for(entity, verb),
            };
            let by_ownership = levels_of(ownership, verb);
            let (name, levels) = match listed {
                Some(privilege) => {
                    let known = privilege.known_levels();
                    (privilege.name.to_owned(), if known.is_empty() { by_ownership } else { known })
                }
                None if is_complete(entity, shipped) => continue,
                None => (format!("prv{}{}", verb.word(), entity.name()), by_ownership),
            };
            let levels = self.levels(&name, levels);
            if !levels.is_empty() {
                privileges.push(TablePrivilege { verb, name, levels });
            }
        }
        privileges
    }

    /// Other tables that the same privileges reach.
    fn sharing(self, table: &str, entity: &Entity<'_>) -> BTreeSet<String> {
        let entities: Vec<&str> = match entity {
            Entity::Shipped(shipped) => shipped.privilege_entities.clone(),
            Entity::Named(name) => vec![name],
        };
        let shipped = entities.iter().flat_map(|entity| catalog::tables_of_privilege_entity(entity));
        let objects = self.inventory.into_iter().flat_map(|it| &it.objects);
        let seen = objects.filter(|(_, object)| {
            object.privilege_entity.as_deref().is_some_and(|entity| entities.contains(&entity))
        });
        let all = shipped.map(|it| it.name.to_owned()).chain(seen.map(|(name, _)| name.clone()));
        all.filter(|other| other != table).collect()
    }

    /// What the bound column is.
    pub(crate) fn column(self, asset: &AssetPart, column: &Text) -> Result<ColumnFacts, Box<Finding>> {
        let table = asset.table.value.as_str();
        let name = column.value.as_str();
        let said = asset.securable.iter().any(|it| it.value == name);
        let fields = self.object(table).map(|it| &it.fields).filter(|it| !it.is_empty());
        let seen = fields.and_then(|it| it.get(name));
        let fields = fields.filter(|_| seen.is_some() || !self.is_partial(Part::Fields));
        let shipped = catalog::column(table, name);
        let is_custom = name.contains('_');
        if fields.map_or(shipped.is_none() && !is_custom && !said, |_| seen.is_none()) {
            return Err(self.unknown_column(table, column));
        }
        let writes = shipped.map_or((true, true), |it| (it.securable_create, it.securable_update));
        let securable = match (seen.and_then(|it| it.securable), shipped) {
            (Some(true), _) => Securable::Yes,
            (Some(false), _) => Securable::No("the environment says that it cannot be secured"),
            (None, _) if said => Securable::Yes,
            (None, Some(column)) if column.securable_read => Securable::Yes,
            (None, Some(_)) => Securable::No("Dataverse cannot keep it from being read"),
            (None, None) if is_custom => Securable::Yes,
            (None, None) => Securable::Unknown,
        };
        let evidence = match (seen, shipped) {
            (None, Some(_)) if !said => Evidence::Documented,
            _ => Evidence::Declared,
        };
        let read_only = seen.is_some_and(|it| it.formula)
            || shipped.is_some_and(|it| it.securable_read && !it.securable_create && !it.securable_update);
        let secured = seen.and_then(|it| it.secured);
        let switch = seen.and_then(|it| it.definition.as_deref()).and_then(|it| Switch::new(name, it));
        let switch = switch.filter(|_| securable == Securable::Yes && secured != Some(true));
        Ok(ColumnFacts { securable, secured, switch, read_only, writes, evidence })
    }

    fn unknown_column(self, table: &str, column: &Text) -> Box<Finding> {
        let own = self.object(table).into_iter().flat_map(|it| it.fields.keys().map(String::as_str));
        let all = own.chain(catalog::columns(table).map(|it| it.name));
        let title = format!("the table `{table}` is not known to have a column `{}`", column.value);
        let finding = Finding::new(&UNDECLARED, title)
            .at(column.span, "neither the catalogue nor an inventory has it")
            .fact("table", table)
            .fact("column", column.value.clone());
        Box::new(match suggest::closest(&column.value, all) {
            Some(meant) => finding.help(format!("did you mean `{meant}`?")),
            None => finding
                .help("add the column to `inventory/`, or to `securable:` of the asset if it can be secured"),
        })
    }
}

/// Whose privileges a table has.
enum Entity<'a> {
    /// Those that the catalogue lists for it.
    Shipped(&'a catalog::Table),
    /// Those made of a name.
    Named(&'a str),
}

impl Entity<'_> {
    fn name(&self) -> &str {
        match self {
            Self::Shipped(table) => table.privilege_entities.first().copied().unwrap_or(table.schema),
            Self::Named(name) => name,
        }
    }
}

/// The inventory's word counts first, then the catalogue's, then the matrix's.
fn entity<'a>(
    part: &'a AssetPart,
    object: Option<&'a InventoryObject>,
    shipped: Option<&'a catalog::Table>,
) -> Result<Entity<'a>, Box<Finding>> {
    if let Some(entity) = object.and_then(|it| it.privilege_entity.as_deref()) {
        return Ok(Entity::Named(entity));
    }
    if let Some(table) = shipped {
        let known = |name: &Text| {
            name.value == table.schema || table.privilege_entities.contains(&name.value.as_str())
        };
        if let Some(name) = part.privilege_entity.iter().chain(&part.schema_name).find(|it| !known(it)) {
            let title = format!("the privileges of `{}` are not made of `{}`", part.table.value, name.value);
            let names = table.privilege_entities.join("`, `");
            let finding = Finding::new(&BINDING, title).at(name.span, format!("they are made of `{names}`"));
            return Err(Box::new(finding.help("remove the key: the catalogue knows the table")));
        }
        return Ok(Entity::Shipped(table));
    }
    let declared = part.privilege_entity.as_ref().map(|it| it.value.as_str());
    let schema = object.and_then(|it| it.schema_name.as_deref());
    let named = declared.or(schema).or_else(|| part.schema_name.as_ref().map(|it| it.value.as_str()));
    match named.filter(|name| is_name(name)) {
        Some(name) => Ok(Entity::Named(name)),
        None => {
            let title =
                format!("the name in the privileges of the table `{}` is not known", part.table.value);
            let finding = Finding::new(&BINDING, title).at(part.table.span, "bound here");
            Err(Box::new(
                finding
                    .help("add `schema-name:`, letters, digits and underscores, case as in its privileges"),
            ))
        }
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'_')
}

/// Whether the list of the table's privileges is complete, so that a missing one does not exist.
fn is_complete(entity: &Entity<'_>, shipped: Option<&catalog::Table>) -> bool {
    match entity {
        Entity::Shipped(table) => {
            table.privilege_entities.is_empty() || table.evidence == catalog::Evidence::Documented
        }
        // A custom activity has what every activity has.
        Entity::Named(name) => {
            shipped.is_some() || catalog::tables_of_privilege_entity(name).next().is_some()
        }
    }
}

/// The depths that follow from ownership.
fn levels_of(ownership: Ownership, verb: Verb) -> Levels {
    match ownership {
        Ownership::User => Levels::of(&Level::ALL),
        Ownership::Organisation if matches!(verb, Verb::Assign | Verb::Share) => Levels::NONE,
        Ownership::Organisation => Levels::of(&[Level::Global]),
        Ownership::Business => Levels::of(&[Level::Local, Level::Deep, Level::Global]),
        Ownership::None | Ownership::Unknown => Levels::NONE,
    }
}

fn ownership_of_word(word: &str) -> Option<Ownership> {
    match word.to_ascii_lowercase().as_str() {
        "userowned" | "user" => Some(Ownership::User),
        "organizationowned" | "orgowned" | "organization" => Some(Ownership::Organisation),
        "businessowned" | "business" => Some(Ownership::Business),
        "none" | "unowned" => Some(Ownership::None),
        _ => None,
    }
}

fn ownership_words(ownership: Ownership) -> &'static str {
    match ownership {
        Ownership::User => "users and teams",
        Ownership::Organisation => "the organisation",
        Ownership::Business => "a business unit",
        Ownership::None => "nobody",
        Ownership::Unknown => "nobody knows whom",
    }
}
