//! Tests of reading: every refusal, places, hostile text, and a second opinion.

use crate::example::example;
use crate::file::{FileId, SourceFile};
use crate::finding::{Finding, LabelKind, Level};
use crate::rules::RULES;
use crate::span::Span;
use crate::tree::{Limits, NodeKind, Placement, Tree, decode, parse};

const FILE: FileId = FileId(7);

fn read(text: &str) -> (Tree<'_>, Vec<Finding>) {
    parse(FILE, text, &Limits::default())
}

/// `rule @ text of the primary label`, one a finding.
fn outline(text: &str) -> Vec<String> {
    read(text).1.iter().map(|finding| one_line(text, finding)).collect()
}

fn one_line(text: &str, finding: &Finding) -> String {
    let span = finding.primary().expect("a place").span;
    assert_eq!(span.file, FILE);
    format!("{} @ {}", finding.id(), at(text, span))
}

fn at(text: &str, span: Span) -> &str {
    text.get(span.start as usize..span.end as usize).expect("inside the text")
}

fn clean(text: &str) -> Tree<'_> {
    let (tree, findings) = read(text);
    assert!(findings.is_empty(), "{text:?}: {findings:?}");
    assert!(tree.is_complete());
    tree
}

#[test]
fn places_of_everything() {
    let text = "tasks:\n  rep:\n    title: Sales Rep # who\n    within: [a, \"b\"]\n    note: |\n      x\n      y\n\n# end\n";
    let tree = clean(text);
    let slice = |node| at(text, tree.span(node));
    let rep = tree.at_pointer("/tasks/rep").expect("there");
    assert_eq!(slice(rep), "title: Sales Rep # who\n    within: [a, \"b\"]\n    note: |\n      x\n      y");
    assert_eq!(tree.key_span(rep).map(|span| (span.start, span.end)), Some((9, 12)));
    assert_eq!(slice(tree.get(rep, "within").expect("there")), "[a, \"b\"]");
    assert_eq!(slice(tree.at_pointer("/tasks/rep/within/1").expect("there")), "\"b\"");
    assert_eq!(slice(tree.get(rep, "note").expect("there")), "|\n      x\n      y");
    assert_eq!(tree.text(tree.get(rep, "note").expect("there")), "x\ny\n");
    assert_eq!(tree.key_of(tree.root()), None);
    let comments: Vec<_> = tree.comments().iter().map(|it| (it.span.start, it.placement)).collect();
    assert_eq!(comments, [(35, Placement::Right), (91, Placement::Last)]);
}

#[test]
fn lists_begin_at_their_first_dash() {
    for text in ["a:\n- b\n- c\n", "a:\n  - b\n  - c\n", "a: # x - y\n- - b\n  - c\n", "a:\n-\n  b: c\n"] {
        let tree = clean(text);
        let list = tree.get(tree.root(), "a").expect("there");
        assert_eq!(
            tree.span(list).start as usize,
            text.find("\n-").or(text.find("\n  -").map(|at| at + 2)).expect("a dash") + 1
        );
    }
}

#[test]
fn pointers_unescape_and_miss() {
    let tree = clean("a/b: {c~d: [1, {e: f}]}\n");
    let found = tree.at_pointer("/a~1b/c~0d/1/e").expect("there");
    assert_eq!(tree.text(found), "f");
    assert_eq!(tree.at_pointer(""), Some(tree.root()));
    for missing in ["x", "/x", "/a~1b/c~0d/2", "/a~1b/c~0d/x", "/a~1b/c~0d/1/e/f"] {
        assert_eq!(tree.at_pointer(missing), None, "{missing}");
    }
}

#[test]
fn line_endings_and_byte_order_marks() {
    let tree = clean("\u{feff}a: 1\r\nb:\r\n  - x\r\n");
    assert_eq!(tree.to_json(tree.root()), serde_json::json!({"a": 1, "b": ["x"]}));
}

#[test]
fn empty_files_are_empty_mappings() {
    for text in ["", "\n\n", "# only a comment\n", "---\n", "\u{feff}", "{}"] {
        let tree = clean(text);
        assert_eq!(tree.kind(tree.root()), NodeKind::Mapping, "{text:?}");
        assert_eq!(tree.entries(tree.root()).count(), 0);
    }
}

