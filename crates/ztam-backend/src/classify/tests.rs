use ztam_model::inventory;
use ztam_model::lower::{assemble, read_file};
use ztam_model::shape::ShapeCheck;
use ztam_source::edit;
use ztam_source::file::{FileId, SourceFile};

use super::*;

const WORDS: Words = Words {
    object_key: "object",
    classifications: &["Public", "Internal", "Confidential", "Restricted", "MissionCritical"],
    no_compliance: &["None"],
    is_data: |name, _| !name.ends_with("__mdt"),
};

const HEAD: &str = "ztam: 1\nproject: p\n";

/// What is proposed for a matrix of one file, and the file after it.
fn proposed(text: &str, objects: &str, chosen: &[(&str, &str)]) -> (Proposal, String) {
    let text = format!("{HEAD}{text}");
    let mut sources = SourceMap::default();
    let file = sources.add(SourceFile::new("ztam.yaml", text.as_str()));
    let shape = ShapeCheck::new(Vec::new());
    let items = read_file(file, &text, &["anvil"], &shape);
    let (project, _) = assemble(vec![std::sync::Arc::new(items)]);
    let inventory = inventory::read(&format!(
        "{{\"format_version\": 1, \"platform\": \"anvil\", \"objects\": {objects}}}"
    ))
    .unwrap();
    let chosen = chosen.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
    let proposal = propose(&Question {
        platform: "anvil",
        title: "Anvil",
        words: WORDS,
        inventory: &inventory,
        project: &project,
        sources: &sources,
        chosen: &chosen,
    });
    let after = edit::apply(&text, &proposal.edits).unwrap();
    assert_eq!(FileId(0), file);
    (proposal, after.strip_prefix(HEAD).unwrap().to_owned())
}

const CLASSES: &str = "classes: # ordered\n  - id: public\n  - id: confidential # half\n    title: Secret\n  - id: top\n    title: Mission critical\n";

#[test]
fn words_become_classes_by_name_and_place() {
    let objects = r#"{"A": {"fields": {"P": {"classification": "Public"}, "R": {"classification": "Restricted"},
        "I": {"classification": "Internal"}, "M": {"classification": "MissionCritical"}, "X": {"classification": "Odd"}}}}"#;
    let (proposal, after) = proposed(CLASSES, objects, &[]);
    let words: Vec<_> =
        proposal.words.iter().map(|it| (it.word.as_str(), it.class.as_deref(), it.is_new)).collect();
    let expected = [
        ("Public", Some("public"), false),
        ("Internal", Some("internal"), true),
        ("Restricted", Some("restricted"), true),
        ("MissionCritical", Some("top"), false),
        ("Odd", None, false),
    ];
    assert_eq!(words, expected);
    assert_eq!(
        after,
        "classes: # ordered\n  - id: public\n  - id: internal\n    title: Internal\n  - id: confidential # half\n    title: Secret\n  \
         - id: restricted\n    title: Restricted\n  - id: top\n    title: Mission critical\n"
    );
    assert!(!proposal.classes.contains_key("A.X"), "what fits nowhere is not proposed");
    let (proposal, _) = proposed(CLASSES, objects, &[("Odd", "top")]);
    assert_eq!(proposal.classes["A.X"], "top");
    let flow = "classes: [{id: a, title: Public}, {id: b, title: Restricted}]\n";
    let (_, after) = proposed(flow, objects, &[]);
    assert_eq!(
        after,
        "classes: [{id: a, title: Public}, {id: internal, title: Internal}, {id: b, title: Restricted}, {id: mission-critical, title: Mission Critical}]\n"
    );
    let (proposal, _) = proposed("classes: [{id: restricted}, {id: public}]\n", objects, &[]);
    assert!(proposal.words.iter().all(|it| !it.is_new), "the order contradicts");
    let (proposal, _) = proposed("classes: [{id: green}]\n", objects, &[]);
    assert!(proposal.words.iter().all(|it| it.class.is_none()));
}

