//! Elements that ztam does not know, kept as they are: read into one form, written again where the order of the file wants
//! them. Nobody judges what they grant, so they may never be an element that is judged.

use std::fmt::Write;

use roxmltree::Node;
use ztam_backend::read::xml::{elements, parse};
use ztam_backend::read::{Input, Sink};
use ztam_source::file::FileId;

use crate::read::{NAMESPACE, knows};

/// Most bytes that are kept of one element; real ones have some hundred.
const BYTES: usize = 64 * 1024;
/// Most elements inside each other.
const DEPTH: usize = 32;

/// An element as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Element {
    pub(crate) name: String,
    /// What is inside, well-formed, with its text escaped.
    pub(crate) content: String,
}

impl Element {
    /// An element of a matrix, read and written anew so that nothing of it leaves the element. Half a sentence where it
    /// cannot be kept.
    pub(crate) fn new(name: &str, content: &str) -> Result<Self, &'static str> {
        if !is_name(name) {
            return Err("is no name of an element");
        }
        if knows(name) {
            return Err("is an element that ztam knows, and judges");
        }
        let document = format!("<{name} xmlns=\"{NAMESPACE}\">{content}</{name}>");
        let input = Input { file: FileId(0), path: name, bytes: document.as_bytes() };
        let read = parse(&input, &mut Sink::default());
        let content = read.and_then(|it| canonical(it.root_element()));
        let content = content.ok_or("does not hold well-formed XML that can be kept")?;
        Ok(Self { name: name.to_owned(), content })
    }
}

/// What is inside an element, in one form: text escaped, no comments, no white space between elements. `None` for what
/// cannot be kept: attributes of the element, or inside with a prefix; too much, or too deep.
pub(crate) fn canonical(node: Node<'_, '_>) -> Option<String> {
    let name = node.tag_name().name();
    if node.attributes().len() > 0 || !is_name(name) || knows(name) {
        return None;
    }
    let mut out = String::new();
    inside(node, &mut out, 0)?;
    Some(out)
}

fn inside(node: Node<'_, '_>, out: &mut String, depth: usize) -> Option<()> {
    if depth > DEPTH || out.len() > BYTES {
        return None;
    }
    let has_elements = elements(node).next().is_some();
    for child in node.children() {
        if child.is_element() {
            element(child, node.tag_name().namespace(), out, depth)?;
        } else if let Some(text) = child.text().filter(|_| child.is_text())
            && !(has_elements && text.trim().is_empty())
        {
            escape(text, false, out);
        }
    }
    (out.len() <= BYTES).then_some(())
}

fn element(node: Node<'_, '_>, around: Option<&str>, out: &mut String, depth: usize) -> Option<()> {
    let tag = node.tag_name();
    let _ = write!(out, "<{}", tag.name());
    if tag.namespace() != around {
        out.push_str(" xmlns=\"");
        escape(tag.namespace().unwrap_or_default(), true, out);
        out.push('"');
    }
    let mut attributes: Vec<_> = node.attributes().collect();
    attributes.sort_by_key(roxmltree::Attribute::name);
    for attribute in attributes {
        // A prefix may stand in values too, where nobody can see it.
        if attribute.namespace().is_some() {
            return None;
        }
        let _ = write!(out, " {}=\"", attribute.name());
        escape(attribute.value(), true, out);
        out.push('"');
    }
    out.push('>');
    inside(node, out, depth + 1)?;
    let _ = write!(out, "</{}>", tag.name());
    Some(())
}

/// Text as XML gives it back: white space that a reader would change is written as a number.
fn escape(text: &str, in_attribute: bool, out: &mut String) {
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\r' => out.push_str("&#13;"),
            '"' if in_attribute => out.push_str("&quot;"),
            '\n' if in_attribute => out.push_str("&#10;"),
            '\t' if in_attribute => out.push_str("&#9;"),
            letter => out.push(letter),
        }
    }
}

fn is_name(name: &str) -> bool {
    name.starts_with(|it: char| it.is_ascii_alphabetic() || it == '_')
        && name.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'_')
        && name.len() <= 128
}

