//! What must hold outside the package: `obligations.json` for machines, `obligations.md` for the people who see to it.

use std::fmt::Write as _;

use schemars::JsonSchema;
use serde::Serialize;
use ztam_backend::fidelity::{Obligation, unverified_anchor};
use ztam_source::confusable::neutralise;

/// The version of this format.
pub const FORMAT_VERSION: u32 = 1;

/// The obligations of one build.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(title = "ztam obligations")]
pub struct Obligations {
    /// Version of this format: 1.
    pub format_version: u32,
    /// The project's short name.
    pub project: String,
    /// The environment.
    pub environment: String,
    /// The day they are computed for.
    pub as_of: String,
    /// The obligations, by platform, kind and subject.
    pub obligations: Vec<JsonObligation>,
}

/// One fact that must hold.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct JsonObligation {
    /// The platform's key.
    pub platform: &'static str,
    /// What kind it is.
    pub kind: &'static str,
    /// The object, table, profile or assignment.
    pub subject: String,
    /// Roles whose access depends on it.
    pub audience: Vec<String>,
    /// The action it bounds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action: Option<&'static str>,
    /// The rows it bounds them to: these and no more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<&'static str>,
    /// The obligation as one sentence.
    pub sentence: String,
    /// What would break it.
    pub broken_by: Vec<&'static str>,
    /// `holds`, `broken`, or `unseen` where no inventory says.
    pub state: &'static str,
    /// The section of `docs/unverified.md` on a fact that it rests on and that nobody could prove offline.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unverified: Option<&'static str>,
}

impl Obligations {
    /// The document of one build; sorted.
    #[must_use]
    pub fn new(project: &str, environment: &str, as_of: &str, obligations: &[&Obligation]) -> Self {
        let mut sorted = obligations.to_vec();
        sorted.sort_unstable();
        sorted.dedup();
        Self {
            format_version: FORMAT_VERSION,
            project: project.to_owned(),
            environment: environment.to_owned(),
            as_of: as_of.to_owned(),
            obligations: sorted.into_iter().map(JsonObligation::new).collect(),
        }
    }

    /// The text of the document, with a final line feed.
    #[must_use]
    pub fn to_text(&self) -> String {
        crate::json::text(self)
    }

    /// The same as a Markdown checklist, one section a platform and kind.
    #[must_use]
    pub fn to_markdown(&self) -> String {
        let mut out = format!(
            "# What must hold outside the package\n\n{} for {}, as of {}. The package grants what the matrix says only while \
             all of this is true.\n",
            escape(&self.project),
            escape(&self.environment),
            self.as_of
        );
        if self.obligations.is_empty() {
            out.push_str("\nNothing: the package stands for itself.\n");
        }
        let mut section = None;
        for obligation in &self.obligations {
            let here = (obligation.platform, obligation.kind);
            if section != Some(here) {
                let _ = write!(out, "\n## {}: {}\n\n", title(here.0), escape(&here.1.replace('-', " ")));
                section = Some(here);
            }
            obligation.write_item(&mut out);
        }
        out
    }
}

impl JsonObligation {
    fn new(obligation: &Obligation) -> Self {
        Self {
            platform: obligation.platform,
            kind: obligation.kind,
            subject: obligation.subject.clone(),
            audience: obligation.audience.clone(),
            action: obligation.action.map(ztam_model::words::Action::as_str),
            scope: obligation.scope.map(ztam_model::words::Scope::as_str),
            sentence: obligation.sentence.clone(),
            broken_by: obligation.broken_by.clone(),
            state: match obligation.settled {
                Some(true) => "holds",
                Some(false) => "broken",
                None => "unseen",
            },
            unverified: unverified_anchor(obligation.platform, obligation.kind),
        }
    }

    fn write_item(&self, out: &mut String) {
        let mark = if self.state == "holds" { 'x' } else { ' ' };
        let _ = write!(out, "- [{mark}] ");
        if !self.sentence.contains(&self.subject) {
            let _ = write!(out, "**{}**: ", escape(&self.subject));
        }
        out.push_str(&escape(&self.sentence));
        if self.state == "broken" {
            out.push_str(" (**does not hold now**)");
        }
        if !self.audience.is_empty() {
            let _ = write!(out, " — for {}", escape(&self.audience.join(", ")));
        }
        if !self.broken_by.is_empty() {
            let _ = write!(out, "; broken by {}", escape(&self.broken_by.join(", ")));
        }
        if let Some(section) = self.unverified {
            let _ = write!(out, "; not verified, see `docs/unverified.md#{section}`");
        }
        out.push('\n');
    }
}

/// A platform's key as a heading names it: the keys are the names, in lower case.
fn title(platform: &str) -> String {
    let mut characters = platform.chars();
    let first = characters.next().map(|it| it.to_ascii_uppercase());
    escape(&first.into_iter().chain(characters).collect::<String>())
}

