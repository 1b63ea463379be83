//! Packs: ready-made separations of duties that a project switches on by name. A pack speaks of *words*, such as `vendor`,
//! which the project binds to its own assets, fields and capabilities, and of *powers*, such as `grant-access`, which are
//! read off the rights of the platforms and need no binding.
//!
//! The packs lie in `*.tsv` beside this file; the head of each says what its columns mean. They are read on first use.

pub mod shared_responsibility;

use std::sync::LazyLock;

use crate::words::{Action, SeverityWord};

/// A pack.
#[derive(Clone, Debug)]
pub struct Pack {
    /// The name by which a project switches it on.
    pub name: &'static str,
    /// What it is about, for people.
    pub title: &'static str,
    /// What a project binds.
    pub words: Vec<Word>,
    /// What is kept apart.
    pub pairs: Vec<Pair>,
}

/// A word that a project binds to what it stands for there.
#[derive(Clone, Debug)]
pub struct Word {
    /// The name in `bind`.
    pub name: &'static str,
    /// What it stands for, in the plural.
    pub means: &'static str,
}

/// Two duties that one person must not have.
#[derive(Clone, Debug)]
pub struct Pair {
    /// The name in `without`, in waivers and in levels.
    pub name: &'static str,
    /// How bad it is.
    pub severity: SeverityWord,
    /// What it rests on.
    pub basis: Basis,
    /// The rule that judges it always, whether the pack is on or not.
    pub rule: Option<&'static str>,
    /// Whether it is about two platforms: one side here, the other there.
    pub across: bool,
    /// Both sides.
    pub sides: [Side; 2],
    /// What goes wrong, as a half sentence.
    pub risk: &'static str,
}

/// One side of a pair: any of its items makes the duty.
#[derive(Clone, Debug)]
pub struct Side {
    /// The duty, for people.
    pub title: &'static str,
    /// What makes it.
    pub items: Vec<Item>,
}

/// A part of a side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// Any of these actions on what the word is bound to. Where that is a capability, holding it.
    On(Vec<Action>, &'static str),
    /// A power.
    Can(Power),
}

/// How well a pair is founded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// A published source names the pair.
    Documented,
    /// We infer it from documented pairs.
    Inference,
    /// It is common practice, and we know no source.
    Unverified,
}

impl Basis {
    const ALL: [(Self, &'static str); 3] =
        [(Self::Documented, "documented"), (Self::Inference, "inference"), (Self::Unverified, "unverified")];

    /// The word in data and documentation.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(basis, _)| *basis == self).map_or("", |(_, word)| word)
    }
}

macro_rules! powers {
    ($($(#[$doc:meta])* $name:ident = $word:literal,)+) => {
        /// What rights of a platform let somebody do, whatever the platform calls them.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Power {
            $($(#[$doc])* $name,)+
        }

        impl Power {
            /// All powers.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The word in data files.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $word,)+ }
            }
        }
    };
}

powers! {
    /// Gives access to people.
    GrantAccess = "grant-access",
    /// Changes or deletes what was recorded, or stops the recording.
    AlterAudit = "alter-audit",
    /// Writes code or configuration.
    Develop = "develop",
    /// Brings code or configuration in as a whole.
    Deploy = "deploy",
    /// Skips the logic that approvals and checks are made of.
    BypassLogic = "bypass-logic",
    /// Rules the keys of encrypted data.
    ManageKeys = "manage-keys",
    /// Reads encrypted data in clear.
    ReadEncrypted = "read-encrypted",
    /// Lets applications in.
    OpenApps = "open-apps",
    /// Reads the secrets of applications.
    HoldSecrets = "hold-secrets",
    /// Changes how data is classified on the platform.
    Reclassify = "reclassify",
    /// Reads restricted data.
    ReadRestricted = "read-restricted",
    /// Reads restricted data and takes data out in bulk.
    ExportRestricted = "export-restricted",
    /// Deletes for good or in bulk.
    Destroy = "destroy",
}

/// The files, in the order of the documentation.
const FILES: &[&str] = &[
    include_str!("quote_to_cash.tsv"),
    include_str!("procure_to_pay.tsv"),
    include_str!("record_to_report.tsv"),
    include_str!("treasury.tsv"),
    include_str!("inventory.tsv"),
    include_str!("platform_administration.tsv"),
    include_str!("service.tsv"),
    include_str!("privacy.tsv"),
    include_str!("grant_making.tsv"),
    include_str!("cross_platform.tsv"),
];

/// Every pack of separations.
#[must_use]
pub fn all() -> &'static [Pack] {
    static PACKS: LazyLock<Vec<Pack>> =
        LazyLock::new(|| FILES.iter().filter_map(|text| read(text)).collect());
    &PACKS
}

/// The pack of a name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Pack> {
    all().iter().find(|pack| pack.name == name)
}

/// The names of every pack, in the order of the documentation.
#[must_use]
pub fn names() -> Vec<&'static str> {
    all().iter().map(|pack| pack.name).chain([shared_responsibility::NAME]).collect()
}

