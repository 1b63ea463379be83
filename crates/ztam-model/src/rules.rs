//! The rules of this crate: the shape of the language, names declared twice, files that cannot be read. None can be
//! waived: until they are gone there is no project to judge.

use ztam_source::finding::{Confidence, RuleMeta, Severity, Stage};

/// All rules of this crate, in order of their ids.
pub static RULES: &[&RuleMeta] = &[
    &ASSIGNMENTS_UNREADABLE,
    &INVENTORY_UNREADABLE,
    &DUPLICATE,
    &BAD_DATE,
    &BAD_NAME,
    &CHANGE,
    &EDITION,
    &MISSING_KEY,
    &SENTENCE,
    &UNKNOWN_KEY,
    &UNKNOWN_WORD,
    &WRONG_TYPE,
];

const fn rule(id: &'static str, summary: &'static str, page: &'static str) -> RuleMeta {
    RuleMeta {
        id,
        summary,
        severity: Severity::High,
        confidence: Confidence::Proven,
        waivable: false,
        stage: Stage::Compile,
        since: "0.1.0",
        controls: &[],
        page,
    }
}

/// A file of assignments, or a line of it.
pub static ASSIGNMENTS_UNREADABLE: RuleMeta = rule(
    "assignments/unreadable",
    "a line of the assignments cannot be read",
    include_str!("pages/assignments/unreadable.md"),
);

/// A file of the inventory.
pub static INVENTORY_UNREADABLE: RuleMeta = rule(
    "inventory/unreadable",
    "an inventory cannot be read",
    include_str!("pages/inventory/unreadable.md"),
);

/// One name in two places, or a section of the whole project in two files.
pub static DUPLICATE: RuleMeta =
    rule("names/duplicate", "a name is declared in two places", include_str!("pages/names/duplicate.md"));

/// Dates.
pub static BAD_DATE: RuleMeta = rule(
    "shape/bad-date",
    "a date does not exist or is not written as one",
    include_str!("pages/shape/bad-date.md"),
);

/// How names are written.
pub static BAD_NAME: RuleMeta =
    rule("shape/bad-name", "a name is not written as names are", include_str!("pages/shape/bad-name.md"));

/// Changes of environments.
pub static CHANGE: RuleMeta = rule(
    "shape/change",
    "a change of an environment is not clearly wider or narrower",
    include_str!("pages/shape/change.md"),
);

/// The edition of the language.
pub static EDITION: RuleMeta = rule(
    "shape/edition",
    "the edition of the language is missing or not known",
    include_str!("pages/shape/edition.md"),
);

/// Keys that must be there.
pub static MISSING_KEY: RuleMeta =
    rule("shape/missing-key", "a required key is missing", include_str!("pages/shape/missing-key.md"));

/// Promises.
pub static SENTENCE: RuleMeta = rule(
    "shape/sentence",
    "a promise is no sentence of the grammar",
    include_str!("pages/shape/sentence.md"),
);

/// Keys that the place does not have.
pub static UNKNOWN_KEY: RuleMeta = rule(
    "shape/unknown-key",
    "a key has no meaning in its place",
    include_str!("pages/shape/unknown-key.md"),
);

/// Words outside a closed vocabulary.
pub static UNKNOWN_WORD: RuleMeta = rule(
    "shape/unknown-word",
    "a word is not in the vocabulary of its place",
    include_str!("pages/shape/unknown-word.md"),
);

/// Values of another kind.
pub static WRONG_TYPE: RuleMeta = rule(
    "shape/wrong-type",
    "a value is of another kind than its place takes",
    include_str!("pages/shape/wrong-type.md"),
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_in_order_and_their_pages_are_theirs() {
        assert!(RULES.is_sorted_by(|left, right| left.id < right.id));
        const HEADINGS: [&str; 8] = [
            "What it finds",
            "Why it matters",
            "Bad",
            "Good",
            "How to fix",
            "When to waive",
            "Platforms",
            "Controls",
        ];
        for rule in RULES {
            assert!(rule.page.starts_with(&format!("# {}\n", rule.id)), "{}", rule.id);
            let found: Vec<_> = rule.page.lines().filter_map(|it| it.strip_prefix("## ")).collect();
            assert_eq!(found, HEADINGS, "{}", rule.id);
        }
    }
}