/// A document of ours with further elements, each before the first element that stands behind it in the alphabet.
pub(crate) fn insert(document: &str, further: &[Element]) -> String {
    let mut waiting: Vec<&Element> = further.iter().collect();
    waiting.sort_by(|a, b| a.name.cmp(&b.name));
    let mut waiting = waiting.into_iter().peekable();
    let mut out = String::with_capacity(document.len());
    for line in document.split_inclusive('\n') {
        // The text of elements is escaped, so no line of it begins with a tag.
        let tag = line.strip_prefix("    <").filter(|it| it.starts_with(|it: char| it.is_ascii_alphabetic()));
        let name = tag.and_then(|it| it.split(['>', ' ', '/']).next());
        let is_end = line.starts_with("</");
        while let Some(it) = waiting.next_if(|it| is_end || name.is_some_and(|name| it.name.as_str() < name))
        {
            let _ = writeln!(out, "    <{0}>{1}</{0}>", it.name, it.content);
        }
        out.push_str(line);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(text: &str) -> Result<String, &'static str> {
        Element::new("newAccesses", text).map(|it| it.content)
    }

    #[test]
    fn content_has_one_form_whatever_it_was_written_as() {
        for (written, kept) in [
            ("", ""),
            ("  a  ", "  a  "),
            ("<![CDATA[a < b ]]>&amp;&#x20;c", "a &lt; b &amp; c"),
            ("\r\n  <b>1</b><!-- <c/> -->\n  <c/>\n", "<b>1</b><c></c>"),
            ("<b y=\"&quot;2&#10;\" x='1'/>", "<b x=\"1\" y=\"&quot;2&#10;\"></b>"),
            (
                "<p:b xmlns:p=\"urn:p\"><p:c/><d/></p:b>",
                "<b xmlns=\"urn:p\"><c></c><d xmlns=\"http://soap.sforce.com/2006/04/metadata\"></d></b>",
            ),
            ("a]]&gt;b&#13;", "a]]&gt;b&#13;"),
        ] {
            assert_eq!(content(written).as_deref(), Ok(kept), "{written}");
            assert_eq!(content(kept).as_deref(), Ok(kept), "once more: {written}");
        }
    }

    #[test]
    fn nothing_leaves_the_element_and_nothing_known_is_in_it() {
        for hostile in [
            "</newAccesses><objectPermissions/><newAccesses>",
            "<!DOCTYPE x [<!ENTITY e \"x\">]>&e;",
            "&e;",
            "<b>",
            "<b xmlns:x=\"urn:x\" x:y=\"1\"/>",
            "<!--",
            "<![CDATA[",
        ] {
            assert!(content(hostile).is_err(), "{hostile}");
        }
        assert!(content(&format!("{}{}", "<b>".repeat(32), "</b>".repeat(32))).is_ok());
        assert!(content(&format!("{}{}", "<b>".repeat(34), "</b>".repeat(34))).is_err());
        assert!(content(&"x".repeat(BYTES + 1)).is_err());
        for name in
            ["objectPermissions", "OBJECTPERMISSIONS", "label", "permissionSets", "a b", "", "a:b", "1"]
        {
            assert!(Element::new(name, "x").is_err(), "{name}");
        }
    }

    #[test]
    fn elements_stand_where_the_alphabet_wants_them() {
        let document = "<X>\n    <description>a\n    b</description>\n    <label>L</label>\n</X>\n";
        let element = |name: &str| Element { name: name.to_owned(), content: "1".to_owned() };
        let all = ["zz", "dataspaceScopes", "fooBar", "fooBar"].map(element);
        assert_eq!(
            insert(document, &all),
            "<X>\n    <dataspaceScopes>1</dataspaceScopes>\n    <description>a\n    b</description>\n    \
             <fooBar>1</fooBar>\n    <fooBar>1</fooBar>\n    <label>L</label>\n    <zz>1</zz>\n</X>\n"
        );
    }
}
