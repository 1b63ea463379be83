//! What the matrix says of a role on Dataverse: its name, its id, and what its file says of it.

use std::collections::BTreeSet;

use ztam_backend::rules::BINDING;
use ztam_graph::facts::EmittedName;
use ztam_graph::ids::{Names, RoleId};
use ztam_model::project::{Role, Text};
use ztam_model::words::{MovedKind, RoleKind};
use ztam_source::finding::Finding;
use ztam_source::idx::IndexVec;

use super::{Binder, LONGEST_NAME, emitted_name, units};
use crate::parts::{Inherit, RolePart, UnsaidWord};
use crate::rules::{AUTO_ASSIGNED_ROLE, UNLICENSED_ROLE};
use crate::{PLATFORM, catalog};

/// An emitted role's own settings.
#[derive(Clone, Debug)]
pub(crate) struct BoundRole {
    pub(crate) name: String,
    pub(crate) id: Option<String>,
    pub(crate) inherit: Inherit,
    /// What its file says of it; nothing where it is silent.
    pub(crate) said: Said,
    /// Privileges of the floor that the role, which exists, does not have.
    pub(crate) without_floor: BTreeSet<String>,
    /// Whether only a profile is emitted.
    pub(crate) profile_only: bool,
    /// What ids are made of: the role's first name, if it was renamed.
    pub(crate) key: String,
    pub(crate) description: String,
}

/// What the file of a role says besides its privileges.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Said {
    pub(crate) inherited: Option<bool>,
    pub(crate) auto_assigned: Option<bool>,
    pub(crate) customizable: Option<bool>,
}

