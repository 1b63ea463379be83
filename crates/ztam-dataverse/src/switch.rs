//! The switch that secures a column: its definition as the environment exports it, with `IsSecured` set and everything else
//! as it was. A definition that is not whole is not used, because an import would change what it leaves out.

use std::io::{self, Write};

use roxmltree::{Document, Node};
use ztam_backend::read::xml::{elements, leaf};

/// Longest definition and deepest nesting that are taken; real ones have some 3 kB and four levels.
const LONGEST: usize = 64 * 1024;
const DEEPEST: usize = 8;
/// Elements without which it is no export of a column.
const NEEDED: &[&str] = &["Type", "Name", "LogicalName", "RequiredLevel", "IsSecured"];
const SWITCH: &str = "IsSecured";

/// A column's definition with the switch on, line by line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Switch {
    /// Depth below the column, and the line.
    lines: Vec<(usize, String)>,
}

impl Switch {
    /// The definition of `column`; `None` where it is not whole or is another column's.
    pub(crate) fn new(column: &str, definition: &str) -> Option<Self> {
        if definition.len() > LONGEST {
            return None;
        }
        let document = Document::parse(definition).ok()?;
        let root = document.root_element();
        let children = |name: &str| elements(root).filter(|it| it.tag_name().name() == name).count();
        let is_column = root.tag_name().name() == "attribute" && NEEDED.iter().all(|it| children(it) == 1);
        let named = |name: &str| elements(root).find(|it| it.tag_name().name() == name).and_then(leaf);
        // All its names are one name but for case. Which of them an import goes by is not ours to guess.
        let is_called = |it: &str| it.eq_ignore_ascii_case(column);
        if !is_column
            || named("LogicalName").as_deref() != Some(column)
            || !named("Name").is_some_and(|it| is_called(&it))
            || !root.attribute("PhysicalName").is_some_and(is_called)
            || named(SWITCH).is_none()
        {
            return None;
        }
        let mut switch = Self { lines: Vec::new() };
        switch.add(root, 0)?;
        Some(switch)
    }

    fn add(&mut self, node: Node<'_, '_>, depth: usize) -> Option<()> {
        let is_plain = |it: &Node<'_, '_>| it.is_element() || it.is_text();
        let namespaces =
            node.tag_name().namespace().is_some() || node.attributes().any(|it| it.namespace().is_some());
        if depth > DEEPEST || namespaces || !node.children().all(|it| is_plain(&it)) {
            return None;
        }
        let name = node.tag_name().name();
        let mut head = format!("<{name}");
        for attribute in node.attributes() {
            head.push_str(&format!(" {}=\"{}\"", attribute.name(), quoted(attribute.value())));
        }
        if elements(node).next().is_some() {
            // Text beside elements has no meaning in these files, and would be lost.
            if node.children().any(|it| it.is_text() && !it.text().unwrap_or_default().trim().is_empty()) {
                return None;
            }
            self.lines.push((depth, format!("{head}>")));
            elements(node).try_for_each(|it| self.add(it, depth + 1))?;
            self.lines.push((depth, format!("</{name}>")));
            return Some(());
        }
        let text: String = node.children().filter_map(|it| it.text()).collect();
        let text = if depth == 1 && name == SWITCH { "1".to_owned() } else { escaped(&text) };
        let closed = text.is_empty() && node.document().input_text().get(node.range())?.ends_with("/>");
        self.lines
            .push((depth, if closed { format!("{head} />") } else { format!("{head}>{text}</{name}>") }));
        Some(())
    }

    /// Writes it, `indent` spaces to the right.
    pub(crate) fn write(&self, indent: usize, out: &mut dyn Write) -> io::Result<()> {
        for (depth, line) in &self.lines {
            writeln!(out, "{:1$}{line}", "", indent + depth * 2)?;
        }
        Ok(())
    }
}

/// Text as it was: a carriage return that stands there as such would be read as the end of a line.
fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    text.replace('"', "&quot;").replace('\r', "&#xD;")
}

