//! What an import did, for the report.

use std::collections::{BTreeMap, BTreeSet};

use ztam_backend::import::{ContainerKey, ImportedCarry};
use ztam_backend::read::Package;
use ztam_report::estate::Estate;
use ztam_report::import::{Aside, Assumed, Count, FORMAT_VERSION, Import};
use ztam_report::json::Tool;

use super::{Draft, Order};
use crate::VERSION;

impl Draft {
    /// How many lines its files have.
    pub(super) fn lines(&self) -> usize {
        let files = self.created.iter().chain(self.grown.files());
        files.map(|it| it.bytes.iter().filter(|byte| **byte == b'\n').count()).sum()
    }

    pub(super) fn report(&self, order: &Order, package: &Package, estate: Estate) -> Import {
        let imported = &self.imported;
        let known: BTreeSet<&ContainerKey> = imported.known.iter().collect();
        let aside: BTreeSet<&ContainerKey> = imported.aside.iter().map(|(key, _)| key).collect();
        let keys: Vec<ContainerKey> =
            package.containers.iter().map(|it| (it.kind, it.name.clone())).collect();
        let new = keys.iter().filter(|it| !known.contains(it) && !aside.contains(it));
        let mut reasons: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        for ((kind, _), why) in &imported.aside {
            *reasons.entry((kind, why)).or_default() += 1;
        }
        let carried = |key: fn(&ImportedCarry, &'static str) -> &'static str| {
            counted(
                imported
                    .carries
                    .iter()
                    .flat_map(|it| it.facts.iter().map(move |(kind, n)| (key(it, kind), *n))),
            )
        };
        Import {
            format_version: FORMAT_VERSION,
            tool: Tool::ztam(VERSION),
            platform: order.platform.clone(),
            environment: order.environment.clone(),
            written: Vec::new(),
            extended: self.grown.told(),
            imported: counted(new.map(|(kind, _)| (*kind, 1))),
            known: counted(known.iter().map(|(kind, _)| (*kind, 1))),
            aside: reasons
                .into_iter()
                .map(|((kind, why), count)| Aside { kind: kind.to_owned(), count, why: why.to_owned() })
                .collect(),
            facts_in: self.proof.facts_in,
            facts_out: self.proof.facts_out,
            lost: self.proof.lost.clone(),
            added: self.proof.added.clone(),
            others: self.touched.facts.iter().cloned().collect(),
            carried: carried(|_, kind| kind),
            carried_because: carried(|it, _| it.topic),
            findings: counted(self.findings.iter().map(|it| (it.rule.id, 1))),
            described: None,
            assumed: imported.assumed.iter().map(assumed).collect(),
            beneath: None,
            generalized: None,
            estate,
        }
    }
}

fn assumed(it: &ztam_backend::import::Assumed) -> Assumed {
    let (taken_for, why) = (it.assumption.taken_for.to_owned(), it.assumption.why.to_owned());
    Assumed { object: it.asset.clone(), taken_for, why }
}

fn counted<'k>(all: impl Iterator<Item = (&'k str, usize)>) -> Vec<Count> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for (kind, count) in all {
        *counts.entry(kind).or_default() += count;
    }
    counts.into_iter().map(|(kind, count)| Count { kind: kind.to_owned(), count }).collect()
}
