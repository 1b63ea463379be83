//! Holds containers of three sides against each other: what the matrix gives, what is live, and what an earlier build made.
//! Each right is compared by itself, so that what somebody meant to change stays apart from what changed by itself.

use std::collections::{BTreeMap, BTreeSet};

use crate::read::ReadContainer;
use crate::{Backend, plan::Row};

/// A row in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spoken {
    /// What it is about: the object, the field, the privilege.
    pub subject: String,
    /// What it allows, each by itself; of a ladder every step up to the highest.
    pub grants: Vec<String>,
    /// Whether each word holds all before it.
    pub is_ladder: bool,
    /// Whether it takes away instead of giving.
    pub takes_away: bool,
}

impl Spoken {
    /// A row that gives what its words say.
    #[must_use]
    pub fn new(subject: String, grants: Vec<String>) -> Self {
        Self { subject, grants, is_ladder: false, takes_away: false }
    }

    /// A row in the platform's own words.
    #[must_use]
    pub fn plain(row: &Row) -> Self {
        let grants = row.rights.iter().map(|it| (*it).to_owned()).collect();
        Self::new(format!("{} {}", row.kind, row.key), grants)
    }

    /// A row whose one right is a step of a ladder; each step holds those before it.
    #[must_use]
    pub fn ladder(subject: String, steps: &[(&str, &str)], row: &Row) -> Self {
        let top = steps.iter().position(|(right, _)| row.rights.contains(right));
        let below = steps.iter().take(top.map_or(0, |it| it + 1));
        let grants = below.map(|(_, word)| (*word).to_owned()).collect();
        Self { is_ladder: true, ..Self::new(subject, grants) }
    }
}

/// Something that is said of a container besides its rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Aspect {
    /// What, in words: `licence`, `activation`, `label` ...
    pub name: &'static str,
    /// Its value; empty where there is none.
    pub value: String,
    /// How much more it lets through than the narrowest value; 0 where it decides nothing.
    pub width: u8,
}

impl Aspect {
    /// One that lets nothing through.
    #[must_use]
    pub fn new(name: &'static str, value: impl Into<String>) -> Self {
        Self { name, value: value.into(), width: 0 }
    }

    /// One that lets more through where `is_wide`.
    #[must_use]
    pub fn with_width(name: &'static str, value: impl Into<String>, is_wide: bool) -> Self {
        Self { width: u8::from(is_wide), ..Self::new(name, value) }
    }

    /// Label, description and id of a container, where it has them, and its name.
    #[must_use]
    pub fn common(container: &ReadContainer) -> Vec<Self> {
        vec![
            Self::new("name", &container.name),
            Self::new("id", container.id.as_deref().unwrap_or_default()),
            Self::new("label", &container.label),
            Self::new("description", &container.description),
        ]
    }
}

/// Whose a container is, by its name alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Only builds make one of such a name.
    Marked,
    /// Anybody may have made it.
    Unmarked,
    /// It grants nothing and belongs to nobody.
    Aside,
}

/// What an earlier build says of a container.
#[derive(Clone, Copy, Debug)]
pub enum Built<'a> {
    /// There is no earlier build to ask.
    NotAsked,
    /// There is one, and its file was changed since.
    Changed,
    /// What it made of it; `None` where it made no such container.
    Known(Option<&'a ReadContainer>),
}

/// Why the matrix and what is live differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// What is live is no longer what the earlier build made.
    Drift,
    /// The matrix is no longer what the earlier build made.
    Change,
    /// Both have moved.
    Both,
    /// Nobody can say without an earlier build.
    NotKnown,
}

/// One difference of a container, seen from a deployment of the matrix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What it is about: the words of a row, or the name of an aspect.
    pub subject: String,
    /// The row's kind and key; `None` for an aspect.
    pub row: Option<(&'static str, String)>,
    /// What deploying gives or takes.
    pub step: Step,
    /// Why there is a difference.
    pub origin: Origin,
    /// Whether what is live lets more through than the matrix.
    pub is_wider: bool,
}

/// What deploying the matrix does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Whoever holds the container has these besides.
    Gains(Vec<String>),
    /// Whoever holds the container has these no longer.
    Loses(Vec<String>),
    /// Something else is said of it.
    Becomes {
        /// What is live.
        live: String,
        /// What the matrix says.
        matrix: String,
    },
}

/// How a container differs; `None` on a side is a container that is not there. Sorted: rows, then aspects.
#[must_use]
pub fn compare(
    backend: &dyn Backend,
    matrix: Option<&ReadContainer>,
    live: Option<&ReadContainer>,
    built: Built<'_>,
) -> Vec<Difference> {
    let sides = Sides { matrix: Rows::new(backend, matrix), live: Rows::new(backend, live), built };
    let earlier = match built {
        Built::Known(it) => Some(Rows::new(backend, it)),
        Built::NotAsked | Built::Changed => None,
    };
    let mut found = sides.rows(earlier.as_ref());
    if let (Some(matrix), Some(live)) = (matrix, live) {
        found.extend(aspects(backend, matrix, live, built));
        found.extend(unknown(matrix, live, built));
    }
    found
}

