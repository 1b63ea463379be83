//! What is known of Dataverse without an environment: standard tables, privileges, columns, relationships,
//! and the privileges that users hold before any role of ours.
//!
//! The facts live in `data/*.tsv`, one fact per row with a mark of how sure it is; the head of each file says
//! what its columns mean and how old it is. They are read on first use. Much of it is of 2015, and later
//! tables are known only as far as real roles name them: what is not here is *unknown*, not wrong, and the
//! caller refuses it or asks the inventory. Look-ups are exact in case; the `canonical_*` functions find the
//! right spelling for a suggestion.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use ztam_backend::danger::{self, Flag, Flags, Risk, Tier};
use ztam_backend::escalation::EdgeRow;

/// How sure a fact is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Evidence {
    /// Seen in real roles.
    Observed,
    /// Documented by the vendor or in the metadata of its SDK.
    Documented,
    /// One unofficial source: say so in every message.
    Unverified,
}

impl Evidence {
    fn parse(mark: &str) -> Option<Self> {
        match mark {
            "o" => Some(Self::Observed),
            "d" | "s" => Some(Self::Documented),
            "u" => Some(Self::Unverified),
            _ => None,
        }
    }
}

/// How deep a privilege reaches, narrow to wide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Rows of the user, or of a team of the user.
    Basic,
    /// Rows of the business unit.
    Local,
    /// Rows of the business unit and those below it.
    Deep,
    /// All rows.
    Global,
}

impl Level {
    /// All levels, narrow to wide.
    pub const ALL: [Self; 4] = [Self::Basic, Self::Local, Self::Deep, Self::Global];

    /// The word in role files.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Basic => "Basic",
            Self::Local => "Local",
            Self::Deep => "Deep",
            Self::Global => "Global",
        }
    }

    fn letter(self) -> char {
        match self {
            Self::Basic => 'B',
            Self::Local => 'L',
            Self::Deep => 'D',
            Self::Global => 'G',
        }
    }
}

/// A set of [`Level`]s.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Levels(u8);

impl Levels {
    /// No level: for a privilege, that its levels are not known.
    pub const NONE: Self = Self(0);

    /// These levels.
    #[must_use]
    pub fn of(levels: &[Level]) -> Self {
        Self(levels.iter().fold(0, |bits, level| bits | 1 << *level as u8))
    }

    /// Whether the level is in the set.
    #[must_use]
    pub fn contains(self, level: Level) -> bool {
        self.0 & (1 << level as u8) != 0
    }

    /// Whether the set is empty.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The levels that are in either set.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The levels, narrow to wide.
    pub fn iter(self) -> impl DoubleEndedIterator<Item = Level> {
        Level::ALL.into_iter().filter(move |level| self.contains(*level))
    }

    /// The widest level of the set that is no wider than `level`.
    #[must_use]
    pub fn at_most(self, level: Level) -> Option<Level> {
        self.iter().rfind(|candidate| *candidate <= level)
    }

    fn parse(letters: &str) -> Option<Self> {
        letters.chars().try_fold(Self::NONE, |set, letter| {
            let level = Level::ALL.into_iter().find(|level| level.letter() == letter)?;
            Some(set.union(Self::of(&[level])))
        })
    }
}

/// What a table privilege lets its holder do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verb {
    /// Make a row.
    Create,
    /// See a row.
    Read,
    /// Change a row.
    Write,
    /// Delete a row.
    Delete,
    /// Attach a row to another one: the side with the lookup.
    Append,
    /// Have rows attached: the side that the lookup names.
    AppendTo,
    /// Give a row to another owner.
    Assign,
    /// Share a row.
    Share,
}

impl Verb {
    /// All verbs, in the order of the role editor.
    pub const ALL: [Self; 8] = [
        Self::Create,
        Self::Read,
        Self::Write,
        Self::Delete,
        Self::Append,
        Self::AppendTo,
        Self::Assign,
        Self::Share,
    ];

