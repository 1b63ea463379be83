//! What `ztam plan` found: how what is live differs from what the matrix gives, role by role, and how much that matters. For
//! machines and people.

mod draw;

use schemars::JsonSchema;
use serde::Serialize;
use ztam_backend::compare::{self, Step};

use crate::json::Tool;
use crate::verification::Package;

/// The version of this format.
pub const FORMAT_VERSION: u32 = 1;

/// The document of one comparison.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(title = "ztam plan")]
pub struct Plan {
    /// Version of this format: 1.
    pub format_version: u32,
    /// What compared.
    pub tool: Tool,
    /// The project's short name.
    pub project: String,
    /// The environment.
    pub environment: String,
    /// The day the matrix was judged for, `YYYY-MM-DD`.
    pub as_of: String,
    /// Where what is live was read from, as it was given.
    pub against: Vec<String>,
    /// The earlier build that tells change and drift apart; absent where none was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub built: Option<Package>,
    /// The worst that was found.
    pub level: PlanLevel,
    /// The platforms that the environment wants.
    pub platforms: Vec<ComparedPlatform>,
    /// Every container that differs, sorted by platform, role, kind and name.
    pub containers: Vec<ContainerPlan>,
    /// What is live and not of this matrix, sorted. It is left alone.
    pub elsewhere: Vec<Elsewhere>,
    /// What no comparison of files can say, or what nothing says that was given; sorted.
    pub not_compared: Vec<NotCompared>,
    /// Files of the earlier build that were changed or removed since, and that no container is read from; sorted.
    pub files_changed: Vec<String>,
}

/// How much differs. The later, the worse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PlanLevel {
    /// Nothing.
    Same,
    /// Only what the matrix changes since the earlier build, and nothing of that narrows.
    Change,
    /// Something, and without an earlier build nobody can say why.
    Different,
    /// What is live is no longer what the earlier build made.
    Drift,
    /// What is live lets more through than the matrix, for whatever reason.
    Wider,
}

/// One platform.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ComparedPlatform {
    /// The platform's key.
    pub platform: String,
    /// Its title.
    pub title: String,
    /// Whether something of it was among what is live. What was not given is not compared.
    pub compared: bool,
    /// How many containers the matrix gives.
    pub containers: usize,
    /// How many objects the package sets something of besides: sharing defaults, secured columns.
    pub settings: usize,
}

/// One container that differs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct ContainerPlan {
    /// The platform's key.
    pub platform: String,
    /// The role of the matrix that it is for; absent for what stands beside the roles or is not in the matrix any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// What it is: `PermissionSet`, `Role` ...
    pub kind: String,
    /// Its name in the matrix; for one that goes, its name live.
    pub name: String,
    /// Its id, where it has one that travels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What a deployment does with it.
    pub verdict: Verdict,
    /// Why.
    pub origin: Origin,
    /// Whether it lets more through live than the matrix says.
    pub wider: bool,
    /// Elements of it that ztam does not know; they may grant something.
    pub unknown: Vec<String>,
    /// Every difference.
    pub differences: Vec<PlanDifference>,
}

/// What a deployment does with a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It is not live and comes.
    Add,
    /// It is live and becomes another.
    Change,
    /// It is live, a build of ours made it, and the matrix does not have it. Packages delete nothing: see
    /// `ztam build --previous`.
    Remove,
}

/// Why the matrix and what is live differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// The matrix is no longer what the earlier build made.
    Change,
    /// There is no earlier build to ask.
    NotKnown,
    /// What is live is no longer what the earlier build made.
    Drift,
    /// Both have moved.
    Both,
}

/// One difference, seen from a deployment of the matrix.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct PlanDifference {
    /// What it is about, in words: `object Account`, `privilege prvReadAccount`, `licence`.
    pub subject: String,
    /// `gains` or `loses` a right, or `becomes` another.
    pub effect: &'static str,
    /// The rights that are gained or lost, in words; empty where something becomes another.
    pub rights: Vec<String>,
    /// What is live, where something becomes another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub live: Option<String>,
    /// What the matrix says, where something becomes another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub matrix: Option<String>,
    /// The kind of the row in the platform's word; absent for what is no row.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub row_kind: Option<String>,
    /// The key of the row; absent for what is no row.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub row_key: Option<String>,
    /// Why there is a difference.
    pub origin: Origin,
    /// Whether what is live lets more through than the matrix.
    pub wider: bool,
    /// The difference as one sentence.
    pub sentence: String,
}

