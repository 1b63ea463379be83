//! `ztam-manifest.json`: what a build was made of and what it wrote, each file with its hash. The next build reads it to
//! know which files are its own.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::json::Tool;

/// The version of this format.
pub const FORMAT_VERSION: u32 = 1;
/// The file's name in the output folder.
pub const FILE_NAME: &str = "ztam-manifest.json";

/// What was built from what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(title = "ztam manifest")]
pub struct Manifest {
    /// Version of this format: 1.
    pub format_version: u32,
    /// What wrote it.
    pub tool: Tool,
    /// The project's short name.
    pub project: String,
    /// The environment the package is for.
    pub environment: String,
    /// The day the access is computed for, `YYYY-MM-DD`.
    pub as_of: String,
    /// Last day on which the same sources give the same access: after it a waiver, a temporary grant, evidence or an
    /// assignment ends, or one begins. Absent where nothing has an end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub right_until: Option<String>,
    /// The earlier build that this one was compared with, to say what has to go. Absent where there was none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous: Option<Previous>,
    /// Bytes of all outputs.
    pub bytes: u64,
    /// Source files, sorted by path.
    pub inputs: Vec<FileRecord>,
    /// Written files, sorted by path; this file itself is not among them.
    pub outputs: Vec<FileRecord>,
}

/// An earlier build.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Previous {
    /// The day it was computed for, `YYYY-MM-DD`.
    pub as_of: String,
    /// SHA-256 of its manifest, in hexadecimal.
    pub sha256: String,
}

/// One file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct FileRecord {
    /// Path below the project or the output folder, with `/`.
    pub path: String,
    /// Size in bytes.
    pub bytes: u64,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
}

impl Manifest {
    /// The text of the document, with a final line feed.
    #[must_use]
    pub fn to_text(&self) -> String {
        crate::json::text(self)
    }

    /// Reads a manifest of this version of the format.
    ///
    /// # Errors
    /// What is wrong with the text, as a half sentence.
    pub fn read(text: &str) -> Result<Self, String> {
        let manifest: Self = serde_json::from_str(text).map_err(|error| error.to_string())?;
        if manifest.format_version == FORMAT_VERSION {
            Ok(manifest)
        } else {
            Err(format!(
                "its format version is {}, and this release reads {FORMAT_VERSION}",
                manifest.format_version
            ))
        }
    }

    /// The record of an output.
    #[must_use]
    pub fn output(&self, path: &str) -> Option<&FileRecord> {
        self.outputs
            .binary_search_by(|record| record.path.as_str().cmp(path))
            .ok()
            .and_then(|at| self.outputs.get(at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest() -> Manifest {
        let record = |path: &str| FileRecord { path: path.into(), bytes: 3, sha256: "00".repeat(32) };
        Manifest {
            format_version: FORMAT_VERSION,
            tool: Tool::ztam("0.0.0"),
            project: "acme-crm".into(),
            environment: "prod".into(),
            as_of: "2026-11-22".into(),
            right_until: None,
            previous: None,
            bytes: 6,
            inputs: vec![record("ztam.yaml")],
            outputs: vec![record("a.xml"), record("b.xml")],
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        let manifest = manifest();
        assert_eq!(Manifest::read(&manifest.to_text()), Ok(manifest.clone()));
        assert_eq!(manifest.output("b.xml"), manifest.outputs.last());
        assert_eq!(manifest.output("c.xml"), None);
    }

    #[test]
    fn another_version_is_refused() {
        let text = Manifest { format_version: 2, ..manifest() }.to_text();
        assert_eq!(Manifest::read(&text), Err("its format version is 2, and this release reads 1".into()));
        assert!(Manifest::read("{}").is_err());
    }
}
