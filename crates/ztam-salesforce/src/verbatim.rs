//! Elements that ztam does not know, kept as they are: read into one form, written again where the order of the file wants
//! them. Nobody judges what they grant, so they may never be an element that is judged.

use std::collections::BTreeMap;
use std::fmt::Write;

use roxmltree::Node;
use ztam_backend::read::xml::{elements, parse};
use ztam_backend::read::{Input, Sink};
use ztam_source::file::FileId;

use crate::read::{NAMESPACE, RowForm, knows, row_form};

/// Most bytes that are kept of one element; real ones have some hundred.
const BYTES: usize = 64 * 1024;
/// Most elements inside each other.
const DEPTH: usize = 32;
/// Most attributes of one element.
const ATTRIBUTES: usize = 64;

/// An element as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Element {
    pub(crate) name: String,
    /// Its attributes, sorted, with their values as text.
    pub(crate) attributes: Vec<(String, String)>,
    /// What is inside, well-formed, with its text escaped.
    pub(crate) content: String,
    /// Kind and key of the known row that it is a part of.
    pub(crate) row: Option<(&'static str, String)>,
}

/// What of an element can be kept: its attributes, and what is inside.
pub(crate) type Kept = (Vec<(String, String)>, String);

impl Element {
    /// An element of a matrix, read and written anew so that nothing of it leaves the element. Half a sentence where it
    /// cannot be kept.
    pub(crate) fn new(
        name: &str,
        attributes: &[(&str, &str)],
        content: &str,
        row: Option<(&str, &str)>,
    ) -> Result<Self, &'static str> {
        if !is_name(name) {
            return Err("is no name of an element");
        }
        let form = row.map(|(kind, key)| Some((row_form(kind)?, key.to_owned())));
        let form = match form {
            Some(None) => return Err("is part of a row that ztam does not know"),
            Some(Some((_, key))) if key.trim().is_empty() || key.trim() != key => {
                return Err("is part of a row without a key");
            }
            Some(known) => known,
            None => None,
        };
        if is_known(name, form.as_ref().map(|it| &it.0)) {
            return Err("is an element that ztam knows, and judges");
        }
        let mut document = format!("<{name} xmlns=\"{NAMESPACE}\"");
        for (attribute, value) in attributes {
            if !is_attribute(attribute) {
                return Err("has an attribute that cannot be kept");
            }
            let _ = write!(document, " {attribute}=\"");
            escape(value, true, &mut document);
            document.push('"');
        }
        let _ = write!(document, ">{content}</{name}>");
        let input = Input { file: FileId(0), path: name, bytes: document.as_bytes() };
        let read = parse(&input, &mut Sink::default());
        let kept = read.and_then(|it| canonical(it.root_element(), form.as_ref().map(|it| &it.0)));
        let given = attributes.len();
        let (attributes, content) = kept.ok_or("does not hold well-formed XML that can be kept")?;
        if attributes.len() != given {
            return Err("has an attribute that cannot be kept");
        }
        let row = form.map(|(form, key)| (form.element, key));
        Ok(Self { name: name.to_owned(), attributes, content, row })
    }

    /// What people are told that nobody judges.
    pub(crate) fn called(&self) -> String {
        match &self.row {
            None => self.name.clone(),
            Some((kind, key)) => format!("{} of {kind} {key}", self.name),
        }
    }

    /// The element in one line.
    fn line(&self, indent: &str) -> String {
        let mut out = format!("{indent}<{}", self.name);
        for (name, value) in &self.attributes {
            let _ = write!(out, " {name}=\"");
            escape(value, true, &mut out);
            out.push('"');
        }
        let _ = writeln!(out, ">{}</{}>", self.content, self.name);
        out
    }
}

/// Whether an element is judged where it stands: in the file, or in a row.
fn is_known(name: &str, row: Option<&RowForm>) -> bool {
    row.map_or_else(|| knows(name), |row| row.knows(name))
}

