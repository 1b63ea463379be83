//! Privileges that roles hold apart from cells: through capabilities, carried blocks, and the floor.

use std::collections::{BTreeMap, BTreeSet};

use ztam_backend::escalation;
use ztam_backend::rules::{BINDING, TABLE_RIGHT_IN_CAPABILITY, UNKNOWN_RIGHT};
use ztam_graph::facts::{
    Basis, CellRight, Edge, Effect, EffectOn, Evidence, Implication, Right, RightFlags, RightId,
};
use ztam_graph::ids::{AssetId, FieldId, Names};
use ztam_graph::scopes::ScopeWord;
use ztam_model::words::{Action, Scope};
use ztam_source::finding::Finding;
use ztam_source::idx::IndexVec;
use ztam_source::span::{Span, Spanned};
use ztam_source::suggest;

use ztam_backend::danger::Flag;

use crate::catalog::{self, Level, Levels, PrivilegeKind, Verb};
use crate::parts::{CapabilityPart, CarryPart, ColumnWord, LevelWord, Preset};
use crate::rules::ILLEGAL_LEVEL;
use crate::tables::Known;

/// What `app-opener` holds, at the depths of the Basic User role of 2025. The real list is in no public source.
pub(crate) const APP_OPENER: &[&str] = &[
    "prvCreateUserApplicationMetadata",
    "prvCreateUserEntityInstanceData",
    "prvCreateUserEntityUISettings",
    "prvReadAppModule",
    "prvReadAttribute",
    "prvReadCustomization",
    "prvReadEntity",
    "prvReadOrganization",
    "prvReadQuery",
    "prvReadRelationship",
    "prvReadSavedQueryVisualizations",
    "prvReadSystemForm",
    "prvReadUser",
    "prvReadUserApplicationMetadata",
    "prvReadUserEntityInstanceData",
    "prvReadUserEntityUISettings",
    "prvReadUserForm",
    "prvReadUserQuery",
    "prvReadUserQueryVisualizations",
    "prvReadUserSettings",
    "prvReadWebResource",
    "prvWriteUserApplicationMetadata",
    "prvWriteUserEntityInstanceData",
    "prvWriteUserEntityUISettings",
];

/// A table privilege that cells of the project grant.
#[derive(Clone, Debug)]
pub(crate) struct CellPrivilege {
    pub(crate) action: Action,
    pub(crate) levels: Levels,
    pub(crate) assets: Vec<AssetId>,
}

/// Collects rights while the project is bound.
pub(crate) struct Rights<'a, 'p> {
    names: &'a Names<'p>,
    known: Known<'p>,
    cells: &'a BTreeMap<String, CellPrivilege>,
    ids: BTreeMap<(String, Level), RightId>,
    pub(crate) rights: IndexVec<RightId, Right>,
    /// Privilege and depth of each right; rights on columns come after them.
    pub(crate) grants: IndexVec<RightId, (String, Level)>,
    /// Rights on columns, by table and column with the right.
    pub(crate) columns: BTreeMap<(String, ColumnWord), RightId>,
    /// What privileges of base roles open on tables of the project.
    beneath: BTreeMap<(String, Level), RightId>,
    pub(crate) findings: Vec<Finding>,
}

impl<'a, 'p> Rights<'a, 'p> {
    pub(crate) fn new(
        names: &'a Names<'p>,
        known: Known<'p>,
        cells: &'a BTreeMap<String, CellPrivilege>,
    ) -> Self {
        let (ids, rights, grants) = (BTreeMap::new(), IndexVec::new(), IndexVec::new());
        let (columns, beneath) = (BTreeMap::new(), BTreeMap::new());
        Self { names, known, cells, ids, rights, grants, columns, beneath, findings: Vec::new() }
    }

    /// The privileges that the platform adds to every role, at Global.
    pub(crate) fn floor(&mut self) -> Vec<RightId> {
        catalog::floor().map(|privilege| self.right(privilege.name, Level::Global)).collect()
    }

