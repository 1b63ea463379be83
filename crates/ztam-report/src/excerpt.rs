//! Excerpts of source text that are safe and short enough to draw: hidden characters made visible, endless lines cut,
//! and every place that matters moved along.

use std::collections::BTreeMap;
use std::ops::Range;

use ztam_source::confusable::neutralise;

/// Longest piece of a line that is drawn, in bytes.
const LONGEST: usize = 400;
/// How much of a cut line is kept in front of the first place that matters.
const LEAD: usize = 60;

/// A piece of text ready to draw.
#[derive(Debug)]
pub(crate) struct Excerpt {
    /// The text.
    pub(crate) text: String,
    moved: BTreeMap<usize, usize>,
}

impl Excerpt {
    /// Prepares whole lines. `places` are byte ranges in `raw`; ranges that do not fit are clamped.
    pub(crate) fn new(raw: &str, places: &[Range<usize>]) -> Self {
        let mut excerpt = Self { text: String::new(), moved: BTreeMap::new() };
        for place in places {
            excerpt.moved.insert(floor(raw, place.start), 0);
            excerpt.moved.insert(floor(raw, place.end), 0);
        }
        let mut start = 0;
        for line in raw.split_inclusive('\n') {
            excerpt.line(line, start);
            start += line.len();
        }
        let end = excerpt.text.len();
        for (_, moved) in excerpt.moved.range_mut(start..) {
            *moved = end;
        }
        excerpt
    }

    /// Where a range of the raw text stands in the excerpt.
    pub(crate) fn place(&self, raw: &str, place: &Range<usize>) -> Range<usize> {
        let find = |at| self.moved.get(&floor(raw, at)).copied().unwrap_or_default();
        let start = find(place.start);
        start..find(place.end).max(start)
    }

    fn line(&mut self, line: &str, start: usize) {
        let content = line.trim_end_matches(['\n', '\r']);
        let marks: Vec<usize> =
            self.moved.range(start..start + line.len()).map(|(at, _)| at - start).collect();
        let kept = kept(content, &marks);
        if kept.start > 0 {
            self.text.push('…');
        }
        let mut done = kept.start;
        for mark in marks {
            let at = mark.clamp(done, kept.end);
            self.push(content, done..at);
            done = at;
            self.moved.insert(start + mark, self.text.len());
        }
        self.push(content, done..kept.end);
        if kept.end < content.len() {
            self.text.push('…');
        }
        if content.len() < line.len() {
            self.text.push('\n');
        }
    }

    fn push(&mut self, content: &str, range: Range<usize>) {
        self.text.push_str(&neutralise(content.get(range).unwrap_or_default()));
    }
}

/// The part of a line that is drawn.
fn kept(content: &str, marks: &[usize]) -> Range<usize> {
    if content.len() <= LONGEST {
        return 0..content.len();
    }
    let first = marks.first().copied().unwrap_or(0).min(content.len());
    let start = if first <= LONGEST / 2 { 0 } else { floor(content, first - LEAD) };
    start..floor(content, start + LONGEST)
}

/// The nearest character boundary at or before an offset.
fn floor(text: &str, at: usize) -> usize {
    text.floor_char_boundary(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_lines_stay() {
        let raw = "a: 1\r\nb: 2\n";
        let excerpt = Excerpt::new(raw, &[6..7, 9..10]);
        assert_eq!(excerpt.text, "a: 1\nb: 2\n");
        assert_eq!(excerpt.place(raw, &(6..7)), 5..6);
        assert_eq!(excerpt.place(raw, &(9..10)), 8..9);
    }

    #[test]
    fn hidden_characters_move_what_follows() {
        let raw = "x\u{202e}y z\n";
        let place = 4..5;
        let excerpt = Excerpt::new(raw, std::slice::from_ref(&place));
        assert_eq!(excerpt.text, "x\\u{202e}y z\n");
        assert_eq!(excerpt.text.get(excerpt.place(raw, &place)), Some("y"));
    }

    #[test]
    fn endless_lines_are_cut_around_the_place() {
        let raw = format!("{}HERE{}", "a".repeat(10_000), "é".repeat(10_000));
        let excerpt = Excerpt::new(&raw, &[10_000..10_004, 10_000..30_000]);
        assert!(excerpt.text.len() < LONGEST + 10);
        assert_eq!(excerpt.text.get(excerpt.place(&raw, &(10_000..10_004))), Some("HERE"));
        assert!(excerpt.place(&raw, &(10_000..30_000)).end <= excerpt.text.len());
    }

    #[test]
    fn places_that_do_not_fit_are_clamped() {
        let raw = "é";
        let excerpt = Excerpt::new(raw, &[1..99, 7..8]);
        assert_eq!(excerpt.place(raw, &(1..99)), 0..2);
        assert_eq!(excerpt.place(raw, &(7..8)), 2..2);
    }
}
