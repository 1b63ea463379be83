//! Whether every pack that a project switches on exists, with the words that it binds and the rules that it takes out.

use ztam_model::packs;
use ztam_model::project::Text;
use ztam_model::surroundings::Pack;
use ztam_source::entries::Entries;
use ztam_source::finding::Finding;
use ztam_source::suggest;

use crate::names::{UNKNOWN, did_you_mean};

/// Finds names of packs, words and pairs that there are not.
pub(crate) fn check(on: &Entries<Pack>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, pack) in on.iter() {
        let Some(known) = packs::vocabulary(&name.value) else {
            findings.push(unknown("pack", name, &packs::names(), "so nothing of it is judged"));
            continue;
        };
        for (word, _) in pack.bind.iter().filter(|(word, _)| !known.words.contains(&word.value.as_str())) {
            let finding = unknown("word", word, &known.words, "so what is bound to it is judged by nothing");
            findings.push(finding.because(name.span, "of this pack"));
        }
        for (rule, _) in pack.without.iter().filter(|(rule, _)| !known.rules.contains(&rule.value.as_str())) {
            let finding = match packs::judged_always(&rule.value) {
                Some(by) => always(rule, by),
                None => unknown("rule", rule, &known.rules, "so nothing is taken out"),
            };
            findings.push(finding.because(name.span, "of this pack"));
        }
    }
    findings
}

/// A pair that has a rule of its own cannot be taken out here: two ways to silence one finding are one too many.
fn always(text: &Text, by: &str) -> Finding {
    Finding::new(&UNKNOWN, format!("`{}` is judged whether the pack is on or not", text.value))
        .at(text.span, "so nothing is taken out")
        .help(format!("waive `{by}` for a role instead, with an end"))
        .fact("name", text.value.as_str())
        .fact("kind", "rule")
}

fn unknown(kind: &'static str, text: &Text, known: &[&str], then: &'static str) -> Finding {
    let name = text.value.as_str();
    let finding = Finding::new(&UNKNOWN, format!("there is no {kind} `{name}`"))
        .at(text.span, then)
        .fact("name", name)
        .fact("kind", kind);
    match suggest::closest(name, known.iter().copied()) {
        Some(close) => did_you_mean(finding, close, text.span),
        None => match suggest::list(known.iter().copied()) {
            Some(list) => finding.help(format!("known: {list}")),
            None => finding.help("this pack has none"),
        },
    }
}

#[cfg(test)]
mod tests {
    use ztam_model::lower::read_file;
    use ztam_model::shape::ShapeCheck;
    use ztam_source::file::FileId;

    use super::*;

    fn found(packs: &str) -> Vec<(String, Option<String>)> {
        let yaml = format!("packs:\n  {packs}\n");
        let read = read_file(FileId(0), &yaml, &[], &ShapeCheck::new(Vec::new()));
        assert!(read.complete, "{:#?}", read.findings);
        let said = |it: &Finding| {
            it.fixes.first().map(|fix| fix.title.clone()).or_else(|| it.helps.first().cloned())
        };
        check(&read.items.packs).iter().map(|it| (it.title.clone(), said(it))).collect()
    }

    fn one(packs: &str) -> (String, String) {
        let found = found(packs);
        assert_eq!(found.len(), 1, "{found:#?}");
        let (title, said) = found[0].clone();
        (title, said.unwrap_or_default())
    }

    #[test]
    fn known_names_are_silent() {
        assert_eq!(found("procure-to-pay: {bind: {vendor: [x]}, without: {p2p-02: because}}"), []);
    }

    #[test]
    fn misspelt_names_are_told_with_what_was_meant() {
        let pack = one("procure-to-pays: {}");
        assert_eq!(
            pack,
            ("there is no pack `procure-to-pays`".into(), "did you mean `procure-to-pay`?".into())
        );
        let word = one("procure-to-pay: {bind: {vender: [x]}}");
        assert_eq!(word, ("there is no word `vender`".into(), "did you mean `vendor`?".into()));
        let rule = one("treasury: {without: {tre-09: because}}");
        assert_eq!(rule.0, "there is no rule `tre-09`");
    }

    #[test]
    fn what_is_judged_always_is_not_taken_out() {
        let found = found("platform-administration: {without: {adm-01: because}}");
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].0, "`adm-01` is judged whether the pack is on or not");
    }
}
