use super::*;

fn with(text: &str, path: &[&str], addition: Addition) -> String {
    extended(text, path, addition).unwrap_or_else(|| panic!("{text}"))
}

fn items() -> Addition {
    Addition::Items(vec![Yaml::map([("id", Yaml::from("unreviewed"))])])
}

fn field(id: &str) -> (String, Yaml) {
    (id.to_owned(), Yaml::map([("class", "x")].map(|(key, value)| (key, Yaml::from(value)))))
}

fn fields() -> Addition {
    Addition::Entries(vec![field("rank"), field("score")])
}

#[test]
fn lists_and_maps_get_one_more() {
    let text = "classes: # ordered\n  - id: a\n    title: A  # first\n\n# roles\nroles: {}\n";
    assert_eq!(
        with(text, &["classes"], items()),
        "classes: # ordered\n  - id: a\n    title: A  # first\n  - {id: unreviewed}\n\n# roles\nroles: {}\n"
    );
    assert_eq!(with("classes: [{id: a}]\n", &["classes"], items()), "classes: [{id: a}, {id: unreviewed}]\n");
    assert_eq!(
        with("classes:\n- id: a", &["classes"], items()),
        "classes:\n- id: a\n- {id: unreviewed}",
        "a file without a break at its end gets none"
    );
    let entries = || Addition::Entries(vec![("dataverse".to_owned(), Yaml::default())]);
    let text = "environments:\n  prod:\n    salesforce: {}\n  dev: {salesforce: {}}\n";
    assert_eq!(
        with(text, &["environments", "prod"], entries()),
        "environments:\n  prod:\n    salesforce: {}\n    dataverse: {}\n  dev: {salesforce: {}}\n"
    );
    assert_eq!(
        with(text, &["environments", "dev"], entries()),
        "environments:\n  prod:\n    salesforce: {}\n  dev: {salesforce: {}, dataverse: {}}\n"
    );
    assert_eq!(extended(text, &["environments", "test"], entries()), None);
}

#[test]
fn a_section_is_added_in_the_style_of_its_map() {
    let section = || Addition::Section("fields", vec![field("rank"), field("score")]);
    assert_eq!(
        with("assets:\n  a:\n    class: c # why\n  b: {class: c}\n", &["assets", "a"], section()),
        "assets:\n  a:\n    class: c # why\n    fields:\n      rank: {class: x}\n      score: {class: x}\n  b: {class: c}\n"
    );
    assert_eq!(
        with("assets: {a: {class: c}, b: {class: c}}\n", &["assets", "a"], section()),
        "assets: {a: {class: c, fields: {rank: {class: x}, score: {class: x}}}, b: {class: c}}\n"
    );
    assert_eq!(
        with("a:\n  fields: {} # none\n", &["a"], section()),
        "a:\n  fields: {rank: {class: x}, score: {class: x}} # none\n"
    );
    let names = || Addition::Names("securable", vec!["R".to_owned()]);
    assert_eq!(with("a: {securable: [B]}\n", &["a"], names()), "a: {securable: [B, R]}\n");
    assert_eq!(with("a: {object: B}\n", &["a"], names()), "a: {object: B, securable: [R]}\n");
    assert_eq!(
        with("fields: {}\n", &["fields"], fields()),
        "fields: {rank: {class: x}, score: {class: x}}\n"
    );
    assert_eq!(
        with("fields: { # none yet\n}\n", &["fields"], fields()),
        "fields: {rank: {class: x}, score: {class: x} # none yet\n}\n"
    );
}

#[test]
fn braces_over_several_lines_keep_their_commas_and_comments() {
    for (text, after) in [
        (
            "fields: {\n  a: {class: c}, # first\n  b: {class: c} # last\n}\n",
            "fields: {\n  a: {class: c}, # first\n  b: {class: c}, # last\n  rank: {class: x},\n  score: {class: x}\n}\n",
        ),
        (
            "fields: {\n  a: {class: c},\n  b: {class: c}, # last\n}\n",
            "fields: {\n  a: {class: c},\n  b: {class: c}, # last\n  rank: {class: x},\n  score: {class: x},\n}\n",
        ),
        (
            "fields: {\n  a: {class: c},\n  b: {class: c}}\n",
            "fields: {\n  a: {class: c},\n  b: {class: c},\n  rank: {class: x},\n  score: {class: x}}\n",
        ),
        ("fields: {a: {class: c},}\n", "fields: {a: {class: c}, rank: {class: x}, score: {class: x},}\n"),
        (
            "fields: {a: {class: c} # last\n  }\n",
            "fields: {a: {class: c}, rank: {class: x}, score: {class: x} # last\n  }\n",
        ),
    ] {
        assert_eq!(with(text, &["fields"], fields()), after);
    }
}

#[test]
fn lines_end_as_they_did_and_a_mark_stays() {
    let text = "\u{feff}fields:\r\n  a: {class: c} # why\r\n\r\n# end\r\nroles: {}\r\n";
    assert_eq!(
        with(text, &["fields"], fields()),
        "\u{feff}fields:\r\n  a: {class: c} # why\r\n  rank: {class: x}\r\n  score: {class: x}\r\n\r\n# end\r\nroles: {}\r\n"
    );
    let text = "fields: {\r\n  a: {class: c} # last\r\n}\r\n";
    assert_eq!(
        with(text, &["fields"], fields()),
        "fields: {\r\n  a: {class: c}, # last\r\n  rank: {class: x},\r\n  score: {class: x}\r\n}\r\n"
    );
    assert_eq!(with("fields:\r\n  a: b", &["fields"], fields()).matches("\r\n").count(), 3);
}

#[test]
fn texts_that_end_in_lines_of_their_own_keep_them_or_the_file_stays() {
    let text = "fields:\n  a:\n    title: |\n      Two\n      lines\n\nroles: {}\n";
    assert_eq!(
        with(text, &["fields"], fields()),
        "fields:\n  a:\n    title: |\n      Two\n      lines\n  rank: {class: x}\n  score: {class: x}\n\nroles: {}\n"
    );
    let kept = text.replace('|', "|+");
    assert_eq!(extended(&kept, &["fields"], fields()), None, "its last empty line is part of it");
}

#[test]
fn what_cannot_be_added_takes_nothing_else_along() {
    let text = "assets:\n  a: {class: c, fields: {f: {class: c}}}\n  b:\n    class: c\n    salesforce:\n      object: B\n";
    let path = |keys: &[&str]| keys.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
    let groups = [
        vec![(path(&["assets", "a", "fields"]), Addition::Entries(vec![field("rank")]))],
        vec![
            (path(&["assets", "nobody"]), Addition::Entries(vec![field("rank")])),
            (path(&["assets", "b"]), Addition::Entries(vec![field("lost")])),
        ],
        vec![
            (path(&["assets", "b", "salesforce"]), Addition::Names("securable", vec!["R".to_owned()])),
            (path(&["assets", "b"]), Addition::Section("fields", vec![field("r")])),
        ],
    ];
    let (after, refused) = extended_by_groups(text, &groups);
    assert_eq!(refused, [1]);
    assert_eq!(
        after,
        "assets:\n  a: {class: c, fields: {f: {class: c}, rank: {class: x}}}\n  b:\n    class: c\n    salesforce:\n      object: B\n      securable: [R]\n    fields:\n      r: {class: x}\n"
    );
    assert_eq!(extended_by_groups(text, &[]), (text.to_owned(), Vec::new()));
}
