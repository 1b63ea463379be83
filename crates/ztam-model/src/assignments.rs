//! Who holds what: `assignments/*.csv` with the columns person, role, from, until.
//!
//! A strict little CSV: UTF-8, a header line, commas, fields in double quotes where they hold a comma or a quote (written
//! twice), one record a line, LF or CRLF. A line that does not fit is reported and left out.

use ztam_source::file::FileId;
use ztam_source::finding::{Finding, Safety, TextEdit};
use ztam_source::span::{Span, Spanned};

use crate::date::Date;
use crate::rules;

/// One role of one person.
#[derive(Clone, Debug)]
pub struct Assignment {
    /// The person: any stable identifier.
    pub person: Spanned<String>,
    /// The role's name.
    pub role: Spanned<String>,
    /// First day, where there is one.
    pub from: Option<Spanned<Date>>,
    /// Last day, where there is one.
    pub until: Option<Spanned<Date>>,
}

/// Columns in their order; the first two are required.
const COLUMNS: [&str; 4] = ["person", "role", "from", "until"];
/// Most bytes of a file.
const MOST_BYTES: usize = 64 * 1024 * 1024;
/// Most bytes of a field.
const LONGEST_FIELD: usize = 1024;
/// Most findings of a file.
const MOST_FINDINGS: usize = 100;

/// Reads one file. What is wrong is in the findings; while there are any, not every assignment is known.
#[must_use]
pub fn parse(file: FileId, text: &str) -> (Vec<Assignment>, Vec<Finding>) {
    let mut reader = Reader { file, assignments: Vec::new(), findings: Vec::new(), columns: 0, unshown: 0 };
    if text.len() > MOST_BYTES {
        let title = format!("the assignments have {} bytes, more than the limit of {MOST_BYTES}", text.len());
        reader.report(0, 0, title, "not read", None);
    } else {
        reader.read(text);
    }
    if reader.unshown > 0
        && let Some(last) = reader.findings.last_mut()
    {
        last.notes.push(format!("{} more lines of this file cannot be read", reader.unshown));
    }
    (reader.assignments, reader.findings)
}

struct Reader {
    file: FileId,
    assignments: Vec<Assignment>,
    findings: Vec<Finding>,
    /// How many columns the header names.
    columns: usize,
    unshown: usize,
}

/// A field with its bytes in the file.
struct Field {
    text: String,
    start: usize,
    end: usize,
}

impl Reader {
    fn read(&mut self, text: &str) {
        let mut start = 0;
        for line in text.split_inclusive('\n') {
            let content = line.trim_end_matches('\n');
            let content = content.strip_suffix('\r').unwrap_or(content);
            // A byte order mark belongs to no field.
            let skipped =
                if start == 0 && content.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
            let content = content.get(skipped..).unwrap_or_default();
            if !content.trim().is_empty() && !self.line(content, start + skipped) {
                return;
            }
            start += line.len();
        }
        if self.columns == 0 {
            self.report(
                0,
                0,
                "the assignments have no header line".to_owned(),
                "expected here",
                Some(HEADER),
            );
        }
    }

    /// Reads one line; `false` where going on is useless.
    fn line(&mut self, content: &str, start: usize) -> bool {
        let fields = match fields(content, start) {
            Ok(fields) => fields,
            Err((at, problem)) => {
                self.report(
                    at,
                    start + content.len(),
                    format!("this line is no record: {problem}"),
                    problem,
                    None,
                );
                return self.columns > 0;
            }
        };
        if self.columns == 0 {
            return self.header(&fields, content, start);
        }
        if fields.len() > self.columns || fields.len() < 2 {
            let title =
                format!("this line has {} fields where the header names {}", fields.len(), self.columns);
            self.report(start, start + content.len(), title, "left out", None);
            return true;
        }
        if let Some(assignment) = self.record(fields) {
            self.assignments.push(assignment);
        }
        true
    }

    fn header(&mut self, fields: &[Field], content: &str, start: usize) -> bool {
        let names = fields.iter().map(|it| it.text.as_str());
        if fields.len() >= 2
            && fields.len() <= COLUMNS.len()
            && names.eq(COLUMNS.into_iter().take(fields.len()))
        {
            self.columns = fields.len();
            return true;
        }
        let title = "the first line does not name the columns".to_owned();
        self.report(start, start + content.len(), title, "not the header", Some(HEADER));
        false
    }

