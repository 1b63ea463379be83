//! The rules that binding, emission and reading of every platform report by. Rules about one platform's own words live in that
//! platform's crate.

use ztam_source::finding::{Confidence, RuleMeta, Severity, Stage};

/// All rules of this crate, in order of their ids.
pub static RULES: &[&RuleMeta] = &[
    &FOREIGN_NAME,
    &WIDER,
    &BINDING,
    &SETTING,
    &TABLE_RIGHT_IN_CAPABILITY,
    &UNDECLARED,
    &UNKNOWN_RIGHT,
    &BAD_VALUE,
    &DUPLICATE_CONTAINER,
    &DUPLICATE_ROW,
    &INTERLEAVED,
    &MALFORMED,
    &MISNAMED,
    &MISPLACED,
    &MISSING_PART,
    &MISSING_RIGHT,
    &NO_PROJECT,
    &NOT_TEXT,
    &OTHER_FORM,
    &TOO_LARGE,
    &UNKNOWN_ELEMENT,
];

const fn rule(id: &'static str, summary: &'static str, severity: Severity, page: &'static str) -> RuleMeta {
    RuleMeta {
        id,
        summary,
        severity,
        confidence: Confidence::Proven,
        waivable: false,
        stage: Stage::Judge,
        since: "0.1.0",
        controls: &[],
        page,
    }
}

/// An emitted name that the inventory has and that no package of ours made.
pub static FOREIGN_NAME: RuleMeta = rule(
    "emit/foreign-name",
    "a role would replace something of the same name that ztam did not make",
    Severity::High,
    include_str!("pages/emit/foreign-name.md"),
);

/// Something that the platform can only grant wider than the matrix says.
pub static WIDER: RuleMeta = rule(
    "emit/wider",
    "the platform can only grant more than the matrix says",
    Severity::Critical,
    include_str!("pages/emit/wider.md"),
);

/// A binding that does not have the form that the platform needs.
pub static BINDING: RuleMeta = rule(
    "mapping/binding",
    "what the matrix says about a platform cannot be read",
    Severity::High,
    include_str!("pages/mapping/binding.md"),
);

/// A setting of an environment that the platform would refuse.
pub static SETTING: RuleMeta = rule(
    "mapping/setting",
    "a setting of the package is one that the platform refuses",
    Severity::High,
    include_str!("pages/mapping/setting.md"),
);

/// A capability that grants rows of one table, which only cells may do.
pub static TABLE_RIGHT_IN_CAPABILITY: RuleMeta = rule(
    "mapping/table-right-in-capability",
    "a capability grants rows of one table",
    Severity::Critical,
    include_str!("pages/mapping/table-right-in-capability.md"),
);

/// An object, table, field or column that nothing declares.
pub static UNDECLARED: RuleMeta = rule(
    "mapping/undeclared",
    "a platform name is declared by neither catalogue, inventory nor matrix",
    Severity::High,
    include_str!("pages/mapping/undeclared.md"),
);

/// A right that neither the catalogue nor the inventory knows.
pub static UNKNOWN_RIGHT: RuleMeta = rule(
    "mapping/unknown-right",
    "a capability names a right that neither catalogue nor inventory knows",
    Severity::High,
    include_str!("pages/mapping/unknown-right.md"),
);

/// A rule about the files of a package that is read. A person may accept a file as it is, except where nothing can be read.
const fn reading(
    id: &'static str,
    summary: &'static str,
    severity: Severity,
    page: &'static str,
) -> RuleMeta {
    RuleMeta { waivable: true, ..rule(id, summary, severity, page) }
}

/// Files that nothing can be read from.
const fn unreadable(id: &'static str, summary: &'static str, page: &'static str) -> RuleMeta {
    RuleMeta { stage: Stage::Compile, ..rule(id, summary, Severity::High, page) }
}