/// Something that a build says and that was held against nothing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct NotCompared {
    /// The platform's key.
    pub platform: String,
    /// What: `assignments`, `sharing default of Account`, `column estimatedvalue of opportunity`.
    pub what: String,
    /// Why.
    pub reason: NotComparedReason,
}

/// Why something was not compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum NotComparedReason {
    /// No package says it: only the platform itself can be asked.
    InNoPackage,
    /// No file that was given says it, or two say different things.
    NotGiven,
}

/// A container that is live and not of this matrix.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Elsewhere {
    /// The platform's key.
    pub platform: String,
    /// What it is.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Its id, where it has one that travels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// How many rows that grant something it has.
    pub rows: usize,
    /// Elements of it that ztam does not know.
    pub unknown: Vec<String>,
}

impl From<compare::Origin> for Origin {
    fn from(origin: compare::Origin) -> Self {
        match origin {
            compare::Origin::Drift => Self::Drift,
            compare::Origin::Change => Self::Change,
            compare::Origin::Both => Self::Both,
            compare::Origin::NotKnown => Self::NotKnown,
        }
    }
}

impl Origin {
    fn level(self) -> PlanLevel {
        match self {
            Self::Change => PlanLevel::Change,
            Self::NotKnown => PlanLevel::Different,
            Self::Drift | Self::Both => PlanLevel::Drift,
        }
    }
}

impl PlanDifference {
    /// A difference for a document.
    #[must_use]
    pub fn new(found: compare::Difference) -> Self {
        let compare::Difference { subject, row, step, origin, is_wider } = found;
        let quoted = |text: &str| if text.is_empty() { "nothing".to_owned() } else { format!("\"{text}\"") };
        let (effect, rights, live, matrix, sentence) = match step {
            Step::Gains(rights) => {
                let sentence = format!("gains {subject}: {}", rights.join(", "));
                ("gains", rights, None, None, sentence)
            }
            Step::Loses(rights) => {
                let sentence = format!("loses {subject}: {}", rights.join(", "));
                ("loses", rights, None, None, sentence)
            }
            Step::Becomes { live, matrix } => {
                let sentence =
                    format!("{subject}: {} live, {} in the matrix", quoted(&live), quoted(&matrix));
                ("becomes", Vec::new(), Some(live), Some(matrix), sentence)
            }
        };
        let (row_kind, row_key) = row.map(|(kind, key)| (kind.to_owned(), key)).unzip();
        let origin = origin.into();
        Self { subject, effect, rights, live, matrix, row_kind, row_key, origin, wider: is_wider, sentence }
    }

    fn level(&self) -> PlanLevel {
        if self.wider { PlanLevel::Wider } else { self.origin.level() }
    }
}

impl ContainerPlan {
    /// The worst of it.
    #[must_use]
    pub fn level(&self) -> PlanLevel {
        let own = match (self.verdict, self.unknown.is_empty()) {
            (Verdict::Add | Verdict::Remove, _) | (_, false) => self.origin.level(),
            (Verdict::Change, true) => PlanLevel::Same,
        };
        let own = if self.wider { PlanLevel::Wider } else { own };
        self.differences.iter().map(PlanDifference::level).fold(own, PlanLevel::max)
    }
}

impl Plan {
    /// The document with its parts in order, and the worst level of them.
    #[must_use]
    pub fn settled(mut self) -> Self {
        self.containers.sort();
        self.elsewhere.sort();
        self.not_compared.sort();
        self.files_changed.sort();
        let files = if self.files_changed.is_empty() { PlanLevel::Same } else { PlanLevel::Drift };
        self.level = self.containers.iter().map(ContainerPlan::level).fold(files, PlanLevel::max);
        self
    }

    /// The text of the document, with a final line feed.
    #[must_use]
    pub fn to_text(&self) -> String {
        crate::json::text(self)
    }
}
