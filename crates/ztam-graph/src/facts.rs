//! What a back end knows about one platform, as data: the only way by which platform truth reaches resolving and judging.

use std::collections::BTreeSet;

use ztam_model::words::{Action, Scope};
use ztam_source::define_id;
use ztam_source::idx::IndexVec;
use ztam_source::span::Span;

use crate::access::{SlotKey, SlotKind};
use crate::ids::{AssetId, CapabilityId, CarryId, ConditionId, FieldId, RoleId};
use crate::muting::MutedGroup;
use crate::scopes::{ScopeSet, ScopeWord};

define_id! {
    /// A right of one platform: a user permission, a privilege, an app, a class ...
    RightId
}

define_id! {
    /// A profile or role that lies beneath roles of the matrix.
    BaseId
}

/// A profile or role that the org has, that no package of ours writes, and that people of some roles have besides. Its rights
/// count in every judgement of these roles, and nothing of it is ever emitted.
#[derive(Clone, Debug)]
pub struct Base {
    /// What it is, in the platform's word: `profile`, `base role`.
    pub kind: &'static str,
    /// Its name on the platform.
    pub name: Box<str>,
    /// What it grants, as far as a judgement can ask for it; sorted.
    pub rights: Vec<RightId>,
}

/// What lies beneath a role.
#[derive(Clone, Copy, Debug)]
pub struct Beneath {
    /// The profile or role.
    pub base: BaseId,
    /// Where the matrix names it: in the role, in one that it extends, or in the environment.
    pub span: Span,
}

/// A profile or role beneath a role that the vendor ships for everyday work or for running the platform: far more than a floor.
#[derive(Clone, Debug)]
pub struct Shipped {
    /// What it is, in the platform's word: `profile`, `base role`.
    pub kind: &'static str,
    /// Its name, as the matrix has it.
    pub name: Box<str>,
    /// Where the matrix names it.
    pub span: Span,
}

/// How well a fact is founded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Evidence {
    /// The vendor's documentation, or many observations without a counterexample.
    Documented,
    /// Seen in real files.
    Observed,
    /// Said by the project's matrix or inventory.
    Declared,
    /// Not verified: judgements that rest on it are advisory.
    Unverified,
}

/// One platform, bound to one project and environment.
#[derive(Clone, Debug)]
pub struct PlatformFacts {
    /// The platform's key in the matrix.
    pub platform: &'static str,
    /// The platform's title.
    pub title: &'static str,
    /// Whether the environment wants a package for it.
    pub emitted: bool,
    /// Whether the rows of a right belong to the person who holds anything that gives the right (one set of rows for all
    /// containers), or to each container by itself.
    pub rows_follow_holder: bool,
    /// Per asset: what it is there; `None` where it has no binding or the binding cannot be used.
    pub assets: IndexVec<AssetId, Option<AssetFacts>>,
    /// Per field: what it is there; `None` where it has no binding or the binding cannot be used.
    pub fields: IndexVec<FieldId, Option<FieldFacts>>,
    /// Per condition: who enforces it there.
    pub conditions: IndexVec<ConditionId, Enforcement>,
    /// Per capability: its rights there.
    pub capabilities: IndexVec<CapabilityId, Vec<RightId>>,
    /// Per carried block: its rights there.
    pub carries: IndexVec<CarryId, Vec<RightId>>,
    /// Every right that the project can reach there, by id.
    pub rights: IndexVec<RightId, Right>,
    /// What holding one right brings or needs.
    pub implications: Vec<Implication>,
    /// How holding rights makes somebody more than they are. See [`crate::escalation`].
    pub edges: Vec<Edge>,
    /// Rights that cells amount to, where a platform's dangerous rights are rights on its own tables.
    pub cell_rights: Vec<CellRight>,
    /// Rights that the platform adds to every role that is made there, whatever the matrix says.
    pub floor: Vec<RightId>,
    /// Groups that take away again what their members grant. No access counts it.
    pub muted: Vec<MutedGroup>,
    /// Roles that give more than the matrix says, and nobody has read how much: groups with members of other packages.
    pub unread_parts: BTreeSet<RoleId>,
    /// Profiles and roles that lie beneath roles of the matrix and of which it is known what they grant.
    pub bases: IndexVec<BaseId, Base>,
    /// Per role: what lies beneath it, where that is known.
    pub beneath: IndexVec<RoleId, Option<Beneath>>,
    /// Per role: what lies beneath it, where the vendor ships that and it grants much, known or not.
    pub shipped: IndexVec<RoleId, Option<Shipped>>,
    /// What an application may ask for there that lets it do everything its user can.
    pub broad_scopes: &'static [&'static str],
    /// Names under which roles are emitted there, for collisions; `None` for roles that are not emitted.
    pub role_names: IndexVec<RoleId, Option<EmittedName>>,
}

