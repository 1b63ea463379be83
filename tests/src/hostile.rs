//! What strangers send: every shape is read in bounded time and memory, ends in a finding or a failure, and never in a panic.

use ztam::session::Session;

use crate::project::{OnDisk, findings, world};

const MANIFEST: &[u8] = b"ztam: 1\nproject: hostile\n";

/// The rules that a file raises.
fn rules(bytes: &[u8]) -> Vec<&'static str> {
    let project = OnDisk::new([("ztam.yaml", MANIFEST), ("a.ztam.yaml", bytes)]);
    let (found, _) = findings(project.path(), crate::project::AS_OF);
    let mut ids: Vec<_> = found.iter().map(|it| it.rule.id).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// Each is some hundred kilobytes to a few megabytes: a reader that is quadratic in any of them does not come back.
#[test]
fn deep_and_wide_shapes_are_refused_or_read_in_a_straight_line() {
    let shapes: Vec<(&str, String)> = vec![
        ("open brackets", "[".repeat(1_000_000)),
        ("open maps", "{a: ".repeat(400_000)),
        ("open sets", "{a, ".repeat(400_000)),
        ("tag directives", "%TAG ! tag:x,2000:\n".repeat(100_000) + "--- a\n"),
        ("nested dashes", "- ".repeat(500_000)),
        ("question marks", "? ".repeat(500_000)),
        ("anchors", (0..100_000).map(|it| format!("- &a{it} x\n")).collect()),
        ("aliases", "a: &a x\n".to_owned() + &"- *a\n".repeat(200_000)),
        ("alias bomb", "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: [*b,*b,*b,*b,*b,*b,*b,*b,*b]\n".to_owned()),
        ("comments", "# x\n".repeat(500_000)),
        ("blank lines", "\n".repeat(2_000_000)),
        ("a long plain scalar", format!("title: {}\n", "x ".repeat(1_000_000))),
        ("a long quoted scalar", format!("title: \"{}\"\n", "\\\"".repeat(1_000_000))),
        ("a long block scalar", format!("title: |\n{}", "  x\n".repeat(500_000))),
        ("documents", "--- a\n".repeat(200_000)),
        ("repeated keys", "title: x\n".repeat(200_000)),
        ("deep indentation", (0..3_000).map(|it| format!("{}a:\n", " ".repeat(it))).collect()),
        ("merge keys", "<<: {a: b}\n".repeat(100_000)),
        ("tags", "- !!str x\n".repeat(200_000)),
        ("close brackets", "]".repeat(1_000_000)),
        ("colons", ":".repeat(1_000_000)),
        ("quotes", "'".repeat(1_000_001)),
        ("a long key", format!("{}: x\n", "k".repeat(1_000_000))),
    ];
    for (name, text) in shapes {
        let ids = rules(text.as_bytes());
        let harmless =
            ["comments", "blank lines", "a long plain scalar", "a long quoted scalar", "a long block scalar"];
        assert_eq!(ids.is_empty(), harmless.contains(&name), "{name}: {ids:?}");
    }
}

#[test]
fn bytes_that_are_no_text_are_refused() {
    assert_eq!(rules(b"title: \xff\xfe\n"), ["yaml/not-utf8"]);
    assert_eq!(rules(b"title: a\0b\n"), ["yaml/control-character"]);
    assert_eq!(rules("title: a\u{202e}b\n".as_bytes()), ["yaml/control-character"]);
}

#[test]
fn habits_of_other_systems_are_read() {
    assert_eq!(rules(b""), [""; 0]);
    assert_eq!(rules(b"\xef\xbb\xbftitle: x\r\nowner: y\r\n"), [""; 0]);
    assert_eq!(rules(b"# only a comment"), [""; 0]);
}

#[test]
fn a_file_of_a_hundred_megabytes_is_not_read() {
    let big = vec![b'#'; 100 * 1024 * 1024];
    assert_eq!(rules(&big), ["yaml/too-large"]);
}

#[cfg(unix)]
#[test]
fn links_lead_nowhere() {
    let project = OnDisk::new([("ztam.yaml", MANIFEST), ("sub/b.ztam.yaml", b"title: x\n".as_slice())]);
    std::os::unix::fs::symlink(project.path(), project.path().join("sub/loop")).unwrap();
    let (found, _) = findings(project.path(), crate::project::AS_OF);
    assert!(found.is_empty(), "{found:#?}");

    let outside = OnDisk::new([("secret.ztam.yaml", b"title: x\n".as_slice())]);
    std::os::unix::fs::symlink(outside.path().join("secret.ztam.yaml"), project.path().join("c.ztam.yaml"))
        .unwrap();
    let refused = Session::new().load(&world(project.path()), project.path());
    assert!(refused.is_err(), "a file outside of the project was read");
}
