//! What could not be proved has its section in `docs/unverified.md`: whatever the code, the data or the pages call unverified.

use std::collections::BTreeSet;
use std::path::PathBuf;

use ztam_backend::fidelity::UNVERIFIED;

use crate::project::repository;

const PAGE: &str = "docs/unverified.md";

fn read(path: &str) -> String {
    std::fs::read_to_string(repository().join(path)).unwrap()
}

/// Headings and texts of the sections.
fn sections(page: &str) -> Vec<(&str, &str)> {
    page.split("\n### ").skip(1).filter_map(|it| it.split_once('\n')).collect()
}

/// Files of a folder whose names end so.
fn files(folder: &str, endings: &[&str]) -> Vec<PathBuf> {
    let mut found: Vec<_> = std::fs::read_dir(repository().join(folder))
        .unwrap()
        .map(|it| it.unwrap().path())
        .filter(|path| endings.iter().any(|ending| path.to_string_lossy().ends_with(ending)))
        .collect();
    found.sort();
    found
}

#[test]
fn sections_are_complete() {
    let page = read(PAGE);
    let sections = sections(&page);
    assert!(sections.len() > 30, "only {} sections", sections.len());
    let mut seen = BTreeSet::new();
    for (anchor, text) in &sections {
        assert!(
            anchor.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-'),
            "{anchor}"
        );
        assert!(seen.insert(*anchor), "{anchor} is there twice");
        for part in ["- **Relies on it**: ", "- **What we do**: ", "- **Test**: "] {
            let said = text.lines().find_map(|line| line.strip_prefix(part));
            assert!(said.is_some_and(|it| !it.is_empty()), "{anchor} does not say {part}");
        }
        let fact = text.trim_start().lines().next().unwrap();
        assert!(!fact.starts_with('-') && fact.ends_with('.'), "{anchor} does not say what the fact is");
    }
}

#[test]
fn obligations_lead_to_sections_that_name_them() {
    let page = read(PAGE);
    let sections = sections(&page);
    for (platform, kind, anchor) in UNVERIFIED {
        let section = sections.iter().find(|it| it.0 == *anchor);
        let (_, text) = section.unwrap_or_else(|| panic!("no section {anchor}"));
        assert!(text.contains(&format!("`{kind}`")), "{anchor} does not name {kind}");
        let places: &[&str] = if *platform == "salesforce" {
            &["plan/obligations.rs", "sharing.rs", "verdicts.rs"]
        } else {
            &["promises.rs", "verdicts.rs"]
        };
        let code: String =
            places.iter().map(|it| read(&format!("crates/ztam-{platform}/src/{it}"))).collect();
        assert!(code.contains(&format!("\"{kind}\"")), "no obligation {kind} on {platform}");
    }
}

#[test]
fn data_that_is_unverified_is_named() {
    let page = read(PAGE);
    let mut marked = 0;
    for krate in ["ztam-dataverse", "ztam-salesforce"] {
        for path in files(&format!("crates/{krate}/src/data"), &[".tsv", ".txt"]) {
            let text = std::fs::read_to_string(&path).unwrap();
            let legend =
                text.lines().take_while(|line| line.starts_with('#')).collect::<String>().to_lowercase();
            let words =
                ["unverified", "not known", "unknown", "assumed", "own judgement", "2015", "one real export"];
            if words.iter().any(|word| legend.contains(word)) {
                let name = path.file_name().unwrap().to_string_lossy().into_owned();
                assert!(page.contains(&format!("`{name}`")), "{name} is in no section");
                marked += 1;
            }
        }
    }
    assert!(marked >= 10, "only {marked} files are marked");
}

#[test]
fn pages_link_to_sections_that_exist() {
    let page = read(PAGE);
    let anchors: BTreeSet<_> = sections(&page).iter().map(|it| it.0).collect();
    let mut links = 0;
    let mut pages = files("docs/backends", &[".md"]);
    pages.extend(files("docs", &[".md"]));
    pages.push(repository().join("README.md"));
    for path in pages {
        let text = std::fs::read_to_string(&path).unwrap();
        for link in text.split("unverified.md#").skip(1) {
            let anchor = link.split(|it: char| !it.is_ascii_alphanumeric() && it != '-').next().unwrap();
            assert!(anchors.contains(anchor), "{}: no section {anchor}", path.display());
            links += 1;
        }
        let is_back_end = path.parent().unwrap().ends_with("backends");
        for line in text.lines().filter(|line| is_back_end && line.to_lowercase().contains("unverified")) {
            assert!(line.contains("unverified.md"), "{}: no link in {line:?}", path.display());
        }
    }
    assert!(links >= 10, "only {links} links");
}
