//! Columns that the import itself secures.

use super::*;
use crate::switch::tests::definition;

fn text(supporting: &str) -> String {
    let head = HEAD.replace("prefix: acme}", &format!("prefix: acme{supporting}}}"));
    format!("{head}{COLUMNS}").replace("when: [mfa]}}", "when: [mfa]}}\n  feed: {platforms: [dataverse], kind: service, within: [sales], may: {internal: {read: org}}, never: [confidential]}")
}

fn defined(column: &str, more: &str) -> String {
    let definition = serde_json::to_string(&definition(column)).unwrap();
    format!(
        r#"{{"format_version": 1, "platform": "dataverse", "objects": {{"opportunity": {{"schema_name": "Opportunity", "label": "Deal & more", "fields": {{
            "estimatedvalue": {{"definition": {definition}{more}}}, "description": {{}}}}}}}}}}"#
    )
}

const ASKED: &str = ", supporting: [secured-columns]";

#[test]
fn the_import_secures_what_must_be_and_can_be() {
    let refused = "emit/column-not-secured: 3 roles would reach columns of Opportunity that the matrix does not give them\n";
    assert_eq!(found(&text(""), &defined("estimatedvalue", "")), refused, "nobody asked for it");
    assert_eq!(found(&text(ASKED), &secured(r#""estimatedvalue": {}, "description": {}"#)), refused);
    assert_eq!(found(&text(ASKED), &defined("othercolumn", "")), refused, "the definition of another one");
    let never = defined("estimatedvalue", r#", "securable": false"#);
    assert!(found(&text(ASKED), &never).contains("column-not-secured"));
    assert_eq!(found(&text(ASKED), &defined("estimatedvalue", "")), "");
}

#[test]
fn who_loses_the_column_is_told() {
    let told = obligations(&text(ASKED), &defined("estimatedvalue", ""));
    let line = told.lines().find(|it| it.starts_with("column-switched")).unwrap();
    assert!(line.starts_with("column-switched opportunity.estimatedvalue [boss feed rep]: "), "{line}");
    assert!(line.contains("the integrations `feed` among them"), "{line}");
    with(&text(ASKED), &defined("estimatedvalue", ""), |_, package, access| {
        let plan = package.plan(access);
        let stays = plan.obligations.iter().find(|it| it.kind == "column-secured").unwrap();
        assert_eq!(stays.settled, None, "it is not so before the import");
    });
    let already = obligations(&text(ASKED), &defined("estimatedvalue", r#", "secured": true"#));
    assert!(!already.contains("column-switched"));
}

#[test]
fn the_switch_is_in_both_forms_of_the_solution() {
    let files = files(&text(ASKED), &defined("estimatedvalue", ""));
    let file = |path: &str| &files.iter().find(|it| it.0 == path).unwrap_or_else(|| panic!("no {path}")).1;
    let entity = file("solution/Entities/Opportunity/Entity.xml");
    let packed = file("PageAccess_1_0_0_0.zip!customizations.xml");
    for text in [entity, packed] {
        let document = roxmltree::Document::parse(text.trim_start_matches('\u{feff}')).unwrap();
        let table = document.descendants().find(|it| it.has_tag_name("entity")).unwrap();
        assert_eq!(
            (table.attribute("Name"), table.attribute("unmodified")),
            (Some("Opportunity"), Some("1"))
        );
        let switches = document.descendants().filter(|it| it.has_tag_name("IsSecured"));
        assert_eq!(switches.map(|it| it.text().unwrap()).collect::<Vec<_>>(), ["1"]);
        let name = document.descendants().find(|it| it.has_tag_name("Name")).unwrap();
        assert_eq!(
            (name.attribute("LocalizedName"), name.text()),
            (Some("Deal & more"), Some("Opportunity"))
        );
    }
    // The packed form holds the same lines, further in.
    let body = |text: &str, from: &str| {
        let (_, rest) = text.split_once(from).unwrap();
        rest.split("</attributes>").next().unwrap().lines().map(str::trim).collect::<Vec<_>>().join("\n")
    };
    assert_eq!(body(entity, "<attributes>"), body(packed, "<attributes>"));
    assert!(
        file("solution/Other/Customizations.xml").contains("  <Entities />\n"),
        "a place for what lies beside it"
    );
    for manifest in ["solution/Other/Solution.xml", "PageAccess_1_0_0_0.zip!solution.xml"] {
        let component = "<RootComponent type=\"1\" schemaName=\"opportunity\" behavior=\"2\" />";
        assert!(file(manifest).contains(component), "{manifest}");
    }
    let inputs: Vec<_> = files
        .iter()
        .enumerate()
        .map(|(at, (path, text))| ztam_backend::read::Input {
            file: FileId(u32::try_from(at).unwrap()),
            path,
            bytes: text.as_bytes(),
        })
        .collect();
    let reading = ztam_backend::Backend::read(&crate::Dataverse, &inputs);
    let told: Vec<_> = reading.findings.iter().map(|it| &it.title).collect();
    assert!(told.is_empty(), "{told:?}");
}

#[test]
fn a_schema_name_is_the_name_of_its_own_table() {
    let wrong = defined("estimatedvalue", "").replace("\"Opportunity\"", "\"Account\"");
    let files = files(&text(ASKED), &wrong);
    let entities: Vec<_> =
        files.iter().map(|it| it.0.as_str()).filter(|it| it.contains("/Entities/")).collect();
    assert_eq!(entities, ["solution/Entities/opportunity/Entity.xml"]);
}
