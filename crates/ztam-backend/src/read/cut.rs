//! Reading a large file in parts. A tree of a whole file costs many times its bytes; a file that is a long list of elements is
//! read element by element, and the rest of it as a document of its own.

use std::ops::Range;

use ztam_source::span::Span;

use super::xml::{Tag, find};
use super::{Input, ReadContainer, Sink};

/// Files up to so many bytes are read at once.
const WHOLE: usize = 64 << 20;
/// Most parts, and most elements inside each other, that are looked for: what has more is refused like any file of its size.
const PARTS: usize = 100_000;
const DEPTH: usize = 256;

/// A file in parts, each a document of its own.
#[derive(Debug)]
pub struct Cut {
    /// The file without the elements that were taken out.
    pub rest: Vec<u8>,
    /// Each element that was taken out, with the first tags of those it stands in.
    parts: Vec<Part>,
}

#[derive(Debug)]
struct Part {
    range: Range<usize>,
    /// Names of the elements around it, from the root.
    around: Vec<String>,
}

/// Takes all elements of these names out of a file that is too large to be read at once; `None` where it is small, or not
/// text of such a form.
#[must_use]
pub fn cut(input: &Input<'_>, names: &[&str]) -> Option<Cut> {
    cut_above(input, names, WHOLE)
}

fn cut_above(input: &Input<'_>, names: &[&str], whole: usize) -> Option<Cut> {
    if input.bytes.len() <= whole {
        return None;
    }
    let text = std::str::from_utf8(input.bytes).ok()?;
    let mut open: Vec<&str> = Vec::new();
    let mut parts: Vec<Part> = Vec::new();
    // Where the element began that is being taken out, and how deep.
    let mut taking: Option<(usize, usize)> = None;
    let mut at = 0;
    while let Some(start) = find(text, at, "<") {
        let rest = text.get(start..)?;
        let passed = |from: usize, end: &str| find(text, start + from, end).map(|it| it + end.len());
        if rest.starts_with("<!--") {
            at = passed(4, "-->")?;
            continue;
        }
        if rest.starts_with("<![CDATA[") {
            at = passed(9, "]]>")?;
            continue;
        }
        if rest.starts_with("<?") {
            at = passed(2, "?>")?;
            continue;
        }
        let tag = Tag::scan(rest);
        at = start + tag.length;
        if tag.closes {
            open.pop()?;
            if let Some((from, _)) = taking.filter(|(_, depth)| *depth == open.len()) {
                let around = open.iter().map(|it| (*it).to_owned()).collect();
                parts.push(Part { range: from..at, around });
                taking = None;
            }
            continue;
        }
        let name = rest.get(1..)?.split(|it: char| it.is_whitespace() || matches!(it, '>' | '/')).next()?;
        if parts.len() > PARTS || open.len() > DEPTH {
            return None;
        }
        if !tag.is_empty {
            if taking.is_none() && !open.is_empty() && names.contains(&name) {
                taking = Some((start, open.len()));
            }
            open.push(name);
        }
    }
    // What is not well-formed is told by the whole.
    (open.is_empty() && !parts.is_empty()).then(|| Cut { rest: without(input.bytes, &parts), parts })
}

fn without(bytes: &[u8], parts: &[Part]) -> Vec<u8> {
    let mut rest = Vec::new();
    let mut from = 0;
    for part in parts {
        rest.extend_from_slice(bytes.get(from..part.range.start).unwrap_or_default());
        from = part.range.end;
    }
    rest.extend_from_slice(bytes.get(from..).unwrap_or_default());
    rest
}

