//! Reads permission sets, groups, muting sets, custom permissions and profiles back from their files.
//!
//! The order of elements, comments, white space and `True` for `true` are taken as they come. What Salesforce refuses is
//! told, and what is not known is kept. In a muting set a right is one that is taken away.

mod kinds;
mod rules;

use std::collections::{BTreeMap, BTreeSet};

use roxmltree::Node;
use ztam_backend::plan::Row;
use ztam_backend::read::xml::{elements, leaf, parse};
use ztam_backend::read::{
    self, Input, Package, ReadContainer, ReadRow, Reading, Rows, Sink, Unknown, Verbatim,
};
use ztam_backend::rules::{
    BAD_VALUE, DUPLICATE_ROW, INTERLEAVED, MALFORMED, MISNAMED, MISSING_PART, MISSING_RIGHT, OTHER_FORM,
    UNKNOWN_ELEMENT,
};
use ztam_source::finding::{Finding, Severity};
use ztam_source::span::Span;

use crate::plan::{GROUP, MEMBER, MUTING, SET};
use crate::verbatim;
pub(crate) use kinds::NEEDS;
use kinds::{Rights, RowKind, SHAPES, Shape};

/// The namespace of metadata.
pub(crate) const NAMESPACE: &str = "http://soap.sforce.com/2006/04/metadata";

/// What versions before 38 call the licence of a permission set.
const OLD_LICENCE: &str = "userLicense";

/// Kind of a container: a profile. None is ever written.
pub(crate) const PROFILE: &str = "Profile";

/// Reads one file of a package.
pub(crate) fn read_file(input: &Input<'_>, keep: &dyn Fn(ReadContainer) -> ReadContainer) -> Reading {
    let mut sink = Sink::default();
    let mut containers = Vec::new();
    let mut unread = Vec::new();
    match claim(input) {
        Claim::Rules(object) => containers.extend(rules::read(input, &object, &mut sink)),
        Claim::File(shape, name) => containers.extend(Reader::read(input, shape, name, &mut sink)),
        Claim::Misnamed(shape) => sink.tell("file", misnamed(input, shape)),
        Claim::None => unread.push(input.file),
    }
    let containers = containers.into_iter().map(keep).collect();
    Reading { package: Package { containers }, findings: sink.finish(), unread }
}

/// Puts files together. The members of a group have no more than some hundred rows, so they are never left out.
pub(crate) fn gather(files: Vec<Reading>) -> Reading {
    read::gather(files, |it| it.name.to_lowercase(), false, members)
}

/// Tells of groups whose members are in none of the files: the org may have them, and nothing is known of what they grant.
fn members(containers: &[ReadContainer], sink: &mut Sink) {
    let known: BTreeSet<_> = containers.iter().map(|it| (it.kind, it.name.to_lowercase())).collect();
    for group in containers.iter().filter(|it| it.kind == GROUP) {
        let kind = |row: &Row| if row.kind == MEMBER { SET } else { MUTING };
        let is_missing = |it: &&ReadRow| !known.contains(&(kind(&it.row), it.row.key.to_lowercase()));
        let missing: Vec<_> = group.rows.iter().filter(is_missing).collect();
        let Some(first) = missing.first() else { continue };
        let more = match missing.len() {
            1 => String::new(),
            more => format!(" and {} more members", more - 1),
        };
        let title =
            format!("`{}`{more} of the group `{}` are in none of the files", first.row.key, group.name);
        let title = if more.is_empty() { title.replace(" are in none", " is in none") } else { title };
        let finding = Finding::new(&MISSING_PART, title)
            .at(first.span, "the org may have it; what it grants is not known here")
            .help("give the files that hold the members too")
            .fact("group", group.name.clone());
        sink.tell(&group.name, finding);
    }
}

/// Whether a file of this name is read.
pub(crate) fn holds_containers(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let bare = name.strip_suffix("-meta.xml").unwrap_or(name);
    bare.rsplit_once('.').is_some_and(|(_, suffix)| {
        suffix == rules::SUFFIX || SHAPES.iter().any(|shape| shape.suffix == suffix)
    })
}

