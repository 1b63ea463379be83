//! Reads roles, column security profiles and the list of components back, from an unpacked solution or from the files of a
//! packed one. Both have the same elements: unpacked, a role is a file; packed, all are in `customizations.xml`.
//!
//! Everything else in a solution is left alone. Ids are written in lower case and without braces.

use roxmltree::Node;
use ztam_backend::plan::Row;
use ztam_backend::read::cut::cut;
use ztam_backend::read::xml::{elements, leaf, parse};
use ztam_backend::read::{self, Input, Package, ReadContainer, Reading, Rows, Sink, Unknown};
use ztam_backend::rules::{BAD_VALUE, DUPLICATE_ROW, MALFORMED, UNKNOWN_ELEMENT};
use ztam_source::finding::{Finding, Severity};
use ztam_source::span::Span;

use crate::catalog::Level;
use crate::plan::{PROFILE, ROLE};

/// Kind of the container that stands for the manifest: its rows are the components of the solution.
const SOLUTION: &str = "Solution";
const COLUMN_RIGHTS: [&str; 5] = ["CanRead", "CanUpdate", "CanCreate", "CanReadUnmasked", UNMASKED_ONE];
/// Masked values can be seen in one row at a time; `CanReadUnmasked` alone is all rows.
const UNMASKED_ONE: &str = "CanReadUnmasked one";

/// Reads one file of a package.
pub(crate) fn read_file(input: &Input<'_>, keep: &dyn Fn(ReadContainer) -> ReadContainer) -> Reading {
    let Some(part) = part(input.path) else {
        return Reading { unread: vec![input.file], ..Reading::default() };
    };
    let mut sink = Sink::default();
    let read = |input: &Input<'_>, sink: &mut Sink| -> Vec<ReadContainer> {
        document(input, part, sink).into_iter().map(keep).collect()
    };
    let containers = match cut(input, CUT) {
        Some(cut) => cut.read(input, &mut sink, &read),
        None => read(input, &mut sink),
    };
    Reading { package: Package { containers }, findings: sink.finish(), unread: Vec::new() }
}

/// Puts files together. A solution writes each role in two forms, unpacked and packed.
pub(crate) fn gather(files: Vec<Reading>) -> Reading {
    let identity = |it: &ReadContainer| it.id.clone().unwrap_or_else(|| it.name.to_lowercase());
    read::gather(files, identity, true, |_, _| {})
}

/// Reads all files of a package.
pub(crate) fn read(files: &[Input<'_>]) -> Reading {
    gather(files.iter().map(|it| read_file(it, &|it| it)).collect())
}

/// Elements that a large file is cut into: a build of a large project writes hundreds of megabytes of them.
const CUT: &[&str] = &[PROFILE, ROLE];

/// Reads one document.
fn document(input: &Input<'_>, part: Part, sink: &mut Sink) -> Vec<ReadContainer> {
    let mut out = Vec::new();
    Reader { input, sink, out: &mut out }.file(part);
    out
}

/// What a file holds.
#[derive(Clone, Copy)]
enum Part {
    Customizations,
    Manifest,
    Profiles,
    Role,
}

/// Whether a file of this path is read.
pub(crate) fn holds_containers(path: &str) -> bool {
    part(path).is_some()
}

/// A role file may have any name; what stands directly in `Roles` is one.
fn part(path: &str) -> Option<Part> {
    let mut parts = path.rsplit('/');
    let (name, folder) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    match name.to_ascii_lowercase().as_str() {
        _ if folder == "Roles" => Some(Part::Role),
        "customizations.xml" => Some(Part::Customizations),
        "fieldsecurityprofiles.xml" => Some(Part::Profiles),
        "solution.xml" => Some(Part::Manifest),
        _ => None,
    }
}

/// Reads one file.
struct Reader<'r> {
    input: &'r Input<'r>,
    sink: &'r mut Sink,
    out: &'r mut Vec<ReadContainer>,
}

