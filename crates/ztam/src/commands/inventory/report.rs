//! What an inventory came to, as the document that machines read and people see drawn.

use std::collections::BTreeMap;
use std::path::PathBuf;

use ztam_backend::classify::{Mapping, Proposal};
use ztam_report::import::Changed;
use ztam_report::inventory::{
    FORMAT_VERSION, InventoryReport, ProposedClass, ReadOf, Source, Surveyed, Unmatched, Word,
};
use ztam_report::json::{Findings, Tool};
use ztam_source::file::SourceMap;
use ztam_source::finding::Finding;

use super::Found;
use super::store::{Stored, sizes};
use crate::VERSION;
use crate::intake::{Intake, shown};

/// The document with what was read.
pub(super) fn begun(
    paths: &[PathBuf],
    taken: &Intake,
    found: &[Found],
    (findings, sources): (&[Finding], &SourceMap),
) -> InventoryReport {
    InventoryReport {
        format_version: FORMAT_VERSION,
        tool: Tool::ztam(VERSION),
        sources: read(paths, taken, found),
        left_out: taken.left_out.clone(),
        findings: Findings::new(findings, sources, VERSION).findings,
        platforms: Vec::new(),
        edits: Vec::new(),
        applied: false,
    }
}

/// What was read below each path. A file below two of them counts with the longer one.
fn read(paths: &[PathBuf], taken: &Intake, found: &[Found]) -> Vec<Source> {
    let given: Vec<String> = paths.iter().map(|it| shown(it)).collect();
    let source_of = |path: &str| {
        let is_below = |root: &str| {
            let rest = path.strip_prefix(root.trim_end_matches('/'));
            root == "." || rest.is_some_and(|it| it.is_empty() || it.starts_with('/'))
        };
        let below = given.iter().enumerate().filter(|(_, root)| is_below(root));
        let length = |root: &str| if root == "." { 0 } else { root.len() };
        below.max_by_key(|(at, root)| (length(root), std::cmp::Reverse(*at))).map(|(at, _)| at)
    };
    let mut counts: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    for file in &taken.files {
        let Some(source) = source_of(&file.path) else { continue };
        for (platform, _) in found.iter().enumerate().filter(|(_, it)| it.files.contains(&file.source)) {
            *counts.entry((source, platform)).or_default() += 1;
        }
    }
    let of_platform = |(at, it): (usize, &Found), source: usize| {
        let files = counts.get(&(source, at)).copied()?;
        Some(ReadOf { platform: it.backend.platform().to_owned(), files })
    };
    let source = |(at, path): (usize, &String)| Source {
        path: path.clone(),
        read: found.iter().enumerate().filter_map(|it| of_platform(it, at)).collect(),
        names: taken.names.iter().filter(|it| source_of(it) == Some(at)).count(),
    };
    given.iter().enumerate().map(source).collect()
}

/// One platform, with what the matrix makes of it.
pub(super) fn surveyed(stored: &Stored, proposal: Option<&Proposal>) -> Surveyed {
    let object_word = stored.backend.words().object_key;
    let changed = stored.differences.iter();
    Surveyed {
        platform: stored.backend.platform().to_owned(),
        title: stored.backend.title().to_owned(),
        object_word: object_word.to_owned(),
        field_word: if object_word == "table" { "column" } else { "field" }.to_owned(),
        file: stored.shown.clone(),
        state: stored.state,
        found: stored.found,
        inventory: sizes(&stored.inventory),
        changed: changed.map(|it| Changed { of: it.of.clone(), fact: it.fact.to_owned() }).collect(),
        ours: stored.ours.clone(),
        matrix: proposal.map(|it| unmatched(stored, it)),
    }
}

fn unmatched(stored: &Stored, proposal: &Proposal) -> Unmatched {
    let sorted = |all: &[String]| {
        let mut all = all.to_vec();
        all.sort_unstable();
        all
    };
    let word = |it: &Mapping| Word {
        word: it.word.clone(),
        class: it.class.clone(),
        is_new: it.is_new,
        why_not: it.why_not.map(str::to_owned),
    };
    Unmatched {
        unbound: sorted(&proposal.unbound),
        unlisted: sorted(&proposal.unlisted),
        not_data: sorted(&proposal.not_data),
        settled: proposal.settled,
        words: proposal.words.iter().map(word).collect(),
        proposed: proposal.classes.iter().map(|(field, class)| proposed(stored, field, class)).collect(),
    }
}

/// A class with the facts of the org that ask for it.
fn proposed(stored: &Stored, field: &str, class: &str) -> ProposedClass {
    let facts = field
        .split_once('.')
        .and_then(|(object, name)| stored.inventory.objects.get(object).and_then(|it| it.fields.get(name)));
    ProposedClass {
        field: field.to_owned(),
        class: class.to_owned(),
        classification: facts.and_then(|it| it.classification.clone()),
        compliance: facts.map(|it| it.compliance.clone()).unwrap_or_default(),
        secured: facts.and_then(|it| it.secured),
    }
}
