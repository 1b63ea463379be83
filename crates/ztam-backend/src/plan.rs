//! The plan: what a build writes and what reading a package gives back. A container is a permission set, a role, a profile;
//! its rows are (kind, key, right). Rows are made container by container when they are needed: a plan of a large estate
//! has millions of them.

use ztam_graph::access::LayerId;
use ztam_graph::ids::RoleId;
use ztam_source::finding::Finding;

use crate::fidelity::{Less, Obligation, VerdictGroup};
use crate::removal::{Removed, Thing};

/// What is emitted for one platform.
#[derive(Debug, Default)]
pub struct Plan {
    /// Containers, sorted by kind and name.
    pub containers: Vec<Container>,
    /// Facts outside the package that must hold for it to mean what the matrix says.
    pub obligations: Vec<Obligation>,
    /// What the platform cannot express and is therefore not granted, grouped.
    pub less: Vec<Less>,
    /// How every cell and right comes through, grouped.
    pub fidelity: Vec<VerdictGroup>,
    /// What forbids emission: always something that would be wider than the matrix, or names that collide.
    pub findings: Vec<Finding>,
    /// What the package makes besides containers of rows.
    pub beside: Vec<Beside>,
    /// What an earlier build made and this one does not; planning leaves it empty.
    pub removed: Vec<Removed>,
}

/// Something that a package makes and that is for no single role.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Beside {
    /// What it is.
    pub thing: Thing,
    /// What it grants; what reading its file gives back.
    pub rows: Vec<Row>,
}

/// One emitted thing that carries rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Container {
    /// What it is, in the platform's word: `PermissionSet`, `Role`, `FieldSecurityProfile` ...
    pub kind: &'static str,
    /// API name or name.
    pub name: String,
    /// Id where the platform has one that travels.
    pub id: Option<String>,
    /// Label or description where the platform has them.
    pub label: String,
    /// Description where the platform has one.
    pub description: String,
    /// The role it is for.
    pub role: RoleId,
    /// The layers of the role that it carries; more than one only where a back end may join them.
    pub layers: Vec<LayerId>,
    /// Which holder of the role it is meant for, where a platform tells them apart: `""`, `team` ...
    pub holder: &'static str,
    /// The containers inside it, by name, sorted: the permission sets of a group.
    pub members: Vec<String>,
}

/// One row of a container: an access fact on the platform.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Row {
    /// What it is about, in the platform's word: `objectPermissions`, `fieldPermissions`, `RolePrivilege` ...
    pub kind: &'static str,
    /// Its key: the object, the field, the privilege.
    pub key: String,
    /// The rights, in the platform's words, in their fixed order: `allowRead`, `Local` ...
    pub rights: Vec<&'static str>,
}
