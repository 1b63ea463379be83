//! What a platform cannot keep: obligations that must hold outside the package, and cells that are granted less.

use ztam_model::words::{Action, Scope};

/// A fact outside the emitted package that must hold. Upper and lower bound at once: these rows and no more.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Obligation {
    /// The platform's key.
    pub platform: &'static str,
    /// What kind, from a closed list of the back end, kebab-case: `row-sharing`, `held-in-unit`, `assignment-expires` ...
    pub kind: &'static str,
    /// The object, table, profile or assignment that it is about.
    pub subject: String,
    /// Role names (ids in the matrix) whose access depends on it, sorted.
    pub audience: Vec<String>,
    /// The action it bounds, where it bounds one.
    pub action: Option<Action>,
    /// The rows it bounds them to, where it does.
    pub scope: Option<Scope>,
    /// The obligation as one sentence.
    pub sentence: String,
    /// What would break it: hierarchy access, sharing, cascades ...
    pub broken_by: Vec<&'static str>,
    /// Whether the inventory settles it: `Some(true)` holds, `Some(false)` does not, `None` cannot be seen offline.
    pub settled: Option<bool>,
}

/// Obligations that rest on a fact about a platform that nobody could prove: platform, kind, section of
/// `docs/unverified.md`.
pub const UNVERIFIED: &[(&str, &str, &str)] = &[
    ("dataverse", "also-granted", "tables-after-2015"),
    ("dataverse", "base-column", "base-of-money-columns"),
    ("dataverse", "column-secured", "securable-columns"),
    ("dataverse", "column-switched", "column-switches"),
    ("dataverse", "held-by-owner-team", "inheritance-on-import"),
    ("dataverse", "held-in-unit", "unit-of-imported-roles"),
    ("dataverse", "nothing-beside", "app-opener-privileges"),
    ("dataverse", "profile-members", "profiles-add-up"),
    ("dataverse", "rows-no-wider", "hierarchy-security"),
    ("salesforce", "assignment-expires", "assignment-expiry-moment"),
    ("salesforce", "session-set-outside-groups", "session-self-activation"),
    ("salesforce", "sharing-members", "sharing-rules-beside-others"),
];

/// The section of `docs/unverified.md` on the fact that a kind of obligation rests on; `None` where what it rests on is
/// documented or observed.
#[must_use]
pub fn unverified_anchor(platform: &str, kind: &str) -> Option<&'static str> {
    UNVERIFIED.iter().find(|it| (it.0, it.1) == (platform, kind)).map(|it| it.2)
}

/// A group of cells for which the package grants less than the matrix.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Less {
    /// The platform's key.
    pub platform: &'static str,
    /// Why, from a closed list of the back end, kebab-case: `unlisted-fields`, `read-only-field`, `narrower-than-legal` ...
    pub reason: &'static str,
    /// The asset or field as the matrix calls it.
    pub subject: String,
    /// Role names, sorted.
    pub roles: Vec<String>,
    /// Actions that are lost, sorted.
    pub actions: Vec<Action>,
    /// How many fields or cells the group stands for.
    pub count: usize,
    /// The sentence for people.
    pub sentence: String,
}
