//! Names as Salesforce takes them: API names of what is emitted, labels and descriptions within their limits, and whether
//! a name that the matrix writes can be one at all.

use ztam_backend::ids::stable_id;

/// Longest API name and longest label.
pub(crate) const NAME_LIMIT: usize = 80;
/// Longest description.
pub(crate) const DESCRIPTION_LIMIT: usize = 255;

/// Whether a text can be the API name of a permission set: a letter, then letters, digits and single underscores, none at
/// the end.
pub(crate) fn is_developer_name(text: &str) -> bool {
    text.len() <= NAME_LIMIT
        && text.starts_with(|it: char| it.is_ascii_alphabetic())
        && text.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'_')
        && !text.ends_with('_')
        && !text.contains("__")
}

/// Whether a text can name a permission set that is there: that of a package has the namespace before it, as `ns__Name`.
pub(crate) fn is_set_name(text: &str) -> bool {
    let (namespace, name) = text.split_once("__").unwrap_or(("", text));
    let is_namespace = namespace.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'_');
    text.len() <= NAME_LIMIT + 17 && is_namespace && is_developer_name(name)
}

/// Whether a text can be the API name of an object or field, with namespace and suffix.
pub(crate) fn is_api_name(text: &str) -> bool {
    !text.is_empty()
        && text.starts_with(|it: char| it.is_ascii_alphabetic())
        && text.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'_')
        && !text.ends_with('_')
}

/// Whether a text can name a component that a permission set refers to: an app, a tab, a record type.
pub(crate) fn is_component_name(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|it| it.is_ascii_alphanumeric() || matches!(it, b'_' | b'-' | b'.' | b'%'))
}

/// `sales-rep` as `SalesRep`.
pub(crate) fn pascal(id: &str) -> String {
    let parts = id.split(|it: char| !it.is_ascii_alphanumeric());
    parts
        .flat_map(|part| part.chars().take(1).map(|it| it.to_ascii_uppercase()).chain(part.chars().skip(1)))
        .collect()
}

/// `T-2026-007` as `T_2026_007`: everything that is no letter or digit as one underscore.
pub(crate) fn underscored(id: &str) -> String {
    let parts: Vec<_> =
        id.split(|it: char| !it.is_ascii_alphanumeric()).filter(|it| !it.is_empty()).collect();
    parts.join("_")
}

/// A name within the limit: its beginning and a mark of the whole where it is too long.
pub(crate) fn fitting_name(name: String) -> String {
    if name.len() <= NAME_LIMIT {
        return name;
    }
    marked_name(&name)
}

fn marked_name(name: &str) -> String {
    distinct_name(name, name)
}

/// A name with a mark of `whole`, which tells it apart from others of the same name.
pub(crate) fn distinct_name(name: &str, whole: &str) -> String {
    let mark = mark(whole);
    let kept: String = name.chars().take(NAME_LIMIT - mark.len() - 1).collect();
    format!("{}_{mark}", kept.trim_end_matches('_'))
}

/// A label within the limit, shortened in the middle so that what tells sets apart stays.
pub(crate) fn fitting_label(title: &str, suffix: &str) -> String {
    let whole = format!("{title}{suffix}");
    if units(&whole) <= NAME_LIMIT {
        return whole;
    }
    let tail = format!(" {}", mark(&whole));
    format!("{}{tail}", clipped(&whole, NAME_LIMIT - units(&tail)))
}

/// A description within the limit; `tail` is kept whole.
pub(crate) fn fitting_description(text: &str, tail: &str) -> String {
    let room = DESCRIPTION_LIMIT.saturating_sub(units(tail));
    if units(text) <= room {
        return format!("{text}{tail}");
    }
    format!("{}...{tail}", clipped(text, room.saturating_sub(3)))
}

/// Eight characters that stand for a text.
fn mark(text: &str) -> String {
    stable_id("", "salesforce-name", text).chars().take(8).collect()
}

/// The length as the platform counts it.
fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

/// The longest beginning that fits.
fn clipped(text: &str, room: usize) -> &str {
    let mut used = 0;
    let cut = text.char_indices().find(|(_, letter)| {
        used += letter.len_utf16();
        used > room
    });
    let end = cut.map_or(text.len(), |(at, _)| at);
    text.get(..end).unwrap_or_default().trim_end()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_platform() {
        assert_eq!(pascal("sales-rep"), "SalesRep");
        assert_eq!(pascal("l2-support"), "L2Support");
        assert_eq!(underscored("T-2026-007"), "T_2026_007");
        assert_eq!(underscored("a..b_"), "a_b");
        for good in ["SalesRep", "A_1", "x"] {
            assert!(is_developer_name(good), "{good}");
        }
        for bad in ["", "1A", "A_", "A__b", "A-b", "A b", &"a".repeat(81)] {
            assert!(!is_developer_name(bad), "{bad}");
        }
        assert!(is_api_name("acme__Invoice__c") && !is_api_name("Sales Opportunity") && !is_api_name("_x"));
        assert!(is_component_name("standard-Account") && !is_component_name("a b"));
    }

    #[test]
    fn what_is_too_long_is_shortened_and_stays_apart() {
        let long = "VeryLong".repeat(12);
        let (a, b) = (fitting_name(format!("{long}A")), fitting_name(format!("{long}B")));
        assert!(a != b && a.len() <= NAME_LIMIT && is_developer_name(&a));
        assert_eq!(a, fitting_name(format!("{long}A")));
        let label = fitting_label(&"Ü".repeat(90), " (when mfa)");
        assert_eq!(label.encode_utf16().count(), NAME_LIMIT);
        assert_eq!(fitting_label("Sales Rep", " (when mfa)"), "Sales Rep (when mfa)");
        let description = fitting_description(&"𝄞".repeat(200), " Made by ztam.");
        assert!(
            description.encode_utf16().count() <= DESCRIPTION_LIMIT
                && description.ends_with("... Made by ztam.")
        );
    }
}
