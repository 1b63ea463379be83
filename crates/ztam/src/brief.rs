//! Packages of large estates, a file at a time. Of a container with many rows only what they come to is held; whose rows differ is
//! read again, whole.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};
use ztam_backend::Backend;
use ztam_backend::read::{Brief, ReadContainer};
use ztam_source::file::FileId;
use ztam_source::span::Span;

use crate::exit::Failure;

/// Containers with more rows are shortened. Groups have fewer, and are looked into across files.
const FEW_ROWS: usize = 256;

/// A container without its rows, where there are many.
pub(crate) fn shorten(mut container: ReadContainer) -> ReadContainer {
    if container.brief.is_some() || container.rows.len() <= FEW_ROWS {
        return container;
    }
    let rows = std::mem::take(&mut container.rows);
    let mut hash = Sha256::new();
    let mut add = |text: &str| {
        hash.update(text.len().to_le_bytes());
        hash.update(text);
    };
    for row in &rows {
        add(row.row.kind);
        add(&row.row.key);
        row.row.rights.iter().for_each(|it| add(it));
        add("");
    }
    container.brief = Some(Brief { rows: rows.len(), digest: hash.finalize().into() });
    container
}

/// Files of a build that were read: one of the same name and bytes needs not be read again.
#[derive(Debug, Default)]
pub(crate) struct Known(BTreeMap<(&'static str, String, [u8; 32]), Vec<ReadContainer>>);

impl Known {
    pub(crate) fn add(
        &mut self,
        backend: &dyn Backend,
        path: &str,
        digest: [u8; 32],
        containers: &[ReadContainer],
    ) {
        self.0.insert((backend.platform(), place(path), digest), containers.to_vec());
    }

    /// What a file holds, if one of the same bytes was read; it stands at the beginning of that file.
    pub(crate) fn of(
        &self,
        backend: &dyn Backend,
        path: &str,
        digest: [u8; 32],
        file: FileId,
    ) -> Option<Vec<ReadContainer>> {
        let known = self.0.get(&(backend.platform(), place(path), digest))?;
        let here = |it: &ReadContainer| ReadContainer { place: Span::new(file, 0, 0), ..it.clone() };
        Some(known.iter().map(here).collect())
    }
}

/// What of a path says what a file holds: its name and its folder.
fn place(path: &str) -> String {
    let mut parts = path.rsplit('/');
    let name = parts.next().unwrap_or_default();
    format!("{}/{name}", parts.next().unwrap_or_default())
}

pub(crate) fn digest(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// What is kept of each container that is read.
pub(crate) type Keep<'k> = &'k dyn Fn(ReadContainer) -> ReadContainer;

/// A container among those of one side.
type Identity = (&'static str, String, Option<String>);

fn identity(it: &ReadContainer) -> Identity {
    (it.kind, it.name.clone(), it.id.clone())
}

/// Containers with all of their rows.
#[derive(Debug, Default)]
pub(crate) struct Wholes(BTreeMap<Identity, ReadContainer>);

impl Wholes {
    /// Reads those that are shortened again, each file once. `read` reads a file of the side.
    pub(crate) fn read(
        needed: &[&ReadContainer],
        read: impl Fn(FileId, Keep<'_>) -> Result<Vec<ReadContainer>, Failure>,
    ) -> Result<Self, Failure> {
        let mut files: BTreeMap<FileId, BTreeSet<Identity>> = BTreeMap::new();
        for it in needed.iter().filter(|it| it.brief.is_some()) {
            files.entry(it.place.file).or_default().insert(identity(it));
        }
        let mut all = BTreeMap::new();
        for (file, wanted) in files {
            let keep = |it: ReadContainer| {
                if wanted.contains(&identity(&it)) { it } else { ReadContainer { rows: Vec::new(), ..it } }
            };
            let found = read(file, &keep)?.into_iter().map(|it| (identity(&it), it));
            all.extend(found.filter(|(key, _)| wanted.contains(key)));
        }
        Ok(Self(all))
    }

    /// The container with its rows.
    ///
    /// # Errors
    /// Its file no longer holds it.
    pub(crate) fn of<'a>(&'a self, it: &'a ReadContainer) -> Result<&'a ReadContainer, Failure> {
        if it.brief.is_none() {
            return Ok(it);
        }
        self.0.get(&identity(it)).ok_or_else(|| {
            Failure::usage(format!("the {} {} has changed while it was compared", it.kind, it.name))
                .help("run it again")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::BACKENDS;
    use ztam_backend::plan::Row;
    use ztam_backend::read::ReadRow;

    const PLACE: Span = Span { file: FileId(3), start: 0, end: 0 };

    fn container(name: &str, rows: usize, right: &'static str) -> ReadContainer {
        let row = |at: usize| ReadRow {
            row: Row { kind: "k", key: format!("{at:04}"), rights: vec![if at == 0 { right } else { "r" }] },
            span: PLACE,
        };
        ReadContainer { rows: (0..rows).map(row).collect(), ..ReadContainer::new("Set", name, PLACE) }
    }

    #[test]
    fn only_many_rows_are_left_out() {
        let few = shorten(container("A", FEW_ROWS, "r"));
        assert_eq!((few.rows.len(), few.brief, few.row_count()), (FEW_ROWS, None, FEW_ROWS));
        let many = shorten(container("A", FEW_ROWS + 1, "r"));
        assert_eq!((many.rows.len(), many.row_count()), (0, FEW_ROWS + 1));
    }

    #[test]
    fn what_is_short_tells_one_right_apart() {
        let short = |right| shorten(container("A", 300, right));
        assert!(short("r").has_rows_of(&short("r")));
        assert!(!short("r").has_rows_of(&short("s")));
        assert!(!short("r").has_rows_of(&shorten(container("A", 301, "r"))));
    }

    #[test]
    fn a_known_file_is_one_of_the_same_name_folder_and_bytes() {
        let backend = BACKENDS[0];
        let mut known = Known::default();
        known.add(backend, "x/Roles/A.xml", digest(b"a"), &[container("A", 1, "r")]);
        let of = |path: &str, bytes: &[u8]| known.of(backend, path, digest(bytes), FileId(7));
        let found = of("elsewhere/Roles/A.xml", b"a").unwrap();
        assert_eq!((found[0].name.as_str(), found[0].place.file), ("A", FileId(7)));
        assert!(of("x/Roles/A.xml", b"b").is_none());
        assert!(of("x/Other/A.xml", b"a").is_none());
        assert!(of("x/Roles/B.xml", b"a").is_none());
        assert!(known.of(BACKENDS[1], "x/Roles/A.xml", digest(b"a"), FileId(7)).is_none());
    }

    #[test]
    fn each_is_read_again_from_its_file_and_the_others_stay_short() {
        let (a, b) = (shorten(container("A", 300, "r")), container("B", 2, "r"));
        let wholes = Wholes::read(&[&a, &b], |file, keep| {
            assert_eq!(file, FileId(3), "only of files that hold something short");
            let all: Vec<_> = ["A", "C"].map(|it| keep(container(it, 300, "r"))).into();
            assert_eq!(all.iter().map(|it| it.rows.len()).collect::<Vec<_>>(), [300, 0]);
            Ok(all)
        });
        let wholes = wholes.unwrap();
        assert_eq!(wholes.of(&a).unwrap().rows.len(), 300);
        assert_eq!(wholes.of(&b).unwrap().rows.len(), 2);
        assert!(wholes.of(&shorten(container("C", 300, "r"))).is_err());
    }
}
