//! What `ztam verify` found: whether a package is untouched, from this matrix, and right today. For machines and people.

use std::fmt::Write as _;

use schemars::JsonSchema;
use serde::Serialize;
use ztam_source::confusable::neutralise;

use crate::json::Tool;
use crate::manifest::Manifest;

/// The version of this format.
pub const FORMAT_VERSION: u32 = 1;
/// Most differences that people are shown.
const SHOWN: usize = 20;

/// What was found.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(title = "ztam verification")]
pub struct Verification {
    /// Version of this format: 1.
    pub format_version: u32,
    /// What verified.
    pub tool: Tool,
    /// Whether the package is untouched, from this matrix as far as one was compared, and right on the day.
    pub right: bool,
    /// The day it was judged for, `YYYY-MM-DD`.
    pub day: String,
    /// What was built; absent where no build was ever completed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub package: Option<Package>,
    /// The files against the manifest: `intact`, `modified`, or `interrupted` where a build was cut off while it put files
    /// in place.
    pub files: &'static str,
    /// The package against the matrix: `same`, `different`, or `not-compared`.
    pub matrix: &'static str,
    /// A later build was cut off before it changed anything.
    pub later_build_cut_off: bool,
    /// Everything that keeps the package from being right, sorted.
    pub differences: Vec<Difference>,
}

/// What a manifest says about a package.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Package {
    /// The project's short name.
    pub project: String,
    /// The environment.
    pub environment: String,
    /// First day it is right on.
    pub as_of: String,
    /// Last day it is right on; absent where nothing ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub right_until: Option<String>,
    /// The version of the program that wrote it.
    pub written_by: String,
    /// How many files were written.
    pub files: usize,
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Difference {
    /// What kind.
    pub kind: DifferenceKind,
    /// The file, environment or project that it is about.
    pub subject: String,
    /// The difference as one sentence.
    pub sentence: String,
}

/// What can differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DifferenceKind {
    /// No build was completed.
    Interrupted,
    /// A written file has other bytes.
    FileChanged,
    /// A written file is gone.
    FileMissing,
    /// A file that no build wrote lies in a folder of the package.
    FileExtra,
    /// The package is of another project.
    OtherProject,
    /// A source file has other bytes than the package was made from.
    InputChanged,
    /// A source file that the package was made from is gone.
    InputMissing,
    /// A source file came later.
    InputNew,
    /// The matrix has no such environment any more.
    NoEnvironment,
    /// Nothing can be built from the matrix now.
    DoesNotBuild,
    /// The matrix gives a file other bytes.
    OutputDiffers,
    /// The matrix gives a file that is not in the package.
    OutputMissing,
    /// The matrix does not give a file that is in the package.
    OutputExtra,
    /// The package is for a later day.
    NotYetRight,
    /// Something in it has ended.
    NotRightAnyMore,
}

impl Difference {
    /// A difference of a kind.
    #[must_use]
    pub fn new(kind: DifferenceKind, subject: &str) -> Self {
        use DifferenceKind as Kind;
        let sentence = match kind {
            Kind::Interrupted => {
                format!(
                    "a build was cut off while it put files into {subject}, and no earlier one was completed"
                )
            }
            Kind::FileChanged => format!("{subject} was changed after it was written"),
            Kind::FileMissing => format!("{subject} is missing"),
            Kind::FileExtra => format!("{subject} was not written by a build"),
            Kind::OtherProject => format!("the package is of another project than `{subject}`"),
            Kind::InputChanged => format!("{subject} is not the source that the package was made from"),
            Kind::InputMissing => format!("{subject} was a source of the package and is not in the project"),
            Kind::InputNew => format!("{subject} is in the project and was no source of the package"),
            Kind::NoEnvironment => format!("the project has no environment `{subject}`"),
            Kind::DoesNotBuild => format!("the project cannot be built for {subject}; `ztam check` says why"),
            Kind::OutputDiffers => format!("the matrix gives {subject} other bytes"),
            Kind::OutputMissing => format!("the matrix gives {subject}, which the package lacks"),
            Kind::OutputExtra => format!("the matrix does not give {subject}"),
            Kind::NotYetRight => format!("the package is right from {subject} on"),
            Kind::NotRightAnyMore => {
                format!("the package was right until {subject}: something in it has ended or begun since")
            }
        };
        Self { kind, subject: subject.to_owned(), sentence }
    }
}

