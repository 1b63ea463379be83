//! The rules that binding and emission of every platform report by. Rules about one platform's own words live in that
//! platform's crate.

use ztam_source::finding::{Confidence, RuleMeta, Severity, Stage};

/// All rules of this crate, in order of their ids.
pub static RULES: &[&RuleMeta] =
    &[&FOREIGN_NAME, &WIDER, &BINDING, &SETTING, &TABLE_RIGHT_IN_CAPABILITY, &UNDECLARED, &UNKNOWN_RIGHT];

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
