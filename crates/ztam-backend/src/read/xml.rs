//! XML from strangers: refused before it is parsed where parsing could be costly or depend on anything outside the file.
//!
//! The parser builds the whole tree and never expands entities of a file's own. The scan before it bounds what is left:
//! bytes, depth, attributes of an element and namespaces in force, each of which a tree pays for more than once.

use std::ops::Range;

use roxmltree::{Document, Node, ParsingOptions};
use ztam_source::finding::Finding;

use super::{Input, Sink};
use crate::rules::{MALFORMED, NOT_TEXT, TOO_LARGE};

/// Most bytes that are parsed at once: solutions of large estates have a single file of some 140 MB. Lists that are longer
/// are cut first.
const BYTES: usize = 256 * 1024 * 1024;
/// Most elements, texts and comments of a file.
const NODES: u32 = 16_000_000;
/// Most elements inside each other; forms have about thirty.
const DEPTH: usize = 256;
/// Most attributes of an element.
const ATTRIBUTES: usize = 256;
/// Most namespaces in force at one place.
const NAMESPACES: usize = 32;

/// Parses a file. What cannot be read is told, and then there is no document.
pub fn parse<'a>(input: &Input<'a>, sink: &mut Sink) -> Option<Document<'a>> {
    let refuse = |sink: &mut Sink, finding: Finding| {
        sink.tell("file", finding.fact("path", input.path));
        None
    };
    let name = input.name();
    if input.bytes.len() > BYTES {
        let title = format!("`{name}` is larger than {} MiB and is not read", BYTES >> 20);
        return refuse(sink, Finding::new(&TOO_LARGE, title).at(input.span(&(0..0)), "this file"));
    }
    let text = match text(input.bytes) {
        Ok(text) => text,
        Err((range, what)) => {
            let title = format!("`{name}` is not UTF-8 text, so nothing is known of what it grants");
            return refuse(sink, Finding::new(&NOT_TEXT, title).at(input.span(&range), what));
        }
    };
    if let Err(fault) = scan(text) {
        let finding = match fault.limit {
            Some(limit) => Finding::new(&TOO_LARGE, format!("`{name}` has {limit} and is not read"))
                .at(input.span(&fault.range), "here the limit is passed"),
            None => Finding::new(
                &MALFORMED,
                format!("`{name}` declares a document type, which permission files never do"),
            )
            .at(input.span(&fault.range), "may name entities and files outside")
            .help("remove the declaration"),
        };
        return refuse(sink, finding);
    }
    let options = ParsingOptions { allow_dtd: false, nodes_limit: NODES, ..ParsingOptions::default() };
    match Document::parse_with_options(text, options) {
        Ok(document) => Some(document),
        Err(roxmltree::Error::NodesLimitReached) => {
            let title = format!("`{name}` has more than {NODES} elements and texts and is not read");
            refuse(sink, Finding::new(&TOO_LARGE, title).at(input.span(&(0..0)), "this file"))
        }
        Err(error) => {
            let at = offset(text, error.pos());
            let title = format!("`{name}` is not well-formed XML, so nothing is known of what it grants");
            refuse(sink, Finding::new(&MALFORMED, title).at(input.span(&(at..at)), reason(&error)))
        }
    }
}

/// The parser's reason without its position, which the label shows.
fn reason(error: &roxmltree::Error) -> String {
    let text = error.to_string();
    text.rsplit_once(" at ").map_or_else(|| text.clone(), |(reason, _)| reason.to_owned())
}

/// Bytes as text, or where they are none.
fn text(bytes: &[u8]) -> Result<&str, (Range<usize>, String)> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let start = error.valid_up_to();
        (start..start + error.error_len().unwrap_or(1), "from here it is not UTF-8".to_owned())
    })?;
    match declared_encoding(text) {
        Some((range, encoding)) if !text.trim_start_matches('\u{feff}').is_ascii() => {
            Err((range, format!("declared as {encoding}, with characters that depend on it")))
        }
        _ => Ok(text),
    }
}