impl Package {
    /// What a manifest says.
    #[must_use]
    pub fn of(manifest: &Manifest) -> Self {
        Self {
            project: manifest.project.clone(),
            environment: manifest.environment.clone(),
            as_of: manifest.as_of.clone(),
            right_until: manifest.right_until.clone(),
            written_by: manifest.tool.version.clone(),
            files: manifest.outputs.len(),
        }
    }
}

impl Verification {
    /// The text of the document, with a final line feed.
    #[must_use]
    pub fn to_text(&self) -> String {
        crate::json::text(self)
    }

    /// The same for people; `folder` is the package's, as they wrote it.
    #[must_use]
    pub fn to_human(&self, folder: &str) -> String {
        let mut out = String::new();
        if let Some(package) = &self.package {
            let _ = writeln!(out, "{} for {} in {folder}", package.project, package.environment);
        } else {
            let _ = writeln!(out, "{folder}");
        }
        let files = match self.files {
            "intact" => "as they were written",
            "modified" => "changed after they were written",
            _ => "partly of one build and partly of another: one was cut off; build again to complete it",
        };
        let matrix = match self.matrix {
            "same" => "these sources give these bytes",
            "different" => "these sources are not what the package was made from, or give other bytes",
            _ => "not compared",
        };
        let _ = writeln!(out, "  files   {files}\n  matrix  {matrix}");
        if let Some(package) = &self.package {
            let until = match &package.right_until {
                Some(until) => format!("until {until}"),
                None => "on; nothing in it has an end".to_owned(),
            };
            let _ = writeln!(out, "  right   from {} {until}", package.as_of);
        }
        if self.later_build_cut_off {
            out.push_str("  note    a later build was cut off before it changed anything; build again\n");
        }
        for difference in self.differences.iter().take(SHOWN) {
            let _ = writeln!(out, "- {}", neutralise(&difference.sentence));
        }
        if let Some(more) = self.differences.len().checked_sub(SHOWN).filter(|more| *more > 0) {
            let _ = writeln!(out, "- and {more} more; `--output json` lists all");
        }
        out.push_str(if self.right {
            "the package is right\n"
        } else {
            "the package is not what it should be\n"
        });
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verification(differences: Vec<Difference>) -> Verification {
        let package = Package {
            project: "acme-crm".into(),
            environment: "prod".into(),
            as_of: "2026-11-22".into(),
            right_until: Some("2026-12-15".into()),
            written_by: "0.0.0".into(),
            files: 30,
        };
        Verification {
            format_version: FORMAT_VERSION,
            tool: Tool::ztam("0.0.0"),
            right: differences.is_empty(),
            day: "2026-11-23".into(),
            package: Some(package),
            files: if differences.is_empty() { "intact" } else { "modified" },
            matrix: "not-compared",
            later_build_cut_off: false,
            differences,
        }
    }

    #[test]
    fn people_see_the_first_differences_and_machines_all() {
        let changed = |n| Difference::new(DifferenceKind::FileChanged, &format!("a/{n:02}\u{202e}.xml"));
        let found = verification((0..25).map(changed).collect());
        let text = found.to_human("build");
        assert!(text.contains("- a/19") && !text.contains("a/20"), "{text}");
        assert!(text.contains("and 5 more") && !text.contains('\u{202e}'), "{text}");
        assert_eq!(found.to_text().matches("\"file-changed\"").count(), 25);
    }

    #[test]
    fn a_right_package_says_until_when() {
        let text = verification(Vec::new()).to_human("build");
        assert!(text.contains("right   from 2026-11-22 until 2026-12-15"), "{text}");
        assert!(text.ends_with("the package is right\n"), "{text}");
    }
}
