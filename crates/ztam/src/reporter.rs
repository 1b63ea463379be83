//! Where findings and words for people go.

use ztam_report::human::{self, Style};
use ztam_report::json;
use ztam_source::file::SourceMap;
use ztam_source::finding::{Finding, Level};

use crate::VERSION;
use crate::cli::{Color, Common, Format, Output};
use crate::exit::Failure;
use crate::progress::Progress;
use crate::world::World;

/// Reports in every format that was asked for.
#[derive(Debug)]
pub struct Reporter<'w> {
    world: &'w World,
    outputs: Vec<Output>,
    style: Style,
    quiet: bool,
}

impl<'w> Reporter<'w> {
    /// A reporter for these options.
    #[must_use]
    pub fn new(world: &'w World, common: &Common) -> Self {
        let color = match common.color {
            Color::Auto => world.terminal.color,
            Color::Always => true,
            Color::Never => false,
        };
        let outputs = match common.output.as_slice() {
            [] => vec![Output { format: Format::Human, file: None }],
            outputs => outputs.to_vec(),
        };
        Self { world, outputs, style: Style { width: world.terminal.width(), color }, quiet: common.quiet }
    }

    /// How to draw on the terminal.
    #[must_use]
    pub fn style(&self) -> Style {
        self.style
    }

    /// Whether a machine reads what is reported, wherever it goes.
    #[must_use]
    pub fn wants_json(&self) -> bool {
        self.outputs.iter().any(|output| output.format == Format::Json)
    }

    /// Whether a machine reads it from the standard output stream, where nothing else may stand then.
    #[must_use]
    pub fn prints_json(&self) -> bool {
        self.outputs.iter().any(|output| output.format == Format::Json && output.file.is_none())
    }

    /// Reports findings.
    ///
    /// # Errors
    /// A file cannot be written.
    pub fn findings(&self, findings: &[Finding], sources: &SourceMap) -> Result<(), Failure> {
        for output in &self.outputs {
            let text = match (output.format, &output.file) {
                (Format::Json, _) => json::Findings::new(findings, sources, VERSION).to_text(),
                (Format::Human, None) if self.quiet => {
                    human::findings(&failing(findings), sources, self.style)
                }
                (Format::Human, None) => human::findings(findings, sources, self.style),
                (Format::Human, Some(_)) => human::findings(findings, sources, Style::default()),
            };
            self.put(output, &text)?;
        }
        Ok(())
    }

    /// Reports one document, drawn for people and written for machines. Quiet people see it only where it `fails` the run.
    ///
    /// # Errors
    /// A file cannot be written.
    pub fn document(&self, human: &str, json: &str, fails: bool) -> Result<(), Failure> {
        for output in &self.outputs {
            match (output.format, &output.file) {
                (Format::Json, _) => self.put(output, json)?,
                (Format::Human, None) if self.quiet && !fails => {}
                (Format::Human, _) => self.put(output, human)?,
            }
        }
        Ok(())
    }

    /// Gives out what was asked for: people read it from the standard output stream too.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn data(&self, human: &str, json: &str) -> Result<(), Failure> {
        for output in &self.outputs {
            match (output.format, &output.file) {
                (Format::Json, _) => self.put(output, json)?,
                (Format::Human, Some(_)) => self.put(output, human)?,
                (Format::Human, None) => written(self.world.print(human), output)?,
            }
        }
        Ok(())
    }

    /// Reports one document that is drawn for people in the style of where it goes.
    ///
    /// # Errors
    /// A file cannot be written.
    pub fn drawing(&self, draw: impl Fn(Style) -> String, json: &str, fails: bool) -> Result<(), Failure> {
        for output in &self.outputs {
            match (output.format, &output.file) {
                (Format::Json, _) => self.put(output, json)?,
                (Format::Human, None) if self.quiet && !fails => {}
                (Format::Human, None) => self.put(output, &draw(self.style))?,
                (Format::Human, Some(_)) => self.put(output, &draw(Style::default()))?,
            }
        }
        Ok(())
    }

    fn put(&self, output: &Output, text: &str) -> Result<(), Failure> {
        let result = match (&output.file, output.format) {
            (Some(file), _) => self.world.replace(&self.world.resolve(file), text),
            (None, Format::Json) => self.world.print(text),
            (None, Format::Human) => {
                self.world.tell(text);
                Ok(())
            }
        };
        written(result, output)
    }

    /// Says something to people, unless they asked for quiet.
    pub fn say(&self, text: &str) {
        if !self.quiet {
            self.world.tell(text);
        }
    }

    /// Tells a person who watches what takes so long.
    #[must_use]
    pub fn progress(&self, what: &'static str) -> Progress {
        Progress::start(what, self.world.terminal.interactive && !self.quiet)
    }
}

fn written(result: std::io::Result<()>, output: &Output) -> Result<(), Failure> {
    result.map_err(|error| {
        let place = output.file.as_ref().map_or("the output".into(), |file| file.display().to_string());
        Failure::usage(format!("{place} cannot be written: {error}"))
    })
}

fn failing(findings: &[Finding]) -> Vec<Finding> {
    let fails = |finding: &&Finding| finding.level >= Level::Blocking && finding.waived_by.is_none();
    findings.iter().filter(fails).cloned().collect()
}