    /// The privileges of a carried block. They are what an org had, so nothing has to know them, nor their depths.
    pub(crate) fn carried(&mut self, part: &CarryPart) -> Vec<RightId> {
        let mut all = BTreeSet::new();
        for (name, level) in &part.privileges {
            if is_written(&name.value) {
                all.insert(self.right(&name.value, level_of(level.value)));
            } else {
                let title = format!("no file can hold a privilege called `{}`", name.value);
                self.findings
                    .push(Finding::new(&BINDING, title).at(name.span, "empty, or with hidden characters"));
            }
        }
        all.into_iter().collect()
    }

    /// The rights of a carried block on columns, asked for after all privileges of the project. `fields` are the columns
    /// that it lists.
    pub(crate) fn carried_columns(
        &mut self,
        part: &CarryPart,
        fields: &BTreeMap<String, FieldId>,
    ) -> Vec<RightId> {
        let mut all = BTreeSet::new();
        for (column, words) in &part.columns {
            let is_named =
                column.value.split_once('.').is_some_and(|(table, name)| is_column(table) && is_column(name));
            if !is_named {
                let title = format!("`{}` is not a column of a table", column.value);
                let finding =
                    Finding::new(&BINDING, title).at(column.span, "not `table.column`, both by logical name");
                self.findings.push(finding);
                continue;
            }
            all.extend(
                words.iter().map(|word| self.column(&column.value, word.value, fields.get(&column.value))),
            );
        }
        all.into_iter().collect()
    }

    fn column(&mut self, name: &str, word: ColumnWord, field: Option<&FieldId>) -> RightId {
        let wanted = (name.to_owned(), word);
        if let Some(id) = self.columns.get(&wanted) {
            return *id;
        }
        let action = match word {
            ColumnWord::Read => Action::Read,
            ColumnWord::Edit => Action::Edit,
            ColumnWord::Create => Action::Create,
            ColumnWord::Unmask | ColumnWord::UnmaskOne => Action::Unmask,
        };
        // A profile knows no rows: the column opens in every row that a member has.
        let fields = ScopeWord::of(action, Scope::Org);
        let effect =
            |field: &FieldId| Effect { on: EffectOn::Fields(vec![*field]), rows: ScopeWord::NONE, fields };
        let right = Right {
            kind: "column",
            name: name.into(),
            tier: None,
            flags: RightFlags::default(),
            effects: field.map(effect).into_iter().collect(),
            evidence: Evidence::Declared,
        };
        let id = self.rights.push(right);
        self.columns.insert(wanted, id);
        id
    }

    /// The rights of a capability; what cannot be granted is reported and left out. Table privileges are for cells.
    pub(crate) fn of_part(&mut self, part: &CapabilityPart) -> Vec<RightId> {
        let mut all = BTreeSet::new();
        for (name, level) in &part.privileges {
            all.extend(self.named(name, level));
        }
        for preset in &part.presets {
            match preset.value {
                Preset::AppOpener => all.extend(self.app_opener()),
            }
        }
        all.into_iter().collect()
    }

    fn app_opener(&mut self) -> Vec<RightId> {
        let held = |name: &str| catalog::basic_user().iter().find(|(held, _)| *held == name);
        let listed = APP_OPENER.iter().filter_map(|name| held(name));
        // What the environment does not have cannot be needed there.
        let exists = |name: &str| self.known.right(name).is_none_or(|it| it.is_some());
        let listed: Vec<_> = listed.filter(|(name, _)| exists(name)).collect();
        listed.into_iter().map(|(name, level)| self.right(name, *level)).collect()
    }