impl Reader<'_> {
    fn file(&mut self, part: Part) {
        let Some(document) = parse(self.input, self.sink) else { return };
        let root = document.root_element();
        let wanted = match part {
            Part::Customizations | Part::Manifest => "ImportExportXml",
            Part::Profiles => "FieldSecurityProfiles",
            Part::Role => "Role",
        };
        if !root.has_tag_name(wanted) {
            let title = format!(
                "`{}` holds no `{wanted}`, which its place in the solution asks for",
                self.input.name()
            );
            let finding = Finding::new(&MALFORMED, title)
                .at(self.head(root), format!("a `{}`", root.tag_name().name()))
                .fact("path", self.input.path);
            self.sink.tell("file", finding);
            return;
        }
        match part {
            Part::Role => self.role(root),
            Part::Profiles => self.profiles(root),
            Part::Manifest => self.manifest(root),
            Part::Customizations => {
                for list in elements(root) {
                    match list.tag_name().name() {
                        "Roles" => self.each(list, "Role", Self::role),
                        "FieldSecurityProfiles" => self.profiles(list),
                        _ => {}
                    }
                }
            }
        }
    }

    fn profiles(&mut self, list: Node<'_, '_>) {
        self.each(list, PROFILE, Self::profile);
    }

    /// Reads the elements of one name; others are told, and belong to nothing.
    fn each(&mut self, list: Node<'_, '_>, name: &str, read: fn(&mut Self, Node<'_, '_>)) {
        for node in elements(list) {
            if node.has_tag_name(name) {
                read(self, node);
            } else {
                let place = self.span(node);
                self.tell_unknown(node.tag_name().name(), list.tag_name().name(), place);
            }
        }
    }

    fn span(&self, node: Node<'_, '_>) -> Span {
        self.input.span(&node.range())
    }

    /// The start of an element's first tag.
    fn head(&self, node: Node<'_, '_>) -> Span {
        let start = node.range().start;
        self.input.span(&(start..start + 1 + node.tag_name().name().len()))
    }

    fn role(&mut self, node: Node<'_, '_>) {
        let Some(mut role) = self.container(node, ROLE, "id", &["id", "isinherited", "name"]) else { return };
        if let Some(inherited) = node.attribute("isinherited") {
            role.attributes.push(("isinherited", inherited.to_owned()));
        }
        let mut rows = Rows::new(join);
        for child in self.single(node) {
            match child.tag_name().name() {
                "Description" => role.description = leaf(child).unwrap_or_default(),
                "IsAutoAssigned" => role.attributes.push(("IsAutoAssigned", leaf(child).unwrap_or_default())),
                "IsCustomizable" => role.attributes.push(("IsCustomizable", leaf(child).unwrap_or_default())),
                "RolePrivileges" => {
                    for row in elements(child) {
                        if row.has_tag_name("RolePrivilege") {
                            self.privilege(row, &mut role, &mut rows);
                        } else {
                            self.unknown_element(&mut role, row);
                        }
                    }
                }
                _ => self.unknown_element(&mut role, child),
            }
        }
        self.keep(role, rows);
    }

    fn privilege(&mut self, node: Node<'_, '_>, role: &mut ReadContainer, rows: &mut Rows) {
        self.unknown_attributes(role, node, &["level", "name"]);
        elements(node).for_each(|it| self.unknown_element(role, it));
        let Some(name) = node.attribute("name").map(str::trim).filter(|it| !it.is_empty()) else {
            self.missing(node, "name", &role.name);
            return;
        };
        let Some(level) = node.attribute("level") else {
            self.missing(node, "level", &role.name);
            return;
        };
        let word = Level::ALL.into_iter().map(Level::word).find(|it| *it == level.trim());
        if word.is_none() {
            self.bad_value(node, "level", level, "`Basic`, `Local`, `Deep` or `Global`");
        }
        let rights = word.into_iter().collect();
        rows.add(Row { kind: "RolePrivilege", key: name.to_owned(), rights }, self.span(node), self.sink);
    }

    fn profile(&mut self, node: Node<'_, '_>) {
        let id = "fieldsecurityprofileid";
        let Some(mut profile) = self.container(node, PROFILE, id, &["description", id, "name"]) else {
            return;
        };
        profile.description = node.attribute("description").unwrap_or_default().to_owned();
        let mut rows = Rows::new(join);
        for child in self.single(node) {
            if !child.has_tag_name("FieldPermissions") {
                self.unknown_element(&mut profile, child);
                continue;
            }
            for row in elements(child) {
                if row.has_tag_name("FieldPermission") {
                    self.permission(row, &mut profile, &mut rows);
                } else {
                    self.unknown_element(&mut profile, row);
                }
            }
        }
        self.keep(profile, rows);
    }

    fn permission(&mut self, node: Node<'_, '_>, profile: &mut ReadContainer, rows: &mut Rows) {
        self.unknown_attributes(profile, node, &[]);
        let (mut table, mut column) = (String::new(), String::new());
        let mut rights = Vec::new();
        for child in self.single(node) {
            let text = leaf(child).unwrap_or_default();
            let name = child.tag_name().name();
            match name {
                "EntityName" => table = text,
                "AttributeName" => column = text,
                _ => match COLUMN_RIGHTS.into_iter().find(|it| *it == name) {
                    Some(right) => rights.extend(self.allowed(child, right, &text)),
                    None => self.unknown_element(profile, child),
                },
            }
        }
        if table.is_empty() || column.is_empty() {
            let child = if table.is_empty() { "EntityName" } else { "AttributeName" };
            self.missing(node, child, &profile.name);
            return;
        }
        rights.sort_by_key(|right| COLUMN_RIGHTS.iter().position(|it| it == right));
        let row = Row { kind: "FieldPermission", key: format!("{table}.{column}"), rights };
        rows.add(row, self.span(node), self.sink);
    }

    /// What a number allows. The platform has three of them for unmasked values and two for the rest.
    fn allowed(&mut self, node: Node<'_, '_>, right: &'static str, text: &str) -> Option<&'static str> {
        let unmasked = right == "CanReadUnmasked";
        match text {
            "0" => None,
            "4" if !unmasked => Some(right),
            "3" if unmasked => Some(right),
            "1" if unmasked => Some(UNMASKED_ONE),
            _ => {
                let values = if unmasked { "`0`, `1` or `3`" } else { "`0` or `4`" };
                self.bad_value(node, right, text, values);
                None
            }
        }
    }

    fn manifest(&mut self, root: Node<'_, '_>) {
        let child = |node: Node<'_, '_>, name: &str| {
            let found = elements(node).find(|it| it.has_tag_name(name));
            found.and_then(leaf).unwrap_or_default()
        };
        let Some(manifest) = elements(root).find(|it| it.has_tag_name("SolutionManifest")) else {
            let title = format!("`{}` has no `SolutionManifest`", self.input.name());
            self.sink.tell("manifest", Finding::new(&MALFORMED, title).at(self.head(root), "lacks it"));
            return;
        };
        let mut solution = ReadContainer::new(SOLUTION, child(manifest, "UniqueName"), self.span(manifest));
        let mut rows = Rows::new(join);
        for node in elements(manifest) {
            match node.tag_name().name() {
                "Version" => solution.attributes.push(("Version", leaf(node).unwrap_or_default())),
                "Managed" => solution.attributes.push(("Managed", leaf(node).unwrap_or_default())),
                "Publisher" => {
                    solution.attributes.push(("Publisher", child(node, "UniqueName")));
                    solution.attributes.push(("CustomizationPrefix", child(node, "CustomizationPrefix")));
                }
                "RootComponents" => elements(node).for_each(|it| self.component(it, &mut rows)),
                _ => {}
            }
        }
        self.keep(solution, rows);
    }

    /// The key is the component's number for its kind with its id or name.
    fn component(&mut self, node: Node<'_, '_>, rows: &mut Rows) {
        let name = node
            .attribute("id")
            .map(plain_id)
            .or_else(|| node.attribute("schemaName").map(str::to_lowercase));
        let (Some(kind), Some(name)) = (node.attribute("type"), name) else { return };
        let behavior =
            ["0", "1", "2"].into_iter().find(|it| *it == node.attribute("behavior").unwrap_or("0"));
        if behavior.is_none() {
            let behavior = node.attribute("behavior").unwrap_or_default();
            self.bad_value(node, "behavior", behavior, "`0`, `1` or `2`");
        }
        let row = Row {
            kind: "RootComponent",
            key: format!("{kind} {name}"),
            rights: behavior.into_iter().collect(),
        };
        rows.add(row, self.span(node), self.sink);
    }

    /// A role or profile with its name and id. The packer refuses one without.
    fn container(
        &mut self,
        node: Node<'_, '_>,
        kind: &'static str,
        id_name: &str,
        known: &[&str],
    ) -> Option<ReadContainer> {
        let name = node.attribute("name").unwrap_or_default();
        let mut container = ReadContainer::new(kind, name, self.span(node));
        self.unknown_attributes(&mut container, node, known);
        let Some(id) = node.attribute(id_name).filter(|it| !it.trim().is_empty()) else {
            let title = format!("{kind} `{name}` has no id, and its id is what it is known by");
            let finding = Finding::new(&MALFORMED, title).at(self.head(node), format!("lacks `{id_name}`"));
            self.sink.tell(name, finding);
            return None;
        };
        let plain = plain_id(id);
        if !is_guid(&plain) {
            self.bad_value(node, id_name, id, "the id in the form of a GUID");
        }
        if name.is_empty() {
            self.missing(node, "name", id);
        }
        container.id = Some(plain);
        Some(container)
    }

    fn keep(&mut self, mut container: ReadContainer, rows: Rows) {
        rows.finish(&mut container);
        container.attributes.sort();
        self.out.push(container);
    }

    /// The elements inside a node, of which each can be there once.
    fn single<'a, 'input>(&mut self, node: Node<'a, 'input>) -> Vec<Node<'a, 'input>> {
        let mut seen: Vec<Node<'a, 'input>> = Vec::new();
        for child in elements(node) {
            if let Some(first) = seen.iter().find(|it| it.tag_name() == child.tag_name()) {
                let name = child.tag_name().name();
                let finding = Finding::new(
                    &DUPLICATE_ROW,
                    format!("`{name}` is there twice where it can be only once"),
                )
                .with_severity(Severity::High)
                .at(self.span(child), "the second")
                .because(self.span(*first), "the first");
                self.sink.tell(name, finding);
            } else {
                seen.push(child);
            }
        }
        seen
    }

    fn unknown_element(&mut self, container: &mut ReadContainer, node: Node<'_, '_>) {
        self.unknown(container, node.tag_name().name(), self.span(node));
    }

    fn unknown_attributes(&mut self, container: &mut ReadContainer, node: Node<'_, '_>, known: &[&str]) {
        for attribute in node.attributes().filter(|it| !known.contains(&it.name())) {
            let span = self.input.span(&attribute.range());
            self.unknown(container, attribute.name(), span);
        }
    }

    fn unknown(&mut self, container: &mut ReadContainer, name: &str, span: Span) {
        self.tell_unknown(name, &format!("{} `{}`", container.kind, container.name), span);
        container.unknown.push(Unknown { name: name.to_owned(), span });
    }

    fn tell_unknown(&mut self, name: &str, holder: &str, span: Span) {
        let finding =
            Finding::new(&UNKNOWN_ELEMENT, format!("{holder} has `{name}`, which ztam does not know"))
                .at(span, "what it grants is not known")
                .fact("name", name.to_owned());
        self.sink.tell(name, finding);
    }

    fn missing(&mut self, node: Node<'_, '_>, what: &str, holder: &str) {
        let name = node.tag_name().name();
        let title = format!("a `{name}` of `{holder}` has no `{what}`, so nobody can say what it grants");
        let finding = Finding::new(&MALFORMED, title).at(self.span(node), "lacks it");
        self.sink.tell(&format!("{name} {what}"), finding);
    }

    fn bad_value(&mut self, node: Node<'_, '_>, what: &str, value: &str, values: &str) {
        let finding =
            Finding::new(&BAD_VALUE, format!("`{what}` is `{value}`, and nobody can say what that means"))
                .at(self.span(node), "not a value that the platform has")
                .help(format!("write {values}"))
                .fact("value", value);
        self.sink.tell(&format!("{what} {value}"), finding);
    }
}

