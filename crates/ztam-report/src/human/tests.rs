use super::*;
use insta::assert_snapshot;
use ztam_source::file::{FileId, SourceFile};
use ztam_source::finding::{Confidence, RuleMeta, Safety, Stage, TextEdit};
use ztam_source::span::Span;

static RULE: RuleMeta = RuleMeta {
    id: "mapping/field-narrower-than-row",
    summary: "a field is granted in fewer rows than its object",
    severity: ztam_source::finding::Severity::High,
    confidence: Confidence::Proven,
    waivable: true,
    stage: Stage::Judge,
    since: "0.1.0",
    controls: &[],
    page: "",
};

const STAFF: &str = "\
roles:
  sales-rep:
    within: [sales]
    may:
      internal:     {read: team, create: own, edit: own}
      confidential: {read: own, edit: own}
";

const CATALOGUE: &str = "\
assets:
  opportunity:
    class: internal
    domains: [sales]
    title: Opportunity
    owner: sales-ops@acme.example
    tags: [sox]
    fields:
      amount: {class: confidential}
";

struct Files(SourceMap, Vec<FileId>);

impl Files {
    fn new(files: &[(&str, &str)]) -> Self {
        let mut sources = SourceMap::default();
        let ids = files.iter().map(|(path, text)| sources.add(SourceFile::new(*path, *text))).collect();
        Self(sources, ids)
    }

    /// The place of the `nth` occurrence of a text.
    fn find(&self, file: usize, text: &str, nth: usize) -> Span {
        let (start, _) = self.0.file(self.1[file]).text.match_indices(text).nth(nth).unwrap();
        Span::new(self.1[file], start as u32, (start + text.len()) as u32)
    }
}

fn draw(finding: &Finding, files: &Files, width: usize) -> String {
    Handler::new(Style { width, color: false }).finding(finding, &files.0)
}

fn narrower(files: &Files) -> Finding {
    let read = files.find(0, "own", 2);
    Finding::new(
        &RULE,
        "Sales Rep would read `opportunity.amount` in the team's rows, but may read it in their own only",
    )
    .at(read, "confidential: own rows only")
    .because(files.find(0, "team", 0), "but the rows come from the whole team")
    .because(files.find(1, "opportunity", 0), "the row is internal")
    .because(files.find(1, "amount: {class: confidential}", 0), "this field of it is confidential")
    .note("neither platform can hide a field in some rows and show it in others")
    .help("decide which of the two is meant")
    .fix(
        "narrow the rows",
        Safety::Safe,
        vec![TextEdit { span: files.find(0, "team", 0), text: "own".into() }],
    )
    .fix("or widen the cell", Safety::NeedsApproval, vec![TextEdit { span: read, text: "team".into() }])
}

#[test]
fn several_files_and_fixes() {
    let files = Files::new(&[("roles/staff.ztam.yaml", STAFF), ("catalog/customers.ztam.yaml", CATALOGUE)]);
    assert_snapshot!(draw(&narrower(&files), &files, 80));
}

#[test]
fn advisory_and_waived_have_other_titles() {
    let files = Files::new(&[("roles/staff.ztam.yaml", STAFF)]);
    let mut finding = Finding::new(&RULE, "Sales Rep has no owner").at(files.find(0, "sales-rep", 0), "");
    finding.level = Level::Advisory;
    let advisory = draw(&finding, &files, 80);
    finding.level = Level::Blocking;
    finding.waived_by = Some("W-2026-014".into());
    assert_snapshot!(format!("{advisory}\n\n{}", draw(&finding, &files, 80)));
}

#[test]
fn hostile_text_is_harmless() {
    let text = "roles:\n  \u{202e}evil\u{1b}[31m: {title: \"a\u{200b}b\", may: x}\n";
    let files = Files::new(&[("ro\u{1b}les.ztam.yaml", text)]);
    let finding = Finding::new(&RULE, "`\u{202e}evil\u{1b}[2J` is\u{7} here")
        .at(files.find(0, "may", 0), "\u{9b}31m may")
        .note("n\u{2028}ote")
        .help("he\u{0}lp")
        .fix(
            "f\u{8}ix",
            Safety::Safe,
            vec![TextEdit { span: files.find(0, "x", 0), text: "\u{2067}y".into() }],
        );
    let drawn = draw(&finding, &files, 80);
    assert!(ztam_source::confusable::hidden_characters(&drawn).next().is_none(), "{drawn:?}");
    assert_snapshot!(drawn);
}

