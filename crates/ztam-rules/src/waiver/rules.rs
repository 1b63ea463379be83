//! Which rule an id stands for: one of the program, a project's own guard or separation, or a pair of its packs.

use ztam_source::finding::RuleMeta;
use ztam_source::suggest;

use crate::cx::Cx;
use crate::separate::pairs;

/// What an id stands for.
#[derive(Clone, Debug)]
pub(super) enum Known {
    /// A rule of the program.
    Rule(&'static RuleMeta),
    /// A guard or a separation of the project, or a pair of its packs.
    Project,
    /// Nothing; the id that was probably meant.
    Nothing {
        /// The one that is clearly closest.
        close: Option<String>,
    },
}

/// Finds a rule by its id.
pub(super) fn find(cx: &Cx<'_>, id: &str) -> Known {
    if is_own(cx, id) {
        return Known::Project;
    }
    if let Some(meta) = cx.known.iter().find(|meta| meta.id == id) {
        return Known::Rule(meta);
    }
    let own = own(cx);
    let all = own.iter().map(String::as_str).chain(cx.known.iter().map(|meta| meta.id));
    Known::Nothing { close: suggest::closest(id, all).map(str::to_owned) }
}

/// The ids of the group that an id begins with.
pub(super) fn of_group<'c>(cx: &'c Cx<'_>, id: &'c str) -> impl Iterator<Item = &'static str> + use<'c> {
    let group = id.split_once('/').map_or("", |(group, _)| group);
    cx.known
        .iter()
        .map(|meta| meta.id)
        .filter(move |it| it.split_once('/').is_some_and(|(other, _)| other == group))
}

/// Whether an id is of the project: a guard, a separation, a pair of a pack.
fn is_own(cx: &Cx<'_>, id: &str) -> bool {
    let names = &cx.access.names;
    match id.split_once('/') {
        Some(("guard", name)) => names.guards.find(name).is_some(),
        Some(("separate", name)) => names.separations.find(name).is_some(),
        _ => pairs::ids(&names.project.items.packs).iter().any(|pair| pair == id),
    }
}

fn own(cx: &Cx<'_>) -> Vec<String> {
    let names = &cx.access.names;
    let guards = names.guards.names().map(|name| format!("guard/{name}"));
    let separations = names.separations.names().map(|name| format!("separate/{name}"));
    guards.chain(separations).chain(pairs::ids(&names.project.items.packs)).collect()
}
