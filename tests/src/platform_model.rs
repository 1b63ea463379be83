//! What emitted files give to people, read by a written model of the platforms (`docs/platform-model.md`): an XML parser,
//! the sources' own words about names, and nothing of `crates/`. Where a fact of a platform is not known, the model takes
//! the wider reading.

pub(crate) mod dataverse;
pub(crate) mod facts;
pub(crate) mod salesforce;

use std::collections::{BTreeMap, BTreeSet};

pub(crate) type Names = BTreeSet<String>;
/// Texts by path.
pub(crate) type Files = BTreeMap<String, String>;

/// What is deployed, with what the files do not say themselves: for whom each of them is meant.
#[derive(Clone, Debug, Default)]
pub(crate) struct Emission {
    pub(crate) salesforce: Files,
    pub(crate) dataverse: Files,
    pub(crate) containers: Vec<Container>,
}

/// For whom an emitted thing is meant.
#[derive(Clone, Debug)]
pub(crate) struct Container {
    pub(crate) kind: &'static str,
    pub(crate) name: String,
    pub(crate) role: String,
    pub(crate) conditions: Names,
    pub(crate) temporaries: Names,
    /// Carried by owner teams and never by people.
    pub(crate) is_for_teams: bool,
}

/// The rows of one way to do something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rows {
    /// Those that sharing gives: the package does not say which.
    Shared,
    /// All, because sharing is open by default.
    Public,
    /// Those of a scope, in the words of the matrix.
    Scope(&'static str),
}

/// One way to do something: when, and on which rows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Way {
    pub(crate) conditions: Names,
    pub(crate) temporaries: Names,
    pub(crate) rows: Rows,
}

/// Ways by target (`asset`, `asset.field`) and action.
pub(crate) type Ways = BTreeMap<(String, &'static str), BTreeSet<Way>>;

/// What one person has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reading {
    pub(crate) ways: Ways,
    /// What no cell, capability or carried block of the person's roles accounts for.
    pub(crate) strange: BTreeSet<String>,
}

impl Reading {
    fn add(&mut self, target: &str, action: &'static str, when: (&Names, &Names), rows: Rows) {
        let way = Way { conditions: when.0.clone(), temporaries: when.1.clone(), rows };
        self.ways.entry((target.to_owned(), action)).or_default().insert(way);
    }

    /// A field right opens the field in every row that the person has for the same action, from whatever container.
    fn combine(
        &mut self,
        field: &str,
        action: &'static str,
        when: (&Names, &Names),
        rows: (&str, &'static str),
    ) {
        for row in self.ways.get(&(rows.0.to_owned(), rows.1)).cloned().unwrap_or_default() {
            let conditions: Names = row.conditions.union(when.0).cloned().collect();
            let temporaries: Names = row.temporaries.union(when.1).cloned().collect();
            self.add(field, action, (&conditions, &temporaries), row.rows);
        }
    }
}
