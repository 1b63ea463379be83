//! Renders one artefact into a file: streamed through one buffer, hashed on the way, never whole in memory.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::Path;

use sha2::{Digest, Sha256};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};
use ztam_backend::artifact::{Artifact, Body};

use crate::files::hexadecimal;

const BUFFER: usize = 256 * 1024;
/// Deflate level: higher ones cost twice the time for a few per cent.
const DEFLATE: i64 = 3;
/// Read and write for the owner, read for all.
const PERMISSIONS: u32 = 0o644;

/// Renders an artefact into a new file; returns its hash and size.
pub(super) fn render(artifact: &Artifact<'_>, path: &Path) -> io::Result<(String, u64)> {
    let file = File::create_new(path)?;
    match &artifact.body {
        Body::Stream(render) => {
            let mut out = BufWriter::with_capacity(BUFFER, Hashing { file, hasher: Sha256::new(), bytes: 0 });
            render(&mut out)?;
            let Hashing { hasher, bytes, .. } = out.into_inner().map_err(io::IntoInnerError::into_error)?;
            Ok((hexadecimal(&hasher.finalize()), bytes))
        }
        Body::Zip(entries) => {
            zip(entries, file)?;
            hash(path)
        }
    }
}

/// The hash and size of a file.
pub(super) fn hash(path: &Path) -> io::Result<(String, u64)> {
    let mut file = BufReader::with_capacity(BUFFER, File::open(path)?);
    let (mut hasher, mut bytes, mut buffer) = (Sha256::new(), 0, vec![0; BUFFER]);
    loop {
        let count = file.read(&mut buffer)?;
        let Some(read) = buffer.get(..count).filter(|it| !it.is_empty()) else { break };
        hasher.update(read);
        bytes += count as u64;
    }
    Ok((hexadecimal(&hasher.finalize()), bytes))
}

/// Packs entries in their order. Times and permissions are fixed, so that the same entries give the same bytes.
fn zip(entries: &[Artifact<'_>], file: File) -> io::Result<()> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(DEFLATE))
        .last_modified_time(DateTime::default())
        .unix_permissions(PERMISSIONS);
    let mut out = ZipWriter::new(BufWriter::with_capacity(BUFFER, file));
    for entry in entries {
        let Body::Stream(render) = &entry.body else {
            return Err(io::Error::other("a zip inside a zip"));
        };
        out.start_file(entry.path.as_str(), options).map_err(io::Error::from)?;
        let mut buffer = BufWriter::with_capacity(BUFFER, &mut out);
        render(&mut buffer)?;
        buffer.flush()?;
    }
    out.finish().map_err(io::Error::from)?.flush()
}

struct Hashing {
    file: File,
    hasher: Sha256,
    bytes: u64,
}

impl Write for Hashing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.file.write(bytes)?;
        self.hasher.update(bytes.get(..count).unwrap_or_default());
        self.bytes += count as u64;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