    fn named(&mut self, name: &Spanned<String>, level: &Spanned<LevelWord>) -> Option<RightId> {
        let wanted = level_of(level.value);
        let listed = catalog::privilege(&name.value);
        let cell = self.cells.get(&name.value);
        let seen = self.known.right(&name.value);
        let exists = seen.map_or(listed.is_some() || cell.is_some(), |it| it.is_some());
        if !exists || !is_privilege_name(&name.value) {
            self.findings.push(self.unknown(name));
            return None;
        }
        if cell.is_some() || listed.is_some_and(|it| matches!(it.kind, PrivilegeKind::Table(..))) {
            self.findings.push(self.table_right(name, level));
            return None;
        }
        let levels = self.known.levels(&name.value, listed.map_or(Levels::NONE, |it| it.known_levels()));
        if levels.is_empty() {
            let title = format!("nobody knows at which depths `{}` exists", name.value);
            let finding =
                Finding::new(&UNKNOWN_RIGHT, title).at(name.span, "its depths are not in the catalogue");
            self.findings.push(finding.help("add its levels to `rights` of the inventory"));
            return None;
        }
        if !levels.contains(wanted) {
            self.findings.push(illegal_level(name, level.span, wanted, levels));
            return None;
        }
        Some(self.right(&name.value, wanted))
    }

    fn unknown(&self, name: &Spanned<String>) -> Finding {
        let own = self.known.inventory.into_iter().flat_map(|it| it.rights.keys().map(String::as_str));
        let all = own.chain(catalog::privileges().map(|it| it.name));
        let same: Option<&str> = catalog::canonical_privilege(&name.value);
        let meant = same.or_else(|| suggest::closest(&name.value, all));
        let finding = Finding::new(&UNKNOWN_RIGHT, format!("no privilege `{}` is known", name.value))
            .at(name.span, "neither the catalogue nor the inventory has it")
            .fact("privilege", name.value.clone());
        match meant.filter(|meant| *meant != name.value) {
            Some(meant) => finding.help(format!("did you mean `{meant}`?")),
            None => finding.help("if the environment has it, add it to `rights` of the inventory"),
        }
    }

    /// Names the cell that says the same where class and domain count.
    fn table_right(&self, name: &Spanned<String>, level: &Spanned<LevelWord>) -> Finding {
        let title = format!("`{}` grants rows, and rows are granted in cells", name.value);
        let finding = Finding::new(&TABLE_RIGHT_IN_CAPABILITY, title)
            .at(name.span, "a privilege on a table")
            .fact("privilege", name.value.clone());
        let asset = self.cells.get(&name.value).and_then(|it| Some((it.action, it.assets.first()?)));
        if let Some((action, asset)) = asset {
            let asset = self.names.assets.name(*asset);
            let (action, scope) = (action.as_str(), scope_of(level.value).as_str());
            return finding.help(format!(
                "write it as a cell of the role: `also: [{{of: [{asset}], {action}: {scope}}}]`"
            ));
        }
        let tables = catalog::privilege(&name.value).into_iter().flat_map(|it| match it.kind {
            PrivilegeKind::Table(_, entity) => {
                catalog::tables_of_privilege_entity(entity).map(|it| it.name).collect()
            }
            PrivilegeKind::Miscellaneous | PrivilegeKind::Privacy => Vec::new(),
        });
        match suggest::list(tables) {
            Some(tables) => {
                finding.help(format!("declare an asset for the table ({tables}) and grant it in a cell"))
            }
            None => finding.help("declare an asset for the table and grant it in a cell"),
        }
    }

    /// The rights of a privilege of a base role, asked for after everything that a package can write: as far as a judgement
    /// can ask for them. What it opens is a right of its own, because who has the privilege by cells has what the cells open.
    pub(crate) fn beneath(&mut self, name: &str, level: Level) -> Vec<RightId> {
        let key = (name.to_owned(), level);
        let made = self.make(name, level);
        if made.effects.is_empty() && !is_dangerous(name) {
            return Vec::new();
        }
        let opens = (!made.effects.is_empty()).then(|| match self.beneath.get(&key) {
            Some(id) => *id,
            None => {
                let (tier, flags) = (None, RightFlags::default());
                let id = self.rights.push(Right { tier, flags, ..made.clone() });
                self.beneath.insert(key.clone(), id);
                id
            }
        });
        let named = match self.ids.get(&key) {
            Some(id) => *id,
            None => {
                let id = self.rights.push(Right { effects: Vec::new(), ..made });
                self.ids.insert(key, id);
                id
            }
        };
        opens.into_iter().chain([named]).collect()
    }