/// Whether a file's name says that it is in source format, and what it says it holds, as the end of a name in metadata
/// format; `None` for what is not read.
pub(crate) fn format_of(path: &str) -> Option<(bool, &'static str)> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let bare = name.strip_suffix("-meta.xml");
    let (_, suffix) = bare.unwrap_or(name).rsplit_once('.')?;
    let shape = SHAPES.iter().find(|it| it.suffix == suffix)?;
    Some((bare.is_some(), shape.suffix))
}

/// Whether an element of permission sets or groups is known, whatever its case.
pub(crate) fn knows(name: &str) -> bool {
    SHAPES.iter().any(|shape| {
        let rows = shape.rows.iter().map(|it| it.element);
        let members = shape.members.iter().map(|it| it.0);
        let others = shape.about.iter().chain(shape.aside).copied();
        rows.chain(members).chain(others).any(|it| it.eq_ignore_ascii_case(name))
    })
}

/// What a row of a permission set looks like.
#[derive(Clone, Debug)]
pub(crate) struct RowForm {
    /// Its element.
    pub(crate) element: &'static str,
    /// The child that names what it is about.
    pub(crate) key: &'static str,
    /// Children that grant, with what they hold where they grant nothing.
    pub(crate) denied: Vec<(&'static str, &'static str)>,
}

impl RowForm {
    /// Whether a child is known, whatever its case.
    pub(crate) fn knows(&self, name: &str) -> bool {
        let mut all = self.denied.iter().map(|it| it.0).chain([self.key]);
        all.any(|it| it.eq_ignore_ascii_case(name))
    }
}

/// The form of a kind of row of permission sets.
pub(crate) fn row_form(element: &str) -> Option<RowForm> {
    let shape = SHAPES.iter().find(|it| it.kind == SET)?;
    shape.rows.iter().find(|it| it.element == element).map(RowKind::form)
}

/// What a file is to this back end.
enum Claim {
    /// The sharing rules of an object.
    Rules(String),
    File(&'static Shape, String),
    /// It holds one of our kinds under a name that says another.
    Misnamed(&'static Shape),
    None,
}

fn claim(input: &Input<'_>) -> Claim {
    let name = input.name();
    let bare = name.strip_suffix("-meta.xml").unwrap_or(name);
    if let Some((stem, rules::SUFFIX)) = bare.rsplit_once('.') {
        return Claim::Rules(decoded(stem));
    }
    if let Some((stem, suffix)) = bare.rsplit_once('.')
        && let Some(shape) = SHAPES.iter().find(|it| it.suffix == suffix)
    {
        return Claim::File(shape, decoded(stem));
    }
    let head = input.bytes.get(..1024).unwrap_or(input.bytes);
    let head = String::from_utf8_lossy(head);
    let is_root = |shape: &&Shape| {
        let after = head.split_once(&format!("<{}", shape.kind)).map(|(_, after)| after);
        head.contains(NAMESPACE) && after.is_some_and(|it| it.starts_with([' ', '>', '\t', '\r', '\n']))
    };
    SHAPES.iter().find(is_root).map_or(Claim::None, Claim::Misnamed)
}

fn misnamed(input: &Input<'_>, shape: &'static Shape) -> Finding {
    let title =
        format!("`{}` holds a {} and is not named as one, so it is not read", input.name(), shape.kind);
    Finding::new(&MISNAMED, title)
        .at(input.span(&(0..0)), "in this file")
        .help(format!("end its name in `.{0}-meta.xml`, or in `.{0}` for metadata format", shape.suffix))
        .fact("path", input.path)
}

/// A file's name with characters such as `%2F` in their own form.
pub(crate) fn decoded(name: &str) -> String {
    let mut bytes = Vec::with_capacity(name.len());
    let mut rest = name;
    while let Some((before, after)) = rest.split_once('%') {
        bytes.extend_from_slice(before.as_bytes());
        let hex = after.get(..2).filter(|it| it.bytes().all(|byte| byte.is_ascii_hexdigit()));
        match hex.and_then(|it| u8::from_str_radix(it, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(b'%');
                rest = after;
            }
        }
    }
    bytes.extend_from_slice(rest.as_bytes());
    String::from_utf8(bytes).unwrap_or_else(|_| name.to_owned())
}

/// Reads one file.
struct Reader<'r> {
    input: &'r Input<'r>,
    shape: &'static Shape,
    sink: &'r mut Sink,
    out: ReadContainer,
}

impl Reader<'_> {
    fn read(
        input: &Input<'_>,
        shape: &'static Shape,
        name: String,
        sink: &mut Sink,
    ) -> Option<ReadContainer> {
        let document = parse(input, sink)?;
        let root = document.root_element();
        let place = input.span(&root.range());
        let tag = root.tag_name();
        if tag.name() != shape.kind || tag.namespace() != Some(NAMESPACE) {
            sink.tell("file", wrong_root(input, shape, root));
            return None;
        }
        let mut reader = Reader { input, shape, sink, out: ReadContainer::new(shape.kind, name, place) };
        reader.name(root);
        reader.attributes(root);
        reader.elements(root);
        reader.form(root);
        Some(reader.out)
    }

