//! Records that were exported from an org: CSV with a header, or JSON as query tools and Web APIs write it.

use std::collections::BTreeMap;

use serde_json::Value;

/// One record: column to value, as text. Columns are in lower case.
pub type Record = BTreeMap<String, String>;

/// Keys below which tools put the list of records.
const LISTS: [&str; 3] = ["value", "records", "result"];

/// The records of a file; `None` where it holds none.
#[must_use]
pub fn records(bytes: &[u8]) -> Option<Vec<Record>> {
    let text = std::str::from_utf8(bytes).ok()?.trim_start_matches('\u{feff}').trim_start();
    if text.starts_with(['{', '[']) {
        let value: Value = serde_json::from_str(text).ok()?;
        return list(&value, 0);
    }
    if text.starts_with('<') {
        return None;
    }
    table(text)
}

fn list(value: &Value, depth: usize) -> Option<Vec<Record>> {
    match value {
        Value::Array(items) => items.iter().map(record).collect(),
        Value::Object(map) if depth < 3 => {
            LISTS.iter().filter_map(|key| map.get(*key)).find_map(|it| list(it, depth + 1))
        }
        _ => None,
    }
}

fn record(value: &Value) -> Option<Record> {
    let text = |value: &Value| match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Null => String::new(),
        other => other.to_string(),
    };
    let pairs = value.as_object()?.iter();
    Some(pairs.map(|(key, value)| (key.to_lowercase(), text(value))).collect())
}

/// A table with at least two columns, each line as long as the header.
fn table(text: &str) -> Option<Vec<Record>> {
    let mut lines = cells(text)?.into_iter();
    let header: Vec<String> = lines.next()?.into_iter().map(|it| it.trim().to_lowercase()).collect();
    if header.len() < 2 {
        return None;
    }
    lines
        .map(|line| {
            let same = line.len() == header.len();
            same.then(|| {
                header.iter().cloned().zip(line.into_iter().map(|it| it.trim().to_owned())).collect()
            })
        })
        .collect()
}

/// The cells of every line that is not empty; `None` where a quote is not closed.
fn cells(text: &str) -> Option<Vec<Vec<String>>> {
    let (mut lines, mut line, mut cell) = (Vec::new(), Vec::new(), String::new());
    let mut quoted = false;
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match (quoted, letter) {
            (true, '"') if letters.peek() == Some(&'"') => cell.extend(letters.next()),
            (true, '"') => quoted = false,
            (true, _) => cell.push(letter),
            (false, '"') if cell.is_empty() => quoted = true,
            (false, ',') => line.push(std::mem::take(&mut cell)),
            (false, '\r') => {}
            (false, '\n') => {
                line.push(std::mem::take(&mut cell));
                lines.push(std::mem::take(&mut line));
            }
            (false, _) => cell.push(letter),
        }
    }
    line.push(cell);
    lines.push(line);
    lines.retain(|line| line.iter().any(|cell| !cell.is_empty()));
    (!quoted).then_some(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_and_lists_are_the_same_records() {
        let csv = "\u{feff}\"Name\",Level\r\n\"a, \"\"b\"\"\",1\r\n\r\nc,\r\n";
        let json = r#"{"status": 0, "result": {"records": [{"Name": "a, \"b\"", "Level": 1}, {"Name": "c", "Level": null}]}}"#;
        let expected = records(csv.as_bytes()).unwrap();
        assert_eq!(expected.len(), 2);
        assert_eq!((expected[0]["name"].as_str(), expected[0]["level"].as_str()), ("a, \"b\"", "1"));
        assert_eq!(records(json.as_bytes()).unwrap(), expected);
        let odata = r#"{"@odata.context": "x", "value": [{"name": "a", "canbebasic": true}]}"#;
        assert_eq!(records(odata.as_bytes()).unwrap()[0]["canbebasic"], "true");
        for none in ["", "one column\nx", "a,b\n1", "a,\"b\n1,2", "<a/>", "[1]", "{\"a\": []}", "\u{0}"] {
            assert!(records(none.as_bytes()).is_none_or(|it| it.is_empty()), "{none:?}");
        }
    }
}
