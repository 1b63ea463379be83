//! Tables that people load or open in a spreadsheet: commas, one record a line, LF at the end of each.
//!
//! A spreadsheet runs a field that begins like a formula. Such a field gets an apostrophe before it, which spreadsheets take
//! for "this is text"; who loads the table with a program takes the apostrophe off.

use std::io::{self, Write};

/// Writes one record.
///
/// # Errors
/// What the writer reports.
pub fn record<'t>(fields: impl IntoIterator<Item = &'t str>, out: &mut dyn Write) -> io::Result<()> {
    for (position, field) in fields.into_iter().enumerate() {
        if position > 0 {
            out.write_all(b",")?;
        }
        write_field(field, out)?;
    }
    out.write_all(b"\n")
}

/// The records of a table that [`record`] wrote, the head first, as they were given to it.
#[must_use]
pub fn records(text: &str) -> Vec<Vec<String>> {
    let mut all = Vec::new();
    let (mut fields, mut field) = (Vec::new(), String::new());
    let mut letters = text.chars().peekable();
    let mut quoted = false;
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.next_if_eq(&'"').is_some() => field.push('"'),
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(plain(std::mem::take(&mut field))),
            '\n' if !quoted => {
                fields.push(plain(std::mem::take(&mut field)));
                all.push(std::mem::take(&mut fields));
            }
            _ => field.push(letter),
        }
    }
    all
}

/// A field without the apostrophe that keeps it from being a formula.
fn plain(field: String) -> String {
    match field.strip_prefix('\'') {
        Some(rest) if is_formula(rest) => rest.to_owned(),
        _ => field,
    }
}

fn write_field(field: &str, out: &mut dyn Write) -> io::Result<()> {
    let formula = is_formula(field);
    if !formula && !field.contains([',', ';', '"', '\n', '\r', '\t']) {
        return out.write_all(field.as_bytes());
    }
    let mark = if formula { "'" } else { "" };
    write!(out, "\"{mark}{}\"", field.replace('"', "\"\""))
}

/// Whether a spreadsheet may take a field for a formula. Blanks before it do not keep one from doing so, and full-width
/// signs count like plain ones.
fn is_formula(field: &str) -> bool {
    let begins = |text: &str| text.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']);
    field.starts_with(['\t', '\r', '\n']) || begins(field.trim_start())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(fields: &[&str]) -> String {
        let mut bytes = Vec::new();
        record(fields.iter().copied(), &mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn fields_are_quoted_where_they_must_be() {
        assert_eq!(line(&["ana@acme.example", "Sales Rep", ""]), "ana@acme.example,Sales Rep,\n");
        assert_eq!(line(&["a, b", "c \"d\"", "e;f", "g\nh"]), "\"a, b\",\"c \"\"d\"\"\",\"e;f\",\"g\nh\"\n");
        assert_eq!(line(&["x-1", "2+2", "it's"]), "x-1,2+2,it's\n");
    }

    #[test]
    fn what_was_written_is_read() {
        for fields in
            [["ana@acme.example", "Sales, Rep", ""], ["=1", "\t+1 \"x\"", "a\nb"], ["'x", "-", "\""]]
        {
            assert_eq!(
                records(&(line(&["a", "b", "c"]) + &line(&fields))),
                [vec!["a", "b", "c"], fields.to_vec()]
            );
        }
        assert!(records("").is_empty());
    }

    #[test]
    fn no_field_is_a_formula() {
        for field in [
            "=1+1",
            "+1",
            "-1",
            "@SUM(A1)",
            " =1",
            "\t=1",
            "\r=1",
            "＝1",
            "＋1",
            "－1",
            "＠x",
            "=cmd|' /C calc'!A0",
            "=HYPERLINK(\"http://x\",\"y\")",
        ] {
            let written = line(&[field]);
            let inner = written.trim_end_matches('\n').strip_prefix('"').and_then(|it| it.strip_suffix('"'));
            let inner = inner.unwrap_or_else(|| panic!("{field:?} is not quoted: {written:?}"));
            assert_eq!(inner.replace("\"\"", "\""), format!("'{field}"), "nothing else changes");
        }
    }
}