    fn span(&self, node: Node<'_, '_>) -> Span {
        self.input.span(&node.range())
    }

    /// The place to show for the container as a whole: its first tag.
    fn head(&self, root: Node<'_, '_>) -> Span {
        let start = root.range().start;
        self.input.span(&(start..start + 1 + root.tag_name().name().len()))
    }

    fn name(&mut self, root: Node<'_, '_>) {
        let name = &self.out.name;
        let plain = name.starts_with(|it: char| it.is_ascii_alphabetic() || it == '_')
            && name.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'_');
        if self.shape.api_name && !plain {
            let title = format!(
                "`{name}` is no API name, and the file's name is the name of the {}",
                self.shape.kind
            );
            let finding = Finding::new(&BAD_VALUE, title)
                .at(self.head(root), "in this file")
                .help("letters, digits and underscores, a letter first");
            self.sink.tell("name", finding);
        }
    }

    /// Elements of these files have no attributes.
    fn attributes(&mut self, node: Node<'_, '_>) {
        for attribute in node.attributes() {
            let span = self.input.span(&attribute.range());
            self.unknown(attribute.name(), span);
        }
    }

    fn unknown(&mut self, name: &str, span: Span) {
        let title = format!("{} `{}` has `{name}`, which ztam does not know", self.shape.kind, self.out.name);
        let finding = Finding::new(&UNKNOWN_ELEMENT, title)
            .at(span, "what it grants is not known")
            .fact("name", name.to_owned());
        self.sink.tell(name, finding);
        self.out.unknown.push(Unknown { name: name.to_owned(), span });
    }

    fn elements(&mut self, root: Node<'_, '_>) {
        let mut rows = Rows::new(union);
        let mut about: BTreeMap<&'static str, Node<'_, '_>> = BTreeMap::new();
        let mut left: BTreeSet<&str> = BTreeSet::new();
        let mut current = "";
        for node in elements(root) {
            let name = node.tag_name().name();
            if name != current {
                if left.contains(name) {
                    self.interleaved(node);
                }
                left.insert(current);
                current = name;
            }
            let shape = self.shape;
            if node.tag_name().namespace() != Some(NAMESPACE) {
                self.unknown(name, self.span(node));
            } else if let Some(kind) = shape.rows.iter().find(|it| it.element == name) {
                self.attributes(node);
                self.row(node, kind, &mut rows);
            } else if let Some((kind, right)) = shape.members.iter().find(|it| it.0 == name) {
                self.attributes(node);
                self.member(node, kind, right, &mut rows);
            } else if let Some(known) = shape.about.iter().find(|it| **it == name) {
                self.attributes(node);
                if let Some(first) = about.insert(known, node) {
                    self.twice(node, first);
                }
            } else if shape.aside.contains(&name) {
                self.aside(node);
            } else {
                self.unknown(name, self.span(node));
                self.keep(node, None);
            }
        }
        self.about(root, &about);
        rows.finish(&mut self.out);
        self.out.attributes.sort();
    }

    /// Keeps an unknown element, where it can be written again: one of the file, or a part of the row of this form and key.
    fn keep(&mut self, node: Node<'_, '_>, row: Option<(&RowForm, &str)>) {
        if let Some((attributes, content)) = verbatim::canonical(node, row.map(|it| it.0)) {
            let (name, span) = (node.tag_name().name().to_owned(), self.span(node));
            let row = row.map(|(form, key)| (form.element, key.to_owned()));
            self.out.verbatim.push(Verbatim { name, attributes, content, row, span });
        }
    }

    /// What Salesforce takes and does not write itself.
    fn form(&mut self, root: Node<'_, '_>) {
        let mut tell = |span: Span, title: String, label: &'static str| {
            let finding = Finding::new(&OTHER_FORM, title).at(span, label);
            self.sink.tell(label, finding);
        };
        if self.input.bytes.starts_with(b"\xef\xbb\xbf") {
            let title = format!("`{}` begins with a byte order mark", self.input.name());
            tell(self.input.span(&(0..3)), title, "Salesforce takes it and writes none");
        }
        let is_of_old = |it: &Node<'_, '_>| it.tag_name().name() == OLD_LICENCE;
        if let Some(node) = elements(root).find(is_of_old).filter(|_| self.shape.about.contains(&"license")) {
            let title =
                format!("`{OLD_LICENCE}` of `{}` is what old releases call its `license`", self.out.name);
            let span = self.input.span(&node.range());
            tell(span, title, "gone since version 38, where it is `license`");
        }
        let mut before = "";
        let mut seen = BTreeSet::new();
        for node in elements(root) {
            let name = node.tag_name().name();
            if name != before && !seen.insert(name) {
                return; // Told as interleaved.
            }
            if name < before {
                let title = format!("`{name}` of `{}` stands behind `{before}`", self.out.name);
                let span = self.input.span(&node.range());
                tell(span, title, "Salesforce takes any order and writes that of the alphabet");
                return;
            }
            before = name;
        }
    }

    fn interleaved(&mut self, node: Node<'_, '_>) {
        let name = node.tag_name().name();
        let title = format!("the `{name}` elements of `{}` do not stand together", self.out.name);
        let finding = Finding::new(&INTERLEAVED, title)
            .at(self.span(node), "others stand before this one")
            .note("Salesforce refuses such a file when it is deployed")
            .help(format!("put the `{name}` elements together"));
        self.sink.tell(name, finding);
    }

    /// An element that can be there once. Salesforce refuses the file.
    fn twice(&mut self, node: Node<'_, '_>, first: Node<'_, '_>) {
        let name = node.tag_name().name();
        let title = format!("`{name}` is there twice where it can be only once");
        let finding = Finding::new(&DUPLICATE_ROW, title)
            .with_severity(Severity::High)
            .at(self.span(node), "the second")
            .because(self.span(first), "the first");
        self.sink.tell(name, finding);
    }

    fn row(&mut self, node: Node<'_, '_>, kind: &'static RowKind, rows: &mut Rows) {
        let mut children: BTreeMap<&str, Node<'_, '_>> = BTreeMap::new();
        let mut parts = Vec::new();
        for child in elements(node) {
            let name = child.tag_name().name();
            if kind.aside.contains(&name) {
                continue;
            }
            if name != kind.key && !kind.rights.children().contains(&name) {
                self.unknown(name, self.span(child));
                parts.push(child);
            } else if let Some(first) = children.insert(name, child) {
                self.twice(child, first);
            }
        }
        let key = children.get(kind.key).and_then(|it| leaf(*it)).filter(|it| !it.is_empty());
        let Some(key) = key else {
            self.missing(node, kind.key);
            return;
        };
        if matches!(self.shape.kind, SET | MUTING) {
            let form = kind.form();
            let own = parts.iter().filter(|it| it.tag_name().namespace() == Some(NAMESPACE));
            own.for_each(|part| self.keep(*part, Some((&form, key.as_str()))));
        }
        let rights = match kind.rights {
            Rights::Flags(names) => {
                let all = names.iter().copied();
                all.filter(|it| children.get(it).is_some_and(|child| self.boolean(*child))).collect()
            }
            Rights::Word { child, grants, denies } => match children.get(child) {
                Some(word) => self.word(*word, grants, denies).into_iter().collect(),
                None => {
                    self.missing(node, child);
                    return;
                }
            },
        };
        let row = Row { kind: kind.element, key, rights };
        if self.shape.complete {
            self.needs(&row, node);
        }
        rows.add(row, self.span(node), self.sink);
    }

    fn member(&mut self, node: Node<'_, '_>, kind: &'static str, right: &'static str, rows: &mut Rows) {
        match leaf(node).filter(|it| !it.is_empty()) {
            Some(key) => rows.add(Row { kind, key, rights: vec![right] }, self.span(node), self.sink),
            None => self.missing(node, "name"),
        }
    }

    fn missing(&mut self, node: Node<'_, '_>, child: &str) {
        let name = node.tag_name().name();
        let title =
            format!("a `{name}` of `{}` has no `{child}`, so nobody can say what it grants", self.out.name);
        let finding = Finding::new(&MALFORMED, title).at(self.span(node), "lacks it");
        self.sink.tell(&format!("{name} {child}"), finding);
    }

    /// A boolean of XML Schema. `True` and the like are what some tools write and Salesforce is known to take.
    fn boolean(&mut self, node: Node<'_, '_>) -> bool {
        let text = leaf(node).unwrap_or_default();
        let value = match text.to_ascii_lowercase().as_str() {
            "true" | "1" => true,
            "false" | "0" => false,
            _ => {
                self.bad_value(node, &text, "`true` or `false`", None);
                return false;
            }
        };
        if text.bytes().any(|it| it.is_ascii_uppercase()) {
            self.bad_value(node, &text, "`true` or `false`", Some(value));
        }
        value
    }

    fn word(
        &mut self,
        node: Node<'_, '_>,
        grants: &'static [&'static str],
        denies: &str,
    ) -> Option<&'static str> {
        let text = leaf(node).unwrap_or_default();
        let word = grants.iter().find(|it| **it == text).copied();
        if word.is_none() && text != denies {
            self.bad_value(node, &text, &format!("{} or {denies}", grants.join(", ")), None);
        }
        word
    }

    fn bad_value(&mut self, node: Node<'_, '_>, text: &str, values: &str, taken: Option<bool>) {
        let name = node.tag_name().name();
        let title = match taken {
            Some(value) => format!("`{name}` is `{text}`, which is read as `{value}`"),
            None => format!("`{name}` is `{text}`, and nobody can say what that grants"),
        };
        let finding = Finding::new(&BAD_VALUE, title).at(self.span(node), "not a value of this element");
        let finding = finding.help(format!("write {values}")).fact("value", text);
        let finding = if taken.is_some() { finding.with_severity(Severity::Low) } else { finding };
        self.sink.tell(&format!("{name} {text}"), finding);
    }

    /// Salesforce refuses a set with a right that lacks what it needs. Big objects know no edit.
    fn needs(&mut self, row: &Row, node: Node<'_, '_>) {
        let big = row.kind == "objectPermissions" && row.key.ends_with("__b");
        let needs = NEEDS.iter().filter(|(kind, right, _)| *kind == row.kind && row.rights.contains(right));
        for (_, right, needed) in needs {
            let lacks = |it: &&&str| !(row.rights.contains(*it) || big && **it == "allowEdit");
            let missing: Vec<_> = needed.iter().filter(lacks).copied().collect();
            if missing.is_empty() {
                continue;
            }
            let title = format!("`{}` has `{right}` without `{}`", row.key, missing.join("` and `"));
            let finding = Finding::new(&MISSING_RIGHT, title)
                .at(self.span(node), "Salesforce refuses the set for this")
                .fact("key", row.key.clone())
                .fact("right", *right);
            self.sink.tell(&format!("{} {right}", row.kind), finding);
        }
    }

    /// What restricts a profile's logins is kept; the rest grants nothing.
    fn aside(&mut self, node: Node<'_, '_>) {
        let text = |name: &str| {
            let child = elements(node).find(|it| it.tag_name().name() == name);
            child.and_then(leaf).unwrap_or_default()
        };
        match node.tag_name().name() {
            "loginIpRanges" => {
                let range = format!("{} to {}", text("startAddress"), text("endAddress"));
                self.out.attributes.push(("loginIpRanges", range));
            }
            "loginHours" => {
                let hours: Vec<_> = elements(node)
                    .map(|it| format!("{}={}", it.tag_name().name(), leaf(it).unwrap_or_default()))
                    .collect();
                self.out.attributes.push(("loginHours", hours.join(" ")));
            }
            _ => {}
        }
    }

    fn about(&mut self, root: Node<'_, '_>, about: &BTreeMap<&'static str, Node<'_, '_>>) {
        for (name, node) in about {
            let text = leaf(*node).unwrap_or_default();
            match *name {
                "label" => self.out.label = text,
                "description" => self.out.description = text,
                "license" => self.out.licence = Some(text),
                OLD_LICENCE if !about.contains_key("license") => self.out.licence = Some(text),
                "hasActivationRequired" => self.out.activation = self.boolean(*node),
                _ => self.out.attributes.push((name, text)),
            }
        }
        if self.shape.labelled && self.out.label.is_empty() {
            let title = format!(
                "{} `{}` has no label, and Salesforce refuses it without",
                self.shape.kind, self.out.name
            );
            let finding = Finding::new(&MALFORMED, title).at(self.head(root), "lacks `label`");
            self.sink.tell("label", finding);
        }
    }
}