    /// The id of a privilege at a depth.
    fn right(&mut self, name: &str, level: Level) -> RightId {
        let key = (name.to_owned(), level);
        if let Some(id) = self.ids.get(&key) {
            return *id;
        }
        let id = self.rights.push(self.make(name, level));
        self.grants.push((name.to_owned(), level));
        self.ids.insert(key, id);
        id
    }

    fn make(&self, name: &str, level: Level) -> Right {
        let listed = catalog::privilege(name);
        let mut flags = listed.map_or_else(RightFlags::default, |it| it.flags.neutral());
        let is_table = listed.is_some_and(|it| matches!(it.kind, PrivilegeKind::Table(..)));
        // The floor is not granted by anybody, so nobody has to say it in a cell.
        if is_table && !listed.is_some_and(|it| it.flags.contains(Flag::Floor)) {
            flags = flags.union(RightFlags::TABLE_RIGHT);
        }
        Right {
            kind: "privilege",
            name: name.into(),
            tier: listed.and_then(|it| it.tier),
            flags,
            effects: self.effects(name, level, flags),
            evidence: listed.map_or(Evidence::Declared, evidence),
        }
    }

    /// The dangerous rights that cells amount to: many of this platform's dangers are rights on its own tables.
    pub(crate) fn cells(&mut self) -> Vec<CellRight> {
        let cells = self.cells;
        let mut found = Vec::new();
        for (name, cell) in cells.iter().filter(|(name, _)| is_dangerous(name)) {
            for level in cell.levels.iter() {
                let right = self.cell_right(name, level);
                for asset in &cell.assets {
                    let at_least = scope_of_level(level);
                    found.push(CellRight { asset: *asset, action: cell.action, at_least, right });
                }
            }
        }
        found
    }

    /// A privilege that cells grant: what it opens is in the cells. One that a carried block grants keeps what it opens.
    fn cell_right(&mut self, name: &str, level: Level) -> RightId {
        let is_known = self.ids.contains_key(&(name.to_owned(), level));
        let id = self.right(name, level);
        if !is_known {
            self.rights[id].effects.clear();
        }
        id
    }

    /// The edges of the escalation graph. A privilege at one depth includes every narrower one, so an edge starts at the
    /// narrowest that is there.
    pub(crate) fn edges(&self) -> Vec<Edge> {
        let narrowest = |name: &str| {
            let all = (name.to_owned(), Level::Basic)..=(name.to_owned(), Level::Global);
            self.ids.range(all).next().map(|(_, id)| *id)
        };
        escalation::edges(catalog::escalations(), narrowest)
    }

    fn effects(&self, name: &str, level: Level, flags: RightFlags) -> Vec<Effect> {
        if flags.has(RightFlags::ALL_DATA) {
            let actions = [Action::Read, Action::Create, Action::Edit, Action::Delete];
            let all = |actions: &[Action]| {
                actions
                    .iter()
                    .fold(ScopeWord::NONE, |all, action| all.union(ScopeWord::of(*action, Scope::Org)))
            };
            let fields =
                if flags.has(RightFlags::BYPASSES_FIELDS) { all(&actions[..3]) } else { ScopeWord::NONE };
            return vec![Effect { on: EffectOn::AllAssets, rows: all(&actions), fields }];
        }
        // The platform may take another spelling for the same privilege, so it counts as if it did.
        let spelled =
            || self.cells.iter().find(|(it, _)| it.eq_ignore_ascii_case(name)).map(|(_, cell)| cell);
        let Some(cell) = self.cells.get(name).or_else(spelled) else { return Vec::new() };
        let rows = ScopeWord::of(cell.action, scope_of_level(level));
        vec![Effect { on: EffectOn::Assets(cell.assets.clone()), rows, fields: ScopeWord::NONE }]
    }

