//! The solution of an environment: its settings, checked for what the platform refuses.

use ztam_backend::rules::SETTING;
use ztam_graph::ids::{EnvironmentId, Names};
use ztam_model::project::Text;
use ztam_source::finding::Finding;
use ztam_source::span::Span;

use crate::parts::{EnvironmentPart, PackageKind, SupportingWord};

/// What the files of a solution say about it.
#[derive(Clone, Debug)]
pub(crate) struct Solution {
    pub(crate) name: String,
    pub(crate) title: String,
    pub(crate) version: String,
    pub(crate) publisher: String,
    pub(crate) publisher_title: String,
    pub(crate) prefix: String,
    pub(crate) option_prefix: u32,
    pub(crate) language: u32,
    pub(crate) package: PackageKind,
    /// Whether columns that must be secured are secured by the import.
    pub(crate) secures_columns: bool,
}

impl Solution {
    /// The solution that an environment asks for; what the platform would refuse is reported, and there is none then.
    pub(crate) fn new(
        names: &Names<'_>,
        environment: EnvironmentId,
        part: EnvironmentPart,
        findings: &mut Vec<Finding>,
    ) -> Option<Self> {
        let before = findings.len();
        let place = names.environments.get(environment);
        let version = part.version.as_ref().map_or("1.0.0.0", |it| it.value.as_str());
        check(&part, findings);
        let title = match &part.title {
            Some(title) => title.value.clone(),
            None => names
                .project
                .items
                .title
                .as_ref()
                .map_or_else(|| part.solution.value.clone(), |it| it.value.clone()),
        };
        let solution = Self {
            title: one_line(&title),
            version: version.to_owned(),
            publisher_title: one_line(&part.publisher_title.as_ref().unwrap_or(&part.publisher).value),
            name: part.solution.value,
            publisher: part.publisher.value,
            prefix: part.prefix.value,
            option_prefix: part.option_prefix.map_or(10_000, |it| it.value),
            language: part.language.map_or(1033, |it| it.value),
            package: part.package.map_or_else(PackageKind::default, |it| it.value),
            secures_columns: part.supporting.iter().any(|it| it.value == SupportingWord::SecuredColumns),
        };
        for finding in findings.iter_mut().skip(before) {
            finding.facts.push(("environment", names.environments.name(environment).to_owned()));
            if let Some(title) = &place.title {
                finding.notes.push(format!("the environment is {}", title.value));
            }
        }
        (findings.len() == before).then_some(solution)
    }

    /// Name of the packed file.
    pub(crate) fn file_name(&self) -> String {
        format!("{}_{}.zip", self.name, self.version.replace('.', "_"))
    }

    /// What stands in the manifest: 1 for a managed solution.
    pub(crate) fn managed(&self) -> u8 {
        u8::from(self.package == PackageKind::Managed)
    }
}

/// Text for a place where line ends mean nothing.
pub(crate) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn check(part: &EnvironmentPart, findings: &mut Vec<Finding>) {
    let mut refuse = |span: Span, title: String, text: &'static str| {
        findings.push(Finding::new(&SETTING, title).at(span, text));
    };
    let unique = |name: &Text| is_unique_name(&name.value);
    if !unique(&part.solution) {
        let title = format!("Dataverse refuses a solution called `{}`", part.solution.value);
        refuse(
            part.solution.span,
            title,
            "letters, digits and underscores, at most 65, not starting with a digit",
        );
    }
    if !unique(&part.publisher) {
        let title = format!("Dataverse refuses a publisher called `{}`", part.publisher.value);
        refuse(
            part.publisher.span,
            title,
            "letters, digits and underscores, at most 65, not starting with a digit",
        );
    }
    if let Some(version) = part.version.as_ref().filter(|it| !is_version(&it.value)) {
        let title = format!("`{}` is not the version of a solution", version.value);
        refuse(version.span, title, "four numbers, such as `1.0.0.0`");
    }
    if !is_prefix(&part.prefix.value) {
        let title = format!("Dataverse refuses the prefix `{}`", part.prefix.value);
        refuse(
            part.prefix.span,
            title,
            "2 to 8 lower-case letters and digits, a letter first, not starting with `mscrm`",
        );
    }
    if let Some(option) = part.option_prefix.filter(|it| !(10_000..=99_999).contains(&it.value)) {
        refuse(
            option.span,
            format!("Dataverse refuses the choice prefix `{}`", option.value),
            "10000 to 99999",
        );
    }
    if let Some(language) = part.language.filter(|it| !(1025..=65_535).contains(&it.value)) {
        let title = format!("`{}` is not a language code", language.value);
        refuse(language.span, title, "a locale id, such as `1033` for English");
    }
}

fn is_unique_name(name: &str) -> bool {
    name.len() <= 65
        && name.starts_with(|it: char| it.is_ascii_alphabetic() || it == '_')
        && name.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'_')
}

fn is_version(version: &str) -> bool {
    let is_number =
        |part: &str| !part.is_empty() && part.len() <= 9 && part.bytes().all(|it| it.is_ascii_digit());
    version.split('.').count() == 4 && version.split('.').all(is_number)
}

fn is_prefix(prefix: &str) -> bool {
    (2..=8).contains(&prefix.len())
        && prefix.starts_with(|it: char| it.is_ascii_lowercase())
        && prefix.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit())
        && !prefix.starts_with("mscrm")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_those_that_the_platform_takes() {
        for good in ["AcmeAccess", "_a", "A1_2"] {
            assert!(is_unique_name(good), "{good}");
        }
        for bad in ["", "1a", "a b", "a.b", "é", &"a".repeat(66)] {
            assert!(!is_unique_name(bad), "{bad}");
        }
        for good in ["1.0.0.0", "0.0.0.1", "2026.11.22.1"] {
            assert!(is_version(good), "{good}");
        }
        for bad in ["1.0.0", "1.0.0.0.0", "1.0.0.x", "1..0.0", "", "1.0.0.1234567890", "1.0.0.-1"] {
            assert!(!is_version(bad), "{bad}");
        }
        for good in ["ac", "acme", "acme1234"] {
            assert!(is_prefix(good), "{good}");
        }
        for bad in ["a", "acme12345", "Acme", "1cme", "mscrmx", "a-b", "a_b"] {
            assert!(!is_prefix(bad), "{bad}");
        }
    }
}
