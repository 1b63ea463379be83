//! What an earlier build made and this one does not: what has to go for a narrowing to be complete, and who still holds it.
//! Packages add and replace; taking away is a change of its own on every platform.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use crate::plan::Row;
use crate::read::ReadRow;

/// Something that a package makes on its platform.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Thing {
    /// What it is, in the platform's word: `PermissionSet`, `Role` ...
    pub kind: String,
    /// API name or name.
    pub name: String,
    /// Id where the platform has one that travels.
    pub id: Option<String>,
}

/// A thing that has to go, with what emptying it must repeat.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Removed {
    /// What goes.
    pub thing: Thing,
    /// Its label; empty where the platform has none.
    pub label: String,
    /// The licence that it is bound to.
    pub licence: Option<String>,
    /// Whether it counts only where a session has activated it.
    pub activation: bool,
    /// Secured columns that it opened. They stay secured when it goes.
    pub columns: Vec<String>,
}

/// A thing that stays and grants less than before.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Narrowed {
    /// What stays.
    pub thing: Thing,
    /// Rows that are gone.
    pub rows_gone: usize,
    /// Rows that are still there without a right that they had.
    pub rows_less: usize,
}

/// Somebody who holds something that they no longer should, as far as the earlier build's tables say.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Held {
    /// The person or team.
    pub who: String,
    /// How: `person`, `group-team`, `owner-team`.
    pub via: String,
    /// What they hold.
    pub thing: Thing,
    /// The role of the matrix that they held it for.
    pub role: String,
}

/// What has changed on one platform since an earlier build. All lists are sorted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gone {
    /// What has to go.
    pub removed: Vec<Removed>,
    /// What grants less.
    pub narrowed: Vec<Narrowed>,
    /// What is new: undoing the change means that it goes again.
    pub added: Vec<Thing>,
    /// Who holds too much.
    pub unassign: Vec<Held>,
}

impl Gone {
    /// Whether nothing has to be done beside deploying the package.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.removed.is_empty() && self.narrowed.is_empty() && self.unassign.is_empty()
    }

    /// The removed things of one kind.
    pub fn of_kind<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Removed> + 'a {
        self.removed.iter().filter(move |it| it.thing.kind == kind)
    }
}

/// A part of a file that is a document of its own once it stands between `head` and `tail`: a file that a build wrote can be
/// larger than what is parsed at once.
#[derive(Clone, Copy, Debug)]
pub struct Piece<'b> {
    /// What opens it.
    pub head: &'static str,
    /// Its own bytes.
    pub body: &'b [u8],
    /// What closes it.
    pub tail: &'static str,
}

impl<'b> Piece<'b> {
    /// A whole file.
    #[must_use]
    pub fn whole(body: &'b [u8]) -> Self {
        Self { head: "", body, tail: "" }
    }

    /// The document.
    #[must_use]
    pub fn document(&self) -> Cow<'b, [u8]> {
        if self.head.is_empty() && self.tail.is_empty() {
            return Cow::Borrowed(self.body);
        }
        Cow::Owned([self.head.as_bytes(), self.body, self.tail.as_bytes()].concat())
    }
}

/// One step of a runbook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What to do: a sentence of ours in Markdown. Names of the project stand in `names` alone.
    pub text: String,
    /// What it is about, as plain text.
    pub names: Vec<String>,
    /// Whether no file of the package does it.
    pub by_hand: bool,
}

impl Step {
    /// A step that files of the package do.
    #[must_use]
    pub fn deploy(text: impl Into<String>, names: Vec<String>) -> Self {
        Self { text: text.into(), names, by_hand: false }
    }

    /// A step that somebody does.
    #[must_use]
    pub fn by_hand(text: impl Into<String>, names: Vec<String>) -> Self {
        Self { text: text.into(), names, by_hand: true }
    }
}

/// How many rows are gone, and how many lack a right that they had.
#[must_use]
pub fn narrowing(earlier: &[ReadRow], now: &[Row]) -> (usize, usize) {
    let by_key: BTreeMap<(&str, &str), &[&str]> =
        now.iter().map(|row| ((row.kind, row.key.as_str()), row.rights.as_slice())).collect();
    let (mut gone, mut less) = (0, 0);
    for ReadRow { row, .. } in earlier {
        match by_key.get(&(row.kind, row.key.as_str())) {
            None => gone += 1,
            Some(rights) => less += usize::from(row.rights.iter().any(|right| !rights.contains(right))),
        }
    }
    (gone, less)
}

/// Those of `earlier` who do not hold the same thing now. A thing is told by `key`; who holds it for another role holds it.
#[must_use]
pub fn no_longer_held(earlier: Vec<Held>, now: &[Held], key: impl Fn(&Thing) -> String) -> Vec<Held> {
    let about = |it: &Held| (it.who.clone(), it.via.clone(), key(&it.thing));
    let now: BTreeSet<_> = now.iter().map(about).collect();
    let mut left: Vec<_> = earlier.into_iter().filter(|it| !now.contains(&about(it))).collect();
    left.sort_unstable();
    left.dedup();
    left
}

#[cfg(test)]
mod tests {
    use super::*;
    use ztam_source::file::FileId;
    use ztam_source::span::Span;

    fn row(key: &str, rights: &[&'static str]) -> Row {
        Row { kind: "objectPermissions", key: key.to_owned(), rights: rights.to_vec() }
    }

    #[test]
    fn only_what_is_less_counts() {
        let read = |it: Row| ReadRow { row: it, span: Span::new(FileId(0), 0, 0) };
        let earlier = [row("A", &["r", "w"]), row("B", &["r"]), row("C", &["r"])].map(read);
        assert_eq!(narrowing(&earlier, &[row("A", &["r"]), row("B", &["r", "w"])]), (1, 1));
        assert_eq!(narrowing(&earlier, &earlier.clone().map(|it| it.row)), (0, 0));
    }

    #[test]
    fn who_holds_a_thing_for_another_role_holds_it() {
        let held = |who: &str, name: &str, role: &str| Held {
            who: who.into(),
            via: "person".into(),
            thing: Thing { kind: "PermissionSet".into(), name: name.into(), id: None },
            role: role.into(),
        };
        let earlier = vec![held("bo", "Rep", "rep"), held("ana", "Rep", "rep"), held("ana", "Boss", "boss")];
        let now = [held("ana", "REP", "seller")];
        let left = no_longer_held(earlier, &now, |it| it.name.to_lowercase());
        assert_eq!(left, [held("ana", "Boss", "boss"), held("bo", "Rep", "rep")]);
    }
}