/// What an element is, in one form: text escaped, no comments, no white space between elements. `None` for what cannot be
/// kept: too much, too deep, or an attribute of an unusual name.
pub(crate) fn canonical(node: Node<'_, '_>, row: Option<&RowForm>) -> Option<Kept> {
    let name = node.tag_name().name();
    if node.attributes().len() > ATTRIBUTES || !is_name(name) || is_known(name, row) {
        return None;
    }
    let attributes = attributes(node)?;
    if attributes.len() > ATTRIBUTES || !attributes.iter().all(|(name, _)| is_attribute(name)) {
        return None;
    }
    let size: usize = attributes.iter().map(|(name, value)| name.len() + value.len()).sum();
    let mut out = String::new();
    inside(node, &mut out, 0)?;
    (out.len() + size <= BYTES).then_some((attributes, out))
}

/// The attributes of an element, sorted. Where one has a prefix, every prefix that can be used there is declared along with it:
/// a value may use one too.
fn attributes(node: Node<'_, '_>) -> Option<Vec<(String, String)>> {
    let prefixes = || {
        let all = node.namespaces().filter_map(|it| Some((it.name()?, it.uri())));
        all.filter(|(prefix, _)| *prefix != "xml")
    };
    let mut all = Vec::new();
    for attribute in node.attributes() {
        let name = attribute.name();
        let name = match attribute.namespace() {
            None => name.to_owned(),
            Some(roxmltree::NS_XML_URI) => format!("xml:{name}"),
            Some(uri) => format!("{}:{name}", prefixes().find(|it| it.1 == uri)?.0),
        };
        all.push((name, attribute.value().to_owned()));
    }
    if node.attributes().any(|it| it.namespace().is_some()) {
        if prefixes().any(|(prefix, _)| prefix == "xmlns") {
            return None;
        }
        all.extend(prefixes().map(|(prefix, uri)| (format!("xmlns:{prefix}"), uri.to_owned())));
    }
    all.sort();
    Some(all)
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
    for (name, value) in attributes(node)? {
        let _ = write!(out, " {name}=\"");
        escape(&value, true, out);
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

/// A name of an attribute, perhaps with a prefix: `xmlns` would make the element another one.
fn is_attribute(name: &str) -> bool {
    match name.split_once(':') {
        Some(("xmlns", "xml" | "xmlns")) => false,
        Some((prefix, name)) => is_name(prefix) && is_name(name),
        None => is_name(name) && name != "xmlns",
    }
}

/// A document of ours with further elements: parts of rows in their rows, the others before the first element that stands
/// behind them in the alphabet. A part of a row that is not there makes one that grants nothing else.
pub(crate) fn insert(document: &str, further: &[Element]) -> String {
    let mut parts = Parts::new();
    let mut waiting: Vec<(&str, String)> = Vec::new();
    for element in further {
        match &element.row {
            Some((kind, key)) => parts.entry((kind, key.as_str())).or_default().push(element),
            None => waiting.push((element.name.as_str(), element.line("    "))),
        }
    }
    let document = into_rows(document, &mut parts);
    for ((kind, key), parts) in parts {
        if let Some(form) = row_form(kind) {
            waiting.push((kind, with_parts(&empty_row(&form, key), parts)));
        }
    }
    waiting.sort_by_key(|it| it.0);
    let mut waiting = waiting.into_iter().peekable();
    let mut out = String::with_capacity(document.len());
    for line in document.split_inclusive('\n') {
        // The text of elements is escaped, so no line of it begins with a tag.
        let name = tag(line, "    ");
        let is_end = line.starts_with("</");
        while let Some((_, text)) = waiting.next_if(|it| is_end || name.is_some_and(|name| it.0 < name)) {
            out.push_str(&text);
        }
        out.push_str(line);
    }
    out
}

/// Parts of rows by kind and key of the row.
type Parts<'e> = BTreeMap<(&'static str, &'e str), Vec<&'e Element>>;

/// The name of the element that begins on a line of this indent.
fn tag<'l>(line: &'l str, indent: &str) -> Option<&'l str> {
    let tag = line.strip_prefix(indent)?.strip_prefix('<')?;
    let tag = tag.starts_with(|it: char| it.is_ascii_alphabetic()).then_some(tag)?;
    tag.split(['>', ' ', '/']).next()
}