#[test]
fn each_refusal_shows_its_place() {
    for (text, expected) in [
        ("a: &x 1\n", vec!["yaml/anchor @ &x"]),
        ("a: *x\n", vec!["yaml/anchor @ *x"]),
        ("*x : a\n", vec!["yaml/anchor @ *x"]),
        ("? [a]\n: 1\n", vec!["yaml/complex-key @ ["]),
        ("{{a: b}: c}\n", vec!["yaml/complex-key @ {"]),
        ("{a\n b: c}\n", vec!["yaml/complex-key @ a\n b"]),
        ("{a: b, ?c: d}\n", vec!["yaml/syntax @ ?"]),
        ("a: [b, :c]\n", vec!["yaml/syntax @ :"]),
        ("a: [é: \"\nb: c\n", vec!["yaml/syntax @ \""]),
        ("a: x\u{202e}y\n", vec!["yaml/control-character @ \u{202e}"]),
        ("a: \u{1}\n", vec!["yaml/control-character @ \u{1}"]),
        ("a: b # \0\n", vec!["yaml/control-character @ \0"]),
        ("a: \"x\\u202ey\"\n", vec!["yaml/control-character @ \"x\\u202ey\""]),
        ("%YAML 1.1\n---\na: 1\n", vec!["yaml/directive @ %"]),
        ("a: 1\nb: 2\na: 3\n", vec!["yaml/duplicate-key @ a"]),
        ("a: 1\n\"a\": 2\n", vec!["yaml/duplicate-key @ \"a\""]),
        ("a:\nb: 1\n", vec!["yaml/empty-value @ a"]),
        ("a: ~\n", vec!["yaml/empty-value @ ~"]),
        ("a: null\n", vec!["yaml/empty-value @ null"]),
        ("a: [b, ~]\n", vec!["yaml/empty-value @ ~"]),
        ("a:\n  - b\n  -\n", vec!["yaml/empty-value @ "]),
        ("{: a}\n", vec!["yaml/empty-value @ "]),
        ("<<: {a: b}\n", vec!["yaml/merge-key @ <<"]),
        ("- a\n", vec!["yaml/not-a-mapping @ - a"]),
        ("a\n", vec!["yaml/not-a-mapping @ a"]),
        ("a: 1\n---\nb: 1\n", vec!["yaml/several-documents @ ---"]),
        ("a: 1\n...\n---\nb: 1\n", vec!["yaml/several-documents @ ---"]),
        ("a: b: c\n", vec!["yaml/syntax @ :"]),
        ("a: @b\n", vec!["yaml/syntax @ @"]),
        ("a: [b\n", vec!["yaml/syntax @ ["]),
        ("a: 'b\n", vec!["yaml/syntax @ "]),
        ("a:\n\tb: 1\n", vec!["yaml/tab-indentation @ \t"]),
        ("a:\n  b: {\n \t c: 1}\n", vec!["yaml/tab-indentation @ \t"]),
        ("a: !!str 1\n", vec!["yaml/tag @ !!str"]),
        ("!x\na: 1\n", vec!["yaml/tag @ !x"]),
    ] {
        assert_eq!(outline(text), expected, "{text:?}");
    }
}

#[test]
fn what_is_lost_makes_the_tree_incomplete() {
    for text in
        ["a: *x\n", "? [a]\n: 1\n", "<<: {a: b}\n", "a: 1\na: 2\n", "- a\n", "a: 1\n---\nb: 1\n", "a: [b\n"]
    {
        assert!(!read(text).0.is_complete(), "{text:?}");
    }
    for text in ["a: !t b\n", "a: &x b\n", "a:\n", "a: \"\\u202e\"\n"] {
        assert!(read(text).0.is_complete(), "{text:?}");
    }
}

#[test]
fn refused_entries_are_left_out_and_the_rest_is_kept() {
    let (tree, findings) = read("a: 1\n<<: {x: y}\n? [k]\n: v\na: 2\nb: {c: *r, d: 3, d: 4}\n");
    assert_eq!(findings.len(), 5);
    assert_eq!(tree.to_json(tree.root()), serde_json::json!({"a": 1, "b": {"c": null, "d": 3}}));
    assert!(tree.has_refused_entries(tree.root()));
}

#[test]
fn what_was_read_before_an_error_is_kept() {
    let (tree, _) = read("a: {b: 1, c: [2, 3]}\nd:\n  e: f\n  g: h: i\n");
    assert_eq!(
        tree.to_json(tree.root()),
        serde_json::json!({"a": {"b": 1, "c": [2, 3]}, "d": {"e": "f", "g": "h"}})
    );
}