/// The encoding that the XML declaration names, where it is not UTF-8.
fn declared_encoding(text: &str) -> Option<(Range<usize>, &str)> {
    let start = text.find("<?xml").filter(|at| *at <= 3)?;
    let declaration = text.get(start..)?.split_once("?>")?.0;
    let (before, rest) = declaration.split_once("encoding")?;
    let quote = rest.find(['"', '\''])?;
    let value = rest.get(quote + 1..)?;
    let value = value.get(..value.find(['"', '\''])?)?;
    let at = start + before.len() + "encoding".len() + quote + 1;
    let same = ["utf-8", "utf8", "us-ascii"].iter().any(|it| value.eq_ignore_ascii_case(it));
    (!same).then_some((at..at + value.len(), value))
}

/// The byte offset of a line and column, both from 1, columns in characters.
fn offset(text: &str, position: roxmltree::TextPos) -> usize {
    let line = text.split_inclusive('\n').take(position.row.saturating_sub(1) as usize).map(str::len).sum();
    let rest = text.get(line..).unwrap_or_default();
    let column = rest.char_indices().nth(position.col.saturating_sub(1) as usize);
    column.map_or(text.len(), |(at, _)| line + at)
}

/// Why a text is not parsed.
struct Fault {
    range: Range<usize>,
    /// The limit that is passed; a declaration of the document's type otherwise.
    limit: Option<String>,
}

/// Looks over the tags of a text in one pass.
fn scan(text: &str) -> Result<(), Fault> {
    let mut open: Vec<usize> = Vec::new();
    let mut at = 0;
    while let Some(start) = find(text, at, "<") {
        let rest = text.get(start..).unwrap_or_default();
        let skip = |end: &str| find(text, start, end).map_or(text.len(), |it| it + end.len());
        if rest.starts_with("<!--") {
            at = find(text, start + 4, "-->").map_or(text.len(), |it| it + 3);
        } else if rest.starts_with("<![CDATA[") {
            at = skip("]]>");
        } else if rest.starts_with("<?") {
            at = skip("?>");
        } else if rest.starts_with("<!") {
            return Err(Fault { range: start..start + 2, limit: None });
        } else {
            let tag = Tag::scan(rest);
            at = start + tag.length;
            let limit = tag.limit(&mut open);
            if let Some(limit) = limit {
                return Err(Fault { range: start..at, limit: Some(limit) });
            }
        }
    }
    Ok(())
}

pub(super) fn find(text: &str, from: usize, what: &str) -> Option<usize> {
    text.get(from..)?.find(what).map(|at| from + at)
}

/// One tag.
pub(super) struct Tag {
    pub(super) length: usize,
    attributes: usize,
    namespaces: usize,
    pub(super) closes: bool,
    pub(super) is_empty: bool,
}

impl Tag {
    /// The tag at the start of a text; to the end of the text where it does not end.
    pub(super) fn scan(text: &str) -> Self {
        let mut tag = Self {
            length: text.len(),
            attributes: 0,
            namespaces: 0,
            closes: text.starts_with("</"),
            is_empty: false,
        };
        let mut quote = None;
        let mut word = 0;
        let mut previous = b' ';
        for (at, byte) in text.bytes().enumerate() {
            match (quote, byte) {
                (Some(open), _) if open != byte => {}
                (Some(_), _) => quote = None,
                (None, b'"' | b'\'') => quote = Some(byte),
                (None, b'=') => {
                    tag.attributes += 1;
                    let name = text.get(word..at).unwrap_or_default();
                    tag.namespaces += usize::from(name.starts_with("xmlns"));
                }
                (None, b'>') => {
                    tag.length = at + 1;
                    tag.is_empty = previous == b'/';
                    break;
                }
                (None, _) if previous.is_ascii_whitespace() => word = at,
                _ => {}
            }
            previous = byte;
        }
        tag
    }

    /// The limit that the tag passes, given the namespaces that are in force after each open one.
    fn limit(&self, open: &mut Vec<usize>) -> Option<String> {
        if self.closes {
            open.pop();
            return None;
        }
        let namespaces = open.last().copied().unwrap_or_default() + self.namespaces;
        if !self.is_empty {
            open.push(namespaces);
        }
        if open.len() > DEPTH {
            Some(format!("more than {DEPTH} elements inside each other"))
        } else if self.attributes > ATTRIBUTES {
            Some(format!("an element of more than {ATTRIBUTES} attributes"))
        } else if namespaces > NAMESPACES {
            Some(format!("more than {NAMESPACES} namespaces at one place"))
        } else {
            None
        }
    }
}