/// Puts parts into the rows that are there, and takes them out of the list.
fn into_rows(document: &str, parts: &mut Parts<'_>) -> String {
    let mut out = String::with_capacity(document.len());
    let mut row: Option<(RowForm, String)> = None;
    for line in document.split_inclusive('\n') {
        let began = tag(line, "    ").and_then(row_form);
        match (&mut row, began) {
            (None, Some(form)) if parts.keys().any(|it| it.0 == form.element) => {
                row = Some((form, line.to_owned()));
            }
            (None, _) => out.push_str(line),
            (Some((form, text)), _) => {
                text.push_str(line);
                if line.strip_prefix("    </").is_some_and(|it| it.starts_with(form.element)) {
                    let found = parts
                        .keys()
                        .copied()
                        .find(|it| it.0 == form.element && text.contains(&key_line(form, it.1)));
                    let own = found.and_then(|it| parts.remove(&it));
                    out.push_str(&own.map_or_else(|| text.clone(), |own| with_parts(text, own)));
                    row = None;
                }
            }
        }
    }
    out
}

/// The line that names what a row is about.
fn key_line(form: &RowForm, key: &str) -> String {
    let mut out = format!("        <{}>", form.key);
    escape(key, false, &mut out);
    let _ = writeln!(out, "</{}>", form.key);
    out
}

/// A row that grants nothing that is known.
fn empty_row(form: &RowForm, key: &str) -> String {
    let mut lines = vec![(form.key, key_line(form, key))];
    lines
        .extend(form.denied.iter().map(|(name, text)| (*name, format!("        <{name}>{text}</{name}>\n"))));
    lines.sort();
    let lines: String = lines.into_iter().map(|it| it.1).collect();
    format!("    <{0}>\n{lines}    </{0}>\n", form.element)
}

