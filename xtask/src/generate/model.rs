//! A made-up project before it is written. Classes and domains are positions; everything else is named.

/// Scopes by action, in the order they are written.
pub(super) type Scopes = Vec<(&'static str, &'static str)>;

/// Everything that is written.
#[derive(Default)]
pub(super) struct Project {
    /// Name.
    pub(super) name: String,
    /// From least to most sensitive.
    pub(super) classes: Vec<Class>,
    /// Names of conditions.
    pub(super) conditions: Vec<String>,
    /// How many domains.
    pub(super) domains: usize,
    pub(super) assets: Vec<Asset>,
    pub(super) capabilities: Vec<Capability>,
    pub(super) roles: Vec<Role>,
    pub(super) temporaries: Vec<Temporary>,
    pub(super) changes: Vec<Change>,
    /// Lines below `guards`, `duties`, `separate`, `together`, `waivers` and `carry`.
    pub(super) guards: Vec<String>,
    pub(super) duties: Vec<String>,
    pub(super) separations: Vec<String>,
    pub(super) together: Vec<String>,
    pub(super) waivers: Vec<String>,
    pub(super) carried: Vec<String>,
    pub(super) sentences: Vec<String>,
    /// Person and role.
    pub(super) assignments: Vec<(String, String)>,
}

pub(super) struct Class {
    pub(super) id: &'static str,
    /// Whether cells reach only what they name.
    pub(super) named: bool,
    /// Conditions without which nothing is granted.
    pub(super) requires: Vec<&'static str>,
}

#[derive(Clone, Default)]
pub(super) struct Asset {
    pub(super) id: String,
    pub(super) class: Option<usize>,
    pub(super) domains: Vec<usize>,
    pub(super) tags: Vec<&'static str>,
    pub(super) fields: Vec<Field>,
    /// API name.
    pub(super) salesforce: Option<String>,
    /// Logical name.
    pub(super) dataverse: Option<String>,
    /// Whether the organization owns its rows, on Dataverse.
    pub(super) organization_owned: bool,
    /// Tables that it refers to.
    pub(super) references: Vec<String>,
}

#[derive(Clone, Default)]
pub(super) struct Field {
    pub(super) id: String,
    /// `None`: the asset's.
    pub(super) class: Option<usize>,
    pub(super) tags: Vec<&'static str>,
    pub(super) salesforce: Option<String>,
    pub(super) dataverse: Option<String>,
}

#[derive(Clone, Default)]
pub(super) struct Capability {
    pub(super) id: String,
    /// What stands beside `salesforce`.
    pub(super) salesforce: Option<String>,
    /// What stands beside `dataverse`.
    pub(super) dataverse: Option<String>,
}

/// A cell of a class, or of what `of` names.
#[derive(Clone, Default)]
pub(super) struct Cell {
    /// `None` below `also`.
    pub(super) class: Option<usize>,
    pub(super) scopes: Scopes,
    pub(super) of: Vec<String>,
    pub(super) when: Vec<String>,
}

#[derive(Clone, Default)]
pub(super) struct Block {
    pub(super) within: Vec<usize>,
    pub(super) may: Vec<Cell>,
    pub(super) also: Vec<Cell>,
}

#[derive(Clone, Default)]
pub(super) struct Role {
    pub(super) id: String,
    pub(super) kind: &'static str,
    pub(super) is_abstract: bool,
    pub(super) platforms: Vec<&'static str>,
    /// Positions of roles.
    pub(super) extends: Vec<usize>,
    pub(super) block: Block,
    pub(super) holds: Vec<String>,
    pub(super) never: Vec<String>,
    /// Whether append and append-to are derived.
    pub(super) derives: bool,
    /// Whether it says why it has what it has.
    pub(super) justified: bool,
}

#[derive(Clone)]
pub(super) struct Temporary {
    /// Position of the role.
    pub(super) role: usize,
    pub(super) block: Block,
    pub(super) from: &'static str,
    pub(super) until: &'static str,
}

/// A difference of one of the two environments.
#[derive(Clone)]
pub(super) struct Change {
    /// `prod` or `sandbox`.
    pub(super) environment: &'static str,
    /// `widen` or `narrow`.
    pub(super) verb: &'static str,
    /// Position of the role.
    pub(super) role: usize,
    pub(super) block: Block,
    /// Actions that are taken away, by class.
    pub(super) without: Vec<(usize, Vec<&'static str>)>,
}

/// Name of a domain.
pub(super) fn domain(position: usize) -> String {
    format!("domain-{:02}", position + 1)
}

impl Project {
    /// Name of a role.
    pub(super) fn role(&self, position: usize) -> &str {
        self.roles.get(position).map_or("", |role| role.id.as_str())
    }

    /// Name of a class.
    pub(super) fn class(&self, position: usize) -> &'static str {
        self.classes.get(position).map_or("", |class| class.id)
    }
}