fn plain_id(id: &str) -> String {
    id.trim().trim_start_matches('{').trim_end_matches('}').to_ascii_lowercase()
}

fn is_guid(id: &str) -> bool {
    let lengths = id.split('-').map(str::len);
    lengths.eq([8, 4, 4, 4, 12]) && id.bytes().all(|it| it.is_ascii_hexdigit() || it == b'-')
}

/// The wider of two depths, or all rights of both.
fn join(a: &[&'static str], b: &[&'static str]) -> Vec<&'static str> {
    let has = |word: &&str| a.contains(word) || b.contains(word);
    if let Some(widest) = Level::ALL.into_iter().rev().map(Level::word).find(has) {
        return vec![widest];
    }
    let columns: Vec<_> = COLUMN_RIGHTS.into_iter().filter(has).collect();
    if columns.is_empty() { a.to_vec() } else { columns }
}

#[cfg(test)]
mod tests {
    use ztam_source::file::FileId;

    use super::*;

    fn lines(files: &[(&str, &str)]) -> Vec<String> {
        let inputs = files.iter().enumerate().map(|(at, (path, text))| Input {
            file: FileId(u32::try_from(at).unwrap()),
            path,
            bytes: text.as_bytes(),
        });
        let reading = read(&inputs.collect::<Vec<_>>());
        let mut lines = Vec::new();
        for it in &reading.package.containers {
            lines.push(format!("{} {} {}", it.kind, it.name, it.id.as_deref().unwrap_or_default()));
            lines.extend(it.rows.iter().map(|it| format!("{} {}", it.row.key, it.row.rights.join(" "))));
        }
        lines.extend(reading.findings.iter().map(|it| format!("{} {:?}", it.id(), it.level)));
        lines
    }

