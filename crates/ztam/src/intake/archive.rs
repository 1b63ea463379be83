//! Zip archives, entry by entry and in memory.

use std::collections::BTreeSet;
use std::io::{Cursor, Read};

use zip::ZipArchive;
use zip::read::ZipFile;

use super::{Gathering, Want, is_archive, is_left_out, last, size};

/// The signature of an entry in an archive's table of contents.
const ENTRY: &[u8] = b"PK\x01\x02";

/// Takes what is wanted of an archive.
pub(super) fn unpack(path: &str, bytes: &[u8], gathering: &mut Gathering<'_>) {
    if !gathering.is_small_enough(path, bytes.len()) {
        return;
    }
    // Counted before the table is read: the table costs far more than the bytes that ask for it.
    let entries = memchr::memmem::find_iter(bytes, ENTRY).count();
    if !gathering.look_at(entries, path) {
        return;
    }
    let mut archive = match ZipArchive::new(Cursor::new(bytes)) {
        Ok(archive) => archive,
        Err(error) => {
            gathering.refuse(path, format!("`{}` is no zip archive: {error}", last(path)), None);
            return;
        }
    };
    if archive.has_duplicate_names() {
        let title =
            format!("`{}` holds two entries of one name, and nobody can say which counts", last(path));
        gathering.refuse(path, title, Some("export it again".to_owned()));
        return;
    }
    let packed = bytes.len();
    let mut unpacking = Unpacking { path, packed, unpacked: 0, names: BTreeSet::new(), gathering };
    for at in 0..archive.len() {
        let name = match archive.by_index_raw(at) {
            Ok(entry) => unpacking.choose(&entry),
            Err(error) => {
                unpacking.refuse(&format!("an entry of `{}` cannot be found: {error}", last(path)));
                None
            }
        };
        let Some(name) = name else { continue };
        let goes_on = match archive.by_index(at) {
            Ok(entry) => unpacking.entry(&name, entry),
            Err(error) => {
                unpacking.unreadable(&name, &error.to_string());
                true
            }
        };
        if !goes_on {
            return;
        }
    }
}

struct Unpacking<'u, 'w> {
    path: &'u str,
    /// Bytes of the archive.
    packed: usize,
    /// Bytes of its entries so far: entries that share their bytes are paid for every time.
    unpacked: usize,
    names: BTreeSet<String>,
    gathering: &'u mut Gathering<'w>,
}

impl Unpacking<'_, '_> {
    fn refuse(&mut self, title: &str) {
        self.gathering.refuse(self.path, title.to_owned(), None);
    }

    fn unreadable(&mut self, name: &str, reason: &str) {
        let title = format!("`{name}` in `{}` cannot be unpacked: {reason}", last(self.path));
        self.gathering.refuse(&format!("{}/{name}", self.path), title, None);
    }

    /// The name of an entry whose bytes are wanted.
    fn choose<R: Read>(&mut self, entry: &ZipFile<'_, R>) -> Option<String> {
        let archive = last(self.path);
        let Ok(name) = entry.name() else {
            self.refuse(&format!("the name of an entry of `{archive}` is no text"));
            return None;
        };
        // Some tools write the separator of Windows.
        let name = name.replace('\\', "/");
        if entry.is_dir() || name.ends_with('/') {
            return None;
        }
        if leads_out(&name) {
            self.refuse(&format!("the entry `{name}` of `{archive}` leads out of the archive"));
            return None;
        }
        let path = format!("{}/{name}", self.path);
        if let Some(folder) = left_out(&name) {
            self.gathering.left_out.push(format!("{}/{folder}", self.path));
            return None;
        }
        if is_archive(&name) {
            self.gathering.left_out.push(path);
            return None;
        }
        let want = (self.gathering.want)(&path);
        if want == Want::Nothing {
            None
        } else if entry.is_symlink() {
            self.refuse(&format!("`{name}` in `{archive}` is a link, and is not followed"));
            None
        } else if !self.names.insert(name.clone()) {
            self.refuse(&format!("`{archive}` holds `{name}` twice, and nobody can say which counts"));
            None
        } else if want == Want::Name {
            self.gathering.names.push(path);
            None
        } else {
            Some(name)
        }
    }

    /// Unpacks an entry; false where nothing more of the archive is read.
    fn entry<R: Read>(&mut self, name: &str, entry: ZipFile<'_, R>) -> bool {
        let limits = self.gathering.limits;
        let may_be = |packed: usize| packed.saturating_mul(limits.ratio).max(limits.small);
        let by_ratio =
            may_be(size(entry.compressed_size())).min(may_be(self.packed).saturating_sub(self.unpacked));
        let room = limits.total.saturating_sub(self.gathering.total).min(limits.bytes);
        let most = by_ratio.min(room);
        let mut bytes = Vec::with_capacity(size(entry.size()).min(most));
        // What an entry says of its own size is not believed.
        if let Err(error) = entry.take(most as u64 + 1).read_to_end(&mut bytes) {
            self.unreadable(name, &error.to_string());
            return true;
        }
        self.unpacked = self.unpacked.saturating_add(bytes.len());
        let path = format!("{}/{name}", self.path);
        if bytes.len() > most && by_ratio < room {
            let title = format!(
                "`{}` unpacks to more than {} times its size at `{name}`, and nothing more of it is read",
                last(self.path),
                limits.ratio
            );
            self.gathering.too_large(&path, title);
            return false;
        }
        if self.gathering.has_room(&path, bytes.len()) {
            self.gathering.take(path, bytes);
        }
        !self.gathering.full
    }
}

/// Whether an entry's name would leave the folder it is unpacked into.
fn leads_out(name: &str) -> bool {
    let has_drive = name.as_bytes().get(1) == Some(&b':');
    has_drive || name.starts_with('/') || name.contains('\0') || name.split('/').any(|part| part == "..")
}

/// The folder of an entry that is left out, with those above it.
fn left_out(name: &str) -> Option<&str> {
    let (folders, _) = name.rsplit_once('/')?;
    let mut end = 0;
    for folder in folders.split('/') {
        end += folder.len();
        if folder != "." && is_left_out(folder) {
            return name.get(..end);
        }
        end += 1;
    }
    None
}
