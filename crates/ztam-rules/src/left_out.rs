//! Judgements that were thought of and are no rules, because matrix, inventory and attestation do not decide them. `ztam
//! rules` prints them, so that nobody takes silence for a proof.

/// A judgement that is no rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// The id that it would have.
    pub id: &'static str,
    /// What it would find, as a line.
    pub summary: &'static str,
    /// Why it is no rule, as a sentence without a full stop.
    pub reason: &'static str,
}

/// All of them, sorted by id.
pub static LEFT_OUT: &[LeftOut] = &[
    LeftOut {
        id: "class/declassified-with-live-grants",
        summary: "data is classified lower while people still reach it",
        reason: "it compares two revisions of the matrix, and a run sees one",
    },
    LeftOut {
        id: "matrix/revocation-not-emitted",
        summary: "a right that the matrix takes back stays in the org",
        reason: "what an org has besides is in no matrix; `ztam build --previous` writes down what has to go, and `ztam plan` finds \
                 what is left",
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::registry;

    #[test]
    fn no_rule_is_left_out_and_there() {
        assert!(LEFT_OUT.len() <= 8 && LEFT_OUT.is_sorted_by_key(|it| it.id));
        for left in LEFT_OUT {
            assert!(!registry::all().any(|rule| rule.meta.id == left.id), "{}", left.id);
            assert!(!left.reason.is_empty() && !left.reason.ends_with('.'), "{}", left.id);
        }
    }
}
