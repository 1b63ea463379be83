//! The rules that only Salesforce has. What both platforms refuse is in `ztam_backend::rules`.

use ztam_source::finding::{Confidence, RuleMeta, Severity, Stage};

/// All rules of this crate, in order of their ids.
pub static RULES: &[&RuleMeta] = &[&SESSION_SET_IN_GROUP, &UNJUDGED, &GUEST_RIGHT, &NOT_A_TABLE];

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

/// Permission set groups while a role has a set that is activated for a session.
pub(crate) static SESSION_SET_IN_GROUP: RuleMeta = RuleMeta {
    controls: &["NIST AC-6", "NIST AC-12", "NIST IA-11", "ISO A.8.5"],
    ..rule(
        "emit/session-set-in-group",
        "a session-activated permission set in a group needs no activation",
        Severity::Critical,
        include_str!("pages/emit/session-set-in-group.md"),
    )
};

/// Carried elements that nobody knows.
pub(crate) static UNJUDGED: RuleMeta = RuleMeta {
    waivable: true,
    ..rule(
        "emit/unjudged",
        "an element that ztam does not know is written as it is, and nobody judges what it grants",
        Severity::Medium,
        include_str!("pages/emit/unjudged.md"),
    )
};

/// A guest role with a right that Salesforce gives to no guest.
pub(crate) static GUEST_RIGHT: RuleMeta = rule(
    "mapping/guest-right",
    "a guest would get a right that Salesforce gives to no guest",
    Severity::Critical,
    include_str!("pages/mapping/guest-right.md"),
);

/// An asset bound to an object without object permissions.
pub(crate) static NOT_A_TABLE: RuleMeta = rule(
    "mapping/not-a-table",
    "an asset is bound to an object that takes no object permissions",
    Severity::High,
    include_str!("pages/mapping/not-a-table.md"),
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_has_its_headings() {
        for rule in RULES {
            assert!(rule.page.starts_with(&format!("# {}\n", rule.id)), "{}", rule.id);
            let headings = rule.page.lines().filter(|line| line.starts_with("## ")).count();
            assert_eq!(headings, 8, "{}", rule.id);
        }
        assert!(RULES.windows(2).all(|pair| pair[0].id < pair[1].id));
    }
}
