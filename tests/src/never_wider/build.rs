//! Runs the product over a project in memory, and keeps nothing of it but bytes and words.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use ztam::session::{BACKENDS, EmitterOf, Loaded, Session, prevents_graph};
use ztam_backend::artifact::{Artifact, Body};
use ztam_backend::plan::Plan;
use ztam_graph::access::Access;
use ztam_graph::ids::Names;
use ztam_model::inventory;
use ztam_model::lower::{assemble, read_file};
use ztam_model::shape::ShapeCheck;
use ztam_source::file::{SourceFile, SourceMap};

use crate::naive;
use crate::platform_model::{Container, Emission, Files};
use crate::project::{blocks, date};

use super::cells::Fidelity;

/// The product, made once.
pub(super) struct Product {
    session: Session,
    shape: ShapeCheck,
}

/// What the product says about one project in one environment.
#[derive(Debug, Default)]
pub(super) struct Built {
    pub(super) emission: Emission,
    pub(super) less: Vec<Less>,
    /// How the product says each cell comes through, by platform.
    pub(super) fidelity: BTreeMap<&'static str, Fidelity>,
    /// Ids and titles of the findings that fail the build.
    pub(super) blocking: Vec<(String, String)>,
}

/// Cells that are said to be granted less.
#[derive(Debug)]
pub(super) struct Less {
    pub(super) platform: &'static str,
    pub(super) reason: &'static str,
    pub(super) subject: String,
    pub(super) roles: naive::Names,
    pub(super) actions: naive::Names,
}

impl Product {
    pub(super) fn new() -> Self {
        let shape = ShapeCheck::new(BACKENDS.iter().map(|backend| backend.schema()).collect());
        Self { session: Session::new(), shape }
    }

    fn load(&self, files: &[(String, String)]) -> Loaded {
        let platforms: Vec<_> = BACKENDS.iter().map(|backend| backend.platform()).collect();
        let mut sources = SourceMap::default();
        let (mut items, mut inventories) = (Vec::new(), Vec::new());
        for (path, text) in files {
            let id = sources.add(SourceFile::new(path.as_str(), text.as_str()));
            if path.ends_with(".yaml") {
                items.push(Arc::new(read_file(id, text, &platforms, &self.shape)));
            } else if path.ends_with(".json") {
                inventories.push(inventory::read(text).unwrap());
            }
        }
        let mut findings: Vec<_> = items.iter().flat_map(|it| it.findings.iter().cloned()).collect();
        let (mut project, assembled) = assemble(items);
        findings.extend(assembled);
        for it in inventories {
            project.inventory.platforms.insert(it.platform.clone(), it);
        }
        Loaded { root: PathBuf::new(), sources, project, findings, inputs: Vec::new() }
    }

    /// Builds a package for both platforms whatever the rules say. The rules' word is kept.
    pub(super) fn build(&self, files: &[(String, String)], environment: &str, as_of: &str) -> Built {
        let loaded = self.load(files);
        let compiled = self.session.compile(&loaded);
        let prevented: Vec<_> = compiled.iter().filter(|it| prevents_graph(it)).map(|it| &it.title).collect();
        assert!(prevented.is_empty(), "{prevented:?}\n{files:#?}");
        let environment = Names::new(&loaded.project).environments.find(environment);
        let analysis = self.session.analyze(&loaded, &compiled, environment, date(as_of));
        let mut built = Built::default();
        let mut findings = analysis.findings;
        for it in &analysis.emitters {
            let plan = it.emitter.plan(&analysis.access);
            let files = render(it, &analysis.access, &plan);
            built.emission.containers.extend(containers(&analysis.access, &plan));
            built.less.extend(plan.less.iter().map(Less::of));
            built.fidelity.insert(it.platform, Fidelity::of(it, &analysis.access, &plan));
            findings.extend(plan.findings);
            let place = if it.platform == "salesforce" {
                &mut built.emission.salesforce
            } else {
                &mut built.emission.dataverse
            };
            *place = files;
        }
        built.blocking = findings
            .iter()
            .filter(|it| blocks(it))
            .map(|it| (it.id().to_string(), it.title.clone()))
            .collect();
        built
    }
}

impl Less {
    fn of(less: &ztam_backend::fidelity::Less) -> Self {
        Self {
            platform: less.platform,
            reason: less.reason,
            subject: less.subject.clone(),
            roles: less.roles.iter().cloned().collect(),
            actions: less.actions.iter().map(|it| it.as_str().to_owned()).collect(),
        }
    }
}

/// The package's files by path, entries of zips below `packed/`.
fn render(emitter: &EmitterOf<'_>, access: &Access<'_>, plan: &Plan) -> Files {
    let mut files = Files::new();
    let mut add = |prefix: &str, artifact: &Artifact<'_>| {
        let text = String::from_utf8(artifact.bytes().unwrap()).unwrap();
        files.insert(format!("{prefix}{}", artifact.path), text);
    };
    for artifact in emitter.emitter.artifacts(access, plan) {
        match &artifact.body {
            Body::Stream(_) => add("", &artifact),
            Body::Zip(entries) => entries.iter().for_each(|entry| add("packed/", entry)),
        }
    }
    files
}

/// For whom each container is meant.
fn containers(access: &Access<'_>, plan: &Plan) -> Vec<Container> {
    let container = |it: &ztam_backend::plan::Container| {
        let layers = || it.layers.iter().map(|layer| access.layers[*layer]);
        let conditions = layers().flat_map(|layer| access.condition_names(layer.conditions));
        let temporaries = layers().filter_map(|layer| layer.temporary);
        Container {
            kind: it.kind,
            name: it.name.clone(),
            role: access.names.roles.name(it.role).to_owned(),
            conditions: conditions.map(str::to_owned).collect(),
            temporaries: temporaries.map(|id| access.names.temporaries.name(id).to_owned()).collect(),
            is_for_teams: it.holder == "team",
        }
    };
    plan.containers.iter().map(container).collect()
}