/// A name that the platform will see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmittedName {
    /// As emitted.
    pub name: String,
    /// As the platform compares it: folded.
    pub folded: String,
}

/// An asset on one platform.
#[derive(Clone, Debug)]
pub struct AssetFacts {
    /// API or logical name.
    pub name: Box<str>,
    /// Actions that the platform knows for it, with the scopes that it can express, exactly or with an obligation.
    pub scopes: ScopeWord,
    /// Who sees and changes its rows by the org's sharing default, once they hold the right on the object at all.
    pub default: RowDefault,
    /// The same for people from outside.
    pub external_default: RowDefault,
    /// Rows are those of these assets: it has no sharing of its own.
    pub controlled_by: Vec<AssetId>,
    /// Reading it needs reading these, in the same container.
    pub read_needs: Vec<AssetId>,
    /// Reading it needs reading objects that the project has no asset for.
    pub read_needs_unbound: Vec<Box<str>>,
    /// Other assets that share its privileges: what is granted on one is granted on all.
    pub twins: Vec<AssetId>,
    /// Tables outside the project that share its privileges.
    pub twins_unbound: Vec<Box<str>>,
    /// Fields that the org has and the matrix does not list, where the row opens them: they have the asset's class.
    pub unlisted: Vec<Box<str>>,
    /// Assets that its rows can be attached to.
    pub references: Vec<AssetId>,
    /// Whether edit and delete are refused without what they need.
    pub needs: ActionNeeds,
    /// Where the facts come from.
    pub evidence: Evidence,
}

/// Which actions the platform refuses without others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ActionNeeds {
    /// Create and edit need read.
    pub write_needs_read: bool,
    /// Delete needs read and edit.
    pub delete_needs_edit: bool,
}

/// What the org's sharing default opens to everybody who holds the object right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowDefault {
    /// Not known: the scope is an obligation.
    Unknown,
    /// Nothing but one's own rows.
    Private,
    /// All rows may be read.
    Read,
    /// All rows may be read and edited.
    ReadWrite,
    /// As the parent's.
    Parent,
    /// The platform has no such default: scopes are in the right itself.
    InRight,
}

/// A field on one platform.
#[derive(Clone, Debug)]
pub struct FieldFacts {
    /// API or logical name, without the object.
    pub name: Box<str>,
    /// Whether it can be granted apart from its row.
    pub securable: Securable,
    /// Whether it is protected now, where the platform has a switch for it; `None` where it has none or nothing is known.
    pub secured: Option<bool>,
    /// It can be read only, whatever is granted.
    pub read_only: bool,
    /// Create and edit are one permission there.
    pub edit_is_create: bool,
    /// Where the facts come from.
    pub evidence: Evidence,
}

/// Whether a field can be granted apart from its row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Securable {
    /// Yes.
    Yes,
    /// No, because: a half sentence such as "it is required".
    No(&'static str),
    /// Neither catalogue, inventory nor matrix says.
    Unknown,
}

/// Who enforces a condition on a platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Enforcement {
    /// Nobody: the condition has no binding there.
    Nobody,
    /// The emitted package itself.
    Native,
    /// A control outside the package: its name.
    External(String),
}

/// What a right can do, in words that all platforms share.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct RightFlags(pub u32);