impl RowKind {
    fn form(&self) -> RowForm {
        let denied = match self.rights {
            Rights::Flags(names) => names.iter().map(|it| (*it, "false")).collect(),
            Rights::Word { child, denies, .. } => vec![(child, denies)],
        };
        RowForm { element: self.element, key: self.key, denied }
    }
}

impl Rights {
    /// The children that grant.
    fn children(&self) -> &[&'static str] {
        match self {
            Self::Flags(names) => names,
            Self::Word { child, .. } => std::slice::from_ref(child),
        }
    }
}

/// The rights of both, in the order of the alphabet, which is that of the file.
fn union(a: &[&'static str], b: &[&'static str]) -> Vec<&'static str> {
    let all: BTreeSet<_> = a.iter().chain(b).copied().collect();
    all.into_iter().collect()
}

fn wrong_root(input: &Input<'_>, shape: &'static Shape, root: Node<'_, '_>) -> Finding {
    let tag = root.tag_name();
    let start = root.range().start;
    let span = input.span(&(start..start + 1 + tag.name().len()));
    let title = format!("`{}` is named as a {} and holds something else", input.name(), shape.kind);
    let label = match tag.namespace() {
        _ if tag.name() != shape.kind => format!("a `{}`", tag.name()),
        Some(_) => "in another namespace".to_owned(),
        None => "without the namespace of Salesforce metadata".to_owned(),
    };
    Finding::new(&MALFORMED, title)
        .at(span, label)
        .help(format!("the root element is `<{} xmlns=\"{NAMESPACE}\">`", shape.kind))
}

