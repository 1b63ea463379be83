//! Why cells are granted less on Dataverse.

/// Why a cell is granted less: the closed list of this platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reason {
    ConditionNotEnforced,
    LevelNotAvailable,
    NoPrivilege,
    ReadOnlyColumn,
    ScopeNotExpressible,
    SecuredUnlisted,
    SharedPrivilege,
}

impl Reason {
    /// All of them.
    const ALL: [Self; 7] = [
        Self::ConditionNotEnforced,
        Self::LevelNotAvailable,
        Self::NoPrivilege,
        Self::ReadOnlyColumn,
        Self::ScopeNotExpressible,
        Self::SecuredUnlisted,
        Self::SharedPrivilege,
    ];

    /// The reason that reports call by a word.
    pub(crate) fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.word() == word)
    }

    /// The word of reports.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::ConditionNotEnforced => "condition-not-enforced",
            Self::LevelNotAvailable => "level-not-available",
            Self::NoPrivilege => "no-privilege",
            Self::ReadOnlyColumn => "read-only-column",
            Self::ScopeNotExpressible => "scope-not-expressible",
            Self::SecuredUnlisted => "secured-unlisted",
            Self::SharedPrivilege => "shared-privilege",
        }
    }

    /// The sentence for people.
    pub(crate) fn sentence(self, table: &str) -> String {
        match self {
            Self::ConditionNotEnforced => {
                format!("`{table}` is not granted under conditions that nobody enforces on this platform")
            }
            Self::LevelNotAvailable => {
                format!("`{table}` has no privilege of that depth; the next narrower one is granted, or none")
            }
            Self::NoPrivilege => format!("`{table}` has no privilege for that"),
            Self::ReadOnlyColumn => {
                format!("`{table}` has columns that can only be read, or that no profile lets anybody write")
            }
            Self::ScopeNotExpressible => {
                format!("`{table}` has no depth for `account` or `shared`; nothing is granted")
            }
            Self::SecuredUnlisted => {
                format!("`{table}` has secured columns that the matrix does not list; they stay closed")
            }
            Self::SharedPrivilege => {
                format!(
                    "`{table}` shares its privileges with an asset that the role does not reach as far; the narrower counts"
                )
            }
        }
    }
}
