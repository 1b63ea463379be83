//! Writing YAML values so that every reader sees the same text.
//!
//! The language reads YAML 1.2, but other tools still read 1.1, where `NO` is false, `1_000` a number, `12:30` another
//! and a date no text. Whatever any of them would take for something else is written in quotes.

use std::fmt::Write as _;

use ztam_source::confusable::is_hidden;

/// A text as a YAML scalar on one line, safe in block and flow context: plain where every reader takes it as this text,
/// else in double quotes.
#[must_use]
pub fn scalar(text: &str) -> String {
    if is_plain(text) { text.to_owned() } else { quoted(text) }
}

fn is_plain(text: &str) -> bool {
    text.starts_with(|it: char| it.is_ascii_alphanumeric() || it == '_' || it == '/')
        && !is_special_word(text)
        && !may_be_number_or_date(text)
        // An import writes names by the ten thousand: nothing else is asked of them.
        && (is_name(text) || is_plain_text(text))
}

fn is_plain_text(text: &str) -> bool {
    !text.contains([',', '[', ']', '{', '}', '"', '\'', '`'])
        && !text.chars().any(needs_escape)
        && !has_lone_colon(text)
        // The writer of the YAML library knows the rest: comments, colons, trailing blanks.
        && is_written_plain(text)
}

/// Whether a colon stands before something that no name begins with: inside `[]` and `{}` some readers take it for the end
/// of a key.
fn has_lone_colon(text: &str) -> bool {
    text.split(':').skip(1).any(|rest| !rest.starts_with(|it: char| it.is_alphanumeric() || it == '/'))
}

/// Letters, digits and what joins names: nothing that any reader takes for a mark.
fn is_name(text: &str) -> bool {
    text.bytes().all(|it| it.is_ascii_alphanumeric() || matches!(it, b'_' | b'-' | b'.' | b'/'))
}

fn is_written_plain(text: &str) -> bool {
    serde_yaml::to_string(text).is_ok_and(|written| written.strip_suffix('\n') == Some(text))
}

/// Truth values and nothing, of YAML 1.1 and 1.2, in any spelling.
fn is_special_word(text: &str) -> bool {
    const WORDS: [&str; 10] = ["y", "yes", "n", "no", "true", "false", "on", "off", "null", "nan"];
    text.len() <= 5 && WORDS.iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// Begins with a digit and goes on with nothing but what numbers, clock times and dates are made of.
fn may_be_number_or_date(text: &str) -> bool {
    let of_number = |it: u8| it.is_ascii_hexdigit() || b"_xobT:.+-Ztz ".contains(&it);
    text.starts_with(|it: char| it.is_ascii_digit()) && text.bytes().all(of_number)
}

fn needs_escape(letter: char) -> bool {
    letter.is_control() || is_hidden(letter)
}

fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            _ if needs_escape(letter) => escape(&mut out, u32::from(letter)),
            _ => out.push(letter),
        }
    }
    out.push('"');
    out
}

fn escape(out: &mut String, code: u32) {
    // Writing to a string cannot fail.
    let _ = match code {
        0..=0xff => write!(out, "\\x{code:02X}"),
        0x100..=0xffff => write!(out, "\\u{code:04X}"),
        _ => write!(out, "\\U{code:08X}"),
    };
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use ztam_source::scalar::{Scalar, resolve_plain};

    use super::*;

    #[test]
    fn plain_where_nobody_can_misread_it() {
        for text in [
            "Sales Rep",
            "sales-rep",
            "Works the accounts of their team",
            "sales-ops@acme.example",
            "https://wiki.acme.example/dr-2026",
            "Größe",
            "none",
            "Norway",
            "3rd line support",
            "a:b",
        ] {
            assert_eq!(scalar(text), text);
        }
    }

    #[test]
    fn quoted_where_some_reader_would_see_something_else() {
        for text in [
            "",
            "~",
            "null",
            "Null",
            "NO",
            "no",
            "on",
            "Off",
            "yes",
            "y",
            "N",
            "true",
            "FALSE",
            ".nan",
            "nan",
            "1",
            "12",
            "007",
            "0o7",
            "0x1F",
            "0b11",
            "1_000",
            "1.10",
            "66.0",
            "1e3",
            "+1",
            "-1",
            ".5",
            ".inf",
            "12:30",
            "190:20:30",
            "2026-01-01",
            "2026-01-01T10:00:00Z",
            "1.0.0.0",
            "<<",
            "=",
            "- a",
            "-",
            "? a",
            ": a",
            "a: b",
            "a #b",
            "#a",
            "a, b",
            "[a]",
            "{a}",
            "&a",
            "*a",
            "!a",
            "|",
            ">",
            "%a",
            "@a",
            "`a",
            " a",
            "a ",
            "a:",
            "a:?",
            "'a'",
            "\"a\"",
            "---",
        ] {
            let written = scalar(text);
            assert!(written.starts_with('"') && written.ends_with('"'), "{text} -> {written}");
        }
        assert_eq!(scalar("a\n\"b\"\\\t\u{7}\u{202e}\u{e0001}"), r#""a\n\"b\"\\\t\x07\u202E\U000E0001""#);
    }

    proptest! {
        #[test]
        fn every_text_reads_back_in_block_and_flow(text in "(?s).{0,30}") {
            let written = scalar(&text);
            prop_assert!(!written.contains(['\n', '\r']));
            let block: String = serde_yaml::from_str(&format!("{written}\n")).unwrap();
            prop_assert_eq!(&block, &text);
            let flow: Vec<String> = serde_yaml::from_str(&format!("[{written}, {written}]\n")).unwrap();
            prop_assert_eq!(&flow[1], &text);
            if !written.starts_with('"') {
                prop_assert_eq!(resolve_plain(&written), Scalar::String(&text));
            }
        }

        #[test]
        fn names_are_plain_for_the_library_too(text in "[a-zA-Z0-9_/][-a-zA-Z0-9_./]{0,12}") {
            let is_plain = !is_special_word(&text) && !may_be_number_or_date(&text);
            prop_assert!(!is_plain || is_written_plain(&text), "{}", text);
        }

        #[test]
        fn short_texts_of_yaml_marks_read_back(text in "[-+.:#,0-9a-fnoy_ ~!&*'\"|>%@?{}\\[\\]\\\\]{1,6}") {
            let flow: Vec<String> = serde_yaml::from_str(&format!("[{}]\n", scalar(&text))).unwrap();
            prop_assert_eq!(&flow[0], &text);
        }
    }
}
