//! `fidelity.json`: where the package grants less than the matrix says, in groups. It never grants more.

use schemars::JsonSchema;
use serde::Serialize;
use ztam_backend::fidelity::Less;
use ztam_model::words::Action;

/// The version of this format.
pub const FORMAT_VERSION: u32 = 1;

/// How near a build comes to the matrix.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(title = "ztam fidelity")]
pub struct Fidelity {
    /// Version of this format: 1.
    pub format_version: u32,
    /// Groups of cells that grant less, by platform, reason and subject.
    pub less: Vec<JsonLess>,
}

/// A group of cells that grant less.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct JsonLess {
    /// The platform's key.
    pub platform: &'static str,
    /// Why.
    pub reason: &'static str,
    /// The asset or field.
    pub subject: String,
    /// The roles.
    pub roles: Vec<String>,
    /// What they lack.
    pub actions: Vec<&'static str>,
    /// How many fields or cells the group stands for.
    pub count: usize,
    /// The sentence for people.
    pub sentence: String,
}

impl Fidelity {
    /// The document of one build; sorted.
    #[must_use]
    pub fn new(less: &[&Less]) -> Self {
        let mut sorted = less.to_vec();
        sorted.sort_unstable();
        let less = sorted.into_iter().map(|less| JsonLess {
            platform: less.platform,
            reason: less.reason,
            subject: less.subject.clone(),
            roles: less.roles.clone(),
            actions: less.actions.iter().map(|action| Action::as_str(*action)).collect(),
            count: less.count,
            sentence: less.sentence.clone(),
        });
        Self { format_version: FORMAT_VERSION, less: less.collect() }
    }

    /// The text of the document, with a final line feed.
    #[must_use]
    pub fn to_text(&self) -> String {
        crate::json::text(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_sorted() {
        let less = |subject: &str| Less {
            platform: "dataverse",
            reason: "unlisted-fields",
            subject: subject.into(),
            roles: vec!["sales-rep".into()],
            actions: vec![Action::Read],
            count: 2,
            sentence: "two fields stay closed".into(),
        };
        let document = Fidelity::new(&[&less("b"), &less("a")]);
        let subjects: Vec<_> = document.less.iter().map(|it| it.subject.as_str()).collect();
        assert_eq!(subjects, ["a", "b"]);
        assert!(document.to_text().contains("\"actions\": [\n        \"read\"\n      ]"));
    }
}
