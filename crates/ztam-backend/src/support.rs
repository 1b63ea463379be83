//! What a row of a plan stands on, in words of access: cells of the role that it is for, or a right that the role holds. A
//! back end says it for the rows it makes; from there the declarations are found without it.

use ztam_graph::access::{Access, Layer, LayerId, SlotId};
use ztam_graph::facts::RightId;
use ztam_graph::ids::{FieldId, RoleId};
use ztam_graph::path::{Cause, causes, layer_of};
use ztam_graph::scopes::ScopeSet;
use ztam_model::words::{Action, Scope};

/// One thing that a right of a row stands on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Support {
    /// The right, as it stands in the row.
    pub right: &'static str,
    /// What it stands on.
    pub basis: Basis,
}

/// What a right of a row can stand on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Basis {
    /// Cells of the role.
    Cells(Cells),
    /// A right that the role is granted: see `ztam_graph::holding`.
    Right {
        /// Position of the platform.
        platform: usize,
        /// The right.
        right: RightId,
        /// Texts by which a capability or carried block may say it: its name, a preset that has it.
        called: Vec<String>,
    },
    /// A right that the platform adds to every role.
    Everybody,
    /// The permission set is among those that the group joins.
    Member,
}

/// Cells that give a role an action on a slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cells {
    /// On what.
    pub slot: SlotId,
    /// The field of the slot that the row is about, where it is about a listed field.
    pub field: Option<FieldId>,
    /// What.
    pub action: Action,
    /// In which layers; cells of others do not count.
    pub layers: Vec<LayerId>,
    /// The scope that a cell must reach at least to count.
    pub reaching: Option<Scope>,
    /// What they are to the row.
    pub part: Part,
}

/// What cells are to a right of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// They give it.
    Gives,
    /// They give the row, and a field that the matrix does not list goes with its row.
    WithRow,
    /// They give it elsewhere, and it is repeated because something in this container needs it here.
    Repeated,
    /// They are what needs it.
    Needs,
    /// It would not be there without them.
    Needed,
    /// They are the other half, where create and edit of a field are one right: rows that can be created need both.
    Both,
    /// What it is derived from.
    Related,
}

impl Part {
    /// The word of documents.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Gives => "gives",
            Self::WithRow => "with-row",
            Self::Repeated => "repeated",
            Self::Needs => "needs-it",
            Self::Needed => "needed",
            Self::Both => "both",
            Self::Related => "related",
        }
    }
}

impl Cells {
    /// The cells, in the order of the lineage.
    #[must_use]
    pub fn causes(&self, access: &Access<'_>, role: RoleId) -> Vec<Cause> {
        let layers: Vec<Layer> = self.layers.iter().map(|id| access.layers[*id]).collect();
        let mut found = causes(access, role, self.slot, self.action);
        found.retain(|cause| {
            let reaches = self.reaching.is_none_or(|it| ScopeSet::of(cause.scope.value).reaches(it));
            reaches && layers.contains(&layer_of(cause))
        });
        found
    }
}