#[cfg(test)]
mod tests {
    use ztam_source::file::FileId;

    use super::*;

    /// Containers with their rows, then what was told.
    fn lines(files: &[(&str, &str)]) -> Vec<String> {
        let inputs = files.iter().enumerate().map(|(at, (path, text))| Input {
            file: FileId(u32::try_from(at).unwrap()),
            path,
            bytes: text.as_bytes(),
        });
        let reading = gather(inputs.map(|it| read_file(&it, &|it| it)).collect());
        let mut lines = Vec::new();
        for it in &reading.package.containers {
            lines.push(format!("{} {} {:?} {} {}", it.kind, it.name, it.label, it.activation, it.inert));
            lines.extend(it.rows.iter().map(|it| format!("{} {}", it.row.key, it.row.rights.join(" "))));
        }
        lines.extend(reading.findings.iter().map(|it| format!("{} {:?}", it.id(), it.level)));
        lines
    }

    fn set(body: &str) -> Vec<String> {
        let text = format!("<PermissionSet xmlns=\"{NAMESPACE}\">{body}</PermissionSet>");
        lines(&[("x/permissionsets/A.permissionset-meta.xml", text.as_str())])
    }

    const FIELD: &str = "<fieldPermissions><field>A.B</field><readable>true</readable></fieldPermissions>";

