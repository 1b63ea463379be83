//! The rules that only Dataverse has.

use ztam_source::finding::{Confidence, RuleMeta, Severity, Stage};

/// All rules of this crate, in order of their ids.
pub static RULES: &[&RuleMeta] =
    &[&COLUMN_NOT_SECURED, &AUTO_ASSIGNED_ROLE, &ILLEGAL_LEVEL, &SHARED_PRIVILEGE, &UNLICENSED_ROLE];

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

/// A column that a role must not see, in rows that it sees, and that nothing protects.
pub static COLUMN_NOT_SECURED: RuleMeta = rule(
    "emit/column-not-secured",
    "a column follows its row because nobody proves that it is secured",
    Severity::Critical,
    include_str!("pages/emit/column-not-secured.md"),
);

/// A role that every new user gets.
pub static AUTO_ASSIGNED_ROLE: RuleMeta = RuleMeta {
    waivable: true,
    ..rule(
        "mapping/auto-assigned-role",
        "a role is given to everybody, beside whatever else they hold",
        Severity::High,
        include_str!("pages/mapping/auto-assigned-role.md"),
    )
};

/// A privilege at a depth that it does not have.
pub static ILLEGAL_LEVEL: RuleMeta = rule(
    "mapping/illegal-level",
    "a privilege does not exist at the depth that a capability asks for",
    Severity::High,
    include_str!("pages/mapping/illegal-level.md"),
);

/// A table whose privileges would also open a more sensitive one.
pub static SHARED_PRIVILEGE: RuleMeta = rule(
    "mapping/shared-privilege",
    "tables that share their privileges are granted differently",
    Severity::Critical,
    include_str!("pages/mapping/shared-privilege.md"),
);

/// A role for people from outside that does not say that they are licensed users.
pub static UNLICENSED_ROLE: RuleMeta = rule(
    "mapping/unlicensed-role",
    "a role for people from outside does not say that they are licensed users",
    Severity::High,
    include_str!("pages/mapping/unlicensed-role.md"),
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