    /// The word in privilege names.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Create => "Create",
            Self::Read => "Read",
            Self::Write => "Write",
            Self::Delete => "Delete",
            Self::Append => "Append",
            Self::AppendTo => "AppendTo",
            Self::Assign => "Assign",
            Self::Share => "Share",
        }
    }

    /// The verb and entity in the name of a table privilege. One shipped name spells its verb in another
    /// case.
    fn split(privilege: &'static str) -> Option<(Self, &'static str)> {
        let rest = privilege.strip_prefix("prv")?;
        let named = Self::ALL.into_iter().filter_map(|verb| {
            let (head, entity) = rest.split_at_checked(verb.word().len())?;
            head.eq_ignore_ascii_case(verb.word()).then_some((verb, entity))
        });
        named.max_by_key(|(verb, _)| verb.word().len())
    }
}

/// Who owns the rows of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ownership {
    /// Users and teams.
    User,
    /// The organisation.
    Organisation,
    /// A business unit.
    Business,
    /// Nobody: a part of another row, or no rows of its own.
    None,
    /// Not known.
    Unknown,
}

/// What is known of a standard table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// Logical name.
    pub name: &'static str,
    /// Schema name.
    pub schema: &'static str,
    /// Who owns its rows.
    pub ownership: Ownership,
    /// The entity names in its privileges: mostly its schema name, sometimes one shared with other tables,
    /// two for a few, none for a table that has no privileges.
    pub privilege_entities: Vec<&'static str>,
    /// Whether it is an activity.
    pub is_activity: bool,
    /// Whether its rows are parts of the rows of another table.
    pub is_child: bool,
    /// Whether it only joins two tables.
    pub is_intersect: bool,
    /// `Observed`: known from real roles only, so ownership is unknown, the logical name assumed, and
    /// privileges that no role held are missing.
    pub evidence: Evidence,
}

impl Table {
    /// The table's privilege for a verb; `None` if it has none, or none is known.
    #[must_use]
    pub fn privilege(&self, verb: Verb) -> Option<&'static Privilege> {
        self.privilege_entities.iter().find_map(|entity| privilege_for(entity, verb))
    }
}

/// What kind of privilege it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PrivilegeKind {
    /// A verb on the tables of an entity.
    Table(Verb, &'static str),
    /// Miscellaneous: not about one table.
    Miscellaneous,
    /// About taking data out of the service.
    Privacy,
}

/// How the levels of a privilege are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LevelsBasis {
    /// Flags in the SDK's metadata of 2015.
    Sdk,
    /// Documentation.
    Docs,
    /// The rule for its kind, unverified for this one.
    Assumed,
    /// Only the levels that were seen.
    Observed,
    /// Not at all.
    Unknown,
}

impl LevelsBasis {
    fn parse(word: &str) -> Option<Self> {
        match word {
            "sdk" => Some(Self::Sdk),
            "docs" => Some(Self::Docs),
            "assumed" => Some(Self::Assumed),
            "observed" => Some(Self::Observed),
            "unknown" => Some(Self::Unknown),
            _ => None,
        }
    }
}

/// What is known of a privilege.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Privilege {
    /// Name, as in role files.
    pub name: &'static str,
    /// What it is about.
    pub kind: PrivilegeKind,
    /// The levels it allows; none = not known.
    pub levels: Levels,
    /// Levels beyond `levels` that real roles hold it at.
    pub seen: Levels,
    /// How `levels` is known.
    pub basis: LevelsBasis,
    /// Our rating.
    pub risk: Risk,
    /// How far it escalates, if it does.
    pub tier: Option<Tier>,
    /// What it can do.
    pub flags: Flags,
    /// How sure the name is.
    pub evidence: Evidence,
}

impl Privilege {
    /// The levels that it is known to accept: allowed, or seen in real roles.
    #[must_use]
    pub fn known_levels(&self) -> Levels {
        self.levels.union(self.seen)
    }
}

