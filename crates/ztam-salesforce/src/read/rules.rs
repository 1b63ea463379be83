//! Reads the sharing rules that a build wrote back, each as a container of one row: what it gives, between whom. Rules that
//! an org made itself are none of ours and are left alone.

use roxmltree::Node;
use ztam_backend::plan::Row;
use ztam_backend::read::xml::{elements, leaf, parse};
use ztam_backend::read::{Input, ReadContainer, Rows, Sink};
use ztam_backend::rules::{BAD_VALUE, MALFORMED};
use ztam_source::finding::Finding;

use super::NAMESPACE;
use crate::sharing::{Access, ROW, RULE, RULE_PREFIX};

/// End of the name of a file of sharing rules in metadata format.
pub(super) const SUFFIX: &str = "sharingRules";
/// Root element.
const ROOT: &str = "SharingRules";

/// The rules of one object.
pub(super) fn read(input: &Input<'_>, object: &str, sink: &mut Sink) -> Vec<ReadContainer> {
    let Some(document) = parse(input, sink) else { return Vec::new() };
    let root = document.root_element();
    if root.tag_name().name() != ROOT || root.tag_name().namespace() != Some(NAMESPACE) {
        let title = format!("`{}` holds no {ROOT}", input.name());
        sink.tell("file", Finding::new(&MALFORMED, title).at(input.span(&root.range()), "this is its root"));
        return Vec::new();
    }
    let rules = elements(root).filter(|it| it.tag_name().name() == ROW);
    rules.filter_map(|it| rule(input, object, it, sink)).collect()
}

fn rule(input: &Input<'_>, object: &str, node: Node<'_, '_>, sink: &mut Sink) -> Option<ReadContainer> {
    let child = |name: &str| elements(node).find(|it| it.tag_name().name() == name);
    let name = child("fullName").and_then(leaf).filter(|it| it.starts_with(RULE_PREFIX))?;
    let place = input.span(&node.range());
    let mut out = ReadContainer::new(RULE, format!("{object}.{name}"), place);
    out.label = child("label").and_then(leaf).unwrap_or_default();
    let word = child("accessLevel").and_then(leaf).unwrap_or_default();
    let Some(level) = [Access::Edit, Access::Read].into_iter().find(|it| it.word() == word) else {
        let title = format!("the sharing rule `{name}` has a level that does not exist");
        sink.tell(&name, Finding::new(&BAD_VALUE, title).at(place, "this rule"));
        return None;
    };
    let who = |end: &str| {
        let named = child(end).into_iter().flat_map(elements);
        let named = named.map(|it| format!("{} {}", it.tag_name().name(), leaf(it).unwrap_or_default()));
        named.collect::<Vec<_>>().join(", ")
    };
    let mut rows = Rows::new(|a, _| a.to_vec());
    let key = format!("{} -> {}", who("sharedFrom"), who("sharedTo"));
    rows.add(Row { kind: ROW, key, rights: level.rights().to_vec() }, place, sink);
    rows.finish(&mut out);
    Some(out)
}