/// What a project may say of a pack.
#[derive(Clone, Debug)]
pub struct Vocabulary {
    /// Words for `bind`.
    pub words: Vec<&'static str>,
    /// Rules for `without`.
    pub rules: Vec<&'static str>,
}

/// What a project may say of the pack of a name; `None` where there is no such pack.
#[must_use]
pub fn vocabulary(name: &str) -> Option<Vocabulary> {
    if name == shared_responsibility::NAME {
        let rules = shared_responsibility::DUTIES.iter().map(|duty| duty.name).collect();
        return Some(Vocabulary { words: Vec::new(), rules });
    }
    let pack = find(name)?;
    let own = pack.pairs.iter().filter(|pair| pair.rule.is_none());
    Some(Vocabulary {
        words: pack.words.iter().map(|word| word.name).collect(),
        rules: own.map(|pair| pair.name).collect(),
    })
}

/// The rule that judges a pair whether its pack is on or not.
#[must_use]
pub fn judged_always(pair: &str) -> Option<&'static str> {
    all().iter().flat_map(|pack| &pack.pairs).find(|it| it.name == pair)?.rule
}

/// Reads a file; `None` where a line of it cannot be read, which the tests rule out.
fn read(text: &'static str) -> Option<Pack> {
    let mut lines = text.lines().filter(|line| !line.starts_with('#')).map(|line| line.split('\t'));
    let mut head = lines.next()?;
    let (Some("pack"), Some(name), Some(title)) = (head.next(), head.next(), head.next()) else {
        return None;
    };
    let mut pack = Pack { name, title, words: Vec::new(), pairs: Vec::new() };
    for mut cells in lines {
        match cells.next()? {
            "word" => pack.words.push(Word { name: cells.next()?, means: cells.next()? }),
            "pair" => pack.pairs.push(pair(&cells.collect::<Vec<_>>())?),
            _ => return None,
        }
    }
    Some(pack)
}

fn pair(cells: &[&'static str]) -> Option<Pair> {
    let [name, severity, basis, rule, place, title_a, side_a, title_b, side_b, risk] = cells else {
        return None;
    };
    let (basis, _) = Basis::ALL.into_iter().find(|(_, word)| word == basis)?;
    Some(Pair {
        name,
        severity: SeverityWord::from_word(severity)?,
        basis,
        rule: (*rule != "-").then_some(rule),
        across: *place == "across",
        sides: [
            Side { title: title_a, items: items(side_a)? },
            Side { title: title_b, items: items(side_b)? },
        ],
        risk,
    })
}

fn items(cell: &'static str) -> Option<Vec<Item>> {
    if cell == "-" {
        return Some(Vec::new());
    }
    cell.split("; ").map(item).collect()
}

fn item(text: &'static str) -> Option<Item> {
    let (first, second) = text.split_once(' ')?;
    if first == "can" {
        return Power::ALL.iter().find(|power| power.as_str() == second).copied().map(Item::Can);
    }
    let actions: Option<Vec<Action>> = first.split(',').map(Action::from_word).collect();
    Some(Item::On(actions?, second))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_file_can_be_read() {
        assert_eq!(all().len(), FILES.len());
        let pairs: Vec<_> = all().iter().flat_map(|pack| &pack.pairs).collect();
        assert_eq!(pairs.len(), 56);
        let names: BTreeSet<_> = pairs.iter().map(|pair| pair.name).collect();
        assert_eq!(
            names.len(),
            pairs.len(),
            "names of pairs are unique over all packs: waivers speak of them"
        );
    }

    #[test]
    fn items_speak_of_declared_words_and_every_word_is_used() {
        for pack in all() {
            let sides = pack.pairs.iter().flat_map(|pair| &pair.sides);
            let used: BTreeSet<_> = sides
                .flat_map(|side| &side.items)
                .filter_map(|item| if let Item::On(_, word) = item { Some(*word) } else { None })
                .collect();
            let declared: BTreeSet<_> = pack.words.iter().map(|word| word.name).collect();
            assert_eq!(used, declared, "{}", pack.name);
        }
    }

    #[test]
    fn only_pairs_that_a_rule_judges_have_empty_sides() {
        for pair in all().iter().flat_map(|pack| &pack.pairs) {
            let empty = pair.sides.iter().any(|side| side.items.is_empty());
            assert!(!empty || pair.rule.is_some(), "{}", pair.name);
        }
    }
}
