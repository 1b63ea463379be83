//! The examples of rule pages, as the texts that tests run.
//!
//! An example is the first code block below its heading. The words behind `yaml` say how to read the block:
//!
//! - `escaped`: `\u{202e}` stands for that character, so that a page can show what cannot be seen;
//! - `repeated N`: the last line is written N times, so that a page can show what is too large;
//! - `bytes`: bytes in hexadecimal, so that a page can show what is no text.

/// The bytes of the example below a heading of a page (`Bad`, `Good`); `None` if there is none.
#[must_use]
pub fn example(page: &str, heading: &str) -> Option<Vec<u8>> {
    let (_, section) = page.split_once(&format!("\n## {heading}\n"))?;
    let section = section.split("\n## ").next()?;
    let (_, block) = section.split_once("```yaml")?;
    let (info, block) = block.split_once('\n')?;
    let (content, _) = block.split_once("```")?;
    let mut words = info.split_whitespace();
    match words.next() {
        None => Some(content.into()),
        Some("escaped") => Some(unescape(content)?.into()),
        Some("repeated") => repeat_last_line(content, words.next()?.parse().ok()?).map(Into::into),
        Some("bytes") => content.split_whitespace().map(|byte| u8::from_str_radix(byte, 16).ok()).collect(),
        Some(_) => None,
    }
}

fn unescape(content: &str) -> Option<String> {
    let mut parts = content.split("\\u{");
    let mut out = parts.next()?.to_owned();
    for part in parts {
        let (code, rest) = part.split_once('}')?;
        out.push(char::from_u32(u32::from_str_radix(code, 16).ok()?)?);
        out.push_str(rest);
    }
    Some(out)
}

fn repeat_last_line(content: &str, times: usize) -> Option<String> {
    let head = content.strip_suffix('\n')?;
    let start = head.rfind('\n').map_or(0, |at| at + 1);
    let (before, line) = content.split_at_checked(start)?;
    Some(format!("{before}{}", line.repeat(times)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(info: &str, content: &str) -> Option<String> {
        let page = format!("# a/b\n\n## Bad\n\n```yaml{info}\n{content}```\n\n## Good\n\nnothing\n");
        example(&page, "Bad").and_then(|bytes| String::from_utf8(bytes).ok())
    }

    #[test]
    fn reads_each_kind() {
        assert_eq!(text("", "a: 1\n").as_deref(), Some("a: 1\n"));
        assert_eq!(text(" escaped", "a: \\u{9}\n").as_deref(), Some("a: \t\n"));
        assert_eq!(text(" repeated 3", "a\nb\n").as_deref(), Some("a\nb\nb\nb\n"));
        assert_eq!(text(" bytes", "61 62\n").as_deref(), Some("ab"));
        assert_eq!(text(" unknown", "a\n"), None);
        assert_eq!(example("## Bad\n", "Good"), None);
    }
}
