//! Renders one artefact into a file: streamed through one buffer, hashed on the way, never whole in memory.

use std::io::{self, BufReader, BufWriter, Cursor, Read, Write};
use std::path::Path;

use sha2::{Digest, Sha256};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};
use ztam_backend::artifact::{Artifact, Body};

use crate::disk::Disk;
use crate::files::hexadecimal;

const BUFFER: usize = 256 * 1024;
/// Deflate level: higher ones cost twice the time for a few per cent.
const DEFLATE: i64 = 3;
/// Read and write for the owner, read for all.
const PERMISSIONS: u32 = 0o644;

/// Renders an artefact into a new file; returns its hash and size.
pub(super) fn render(disk: &dyn Disk, artifact: &Artifact<'_>, path: &Path) -> io::Result<(String, u64)> {
    hashed(disk.create(path)?, &artifact.body)
}

/// The hash and size that an artefact would have as a file; nothing is written.
pub(crate) fn would_be(artifact: &Artifact<'_>) -> io::Result<(String, u64)> {
    hashed(io::sink(), &artifact.body)
}

fn hashed(out: impl Write, body: &Body<'_>) -> io::Result<(String, u64)> {
    let mut out = BufWriter::with_capacity(BUFFER, Hashing { out, hasher: Sha256::new(), bytes: 0 });
    match body {
        Body::Stream(render) => render(&mut out)?,
        Body::Zip(entries) => out.write_all(&zip(entries)?)?,
    }
    let Hashing { hasher, bytes, .. } = out.into_inner().map_err(io::IntoInnerError::into_error)?;
    Ok((hexadecimal(&hasher.finalize()), bytes))
}

/// The hash and size of a file.
pub(super) fn hash(disk: &dyn Disk, path: &Path) -> io::Result<(String, u64)> {
    let mut file = BufReader::with_capacity(BUFFER, disk.open(path)?.1);
    let (mut hasher, mut bytes, mut buffer) = (Sha256::new(), 0, vec![0; BUFFER]);
    loop {
        let count = file.read(&mut buffer)?;
        let Some(read) = buffer.get(..count).filter(|it| !it.is_empty()) else { break };
        hasher.update(read);
        bytes += count as u64;
    }
    Ok((hexadecimal(&hasher.finalize()), bytes))
}

/// Packs entries in their order. Times and permissions are fixed, so that the same entries give the same bytes. The zip is
/// made in memory, where it is small (its entries stream): the packer takes a disk that fails in between badly.
fn zip(entries: &[Artifact<'_>]) -> io::Result<Vec<u8>> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(DEFLATE))
        .last_modified_time(DateTime::default())
        .unix_permissions(PERMISSIONS);
    let mut out = ZipWriter::new(Cursor::new(Vec::new()));
    for entry in entries {
        let Body::Stream(render) = &entry.body else {
            return Err(io::Error::other("a zip inside a zip"));
        };
        out.start_file(entry.path.as_str(), options).map_err(io::Error::from)?;
        let mut buffer = BufWriter::with_capacity(BUFFER, &mut out);
        render(&mut buffer)?;
        buffer.flush()?;
    }
    Ok(out.finish().map_err(io::Error::from)?.into_inner())
}

struct Hashing<W> {
    out: W,
    hasher: Sha256,
    bytes: u64,
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.out.write(bytes)?;
        self.hasher.update(bytes.get(..count).unwrap_or_default());
        self.bytes += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