/// What is known of a standard column, as of 2015.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Logical name.
    pub name: &'static str,
    /// Whether a profile can protect it when a row is made.
    pub securable_create: bool,
    /// Whether a profile can protect it from being read.
    pub securable_read: bool,
    /// Whether a profile can protect it from being changed.
    pub securable_update: bool,
    /// Whether it is secured from the start.
    pub is_secured: bool,
}

/// A standard table by its logical name.
#[must_use]
pub fn table(logical: &str) -> Option<&'static Table> {
    find(&TABLES, logical, |table| table.name)
}

/// All standard tables, sorted by logical name.
pub fn tables() -> impl Iterator<Item = &'static Table> {
    TABLES.iter()
}

/// The right spelling of a table's logical name, whatever the case of `name`.
#[must_use]
pub fn canonical_table(name: &str) -> Option<&'static str> {
    same_but_case(tables().map(|table| table.name), name)
}

/// The tables that the privileges of an entity reach. Custom activities belong to `Activity` too.
pub fn tables_of_privilege_entity(entity: &str) -> impl Iterator<Item = &'static Table> {
    TABLES.iter().filter(move |table| table.privilege_entities.contains(&entity))
}

/// A privilege by its exact name.
#[must_use]
pub fn privilege(name: &str) -> Option<&'static Privilege> {
    find(&PRIVILEGES, name, |privilege| privilege.name)
}

/// All privileges, sorted by name.
pub fn privileges() -> impl Iterator<Item = &'static Privilege> {
    PRIVILEGES.iter()
}

/// The names of all privileges, sorted.
pub fn privilege_names() -> impl Iterator<Item = &'static str> {
    PRIVILEGES.iter().map(|privilege| privilege.name)
}

/// The right spelling of a privilege, whatever the case of `name`.
#[must_use]
pub fn canonical_privilege(name: &str) -> Option<&'static str> {
    same_but_case(privilege_names(), name)
}

/// The privilege for a verb on an entity, under the name it ships with.
#[must_use]
pub fn privilege_for(entity: &str, verb: Verb) -> Option<&'static Privilege> {
    BY_ENTITY.get(&(entity, verb)).copied()
}

/// How rights make their holder more than they are, sorted.
#[must_use]
pub fn escalations() -> &'static [EdgeRow] {
    &ESCALATIONS
}

/// A column of a standard table.
#[must_use]
pub fn column(table: &str, column: &str) -> Option<Column> {
    columns(table).find(|known| known.name == column)
}

/// The columns of a standard table, sorted by name; empty for a table whose columns are not known.
pub fn columns(table: &str) -> impl Iterator<Item = Column> {
    let cell = COLUMNS.get(table).copied().unwrap_or_default();
    cell.split_terminator(' ').filter_map(column_facts)
}

/// The tables that a standard table's lookups point to, sorted; it needs Append, they need Append To.
pub fn references(table: &str) -> impl Iterator<Item = &'static str> {
    RELATIONSHIPS.get(&(table, "1N")).copied().unwrap_or_default().split_terminator(' ')
}

/// The pairs of standard tables that are related many to many, sorted; both need Append.
pub fn many_to_many() -> impl Iterator<Item = (&'static str, &'static str)> {
    let pairs = RELATIONSHIPS.iter().filter(|((_, kind), _)| *kind == "NN");
    pairs.flat_map(|((first, _), others)| others.split(' ').map(move |second| (*first, second)))
}

/// The nine privileges that every new role gets from the platform, all at Global, sorted.
pub fn floor() -> impl Iterator<Item = &'static Privilege> {
    PRIVILEGES.iter().filter(|privilege| privilege.flags.contains(Flag::Floor))
}

/// What a copy of the Basic User role of 2025 holds, sorted by privilege: the floor under users who have that
/// role too.
#[must_use]
pub fn basic_user() -> &'static [(&'static str, Level)] {
    &BASIC_USER
}

