//! Names of privileges that are nearly something else.

use super::tables::{is_custom, splits};
use crate::catalog::Verb;

#[test]
fn a_verb_is_the_longest_that_fits() {
    let first = |name: &'static str| splits(name).next();
    assert_eq!(first("prvAppendToacme_Order"), Some((Verb::AppendTo, "acme_Order")));
    assert_eq!(first("prvAppendto_Order"), Some((Verb::Append, "to_Order")));
    assert_eq!(first("prvAppendTo"), Some((Verb::Append, "To")));
    assert_eq!(first("prvread_x"), None);
    assert_eq!(first("Read"), None);
}

#[test]
fn a_table_of_a_publisher_has_its_prefix() {
    for good in ["acme_Order", "a1_b", "new_order_line"] {
        assert!(is_custom(good), "{good}");
    }
    for bad in ["Account", "Acme_Order", "_Order", "acme_", "1a_b", "acme", "a-b_c"] {
        assert!(!is_custom(bad), "{bad}");
    }
}