#[test]
fn duplicates_show_all_places() {
    let text = "a: 1\na: 2\nb: 0\na: 3\n";
    let (_, findings) = read(text);
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].title, "`a` is written 3 times");
    let labels: Vec<_> =
        findings[0].labels.iter().map(|label| (label.span.start, &*label.text, label.kind)).collect();
    assert_eq!(
        labels,
        [
            (0, "first here", LabelKind::Context),
            (5, "again here", LabelKind::Primary),
            (15, "and here", LabelKind::Context)
        ]
    );
}

#[test]
fn duplicates_in_large_mappings_are_found() {
    use std::fmt::Write as _;
    let mut text = String::new();
    for number in 0..1000 {
        writeln!(text, "key-{number}: 1").expect("memory");
    }
    clean(&text);
    text.push_str("key-3: 2\nkey-999: 2\n");
    assert_eq!(outline(&text), ["yaml/duplicate-key @ key-3", "yaml/duplicate-key @ key-999"]);
}

#[test]
fn a_comma_that_splits_a_text_is_explained() {
    let text = "a: {by: external, control: Entra PIM, group team ACME-Session}\n";
    let (tree, findings) = read(text);
    assert_eq!(findings.len(), 1);
    let finding = &findings[0];
    assert_eq!(finding.title, "`group team ACME-Session` has no value");
    assert_eq!(finding.helps, ["did a comma split a text? quote it"]);
    let edits = &finding.fixes[0].edits;
    let fixed = crate::edit::apply(text, edits).expect("fits");
    assert_eq!(fixed, "a: {by: external, control: \"Entra PIM, group team ACME-Session\"}\n");
    let after = clean(&fixed);
    crate::edit::verify(&tree, edits, &after).expect("nothing else changes");
    // A list or a nested mapping in front of the key is no text.
    for text in ["{a: [b, c], d}\n", "{a: {b: c}, d}\n", "{d}\n", "{a: \"b\", d}\n"] {
        assert!(read(text).1.iter().all(|finding| finding.fixes.is_empty()), "{text}");
    }
}

#[test]
fn an_open_bracket_is_shown_with_the_error() {
    let (_, findings) = read("a: [1, 2\nb: 3\n");
    assert_eq!(findings[0].labels[1].span.start, 3);
    assert_eq!(findings[0].labels[1].text, "this is still open");
}