const ASSETS: &str = "classes: [{id: public}, {id: internal}, {id: confidential}]\nassets:\n  claim: # keep me\n    class: internal\n    anvil: {object: claim__c}\n    \
    fields:\n      iban: {anvil: Iban__c} # and me\n      low: {class: public, anvil: Low__c}\n      high: {class: confidential, anvil: High__c}\n  \
    flat: {class: public, anvil: {object: Flat__c}}\n  bare:\n    class: internal\n    anvil: {object: Bare}\n";

#[test]
fn fields_are_listed_and_raised_and_never_lowered() {
    let objects = r#"{"Claim__c": {"fields": {"Iban__c": {"classification": "Confidential"},
            "Low__c": {"classification": "Internal"}, "High__c": {"classification": "Public"},
            "New_One__c": {"classification": "Confidential", "compliance": ["GDPR", "None"]}, "Plain__c": {}}},
        "Flat__c": {"fields": {"X__c": {"secured": true}}}, "Bare": {"fields": {"Z": {"secured": true}}}}"#;
    let (proposal, after) = proposed(ASSETS, objects, &[]);
    let expected = ASSETS
        .replace("iban: {anvil", "iban: {class: confidential, anvil")
        .replace("low: {class: public", "low: {class: internal")
        .replace(
            "anvil: High__c}\n",
            "anvil: High__c}\n      new-one: {class: confidential, tags: [gdpr], anvil: New_One__c}\n",
        )
        .replace("flat: {class", "flat: {fields: {x: {class: internal, anvil: X__c}}, class")
        + "    fields:\n      z: {class: confidential, anvil: Z}\n";
    assert_eq!(after, expected);
    assert_eq!((proposal.classes.len(), proposal.settled), (5, 1));
    assert_eq!(proposal.unlisted, ["Bare.Z", "Claim__c.New_One__c", "Claim__c.Plain__c", "Flat__c.X__c"]);
    assert_eq!(proposal.new_file, "");
    let again = after;
    let (proposal, after) = proposed(&again, objects, &[]);
    assert_eq!((after, proposal.classes.len()), (again, 0), "a second run has nothing to add");
}

#[test]
fn objects_that_nobody_binds_become_a_file() {
    let objects = r#"{"acme__Bank_Account__c": {"label": "Bank account", "fields": {"acme__Iban__c": {"classification": "Restricted", "compliance": ["PII"]},
        "acme_Iban__c": {"classification": "Internal"}}}, "Empty__c": {}, "S__mdt": {"fields": {"F": {"classification": "Public"}}}}"#;
    let (proposal, after) = proposed("", objects, &[]);
    assert_eq!(after, "");
    assert_eq!((proposal.unbound.len(), proposal.not_data.as_slice()), (2, &["S__mdt.F".to_owned()][..]));
    let body = proposal.new_file.split_once("\n\n").unwrap().1;
    assert_eq!(
        body,
        "classes: # from least to most sensitive\n  - id: public\n    title: Public\n  - id: internal\n    title: Internal\n  - id: restricted\n    title: Restricted\n\n\
         domains:\n  unreviewed: {title: Unreviewed}\n\nassets:\n  acme-bank-account:\n    title: Bank account\n    \
         class: restricted # that of its most sensitive field; fields that are not listed have it too\n    \
         domains: [unreviewed] # decide who needs to know it\n    anvil: {object: acme__Bank_Account__c}\n    fields:\n      \
         acme-iban: {class: internal, anvil: acme_Iban__c}\n      acme-iban-2: {class: restricted, tags: [pii], anvil: acme__Iban__c}\n"
    );
    let (proposal, _) = proposed("", r#"{"T": {"fields": {"a": {"secured": true}}}}"#, &[]);
    assert_eq!(proposal.classes["T.a"], "secured");
}
