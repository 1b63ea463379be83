//! What a build consists of: the files of every platform, the documents that go with them, and the manifest. Made alike
//! for writing (`ztam build`) and for comparing (`ztam verify`).

use ztam_backend::artifact::Artifact;
use ztam_backend::plan::Plan;
use ztam_backend::removal::Gone;
use ztam_report::fidelity::Fidelity;
use ztam_report::json::Tool;
use ztam_report::manifest::{self, Manifest};
use ztam_report::obligations::Obligations;
use ztam_report::removal::{self, Changes};
use ztam_source::finding::Finding;

use crate::VERSION;
use crate::session::{Analysis, Loaded};
use crate::until::right_until;

/// Everything that one build writes, the manifest left out.
#[derive(Debug)]
pub(crate) struct Contents<'a> {
    analysis: &'a Analysis<'a>,
    plans: &'a [Option<Plan>],
    pub(crate) obligations: Obligations,
    pub(crate) fidelity: Fidelity,
    /// What has changed since an earlier build, by platform; nothing without one.
    gone: Vec<Gone>,
    /// Documents by path.
    documents: Vec<(String, String)>,
}

impl<'a> Contents<'a> {
    /// The contents for a manifest, which has no outputs yet. The plans hold already what `changes` say is removed.
    pub(crate) fn new(
        analysis: &'a Analysis<'a>,
        plans: &'a [Option<Plan>],
        wanted: &Manifest,
        changes: Option<&Changes>,
    ) -> Self {
        let made: Vec<&Plan> = plans.iter().flatten().collect();
        let owed: Vec<_> = made.iter().flat_map(|plan| &plan.obligations).collect();
        let less: Vec<_> = made.iter().flat_map(|plan| &plan.less).collect();
        let obligations = Obligations::new(&wanted.project, &wanted.environment, &wanted.as_of, &owed);
        let verdicts: Vec<_> = made.iter().flat_map(|plan| &plan.fidelity).collect();
        let fidelity = Fidelity::new(&verdicts, &less);
        let mut documents = vec![
            ("fidelity.json".to_owned(), fidelity.to_text()),
            ("obligations.json".to_owned(), obligations.to_text()),
            ("obligations.md".to_owned(), obligations.to_markdown()),
        ];
        let gone: Vec<Gone> = analysis
            .emitters
            .iter()
            .map(|it| changes.map(|all| all.of(it.platform)).unwrap_or_default())
            .collect();
        if let Some(changes) = changes {
            let steps: Vec<_> = analysis
                .emitters
                .iter()
                .zip(&gone)
                .map(|(it, gone)| (it.title, it.emitter.runbook(gone)))
                .collect();
            documents.push((removal::FILE_NAME.to_owned(), changes.to_text()));
            documents.push((removal::RUNBOOK.to_owned(), changes.to_markdown(&steps)));
        }
        Self { analysis, plans, obligations, fidelity, gone, documents }
    }

    /// The files.
    pub(crate) fn artifacts(&self) -> Vec<Artifact<'_>> {
        let mut artifacts = Vec::new();
        for (it, plan) in self.analysis.emitters.iter().zip(self.plans) {
            let Some(plan) = plan else { continue };
            for mut artifact in it.emitter.artifacts(&self.analysis.access, plan) {
                artifact.path = format!("{}/{}", it.platform, artifact.path);
                artifacts.push(artifact);
            }
        }
        for (it, gone) in self.analysis.emitters.iter().zip(&self.gone) {
            for mut artifact in it.emitter.removal(gone) {
                artifact.path = format!("removal/{}/{}", it.platform, artifact.path);
                artifacts.push(artifact);
            }
        }
        artifacts.extend(
            self.documents.iter().map(|(path, text)| {
                Artifact::stream(path.as_str(), move |out| out.write_all(text.as_bytes()))
            }),
        );
        artifacts
    }

    /// How every cell comes through, as a table.
    pub(crate) fn fidelity_table(&self) -> String {
        let emitters = &self.analysis.emitters;
        self.fidelity.to_table(|key| emitters.iter().find(|it| it.platform == key).map_or("", |it| it.title))
    }

    /// The title of the platform whose package a file belongs to.
    pub(crate) fn title_of(&self, path: &str) -> Option<&'static str> {
        let (platform, _) = path.split_once('/')?;
        self.analysis.emitters.iter().find(|it| it.platform == platform).map(|it| it.title)
    }
}

/// Tells plans what an earlier build made and they do not.
pub(crate) fn take_over(analysis: &Analysis<'_>, plans: &mut [Option<Plan>], changes: &Changes) {
    for (it, plan) in analysis.emitters.iter().zip(plans) {
        if let Some(plan) = plan {
            plan.removed = changes.of(it.platform).removed;
        }
    }
}

/// The manifest of a build without its outputs.
pub(crate) fn manifest(
    loaded: &Loaded,
    environment: &str,
    analysis: &Analysis<'_>,
    plans: &[Option<Plan>],
    findings: &[Finding],
) -> Manifest {
    Manifest {
        format_version: manifest::FORMAT_VERSION,
        tool: Tool::ztam(VERSION),
        project: loaded.name().to_owned(),
        environment: environment.to_owned(),
        as_of: analysis.access.as_of.to_string(),
        right_until: right_until(&analysis.access, plans, findings).map(|date| date.to_string()),
        previous: None,
        bytes: 0,
        inputs: loaded.inputs.clone(),
        outputs: Vec::new(),
    }
}
