//! How names look: ids of declared things, ids of exceptions, and the words that the sentence grammar keeps for itself.

/// Pattern of an id: kebab-case, starting with a letter.
pub const ID_PATTERN: &str = "^[a-z][a-z0-9]*(-[a-z0-9]+)*$";

/// Pattern of the id of a waiver or temporary grant: whatever a ticket system calls it.
pub const EXCEPTION_ID_PATTERN: &str = "^[A-Za-z0-9][A-Za-z0-9._-]*$";

/// Longest id, in bytes; both patterns are ASCII only.
pub const LONGEST: usize = 64;

/// Words with a meaning in sentences and guards that no id may be, in order.
pub const RESERVED: &[&str] = &["beyond", "everyone", "nobody", "only", "when"];

/// Whether a text is an id: what [`ID_PATTERN`] says, and not too long.
#[must_use]
pub fn is_id(text: &str) -> bool {
    text.len() <= LONGEST
        && text.starts_with(|it: char| it.is_ascii_lowercase())
        && text.split('-').all(|part| {
            !part.is_empty() && part.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit())
        })
}

/// Whether a text can name a waiver or temporary grant: what [`EXCEPTION_ID_PATTERN`] says, and not too long.
#[must_use]
pub fn is_exception_id(text: &str) -> bool {
    text.len() <= LONGEST
        && text.starts_with(|it: char| it.is_ascii_alphanumeric())
        && text.bytes().all(|it| it.is_ascii_alphanumeric() || matches!(it, b'.' | b'_' | b'-'))
}

/// The id that is nearest to a text: `SalesRep`, `Sales Rep` and `sales_rep` all become `sales-rep`. `None` where
/// nothing usable is left.
#[must_use]
pub fn kebab(text: &str) -> Option<String> {
    let mut id = String::new();
    let mut previous_lower = false;
    for letter in text.chars() {
        if letter.is_ascii_alphanumeric() {
            if letter.is_ascii_uppercase() && previous_lower {
                id.push('-');
            }
            id.push(letter.to_ascii_lowercase());
        } else if !id.is_empty() && !id.ends_with('-') {
            id.push('-');
        }
        previous_lower = letter.is_ascii_lowercase() || letter.is_ascii_digit();
    }
    let id = id.trim_end_matches('-');
    let id = id.trim_start_matches(|it: char| it.is_ascii_digit() || it == '-');
    is_id(id).then(|| id.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids() {
        for good in ["a", "sales-rep", "a1-2b", "x9", &"a".repeat(64)] {
            assert!(is_id(good), "{good}");
        }
        for bad in ["", "-a", "a-", "a--b", "1a", "A", "sales_rep", "a.b", "é", &"a".repeat(65)] {
            assert!(!is_id(bad), "{bad}");
        }
        for good in ["W-2026-014", "1", "a.b_c-d"] {
            assert!(is_exception_id(good), "{good}");
        }
        for bad in ["", "-W", "W 1", "W/1", "Ü"] {
            assert!(!is_exception_id(bad), "{bad}");
        }
    }

    #[test]
    fn nearest_id() {
        for (text, id) in [
            ("SalesRep", Some("sales-rep")),
            ("Sales Rep", Some("sales-rep")),
            ("sales_rep", Some("sales-rep")),
            ("--x--", Some("x")),
            ("2fa", Some("fa")),
            ("é", None),
            ("12", None),
        ] {
            assert_eq!(kebab(text).as_deref(), id, "{text}");
        }
    }
}