impl RightFlags {
    /// Takes data out in bulk.
    pub const EXPORTS: Self = Self(1);
    /// Sees or changes fields whatever their protection.
    pub const BYPASSES_FIELDS: Self = Self(1 << 1);
    /// Reaches every row or every field of the org.
    pub const ALL_DATA: Self = Self(1 << 2);
    /// Brings in or changes code and automation that can ignore rights.
    pub const RUNS_CODE: Self = Self(1 << 3);
    /// Gives rights to people, the holder included.
    pub const GRANTS_ACCESS: Self = Self(1 << 4);
    /// Acts or sees as somebody else.
    pub const IMPERSONATES: Self = Self(1 << 5);
    /// Removes or weakens what would show misuse.
    pub const BLINDS: Self = Self(1 << 6);
    /// Is a right on one table, which belongs into a cell.
    pub const TABLE_RIGHT: Self = Self(1 << 7);
    /// Skips code, validation or calculated values.
    pub const BYPASSES_LOGIC: Self = Self(1 << 8);
    /// Sees or takes rows whatever the sharing says.
    pub const BYPASSES_ROWS: Self = Self(1 << 9);
    /// Is not a risk but a control that holds its holder back.
    pub const CONTROL: Self = Self(1 << 10);
    /// Deletes for good or in bulk.
    pub const DESTROYS: Self = Self(1 << 11);
    /// Comes from the platform into every new container.
    pub const FLOOR: Self = Self(1 << 12);
    /// Writes who did something, or when.
    pub const FORGES: Self = Self(1 << 13);
    /// Moves people or the hierarchy, and with them the rows they reach.
    pub const MOVES_SCOPE: Self = Self(1 << 14);
    /// Lets applications in, or reads their secrets.
    pub const OPENS_APPS: Self = Self(1 << 15);
    /// Is no longer there: the platform took it away.
    pub const REMOVED: Self = Self(1 << 16);
    /// Can take over somebody else's login.
    pub const TAKES_IDENTITIES: Self = Self(1 << 17);
    /// Makes logins weaker.
    pub const WEAKENS_LOGIN: Self = Self(1 << 18);
    /// Changes or deletes what was recorded, or switches the recording off.
    pub const ALTERS_AUDIT: Self = Self(1 << 19);
    /// Brings code or configuration in as a whole, ready made.
    pub const DEPLOYS: Self = Self(1 << 20);
    /// Writes code or configuration in place, that of checks and approvals included.
    pub const DEVELOPS: Self = Self(1 << 21);
    /// Rules the keys of encrypted data.
    pub const RULES_KEYS: Self = Self(1 << 22);
    /// Reads encrypted data in clear.
    pub const READS_ENCRYPTED: Self = Self(1 << 23);
    /// Reads the secrets of applications.
    pub const READS_SECRETS: Self = Self(1 << 24);
    /// Changes the classification of data on the platform.
    pub const RECLASSIFIES: Self = Self(1 << 25);

    /// Both.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether all of `other` is in it.
    #[must_use]
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Whether some of `other` is in it.
    #[must_use]
    pub const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

/// How far a right escalates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tier {
    /// 0 whole org, 1 identities and grants, 2 escapes row or field limits, 3 bulk data out, 4 weakens or blinds a
    /// control.
    pub level: u8,
    /// Whether a source confirms it; otherwise it is our judgement, and what rests on it is advisory.
    pub confirmed: bool,
}

/// A right of a platform.
#[derive(Clone, Debug)]
pub struct Right {
    /// What it is, in the platform's word: `user permission`, `privilege`, `app` ...
    pub kind: &'static str,
    /// API name.
    pub name: Box<str>,
    /// How far it escalates by itself; `None` where it does not, or only together with others.
    pub tier: Option<Tier>,
    /// Kinds of danger.
    pub flags: RightFlags,
    /// What it reaches beyond itself.
    pub effects: Vec<Effect>,
    /// Where the facts come from.
    pub evidence: Evidence,
}

/// Access to data that comes with a right.
#[derive(Clone, Debug)]
pub struct Effect {
    /// On what.
    pub on: EffectOn,
    /// Actions and scopes on rows.
    pub rows: ScopeWord,
    /// Actions on every field, where the right passes by field protection.
    pub fields: ScopeWord,
}

/// What an effect reaches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EffectOn {
    /// Every asset that the platform has.
    AllAssets,
    /// Some assets.
    Assets(Vec<AssetId>),
    /// Some fields, each by itself; rows are not reached.
    Fields(Vec<FieldId>),
}

impl EffectOn {
    /// Whether it reaches a slot. A field that an effect names has a slot of its own.
    #[must_use]
    pub fn hits(&self, slot: SlotKey) -> bool {
        match self {
            Self::AllAssets => true,
            Self::Assets(assets) => assets.contains(&slot.asset),
            Self::Fields(fields) => matches!(slot.kind, SlotKind::Field(field) if fields.contains(&field)),
        }
    }
}

/// Holding `from` means holding `to`.
#[derive(Clone, Debug)]
pub struct Implication {
    /// What is granted.
    pub from: RightId,
    /// What comes with it.
    pub to: RightId,
    /// How well founded it is.
    pub evidence: Evidence,
    /// What it rests on.
    pub basis: Basis,
}

/// A way from rights to more: an edge of the escalation graph.
#[derive(Clone, Debug)]
pub struct Edge {
    /// Rights that are all needed.
    pub from: Vec<RightId>,
    /// What they lead to.
    pub gain: Gain,
    /// What bounds it.
    pub bound: Bound,
    /// What else must be true, as a half sentence: "the licence fits". Empty where nothing else is needed. A judgement that
    /// needs a condition is advisory, because nobody here knows whether it holds.
    pub condition: &'static str,
    /// How well the mechanism is founded.
    pub evidence: Evidence,
    /// How it goes, as a half sentence whose subject is the holder: "adds any permission to a set that they hold".
    pub how: &'static str,
}

