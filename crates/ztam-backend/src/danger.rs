//! What is dangerous about a right, in words that all platforms share: what it can do, how far it escalates, how it is rated.
//! The catalogues of the back ends are written in these words.

use ztam_graph::facts::RightFlags;
pub use ztam_graph::facts::Tier;

macro_rules! flags {
    ($($(#[$meta:meta])* $name:ident = $word:literal,)+) => {
        /// What a right can do.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Flag {
            $($(#[$meta])* $name,)+
        }

        impl Flag {
            /// All flags, in order.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The word in data files and output.
            #[must_use]
            pub fn word(self) -> &'static str {
                match self { $(Self::$name => $word,)+ }
            }
        }
    };
}

flags! {
    /// Reaches the rows or fields of every object.
    AllData = "all-data",
    /// Removes or weakens what would show misuse.
    Blinds = "blinds",
    /// Sees or changes fields whatever the field permissions say.
    BypassesFields = "bypasses-fields",
    /// Skips code, validation or calculated values.
    BypassesLogic = "bypasses-logic",
    /// Sees or takes rows whatever the sharing says.
    BypassesRows = "bypasses-rows",
    /// Not a risk but a control that holds its holder back.
    Control = "control",
    /// Deletes for good or in bulk.
    Destroys = "destroys",
    /// Takes data out in bulk.
    Exports = "exports",
    /// Every new container gets it from the platform.
    Floor = "floor",
    /// Writes who did something, or when.
    Forges = "forges",
    /// Gives rights to people, the holder included.
    GrantsAccess = "grants-access",
    /// Acts or sees as another user.
    Impersonates = "impersonates",
    /// Moves people or the hierarchy, and with them the rows they reach.
    MovesScope = "moves-scope",
    /// Lets applications in, or reads their secrets.
    OpensApps = "opens-apps",
    /// The platform no longer has it.
    Removed = "removed",
    /// Brings in or changes code and automation that can ignore rights.
    RunsCode = "runs-code",
    /// Can take over another user's login.
    TakesIdentities = "takes-identities",
    /// Makes logins weaker.
    WeakensLogin = "weakens-login",
    /// Changes or deletes what was recorded, or switches the recording off.
    AltersAudit = "alters-audit",
    /// Brings code or configuration in as a whole, ready made.
    Deploys = "deploys",
    /// Writes code or configuration in place, that of checks and approvals included.
    Develops = "develops",
    /// Rules the keys of encrypted data.
    RulesKeys = "rules-keys",
    /// Reads encrypted data in clear.
    ReadsEncrypted = "reads-encrypted",
    /// Reads the secrets of applications.
    ReadsSecrets = "reads-secrets",
    /// Changes the classification of data on the platform.
    Reclassifies = "reclassifies",
}

/// A set of [`Flag`]s.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags(u32);

impl Flags {
    /// Whether the flag is set.
    #[must_use]
    pub fn contains(self, flag: Flag) -> bool {
        self.0 & (1 << flag as u32) != 0
    }

    /// The flags that are set, in order.
    pub fn iter(self) -> impl Iterator<Item = Flag> {
        Flag::ALL.iter().copied().filter(move |flag| self.contains(*flag))
    }

    /// The flags in the words that rules know.
    #[must_use]
    pub fn neutral(self) -> RightFlags {
        let neutral = self.iter().map(|flag| match flag {
            Flag::AllData => RightFlags::ALL_DATA,
            Flag::Blinds => RightFlags::BLINDS,
            Flag::BypassesFields => RightFlags::BYPASSES_FIELDS,
            Flag::BypassesLogic => RightFlags::BYPASSES_LOGIC,
            Flag::BypassesRows => RightFlags::BYPASSES_ROWS,
            Flag::Control => RightFlags::CONTROL,
            Flag::Destroys => RightFlags::DESTROYS,
            Flag::Exports => RightFlags::EXPORTS,
            Flag::Floor => RightFlags::FLOOR,
            Flag::Forges => RightFlags::FORGES,
            Flag::GrantsAccess => RightFlags::GRANTS_ACCESS,
            Flag::Impersonates => RightFlags::IMPERSONATES,
            Flag::MovesScope => RightFlags::MOVES_SCOPE,
            Flag::OpensApps => RightFlags::OPENS_APPS,
            Flag::Removed => RightFlags::REMOVED,
            Flag::RunsCode => RightFlags::RUNS_CODE,
            Flag::TakesIdentities => RightFlags::TAKES_IDENTITIES,
            Flag::WeakensLogin => RightFlags::WEAKENS_LOGIN,
            Flag::AltersAudit => RightFlags::ALTERS_AUDIT,
            Flag::Deploys => RightFlags::DEPLOYS,
            Flag::Develops => RightFlags::DEVELOPS,
            Flag::RulesKeys => RightFlags::RULES_KEYS,
            Flag::ReadsEncrypted => RightFlags::READS_ENCRYPTED,
            Flag::ReadsSecrets => RightFlags::READS_SECRETS,
            Flag::Reclassifies => RightFlags::RECLASSIFIES,
        });
        neutral.fold(RightFlags::default(), RightFlags::union)
    }

    /// Reads words with a space between them; `None` where one is not known.
    #[must_use]
    pub fn parse(words: &str) -> Option<Self> {
        words.split_terminator(' ').try_fold(Self::default(), |set, word| {
            let flag = Flag::ALL.iter().find(|flag| flag.word() == word)?;
            Some(Self(set.0 | 1 << *flag as u32))
        })
    }
}

/// Reads the tier in a cell of a catalogue: `Some(None)` for an empty one, `None` for a malformed one.
#[must_use]
pub fn tier(cell: &str) -> Option<Option<Tier>> {
    if cell.is_empty() {
        return Some(None);
    }
    let level = cell.trim_end_matches('?').parse().ok().filter(|level| *level <= 4)?;
    Some(Some(Tier { level, confirmed: !cell.ends_with('?') }))
}

/// Our rating of a right on its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Risk {
    /// Not rated.
    Unrated,
    /// Harmless as far as known.
    Low,
    /// Worth a look.
    Medium,
    /// Needs a reason.
    High,
    /// Needs an owner and a control.
    Critical,
}

impl Risk {
    /// Reads a word of a catalogue; `None` where it is not known.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "" => Some(Self::Unrated),
            "low" => Some(Self::Low),
            "medium" => Some(Self::Medium),
            "high" => Some(Self::High),
            "critical" => Some(Self::Critical),
            _ => None,
        }
    }
}
