//! Files that a back end makes: each streams its parts into a writer and can be rendered on any thread, more than once,
//! with the same bytes.

use std::io::{self, Write};

/// One file of a package.
pub struct Artifact<'a> {
    /// Path below the output folder, with `/`.
    pub path: String,
    /// What is in it.
    pub body: Body<'a>,
}

/// What a file is made of.
pub enum Body<'a> {
    /// Text that renders into a writer.
    Stream(Render<'a>),
    /// A zip of other artefacts, whose paths are the names of its entries, in this order.
    Zip(Vec<Artifact<'a>>),
}

/// Writes the file's bytes.
pub type Render<'a> = Box<dyn Fn(&mut dyn Write) -> io::Result<()> + Send + Sync + 'a>;

impl<'a> Artifact<'a> {
    /// A text file.
    pub fn stream(
        path: impl Into<String>,
        render: impl Fn(&mut dyn Write) -> io::Result<()> + Send + Sync + 'a,
    ) -> Self {
        Self { path: path.into(), body: Body::Stream(Box::new(render)) }
    }

    /// A zip file.
    #[must_use]
    pub fn zip(path: impl Into<String>, entries: Vec<Self>) -> Self {
        Self { path: path.into(), body: Body::Zip(entries) }
    }

    /// The bytes of a text file; for a zip, an error: packing is the binary's business.
    ///
    /// # Errors
    /// What rendering reports.
    pub fn bytes(&self) -> io::Result<Vec<u8>> {
        match &self.body {
            Body::Stream(render) => {
                let mut bytes = Vec::new();
                render(&mut bytes)?;
                Ok(bytes)
            }
            Body::Zip(_) => Err(io::Error::new(io::ErrorKind::Unsupported, "a zip has no bytes of its own")),
        }
    }
}

impl std::fmt::Debug for Body<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Stream(_) => f.write_str("Stream"),
            Self::Zip(entries) => f.debug_tuple("Zip").field(entries).finish(),
        }
    }
}

impl std::fmt::Debug for Artifact<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Artifact").field("path", &self.path).finish_non_exhaustive()
    }
}