/// What an edge leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Gain {
    /// Changes what roles grant, one's own included.
    EditsRoles,
    /// Gives roles to people, oneself included.
    AssignsRoles,
    /// Signs in as somebody else.
    TakesIdentities,
    /// Runs code or automation that no right binds.
    RunsCode,
    /// Brings in foreign configuration, code and roles.
    Imports,
    /// Acts in the name of somebody else.
    Impersonates,
}

impl Gain {
    /// Whether the whole org is in reach with it, whatever roles there are.
    #[must_use]
    pub fn is_whole_org(self) -> bool {
        matches!(self, Self::EditsRoles | Self::RunsCode | Self::Imports)
    }
}

/// What bounds an edge. A bounded edge gives its holder nothing that the bound keeps back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bound {
    /// Nothing.
    Unbounded,
    /// Only roles that grant no more than the holder has.
    OwnRights,
    /// Only what both the holder and the other person may do.
    Intersection,
}

/// Who has a cell on an asset at a scope or wider has a right.
#[derive(Clone, Debug)]
pub struct CellRight {
    /// The asset.
    pub asset: AssetId,
    /// The action of the cell.
    pub action: Action,
    /// The scope that the cell has at least.
    pub at_least: Scope,
    /// The right.
    pub right: RightId,
}

/// What an implication rests on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Basis {
    /// Counted containers that have both rights.
    pub holds: u16,
    /// Counted containers that have the first one; none where nothing was counted.
    pub of: u16,
    /// Releases that the source speaks of, such as `up to API 67`; empty where it does not depend on one.
    pub vintage: &'static str,
}

impl Basis {
    /// Whether nearly everything that was counted agrees: nine of ten, of at least ten.
    #[must_use]
    pub fn is_strong(self) -> bool {
        self.of >= 10 && u32::from(self.holds) * 10 >= u32::from(self.of) * 9
    }
}

impl Implication {
    /// Whether a proven judgement may rest on it: documented, said by the project, or observed nearly always. What only
    /// one source says, or what depends on a release or feature, makes a judgement advisory.
    #[must_use]
    pub fn is_proven(&self) -> bool {
        match self.evidence {
            Evidence::Documented | Evidence::Declared => true,
            Evidence::Observed => self.basis.is_strong(),
            Evidence::Unverified => false,
        }
    }

    /// What it rests on, as the end of a sentence: `documented, observed in 12 of 12, up to API 67`.
    #[must_use]
    pub fn said(&self) -> String {
        let Basis { holds, of, vintage } = self.basis;
        let known = match self.evidence {
            Evidence::Documented => "documented",
            Evidence::Observed => "",
            Evidence::Declared => "the inventory says so",
            Evidence::Unverified => "unverified",
        };
        let counted = if of == 0 { String::new() } else { format!("observed in {holds} of {of}") };
        let parts = [known, counted.as_str(), vintage];
        parts.into_iter().filter(|it| !it.is_empty()).collect::<Vec<_>>().join(", ")
    }
}

impl PlatformFacts {
    /// A platform of which nothing is known yet, with room for every name.
    #[must_use]
    pub fn empty(platform: &'static str, title: &'static str, names: &crate::ids::Names<'_>) -> Self {
        Self {
            platform,
            title,
            emitted: false,
            rows_follow_holder: false,
            assets: IndexVec::filled(names.assets.len(), None),
            fields: IndexVec::filled(names.fields.len(), None),
            conditions: IndexVec::filled(names.conditions.len(), Enforcement::Nobody),
            capabilities: IndexVec::filled(names.capabilities.len(), Vec::new()),
            carries: IndexVec::filled(names.carries.len(), Vec::new()),
            rights: IndexVec::new(),
            implications: Vec::new(),
            edges: Vec::new(),
            cell_rights: Vec::new(),
            floor: Vec::new(),
            muted: Vec::new(),
            unread_parts: BTreeSet::new(),
            bases: IndexVec::new(),
            beneath: IndexVec::filled(names.roles.len(), None),
            shipped: IndexVec::filled(names.roles.len(), None),
            broad_scopes: &[],
            role_names: IndexVec::filled(names.roles.len(), None),
        }
    }

    /// The profile or role beneath a role, and where the matrix names it.
    #[must_use]
    pub fn base_of(&self, role: RoleId) -> Option<(&Base, Span)> {
        let beneath = self.beneath.lookup(role).copied().flatten()?;
        Some((self.bases.lookup(beneath.base)?, beneath.span))
    }

    /// The scopes that the platform can express for an action on an asset.
    #[must_use]
    pub fn legal(&self, asset: AssetId, action: Action) -> ScopeSet {
        self.assets
            .lookup(asset)
            .and_then(Option::as_ref)
            .map_or(ScopeSet::NONE, |facts| facts.scopes.get(action))
    }
}
