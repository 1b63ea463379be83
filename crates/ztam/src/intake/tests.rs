use std::fs;
use std::io::{Cursor, Write as _};
use std::path::Path;

use tempfile::TempDir;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;
use ztam_model::date::Date;

use super::*;

const SMALL: Limits =
    Limits { depth: 3, entries: 50, files: 20, bytes: 1 << 20, total: 3 << 20, ratio: 50, small: 1 << 10 };

fn want(path: &str) -> Want {
    match path.rsplit('.').next() {
        Some("xml") => Want::Bytes,
        Some("cls") => Want::Name,
        _ => Want::Nothing,
    }
}

fn take(folder: &Path, paths: &[&str], limits: Limits) -> Result<Intake, Failure> {
    let world = World::new(Date::parse("2026-01-01").unwrap(), folder.to_path_buf());
    let paths: Vec<_> = paths.iter().map(PathBuf::from).collect();
    intake_within(&world, &paths, &want, &mut SourceMap::default(), limits)
}

/// What was taken, a line each: files, names, what was left out, what was refused.
fn lines(folder: &Path, paths: &[&str], limits: Limits) -> Vec<String> {
    let taken = take(folder, paths, limits).unwrap();
    let mut lines: Vec<_> = taken.files.iter().map(|it| it.path.clone()).collect();
    lines.extend(taken.names.iter().map(|it| format!("name {it}")));
    lines.extend(taken.left_out.iter().map(|it| format!("left {it}")));
    lines.extend(taken.findings.iter().map(|it| format!("{} {}", it.id(), it.title)));
    lines
}

fn tree(files: &[(&str, &[u8])]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, bytes) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    folder
}

fn archive(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

#[test]
fn folders_files_and_archives_make_one_list() {
    let packed = archive(&[("b/x.xml", b"<x/>"), ("b/Y.cls", b"-"), (".git/z.xml", b"-"), ("c/d.zip", b"-")]);
    let folder = tree(&[
        ("a/two.xml", b"<two/>"),
        ("a/one.xml", b"<one/>"),
        ("a/Code.cls", b"-"),
        ("a/text.txt", b"-"),
        ("a/.sfdx/x.xml", b"-"),
        ("a/node_modules/x.xml", b"-"),
        ("s.zip", &packed),
        ("dump.csv", b"a,b"),
        ("other.bin", &packed),
    ]);
    let expected = [
        "a/one.xml",
        "a/two.xml",
        "dump.csv",
        "other.bin/b/x.xml",
        "s.zip/b/x.xml",
        "name a/Code.cls",
        "name other.bin/b/Y.cls",
        "name s.zip/b/Y.cls",
        "left a/.sfdx",
        "left a/node_modules",
        "left other.bin/.git",
        "left other.bin/c/d.zip",
        "left s.zip/.git",
        "left s.zip/c/d.zip",
    ];
    let paths = ["./a/", "a/one.xml", "s.zip", "dump.csv", "a", "other.bin"];
    assert_eq!(lines(folder.path(), &paths, LIMITS), expected);
    assert_eq!(lines(&folder.path().join("a"), &["."], LIMITS)[..2], ["one.xml", "two.xml"]);
    assert!(lines(folder.path(), &["."], LIMITS).contains(&"s.zip/b/x.xml".to_owned()));
    let missing = take(folder.path(), &["a", "nowhere"], LIMITS).unwrap_err();
    assert_eq!(missing.to_string(), "there is no nowhere");
}

#[test]
fn archives_that_lead_out_or_lie_are_refused() {
    let evil = archive(&[
        ("../up.xml", b"-"),
        ("a/../../up.xml", b"-"),
        ("/etc/x.xml", b"-"),
        ("C:\\x.xml", b"-"),
        ("..\\up.xml", b"-"),
        ("good.xml", b"<a/>"),
        ("a\\b.xml", b"<a/>"),
        ("a/b.xml", b"<b/>"),
    ]);
    let folder =
        tree(&[("e.zip", &evil), ("no.zip", b"PK\x03\x04 nothing of the kind"), ("cut.zip", &evil[..90])]);
    let told = lines(folder.path(), &["e.zip"], LIMITS);
    assert_eq!(told[..2], ["e.zip/a/b.xml", "e.zip/good.xml"], "{told:#?}");
    assert_eq!(told.iter().filter(|it| it.ends_with("leads out of the archive")).count(), 5, "{told:#?}");
    assert!(told.iter().any(|it| it.contains("holds `a/b.xml` twice")), "{told:#?}");
    for name in ["no.zip", "cut.zip"] {
        let told = lines(folder.path(), &[name], LIMITS);
        assert!(told.len() == 1 && told[0].starts_with("read/malformed"), "{told:#?}");
    }
}

#[test]
fn two_entries_of_one_name_are_refused() {
    let mut twice = archive(&[("a.xml", b"<one/>"), ("b.xml", b"<two/>")]);
    let places: Vec<_> = memchr::memmem::find_iter(&twice, b"b.xml").collect();
    for at in places {
        twice[at] = b'a';
    }
    let folder = tree(&[("t.zip", &twice)]);
    let told = lines(folder.path(), &["t.zip"], LIMITS);
    assert!(told.len() == 1 && told[0].contains("two entries of one name"), "{told:#?}");
}

#[test]
fn bombs_stop_before_they_are_paid_for() {
    let bomb = archive(&[("a.xml", &vec![b' '; 900 << 10]), ("b.xml", b"<b/>")]);
    let folder = tree(&[("bomb.zip", &bomb)]);
    let told = lines(folder.path(), &["bomb.zip"], SMALL);
    assert!(told.len() == 1 && told[0].contains("more than 50 times its size at `a.xml`"), "{told:#?}");
    // Many entries that stay below the limit each are too much together.
    let mut state = 1_u64;
    let mut noise = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 56) as u8
    };
    let noise: Vec<u8> = (0..3000).map(|_| noise()).collect();
    let mut large = noise.clone();
    large.extend(vec![b' '; 100 << 10]);
    let names: Vec<_> = (0..10).map(|it| format!("{it}.xml")).collect();
    let entries: Vec<_> = names.iter().map(|it| (it.as_str(), large.as_slice())).collect();
    let folder = tree(&[("many.zip", &archive(&entries))]);
    assert_eq!(lines(folder.path(), &["many.zip"], SMALL).len(), 10);
    let told = lines(folder.path(), &["many.zip"], Limits { ratio: 20, ..SMALL });
    assert!(told.last().unwrap().contains("more than 20 times"), "{told:#?}");
    let names: Vec<_> = (0..60).map(|it| format!("{it}.txt")).collect();
    let entries: Vec<_> = names.iter().map(|it| (it.as_str(), b"-".as_slice())).collect();
    let folder = tree(&[("wide.zip", &archive(&entries))]);
    let told = lines(folder.path(), &["wide.zip"], SMALL);
    assert!(told.len() == 1 && told[0].contains("more than 50 files and folders"), "{told:#?}");
}