    #[test]
    fn habits_of_tools_and_hands_are_read() {
        let text = "\u{feff}<?xml version=\"1.0\"?>\r\n<PermissionSet xmlns=\"http://soap.sforce.com/2006/04/metadata\">\r\n\
            \t<userPermissions><name>Api<!-- x -->Enabled</name><enabled>True</enabled></userPermissions>\r\n\
            \t<label>A &amp; B</label><!-- <label>C</label> -->\r\n\
            \t<hasActivationRequired>1</hasActivationRequired>\r\n\
            \t<objectPermissions><object>A</object><allowRead>\r\n true </allowRead></objectPermissions>\r\n\
            \t<tabSettings><tab>T</tab><visibility>None</visibility></tabSettings>\r\n</PermissionSet>\r\n";
        let read = lines(&[("permissionsets/My%2ESet.permissionset", text)]);
        assert_eq!(
            read,
            [
                "PermissionSet My.Set \"A & B\" true 1",
                "A allowRead",
                "ApiEnabled enabled",
                "read/other-form Advisory",
                "read/bad-value Blocking",
                "read/bad-value Advisory",
                "read/other-form Advisory",
            ],
            "a name with a dot is none, `True` is true"
        );
    }

    #[test]
    fn the_licence_of_an_old_release_is_read_and_told() {
        let read = set("<label>L</label><userLicense>Salesforce</userLicense>");
        assert_eq!(read[1..], ["read/other-form Advisory"]);
        let profile = "<Profile xmlns=\"http://soap.sforce.com/2006/04/metadata\"><userLicense>Salesforce</userLicense></Profile>";
        let read = lines(&[("profiles/P.profile", profile)]);
        assert!(read.iter().all(|it| !it.starts_with("read/")), "profiles call it so: {read:?}");
    }