static TABLES: LazyLock<Vec<Table>> = LazyLock::new(|| rows(include_str!("data/tables.tsv"), table_row));
static PRIVILEGES: LazyLock<Vec<Privilege>> =
    LazyLock::new(|| rows(include_str!("data/privileges.tsv"), privilege_row));
static BY_ENTITY: LazyLock<BTreeMap<(&'static str, Verb), &'static Privilege>> = LazyLock::new(|| {
    let named = PRIVILEGES.iter().filter_map(|privilege| match privilege.kind {
        PrivilegeKind::Table(verb, entity) => Some(((entity, verb), privilege)),
        PrivilegeKind::Miscellaneous | PrivilegeKind::Privacy => None,
    });
    named.collect()
});
static ESCALATIONS: LazyLock<Vec<EdgeRow>> =
    LazyLock::new(|| ztam_backend::escalation::rows(include_str!("data/escalation.tsv")));
static BASIC_USER: LazyLock<Vec<(&'static str, Level)>> =
    LazyLock::new(|| rows(include_str!("data/basic_user.tsv"), basic_user_row));
/// Table to its columns, still as text: most runs look at a few tables of some three hundred.
static COLUMNS: LazyLock<BTreeMap<&'static str, &'static str>> = LazyLock::new(|| {
    rows(include_str!("data/columns.tsv"), |cells| Some((cells.next()?, cells.next()?))).into_iter().collect()
});
static RELATIONSHIPS: LazyLock<BTreeMap<(&'static str, &'static str), &'static str>> =
    LazyLock::new(|| rows(include_str!("data/relationships.tsv"), relationship_row).into_iter().collect());

type Cells = std::str::Split<'static, char>;

/// The rows of a data file. A row that does not parse is left out: then the name is unknown, which refuses.
/// The tests see to it that none is.
fn rows<T>(text: &'static str, row: impl Fn(&mut Cells) -> Option<T>) -> Vec<T> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines
        .filter_map(|line| {
            let mut cells = line.split('\t');
            let parsed = row(&mut cells)?;
            cells.next().is_none().then_some(parsed)
        })
        .collect()
}

fn table_row(cells: &mut Cells) -> Option<Table> {
    let (name, schema) = (cells.next()?, cells.next()?);
    let ownership = match cells.next()? {
        "u" => Ownership::User,
        "o" => Ownership::Organisation,
        "b" => Ownership::Business,
        "n" => Ownership::None,
        "-" => Ownership::Unknown,
        _ => return None,
    };
    let privilege_entities = cells.next()?.split_terminator(' ').collect();
    let kind = cells.next()?;
    Some(Table {
        name,
        schema,
        ownership,
        privilege_entities,
        is_activity: kind.contains('a'),
        is_child: kind.contains('c'),
        is_intersect: kind.contains('x'),
        evidence: Evidence::parse(cells.next()?)?,
    })
}

fn privilege_row(cells: &mut Cells) -> Option<Privilege> {
    let name = cells.next()?;
    let kind = match cells.next()? {
        "t" => Verb::split(name).map(|(verb, entity)| PrivilegeKind::Table(verb, entity))?,
        "m" => PrivilegeKind::Miscellaneous,
        "p" => PrivilegeKind::Privacy,
        _ => return None,
    };
    Some(Privilege {
        name,
        kind,
        levels: Levels::parse(cells.next()?)?,
        seen: Levels::parse(cells.next()?)?,
        basis: LevelsBasis::parse(cells.next()?)?,
        risk: Risk::parse(cells.next()?)?,
        tier: danger::tier(cells.next()?)?,
        flags: Flags::parse(cells.next()?)?,
        evidence: Evidence::parse(cells.next()?)?,
    })
}

fn basic_user_row(cells: &mut Cells) -> Option<(&'static str, Level)> {
    let name = cells.next()?;
    let mut levels = Levels::parse(cells.next()?)?.iter();
    let level = levels.next()?;
    levels.next().is_none().then_some((name, level))
}

fn relationship_row(cells: &mut Cells) -> Option<((&'static str, &'static str), &'static str)> {
    let table = cells.next()?;
    let kind = cells.next().filter(|kind| matches!(*kind, "1N" | "NN"))?;
    Some(((table, kind), cells.next()?))
}

/// `name` or `name:cru!`.
fn column_facts(text: &'static str) -> Option<Column> {
    let (name, marks) = text.split_once(':').unwrap_or((text, ""));
    marks.chars().all(|mark| "cru!".contains(mark)).then_some(Column {
        name,
        securable_create: marks.contains('c'),
        securable_read: marks.contains('r'),
        securable_update: marks.contains('u'),
        is_secured: marks.contains('!'),
    })
}

fn find<'a, T>(sorted: &'a [T], name: &str, key: impl Fn(&T) -> &'static str) -> Option<&'a T> {
    sorted.binary_search_by(|item| key(item).cmp(name)).ok().and_then(|position| sorted.get(position))
}

fn same_but_case(mut names: impl Iterator<Item = &'static str>, name: &str) -> Option<&'static str> {
    names.find(|known| known.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILES: [(&str, usize); 6] = [
        (include_str!("data/tables.tsv"), 398),
        (include_str!("data/privileges.tsv"), 1079),
        (include_str!("data/basic_user.tsv"), 462),
        (include_str!("data/columns.tsv"), 324),
        (include_str!("data/relationships.tsv"), 279),
        (include_str!("data/escalation.tsv"), 15),
    ];

    fn levels(name: &str) -> String {
        privilege(name).unwrap().levels.iter().map(Level::letter).collect()
    }

    #[test]
    fn files_are_sorted_and_without_duplicates() {
        for (text, count) in FILES {
            let body: Vec<_> = text.lines().skip_while(|line| line.starts_with('#')).collect();
            assert!(text.starts_with("# "), "a data file says what it holds");
            assert_eq!(body.len(), count);
            assert!(body.windows(2).all(|pair| pair[0] < pair[1]), "sorted by bytes: {:?}", body.first());
        }
    }

    #[test]
    fn every_row_parses() {
        let parsed = [
            TABLES.len(),
            PRIVILEGES.len(),
            BASIC_USER.len(),
            COLUMNS.len(),
            RELATIONSHIPS.len(),
            ESCALATIONS.len(),
        ];
        assert_eq!(parsed, FILES.map(|(_, count)| count));
        let written: usize = COLUMNS.values().map(|cell| cell.split(' ').count()).sum();
        let read: usize = COLUMNS.keys().map(|table| columns(table).count()).sum();
        assert_eq!((read, written), (7875, 7875));
        let table_privileges = privileges().filter(|p| matches!(p.kind, PrivilegeKind::Table(..))).count();
        assert_eq!(BY_ENTITY.len(), table_privileges, "one privilege for each verb and entity");
    }

    #[test]
    fn names_are_unique_and_sorted_within_what_is_looked_up() {
        assert!(TABLES.windows(2).all(|pair| pair[0].name < pair[1].name));
        assert!(PRIVILEGES.windows(2).all(|pair| pair[0].name < pair[1].name));
        for table in COLUMNS.keys() {
            let names: Vec<_> = columns(table).map(|column| column.name).collect();
            assert!(names.is_sorted_by(|a, b| a < b), "{table}");
        }
    }

    #[test]
    fn every_name_that_a_row_refers_to_is_known() {
        assert!(COLUMNS.keys().all(|name| table(name).is_some()));
        for ((from, _), to) in RELATIONSHIPS.iter() {
            assert!(table(from).is_some() && to.split(' ').all(|name| table(name).is_some()), "{from}");
        }
        assert!(basic_user().iter().all(|(name, _)| privilege(name).is_some()));
        for table in tables() {
            for entity in &table.privilege_entities {
                assert!(Verb::ALL.iter().any(|verb| privilege_for(entity, *verb).is_some()), "{entity}");
            }
        }
    }

    #[test]
    fn every_right_over_the_whole_environment_says_how() {
        for row in escalations() {
            assert!(row.rights.iter().all(|name| privilege(name).is_some()), "{row:?}");
        }
        let explained =
            |name: &str| escalations().iter().any(|row| row.rights == [name] && row.gain.is_whole_org());
        for privilege in privileges().filter(|it| it.tier.is_some_and(|tier| tier.level == 0)) {
            assert!(explained(privilege.name), "{}", privilege.name);
        }
    }

    #[test]
    fn levels_follow_their_basis() {
        for privilege in privileges() {
            let known =
                matches!(privilege.basis, LevelsBasis::Sdk | LevelsBasis::Docs | LevelsBasis::Assumed);
            assert_eq!(known, !privilege.levels.is_empty(), "{}", privilege.name);
            assert_eq!(
                privilege.basis == LevelsBasis::Unknown,
                privilege.known_levels().is_empty(),
                "{}",
                privilege.name
            );
            assert!(
                privilege.seen.iter().all(|level| !privilege.levels.contains(level)),
                "{}",
                privilege.name
            );
        }
    }

    #[test]
    fn every_level_of_basic_user_is_one_the_privilege_is_known_to_accept() {
        for (name, level) in basic_user() {
            assert!(privilege(name).unwrap().known_levels().contains(*level), "{name}");
        }
    }

    #[test]
    fn levels_depend_on_ownership() {
        assert_eq!(levels("prvReadAccount"), "BLDG");
        assert_eq!(levels("prvReadCompetitor"), "G");
        assert_eq!(levels("prvAssignRole"), "LDG");
        assert_eq!(levels("prvCreateBusinessUnit"), "DG");
        assert_eq!(table("account").unwrap().ownership, Ownership::User);
        assert_eq!(table("competitor").unwrap().ownership, Ownership::Organisation);
        assert_eq!(table("competitor").unwrap().privilege(Verb::Assign), None);
        assert_eq!(table("team").unwrap().ownership, Ownership::Business);
        assert_eq!(table("accountleads").unwrap().privilege(Verb::Read), None);
    }

    #[test]
    fn tables_share_privileges() {
        let email = table("email").unwrap();
        assert!(email.is_activity);
        assert_eq!(email.privilege(Verb::Read).unwrap().name, "prvReadActivity");
        let activities: Vec<_> = tables_of_privilege_entity("Activity").map(|table| table.name).collect();
        assert_eq!(activities.len(), 18);
        assert!(
            ["email", "task", "appointment", "activitypointer"].iter().all(|name| activities.contains(name))
        );
        assert_eq!(table("annotation").unwrap().privilege(Verb::Write).unwrap().name, "prvWriteNote");
        assert_eq!(table("post").unwrap().privilege(Verb::Delete).unwrap().name, "prvDeleteAnyPost");
        assert_eq!(table("post").unwrap().privilege(Verb::Read).unwrap().name, "prvReadPost");
    }

    #[test]
    fn names_come_as_the_platform_spells_them() {
        assert_eq!(privilege_for("Category", Verb::AppendTo).unwrap().name, "prvAppendtoCategory");
        assert_eq!(privilege_for("Category", Verb::Append).unwrap().name, "prvAppendCategory");
        assert_eq!(privilege("prvreadaccount"), None);
        assert_eq!(canonical_privilege("prvreadaccount"), Some("prvReadAccount"));
        assert_eq!(canonical_table("Account"), Some("account"));
        assert_eq!(privilege("prvAssignManager").unwrap().kind, PrivilegeKind::Miscellaneous);
    }

    #[test]
    fn tables_known_from_roles_only_say_so() {
        let category = table("category").unwrap();
        assert_eq!((category.ownership, category.evidence), (Ownership::Unknown, Evidence::Observed));
        let append = category.privilege(Verb::Append).unwrap();
        assert!(append.levels.is_empty() && append.seen.contains(Level::Global));
        assert_eq!(tables().filter(|table| table.evidence == Evidence::Observed).count(), 74);
    }

    #[test]
    fn the_floor_has_nine_privileges_at_global() {
        let names: Vec<_> = floor().map(|privilege| privilege.name).collect();
        assert_eq!(
            names,
            [
                "prvCreateSharePointData",
                "prvReadPluginAssembly",
                "prvReadPluginType",
                "prvReadSdkMessage",
                "prvReadSdkMessageProcessingStep",
                "prvReadSdkMessageProcessingStepImage",
                "prvReadSharePointData",
                "prvReadSharePointDocument",
                "prvWriteSharePointData",
            ]
        );
        assert!(floor().all(|privilege| privilege.levels.contains(Level::Global)));
    }

    #[test]
    fn privileges_carry_tier_and_flags() {
        let import = privilege("prvImportCustomization").unwrap();
        assert_eq!(import.tier, Some(Tier { level: 0, confirmed: true }));
        assert!(import.flags.contains(Flag::RunsCode) && import.flags.contains(Flag::GrantsAccess));
        assert_eq!(privilege("prvWriteRole").unwrap().tier, Some(Tier { level: 0, confirmed: false }));
        assert_eq!(privilege("prvAssignRole").unwrap().tier, Some(Tier { level: 1, confirmed: true }));
        assert_eq!(
            privilege("prvCreatePluginAssembly").unwrap().tier,
            None,
            "only together with its companions"
        );
        let excel = privilege("prvExportToExcel").unwrap();
        assert_eq!((excel.kind, excel.risk), (PrivilegeKind::Privacy, Risk::High));
        assert_eq!(excel.flags.iter().map(Flag::word).collect::<Vec<_>>(), ["exports"]);
        assert!(!privileges().any(|it| it.flags.contains(Flag::AllData)), "rows come from depths alone");
        let skips: Vec<_> =
            privileges().filter(|p| p.flags.contains(Flag::BypassesLogic)).map(|p| p.name).collect();
        assert_eq!(
            skips[..3],
            ["prvBypassCustomBusinessLogic", "prvBypassCustomPlugins", "prvBypassMSBusinessLogic"]
        );
        assert_eq!(privilege("prvPromoteToAdmin").unwrap().evidence, Evidence::Unverified);
    }

    #[test]
    fn columns_say_what_a_profile_can_protect() {
        let number = column("account", "accountnumber").unwrap();
        assert!(
            number.securable_create && number.securable_read && number.securable_update && !number.is_secured
        );
        let id = column("account", "accountid").unwrap();
        assert!(!id.securable_create && !id.securable_read && !id.securable_update);
        assert!(column("account", "opendeals").unwrap().is_secured);
        assert_eq!(column("account", "nosuchcolumn"), None);
        assert_eq!(columns("acme_thing").count(), 0);
    }

    #[test]
    fn lookups_and_many_to_many() {
        let contact: Vec<_> = references("contact").collect();
        assert!(contact.contains(&"account") && contact.contains(&"systemuser"));
        assert!(many_to_many().any(|pair| pair == ("account", "lead")));
        assert_eq!(references("acme_thing").count(), 0);
    }

    #[test]
    fn a_level_is_capped_to_what_is_allowed() {
        let business = Levels::of(&[Level::Local, Level::Deep, Level::Global]);
        assert_eq!(business.at_most(Level::Deep), Some(Level::Deep));
        assert_eq!(business.at_most(Level::Basic), None);
        assert_eq!(Levels::of(&[Level::Global]).at_most(Level::Deep), None);
        assert_eq!(Levels::parse("BX"), None);
    }
}
