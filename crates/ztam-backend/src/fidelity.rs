//! How near a package comes to the matrix: each cell is granted exactly, granted as long as something outside the package
//! holds (an obligation), or granted less.

use std::collections::BTreeMap;

use ztam_graph::access::{Access, LayerId, SlotId};
use ztam_graph::ids::{AssetId, FieldId, RoleId};
use ztam_model::words::{Action, Scope};
use ztam_source::idx::IndexVec;

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

/// How a cell comes through. The order is that of reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// The rows of the package give exactly this.
    Exact,
    /// They do as long as the obligations of this kind hold.
    Obligation(&'static str),
    /// They give less, or nothing, for this reason from the back end's closed list.
    Less(&'static str),
}

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unit {
    /// A role's action on the rows of an asset or on one listed field, under one layer.
    Cell,
    /// A right that a role has through a capability or a carried block.
    Right,
}

/// Cells of one role with the same verdict. Each field is a cell of its own, and so are the rows.
#[derive(Clone, Copy, Debug)]
pub struct Cells<'c> {
    /// The slot they are in.
    pub slot: SlotId,
    /// Which fields of the slot; none for rows.
    pub fields: &'c [FieldId],
    /// Under what.
    pub layer: LayerId,
    /// What may be done.
    pub action: Action,
    /// How they come through.
    pub verdict: Verdict,
}

/// What shares a verdict on one platform.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct VerdictGroup {
    /// The platform's key.
    pub platform: &'static str,
    /// What is counted.
    pub unit: Unit,
    /// The verdict.
    pub verdict: Verdict,
    /// Role names, sorted; none for what is exact.
    pub roles: Vec<String>,
    /// Assets, sorted; none for what is exact and for rights.
    pub assets: Vec<String>,
    /// Actions, in the order of the language; none for rights.
    pub actions: Vec<Action>,
    /// How many cells or rights.
    pub count: u64,
}

/// Counts verdicts. What it keeps grows with roles and assets, never with cells.
#[derive(Debug)]
pub struct Tally<'a> {
    platform: &'static str,
    access: &'a Access<'a>,
    groups: BTreeMap<(Unit, Verdict), Members>,
}

#[derive(Debug)]
struct Members {
    roles: IndexVec<RoleId, bool>,
    assets: IndexVec<AssetId, bool>,
    /// Bits by position in [`Action::ALL`].
    actions: u16,
    count: u64,
}

impl<'a> Tally<'a> {
    /// Nothing counted yet.
    #[must_use]
    pub fn new(platform: &'static str, access: &'a Access<'a>) -> Self {
        Self { platform, access, groups: BTreeMap::new() }
    }

    /// Counts cells of a role.
    pub fn cells(&mut self, role: RoleId, cells: &Cells<'_>) {
        let asset = self.access.slots[cells.slot].asset;
        let members = self.members(Unit::Cell, cells.verdict);
        members.roles[role] = true;
        members.assets[asset] = true;
        members.actions |= 1 << cells.action as u16;
        members.count += cells.fields.len().max(1) as u64;
    }

    /// Counts rights of a role.
    pub fn rights(&mut self, role: RoleId, verdict: Verdict, count: u64) {
        if count > 0 {
            let members = self.members(Unit::Right, verdict);
            members.roles[role] = true;
            members.count += count;
        }
    }

    fn members(&mut self, unit: Unit, verdict: Verdict) -> &mut Members {
        let names = &self.access.names;
        self.groups.entry((unit, verdict)).or_insert_with(|| Members {
            roles: IndexVec::filled(names.roles.len(), false),
            assets: IndexVec::filled(names.assets.len(), false),
            actions: 0,
            count: 0,
        })
    }

    /// The groups, in the order of reports.
    #[must_use]
    pub fn groups(self) -> Vec<VerdictGroup> {
        let names = &self.access.names;
        let group = |((unit, verdict), members): ((Unit, Verdict), Members)| {
            let is_listed = verdict != Verdict::Exact;
            let roles = members.roles.iter_ids().filter(|(_, is)| **is && is_listed);
            let assets = members.assets.iter_ids().filter(|(_, is)| **is && is_listed);
            VerdictGroup {
                platform: self.platform,
                unit,
                verdict,
                roles: roles.map(|(id, _)| names.roles.name(id).to_owned()).collect(),
                assets: assets.map(|(id, _)| names.assets.name(id).to_owned()).collect(),
                actions: Action::ALL
                    .iter()
                    .copied()
                    .filter(|it| members.actions >> *it as u16 & 1 == 1)
                    .collect(),
                count: members.count,
            }
        };
        self.groups.into_iter().map(group).collect()
    }
}