/// The elements inside a node, in order.
pub fn elements<'a, 'input>(node: Node<'a, 'input>) -> impl Iterator<Item = Node<'a, 'input>> {
    node.children().filter(Node::is_element)
}

/// The text of an element without elements inside, without white space around it; `None` where there are elements.
#[must_use]
pub fn leaf(node: Node<'_, '_>) -> Option<String> {
    if node.children().any(|it| it.is_element()) {
        return None;
    }
    // A comment inside cuts the text in two.
    let text: String = node.children().filter(Node::is_text).filter_map(|it| it.text()).collect();
    Some(text.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use ztam_source::file::FileId;

    use super::*;

    fn told(bytes: &[u8]) -> Vec<String> {
        let mut sink = Sink::default();
        let input = Input { file: FileId(0), path: "a/b.xml", bytes };
        let parsed = parse(&input, &mut sink).is_some();
        let told: Vec<_> = sink.finish().iter().map(|it| format!("{} {}", it.id(), it.title)).collect();
        assert_eq!(parsed, told.is_empty());
        told
    }

    fn rule(text: &str) -> String {
        told(text.as_bytes()).first().and_then(|it| it.split(' ').next()).unwrap_or("read").to_owned()
    }

    #[test]
    fn only_plain_documents_are_parsed() {
        for good in [
            "<a/>",
            "\u{feff}<?xml version=\"1.0\"?>\r\n<a>é</a>",
            "<a b=\"<!DOCTYPE\" c='>'><!-- <a><!DOCTYPE --><![CDATA[<!DOCTYPE <a>]]></a>"
                .replace("\"<", "\"")
                .as_str(),
            "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a>x</a>",
        ] {
            assert_eq!(rule(good), "read", "{good}");
        }
        for bad in [
            "",
            "x",
            "<a>",
            "<a></b>",
            "<a/><b/>",
            "<a>&x;</a>",
            "<a>&#0;</a>",
            "<a> & </a>",
            "<a",
            "<a b=",
            "<a b=\"",
            "<!--",
            "<!-->",
        ] {
            assert_eq!(rule(bad), "read/malformed", "{bad}");
        }
        assert_eq!(rule("<!DOCTYPE a [<!ENTITY e \"x\">]><a>&e;</a>"), "read/malformed");
        assert_eq!(rule("<?xml version=\"1.0\" encoding='ISO-8859-1'?><a>é</a>"), "read/not-text");
        assert!(told(b"<a>\xff</a>")[0].starts_with("read/not-text"));
        assert!(told(b"\xff\xfe<\0a\0/\0>\0")[0].starts_with("read/not-text"));
    }

    #[test]
    fn shapes_that_cost_more_than_their_bytes_are_refused() {
        assert_eq!(rule(&format!("{}{}", "<a>".repeat(256), "</a>".repeat(256))), "read");
        assert_eq!(rule(&format!("{}{}", "<a>".repeat(257), "</a>".repeat(257))), "read/too-large");
        assert_eq!(rule(&"<a>".repeat(1_000_000)), "read/too-large");
        let attributes: String = (0..300).map(|it| format!(" a{it}='1'")).collect();
        assert_eq!(rule(&format!("<a{attributes}/>")), "read/too-large");
        let namespaces: String = (0..33).map(|it| format!("<a xmlns:n{it}='u:{it}'>")).collect();
        assert_eq!(rule(&namespaces), "read/too-large");
        assert_eq!(rule(&format!("<a>{}</a>", "<b xmlns:n='u:1'/>".repeat(1_000))), "read");
        assert_eq!(rule(&"<".repeat(1_000_000)), "read/malformed");
        assert_eq!(rule(&format!("<a {}", "<".repeat(1_000_000))), "read/malformed");
        assert_eq!(rule(&"<!--".repeat(300_000)), "read/malformed");
    }

    #[test]
    fn faults_are_shown_where_they_are() {
        let text = "<a>\r\n  é<b></c>\r\n</a>";
        let mut sink = Sink::default();
        let input = Input { file: FileId(0), path: "b.xml", bytes: text.as_bytes() };
        assert!(parse(&input, &mut sink).is_none());
        let findings = sink.finish();
        let span = findings[0].primary().unwrap().span;
        assert_eq!(text.get(span.start as usize..).and_then(|it| it.get(..4)), Some("</c>"), "{span:?}");
    }
}
