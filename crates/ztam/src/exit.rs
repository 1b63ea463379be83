//! Exit codes and failures: what a run ends with.

use std::fmt;

use miette::{Diagnostic, Severity};
use ztam_source::finding::{Finding, Level, Stage};

/// How a run ends. When several apply, the worst counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// Nothing is wrong.
    Clean,
    /// A finding blocks; the access graph could be made.
    Blocking,
    /// A promise is not true.
    Promise,
    /// Wider than allowed, drift, or not what the matrix says.
    Wider,
    /// No access graph could be made.
    NotCompiled,
    /// The command cannot be carried out as it was given.
    Usage,
    /// ztam itself failed.
    Internal,
}

impl Exit {
    /// The number for the shell.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Clean => 0,
            Self::Blocking => 1,
            Self::Usage => 2,
            Self::NotCompiled => 3,
            Self::Promise => 4,
            Self::Wider => 5,
            Self::Internal => 70,
        }
    }

    /// The worst that findings ask for.
    #[must_use]
    pub fn of(findings: &[Finding]) -> Self {
        findings.iter().map(Self::of_one).max().unwrap_or(Self::Clean)
    }

    fn of_one(finding: &Finding) -> Self {
        if finding.waived_by.is_some() || finding.level < Level::Blocking {
            return Self::Clean;
        }
        match finding.rule.stage {
            Stage::Compile => Self::NotCompiled,
            Stage::Judge => Self::Blocking,
            Stage::Promise => Self::Promise,
        }
    }
}

/// Why a command could not be carried out, and what to do.
#[derive(Debug)]
pub struct Failure {
    exit: Exit,
    message: String,
    help: Option<String>,
}

impl Failure {
    /// Something that whoever gave the command can mend.
    pub fn usage(message: impl Into<String>) -> Self {
        Self { exit: Exit::Usage, message: message.into(), help: None }
    }

    /// Something that only a change of ztam can mend.
    pub fn internal(message: impl Into<String>) -> Self {
        let help = Some("this is a fault of ztam, not of the project: please report it".to_owned());
        Self { exit: Exit::Internal, message: message.into(), help }
    }

    /// Says what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// How the run ends.
    #[must_use]
    pub fn exit(&self) -> Exit {
        self.exit
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

impl Diagnostic for Failure {
    fn severity(&self) -> Option<Severity> {
        Some(Severity::Error)
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_counts() {
        let order = [
            Exit::Clean,
            Exit::Blocking,
            Exit::Promise,
            Exit::Wider,
            Exit::NotCompiled,
            Exit::Usage,
            Exit::Internal,
        ];
        assert!(order.is_sorted());
        assert_eq!(order.map(Exit::code), [0, 1, 4, 5, 3, 2, 70]);
    }

    #[test]
    fn only_findings_that_block_count() {
        let finding = Finding::new(&ztam_source::rules::SYNTAX, "x");
        assert_eq!(Exit::of(std::slice::from_ref(&finding)), Exit::NotCompiled);
        let mut waived = finding.clone();
        waived.waived_by = Some("W-1".into());
        let mut advisory = finding;
        advisory.level = Level::Advisory;
        assert_eq!(Exit::of(&[waived, advisory]), Exit::Clean);
        assert_eq!(Exit::of(&[]), Exit::Clean);
    }
}