    const ID: &str = "{AAAAAAAA-0000-0000-0000-00000000000A}";
    const PLAIN: &str = "aaaaaaaa-0000-0000-0000-00000000000a";

    fn role(rows: &str) -> String {
        format!("<Role id=\"{ID}\" name=\"R\"><RolePrivileges>{rows}</RolePrivileges></Role>")
    }

    #[test]
    fn both_forms_of_a_role_are_one() {
        let row = "<RolePrivilege name=\"prvReadAccount\" level=\"Local\" />";
        let loose = role(row);
        let packed = format!("<ImportExportXml><Entities /><Roles>{loose}</Roles></ImportExportXml>");
        let expected = [format!("Role R {PLAIN}"), "prvReadAccount Local".to_owned()];
        assert_eq!(
            lines(&[("Roles/R v1.2", loose.as_str()), ("x.zip/customizations.xml", packed.as_str())]),
            expected
        );
        let wider = packed.replace("Local", "Global");
        let read = lines(&[("Roles/R.xml", loose.as_str()), ("Other/Customizations.xml", wider.as_str())]);
        assert_eq!(read[2..], ["read/duplicate-container Blocking"]);
    }

    #[test]
    fn a_depth_that_does_not_exist_blocks_and_the_wider_of_two_counts() {
        let row = |level: &str| format!("<RolePrivilege name=\"prvA\" level=\"{level}\" />");
        let read = |rows: String| lines(&[("Roles/R.xml", role(&rows).as_str())])[1..].to_vec();
        assert_eq!(read(row("Foo")), ["read/bad-value Blocking"]);
        assert_eq!(read(row("Deep") + &row("Basic")), ["prvA Deep", "read/duplicate-row Advisory"]);
        let filtered = row("Deep").replace(" />", " filter=\"x\" />");
        assert_eq!(read(filtered), ["prvA Deep", "read/unknown-element Advisory"]);
        let nameless = role("").replace(&format!(" id=\"{ID}\""), "");
        assert_eq!(lines(&[("Roles/R.xml", nameless.as_str())]), ["read/malformed Forbid"]);
    }

    #[test]
    fn profiles_allow_by_number() {
        let column = |name: &str, read: &str, unmasked: &str| {
            format!(
                "<FieldPermission><EntityName>t</EntityName><AttributeName>{name}</AttributeName><CanRead>{read}</CanRead><CanReadUnmasked>{unmasked}</CanReadUnmasked></FieldPermission>"
            )
        };
        let columns =
            column("a", "4", "3") + &column("b", "4", "1") + &column("c", "0", "0") + &column("d", "1", "0");
        let text = format!(
            "<FieldSecurityProfiles><FieldSecurityProfile name=\"P\" fieldsecurityprofileid=\"{ID}\"><FieldPermissions>{columns}</FieldPermissions></FieldSecurityProfile></FieldSecurityProfiles>"
        );
        assert_eq!(
            lines(&[("Other/FieldSecurityProfiles.xml", text.as_str())]),
            [
                format!("FieldSecurityProfile P {PLAIN}").as_str(),
                "t.a CanRead CanReadUnmasked",
                "t.b CanRead CanReadUnmasked one",
                "read/bad-value Blocking",
            ]
        );
    }
}