impl Cut {
    /// Reads the parts. What they hold and what is wrong with them stands where it stands in the file; places in the rest
    /// are those of the file up to the first part.
    pub fn read(
        &self,
        input: &Input<'_>,
        sink: &mut Sink,
        read: &dyn Fn(&Input<'_>, &mut Sink) -> Vec<ReadContainer>,
    ) -> Vec<ReadContainer> {
        let mut all = read(&Input { bytes: &self.rest, ..*input }, sink);
        for part in &self.parts {
            let head: String = part.around.iter().map(|it| format!("<{it}>")).collect();
            let tail: String = part.around.iter().rev().map(|it| format!("</{it}>")).collect();
            let body = input.bytes.get(part.range.clone()).unwrap_or_default();
            let document = [head.as_bytes(), body, tail.as_bytes()].concat();
            let place = Place { from: head.len(), to: part.range.start, end: part.range.end };
            let mut own = Sink::default();
            let found = read(&Input { bytes: &document, ..*input }, &mut own);
            all.extend(found.into_iter().map(|it| place.of_container(it)));
            for mut finding in own.finish() {
                for label in &mut finding.labels {
                    label.span = place.of(label.span);
                }
                let subject = finding.title.clone();
                sink.tell(&subject, finding);
            }
        }
        all
    }
}

/// Where a part stands in its document and in the file.
struct Place {
    from: usize,
    to: usize,
    end: usize,
}

impl Place {
    fn of(&self, span: Span) -> Span {
        let moved = |at: u32| {
            let at = (at as usize).saturating_sub(self.from).saturating_add(self.to).min(self.end);
            u32::try_from(at).unwrap_or(u32::MAX)
        };
        Span::new(span.file, moved(span.start), moved(span.end))
    }

    fn of_container(&self, mut it: ReadContainer) -> ReadContainer {
        it.place = self.of(it.place);
        it.rows.iter_mut().for_each(|row| row.span = self.of(row.span));
        it.unknown.iter_mut().for_each(|unknown| unknown.span = self.of(unknown.span));
        it.verbatim.iter_mut().for_each(|kept| kept.span = self.of(kept.span));
        it
    }
}

#[cfg(test)]
mod tests {
    use ztam_source::file::FileId;

    use super::super::xml::{elements, parse};
    use super::*;

    /// Names of the elements two levels below the root with the text at their places.
    fn containers(input: &Input<'_>, sink: &mut Sink) -> Vec<ReadContainer> {
        let Some(document) = parse(input, sink) else { return Vec::new() };
        let lists = elements(document.root_element());
        let items = lists.flat_map(elements);
        items.map(|it| ReadContainer::new("Item", it.tag_name().name(), input.span(&it.range()))).collect()
    }

    #[test]
    fn parts_stand_where_they_stood() {
        let text = "<?xml version=\"1.0\"?><all><!-- <item> --><list a='>'><item n='1'><b/><item/></item><other/>\n\
                    <item><![CDATA[</item>]]></item><item/></list></all>";
        let input = Input { file: FileId(0), path: "x.xml", bytes: text.as_bytes() };
        let cut = cut_above(&input, &["item"], 0).unwrap();
        let found = cut.read(&input, &mut Sink::default(), &containers);
        let mut shown: Vec<_> = found
            .iter()
            .map(|it| (it.place.start, text.get(it.place.start as usize..it.place.end as usize).unwrap()))
            .collect();
        shown.sort_unstable();
        let taken: Vec<_> = shown.iter().map(|it| it.1).filter(|it| it.contains("</item>")).collect();
        assert_eq!(taken, ["<item n='1'><b/><item/></item>", "<item><![CDATA[</item>]]></item>"]);
        assert_eq!(found.len(), 4, "with those that were left: an empty one and another");
    }

    #[test]
    fn small_and_broken_files_are_not_cut() {
        let small = Input { file: FileId(0), path: "x.xml", bytes: b"<a><item></item></a>" };
        assert!(cut(&small, &["item"]).is_none());
        for broken in [
            "<a><item></item>",
            "<a><item></a>",
            "</a>",
            "<a><item><!-- </item></a>",
            "<item></item>",
            "<a/>",
        ] {
            let input = Input { bytes: broken.as_bytes(), ..small };
            assert!(cut_above(&input, &["item"], 0).is_none(), "{broken}");
        }
        let wrong = Input { bytes: b"<a><item>&x;</item></a>", ..small };
        let mut sink = Sink::default();
        cut_above(&wrong, &["item"], 0).unwrap().read(&wrong, &mut sink, &containers);
        let findings = sink.finish();
        assert_eq!(findings[0].primary().unwrap().span.start, 9, "told where it stands in the file");
    }
}