/// The text of a row with parts in it, each before the first child that stands behind it in the alphabet.
fn with_parts(row: &str, mut parts: Vec<&Element>) -> String {
    parts.sort_by(|a, b| a.name.cmp(&b.name));
    let mut parts = parts.into_iter().peekable();
    let mut out = String::with_capacity(row.len());
    for line in row.split_inclusive('\n') {
        let name = tag(line, "        ");
        let is_end = line.starts_with("    </");
        while let Some(part) = parts.next_if(|it| is_end || name.is_some_and(|name| it.name.as_str() < name))
        {
            out.push_str(&part.line("        "));
        }
        out.push_str(line);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(text: &str) -> Result<String, &'static str> {
        Element::new("newAccesses", &[], text, None).map(|it| it.content)
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
            (
                "<b xmlns:x='urn:x' xmlns:z='urn:z' x:y='z:q' a='1'><c xml:lang='en'/><x:d x:e=''/></b>",
                "<b a=\"1\" x:y=\"z:q\" xmlns:x=\"urn:x\" xmlns:z=\"urn:z\">\
                 <c xml:lang=\"en\" xmlns:x=\"urn:x\" xmlns:z=\"urn:z\"></c>\
                 <d xmlns=\"urn:x\" x:e=\"\" xmlns:x=\"urn:x\" xmlns:z=\"urn:z\"></d></b>",
            ),
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
            "<b x:y=\"1\"/>",
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
            assert!(Element::new(name, &[], "x", None).is_err(), "{name}");
        }
    }

    #[test]
    fn elements_stand_where_the_alphabet_wants_them() {
        let document = "<X>\n    <description>a\n    b</description>\n    <label>L</label>\n</X>\n";
        let element = |name: &str| Element::new(name, &[], "1", None).unwrap();
        let all = ["zz", "dataspaceScopes", "fooBar", "fooBar"].map(element);
        assert_eq!(
            insert(document, &all),
            "<X>\n    <dataspaceScopes>1</dataspaceScopes>\n    <description>a\n    b</description>\n    \
             <fooBar>1</fooBar>\n    <fooBar>1</fooBar>\n    <label>L</label>\n    <zz>1</zz>\n</X>\n"
        );
    }
    #[test]
    fn attributes_stay_and_hostile_ones_do_not() {
        let element = Element::new("new", &[("b", "2\"<"), ("a", "\n")], "x", None).unwrap();
        assert_eq!(element.line(""), "<new a=\"&#10;\" b=\"2&quot;&lt;\">x</new>\n");
        for attribute in ["xmlns", "x:y", "a b", "a=\"1\" b", ""] {
            assert!(Element::new("new", &[(attribute, "1")], "x", None).is_err(), "{attribute}");
        }
    }

    #[test]
    fn a_prefix_of_an_attribute_is_declared_with_it() {
        let nil = [("xmlns:xsi", "urn:i"), ("xsi:nil", "true")];
        let element = Element::new("new", &nil, "<b xsi:type=\"xsi:t\"/>", None).unwrap();
        assert_eq!(
            element.line(""),
            "<new xmlns:xsi=\"urn:i\" xsi:nil=\"true\"><b xmlns:xsi=\"urn:i\" xsi:type=\"xsi:t\"></b></new>\n"
        );
        for wrong in [
            ("xsi:nil", "1"),
            ("xmlns:xmlns", "urn:i"),
            ("xmlns:xml", "urn:i"),
            ("xmlns:p", "urn:i"),
            ("a:b:c", "1"),
            (":a", "1"),
        ] {
            assert!(Element::new("new", &[wrong], "x", None).is_err(), "{wrong:?}");
        }
        // Declared above the element, as tools do it.
        let text = format!("<P xmlns=\"{NAMESPACE}\" xmlns:xsi=\"urn:i\"><new xsi:nil=\"true\"/></P>");
        let input = Input { file: FileId(0), path: "p", bytes: text.as_bytes() };
        let document = parse(&input, &mut Sink::default()).unwrap();
        let kept = canonical(elements(document.root_element()).next().unwrap(), None).unwrap();
        let expected = nil.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(kept, (expected.to_vec(), String::new()));
    }

    #[test]
    fn parts_stand_in_their_rows_and_nowhere_else() {
        let part = |name: &str, row| Element::new(name, &[], "true", Some(row)).unwrap();
        let document = "<X>\n    <label>L</label>\n    <objectPermissions>\n        <allowRead>true</allowRead>\n        \
                        <object>A__c</object>\n    </objectPermissions>\n    <pageAccesses>\n    </pageAccesses>\n</X>\n";
        let all = [
            part("allowDream", ("objectPermissions", "A__c")),
            part("zoom", ("objectPermissions", "A__c")),
            part("zoom", ("fieldPermissions", "A__c.B&C")),
        ];
        assert_eq!(
            insert(document, &all),
            "<X>\n    <fieldPermissions>\n        <editable>false</editable>\n        <field>A__c.B&amp;C</field>\n        \
             <readable>false</readable>\n        <zoom>true</zoom>\n    </fieldPermissions>\n    <label>L</label>\n    \
             <objectPermissions>\n        <allowDream>true</allowDream>\n        <allowRead>true</allowRead>\n        \
             <object>A__c</object>\n        <zoom>true</zoom>\n    </objectPermissions>\n    <pageAccesses>\n    \
             </pageAccesses>\n</X>\n"
        );
        for (name, row) in [
            ("allowRead", ("objectPermissions", "A__c")),
            ("ALLOWREAD", ("objectPermissions", "A__c")),
            ("object", ("objectPermissions", "A__c")),
            ("zoom", ("newAccesses", "A__c")),
            ("zoom", ("objectPermissions", " ")),
        ] {
            assert!(Element::new(name, &[], "true", Some(row)).is_err(), "{name} {row:?}");
        }
    }
}