/// Rows by kind and key; platforms tell keys apart without regard to case.
struct Rows(BTreeMap<(&'static str, String), (String, Spoken)>);

impl Rows {
    fn new(backend: &dyn Backend, container: Option<&ReadContainer>) -> Self {
        let rows = container.into_iter().flat_map(|it| &it.rows).map(|it| &it.row);
        let takes_away = container.is_some_and(|it| backend.takes_away(it.kind));
        let entry = |it: &Row| {
            let spoken = backend.speak(it);
            let spoken = Spoken { takes_away: spoken.takes_away != takes_away, ..spoken };
            ((it.kind, it.key.to_lowercase()), (it.key.clone(), spoken))
        };
        Self(rows.map(entry).collect())
    }

    fn grants(&self, key: &(&'static str, String)) -> &[String] {
        self.0.get(key).map_or(&[], |(_, it)| &it.grants)
    }
}

struct Sides<'a> {
    matrix: Rows,
    live: Rows,
    built: Built<'a>,
}

impl Sides<'_> {
    fn rows(&self, earlier: Option<&Rows>) -> Vec<Difference> {
        let both: BTreeMap<_, _> = self.live.0.iter().chain(&self.matrix.0).collect();
        let mut found = Vec::new();
        for (key, (shown, spoken)) in both {
            let (matrix, live) = (self.matrix.grants(key), self.live.grants(key));
            let earlier = earlier.map(|it| it.grants(key));
            for is_live in [true, false] {
                let (has, lacks) = if is_live { (live, matrix) } else { (matrix, live) };
                let more: Vec<&String> = has.iter().filter(|it| !lacks.contains(it)).collect();
                // Either the earlier build agrees with what is live, or with the matrix: a right is there or not.
                for origin in [Origin::Drift, Origin::Change, Origin::NotKnown] {
                    let is_of = |it: &&&String| self.origin(earlier, it, is_live) == origin;
                    let words: Vec<String> = more.iter().filter(is_of).map(|it| (*it).clone()).collect();
                    if !words.is_empty() {
                        let subject = spoken.subject.clone();
                        let row = Some((key.0, shown.clone()));
                        let is_wider = is_live != spoken.takes_away;
                        let words = in_short(words, lacks, spoken, is_wider);
                        let step = if is_wider { Step::Loses(words) } else { Step::Gains(words) };
                        found.push(Difference { subject, row, step, origin, is_wider });
                    }
                }
            }
        }
        found
    }

    fn origin(&self, earlier: Option<&[String]>, word: &String, is_live: bool) -> Origin {
        match (self.built, earlier) {
            (Built::NotAsked, _) => Origin::NotKnown,
            (_, Some(earlier)) if earlier.contains(word) == is_live => Origin::Change,
            _ => Origin::Drift,
        }
    }
}

/// Of a ladder the highest step says all, with the one that is left.
fn in_short(words: Vec<String>, left: &[String], spoken: &Spoken, is_wider: bool) -> Vec<String> {
    let Some(top) = words.last().filter(|_| spoken.is_ladder) else { return words };
    vec![match left.last() {
        Some(left) if is_wider => format!("{top}, and keeps {left}"),
        Some(left) => format!("{top}, up from {left}"),
        None => top.clone(),
    }]
}

/// Elements that nobody knows and that both sides can show: what differs may grant anything.
fn unknown(matrix: &ReadContainer, live: &ReadContainer, built: Built<'_>) -> Vec<Difference> {
    let names: BTreeSet<&str> =
        matrix.verbatim.iter().chain(&live.verbatim).map(|it| it.name.as_str()).collect();
    let shown = |it: &ReadContainer, name: &str| it.verbatim_of(name).map(|it| it.join(" "));
    let difference = |name: &str| {
        let (wanted, there) = (shown(matrix, name)?, shown(live, name)?);
        let origin = match built {
            Built::NotAsked => Origin::NotKnown,
            Built::Known(Some(earlier)) if shown(earlier, name).as_ref() == Some(&there) => Origin::Change,
            Built::Known(_) | Built::Changed => Origin::Drift,
        };
        (wanted != there).then(|| Difference {
            subject: format!("element {name}"),
            row: None,
            is_wider: !there.is_empty() || live.unknown.iter().any(|it| it.name == name),
            step: Step::Becomes { live: there, matrix: wanted },
            origin,
        })
    };
    names.into_iter().filter_map(difference).collect()
}

fn aspects(
    backend: &dyn Backend,
    matrix: &ReadContainer,
    live: &ReadContainer,
    built: Built<'_>,
) -> Vec<Difference> {
    let of = |it: &ReadContainer| backend.aspects(it);
    let earlier = match built {
        Built::Known(Some(it)) => of(it),
        _ => Vec::new(),
    };
    let all = of(matrix).into_iter().zip(of(live));
    let differing = all.filter(|(matrix, live)| matrix.value != live.value);
    let difference = |(matrix, live): (Aspect, Aspect)| {
        let earlier = earlier.iter().find(|it| it.name == matrix.name).map(|it| &it.value);
        let origin = match (built, earlier) {
            (Built::NotAsked, _) => Origin::NotKnown,
            (_, Some(it)) if *it == live.value => Origin::Change,
            (_, Some(it)) if *it != matrix.value => Origin::Both,
            _ => Origin::Drift,
        };
        Difference {
            subject: matrix.name.to_owned(),
            row: None,
            is_wider: live.width > matrix.width,
            step: Step::Becomes { live: live.value, matrix: matrix.value },
            origin,
        }
    };
    differing.map(difference).collect()
}