    fn record(&mut self, fields: Vec<Field>) -> Option<Assignment> {
        for (field, column) in fields.iter().zip(COLUMNS) {
            if field.text.len() > LONGEST_FIELD {
                let title = format!("the {column} has more than {LONGEST_FIELD} bytes");
                self.report(field.start, field.end, title, "too long", None);
                return None;
            }
        }
        let mut fields = fields.into_iter();
        let person = self.name(fields.next()?, "person")?;
        let role = self.name(fields.next()?, "role")?;
        let from = self.date(fields.next(), "first")?;
        let until = self.date(fields.next(), "last")?;
        if let (Some(from), Some(until)) = (from, until)
            && from.value > until.value
        {
            let title = format!("the assignment of {} to {} ends before it begins", role.value, person.value);
            let (start, end) = (from.span.start as usize, until.span.end as usize);
            self.report(start, end, title, "first day after last day", None);
            return None;
        }
        Some(Assignment { person, role, from, until })
    }

    fn name(&mut self, field: Field, what: &str) -> Option<Spanned<String>> {
        if field.text.trim().is_empty()
            || field.text.trim() != field.text
            || field.text.chars().any(char::is_control)
        {
            let title = if field.text.trim().is_empty() {
                format!("the {what} is missing")
            } else {
                format!("the {what} begins or ends with a blank, or holds a control character")
            };
            self.report(field.start, field.end, title, "left out", None);
            return None;
        }
        let span = self.span(field.start, field.end);
        Some(Spanned::new(field.text, span))
    }

    /// `None` for a day that is wrong, `Some(None)` for one that is not said.
    #[expect(clippy::option_option, reason = "wrong and absent are two things")]
    fn date(&mut self, field: Option<Field>, which: &str) -> Option<Option<Spanned<Date>>> {
        let Some(field) = field.filter(|it| !it.text.is_empty()) else { return Some(None) };
        if let Some(date) = Date::parse(&field.text) {
            return Some(Some(Spanned::new(date, self.span(field.start, field.end))));
        }
        let title = format!("the {which} day is no date: write YYYY-MM-DD");
        self.report(field.start, field.end, title, "not a date", None);
        None
    }

    fn report(&mut self, start: usize, end: usize, title: String, label: &'static str, fix: Option<&str>) {
        if self.findings.len() >= MOST_FINDINGS {
            self.unshown += 1;
            return;
        }
        let span = self.span(start, end);
        let mut finding = Finding::new(&rules::ASSIGNMENTS_UNREADABLE, title).at(span, label);
        finding = match fix {
            Some(header) => {
                let insert = Span::new(self.file, span.start, span.start);
                finding
                    .help("the first line is `person,role`, `person,role,from` or `person,role,from,until`")
                    .fix(
                        "insert the header",
                        Safety::NeedsApproval,
                        vec![TextEdit { span: insert, text: header.to_owned() }],
                    )
            }
            None => finding.note("this person's access is judged without it"),
        };
        self.findings.push(finding);
    }

    fn span(&self, start: usize, end: usize) -> Span {
        let narrow = |at| u32::try_from(at).unwrap_or(u32::MAX);
        Span::new(self.file, narrow(start), narrow(end))
    }
}

const HEADER: &str = "person,role,from,until\n";