#[test]
fn limits() {
    let limits = Limits { bytes: 20, nodes: 5, depth: 2 };
    let outline = |text: &str| {
        let (tree, findings) = parse(FILE, text, &limits);
        assert_eq!(tree.is_complete(), findings.is_empty());
        findings.iter().map(|finding| finding.id().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(outline("a: [1]\n"), [""; 0]);
    assert_eq!(outline("a: [1, 2, 3]\n"), ["yaml/too-many-nodes"]);
    assert_eq!(outline("a: [[1]]\n"), ["yaml/too-deep"]);
    assert_eq!(outline("a:\n b:\n  c: d\n"), ["yaml/too-deep"]);
    assert_eq!(outline("# a comment of a file that is too long\n"), ["yaml/too-large"]);
}

#[test]
fn long_headers_of_comments_are_fine() {
    let text = format!("{}a: 1\n{}", "# line\n".repeat(5000), "# line\n".repeat(5000));
    assert_eq!(clean(&text).comments().len(), 10_000);
}

#[test]
fn many_findings_are_counted_not_kept() {
    let text = "a: \u{1}x\n".repeat(5000);
    let (_, findings) = read(&text);
    assert_eq!(findings.len(), 100);
    assert_eq!(
        findings[99].notes.last().map(String::as_str),
        Some("4900 more like this in the file are not shown")
    );
}

#[test]
fn bytes_that_are_not_text() {
    let good = decode("\u{feff}a: é\n".as_bytes());
    assert_eq!(good.text, "a: é\n");
    assert!(good.finding(FILE).is_none());
    let bad = decode(b"a: \xff\xfeb\n");
    let finding = bad.finding(FILE).expect("a finding");
    assert_eq!(one_line(&bad.text, &finding), "yaml/not-utf8 @ \u{fffd}");
}

#[test]
fn findings_print_no_hidden_character_and_fit_the_form() {
    for text in
        ["\"\\u202e\\n\\u0007\":\n", "a: *\u{202e}x\n", "a: !\u{202e} x\n", "a: \u{1b}[31m\n", "\u{9f}: \n"]
    {
        for finding in read(text).1 {
            for line in finding.helps.iter().chain(&finding.notes).chain([&finding.title]) {
                assert_eq!(crate::confusable::hidden_characters(line).count(), 0, "{line:?}");
                assert!(!line.ends_with('.') && !line.contains('\n'), "{line:?}");
            }
        }
    }
}

/// Shapes that made parsers quadratic, exponential or overflow their stack, at sizes where that would hang a test.
#[test]
fn hostile_text_is_read_in_linear_time() {
    let many = 200_000;
    let shapes = [
        "[".repeat(many),
        "{a: ".repeat(many),
        "{a, ".repeat(many),
        "%TAG ! tag:x,2000:\n".repeat(many),
        "- ".repeat(many),
        "? ".repeat(many),
        "&a ".repeat(many),
        format!("a: [{}]\n", "*a, ".repeat(many)),
        (0..many).map(|it| format!("a{it}: &a{it} x\n")).collect(),
        "a: &a [*a, *a]\n".repeat(many),
        "# c\n".repeat(many),
        "\n".repeat(many * 5),
        format!("a: \"{}\n", "x ".repeat(many * 5)),
        format!("a: {}\n", "x\n  ".repeat(many)),
        "---\n".repeat(many),
        "a: 1\n".repeat(many),
        "!".repeat(many),
        "\t".repeat(many),
        format!("a:\n{}", " \t \n".repeat(many)),
        format!("a:\n{}b: 1", "\t".repeat(many)),
        format!("a: {}", "\u{202e}x".repeat(many)),
        format!("a: {}", "\u{e000}".repeat(many)),
        "]".repeat(many),
        format!("a: {{{}}}", "b, ".repeat(many)),
        format!("a: |\n{}", "  x\n\n".repeat(many)),
        format!("a: [{}", "'' ,".repeat(many)),
        format!("{}: a", "k".repeat(many * 5)),
        (0..60).map(|depth| format!("{}k:\n", " ".repeat(depth))).collect(),
        "a:\n".to_owned() + &"- - - - - - x\n".repeat(many),
        "\"\\u202e\": x\n".repeat(many),
    ];
    for text in shapes {
        let (tree, findings) = read(&text);
        assert!(findings.len() <= 100 * RULES.len());
        assert!(tree.node_count() <= Limits::default().nodes + 1);
        assert!(tree.to_json(tree.root()).is_object());
    }
}

#[test]
fn depth_of_both_styles_is_counted_together() {
    let blocks: String = (0..40).map(|depth| format!("{}k:\n", " ".repeat(depth))).collect();
    let text = format!("{blocks}{}{}{}", " ".repeat(40), "[".repeat(40), "]".repeat(40));
    assert_eq!(read(&text).1[0].id(), "yaml/too-deep");
}

#[test]
fn pages_are_true() {
    const HEADINGS: [&str; 8] = [
        "What it finds",
        "Why it matters",
        "Bad",
        "Good",
        "How to fix",
        "When to waive",
        "Platforms",
        "Controls",
    ];
    for rule in RULES {
        let mut lines = rule.page.lines();
        assert_eq!(lines.next(), Some(&*format!("# {}", rule.id)));
        let headings: Vec<_> = lines.filter_map(|line| line.strip_prefix("## ")).collect();
        assert_eq!(headings, HEADINGS, "{}", rule.id);
        assert_eq!(rule.default_level(), Level::Forbid);
        assert_eq!(raised(rule.page, "Bad"), [rule.id]);
        assert_eq!(raised(rule.page, "Good"), [""; 0], "{}", rule.id);
    }
    assert!(RULES.is_sorted_by_key(|rule| rule.id));
}

fn raised(page: &str, heading: &str) -> Vec<String> {
    let bytes = example(page, heading).expect("an example");
    let decoded = decode(&bytes);
    let findings = decoded.finding(FILE).map_or_else(|| read(&decoded.text).1, |finding| vec![finding]);
    findings.iter().map(|finding| finding.id().to_owned()).collect()
}

/// Another reader must understand what we accept as we do.
#[test]
fn second_opinion() {
    for text in [
        "a: 1\nb: two\nc: [3, four, 5.5, true, false]\n",
        "country: NO\nflag: yes\non: off\ny: n\n",
        "date: 2026-12-15\nversion: 1.0.0.0\ntime: 12:30\n",
        "text: 'it''s'\nother: \"a\\tb\\n\\u00e9\"\nempty: ''\n",
        "folded: >\n  a\n  b\n\n  c\nliteral: |-\n  x\n   y\nkeep: |+\n  z\n\n",
        "plain: some words\n  over two lines\nnext: 1\n",
        "a:\n- b: 1\n  c: {d: e}\n- - 1\n  - 2\n- {}\n- []\n",
        "{a: {b: [c, {d: e}, ], }, f: \"g\"}\n",
        "título: 日本語\n\"quoted key\": v\n'single': w\n",
        "url: https://wiki.example/a#b\nmail: a@b.example\ncolon: a:b\nhash: a#b\n",
        "int: -7\nhex: 0x1F\noct: 0o17\nfloat: -1.5e3\nbig: 9223372036854775807\n",
        "# comment\na: b # right\n\n# free\n\nc: d\n# last\n",
        "---\na: 1\n...\n",
        "a: {b: 1,\n  c: 2,\n  d: [e,\n  f]}\r\ng: h\r\n",
        "question?: yes?\ndash-ed: -x\nstar: a*b\namp: a&b\nbang: a!b\npercent: 5%\n",
        "sentence: only [a, b] can read x\nlist:\n  - only [a, b] can read x\n  - a cannot read b beyond team\n",
    ] {
        let tree = clean(text);
        let ours = tree.to_json(tree.root());
        let theirs: serde_json::Value = serde_yaml::from_str(text).expect(text);
        let theirs = if theirs.is_null() { serde_json::json!({}) } else { theirs };
        assert_eq!(ours, theirs, "{text}");
    }
}

#[test]
fn spans_fit_the_line_table() {
    let text = "a: 1\ntítulo: x\n";
    let tree = clean(text);
    let file = SourceFile::new("x.ztam.yaml", text);
    let value = tree.get(tree.root(), "título").expect("there");
    let at = file.line_column(tree.span(value).start);
    assert_eq!((at.line, at.column), (2, 9));
}

/// Random edits of a good text: places always fit, nothing is lost silently, and where another reader accepts what
/// we accept, it reads the same.
#[test]
fn random_edits() {
    const SEED: &str = "tasks:\n  rep:\n    title: Rep # who\n    within: [a, \"b\"]\n    note: |\n      x\n      y\n    \
        may: {internal: {read: team, edit: own}, c: {}}\nlist:\n- a: 1\n  b: 2.5\n- - é\n  - 'it''s'\n- >-\n  f\n  g\n";
    const PIECES: [&str; 34] = [
        "\n", "  ", " ", ":", ": ", "- ", "-", "[", "]", "{", "}", ",", "\"", "'", "#", " # c", "|", ">",
        "&a", "*a", "!t", "?", "? ", "<<: ", "~", "null", "1.5", "é", "\u{202e}", "\t", "\r\n", "---\n",
        "b: c\n", "\\",
    ];
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % below as u64).expect("small")
    };
    let mut compared = 0;
    for _ in 0..20_000 {
        let mut text: Vec<char> = SEED.chars().collect();
        for _ in 0..=random(3) {
            let at = random(text.len());
            let until = (at + random(6)).min(text.len());
            let piece = PIECES[random(PIECES.len())];
            if random(2) == 0 {
                text.drain(at..until);
            } else {
                text.splice(at..at, piece.chars());
            }
        }
        let text: String = text.into_iter().collect();
        let (tree, findings) = read(&text);
        for node in tree.nodes() {
            let _ = at(&text, tree.span(node));
        }
        for finding in &findings {
            assert!(finding.primary().is_some());
            for label in &finding.labels {
                let _ = at(&text, label.span);
            }
        }
        assert!(tree.is_complete() || !findings.is_empty(), "{text:?}");
        let theirs = serde_yaml::from_str::<serde_json::Value>(&text);
        if let (true, Ok(theirs)) = (findings.is_empty(), theirs) {
            compared += 1;
            let theirs = if theirs.is_null() { serde_json::json!({}) } else { theirs };
            assert_eq!(tree.to_json(tree.root()), theirs, "{text:?}");
        }
    }
    assert!(compared > 1000, "{compared}");
}