    #[test]
    fn what_is_said_twice_or_apart_is_told() {
        let other = FIELD.replace("A.B", "A.C");
        let read = set(&format!("{FIELD}<label>L</label>{other}"));
        assert_eq!(
            read[1..],
            ["A.B readable", "A.C readable", "read/interleaved Blocking"],
            "the order is not told besides"
        );
        let edit = FIELD.replace("</readable>", "</readable><editable>true</editable>");
        let read = set(&format!("{FIELD}{edit}<label>L</label>"));
        assert_eq!(
            read[1..],
            ["A.B editable readable", "read/duplicate-row Advisory"],
            "the wider of the two"
        );
        assert_eq!(set("<label>L</label><label>M</label>")[1..], ["read/duplicate-row Blocking"]);
        assert_eq!(set("<label>L</label><new><a/></new><new/>")[1..], ["read/unknown-element Advisory"]);
        assert_eq!(
            set("<label>L</label><userPermissions><enabled>true</enabled></userPermissions>")[1..],
            ["read/malformed Forbid"]
        );
    }

    #[test]
    fn groups_have_members_and_profiles_hide_tabs() {
        let group = format!(
            "<PermissionSetGroup xmlns=\"{NAMESPACE}\"><label>G</label><mutingPermissionSets>M</mutingPermissionSets><permissionSets>A</permissionSets></PermissionSetGroup>"
        );
        let profile = format!(
            "<Profile xmlns=\"{NAMESPACE}\"><applicationVisibilities><application>S</application><default>true</default><visible>false</visible></applicationVisibilities><tabVisibilities><tab>T</tab><visibility>Hidden</visibility></tabVisibilities></Profile>"
        );
        assert_eq!(
            lines(&[
                ("G.permissionsetgroup", group.as_str()),
                ("My Profile.profile-meta.xml", profile.as_str())
            ]),
            [
                "PermissionSetGroup G \"G\" false 0",
                "M muting",
                "A member",
                "Profile My Profile \"\" false 2",
                "read/missing-part Advisory"
            ]
        );
    }
}