#[test]
fn far_places_and_endless_lines_are_cut() {
    let mut text = "first: 1\n".to_owned();
    text.push_str(&"filler: 1\n".repeat(5_000));
    text.push_str(&format!("long: [{}here, {}]\n", "word, ".repeat(3_000), "word, ".repeat(3_000)));
    let files = Files::new(&[("big.ztam.yaml", &text)]);
    let finding = Finding::new(&RULE, "far away")
        .at(files.find(0, "here", 0), "this")
        .because(files.find(0, "first", 0), "and that");
    let drawn = draw(&finding, &files, 80);
    assert!(
        drawn.lines().filter(|line| line.contains('|')).all(|line| line.chars().count() <= 80),
        "{drawn}"
    );
    assert_snapshot!(drawn);
}

#[test]
fn findings_end_with_counts() {
    let files = Files::new(&[("roles/staff.ztam.yaml", STAFF), ("catalog/customers.ztam.yaml", CATALOGUE)]);
    let mut advisory = Finding::new(&RULE, "no place at all").help("look around");
    advisory.level = Level::Advisory;
    advisory.id = Some("other/rule".into());
    let mut off = advisory.clone();
    off.level = Level::Off;
    let all = findings(&[narrower(&files), advisory, off], &files.0, Style { width: 140, color: false });
    assert_eq!(
        all.lines().last(),
        Some("1 blocking, 1 advisory; 1 with a fix; `ztam explain RULE` says more")
    );
    assert!(all.contains("warning[other/rule]: no place at all\n"));
    assert_eq!(findings(&[], &files.0, Style::default()), "");
}

#[test]
fn color_is_only_used_when_asked_for() {
    let files = Files::new(&[("roles/staff.ztam.yaml", STAFF), ("catalog/customers.ztam.yaml", CATALOGUE)]);
    let finding = narrower(&files);
    let handler = Handler::new(Style { width: 80, color: true });
    assert!(handler.finding(&finding, &files.0).contains('\u{1b}'));
    assert!(!draw(&finding, &files, 80).contains('\u{1b}'));
}

#[test]
fn the_protocol_is_enough() {
    struct Shown<'a>(&'a dyn Diagnostic);
    impl fmt::Display for Shown<'_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            Handler::new(Style::default()).debug(self.0, f)
        }
    }
    let diagnostic = miette::MietteDiagnostic::new("no place to write").with_help("give `--out`");
    assert_eq!(Shown(&diagnostic).to_string(), "error: no place to write\n |\n = help: give `--out`");
}

#[test]
fn odd_places_do_not_break_drawing() {
    let files = Files::new(&[("é.yaml", "é: ü\r\n"), ("empty.yaml", "")]);
    for (start, end) in [(0, 0), (1, 2), (5, 99), (99, 7), (6, 7)] {
        let finding = Finding::new(&RULE, "odd")
            .at(Span::new(files.1[0], start, end), "here")
            .because(Span::new(files.1[1], start, end), "there")
            .fix(
                "edit",
                Safety::Safe,
                vec![
                    TextEdit { span: Span::new(files.1[0], start, end), text: "x\ny".into() },
                    TextEdit { span: Span::new(files.1[1], 0, 0), text: "z\n".into() },
                ],
            );
        assert!(draw(&finding, &files, 80).starts_with("error[mapping/"), "{start}..{end}");
    }
}

#[test]
fn what_a_matrix_says_never_looks_like_a_line_of_ours() {
    let files = Files::new(&[("roles.ztam.yaml", STAFF)]);
    let hostile = format!("Rep\n\nall is well\n{}", "x".repeat(1_000_000));
    let finding =
        Finding::new(&RULE, hostile.clone()).at(files.find(0, "sales-rep", 0), hostile.clone()).note(hostile);
    let drawn = draw(&finding, &files, 140);
    assert!(!drawn.lines().any(|line| line.trim_start().starts_with("all is well")), "{drawn}");
    assert!(drawn.len() < 10 * WORDY, "{}", drawn.len());
}