#[test]
fn limits_hold_for_folders_too() {
    let folder = tree(&[("a/b/c/d/x.xml", b"-"), ("big.xml", &vec![b'-'; (1 << 20) + 1]), ("ok.xml", b"-")]);
    let told = lines(folder.path(), &["."], SMALL);
    assert_eq!(told[0], "ok.xml");
    assert!(
        told[1].contains("more than 3 folders deep") && told[2].contains("larger than 1 MiB"),
        "{told:#?}"
    );
    let names: Vec<_> = (0..30).map(|it| format!("{it:02}.xml")).collect();
    let files: Vec<_> = names.iter().map(|it| (it.as_str(), b"-".as_slice())).collect();
    let folder = tree(&files);
    let told = lines(folder.path(), &["."], SMALL);
    assert_eq!(told.len(), 21);
    assert!(told[20].contains("more than 20 files to read"), "{told:#?}");
    let big = vec![b'-'; 1 << 20];
    let folder = tree(&[("1.xml", &big), ("2.xml", &big), ("3.xml", &big), ("4.xml", b"-")]);
    assert!(lines(folder.path(), &["."], SMALL)[3].contains("more than 3 MiB to read"));
}

#[cfg(unix)]
#[test]
fn links_are_not_followed_out_of_the_tree() {
    use std::os::unix::fs::symlink;
    let outside = tree(&[("secret.xml", b"<s/>"), ("folder/x.xml", b"-")]);
    let folder = tree(&[("a/real.xml", b"<a/>")]);
    let link = |to: &Path, name: &str| symlink(to, folder.path().join(name)).unwrap();
    link(Path::new("real.xml"), "a/inside.xml");
    link(Path::new(".."), "a/round");
    link(&outside.path().join("secret.xml"), "a/out.xml");
    link(&outside.path().join("folder"), "a/folder");
    link(&outside.path().join("secret.xml"), "a/out.txt");
    link(Path::new("/nowhere"), "a/gone.xml");
    let told = lines(folder.path(), &["."], LIMITS);
    assert_eq!(told[0], "a/real.xml");
    assert_eq!(told.len(), 4, "{told:#?}");
    for (line, name) in told[1..].iter().zip(["folder", "gone.xml", "out.xml"]) {
        assert!(line.starts_with(&format!("read/malformed `a/{name}` is a link that leads out")), "{line}");
    }
    // What is given is followed, and then it is no longer outside.
    let given = outside.path().to_string_lossy().into_owned();
    assert_eq!(lines(folder.path(), &[".", &given], LIMITS).len(), 4);
}

#[cfg(unix)]
#[test]
fn names_that_are_no_text_are_told_where_they_matter() {
    use std::os::unix::ffi::OsStrExt as _;
    let folder = tree(&[("x.xml", b"-")]);
    for name in [&b"\xff.xml"[..], b"\xff.txt"] {
        fs::write(folder.path().join(std::ffi::OsStr::from_bytes(name)), b"-").unwrap();
    }
    let told = lines(folder.path(), &["."], LIMITS);
    assert!(told.len() == 2 && told[1].contains("is not UTF-8"), "{told:#?}");
}

#[test]
fn texts_are_loaded_for_what_is_told_and_keep_their_places() {
    let folder = tree(&[("a.xml", b"\xef\xbb\xbf<a>\xff\xfe</a>"), ("b.xml", b"<b/>")]);
    let world = World::new(Date::parse("2026-01-01").unwrap(), folder.path().to_path_buf());
    let mut sources = SourceMap::default();
    let taken = intake(&world, &[PathBuf::from(".")], &want, &mut sources).unwrap();
    let span = taken.inputs()[0].span(&(8..12));
    let finding = Finding::new(&MALFORMED, "x").at(span, "here");
    taken.show(&[finding], &mut sources);
    assert_eq!(sources.file(taken.files[0].source).text, "\u{feff}<a>??</a>");
    assert_eq!(sources.text(span), "</a>");
    assert_eq!(sources.file(taken.files[1].source).text, "");
}