/// The value of an attribute as it was: ends of lines and tabs that stand there as such would be read as spaces.
fn quoted(text: &str) -> String {
    escaped(text).replace('\n', "&#xA;").replace('\t', "&#x9;")
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A column as an environment exports it, cut to what matters.
    pub(crate) fn definition(column: &str) -> String {
        format!(
            "<attribute PhysicalName=\"{column}\">\n  <Type>money</Type>\n <Name>{column}</Name>\n<LogicalName>{column}</LogicalName>\
             <RequiredLevel>none</RequiredLevel><IsSecured>0</IsSecured><AutoNumberFormat></AutoNumberFormat><LookupTypes />\
             <displaynames><displayname description=\"Margin &amp; more\" languagecode=\"1033\" /></displaynames></attribute>"
        )
    }

    fn text(switch: &Switch) -> String {
        let mut out = Vec::new();
        switch.write(2, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn only_the_switch_changes() {
        let switch = Switch::new("acme_margin", &definition("acme_margin")).unwrap();
        let expected = "  <attribute PhysicalName=\"acme_margin\">
    <Type>money</Type>
    <Name>acme_margin</Name>
    <LogicalName>acme_margin</LogicalName>
    <RequiredLevel>none</RequiredLevel>
    <IsSecured>1</IsSecured>
    <AutoNumberFormat></AutoNumberFormat>
    <LookupTypes />
    <displaynames>
      <displayname description=\"Margin &amp; more\" languagecode=\"1033\" />
    </displaynames>
  </attribute>
";
        assert_eq!(text(&switch), expected);
    }

    #[test]
    fn ends_of_lines_in_a_description_stay() {
        let whole = definition("acme_margin").replace("Margin &amp; more", "One&#xD;&#xA;two&#9;three");
        let whole = whole.replace("</attribute>", "<note>a&#13;b</note></attribute>");
        let switched = text(&Switch::new("acme_margin", &whole).unwrap());
        let (before, after) = (Document::parse(&whole).unwrap(), Document::parse(&switched).unwrap());
        for (element, attribute) in [("displayname", Some("description")), ("note", None)] {
            let said = |document: &Document<'_>| {
                let node = document.descendants().find(|it| it.has_tag_name(element)).unwrap();
                attribute.map_or_else(|| node.text(), |it| node.attribute(it)).unwrap().to_owned()
            };
            assert_eq!(said(&before), said(&after));
        }
    }

    #[test]
    fn a_definition_has_one_name() {
        let whole = definition("acme_margin");
        let schema = whole.replace("PhysicalName=\"acme_margin\"", "PhysicalName=\"Acme_Margin\"");
        assert!(Switch::new("acme_margin", &schema).is_some());
        for (from, to) in [
            ("PhysicalName=\"acme_margin\"", "PhysicalName=\"acme_other\""),
            ("<Name>acme_margin<", "<Name>acme_other<"),
            ("<IsSecured>0<", "<IsSecured><x>0</x><"),
        ] {
            assert!(Switch::new("acme_margin", &whole.replace(from, to)).is_none(), "{from} -> {to}");
        }
    }

    #[test]
    fn what_is_not_whole_is_not_used() {
        let whole = definition("acme_margin");
        assert!(Switch::new("acme_other", &whole).is_none(), "another column's");
        for (from, to) in [
            ("<IsSecured>0</IsSecured>", ""),
            ("<Type>money</Type>", ""),
            ("<IsSecured>0</IsSecured>", "<IsSecured>0</IsSecured><IsSecured>0</IsSecured>"),
            (" PhysicalName=\"acme_margin\"", ""),
            ("<displaynames>", "<displaynames>words"),
            ("</attribute>", "<!-- note --></attribute>"),
            ("<attribute ", "<attribute xmlns=\"urn:x\" "),
            ("</attribute>", ""),
        ] {
            assert!(Switch::new("acme_margin", &whole.replace(from, to)).is_none(), "{from} -> {to}");
        }
        assert!(Switch::new("acme_margin", &format!("<!DOCTYPE a>{whole}")).is_none());
    }
}