impl<'p> Binder<'_, 'p> {
    pub(super) fn roles(&mut self) -> IndexVec<RoleId, Option<BoundRole>> {
        let mut roles = IndexVec::new();
        for (id, _, role) in self.names.roles.iter() {
            let is_here = role.platforms.iter().any(|it| it.value == PLATFORM);
            let is_abstract = role.r#abstract.as_ref().is_some_and(|it| it.value);
            let bound = (is_here && !is_abstract).then(|| self.role(id, role)).flatten();
            self.facts.role_names[id] = bound.as_ref().map(BoundRole::emitted_name);
            roles.push(bound);
        }
        roles
    }

    fn role(&mut self, id: RoleId, role: &'p Role) -> Option<BoundRole> {
        let part = match role.bindings.get(PLATFORM) {
            Some(raw) => self.read::<RolePart>(&BINDING, raw)?,
            None => RolePart::default(),
        };
        if !self.is_licensed(id, role, &part) {
            return None;
        }
        let profile_only = part.profile_only.is_some_and(|it| it.value);
        // What is taken over has the name that it has; its file gets another one where a file system would change it.
        let fits = if part.id.is_some() || profile_only { is_kept } else { is_role_name };
        let name = match &part.name {
            Some(name) if !fits(&name.value) => {
                let title = format!("Dataverse or its packager cannot keep a role called `{}`", name.value);
                let finding = Finding::new(&BINDING, title).at(
                    name.span,
                    "1 to 100 characters, without `. / \\ : * ? \" < > |` and without spaces at the ends",
                );
                self.findings.push(finding);
                return None;
            }
            Some(name) => name.value.clone(),
            None => ztam_graph::ids::title_or_words(None, self.names.roles.name(id)),
        };
        let own_id = match &part.id {
            Some(id) => Some(self.guid(id)?),
            None => None,
        };
        self.is_automatic(id, &part);
        let purpose =
            || role.purpose.as_ref().map_or_else(String::new, |it| crate::solution::one_line(&it.value));
        Some(BoundRole {
            name,
            id: own_id,
            inherit: part.inherit.map_or_else(Inherit::default, |it| it.value),
            said: self.said(&part),
            without_floor: self.without_floor(&part),
            profile_only,
            key: first_name(self.names, self.names.roles.name(id)),
            description: part.description.map_or_else(purpose, |it| it.value),
        })
    }

    /// Tells of a role that everybody gets.
    fn is_automatic(&mut self, id: RoleId, part: &RolePart) {
        if let Some(automatic) = part.auto_assigned.filter(|it| it.value) {
            let title = format!("every new user gets {} on Dataverse", self.names.role_title(id));
            let finding = Finding::new(&AUTO_ASSIGNED_ROLE, title)
                .at(automatic.span, "held beside every other role")
                .help("remove `auto-assigned`, and give the role to those who need it")
                .fact("role", self.names.roles.name(id));
            self.findings.push(finding);
        }
    }

    /// What the role's file says; a setting that is given and not said contradicts itself.
    fn said(&mut self, part: &RolePart) -> Said {
        let mut said = Said {
            inherited: Some(part.inherit.is_none_or(|it| it.value == Inherit::Direct)),
            auto_assigned: Some(part.auto_assigned.is_some_and(|it| it.value)),
            customizable: Some(part.customizable.is_none_or(|it| it.value)),
        };
        for word in &part.not_said {
            let (slot, given) = match word.value {
                UnsaidWord::Inherit => (&mut said.inherited, part.inherit.map(|it| it.span)),
                UnsaidWord::AutoAssigned => (&mut said.auto_assigned, part.auto_assigned.map(|it| it.span)),
                UnsaidWord::Customizable => (&mut said.customizable, part.customizable.map(|it| it.span)),
            };
            match given {
                None => *slot = None,
                Some(place) => self.findings.push(
                    Finding::new(&BINDING, "a role both says something of itself and does not")
                        .at(word.span, "not said")
                        .because(place, "said here")
                        .help("remove one of the two"),
                ),
            }
        }
        said
    }

    fn without_floor(&mut self, part: &RolePart) -> BTreeSet<String> {
        let mut all = BTreeSet::new();
        for name in &part.without_floor {
            if catalog::floor().any(|it| it.name == name.value) {
                all.insert(name.value.clone());
            } else {
                let title = format!("`{}` is not among the privileges that every new role gets", name.value);
                let names: Vec<_> = catalog::floor().map(|it| format!("`{}`", it.name)).collect();
                let finding = Finding::new(&BINDING, title).at(name.span, "not of the floor");
                self.findings.push(finding.help(format!("they are {}", names.join(", "))));
            }
        }
        all
    }

    fn is_licensed(&mut self, id: RoleId, role: &Role, part: &RolePart) -> bool {
        let kind = role.kind.as_ref().map_or(RoleKind::Employee, |it| it.value);
        let is_outside = matches!(kind, RoleKind::External | RoleKind::Guest);
        if !is_outside || part.licensed.is_some_and(|it| it.value) {
            return true;
        }
        let place = role.platforms.iter().find(|it| it.value == PLATFORM);
        let title =
            format!("{} is for people from outside and gets no role on Dataverse", self.names.role_title(id));
        let mut finding = Finding::new(&UNLICENSED_ROLE, title).fact("role", self.names.roles.name(id));
        if let Some(place) = place {
            finding = finding.at(place.span, "roles are for licensed users");
        }
        if let Some(kind) = &role.kind {
            finding = finding.because(kind.span, "the people are not of this organisation");
        }
        let help =
            "remove the platform, or add `dataverse: {licensed: true}` if they sign in as licensed users";
        self.findings.push(finding.help(help));
        false
    }

    fn guid(&mut self, id: &Text) -> Option<String> {
        let bare = id.value.strip_prefix('{').and_then(|it| it.strip_suffix('}')).unwrap_or(&id.value);
        let lengths = bare.split('-').map(str::len).collect::<Vec<_>>();
        if lengths == [8, 4, 4, 4, 12] && bare.bytes().all(|it| it.is_ascii_hexdigit() || it == b'-') {
            return Some(bare.to_ascii_lowercase());
        }
        let title = format!("`{}` is not the id of a role", id.value);
        let example = "32 hexadecimal digits, such as `c0ce7213-aafa-5905-974f-f594574fe682`";
        self.findings.push(Finding::new(&BINDING, title).at(id.span, example));
        None
    }
}

impl BoundRole {
    /// Its name among those that must differ: a role and a profile may have the same.
    pub(super) fn emitted_name(&self) -> EmittedName {
        let mut name = emitted_name(&self.name);
        if self.profile_only {
            name.folded.insert_str(0, "profile ");
        }
        name
    }
}

/// Whether the platform keeps the name and the packager keeps the file of that name on every system.
pub(crate) fn is_role_name(name: &str) -> bool {
    is_kept(name) && name.trim() == name && name.chars().all(is_in_file_names)
}

pub(crate) fn is_in_file_names(letter: char) -> bool {
    !letter.is_control() && !"./\\:*?\"<>|".contains(letter)
}

/// Whether the platform keeps the name, whatever its file is called.
pub(crate) fn is_kept(name: &str) -> bool {
    !name.trim().is_empty() && units(name) <= LONGEST_NAME && !name.contains(char::is_control)
}

/// A role's name before all renames that the project records: ids outlive names.
fn first_name(names: &Names<'_>, name: &str) -> String {
    let moved = &names.project.items.moved;
    let mut first = name;
    // As many steps as there are renames: a circle of them ends.
    for _ in moved {
        let step = moved.iter().find(|it| it.what.value == MovedKind::Role && it.to.value == first);
        match step {
            Some(step) => first = &step.from.value,
            None => break,
        }
    }
    first.to_owned()
}