/// The fields of a line, or where it goes wrong.
fn fields(line: &str, line_start: usize) -> Result<Vec<Field>, (usize, &'static str)> {
    let mut fields = Vec::new();
    let mut rest = line;
    loop {
        let at = line_start + (line.len() - rest.len());
        let (field, after) = match rest.strip_prefix('"') {
            Some(inner) => quoted_field(inner, at)?,
            None => {
                let end = rest.find(',').unwrap_or(rest.len());
                let (text, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
                if text.contains('"') {
                    return Err((at, "a quote stands inside a field that does not begin with one"));
                }
                (Field { text: text.to_owned(), start: at, end: at + end }, after)
            }
        };
        let next = line_start + (line.len() - after.len());
        fields.push(field);
        match after.strip_prefix(',') {
            Some(following) => rest = following,
            None if after.is_empty() => return Ok(fields),
            None => return Err((next, "something follows a closing quote")),
        }
    }
}

/// A field from behind its opening quote, with what follows the closing one.
fn quoted_field(inner: &str, opening: usize) -> Result<(Field, &str), (usize, &'static str)> {
    let mut text = String::new();
    let mut rest = inner;
    loop {
        let Some((before, after)) = rest.split_once('"') else {
            return Err((opening, "a quote is not closed on its line"));
        };
        text.push_str(before);
        match after.strip_prefix('"') {
            Some(following) => {
                text.push('"');
                rest = following;
            }
            None => {
                let end = opening + 1 + (inner.len() - after.len());
                return Ok((Field { text, start: opening, end }, after));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Vec<Assignment>, Vec<Finding>) {
        parse(FileId(0), text)
    }

    fn at(text: &str, span: Span) -> &str {
        text.get(span.start as usize..span.end as usize).unwrap()
    }

    fn problem(text: &str) -> (String, String) {
        let (_, findings) = read(text);
        let [finding] = findings.as_slice() else { panic!("{text}: {findings:?}") };
        let span = finding.primary().unwrap().span;
        (finding.title.clone(), at(text, span).to_owned())
    }

    #[test]
    fn reads_all_columns_with_places() {
        let text = "\u{feff}person,role,from,until\r\nana@x,sales-rep,2026-01-01,2026-12-31\r\n\r\n\"Bo, \"\"B\"\"\",admin,,\r\ncy,a";
        let (assignments, findings) = read(text);
        assert!(findings.is_empty(), "{findings:?}");
        assert_eq!(assignments.len(), 3);
        let at = |span: Span| at(text, span);
        assert_eq!(at(assignments[0].role.span), "sales-rep");
        assert_eq!(assignments[0].until.unwrap().value.to_string(), "2026-12-31");
        assert_eq!(at(assignments[0].until.unwrap().span), "2026-12-31");
        assert_eq!(assignments[1].person.value, "Bo, \"B\"");
        assert_eq!(at(assignments[1].person.span), "\"Bo, \"\"B\"\"\"");
        assert!(assignments[1].from.is_none() && assignments[1].until.is_none());
        assert_eq!(at(assignments[2].role.span), "a");
    }

    #[test]
    fn two_or_three_columns_are_enough() {
        assert_eq!(read("person,role\na,b\n").0.len(), 1);
        assert_eq!(read("person,role,from\na,b,2026-01-01\n").0.len(), 1);
    }

    #[test]
    fn what_does_not_fit_is_shown_and_left_out() {
        for (line, title, place) in [
            ("a", "1 fields", "a"),
            ("a,b,,,c", "5 fields", "a,b,,,c"),
            (",b", "the person is missing", ""),
            ("a, b", "begins or ends with a blank", " b"),
            ("a,b,2026-02-30,", "the first day is no date", "2026-02-30"),
            ("a,b,,soon", "the last day is no date", "soon"),
            ("a,b,2026-02-02,2026-02-01", "ends before it begins", "2026-02-02,2026-02-01"),
            ("\"a,b", "not closed", "\"a,b"),
            ("\"a\"x,b", "follows a closing quote", "x,b"),
            ("a\"x,b", "inside a field", "a\"x,b"),
        ] {
            let text = format!("person,role,from,until\n{line}\nz,ok,,\n");
            let (found, at) = problem(&text);
            assert!(found.contains(title), "{line}: {found}");
            assert_eq!(at, place, "{line}");
            assert_eq!(read(&text).0.len(), 1, "the good line stays");
        }
    }

    #[test]
    fn the_header_is_required() {
        assert!(problem("").0.contains("no header"));
        let (assignments, findings) = read("a,b\nc,d\n");
        assert!(assignments.is_empty());
        assert_eq!(findings.len(), 1);
        assert_eq!(findings[0].fixes.len(), 1);
        assert!(problem("role,person\n").0.contains("does not name the columns"));
    }

    #[test]
    fn many_bad_lines_are_counted_not_listed() {
        let text = format!("person,role\n{}", "x\n".repeat(500));
        let (_, findings) = read(&text);
        assert_eq!(findings.len(), MOST_FINDINGS);
        assert!(findings.last().unwrap().notes.last().unwrap().contains("400 more lines"));
    }
}
