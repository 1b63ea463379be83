//! Characters that a reader cannot see, or that reorder what they see: found in input, made visible in output.

use std::borrow::Cow;
use std::ops::Range;

/// Whether a character is invisible or changes the order of its neighbours. Line feed, carriage return and tab are
/// not hidden, and neither are the two joiners that some scripts need.
#[must_use]
pub fn is_hidden(character: char) -> bool {
    matches!(character,
        '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{7f}'..='\u{9f}' // controls
        | '\u{ad}' | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{3164}' | '\u{ffa0}' // blank
        | '\u{200b}' | '\u{2060}'..='\u{2064}' | '\u{feff}' // zero width
        | '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' // direction
        | '\u{2028}' | '\u{2029}' // line breaks that only some programs see
        | '\u{206a}'..='\u{206f}' | '\u{fff9}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}'
        | '\u{e0000}'..='\u{e007f}')
}

/// Whether a hidden character may start with this byte of UTF-8. Only speed depends on it.
fn may_start_hidden(byte: u8) -> bool {
    byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r')
        || matches!(byte, 0x7f | 0xc2 | 0xcd | 0xd8 | 0xe1 | 0xe2 | 0xe3 | 0xef | 0xf3)
}

/// The byte ranges of hidden characters, in order; neighbours are one range.
pub fn hidden_characters(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = next_hidden(text, at)?;
        let run = text.get(start..).unwrap_or_default().chars().take_while(|it| is_hidden(*it));
        at = start + run.map(char::len_utf8).sum::<usize>();
        Some(start..at)
    })
}

fn next_hidden(text: &str, mut from: usize) -> Option<usize> {
    loop {
        let rest = text.as_bytes().get(from..)?;
        let at = from + rest.iter().position(|byte| may_start_hidden(*byte))?;
        let character = text.get(at..)?.chars().next()?;
        if is_hidden(character) {
            return Some(at);
        }
        from = at + character.len_utf8();
    }
}

/// Text that is safe to print: every hidden character stands as `\u{202e}` and the like; line feeds and tabs stay.
#[must_use]
pub fn neutralise(text: &str) -> Cow<'_, str> {
    let mut out = String::new();
    let mut done = 0;
    for range in hidden_characters(text) {
        out.push_str(text.get(done..range.start).unwrap_or_default());
        for character in text.get(range.clone()).unwrap_or_default().chars() {
            out.extend(character.escape_unicode());
        }
        done = range.end;
    }
    if done == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(text.get(done..).unwrap_or_default());
    Cow::Owned(out)
}

/// A piece of input for use inside a sentence: in backticks, on one line, neutralised, at most 60 characters.
#[must_use]
pub fn quoted(text: &str) -> String {
    const LONGEST: usize = 60;
    let mut short: String = text.chars().take(LONGEST).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    let line = short.replace(['\n', '\r', '\t'], " ");
    format!("`{}`", neutralise(&line))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_text_is_borrowed() {
        for text in
            ["", "plain", "título — 日本語 “x”\r\n\ttab", "नमस्ते", "می\u{200c}خواهم", "👩\u{200d}🚀\u{fe0f}"]
        {
            assert!(matches!(neutralise(text), Cow::Borrowed(same) if same == text), "{text:?}");
            assert_eq!(hidden_characters(text).count(), 0);
        }
    }

    #[test]
    fn hidden_characters_become_visible() {
        assert_eq!(neutralise("a\u{202e}b\u{200b}"), r"a\u{202e}b\u{200b}");
        assert_eq!(neutralise("\0\u{1b}[31m"), r"\u{0}\u{1b}[31m");
        assert_eq!(neutralise("x\u{85}\u{e0041}"), r"x\u{85}\u{e0041}");
    }

    #[test]
    fn neighbours_are_one_range() {
        let ranges: Vec<_> = hidden_characters("a\u{202e}\u{1}b\u{feff}").collect();
        assert_eq!(ranges, [1..5, 6..9]);
    }

    #[test]
    fn every_hidden_character_passes_the_fast_filter() {
        let mut buffer = [0; 4];
        for character in (0..=0x0010_ffff).filter_map(char::from_u32).filter(|it| is_hidden(*it)) {
            assert!(may_start_hidden(character.encode_utf8(&mut buffer).as_bytes()[0]), "{character:?}");
        }
    }

    #[test]
    fn quoting_shortens_and_stays_on_one_line() {
        assert_eq!(quoted("a\nb"), "`a b`");
        assert_eq!(quoted(&"x".repeat(100)).chars().count(), 63);
    }
}
