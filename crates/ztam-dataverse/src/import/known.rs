//! What of a package the project has already, by id, and names that two things would have.

use std::collections::{BTreeMap, BTreeSet};

use ztam_backend::read::ReadContainer;
use ztam_backend::rules::DUPLICATE_CONTAINER;
use ztam_source::finding::{Finding, Level};
use ztam_source::span::Span;

use crate::bind::{Bound, emitted_name};
use crate::plan::{PROFILE, ROLE};

/// Containers of the project, and those of the package that were looked at.
pub(super) struct Known {
    /// By kind and id.
    ids: BTreeSet<(&'static str, String)>,
    /// Places in the package by kind and folded name; none for what the project has.
    names: BTreeMap<(&'static str, String), Option<Span>>,
}

impl Known {
    pub(super) fn new(bound: &Bound) -> Self {
        let mut known = Self { ids: BTreeSet::new(), names: BTreeMap::new() };
        for role in bound.package.roles.iter().flatten() {
            let mut add = |kind, word, suffix: &str| {
                known.ids.insert((kind, bound.package.id_of(role, word, suffix)));
            };
            add(PROFILE, "profile", "");
            let kind = if role.profile_only { PROFILE } else { ROLE };
            if !role.profile_only {
                add(ROLE, "role", "");
                add(ROLE, "role", "/team");
            }
            known.names.insert((kind, emitted_name(&role.name).folded), None);
        }
        known
    }

    /// Whether the project builds this very container.
    pub(super) fn has(&self, container: &ReadContainer) -> bool {
        container.id.as_ref().is_some_and(|id| self.ids.contains(&(container.kind, id.clone())))
    }

    /// Another role or profile has the name: in the project, or in another business unit or environment. A solution has a
    /// name once, and so does a project.
    pub(super) fn clash(&mut self, container: &ReadContainer) -> Option<Finding> {
        let folded = (container.kind, emitted_name(&container.name).folded);
        let Some(first) = self.names.get(&folded) else {
            self.names.insert(folded, Some(container.place));
            return None;
        };
        let title = format!("another {} with another id is called `{}`", container.kind, container.name);
        let mut finding = Finding::new(&DUPLICATE_CONTAINER, title)
            .at(container.place, "a package has a name once")
            .help("import the roles of one business unit of one environment at a time, each into a project of its own")
            .help("or rename one of them where it comes from")
            .fact("kind", container.kind)
            .fact("name", container.name.clone());
        finding = match first {
            Some(first) => finding.because(*first, "the other one"),
            None => finding.note("the project has the other one"),
        };
        finding.level = Level::Blocking;
        Some(finding)
    }
}