/// Text of a matrix as text of Markdown: nothing in it makes a link, a heading, HTML or a second line. A name in backticks
/// stays code where it is made of letters, digits and the signs of names, which mean nothing in code.
#[must_use]
pub fn escape(text: &str) -> String {
    let line = text.replace(['\n', '\r', '\t'], " ");
    let line = neutralise(&line);
    let mut out = String::with_capacity(line.len());
    let mut rest = line.as_ref();
    while let Some((before, code, after)) = next_code(rest) {
        escape_prose(before, &mut out);
        let _ = write!(out, "`{code}`");
        rest = after;
    }
    escape_prose(rest, &mut out);
    out
}

/// The first piece in backticks that may stay code, with what stands before and behind it. From a backtick that begins no
/// such piece on, nothing is code: it could be half of a pair.
fn next_code(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once('`')?;
    let (code, after) = rest.split_once('`')?;
    let plain = |it: char| it.is_alphanumeric() || matches!(it, '-' | '_' | '.' | ',' | ' ');
    let whole = !code.trim().is_empty() && !after.starts_with('`');
    (whole && code.chars().all(plain)).then_some((before, code, after))
}

fn escape_prose(text: &str, out: &mut String) {
    let mut characters = text.chars().peekable();
    let start = out.len();
    while let Some(character) = characters.next() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '#' | '|' | '~' | '!' => {
                out.push('\\');
                out.push(character);
            }
            // A bare address would become a link.
            ':' if characters.peek().is_some_and(|next| *next != ' ') => out.push_str("&#58;"),
            '@' => out.push_str("&#64;"),
            _ => out.push(character),
        }
    }
    // Words that would become links without a scheme.
    let prose = out.split_off(start);
    out.push_str(&unlinked(&prose));
}

fn unlinked(prose: &str) -> String {
    let mut out = String::with_capacity(prose.len());
    for (position, piece) in prose.split('.').enumerate() {
        if position > 0 {
            let behind_www = out.len().checked_sub(3).and_then(|at| out.get(at..));
            let link = behind_www.is_some_and(|word| word.eq_ignore_ascii_case("www"));
            out.push_str(if link { "&#46;" } else { "." });
        }
        out.push_str(piece);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use ztam_model::words::{Action, Scope};

    fn obligation(subject: &str, settled: Option<bool>) -> Obligation {
        Obligation {
            platform: "salesforce",
            kind: "row-sharing",
            subject: subject.to_owned(),
            audience: vec!["sales-rep".into()],
            action: Some(Action::Read),
            scope: Some(Scope::Team),
            sentence: format!("{subject} rows reach the team and nobody else"),
            broken_by: vec!["hierarchy access"],
            settled,
        }
    }

    #[test]
    fn documents_are_sorted() {
        let (b, a) = (obligation("Opportunity", None), obligation("Account", Some(false)));
        let document = Obligations::new("acme-crm", "prod", "2026-11-22", &[&b, &a, &b]);
        insta::assert_snapshot!(document.to_text() + "\n" + &document.to_markdown());
    }

    #[test]
    fn names_in_backticks_stay_code_and_nothing_else_does() {
        assert_eq!(escape("rows of `acme_payment`: all"), "rows of `acme_payment`: all");
        assert_eq!(escape("`a.b` and `Rep - mfa, session`"), "`a.b` and `Rep - mfa, session`");
        assert_eq!(escape("`a` ` `b_`"), r"`a` \` \`b\_\`");
        assert_eq!(escape("`<b>` x:y a: b"), r"\`&lt;b&gt;\` x&#58;y a: b");
        assert_eq!(escape("``x``"), r"\`\`x\`\`");
        assert_eq!(escape("WWW.evil.example"), "WWW&#46;evil.example");
    }

    #[test]
    fn what_rests_on_an_unverified_fact_says_so() {
        let unit =
            Obligation { platform: "dataverse", kind: "held-in-unit", ..obligation("business unit", None) };
        let document = Obligations::new("a", "b", "2026-11-22", &[&unit]);
        assert!(document.to_text().contains("\"unverified\": \"unit-of-imported-roles\""));
        assert!(
            document
                .to_markdown()
                .contains("; not verified, see `docs/unverified.md#unit-of-imported-roles`\n")
        );
    }

    #[test]
    fn markdown_cannot_be_smuggled_in() {
        let hostile = obligation("[x](http://evil) <img>\n# h \u{202e} www.evil.example a@b", Some(true));
        let text = Obligations::new("a", "b", "2026-11-22", &[&hostile]).to_markdown();
        let line = text.lines().find(|line| line.starts_with("- [x]")).unwrap();
        assert!(
            line.contains(
                r"\[x\](http&#58;//evil) &lt;img&gt; \# h \\u\{202e\} www&#46;evil.example a&#64;b"
            ),
            "{line}"
        );
        assert_eq!(text.lines().filter(|line| line.starts_with('#')).count(), 2);
    }
}
