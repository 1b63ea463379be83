//! Which class a word of the platform is.

use std::collections::{BTreeMap, BTreeSet};

use ztam_model::names::kebab;

use super::Question;

/// What becomes of one word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    /// The platform's word.
    pub word: String,
    /// The class, if one fits.
    pub class: Option<String>,
    /// Whether the class is a new one.
    pub is_new: bool,
    /// Why there is none.
    pub why_not: Option<&'static str>,
}

/// The classes from least to most sensitive, new ones among them.
#[derive(Debug)]
pub struct Classes {
    ids: Vec<Rank>,
    by_word: BTreeMap<String, usize>,
    /// What became of the words that are used, in the platform's order.
    pub mappings: Vec<Mapping>,
}

/// A class in its place.
#[derive(Clone, Debug)]
pub(super) struct Rank {
    pub(super) id: String,
    /// The word that a new class stands for; `None` for a class of the matrix.
    pub(super) new: Option<String>,
}

/// The class for what is secured, where a matrix has no class at all.
const SECURED: &str = "Secured";

impl Classes {
    pub(super) fn new(question: &Question<'_>, used: &BTreeSet<&str>, secured: bool) -> Self {
        let declared = &question.project.items.classes;
        let mut classes = Self {
            ids: declared.iter().map(|it| Rank { id: it.id.value.clone(), new: None }).collect(),
            by_word: BTreeMap::new(),
            mappings: Vec::new(),
        };
        let order = question.words.classifications;
        let mut all: Vec<&str> = order.to_vec();
        all.extend(used.iter().filter(|it| !order.contains(it)));
        for word in &all {
            let named = |it: &&ztam_model::project::Class| {
                let title = it.title.as_ref().map(|it| it.value.as_str());
                same(&it.id.value, word) || title.is_some_and(|it| same(it, word))
            };
            let id = question
                .chosen
                .get(*word)
                .cloned()
                .or_else(|| declared.iter().find(named).map(|it| it.id.value.clone()));
            if let Some(rank) = id.and_then(|id| classes.rank(&id)) {
                classes.by_word.insert((*word).to_owned(), rank);
            }
        }
        let is_empty = declared.is_empty();
        let in_order = classes.is_in_order(order);
        for word in all.iter().filter(|it| used.contains(**it)) {
            let mapping = classes.settle(word, order, is_empty, in_order);
            classes.mappings.push(mapping);
        }
        if secured && classes.ids.is_empty() {
            classes.ids.push(Rank { id: "secured".to_owned(), new: Some(SECURED.to_owned()) });
        }
        classes
    }

    fn settle(&mut self, word: &str, order: &[&str], is_empty: bool, in_order: bool) -> Mapping {
        let mapping = |class: Option<String>, is_new, why_not| Mapping {
            word: word.to_owned(),
            class,
            is_new,
            why_not,
        };
        if let Some(rank) = self.of_word(word) {
            return mapping(Some(self.id(rank).to_owned()), false, None);
        }
        let Some(place) = order.iter().position(|it| *it == word) else {
            return mapping(None, false, Some("the platform ships no such word, so its place is not known"));
        };
        let Some(id) = kebab(word).filter(|id| self.rank(id).is_none()) else {
            return mapping(None, false, Some("no class can be called so"));
        };
        if !in_order {
            return mapping(
                None,
                false,
                Some("the classes of the matrix stand in another order than the platform's words"),
            );
        }
        let before = order.iter().take(place).rev().find_map(|it| self.of_word(it));
        let after = order.iter().skip(place + 1).find_map(|it| self.of_word(it));
        let at = match (before, after) {
            (Some(before), _) => before + 1,
            (None, Some(after)) => after,
            (None, None) if is_empty => self.ids.len(),
            (None, None) => {
                return mapping(
                    None,
                    false,
                    Some("no class of the matrix has the name of a neighbouring word"),
                );
            }
        };
        for rank in self.by_word.values_mut().filter(|it| **it >= at) {
            *rank += 1;
        }
        self.ids.insert(at, Rank { id: id.clone(), new: Some(word.to_owned()) });
        self.by_word.insert(word.to_owned(), at);
        mapping(Some(id), true, None)
    }

    /// Whether the words that have a class stand in the order of their classes.
    fn is_in_order(&self, order: &[&str]) -> bool {
        let ranks: Vec<_> = order.iter().filter_map(|it| self.of_word(it)).collect();
        ranks.is_sorted()
    }

    pub(super) fn of_word(&self, word: &str) -> Option<usize> {
        self.by_word.get(word).copied()
    }

    pub(super) fn rank(&self, id: &str) -> Option<usize> {
        self.ids.iter().position(|it| it.id == id)
    }

    pub(super) fn id(&self, rank: usize) -> &str {
        self.ids.get(rank).map_or("", |it| &it.id)
    }

    /// The most sensitive class.
    pub(super) fn last(&self) -> Option<usize> {
        self.ids.len().checked_sub(1)
    }

    pub(super) fn all(&self) -> &[Rank] {
        &self.ids
    }
}

/// Whether two names are the same but for case and signs: `Mission Critical`, `mission-critical`, `MissionCritical`.
fn same(a: &str, b: &str) -> bool {
    let letters = |it: &str| {
        it.chars().filter(|it| it.is_alphanumeric()).flat_map(char::to_lowercase).collect::<String>()
    };
    letters(a) == letters(b)
}