    /// A privilege at one depth is the same privilege at every narrower one.
    pub(crate) fn implications(&self) -> Vec<Implication> {
        let narrower = |(name, level): &(String, Level), from: RightId| {
            let range = (name.clone(), Level::Basic)..(name.clone(), *level);
            let implied = self.ids.range(range).map(move |(_, to)| Implication {
                from,
                to: *to,
                evidence: Evidence::Documented,
                basis: Basis::default(),
            });
            implied.collect::<Vec<_>>()
        };
        self.ids.iter().flat_map(|(key, from)| narrower(key, *from)).collect()
    }
}

/// Whether a privilege on a table is one that judgements ask about.
fn is_dangerous(name: &str) -> bool {
    let rated = catalog::privilege(name).is_some_and(|it| {
        it.tier.is_some() || it.flags.iter().any(|flag| !matches!(flag, Flag::Floor | Flag::Control))
    });
    rated || catalog::escalations().iter().any(|row| row.rights.contains(&name))
}

fn illegal_level(name: &Spanned<String>, at: Span, wanted: Level, levels: Levels) -> Finding {
    let words: Vec<_> = levels.iter().map(|level| format!("`{}`", word_of_level(level))).collect();
    let word = word_of_level(wanted);
    Finding::new(&ILLEGAL_LEVEL, format!("`{}` does not exist at the depth `{word}`", name.value))
        .at(at, format!("it exists at {}", words.join(", ")))
        .note("an import with a depth that a privilege does not have fails as a whole")
        .fact("privilege", name.value.clone())
        .fact("level", word)
}

/// Whether a name has the form that the platform gives to privileges.
pub(crate) fn is_privilege_name(name: &str) -> bool {
    name.strip_prefix("prv").is_some_and(|rest| {
        !rest.is_empty() && rest.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'_')
    })
}

/// Whether a file can hold the name and a reader get it back.
fn is_written(name: &str) -> bool {
    !name.is_empty() && name.trim() == name && !name.contains(char::is_control)
}

fn is_column(name: &str) -> bool {
    is_written(name) && !name.contains(char::is_whitespace)
}

fn evidence(privilege: &catalog::Privilege) -> Evidence {
    let tier_is_judged = privilege.tier.is_some_and(|tier| !tier.confirmed);
    match privilege.evidence {
        _ if tier_is_judged => Evidence::Unverified,
        catalog::Evidence::Documented => Evidence::Documented,
        catalog::Evidence::Observed => Evidence::Observed,
        catalog::Evidence::Unverified => Evidence::Unverified,
    }
}

/// The depth of a word of the matrix.
fn level_of(word: LevelWord) -> Level {
    match word {
        LevelWord::Own => Level::Basic,
        LevelWord::Unit => Level::Local,
        LevelWord::UnitTree => Level::Deep,
        LevelWord::Org => Level::Global,
    }
}

fn scope_of(word: LevelWord) -> Scope {
    scope_of_level(level_of(word))
}

/// The rows of a depth, for somebody who carries the role personally.
pub(crate) fn scope_of_level(level: Level) -> Scope {
    match level {
        Level::Basic => Scope::Own,
        Level::Local => Scope::Unit,
        Level::Deep => Scope::UnitTree,
        Level::Global => Scope::Org,
    }
}

/// The word of the matrix for a depth.
pub(crate) fn word_of_level(level: Level) -> &'static str {
    scope_of_level(level).as_str()
}

/// The action of a verb.
pub(crate) fn action_of(verb: Verb) -> Action {
    match verb {
        Verb::Create => Action::Create,
        Verb::Read => Action::Read,
        Verb::Write => Action::Edit,
        Verb::Delete => Action::Delete,
        Verb::Append => Action::Append,
        Verb::AppendTo => Action::AppendTo,
        Verb::Assign => Action::Assign,
        Verb::Share => Action::Share,
    }
}