/// A value that is none of those that an element can have.
pub static BAD_VALUE: RuleMeta = reading(
    "read/bad-value",
    "a value in a package is none that the platform knows",
    Severity::High,
    include_str!("pages/read/bad-value.md"),
);

/// Two containers of one identity.
pub static DUPLICATE_CONTAINER: RuleMeta = reading(
    "read/duplicate-container",
    "a package holds the same permission set, role or profile twice",
    Severity::High,
    include_str!("pages/read/duplicate-container.md"),
);

/// Two rows of one key.
pub static DUPLICATE_ROW: RuleMeta = reading(
    "read/duplicate-row",
    "a package says the same thing twice",
    Severity::Medium,
    include_str!("pages/read/duplicate-row.md"),
);

/// Elements of one kind with others between them.
pub static INTERLEAVED: RuleMeta = reading(
    "read/interleaved",
    "elements of one kind do not stand together",
    Severity::High,
    include_str!("pages/read/interleaved.md"),
);

/// Files that are not what their name says.
pub static MALFORMED: RuleMeta = unreadable(
    "read/malformed",
    "a file of a package is not what its name says",
    include_str!("pages/read/malformed.md"),
);

/// Files whose name does not say what they are.
pub static MISNAMED: RuleMeta = reading(
    "read/misnamed",
    "a file grants access under a name that the platform does not look at",
    Severity::High,
    include_str!("pages/read/misnamed.md"),
);

/// Files in another folder than that of their kind.
pub static MISPLACED: RuleMeta = reading(
    "read/misplaced",
    "a file stands in another folder than that of its kind",
    Severity::Low,
    include_str!("pages/read/misplaced.md"),
);

/// Something that files speak of and that is in none of them.
pub static MISSING_PART: RuleMeta = reading(
    "read/missing-part",
    "a package speaks of something that is in none of its files",
    Severity::Low,
    include_str!("pages/read/missing-part.md"),
);

/// Rights without those that they need.
pub static MISSING_RIGHT: RuleMeta = reading(
    "read/missing-right",
    "a package grants a right without one that the platform asks for with it",
    Severity::High,
    include_str!("pages/read/missing-right.md"),
);

/// Source files without a project.
pub static NO_PROJECT: RuleMeta = reading(
    "read/no-project",
    "source files stand in no project that the platform's tools take",
    Severity::Low,
    include_str!("pages/read/no-project.md"),
);

/// Files that are no text.
pub static NOT_TEXT: RuleMeta = unreadable(
    "read/not-text",
    "a file of a package is not UTF-8 text",
    include_str!("pages/read/not-text.md"),
);

/// Forms that the platform takes and does not write.
pub static OTHER_FORM: RuleMeta = reading(
    "read/other-form",
    "a file is written in a form that the platform takes and does not write",
    Severity::Low,
    include_str!("pages/read/other-form.md"),
);

/// Files beyond the limits.
pub static TOO_LARGE: RuleMeta = unreadable(
    "read/too-large",
    "a file of a package is larger or deeper than any real one",
    include_str!("pages/read/too-large.md"),
);

/// Elements and attributes that nobody knows.
pub static UNKNOWN_ELEMENT: RuleMeta = reading(
    "read/unknown-element",
    "a package holds an element that ztam does not know",
    Severity::Medium,
    include_str!("pages/read/unknown-element.md"),
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_has_its_headings() {
        for rule in RULES {
            assert!(rule.page.starts_with(&format!("# {}\n", rule.id)), "{}", rule.id);
            let headings: Vec<_> = rule.page.lines().filter_map(|line| line.strip_prefix("## ")).collect();
            let expected = [
                "What it finds",
                "Why it matters",
                "Bad",
                "Good",
                "How to fix",
                "When to waive",
                "Platforms",
                "Controls",
            ];
            assert_eq!(headings, expected, "{}", rule.id);
        }
        assert!(RULES.windows(2).all(|pair| pair[0].id < pair[1].id));
    }
}
