//! The template engine, set up for XML that a platform compares byte by byte: strict about undefined names, booleans as
//! `true` and `false`, exactly five characters escaped, trailing newline kept, a bound on work.

use std::io::{self, Write};

use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Value, ValueKind};
use minijinja::{AutoEscape, Environment, Error, ErrorKind, Output, State, UndefinedBehavior};

/// Steps that one part of an artefact may take: far above any real part, far below a hang.
const FUEL: u64 = 50_000_000;

/// A set of built-in templates.
pub struct Templates {
    environment: Environment<'static>,
}

impl std::fmt::Debug for Templates {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Templates").finish_non_exhaustive()
    }
}

impl Templates {
    /// Compiles templates given as (name, source).
    ///
    /// # Errors
    /// A template that does not compile.
    pub fn new(sources: &[(&'static str, &'static str)]) -> Result<Self, Error> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_syntax(
            SyntaxConfig::builder()
                .trim_blocks(true)
                .lstrip_blocks(true)
                .keep_trailing_newline(true)
                .build()?,
        );
        environment.set_auto_escape_callback(|_| AutoEscape::None);
        environment.set_formatter(format_xml);
        environment.set_fuel(Some(FUEL));
        for (name, source) in sources {
            environment.add_template(name, source)?;
        }
        Ok(Self { environment })
    }

    /// Renders one template into a writer.
    ///
    /// # Errors
    /// What the template or the writer reports.
    pub fn render(&self, name: &str, context: Value, out: &mut dyn Write) -> io::Result<()> {
        let template = self.environment.get_template(name).map_err(io::Error::other)?;
        let text = template.render(context).map_err(io::Error::other)?;
        out.write_all(text.as_bytes())
    }
}

/// Writes a value as XML text. Whatever has no one obvious text is refused.
fn format_xml(out: &mut Output<'_>, _: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    match value.kind() {
        ValueKind::Bool => out.write_str(if value.is_true() { "true" } else { "false" }).map_err(Error::from),
        ValueKind::Number => write!(out, "{value}").map_err(Error::from),
        // What a back end escaped itself, as its platform does; templates mark nothing so.
        ValueKind::String if value.is_safe() => {
            out.write_str(value.as_str().unwrap_or_default()).map_err(Error::from)
        }
        ValueKind::String => escape(out, value.as_str().unwrap_or_default()),
        kind => Err(Error::new(
            ErrorKind::InvalidOperation,
            format!("a template printed {kind}: only text, numbers and booleans"),
        )),
    }
}

fn escape(out: &mut Output<'_>, text: &str) -> Result<(), Error> {
    let mut rest = text;
    while let Some(at) = rest.find(['&', '<', '>', '"', '\'']) {
        let (before, after) = rest.split_at(at);
        let mut characters = after.chars();
        let escaped = match characters.next() {
            Some('&') => "&amp;",
            Some('<') => "&lt;",
            Some('>') => "&gt;",
            Some('"') => "&quot;",
            _ => "&apos;",
        };
        out.write_str(before)?;
        out.write_str(escaped)?;
        rest = characters.as_str();
    }
    out.write_str(rest)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use minijinja::context;

    fn render(source: &'static str, context: Value) -> io::Result<String> {
        let templates = Templates::new(&[("t", source)]).unwrap();
        let mut out = Vec::new();
        templates.render("t", context, &mut out)?;
        Ok(String::from_utf8(out).unwrap())
    }

    #[test]
    fn xml_is_what_the_platform_writes() {
        let text = render(
            "<a>{{ yes }}{{ no }}{{ n }}{{ s }}</a>\n",
            context! { yes => true, no => false, n => 7, s => "a/b & <c> \"d\" 'e'" },
        );
        assert_eq!(text.unwrap(), "<a>truefalse7a/b &amp; &lt;c&gt; &quot;d&quot; &apos;e&apos;</a>\n");
    }

    #[test]
    fn nothing_doubtful_is_printed() {
        assert!(render("{{ none }}", context! {}).is_err());
        assert!(render("{{ missing }}", context! {}).is_err());
        assert!(render("{{ list }}", context! { list => vec![1] }).is_err());
        assert!(render("{{ role.lable }}", context! { role => context! { label => "x" } }).is_err());
    }
}
